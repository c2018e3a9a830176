//! A data cube as PX and JSON-stat hold it: dimensions, and a cell for each combination of categories.
//!
//! Both become one row a combination, with the contents spread over value columns.

use std::path::Path;

use super::error::{FormatError, Place};
use super::raw::{ColumnRole, Members, RawColumn, RawTable};
use super::text::is_missing_mark;
use crate::model::ObsStatus;

/// A sparse file can name a cube far larger than itself; beyond this many cells it is refused.
pub(super) const MAX_SPARSE_CELLS: usize = 2_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    Geography,
    Time,
    /// The contents: its categories are what was measured, each becomes a column.
    Metric,
    Other,
}

impl Axis {
    /// The role of a dimension by the codes that Nordic offices use, where the file states none.
    pub(super) fn of_known_code(code: &str) -> Self {
        match code.to_lowercase().as_str() {
            "region" | "regso" | "deso" | "kommun" | "lan" | "län" | "geo" => Self::Geography,
            "tid" | "time" | "år" | "year" => Self::Time,
            "contentscode" => Self::Metric,
            _ => Self::Other,
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Category {
    pub(super) code: String,
    pub(super) label: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Dimension {
    pub(super) code: String,
    pub(super) label: Option<String>,
    pub(super) axis: Axis,
    pub(super) categories: Vec<Category>,
    /// The code that the file calls the total of the others.
    pub(super) total: Option<String>,
}

impl Dimension {
    fn members(&self) -> Members {
        let label = |one: &Category| Some((one.code.clone(), one.label.clone()?));
        Members {
            total: self.total.clone(),
            labels: self.categories.iter().filter_map(label).collect(),
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) value: Option<String>,
    pub(super) status: ObsStatus,
}

impl Cell {
    pub(super) const MISSING: Self = Self { value: None, status: ObsStatus::M };
}

/// Cells in row-major order: the last dimension runs fastest.
#[derive(Debug)]
pub(super) struct Cube {
    pub(super) dimensions: Vec<Dimension>,
    pub(super) cells: Vec<Cell>,
    /// Where each cell stands in the file; empty where only its number is known.
    pub(super) places: Vec<usize>,
    /// Label of the single value column of a cube without a contents dimension.
    pub(super) measure: Option<String>,
    pub(super) title: Option<String>,
    pub(super) publisher: Option<String>,
    pub(super) notes: Vec<String>,
}

/// The number of cells of a cube, `None` when it cannot be counted.
pub(super) fn cell_count(sizes: impl IntoIterator<Item = usize>) -> Option<usize> {
    sizes.into_iter().try_fold(1_usize, usize::checked_mul)
}

impl Cube {
    /// One row a combination of categories; the contents become value columns.
    pub(super) fn into_table(mut self, file: &Path) -> Result<RawTable, FormatError> {
        let metric = self.dimensions.iter().position(|dimension| dimension.axis == Axis::Metric);
        let stride = metric.map_or(1, |at| {
            self.dimensions.iter().skip(at + 1).map(|later| later.categories.len()).product()
        });
        let stride = usize::max(stride, 1);
        let contents = match metric {
            Some(at) => self.dimensions.remove(at).categories,
            None => vec![Category { code: "value".to_owned(), label: self.measure.take() }],
        };
        let rows = self.cells.len().checked_div(contents.len()).unwrap_or_default();
        let mut columns = self.key_columns(rows);
        let others = self.dimensions.iter().filter(|one| one.axis == Axis::Other);
        let members = others.map(|one| (one.code.clone(), one.members())).collect();
        // Cell of row r and content k, where the contents stand `stride` cells apart.
        let at = |row: usize, k: usize| (row / stride * contents.len() + k) * stride + row % stride;
        let places: Vec<usize> =
            (0..rows).map(|row| self.places.get(at(row, 0)).copied().unwrap_or(row + 1)).collect();
        for (k, content) in contents.iter().enumerate() {
            let cells: Vec<Cell> = (0..rows).map(|row| self.take(at(row, k))).collect();
            columns.push(value_column(content.clone(), cells));
        }
        refuse_double_names(file, &columns)?;
        Ok(RawTable {
            columns,
            rows: places,
            notes: self.notes,
            title: self.title,
            publisher: self.publisher,
            members,
        })
    }

    fn take(&mut self, at: usize) -> Cell {
        self.cells.get_mut(at).map_or(Cell::MISSING, |cell| std::mem::replace(cell, Cell::MISSING))
    }

    /// A column a dimension, and after a geography the names of its areas.
    fn key_columns(&self, rows: usize) -> Vec<RawColumn> {
        let mut columns = Vec::new();
        let mut run = rows;
        for dimension in &self.dimensions {
            run = run.checked_div(dimension.categories.len()).unwrap_or_default();
            let spread = |pick: &dyn Fn(&Category) -> Option<String>| -> Vec<Option<String>> {
                let once = dimension.categories.iter().flat_map(|one| vec![pick(one); run]);
                once.collect::<Vec<_>>().into_iter().cycle().take(rows).collect()
            };
            let codes = spread(&|category| Some(category.code.clone()));
            columns.push(RawColumn {
                label: dimension.label.clone(),
                role: role(dimension.axis),
                ..RawColumn::plain(&dimension.code, codes)
            });
            if dimension.axis == Axis::Geography {
                let names = spread(&|category| category.label.clone());
                columns.push(RawColumn::plain(format!("{}_label", dimension.code), names));
            }
        }
        columns
    }
}

fn role(axis: Axis) -> ColumnRole {
    match axis {
        Axis::Geography => ColumnRole::Geography,
        Axis::Time => ColumnRole::Time,
        Axis::Metric | Axis::Other => ColumnRole::Dimension,
    }
}

fn value_column(content: Category, cells: Vec<Cell>) -> RawColumn {
    let said = cells.iter().any(|cell| cell.status != ObsStatus::A);
    let status = if said { cells.iter().map(|cell| cell.status).collect() } else { Vec::new() };
    RawColumn {
        name: content.code,
        label: content.label,
        role: ColumnRole::Value,
        cells: cells.into_iter().map(|cell| cell.value).collect(),
        status,
    }
}

/// Two columns of one name cannot be told apart downstream.
pub(super) fn refuse_double_names(file: &Path, columns: &[RawColumn]) -> Result<(), FormatError> {
    let mut seen = std::collections::BTreeSet::new();
    match columns.iter().find(|column| !seen.insert(&column.name)) {
        Some(column) => Err(FormatError::DuplicateColumn {
            place: Place::file(file),
            column: column.name.clone(),
        }),
        None => Ok(()),
    }
}

/// The first sentence of a publisher's note: enough to know that there is one, and what about.
///
/// PX writes `#` for a line break.
pub(super) fn publisher_note(text: &str) -> Option<String> {
    let text = text.replace('#', " ");
    let mut sentence = String::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        sentence.push_str(if sentence.is_empty() { "" } else { " " });
        sentence.push_str(word);
        // A capital letter after the full stop tells a sentence from an abbreviation.
        let capital = words.peek().is_some_and(|next| next.starts_with(char::is_uppercase));
        if capital && word.ends_with('.') && !is_missing_mark(word) {
            break;
        }
    }
    let short: String = sentence.chars().take(300).collect();
    let cut = if short.len() < sentence.len() { "…" } else { "" };
    (!short.is_empty()).then(|| format!("Publisher's note: {short}{cut}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_cut_after_its_first_sentence() {
        let note = |text: &str| publisher_note(text).unwrap_or_default();
        assert_eq!(note("Avser t.ex. 2024.\r\n Mer."), "Publisher's note: Avser t.ex. 2024.");
        assert_eq!(note(".. = Data not available"), "Publisher's note: .. = Data not available");
        assert_eq!(note("Footnote##.. = Data"), "Publisher's note: Footnote .. = Data");
        assert_eq!(note(" # "), "");
        assert!(note(&"å".repeat(400)).ends_with("å…"));
    }
}
