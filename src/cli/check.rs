//! `scale check`: findings as a list, exit status 1.

use std::path::PathBuf;
use std::process::ExitCode;

use super::{Global, output};
use crate::Error;
use crate::pipeline::check;

#[derive(clap::Args)]
#[command(after_help = "Example:\n  scale check out")]
pub struct Arguments {
    /// Files, or folders with GeoPackages, GeoParquet files and manifests
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let check::Checked { files, findings, notes } = check::run(&arguments.paths)?;
    for text in &notes {
        output::note(global, &format!("note: {text}"));
    }
    if global.json {
        output::line(&serde_json::to_string_pretty(&findings).unwrap_or_default());
    } else {
        for finding in &findings {
            output::line(&format!("{}: {}", finding.file.display(), finding.finding));
        }
        if !global.quiet {
            output::line(&format!("{} files, {} findings", files.len(), findings.len()));
        }
    }
    Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
