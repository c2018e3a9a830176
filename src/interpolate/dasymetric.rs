//! Ancillary amounts: what of the residents, dwellings or homes' land of each source lies in each target.
//!
//! # What it does
//! Instead of surface, a source's counts are shared out by what of something better lies in both: points with a weight
//! (populated points, cells of a raster), or polygons (building footprints, residential land), each counted by its surface
//! (binary) or by a value spread over it (weighted).
//!
//! # Assumes
//! What is counted follows the ancillary amount within each source. The sources need not be evenly filled.
//!
//! # Units
//! Those of the weights, or square metres.
//!
//! # When it misleads
//! Where the ancillary data describe another year, or dwellings stand for jobs. A source that holds none of it falls back
//! to surface, and is counted.
//!
//! # Example
//! A source of 100 residents whose points hold 30 in the west and 10 in the east gives 75 to the west.
//!
//! # References
//! Mennis (2003), "Generating surface models of population using dasymetric mapping"; Wright (1936).

use geo::{Geometry, MultiPolygon};
use rayon::prelude::*;

use super::targets::{Targets, rows_at};
use crate::areas::clip::{Clipped, clip};
use crate::model::Areas;

/// What lies where.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Amounts {
    /// Target, source, and the amount in both.
    pub shared: Vec<(u32, u32, f64)>,
    /// The amount in each source.
    pub whole: Vec<f64>,
    /// The amount that lies in no source.
    pub outside: f64,
}

/// Points as x, y and a weight that is not negative. A point on the border of two sources belongs to the first.
#[must_use]
pub fn of_points(points: &[(f64, f64, f64)], sources: &Areas, targets: &Targets<'_>) -> Amounts {
    let place = |&(x, y, weight): &(f64, f64, f64)| {
        (rows_at(sources, x, y).first().copied(), targets.at(x, y), weight)
    };
    let placed: Vec<(Option<u32>, Vec<u32>, f64)> = points.par_iter().map(place).collect();
    let mut amounts = Amounts { whole: vec![0.0; sources.len()], ..Amounts::default() };
    for (source, targets, weight) in placed {
        let Some(source) = source else {
            amounts.outside += weight;
            continue;
        };
        amounts.whole[source as usize] += weight;
        amounts.shared.extend(targets.into_iter().map(|target| (target, source, weight)));
    }
    amounts
}

/// Polygons, by surface, or by the value of each spread evenly over it; those without a value count nothing.
#[must_use]
pub fn of_polygons(
    ancillary: &Areas,
    values: Option<&[Option<f64>]>,
    sources: &Areas,
    targets: &Targets<'_>,
) -> Amounts {
    let mut amounts = Amounts { whole: vec![0.0; sources.len()], ..Amounts::default() };
    for (source, shape) in (0_u32..).zip(sources.shapes()) {
        let pieces = pieces(ancillary, values, shape);
        let found = |(piece, amount): &(Clipped, f64)| {
            let (shared, density) = (targets.shared(&piece.shape).into_iter(), amount / piece.size);
            shared.map(|(target, m2)| (target, m2 * density)).collect::<Vec<_>>()
        };
        let found: Vec<_> = pieces.par_iter().map(found).collect();
        for ((_, amount), shared) in pieces.iter().zip(found) {
            amounts.whole[source as usize] += amount;
            amounts.shared.extend(shared.into_iter().map(|(target, part)| (target, source, part)));
        }
    }
    amounts
}

/// What of polygons lies in a shape, with the amount of each piece: its surface, or its share of the polygon's value. Those
/// without a value are left out.
#[must_use]
pub fn pieces(
    polygons: &Areas,
    values: Option<&[Option<f64>]>,
    within: &Geometry<f64>,
) -> Vec<(Clipped, f64)> {
    let amount = |piece: &Clipped| match values {
        Some(values) => Some(values.get(piece.row).copied().flatten()? * piece.share),
        None => Some(piece.size),
    };
    let pieces = clip(polygons, &outline(within)).into_iter();
    pieces.filter_map(|piece| amount(&piece).map(|amount| (piece, amount))).collect()
}

fn outline(shape: &Geometry<f64>) -> MultiPolygon<f64> {
    match shape {
        Geometry::Polygon(polygon) => MultiPolygon(vec![polygon.clone()]),
        Geometry::MultiPolygon(polygons) => polygons.clone(),
        Geometry::Rect(rect) => MultiPolygon(vec![rect.to_polygon()]),
        _ => MultiPolygon(Vec::new()),
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::super::weights::Weights;
    use super::super::weights::tests::areas;
    use super::*;

    /// Two sources side by side, 2 by 1; the target takes half of the first's surface and all of the second's.
    fn carried(
        amounts: impl Fn(&Areas, &Targets<'_>) -> Amounts,
    ) -> (Vec<Option<f64>>, Vec<usize>) {
        let sources = areas(&[(0., 0., 2., 1.), (2., 0., 2., 1.)]);
        let targets = areas(&[(1., 0., 3., 1.)]);
        let found = amounts(&sources, &Targets::polygons(&targets));
        let areal = Weights::areal(&sources, &targets);
        let (weights, bare) = areal.by_amounts(&found.shared, &found.whole);
        (weights.extensive(&[Some(100.0), Some(10.0)]), bare)
    }

    #[test]
    fn residents_follow_the_points_and_a_source_without_any_its_surface() {
        // 30 of 40 residents of the first source live in its western half; the second has no point.
        let points = [(0.5, 0.5, 30.0), (1.5, 0.5, 10.0), (9.0, 9.0, 7.0)];
        assert_eq!(carried(|s, t| of_points(&points, s, t)), (vec![Some(35.0)], vec![1]));
        let sources = areas(&[(0., 0., 2., 1.)]);
        let amounts = of_points(&points, &sources, &Targets::polygons(&sources));
        assert_eq!((amounts.outside, amounts.whole), (7.0, vec![40.0]));
    }

    #[test]
    fn footprints_share_by_surface_or_by_their_value() {
        // A house wholly in the west, one across the middle line of the first source.
        let houses = areas(&[(0.1, 0.1, 0.5, 0.5), (0.75, 0.0, 0.5, 0.5)]);
        let (by_surface, bare) = carried(|s, t| of_polygons(&houses, None, s, t));
        assert!((by_surface[0].unwrap_or(0.0) - (100.0 * 0.125 / 0.5 + 10.0)).abs() < 1e-9);
        assert_eq!(bare, vec![1]);
        let flats = [Some(10.0), Some(30.0)];
        let (by_flats, _) = carried(|s, t| of_polygons(&houses, Some(&flats), s, t));
        assert!((by_flats[0].unwrap_or(0.0) - (100.0 * 15.0 / 40.0 + 10.0)).abs() < 1e-9);
    }

    #[test]
    fn squares_are_asked_like_polygons() {
        let cells =
            [super::super::Cell { row: 0, column: 1 }, super::super::Cell { row: 0, column: 2 }];
        let squares = Targets::Squares { side: 1.0, cells: &cells };
        assert_eq!((squares.at(1.0, 0.5), squares.at(0.5, 0.5)), (vec![0], vec![]));
        let shape = Geometry::Rect(geo::Rect::new((0.5, 0.0), (2.25, 0.5)));
        assert_eq!(squares.shared(&shape), vec![(0, 0.5), (1, 0.125)]);
    }
}
