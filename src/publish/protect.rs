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

use std::collections::{BTreeMap, BTreeSet};

/// Smaller than this is rounding.
const ROUNDING: f64 = 1e-9;
/// Rounds after which bounds that still move are left as they are.
const MOST_ROUNDS: usize = 200;

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

/// The small cells that a reader can work out.
fn exposed(
    cells: &[f64],
    sums: &[Sum],
    withheld: &[Option<Withheld>],
    threshold: f64,
) -> Vec<usize> {
    let solved = solved(sums, withheld);
    let bounds = bounds(cells, sums, withheld, threshold);
    let is_small = |cell: &usize| withheld[*cell] == Some(Withheld::Small);
    let known = |cell: &usize| {
        let narrow = bounds.get(cell).is_some_and(|(low, high)| high - low <= ROUNDING);
        solved.contains(cell) || narrow
    };
    (0..cells.len()).filter(is_small).filter(known).collect()
}

/// The withheld cells that the sums alone determine, by elimination.
fn solved(sums: &[Sum], withheld: &[Option<Withheld>]) -> BTreeSet<usize> {
    let unknown = |sum: &Sum| -> BTreeMap<usize, f64> {
        let mut row = BTreeMap::new();
        for (cell, sign) in sum.terms().filter(|(cell, _)| withheld[*cell].is_some()) {
            *row.entry(cell).or_insert(0.0) += sign;
        }
        row
    };
    let mut pivots: BTreeMap<usize, BTreeMap<usize, f64>> = BTreeMap::new();
    for sum in sums {
        let mut row = unknown(sum);
        let known: Vec<usize> =
            row.keys().filter(|cell| pivots.contains_key(cell)).copied().collect();
        for pivot in known {
            if let (Some(factor), Some(other)) = (row.get(&pivot).copied(), pivots.get(&pivot)) {
                subtract(&mut row, other, factor);
            }
        }
        let Some((&pivot, &value)) = row.iter().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))
        else {
            continue;
        };
        for cell in row.values_mut() {
            *cell /= value;
        }
        for other in pivots.values_mut() {
            if let Some(factor) = other.get(&pivot).copied() {
                subtract(other, &row, factor);
            }
        }
        pivots.insert(pivot, row);
    }
    pivots.into_iter().filter(|(_, row)| row.len() == 1).map(|(pivot, _)| pivot).collect()
}

/// `row − factor · other`, without what is rounding.
fn subtract(row: &mut BTreeMap<usize, f64>, other: &BTreeMap<usize, f64>, factor: f64) {
    for (cell, value) in other {
        let entry = row.entry(*cell).or_insert(0.0);
        *entry -= factor * value;
        if entry.abs() < ROUNDING {
            row.remove(cell);
        }
    }
}

