//! Holm's correction for many comparisons.
//!
//! # What it does
//! Makes p-values larger so that, all comparisons together, the chance of even one false finding stays at the level they
//! are held against. The smallest is multiplied by the number of comparisons, the next by one less, and so on; none ends
//! below one before it, none above 1.
//!
//! # Assumes
//! Nothing of how the comparisons depend on each other; each p-value is right by itself.
//!
//! # Units
//! Probabilities, 0 to 1.
//!
//! # When it misleads
//! Among thousands of comparisons little is ever found: ask fewer questions, chosen before the answers are seen.
//!
//! # Example
//! 0.005, 0.01, 0.03 and 0.04 become 0.02, 0.03, 0.06 and 0.06.
//!
//! # References
//! Holm S (1979) A simple sequentially rejective multiple test procedure, *Scandinavian Journal of Statistics* 6:65–70.

/// The corrected p-values, in the order given.
#[must_use]
#[allow(clippy::cast_precision_loss)] // a number of comparisons
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]).then(a.cmp(&b)));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut least = 0.0_f64;
    for (place, &at) in order.iter().enumerate() {
        least = least.max(p_values[at] * (p_values.len() - place) as f64).min(1.0);
        adjusted[at] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By hand: 0.005·4, 0.01·3, 0.03·2, and 0.04·1, which may not fall below 0.06.
    #[test]
    fn four_comparisons_by_hand() {
        let found = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (found, known) in found.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((found - known).abs() < 1e-12, "{found} is not {known}");
        }
    }

    #[test]
    fn one_comparison_needs_no_correction_and_none_is_none() {
        assert_eq!(holm(&[0.04]), [0.04]);
        assert!(holm(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn corrected_values_keep_the_order_and_never_fall(
            p_values in proptest::collection::vec(0.0..=1.0_f64, 1..30),
        ) {
            let corrected = holm(&p_values);
            for (a, p) in p_values.iter().enumerate() {
                prop_assert!(corrected[a] >= *p && corrected[a] <= 1.0);
                for (b, other) in p_values.iter().enumerate() {
                    prop_assert!(p > other || corrected[a] <= corrected[b]);
                }
            }
        }
    }
}
