//! Points and polygons of one's own in a baseline, and runs that are stopped at any moment.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use polars::prelude::{ParquetReader, SerReader};
use predicates::str::contains;

use common::scale;

/// Two points in Hjorthagen, one in Årsta; the one in the west of the country is in no area.
const REPAIR: &str = "id;lon;lat;kind;staff\na;18.0985;59.3560;bicycle;3\nb;18.1000;59.3570;textile;4\n\
                      c;18.0500;59.2970;bicycle;5\nd;11.97;57.71;bicycle;6\n";

fn ingest(folder: &Path, name: &str, content: &str, options: &[&str]) {
    let file = folder.join(name);
    std::fs::write(&file, content).unwrap();
    scale()
        .args(["ingest", "--key", "id", "--publisher", "a publisher", "--licence", "CC0-1.0"])
        .args(["--year", "2026", "--file"])
        .arg(file)
        .args(options)
        .arg("--into")
        .arg(folder.join("data"))
        .assert()
        .success();
}

/// The whole area's rows of the long table: indicator, value, coverage.
fn own_rows(folder: &Path, area: &str) -> Vec<(String, Option<f64>, Option<f64>)> {
    scale()
        .arg("--data")
        .arg(folder.join("data"))
        .args(["map", "--area", area, "--out"])
        .arg(folder.join("out"))
        .assert()
        .success();
    scale().arg("check").arg(folder.join("out")).assert().success();
    let file = folder.join(format!("out/{area}/{area}_indicators.parquet"));
    let frame = ParquetReader::new(std::fs::File::open(file).unwrap()).finish().unwrap();
    let text = |name: &str| frame.column(name).unwrap().str().unwrap().clone();
    let number = |name: &str| frame.column(name).unwrap().f64().unwrap().clone();
    let (units, names) = (text("unit_id"), text("indicator"));
    let (values, coverage) = (number("value"), number("coverage"));
    (0..frame.height())
        .filter(|&row| units.get(row).is_none())
        .map(|row| (names.get(row).unwrap().to_owned(), values.get(row), coverage.get(row)))
        .collect()
}

fn value(rows: &[(String, Option<f64>, Option<f64>)], indicator: &str) -> Option<f64> {
    rows.iter().find(|row| row.0 == indicator).and_then(|row| row.1)
}

#[test]
fn own_points_are_counted_summed_and_become_a_layer() {
    let folder = tempfile::tempdir().unwrap();
    let options = ["--id", "repair", "--theme", "services", "--geography", "point"];
    let fields = ["--extensive", "staff", "--categorical", "kind"];
    ingest(folder.path(), "repair.csv", REPAIR, &[&options[..], &fields[..]].concat());
    let rows = own_rows(folder.path(), "norra-djurgardsstaden");
    assert_eq!(value(&rows, "repair_count"), Some(2.0));
    assert_eq!(value(&rows, "staff"), Some(7.0));
    assert_eq!(value(&rows, "kind_bicycle_count"), Some(1.0));
    let distance = value(&rows, "distance_nearest_textile_m").unwrap();
    assert!(distance < 3000.0, "{distance}");
    let layer =
        folder.path().join("out/norra-djurgardsstaden/norra-djurgardsstaden_repair.parquet");
    let layer = ParquetReader::new(std::fs::File::open(layer).unwrap()).finish().unwrap();
    assert_eq!(layer.height(), 2);
}

#[test]
fn own_polygons_are_cut_and_their_values_carried_by_surface() {
    let folder = tempfile::tempdir().unwrap();
    let square = |id: &str, trees: u32, west: f64, east: f64| {
        format!(
            r#"{{"type":"Feature","properties":{{"id":"{id}","trees":{trees},"FID":1}},"geometry":{{"type":"Polygon",
            "coordinates":[[[{west},59.0],[{east},59.0],[{east},59.7],[{west},59.7],[{west},59.0]]]}}}}"#
        )
    };
    // The first covers all of the area and much more, the second lies far to the west.
    let features = [square("a", 1000, 17.9, 18.4), square("b", 50, 17.0, 17.1)].join(",");
    let collection = format!(r#"{{"type":"FeatureCollection","features":[{features}]}}"#);
    let options = ["--id", "canopy", "--theme", "geography", "--geography", "polygon"];
    let fields = ["--extensive", "trees", "--drop", "FID"];
    ingest(folder.path(), "canopy.geojson", &collection, &[&options[..], &fields[..]].concat());
    let rows = own_rows(folder.path(), "norra-djurgardsstaden");
    assert!((value(&rows, "canopy_surface_share").unwrap() - 100.0).abs() < 1e-6);
    let trees = value(&rows, "trees").unwrap();
    // The area's surface over that of the square, which is about 28.5 km by 78 km.
    assert!(trees > 0.5 && trees < 3.0, "{trees}");
    let coverage = rows.iter().find(|row| row.0 == "trees").unwrap().2.unwrap();
    assert!((coverage - 1.0).abs() < 1e-9);
}

