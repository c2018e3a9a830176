//! `scale clip`: a layer cut to an area.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::input::Input;
use super::{Global, crs, output};
use crate::Error;
use crate::pipeline::clip;
use crate::pipeline::file::Values;
use crate::pipeline::plan::Plan;
use crate::pipeline::run;
use crate::pipeline::steps::{self, Report};

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  scale clip deso.geojson --area jarva --values population.csv --key id --extensive pop_2023 --out jarva_deso.gpkg\n  scale clip deso.gpkg --area jarva --values export.csv --key id --extensive pop --out jarva_deso.gpkg \\\n    --delimiter semicolon --encoding windows-1252 --decimal comma --header-row 3"
)]
pub struct Arguments {
    /// Layer of points, lines or polygons
    input: PathBuf,
    /// Area to cut to
    #[arg(long, value_name = "ID")]
    area: String,
    /// Table of values to join
    #[arg(long, value_name = "FILE", requires = "key")]
    values: Option<PathBuf>,
    /// Column that layer and table share
    #[arg(long, value_name = "COLUMN")]
    key: Option<String>,
    /// The key column of the table, where it has another name
    #[arg(long, value_name = "COLUMN")]
    values_key: Option<String>,
    /// Counts: scaled by the share that remains
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    extensive: Vec<String>,
    /// Rates, means, densities: kept as they are
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    intensive: Vec<String>,
    /// Withhold counts below N, what would give them away, and the rates of their features
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    min_count: Option<u32>,
    /// With --min-count: columns of numbers that count nobody, such as identifiers; others that are not named are left out
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS", requires = "min_count")]
    keep: Vec<String>,
    /// File to write: .gpkg, .parquet or .geojson
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// System of the output
    #[arg(long, default_value = "EPSG:3006")]
    crs: String,
    #[command(flatten)]
    source: Input,
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let site = global.site(std::slice::from_ref(&arguments.area))?;
    let plan = Plan::single(&steps::CLIP, values(global, arguments)?, site);
    for made in run::directly(&plan, Path::new(""), None, &|_| {})? {
        let Report::Clip(report) = made.told.report else { continue };
        for text in &report.notes {
            output::note(global, &format!("note: {text}"));
        }
        if global.json {
            output::line(&serde_json::to_string_pretty(&report).unwrap_or_default());
        } else {
            show(&report);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What is typed, as a step of a pipeline says it.
fn values(global: &Global, arguments: &Arguments) -> Result<Values, Error> {
    let mut values = Values::default();
    values.put_text("lang", global.lang_word());
    values.put_file("input", Some(&arguments.input));
    values.put_file("values", arguments.values.as_deref());
    values.put_text("key", arguments.key.as_deref());
    values.put_text("values_key", arguments.values_key.as_deref());
    values.put_texts("extensive", &arguments.extensive);
    values.put_texts("intensive", &arguments.intensive);
    values.put_number("min_count", arguments.min_count.map(f64::from));
    values.put_texts("keep", &arguments.keep);
    values.put_text("crs", Some(crs(&arguments.crs)?.id()));
    values.put_name("out", Some(&arguments.out));
    arguments.source.put_into(&mut values)?;
    Ok(values)
}

fn show(report: &clip::Report) {
    output::line(&format!(
        "features in {}, out {} ({} whole, {} cut)",
        report.features_in, report.features_out, report.whole, report.cut
    ));
    for (reason, count) in &report.dropped {
        output::line(&format!("dropped {count}: {reason}"));
    }
    output::line(&format!("share of the input's size kept: {:.4}", report.share_of_size));
    if let Some(share) = report.share_of_area {
        output::line(&format!("share of the area covered: {share:.4}"));
    }
    let decimals = |value: Option<f64>| value.map_or("none".to_owned(), |v| output::number(v, 1));
    let rows = report
        .carried
        .iter()
        .map(|carried| {
            let value = match (carried.value, carried.lower) {
                (None, Some(lower)) => {
                    let most = carried.upper.map_or("?".to_owned(), |v| output::number(v, 1));
                    format!("{} – {most}", output::number(lower, 1))
                }
                (value, _) => decimals(value),
            };
            vec![
                carried.column.clone(),
                carried.kind.to_owned(),
                value,
                carried.mostly_inside.map_or(String::new(), |v| output::number(v, 1)),
                carried.share_of_total.map_or(String::new(), |v| format!("{v:.4}")),
                format!("{:.4}", carried.coverage),
                carried.obs_status.to_owned(),
            ]
        })
        .collect::<Vec<_>>();
    if !rows.is_empty() {
        let header = ["column", "kind", "value", "mostly inside", "of total", "coverage", "status"];
        output::table(&header, &[2, 3, 4, 5], rows);
    }
}
