//! Small populations by hand, and what must hold of any.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn some(numbers: &[f64]) -> Vec<Option<f64>> {
    numbers.iter().copied().map(Some).collect()
}

fn sample(values: &[f64], residents: &[f64]) -> Sample {
    Sample::new(&some(values), &some(residents)).unwrap()
}

fn ranked(values: &[f64], residents: &[f64], ranks: &[f64]) -> Sample {
    Sample::ranked(&some(values), &some(residents), &some(ranks)).unwrap()
}

fn near(found: Option<f64>, expected: f64) -> bool {
    found.is_some_and(|found| (found - expected).abs() < 1e-12)
}

/// Half the mean difference over all pairs, over the mean: the definition, which knows no ranks.
fn gini_of_pairs(values: &[f64], residents: &[f64]) -> f64 {
    let all: f64 = residents.iter().sum();
    let mean = values.iter().zip(residents).map(|(v, w)| v * w).sum::<f64>() / all;
    let pairs = values
        .iter()
        .zip(residents)
        .flat_map(|(a, v)| values.iter().zip(residents).map(move |(b, w)| v * w * (a - b).abs()));
    pairs.sum::<f64>() / (2.0 * all * all * mean)
}

#[test]
fn one_of_two_who_has_all_is_a_gini_of_a_half() {
    assert!(near(gini(&sample(&[0.0, 8.0], &[1.0, 1.0])), 0.5));
    // One of four: 1 − 1/4.
    assert!(near(gini(&sample(&[8.0, 0.0], &[1.0, 3.0])), 0.75));
}

#[test]
fn theil_of_one_of_two_who_has_all_is_the_logarithm_of_two() {
    assert!(near(theil(&sample(&[0.0, 8.0], &[5.0, 5.0])), 2.0_f64.ln()));
    // Means 1 and 3 around 2: (½ ln ½ + 1½ ln 1½) / 2.
    let expected = f64::midpoint(0.5 * 0.5_f64.ln(), 1.5 * 1.5_f64.ln());
    assert!(near(theil(&sample(&[1.0, 3.0], &[2.0, 2.0])), expected));
}

#[test]
fn the_palma_ratio_takes_the_tenth_and_the_four_tenths_by_income() {
    let ranks: Vec<f64> = (1..=10).map(f64::from).collect();
    let values = [1.0, 2.0, 3.0, 2.0, 9.0, 9.0, 9.0, 9.0, 9.0, 6.0];
    assert!(near(palma(&ranked(&values, &[1.0; 10], &ranks)), 3.0));
}

#[test]
fn the_resident_at_the_boundary_is_split() {
    // Three origins of 30, 30 and 40: the worst-off 40 are the first and a third of the second, the best-off 10 a
    // quarter of the last. (30 · 2 + 10 · 6) / 40 = 3.
    let three = ranked(&[2.0, 6.0, 12.0], &[30.0, 30.0, 40.0], &[100.0, 200.0, 300.0]);
    assert!(near(palma(&three), 4.0));
}

#[test]
fn those_of_one_rank_have_no_order() {
    // All earn the same: both ends are the whole.
    assert!(near(palma(&ranked(&[1.0, 5.0, 9.0], &[1.0, 2.0, 1.0], &[7.0; 3])), 1.0));
    assert!(near(concentration(&ranked(&[1.0, 5.0, 9.0], &[1.0, 2.0, 1.0], &[7.0; 3])), 0.0));
}

#[test]
fn a_concentration_index_by_hand() {
    // Ranks 1/6, 3/6, 5/6, values 1, 2, 6, mean 3: 2/(3·3) · (1/6 + 1 + 5) − 1 = 10/27.
    let three = ranked(&[1.0, 2.0, 6.0], &[1.0; 3], &[10.0, 20.0, 30.0]);
    assert!(near(concentration(&three), 10.0 / 27.0));
    // The last two tie and share the rank 4/6: 2/9 · (1/6 + 8 · 2/3) − 1 = 2/9.
    let tied = ranked(&[1.0, 2.0, 6.0], &[1.0; 3], &[10.0, 20.0, 20.0]);
    assert!(near(concentration(&tied), 2.0 / 9.0));
}

