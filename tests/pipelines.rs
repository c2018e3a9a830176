//! Pipelines: run, planned, stopped at any moment, cut into shares and put together.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use predicates::str::contains;

use common::scale;

const POINTS: &str =
    "id;lon;lat;staff\na;18.0985;59.3560;3\nb;18.1000;59.3570;4\nc;17.9447;59.4030;5\n";

/// Two areas, a data set of points, a layer cut to each area.
const PIPELINE: &str = r#"scale = 1
title = "A test"
[parameters]
year = "2026"
[areas]
ids = ["norra-djurgardsstaden", "jarva"]
[data]
steps = ["repair"]
[steps.repair]
kind = "ingest"
file = "repair.csv"
year = "{year}"
schema = { theme = "services", geography = "point", key = "id", publisher = "a publisher", licence = "CC0-1.0", fields = { staff = { kind = "extensive", unit = "persons", label = { sv = "Personal", en = "Staff" } } } }
[steps.baseline]
kind = "map"
[steps.blocks]
kind = "clip"
input = "blocks.geojson"
extensive = "people"
out = "blocks.parquet"
[steps.publish]
kind = "publish"
from = ["baseline", "blocks"]
"#;

const BLOCKS: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"people":10},"geometry":{"type":"Polygon","coordinates":[[[17.90,59.38],[17.96,59.38],[17.96,59.42],[17.90,59.42],[17.90,59.38]]]}},
{"type":"Feature","properties":{"people":20},"geometry":{"type":"Polygon","coordinates":[[[18.08,59.34],[18.13,59.34],[18.13,59.36],[18.08,59.36],[18.08,59.34]]]}}]}"#;

/// A folder with the pipeline and what it reads.
fn place() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    for (name, text) in [("p.toml", PIPELINE), ("repair.csv", POINTS), ("blocks.geojson", BLOCKS)] {
        std::fs::write(place.path().join(name), text).unwrap();
    }
    place
}

fn command(place: &Path, cache: &str) -> Vec<String> {
    let path = |name: &str| place.join(name).display().to_string();
    ["--cache".to_owned(), path(cache), "--out".to_owned(), path("made")].into()
}

fn run(place: &Path, more: &[&str]) -> assert_cmd::assert::Assert {
    scale().arg("run").arg(place.join("p.toml")).args(command(place, "cache")).args(more).assert()
}

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else {
                found.insert(path.clone(), std::fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, &mut found);
    found
        .into_iter()
        .map(|(path, bytes)| (path.strip_prefix(folder).unwrap().to_owned(), bytes))
        .collect()
}

/// The parts that would be made, by their names.
fn stale(place: &Path, more: &[&str]) -> Vec<String> {
    let out = scale()
        .args(["--json", "plan"])
        .arg(place.join("p.toml"))
        .args(command(place, "cache"))
        .args(more)
        .assert()
        .success();
    let parts: Vec<serde_json::Value> = serde_json::from_slice(&out.get_output().stdout).unwrap();
    let name = |part: &serde_json::Value| {
        format!("{} {}", part["step"].as_str().unwrap(), part["part"].as_str().unwrap())
            .trim()
            .to_owned()
    };
    parts.iter().filter(|part| part["state"] != "fresh").map(name).collect()
}

#[test]
fn a_second_run_makes_nothing_and_changes_no_byte() {
    let place = place();
    run(place.path(), &[]).success().stderr(contains("7 parts made"));
    let made = files(&place.path().join("made"));
    assert!(made.contains_key(Path::new("out/jarva/jarva.gpkg")), "{:?}", made.keys());
    assert!(made.contains_key(Path::new("out/jarva/blocks.parquet")), "{:?}", made.keys());
    scale().arg("check").arg(place.path().join("made")).assert().success();
    run(place.path(), &[]).success().stderr(contains("0 parts made"));
    assert_eq!(files(&place.path().join("made")), made);
    assert_eq!(stale(place.path(), &[]), Vec::<String>::new());
}

#[test]
fn only_what_depends_on_a_change_is_made_again() {
    let place = place();
    run(place.path(), &[]).success();
    std::fs::write(place.path().join("blocks.geojson"), BLOCKS.replace("10", "11")).unwrap();
    let clips = ["blocks norra-djurgardsstaden", "blocks jarva"];
    let published = ["publish norra-djurgardsstaden", "publish jarva"];
    assert_eq!(stale(place.path(), &[]), [clips, published].concat());
    run(place.path(), &[]).success().stderr(contains("4 parts made, 0 kept"));
    std::fs::write(place.path().join("repair.csv"), POINTS.replace(";5", ";6")).unwrap();
    assert_eq!(stale(place.path(), &[]).len(), 7, "all data sets are under everything in areas");
}

#[test]
fn a_plan_says_why_each_part_would_run() {
    let place = place();
    let plan = |more: &[&str]| {
        scale()
            .arg("plan")
            .arg(place.path().join("p.toml"))
            .args(command(place.path(), "cache"))
            .args(more)
            .assert()
            .success()
    };
    plan(&[]).stdout(contains("it was never made"));
    run(place.path(), &[]).success();
    std::fs::write(place.path().join("repair.csv"), POINTS.replace(";5", ";6")).unwrap();
    plan(&[]).stdout(contains("file file repair.csv changed"));
    plan(&["--set", "year=2025"]).stdout(contains("year changed from \"2026\" to \"2025\""));
    plan(&["--format", "mermaid"]).stdout(contains("step_repair --> step_baseline"));
    plan(&["--format", "dot"]).stdout(contains("\"baseline\" -> \"publish\""));
}

