//! The files of a baseline: GeoPackage, GeoParquet, the report and the manifest.

use std::path::{Path, PathBuf};

use super::Shared;
use crate::formats::{geopackage, geoparquet};
use crate::indicators::Context;
use crate::model::Layer;
use crate::pipeline::{PipelineError, report};
use crate::publish::{Input, Manifest, OutputFile, QualityNote};
use crate::sources::sha256_hex;

/// What `write` writes, in the order in which it is shown.
pub(super) fn file_names(id: &str, layers: &[Layer]) -> Vec<String> {
    let mut names = vec![format!("{id}.gpkg")];
    names.extend(layers.iter().map(|layer| format!("{id}_{}.parquet", layer.name())));
    names.push(report::file_name(id));
    names.push("manifest.json".to_owned());
    names
}

/// Fills an empty folder with the files of one area.
pub(super) fn write(
    shared: &Shared<'_>,
    context: &Context<'_>,
    layers: &[Layer],
    report: &str,
    warnings: &[String],
    folder: &Path,
) -> Result<(), PipelineError> {
    let id = &context.area.definition.id;
    let geopackage = format!("{id}.gpkg");
    geopackage::write(&folder.join(&geopackage), &layers.iter().collect::<Vec<_>>())?;
    let mut outputs = vec![output(folder, &geopackage, &layers.iter().collect::<Vec<_>>())?];
    for layer in layers {
        let name = format!("{id}_{}.parquet", layer.name());
        geoparquet::write(&folder.join(&name), layer)?;
        outputs.push(output(folder, &name, &[layer])?);
    }
    let name = report::file_name(id);
    write_text(folder.join(&name), report)?;
    outputs.push(output(folder, &name, &[])?);
    let manifest = manifest(shared, context, warnings, outputs);
    let path = folder.join("manifest.json");
    let failed = |source| PipelineError::Output { path: path.clone(), source };
    let text = serde_json::to_string_pretty(&manifest).map_err(std::io::Error::other);
    write_text(path.clone(), &(text.map_err(failed)? + "\n"))
}

fn write_text(path: PathBuf, text: &str) -> Result<(), PipelineError> {
    std::fs::write(&path, text).map_err(|source| PipelineError::Output { path, source })
}

fn output(folder: &Path, name: &str, layers: &[&Layer]) -> Result<OutputFile, PipelineError> {
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
        crs: layers.iter().find_map(|layer| layer.areas().map(|areas| areas.crs().id().to_owned())),
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
    let inputs = shared.request.ground.snapshot.datasets().map(|dataset| Input {
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
