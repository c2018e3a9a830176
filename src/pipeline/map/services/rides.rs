//! Travel times by public transport from the origins of units to the nearest of each kind of service.
//!
//! The search is that of `scale access`: every minute of the window is a departure. For each of them the nearest place of
//! a kind is looked for, whichever that is then, and the time to the kind is the median over the departures.

use std::ops::Range;

use geo::{Area, Distance, Euclidean};

use super::kinds::{Kind, Place};
use super::origins::Origins;
use super::rows::{attribution, of_place, status};
use super::timetables::{LIMITS, Timetables, clock};
use super::walk::Walk;
use crate::access::as_minutes;
use crate::indicators::{Context, Measured};
use crate::model::{Dataset, Observation};
use crate::pipeline::PipelineError;
use crate::pipeline::access::transit::{Ground, Lines, OfKinds, Transit};
use crate::pipeline::access::{Placed, TransitRequest};

/// The percentile of the departures that is published.
const MEDIAN: f64 = 50.0;

/// Adds a row for each kind that can be reached, for each unit and for the area, and what a reader must know of them.
///
/// # Errors
/// [`PipelineError::Network`], a fault of the program.
pub(super) fn measure(
    context: &Context<'_>,
    timetables: &Timetables,
    (walk, lines): (&Walk<'_>, &Lines),
    (kinds, origins): (&[Kind<'_>], &[Origins]),
    out: &mut Measured,
) -> Result<(), PipelineError> {
    let of_units = origins.iter().flat_map(|unit| &unit.points).map(|origin| origin.degrees);
    let of_kinds = kinds.iter().flat_map(|kind| &kind.places).map(|place| place.degrees);
    let from = Placed::new(&walk.index, &of_units.collect::<Vec<_>>(), LIMITS);
    let to = Placed::new(&walk.index, &of_kinds.collect::<Vec<_>>(), LIMITS);
    let network = &walk.streets.network;
    let ground =
        Ground { network, origins: &from, destinations: &to, longest_min: LIMITS.trip_min };
    out.warnings.extend(timetables.notices.iter().cloned());
    let (transit, ..) = Transit::prepare(&timetables.request, lines, &ground, &mut out.warnings)?;
    let median = transit.nearest(&from, &rows_of(kinds), MEDIAN)?;
    let on_streets: Vec<bool> = to.snaps.iter().map(Option::is_some).collect();
    let rides = by_unit(&median, kinds, origins, &on_streets);
    let mut missing = 0;
    for (column, kind) in kinds.iter().enumerate() {
        let rides: Vec<Option<Ride>> = rides.iter().map(|unit| unit[column]).collect();
        missing += rides.iter().filter(|ride| ride.is_none()).count();
        let writer = Writer { context, kind, walk, timetables };
        writer.add(origins, &rides, &mut out.rows);
    }
    if missing > 0 {
        out.warnings.push(format!(
            "{missing} of {} times by public transport are missing: the unit is on no street, no such service is within {} minutes of it, or one that is off the streets lies nearer",
            rides.len() * kinds.len(),
            LIMITS.trip_min
        ));
    }
    Ok(())
}

/// Why nothing is measured by public transport, where streets or timetables are there and the other is not.
pub(super) fn why_not(context: &Context<'_>, walk: Option<&Walk<'_>>) -> Option<String> {
    match (context.data.timetables.is_empty(), walk) {
        (true, None) => None,
        (true, Some(_)) => Some(
            "no timetables are among the data: nothing is measured by public transport; `scale ingest --geography timetable` adds them".to_owned(),
        ),
        (false, _) => Some(
            "no unit can walk to a stop on the streets of the data: nothing is measured by public transport".to_owned(),
        ),
    }
}

/// The time from one unit to the nearest of a kind.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ride {
    /// Mean of the origins that reach one, by their residents.
    minutes: f64,
    /// Share of the residents who reach one.
    share: f64,
}

/// The rows of each kind among the places of all kinds.
fn rows_of(kinds: &[Kind<'_>]) -> Vec<Range<usize>> {
    let mut first = 0;
    let mut rows = |kind: &Kind<'_>| {
        let rows = first..first + kind.places.len();
        first = rows.end;
        rows
    };
    kinds.iter().map(&mut rows).collect()
}

/// For each unit and each kind, from the nearest of each kind from each origin, in the order of the units.
///
/// Whoever has a place that is on no street nearer, as the crow flies, than one that is the nearest at some departure has no
/// time to this kind: it might be the sooner.
fn by_unit(
    nearest: &[Option<OfKinds>],
    kinds: &[Kind<'_>],
    origins: &[Origins],
    on_streets: &[bool],
) -> Vec<Vec<Option<Ride>>> {
    let rows = rows_of(kinds);
    let mut nearest = nearest.iter();
    let mut unit = |unit: &Origins| {
        let (mut reached, mut all) = (vec![(0.0, 0.0); kinds.len()], 0.0);
        for (origin, nearest) in unit.points.iter().zip(&mut nearest) {
            all += origin.weight;
            let of_kinds = kinds.iter().zip(&rows).zip(nearest.iter().flatten());
            for ((weight, sum), ((kind, rows), found)) in reached.iter_mut().zip(of_kinds) {
                let Some(found) = found else { continue };
                let distance = |place: &Place| Euclidean.distance(origin.at, place.at);
                let farthest =
                    found.places.iter().map(|row| distance(&kind.places[row - rows.start]));
                let farthest = farthest.fold(0.0, f64::max);
                let mut off_streets =
                    kind.places.iter().zip(&on_streets[rows.clone()]).filter(|(_, on)| !**on);
                if off_streets.any(|(place, _)| distance(place) < farthest) {
                    continue;
                }
                *weight += origin.weight;
                *sum += origin.weight * as_minutes(found.ms);
            }
        }
        let ride = |(weight, sum): (f64, f64)| {
            (weight > 0.0).then(|| Ride { minutes: sum / weight, share: weight / all })
        };
        reached.into_iter().map(ride).collect()
    };
    origins.iter().map(&mut unit).collect()
}

/// What the rows of a kind share.
struct Writer<'a> {
    context: &'a Context<'a>,
    kind: &'a Kind<'a>,
    walk: &'a Walk<'a>,
    timetables: &'a Timetables,
}

impl Writer<'_> {
    /// A row for each unit, and the residents' mean for the area, with the share of its surface that it rests on.
    fn add(&self, origins: &[Origins], rides: &[Option<Ride>], out: &mut Vec<Observation>) {
        let (mut weight, mut sum, mut surface, mut known) = (0.0, 0.0, 0.0, 0.0);
        for ((part, origins), ride) in self.context.area.parts.iter().zip(origins).zip(rides) {
            let of_part = self.context.units.areas.shapes()[part.row].unsigned_area() * part.share;
            surface += of_part;
            let Some(ride) = ride else { continue };
            out.push(Observation {
                definition: self.definition(if origins.populated {
                    "the unit's populated points, by residents,"
                } else {
                    "the unit's inner point"
                }),
                ..self.row(Some(part.row), *ride)
            });
            let Some(residents) = self.context.weights.of(part.row) else { continue };
            let residents = residents * part.share * ride.share;
            weight += residents;
            sum += residents * ride.minutes;
            known += of_part * ride.share;
        }
        if weight > 0.0 {
            let mean = Ride { minutes: sum / weight, share: known / surface };
            let row = self.row(None, mean);
            out.push(Observation {
                definition: self.definition("the units, by residents,"),
                method: format!("{}; mean by residents", row.method),
                ..row
            });
        }
    }

    fn row(&self, unit: Option<usize>, ride: Ride) -> Observation {
        Observation {
            indicator: format!("access_transit_nearest_{}_min", self.kind.name),
            value: Some(ride.minutes),
            unit: "min".to_owned(),
            year: Some(i32::from(self.timetables.request.date.year())),
            obs_status: status(None, ride.share),
            method: "transit".to_owned(),
            coverage: Some(ride.share),
            source: self.source(),
            ..of_place(self.context, unit)
        }
    }

    fn definition(&self, from: &str) -> String {
        let TransitRequest { date, window, max_rides, walk_min, .. } = &self.timetables.request;
        let (kind, title) = (self.kind.name.replace('_', " "), &self.kind.dataset.title.en);
        let (first, last) = (clock(window.start), clock(window.end));
        format!(
            "Travel time by public transport and on foot from {from} to the nearest {kind} (of: {title}): the median of setting out every minute from {first} to {last} on {date}, the first wait included; at most {max_rides} rides, {walk_min} minutes on foot to the first stop and from the last, and {} minutes in all; on foot where that is faster",
            LIMITS.trip_min
        )
    }

    fn source(&self) -> String {
        let streets = attribution(&self.walk.streets.dataset);
        let timetables: Vec<String> =
            self.timetables.datasets.iter().map(Dataset::source).collect();
        let timetables = timetables.join("; ");
        if self.kind.from_extract {
            return format!("{streets}; timetables: {timetables}");
        }
        let own = self.kind.dataset.source();
        format!("{own}; streets: {streets}; timetables: {timetables}")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use geo::Point;

    use super::super::origins::Origin;
    use super::*;
    use crate::pipeline::access::transit::Nearest;
    use crate::sources::Snapshot;

    #[test]
    fn the_nearest_of_each_kind_is_averaged_by_residents_of_those_who_reach_one() {
        let snapshot = Snapshot::embedded().unwrap();
        let dataset = snapshot.datasets().next().unwrap();
        let at = Point::new(0.0, 0.0);
        let place = |row| Place { at, degrees: (0.0, 0.0), slack_m: None, row };
        let kind = |name: &str, places: Vec<Place>| Kind {
            name: name.to_owned(),
            dataset,
            places,
            from_extract: false,
        };
        let kinds = [kind("a", vec![place(0), place(1)]), kind("b", vec![place(0)])];
        let origin = |weight| Origin { at, degrees: (0.0, 0.0), weight };
        let unit = |unit, points| Origins { unit, inner: None, points, populated: true };
        let origins = [
            unit(0, vec![origin(100.0), origin(300.0), origin(100.0)]),
            unit(1, vec![origin(1.0)]),
        ];
        // Minutes to a and to b, with the places that are the nearest: on no street, nothing in reach.
        let to = |minutes: u32, places: &[usize]| {
            Some(Nearest { ms: minutes * 60_000, places: places.to_vec() })
        };
        let nearest = [
            Some(vec![to(6, &[1]), None]),
            Some(vec![to(2, &[0, 1]), to(30, &[2])]),
            None,
            Some(vec![None, None]),
        ];
        let rides = by_unit(&nearest, &kinds, &origins, &[true; 3]);
        // (100 · 6 + 300 · 2) / 400 = 3 of 400 of 500; 30 of 300 of 500.
        assert_eq!(rides[0][0], Some(Ride { minutes: 3.0, share: 0.8 }));
        assert_eq!(rides[0][1], Some(Ride { minutes: 30.0, share: 0.6 }));
        assert_eq!(rides[1], [None, None]);
        // The first place is on no street, and nearer than the second, the nearest at some departure: no time is known.
        let [a, b] = kinds;
        let away = Place { at: Point::new(3.0, 4.0), ..place(1) };
        let kinds = [Kind { places: vec![place(0), away], ..a }, b];
        let rides = by_unit(&nearest, &kinds, &origins, &[false, true, true]);
        assert_eq!((rides[0][0], rides[0][1].map(|ride| ride.share)), (None, Some(0.6)));
        assert_eq!(clock(7 * 3600 + 5 * 60), "07:05");
    }
}
