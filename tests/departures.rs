//! What depends on when one sets out: the nearest of each departure by itself, against a case worked out by hand and
//! against a plain search.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::float_cmp)]

mod common;
#[allow(dead_code)] // what is read of other towns
mod town;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use polars::prelude::{DataFrame, SortMultipleOptions};
use proptest::prelude::*;

use town::{file, lon, numbers, places, read, run, town};

/// A call of a trip: number of the stop, seconds of the day at which it comes and goes.
type Call = (usize, u32, u32);

fn clock(seconds: u32) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// A timetable of every day of 2026; stops are given by their longitude on the street.
fn timetable(folder: &Path, stops: &[f64], trips: &[Vec<Call>]) -> PathBuf {
    let feed = folder.join("feed");
    std::fs::create_dir(&feed).unwrap();
    file(
        &feed,
        "agency.txt",
        "agency_id,agency_name,agency_url,agency_timezone\na,A,http://a,Europe/Stockholm\n",
    );
    file(&feed, "routes.txt", "route_id,agency_id,route_short_name,route_type\nr,a,1,700\n");
    file(
        &feed,
        "calendar.txt",
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n\
         s,1,1,1,1,1,1,1,20260101,20261231\n",
    );
    let mut rows = String::from("stop_id,stop_name,stop_lat,stop_lon\n");
    for (stop, lon) in stops.iter().enumerate() {
        writeln!(rows, "s{stop},S,59.33,{lon:.4}").unwrap();
    }
    file(&feed, "stops.txt", &rows);
    let mut ids = String::from("route_id,service_id,trip_id\n");
    let mut times = String::from("trip_id,arrival_time,departure_time,stop_id,stop_sequence\n");
    for (trip, calls) in trips.iter().enumerate() {
        writeln!(ids, "r,s,t{trip}").unwrap();
        for (at, (stop, comes, goes)) in calls.iter().enumerate() {
            writeln!(times, "t{trip},{},{},s{stop},{at}", clock(*comes), clock(*goes)).unwrap();
        }
    }
    file(&feed, "trips.txt", &ids);
    file(&feed, "stop_times.txt", &times);
    feed
}

fn by_id(path: &Path) -> DataFrame {
    read(path).sort(["id"], SortMultipleOptions::default()).unwrap()
}

