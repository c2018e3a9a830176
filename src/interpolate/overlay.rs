//! What polygons share with other polygons, and with the squares of a grid.
//!
//! # What it does
//! Finds the pairs of a source and a target whose envelopes meet, and the surface that both cover: edge by edge between
//! polygons ([`Edges`]), cell by cell on a grid ([`coverage`]). The share of a source is its shared surface over its own.
//!
//! # Assumes
//! Valid polygons in one metric system. Targets may overlap; what two sources both cover is shared out twice, and
//! [`overlaps`] says how much that is.
//!
//! # Units
//! Square metres; shares without unit.
//!
//! # When it misleads
//! Outlines drawn by different hands never follow each other exactly: slivers along a common border are shared surface like
//! any other.
//!
//! # Example
//! A unit square and one shifted by half its side share 0.5 of the surface of each.
//!
//! # References
//! Daniel Baston, exactextract (<https://github.com/isciences/exactextract>), for coverage by edges instead of clipping.

use std::ops::Range;

use geo::{Area, BoundingRect, Geometry, Intersects, Rect};
use rayon::prelude::*;

use super::edges::Edges;
use super::grid::{Cell, coverage};
use super::weights::{Entry, Weights};
use crate::model::Areas;

impl Weights {
    /// Areal weights between polygons: each pair that meets, by the surface both cover.
    #[must_use]
    pub fn areal(sources: &Areas, targets: &Areas) -> Self {
        let ours: Vec<Edges> = sources.shapes().par_iter().map(Edges::of).collect();
        let theirs: Vec<Edges> = targets.shapes().par_iter().map(Edges::of).collect();
        let entry = |(target, source): (usize, usize)| {
            let (source_edges, target_edges) = (&ours[source], &theirs[target]);
            let surface = source_edges.shared(target_edges);
            let share = surface / source_edges.surface();
            entry(target, source, share, surface)
        };
        let pairs = pairs(sources, targets);
        let entries = pairs.into_par_iter().filter_map(entry).collect();
        let surfaces = |edges: &[Edges]| edges.iter().map(Edges::surface).collect();
        Self::new(entries, surfaces(&ours), surfaces(&theirs))
    }

    /// Areal weights onto the cells that the sources cover, or onto those given, which are in order.
    #[must_use]
    pub fn onto_grid(sources: &Areas, side: f64, cells: Option<Vec<Cell>>) -> (Vec<Cell>, Self) {
        let window = cells.as_ref().map(|cells| rect_of(cells, side));
        let meets = |rect: Rect<f64>| {
            window.is_none_or(|window| window.is_some_and(|window| window.intersects(&rect)))
        };
        Self::onto_cells(sources, side, cells, &meets)
    }

    /// The same onto all cells of those sources that meet some rows of the grid: what such a source gives to a cell is
    /// known to the last bit without the sources elsewhere.
    #[must_use]
    pub fn onto_rows(sources: &Areas, side: f64, rows: &Range<i32>) -> (Vec<Cell>, Self) {
        let (south, north) = (f64::from(rows.start) * side, f64::from(rows.end) * side);
        let meets =
            |rect: Rect<f64>| !rows.is_empty() && rect.min().y <= north && rect.max().y >= south;
        Self::onto_cells(sources, side, None, &meets)
    }

    /// Only sources whose envelopes are wanted have entries.
    fn onto_cells(
        sources: &Areas,
        side: f64,
        cells: Option<Vec<Cell>>,
        wanted: &(dyn Fn(Rect<f64>) -> bool + Sync),
    ) -> (Vec<Cell>, Self) {
        let square = side * side;
        let cover = |shape: &Geometry<f64>| {
            if !shape.bounding_rect().is_some_and(wanted) {
                return (Vec::new(), shape.unsigned_area());
            }
            let cells = coverage(shape, side);
            let surface = cells.iter().map(|(_, share)| share).sum::<f64>() * square;
            (cells, surface)
        };
        let (covered, surfaces): (Vec<Vec<(Cell, f64)>>, Vec<f64>) =
            sources.shapes().par_iter().map(cover).unzip();
        let mut parts: Vec<(Cell, u32, f64)> =
            Vec::with_capacity(covered.iter().map(Vec::len).sum());
        for (source, cells) in (0_u32..).zip(&covered) {
            parts.extend(cells.iter().map(|(cell, share)| (*cell, source, *share)));
        }
        drop(covered);
        parts.par_sort_unstable_by_key(|(cell, source, _)| (*cell, *source));
        let cells = cells.unwrap_or_else(|| {
            let mut cells: Vec<Cell> = parts.iter().map(|(cell, _, _)| *cell).collect();
            cells.dedup();
            cells
        });
        let (mut entries, mut target) = (Vec::with_capacity(parts.len()), 0);
        for (cell, source, share) in parts {
            while cells.get(target).is_some_and(|at| *at < cell) {
                target += 1;
            }
            if cells.get(target) == Some(&cell) {
                let surface = share * square;
                let row = source as usize;
                entries.extend(entry(target, row, surface / surfaces[row], surface));
            }
        }
        let targets = vec![square; cells.len()];
        (cells, Self::new(entries, surfaces, targets))
    }
}

/// The rectangle around squares.
fn rect_of(cells: &[Cell], side: f64) -> Option<Rect<f64>> {
    let low = |get: fn(&Cell) -> i32| cells.iter().map(get).min();
    let high = |get: fn(&Cell) -> i32| cells.iter().map(get).max();
    let first = Cell { row: low(|cell| cell.row)?, column: low(|cell| cell.column)? };
    let last = Cell { row: high(|cell| cell.row)?, column: high(|cell| cell.column)? };
    Some(Rect::new(first.rect(side).min(), last.rect(side).max()))
}

