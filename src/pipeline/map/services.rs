//! Distances from the units of an area to the nearest of each kind of service.

use std::collections::BTreeMap;

use geo::{Area, Geometry, InteriorPoint, Intersects, Point};

use crate::access;
use crate::indicators::Context;
use crate::model::{CrsError, ObsStatus, Observation, Role};
use crate::publish::Access;
use crate::sources::SpatialLayer;

/// A position less certain than this makes the distance to it unreliable.
const UNRELIABLE_M: f64 = 300.0;

/// Straight-line distances from each unit's inner point to the nearest place of each kind.
///
/// Kinds are those of a column `kind`; without one, the data set is a kind of its own.
pub(super) fn distances(context: &Context<'_>, source: &SpatialLayer) -> Result<Access, CrsError> {
    let places = Places::new(context, source)?;
    let mut access = Access::default();
    for (row, point) in places.points.iter().enumerate() {
        if context.area.outline.intersects(point) {
            access.stations.insert(row, true);
        }
    }
    for (kind, rows) in places.kinds() {
        measure_kind(context, &places, kind, &rows, &mut access);
    }
    Ok(access)
}

/// The places of a data set on the plane of the units.
struct Places<'a> {
    source: &'a SpatialLayer,
    points: Vec<Point<f64>>,
}

impl<'a> Places<'a> {
    fn new(context: &Context<'_>, source: &'a SpatialLayer) -> Result<Self, CrsError> {
        let areas = source.areas.reprojected(context.units.areas.crs())?;
        let point = |shape: &Geometry<f64>| match shape {
            Geometry::Point(point) => *point,
            other => other.interior_point().unwrap_or_else(|| Point::new(f64::NAN, f64::NAN)),
        };
        Ok(Self { source, points: areas.shapes().iter().map(point).collect() })
    }

    fn kinds(&self) -> BTreeMap<&str, Vec<usize>> {
        let Ok(kinds) = self.source.table.texts("kind") else {
            return BTreeMap::from([(
                self.source.dataset.id.as_str(),
                (0..self.points.len()).collect(),
            )]);
        };
        let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (row, kind) in kinds.iter().enumerate() {
            if let Some(kind) = kind {
                rows.entry(kind).or_default().push(row);
            }
        }
        rows
    }

    /// How far the true position may lie from the stated one, in metres, where that is known.
    fn slack(&self, row: usize) -> Option<f64> {
        self.source.table.numbers("position_uncertainty_m").ok()?.get(row)
    }
}

fn measure_kind(
    context: &Context<'_>,
    places: &Places<'_>,
    kind: &str,
    rows: &[usize],
    access: &mut Access,
) {
    let destinations: Vec<(Point<f64>, f64)> =
        rows.iter().map(|&row| (places.points[row], places.slack(row).unwrap_or(0.0))).collect();
    let mut sums = Sums::default();
    for part in &context.area.parts {
        let origin = match &part.shape {
            Some(shape) => shape.interior_point(),
            None => context.units.areas.shapes()[part.row].interior_point(),
        };
        let found = origin.and_then(|origin| access::nearest(origin, &destinations));
        let Some(found) = found else { continue };
        let place = rows[found.destination];
        access.stations.entry(place).or_insert(false);
        let weight = context.weights.of(part.row).map(|weight| weight * part.share);
        let surface = context.units.areas.shapes()[part.row].unsigned_area() * part.share;
        sums.add(weight, surface, &found);
        let row = distance_row(context, places, kind, Some(part.row), &found, places.slack(place));
        access.rows.push(row);
    }
    if let Some(mean) = sums.mean() {
        let mut row = distance_row(context, places, kind, None, &mean, Some(sums.slack()));
        row.coverage = Some(sums.coverage());
        access.rows.push(row);
    }
}

/// The residents' mean distance: each unit's distance weighted by its residents.
#[derive(Default)]
struct Sums {
    weight: f64,
    distance: f64,
    lower: f64,
    upper: f64,
    surface: f64,
    surface_with_residents: f64,
}

impl Sums {
    fn add(&mut self, weight: Option<f64>, surface: f64, found: &access::Nearest) {
        self.surface += surface;
        self.surface_with_residents += if weight.is_some() { surface } else { 0.0 };
        let weight = weight.unwrap_or(0.0);
        self.weight += weight;
        self.distance += weight * found.distance_m;
        self.lower += weight * found.lower_m;
        self.upper += weight * found.upper_m;
    }

    fn mean(&self) -> Option<access::Nearest> {
        (self.weight > 0.0).then(|| access::Nearest {
            destination: 0,
            distance_m: self.distance / self.weight,
            lower_m: self.lower / self.weight,
            upper_m: self.upper / self.weight,
        })
    }

    /// Share of the surface whose residents are known: what the mean rests on.
    fn coverage(&self) -> f64 {
        self.surface_with_residents / self.surface
    }

    /// Half the width of the mean's interval, back on the straight line.
    fn slack(&self) -> f64 {
        (self.upper - self.lower) / self.weight / 2.0 / access::DETOUR
    }
}

fn distance_row(
    context: &Context<'_>,
    places: &Places<'_>,
    kind: &str,
    unit: Option<usize>,
    found: &access::Nearest,
    slack: Option<f64>,
) -> Observation {
    let keys = context.units.areas.keys();
    let unit_id = unit.map(|row| keys[row].clone());
    let bounded = found.upper_m > found.lower_m;
    let area_id = context.area.definition.id.clone();
    let method = if unit.is_some() { "straight_line" } else { "straight_line; mean by residents" };
    let from = if unit.is_some() { "the unit's inner point" } else { "the units, by residents," };
    Observation {
        geography_level: match unit {
            Some(_) => context.units.dataset.geography.clone(),
            None => "area".to_owned(),
        },
        geography_id: unit_id.clone().unwrap_or_else(|| area_id.clone()),
        area_id,
        unit_id,
        role: Role::Own,
        indicator: format!("distance_nearest_{kind}_m"),
        theme: "services".to_owned(),
        value: Some(found.distance_m),
        lower: bounded.then_some(found.lower_m),
        upper: bounded.then_some(found.upper_m),
        unit: "m".to_owned(),
        year: places.source.dataset.years.last().copied(),
        sex: "_T".to_owned(),
        age: "_T".to_owned(),
        obs_status: match slack {
            Some(slack) if slack > UNRELIABLE_M => ObsStatus::U,
            _ => ObsStatus::E,
        },
        method: method.to_owned(),
        coverage: Some(1.0),
        definition: format!(
            "Distance from {from} to the nearest {} (of: {}): straight line times {}; the interval, where there is one, \
             comes from the uncertainty of the positions",
            kind.replace('_', " "),
            places.source.dataset.title.en,
            access::DETOUR
        ),
        source: places.source.dataset.source(),
    }
}
