//! The gazetteer of the data at hand: names of units, of points, and of the streets and addresses of extracts.
//!
//! Points of a data set are places by their column of names; a column `address` makes them addresses, such as those of the
//! national mapping agency. An extract of OpenStreetMap gives its named streets and its addresses.

use std::collections::BTreeMap;
use std::path::Path;

use geo::{BoundingRect, CoordsIter, Distance, Euclidean, Geometry, InteriorPoint, Point};

use crate::areas::{Gazetteer, Named};
use crate::formats::osm::{self, Multipolygons, Sift};
use crate::model::osm::{Extract, Tags};
use crate::model::{Crs, PlacedBy, Reprojection};
use crate::pipeline::{Ground, PipelineError};
use crate::sources::{SpatialLayer, UnitGeography};

/// How far an entrance may lie from its address point.
const ADDRESS_M: f64 = 25.0;
/// How far what goes by the name of a place may lie from its point.
const PLACE_M: f64 = 250.0;
/// Pieces of one name further apart are different streets, or different places.
const GAP_M: f64 = 500.0;

/// Every name that the data hold, on the plane of the units.
pub(super) fn gazetteer(ground: &Ground) -> Result<Gazetteer, PipelineError> {
    let units = ground.units()?;
    let mut names = Gazetteer::default();
    add_units(&mut names, units);
    for points in &ground.data.points {
        add_points(&mut names, points, units.areas.crs())?;
    }
    for dataset in &ground.data.streets {
        let file = ground.snapshot.file(dataset)?;
        add_extract(&mut names, &file, units.areas.crs())?;
    }
    Ok(names)
}

/// A unit stands at a point inside it, as uncertain as its farthest corner.
fn add_units(names: &mut Gazetteer, units: &UnitGeography) {
    for (name, shape) in units.names.iter().zip(units.areas.shapes()) {
        let Some(at) = shape.interior_point() else { continue };
        let far = |corner| Euclidean.distance(Point::from(corner), at);
        let uncertainty_m = shape.coords_iter().map(far).fold(0.0, f64::max);
        names.add(Named { name: name.clone(), at, by: PlacedBy::UnitName, uncertainty_m });
    }
}

fn add_points(
    names: &mut Gazetteer,
    source: &SpatialLayer,
    plane: &Crs,
) -> Result<(), PipelineError> {
    let areas = source.areas.reprojected(plane)?;
    let slack = source.table.numbers("position_uncertainty_m").ok();
    let addresses = source.table.texts("address").ok();
    let places = source.dataset.name.as_ref().and_then(|name| source.table.texts(name).ok());
    // A station of several kinds has a row a kind.
    let mut grouped: BTreeMap<&str, (Vec<Point<f64>>, f64)> = BTreeMap::new();
    for (row, shape) in areas.shapes().iter().enumerate() {
        let Geometry::Point(at) = shape else { continue };
        if let Some(address) = addresses.and_then(|texts| texts.get(row)) {
            let (name, at, by) = (address.to_owned(), *at, PlacedBy::Address);
            names.add(Named { name, at, by, uncertainty_m: ADDRESS_M });
        } else if let Some(name) = places.and_then(|texts| texts.get(row)) {
            let group = grouped.entry(name).or_default();
            group.0.push(*at);
            group.1 = group.1.max(slack.and_then(|slack| slack.get(row)).unwrap_or(0.0));
        }
    }
    for (name, (points, slack_m)) in grouped {
        let gap_m = GAP_M + slack_m;
        names.add_pieces((name, PlacedBy::PlaceName), &points, (gap_m, PLACE_M + slack_m));
    }
    Ok(())
}

/// What is kept of the tags of an element.
enum Kept {
    Street(String),
    Address(String),
}

fn kept(tags: Tags<'_>) -> Option<Kept> {
    let street = tags.get("highway").and(tags.get("name"));
    street.map(|name| Kept::Street(name.to_owned())).or_else(|| address(tags))
}

fn address(tags: Tags<'_>) -> Option<Kept> {
    let (street, number) = (tags.get("addr:street")?, tags.get("addr:housenumber")?);
    Some(Kept::Address(format!("{street} {number}")))
}

fn add_extract(names: &mut Gazetteer, file: &Path, plane: &Crs) -> Result<(), PipelineError> {
    let sift =
        Sift { way: &kept, node: &address, within: None, multipolygons: Multipolygons::Leave };
    let extract: Extract<Kept, Kept> = osm::read(file, &sift)?;
    let turn = Reprojection::new(&Crs::parse("EPSG:4326")?, plane)?;
    let at = |node: i64| -> Result<Option<Point<f64>>, PipelineError> {
        let Some(row) = extract.row(node) else { return Ok(None) };
        let (lon, lat) = extract.positions[row].degrees();
        Ok(Some(Point::from(turn.point(lon, lat)?)))
    };
    let address = |name: &str, at| {
        let name = name.to_owned();
        Named { name, at, by: PlacedBy::Address, uncertainty_m: ADDRESS_M }
    };
    for (node, kept) in &extract.tagged {
        if let (Kept::Address(name), Some(at)) = (kept, at(*node)?) {
            names.add(address(name, at));
        }
    }
    let mut streets: BTreeMap<&str, Vec<Point<f64>>> = BTreeMap::new();
    for way in &extract.ways {
        let points: Vec<Option<Point<f64>>> =
            way.refs.iter().map(|node| at(*node)).collect::<Result<_, _>>()?;
        let points = points.into_iter().flatten();
        match &way.kept {
            Kept::Street(name) => streets.entry(name).or_default().extend(points),
            Kept::Address(name) => {
                let outline: geo::MultiPoint<f64> = points.collect();
                let middle = outline.bounding_rect().map(|rect| Point::from(rect.center()));
                if let Some(at) = middle {
                    names.add(address(name, at));
                }
            }
        }
    }
    for (name, points) in streets {
        names.add_pieces((name, PlacedBy::Street), &points, (GAP_M, 0.0));
    }
    Ok(())
}
