//! Direct standardisation: the rate that a place would have with the ages of a standard population.
//!
//! # What it does
//! The rate of every age class is weighed by the standard population of that class: Σ wᵢ · xᵢ/nᵢ with Σ wᵢ = 1. Dobson's
//! interval is that of the events (exact below ten, Byar's from ten on), stretched to the variance of the rate; that of
//! Fay and Feuer is taken from a gamma distribution.
//!
//! # Assumes
//! Events come independently (Poisson) in a population that is known. One standard for all that is compared.
//!
//! # Units
//! Events a person; the caller multiplies.
//!
//! # When it misleads
//! A class with few residents and much weight carries the whole rate. A standardised rate is no rate of anybody: it is
//! there to be compared with another of the same standard, never read by itself. Below ten events it is of low
//! reliability.
//!
//! # Example
//! 2 events among 1,000 and 12 among 3,000 with equal weights: (0.002 + 0.004) / 2 = 0.003, where the crude rate is
//! 14/4000 = 0.0035.
//!
//! # References
//! Dobson AJ, Kuulasmaa K, Eberle E, Scherer J (1991), *Statistics in Medicine* 10:457–462. Fay MP, Feuer EJ (1997),
//! *Statistics in Medicine* 16:791–801. Standard: Eurostat (2013) *Revision of the European Standard Population*.

use super::gamma::chi_square_quantile;
use super::interval::{Interval, count};

/// An age class of a place: events, residents (person-years), and residents of the standard population.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stratum {
    pub events: u32,
    pub population: f64,
    pub standard: f64,
}

/// A rate with the intervals of both methods.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standardised {
    pub events: u64,
    pub population: f64,
    pub crude: f64,
    pub rate: f64,
    pub dobson: Interval,
    pub gamma: Interval,
}

/// Standardises; `None` where a class with weight has no residents, or nobody lives at all.
#[must_use]
pub fn standardise(strata: &[Stratum], level: f64) -> Option<Standardised> {
    let whole: f64 = strata.iter().map(|stratum| stratum.standard).sum();
    let known = |s: &Stratum| {
        s.standard >= 0.0 && s.population >= 0.0 && (s.population > 0.0 || s.standard == 0.0)
    };
    if !(whole > 0.0 && whole.is_finite() && strata.iter().all(known)) {
        return None;
    }
    let weighted = || strata.iter().filter(|stratum| stratum.standard > 0.0);
    let weight = |stratum: &Stratum| stratum.standard / whole / stratum.population;
    let rate: f64 = weighted().map(|s| weight(s) * f64::from(s.events)).sum();
    let variance: f64 = weighted().map(|s| weight(s).powi(2) * f64::from(s.events)).sum();
    let largest = weighted().map(weight).fold(0.0, f64::max);
    let events: u64 = weighted().map(|stratum| u64::from(stratum.events)).sum();
    let population: f64 = weighted().map(|stratum| stratum.population).sum();
    Some(Standardised {
        events,
        population,
        crude: as_number(events) / population,
        rate,
        dobson: dobson(rate, variance, largest, events, level),
        gamma: gamma(rate, variance, largest, level),
    })
}

/// Without events the variance is unknown; what one event in the class of the largest weight would add stands for it.
fn dobson(rate: f64, variance: f64, largest: f64, events: u64, level: f64) -> Interval {
    let (interval, all) = (count(events, level), as_number(events));
    let stretch = if events == 0 { largest } else { (variance / all).sqrt() };
    Interval {
        lower: (rate + stretch * (interval.lower - all)).max(0.0),
        upper: rate + stretch * (interval.upper - all),
    }
}

fn gamma(rate: f64, variance: f64, largest: f64, level: f64) -> Interval {
    let tail = (1.0 - level) / 2.0;
    let limit = |mean: f64, variance: f64, p: f64| {
        variance / (2.0 * mean) * chi_square_quantile(p, 2.0 * mean * mean / variance)
    };
    let lower = if rate > 0.0 { limit(rate, variance, tail) } else { 0.0 };
    Interval { lower, upper: limit(rate + largest, variance + largest * largest, 1.0 - tail) }
}

