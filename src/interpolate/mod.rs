//! Carrying values from one geography onto another.
//!
//! [`Weights`] says how much of every source goes to every target; it is made once for a pair of geographies, from the
//! surface both share ([`Edges`]) or cell by cell ([`coverage`]), and applied to every column.

mod areal;
mod changes;
mod columns;
mod dasymetric;
mod edges;
mod either;
mod grid;
mod overlay;
mod saved;
mod smooth;
mod targets;
mod weights;
mod zonal;

pub use areal::{Overlap, Overlaps};
pub use changes::{Change, THRESHOLD, changes, changes_by_code};
pub use columns::{TOUCHES, both};
pub use dasymetric::{Amounts, of_points, of_polygons, pieces};
pub use edges::Edges;
pub use either::{Way, either_way};
pub use grid::{Cell, coverage};
pub use overlay::{overlaps, pairs};
pub use smooth::pycnophylactic;
pub use targets::{Targets, rows_at};
pub use weights::{Entry, Row, Weights};
pub use zonal::{Sample, Statistic, of_pieces, of_polygon, of_residents};
