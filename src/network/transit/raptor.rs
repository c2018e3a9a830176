//! Range RAPTOR: for every departure in a window, when each stop is reached.
//!
//! Source: Delling, Pajor & Werneck (2015), "Round-based public transit routing" (rounds, and their
//! extension to a range of departures); Witt (2015), "Trip-based public transit routing", for the
//! positions from which each trip was ridden already. Round `k` finds what `k` rides reach. Departures
//! are scanned from the last to the first and what a later one found stays: who sets out earlier can
//! wait, so that a label is a bound that only what is new can beat. Nothing is followed past the limit
//! on the duration.
//!
//! A trip is ridden from a position only as far as neither it nor an earlier trip of its pattern was
//! ridden before, with as many rides or fewer, for this departure or a later one: over the whole window
//! every stretch of every trip is looked at once for each number of rides.

use super::timetable::{ALIGHT, Boarding, EPOCH, Timetable};
use super::{Footpaths, NetworkError, Request, Wait};

/// Seconds to a place that is not reached; inside searches only, published as null.
pub const UNREACHED: u32 = u32::MAX;

/// What is known after the search for one departure.
///
/// A stop counts as reached when a vehicle is left there: walks from there on, to a destination, are
/// the caller's, and so is the way that needs no vehicle at all.
#[derive(Debug, Clone, Copy)]
pub struct Minute<'a> {
    /// Number of the departure in the window, from 0; `None` for one behind it, which
    /// [`Wait::Planned`] needs and which is not part of the result.
    pub index: Option<u32>,
    /// Seconds of the day.
    pub departure: u32,
    /// The stops whose arrival is earlier than for the departure before (which was the later one).
    pub improved: &'a [u32],
    arrivals: &'a [u32],
    left: &'a [u32],
    wait: Wait,
    max_duration: u32,
}

impl Minute<'_> {
    /// Seconds to a stop, [`UNREACHED`] where it is not reached in `max_duration`.
    #[must_use]
    pub fn seconds(&self, stop: u32) -> u32 {
        let stop = stop as usize;
        self.duration(self.arrivals[stop], self.left[stop])
    }

    /// Seconds to every stop, in `into`, which is emptied before.
    pub fn seconds_into(&self, into: &mut Vec<u32>) {
        into.clear();
        let labels = self.arrivals.iter().zip(self.left);
        into.extend(labels.map(|(&arrival, &left)| self.duration(arrival, left)));
    }

    /// The arrival at a stop on the clock of the search, which only differences are taken of.
    #[inline]
    pub(super) fn arrival(&self, stop: u32) -> u32 {
        self.arrivals[stop as usize]
    }

    /// The departure on the clock of the search.
    #[inline]
    pub(super) fn clock(&self) -> u32 {
        self.departure + EPOCH
    }

    /// Seconds from an arrival, given when it was last improved, by the rule for the wait.
    #[inline]
    pub(super) fn duration(&self, arrival: u32, left: u32) -> u32 {
        if arrival == UNREACHED {
            return UNREACHED;
        }
        let (start, ahead) = match self.wait {
            Wait::Counted => (self.clock(), 0),
            Wait::Planned => (left, left.wrapping_sub(self.clock())),
        };
        let seconds = arrival.wrapping_sub(start);
        if seconds <= self.max_duration && ahead <= self.max_duration { seconds } else { UNREACHED }
    }
}

