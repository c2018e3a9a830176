//! `scale expose`: noise, air, heat or green cover of each polygon.

use std::path::PathBuf;
use std::process::ExitCode;

use super::carry::refuse_area_of_file;
use super::{Global, crs, output};
use crate::Error;
use crate::formats;
use crate::interpolate::Statistic;
use crate::pipeline::access::{PlacesOf, Within};
use crate::pipeline::expose::{self, Report, Request};
use crate::pipeline::{PipelineError, file_and_column, styled};

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  scale expose noise.tif --onto units --area jarva --statistic mean,p90,share_above:55 --out noise.gpkg\n  scale expose heat.tif --onto grid:250 --area jarva --population residents.csv:residents --out heat.parquet\n\nEvery cell counts by the share of it that the polygon covers. Columns ending in _by_residents weigh the raster by\nwhere residents live. NAME_no_data_share says how much has no value; NAME_status is E (worked out from cells),\nU (some without a value) or M (all)."
)]
pub struct Arguments {
    /// Raster that GDAL reads, such as .tif
    raster: PathBuf,
    /// Polygons to measure in: FILE[:layer], units, areas, grid:METRES or h3:RESOLUTION
    #[arg(long, value_name = "TARGETS")]
    onto: String,
    /// Only the units, outline, squares or hexagons of this area
    #[arg(long, value_name = "ID")]
    area: Option<String>,
    /// `mean`, `min`, `max`, `p0` to `p100`, `share_above:LIMIT`, `share_below:LIMIT`
    #[arg(long, value_delimiter = ',', value_name = "LIST", value_parser = Statistic::parse, default_value = "mean,min,max")]
    statistic: Vec<Statistic>,
    /// Where residents live: points, polygons (spread evenly) or a raster; the column counts them
    #[arg(long, value_name = "FILE[:column]")]
    population: Option<String>,
    /// Band of the raster, counted from 1
    #[arg(long, value_name = "N", default_value = "1")]
    band: usize,
    /// System of the raster, instead of what the file says
    #[arg(long, value_name = "CRS")]
    raster_crs: Option<String>,
    /// First part of the names of the columns, instead of that of the file
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// File to write: .gpkg, .parquet or .geojson
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// System of the output; that of the polygons unless given
    #[arg(long)]
    crs: Option<String>,
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    formats::check_output(&arguments.out)?;
    let onto = PlacesOf::parse(&arguments.onto)?;
    let out_crs = arguments.crs.as_deref().map(crs).transpose()?;
    let raster_crs = arguments.raster_crs.as_deref().map(crs).transpose()?;
    refuse_area_of_file(arguments.area.as_deref(), &onto)?;
    let ground = global.ground()?;
    let area = arguments.area.as_deref().map(|id| ground.area(id)).transpose();
    let area = area.map_err(PipelineError::from)?;
    let residents = arguments.population.as_deref().map(file_and_column);
    let name = arguments.name.clone().unwrap_or_else(|| expose::name_of(&arguments.raster));
    let request = Request {
        raster: &arguments.raster,
        band: arguments.band,
        raster_crs: raster_crs.as_ref(),
        onto: &onto,
        within: area.as_ref().map(|(area, units)| Within { area, units }),
        ground: &ground,
        statistics: &arguments.statistic,
        residents: residents.as_ref().map(|(file, column)| (file.as_path(), column.as_deref())),
        name: &name,
    };
    let exposed = expose::run(&request)?;
    let dress = exposed.dress(&request, global.lang());
    styled::write(&arguments.out, &exposed.layer, out_crs.as_ref(), &dress)?;
    for note in &exposed.report.notes {
        output::note(global, &format!("note: {note}"));
    }
    if global.json {
        output::line(&serde_json::to_string_pretty(&exposed.report).unwrap_or_default());
    } else if !global.quiet {
        show(&exposed.report);
        output::line(&arguments.out.display().to_string());
    }
    Ok(ExitCode::SUCCESS)
}

fn show(report: &Report) {
    let percent = |share: Option<f64>| {
        share.map_or_else(
            || "–".to_owned(),
            |share| format!("{} %", output::number(share * 100.0, 2)),
        )
    };
    output::line(&format!(
        "{} polygons, {} without any value; the raster is in {}",
        report.targets, report.targets_without_data, report.raster_crs
    ));
    output::line(&format!("surface without data: {}", percent(report.share_without_data)));
    if let Some(residents) = report.residents {
        output::line(&format!(
            "residents: {}, without data: {}",
            output::number(residents, 0),
            percent(report.share_of_residents_without_data)
        ));
    }
}
