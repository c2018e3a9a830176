//! Columns carried by weights: counts, averages, ratios, classes and margins of error.
//!
//! # What it does
//! Applies one matrix of weights to any column by its kind: counts are shared out, rates averaged, ratios carried as
//! numerator and denominator and then divided, classes become shares of the surface, margins of error add as squares. Of
//! what is never averaged (medians, percentiles, life expectancies) the lowest and highest of the parts are given.
//!
//! # Assumes
//! That the kind of a column is known: nothing in numbers tells a count from a rate. Margins of sources are independent.
//!
//! # Units
//! Those of the column; shares and coverage 0 to 1.
//!
//! # When it misleads
//! A source without a value gives nothing, and the target's coverage says so; a target none of whose sources has a value
//! has none, never 0. A count at low coverage is too small, and a rate speaks for the covered part alone.
//!
//! # Example
//! 10 of 20 and 30 of 100, half of each: (5 + 15) / (10 + 50) is a third, not the mean of 0.5 and 0.3.
//!
//! # References
//! Goodchild & Lam (1980); US Census Bureau (2020), "Understanding and Using American Community Survey Data", chapter 8,
//! for margins of error.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::weights::{Row, Weights};

/// Below this share of a source or target it only touches: outlines drawn by different hands never follow each other
/// exactly. One part in ten thousand of a typical unit is a strip of some centimetres.
pub const TOUCHES: f64 = 1e-4;

/// One value a row, where there is one.
pub type Values = [Option<f64>];

fn known<'a>(row: Row<'a>, values: &'a Values) -> impl Iterator<Item = (usize, f64)> + 'a {
    row.sources.iter().enumerate().filter_map(|(at, source)| {
        let value = values.get(*source as usize).copied().flatten()?;
        Some((at, value))
    })
}

