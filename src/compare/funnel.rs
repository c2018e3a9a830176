//! Funnel limits: how far a share or a rate may lie from the reference before size alone stops explaining it.
//!
//! # What it does
//! Around the reference θ, for a place with `n` residents (or another denominator), the limits of 95 % and 99.8 % are
//! θ ± z √(θ(1 − θ)/n) for a share and θ ± z √(θ/n) for a rate of events.
//!
//! # Assumes
//! Residents are as if drawn one by one from the reference; events come independently of each other (Poisson).
//!
//! # Units
//! Shares of 1, events by unit of the denominator; [`Funnel::times`] turns them into percent or by so many.
//!
//! # When it misleads
//! Neighbours resemble each other, so that a place of many thousands lies outside almost always. The limits are about size,
//! not about importance, and not about causes.
//!
//! # Example
//! A share of 20 % in the city and a place of 1,600 residents: the standard error is 1 point, and 22.5 % lies between the
//! limits of 95 % (18.0 to 22.0) and those of 99.8 % (16.9 to 23.1).
//!
//! # References
//! Spiegelhalter DJ (2005) Funnel plots for comparing institutional performance, *Statistics in Medicine*
//! 24:1185–1202.

use serde::Serialize;

use super::interval::Interval;
use super::normal::quantile;

/// The two pairs of limits that funnel plots show.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Funnel {
    /// Where 95 of 100 places lie that do not differ from the reference.
    pub at_95: Interval,
    /// Where 998 of 1,000 do.
    pub at_99_8: Interval,
}

/// Where a value lies in a funnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Within the limits of 95 %.
    Inside,
    /// Between the limits of 95 % and 99.8 %.
    Alert,
    /// Beyond the limits of 99.8 %.
    Outside,
}

impl Funnel {
    /// The limits in another unit, such as percent.
    #[must_use]
    pub fn times(&self, factor: f64) -> Self {
        Self { at_95: self.at_95.times(factor), at_99_8: self.at_99_8.times(factor) }
    }

    /// Where a value lies.
    #[must_use]
    pub fn place(&self, value: f64) -> Place {
        match (self.at_95.holds(value), self.at_99_8.holds(value)) {
            (true, _) => Place::Inside,
            (false, true) => Place::Alert,
            (false, false) => Place::Outside,
        }
    }
}

/// The limits of a share (0 to 1) around that of the reference, for a place with `n` residents: θ ± z √(θ(1 − θ)/n).
/// `None` where n is 0 or the share of the reference is 0 or 1.
#[must_use]
pub fn funnel_of_share(reference: f64, n: f64) -> Option<Funnel> {
    let within = n > 0.0 && reference > 0.0 && reference < 1.0;
    within.then(|| limits(reference, (reference * (1.0 - reference) / n).sqrt(), 1.0))
}

/// The limits of a rate of events (events by resident or other denominator) around that of the reference, for a place
/// with the denominator `n`: θ ± z √(θ/n).
/// `None` where n or the rate of the reference is 0.
#[must_use]
pub fn funnel_of_rate(reference: f64, n: f64) -> Option<Funnel> {
    let within = n > 0.0 && reference > 0.0;
    within.then(|| limits(reference, (reference / n).sqrt(), f64::INFINITY))
}

fn limits(reference: f64, error: f64, most: f64) -> Funnel {
    let limits = |level: f64| {
        let half = quantile(level) * error;
        Interval { lower: (reference - half).max(0.0), upper: (reference + half).min(most) }
    };
    Funnel { at_95: limits(0.95), at_99_8: limits(0.998) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// θ = 0.2, n = 1,600: the standard error is √(0.16/1600) = 0.01.
    #[test]
    fn limits_of_a_share_by_hand() {
        let funnel = funnel_of_share(0.2, 1600.0).unwrap();
        assert!((funnel.at_95.lower - 0.180_400_36).abs() < 1e-8);
        assert!((funnel.at_95.upper - 0.219_599_64).abs() < 1e-8);
        assert!((funnel.at_99_8.upper - 0.230_902_323).abs() < 1e-8);
        let places = [0.2, 0.22, 0.23, 0.24].map(|value| funnel.place(value));
        assert_eq!(places, [Place::Inside, Place::Alert, Place::Alert, Place::Outside]);
    }

    /// θ = 0.375 cars a resident, n = 6,000: the standard error is √(0.375/6000) = 0.00790569.
    #[test]
    fn limits_of_a_rate_by_hand() {
        let funnel = funnel_of_rate(0.375, 6000.0).unwrap().times(1000.0);
        assert!((funnel.at_95.lower - 359.505_13).abs() < 1e-4, "{funnel:?}");
        assert!((funnel.at_95.upper - 390.494_87).abs() < 1e-4, "{funnel:?}");
        assert!(funnel_of_rate(0.0, 9.0).is_none() && funnel_of_rate(1.0, 0.0).is_none());
    }

    #[test]
    fn a_funnel_narrows_with_the_square_root_of_size() {
        let width = |n: f64| {
            let limits = funnel_of_share(0.3, n).unwrap().at_95;
            limits.upper - limits.lower
        };
        assert!((width(400.0) / width(1600.0) - 2.0).abs() < 1e-12);
        assert!(funnel_of_share(0.3, 0.0).is_none());
        assert!(funnel_of_share(0.0, 9.0).is_none() && funnel_of_share(1.0, 9.0).is_none());
    }
}
