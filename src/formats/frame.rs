//! Attribute columns of spatial files: read cell by cell, kept as narrow as the cells allow.

use polars::prelude::{Column, DataFrame, DataType, NamedFrom, PolarsError, Series};

use super::csv::{parse_number, why_not_a_number};
use super::{FormatError, Place};
use crate::model::MissingColumn;

/// One attribute value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Real(f64),
    Text(String),
}

/// A column under construction.
pub struct Attribute {
    pub name: String,
    pub values: Vec<Value>,
}

/// Builds a frame: whole numbers, numbers, truth values or, where they mix, text.
///
/// # Errors
/// [`FormatError::DuplicateColumn`].
pub fn build(
    place: &Place,
    attributes: &[Attribute],
    height: usize,
) -> Result<DataFrame, FormatError> {
    refuse_double(place, attributes.iter().map(|attribute| attribute.name.as_str()))?;
    let columns = attributes.iter().map(column).collect();
    DataFrame::new(height, columns).map_err(|error| fault(place, &error))
}

/// Builds a frame of columns of text.
///
/// # Errors
/// [`FormatError::DuplicateColumn`].
pub fn of_texts(
    place: &Place,
    texts: Vec<(String, Vec<Option<String>>)>,
    height: usize,
) -> Result<DataFrame, FormatError> {
    refuse_double(place, texts.iter().map(|(name, _)| name.as_str()))?;
    let column = |(name, cells): (String, Vec<Option<String>>)| {
        Column::from(Series::new(name.as_str().into(), cells))
    };
    DataFrame::new(height, texts.into_iter().map(column).collect())
        .map_err(|error| fault(place, &error))
}

fn refuse_double<'a>(
    place: &Place,
    names: impl Iterator<Item = &'a str>,
) -> Result<(), FormatError> {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => {
            let column = pair[0].to_owned();
            Err(FormatError::DuplicateColumn { place: place.clone(), column })
        }
        None => Ok(()),
    }
}

/// A fault of polars that no input should cause.
#[must_use]
pub fn fault(place: &Place, error: &PolarsError) -> FormatError {
    FormatError::Decode {
        file: place.file.clone(),
        reason: error.to_string(),
        help: "this is a fault of the program; please report it".to_owned(),
    }
}

/// Columns as the program knows them: whole numbers, numbers, truth values, text.
///
/// # Errors
/// [`FormatError::Decode`] for a column that has no text form.
pub fn normalise(place: &Place, frame: DataFrame) -> Result<DataFrame, FormatError> {
    let height = frame.height();
    let columns: Vec<Column> = frame
        .into_columns()
        .into_iter()
        .map(|column| {
            let wanted = match column.dtype() {
                DataType::Boolean | DataType::String | DataType::Int64 | DataType::Float64 => {
                    return Ok(column);
                }
                dtype if dtype.is_integer() => DataType::Int64,
                dtype if dtype.is_float() => DataType::Float64,
                _ => DataType::String,
            };
            column.cast(&wanted)
        })
        .collect::<Result<_, _>>()
        .map_err(|error| fault(place, &error))?;
    DataFrame::new(height, columns).map_err(|error| fault(place, &error))
}

/// A column as numbers: those of a number column as they are, text read cell by cell.
///
/// # Errors
/// [`FormatError::MissingColumn`], [`FormatError::NotANumber`] with the row.
pub fn numbers(
    place: &Place,
    frame: &DataFrame,
    name: &str,
) -> Result<Vec<Option<f64>>, FormatError> {
    let column = frame.column(name).map_err(|_| MissingColumn::in_frame(place, name, frame))?;
    let Ok(texts) = column.str() else {
        let cast = column.cast(&DataType::Float64).map_err(|error| fault(place, &error))?;
        return Ok(cast.f64().map_err(|error| fault(place, &error))?.iter().collect());
    };
    let read = |(row, cell): (usize, Option<&str>)| match cell {
        None => Ok(None),
        Some(cell) => parse_number(cell, false).map(Some).ok_or_else(|| FormatError::NotANumber {
            place: place.clone(),
            row: row + 1,
            column: name.to_owned(),
            cell: cell.to_owned(),
            help: why_not_a_number(cell, false),
        }),
    };
    texts.iter().enumerate().map(read).collect()
}

fn column(attribute: &Attribute) -> Column {
    let name = attribute.name.as_str().into();
    let values = &attribute.values;
    let present = || values.iter().filter(|value| **value != Value::Null);
    let series = if present().next().is_none() {
        Series::full_null(name, values.len(), &DataType::String)
    } else if present().all(|value| matches!(value, Value::Bool(_))) {
        let cells: Vec<Option<bool>> = values.iter().map(as_bool).collect();
        Series::new(name, cells)
    } else if present().all(|value| matches!(value, Value::Int(_))) {
        let cells: Vec<Option<i64>> = values.iter().map(as_int).collect();
        Series::new(name, cells)
    } else if present().all(|value| matches!(value, Value::Int(_) | Value::Real(_))) {
        let cells: Vec<Option<f64>> = values.iter().map(as_real).collect();
        Series::new(name, cells)
    } else {
        let cells: Vec<Option<String>> = values.iter().map(as_text).collect();
        Series::new(name, cells)
    };
    series.into()
}

fn as_bool(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        _ => None,
    }
}

fn as_int(value: &Value) -> Option<i64> {
    match value {
        Value::Int(value) => Some(*value),
        _ => None,
    }
}

#[allow(clippy::cast_precision_loss)] // attributes beyond 2^53 are identifiers, which are text
fn as_real(value: &Value) -> Option<f64> {
    match value {
        Value::Int(value) => Some(*value as f64),
        Value::Real(value) => Some(*value),
        _ => None,
    }
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(value) => Some(value.to_string()),
        Value::Int(value) => Some(value.to_string()),
        Value::Real(value) => Some(value.to_string()),
        Value::Text(text) => Some(text.clone()),
    }
}
