//! Registers that arenas keep themselves: who does what (actors), and what was proposed or tested (measures).
//!
//! A register is a table, by the open schema `data/actors.schema.json`; its columns have Swedish and English names. Every
//! fault of a file is told at once with row and column. A personal identity number is refused wherever it stands, and no
//! message repeats it.

mod actors;
mod cells;
mod columns;
mod faults;
mod frame;
mod measures;
#[cfg(test)]
mod tests;

pub use actors::{Known, SWEDEN, read_actors};
pub use columns::{ACTOR_COLUMNS, MEASURE_COLUMNS, RegisterColumn};
pub use faults::{RegisterError, RegisterFaults};
pub use frame::{actors_frame, measures_frame};
pub use measures::read_measures;

/// The schema of the actors' register as text (JSON Schema 2020-12).
#[must_use]
pub fn actors_schema() -> &'static str {
    include_str!("../../../data/actors.schema.json")
}

/// What a register holds, and what its keeper should look at.
#[derive(Debug)]
pub struct Read<T> {
    pub entries: Vec<T>,
    /// Where each entry stands in its file.
    pub rows: Vec<usize>,
    pub warnings: Vec<String>,
}
