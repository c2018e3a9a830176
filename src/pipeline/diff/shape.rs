//! Shapes that were redrawn, and the surface by which they differ.

use geo::{Area, BooleanOps, Distance, Euclidean, Geometry, MultiPolygon};
use rayon::prelude::*;
use serde::Serialize;

use super::key::RowKey;
use super::sheet::Sheet;
use crate::model::Crs;

/// Less than this share of a surface is rounding of coordinates.
const ROUNDING: f64 = 1e-9;

/// From this share of its surface on, a place that was redrawn is another place. Outlines generalised by other hands alone
/// differ by 5 to 10 %.
const ANOTHER_PLACE: f64 = 0.1;

/// A shape that is not the same.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShapeChange {
    pub row: RowKey,
    /// Surface that lies in one of the two outlines only, in square metres; none in a system of degrees.
    pub differs_m2: Option<f64>,
    /// The same as a share of the old surface.
    pub differs_share: Option<f64>,
    /// How far a point moved, in metres; none in a system of degrees.
    pub moved_m: Option<f64>,
}

impl ShapeChange {
    /// Whether values of the place before and after cannot be compared.
    pub(super) fn is_another_place(&self) -> bool {
        self.differs_share.is_some_and(|share| share > ANOTHER_PLACE)
    }
}

/// The two systems, where they differ.
pub(super) fn systems(old: &Sheet, new: &Sheet) -> Option<(String, String)> {
    let name = |sheet: &Sheet| {
        let crs = sheet.shapes.as_ref().map(|shapes| shapes.crs.as_ref().map(Crs::id));
        crs.map_or_else(String::new, |crs| crs.unwrap_or("unknown").to_owned())
    };
    let (from, to) = (name(old), name(new));
    (from != to).then_some((from, to))
}

/// The shapes of the same rows that differ: `rows` has the key and the row in the old and in the new layer.
pub(super) fn changes(
    old: &Sheet,
    new: &Sheet,
    rows: &[(&RowKey, usize, usize)],
) -> Vec<ShapeChange> {
    let (Some(before), Some(after)) = (&old.shapes, &new.shapes) else { return Vec::new() };
    let metric = before.crs.as_ref().is_some_and(|crs| crs.require_metric().is_ok());
    rows.par_iter()
        .filter_map(|(key, from, to)| {
            let from = before.rows.get(*from).and_then(Option::as_ref);
            let to = after.rows.get(*to).and_then(Option::as_ref);
            if from == to {
                return None;
            }
            compare(key, from, to, metric)
        })
        .collect()
}

fn compare(
    key: &RowKey,
    old: Option<&Geometry<f64>>,
    new: Option<&Geometry<f64>>,
    metric: bool,
) -> Option<ShapeChange> {
    let mut change =
        ShapeChange { row: key.clone(), differs_m2: None, differs_share: None, moved_m: None };
    let (Some(old), Some(new)) = (old, new) else { return Some(change) };
    if let (Geometry::Point(from), Geometry::Point(to)) = (old, new) {
        change.moved_m = metric.then(|| Euclidean.distance(*from, *to));
    } else if let (Some(from), Some(to)) = (polygons(old), polygons(new)) {
        let differs = from.xor(&to).unsigned_area();
        let surface = from.unsigned_area();
        // The same outline may begin at another vertex.
        if differs <= surface * ROUNDING {
            return None;
        }
        change.differs_m2 = metric.then_some(differs);
        change.differs_share = (surface > 0.0).then(|| differs / surface);
    }
    Some(change)
}

fn polygons(geometry: &Geometry<f64>) -> Option<MultiPolygon<f64>> {
    match geometry {
        Geometry::Polygon(polygon) => Some(MultiPolygon(vec![polygon.clone()])),
        Geometry::MultiPolygon(polygons) => Some(polygons.clone()),
        _ => None,
    }
}
