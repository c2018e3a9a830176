//! The standard normal distribution.
//!
//! # What it does
//! The probability of a tail, by a series in the middle and a continued fraction beyond, and the quantile by halving.
//!
//! # Assumes
//! Finite numbers; levels between 0 and 1.
//!
//! # Units
//! None.
//!
//! # When it misleads
//! Never by itself; an interval made with it where an estimate is far from normal does.
//!
//! # Example
//! A variable stays within 1.96 to both sides with probability 0.95.
//!
//! # References
//! Marsaglia G (2004) Evaluating the normal distribution, *Journal of Statistical Software* 11(4); Laplace's continued
//! fraction in the tail.

use std::f64::consts::PI;

/// Above this the continued fraction gives more digits of the tail than the series.
const TAIL: f64 = 3.0;

/// Probability that a standard normal variable exceeds `z`.
#[must_use]
pub fn upper_tail(z: f64) -> f64 {
    if z < 0.0 {
        return 1.0 - upper_tail(-z);
    }
    if z > TAIL { density(z) / tail_fraction(z) } else { 0.5 - density(z) * series(z) }
}

/// Probability of a standard normal variable at least as far from zero as `z`.
#[must_use]
pub fn two_sided(z: f64) -> f64 {
    (2.0 * upper_tail(z.abs())).min(1.0)
}

/// The number that a standard normal variable stays within, to both sides of zero, with probability `level` (0 to 1):
/// 1.96 for 0.95.
#[must_use]
pub fn quantile(level: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 40.0_f64);
    // Halving until neighbouring numbers are reached: fifty-odd steps, the same everywhere.
    while high - low > f64::EPSILON * high.max(1.0) {
        let middle = f64::midpoint(low, high);
        if two_sided(middle) > 1.0 - level { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

fn density(z: f64) -> f64 {
    (-z * z / 2.0).exp() / (2.0 * PI).sqrt()
}

/// z + z³/3 + z⁵/(3·5) + …
fn series(z: f64) -> f64 {
    let (mut sum, mut term, mut odd) = (z, z, 1.0);
    while term > sum * f64::EPSILON {
        odd += 2.0;
        term *= z * z / odd;
        sum += term;
    }
    sum
}

/// z + 1/(z + 2/(z + 3/(z + …)))
fn tail_fraction(z: f64) -> f64 {
    (1..200).rev().fold(z, |below, step| z + f64::from(step) / below)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Table values, for example Abramowitz & Stegun, table 26.1.
    #[test]
    fn tails_are_those_of_the_tables() {
        for (z, tail) in [
            (0.0, 0.5),
            (1.0, 0.158_655_253_931_457),
            (1.959_963_984_540_054, 0.025),
            (3.0, 0.001_349_898_031_630_1),
            (5.0, 2.866_515_718_791_94e-7),
        ] {
            assert!((upper_tail(z) / tail - 1.0).abs() < 1e-12, "{z}: {}", upper_tail(z));
            assert!((upper_tail(-z) - (1.0 - tail)).abs() < 1e-15);
        }
    }

    #[test]
    fn series_and_fraction_meet_where_one_takes_over() {
        let (below, above) = (upper_tail(TAIL), upper_tail(TAIL + 1e-12));
        assert!((below - above).abs() < 1e-13 && below > above - 1e-15);
    }

    #[test]
    fn quantiles_are_those_of_the_tables() {
        assert!((quantile(0.95) - 1.959_963_984_540_054).abs() < 1e-12);
        assert!((quantile(0.99) - 2.575_829_303_548_901).abs() < 1e-12);
        assert!((quantile(0.998) - 3.090_232_306_167_813).abs() < 1e-11);
    }
}
