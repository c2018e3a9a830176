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

/// Whether the middle of every shape lies in the area of use, or within a degree of it.
fn lies_within(shapes: &Areas, crs: &Crs) -> Result<bool, CrsError> {
    let Some([west, south, east, north]) = crs.area_of_use() else { return Ok(false) };
    let turn = Reprojection::new(shapes.crs(), &Crs::parse("EPSG:4326")?)?;
    for rect in shapes.shapes().iter().filter_map(BoundingRect::bounding_rect) {
        let (x, y) = rect.center().x_y();
        let (lon, lat) = turn.point(x, y)?;
        let lon_fits = (west - 1.0..=east + 1.0).contains(&lon);
        if !lon_fits || !(south - 1.0..=north + 1.0).contains(&lat) {
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use geo::Geometry;

    use super::*;

    fn square(crs: &str, x: f64, y: f64, side: f64) -> Areas {
        let shape = Rect::new((x, y), (x + side, y + side)).to_polygon();
        let crs = Crs::parse(crs).unwrap();
        Areas::new(vec!["a".to_owned()], vec![Geometry::Polygon(shape)], crs).unwrap()
    }

    fn working_id(areas: &Areas) -> (String, bool) {
        let (crs, note) = working(areas, &[areas.crs()]).unwrap();
        (crs.id().to_owned(), note.is_some())
    }

    #[test]
    fn metres_stay_and_degrees_become_metres_of_the_place() {
        let metres = square("EPSG:3011", 150_000.0, 6_580_000.0, 10.0);
        assert_eq!(working_id(&metres), ("EPSG:3011".to_owned(), false));
        let stockholm = square("EPSG:4326", 18.0, 59.3, 0.1);
        assert_eq!(working_id(&stockholm), ("EPSG:3006".to_owned(), true));
        let porto_alegre = square("EPSG:4326", -51.2, -30.0, 0.1);
        assert_eq!(working_id(&porto_alegre), ("EPSG:6933".to_owned(), true));
    }

    #[test]
    fn metres_by_name_only_are_not_trusted() {
        let web = square("EPSG:3857", 2_000_000.0, 8_260_000.0, 100.0);
        assert_eq!(working_id(&web), ("EPSG:3006".to_owned(), true));
    }
}
