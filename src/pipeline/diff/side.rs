//! The two sides: a file each, a baseline each, or a folder of baselines each; and which file goes with which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::manifest::{self, ManifestChange};
use super::{PipelineError, Presence};
use crate::formats::{self, FormatError};
use crate::publish::Manifest;
use crate::sources::sha256_hex;

/// A file with its bytes and what the manifest calls its only layer.
pub(super) struct SideFile {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
    pub layer: Option<String>,
}

/// The file of one name on both sides.
pub(super) struct FilePair {
    pub name: String,
    pub old: Option<SideFile>,
    pub new: Option<SideFile>,
}

pub(super) struct FolderPair {
    pub name: String,
    pub presence: Presence,
    pub manifest: Vec<ManifestChange>,
    pub files: Vec<FilePair>,
}

/// What to open next: one folder is held in memory at a time.
pub(super) enum Pending {
    Files(PathBuf, PathBuf),
    /// Baselines alone go by the area they are of, those among others by the name of their folder.
    Baseline {
        name: Option<String>,
        old: Option<PathBuf>,
        new: Option<PathBuf>,
    },
}

/// What one side is.
enum Side {
    File(PathBuf),
    Baseline(PathBuf),
    /// Baselines by the name of their folder.
    Baselines(BTreeMap<String, PathBuf>),
}

/// The folders, or the one pair of files, of two sides that are alike.
///
/// # Errors
/// [`PipelineError::Request`] for sides that are not alike or have no manifest, [`FormatError::Missing`].
pub(super) fn folders(old: &Path, new: &Path) -> Result<Vec<Pending>, PipelineError> {
    Ok(match (side(old)?, side(new)?) {
        (Side::File(old), Side::File(new)) => vec![Pending::Files(old, new)],
        (Side::Baseline(old), Side::Baseline(new)) => {
            vec![Pending::Baseline { name: None, old: Some(old), new: Some(new) }]
        }
        (Side::Baselines(mut old), Side::Baselines(mut new)) => {
            let names: BTreeSet<String> = old.keys().chain(new.keys()).cloned().collect();
            let pending = |name: String| Pending::Baseline {
                old: old.remove(&name),
                new: new.remove(&name),
                name: Some(name),
            };
            names.into_iter().map(pending).collect()
        }
        _ => return Err(not_alike(old, new)),
    })
}

impl Pending {
    /// Reads the bytes of every file, and holds them against the hashes of the manifest.
    pub fn open(self, warnings: &mut Vec<String>) -> Result<FolderPair, FormatError> {
        match self {
            Self::Files(old, new) => files(old, new),
            Self::Baseline { name, old, new } => {
                let old = baseline(old.as_deref(), warnings)?;
                let new = baseline(new.as_deref(), warnings)?;
                Ok(baselines(name, old, new))
            }
        }
    }
}

fn files(old: PathBuf, new: PathBuf) -> Result<FolderPair, FormatError> {
    let file = |path: PathBuf| {
        Ok::<_, FormatError>(SideFile { bytes: formats::read(&path)?, path, layer: None })
    };
    let name = new.file_name().map_or_else(String::new, |name| name.to_string_lossy().into());
    let files = vec![FilePair { name, old: Some(file(old)?), new: Some(file(new)?) }];
    let presence = Presence::Both;
    Ok(FolderPair { name: String::new(), presence, manifest: Vec::new(), files })
}

/// A manifest and the files that it lists.
type Baseline = (Option<Manifest>, BTreeMap<String, SideFile>);

fn baselines(name: Option<String>, old: Baseline, new: Baseline) -> FolderPair {
    let ((old_manifest, mut old_files), (new_manifest, mut new_files)) = (old, new);
    let names: BTreeSet<String> = old_files.keys().chain(new_files.keys()).cloned().collect();
    let pair = |name: String| FilePair {
        old: old_files.remove(&name),
        new: new_files.remove(&name),
        name,
    };
    let files = names.into_iter().map(pair).collect();
    let (presence, manifest) = match (&old_manifest, &new_manifest) {
        (Some(old), Some(new)) => (Presence::Both, manifest::changes(old, new)),
        (None, _) => (Presence::Appeared, Vec::new()),
        (_, None) => (Presence::Vanished, Vec::new()),
    };
    let area = new_manifest.or(old_manifest).map(|manifest| manifest.area_id);
    FolderPair { name: name.or(area).unwrap_or_default(), presence, manifest, files }
}

fn baseline(folder: Option<&Path>, warnings: &mut Vec<String>) -> Result<Baseline, FormatError> {
    let Some(folder) = folder else { return Ok((None, BTreeMap::new())) };
    let manifest = manifest::read(&folder.join("manifest.json"))?;
    let mut files = BTreeMap::new();
    for output in &manifest.outputs {
        let path = folder.join(&output.file);
        let bytes = formats::read(&path)?;
        if sha256_hex(&bytes) != output.sha256 {
            let file = path.display();
            warnings.push(format!("{file}: was changed after its manifest was written"));
        }
        let layer = output.rows.keys().next().filter(|_| output.rows.len() == 1).cloned();
        files.insert(output.file.clone(), SideFile { path, bytes, layer });
    }
    Ok((Some(manifest), files))
}

fn side(path: &Path) -> Result<Side, PipelineError> {
    if !path.exists() {
        return Err(FormatError::Missing { file: path.to_owned() }.into());
    }
    if !path.is_dir() {
        return Ok(Side::File(path.to_owned()));
    }
    if path.join("manifest.json").is_file() {
        return Ok(Side::Baseline(path.to_owned()));
    }
    let failed = |source| FormatError::Read { file: path.to_owned(), source };
    let mut baselines = BTreeMap::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let folder = entry.map_err(failed)?.path();
        let name = name_of(&folder);
        // A hidden folder is what another run is writing aside.
        if !name.starts_with('.') && folder.join("manifest.json").is_file() {
            baselines.insert(name, folder);
        }
    }
    if baselines.is_empty() {
        return Err(PipelineError::Request {
            what: format!("{}: neither it nor a folder in it has a manifest.json", path.display()),
            help: "give the folder that `scale map --out` wrote, or that of one area in it"
                .to_owned(),
        });
    }
    Ok(Side::Baselines(baselines))
}

fn name_of(folder: &Path) -> String {
    folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn not_alike(old: &Path, new: &Path) -> PipelineError {
    PipelineError::Request {
        what: format!("{} and {} are not of one kind", old.display(), new.display()),
        help: "give two files, two folders of one area each, or two folders of area folders"
            .to_owned(),
    }
}
