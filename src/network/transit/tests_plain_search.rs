//! Searches against a plain one, which knows no rounds and no patterns, on random timetables.

#![allow(clippy::unwrap_used)]

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

use proptest::prelude::*;

use super::tests_search::{DAY, build};
use super::{Footpaths, Request, Search, Timetable, UNREACHED, Wait};
use crate::model::{Feed, FeedRows, Route, Service, Stop, StopTime, Transfer, Trip, Wheelchair};

/// A random small city.
#[derive(Debug, Clone)]
struct City {
    stops: u32,
    trips: Vec<Vec<StopTime>>,
    walks: Vec<(u32, u32, u32)>,
    rules: Vec<Transfer>,
    access: Vec<(u32, u32)>,
    min_transfer: u32,
    max_rides: u8,
    max_duration: u32,
    step: u32,
}

impl City {
    fn feed(&self) -> Feed {
        let mut starts = vec![0];
        for trip in &self.trips {
            starts.push(starts.last().unwrap() + u32::try_from(trip.len()).unwrap());
        }
        let stop = |at: u32| Stop {
            id: at.to_string(),
            name: String::new(),
            lon_lat: Some([18.0, 59.0]),
            location_type: 0,
            parent: None,
            wheelchair: Wheelchair::Unknown,
        };
        let trip = |at: usize| Trip {
            id: at.to_string(),
            route: route(u32::try_from(at).unwrap()),
            service: 0,
            wheelchair: Wheelchair::Unknown,
        };
        Feed::new(FeedRows {
            stops: (0..self.stops).map(stop).collect(),
            routes: vec![Route { id: String::new(), short_name: String::new(), kind: 3 }; 3],
            services: vec![Service { exceptions: vec![(DAY, true)], ..Service::default() }],
            trips: (0..self.trips.len()).map(trip).collect(),
            stop_times: self.trips.concat(),
            trip_starts: starts,
            transfers: self.rules.clone(),
            ..FeedRows::default()
        })
        .unwrap()
    }

    /// Seconds from getting off a trip to being ready for another, read straight from the rows; `None`
    /// where one may not or cannot.
    fn change(&self, stops: (u32, u32), trips: (u32, u32)) -> Option<u32> {
        let fits = |row: &&Transfer| {
            let trip = |named: Option<u32>, trip: u32| named.is_none_or(|named| named == trip);
            let side = |named: Option<u32>, on: Option<u32>, is: u32| {
                trip(named, is) && (named.is_some() || trip(on, route(is)))
            };
            (row.from_stop, row.to_stop) == (Some(stops.0), Some(stops.1))
                && side(row.from_trip, row.from_route, trips.0)
                && side(row.to_trip, row.to_route, trips.1)
        };
        // The order of the GTFS reference.
        let rank = |row: &&Transfer| {
            let trips = [row.from_trip, row.to_trip].iter().flatten().count();
            let routes = [(row.from_trip, row.from_route), (row.to_trip, row.to_route)];
            let routes = routes.iter().filter(|(trip, on)| trip.is_none() && on.is_some()).count();
            match (trips, routes) {
                (2, _) => 1,
                (1, 1) => 2,
                (1, _) => 3,
                (_, 2) => 4,
                (_, 1) => 5,
                _ => 6,
            }
        };
        let general_advice = |row: &&Transfer| row.kind == 0 && rank(row) == 6;
        let rows = self.rules.iter().filter(fits).filter(|row| !general_advice(row));
        let row = rows.min_by_key(rank);
        let walks = self.walks.iter().filter(|walk| (walk.0, walk.1) == stops);
        let here = (stops.0 == stops.1).then_some(0);
        let walk = walks.map(|walk| walk.2).chain(here).min();
        match row.map_or(0, |row| row.kind) {
            1 => walk,
            2 => Some(walk.unwrap_or(0).max(row?.min_seconds?)),
            3 => None,
            _ => Some(walk? + self.min_transfer),
        }
    }

