//! The chain behind a column of a published file: what it says, how it was made, from whose data, by which steps.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use polars::prelude::{DataFrame, DataType};
use serde::Serialize;

use super::PipelineError;
use crate::formats::{self, Content, FormatError, OpenOptions};
use crate::model::MissingColumn;
use crate::publish::{Input, Manifest, StepRecord};

/// The table that says of every value where it comes from.
const INDICATORS: &str = "indicators";

/// What rows of one kind say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Said {
    pub definition: String,
    pub method: String,
    pub source: String,
    pub unit: String,
    pub geography_level: String,
    pub years: Vec<String>,
    /// Rows by status.
    pub status: BTreeMap<String, usize>,
    /// Least and most share that a value rests on, as text.
    pub coverage: Option<(String, String)>,
}

/// All that is known of a column.
#[derive(Debug, Serialize)]
pub struct Explanation {
    pub file: PathBuf,
    pub layer: Option<String>,
    pub column: String,
    pub said: Vec<Said>,
    /// The data sets that the values name as their source, or that the steps behind them read.
    pub inputs: Vec<Input>,
    /// The step that made the file and those that it rests on, nearest first; none for a file of a single command.
    pub steps: Vec<StepRecord>,
    pub tool: String,
    pub version: String,
}

/// The manifest beside a published file, or in a published folder.
///
/// # Errors
/// [`PipelineError::Request`] where there is none.
pub fn manifest_of(path: &Path) -> Result<Manifest, PipelineError> {
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
    let file = folder.join("manifest.json");
    if !path.exists() {
        return Err(FormatError::Missing { file: path.to_owned() }.into());
    }
    let request = |what: String| PipelineError::Request {
        what,
        help: "name a file as `scale map` or `scale run` left it, with its manifest.json beside it"
            .to_owned(),
    };
    let bytes = formats::read(&file)
        .map_err(|_| request(format!("{}: has no manifest.json beside it", path.display())))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| request(format!("{}: is not a manifest: {error}", file.display())))
}

/// Follows a column back to its sources.
///
/// # Errors
/// [`PipelineError::Request`] for a file that the manifest does not list; [`FormatError`] for a layer or column that is not there.
pub fn explain(
    file: &Path,
    layer: Option<&str>,
    column: &str,
) -> Result<Explanation, PipelineError> {
    let manifest = manifest_of(file)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let Some(output) = manifest.outputs.iter().find(|output| output.file == name) else {
        let files: Vec<&str> = manifest.outputs.iter().map(|output| output.file.as_str()).collect();
        return Err(PipelineError::Request {
            what: format!("{}: is not listed in its manifest", file.display()),
            help: format!("the manifest lists {}", files.join(", ")),
        });
    };
    let folder = file.parent().unwrap_or(Path::new(""));
    let said = said(folder, &manifest, column)?;
    if said.is_empty() {
        check_column(file, layer, column)?;
    }
    let steps = steps(&manifest, output.step.as_deref());
    Ok(Explanation {
        inputs: inputs(&manifest, &said, &steps),
        file: file.to_owned(),
        layer: layer.map(str::to_owned),
        column: column.to_owned(),
        said,
        steps,
        tool: manifest.tool,
        version: manifest.version,
    })
}

/// What the long table says of an indicator, rows alike put together.
fn said(folder: &Path, manifest: &Manifest, column: &str) -> Result<Vec<Said>, PipelineError> {
    let table = manifest.outputs.iter().find(|output| {
        output.rows.len() == 1
            && output.rows.contains_key(INDICATORS)
            && output.file.ends_with(".parquet")
    });
    let Some(table) = table else { return Ok(Vec::new()) };
    let path = folder.join(&table.file);
    let Content::Frame(frame) = formats::open(&path, &OpenOptions::default())? else {
        return Ok(Vec::new());
    };
    let fault = |source| PipelineError::Frame { table: table.file.clone(), source };
    rows(&frame, column).map_err(fault)
}

