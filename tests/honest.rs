//! Exposures, standardised rates, agreement, equity and priority, as a user meets them.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::indexing_slicing, clippy::float_cmp)]

mod common;
#[path = "common/folder.rs"]
mod folder;

use gdal::DriverManager;
use gdal::raster::Buffer;
use gdal::spatial_ref::SpatialRef;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::{Value, json};

use common::shared;
use folder::{Folder, squares};

fn near(found: &Value, known: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - known).abs() <= 1e-9 * known.abs().max(1.0), "{found} is not {known}");
}

/// Four by four cells of 10 m from (674000, 6580040) south-east, 1 to 16 row by row; 6 is missing.
fn raster(folder: &Folder, crs: Option<u32>) {
    let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
    let file = folder.path("noise.tif");
    let mut dataset = driver.create_with_band_type::<f32, _>(&file, 4, 4, 1).unwrap();
    dataset.set_geo_transform(&[674_000.0, 10.0, 0.0, 6_580_040.0, 0.0, -10.0]).unwrap();
    if let Some(code) = crs {
        dataset.set_spatial_ref(&SpatialRef::from_epsg(code).unwrap()).unwrap();
    }
    let mut band = dataset.rasterband(1).unwrap();
    band.set_no_data_value(Some(-9999.0)).unwrap();
    let mut cells: Vec<f32> = (1_u8..=16).map(f32::from).collect();
    cells[5] = -9999.0;
    band.write((0, 0), (4, 4), &mut Buffer::new((4, 4), cells)).unwrap();
    dataset.close().unwrap();
}

#[test]
fn cells_count_by_what_of_them_is_covered() {
    let folder = Folder::new();
    raster(&folder, Some(3006));
    squares(
        &folder,
        "units.geojson",
        &[("a", [15.0, 25.0, 20.0, 15.0]), ("far", [900.0, 0.0, 9.0, 9.0])],
    );
    let report = folder.json(&[
        "expose",
        "noise.tif",
        "--onto",
        "units.geojson",
        "--statistic",
        "mean,min,max,p50,p90,share_above:4",
        "--name",
        "noise",
        "--out",
        "out.geojson",
    ]);
    assert_eq!(report["targets_without_data"], 1);
    let found = folder.properties("out.geojson");
    let a = found.iter().find(|row| row["id"] == "a").unwrap();
    // Half of 2, 3, half of 4; below half as much of 6 (missing), 7 and 8.
    near(&a["noise_mean"], (1.0 + 3.0 + 2.0 + 3.5 + 2.0) / 2.75);
    near(&a["noise_no_data_share"], 0.25 / 3.0);
    near(&a["noise_share_above_4"], 0.75 / 2.75);
    assert_eq!((&a["noise_min"], &a["noise_max"]), (&json!(2.0), &json!(8.0)));
    assert_eq!((&a["noise_p50"], &a["noise_p90"]), (&json!(3.0), &json!(7.0)));
    assert_eq!(a["noise_status"], "U");
    let far = found.iter().find(|row| row["id"] == "far").unwrap();
    assert_eq!((&far["noise_mean"], &far["noise_status"]), (&Value::Null, &json!("M")));
    near(&far["noise_no_data_share"], 1.0);
}

#[test]
fn residents_in_a_raster_weigh_the_noise() {
    let folder = Folder::new();
    raster(&folder, Some(3006));
    std::fs::copy(folder.path("noise.tif"), folder.path("people.tif")).unwrap();
    squares(&folder, "units.geojson", &[("north", [20.0, 20.0, 20.0, 20.0])]);
    folder.json(&[
        "expose",
        "noise.tif",
        "--onto",
        "units.geojson",
        "--population",
        "people.tif",
        "--statistic",
        "mean",
        "--name",
        "noise",
        "--out",
        "out.geojson",
    ]);
    let found = folder.properties("out.geojson");
    // 3, 4, 7 and 8 residents hear 3, 4, 7 and 8.
    near(&found[0]["noise_mean"], 5.5);
    near(&found[0]["noise_residents"], 22.0);
    near(&found[0]["noise_mean_by_residents"], (9.0 + 16.0 + 49.0 + 64.0) / 22.0);
    assert_eq!(found[0]["noise_status"], "E");
}