/// The arrays of a search: made once a thread and used for one origin after the other.
///
/// Clearing them takes time in proportion to the stops that the origin before had touched.
#[derive(Debug, Default)]
pub struct Search {
    rides: usize,
    stops: usize,
    trips: usize,
    boardings: usize,
    /// By number of rides before, then stop: when a vehicle can be boarded. A round reads one row of it,
    /// which mostly fits into the nearest cache; with more rides before it is no later.
    ready: Vec<u32>,
    /// By number of rides before, then stop: when a vehicle is left; no later with more rides.
    best: Vec<u32>,
    /// By stop (places of certain vehicles are none): the earliest of `best`.
    arrivals: Vec<u32>,
    /// By stop: the departure for which `arrivals` was last improved.
    left: Vec<u32>,
    improved: Vec<u32>,
    /// By number of rides before, then trip: the first position it was ridden from. Within a pattern it
    /// does not rise from trip to trip, nor with more rides.
    ridden: Vec<u32>,
    /// By number of rides before, then place of boarding: the last departure that nobody was in time for
    /// yet, [`UNREACHED`] where nobody came; no later with more rides. Only who is ready by then finds
    /// anything new there.
    missed: Vec<u32>,
    /// Stops with a label.
    touched: Marks,
    /// Patterns with a trip that was ridden.
    touched_patterns: Marks,
    /// Stops where the next round boards.
    boarding: Marks,
    /// Stops where this round got off.
    alighted: Marks,
    /// The walks to the first stops, to each place there.
    access: Vec<(u32, u32)>,
    first_boardings: Vec<FirstBoarding>,
}

/// A pattern at a stop one can walk to first.
#[derive(Debug, Clone, Copy)]
struct FirstBoarding {
    at: Boarding,
    access: u32,
    /// The first trip that can be caught so far.
    trip: usize,
}

/// What holds throughout a round.
#[derive(Debug, Clone, Copy)]
struct Round {
    /// Number of rides before.
    ride: usize,
    /// On the clock of the search, as `latest`, after which nothing is followed.
    departure: u32,
    latest: u32,
}

/// A set of numbers that is gone through in the order of entry.
#[derive(Debug, Default)]
struct Marks {
    list: Vec<u32>,
    bits: Vec<u64>,
}

impl Marks {
    fn resize(&mut self, count: usize) {
        self.list.clear();
        self.bits.clear();
        self.bits.resize(count.div_ceil(64), 0);
    }

    fn add(&mut self, number: u32) {
        let (word, bit) = (number as usize / 64, 1 << (number % 64));
        if self.bits[word] & bit == 0 {
            self.bits[word] |= bit;
            self.list.push(number);
        }
    }

    fn clear(&mut self) {
        for &number in &self.list {
            self.bits[number as usize / 64] = 0;
        }
        self.list.clear();
    }
}

/// Lowers the labels of a thing from `labels[0]` on, one in every `row`, which do not rise.
fn lower(labels: &mut [u32], row: usize, to: u32) {
    for label in labels.iter_mut().step_by(row).take_while(|label| **label > to) {
        *label = to;
    }
}

