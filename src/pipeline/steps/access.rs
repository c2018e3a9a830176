//! What can be reached: the step behind `scale access`.

use std::path::PathBuf;

use super::{Job, Split, StepKind, Told, Work, places};
use crate::access::Measure;
use crate::formats;
use crate::model::Crs;
use crate::network::streets::{Mode, Profiles};
use crate::pipeline::access::{
    self, Limits, Places, PlacesOf, Request, TransitRequest, Within, parse_window,
};
use crate::pipeline::file::{Key, Kind, Shape, Unit, Values};
use crate::pipeline::{Ground, PipelineError};

const MODES: &[&str] = &["walk", "bicycle", "car", "transit"];

pub static KIND: StepKind = StepKind {
    declared: Kind {
        name: "access",
        doc: "measures what can be reached on foot, by bicycle, by car and by public transport",
        keys: &[&[
            Key::new(
                "each",
                Shape::Choice(&["area", "all"]),
                "area: each area by itself (the default); all: whatever the files cover",
            ),
            Key::new(
                "streets",
                Shape::File,
                ".osm.pbf, .osm or the .json that Overpass answers with, or an ingest step",
            )
            .required(),
            Key::new(
                "from",
                Shape::Places,
                "where trips begin: units, grid:METRES, h3:RESOLUTION or a file",
            )
            .required(),
            Key::new("to", Shape::Places, "where trips end: services[:category,…] or a file")
                .required(),
            Key::new(
                "from_crs",
                Shape::Text,
                "the system of the origins' coordinates, where the file does not say",
            ),
            Key::new(
                "to_crs",
                Shape::Text,
                "the system of the destinations' coordinates, where the file does not say",
            ),
            Key::new("mode", Shape::Texts, "walk (the default), bicycle, car, transit"),
            Key::new(
                "measure",
                Shape::Texts,
                "nearest (the default), cumulative:15,30, gravity:exp:10min, 2sfca:30min and more",
            ),
            Key::new(
                "weight",
                Shape::Text,
                "the column of what a destination offers; 1 each without it",
            ),
            Key::new(
                "supply",
                Shape::Text,
                "the column of what a destination supplies, for catchments",
            ),
            Key::new(
                "demand",
                Shape::Text,
                "the column of who demands at an origin, for catchments",
            ),
            Key::new(
                "limit",
                Shape::Quantity(Unit::Time, 0.1, 1440.0),
                "the longest trip; 60 min without it",
            ),
            Key::new(
                "snap_limit",
                Shape::Quantity(Unit::Length, 1.0, 100_000.0),
                "the farthest way to a street; 500 m without it",
            ),
            Key::new(
                "walk_speed",
                Shape::Quantity(Unit::Speed, 0.5, 20.0),
                "of walking; 5 km/h without it",
            ),
            Key::new(
                "profiles",
                Shape::File,
                "who may use which street and how fast, instead of the built-in table",
            ),
            Key::new(
                "services_table",
                Shape::File,
                "what is a service, instead of the built-in table",
            ),
            Key::new("terrain", Shape::File, "heights of the ground, a raster"),
            Key::new(
                "max_stress",
                Shape::Number(1.0, 4.0),
                "streets above this level of traffic stress are closed to bicycles",
            ),
            Key::new("gtfs", Shape::Files, "timetables, for transit"),
            Key::new(
                "depart",
                Shape::Text,
                "date and window of departures, as in 2026-05-05T07:00/09:00",
            ),
            Key::new("percentiles", Shape::Texts, "of the time over the window; 50 without it"),
            Key::new(
                "max_rides",
                Shape::Number(1.0, 10.0),
                "most vehicles on a trip; 4 without it",
            ),
            Key::new(
                "max_walk",
                Shape::Quantity(Unit::Time, 0.0, 1440.0),
                "longest walk to the first stop and from the last; 15 min without it",
            ),
            Key::new(
                "max_transfer_walk",
                Shape::Quantity(Unit::Time, 0.0, 1440.0),
                "longest walk between stops; 10 min without it",
            ),
            Key::new(
                "min_transfer",
                Shape::Quantity(Unit::Time, 0.0, 60.0),
                "least time between two vehicles beside the walk; 1 min without it",
            ),
            Key::new(
                "out",
                Shape::Name,
                "the file for the origins with their measures: .gpkg, .parquet or .geojson",
            )
            .required(),
            Key::new("matrix", Shape::Name, "the file for all travel times: .parquet or .csv"),
            Key::new(
                "crs",
                Shape::Text,
                "the system of the output; that of the origins without it",
            ),
        ]],
        uses_data: true,
        check,
    },
    split: |values| match values.text("each") {
        Some("all") => Split::Whole,
        _ => Split::Areas,
    },
    run,
    fills_folder: false,
    // Positions and tags while an extract is read, arcs and searches afterwards.
    memory: |bytes| (64 << 20, bytes * 24 + (64 << 20)),
};

