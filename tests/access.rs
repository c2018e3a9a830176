//! `scale access` as a user runs it: a town made by hand, and real cities where their data are at hand.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;
mod town;

use std::path::{Path, PathBuf};

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use common::shared;
use town::{close, file, minutes, numbers, places, read, run, timetable, town};

#[test]
fn every_measure_of_a_straight_street_follows_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, out) = (folder.path(), folder.path().join("out.parquet"));
    let from = places(folder, "from.csv", &[("a", 0, 10.0), ("b", 20, 30.0)]);
    let to = places(folder, "to.csv", &[("x", 10, 4.0), ("y", 40, 8.0)]);
    let measures = "nearest:2,cumulative:8,20,dual:12,gravity:linear:20min,2sfca:8min";
    run(
        &["--measure", measures, "--weight", "people", "--supply", "people", "--demand", "people"],
        &[("--streets", &town(folder)), ("--from", &from), ("--to", &to), ("--out", &out)],
    )
    .success()
    .stdout(contains("100.0 % of their length in 1 of 1 pieces"));
    let out = read(&out);
    let column = |name: &str| numbers(&out, name);
    close(column("access_nearest_1_min_walk")[0], minutes(10));
    close(column("access_nearest_2_min_walk")[0], minutes(40));
    close(column("access_nearest_2_min_walk")[1], minutes(20));
    assert_eq!(column("access_cumulative_8min_walk"), [Some(4.0), Some(4.0)]);
    assert_eq!(column("access_cumulative_20min_walk"), [Some(4.0), Some(12.0)]);
    close(column("access_dual_12_min_walk")[0], minutes(40));
    close(column("access_gravity_linear_20min_walk")[0], 4.0 * (1.0 - minutes(10) / 20.0));
    // Both origins reach x alone within 8 minutes: 4 among 40.
    assert_eq!(column("access_2sfca_8min_walk"), [Some(0.1), Some(0.1)]);
    assert_eq!(column("snap_m_walk"), [Some(0.0), Some(0.0)]);
}

#[test]
fn a_ride_is_the_walk_the_wait_and_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, out) = (folder.path(), folder.path().join("out.parquet"));
    let matrix = folder.join("matrix.csv");
    let from = places(folder, "from.csv", &[("a", 0, 1.0)]);
    let to = places(folder, "to.csv", &[("x", 54, 1.0)]);
    let transit = ["--mode", "transit,walk", "--depart", "2026-05-05T07:00/08:00"];
    run(
        &[&transit[..], &["--percentiles", "0,50,100", "--measure", "nearest,cumulative:30"]]
            .concat(),
        &[
            ("--streets", &town(folder)),
            ("--gtfs", &timetable(folder)),
            ("--from", &from),
            ("--to", &to),
            ("--out", &out),
            ("--matrix", &matrix),
        ],
    )
    .success()
    .stdout(contains("trips in 1 patterns at 2 stops"));
    let out = read(&out);
    let (walk, ride) = (2, 10.0);
    // Walks in whole seconds: 82 to the stop and 82 from the other. Wait: the walk ends at 1:22 past each minute.
    let seconds_of_walk = f64::from(82_u32);
    assert!((minutes(walk) * 60.0 - seconds_of_walk).abs() < 1.0);
    let shortest = 2.0 * seconds_of_walk / 60.0 + ride + 38.0 / 60.0;
    close(numbers(&out, "access_nearest_min_transit_time_p0")[0], shortest);
    close(numbers(&out, "access_nearest_min_transit_time_p100")[0], shortest + 19.0);
    close(numbers(&out, "access_nearest_min_transit_time_p50")[0], shortest + 9.0);
    close(numbers(&out, "access_nearest_min_walk")[0], minutes(54));
    // 30 minutes suffice for 17 of 20 departures: the median sees x, the best-off percent do, the worst do not.
    assert_eq!(numbers(&out, "access_cumulative_30min_transit_access_p50")[0], Some(1.0));
    assert_eq!(numbers(&out, "access_cumulative_30min_transit_access_p0")[0], Some(0.0));
    let matrix = std::fs::read_to_string(matrix).unwrap();
    assert!(
        matrix.starts_with("from_id,to_id,mode,seconds,seconds_p0,seconds_p50,seconds_p100\n"),
        "{matrix}"
    );
}