#[test]
fn what_users_change_in_a_published_folder_is_put_right_and_their_own_files_stay() {
    let place = place();
    run(place.path(), &[]).success();
    let made = files(&place.path().join("made"));
    let folder = place.path().join("made/out/jarva");
    std::fs::write(folder.join("jarva.gpkg"), "changed").unwrap();
    std::fs::remove_file(folder.join("blocks.parquet")).unwrap();
    std::fs::write(folder.join("mine.qgz"), "a project").unwrap();
    run(place.path(), &[]).success().stderr(contains("0 parts made, 2 kept, 1 folders written"));
    std::fs::remove_file(folder.join("mine.qgz")).unwrap();
    assert_eq!(files(&place.path().join("made")), made);
}

#[test]
fn a_damaged_result_is_made_again() {
    let place = place();
    run(place.path(), &[]).success();
    let made = files(&place.path().join("made"));
    for path in files(&place.path().join("cache/results")).keys() {
        let path = place.path().join("cache/results").join(path);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.truncate(bytes.len() / 2);
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, bytes).unwrap();
    }
    std::fs::remove_dir_all(place.path().join("made")).unwrap();
    run(place.path(), &[]).success().stderr(contains("7 parts made, 0 kept"));
    assert_eq!(files(&place.path().join("made")), made);
}

#[test]
fn shares_put_together_give_the_bytes_of_one_run() {
    let place = place();
    run(place.path(), &[]).success();
    let whole = files(&place.path().join("made"));
    std::fs::remove_dir_all(place.path().join("made")).unwrap();
    // In another order, and one of them twice.
    for (share, cache) in [("3/3", "c3"), ("1/3", "c1"), ("2/3", "c2"), ("1/3", "c1")] {
        scale()
            .arg("run")
            .arg(place.path().join("p.toml"))
            .args(command(place.path(), cache))
            .args(["--part", share])
            .assert()
            .success();
    }
    assert!(!place.path().join("made").exists(), "shares publish nothing");
    let caches = ["c1", "c2", "c3"].map(|cache| place.path().join(cache));
    scale()
        .arg("merge")
        .arg(place.path().join("p.toml"))
        .args(caches)
        .args(command(place.path(), "merged"))
        .assert()
        .success()
        // The two published folders are made; all parts were taken over.
        .stderr(contains("2 parts made"));
    assert_eq!(files(&place.path().join("made")), whole);
}

