//! The keywords of a PX file, letter by letter, with the lines they stand in.

use std::iter::Peekable;
use std::path::Path;
use std::str::CharIndices;

use super::super::FormatError;
use super::{fault, row_fault};

/// `KEYWORD[language]("subkey",…)="text","text";` or with bare words such as `YES` or `TLIST(A1)`.
#[derive(Debug, Default)]
pub(super) struct Keyword {
    pub(super) name: String,
    pub(super) language: Option<String>,
    pub(super) subkeys: Vec<String>,
    pub(super) texts: Vec<String>,
    pub(super) words: Vec<String>,
    pub(super) line: usize,
}

/// The data part of the file, and the line it begins in.
pub(super) struct Data<'a> {
    pub(super) text: &'a str,
    pub(super) line: usize,
}

pub(super) struct Scanner<'a> {
    text: &'a str,
    letters: Peekable<CharIndices<'a>>,
    pub(super) line: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, line: usize) -> Self {
        Self { text, letters: text.char_indices().peekable(), line }
    }

    pub(super) fn peek(&mut self) -> Option<char> {
        self.letters.peek().map(|(_, letter)| *letter)
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let (_, letter) = self.letters.next()?;
        self.line += usize::from(letter == '\n');
        Some(letter)
    }

    fn next_if(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.next();
        }
        found
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.next();
        }
    }

    pub(super) fn take_until(&mut self, ends: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(letter) = self.peek().filter(|&letter| !ends(letter)) {
            taken.push(letter);
            self.next();
        }
        taken
    }

    /// All keywords before `DATA`, and what follows it.
    pub(super) fn keywords(mut self, file: &Path) -> Result<(Vec<Keyword>, Data<'a>), FormatError> {
        let mut keywords = Vec::new();
        loop {
            self.skip_blanks();
            let line = self.line;
            let name = self.take_until(|letter| "[(=;\"".contains(letter)).trim().to_uppercase();
            if self.peek().is_none() {
                return Err(self.without_data(file, &keywords));
            }
            if name == "DATA" && self.next_if('=') {
                let at = self.letters.peek().map_or(self.text.len(), |(at, _)| *at);
                return Ok((
                    keywords,
                    Data { text: self.text.get(at..).unwrap_or_default(), line: self.line },
                ));
            }
            let keyword = Keyword { name, line, ..Keyword::default() };
            keywords.push(self.keyword(file, keyword)?);
        }
    }

    fn without_data(&self, file: &Path, keywords: &[Keyword]) -> FormatError {
        if keywords.is_empty() {
            return fault(file, "it holds no keywords");
        }
        let reason = format!("it ends in line {} without DATA", self.line);
        FormatError::Truncated { file: file.into(), reason }
    }

    fn keyword(&mut self, file: &Path, mut keyword: Keyword) -> Result<Keyword, FormatError> {
        let wrong = |line, what: &str| {
            let reason = format!("keyword {} {what}", keyword_name(&keyword.name));
            row_fault(
                file,
                line,
                reason,
                "a keyword reads KEYWORD[language](\"variable\")=\"text\";",
            )
        };
        if self.next_if('[') {
            keyword.language =
                Some(self.take_until(|letter| "]=;".contains(letter)).trim().to_owned());
            if !self.next_if(']') {
                return Err(wrong(self.line, "has an open bracket"));
            }
            self.skip_blanks();
        }
        if self.next_if('(') {
            keyword.subkeys = self.list(")").map_err(|open| wrong(open, "has an open quote"))?.0;
            if !self.next_if(')') {
                return Err(wrong(self.line, "has an open parenthesis"));
            }
            self.skip_blanks();
        }
        if keyword.name.is_empty() || !self.next_if('=') {
            return Err(wrong(self.line, "has no equals sign"));
        }
        (keyword.texts, keyword.words) =
            self.list(";").map_err(|open| wrong(open, "has an open quote"))?;
        if !self.next_if(';') {
            return Err(wrong(keyword.line, "has no closing semicolon"));
        }
        Ok(keyword)
    }

    /// Quoted texts and bare words up to one of `ends`; an open quote gives the line it began in.
    ///
    /// A long text is written as several quoted pieces without a comma between them.
    fn list(&mut self, ends: &str) -> Result<(Vec<String>, Vec<String>), usize> {
        let (mut texts, mut words): (Vec<String>, Vec<String>) = Default::default();
        let mut continues = false;
        while let Some(letter) = self.peek().filter(|&letter| !ends.contains(letter)) {
            if letter == '"' {
                let text = self.quoted()?;
                match texts.last_mut().filter(|_| continues) {
                    Some(last) => last.push_str(&text),
                    None => texts.push(text),
                }
                continues = true;
            } else if letter.is_whitespace() {
                self.next();
            } else if ",()".contains(letter) {
                continues = false;
                self.next();
            } else {
                continues = false;
                words.push(self.take_until(|end| {
                    end.is_whitespace() || ",()\"".contains(end) || ends.contains(end)
                }));
            }
        }
        Ok((texts, words))
    }

    /// A quoted text; a doubled quote inside stands for one.
    pub(super) fn quoted(&mut self) -> Result<String, usize> {
        let line = self.line;
        self.next();
        let mut text = String::new();
        while let Some(letter) = self.next() {
            if letter != '"' {
                text.push(letter);
            } else if !text.is_empty() && self.next_if('"') {
                text.push('"');
            } else {
                return Ok(text);
            }
        }
        Err(line)
    }
}

/// The name as far as it is one: in a file of another kind it can be pages long.
fn keyword_name(name: &str) -> String {
    format!("\"{}\"", name.chars().take(30).collect::<String>().escape_debug())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tests::{cells, read};

    #[test]
    fn a_doubled_quote_is_a_quote_and_pieces_are_joined() {
        let text =
            "TITLE=\"a \"\"b\"\" \"\n  \"c\";STUB=\"x\";VALUES(\"x\")=\"\",\"y;=\";DATA=1 2;";
        let table = read(text).unwrap();
        assert_eq!(table.title.as_deref(), Some("a \"b\" c"));
        assert_eq!(cells(&table, "x"), ["", "y;="]);
    }
}
