//! `scale.lock`: which content the files that a pipeline reads had, made to be committed beside it.
//!
//! Of what was fetched from a provider it holds the question, when it was answered, and what came.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::PipelineError;
use super::fetch::{Shape, Wanted};
use super::plan::InputFile;
use crate::formats;
use crate::publish::replace_file;
use crate::sources::providers::Brought;

/// One file of the lock.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Locked {
    /// From the folder of the pipeline.
    path: String,
    sha256: String,
    bytes: u64,
}

/// What a provider gave for one data set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fetched {
    pub id: String,
    /// With `{key}` in the place of a key.
    pub address: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub parameters: String,
    /// RFC 3339.
    pub retrieved: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// When the provider says that it last changed the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<String>,
    pub sha256: String,
    pub bytes: u64,
    pub ending: String,
    pub licence: String,
    /// The hash of what the step asks.
    pub question: String,
    #[serde(flatten)]
    pub shape: Shape,
}

#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lock {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    file: Vec<Locked>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    fetched: Vec<Fetched>,
}

impl Fetched {
    pub(super) fn new(wanted: &Wanted, brought: &Brought, shape: Shape) -> Self {
        let brought = brought.clone();
        Self {
            id: wanted.id.clone(),
            address: brought.address,
            parameters: brought.parameters,
            retrieved: brought.retrieved,
            etag: brought.etag,
            updated: brought.updated,
            sha256: brought.sha256,
            bytes: brought.bytes,
            ending: brought.ending,
            licence: wanted.licence.clone(),
            question: wanted.question().to_owned(),
            shape,
        }
    }

    /// The same, as it lies in the cache.
    pub(super) fn brought(&self, file: PathBuf) -> Brought {
        let locked = self.clone();
        Brought {
            file,
            ending: locked.ending,
            sha256: locked.sha256,
            bytes: locked.bytes,
            address: locked.address,
            parameters: locked.parameters,
            retrieved: locked.retrieved,
            etag: locked.etag,
            updated: locked.updated,
            notes: Vec::new(),
        }
    }
}

/// Compares the files with the lock.
///
/// # Errors
/// [`PipelineError::Request`] naming every file that differs, is not locked or is no longer read.
pub fn check(pipeline: &Path, inputs: &[InputFile]) -> Result<(), PipelineError> {
    let path = path(pipeline);
    let (locked, found) = (read(&path)?, lock(pipeline, inputs));
    let mut faults = Vec::new();
    for file in &found {
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
    let known = read(&path)?;
    let mut file = lock(pipeline, inputs);
    // Other pipelines of the folder have their files in the same lock.
    let others = known.file.iter().filter(|known| !file.iter().any(|file| file.path == known.path));
    file.extend(others.cloned().collect::<Vec<_>>());
    file.sort();
    put(&path, &known, &Lock { file, fetched: known.fetched.clone() })
}

/// What the lock says of fetched content.
///
/// # Errors
/// [`PipelineError::Request`] where it cannot be read.
pub fn fetched(path: &Path) -> Result<Vec<Fetched>, PipelineError> {
    Ok(read(path)?.fetched)
}

/// Takes these in the place of what the lock says of the same data sets.
///
/// # Errors
/// [`PipelineError::Output`]; those of [`fetched`].
pub fn write_fetched(path: &Path, new: Vec<Fetched>) -> Result<(), PipelineError> {
    let known = read(path)?;
    let mut fetched = known.fetched.clone();
    fetched.retain(|known| !new.iter().any(|new| new.id == known.id));
    fetched.extend(new);
    fetched.sort();
    put(path, &known, &Lock { file: known.file.clone(), fetched })
}

fn put(path: &Path, known: &Lock, new: &Lock) -> Result<(), PipelineError> {
    if new == known {
        return Ok(());
    }
    let failed = |path: PathBuf, source| PipelineError::Output { path, source };
    let text = toml::to_string(new).map_err(std::io::Error::other);
    let text = text.map_err(|error| failed(path.to_owned(), error))?;
    let text = format!("# Made by scale; commit it, and --locked holds the data to it.\n\n{text}");
    replace_file(
        path,
        |new| std::fs::write(new, &text).map_err(|error| failed(new.to_owned(), error)),
        failed,
    )
}

/// Where the lock of a pipeline lies.
#[must_use]
pub fn path(pipeline: &Path) -> PathBuf {
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

fn lock(pipeline: &Path, inputs: &[InputFile]) -> Vec<Locked> {
    let folder = pipeline.parent().unwrap_or(Path::new(""));
    let file = |input: &InputFile| Locked {
        path: input.path.strip_prefix(folder).unwrap_or(&input.path).to_string_lossy().into_owned(),
        sha256: input.sha256.clone(),
        bytes: input.bytes,
    };
    let mut file: Vec<Locked> = inputs.iter().map(file).collect();
    file.sort();
    file
}
