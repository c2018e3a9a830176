#![allow(clippy::cast_precision_loss, clippy::float_cmp)] // small counts; bounds are values that were given

use super::*;
use proptest::prelude::*;

#[test]
fn quantiles_by_hand() {
    let eight: Vec<f64> = (1..=8).rev().map(f64::from).collect();
    assert_eq!(quantiles(&eight, 4), [2.0, 4.0, 6.0, 8.0]);
    assert_eq!(quantiles(&eight, 3), [3.0, 6.0, 8.0], "the third and the sixth of eight");
    assert_eq!(quantiles(&eight, 1), [8.0]);
}

#[test]
fn equal_values_share_a_class_and_make_fewer() {
    assert_eq!(quantiles(&[0.0, 0.0, 0.0, 5.0], 4), [0.0, 5.0]);
    assert_eq!(jenks(&[2.0, 1.0, 2.0, 1.0], 4), [1.0, 2.0]);
    assert_eq!(jenks(&[7.0, 7.0], 3), [7.0]);
    assert_eq!(jenks(&[0.0, -0.0], 2), [0.0]);
}

#[test]
fn nothing_has_no_classes_and_what_is_not_finite_is_nothing() {
    for breaks in [quantiles, jenks] {
        assert!(breaks(&[], 5).is_empty());
        assert!(breaks(&[f64::NAN, f64::INFINITY], 5).is_empty());
        assert!(breaks(&[1.0], 0).is_empty());
        assert_eq!(breaks(&[f64::NAN, 3.0], 5), [3.0]);
    }
}

/// By hand: in two, the six up to 12 leave 125.5; in three, 1, 2, 3 leave 2, 10, 11, 12 leave 2 and 30 leaves nothing.
#[test]
fn jenks_by_hand() {
    let values = [12.0, 1.0, 30.0, 11.0, 2.0, 10.0, 3.0];
    assert_eq!(jenks(&values, 3), [3.0, 12.0, 30.0]);
    assert_eq!(jenks(&values, 2), [12.0, 30.0]);
    assert_eq!(jenks(&values, 1), [30.0]);
}

/// Five at 0 weigh more than one: 0 | 4, 6 leaves 2, where 0, 4 | 6 would leave 13.3.
#[test]
fn jenks_counts_every_value_of_a_tie() {
    assert_eq!(jenks(&[0.0, 0.0, 0.0, 0.0, 0.0, 4.0, 6.0], 2), [0.0, 6.0]);
}

#[test]
fn numbers_of_any_size_have_breaks() {
    assert_eq!(jenks(&[-1e308, 1e308, 0.9e308], 2), [-1e308, 1e308]);
    assert_eq!(jenks(&[1e-310, 0.0], 2), [0.0, 1e-310]);
}

#[test]
fn a_value_on_a_bound_belongs_below_it_and_one_beyond_to_the_last() {
    let bounds = [2.0, 4.0, 8.0];
    let classes = [-1.0, 2.0, 2.5, 4.0, 8.0, 9.0].map(|value| class_of(&bounds, value));
    assert_eq!(classes, [0, 0, 1, 1, 2, 2]);
    assert_eq!(class_of(&[], 1.0), 0);
}

#[test]
fn colours_run_from_the_light_end_to_the_dark_one() {
    assert!(colours(0).is_empty());
    assert_eq!(colours(1), ["#21908d"]);
    assert_eq!(colours(5), ["#fde725", "#5cc863", "#21908d", "#3b528b", "#440154"]);
    assert_eq!(colours(9), RAMP);
    // Halfway between #fde725 and #aadc32: (253 + 170 + 1) / 2 = 212, (231 + 220 + 1) / 2 = 226, (37 + 50 + 1) / 2 = 44.
    assert_eq!(colours(17)[1], "#d4e22c");
}

/// Machado, Oliveira & Fernandes (2009), full severity, in linear light.
const SIGHTS: [(&str, [[f64; 3]; 3]); 4] = [
    ("all colours", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "no red",
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
    ),
    (
        "no green",
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
    ),
    (
        "no blue",
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ),
];

