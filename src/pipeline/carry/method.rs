//! From a method and two geographies to weights.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use geo::{Area, CoordsIter, Geometry};

use super::blocks;
use super::system::bounds;
use super::targets::{Wanted, hexagons, squares};
use crate::formats::{self, Content, OpenOptions, Place, points, raster};
use crate::interpolate::{Amounts, Cell, Entry, Targets, Weights, of_points, of_polygons};
use crate::model::{Areas, Crs, GeometryFamily, Layer, family_of};
use crate::pipeline::PipelineError;
use crate::pipeline::block::Block;
use crate::sources::raw_from_frame;

/// How values are shared out.
#[derive(Debug, Clone, PartialEq)]
pub enum Method {
    /// By the surface that source and target share.
    Area,
    /// By what of the ancillary lies in both: points, polygons or a raster; `column` weights points and polygons.
    Dasymetric { file: PathBuf, column: Option<String> },
    /// By the surface that source and target share, less what the polygons of a file cover, such as water.
    Without { file: PathBuf },
    /// Onto squares, without steps at the borders of the sources; counts only.
    Smooth,
    /// Sources are points: each goes to the targets in which it lies.
    Points,
}

impl Method {
    /// Reads `area`, `points`, `smooth`, `without:FILE` or `dasymetric:FILE[:column]`.
    ///
    /// # Errors
    /// [`PipelineError::Request`].
    pub fn parse(text: &str) -> Result<Self, PipelineError> {
        match text {
            "area" => return Ok(Self::Area),
            "points" => return Ok(Self::Points),
            "smooth" => return Ok(Self::Smooth),
            _ => {}
        }
        if let Some(file) = text.strip_prefix("without:").filter(|file| !file.is_empty()) {
            return Ok(Self::Without { file: PathBuf::from(file) });
        }
        let Some(rest) = text.strip_prefix("dasymetric:").filter(|rest| !rest.is_empty()) else {
            return Err(PipelineError::Request {
                what: format!("\"{text}\" is no method"),
                help: "known: area, points, smooth, without:FILE, dasymetric:FILE[:column]"
                    .to_owned(),
            });
        };
        let (file, column) = crate::pipeline::file_and_column(rest);
        Ok(Self::Dasymetric { file, column })
    }

    /// As it is given.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Area => "area",
            Self::Dasymetric { .. } => "dasymetric",
            Self::Without { .. } => "without",
            Self::Smooth => "smooth",
            Self::Points => "points",
        }
    }
}

/// Targets in the working system. Squares stay numbers until they are written.
pub enum Ready {
    Layer(Layer),
    Squares { side: f64, cells: Vec<Cell>, crs: Crs },
}

impl Ready {
    /// The targets with shapes and ids.
    ///
    /// # Errors
    /// [`PipelineError::Model`].
    pub fn into_layer(self) -> Result<Layer, PipelineError> {
        match self {
            Self::Layer(layer) => Ok(layer),
            Self::Squares { side, cells, crs } => squares(&cells, side, &crs),
        }
    }

    /// Ready to be asked what lies where.
    fn asked(&self) -> Result<Targets<'_>, PipelineError> {
        Ok(match self {
            Self::Layer(layer) => Targets::polygons(shapes_of(layer)?),
            Self::Squares { side, cells, .. } => Targets::Squares { side: *side, cells },
        })
    }
}

/// Targets and what every source gives to them.
pub struct Weighted {
    pub targets: Ready,
    pub weights: Weights,
    /// The areal weights, where the method is another.
    pub areal: Option<Weights>,
    /// Sources without ancillary, which are shared out by surface.
    pub bare: Vec<usize>,
}

