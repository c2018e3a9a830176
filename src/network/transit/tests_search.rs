//! Searches whose answers follow by hand.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::ops::Range;

use jiff::civil::{Date, date};

use super::{
    Destinations, Egress, Footpaths, NetworkError, Request, Search, Timetable, TimetableOptions,
    UNREACHED, Wait,
};
use crate::formats::gtfs::fixture::Fixture;
use crate::model::Feed;

/// A Tuesday.
pub(super) const DAY: Date = date(2026, 5, 5);
const HEAD: &str = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n";

pub(super) fn build(feed: Feed) -> Timetable {
    Timetable::build(&[feed], DAY, &TimetableOptions::default()).unwrap().0
}

fn clock(minutes: u32) -> String {
    format!("{}:{:02}:00", minutes / 60, minutes % 60)
}

/// Trips every 20 minutes from 6:00 + `phase` to 12:00, with two minutes from stop to stop.
fn line(name: &str, stops: &[&str], phase: u32) -> (String, String) {
    let (mut trips, mut times) = (String::new(), String::new());
    for start in (360 + phase..720).step_by(20) {
        writeln!(trips, "r,daily,{name}{start}").unwrap();
        for (at, stop) in (0u32..).zip(stops) {
            let time = clock(start + 2 * at);
            writeln!(times, "{name}{start},{time},{time},{stop},{at}").unwrap();
        }
    }
    (trips, times)
}

fn lines(lines: &[(String, String)]) -> Fixture {
    let trips: String = lines.iter().map(|line| line.0.as_str()).collect();
    let times: String = lines.iter().map(|line| line.1.as_str()).collect();
    Fixture::line()
        .with("trips.txt", &format!("route_id,service_id,trip_id\n{trips}"))
        .with("stop_times.txt", &format!("{HEAD}{times}"))
}

/// The request that most tests vary: every minute, no time for changing.
fn request(access: &[(u32, u32)], window: Range<u32>) -> Request<'_> {
    Request {
        access,
        window,
        step: 60,
        max_rides: 4,
        max_duration: 7_200,
        min_transfer: 0,
        wait: Wait::Counted,
    }
}

/// Seconds to a stop by departure.
fn times(
    timetable: &Timetable,
    walks: Vec<(u32, u32, u32)>,
    request: &Request<'_>,
    stop: &str,
) -> Vec<u32> {
    let footpaths = Footpaths::new(timetable, walks).unwrap();
    let stop = timetable.stop(0, stop).unwrap();
    let mut out = vec![UNREACHED; request.departures() as usize];
    Search::new()
        .run(timetable, &footpaths, request, |minute| {
            if let Some(index) = minute.index {
                out[index as usize] = minute.seconds(stop);
            }
        })
        .unwrap();
    out
}

/// Seconds to "c" for one departure from "a" on a fixture's line.
fn to_c(fixture: &Fixture, departure: u32) -> u32 {
    let timetable = build(fixture.feed());
    let access = [(timetable.stop(0, "a").unwrap(), 0)];
    times(&timetable, Vec::new(), &request(&access, departure..departure + 1), "c")[0]
}

#[test]
fn door_to_door_times_are_uniform_over_the_headway() {
    // A grid of three by three stops: a line along each row and each column, two minutes a block.
    let names: Vec<String> = (0..9).map(|at| format!("{}-{}", at % 3, at / 3)).collect();
    let mut stops = "stop_id,stop_lat,stop_lon\n".to_owned();
    for name in &names {
        writeln!(stops, "{name},59.3,18").unwrap();
    }
    let along = |row: usize| [0, 1, 2].map(|at| names[row * 3 + at].as_str());
    let across = |column: usize| [0, 1, 2].map(|at| names[at * 3 + column].as_str());
    let mut all: Vec<_> = (0..3).map(|row| line(&format!("row{row}."), &along(row), 0)).collect();
    all.extend((0..3).map(|at| line(&format!("column{at}."), &across(at), 7)));
    let timetable = build(lines(&all).with("stops.txt", &stops).feed());
    // Five minutes to the first stop, two blocks of riding, three minutes from the last.
    let access = [(timetable.stop(0, "0-1").unwrap(), 300)];
    let egress = Egress::new(9, 1, vec![(timetable.stop(0, "2-1").unwrap(), 0, 180)]).unwrap();
    let footpaths = Footpaths::new(&timetable, Vec::new()).unwrap();
    let request = Request { max_rides: 1, ..request(&access, 28_800..32_400) };
    let (mut destinations, mut seconds) = (Destinations::default(), Vec::new());
    destinations.start(&egress);
    Search::new()
        .run(&timetable, &footpaths, &request, |minute| {
            destinations.follow(&egress, minute);
            seconds.push(destinations.seconds(minute, 0));
        })
        .unwrap();
    seconds.sort_unstable();
    // Three headways: every whole minute of waiting from 0 to 19 three times.
    let expected: Vec<u32> = (0..60).map(|at| 720 + at / 3 * 60).collect();
    assert_eq!(seconds, expected);
    assert_eq!(seconds[29].midpoint(seconds[30]), 720 + 570, "the median");
}

