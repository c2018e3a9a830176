//! What to carry onto: the polygons of a file, units, areas, hexagons, or squares of the national grid.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use geo::{Contains, Geometry, LineString, MultiPolygon, Polygon};
use h3o::{CellIndex, LatLng, Resolution};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use rayon::prelude::*;

use super::{Request, frame_fault};
use crate::formats::{self, Content, OpenOptions};
use crate::interpolate::{Cell, coverage};
use crate::model::{Areas, Crs, CrsError, GeometryFamily, Label, Layer, Reprojection, family_of};
use crate::pipeline::access::{Places, PlacesOf, Within};
use crate::pipeline::{Ground, PipelineError};
use crate::sources::UnitGeography;

/// Targets in their own system, before anything is carried.
pub enum Wanted {
    Polygons(Layer),
    /// Squares with that side; those of an area, or as many as the sources need.
    Squares {
        side: f64,
        cells: Option<Vec<Cell>>,
    },
    /// Hexagons as the sources need them.
    Hexagons(Resolution),
}

/// Opens or makes the targets.
///
/// # Errors
/// Those of opening a file; [`PipelineError::Request`] for targets that are no polygons.
pub fn wanted(request: &Request<'_>, notes: &mut Vec<String>) -> Result<Wanted, PipelineError> {
    let places = |of: &PlacesOf, within: Within<'_>| -> Result<Wanted, PipelineError> {
        Ok(Wanted::Polygons(Places::open(of, None, Some(within))?.layer))
    };
    match (request.onto, request.within) {
        (PlacesOf::File { path, layer }, _) => {
            polygons_of(path, layer.clone(), notes).map(Wanted::Polygons)
        }
        (PlacesOf::Grid(side), within) => {
            let cells = within.map(|within| squares_of(&within.area.outline, *side));
            Ok(Wanted::Squares { side: *side, cells })
        }
        (PlacesOf::Areas, within) => areas_of(request.ground, within).map(Wanted::Polygons),
        (of, Some(within)) => places(of, within),
        (PlacesOf::H3(resolution), None) => Ok(Wanted::Hexagons(*resolution)),
        (PlacesOf::Units, None) => all_units(request.ground.units()?).map(Wanted::Polygons),
    }
}

/// The polygons of a file.
///
/// # Errors
/// Those of opening it; [`PipelineError::Request`] for points, lines and tables.
pub fn polygons_of(
    path: &Path,
    layer: Option<String>,
    notes: &mut Vec<String>,
) -> Result<Layer, PipelineError> {
    let open = OpenOptions { layer, ..OpenOptions::default() };
    let none = |found: &str| PipelineError::Request {
        what: format!("{}: {found}; values are carried onto polygons", path.display()),
        help: "give a layer of polygons, or units, areas, grid:1000, h3:8".to_owned(),
    };
    let Content::Layer { layer, notes: told } = formats::open(path, &open)? else {
        return Err(none("has no shapes"));
    };
    notes.extend(told);
    let areas = layer.areas().ok_or_else(|| none("has no shapes"))?;
    match areas.shapes().first().and_then(family_of) {
        Some(GeometryFamily::Polygon) => Ok(layer),
        Some(other) => Err(none(&format!("these shapes are {}", other.plural()))),
        None => Err(none("has no shapes")),
    }
}

/// Every unit with its name.
///
/// # Errors
/// [`PipelineError::Model`].
pub fn all_units(units: &UnitGeography) -> Result<Layer, PipelineError> {
    let columns = vec![
        Column::from(Series::new("unit_id".into(), units.areas.keys())),
        Column::from(Series::new("name".into(), &units.names)),
    ];
    let frame = DataFrame::new(units.areas.len(), columns);
    let frame = frame.map_err(|source| frame_fault("units", source))?;
    Ok(Layer::spatial("units", "Units", Arc::clone(&units.areas), frame)?)
}

/// The outlines of all areas, or of the one that is named.
///
/// # Errors
/// [`PipelineError::Area`], [`PipelineError::Model`].
pub fn areas_of(ground: &Ground, within: Option<Within<'_>>) -> Result<Layer, PipelineError> {
    let ids = match within {
        Some(within) => vec![within.area.definition.id.clone()],
        None => ground.ids(None, true)?,
    };
    let composed = ids.par_iter().map(|id| Ok(ground.area(id)?.0));
    let composed = composed.collect::<Result<Vec<_>, PipelineError>>()?;
    let names = |of: fn(&Label) -> &str| -> Vec<&str> {
        composed.iter().map(|area| of(&area.definition.name)).collect()
    };
    let columns = vec![
        Column::from(Series::new("area_id".into(), &ids)),
        Column::from(Series::new("name_sv".into(), names(|name| &name.sv))),
        Column::from(Series::new("name_en".into(), names(|name| &name.en))),
    ];
    let frame = DataFrame::new(ids.len(), columns);
    let frame = frame.map_err(|source| frame_fault("areas", source))?;
    let shapes = composed.into_iter().map(|area| Geometry::MultiPolygon(area.outline)).collect();
    let areas = Areas::new(ids, shapes, ground.units()?.areas.crs().clone())?;
    Ok(Layer::spatial("areas", "Areas", Arc::new(areas), frame)?)
}