/// Weights the sources, which are in the working system.
///
/// # Errors
/// Those of the ancillary file; [`PipelineError::Model`], [`PipelineError::Crs`].
pub fn weighted(
    method: &Method,
    sources: &Areas,
    wanted: Wanted,
    block: Option<Block>,
    notes: &mut Vec<String>,
) -> Result<Weighted, PipelineError> {
    let by_points = *method == Method::Points;
    let (targets, areal, own) = ready(by_points, sources, wanted, block)?;
    let (weights, areal, bare) = match (method, areal) {
        (Method::Dasymetric { file, column }, Some(areal)) => {
            let found = amounts(file, column.as_deref(), sources, &targets.asked()?, notes)?;
            let (weights, bare) = areal.by_amounts(&found.shared, &found.whole);
            (weights, Some(areal), bare)
        }
        (Method::Without { file }, Some(areal)) => {
            let found = land(file, sources, &targets.asked()?, &areal, notes)?;
            let (weights, bare) = areal.by_amounts(&found.shared, &found.whole);
            (weights, Some(areal), bare)
        }
        (Method::Smooth, Some(areal)) => (areal.clone(), Some(areal), Vec::new()),
        (_, Some(areal)) => (areal, None, Vec::new()),
        (_, None) => (points_within(sources, &targets.asked()?), None, Vec::new()),
    };
    let weighted = Weighted { targets, weights, areal, bare };
    match own {
        Some(own) => weighted.only(own),
        None => Ok(weighted),
    }
}

impl Weighted {
    /// Some targets, one after the other, with what they get.
    fn only(self, rows: Range<usize>) -> Result<Self, PipelineError> {
        let targets = match self.targets {
            Ready::Layer(layer) => Ready::Layer(layer.rows(&rows.clone().collect::<Vec<_>>())?),
            Ready::Squares { side, cells, crs } => {
                Ready::Squares { side, cells: cells[rows.clone()].to_vec(), crs }
            }
        };
        let areal = self.areal.map(|areal| areal.only(rows.clone()));
        Ok(Self { targets, weights: self.weights.only(rows), areal, bare: self.bare })
    }
}

/// Targets, the areal weights unless the sources are points, and the rows of the block where there is one.
type Prepared = (Ready, Option<Weights>, Option<Range<usize>>);

/// Of a block come all targets that its sources meet, so that a source is shared out as if nothing had been cut.
fn ready(
    by_points: bool,
    sources: &Areas,
    wanted: Wanted,
    block: Option<Block>,
) -> Result<Prepared, PipelineError> {
    let crs = sources.crs().clone();
    let (layer, own) = match (wanted, block) {
        (Wanted::Squares { side, cells }, block) if by_points => {
            let cells = cells.unwrap_or_else(|| cells_of_points(sources, side));
            let own = block.map(|block| blocks::of_squares(&cells, sources, side, block));
            return Ok((Ready::Squares { side, cells, crs }, None, own));
        }
        (Wanted::Squares { side, cells: None }, Some(block)) => {
            check_number(sources, side, block.of)?;
            let (cells, weights) =
                Weights::onto_rows(sources, side, &blocks::band(sources, side, block));
            let own = blocks::of_squares(&cells, sources, side, block);
            return Ok((Ready::Squares { side, cells, crs }, Some(weights), Some(own)));
        }
        (Wanted::Squares { side, cells }, _) => {
            if cells.is_none() {
                check_number(sources, side, 1)?;
            }
            let (cells, weights) = Weights::onto_grid(sources, side, cells);
            return Ok((Ready::Squares { side, cells, crs }, Some(weights), None));
        }
        (Wanted::Polygons(layer), None) => (in_system(layer, sources)?, None),
        (Wanted::Polygons(layer), Some(block)) => {
            let layer = in_system(layer, sources)?;
            let (rows, own) = blocks::of_polygons(shapes_of(&layer)?, sources, block)?;
            (layer.rows(&rows)?, Some(own))
        }
        (Wanted::Hexagons(resolution), _) => (met(&hexagons(sources, resolution)?, sources)?, None),
    };
    let areal = if by_points { None } else { Some(Weights::areal(sources, shapes_of(&layer)?)) };
    Ok((Ready::Layer(layer), areal, own))
}

/// The shapes of a layer that has them.
///
/// # Errors
/// [`PipelineError::Request`].
pub fn shapes_of(layer: &Layer) -> Result<&Areas, PipelineError> {
    layer.areas().map(AsRef::as_ref).ok_or_else(|| PipelineError::Request {
        what: format!("\"{}\" has no shapes", layer.name()),
        help: "give a layer of polygons, or of points with --method points".to_owned(),
    })
}

/// More squares than this would take many gigabytes of memory.
const MOST_SQUARES: f64 = 1e8;

