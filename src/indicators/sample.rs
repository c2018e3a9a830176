//! Intervals of what was counted in a sample.
//!
//! # What it does
//! A share of those who were asked has Wilson's score interval; events, or a rate of them, the exact Poisson limits below 10
//! and Byar's from 10 on. Of several units the counts are added up first. The level is that of published intervals, 95 %.
//!
//! # Assumes
//! A simple random sample, or events that come independently of each other.
//!
//! # Units
//! Those of the value.
//!
//! # When it misleads
//! On answers that are weighted, or drawn in clusters: they are less certain. Give the survey's own bounds then
//! (`NAME_lower`, `NAME_upper`).
//!
//! # Example
//! 81 of 263 who answered are 30.8 % (25.5 to 36.6).
//!
//! # References
//! As [`crate::compare::wilson`] and [`crate::compare::count`].

use crate::compare::{PUBLISHED_LEVEL, count, wilson};
use crate::model::{Observation, Sample};

/// Adds the interval of so many (of so many, times `per`) to a row that has a value and no bounds yet.
pub(super) fn with_interval(
    of: Sample,
    (above, below): (f64, f64),
    per: f64,
    row: Observation,
) -> Observation {
    if row.value.is_none() || row.lower.is_some() || row.upper.is_some() {
        return row;
    }
    let (interval, name) = match of {
        Sample::Share => (wilson(above, below, PUBLISHED_LEVEL), "wilson"),
        Sample::Events => {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            // the range is checked
            let events = (above >= 0.0 && below > 0.0).then(|| above.round() as u64);
            let interval = events.map(|events| count(events, PUBLISHED_LEVEL).times(1.0 / below));
            (interval, "poisson")
        }
    };
    match interval.map(|interval| interval.times(per)) {
        Some(interval) => Observation {
            lower: Some(interval.lower),
            upper: Some(interval.upper),
            method: format!("{}; {name}", row.method),
            ..row
        },
        None => row,
    }
}