#[test]
fn a_run_that_is_killed_at_any_moment_is_completed_by_the_next() {
    let place = place();
    run(place.path(), &[]).success();
    let whole = files(&place.path().join("made"));
    let start = std::time::Instant::now();
    let spawn = || {
        Command::new(env!("CARGO_BIN_EXE_scale"))
            .arg("run")
            .arg(place.path().join("p.toml"))
            .args(command(place.path(), "killed"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let clear = || {
        for name in ["killed", "made"] {
            let _ = std::fs::remove_dir_all(place.path().join(name));
        }
    };
    clear();
    assert!(spawn().wait().unwrap().success());
    let whole_run = start.elapsed();
    // A fixed walk through the length of a run, so that a failure can be repeated; it goes on from what is left a few
    // times before all is cleared.
    for moment in 0..100_u32 {
        if moment % 4 == 0 {
            clear();
        }
        let mut child = spawn();
        std::thread::sleep(whole_run.mul_f64(f64::from(moment * 37 % 100) / 100.0));
        child.kill().unwrap();
        child.wait().unwrap();
        for (path, bytes) in published(&place.path().join("made/out")) {
            assert_eq!(
                Some(&bytes),
                whole.get(&Path::new("out").join(&path)),
                "{moment}: {} is half",
                path.display()
            );
        }
        if moment % 4 == 3 {
            assert!(spawn().wait().unwrap().success());
            assert_eq!(
                files(&place.path().join("made")),
                whole,
                "after the kill at moment {moment}"
            );
        }
    }
}

/// What stands in the folders that users see: not what is being written aside.
fn published(out: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    if !out.exists() {
        return BTreeMap::new();
    }
    files(out).into_iter().filter(|(path, _)| !path.to_string_lossy().starts_with('.')).collect()
}

#[test]
fn two_runs_at_once_do_not_harm_each_other() {
    let place = place();
    let spawn = |out: &str| {
        Command::new(env!("CARGO_BIN_EXE_scale"))
            .arg("run")
            .arg(place.path().join("p.toml"))
            .arg("--cache")
            .arg(place.path().join("cache"))
            .arg("--out")
            .arg(place.path().join(out))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    for run in [spawn("made"), spawn("made"), spawn("other")] {
        let ended = run.wait_with_output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    }
    assert_eq!(files(&place.path().join("made")), files(&place.path().join("other")));
    assert_eq!(stale(place.path(), &[]), Vec::<String>::new());
}

#[test]
fn a_lock_holds_the_files_to_what_they_were() {
    let place = place();
    run(place.path(), &["--locked"]).failure().code(2).stderr(contains("repair.csv is not in it"));
    run(place.path(), &[]).success();
    let lock = std::fs::read_to_string(place.path().join("scale.lock")).unwrap();
    assert!(
        lock.contains("path = \"blocks.geojson\"") && lock.contains("path = \"repair.csv\""),
        "{lock}"
    );
    run(place.path(), &["--locked"]).success();
    std::fs::write(place.path().join("repair.csv"), POINTS.replace(";5", ";6")).unwrap();
    run(place.path(), &["--locked"]).failure().code(2).stderr(contains("repair.csv changed"));
}

#[test]
fn programs_that_follow_a_run_read_a_line_of_json_an_event() {
    let place = place();
    let out = run(place.path(), &["--log-format", "json"]).success();
    let text = String::from_utf8(out.get_output().stderr.clone()).unwrap();
    let events: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let count = |name: &str| events.iter().filter(|event| event["event"] == name).count();
    assert_eq!((count("planned"), count("published"), count("end")), (1, 2, 1), "{text}");
    assert_eq!(count("finished"), 7, "{text}");
}

#[test]
fn a_folder_that_cannot_be_written_is_named_and_the_old_output_stays() {
    let place = place();
    run(place.path(), &[]).success();
    let file = place.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    scale()
        .arg("run")
        .arg(place.path().join("p.toml"))
        .arg("--cache")
        .arg(&file)
        .assert()
        .failure()
        .code(2)
        .stderr(contains("file").and(contains("cannot be written")).and(contains("help:")));
}

use predicates::prelude::PredicateBooleanExt as _;

#[test]
fn a_missing_input_is_told_before_anything_is_made() {
    let place = place();
    std::fs::remove_file(place.path().join("blocks.geojson")).unwrap();
    run(place.path(), &[]).failure().code(2).stderr(contains("blocks.geojson: no such file"));
    assert!(!place.path().join("cache/results").exists());
}

#[test]
fn a_column_is_explained_down_to_its_publisher() {
    let place = place();
    run(place.path(), &[]).success();
    let explain = |more: &[&str]| {
        scale()
            .arg("explain")
            .arg(place.path().join("made/out/jarva/jarva.gpkg"))
            .args(more)
            .assert()
    };
    explain(&["--layer", "units", "--indicator", "density_land"])
        .success()
        .stdout(contains("Residents per square kilometre of land, water left out"))
        .stdout(contains("population_regso: Statistics Sweden (SCB), FolkmDesoAldKon (TAB6574), 2024; licence: CC0-1.0"))
        .stdout(contains("made by step baseline (map) for jarva"))
        .stdout(contains("which rests on step repair (ingest)"))
        .stdout(contains("read file repair.csv with sha256"));
    explain(&["--layer", "units", "--indicator", "densty_land"])
        .failure()
        .code(2)
        .stderr(contains("did you mean \"density_land\"?"));
    let crate_json = scale()
        .arg("explain")
        .arg(place.path().join("made/out/jarva"))
        .args(["--format", "ro-crate"])
        .assert()
        .success();
    let graph: serde_json::Value = serde_json::from_slice(&crate_json.get_output().stdout).unwrap();
    let entities = graph["@graph"].as_array().unwrap();
    let ids: std::collections::BTreeSet<&str> =
        entities.iter().map(|e| e["@id"].as_str().unwrap()).collect();
    for entity in entities {
        for key in ["object", "result", "hasPart"] {
            for reference in entity[key].as_array().into_iter().flatten() {
                assert!(
                    ids.contains(reference["@id"].as_str().unwrap()),
                    "{reference} is not in the crate"
                );
            }
        }
    }
}

#[test]
fn a_city_of_polygons_gets_a_pipeline_that_runs() {
    let place = place();
    let areas = BLOCKS
        .replace("\"people\":10", "\"id\":\"north\"")
        .replace("\"people\":20", "\"id\":\"south\"");
    std::fs::write(place.path().join("districts.geojson"), areas).unwrap();
    let pipeline = place.path().join("city.toml");
    scale()
        .arg("init")
        .arg("--polygons")
        .arg(place.path().join("districts.geojson"))
        .arg("--out")
        .arg(&pipeline)
        .assert()
        .success();
    let text = std::fs::read_to_string(&pipeline).unwrap();
    assert!(text.contains("crs = \"EPSG:32634\""), "{text}");
    scale().arg("run").arg(&pipeline).args(command(place.path(), "cache")).assert().success();
    scale().arg("check").arg(place.path().join("made/out")).assert().success();
    assert!(place.path().join("made/out/south/south_units.parquet").is_file());
    scale()
        .arg("init")
        .arg("--polygons")
        .arg(place.path().join("districts.geojson"))
        .arg("--out")
        .arg(&pipeline)
        .assert()
        .failure()
        .stderr(contains("is there already"));
}

#[test]
fn a_municipality_of_the_snapshot_gets_a_pipeline_that_runs() {
    let place = tempfile::tempdir().unwrap();
    let pipeline = place.path().join("stockholm.toml");
    scale().args(["init", "--municipality", "0180", "--out"]).arg(&pipeline).assert().success();
    scale().arg("run").arg(&pipeline).args(command(place.path(), "cache")).assert().success();
    let file = place.path().join("made/out/municipality-0180/municipality-0180_indicators.parquet");
    let explained = scale()
        .arg("--json")
        .arg("explain")
        .arg(&file)
        .args(["--indicator", "residents"])
        .assert()
        .success();
    let explained: serde_json::Value =
        serde_json::from_slice(&explained.get_output().stdout).unwrap();
    assert_eq!(explained["inputs"][0]["publisher"], "Statistics Sweden (SCB)");
    scale()
        .args(["init", "--municipality", "18"])
        .assert()
        .failure()
        .stderr(contains("four digits"));
}

#[test]
fn a_municipality_beyond_the_snapshot_gets_a_pipeline_that_runs_once_its_files_are_there() {
    let Some(regso) = common::shared("stockholm/regso_2025_sweden.gpkg") else { return };
    let Some(population) = common::shared("stockholm/scb_pxweb_v1_population_regso_2024.json")
    else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let pipeline = place.path().join("p.toml");
    scale().args(["init", "--municipality", "1480", "--out"]).arg(&pipeline).assert().success();
    let run = || scale().arg("run").arg(&pipeline).args(command(place.path(), "cache")).assert();
    run().failure().code(2).stderr(contains("areas.gpkg: no such file"));
    // The answer at hand is of Stockholm; the pipeline is the same for every municipality.
    std::fs::copy(regso, place.path().join("regso_2025.gpkg")).unwrap();
    std::fs::copy(population, place.path().join("population_regso.json")).unwrap();
    let area = BLOCKS
        .replace("\"people\":10", "\"id\":\"west\"")
        .replace("\"people\":20", "\"id\":\"east\"");
    std::fs::write(place.path().join("areas.geojson"), area).unwrap();
    let text = std::fs::read_to_string(&pipeline).unwrap();
    std::fs::write(&pipeline, text.replace("areas.gpkg", "areas.geojson")).unwrap();
    run().success();
    scale().arg("check").arg(place.path().join("made/out")).assert().success();
    let file = place.path().join("made/out/west/west_indicators.parquet");
    let explained = scale().arg("explain").arg(file).args(["--indicator", "residents"]).assert();
    explained.success().stdout(contains("which rests on step population (ingest)"));
}

#[test]
fn the_published_schema_is_that_of_the_program() {
    let out = scale().args(["init", "--schema"]).assert().success();
    let printed = String::from_utf8(out.get_output().stdout.clone()).unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/pipeline.schema.json");
    if std::env::var_os("INSTA_UPDATE").is_some() {
        std::fs::write(&file, &printed).unwrap();
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), printed);
}

#[test]
fn the_shipped_baseline_runs_offline_and_equals_the_single_command() {
    let place = tempfile::tempdir().unwrap();
    let pipeline = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/baseline.toml");
    scale()
        .arg("run")
        .arg(pipeline)
        .args(["--locked", "--offline"])
        .args(command(place.path(), "cache"))
        .assert()
        .success();
    scale().args(["map", "--all", "--out"]).arg(place.path().join("single")).assert().success();
    let without_manifests = |folder: &str| {
        let mut files = files(&place.path().join(folder));
        files.retain(|path, _| !path.ends_with("manifest.json"));
        files
    };
    assert_eq!(without_manifests("made/out"), without_manifests("single"));
}

#[test]
fn memory_is_bounded_by_making_fewer_parts_at_once() {
    let place = place();
    run(place.path(), &["--memory", "1MB"]).success().stderr(contains("is estimated to need"));
    run(place.path(), &["--memory", "much"]).failure().stderr(contains("no size"));
}

/// Two districts of Porto Alegre.
const DISTRICTS: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"id":"centro","name_en":"Centre","name_sv":"Centrum"},"geometry":{"type":"Polygon","coordinates":[[[-51.235,-30.040],[-51.215,-30.040],[-51.215,-30.025],[-51.235,-30.025],[-51.235,-30.040]]]}},
{"type":"Feature","properties":{"id":"bom-fim"},"geometry":{"type":"Polygon","coordinates":[[[-51.215,-30.040],[-51.200,-30.040],[-51.200,-30.030],[-51.215,-30.030],[-51.215,-30.040]]]}}]}"#;

