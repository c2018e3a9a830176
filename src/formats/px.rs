//! PX: the text format of PC-Axis and `PxWeb`, keywords first and the cells of a cube at the end.
//!
//! Source: "PX-file format specification", AXIS-VERSION 2013, and "Data in the PX-file" (Statistics
//! Sweden). Read is the main language only. Three steps: scan keywords, describe the cube, read cells.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::path::Path;
use std::str::CharIndices;

use super::error::{FormatError, Place};
use super::jsonstat::{
    Axis, Category, Cell, Cube, Dimension, MAX_SPARSE_CELLS, cell_count, publisher_note,
};
use super::raw::RawTable;
use super::text::{
    Decoded, MarkCount, decode_declared, decode_text, is_missing_mark, looks_binary, parse_number,
    why_not_a_number,
};
use crate::model::ObsStatus;

/// How far into the file its code page is looked for; it stands among the first keywords.
const HEAD_BYTES: usize = 4096;

/// Reads a PX file into one row a combination of categories.
///
/// Columns are named by `VARIABLECODE` where stated, else by the name of the variable, which is the
/// label; they hold `CODES`, else `VALUES`. The variable `CONTVARIABLE` names becomes value columns;
/// without one the column is `value`. A geography also gets `<column>_label`. Dots are `None` with
/// status `M`, and so is a dash, although it can mean zero; the notes say so. Row numbers are the
/// lines of the cells.
///
/// In a file with `KEYS`, rows that are not written are `None` with status `M`: the specification
/// leaves out rows of zeros, but writers leave out rows without data as well.
///
/// # Errors
///
/// [`FormatError`] with the line where possible: no PX file, an encoding that does not fit, variables
/// without values, codes that do not fit the values, a cell that is no number, and
/// [`FormatError::Truncated`] when cells or the closing semicolon are missing.
pub fn read_px(file: &Path, bytes: &[u8]) -> Result<RawTable, FormatError> {
    let (decoded, mut notes) = decode(file, bytes)?;
    let (keywords, data) = Scanner::new(&decoded.text).keywords(file)?;
    let header = Header::of_main_language(keywords);
    let dimensions = header.dimensions(file)?;
    let count = cell_count(dimensions.iter().map(|dimension| dimension.categories.len()))
        .filter(|&count| count > 0)
        .ok_or_else(|| fault(file, "its variables multiply to no or too many cells"))?;
    let mut marks = MarkCount::default();
    let mut body =
        Body { file, line: data.line, tokens: tokens(file, &data, count)?, marks: &mut marks };
    let (cells, places) = match header.sparse_keys(file, &dimensions)? {
        None => body.dense(count)?,
        Some(keys) => body.sparse(&keys, count, &mut notes)?,
    };
    notes.extend(marks.notes());
    notes.extend(header.all("NOTE").chain(header.all("NOTEX")).filter_map(publisher_note));
    let text = |name: &str| header.text(name).filter(|text| !text.is_empty());
    Cube {
        dimensions,
        cells,
        places,
        measure: text("CONTENTS"),
        title: text("TITLE").or_else(|| text("DESCRIPTION")),
        publisher: text("SOURCE"),
        notes,
    }
    .into_table(file)
}

fn fault(file: &Path, reason: impl Into<String>) -> FormatError {
    FormatError::NotWhatItSays {
        file: file.into(),
        expected: "a PX file",
        reason: reason.into(),
        help: "fetch or export it again as PX".to_owned(),
    }
}

fn row_fault(file: &Path, row: usize, reason: impl Into<String>, help: &str) -> FormatError {
    let (reason, help) = (reason.into(), help.to_owned());
    FormatError::Row { place: Place::file(file), row, reason, help }
}

