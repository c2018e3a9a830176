//! The cells of a data set: values and statuses, as lists, as sparse objects, or one for all.

use std::path::Path;

use serde_json::Value;

use super::fault;
use crate::formats::cube::{Cell, MAX_SPARSE_CELLS};
use crate::formats::error::{FormatError, Place};
use crate::formats::text::{MarkCount, is_missing_mark};
use crate::model::ObsStatus;

/// Every cell in the order of the dimensions; what was missing by its mark is noted.
pub(super) fn cells(
    file: &Path,
    dataset: &Value,
    count: usize,
    notes: &mut Vec<String>,
) -> Result<Vec<Cell>, FormatError> {
    // PxWeb v2 answers a question for metadata with the same class and an empty list of values.
    let values = dataset
        .get("value")
        .filter(|values| !values.is_null() && values.as_array().is_none_or(|all| !all.is_empty()))
        .ok_or_else(|| fault(file, "it holds metadata and no values"))?;
    check_extent(file, "values", values, count)?;
    let status = dataset.get("status").unwrap_or(&Value::Null);
    check_extent(file, "statuses", status, count)?;
    let mut marks = MarkCount::default();
    let cells = (0..count)
        .map(|at| cell(file, at, entry(values, at), entry(status, at), &mut marks))
        .collect::<Result<Vec<_>, _>>()?;
    notes.extend(marks.notes());
    Ok(cells)
}

/// The entry of that cell in an array, a sparse object, or one text for all.
fn entry(list: &Value, at: usize) -> &Value {
    match list {
        Value::Array(one) if one.len() == 1 => one.first(),
        Value::Array(all) => all.get(at),
        Value::Object(some) => some.get(&at.to_string()),
        all => Some(all),
    }
    .unwrap_or(&Value::Null)
}

fn check_extent(file: &Path, what: &str, list: &Value, count: usize) -> Result<(), FormatError> {
    match list {
        // One status in a list stands for all cells, as one text does.
        Value::Array(one) if one.len() == 1 && what == "statuses" => Ok(()),
        Value::Array(all) if all.len() == count => Ok(()),
        Value::Array(all) => Err(FormatError::Truncated {
            file: file.into(),
            reason: format!("it holds {} {what} where its dimensions call for {count}", all.len()),
        }),
        Value::Object(_) if count > MAX_SPARSE_CELLS => {
            Err(fault(file, format!("its {count} cells are too many for a sparse dataset")))
        }
        Value::Object(some) => some.keys().try_for_each(|key| {
            match key.parse::<usize>().ok().filter(|&at| at < count && at.to_string() == *key) {
                Some(_) => Ok(()),
                None => Err(fault(
                    file,
                    format!("its {what} name a cell \"{key}\" outside 0 to {}", count - 1),
                )),
            }
        }),
        Value::Null | Value::String(_) if what == "statuses" => Ok(()),
        _ => Err(fault(file, format!("its {what} are neither a list nor an object"))),
    }
}

fn cell(
    file: &Path,
    at: usize,
    value: &Value,
    code: &Value,
    marks: &mut MarkCount,
) -> Result<Cell, FormatError> {
    let value = match value {
        Value::Null => None,
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) if is_missing_mark(text.trim()) => {
            marks.add(text.trim());
            None
        }
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        other => {
            return Err(FormatError::Row {
                place: Place::file(file),
                row: at + 1,
                reason: format!("its value is {}", kind(other)),
                help: "a value is a number, a text or null".to_owned(),
            });
        }
    };
    let code = code.as_str().map(str::trim);
    if value.is_none()
        && let Some(mark) = code.filter(|code| is_missing_mark(code))
    {
        marks.add(mark);
    }
    Ok(Cell { status: status(code, value.is_some()), value })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "true or false",
        Value::Array(_) => "a list",
        _ => "an object",
    }
}

/// The status of a cell: an SDMX letter is taken as it is, then the flags of Eurostat, which are small
/// letters (`p`, `e`, `b`, `u`, and `c` for confidential). A null is never "normal".
fn status(code: Option<&str>, present: bool) -> ObsStatus {
    let stated = code.and_then(|code| match code {
        "p" => Some(ObsStatus::P),
        "e" => Some(ObsStatus::E),
        "b" => Some(ObsStatus::B),
        "u" => Some(ObsStatus::U),
        "c" => Some(ObsStatus::Q),
        other => ObsStatus::from_code(other),
    });
    match stated {
        Some(ObsStatus::A) | None if !present => ObsStatus::M,
        Some(stated) => stated,
        None => ObsStatus::A,
    }
}
