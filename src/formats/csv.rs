//! CSV: text tables with a header, as offices, city portals and spreadsheets write them.
//!
//! Source: RFC 4180, and what the files in use add to it: other delimiters, title lines above the
//! header and footnotes below the table (SCB's Statistical Database), decimal commas, `sep=;`.
//! Nothing is guessed in silence: what was detected and left out stands in the notes of the table.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord};

use super::error::{FormatError, Place};
use super::raw::{RawColumn, RawTable};
use super::text::{
    Decoded, MarkCount, decode_declared, decode_text, is_grouped, is_missing_mark, looks_binary,
};
pub use super::text::{parse_number, why_not_a_number};
use crate::model::ObsStatus;

/// Delimiters that are tried, the ones least likely to stand inside a cell first.
const DELIMITERS: [u8; 4] = [b'\t', b';', b'|', b','];

/// How far into the file the delimiter is looked for.
const SAMPLE_BYTES: usize = 64 * 1024;

/// What is known about a file beforehand; what is `None` is detected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CsvOptions {
    pub delimiter: Option<u8>,
    /// A label of the WHATWG Encoding Standard, for example `windows-1252`.
    pub encoding: Option<String>,
    /// The line the header stands in, counted from 1.
    pub header_row: Option<usize>,
    pub decimal_comma: Option<bool>,
}

struct Record {
    line: usize,
    after_blank: bool,
    fields: StringRecord,
}

impl Record {
    fn filled(&self) -> usize {
        self.fields.iter().filter(|field| !field.trim().is_empty()).count()
    }

    fn first(&self) -> &str {
        self.fields.get(0).unwrap_or_default().trim()
    }

    /// A title or footnote that a spreadsheet padded with empty cells.
    fn is_lone_text(&self) -> bool {
        self.filled() == 1 && !self.first().is_empty()
    }
}

/// Which records are the table.
struct Layout<'a> {
    header: &'a Record,
    rows: Vec<&'a Record>,
    above: Vec<usize>,
    between: Vec<usize>,
    below: Vec<usize>,
}

/// Reads a CSV file into text cells; the decimal mark of every number column is the point afterwards.
///
/// Row numbers are physical line numbers. Cells lose the blanks around them; an empty cell is `None`,
/// and in columns of numbers a missing mark (`..`, `.`, `-`, `…`) is `None` with status `M`. A row
/// whose number of fields differs from the header's is a fault, unless it stands above the header or
/// below the table, where it is left out and noted.
///
/// # Errors
///
/// [`FormatError`] when the file is empty, binary, in another encoding than stated, has no rows, two
/// columns of one name, a row of another length, an open quote, or mixes decimal marks.
pub fn read_csv(file: &Path, bytes: &[u8], options: &CsvOptions) -> Result<RawTable, FormatError> {
    let decoded = decode(file, bytes, options)?;
    let (text, offset, stated) = skip_separator_line(&decoded.text);
    if text.trim().is_empty() {
        return Err(FormatError::Empty { file: file.into() });
    }
    let delimiter = options.delimiter.or(stated).unwrap_or_else(|| detect_delimiter(text));
    let records = split(file, text, delimiter, offset)?;
    refuse_open_quote(file, text, &records)?;
    let layout = lay_out(file, &records, options)?;
    let mut columns = build_columns(file, &layout)?;
    let marks = clear_missing_marks(&mut columns);
    let decimal_comma =
        options.decimal_comma.unwrap_or_else(|| detect_decimal_comma(&columns, delimiter));
    let rows: Vec<usize> = layout.rows.iter().map(|record| record.line).collect();
    let mut notes = vec![
        format!("Encoding: {}.", decoded.encoding),
        format!("Delimiter: {}.", delimiter_name(delimiter)),
    ];
    notes.extend(decimal_notes(&columns, decimal_comma));
    notes.extend(left_out_notes(&layout));
    notes.extend(marks.notes());
    if decimal_comma {
        use_decimal_points(file, &mut columns, &rows)?;
    }
    Ok(RawTable { columns, rows, notes, title: title(&records, &layout), publisher: None })
}

