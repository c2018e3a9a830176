//! Timetables of one day and the search for every departure in a window.

mod destinations;
mod footpaths;
mod raptor;
mod request;
mod timetable;

#[cfg(test)]
mod tests_plain_search;
#[cfg(test)]
mod tests_search;
#[cfg(test)]
mod tests_timetable;

pub use destinations::{Destinations, Egress};
pub use footpaths::Footpaths;
pub use raptor::{Minute, Search, UNREACHED};
pub use request::{Request, Wait};
pub use timetable::{Timetable, TimetableOptions, TimetableStop};

use super::NetworkError;
