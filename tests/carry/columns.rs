//! Columns of every kind, and what cannot be carried.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::{Value, json};

use crate::layers::{Folder, cells, layer, populated, texts, units};

#[test]
fn every_kind_of_column_is_carried_as_computed_by_hand() {
    let folder = Folder::new();
    units(&folder);
    let (frame, report) = folder.carry("units.geojson", "--onto targets.geojson --extensive pop --moe pop=moe --intensive rate --ratio share=women/pop --categorical kind --range women");
    assert_eq!(cells(&frame, "pop"), [Some(250.0), Some(150.0)]);
    assert_eq!(cells(&frame, "moe"), [Some((900.0_f64 + 400.0).sqrt()), Some(20.0)]);
    let rates = cells(&frame, "rate");
    assert!((rates[0].unwrap() - 16.0 / 3.0).abs() < 1e-9 && rates[1] == Some(8.0));
    assert_eq!(cells(&frame, "share"), [Some(80.0 / 250.0), Some(0.2)]);
    let town = cells(&frame, "kind_town_share");
    assert!((town[0].unwrap() - 2.0 / 3.0).abs() < 1e-9 && town[1] == Some(0.0));
    assert_eq!(cells(&frame, "women_lower"), [Some(50.0), Some(60.0)]);
    assert_eq!(cells(&frame, "women_upper"), [Some(60.0), Some(60.0)]);
    assert_eq!(cells(&frame, "coverage"), [Some(1.0), Some(0.75)]);
    assert_eq!(cells(&frame, "pop_coverage"), [Some(1.0), Some(0.25)]);
    assert_eq!(texts(&frame, "pop_status"), ["E", "E"]);
    let column = &report["columns"][0];
    assert_eq!(
        (column["total_in"].as_f64(), column["total_carried"].as_f64()),
        (Some(400.0), Some(400.0))
    );
    assert_eq!(column["share_outside"], 0.0);
    assert_eq!(column["sources_without_value"], 1);
    assert_eq!(report["overlap_among_sources"]["pairs"], 0);
    let uncovered = report["share_of_targets_uncovered"].as_f64().unwrap();
    assert!((uncovered - 500.0 / 3500.0).abs() < 1e-12);
}

#[test]
fn a_layer_onto_itself_is_as_published_and_missing_stays_missing() {
    let folder = Folder::new();
    units(&folder);
    // Of the same shapes only the names, as the targets' columns come along.
    let named = std::fs::read_to_string(folder.0.path().join("units.geojson")).unwrap();
    let mut named: Value = serde_json::from_str(&named).unwrap();
    for feature in named["features"].as_array_mut().unwrap() {
        feature["properties"] = json!({"id": feature["properties"]["id"]});
    }
    folder.file("same.geojson", &named.to_string());
    let (frame, _) =
        folder.carry("units.geojson", "--onto same.geojson --extensive pop --intensive rate");
    assert_eq!(cells(&frame, "pop"), [Some(100.0), Some(300.0), None]);
    assert_eq!(cells(&frame, "rate"), [Some(4.0), Some(8.0), None]);
    assert_eq!(texts(&frame, "pop_status"), ["A", "A", "M"]);
    assert_eq!(texts(&frame, "rate_status"), ["A", "A", "M"]);
    assert_eq!(cells(&frame, "pop_coverage"), [Some(1.0), Some(1.0), Some(0.0)]);
}

#[test]
fn what_cannot_be_carried_is_refused_with_its_reason() {
    let folder = Folder::new();
    units(&folder);
    folder.file("shops.csv", "lon,lat,staff\n18.07,59.33,4\n");
    folder.file("far.geojson", &layer(&[([9e4, 9e4, 10.0, 10.0], json!({"name": "far"}))]));
    let refused = |source: &str, options: &str, what: &str, help: &str| {
        let told = contains("error:").and(contains(what)).and(contains(help));
        folder.command(source, options).assert().code(2).stderr(told);
        assert!(!folder.0.path().join("out.parquet").exists());
    };
    let with = |more: &str, what: &str, help: &str| {
        refused("units.geojson", &format!("--onto targets.geojson {more}"), what, help);
    };
    with("--extensive popp", "there is no column \"popp\"", "did you mean \"pop\"");
    with("--extensive kind", "\"town\" is not a number", "help:");
    with("--intensive median_age", "is a median", "--range median_age");
    with("--extensive median_age", "do not add up", "--range median_age");
    with("--ratio r=median_age/pop", "counts nobody", "--range median_age");
    with("", "no column is named", "--extensive");
    with("--extensive pop --method guess", "\"guess\" is no method", "dasymetric");
    with("--extensive pop --area jarva", "--area limits", "scale clip");
    with("--extensive pop --method points", "these shapes are polygons", "leave out");
    let onto_far = "--onto far.geojson --extensive pop";
    refused("units.geojson", onto_far, "none of the sources meets a target", "--input-crs");
    let counted = "--onto grid:1000 --extensive staff";
    refused("shops.csv", counted, "these shapes are points", "--method points");
    let onto_itself = "--onto units.geojson --extensive pop";
    refused("units.geojson", onto_itself, "two columns \"pop\"", "rename");
}

