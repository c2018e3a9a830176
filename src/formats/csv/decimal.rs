//! The decimal mark of a file: a comma on proof only, a point afterwards.

use std::path::Path;

use super::super::text::is_grouped;
use super::super::{FormatError, Place, RawColumn};
use super::{looks_numeric, parse_number, why_not_a_number};

/// Whether the comma is the decimal mark of a file.
///
/// Only where it does not delimit, and only on proof: a number column with a cell such as `1,5` or
/// `0,125`, which cannot be thousands, and no cell such as `1,234.5` or `1,234,567`, which must be.
/// A column where three digits follow every comma proves nothing.
pub(super) fn detect_decimal_comma(columns: &[RawColumn], delimiter: u8) -> bool {
    if delimiter == b',' {
        return false;
    }
    let thousands = |cell: &String| {
        let whole = cell.split_once('.').map_or(cell.as_str(), |(whole, _)| whole);
        is_grouped(whole, ',') && (cell.contains('.') || cell.matches(',').count() > 1)
    };
    let decimal = |cell: &String| is_decimal(cell, ',') && !is_grouped(cell, ',');
    let proven =
        |column: &RawColumn| looks_numeric(column) && column.cells.iter().flatten().any(decimal);
    columns.iter().any(proven)
        && !columns.iter().flat_map(|column| &column.cells).flatten().any(thousands)
}

pub(super) fn decimal_notes(columns: &[RawColumn], decimal_comma: bool) -> Vec<String> {
    let mark = if decimal_comma { "comma" } else { "point" };
    let mut notes = vec![format!("Decimal mark: {mark}.")];
    for column in columns {
        let mut commas = column.cells.iter().flatten().filter(|cell| cell.contains(',')).peekable();
        let Some(example) = commas.peek().map(|cell| (*cell).clone()) else {
            continue;
        };
        if !looks_numeric(column) {
            continue;
        }
        if commas.all(|cell| is_grouped(cell, ',') && cell.matches(',').count() == 1) {
            let read = if decimal_comma {
                "read as decimals like the rest of the file"
            } else {
                "not read as numbers"
            };
            notes.push(format!(
                "Column \"{}\": three digits follow every comma (\"{example}\"), so it may separate thousands; {read}.",
                column.name
            ));
        }
    }
    notes
}

/// Writes the decimal comma as a point, so that every table downstream has one decimal mark.
pub(super) fn use_decimal_points(
    file: &Path,
    columns: &mut [RawColumn],
    rows: &[usize],
) -> Result<(), FormatError> {
    for column in columns.iter_mut().filter(|column| looks_numeric(column)) {
        let has_comma = column.cells.iter().flatten().any(|cell| is_decimal(cell, ','));
        let pointed = |cell: &String| is_decimal(cell, '.');
        // Without commas, points are points (coordinates), unless each could separate thousands.
        let all_grouped =
            column.cells.iter().flatten().filter(|c| pointed(c)).all(|c| is_grouped(c, '.'));
        for (cell, &row) in column.cells.iter_mut().zip(rows) {
            let Some(cell) = cell else { continue };
            if pointed(cell) && (has_comma || all_grouped) {
                return Err(FormatError::NotANumber {
                    place: Place::file(file),
                    row,
                    column: column.name.clone(),
                    cell: cell.clone(),
                    help: why_not_a_number(cell, true),
                });
            }
            if is_decimal(cell, ',') {
                *cell = cell.replacen(',', ".", 1);
            }
        }
    }
    Ok(())
}

fn is_decimal(cell: &str, mark: char) -> bool {
    cell.contains(mark) && parse_number(cell, mark == ',').is_some()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::Path;

    use super::super::tests::{cells, fault_row, read};
    use super::super::{CsvOptions, read_csv};

    #[test]
    fn a_semicolon_file_with_decimal_commas_is_detected() {
        let table = read("kod;andel;antal\na;1,5;10\nb;-0,125;20\n").unwrap();
        assert_eq!(cells(&table, "andel"), ["1.5", "-0.125"]);
        assert_eq!(cells(&table, "antal"), ["10", "20"]);
        assert!(table.notes.contains(&"Delimiter: semicolon.".to_owned()));
        assert!(table.notes.contains(&"Decimal mark: comma.".to_owned()));
    }

    #[test]
    fn three_digits_after_every_comma_are_not_read_as_decimals() {
        let table = read("kod;antal\na;95,681\nb;12,345\n").unwrap();
        assert_eq!(cells(&table, "antal"), ["95,681", "12,345"]);
        let note = table.notes.iter().find(|note| note.contains("\"antal\"")).unwrap();
        assert!(note.contains("not read as numbers"), "{note}");
    }

    #[test]
    fn another_column_settles_an_ambiguous_one_and_says_so() {
        let table = read("kod;antal;andel\na;95,681;1,5\n").unwrap();
        assert_eq!(cells(&table, "antal"), ["95.681"]);
        assert!(table.notes.iter().any(|note| note.contains("read as decimals like the rest")));
    }

    #[test]
    fn thousands_elsewhere_speak_against_a_decimal_comma() {
        let table = read("kod;a;b\nx;1,234,567;1,5\n").unwrap();
        assert_eq!(cells(&table, "b"), ["1,5"]);
    }

    #[test]
    fn mixed_decimal_marks_are_a_fault_with_the_line() {
        assert_eq!(fault_row("kod;a\nx;1,5\ny;2.5\n"), 3);
        assert_eq!(fault_row("kod;a;b\nx;1,5;1.234\n"), 2);
        // Coordinates with points beside values with commas are told apart.
        let table = read("kod;a;lat\nx;1,5;59.3272\n").unwrap();
        assert_eq!(cells(&table, "lat"), ["59.3272"]);
    }

    #[test]
    fn a_stated_decimal_mark_is_obeyed() {
        let options = CsvOptions { decimal_comma: Some(true), ..CsvOptions::default() };
        let table = read_csv(Path::new("t"), b"k,v\na,\"95,681\"\n", &options).unwrap();
        assert_eq!(cells(&table, "v"), ["95.681"]);
    }
}
