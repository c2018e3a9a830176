//! Files of other programs through the program: the formats GDAL reads, whole and damaged.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;

use std::path::{Path, PathBuf};

use gdal::DriverManager;
use gdal::vector::OGRwkbGeometryType::wkbPolygon;
use gdal::vector::{Feature, FieldDefn, Geometry, LayerAccess, LayerOptions, OGRFieldType};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use common::scale;

/// Squares of 300 m in a row eastwards across Järva, ten counted in each, in SWEREF 99 TM.
const SQUARES: u32 = 20;

/// Writes the squares with a code and a count each, as another program would.
fn written(file: &Path, driver: &str) {
    let driver = DriverManager::get_driver_by_name(driver).unwrap();
    let mut dataset = driver.create_vector_only(file).unwrap();
    let mut srs = gdal::spatial_ref::SpatialRef::from_epsg(3006).unwrap();
    srs.set_axis_mapping_strategy(gdal::spatial_ref::AxisMappingStrategy::TraditionalGisOrder);
    let options = LayerOptions { name: "squares", srs: Some(&srs), ty: wkbPolygon, options: None };
    let layer = dataset.create_layer(options).unwrap();
    let code = FieldDefn::new("code", OGRFieldType::OFTString).unwrap();
    let count = FieldDefn::new("count", OGRFieldType::OFTReal).unwrap();
    code.add_to_layer(&layer).unwrap();
    count.add_to_layer(&layer).unwrap();
    for at in 0..SQUARES {
        let mut feature = Feature::new(layer.defn()).unwrap();
        feature.set_field_string(0, &format!("s{at:02}")).unwrap();
        feature.set_field_double(1, 10.0).unwrap();
        let (x, y) = (662_000.0 + 300.0 * f64::from(at), 6_588_000.0);
        let (right, top) = (x + 300.0, y + 300.0);
        let wkt = format!("POLYGON(({x} {y},{x} {top},{right} {top},{right} {y},{x} {y}))");
        feature.set_geometry(Geometry::from_wkt(&wkt).unwrap()).unwrap();
        feature.create(&layer).unwrap();
    }
    dataset.close().unwrap();
}

/// A folder with the squares in a file of that name.
fn folder_with(name: &str, driver: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    written(&file, driver);
    (folder, file)
}

fn clip(file: &Path, more: &[&str]) -> assert_cmd::assert::Assert {
    scale()
        .arg("clip")
        .arg(file)
        .args(["--area", "jarva", "--extensive", "count"])
        .args(more)
        .arg("--out")
        .arg(file.with_file_name("out.gpkg"))
        .assert()
}

/// Cuts the file off after that share of its bytes; it must be refused and nothing be written.
fn refused_when_cut(file: &Path, tenths: usize, reason: &str) {
    let whole = std::fs::read(file).unwrap();
    std::fs::write(file, &whole[..whole.len() * tenths / 10]).unwrap();
    let name = file.file_name().unwrap().to_str().unwrap();
    clip(file, &[]).code(2).stderr(
        contains("error:").and(contains(name)).and(contains(reason)).and(contains("help:")),
    );
    assert!(!file.with_file_name("out.gpkg").exists());
    std::fs::write(file, whole).unwrap();
}

#[test]
fn every_format_of_other_programs_gives_the_same_answer() {
    let mut answers = Vec::new();
    for (name, driver) in [
        ("squares.gpkg", "GPKG"),
        ("squares.shp", "ESRI Shapefile"),
        ("squares.fgb", "FlatGeobuf"),
        ("squares.gdb", "OpenFileGDB"),
        ("squares.tab", "MapInfo File"),
    ] {
        let (_folder, file) = folder_with(name, driver);
        let output = clip(&file, &["--json"]).success().get_output().stdout.clone();
        let report: serde_json::Value = serde_json::from_slice(&output).unwrap();
        assert_eq!(report["features_in"], SQUARES, "{name}");
        let value = report["carried"][0]["value"].as_f64().unwrap();
        assert!(value > 0.0 && value < 200.0, "part of them, {name}: {report}");
        answers.push((name, value));
    }
    // MapInfo keeps coordinates as whole numbers in a box of the system, a few millimetres apart.
    let apart = |value: f64| (value - answers[0].1).abs() / answers[0].1;
    assert!(answers.iter().all(|(_, value)| apart(*value) < 1e-6), "{answers:?}");
}

#[test]
fn every_format_of_other_programs_becomes_a_data_set() {
    for (name, driver) in [("squares.gdb", "OpenFileGDB"), ("squares.tab", "MapInfo File")] {
        let (folder, file) = folder_with(name, driver);
        scale()
            .args(["ingest", "--id", "squares", "--theme", "services", "--key", "code", "--year"])
            .args(["2024", "--geography", "polygon", "--extensive", "count"])
            .args(["--publisher", "a publisher", "--licence", "CC0-1.0", "--into"])
            .arg(folder.path().join("data"))
            .arg("--file")
            .arg(file)
            .assert()
            .success()
            .stdout(contains("20 rows, years 2024"));
    }
}

#[test]
fn a_geopackage_cut_off_anywhere_is_refused() {
    let (_folder, file) = folder_with("squares.gpkg", "GPKG");
    for tenths in [1, 5, 9] {
        refused_when_cut(&file, tenths, "is cut off or damaged");
    }
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    scale().arg("check").arg(&file).assert().code(1).stdout(contains("is cut off or damaged"));
}

#[test]
fn a_flatgeobuf_file_cut_off_anywhere_is_refused() {
    let (_folder, file) = folder_with("squares.fgb", "FlatGeobuf");
    refused_when_cut(&file, 1, "is not a file with layers: none can be read from it");
    refused_when_cut(&file, 5, "is cut off or damaged: 20 features are announced");
    refused_when_cut(&file, 9, "is cut off or damaged: 20 features are announced");
}

#[test]
fn a_shapefile_cut_off_is_refused() {
    let (_folder, file) = folder_with("squares.shp", "ESRI Shapefile");
    refused_when_cut(&file, 5, "squares.shp");
}

#[test]
fn a_shapefile_without_its_prj_is_refused_until_its_system_is_said() {
    let (_folder, file) = folder_with("squares.shp", "ESRI Shapefile");
    std::fs::remove_file(file.with_extension("prj")).unwrap();
    clip(&file, &[]).code(2).stderr(
        contains("has no coordinate reference system").and(contains("--input-crs EPSG:3006")),
    );
    assert!(!file.with_file_name("out.gpkg").exists());
    clip(&file, &["--input-crs", "EPSG:3006"]).success().stdout(contains("features in 20"));
}
