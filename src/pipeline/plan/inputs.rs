//! The files that a pipeline reads from outside, each hashed once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::formats::FormatError;
use crate::pipeline::PipelineError;
use crate::sources::sha256_of;

/// A file that steps read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// As the pipeline names it, from its own folder.
    pub path: PathBuf,
    pub sha256: String,
    pub bytes: u64,
    /// Steps that read it, with the key that names it.
    pub read_by: Vec<String>,
}

/// Files hashed so far.
#[derive(Debug, Default)]
pub struct Inputs {
    files: BTreeMap<PathBuf, InputFile>,
}

impl Inputs {
    /// The checksum of a file, or of a folder with all in it. Of a Shapefile, its companions count.
    pub(super) fn add(
        &mut self,
        step: &str,
        key: &str,
        path: &Path,
    ) -> Result<String, PipelineError> {
        let reader = format!("{step}.{key}");
        if let Some(known) = self.files.get_mut(path) {
            known.read_by.push(reader);
            return Ok(known.sha256.clone());
        }
        let parts = parts_of(path)?;
        let bytes =
            parts.iter().filter_map(|part| part.metadata().ok()).map(|data| data.len()).sum();
        let sha256 = match parts.as_slice() {
            [only] if only == path => sha256_of(path)?,
            _ => together(path, &parts)?,
        };
        let file = InputFile {
            path: path.to_owned(),
            sha256: sha256.clone(),
            bytes,
            read_by: vec![reader],
        };
        self.files.insert(path.to_owned(), file);
        Ok(sha256)
    }

    pub(super) fn into_list(self) -> Vec<InputFile> {
        self.files.into_values().collect()
    }
}

/// The files that make up one input, sorted.
fn parts_of(path: &Path) -> Result<Vec<PathBuf>, PipelineError> {
    let missing = || FormatError::Missing { file: path.to_owned() };
    let data = path.metadata().map_err(|_| missing())?;
    if data.is_dir() {
        let mut parts = Vec::new();
        collect(path, &mut parts)?;
        parts.sort();
        return Ok(parts);
    }
    let shapefile = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("shp"));
    if !shapefile {
        return Ok(vec![path.to_owned()]);
    }
    let mut parts = Vec::new();
    collect(path.parent().unwrap_or(Path::new(".")), &mut parts)?;
    parts.retain(|part| part.file_stem() == path.file_stem());
    parts.sort();
    Ok(parts)
}

fn collect(folder: &Path, parts: &mut Vec<PathBuf>) -> Result<(), PipelineError> {
    let failed = |source| FormatError::Read { file: folder.to_owned(), source };
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() { collect(&path, parts)? } else { parts.push(path) }
    }
    Ok(())
}

fn together(path: &Path, parts: &[PathBuf]) -> Result<String, PipelineError> {
    let mut hash = Sha256::new();
    for part in parts {
        let name = part.strip_prefix(path).unwrap_or(part.file_name().map_or(part, Path::new));
        hash.update(name.to_string_lossy().as_bytes());
        hash.update(sha256_of(part)?.as_bytes());
    }
    Ok(crate::sources::hex(&hash.finalize()))
}
