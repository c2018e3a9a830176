//! What each origin's row says of itself beside its measures, and what is said of all rows together.

use std::borrow::Cow;

use polars::prelude::Column;

use super::by_origin::Times;
use super::equity::measure_of;
use super::streets::{Placed, Trips};
use super::table::Columns;
use super::{Places, Request, names};
use crate::access::{Measure, as_milliseconds, as_minutes};
use crate::network::streets::{Snap, StreetNetwork, Unplaced, nearest};

const NO_DESTINATION: &str = "no_destination_within_limit";
const NO_STOP: &str = "no_stop_within_walk";

/// How many places a warning names.
const NAMED: usize = 5;

/// One mode, origin by origin.
pub(super) struct Account<'a> {
    pub mode: &'a str,
    pub origins: &'a Placed,
    pub destinations: &'a Placed,
    pub kinds: Vec<Kind<'a>>,
    /// Whether the search came to where the streets that were read are cut off.
    pub beyond: Vec<bool>,
    /// Whether nobody can get on anywhere near; empty for modes without stops.
    pub without_stop: Vec<bool>,
}

/// Destinations of a category, or all of them, and by origin whether one is reached.
pub(super) struct Kind<'a> {
    category: Option<&'a str>,
    reached: Vec<bool>,
}

/// A place that is on no street.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct OffStreets {
    pub mode: String,
    /// `origin`, `destination` or `stop`.
    pub place: &'static str,
    pub id: String,
    pub reason: &'static str,
}

impl Account<'_> {
    /// `snap_m_walk`, `unreached_walk` and `beyond_streets_walk`.
    pub(super) fn fill(&self, columns: &mut Columns) {
        let (mode, snaps) = (self.mode, &self.origins.snaps);
        let away = snaps.iter().map(|snap| snap.as_ref().map(|snap| snap.distance_m));
        columns.numbers(&format!("snap_m_{mode}"), away.collect());
        let why: Vec<Option<Cow<'_, str>>> = (0..snaps.len()).map(|row| self.why(row)).collect();
        columns.texts(&format!("unreached_{mode}"), why.iter().map(Option::as_deref).collect());
        columns.flags(&format!("beyond_streets_{mode}"), self.beyond.clone());
    }

    /// Why an origin has no value; `None` where it reaches all that is asked for.
    fn why(&self, origin: usize) -> Option<Cow<'static, str>> {
        if let Some(why) = self.origins.why_not[origin] {
            return Some(why.id().into());
        }
        let missed: Vec<&Kind<'_>> =
            self.kinds.iter().filter(|kind| !kind.reached[origin]).collect();
        let none = missed.len() == self.kinds.len();
        match missed.as_slice() {
            [] => None,
            _ if none && self.without_stop.get(origin) == Some(&true) => Some(NO_STOP.into()),
            _ if none => Some(NO_DESTINATION.into()),
            some => {
                let some: Vec<&str> = some.iter().filter_map(|kind| kind.category).collect();
                Some(format!("{NO_DESTINATION}:{}", some.join(",")).into())
            }
        }
    }

    /// Every origin and destination that is on no street.
    pub(super) fn off_streets(&self, request: &Request<'_>) -> Vec<OffStreets> {
        let mut all = off_streets(self.mode, "origin", self.origins, &names(request.origins));
        let ids = names(request.destinations);
        all.extend(off_streets(self.mode, "destination", self.destinations, &ids));
        all
    }

    /// What is missing, counted.
    pub(super) fn warn(&self, request: &Request<'_>) -> Vec<String> {
        let mut warnings = Vec::new();
        let limit = request.limits.snap_m;
        let mut unplaced = |placed: &Placed, of: &Places, what: &str| {
            if placed.unplaced() > 0 && placed.unplaced() == of.points.len() {
                warnings.push(format!(
                    "{}: none of {} {what} has a usable street within {limit} m; are longitude and latitude swapped, or are \
                     the coordinates of {} in another system than it says?",
                    self.mode,
                    of.points.len(),
                    of.name
                ));
            } else if placed.unplaced() > 0 {
                let which = which(off_streets(self.mode, "", placed, &names(of)));
                warnings.push(format!(
                    "{}: {} of {} {what} have no usable street within {limit} m; their values are missing: {which}",
                    self.mode, placed.unplaced(), of.points.len()
                ));
            }
        };
        unplaced(self.origins, request.origins, "origins");
        unplaced(self.destinations, request.destinations, "destinations");
        warnings.extend(self.warn_of_unreached(request));
        let beyond = self.beyond.iter().filter(|beyond| **beyond).count();
        if beyond > 0 {
            warnings.push(format!(
                "{}: from {beyond} of {} origins the search came to where the streets that were read are cut off; \
                 more may be in reach",
                self.mode,
                self.beyond.len()
            ));
        }
        warnings
    }

    fn warn_of_unreached(&self, request: &Request<'_>) -> Option<String> {
        let placed = |origin: &usize| self.origins.snaps[*origin].is_some();
        let count_of = |kind: &Kind<'_>| {
            let origins = (0..kind.reached.len()).filter(placed);
            let count = origins.filter(|origin| !kind.reached[*origin]).count();
            (count > 0).then(|| match kind.category {
                None => format!("{count} reach no destination"),
                Some(category) => format!("{count} reach no {category}"),
            })
        };
        let missed: Vec<String> = self.kinds.iter().filter_map(count_of).collect();
        (!missed.is_empty()).then(|| {
            format!(
                "{}: of {} origins on the streets {} within {} minutes; what they reach is missing or 0",
                self.mode,
                self.origins.snaps.len() - self.origins.unplaced(),
                missed.join(", "),
                request.longest_min()
            )
        })
    }
}

