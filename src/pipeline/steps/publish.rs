//! Gathers what other steps made into a folder with one manifest: the files of each area, and the blocks of a step joined.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use polars::prelude::DataFrame;

use super::partition::{self, By};
use super::{Results, Split, StepKind, Told, Work};
use crate::formats::{self, Content, FormatError, OpenOptions, geoparquet};
use crate::model::{Areas, Crs, Layer};
use crate::pipeline::PipelineError;
use crate::pipeline::file::{Key, Kind, Shape, Values};
use crate::publish::{MANIFEST, Manifest, OutputFile, ro_crate};
use crate::sources::sha256_of;

/// Name of the description as an RO-Crate, where it is asked for.
const RO_CRATE: &str = "ro-crate-metadata.json";

pub static KIND: StepKind = StepKind {
    declared: Kind {
        name: "publish",
        doc: "gathers what steps made into a folder, one for each area where the steps work on areas",
        keys: &[&[
            Key::new("from", Shape::Steps, "the steps whose files are gathered").required(),
            Key::new(
                "provenance",
                Shape::Choice(&["manifest", "ro-crate"]),
                "ro-crate: write ro-crate-metadata.json (JSON-LD) beside the manifest",
            ),
            Key::new(
                "partition",
                Shape::Pairs,
                "cuts .parquet layers by a column into folders, as in county = \"lanskod\": cells/county=01/0000.parquet",
            ),
            Key::new(
                "folder",
                Shape::Text,
                "the folder to write, from where the program is started; \"out\" without it",
            ),
        ]],
        uses_data: false,
        check,
    },
    split: |_| Split::AsNeeds,
    run: |job| {
        let title = job.step.id.as_str();
        Ok(super::each(job, |work| {
            let with_crate = job.step.values.text("provenance") == Some("ro-crate");
            let partition = job.step.values.pairs("partition");
            let by = partition.first().map(|(key, column)| (key.as_str(), column.as_str()));
            fill(work, title, with_crate, by)?;
            let from = job.step.values.steps("from");
            let told = work.results.iter().filter(|made| from.contains(&made.step.to_owned()));
            // What blocks of one step say alike is said once.
            let mut notes: Vec<String> = Vec::new();
            for note in told.flat_map(|made| made.notes) {
                if !notes.contains(note) {
                    notes.push(note.clone());
                }
            }
            Ok(Told { notes, ..Told::default() })
        }))
    },
    fills_folder: true,
    memory: |bytes| (32 << 20, bytes * 4),
    buffer_m: |_| None,
};

fn check(values: &Values) -> Vec<(&'static str, String)> {
    let pairs = values.pairs("partition");
    let plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    match pairs.as_slice() {
        [] => Vec::new(),
        [(key, _)] if plain(key) => Vec::new(),
        [(key, _)] => {
            vec![("partition", format!("\"{key}\" is no name for folders: use a-z, 0-9, _"))]
        }
        _ => vec![("partition", "a layer is cut by one column".to_owned())],
    }
}

/// Links, joins or cuts the files and writes the manifest.
fn fill(
    work: &Work<'_>,
    id: &str,
    with_crate: bool,
    by: Option<By<'_>>,
) -> Result<(), PipelineError> {
    let mut sources: BTreeMap<&str, Vec<&Results<'_>>> = BTreeMap::new();
    for results in &work.results {
        for file in &results.files {
            sources.entry(file).or_default().push(results);
        }
    }
    let mut manifest = None;
    let (mut outputs, mut cut_any) = (Vec::new(), false);
    for (name, makers) in sources {
        let several = makers.iter().any(|made| made.step != makers[0].step);
        if several {
            let steps: Vec<&str> = makers.iter().map(|made| made.step).collect();
            return Err(PipelineError::Request {
                what: format!(
                    "the steps {} make a file of the same name, {name}",
                    steps.join(", ")
                ),
                help: "give their files different names with out, or publish them into two folders"
                    .to_owned(),
            });
        }
        if name == MANIFEST {
            manifest = Some(read_manifest(&makers[0].folder.join(name))?);
            continue;
        }
        let step = Some(makers[0].step.to_owned());
        let cut = match by {
            Some(by) if name.ends_with(".parquet") => {
                partition::write(name, &makers, by, work.folder)?
            }
            _ => None,
        };
        if let Some(cut) = cut {
            let of_step = |output| OutputFile { step: step.clone(), ..output };
            outputs.extend(cut.into_iter().map(of_step));
            cut_any = true;
            continue;
        }
        let target = work.folder.join(name);
        match makers.as_slice() {
            [only] => link(&only.folder.join(name), &target)?,
            blocks => join(name, blocks, &target)?,
        }
        outputs.push(OutputFile { step, ..described(name, &target)? });
    }
    if let Some((key, column)) = by.filter(|_| !cut_any) {
        return Err(PipelineError::Request {
            what: format!(
                "steps.{id}: no .parquet file has the column \"{column}\" to cut by {key}"
            ),
            help: "carry it with largest = [\"COLUMN\"], or leave out partition".to_owned(),
        });
    }
    let mut manifest = gathered(work, id, manifest, outputs);
    if with_crate {
        let path = work.folder.join(RO_CRATE);
        write_json(&path, &ro_crate(&manifest))?;
        manifest.outputs.push(described(RO_CRATE, &path)?);
    }
    write_json(&work.folder.join(MANIFEST), &manifest)
}

