//! Two sources of one figure, and the units of an area beside each other.

use predicates::str::contains;
use serde_json::{Value, json};

use crate::folder::Folder;
use crate::near;

/// By hand in `compare::agreement`: differences −1, 0, 1, 2.
#[test]
fn two_sources_are_held_against_each_other_and_the_city() {
    let folder = Folder::new();
    folder.file("first.csv", "area,good,rate\ncity,25,50\na,10,40\nb,20,45\nc,30,30\nd,40,60\n");
    folder.file("second.csv", "area,good\ncity,31\na,9\nb,20\nc,31\nd,42\ne,7\n");
    let agree =
        ["agree", "--first", "first.csv:good", "--second", "second.csv:good", "--key", "area"];
    let found =
        folder.json(&[&agree[..], &["--reference", "city", "--response", "rate,"]].concat());
    near(&found["agreement"]["bias"]["value"], 0.5);
    let upper = found["agreement"]["upper_limit"]["value"].as_f64().unwrap();
    assert!((upper - 3.0303).abs() < 1e-4, "{upper}");
    assert_eq!(found["second"]["only_here"], json!(["e"]));
    near(&found["first"]["response"]["mean"], 45.0);
    // Only c stands above the city in one and not in the other.
    assert_eq!((&found["on_the_same_side"], &found["on_both_sides"]), (&json!(3), &json!(1)));
    assert_eq!(found["rows"][3]["rank_second"], 1.0);
    let stranger = contains("the reference \"e\" is no area of both files");
    folder.command(&[&agree[..], &["--reference", "e"]].concat()).assert().code(2).stderr(stranger);
    folder.file("second.csv", "area,good\nx,1\n");
    folder.command(&agree).assert().code(2).stderr(contains("have no area in common"));
}

/// From the embedded tables: nine units, of types 1, 3 and 4.
#[test]
fn the_units_of_jarva_differ_in_density_and_by_type() {
    let folder = Folder::new();
    let found = folder.json(&["equity", "--area", "jarva", "--indicator", "density_total"]);
    let rows = found["rows"].as_array().unwrap();
    let of = |statistic: &str| {
        rows.iter()
            .find(|row| row["statistic"] == statistic && row["group"] == Value::Null)
            .unwrap()
    };
    near(&of("mean")["residents"], 95_681.0);
    assert_eq!(of("gini")["units"], 9);
    assert!(of("concentration")["value"].as_f64().unwrap() < 0.0, "poorer types are denser");
    let groups: Vec<&str> = rows
        .iter()
        .filter(|row| row["statistic"] == "mean")
        .filter_map(|row| row["group"].as_str())
        .collect();
    assert_eq!(groups, ["1", "3", "4"]);
    let sum: f64 = rows
        .iter()
        .filter(|row| row["statistic"] == "mean" && row["group"] != Value::Null)
        .map(|row| row["value"].as_f64().unwrap() * row["residents"].as_f64().unwrap())
        .sum();
    near(&of("mean")["value"], sum / 95_681.0);
    let count = contains("\"residents\" is a count");
    folder
        .command(&["equity", "--area", "jarva", "--indicator", "residents"])
        .assert()
        .code(2)
        .stderr(count);
}

/// Sickla has no count by age in 2024, so that nothing is known of its ages.
#[test]
fn units_that_are_left_out_are_counted_with_the_reason() {
    let folder = Folder::new();
    let found = folder.json(&["equity", "--area", "sgid", "--indicator", "share_aged_65_plus"]);
    let notes = found["notes"].to_string();
    assert!(notes.contains("1 of 4 units have no value and are left out of: share_aged_65_plus"));
}
