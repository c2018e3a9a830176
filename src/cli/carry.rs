//! `scale carry`: values of one geography on another.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::input::Input;
use super::{Global, crs, output};
use crate::Error;
use crate::formats::{self, OpenOptions};
use crate::pipeline::access::{PlacesOf, Within};
use crate::pipeline::carry::{
    self, Carried, ColumnReport, Columns, Method, Ratio, Report, Request, Source, crosswalk,
};
use crate::pipeline::{PipelineError, Values, styled};

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  scale carry deso.geojson --onto units --area jarva --values population.csv --key id --extensive pop --out jarva.gpkg\n  scale carry deso.geojson --onto areas --values population.csv --key id --extensive pop --out areas.gpkg\n  scale carry regso.gpkg --onto grid:1000 --extensive pop --ratio employed=working/pop --out cells.parquet\n  scale carry deso.gpkg --onto regso.gpkg --extensive pop --moe pop=pop_moe --method dasymetric:points.csv:residents --out regso_pop.gpkg\n  scale carry pharmacies.csv --onto h3:8 --method points --extensive staff --out hexagons.gpkg\n\nCounts (--extensive) are shared out, rates and means (--intensive) averaged, ratios carried as numerator and\ndenominator and then divided. Beside each value stand its coverage (share of the target's surface that\nsources with a value cover) and status: A as published, E estimated, M missing."
)]
pub struct Arguments {
    /// Layer that values come from: polygons, or points with --method points
    source: PathBuf,
    /// What to carry onto: FILE[:layer], units, areas, grid:METRES or h3:RESOLUTION
    #[arg(long, value_name = "TARGETS", required_unless_present = "crosswalk")]
    onto: Option<String>,
    /// Only the units, outline, squares or hexagons of this area
    #[arg(long, value_name = "ID")]
    area: Option<String>,
    /// area, points, smooth, without:FILE (polygons of water), or dasymetric:FILE[:column] (points,
    /// polygons or a raster; the column weights)
    #[arg(long, default_value = "area", value_name = "METHOD")]
    method: String,
    /// Another plausible method, such as dasymetric:dwellings.csv:flats; may be repeated. It changes no value: what all give
    /// is the range beside it
    #[arg(long, value_name = "METHOD")]
    also: Vec<String>,
    /// Counts
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    extensive: Vec<String>,
    /// Rates, means, densities
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    intensive: Vec<String>,
    /// A count over another: name=numerator/denominator
    #[arg(long, value_delimiter = ',', value_name = "NAME=A/B", value_parser = ratio)]
    ratio: Vec<Ratio>,
    /// Classes: the share of each on the target's surface
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    categorical: Vec<String>,
    /// Medians and the like, which are never averaged: lowest and highest of the parts
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    range: Vec<String>,
    /// Codes, such as the county: that of the sources which cover most of the target
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    largest: Vec<String>,
    /// Margin of error of a count: count=column
    #[arg(long, value_delimiter = ',', value_name = "COUNT=COLUMN", value_parser = pair)]
    moe: Vec<(String, String)>,
    /// Withhold counts below N, and what would give them away
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    min_count: Option<u32>,
    /// With --min-count: columns of numbers of the targets that count nobody, such as identifiers; others are left out
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS", requires = "min_count")]
    keep: Vec<String>,
    /// Say of each target what became of it: columns of codes, of the sources and of the targets; with --crosswalk the two
    /// of that table
    #[arg(long, value_name = "CODE=CODE", value_parser = codes)]
    changes: Option<(String, String)>,
    /// Table of codes, instead of shapes; the source is then a table and --key its column of codes
    #[arg(long, value_name = "FILE", requires_all = ["from_code", "to_code", "key"], conflicts_with_all = ["onto", "area", "values"])]
    crosswalk: Option<PathBuf>,
    /// Column of the crosswalk with the codes of the source
    #[arg(long, value_name = "COLUMN")]
    from_code: Option<String>,
    /// Column of the crosswalk with the codes to carry onto
    #[arg(long, value_name = "COLUMN")]
    to_code: Option<String>,
    /// Column of the crosswalk with the share that goes to each
    #[arg(long, value_name = "COLUMN")]
    weight: Option<String>,
    /// Table of values to join
    #[arg(long, value_name = "FILE", requires = "key")]
    values: Option<PathBuf>,
    /// Column that layer and table share
    #[arg(long, value_name = "COLUMN")]
    key: Option<String>,
    /// The key column of the table, where it has another name
    #[arg(long, value_name = "COLUMN")]
    values_key: Option<String>,
    /// File to write: .gpkg, .parquet or .geojson
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// System of the output; that in which surfaces are measured unless given
    #[arg(long)]
    crs: Option<String>,
    #[command(flatten)]
    input: Input,
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let columns = columns(arguments)?;
    if arguments.crosswalk.is_some() {
        return by_code(global, arguments, &columns);
    }
    formats::check_output(&arguments.out)?;
    let method = Method::parse(&arguments.method)?;
    let also = arguments.also.iter().map(|text| Method::parse(text));
    let also = also.collect::<Result<Vec<_>, _>>()?;
    let onto = PlacesOf::parse(arguments.onto.as_deref().unwrap_or_default())?;
    let out_crs = arguments.crs.as_deref().map(crs).transpose()?;
    refuse_area_of_file(arguments.area.as_deref(), &onto)?;
    let ground = global.ground()?;
    let area = arguments.area.as_deref().map(|id| ground.area(id)).transpose();
    let area = area.map_err(PipelineError::from)?;
    let source = open(arguments)?;
    let mut carried = carry::run(&Request {
        source: &source,
        onto: &onto,
        block: None,
        within: area.as_ref().map(|(area, units)| Within { area, units }),
        ground: &ground,
        method: &method,
        also: &also,
        columns: &columns,
        changes: arguments.changes.as_ref(),
        described: &carry::described(&ground.data),
        cache: global.cache().as_ref(),
    })?;
    protect(&mut carried, arguments, &columns)?;
    let dress = carried.dress(&arguments.source, global.lang());
    styled::write(&arguments.out, &carried.layer, out_crs.as_ref(), &dress)?;
    tell(global, &carried.report);
    Ok(ExitCode::SUCCESS)
}

