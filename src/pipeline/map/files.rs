//! The files of a baseline: each layer in the formats that were asked for, the report and the manifest.

use std::path::{Path, PathBuf};

use super::Shared;
use super::dress::Baseline;
use crate::formats::{csv, flatgeobuf, geopackage, geoparquet};
use crate::indicators::{Context, serves};
use crate::model::Layer;
use crate::pipeline::{PipelineError, report};
use crate::publish::{Input, Manifest, OutputFile, QualityNote};
use crate::sources::sha256_hex;

/// A format in which layers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// All layers in one file, with what QGIS shows of them.
    GeoPackage,
    /// For the web: layers with shapes.
    FlatGeobuf,
    GeoParquet,
    /// For spreadsheets: the columns of each layer, without shapes.
    Csv,
}

impl Format {
    /// Every format, by the word and ending it goes by.
    pub const ALL: [(&'static str, Self); 4] = [
        ("gpkg", Self::GeoPackage),
        ("fgb", Self::FlatGeobuf),
        ("parquet", Self::GeoParquet),
        ("csv", Self::Csv),
    ];

    /// What is written where nothing is said.
    pub const DEFAULT: [Self; 2] = [Self::GeoPackage, Self::GeoParquet];

    /// The format of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find_map(|(known, format)| (known == word).then_some(format))
    }

    fn word(self) -> &'static str {
        Self::ALL
            .into_iter()
            .find_map(|(word, known)| (known == self).then_some(word))
            .unwrap_or("")
    }

    /// The files it makes, each with the layers it holds.
    fn files<'a>(self, id: &str, layers: &'a [Layer]) -> Vec<(String, Vec<&'a Layer>)> {
        if self == Self::GeoPackage {
            return vec![(format!("{id}.gpkg"), layers.iter().collect())];
        }
        let held =
            layers.iter().filter(|layer| self != Self::FlatGeobuf || layer.areas().is_some());
        held.map(|layer| (format!("{id}_{}.{}", layer.name(), self.word()), vec![layer])).collect()
    }
}

/// What `write` writes, in the order in which it is shown.
pub(super) fn file_names(formats: &[Format], id: &str, layers: &[Layer]) -> Vec<String> {
    let files = formats.iter().flat_map(|format| format.files(id, layers));
    let others = [report::file_name(id), "manifest.json".to_owned()];
    files.map(|(name, _)| name).chain(others).collect()
}

/// Fills an empty folder with the files of one area.
pub(super) fn write(
    baseline: &Baseline<'_>,
    report: &str,
    warnings: &[String],
    folder: &Path,
) -> Result<(), PipelineError> {
    let Baseline { shared, context, layers, .. } = baseline;
    let mut outputs = Vec::new();
    for format in shared.request.formats {
        for (name, layers) in format.files(&context.area.definition.id, layers) {
            let path = folder.join(&name);
            match (format, layers.as_slice()) {
                (Format::FlatGeobuf, [layer]) => flatgeobuf::write(&path, layer)?,
                (Format::GeoParquet, [layer]) => geoparquet::write(&path, layer)?,
                (Format::Csv, [layer]) => {
                    csv::write_spreadsheet(&path, layer.frame(), shared.request.lang)?;
                }
                _ => geopackage::write_with(&path, &layers, &baseline.beside()?)?,
            }
            outputs.push(output(folder, &name, &layers, Some(*format))?);
        }
    }
    let name = report::file_name(&context.area.definition.id);
    write_text(folder.join(&name), report)?;
    outputs.push(output(folder, &name, &[], None)?);
    let manifest = manifest(shared, context, warnings, outputs);
    let path = folder.join("manifest.json");
    let failed = |source| PipelineError::Output { path: path.clone(), source };
    let text = serde_json::to_string_pretty(&manifest).map_err(std::io::Error::other);
    write_text(path.clone(), &(text.map_err(failed)? + "\n"))
}

fn write_text(path: PathBuf, text: &str) -> Result<(), PipelineError> {
    std::fs::write(&path, text).map_err(|source| PipelineError::Output { path, source })
}

fn output(
    folder: &Path,
    name: &str,
    layers: &[&Layer],
    format: Option<Format>,
) -> Result<OutputFile, PipelineError> {
    let shaped =
        layers.iter().find_map(|layer| layer.areas()).filter(|_| format != Some(Format::Csv));
    let path = folder.join(name);
    let bytes = std::fs::read(&path)
        .map_err(|source| PipelineError::Output { path: path.clone(), source })?;
    Ok(OutputFile {
        file: name.to_owned(),
        sha256: sha256_hex(&bytes),
        rows: layers
            .iter()
            .map(|layer| (layer.name().to_owned(), layer.frame().height()))
            .collect(),
        crs: shaped.map(|areas| areas.crs().id().to_owned()),
        step: None,
    })
}

fn manifest(
    shared: &Shared<'_>,
    context: &Context<'_>,
    warnings: &[String],
    outputs: Vec<OutputFile>,
) -> Manifest {
    let definition = &context.area.definition;
    let geography = &context.units.dataset.geography;
    let used = shared.request.ground.snapshot.datasets();
    let used = used.filter(|dataset| serves(dataset, geography));
    let inputs = used.map(|dataset| Input {
        id: dataset.id.clone(),
        publisher: dataset.publisher.clone(),
        table: dataset.table.clone(),
        url: dataset.url.clone(),
        years: dataset.years.clone(),
        licence: dataset.licence.clone(),
        file: dataset.file.clone(),
        sha256: dataset.sha256.clone(),
    });
    let keys = context.units.areas.keys();
    let notes = [&definition.drawn, &definition.uncertain];
    Manifest {
        area_name: definition.name.en.clone(),
        units: context.area.parts.iter().map(|part| keys[part.row].clone()).collect(),
        crs: shared.crs.id().to_owned(),
        inputs: inputs.collect(),
        outputs,
        survey_participation: participation(context),
        notes: notes.into_iter().flatten().map(|note| note.en.clone()).collect(),
        warnings: warnings.to_vec(),
        ..Manifest::new(&definition.id)
    }
}

fn participation(context: &Context<'_>) -> Vec<QualityNote> {
    let mut notes = Vec::new();
    for link in &context.area.definition.figures {
        for row in context.data.participation.iter().flat_map(|(_, rows)| rows) {
            if row.geography_level == link.level && link.ids.contains(&row.geography_id) {
                notes.push(QualityNote {
                    geography_level: row.geography_level.clone(),
                    geography_id: row.geography_id.clone(),
                    role: link.role.clone(),
                    year: row.year,
                    respondents: row.respondents,
                    response_rate_percent: row.response_rate,
                    source: row.source.clone(),
                });
            }
        }
    }
    notes
}
