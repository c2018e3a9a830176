//! A table of values joined to a layer by key.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use polars::prelude::{Column, DataFrame, NamedFrom, Series};

use super::PipelineError;
use crate::formats::{self, Content, FormatError, OpenOptions, Place, RawTable};
use crate::sources::raw_from_frame;

/// The table and the columns that both sides share.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    pub file: &'a Path,
    pub open: &'a OpenOptions,
    pub key: Option<&'a str>,
    /// The key column of the table, where it has another name.
    pub values_key: Option<&'a str>,
}

impl Values<'_> {
    /// The frame of the layer in `input` with the columns of the table beside its own; those of one name are the table's.
    ///
    /// # Errors
    /// Those of opening the table; [`FormatError::MissingColumn`], [`FormatError::DuplicateKey`],
    /// [`PipelineError::KeysDoNotJoin`].
    pub fn join(
        &self,
        input: &Path,
        frame: &DataFrame,
        notes: &mut Vec<String>,
    ) -> Result<DataFrame, PipelineError> {
        let key = self.key.ok_or_else(|| PipelineError::Request {
            what: "--values needs --key".to_owned(),
            help: "name the column that both files share, for example --key id".to_owned(),
        })?;
        let table_key = self.values_key.unwrap_or(key);
        let table = match formats::open(self.file, self.open)? {
            Content::Raw(raw) => raw,
            Content::Frame(frame) => raw_from_frame(&frame),
            Content::Layer { layer, .. } => raw_from_frame(layer.frame()),
        };
        let features = raw_from_frame(frame);
        let left = &features.require(&Place::file(input), key)?.cells;
        let rows = self.rows(&table, table_key)?;
        self.check(input, left, &rows, notes)?;
        let mut out = frame.clone();
        for column in table.columns.iter().filter(|column| column.name != table_key) {
            let cells: Vec<Option<&str>> = left
                .iter()
                .map(|cell| column.cells.get(*rows.get(cell.as_deref()?)?)?.as_deref())
                .collect();
            let cells = Column::from(Series::new(column.name.as_str().into(), cells));
            out.with_column(cells).map_err(|source| PipelineError::Frame {
                table: self.file.display().to_string(),
                source,
            })?;
        }
        Ok(out)
    }

    fn rows<'t>(
        &self,
        table: &'t RawTable,
        key: &str,
    ) -> Result<BTreeMap<&'t str, usize>, PipelineError> {
        let place = Place::file(self.file);
        let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
        for (row, cell) in table.require(&place, key)?.cells.iter().enumerate() {
            let Some(cell) = cell.as_deref() else { continue };
            if let Some(first) = rows.insert(cell, row) {
                return Err(FormatError::DuplicateKey {
                    place,
                    key: cell.to_owned(),
                    first: table.rows.get(first).copied().unwrap_or(first + 1),
                    row: table.rows.get(row).copied().unwrap_or(row + 1),
                    help: "keep one row a key".to_owned(),
                }
                .into());
            }
        }
        Ok(rows)
    }

    /// No key in common is a fault; single strangers on either side are told.
    fn check(
        &self,
        input: &Path,
        features: &[Option<String>],
        rows: &BTreeMap<&str, usize>,
        notes: &mut Vec<String>,
    ) -> Result<(), PipelineError> {
        let known: BTreeSet<&str> = features.iter().filter_map(Option::as_deref).collect();
        let strangers: Vec<&str> =
            rows.keys().copied().filter(|key| !known.contains(key)).collect();
        let first = |keys: &[&str]| keys.iter().take(10).copied().collect::<Vec<_>>().join(", ");
        if strangers.len() == rows.len() {
            return Err(PipelineError::KeysDoNotJoin {
                file: self.file.to_owned(),
                count: strangers.len(),
                first: first(&strangers),
            });
        }
        if !strangers.is_empty() {
            notes.push(format!(
                "{}: {} keys join no feature: {}",
                self.file.display(),
                strangers.len(),
                first(&strangers)
            ));
        }
        let bare: Vec<&str> = known.iter().copied().filter(|key| !rows.contains_key(key)).collect();
        if !bare.is_empty() {
            notes.push(format!(
                "{}: {} features have no values: {}",
                input.display(),
                bare.len(),
                first(&bare)
            ));
        }
        Ok(())
    }
}