#[test]
fn erreygers_index_is_four_means_of_it_over_the_range() {
    let three = ranked(&[1.0, 2.0, 6.0], &[1.0; 3], &[10.0, 20.0, 30.0]);
    let bounds = Bounds { low: 0.0, high: 10.0 };
    assert!(near(erreygers(&three, bounds).unwrap(), 4.0 * 3.0 * (10.0 / 27.0) / 10.0));
    // The poorer half at the lower bound and the richer at the upper one is as unequal as it gets.
    let extreme = ranked(&[2.0, 7.0], &[4.0, 4.0], &[1.0, 2.0]);
    assert!(near(erreygers(&extreme, Bounds { low: 2.0, high: 7.0 }).unwrap(), 1.0));
}

#[test]
fn a_value_outside_the_stated_bounds_is_refused() {
    let error = erreygers(&sample(&[3.0, 12.0], &[1.0, 1.0]), Bounds::parse("0,10").unwrap());
    assert!(error.unwrap_err().to_string().contains("do not hold the value 12"));
    assert!(Bounds::parse("10,0").is_err());
    assert!(Bounds::parse("10").is_err());
}

#[test]
fn where_nobody_has_anything_there_is_nothing_to_compare() {
    let none = ranked(&[0.0, 0.0], &[1.0, 1.0], &[1.0, 2.0]);
    assert_eq!((gini(&none), theil(&none)), (None, None));
    assert_eq!((palma(&none), concentration(&none)), (None, None));
    let empty = sample(&[1.0], &[0.0]);
    assert_eq!((gini(&empty), mean(&empty)), (None, None));
}

#[test]
fn origins_without_value_residents_or_rank_are_left_out_and_counted() {
    let values = [Some(1.0), None, Some(3.0), Some(4.0)];
    let residents = [Some(1.0), Some(1.0), None, Some(1.0)];
    let two = Sample::new(&values, &residents).unwrap();
    assert_eq!((two.persons().len(), two.left_out()), (2, 2));
    let one = Sample::ranked(&values, &residents, &[None, Some(1.0), Some(1.0), Some(1.0)]);
    assert_eq!(one.unwrap().left_out(), 3);
}

#[test]
fn what_is_below_nothing_is_refused() {
    let refused = |value: f64, residents: f64| Sample::new(&[Some(value)], &[Some(residents)]);
    assert!(refused(-1.0, 1.0).unwrap_err().to_string().contains("-1"));
    assert!(refused(1.0, -1.0).is_err());
    assert!(refused(f64::NAN, 1.0).is_err());
}

#[test]
fn each_group_has_its_mean_its_median_and_those_without() {
    let values = some(&[4.0, 10.0, 1.0]).into_iter().chain([None, Some(2.0)]).collect::<Vec<_>>();
    let residents = [Some(3.0), Some(1.0), Some(2.0), Some(6.0), None];
    let labels = [Some("north"), Some("north"), Some("south"), Some("south"), None];
    let found = groups(&values, &residents, &labels).unwrap();
    let labels: Vec<&str> = found.iter().map(|group| group.label.as_str()).collect();
    assert_eq!(labels, ["(no group)", "north", "south"]);
    assert_eq!((found[1].mean, found[1].median), (Some(5.5), Some(4.0)));
    assert_eq!((found[2].residents, found[2].without_access), (8.0, Some(0.75)));
    assert_eq!((found[2].left_out, found[2].unknown_residents), (1, 0));
    assert_eq!((found[0].residents, found[0].mean, found[0].unknown_residents), (0.0, None, 1));
}

