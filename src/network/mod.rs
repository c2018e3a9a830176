//! Streets and timetables as compact arrays, and the searches on them. No statistics here.
//!
//! ```text
//! Extract + Profile ─► StreetNetwork ─► Snap a point ─► Search, nearest
//! ```

mod build;
mod components;
mod fold;
mod graph;
mod nearest;
mod plane;
mod profile;
mod search;
mod snap;

pub use build::build;
pub use graph::{Edge, NO_WAY, StreetNetwork};
pub use nearest::{Found, nearest};
pub use plane::metres_between;
pub use profile::{Blocks, Mode, Passage, Passages, Profile, Profiles};
pub use search::{Direction, Search, Targets};
pub use snap::{Snap, SnapIndex, Unplaced};

/// What can be wrong with streets and timetables.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum NetworkError {
    #[error("the table of street profiles cannot be read: {reason}")]
    #[diagnostic(help("start from the table that `scale access --print-profiles` shows"))]
    Profiles { reason: String },

    #[error("the streets hold nothing that can be used by {mode}")]
    #[diagnostic(help("check that the extract holds highways, and the profile of this mode"))]
    NoStreets { mode: &'static str },

    #[error("the streets are too many: more than {limit} {what}")]
    #[diagnostic(help("read a smaller extract, or one area at a time with --area"))]
    TooLarge { what: &'static str, limit: u32 },
}

#[cfg(test)]
mod tests;
