//! Where residents set out: the populated points of a unit where the data hold them, else its inner point.

use geo::{BoundingRect, Geometry, InteriorPoint, Intersects, Point};

use crate::areas::UnitPart;
use crate::indicators::{Context, Spatial};
use crate::model::{Crs, CrsError, Reprojection};
use crate::sources::SpatialLayer;

/// A point that residents set out from.
pub(super) struct Origin {
    /// On the plane of the units.
    pub at: Point<f64>,
    /// Longitude and latitude.
    pub degrees: (f64, f64),
    /// Residents of a populated point; 1 for an inner point.
    pub weight: f64,
}

/// The origins of one unit.
pub(super) struct Origins {
    /// Row among the parts of the area.
    pub unit: usize,
    /// A point inside the unit, from which straight lines start.
    pub inner: Option<Point<f64>>,
    pub points: Vec<Origin>,
    /// Whether the points are populated ones.
    pub populated: bool,
}

/// The origins of every unit of the area, in the order of its parts.
pub(super) fn of_units(
    context: &Context<'_>,
    spatial: &[Spatial<'_>],
) -> Result<Vec<Origins>, CrsError> {
    let turn = Reprojection::new(context.units.areas.crs(), &Crs::parse("EPSG:4326")?)?;
    let populated = spatial.iter().find(|spatial| spatial.source.is_populated());
    let parts = context.area.parts.iter().enumerate();
    parts.map(|(unit, part)| of_unit(unit, &shape(context, part), populated, &turn)).collect()
}

fn shape(context: &Context<'_>, part: &UnitPart) -> Geometry<f64> {
    match &part.shape {
        Some(shape) => Geometry::MultiPolygon(shape.clone()),
        None => context.units.areas.shapes()[part.row].clone(),
    }
}

fn of_unit(
    unit: usize,
    shape: &Geometry<f64>,
    populated: Option<&Spatial<'_>>,
    turn: &Reprojection,
) -> Result<Origins, CrsError> {
    let inner = shape.interior_point();
    let mut found = populated.map(|spatial| populated_in(shape, spatial)).unwrap_or_default();
    let populated = !found.is_empty();
    if !populated {
        found.extend(inner.map(|at| (at, 1.0)));
    }
    let mut points = Vec::with_capacity(found.len());
    for (at, weight) in found {
        points.push(Origin { at, degrees: turn.point(at.x(), at.y())?, weight });
    }
    Ok(Origins { unit, inner, points, populated })
}

/// The points in a shape that somebody lives at, with the residents.
fn populated_in(shape: &Geometry<f64>, spatial: &Spatial<'_>) -> Vec<(Point<f64>, f64)> {
    let Ok(residents) = spatial.source.table.numbers(SpatialLayer::RESIDENTS) else {
        return Vec::new();
    };
    let Some(rect) = shape.bounding_rect() else { return Vec::new() };
    let shapes = spatial.features.shapes();
    let near = spatial.features.near(rect).into_iter();
    let point = |row: usize| match &shapes[row] {
        Geometry::Point(at) if shape.intersects(at) => {
            Some((*at, residents.get(row).filter(|count| *count > 0.0)?))
        }
        _ => None,
    };
    near.filter_map(point).collect()
}
