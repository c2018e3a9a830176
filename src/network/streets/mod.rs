//! Streets of one mode: built from an extract, points put on them, shortest times.
//!
//! ```text
//! Extract + Profile ─► StreetNetwork ─► Snap a point ─► Search, nearest
//! ```

mod border;
mod build;
mod components;
mod contract;
mod fold;
mod graph;
mod nearest;
mod overlay;
mod plane;
mod profile;
mod reach;
mod rules;
mod saved;
mod search;
mod slope;
mod snap;
mod stress;
mod terrain;
mod turns;

pub use build::{Conditions, build, build_under};
pub use contract::Contracted;
pub use graph::{Edge, NO_WAY, Pieces, StreetNetwork};
pub use nearest::{Found, nearest};
pub use plane::{bounds, metres_between};
pub use profile::{Blocks, Mode, Passage, Passages, Profile, Profiles};
pub use reach::{Beside, Reach, Stretch};
pub use search::{Direction, Search, Targets};
pub use snap::{Snap, SnapIndex, Unplaced};
pub use stress::{Assumed, Reason, Stress, StressClass, StressTable};

use super::NetworkError;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_profile;
#[cfg(test)]
mod tests_terrain;
#[cfg(test)]
mod tests_turns;
