//! Published figures: one a row, each with its geography, definition and source.

use super::SourceError;
use crate::formats::csv::parse_number;
use crate::formats::{FormatError, Place, RawTable};
use crate::model::{Dataset, ObsStatus};

/// One published figure. A bound stands in `lower` or `upper`, with `value` empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    pub indicator: String,
    pub geography_level: String,
    pub geography_id: String,
    pub year: Option<i32>,
    pub sex: String,
    pub age: String,
    pub value: Option<f64>,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    pub obs_status: ObsStatus,
    pub definition: String,
    pub source: String,
}

/// How many answered a survey in one small area: quality metadata, never an indicator.
#[derive(Debug, Clone, PartialEq)]
pub struct Participation {
    pub geography_level: String,
    pub geography_id: String,
    pub year: Option<i32>,
    pub respondents: Option<f64>,
    pub response_rate: Option<f64>,
    pub source: String,
}

/// Reads a table of figures; every indicator must have a field.
///
/// # Errors
/// [`FormatError::MissingColumn`], [`FormatError::NotANumber`], [`FormatError::Row`],
/// [`SourceError::Dataset`] for an indicator without a field.
pub fn read_figures(
    place: &Place,
    dataset: &Dataset,
    raw: &RawTable,
) -> Result<Vec<Figure>, SourceError> {
    let rows = Rows { place, raw };
    let figures: Vec<Figure> = (0..raw.rows.len())
        .map(|row| {
            let status = rows.text("obs_status", row)?;
            Ok(Figure {
                indicator: rows.text("indicator", row)?,
                geography_level: rows.text("geography_level", row)?,
                geography_id: rows.text("geography_id", row)?,
                year: rows.year(row)?,
                sex: rows.text("sex", row)?,
                age: rows.text("age", row)?,
                value: rows.number("value", row)?,
                lower: rows.number("lower", row)?,
                upper: rows.number("upper", row)?,
                obs_status: ObsStatus::from_code(&status)
                    .ok_or_else(|| rows.fault(row, format!("unknown obs_status \"{status}\"")))?,
                definition: rows.text("definition", row)?,
                source: rows.source(row)?,
            })
        })
        .collect::<Result<_, FormatError>>()?;
    match figures.iter().find(|figure| !dataset.fields.contains_key(&figure.indicator)) {
        None => Ok(figures),
        Some(figure) => Err(SourceError::Dataset {
            dataset: dataset.id.clone(),
            reason: format!("indicator \"{}\" has no field", figure.indicator),
            help: "add it under [dataset.fields] with kind, unit and label".to_owned(),
        }),
    }
}

/// Reads a table of survey participation.
///
/// # Errors
/// [`FormatError::MissingColumn`], [`FormatError::NotANumber`].
pub fn read_participation(
    place: &Place,
    raw: &RawTable,
) -> Result<Vec<Participation>, FormatError> {
    let rows = Rows { place, raw };
    (0..raw.rows.len())
        .map(|row| {
            Ok(Participation {
                geography_level: rows.text("geography_level", row)?,
                geography_id: rows.text("geography_id", row)?,
                year: rows.year(row)?,
                respondents: rows.number("respondents", row)?,
                response_rate: rows.number("response_rate", row)?,
                source: rows.source(row)?,
            })
        })
        .collect()
}

/// Access by column name, with errors that say where.
pub(super) struct Rows<'a> {
    pub place: &'a Place,
    pub raw: &'a RawTable,
}

impl Rows<'_> {
    fn cell(&self, column: &str, row: usize) -> Result<Option<&str>, FormatError> {
        let found = self.raw.require(self.place, column)?;
        Ok(found.cells.get(row).and_then(Option::as_deref))
    }

    pub fn text(&self, column: &str, row: usize) -> Result<String, FormatError> {
        let cell = self.cell(column, row)?;
        cell.map(str::to_owned).ok_or_else(|| self.fault(row, format!("\"{column}\" is empty")))
    }

    fn number(&self, column: &str, row: usize) -> Result<Option<f64>, FormatError> {
        let Some(cell) = self.cell(column, row)? else { return Ok(None) };
        parse_number(cell, false).map(Some).ok_or_else(|| FormatError::NotANumber {
            place: self.place.clone(),
            row: self.line(row),
            column: column.to_owned(),
            cell: cell.to_owned(),
            help: "a bound goes into lower or upper, a word nowhere".to_owned(),
        })
    }

    #[allow(clippy::cast_possible_truncation)] // a year is far inside the range
    fn year(&self, row: usize) -> Result<Option<i32>, FormatError> {
        Ok(self.number("year", row)?.map(|year| year as i32))
    }

    fn source(&self, row: usize) -> Result<String, FormatError> {
        let (publisher, title) = (self.text("publisher", row)?, self.text("title", row)?);
        let url = self.text("url", row)?;
        Ok(format!("{publisher}: {title}, {url}"))
    }

    fn line(&self, row: usize) -> usize {
        self.raw.rows.get(row).copied().unwrap_or(row + 1)
    }

    fn fault(&self, row: usize, reason: String) -> FormatError {
        FormatError::Row {
            place: self.place.clone(),
            row: self.line(row),
            reason,
            help:
                "every figure needs indicator, geography, sex, age, status, definition and source"
                    .to_owned(),
        }
    }
}
