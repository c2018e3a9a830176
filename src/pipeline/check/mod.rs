//! `scale check`: are these files what they claim to be?
//!
//! One file a format. Each gives its findings as sentences; what is wrong in many rows is one sentence with the first
//! row and the count.

mod geopackage;
mod geoparquet;
mod manifest;

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::PipelineError;
use crate::formats::FormatError;

/// Something a file claims and does not keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub file: PathBuf,
    pub finding: String,
}

/// What came of a check.
#[derive(Debug, Default)]
pub struct Checked {
    /// The files looked at, in order.
    pub files: Vec<PathBuf>,
    pub findings: Vec<Finding>,
    /// What is no fault and good to know, such as files that no manifest lists.
    pub notes: Vec<String>,
}

/// Checks files, and every known file of folders.
///
/// # Errors
/// [`PipelineError::Format`] for a path that does not exist or cannot be listed.
pub fn run(paths: &[PathBuf]) -> Result<Checked, PipelineError> {
    crate::environment::configure_gdal();
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files)?;
    }
    files.sort();
    files.dedup();
    let mut checked = Checked::default();
    for file in &files {
        let found = match file.extension().and_then(|ending| ending.to_str()) {
            Some("parquet") => geoparquet::findings(file),
            Some("gpkg") => geopackage::findings(file),
            _ => {
                checked.notes.extend(manifest::notes(file));
                manifest::findings(file)
            }
        };
        let found = found.iter().map(|finding| {
            // Errors begin with the file, which stands before every finding.
            let finding = finding.strip_prefix(&format!("{}: ", file.display())).unwrap_or(finding);
            Finding { file: file.clone(), finding: finding.to_owned() }
        });
        checked.findings.extend(found);
    }
    checked.files = files;
    Ok(checked)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), PipelineError> {
    if !path.is_dir() {
        if !path.exists() {
            return Err(FormatError::Missing { file: path.to_owned() }.into());
        }
        files.push(path.to_owned());
        return Ok(());
    }
    let failed = |source| FormatError::Read { file: path.to_owned(), source };
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?.path();
        let known = entry.file_name().is_some_and(|name| name == "manifest.json")
            || entry.extension().is_some_and(|ending| ending == "parquet" || ending == "gpkg");
        let hidden =
            entry.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if hidden {
            continue; // what another run is writing aside
        }
        if entry.is_dir() {
            collect(&entry, files)?;
        } else if known {
            files.push(entry);
        }
    }
    Ok(())
}

/// The rows at fault, counted from 1, in one sentence: the first, and how many more.
fn rows_at_fault(rows: &[usize], fault: &str) -> Option<String> {
    let first = rows.first()?;
    Some(match rows.len() - 1 {
        0 => format!("row {first}: {fault}"),
        more => format!("row {first} and {more} more: {fault}"),
    })
}