#[test]
fn an_isochrone_by_bus_is_the_walk_and_the_streets_around_where_one_gets_off() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, out) = (folder.path(), folder.path().join("reach.parquet"));
    let from = places(folder, "from.csv", &[("a", 0, 1.0)]);
    let transit = ["--mode", "transit", "--depart", "2026-05-05T07:00/08:00"];
    run(
        &[&transit[..], &["--percentiles", "0,100", "--bands", "15"]].concat(),
        &[
            ("--streets", &town(folder)),
            ("--gtfs", &timetable(folder)),
            ("--from", &from),
            ("--isochrones", &out),
        ],
    )
    .success();
    let out = read(&out);
    let mut found: Vec<(Option<f64>, Option<f64>)> =
        numbers(&out, "percentile").into_iter().zip(numbers(&out, "surface_km2")).collect();
    found.sort_by(|a, b| a.partial_cmp(b).unwrap());
    assert_eq!((found[0].0, found[1].0, found.len()), (Some(0.0), Some(100.0), 2));
    let strip = |metres: f64| metres * 100.0 + std::f64::consts::PI * 2500.0;
    // On foot 1,250 m from the end of the street. The luckiest departure gets off after 82 s of walk, 38 s of wait and
    // ten minutes: three minutes are left, 250 m in both directions. The unluckiest one waits too long.
    let expected = [strip(1250.0) + strip(500.0), strip(1250.0)];
    for ((_, found), expected) in found.into_iter().zip(expected) {
        let found = found.unwrap() * 1e6;
        assert!((found / expected - 1.0).abs() < 0.002, "{found} {expected}");
    }
}

#[test]
fn what_cannot_be_placed_is_said_and_stays_missing() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, out) = (folder.path(), folder.path().join("out.parquet"));
    let from = file(folder, "from.csv", "id,lon,lat\nnear,18.01,59.33\nfar,18.01,59.5\n");
    let to = places(folder, "to.csv", &[("x", 10, 1.0)]);
    run(
        &["--measure", "nearest,cumulative:10"],
        &[("--streets", &town(folder)), ("--from", &from), ("--to", &to), ("--out", &out)],
    )
    .success()
    .stderr(contains("1 of 2 origins have no usable street within 500 m"));
    let out = read(&out);
    assert_eq!(numbers(&out, "access_cumulative_10min_walk"), [Some(1.0), None]);
    let why = out.column("unreached_walk").unwrap().str().unwrap().clone();
    assert_eq!((why.get(0), why.get(1)), (None, Some("no_street_within_limit")));
}

#[test]
fn two_runs_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let from = places(folder, "from.csv", &[("a", 0, 1.0), ("b", 33, 1.0), ("c", 59, 1.0)]);
    let (town, feed) = (town(folder), timetable(folder));
    let [one, two] = ["one.gpkg", "two.gpkg"].map(|name| {
        let out = folder.join(name);
        run(
            &[
                "--mode",
                "walk,car,transit",
                "--depart",
                "2026-05-05T07:00/08:00",
                "--measure",
                "cumulative:15,gravity:exp:5min",
            ],
            &[
                ("--streets", &town),
                ("--gtfs", &feed),
                ("--from", &from),
                ("--to", &from),
                ("--out", &out),
            ],
        )
        .success();
        std::fs::read(out).unwrap()
    });
    assert!(one == two);
}

