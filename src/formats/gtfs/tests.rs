//! Feeds as they come, whole and broken.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stderr)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use jiff::civil::date;

use super::fixture::Fixture;
use super::{GtfsError, read};
use crate::model::{StopTime, TransitMode, Wheelchair};

fn clock(time: &StopTime) -> (u32, u32) {
    (time.arrival, time.departure)
}

fn told(fixture: &Fixture) -> Vec<String> {
    let (_, notices) = fixture.read().unwrap();
    notices.iter().map(ToString::to_string).collect()
}

#[test]
fn a_zip_a_folder_in_a_zip_and_a_folder_hold_the_same_feed() {
    let fixture = Fixture::line();
    let feed = fixture.feed();
    assert_eq!(
        feed.stop_times(0).iter().map(clock).collect::<Vec<_>>(),
        [(28_800, 28_800), (29_400, 29_460), (30_000, 30_000)]
    );
    let (_home, nested) = fixture.zip("export/2026/");
    assert_eq!(read(&nested).unwrap().0, feed);
    let folder = fixture.folder();
    let (from_folder, notices) = read(folder.path()).unwrap();
    assert_eq!(notices, []);
    assert_eq!(from_folder.stops(), feed.stops());
    assert_eq!(from_folder.stop_times(0), feed.stop_times(0));
}

#[test]
fn what_macos_adds_to_a_zip_is_not_a_feed() {
    let fixture =
        Fixture::line().with("__MACOSX/._stops.txt", "\0").with("__MACOSX/stops.txt", "\0");
    assert_eq!(fixture.feed().stops().len(), 3);
}

#[test]
fn a_zip_with_an_entry_that_climbs_out_of_its_folder_is_refused() {
    for name in ["../stops.txt", "feed/../../stops.txt", "/etc/stops.txt", "..\\stops.txt"] {
        let error = Fixture::line().with(name, "x").read().unwrap_err().to_string();
        assert!(error.contains("would lie outside the folder of the feed"), "{name}: {error}");
    }
}

#[test]
fn what_is_not_read_and_would_change_times_is_counted_with_its_line() {
    let fixture = Fixture::line()
        .with("pathways.txt", "pathway_id,from_stop_id,to_stop_id\np,a,b\nq,b,a\n")
        .with("booking_rules.txt", "booking_rule_id,booking_type\nk,1\n")
        .with(
            "trips.txt",
            "route_id,service_id,trip_id,block_id\nr,daily,t,9\nr,daily,u,9\nr,daily,v,8\n",
        );
    let told = told(&fixture).join("\n");
    for said in [
        "pathways.txt, line 2: ways within stations are not read; one walks along the streets (2 cases)",
        "booking_rules.txt, line 2: service on demand is not read",
        "trips.txt, line 3: a trip follows another of its block_id; staying seated between them",
    ] {
        assert!(told.contains(said), "{said} in {told}");
    }
}

#[test]
fn missing_times_are_filled_in_equal_steps() {
    let rows = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n\
                t,8:00:00,8:01:00,a,10\nt,,,b,20\nt,,,c,35\nt,08:31:00,08:31:00,a,40\n";
    let feed = Fixture::line().with("stop_times.txt", rows).feed();
    let times: Vec<_> = feed.stop_times(0).iter().map(clock).collect();
    assert_eq!(times, [(28_800, 28_860), (29_460, 29_460), (30_060, 30_060), (30_660, 30_660)]);
}

#[test]
fn rows_in_any_order_are_sorted_by_sequence() {
    let rows = "stop_sequence,trip_id,stop_id,arrival_time,departure_time\n\
                10,t,c,8:20:00,8:20:00\n9,t,b,8:10:00,8:11:00\n1,t,a,8:00:00,8:00:00\n";
    let feed = Fixture::line().with("stop_times.txt", rows).feed();
    assert_eq!(feed.stop_times(0), Fixture::line().feed().stop_times(0));
}

#[test]
fn na_is_an_id_and_leading_zeros_matter() {
    let feed = Fixture::line()
        .and("stops.txt", "NA,Not a number,59.3,18.3\n007,Bond,59.3,18.4\n7,Seven,59.3,18.5\n")
        .and("trips.txt", "r,daily,NA\n")
        .and("stop_times.txt", "NA,9:00:00,9:00:00,NA,1\nNA,9:05:00,9:05:00,007,2\n")
        .feed();
    let ids = feed.stop_times(1).iter().map(|time| feed.stops()[time.stop as usize].id.as_str());
    assert_eq!(ids.collect::<Vec<_>>(), ["NA", "007"]);
}

