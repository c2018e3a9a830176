//! `scale access`: what can be reached from where, and why a number is what it is.

mod by_origin;
mod categories;
mod edges;
mod equity;
mod isochrones;
mod matrix;
mod places;
mod streets;
mod table;
mod transit;

use std::path::{Path, PathBuf};

use geo::BoundingRect;
use polars::prelude::{Column, DataType};

use by_origin::Offer;
pub use categories::Category;
use equity::Residents;
pub use equity::{Equity, EquityRow};
use isochrones::Drawing;
pub use isochrones::Isochrones;
use matrix::Matrix;
pub use places::{Places, PlacesOf, Within};
use streets::Trips;
pub use streets::{Limits, Placed};
use table::Columns;
pub use transit::{TransitReport, TransitRequest, parse_window};

use super::PipelineError;
use crate::access::Measure;
use crate::formats::{self, osm};
use crate::model::osm::{Extract, Position};
use crate::model::{Areas, Crs, Elevation, Layer, Reprojection};
use crate::network::streets::{
    Blocks, Conditions, Mode, Passages, Profiles, SnapIndex, StreetNetwork, bounds as bounds_of,
    build_under, metres_between,
};
use crate::publish::replace_file;

/// What is asked for.
pub struct Request<'a> {
    pub streets: &'a Path,
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
    pub out: Option<&'a Path>,
    pub out_crs: Option<&'a Crs>,
    pub matrix: Option<&'a Path>,
    pub equity: Option<Equity<'a>>,
    /// File for the figures of equity.
    pub equity_out: Option<&'a Path>,
    pub isochrones: Option<Isochrones<'a>>,
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
    pub origins_unplaced: usize,
    pub destinations_unplaced: usize,
    pub origins_beyond: usize,
}

/// What was made.
pub struct Made {
    pub modes: Vec<ModeReport>,
    pub transit: Option<TransitReport>,
    pub layer: Layer,
    pub warnings: Vec<String>,
    pub equity: Vec<EquityRow>,
}

/// One column of what was measured, in numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    pub column: String,
    pub origins: usize,
    pub missing: usize,
    pub lowest: Option<f64>,
    pub median: Option<f64>,
    pub mean: Option<f64>,
    pub highest: Option<f64>,
}

impl Made {
    /// The measured columns, in their order.
    #[must_use]
    pub fn summaries(&self) -> Vec<Summary> {
        let columns = self.layer.frame().columns().iter();
        columns.filter(|column| column.name().starts_with("access_")).filter_map(summary).collect()
    }
}

#[allow(clippy::cast_precision_loss)] // numbers of origins
fn summary(column: &Column) -> Option<Summary> {
    let cells = column.f64().ok()?;
    let mut values: Vec<f64> = cells.iter().flatten().collect();
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    let median = match values.len() % 2 {
        _ if values.is_empty() => None,
        1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    };
    Some(Summary {
        column: column.name().to_string(),
        origins: cells.len(),
        missing: cells.len() - values.len(),
        lowest: values.first().copied(),
        median,
        mean: (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64),
        highest: values.last().copied(),
    })
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
    let opportunities = offered(request.destinations, request.weight)?;
    let catchments = request.measures.iter().any(|m| matches!(m, Measure::Catchment { .. }));
    let (supply, demand) = if catchments { competition(request)? } else { Default::default() };
    let residents = request.equity.map(|wanted| Residents::read(request.origins, wanted));
    let residents = residents.transpose()?;
    let drawing = request.isochrones.map(|wanted| Drawing::new(wanted, request.origins));
    let ids = names(request.destinations);
    let mut clock = Clock::start();
    let extract = read_streets(request)?;
    clock.lap("read the streets");
    let terrain = read_terrain(request, &extract.positions)?;
    let ground = Ground {
        request,
        extract: &extract,
        conditions: Conditions { terrain: terrain.as_ref(), max_stress: request.max_stress },
        offer: Offer {
            opportunities: &opportunities,
            supply: &supply,
            demand: &demand,
            destination_ids: &ids,
        },
    };
    let mut found = Findings { drawing: drawing.transpose()?, ..Findings::default() };
    for &mode in request.modes {
        on_streets(&ground, mode, &mut found, &mut clock)?;
    }
    if let Some(transit) = request.transit {
        ride(&ground, transit, &mut found)?;
        clock.lap("ride");
    }
    let made = write(&ground, found, residents.as_ref())?;
    clock.lap("write");
    Ok(made)
}

