//! `scale carry` as a user runs it.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::float_cmp)]

mod common;

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};

use polars::prelude::{DataFrame, ParquetReader, SerReader, SortMultipleOptions};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::{Value, json};

use common::{scale, shared};

/// Squares in EPSG:3006 from south-west corner, width and height, each with its properties.
fn layer(squares: &[([f64; 4], Value)]) -> String {
    let features: Vec<Value> = squares
        .iter()
        .map(|([x, y, width, height], properties)| {
            let (x, y) = (674_000.0 + x, 6_580_000.0 + y);
            let ring = [[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]];
            json!({"type": "Feature", "properties": properties,
                "geometry": {"type": "Polygon", "coordinates": [ring]}})
        })
        .collect();
    json!({"type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3006"}},
        "features": features})
    .to_string()
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        std::fs::write(self.0.path().join(name), text).unwrap();
        self.0.path().join(name)
    }

    /// Runs in the folder and reads what was written, rows by their first column, and the report.
    fn carry(&self, source: impl AsRef<OsStr>, options: &str) -> (DataFrame, Value) {
        let output =
            self.command(source, options).args(["--json"]).assert().success().get_output().clone();
        let file = File::open(self.0.path().join("out.parquet")).unwrap();
        let frame = ParquetReader::new(file).finish().unwrap();
        let first = frame.columns()[0].name().clone();
        let frame = frame.sort([first], SortMultipleOptions::default()).unwrap();
        (frame, serde_json::from_slice(&output.stdout).unwrap())
    }

    fn command(&self, source: impl AsRef<OsStr>, options: &str) -> assert_cmd::Command {
        let mut command = scale();
        command
            .current_dir(self.0.path())
            .arg("carry")
            .arg(source)
            .args(options.split_whitespace())
            .args(["--out", "out.parquet"]);
        command
    }

    fn written(&self) -> Vec<u8> {
        std::fs::read(self.0.path().join("out.parquet")).unwrap()
    }
}

fn cells(frame: &DataFrame, name: &str) -> Vec<Option<f64>> {
    frame.column(name).unwrap().f64().unwrap().iter().collect()
}

fn texts(frame: &DataFrame, name: &str) -> Vec<String> {
    frame.column(name).unwrap().str().unwrap().iter().flatten().map(str::to_owned).collect()
}

/// Three units of 1000 by 1000 m in a row: 100 residents, 50 of them women; 300 and 60; unknown.
fn units(folder: &Folder) {
    let unit = |x: f64, properties: Value| ([x, 0.0, 1000.0, 1000.0], properties);
    let text = layer(&[
        unit(
            0.0,
            json!({"id": "a", "pop": 100, "women": 50, "moe": 30, "rate": 4.0, "kind": "town"}),
        ),
        unit(
            1000.0,
            json!({"id": "b", "pop": 300, "women": 60, "moe": 40, "rate": 8.0, "kind": "wood"}),
        ),
        unit(
            2000.0,
            json!({"id": "c", "pop": null, "women": null, "moe": null, "rate": null, "kind": null}),
        ),
    ]);
    folder.file("units.geojson", &text);
    // West: all of a and half of b. East: half of b and all of c, and 500 m beyond.
    let targets = layer(&[
        ([0.0, 0.0, 1500.0, 1000.0], json!({"name": "1 west"})),
        ([1500.0, 0.0, 2000.0, 1000.0], json!({"name": "2 east"})),
    ]);
    folder.file("targets.geojson", &targets);
}

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