#[allow(clippy::cast_precision_loss)] // counts are far below 2^53
fn as_number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::compare::{byar, exact_poisson};

    fn stratum(events: u32, population: f64, standard: f64) -> Stratum {
        Stratum { events, population, standard }
    }

    fn near(found: f64, known: f64, slack: f64) {
        assert!((found - known).abs() <= slack * known.abs(), "{found} is not {known}");
    }

    /// Weights ½: rate ½·2/1000 + ½·12/3000 = 0.003, variance ¼·2/1000² + ¼·12/3000² = 8.3333e-7, 14 events. Byar's
    /// limits of 14 are 7.648 and 23.490; √(8.3333e-7/14) = 2.43975e-4.
    #[test]
    fn two_classes_are_computed_by_hand() {
        let found =
            standardise(&[stratum(2, 1000.0, 50.0), stratum(12, 3000.0, 50.0)], 0.95).unwrap();
        near(found.rate, 0.003, 1e-12);
        near(found.crude, 0.0035, 1e-12);
        let limits = byar(14, 0.95);
        near(found.dobson.lower, 0.003 + 2.439_750_2e-4 * (limits.lower - 14.0), 1e-6);
        near(found.dobson.upper, 0.003 + 2.439_750_2e-4 * (limits.upper - 14.0), 1e-6);
        assert!(found.gamma.lower < 0.003 && found.gamma.upper > 0.003);
    }

    /// With one class both methods are the interval of its events: exact limits for gamma, Byar's for Dobson.
    #[test]
    fn one_class_has_the_interval_of_its_count() {
        for events in [1, 5, 9, 10, 40] {
            let found = standardise(&[stratum(events, 2000.0, 7.0)], 0.95).unwrap();
            let exact = exact_poisson(u64::from(events), 0.95).times(1.0 / 2000.0);
            near(found.gamma.lower, exact.lower, 1e-9);
            near(found.gamma.upper, exact.upper, 1e-9);
            let own = count(u64::from(events), 0.95).times(1.0 / 2000.0);
            near(found.dobson.lower, own.lower, 1e-9);
            near(found.dobson.upper, own.upper, 1e-9);
        }
        let none = standardise(&[stratum(0, 2000.0, 7.0)], 0.95).unwrap();
        near(none.gamma.upper, 3.688_879_454 / 2000.0, 1e-9);
        near(none.dobson.upper, 3.688_879_454 / 2000.0, 1e-9);
        assert!(none.gamma.lower.abs() < 1e-300 && none.dobson.lower.abs() < 1e-300);
    }

    #[test]
    fn a_class_with_weight_and_without_residents_has_no_rate() {
        assert!(standardise(&[stratum(0, 0.0, 1.0), stratum(3, 100.0, 1.0)], 0.95).is_none());
        assert!(standardise(&[stratum(0, 0.0, 0.0), stratum(3, 100.0, 1.0)], 0.95).is_some());
        assert!(standardise(&[], 0.95).is_none());
    }

    proptest! {
        #[test]
        fn the_standard_of_the_place_itself_gives_its_crude_rate(
            classes in prop::collection::vec((0_u32..200, 10.0..5000.0_f64), 1..18),
        ) {
            let strata: Vec<Stratum> = classes.iter().map(|(x, n)| stratum(*x, *n, *n)).collect();
            let found = standardise(&strata, 0.95).unwrap();
            prop_assert!((found.rate - found.crude).abs() <= 1e-12 + 1e-12 * found.crude);
            for interval in [found.dobson, found.gamma] {
                prop_assert!(interval.lower <= found.rate && found.rate <= interval.upper);
            }
        }
    }
}
