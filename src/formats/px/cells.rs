//! The data part of a PX file: its cells in order, or row by row under their keys.

use std::path::Path;

use super::super::FormatError;
use super::super::cube::{Cell, MAX_SPARSE_CELLS};
use super::super::text::{MarkCount, is_missing_mark, parse_number, why_not_a_number};
use super::header::Keys;
use super::scan::{Data, Scanner};
use super::{fault, row_fault};
use crate::model::ObsStatus;

pub(super) struct Token {
    text: String,
    quoted: bool,
    line: usize,
}

/// Splits the data part. Blank, comma, semicolon and tab separate; the last semicolon closes.
pub(super) fn tokens(file: &Path, data: &Data, count: usize) -> Result<Vec<Token>, FormatError> {
    // Files from DOS end in a substitute character.
    let text = data.text.trim_end_matches(|end: char| end.is_whitespace() || end == '\u{1a}');
    let closed = text.strip_suffix(';');
    let mut scanner = Scanner::new(closed.unwrap_or(text), data.line);
    let separates = |letter: char| letter.is_whitespace() || ",;".contains(letter);
    let mut tokens = Vec::new();
    while let Some(letter) = scanner.peek() {
        let line = scanner.line;
        if separates(letter) {
            scanner.next();
        } else if letter == '"' {
            let text = scanner.quoted().map_err(|open| FormatError::Truncated {
                file: file.into(),
                reason: format!("a quote opened in line {open} is never closed"),
            })?;
            tokens.push(Token { text, quoted: true, line });
        } else {
            let text = scanner.take_until(|end| separates(end) || end == '"');
            tokens.push(Token { text, quoted: false, line });
        }
    }
    if closed.is_none() {
        // Without it the last number may have lost digits, even where the count is right.
        let found = tokens.len();
        let reason =
            format!("the semicolon that closes DATA is missing after {found} of {count} cells");
        return Err(FormatError::Truncated { file: file.into(), reason });
    }
    Ok(tokens)
}

pub(super) struct Body<'a> {
    pub(super) file: &'a Path,
    /// The line of `DATA`.
    pub(super) line: usize,
    pub(super) tokens: Vec<Token>,
    pub(super) marks: &'a mut MarkCount,
}

