//! Vehicles sorted into patterns in which none overtakes another.

use std::collections::HashMap;

use super::{BOARD, Boarding, Pattern};

/// One vehicle's journey: stops and flags, and arrival and departure at each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Journey {
    /// Feed and trip row.
    pub(super) trip: (u32, u32),
    /// Stop and flags of each position.
    pub(super) calls: Vec<(u32, u8)>,
    /// Arrival and departure of each position, seconds of the day + epoch.
    pub(super) times: Vec<(u32, u32)>,
    /// The trips by which it arrives at and leaves each position.
    pub(super) legs: Vec<(u32, u32)>,
}

/// Journeys of one sequence of stops.
#[derive(Default)]
struct Group {
    calls: Vec<(u32, u8)>,
    journeys: Vec<Timed>,
}

/// When a trip is where; sorts by that.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Timed {
    times: Vec<(u32, u32)>,
    trip: (u32, u32),
}

/// Collects journeys by their sequence of stops.
#[derive(Default)]
pub(super) struct Patterns {
    numbers: HashMap<Vec<(u32, u8)>, usize>,
    groups: Vec<Group>,
}

/// The flat arrays of all patterns.
#[derive(Default)]
pub(super) struct Arrays {
    pub(super) patterns: Vec<Pattern>,
    pub(super) stops: Vec<u32>,
    pub(super) flags: Vec<u8>,
    pub(super) trips: Vec<(u32, u32)>,
    pub(super) arrivals: Vec<u32>,
    pub(super) departures: Vec<u32>,
}

impl Patterns {
    pub(super) fn add(&mut self, journey: Journey) {
        let next = self.groups.len();
        let number = self.numbers.get(&journey.calls).copied().unwrap_or(next);
        if number == next {
            self.numbers.insert(journey.calls.clone(), next);
            self.groups.push(Group { calls: journey.calls, journeys: Vec::new() });
        }
        self.groups[number].journeys.push(Timed { times: journey.times, trip: journey.trip });
    }

    /// Lays the journeys out; patterns come in the order in which their first journey was added.
    pub(super) fn finish(self) -> Arrays {
        let mut arrays = Arrays::default();
        for group in self.groups {
            let Group { calls, mut journeys } = group;
            journeys.sort();
            for lane in lanes(&journeys) {
                arrays.add(&calls, &lane);
            }
        }
        arrays
    }
}

/// Divides sorted journeys so that within each lane every one is at every stop no earlier than the one
/// before it; each goes into the first lane that fits.
fn lanes(journeys: &[Timed]) -> Vec<Vec<&Timed>> {
    let mut lanes: Vec<Vec<&Timed>> = Vec::new();
    for journey in journeys {
        let follows = |lane: &&mut Vec<&Timed>| {
            lane.last().is_some_and(|before| never_earlier(&before.times, &journey.times))
        };
        match lanes.iter_mut().find(follows) {
            Some(lane) => lane.push(journey),
            None => lanes.push(vec![journey]),
        }
    }
    lanes
}

fn never_earlier(before: &[(u32, u32)], after: &[(u32, u32)]) -> bool {
    before.iter().zip(after).all(|(before, after)| before.0 <= after.0 && before.1 <= after.1)
}

impl Arrays {
    fn add(&mut self, calls: &[(u32, u8)], lane: &[&Timed]) {
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        self.patterns.push(Pattern {
            first_position: count(self.stops.len()),
            positions: count(calls.len()),
            first_trip: count(self.trips.len()),
            trips: count(lane.len()),
            first_time: count(self.arrivals.len()),
        });
        self.stops.extend(calls.iter().map(|call| call.0));
        self.flags.extend(calls.iter().map(|call| call.1));
        self.trips.extend(lane.iter().map(|journey| journey.trip));
        for journey in lane {
            self.arrivals.extend(journey.times.iter().map(|time| time.0));
        }
        for position in 0..calls.len() {
            self.departures.extend(lane.iter().map(|journey| journey.times[position].1));
        }
    }

    /// For each stop where its entries begin, and the entries.
    pub(super) fn boardings(&self, stops: usize) -> (Vec<u32>, Vec<Boarding>) {
        let mut entries = Vec::new();
        for (number, pattern) in (0u32..).zip(&self.patterns) {
            // Nobody gets on where the vehicle ends.
            for position in 0..pattern.positions.saturating_sub(1) {
                let at = (pattern.first_position + position) as usize;
                if self.flags[at] & BOARD != 0 {
                    let Pattern { first_trip, trips, first_time, .. } = *pattern;
                    let departures = first_time + position * trips;
                    let entry =
                        Boarding { pattern: number, position, first_trip, departures, trips };
                    entries.push((self.stops[at], entry));
                }
            }
        }
        entries.sort_unstable();
        let mut starts = vec![0; stops + 1];
        for &(stop, _) in &entries {
            starts[stop as usize + 1] += 1;
        }
        for stop in 0..stops {
            starts[stop + 1] += starts[stop];
        }
        (starts, entries.into_iter().map(|entry| entry.1).collect())
    }
}
