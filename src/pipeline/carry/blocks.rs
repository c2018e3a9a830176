//! Targets cut into blocks that are carried onto by themselves, with the values that they would get together.

use std::ops::Range;

use geo::{Area, BoundingRect, CoordsIter, Geometry};

use super::none_meets;
use crate::interpolate::Cell;
use crate::model::Areas;
use crate::pipeline::PipelineError;
use crate::pipeline::block::Block;

/// The rows of the grid that a block of squares has: bands from south to north with about as much work in each.
///
/// What a source costs is taken to be its squares and its corners, spread evenly over its rows. The sources alone decide
/// where a band ends, so that each part finds the same bands.
#[must_use]
pub fn band(sources: &Areas, side: f64, block: Block) -> Range<i32> {
    let spans: Vec<Option<(i32, i32)>> =
        sources.shapes().iter().map(|shape| rows_of(shape, side)).collect();
    let south = spans.iter().flatten().map(|(south, _)| *south).min();
    let north = spans.iter().flatten().map(|(_, north)| *north).max();
    let Some((south, north)) = south.zip(north) else { return 0..0 };
    let at = |row: i32| usize::try_from(i64::from(row) - i64::from(south)).unwrap_or(0);
    // What begins at a row, less what ended before it.
    let mut steps = vec![0.0; at(north) + 2];
    for (shape, span) in sources.shapes().iter().zip(&spans) {
        let Some((low, high)) = *span else { continue };
        let each = cost(shape, side) / (f64::from(high) - f64::from(low) + 1.0);
        steps[at(low)] += each;
        steps[at(high) + 1] -= each;
    }
    let (mut load, mut below, mut before) = (0.0, 0.0, Vec::with_capacity(steps.len()));
    for step in &steps {
        before.push(below);
        load += step;
        below += load;
    }
    // The first row that has at least this share of the work south of it.
    #[allow(clippy::cast_precision_loss)] // numbers of blocks
    let bound = |number: usize| {
        let share = below * (number as f64 / block.of.max(1) as f64);
        let rows = before.partition_point(|south| *south < share).min(at(north) + 1);
        south.saturating_add(i32::try_from(rows).unwrap_or(i32::MAX))
    };
    let end = north.saturating_add(1);
    let from = if block.number == 0 { south } else { bound(block.number) };
    let to = if block.number + 1 >= block.of { end } else { bound(block.number + 1) };
    from..to
}

/// The first and the last row of the grid that a shape meets.
fn rows_of(shape: &Geometry<f64>, side: f64) -> Option<(i32, i32)> {
    let rect = shape.bounding_rect()?;
    let row = |y: f64| Cell::at(0.0, y, side).row;
    Some((row(rect.min().y), row(rect.max().y)))
}

#[allow(clippy::cast_precision_loss)] // numbers of corners
fn cost(shape: &Geometry<f64>, side: f64) -> f64 {
    shape.unsigned_area() / (side * side) + shape.coords_count() as f64
}

/// Which of the squares, in order by row, are those of the block.
#[must_use]
pub fn of_squares(cells: &[Cell], sources: &Areas, side: f64, block: Block) -> Range<usize> {
    let band = band(sources, side, block);
    let first = |row: i32| cells.partition_point(|cell| cell.row < row);
    first(band.start)..first(band.end)
}