#[test]
fn a_data_set_may_not_take_the_name_of_a_layer() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("p.csv");
    std::fs::write(&file, REPAIR).unwrap();
    scale()
        .args(["ingest", "--id", "units", "--theme", "services", "--key", "id"])
        .args(["--geography", "point", "--publisher", "a", "--licence", "b", "--file"])
        .arg(file)
        .assert()
        .code(2)
        .stderr(contains("\"units\" is the name of a layer of every baseline"));
}

#[test]
fn a_run_killed_at_any_moment_leaves_the_old_baseline_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let start = |crs: &str| {
        Command::new(assert_cmd::cargo::cargo_bin!("scale"))
            .args(["--quiet", "map", "--all", "--crs", crs, "--out"])
            .arg(&out)
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    assert!(start("EPSG:3006").wait().unwrap().success());
    let mut killed = 0;
    for attempt in 0..24_u64 {
        let mut child = start(if attempt % 2 == 0 { "EPSG:3011" } else { "EPSG:3006" });
        std::thread::sleep(Duration::from_millis(attempt * 17 % 400));
        let _ = child.kill();
        killed += u32::from(!child.wait().unwrap().success());
        for area in ["jarva", "skarholmen", "norra-djurgardsstaden", "innerstaden", "sgid"] {
            assert!(out.join(area).join("manifest.json").exists(), "{area} vanished");
        }
        scale().arg("check").arg(&out).assert().success();
    }
    assert!(killed > 5, "only {killed} runs were killed before their end");
    assert!(start("EPSG:3006").wait().unwrap().success());
    let left: Vec<_> = std::fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 5, "what killed runs left behind is swept: {left:?}");
}

/// Nacka's units have no count of residents here but Sickla's: the shares of the types are those of the surface, which two
/// units of type 4 and one of type 3 make up, and it is said.
#[test]
fn classes_are_shared_by_surface_where_residents_are_not_known() {
    let folder = tempfile::tempdir().unwrap();
    let label = "{ sv = \"Nacka\", en = \"Nacka\" }";
    let areas = format!(
        "geography = \"regso-2025\"\n[[area]]\nid = \"nacka\"\nname = {label}\nunits = [\"0182R001\", \"0182R002\", \"0182R004\"]\n"
    );
    std::fs::write(folder.path().join("areas.toml"), areas).unwrap();
    let told = "socioeconomic_type: shares of the surface, not of residents: some units have no count of residents";
    scale()
        .arg("--areas")
        .arg(folder.path().join("areas.toml"))
        .args(["map", "--area", "nacka", "--out"])
        .arg(folder.path().join("out"))
        .assert()
        .success()
        .stderr(contains(told));
    let file = folder.path().join("out/nacka/nacka_indicators.parquet");
    let frame = ParquetReader::new(std::fs::File::open(file).unwrap()).finish().unwrap();
    let text = |name: &str, row: usize| {
        frame.column(name).unwrap().str().unwrap().get(row).unwrap_or_default().to_owned()
    };
    let share = |class: u8| {
        let is = |row: &usize| {
            text("indicator", *row) == format!("socioeconomic_type_{class}_share")
                && text("unit_id", *row).is_empty()
        };
        let row = (0..frame.height()).find(is).unwrap();
        assert_eq!(text("unit", row), "percent of surface");
        assert_eq!(text("method", row), "surface_by_class_of_unit");
        assert!(text("definition", row).starts_with("Surface of the units of class"));
        frame.column("value").unwrap().f64().unwrap().get(row).unwrap()
    };
    let ground =
        scale::pipeline::Ground::load(scale::sources::Snapshot::embedded().unwrap(), None, None);
    let ground = ground.unwrap();
    let units = &ground.units().unwrap().areas;
    let surface = |code: &str| {
        let row = units.keys().iter().position(|key| key == code).unwrap();
        geo::Area::unsigned_area(&units.shapes()[row])
    };
    let (a, b, c) = (surface("0182R001"), surface("0182R002"), surface("0182R004"));
    assert!((share(4) - 100.0 * (a + b) / (a + b + c)).abs() < 1e-9);
    assert!((share(3) - 100.0 * c / (a + b + c)).abs() < 1e-9);
    assert!(share(1).abs() < 1e-12);
}