/// What is said when one of the inputs is wrong; nothing is written then.
fn refused(change: impl Fn(&Path) -> Vec<(&'static str, PathBuf)>, more: &[&str], words: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (folder, out) = (folder.path(), folder.path().join("out.parquet"));
    let from = places(folder, "from.csv", &[("a", 0, 1.0)]);
    let mut files = vec![("--from", from.clone()), ("--to", from)];
    if !more.contains(&"--streets") {
        files.push(("--streets", town(folder)));
    }
    for (option, path) in change(folder) {
        files.retain(|(known, _)| *known != option || option == "--gtfs");
        files.push((option, path));
    }
    let files: Vec<(&str, &Path)> = files.iter().map(|(o, p)| (*o, p.as_path())).collect();
    run(more, &[&files[..], &[("--out", &out)]].concat())
        .code(2)
        .stderr(contains(words).and(contains("help:")));
    assert!(!out.exists());
}

#[test]
fn bad_streets_are_refused() {
    let cut =
        |folder: &Path| vec![("--streets", file(folder, "cut.osm", "<osm><node id=\"1\" lat="))];
    refused(cut, &[], "is no OpenStreetMap XML");
    let short = |folder: &Path| {
        vec![("--streets", file(folder, "cut.osm", "<osm><node id=\"1\" lat=\"1\" lon=\"1\"/>"))]
    };
    refused(short, &[], "it is cut short");
    let noise =
        |folder: &Path| vec![("--streets", file(folder, "x.osm.pbf", "no protocol buffer"))];
    refused(noise, &[], "is broken");
    let remark = r#"{"elements": [], "remark": "runtime error: Query timed out"}"#;
    let remark = move |folder: &Path| vec![("--streets", file(folder, "x.json", remark))];
    refused(remark, &[], "Query timed out");
    let bare = "<osm><node id=\"1\" lat=\"59.3\" lon=\"18.0\"/></osm>";
    let bare = move |folder: &Path| vec![("--streets", file(folder, "x.osm", bare))];
    refused(bare, &[], "hold nothing that can be used by walk");
}

#[test]
fn bad_questions_are_refused_with_an_example() {
    let none = |_: &Path| Vec::new();
    refused(none, &["--measure", "cumulative"], "cumulative:15,30");
    refused(none, &["--measure", "2sfca:30min"], "catchments need a supply");
    refused(none, &["--measure", "gravity:exp:10"], "with its unit");
    refused(none, &["--weight", "peple"], "did you mean \"people\"");
    refused(none, &["--mode", "transit"], "transit needs a timetable");
    refused(none, &["--limit", "0"], "--limit 0 makes no sense");
    let metres =
        |folder: &Path| vec![("--to", file(folder, "m.csv", "id,lon,lat\na,674000,6580000\n"))];
    refused(metres, &[], "outside the area of use");
    let lines = |folder: &Path| vec![("--to", file(folder, "m.csv", "id,name\na,b\n"))];
    refused(lines, &[], "there is no column \"lon\"");
}

/// The faults of outputs are seen before the streets are read: these are no streets.
#[test]
fn outputs_that_cannot_be_written_are_refused_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    let from = places(folder.path(), "from.csv", &[("a", 0, 1.0)]);
    let no_streets = file(folder.path(), "none.osm", "<osm");
    let refuse = |outputs: &[&str], words: &[&str]| {
        let mut command = common::scale();
        command.current_dir(folder.path()).arg("access").arg("--streets").arg(&no_streets);
        command.arg("--from").arg(&from).arg("--to").arg(&from).args(outputs);
        let told = command.assert().code(2);
        let told = String::from_utf8(told.get_output().stderr.clone()).unwrap();
        assert!(words.iter().all(|word| told.contains(word)), "{told}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    };
    let unknown = "unknown file ending";
    refuse(&["--matrix", "m.txt"], &["error: m.txt: ", unknown, ".parquet .csv"]);
    refuse(&["--summary", "s.txt", "--out", "o.gpkg"], &["error: s.txt: ", unknown]);
    refuse(&["--group", "people", "--equity", "e.gpkg"], &["error: e.gpkg: ", unknown]);
    refuse(&["--isochrones", "i.csv"], &["error: i.csv: ", unknown, ".gpkg"]);
    refuse(&["--streets-out", "s.shape"], &["error: s.shape: ", unknown]);
    let same = "would write the same file";
    let twice = ["--out", "same.parquet", "--matrix", "./same.parquet"];
    refuse(&twice, &["out and matrix", same, "help: "]);
    refuse(&["--summary", "s.csv", "--equity", "s.csv"], &["equity and summary", same]);
}

#[test]
fn ids_that_stand_twice_are_counted_where_rows_are_told_apart_by_them() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, matrix) = (folder.path(), folder.path().join("m.csv"));
    let from = places(folder, "from.csv", &[("a", 0, 1.0), ("b", 1, 1.0), ("a", 2, 1.0)]);
    let to = places(folder, "to.csv", &[("x", 10, 1.0)]);
    let town = town(folder);
    let files: [(&str, &Path); 3] = [("--streets", &town), ("--from", &from), ("--to", &to)];
    let twice = "from.csv: 1 ids stand more than once, and rows of the matrix cannot be told apart by them: a\n";
    run(&[], &[&files[..], &[("--matrix", &matrix)]].concat()).success().stderr(contains(twice));
    let out = folder.join("out.parquet");
    run(&[], &[&files[..], &[("--out", &out)]].concat()).success().stderr(contains("twice").not());
}