/// Carries a table by a table of codes. What is said of CSV is said of the source.
fn by_code(global: &Global, arguments: &Arguments, columns: &Columns) -> Result<ExitCode, Error> {
    let given = |name: &Option<String>| name.clone().unwrap_or_default();
    let codes = (given(&arguments.from_code), given(&arguments.to_code));
    if arguments.changes.as_ref().is_some_and(|changes| *changes != codes) {
        return Err(PipelineError::Request {
            what: "--changes names other columns than --from-code and --to-code".to_owned(),
            help: format!("give --changes {}={}", codes.0, codes.1),
        }
        .into());
    }
    let mut carried = crosswalk::run(&crosswalk::Request {
        source: &arguments.source,
        source_open: &arguments.input.options()?,
        key: &given(&arguments.key),
        crosswalk: arguments.crosswalk.as_deref().unwrap_or(Path::new("")),
        crosswalk_open: &OpenOptions::default(),
        from: &given(&arguments.from_code),
        to: &given(&arguments.to_code),
        weight: arguments.weight.as_deref(),
        columns,
        changes: arguments.changes.is_some(),
    })?;
    protect(&mut carried, arguments, columns)?;
    carry::write_table(&arguments.out, &carried.layer)?;
    tell(global, &carried.report);
    Ok(ExitCode::SUCCESS)
}

fn protect(
    carried: &mut Carried,
    arguments: &Arguments,
    columns: &Columns,
) -> Result<(), PipelineError> {
    let Some(threshold) = arguments.min_count else { return Ok(()) };
    let carried = std::slice::from_mut(carried);
    carry::protect(carried, columns, &arguments.keep, f64::from(threshold))
}