/// From the middle a vehicle leaves for the east at :00, :20 and :40 and one for the west at :10, :30 and :50; each rides ten
/// minutes, and nobody walks that far in an hour. To either end a departure takes 10 to 29 minutes, each three times in
/// sixty; to whichever is nearer then 10 to 19 minutes, each six times, and to the other one 20 to 29.
#[test]
fn the_nearest_of_each_departure_is_nearer_than_any_place_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let ends = [18.0, 18.11, 18.22];
    let node =
        |(at, lon): (usize, &f64)| format!("<node id=\"{at}\" lat=\"59.33\" lon=\"{lon}\"/>");
    let nodes: String = (1..).zip(&ends).map(node).collect();
    let way = "<way id=\"1\"><nd ref=\"1\"/><nd ref=\"2\"/><nd ref=\"3\"/><tag k=\"highway\" v=\"residential\"/></way>";
    let streets = file(folder, "s.osm", &format!("<osm>{nodes}{way}</osm>"));
    let trips: Vec<Vec<Call>> = (0..18)
        .map(|trip| {
            let leaves = 6 * 3600 + trip * 600;
            let end = if trip % 2 == 0 { 2 } else { 0 };
            vec![(1, leaves, leaves), (end, leaves + 600, leaves + 600)]
        })
        .collect();
    let feed = timetable(folder, &ends, &trips);
    let from = file(folder, "from.csv", "id,lon,lat\nmiddle,18.11,59.33\n");
    let to = file(folder, "to.csv", "id,lon,lat,beds\nwest,18.0,59.33,1\neast,18.22,59.33,1\n");
    let out = folder.join("out.parquet");
    let measure = |more: &[&str]| {
        let asked = [
            "--mode",
            "transit",
            "--depart",
            "2026-05-05T07:00/08:00",
            "--percentiles",
            "0,50,100",
        ];
        run(
            &[&asked[..], more].concat(),
            &[
                ("--streets", &streets),
                ("--gtfs", &feed),
                ("--from", &from),
                ("--to", &to),
                ("--out", &out),
            ],
        )
        .success();
        let out = read(&out);
        move |name: &str| [0, 50, 100].map(|p| numbers(&out, &format!("access_{name}_p{p}"))[0])
    };
    let of = measure(&["--measure", "nearest,nearest:2,dual:2,cumulative:15"]);
    assert_eq!(of("nearest_min_transit_time"), [Some(10.0), Some(19.0), Some(29.0)]);
    assert_eq!(of("nearest_min_transit_access"), [Some(10.0), Some(14.0), Some(19.0)]);
    assert_eq!(of("nearest_1_min_transit_access"), of("nearest_min_transit_access"));
    for both in ["nearest_2_min", "dual_2_min"] {
        assert_eq!(of(&format!("{both}_transit_time")), [Some(10.0), Some(19.0), Some(29.0)]);
        assert_eq!(of(&format!("{both}_transit_access")), [Some(20.0), Some(24.0), Some(29.0)]);
    }
    // 36 of 60 departures have one of the two within 15 minutes; neither has a median below.
    assert_eq!(of("cumulative_15min_transit_time"), [Some(2.0), Some(0.0), Some(0.0)]);
    assert_eq!(of("cumulative_15min_transit_access"), [Some(0.0), Some(1.0), Some(1.0)]);
    // 24 of 60 departures reach nothing in that time: the slowest of all has no minutes.
    let of = measure(&["--measure", "nearest", "--limit", "15"]);
    assert_eq!(of("nearest_min_transit_time"), [Some(10.0), None, None]);
    assert_eq!(of("nearest_min_transit_access"), [Some(10.0), Some(14.0), None]);
}

/// Stops, homes and places to go to, as nodes of the street.
const STOPS: [i64; 4] = [3, 21, 38, 56];
const HOMES: [(&str, i64, f64); 3] = [("a", 0, 1.0), ("b", 19, 1.0), ("c", 47, 1.0)];
const SHOPS: [(&str, i64, f64); 4] =
    [("w", 9, 2.0), ("x", 30, 1.0), ("y", 52, 3.0), ("z", 59, 1.0)];
const START: u32 = 7 * 3600;
const DEPARTURES: u32 = 20;
const PERCENTS: [f64; 5] = [0.0, 10.0, 50.0, 90.0, 100.0];
const LIMIT_S: u32 = 45 * 60;

/// Trips that call at some of the stops in any order.
fn trips() -> impl Strategy<Value = Vec<Vec<Call>>> {
    let calls = Just((0..STOPS.len()).collect::<Vec<_>>()).prop_shuffle();
    let trip = (calls, 2..=STOPS.len(), 0u32..400, prop::collection::vec((3u32..70, 0u32..4), 4));
    let trip = trip.prop_map(|(stops, count, start, hops)| {
        let mut now = START - 600 + start * 10;
        let call = |(stop, (ride, dwell)): (&usize, &(u32, u32))| {
            let comes = now + ride * 10;
            now = comes + dwell * 10;
            (*stop, comes, now)
        };
        stops[..count].iter().zip(&hops).map(call).collect()
    });
    prop::collection::vec(trip, 1..14)
}