#[test]
fn two_independent_lines_give_the_sum_of_two_uniform_waits() {
    let mut counts = [0; 39];
    for phase in 0..20 {
        let all = [line("first", &["a", "b"], 0), line("second", &["b", "c"], phase)];
        let timetable = build(lines(&all).feed());
        let access = [(timetable.stop(0, "a").unwrap(), 0)];
        // Two rides of two minutes: the rest is waiting.
        for seconds in times(&timetable, Vec::new(), &request(&access, 28_800..30_000), "c") {
            counts[(seconds as usize - 240) / 60] += 1;
        }
    }
    let expected: Vec<i32> = (1..=20).chain((1..20).rev()).collect();
    assert_eq!(counts, expected[..]);
}

#[test]
fn a_planned_departure_has_no_first_wait() {
    let all = [line("first", &["a", "b"], 0), line("second", &["b", "c"], 9)];
    let timetable = build(lines(&all).feed());
    let access = [(timetable.stop(0, "a").unwrap(), 300)];
    let counted = request(&access, 28_800..32_400);
    let planned = Request { wait: Wait::Planned, ..counted.clone() };
    // Five minutes of walking, two of riding, seven between the lines, two of riding.
    assert_eq!(times(&timetable, Vec::new(), &planned, "c"), [960; 60]);
    let mut sorted = times(&timetable, Vec::new(), &counted, "c");
    sorted.sort_unstable();
    assert_eq!((sorted[0], sorted[59]), (960, 960 + 19 * 60));
}

#[test]
fn an_overtaking_trip_wins() {
    let fixture = Fixture::line().and("trips.txt", "r,daily,fast\n").and(
        "stop_times.txt",
        "fast,8:05:00,8:05:00,a,1\nfast,8:08:00,8:08:00,b,2\nfast,8:12:00,8:12:00,c,3\n",
    );
    assert_eq!(to_c(&fixture, 28_740), 60 + 720, "at 8:12, and not at 8:20 with the first");
    assert_eq!(to_c(&fixture, 29_400), UNREACHED);
}

#[test]
fn vehicles_of_the_day_before_run_on_after_midnight() {
    let rows = format!(
        "{HEAD}t,23:50:00,23:50:00,a,1\nt,24:30:00,24:30:00,b,2\nt,25:00:00,25:00:00,c,3\n"
    );
    let monday = "service_id,date,exception_type\ndaily,20260504,1\ndaily,20260506,1\n";
    let fixture = Fixture::line()
        .without("calendar.txt")
        .with("calendar_dates.txt", monday)
        .with("stop_times.txt", &rows);
    let timetable = build(fixture.feed());
    let boarding = |stop| [(timetable.stop(0, stop).unwrap(), 0)];
    let at_midnight = times(&timetable, Vec::new(), &request(&boarding("b"), 0..60), "c");
    assert_eq!(at_midnight, [3_600], "left on Monday, at b at 0:30 on Tuesday");
    let too_late = times(&timetable, Vec::new(), &request(&boarding("a"), 0..60), "c");
    assert_eq!(too_late, [UNREACHED], "it passed a before midnight");
    let evening = times(&timetable, Vec::new(), &request(&boarding("a"), 85_800..85_860), "c");
    assert_eq!(evening, [UNREACHED], "on Tuesday evening it does not run");
}

#[test]
fn a_window_past_midnight_sees_the_next_day() {
    let rows = format!("{HEAD}t,0:10:00,0:10:00,a,1\nt,0:30:00,0:30:00,c,2\n");
    let wednesday = "service_id,date,exception_type\ndaily,20260504,1\ndaily,20260506,1\n";
    let fixture = Fixture::line()
        .without("calendar.txt")
        .with("calendar_dates.txt", wednesday)
        .with("stop_times.txt", &rows);
    assert_eq!(to_c(&fixture, 86_100), 300 + 1_800);
    assert_eq!(to_c(&fixture, 0), UNREACHED);
}

