//! Each rule by a pair of its own.

use super::*;
use crate::model::{ObsStatus, Role};

fn row(value: f64, year: i32) -> Observation {
    Observation {
        area_id: "a".to_owned(),
        unit_id: None,
        geography_level: "area".to_owned(),
        geography_id: "a".to_owned(),
        role: Role::Own,
        indicator: "obesity".to_owned(),
        theme: "health".to_owned(),
        value: Some(value),
        lower: None,
        upper: None,
        unit: "percent".to_owned(),
        year: Some(year),
        sex: "_T".to_owned(),
        age: "_T".to_owned(),
        obs_status: ObsStatus::A,
        method: "published".to_owned(),
        coverage: None,
        definition: "d".to_owned(),
        source: "a survey".to_owned(),
    }
}

fn surveyed(value: f64, half: f64, year: i32) -> Observation {
    Observation { lower: Some(value - half), upper: Some(value + half), ..row(value, year) }
}

fn counted(value: f64, year: i32) -> Observation {
    let source = "Statistics Sweden (SCB): FolkmDesoAldKon".to_owned();
    Observation { indicator: "residents".to_owned(), source, ..row(value, year) }
}

fn rules(noise_bound: Option<f64>) -> Rules {
    Rules { level: 0.95, noise_bound, complete: ["residents".to_owned()].into() }
}

fn judged(old: &Observation, new: &Observation, noise_bound: Option<f64>) -> Compared {
    let pair = Pair { old, new, cells: (Some(1), Some(1)), redrawn: false };
    judge(&[pair], &rules(noise_bound)).remove(0)
}

fn verdict(old: &Observation, new: &Observation) -> (Verdict, Reason) {
    let compared = judged(old, new, None);
    (compared.verdict, compared.reason)
}

/// ±3 and ±4 make ±5 for the difference.
#[test]
fn a_change_is_held_against_the_interval_of_the_difference() {
    let (old, new) = (surveyed(20.0, 3.0, 2020), surveyed(26.0, 4.0, 2024));
    let beyond = judged(&old, &new, None);
    assert_eq!(beyond.interval, Some(Interval { lower: 1.0, upper: 11.0 }));
    assert_eq!(beyond.verdict, Verdict::BeyondNoise);
    assert_eq!(verdict(&old, &surveyed(24.9, 4.0, 2024)).0, Verdict::WithinNoise);
}

/// z = 6/5·1.96 = 2.352, p = 0.0187: beyond noise alone, within noise as one of three.
#[test]
fn many_comparisons_ask_for_more() {
    let (old, new) = (surveyed(20.0, 3.0, 2020), surveyed(26.0, 4.0, 2024));
    let same = surveyed(20.0, 4.0, 2024);
    let pair = |new| Pair { old: &old, new, cells: (None, None), redrawn: false };
    let three = judge(&[pair(&new), pair(&same), pair(&same)], &rules(None));
    assert!((three[0].p_value.unwrap() - 0.0187).abs() < 1e-4);
    assert!((three[0].p_corrected.unwrap() - 3.0 * three[0].p_value.unwrap()).abs() < 1e-12);
    assert_eq!(three[0].verdict, Verdict::WithinNoise);
}

#[test]
fn complete_counts_before_2025_have_changed_and_nothing_more() {
    let compared = judged(&counted(100.0, 2023), &counted(103.0, 2024), None);
    assert_eq!((compared.verdict, compared.change), (Verdict::Changed, Some(3.0)));
    assert_eq!(compared.interval, None);
}

/// Each may be shifted by 2: a change of 4 may be noise, one of 5 may not.
#[test]
fn a_change_inside_the_cell_key_noise_is_never_a_change() {
    let old = counted(100.0, 2025);
    let at = |value| {
        let compared = judged(&old, &counted(value, 2026), Some(2.0));
        (compared.verdict, compared.reason)
    };
    assert_eq!(at(104.0), (Verdict::WithinNoise, Reason::WithinDisclosureNoise));
    assert_eq!(at(95.0), (Verdict::BeyondNoise, Reason::BeyondDisclosureNoise));
    assert_eq!(
        verdict(&old, &counted(300.0, 2026)),
        (Verdict::Undecided, Reason::NoiseSizeUnknown)
    );
}

#[test]
fn the_line_of_2025_is_a_break_in_the_series() {
    let found = verdict(&counted(100.0, 2024), &counted(103.0, 2025));
    assert_eq!(found, (Verdict::NotComparable, Reason::DisclosureDiffers));
    let elsewhere =
        |value, year| Observation { source: "A register".to_owned(), ..counted(value, year) };
    let found = verdict(&elsewhere(100.0, 2024), &elsewhere(103.0, 2025));
    assert_eq!(found, (Verdict::Changed, Reason::CompleteCount));
}

#[test]
fn bounds_that_meet_are_no_change() {
    let walk = |value, half| Observation {
        method: "straight_line".to_owned(),
        year: None,
        ..surveyed(value, half, 0)
    };
    assert_eq!(
        verdict(&walk(500.0, 100.0), &walk(650.0, 100.0)),
        (Verdict::WithinNoise, Reason::BoundsMeet)
    );
    assert_eq!(
        verdict(&walk(500.0, 100.0), &walk(750.0, 100.0)),
        (Verdict::BeyondNoise, Reason::BoundsApart)
    );
}

