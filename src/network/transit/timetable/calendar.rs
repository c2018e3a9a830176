//! Whether a date is one the feeds speak of, and an ordinary one.

use std::cmp::Reverse;

use jiff::civil::{Date, Weekday};

use super::super::NetworkError;
use super::DAY;
use crate::model::{Feed, Notice};

/// Days of a calendar that are looked at for the median, from its beginning.
const MAX_DAYS: usize = 1_100;

/// Refuses a date outside every calendar, and tells of feeds that do not know it or run few trips on it.
pub(super) fn check(feeds: &[Feed], date: Date) -> Result<Vec<Notice>, NetworkError> {
    if feeds.is_empty() {
        return Err(NetworkError::NoFeeds);
    }
    let known = |feed: &Feed| holds(feed.service_range(), date);
    if !feeds.iter().any(known) {
        let ranges: Vec<String> = feeds.iter().map(describe).collect();
        return Err(NetworkError::OutsideCalendars { date, ranges: ranges.join("; ") });
    }
    Ok(feeds.iter().flat_map(|feed| tell(feed, date)).collect())
}

/// The Tuesday of the week in which most vehicles run, the first of several: a working day that is no holiday and not
/// beside one.
///
/// Only Tuesdays in the calendars of all feeds count, where there are any; where nothing runs on a Tuesday, it is the
/// day on which most run. `None` for feeds that never run.
pub(super) fn typical(feeds: &[Feed]) -> Option<Date> {
    let ranges = || feeds.iter().filter_map(Feed::service_range);
    let shared = ranges().map(|range| range.0).max().zip(ranges().map(|range| range.1).min());
    let whole = ranges().map(|range| range.0).min().zip(ranges().map(|range| range.1).max());
    typical_within(feeds, shared?).or_else(|| typical_within(feeds, whole?))
}

fn typical_within(feeds: &[Feed], (first, last): (Date, Date)) -> Option<Date> {
    let weights: Vec<Vec<u64>> = feeds.iter().map(weights).collect();
    let vehicles = |day: Date| -> u64 {
        feeds.iter().zip(&weights).map(|(feed, weights)| trips_on(feed, weights, day)).sum()
    };
    let known = days(first).take_while(|&day| day <= last).take(MAX_DAYS);
    let running: Vec<Date> = known.filter(|&day| vehicles(day) > 0).collect();
    let week = |tuesday: Date| -> u64 {
        let monday = tuesday.yesterday().unwrap_or(tuesday);
        days(monday).take(7).map(vehicles).sum()
    };
    let tuesdays = running.iter().copied().filter(|day| day.weekday() == Weekday::Tuesday);
    let best = tuesdays.min_by_key(|&tuesday| Reverse(week(tuesday)));
    best.or_else(|| running.iter().copied().min_by_key(|&day| Reverse(vehicles(day))))
}

/// The day and all that follow.
fn days(first: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(first), |day| day.tomorrow().ok())
}

fn holds(range: Option<(Date, Date)>, date: Date) -> bool {
    range.is_some_and(|(first, last)| first <= date && date <= last)
}

fn describe(feed: &Feed) -> String {
    match feed.service_range() {
        Some((first, last)) => format!("{} runs from {first} to {last}", feed.name()),
        None => format!("{} has no day of service", feed.name()),
    }
}

fn tell(feed: &Feed, date: Date) -> Vec<Notice> {
    if !holds(feed.service_range(), date) {
        let what =
            format!("{date} is outside its calendar: {}; none of its trips run", describe(feed));
        return vec![notice(feed, what)];
    }
    let mut told = Vec::new();
    if let Some((first, last)) = feed.stated_range().filter(|_| !holds(feed.stated_range(), date)) {
        let what =
            format!("{date} is outside the range {first} to {last} that feed_info.txt states");
        told.push(notice(feed, what));
    }
    let (running, median) = (trips_on(feed, &weights(feed), date), median_trips(feed));
    if running * 2 < median {
        let what = format!("{running} trips run on {date}, on the median day {median}");
        told.push(notice(feed, what));
    }
    told
}

fn notice(feed: &Feed, what: String) -> Notice {
    Notice { file: feed.name().to_owned(), line: None, what, count: 1 }
}

/// Vehicle journeys of each service on a day it runs.
fn weights(feed: &Feed) -> Vec<u64> {
    let mut of_trip = vec![None; feed.trips().len()];
    for row in feed.frequencies() {
        let repeats = u64::from((row.end - row.start).div_ceil(row.headway).min(DAY));
        *of_trip[row.trip as usize].get_or_insert(0) += repeats;
    }
    let mut weights = vec![0; feed.services().len()];
    for (at, (trip, repeats)) in feed.trips().iter().zip(of_trip).enumerate() {
        if !feed.stop_times(at).is_empty() {
            weights[trip.service as usize] += repeats.unwrap_or(1);
        }
    }
    weights
}

fn trips_on(feed: &Feed, weights: &[u64], date: Date) -> u64 {
    let running = feed.services().iter().zip(weights).filter(|(service, _)| service.runs_on(date));
    running.map(|(_, &weight)| weight).sum()
}

/// The median over the days of the calendar on which anything runs.
fn median_trips(feed: &Feed) -> u64 {
    let Some((first, last)) = feed.service_range() else { return 0 };
    let weights = weights(feed);
    let mut counts: Vec<u64> = days(first)
        .take_while(|&day| day <= last)
        .take(MAX_DAYS)
        .map(|day| trips_on(feed, &weights, day))
        .filter(|&trips| trips > 0)
        .collect();
    counts.sort_unstable();
    counts.get(counts.len() / 2).copied().unwrap_or(0)
}