#[test]
fn own_columns_that_are_named_like_measures_are_kept_under_another_name() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, out) = (folder.path(), folder.path().join("out.parquet"));
    let rows =
        "id,lon,lat,access_nearest_min_walk,SNAP_M_WALK,snap_m_walk_input\na,18.0,59.33,7,8,9\n";
    let from = file(folder, "from.csv", rows);
    let to = places(folder, "to.csv", &[("x", 10, 1.0)]);
    let town = town(folder);
    let files: [(&str, &Path); 3] = [("--streets", &town), ("--from", &from), ("--to", &to)];
    run(&[], &[&files[..], &[("--out", &out)]].concat()).success().stderr(contains(
        "columns are named like measured ones: \"access_nearest_min_walk\" is written as \
         \"access_nearest_min_walk_input\", \"SNAP_M_WALK\" is written as \"SNAP_M_WALK_input_input\"",
    ));
    let made = read(&out);
    close(numbers(&made, "access_nearest_min_walk")[0], minutes(10));
    assert_eq!(numbers(&made, "snap_m_walk"), [Some(0.0)]);
    let own = |name: &str| made.column(name).unwrap().i64().unwrap().get(0);
    assert_eq!(
        ["access_nearest_min_walk_input", "SNAP_M_WALK_input_input", "snap_m_walk_input"].map(own),
        [Some(7), Some(8), Some(9)]
    );
    let database = folder.join("out.gpkg");
    run(&[], &[&files[..], &[("--out", &database)]].concat()).success();
    common::scale().arg("check").arg(&database).assert().success();
}

#[test]
fn where_nothing_can_be_placed_the_coordinates_are_called_in_question() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, out) = (folder.path(), folder.path().join("out.parquet"));
    let from = places(folder, "from.csv", &[("a", 0, 1.0)]);
    let to = file(folder, "to.csv", "id,lon,lat\nx,59.33,18.01\ny,59.33,18.02\n");
    let town = town(folder);
    run(&[], &[("--streets", &town), ("--from", &from), ("--to", &to), ("--out", &out)])
        .success()
        .stderr(contains("none of 2 destinations has a usable street within 500 m"))
        .stderr(contains("are longitude and latitude swapped"));
}

#[test]
fn negative_numbers_are_refused_with_the_range() {
    let none = |_: &Path| Vec::new();
    refused(none, &["--limit", "-5"], "--limit -5 makes no sense");
    refused(none, &["--walk-speed", "-1"], "give a number from 0.5 to 20");
    refused(none, &["--percentiles", "-1", "--mode", "transit"], "transit needs a timetable");
}

