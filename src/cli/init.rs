//! `scale init`: a commented pipeline for a new city.

use std::path::PathBuf;
use std::process::ExitCode;

use super::{Global, output};
use crate::Error;
use crate::pipeline::file::schema::schema;
use crate::pipeline::init::{City, init};
use crate::pipeline::steps;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  scale init --municipality 0182 --out nacka.toml\n  scale init --polygons districts.gpkg --out my-city.toml\n  scale init --schema > pipeline.schema.json"
)]
#[command(group(clap::ArgGroup::new("city").required(true).args(["municipality", "polygons", "schema"])))]
pub struct Arguments {
    /// A municipality of Sweden by its code of four digits
    #[arg(long, value_name = "CODE")]
    municipality: Option<String>,
    /// Polygons with a column id, anywhere
    #[arg(long, value_name = "FILE")]
    polygons: Option<PathBuf>,
    /// Print the JSON Schema of pipelines, for editors
    #[arg(long)]
    schema: bool,
    /// The pipeline to write
    #[arg(long, value_name = "FILE", default_value = "pipeline.toml")]
    out: PathBuf,
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let city = match (&arguments.municipality, &arguments.polygons) {
        (Some(code), _) => City::Municipality(code.clone()),
        (_, Some(file)) => City::Polygons(file.clone()),
        _ => {
            output::line(
                &serde_json::to_string_pretty(&schema(&steps::declared())).unwrap_or_default(),
            );
            return Ok(ExitCode::SUCCESS);
        }
    };
    for file in init(&city, &arguments.out)? {
        output::line(&file.display().to_string());
    }
    output::note(global, &format!("now: scale plan {}", arguments.out.display()));
    Ok(ExitCode::SUCCESS)
}
