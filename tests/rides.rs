//! Ingested timetables: travel times by public transport in a baseline, worked out by hand, and what is said without them.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::format_push_string, clippy::float_cmp)]

mod common;
#[path = "common/feed.rs"]
mod feed;
#[path = "common/streets.rs"]
mod streets;

use std::path::{Path, PathBuf};

use assert_cmd::assert::Assert;
use polars::prelude::{DataFrame, ParquetReader, SerReader};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use common::{scale, shared};

const AREA: &str = "norra-djurgardsstaden";
const TRANSIT: &str = "access_transit_nearest_pharmacy_min";

/// Streets whose pharmacy lies ten blocks east of the one who lives at column 8, row 11.
const WEST: f64 = 18.06;
const SOUTH: f64 = 59.33;
const ROW: i32 = 11;

/// Latitude and longitude of a junction of the eleventh street.
fn junction(column: i32) -> (f64, f64) {
    (SOUTH + 0.0025 * f64::from(ROW), WEST + 0.005 * f64::from(column))
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn ingest(&self, id: &str, geography: &str, file: &Path, more: &[&str]) -> Assert {
        let mut command = scale();
        command.args(["ingest", "--id", id, "--geography", geography, "--into"]);
        command.arg(self.path("data")).arg("--file").arg(file).args(more);
        command.args(["--publisher", "a publisher", "--licence", "CC0-1.0"]).assert()
    }

    fn streets(&self) {
        let file = self.path("streets.osm");
        std::fs::write(&file, streets::grid(WEST, SOUTH, (18, ROW))).unwrap();
        self.ingest("streets", "streets", &file, &["--theme", "geography", "--year", "2026"])
            .success();
    }

    /// One resident at column 8, 284.392 m west of the stop `a`; the stop `b` is as far from the pharmacy.
    fn people(&self) {
        let (lat, lon) = junction(8);
        let file = self.path("people.csv");
        std::fs::write(&file, format!("id,lon,lat,residents\na,{lon:.7},{lat:.7},100\n")).unwrap();
        let more =
            ["--theme", "population", "--key", "id", "--extensive", "residents", "--year", "2026"];
        self.ingest("people", "point", &file, &more).success();
    }

    fn bus(&self) -> Assert {
        let file = self.path("bus.zip");
        std::fs::write(&file, feed::bus([junction(9), junction(17)], 20, 5)).unwrap();
        self.ingest("bus", "timetable", &file, &["--theme", "travel"])
    }

    fn map(&self, more: &[&str]) -> Assert {
        let mut command = scale();
        command.arg("--data").arg(self.path("data")).args(["map", "--area", AREA]).args(more);
        command.arg("--out").arg(self.path("out")).assert()
    }

    fn indicators(&self) -> DataFrame {
        let file = self.path(&format!("out/{AREA}/{AREA}_indicators.parquet"));
        ParquetReader::new(std::fs::File::open(file).unwrap()).finish().unwrap()
    }
}

/// Value, coverage, year, status, method, definition and source of an indicator, of the unit or of the area.
fn row(frame: &DataFrame, indicator: &str, of_unit: bool) -> Option<(f64, f64, i32, [String; 4])> {
    let text = |name: &str| frame.column(name).unwrap().str().unwrap().clone();
    let (names, units) = (text("indicator"), text("unit_id"));
    let row = (0..frame.height())
        .find(|&row| names.get(row) == Some(indicator) && units.get(row).is_some() == of_unit)?;
    let number = |name: &str| frame.column(name).unwrap().f64().unwrap().get(row).unwrap();
    let year = frame.column("year").unwrap().i32().unwrap().get(row).unwrap();
    let texts = ["obs_status", "method", "definition", "source"];
    let texts = texts.map(|name| text(name).get(row).unwrap().to_owned());
    Some((number("value"), number("coverage"), year, texts))
}

