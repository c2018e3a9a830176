//! Differences and ratios of two independent estimates, from the interval of each.
//!
//! # What it does
//! MOVER, the method of variance estimates recovery: how far each limit lies from its estimate says how uncertain the
//! estimate is on that side; the two are joined by their squares. On Wilson's intervals it is Newcombe's method 10. A ratio
//! is the difference of logarithms. The p-value is that of the level at which the interval would just reach no difference.
//!
//! # Assumes
//! Two independent estimates, with intervals of one level.
//!
//! # Units
//! Those of the estimates; ratios have none.
//!
//! # When it misleads
//! When both estimates rest on the same people (a panel, overlapping areas): the interval is then too wide.
//!
//! # Example
//! 80 % of 70 against 60 % of 80: the difference of 20 points lies from 5.2 to 33.4.
//!
//! # References
//! Zou GY, Donner A (2008), *Statistics in Medicine* 27:1693–1702. Newcombe RG (1998), *Statistics in Medicine*
//! 17:873–890.

use super::interval::Interval;
use super::normal::{quantile, two_sided};

/// A value with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub value: f64,
    pub interval: Interval,
}

impl Estimate {
    fn below(&self) -> f64 {
        self.value - self.interval.lower
    }

    fn above(&self) -> f64 {
        self.interval.upper - self.value
    }
}

/// The interval of `new − old`, at the level of the two intervals times `stretch` (1 for the same level; the ratio of
/// two normal quantiles for another).
#[must_use]
pub fn difference(old: Estimate, new: Estimate, stretch: f64) -> Interval {
    let change = new.value - old.value;
    Interval {
        lower: change - stretch * new.below().hypot(old.above()),
        upper: change + stretch * new.above().hypot(old.below()),
    }
}

/// The interval of `new / old`, by the same method on logarithms; `None` unless both estimates and their lower limits
/// are above 0.
#[must_use]
pub fn ratio(old: Estimate, new: Estimate, stretch: f64) -> Option<Interval> {
    let log = |estimate: Estimate| {
        let positive = estimate.interval.lower > 0.0 && estimate.value > 0.0;
        positive.then(|| Estimate {
            value: estimate.value.ln(),
            interval: Interval {
                lower: estimate.interval.lower.ln(),
                upper: estimate.interval.upper.ln(),
            },
        })
    };
    let interval = difference(log(old)?, log(new)?, stretch);
    Some(Interval { lower: interval.lower.exp(), upper: interval.upper.exp() })
}

/// The two-sided p-value of no difference: the level at which the interval of the difference would just reach zero.
///
/// `level` is that of the two intervals. Equal estimates have 1; different ones without any width have 0.
#[must_use]
pub fn p_value(old: Estimate, new: Estimate, level: f64) -> f64 {
    let change = new.value - old.value;
    // The side of the interval that faces zero.
    let width =
        if change > 0.0 { new.below().hypot(old.above()) } else { new.above().hypot(old.below()) };
    match change.abs() {
        0.0 => 1.0,
        far => two_sided(far / width * quantile(level)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::compare::wilson;

    fn proportion(x: f64, n: f64) -> Estimate {
        Estimate { value: x / n, interval: wilson(x, n, 0.95).unwrap() }
    }

    fn close(found: Interval, lower: f64, upper: f64, slack: f64) {
        let near = (found.lower - lower).abs() < slack && (found.upper - upper).abs() < slack;
        assert!(near, "{found:?} is not {lower} to {upper}");
    }

    /// Newcombe (1998), table II, method 10: 56/70 − 48/80, 9/10 − 3/10, 6/7 − 2/7, 5/56 − 0/29.
    #[test]
    fn differences_of_proportions_are_the_published_ones() {
        for (new, old, lower, upper) in [
            ((56.0, 70.0), (48.0, 80.0), 0.0524, 0.3339),
            ((9.0, 10.0), (3.0, 10.0), 0.1705, 0.8090),
            ((6.0, 7.0), (2.0, 7.0), 0.0582, 0.8062),
            ((5.0, 56.0), (0.0, 29.0), -0.0381, 0.1926),
        ] {
            let (new, old) = (proportion(new.0, new.1), proportion(old.0, old.1));
            close(difference(old, new, 1.0), lower, upper, 5e-5);
        }
    }

    /// ln 2 to either side of both: 2·exp(±√2·ln 2).
    #[test]
    fn a_ratio_is_worked_out_on_logarithms() {
        let old = Estimate { value: 1.0, interval: Interval { lower: 0.5, upper: 2.0 } };
        let new = Estimate { value: 2.0, interval: Interval { lower: 1.0, upper: 4.0 } };
        close(ratio(old, new, 1.0).unwrap(), 0.750_43, 5.330_27, 1e-4);
        let none = Estimate { value: 1.0, interval: Interval { lower: 0.0, upper: 2.0 } };
        assert!(ratio(none, new, 1.0).is_none());
    }

    /// Two estimates with ±1.96: the difference has a standard error of √2, so that 2√2 is z = 2, p = 0.0455.
    #[test]
    fn the_p_value_is_where_the_interval_reaches_zero() {
        let z = quantile(0.95);
        let at = |value: f64| Estimate {
            value,
            interval: Interval { lower: value - z, upper: value + z },
        };
        let p = p_value(at(5.0), at(5.0 + 2.0 * 2.0_f64.sqrt()), 0.95);
        assert!((p - 0.045_500_263_9).abs() < 1e-9, "{p}");
        assert!((p_value(at(5.0), at(5.0), 0.95) - 1.0).abs() < f64::EPSILON);
        let touching = p_value(at(5.0), at(5.0 + z * 2.0_f64.sqrt()), 0.95);
        assert!((touching - 0.05).abs() < 1e-12);
    }
}
