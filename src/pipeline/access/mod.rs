//! `scale access`: what can be reached from where, and why a number is what it is.

mod account;
mod by_origin;
mod by_unit;
mod categories;
mod dress;
mod edges;
mod equity;
mod homes;
mod isochrones;
mod matrix;
mod networks;
mod offer;
mod origins;
mod over_streets;
mod places;
mod reach;
mod streets;
mod summary;
mod table;
pub(in crate::pipeline) mod transit;

use std::path::Path;

use polars::prelude::Column;

use account::Account;
pub use account::OffStreets;
use by_origin::Offer;
pub use by_unit::ByUnit;
use by_unit::Units;
pub use categories::Category;
use equity::Residents;
pub use equity::{Equity, EquityRow};
use isochrones::Drawing;
pub use isochrones::Isochrones;
use matrix::Matrix;
use networks::Networks;
use offer::{competition, names, offered, repeated};
pub use over_streets::over_streets;
pub use places::{Places, PlacesOf, Within};
pub use reach::{bounds, reach_m};
use streets::Trips;
pub use streets::{Limits, Placed};
pub use summary::Summary;
use table::Columns;
pub use transit::{TransitReport, TransitRequest, parse_window};

use super::cache::Cache;
use super::{PipelineError, styled};
use crate::access::{Measure, as_milliseconds};
use crate::model::{Crs, Lang, Layer};
use crate::network::streets::{Mode, Profiles, SnapIndex, StreetNetwork};

/// What is asked for.
pub struct Request<'a> {
    pub streets: &'a Path,
    /// Where networks are kept; nowhere without it.
    pub cache: Option<&'a Cache>,
    pub profiles: &'a Profiles,
    /// Heights of the ground; streets are level without them.
    pub terrain: Option<&'a Path>,
    /// Streets above this level of traffic stress, 1 to 4, are closed to bicycles.
    pub max_stress: Option<u8>,
    /// Where to write the streets of all modes as lines.
    pub streets_out: Option<&'a Path>,
    pub modes: &'a [Mode],
    pub origins: &'a Places,
    pub destinations: &'a Places,
    pub within: Option<Within<'a>>,
    pub measures: &'a [Measure],
    /// Column of what a destination offers; 1 each without it.
    pub weight: Option<&'a str>,
    /// Column of the destinations' supply and of the origins' demand, for catchments.
    pub supply: Option<&'a str>,
    pub demand: Option<&'a str>,
    /// Public transport, where it is one of the modes.
    pub transit: Option<&'a TransitRequest>,
    pub limits: Limits,
    /// The language of what readers see of the files.
    pub lang: Lang,
    pub out: Option<&'a Path>,
    pub out_crs: Option<&'a Crs>,
    pub matrix: Option<&'a Path>,
    pub equity: Option<Equity<'a>>,
    /// File for the figures of equity.
    pub equity_out: Option<&'a Path>,
    pub isochrones: Option<Isochrones<'a>>,
    /// A table of what the residents of the area and its units have.
    pub summary: Option<ByUnit<'a>>,
}

/// What came of one mode.
#[derive(Debug, Clone, PartialEq)]
pub struct ModeReport {
    pub mode: Mode,
    pub nodes: usize,
    pub edges: usize,
    pub pieces: usize,
    pub usable_pieces: usize,
    pub usable_length: f64,
}

/// What was made.
pub struct Made {
    pub modes: Vec<ModeReport>,
    pub transit: Option<TransitReport>,
    pub layer: Layer,
    /// The columns of that layer that were measured, and what explains them.
    pub measured: Vec<Column>,
    /// What was noticed while origins and destinations were opened.
    pub notes: Vec<String>,
    pub warnings: Vec<String>,
    /// Origins, destinations and stops that are on no street, mode by mode.
    pub off_streets: Vec<OffStreets>,
    pub equity: Vec<EquityRow>,
}

