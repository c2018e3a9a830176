//! `scale` turns open statistics and geodata into a defensible baseline of a neighbourhood.
//!
//! The data make one journey, and the modules are its rooms:
//!
//! ```text
//! sources ─► formats ─► areas ─► interpolate ─► indicators, access ─► publish
//! bytes      decode     compose  carry          measure               GeoPackage, GeoParquet, manifest
//!                       clip
//! ```
//!
//! [`pipeline`] walks the journey for a command, [`cli`] is what the user types and reads, [`model`] holds the
//! nouns that the rooms hand each other. Imports run downward only; the library prints nothing.
//!
//! # A first look
//! ```
//! use scale::sources::{Data, Snapshot};
//!
//! let snapshot = Snapshot::embedded()?;
//! let data = Data::load(&snapshot)?;
//! let units = data.units_of("regso-2025").map_or(0, |units| units.areas.len());
//! assert_eq!(units, 143);
//! # Ok::<(), scale::Error>(())
//! ```

pub mod access;
pub mod areas;
pub mod cli;
pub mod compare;
pub mod environment;
mod error;
pub mod formats;
pub mod indicators;
pub mod interpolate;
pub mod model;
pub mod network;
pub mod pipeline;
pub mod publish;
pub mod sources;

pub use error::Error;
