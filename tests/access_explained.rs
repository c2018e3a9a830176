//! What `scale access` says of its own figures: how far it looked, who reaches nothing and why, and what was missing.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;
mod town;

use std::path::{Path, PathBuf};

use polars::prelude::{DataFrame, DataType, SortMultipleOptions};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use common::scale;
use town::{close, file, lon, minutes, numbers, places, read, run, timetable, town};

const MORNING: [&str; 4] = ["--mode", "transit", "--depart", "2026-05-05T07:00/08:00"];

/// Two homes at the ends of the street.
fn homes(folder: &Path) -> PathBuf {
    places(folder, "homes.csv", &[("a", 0, 1.0), ("b", 59, 1.0)])
}

/// The origins in the order of their ids.
fn rows(path: &Path) -> DataFrame {
    read(path).sort(["id"], SortMultipleOptions::default()).unwrap()
}

fn texts(frame: &DataFrame, column: &str) -> Vec<Option<String>> {
    let cells = frame.column(column).unwrap().str().unwrap().clone();
    cells.iter().map(|cell| cell.map(str::to_owned)).collect()
}

fn flags(frame: &DataFrame, column: &str) -> Vec<Option<bool>> {
    frame.column(column).unwrap().bool().unwrap().iter().collect()
}

#[test]
fn a_measure_that_looks_farther_than_the_longest_trip_is_not_cut_short() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, out) = (folder.path(), folder.path().join("out.parquet"));
    let matrix = folder.join("matrix.csv");
    let from = places(folder, "from.csv", &[("a", 0, 1.0)]);
    let to = places(folder, "to.csv", &[("x", 54, 1.0)]);
    let measures =
        "nearest,dual:1,cumulative:20,30,40,gravity:exp:10min,gravity:linear:40min,2sfca:40min";
    let transit = ["--mode", "walk,transit", "--depart", "2026-05-05T07:00/08:00"];
    let columns = ["--supply", "people", "--demand", "people"];
    run(
        &[&transit[..], &columns, &["--limit", "5", "--measure", measures]].concat(),
        &[
            ("--streets", &town(folder)),
            ("--gtfs", &timetable(folder)),
            ("--from", &from),
            ("--to", &to),
            ("--out", &out),
            ("--matrix", &matrix),
        ],
    )
    .success();
    let out = rows(&out);
    let one = |name: &str| numbers(&out, &format!("access_{name}"))[0];
    // 82 s to the stop, 38 s and nine minutes of wait at the median departure, ten minutes of ride, 82 s on foot.
    let ride = (2.0 * 82.0 + 38.0) / 60.0 + 19.0;
    assert!((22.0..23.0).contains(&ride));
    // Of 60 departures the 30th by time waits a minute less than the 30th by worth, from the other end.
    for (suffix, ride) in [("transit_time_p50", ride), ("transit_access_p50", ride + 1.0)] {
        assert_eq!(one(&format!("cumulative_20min_{suffix}")), Some(0.0));
        assert_eq!(one(&format!("cumulative_30min_{suffix}")), Some(1.0));
        close(one(&format!("gravity_linear_40min_{suffix}")), 1.0 - ride / 40.0);
        assert_eq!(one(&format!("gravity_exp_10min_{suffix}")), Some(0.0), "it has no limit");
    }
    assert_eq!(one("2sfca_40min_transit_time_p50"), Some(1.0));
    close(one("gravity_linear_40min_walk"), 1.0 - minutes(54) / 40.0);
    assert_eq!(
        (one("cumulative_30min_walk"), one("cumulative_40min_walk")),
        (Some(0.0), Some(1.0))
    );
    // These look no farther than the longest trip.
    for time in ["nearest_min", "dual_1_min"] {
        assert_eq!(one(&format!("{time}_walk")), None);
        assert_eq!(one(&format!("{time}_transit_time_p50")), None);
    }
    let matrix = std::fs::read_to_string(matrix).unwrap();
    assert!(matrix.ends_with("a,x,walk,,\na,x,transit,,\n"), "{matrix}");
}

