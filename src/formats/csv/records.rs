//! Rows of fields with the lines they stand in, and the delimiter that makes them.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord};

use super::super::FormatError;
use super::not_csv;

/// Delimiters that are tried, the ones least likely to stand inside a cell first.
const DELIMITERS: [u8; 4] = [b'\t', b';', b'|', b','];

/// How far into the file the delimiter is looked for.
const SAMPLE_BYTES: usize = 64 * 1024;

pub(super) struct Record {
    pub(super) line: usize,
    pub(super) after_blank: bool,
    pub(super) fields: StringRecord,
}

impl Record {
    pub(super) fn filled(&self) -> usize {
        self.fields.iter().filter(|field| !field.trim().is_empty()).count()
    }

    pub(super) fn first(&self) -> &str {
        self.fields.get(0).unwrap_or_default().trim()
    }

    /// A title or footnote that a spreadsheet padded with empty cells.
    pub(super) fn is_lone_text(&self) -> bool {
        self.filled() == 1 && !self.first().is_empty()
    }
}

/// Spreadsheets write `sep=;` as a first line to tell each other the delimiter.
pub(super) fn skip_separator_line(text: &str) -> (&str, usize, Option<u8>) {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let stated = line.trim_end_matches('\r').strip_prefix("sep=").map(str::as_bytes);
    match stated {
        Some(&[delimiter]) => (rest, 1, Some(delimiter)),
        _ => (text, 0, None),
    }
}

/// The delimiter under which the longest unbroken run of lines has one number of fields.
pub(super) fn detect_delimiter(text: &str) -> u8 {
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

pub(super) fn delimiter_name(delimiter: u8) -> String {
    match delimiter {
        b',' => "comma".to_owned(),
        b';' => "semicolon".to_owned(),
        b'\t' => "tab".to_owned(),
        b'|' => "vertical bar".to_owned(),
        other => format!("\"{}\"", char::from(other).escape_default()),
    }
}

/// The width above one that most consecutive rows share, and how many rows; the first such run wins.
pub(super) fn longest_run(widths: impl Iterator<Item = usize>) -> (usize, usize) {
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

pub(super) fn split(
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
        self.line += passed.bytes().filter(|byte| *byte == b'\n').count() + lone_returns(passed);
        self.at = start;
        let above = self.text.get(..start).unwrap_or_default();
        let above =
            above.strip_suffix('\n').map_or(above, |rest| rest.strip_suffix('\r').unwrap_or(rest));
        (self.line, above.is_empty() && start > 0 || above.ends_with(['\n', '\r']))
    }
}

/// Line ends of old Macintosh files: a carriage return that no line feed follows.
fn lone_returns(text: &str) -> usize {
    if !text.as_bytes().contains(&b'\r') {
        return 0;
    }
    text.matches('\r').count() - text.matches("\r\n").count()
}

/// An open quote swallows every row below it: better a fault than a short table.
pub(super) fn refuse_open_quote(
    file: &Path,
    text: &str,
    records: &[Record],
) -> Result<(), FormatError> {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tests::{names, read};

    #[test]
    fn tabs_and_bars_are_detected() {
        assert_eq!(names(&read("a\tb\n1,5\t2\n").unwrap()), ["a", "b"]);
        assert_eq!(names(&read("a|b\n1,5|2\n").unwrap()), ["a", "b"]);
        assert_eq!(names(&read("sep=|\na|b,c\n1|2,3\n").unwrap()), ["a", "b,c"]);
        assert_eq!(read("sep=|\na|b\n1|2\n").unwrap().rows, [3]);
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
}