    /// When a vehicle is left at each stop, by Dijkstra's algorithm on states that are reached at a time:
    /// ready to board at a first stop, aboard a trip at a position, off a trip at a stop; each with the
    /// rides so far.
    fn plain(&self, departure: u32) -> Vec<u32> {
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        enum State {
            Ready { stop: u32 },
            Aboard { trip: usize, position: usize, rides: u8 },
            Off { stop: u32, trip: usize, rides: u8 },
        }
        let mut earliest = vec![UNREACHED; self.stops as usize];
        let mut seen = HashSet::new();
        let first = |&(stop, walk): &(u32, u32)| Reverse((departure + walk, State::Ready { stop }));
        let mut open: BinaryHeap<_> = self.access.iter().map(first).collect();
        while let Some(Reverse((time, state))) = open.pop() {
            if time > departure + self.max_duration || !seen.insert(state) {
                continue;
            }
            let mut go = |at: u32, state: State| open.push(Reverse((at, state)));
            match state {
                State::Ready { stop } => {
                    for (trip, position, call) in self.boardings() {
                        if call.stop == stop && call.departure >= time {
                            go(call.departure, State::Aboard { trip, position, rides: 1 });
                        }
                    }
                }
                State::Aboard { trip, position, rides } => {
                    if let Some(next) = self.trips[trip].get(position + 1) {
                        go(next.departure, State::Aboard { trip, position: position + 1, rides });
                        if next.drop_off != 1 {
                            go(next.arrival.max(time), State::Off { stop: next.stop, trip, rides });
                        }
                    }
                }
                State::Off { stop, trip: off, rides } => {
                    let known = &mut earliest[stop as usize];
                    *known = (*known).min(time - departure);
                    if rides == self.max_rides {
                        continue;
                    }
                    for (trip, position, call) in self.boardings() {
                        let trips = [off, trip].map(|trip| u32::try_from(trip).unwrap());
                        let change = self.change((stop, call.stop), trips.into());
                        if change.is_some_and(|seconds| call.departure >= time + seconds) {
                            let rides = rides + 1;
                            go(call.departure, State::Aboard { trip, position, rides });
                        }
                    }
                }
            }
        }
        earliest
    }

    /// Trip and position of every call at which one may get on.
    fn boardings(&self) -> impl Iterator<Item = (usize, usize, &StopTime)> {
        let trips = self.trips.iter().enumerate();
        let calls = trips.flat_map(|(trip, calls)| {
            calls.iter().enumerate().map(move |(position, call)| (trip, position, call))
        });
        calls.filter(|(.., call)| call.pickup != 1)
    }
}

const STOPS: u32 = 6;

/// The route of each trip.
fn route(trip: u32) -> u32 {
    trip % 3
}

/// Rules of every kind, for stops, routes and trips, often several for the same change.
fn rules() -> impl Strategy<Value = Vec<Transfer>> {
    let named = || (prop::option::of(0u32..25), prop::option::of(0u32..3));
    let rule = (0..STOPS, 0..STOPS, any::<bool>(), 0u8..4, 0u32..1_200, named(), named());
    let rule = rule.prop_map(|(stop, other, same, kind, seconds, from, to)| Transfer {
        from_stop: Some(stop),
        to_stop: Some(if same { stop } else { other }),
        kind,
        min_seconds: (kind == 2).then_some(seconds),
        from_trip: from.0,
        from_route: from.1,
        to_trip: to.0,
        to_route: to.1,
        line: 2,
    });
    prop_oneof![Just(Vec::new()), prop::collection::vec(rule, 1..16)]
}

/// Few stop sequences with several trips each, so that some overtake; dwell, loops and flags at random.
fn cities() -> impl Strategy<Value = City> {
    let call = (
        0..STOPS,
        prop::sample::select(vec![0u8, 0, 0, 1]),
        prop::sample::select(vec![0u8, 0, 0, 1]),
    );
    let sequence = prop::collection::vec(call, 2..6);
    let hops = prop::collection::vec((0u32..900, prop::sample::select(vec![0u32, 0, 60])), 6);
    let trips = prop::collection::vec((28_000u32..33_000, hops), 1..5);
    let line = (sequence, trips).prop_map(|(sequence, trips)| {
        let trip = |(start, hops): (u32, Vec<(u32, u32)>)| {
            let mut now = start;
            let call =
                |(&(stop, pickup, drop_off), &(ride, dwell)): (&(u32, u8, u8), &(u32, u32))| {
                    let arrival = now + ride;
                    now = arrival + dwell;
                    StopTime { stop, arrival, departure: now, pickup, drop_off }
                };
            sequence.iter().zip(&hops).map(call).collect::<Vec<_>>()
        };
        trips.into_iter().map(trip).collect::<Vec<_>>()
    });
    (
        prop::collection::vec(line, 1..6),
        prop::collection::vec((0..STOPS, 0..STOPS, 0u32..600), 0..8),
        prop::collection::vec((0..STOPS, 0u32..600), 1..3),
        prop::sample::select(vec![0u32, 60, 200]),
        1u8..5,
        prop::sample::select(vec![900u32, 2_400, 20_000]),
        prop::sample::select(vec![60u32, 300, 7]),
        rules(),
    )
        .prop_map(
            |(lines, walks, access, min_transfer, max_rides, max_duration, step, rules)| City {
                stops: STOPS,
                rules: held(rules, lines.iter().map(Vec::len).sum()),
                trips: lines.concat(),
                walks: walks.into_iter().filter(|walk| walk.0 != walk.1).collect(),
                access,
                min_transfer,
                max_rides,
                max_duration,
                step,
            },
        )
}