/// The least and the most that each withheld cell can be, sum by sum until nothing moves.
fn bounds(
    cells: &[f64],
    sums: &[Sum],
    withheld: &[Option<Withheld>],
    threshold: f64,
) -> BTreeMap<usize, (f64, f64)> {
    let start = |(cell, why): (usize, &Option<Withheld>)| match why {
        Some(Withheld::Small) => Some((cell, (0.0, most_small(cells, threshold)))),
        Some(Withheld::Beside) => Some((cell, (threshold, f64::INFINITY))),
        None => None,
    };
    let mut found: BTreeMap<usize, (f64, f64)> =
        withheld.iter().enumerate().filter_map(start).collect();
    for _ in 0..MOST_ROUNDS {
        let mut moved = false;
        for sum in sums {
            let range = |cell: usize, sign: f64, found: &BTreeMap<usize, (f64, f64)>| {
                let (low, high) = found.get(&cell).copied().unwrap_or((cells[cell], cells[cell]));
                if sign > 0.0 { (low, high) } else { (-high, -low) }
            };
            for (cell, sign) in sum.terms().filter(|(cell, _)| withheld[*cell].is_some()) {
                let others = sum.terms().filter(|(other, _)| *other != cell);
                let (low, high) = others.fold((0.0, 0.0), |(low, high), (other, sign)| {
                    let range = range(other, sign, &found);
                    (low + range.0, high + range.1)
                });
                let (low, high) = if sign > 0.0 { (-high, -low) } else { (low, high) };
                let Some(own) = found.get_mut(&cell) else { continue };
                if low > own.0 + ROUNDING {
                    own.0 = low;
                    moved = true;
                }
                if high < own.1 - ROUNDING {
                    own.1 = high;
                    moved = true;
                }
            }
        }
        if !moved {
            break;
        }
    }
    found
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SMALL: Option<Withheld> = Some(Withheld::Small);
    const BESIDE: Option<Withheld> = Some(Withheld::Beside);

    /// Parts and then their total.
    fn row(parts: &[f64], threshold: f64) -> Vec<Option<Withheld>> {
        let mut cells = parts.to_vec();
        cells.push(parts.iter().sum());
        protect(&cells, &[Sum { total: parts.len(), parts: (0..parts.len()).collect() }], threshold)
    }

    #[test]
    fn the_smallest_next_cell_goes_with_a_single_small_one() {
        assert_eq!(row(&[3.0, 12.0, 40.0], 5.0), vec![SMALL, BESIDE, None, None]);
        assert_eq!(row(&[3.0, 12.0, 1.0, 40.0], 5.0), vec![SMALL, None, SMALL, None, None]);
        assert_eq!(row(&[30.0, 12.0], 5.0), vec![None; 3]);
    }

    #[test]
    fn the_only_part_takes_its_total_along() {
        assert_eq!(row(&[3.0], 5.0), vec![SMALL, SMALL]);
        // Both parts of 7: the total stays below nothing, the other part goes.
        assert_eq!(row(&[2.0, 7.0], 5.0), vec![SMALL, BESIDE, None]);
    }

    #[test]
    fn two_that_are_nothing_do_not_hide_each_other() {
        // 0 + 0 = 30 − 30: both would be known to be nothing.
        assert_eq!(row(&[0.0, 0.0, 30.0, 90.0], 5.0), vec![SMALL, SMALL, BESIDE, None, None]);
        // 4 + 4 = 8 is the most that two small ones can be.
        assert_eq!(row(&[4.0, 4.0, 30.0, 90.0], 5.0), vec![SMALL, SMALL, BESIDE, None, None]);
        assert_eq!(row(&[0.0, 4.0, 30.0, 90.0], 5.0), vec![SMALL, SMALL, None, None, None]);
    }

    #[test]
    fn the_least_that_a_neighbour_can_be_gives_nothing_away() {
        // 0 + 5 = 5: whoever knows that the second is no small one knows that the first is nothing.
        assert_eq!(row(&[0.0, 5.0, 30.0], 5.0), vec![SMALL, BESIDE, BESIDE, None]);
    }

    /// Rows and columns with their totals; cell (r, c) at r · (columns + 1) + c, totals last.
    fn table(inner: &[Vec<f64>]) -> (Vec<f64>, Vec<Sum>) {
        let (rows, columns) = (inner.len(), inner[0].len());
        let at = |r: usize, c: usize| r * (columns + 1) + c;
        let mut cells = vec![0.0; (rows + 1) * (columns + 1)];
        for (r, values) in inner.iter().enumerate() {
            for (c, value) in values.iter().enumerate() {
                for (r, c) in [(r, c), (rows, c), (r, columns), (rows, columns)] {
                    cells[at(r, c)] += value;
                }
            }
        }
        let across = (0..=rows).map(|r| Sum {
            total: at(r, columns),
            parts: (0..columns).map(|c| at(r, c)).collect(),
        });
        let down = (0..=columns)
            .map(|c| Sum { total: at(rows, c), parts: (0..rows).map(|r| at(r, c)).collect() });
        let sums = across.chain(down).collect();
        (cells, sums)
    }

    #[test]
    fn in_a_table_four_cells_hide_one() {
        let (cells, sums) =
            table(&[vec![2.0, 20.0, 30.0], vec![40.0, 50.0, 60.0], vec![70.0, 80.0, 90.0]]);
        let found = protect(&cells, &sums, 5.0);
        assert_eq!(found[0], SMALL);
        assert_eq!(found.iter().flatten().count(), 4, "{found:?}");
    }

    /// Whether the unit vector of a cell is a combination of the sums: by orthogonal projection, not by elimination.
    fn follows(cell: usize, sums: &[Sum], withheld: &[Option<Withheld>]) -> bool {
        let unknown: Vec<usize> = (0..withheld.len()).filter(|c| withheld[*c].is_some()).collect();
        let place = |c: usize| unknown.iter().position(|u| *u == c);
        let mut basis: Vec<Vec<f64>> = Vec::new();
        let reduce = |vector: &mut Vec<f64>, basis: &[Vec<f64>]| {
            for _ in 0..2 {
                for b in basis {
                    let dot: f64 = vector.iter().zip(b).map(|(x, y)| x * y).sum();
                    vector.iter_mut().zip(b).for_each(|(x, y)| *x -= dot * y);
                }
            }
            vector.iter().map(|x| x * x).sum::<f64>().sqrt()
        };
        for sum in sums {
            let mut vector = vec![0.0; unknown.len()];
            for (c, sign) in sum.terms() {
                if let Some(at) = place(c) {
                    vector[at] += sign;
                }
            }
            let length = reduce(&mut vector, &basis);
            if length > 1e-7 {
                for x in &mut vector {
                    *x /= length;
                }
                basis.push(vector);
            }
        }
        let mut unit = vec![0.0; unknown.len()];
        unit[place(cell).unwrap()] = 1.0;
        reduce(&mut unit, &basis) < 1e-6
    }

    /// All values that each part can have, by trying every combination.
    fn possible(
        parts: &[f64],
        withheld: &[Option<Withheld>],
        threshold: u32,
    ) -> Vec<BTreeSet<u32>> {
        fn fill(
            at: usize,
            left: i64,
            given: &[(Option<Withheld>, u32)],
            n: u32,
            chosen: &mut Vec<u32>,
            out: &mut [BTreeSet<u32>],
        ) {
            let Some((why, value)) = given.get(at) else {
                if left == 0 {
                    chosen.iter().zip(out).for_each(|(value, set)| {
                        set.insert(*value);
                    });
                }
                return;
            };
            let most = u32::try_from(left.max(0)).unwrap();
            let range = match why {
                None => *value..=*value,
                Some(Withheld::Small) => 0..=(n - 1).min(most),
                Some(Withheld::Beside) => n..=most,
            };
            for choice in range {
                chosen.push(choice);
                fill(at + 1, left - i64::from(choice), given, n, chosen, out);
                chosen.pop();
            }
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let given: Vec<_> =
            withheld.iter().zip(parts).map(|(why, value)| (*why, *value as u32)).collect();
        let total: u32 = given.iter().map(|(_, value)| value).sum();
        let mut out = vec![BTreeSet::new(); parts.len()];
        fill(0, i64::from(total), &given, threshold, &mut Vec::new(), &mut out);
        out
    }

    proptest! {
        #[test]
        fn no_small_cell_of_a_table_follows_from_totals_minus_parts(
            inner in (1_usize..5, 1_usize..5).prop_flat_map(|(r, c)| {
                prop::collection::vec(prop::collection::vec((0_u8..30).prop_map(f64::from), c), r)
            }),
            threshold in 2_u8..8,
        ) {
            let (cells, sums) = table(&inner);
            let threshold = f64::from(threshold);
            let withheld = protect(&cells, &sums, threshold);
            // Where everything is withheld nothing is published to work it out from.
            prop_assume!(withheld.iter().any(Option::is_none));
            for (cell, why) in withheld.iter().enumerate() {
                prop_assert_eq!(cells[cell] < threshold, *why == SMALL);
                if *why == SMALL {
                    prop_assert!(!follows(cell, &sums, &withheld), "{cell}: {withheld:?} of {cells:?}");
                }
            }
        }

        #[test]
        fn every_small_part_of_a_published_total_has_two_possible_values(
            parts in prop::collection::vec((0_u8..14).prop_map(f64::from), 1..6),
            threshold in 2_u8..6,
        ) {
            let withheld = row(&parts, f64::from(threshold));
            prop_assume!(withheld[parts.len()].is_none());
            let possible = possible(&parts, &withheld[..parts.len()], u32::from(threshold));
            for (part, why) in withheld[..parts.len()].iter().enumerate() {
                if *why == SMALL {
                    prop_assert!(possible[part].len() > 1, "{part} of {parts:?}: {withheld:?}");
                }
            }
        }
    }
}