#[test]
fn the_shipped_pipeline_for_a_new_city_makes_porto_alegre() {
    let Some(city) = common::shared("porto-alegre/poa_osm.pbf") else { return };
    let city = city.parent().unwrap().to_owned();
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("districts.geojson"), DISTRICTS).unwrap();
    let pipeline = place.path().join("city.toml");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/new-city.toml");
    std::fs::copy(shipped, &pipeline).unwrap();
    let file = |name: &str| city.join(name).display().to_string();
    let set = [
        format!("polygons={}", place.path().join("districts.geojson").display()),
        format!("streets={}", file("poa_osm.pbf")),
        format!("bus={}", file("poa_eptc.zip")),
        format!("rail={}", file("poa_trensurb.zip")),
        format!("points={}", file("poa_hexgrid.csv")),
    ];
    let mut run = scale();
    run.arg("run").arg(&pipeline).args(command(place.path(), "cache"));
    for set in &set {
        run.args(["--set", set]);
    }
    run.assert().success().stderr(contains("10 parts made"));
    let made = place.path().join("made/out");
    scale().arg("check").arg(&made).assert().success();
    let manifest = std::fs::read_to_string(made.join("centro/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let steps: Vec<&str> = manifest["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["id"].as_str().unwrap())
        .collect();
    for step in ["residents", "streets", "baseline", "walks", "rides", "publish"] {
        assert!(steps.contains(&step), "{steps:?}");
    }
    let rows = |file: &str, layer: &str| {
        let output = manifest["outputs"]
            .as_array()
            .unwrap()
            .iter()
            .find(|output| output["file"] == file)
            .unwrap();
        output["rows"][layer].as_u64().unwrap()
    };
    assert_eq!(
        rows("walks.gpkg", "access"),
        rows("rides.gpkg", "access"),
        "one row a square of the grid"
    );
}

