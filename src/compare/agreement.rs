//! Whether two sources of one figure say the same.
//!
//! # What it does
//! Bland and Altman: the mean of the differences (bias), and the limits between which about 95 of 100 differences lie,
//! each with its interval. Pearson's correlation with Fisher's interval, and Lin's concordance, which also falls where
//! one source is always higher.
//!
//! # Assumes
//! Pairs of one place each, independent of each other; differences that are roughly normal and as large for high values
//! as for low ones.
//!
//! # Units
//! Bias and limits in that of the figures; correlation and concordance −1 to 1.
//!
//! # When it misleads
//! Correlation is no agreement: a source that always says twice as much correlates perfectly. With few places the limits
//! are wide; read their intervals. Where differences grow with the values ([`Agreement::trend`]), the limits are too wide
//! for low values and too narrow for high ones.
//!
//! # Example
//! Differences −1, 0, 1, 2: bias 0.5, standard deviation 1.291, limits −2.03 to 3.03.
//!
//! # References
//! Bland JM, Altman DG (1999) Measuring agreement in method comparison studies, *Statistical Methods in Medical Research*
//! 8:135–160. Lin LI (1989), *Biometrics* 45:255–268.

use serde::Serialize;

use super::gamma::student_quantile;
use super::interval::Interval;
use super::normal::quantile;

/// A figure with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Limit {
    pub value: f64,
    /// Of the value; none for fewer than two pairs.
    pub interval: Option<Interval>,
}

/// How two sources agree.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Agreement {
    pub pairs: usize,
    /// Mean of second less first.
    pub bias: Limit,
    pub lower_limit: Option<Limit>,
    pub upper_limit: Option<Limit>,
    pub correlation: Option<Limit>,
    pub concordance: Option<f64>,
    /// Correlation of the difference with the mean of both: away from 0 where differences grow with the values.
    pub trend: Option<f64>,
}

/// Compares pairs of a first and a second source; `None` without any.
#[must_use]
#[allow(clippy::cast_precision_loss)] // numbers of places
pub fn agreement(pairs: &[(f64, f64)], level: f64) -> Option<Agreement> {
    let n = pairs.len() as f64;
    let differences: Vec<f64> = pairs.iter().map(|(first, second)| second - first).collect();
    let middles: Vec<f64> = pairs.iter().map(|(a, b)| f64::midpoint(*a, *b)).collect();
    let bias = mean(&differences)?;
    let deviation = (covariance(&differences, &differences)? * n / (n - 1.0)).sqrt();
    let (t, z) = (student_quantile(level, (n - 1.0).max(1.0)), quantile(level));
    let limit = |value: f64, error: f64| Limit {
        value,
        interval: Some(Interval { lower: value - t * error, upper: value + t * error }),
    };
    let several = pairs.len() > 1;
    let of_limits = deviation * (1.0 / n + z * z / (2.0 * (n - 1.0))).sqrt();
    let bias = if several {
        limit(bias, deviation / n.sqrt())
    } else {
        Limit { value: bias, interval: None }
    };
    let (first, second): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    Some(Agreement {
        pairs: pairs.len(),
        bias,
        lower_limit: several.then(|| limit(bias.value - z * deviation, of_limits)),
        upper_limit: several.then(|| limit(bias.value + z * deviation, of_limits)),
        correlation: correlation(&first, &second).map(|r| fisher(r, n, z)),
        concordance: concordance(&first, &second),
        trend: correlation(&differences, &middles),
    })
}

#[allow(clippy::cast_precision_loss)] // numbers of places
fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Over n, not n − 1.
fn covariance(one: &[f64], other: &[f64]) -> Option<f64> {
    let (a, b) = (mean(one)?, mean(other)?);
    let products: Vec<f64> = one.iter().zip(other).map(|(x, y)| (x - a) * (y - b)).collect();
    mean(&products)
}

/// `None` where one of the two does not vary.
fn correlation(one: &[f64], other: &[f64]) -> Option<f64> {
    let spread = (covariance(one, one)? * covariance(other, other)?).sqrt();
    (one.len() > 1 && spread > 0.0)
        .then(|| covariance(one, other).map(|c| (c / spread).clamp(-1.0, 1.0)))?
}