fn check(values: &Values) -> Vec<(&'static str, String)> {
    let mut wrong = Vec::new();
    for key in ["crs", "from_crs", "to_crs"] {
        let crs = values.text(key).map(Crs::parse);
        wrong.extend(crs.and_then(Result::err).map(|error| (key, error.to_string())));
    }
    for mode in values.texts("mode").iter().filter(|mode| !MODES.contains(&mode.as_str())) {
        wrong.push(("mode", format!("\"{mode}\" is no mode; known are {}", MODES.join(", "))));
    }
    wrong.extend(measures(values).err().map(|error| ("measure", error.to_string())));
    wrong.extend(transit(values, &[]).err().map(|error| ("mode", error.to_string())));
    if values.text("each") == Some("all") && values.text("from").is_some() {
        wrong.push((
            "from",
            "units, grids and hexagons need areas: leave out each = \"all\"".to_owned(),
        ));
    }
    for key in ["from", "to"] {
        let text = values.text(key).filter(|text| !text.starts_with("services"));
        let places = text.map(PlacesOf::parse);
        wrong.extend(places.and_then(Result::err).map(|error| (key, error.to_string())));
    }
    wrong
}

fn run(job: &Job<'_>) -> Result<Vec<Result<Told, PipelineError>>, PipelineError> {
    let values = &job.step.declared.values;
    let in_areas = (KIND.split)(values) == Split::Areas;
    let ground = in_areas.then(|| job.ground()).transpose()?;
    // One part after the other: each works on all cores.
    Ok(job.work.iter().map(|work| measure(values, work, ground.as_deref())).collect())
}

