//! Real layers whose answers are known; skipped where they are not here.

use std::fmt::Write as _;
use std::path::Path;

use polars::prelude::DataFrame;
use serde_json::{Value, json};

use crate::common::shared;
use crate::layers::{Folder, layer, population};

/// definitions.md: 93,105.9 carried by surface onto the dissolved outline. The nine units are that outline.
#[test]
fn deso_population_on_the_units_of_jarva_has_its_known_answer() {
    let folder = Folder::new();
    let Some(deso) = shared("stockholm/deso_2018_county.geojson") else { return };
    let Some(()) = population(&folder) else { return };
    let options = "--onto units --area jarva --values population.csv --key id --extensive pop_2023";
    let (frame, report) = folder.carry(deso, options);
    let total = report["columns"][0]["total_carried"].as_f64().unwrap();
    assert!((total - 93_105.9).abs() < 0.05, "{total}");
    assert_eq!(frame.height(), 9);
    let overlap = &report["overlap_among_sources"];
    // Rounded corners: shapely finds the same overlap pair by pair.
    let surface = overlap["surface_m2"].as_f64().unwrap();
    assert!((surface - 8_598_201.6).abs() < 1.0, "{overlap}");
}

/// The same on whole areas, one or all; what one of five gets does not depend on the others.
#[test]
fn deso_population_on_whole_areas_is_that_of_their_units() {
    let folder = Folder::new();
    let Some(deso) = shared("stockholm/deso_2018_county.geojson") else { return };
    let Some(()) = population(&folder) else { return };
    let values = "--values population.csv --key id --extensive pop_2023";
    let (one, _) = folder.carry(&deso, &format!("--onto areas --area jarva {values}"));
    assert_eq!(names(&one), ["Järva"]);
    let of_one = one.column("pop_2023").unwrap().f64().unwrap().get(0).unwrap();
    assert!((of_one - 93_105.9).abs() < 0.05, "{of_one}");
    let (all, report) = folder.carry(&deso, &format!("--onto areas {values}"));
    assert_eq!(report["targets"], 5);
    let row = names(&all).iter().position(|name| name == "Järva").unwrap();
    let of_all = all.column("pop_2023").unwrap().f64().unwrap().get(row).unwrap();
    assert!((of_all - of_one).abs() < 1e-6, "{of_all}");
}

fn names(frame: &DataFrame) -> Vec<String> {
    let names = frame.column("name_sv").unwrap().str().unwrap();
    names.iter().flatten().map(str::to_owned).collect()
}

/// Areas that share a unit: 100 of it and 50 of another make 150 and 100, and the sum is said to be no total.
#[test]
fn areas_that_overlap_are_carried_onto_each_by_itself_and_their_sum_is_said_to_be_no_total() {
    let folder = Folder::new();
    let square = |x: f64, width: f64| [x, 0.0, width, 1000.0];
    let sources = [
        (square(0.0, 1000.0), json!({"id": "a", "n": 100})),
        (square(1000.0, 1000.0), json!({"id": "b", "n": 50})),
    ];
    folder.file("sources.geojson", &layer(&sources));
    let areas = [
        (square(0.0, 2000.0), json!({"id": "both", "name": "Both"})),
        (square(0.0, 1000.0), json!({"id": "west", "name": "West"})),
    ];
    folder.file("areas.geojson", &layer(&areas));
    let options = "--areas areas.geojson --onto areas --extensive n";
    let (frame, report) = folder.carry("sources.geojson", options);
    assert_eq!(names(&frame), ["Both", "West"]);
    let values: Vec<f64> = frame.column("n").unwrap().f64().unwrap().iter().flatten().collect();
    assert_eq!(values, [150.0, 100.0]);
    assert!(report["notes"].to_string().contains("the sum over targets is no total"), "{report}");
}

/// definitions.md: the 127 `RegSO` of Stockholm hold 995,574.
#[test]
fn regso_population_survives_onto_squares() {
    let Some(regso) = shared("stockholm/regso_2025_sweden.gpkg") else { return };
    let Some(table) = shared("stockholm/scb_pxweb_v1_population_regso_2024.json") else { return };
    let folder = Folder::new();
    regso_values(&folder, &table);
    let values = "--values regso.csv --key regsokod --values-key id --extensive pop";
    let (_, report) = folder.carry(regso, &format!("--onto grid:1000 {values}"));
    let column = &report["columns"][0];
    for total in ["total_in", "total_carried"] {
        assert!((column[total].as_f64().unwrap() - 995_574.0).abs() < 1e-3, "{column}");
    }
    assert_eq!(report["targets"], 535_114);
}

/// Writes `regso.csv`: both sexes, all ages, by code, out of the answer of `PxWeb`.
fn regso_values(folder: &Folder, table: &Path) {
    let json: Value = serde_json::from_slice(&std::fs::read(table).unwrap()).unwrap();
    let mut csv = "id,pop\n".to_owned();
    for row in json["data"].as_array().unwrap() {
        let key: Vec<&str> =
            row["key"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        if key[1] == "totalt" && key[2] == "1+2" {
            let code = key[0].trim_end_matches("_RegSO2025");
            writeln!(csv, "{code},{}", row["values"][0].as_str().unwrap()).unwrap();
        }
    }
    folder.file("regso.csv", &csv);
}
