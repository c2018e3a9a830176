//! The places of an extract that are services.

use std::path::Path;
use std::sync::Arc;

use geo::{Area, Coord, Geometry, InteriorPoint, LineString, Point, Polygon};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};

use super::ServiceTable;
use crate::formats::osm;
use crate::model::osm::{Extract, Multipolygon, Position, Tags, Way};
use crate::model::{Areas, Crs, Layer, ModelError};
use crate::sources::SourceError;

/// A place of one category; a place of several comes once for each.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// `node/1`, `way/2` or `relation/3`.
    pub osm_id: String,
    /// Row of the category in the table.
    pub category: usize,
    pub name: Option<String>,
    /// Longitude and latitude in degrees.
    pub at: (f64, f64),
}

/// What is kept of the tags of a place.
struct Kept {
    categories: Vec<usize>,
    name: Option<String>,
}

/// Reads the services of an extract: nodes where they stand, ways and multipolygons at a point inside them.
///
/// A large park is thus as far away as its middle. Of a multipolygon its largest outer ring counts; one with an open ring
/// only (cut by the border of the extract) is left out. An outer way with the tags of its multipolygon is the same place.
/// Nodes come first, then ways, then relations, each in the order of their ids.
///
/// # Errors
/// [`SourceError::Format`] for a file that cannot be read or is no extract.
pub fn read_services(
    path: &Path,
    table: &ServiceTable,
    within: Option<[Position; 2]>,
) -> Result<Vec<Service>, SourceError> {
    let kept = |tags: Tags<'_>| {
        let categories = table.categories_of(tags);
        let name = || tags.get("name").map(str::to_owned);
        (!categories.is_empty()).then(|| Kept { categories, name: name() })
    };
    let multipolygons = osm::Multipolygons::Keep;
    let extract = osm::read(path, &osm::Sift { way: &kept, node: &kept, within, multipolygons })?;
    let mut services = Vec::new();
    for (id, kept) in &extract.tagged {
        let Some(row) = extract.row(*id) else { continue };
        add(&mut services, &format!("node/{id}"), kept, extract.positions[row].degrees());
    }
    for way in &extract.ways {
        let whole = |area: &Multipolygon<Kept>| {
            area.outer.contains(&way.id) && area.kept.categories == way.kept.categories
        };
        if extract.multipolygons.iter().any(whole) {
            continue;
        }
        // A way all of whose nodes lie outside has no place here.
        let Some(at) = inside(&extract, way) else { continue };
        add(&mut services, &format!("way/{}", way.id), &way.kept, (at.x(), at.y()));
    }
    for area in &extract.multipolygons {
        let Some(at) = inside_rings(&extract, area) else { continue };
        add(&mut services, &format!("relation/{}", area.id), &area.kept, (at.x(), at.y()));
    }
    Ok(services)
}

fn add(services: &mut Vec<Service>, osm_id: &str, kept: &Kept, at: (f64, f64)) {
    for &category in &kept.categories {
        let (osm_id, name) = (osm_id.to_owned(), kept.name.clone());
        services.push(Service { osm_id, category, name, at });
    }
}

/// A point inside a closed way, or on an open one.
fn inside(extract: &Extract<Kept, Kept>, way: &Way<Kept>) -> Option<Point<f64>> {
    let at = |node: &i64| extract.row(*node).map(|row| extract.positions[row].degrees());
    let line: LineString<f64> = way.refs.iter().filter_map(at).map(Coord::from).collect();
    let closed = line.is_closed() && line.0.len() > 3;
    let area = closed.then(|| Polygon::new(line.clone(), Vec::new()).interior_point()).flatten();
    area.or_else(|| line.interior_point())
}

/// A point inside the largest outer ring.
fn inside_rings(extract: &Extract<Kept, Kept>, area: &Multipolygon<Kept>) -> Option<Point<f64>> {
    let at = |node: &i64| extract.row(*node).map(|row| extract.positions[row].degrees());
    let polygon = |ring: &Vec<i64>| {
        let line: Option<LineString<f64>> = ring.iter().map(|n| at(n).map(Coord::from)).collect();
        Some(Polygon::new(line?, Vec::new()))
    };
    let rings = extract.outer_rings(area);
    let polygons = rings.iter().filter_map(polygon);
    let largest = polygons.max_by(|a, b| a.unsigned_area().total_cmp(&b.unsigned_area()));
    largest?.interior_point()
}

