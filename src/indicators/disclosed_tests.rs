//! Each rule of what publishers do to counts, by a case of its own.

#![allow(clippy::float_cmp)]

use super::*;
use crate::model::Role;

fn target(shares: &[f64]) -> Target {
    Target {
        unit_id: None,
        geography_level: "area".to_owned(),
        geography_id: "a".to_owned(),
        role: Role::Own,
        members: (0..).zip(shares).map(|(row, share)| Member { row, share: *share }).collect(),
        surface_m2: 1.0,
    }
}

fn row(target: &Target, value: Option<f64>) -> Observation {
    Observation { value, method: "sum_of_units".to_owned(), ..target.row("a") }
}

const NOISE: Disclosure = Disclosure::CellKey { bound: Some(2), from: None };

/// The counts of the first units of a target.
fn values(counts: &[f64]) -> BTreeMap<usize, f64> {
    counts.iter().copied().enumerate().collect()
}

fn sum(value: f64, withheld: f64) -> Sum {
    let known = Part { share: 1.0, value: Some(value), withheld: false, ends: None };
    let hidden = Part { share: withheld, value: None, withheld: true, ends: None };
    Sum::of([known, hidden].into_iter().take(if withheld > 0.0 { 2 } else { 1 }))
}

#[test]
fn noise_adds_up_over_the_cells_of_a_sum() {
    let target = target(&[1.0, 1.0, 0.5]);
    let by = Disclosed { by: Some(NOISE), ..Disclosed::default() };
    let split = (None, "_T", "_T");
    let of = |counts: &[f64]| {
        let values = values(counts);
        let sum = by.sum(&target, &split, &values).value;
        by.bound(&target, &split, &values, row(&target, sum))
    };
    let found = of(&[40.0, 50.0, 20.0]);
    assert_eq!((found.lower, found.value, found.upper), (Some(95.0), Some(100.0), Some(105.0)));
    assert_eq!(found.method, "sum_of_units; cell_key");
    assert_eq!(of(&[1.0, 1.0, 2.0]).lower, Some(0.0));
    assert_eq!(of(&[40.0, 50.0]).lower, Some(86.0), "what is not there carries no noise");
}

/// 28 in four published units, five withheld: each of the four may be 2 less, the others hold nobody or nobody knows
/// how many.
#[test]
fn a_withheld_count_is_nothing_at_least_and_carries_no_noise() {
    let target = target(&[1.0; 9]);
    let split = (Some(2025), "_T", "_T");
    let withheld = BTreeMap::from([(split, (4..9).collect())]);
    let by = Disclosed { by: Some(NOISE), withheld, ..Disclosed::default() };
    let counts = values(&[10.0, 8.0, 6.0, 4.0]);
    let found = by.bound(&target, &split, &counts, row(&target, Some(28.0)));
    assert_eq!((found.lower, found.value, found.upper), (Some(20.0), None, None));
    assert_eq!(found.obs_status, ObsStatus::Q);
}

#[test]
fn noise_of_unknown_size_is_said_and_no_bound_is_made_up() {
    let target = target(&[1.0, 1.0]);
    let unknown = Disclosure::CellKey { bound: None, from: Some(2025) };
    let by = Disclosed { by: Some(unknown), ..Disclosed::default() };
    let of = |year| {
        let split = (Some(year), "_T", "_T");
        by.bound(&target, &split, &values(&[40.0, 50.0]), row(&target, Some(90.0)))
    };
    let found = of(2025);
    assert_eq!((found.lower, found.value, found.upper), (None, Some(90.0), None));
    assert_eq!(found.method, "sum_of_units; cell_key");
    assert_eq!(of(2024).method, "sum_of_units", "earlier years are not revised");
    let ratio =
        sum(10.0, 0.0).bound_ratio(&sum(40.0, 0.0), 100.0, Some(unknown), row(&target, Some(25.0)));
    assert_eq!((ratio.lower, ratio.upper), (None, None));
    assert!(ratio.method.ends_with("; cell_key"));
}

#[test]
fn a_sum_with_withheld_counts_is_a_bound() {
    let target = target(&[1.0, 1.0, 0.5]);
    let split = (Some(2024), "_T", "_T");
    let withheld = BTreeMap::from([(split, BTreeSet::from([1, 2]))]);
    let by = Disclosed::<'_> {
        by: Some(Disclosure::Suppression { below: 5 }),
        withheld,
        ..Disclosed::default()
    };
    let of = |split| by.bound(&target, &split, &values(&[40.0]), row(&target, Some(40.0)));
    let found = of(split);
    assert_eq!((found.lower, found.value, found.upper), (Some(40.0), None, Some(46.0)));
    assert_eq!(found.obs_status, ObsStatus::Q);
    let other = of((Some(2023), "_T", "_T"));
    assert_eq!((other.value, other.upper), (Some(40.0), None));
}

#[test]
fn where_no_threshold_is_known_the_most_is_not() {
    let target = target(&[1.0, 1.0]);
    let split = (None, "_T", "_T");
    let withheld = BTreeMap::from([(split, BTreeSet::from([1]))]);
    let by = Disclosed { withheld, ..Disclosed::default() };
    let found = by.bound(&target, &split, &values(&[40.0]), row(&target, Some(40.0)));
    assert_eq!((found.lower, found.value, found.upper), (Some(40.0), None, None));
    assert_eq!(found.obs_status, ObsStatus::Q);
}