fn decode(file: &Path, bytes: &[u8], options: &CsvOptions) -> Result<Decoded, FormatError> {
    if looks_binary(bytes) && options.encoding.is_none() {
        return Err(not_csv(
            file,
            "it holds binary data",
            "check the file ending; a spreadsheet is saved as CSV first",
        ));
    }
    match &options.encoding {
        None => Ok(decode_text(bytes)),
        Some(label) => decode_declared(bytes, label).map_err(|reason| FormatError::Decode {
            file: file.into(),
            reason,
            help: "leave the encoding out to have it detected, or name another, for example windows-1252".to_owned(),
        }),
    }
}

fn not_csv(file: &Path, reason: &str, help: &str) -> FormatError {
    FormatError::NotWhatItSays {
        file: file.into(),
        expected: "a CSV table",
        reason: reason.to_owned(),
        help: help.to_owned(),
    }
}

fn row_fault(file: &Path, row: usize, reason: String, help: &str) -> FormatError {
    FormatError::Row { place: Place::file(file), row, reason, help: help.to_owned() }
}

/// Spreadsheets write `sep=;` as a first line to tell each other the delimiter.
fn skip_separator_line(text: &str) -> (&str, usize, Option<u8>) {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let stated = line.trim_end_matches('\r').strip_prefix("sep=").map(str::as_bytes);
    match stated {
        Some(&[delimiter]) => (rest, 1, Some(delimiter)),
        _ => (text, 0, None),
    }
}

/// The delimiter under which the longest unbroken run of lines has one number of fields.
fn detect_delimiter(text: &str) -> u8 {
    let mut end = SAMPLE_BYTES.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let sample = text.get(..end).unwrap_or(text);
    let run = |delimiter: u8| {
        longest_run(raw_records(sample, delimiter).flatten().map(|record| record.len())).1
    };
    let mut best = (b',', 0);
    for delimiter in DELIMITERS {
        let length = run(delimiter);
        if length > best.1 {
            best = (delimiter, length);
        }
    }
    best.0
}

/// The width above one that most consecutive rows share, and how many rows; the first such run wins.
fn longest_run(widths: impl Iterator<Item = usize>) -> (usize, usize) {
    let (mut best, mut current) = ((1, 0), (1, 0));
    for width in widths {
        current = if width == current.0 { (width, current.1 + 1) } else { (width, 1) };
        if width > 1 && current.1 > best.1 {
            best = current;
        }
    }
    best
}

fn raw_records(
    text: &str,
    delimiter: u8,
) -> impl Iterator<Item = Result<StringRecord, csv::Error>> + '_ {
    ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes())
        .into_records()
}

fn split(
    file: &Path,
    text: &str,
    delimiter: u8,
    offset: usize,
) -> Result<Vec<Record>, FormatError> {
    let mut lines = LineCounter { text, at: 0, line: 1 + offset };
    let mut records = Vec::new();
    for record in raw_records(text, delimiter) {
        let fields = record.map_err(|fault| {
            not_csv(file, &fault.to_string(), "check the quotes and the encoding")
        })?;
        let start = fields.position().map_or(0, csv::Position::byte);
        let (line, after_blank) = lines.locate(usize::try_from(start).unwrap_or(usize::MAX));
        records.push(Record { line, after_blank, fields });
    }
    Ok(records)
}

/// Physical lines of records. The reader's own count lags behind after blank lines and `\r\n`.
struct LineCounter<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl LineCounter<'_> {
    /// The line of the record that starts at or after `start`, and whether a blank line is above it.
    fn locate(&mut self, start: usize) -> (usize, bool) {
        let bytes = self.text.as_bytes();
        let breaks = bytes.get(start..).unwrap_or_default();
        let skipped = breaks.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let start = (start + skipped).min(bytes.len());
        let passed = self.text.get(self.at..start).unwrap_or_default();
        self.line += passed.matches('\n').count() + lone_returns(passed);
        self.at = start;
        let above = self.text.get(..start).unwrap_or_default();
        let above =
            above.strip_suffix('\n').map_or(above, |rest| rest.strip_suffix('\r').unwrap_or(rest));
        (self.line, above.is_empty() && start > 0 || above.ends_with(['\n', '\r']))
    }
}

