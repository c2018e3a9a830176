//! An area from its units: joined, cut down, cut out, dissolved at run time.

use geo::{Area, BooleanOps, BoundingRect, Geometry, HasDimensions, MultiPolygon, unary_union};
use rayon::prelude::*;

use super::definition::polygon_shapes;
use super::{AreaDefinition, AreaError, AreasFile};
use crate::model::Areas;

/// The part of a unit that lies in an area.
#[derive(Debug, Clone)]
pub struct UnitPart {
    /// Row of the unit among all units.
    pub row: usize,
    /// Share of the unit's surface inside, 0 to 1; exactly 1 for a whole unit.
    pub share: f64,
    /// The part itself; `None` for a whole unit, whose shape is the unit's own.
    pub shape: Option<MultiPolygon<f64>>,
}

/// An area with its outline and the units it is made of.
#[derive(Debug, Clone)]
pub struct ComposedArea {
    pub definition: AreaDefinition,
    pub outline: MultiPolygon<f64>,
    pub parts: Vec<UnitPart>,
}

impl ComposedArea {
    /// Surface in square metres, on the plane of the units' system.
    #[must_use]
    pub fn surface_m2(&self) -> f64 {
        self.outline.unsigned_area()
    }

    /// Whether every unit lies in the area with its whole surface.
    #[must_use]
    pub fn is_made_of_whole_units(&self) -> bool {
        self.parts.iter().all(|part| part.shape.is_none())
    }
}

/// Below this share of its own surface a unit only touches the area: outlines drawn by different hands never
/// follow each other exactly. One part in ten thousand of a typical unit is a strip of some centimetres.
const TOUCHES: f64 = 1e-4;

/// Composes one area. `drawn` holds areas given as polygons, keyed by area id.
///
/// # Errors
/// [`AreaError::UnknownUnits`], [`AreaError::EmptyArea`] and those of reading polygon files.
pub fn compose(
    file: &AreasFile,
    definition: &AreaDefinition,
    units: &Areas,
    drawn: Option<&Areas>,
) -> Result<ComposedArea, AreaError> {
    units.crs().require_metric()?;
    let (rows, mut shapes) = joined(file, definition, units)?;
    let polygon = drawn.and_then(|drawn| {
        let row = drawn.keys().iter().position(|key| *key == definition.id)?;
        drawn.shapes().get(row)
    });
    shapes.extend(polygon.map(polygons_of).unwrap_or_default());
    let joined = unary_union(&shapes);
    let outline = trim(file, definition, units, joined)?;
    if outline.is_empty() {
        return Err(AreaError::EmptyArea {
            area: definition.id.clone(),
            reason: "nothing is left after joining and cutting".to_owned(),
        });
    }
    let whole = definition.join.is_empty()
        && definition.intersect.is_empty()
        && definition.cut.is_empty()
        && polygon.is_none();
    let parts = if whole {
        rows.into_iter().map(|row| UnitPart { row, share: 1.0, shape: None }).collect()
    } else {
        overlaps(&outline, units)
    };
    if parts.is_empty() {
        return Err(AreaError::EmptyArea {
            area: definition.id.clone(),
            reason: format!("it meets no unit of {}", file.geography),
        });
    }
    Ok(ComposedArea { definition: definition.clone(), outline, parts })
}

type Joined = (Vec<usize>, Vec<geo::Polygon<f64>>);

fn joined(
    file: &AreasFile,
    definition: &AreaDefinition,
    units: &Areas,
) -> Result<Joined, AreaError> {
    let find = |code: &String| units.keys().iter().position(|key| key == code);
    let unknown: Vec<&str> =
        definition.units.iter().filter(|code| find(code).is_none()).map(String::as_str).collect();
    if !unknown.is_empty() {
        return Err(AreaError::UnknownUnits {
            area: definition.id.clone(),
            count: unknown.len(),
            geography: file.geography.clone(),
            first: unknown.iter().take(10).copied().collect::<Vec<_>>().join(", "),
        });
    }
    let mut rows: Vec<usize> = definition.units.iter().filter_map(find).collect();
    rows.sort_unstable();
    rows.dedup();
    let mut shapes: Vec<geo::Polygon<f64>> =
        rows.iter().flat_map(|&row| polygons_of(&units.shapes()[row])).collect();
    for source in &definition.join {
        shapes.extend(source_polygons(file, source, units)?);
    }
    Ok((rows, shapes))
}

fn trim(
    file: &AreasFile,
    definition: &AreaDefinition,
    units: &Areas,
    mut outline: MultiPolygon<f64>,
) -> Result<MultiPolygon<f64>, AreaError> {
    let union_of = |sources: &[String]| -> Result<MultiPolygon<f64>, AreaError> {
        let mut shapes = Vec::new();
        for source in sources {
            shapes.extend(source_polygons(file, source, units)?);
        }
        Ok(unary_union(&shapes))
    };
    if !definition.intersect.is_empty() {
        outline = outline.intersection(&union_of(&definition.intersect)?);
    }
    if !definition.cut.is_empty() {
        outline = outline.difference(&union_of(&definition.cut)?);
    }
    Ok(outline)
}

/// A unit code names a unit; anything else is a file of polygons.
fn source_polygons(
    file: &AreasFile,
    source: &str,
    units: &Areas,
) -> Result<Vec<geo::Polygon<f64>>, AreaError> {
    if let Some(row) = units.keys().iter().position(|key| key == source) {
        return Ok(polygons_of(&units.shapes()[row]));
    }
    let shapes = polygon_shapes(&file.folder.join(source), units.crs())?;
    Ok(shapes.iter().flat_map(polygons_of).collect())
}

fn overlaps(outline: &MultiPolygon<f64>, units: &Areas) -> Vec<UnitPart> {
    let Some(rect) = outline.bounding_rect() else { return Vec::new() };
    units
        .near(rect)
        .into_par_iter()
        .filter_map(|row| {
            let unit = MultiPolygon(polygons_of(&units.shapes()[row]));
            let inside = unit.intersection(outline);
            let share = inside.unsigned_area() / unit.unsigned_area();
            if share.is_nan() || share <= TOUCHES {
                return None;
            }
            let whole = share > 1.0 - TOUCHES;
            Some(UnitPart {
                row,
                share: if whole { 1.0 } else { share },
                shape: (!whole).then_some(inside),
            })
        })
        .collect()
}

/// The polygons a polygonal geometry consists of; none for points and lines.
#[must_use]
pub(crate) fn polygons_of(shape: &Geometry<f64>) -> Vec<geo::Polygon<f64>> {
    match shape {
        Geometry::Polygon(polygon) => vec![polygon.clone()],
        Geometry::MultiPolygon(polygons) => polygons.0.clone(),
        Geometry::Rect(rect) => vec![rect.to_polygon()],
        Geometry::Triangle(triangle) => vec![triangle.to_polygon()],
        _ => Vec::new(),
    }
}