#[allow(clippy::cast_precision_loss)] // a number of blocks
fn check_number(sources: &Areas, side: f64, blocks: usize) -> Result<(), PipelineError> {
    let surface: f64 = sources.shapes().iter().map(Area::unsigned_area).sum();
    let count = surface / (side * side) / blocks as f64;
    if count <= MOST_SQUARES {
        return Ok(());
    }
    Err(PipelineError::Request {
        what: format!("the sources cover {count:.0} squares of {side} m"),
        help: "take larger squares, those of an area with --area, or more blocks in a pipeline"
            .to_owned(),
    })
}

fn in_system(layer: Layer, sources: &Areas) -> Result<Layer, PipelineError> {
    let areas = shapes_of(&layer)?;
    if areas.crs() == sources.crs() {
        return Ok(layer);
    }
    let areas = std::sync::Arc::new(areas.reprojected(sources.crs())?);
    Ok(Layer::spatial(layer.name(), layer.title(), areas, layer.frame().clone())?)
}

/// Only those targets that share something with a source.
fn met(layer: &Layer, sources: &Areas) -> Result<Layer, PipelineError> {
    let areas = shapes_of(layer)?;
    let met = match sources.shapes().first().and_then(family_of) {
        Some(GeometryFamily::Point) => points_within(sources, &Targets::polygons(areas)),
        _ => Weights::areal(sources, areas),
    };
    let rows: Vec<usize> =
        (0..areas.len()).filter(|row| !met.row(*row).sources.is_empty()).collect();
    Ok(layer.rows(&rows)?)
}

fn cells_of_points(sources: &Areas, side: f64) -> Vec<Cell> {
    let coords = sources.shapes().iter().flat_map(CoordsIter::coords_iter);
    let mut cells: Vec<Cell> = coords.map(|at| Cell::at(at.x, at.y, side)).collect();
    cells.sort_unstable();
    cells.dedup();
    cells
}

/// Each point goes whole to every target in which it lies; of several points in one row, each its part.
fn points_within(sources: &Areas, asked: &Targets<'_>) -> Weights {
    let mut entries = Vec::new();
    for (source, shape) in (0_u32..).zip(sources.shapes()) {
        #[allow(clippy::cast_precision_loss)] // numbers of points stay far below 2^53
        let share = 1.0 / shape.coords_count().max(1) as f64;
        for at in shape.coords_iter() {
            let into = asked.at(at.x, at.y).into_iter();
            entries.extend(into.map(|target| Entry {
                target,
                source,
                share,
                surface: 0.0,
                amount: share,
            }));
        }
    }
    Weights::new(entries, vec![0.0; sources.len()], asked.surfaces())
}

fn amounts(
    file: &Path,
    column: Option<&str>,
    sources: &Areas,
    asked: &Targets<'_>,
    notes: &mut Vec<String>,
) -> Result<Amounts, PipelineError> {
    let found = if is_raster(file) {
        let rect = bounds(sources);
        let rect = rect.map_or([0.0; 4], |r| [r.min().x, r.min().y, r.max().x, r.max().y]);
        of_points(&raster::amounts(file, sources.crs(), rect)?, sources, asked)
    } else {
        let layer = ancillary(file, notes)?;
        let values = column.map(|name| numbers(file, &layer, name)).transpose()?;
        let areas = shapes_of(&layer)?.reprojected(sources.crs())?;
        match areas.shapes().first().and_then(family_of) {
            Some(GeometryFamily::Polygon) => of_polygons(&areas, values.as_deref(), sources, asked),
            Some(GeometryFamily::Point) => {
                of_points(&weighted_points(&areas, values.as_deref()), sources, asked)
            }
            _ => return Err(no_ancillary(file, "lines hold no amounts")),
        }
    };
    if found.whole.iter().all(|amount| *amount <= 0.0) {
        return Err(no_ancillary(file, "none of it lies in the sources"));
    }
    Ok(found)
}

/// Points with their amounts, as x and y of a system: those of a file, or the middles of the cells of a raster that lie in
/// a box (west, south, east, north).
///
/// # Errors
/// Those of opening the file; [`PipelineError::Request`] for polygons and lines.
pub fn amounts_at(
    (file, column): (&Path, Option<&str>),
    to: &Crs,
    bounds: [f64; 4],
    notes: &mut Vec<String>,
) -> Result<Vec<(f64, f64, f64)>, PipelineError> {
    if is_raster(file) {
        return Ok(raster::amounts(file, to, bounds)?);
    }
    let layer = ancillary(file, notes)?;
    let values = column.map(|name| numbers(file, &layer, name)).transpose()?;
    let areas = shapes_of(&layer)?.reprojected(to)?;
    if areas.shapes().first().and_then(family_of) != Some(GeometryFamily::Point) {
        return Err(PipelineError::Request {
            what: format!("{}: residents are points or a raster here", file.display()),
            help: "give the middle of each square, or a GeoTIFF of residents a cell".to_owned(),
        });
    }
    Ok(weighted_points(&areas, values.as_deref()))
}