/// What every mode is measured on.
struct Ground<'a> {
    request: &'a Request<'a>,
    extract: &'a Extract<Passages, Blocks>,
    conditions: Conditions<'a>,
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
}

fn on_streets(
    ground: &Ground<'_>,
    mode: Mode,
    found: &mut Findings<'_>,
    clock: &mut Clock,
) -> Result<(), PipelineError> {
    let Ground { request, offer, .. } = ground;
    let network = build_under(ground.extract, mode, ground.conditions)?;
    found.warnings.extend(warn_of_heights(&network));
    if request.streets_out.is_some() {
        found.edges.add(&network);
    }
    let index = SnapIndex::new(&network);
    clock.lap(&format!("build the network ({})", mode.id()));
    let origins = Placed::new(&index, &request.origins.points, request.limits);
    let destinations = Placed::new(&index, &request.destinations.points, request.limits);
    clock.lap("place origins and destinations");
    let outside = beyond(&network, request);
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
    categories::measure(&trips, request, &mut found.columns);
    clock.lap("measure");
    trips.explain(&mut found.columns, &outside);
    if request.matrix.is_some() {
        found.matrix.push((mode.id(), None, trips.matrix()));
        clock.lap("matrix");
    }
    if let Some(drawing) = &mut found.drawing {
        drawing.add(&network, &origins)?;
        clock.lap("isochrones");
    }
    let report = report(&network, &origins, &destinations, &outside);
    found.warnings.extend(warn(&report, request));
    found.modes.push(report);
    Ok(())
}

