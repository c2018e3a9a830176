//! The rows of one text file of a feed, as bytes, one at a time.
//!
//! Source: GTFS Schedule Reference, file requirements (RFC 4180 with a header, UTF-8 with or without a
//! byte order mark, no line break inside a value). Reading goes by lines, so that a quote that is never
//! closed costs its own line and not the rest of the file; a value that does hold line breaks is taken
//! when the lines together make a row of the header's length.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::GtfsError;
use super::archive::Excess;
use super::notices::Notices;

/// Bytes of a line; a longer one is no table.
const MAX_LINE: u64 = 1 << 20;
/// Lines that a value with line breaks may span.
const MAX_SPAN: usize = 20;

/// The fields of a row.
#[derive(Default)]
pub(super) struct Record {
    text: Vec<u8>,
    spans: Vec<(usize, usize)>,
}

impl Record {
    /// A field without the blanks around it; empty where the row or the file does not have it.
    pub(super) fn get(&self, column: Option<usize>) -> &[u8] {
        let span = column.and_then(|column| self.spans.get(column));
        let field = span.and_then(|&(from, to)| self.text.get(from..to));
        field.unwrap_or_default().trim_ascii()
    }

    /// Divides a line; `false` when a quote stays open.
    fn split(&mut self, line: &[u8]) -> bool {
        self.text.clear();
        self.spans.clear();
        if line.contains(&b'"') { self.split_quoted(line) } else { self.split_plain(line) }
    }

    fn split_plain(&mut self, line: &[u8]) -> bool {
        self.text.extend_from_slice(line);
        let mut from = 0;
        for (at, _) in line.iter().enumerate().filter(|&(_, &byte)| byte == b',') {
            self.spans.push((from, at));
            from = at + 1;
        }
        self.spans.push((from, line.len()));
        true
    }

    fn split_quoted(&mut self, line: &[u8]) -> bool {
        let (mut from, mut quoted) = (0, false);
        let mut bytes = line.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            match byte {
                b'"' if quoted && bytes.peek() == Some(&b'"') => {
                    bytes.next();
                    self.text.push(b'"');
                }
                b'"' if quoted => quoted = false,
                b'"' if self.is_blank_from(from) => quoted = true,
                b',' if !quoted => {
                    self.spans.push((from, self.text.len()));
                    from = self.text.len();
                }
                other => self.text.push(other),
            }
        }
        self.spans.push((from, self.text.len()));
        !quoted
    }

    /// A quote opens a value only at its start; elsewhere it is a character (`5" disc`).
    fn is_blank_from(&self, from: usize) -> bool {
        self.text.get(from..).is_none_or(|field| field.iter().all(u8::is_ascii_whitespace))
    }

    fn is_blank(&self) -> bool {
        self.text.iter().all(u8::is_ascii_whitespace)
    }

    /// Fields beyond the header's hold something: a comma too many somewhere in the row.
    fn overflows(&self, columns: usize) -> bool {
        (columns..self.spans.len()).any(|column| !self.get(Some(column)).is_empty())
    }
}

/// A file being read.
pub(super) struct Rows<'a> {
    file: PathBuf,
    member: &'static str,
    source: BufReader<Box<dyn Read + 'a>>,
    /// Lines that were looked at in vain for the end of a quote.
    ahead: VecDeque<Vec<u8>>,
    header: Vec<String>,
    raw: Vec<u8>,
    record: Record,
    /// Lines read so far.
    lines: u64,
}

