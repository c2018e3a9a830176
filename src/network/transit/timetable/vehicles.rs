//! The journeys that vehicles of one feed make within the span of a timetable.

use jiff::ToSpan;
use jiff::civil::Date;

use super::super::NetworkError;
use super::patterns::{Journey, Patterns};
use super::places::{Named, Place, Places, Side};
use super::{ALIGHT, BOARD, DAY, EPOCH, TimetableOptions};
use crate::model::{Feed, Frequency, Notice, StopTime, Wheelchair};

/// Stop times that a timetable may hold; at 8 bytes each and as much
/// again while they are sorted this is 500 MB.
const MAX_TIMES: usize = 30_000_000;
/// Days back on which a vehicle that still runs can have set out: times are below 168 hours.
const DAYS_BACK: i64 = 7;
/// Trips that one vehicle may serve without passengers leaving it.
const MAX_LEGS: usize = 16;
/// Trips that a vehicle may divide into at one place.
const MAX_BRANCHES: usize = 4;

/// What is collected from all feeds.
#[derive(Default)]
pub(super) struct Collected {
    pub(super) patterns: Patterns,
    pub(super) notices: Vec<Notice>,
    pub(super) places: Places,
    times: usize,
}

/// One feed, seen on one date.
pub(super) struct Vehicles<'a> {
    pub(super) feed: &'a Feed,
    pub(super) number: u32,
    /// What is added to a row of `stops.txt` to tell the stops of several feeds apart.
    pub(super) first_stop: u32,
    pub(super) named: Named,
    pub(super) date: Date,
    pub(super) options: &'a TimetableOptions,
}

/// What holds on every day for the trips and stops of a feed.
struct Standing {
    /// What one may do at each stop; `None` where a vehicle can only pass.
    stops: Vec<Option<u8>>,
    /// Whether each trip is wanted and has two stops that can be used.
    trips: Vec<bool>,
    /// Whether each trip is a pattern for repetitions and does not run itself.
    repeated: Vec<bool>,
    /// From trip to trip without leaving the vehicle, sorted.
    joins: Vec<(u32, u32)>,
}