#[test]
fn public_transport_explains_every_origin_too() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, out) = (folder.path(), folder.path().join("out.parquet"));
    let far = "far,18.01,59.5,1\n";
    let near = [("a", 0, 1.0), ("b", 17, 1.0), ("c", 9, 1.0), ("d", 52, 1.0)];
    let from = places(folder, "from.csv", &near);
    std::fs::write(&from, std::fs::read_to_string(&from).unwrap() + far).unwrap();
    let to = places(folder, "to.csv", &[("x", 54, 1.0)]);
    run(
        &[&MORNING[..], &["--limit", "25", "--max-walk", "5"]].concat(),
        &[
            ("--streets", &town(folder)),
            ("--gtfs", &timetable(folder)),
            ("--from", &from),
            ("--to", &to),
            ("--out", &out),
        ],
    )
    .success()
    .stderr(contains("1 of 5 origins have no usable street within 500 m").and(contains(": far")))
    .stderr(contains("of 4 origins on the streets 2 reach no destination within 25 minutes"))
    .stderr(contains("from 2 of 5 origins there is no stop to get on at within 5 minutes"))
    .stderr(contains("from 3 of 5 origins the search came to where the streets"));
    let out = rows(&out);
    // The median from c: 287 s to the stop, 9 min 13 s of wait, ten minutes, 82 s: 25 min 22 s, too long.
    let words: Vec<Option<String>> = vec![
        None,
        Some("no_stop_within_walk".to_owned()),
        Some("no_destination_within_limit".to_owned()),
        None,
        Some("no_street_within_limit".to_owned()),
    ];
    assert_eq!(texts(&out, "unreached_transit"), words);
    let times = numbers(&out, "access_nearest_min_transit_time_p50");
    assert_eq!(
        times.iter().map(Option::is_none).collect::<Vec<_>>(),
        words.iter().map(Option::is_some).collect::<Vec<_>>()
    );
    close(times[3], minutes(2));
    // From node 52 nobody gets on: it is where every bus ends.
    let stops = [Some(1.0), Some(0.0), Some(1.0), Some(0.0), Some(0.0)];
    assert_eq!(numbers(&out, "stops_in_reach_transit"), stops);
    let away = [Some(0.0), Some(0.0), Some(0.0), Some(0.0), None];
    assert_eq!(numbers(&out, "snap_m_transit"), away);
    // a stands at the end of the street, b and c looked 25 minutes far; d found its place before it came to the end.
    let beyond = [true, true, true, false, false].map(Some);
    assert_eq!(flags(&out, "beyond_streets_transit"), beyond);
}

#[test]
fn a_ride_that_ends_where_the_streets_are_cut_off_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, out) = (folder.path(), folder.path().join("out.parquet"));
    // The bounds leave the town's last five nodes outside: the streets around the eastern stop are not all there.
    let streets = std::fs::read_to_string(town(folder)).unwrap().replace(
        "<osm version=\"0.6\">",
        &format!(
            "<osm version=\"0.6\">\n<bounds minlat=\"59\" minlon=\"17\" maxlat=\"60\" maxlon=\"{}\"/>",
            lon(54)
        ),
    );
    let streets = file(folder, "cut.osm", &streets);
    let feed = timetable(folder);
    let from = places(folder, "from.csv", &[("a", 1, 1.0)]);
    let to = places(folder, "to.csv", &[("x", 3, 1.0)]);
    // The earliest ride is at the stop after 11.3 minutes, and three nodes farther after 13.4.
    for (limit, beyond) in [("13", false), ("14", true)] {
        let measure = format!("cumulative:{limit}");
        run(
            &[&MORNING[..], &["--measure", &measure]].concat(),
            &[
                ("--streets", &streets),
                ("--gtfs", &feed),
                ("--from", &from),
                ("--to", &to),
                ("--out", &out),
            ],
        )
        .success();
        assert_eq!(flags(&rows(&out), "beyond_streets_transit"), [Some(beyond)], "{limit}");
    }
}

#[test]
fn who_reaches_nothing_is_counted_and_told_why() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, out) = (folder.path(), folder.path().join("out.parquet"));
    let from = places(folder, "from.csv", &[("a", 20, 1.0), ("b", 30, 1.0)]);
    let to = places(folder, "to.csv", &[("x", 22, 1.0)]);
    run(
        &["--limit", "2"],
        &[("--streets", &town(folder)), ("--from", &from), ("--to", &to), ("--out", &out)],
    )
    .success()
    .stderr(contains("walk: of 2 origins on the streets 1 reach no destination within 2 minutes"));
    let out = rows(&out);
    let why = [None, Some("no_destination_within_limit".to_owned())];
    assert_eq!(texts(&out, "unreached_walk"), why);
    assert_eq!(flags(&out, "beyond_streets_walk"), [Some(false), Some(false)]);
}

