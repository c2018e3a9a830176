//! A table as a file holds it: text cells, nothing typed yet.

use std::collections::BTreeMap;

use super::{FormatError, Place};
use crate::model::{MissingColumn, ObsStatus};

/// What a column of a statistical file is for, where the format says so.
///
/// CSV says nothing ([`ColumnRole::Unknown`]); PX, JSON-stat and `PxWeb` mark the geography, the time
/// and the measured values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnRole {
    Unknown,
    Geography,
    Time,
    Dimension,
    Value,
}

/// One column: its code, its human label if the format has one, and one optional text a row.
///
/// `None` is a missing cell. `status` is empty or as long as `cells`; it says why a cell is missing
/// (or how a present one was made) when the format knows.
#[derive(Debug, Clone, PartialEq)]
pub struct RawColumn {
    pub name: String,
    pub label: Option<String>,
    pub role: ColumnRole,
    pub cells: Vec<Option<String>>,
    pub status: Vec<ObsStatus>,
}

impl RawColumn {
    /// A column without label, role or status.
    #[must_use]
    pub fn plain(name: impl Into<String>, cells: Vec<Option<String>>) -> Self {
        Self {
            name: name.into(),
            label: None,
            role: ColumnRole::Unknown,
            cells,
            status: Vec::new(),
        }
    }
}

/// The columns of a file, in file order, all of the same length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RawTable {
    pub columns: Vec<RawColumn>,
    /// Where each row stands in the file (1-based line, record or feature), for messages.
    pub rows: Vec<usize>,
    /// What was detected or left out on the way: encoding, delimiter, decimal mark, footnotes.
    pub notes: Vec<String>,
    /// Title of the table, where the file states one.
    pub title: Option<String>,
    /// Publisher, where the file states one.
    pub publisher: Option<String>,
    /// What the file says of the codes of its dimensions, by the name of the column.
    pub members: BTreeMap<String, Members>,
}

/// The categories of a dimension, as the metadata of a file describe them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Members {
    /// The code that stands for all others together.
    pub total: Option<String>,
    /// Labels by code.
    pub labels: BTreeMap<String, String>,
}

impl RawTable {
    /// The column of that name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&RawColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The column of that name, which has to be there.
    ///
    /// # Errors
    /// [`FormatError::MissingColumn`] with the columns that are there.
    pub fn require(&self, place: &Place, name: &str) -> Result<&RawColumn, FormatError> {
        let names = self.columns.iter().map(|column| column.name.as_str());
        self.column(name).ok_or_else(|| MissingColumn::new(place, name, names).into())
    }
}
