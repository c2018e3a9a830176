//! `scale access`: what can be reached on foot, by bicycle, by car and by public transport.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;

use super::access_more::{self, EquityArguments, IsochroneArguments, SummaryArguments};
use super::{Global, crs, output};
use crate::Error;
use crate::model::Crs;
use crate::network::streets::Profiles;
use crate::pipeline::PipelineError;
use crate::pipeline::access::{self, Made};
use crate::pipeline::file::Values;
use crate::pipeline::plan::Plan;
use crate::pipeline::run;
use crate::pipeline::steps::{self, Report};
use crate::sources::ServiceTable;

/// With one of these nothing is measured.
const PRINTS: [&str; 2] = ["print_profiles", "print_services"];
/// With one of these no destination is needed.
const WITHOUT_DESTINATIONS: [&str; 3] = ["print_profiles", "print_services", "isochrones"];

const EXAMPLES: &str = "Examples:
  Minutes on foot from each cell of 100 m to the three nearest pharmacies:
    scale access --area jarva --streets jarva.osm.pbf --from grid:100 --to pharmacies.csv \\
      --measure nearest:3 --out pharmacies.gpkg
  Jobs within 15 and 30 minutes by bicycle, from hexagons in a file:
    scale access --streets poa.osm.pbf --from hexagons.csv --to hexagons.csv --weight jobs \\
      --mode bicycle --measure cumulative:15,30 --out jobs.gpkg
  Schools, each worth half as much every 10 minutes farther away:
    scale access --streets poa.osm.pbf --from hexagons.csv --to hexagons.csv --weight schools \\
      --measure gravity:exp:10min --out schools.gpkg
  Minutes until 1000 jobs are reached:
    scale access --streets poa.osm.pbf --from hexagons.csv --to hexagons.csv --weight jobs \\
      --measure dual:1000 --out jobs.gpkg
  Clinics, hardly fewer up to 15 minutes and hardly any beyond 25; other decays:
    scale access --streets poa.osm.pbf --from hexagons.csv --to clinics.csv \\
      --measure gravity:logistic:20min:5min,gravity:gauss:10min,gravity:power:1.5,gravity:linear:30min \\
      --out clinics.gpkg
  Doctors a head, where residents compete for them within 30 minutes:
    scale access --streets poa.osm.pbf --from hexagons.csv --to clinics.csv --supply doctors \\
      --demand population --measure 2sfca:30min,e2sfca:30min:gauss:15min --out care.gpkg
  The same where poor supply stays poor (M2SFCA), and where nobody counts twice (BFCA):
    scale access --streets poa.osm.pbf --from hexagons.csv --to clinics.csv --supply doctors \\
      --demand population --measure m2sfca:30min:exp:10min,bfca:30min:gauss:15min --out care.gpkg
  Jobs within 30 and 60 minutes by public transport, leaving in any minute from 14 to 16:
    scale access --streets poa.osm.pbf --gtfs poa_eptc.zip --gtfs poa_trensurb.zip \\
      --from hexagons.csv --to hexagons.csv --weight jobs --mode transit,walk \\
      --depart 2019-05-13T14:00/16:00 --percentiles 5,50,95 --measure cumulative:30,60 --out a.gpkg
  Minutes on foot to the nearest of each of three kinds of service in the extract:
    scale access --area jarva --streets jarva.osm.pbf --from grid:100 \\
      --to services:pharmacy,groceries,school --out services.gpkg
  Minutes on foot up and down the hills:
    scale access --streets poa.osm.pbf --terrain poa.tif --from hexagons.csv --to clinics.csv \\
      --out clinics.gpkg
  Schools within 15 minutes on calm streets, and the streets with their stress to look at:
    scale access --streets poa.osm.pbf --from hexagons.csv --to schools.csv --mode bicycle \\
      --max-stress 2 --measure cumulative:15 --streets-out streets.gpkg --out schools.gpkg
  All travel times as a table:
    scale access --streets poa.osm.pbf --from hexagons.csv --to clinics.csv --matrix times.parquet
  How evenly jobs within 30 minutes are shared out between rich and poor, and between districts:
    scale access --streets poa.osm.pbf --from hexagons.csv --to hexagons.csv --weight jobs \\
      --measure cumulative:30 --residents population --rank income --group district \\
      --equity equity.csv
  How far residents of the area and of each of its units walk, and which share of them at most 5 or 15 minutes:
    scale access --area jarva --streets jarva.osm.pbf --from grid.gpkg --to pharmacies.csv \\
      --residents population --summary by_unit.csv --within 5,15
  What lies within 5, 10 and 15 minutes' walk of each school, as polygons:
    scale access --streets poa.osm.pbf --from schools.csv --isochrones walks.gpkg --bands 5,10,15

