//! Isochrones, equity, summaries and kept networks from files to files, on one straight street.

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
    let refused: [(&[&str], &str); 3] = [
        (&["--isochrones", "i.geojson", "--bands", "90"], "raise --limit"),
        (&["--isochrones", "i.geojson", "--measure", "dual:3"], "--to"),
        (&["--to", "schools.csv", "--rank", "incom", "--residents", "people"], "did you mean"),
    ];
    for (arguments, help) in refused {
        access(folder.path()).args(arguments).assert().code(2).stderr(contains(help));
    }
}

/// The cells of a CSV by the start of a line.
fn cells(text: &str, start: &str) -> Vec<String> {
    let line = text.lines().find_map(|line| line.strip_prefix(start));
    assert!(line.is_some(), "{start} in {text}");
    line.unwrap_or_default().split(',').map(str::to_owned).collect()
}

#[test]
fn without_a_column_of_residents_each_origin_counts_once_and_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path());
    let by = ["--to", "schools.csv", "--measure", "cumulative:10", "--group", "side"];
    let run = access(folder.path()).args(by).args(["--equity", "e.csv"]).assert().success();
    run.stderr(contains("each origin counts once"));
    let text = std::fs::read_to_string(folder.path().join("e.csv")).unwrap();
    // One of two has a school, whoever lives there.
    let gini = cells(&text, "access_cumulative_10min_walk,,gini,");
    assert_eq!((gini[0].parse(), gini[1].as_str()), (Ok(0.5), "origins"));
}

#[test]
fn the_area_and_each_unit_are_summed_up_by_residents() {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path());
    // A third home that no street reaches, with two residents.
    let homes =
        HOMES.replace("id,", "unit_id,id,").replace("near", "A,near").replace("far", "B,far");
    std::fs::write(folder.path().join("homes.csv"), homes + "B,lost,18.05,59.5,2,1,east\n")
        .unwrap();
    let asked = ["--to", "schools.csv", "--residents", "people", "--summary", "s.csv"];
    access(folder.path()).args(asked).args(["--within", "5,45"]).assert().success();
    let text = std::fs::read_to_string(folder.path().join("s.csv")).unwrap();
    assert!(
        text.starts_with(
            "area,unit_id,measure,origins,counted,residents,mean,p10,p50,p90,\
             share_within_5min,share_within_45min,share_unreached\n"
        ),
        "{text}"
    );
    let numbers = |start: &str| -> Vec<f64> {
        cells(&text, start).iter().map(|cell| cell.parse().unwrap_or(f64::NAN)).collect()
    };
    let close = |found: &[f64], expected: &[f64]| {
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 0.01, "{found} {expected}");
        }
    };
    // 56.9 m and 3,358.5 m at 5 km/h; one resident, three, and two that reach nothing.
    let (near, far) = (0.683, 40.302);
    let all = numbers(",,access_nearest_min_walk,3,residents,");
    let sixth = 1.0 / 6.0;
    close(&all, &[6.0, (near + 3.0 * far) / 4.0, near, far, far, sixth, 4.0 * sixth, 2.0 * sixth]);
    let west = numbers(",A,access_nearest_min_walk,1,residents,");
    close(&west, &[1.0, near, near, near, near, 1.0, 1.0, 0.0]);
    let east = numbers(",B,access_nearest_min_walk,2,residents,");
    close(&east, &[5.0, far, far, far, far, 0.0, 0.6, 0.4]);
}

#[test]
fn a_kept_network_gives_the_same_bytes_and_a_damaged_one_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path());
    let kept = || {
        let entries = std::fs::read_dir(folder.path().join("kept/streets")).unwrap();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let bytes = |arguments: &[&str]| {
        let common = ["--to", "schools.csv", "--mode", "walk,bicycle,car", "--out", "o.parquet"];
        access(folder.path()).args(common).args(arguments).assert().success();
        std::fs::read(folder.path().join("o.parquet")).unwrap()
    };
    let plain = bytes(&["--no-cache"]);
    assert!(!folder.path().join("kept").exists());
    assert!(bytes(&["--cache", "kept"]) == plain, "made");
    assert_eq!(kept().len(), 3, "one a mode");
    assert!(bytes(&["--cache", "kept"]) == plain, "read");
    for path in kept() {
        let mut entry = std::fs::read(&path).unwrap();
        let middle = entry.len() / 2;
        entry[middle] ^= 1;
        std::fs::write(path, entry).unwrap();
    }
    assert!(bytes(&["--cache", "kept"]) == plain, "made anew");
    // Another speed and another extract are other networks.
    bytes(&["--cache", "kept", "--walk-speed", "4"]);
    assert_eq!(kept().len(), 6);
    std::fs::write(folder.path().join("s.osm"), STREET.replace("18.12", "18.13")).unwrap();
    bytes(&["--cache", "kept"]);
    assert_eq!(kept().len(), 9);
}

/// 6,829 m of street in squares of 500 m: as many as it crosses lines between them, and one. Hexagons are those of the
/// street, too, and nobody is far from it.
#[test]
fn without_an_area_cells_lie_wherever_the_streets_do() {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path());
    let cells = |from: &str| {
        let mut command = scale();
        command.current_dir(folder.path()).args(["access", "--streets", "s.osm", "--from", from]);
        let all = ["--to", "schools.csv", "--limit", "120", "--out", "o.geojson"];
        command.args(all).assert().success();
        let text = std::fs::read_to_string(folder.path().join("o.geojson")).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        json["features"].as_array().unwrap().clone()
    };
    let squares = cells("grid:500");
    // Across the zone of UTM it falls by some metres only.
    assert!((14..=16).contains(&squares.len()), "{}", squares.len());
    for square in &squares {
        let properties = &square["properties"];
        assert!(properties["snap_m_walk"].as_f64().unwrap() <= 250.0_f64.hypot(250.0), "{square}");
        assert!(properties["access_nearest_min_walk"].as_f64().unwrap() >= 0.0);
    }
    let hexagons = cells("h3:8");
    // With edges of some 530 m they are 920 to 1,060 m across: about seven in a row, and those of which it cuts a corner.
    assert!((7..=16).contains(&hexagons.len()), "{}", hexagons.len());
    let ids: Vec<&str> =
        hexagons.iter().map(|one| one["properties"]["cell_id"].as_str().unwrap()).collect();
    assert!(ids.iter().all(|id| id.len() == 15 && id.starts_with("88")), "{ids:?}");
    let mut command = scale();
    command.current_dir(folder.path()).args([
        "access",
        "--streets",
        "s.osm",
        "--to",
        "schools.csv",
    ]);
    command
        .args(["--from", "units", "--out", "o.gpkg"])
        .assert()
        .code(2)
        .stderr(contains("--area"));
}
