//! Services of an extract: ingested streets, walks to services in a baseline, and services as destinations.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;
#[path = "common/streets.rs"]
mod streets;

use std::path::Path;

use polars::prelude::{DataFrame, ParquetReader, SerReader};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use common::{scale, shared};
use streets::{EAST_M, NORTH_M};

const AREA: &str = "norra-djurgardsstaden";

/// Streets with a pharmacy four blocks east of the eighth junction of the eleventh street.
fn grid(west: f64, south: f64) -> String {
    streets::grid(west, south, (12, 11))
}

fn ingest_streets(folder: &Path, name: &str, content: &str) -> assert_cmd::assert::Assert {
    let file = folder.join(name);
    std::fs::write(&file, content).unwrap();
    ingest_file(folder, &file)
}

fn ingest_file(folder: &Path, file: &Path) -> assert_cmd::assert::Assert {
    scale()
        .args(["ingest", "--id", "streets", "--theme", "geography", "--geography", "streets"])
        .args(["--year", "2025", "--publisher", "OpenStreetMap contributors"])
        .args(["--licence", "ODbL-1.0", "--into"])
        .arg(folder.join("data"))
        .arg("--file")
        .arg(file)
        .assert()
}

fn map(folder: &Path, area: &str) -> assert_cmd::assert::Assert {
    let data = folder.join("data");
    scale()
        .arg("--data")
        .arg(data)
        .args(["map", "--area", area, "--out"])
        .arg(folder.join("out"))
        .assert()
}

fn indicators(folder: &Path, area: &str) -> DataFrame {
    let file = folder.join(format!("out/{area}/{area}_indicators.parquet"));
    ParquetReader::new(std::fs::File::open(file).unwrap()).finish().unwrap()
}

/// Value, method, definition and source of an indicator of the whole area.
fn whole(frame: &DataFrame, indicator: &str) -> Option<(f64, [String; 3])> {
    let text = |name: &str| frame.column(name).unwrap().str().unwrap().clone();
    let (names, units) = (text("indicator"), text("unit_id"));
    let row = (0..frame.height())
        .find(|&row| names.get(row) == Some(indicator) && units.get(row).is_none())?;
    let value = frame.column("value").unwrap().f64().unwrap().get(row)?;
    Some((
        value,
        ["method", "definition", "source"].map(|name| text(name).get(row).unwrap().into()),
    ))
}

/// Definitions of the units' rows of an indicator.
fn of_units(frame: &DataFrame, indicator: &str, column: &str) -> Vec<String> {
    let text = |name: &str| frame.column(name).unwrap().str().unwrap().clone();
    let (names, units, cells) = (text("indicator"), text("unit_id"), text(column));
    (0..frame.height())
        .filter(|&row| names.get(row) == Some(indicator) && units.get(row).is_some())
        .map(|row| cells.get(row).unwrap().to_owned())
        .collect()
}

#[test]
fn residents_walk_from_their_populated_points_along_the_streets() {
    let folder = tempfile::tempdir().unwrap();
    ingest_streets(folder.path(), "hjorthagen.osm", &grid(18.06, 59.33))
        .success()
        .stderr(contains("services: 1 pharmacy"));
    // The first lives on the street of the pharmacy, the second one block south of there.
    let people = "id,lon,lat,residents\na,18.10,59.3575,100\nb,18.10,59.355,300\n";
    let file = folder.path().join("people.csv");
    std::fs::write(&file, people).unwrap();
    scale()
        .args(["ingest", "--id", "people", "--theme", "population", "--geography", "point"])
        .args(["--key", "id", "--extensive", "residents", "--year", "2024"])
        .args(["--publisher", "a publisher", "--licence", "CC0-1.0", "--into"])
        .arg(folder.path().join("data"))
        .arg("--file")
        .arg(file)
        .assert()
        .success();
    map(folder.path(), AREA).success();
    let frame = indicators(folder.path(), AREA);
    let (metres, [method, _, source]) = whole(&frame, "distance_nearest_pharmacy_m").unwrap();
    let by_hand = 4.0 * EAST_M + 0.75 * NORTH_M;
    assert!((metres - by_hand).abs() < 1.0, "{metres}, by hand {by_hand}");
    assert_eq!(method, "street_network_walk; mean by residents");
    assert_eq!(source, "© OpenStreetMap contributors, ODbL-1.0");
    let (minutes, _) = whole(&frame, "access_nearest_pharmacy_min").unwrap();
    assert!((minutes - metres / 5000.0 * 60.0).abs() < 1e-9, "5 km/h: {minutes}");
    let from = of_units(&frame, "access_nearest_pharmacy_min", "definition");
    assert!(from[0].contains("populated points") && from[0].contains("at 5 km/h"), "{from:?}");
    scale().arg("check").arg(folder.path().join("out")).assert().success();
}