#[test]
fn a_date_outside_the_timetable_names_its_range() {
    let feed = |folder: &Path| vec![("--gtfs", timetable(folder))];
    let late = ["--mode", "transit", "--depart", "2027-05-05T07:00/08:00"];
    refused(feed, &late, "2026-12-31");
}

/// Known answer: about 20 minutes, and 48 or never for whoever snaps to the nearest piece of path.
#[test]
fn kista_to_husby_is_a_walk_of_twenty_minutes() {
    let Some(streets) = shared("stockholm/jarva_walk_2025.osm.pbf") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (folder, matrix) = (folder.path(), folder.path().join("matrix.parquet"));
    let stations =
        "id,lon,lat\nKista,17.9427,59.4030\nHusby,17.9257,59.4101\nRinkeby,17.9286,59.3881\n";
    let stations = file(folder, "stations.csv", stations);
    run(
        &[],
        &[
            ("--streets", &streets),
            ("--from", &stations),
            ("--to", &stations),
            ("--matrix", &matrix),
        ],
    )
    .success();
    let seconds = numbers(&read(&matrix), "seconds");
    let (husby, rinkeby) = (seconds[1].unwrap() / 60.0, seconds[2].unwrap() / 60.0);
    assert!((18.5..21.5).contains(&husby), "{husby}");
    assert!((28.0..31.5).contains(&rinkeby), "{rinkeby}");
}

#[test]
fn porto_alegre_is_monotone_and_every_cell_is_accounted_for() {
    let city = ["poa_osm.pbf", "poa_eptc.zip", "poa_trensurb.zip", "poa_hexgrid.csv"]
        .map(|name| shared(&format!("porto-alegre/{name}")));
    let [Some(streets), Some(bus), Some(train), Some(cells)] = city else { return };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.parquet");
    run(
        &[
            "--weight",
            "jobs",
            "--mode",
            "walk,bicycle,car,transit",
            "--percentiles",
            "5,50,95",
            "--measure",
            "cumulative:15,30",
            "--limit",
            "30",
            "--depart",
            "2019-05-13T14:00/14:10",
        ],
        &[
            ("--streets", &streets),
            ("--gtfs", &bus),
            ("--gtfs", &train),
            ("--from", &cells),
            ("--to", &cells),
            ("--out", &out),
        ],
    )
    .success();
    let out = read(&out);
    assert_eq!(out.height(), 1227);
    let column = |name: &str| numbers(&out, name);
    let why = out.column("unreached_walk").unwrap().str().unwrap().clone();
    let rising = [
        "access_cumulative_15min_walk",
        "access_cumulative_30min_walk",
        "access_cumulative_30min_transit_time_p95",
        "access_cumulative_30min_transit_time_p50",
        "access_cumulative_30min_transit_time_p5",
    ];
    for pair in rising.windows(2) {
        for (row, (less, more)) in column(pair[0]).into_iter().zip(column(pair[1])).enumerate() {
            assert_eq!(less.is_some(), why.get(row).is_none(), "a value or a reason, {row}");
            assert!(less <= more, "{pair:?} in row {row}: {less:?} {more:?}");
        }
    }
    for mode in ["bicycle", "car"] {
        let [near, far] =
            [15, 30].map(|limit| column(&format!("access_cumulative_{limit}min_{mode}")));
        assert!(near.iter().zip(&far).all(|(near, far)| near <= far), "{mode}");
        let why = out.column(&format!("unreached_{mode}")).unwrap().str().unwrap().clone();
        assert!(far.iter().enumerate().all(|(row, far)| far.is_some() == why.get(row).is_none()));
    }
    // In all, the faster mode reaches more.
    let all = ["walk", "bicycle", "car"].map(|mode| -> f64 {
        column(&format!("access_cumulative_30min_{mode}")).into_iter().flatten().sum()
    });
    assert!(all[0] < all[1] && all[1] < all[2], "{all:?}");
    let placed = why.iter().filter(Option::is_none).count();
    assert!(placed > 1200, "{placed}");
}