/// Milliseconds on foot between all places, as the program itself walks.
fn walks(folder: &Path, streets: &Path) -> BTreeMap<(String, String), u32> {
    let stops = (0..).zip(STOPS).map(|(at, node): (usize, i64)| (format!("s{at}"), node));
    let others = HOMES.iter().chain(&SHOPS).map(|(id, node, _)| ((*id).to_owned(), *node));
    let all: Vec<(String, i64)> = stops.chain(others).collect();
    let all: Vec<(&str, i64, f64)> =
        all.iter().map(|(id, node)| (id.as_str(), *node, 1.0)).collect();
    let (all, matrix) = (places(folder, "all.csv", &all), folder.join("walks.csv"));
    run(&[], &[("--streets", streets), ("--from", &all), ("--to", &all), ("--matrix", &matrix)])
        .success();
    let text = std::fs::read_to_string(matrix).unwrap();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let seconds: f64 = cells[3].parse().unwrap();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // an hour
        let ms = (seconds * 1000.0).round() as u32;
        ((cells[0].to_owned(), cells[1].to_owned()), ms)
    };
    text.lines().skip(1).map(row).collect()
}

/// The street and its vehicles, without rounds, patterns or windows.
struct Plain<'a> {
    walks: &'a BTreeMap<(String, String), u32>,
    trips: &'a [Vec<Call>],
}

impl Plain<'_> {
    /// Whole seconds of a walk no longer than so many minutes.
    fn walk(&self, from: &str, to: &str, longest_min: u32) -> Option<u32> {
        let ms = self.walks.get(&(from.to_owned(), to.to_owned()))?;
        (*ms <= longest_min * 60_000).then(|| ms.div_ceil(1000))
    }

    /// Seconds from a home to each shop by Dijkstra's algorithm on states that are reached at a time: aboard a trip at a
    /// call, or off at a stop, each after so many rides.
    fn from(&self, home: &str, departure: u32) -> Vec<Option<u32>> {
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        enum State {
            Aboard { trip: usize, call: usize, rides: u8 },
            Off { stop: usize, rides: u8 },
        }
        let name = |stop: usize| format!("s{stop}");
        let mut best: Vec<Option<u32>> =
            SHOPS.iter().map(|(shop, ..)| self.walk(home, shop, 45)).collect();
        let calls = || {
            let trips = self.trips.iter().enumerate();
            trips.flat_map(|(trip, calls)| (0..).zip(calls).map(move |(at, call)| (trip, at, call)))
        };
        let mut open = BinaryHeap::new();
        for (trip, call, (stop, _, goes)) in calls() {
            let Some(walk) = self.walk(home, &name(*stop), 15) else { continue };
            if departure + walk <= *goes {
                open.push(Reverse((*goes, State::Aboard { trip, call, rides: 1 })));
            }
        }
        let mut seen = HashSet::new();
        while let Some(Reverse((time, state))) = open.pop() {
            if time > departure + LIMIT_S || !seen.insert(state) {
                continue;
            }
            match state {
                State::Aboard { trip, call, rides } => {
                    if let Some((stop, comes, goes)) = self.trips[trip].get(call + 1) {
                        open.push(Reverse((*comes, State::Off { stop: *stop, rides })));
                        open.push(Reverse((*goes, State::Aboard { trip, call: call + 1, rides })));
                    }
                }
                State::Off { stop, rides } => {
                    for (best, (shop, ..)) in best.iter_mut().zip(SHOPS) {
                        let Some(walk) = self.walk(&name(stop), shop, 15) else { continue };
                        let all = time + walk - departure;
                        if all <= LIMIT_S && best.is_none_or(|best| all < best) {
                            *best = Some(all);
                        }
                    }
                    for (trip, call, (other, _, goes)) in calls().filter(|_| rides < 4) {
                        let Some(walk) = self.walk(&name(stop), &name(*other), 10) else {
                            continue;
                        };
                        if time + walk + 60 <= *goes {
                            open.push(Reverse((
                                *goes,
                                State::Aboard { trip, call, rides: rides + 1 },
                            )));
                        }
                    }
                }
            }
        }
        best
    }
}

/// The value that so many percent of all are not above; `None` is the longest.
fn percentile(values: &[Option<f64>], percent: f64) -> Option<f64> {
    let mut sorted: Vec<f64> = values.iter().map(|value| value.unwrap_or(f64::INFINITY)).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    let rank = ((percent / 100.0 * sorted.len() as f64).ceil() as usize).saturating_sub(1);
    Some(sorted[rank]).filter(|value| value.is_finite())
}

