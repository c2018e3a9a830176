//! One look at every geometry that comes in, whatever its format.
//!
//! Empty, non-finite, invalid and mixed geometries and coordinates outside the area of use of their system
//! are faults, unless the caller asks for repair: then invalid polygons are rebuilt and empty ones left out,
//! both counted.

use geo::{Area, CoordsIter, Geometry, HasDimensions, MultiPolygon, Validation, unary_union};
use rayon::prelude::*;

use super::validity::is_surely_valid;
use super::{FormatError, Place};
use crate::model::{Crs, GeometryFamily, family_of};

/// What came out of the look: shapes by row, which rows stay, and what was mended.
pub struct Inspected {
    pub shapes: Vec<Geometry<f64>>,
    /// Row (0-based, of the input) of each shape that stays.
    pub kept: Vec<usize>,
    pub notes: Vec<String>,
}

const REPAIR: &str =
    "mend the file, or let --repair rebuild invalid polygons and leave out empty ones";

/// Checks the geometries of one layer.
///
/// # Errors
/// [`FormatError::BadGeometry`], [`FormatError::MixedGeometry`] or [`FormatError::OutsideCrs`], for the
/// first row at fault.
pub fn inspect(
    place: &Place,
    geometries: Vec<Option<Geometry<f64>>>,
    crs: &Crs,
    repair: bool,
) -> Result<Inspected, FormatError> {
    let (shapes, kept, mut notes) = drop_empty(place, geometries, repair)?;
    one_family(place, &shapes, &kept)?;
    within_area_of_use(place, &shapes, &kept, crs)?;
    let shapes = valid(place, shapes, &kept, repair, &mut notes)?;
    Ok(Inspected { shapes, kept, notes })
}

type Kept = (Vec<Geometry<f64>>, Vec<usize>, Vec<String>);

fn drop_empty(
    place: &Place,
    geometries: Vec<Option<Geometry<f64>>>,
    repair: bool,
) -> Result<Kept, FormatError> {
    let rows = geometries.len();
    let (mut shapes, mut kept) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    for (row, geometry) in geometries.into_iter().enumerate() {
        match geometry.filter(|geometry| !geometry.is_empty()) {
            Some(geometry) => {
                shapes.push(geometry);
                kept.push(row);
            }
            None if repair => {}
            None => {
                return Err(FormatError::BadGeometry {
                    place: place.clone(),
                    row: row + 1,
                    reason: "the geometry is empty".to_owned(),
                    help: REPAIR.to_owned(),
                });
            }
        }
    }
    let dropped = rows - kept.len();
    let notes = if dropped == 0 {
        Vec::new()
    } else {
        vec![format!("{place}: {dropped} rows without geometry left out")]
    };
    Ok((shapes, kept, notes))
}

fn one_family(place: &Place, shapes: &[Geometry<f64>], kept: &[usize]) -> Result<(), FormatError> {
    let mut found: Vec<GeometryFamily> = Vec::new();
    for (shape, row) in shapes.iter().zip(kept) {
        let Some(family) = family_of(shape) else {
            return Err(FormatError::BadGeometry {
                place: place.clone(),
                row: row + 1,
                reason: "the geometry is a collection".to_owned(),
                help: "split the file so that each layer holds points, lines or polygons only"
                    .to_owned(),
            });
        };
        if !found.contains(&family) {
            found.push(family);
        }
    }
    if found.len() > 1 {
        found.sort_unstable();
        let words: Vec<&str> = found.iter().map(|family| family.plural()).collect();
        return Err(FormatError::MixedGeometry { place: place.clone(), found: words.join(", ") });
    }
    Ok(())
}

/// Tests the corners of each envelope; a shape that lies elsewhere shows at its corners.
fn within_area_of_use(
    place: &Place,
    shapes: &[Geometry<f64>],
    kept: &[usize],
    crs: &Crs,
) -> Result<(), FormatError> {
    let test = crs.area_test()?;
    for (shape, row) in shapes.iter().zip(kept) {
        let outside = shape.coords_iter().find(|c| !c.x.is_finite() || !c.y.is_finite());
        let corner = || {
            let rect = geo::BoundingRect::bounding_rect(shape)?;
            [rect.min(), rect.max()].into_iter().find(|c| !test.admits(c.x, c.y))
        };
        let Some(c) = outside.or_else(corner) else { continue };
        return Err(FormatError::OutsideCrs {
            place: place.clone(),
            row: row + 1,
            x: c.x,
            y: c.y,
            crs: crs.to_string(),
            help: outside_help(crs, c.x, c.y),
        });
    }
    Ok(())
}

fn outside_help(crs: &Crs, x: f64, y: f64) -> String {
    if crs.is_geographic() && (x.abs() > 360.0 || y.abs() > 90.0) {
        "these look like metres, not degrees: say which system with --input-crs, for example \
         --input-crs EPSG:3006"
            .to_owned()
    } else if !crs.is_geographic() && x.abs() <= 180.0 && y.abs() <= 90.0 {
        "these look like degrees, not metres: try --input-crs EPSG:4326".to_owned()
    } else {
        "check the system of the file (--input-crs overrides it) and that x, easting, comes before y"
            .to_owned()
    }
}

fn valid(
    place: &Place,
    shapes: Vec<Geometry<f64>>,
    kept: &[usize],
    repair: bool,
    notes: &mut Vec<String>,
) -> Result<Vec<Geometry<f64>>, FormatError> {
    let faults: Vec<Option<String>> = shapes.par_iter().map(fault).collect();
    let mut out = Vec::with_capacity(shapes.len());
    for ((shape, fault), row) in shapes.into_iter().zip(faults).zip(kept) {
        let Some(reason) = fault else {
            out.push(shape);
            continue;
        };
        let bad = |reason: String| FormatError::BadGeometry {
            place: place.clone(),
            row: row + 1,
            reason: format!("the geometry is invalid: {reason}"),
            help: REPAIR.to_owned(),
        };
        if !repair {
            return Err(bad(reason));
        }
        let (before, mended) = (shape.unsigned_area(), rebuild(&shape));
        let Some(mended) = mended else { return Err(bad(format!("{reason}, beyond repair"))) };
        notes.push(format!(
            "{place}: row {}: {reason}; rebuilt, surface {before:.6} became {:.6}",
            row + 1,
            mended.unsigned_area()
        ));
        out.push(mended);
    }
    Ok(out)
}

fn fault(shape: &Geometry<f64>) -> Option<String> {
    match family_of(shape) {
        Some(GeometryFamily::Polygon) if !is_surely_valid(shape) => {
            shape.check_validation().err().map(|error| error.to_string())
        }
        _ => None,
    }
}

/// Joins the parts anew: overlapping shells become one, crossing rings are cut at their crossings.
fn rebuild(shape: &Geometry<f64>) -> Option<Geometry<f64>> {
    let polygons: Vec<_> = match shape {
        Geometry::Polygon(polygon) => vec![polygon.clone()],
        Geometry::MultiPolygon(MultiPolygon(polygons)) => polygons.clone(),
        _ => return None,
    };
    let joined = unary_union(&polygons);
    (!joined.is_empty() && joined.check_validation().is_ok())
        .then_some(Geometry::MultiPolygon(joined))
}
