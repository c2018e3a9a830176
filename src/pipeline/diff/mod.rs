//! `scale diff`: what appeared, vanished or changed between two outputs, and what each changed indicator means.
//!
//! ```text
//! side      two folders or files ─► pairs of files          bytes first: what is the same is not decoded
//! sheet     a file ─► its layers
//! layer     two layers ─► columns, rows by key, values, shapes
//! manifest  two manifests ─► version, inputs, warnings
//! meaning   two tables of indicators ─► verdicts
//! measures  what arenas expected ─► beside those verdicts
//! ```

mod key;
mod layer;
mod manifest;
mod meaning;
mod measures;
mod observations;
mod shape;
mod sheet;
mod side;
mod totals;

use std::path::Path;

use rayon::prelude::*;
use serde::Serialize;

use super::PipelineError;
use super::compare::complete_counts;
use crate::compare::Rules;
use crate::formats::FormatError;
use crate::model::Measure;

pub use layer::{LayerChange, Retyped, ValueChange};
pub use manifest::{ManifestChange, What};
pub use meaning::{IndicatorChange, Reading};
pub use measures::{FollowUp, Outcome};
pub use shape::ShapeChange;
pub use sheet::Cell;
pub use totals::Totals;

use meaning::{Pairs, Redrawn};
use side::{FilePair, FolderPair};

/// What to compare, and how verdicts are reached.
pub struct Request<'a> {
    pub old: &'a Path,
    pub new: &'a Path,
    /// Level of verdicts, 0 to 1.
    pub level: f64,
    /// The largest shift of a count by the Cell Key Method, where known.
    pub noise_bound: Option<f64>,
    /// Further indicators that are complete counts.
    pub complete: &'a [String],
    /// What arenas proposed or tested, to be shown beside the verdicts.
    pub measures: &'a [Measure],
}

/// Whether something stands on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    Appeared,
    Vanished,
    Both,
}

/// Everything that differs.
#[derive(Debug, Serialize)]
pub struct Difference {
    pub old: String,
    pub new: String,
    pub totals: Totals,
    /// What is odd about the outputs themselves, such as files changed after they were made.
    pub warnings: Vec<String>,
    /// The level of the verdicts.
    pub level: f64,
    /// The values of indicators that changed, those beyond noise first.
    pub indicators: Vec<IndicatorChange>,
    /// What became of the indicators that measures are followed up by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<FollowUp>,
    /// Folders, or the one pair of files, that differ.
    pub folders: Vec<FolderChange>,
}

/// What differs in one folder, usually that of an area. Its name is empty where files are compared.
#[derive(Debug, Serialize)]
pub struct FolderChange {
    pub folder: String,
    pub presence: Presence,
    pub manifest: Vec<ManifestChange>,
    pub files: Vec<FileChange>,
    /// Files with the same bytes.
    pub files_same: usize,
}

/// A file that is not the same.
#[derive(Debug, Serialize)]
pub struct FileChange {
    pub file: String,
    pub presence: Presence,
    pub old_bytes: Option<usize>,
    pub new_bytes: Option<usize>,
    /// The layers that differ; none where only the bytes do.
    pub layers: Vec<LayerChange>,
}

impl FolderChange {
    /// The layers that differ, each once with the files that hold it: a `GeoPackage` holds those of the files beside it.
    #[must_use]
    pub fn layers(&self) -> Vec<(Vec<&str>, &LayerChange)> {
        let mut layers: Vec<(Vec<&str>, &LayerChange)> = Vec::new();
        for file in &self.files {
            for layer in &file.layers {
                match layers.iter_mut().find(|(_, known)| *known == layer) {
                    Some((files, _)) => files.push(&file.file),
                    None => layers.push((vec![&file.file], layer)),
                }
            }
        }
        layers
    }
}

impl FileChange {
    /// The same content in other bytes.
    #[must_use]
    pub fn is_bytes_only(&self) -> bool {
        self.presence == Presence::Both && self.layers.is_empty()
    }
}