#[test]
fn without_populated_points_the_walk_starts_at_the_inner_point() {
    let folder = tempfile::tempdir().unwrap();
    ingest_streets(folder.path(), "hjorthagen.osm", &grid(18.06, 59.33)).success();
    map(folder.path(), AREA).success().stdout(contains("Walk to the nearest: Pharmacy"));
    let frame = indicators(folder.path(), AREA);
    let from = of_units(&frame, "distance_nearest_pharmacy_m", "definition");
    assert!(from[0].contains("the unit's inner point"), "{from:?}");
    let methods = of_units(&frame, "distance_nearest_pharmacy_m", "method");
    assert_eq!(methods, ["street_network_walk"]);
    let file = folder.path().join(format!("out/{AREA}/manifest.json"));
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let inputs = manifest["inputs"].as_array().unwrap();
    let streets = inputs.iter().find(|input| input["id"] == "streets").unwrap();
    assert_eq!(streets["licence"], "ODbL-1.0");
    assert_eq!(streets["publisher"], "OpenStreetMap contributors");
}

#[test]
fn a_station_off_the_streets_that_may_be_nearer_is_reached_in_a_straight_line() {
    let folder = tempfile::tempdir().unwrap();
    ingest_streets(folder.path(), "hjorthagen.osm", &grid(18.06, 59.33)).success();
    // Odenplan lies west of these streets, and nearer than the walk to Stockholm City is long.
    map(folder.path(), AREA).success().stderr(contains("distances from units on streets are"));
    let frame = indicators(folder.path(), AREA);
    let methods = of_units(&frame, "distance_nearest_commuter_rail_m", "method");
    assert_eq!(methods, ["straight_line"]);
    assert!(whole(&frame, "access_nearest_commuter_rail_min").is_none());
}

#[test]
fn streets_that_do_not_cover_the_area_leave_the_straight_line_and_say_so() {
    let folder = tempfile::tempdir().unwrap();
    ingest_streets(folder.path(), "gothenburg.osm", &grid(11.92, 57.69)).success();
    map(folder.path(), AREA).success().stderr(contains("do not cover the area").count(1));
    let frame = indicators(folder.path(), AREA);
    let (metres, [method, ..]) = whole(&frame, "distance_nearest_metro_m").unwrap();
    assert_eq!(method, "straight_line; mean by residents");
    assert!(metres > 100.0, "{metres}");
    assert!(whole(&frame, "distance_nearest_pharmacy_m").is_none(), "none near is known");
}

#[test]
fn without_streets_the_straight_line_is_said_once() {
    let out = tempfile::tempdir().unwrap();
    scale()
        .args(["map", "--area", "jarva", "--out"])
        .arg(out.path())
        .assert()
        .success()
        .stderr(contains("no streets are among the data").count(1));
}

#[test]
fn a_bad_extract_is_refused_and_nothing_is_written() {
    let whole = grid(18.06, 59.33);
    for (name, content, reason) in [
        ("cut.osm", &whole[..whole.len() / 2], "cut.osm"),
        ("none.osm", "<osm><node id=\"1\" lon=\"18\" lat=\"59\"/></osm>", "can be used by walk"),
        ("noise.osm.pbf", "no such thing", "is broken: blob header is too big"),
        ("streets.gpkg", &whole, "no OpenStreetMap extract by its name"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        ingest_streets(folder.path(), name, content)
            .code(2)
            .stderr(contains(reason).and(contains("help:")));
        assert!(!folder.path().join("data").exists(), "{name}: nothing is written");
    }
}

#[test]
fn a_changed_extract_stops_the_walk_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    ingest_streets(folder.path(), "hjorthagen.osm", &grid(18.06, 59.33)).success();
    for entry in std::fs::read_dir(folder.path().join("data")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "osm") {
            std::fs::write(path, "other").unwrap();
        }
    }
    map(folder.path(), AREA).code(2).stderr(contains("does not match the catalogue"));
    scale().arg("--data").arg(folder.path().join("data")).arg("areas").assert().success();
}

