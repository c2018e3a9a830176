//! `scale explain`: where a published number comes from, in words.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;

use super::{Global, output};
use crate::Error;
use crate::pipeline::PipelineError;
use crate::pipeline::explain::{self, Explanation, Said};
use crate::publish::{Input, StepRecord, ro_crate};

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  scale explain out/jarva/jarva.gpkg --layer units --indicator density_land\n  scale explain out/jarva --format ro-crate"
)]
pub struct Arguments {
    /// A published file, or for --format ro-crate its folder
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The layer, where the file holds several
    #[arg(long, value_name = "NAME")]
    layer: Option<String>,
    /// The indicator, or the column
    #[arg(long, value_name = "COLUMN", required_unless_present = "format")]
    indicator: Option<String>,
    /// Words, or the whole folder as an RO-Crate (JSON-LD)
    #[arg(long, value_enum)]
    format: Option<Format>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    RoCrate,
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    if arguments.format == Some(Format::RoCrate) {
        let manifest = explain::manifest_of(&arguments.file)?;
        output::line(&serde_json::to_string_pretty(&ro_crate(&manifest)).unwrap_or_default());
        return Ok(ExitCode::SUCCESS);
    }
    let Some(indicator) = &arguments.indicator else {
        return Err(PipelineError::Request {
            what: "no indicator is named".to_owned(),
            help: "give --indicator with a column of the file".to_owned(),
        }
        .into());
    };
    let found = explain::explain(&arguments.file, arguments.layer.as_deref(), indicator)?;
    if global.json {
        output::line(&serde_json::to_string_pretty(&found).unwrap_or_default());
    } else {
        show(&found);
    }
    Ok(ExitCode::SUCCESS)
}

fn show(found: &Explanation) {
    let layer = found.layer.as_ref().map_or(String::new(), |layer| format!(" in layer {layer}"));
    output::line(&format!("{}{layer} of {}", found.column, found.file.display()));
    for said in &found.said {
        said_lines(said);
    }
    if !found.inputs.is_empty() {
        output::line("from the data sets");
        found.inputs.iter().for_each(input_lines);
    }
    for (place, step) in found.steps.iter().enumerate() {
        step_lines(step, place == 0);
    }
    output::line(&format!("by {} {}", found.tool, found.version));
}

fn said_lines(said: &Said) {
    output::line(&format!("  {}: {}", said.geography_level, said.definition));
    let status: Vec<String> =
        said.status.iter().map(|(status, rows)| format!("{rows} {status}")).collect();
    let coverage = match &said.coverage {
        Some((least, most)) if least == most => format!("; each rests on a share of {least}"),
        Some((least, most)) => format!("; they rest on shares of {least} to {most}"),
        None => String::new(),
    };
    let years: Vec<&str> =
        said.years.iter().map(|year| if year.is_empty() { "not stated" } else { year }).collect();
    output::line(&format!(
        "    unit: {}; year: {}; values by status: {}{coverage}",
        if said.unit.is_empty() { "none" } else { &said.unit },
        years.join(", "),
        status.join(", ")
    ));
    output::line(&format!("    method: {}", said.method));
    output::line(&format!("    source: {}", said.source));
}

fn input_lines(input: &Input) {
    let years: Vec<String> = input.years.iter().map(ToString::to_string).collect();
    let table = input.table.as_ref().map_or(String::new(), |table| format!(", {table}"));
    let years = if years.is_empty() { String::new() } else { format!(", {}", years.join(", ")) };
    output::line(&format!(
        "  {}: {}{table}{years}; licence: {}",
        input.id, input.publisher, input.licence
    ));
    if let Some(url) = &input.url {
        output::line(&format!("    {url}"));
    }
    output::line(&format!("    file {} with sha256 {}", input.file, input.sha256));
}

fn step_lines(step: &StepRecord, made: bool) {
    let part = if step.part.is_empty() { String::new() } else { format!(" for {}", step.part) };
    let word = if made { "made by" } else { "which rests on" };
    output::line(&format!("{word} step {} ({}){part}", step.id, step.kind));
    for (key, value) in step.parameters.as_object().into_iter().flatten() {
        output::line(&format!("    {key} = {value}"));
    }
    for (file, sum) in &step.files {
        output::line(&format!("    read {file} with sha256 {sum}"));
    }
    output::line(&format!("    result kept under {}", step.key));
}
