//! Isochrones and equity from files to files, on one straight street.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;

use std::path::Path;

use predicates::str::contains;

use common::scale;

/// A street of almost seven kilometres from west to east.
const STREET: &str = r#"<osm version="0.6">
  <node id="1" lat="59.33" lon="18.00"/><node id="2" lat="59.33" lon="18.12"/>
  <way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
</osm>"#;

/// Two homes four kilometres apart: one person beside the school, three far from it.
const HOMES: &str = "id,lon,lat,people,income,side\n\
                     near,18.03,59.33,1,900,west\nfar,18.09,59.33,3,100,east\n";
const SCHOOLS: &str = "id,lon,lat\nschool,18.031,59.33\n";

fn files(folder: &Path) {
    for (name, text) in [("s.osm", STREET), ("homes.csv", HOMES), ("schools.csv", SCHOOLS)] {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

fn access(folder: &Path) -> assert_cmd::Command {
    let mut command = scale();
    command.current_dir(folder);
    command.args(["access", "--streets", "s.osm", "--from", "homes.csv"]);
    command
}

#[test]
fn twelve_minutes_on_a_straight_street_are_a_strip_of_two_kilometres() {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path());
    let bands = ["--isochrones", "i.geojson", "--bands", "12,6"];
    access(folder.path()).args(bands).assert().success();
    let text = std::fs::read_to_string(folder.path().join("i.geojson")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let of = |row: usize, name: &str| json["features"][row]["properties"][name].clone();
    assert_eq!(
        (of(0, "from_id"), of(0, "minutes"), of(1, "minutes")),
        ("near".into(), 6.0.into(), 12.0.into())
    );
    for (row, length) in [(0, 1000.0), (1, 2000.0)] {
        let surface = of(row, "surface_km2").as_f64().unwrap() * 1e6;
        let expected = length * 100.0 + std::f64::consts::PI * 2500.0;
        // Chords for arcs, and the scale of the zone.
        assert!((surface / expected - 1.0).abs() < 0.001, "{surface} {expected}");
    }
    assert_eq!(json["features"].as_array().unwrap().len(), 4);
}

#[test]
fn what_one_in_four_can_reach_is_shared_out_unevenly() {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path());
    let compared = ["--to", "schools.csv", "--measure", "cumulative:10", "--residents", "people"];
    let by = ["--rank", "income", "--group", "side", "--equity", "e.csv"];
    let shown = access(folder.path()).args(compared).args(by).assert().success();
    shown.stdout(contains("erreygers"));
    let text = std::fs::read_to_string(folder.path().join("e.csv")).unwrap();
    for (statistic, value) in [("gini", 0.75), ("concentration", 0.75), ("erreygers", 0.75)] {
        let start = format!("access_cumulative_10min_walk,,{statistic},");
        let line = text.lines().find_map(|line| line.strip_prefix(&start)).unwrap();
        let found: f64 = line.split(',').next().unwrap().parse().unwrap();
        assert!((found - value).abs() < 1e-12, "{line}");
    }
    assert!(text.contains("_walk,east,without_access,"), "{text}");
}

#[test]
fn requests_that_make_no_sense_are_refused_with_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path());
    let refused: [(&[&str], &str); 4] = [
        (&["--isochrones", "i.geojson", "--bands", "90"], "raise --limit"),
        (&["--isochrones", "i.geojson", "--measure", "dual:3"], "--to"),
        (&["--to", "schools.csv", "--rank", "income"], "--residents"),
        (&["--to", "schools.csv", "--rank", "incom", "--residents", "people"], "did you mean"),
    ];
    for (arguments, help) in refused {
        access(folder.path()).args(arguments).assert().code(2).stderr(contains(help));
    }
}
