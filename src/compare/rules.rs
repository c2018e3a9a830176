//! When two published values may be compared at all, and what chance had to do with each.
//!
//! # What it does
//! Says of a value whether chance (an interval), hard bounds, noise against disclosure or nothing stands between it and the
//! true one, and of two values why they do not measure the same.
//!
//! # Assumes
//! That the indicators named complete are counts of a register, and that Statistics Sweden's counts carry noise from the
//! reference year 2025 on.
//!
//! # Units
//! Those of the values.
//!
//! # When it misleads
//! Where a definition changed and its text did not: the two then pass for one.
//!
//! # Example
//! Residents of 2024 beside those of 2025: noise was added to one of them, so that the change is not comparable.
//!
//! # References
//! SDMX code list `CL_OBS_STATUS`; Statistics Sweden on the Cell Key Method, <https://www.scb.se/FAQ-CKM>.

use std::collections::BTreeSet;

use super::interval::Interval;
use super::reason::Reason;
use crate::model::{ObsStatus, Observation};

/// The level that published intervals are taken to have.
pub const PUBLISHED_LEVEL: f64 = 0.95;

/// From this reference year on, Statistics Sweden shifts counts by the Cell Key Method; earlier ones are not revised.
///
/// Source: <https://www.scb.se/FAQ-CKM>.
const NOISE_FROM: i32 = 2025;

/// Shares smaller than this are rounding.
const SAME_COVERAGE: f64 = 1e-6;

/// What a comparison is held against.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The level of verdicts, 0 to 1, all comparisons together.
    pub level: f64,
    /// The largest shift of a count by the Cell Key Method, in whole units; Statistics Sweden publishes none.
    pub noise_bound: Option<f64>,
    /// Indicators that are complete counts from a register, or worked out from such.
    pub complete: BTreeSet<String>,
}

/// What stands between a published value and the true one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spread {
    /// Chance: an interval at [`PUBLISHED_LEVEL`].
    Sample(Interval),
    /// Hard bounds, such as the uncertainty of a position.
    Bounds(Interval),
    /// Noise against disclosure, and between what the true value lies; `None` where the size is not known.
    Noise(Option<Interval>),
    /// Nothing: a complete count.
    Complete,
    /// Not known.
    Unknown,
}

impl Spread {
    /// Between what the second value less the first lies for certain, and why it leaves nought out or holds it; `None`
    /// where chance has a part in one of them, or nothing is known.
    #[must_use]
    pub fn between(first: Self, second: Self) -> Option<(Interval, [Reason; 2])> {
        let (first, second, reasons) = match (first, second) {
            (Self::Bounds(first), Self::Bounds(second)) => {
                (first, second, [Reason::BoundsApart, Reason::BoundsMeet])
            }
            (Self::Noise(Some(first)), Self::Noise(Some(second))) => {
                let reasons = [Reason::BeyondDisclosureNoise, Reason::WithinDisclosureNoise];
                (first, second, reasons)
            }
            _ => return None,
        };
        let (lower, upper) = (second.lower - first.upper, second.upper - first.lower);
        Some((Interval { lower, upper }, reasons))
    }
}

impl Rules {
    /// What stands between this value and the true one. `cells` is the number of published cells it is the sum of.
    #[must_use]
    pub fn spread(&self, row: &Observation, cells: Option<usize>) -> Spread {
        if let (Some(lower), Some(upper)) = (row.lower, row.upper) {
            let interval = Interval { lower, upper };
            if says_noise(row) {
                return Spread::Noise(Some(interval));
            }
            return if is_measured(row) {
                Spread::Bounds(interval)
            } else {
                Spread::Sample(interval)
            };
        }
        if !self.is_complete(row) {
            return if says_noise(row) { Spread::Noise(None) } else { Spread::Unknown };
        }
        if !has_noise(row) {
            return Spread::Complete;
        }
        let most = self.noise_bound.zip(cells).map(|(bound, cells)| bound * as_number(cells));
        let around =
            |(most, value): (f64, f64)| Interval { lower: value - most, upper: value + most };
        Spread::Noise(most.zip(row.value).map(around))
    }