/// A run by public transport that prints these words, and whose only values are those of walking.
fn walked(options: &[&str], streets: Option<&str>, words: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (folder, out) = (folder.path(), folder.path().join("out.parquet"));
    let (town, home) = (town(folder), homes(folder));
    let (streets, from) = match streets {
        None => (town, home),
        Some(far) => {
            let moved = |path: PathBuf| {
                let text = std::fs::read_to_string(&path).unwrap();
                std::fs::write(&path, text.replace("59.33", far)).unwrap();
                path
            };
            (moved(town), moved(home))
        }
    };
    run(
        &[&["--mode", "transit"], options].concat(),
        &[
            ("--streets", &streets),
            ("--gtfs", &timetable(folder)),
            ("--from", &from),
            ("--to", &from),
            ("--out", &out),
        ],
    )
    .success()
    .stderr(contains(words).and(contains("no stop to get on").not()));
    let out = rows(&out);
    assert_eq!(numbers(&out, "stops_in_reach_transit"), [Some(0.0), Some(0.0)]);
    assert_eq!(numbers(&out, "access_nearest_min_transit_time_p50"), [Some(0.0), Some(0.0)]);
}

#[test]
fn hours_without_a_vehicle_are_no_silent_walk() {
    let words = "no vehicle runs on 2026-05-05 for departures from 02:00 to 02:10; all values are those of walking";
    walked(&["--depart", "2026-05-05T02:00/02:10"], None, words);
}

#[test]
fn a_timetable_of_another_region_is_no_silent_walk() {
    let words = "but nobody can get on at any stop on the streets that were read; all values are those of walking";
    walked(&MORNING[2..], Some("58.33"), words);
}

#[test]
fn vehicles_that_no_wheelchair_can_use_are_no_silent_walk() {
    let words = "no vehicle that says a wheelchair can use it runs on 2026-05-05";
    walked(&[&MORNING[2..], &["--wheelchair"]].concat(), None, words);
}

#[test]
fn an_amount_that_is_missing_counts_as_nothing_and_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let from = file(folder, "from.csv", "id,lon,lat,people\na,18.0,59.33,\nb,18.01,59.33,5\n");
    let to = file(folder, "to.csv", "id,lon,lat,jobs\nx,18.0,59.33,\ny,18.001,59.33,4\n");
    let all = ["--weight", "jobs", "--supply", "jobs", "--demand", "people"];
    run(
        &[&all[..], &["--measure", "cumulative:30,2sfca:30min"]].concat(),
        &[
            ("--streets", &town(folder)),
            ("--from", &from),
            ("--to", &to),
            ("--out", &folder.join("out.gpkg")),
        ],
    )
    .success()
    .stderr(contains("to.csv: 1 of 2 places have no figure in \"jobs\"; they count as 0"))
    .stderr(contains("from.csv: 1 of 2 places have no figure in \"people\"; they count as 0"));
}

#[test]
fn columns_of_numbers_stay_numbers_and_codes_stay_codes() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, out) = (folder.path(), folder.path().join("out.parquet"));
    let from = "id,lon,lat,municipality,people,share,long\n\
                1,18.0,59.33,0114,10,0.5,12345678901234567890\n2,18.01,59.33,1480,30,,5\n";
    let from = file(folder, "from.csv", from);
    run(&[], &[("--streets", &town(folder)), ("--from", &from), ("--to", &from), ("--out", &out)])
        .success();
    let out = rows(&out);
    let kind = |name: &str| out.column(name).unwrap().dtype().clone();
    assert_eq!([kind("id"), kind("people")], [DataType::Int64, DataType::Int64]);
    assert_eq!(numbers(&out, "share"), [Some(0.5), None]);
    assert_eq!([kind("municipality"), kind("long")], [DataType::String, DataType::String]);
    assert_eq!(texts(&out, "access_nearest_id_walk")[0].as_deref(), Some("1"));
}