/// Measures by public transport, with walks on the streets.
fn ride(
    ground: &Ground<'_>,
    transit: &TransitRequest,
    found: &mut Findings<'_>,
) -> Result<(), PipelineError> {
    let request = ground.request;
    let network = build_under(ground.extract, Mode::Walk, ground.conditions)?;
    let index = SnapIndex::new(&network);
    let origins = Placed::new(&index, &request.origins.points, request.limits);
    let destinations = Placed::new(&index, &request.destinations.points, request.limits);
    let walks = transit::Ground {
        network: &network,
        index: &index,
        origins: &origins,
        destinations: &destinations,
        limits: request.limits,
    };
    let (timetable, report) = transit::Transit::prepare(transit, &walks, &mut found.warnings)?;
    let asked = transit::Asked {
        measures: request.measures,
        offer: &ground.offer,
        categories: &request.destinations.categories,
    };
    let times = timetable.measure(&origins, &asked, &mut found.columns)?;
    for (percent, times) in transit.percentiles.iter().zip(times) {
        let times = times.into_iter().map(Option::unwrap_or_default).collect();
        found.matrix.push(("transit", Some(*percent), times));
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
    let Findings { columns, modes, transit, mut warnings, matrix, edges, drawing } = found;
    let layer = output_layer(request, columns)?;
    if let Some(path) = request.matrix {
        matrix::write(path, &matrix, &names(request.origins), ground.offer.destination_ids)?;
    }
    if let Some(drawing) = drawing {
        warnings.extend(drawing.write(request)?);
    }
    let offered = ground.offer.opportunities.iter().sum();
    let equity = match residents {
        Some(residents) => residents.compare(request, &layer, offered)?,
        None => Default::default(),
    };
    warnings.extend(equity.1);
    if let Some(path) = request.equity_out {
        equity::write(path, &equity.0)?;
    }
    let failed = |path: PathBuf, source| PipelineError::Output { path, source };
    if let Some(out) = request.out {
        replace_file(out, |file| Ok(formats::write(file, &layer)?), failed)?;
    }
    if let Some(out) = request.streets_out {
        edges.write(out, request.out_crs)?;
    }
    Ok(Made { modes, transit, layer, warnings, equity: equity.0 })
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

fn read_streets(request: &Request<'_>) -> Result<Extract<Passages, Blocks>, PipelineError> {
    let sift = osm::Sift {
        way: &|tags| request.profiles.passages(tags),
        node: &|tags| request.profiles.blocks(tags),
        // A ride may lead anywhere: then all streets are read.
        within: match request.within {
            Some(within) if request.transit.is_none() => {
                Some(bounds(within, reach_m(request.modes, request.limits))?)
            }
            _ => None,
        },
    };
    Ok(osm::read(request.streets, &sift)?)
}

fn read_terrain(
    request: &Request<'_>,
    positions: &[Position],
) -> Result<Option<Elevation>, PipelineError> {
    match request.terrain.zip(bounds_of(positions)) {
        Some((file, bounds)) => Ok(Some(formats::elevation::read(file, bounds)?)),
        None => Ok(None),
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

/// How far the longest trip by the fastest mode can lead, in metres.
#[must_use]
pub fn reach_m(modes: &[Mode], limits: Limits) -> f64 {
    let fastest = |mode: &Mode| match mode {
        // A little downhill one walks faster than on the level.
        Mode::Walk => limits.approach_kmh * 1.2,
        Mode::Bicycle => 20.0,
        Mode::Car => 110.0,
    };
    limits.trip_min / 60.0 * modes.iter().map(fastest).fold(0.0, f64::max) * 1000.0
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
            help: "shorten the longest trip with --limit".to_owned(),
        }
    })
}

fn offered(destinations: &Places, weight: Option<&str>) -> Result<Vec<f64>, PipelineError> {
    let Some(column) = weight else { return Ok(vec![1.0; destinations.points.len()]) };
    // A destination without a figure offers nothing that can be counted.
    amounts(destinations, column).map(|cells| cells.into_iter().map(|c| c.unwrap_or(0.0)).collect())
}

fn amounts(places: &Places, column: &str) -> Result<Vec<Option<f64>>, PipelineError> {
    let cells = places.numbers(column)?;
    match cells.iter().flatten().find(|cell| !(**cell >= 0.0 && cell.is_finite())) {
        None => Ok(cells),
        Some(cell) => Err(PipelineError::Request {
            what: format!("{}: column \"{column}\" holds {cell}", places.name),
            help: "amounts are 0 or more".to_owned(),
        }),
    }
}

type Competition = (Vec<f64>, Vec<f64>);

fn competition(request: &Request<'_>) -> Result<Competition, PipelineError> {
    let missing = |what: &str| PipelineError::Request {
        what: format!("catchments need {what}"),
        help: "name the columns with --supply (of the destinations) and --demand (of the origins)"
            .to_owned(),
    };
    let supply = request.supply.ok_or_else(|| missing("a supply"))?;
    let demand = request.demand.ok_or_else(|| missing("a demand"))?;
    let known = |cells: Vec<Option<f64>>| cells.into_iter().map(|c| c.unwrap_or(0.0)).collect();
    let supply = known(amounts(request.destinations, supply)?);
    let demand: Vec<f64> = known(amounts(request.origins, demand)?);
    if demand.iter().all(|demand| *demand <= 0.0) {
        return Err(PipelineError::Request {
            what: format!("{}: nobody demands anything", request.origins.name),
            help: "the column of --demand is 0 or missing everywhere".to_owned(),
        });
    }
    Ok((supply, demand))
}

/// The name of each place: its first column, else its row.
fn names(places: &Places) -> Vec<String> {
    let frame = places.layer.frame();
    let id = frame.get_column_names().into_iter().find(|name| {
        matches!(
            name.to_lowercase().as_str(),
            "id" | "unit_id" | "cell_id" | "code" | "fid" | "osm_id"
        )
    });
    let column = id.and_then(|name| frame.column(name).ok());
    let text = column.and_then(|column| column.cast(&DataType::String).ok());
    let rows = places.points.len();
    match text.as_ref().and_then(|column| column.str().ok()) {
        Some(cells) => (0..rows)
            .map(|row| cells.get(row).map_or_else(|| format!("{}", row + 1), str::to_owned))
            .collect(),
        None => (1..=rows).map(|row| row.to_string()).collect(),
    }
}

/// Whether a trip of the longest length could lead out of the streets that were read: then more may be in reach than
/// was found.
fn beyond(network: &StreetNetwork, request: &Request<'_>) -> Vec<bool> {
    let kmh = match network.mode() {
        Mode::Walk => request.limits.approach_kmh,
        Mode::Bicycle => 15.0,
        Mode::Car => 50.0,
    };
    let longest = request.measures.iter().filter_map(Measure::limit_min).reduce(f64::max);
    let drawn = request.isochrones.and_then(|drawn| drawn.bands_min.last().copied());
    let longest = longest.into_iter().chain(drawn).reduce(f64::max);
    let minutes = longest.unwrap_or(request.limits.trip_min).min(request.limits.trip_min);
    let reach = minutes / 60.0 * kmh * 1000.0;
    let [low, high] = network.bounds();
    request
        .origins
        .points
        .iter()
        .map(|&(lon, lat)| {
            let Some(at) = Position::from_degrees(lon, lat) else { return false };
            let edges = [
                Position { lon: low.lon, ..at },
                Position { lon: high.lon, ..at },
                Position { lat: low.lat, ..at },
                Position { lat: high.lat, ..at },
            ];
            let inside =
                (low.lon..=high.lon).contains(&at.lon) && (low.lat..=high.lat).contains(&at.lat);
            !inside || edges.iter().any(|edge| metres_between(at, *edge) < reach)
        })
        .collect()
}

fn report(
    network: &StreetNetwork,
    origins: &Placed,
    destinations: &Placed,
    outside: &[bool],
) -> ModeReport {
    let pieces = network.pieces();
    ModeReport {
        mode: network.mode(),
        nodes: network.node_count(),
        edges: network.edges().len(),
        pieces: pieces.count,
        usable_pieces: pieces.usable,
        usable_length: pieces.usable_length,
        origins_unplaced: origins.unplaced(),
        destinations_unplaced: destinations.unplaced(),
        origins_beyond: outside.iter().filter(|outside| **outside).count(),
    }
}

fn warn(report: &ModeReport, request: &Request<'_>) -> Vec<String> {
    let mode = report.mode.id();
    let limit = request.limits.snap_m;
    let mut warnings = Vec::new();
    let mut unplaced = |count: usize, of: &Places, what: &str| {
        if count > 0 {
            let all = of.points.len();
            warnings.push(format!(
                "{mode}: {count} of {all} {what} have no usable street within {limit} m; their values are missing"
            ));
        }
    };
    unplaced(report.origins_unplaced, request.origins, "origins");
    unplaced(report.destinations_unplaced, request.destinations, "destinations");
    if report.origins_beyond > 0 {
        warnings.push(format!(
            "{mode}: from {} of {} origins the longest trip could lead beyond the streets that were read; more may be in reach",
            report.origins_beyond,
            request.origins.points.len()
        ));
    }
    warnings
}

/// The origins with their own columns and what was measured.
fn output_layer(request: &Request<'_>, columns: Columns) -> Result<Layer, PipelineError> {
    let layer = &request.origins.layer;
    let failed = |source| PipelineError::Frame { table: request.origins.name.clone(), source };
    let mut frame = layer.frame().clone();
    for column in columns.0 {
        frame.with_column(column).map_err(failed)?;
    }
    let Some(areas) = layer.areas() else { return Ok(layer.clone().with_frame(frame)?) };
    let areas: Areas = areas.reprojected(request.out_crs.unwrap_or(areas.crs()))?;
    Ok(Layer::spatial("access", titled("Accessibility"), std::sync::Arc::new(areas), frame)?)
}
