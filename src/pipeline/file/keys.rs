//! What may stand in a table of a pipeline file.

use super::quantity::Unit;

/// One key of a table.
pub struct Key {
    pub name: &'static str,
    pub shape: Shape,
    pub required: bool,
    /// What it says, for the schema that editors show.
    pub doc: &'static str,
}

impl Key {
    #[must_use]
    pub const fn new(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Self { name, shape, required: false, doc }
    }

    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

/// What a value looks like.
#[derive(Clone, Copy)]
pub enum Shape {
    Text,
    /// One text or a list of them.
    Texts,
    Flag,
    /// A number with bounds.
    Number(f64, f64),
    /// A number with a unit, such as "15 min"; bounds are in the unit's base. A bare number is in that base.
    Quantity(Unit, f64, f64),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A path, relative to the pipeline file, or what a step made: `step:ID` or `step:ID/NAME`.
    File,
    Files,
    /// `units`, `grid:100`, `h3:9`, `buildings`, `populated`, `services:…` or a file.
    Places,
    /// The name of a file to write into the folder of results: no folder in it.
    Name,
    /// Ids of steps.
    Steps,
    /// Texts by name, such as new names of columns.
    Pairs,
    /// A table that the step reads by itself.
    Table,
    /// The same, or a file that holds it.
    TableOrFile,
    /// Tables by name, each with these keys.
    Entries(&'static [Key]),
}
