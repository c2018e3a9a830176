//! `scale expose`: what a raster says of each polygon: of its surface, and of where its residents live.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use geo::{BoundingRect, Geometry};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use rayon::prelude::*;
use serde::Serialize;

use super::access::{Places, PlacesOf, Within};
use super::carry::{Ancillary, all_units, areas_of, bounds, polygons_of};
use super::styled::{Behind, Column as Shown, Dress, Seen};
use super::{Ground, PipelineError};
use crate::areas::clip::Clipped;
use crate::formats::raster::Band;
use crate::interpolate::{Sample, Statistic, of_pieces, of_polygon, of_residents, pieces, rows_at};
use crate::model::{Areas, Crs, Lang, Layer, ObsStatus, Raster, window_of};
use crate::publish::qgis::Telling;

/// More cells than this under one polygon are refused: they would take gigabytes of memory.
const MOST_CELLS: f64 = 1e8;

/// What to measure where.
pub struct Request<'a> {
    pub raster: &'a Path,
    /// Counted from 1.
    pub band: usize,
    /// The system of the raster, instead of what the file says.
    pub raster_crs: Option<&'a Crs>,
    pub onto: &'a PlacesOf,
    pub within: Option<Within<'a>>,
    /// For all units, and all areas, where no one area is named.
    pub ground: &'a Ground,
    pub statistics: &'a [Statistic],
    /// A file of residents (points, polygons or a raster), and the column of their number.
    pub residents: Option<(&'a Path, Option<&'a str>)>,
    /// First part of the names of the columns.
    pub name: &'a str,
}

/// The polygons with their figures.
pub struct Exposed {
    pub layer: Layer,
    pub report: Report,
}

/// What was measured, in figures.
#[derive(Debug, Serialize)]
pub struct Report {
    pub raster_crs: String,
    pub targets: usize,
    pub targets_without_data: usize,
    /// Share of the surface of all targets for which the raster has no value.
    pub share_without_data: Option<f64>,
    /// Residents in the targets, and the share of them for whom the raster has no value.
    pub residents: Option<f64>,
    pub share_of_residents_without_data: Option<f64>,
    pub notes: Vec<String>,
}

impl Exposed {
    /// A map of each figure: of the surface, then of where residents live.
    #[must_use]
    pub fn dress(&self, request: &Request<'_>, lang: Lang) -> Dress {
        let raster = Behind::file(request.raster);
        let onto = self.layer.name();
        let (title, lineage) = match lang {
            Lang::En => (
                format!("{} in {onto}", raster.name),
                "Every cell of the raster counts by the share of it that the polygon covers.",
            ),
            Lang::Sv => (
                format!("{} i {onto}", raster.name),
                "Varje cell i rastret räknas efter den andel av den som polygonen täcker.",
            ),
        };
        let frame = self.layer.frame();
        let status = format!("{}_status", request.name);
        let figures = ["", "_by_residents"].into_iter().flat_map(|suffix| {
            request
                .statistics
                .iter()
                .map(move |of| format!("{}_{}{suffix}", request.name, of.name()))
        });
        let shown = figures.filter(|name| frame.column(name).is_ok()).map(|name| {
            let telling = Telling::Status(status.clone());
            Shown { name, telling, lower: None, upper: None }
        });
        let seen = Seen::Columns(shown.collect());
        let residents = request.residents.map(|(file, _)| Behind::file(file));
        let behind = std::iter::once(raster).chain(residents).collect();
        Dress { lang, title, lineage: lineage.to_owned(), behind, seen }
    }
}