/// Reads the streets, places origins and destinations on them, measures and writes.
///
/// # Errors
/// [`PipelineError`]; the old outputs are then untouched.
pub fn run(request: &Request<'_>) -> Result<Made, PipelineError> {
    crate::environment::configure_gdal();
    let mut warnings = repeated(request);
    let opportunities = offered(request.destinations, request.weight, &mut warnings)?;
    let catchments = request.measures.iter().any(|m| matches!(m, Measure::Catchment { .. }));
    let (supply, demand) =
        if catchments { competition(request, &mut warnings)? } else { Default::default() };
    let residents = request.equity.map(|wanted| Residents::read(request.origins, wanted));
    let residents = residents.transpose()?;
    let units = request.summary.map(|wanted| Units::read(request, wanted)).transpose()?;
    let drawing = request.isochrones.map(|wanted| Drawing::new(wanted, request.origins));
    let ids = names(request.destinations);
    let mut clock = Clock::start();
    let networks = Networks::new(request)?;
    let ground = Ground {
        request,
        networks: &networks,
        offer: Offer {
            opportunities: &opportunities,
            supply: &supply,
            demand: &demand,
            destination_ids: &ids,
            trip_min: request.limits.trip_min,
        },
    };
    let mut found = Findings { drawing: drawing.transpose()?, warnings, ..Findings::default() };
    for &mode in request.modes {
        on_streets(&ground, mode, &mut found, &mut clock)?;
    }
    if let Some(transit) = request.transit {
        ride(&ground, transit, &mut found)?;
        clock.lap("ride");
    }
    let made = write(&ground, found, residents.as_ref())?;
    if let Some((units, wanted)) = units.zip(request.summary) {
        units.write(request, wanted, &made.measured)?;
    }
    clock.lap("write");
    Ok(made)
}

/// What every mode is measured on.
struct Ground<'a> {
    request: &'a Request<'a>,
    networks: &'a Networks<'a>,
    offer: Offer<'a>,
}

/// What was found so far, mode by mode.
#[derive(Default)]
struct Findings<'a> {
    columns: Columns,
    modes: Vec<ModeReport>,
    transit: Option<TransitReport>,
    warnings: Vec<String>,
    matrix: Matrix,
    edges: edges::Edges,
    drawing: Option<Drawing<'a>>,
    off_streets: Vec<OffStreets>,
}

impl Findings<'_> {
    /// Explains the rows of a mode.
    fn account(&mut self, request: &Request<'_>, account: &Account<'_>) {
        account.fill(&mut self.columns);
        self.warnings.extend(account.warn(request));
        self.off_streets.extend(account.off_streets(request));
    }
}

impl Request<'_> {
    /// How far the measures look, in minutes.
    fn longest_min(&self) -> f64 {
        Measure::longest_min(self.measures, self.limits.trip_min)
    }
}

fn on_streets(
    ground: &Ground<'_>,
    mode: Mode,
    found: &mut Findings<'_>,
    clock: &mut Clock,
) -> Result<(), PipelineError> {
    let Ground { request, offer, .. } = ground;
    let (network, warning) = ground.networks.of(mode)?;
    clock.lap("all of the network");
    found.warnings.extend(warning.into_iter().chain(warn_of_heights(&network)));
    if request.streets_out.is_some() {
        found.edges.add(&network);
    }
    let index = SnapIndex::new(&network);
    clock.lap("index the streets");
    let origins = Placed::new(&index, &request.origins.points, request.limits);
    let destinations = Placed::new(&index, &request.destinations.points, request.limits);
    clock.lap("place origins and destinations");
    let trips = Trips {
        network: &network,
        origins: &origins,
        destinations: &destinations,
        opportunities: offer.opportunities,
        supply: offer.supply,
        demand: offer.demand,
        destination_ids: offer.destination_ids,
        limits: request.limits,
    };
    let first = found.columns.0.len();
    categories::measure(&trips, request, &mut found.columns);
    clock.lap("measure");
    let to_border = account::to_border(&network, &origins.snaps, request.longest_min());
    found.account(
        request,
        &Account {
            mode: mode.id(),
            origins: &origins,
            destinations: &destinations,
            kinds: account::kinds_on_streets(&trips, request),
            beyond: account::beyond(&to_border, request, &found.columns.0[first..]),
            without_stop: Vec::new(),
        },
    );
    clock.lap("explain");
    if request.matrix.is_some() {
        found.matrix.push((mode.id(), None, trips.matrix()));
        clock.lap("matrix");
    }
    if let Some(drawing) = &mut found.drawing {
        drawing.add(&network, &origins)?;
        clock.lap("isochrones");
    }
    let pieces = network.pieces();
    found.modes.push(ModeReport {
        mode,
        nodes: network.node_count(),
        edges: network.edges().len(),
        pieces: pieces.count,
        usable_pieces: pieces.usable,
        usable_length: pieces.usable_length,
    });
    Ok(())
}

