//! The program's own readers of foreign bytes, by themselves.
//!
//! The files are those of the program; only the three errors that speak of frames and of PROJ are stood in for.

#![allow(dead_code, unused_imports)]

pub mod formats;
pub mod model;

#[path = "../../src/sources/providers/capabilities.rs"]
pub mod capabilities;