/// Six units in a row, a county for each two, with residents; three counties of about the same surface.
fn country(place: &Path) {
    let feature = |at: usize| {
        let (x, y) = (500_000 + at * 3_300, 6_500_000 + (at % 2) * 4_700);
        let county = ["01", "03", "25"][at / 2];
        let ring = [[x, y], [x + 3_300, y], [x + 3_300, y + 5_100], [x, y + 5_100], [x, y]];
        serde_json::json!({"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]},
            "properties": {"code": format!("{at:04}"), "county": county, "residents": 100 * (at + 1)}})
    };
    let layer = serde_json::json!({"type": "FeatureCollection", "features": (0..6).map(feature).collect::<Vec<_>>(),
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3006"}}});
    std::fs::write(place.join("units.geojson"), layer.to_string()).unwrap();
}

/// A pipeline that carries the country onto something.
fn carry_pipeline(place: &Path, name: &str, step: &str, publish: &str) -> PathBuf {
    let path = place.join(name);
    let text = format!(
        r#"scale = 1
[steps.cells]
kind = "carry"
each = "all"
source = "units.geojson"
extensive = ["residents"]
largest = ["county"]
out = "cells.parquet"
{step}
[steps.publish]
kind = "publish"
from = ["cells"]
{publish}
"#
    );
    std::fs::write(&path, text).unwrap();
    path
}

fn run_file(
    place: &Path,
    pipeline: &Path,
    cache: &str,
    out: &str,
    more: &[&str],
) -> assert_cmd::assert::Assert {
    let path = |name: &str| place.join(name).display().to_string();
    scale()
        .arg("run")
        .arg(pipeline)
        .args(["--cache", &path(cache), "--out", &path(out)])
        .args(more)
        .assert()
}

#[test]
fn blocks_of_squares_and_of_polygons_change_no_byte() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    country(place);
    for (name, onto) in [("squares", "grid:700"), ("polygons", "units.geojson")] {
        let columns = "largest = [\"county\"]";
        let made = |blocks: &str| {
            let step = format!("onto = \"{onto}\"\n{blocks}");
            let pipeline = carry_pipeline(place, &format!("{name}.toml"), &step, "");
            // The targets have the column already.
            let text = std::fs::read_to_string(&pipeline).unwrap();
            let text = if name == "polygons" {
                text.replace(columns, "").replace(
                    "extensive = [\"residents\"]",
                    "ratio = { some = \"residents/residents\" }",
                )
            } else {
                text
            };
            std::fs::write(&pipeline, text).unwrap();
            let out = format!("{name}{blocks}");
            run_file(place, &pipeline, "cache", &out, &[]).success();
            std::fs::read(place.join(out).join("out/cells.parquet")).unwrap()
        };
        let whole = made("");
        for blocks in ["blocks = 1", "blocks = 3", "blocks = 40"] {
            assert!(made(blocks) == whole, "{name}, {blocks}");
        }
    }
}

#[test]
fn shares_hold_every_part_once_and_about_the_same_work() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    country(place);
    let pipeline = carry_pipeline(place, "p.toml", "onto = \"grid:700\"\nblocks = 8", "");
    let shares = |count: &str| -> Vec<serde_json::Value> {
        let out = scale()
            .args(["--json", "plan"])
            .arg(&pipeline)
            .args(["--parts", count])
            .assert()
            .success();
        serde_json::from_slice(&out.get_output().stdout).unwrap()
    };
    for (count, shown) in [("1", 1), ("3", 3), ("8", 8), ("20", 8)] {
        let shares = shares(count);
        assert_eq!(shares.len(), shown, "a share without a part is not shown");
        let tasks = shares.iter().flat_map(|share| share["tasks"].as_array().unwrap());
        let mut parts: Vec<&str> = tasks.map(|task| task["part"].as_str().unwrap()).collect();
        parts.sort_unstable();
        assert_eq!(parts, ["0000", "0001", "0002", "0003", "0004", "0005", "0006", "0007"]);
        let costs = shares.iter().map(|share| share["cost"].as_f64().unwrap());
        assert!((costs.clone().sum::<f64>() - 1.0).abs() < 1e-9);
        let (low, high) =
            costs.fold((1.0, 0.0), |(low, high), cost| (cost.min(low), cost.max(high)));
        assert!(high - low <= 1.0 / 8.0 + 1e-9, "{low} {high}");
    }
    run_file(place, &pipeline, "cache", "made", &["--part", "20/20"])
        .success()
        .stderr(contains("0 parts made"));
}