#[test]
fn frequencies_leave_at_the_stated_phase() {
    let fixture = Fixture::line().with(
        "frequencies.txt",
        "trip_id,start_time,end_time,headway_secs\nt,10:00:00,10:30:00,600\n",
    );
    assert_eq!(to_c(&fixture, 36_001), 599 + 1_200);
    assert_eq!(to_c(&fixture, 37_200), 1_200, "the last leaves at 10:20");
    assert_eq!(to_c(&fixture, 37_201), UNREACHED);
}

/// A trip to "b" at 8:10 and others from there at 8:12, 8:15 and 8:20.
fn connection(transfers: &str) -> Timetable {
    let fixture = Fixture::line()
        .with("trips.txt", "route_id,service_id,trip_id\nr,daily,t\nr,daily,u\nr,daily,v\nr,daily,w\n")
        .with(
            "stop_times.txt",
            &format!(
                "{HEAD}t,8:00:00,8:00:00,a,1\nt,8:10:00,8:10:00,b,2\n\
                 u,8:12:00,8:12:00,b,1\nu,8:22:00,8:22:00,c,2\n\
                 v,8:15:00,8:15:00,b,1\nv,8:25:00,8:25:00,c,2\n\
                 w,8:20:00,8:20:00,b,1\nw,8:30:00,8:30:00,c,2\n"
            ),
        )
        .with(
            "transfers.txt",
            &format!(
                "from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_trip_id,to_trip_id\n{transfers}"
            ),
        );
    build(fixture.feed())
}

fn connected(transfers: &str, min_transfer: u32, max_rides: u8) -> u32 {
    let timetable = connection(transfers);
    let access = [(timetable.stop(0, "a").unwrap(), 0)];
    let request = Request { max_rides, min_transfer, ..request(&access, 28_800..28_860) };
    times(&timetable, Vec::new(), &request, "c")[0]
}

#[test]
fn changing_takes_its_time_unless_the_feed_knows_better() {
    assert_eq!(connected("", 120, 2), 22 * 60, "just caught");
    assert_eq!(connected("", 121, 2), 25 * 60);
    assert_eq!(connected("b,b,2,301,,\n", 0, 2), 30 * 60, "a minimum time");
    assert_eq!(connected("b,b,2,60,,\n", 600, 2), 22 * 60, "a shorter one too");
    assert_eq!(connected("b,b,1,,,\n", 600, 2), 22 * 60, "the vehicle waits");
    assert_eq!(connected("b,b,3,,,\n", 0, 2), UNREACHED, "forbidden");
    assert_eq!(connected("", 0, 1), UNREACHED, "one ride is not enough");
}

#[test]
fn staying_in_the_vehicle_is_one_ride() {
    assert_eq!(connected("b,b,4,,t,v\n", 600, 1), 25 * 60);
    assert_eq!(connected("b,b,5,,t,v\n", 600, 2), 30 * 60, "leaving it is a change");
}

#[test]
fn rules_for_trips_hold_for_theirs_alone() {
    assert_eq!(connected("b,b,3,,t,u\n", 0, 2), 25 * 60, "not to the first");
    assert_eq!(connected("b,b,3,,t,\n", 0, 2), UNREACHED, "from this trip to none");
    assert_eq!(connected("b,b,3,,u,\n", 0, 2), 22 * 60, "another trip");
    assert_eq!(connected("b,b,2,301,t,v\nb,b,2,121,,u\n", 0, 2), 30 * 60, "a minimum time each");
    assert_eq!(connected("b,b,1,,t,v\n", 600, 2), 25 * 60, "this vehicle waits");
}

#[test]
fn of_several_rules_the_most_specific_holds_wherever_it_stands() {
    assert_eq!(connected("b,b,3,,,\nb,b,1,,t,v\n", 600, 2), 25 * 60, "two trips before stops");
    assert_eq!(connected("b,b,3,,t,\nb,b,2,0,t,v\n", 0, 2), 25 * 60, "two trips before one");
    assert_eq!(connected("b,b,2,301,,\nb,b,0,,t,u\n", 120, 2), 22 * 60, "as without a rule");
    assert_eq!(connected("b,b,2,301,,\nb,b,0,,t,u\n", 121, 2), 30 * 60);
}

#[test]
fn who_stays_seated_arrives_by_the_trip_that_is_joined() {
    assert_eq!(connected("b,b,4,,t,v\nb,b,3,,t,u\n", 0, 2), 25 * 60, "by which one came");
    assert_eq!(connected("b,b,4,,t,w\nb,b,3,,w,u\n", 0, 2), 22 * 60, "not by which it goes on");
    assert_eq!(connected("b,b,4,,t,w\nb,b,3,,t,\n", 0, 2), 30 * 60, "staying is no change");
}

