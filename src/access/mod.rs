//! Measures of what can be reached, worked out from travel times.
//!
//! Times come from the streets or the timetable; here they are only counted, weighed and compared.

mod catchment;
mod decay;
pub mod equity;
pub mod isochrones;
mod measure;
mod opportunities;
mod percentiles;
mod straight_line;

pub use catchment::{Catchments, Supply};
pub use decay::{Decay, minutes};
pub use measure::{Catchment, Measure};
pub use opportunities::{Opportunities, cumulative, dual, gravity};
pub use percentiles::{percentile, percentile_of_numbers};
pub use straight_line::{DETOUR, Nearest, closest, nearest};

/// A measure that is not written as it must be.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum AccessError {
    #[error("measure \"{given}\": {reason}")]
    #[diagnostic(help("`scale access --help` shows a command for every measure"))]
    Measure { given: String, reason: String },

    #[error("decay \"{given}\": {reason}")]
    #[diagnostic(help(
        "known: exp:10min, gauss:10min, logistic:20min:5min, power:1.5, linear:30min"
    ))]
    Decay { given: String, reason: String },

    #[error("{what} of {given} cannot be compared between residents")]
    #[diagnostic(help("values and residents are 0 or more, ranks are numbers"))]
    Amount { what: &'static str, given: f64 },

    #[error("bounds \"{given}\" {reason}")]
    #[diagnostic(help(
        "--bounds takes the least and the most that the measure can be, as in 0,100"
    ))]
    Bounds { given: String, reason: String },
}

/// Minutes of a time in milliseconds.
#[must_use]
pub fn as_minutes(time_ms: u32) -> f64 {
    f64::from(time_ms) / 60_000.0
}

/// A limit in minutes as milliseconds, rounded down to what a time can be compared with.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the range is checked
pub fn as_milliseconds(minutes: f64) -> u32 {
    (minutes * 60_000.0).clamp(0.0, f64::from(u32::MAX - 1)) as u32
}
