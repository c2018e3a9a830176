//! Which rows of a file are its table: titles stand above the header, footnotes below the last row.

use std::path::Path;

use super::super::FormatError;
use super::records::{Record, longest_run};
use super::{CsvOptions, not_csv, parse_number, row_fault};

/// Which records are the table.
pub(super) struct Layout<'a> {
    pub(super) header: &'a Record,
    pub(super) rows: Vec<&'a Record>,
    above: Vec<usize>,
    between: Vec<usize>,
    below: Vec<usize>,
}

pub(super) fn lay_out<'a>(
    file: &Path,
    records: &'a [Record],
    options: &CsvOptions,
) -> Result<Layout<'a>, FormatError> {
    let at = match options.header_row {
        Some(line) => records.iter().position(|record| record.line == line).ok_or_else(|| {
            row_fault(
                file,
                line,
                "no row starts in the line named as header".to_owned(),
                "count lines from 1, with --header-row",
            )
        })?,
        None => find_header(file, records)?,
    };
    let (above, rest) = records.split_at(at);
    let Some((header, body)) = rest.split_first() else {
        return Err(not_csv(
            file,
            "it has no header",
            "the first row of the table holds the column names",
        ));
    };
    let (table, below) = body.split_at(table_end(file, header.fields.len(), body)?);
    let (between, rows): (Vec<&Record>, Vec<&Record>) =
        table.iter().partition(|record| record.filled() == 0);
    for record in &rows {
        same_width(file, header, record)?;
    }
    if rows.is_empty() {
        return Err(not_csv(file, "it has a header and no rows", "export it again with its rows"));
    }
    Ok(Layout {
        header,
        rows,
        above: lines(above),
        between: between.iter().map(|r| r.line).collect(),
        below: lines(below),
    })
}

fn lines(records: &[Record]) -> Vec<usize> {
    records.iter().map(|record| record.line).collect()
}

fn same_width(file: &Path, header: &Record, record: &Record) -> Result<(), FormatError> {
    let (wanted, found) = (header.fields.len(), record.fields.len());
    if wanted == found {
        return Ok(());
    }
    let reason =
        format!("it has {found} fields where the header in line {} has {wanted}", header.line);
    let help = "check that line for a missing or extra delimiter, or a cell that needs quotes";
    Err(row_fault(file, record.line, reason, help))
}

/// The first row as wide as the table that is not a padded title.
fn find_header(file: &Path, records: &[Record]) -> Result<usize, FormatError> {
    let (width, _) = longest_run(records.iter().map(|record| record.fields.len()));
    let is_header = |record: &Record| {
        record.fields.len() == width
            && record.filled() > 0
            && (width == 1 || !record.is_lone_text())
    };
    let Some(at) = records.iter().position(is_header) else {
        return Err(not_csv(
            file,
            "it has no header",
            "the first row of the table holds the column names",
        ));
    };
    let Some(header) = records.get(at) else {
        return Ok(at);
    };
    let help = "give every row the same number of fields, or say which line is the header with --header-row";
    // A short row of several cells right above is rather a header that does not fit than a title.
    let above = at.checked_sub(1).and_then(|before| records.get(before));
    if let Some(above) = above.filter(|above| above.filled() > 1 && !header.after_blank) {
        let reason =
            format!("it has {} fields where the rows below have {width}", above.fields.len());
        return Err(row_fault(file, above.line, reason, help));
    }
    if let Some(cell) = header.fields.iter().find(|cell| is_measured(cell.trim())) {
        let reason = format!("it is taken for the header, yet \"{}\" looks like data", cell.trim());
        return Err(row_fault(
            file,
            header.line,
            reason,
            "add a row of column names, or say which line is the header with --header-row",
        ));
    }
    Ok(at)
}

/// A number that names no column. Years, months, ages, codes and round limits do: `2024`, `202401`,
/// `85`, `0180`, `1000`.
fn is_measured(cell: &str) -> bool {
    let Some(number) = parse_number(cell, false).or_else(|| parse_number(cell, true)) else {
        return false;
    };
    let year = cell.get(..4).and_then(|year| year.parse::<u16>().ok());
    let dated =
        matches!(cell.len(), 4 | 6 | 8) && year.is_some_and(|year| (1600..2200).contains(&year));
    let named = dated || cell.starts_with('0') || number < 1000.0 || number % 50.0 == 0.0;
    number.fract() != 0.0 || !named
}