/// An area limits what is made for it; a file is taken whole.
pub fn refuse_area_of_file(area: Option<&str>, onto: &PlacesOf) -> Result<(), PipelineError> {
    if area.is_none() || !matches!(onto, PlacesOf::File { .. }) {
        return Ok(());
    }
    Err(PipelineError::Request {
        what: "--area limits units, areas, squares and hexagons, not a file".to_owned(),
        help: "leave out --area, or cut the file with `scale clip` first".to_owned(),
    })
}

fn tell(global: &Global, report: &Report) {
    for text in &report.notes {
        output::note(global, &format!("note: {text}"));
    }
    if global.json {
        output::line(&serde_json::to_string_pretty(report).unwrap_or_default());
    } else {
        show(report);
    }
}

fn columns(arguments: &Arguments) -> Result<Columns, Error> {
    let columns = Columns {
        extensive: arguments.extensive.clone(),
        intensive: arguments.intensive.clone(),
        ratio: arguments.ratio.clone(),
        categorical: arguments.categorical.clone(),
        range: arguments.range.clone(),
        largest: arguments.largest.clone(),
        margins: arguments.moe.clone(),
    };
    if columns.is_empty() {
        return Err(PipelineError::Request {
            what: "no column is named to carry".to_owned(),
            help: "name counts with --extensive, rates with --intensive, ratios with --ratio name=a/b, classes with --categorical".to_owned(),
        }
        .into());
    }
    Ok(columns)
}

/// What is said of CSV is said of the table of values where there is one, else of the source.
fn open(arguments: &Arguments) -> Result<Source, Error> {
    let mut open = arguments.input.options()?;
    let mut values_open = OpenOptions::default();
    if arguments.values.is_some() {
        std::mem::swap(&mut open.csv, &mut values_open.csv);
    }
    let values = arguments.values.as_deref().map(|file| Values {
        file,
        open: &values_open,
        key: arguments.key.as_deref(),
        values_key: arguments.values_key.as_deref(),
    });
    Ok(Source::open(&arguments.source, &open, values)?)
}

fn ratio(given: &str) -> Result<Ratio, String> {
    let parts = given.split_once('=').and_then(|(name, rest)| Some((name, rest.split_once('/')?)));
    match parts {
        Some((name, (above, below))) if ![name, above, below].contains(&"") => Ok(Ratio {
            name: name.to_owned(),
            numerator: above.to_owned(),
            denominator: below.to_owned(),
        }),
        _ => Err("a ratio is name=numerator/denominator, as in employed=working/pop".to_owned()),
    }
}

fn codes(given: &str) -> Result<(String, String), String> {
    pair(given).map_err(|_| {
        "codes are source column=target column, as in regso_2020=regso_2025".to_owned()
    })
}

fn pair(given: &str) -> Result<(String, String), String> {
    match given.split_once('=') {
        Some((count, column)) if !count.is_empty() && !column.is_empty() => {
            Ok((count.to_owned(), column.to_owned()))
        }
        _ => Err("a margin of error is count=column, as in pop=pop_moe".to_owned()),
    }
}

fn show(report: &Report) {
    output::line(&format!(
        "{} sources onto {} targets by {}{}",
        report.sources,
        report.targets,
        report.method,
        report.crs.as_ref().map_or(String::new(), |crs| format!(", surfaces in {crs}"))
    ));
    output::line(&format!(
        "share of the sources outside every target: {:.6}",
        report.share_of_sources_outside
    ));
    if let Some(share) = report.share_of_targets_uncovered {
        output::line(&format!("share of the targets that no source covers: {share:.6}"));
    }
    for (change, count) in report.changes.iter().flatten() {
        output::line(&format!("{change}: {count}"));
    }
    let header = ["column", "kind", "in", "carried", "outside", "targets with value"];
    output::table(&header, &[2, 3, 4, 5], report.columns.iter().map(line).collect());
}

fn line(column: &ColumnReport) -> Vec<String> {
    let total = |value: Option<f64>| value.map_or(String::new(), |v| output::number(v, 1));
    vec![
        column.column.clone(),
        column.kind.to_owned(),
        total(column.total_in),
        total(column.total_carried),
        column.share_outside.map_or(String::new(), |share| format!("{share:.6}")),
        column.targets_with_value.to_string(),
    ]
}
