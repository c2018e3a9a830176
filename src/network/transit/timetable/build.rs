//! From feeds to the arrays of a timetable.

use jiff::civil::Date;

use super::super::NetworkError;
use super::changes::Collecting;
use super::patterns::Arrays;
use super::vehicles::{Collected, Vehicles};
use super::{DAY, Timetable, TimetableOptions, TimetableStop, calendar};
use crate::model::{Feed, Notice};

/// The end of the longest span, seconds of the date.
const MAX_SPAN: u32 = 14 * DAY;

pub(super) fn build(
    feeds: &[Feed],
    date: Date,
    options: &TimetableOptions,
) -> Result<(Timetable, Vec<Notice>), NetworkError> {
    let span = options.span.start.min(MAX_SPAN)..options.span.end.min(MAX_SPAN);
    let options = TimetableOptions { span, ..options.clone() };
    let mut collected = Collected::default();
    collected.notices = calendar::check(feeds, date)?;
    let first_stops = first_stops(feeds);
    for ((number, feed), &first_stop) in (0u32..).zip(feeds).zip(&first_stops) {
        Vehicles { feed, number, first_stop, date, options: &options }.collect(&mut collected)?;
    }
    let Collected { patterns, mut notices, .. } = collected;
    let mut arrays = patterns.finish();
    let numbers = number_stops(feeds, &mut arrays);
    let mut changes = Collecting::default();
    for (feed, &first) in feeds.iter().zip(&first_stops) {
        let mine = &numbers[first as usize..first as usize + feed.stops().len()];
        notices.extend(changes.add(feed, mine, date)?);
    }
    let stops = describe_stops(feeds, &first_stops, &numbers);
    let (boarding_starts, boardings) = arrays.boardings(stops.len());
    let timetable = Timetable {
        date,
        span: options.span,
        stops,
        patterns: arrays.patterns,
        pattern_stops: arrays.stops,
        pattern_flags: arrays.flags,
        trips: arrays.trips,
        arrivals: arrays.arrivals,
        departures: arrays.departures,
        boarding_starts,
        boardings,
        changes: changes.finish(),
    };
    Ok((timetable, notices))
}

/// What is added to the stop rows of each feed.
fn first_stops(feeds: &[Feed]) -> Vec<u32> {
    let mut next = 0;
    let mut first = |feed: &Feed| {
        let first = next;
        next += u32::try_from(feed.stops().len()).unwrap_or(u32::MAX);
        first
    };
    feeds.iter().map(&mut first).collect()
}

/// Numbers the stops that are served, in their order, and puts the numbers into the arrays.
fn number_stops(feeds: &[Feed], arrays: &mut Arrays) -> Vec<Option<u32>> {
    let total = feeds.iter().map(|feed| feed.stops().len()).sum();
    let mut numbers = vec![None; total];
    for &stop in &arrays.stops {
        numbers[stop as usize] = Some(0);
    }
    for (number, served) in (0u32..).zip(numbers.iter_mut().flatten()) {
        *served = number;
    }
    for stop in &mut arrays.stops {
        *stop = numbers[*stop as usize].unwrap_or_default();
    }
    numbers
}

fn describe_stops(
    feeds: &[Feed],
    first_stops: &[u32],
    numbers: &[Option<u32>],
) -> Vec<TimetableStop> {
    let mut stops = Vec::new();
    for ((number, feed), &first) in (0u32..).zip(feeds).zip(first_stops) {
        for (row, stop) in (0u32..).zip(feed.stops()) {
            if numbers[(first + row) as usize].is_some()
                && let Some(lon_lat) = feed.place(row)
            {
                let (id, name) = (stop.id.clone(), stop.name.clone());
                stops.push(TimetableStop { feed: number, id, name, lon_lat });
            }
        }
    }
    stops
}
