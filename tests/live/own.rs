//! The same from disk: files and folders, and whether their codes join anything.

use std::path::Path;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::common::scale;
use crate::feed;

/// Ingests a CSV of codes and cars by that geography; options given twice count as the last.
fn ingest_by_code(folder: &Path, geography: &str, codes: &[&str]) -> assert_cmd::assert::Assert {
    let file = folder.join(format!("{geography}.csv"));
    let rows = codes.iter().map(|code| format!("{code},1\n")).collect::<Vec<_>>().concat();
    std::fs::write(&file, format!("code,cars\n{rows}")).unwrap();
    scale()
        .args([
            "ingest",
            "--id",
            &geography.replace('-', "_"),
            "--theme",
            "travel",
            "--key",
            "code",
        ])
        .args(["--publisher", "a publisher", "--licence", "CC0-1.0", "--geography", geography])
        .args(["--year", "2024", "--extensive", "cars", "--file"])
        .arg(file)
        .arg("--into")
        .arg(folder.join("data"))
        .assert()
}

#[test]
fn codes_of_a_geography_without_shapes_are_held_against_their_form() {
    let folder = tempfile::tempdir().unwrap();
    for (geography, good, bad) in [
        ("deso-2018", "0180C1010", "0180C101"),
        ("regso-2020", "0180R001", "0180X001"),
        ("municipality", "0180", "0280"),
        ("county", "01", "02"),
        ("country", "00", "99"),
    ] {
        let ingest = |codes: &[&str]| ingest_by_code(folder.path(), geography, codes);
        let unheld =
            format!("the 1 codes could not be held against shapes: no units of {geography}");
        ingest(&[good]).success().stderr(contains(unheld).and(contains("keys are not").not()));
        ingest(&[good, bad])
            .success()
            .stderr(contains(format!("1 keys are not codes of {geography} by their form: {bad}")));
        ingest(&[bad])
            .code(2)
            .stderr(contains(format!("1 keys of the values join no feature: {bad}")));
    }
    ingest_by_code(folder.path(), "my-zones", &["x"])
        .success()
        .stderr(contains("no units of my-zones are there"));
}

/// Two DeSO of Akalla in the data folder: a table of others would be refused by every later map.
#[test]
fn codes_are_held_against_the_shapes_that_the_data_folder_holds() {
    let folder = tempfile::tempdir().unwrap();
    let square = |code: &str, x: f64| {
        let (x, y) = (667_000.0 + x, 6_588_000.0);
        let ring = format!(
            "[{x},{y}],[{},{y}],[{},{}],[{x},{}],[{x},{y}]",
            x + 50.0,
            x + 50.0,
            y + 50.0,
            y + 50.0
        );
        format!(
            r#"{{"type":"Feature","properties":{{"code":"{code}"}},"geometry":{{"type":"Polygon","coordinates":[[{ring}]]}}}}"#
        )
    };
    let crs = r#"{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::3006"}}"#;
    let features = format!("{},{}", square("0180C1010", 0.0), square("0180C1020", 50.0));
    let file = folder.path().join("deso.geojson");
    let text = format!(r#"{{"type":"FeatureCollection","crs":{crs},"features":[{features}]}}"#);
    std::fs::write(&file, text).unwrap();
    scale()
        .args(["ingest", "--id", "deso", "--theme", "geography", "--geography", "deso-2018"])
        .args(["--key", "code", "--year", "2018", "--publisher", "x", "--licence", "CC0-1.0"])
        .arg("--file")
        .arg(file)
        .arg("--into")
        .arg(folder.path().join("data"))
        .assert()
        .success();
    let ingest = |codes: &[&str]| ingest_by_code(folder.path(), "deso-2018", codes);
    let catalog = || std::fs::read(folder.path().join("data/catalog.toml")).unwrap();
    let before = catalog();
    ingest(&["0180C2010", "0180C2020"])
        .code(2)
        .stderr(contains("2 keys of the values join no feature: 0180C2010, 0180C2020"))
        .stderr(contains("these look like DeSO of another vintage, not deso-2018"));
    assert_eq!(catalog(), before, "nothing is written");
    ingest(&["0180C1010", "0180C2020"])
        .success()
        .stderr(contains("1 keys are not among the units of deso-2018: 0180C2020"))
        .stderr(contains("could not be held").not());
    let mut map = scale();
    map.arg("--data").arg(folder.path().join("data")).args(["map", "--area", "jarva", "--out"]);
    map.arg(folder.path().join("out")).assert().success();
}

#[test]
fn a_folder_in_the_place_of_a_file_is_told_with_what_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let tables = folder.path().join("tables");
    std::fs::create_dir(&tables).unwrap();
    for name in ["b.csv", "a.csv"] {
        std::fs::write(tables.join(name), "code,cars\n0180R035,1\n").unwrap();
    }
    scale()
        .args(["ingest", "--id", "cars", "--theme", "travel", "--key", "code", "--year", "2024"])
        .args(["--geography", "regso-2025", "--publisher", "x", "--licence", "CC0-1.0"])
        .args(["--extensive", "cars", "--file"])
        .arg(&tables)
        .arg("--into")
        .arg(folder.path().join("data"))
        .assert()
        .code(2)
        .stderr(
            contains("tables: is a folder").and(contains("give one of its files: a.csv, b.csv")),
        );
}

#[test]
fn the_folder_of_a_timetable_becomes_the_same_zip_whenever_it_is_brought() {
    let folder = tempfile::tempdir().unwrap();
    let unpacked = folder.path().join("feed");
    let zip = feed::bus([(59.36, 18.08), (59.36, 18.10)], 20, 5);
    zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap().extract(&unpacked).unwrap();
    std::fs::write(unpacked.join("notes.pdf"), "no table").unwrap();
    let ingest = |into: &str| {
        scale()
            .args(["ingest", "--id", "sl", "--theme", "travel", "--geography", "timetable"])
            .args(["--publisher", "Samtrafiken", "--licence", "CC0-1.0", "--file"])
            .arg(&unpacked)
            .arg("--into")
            .arg(folder.path().join(into))
            .assert()
            .success()
            .stdout(contains("sl: 13 rows, years 2026"));
        let mut files = std::fs::read_dir(folder.path().join(into)).unwrap();
        let file = files.find_map(|entry| {
            let path = entry.unwrap().path();
            path.extension().is_some_and(|end| end == "zip").then_some(path)
        });
        std::fs::read(file.unwrap()).unwrap()
    };
    let first = ingest("one");
    let stops = std::fs::read(unpacked.join("stops.txt")).unwrap();
    std::fs::write(unpacked.join("stops.txt"), stops).unwrap();
    assert_eq!(first, ingest("other"), "times of files are no content");
    let packed = zip::ZipArchive::new(std::io::Cursor::new(first)).unwrap();
    assert!(packed.file_names().all(|name| name.unwrap().ends_with(".txt")) && packed.len() == 6);
}
