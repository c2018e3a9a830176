//! The vehicles of one day in flat arrays, made for scanning.
//!
//! Source: Delling, Pajor & Werneck (2015), "Round-based public transit routing", for patterns (their
//! "routes") and the arrays. A pattern is a sequence of stops with what may be done at each; its trips
//! are sorted and none overtakes another, for a trip that does is put in a sibling pattern: the first
//! trip one can catch is then also the one that arrives first. Arrivals lie trip by trip (read while
//! riding), departures position by position (searched while boarding).
//!
//! What is taken from the feeds, and what is not:
//! - Trips of the date; of the seven days before it as far as they still run (past midnight); of the
//!   days after it as far as [`TimetableOptions::span`] reaches. Times are wall-clock times of the date;
//!   all feeds are taken to keep one time zone, and the hour that a clock change adds or takes is not
//!   followed.
//! - `frequencies.txt`: vehicles leave the first stop at `start_time + k · headway` before `end_time`.
//!   Without `exact_times` that is a choice of phase, stated here and the same on every run.
//! - `pickup_type` and `drop_off_type`: 1 forbids; 2 and 3 (by telephone, by arrangement) count as
//!   possible, for with notice the vehicle comes at that time.
//! - `transfers.txt`: types 1 (no time needed), 2 (minimum time) and 3 (not possible), see
//!   [`Footpaths`](super::Footpaths). Of the rows that fit a change the most specific counts, in the order
//!   of the GTFS reference: two trips, trip and route, one trip, two routes, one route, stops alone; then
//!   the one nearest below its station; then the first. A row of type 0 for certain trips or routes makes
//!   theirs a change without a rule. Of rows from trip to trip, type 4 means to stay in the vehicle, one
//!   ride; type 5 asks for nothing. Rows of types 1 to 3 that do not name both stops, and joints that do not
//!   name both trips, are counted. `block_id` is not followed.
//! - A stop without coordinates lies where its station does; where that has none either, vehicles pass it.

mod build;
mod calendar;
mod changes;
mod patterns;
mod places;
mod vehicles;

use std::ops::Range;

use jiff::civil::Date;

use super::NetworkError;
use crate::model::{Feed, Notice};
pub(super) use changes::Change;
use changes::Changes;
use places::{Place, Side};

/// Seconds of a day.
pub(super) const DAY: u32 = 86_400;

/// What is added to seconds of the day inside the arrays, so that vehicles of earlier days stay above 0.
pub(super) const EPOCH: u32 = 8 * DAY;

/// One may get on at this position.
pub(super) const BOARD: u8 = 1;
/// One may get off at this position.
pub(super) const ALIGHT: u8 = 2;

/// Which vehicles are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimetableOptions {
    /// Only trips and stops that say that a wheelchair can use them. A stop that says nothing inherits
    /// from its station; what says nothing then (`0` or empty) is taken as not accessible.
    pub wheelchair: bool,
    /// Seconds of the date between which vehicles are needed: from the first departure to the last
    /// possible arrival. It may reach into the following days, two weeks at most.
    pub span: Range<u32>,
}

impl Default for TimetableOptions {
    fn default() -> Self {
        Self { wheelchair: false, span: 0..2 * DAY }
    }
}

/// A stop that at least one vehicle of the timetable serves.
#[derive(Debug, Clone, PartialEq)]
pub struct TimetableStop {
    /// Which of the feeds, in the order given to [`Timetable::build`].
    pub feed: u32,
    /// The id in that feed.
    pub id: String,
    pub name: String,
    /// Degrees, WGS 84.
    pub lon_lat: [f64; 2],
}

/// Where the parts of a pattern lie in the arrays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pattern {
    pub(super) first_position: u32,
    pub(super) positions: u32,
    pub(super) first_trip: u32,
    pub(super) trips: u32,
    pub(super) first_time: u32,
}

/// A place in a pattern at which one may get on, with what a search reads first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Boarding {
    pub(super) pattern: u32,
    pub(super) position: u32,
    pub(super) first_trip: u32,
    /// Where the departures at this position begin, and how many trips there are.
    departures: u32,
    trips: u32,
}

/// The vehicles of one day; see the module for what it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Timetable {
    date: Date,
    span: Range<u32>,
    stops: Vec<TimetableStop>,
    /// Numbered on behind the stops, in the order of theirs; what the arrays call a stop may be one.
    places: Vec<Place>,
    patterns: Vec<Pattern>,
    /// Stop at each position of each pattern.
    pattern_stops: Vec<u32>,
    /// [`BOARD`] and [`ALIGHT`] at each position of each pattern.
    pattern_flags: Vec<u8>,
    /// Feed and row in `trips.txt`, of each trip of each pattern.
    trips: Vec<(u32, u32)>,
    /// Seconds of the day + [`EPOCH`]; `first_time + trip · positions + position`.
    arrivals: Vec<u32>,
    /// Seconds of the day + [`EPOCH`]; `first_time + position · trips + trip`.
    departures: Vec<u32>,
    /// Where the entries of each stop begin in `boardings`, and their number.
    boarding_starts: Vec<u32>,
    boardings: Vec<Boarding>,
    changes: Changes,
}

impl Timetable {
    /// Takes the vehicles of a date out of the feeds; the notices say what is unusual or left out.
    ///
    /// # Errors
    /// [`NetworkError::NoFeeds`]; [`NetworkError::OutsideCalendars`] when no feed knows the date, with the
    /// range of each; [`NetworkError::TooLarge`].
    pub fn build(
        feeds: &[Feed],
        date: Date,
        options: &TimetableOptions,
    ) -> Result<(Self, Vec<Notice>), NetworkError> {
        build::build(feeds, date, options)
    }