#[test]
fn walks_between_stops_follow_the_rules_of_the_feed() {
    let stops = "stop_id,stop_lat,stop_lon,parent_station\nS,59.3,18,\na,59.3,18,\nb,59.3,18.1,S\nB,59.3,18.1,S\nc,59.3,18.2,\n";
    let city = |transfers: &str| {
        let fixture = Fixture::line()
            .with("stops.txt", stops)
            .and("trips.txt", "r,daily,u\nr,daily,v\n")
            .with("stop_times.txt", &format!("{HEAD}t,8:00:00,8:00:00,a,1\nt,8:10:00,8:10:00,b,2\nu,8:15:00,8:15:00,B,1\nu,8:20:00,8:20:00,c,2\nv,8:25:00,8:25:00,B,1\nv,8:30:00,8:30:00,c,2\n"))
            .with("transfers.txt", &format!("from_stop_id,to_stop_id,transfer_type,min_transfer_time{}\n{transfers}", if transfers.contains(",r") { ",from_route_id" } else { "" }));
        build(fixture.feed())
    };
    let search = |transfers: &str, walk: Option<u32>, min_transfer: u32| {
        let timetable = city(transfers);
        let [a, b, other] = ["a", "b", "B"].map(|id| timetable.stop(0, id).unwrap());
        let access = [(a, 0)];
        let request = Request { min_transfer, ..request(&access, 28_800..28_860) };
        let walks = walk.map(|seconds| (b, other, seconds)).into_iter().collect();
        times(&timetable, walks, &request, "c")[0]
    };
    let (early, late) = (20 * 60, 30 * 60);
    assert_eq!(search("", None, 0), UNREACHED, "no walk, no change");
    assert_eq!(search("", Some(240), 60), early, "a walk and the time for changing");
    assert_eq!(search("", Some(241), 60), late);
    assert_eq!(search("b,B,2,300\n", Some(100), 900), early, "the minimum holds all");
    assert_eq!(search("b,B,2,301\n", Some(100), 0), late);
    assert_eq!(search("b,B,2,60\n", Some(301), 0), late, "nobody walks faster for it");
    assert_eq!(search("b,B,2,300\n", None, 0), early, "a walk that the streets do not know");
    assert_eq!(search("b,B,1,\n", Some(300), 600), early, "the vehicle waits");
    assert_eq!(search("b,B,3,\n", Some(10), 0), UNREACHED, "forbidden");
    assert_eq!(search("S,S,2,400\n", Some(10), 0), late, "a rule of the station");
    assert_eq!(search("S,S,2,400\nb,B,2,200\n", Some(10), 0), early, "the stops' own goes before");
    let route = "S,S,2,400,r\nb,B,2,200,\n";
    assert_eq!(search(route, Some(10), 0), late, "but a route's before it, at the station too");
    assert_eq!(search("b,B,2,300,r\n", None, 0), early, "a walk that the streets do not know");
}

#[test]
fn a_search_for_other_hours_than_the_timetable_holds_is_refused() {
    let options = TimetableOptions { wheelchair: false, span: 28_800..36_000 };
    let (timetable, _) = Timetable::build(&[Fixture::line().feed()], DAY, &options).unwrap();
    let footpaths = Footpaths::new(&timetable, Vec::new()).unwrap();
    let mut search = Search::new();
    let mut run = |request: &Request<'_>| search.run(&timetable, &footpaths, request, |_| ());
    let good = Request { max_duration: 3_600, ..request(&[(0, 0)], 28_800..32_401) };
    assert_eq!(run(&good), Ok(()));
    let late = Request { max_duration: 3_601, ..good.clone() };
    assert!(matches!(run(&late), Err(NetworkError::OutsideSpan { to: 36_001, .. })));
    let planned = Request { wait: Wait::Planned, ..good.clone() };
    assert!(matches!(run(&planned), Err(NetworkError::OutsideSpan { .. })));
    for empty in [
        Request { window: 28_800..28_800, ..good.clone() },
        Request { step: 0, ..good.clone() },
        Request { max_rides: 0, ..good.clone() },
    ] {
        assert!(matches!(run(&empty), Err(NetworkError::EmptyRequest { .. })));
    }
    let astray = Request { access: &[(3, 0)], ..good };
    assert!(matches!(run(&astray), Err(NetworkError::OutOfRange { what: "stop", number: 3, .. })));
    assert!(Footpaths::new(&timetable, vec![(0, 9, 1)]).is_err());
    assert!(Egress::new(3, 2, vec![(0, 2, 1)]).is_err());
}