/// The services as a layer of points: `osm_id`, `category`, `name`.
///
/// # Errors
/// [`SourceError::Model`], never for services of that table.
pub fn services_layer(services: &[Service], table: &ServiceTable) -> Result<Layer, SourceError> {
    let category = |service: &Service| table.categories()[service.category].id.as_str();
    let ids: Vec<&str> = services.iter().map(|service| service.osm_id.as_str()).collect();
    let categories: Vec<&str> = services.iter().map(category).collect();
    let names: Vec<Option<&str>> = services.iter().map(|service| service.name.as_deref()).collect();
    let frame = DataFrame::new(
        services.len(),
        vec![
            Column::from(Series::new("osm_id".into(), ids)),
            Column::from(Series::new("category".into(), categories)),
            Column::from(Series::new("name".into(), names)),
        ],
    );
    let frame =
        frame.map_err(|source| ModelError::Frame { table: "services".to_owned(), source })?;
    let point = |service: &Service| Geometry::Point(Point::from(service.at));
    // A place of two categories stands in two rows: rows are the keys.
    let keys = (1..=services.len()).map(|row| row.to_string()).collect();
    let crs = Crs::parse("EPSG:4326")?;
    let areas = Areas::new(keys, services.iter().map(point).collect(), crs)?;
    Ok(Layer::spatial("services", "Services", Arc::new(areas), frame)?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A pharmacy, a bench, a park drawn as an L whose centroid lies outside, a school that is also a hall, an open way.
    const EXTRACT: &str = r#"<osm>
        <node id="1" lon="18.10" lat="59.35"><tag k="amenity" v="pharmacy"/><tag k="name" v="Lejonet"/></node>
        <node id="2" lon="18.11" lat="59.35"><tag k="amenity" v="bench"/></node>
        <node id="10" lon="0.0" lat="0.0"/><node id="11" lon="1.0" lat="0.0"/><node id="12" lon="1.0" lat="0.1"/>
        <node id="13" lon="0.1" lat="0.1"/><node id="14" lon="0.1" lat="1.0"/><node id="15" lon="0.0" lat="1.0"/>
        <way id="5"><nd ref="10"/><nd ref="11"/><nd ref="12"/><nd ref="13"/><nd ref="14"/><nd ref="15"/><nd ref="10"/>
            <tag k="leisure" v="park"/></way>
        <way id="6"><nd ref="10"/><nd ref="11"/><tag k="amenity" v="school"/><tag k="leisure" v="sports_hall"/></way>
        <way id="7"><nd ref="98"/><nd ref="99"/><tag k="amenity" v="school"/></way>
        </osm>"#;

    fn read(name: &str, content: &str) -> Result<Vec<Service>, SourceError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        std::fs::write(&file, content).unwrap();
        read_services(&file, &ServiceTable::built_in().unwrap(), None)
    }

    #[test]
    fn nodes_and_ways_become_points_and_what_has_no_node_is_left_out() {
        let services = read("a.osm", EXTRACT).unwrap();
        let ids: Vec<&str> = services.iter().map(|service| service.osm_id.as_str()).collect();
        assert_eq!(ids, ["node/1", "way/5", "way/6", "way/6"]);
        assert_eq!(services[0].name.as_deref(), Some("Lejonet"));
        assert_eq!(services[0].at, (18.10, 59.35));
        let (x, y) = services[1].at;
        assert!((x < 0.1 || y < 0.1) && x > 0.0 && y > 0.0, "inside the L: {x} {y}");
    }

    /// Three sides of a square in two ways, one drawn backward, and the fourth: without it the ring is open.
    fn park(outer: &str) -> String {
        format!(
            r#"<osm><node id="1" lon="0.0" lat="0.0"/><node id="2" lon="1.0" lat="0.0"/>
            <node id="3" lon="1.0" lat="1.0"/><node id="4" lon="0.0" lat="1.0"/>
            <way id="1"><nd ref="1"/><nd ref="2"/></way>
            <way id="2"><nd ref="4"/><nd ref="3"/><nd ref="2"/></way>
            <way id="3"><nd ref="4"/><nd ref="1"/><tag k="leisure" v="park"/></way>
            <relation id="9"><member type="way" ref="1" role="outer"/><member type="way" ref="2" role="outer"/>
            {outer}<member type="node" ref="1" role="label"/>
            <tag k="type" v="multipolygon"/><tag k="leisure" v="park"/><tag k="name" v="P"/></relation></osm>"#
        )
    }

    #[test]
    fn a_park_of_several_outer_ways_is_one_place_inside_their_ring() {
        let whole = park(r#"<member type="way" ref="3" role="outer"/>"#);
        let services = read("a.osm", &whole).unwrap();
        let ids: Vec<&str> = services.iter().map(|service| service.osm_id.as_str()).collect();
        assert_eq!(ids, ["relation/9"], "its way with the same tags is no second park");
        assert_eq!(services[0].name.as_deref(), Some("P"));
        let (x, y) = services[0].at;
        assert!(x > 0.0 && x < 1.0 && y > 0.0 && y < 1.0, "{x} {y}");
        let open = read("a.osm", &park("")).unwrap();
        let ids: Vec<&str> = open.iter().map(|service| service.osm_id.as_str()).collect();
        assert_eq!(ids, ["way/3"], "an open ring has no inside");
    }

    #[test]
    fn the_layer_names_id_category_and_name() {
        let table = ServiceTable::built_in().unwrap();
        let layer = services_layer(&read("a.osm", EXTRACT).unwrap(), &table).unwrap();
        let names = layer.frame().get_column_names();
        assert!(names.iter().map(|name| name.as_str()).eq(["osm_id", "category", "name"]));
        let categories = layer.frame().column("category").unwrap().str().unwrap();
        let categories: Vec<&str> = categories.iter().flatten().collect();
        assert_eq!(categories, ["pharmacy", "park", "school", "sport"]);
    }

    #[test]
    fn an_answer_of_overpass_gives_the_same_services() {
        let json = r#"{"elements":[{"type":"node","id":1,"lon":18.10,"lat":59.35,
            "tags":{"amenity":"pharmacy","name":"Lejonet"}}]}"#;
        assert_eq!(read("a.json", json).unwrap()[..], read("a.osm", EXTRACT).unwrap()[..1]);
    }

    #[test]
    fn a_file_that_is_no_extract_is_refused() {
        let error = read("a.osm", "<osm><node id=\"1\"").unwrap_err().to_string();
        assert!(error.contains("a.osm"), "{error}");
    }
}
