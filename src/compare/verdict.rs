//! What the change between two published values means.
//!
//! # What it does
//! Two values that cannot be compared are said to be so, with the reason ([`incomparable`]). Complete counts differ or do
//! not. Where chance had a part, the interval of the difference is worked out by [`difference`], and all p-values of one
//! call are corrected together by [`holm`].
//!
//! # Assumes
//! That published intervals are at [`PUBLISHED_LEVEL`] and the two values independent.
//!
//! # Units
//! Those of the values; the level is a probability.
//!
//! # When it misleads
//! A change beyond noise is a change, and no proof of what caused it. A change within noise is no proof that nothing
//! changed: small places have wide intervals.
//!
//! # Example
//! 20 % (17–23) a year after 26 % (23–29): the change of −6 lies from −10.2 to −1.8 and is beyond noise where it is the only
//! comparison; as one of twenty it is not, since 0.0056 · 20 is above 0.05.
//!
//! # References
//! As [`difference`] and [`holm`]; SDMX `CL_OBS_STATUS` for what makes values incomparable.

use serde::Serialize;

use super::difference::{Estimate, difference, p_value};
use super::holm::holm;
use super::interval::Interval;
use super::normal::quantile;
use super::reason::Reason;
use super::rules::{
    PUBLISHED_LEVEL, Rules, Spread, coverage_differs, disclosure_differs, incomparable,
};
use crate::model::Observation;

/// What can be said of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// More than chance explains, at the stated level, all comparisons together.
    BeyondNoise,
    /// A change between complete counts: there is no chance to explain it.
    Changed,
    /// Chance, or noise against disclosure, can explain it.
    WithinNoise,
    /// Nothing says how large chance is.
    Undecided,
    /// The two do not measure the same.
    NotComparable,
}

/// Two values of one series.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    pub old: &'a Observation,
    pub new: &'a Observation,
    /// The number of published cells that each is the sum of, where known.
    pub cells: (Option<usize>, Option<usize>),
    /// Whether the place is another than it was, whatever its code says.
    pub redrawn: bool,
}

/// What came of a pair.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    /// New less old.
    pub change: Option<f64>,
    /// The interval of the change: of chance at the level of the verdict, or hard bounds.
    pub interval: Option<Interval>,
    pub p_value: Option<f64>,
    /// The same, corrected for all comparisons (Holm 1979).
    pub p_corrected: Option<f64>,
    pub verdict: Verdict,
    pub reason: Reason,
    /// Both speak of the same year: a figure was revised, nothing need have happened.
    pub revised: bool,
}

/// Judges all pairs together.
#[must_use]
pub fn judge(pairs: &[Pair<'_>], rules: &Rules) -> Vec<Compared> {
    let mut compared: Vec<Compared> = pairs.iter().map(|pair| compare(pair, rules)).collect();
    let tested: Vec<f64> = compared.iter().filter_map(|compared| compared.p_value).collect();
    let mut corrected = holm(&tested).into_iter();
    for compared in compared.iter_mut().filter(|compared| compared.p_value.is_some()) {
        let Some(p) = corrected.next() else { break };
        compared.p_corrected = Some(p);
        (compared.verdict, compared.reason) = if p < 1.0 - rules.level {
            (Verdict::BeyondNoise, Reason::BeyondSamplingError)
        } else {
            (Verdict::WithinNoise, Reason::WithinSamplingError)
        };
    }
    compared
}

/// Why the two ends of a series cannot be compared.
fn obstacle(pair: &Pair<'_>) -> Option<Reason> {
    let Pair { old, new, redrawn, .. } = pair;
    incomparable(old, new).or_else(|| {
        if *redrawn {
            Some(Reason::Redrawn)
        } else if old.geography_level != new.geography_level {
            Some(Reason::VintageDiffers)
        } else if disclosure_differs(old, new) {
            Some(Reason::DisclosureDiffers)
        } else if old.method != new.method {
            Some(Reason::MethodDiffers)
        } else if coverage_differs(old, new) {
            Some(Reason::CoverageDiffers)
        } else if publisher(old) != publisher(new) {
            Some(Reason::SourceDiffers)
        } else {
            None
        }
    })
}

/// A source is "publisher: title"; titles carry years and change with them.
fn publisher(row: &Observation) -> &str {
    row.source.split(": ").next().unwrap_or_default()
}

fn compare(pair: &Pair<'_>, rules: &Rules) -> Compared {
    let Pair { old, new, cells, .. } = *pair;
    let mut compared = Compared {
        change: None,
        interval: None,
        p_value: None,
        p_corrected: None,
        verdict: Verdict::NotComparable,
        reason: Reason::Missing,
        revised: old.year.is_some() && old.year == new.year,
    };
    if let Some(reason) = obstacle(pair) {
        compared.reason = reason;
        return compared;
    }
    let (Some(from), Some(to)) = (old.value, new.value) else { return compared };
    compared.change = Some(to - from);
    let (before, after) = (rules.spread(old, cells.0), rules.spread(new, cells.1));
    if let Some((interval, reasons)) = Spread::between(before, after) {
        compared.bounded(interval, reasons);
        return compared;
    }
    match (before, after) {
        (Spread::Sample(before), Spread::Sample(after)) => {
            let old = Estimate { value: from, interval: before };
            let new = Estimate { value: to, interval: after };
            let stretch = quantile(rules.level) / quantile(PUBLISHED_LEVEL);
            compared.interval = Some(difference(old, new, stretch));
            compared.p_value = Some(p_value(old, new, PUBLISHED_LEVEL));
        }
        _ if from.to_bits() == to.to_bits() => {
            (compared.verdict, compared.reason) = (Verdict::WithinNoise, Reason::SameValue);
        }
        (Spread::Complete, Spread::Complete) => {
            (compared.verdict, compared.reason) = (Verdict::Changed, Reason::CompleteCount);
        }
        (Spread::Noise(_), Spread::Noise(_)) => compared.undecided(Reason::NoiseSizeUnknown),
        _ => compared.undecided(Reason::NoInterval),
    }
    compared
}

impl Compared {
    fn bounded(&mut self, interval: Interval, [beyond, within]: [Reason; 2]) {
        self.interval = Some(interval);
        (self.verdict, self.reason) = if interval.holds(0.0) {
            (Verdict::WithinNoise, within)
        } else {
            (Verdict::BeyondNoise, beyond)
        };
    }

    fn undecided(&mut self, reason: Reason) {
        (self.verdict, self.reason) = (Verdict::Undecided, reason);
    }
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
