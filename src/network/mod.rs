//! Streets and timetables as compact arrays, and the searches on them. No statistics here.

mod error;
pub mod streets;
pub mod transit;

pub use error::NetworkError;
