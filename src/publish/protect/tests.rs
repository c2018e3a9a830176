//! Rows, tables and everything that a reader can work out from them.

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
    let across = (0..=rows)
        .map(|r| Sum { total: at(r, columns), parts: (0..columns).map(|c| at(r, c)).collect() });
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
fn possible(parts: &[f64], withheld: &[Option<Withheld>], threshold: u32) -> Vec<BTreeSet<u32>> {
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