fn entry(target: usize, source: usize, share: f64, surface: f64) -> Option<Entry> {
    let (target, source) = (u32::try_from(target).ok()?, u32::try_from(source).ok()?);
    (surface > 0.0).then_some(Entry { target, source, share, surface, amount: surface })
}

/// Targets and sources whose envelopes meet, in order; the index stands over the larger side.
#[must_use]
pub fn pairs(sources: &Areas, targets: &Areas) -> Vec<(usize, usize)> {
    let near = |small: &Areas, large: &Areas| -> Vec<(usize, usize)> {
        let found = |(row, shape): (usize, &Geometry<f64>)| {
            let rect = shape.bounding_rect();
            let rows = rect.map(|rect| large.near(rect)).unwrap_or_default();
            rows.into_iter().map(move |other| (row, other)).collect::<Vec<_>>()
        };
        small.shapes().par_iter().enumerate().flat_map_iter(found).collect()
    };
    if sources.len() >= targets.len() {
        near(targets, sources)
    } else {
        let mut pairs = near(sources, targets);
        for pair in &mut pairs {
            *pair = (pair.1, pair.0);
        }
        pairs.par_sort_unstable();
        pairs
    }
}

/// What polygons of one layer cover twice: the number of pairs and their square metres.
#[must_use]
pub fn overlaps(areas: &Areas) -> (usize, f64) {
    let edges: Vec<Edges> = areas.shapes().par_iter().map(Edges::of).collect();
    let shared: Vec<f64> = pairs(areas, areas)
        .into_par_iter()
        .filter(|(one, other)| one < other)
        .map(|(one, other)| edges[one].shared(&edges[other]))
        .filter(|surface| *surface > 0.0)
        .collect();
    (shared.len(), shared.iter().sum())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::super::weights::tests::areas;
    use super::*;

    #[test]
    fn two_unit_squares_give_their_halves_to_one_between_them() {
        let weights = Weights::areal(
            &areas(&[(0., 0., 1., 1.), (1., 0., 1., 1.), (5., 5., 1., 1.)]),
            &areas(&[(0.5, 0., 1., 1.)]),
        );
        let row = weights.row(0);
        assert_eq!(
            (row.sources, row.shares, row.surfaces),
            (&[0, 1][..], &[0.5, 0.5][..], &[0.5, 0.5][..])
        );
        assert_eq!(weights.given(), vec![0.5, 0.5, 0.0]);
    }

    #[test]
    fn a_grid_given_and_the_same_squares_as_polygons_have_the_same_weights() {
        let sources = areas(&[(0.25, 0.5, 2.0, 1.75), (2.25, 0.5, 1.5, 2.0)]);
        let (cells, by_grid) = Weights::onto_grid(&sources, 1.0, None);
        let squares: Vec<_> = cells
            .iter()
            .map(|cell| (f64::from(cell.column), f64::from(cell.row), 1.0, 1.0))
            .collect();
        let by_polygons = Weights::areal(&sources, &areas(&squares));
        let (a, b): (Vec<Entry>, Vec<Entry>) =
            (by_grid.entries().collect(), by_polygons.entries().collect());
        assert_eq!(a.len(), b.len());
        for (a, b) in a.iter().zip(&b) {
            assert_eq!((a.target, a.source), (b.target, b.source));
            assert!((a.share - b.share).abs() < 1e-12 && (a.surface - b.surface).abs() < 1e-12);
        }
    }

    #[test]
    fn squares_given_take_what_they_take_of_all_and_the_rest_is_given_to_none() {
        let sources = areas(&[(0.25, 0.5, 2.0, 1.75), (50.0, 0.5, 1.5, 2.0)]);
        let (cells, all) = Weights::onto_grid(&sources, 1.0, None);
        let (_, some) = Weights::onto_grid(&sources, 1.0, Some(cells[1..3].to_vec()));
        let kept: Vec<(u32, f64)> = all
            .entries()
            .filter(|entry| (1..3).contains(&entry.target))
            .map(|entry| (entry.target - 1, entry.share))
            .collect();
        let found: Vec<(u32, f64)> = some.entries().map(|e| (e.target, e.share)).collect();
        assert_eq!(found, kept);
        assert!((some.source_surfaces()[1] - 3.0).abs() < 1e-12 && some.given()[0] < 1.0);
    }

    #[test]
    fn what_a_layer_covers_twice_is_measured() {
        let (pairs, surface) =
            overlaps(&areas(&[(0., 0., 2., 1.), (1.5, 0., 2., 1.), (9., 9., 1., 1.)]));
        assert_eq!(pairs, 1);
        assert!((surface - 0.5).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn a_cover_takes_the_whole_of_every_source(
            cuts in prop::collection::vec(0.01..0.99_f64, 1..6),
            rects in prop::collection::vec((0.0..900.0_f64, 0.0..900.0_f64, 1.0..100.0_f64, 1.0..100.0_f64), 1..9),
        ) {
            let mut cuts: Vec<f64> = cuts.iter().map(|cut| cut * 1000.0).collect();
            cuts.sort_by(f64::total_cmp);
            cuts.dedup();
            let lows = std::iter::once(0.0).chain(cuts.iter().copied());
            let highs = cuts.iter().copied().chain([1000.0]);
            let strips: Vec<_> = lows.zip(highs).map(|(low, high)| (low, 0.0, high - low, 1000.0)).collect();
            let weights = Weights::areal(&areas(&rects), &areas(&strips));
            for given in weights.given() {
                prop_assert!((given - 1.0).abs() < 1e-12, "{given}");
            }
            prop_assert!(weights.entries().all(|entry| entry.share >= 0.0 && entry.surface > 0.0));
        }
    }
}