#[test]
fn services_are_destinations_each_category_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (streets, from) = (folder.path().join("a.osm"), folder.path().join("from.csv"));
    std::fs::write(&streets, grid(18.06, 59.33)).unwrap();
    std::fs::write(&from, "id,lon,lat\na,18.10,59.3575\n").unwrap();
    let out = folder.path().join("out.parquet");
    let access = |to: &str| {
        let mut command = scale();
        command.args(["access", "--measure", "nearest,cumulative:15", "--to", to, "--streets"]);
        command.arg(&streets).arg("--from").arg(&from).arg("--out").arg(&out).assert()
    };
    access("services:pharmacy,school").success().stderr(contains("holds no school"));
    let frame = ParquetReader::new(std::fs::File::open(&out).unwrap()).finish().unwrap();
    let cell = |name: &str| frame.column(name).unwrap().f64().unwrap().get(0);
    let minutes = cell("access_nearest_min_pharmacy_walk").unwrap();
    assert!((minutes - 4.0 * EAST_M / 5000.0 * 60.0).abs() < 0.01, "{minutes}");
    assert_eq!(cell("access_cumulative_15min_pharmacy_walk"), Some(1.0));
    assert_eq!(cell("access_nearest_min_school_walk"), None);
    let ids = frame.column("access_nearest_id_pharmacy_walk").unwrap().str().unwrap();
    assert_eq!(ids.get(0), Some("node/9001"));
    access("services:school").code(2).stderr(contains("holds no school"));
    access("services:pub").code(2).stderr(contains("there is no category \"pub\""));
}

#[test]
fn the_table_of_services_is_printed_edited_and_read() {
    let table = scale().args(["access", "--print-services"]).assert().success();
    let table = String::from_utf8(table.get_output().stdout.clone()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("services.toml");
    std::fs::write(&file, table.replace("amenity=pharmacy", "amenity=bench")).unwrap();
    ingest_streets(folder.path(), "hjorthagen.osm", &grid(18.06, 59.33)).success();
    let run = |table: &Path| {
        let mut command = scale();
        command.arg("--data").arg(folder.path().join("data")).args(["map", "--area", AREA]);
        command.arg("--services-table").arg(table).arg("--out").arg(folder.path().join("out"));
        command.assert()
    };
    run(&file).success();
    let frame = indicators(folder.path(), AREA);
    assert!(whole(&frame, "access_nearest_pharmacy_min").is_none());
    std::fs::write(&file, "[[category]]\nid = \"a\"\n").unwrap();
    run(&file).code(2).stderr(contains("the table of services cannot be read"));
}

#[test]
fn the_real_inner_city_has_groceries_within_a_walk() {
    let Some(file) = shared("stockholm/inner_city_2020.osm") else { return };
    let folder = tempfile::tempdir().unwrap();
    ingest_file(folder.path(), &file).success().stderr(contains("groceries"));
    map(folder.path(), "innerstaden").success().stderr(contains("units have no street of"));
    let frame = indicators(folder.path(), "innerstaden");
    let (minutes, _) = whole(&frame, "access_nearest_groceries_min").unwrap();
    assert!(minutes > 0.5 && minutes < 20.0, "{minutes}");
}

/// definitions.md: the extract holds the streets of Kista, Husby, Akalla, Rinkeby and east Tensta only.
#[test]
fn the_real_streets_of_jarva_are_walked_where_they_are() {
    let Some(file) = shared("stockholm/jarva_walk_2025.osm.pbf") else { return };
    let folder = tempfile::tempdir().unwrap();
    ingest_file(folder.path(), &file).success();
    map(folder.path(), "jarva").success().stderr(contains("4 of 9 units have no street of"));
    let frame = indicators(folder.path(), "jarva");
    let methods = of_units(&frame, "distance_nearest_metro_m", "method");
    let walked = methods.iter().filter(|method| *method == "street_network_walk").count();
    assert_eq!((methods.len(), walked), (9, 4), "one is nearer to a place off the streets");
}
