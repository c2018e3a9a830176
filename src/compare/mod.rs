//! Comparing estimates: intervals, differences, ratios, funnel limits, and what a change means.
//!
//! Pure functions on numbers and observations. Nothing here knows a file. An interval is only ever made where chance
//! had a part: a complete count from a register has none.

mod ages;
mod agreement;
mod difference;
mod duplicates;
mod funnel;
mod gamma;
mod holm;
mod interval;
mod normal;
mod priority;
mod reason;
mod rules;
mod standardise;
mod verdict;

pub use ages::{AgeClass, PUBLISHED, Published, Standard};
pub use agreement::{Agreement, Limit, agreement, ranks};
pub use difference::{Estimate, difference, p_value, ratio};
pub use duplicates::{Alike, Candidate, duplicates};
pub use funnel::{Funnel, Place, funnel_of_rate, funnel_of_share};
pub use gamma::{chi_square_quantile, student_quantile};
pub use holm::holm;
pub use interval::{Interval, byar, count, exact_poisson, wilson};
pub use normal::{quantile, two_sided, upper_tail};
pub use priority::{Combine, Index, Need, Placed, RankRange, Reading, Trial};
pub use reason::Reason;
pub use rules::{PUBLISHED_LEVEL, Rules, Spread, coverage_differs, incomparable, is_changed};
pub use standardise::{Standardised, Stratum, standardise};
pub use verdict::{Compared, Pair, Verdict, judge};