#[test]
fn parts_that_rest_on_each_other_go_together_and_areas_by_their_surface() {
    let place = place();
    let out = scale()
        .args(["--json", "plan"])
        .arg(place.path().join("p.toml"))
        .args(["--parts", "2"])
        .assert()
        .success();
    let shares: Vec<serde_json::Value> = serde_json::from_slice(&out.get_output().stdout).unwrap();
    let names = |share: &serde_json::Value| -> Vec<String> {
        let tasks = share["tasks"].as_array().unwrap().iter();
        tasks
            .map(|task| {
                format!("{} {}", task["step"].as_str().unwrap(), task["part"].as_str().unwrap())
            })
            .collect()
    };
    assert_eq!(
        names(&shares[0]),
        ["baseline jarva", "blocks jarva"],
        "the larger area is dealt out first"
    );
    assert_eq!(
        names(&shares[1]),
        ["baseline norra-djurgardsstaden", "blocks norra-djurgardsstaden"]
    );
    assert!(shares[0]["cost"].as_f64() > shares[1]["cost"].as_f64());
}

#[test]
fn the_number_of_a_block_may_be_the_id_of_an_area() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    country(place);
    let pipeline = carry_pipeline(place, "p.toml", "onto = \"grid:700\"\nblocks = 3", "");
    run_file(place, &pipeline, "cache", "whole", &[]).success();
    let areas = std::fs::read_to_string(place.join("units.geojson")).unwrap();
    std::fs::write(place.join("areas.geojson"), areas.replace("\"code\"", "\"id\"")).unwrap();
    let text = std::fs::read_to_string(&pipeline).unwrap();
    let areas = "[areas]\nfrom = \"areas.geojson\"\n[data]\nfrom = \"nothing\"\n[steps.cells]";
    std::fs::write(&pipeline, text.replace("[steps.cells]", areas)).unwrap();
    run_file(place, &pipeline, "cache", "made", &[]).success();
    let cells = |out: &str| std::fs::read(place.join(out).join("out/cells.parquet")).unwrap();
    assert!(cells("made") == cells("whole"), "all blocks are joined into one layer");
}

