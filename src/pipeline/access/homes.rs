//! Where people live, as places: the buildings of an extract, and the populated points of the data.

use std::path::Path;
use std::sync::Arc;

use geo::{Coord, Geometry, LineString, MultiPolygon, Polygon};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};

use super::places::from_layer;
use super::{Places, Within, bounds};
use crate::formats::osm;
use crate::model::osm::{Extract, Tags};
use crate::model::{Areas, Crs, Layer};
use crate::pipeline::PipelineError;
use crate::sources::{Data, SpatialLayer};

/// Metres around the area within which the corners of its buildings are read.
const AROUND_M: f64 = 200.0;

/// Polygons with the value of their tag `building`, by the id in the extract.
type Building = (String, String, Geometry<f64>);

impl Places {
    /// The buildings of an extract: closed ways and multipolygons with a tag `building` other than `no`, as polygons
    /// without their courtyards. `osm_id` and `building` are their columns.
    ///
    /// # Errors
    /// Those of reading the extract; [`PipelineError::Request`] where it holds none.
    pub fn buildings(path: &Path, within: Option<Within<'_>>) -> Result<Self, PipelineError> {
        let kind =
            |tags: Tags<'_>| tags.get("building").filter(|kind| *kind != "no").map(str::to_owned);
        let within = within.map(|within| bounds(within, AROUND_M)).transpose()?;
        let multipolygons = osm::Multipolygons::Keep;
        let sift = osm::Sift { way: &kind, node: &|_| None::<()>, within, multipolygons };
        let buildings = polygons(&osm::read(path, &sift)?);
        if buildings.is_empty() {
            return Err(PipelineError::Request {
                what: format!("{}: holds no building", path.display()),
                help: "an extract of streets alone has none; give one with buildings, or start \
                       from a grid"
                    .to_owned(),
            });
        }
        let column = |name: &str, cells: Vec<&str>| Column::from(Series::new(name.into(), cells));
        let columns = vec![
            column("osm_id", buildings.iter().map(|(id, ..)| id.as_str()).collect()),
            column("building", buildings.iter().map(|(_, kind, _)| kind.as_str()).collect()),
        ];
        let frame = DataFrame::new(buildings.len(), columns)
            .map_err(|source| PipelineError::Frame { table: "buildings".to_owned(), source })?;
        let (keys, shapes) = buildings.into_iter().map(|(id, _, shape)| (id, shape)).unzip();
        let areas = Arc::new(Areas::new(keys, shapes, Crs::parse("EPSG:4326")?)?);
        let layer = Layer::spatial("buildings", "Buildings", areas, frame)?;
        from_layer(path.display().to_string(), layer, Vec::new())
    }

    /// The points of the data at which somebody lives, with all columns of their data set.
    ///
    /// # Errors
    /// [`PipelineError::Request`] where no data set has such points.
    pub fn populated(data: &Data) -> Result<Self, PipelineError> {
        let Some(points) = data.points.iter().find(|points| points.is_populated()) else {
            return Err(PipelineError::Request {
                what: "the data hold no populated points".to_owned(),
                help: "bring points of the theme population with a count \"residents\" with \
                       `scale ingest`, or start from units or a grid"
                    .to_owned(),
            });
        };
        let name = &points.dataset.id;
        let frame = points.table.frame().clone();
        let layer = Layer::spatial(name, name, Arc::clone(&points.areas), frame)?;
        let residents = points.table.numbers(SpatialLayer::RESIDENTS)?;
        let count = |(row, count): (usize, Option<f64>)| (count? > 0.0).then_some(row);
        let rows: Vec<usize> = residents.iter().enumerate().filter_map(count).collect();
        from_layer(name.clone(), layer.rows(&rows)?, Vec::new())
    }
}

/// The buildings whose every corner was read. An outer way of a multipolygon is no second building.
fn polygons(extract: &Extract<String, ()>) -> Vec<Building> {
    let at = |node: &i64| extract.row(*node).map(|row| extract.positions[row].degrees());
    let polygon = |refs: &[i64]| {
        let ring: LineString<f64> =
            refs.iter().map(|node| at(node).map(Coord::from)).collect::<Option<_>>()?;
        (ring.is_closed() && ring.0.len() > 3).then(|| Polygon::new(ring, Vec::new()))
    };
    let mut outer: Vec<i64> =
        extract.multipolygons.iter().flat_map(|area| area.outer.iter().copied()).collect();
    outer.sort_unstable();
    let ways = extract.ways.iter().filter(|way| outer.binary_search(&way.id).is_err());
    let ways = ways.filter_map(|way| {
        let shape = Geometry::Polygon(polygon(&way.refs)?);
        Some((format!("way/{}", way.id), way.kept.clone(), shape))
    });
    let relations = extract.multipolygons.iter().filter_map(|area| {
        let rings = extract.outer_rings(area);
        let parts: Vec<Polygon<f64>> = rings.iter().filter_map(|ring| polygon(ring)).collect();
        let shape = || Geometry::MultiPolygon(MultiPolygon::new(parts.clone()));
        (!parts.is_empty()).then(|| (format!("relation/{}", area.id), area.kept.clone(), shape()))
    });
    ways.chain(relations).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn buildings_are_closed_ways_and_multipolygons_each_once() {
        let extract = r#"<osm>
            <node id="1" lon="18.000" lat="59.300"/><node id="2" lon="18.002" lat="59.300"/>
            <node id="3" lon="18.002" lat="59.301"/><node id="4" lon="18.000" lat="59.301"/>
            <way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
                <tag k="building" v="apartments"/></way>
            <way id="2"><nd ref="1"/><nd ref="2"/><tag k="building" v="wall"/></way>
            <way id="3"><nd ref="1"/><nd ref="2"/><nd ref="3"/></way>
            <way id="4"><nd ref="3"/><nd ref="4"/><nd ref="1"/><tag k="building" v="part"/></way>
            <way id="5"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/>
                <tag k="building" v="no"/></way>
            <way id="6"><nd ref="1"/><nd ref="2"/><nd ref="9"/><nd ref="1"/>
                <tag k="building" v="house"/></way>
            <relation id="1"><member type="way" ref="3" role="outer"/>
                <member type="way" ref="4" role="outer"/>
                <tag k="type" v="multipolygon"/><tag k="building" v="school"/></relation></osm>"#;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("town.osm");
        std::fs::write(&file, extract).unwrap();
        let places = Places::buildings(&file, None).unwrap();
        let texts = |name: &str| {
            let cells = places.layer.frame().column(name).unwrap().str().unwrap().clone();
            cells.iter().map(|cell| cell.unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(texts("osm_id"), ["way/1", "relation/1"]);
        assert_eq!(texts("building"), ["apartments", "school"]);
        // The middle of the rectangle.
        let (lon, lat) = places.points[0];
        assert!((lon - 18.001).abs() < 1e-9 && (lat - 59.3005).abs() < 1e-9, "{lon} {lat}");
        std::fs::write(&file, extract.replace("building", "landuse")).unwrap();
        let error = Places::buildings(&file, None).err().unwrap().to_string();
        assert!(error.contains("holds no building"), "{error}");
    }
}
