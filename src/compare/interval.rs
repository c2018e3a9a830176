//! Intervals of proportions and of small counts.
//!
//! # What it does
//! Wilson's score interval for a proportion; for a count of events the exact Poisson limits below 10 and Byar's
//! approximation from 10 on.
//!
//! # Assumes
//! A sample of independent answers; events that come independently of each other (Poisson).
//!
//! # Units
//! Shares of 1; events.
//!
//! # When it misleads
//! On a complete count: a register leaves nobody out and has no such interval, unless that of a superpopulation is asked
//! for by that name. A survey with clusters, weights or many that do not answer is less certain than its interval says.
//!
//! # Example
//! 81 of 263 are 30.8 % (25.5 to 36.6); 5 events lie from 1.62 to 11.67; none of 20 is still up to 16.1 %.
//!
//! # References
//! Wilson EB (1927), *JASA* 22:209–212; Newcombe RG (1998), *Statistics in Medicine* 17:857–872, method 3; Garwood F
//! (1936), *Biometrika* 28:437–442; Breslow NE, Day NE (1987) *Statistical methods in cancer research* II, IARC, p. 69.

use serde::Serialize;

use super::normal::quantile;

/// From this count on, Byar's approximation stands for the exact Poisson limits.
const BYAR_FROM: u64 = 10;

/// A lower and an upper limit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    pub lower: f64,
    pub upper: f64,
}

impl Interval {
    /// Whether the value lies between the limits, or on one of them.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }

    /// Both limits times a factor of 0 or more.
    #[must_use]
    pub fn times(&self, factor: f64) -> Self {
        Self { lower: self.lower * factor, upper: self.upper * factor }
    }
}

/// Wilson's score interval of a proportion: `x` of `n`, at a level such as 0.95, as a share of 1. `None` for n = 0 and
/// for x beyond 0 to n.
#[must_use]
pub fn wilson(x: f64, n: f64, level: f64) -> Option<Interval> {
    if !(n > 0.0 && (0.0..=n).contains(&x)) {
        return None;
    }
    let z = quantile(level);
    let centre = (x + z * z / 2.0) / (n + z * z);
    let half = z / (n + z * z) * (x * (n - x) / n + z * z / 4.0).sqrt();
    Some(Interval { lower: (centre - half).max(0.0), upper: (centre + half).min(1.0) })
}

/// The interval of a count of events: exact below 10, Byar's from 10 on; the lower limit is 0 at 0.
#[must_use]
pub fn count(x: u64, level: f64) -> Interval {
    if x < BYAR_FROM { exact_poisson(x, level) } else { byar(x, level) }
}

/// Byar's approximation to the exact Poisson limits.
#[must_use]
#[allow(clippy::cast_precision_loss)] // counts are far below 2^53
pub fn byar(x: u64, level: f64) -> Interval {
    let z = quantile(level);
    let limit = |x: f64, z: f64| x * (1.0 - 1.0 / (9.0 * x) + z / (3.0 * x.sqrt())).powi(3);
    let lower = if x == 0 { 0.0 } else { limit(x as f64, -z).max(0.0) };
    Interval { lower, upper: limit(x as f64 + 1.0, z) }
}

/// The exact Poisson limits: the means under which x or more, and x or fewer, have probability (1 − level)/2.
#[must_use]
#[allow(clippy::cast_precision_loss)] // counts are far below 2^53
pub fn exact_poisson(x: u64, level: f64) -> Interval {
    let tail = (1.0 - level) / 2.0;
    let high = 10.0 * (x as f64 + 10.0);
    let lower = match x.checked_sub(1) {
        None => 0.0,
        Some(fewer) => mean_where(high, |mean| 1.0 - at_most(fewer, mean) < tail),
    };
    Interval { lower, upper: mean_where(high, |mean| at_most(x, mean) > tail) }
}

/// The mean up to which a condition holds, between 0 and `high`.
fn mean_where(high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, high);
    while high - low > f64::EPSILON * high {
        let middle = f64::midpoint(low, high);
        if holds(middle) { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// Probability of x or fewer events under a Poisson mean.
#[allow(clippy::cast_precision_loss)] // counts are far below 2^53
fn at_most(x: u64, mean: f64) -> f64 {
    let mut term = (-mean).exp();
    let mut sum = term;
    for event in 1..=x {
        term *= mean / event as f64;
        sum += term;
    }
    sum
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn close(found: Interval, lower: f64, upper: f64, slack: f64) {
        let near = (found.lower - lower).abs() < slack && (found.upper - upper).abs() < slack;
        assert!(near, "{found:?} is not {lower} to {upper}");
    }

    /// The four examples of Newcombe (1998), table I, method 3.
    #[test]
    fn wilson_gives_the_published_examples() {
        close(wilson(81.0, 263.0, 0.95).unwrap(), 0.2553, 0.3662, 5e-5);
        close(wilson(15.0, 148.0, 0.95).unwrap(), 0.0624, 0.1605, 5e-5);
        close(wilson(0.0, 20.0, 0.95).unwrap(), 0.0, 0.1611, 5e-5);
        close(wilson(1.0, 29.0, 0.95).unwrap(), 0.0061, 0.1718, 5e-5);
    }

    #[test]
    fn a_proportion_of_nothing_or_beyond_its_bounds_has_no_interval() {
        assert!(wilson(0.0, 0.0, 0.95).is_none());
        assert!(wilson(3.0, 2.0, 0.95).is_none());
        assert!(wilson(-1.0, 2.0, 0.95).is_none());
        assert!(wilson(f64::NAN, 2.0, 0.95).is_none());
    }

    /// The tables of exact limits, for example Ulm K (1990), *American Journal of Epidemiology* 131:373–375.
    #[test]
    fn exact_limits_are_those_of_the_tables() {
        close(exact_poisson(0, 0.95), 0.0, 3.6889, 5e-5);
        close(exact_poisson(1, 0.95), 0.0253, 5.5716, 5e-5);
        close(exact_poisson(5, 0.95), 1.6235, 11.6683, 5e-5);
        close(exact_poisson(10, 0.95), 4.7954, 18.3904, 5e-5);
    }

    /// By hand at x = 10, z = 1.96: 10 (1 − 1/90 − 1.96/(3√10))³ = 4.787, 11 (1 − 1/99 + 1.96/(3√11))³ = 18.391.
    #[test]
    fn byar_is_the_formula_and_near_the_exact_limits() {
        close(byar(10, 0.95), 4.787, 18.391, 2e-3);
        for x in [10, 37, 120] {
            let (near, exact) = (byar(x, 0.95), exact_poisson(x, 0.95));
            close(near, exact.lower, exact.upper, 0.01);
        }
    }

    #[test]
    fn counts_change_method_at_ten() {
        assert_eq!(count(9, 0.95), exact_poisson(9, 0.95));
        assert_eq!(count(10, 0.95), byar(10, 0.95));
        assert!(count(0, 0.95).lower.abs() < f64::EPSILON);
    }
}