/// How many records after the header belong to the table; footnotes follow.
fn table_end(file: &Path, width: usize, body: &[Record]) -> Result<usize, FormatError> {
    let full = |record: &Record| record.fields.len() == width && record.filled() >= width.min(2);
    let certain = body.iter().rposition(full).map_or(0, |last| last + 1);
    for (at, record) in body.iter().enumerate().skip(certain) {
        if record.filled() == 0 || record.after_blank || reads_like_a_note(record, width) {
            return Ok(at);
        }
        if record.fields.len() != width {
            let found = record.fields.len();
            let reason = format!(
                "it has {found} fields where the header has {width}, and follows the table directly"
            );
            let help = "the file may be cut off; footnotes are set apart by an empty line";
            return Err(row_fault(file, record.line, reason, help));
        }
    }
    Ok(body.len())
}

/// Whether a lone cell right below the table is prose. A row cut off in its key is not.
fn reads_like_a_note(record: &Record, width: usize) -> bool {
    let text = record.first();
    let short = record.fields.len() < width;
    record.is_lone_text()
        && (text.contains(':') || text.starts_with('*') || short && text.contains(' '))
}

pub(super) fn left_out_notes(layout: &Layout) -> Vec<String> {
    [
        ("above the header", &layout.above),
        ("empty", &layout.between),
        ("below the table", &layout.below),
    ]
    .into_iter()
    .filter_map(|(what, lines)| {
        let (first, last) = (lines.first()?, lines.last()?);
        let place = if first == last {
            format!("line {first}")
        } else {
            format!("lines {first} to {last}")
        };
        let rows = if lines.len() == 1 { "row" } else { "rows" };
        Some(format!("Left out: {} {rows} {what} ({place}).", lines.len()))
    })
    .collect()
}

/// The first line above the header, which is where exports put the title.
pub(super) fn title(records: &[Record], layout: &Layout) -> Option<String> {
    let first = records.first().filter(|first| first.line < layout.header.line)?;
    first.is_lone_text().then(|| first.first().to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::Path;

    use super::super::tests::{cells, fault_row, names, read};
    use super::super::{CsvOptions, read_csv};

    #[test]
    fn titles_and_footnotes_are_left_out_and_noted() {
        let text = "Folkmängd efter region\r\n\r\nkod;antal\r\na;1\r\nb;\r\n\r\nKälla: SCB\r\n";
        let table = read(text).unwrap();
        assert_eq!(table.title.as_deref(), Some("Folkmängd efter region"));
        assert_eq!(table.rows, [4, 5]);
        assert_eq!(cells(&table, "kod"), ["a", "b"]);
        assert!(table.notes.contains(&"Left out: 1 row above the header (line 1).".to_owned()));
        assert!(table.notes.contains(&"Left out: 1 row below the table (line 7).".to_owned()));
    }

    #[test]
    fn padded_footnotes_are_left_out_and_a_last_row_without_value_stays() {
        let table = read("Titel,,\nkod,a,b\nx,1,2\ny,,\n,,\n* not,,\nmer,,\n").unwrap();
        assert_eq!(cells(&table, "kod"), ["x", "y"]);
        assert!(
            table.notes.contains(&"Left out: 3 rows below the table (lines 5 to 7).".to_owned())
        );
        assert_eq!(cells(&read("kod,a,b\nx,1,2\nKälla: SCB,,\n").unwrap(), "kod"), ["x"]);
    }

    #[test]
    fn a_row_of_another_length_is_a_fault_with_its_line() {
        assert_eq!(fault_row("a,b\n1,2\n\n3\n4,5\n"), 4);
        assert_eq!(fault_row("a,b\n1,2\n3,4,5\n4,5\n"), 3);
        assert_eq!(fault_row("a,b,c\n1,2,3\n\"4\n5\",5,6\n7,8\n9,9,9\n"), 5);
    }

    #[test]
    fn a_file_cut_off_in_its_last_row_is_a_fault() {
        assert_eq!(fault_row("kod,a,b\n0180R001,1,2\n0180R0"), 3);
        assert_eq!(fault_row("kod,a,b\n0180R001,1,2\n0180R002,1"), 3);
    }

    #[test]
    fn a_header_shorter_than_its_rows_is_a_fault() {
        assert_eq!(fault_row("kod;antal\n1;a;10\n2;b;20\n"), 1);
    }

    #[test]
    fn a_file_without_header_is_a_fault() {
        assert_eq!(fault_row("0180R001,3488\n0180R002,4711\n"), 1);
        assert_eq!(names(&read("kod,2023,202401,85,0180\na,1,2,3,4\n").unwrap()).len(), 5);
    }

    #[test]
    fn the_header_row_can_be_named() {
        let options = CsvOptions { header_row: Some(2), ..CsvOptions::default() };
        let table = read_csv(Path::new("t"), b"x,y\na,b\n1,2\n", &options).unwrap();
        assert_eq!(names(&table), ["a", "b"]);
        let options = CsvOptions { header_row: Some(9), ..CsvOptions::default() };
        assert!(read_csv(Path::new("t"), b"x,y\n1,2\n", &options).is_err());
    }
}
