//! What the feeds say about changing from stop to stop.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::super::NetworkError;
use super::places::{Place, Side};
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
    /// Those for certain trips or routes, the first that fits first.
    narrow: BTreeMap<(u32, u32), Vec<Narrow>>,
}

/// A rule for certain trips or routes at a pair of stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Narrow {
    from: Side,
    to: Side,
    steps: u8,
    /// `None` is a change as where nothing is said.
    change: Option<Change>,
}

impl Changes {
    /// The rule from stop to stop, for who arrives and who departs.
    pub(super) fn between(&self, stops: (u32, u32), from: Side, to: Side) -> Option<Change> {
        let narrow = self.narrow.get(&stops).into_iter().flatten();
        let mut fitting = narrow.filter(|rule| rule.from.includes(from) && rule.to.includes(to));
        match fitting.next() {
            Some(rule) => rule.change,
            None => self.rules.get(&stops).copied(),
        }
    }

    /// The pairs of stops with a rule of any kind, in their order.
    pub(in crate::network) fn pairs(&self) -> BTreeSet<(u32, u32)> {
        self.rules.keys().chain(self.narrow.keys()).copied().collect()
    }
}

/// Collects the rules of several feeds.
#[derive(Default)]
pub(super) struct Collecting {
    /// The rule, and by how many steps up to a station it was found: the nearest counts.
    rules: BTreeMap<(u32, u32), (u8, Change)>,
    narrow: BTreeMap<(u32, u32), Vec<Narrow>>,
    narrow_count: usize,
}

impl Collecting {
    /// Takes the rules of a feed; `numbers` are its stops in the timetable, by row of `stops.txt`,
    /// and `places` those of the timetable.
    pub(super) fn add(
        &mut self,
        feed: &Feed,
        numbers: &[Option<u32>],
        places: &[Place],
        date: Date,
    ) -> Result<Option<Notice>, NetworkError> {
        let members = members(feed, numbers);
        let (mut passed_over, mut first) = (0, None);
        for row in feed.transfers() {
            let Some(rule) = rule(row) else {
                if is_passed_over(row) {
                    passed_over += 1;
                    first = first.or(Some(row.line));
                }
                continue;
            };
            for &(_, steps, from) in members_of(&members, rule.stops.0) {
                for &(_, more, to) in members_of(&members, rule.stops.1) {
                    self.enter((from, to), steps + more, rule, places);
                }
                if self.rules.len() + self.narrow_count > MAX_PAIRS {
                    let what = "pairs of stops with rules for changing";
                    return Err(NetworkError::TooLarge { date, what, limit: MAX_PAIRS });
                }
            }
        }
        Ok((passed_over > 0).then(|| Notice {
            file: format!("{}: transfers.txt", feed.name()),
            line: first,
            what:
                "a rule for changing does not name both its stops, or joins trips that it does not \
                   name; row passed over"
                    .into(),
            count: passed_over,
        }))
    }

    /// Of two rules found by equally many steps the first in the file counts.
    fn enter(&mut self, pair: (u32, u32), steps: u8, rule: Rule, places: &[Place]) {
        let Rule { from, to, change, .. } = rule;
        if rule.specificity() > 0 {
            // A rule for vehicles that do not call here on the date is none.
            let calls = |stop: u32, side: Side, of: fn(&Place) -> Side| {
                side.weight() == 0 || at(places, stop).iter().any(|place| side.includes(of(place)))
            };
            if calls(pair.0, from, |place| place.arriving)
                && calls(pair.1, to, |place| place.departing)
            {
                self.narrow.entry(pair).or_default().push(Narrow { from, to, steps, change });
                self.narrow_count += 1;
            }
        } else if let Some(change) = change {
            let rule = self.rules.entry(pair).or_insert((steps, change));
            if steps < rule.0 {
                *rule = (steps, change);
            }
        }
    }

    pub(super) fn finish(self) -> Changes {
        let mut narrow = self.narrow;
        for rules in narrow.values_mut() {
            // The order of the file stays where nothing else decides.
            rules.sort_by_key(|rule| (Reverse(rule.from.weight() + rule.to.weight()), rule.steps));
        }
        let rules = self.rules.into_iter().map(|(pair, rule)| (pair, rule.1)).collect();
        Changes { rules, narrow }
    }
}

/// The places at a stop that are not the stop's own.
pub(super) fn at(places: &[Place], stop: u32) -> &[Place] {
    let from = places.partition_point(|place| place.stop < stop);
    let to = places.partition_point(|place| place.stop <= stop);
    places.get(from..to).unwrap_or_default()
}

/// A row that says how to change, in rows of the feed.
#[derive(Clone, Copy)]
pub(super) struct Rule {
    pub(super) stops: (u32, u32),
    pub(super) from: Side,
    pub(super) to: Side,
    change: Option<Change>,
}

impl Rule {
    /// 0 where it holds for all trips and routes.
    pub(super) fn specificity(&self) -> u8 {
        self.from.weight() + self.to.weight()
    }
}

/// A recommendation (0) says something only where a rule for more vehicles would hold without it.
pub(super) fn rule(row: &Transfer) -> Option<Rule> {
    let change = match row.kind {
        0 => None,
        1 => Some(Change::Timed),
        2 => Some(Change::AtLeast(row.min_seconds?)),
        3 => Some(Change::Forbidden),
        _ => return None,
    };
    let from = Side::named(row.from_trip, row.from_route);
    let to = Side::named(row.to_trip, row.to_route);
    Some(Rule { stops: row.from_stop.zip(row.to_stop)?, from, to, change })
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
pub(super) fn members(feed: &Feed, numbers: &[Option<u32>]) -> Vec<(u32, u8, u32)> {
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

pub(super) fn members_of(members: &[(u32, u8, u32)], row: u32) -> &[(u32, u8, u32)] {
    let from = members.partition_point(|member| member.0 < row);
    let to = members.partition_point(|member| member.0 <= row);
    members.get(from..to).unwrap_or_default()
}