#[test]
fn supply_a_head_keeps_its_digits_in_print() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let from = places(folder, "from.csv", &[("a", 0, 10_000.0)]);
    let to = places(folder, "to.csv", &[("x", 2, 4.0)]);
    let out = folder.join("out.gpkg");
    run(
        &["--measure", "2sfca:30min", "--supply", "people", "--demand", "people"],
        &[("--streets", &town(folder)), ("--from", &from), ("--to", &to), ("--out", &out)],
    )
    .success()
    .stdout(contains("0.000400"));
}

#[test]
fn a_system_that_is_missing_is_asked_for_by_the_options_of_this_command() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (streets, from) = (town(folder), homes(folder));
    let to = file(folder, "to.csv", "id,x,y\nx,18.001,59.33\n");
    let metres = file(folder, "metres.csv", "id,lon,lat\nx,674000,6580000\n");
    let out = folder.join("out.parquet");
    let ask = |options: &[&str], to: &Path| {
        run(options, &[("--streets", &streets), ("--from", &from), ("--to", to), ("--out", &out)])
    };
    ask(&[], &to).code(2).stderr(contains("--to-crs EPSG:3006").and(contains("--input").not()));
    ask(&[], &metres).code(2).stderr(contains("--to-crs").and(contains("--input").not()));
    // Without one of its own a file is in the system of the output.
    ask(&["--crs", "EPSG:4326"], &to).success();
    close(numbers(&rows(&out), "access_nearest_min_walk")[0], minutes(1));
    let layer = PathBuf::from(format!("{}:points", to.display()));
    ask(&[], &layer).code(2).stderr(contains("is a table and has no layer \"points\""));
}

#[test]
fn the_summary_tells_of_what_was_measured_now() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let from = file(folder, "from.csv", "id,lon,lat,access_nearest_min_bicycle\na,18.0,59.33,7\n");
    let out = folder.join("out.parquet");
    run(&[], &[("--streets", &town(folder)), ("--from", &from), ("--to", &from), ("--out", &out)])
        .success()
        .stdout(contains("access_nearest_min_walk").and(contains("bicycle").not()));
    assert_eq!(rows(&out).column("access_nearest_min_bicycle").unwrap().len(), 1);
}

#[test]
fn help_stands_under_its_own_headings() {
    let help = |command: &str| {
        let out = scale().args([command, "--help"]).assert().success().get_output().stdout.clone();
        String::from_utf8(out).unwrap()
    };
    let part = |text: &str, heading: &str| {
        let (_, rest) = text.split_once(&format!("\n{heading}:\n")).unwrap();
        rest.split("\n\n\n").next().unwrap().split("\n\nE").next().unwrap().to_owned()
    };
    let access = help("access");
    assert!(!part(&access, "Public transport").contains("--group"));
    assert!(part(&access, "Equity").contains("--rank"));
    for measure in ["m2sfca:30min:", "bfca:30min:", "gravity:logistic:", "power:1.5"] {
        let commands = access.split("Measures, several").next().unwrap();
        assert!(commands.contains(measure), "{measure}");
    }
    let ingest = help("ingest");
    let (before, live) = ingest.split_once("Live providers:").unwrap();
    assert!(
        before.contains("--schema")
            && !live.split("Examples:").next().unwrap().contains("--schema")
    );
}

#[test]
fn a_table_of_one_key_lies_over_the_built_in_profiles_from_a_file_and_inside_a_pipeline() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (streets, out) = (town(folder), folder.join("out.parquet"));
    let from = places(folder, "from.csv", &[("a", 0, 1.0)]);
    let to = places(folder, "to.csv", &[("x", 20, 1.0)]);
    let profiles = file(folder, "slow.toml", "[walk]\nspeed = 4\n");
    let all = [("--streets", &*streets), ("--from", &*from), ("--to", &*to), ("--out", &*out)];
    run(&[], &[&all[..], &[("--profiles", &profiles)]].concat()).success();
    // 4 km/h instead of 5.
    let slow = minutes(20) * 5.0 / 4.0;
    close(numbers(&rows(&out), "access_nearest_min_walk")[0], slow);
    run(&["--walk-speed", "6"], &[&all[..], &[("--profiles", &profiles)]].concat()).success();
    close(numbers(&rows(&out), "access_nearest_min_walk")[0], minutes(20) * 5.0 / 6.0);
    let pipeline = "scale = 1\n[steps.walks]\nkind = \"access\"\neach = \"all\"\nstreets = \"town.osm\"\n\
                    from = \"from.csv\"\nto = \"to.csv\"\nout = \"walks.parquet\"\n\
                    [steps.walks.profiles]\nwalk = { speed = 4 }\n\
                    [steps.publish]\nkind = \"publish\"\nfrom = [\"walks\"]\nfolder = \"made\"\n";
    let pipeline = file(folder, "p.toml", pipeline);
    scale().current_dir(folder).arg("run").arg(&pipeline).assert().success();
    close(numbers(&rows(&folder.join("made/walks.parquet")), "access_nearest_min_walk")[0], slow);
    let wrong = file(folder, "wrong.toml", "[walk]\nspeeed = 4\n");
    run(&[], &[&all[..], &[("--profiles", &wrong)]].concat()).code(2).stderr(contains("speeed"));
}

