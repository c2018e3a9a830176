//! Small cells of the user's own data are withheld, and no sum gives them away.
//!
//! # What it does
//! A count below the threshold is withheld. What a reader could still work out, from totals minus parts or from the bounds
//! that he is told, is found by solving the published sums for what is withheld; where a small count comes out, the
//! smallest published cell beside it is withheld as well, until none does.
//!
//! # Assumes
//! Counts of 0 or more. The reader knows every published cell exactly, that a small count is below the threshold, and that
//! a cell withheld beside it is not.
//!
//! # Units
//! Those of the counts.
//!
//! # When it misleads
//! It guards against sums of what is published together. Two outputs of the same table, published at different times or
//! for areas that overlap, can be subtracted from each other: publish all areas in one run. A range of two or three
//! possible values is not told apart from a wide one. Bounds are followed sum by sum, not by linear programming.
//!
//! # Example
//! 3 + 12 + 40 = 55 under a threshold of 5: 3 is withheld, and 12 with it.
//!
//! # References
//! Hundepool A et al. (2012) *Statistical Disclosure Control*, Wiley, chapter 4: primary and secondary suppression,
//! audited by what the published equations leave open.

mod audit;

use std::collections::BTreeSet;

use audit::exposed;

/// Smaller than this is rounding.
const ROUNDING: f64 = 1e-9;

/// A total that is published with its parts; places among the cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    pub total: usize,
    pub parts: Vec<usize>,
}

impl Sum {
    /// Every cell with its sign: parts less total is nothing.
    fn terms(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.parts.iter().map(|part| (*part, 1.0)).chain([(self.total, -1.0)])
    }
}

/// Why a cell is withheld.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withheld {
    /// It is below the threshold.
    Small,
    /// It would give a small one away.
    Beside,
}

/// What to withhold of cells that stand in sums; `None` for what can be published.
#[must_use]
pub fn protect(cells: &[f64], sums: &[Sum], threshold: f64) -> Vec<Option<Withheld>> {
    let small = |value: &f64| (*value < threshold).then_some(Withheld::Small);
    let mut withheld: Vec<Option<Withheld>> = cells.iter().map(small).collect();
    let of_cell = sums_of_cells(cells.len(), sums);
    pair_up(cells, sums, &mut withheld);
    loop {
        let exposed = exposed(cells, sums, &withheld, threshold);
        // One partner may hide several: of each sum, the others are looked at again.
        let mut changed: BTreeSet<usize> = BTreeSet::new();
        for cell in exposed {
            if of_cell[cell].iter().any(|sum| changed.contains(sum)) {
                continue;
            }
            if let Some(partner) = partner(cell, cells, sums, &of_cell, &withheld) {
                withheld[partner] = Some(Withheld::Beside);
                changed.extend(&of_cell[partner]);
            }
        }
        if changed.is_empty() {
            return withheld;
        }
        pair_up(cells, sums, &mut withheld);
    }
}

/// A cell that alone is withheld of a sum is the total less the rest: the smallest published one of the sum goes with it.
fn pair_up(cells: &[f64], sums: &[Sum], withheld: &mut [Option<Withheld>]) {
    loop {
        let mut added = false;
        for sum in sums {
            let alone = sum.terms().filter(|(cell, _)| withheld[*cell].is_some()).count() == 1;
            let published =
                sum.terms().map(|(cell, _)| cell).filter(|cell| withheld[*cell].is_none());
            let smallest = published.min_by(|a, b| cells[*a].total_cmp(&cells[*b]).then(a.cmp(b)));
            if let Some(partner) = smallest.filter(|_| alone) {
                withheld[partner] = Some(Withheld::Beside);
                added = true;
            }
        }
        if !added {
            return;
        }
    }
}

fn sums_of_cells(cells: usize, sums: &[Sum]) -> Vec<Vec<usize>> {
    let mut of_cell = vec![Vec::new(); cells];
    for (at, sum) in sums.iter().enumerate() {
        for (cell, _) in sum.terms() {
            if let Some(of) = of_cell.get_mut(cell) {
                of.push(at);
            }
        }
    }
    of_cell
}

/// The smallest published cell in a sum with the exposed one; further away where all there are withheld.
fn partner(
    exposed: usize,
    cells: &[f64],
    sums: &[Sum],
    of_cell: &[Vec<usize>],
    withheld: &[Option<Withheld>],
) -> Option<usize> {
    let (mut near, mut seen) = (BTreeSet::from([exposed]), BTreeSet::from([exposed]));
    while !near.is_empty() {
        let around =
            near.iter().flat_map(|cell| &of_cell[*cell]).flat_map(|sum| sums[*sum].terms());
        let around: BTreeSet<usize> = around.map(|(cell, _)| cell).collect();
        let published = around.iter().filter(|cell| withheld[**cell].is_none());
        let smallest = published.min_by(|a, b| cells[**a].total_cmp(&cells[**b]).then(a.cmp(b)));
        if let Some(found) = smallest {
            return Some(*found);
        }
        near = around.difference(&seen).copied().collect();
        seen.extend(&near);
    }
    None
}

/// The most that a small cell can be: one less than the threshold where counts are whole, else the threshold.
#[must_use]
pub fn most_small(cells: &[f64], threshold: f64) -> f64 {
    let whole =
        threshold.fract() == 0.0 && cells.iter().all(|cell| (cell - cell.round()).abs() < ROUNDING);
    if whole { threshold - 1.0 } else { threshold }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