/// 40 (36 to 46) and half of 20 (none below is told, 30 above): 36 to 61. A withheld count of at most 4 adds 0 to 4.
#[test]
fn bounds_that_stand_beside_counts_add_up() {
    let split = (None, "_T", "_T");
    let ends = |lower, upper| Ends { lower, upper };
    let by = Disclosed {
        ends: BTreeMap::from([
            ((split, 0), ends(Some(36.0), Some(46.0))),
            ((split, 1), ends(None, Some(30.0))),
            ((split, 2), ends(None, Some(4.0))),
        ]),
        withheld: BTreeMap::from([(split, BTreeSet::from([2]))]),
        ..Disclosed::default()
    };
    let counts = values(&[40.0, 20.0]);
    let two = target(&[1.0, 0.5]);
    let found = by.bound(&two, &split, &counts, row(&two, Some(50.0)));
    assert_eq!((found.lower, found.value, found.upper), (Some(36.0), Some(50.0), Some(61.0)));
    assert_eq!(found.method, "sum_of_units", "no noise is said");
    let three = target(&[1.0, 0.5, 1.0]);
    let found = by.bound(&three, &split, &counts, row(&three, Some(50.0)));
    assert_eq!((found.lower, found.value, found.upper), (Some(36.0), None, Some(65.0)));
}

#[test]
fn a_ratio_of_noisy_counts_lies_between_its_furthest_ends() {
    let target = target(&[1.0]);
    let sum = |value| sum(value, 0.0);
    let by = Some(NOISE);
    let found = sum(10.0).bound_ratio(&sum(42.0), 100.0, by, row(&target, Some(10.0 / 0.42)));
    assert_eq!((found.lower, found.upper), (Some(800.0 / 44.0), Some(1200.0 / 40.0)));
    let open = sum(1.0).bound_ratio(&sum(2.0), 1.0, by, row(&target, Some(0.5)));
    assert_eq!((open.lower, open.upper), (Some(0.0), None), "nobody knows that it is not of 0");
}

#[test]
fn a_ratio_over_withheld_counts_is_a_bound() {
    let target = target(&[1.0, 1.0]);
    let by = Some(Disclosure::Suppression { below: 5 });
    let row = row(&target, Some(0.12));
    let found = sum(10.0, 1.0).bound_ratio(&sum(100.0, 0.0), 1.0, by, row);
    assert_eq!((found.lower, found.value, found.upper), (Some(0.1), None, Some(0.14)));
    assert_eq!(found.obs_status, ObsStatus::Q);
}

#[test]
fn a_sum_with_a_unit_that_was_redrawn_since_is_an_estimate_and_says_so() {
    let split = (Some(2023), "_T", "_T");
    let mut by = Disclosed { redrawn: BTreeSet::from([1]), ..Disclosed::default() };
    let cell = |key| Cell {
        key,
        year: Some(2023),
        sex: None,
        age: None,
        value: Some(10.0),
        status: None,
        lower: None,
        upper: None,
    };
    by.add(split, 0, &cell("a"));
    by.add(split, 1, &cell("b"));
    let of = |shares: &[f64]| {
        let target = target(shares);
        let row = Observation { obs_status: ObsStatus::A, ..row(&target, Some(1.0)) };
        let row = by.said(&target, &split, row);
        (row.obs_status, row.method)
    };
    assert_eq!(of(&[1.0]), (ObsStatus::A, "sum_of_units".to_owned()));
    assert_eq!(of(&[1.0, 1.0]), (ObsStatus::E, format!("sum_of_units{REDRAWN}")));
}

#[test]
fn a_sum_is_no_more_certain_than_its_least_certain_part() {
    let split = (Some(2024), "_T", "_T");
    let statuses = BTreeMap::from([((split, 0), ObsStatus::P), ((split, 1), ObsStatus::U)]);
    let by = Disclosed { statuses, ..Disclosed::default() };
    let of = |shares: &[f64]| {
        let target = target(shares);
        let row = Observation { obs_status: ObsStatus::A, ..row(&target, Some(1.0)) };
        by.said(&target, &split, row).obs_status
    };
    assert_eq!((of(&[1.0]), of(&[1.0, 1.0])), (ObsStatus::P, ObsStatus::U));
}

#[test]
fn a_published_cell_is_off_by_the_bound_or_withheld() {
    let target = target(&[1.0]);
    let bound = |value, by| Sum::of_cell(value, Some(by)).bound(Some(by), row(&target, value));
    let noisy = bound(Some(30.0), Disclosure::CellKey { bound: Some(3), from: None });
    assert_eq!((noisy.lower, noisy.upper), (Some(27.0), Some(33.0)));
    let hidden = bound(None, Disclosure::Suppression { below: 5 });
    assert_eq!((hidden.lower, hidden.upper), (Some(0.0), Some(4.0)));
    let missing = bound(None, Disclosure::CellKey { bound: Some(3), from: None });
    assert_eq!((missing.lower, missing.upper), (None, None), "noise hides nobody");
}
