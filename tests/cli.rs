//! The program as a user runs it.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;

use std::fmt::Write as _;
use std::path::Path;

use polars::prelude::SerReader;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use common::{scale, shared};

fn map_into(out: &Path, area: &str) {
    scale().args(["map", "--area", area, "--out"]).arg(out).assert().success();
}

fn bytes_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn the_five_areas_have_their_known_residents() {
    let mut check =
        scale().args(["map", "--all", "--out"]).arg(tempfile::tempdir().unwrap().path()).assert();
    for total in ["95 681", "38 270", "9 491", "357 957", "≥ 47 269"] {
        check = check.stdout(contains(total));
    }
    check.success().stderr(contains("coverage 0.902").and(contains("0182R012 Sickla")));
}

#[test]
fn the_city_is_a_reference_with_its_known_total() {
    let out = tempfile::tempdir().unwrap();
    map_into(out.path(), "jarva");
    let file = std::fs::File::open(out.path().join("jarva/jarva_indicators.parquet")).unwrap();
    let frame = polars::prelude::ParquetReader::new(file).finish().unwrap();
    let text = |name: &str| frame.column(name).unwrap().str().unwrap().clone();
    let (indicator, role) = (text("indicator"), text("role"));
    let (level, id) = (text("geography_level"), text("geography_id"));
    let (sex, age) = (text("sex"), text("age"));
    let values = frame.column("value").unwrap().f64().unwrap().clone();
    let found: Vec<f64> = (0..frame.height())
        .filter(|&row| {
            indicator.get(row) == Some("residents") && role.get(row) == Some("reference")
        })
        .filter(|&row| level.get(row) == Some("municipality") && id.get(row) == Some("0180"))
        .filter(|&row| sex.get(row) == Some("_T") && age.get(row) == Some("_T"))
        .filter_map(|row| values.get(row))
        .collect();
    assert_eq!(found, vec![995_574.0]);
}

#[test]
fn two_runs_give_the_same_bytes_and_pass_the_check() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    map_into(one.path(), "sgid");
    map_into(two.path(), "sgid");
    map_into(two.path(), "sgid");
    assert_eq!(bytes_of(&one.path().join("sgid")), bytes_of(&two.path().join("sgid")));
    scale().arg("check").arg(one.path()).assert().success().stdout(contains("0 findings"));
}

#[test]
fn a_foreign_proj_database_changes_nothing() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let foreign = tempfile::tempdir().unwrap();
    std::fs::write(foreign.path().join("proj.db"), "not a database").unwrap();
    map_into(one.path(), "jarva");
    scale()
        .env("PROJ_DATA", foreign.path())
        .env("PROJ_LIB", foreign.path())
        .env("GDAL_DATA", foreign.path())
        .args(["map", "--area", "jarva", "--out"])
        .arg(two.path())
        .assert()
        .success();
    assert_eq!(bytes_of(&one.path().join("jarva")), bytes_of(&two.path().join("jarva")));
}

#[test]
fn a_changed_file_is_a_finding() {
    let out = tempfile::tempdir().unwrap();
    map_into(out.path(), "skarholmen");
    let file = out.path().join("skarholmen/skarholmen_indicators.parquet");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[20] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    scale().arg("check").arg(out.path()).assert().code(1).stdout(contains("was changed"));
}

#[test]
fn an_unknown_area_suggests_the_nearest() {
    scale()
        .args(["map", "--area", "jerva"])
        .assert()
        .code(2)
        .stderr(contains("there is no area \"jerva\"").and(contains("did you mean \"jarva\"?")));
}

/// Runs `clip` on a file made for the occasion; it must fail, say why, and write nothing.
fn refused(name: &str, content: &str, reason: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (input, out) = (folder.path().join(name), folder.path().join("out.gpkg"));
    std::fs::write(&input, content).unwrap();
    scale()
        .arg("clip")
        .arg(&input)
        .args(["--area", "jarva", "--out"])
        .arg(&out)
        .assert()
        .code(2)
        .stderr(
            contains("error:").and(contains(name)).and(contains(reason)).and(contains("help:")),
        );
    assert!(!out.exists());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing stands aside");
}

fn polygon(coordinates: &str) -> String {
    format!(
        r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"id":"a"}},"geometry":{{"type":"Polygon","coordinates":{coordinates}}}}}]}}"#
    )
}

#[test]
fn a_missing_file_is_named() {
    scale()
        .args(["clip", "nowhere.geojson", "--area", "jarva", "--out", "x.gpkg"])
        .assert()
        .code(2)
        .stderr(contains("nowhere.geojson: no such file"));
}

#[test]
fn an_empty_file_is_refused() {
    refused("a.geojson", "", "the file is empty");
}