#[test]
fn extended_route_types_and_wheelchairs_are_read() {
    let feed = Fixture::line()
        .with("routes.txt", "route_id,route_type,route_long_name\nr,401,Blue line\n")
        .with("trips.txt", "route_id,service_id,trip_id,wheelchair_accessible\nr,daily,t,1\n")
        .with(
            "stops.txt",
            "stop_id,stop_lat,stop_lon,location_type,parent_station,wheelchair_boarding\n\
             s,59.3,18,1,,1\na,,,0,s,\nb,59.3,18.1,,,2\nc,59.3,18.2,,s,0\n",
        );
    let (feed, notices) = feed.read().unwrap();
    assert_eq!(feed.routes()[0].mode(), TransitMode::Metro);
    assert_eq!(feed.routes()[0].short_name, "Blue line");
    assert_eq!(feed.trips()[0].wheelchair, Wheelchair::Yes);
    assert_eq!(
        [1, 2, 3].map(|stop| feed.wheelchair(stop)),
        [Wheelchair::Yes, Wheelchair::No, Wheelchair::Yes]
    );
    assert_eq!(feed.place(1), Some([18.0, 59.3]), "the station's place");
    assert_eq!(notices.len(), 1, "a stop without coordinates is told: {notices:?}");
}

#[test]
fn both_calendar_files_are_read() {
    let fixture = Fixture::line().with(
        "calendar_dates.txt",
        "service_id,date,exception_type\ndaily,20260501,2\nextra,20270101,1\n",
    );
    let feed = fixture.feed();
    assert!(!feed.services()[0].runs_on(date(2026, 5, 1)));
    assert!(feed.services()[1].runs_on(date(2027, 1, 1)));
    assert_eq!(feed.service_range(), Some((date(2026, 1, 1), date(2027, 1, 1))));
    let dates_only = "service_id,date,exception_type\ndaily,20260505,1\n";
    let feed =
        Fixture::line().without("calendar.txt").with("calendar_dates.txt", dates_only).feed();
    assert_eq!(feed.service_range(), Some((date(2026, 5, 5), date(2026, 5, 5))));
}

#[test]
fn bad_rows_are_left_out_and_counted_with_their_line() {
    let fixture = Fixture::line()
        .and("trips.txt", "r,daily,back\nr,daily,short\nnowhere,daily,x\nr,never,y\nr,daily,t\n")
        .and(
            "stop_times.txt",
            "t,8:30:00,8:30:00,mars,4\n\
             t,8:40:00,8:39:00,a,5\n\
             t,8:61:00,8:61:00,a,6\n\
             t,8:50:00,8:50:00,a,3\n\
             t,8:55:00,8:55:00,a,x\n\
             ghost,9:00:00,9:00:00,a,1\n\
             back,9:00:00,9:00:00,a,1\n\
             back,8:59:00,8:59:00,b,2\n\
             short,9:00:00,9:00:00,a,1\n",
        );
    let (feed, _) = fixture.read().unwrap();
    assert_eq!(feed.stop_times(0), Fixture::line().feed().stop_times(0));
    assert!(feed.stop_times(1).is_empty() && feed.stop_times(2).is_empty());
    assert_eq!(
        told(&fixture),
        [
            "feed.zip: trips.txt, line 5: route_id is not in routes.txt; trip left out: \"nowhere\"",
            "feed.zip: trips.txt, line 6: service_id has no calendar; trip left out: \"never\"",
            "feed.zip: trips.txt, line 7: the id appears twice; row left out: \"t\"",
            "feed.zip: stop_times.txt, line 5: stop_id is not in stops.txt; row left out: \"mars\"",
            "feed.zip: stop_times.txt, line 6: departure before arrival; row left out: \"8:39:00\"",
            "feed.zip: stop_times.txt, line 7: the time is not H:MM:SS; row left out: \"8:61:00\"",
            "feed.zip: stop_times.txt, line 9: stop_sequence is not a number; row left out: \"x\"",
            "feed.zip: stop_times.txt, line 10: trip_id is not among the trips; row left out: \"ghost\"",
            "feed.zip: stop_times.txt, line 8: stop_sequence appears twice in a trip; row left out",
            "feed.zip: stop_times.txt, line 12: the trip runs backwards in time; trip left out",
            "feed.zip: stop_times.txt, line 13: the trip has fewer than two stops with times; trip left out",
        ]
    );
}

#[test]
fn one_bad_line_among_a_million_costs_one_line() {
    let (mut stops, mut trips, mut rows) = (String::new(), String::new(), String::new());
    for stop in 0..50 {
        writeln!(stops, "s{stop},,59.3,18").unwrap();
    }
    for trip in 0..20_000 {
        writeln!(trips, "r,daily,trip-{trip}").unwrap();
        for stop in 0..50 {
            let quote = if (trip, stop) == (10_000, 20) { "\"" } else { "" };
            let time = format!("{}:{stop:02}:00", trip % 24);
            writeln!(rows, "trip-{trip},{quote}{time},{time},s{stop},{stop}").unwrap();
        }
    }
    let fixture = Fixture::line().and("stops.txt", &stops).and("trips.txt", &trips);
    let folder = fixture.and("stop_times.txt", &rows).folder();
    let began = std::time::Instant::now();
    let (feed, notices) = read(folder.path()).unwrap();
    eprintln!("a million stop times: {:.2?}", began.elapsed());
    assert_eq!(feed.stop_time_count(), 3 + 1_000_000 - 1);
    assert_eq!((notices.len(), notices[0].line, notices[0].count), (1, Some(500_025), 1));
}