/// Three quarters of b's residents live in its west; a and c hold no point.
fn populated(folder: &Folder) {
    let feature = |x: f64, residents: i32| {
        json!({"type": "Feature", "properties": {"residents": residents},
            "geometry": {"type": "Point", "coordinates": [674_000.0 + x, 6_580_500.0]}})
    };
    let text = json!({"type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3006"}},
        "features": [feature(1200.0, 30), feature(1800.0, 10)]});
    folder.file("points.geojson", &text.to_string());
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
fn what_cannot_be_carried_is_refused_with_its_reason() {
    let folder = Folder::new();
    units(&folder);
    folder.file("shops.csv", "lon,lat,median_age\n18.07,59.33,4\n");
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
    with("", "no column is named", "--extensive");
    with("--extensive pop --method guess", "\"guess\" is no method", "dasymetric");
    with("--extensive pop --area jarva", "--area limits", "scale clip");
    with("--extensive pop --method points", "these shapes are polygons", "leave out");
    let onto_far = "--onto far.geojson --extensive pop";
    refused("units.geojson", onto_far, "none of the sources meets a target", "--input-crs");
    let averaged = "--onto grid:1000 --extensive median_age";
    refused("shops.csv", averaged, "these shapes are points", "--method points");
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

/// Writes `population.csv`: residents of 2023 by the code of their `DeSO`.
fn population(folder: &Folder) -> Option<()> {
    let table = shared("stockholm/deso_2018_population_2023.json")?;
    let json: Value = serde_json::from_slice(&std::fs::read(table).unwrap()).unwrap();
    let mut csv = "id,pop_2023\n".to_owned();
    for row in json["deso"].as_array().unwrap() {
        writeln!(csv, "{},{}", row["id"].as_str().unwrap(), row["pop_2023"]).unwrap();
    }
    folder.file("population.csv", &csv);
    Some(())
}

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

#[test]
fn codes_become_codes_with_weights() {
    let folder = Folder::new();
    folder.file("pop.csv", "code,pop,women,moe\na,100,40,6\nb,60,30,8\nc,10,,1\n");
    folder.file("links.csv", "old,new,share\na,x,0.25\na,y,0.75\nb,y,1\n");
    let by = "--crosswalk links.csv --from-code old --to-code new --key code";
    let shared_out = "--weight share --extensive pop --moe pop=moe --ratio share=women/pop";
    let (frame, report) = folder.carry("pop.csv", &format!("{by} {shared_out}"));
    assert_eq!(texts(&frame, "new"), ["x", "y"]);
    assert_eq!(cells(&frame, "pop"), [Some(25.0), Some(135.0)]);
    assert_eq!(cells(&frame, "moe"), [Some(1.5), Some((4.5_f64.powi(2) + 64.0).sqrt())]);
    assert_eq!(cells(&frame, "share"), [Some(0.4), Some(60.0 / 135.0)]);
    assert_eq!(texts(&frame, "pop_status"), ["E", "E"]);
    assert!(report["notes"].to_string().contains("1 codes are not in the crosswalk: c"));
    let told = contains("1 codes become several").and(contains("--weight"));
    folder.command("pop.csv", &format!("{by} --extensive pop")).assert().code(2).stderr(told);
    let told = contains("says nothing of sizes").and(contains("--ratio"));
    folder.command("pop.csv", &format!("{by} --intensive pop")).assert().code(2).stderr(told);
}

/// The published key leads every `DeSO` to one `RegSO`: nothing is estimated and nothing is lost.
#[test]
fn deso_become_regso_by_the_published_key() {
    let folder = Folder::new();
    let Some(key) = shared("stockholm/koppling-deso2018-regso2020.csv") else { return };
    let Some(()) = population(&folder) else { return };
    std::fs::copy(key, folder.0.path().join("key.csv")).unwrap();
    let by = "--crosswalk key.csv --from-code DeSO_2018 --to-code RegSOkod_2020 --key id";
    let (frame, report) = folder.carry("population.csv", &format!("{by} --extensive pop_2023"));
    let column = &report["columns"][0];
    let (whole, carried) =
        (column["total_in"].as_f64().unwrap(), column["total_carried"].as_f64().unwrap());
    assert!(whole > 9e5 && (whole - carried).abs() < 1e-6, "{whole} {carried}");
    let statuses = texts(&frame, "pop_2023_status");
    assert!(statuses.iter().all(|status| status != "E"));
}

#[test]
fn what_became_of_each_unit_is_said() {
    let folder = Folder::new();
    units(&folder);
    let new = layer(&[
        ([0.0, 0.0, 1000.0, 1000.0], json!({"code": "a"})),
        ([1000.0, 0.0, 500.0, 1000.0], json!({"code": "b"})),
        ([2000.0, 0.0, 1000.0, 1000.0], json!({"code": "z"})),
    ]);
    folder.file("new.geojson", &new);
    let (frame, report) =
        folder.carry("units.geojson", "--onto new.geojson --extensive pop --changes id=code");
    assert_eq!(texts(&frame, "change"), ["unchanged", "split", "relabelled"]);
    assert_eq!(report["changes"], json!({"unchanged": 1, "split": 1, "relabelled": 1}));
    assert_eq!(report["columns"][0]["share_outside"], 0.375);
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

/// What lies in the folder of weights, each with its bytes.
fn kept(folder: &Folder) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(found) = std::fs::read_dir(folder.0.path().join("cache/weights")) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = found.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

#[test]
fn weights_are_made_once_for_a_pair_of_geographies_and_serve_every_column() {
    let folder = Folder::new();
    units(&folder);
    populated(&folder);
    let ways = [
        "--onto targets.geojson",
        "--onto grid:250",
        "--onto h3:9",
        "--onto targets.geojson --method dasymetric:points.geojson:residents",
        "--onto targets.geojson --method dasymetric:points.geojson",
    ];
    for (count, way) in (1..).zip(ways) {
        let run = |columns: &str| {
            let (_, report) =
                folder.carry("units.geojson", &format!("{way} --cache cache {columns}"));
            (report, folder.written())
        };
        let made = run("--extensive pop");
        assert_eq!(kept(&folder).len(), count, "{way}: another pair, method or weight");
        assert_eq!(run("--extensive pop"), made, "{way}");
        run("--extensive women,pop --intensive rate");
        assert_eq!(kept(&folder).len(), count, "{way}: the same weights for other columns");
    }
    // Another name, the same shapes.
    std::fs::rename(folder.0.path().join("units.geojson"), folder.0.path().join("other.geojson"))
        .unwrap();
    folder.carry("other.geojson", "--onto targets.geojson --extensive pop --cache cache");
    assert_eq!(kept(&folder).len(), ways.len());
}

#[test]
fn damaged_weights_are_made_anew_and_none_are_kept_without_a_cache() {
    let folder = Folder::new();
    units(&folder);
    let options = "--onto targets.geojson --extensive pop --cache cache";
    folder
        .command("units.geojson", "--onto targets.geojson --extensive pop --no-cache")
        .env("XDG_CACHE_HOME", folder.0.path())
        .assert()
        .success();
    assert!(!folder.0.path().join("scale").exists());
    folder.carry("units.geojson", options);
    let (whole, written) = (kept(&folder), folder.written());
    let (path, bytes) = &whole[0];
    for at in [0, bytes.len() / 2, bytes.len() - 1] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        std::fs::write(path, damaged).unwrap();
        folder.carry("units.geojson", options);
        assert_eq!(
            (kept(&folder), folder.written()),
            (whole.clone(), written.clone()),
            "byte {at}"
        );
    }
}