#[test]
fn a_raster_of_unknown_system_band_or_place_is_refused() {
    let folder = Folder::new();
    raster(&folder, None);
    squares(&folder, "units.geojson", &[("a", [0.0, 0.0, 40.0, 40.0])]);
    squares(&folder, "beyond.geojson", &[("a", [400.0, 0.0, 40.0, 40.0])]);
    let expose = |more: &[&str]| {
        let mut all = vec!["expose", "noise.tif", "--out", "out.geojson"];
        all.extend(more);
        folder.command(&all)
    };
    let refused = contains("has no coordinate reference system").and(contains("--raster-crs"));
    expose(&["--onto", "units.geojson"]).assert().code(2).stderr(refused);
    let crs = ["--raster-crs", "EPSG:3006", "--onto"];
    expose(&[&crs[..], &["units.geojson"]].concat()).assert().success();
    let no_band = contains("has no band 2").and(contains("its bands are 1 to 1"));
    expose(&[&crs[..], &["units.geojson", "--band", "2"]].concat())
        .assert()
        .code(2)
        .stderr(no_band);
    let beyond = contains("does not meet the targets");
    expose(&[&crs[..], &["beyond.geojson"]].concat()).assert().code(2).stderr(beyond);
}

/// The oracle was computed cell by cell from `gdal_translate -of XYZ`, each cell cut with the box by hand and weighed by
/// the cosine of its latitude.
#[test]
fn the_mean_height_of_porto_alegre_is_that_of_its_cells() {
    let Some(file) = shared("porto-alegre/poa_elevation.tif") else { return };
    let folder = Folder::new();
    let (west, south, east, north) = (
        -51.254_758_055_797_2,
        -30.109_982_928_758_8,
        -51.140_049_372_866_2,
        -29.997_911_478_412_3,
    );
    let ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
    let json = json!({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"id": "box"},
        "geometry": {"type": "Polygon", "coordinates": [ring]}}]});
    folder.file("box.geojson", &json.to_string());
    let file = file.display().to_string();
    folder.json(&[
        "expose",
        &file,
        "--onto",
        "box.geojson",
        "--statistic",
        "mean,min,max,p90,share_above:50",
        "--name",
        "height",
        "--out",
        "out.geojson",
    ]);
    let found = &folder.properties("out.geojson")[0];
    let mean = found["height_mean"].as_f64().unwrap();
    assert!((mean - 47.700_173_394).abs() < 1e-6, "{mean}");
    let above = found["height_share_above_50"].as_f64().unwrap();
    assert!((above - 0.335_078_526).abs() < 1e-6, "{above}");
    assert_eq!((&found["height_max"], &found["height_p90"]), (&json!(255.0), &json!(131.0)));
}

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

/// Residents of polygons are spread evenly: 40 over cells 1, 2, 5 and 6 (which is missing), and 20 of which half lie beyond
/// the target.
#[test]
fn residents_of_polygons_are_spread_over_the_noise() {
    let folder = Folder::new();
    raster(&folder, Some(3006));
    squares(&folder, "area.geojson", &[("a", [0.0, 0.0, 40.0, 40.0])]);
    let homes = [("h", [0.0, 20.0, 20.0, 20.0], 40), ("i", [30.0, 30.0, 20.0, 10.0], 20)];
    let outlines: Vec<(&str, [f64; 4])> = homes.iter().map(|(id, at, _)| (*id, *at)).collect();
    squares(&folder, "homes.geojson", &outlines);
    let expose = |residents: &str| {
        folder.command(&[
            "expose",
            "noise.tif",
            "--onto",
            "area.geojson",
            "--statistic",
            "mean",
            "--population",
            residents,
            "--out",
            "out.geojson",
        ])
    };
    let told = contains("nothing says how many live").and(contains("FILE:column"));
    expose("homes.geojson").assert().code(2).stderr(told);
    let text = std::fs::read_to_string(folder.path("homes.geojson")).unwrap();
    let mut layer: Value = serde_json::from_str(&text).unwrap();
    for (feature, (_, _, residents)) in
        layer["features"].as_array_mut().unwrap().iter_mut().zip(&homes)
    {
        feature["properties"]["residents"] = json!(residents);
    }
    folder.file("homes.geojson", &layer.to_string());
    expose("homes.geojson:residents").assert().success();
    let found = &folder.properties("out.geojson")[0];
    near(&found["noise_residents"], 50.0);
    near(&found["noise_mean_by_residents"], (10.0 * (1.0 + 2.0 + 5.0) + 10.0 * 4.0) / 40.0);
    near(&found["noise_no_data_share_by_residents"], 0.2);
}

/// A reader finds the same headings in every file that holds a method.
#[test]
fn every_method_says_the_same_things_of_itself() {
    const HEADINGS: [&str; 6] =
        ["What it does", "Assumes", "Units", "When it misleads", "Example", "References"];
    /// Words, bytes and the list of modules.
    const NO_METHODS: [&str; 4] = ["mod.rs", "reason.rs", "saved.rs", "verdict_tests.rs"];
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for folder in ["interpolate", "compare"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if NO_METHODS.iter().any(|name| path.ends_with(name)) {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let found: Vec<&str> =
                text.lines().filter_map(|line| line.strip_prefix("//! # ")).collect();
            assert_eq!(found, HEADINGS, "{}", path.display());
        }
    }
}
