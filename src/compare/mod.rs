//! Comparing estimates: intervals, differences, ratios, funnel limits, and what a change means.
//!
//! Pure functions on numbers and observations. Nothing here knows a file. An interval is only ever made where chance
//! had a part: a complete count from a register has none.

mod difference;
mod funnel;
mod holm;
mod interval;
mod normal;
mod reason;
mod rules;
mod verdict;

pub use difference::{Estimate, difference, p_value, ratio};
pub use funnel::{Funnel, Place, funnel_of_rate, funnel_of_share};
pub use holm::holm;
pub use interval::{Interval, byar, count, exact_poisson, wilson};
pub use normal::{quantile, two_sided, upper_tail};
pub use reason::Reason;
pub use rules::{PUBLISHED_LEVEL, Rules, Spread, coverage_differs, incomparable, is_changed};
pub use verdict::{Compared, Pair, Verdict, judge};
