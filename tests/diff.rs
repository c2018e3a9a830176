//! What differs between two outputs is found by key and told; what does not differ is not.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::indexing_slicing)]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use geo::{Geometry, Rect};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use proptest::prelude::*;
use serde_json::Value;

use common::scale;
use scale::model::{Areas, Crs, Layer, ObsStatus, Observation, Role};
use scale::pipeline::diff;
use scale::publish::{Input, Manifest, OutputFile, indicators_layer};
use scale::sources::sha256_hex;

/// A folder with two sides in it.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Two CSV files.
    fn csv(old: &str, new: &str) -> Self {
        let place = Self::new();
        std::fs::write(place.path("old.csv"), old).unwrap();
        std::fs::write(place.path("new.csv"), new).unwrap();
        place
    }

    /// Two tables of indicators as files.
    fn indicators(old: &[Observation], new: &[Observation]) -> Self {
        let place = Self::new();
        for (name, rows) in [("old.parquet", old), ("new.parquet", new)] {
            let layer = indicators_layer(rows).unwrap();
            scale::formats::write(&place.path(name), &layer).unwrap();
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs `diff` inside the folder, so that no output names it.
    fn diff(&self, arguments: &[&str]) -> assert_cmd::assert::Assert {
        scale().current_dir(self.0.path()).arg("diff").args(arguments).assert()
    }

    fn json(&self, old: &str, new: &str, more: &[&str]) -> Value {
        let arguments = [&[old, new, "--format", "json"], more].concat();
        let output = self.diff(&arguments).success().get_output().stdout.clone();
        serde_json::from_slice(&output).unwrap()
    }

    fn text(&self, arguments: &[&str]) -> String {
        let output = self.diff(arguments).success().get_output().stdout.clone();
        String::from_utf8(output).unwrap()
    }
}

/// The only layer that differs.
fn layer(found: &Value) -> &Value {
    &found["folders"][0]["files"][0]["layers"][0]
}

fn observation(indicator: &str, year: i32, value: f64) -> Observation {
    Observation {
        area_id: "jarva".to_owned(),
        unit_id: None,
        geography_level: "area".to_owned(),
        geography_id: "jarva".to_owned(),
        role: Role::Own,
        indicator: indicator.to_owned(),
        theme: "health".to_owned(),
        value: Some(value),
        lower: None,
        upper: None,
        unit: "percent".to_owned(),
        year: Some(year),
        sex: "_T".to_owned(),
        age: "_T".to_owned(),
        obs_status: ObsStatus::A,
        method: "published".to_owned(),
        coverage: None,
        definition: "As published".to_owned(),
        source: "A survey".to_owned(),
    }
}

fn surveyed(indicator: &str, year: i32, value: f64, half: f64) -> Observation {
    let (lower, upper) = (Some(value - half), Some(value + half));
    Observation { lower, upper, ..observation(indicator, year, value) }
}

fn residents(unit: Option<&str>, year: i32, value: f64) -> Observation {
    let level = if unit.is_some() { "regso-2025" } else { "area" };
    Observation {
        unit_id: unit.map(str::to_owned),
        geography_level: level.to_owned(),
        geography_id: unit.unwrap_or("jarva").to_owned(),
        unit: "persons".to_owned(),
        method: if unit.is_some() { "published" } else { "sum_of_units" }.to_owned(),
        source: "Statistics Sweden (SCB): FolkmDesoAldKon".to_owned(),
        ..observation("residents", year, value)
    }
}

/// A GeoParquet file of squares by their lower left corner, in metres.
fn squares(file: &Path, corners: &[(&str, f64, f64)]) {
    let square = |x: f64, y: f64| Rect::new((x, y), (x + 100.0, y + 100.0)).to_polygon();
    let keys: Vec<String> = corners.iter().map(|(key, ..)| (*key).to_owned()).collect();
    let shapes = corners.iter().map(|&(_, x, y)| Geometry::Polygon(square(x, y))).collect();
    let ids = Column::from(Series::new("unit_id".into(), keys.clone()));
    let areas = Areas::new(keys, shapes, Crs::parse("EPSG:3006").unwrap()).unwrap();
    let frame = DataFrame::new(corners.len(), vec![ids]).unwrap();
    let layer = Layer::spatial("units", "Units", Arc::new(areas), frame).unwrap();
    scale::formats::write(file, &layer).unwrap();
}

/// A baseline made by hand: one table of indicators and the manifest over it.
fn baseline(folder: &Path, rows: &[Observation], change: impl FnOnce(&mut Manifest)) {
    std::fs::create_dir_all(folder).unwrap();
    let file = folder.join("jarva_indicators.parquet");
    scale::formats::write(&file, &indicators_layer(rows).unwrap()).unwrap();
    let mut manifest = Manifest {
        version: "0.1.0".to_owned(),
        area_name: "Järva".to_owned(),
        units: vec!["0180R036".to_owned()],
        crs: "EPSG:3006".to_owned(),
        inputs: vec![Input {
            id: "population".to_owned(),
            publisher: "SCB".to_owned(),
            table: None,
            url: None,
            years: vec![2024],
            licence: "CC0-1.0".to_owned(),
            file: "population.csv".to_owned(),
            sha256: "a".repeat(64),
        }],
        outputs: vec![OutputFile {
            file: "jarva_indicators.parquet".to_owned(),
            sha256: sha256_hex(&std::fs::read(&file).unwrap()),
            rows: BTreeMap::from([("indicators".to_owned(), rows.len())]),
            crs: None,
            step: None,
        }],
        survey_participation: Vec::new(),
        notes: Vec::new(),
        warnings: vec!["an old warning".to_owned()],
        ..Manifest::new("jarva")
    };
    change(&mut manifest);
    let text = serde_json::to_string_pretty(&manifest).unwrap();
    std::fs::write(folder.join("manifest.json"), text).unwrap();
}

#[test]
fn a_changed_value_is_found_by_its_key() {
    let place = Place::csv("unit_id,cars\na,1\nb,2\n", "unit_id,cars\nb,5\na,1\n");
    let found = place.json("old.csv", "new.csv", &[]);
    assert_eq!(layer(&found)["key"], serde_json::json!(["unit_id"]));
    let values = &layer(&found)["values"];
    assert_eq!(
        values,
        &serde_json::json!([{ "row": ["b"], "column": "cars", "old": 2.0, "new": 5.0 }])
    );
}

#[test]
fn rows_in_another_order_are_no_difference_of_content() {
    let place = Place::csv("unit_id,cars\na,1\nb,2\n", "unit_id,cars\nb,2\na,1\n");
    let found = place.json("old.csv", "new.csv", &[]);
    assert_eq!(found["folders"][0]["files"][0]["layers"], serde_json::json!([]));
    assert_eq!(found["totals"]["files_bytes_only"], 1);
    place.diff(&["old.csv", "new.csv", "--exit-code"]).code(1).stdout(contains("only bytes"));
    place.diff(&["old.csv", "new.csv", "--exit-code", "--ignore-bytes"]).code(0);
}

#[test]
fn the_same_bytes_are_no_difference() {
    let place = Place::csv("unit_id,cars\na,1\n", "unit_id,cars\na,1\n");
    place.diff(&["old.csv", "new.csv", "--exit-code"]).code(0).stdout(contains("Nothing differs"));
}

#[test]
fn any_difference_is_status_1_only_when_asked_for() {
    let place = Place::csv("unit_id,cars\na,1\n", "unit_id,cars\na,2\n");
    place.diff(&["old.csv", "new.csv"]).code(0);
    place.diff(&["old.csv", "new.csv", "--exit-code"]).code(1);
    place.diff(&["old.csv", "new.csv", "--exit-code", "--ignore-bytes"]).code(1);
}

#[test]
fn units_and_columns_that_came_and_went_are_named() {
    let old = "unit_id,name,cars\na,A,1\nb,B,2\n";
    let place = Place::csv(old, "unit_id,name,trams\na,A,1\nc,C,2\n");
    let found = place.json("old.csv", "new.csv", &[]);
    let layer = layer(&found);
    assert_eq!(layer["rows_vanished"], serde_json::json!([["b"]]));
    assert_eq!(layer["rows_appeared"], serde_json::json!([["c"]]));
    assert_eq!(layer["columns_vanished"], serde_json::json!(["cars"]));
    assert_eq!(layer["columns_appeared"], serde_json::json!(["trams"]));
    assert_eq!(layer["values"], serde_json::json!([]));
}

#[test]
fn a_unique_column_serves_where_there_is_no_id_and_content_where_there_is_none() {
    let place = Place::csv("kind,code\nx,01\nx,02\n", "kind,code\nx,02\ny,01\n");
    let found = place.json("old.csv", "new.csv", &[]);
    assert_eq!(layer(&found)["key"], serde_json::json!(["code"]));
    assert_eq!(layer(&found)["values"][0]["row"], serde_json::json!(["01"]));

    let place = Place::csv("kind,n\nx,1\nx,1\ny,2\n", "kind,n\nx,1\ny,2\ny,2\n");
    let found = place.json("old.csv", "new.csv", &[]);
    assert_eq!(layer(&found)["key"], serde_json::json!([]));
    assert_eq!(layer(&found)["rows_vanished"], serde_json::json!([["kind=x", "n=1"]]));
    assert_eq!(layer(&found)["rows_appeared"], serde_json::json!([["kind=y", "n=2"]]));
}

#[test]
fn a_code_with_leading_zeros_is_no_number() {
    let place = Place::csv("unit_id,code\na,0180\n", "unit_id,code\na,180\n");
    let found = place.json("old.csv", "new.csv", &[]);
    assert_eq!(layer(&found)["values"][0]["old"], "0180");
}

/// A square of 100 m moved by 10 m: a strip of 10 by 100 m on either side, 2,000 of 10,000 m².
#[test]
fn a_redrawn_outline_is_told_with_the_surface_that_differs() {
    let place = Place::new();
    let (x, y) = (667_000.0, 6_588_000.0);
    squares(&place.path("old.parquet"), &[("a", x, y), ("b", x + 500.0, y)]);
    squares(&place.path("new.parquet"), &[("a", x + 10.0, y), ("b", x + 500.0, y)]);
    let found = place.json("old.parquet", "new.parquet", &[]);
    let shapes = layer(&found)["shapes"].as_array().unwrap();
    assert_eq!(shapes.len(), 1);
    assert_eq!(shapes[0]["row"], serde_json::json!(["a"]));
    assert!((shapes[0]["differs_m2"].as_f64().unwrap() - 2000.0).abs() < 1e-3);
    assert!((shapes[0]["differs_share"].as_f64().unwrap() - 0.2).abs() < 1e-6);
    place.diff(&["old.parquet", "new.parquet"]).stdout(contains("a 2 000 m² (0.2 %)").not());
    place.diff(&["old.parquet", "new.parquet"]).stdout(contains("(20 %)"));
}

#[test]
fn shapes_in_another_order_are_no_difference_of_content() {
    let place = Place::new();
    let (x, y) = (667_000.0, 6_588_000.0);
    let (a, b) = (("a", x, y), ("b", x + 500.0, y + 900.0));
    squares(&place.path("old.gpkg"), &[a, b]);
    squares(&place.path("new.gpkg"), &[b, a]);
    let found = place.json("old.gpkg", "new.gpkg", &[]);
    assert_eq!(found["totals"]["files_bytes_only"], 1, "{found}");
}

#[test]
fn what_a_manifest_says_differently_is_shown() {
    let place = Place::new();
    let rows = [residents(None, 2024, 100.0)];
    baseline(&place.path("old"), &rows, |_| {});
    baseline(&place.path("new"), &rows, |manifest| {
        manifest.version = "0.2.0".to_owned();
        manifest.inputs[0].sha256 = "b".repeat(64);
        manifest.inputs[0].years = vec![2024, 2025];
        manifest.warnings = vec!["a new warning".to_owned()];
        manifest.units.push("0180R022".to_owned());
    });
    let found = place.json("old", "new", &[]);
    let changes = found["folders"][0]["manifest"].as_array().unwrap();
    let told: Vec<String> = changes
        .iter()
        .map(|change| {
            let side = |name: &str| change[name].as_str().unwrap_or("-").to_owned();
            [side("what"), side("name"), side("old"), side("new")].join("|")
        })
        .collect();
    let expected = [
        "version||scale 0.1.0|scale 0.2.0".to_owned(),
        "unit||-|0180R022".to_owned(),
        format!("input|population sha256|{}|{}", "a".repeat(64), "b".repeat(64)),
        "input|population years|2024|2024, 2025".to_owned(),
        "warning||an old warning|-".to_owned(),
        "warning||-|a new warning".to_owned(),
    ];
    assert_eq!(told, expected);
    place.diff(&["old", "new", "--exit-code"]).code(1).stdout(contains("aaaaaaaaaaaa…"));
}

#[test]
fn a_file_changed_after_its_manifest_is_a_warning() {
    let place = Place::new();
    baseline(&place.path("old"), &[residents(None, 2024, 100.0)], |_| {});
    baseline(&place.path("new"), &[residents(None, 2024, 100.0)], |_| {});
    let layer = indicators_layer(&[residents(None, 2024, 101.0)]).unwrap();
    scale::formats::write(&place.path("new/jarva_indicators.parquet"), &layer).unwrap();
    place.diff(&["old", "new"]).success().stderr(contains("was changed after its manifest"));
}

#[test]
fn areas_that_came_and_went_are_named() {
    let place = Place::new();
    let rows = [residents(None, 2024, 100.0)];
    for folder in ["old/jarva", "old/sgid", "new/jarva", "new/farsta"] {
        baseline(&place.path(folder), &rows, |_| {});
    }
    let found = place.json("old", "new", &[]);
    let told: Vec<(&str, &str)> = found["folders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|folder| (folder["folder"].as_str().unwrap(), folder["presence"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("farsta", "appeared"), ("sgid", "vanished")]);
    assert_eq!(found["totals"]["files_same"], 1);
}

/// ±3 and ±4 make ±5.
#[test]
fn a_follow_up_in_a_later_year_is_judged_by_its_interval() {
    let place = Place::indicators(
        &[surveyed("obesity_share", 2018, 20.0, 3.0)],
        &[surveyed("obesity_share", 2022, 26.0, 4.0)],
    );
    let found = place.json("old.parquet", "new.parquet", &[]);
    let change = &found["indicators"][0];
    assert_eq!(change["verdict"], "beyond_noise");
    assert_eq!(change["revised"], false);
    assert!((change["interval"]["lower"].as_f64().unwrap() - 1.0).abs() < 1e-9);
    assert!((change["interval"]["upper"].as_f64().unwrap() - 11.0).abs() < 1e-9);
    assert_eq!(found["note"].as_str().unwrap().matches("no proof").count(), 1);
    let strict = place.json("old.parquet", "new.parquet", &["--level", "0.99"]);
    assert_eq!(strict["indicators"][0]["verdict"], "within_noise");
}

#[test]
fn a_vintage_of_the_geography_is_a_reason_not_to_compare() {
    let old = Observation {
        geography_level: "regso-2020".to_owned(),
        ..residents(Some("0180R062"), 2023, 100.0)
    };
    let place = Place::indicators(&[old], &[residents(Some("0180R062"), 2024, 120.0)]);
    let found = place.json("old.parquet", "new.parquet", &[]);
    assert_eq!(found["indicators"][0]["verdict"], "not_comparable");
    assert_eq!(found["indicators"][0]["reason"], "vintage_differs");
}

/// Two of ten units of width: the strip on either side is a fifth of the surface, above the tenth that redrawing costs.
#[test]
fn values_of_a_redrawn_unit_are_not_compared() {
    let place = Place::new();
    let (x, y) = (667_000.0, 6_588_000.0);
    let rows = |a: f64, b: f64| [residents(Some("a"), 2024, a), residents(Some("b"), 2024, b)];
    for (name, east, rows) in [("old", 0.0, rows(10.0, 10.0)), ("new", 10.0, rows(12.0, 12.0))] {
        let folder = place.path(name);
        std::fs::create_dir(&folder).unwrap();
        squares(&folder.join("units.parquet"), &[("a", x + east, y), ("b", x + 500.0, y)]);
        let bytes = std::fs::read(folder.join("units.parquet")).unwrap();
        baseline(&folder, &rows, |manifest| {
            manifest.outputs.push(OutputFile {
                file: "units.parquet".to_owned(),
                sha256: sha256_hex(&bytes),
                rows: BTreeMap::from([("units".to_owned(), 2)]),
                crs: Some("EPSG:3006".to_owned()),
                step: None,
            });
        });
    }
    let found = place.json("old", "new", &[]);
    let told: Vec<(&str, &str)> = found["indicators"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| (change["unit_id"].as_str().unwrap(), change["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("b", "complete_count"), ("a", "redrawn")]);
}

/// Households are no count that the program knows to be complete; noise is added to them all the same. A survey is no count.
#[test]
fn noise_from_2025_on_is_a_break_in_any_series_of_counts() {
    let of = |indicator: &str, year: i32, value: f64| Observation {
        source: "Statistics Sweden (SCB): HushallDesoTyp".to_owned(),
        ..observation(indicator, year, value)
    };
    let sampled = |year, value| Observation {
        source: "Statistics Sweden (SCB): a survey".to_owned(),
        ..surveyed("trust", year, value, 3.0)
    };
    let old = [of("households", 2024, 100.0), of("flats", 2023, 50.0), sampled(2024, 60.0)];
    let new = [of("households", 2025, 120.0), of("flats", 2024, 60.0), sampled(2025, 70.0)];
    let place = Place::indicators(&old, &new);
    let found = place.json("old.parquet", "new.parquet", &[]);
    let changes = found["indicators"].as_array().unwrap();
    let of = |indicator: &str| {
        let change = changes.iter().find(|change| change["indicator"] == indicator).unwrap();
        (change["verdict"].as_str().unwrap(), change["reason"].as_str().unwrap())
    };
    assert_eq!(of("households"), ("not_comparable", "disclosure_differs"));
    assert_eq!(of("flats"), ("undecided", "no_interval"));
    assert_eq!(of("trust"), ("beyond_noise", "beyond_sampling_error"));
}

/// The area is the sum of two units: each count may be shifted by 2, the sum by 4, two sums by 8 together.
#[test]
fn noise_against_disclosure_adds_up_over_units() {
    let rows = |year: i32, a: f64, b: f64| {
        let units = [residents(Some("0180R022"), year, a), residents(Some("0180R036"), year, b)];
        [&[residents(None, year, a + b)], &units[..]].concat()
    };
    let place = Place::indicators(&rows(2025, 100.0, 200.0), &rows(2026, 104.0, 205.0));
    let verdicts = |more: &[&str]| -> Vec<(String, String)> {
        let found = place.json("old.parquet", "new.parquet", more);
        let changes = found["indicators"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap_or("whole").to_owned();
        changes.map(|change| (text(&change["unit_id"]), text(&change["verdict"]))).collect()
    };
    let pair = |unit: &str, verdict: &str| (unit.to_owned(), verdict.to_owned());
    let told = verdicts(&["--noise-bound", "2"]);
    assert!(told.contains(&pair("whole", "beyond_noise")), "9 is more than 8: {told:?}");
    assert!(told.contains(&pair("0180R022", "within_noise")), "4 is not more than 4: {told:?}");
    assert!(told.contains(&pair("0180R036", "beyond_noise")), "5 is more than 4: {told:?}");
    assert!(verdicts(&[]).iter().all(|(_, verdict)| verdict == "undecided"));
}

#[test]
fn a_value_in_several_baselines_is_judged_once() {
    let place = Place::new();
    let city = |area: &str, value: f64| Observation {
        area_id: area.to_owned(),
        geography_level: "municipality".to_owned(),
        geography_id: "0180".to_owned(),
        role: Role::Reference,
        ..surveyed("obesity_share", 2022, value, 1.0)
    };
    for area in ["jarva", "sgid"] {
        baseline(&place.path(&format!("old/{area}")), &[city(area, 10.0)], |_| {});
        baseline(&place.path(&format!("new/{area}")), &[city(area, 15.0)], |_| {});
    }
    let found = place.json("old", "new", &[]);
    assert_eq!(found["totals"]["comparisons"], 1);
    assert_eq!(found["indicators"][0]["areas"], serde_json::json!(["jarva", "sgid"]));
    assert_eq!(found["indicators"][0]["revised"], true);
}

/// A pair with every kind of difference, for what is shown.
fn shown() -> Place {
    let place = Place::new();
    let old = [
        residents(None, 2024, 12_173.0),
        surveyed("obesity_share", 2018, 20.0, 3.0),
        surveyed("overweight_adults_share", 2018, 40.0, 3.0),
        observation("elderly_care_share", 2018, 15.9),
        Observation { obs_status: ObsStatus::B, ..observation("life_expectancy", 2018, 80.0) },
    ];
    let new = [
        residents(None, 2024, 12_200.0),
        surveyed("obesity_share", 2022, 26.0, 4.0),
        surveyed("overweight_adults_share", 2022, 41.0, 3.0),
        observation("elderly_care_share", 2022, 14.0),
        observation("life_expectancy", 2022, 81.0),
    ];
    baseline(&place.path("old"), &old, |_| {});
    baseline(&place.path("new"), &new, |manifest| {
        manifest.inputs[0].years = vec![2024, 2025];
        manifest.warnings = vec!["a | new <b>warning</b>".to_owned()];
    });
    place
}

/// The sizes of the files change with the compressor.
fn without_sizes(text: &str) -> String {
    let is_file = |line: &&str| {
        !line.contains("jarva_indicators.parquet ")
            && !line.contains("jarva\\_indicators.parquet |")
    };
    text.lines().filter(is_file).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_table_is_readable() {
    insta::assert_snapshot!("diff_table", without_sizes(&shown().text(&["old", "new"])));
}

#[test]
fn the_markdown_fits_a_comment() {
    let text = shown().text(&["old", "new", "--format", "markdown", "--limit", "3"]);
    assert!(text.contains("and 2 more"), "{text}");
    insta::assert_snapshot!("diff_markdown", without_sizes(&text));
}

#[test]
fn the_report_is_in_swedish_where_asked_for() {
    let text = shown().text(&["old", "new", "--lang", "sv"]);
    insta::assert_snapshot!("diff_swedish", without_sizes(&text));
}

#[test]
fn json_holds_everything() {
    let mut found = shown().json("old", "new", &["--limit", "1"]);
    for size in ["old_bytes", "new_bytes"] {
        found["folders"][0]["files"][0][size] = Value::Null;
    }
    // The last digits of a p-value are those of the exponential function of the system.
    for change in found["indicators"].as_array_mut().unwrap() {
        for name in ["p_value", "p_corrected"] {
            if let Some(p) = change[name].as_f64() {
                change[name] = ((p * 1e9).round() / 1e9).into();
            }
        }
    }
    insta::assert_snapshot!("diff_json", serde_json::to_string_pretty(&found).unwrap());
}

#[test]
fn what_cannot_be_read_is_a_fault_with_help() {
    let place = Place::csv("a,b\n1,2\n", "a,b\n1,2\n");
    let fault = |arguments: &[&str], reason: &str| {
        place.diff(arguments).code(2).stderr(contains(reason).and(contains("help:")));
    };
    fault(&["nowhere", "old.csv"], "nowhere: no such file");
    std::fs::create_dir(place.path("empty")).unwrap();
    fault(&["empty", "empty"], "has a manifest.json");
    baseline(&place.path("good"), &[residents(None, 2024, 1.0)], |_| {});
    fault(&["old.csv", "good"], "are not of one kind");
    baseline(&place.path("bad"), &[residents(None, 2024, 2.0)], |_| {});
    let file = place.path("bad/jarva_indicators.parquet");
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    fault(&["good", "bad"], "cut off or damaged");
    std::fs::remove_file(&file).unwrap();
    fault(&["good", "bad"], "jarva_indicators.parquet: no such file");
    std::fs::write(place.path("bad/manifest.json"), "{\"tool\":").unwrap();
    fault(&["good", "bad"], "is not a manifest");
    place.diff(&["old.csv", "new.csv", "--level", "95"]).code(2).stderr(contains("0.5"));
}

/// A CSV file of counts by unit, its rows turned by so many places.
fn turned(file: &Path, rows: &BTreeMap<u8, i16>, by: usize) {
    let mut lines: Vec<String> = rows.iter().map(|(id, n)| format!("u{id},{n}\n")).collect();
    let by = by % lines.len();
    lines.rotate_left(by);
    std::fs::write(file, format!("unit_id,n\n{}", lines.concat())).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn rows_and_values_that_differ_are_counted_whatever_their_order(
        old in proptest::collection::btree_map(0_u8..20, 0_i16..4, 1..20),
        new in proptest::collection::btree_map(0_u8..20, 0_i16..4, 1..20),
        by in 0_usize..20,
    ) {
        let place = Place::new();
        turned(&place.path("old.csv"), &old, 0);
        turned(&place.path("new.csv"), &new, by);
        let run = |old: &str, new: &str| {
            let (old, new) = (place.path(old), place.path(new));
            let (old, new) = (old.as_path(), new.as_path());
            diff::run(&diff::Request {
                old,
                new,
                level: 0.95,
                noise_bound: None,
                complete: &[],
                measures: &[],
            })
        };
        let (there, back) = (run("old.csv", "new.csv").unwrap(), run("new.csv", "old.csv").unwrap());
        let gone = old.keys().filter(|id| !new.contains_key(id)).count();
        let came = new.keys().filter(|id| !old.contains_key(id)).count();
        let changed = old.iter().filter(|(id, n)| new.get(id).is_some_and(|to| to != *n)).count();
        let counts = |found: &diff::Difference| {
            (found.totals.rows_vanished, found.totals.rows_appeared, found.totals.values_changed)
        };
        prop_assert_eq!(counts(&there), (gone, came, changed));
        prop_assert_eq!(counts(&back), (came, gone, changed));
        prop_assert_eq!(there.is_bytes_only(), old == new);
    }
}

/// A baseline of Järva by `scale map`, made once.
fn jarva() -> &'static Path {
    static MADE: OnceLock<tempfile::TempDir> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        scale().args(["map", "--area", "jarva", "--out"]).arg(folder.path()).assert().success();
        folder
    });
    made.path()
}

/// The residents of Husby are 27 more in a replaced population table, and nothing else.
#[test]
fn a_replaced_data_set_shows_in_the_values_that_follow_from_it() {
    let place = Place::new();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/population_regso_2024.csv");
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains("0180R036,2024,_T,_T,12173\n"));
    let text = text.replace("0180R036,2024,_T,_T,12173\n", "0180R036,2024,_T,_T,12200\n");
    std::fs::write(place.path("population.csv"), text).unwrap();
    scale()
        .current_dir(place.0.path())
        .args(["ingest", "--file", "population.csv", "--id", "population_regso"])
        .args(["--theme", "population", "--key", "regsokod", "--geography", "regso-2025"])
        .args(["--year", "year", "--sex", "sex", "--age", "age", "--extensive", "residents"])
        .args(["--unit", "residents=persons", "--label", "residents=Residents|Invånare"])
        .args(["--derive", "demography", "--publisher", "Statistics Sweden (SCB)"])
        .args(["--table", "FolkmDesoAldKon (TAB6574)", "--licence", "CC0-1.0", "--into", "data"])
        .assert()
        .success();
    scale()
        .current_dir(place.0.path())
        .args(["--data", "data", "map", "--area", "jarva", "--out", "new"])
        .assert()
        .success();
    let old = jarva().display().to_string();
    let found = place.json(&old, "new", &[]);
    let residents: Vec<(&Value, f64, &str)> = found["indicators"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|change| change["indicator"] == "residents")
        .map(|change| {
            let verdict = change["verdict"].as_str().unwrap();
            (&change["geography_id"], change["change"].as_f64().unwrap(), verdict)
        })
        .collect();
    let ids: Vec<&str> = residents.iter().map(|(id, ..)| id.as_str().unwrap()).collect();
    assert_eq!(ids.len(), 3, "the unit, the area and the city: {ids:?}");
    for id in ["0180R036", "jarva", "0180"] {
        assert!(ids.contains(&id), "{id} of {ids:?}");
    }
    assert!(residents.iter().all(|(_, by, verdict)| (*by, *verdict) == (27.0, "changed")));
    let inputs = found["folders"][0]["manifest"].as_array().unwrap();
    assert!(inputs.iter().any(|change| change["name"] == "population_regso sha256"));
    assert_eq!(found["totals"]["rows_appeared"], 0);
    assert_eq!(found["totals"]["rows_vanished"], 0);
    assert_eq!(found["totals"]["shapes_changed"], 0);
}

#[test]
fn two_runs_of_the_same_data_do_not_differ() {
    let place = Place::new();
    let new = place.path("new");
    scale().args(["map", "--area", "jarva", "--out"]).arg(&new).assert().success();
    let old = jarva().display().to_string();
    place.diff(&[&old, "new", "--exit-code"]).code(0).stdout(contains("Nothing differs."));
    let (old, new) = (jarva().join("jarva"), new.join("jarva"));
    place.diff(&[old.to_str().unwrap(), new.to_str().unwrap(), "--exit-code"]).code(0);
}