fn fisher(r: f64, n: f64, z: f64) -> Limit {
    let interval = (n > 3.0 && r.abs() < 1.0).then(|| {
        let half = z / (n - 3.0).sqrt();
        Interval { lower: (r.atanh() - half).tanh(), upper: (r.atanh() + half).tanh() }
    });
    Limit { value: r, interval }
}

fn concordance(one: &[f64], other: &[f64]) -> Option<f64> {
    let (a, b) = (mean(one)?, mean(other)?);
    let whole = covariance(one, one)? + covariance(other, other)? + (a - b).powi(2);
    (one.len() > 1 && whole > 0.0).then(|| covariance(one, other).map(|c| 2.0 * c / whole))?
}

/// The rank of each value, 1 for the highest; equal values share the middle of their ranks.
#[must_use]
#[allow(clippy::cast_precision_loss)] // numbers of places
pub fn ranks(values: &[Option<f64>]) -> Vec<Option<f64>> {
    let count = |test: &dyn Fn(f64) -> bool| {
        values.iter().flatten().filter(|value| test(**value)).count() as f64
    };
    let rank =
        |own: f64| count(&|v| v > own) + f64::midpoint(1.0, count(&|v| v.total_cmp(&own).is_eq()));
    values.iter().map(|value| value.map(rank)).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(found: f64, known: f64) {
        assert!((found - known).abs() < 1e-4, "{found} is not {known}");
    }

    /// Differences −1, 0, 1, 2 of four places: bias 0.5, standard deviation √(5/3) = 1.29099, t(3) = 3.182446.
    #[test]
    fn bias_and_limits_are_computed_by_hand() {
        let found =
            agreement(&[(10.0, 9.0), (20.0, 20.0), (30.0, 31.0), (40.0, 42.0)], 0.95).unwrap();
        near(found.bias.value, 0.5);
        let bias = found.bias.interval.unwrap();
        near(bias.upper - 0.5, 3.182_446 * 1.290_994 / 2.0);
        let (lower, upper) = (found.lower_limit.unwrap(), found.upper_limit.unwrap());
        near(lower.value, 0.5 - 1.959_964 * 1.290_994);
        near(upper.value, 0.5 + 1.959_964 * 1.290_994);
        // √(1/4 + 1.96²/6) = 0.943527.
        near(upper.interval.unwrap().upper - upper.value, 3.182_446 * 1.290_994 * 0.943_527);
        // Every difference grows with the value: they lie on one line but for the means.
        assert!(found.trend.unwrap() > 0.99);
    }

    #[test]
    fn twice_as_much_correlates_and_does_not_agree() {
        let found = agreement(&[(1.0, 2.0), (2.0, 4.0), (3.0, 6.0)], 0.95).unwrap();
        near(found.correlation.unwrap().value, 1.0);
        // 2·cov/(var + var + 4) with variances 2/3 and 8/3, covariance 4/3: (8/3) / (22/3).
        near(found.concordance.unwrap(), 8.0 / 22.0);
    }

    #[test]
    fn one_pair_has_a_difference_and_nothing_else() {
        let found = agreement(&[(1.0, 4.0)], 0.95).unwrap();
        near(found.bias.value, 3.0);
        assert_eq!((found.bias.interval, found.lower_limit, found.correlation), (None, None, None));
        assert!(agreement(&[], 0.95).is_none());
    }

    #[test]
    fn equal_values_share_their_rank_and_missing_ones_have_none() {
        let found = ranks(&[Some(5.0), None, Some(9.0), Some(5.0), Some(1.0)]);
        assert_eq!(found, vec![Some(2.5), None, Some(1.0), Some(2.5), Some(4.0)]);
    }

    proptest! {
        #[test]
        fn changing_the_sides_turns_the_signs(
            pairs in prop::collection::vec((-50.0..50.0_f64, -50.0..50.0_f64), 2..20),
        ) {
            let turned: Vec<(f64, f64)> = pairs.iter().map(|(a, b)| (*b, *a)).collect();
            let (one, other) = (agreement(&pairs, 0.95).unwrap(), agreement(&turned, 0.95).unwrap());
            prop_assert!((one.bias.value + other.bias.value).abs() < 1e-9);
            let (upper, lower) = (one.upper_limit.unwrap().value, other.lower_limit.unwrap().value);
            prop_assert!((upper + lower).abs() < 1e-9);
            prop_assert!(one.concordance.unwrap().abs() <= one.correlation.map_or(1.0, |r| r.value.abs()) + 1e-9);
        }
    }
}