#[test]
fn a_truncated_file_is_refused() {
    refused("a.geojson", r#"{"type":"FeatureCollection","features":["#, "cut off");
}

#[test]
fn a_file_that_is_not_what_its_ending_says_is_refused() {
    refused("a.gpkg", "id,name\n1,a\n", "is not a GeoPackage");
}

#[test]
fn metres_read_as_degrees_are_refused() {
    let square = "[[[667000,6588000],[668000,6588000],[668000,6589000],[667000,6588000]]]";
    refused("a.geojson", &polygon(square), "look like metres");
}

#[test]
fn an_invalid_polygon_is_refused_with_its_row() {
    let bow_tie = "[[[17.9,59.4],[17.95,59.41],[17.95,59.4],[17.9,59.41],[17.9,59.4]]]";
    refused("a.geojson", &polygon(bow_tie), "row 1: the geometry is invalid");
}

#[test]
fn an_empty_geometry_is_refused_with_its_row() {
    refused("a.geojson", &polygon("[]"), "row 1: the geometry is empty");
}

#[test]
fn mixed_geometry_is_refused() {
    let mixed = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[17.9,59.4]}},
        {"type":"Feature","properties":{},"geometry":{"type":"LineString","coordinates":[[17.9,59.4],[17.95,59.4]]}}]}"#;
    refused("a.geojson", mixed, "mixes geometry types");
}

fn with_values(values: &str) -> assert_cmd::assert::Assert {
    with_values_told(values, &[])
}

fn with_values_told(values: &str, told: &[&str]) -> assert_cmd::assert::Assert {
    let folder = tempfile::tempdir().unwrap();
    let (input, table) = (folder.path().join("a.geojson"), folder.path().join("values.csv"));
    let square = "[[[17.92,59.40],[17.93,59.40],[17.93,59.41],[17.92,59.41],[17.92,59.40]]]";
    std::fs::write(&input, polygon(square)).unwrap();
    std::fs::write(&table, values).unwrap();
    scale()
        .arg("clip")
        .arg(&input)
        .args(["--area", "jarva", "--key", "id", "--extensive", "pop"])
        .args(told)
        .arg("--values")
        .arg(&table)
        .arg("--out")
        .arg(folder.path().join("out.gpkg"))
        .assert()
}

#[test]
fn duplicate_keys_are_refused() {
    with_values("id,pop\na,1\na,2\n").code(2).stderr(contains("key \"a\" appears twice"));
}

#[test]
fn keys_that_do_not_join_are_listed_and_counted() {
    with_values("id,pop\nx,1\ny,2\n").code(2).stderr(contains("2 keys").and(contains("x, y")));
}

#[test]
fn a_thousands_separator_is_refused() {
    with_values("id;pop\na;1 234\n")
        .code(2)
        .stderr(contains("1 234").and(contains("is not a number")));
}

#[test]
fn what_is_said_of_csv_is_said_of_the_table_of_values() {
    let told = ["--delimiter", "bar", "--decimal", "comma", "--header-row", "2"];
    with_values_told("x|y\nid|pop\na|1,250\n", &told).success().stdout(contains("1.2"));
    with_values_told("id,pop\na,1\n", &["--delimiter", ";;"]).code(2).stderr(contains("semicolon"));
}

#[test]
fn what_is_said_of_csv_about_another_file_is_refused() {
    scale()
        .args(["clip", "Cargo.toml", "--area", "jarva", "--out", "x.gpkg", "--encoding", "utf-8"])
        .assert()
        .code(2)
        .stderr(contains("Cargo.toml: is not a CSV table").and(contains("leave out --delimiter")));
}

/// definitions.md: 93,105.9 carried by surface, 93,039 in the 45 whole `DeSO`.
#[test]
fn deso_population_carried_onto_jarva_has_its_known_answer() {
    let (Some(deso), Some(population)) = (
        shared("stockholm/deso_2018_county.geojson"),
        shared("stockholm/deso_2018_population_2023.json"),
    ) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(population).unwrap()).unwrap();
    let mut csv = "id,pop_2023\n".to_owned();
    for row in json["deso"].as_array().unwrap() {
        writeln!(csv, "{},{}", row["id"].as_str().unwrap(), row["pop_2023"]).unwrap();
    }
    let values = folder.path().join("population.csv");
    std::fs::write(&values, csv).unwrap();
    let out = folder.path().join("out.parquet");
    let output = scale()
        .arg("clip")
        .arg(deso)
        .args(["--area", "jarva", "--key", "id", "--extensive", "pop_2023", "--json", "--values"])
        .arg(values)
        .arg("--out")
        .arg(&out)
        .assert()
        .success()
        .get_output()
        .stdout
        .clone();
    let report: serde_json::Value = serde_json::from_slice(&output).unwrap();
    let carried = &report["carried"][0];
    assert!((carried["value"].as_f64().unwrap() - 93_105.9).abs() < 0.05, "{carried}");
    assert!((carried["mostly_inside"].as_f64().unwrap() - 93_039.0).abs() < 0.5, "{carried}");
    scale().arg("check").arg(out).assert().success();
}

fn stdout(arguments: &[&str]) -> String {
    let output = scale().args(arguments).assert().success().get_output().stdout.clone();
    String::from_utf8(output).unwrap()
}

#[test]
fn the_areas_are_listed_with_their_overlaps() {
    insta::assert_snapshot!("areas", stdout(&["areas"]));
}

