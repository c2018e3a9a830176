//! Tables as CSV: for programs (comma, decimal point) and for spreadsheets, whose habits follow the language.

use std::io::Write;
use std::path::Path;

use polars::prelude::{AnyValue, DataFrame};

use crate::formats::FormatError;
use crate::model::Lang;

/// What a reader of the file expects of it.
#[derive(Clone, Copy)]
struct Habit {
    /// The mark by which spreadsheets know UTF-8.
    mark: bool,
    delimiter: u8,
    decimal: char,
}

/// Writes a frame with its column names in the first line: UTF-8, comma, decimal point, missing cells empty.
///
/// # Errors
/// [`FormatError::Write`].
pub fn write_csv(file: &Path, frame: &DataFrame) -> Result<(), FormatError> {
    write(file, frame, Habit { mark: false, delimiter: b',', decimal: '.' })
}

/// Writes a frame that spreadsheets in that language open without questions: UTF-8 with a byte order mark; in Swedish
/// with semicolons and decimal commas.
///
/// # Errors
/// [`FormatError::Write`].
pub fn write_spreadsheet(file: &Path, frame: &DataFrame, lang: Lang) -> Result<(), FormatError> {
    let (delimiter, decimal) = match lang {
        Lang::En => (b',', '.'),
        Lang::Sv => (b';', ','),
    };
    write(file, frame, Habit { mark: true, delimiter, decimal })
}

fn write(file: &Path, frame: &DataFrame, habit: Habit) -> Result<(), FormatError> {
    let failed = |source| FormatError::Write { file: file.to_owned(), source };
    let mut out = std::io::BufWriter::new(std::fs::File::create(file).map_err(failed)?);
    if habit.mark {
        out.write_all("\u{feff}".as_bytes()).map_err(failed)?;
    }
    let mut writer = csv::WriterBuilder::new().delimiter(habit.delimiter).from_writer(out);
    let names = frame.get_column_names();
    let row = |error: csv::Error| failed(std::io::Error::other(error.to_string()));
    writer.write_record(names.iter().map(|name| name.as_str())).map_err(row)?;
    for at in 0..frame.height() {
        let cells = frame.columns().iter().map(|column| match column.get(at) {
            Ok(AnyValue::Null) | Err(_) => String::new(),
            Ok(AnyValue::String(text)) => text.to_owned(),
            Ok(AnyValue::StringOwned(text)) => text.to_string(),
            Ok(AnyValue::Float64(number)) if habit.decimal == '.' => number.to_string(),
            Ok(AnyValue::Float64(number)) => {
                number.to_string().replace('.', habit.decimal.encode_utf8(&mut [0; 4]))
            }
            Ok(other) => other.to_string(),
        });
        writer.write_record(cells).map_err(row)?;
    }
    writer.flush().map_err(failed)
}

#[cfg(test)]
mod tests {
    use polars::prelude::{Column, NamedFrom, Series};

    use super::*;
    use crate::formats::csv::{CsvOptions, read_csv};

    fn written(lang: Lang) -> (String, Vec<Vec<Option<String>>>) {
        let columns = vec![
            Column::from(Series::new("name".into(), ["Årsta; västra", "Sickla, \"öst\""])),
            Column::from(Series::new("share".into(), [Some(-1234.5), None])),
            Column::from(Series::new("residents".into(), [5009_i64, 12])),
        ];
        let frame = DataFrame::new(2, columns).unwrap();
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("units.csv");
        write_spreadsheet(&file, &frame, lang).unwrap();
        let bytes = std::fs::read(&file).unwrap();
        let table = read_csv(&file, &bytes, &CsvOptions::default()).unwrap();
        let columns = table.columns.into_iter().map(|column| column.cells).collect();
        (String::from_utf8(bytes).unwrap(), columns)
    }

    #[test]
    fn swedish_spreadsheets_get_semicolons_and_decimal_commas_and_english_ones_do_not() {
        let (text, _) = written(Lang::Sv);
        assert_eq!(
            text,
            "\u{feff}name;share;residents\n\"Årsta; västra\";-1234,5;5009\n\"Sickla, \"\"öst\"\"\";;12\n"
        );
        let (text, _) = written(Lang::En);
        assert!(
            text.starts_with("\u{feff}name,share,residents\nÅrsta; västra,-1234.5,5009\n"),
            "{text}"
        );
    }

    #[test]
    fn what_is_written_in_either_language_reads_the_same() {
        let (_, swedish) = written(Lang::Sv);
        assert_eq!(swedish, written(Lang::En).1);
        assert_eq!(swedish[1], [Some("-1234.5".to_owned()), None]);
    }
}
