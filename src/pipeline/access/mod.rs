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
mod places;
mod streets;
mod summary;
mod table;
pub(in crate::pipeline) mod transit;

use std::path::Path;
use std::sync::Arc;

use geo::BoundingRect;
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
use offer::{competition, names, offered};
pub use places::{Places, PlacesOf, Within};
use streets::Trips;
pub use streets::{Limits, Placed};
pub use summary::Summary;
use table::Columns;
pub use transit::{TransitReport, TransitRequest, parse_window};

use super::cache::Cache;
use super::{PipelineError, styled};
use crate::access::{Measure, as_milliseconds};
use crate::formats;
use crate::model::osm::Position;
use crate::model::{Crs, Lang, Layer, Reprojection};
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
    for out in [request.out, request.streets_out].into_iter().flatten() {
        formats::check_output(out)?;
    }
    let mut warnings = Vec::new();
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
    let layer = output_layer(request, &measured)?;
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
        styled::write(out, &layer, None, &dress::of_origins(request, &layer))?;
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

/// How far the longest trip that any of the measures looks for can lead by the fastest mode, in metres.
#[must_use]
pub fn reach_m(modes: &[Mode], limits: Limits, measures: &[Measure]) -> f64 {
    let fastest = |mode: &Mode| match mode {
        // A little downhill one walks faster than on the level.
        Mode::Walk => limits.approach_kmh * 1.2,
        Mode::Bicycle => 20.0,
        Mode::Car => 110.0,
    };
    let hours = Measure::longest_min(measures, limits.trip_min) / 60.0;
    hours * modes.iter().map(fastest).fold(0.0, f64::max) * 1000.0
}

/// The area with so many metres around it.
///
/// # Errors
/// [`PipelineError::Request`] where that is more than the globe; [`PipelineError::Crs`].
pub fn bounds(within: Within<'_>, reach: f64) -> Result<[Position; 2], PipelineError> {
    let turn = Reprojection::new(within.units.areas.crs(), &Crs::parse("EPSG:4326")?)?;
    let (mut low, mut high) = ((180.0, 90.0), (-180.0, -90.0));
    if let Some(rect) = within.area.outline.bounding_rect() {
        let (x0, y0) = (rect.min().x - reach, rect.min().y - reach);
        let (x1, y1) = (rect.max().x + reach, rect.max().y + reach);
        for (x, y) in [(x0, y0), (x0, y1), (x1, y0), (x1, y1)] {
            let (lon, lat) = turn.point(x, y)?;
            low = (f64::min(low.0, lon), f64::min(low.1, lat));
            high = (f64::max(high.0, lon), f64::max(high.1, lat));
        }
    }
    let corner = |(lon, lat): (f64, f64)| Position::from_degrees(lon, lat);
    corner(low).zip(corner(high)).map(|(low, high)| [low, high]).ok_or_else(|| {
        PipelineError::Request {
            what: "the area and its surroundings reach beyond the globe".to_owned(),
            help: "shorten the longest trip with --limit, or the limit of the measures".to_owned(),
        }
    })
}

/// The origins with their own columns and what was measured.
fn output_layer(request: &Request<'_>, measured: &[Column]) -> Result<Layer, PipelineError> {
    let layer = &request.origins.layer;
    let failed = |source| PipelineError::Frame { table: request.origins.name.clone(), source };
    let mut frame = layer.frame().clone();
    for column in measured {
        frame.with_column(column.clone()).map_err(failed)?;
    }
    let Some(areas) = layer.areas() else { return Ok(layer.clone().with_frame(frame)?) };
    let areas = match request.out_crs.filter(|crs| *crs != areas.crs()) {
        Some(crs) => Arc::new(areas.reprojected(crs)?),
        None => Arc::clone(areas),
    };
    Ok(Layer::spatial("access", titled("Accessibility"), areas, frame)?)
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // rounded
mod tests {
    use super::*;

    #[test]
    fn streets_are_read_as_far_as_the_farthest_measure_looks() {
        let limits = Limits { trip_min: 2.0, snap_m: 500.0, approach_kmh: 5.0 };
        let reach = |measures: &[Measure]| reach_m(&[Mode::Walk], limits, measures).round();
        // 6 km/h downhill.
        assert_eq!(reach(&[Measure::Nearest { k: 1 }]), 200.0);
        assert_eq!(reach(&[Measure::Cumulative { limits_min: vec![30.0, 1.0] }]), 3000.0);
        assert_eq!(reach(&[Measure::Cumulative { limits_min: vec![1.0] }]), 200.0);
    }
}