#[test]
fn more_areas_are_made_than_a_process_may_have_files_open() {
    let place = tempfile::tempdir().unwrap();
    let feature = |at: usize| {
        let (x, y) = (500_000 + at % 40 * 1_000, 6_500_000 + at / 40 * 1_000);
        let ring = [[x, y], [x + 1_000, y], [x + 1_000, y + 1_000], [x, y + 1_000], [x, y]];
        serde_json::json!({"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]},
            "properties": {"id": format!("a{at}"), "residents": at}})
    };
    let layer = serde_json::json!({"type": "FeatureCollection", "features": (0..1_100).map(feature).collect::<Vec<_>>(),
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3006"}}});
    std::fs::write(place.path().join("areas.geojson"), layer.to_string()).unwrap();
    let text = r#"scale = 1
[areas]
from = "areas.geojson"
crs = "EPSG:3006"
[data]
from = "nothing"
[steps.parts]
kind = "clip"
input = "areas.geojson"
extensive = ["residents"]
out = "parts.parquet"
[steps.publish]
kind = "publish"
from = ["parts"]
"#;
    std::fs::write(place.path().join("p.toml"), text).unwrap();
    let program = env!("CARGO_BIN_EXE_scale");
    let run =
        format!("ulimit -n 512 && exec {program} --quiet --cache cache run p.toml --out made");
    let ran = Command::new("sh").args(["-c", &run]).current_dir(place.path()).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(std::fs::read_dir(place.path().join("made/out")).unwrap().count(), 1_100);
}

#[test]
fn a_partitioned_layer_has_a_folder_a_value_and_an_index() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    country(place);
    let publish = "partition = { county = \"county\" }\nfolder = \"country\"";
    let pipeline = carry_pipeline(place, "p.toml", "onto = \"grid:700\"\nblocks = 2", publish);
    run_file(place, &pipeline, "cache", "made", &[]).success();
    let made = place.join("made/country");
    scale().arg("check").arg(&made).assert().success();
    let index = std::fs::read_to_string(made.join("cells/_index.json")).unwrap();
    let index: Vec<serde_json::Value> = serde_json::from_str(&index).unwrap();
    let folders: std::collections::BTreeSet<&str> = index
        .iter()
        .map(|file| file["file"].as_str().unwrap().split('/').next().unwrap())
        .collect();
    assert_eq!(folders.into_iter().collect::<Vec<_>>(), ["county=01", "county=03", "county=25"]);
    for file in &index {
        let path = made.join("cells").join(file["file"].as_str().unwrap());
        let options = scale::formats::OpenOptions::default();
        let scale::formats::Content::Layer { layer, .. } =
            scale::formats::open(&path, &options).unwrap()
        else {
            unreachable!("a layer")
        };
        assert_eq!(layer.frame().height() as u64, file["rows"].as_u64().unwrap());
        assert!(layer.frame().column("county").is_err(), "the value stands in the path");
        let west =
            layer.areas().unwrap().shapes().iter().filter_map(geo::BoundingRect::bounding_rect);
        let west = west.map(|rect| rect.min().x).fold(f64::INFINITY, f64::min);
        assert_eq!(file["bbox"][0].as_f64(), Some(west));
    }
    let whole = carry_pipeline(place, "whole.toml", "onto = \"grid:700\"", "");
    run_file(place, &whole, "cache", "whole", &[]).success();
    let rows: u64 = index.iter().map(|file| file["rows"].as_u64().unwrap()).sum();
    let manifest = std::fs::read_to_string(place.join("whole/out/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(
        manifest["outputs"][0]["rows"]["cells"].as_u64(),
        Some(rows),
        "no row is lost or doubled"
    );
    let wrong = carry_pipeline(
        place,
        "wrong.toml",
        "onto = \"grid:700\"",
        "partition = { county = \"lan\" }",
    );
    run_file(place, &wrong, "cache", "wrong", &[])
        .failure()
        .code(2)
        .stderr(contains("no .parquet file has the column \"lan\" to cut by county"));
}

#[test]
fn what_cannot_be_made_in_blocks_is_told_before_anything_is_made() {
    let place = tempfile::tempdir().unwrap();
    country(place.path());
    for (step, told) in [
        ("onto = \"h3:8\"\nblocks = 2", "blocks are of units, squares or the polygons of a file"),
        ("onto = \"grid:700\"\nblocks = 2\nmethod = \"smooth\"", "and not for smooth"),
    ] {
        let pipeline = carry_pipeline(place.path(), "p.toml", step, "");
        run_file(place.path(), &pipeline, "cache", "made", &[])
            .failure()
            .code(2)
            .stderr(contains(told));
    }
    let access = "scale = 1\n[steps.walks]\nkind = \"access\"\nblocks = 2\nstreets = \"units.geojson\"\nfrom = \"units\"\n";
    for (step, told) in [
        ("to = \"services\"\nout = \"a.gpkg\"", "let it end in .parquet"),
        (
            "to = \"services\"\nout = \"a.parquet\"\nsummary = \"s.csv\"",
            "needs all origins at once",
        ),
        (
            "to = \"services\"\nout = \"a.parquet\"\nmeasure = \"2sfca:30min\"",
            "in catchments all origins compete",
        ),
        (
            "to = \"services\"\nmode = [\"walk\", \"car\"]\nmatrix = \"m.parquet\"",
            "a matrix is of one mode",
        ),
    ] {
        let pipeline = place.path().join("a.toml");
        std::fs::write(&pipeline, format!("{access}{step}\n")).unwrap();
        run_file(place.path(), &pipeline, "cache", "made", &[])
            .failure()
            .code(2)
            .stderr(contains(told));
    }
}

#[test]
fn origins_in_blocks_get_the_bytes_of_one_run() {
    let Some(streets) = common::shared("porto-alegre/poa_osm.pbf") else { return };
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    std::fs::write(place.join("districts.geojson"), DISTRICTS).unwrap();
    let file = |name: &str| streets.with_file_name(name).display().to_string();
    let header = format!(
        r#"scale = 1
[areas]
from = "districts.geojson"
crs = "EPSG:32722"
[data]
from = "nothing"
[steps.walks]
kind = "access"
streets = "{}"
to = "{}"
"#,
        file("poa_osm.pbf"),
        file("poa_hexgrid.csv")
    );
    let walks = "from = \"grid:150\"\nweight = \"jobs\"\nmeasure = [\"nearest:2\", \"cumulative:15\", \"gravity:exp:10min\", \"dual:3\"]\nmatrix = \"matrix.parquet\"\nlimit = \"30 min\"";
    let rides = format!(
        "each = \"all\"\nfrom = \"{}\"\nweight = \"jobs\"\ngtfs = [\"{}\"]\nmode = [\"transit\"]\ndepart = \"2019-05-13T14:00/14:10\"\nmeasure = [\"cumulative:30\"]",
        file("poa_points_of_interest.csv"),
        file("poa_eptc.zip")
    );
    for (name, step) in [("walks", walks), ("rides", rides.as_str())] {
        let made = |blocks: &str| {
            let pipeline = place.join(format!("{name}.toml"));
            let publish = "[steps.publish]\nkind = \"publish\"\nfrom = [\"walks\"]\n";
            std::fs::write(
                &pipeline,
                format!("{header}{step}\n{blocks}\nout = \"walks.parquet\"\n{publish}"),
            )
            .unwrap();
            let out = format!("{name}{blocks}");
            run_file(place, &pipeline, "cache", &out, &[]).success();
            let mut made = files(&place.join(out));
            made.retain(|path, _| !path.ends_with("manifest.json"));
            made
        };
        let whole = made("");
        assert!(!whole.is_empty());
        for blocks in ["blocks = 3", "blocks = 7"] {
            assert!(made(blocks) == whole, "{name}, {blocks}");
        }
    }
}

/// The commands in the examples of scheduled regeneration, each once.
fn scheduled_commands() -> std::collections::BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/schedule");
    let mut commands = std::collections::BTreeSet::new();
    for name in ["github-actions.yml", "gitlab-ci.yml", "regenerate.sh", "scale-baselines.service"]
    {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let mut found = 0;
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            let Some(start) = [
                "run: scale ",
                "- scale ",
                "ExecStart=scale ",
                "-c 'scale ",
                "          scale ",
                "scale ",
            ]
            .into_iter()
            .find(|start| line.contains(start)) else {
                continue;
            };
            let at = line.find(start).unwrap() + start.len() - "scale ".len();
            let command = line[at..].trim_end_matches('\'').trim().to_owned();
            // Words of YAML about the cache folder are no commands.
            if ["run ", "check ", "diff "]
                .iter()
                .any(|verb| command["scale ".len()..].starts_with(verb))
            {
                commands.insert(command);
                found += 1;
            }
        }
        assert_eq!(found, 3, "{name} runs, checks and compares");
    }
    commands
}

