//! Tables as CSV: UTF-8, comma, decimal point, missing cells empty.

use std::path::Path;

use polars::prelude::{AnyValue, DataFrame};

use crate::formats::FormatError;

/// Writes a frame with its column names in the first line.
///
/// # Errors
/// [`FormatError::Write`].
pub fn write_csv(file: &Path, frame: &DataFrame) -> Result<(), FormatError> {
    let failed = |error: csv::Error| FormatError::Write {
        file: file.to_owned(),
        source: std::io::Error::other(error.to_string()),
    };
    let mut writer = csv::Writer::from_path(file).map_err(failed)?;
    let names = frame.get_column_names();
    writer.write_record(names.iter().map(|name| name.as_str())).map_err(failed)?;
    for row in 0..frame.height() {
        let cells = frame.columns().iter().map(|column| match column.get(row) {
            Ok(AnyValue::Null) | Err(_) => String::new(),
            Ok(AnyValue::String(text)) => text.to_owned(),
            Ok(AnyValue::StringOwned(text)) => text.to_string(),
            Ok(AnyValue::Float64(number)) => number.to_string(),
            Ok(other) => other.to_string(),
        });
        writer.write_record(cells).map_err(failed)?;
    }
    writer.flush().map_err(|source| FormatError::Write { file: file.to_owned(), source })
}
