//! What `clip` and `ingest` are told alike about the files they open.

use clap::ValueEnum;

use super::crs;
use crate::Error;
use crate::formats::OpenOptions;
use crate::formats::csv::CsvOptions;
use crate::pipeline::file::Values;

/// What the user knows better than the file, or than what is detected in it.
#[derive(clap::Args)]
pub struct Input {
    /// Layer of the file, where it holds several
    #[arg(long, value_name = "NAME")]
    layer: Option<String>,
    /// System of the coordinates, instead of what the file says
    #[arg(id = "input_crs", long = "input-crs", value_name = "CRS")]
    crs: Option<String>,
    /// Rebuild invalid polygons and leave out empty ones
    #[arg(long)]
    repair: bool,
    #[command(flatten)]
    csv: Csv,
}

/// Each is detected and reported where it is not given.
#[derive(clap::Args)]
#[command(next_help_heading = "CSV (detected and reported unless given)")]
struct Csv {
    /// Between cells: comma, semicolon, tab, bar, or any one character
    #[arg(long, value_name = "MARK", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// Of the text, such as utf-8 or windows-1252
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// Line of the column names, counted from 1
    #[arg(long, value_name = "LINE", value_parser = line)]
    header_row: Option<usize>,
    /// Decimal mark of numbers
    #[arg(long, value_name = "MARK")]
    decimal: Option<Decimal>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Decimal {
    Comma,
    Point,
}

impl Input {
    /// The same for a step of a pipeline.
    ///
    /// # Errors
    /// Those of [`Input::options`].
    pub fn put_into(&self, values: &mut Values) -> Result<(), Error> {
        self.options()?;
        values.put_text("layer", self.layer.as_deref());
        values.put_text("input_crs", self.crs.as_deref());
        values.put_text("encoding", self.csv.encoding.as_deref());
        values.put_text(
            "delimiter",
            self.csv.delimiter.map(|mark| char::from(mark).to_string()).as_deref(),
        );
        let decimal =
            self.csv.decimal.map(|mark| if mark == Decimal::Comma { "comma" } else { "point" });
        values.put_text("decimal", decimal);
        values.put_flag("repair", self.repair);
        #[allow(clippy::cast_precision_loss)] // a line of a file
        values.put_number("header_row", self.csv.header_row.map(|line| line as f64));
        Ok(())
    }

    /// The same for the code that opens files.
    ///
    /// # Errors
    /// [`CrsError::Unknown`](crate::model::CrsError::Unknown).
    pub fn options(&self) -> Result<OpenOptions, Error> {
        Ok(OpenOptions {
            layer: self.layer.clone(),
            crs: self.crs.as_deref().map(crs).transpose()?,
            repair: self.repair,
            csv: CsvOptions {
                delimiter: self.csv.delimiter,
                encoding: self.csv.encoding.clone(),
                header_row: self.csv.header_row,
                decimal_comma: self.csv.decimal.map(|mark| mark == Decimal::Comma),
            },
        })
    }
}

/// A delimiter by name or as itself. Letters, digits and quotes stand inside cells.
fn delimiter(given: &str) -> Result<u8, String> {
    match given {
        "comma" => return Ok(b','),
        "semicolon" => return Ok(b';'),
        "tab" | "\\t" => return Ok(b'\t'),
        "bar" => return Ok(b'|'),
        _ => {}
    }
    match given.as_bytes() {
        [mark] if mark.is_ascii_punctuation() && *mark != b'"' || matches!(mark, b' ' | b'\t') => {
            Ok(*mark)
        }
        _ => Err("give comma, semicolon, tab, bar, or one character that is no letter, digit or \
                  quote"
            .to_owned()),
    }
}

fn line(given: &str) -> Result<usize, String> {
    match given.parse() {
        Ok(0) | Err(_) => Err("lines are whole numbers, counted from 1".to_owned()),
        Ok(line) => Ok(line),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_delimiter_has_a_name_or_stands_for_itself() {
        for (given, mark) in
            [("comma", b','), ("semicolon", b';'), ("tab", b'\t'), ("\\t", b'\t'), ("bar", b'|')]
        {
            assert_eq!(delimiter(given), Ok(mark));
        }
        assert_eq!(
            (delimiter(";"), delimiter("^"), delimiter(" ")),
            (Ok(b';'), Ok(b'^'), Ok(b' '))
        );
        for wrong in ["", "ab", "a", "7", "\"", "§", "\n"] {
            assert!(delimiter(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn lines_are_counted_from_one() {
        assert_eq!(line("3"), Ok(3));
        assert!(line("0").is_err() && line("-1").is_err() && line("two").is_err());
    }
}
