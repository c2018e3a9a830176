//! The catalogue of live data sets that the program carries: every entry is whole, and says what confirms it.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use toml::Table;

use crate::common::scale;

const PROVIDERS: [&str; 8] =
    ["pxweb1", "pxweb2", "kolada", "wfs", "overpass", "extract", "gtfs", "table"];

fn catalogue() -> Table {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/stockholm-live.toml");
    toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// Every entry as the program lists it, having read what each asks.
fn listed() -> Vec<Value> {
    let out = scale().args(["--json", "sources", "--live"]).assert().success();
    serde_json::from_slice(&out.get_output().stdout).unwrap()
}

fn in_both(text: Option<&toml::Value>, whose: &str) {
    for lang in ["sv", "en"] {
        let text = text.and_then(|text| text.get(lang)?.as_str()).unwrap_or_default();
        assert!(!text.trim().is_empty(), "{whose} says nothing in {lang}");
    }
}

#[test]
fn every_entry_is_whole_and_says_what_its_columns_are() {
    let catalogue = catalogue();
    let steps = catalogue["steps"].as_table().unwrap();
    let listed = listed();
    assert_eq!(listed.len(), steps.len(), "each is a data set of a provider");
    for (id, step) in steps {
        assert_eq!(step["kind"].as_str(), Some("ingest"), "{id}");
        let provider = step["from"]["provider"].as_str().unwrap();
        assert!(PROVIDERS.contains(&provider), "{id}: {provider}");
        let schema = step["schema"].as_table().unwrap();
        in_both(schema.get("title"), id);
        for key in ["theme", "publisher", "licence"] {
            assert!(schema[key].as_str().is_some_and(|text| !text.is_empty()), "{id}: {key}");
        }
        let fields = schema.get("fields").and_then(toml::Value::as_table);
        for (name, field) in fields.into_iter().flatten() {
            let kind = field["kind"].as_str().unwrap();
            assert!(
                ["extensive", "intensive", "ratio", "categorical"].contains(&kind),
                "{id}.{name}"
            );
            let unit = field.get("unit").and_then(toml::Value::as_str).unwrap_or_default();
            assert!(kind == "categorical" || !unit.is_empty(), "{id}.{name} has no unit");
            in_both(field.get("label"), &format!("{id}.{name}"));
        }
        let has_columns = !["overpass", "extract", "gtfs", "wfs"].contains(&provider);
        assert_eq!(fields.is_some_and(|fields| !fields.is_empty()), has_columns, "{id}");
    }
}

/// What is asked by a code gets a name, and every named column is asked for.
#[test]
fn every_code_that_is_renamed_becomes_a_column_of_the_schema_and_is_asked_for() {
    for (id, step) in catalogue()["steps"].as_table().unwrap() {
        let Some(renamed) = step.get("rename").and_then(toml::Value::as_table) else { continue };
        let fields: BTreeSet<&str> =
            step["schema"]["fields"].as_table().unwrap().keys().map(String::as_str).collect();
        let names: BTreeSet<&str> = renamed.values().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(names, fields, "{id}");
        let asked = step["from"].to_string();
        let by_text = step["from"].get("format").and_then(toml::Value::as_str) == Some("json");
        for code in renamed.keys() {
            assert!(by_text || asked.contains(&format!("\"{code}\"")), "{id}: {code} in {asked}");
        }
    }
}

#[test]
fn what_no_document_confirms_is_marked_and_says_what_it_rests_on() {
    let (catalogue, listed) = (catalogue(), listed());
    let mut unverified = BTreeSet::new();
    for entry in &listed {
        let id = entry["id"].as_str().unwrap();
        let schema = &catalogue["steps"][id]["schema"];
        let marked = schema.get("unverified").and_then(toml::Value::as_bool).unwrap_or(false);
        assert_eq!(entry["unverified"].as_bool(), Some(marked), "{id}");
        if marked {
            in_both(schema.get("description"), id);
            unverified.insert(id);
        }
    }
    assert!(unverified.contains("socioeconomic_index") && unverified.contains("protected_nature"));
    assert!(!unverified.contains("population_regso"));
    let out = scale().args(["sources", "--live"]).assert().success();
    let text = String::from_utf8_lossy(&out.get_output().stdout).into_owned();
    for entry in &listed {
        let id = entry["id"].as_str().unwrap();
        let starts = |line: &&str| line.split_whitespace().next() == Some(id);
        let line = text.lines().find(starts).unwrap();
        assert_eq!(line.ends_with("unverified"), unverified.contains(id), "{line}");
    }
}

/// The list of what a baseline of Stockholm rests on, each with the entries that bring it.
#[test]
fn the_baseline_of_stockholm_has_an_entry_for_each_of_its_themes() {
    let ids: BTreeSet<String> =
        listed().iter().map(|entry| entry["id"].as_str().unwrap().to_owned()).collect();
    for id in [
        "regso",
        "deso",
        "population_regso",
        "population_deso",
        "economic_standard",
        "income",
        "education",
        "cars",
        "tenure",
        "self_rated_health",
        "physical_activity",
        "environment_municipality",
        "travel_municipality",
        "waste_municipality",
        "protected_nature",
        "streets_jarva",
        "streets_skarholmen",
        "streets_norra_djurgardsstaden",
        "streets_innerstaden",
        "streets_sgid",
        "streets_stockholm",
        "timetable",
        "population_regso_2020",
        "economic_standard_2020",
        "cars_deso_2018",
    ] {
        assert!(ids.contains(id), "{id} is not among {ids:?}");
    }
}
