//! Targets and methods: squares, hexagons, points, water, smoothing, sources that overlap.

use predicates::str::contains;
use serde_json::json;

use crate::common::scale;
use crate::layers::{Folder, cells, layer, populated, texts, units};

#[test]
fn squares_are_named_by_their_corner_and_keep_the_total() {
    let folder = Folder::new();
    units(&folder);
    let (frame, report) = folder.carry("units.geojson", "--onto grid:250 --extensive pop");
    assert_eq!((frame.height(), texts(&frame, "cell_id")[0].as_str()), (48, "674000_6580000"));
    assert_eq!(cells(&frame, "pop")[0], Some(6.25));
    assert_eq!(texts(&frame, "pop_status").iter().filter(|status| *status == "E").count(), 32);
    assert_eq!(report["columns"][0]["total_carried"], 400.0);
    scale().arg("check").arg(folder.0.path().join("out.parquet")).assert().success();
}

#[test]
fn hexagons_keep_the_total_and_each_meets_a_source() {
    let folder = Folder::new();
    units(&folder);
    let (frame, report) = folder.carry("units.geojson", "--onto h3:9 --extensive pop");
    assert_eq!(report["targets_without_source"], 0);
    let total = report["columns"][0]["total_carried"].as_f64().unwrap();
    assert!((total - 400.0).abs() < 1e-9, "{total}");
    assert!(frame.height() > 20);
}

#[test]
fn overlapping_sources_are_measured_and_no_count_is_carried_twice() {
    let folder = Folder::new();
    let text = layer(&[
        ([0.0, 0.0, 1000.0, 1000.0], json!({"pop": 100})),
        ([900.0, 0.0, 1000.0, 1000.0], json!({"pop": 100})),
    ]);
    folder.file("twice.geojson", &text);
    let (_, report) = folder.carry("twice.geojson", "--onto grid:1000 --extensive pop");
    let overlap = &report["overlap_among_sources"];
    assert_eq!((overlap["pairs"].as_u64(), overlap["surface_m2"].as_f64()), (Some(1), Some(1e5)));
    let total = report["columns"][0]["total_carried"].as_f64().unwrap();
    assert!((total - 200.0).abs() < 1e-9);
    assert!(report["notes"][0].as_str().unwrap().contains("1 pairs of sources overlap"));
}

#[test]
fn residents_follow_points_and_the_other_way_stands_beside() {
    let folder = Folder::new();
    units(&folder);
    populated(&folder);
    let (frame, report) = folder.carry(
        "units.geojson",
        "--onto targets.geojson --extensive pop --method dasymetric:points.geojson:residents",
    );
    // Three quarters of b go west; a, without points, goes by surface.
    assert_eq!(cells(&frame, "pop"), [Some(325.0), Some(75.0)]);
    assert_eq!(cells(&frame, "pop_alloc_lower"), [Some(250.0), Some(75.0)]);
    assert_eq!(cells(&frame, "pop_alloc_upper"), [Some(325.0), Some(150.0)]);
    assert_eq!(report["sources_by_surface"], 2);
    assert!(report["notes"].to_string().contains("2 of 3 sources hold no ancillary"));
}

#[test]
fn points_are_summed_into_their_squares() {
    let folder = Folder::new();
    folder.file("shops.csv", "lon,lat,staff\n18.07,59.33,4\n18.07,59.33,6\n18.2,59.33,1\n");
    let (frame, report) =
        folder.carry("shops.csv", "--onto grid:1000 --method points --extensive staff");
    let mut staff = cells(&frame, "staff");
    staff.sort_by(|a, b| a.unwrap().total_cmp(&b.unwrap()));
    assert_eq!(staff, [Some(1.0), Some(10.0)]);
    assert_eq!(texts(&frame, "staff_status"), ["A", "A"]);
    assert_eq!(report["columns"][0]["share_outside"], 0.0);
}

