//! Cutting layers to an area, exactly.

use geo::{
    Area, BooleanOps, BoundingRect, Euclidean, Geometry, HasDimensions, Intersects, Length,
    MultiLineString, MultiPoint, MultiPolygon, PreparedGeometry, Relate,
};
use rayon::prelude::*;

use super::compose::polygons_of;
use crate::model::Areas;

/// What is left of a feature, and how much.
#[derive(Debug, Clone)]
pub struct Clipped {
    /// Row of the feature in the input.
    pub row: usize,
    /// What remains; the whole shape, untouched, where `share` is 1.
    pub shape: Geometry<f64>,
    /// Size of what remains: square metres, metres, or number of points.
    pub size: f64,
    /// `size` over the size of the whole feature.
    pub share: f64,
}

/// Cuts every feature to the outline; rows that leave nothing are absent. Both in one metric system.
///
/// A polygon or line that lies wholly inside comes back as it was, with a share of exactly 1. Of a feature that only
/// touches the outline nothing remains. The index stands over the features, the larger side.
#[must_use]
pub fn clip(features: &Areas, outline: &MultiPolygon<f64>) -> Vec<Clipped> {
    let Some(rect) = outline.bounding_rect() else { return Vec::new() };
    features
        .near(rect)
        .into_par_iter()
        // A prepared outline cannot be shared between threads: each makes its own.
        .map_init(
            || PreparedGeometry::from(outline),
            |prepared, row| clip_one(row, &features.shapes()[row], outline, prepared),
        )
        .flatten()
        .collect()
}

type Prepared<'a> = PreparedGeometry<'a, &'a MultiPolygon<f64>, f64>;

fn clip_one(
    row: usize,
    shape: &Geometry<f64>,
    outline: &MultiPolygon<f64>,
    prepared: &Prepared<'_>,
) -> Option<Clipped> {
    let whole = size(shape);
    let (remains, kept) = match shape {
        Geometry::Point(_) | Geometry::MultiPoint(_) => points_inside(shape, outline)?,
        _ => {
            let relation = prepared.relate(shape);
            if relation.is_covers() {
                (shape.clone(), whole)
            } else if relation.is_disjoint() {
                return None;
            } else {
                let remains = cut(shape, outline)?;
                let kept = size(&remains);
                (remains, kept)
            }
        }
    };
    (kept > 0.0).then(|| Clipped {
        row,
        shape: remains,
        size: kept,
        share: if whole > 0.0 { (kept / whole).min(1.0) } else { 1.0 },
    })
}

fn points_inside(
    shape: &Geometry<f64>,
    outline: &MultiPolygon<f64>,
) -> Option<(Geometry<f64>, f64)> {
    match shape {
        Geometry::Point(point) => outline.intersects(point).then(|| (shape.clone(), 1.0)),
        Geometry::MultiPoint(points) => {
            let inside: Vec<_> =
                points.iter().filter(|point| outline.intersects(*point)).copied().collect();
            let remains = Geometry::MultiPoint(MultiPoint(inside));
            let kept = size(&remains);
            (kept > 0.0).then_some((remains, kept))
        }
        _ => None,
    }
}

fn cut(shape: &Geometry<f64>, outline: &MultiPolygon<f64>) -> Option<Geometry<f64>> {
    match shape {
        Geometry::LineString(line) => {
            let lines = MultiLineString(vec![line.clone()]);
            single_line(outline.clip(&lines, false))
        }
        Geometry::MultiLineString(lines) => single_line(outline.clip(lines, false)),
        _ => single_polygon(MultiPolygon(polygons_of(shape)).intersection(outline)),
    }
}

fn single_line(lines: MultiLineString<f64>) -> Option<Geometry<f64>> {
    match lines.0.as_slice() {
        [] => None,
        [line] => Some(Geometry::LineString(line.clone())),
        _ => Some(Geometry::MultiLineString(lines)),
    }
}

fn single_polygon(polygons: MultiPolygon<f64>) -> Option<Geometry<f64>> {
    match polygons.0.as_slice() {
        _ if polygons.is_empty() => None,
        [polygon] => Some(Geometry::Polygon(polygon.clone())),
        _ => Some(Geometry::MultiPolygon(polygons)),
    }
}

/// Square metres of polygons, metres of lines, number of points.
#[must_use]
pub fn size(shape: &Geometry<f64>) -> f64 {
    match shape {
        Geometry::Point(_) => 1.0,
        #[allow(clippy::cast_precision_loss)] // numbers of points stay far below 2^53
        Geometry::MultiPoint(points) => points.0.len() as f64,
        Geometry::LineString(line) => Euclidean.length(line),
        Geometry::MultiLineString(lines) => Euclidean.length(lines),
        other => other.unsigned_area(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::float_cmp)]
mod tests {
    use geo::{line_string, point, polygon};

    use super::*;
    use crate::model::Crs;

    fn unit_square() -> MultiPolygon<f64> {
        MultiPolygon(vec![polygon![(x: 0., y: 0.), (x: 1., y: 0.), (x: 1., y: 1.), (x: 0., y: 1.)]])
    }

    fn clip_all(shapes: Vec<Geometry<f64>>) -> Vec<Clipped> {
        let keys = (0..shapes.len()).map(|row| row.to_string()).collect();
        let crs = Crs::parse("EPSG:3006").unwrap();
        clip(&Areas::new(keys, shapes, crs).unwrap(), &unit_square())
    }

    #[test]
    fn half_of_a_straddling_square_remains() {
        let square = polygon![(x: 0.5, y: 0.), (x: 1.5, y: 0.), (x: 1.5, y: 1.), (x: 0.5, y: 1.)];
        let out = clip_all(vec![square.into()]);
        assert!((out[0].share - 0.5).abs() < 1e-9 && (out[0].size - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_square_inside_comes_back_as_it_was() {
        let square =
            polygon![(x: 0.2, y: 0.2), (x: 0.4, y: 0.2), (x: 0.4, y: 0.4), (x: 0.2, y: 0.4)];
        let out = clip_all(vec![square.clone().into()]);
        assert_eq!((out[0].share, &out[0].shape), (1.0, &Geometry::Polygon(square)));
    }

    #[test]
    fn a_neighbour_that_shares_an_edge_leaves_nothing() {
        let square = polygon![(x: 1., y: 0.), (x: 2., y: 0.), (x: 2., y: 1.), (x: 1., y: 1.)];
        assert!(clip_all(vec![square.into()]).is_empty());
    }

    #[test]
    fn a_line_is_cut_at_the_edge_and_keeps_its_share() {
        let line = line_string![(x: -1., y: 0.5), (x: 3., y: 0.5)];
        let out = clip_all(vec![line.into()]);
        assert!((out[0].share - 0.25).abs() < 1e-9 && (out[0].size - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_line_that_leaves_and_comes_back_becomes_two() {
        let line =
            line_string![(x: 0.2, y: 0.5), (x: 0.2, y: 2.), (x: 0.8, y: 2.), (x: 0.8, y: 0.5)];
        let out = clip_all(vec![line.into()]);
        let Geometry::MultiLineString(lines) = &out[0].shape else { panic!("{:?}", out[0].shape) };
        assert_eq!(lines.0.len(), 2);
    }

    #[test]
    fn points_on_the_edge_are_inside_and_outside_ones_are_gone() {
        let out = clip_all(vec![
            point!(x: 1.0, y: 0.5).into(),
            point!(x: 0.5, y: 0.5).into(),
            point!(x: 1.1, y: 0.5).into(),
        ]);
        assert_eq!(out.iter().map(|c| c.row).collect::<Vec<_>>(), vec![0, 1]);
    }
}