/// CIE L* of a colour as seen with that sight, 0 to 100.
fn lightness(colour: &str, sight: &[[f64; 3]; 3]) -> f64 {
    let light = channels(colour).map(|channel| {
        let share = f64::from(u8::try_from(channel).unwrap()) / 255.0;
        if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    });
    let seen =
        sight.map(|row| row.iter().zip(light).map(|(a, b)| a * b).sum::<f64>().clamp(0.0, 1.0));
    let luminance = 0.2126 * seen[0] + 0.7152 * seen[1] + 0.0722 * seen[2];
    116.0 * luminance.cbrt() - 16.0
}

#[test]
fn every_class_is_darker_than_the_one_before_it_whatever_colours_one_sees() {
    for (name, sight) in &SIGHTS {
        for classes in 2..=7 {
            let shades: Vec<f64> =
                colours(classes).iter().map(|colour| lightness(colour, sight)).collect();
            let even =
                (shades[0] - shades[classes - 1]) / f64::from(u8::try_from(classes - 1).unwrap());
            for pair in shades.windows(2) {
                let step = pair[0] - pair[1];
                assert!(step > 9.0, "{name}, {classes} classes: a step of {step}");
                assert!(
                    (step / even - 1.0).abs() < 0.3,
                    "{name}, {classes} classes: {step} is not {even}"
                );
            }
        }
    }
}

fn squares(values: &[f64], bounds: &[f64]) -> f64 {
    let mut classes: Vec<Vec<f64>> = vec![Vec::new(); bounds.len()];
    for &value in values {
        classes[class_of(bounds, value)].push(value);
    }
    let within = |class: &Vec<f64>| {
        let mean = class.iter().sum::<f64>() / class.len() as f64;
        class.iter().map(|value| (value - mean).powi(2)).sum::<f64>()
    };
    classes.iter().map(within).sum()
}

/// Every way to cut the distinct values into that many classes, as bounds.
fn all_breaks(distinct: &[f64], classes: usize) -> Vec<Vec<f64>> {
    if classes == 1 {
        return vec![vec![distinct[distinct.len() - 1]]];
    }
    let mut all = Vec::new();
    for first in 1..=distinct.len() - (classes - 1) {
        for mut rest in all_breaks(&distinct[first..], classes - 1) {
            rest.insert(0, distinct[first - 1]);
            all.push(rest);
        }
    }
    all
}

proptest! {
    #[test]
    fn no_other_breaks_leave_less_than_jenks(
        values in prop::collection::vec((-40_i32..40).prop_map(|tenths| f64::from(tenths) / 10.0), 1..11),
        classes in 1_usize..6,
    ) {
        let mut distinct = sorted(&values);
        distinct.dedup();
        let classes = classes.min(distinct.len());
        let found = jenks(&values, classes);
        prop_assert_eq!(found.len(), classes);
        let least = all_breaks(&distinct, classes)
            .iter()
            .map(|bounds| squares(&values, bounds))
            .fold(f64::INFINITY, f64::min);
        prop_assert!(squares(&values, &found) <= least + 1e-9, "{found:?} leaves more than {least}");
    }

    #[test]
    fn bounds_rise_end_with_the_most_and_do_not_depend_on_the_order(
        mut values in prop::collection::vec(-1e6_f64..1e6, 1..60),
        classes in 1_usize..9,
    ) {
        for breaks in [quantiles, jenks] {
            let bounds = breaks(&values, classes);
            prop_assert!(!bounds.is_empty() && bounds.len() <= classes);
            prop_assert!(bounds.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert_eq!(bounds[bounds.len() - 1], values.iter().copied().fold(f64::MIN, f64::max));
            values.reverse();
            prop_assert_eq!(breaks(&values, classes), bounds);
        }
    }

    #[test]
    fn quantile_classes_of_distinct_values_differ_by_one_value_at_most(
        count in 1_usize..60, classes in 1_usize..9,
    ) {
        let values: Vec<f64> = (0..count).map(|value| value as f64).collect();
        let bounds = quantiles(&values, classes);
        let mut sizes = vec![0_usize; bounds.len()];
        for value in &values {
            sizes[class_of(&bounds, *value)] += 1;
        }
        prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
    }
}