/// One departure's figures: minutes to the nearest, to the second nearest and until four are reached, and how many are
/// reached in 15 minutes.
fn figures(seconds: &[Option<u32>]) -> [Option<f64>; 4] {
    let mut reached: Vec<(u32, f64)> =
        seconds.iter().zip(SHOPS).filter_map(|(s, (.., offers))| Some(((*s)?, offers))).collect();
    reached.sort_unstable_by(|a, b| a.partial_cmp(b).unwrap());
    let minutes = |row: usize| Some(f64::from(reached.get(row)?.0) / 60.0);
    let until = (1..=reached.len())
        .find(|count| reached[..*count].iter().map(|(_, offers)| offers).sum::<f64>() >= 4.0);
    let soon = reached.iter().filter(|(seconds, _)| *seconds <= 15 * 60).map(|(_, offers)| offers);
    [
        minutes(0),
        minutes(1),
        until.and_then(|count| minutes(count - 1)),
        Some(soon.sum::<f64>().abs()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn both_percentiles_are_those_of_a_plain_search_at_each_departure(trips in trips()) {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let (streets, stops) = (town(folder), STOPS.map(lon));
        let feed = timetable(folder, &stops, &trips);
        let (from, to) = (places(folder, "from.csv", &HOMES), places(folder, "to.csv", &SHOPS));
        let out = folder.join("out.parquet");
        run(
            &[
                "--mode", "transit", "--depart", "2026-05-05T07:00/07:20", "--percentiles", "0,10,50,90,100",
                "--measure", "nearest:2,dual:4,cumulative:15", "--weight", "people", "--limit", "45",
            ],
            &[("--streets", &streets), ("--gtfs", &feed), ("--from", &from), ("--to", &to), ("--out", &out)],
        )
        .success();
        let (out, walks) = (by_id(&out), walks(folder, &streets));
        let plain = Plain { walks: &walks, trips: &trips };
        for (row, (home, ..)) in HOMES.iter().enumerate() {
            let departures: Vec<Vec<Option<u32>>> =
                (0..DEPARTURES).map(|minute| plain.from(home, START + minute * 60)).collect();
            let each: Vec<[Option<f64>; 4]> = departures.iter().map(|d| figures(d)).collect();
            for percent in PERCENTS {
                let cell = |name: &str| numbers(&out, &format!("access_{name}_p{percent}"))[row];
                let names = ["nearest_1_min", "nearest_2_min", "dual_4_min", "cumulative_15min"];
                for (at, name) in names.into_iter().enumerate() {
                    let of_figure: Vec<Option<f64>> = each.iter().map(|figures| figures[at]).collect();
                    let expected = percentile(&of_figure, percent);
                    let found = cell(&format!("{name}_transit_access"));
                    prop_assert!(close(found, expected), "{home} {name} p{percent}: {found:?} {expected:?}");
                }
                // By time: the percentile of each shop first.
                let to_shop = |shop: usize| {
                    let seconds = departures.iter().map(|seconds| seconds[shop].map(f64::from));
                    percentile(&seconds.collect::<Vec<_>>(), percent)
                };
                let nearest = (0..SHOPS.len()).filter_map(to_shop).reduce(f64::min);
                let expected = nearest.map(|seconds| seconds / 60.0);
                let found = cell("nearest_1_min_transit_time");
                prop_assert!(close(found, expected), "{home} by time p{percent}: {found:?} {expected:?}");
                prop_assert!(expected.is_none() || cell("nearest_1_min_transit_access") <= found);
            }
        }
    }
}

fn close(found: Option<f64>, expected: Option<f64>) -> bool {
    match (found, expected) {
        (Some(found), Some(expected)) => (found - expected).abs() < 1e-9,
        (found, expected) => found == expected,
    }
}
