//! `scale diff`: two outputs side by side, as a table, as Markdown or as JSON.

mod measures;
mod print;
mod report;
pub(super) mod words;

pub(super) use measures::expected;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;

use super::labels::Labels;
use super::{Global, output};
use crate::Error;
use crate::pipeline::PipelineError;
use crate::pipeline::actors::measures_of;
use crate::pipeline::diff::{self, Difference};
use crate::sources::Data;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  scale diff baselines/2025 baselines/2026\n  scale diff out-old/jarva out/jarva --exit-code\n  scale diff old new --format markdown > comment.md\n  scale --lang sv diff old.parquet new.parquet\n  scale --data mydata diff baselines/2025 baselines/2026    # measures of mydata beside the verdicts"
)]
pub struct Arguments {
    /// What was: a folder that `scale map` wrote, the folder of one area in it, or a file
    old: PathBuf,
    /// What is now: the same kind
    new: PathBuf,
    /// End with status 1 when anything differs
    #[arg(long)]
    exit_code: bool,
    /// With --exit-code: the same content in other bytes is no difference
    #[arg(long)]
    ignore_bytes: bool,
    /// How to show it
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Lines of each list, the largest changes first; 0 for all (JSON always holds all)
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Level of the verdicts, all comparisons together
    #[arg(long, value_name = "LEVEL", default_value = "0.95", value_parser = level)]
    level: f64,
    /// Largest shift of one published count by the noise that Statistics Sweden adds from 2025 on
    #[arg(long, value_name = "N")]
    noise_bound: Option<u32>,
    /// Further indicators that are complete counts from a register and have no sampling error
    #[arg(long, value_delimiter = ',', value_name = "INDICATORS")]
    complete: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Markdown,
    Json,
}

fn level(given: &str) -> Result<f64, String> {
    match given.parse() {
        Ok(level) if (0.5..1.0).contains(&level) => Ok(level),
        _ => Err("give a number from 0.5 to below 1, such as 0.95".to_owned()),
    }
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let snapshot = global.snapshot()?;
    let measures = measures_of(&snapshot)?;
    let request = diff::Request {
        measures: &measures,
        old: &arguments.old,
        new: &arguments.new,
        level: arguments.level,
        noise_bound: arguments.noise_bound.map(f64::from),
        complete: &arguments.complete,
    };
    let found = diff::run(&request)?;
    for warning in &found.warnings {
        output::note(global, &format!("warning: {warning}"));
    }
    if global.json || arguments.format == Format::Json {
        output::line(&json(global, &found)?);
    } else if !global.quiet {
        let data = Data::load(&snapshot)?;
        let labels = Labels::of_snapshot(&data, &snapshot, global.lang());
        let report = report::report(&found, &labels, global.lang(), arguments.limit);
        match arguments.format {
            Format::Markdown => print::markdown(&report),
            _ => print::table(&report),
        }
    }
    let differs = if arguments.ignore_bytes { !found.is_bytes_only() } else { !found.is_none() };
    Ok(ExitCode::from(u8::from(arguments.exit_code && differs)))
}

/// Everything, with the words for each reason beside its code.
fn json(global: &Global, found: &Difference) -> Result<String, Error> {
    let failed = |error: serde_json::Error| PipelineError::Request {
        what: format!("the differences cannot be written as JSON: {error}"),
        help: "this is a fault of the program; please report it".to_owned(),
    };
    let mut value = serde_json::to_value(found).map_err(failed)?;
    if let Some(list) = value["indicators"].as_array_mut() {
        for (entry, change) in list.iter_mut().zip(&found.indicators) {
            entry["reason_text"] = change.compared.reason.text(global.lang()).into();
        }
    }
    if let Some(list) = value.get_mut("measures").and_then(|list| list.as_array_mut()) {
        for (entry, followed) in list.iter_mut().zip(&found.measures) {
            entry["outcome_text"] = words::outcome(followed.outcome, global.lang()).into();
        }
    }
    value["note"] = words::NO_PROOF.get(global.lang()).into();
    value["methods"] = serde_json::json!({
        "interval_of_a_change": "MOVER (Zou & Donner 2008), published intervals taken to be at 95 %",
        "correction": "Holm (1979)",
    });
    Ok(serde_json::to_string_pretty(&value).map_err(failed)?)
}
