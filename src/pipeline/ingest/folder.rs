//! A folder in the place of a file: one that is a format of its own, the tables of a feed, or a mistake to be explained.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::PipelineError;
use crate::formats::FormatError;

/// Refuses a folder that is no data set by itself, with the files that are in it.
pub(super) fn refuse(file: &Path) -> Result<(), PipelineError> {
    let is_format = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gdb"));
    if !file.is_dir() || is_format {
        return Ok(());
    }
    let names: Vec<String> = files(file)?.iter().take(12).map(|path| name(path)).collect();
    let help = match names.as_slice() {
        [] => "it holds no files".to_owned(),
        names => format!(
            "give one of its files: {}; a timetable comes whole, with --geography timetable",
            names.join(", ")
        ),
    };
    Err(PipelineError::Request { what: format!("{}: is a folder", file.display()), help })
}

/// Packs the text tables of a feed, always to the same bytes: sorted, and without the times of the files.
pub(super) fn pack(folder: &Path, to: &Path) -> Result<(), PipelineError> {
    let failed = |source| PipelineError::Output { path: to.to_owned(), source };
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(std::fs::File::create(to).map_err(failed)?);
    let is_table = |path: &&PathBuf| path.extension().is_some_and(|ending| ending == "txt");
    for path in files(folder)?.iter().filter(is_table) {
        let bytes = std::fs::read(path).map_err(unreadable(path))?;
        zip.start_file(name(path), options).map_err(|error| failed(error.into()))?;
        zip.write_all(&bytes).map_err(failed)?;
    }
    zip.finish().map_err(|error| failed(error.into()))?;
    Ok(())
}

/// The files of a folder, sorted by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, PipelineError> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn unreadable(path: &Path) -> impl Fn(std::io::Error) -> PipelineError {
    let file = path.to_owned();
    move |source| FormatError::Read { file: file.clone(), source }.into()
}
