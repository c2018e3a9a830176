//! Everything that is wrong with a register, told at once.

use std::cell::RefCell;
use std::fmt;
use std::path::{Path, PathBuf};

/// One fault, and the one after it: printed as a chain of causes.
#[derive(Debug)]
pub struct RowFault {
    place: String,
    what: String,
    next: Option<Box<RowFault>>,
}

impl fmt::Display for RowFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl std::error::Error for RowFault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.next.as_deref().map(|next| next as _)
    }
}

/// A register that cannot be taken as it is.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("{file}: {count} {noun}", file = .file.display(), noun = if *.count == 1 { "fault" } else { "faults" })]
#[diagnostic(help(
    "correct the rows and import the file again; `scale actors schema` prints what each column may hold"
))]
pub struct RegisterError {
    pub file: PathBuf,
    pub count: usize,
    #[source]
    first: RowFault,
}

/// Collects faults while a register is read.
#[derive(Debug, Default)]
pub struct RegisterFaults(RefCell<Vec<(usize, String, String)>>);

impl RegisterFaults {
    /// A fault in a row of the file, in that column.
    pub fn add(&self, row: usize, column: &str, what: impl Into<String>) {
        let place = format!("row {row}, column \"{column}\"");
        self.0.borrow_mut().push((row, place, what.into()));
    }

    /// A fault of the whole file.
    pub fn add_header(&self, column: &str, what: impl Into<String>) {
        self.0.borrow_mut().push((0, format!("column \"{column}\""), what.into()));
    }

    /// The faults in the order of the rows; none is success.
    ///
    /// # Errors
    /// [`RegisterError`] with every fault.
    pub fn finish(self, file: &Path) -> Result<(), RegisterError> {
        let mut found = self.0.into_inner();
        found.sort_by_key(|(row, ..)| *row);
        let count = found.len();
        let chain = found
            .into_iter()
            .rev()
            .fold(None, |next, (_, place, what)| Some(Box::new(RowFault { place, what, next })));
        match chain {
            None => Ok(()),
            Some(first) => Err(RegisterError { file: file.to_owned(), count, first: *first }),
        }
    }
}
