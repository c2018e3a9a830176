//! The streets themselves as lines, for a look at what the times are made of.

use std::sync::Arc;

use geo::{Coord, Geometry, LineString};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};

use super::table::Columns;
use crate::model::{Areas, Crs, Layer};
use crate::network::streets::{NO_WAY, StreetNetwork, Stress};
use crate::pipeline::PipelineError;

/// Edges of the networks of all modes, a row each.
#[derive(Default)]
pub(super) struct Edges {
    keys: Vec<String>,
    lines: Vec<Geometry<f64>>,
    mode: Vec<&'static str>,
    forward_s: Vec<Option<f64>>,
    backward_s: Vec<Option<f64>>,
    length_m: Vec<f64>,
    stress: Vec<Option<i64>>,
    reason: Vec<Option<String>>,
    usable: Vec<bool>,
}

impl Edges {
    /// Adds the edges of one mode. Times in seconds, from the first point of the line to its last and back; a closed
    /// direction has none. `usable` tells whether points are put on the edge. Stress is that of cycling.
    pub(super) fn add(&mut self, network: &StreetNetwork) {
        let seconds = |ms: u32| (ms != NO_WAY).then(|| f64::from(ms) / 1000.0);
        let mode = network.mode().id();
        for (row, edge) in network.edges().iter().enumerate() {
            self.keys.push(format!("{mode}-{}", row + 1));
            let points = network.line(row).iter().map(|point| Coord::from(point.degrees()));
            self.lines.push(Geometry::LineString(LineString::new(points.collect())));
            self.mode.push(mode);
            self.forward_s.push(seconds(edge.forward_ms));
            self.backward_s.push(seconds(edge.backward_ms));
            self.length_m.push(f64::from(edge.length_m));
            let stress = network.stress(row);
            self.stress.push(stress.map(|stress| i64::from(stress.level)));
            self.reason.push(stress.map(Stress::words));
            self.usable.push(network.is_usable(row));
        }
    }

    /// One layer of lines, in `crs` or else in degrees.
    ///
    /// # Errors
    /// [`PipelineError`] when a position has no image in `crs`.
    pub(super) fn layer(self, crs: Option<&Crs>) -> Result<Layer, PipelineError> {
        let rows = self.keys.len();
        let areas = Areas::new(self.keys, self.lines, Crs::parse("EPSG:4326")?)?;
        let areas = areas.reprojected(crs.unwrap_or(areas.crs()))?;
        let mut columns = Columns::default();
        columns.texts("mode", self.mode.into_iter().map(Some).collect());
        columns.numbers("forward_s", self.forward_s);
        columns.numbers("backward_s", self.backward_s);
        columns.numbers("length_m", self.length_m.into_iter().map(Some).collect());
        columns.0.push(Column::from(Series::new("stress".into(), self.stress)));
        columns.texts("reason", self.reason.iter().map(Option::as_deref).collect());
        columns.flags("usable", self.usable);
        let frame = DataFrame::new(rows, columns.0)
            .map_err(|source| PipelineError::Frame { table: "streets".to_owned(), source })?;
        Ok(Layer::spatial("streets", super::titled("Streets"), Arc::new(areas), frame)?)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::formats;
    use crate::model::osm::{Extract, Position, Tags, Way};
    use crate::network::streets::{Mode, Profiles, build};

    #[test]
    fn an_edge_is_a_line_with_its_times_and_its_stress() {
        let tags =
            [("highway", "residential"), ("oneway", "yes"), ("maxspeed", "30"), ("lanes", "1")];
        let kept = Profiles::built_in().unwrap().passages(Tags(&tags)).unwrap();
        let at = |lon| Position { lon, lat: 593_000_000 };
        let extract = Extract {
            node_ids: vec![1, 2],
            positions: vec![at(180_000_000), at(180_100_000)],
            ways: vec![Way { id: 1, kept, refs: vec![1, 2] }],
            ..Extract::default()
        };
        let mut edges = Edges::default();
        edges.add(&build(&extract, Mode::Bicycle).unwrap());
        edges.add(&build(&extract, Mode::Walk).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("streets.gpkg");
        formats::write(&file, &edges.layer(None).unwrap()).unwrap();
        let read = formats::open(&file, &formats::OpenOptions::default()).unwrap();
        let formats::Content::Layer { layer, .. } = read else { unreachable!("a layer of lines") };
        let frame = layer.frame();
        let seconds = |name| frame.column(name).unwrap().f64().unwrap().get(0);
        let closed: Vec<_> = ["forward_s", "backward_s"].map(seconds).into();
        assert_eq!(closed.iter().filter(|s| s.is_none()).count(), 1, "{closed:?}");
        assert_eq!(frame.column("stress").unwrap().i64().unwrap().to_vec(), vec![Some(1), None]);
        let reason = frame.column("reason").unwrap().str().unwrap();
        assert_eq!(reason.get(0), Some("mixed_speed"));
    }
}