/// Measures.
///
/// # Errors
/// [`PipelineError`]: a raster that cannot be read or has no system, targets that are no polygons or do not meet it.
pub fn run(request: &Request<'_>) -> Result<Exposed, PipelineError> {
    crate::environment::configure_gdal();
    let mut notes = Vec::new();
    let targets = targets(request, &mut notes)?;
    let Some(shapes) = targets.areas() else { return Err(no_polygons(request)) };
    let band = Band::open(request.raster, request.band, request.raster_crs)?;
    let turned = shapes.reprojected(band.system().crs())?;
    let in_cells: Vec<Option<Geometry<f64>>> =
        turned.shapes().iter().map(|shape| band.system().polygon(shape)).collect();
    check_size(request, shapes, &in_cells)?;
    let window = window_of(&in_cells).ok_or_else(|| no_polygons(request))?;
    let raster = band.read(window)?.ok_or_else(|| PipelineError::Request {
        what: format!("{}: the raster does not meet the targets", request.raster.display()),
        help: format!(
            "its system is {}; --raster-crs overrides what the file says",
            band.system().crs()
        ),
    })?;
    let surface: Vec<Sample> = in_cells
        .par_iter()
        .map(|shape| shape.as_ref().map(|shape| of_polygon(&raster, shape)).unwrap_or_default())
        .collect();
    let residents = request.residents.map(|of| residents(of, &turned, &raster, &mut notes));
    let residents = residents.transpose()?;
    let report = Report {
        raster_crs: band.system().crs().id().to_owned(),
        targets: surface.len(),
        targets_without_data: surface.iter().filter(|s| s.get(Statistic::Mean).is_none()).count(),
        share_without_data: share_without_data(&surface),
        residents: residents.as_ref().map(|all| all.iter().map(Sample::whole).sum()),
        share_of_residents_without_data: residents.as_deref().and_then(share_without_data),
        notes,
    };
    let mut columns = columns(request, "", &surface);
    columns.push(statuses(request.name, &surface));
    if let Some(residents) = &residents {
        let whole: Vec<f64> = residents.iter().map(Sample::whole).collect();
        columns
            .push(Column::from(Series::new(format!("{}_residents", request.name).into(), whole)));
        columns.extend(self::columns(request, "_by_residents", residents));
    }
    Ok(Exposed { layer: with_columns(&targets, columns)?, report })
}

fn targets(request: &Request<'_>, notes: &mut Vec<String>) -> Result<Layer, PipelineError> {
    match (request.onto, request.within) {
        (PlacesOf::File { path, layer }, _) => polygons_of(path, layer.clone(), notes),
        (PlacesOf::Units, None) => all_units(request.ground.units()?),
        (PlacesOf::Areas, within) => areas_of(request.ground, within),
        (of, within) => Ok(Places::open(of, None, within)?.layer),
    }
}

fn no_polygons(request: &Request<'_>) -> PipelineError {
    PipelineError::Request {
        what: format!("there is no polygon to measure {} in", request.raster.display()),
        help: "give a layer of polygons, or units, areas, or grid:250 with --area".to_owned(),
    }
}

fn check_size(
    request: &Request<'_>,
    shapes: &Areas,
    in_cells: &[Option<Geometry<f64>>],
) -> Result<(), PipelineError> {
    let cells = |shape: &Geometry<f64>| {
        shape.bounding_rect().map_or(0.0, |rect| (rect.width() + 1.0) * (rect.height() + 1.0))
    };
    let large = in_cells.iter().position(|shape| shape.as_ref().map_or(0.0, cells) > MOST_CELLS);
    match large.and_then(|row| shapes.keys().get(row)) {
        None => Ok(()),
        Some(key) => Err(PipelineError::Request {
            what: format!(
                "{}: the polygon {key} spans more than {MOST_CELLS} cells",
                request.raster.display()
            ),
            help: "check the systems of both, or resample the raster".to_owned(),
        }),
    }
}

/// The residents of each target: where points or the cells of a raster lie, or spread evenly over the surface of polygons.
/// Who lives on a border counts in the first of its neighbours.
fn residents(
    (file, column): (&Path, Option<&str>),
    targets: &Areas,
    raster: &Raster,
    notes: &mut Vec<String>,
) -> Result<Vec<Sample>, PipelineError> {
    let rect = bounds(targets);
    let rect = rect.map_or([0.0; 4], |r| [r.min().x, r.min().y, r.max().x, r.max().y]);
    let found = match Ancillary::open((file, column), None, targets.crs(), rect, notes)? {
        Ancillary::Points(points) => of_points(&points, targets, raster),
        Ancillary::Polygons(areas, Some(values)) => of_polygons(&areas, &values, targets, raster),
        Ancillary::Polygons(_, None) => {
            return Err(PipelineError::Request {
                what: format!("{}: nothing says how many live in each polygon", file.display()),
                help: "name the column of residents: --population FILE:column".to_owned(),
            });
        }
    };
    if found.iter().all(|sample| sample.whole() <= 0.0) {
        return Err(PipelineError::Request {
            what: format!("{}: none of it lies in the targets", file.display()),
            help: "check its coordinate reference system".to_owned(),
        });
    }
    Ok(found)
}