#[test]
fn two_runs_give_the_same_bytes() {
    let folder = Folder::new();
    units(&folder);
    let run = || {
        folder.carry("units.geojson", "--onto grid:100 --extensive pop,women --intensive rate");
        folder.written()
    };
    assert_eq!(run(), run());
}

/// Two ways of sharing out b, 300 ± 40, and a, 100 ± 30: by surface 250 ± 36.06 go west, by points 325 ± 42.43. East: 150 ±
/// 20 and 75 ± 10.
#[test]
fn both_errors_stand_apart_and_one_interval_holds_both() {
    let folder = Folder::new();
    units(&folder);
    populated(&folder);
    let (frame, _) = folder.carry(
        "units.geojson",
        "--onto targets.geojson --extensive pop --moe pop=moe --method dasymetric:points.geojson:residents",
    );
    let hypot = |a: f64, b: f64| (a * a + b * b).sqrt();
    assert_eq!(cells(&frame, "moe"), [Some(hypot(30.0, 30.0)), Some(10.0)]);
    assert_eq!(cells(&frame, "pop_alloc_lower"), [Some(250.0), Some(75.0)]);
    let (west, east) = (250.0 - hypot(30.0, 20.0), 75.0 - 10.0);
    assert_eq!(cells(&frame, "pop_combined_lower"), [Some(west), Some(east)]);
    let (west, east) = (325.0 + hypot(30.0, 30.0), 150.0 + 20.0);
    assert_eq!(cells(&frame, "pop_combined_upper"), [Some(west), Some(east)]);
    let (frame, _) =
        folder.carry("units.geojson", "--onto targets.geojson --extensive pop --moe pop=moe");
    assert!(frame.column("pop_combined_lower").is_err(), "one way has no spread");
}

/// Of b's residents 30 live in its west and 10 in its east, 10 in a. West by residents: 325 of whom 95 women, rate (4·10 +
/// 8·30)/40 = 7; by surface: 250, 80 and (4·1 + 8·0.5)/1.5 = 16/3.
#[test]
fn ratios_and_rates_have_the_range_of_the_ways_and_ratios_the_margin_of_their_counts() {
    let folder = Folder::new();
    units(&folder);
    let points = "x,y,residents\n674500,6580500,10\n675200,6580500,30\n675800,6580500,10\n";
    folder.file("points.csv", points);
    let by = "--onto targets.geojson --ratio share=women/pop --intensive rate --moe pop=moe";
    let dasymetric = "--method dasymetric:points.csv:residents";
    let unknown = format!("{by} {dasymetric}");
    let told = contains("points.csv").and(contains("--input-crs"));
    folder.command("units.geojson", &unknown).assert().code(2).stderr(told);
    let (frame, _) = folder.carry("units.geojson", &format!("{unknown} --input-crs EPSG:3006"));
    let near = |name: &str, known: f64| {
        let found = cells(&frame, name)[0].unwrap();
        assert!((found - known).abs() < 1e-9, "{name}: {found} is not {known}");
    };
    near("share", 95.0 / 325.0);
    near("share_alloc_lower", 95.0 / 325.0);
    near("share_alloc_upper", 80.0 / 250.0);
    near("rate", 7.0);
    near("rate_alloc_lower", 16.0 / 3.0);
    near("rate_alloc_upper", 7.0);
    near("share_moe", 95.0 / 325.0 * 30.0_f64.hypot(30.0) / 325.0);
}