impl Difference {
    /// Whether nothing differs, down to the bytes.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.folders.is_empty()
    }

    /// Whether no content differs; bytes may.
    #[must_use]
    pub fn is_bytes_only(&self) -> bool {
        let same = |folder: &FolderChange| {
            folder.presence == Presence::Both
                && folder.manifest.is_empty()
                && folder.files.iter().all(FileChange::is_bytes_only)
        };
        self.folders.iter().all(same)
    }
}

/// Compares two outputs.
///
/// # Errors
/// [`PipelineError::Request`] for a folder without a manifest and for sides that are not alike,
/// [`PipelineError::Format`] for a file that is missing, damaged or no manifest.
pub fn run(request: &Request<'_>) -> Result<Difference, PipelineError> {
    crate::environment::configure_gdal();
    let mut warnings = Vec::new();
    let mut pairs = Pairs::default();
    let mut seen = measures::Seen::default();
    let mut folders = Vec::new();
    for folder in side::folders(request.old, request.new)? {
        let (folder, tables) = compare_folder(folder.open(&mut warnings)?)?;
        seen.add(&folder, tables.as_ref());
        if let Some(tables) = tables {
            pairs.add(&tables, &Redrawn::new(&folder));
        }
        folders.push(folder);
    }
    let indicators = pairs.judge(&rules(request));
    let mut totals = totals::totals(&folders, &indicators);
    folders.retain(|folder| {
        folder.presence != Presence::Both || !folder.files.is_empty() || !folder.manifest.is_empty()
    });
    totals.folders_changed = folders.len();
    Ok(Difference {
        old: request.old.display().to_string(),
        new: request.new.display().to_string(),
        totals,
        warnings,
        level: request.level,
        measures: measures::follow_up(request.measures, &indicators, &seen),
        indicators,
        folders,
    })
}

fn rules(request: &Request<'_>) -> Rules {
    let mut complete = complete_counts();
    complete.extend(request.complete.iter().cloned());
    Rules { level: request.level, noise_bound: request.noise_bound, complete }
}

/// What differs in a folder, and its two tables of indicators where they do.
fn compare_folder(
    folder: FolderPair,
) -> Result<(FolderChange, Option<meaning::Tables>), FormatError> {
    let compared = folder.files.par_iter().map(compare_files).collect::<Vec<_>>();
    let compared = compared.into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut files = Vec::new();
    let mut tables = Vec::new();
    for compared in compared.into_iter().flatten() {
        files.push(compared.change);
        tables.extend(compared.indicators);
    }
    // A GeoPackage holds the table of the Parquet file beside it: each value is judged once.
    tables.sort_by_key(|table| table.is_geopackage);
    let files_same = folder.files.len() - files.len();
    let FolderPair { name, presence, manifest, .. } = folder;
    let change = FolderChange { folder: name, presence, manifest, files, files_same };
    Ok((change, tables.into_iter().next()))
}

/// A pair of files that are not the same, and their tables of indicators.
struct ComparedFile {
    change: FileChange,
    indicators: Option<meaning::Tables>,
}

/// `None` for the same bytes, which are not decoded.
fn compare_files(pair: &FilePair) -> Result<Option<ComparedFile>, FormatError> {
    let (old, new) = (pair.old.as_ref(), pair.new.as_ref());
    if old.zip(new).is_some_and(|(old, new)| old.bytes == new.bytes) {
        return Ok(None);
    }
    let mut change = FileChange {
        file: pair.name.clone(),
        presence: match (old, new) {
            (None, _) => Presence::Appeared,
            (_, None) => Presence::Vanished,
            _ => Presence::Both,
        },
        old_bytes: old.map(|file| file.bytes.len()),
        new_bytes: new.map(|file| file.bytes.len()),
        layers: Vec::new(),
    };
    let mut indicators = None;
    if let (Some(old), Some(new)) = (old, new) {
        let (old, new) = (sheet::read(old)?, sheet::read(new)?);
        let pairs = layer::pairs(&old, &new);
        let changes = pairs.iter().filter_map(|(old, new)| layer::compare(*old, *new));
        change.layers = changes.collect();
        let tables = pairs.iter().filter_map(|(old, new)| meaning::tables((*old)?, (*new)?));
        indicators = tables.into_iter().next().transpose()?;
    }
    Ok(Some(ComparedFile { change, indicators }))
}
