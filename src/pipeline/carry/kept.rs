//! Weights that are kept: under the sha256 of both geometries, the method, what it rests on, and the code.

use h3o::CellIndex;
use rayon::prelude::*;

use super::ancillary::Ancillary;
use super::method::Method;
use super::targets::{Wanted, draw_hexagons};
use super::weigh::{Ready, Weighted};
use crate::environment::CODE;
use crate::formats::wkb;
use crate::interpolate::{Cell, Weights};
use crate::model::words::{Rest, Words, from_bytes as read, halves, whole};
use crate::model::{Areas, Crs};
use crate::pipeline::PipelineError;
use crate::pipeline::cache::{Key, WEIGHTS};
use crate::sources::sha256_hex;

/// The key of weights; `None` for shapes that have no bytes. Geometries and ancillary count by what was read: what a file is
/// called, and in which form it is written, decides nothing.
pub fn key(
    method: &Method,
    ancillary: Option<&Ancillary>,
    sources: &Areas,
    wanted: &Wanted,
) -> Option<Key> {
    let targets = match wanted {
        Wanted::Polygons(layer) => shapes(layer.areas()?)?,
        Wanted::Squares { side, cells } => {
            let ids = |cells: &Vec<Cell>| cells.iter().map(|cell| cell.id(1.0)).collect::<Vec<_>>();
            format!("squares {side} {:?}", cells.as_ref().map(ids))
        }
        Wanted::Hexagons(resolution) => format!("hexagons {resolution}"),
    };
    let key = Key::new(WEIGHTS)
        .with("code", CODE.as_bytes())
        .with("method", method.name().as_bytes())
        .with("sources", shapes(sources)?.as_bytes())
        .with("targets", targets.as_bytes());
    Some(match ancillary {
        None => key,
        Some(Ancillary::Points(points)) => {
            let mut words = Words::default();
            words.array(points, |(x, y, amount)| {
                let [x, y, amount] = [x, y, amount].map(|n| halves(n.to_bits()));
                [x[0], x[1], y[0], y[1], amount[0], amount[1]]
            });
            key.with("points", &words.into_bytes())
        }
        Some(Ancillary::Polygons(areas, values)) => {
            let key = key.with("polygons", shapes(areas)?.as_bytes());
            match values {
                Some(values) => key.with("values", format!("{values:?}").as_bytes()),
                None => key,
            }
        }
    })
}

/// System and checksum of every shape, in their order.
fn shapes(areas: &Areas) -> Option<String> {
    let sum = |shape| wkb::encode(shape).ok().map(|bytes| sha256_hex(&bytes));
    let sums = areas.shapes().par_iter().map(sum).collect::<Option<Vec<_>>>()?;
    Some(format!("{}\n{}", areas.crs().id(), sums.join("\n")))
}

/// What was kept of weights; targets that were given are not.
pub struct Kept {
    made: Made,
    weights: Weights,
    areal: Option<Weights>,
    bare: Vec<usize>,
    overlap: Option<(usize, f64)>,
}

/// Targets that were made for the sources.
enum Made {
    Nothing,
    Squares(Vec<Cell>),
    Hexagons(Vec<CellIndex>),
}

/// The bytes to keep.
pub fn to_bytes(weighted: &Weighted) -> Vec<u8> {
    let mut words = Words::default();
    match &weighted.targets {
        Ready::Layer(_) => words.word(0),
        Ready::Squares { cells, .. } => {
            words.word(1);
            words.array(cells, |cell| [cell.column.cast_unsigned(), cell.row.cast_unsigned()]);
        }
        Ready::Hexagons(layer) => {
            words.word(2);
            let keys = layer.areas().map_or(&[][..], |areas| areas.keys());
            let cells: Vec<CellIndex> = keys.iter().filter_map(|key| key.parse().ok()).collect();
            words.array(&cells, |cell| halves(u64::from(*cell)));
        }
    }
    weighted.weights.write(&mut words);
    words.maybe(weighted.areal.as_ref(), |words, areal| areal.write(words));
    words.array(&weighted.bare, |row| halves(*row as u64));
    words.maybe(weighted.overlap.as_ref(), |words, (pairs, surface)| {
        words.number(*pairs as u64);
        words.number(surface.to_bits());
    });
    words.into_bytes()
}

/// What [`to_bytes`] wrote of so many sources; `None` for anything else.
pub fn from_bytes(bytes: &[u8], sources: usize) -> Option<Kept> {
    let kept = read(bytes, kept)?;
    let suits = |weights: &Weights| {
        weights.source_surfaces().len() == sources && weights.targets() == kept.weights.targets()
    };
    let bare = kept.bare.iter().all(|row| *row < sources);
    (suits(&kept.weights) && kept.areal.as_ref().is_none_or(suits) && bare).then_some(kept)
}

fn kept(rest: &mut Rest<'_>) -> Option<Kept> {
    let number = |words| usize::try_from(whole(words)).ok();
    let made = match rest.word()? {
        0 => Made::Nothing,
        1 => Made::Squares(rest.array(|[column, row]: [u32; 2]| Cell {
            column: column.cast_signed(),
            row: row.cast_signed(),
        })?),
        2 => {
            let ids = rest.array(|id| CellIndex::try_from(whole(id)).ok())?;
            Made::Hexagons(ids.into_iter().collect::<Option<_>>()?)
        }
        _ => return None,
    };
    Some(Kept {
        made,
        weights: Weights::read(rest)?,
        areal: rest.maybe(Weights::read)?,
        bare: rest.array(number)?.into_iter().collect::<Option<_>>()?,
        overlap: rest.maybe(|rest| {
            Some((usize::try_from(rest.number()?).ok()?, f64::from_bits(rest.number()?)))
        })?,
    })
}

impl Kept {
    /// The weights with their targets; those that were wanted come back where the two do not suit each other.
    ///
    /// # Errors
    /// [`PipelineError::Model`], [`PipelineError::Crs`] for hexagons that cannot be drawn.
    pub fn onto(
        self,
        wanted: Wanted,
        crs: &Crs,
    ) -> Result<Result<Weighted, Wanted>, PipelineError> {
        let Self { made, weights, areal, bare, overlap } = self;
        let count = weights.targets();
        let targets = match (made, wanted) {
            (Made::Nothing, Wanted::Polygons(layer)) if layer.frame().height() == count => {
                Ready::Layer(layer)
            }
            (Made::Squares(cells), Wanted::Squares { side, .. }) if cells.len() == count => {
                Ready::Squares { side, cells, crs: crs.clone() }
            }
            (Made::Hexagons(cells), Wanted::Hexagons(_)) if cells.len() == count => {
                Ready::Hexagons(draw_hexagons(&cells, crs)?)
            }
            (_, wanted) => return Ok(Err(wanted)),
        };
        Ok(Ok(Weighted { targets, weights, areal, bare, overlap }))
    }
}