#[test]
fn the_commands_of_the_scheduled_examples_run() {
    let place = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_scale")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    std::fs::create_dir(place.path().join("pipelines")).unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/baseline.toml");
    std::fs::copy(shipped, place.path().join("pipelines/baseline.toml")).unwrap();
    scale()
        .args(["--quiet", "map", "--all", "--out"])
        .arg(place.path().join("baselines"))
        .assert()
        .success();
    let commands = scheduled_commands();
    assert_eq!(commands.len(), 3, "the examples agree: {commands:?}");
    // They are told apart by their verbs: the run comes first, then the check, then the comparison.
    let mut commands: Vec<String> = commands.into_iter().collect();
    let rank = |command: &String| {
        ["scale run", "scale check", "scale diff"].iter().position(|verb| command.starts_with(verb))
    };
    commands.sort_by_key(rank);
    let run = |command: &String| {
        let ended = Command::new("sh")
            .args(["-euc", command])
            .env("PATH", &path)
            .env("XDG_CACHE_HOME", place.path().join("cache"))
            .current_dir(place.path())
            .output()
            .unwrap();
        assert!(ended.status.success(), "{command}: {}", String::from_utf8_lossy(&ended.stderr));
    };
    let changes = || std::fs::read_to_string(place.path().join("changes.md")).unwrap();
    commands.iter().for_each(run);
    assert!(changes().contains("Nothing differs"), "{}", changes());
    // A baseline of which an area was not there yet.
    std::fs::remove_dir_all(place.path().join("baselines/sgid")).unwrap();
    run(commands.last().unwrap());
    assert!(changes().contains("sgid"), "{}", changes());
}

/// Health facilities counted in every RegSO of Sweden, in blocks.
const SWEDEN: &str = r#"scale = 1
title = "Facilities of Sweden"
[parameters]
regso = ""
facilities = ""
[steps.facilities]
kind = "carry"
each = "all"
blocks = 40
source = "{facilities}"
method = "points"
onto = "{regso}"
extensive = "one"
out = "facilities.parquet"
[steps.publish]
kind = "publish"
from = "facilities"
provenance = "ro-crate"
"#;

#[test]
fn all_of_sweden_cut_into_sixteen_parts_gives_the_bytes_of_one_run() {
    let Some(regso) = common::shared("stockholm/regso_2025_sweden.gpkg") else { return };
    let Some(facilities) = common::shared("stockholm/health_facilities_2020.csv") else { return };
    let place = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(facilities).unwrap();
    // One column of ones: what is summed is the number of facilities.
    let rows = text.lines().enumerate().map(|(row, line)| {
        if row == 0 { format!("{},one", line.replace("lng", "lon")) } else { format!("{line},1") }
    });
    let points: Vec<String> = rows.collect();
    std::fs::write(place.path().join("facilities.csv"), points.join("\n")).unwrap();
    std::fs::write(place.path().join("p.toml"), SWEDEN).unwrap();
    let set = [format!("regso={}", regso.display()), "facilities=facilities.csv".to_owned()];
    let run = |cache: &str, more: &[&str]| {
        let mut run = scale();
        run.arg("run")
            .arg(place.path().join("p.toml"))
            .args(command(place.path(), cache))
            .args(more);
        for set in &set {
            run.args(["--set", set]);
        }
        run.assert().success();
    };
    run("whole", &[]);
    let whole = files(&place.path().join("made"));
    assert!(whole.contains_key(Path::new("out/facilities.parquet")));
    std::fs::remove_dir_all(place.path().join("made")).unwrap();
    // Four machines with four shares each, in any order.
    for share in (1..=16).rev() {
        run(&format!("machine{}", share % 4), &["--part", &format!("{share}/16")]);
    }
    let mut merge = scale();
    merge.arg("merge").arg(place.path().join("p.toml")).args(command(place.path(), "merged"));
    for set in &set {
        merge.args(["--set", set]);
    }
    merge.args((0..4).map(|machine| place.path().join(format!("machine{machine}"))));
    merge.assert().success().stderr(contains("1 parts made"));
    assert_eq!(files(&place.path().join("made")), whole);
    let counted = scale()
        .args(["--json", "explain"])
        .arg(place.path().join("made/out/facilities.parquet"))
        .args(["--indicator", "one"])
        .assert()
        .success();
    let counted: serde_json::Value = serde_json::from_slice(&counted.get_output().stdout).unwrap();
    assert_eq!(counted["steps"][0]["kind"], "carry", "{counted}");
}