    /// Whether the value is a complete count or follows from one.
    #[must_use]
    pub fn is_complete(&self, row: &Observation) -> bool {
        self.complete.contains(&row.indicator) && !is_lower_bound(row)
    }
}

/// Whether noise was added to one of the two and not to the other, be they complete or not.
#[must_use]
pub fn disclosure_differs(old: &Observation, new: &Observation) -> bool {
    has_noise(old) != has_noise(new)
}

/// Why two values cannot be compared, whatever their method, geography, coverage and year.
#[must_use]
pub fn incomparable(old: &Observation, new: &Observation) -> Option<Reason> {
    let either = |test: fn(&Observation) -> bool| test(old) || test(new);
    if either(|row| row.obs_status == ObsStatus::Q) {
        Some(Reason::Suppressed)
    } else if either(|row| row.value.is_none()) {
        Some(without_value(if old.value.is_none() { old } else { new }))
    } else if either(|row| row.obs_status == ObsStatus::B) {
        Some(Reason::BreakInSeries)
    } else if old.unit != new.unit {
        Some(Reason::UnitDiffers)
    } else if ways_differ(old, new) {
        Some(Reason::WaysDiffer)
    } else if old.definition != new.definition {
        Some(Reason::DefinitionDiffers)
    } else {
        None
    }
}

/// Whether two values rest on different shares of what they describe.
#[must_use]
pub fn coverage_differs(old: &Observation, new: &Observation) -> bool {
    let covers = |row: &Observation| row.coverage.unwrap_or(1.0);
    (covers(old) - covers(new)).abs() > SAME_COVERAGE
}

/// Whether the figures of two observations differ: value, bounds or status.
#[must_use]
pub fn is_changed(old: &Observation, new: &Observation) -> bool {
    let figures = |row: &Observation| (row.value, row.lower, row.upper, row.obs_status);
    figures(old) != figures(new)
}

fn without_value(row: &Observation) -> Reason {
    if row.method.starts_with("range_over_units") {
        Reason::RangeOverUnits
    } else if row.lower.is_some() || row.upper.is_some() {
        Reason::OnlyBound
    } else {
        Reason::Missing
    }
}

/// Measured on the map, or counted in a register: its interval bounds what can be, and is no matter of samples.
fn is_measured(row: &Observation) -> bool {
    let hard = ["straight_line", "street_network", "transit", "entries_of_register"];
    hard.iter().any(|method| row.method.starts_with(method))
}

/// Whether one of two ways is walked along streets, and the other, or a part of it, is a straight line.
fn ways_differ(old: &Observation, new: &Observation) -> bool {
    let way = |row: &Observation| {
        let is_way = ["straight_line", "street_network"].iter().any(|m| row.method.starts_with(m));
        is_way.then(|| row.method.split("; ").next().unwrap_or_default().to_owned())
    };
    way(old).zip(way(new)).is_some_and(|(old, new)| old != new)
}

/// A count of a register that does not claim to hold all.
fn is_lower_bound(row: &Observation) -> bool {
    row.method.ends_with("; lower_bound")
}

/// Counts of people are shifted, and so is what follows from them; a surface is no count, and neither is the estimate of a
/// sample, which has an interval of its own.
fn has_noise(row: &Observation) -> bool {
    let is_surface = row.theme == "geography";
    let is_estimate = row.lower.is_some() && row.upper.is_some();
    let of_scb = row.source.contains("Statistics Sweden") || row.source.contains("SCB");
    let since = row.year.is_some_and(|year| year >= NOISE_FROM);
    says_noise(row) || of_scb && !is_surface && !is_estimate && since
}

/// The catalogue declares noise, of a known size or not, and the method of each count says so.
fn says_noise(row: &Observation) -> bool {
    row.method.contains("; cell_key")
}

#[allow(clippy::cast_precision_loss)] // a number of units
fn as_number(cells: usize) -> f64 {
    cells as f64
}