impl Weights {
    /// A count: `v_j` = Σ `w_ij` · `v_i`. What falls outside every target stays outside.
    #[must_use]
    pub fn extensive(&self, values: &Values) -> Vec<Option<f64>> {
        let sum = |row: Row<'_>| {
            known(row, values).map(|(at, v)| v * row.shares[at]).reduce(|a, b| a + b)
        };
        self.rows().map(sum).collect()
    }

    /// A rate, mean or density: `v_j` = Σ `z_ij` · `v_i` / Σ `z_ij` over the sources that have a value, where z is the
    /// ancillary amount, or the surface where no source of the target holds any.
    #[must_use]
    pub fn intensive(&self, values: &Values) -> Vec<Option<f64>> {
        self.rows().map(|row| mean(row, values)).collect()
    }

    /// A ratio of two counts, each carried over the sources that have both, then divided; none over 0.
    #[must_use]
    pub fn ratio(&self, numerator: &Values, denominator: &Values) -> Vec<Option<f64>> {
        let (above, below) = both(numerator, denominator);
        let (above, below) = (self.extensive(&above), self.extensive(&below));
        let divide = |(a, b): (Option<f64>, Option<f64>)| Some(a? / b.filter(|b| *b != 0.0)?);
        above.into_iter().zip(below).map(divide).collect()
    }

    /// Share of each target's surface whose source has the class, one column a class; sources without one are left out.
    #[must_use]
    pub fn class_shares(&self, classes: &[Option<u32>], count: usize) -> Vec<Vec<Option<f64>>> {
        let of_class = |class: u32| {
            let is = |found: &Option<u32>| found.map(|found| f64::from(u8::from(found == class)));
            let values: Vec<Option<f64>> = classes.iter().map(is).collect();
            self.intensive(&values)
        };
        (0_u32..).take(count).map(of_class).collect()
    }

    /// The class that covers most of each target's surface, of points the one with most of them; of two alike the lower.
    /// None where no source with a class lies.
    #[must_use]
    pub fn largest_class(&self, classes: &[Option<u32>]) -> Vec<Option<u32>> {
        let of = |row: Row<'_>| {
            let mut held: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
            for (at, source) in row.sources.iter().enumerate() {
                let Some(class) = classes.get(*source as usize).copied().flatten() else {
                    continue;
                };
                let sums = held.entry(class).or_default();
                sums.0 += row.surfaces[at];
                sums.1 += row.shares[at];
            }
            let more = |a: &(f64, f64), b: &(f64, f64)| {
                a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).is_gt()
            };
            held.into_iter()
                .reduce(|best, next| if more(&next.1, &best.1) { next } else { best })
                .map(|(class, _)| class)
        };
        self.rows().map(of).collect()
    }

    /// Share of each target's surface that sources with a value cover, 0 to 1.
    #[must_use]
    pub fn coverage(&self, values: &Values) -> Vec<f64> {
        let covered = |(row, whole): (Row<'_>, &f64)| {
            let covered: f64 = known(row, values).map(|(at, _)| row.surfaces[at]).sum();
            if *whole > 0.0 { (covered / whole).min(1.0) } else { 0.0 }
        };
        self.rows().zip(self.target_surfaces()).map(covered).collect()
    }

    /// The margin of error of a carried count, `MOE_j` = √Σ (`w_ij` · `MOE_i`)²; of several estimates of zero only the
    /// largest margin counts. None where a source with a value has no margin.
    ///
    /// Source: US Census Bureau (2020), "Understanding and Using American Community Survey Data", chapter 8.
    #[must_use]
    pub fn margin(&self, values: &Values, margins: &Values) -> Vec<Option<f64>> {
        let of = |row: Row<'_>| {
            let (mut squares, mut of_zero, mut any) = (0.0, 0.0_f64, false);
            for (at, value) in known(row, values) {
                let margin = margins.get(row.sources[at] as usize).copied().flatten()?;
                let part = (row.shares[at] * margin).powi(2);
                if value == 0.0 {
                    of_zero = of_zero.max(part);
                } else {
                    squares += part;
                }
                any = true;
            }
            any.then(|| (squares + of_zero).sqrt())
        };
        self.rows().map(of).collect()
    }

    /// The margin of error of a carried ratio R = N/D from those of its counts, `MOE_R` = √(`MOE_N`² + R² · `MOE_D`²) / D, over the
    /// sources that have both counts; counts without margins are complete. It holds for ratios of any two counts and is on the
    /// safe side for a proportion, of which the numerator is a part of the denominator.
    ///
    /// Source: as [`Weights::margin`].
    #[must_use]
    pub fn ratio_margin(
        &self,
        numerator: &Values,
        denominator: &Values,
        margins: [Option<&Values>; 2],
    ) -> Vec<Option<f64>> {
        let (above, below) = both(numerator, denominator);
        let [of_above, of_below] =
            [(&above, margins[0]), (&below, margins[1])].map(|(values, of)| {
                of.map_or_else(|| vec![Some(0.0); self.targets()], |of| self.margin(values, of))
            });
        let (above, below) = (self.extensive(&above), self.extensive(&below));
        let margin = |target: usize| {
            let (above, below) = (above[target]?, below[target].filter(|below| *below != 0.0)?);
            let spread = of_below[target]? * above / below;
            Some(of_above[target]?.hypot(spread) / below.abs())
        };
        (0..self.targets()).map(margin).collect()
    }

    /// The sources that do more than touch a target, each with the share of it that goes there.
    pub fn parts(&self, target: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let (row, whole) = (self.row(target), self.target_surfaces()[target]);
        let parts = (0..row.sources.len()).filter(move |at| !touches(row, *at, whole));
        parts.map(move |at| (row.sources[at] as usize, row.shares[at]))
    }

    /// The lowest and the highest value among the sources that do more than touch each target.
    #[must_use]
    pub fn range(&self, values: &Values) -> Vec<Option<(f64, f64)>> {
        let of = |(row, whole): (Row<'_>, &f64)| {
            known(row, values)
                .filter(|(at, _)| !touches(row, *at, *whole))
                .map(|(_, value)| (value, value))
                .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
        };
        self.rows().zip(self.target_surfaces()).map(of).collect()
    }

    /// Whether all sources of each target that do more than touch it have a value.
    #[must_use]
    pub fn all_known(&self, values: &Values) -> Vec<bool> {
        let all = |(row, whole): (Row<'_>, &f64)| {
            row.sources.iter().enumerate().all(|(at, source)| {
                let value = values.get(*source as usize).copied().flatten();
                value.is_some() || touches(row, at, *whole)
            })
        };
        self.rows().zip(self.target_surfaces()).map(all).collect()
    }

    /// Whether each target is made of whole sources: each that does more than touch it lies in it with all it has.
    #[must_use]
    pub fn made_of_whole_sources(&self) -> Vec<bool> {
        let whole = |(row, whole): (Row<'_>, &f64)| {
            let mut inside = (0..row.shares.len()).filter(|at| !touches(row, *at, *whole));
            inside.all(|at| row.shares[at] >= 1.0 - TOUCHES)
        };
        self.rows().zip(self.target_surfaces()).map(whole).collect()
    }

    /// Whether each target is one source, no more and no less.
    #[must_use]
    pub fn equal_to_a_source(&self) -> Vec<bool> {
        let one = |(row, whole): (Row<'_>, &f64)| {
            let mut inside = (0..row.shares.len()).filter(|at| !touches(row, *at, *whole));
            let first = inside.next();
            first.is_some_and(|at| {
                row.shares[at] >= 1.0 - TOUCHES && row.surfaces[at] >= (1.0 - TOUCHES) * whole
            }) && inside.next().is_none()
        };
        self.rows().zip(self.target_surfaces()).map(one).collect()
    }
}