type Group = (BTreeSet<String>, BTreeMap<String, usize>, Vec<f64>);

fn rows(frame: &DataFrame, indicator: &str) -> Result<Vec<Said>, polars::error::PolarsError> {
    let text = |name: &str| frame.column(name)?.cast(&DataType::String);
    let names = [
        "indicator",
        "definition",
        "method",
        "source",
        "unit",
        "geography_level",
        "year",
        "obs_status",
    ];
    let columns = names.iter().map(|name| text(name)).collect::<Result<Vec<_>, _>>()?;
    let coverage = frame.column("coverage")?.cast(&DataType::Float64)?;
    let coverage = coverage.f64()?;
    let cells = columns.iter().map(|column| column.str()).collect::<Result<Vec<_>, _>>()?;
    let cell = |column: usize, row: usize| cells[column].get(row).unwrap_or_default().to_owned();
    let mut groups: BTreeMap<[String; 5], Group> = BTreeMap::new();
    for row in (0..frame.height()).filter(|&row| cells[0].get(row) == Some(indicator)) {
        let key = [1, 2, 3, 4, 5].map(|column| cell(column, row));
        let (years, status, shares) = groups.entry(key).or_default();
        years.insert(cell(6, row));
        *status.entry(cell(7, row)).or_default() += 1;
        shares.extend(coverage.get(row));
    }
    let said =
        groups.into_iter().map(|([definition, method, source, unit, geography_level], group)| {
            let (years, status, shares) = group;
            let least = shares.iter().copied().reduce(f64::min);
            let most = shares.iter().copied().reduce(f64::max);
            let coverage =
                least.zip(most).map(|(least, most)| (format!("{least:.3}"), format!("{most:.3}")));
            let years = years.into_iter().collect();
            Said { definition, method, source, unit, geography_level, years, status, coverage }
        });
    Ok(said.collect())
}

/// A column that the long table does not know stands at least in the file.
fn check_column(file: &Path, layer: Option<&str>, column: &str) -> Result<(), PipelineError> {
    let open = OpenOptions { layer: layer.map(str::to_owned), ..OpenOptions::default() };
    let frame = match formats::open(file, &open)? {
        Content::Layer { layer, .. } => layer.frame().clone(),
        Content::Frame(frame) => frame,
        Content::Raw(_) => return Ok(()),
    };
    let known = frame.get_column_names().iter().any(|name| name.as_str() == column);
    if known {
        Ok(())
    } else {
        Err(FormatError::from(MissingColumn::in_frame(file.display(), column, &frame)).into())
    }
}

/// The step that made the file and all that it rests on, nearest first.
fn steps(manifest: &Manifest, made_by: Option<&str>) -> Vec<StepRecord> {
    let Some(made_by) = made_by else { return Vec::new() };
    let mut wanted: BTreeSet<&str> = manifest
        .steps
        .iter()
        .filter(|step| step.id == made_by)
        .map(|step| step.key.as_str())
        .collect();
    let mut chain = Vec::new();
    // Each step stands after those that it rests on.
    for step in manifest.steps.iter().rev() {
        if wanted.contains(step.key.as_str()) {
            wanted.extend(step.uses.values().map(String::as_str));
            chain.push(step.clone());
        }
    }
    chain
}

/// The data sets that rows name; where there are no rows, all that the steps could read.
fn inputs(manifest: &Manifest, said: &[Said], steps: &[StepRecord]) -> Vec<Input> {
    let line = |input: &Input| match &input.table {
        Some(table) => format!("{}: {table}", input.publisher),
        None => input.publisher.clone(),
    };
    let named = |input: &&Input| said.iter().any(|said| said.source.contains(&line(input)));
    let reads_data = said.is_empty() && steps.iter().any(|step| step.kind == "map");
    manifest.inputs.iter().filter(|input| reads_data || named(input)).cloned().collect()
}