/// Line ends of old Macintosh files: a carriage return that no line feed follows.
fn lone_returns(text: &str) -> usize {
    text.matches('\r').count() - text.matches("\r\n").count()
}

/// An open quote swallows every row below it: better a fault than a short table.
fn refuse_open_quote(file: &Path, text: &str, records: &[Record]) -> Result<(), FormatError> {
    let odd = text.matches('"').count() % 2 == 1;
    match records.last().filter(|last| odd && last.fields.iter().any(|field| field.contains('\n')))
    {
        Some(last) => Err(FormatError::Truncated {
            file: file.into(),
            reason: format!("a quote opened in line {} is never closed", last.line),
        }),
        None => Ok(()),
    }
}

fn lay_out<'a>(
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
                "count lines from 1",
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
    let help = "give every row the same number of fields, or say which line is the header";
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
            "add a row of column names, or say which line is the header",
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

fn build_columns(file: &Path, layout: &Layout) -> Result<Vec<RawColumn>, FormatError> {
    let mut columns: Vec<RawColumn> = Vec::new();
    for (at, name) in layout.header.fields.iter().enumerate() {
        let cells = layout.rows.iter().map(|record| cell(record, at)).collect::<Vec<_>>();
        let name = name.trim();
        // A delimiter at the end of every line makes a column of nothing.
        if name.is_empty() && cells.iter().all(Option::is_none) && layout.header.fields.len() > 1 {
            continue;
        }
        let name = if name.is_empty() { format!("column_{}", at + 1) } else { name.to_owned() };
        if columns.iter().any(|column| column.name == name) {
            return Err(FormatError::DuplicateColumn { place: Place::file(file), column: name });
        }
        columns.push(RawColumn::plain(name, cells));
    }
    Ok(columns)
}

fn cell(record: &Record, at: usize) -> Option<String> {
    record.fields.get(at).map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned)
}

fn clear_missing_marks(columns: &mut [RawColumn]) -> MarkCount {
    let mut marks = MarkCount::default();
    for column in columns.iter_mut().filter(|column| looks_numeric(column)) {
        let mut found = false;
        for cell in &mut column.cells {
            if let Some(mark) = cell.take_if(|cell| is_missing_mark(cell)) {
                marks.add(&mark);
                found = true;
            }
        }
        if found {
            let status = |cell: &Option<String>| {
                if cell.is_some() { ObsStatus::A } else { ObsStatus::M }
            };
            column.status = column.cells.iter().map(status).collect();
        }
    }
    marks
}

/// At least half of the cells that are neither empty nor marked missing are numbers.
fn looks_numeric(column: &RawColumn) -> bool {
    let (mut numbers, mut others, mut marks) = (0_usize, 0_usize, 0_usize);
    for cell in column.cells.iter().flatten() {
        if is_missing_mark(cell) {
            marks += 1;
        } else if parse_number(cell, false).or_else(|| parse_number(cell, true)).is_some() {
            numbers += 1;
        } else {
            others += 1;
        }
    }
    numbers + marks > 0 && numbers >= others
}

