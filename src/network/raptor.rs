//! Range RAPTOR: for every departure in a window, when each stop is reached.
//!
//! Source: Delling, Pajor & Werneck (2015), "Round-based public transit routing", sections 3 and 4
//! (rounds over patterns, and their extension to a range of departures). Round `k` finds what `k` rides
//! reach. Departures are scanned from the last to the first and what a later one found stays: who sets
//! out earlier can wait, so that a label is a bound that only what is new can beat. Nothing is followed
//! past the limit on the duration.
//!
//! Within a departure, patterns at the first stops are scanned only when a vehicle can be caught there
//! that the departure before (the later one) could not: otherwise they give what they gave.

use std::ops::Range;

use super::timetable::{ALIGHT, BOARD, EPOCH, Timetable};
use super::{Footpaths, NetworkError};

/// Seconds to a place that is not reached; inside searches only, published as null.
pub const UNREACHED: u32 = u32::MAX;

/// Rides that a search may be asked for.
const MAX_RIDES: u8 = 16;

/// Whether the wait before the first ride is part of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wait {
    /// One sets out at the departure minute and waits at the first stop: what somebody meets who does not
    /// look at the timetable.
    #[default]
    Counted,
    /// One aims at the earliest arrival that the departure minute allows and sets out as late as gives
    /// it: what somebody meets who plans. Leaving times are the steps of the window, continued behind it,
    /// so up to one step of wait is left; nobody waits for longer than `max_duration` to set out.
    Planned,
}

/// What is searched for from one origin.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// Stops one can walk to first, and seconds.
    pub access: &'a [(u32, u32)],
    /// Seconds of the day: first departure, and the end before which the last lies.
    pub window: Range<u32>,
    /// Seconds between departures.
    pub step: u32,
    /// Rides at most, 1 to 16; staying in a vehicle that changes its trip is one ride.
    pub max_rides: u8,
    /// Seconds from departure to getting off, at most.
    pub max_duration: u32,
    /// Seconds between getting off and boarding again, on top of a walk between the two.
    pub min_transfer: u32,
    pub wait: Wait,
}

impl Request<'_> {
    /// Number of departures in the window.
    #[must_use]
    pub fn departures(&self) -> u32 {
        self.window.end.saturating_sub(self.window.start).div_ceil(self.step.max(1))
    }

    /// Steps behind the window that are searched too, without being reported.
    fn steps_ahead(&self) -> u32 {
        match self.wait {
            Wait::Counted => 0,
            Wait::Planned => self.max_duration / self.step,
        }
    }

    fn check(&self, timetable: &Timetable, footpaths: &Footpaths) -> Result<(), NetworkError> {
        let reason = match () {
            () if self.window.is_empty() => "the departure window is empty",
            () if self.step == 0 => "the step between departures is 0",
            () if self.max_rides == 0 || self.max_rides > MAX_RIDES => "rides must be 1 to 16",
            () if footpaths.stop_count() != timetable.stops().len() => {
                "the walks are for another timetable"
            }
            () => "",
        };
        if !reason.is_empty() {
            return Err(NetworkError::EmptyRequest { reason });
        }
        self.check_span(&timetable.span())?;
        let count = timetable.stops().len();
        match self.access.iter().find(|access| access.0 as usize >= count) {
            Some(&(number, _)) => Err(NetworkError::OutOfRange { what: "stop", number, count }),
            None => Ok(()),
        }
    }

    /// A vehicle that the timetable does not hold would be missed in silence.
    fn check_span(&self, span: &Range<u32>) -> Result<(), NetworkError> {
        let last = u64::from(self.departures() - 1) + u64::from(self.steps_ahead());
        let end = u64::from(self.window.start) + last * u64::from(self.step);
        let to = u32::try_from(end + u64::from(self.max_duration)).unwrap_or(u32::MAX);
        if span.start <= self.window.start && to <= span.end {
            return Ok(());
        }
        let (from, start, end) = (self.window.start, span.start, span.end);
        Err(NetworkError::OutsideSpan { from, to, start, end })
    }
}

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
    pub(super) fn arrival(&self, stop: u32) -> u32 {
        self.arrivals[stop as usize]
    }

    /// The departure on the clock of the search.
    pub(super) fn clock(&self) -> u32 {
        self.departure + EPOCH
    }

    /// Seconds from an arrival, given when it was last improved, by the rule for the wait.
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
    /// By stop and number of rides before: when a vehicle can be boarded.
    ready: Vec<u32>,
    /// By stop and number of rides: when a vehicle is left.
    best: Vec<u32>,
    /// By stop: the earliest of `best`.
    arrivals: Vec<u32>,
    /// By stop: the departure for which `arrivals` was last improved.
    left: Vec<u32>,
    improved: Vec<u32>,
    /// Stops with a label, each once.
    touched: Stops,
    /// Stops where the next round boards.
    boarding: Stops,
    /// Stops where this round got off.
    alighted: Stops,
    /// By pattern: the first position to scan from.
    from_position: Vec<u32>,
    queue: Vec<u32>,
    first_boardings: Vec<FirstBoarding>,
}

