//! The columns of any file, as text or as numbers.

use std::path::Path;

use super::PipelineError;
use crate::formats::csv::{parse_number, why_not_a_number};
use crate::formats::{self, Content, FormatError, OpenOptions, Place, RawTable};
use crate::sources::raw_from_frame;

/// The rows of a file, shapes aside.
pub struct Records {
    place: Place,
    table: RawTable,
}

impl Records {
    /// Opens a table, or the attributes of a layer.
    ///
    /// # Errors
    /// [`PipelineError::Format`]; [`PipelineError::Request`] for a file without rows.
    pub fn open(file: &Path, open: &OpenOptions) -> Result<Self, PipelineError> {
        let table = match formats::open(file, open)? {
            Content::Raw(raw) => raw,
            Content::Frame(frame) => raw_from_frame(&frame),
            Content::Layer { layer, .. } => raw_from_frame(layer.frame()),
        };
        let place = Place::file(file);
        if table.rows.is_empty() {
            return Err(PipelineError::Request {
                what: format!("{place}: has no rows"),
                help: "export it again; only the names of its columns are there".to_owned(),
            });
        }
        Ok(Self { place, table })
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.rows.len()
    }

    /// Whether there are none; never so for what was opened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.table.rows.is_empty()
    }

    /// For messages: the file.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Where a row stands in the file, for messages.
    #[must_use]
    pub fn line(&self, row: usize) -> usize {
        self.table.rows.get(row).copied().unwrap_or(row + 1)
    }

    /// The cells of a column.
    ///
    /// # Errors
    /// [`FormatError::MissingColumn`].
    pub fn texts(&self, column: &str) -> Result<&[Option<String>], PipelineError> {
        Ok(&self.table.require(&self.place, column)?.cells)
    }

    /// The cells of a column that must all be there.
    ///
    /// # Errors
    /// [`FormatError::MissingColumn`], [`FormatError::Row`].
    pub fn all_texts<'a>(&'a self, column: &str) -> Result<Vec<&'a str>, PipelineError> {
        let cell = |(row, cell): (usize, &'a Option<String>)| {
            let empty = || self.fault(row, format!("column \"{column}\" is empty"));
            cell.as_deref().ok_or_else(empty)
        };
        self.texts(column)?.iter().enumerate().map(cell).collect()
    }

    /// A column of numbers; missing ones are `None`.
    ///
    /// # Errors
    /// [`FormatError::MissingColumn`], [`FormatError::NotANumber`] with the row.
    pub fn numbers(&self, column: &str) -> Result<Vec<Option<f64>>, PipelineError> {
        let read = |(row, cell): (usize, &Option<String>)| match cell.as_deref() {
            None => Ok(None),
            Some(cell) => parse_number(cell, false).map(Some).ok_or_else(|| {
                FormatError::NotANumber {
                    place: self.place.clone(),
                    row: self.line(row),
                    column: column.to_owned(),
                    cell: cell.to_owned(),
                    help: why_not_a_number(cell, false),
                }
                .into()
            }),
        };
        self.texts(column)?.iter().enumerate().map(read).collect()
    }

    /// A fault of a row.
    #[must_use]
    pub fn fault(&self, row: usize, reason: String) -> PipelineError {
        FormatError::Row {
            place: self.place.clone(),
            row: self.line(row),
            reason,
            help: "correct the row in the file, or leave it out".to_owned(),
        }
        .into()
    }

    /// The row of each key, in the order of the file.
    ///
    /// # Errors
    /// [`FormatError::MissingColumn`], [`FormatError::Row`], [`FormatError::DuplicateKey`].
    pub fn keys(&self, column: &str) -> Result<Vec<&str>, PipelineError> {
        let keys = self.all_texts(column)?;
        let mut first = std::collections::BTreeMap::new();
        for (row, key) in keys.iter().enumerate() {
            if let Some(known) = first.insert(*key, row) {
                return Err(FormatError::DuplicateKey {
                    place: self.place.clone(),
                    key: (*key).to_owned(),
                    first: self.line(known),
                    row: self.line(row),
                    help: "keep one row a key".to_owned(),
                }
                .into());
            }
        }
        Ok(keys)
    }
}