fn read_manifest(path: &Path) -> Result<Manifest, PipelineError> {
    let bytes = formats::read(path)?;
    serde_json::from_slice(&bytes).map_err(|error| PipelineError::Request {
        what: format!("{}: is not a manifest: {error}", path.display()),
        help: "remove the folder results of the cache and run again".to_owned(),
    })
}

/// What the manifest says of the folder.
fn gathered(
    work: &Work<'_>,
    id: &str,
    made: Option<Manifest>,
    outputs: Vec<OutputFile>,
) -> Manifest {
    let mut manifest = made.unwrap_or_else(|| Manifest::new(work.part));
    // What a step listed itself keeps its place; what others made follows.
    for output in outputs {
        match manifest.outputs.iter_mut().find(|known| known.file == output.file) {
            Some(known) => known.step = output.step,
            None => manifest.outputs.push(output),
        }
    }
    manifest.steps = work.lineage.clone();
    manifest.pipeline_step = Some(id.to_owned());
    manifest
}

pub(super) fn write_json(
    path: &Path,
    content: &impl serde::Serialize,
) -> Result<(), PipelineError> {
    let failed = |source| PipelineError::Output { path: path.to_owned(), source };
    let text = serde_json::to_string_pretty(content).map_err(std::io::Error::other);
    std::fs::write(path, text.map_err(failed)? + "\n").map_err(failed)
}

/// Results are never changed, so that one file can stand in two of them.
fn link(from: &Path, to: &Path) -> Result<(), PipelineError> {
    let failed = |source| PipelineError::Output { path: to.to_owned(), source };
    std::fs::hard_link(from, to).or_else(|_| std::fs::copy(from, to).map(|_| ())).map_err(failed)
}

/// The blocks of a layer or table, in order, as one file.
fn join(name: &str, blocks: &[&Results<'_>], target: &Path) -> Result<(), PipelineError> {
    let stem = formats::stem(Path::new(name));
    let fault = |source| PipelineError::Frame { table: name.to_owned(), source };
    let (mut shapes, mut joined): (_, Option<(DataFrame, Option<Crs>, String)>) =
        (Vec::new(), None);
    for block in blocks {
        let Some(layer) = opened(&block.folder.join(name), &stem)? else { continue };
        shapes.extend(layer.areas().into_iter().flat_map(|areas| areas.shapes().iter().cloned()));
        match &mut joined {
            None => {
                let crs = layer.areas().map(|areas| areas.crs().clone());
                joined = Some((layer.frame().clone(), crs, layer.title().to_owned()));
            }
            Some((frame, ..)) => {
                frame.vstack_mut(layer.frame()).map_err(fault)?;
            }
        }
    }
    let (mut frame, crs, title) = joined.ok_or_else(|| cannot_join(name))?;
    frame.rechunk_mut();
    let layer = match crs {
        Some(crs) => {
            let keys = (0..shapes.len()).map(|row| row.to_string()).collect();
            Layer::spatial(stem, title, Arc::new(Areas::new(keys, shapes, crs)?), frame)?
        }
        None => Layer::table(stem, title, frame),
    };
    Ok(formats::write(target, &layer)?)
}

/// A block of a layer or table with its title; `None` for one without rows.
pub(super) fn opened(path: &Path, stem: &str) -> Result<Option<Layer>, PipelineError> {
    match formats::open(path, &OpenOptions::default()) {
        Ok(Content::Layer { layer, .. }) => {
            let title = geoparquet::title(path)?.unwrap_or_default();
            let Some(areas) = layer.areas() else { return Ok(Some(layer)) };
            let areas = Arc::clone(areas);
            Ok(Some(Layer::spatial(stem, title, areas, layer.frame().clone())?))
        }
        Ok(Content::Frame(frame)) => Ok(Some(Layer::table(stem, stem, frame))),
        Ok(Content::Raw(_)) => Err(cannot_join(stem)),
        Err(FormatError::Empty { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn cannot_join(name: &str) -> PipelineError {
    PipelineError::Request {
        what: format!("the blocks of {name} cannot be joined"),
        help: "let steps that work in blocks write .parquet".to_owned(),
    }
}

/// What the manifest says of a file: checksum, rows by layer, system.
fn described(name: &str, path: &Path) -> Result<OutputFile, PipelineError> {
    let mut rows = BTreeMap::new();
    let mut crs = None;
    match formats::open(path, &OpenOptions::default()) {
        Ok(Content::Layer { layer, .. }) => {
            rows.insert(layer.name().to_owned(), layer.frame().height());
            crs = layer.areas().map(|areas| areas.crs().id().to_owned());
        }
        Ok(Content::Frame(frame)) => {
            rows.insert(
                Path::new(name).file_stem().unwrap_or_default().to_string_lossy().into_owned(),
                frame.height(),
            );
        }
        Ok(Content::Raw(raw)) => {
            rows.insert("rows".to_owned(), raw.rows.len());
        }
        // A GeoPackage with several layers is listed by the step that made it; other files have no rows.
        Err(FormatError::Read { file, source }) => {
            return Err(FormatError::Read { file, source }.into());
        }
        Err(_) => {}
    }
    file_of(Named { file: name.to_owned(), path, rows, crs })
}

/// A file with what it holds.
pub(super) struct Named<'a> {
    pub file: String,
    pub path: &'a Path,
    pub rows: BTreeMap<String, usize>,
    pub crs: Option<String>,
}

pub(super) fn file_of(named: Named<'_>) -> Result<OutputFile, PipelineError> {
    let Named { file, path, rows, crs } = named;
    Ok(OutputFile { file, sha256: sha256_of(path)?, rows, crs, step: None })
}