/// 20 % of noisy counts may lie from 19 to 21.5; 24 from 22.8 to 25.
#[test]
fn the_noise_of_a_share_is_as_wide_to_each_side_as_it_is() {
    let share = |value, lower, upper, year| Observation {
        method: "ratio_of_sums; cell_key".to_owned(),
        lower: Some(lower),
        upper: Some(upper),
        ..counted(value, year)
    };
    let old = share(20.0, 19.0, 21.5, 2025);
    let beyond = judged(&old, &share(24.0, 22.8, 25.0, 2026), None);
    assert_eq!(beyond.interval, Some(Interval { lower: 22.8 - 21.5, upper: 6.0 }));
    assert_eq!(beyond.reason, Reason::BeyondDisclosureNoise);
    let within = judged(&old, &share(22.5, 21.3, 24.0, 2026), None);
    assert_eq!(within.reason, Reason::WithinDisclosureNoise);
}

#[test]
fn a_walk_is_not_compared_with_a_straight_line() {
    let way = |method: &str| Observation {
        method: format!("{method}; mean by residents"),
        definition: method.to_owned(),
        ..row(500.0, 2024)
    };
    let (walk, line) = (way("street_network_walk"), way("straight_line"));
    let mixed = way("street_network_walk, straight_line where there is none");
    for (one, other) in [(&walk, &line), (&line, &walk), (&walk, &mixed)] {
        assert_eq!(verdict(one, other), (Verdict::NotComparable, Reason::WaysDiffer));
    }
    assert_eq!(verdict(&walk, &walk).1, Reason::SameValue);
}

#[test]
fn what_does_not_measure_the_same_is_not_compared() {
    let old = surveyed(20.0, 3.0, 2020);
    let new = || surveyed(40.0, 3.0, 2024);
    let text = str::to_owned;
    for (other, reason) in [
        (Observation { value: None, ..row(0.0, 2024) }, Reason::Missing),
        (Observation { value: None, obs_status: ObsStatus::Q, ..new() }, Reason::Suppressed),
        (Observation { value: None, ..new() }, Reason::OnlyBound),
        (
            Observation { value: None, method: text("range_over_units; not averaged"), ..new() },
            Reason::RangeOverUnits,
        ),
        (Observation { obs_status: ObsStatus::B, ..new() }, Reason::BreakInSeries),
        (Observation { unit: text("per mille"), ..new() }, Reason::UnitDiffers),
        (Observation { definition: text("other"), ..new() }, Reason::DefinitionDiffers),
        (Observation { method: text("modelled"), ..new() }, Reason::MethodDiffers),
        (Observation { source: text("a register"), ..new() }, Reason::SourceDiffers),
        (Observation { geography_level: text("regso-2020"), ..new() }, Reason::VintageDiffers),
        (Observation { coverage: Some(0.9), ..new() }, Reason::CoverageDiffers),
    ] {
        let compared = judged(&old, &other, None);
        assert_eq!((compared.verdict, compared.reason), (Verdict::NotComparable, reason));
        assert_eq!((compared.change, compared.interval), (None, None), "{reason:?}");
    }
}

#[test]
fn without_an_interval_nothing_is_decided() {
    let found = verdict(&row(20.0, 2020), &row(90.0, 2024));
    assert_eq!(found, (Verdict::Undecided, Reason::NoInterval));
    assert_eq!(verdict(&surveyed(20.0, 1.0, 2020), &row(90.0, 2024)).0, Verdict::Undecided);
}

#[test]
fn the_same_year_is_a_revision() {
    assert!(judged(&counted(1.0, 2024), &counted(2.0, 2024), None).revised);
    assert!(!judged(&counted(1.0, 2023), &counted(2.0, 2024), None).revised);
}

#[test]
fn a_place_that_was_redrawn_is_another_place() {
    let (old, new) = (counted(100.0, 2023), counted(140.0, 2024));
    let pair = Pair { old: &old, new: &new, cells: (None, None), redrawn: true };
    let compared = judge(&[pair], &rules(None)).remove(0);
    assert_eq!((compared.verdict, compared.reason), (Verdict::NotComparable, Reason::Redrawn));
}

#[test]
fn the_same_count_in_two_years_has_not_changed() {
    let found = verdict(&counted(100.0, 2023), &counted(100.0, 2024));
    assert_eq!(found, (Verdict::WithinNoise, Reason::SameValue));
}

#[test]
fn another_title_of_the_same_publisher_is_the_same_source() {
    let of =
        |title: &str, row: Observation| Observation { source: format!("City: {title}"), ..row };
    let (old, new) = (surveyed(20.0, 3.0, 2020), surveyed(26.0, 4.0, 2024));
    assert_eq!(verdict(&of("2018–2020", old), &of("2022–2024", new)).0, Verdict::BeyondNoise);
}
