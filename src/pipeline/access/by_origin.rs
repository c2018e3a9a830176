//! Measures from travel times that are known origin by origin.

use super::table::Columns;
use crate::access::{
    Catchments, Measure, Supply, as_milliseconds, as_minutes, cumulative, dual, gravity,
};

/// `(destination, milliseconds)` in the order of destinations.
pub type Reached = Vec<(u32, u32)>;

/// What each origin reaches; `None` where it is on no street.
pub type Times = Vec<Option<Reached>>;

/// One figure from what an origin reaches.
type Figure<'a> = &'a dyn Fn(&[(u32, u32)]) -> Option<f64>;

/// What the times lead to.
pub struct Offer<'a> {
    pub opportunities: &'a [f64],
    pub supply: &'a [f64],
    pub demand: &'a [f64],
    pub destination_ids: &'a [String],
    /// Longest trip, in minutes, where a measure has no limit of its own.
    pub trip_min: f64,
}

/// Fills one or more columns a measure; their names end in `suffix`.
pub fn measure(
    times: &[Option<Reached>],
    measures: &[Measure],
    offer: &Offer<'_>,
    suffix: &str,
    columns: &mut Columns,
) {
    for measure in measures {
        let reach_min = measure.reach_min(offer.trip_min);
        let names: Vec<String> =
            measure.columns().iter().map(|name| format!("{name}_{suffix}")).collect();
        let each = |value: Figure<'_>| {
            times.iter().map(|reached| value(reached.as_ref()?)).collect::<Vec<_>>()
        };
        match measure {
            Measure::Nearest { k } => nearest(times, (*k, reach_min), &names, offer, columns),
            Measure::Cumulative { limits_min } => {
                for (name, limit) in names.iter().zip(limits_min) {
                    let sum = |r: &[(u32, u32)]| Some(cumulative(r, offer.opportunities, *limit));
                    columns.numbers(name, each(&sum));
                }
            }
            Measure::Gravity { decay } => {
                let sum =
                    |r: &[(u32, u32)]| Some(gravity(r, offer.opportunities, *decay, reach_min));
                columns.numbers(&names[0], each(&sum));
            }
            Measure::Dual { opportunities } => {
                let time = |reached: &[(u32, u32)]| {
                    time_until(reached, offer.opportunities, *opportunities, reach_min)
                        .map(as_minutes)
                };
                columns.numbers(&names[0], each(&time));
            }
            Measure::Catchment { method, limit_min, decay } => {
                let method = Catchments::new(*method, *limit_min, *decay);
                let access = method.access(&supplies(times, offer), offer.demand);
                let cells = access.iter().zip(times).map(|(a, t)| t.as_ref().map(|_| *a)).collect();
                columns.numbers(&names[0], cells);
            }
        }
    }
}

fn within(reached: &[(u32, u32)], limit_min: f64) -> impl Iterator<Item = &(u32, u32)> {
    let limit = as_milliseconds(limit_min);
    reached.iter().filter(move |(_, time)| *time <= limit)
}

/// The `k` nearest within a limit, the nearest first: `(milliseconds, destination)`.
pub(super) fn nearest_of(reached: &[(u32, u32)], k: usize, limit_min: f64) -> Vec<(u32, u32)> {
    let reached = within(reached, limit_min);
    let mut order: Vec<(u32, u32)> = reached.map(|(place, time)| (*time, *place)).collect();
    if order.len() > k {
        order.select_nth_unstable(k);
        order.truncate(k);
    }
    order.sort_unstable();
    order
}

/// Milliseconds until so many opportunities are reached; `None` where there are not so many within a limit.
pub(super) fn time_until(
    reached: &[(u32, u32)],
    opportunities: &[f64],
    wanted: f64,
    limit_min: f64,
) -> Option<u32> {
    let offered = |&(place, time): &(u32, u32)| (time, opportunities[place as usize]);
    dual(&mut within(reached, limit_min).map(offered).collect::<Vec<_>>(), wanted)
}

fn nearest(
    times: &[Option<Reached>],
    (k, limit_min): (usize, f64),
    names: &[String],
    offer: &Offer<'_>,
    columns: &mut Columns,
) {
    let first = |reached: &Option<Reached>| {
        nearest_of(reached.as_deref().unwrap_or_default(), k, limit_min)
    };
    let found: Vec<Vec<(u32, u32)>> = times.iter().map(first).collect();
    for (rank, name) in names.iter().enumerate() {
        let minutes = found.iter().map(|found| found.get(rank).map(|(time, _)| as_minutes(*time)));
        columns.numbers(name, minutes.collect());
        let id = |found: &Vec<(u32, u32)>| found.get(rank).map(|(_, place)| *place as usize);
        let ids = found.iter().map(|found| id(found).map(|p| offer.destination_ids[p].as_str()));
        columns.texts(&name.replacen("_min_", "_id_", 1), ids.collect());
    }
}

fn supplies(times: &[Option<Reached>], offer: &Offer<'_>) -> Vec<Supply> {
    let blank = |supply: &f64| Supply { supply: *supply, reached: Vec::new() };
    let mut supplies: Vec<Supply> = offer.supply.iter().map(blank).collect();
    for (origin, reached) in (0_u32..).zip(times) {
        for &(place, time) in reached.iter().flatten() {
            supplies[place as usize].reached.push((origin, time));
        }
    }
    supplies
}