Measures, several of them joined by commas:
  nearest[:k]               minutes to the nearest k destinations, and which they are
  cumulative:15,30          opportunities within so many minutes
  dual:n                    minutes until n opportunities are reached
  gravity:DECAY             opportunities, each weighed by the time to it
  2sfca:30min               supply a head (Luo & Wang 2003)
  e2sfca:30min:DECAY        the same with decay in the catchment (Luo & Qi 2009)
  m2sfca:30min:DECAY        the same, poor supply not shared out (Delamater 2013)
  bfca:30min:DECAY          the same with balanced weights (Páez et al. 2019)
DECAY is exp:10min or gauss:10min (half at 10 minutes), logistic:20min:5min (half at 20, scale 5),
power:1.5 or linear:30min (0 at 30).

By public transport there are two figures of each measure. A column that ends in transit_time_p50 rests on the median time
to each destination; one in transit_access_p50 is worked out for each departure first and is the median of what the
departures give: of nearest, the time to whichever is nearest then. Of minutes a higher percentile is a longer time, of
opportunities it is more of them; minutes are missing where so many departures reach nothing. Catchments, isochrones,
the matrix and nearest_id are worked out on the times alone.";

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Streets: .osm.pbf, .osm or the .json that Overpass answers with
    #[arg(long, value_name = "FILE", required_unless_present_any = PRINTS)]
    streets: Option<PathBuf>,
    /// Heights of the ground, a raster (.tif): slopes change the times on foot and by bicycle
    #[arg(long, value_name = "FILE")]
    terrain: Option<PathBuf>,
    /// Close streets above this level of traffic stress to bicycles (Mekuria, Furth & Nixon 2012)
    #[arg(long, value_name = "1-4", allow_negative_numbers = true, value_parser = clap::value_parser!(u8).range(1..=4))]
    max_stress: Option<u8>,
    /// File for the streets as lines with times, stress and its reason: .gpkg, .parquet or .geojson
    #[arg(long, value_name = "FILE")]
    streets_out: Option<PathBuf>,
    /// Area to start from; streets are read on it and as far around as the longest trip leads
    #[arg(long, value_name = "ID")]
    area: Option<String>,
    /// Where trips begin: units, populated (points of the data; both with --area), grid:METRES or h3:RESOLUTION (of the
    /// area, or wherever the streets lie), buildings (of the streets) or FILE[:layer]
    #[arg(long, value_name = "PLACES", required_unless_present_any = PRINTS)]
    from: Option<String>,
    /// Where trips end: FILE[:layer]; a CSV needs columns lon and lat, or x and y with --to-crs;
    /// services[:category,…] are those of the streets file, measured each category by itself
    #[arg(long, value_name = "PLACES", required_unless_present_any = WITHOUT_DESTINATIONS)]
    to: Option<String>,
    /// System of the coordinates of --from, where the file does not say
    #[arg(long, value_name = "CRS")]
    from_crs: Option<String>,
    /// System of the coordinates of --to, where the file does not say
    #[arg(long, value_name = "CRS")]
    to_crs: Option<String>,
    /// How to travel
    #[arg(long, value_enum, value_delimiter = ',', default_value = "walk")]
    mode: Vec<ModeName>,
    /// What to measure; see below
    #[arg(long, value_name = "MEASURES", default_value = "nearest")]
    measure: String,
    /// Column of what a destination offers; 1 each without it
    #[arg(long, value_name = "COLUMN")]
    weight: Option<String>,
    /// Column of what a destination supplies, for catchments
    #[arg(long, value_name = "COLUMN")]
    supply: Option<String>,
    /// Column of who demands at an origin, for catchments
    #[arg(long, value_name = "COLUMN")]
    demand: Option<String>,
    /// Longest trip in minutes
    #[arg(long, allow_negative_numbers = true, value_name = "MINUTES", default_value_t = 60.0)]
    limit: f64,
    /// Farthest way to a street in metres
    #[arg(long, allow_negative_numbers = true, value_name = "METRES", default_value_t = 500.0)]
    snap_limit: f64,
    /// Speed of the way to a street, and of walking, in km/h; that of the profiles without it, 5
    #[arg(long, allow_negative_numbers = true, value_name = "KMH")]
    walk_speed: Option<f64>,
    /// Who may use which street and how fast: a table over the built-in one, of as few keys as need be
    #[arg(long, value_name = "FILE")]
    profiles: Option<PathBuf>,
    /// Print the built-in table and end
    #[arg(long)]
    print_profiles: bool,
    /// Extract to take services from, instead of that of the streets
    #[arg(long, value_name = "FILE")]
    services: Option<PathBuf>,
    /// What is a service: a table instead of the built-in one
    #[arg(long, value_name = "FILE")]
    services_table: Option<PathBuf>,
    /// Print the built-in table of services and end
    #[arg(long)]
    print_services: bool,
    /// File for the origins with their measures: .gpkg, .parquet or .geojson
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// System of that file; that of the origins without it
    #[arg(long, value_name = "CRS")]
    crs: Option<String>,
    /// File for all travel times: .parquet or .csv
    #[arg(long, value_name = "FILE")]
    matrix: Option<PathBuf>,
    #[command(flatten)]
    transit: TransitArguments,
    #[command(flatten)]
    equity: EquityArguments,
    #[command(flatten)]
    summary: SummaryArguments,
    #[command(flatten)]
    isochrones: IsochroneArguments,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ModeName {
    Walk,
    Bicycle,
    Car,
    Transit,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Public transport")]
struct TransitArguments {
    /// Timetable, a GTFS zip or folder; several times for several feeds
    #[arg(long, value_name = "FILE")]
    gtfs: Vec<PathBuf>,
    /// Date and window of departures, one a minute, as in 2026-05-05T07:00/09:00
    #[arg(long, value_name = "WINDOW")]
    depart: Option<String>,
    /// Percentiles of the time, and of the accessibility, over the window
    #[arg(
        long,
        allow_negative_numbers = true,
        value_name = "PERCENTS",
        value_delimiter = ',',
        default_value = "50"
    )]
    percentiles: Vec<f64>,
    /// Most vehicles on a trip
    #[arg(long, value_name = "RIDES", default_value_t = 4, allow_negative_numbers = true,
        value_parser = clap::value_parser!(u8).range(1..=16))]
    max_rides: u8,
    /// Least time between two vehicles, beside the walk, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, allow_negative_numbers = true,
        value_parser = clap::value_parser!(u32).range(0..=86_400))]
    min_transfer: u32,
    /// Longest walk to the first stop and from the last, in minutes
    #[arg(long, allow_negative_numbers = true, value_name = "MINUTES", default_value_t = 15.0)]
    max_walk: f64,
    /// Longest walk between two stops, in minutes
    #[arg(long, allow_negative_numbers = true, value_name = "MINUTES", default_value_t = 10.0)]
    max_transfer_walk: f64,
    /// Walks without steps and rough ground, and only vehicles and stops that say a wheelchair can use them
    #[arg(long)]
    wheelchair: bool,
    /// Leave out the wait before the first ride: the traveller knows the timetable
    #[arg(long)]
    planned: bool,
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    if arguments.print_profiles {
        output::line(Profiles::built_in_text().trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.print_services {
        output::line(ServiceTable::built_in_text().trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    check_numbers(arguments)?;
    let asked: Vec<String> = arguments.area.iter().cloned().collect();
    let plan = Plan::single(&steps::ACCESS, values(global, arguments)?, global.site(&asked)?);
    for made in run::directly(&plan, Path::new(""), global.cache().as_ref(), &|_| {})? {
        let Report::Access(made) = made.told.report else { continue };
        show(global, arguments, &made);
    }
    Ok(ExitCode::SUCCESS)
}

/// What is typed, as a step of a pipeline says it.
fn values(global: &Global, arguments: &Arguments) -> Result<Values, Error> {
    let mut values = Values::default();
    values.put_text("lang", global.lang_word());
    values.put_text("each", arguments.area.is_none().then_some("all"));
    for (key, file) in [
        ("streets", &arguments.streets),
        ("profiles", &arguments.profiles),
        ("services", &arguments.services),
        ("services_table", &arguments.services_table),
        ("terrain", &arguments.terrain),
    ] {
        values.put_file(key, file.as_deref());
    }
    for (key, text) in [
        ("from", &arguments.from),
        ("to", &arguments.to),
        ("weight", &arguments.weight),
        ("supply", &arguments.supply),
        ("demand", &arguments.demand),
    ] {
        values.put_text(key, text.as_deref());
    }
    for (key, text) in
        [("from_crs", &arguments.from_crs), ("to_crs", &arguments.to_crs), ("crs", &arguments.crs)]
    {
        let crs = text.as_deref().map(crs).transpose()?;
        values.put_text(key, crs.as_ref().map(Crs::id));
    }
    values.put_texts(
        "mode",
        &arguments.mode.iter().map(|mode| mode.word().to_owned()).collect::<Vec<_>>(),
    );
    values.put_texts("measure", std::slice::from_ref(&arguments.measure));
    values.put_number("limit", Some(arguments.limit));
    values.put_number("snap_limit", Some(arguments.snap_limit));
    values.put_number("walk_speed", arguments.walk_speed);
    values.put_number("max_stress", arguments.max_stress.map(f64::from));
    values.put_name("out", arguments.out.as_deref());
    values.put_name("matrix", arguments.matrix.as_deref());
    values.put_name("streets_out", arguments.streets_out.as_deref());
    arguments.transit.put_into(&mut values);
    arguments.equity.put_into(&mut values);
    arguments.summary.put_into(&mut values);
    arguments.isochrones.put_into(&mut values)?;
    Ok(values)
}

impl ModeName {
    fn word(self) -> &'static str {
        match self {
            Self::Walk => "walk",
            Self::Bicycle => "bicycle",
            Self::Car => "car",
            Self::Transit => "transit",
        }
    }
}

impl TransitArguments {
    /// What is typed, as a step of a pipeline says it.
    fn put_into(&self, values: &mut Values) {
        values.put_files("gtfs", &self.gtfs);
        values.put_text("depart", self.depart.as_deref());
        values.put_texts("percentiles", &access_more::texts(&self.percentiles));
        values.put_number("max_rides", Some(f64::from(self.max_rides)));
        values.put_number("min_transfer", Some(f64::from(self.min_transfer) / 60.0));
        values.put_number("max_walk", Some(self.max_walk));
        values.put_number("max_transfer_walk", Some(self.max_transfer_walk));
        values.put_flag("wheelchair", self.wheelchair);
        values.put_flag("planned", self.planned);
    }
}

fn check_numbers(arguments: &Arguments) -> Result<(), PipelineError> {
    let ranges = [
        ("--limit", arguments.limit, 0.1..=1440.0),
        ("--snap-limit", arguments.snap_limit, 1.0..=100_000.0),
        ("--walk-speed", arguments.walk_speed.unwrap_or(5.0), 0.5..=20.0),
        ("--max-walk", arguments.transit.max_walk, 0.0..=1440.0),
        ("--max-transfer-walk", arguments.transit.max_transfer_walk, 0.0..=1440.0),
    ];
    match ranges.iter().find(|(_, given, range)| !range.contains(given)) {
        None => Ok(()),
        Some((name, given, range)) => Err(PipelineError::Request {
            what: format!("{name} {given} makes no sense"),
            help: format!("give a number from {} to {}", range.start(), range.end()),
        }),
    }
}

fn show(global: &Global, arguments: &Arguments, made: &Made) {
    for note in &made.notes {
        output::note(global, &format!("note: {note}"));
    }
    for warning in &made.warnings {
        output::note(global, &format!("warning: {warning}"));
    }
    if global.json {
        return access_more::json(made);
    }
    if global.quiet {
        return;
    }
    output::line(access::ATTRIBUTION);
    for mode in &made.modes {
        output::line(&format!(
            "{}: {} junctions, {} streets; {:.1} % of their length in {} of {} pieces that count",
            mode.mode.id(),
            mode.nodes,
            mode.edges,
            mode.usable_length * 100.0,
            mode.usable_pieces,
            mode.pieces
        ));
    }
    if let Some(transit) = &made.transit {
        output::line(&format!(
            "transit: {} trips in {} patterns at {} stops",
            transit.trips, transit.patterns, transit.stops
        ));
    }
    let rows: Vec<Vec<String>> = made.summaries().into_iter().map(|s| s.cells()).collect();
    let header = ["column", "origins", "missing", "lowest", "median", "mean", "highest"];
    output::table(&header, &[1, 2, 3, 4, 5, 6], rows);
    access_more::equity_table(&made.equity);
    let more = arguments.equity.file().into_iter().chain(arguments.isochrones.file());
    let more = more.chain(arguments.summary.file()).chain(arguments.streets_out.as_deref());
    for file in arguments.out.iter().chain(&arguments.matrix).map(PathBuf::as_path).chain(more) {
        output::line(&file.display().to_string());
    }
}

impl access::Summary {
    fn cells(&self) -> Vec<String> {
        let number = |value: Option<f64>| {
            value.map_or(String::new(), |v| output::number(v, access_more::decimals(v)))
        };
        vec![
            self.column.clone(),
            self.origins.to_string(),
            self.missing.to_string(),
            number(self.lowest),
            number(self.median),
            number(self.mean),
            number(self.highest),
        ]
    }
}