/// A street in an area of the built-in data, a pharmacy at its western end and a block of flats in its middle.
const QUARTER: &str = r#"<osm version="0.6">
<node id="1" lon="18.095" lat="59.3575"><tag k="amenity" v="pharmacy"/></node>
<node id="2" lon="18.110" lat="59.3575"/>
<node id="3" lon="18.0999" lat="59.3575"/><node id="4" lon="18.1001" lat="59.3575"/>
<node id="5" lon="18.1001" lat="59.3577"/><node id="6" lon="18.0999" lat="59.3577"/>
<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
<way id="2"><nd ref="3"/><nd ref="4"/><nd ref="5"/><nd ref="6"/><nd ref="3"/><tag k="building" v="apartments"/></way>
</osm>"#;

/// Metres of 0.005 degrees eastward at 59.3575 north, and of 0.0001 degrees northward there, on WGS 84.
const EAST_M: f64 = 284.392;
const NORTH_M: f64 = 11.140;

#[test]
fn trips_begin_at_the_populated_points_of_an_area_and_at_buildings() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, out) = (folder.path(), folder.path().join("out.parquet"));
    let (data, streets) = (folder.join("data"), file(folder, "quarter.osm", QUARTER));
    // Nobody lives at c, and d is far from the area.
    let people = "id,lon,lat,residents\na,18.10,59.3575,100\nb,18.105,59.3575,300\nc,18.101,59.3575,0\n\
                  d,18.0,59.0,50\n";
    scale()
        .args(["ingest", "--id", "people", "--theme", "population", "--geography", "point"])
        .args(["--key", "id", "--extensive", "residents", "--year", "2024"])
        .args(["--publisher", "a publisher", "--licence", "CC0-1.0", "--into"])
        .args([&data, Path::new("--file"), &file(folder, "people.csv", people)])
        .assert()
        .success();
    let access = |from: &str, area: bool| {
        let mut command = scale();
        command.arg("--data").arg(&data).args(["access", "--from", from]);
        command.args(if area { &["--area", "norra-djurgardsstaden"][..] } else { &[] });
        command.args(["--to", "services:pharmacy,school", "--streets"]).arg(&streets);
        command.arg("--out").arg(&out).assert()
    };
    let column = "access_nearest_min_pharmacy_walk";
    let walk = |metres: f64| metres / 5000.0 * 60.0;
    access("populated", true).success().stderr(contains("2 reach no school within 60 minutes"));
    let found = read(&out).sort(["residents"], SortMultipleOptions::default()).unwrap();
    assert_eq!(numbers(&found, "residents"), [Some(100.0), Some(300.0)]);
    close(numbers(&found, column)[0], walk(EAST_M));
    close(numbers(&found, column)[1], walk(2.0 * EAST_M));
    let why = Some("no_destination_within_limit:school".to_owned());
    assert_eq!(texts(&found, "unreached_walk"), [why.clone(), why]);
    access("populated", false).code(2).stderr(contains("populated points need an area"));
    for area in [true, false] {
        access("buildings", area).success();
        let found = read(&out);
        assert_eq!(texts(&found, "osm_id"), [Some("way/2".to_owned())]);
        // From the middle of the house to the street, and along it.
        close(numbers(&found, column)[0], walk(NORTH_M + EAST_M));
    }
}