#[test]
fn frequencies_and_transfers_are_read_and_checked() {
    let fixture = Fixture::line()
        .with(
            "frequencies.txt",
            "trip_id,start_time,end_time,headway_secs,exact_times\n\
             t,8:00:00,9:00:00,600,\nt,8:00:00,9:00:00,0,\nt,9:00:00,8:00:00,600,1\n",
        )
        .with(
            "transfers.txt",
            "from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_trip_id,to_trip_id\n\
             a,b,2,120,,\n,,4,,t,t\na,mars,0,,,\na,b,2,,,\n",
        );
    let (feed, notices) = fixture.read().unwrap();
    assert_eq!(feed.frequencies().len(), 1);
    assert_eq!(feed.transfers().len(), 2);
    assert_eq!(feed.transfers()[0].min_seconds, Some(120));
    assert_eq!(feed.transfers()[1].from_trip, Some(0));
    let lines: Vec<_> = notices.iter().map(|notice| (notice.line.unwrap(), notice.count)).collect();
    assert_eq!(lines, [(3, 2), (4, 1), (5, 1)]);
}

#[test]
fn a_missing_file_or_column_is_named() {
    let error = Fixture::line().without("stop_times.txt").read().unwrap_err();
    assert!(error.to_string().ends_with("there is no stop_times.txt in it"), "{error}");
    let error = Fixture::line().without("calendar.txt").read().unwrap_err();
    assert!(error.to_string().contains("calendar.txt or calendar_dates.txt"), "{error}");
    let error = Fixture::line().with("stops.txt", "stop_id,stop_lat\na,1\n").read().unwrap_err();
    assert!(error.to_string().ends_with("stops.txt has no column \"stop_lon\""), "{error}");
}

#[test]
fn a_feed_without_a_usable_trip_is_an_error_that_says_why() {
    let rows = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nt,8:00:00,8:00:00,a,1\n";
    let error = Fixture::line().with("stop_times.txt", rows).read().unwrap_err();
    assert!(matches!(error, GtfsError::NoTrips { .. }));
    assert!(error.to_string().contains("fewer than two stops"), "{error}");
}

#[test]
fn a_truncated_zip_is_an_error_at_every_length() {
    let (_home, path) = Fixture::line().zip("");
    let whole = std::fs::read(&path).unwrap();
    for length in (0..whole.len()).step_by(7) {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert!(read(&path).is_err(), "{length} of {} bytes", whole.len());
    }
}

#[test]
fn a_damaged_zip_never_panics() {
    let (_home, path) = Fixture::line().zip("");
    let whole = std::fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        std::fs::write(&path, &bytes).unwrap();
        // Either an error, or a feed that is checked: what matters is to come back.
        let _ = read(&path);
    }
}

#[test]
fn a_file_that_unpacks_to_thousands_of_times_its_size_is_refused() {
    let fixture = Fixture::line().and("stop_times.txt", &"\n".repeat(4 << 20));
    let error = fixture.read().unwrap_err();
    assert!(matches!(error, GtfsError::Hostile { .. }), "{error}");
}

#[test]
fn what_is_no_zip_is_told_from_what_is_cut_off() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("feed.zip");
    assert!(read(&path).unwrap_err().to_string().ends_with("no such file"));
    std::fs::write(&path, "stop_id,stop_name\n").unwrap();
    assert!(read(&path).unwrap_err().to_string().contains("is not a GTFS feed"));
    std::fs::write(&path, "PK\u{3}\u{4}and nothing more").unwrap();
    assert!(read(&path).unwrap_err().to_string().contains("cut off"));
}

/// A file of the shared data, or `None` with the reason printed.
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data")).join(name);
    if !path.exists() {
        eprintln!("skipped: {} is not there", path.display());
    }
    path.exists().then_some(path)
}

#[test]
fn real_feeds_are_read_whole() {
    for (name, stops, trips, stop_times) in [
        ("porto-alegre/poa_eptc.zip", 3_986, 2_374, 130_019),
        ("porto-alegre/poa_trensurb.zip", 24, 1_248, 14_855),
    ] {
        let Some(path) = shared(name) else { continue };
        let (feed, notices) = read(&path).unwrap();
        eprintln!("{name}: {} routes, {notices:?}", feed.routes().len());
        assert_eq!((feed.stops().len(), feed.trips().len()), (stops, trips));
        assert_eq!(feed.stop_time_count(), stop_times);
    }
}

#[test]
fn the_feed_of_kalmar_is_read_and_told_about() {
    let Some(path) = shared("transit/gtfs_kalmar_minified.zip") else { return };
    let (feed, notices) = read(&path).unwrap();
    eprintln!(
        "{} stops, {} trips, {} stop times, {} transfers, {notices:?}",
        feed.stops().len(),
        feed.trips().len(),
        feed.stop_time_count(),
        feed.transfers().len()
    );
    assert_eq!(feed.trips().len(), 2);
    assert_eq!(feed.service_range(), Some((date(2019, 5, 17), date(2019, 6, 15))));
}
