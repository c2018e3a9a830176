//! The measures of arenas on their way into a data folder, and out of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Declared, dataset, known, opened};
use crate::formats::{self, OpenOptions};
use crate::indicators::{actors, derived};
use crate::model::{Dataset, Kind, Layout, Measure};
use crate::pipeline::ingest::store;
use crate::pipeline::{Ground, PipelineError};
use crate::sources::{
    Data, ServiceTable, Snapshot, SourceError, measures_frame, read_measures, read_measures_of,
};

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
    let mut read = read_measures(file, &raw, Some(&known)).map_err(SourceError::from)?;
    let indicators = indicators(&ground.data);
    let rows = read.entries.iter().zip(&read.rows);
    let unknown = rows.filter_map(|(measure, row)| unknown(*row, &measure.indicator, &indicators));
    let unknown: Vec<String> = unknown.collect();
    read.warnings.extend(unknown);
    let mut dataset = dataset(declared, Layout::Measures)?;
    let frame = measures_frame(&read.entries)?;
    let write = |new: &Path| Ok(formats::csv::write_csv(new, &frame)?);
    let file = store::write(into, &mut dataset, "csv", write)?;
    Ok(ImportedMeasures { file, dataset, measures: read.entries, warnings: read.warnings })
}

/// The indicators that a baseline can have, as far as the data say: those of the catalogue, what is worked out, ways to
/// stations and services, and counts of actors and features.
fn indicators(data: &Data) -> BTreeSet<String> {
    let tables = data.tables.iter().map(|table| &table.dataset);
    let figures = data.figures.iter().map(|(dataset, _)| dataset);
    let features = || data.points.iter().chain(&data.polygons).map(|layer| &layer.dataset);
    let mut known: BTreeSet<String> = derived().iter().map(|known| known.id.to_owned()).collect();
    known.extend(actors::indicators());
    for dataset in tables.chain(figures).chain(features()) {
        for (name, field) in &dataset.fields {
            known.insert(name.clone());
            if let Kind::Categorical { categories } = &field.kind {
                known.extend(categories.keys().map(|code| format!("{name}_{code}_share")));
                known.extend(categories.keys().flat_map(|kind| ways(kind)));
            }
        }
    }
    for dataset in features() {
        known.extend(ways(&dataset.id));
        known.extend(["count", "surface_share"].map(|end| format!("{}_{end}", dataset.id)));
    }
    let services = ServiceTable::built_in();
    let services = services.iter().flat_map(ServiceTable::categories);
    known.extend(services.flat_map(|category| ways(&category.id)));
    known
}

/// The ways to a kind of service: in metres, on foot, by public transport.
fn ways(kind: &str) -> [String; 3] {
    [
        format!("distance_nearest_{kind}_m"),
        format!("access_nearest_{kind}_min"),
        format!("access_transit_nearest_{kind}_min"),
    ]
}

/// What is told of an indicator that no baseline has.
fn unknown(row: usize, indicator: &str, known: &BTreeSet<String>) -> Option<String> {
    if known.contains(indicator) {
        return None;
    }
    let likeness = |id: &&String| strsim::jaro_winkler(id, indicator);
    let near = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let near = near.map_or_else(String::new, |near| format!("; did you mean \"{near}\"?"));
    Some(format!("row {row}, column \"indicator\": no baseline has \"{indicator}\"{near}"))
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