/// Whether an entry is next to nothing of its source and next to nothing of its target.
fn touches(row: Row<'_>, at: usize, target: f64) -> bool {
    row.shares[at] <= TOUCHES && row.surfaces[at] <= TOUCHES * target
}

fn mean(row: Row<'_>, values: &Values) -> Option<f64> {
    let over = |weights: &[f64]| {
        let (mut sum, mut weight) = (0.0, 0.0);
        for (at, value) in known(row, values) {
            sum += value * weights[at];
            weight += weights[at];
        }
        (weight > 0.0).then(|| sum / weight)
    };
    over(row.amounts).or_else(|| over(row.surfaces))
}

/// Both columns over the rows that have both.
#[must_use]
pub fn both(one: &Values, other: &Values) -> (Vec<Option<f64>>, Vec<Option<f64>>) {
    let pair = |(a, b): (&Option<f64>, &Option<f64>)| a.zip(*b).unzip();
    one.iter().zip(other).map(pair).unzip()
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use proptest::prelude::*;

    use super::super::weights::tests::areas;
    use super::*;

    /// Two unit squares side by side onto [0.5, 1.5] x [0, 1].
    fn halves() -> Weights {
        Weights::areal(&areas(&[(0., 0., 1., 1.), (1., 0., 1., 1.)]), &areas(&[(0.5, 0., 1., 1.)]))
    }

    #[test]
    fn half_of_each_count_is_carried_and_a_rate_is_averaged() {
        assert_eq!(halves().extensive(&[Some(10.0), Some(30.0)]), [Some(20.0)]);
        assert_eq!(halves().intensive(&[Some(10.0), Some(30.0)]), [Some(20.0)]);
    }

    #[test]
    fn a_missing_source_is_left_out_and_shows_in_the_coverage() {
        let values = [Some(10.0), None];
        assert_eq!(halves().extensive(&values), [Some(5.0)]);
        assert_eq!(halves().intensive(&values), [Some(10.0)]);
        assert_eq!(halves().coverage(&values), [0.5]);
        assert_eq!(halves().extensive(&[None, None]), [None]);
        assert_eq!(halves().coverage(&[None, None]), [0.0]);
    }

    #[test]
    fn a_ratio_is_carried_as_numerator_and_denominator() {
        // 10 of 20 and 30 of 100: (5 + 15) / (10 + 50), not the mean of 0.5 and 0.3.
        let ratio = halves().ratio(&[Some(10.0), Some(30.0)], &[Some(20.0), Some(100.0)]);
        assert!((ratio[0].unwrap_or(0.0) - 20.0 / 60.0).abs() < 1e-15);
        assert_eq!(halves().ratio(&[Some(10.0), None], &[Some(20.0), Some(100.0)]), [Some(0.5)]);
        assert_eq!(halves().ratio(&[Some(0.0), Some(0.0)], &[Some(0.0), Some(0.0)]), [None]);
    }

    #[test]
    fn classes_share_the_surface_of_the_target() {
        let shares = halves().class_shares(&[Some(1), Some(0)], 2);
        assert_eq!(shares, vec![vec![Some(0.5)], vec![Some(0.5)]]);
        assert_eq!(
            halves().class_shares(&[Some(1), None], 2),
            vec![vec![Some(0.0)], vec![Some(1.0)]]
        );
    }

    #[test]
    fn the_class_with_most_of_the_surface_is_the_largest() {
        let sources = areas(&[(0., 0., 1., 1.), (1., 0., 1., 1.), (2., 0., 3., 1.)]);
        let weights = Weights::areal(&sources, &areas(&[(0., 0., 3.5, 1.), (9., 0., 1., 1.)]));
        // 2 square metres of class 1 in two sources, 1.5 of class 0.
        assert_eq!(weights.largest_class(&[Some(1), Some(1), Some(0)]), [Some(1), None]);
        assert_eq!(weights.largest_class(&[Some(1), None, None]), [Some(1), None]);
        assert_eq!(halves().largest_class(&[Some(1), Some(0)]), [Some(0)], "alike: the lower");
    }

    #[test]
    fn margins_add_as_squares_and_zero_estimates_count_once() {
        let sources = areas(&[(0., 0., 1., 1.), (1., 0., 1., 1.), (2., 0., 1., 1.)]);
        let weights = Weights::areal(&sources, &areas(&[(0., 0., 3., 1.)]));
        let margins = [Some(3.0), Some(4.0), Some(12.0)];
        assert_eq!(weights.margin(&[Some(1.0), Some(1.0), Some(1.0)], &margins), [Some(13.0)]);
        assert_eq!(
            weights.margin(&[Some(1.0), Some(0.0), Some(0.0)], &margins),
            [Some(153.0_f64.sqrt())]
        );
        assert_eq!(
            weights.margin(&[Some(1.0), Some(1.0), Some(1.0)], &[Some(3.0), None, Some(1.0)]),
            [None]
        );
        assert_eq!(halves().margin(&[Some(9.0), Some(9.0)], &[Some(6.0), Some(8.0)]), [Some(5.0)]);
    }

    /// N = 20 ± 3 and D = 40 ± 4 over whole sources: R = 0.5 and its margin √(3² + 0.25 · 4²) / 40 = √13 / 40.
    #[test]
    fn the_margin_of_a_ratio_follows_from_those_of_its_counts() {
        let one = areas(&[(0., 0., 1., 1.)]);
        let weights = Weights::areal(&one, &one);
        let margin = |of_below: Option<&Values>| {
            let of_above = [Some(3.0)];
            weights.ratio_margin(&[Some(20.0)], &[Some(40.0)], [Some(&of_above), of_below])
        };
        let near = |found: Option<f64>, known: f64| {
            assert!((found.unwrap_or(f64::NAN) - known).abs() < 1e-12, "{found:?} is not {known}");
        };
        near(margin(Some(&[Some(4.0)]))[0], 13.0_f64.sqrt() / 40.0);
        near(margin(None)[0], 3.0 / 40.0);
        assert_eq!(weights.ratio_margin(&[Some(1.0)], &[Some(0.0)], [None, None]), [None]);
        assert_eq!(margin(Some(&[None])), [None], "a margin that is missing is not nothing");
    }

    #[test]
    fn a_range_spans_the_parts_and_only_whole_sources_are_exact() {
        assert_eq!(halves().range(&[Some(40.0), Some(30.0)]), [Some((30.0, 40.0))]);
        assert_eq!(
            (halves().made_of_whole_sources(), halves().equal_to_a_source()),
            (vec![false], vec![false])
        );
        let units = areas(&[(0., 0., 1., 1.), (1., 0., 1., 1.)]);
        let same = Weights::areal(&units, &units);
        assert_eq!(
            (same.made_of_whole_sources(), same.equal_to_a_source()),
            (vec![true; 2], vec![true; 2])
        );
        let joined = Weights::areal(&units, &areas(&[(0., 0., 2., 1.)]));
        assert_eq!(
            (joined.made_of_whole_sources(), joined.equal_to_a_source()),
            (vec![true], vec![false])
        );
    }

    #[test]
    fn a_small_part_of_a_large_source_is_no_touch() {
        let sources = areas(&[(0., 0., 1000., 1000.), (1000., 0., 1000., 1000.)]);
        let targets = areas(&[(10., 10., 1., 1.), (0., 0., 1000.01, 1000.)]);
        let weights = Weights::areal(&sources, &targets);
        assert_eq!(weights.made_of_whole_sources(), vec![false, true]);
        assert_eq!(weights.all_known(&[None, Some(1.0)]), vec![false, false]);
        assert_eq!(weights.all_known(&[Some(1.0), None]), vec![true, true]);
        assert_eq!(weights.range(&[Some(4.0), Some(9.0)]), [Some((4.0, 4.0)), Some((4.0, 4.0))]);
    }

    /// West, south, width, height.
    type Corner = (f64, f64, f64, f64);

    proptest! {
        #[test]
        fn constants_stay_constant_and_coverage_stays_within_its_bounds(
            value in -1e6..1e6_f64,
            rects in prop::collection::vec((0.0..90.0_f64, 0.0..90.0_f64, 1.0..20.0_f64, 1.0..20.0_f64), 1..12),
            side in 3.0..40.0_f64,
        ) {
            let sources = areas(&rects);
            let values = vec![Some(value); rects.len()];
            let (_, weights) = Weights::onto_grid(&sources, side, None);
            for carried in weights.intensive(&values) {
                prop_assert!((carried.unwrap_or(f64::NAN) - value).abs() <= 1e-9 * value.abs().max(1.0));
            }
            prop_assert!(weights.coverage(&values).iter().all(|share| (0.0..=1.0).contains(share)));
        }

        #[test]
        fn totals_survive_and_the_order_of_rows_does_not_matter(
            rows in prop::collection::vec(((0.0..90.0_f64, 0.0..90.0_f64, 1.0..20.0_f64, 1.0..20.0_f64), 0.0..1e5_f64), 1..12),
            side in 3.0..40.0_f64,
        ) {
            let carried = |rows: &[(Corner, f64)]| {
                let (rects, values): (Vec<_>, Vec<_>) = rows.iter().map(|(rect, value)| (*rect, Some(*value))).unzip();
                let (cells, weights) = Weights::onto_grid(&areas(&rects), side, None);
                (cells, weights.extensive(&values))
            };
            let (cells, values) = carried(&rows);
            let (sum, total): (f64, f64) = (values.iter().flatten().sum(), rows.iter().map(|row| row.1).sum());
            prop_assert!((sum - total).abs() <= 1e-9 * total.max(1.0));
            let turned: Vec<_> = rows.iter().rev().copied().collect();
            let (other_cells, others) = carried(&turned);
            prop_assert_eq!(cells, other_cells);
            for (a, b) in values.iter().zip(&others) {
                prop_assert!((a.unwrap_or(0.0) - b.unwrap_or(0.0)).abs() <= 1e-9 * total.max(1.0));
            }
        }

        #[test]
        fn the_identity_changes_nothing(
            values in prop::collection::vec(prop::option::of(-1e6..1e6_f64), 1..9),
        ) {
            #[allow(clippy::cast_precision_loss)]
            let rects: Vec<_> = (0..values.len()).map(|i| (674_000.3 + i as f64 * 1.7, 6.58e6, 1.7, 2.9)).collect();
            let units = areas(&rects);
            let weights = Weights::areal(&units, &units);
            prop_assert_eq!(&weights.extensive(&values), &values);
            for (a, b) in weights.intensive(&values).iter().zip(&values) {
                prop_assert!((a.unwrap_or(0.0) - b.unwrap_or(0.0)).abs() <= 1e-9 * b.unwrap_or(0.0).abs());
            }
        }
    }
}
