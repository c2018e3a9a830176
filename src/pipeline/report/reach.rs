//! How far the residents of an area are from the nearest of each kind.

use std::collections::BTreeMap;

use super::labels::{Labels, STATIONS, rank, way};
use crate::indicators::Weights;
use crate::model::Observation;
use crate::pipeline::map::Surveyed;
use crate::publish::report::{Reach, Reaches, Way};

/// Metres walked in a minute at 5 km/h.
const M_PER_MIN: f64 = 5000.0 / 60.0;

/// The ways of each sub-area, a walk before a straight line; nothing where there are none.
pub(super) fn reaches(
    survey: &Surveyed<'_>,
    weights: &Weights,
    labels: Labels<'_>,
) -> Option<Reaches> {
    let residents: Option<Vec<f64>> =
        survey.area.parts.iter().map(|part| Some(weights.of(part.row)? * part.share)).collect();
    let by_residents = residents.is_some();
    let weights = residents.unwrap_or_else(|| vec![1.0; survey.units.len()]);
    let mut kinds: BTreeMap<(usize, &str), BTreeMap<&str, &Observation>> = BTreeMap::new();
    for row in &survey.rows {
        let (Some(unit), Some((kind, in_minutes))) = (row.unit_id.as_deref(), way(&row.indicator))
        else {
            continue;
        };
        let known = kinds.entry((rank(kind), kind)).or_default().entry(unit).or_insert(row);
        if in_minutes {
            *known = row;
        }
    }
    let reach = |((_, kind), rows): (&(usize, &str), &BTreeMap<&str, &Observation>)| {
        let with = survey.units.iter().zip(&weights);
        let found = |unit: &String| rows.get(unit.as_str()).filter(|row| row.value.is_some());
        let without: f64 =
            with.clone().filter(|(unit, _)| found(unit).is_none()).map(|(_, weight)| weight).sum();
        let ways = with.filter_map(|(unit, weight)| way_of(found(unit)?, *weight)).collect();
        Reach {
            to: labels.kind(kind),
            ways,
            without: without.abs(),
            walked: rows.values().any(|row| row.method.starts_with("street_network_walk")),
        }
    };
    let services = kinds.keys().any(|(rank, _)| *rank == STATIONS.len());
    let kinds: Vec<Reach> = kinds.iter().map(reach).collect();
    (!kinds.is_empty()).then_some(Reaches { kinds, by_residents, services })
}

fn way_of(row: &Observation, weight: f64) -> Option<Way> {
    let turn = if row.unit == "min" { 1.0 } else { M_PER_MIN };
    let minutes = row.value? / turn;
    let bound = |bound: Option<f64>| bound.map_or(minutes, |bound| bound / turn);
    Some(Way { minutes, lower: bound(row.lower), upper: bound(row.upper), weight })
}
