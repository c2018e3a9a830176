//! Percentiles over a window of departures.
//!
//! Two quantities that are not the same: the percentile of the *time* to a place, and the percentile of the
//! *accessibility*, worked out for each departure first. Source: Conway, Byrd & van Eggermond (2018), "Accounting for
//! uncertainty and variation in accessibility metrics for public transport sketch planning".

/// The value that `percent` of all are not above: the nearest rank, `sorted[⌈p/100 · n⌉ − 1]`.
///
/// `values` is put in another order; `None` for no values.
pub fn percentile<T: Copy + Ord>(values: &mut [T], percent: f64) -> Option<T> {
    let rank = rank(values.len(), percent)?;
    let (_, value, _) = values.select_nth_unstable(rank);
    Some(*value)
}

/// The same for numbers, none of them NaN.
pub fn percentile_of_numbers(values: &mut [f64], percent: f64) -> Option<f64> {
    let rank = rank(values.len(), percent)?;
    let (_, value, _) = values.select_nth_unstable_by(rank, f64::total_cmp);
    Some(*value)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // a number of departures
fn rank(count: usize, percent: f64) -> Option<usize> {
    let last = count.checked_sub(1)?;
    Some(((percent / 100.0 * count as f64).ceil() as usize).saturating_sub(1).min(last))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_median_of_four_is_the_second() {
        assert_eq!(percentile(&mut [40, 10, 30, 20], 50.0), Some(20));
        assert_eq!(percentile(&mut [40, 10, 30, 20], 95.0), Some(40));
        assert_eq!(percentile(&mut [40, 10, 30, 20], 5.0), Some(10));
        assert_eq!(percentile::<u32>(&mut [], 50.0), None);
        assert_eq!(percentile_of_numbers(&mut [2.5, 1.5], 50.0), Some(1.5));
    }

    proptest! {
        #[test]
        fn percentiles_grow_with_the_percent(
            mut values in prop::collection::vec(any::<u32>(), 1..200),
            low in 0.0..100.0_f64,
            high in 0.0..100.0_f64,
        ) {
            let (low, high) = (low.min(high), low.max(high));
            prop_assert!(percentile(&mut values, low) <= percentile(&mut values, high));
        }
    }
}
