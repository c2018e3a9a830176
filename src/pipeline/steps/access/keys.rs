//! How an access step is written.

use crate::pipeline::file::{Key, Shape, Unit};

pub(super) const MODES: &[&str] = &["walk", "bicycle", "car", "transit"];

pub(super) const KEYS: &[Key] = &[
    Key::new(
        "each",
        Shape::Choice(&["area", "all"]),
        "area: each area by itself (the default); all: whatever the files cover",
    ),
    Key::new(
        "blocks",
        Shape::Number(1.0, 9999.0),
        "so many blocks of the origins, of each area by itself, made apart and joined when published",
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
        "where trips begin: units, populated (points of the data), buildings (of the streets), grid:METRES, h3:RESOLUTION (over all streets where there is no area) or a file",
    )
    .required(),
    Key::new(
        "to",
        Shape::Places,
        "where trips end: services[:category,…] or a file; isochrones alone need none",
    ),
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
    Key::new("weight", Shape::Text, "the column of what a destination offers; 1 each without it"),
    Key::new("supply", Shape::Text, "the column of what a destination supplies, for catchments"),
    Key::new("demand", Shape::Text, "the column of who demands at an origin, for catchments"),
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
        "of walking; that of the profiles without it, 5 km/h",
    ),
    Key::new(
        "profiles",
        Shape::TableOrFile,
        "who may use which street and how fast: a table, or a file with one, over the built-in one",
    ),
    Key::new(
        "services",
        Shape::File,
        "the extract that services are taken from, instead of that of the streets",
    ),
    Key::new("services_table", Shape::File, "what is a service, instead of the built-in table"),
    Key::new("terrain", Shape::File, "heights of the ground, a raster"),
    Key::new(
        "max_stress",
        Shape::Number(1.0, 4.0),
        "streets above this level of traffic stress are closed to bicycles",
    ),
    Key::new("gtfs", Shape::Files, "timetables, for transit"),
    Key::new("depart", Shape::Text, "date and window of departures, as in 2026-05-05T07:00/09:00"),
    Key::new("percentiles", Shape::Texts, "of the time, and of the accessibility, over the window; 50 without it"),
    Key::new("max_rides", Shape::Number(1.0, 255.0), "most vehicles on a trip; 4 without it"),
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
        Shape::Quantity(Unit::Time, 0.0, 1440.0),
        "least time between two vehicles beside the walk; 1 min without it",
    ),
    Key::new(
        "wheelchair",
        Shape::Flag,
        "walks without steps and rough ground, vehicles and stops that say a wheelchair can use them",
    ),
    Key::new(
        "planned",
        Shape::Flag,
        "leave out the wait before the first ride: the traveller knows the timetable",
    ),
    Key::new(
        "residents",
        Shape::Text,
        "the column of how many live at an origin, for equity and summary",
    ),
    Key::new("group", Shape::Text, "the column that names a group of origins"),
    Key::new("rank", Shape::Text, "the column that ranks residents, low for the worst off"),
    Key::new(
        "bounds",
        Shape::Text,
        "least and most that a measure can be, as in \"0,60\", for Erreygers' index",
    ),
    Key::new(
        "within",
        Shape::Texts,
        "minutes for the shares in the summary; 5, 10, 15, 30 without it",
    ),
    Key::new("bands", Shape::Texts, "minutes of the isochrones; 5, 10, 15 without it"),
    Key::new(
        "buffer",
        Shape::Quantity(Unit::Length, 1.0, 1000.0),
        "how far from a reached street an isochrone goes; 50 m without it",
    ),
    Key::new(
        "out",
        Shape::Name,
        "the file for the origins with their measures: .gpkg, .parquet or .geojson",
    ),
    Key::new("matrix", Shape::Name, "the file for all travel times: .parquet or .csv"),
    Key::new("equity", Shape::Name, "the file for the figures of equity: .csv or .parquet"),
    Key::new(
        "summary",
        Shape::Name,
        "the file for what the residents of the area and of each unit have: .csv or .parquet",
    ),
    Key::new(
        "isochrones",
        Shape::Name,
        "the file for what is reached, as polygons: .gpkg, .parquet or .geojson",
    ),
    Key::new(
        "streets_out",
        Shape::Name,
        "the file for the streets as lines with times and stress: .gpkg, .parquet or .geojson",
    ),
    Key::new("crs", Shape::Text, "the system of the output; that of the origins without it"),
];
