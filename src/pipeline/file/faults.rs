//! Everything that is wrong with a pipeline file, told at once.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// One fault, and the one after it: printed as a chain of causes.
#[derive(Debug)]
pub struct Fault {
    line: usize,
    column: usize,
    what: String,
    next: Option<Box<Fault>>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.what)
    }
}

impl std::error::Error for Fault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.next.as_deref().map(|next| next as _)
    }
}

/// A pipeline file that cannot be run as it is written.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("{file}: {count} {noun}", file = .file.display(), noun = if *.count == 1 { "fault" } else { "faults" })]
#[diagnostic(help(
    "`scale init` writes a commented pipeline, `scale init --schema` the schema that editors check against"
))]
pub struct PipelineFileError {
    pub file: PathBuf,
    pub count: usize,
    #[source]
    first: Fault,
}

/// Collects faults while a file is read.
pub(super) struct Faults<'t> {
    text: &'t str,
    found: RefCell<Vec<(usize, String)>>,
}

impl<'t> Faults<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, found: RefCell::default() }
    }

    pub fn add(&self, span: &Range<usize>, what: String) {
        self.found.borrow_mut().push((span.start, what));
    }

    pub fn is_empty(&self) -> bool {
        self.found.borrow().is_empty()
    }

    /// The faults in the order of the text; none is success.
    pub fn finish(self, file: &Path) -> Result<(), PipelineFileError> {
        let mut found = self.found.into_inner();
        found.sort();
        found.dedup();
        let count = found.len();
        let chain = found.into_iter().rev().fold(None, |next, (offset, what)| {
            let (line, column) = position(self.text, offset);
            Some(Box::new(Fault { line, column, what, next }))
        });
        match chain {
            None => Ok(()),
            Some(first) => Err(PipelineFileError { file: file.to_owned(), count, first: *first }),
        }
    }
}

/// Line and column, counted from 1 in characters.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (line, before.get(start..).map_or(0, |rest| rest.chars().count()) + 1)
}

/// `; did you mean "…"?` where one of the known words is near.
pub(super) fn suggestion<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let near = |word: &str| strsim::jaro_winkler(word, given);
    let best = known.into_iter().max_by(|a, b| near(a).total_cmp(&near(b)));
    match best.filter(|word| near(word) > 0.75) {
        Some(word) => format!("; did you mean \"{word}\"?"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_counted_in_characters_from_one() {
        let text = "a = 1\nåäö = 2";
        assert_eq!(position(text, 0), (1, 1));
        assert_eq!(position(text, "a = 1\nåä".len()), (2, 3));
        assert_eq!(position(text, 9999), (2, 8));
    }

    #[test]
    fn only_a_near_word_is_suggested() {
        assert_eq!(suggestion("extensiv", ["extensive", "input"]), "; did you mean \"extensive\"?");
        assert_eq!(suggestion("zzz", ["extensive", "input"]), "");
    }
}
