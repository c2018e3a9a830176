//! Rules for changing that hold for certain trips or routes only.
//!
//! A search knows when a stop is reached, not by which vehicle. Where a rule names trips or routes, the
//! vehicles it names therefore call at a place of their own at the stop, and the rules stand between
//! places: the search stays as it is, and exact. A place costs what a stop costs, and walks run from all
//! places of one stop to all of another. Where no rule names a trip or route there is nothing of this.

use std::collections::{BTreeMap, BTreeSet};

use super::changes::{members, members_of, rule};
use crate::model::Feed;

/// What the rules at a stop see of a vehicle, or what one rule names: rows of trips and routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(in crate::network) struct Side {
    pub(super) trip: Option<u32>,
    pub(super) route: Option<u32>,
}

impl Side {
    /// What a rule names; its trip takes precedence over its route.
    pub(super) fn named(trip: Option<u32>, route: Option<u32>) -> Self {
        Self { trip, route: if trip.is_some() { None } else { route } }
    }

    /// Whether a rule that names this speaks of a vehicle.
    pub(super) fn includes(self, vehicle: Self) -> bool {
        match self {
            Self { trip: Some(_), .. } => self.trip == vehicle.trip,
            Self { route: Some(_), .. } => self.route == vehicle.route,
            _ => true,
        }
    }

    /// So that of two rules the one with the greater sum is the more specific: two trips, trip and
    /// route, one trip, two routes, one route, none.
    pub(super) fn weight(self) -> u8 {
        match self {
            Self { trip: Some(_), .. } => 3,
            Self { route: Some(_), .. } => 1,
            _ => 0,
        }
    }
}

/// Where certain vehicles call at a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::network) struct Place {
    pub(super) stop: u32,
    /// What rules see of who arrives, and of who departs: at a joint of trips these are two.
    pub(super) arriving: Side,
    pub(super) departing: Side,
}

/// What the rules of a feed name at each row of `stops.txt`, to come from and to go to.
#[derive(Default)]
pub(super) struct Named {
    from: BTreeSet<(u32, Side)>,
    to: BTreeSet<(u32, Side)>,
}

impl Named {
    pub(super) fn new(feed: &Feed) -> Self {
        let mut named = Self::default();
        let narrow = |rule: &super::changes::Rule| rule.specificity() > 0;
        let rules: Vec<_> = feed.transfers().iter().filter_map(rule).filter(narrow).collect();
        if rules.is_empty() {
            return named;
        }
        let rows: Vec<Option<u32>> = (0u32..).zip(feed.stops()).map(|(row, _)| Some(row)).collect();
        let members = members(feed, &rows);
        for rule in rules {
            for (stop, side, into) in
                [(rule.stops.0, rule.from, &mut named.from), (rule.stops.1, rule.to, &mut named.to)]
            {
                if side.weight() > 0 {
                    into.extend(members_of(&members, stop).iter().map(|member| (member.2, side)));
                }
            }
        }
        named
    }

    pub(super) fn is_empty(&self) -> bool {
        self.from.is_empty() && self.to.is_empty()
    }

    pub(super) fn arriving(&self, feed: &Feed, stop: u32, trip: u32) -> Side {
        seen(&self.from, feed, stop, trip)
    }

    pub(super) fn departing(&self, feed: &Feed, stop: u32, trip: u32) -> Side {
        seen(&self.to, feed, stop, trip)
    }
}

/// What the rules at a stop tell a vehicle by.
fn seen(named: &BTreeSet<(u32, Side)>, feed: &Feed, stop: u32, trip: u32) -> Side {
    let is_named = |side: &Side| named.contains(&(stop, *side));
    let route = feed.trips().get(trip as usize).map(|trip| trip.route);
    Side {
        trip: Some(trip).filter(|&trip| is_named(&Side::named(Some(trip), None))),
        route: route.filter(|&route| is_named(&Side::named(None, Some(route)))),
    }
}

/// The places met while vehicles are collected, numbered behind all stops.
#[derive(Default)]
pub(super) struct Places {
    pub(super) first: u32,
    pub(super) numbers: BTreeMap<Place, u32>,
}

impl Places {
    pub(super) fn number(&mut self, place: Place) -> u32 {
        let next = self.first + u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(place).or_insert(next)
    }
}