impl Body<'_> {
    fn cell(&mut self, token: Token) -> Result<Cell, FormatError> {
        if is_missing_mark(&token.text) {
            self.marks.add(&token.text);
            return Ok(Cell::MISSING);
        }
        if parse_number(&token.text, false).is_none() {
            let reason = format!("data cell \"{}\" is not a number", token.text.escape_debug());
            let help = why_not_a_number(&token.text, false);
            return Err(row_fault(self.file, token.line, reason, &help));
        }
        Ok(Cell { value: Some(token.text), status: ObsStatus::A })
    }

    /// Every cell of the cube in order.
    pub(super) fn dense(&mut self, count: usize) -> Result<(Vec<Cell>, Vec<usize>), FormatError> {
        let tokens = std::mem::take(&mut self.tokens);
        if tokens.len() != count {
            let found = tokens.len();
            let reason =
                format!("it holds {found} data cells where its variables call for {count}");
            return Err(FormatError::Truncated { file: self.file.into(), reason });
        }
        let places = tokens.iter().map(|token| token.line).collect();
        let cells = tokens.into_iter().map(|token| self.cell(token)).collect::<Result<_, _>>()?;
        Ok((cells, places))
    }

    /// Rows of quoted keys and their cells; rows that are not written stay missing.
    pub(super) fn sparse(
        &mut self,
        keys: &Keys,
        count: usize,
        notes: &mut Vec<String>,
    ) -> Result<(Vec<Cell>, Vec<usize>), FormatError> {
        if count > MAX_SPARSE_CELLS {
            return Err(fault(
                self.file,
                format!("its {count} cells are too many for a file with KEYS"),
            ));
        }
        let mut cells = vec![Cell::MISSING; count];
        let mut places = vec![None; count];
        let mut tokens = std::mem::take(&mut self.tokens).into_iter().peekable();
        let mut written = 0;
        while let Some(line) = tokens.peek().map(|token| token.line) {
            let start = self.row_start(keys, &mut tokens, line)? * keys.width;
            for at in start..start + keys.width {
                let token =
                    tokens.next().filter(|token| !token.quoted || is_missing_mark(&token.text));
                let token = token.ok_or_else(|| {
                    let reason = format!("its row holds fewer than {} cells", keys.width);
                    row_fault(self.file, line, reason, "the file may be cut off: fetch it again")
                })?;
                let place = places.get_mut(at).filter(|place| place.is_none());
                let place = place.ok_or_else(|| {
                    row_fault(self.file, line, "its keys appear twice", "keep one of the two rows")
                })?;
                *place = Some(line);
                let cell = self.cell(token)?;
                cells.get_mut(at).into_iter().for_each(|slot| *slot = cell.clone());
            }
            written += 1;
        }
        let rows = count / keys.width.max(1);
        if written < rows {
            notes.push(format!(
                "KEYS: {} of {rows} rows are not written; they stand for zeros or for no data, and are \
                 kept as missing.",
                rows - written
            ));
        }
        // A row that is not written is found where the data begin.
        let places = places.into_iter().map(|place| place.unwrap_or(self.line)).collect();
        Ok((cells, places))
    }

    /// Reads the keys of a row and gives its number.
    fn row_start(
        &self,
        keys: &Keys,
        tokens: &mut impl Iterator<Item = Token>,
        line: usize,
    ) -> Result<usize, FormatError> {
        let mut row = 0;
        for places in &keys.places {
            let token = tokens.next();
            let key = token.as_ref().filter(|token| token.quoted);
            let place = key.and_then(|key| places.get(&key.text)).ok_or_else(|| {
                let found = token.as_ref().map_or("nothing", |token| &token.text).escape_debug();
                let reason = format!("\"{found}\" stands where a key of the stub is due");
                let help = "a row is its keys in quotes, then one cell a column";
                row_fault(self.file, line, reason, help)
            })?;
            row = row * places.len() + place;
        }
        Ok(row)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tests::{cells, fault_of, read};

    #[test]
    fn every_separator_and_mark_of_the_specification_is_read() {
        let text = "STUB=\"x\";VALUES(\"x\")=\"1\",\"2\",\"3\",\"4\",\"5\",\"6\";DATA=1,2;3\t\"......\" . 1e3\r\n;\r\n\u{1a}";
        assert_eq!(cells(&read(text).unwrap(), "value"), ["1", "2", "3", "∅", "∅", "1e3"]);
    }

    #[test]
    fn keys_name_the_rows_that_are_written() {
        let head = "STUB=\"a\",\"b\";HEADING=\"t\";VALUES(\"a\")=\"x\",\"y\";VALUES(\"b\")=\"p\",\"q\";\
            CODES(\"b\")=\"1\",\"2\";VALUES(\"t\")=\"23\",\"24\";KEYS(\"a\")=VALUES;KEYS(\"b\")=CODES;";
        let table =
            read(&format!("{head}DATA=\n\"y\",\"1\",5 6\n\"x\",\"2\",\"..\" 7\n;")).unwrap();
        assert_eq!(cells(&table, "value"), ["∅", "∅", "∅", "7", "5", "6", "∅", "∅"]);
        assert_eq!(table.rows, [1, 1, 3, 3, 2, 2, 1, 1]);
        assert!(
            table.notes.iter().any(|note| note.starts_with("KEYS: 2 of 4 rows are not written"))
        );
        for (data, wanted) in [
            ("\"y\",\"9\",5 6;", "row 1: \"9\" stands where a key"),
            ("\"y\",5 6;", "row 1: \"5\" stands where a key"),
            ("\"y\",\"1\",5;", "row 1: its row holds fewer than 2 cells"),
            ("\"y\",\"1\",5 6\n\"y\",\"1\",7 8;", "row 2: its keys appear twice"),
            ("\"y\",\"1\",5 6\n\"y\";", "row 2: \"nothing\" stands where a key"),
        ] {
            let message = fault_of(&format!("{head}DATA={data}"));
            assert!(message.contains(wanted), "{message}");
        }
    }
}