/// Reads the text in the code page the file states. A file that states another and is UTF-8 all the
/// same was re-encoded on its way, which valid letters beyond ASCII prove.
fn decode(file: &Path, bytes: &[u8]) -> Result<(Decoded, Vec<String>), FormatError> {
    if bytes.trim_ascii().is_empty() {
        return Err(FormatError::Empty { file: file.into() });
    }
    if looks_binary(bytes) {
        return Err(fault(file, "it holds binary data"));
    }
    let stated = stated_code_page(bytes);
    let re_encoded = !bytes.is_ascii() && std::str::from_utf8(bytes).is_ok();
    let decoded = match &stated {
        Some(label) if !re_encoded => {
            decode_declared(bytes, label).map_err(|reason| FormatError::Decode {
                file: file.into(),
                reason,
                help: "correct CODEPAGE in the file: it names the encoding".to_owned(),
            })?
        }
        _ => decode_text(bytes),
    };
    let mut notes = vec![format!("Encoding: {}.", decoded.encoding)];
    if let Some(label) = stated.filter(|label| re_encoded && !label.eq_ignore_ascii_case("utf-8")) {
        notes.push(format!("The file states CODEPAGE \"{label}\" but is UTF-8, and was read so."));
    }
    Ok((decoded, notes))
}

fn stated_code_page(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(bytes.get(..HEAD_BYTES).unwrap_or(bytes)).into_owned();
    let (_, rest) = head.split_once("CODEPAGE=\"")?;
    let (label, _) = rest.split_once('"')?;
    Some(label.trim().to_owned())
}

/// `KEYWORD[language]("subkey",…)="text","text";` or with bare words such as `YES` or `TLIST(A1)`.
#[derive(Debug, Default)]
struct Keyword {
    name: String,
    language: Option<String>,
    subkeys: Vec<String>,
    texts: Vec<String>,
    words: Vec<String>,
    line: usize,
}

/// The data part of the file, and the line it begins in.
struct Data<'a> {
    text: &'a str,
    line: usize,
}

