//! The system in which surfaces are measured.

use geo::{BoundingRect, Rect};

use crate::model::{Areas, Crs, CrsError, Reprojection};

/// Of Sweden, and the system of its national squares.
const NATIONAL: &str = "EPSG:3006";
/// Equal-area, of the whole Earth.
const EQUAL_AREA: &str = "EPSG:6933";
/// Metres by name only: 4 square metres for 1 on the ground at 60° north.
const WEB_MERCATOR: &str = "EPSG:3857";

/// The first of the wanted systems that is in metres; else the national one where the shapes lie in Sweden, else an
/// equal-area one. The sentence says so where it is none of the wanted.
///
/// # Errors
/// [`CrsError`] for shapes that cannot be turned into degrees.
pub fn working(shapes: &Areas, wanted: &[&Crs]) -> Result<(Crs, Option<String>), CrsError> {
    let suits = |crs: &&&Crs| crs.require_metric().is_ok() && crs.id() != WEB_MERCATOR;
    if let Some(crs) = wanted.iter().find(suits) {
        return Ok(((*crs).clone(), None));
    }
    let crs = national_or_equal_area(shapes)?;
    let given = shapes.crs();
    let note = format!(
        "surfaces in {given} are not square metres on the ground: measured in {crs} ({})",
        crs.name()
    );
    Ok((crs, Some(note)))
}

/// The system of the national squares where the shapes lie in Sweden, else an equal-area one.
///
/// # Errors
/// As [`working`].
pub fn national_or_equal_area(shapes: &Areas) -> Result<Crs, CrsError> {
    let national = Crs::parse(NATIONAL)?;
    if lies_within(shapes, &national)? { Ok(national) } else { Crs::parse(EQUAL_AREA) }
}

fn lies_within(shapes: &Areas, crs: &Crs) -> Result<bool, CrsError> {
    let (Some(rect), Some([west, south, east, north])) = (bounds(shapes), crs.area_of_use()) else {
        return Ok(false);
    };
    let turn = Reprojection::new(shapes.crs(), &Crs::parse("EPSG:4326")?)?;
    for (x, y) in [rect.min().x_y(), rect.max().x_y()] {
        let (lon, lat) = turn.point(x, y)?;
        if !((west..=east).contains(&lon) && (south..=north).contains(&lat)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The envelope of all shapes.
#[must_use]
pub fn bounds(shapes: &Areas) -> Option<Rect<f64>> {
    let rects = shapes.shapes().iter().filter_map(BoundingRect::bounding_rect);
    rects.reduce(|a, b| {
        Rect::new(
            (a.min().x.min(b.min().x), a.min().y.min(b.min().y)),
            (a.max().x.max(b.max().x), a.max().y.max(b.max().y)),
        )
    })
}
