//! What `scale map` writes for others: each format holds what it should, in the reader's language.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use common::scale;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use scale::formats::csv::{CsvOptions, read_csv};
use scale::formats::{self, Content, OpenOptions};

/// The baseline of Skärholmen, made with those options.
fn baseline(options: &[&str]) -> tempfile::TempDir {
    let out = tempfile::tempdir().unwrap();
    scale()
        .args(["--quiet", "map", "--area", "skarholmen", "--out"])
        .arg(out.path())
        .args(options)
        .assert()
        .success();
    out
}

fn names(out: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(out.join("skarholmen")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn layer(file: &Path) -> scale::model::Layer {
    match formats::open(file, &OpenOptions::default()).unwrap() {
        Content::Layer { layer, .. } => layer,
        _ => panic!("{} is no layer", file.display()),
    }
}

/// What `sqlite3` answers, a row a line.
fn answer(file: &Path, query: &str) -> String {
    let output = Command::new("sqlite3").arg(file).arg(query).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_format_holds_every_layer_it_can_and_passes_the_check() {
    let out = baseline(&["--format", "csv,fgb,gpkg,parquet"]);
    let mut known = set(&["manifest.json", "skarholmen.gpkg", "skarholmen_report.html"]);
    for layer in ["actors_unplaced", "area", "indicators", "stations", "units"] {
        known.extend(set(&[
            &format!("skarholmen_{layer}.csv"),
            &format!("skarholmen_{layer}.parquet"),
        ]));
    }
    for layer in ["area", "stations", "units"] {
        known.insert(format!("skarholmen_{layer}.fgb"));
    }
    assert_eq!(names(out.path()), known, "FlatGeobuf holds no table");
    scale().arg("check").arg(out.path()).assert().success().stdout(contains("0 findings"));
}

#[test]
fn what_was_usual_is_written_where_no_format_is_named() {
    let out = baseline(&[]);
    let known = [
        "manifest.json",
        "skarholmen.gpkg",
        "skarholmen_actors_unplaced.parquet",
        "skarholmen_area.parquet",
        "skarholmen_indicators.parquet",
    ];
    let more =
        ["skarholmen_report.html", "skarholmen_stations.parquet", "skarholmen_units.parquet"];
    assert_eq!(names(out.path()), &set(&known) | &set(&more));
}

/// FlatGeobuf sorts its features for the index: rows are found by their key.
#[test]
fn flatgeobuf_holds_the_features_of_geoparquet() {
    let out = baseline(&["--format", "fgb,parquet"]);
    let file = |ending: &str| out.path().join(format!("skarholmen/skarholmen_units.{ending}"));
    let (packed, plain) = (layer(&file("fgb")), layer(&file("parquet")));
    let rows = |layer: &scale::model::Layer| {
        let codes = layer.frame().column("unit_id").unwrap().str().unwrap().clone();
        let residents = layer.frame().column("residents").unwrap().f64().unwrap().clone();
        let mut rows: Vec<String> = codes
            .iter()
            .zip(residents.iter())
            .zip(layer.areas().unwrap().shapes())
            .map(|((code, residents), shape)| format!("{code:?} {residents:?} {shape:?}"))
            .collect();
        rows.sort();
        rows
    };
    assert_eq!(rows(&packed).len(), 4);
    assert_eq!(rows(&packed), rows(&plain));
    assert_eq!(packed.areas().unwrap().crs().id(), "EPSG:3006");
}

#[test]
fn a_swedish_spreadsheet_holds_the_numbers_of_geoparquet() {
    let out = baseline(&["--lang", "sv", "--format", "csv,parquet"]);
    let file = out.path().join("skarholmen/skarholmen_units.csv");
    let bytes = std::fs::read(&file).unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(text.starts_with("\u{feff}unit_id;name;share_of_unit;"), "{text}");
    let table = read_csv(&file, &bytes, &CsvOptions::default()).unwrap();
    let density = table.columns.iter().find(|column| column.name == "density_total").unwrap();
    // GeoParquet keeps its rows in another order.
    let mut read: Vec<f64> =
        density.cells.iter().map(|cell| cell.as_deref().unwrap().parse().unwrap()).collect();
    let plain = layer(&out.path().join("skarholmen/skarholmen_units.parquet"));
    let mut known: Vec<f64> =
        plain.frame().column("density_total").unwrap().f64().unwrap().iter().flatten().collect();
    read.sort_by(f64::total_cmp);
    known.sort_by(f64::total_cmp);
    assert_eq!(read, known);
    assert!(known.iter().any(|value| value.fract() != 0.0), "a comma is needed");
}

#[test]
fn styles_speak_the_language_of_the_reader_and_one_of_each_layer_is_its_default() {
    let styles = |options: &[&str]| {
        let out = baseline(options);
        let file = out.path().join("skarholmen/skarholmen.gpkg");
        let query = "SELECT f_table_name || '|' || styleName || '|' || f_geometry_column FROM layer_styles WHERE useAsDefault ORDER BY id";
        (
            answer(&file, query),
            answer(
                &file,
                "SELECT styleQML FROM layer_styles WHERE styleName IN ('Residents', 'Invånare')",
            ),
        )
    };
    let (defaults, residents) = styles(&[]);
    let known = "actors_unplaced|Actors without a point of their own|\narea|Skärholmen|geom\nunits|Residents|geom\nstations|Metro, commuter rail and tram stations|geom\nindicators|All values|\n";
    assert_eq!(sorted(&defaults), sorted(known));
    assert!(
        residents.contains("name=\"Aged 65 and over\"") && residents.contains("value=\" persons\"")
    );
    let (defaults, residents) = styles(&["--lang", "sv"]);
    let known = "actors_unplaced|Aktörer utan egen plats på kartan|\narea|Skärholmen|geom\nunits|Invånare|geom\nstations|Stationer för tunnelbana, pendeltåg och spårväg|geom\nindicators|Alla värden|\n";
    assert_eq!(sorted(&defaults), sorted(known));
    assert!(
        residents.contains("name=\"Andel 65 år och äldre\"")
            && residents.contains("value=\" personer\"")
    );
}

fn sorted(lines: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = lines.lines().collect();
    lines.sort_unstable();
    lines
}

/// In the data, Sickla has no count for 2024 and its distances to the metro are uncertain.
#[test]
fn what_is_missing_uncertain_or_estimated_is_drawn_as_such() {
    let out = tempfile::tempdir().unwrap();
    let arguments = ["--quiet", "map", "--area", "sgid", "--format", "gpkg", "--out"];
    scale().args(arguments).arg(out.path()).assert().success();
    let file = out.path().join("sgid/sgid.gpkg");
    let qml = |name: &str| {
        answer(&file, &format!("SELECT styleQML FROM layer_styles WHERE styleName = '{name}'"))
    };
    let residents = qml("Residents");
    assert!(residents.contains("label=\"no figure\"") && residents.contains("LinePatternFill"));
    let metro = qml("Distance to the nearest metro station");
    assert!(
        metro.contains("label=\"estimated\"") || metro.contains("label=\"uncertain"),
        "{metro}"
    );
}

#[test]
fn a_format_that_is_not_known_is_refused() {
    scale()
        .args(["map", "--area", "jarva", "--format", "gpkg,pdf"])
        .assert()
        .code(2)
        .stderr(contains("pdf").and(contains("fgb")));
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("pipeline.toml");
    let text = "scale = 1\n[areas]\nids = [\"jarva\"]\n[steps.baseline]\nkind = \"map\"\nformat = [\"pdf\"]\n";
    std::fs::write(&file, text).unwrap();
    let known = "\"pdf\" is no format; there are gpkg, fgb, parquet, csv";
    scale().arg("plan").arg(&file).assert().code(2).stderr(contains(known));
}

/// What a command prints on a terminal, where `script` can stand in for one.
fn on_a_terminal(arguments: &str, no_color: Option<&str>) -> Option<String> {
    let mut command = Command::new("script");
    let line = format!("{} {arguments}", env!("CARGO_BIN_EXE_scale"));
    command.args(["-q", "-e", "-c", &line, "/dev/null"]);
    command.env("TERM", "xterm").env_remove("NO_COLOR").env_remove("CLICOLOR");
    if let Some(said) = no_color {
        command.env("NO_COLOR", said);
    }
    let Ok(output) = command.output() else {
        eprintln!("skipped: there is no program `script` to stand in for a terminal");
        return None;
    };
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn colours_are_left_out_where_they_are_unwanted() {
    for arguments in ["--help", "map --area jarva --format pdf", "map --area nowhere", "areas"] {
        let Some(plain) = on_a_terminal(arguments, Some("1")) else { return };
        assert!(!plain.is_empty() && !plain.contains('\u{1b}'), "{arguments}: {plain:?}");
    }
    for said in [None, Some("")] {
        let coloured = on_a_terminal("--help", said).unwrap_or_default();
        assert!(coloured.contains("\u{1b}["), "an empty NO_COLOR says nothing: {coloured:?}");
    }
}
