//! Rates as they would be with the ages of a standard population.

use std::fmt::Write as _;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::{Value, json};

use crate::folder::{Folder, words};
use crate::near;

const DEATHS: &str = "area,age,deaths,residents\nnorth,0-64,20,9000\nnorth,65+,30,1000\nsouth,0-64,10,5000\nsouth,65+,120,5000\ntiny,0-64,0,50\ntiny,65+,1,5\ngone,0-64,,9\ngone,65+,1,5\n";
const OF_DEATHS: [&str; 10] = [
    "standardise",
    "--file",
    "deaths.csv",
    "--key",
    "area",
    "--age",
    "age",
    "--events",
    "deaths",
    "--population=residents",
];

/// The European standard has 80,500 below 65 and 19,500 above: 0.805·20/9000 + 0.195·30/1000 = 763.89 of 100,000.
#[test]
fn two_areas_change_places_once_their_ages_are_the_same() {
    let folder = Folder::new();
    folder.file("deaths.csv", DEATHS);
    let rows = folder.json(&OF_DEATHS);
    let of = |key: &str| rows.as_array().unwrap().iter().find(|row| row["key"] == key).unwrap();
    near(&of("north")["crude_rate"], 500.0);
    near(&of("south")["crude_rate"], 1300.0);
    near(&of("north")["rate"], 80_500.0 * 20.0 / 9000.0 + 19_500.0 * 30.0 / 1000.0);
    near(&of("south")["rate"], 80_500.0 * 10.0 / 5000.0 + 19_500.0 * 120.0 / 5000.0);
    assert_eq!(of("tiny")["obs_status"], "U");
    assert_eq!((&of("gone")["rate"], &of("gone")["obs_status"]), (&Value::Null, &json!("M")));
    assert!(of("gone")["remark"].as_str().unwrap().contains("age 0–64"));
}

#[test]
fn the_standard_may_be_that_of_the_data_or_of_a_file_and_ages_are_never_cut() {
    let folder = Folder::new();
    folder.file("deaths.csv", DEATHS);
    folder.file("standard.csv", "age,population\n0-64,3\n65+,1\n");
    let rate = |standard: &str| {
        let rows = folder.json(&[&OF_DEATHS[..], &["--standard", standard]].concat());
        rows[1]["rate"].clone()
    };
    near(&rate("standard.csv"), 1e5 * (0.75 * 20.0 / 9000.0 + 0.25 * 30.0 / 1000.0));
    // definitions.md: 162,879 of 995,574 in the city are 65 or older; suppressed cells aside, its ages sum to that.
    let old = 162_879.0 / 995_574.0;
    let data = rate("data").as_f64().unwrap();
    assert!(
        (data / (1e5 * ((1.0 - old) * 20.0 / 9000.0 + old * 0.03)) - 1.0).abs() < 1e-3,
        "{data}"
    );
    folder.file("deaths.csv", "area,age,deaths,residents\nnorth,0-66,20,9000\nnorth,67+,1,8\n");
    let cut = contains("the age 0–66 cuts the class 65–69");
    folder.command(&OF_DEATHS).assert().code(2).stderr(cut);
    folder.file("deaths.csv", "area,age,deaths,residents\nnorth,0-64,2.5,9000\n");
    folder.command(&OF_DEATHS).assert().code(2).stderr(contains("row 2").and(contains("2.5")));
}

/// The Swedish standard has 802 below 65 and 198 above, of 1,000: 0.802·20/9000 + 0.198·30/1000 = 772.22 of 100,000.
#[test]
fn the_ages_of_sweden_stand_beside_those_of_europe_and_are_named() {
    let folder = Folder::new();
    folder.file("deaths.csv", DEATHS);
    let rows = folder.json(&[&OF_DEATHS[..], &["--standard", "sweden-2016"]].concat());
    near(&rows[1]["rate"], 80_200.0 * 20.0 / 9000.0 + 19_800.0 * 30.0 / 1000.0);
    assert!(rows[1]["standard"].as_str().unwrap().contains("Statistics Sweden (SCB)"), "{rows}");
    let out = ["--out", "rates.csv", "--standard", "europe-2013"];
    folder.command(&[&OF_DEATHS[..], &out].concat()).assert().success();
    let table = std::fs::read_to_string(folder.path("rates.csv")).unwrap();
    assert!(table.contains("Eurostat: European Standard Population 2013"), "{table}");
}

/// A national population by single years, women and men: 3 of 4 below 65 in the newest year.
#[test]
fn a_data_set_with_ages_is_a_standard_by_its_id() {
    let folder = Folder::new();
    folder.file("deaths.csv", DEATHS);
    let mut table = "Region,Alder,Kon,Tid,residents\n".to_owned();
    for (age, count) in (0..64)
        .map(|age| (age.to_string(), 0))
        .chain([("64".to_owned(), 150), ("65+".to_owned(), 50)])
    {
        for (sex, year, times) in [("1", 2023, 9), ("1", 2024, 1), ("2", 2024, 1)] {
            writeln!(table, "00,{age},{sex},{year},{}", count * times).unwrap();
        }
    }
    folder.file("sweden.csv", &table);
    let ingest = "ingest --file sweden.csv --id population_sweden --theme population --geography country --key Region --year Tid --sex Kon --age Alder --extensive residents --publisher SCB --licence CC0-1.0 --into data";
    folder.command(&words(ingest)).assert().success();
    let standard = ["--data", "data", "--standard", "population_sweden"];
    let rows = folder.json(&[&OF_DEATHS[..], &standard].concat());
    near(&rows[1]["rate"], 1e5 * (0.75 * 20.0 / 9000.0 + 0.25 * 0.03));
    assert_eq!(rows[1]["standard"], "SCB, 2024");
    let told = contains("\"sweden\" is no standard, no data set and no file")
        .and(contains("europe-2013, sweden-2016, data"))
        .and(contains("scale ingest"));
    folder
        .command(&[&OF_DEATHS[..], &["--standard", "sweden"]].concat())
        .assert()
        .code(2)
        .stderr(told);
}

/// 12 deaths of 10 residents: a wrong column, most likely, and never without a word.
#[test]
fn more_events_than_people_are_told_and_counted() {
    let folder = Folder::new();
    folder.file(
        "deaths.csv",
        "area,age,deaths,residents\nnorth,0-64,12,10\nnorth,65+,30,1000\nsouth,0-64,10,5000\nsouth,65+,120,5000\n",
    );
    let told = contains("1 rows have more deaths than residents");
    folder.command(&OF_DEATHS).assert().success().stderr(told);
    let rows = folder.json(&OF_DEATHS);
    assert_eq!((&rows[0]["obs_status"], &rows[1]["obs_status"]), (&json!("U"), &json!("E")));
    assert_eq!(rows[0]["remark"], "more events than people of age 0–64");
}