/// Squares whose centre lies in the area, as `scale access` takes them.
fn squares_of(outline: &MultiPolygon<f64>, side: f64) -> Vec<Cell> {
    let covered = coverage(&Geometry::MultiPolygon(outline.clone()), side);
    let centre_inside = |(cell, share): &(Cell, f64)| {
        *share >= 1.0 || outline.contains(&geo::Point::from(cell.rect(side).center()))
    };
    let mut cells: Vec<Cell> =
        covered.into_par_iter().filter(centre_inside).map(|(cell, _)| cell).collect();
    cells.sort_unstable();
    cells
}

/// Every hexagon that the sources may meet, in the order of their ids.
///
/// The squares that the sources cover, as wide as a hexagon's edge, name each the hexagon of their centre; with its
/// neighbours, none is missed.
///
/// # Errors
/// [`CrsError`].
pub fn hexagons_near(
    sources: &Areas,
    resolution: Resolution,
) -> Result<Vec<CellIndex>, PipelineError> {
    let degrees = Crs::parse("EPSG:4326")?;
    let side = resolution.edge_length_m();
    let covered = sources.shapes().par_iter().map(|shape| {
        let outward = Reprojection::new(sources.crs(), &degrees)?;
        let mut found = BTreeSet::new();
        for (cell, _) in coverage(shape, side) {
            let (x, y) = cell.rect(side).center().x_y();
            let (lon, lat) = outward.point(x, y)?;
            found.extend(LatLng::new(lat, lon).ok().map(|at| at.to_cell(resolution)));
        }
        Ok::<_, CrsError>(found)
    });
    let covered = covered.collect::<Result<Vec<_>, _>>()?;
    let near: BTreeSet<CellIndex> = covered.into_iter().flatten().collect();
    let all: BTreeSet<CellIndex> =
        near.iter().flat_map(|cell| cell.grid_disk::<Vec<_>>(1)).collect();
    Ok(all.into_iter().collect())
}

/// Hexagons as polygons with their ids.
///
/// # Errors
/// [`CrsError`], [`PipelineError::Model`].
pub fn draw_hexagons(cells: &[CellIndex], crs: &Crs) -> Result<Layer, PipelineError> {
    let degrees = Crs::parse("EPSG:4326")?;
    let shape = |cell: &CellIndex| {
        let inward = Reprojection::new(&degrees, crs)?;
        let corners = cell.boundary();
        let corners: Result<Vec<(f64, f64)>, CrsError> =
            corners.iter().map(|at| inward.point(at.lng(), at.lat())).collect();
        Ok::<_, CrsError>(Geometry::Polygon(Polygon::new(LineString::from(corners?), Vec::new())))
    };
    let shapes = cells.par_iter().map(shape).collect::<Result<Vec<_>, _>>()?;
    let keys: Vec<String> = cells.iter().map(CellIndex::to_string).collect();
    with_ids("h3", keys, shapes, crs)
}

/// The squares as polygons with their ids.
///
/// # Errors
/// [`PipelineError::Model`].
pub fn squares(cells: &[Cell], side: f64, crs: &Crs) -> Result<Layer, PipelineError> {
    let keys = cells.par_iter().map(|cell| cell.id(side)).collect();
    let shapes =
        cells.par_iter().map(|cell| Geometry::Polygon(cell.rect(side).to_polygon())).collect();
    with_ids(&format!("grid_{side:.0}m"), keys, shapes, crs)
}

fn with_ids(
    name: &str,
    keys: Vec<String>,
    shapes: Vec<Geometry<f64>>,
    crs: &Crs,
) -> Result<Layer, PipelineError> {
    let ids = vec![Column::from(Series::new("cell_id".into(), &keys))];
    let frame = DataFrame::new(keys.len(), ids).map_err(|source| frame_fault(name, source))?;
    let areas = Arc::new(Areas::new(keys, shapes, crs.clone())?);
    Ok(Layer::spatial(name, name, areas, frame)?)
}
