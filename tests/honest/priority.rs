//! Ranks with their ranges.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::{Value, json};

use crate::folder::Folder;
use crate::near;

const NEED: &str = "key = \"area\"\n[[indicator]]\nname = \"heat\"\ngroup = \"climate\"\nfile = \"heat.csv\"\ncolumn = \"mean\"\nneed = \"high\"\n[[indicator]]\nname = \"good health\"\ngroup = \"health\"\nfile = \"health.csv\"\ncolumn = \"good\"\nlower = \"lo\"\nupper = \"hi\"\nneed = \"low\"\n";

#[test]
fn a_rank_comes_with_its_range_and_what_is_missing() {
    let folder = Folder::new();
    folder.file("need.toml", NEED);
    folder.file("heat.csv", "area,mean\na,30\nb,20\nc,25\nd,29\n");
    folder.file(
        "health.csv",
        "area,good,lo,hi\na,90,85,95\nb,50,45,55\nc,70,60,80\nd,60,50,70\ne,10,5,15\n",
    );
    let found = folder.json(&["priority", "need.toml", "--out", "need.csv"]);
    let rows = found["rows"].as_array().unwrap();
    let order: Vec<&str> = rows.iter().filter_map(|row| row["key"].as_str()).collect();
    assert_eq!(order, ["d", "c", "a", "b", "e"]);
    near(&rows[0]["groups"]["climate"], 1.0 + 99.0 * 0.9);
    near(&rows[0]["groups"]["health"], 1.0 + 99.0 * 0.75);
    near(&rows[2]["score"], 10.0);
    assert_eq!((&rows[2]["rank_best"], &rows[2]["rank_worst"]), (&json!(3), &json!(4)));
    assert_eq!((&rows[4]["rank"], &rows[4]["missing"]), (&Value::Null, &json!(["heat"])));
    assert!(found["notes"][0].as_str().unwrap().contains("A rank is no fact"));
    let first = std::fs::read(folder.path("need.csv")).unwrap();
    folder.json(&["priority", "need.toml", "--out", "need.csv"]);
    assert_eq!(std::fs::read(folder.path("need.csv")).unwrap(), first, "the same draws");
    folder.file("need.toml", &NEED.replace("\"low\"", "\"little\""));
    let unknown = contains("line 15").and(contains("expected `high` or `low`"));
    folder.command(&["priority", "need.toml"]).assert().code(2).stderr(unknown);
}

/// exp(ln 100) is 100.00000000000004 to a computer.
#[test]
fn the_greatest_need_in_every_group_scores_a_hundred_and_no_more() {
    let folder = Folder::new();
    folder.file("need.toml", NEED);
    folder.file("heat.csv", "area,mean\na,30\nb,20\n");
    folder.file("health.csv", "area,good,lo,hi\na,50,45,55\nb,90,85,95\n");
    let found = folder.json(&["priority", "need.toml"]);
    assert_eq!(found["rows"][0]["score"], json!(100.0));
    assert_eq!(found["rows"][1]["score"], json!(1.0));
}

/// The same choice as a step, over the units of each area: two indicators of the baseline, one of an own table.
const RANKED: &str = r#"scale = 1
[areas]
ids = ["jarva", "skarholmen"]
[steps.baseline]
kind = "map"
[steps.need]
kind = "priority"
title = "Dense, old and hot"
key = "unit_id"
groups = { climate = 2.0, people = 1 }
test = { draws = 200, seed = 7, weights = 0.5, top = 2 }
out = "need.csv"
[steps.need.indicator.density]
group = "people"
file = "step:baseline/{area}_units.parquet"
column = "density_land"
need = "high"
[steps.need.indicator.old]
group = "people"
file = "step:baseline/{area}_units.parquet"
column = "share_aged_65_plus"
weight = 0.5
need = "high"
[steps.need.indicator.heat]
group = "climate"
file = "heat.csv"
key = "code"
column = "heat"
need = "high"
[steps.publish]
kind = "publish"
from = ["baseline", "need"]
folder = "made"
"#;

#[test]
fn a_pipeline_ranks_the_units_of_each_area_by_what_it_chooses_and_weighs() {
    let folder = Folder::new();
    folder.file("p.toml", RANKED);
    let units: Vec<String> = (1..140).map(|unit| format!("0180R{unit:03},{}", unit % 7)).collect();
    folder.file("heat.csv", &format!("code,heat\n{}\n", units.join("\n")));
    let run = |more: &[&str]| folder.command(&[&["run", "p.toml", "--cache", "c"], more].concat());
    run(&[]).assert().success().stderr(contains("A rank is no fact"));
    let ranked = |area: &str| {
        std::fs::read_to_string(folder.path(&format!("made/{area}/need.csv"))).unwrap()
    };
    let jarva = ranked("jarva");
    assert!(jarva.starts_with("unit_id,rank,rank_best,rank_worst"), "{jarva}");
    assert!(jarva.lines().next().unwrap().contains("score_climate,score_people"), "{jarva}");
    // The table of heat knows units of other areas, too: they lack what the baseline says and have no rank.
    let in_order =
        |table: &str| table.lines().filter(|line| line.split(',').nth(1) != Some("")).count();
    assert_eq!((in_order(&jarva), in_order(&ranked("skarholmen"))), (1 + 9, 1 + 4));
    // Another weight, another order; nothing else is made again.
    folder.file("p.toml", &RANKED.replace("climate = 2.0", "climate = 0.01"));
    run(&[]).assert().success().stderr(contains("4 parts made"));
    assert_ne!(ranked("jarva"), jarva);
    // What the heat table says decides the result, too.
    folder.file("heat.csv", &format!("code,heat\n{}\n", units.join("5\n")));
    run(&[]).assert().success().stderr(contains("4 parts made"));
    let wrong = RANKED
        .replace("group = \"climate\"\nfile", "grup = \"climate\"\nfile")
        .replace("people = 1", "peeple = 1");
    folder.file("p.toml", &wrong);
    let told = contains("steps.need.indicator.heat has no key \"grup\"")
        .and(contains("did you mean \"group\""))
        .and(contains("line"));
    run(&[]).assert().code(2).stderr(told);
    folder.file("p.toml", &RANKED.replace("people = 1", "peeple = 1"));
    run(&[]).assert().code(2).stderr(contains("no indicator is of the group \"peeple\""));
}
