//! What the feeds say about changing from stop to stop.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::super::NetworkError;
use crate::model::{Feed, Notice, Transfer};

/// Pairs of stops that rules may speak of.
const MAX_PAIRS: usize = 5_000_000;

/// A rule for changing between two stops, or at one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::network) enum Change {
    /// The departing vehicle waits: no time is needed beyond the walk.
    Timed,
    /// Seconds that are needed at least.
    AtLeast(u32),
    Forbidden,
}

/// The rules, for stops of the timetable.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::network) struct Changes {
    rules: BTreeMap<(u32, u32), Change>,
}

impl Changes {
    pub(in crate::network) fn between(&self, from: u32, to: u32) -> Option<Change> {
        self.rules.get(&(from, to)).copied()
    }

    /// The rules in the order of their stops.
    pub(in crate::network) fn iter(&self) -> impl Iterator<Item = (u32, u32, Change)> {
        self.rules.iter().map(|(&(from, to), &change)| (from, to, change))
    }
}

/// Collects the rules of several feeds.
#[derive(Default)]
pub(super) struct Collecting {
    /// The rule, and by how many steps up to a station it was found: the nearest counts.
    rules: BTreeMap<(u32, u32), (u8, Change)>,
}

impl Collecting {
    /// Takes the rules of a feed; `numbers` are its stops in the timetable, by row of `stops.txt`.
    pub(super) fn add(
        &mut self,
        feed: &Feed,
        numbers: &[Option<u32>],
        date: Date,
    ) -> Result<Option<Notice>, NetworkError> {
        let members = members(feed, numbers);
        let (mut passed_over, mut first) = (0, None);
        for row in feed.transfers() {
            let Some((from, to, change)) = rule(row) else {
                if is_passed_over(row) {
                    passed_over += 1;
                    first = first.or(Some(row.line));
                }
                continue;
            };
            for &(_, steps, from) in members_of(&members, from) {
                for &(_, more, to) in members_of(&members, to) {
                    self.enter((from, to), steps + more, change);
                }
                if self.rules.len() > MAX_PAIRS {
                    let what = "pairs of stops with rules for changing";
                    return Err(NetworkError::TooLarge { date, what, limit: MAX_PAIRS });
                }
            }
        }
        Ok((passed_over > 0).then(|| Notice {
            file: format!("{}: transfers.txt", feed.name()),
            line: first,
            what: "a rule for certain routes or trips is passed over; those of the stops hold"
                .into(),
            count: passed_over,
        }))
    }

    /// Of two rules found by equally many steps the first in the file counts.
    fn enter(&mut self, pair: (u32, u32), steps: u8, change: Change) {
        let rule = self.rules.entry(pair).or_insert((steps, change));
        if steps < rule.0 {
            *rule = (steps, change);
        }
    }

    pub(super) fn finish(self) -> Changes {
        Changes { rules: self.rules.into_iter().map(|(pair, rule)| (pair, rule.1)).collect() }
    }
}

fn rule(row: &Transfer) -> Option<(u32, u32, Change)> {
    let change = match row.kind {
        1 => Change::Timed,
        2 => Change::AtLeast(row.min_seconds?),
        3 => Change::Forbidden,
        _ => return None,
    };
    let (from, to) = row.from_stop.zip(row.to_stop)?;
    (!is_narrow(row)).then_some((from, to, change))
}

/// Whether a row holds for certain routes or trips only.
fn is_narrow(row: &Transfer) -> bool {
    let [a, b, c, d] = [row.from_route, row.to_route, row.from_trip, row.to_trip];
    a.or(b).or(c).or(d).is_some()
}

/// Recommendations (0) and leaving the vehicle (5) ask for nothing; joined trips (4) are dealt with
/// where journeys are made.
fn is_passed_over(row: &Transfer) -> bool {
    match row.kind {
        1..=3 => true,
        4 => row.from_trip.is_none() || row.to_trip.is_none(),
        _ => false,
    }
}

/// Row of `stops.txt`, steps down from it, stop of the timetable: each stop itself and under its
/// station, sorted.
fn members(feed: &Feed, numbers: &[Option<u32>]) -> Vec<(u32, u8, u32)> {
    let mut members = Vec::new();
    for (row, number) in (0u32..).zip(numbers) {
        let Some(number) = *number else { continue };
        let parent = |&row: &u32| feed.stops().get(row as usize).and_then(|stop| stop.parent);
        let line = std::iter::successors(Some(row), parent).take(3);
        members.extend((0u8..).zip(line).map(|(steps, up)| (up, steps, number)));
    }
    members.sort_unstable();
    members
}

fn members_of(members: &[(u32, u8, u32)], row: u32) -> &[(u32, u8, u32)] {
    let from = members.partition_point(|member| member.0 < row);
    let to = members.partition_point(|member| member.0 <= row);
    members.get(from..to).unwrap_or_default()
}
