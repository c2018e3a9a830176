//! `scale report`: what residents read, and single maps.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{Global, output, services};
use crate::Error;
use crate::pipeline::report::{self, Format, Sheet};
use crate::pipeline::{PipelineError, map, no_area_named};
use crate::publish::replace_file;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  scale report --area jarva\n  scale --lang sv report --all --out reports\n  scale report --area jarva --format png --indicator density_land --out density.png\n\nA report is one page that works without a network. `scale map` puts one beside the other files of each area."
)]
pub struct Arguments {
    /// Area to report on
    #[arg(long, value_name = "ID", conflicts_with = "all")]
    area: Option<String>,
    /// Report on every area
    #[arg(long)]
    all: bool,
    /// html: the report as a page; svg, png: single maps
    #[arg(long, value_enum, default_value = "html")]
    format: Written,
    /// The indicator of the map; a map of each without it
    #[arg(long, value_name = "INDICATOR")]
    indicator: Option<String>,
    /// Folder to write to, or the file where there is but one
    #[arg(long, value_name = "DIR|FILE", default_value = "reports")]
    out: PathBuf,
    /// What is a service among the places of an extract: a table instead of the built-in one
    #[arg(long, value_name = "FILE")]
    services_table: Option<PathBuf>,
    /// Withhold counts of one's own data (--data) below N, and what would give them away; all areas in one run
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    min_count: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Written {
    Html,
    Svg,
    Png,
}

impl Written {
    fn ending(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let asked: Vec<String> = arguments.area.iter().cloned().collect();
    if asked.is_empty() && !arguments.all {
        return Err(no_area_named().into());
    }
    let format = format(arguments)?;
    let site = global.site(&asked)?;
    let ground = site.ground(&[])?;
    let services = services::table(arguments.services_table.as_deref())?;
    let bar = output::progress(global, site.ids().len());
    let done = |id: &str| {
        bar.set_message(id.to_owned());
        bar.inc(1);
    };
    let request = map::Request {
        ground: &ground,
        crs: None,
        services: &services,
        depart: None,
        lang: global.lang(),
        min_count: arguments.min_count.map(f64::from),
        together: site.all_ids(),
        formats: &[],
    };
    let made = report::run(&request, site.ids(), &format, &done);
    bar.finish_and_clear();
    let made = made?;
    let files = targets(&made, arguments)?;
    for (sheet, file) in made.iter().zip(&files) {
        write(file, &sheet.content)?;
    }
    if global.json {
        output::line(&serde_json::to_string_pretty(&files).unwrap_or_default());
    } else if !global.quiet {
        for file in &files {
            output::line(&file.display().to_string());
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn format(arguments: &Arguments) -> Result<Format, PipelineError> {
    let indicator = arguments.indicator.clone();
    match arguments.format {
        Written::Html if indicator.is_some() => Err(PipelineError::Request {
            what: "--indicator is of single maps, and the page holds all".to_owned(),
            help: "add --format svg or --format png, or leave --indicator out".to_owned(),
        }),
        Written::Html => Ok(Format::Html),
        Written::Svg => Ok(Format::Svg(indicator)),
        Written::Png => Ok(Format::Png(indicator)),
    }
}

/// Where each sheet goes: `--out` names the file where it ends as one.
fn targets(made: &[Sheet], arguments: &Arguments) -> Result<Vec<PathBuf>, PipelineError> {
    let ending = arguments.format.ending();
    let is_file = arguments.out.extension().is_some_and(|found| found.eq_ignore_ascii_case(ending));
    match made {
        [_] if is_file => Ok(vec![arguments.out.clone()]),
        _ if is_file => Err(PipelineError::Request {
            what: format!(
                "{}: one file cannot hold {} of them",
                arguments.out.display(),
                made.len()
            ),
            help: "name a folder with --out, or one area and one --indicator".to_owned(),
        }),
        _ => Ok(made.iter().map(|sheet| arguments.out.join(&sheet.name)).collect()),
    }
}

fn write(file: &Path, content: &[u8]) -> Result<(), PipelineError> {
    let failed = |path: PathBuf, source| PipelineError::Output { path, source };
    let put =
        |new: &Path| std::fs::write(new, content).map_err(|source| failed(new.to_owned(), source));
    replace_file(file, put, failed)
}