    /// An ordinary working day of the feeds: the Tuesday of the week in which most vehicles run, the first of several;
    /// in the calendars of all feeds, where they share any days. Where nothing runs on a Tuesday, the busiest day.
    /// `None` for feeds that never run.
    #[must_use]
    pub fn typical_day(feeds: &[Feed]) -> Option<Date> {
        calendar::typical(feeds)
    }

    #[must_use]
    pub fn date(&self) -> Date {
        self.date
    }

    /// Seconds of the date between which vehicles are held.
    #[must_use]
    pub fn span(&self) -> Range<u32> {
        self.span.clone()
    }

    /// The stops, sorted by feed and then as in its `stops.txt`; searches speak of them by number.
    #[must_use]
    pub fn stops(&self) -> &[TimetableStop] {
        &self.stops
    }

    /// The number of a stop, by feed and id.
    #[must_use]
    pub fn stop(&self, feed: u32, id: &str) -> Option<u32> {
        let at = self.stops.iter().position(|stop| stop.feed == feed && stop.id == id)?;
        u32::try_from(at).ok()
    }

    /// Number of sequences of stops, siblings of overtaking trips counted.
    #[must_use]
    pub fn pattern_count(&self) -> usize {
        self.patterns.len()
    }

    /// Number of vehicle journeys, repetitions of `frequencies.txt` counted.
    #[must_use]
    pub fn trip_count(&self) -> usize {
        self.trips.len()
    }

    /// Feed and row in its `trips.txt` of every vehicle; a joined one carries its first trip.
    #[must_use]
    pub fn trips(&self) -> &[(u32, u32)] {
        &self.trips
    }

    #[inline]
    pub(super) fn pattern(&self, number: u32) -> PatternView<'_> {
        let pattern = self.patterns[number as usize];
        let (at, count) = (pattern.first_position as usize, pattern.positions as usize);
        let (first, trips) = (pattern.first_time as usize, pattern.trips as usize);
        PatternView {
            first_trip: pattern.first_trip as usize,
            trips,
            stops: &self.pattern_stops[at..at + count],
            flags: &self.pattern_flags[at..at + count],
            arrivals: &self.arrivals[first..first + count * trips],
        }
    }

    /// Everything one may get on at a stop.
    #[inline]
    pub(super) fn boardings(&self, stop: u32) -> &[Boarding] {
        let from = self.boarding_starts[stop as usize] as usize;
        let to = self.boarding_starts[stop as usize + 1] as usize;
        &self.boardings[from..to]
    }

    /// Whether any vehicle takes anybody aboard at a stop.
    #[must_use]
    pub fn is_boarded(&self, stop: u32) -> bool {
        self.places_of(stop).any(|place| !self.boardings(place).is_empty())
    }

    /// The place of a stop's first boarding among those of all stops.
    #[inline]
    pub(super) fn first_boarding(&self, stop: u32) -> usize {
        self.boarding_starts[stop as usize] as usize
    }

    pub(super) fn boarding_count(&self) -> usize {
        self.boardings.len()
    }

    /// When each trip leaves, in the order of the trips, never falling.
    #[inline]
    pub(super) fn departures(&self, at: Boarding) -> &[u32] {
        &self.departures[at.departures as usize..(at.departures + at.trips) as usize]
    }

    /// Stops, and the places that certain vehicles have there for themselves.
    pub(super) fn place_count(&self) -> usize {
        self.stops.len() + self.places.len()
    }

    /// The stop that a place belongs to.
    #[inline]
    pub(super) fn stop_of(&self, place: u32) -> u32 {
        match (place as usize).checked_sub(self.stops.len()) {
            Some(own) => self.places[own].stop,
            None => place,
        }
    }

    /// A stop and the places at it.
    pub(super) fn places_of(&self, stop: u32) -> impl Iterator<Item = u32> + Clone + use<> {
        let from = self.places.partition_point(|place| place.stop < stop);
        let own = changes::at(&self.places, stop).len();
        let number = |at: usize| u32::try_from(self.stops.len() + at).unwrap_or(u32::MAX);
        std::iter::once(stop).chain(number(from)..number(from + own))
    }

    /// The pairs of stops with rules for changing, in their order.
    pub(super) fn ruled_pairs(&self) -> std::collections::BTreeSet<(u32, u32)> {
        self.changes.pairs()
    }

    /// The rule for changing from place to place.
    pub(super) fn change(&self, from: u32, to: u32) -> Option<Change> {
        let side = |place: u32, of: fn(&Place) -> Side| {
            let own = (place as usize).checked_sub(self.stops.len());
            own.map_or_else(Side::default, |own| of(&self.places[own]))
        };
        let (arriving, departing) =
            (side(from, |place| place.arriving), side(to, |place| place.departing));
        self.changes.between((self.stop_of(from), self.stop_of(to)), arriving, departing)
    }
}

/// The arrays of one pattern.
#[derive(Clone, Copy)]
pub(super) struct PatternView<'a> {
    pub(super) stops: &'a [u32],
    pub(super) flags: &'a [u8],
    arrivals: &'a [u32],
    first_trip: usize,
    trips: usize,
}

impl<'a> PatternView<'a> {
    /// When a trip arrives at each position.
    #[inline]
    pub(super) fn arrivals(&self, trip: usize) -> &'a [u32] {
        let count = self.stops.len();
        &self.arrivals[trip * count..(trip + 1) * count]
    }

    /// The trips among those of all patterns.
    #[inline]
    pub(super) fn trip_range(&self) -> Range<usize> {
        self.first_trip..self.first_trip + self.trips
    }
}