fn is_raster(file: &Path) -> bool {
    let ending = file.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    matches!(ending.as_str(), "tif" | "tiff")
}

/// What of the surface is left beside the polygons of the file.
fn land(
    file: &Path,
    sources: &Areas,
    asked: &Targets<'_>,
    areal: &Weights,
    notes: &mut Vec<String>,
) -> Result<Amounts, PipelineError> {
    let layer = ancillary(file, notes)?;
    let covering = shapes_of(&layer)?.reprojected(sources.crs())?;
    if covering.shapes().first().and_then(family_of) != Some(GeometryFamily::Polygon) {
        return Err(no_ancillary(file, "only polygons cover a surface"));
    }
    let taken = of_polygons(&covering, None, sources, asked);
    let mut by_pair: BTreeMap<(u32, u32), f64> = BTreeMap::new();
    for (target, source, surface) in taken.shared {
        *by_pair.entry((target, source)).or_insert(0.0) += surface;
    }
    let left = |entry: Entry| {
        let taken = by_pair.get(&(entry.target, entry.source)).copied().unwrap_or(0.0);
        (entry.target, entry.source, remains(entry.surface, taken))
    };
    let shared = areal.entries().map(left).collect();
    let whole = areal.source_surfaces().iter().zip(&taken.whole);
    let whole = whole.map(|(surface, taken)| remains(*surface, *taken)).collect();
    Ok(Amounts { shared, whole, outside: 0.0 })
}

/// What is smaller than the rounding of a cut is nothing.
fn remains(surface: f64, taken: f64) -> f64 {
    let left = surface - taken;
    if left > 1e-6 * surface { left } else { 0.0 }
}

fn no_ancillary(file: &Path, reason: &str) -> PipelineError {
    PipelineError::Request {
        what: format!("{}: {reason}", file.display()),
        help: "give points, polygons or a GeoTIFF that tell where in the sources people live; check its system".to_owned(),
    }
}

fn ancillary(file: &Path, notes: &mut Vec<String>) -> Result<Layer, PipelineError> {
    let open = OpenOptions::default();
    let (layer, told) = match formats::open(file, &open)? {
        Content::Layer { layer, notes } => (layer, notes),
        Content::Raw(raw) => points::from_table(&Place::file(file), raw, &open)?,
        Content::Frame(frame) => {
            points::from_table(&Place::file(file), raw_from_frame(&frame), &open)?
        }
    };
    notes.extend(told);
    Ok(layer)
}

/// A column of weights; a weight below zero has no meaning.
fn numbers(file: &Path, layer: &Layer, name: &str) -> Result<Vec<Option<f64>>, PipelineError> {
    let values = formats::numbers(&Place::file(file), layer.frame(), name)?;
    if let Some(row) = values.iter().position(|value| value.is_some_and(|value| value < 0.0)) {
        return Err(PipelineError::Request {
            what: format!("{}: row {}, column \"{name}\" is below zero", file.display(), row + 1),
            help: "weights are amounts, such as residents or flats: zero or more".to_owned(),
        });
    }
    Ok(values)
}

fn weighted_points(areas: &Areas, values: Option<&[Option<f64>]>) -> Vec<(f64, f64, f64)> {
    let weight = |row: usize| values.map_or(1.0, |v| v.get(row).copied().flatten().unwrap_or(0.0));
    let rows = areas.shapes().iter().enumerate();
    rows.flat_map(|(row, shape): (usize, &Geometry<f64>)| {
        #[allow(clippy::cast_precision_loss)] // numbers of points stay far below 2^53
        let part = weight(row) / shape.coords_count().max(1) as f64;
        shape.coords_iter().map(move |at| (at.x, at.y, part)).collect::<Vec<_>>()
    })
    .collect()
}
