//! Networks and the searches on them: who reaches what, when. No statistics here.

mod destinations;
mod error;
mod footpaths;
mod raptor;
mod timetable;

#[cfg(test)]
mod tests_porto_alegre;
#[cfg(test)]
mod tests_search;
#[cfg(test)]
mod tests_timetable;

pub use destinations::{Destinations, Egress};
pub use error::NetworkError;
pub use footpaths::Footpaths;
pub use raptor::{Minute, Request, Search, UNREACHED, Wait};
pub use timetable::{Timetable, TimetableOptions, TimetableStop};