impl Vehicles<'_> {
    /// Adds the journeys of the date and of the days around it.
    pub(super) fn collect(&self, into: &mut Collected) -> Result<(), NetworkError> {
        let standing = self.standing(&mut into.notices);
        let days_ahead = i64::from(self.options.span.end / DAY);
        for day in -DAYS_BACK..=days_ahead {
            let Ok(date) = self.date.checked_add(day.days()) else { continue };
            let services = self.feed.services();
            let running: Vec<bool> = services.iter().map(|service| service.runs_on(date)).collect();
            let shift = i64::from(EPOCH) + day * i64::from(DAY);
            self.collect_day(&standing, &running, shift, into)?;
        }
        Ok(())
    }

    fn collect_day(
        &self,
        standing: &Standing,
        running: &[bool],
        shift: i64,
        into: &mut Collected,
    ) -> Result<(), NetworkError> {
        let trips = self.feed.trips().iter().zip(&standing.trips);
        let runs: Vec<bool> =
            trips.map(|(trip, &usable)| usable && running[trip.service as usize]).collect();
        let joins: Vec<(u32, u32)> = standing
            .joins
            .iter()
            .copied()
            .filter(|&(from, to)| runs[from as usize] && runs[to as usize])
            .collect();
        let mut joined = vec![false; runs.len()];
        for chain in chains(&joins) {
            for &trip in &chain {
                joined[trip as usize] = true;
            }
            self.add(standing, &chain, shift, into)?;
        }
        for (trip, _) in (0u32..).zip(&runs).filter(|&(_, &runs)| runs) {
            if !joined[trip as usize] && !standing.repeated[trip as usize] {
                self.add(standing, &[trip], shift, into)?;
            }
        }
        self.repeat(standing, &runs, shift, into)
    }

    /// The departures of a row of `frequencies.txt`, on the clock of the arrays, whose vehicles touch
    /// the span: the first, and how many follow each other.
    fn repetitions(&self, row: Frequency, shift: i64) -> (i64, usize) {
        let times = self.feed.stop_times(row.trip as usize);
        let (Some(first), Some(last)) = (times.first(), times.last()) else { return (0, 0) };
        let (headway, start) = (i64::from(row.headway), i64::from(row.start) + shift);
        let duration = i64::from(last.arrival) - i64::from(first.departure);
        let missed = i64::from(self.options.span.start + EPOCH) - duration - start;
        let end = i64::from(row.end) + shift;
        let end = end.min(i64::from(self.options.span.end + EPOCH) + 1);
        let departure = start + (missed.max(0) + headway - 1) / headway * headway;
        let count = (end - departure).max(0) + headway - 1;
        (departure, usize::try_from(count / headway).unwrap_or(0))
    }

    /// Adds the repetitions of the trips that run, or none where they would fill the memory.
    fn repeat(
        &self,
        standing: &Standing,
        runs: &[bool],
        shift: i64,
        into: &mut Collected,
    ) -> Result<(), NetworkError> {
        let rows = || self.feed.frequencies().iter().filter(|row| runs[row.trip as usize]);
        let calls = |row: &Frequency| self.feed.stop_times(row.trip as usize).len();
        let expected: usize = rows()
            .map(|row| self.repetitions(*row, shift).1.saturating_mul(calls(row)))
            .fold(into.times, usize::saturating_add);
        self.check_size(expected)?;
        for row in rows() {
            let (first, count) = self.repetitions(*row, shift);
            let begins = self.feed.stop_times(row.trip as usize).first();
            let begins = begins.map_or(0, |time| i64::from(time.departure));
            let departures =
                std::iter::successors(Some(first), |at| Some(at + i64::from(row.headway)));
            for departure in departures.take(count) {
                self.add(standing, &[row.trip], departure - begins, into)?;
            }
        }
        Ok(())
    }

    fn check_size(&self, times: usize) -> Result<(), NetworkError> {
        let (date, limit) = (self.date, MAX_TIMES);
        let error = NetworkError::TooLarge { date, what: "stop times", limit };
        if times > limit { Err(error) } else { Ok(()) }
    }

    /// Adds one journey, `shift` being what makes its times seconds of the day + epoch.
    fn add(
        &self,
        standing: &Standing,
        legs: &[u32],
        shift: i64,
        into: &mut Collected,
    ) -> Result<(), NetworkError> {
        let mut ends = legs.iter().map(|&leg| self.feed.stop_times(leg as usize));
        let first = ends.clone().next().and_then(<[StopTime]>::first);
        let last = ends.next_back().and_then(<[StopTime]>::last);
        let (Some(first), Some(last)) = (first, last) else { return Ok(()) };
        let span = &self.options.span;
        if i64::from(last.arrival) + shift < i64::from(span.start + EPOCH)
            || i64::from(first.departure) + shift > i64::from(span.end + EPOCH)
        {
            return Ok(());
        }
        let mut journey = self.journey(standing, legs, shift);
        self.find_places(&mut journey, &mut into.places);
        into.times += journey.calls.len();
        self.check_size(into.times)?;
        into.patterns.add(journey);
        Ok(())
    }

    fn journey(&self, standing: &Standing, legs: &[u32], shift: i64) -> Journey {
        let mut journey = Journey {
            trip: (self.number, legs.first().copied().unwrap_or_default()),
            ..Journey::default()
        };
        for &leg in legs {
            let mut joint = !journey.calls.is_empty();
            for time in self.feed.stop_times(leg as usize) {
                if let Some(allowed) = standing.stops[time.stop as usize] {
                    let stop = self.first_stop + time.stop;
                    let at = (clock(time.arrival, shift), clock(time.departure, shift));
                    let call = (stop, allowed & flags(time));
                    journey.call(leg, call, at, std::mem::take(&mut joint));
                }
            }
        }
        // Nobody was in the vehicle before its first stop, nobody rides on after its last.
        if let Some(first) = journey.calls.first_mut() {
            first.1 &= !ALIGHT;
        }
        if let Some(last) = journey.calls.last_mut() {
            last.1 &= !BOARD;
        }
        journey
    }

    /// Lets a vehicle that rules for changing name call at places of its own.
    fn find_places(&self, journey: &mut Journey, places: &mut Places) {
        if self.named.is_empty() {
            return;
        }
        for ((stop, flags), &(from, to)) in journey.calls.iter_mut().zip(&journey.legs) {
            let (row, mut arriving, mut departing) =
                (*stop - self.first_stop, Side::default(), Side::default());
            if *flags & ALIGHT != 0 {
                arriving = self.named.arriving(self.feed, row, from);
            }
            if *flags & BOARD != 0 {
                departing = self.named.departing(self.feed, row, to);
            }
            if (arriving, departing) != (Side::default(), Side::default()) {
                *stop = places.number(Place { stop: *stop, arriving, departing });
            }
        }
    }

    fn standing(&self, notices: &mut Vec<Notice>) -> Standing {
        let stops: Vec<Option<u8>> =
            (0u32..).zip(self.feed.stops()).map(|(row, _)| self.allowed(row)).collect();
        let mut repeated = vec![false; self.feed.trips().len()];
        for row in self.feed.frequencies() {
            repeated[row.trip as usize] = true;
        }
        let trips = self.usable_trips(&stops, notices);
        let joins = self.joins(&repeated, notices);
        Standing { stops, trips, repeated, joins }
    }

    fn allowed(&self, stop: u32) -> Option<u8> {
        self.feed.place(stop)?;
        let barred = self.options.wheelchair && self.feed.wheelchair(stop) != Wheelchair::Yes;
        Some(if barred { 0 } else { BOARD | ALIGHT })
    }

    fn usable_trips(&self, stops: &[Option<u8>], notices: &mut Vec<Notice>) -> Vec<bool> {
        let (mut placeless, mut barred) = (0, 0);
        let usable = |(at, trip): (usize, &crate::model::Trip)| {
            let times = self.feed.stop_times(at);
            let placed = times.iter().filter(|time| stops[time.stop as usize].is_some()).count();
            let welcome = !self.options.wheelchair || trip.wheelchair == Wheelchair::Yes;
            placeless += u64::from(placed < 2 && !times.is_empty());
            barred += u64::from(!welcome && !times.is_empty());
            placed >= 2 && welcome
        };
        let usable = self.feed.trips().iter().enumerate().map(usable).collect();
        if placeless > 0 {
            let what = "the trip has fewer than two stops with coordinates; left out";
            self.tell(notices, "trips.txt", what, placeless);
        }
        if barred > 0 {
            let what = "the trip does not say that a wheelchair can use it; left out";
            self.tell(notices, "trips.txt", what, barred);
        }
        let silent = stops.iter().all(|&allowed| allowed.is_none_or(|allowed| allowed == 0));
        if self.options.wheelchair && silent {
            let what = "no stop says that a wheelchair can board; none can be used";
            self.tell(notices, "stops.txt", what, 1);
        }
        usable
    }

    /// Rows "stay in the vehicle" that fit in time.
    fn joins(&self, repeated: &[bool], notices: &mut Vec<Notice>) -> Vec<(u32, u32)> {
        let (mut joins, mut unfit) = (Vec::new(), 0);
        for row in self.feed.transfers().iter().filter(|row| row.kind == 4) {
            let Some((from, to)) = row.from_trip.zip(row.to_trip) else { continue };
            let end = self.feed.stop_times(from as usize).last();
            let start = self.feed.stop_times(to as usize).first();
            let fits = end.zip(start).is_some_and(|(end, start)| end.arrival <= start.departure);
            if fits && from != to && !repeated[from as usize] && !repeated[to as usize] {
                joins.push((from, to));
            } else {
                unfit += 1;
            }
        }
        if unfit > 0 {
            let what = "a trip that passengers are to stay in does not follow the other in time; \
                        the trips are not joined";
            self.tell(notices, "transfers.txt", what, unfit);
        }
        joins.sort_unstable();
        joins.dedup();
        joins
    }

    fn tell(&self, notices: &mut Vec<Notice>, member: &str, what: &str, count: u64) {
        let file = format!("{}: {member}", self.feed.name());
        notices.push(Notice { file, line: None, what: what.to_owned(), count });
    }
}