/// Measures by public transport, with walks on the streets.
fn ride(
    ground: &Ground<'_>,
    transit: &TransitRequest,
    found: &mut Findings<'_>,
) -> Result<(), PipelineError> {
    let request = ground.request;
    let (network, warning) = ground.networks.of(Mode::Walk)?;
    found.warnings.extend(warning);
    let index = SnapIndex::new(&network);
    let origins = Placed::new(&index, &request.origins.points, request.limits);
    let destinations = Placed::new(&index, &request.destinations.points, request.limits);
    let timetable = {
        // The feeds take more room than what is taken out of them.
        let feeds = transit::read(transit, &mut found.warnings)?;
        transit::vehicles(transit, &feeds, request.longest_min(), &mut found.warnings)?
    };
    let lines = transit::Lines::new(transit, timetable, (&network, &index), request.limits)?;
    let walks = transit::Ground {
        network: &network,
        origins: &origins,
        destinations: &destinations,
        longest_min: request.longest_min(),
    };
    let (timetable, report, stops_off) =
        transit::Transit::prepare(transit, &lines, &walks, &mut found.warnings)?;
    let asked = transit::Asked {
        measures: request.measures,
        offer: &ground.offer,
        categories: &request.destinations.categories,
    };
    let first = found.columns.0.len();
    let ridden = timetable.measure(&origins, &asked, &mut found.columns)?;
    found.account(
        request,
        &Account {
            mode: "transit",
            origins: &origins,
            destinations: &destinations,
            kinds: account::kinds_by_percentile(&ridden.by_percentile, request),
            beyond: account::beyond(&ridden.to_border, request, &found.columns.0[first..]),
            without_stop: ridden.without_stop,
        },
    );
    found.off_streets.extend(stops_off);
    let longest_ms = as_milliseconds(request.limits.trip_min);
    for (percent, times) in transit.percentiles.iter().zip(ridden.by_percentile) {
        let mut times: Vec<_> = times.into_iter().map(Option::unwrap_or_default).collect();
        for times in &mut times {
            times.retain(|(_, time)| *time <= longest_ms);
        }
        found.matrix.push(("transit", Some(*percent), times));
    }
    if let Some(drawing) = &mut found.drawing {
        drawing.add_rides(&timetable, &network, &origins)?;
    }
    found.transit = Some(report);
    Ok(())
}

fn write(
    ground: &Ground<'_>,
    found: Findings<'_>,
    residents: Option<&Residents>,
) -> Result<Made, PipelineError> {
    let request = ground.request;
    let Findings { columns, modes, transit, mut warnings, matrix, edges, drawing, off_streets } =
        found;
    let measured = columns.0;
    let (layer, renamed) = origins::with_measures(request, &measured)?;
    warnings.extend(renamed);
    if let Some(path) = request.matrix {
        matrix::write(path, &matrix, &names(request.origins), ground.offer.destination_ids)?;
    }
    if let Some(drawing) = drawing {
        warnings.extend(drawing.write(request)?);
    }
    let offered = ground.offer.opportunities.iter().sum();
    let equity = match residents {
        Some(residents) => residents.compare(request, &measured, offered)?,
        None => Default::default(),
    };
    warnings.extend(equity.1);
    if let Some(path) = request.equity_out {
        equity::write(path, &equity.0)?;
    }
    if let Some(out) = request.out {
        styled::write(out, &layer, None, &dress::of_origins(request, &layer, &measured))?;
    }
    if let Some(out) = request.streets_out {
        styled::write(out, &edges.layer(request.out_crs)?, None, &dress::of_streets(request))?;
    }
    let notes = opened(request);
    let equity = equity.0;
    Ok(Made { modes, transit, layer, measured, notes, warnings, off_streets, equity })
}

/// What was noticed while the places were opened.
fn opened(request: &Request<'_>) -> Vec<String> {
    let places = [request.origins, request.destinations].into_iter();
    places
        .flat_map(|places| places.notes.iter().map(|note| format!("{}: {note}", places.name)))
        .collect()
}

/// Whose streets all results rest on; the licence asks to say so wherever they are shown.
pub const ATTRIBUTION: &str = "streets © OpenStreetMap contributors, ODbL 1.0";

/// The title of a layer, with the attribution.
fn titled(title: &str) -> String {
    format!("{title} ({ATTRIBUTION})")
}

/// Tells the log how long each step took.
struct Clock(std::time::Instant);

impl Clock {
    fn start() -> Self {
        Self(std::time::Instant::now())
    }

    fn lap(&mut self, step: &str) {
        tracing::info!(seconds = self.0.elapsed().as_secs_f64(), "{step}");
        self.0 = std::time::Instant::now();
    }
}

fn warn_of_heights(network: &StreetNetwork) -> Option<String> {
    let share = network.unknown_heights() * 100.0;
    (share > 0.0).then(|| {
        format!(
            "{}: the terrain has no heights for {share:.2} % of the street length; it is taken as level",
            network.mode().id()
        )
    })
}
