//! From a method and two geographies to weights, which are made once and kept.

use std::collections::BTreeMap;

use geo::{Area, CoordsIter};

use super::ancillary::{Ancillary, no_ancillary};
use super::method::Method;
use super::targets::{Wanted, draw_hexagons, hexagons_near, squares};
use super::{blocks, kept};
use crate::interpolate::{Amounts, Cell, Entry, Targets, Weights, overlaps};
use crate::model::{Areas, Crs, Layer};
use crate::pipeline::PipelineError;
use crate::pipeline::block::Block;
use crate::pipeline::cache::Cache;

/// Targets in the working system. Squares stay numbers until they are written.
pub enum Ready {
    Layer(Layer),
    /// Hexagons, whose keys are their ids.
    Hexagons(Layer),
    Squares {
        side: f64,
        cells: Vec<Cell>,
        crs: Crs,
    },
}

impl Ready {
    /// The targets with shapes and ids.
    ///
    /// # Errors
    /// [`PipelineError::Model`].
    pub fn into_layer(self) -> Result<Layer, PipelineError> {
        match self {
            Self::Layer(layer) | Self::Hexagons(layer) => Ok(layer),
            Self::Squares { side, cells, crs } => squares(&cells, side, &crs),
        }
    }

    /// Ready to be asked what lies where.
    fn asked(&self) -> Result<Targets<'_>, PipelineError> {
        Ok(match self {
            Self::Layer(layer) | Self::Hexagons(layer) => Targets::polygons(shapes_of(layer)?),
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
    /// Pairs of sources that overlap, and by how many square metres; none where sources are points.
    pub overlap: Option<(usize, f64)>,
}

impl Weighted {
    /// Some of the targets, with what they get.
    fn only(self, rows: &[usize]) -> Result<Self, PipelineError> {
        let targets = match self.targets {
            Ready::Layer(layer) => Ready::Layer(layer.rows(rows)?),
            Ready::Hexagons(layer) => Ready::Hexagons(layer.rows(rows)?),
            Ready::Squares { side, cells, crs } => {
                let cells = rows.iter().map(|row| cells[*row]).collect();
                Ready::Squares { side, cells, crs }
            }
        };
        let areal = self.areal.map(|areal| areal.of_targets(rows));
        Ok(Self { targets, weights: self.weights.of_targets(rows), areal, ..self })
    }
}

/// Weighs the sources, which are in the working system; takes the weights from the cache where they are kept. Those of
/// blocks are not: the finished block is what a pipeline keeps. `said` is the system of an ancillary table of x and y.
///
/// # Errors
/// Those of the ancillary file; [`PipelineError::Model`], [`PipelineError::Crs`].
pub fn weighted(
    method: &Method,
    sources: &Areas,
    wanted: Wanted,
    block: Option<Block>,
    (cache, said): (Option<&Cache>, Option<&Crs>),
    notes: &mut Vec<String>,
) -> Result<Weighted, PipelineError> {
    let wanted = match wanted {
        Wanted::Polygons(layer) => Wanted::Polygons(in_system(layer, sources)?),
        made => made,
    };
    let ancillary = Ancillary::of(method, sources, said, notes)?;
    if let Some(block) = block {
        return make_block(method, ancillary.as_ref(), sources, wanted, block);
    }
    let key = cache
        .and_then(|cache| Some((cache, kept::key(method, ancillary.as_ref(), sources, &wanted)?)));
    let found = key.as_ref().and_then(|(cache, key)| cache.load(key));
    let wanted = match found.and_then(|bytes| kept::from_bytes(&bytes, sources.len())) {
        Some(kept) => match kept.onto(wanted, sources.crs())? {
            Ok(weighted) => return Ok(weighted),
            Err(wanted) => wanted,
        },
        None => wanted,
    };
    let weighted = make(method, ancillary.as_ref(), sources, wanted)?;
    if let Some((cache, key)) = &key {
        let stored = cache.store(key, &kept::to_bytes(&weighted));
        notes.extend(stored.err().map(|error| format!("the weights are not kept: {error}")));
    }
    Ok(weighted)
}

fn make(
    method: &Method,
    ancillary: Option<&Ancillary>,
    sources: &Areas,
    wanted: Wanted,
) -> Result<Weighted, PipelineError> {
    let by_points = *method == Method::Points;
    let ready = ready(by_points, sources, wanted)?;
    finish(method, ancillary, sources, ready)
}

/// Of a block come all targets that its sources meet, so that a source is shared out as if nothing had been cut; then only
/// its own are left.
fn make_block(
    method: &Method,
    ancillary: Option<&Ancillary>,
    sources: &Areas,
    wanted: Wanted,
    block: Block,
) -> Result<Weighted, PipelineError> {
    let by_points = *method == Method::Points;
    let (ready, own) = match wanted {
        Wanted::Polygons(layer) => {
            let (rows, own) = blocks::of_polygons(shapes_of(&layer)?, sources, block)?;
            (ready(by_points, sources, Wanted::Polygons(layer.rows(&rows)?))?, own)
        }
        Wanted::Squares { side, cells: None } if !by_points => {
            check_number(sources, side, block.of)?;
            let band = blocks::band(sources, side, block);
            let (cells, weights) = Weights::onto_rows(sources, side, &band);
            let own = blocks::of_squares(&cells, sources, side, block);
            let crs = sources.crs().clone();
            ((Ready::Squares { side, cells, crs }, weights), own)
        }
        made => {
            let ready = ready(by_points, sources, made)?;
            let own = match &ready.0 {
                Ready::Squares { side, cells, .. } => {
                    blocks::of_squares(cells, sources, *side, block)
                }
                Ready::Layer(_) | Ready::Hexagons(_) => block.rows(ready.1.targets()),
            };
            (ready, own)
        }
    };
    finish(method, ancillary, sources, ready)?.only(&own.collect::<Vec<_>>())
}

/// From the weights by surface or by points to those of the method.
fn finish(
    method: &Method,
    ancillary: Option<&Ancillary>,
    sources: &Areas,
    (targets, first): (Ready, Weights),
) -> Result<Weighted, PipelineError> {
    let by_points = *method == Method::Points;
    let (weights, areal, bare) = match (method, ancillary) {
        (Method::Without { .. }, Some(covering)) => {
            let found = land(covering, sources, &targets.asked()?, &first);
            let (weights, bare) = first.by_amounts(&found.shared, &found.whole);
            (weights, Some(first), bare)
        }
        (Method::Dasymetric { file, .. }, Some(ancillary)) => {
            let found = ancillary.amounts(sources, &targets.asked()?);
            if found.whole.iter().all(|amount| *amount <= 0.0) {
                return Err(no_ancillary(file, "none of it lies in the sources"));
            }
            let (weights, bare) = first.by_amounts(&found.shared, &found.whole);
            (weights, Some(first), bare)
        }
        (Method::Smooth, _) => (first.clone(), Some(first), Vec::new()),
        _ => (first, None, Vec::new()),
    };
    let overlap = (!by_points).then(|| overlaps(sources));
    Ok(Weighted { targets, weights, areal, bare, overlap })
}

/// The targets, and the weights by surface, or by points where the sources are points.
fn ready(
    by_points: bool,
    sources: &Areas,
    wanted: Wanted,
) -> Result<(Ready, Weights), PipelineError> {
    let crs = sources.crs().clone();
    let weigh = |targets: &Areas| {
        if by_points {
            points_within(sources, &Targets::polygons(targets))
        } else {
            Weights::areal(sources, targets)
        }
    };
    match wanted {
        Wanted::Squares { side, cells } if by_points => {
            let cells = cells.unwrap_or_else(|| cells_of_points(sources, side));
            let weights = points_within(sources, &Targets::Squares { side, cells: &cells });
            Ok((Ready::Squares { side, cells, crs }, weights))
        }
        Wanted::Squares { side, cells } => {
            if cells.is_none() {
                check_number(sources, side, 1)?;
            }
            let (cells, weights) = Weights::onto_grid(sources, side, cells);
            Ok((Ready::Squares { side, cells, crs }, weights))
        }
        Wanted::Polygons(layer) => {
            let weights = weigh(shapes_of(&layer)?);
            Ok((Ready::Layer(layer), weights))
        }
        Wanted::Hexagons(resolution) => {
            let near = hexagons_near(sources, resolution)?;
            let weights = weigh(shapes_of(&draw_hexagons(&near, &crs)?)?);
            let met = |row: &usize| !weights.row(*row).sources.is_empty();
            let met: Vec<usize> = (0..near.len()).filter(met).collect();
            let cells: Vec<_> = met.iter().map(|row| near[*row]).collect();
            Ok((Ready::Hexagons(draw_hexagons(&cells, &crs)?), weights.of_targets(&met)))
        }
    }
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

fn cells_of_points(sources: &Areas, side: f64) -> Vec<Cell> {
    let coords = sources.shapes().iter().flat_map(CoordsIter::coords_iter);
    let mut cells: Vec<Cell> = coords.map(|at| Cell::at(at.x, at.y, side)).collect();
    cells.sort_unstable();
    cells.dedup();
    cells
}

/// Each point goes whole to every target in which it lies, from a shared border to the first of its targets; of several points in
/// one row, each its part.
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

/// What of the surface is left beside the polygons of the file.
fn land(covering: &Ancillary, sources: &Areas, asked: &Targets<'_>, areal: &Weights) -> Amounts {
    let taken = covering.amounts(sources, asked);
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
    Amounts { shared, whole, outside: 0.0 }
}

/// What is smaller than the rounding of a cut is nothing.
fn remains(surface: f64, taken: f64) -> f64 {
    let left = surface - taken;
    if left > 1e-6 * surface { left } else { 0.0 }
}