/// A pattern at a stop one can walk to first.
#[derive(Debug, Clone, Copy)]
struct FirstBoarding {
    pattern: u32,
    position: u32,
    access: u32,
    /// The first trip that can be caught so far.
    trip: u32,
}

/// A set of stops that is gone through in the order of entry.
#[derive(Debug, Default)]
struct Stops {
    list: Vec<u32>,
    bits: Vec<u64>,
}

impl Stops {
    fn resize(&mut self, count: usize) {
        self.list.clear();
        self.bits.clear();
        self.bits.resize(count.div_ceil(64), 0);
    }

    fn add(&mut self, stop: u32) {
        let (word, bit) = (stop as usize / 64, 1 << (stop % 64));
        if self.bits[word] & bit == 0 {
            self.bits[word] |= bit;
            self.list.push(stop);
        }
    }

    fn clear(&mut self) {
        for &stop in &self.list {
            self.bits[stop as usize / 64] = 0;
        }
        self.list.clear();
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
                arrivals: &self.arrivals,
                left: &self.left,
                wait: request.wait,
                max_duration: request.max_duration,
            });
        }
        Ok(())
    }

    fn prepare(&mut self, timetable: &Timetable, request: &Request<'_>) {
        let (stops, patterns) = (timetable.stops().len(), timetable.pattern_count());
        let rides = usize::from(request.max_rides);
        if self.rides != rides
            || self.arrivals.len() != stops
            || self.from_position.len() != patterns
        {
            self.allocate(rides, stops, patterns);
        }
        for &stop in &self.touched.list {
            let at = stop as usize;
            self.ready[at * rides..(at + 1) * rides].fill(UNREACHED);
            self.best[at * rides..(at + 1) * rides].fill(UNREACHED);
            self.arrivals[at] = UNREACHED;
            self.left[at] = UNREACHED;
        }
        self.touched.clear();
        self.first_boardings.clear();
        for &(stop, access) in request.access.iter().filter(|by| by.1 <= request.max_duration) {
            let boardings = timetable.boardings(stop).iter();
            self.first_boardings.extend(boardings.map(|&(pattern, position)| {
                let trips = timetable.pattern(pattern).departures(position as usize).len();
                let trip = u32::try_from(trips).unwrap_or(u32::MAX);
                FirstBoarding { pattern, position, access, trip }
            }));
        }
    }

    fn allocate(&mut self, rides: usize, stops: usize, patterns: usize) {
        self.rides = rides;
        self.ready = vec![UNREACHED; stops * rides];
        self.best = vec![UNREACHED; stops * rides];
        self.arrivals = vec![UNREACHED; stops];
        self.left = vec![UNREACHED; stops];
        self.touched.resize(stops);
        self.boarding.resize(stops);
        self.alighted.resize(stops);
        self.from_position = vec![UNREACHED; patterns];
        self.queue.clear();
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
        self.set_out(timetable, request, departure);
        for ride in 0..self.rides {
            if ride > 0 {
                self.enqueue(timetable);
            }
            while let Some(pattern) = self.queue.pop() {
                let from = std::mem::replace(&mut self.from_position[pattern as usize], UNREACHED);
                self.scan(timetable, pattern, from as usize, ride, departure, latest);
            }
            if ride + 1 < self.rides {
                self.change(footpaths, request.min_transfer, ride + 1, latest);
            }
            self.alighted.clear();
        }
        self.boarding.clear();
    }

    /// Walks to the first stops and queues the patterns that have something new there.
    fn set_out(&mut self, timetable: &Timetable, request: &Request<'_>, departure: u32) {
        for &(stop, seconds) in request.access.iter().filter(|by| by.1 <= request.max_duration) {
            self.set_ready(stop, 0, departure + seconds);
        }
        for boarding in &mut self.first_boardings {
            let pattern = timetable.pattern(boarding.pattern);
            let departures = pattern.departures(boarding.position as usize);
            let (from, before) = (departure + boarding.access, boarding.trip);
            while boarding.trip > 0 && departures[boarding.trip as usize - 1] >= from {
                boarding.trip -= 1;
            }
            if boarding.trip < before {
                let first = &mut self.from_position[boarding.pattern as usize];
                if *first == UNREACHED {
                    self.queue.push(boarding.pattern);
                }
                *first = (*first).min(boarding.position);
            }
        }
    }

    /// Notes that a vehicle can be boarded; `true` when that is earlier than known.
    fn set_ready(&mut self, stop: u32, rides_before: usize, at: u32) -> bool {
        let first = stop as usize * self.rides;
        let labels = &mut self.ready[first + rides_before..first + self.rides];
        if labels[0] <= at {
            return false;
        }
        // With more rides it is no later.
        for label in labels.iter_mut().take_while(|label| **label > at) {
            *label = at;
        }
        self.touched.add(stop);
        true
    }

    /// Queues the patterns at the stops where the round boards.
    fn enqueue(&mut self, timetable: &Timetable) {
        for &stop in &self.boarding.list {
            for &(pattern, position) in timetable.boardings(stop) {
                let first = &mut self.from_position[pattern as usize];
                if *first == UNREACHED {
                    self.queue.push(pattern);
                }
                *first = (*first).min(position);
            }
        }
        self.boarding.clear();
    }

    /// Rides along a pattern, always in the earliest trip that can be caught.
    fn scan(
        &mut self,
        timetable: &Timetable,
        pattern: u32,
        from: usize,
        ride: usize,
        departure: u32,
        latest: u32,
    ) {
        let pattern = timetable.pattern(pattern);
        let mut trip: Option<(usize, &[u32])> = None;
        for position in from..pattern.stops.len() {
            let (stop, flags) = (pattern.stops[position], pattern.flags[position]);
            let label = stop as usize * self.rides + ride;
            if let Some((_, arrivals)) = trip
                && flags & ALIGHT != 0
                && arrivals[position] < self.best[label]
                && arrivals[position] <= latest
            {
                self.alight(stop, ride, arrivals[position], departure);
            }
            let ready = self.ready[label];
            if flags & BOARD == 0 || ready > latest {
                continue;
            }
            let departures = pattern.departures(position);
            let until = trip.map_or(departures.len(), |(number, _)| number);
            if until > 0 && departures[until - 1] >= ready {
                let number = departures[..until].partition_point(|&departs| departs < ready);
                trip = Some((number, pattern.arrivals(number)));
            }
        }
    }

    /// Notes that a vehicle is left at a stop earlier than known.
    fn alight(&mut self, stop: u32, ride: usize, at: u32, departure: u32) {
        let (index, first) = (stop as usize, stop as usize * self.rides);
        let labels = &mut self.best[first + ride..first + self.rides];
        for label in labels.iter_mut().take_while(|label| **label > at) {
            *label = at;
        }
        if at < self.arrivals[index] {
            self.arrivals[index] = at;
            if self.left[index] != departure {
                self.left[index] = departure;
                self.improved.push(stop);
            }
        }
        self.touched.add(stop);
        self.alighted.add(stop);
    }

    /// Changes, at the stop or on foot, from where the round got off.
    fn change(&mut self, footpaths: &Footpaths, min_transfer: u32, rides: usize, latest: u32) {
        let alighted = std::mem::take(&mut self.alighted);
        for &stop in &alighted.list {
            let arrival = self.best[stop as usize * self.rides + rides - 1];
            let again = arrival.saturating_add(footpaths.same_stop(stop, min_transfer));
            if again <= latest && self.set_ready(stop, rides, again) {
                self.boarding.add(stop);
            }
            for walk in footpaths.from(stop, min_transfer) {
                if arrival.saturating_add(walk.walked) > latest {
                    break;
                }
                let ready = arrival.saturating_add(walk.seconds);
                if ready <= latest && self.set_ready(walk.stop, rides, ready) {
                    self.boarding.add(walk.stop);
                }
            }
        }
        self.alighted = alighted;
    }
}