impl<'a> Rows<'a> {
    /// Reads the header.
    pub(super) fn open(
        file: &Path,
        member: &'static str,
        source: Box<dyn Read + 'a>,
    ) -> Result<Self, GtfsError> {
        let mut rows = Self {
            file: file.to_owned(),
            member,
            source: BufReader::with_capacity(1 << 16, source),
            ahead: VecDeque::new(),
            header: Vec::new(),
            raw: Vec::new(),
            record: Record::default(),
            lines: 0,
        };
        rows.next_line()?;
        let line = rows.raw.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&rows.raw);
        rows.record.split(line);
        let name = |column| String::from_utf8_lossy(rows.record.get(Some(column))).into_owned();
        rows.header = (0..rows.record.spans.len()).map(name).collect();
        Ok(rows)
    }

    /// The number of a column that may be missing.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|held| held == name)
    }

    /// The number of a column that must be there.
    pub(super) fn required(&self, name: &'static str) -> Result<Option<usize>, GtfsError> {
        let column = self.column(name);
        if column.is_some() {
            return Ok(column);
        }
        Err(GtfsError::MissingColumn {
            file: self.file.clone(),
            member: self.member,
            column: name,
            found: self.header.join(", "),
        })
    }

    /// Goes to the next row; rows that cannot be divided into fields are counted and passed over.
    pub(super) fn advance(&mut self, notices: &mut Notices) -> Result<bool, GtfsError> {
        while self.next_line()? {
            let closed = self.record.split(&self.raw);
            if closed && self.record.is_blank() {
                continue;
            }
            let line = self.lines;
            if !closed && !self.join()? {
                notices.add(self.member, line, "a quote is not closed; row left out", &self.raw);
            } else if self.record.overflows(self.header.len()) {
                let what = "the row has more fields than the header; left out";
                notices.add(self.member, line, what, &self.raw);
            } else {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn record(&self) -> &Record {
        &self.record
    }

    /// The line of the current row (its last, where a value spans several).
    pub(super) fn line(&self) -> u64 {
        self.lines
    }

    /// Looks whether the current line and the next ones make one row.
    fn join(&mut self) -> Result<bool, GtfsError> {
        let first = std::mem::take(&mut self.raw);
        let (mut joined, mut taken) = (first.clone(), VecDeque::new());
        while taken.len() < MAX_SPAN && self.next_line()? {
            joined.push(b'\n');
            joined.extend_from_slice(&self.raw);
            taken.push_back(std::mem::take(&mut self.raw));
            if self.record.split(&joined) && self.record.spans.len() == self.header.len() {
                return Ok(true);
            }
        }
        self.lines -= taken.len() as u64;
        taken.append(&mut self.ahead);
        self.ahead = taken;
        self.raw = first;
        Ok(false)
    }

    fn next_line(&mut self) -> Result<bool, GtfsError> {
        if let Some(line) = self.ahead.pop_front() {
            self.raw = line;
            self.lines += 1;
            return Ok(true);
        }
        self.raw.clear();
        let mut limited = (&mut self.source).take(MAX_LINE);
        let count = match limited.read_until(b'\n', &mut self.raw) {
            Ok(0) => return Ok(false),
            Ok(count) => count as u64,
            Err(error) => return Err(self.fault(&error)),
        };
        if count == MAX_LINE {
            return Err(self.damaged(format!("line {} is longer than 1 MB", self.lines + 1)));
        }
        while self.raw.last().is_some_and(|&byte| byte == b'\n' || byte == b'\r') {
            self.raw.pop();
        }
        self.lines += 1;
        Ok(true)
    }

    fn fault(&self, error: &std::io::Error) -> GtfsError {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<Excess>()) {
            Some(excess) => GtfsError::Hostile {
                file: self.file.clone(),
                member: self.member.to_owned(),
                reason: excess.to_string(),
            },
            None => self.damaged(error.to_string()),
        }
    }

    fn damaged(&self, reason: String) -> GtfsError {
        GtfsError::Damaged { file: self.file.clone(), member: self.member.to_owned(), reason }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(text: &'static str) -> (Vec<Vec<String>>, Vec<String>) {
        let mut notices = Notices::new("f");
        let mut rows = Rows::open(Path::new("f"), "t.txt", Box::new(text.as_bytes())).unwrap();
        let mut out = Vec::new();
        while rows.advance(&mut notices).unwrap() {
            let field = |column| String::from_utf8_lossy(rows.record().get(Some(column))).into();
            out.push((0..rows.header.len()).map(field).collect());
        }
        (out, notices.finish().iter().map(ToString::to_string).collect())
    }

    #[test]
    fn quotes_commas_and_the_byte_order_mark_are_read() {
        let (rows, notices) = read("\u{feff}a, b\r\n\"x, \"\"y\"\"\",2\r\n\r\n 3 ,\"\"\r\n");
        assert_eq!(rows, [["x, \"y\"", "2"], ["3", ""]]);
        assert!(notices.is_empty());
    }

    #[test]
    fn an_open_quote_costs_one_line() {
        let (rows, notices) = read("a,b\n1,2\n\"3,4\n5,6\n7,\"8\"\n");
        assert_eq!(rows, [["1", "2"], ["5", "6"], ["7", "8"]]);
        assert_eq!(notices, ["f: t.txt, line 3: a quote is not closed; row left out: \"\\\"3,4\""]);
    }

    #[test]
    fn a_value_over_two_lines_is_one_row() {
        let (rows, notices) = read("a,b\n\"1\n2\",3\n4,5\n");
        assert_eq!(rows, [["1\n2", "3"], ["4", "5"]]);
        assert!(notices.is_empty());
    }

    #[test]
    fn a_field_too_many_leaves_out_the_row() {
        let (rows, notices) = read("a,b\n1,2,\n3,4,5\n");
        assert_eq!(rows, [["1", "2"]]);
        assert_eq!(notices.len(), 1);
    }
}