/// Every unit in the five baselines, in the tables that residents read.
#[test]
fn units_have_a_swedish_word() {
    let place = tempfile::tempdir().unwrap();
    let out =
        scale().args(["--json", "map", "--all", "--out"]).arg(place.path()).assert().success();
    let listed: serde_json::Value = serde_json::from_slice(&out.get_output().stdout).unwrap();
    let same_in_both = ["m", "m2", "min", "m2 per person", ""];
    let areas = listed.as_array().unwrap().iter();
    let rows = areas.flat_map(|area| area["indicators"].as_array().unwrap());
    let mut seen = 0;
    for unit in
        rows.map(|row| row["unit"].as_str().unwrap()).filter(|unit| !same_in_both.contains(unit))
    {
        assert_ne!(scale::model::unit_word(unit, scale::model::Lang::Sv), unit);
        seen += 1;
    }
    assert!(seen > 50, "{seen}");
}

#[test]
fn shells_and_man_know_the_commands() {
    for (shell, word) in
        [("bash", "scale__subcmd__map"), ("zsh", "#compdef scale"), ("fish", "complete -c scale")]
    {
        scale()
            .args(["completions", shell])
            .assert()
            .success()
            .stdout(predicates::str::contains(word));
    }
    let folder = tempfile::tempdir().unwrap();
    scale().arg("man").arg(folder.path()).assert().success();
    let page = std::fs::read_to_string(folder.path().join("scale-map.1")).unwrap();
    assert!(page.contains("scale map") && page.contains("\\-\\-area"), "{page}");
}

/// Pages refer to others as `scale\-actors(1)`.
#[test]
fn every_page_that_a_page_refers_to_is_written() {
    let folder = tempfile::tempdir().unwrap();
    scale().arg("man").arg(folder.path()).assert().success();
    let mut referred = 0;
    for page in std::fs::read_dir(folder.path()).unwrap() {
        let text = std::fs::read_to_string(page.unwrap().path()).unwrap();
        for before in text.split("(1)").collect::<Vec<_>>().split_last().unwrap().1 {
            let name = before.rsplit(|c: char| c.is_whitespace()).next().unwrap();
            let name = name.replace("\\-", "-").replace("\\fR", "").replace("\\fB", "");
            assert!(folder.path().join(format!("{name}.1")).exists(), "{name}");
            referred += 1;
        }
    }
    for below in ["scale-actors-import", "scale-actors-from-osm", "scale-cache-ls"] {
        assert!(folder.path().join(format!("{below}.1")).exists(), "{below}");
    }
    assert!(referred > 30, "{referred}");
}

#[test]
fn the_help_names_every_command() {
    insta::assert_snapshot!("help", stdout(&["--help"]));
}

#[test]
fn an_error_has_a_cause_and_a_help() {
    let output =
        scale().args(["map", "--area", "jerva"]).assert().code(2).get_output().stderr.clone();
    insta::assert_snapshot!("unknown_area", String::from_utf8(output).unwrap());
}

#[test]
fn an_own_polygon_takes_a_share_of_the_units_it_cuts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.geojson");
    let square = "[[[17.92,59.40],[17.95,59.40],[17.95,59.41],[17.92,59.41],[17.92,59.40]]]";
    std::fs::write(&file, polygon(square).replace(r#""id":"a""#, r#""id":"own""#)).unwrap();
    scale()
        .arg("--areas")
        .arg(&file)
        .args(["--json", "areas"])
        .assert()
        .success()
        .stdout(contains("\"id\": \"own\""));
    scale()
        .arg("--areas")
        .arg(&file)
        .args(["map", "--area", "own", "--out"])
        .arg(folder.path())
        .assert()
        .success()
        .stdout(contains(" E "));
    scale().arg("check").arg(folder.path().join("own")).assert().success();
}

#[test]
fn exported_areas_can_be_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("areas.toml");
    scale().args(["areas", "export"]).arg(&file).assert().success();
    let again = scale().arg("--areas").arg(&file).arg("areas").assert().success();
    assert_eq!(String::from_utf8(again.get_output().stdout.clone()).unwrap(), stdout(&["areas"]));
}

#[test]
fn another_system_is_written_and_passes_the_check() {
    let out = tempfile::tempdir().unwrap();
    scale()
        .args(["map", "--area", "jarva", "--crs", "EPSG:3011", "--out"])
        .arg(out.path())
        .assert()
        .success();
    scale().arg("check").arg(out.path()).assert().success();
    let manifest = std::fs::read_to_string(out.path().join("jarva/manifest.json")).unwrap();
    assert!(manifest.contains("EPSG:3011"));
}

#[test]
fn a_geoparquet_file_cut_off_in_the_middle_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    map_into(folder.path(), "jarva");
    let whole = std::fs::read(folder.path().join("jarva/jarva_units.parquet")).unwrap();
    let (input, out) = (folder.path().join("cut.parquet"), folder.path().join("out.gpkg"));
    std::fs::write(&input, &whole[..whole.len() / 2]).unwrap();
    scale()
        .arg("clip")
        .arg(&input)
        .args(["--area", "jarva", "--out"])
        .arg(&out)
        .assert()
        .code(2)
        .stderr(contains("is cut off or damaged"));
    assert!(!out.exists());
}
