//! From feeds to the arrays of a timetable.

use jiff::civil::Date;

use super::super::NetworkError;
use super::changes::Collecting;
use super::patterns::Arrays;
use super::places::{Named, Place, Places};
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
    let rows: usize = feeds.iter().map(|feed| feed.stops().len()).sum();
    collected.places.first = u32::try_from(rows).unwrap_or(u32::MAX);
    for ((number, feed), &first_stop) in (0u32..).zip(feeds).zip(&first_stops) {
        let named = Named::new(feed);
        Vehicles { feed, number, first_stop, named, date, options: &options }
            .collect(&mut collected)?;
    }
    let Collected { patterns, mut notices, places, .. } = collected;
    let mut arrays = patterns.finish();
    let (numbers, places) = number_stops(rows, &mut arrays, places);
    let mut changes = Collecting::default();
    for (feed, &first) in feeds.iter().zip(&first_stops) {
        let mine = &numbers[first as usize..first as usize + feed.stops().len()];
        notices.extend(changes.add(feed, mine, &places, date)?);
    }
    let stops = describe_stops(feeds, &first_stops, &numbers);
    let (boarding_starts, boardings) = arrays.boardings(stops.len() + places.len());
    let timetable = Timetable {
        date,
        span: options.span,
        stops,
        places,
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

/// Numbers the stops that are served, in their order, and behind them their places, and puts the numbers
/// into the arrays.
fn number_stops(
    rows: usize,
    arrays: &mut Arrays,
    places: Places,
) -> (Vec<Option<u32>>, Vec<Place>) {
    let mut numbers = vec![None; rows + places.numbers.len()];
    for &stop in arrays.stops.iter().chain(places.numbers.keys().map(|place| &place.stop)) {
        numbers[stop as usize] = Some(0);
    }
    let mut next = 0u32;
    for served in numbers[..rows].iter_mut().flatten() {
        *served = next;
        next += 1;
    }
    let mut numbered = Vec::with_capacity(places.numbers.len());
    for (number, (place, met)) in (next..).zip(places.numbers) {
        numbers[met as usize] = Some(number);
        let stop = numbers[place.stop as usize].unwrap_or_default();
        numbered.push(Place { stop, ..place });
    }
    for stop in &mut arrays.stops {
        *stop = numbers[*stop as usize].unwrap_or_default();
    }
    (numbers, numbered)
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
