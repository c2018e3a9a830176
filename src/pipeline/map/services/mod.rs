//! The way from the units of an area to the nearest of each kind of service: on foot along the streets where the data
//! hold streets that cover the unit, else as the crow flies; and by public transport where they hold timetables, too.

mod kinds;
mod origins;
mod rides;
mod rows;
mod timetables;
mod walk;
mod warnings;

use std::collections::BTreeMap;

use geo::Intersects;

use super::Stations;
use crate::access;
use crate::indicators::{Context, Measured, Spatial};
use crate::pipeline::PipelineError;
use crate::sources::{Data, ServiceTable, Snapshot};
use kinds::Kind;
use origins::Origins;
use rows::{How, Reached};
use timetables::Timetables;
use walk::{Streets, Walk};

/// The ways of the data: streets to walk on, and the vehicles of a day.
pub(in crate::pipeline) struct Ways {
    streets: Vec<Streets>,
    timetables: Option<Timetables>,
}

impl Ways {
    /// Reads every extract and timetable of the data; `depart` is the day and the window of departures, where they are
    /// not to be an ordinary morning.
    ///
    /// # Errors
    /// Those of [`Timetables::load`] and [`Streets::all`].
    pub fn load(
        snapshot: &Snapshot,
        data: &Data,
        table: &ServiceTable,
        depart: Option<&str>,
    ) -> Result<Self, PipelineError> {
        let timetables = Timetables::load(snapshot, data, depart)?;
        let streets = Streets::all(snapshot, data, table, timetables.as_ref())?;
        Ok(Self { streets, timetables })
    }
}

/// Adds rows and warnings of every kind of service; gives back the stations, which get a layer with what was reached.
///
/// # Errors
/// [`PipelineError::Crs`]; [`PipelineError::Network`], a fault of the program.
pub(in crate::pipeline) fn measure<'a>(
    context: &Context<'a>,
    spatial: &[Spatial<'_>],
    ways: &Ways,
    out: &mut Measured,
) -> Result<Option<Stations<'a>>, PipelineError> {
    let origins = origins::of_units(context, spatial)?;
    let walk = Walk::choose(&ways.streets, &origins);
    let kinds::Found { kinds, taken } = kinds::all(context, walk.as_ref())?;
    let walked = walk.as_ref().map(|walk| walk.measure(&kinds, &origins));
    let mut stations = stations(context, &kinds);
    let (mut straight, mut beyond) = (0, 0);
    for (column, kind) in kinds.iter().enumerate() {
        let reach = |(unit, origins): (usize, &Origins)| {
            let walked = walked.as_ref().and_then(|walked| walked[unit][column].clone());
            walked.or_else(|| straight_line(kind, origins, walk.as_ref()))
        };
        let reached: Vec<Option<Reached>> = origins.iter().enumerate().map(reach).collect();
        for (found, origins) in reached.iter().zip(&origins) {
            let Some(found) = found else { continue };
            let covered = walk.as_ref().is_some_and(|walk| walk.covers(origins.unit));
            straight += usize::from(covered && found.how == How::StraightLine);
            beyond += usize::from(matches!(found.how, How::Walked { beyond: true, .. }));
            if let Some((_, inside)) = stations.as_mut().filter(|_| kind.is_of_stations()) {
                for &place in &found.places {
                    inside.entry(kind.places[place].row).or_insert(false);
                }
            }
        }
        rows::add(context, kind, &reached, walk.as_ref(), &mut out.rows);
    }
    let facts =
        warnings::Facts { origins: &origins, kinds: kinds.len(), straight, beyond, taken: &taken };
    out.warnings.extend(facts.warnings(&ways.streets, walk.as_ref()));
    ride(context, ways, walk.as_ref(), (&kinds, &origins), out)?;
    Ok(stations)
}

/// Adds what is reached by public transport, or says why nothing is.
fn ride(
    context: &Context<'_>,
    ways: &Ways,
    walk: Option<&Walk<'_>>,
    to_and_from: (&[Kind<'_>], &[Origins]),
    out: &mut Measured,
) -> Result<(), PipelineError> {
    if to_and_from.0.is_empty() {
        return Ok(());
    }
    let lines = walk.and_then(|walk| Some((walk, walk.streets.lines.as_ref()?)));
    if let Some((timetables, lines)) = ways.timetables.as_ref().zip(lines) {
        return rides::measure(context, timetables, lines, to_and_from, out);
    }
    out.warnings.extend(rides::why_not(context, walk));
    Ok(())
}

/// The stations of the snapshot, with those that lie in the area.
fn stations<'a>(context: &Context<'a>, kinds: &[Kind<'_>]) -> Option<Stations<'a>> {
    let source = context.data.points.iter().find(|source| source.dataset.id == kinds::STATIONS)?;
    let places = kinds.iter().filter(|kind| kind.is_of_stations()).flat_map(|kind| &kind.places);
    let inside = places.filter(|place| context.area.outline.intersects(&place.at));
    let inside: BTreeMap<usize, bool> = inside.map(|place| (place.row, true)).collect();
    Some((source, inside))
}

/// From the unit's inner point. Services of an extract are known only where the extract has streets: a unit beyond has
/// no distance to them.
fn straight_line(kind: &Kind<'_>, origins: &Origins, walk: Option<&Walk<'_>>) -> Option<Reached> {
    if kind.from_extract && !walk.is_some_and(|walk| walk.surrounds(origins)) {
        return None;
    }
    let slack = |place: &kinds::Place| place.slack_m.unwrap_or(0.0);
    let places: Vec<_> = kind.places.iter().map(|place| (place.at, slack(place))).collect();
    let found = access::nearest(origins.inner?, &places)?;
    Some(Reached {
        slack_m: kind.places[found.destination].slack_m,
        places: vec![found.destination],
        found,
        how: How::StraightLine,
    })
}