/// On foot 284.392 m at 5 km/h are 204.8 s, for a traveller 205. Who sets out k minutes after a bus (k from 0 to 19, each
/// as often) is at the stop 60 k + 205 s after it: up to k = 16 in time for the next, which leaves after 1,200 s and
/// takes 300 s, then 205 s on foot: 1,705 − 60 k s in all; from k = 17 on for the one after it, 2,905 − 60 k. These are 745,
/// 805 … 1,885 s, six times each from 07:00 to 08:59: the sixtieth of 120 is 745 + 9 · 60 = 1,285 s. All the way on foot
/// takes 2,048 s.
#[test]
fn the_median_of_waiting_riding_and_walking_is_that_worked_out_by_hand() {
    let place = Place::new();
    place.streets();
    place.people();
    place.bus().success().stderr(contains(
        "2 stops, 1 routes, 13 trips, from 2026-05-04 to 2026-05-29; an ordinary day is 2026-05-05",
    ));
    place.map(&[]).success().stdout(contains("Public transport to the nearest: Pharmacy"));
    let frame = place.indicators();
    let (minutes, coverage, year, [status, method, definition, source]) =
        row(&frame, TRANSIT, true).unwrap();
    assert!((minutes - 1285.0 / 60.0).abs() < 1e-9, "{} s", minutes * 60.0);
    assert_eq!((coverage, year, status.as_str(), method.as_str()), (1.0, 2026, "E", "transit"));
    for text in ["the unit's populated points", "07:00 to 09:00 on 2026-05-05", "median", "4 rides"]
    {
        assert!(definition.contains(text), "{text} is not in {definition}");
    }
    assert_eq!(
        source,
        "© OpenStreetMap contributors, CC0-1.0, through a publisher; timetables: a publisher"
    );
    let (of_area, _, _, [_, method, ..]) = row(&frame, TRANSIT, false).unwrap();
    assert!((of_area - minutes).abs() < 1e-9, "the only unit: {of_area}");
    assert_eq!(method, "transit; mean by residents");
    let (walk, ..) = row(&frame, "access_nearest_pharmacy_min", true).unwrap();
    assert!((walk - 10.0 * streets::EAST_M / 5000.0 * 60.0).abs() < 0.01, "{walk}");
    scale().arg("check").arg(place.path("out")).assert().success();
    let manifest =
        std::fs::read_to_string(place.path(&format!("out/{AREA}/manifest.json"))).unwrap();
    assert!(manifest.contains("\"id\": \"bus\""), "{manifest}");
}

