//! The measures of arenas on their way into a data folder, and out of it.

use std::path::{Path, PathBuf};

use super::{Declared, dataset, known, opened};
use crate::formats::{self, OpenOptions};
use crate::model::{Dataset, Layout, Measure};
use crate::pipeline::ingest::store;
use crate::pipeline::{Ground, PipelineError};
use crate::sources::{Snapshot, SourceError, measures_frame, read_measures, read_measures_of};

/// What was made of a register of measures.
pub struct ImportedMeasures {
    pub file: PathBuf,
    pub dataset: Dataset,
    pub measures: Vec<Measure>,
    pub warnings: Vec<String>,
}

/// Reads and writes.
///
/// # Errors
/// [`PipelineError`]; the data folder is then as it was.
pub fn import_measures(
    file: &Path,
    open: &OpenOptions,
    into: &Path,
    ground: &Ground,
    declared: Declared<'_>,
) -> Result<ImportedMeasures, PipelineError> {
    let raw = opened(file, open)?;
    let known = known(ground, None);
    let read = read_measures(file, &raw, Some(&known)).map_err(SourceError::from)?;
    let mut dataset = dataset(declared, Layout::Measures)?;
    let frame = measures_frame(&read.entries)?;
    let write = |new: &Path| Ok(formats::csv::write_csv(new, &frame)?);
    let file = store::write(into, &mut dataset, "csv", write)?;
    Ok(ImportedMeasures { file, dataset, measures: read.entries, warnings: read.warnings })
}

/// The measures that a snapshot holds, in the order of its registers.
///
/// # Errors
/// [`PipelineError::Source`].
pub fn measures_of(snapshot: &Snapshot) -> Result<Vec<Measure>, PipelineError> {
    let mut measures = Vec::new();
    for dataset in snapshot.datasets().filter(|dataset| dataset.layout == Layout::Measures) {
        measures.extend(read_measures_of(snapshot, dataset)?);
    }
    Ok(measures)
}