#[test]
fn between_two_equal_halves_lies_the_median() {
    let found = groups(&some(&[2.0, 5.0]), &some(&[7.0, 7.0]), &[Some("all"); 2]).unwrap();
    assert_eq!(found[0].median, Some(3.5));
}

type Rows = Vec<(f64, f64, f64)>;

/// Values, residents and ranks; few distinct ranks, so that ties are common.
fn populations() -> impl Strategy<Value = Rows> {
    let row = (0.0..100.0_f64, 0.1..50.0_f64, 0_u8..6);
    prop::collection::vec(row.prop_map(|(v, w, rank)| (v, w, f64::from(rank))), 2..20)
}

fn unzip(rows: &Rows) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let column = |get: fn(&(f64, f64, f64)) -> f64| rows.iter().map(get).collect();
    (column(|row| row.0), column(|row| row.1), column(|row| row.2))
}

/// Gini, Theil, Palma, concentration, and Erreygers between 0 and 100.
fn all_of(rows: &Rows) -> Vec<f64> {
    let (values, residents, ranks) = unzip(rows);
    let (own, by_rank) = (sample(&values, &residents), ranked(&values, &residents, &ranks));
    let corrected = erreygers(&by_rank, Bounds { low: 0.0, high: 100.0 }).unwrap();
    [gini(&own), theil(&own), palma(&by_rank), concentration(&by_rank), corrected]
        .map(|index| index.unwrap_or(-9.0))
        .to_vec()
}

fn all_near(found: &[f64], expected: &[f64]) -> bool {
    found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 1e-9 * b.abs().max(1.0))
}

proptest! {
    #[test]
    fn who_all_have_the_same_are_equal(rows in populations(), value in 0.1..100.0_f64) {
        let rows = rows.into_iter().map(|(_, w, rank)| (value, w, rank)).collect();
        prop_assert!(all_near(&all_of(&rows), &[0.0, 0.0, 1.0, 0.0, 0.0]), "{:?}", all_of(&rows));
    }

    #[test]
    fn turning_the_ranks_round_turns_the_sign(rows in populations()) {
        let (values, residents, ranks) = unzip(&rows);
        let turned: Vec<f64> = ranks.iter().map(|rank| -rank).collect();
        let one = concentration(&ranked(&values, &residents, &ranks)).unwrap();
        let other = concentration(&ranked(&values, &residents, &turned)).unwrap();
        prop_assert!((one + other).abs() < 1e-9, "{one} {other}");
    }

    #[test]
    fn the_unit_of_the_value_does_not_matter(rows in populations(), unit in 0.001..1.0_f64) {
        let scaled = rows.iter().map(|(v, w, rank)| (v * unit, *w, *rank)).collect();
        prop_assert!(all_near(&all_of(&scaled)[..4], &all_of(&rows)[..4]));
    }

    #[test]
    fn the_order_of_rows_does_not_matter(rows in populations()) {
        let turned: Rows = rows.iter().rev().copied().collect();
        prop_assert_eq!(all_of(&turned), all_of(&rows), "to the last bit");
    }

    #[test]
    fn an_origin_cut_in_two_changes_nothing(rows in populations(), part in 0.01..0.99_f64) {
        let cut = rows.iter().flat_map(|&(v, w, rank)| [(v, w * part, rank), (v, w * (1.0 - part), rank)]);
        prop_assert!(all_near(&all_of(&cut.collect()), &all_of(&rows)));
    }

    #[test]
    fn gini_is_half_the_mean_difference(rows in populations()) {
        let (values, residents, _) = unzip(&rows);
        let found = gini(&sample(&values, &residents)).unwrap();
        prop_assert!((found - gini_of_pairs(&values, &residents)).abs() < 1e-9);
        prop_assert!((0.0..1.0).contains(&found));
    }

    #[test]
    fn concentration_never_exceeds_gini(rows in populations()) {
        let found = all_of(&rows);
        prop_assert!(found[3].abs() <= found[0] + 1e-9);
    }
}
