//! What a reader can work out of the cells that are withheld: by solving the published sums, and by following bounds.

use std::collections::{BTreeMap, BTreeSet};

use super::{ROUNDING, Sum, Withheld, most_small};

/// Rounds after which bounds that still move are left as they are.
const MOST_ROUNDS: usize = 200;

/// The small cells that a reader can work out.
pub(super) fn exposed(
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