struct Scanner<'a> {
    text: &'a str,
    letters: Peekable<CharIndices<'a>>,
    line: usize,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, letters: text.char_indices().peekable(), line: 1 }
    }

    fn peek(&mut self) -> Option<char> {
        self.letters.peek().map(|(_, letter)| *letter)
    }

    fn next(&mut self) -> Option<char> {
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

    fn take_until(&mut self, ends: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(letter) = self.peek().filter(|&letter| !ends(letter)) {
            taken.push(letter);
            self.next();
        }
        taken
    }

    /// All keywords before `DATA`, and what follows it.
    fn keywords(mut self, file: &Path) -> Result<(Vec<Keyword>, Data<'a>), FormatError> {
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
    fn quoted(&mut self) -> Result<String, usize> {
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

struct Header {
    keywords: Vec<Keyword>,
}

impl Header {
    fn of_main_language(mut keywords: Vec<Keyword>) -> Self {
        let main = keywords.iter().find(|keyword| keyword.name == "LANGUAGE");
        let main = main.and_then(|keyword| keyword.texts.first().cloned());
        keywords.retain(|keyword| keyword.language.is_none() || keyword.language == main);
        Self { keywords }
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.keywords.iter().filter(move |keyword| keyword.name == name);
        named
            .filter(|keyword| keyword.subkeys.is_empty())
            .flat_map(|keyword| &keyword.texts)
            .map(String::as_str)
    }

    fn of(&self, name: &str, variable: &str) -> Option<&Keyword> {
        self.keywords.iter().find(|keyword| {
            keyword.name == name && keyword.subkeys.first().is_some_and(|subkey| subkey == variable)
        })
    }

    /// A text in one line; PX writes `#` for a line break.
    fn text(&self, name: &str) -> Option<String> {
        let text = self.all(name).next()?.replace('#', " ");
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// Variables in the order of the cells: the stub, then the heading, which runs fastest.
    fn dimensions(&self, file: &Path) -> Result<Vec<Dimension>, FormatError> {
        let variables: Vec<&str> = self.all("STUB").chain(self.all("HEADING")).collect();
        if variables.is_empty() {
            return Err(fault(file, "it names no variables in STUB or HEADING"));
        }
        let mut contents_seen = false;
        let mut dimensions = Vec::new();
        for variable in variables {
            let mut axis = self.axis(variable);
            // Only one variable can become columns.
            if axis == Axis::Metric && std::mem::replace(&mut contents_seen, true) {
                axis = Axis::Other;
            }
            let code = self.of("VARIABLECODE", variable).and_then(|keyword| keyword.texts.first());
            dimensions.push(Dimension {
                code: code.map_or(variable, String::as_str).to_owned(),
                label: Some(variable.to_owned()),
                axis,
                categories: self.categories(file, variable)?,
            });
        }
        Ok(dimensions)
    }

    fn axis(&self, variable: &str) -> Axis {
        let contents = self.all("CONTVARIABLE").next();
        let kind = self.of("VARIABLE-TYPE", variable).and_then(|keyword| keyword.texts.first());
        if contents == Some(variable) {
            Axis::Metric
        } else if self.of("TIMEVAL", variable).is_some() || kind.is_some_and(|kind| kind == "T") {
            Axis::Time
        } else if self.of("MAP", variable).is_some() || kind.is_some_and(|kind| kind == "G") {
            Axis::Geography
        } else {
            let code = self.of("VARIABLECODE", variable).and_then(|keyword| keyword.texts.first());
            let known = Axis::of_known_code(code.map_or(variable, String::as_str));
            // Contents are what CONTVARIABLE says, where the file says it.
            if known == Axis::Metric && contents.is_some() { Axis::Other } else { known }
        }
    }

    fn categories(&self, file: &Path, variable: &str) -> Result<Vec<Category>, FormatError> {
        // Periods may be written in TIMEVAL alone.
        let values = self.of("VALUES", variable).or_else(|| self.of("TIMEVAL", variable));
        let values = values
            .filter(|values| {
                !values.texts.is_empty() && !values.words.iter().any(|word| word == "-")
            })
            .ok_or_else(|| fault(file, format!("variable \"{variable}\" has no VALUES")))?;
        let codes = self.of("CODES", variable).unwrap_or(values);
        let (wanted, found) = (values.texts.len(), codes.texts.len());
        if wanted != found {
            let reason = format!("variable \"{variable}\" has {found} CODES for {wanted} VALUES");
            return Err(row_fault(
                file,
                codes.line,
                reason,
                "each value needs one code, in the same order",
            ));
        }
        let pairs = codes.texts.iter().zip(&values.texts);
        Ok(pairs
            .map(|(code, label)| Category { code: code.clone(), label: Some(label.clone()) })
            .collect())
    }

    /// For a file with `KEYS`, the place of each written key along each stub variable.
    fn sparse_keys(
        &self,
        file: &Path,
        dimensions: &[Dimension],
    ) -> Result<Option<Keys>, FormatError> {
        let stub: Vec<&str> = self.all("STUB").collect();
        if !stub.iter().any(|variable| self.of("KEYS", variable).is_some()) {
            return Ok(None);
        }
        let mut places = Vec::new();
        for (variable, dimension) in stub.iter().zip(dimensions) {
            let keyword = self.of("KEYS", variable).ok_or_else(|| {
                fault(
                    file,
                    format!("variable \"{variable}\" of the stub has no KEYS while another has"),
                )
            })?;
            let by_code = keyword.words.iter().chain(&keyword.texts).any(|word| word == "CODES");
            let key = |category: &Category| match &category.label {
                Some(label) if !by_code => label.clone(),
                _ => category.code.clone(),
            };
            places.push(dimension.categories.iter().map(key).zip(0..).collect());
        }
        let sizes = dimensions.iter().skip(stub.len()).map(|heading| heading.categories.len());
        Ok(Some(Keys { places, width: sizes.product() }))
    }
}

/// Where the written keys stand along the stub, and how many cells follow them.
struct Keys {
    places: Vec<BTreeMap<String, usize>>,
    width: usize,
}

struct Token {
    text: String,
    quoted: bool,
    line: usize,
}

/// Splits the data part. Blank, comma, semicolon and tab separate; the last semicolon closes.
fn tokens(file: &Path, data: &Data, count: usize) -> Result<Vec<Token>, FormatError> {
    // Files from DOS end in a substitute character.
    let text = data.text.trim_end_matches(|end: char| end.is_whitespace() || end == '\u{1a}');
    let closed = text.strip_suffix(';');
    let mut scanner = Scanner { line: data.line, ..Scanner::new(closed.unwrap_or(text)) };
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

struct Body<'a> {
    file: &'a Path,
    /// The line of `DATA`.
    line: usize,
    tokens: Vec<Token>,
    marks: &'a mut MarkCount,
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
    fn dense(&mut self, count: usize) -> Result<(Vec<Cell>, Vec<usize>), FormatError> {
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
    fn sparse(
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
    #![allow(clippy::unwrap_used, clippy::print_stderr, clippy::indexing_slicing)]
    use super::*;
    use crate::formats::raw::{ColumnRole, RawColumn};
    use proptest::prelude::*;

    const SMALL: &str = concat!(
        "CHARSET=\"ANSI\";\nCODEPAGE=\"utf-8\";\nLANGUAGE=\"sv\";\nLANGUAGES=\"sv\",\"en\";\n",
        "TITLE=\"Folkmängd; efter \"\n\"region\";\nSOURCE=\"SCB\";\nNOTE=\"Preliminär. Kan#ändras.\";\n",
        "STUB=\"region\",\"kön\";\nHEADING=\"innehåll\",\"år\";\nCONTVARIABLE=\"innehåll\";\n",
        "VARIABLECODE(\"region\")=\"Region\";\n",
        "VALUES(\"region\")=\"Stockholm\",\n\"Nacka\";\nVALUES(\"kön\")=\"män\",\"kvinnor\";\n",
        "VALUES(\"innehåll\")=\"Folkmängd\",\"Areal\";\nVALUES(\"år\")=\"2024\";\n",
        "TIMEVAL(\"år\")=TLIST(A1),\"2024\";\nCODES(\"region\")=\"0180\",\"0182\";\n",
        "CODES(\"kön\")=\"1\",\"2\";\nCODES(\"innehåll\")=\"pop\",\"area\";\nPRESTEXT(\"år\")=0;\n",
        "VALUES[en](\"region\")=\"Stockholm city\",\"Nacka city\";\nTITLE[en]=\"Population\";\n",
        "DATA=\n1 2.5 \n\"..\" \"-\" \n5 6 \n7 -8 \n;\n",
    );

    fn read(text: &str) -> Result<RawTable, FormatError> {
        read_px(Path::new("t.px"), text.as_bytes())
    }

    fn cells<'a>(table: &'a RawTable, name: &str) -> Vec<&'a str> {
        let column = table.column(name).unwrap();
        column.cells.iter().map(|cell| cell.as_deref().unwrap_or("∅")).collect()
    }

    fn fault_of(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn the_main_language_is_read_and_contents_become_columns() {
        let table = read(SMALL).unwrap();
        let names: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["Region", "Region_label", "kön", "år", "pop", "area"]);
        assert_eq!(cells(&table, "Region"), ["0180", "0180", "0182", "0182"]);
        assert_eq!(cells(&table, "Region_label")[3], "Nacka");
        assert_eq!(cells(&table, "kön"), ["1", "2", "1", "2"]);
        assert_eq!(cells(&table, "pop"), ["1", "∅", "5", "7"]);
        assert_eq!(cells(&table, "area"), ["2.5", "∅", "6", "-8"]);
        assert_eq!(table.column("area").unwrap().status[1], ObsStatus::M);
        assert_eq!(table.column("area").unwrap().label.as_deref(), Some("Areal"));
        assert_eq!(table.column("år").unwrap().role, ColumnRole::Time);
        assert_eq!(table.column("Region").unwrap().role, ColumnRole::Geography);
        assert_eq!(table.title.as_deref(), Some("Folkmängd; efter region"));
        assert_eq!(table.publisher.as_deref(), Some("SCB"));
        assert!(table.notes.iter().any(|note| note.contains("can mean zero")));
        assert!(table.notes.contains(&"Publisher's note: Preliminär.".to_owned()));
    }

    #[test]
    fn rows_carry_the_lines_of_their_cells() {
        let first = SMALL.lines().position(|line| line == "DATA=").unwrap() + 2;
        assert_eq!(read(SMALL).unwrap().rows, [first, first + 1, first + 2, first + 3]);
    }

    #[test]
    fn a_cube_without_contents_or_codes_has_one_value_column() {
        let table =
            read("CONTENTS=\"Area\";HEADING=\"t\";VALUES(\"t\")=\"a\",\"b\";DATA=1,2;").unwrap();
        assert_eq!(cells(&table, "t"), ["a", "b"]);
        assert_eq!(cells(&table, "value"), ["1", "2"]);
        assert_eq!(table.column("value").unwrap().label.as_deref(), Some("Area"));
    }

    #[test]
    fn every_separator_and_mark_of_the_specification_is_read() {
        let text = "STUB=\"x\";VALUES(\"x\")=\"1\",\"2\",\"3\",\"4\",\"5\",\"6\";DATA=1,2;3\t\"......\" . 1e3\r\n;\r\n\u{1a}";
        assert_eq!(cells(&read(text).unwrap(), "value"), ["1", "2", "3", "∅", "∅", "1e3"]);
    }

    #[test]
    fn a_doubled_quote_is_a_quote_and_pieces_are_joined() {
        let text =
            "TITLE=\"a \"\"b\"\" \"\n  \"c\";STUB=\"x\";VALUES(\"x\")=\"\",\"y;=\";DATA=1 2;";
        let table = read(text).unwrap();
        assert_eq!(table.title.as_deref(), Some("a \"b\" c"));
        assert_eq!(cells(&table, "x"), ["", "y;="]);
    }

    #[test]
    fn the_code_page_decides_unless_the_bytes_disprove_it() {
        let text =
            |page: &str| format!("CODEPAGE=\"{page}\";STUB=\"år\";VALUES(\"år\")=\"å\";DATA=1;");
        let latin: Vec<u8> = text("iso-8859-1").chars().map(|letter| letter as u8).collect();
        let table = read_px(Path::new("t"), &latin).unwrap();
        assert_eq!(cells(&table, "år"), ["å"]);
        assert_eq!(table.notes[0], "Encoding: windows-1252.");
        let table = read(&text("iso-8859-1")).unwrap();
        assert_eq!(cells(&table, "år"), ["å"]);
        assert!(table.notes[1].contains("but is UTF-8"));
        let wrong: Vec<u8> = text("utf-8").chars().map(|letter| letter as u8).collect();
        assert!(matches!(read_px(Path::new("t"), &wrong).unwrap_err(), FormatError::Decode { .. }));
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

    #[test]
    fn a_file_cut_off_is_truncated_with_both_counts() {
        let cut = |end: &str| fault_of(&SMALL.replace("7 -8 \n;\n", end));
        assert!(cut("7 \n;").contains("holds 7 data cells where its variables call for 8"));
        assert!(cut("7 -8 9;").contains("holds 9 data cells"));
        assert!(cut("7 -8").contains("semicolon that closes DATA is missing after 8 of 8 cells"));
        assert!(cut("7 \".;").contains("is never closed"));
        assert!(fault_of("TITLE=\"a\";\nSTUB=\"b\";\n").contains("ends in line 3 without DATA"));
    }

    #[test]
    fn faults_name_the_line() {
        for (text, wanted) in [
            ("A=1;\nB\"x\";DATA=1;", "row 2: keyword \"B\" has no equals sign"),
            ("A=1;\nB=\"x;\nDATA=1;", "row 2: keyword \"B\" has an open quote"),
            ("A[sv=\"x\";DATA=1;", "row 1: keyword \"A\" has an open bracket"),
            ("A(\"x\"", "row 1: keyword \"A\" has an open parenthesis"),
            (
                "STUB=\"x\";VALUES(\"x\")=\"1\",\"2\";\nCODES(\"x\")=\"1\";DATA=1 2;",
                "row 2: variable \"x\" has 1 CODES for 2 VALUES",
            ),
            (
                "STUB=\"x\";VALUES(\"x\")=\"1\";\nDATA=\n1.2.3;",
                "row 3: data cell \"1.2.3\" is not a number",
            ),
            ("STUB=\"x\";DATA=1;", "variable \"x\" has no VALUES"),
            (
                "STUB=\"x\";TIMEVAL(\"x\")=TLIST(A1,\"1990\"-\"1995\");DATA=1;",
                "variable \"x\" has no VALUES",
            ),
            ("A=1;DATA=1;", "names no variables"),
            ("hello", "holds no keywords"),
            ("\0\0", "binary"),
            (" \n", "empty"),
        ] {
            let message = fault_of(text);
            assert!(message.contains(wanted), "{message}");
        }
    }

    fn sample(name: &str) -> Option<(RawTable, usize)> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/formats").join(name);
        let Ok(bytes) = std::fs::read(&path) else {
            eprintln!("skipped: {} is absent", path.display());
            return None;
        };
        let table = read_px(&path, &bytes).unwrap();
        let missing =
            |column: &RawColumn| column.cells.iter().filter(|cell| cell.is_none()).count();
        let values = table.columns.iter().filter(|column| column.role == ColumnRole::Value);
        let missing = values.map(missing).sum();
        Some((table, missing))
    }

    /// Sums and counts taken from the text of the files by other means.
    #[test]
    fn the_sample_tables_of_pxweb_are_read_whole() {
        for (name, rows, columns, missing, sum) in [
            ("px/TAB001.px", 30 * 3 * 22 * 3, 6, 2259, 6_943_770_852),
            ("px/TAB002.px", 30 * 3 * 22 * 5 * 2, 7, 9921, 7_452_698_116),
            ("px/TAB003.px", 9 * 34 * 4, 5, 18, 1_162_846_580),
            ("px/TAB004.px", 14 * 11 * 28, 4, 1103, 56_187_261),
            ("px/TAB005.px", 6402, 5, 107, 454_352_667),
            ("jsonstat2/tab4_fewcells.px", 1, 4, 0, 445),
        ] {
            let Some((table, found)) = sample(name) else {
                return;
            };
            let size = (table.rows.len(), table.columns.len(), found);
            assert_eq!(size, (rows, columns, missing), "{name}");
            let values = table.columns.iter().filter(|column| column.role == ColumnRole::Value);
            let present = values.flat_map(|column| &column.cells).flatten();
            assert_eq!(
                present.map(|cell| cell.parse::<i64>().unwrap()).sum::<i64>(),
                sum,
                "{name}"
            );
        }
    }

    #[test]
    fn known_cells_of_the_samples_are_found() {
        let Some((one, _)) = sample("px/TAB001.px") else {
            return;
        };
        assert_eq!(cells(&one, "HNMGA")[..3], ["∅", "4041797", "4143737"]);
        let names: Vec<_> = one.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["REGION", "REGION_label", "SEX", "AGE", "TIME", "HNMGA"]);
        let Some((few, _)) = sample("jsonstat2/tab4_fewcells.px") else {
            return;
        };
        let Some((four, _)) = sample("px/TAB004.px") else {
            return;
        };
        // The small extract holds one cell of the large table.
        let names = ["SECTOR", "GREENHOUSEGAS", "TIME", "Emission"];
        let [sector, gas, time, emission] = names.map(|name| cells(&four, name));
        let same = (0..four.rows.len())
            .find(|&row| [sector[row], gas[row], time[row]] == ["7.0", "CO2", "2017"]);
        assert_eq!(vec![emission[same.unwrap()]], cells(&few, "Emission"));
    }

    proptest! {
        #[test]
        fn a_damaged_file_gives_equal_columns_or_a_fault(
            at in 0_usize..SMALL.len(),
            length in 0_usize..40,
            junk in proptest::collection::vec(
                prop_oneof![Just(b'"'), Just(b';'), Just(b'='), Just(b'('), Just(b'['), Just(b'\n'), any::<u8>()],
                0..20,
            ),
        ) {
            let mut bytes = SMALL.as_bytes().to_vec();
            bytes.splice(at..(at + length).min(SMALL.len()), junk);
            if let Ok(table) = read_px(Path::new("t"), &bytes) {
                let even = |column: &RawColumn| column.cells.len() == table.rows.len();
                prop_assert!(table.columns.iter().all(even));
            }
        }

        #[test]
        fn arbitrary_bytes_are_never_a_table_without_keywords(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            prop_assert!(read_px(Path::new("t"), &bytes).is_err());
        }
    }
}