/// Every place that is on no street.
pub(super) fn off_streets(
    mode: &str,
    place: &'static str,
    placed: &Placed,
    ids: &[String],
) -> Vec<OffStreets> {
    let off = |(id, why): (&String, &Option<Unplaced>)| {
        Some(OffStreets { mode: mode.to_owned(), place, id: id.clone(), reason: (*why)?.id() })
    };
    ids.iter().zip(&placed.why_not).filter_map(off).collect()
}

/// The first of them by name.
pub(super) fn which(places: Vec<OffStreets>) -> String {
    first_of(&places.into_iter().map(|place| place.id).collect::<Vec<_>>())
}

/// The first of some names, and how many more there are.
pub(super) fn first_of<T: AsRef<str>>(names: &[T]) -> String {
    let first: Vec<&str> = names.iter().take(NAMED).map(AsRef::as_ref).collect();
    let more = names.len() - first.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", first.join(", "))
}

/// The destinations by kind: the rows of each category, or all of them.
fn rows_by_kind<'a>(request: &'a Request<'_>) -> Vec<(Option<&'a str>, Vec<usize>)> {
    let places = request.destinations;
    let categories = places.categories.iter();
    match places.points.len() {
        0 => Vec::new(),
        all if places.categories.is_empty() => vec![(None, (0..all).collect())],
        _ => categories.map(|(name, rows)| (Some(name.as_str()), rows.clone())).collect(),
    }
}

/// What is reached along streets.
pub(super) fn kinds_on_streets<'a>(trips: &Trips<'_>, request: &'a Request<'_>) -> Vec<Kind<'a>> {
    let limit = as_milliseconds(request.longest_min());
    let kind = |(category, rows): (Option<&'a str>, Vec<usize>)| {
        let places: Vec<Option<Snap>> =
            rows.iter().map(|row| trips.destinations.snaps[*row]).collect();
        let found = nearest(trips.network, &trips.origins.snaps, &places, 1, limit);
        Kind { category, reached: found.iter().map(|found| !found.is_empty()).collect() }
    };
    rows_by_kind(request).into_iter().map(kind).collect()
}

/// What is reached by public transport: at every one of the percentiles.
pub(super) fn kinds_by_percentile<'a>(times: &[Times], request: &'a Request<'_>) -> Vec<Kind<'a>> {
    let origins = times.first().map_or(0, Vec::len);
    let kind = |(category, rows): (Option<&'a str>, Vec<usize>)| {
        let mut is_of_kind = vec![false; request.destinations.points.len()];
        for row in rows {
            is_of_kind[row] = true;
        }
        let reaches = |origin: usize| {
            times.iter().all(|times| {
                let mut reached = times[origin].iter().flatten();
                reached.any(|(place, _)| is_of_kind[*place as usize])
            })
        };
        Kind { category, reached: (0..origins).map(reaches).collect() }
    };
    rows_by_kind(request).into_iter().map(kind).collect()
}

/// Milliseconds from each origin to where the streets that were read are cut off.
pub(super) fn to_border(
    network: &StreetNetwork,
    origins: &[Option<Snap>],
    limit_min: f64,
) -> Vec<Option<u32>> {
    let found = nearest(network, origins, &network.border(), 1, as_milliseconds(limit_min));
    found.into_iter().map(|found| Some(found.first()?.time_ms)).collect()
}

/// Whether the search from each origin came to the border, given the time to it and the columns that were measured.
pub(super) fn beyond(
    to_border: &[Option<u32>],
    request: &Request<'_>,
    columns: &[Column],
) -> Vec<bool> {
    let looked = looked_min(request, columns, to_border.len());
    let came = |(time, looked): (&Option<u32>, f64)| time.is_some_and(|t| as_minutes(t) <= looked);
    to_border.iter().zip(looked).map(came).collect()
}

/// How far each origin was looked around, in minutes: as far as sums and catchments go, and until the last of the
/// nearest was found. What lies beyond changes nothing.
fn looked_min(request: &Request<'_>, columns: &[Column], origins: usize) -> Vec<f64> {
    let trip_min = request.limits.trip_min;
    let is_time = |m: &Measure| matches!(m, Measure::Nearest { .. } | Measure::Dual { .. });
    let sums = request.measures.iter().filter(|m| !is_time(m)).map(|m| m.reach_min(trip_min));
    let drawn = request.isochrones.and_then(|drawn| drawn.bands_min.last().copied());
    let of_matrix = request.matrix.map(|_| trip_min);
    let all = sums.chain(drawn).chain(of_matrix).fold(0.0, f64::max);
    let mut looked = vec![all; origins];
    for column in columns {
        let Some(measure) = measure_of(request.measures, column.name()) else { continue };
        let (true, Ok(cells)) = (is_time(measure), column.f64()) else { continue };
        for (looked, found) in looked.iter_mut().zip(cells.iter()) {
            *looked = looked.max(found.unwrap_or(trip_min));
        }
    }
    looked
}
