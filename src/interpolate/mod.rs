//! Carrying values from one geography onto another.

mod areal;

pub use areal::{Overlap, Overlaps};
