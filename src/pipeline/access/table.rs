//! The columns that an origin's row is made of.

use polars::prelude::{Column, NamedFrom, Series};

/// Columns under construction, in the order in which they are published.
#[derive(Default)]
pub struct Columns(pub Vec<Column>);

impl Columns {
    /// A column of numbers; what is missing is null.
    pub fn numbers(&mut self, name: &str, cells: Vec<Option<f64>>) {
        self.0.push(Column::from(Series::new(name.into(), cells)));
    }

    /// A column of text; what is missing is null.
    pub fn texts(&mut self, name: &str, cells: Vec<Option<&str>>) {
        self.0.push(Column::from(Series::new(name.into(), cells)));
    }

    /// A column of truth values.
    pub fn flags(&mut self, name: &str, cells: Vec<bool>) {
        self.0.push(Column::from(Series::new(name.into(), cells)));
    }
}