/// From a stop beside the home a vehicle leaves for a pharmacy eight blocks east at :00, :20 and :40, and for one eight
/// blocks west at :10, :30 and :50; each rides ten minutes. Whoever goes to whichever is nearer then waits 0 to 9 minutes,
/// each as often: the sixtieth of 120 waits four. To either one alone the median would be 19 minutes; on foot it is 27.
#[test]
fn the_nearest_of_a_kind_is_another_one_at_other_departures() {
    let place = Place::new();
    let file = place.path("streets.osm");
    let (lon, lat) = (junction(0).1, junction(0).0);
    let other = format!(
        r#"<node id="9002" lon="{lon:.7}" lat="{lat:.7}"><tag k="amenity" v="pharmacy"/></node><way id="1">"#
    );
    let streets = streets::grid(WEST, SOUTH, (16, ROW)).replacen(r#"<way id="1">"#, &other, 1);
    std::fs::write(&file, streets).unwrap();
    place
        .ingest("streets", "streets", &file, &["--theme", "geography", "--year", "2026"])
        .success();
    place.people();
    let mut stops = "stop_id,stop_name,stop_lat,stop_lon\n".to_owned();
    for (id, column) in [("west", 0), ("home", 8), ("east", 16)] {
        let (lat, lon) = junction(column);
        stops += &format!("{id},{id},{lat:.7},{lon:.7}\n");
    }
    let (mut trips, mut times) = (
        "route_id,service_id,trip_id\n".to_owned(),
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n".to_owned(),
    );
    let clock = |minutes: u32| format!("{:02}:{:02}:00", minutes / 60, minutes % 60);
    for leaves in (360..=600).step_by(10) {
        let (at, there) = (clock(leaves), clock(leaves + 10));
        let end = if leaves % 20 == 0 { "east" } else { "west" };
        trips += &format!("r,weekday,t{leaves}\n");
        times += &format!("t{leaves},{at},{at},home,0\nt{leaves},{there},{there},{end},1\n");
    }
    let calendar = "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nweekday,1,1,1,1,1,0,0,20260504,20260529\n";
    let agency =
        "agency_id,agency_name,agency_url,agency_timezone\nx,X,http://x.se,Europe/Stockholm\n";
    let bus = place.path("bus.zip");
    let zip = feed::zip(&[
        ("agency.txt", agency),
        ("stops.txt", &stops),
        ("routes.txt", "route_id,route_short_name,route_type\nr,1,700\n"),
        ("calendar.txt", calendar),
        ("trips.txt", &trips),
        ("stop_times.txt", &times),
    ]);
    std::fs::write(&bus, zip).unwrap();
    place.ingest("bus", "timetable", &bus, &["--theme", "travel"]).success();
    place.map(&[]).success();
    let (minutes, coverage, ..) = row(&place.indicators(), TRANSIT, true).unwrap();
    assert!((minutes - 14.0).abs() < 1e-9, "{minutes}");
    assert_eq!(coverage, 1.0);
    let (walk, ..) = row(&place.indicators(), "access_nearest_pharmacy_min", true).unwrap();
    assert!((walk - 8.0 * streets::EAST_M / 5000.0 * 60.0).abs() < 0.05, "{walk}");
}

#[test]
fn other_departures_are_asked_for_and_a_day_that_no_feed_knows_is_refused() {
    let place = Place::new();
    place.streets();
    place.people();
    place.bus().success();
    // Leaving from 09:41 to 09:50 there is one bus, at 10:00 (k = 1 to 10): the fifth of ten is 1,705 - 60 · 6.
    place.map(&["--depart", "2026-05-06T09:41/09:51"]).success();
    let (minutes, _, _, [_, _, definition, _]) = row(&place.indicators(), TRANSIT, true).unwrap();
    assert!((minutes - 1345.0 / 60.0).abs() < 1e-9, "{} s", minutes * 60.0);
    assert!(definition.contains("09:41 to 09:51 on 2026-05-06"), "{definition}");
    // After the last bus one walks; ten blocks are 2,048 s.
    place.map(&["--depart", "2026-05-06T11:00/12:00"]).success().stderr(contains(
        "timetable \"bus\" has no vehicle for who sets out from 11:00 to 12:00 on 2026-05-06",
    ));
    let (minutes, ..) = row(&place.indicators(), TRANSIT, true).unwrap();
    assert!((minutes - 10.0 * streets::EAST_M / 5000.0 * 60.0).abs() < 0.05, "{minutes}");
    place
        .map(&["--depart", "2027-01-01T07:00/09:00"])
        .code(2)
        .stderr(contains("lies outside the calendar").and(contains("2026-05-04 to 2026-05-29")));
    place.map(&["--depart", "tomorrow"]).code(2).stderr(contains("is no window of departures"));
}

#[test]
fn what_is_missing_for_public_transport_is_said_and_the_walk_stays() {
    let place = Place::new();
    place.bus().success();
    let none = "nothing is measured by public transport";
    place.map(&[]).success().stderr(contains("no streets are among the data").and(contains(none)));
    assert!(row(&place.indicators(), TRANSIT, true).is_none());
    place
        .map(&["--depart", "2026-05-06T07:00/09:00"])
        .code(2)
        .stderr(contains("the data hold no streets"));
    let place = Place::new();
    place.streets();
    place
        .map(&[])
        .success()
        .stderr(contains("no timetables are among the data").and(contains(none)));
    assert!(row(&place.indicators(), TRANSIT, true).is_none());
    assert!(row(&place.indicators(), "access_nearest_pharmacy_min", true).is_some());
    place
        .map(&["--depart", "2026-05-06T07:00/09:00"])
        .code(2)
        .stderr(contains("the data hold no timetable").and(contains("--geography timetable")));
}

/// The stops lie in Gothenburg: nobody reaches one, and the walk stands in, counted.
#[test]
fn who_has_no_stop_within_a_walk_walks_and_is_counted() {
    let place = Place::new();
    place.streets();
    place.people();
    let file = place.path("bus.zip");
    std::fs::write(&file, feed::bus([(57.70, 11.95), (57.70, 11.99)], 20, 5)).unwrap();
    place.ingest("bus", "timetable", &file, &["--theme", "travel"]).success();
    place
        .map(&[])
        .success()
        .stderr(contains("2 of 2 stops are on no street that was read"))
        .stderr(contains("nobody can get on at any stop on the streets that were read"))
        .stderr(contains("all values are those of walking"));
    let (minutes, ..) = row(&place.indicators(), TRANSIT, true).unwrap();
    assert!((minutes - 10.0 * streets::EAST_M / 5000.0 * 60.0).abs() < 0.05, "{minutes}");
}

#[test]
fn what_is_no_timetable_is_refused_and_nothing_is_written() {
    let place = Place::new();
    let file = place.path("bad.zip");
    let never = "service_id,date,exception_type\nx,20260505,2\n";
    let stops = "stop_id,stop_name,stop_lat,stop_lon\na,A,59.3,18\nb,B,59.3,18.1\n";
    let times = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nt,8:00:00,8:00:00,a,1\nt,8:10:00,8:11:00,b,2\n";
    let idle = feed::zip(&[
        ("stops.txt", stops),
        ("routes.txt", "route_id,route_short_name,route_type\nr,1,3\n"),
        ("calendar_dates.txt", never),
        ("trips.txt", "route_id,service_id,trip_id\nr,x,t\n"),
        ("stop_times.txt", times),
    ]);
    for (bytes, more, reason) in [
        (b"no zip".to_vec(), &[][..], "a GTFS feed"),
        (feed::zip(&[("stops.txt", stops)]), &[][..], "routes.txt"),
        (feed::zip(&[("../stops.txt", stops)]), &[][..], "would lie outside the folder"),
        (idle, &[][..], "no trip runs on any day"),
        (
            feed::bus([junction(9), junction(17)], 20, 5),
            &["--extensive", "n"][..],
            "timetables have no columns",
        ),
        (
            feed::bus([junction(9), junction(17)], 20, 5),
            &["--year", "stop"][..],
            "timetables have no column \"stop\"",
        ),
    ] {
        std::fs::write(&file, bytes).unwrap();
        let more = [&["--theme", "travel"][..], more].concat();
        place
            .ingest("bad", "timetable", &file, &more)
            .code(2)
            .stderr(contains(reason).and(contains("help:")));
        assert!(!place.path("data").exists(), "{reason}: nothing is written");
        assert!(
            !place.path("stops.txt").exists()
                && !place.0.path().with_file_name("stops.txt").exists()
        );
    }
    place
        .ingest("bad", "timetable", place.0.path(), &["--theme", "travel"])
        .code(2)
        .stderr(contains("there is no stops.txt in it"));
    assert!(!place.path("data").exists(), "nothing is written");
}

/// Two districts of Porto Alegre: the median by public transport is no longer than the walk, and for some kinds shorter.
#[test]
fn porto_alegre_is_ridden_from_its_populated_cells() {
    let Some(streets) = shared("porto-alegre/poa_osm.pbf") else { return };
    let place = Place::new();
    std::fs::write(place.path("districts.geojson"), DISTRICTS).unwrap();
    let about = "publisher = \"not stated\", licence = \"not stated\"";
    let step = |id: &str, file: &str, schema: &str, more: &str| {
        let file = streets.with_file_name(file);
        format!(
            "[steps.{id}]\nkind = \"ingest\"\nfile = \"{}\"\n{more}\nschema = {{ {schema}, {about} }}\n",
            file.display()
        )
    };
    let people = "theme = \"population\", geography = \"point\", key = \"id\", fields = { residents = { kind = \"extensive\", unit = \"persons\", label = { sv = \"Invånare\", en = \"Residents\" } } }";
    let timetable = "theme = \"travel\", geography = \"timetable\"";
    let steps = step(
        "cells",
        "poa_hexgrid.csv",
        people,
        "year = \"2019\"\ndrop = [\"*\"]\nrename = { population = \"residents\" }",
    ) + &step(
        "streets",
        "poa_osm.pbf",
        "theme = \"geography\", geography = \"streets\"",
        "year = \"2019\"",
    ) + &step("bus", "poa_eptc.zip", timetable, "")
        + &step("rail", "poa_trensurb.zip", timetable, "");
    let pipeline = format!(
        "scale = 1\n[areas]\nfrom = \"districts.geojson\"\ncrs = \"EPSG:31982\"\n\
         [data]\nfrom = \"nothing\"\nsteps = [\"cells\", \"streets\", \"bus\", \"rail\"]\n{steps}\
         [steps.baseline]\nkind = \"map\"\ndepart = \"2019-05-13T14:00/16:00\"\n[steps.publish]\nkind = \"publish\"\nfrom = \"baseline\"\nfolder = \"out\"\n"
    );
    std::fs::write(place.path("p.toml"), pipeline).unwrap();
    let mut run = scale();
    run.arg("run").arg(place.path("p.toml")).arg("--cache").arg(place.path("cache"));
    run.arg("--out").arg(place.path("made")).assert().success();
    let (mut compared, mut sooner) = (0, 0);
    for area in ["centro", "bom-fim"] {
        let out = place.path(&format!("made/out/{area}/{area}_indicators.parquet"));
        let frame = ParquetReader::new(std::fs::File::open(out).unwrap()).finish().unwrap();
        let kinds = frame.column("indicator").unwrap().str().unwrap().clone();
        for kind in kinds.iter().flatten() {
            let Some(kind) = kind.strip_prefix("access_transit_nearest_") else { continue };
            let ride = row(&frame, &format!("access_transit_nearest_{kind}"), true).unwrap();
            assert!(ride.3[2].contains("14:00 to 16:00 on 2019-05-13"), "{}", ride.3[2]);
            let Some(walk) = row(&frame, &format!("access_nearest_{kind}"), true) else { continue };
            // Whole seconds are rounded up.
            assert!(
                ride.0 > 0.0 && ride.0 <= walk.0 + 1.0 / 60.0,
                "{area} {kind}: {} {}",
                ride.0,
                walk.0
            );
            compared += 1;
            sooner += usize::from(ride.0 < walk.0 - 1.0);
        }
    }
    assert!(compared > 10, "{compared}");
    assert!(sooner > 0, "none of {compared} is sooner by public transport by a minute or more");
}

const DISTRICTS: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"id":"centro"},"geometry":{"type":"Polygon","coordinates":[[[-51.235,-30.040],[-51.215,-30.040],[-51.215,-30.025],[-51.235,-30.025],[-51.235,-30.040]]]}},
{"type":"Feature","properties":{"id":"bom-fim"},"geometry":{"type":"Polygon","coordinates":[[[-51.215,-30.040],[-51.200,-30.040],[-51.200,-30.030],[-51.215,-30.030],[-51.215,-30.040]]]}}]}"#;