fn of_points(points: &[(f64, f64, f64)], targets: &Areas, raster: &Raster) -> Vec<Sample> {
    let mut within = vec![Vec::new(); targets.len()];
    let rows: Vec<Vec<u32>> = points.par_iter().map(|(x, y, _)| rows_at(targets, *x, *y)).collect();
    for (point, rows) in points.iter().zip(rows) {
        for row in rows {
            within[row as usize].push(*point);
        }
    }
    within.into_iter().map(|points| of_residents(raster, points)).collect()
}

fn of_polygons(
    areas: &Areas,
    values: &[Option<f64>],
    targets: &Areas,
    raster: &Raster,
) -> Vec<Sample> {
    let of = |target: &Geometry<f64>| {
        let pieces = pieces(areas, Some(values), target).into_iter();
        let in_cells = |(piece, amount): (Clipped, f64)| {
            Some((raster.system().polygon(&piece.shape)?, amount))
        };
        of_pieces(raster, pieces.filter_map(in_cells))
    };
    targets.shapes().par_iter().map(of).collect()
}

fn share_without_data(samples: &[Sample]) -> Option<f64> {
    let whole: f64 = samples.iter().map(Sample::whole).sum();
    let missing = samples.iter().filter_map(|s| Some(s.missing_share()? * s.whole()));
    (whole > 0.0).then(|| missing.sum::<f64>() / whole)
}

/// `NAME_mean`, …, `NAME_no_data_share`, with a suffix for those by residents.
fn columns(request: &Request<'_>, suffix: &str, samples: &[Sample]) -> Vec<Column> {
    let column = |what: &str, cells: Vec<Option<f64>>| {
        Column::from(Series::new(format!("{}_{what}{suffix}", request.name).into(), cells))
    };
    let of = |statistic: &Statistic| {
        let cells = samples.iter().map(|sample| sample.get(*statistic)).collect();
        column(&statistic.name(), cells)
    };
    let mut columns: Vec<Column> = request.statistics.iter().map(of).collect();
    columns.push(column("no_data_share", samples.iter().map(Sample::missing_share).collect()));
    columns
}

/// Estimated where every cell has a value, of low reliability where some have none, missing where none has one.
fn statuses(name: &str, samples: &[Sample]) -> Column {
    let status = |sample: &Sample| match sample.missing_share() {
        Some(share) if share <= 1e-9 => ObsStatus::E.code(),
        Some(_) if sample.get(Statistic::Mean).is_some() => ObsStatus::U.code(),
        _ => ObsStatus::M.code(),
    };
    let cells: Vec<&str> = samples.iter().map(status).collect();
    Column::from(Series::new(format!("{name}_status").into(), cells))
}

fn with_columns(targets: &Layer, added: Vec<Column>) -> Result<Layer, PipelineError> {
    let fault = |source| PipelineError::Frame { table: targets.name().to_owned(), source };
    if let Some(column) = added.iter().find(|c| targets.frame().column(c.name()).is_ok()) {
        return Err(PipelineError::Request {
            what: format!("the targets have a column \"{}\" already", column.name()),
            help: "give another --name".to_owned(),
        });
    }
    let mut columns = targets.frame().columns().to_vec();
    columns.extend(added);
    let frame = DataFrame::new(targets.frame().height(), columns).map_err(fault)?;
    let areas = targets.areas().map(Arc::clone);
    let (name, title) = (targets.name().to_owned(), targets.title().to_owned());
    Ok(match areas {
        Some(areas) => Layer::spatial(name, title, areas, frame)?,
        None => Layer::table(name, title, frame),
    })
}

/// What columns are named after, unless told: the file, in the letters of a name.
#[must_use]
pub fn name_of(raster: &Path) -> String {
    let stem = raster.file_stem().map(PathBuf::from).unwrap_or_default();
    let stem = stem.to_string_lossy().to_lowercase();
    stem.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect()
}