#[test]
fn degrees_are_measured_in_metres_and_it_is_said() {
    let folder = Folder::new();
    let text = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"pop":7},"geometry":
        {"type":"Polygon","coordinates":[[[18.0,59.3],[18.1,59.3],[18.1,59.4],[18.0,59.4],[18.0,59.3]]]}}]}"#;
    folder.file("a.geojson", text);
    folder.file("b.geojson", &text.replace("pop", "name"));
    let (frame, report) = folder.carry("a.geojson", "--onto b.geojson --extensive pop");
    assert_eq!(cells(&frame, "pop"), [Some(7.0)]);
    assert_eq!(report["crs"], "EPSG:3006");
    assert!(report["notes"].to_string().contains("not square metres on the ground"));
}

#[test]
fn water_takes_no_residents_and_smoothing_keeps_the_total() {
    let folder = Folder::new();
    units(&folder);
    // The east of b is water, all of c is.
    let water = layer(&[([1500.0, 0.0, 1500.0, 1000.0], json!({"kind": "lake"}))]);
    folder.file("water.geojson", &water);
    let (frame, report) = folder.carry(
        "units.geojson",
        "--onto targets.geojson --extensive pop --method without:water.geojson",
    );
    let residents = cells(&frame, "pop");
    assert!((residents[0].unwrap() - 400.0).abs() < 1e-6 && residents[1].unwrap().abs() < 1e-6);
    assert_eq!(report["sources_by_surface"], 1, "c, which is nothing but water");
    let (frame, report) =
        folder.carry("units.geojson", "--onto grid:250 --extensive pop --method smooth");
    let total = report["columns"][0]["total_carried"].as_f64().unwrap();
    assert!((total - 400.0).abs() < 1e-9, "{total}");
    let spread = cells(&frame, "pop").into_iter().flatten().fold(f64::INFINITY, f64::min);
    assert!(spread > 0.0 && spread < 6.25, "the west of a is thinner than its mean: {spread}");
}

/// b holds 40 residents, 30 of them in its west, and four flats, one of them there: 100 + 225, 100 + 75, or by surface 100 +
/// 150 go west.
#[test]
fn the_range_beside_a_count_is_that_of_all_plausible_methods() {
    let folder = Folder::new();
    units(&folder);
    populated(&folder);
    let text = std::fs::read_to_string(folder.0.path().join("points.geojson")).unwrap();
    let flats =
        text.replace("\"residents\":30", "\"flats\":1").replace("\"residents\":10", "\"flats\":3");
    folder.file("flats.geojson", &flats);
    let by = "--onto targets.geojson --extensive pop --method dasymetric:points.geojson:residents";
    let (frame, report) =
        folder.carry("units.geojson", &format!("{by} --also dasymetric:flats.geojson:flats"));
    assert_eq!(cells(&frame, "pop"), [Some(325.0), Some(75.0)]);
    assert_eq!(cells(&frame, "pop_alloc_lower"), [Some(175.0), Some(75.0)]);
    assert_eq!(cells(&frame, "pop_alloc_upper"), [Some(325.0), Some(225.0)]);
    // (150 + 150) of 400 + 400.
    assert_eq!(report["columns"][0]["allocation_spread"], 0.375);
    let by_surface = "--onto targets.geojson --extensive pop --also dasymetric:flats.geojson:flats";
    let (frame, _) = folder.carry("units.geojson", by_surface);
    assert_eq!(cells(&frame, "pop"), [Some(250.0), Some(150.0)]);
    assert_eq!(cells(&frame, "pop_alloc_lower"), [Some(175.0), Some(150.0)]);
    let told = contains("no ways to share polygons out");
    folder.command("units.geojson", &format!("{by} --also smooth")).assert().code(2).stderr(told);
}

/// One of three points stands on the line between two squares and one on their outer border: 111 of 111 are carried.
#[test]
fn a_point_on_a_shared_border_is_counted_once_and_no_overlap_is_claimed() {
    let folder = Folder::new();
    units(&folder);
    folder
        .file("shops.csv", "x,y,staff\n675500,6580500,100\n674500,6580500,10\n677500,6580500,1\n");
    let by = "--onto targets.geojson --method points --extensive staff --input-crs EPSG:3006";
    let (frame, report) = folder.carry("shops.csv", by);
    assert_eq!(cells(&frame, "staff"), [Some(110.0), Some(1.0)]);
    assert_eq!(report["columns"][0]["total_carried"], 111.0);
    assert!(!report["notes"].to_string().contains("overlap"), "{}", report["notes"]);
}
