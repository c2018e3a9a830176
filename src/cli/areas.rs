//! `scale areas`: the areas, and how they overlap.

use std::path::PathBuf;
use std::process::ExitCode;

use geo::{Area, BooleanOps};
use serde::Serialize;

use super::{Global, output};
use crate::Error;
use crate::areas::{ComposedArea, compose};
use crate::indicators::Weights;
use crate::pipeline::{Ground, PipelineError};
use crate::publish::replace_file;

#[derive(clap::Args)]
#[command(after_help = "Examples:\n  scale areas\n  scale areas export my-areas.toml")]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Write the areas as a TOML file to start own areas from
    Export {
        /// File to write
        file: PathBuf,
    },
}

#[derive(Serialize)]
struct Row {
    id: String,
    name: String,
    units: usize,
    surface_km2: f64,
    /// Residents of the newest count, in the units that have one.
    residents: f64,
    /// Units that the count leaves out, so that `residents` is a lower bound.
    units_without_count: Vec<String>,
    overlaps: Vec<Overlap>,
}

#[derive(Serialize)]
struct Overlap {
    area: String,
    surface_km2: f64,
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let ground = global.ground()?;
    if let Some(Command::Export { file }) = &arguments.command {
        return export(&ground, file);
    }
    let units = ground.units().map_err(PipelineError::from)?;
    let weights = Weights::new(&ground.data, units)?;
    let areas: Vec<ComposedArea> = ground
        .areas
        .areas
        .iter()
        .map(|area| compose(&ground.areas, area, &units.areas, ground.drawn.as_ref()))
        .collect::<Result<_, _>>()?;
    let rows: Vec<Row> = areas
        .iter()
        .map(|area| Row {
            id: area.definition.id.clone(),
            name: area.definition.name.get(global.lang()).to_owned(),
            units: area.parts.len(),
            surface_km2: area.surface_m2() / 1e6,
            residents: area
                .parts
                .iter()
                .filter(|part| !weights.stands_in(part.row))
                .filter_map(|part| Some(weights.of(part.row)? * part.share))
                .sum(),
            units_without_count: area
                .parts
                .iter()
                .filter(|part| weights.stands_in(part.row) || weights.of(part.row).is_none())
                .map(|part| units.areas.keys()[part.row].clone())
                .collect(),
            overlaps: overlaps(area, &areas),
        })
        .collect();
    if global.json {
        output::line(&serde_json::to_string_pretty(&rows).unwrap_or_default());
    } else {
        show(rows);
    }
    Ok(ExitCode::SUCCESS)
}

fn overlaps(area: &ComposedArea, areas: &[ComposedArea]) -> Vec<Overlap> {
    areas
        .iter()
        .filter(|other| other.definition.id != area.definition.id)
        .filter_map(|other| {
            let shared = area.outline.intersection(&other.outline).unsigned_area() / 1e6;
            // Neighbours share an edge; less than a hundred square metres is no overlap.
            (shared > 1e-4)
                .then(|| Overlap { area: other.definition.id.clone(), surface_km2: shared })
        })
        .collect()
}

fn show(rows: Vec<Row>) {
    let rows = rows
        .into_iter()
        .map(|row| {
            let overlaps: Vec<String> = row
                .overlaps
                .iter()
                .map(|overlap| format!("{} {:.2} km²", overlap.area, overlap.surface_km2))
                .collect();
            let bound = if row.units_without_count.is_empty() { "" } else { "≥ " };
            let residents = format!("{bound}{}", output::number(row.residents, 0));
            vec![
                row.id,
                row.name,
                row.units.to_string(),
                format!("{:.2}", row.surface_km2),
                residents,
                overlaps.join(", "),
            ]
        })
        .collect();
    let header = ["id", "name", "units", "km²", "residents", "overlaps"];
    output::table(&header, &[2, 3, 4], rows);
}

fn export(ground: &Ground, file: &std::path::Path) -> Result<ExitCode, Error> {
    let text = toml::to_string_pretty(&ground.areas).unwrap_or_default();
    let failed = |path, source| PipelineError::Output { path, source };
    let write = |new: &std::path::Path| {
        std::fs::write(new, &text)
            .map_err(|source| PipelineError::Output { path: file.to_owned(), source })
    };
    replace_file(file, write, failed)?;
    output::line(&file.display().to_string());
    Ok(ExitCode::SUCCESS)
}
