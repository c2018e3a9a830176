//! Smoothing counts onto squares so that every source keeps its own.
//!
//! # What it does
//! Starts from areal weights, then again and again gives each square the mean density of its neighbours and scales the
//! squares of each source back to what the source gives. No step appears at a border unless the counts ask for one.
//!
//! # Assumes
//! Density changes gradually across borders, and nothing is known of what lies inside the sources; where something is,
//! dasymetric weights are better. Squares beyond the sources do not count as empty.
//!
//! # Units
//! Counts a square, those of the source.
//!
//! # When it misleads
//! Where borders are real: a park beside a town is given residents along its edge, and the town's edge is thinned.
//!
//! # Example
//! 100 residents on five squares in the west and 10 on five in the east: the counts fall from west to east, and each five
//! keep their sum.
//!
//! # References
//! Tobler (1979), "Smooth pycnophylactic interpolation for geographical regions", with the correction by ratio, which
//! keeps counts from falling below zero.

use super::grid::Cell;
use super::weights::{Entry, Weights};

/// Rounds at most, and the largest change of a density, as a share of the largest density, below which they end.
const ROUNDS: usize = 200;
const STILL: f64 = 1e-3;

/// Counts carried onto squares, which are in order, smoothly. Sources without a value take no part.
#[must_use]
pub fn pycnophylactic(
    weights: &Weights,
    cells: &[Cell],
    values: &[Option<f64>],
) -> Vec<Option<f64>> {
    let value = |source: u32| values.get(source as usize).copied().flatten();
    let entries: Vec<Entry> =
        weights.entries().filter(|entry| value(entry.source).is_some()).collect();
    let mut counts: Vec<f64> =
        entries.iter().map(|e| e.share * value(e.source).unwrap_or(0.0)).collect();
    let mut surfaces = vec![0.0; cells.len()];
    let mut gives = vec![0.0; values.len()];
    for (entry, count) in entries.iter().zip(&counts) {
        surfaces[entry.target as usize] += entry.surface;
        gives[entry.source as usize] += count;
    }
    let neighbours = neighbours(cells, &surfaces);
    let mut densities = densities(&entries, &counts, &surfaces);
    for _ in 0..ROUNDS {
        let smooth = smoothed(&densities, &neighbours);
        let mut sums = vec![0.0; values.len()];
        for entry in &entries {
            sums[entry.source as usize] += smooth[entry.target as usize] * entry.surface;
        }
        for (entry, count) in entries.iter().zip(&mut counts) {
            let (source, target) = (entry.source as usize, entry.target as usize);
            if sums[source] > 0.0 {
                *count = gives[source] * (smooth[target] * entry.surface / sums[source]);
            }
        }
        let next = self::densities(&entries, &counts, &surfaces);
        let change = next.iter().zip(&densities).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let most = next.iter().copied().fold(0.0, f64::max);
        densities = next;
        if change <= STILL * most {
            break;
        }
    }
    let mut carried: Vec<Option<f64>> = vec![None; cells.len()];
    for (entry, count) in entries.iter().zip(&counts) {
        *carried[entry.target as usize].get_or_insert(0.0) += count;
    }
    carried
}

fn densities(entries: &[Entry], counts: &[f64], surfaces: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; surfaces.len()];
    for (entry, count) in entries.iter().zip(counts) {
        sums[entry.target as usize] += count;
    }
    sums.iter().zip(surfaces).map(|(sum, m2)| if *m2 > 0.0 { sum / m2 } else { 0.0 }).collect()
}

/// For each square the four beside it that sources cover; the square itself where there is none.
fn neighbours(cells: &[Cell], surfaces: &[f64]) -> Vec<[u32; 4]> {
    let find = |row: i32, column: i32, own: usize| {
        let found = cells.binary_search(&Cell { row, column }).ok();
        let found = found.filter(|at| surfaces[*at] > 0.0).unwrap_or(own);
        u32::try_from(found).unwrap_or(0)
    };
    let beside = |(own, cell): (usize, &Cell)| {
        let Cell { row, column } = *cell;
        [(row - 1, column), (row, column - 1), (row, column + 1), (row + 1, column)]
            .map(|(row, column)| find(row, column, own))
    };
    cells.iter().enumerate().map(beside).collect()
}

fn smoothed(densities: &[f64], neighbours: &[[u32; 4]]) -> Vec<f64> {
    let mean =
        |around: &[u32; 4]| around.iter().map(|at| densities[*at as usize]).sum::<f64>() / 4.0;
    neighbours.iter().map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::super::weights::tests::areas;
    use super::*;

    /// Two sources of 5 by 2 squares, dense in the west.
    fn carried(values: &[Option<f64>]) -> (Vec<Cell>, Vec<Option<f64>>) {
        let sources = areas(&[(0., 0., 5., 2.), (5., 0., 5., 2.)]);
        let (cells, weights) = Weights::onto_grid(&sources, 1.0, None);
        let carried = pycnophylactic(&weights, &cells, values);
        (cells, carried)
    }

    #[test]
    fn each_source_keeps_its_count_and_the_border_loses_its_step() {
        let (cells, carried) = carried(&[Some(100.0), Some(10.0)]);
        let sum = |west: bool| -> f64 {
            let of = cells.iter().zip(&carried).filter(|(cell, _)| (cell.column < 5) == west);
            of.filter_map(|(_, count)| *count).sum()
        };
        assert!((sum(true) - 100.0).abs() < 1e-9 && (sum(false) - 10.0).abs() < 1e-9);
        let row: Vec<f64> = carried[..10].iter().flatten().copied().collect();
        assert!(row.windows(2).all(|pair| pair[0] >= pair[1] - 1e-9), "falls to the east: {row:?}");
        assert!(row[4] - row[5] < 9.0 / 2.0, "half of the step at most: {row:?}");
        assert!(carried.iter().flatten().all(|count| *count >= 0.0));
    }

    #[test]
    fn even_counts_stay_even_and_missing_ones_missing() {
        let (_, even) = carried(&[Some(10.0), Some(10.0)]);
        assert!(even.iter().all(|count| count.is_some_and(|count| (count - 1.0).abs() < 1e-12)));
        let (cells, half) = carried(&[Some(10.0), None]);
        assert!(cells.iter().zip(&half).all(|(cell, count)| count.is_some() == (cell.column < 5)));
    }
}