/// Rules whose trips exist.
fn held(mut rules: Vec<Transfer>, trips: usize) -> Vec<Transfer> {
    let trips = u32::try_from(trips).unwrap();
    for rule in &mut rules {
        rule.from_trip = rule.from_trip.map(|trip| trip % trips);
        rule.to_trip = rule.to_trip.map(|trip| trip % trips);
    }
    rules
}

/// Number in the timetable by stop of the city; stops that no trip serves have none.
fn served(timetable: &Timetable, stops: u32) -> Vec<Option<u32>> {
    (0..stops).map(|stop| timetable.stop(0, &stop.to_string())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn arrivals_are_those_of_a_plain_search(cities in prop::collection::vec(cities(), 1..3)) {
        // One workspace for all: what the city before left in it must not show.
        let mut search = Search::new();
        for city in cities {
            let timetable = build(city.feed());
            let served = served(&timetable, city.stops);
            let number = |stop: u32| served[stop as usize];
            let walks = city.walks.iter().filter_map(|&(from, to, seconds)| {
                Some((number(from)?, number(to)?, seconds))
            });
            let footpaths = Footpaths::new(&timetable, walks.collect()).unwrap();
            let access: Vec<(u32, u32)> = city.access.iter()
                .filter_map(|&(stop, seconds)| Some((number(stop)?, seconds)))
                .collect();
            let request = Request {
                access: &access,
                window: 28_000..28_000 + 12 * city.step,
                step: city.step,
                max_rides: city.max_rides,
                max_duration: city.max_duration,
                min_transfer: city.min_transfer,
                wait: Wait::Counted,
            };
            let mut minutes = 0;
            let mut wrong = None;
            search.run(&timetable, &footpaths, &request, |minute| {
                minutes += 1;
                let plain = city.plain(minute.departure);
                for (stop, &expected) in (0u32..).zip(&plain) {
                    let found = number(stop).map_or(UNREACHED, |stop| minute.seconds(stop));
                    if found != expected {
                        wrong = Some((minute.departure, stop, found, expected));
                    }
                }
            }).unwrap();
            prop_assert_eq!(minutes, 12);
            prop_assert_eq!(wrong, None, "departure, stop, found, expected");
        }
    }

    #[test]
    fn planned_times_leave_as_late_as_possible(city in cities()) {
        let timetable = build(city.feed());
        let served = served(&timetable, city.stops);
        let access: Vec<(u32, u32)> = city.access.iter()
            .filter_map(|&(stop, seconds)| Some((served[stop as usize]?, seconds)))
            .collect();
        let city = City { walks: Vec::new(), max_duration: 2_400, step: 60, ..city };
        let footpaths = Footpaths::new(&timetable, Vec::new()).unwrap();
        let request = Request {
            access: &access,
            window: 28_800..29_160,
            step: 60,
            max_rides: city.max_rides,
            max_duration: city.max_duration,
            min_transfer: city.min_transfer,
            wait: Wait::Planned,
        };
        let mut wrong = None;
        Search::new().run(&timetable, &footpaths, &request, |minute| {
            if minute.index.is_none() { return }
            // By definition: the earliest arrival of all departures from here on, and of those that
            // give it the latest, which must be at most 40 minutes away.
            let later: Vec<(u32, Vec<u32>)> = (0..90)
                .map(|step| minute.departure + 60 * step)
                .map(|departure| (departure, city.plain(departure)))
                .collect();
            for stop in 0..city.stops {
                let best = later.iter()
                    .filter(|(_, seconds)| seconds[stop as usize] != UNREACHED)
                    .map(|(departure, seconds)| {
                        let seconds = seconds[stop as usize];
                        (departure + seconds, Reverse(*departure), seconds)
                    })
                    .min();
                let best = best.filter(|best| best.1.0 - minute.departure <= 2_400);
                let expected = best.map_or(UNREACHED, |best| best.2);
                let found = served[stop as usize].map_or(UNREACHED, |stop| minute.seconds(stop));
                if found != expected {
                    wrong = Some((minute.departure, stop, found, expected));
                }
            }
        }).unwrap();
        prop_assert_eq!(wrong, None, "departure, stop, found, expected");
    }
}