/// All targets that the sources of a block meet, its own among them, and where its own stand among these.
///
/// # Errors
/// [`PipelineError::Request`] where no source of any block meets a target.
pub fn of_polygons(
    targets: &Areas,
    sources: &Areas,
    block: Block,
) -> Result<(Vec<usize>, Range<usize>), PipelineError> {
    let near = |of: &Areas, row: usize, others: &Areas| {
        of.shapes()[row].bounding_rect().map(|rect| others.near(rect)).unwrap_or_default()
    };
    if (0..targets.len()).all(|row| near(targets, row, sources).is_empty()) {
        return Err(none_meets("the source"));
    }
    let own = block.rows(targets.len());
    let mut met = vec![false; sources.len()];
    for row in own.clone() {
        for source in near(targets, row, sources) {
            met[source] = true;
        }
    }
    let mut wanted = vec![false; targets.len()];
    wanted[own.clone()].fill(true);
    for source in (0..sources.len()).filter(|source| met[*source]) {
        for target in near(sources, source, targets) {
            wanted[target] = true;
        }
    }
    let rows: Vec<usize> = (0..targets.len()).filter(|row| wanted[*row]).collect();
    let start = rows.partition_point(|row| *row < own.start);
    Ok((rows, start..start + own.len()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use geo::Rect;
    use proptest::prelude::*;

    use super::*;
    use crate::interpolate::Weights;
    use crate::model::Crs;

    fn areas(rects: &[(f64, f64, f64, f64)]) -> Areas {
        let shape = |&(x, y, width, height): &(f64, f64, f64, f64)| {
            Geometry::Polygon(Rect::new((x, y), (x + width, y + height)).to_polygon())
        };
        let keys = (0..rects.len()).map(|row| row.to_string()).collect();
        Areas::new(keys, rects.iter().map(shape).collect(), Crs::parse("EPSG:3006").unwrap())
            .unwrap()
    }

    #[test]
    fn bands_of_an_even_source_are_as_high_as_each_other() {
        let source = areas(&[(0.0, 0.0, 100.0, 4.0)]);
        let bands: Vec<_> =
            (0..2).map(|number| band(&source, 1.0, Block { number, of: 2 })).collect();
        // Rows 0 to 4: the northern side lies on a line, which belongs to the north of it.
        assert_eq!(bands, [0..3, 3..5]);
    }

    #[test]
    fn targets_come_with_those_that_share_their_sources() {
        // One source over the first two targets, another over the third.
        let sources = areas(&[(0.5, 0.2, 1.0, 0.5), (5.2, 0.2, 0.5, 0.5)]);
        let targets = areas(&[(0.0, 0.0, 1.0, 1.0), (1.1, 0.0, 1.0, 1.0), (5.0, 0.0, 1.0, 1.0)]);
        let of = |number| of_polygons(&targets, &sources, Block { number, of: 3 }).unwrap();
        assert_eq!(
            (of(0), of(1), of(2)),
            ((vec![0, 1], 0..1), (vec![0, 1], 1..2), (vec![2], 0..1))
        );
        let elsewhere = areas(&[(90.0, 90.0, 1.0, 1.0)]);
        assert!(of_polygons(&targets, &elsewhere, Block { number: 0, of: 3 }).is_err());
    }

    proptest! {
        #[test]
        fn blocks_of_squares_get_to_the_last_bit_what_they_get_together(
            rects in prop::collection::vec((0.0..90.0_f64, 0.0..90.0_f64, 0.1..40.0_f64, 0.1..40.0_f64), 1..9),
            of in 1..7_usize,
        ) {
            let (sources, side) = (areas(&rects), 3.7);
            let (cells, whole) = Weights::onto_grid(&sources, side, None);
            let (mut joined, mut entries) = (Vec::new(), Vec::new());
            for number in 0..of {
                let block = Block { number, of };
                let (all, weights) = Weights::onto_rows(&sources, side, &band(&sources, side, block));
                let own = of_squares(&all, &sources, side, block);
                let part = weights.of_targets(&own.clone().collect::<Vec<_>>());
                let shift = u32::try_from(joined.len()).unwrap();
                entries.extend(part.entries().map(|entry| crate::interpolate::Entry { target: entry.target + shift, ..entry }));
                joined.extend_from_slice(&all[own]);
            }
            prop_assert_eq!(joined, cells);
            prop_assert!(entries == whole.entries().collect::<Vec<_>>());
        }

        #[test]
        fn blocks_of_polygons_get_to_the_last_bit_what_they_get_together(
            sources in prop::collection::vec((0.0..90.0_f64, 0.0..90.0_f64, 0.1..40.0_f64, 0.1..40.0_f64), 1..9),
            targets in prop::collection::vec((0.0..90.0_f64, 0.0..90.0_f64, 0.1..40.0_f64, 0.1..40.0_f64), 1..9),
            of in 1..12_usize,
        ) {
            let (sources, targets) = (areas(&sources), areas(&targets));
            let whole = Weights::areal(&sources, &targets);
            let mut entries = Vec::new();
            for number in 0..of {
                let block = Block { number, of };
                let Ok((rows, own)) = of_polygons(&targets, &sources, block) else { return Ok(()) };
                let pick = |row: &usize| (targets.keys()[*row].clone(), targets.shapes()[*row].clone());
                let (keys, shapes) = rows.iter().map(pick).unzip();
                let near = Areas::new(keys, shapes, targets.crs().clone()).unwrap();
                let part = Weights::areal(&sources, &near).of_targets(&own.collect::<Vec<_>>());
                let shift = u32::try_from(block.rows(targets.len()).start).unwrap();
                entries.extend(part.entries().map(|entry| crate::interpolate::Entry { target: entry.target + shift, ..entry }));
            }
            prop_assert!(entries == whole.entries().collect::<Vec<_>>());
        }
    }
}