fn measure(
    values: &Values,
    work: &Work<'_>,
    ground: Option<&Ground>,
) -> Result<Told, PipelineError> {
    let area = ground.map(|ground| ground.area(work.part)).transpose()?;
    let within = area.as_ref().map(|(area, units)| Within { area, units });
    let limits = limits(values);
    let modes = modes(values);
    let streets = work.optional(values.file("streets"))?.unwrap_or_default();
    let feeds: Vec<PathBuf> =
        values.files("gtfs").iter().map(|feed| work.path(feed)).collect::<Result<_, _>>()?;
    let transit = transit(values, &feeds)?;
    let open = |key: &str, crs: &str| {
        let crs = values.text(crs).map(Crs::parse).transpose()?;
        Places::open(&places::of(values, work, key)?, crs.as_ref(), within)
    };
    let origins = open("from", "from_crs")?.only_within(within)?;
    let destinations = match values.text("to") {
        Some(services) => {
            let table = super::map::services(work.optional(values.file("services_table"))?)?;
            let table = match services.strip_prefix("services:") {
                Some(ids) => table.only(&ids.split(',').map(str::trim).collect::<Vec<_>>())?,
                None => table,
            };
            let bounded = within.filter(|_| transit.is_none());
            let bounds =
                bounded.map(|within| access::bounds(within, access::reach_m(&modes, limits)));
            Places::services(&streets, &table, bounds.transpose()?)?
        }
        None => open("to", "to_crs")?,
    };
    let mut notes: Vec<String> = Vec::new();
    for places in [&origins, &destinations] {
        notes.extend(places.notes.iter().map(|note| format!("{}: {note}", places.name)));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the bounds of the key
    let max_stress = values.number("max_stress").map(|level| level as u8);
    let made = access::run(&Request {
        streets: &streets,
        profiles: &profiles(values, work)?,
        terrain: work.optional(values.file("terrain"))?.as_deref(),
        max_stress,
        streets_out: None,
        modes: &modes,
        origins: &origins,
        destinations: &destinations,
        within,
        measures: &measures(values)?,
        weight: values.text("weight"),
        supply: values.text("supply"),
        demand: values.text("demand"),
        transit: transit.as_ref(),
        limits,
        out: values.text("out").map(|name| work.folder.join(name)).as_deref(),
        out_crs: values.text("crs").map(Crs::parse).transpose()?.as_ref(),
        matrix: values.text("matrix").map(|name| work.folder.join(name)).as_deref(),
        equity: None,
        equity_out: None,
        isochrones: None,
    })?;
    notes.extend(made.warnings);
    Ok(Told { notes, ..Told::default() })
}

fn measures(values: &Values) -> Result<Vec<Measure>, PipelineError> {
    let given = values.texts("measure");
    let text = if given.is_empty() { "nearest".to_owned() } else { given.join(",") };
    Ok(Measure::parse_list(&text)?)
}

fn limits(values: &Values) -> Limits {
    Limits {
        trip_min: values.number("limit").unwrap_or(60.0),
        snap_m: values.number("snap_limit").unwrap_or(500.0),
        approach_kmh: values.number("walk_speed").unwrap_or(5.0),
    }
}

/// Modes along streets; walking where none is named.
fn modes(values: &Values) -> Vec<Mode> {
    let named = values.texts("mode");
    let has =
        |mode: &str| named.iter().any(|name| name == mode) || (named.is_empty() && mode == "walk");
    let all = [("walk", Mode::Walk), ("bicycle", Mode::Bicycle), ("car", Mode::Car)];
    all.into_iter().filter(|(name, _)| has(name)).map(|(_, mode)| mode).collect()
}

fn profiles(values: &Values, work: &Work<'_>) -> Result<Profiles, PipelineError> {
    let mut profiles = match work.optional(values.file("profiles"))? {
        None => Profiles::built_in()?,
        Some(file) => Profiles::parse(&String::from_utf8_lossy(&formats::read(&file)?))?,
    };
    #[allow(clippy::cast_possible_truncation)] // the bounds of the key
    profiles.walk.scale_to(limits(values).approach_kmh as f32);
    Ok(profiles)
}

fn transit(values: &Values, feeds: &[PathBuf]) -> Result<Option<TransitRequest>, PipelineError> {
    let request = |what: &str, help: &str| PipelineError::Request {
        what: what.to_owned(),
        help: help.to_owned(),
    };
    let wanted = values.texts("mode").iter().any(|mode| mode == "transit");
    if !wanted {
        let idle = values.text("depart").is_some() || !values.files("gtfs").is_empty();
        let told = request(
            "a timetable or a window of departures is given, but transit is no mode",
            "add it to mode",
        );
        return if idle { Err(told) } else { Ok(None) };
    }
    if values.files("gtfs").is_empty() {
        return Err(request("transit needs timetables", "name them with gtfs"));
    }
    let Some(depart) = values.text("depart") else {
        return Err(request("transit needs a window of departures", "give one with depart"));
    };
    let (date, window) = parse_window(depart)?;
    let percentile = |text: &String| {
        let number = text.parse().ok().filter(|number| (0.0..=100.0).contains(number));
        number.ok_or_else(|| {
            request(&format!("{text} is no percentile"), "give numbers from 0 to 100")
        })
    };
    let mut percentiles =
        values.texts("percentiles").iter().map(percentile).collect::<Result<Vec<f64>, _>>()?;
    if percentiles.is_empty() {
        percentiles.push(50.0);
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the bounds of the keys
    let whole = |key: &str, without: f64| values.number(key).unwrap_or(without) as u32;
    Ok(Some(TransitRequest {
        feeds: feeds.to_vec(),
        date,
        window,
        percentiles,
        max_rides: u8::try_from(whole("max_rides", 4.0)).unwrap_or(4),
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        min_transfer_s: (values.number("min_transfer").unwrap_or(1.0) * 60.0) as u32,
        walk_min: values.number("max_walk").unwrap_or(15.0),
        transfer_walk_min: values.number("max_transfer_walk").unwrap_or(10.0),
        wheelchair: false,
        planned: false,
    }))
}
