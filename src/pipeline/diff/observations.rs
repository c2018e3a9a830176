//! The table `indicators` read back.

use std::path::Path;

use polars::prelude::DataFrame;

use super::sheet::{Cell, Sheet, cell};
use crate::formats::{FormatError, Place};
use crate::model::{MissingColumn, ObsStatus, Observation, Role};

/// The columns by which the table is known.
const KNOWN_BY: [&str; 4] = ["indicator", "geography_id", "value", "obs_status"];

/// Whether a layer is a table of indicators.
pub(super) fn is_indicators(sheet: &Sheet) -> bool {
    KNOWN_BY.iter().all(|name| sheet.frame.column(name).is_ok())
}

/// The rows of a table of indicators.
///
/// # Errors
/// [`FormatError::MissingColumn`], [`FormatError::Row`] for a role or status that is none.
pub(super) fn read(sheet: &Sheet) -> Result<Vec<Observation>, FormatError> {
    let table = Table { file: &sheet.file, frame: &sheet.frame };
    (0..sheet.frame.height()).map(|row| table.observation(row)).collect()
}

struct Table<'a> {
    file: &'a Path,
    frame: &'a DataFrame,
}

impl Table<'_> {
    fn observation(&self, row: usize) -> Result<Observation, FormatError> {
        let text = |name: &str| Ok::<_, FormatError>(self.cell(name, row)?.text());
        let number = |name: &str| {
            Ok::<_, FormatError>(match self.cell(name, row)? {
                Cell::Number(number) => Some(number),
                _ => None,
            })
        };
        let (role, status) = (text("role")?, text("obs_status")?);
        let role = Role::from_id(&role).ok_or_else(|| self.fault(row, "role", &role))?;
        let obs_status =
            ObsStatus::from_code(&status).ok_or_else(|| self.fault(row, "obs_status", &status))?;
        #[allow(clippy::cast_possible_truncation)] // a year is far inside the range
        let year = number("year")?.map(|year| year as i32);
        Ok(Observation {
            area_id: text("area_id")?,
            unit_id: Some(text("unit_id")?).filter(|unit| !unit.is_empty()),
            geography_level: text("geography_level")?,
            geography_id: text("geography_id")?,
            role,
            indicator: text("indicator")?,
            theme: text("theme")?,
            value: number("value")?,
            lower: number("lower")?,
            upper: number("upper")?,
            unit: text("unit")?,
            year,
            sex: text("sex")?,
            age: text("age")?,
            obs_status,
            method: text("method")?,
            coverage: number("coverage")?,
            definition: text("definition")?,
            source: text("source")?,
        })
    }

    fn cell(&self, name: &str, row: usize) -> Result<Cell, FormatError> {
        let column = self
            .frame
            .column(name)
            .map_err(|_| MissingColumn::in_frame(Place::file(self.file), name, self.frame))?;
        Ok(Cell::of(&cell(column, row)))
    }

    fn fault(&self, row: usize, column: &str, found: &str) -> FormatError {
        FormatError::Row {
            place: Place::file(self.file),
            row: row + 1,
            reason: format!("\"{found}\" is no {column}"),
            help: "the file was changed after it was made: make the baseline again".to_owned(),
        }
    }
}