impl Search {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Searches from one origin, calling `each_minute` after every departure, the last one first.
    ///
    /// Times are those for setting out exactly at the departure, or as [`Wait::Planned`] says.
    ///
    /// # Errors
    /// [`NetworkError::EmptyRequest`], [`NetworkError::OutOfRange`], and [`NetworkError::OutsideSpan`]
    /// when the timetable was built for other hours.
    pub fn run(
        &mut self,
        timetable: &Timetable,
        footpaths: &Footpaths,
        request: &Request<'_>,
        mut each_minute: impl FnMut(&Minute<'_>),
    ) -> Result<(), NetworkError> {
        request.check(timetable, footpaths)?;
        self.prepare(timetable, request);
        let departures = request.departures();
        for number in (0..departures + request.steps_ahead()).rev() {
            let departure = request.window.start + number * request.step;
            self.depart(timetable, footpaths, request, departure + EPOCH);
            each_minute(&Minute {
                index: (number < departures).then_some(number),
                departure,
                improved: &self.improved,
                arrivals: &self.arrivals[..timetable.stops().len()],
                left: &self.left[..timetable.stops().len()],
                wait: request.wait,
                max_duration: request.max_duration,
            });
        }
        self.clear(timetable);
        Ok(())
    }

    fn prepare(&mut self, timetable: &Timetable, request: &Request<'_>) {
        let (stops, trips) = (timetable.place_count(), timetable.trip_count());
        let rides = usize::from(request.max_rides);
        let (patterns, boardings) = (timetable.pattern_count(), timetable.boarding_count());
        if (self.rides, self.stops, self.trips, self.boardings) != (rides, stops, trips, boardings)
            || self.touched_patterns.bits.len() != patterns.div_ceil(64)
        {
            (self.rides, self.stops, self.trips) = (rides, stops, trips);
            self.boardings = boardings;
            self.allocate(patterns);
        }
        self.access.clear();
        for &(stop, seconds) in request.access.iter().filter(|by| by.1 <= request.max_duration) {
            self.access.extend(timetable.places_of(stop).map(|place| (place, seconds)));
        }
        self.first_boardings.clear();
        for &(stop, access) in &self.access {
            let boardings = timetable.boardings(stop).iter();
            self.first_boardings.extend(boardings.map(|&at| {
                let trip = timetable.departures(at).len();
                FirstBoarding { at, access, trip }
            }));
        }
    }

    fn allocate(&mut self, patterns: usize) {
        let (rides, stops) = (self.rides, self.stops);
        self.ready = vec![UNREACHED; stops * rides];
        self.best = vec![UNREACHED; stops * rides];
        self.arrivals = vec![UNREACHED; stops];
        self.left = vec![UNREACHED; stops];
        self.ridden = vec![UNREACHED; self.trips * rides];
        self.missed = vec![UNREACHED; self.boardings * rides];
        self.touched.resize(stops);
        self.touched_patterns.resize(patterns);
        self.boarding.resize(stops);
        self.alighted.resize(stops);
    }

    fn clear(&mut self, timetable: &Timetable) {
        for &stop in &self.touched.list {
            let stop = stop as usize;
            for ride in 0..self.rides {
                self.ready[ride * self.stops + stop] = UNREACHED;
                self.best[ride * self.stops + stop] = UNREACHED;
            }
        }
        for &stop in &self.touched.list {
            let place = timetable.stop_of(stop) as usize;
            (self.arrivals[place], self.left[place]) = (UNREACHED, UNREACHED);
            let (first, count) = (timetable.first_boarding(stop), timetable.boardings(stop).len());
            for ride in 0..self.rides {
                let first = ride * self.boardings + first;
                self.missed[first..first + count].fill(UNREACHED);
            }
        }
        self.touched.clear();
        for &pattern in &self.touched_patterns.list {
            let trips = timetable.pattern(pattern).trip_range();
            for ride in 0..self.rides {
                let first = ride * self.trips;
                self.ridden[first + trips.start..first + trips.end].fill(UNREACHED);
            }
        }
        self.touched_patterns.clear();
    }

    /// All rounds for one departure, on the clock of the search.
    fn depart(
        &mut self,
        timetable: &Timetable,
        footpaths: &Footpaths,
        request: &Request<'_>,
        departure: u32,
    ) {
        let latest = departure.saturating_add(request.max_duration);
        self.improved.clear();
        self.set_out(timetable, Round { ride: 0, departure, latest });
        for ride in 1..self.rides {
            self.change(footpaths, request.min_transfer, ride, latest);
            self.board(timetable, Round { ride, departure, latest });
        }
        self.alighted.clear();
    }

    /// Walks to the first stops and rides what could not be caught there a departure later.
    fn set_out(&mut self, timetable: &Timetable, round: Round) {
        let access = std::mem::take(&mut self.access);
        for &(stop, seconds) in &access {
            self.set_ready(stop, 0, round.departure + seconds);
        }
        self.access = access;
        let mut boardings = std::mem::take(&mut self.first_boardings);
        for boarding in &mut boardings {
            let departures = timetable.departures(boarding.at);
            let (from, before) = (round.departure + boarding.access, boarding.trip);
            while boarding.trip > 0 && departures[boarding.trip - 1] >= from {
                boarding.trip -= 1;
            }
            if boarding.trip < before {
                self.ride(timetable, boarding.at, boarding.trip, round);
            }
        }
        self.first_boardings = boardings;
    }

    /// Notes that a vehicle can be boarded; `true` when that is earlier than known.
    #[inline]
    fn set_ready(&mut self, stop: u32, rides_before: usize, at: u32) -> bool {
        let first = rides_before * self.stops + stop as usize;
        if self.ready[first] <= at {
            return false;
        }
        lower(&mut self.ready[first..], self.stops, at);
        self.touched.add(stop);
        true
    }

    /// Boards, at each stop that can be boarded at earlier, the first trip of every pattern.
    fn board(&mut self, timetable: &Timetable, round: Round) {
        let mut boarding = std::mem::take(&mut self.boarding);
        for &stop in &boarding.list {
            let ready = self.ready[round.ride * self.stops + stop as usize];
            let boardings = timetable.boardings(stop);
            let first = round.ride * self.boardings + timetable.first_boarding(stop);
            for (missed, &boarding) in (first..).zip(boardings) {
                if ready > self.missed[missed] {
                    continue;
                }
                let departures = timetable.departures(boarding);
                let trip = departures.partition_point(|&departs| departs < ready);
                let still_missed = if trip == 0 { 0 } else { departures[trip - 1] };
                lower(&mut self.missed[missed..], self.boardings, still_missed);
                if trip < departures.len() {
                    self.ride(timetable, boarding, trip, round);
                }
            }
        }
        boarding.clear();
        self.boarding = boarding;
    }

    /// Rides a trip as far as that can be new.
    fn ride(&mut self, timetable: &Timetable, boarding: Boarding, trip: usize, round: Round) {
        let (position, first_trip) = (boarding.position, boarding.first_trip as usize);
        let known = self.ridden[round.ride * self.trips + first_trip + trip];
        if known <= position {
            return;
        }
        let pattern = timetable.pattern(boarding.pattern);
        let range = pattern.trip_range();
        self.touched_patterns.add(boarding.pattern);
        for ride in round.ride..self.rides {
            let first = ride * self.trips;
            let trips = &mut self.ridden[first + range.start + trip..first + range.end];
            // Who could board this trip could have boarded the later ones.
            for ridden in trips.iter_mut().take_while(|ridden| **ridden > position) {
                *ridden = position;
            }
        }
        let arrivals = pattern.arrivals(trip);
        let new = position as usize + 1..(known as usize).saturating_add(1).min(arrivals.len());
        let calls = pattern.stops[new.clone()].iter().zip(&pattern.flags[new.clone()]);
        for (&arrival, (&stop, &flags)) in arrivals[new].iter().zip(calls) {
            if arrival > round.latest {
                break;
            }
            if flags & ALIGHT != 0 && arrival < self.best[round.ride * self.stops + stop as usize] {
                self.alight((stop, timetable.stop_of(stop)), arrival, round);
            }
        }
    }

    /// Notes that a vehicle is left at a place of a stop earlier than known.
    fn alight(&mut self, (place, stop): (u32, u32), at: u32, round: Round) {
        let index = stop as usize;
        lower(&mut self.best[round.ride * self.stops + place as usize..], self.stops, at);
        if at < self.arrivals[index] {
            self.arrivals[index] = at;
            if self.left[index] != round.departure {
                self.left[index] = round.departure;
                self.improved.push(stop);
            }
        }
        self.touched.add(place);
        self.alighted.add(place);
    }

    /// Changes, at the stop or on foot, from where the round before got off.
    fn change(&mut self, footpaths: &Footpaths, min_transfer: u32, ride: usize, latest: u32) {
        let mut alighted = std::mem::take(&mut self.alighted);
        for &stop in &alighted.list {
            let arrival = self.best[(ride - 1) * self.stops + stop as usize];
            let again = arrival.saturating_add(footpaths.same_stop(stop, min_transfer));
            if again <= latest && self.set_ready(stop, ride, again) {
                self.boarding.add(stop);
            }
            for walk in footpaths.from(stop, min_transfer) {
                if arrival.saturating_add(walk.walked) > latest {
                    break;
                }
                let ready = arrival.saturating_add(walk.seconds);
                if ready <= latest && self.set_ready(walk.stop, ride, ready) {
                    self.boarding.add(walk.stop);
                }
            }
        }
        alighted.clear();
        self.alighted = alighted;
    }
}