impl Journey {
    /// Adds a call; at the joint of two trips in the same stop the two calls are one.
    fn call(&mut self, leg: u32, (stop, flags): (u32, u8), at: (u32, u32), joint: bool) {
        match (self.calls.last_mut(), self.times.last_mut(), self.legs.last_mut()) {
            (Some(call), Some(time), Some(legs)) if joint && call.0 == stop => {
                call.1 = (call.1 & ALIGHT) | (flags & BOARD);
                time.1 = time.1.max(at.1);
                legs.1 = leg;
            }
            _ => {
                self.calls.push((stop, flags));
                self.times.push(at);
                self.legs.push((leg, leg));
            }
        }
    }
}

fn flags(time: &StopTime) -> u8 {
    let board = if time.pickup == 1 { 0 } else { BOARD };
    let alight = if time.drop_off == 1 { 0 } else { ALIGHT };
    board | alight
}

/// Never below 0 nor out of range: times are below 168 hours and the epoch lies 8 days back.
fn clock(time: u32, shift: i64) -> u32 {
    u32::try_from(i64::from(time) + shift).unwrap_or_default()
}

/// The ways through joined trips, from those that none leads to; a trip that divides is in several.
fn chains(joins: &[(u32, u32)]) -> Vec<Vec<u32>> {
    let mut targets: Vec<u32> = joins.iter().map(|join| join.1).collect();
    targets.sort_unstable();
    let mut starts: Vec<u32> = joins.iter().map(|join| join.0).collect();
    starts.dedup();
    starts.retain(|start| targets.binary_search(start).is_err());
    let mut open: Vec<Vec<u32>> = starts.into_iter().map(|start| vec![start]).collect();
    let mut done = Vec::new();
    while let Some(chain) = open.pop() {
        let last = chain.last().copied().unwrap_or_default();
        let from = joins.partition_point(|join| join.0 < last);
        let follow = joins[from..].iter().take_while(|join| join.0 == last);
        let follow: Vec<u32> = follow.map(|join| join.1).take(MAX_BRANCHES).collect();
        if follow.is_empty() || chain.len() == MAX_LEGS {
            done.push(chain);
            continue;
        }
        // Every branch is followed where there are few; a tangle keeps to its first.
        let width = if chain.len() < 4 { follow.len() } else { 1 };
        open.extend(follow.into_iter().take(width).map(|next| [&chain[..], &[next]].concat()));
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_follow_joins_to_their_ends() {
        assert_eq!(chains(&[(0, 1), (1, 2), (4, 5)]), [vec![4, 5], vec![0, 1, 2]]);
        assert_eq!(chains(&[(0, 1), (0, 2)]), [vec![0, 2], vec![0, 1]]);
    }

    #[test]
    fn a_circle_of_joins_has_no_start() {
        assert!(chains(&[(0, 1), (1, 0)]).is_empty());
        assert_eq!(chains(&[(2, 0), (0, 1), (1, 0)]).len(), 1);
    }
}