/// Whether the comma is the decimal mark of a file.
///
/// Only where it does not delimit, and only on proof: a number column with a cell such as `1,5` or
/// `0,125`, which cannot be thousands, and no cell such as `1,234.5` or `1,234,567`, which must be.
/// A column where three digits follow every comma proves nothing.
#[must_use]
pub fn detect_decimal_comma(columns: &[RawColumn], delimiter: u8) -> bool {
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

fn decimal_notes(columns: &[RawColumn], decimal_comma: bool) -> Vec<String> {
    let mark = if decimal_comma { "comma" } else { "point" };
    let mut notes = vec![format!("Decimal mark: {mark}.")];
    for column in columns.iter().filter(|column| looks_numeric(column)) {
        let mut commas = column.cells.iter().flatten().filter(|cell| cell.contains(',')).peekable();
        let Some(example) = commas.peek().map(|cell| (*cell).clone()) else {
            continue;
        };
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
fn use_decimal_points(
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

fn left_out_notes(layout: &Layout) -> Vec<String> {
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
fn title(records: &[Record], layout: &Layout) -> Option<String> {
    let first = records.first().filter(|first| first.line < layout.header.line)?;
    first.is_lone_text().then(|| first.first().to_owned())
}

fn delimiter_name(delimiter: u8) -> String {
    match delimiter {
        b',' => "comma".to_owned(),
        b';' => "semicolon".to_owned(),
        b'\t' => "tab".to_owned(),
        b'|' => "vertical bar".to_owned(),
        other => format!("\"{}\"", char::from(other).escape_default()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::indexing_slicing)]
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<RawTable, FormatError> {
        read_csv(Path::new("t.csv"), text.as_bytes(), &CsvOptions::default())
    }

    fn cells<'a>(table: &'a RawTable, name: &str) -> Vec<&'a str> {
        table
            .column(name)
            .unwrap()
            .cells
            .iter()
            .map(|cell| cell.as_deref().unwrap_or("∅"))
            .collect()
    }

    fn names(table: &RawTable) -> Vec<&str> {
        table.columns.iter().map(|column| column.name.as_str()).collect()
    }

    fn fault_row(text: &str) -> usize {
        match read(text).unwrap_err() {
            FormatError::Row { row, .. } | FormatError::NotANumber { row, .. } => row,
            other => panic!("another fault: {other}"),
        }
    }

    #[test]
    fn a_plain_comma_file_is_read() {
        let table = read("code,name,n\n0180R001,\"Årsta, norra\",5\n0180R002,Husby,\n").unwrap();
        assert_eq!(cells(&table, "code"), ["0180R001", "0180R002"]);
        assert_eq!(cells(&table, "name"), ["Årsta, norra", "Husby"]);
        assert_eq!(cells(&table, "n"), ["5", "∅"]);
        assert_eq!(table.rows, [2, 3]);
        assert_eq!(table.notes, ["Encoding: UTF-8.", "Delimiter: comma.", "Decimal mark: point."]);
        assert!(table.columns.iter().all(|column| column.status.is_empty()));
    }

    #[test]
    fn a_semicolon_file_with_decimal_commas_is_detected() {
        let table = read("kod;andel;antal\na;1,5;10\nb;-0,125;20\n").unwrap();
        assert_eq!(cells(&table, "andel"), ["1.5", "-0.125"]);
        assert_eq!(cells(&table, "antal"), ["10", "20"]);
        assert!(table.notes.contains(&"Delimiter: semicolon.".to_owned()));
        assert!(table.notes.contains(&"Decimal mark: comma.".to_owned()));
    }

    #[test]
    fn tabs_and_bars_are_detected() {
        assert_eq!(names(&read("a\tb\n1,5\t2\n").unwrap()), ["a", "b"]);
        assert_eq!(names(&read("a|b\n1,5|2\n").unwrap()), ["a", "b"]);
        assert_eq!(names(&read("sep=|\na|b,c\n1|2,3\n").unwrap()), ["a", "b,c"]);
        assert_eq!(read("sep=|\na|b\n1|2\n").unwrap().rows, [3]);
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

    #[test]
    fn blank_names_are_numbered_and_double_names_refused() {
        assert_eq!(names(&read(",2022\nHusby,4\n").unwrap()), ["column_1", "2022"]);
        assert_eq!(names(&read("a;b;\n1;2;\n").unwrap()), ["a", "b"]);
        assert!(matches!(
            read("a,b,a\n1,2,3\n").unwrap_err(),
            FormatError::DuplicateColumn { column, .. } if column == "a"
        ));
    }

    #[test]
    fn missing_marks_are_missing_in_number_columns_only() {
        let table = read("kod;namn;n\na;-;1\nb;Husby;..\nc;Kista;-\nd;Akalla;\ne;Tensta;…\n");
        let table = table.unwrap();
        assert_eq!(cells(&table, "namn")[0], "-");
        assert_eq!(cells(&table, "n"), ["1", "∅", "∅", "∅", "∅"]);
        let status = &table.column("n").unwrap().status;
        assert_eq!((status[0], status[1], status[3]), (ObsStatus::A, ObsStatus::M, ObsStatus::M));
        assert!(
            table.notes.iter().any(|note| note.starts_with("Missing: 2 cells marked with dots"))
        );
        assert!(table.notes.iter().any(|note| note.contains("can mean zero")));
    }

    #[test]
    fn empty_binary_and_headless_files_are_refused() {
        assert!(matches!(read("").unwrap_err(), FormatError::Empty { .. }));
        assert!(matches!(read(" \n\n").unwrap_err(), FormatError::Empty { .. }));
        assert!(matches!(read("a,b\n").unwrap_err(), FormatError::NotWhatItSays { .. }));
        assert!(matches!(read("PK\0\0").unwrap_err(), FormatError::NotWhatItSays { .. }));
        assert!(matches!(
            read("a,b\n1,2\n\"3,4\n5,6\n").unwrap_err(),
            FormatError::Truncated { reason, .. } if reason.contains("line 3")
        ));
    }

    #[test]
    fn encodings_are_detected_named_or_refused() {
        let latin = b"omr\xe5de;v\xe4rde\nS\xe4tra;1\nV\xe5rberg;2\n";
        let table = read_csv(Path::new("t"), latin, &CsvOptions::default()).unwrap();
        assert_eq!(names(&table), ["område", "värde"]);
        assert_eq!(table.notes[0], "Encoding: windows-1252.");
        let options = CsvOptions { encoding: Some("utf-8".to_owned()), ..CsvOptions::default() };
        assert!(matches!(
            read_csv(Path::new("t"), latin, &options).unwrap_err(),
            FormatError::Decode { .. }
        ));
    }

    #[test]
    fn line_numbers_survive_every_line_end_and_quoted_line_breaks() {
        for (text, rows) in [
            ("a,b\r\n1,2\r\n3,4\r\n", [2, 3]),
            ("a,b\r1,2\r3,4", [2, 3]),
            ("\n\na,b\n\n1,2\n\n\n3,4\n", [5, 8]),
            ("a,b\r\n\"1\r\nx\",2\r\n3,4\r\n", [2, 4]),
        ] {
            assert_eq!(read(text).unwrap().rows, rows, "{text:?}");
        }
    }

    #[test]
    fn the_real_tables_of_stockholm_are_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/stockholm");
        for (name, rows, columns) in [
            ("regso_socioekonomisk_index_2022.csv", 3363, 2),
            ("koppling-deso2018-regso2020.csv", 5984, 5),
            ("health_facilities_2020.csv", 1546, 5),
        ] {
            let path = folder.join(name);
            let Ok(bytes) = std::fs::read(&path) else {
                eprintln!("skipped: {} is absent", path.display());
                return;
            };
            let table = read_csv(&path, &bytes, &CsvOptions::default()).unwrap();
            assert_eq!((table.rows.len(), table.columns.len()), (rows, columns), "{name}");
            assert_eq!(table.rows[0], 2, "{name}");
        }
    }

    proptest! {
        #[test]
        fn every_cell_of_a_written_table_comes_back(
            rows in proptest::collection::vec(("[a-zåäö]{1,6}", "[a-z;|\"\n]{0,6}x", 0_u16..), 1..20),
        ) {
            let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
            let mut text = "key,name,count\n".to_owned();
            for (key, name, count) in &rows {
                text.push_str(&[key, ",", &quoted(name), ",", &count.to_string(), "\n"].concat());
            }
            let options = CsvOptions { delimiter: Some(b','), ..CsvOptions::default() };
            let table = read_csv(Path::new("t"), text.as_bytes(), &options).unwrap();
            for (at, (key, name, count)) in rows.iter().enumerate() {
                prop_assert_eq!(cells(&table, "key")[at], key);
                prop_assert_eq!(cells(&table, "name")[at], name.trim());
                prop_assert_eq!(cells(&table, "count")[at], count.to_string());
            }
        }

        #[test]
        fn arbitrary_bytes_give_equal_columns_or_a_fault(
            bytes in proptest::collection::vec(
                prop_oneof![Just(b','), Just(b';'), Just(b'\n'), Just(b'\r'), Just(b'"'), Just(b'.'), any::<u8>()],
                0..300,
            ),
        ) {
            if let Ok(table) = read_csv(Path::new("t"), &bytes, &CsvOptions::default()) {
                prop_assert!(!table.rows.is_empty());
                prop_assert!(table.columns.iter().all(|column| column.cells.len() == table.rows.len()));
                prop_assert!(table.rows.is_sorted());
            }
        }
    }
}
