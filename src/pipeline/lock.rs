//! `scale.lock`: which content the files that a pipeline reads had, made to be committed beside it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::PipelineError;
use super::plan::InputFile;
use crate::formats;
use crate::publish::replace_file;

/// One file of the lock.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Locked {
    /// From the folder of the pipeline.
    path: String,
    sha256: String,
    bytes: u64,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lock {
    #[serde(default)]
    file: Vec<Locked>,
}

/// Compares the files with the lock.
///
/// # Errors
/// [`PipelineError::Request`] naming every file that differs, is not locked or is no longer read.
pub fn check(pipeline: &Path, inputs: &[InputFile]) -> Result<(), PipelineError> {
    let path = path(pipeline);
    let (locked, found) = (read(&path)?, lock(pipeline, inputs));
    let mut faults = Vec::new();
    for file in &found.file {
        match locked.file.iter().find(|known| known.path == file.path) {
            None => faults.push(format!("{} is not in it", file.path)),
            Some(known) if known.sha256 != file.sha256 => faults.push(format!(
                "{} changed: its sha256 is {}, {} is locked",
                file.path, file.sha256, known.sha256
            )),
            Some(_) => {}
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    Err(PipelineError::Request {
        what: format!("{}: {}", path.display(), faults.join("; ")),
        help: "run without --locked to accept the files as they are, and commit the new lock"
            .to_owned(),
    })
}

/// Writes the lock where it says something else; a pipeline that reads no files has none.
///
/// # Errors
/// [`PipelineError::Output`].
pub fn write(pipeline: &Path, inputs: &[InputFile]) -> Result<(), PipelineError> {
    let path = path(pipeline);
    let mut found = lock(pipeline, inputs);
    let known = read(&path)?;
    // Other pipelines of the folder have their files in the same lock.
    let others =
        known.file.iter().filter(|known| !found.file.iter().any(|file| file.path == known.path));
    found.file.extend(others.cloned().collect::<Vec<_>>());
    found.file.sort();
    if found == known {
        return Ok(());
    }
    let failed = |path: PathBuf, source| PipelineError::Output { path, source };
    let text = toml::to_string(&found).map_err(std::io::Error::other);
    let text = text.map_err(|error| failed(path.clone(), error))?;
    let text =
        format!("# Made by scale run; commit it, and --locked holds the files to it.\n\n{text}");
    replace_file(
        &path,
        |new| std::fs::write(new, &text).map_err(|error| failed(new.to_owned(), error)),
        failed,
    )
}

fn path(pipeline: &Path) -> PathBuf {
    pipeline.with_file_name("scale.lock")
}

fn read(path: &Path) -> Result<Lock, PipelineError> {
    if !path.exists() {
        return Ok(Lock::default());
    }
    let text = String::from_utf8_lossy(&formats::read(path)?).into_owned();
    toml::from_str(&text).map_err(|error| PipelineError::Request {
        what: format!("{}: {}", path.display(), error.to_string().trim()),
        help: "remove it, and run without --locked to write it anew".to_owned(),
    })
}

fn lock(pipeline: &Path, inputs: &[InputFile]) -> Lock {
    let folder = pipeline.parent().unwrap_or(Path::new(""));
    let file = |input: &InputFile| Locked {
        path: input.path.strip_prefix(folder).unwrap_or(&input.path).to_string_lossy().into_owned(),
        sha256: input.sha256.clone(),
        bytes: input.bytes,
    };
    let mut file: Vec<Locked> = inputs.iter().map(file).collect();
    file.sort();
    Lock { file }
}
