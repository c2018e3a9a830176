//! What is reached from each origin within some minutes, as polygons around the streets.

use std::path::Path;
use std::sync::Arc;

use geo::{Area, Coord, Geometry, LineString, MultiPolygon, Validation, unary_union};
use polars::prelude::DataFrame;
use rayon::prelude::*;

use super::table::Columns;
use super::transit::{Surroundings, Transit};
use super::{Placed, Places, Request, dress, names};
use crate::access::as_milliseconds;
use crate::access::isochrones::{grown, stretch};
use crate::formats;
use crate::model::osm::Position;
use crate::model::{Areas, Crs, Layer, Reprojection};
use crate::network::streets::{Beside, Reach, StreetNetwork, Stretch, metres_between};
use crate::pipeline::{PipelineError, styled};

/// What is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Isochrones<'a> {
    pub path: &'a Path,
    /// Minutes, shortest first.
    pub bands_min: &'a [f64],
    /// How far from a reached street still counts, in metres.
    pub buffer_m: f64,
}

/// One polygon of one origin.
struct Band {
    origin: usize,
    mode: &'static str,
    /// Of the time over the departures, by public transport.
    percentile: Option<f64>,
    minutes: f64,
    shape: MultiPolygon<f64>,
}

/// The polygons of all modes, in metres on a plane.
pub(super) struct Drawing<'a> {
    wanted: Isochrones<'a>,
    plane: Crs,
    bands: Vec<Band>,
    unreached: usize,
}

impl<'a> Drawing<'a> {
    /// Refuses a file that cannot be written, and finds the plane to draw on.
    ///
    /// # Errors
    /// [`PipelineError::Format`], [`PipelineError::Crs`].
    pub(super) fn new(wanted: Isochrones<'a>, origins: &Places) -> Result<Self, PipelineError> {
        formats::check_output(wanted.path)?;
        Ok(Self { wanted, plane: plane(origins)?, bands: Vec::new(), unreached: 0 })
    }

    /// Draws every origin on the streets of one mode. An origin that reaches no street has no polygon and is counted.
    ///
    /// # Errors
    /// [`PipelineError::Crs`] for streets that have no image on the plane.
    pub(super) fn add(
        &mut self,
        network: &StreetNetwork,
        origins: &Placed,
    ) -> Result<(), PipelineError> {
        let beside = Beside::new(network);
        let longest = self.longest_ms();
        // A turn of coordinates cannot be shared between threads.
        let room = || (Reach::new(network, &beside), None);
        let drawn: Vec<Vec<MultiPolygon<f64>>> = origins
            .snaps
            .par_iter()
            .map_init(room, |(reach, turn), snap| {
                let Some(snap) = snap else { return Ok(Vec::new()) };
                reach.run(snap, longest);
                self.draw(reach, self.turn(turn)?, network)
            })
            .collect::<Result<_, PipelineError>>()?;
        self.keep(drawn, network.mode().id(), None);
        Ok(())
    }

    /// Draws what is reached from every origin by public transport and on foot, once for each percentile of the time.
    ///
    /// # Errors
    /// [`PipelineError::Crs`]; [`PipelineError::Network`], a fault of the program.
    pub(super) fn add_rides(
        &mut self,
        transit: &Transit<'_>,
        network: &StreetNetwork,
        origins: &Placed,
    ) -> Result<(), PipelineError> {
        let beside = Beside::new(network);
        let longest = self.longest_ms();
        let surroundings = Surroundings::new(transit, network, &beside, longest)?;
        let room = || (surroundings.room(), None);
        let rows: Vec<Vec<Vec<MultiPolygon<f64>>>> = (0..origins.snaps.len())
            .into_par_iter()
            .map_init(room, |(room, turn), origin| {
                let draw = |reach: &Reach<'_>| self.draw(reach, self.turn(turn)?, network);
                match &origins.snaps[origin] {
                    Some(snap) => surroundings.by_percentile(origin, snap, room, draw),
                    None => Ok(vec![Vec::new(); transit.percentiles().len()]),
                }
            })
            .collect::<Result<_, PipelineError>>()?;
        let mut rows: Vec<_> = rows.into_iter().map(Vec::into_iter).collect();
        for percent in transit.percentiles() {
            let drawn = rows.iter_mut().map(|row| row.next().unwrap_or_default()).collect();
            self.keep(drawn, "transit", Some(*percent));
        }
        Ok(())
    }

    fn longest_ms(&self) -> u32 {
        self.wanted.bands_min.last().copied().map_or(0, as_milliseconds)
    }

    /// From degrees to the plane.
    fn turn<'t>(
        &self,
        kept: &'t mut Option<Reprojection>,
    ) -> Result<&'t Reprojection, PipelineError> {
        Ok(match kept {
            Some(turn) => turn,
            None => kept.insert(Reprojection::new(&Crs::parse("EPSG:4326")?, &self.plane)?),
        })
    }

    fn keep(
        &mut self,
        drawn: Vec<Vec<MultiPolygon<f64>>>,
        mode: &'static str,
        percentile: Option<f64>,
    ) {
        for (origin, shapes) in drawn.into_iter().enumerate() {
            let mut missing = self.wanted.bands_min.len();
            for (shape, &minutes) in shapes.into_iter().zip(self.wanted.bands_min) {
                if !shape.0.is_empty() {
                    missing -= 1;
                    self.bands.push(Band { origin, mode, percentile, minutes, shape });
                }
            }
            self.unreached += missing;
        }
    }

    /// The bands of one origin, each with the ones before it inside.
    fn draw(
        &self,
        reach: &Reach<'_>,
        turn: &Reprojection,
        network: &StreetNetwork,
    ) -> Result<Vec<MultiPolygon<f64>>, PipelineError> {
        let (mut shape, mut before) = (MultiPolygon::new(Vec::new()), None);
        let mut shapes = Vec::with_capacity(self.wanted.bands_min.len());
        for limit in self.wanted.bands_min.iter().copied().map(as_milliseconds) {
            let mut lines = Vec::new();
            for part in reach.stretches(before, limit) {
                lines.extend(line(network, turn, part)?);
            }
            shape = grown(shape, &lines, self.wanted.buffer_m);
            shapes.push(shape.clone());
            before = Some(limit);
        }
        Ok(shapes)
    }

    /// Writes the polygons in the system of the origins, or the one asked for: `from_id, mode, minutes, surface_km2`, with
    /// public transport also `percentile`.
    /// Says how many there are not.
    ///
    /// # Errors
    /// [`PipelineError::Request`] without a single polygon; those of writing.
    pub(super) fn write(self, request: &Request<'_>) -> Result<Option<String>, PipelineError> {
        if self.bands.is_empty() {
            return Err(PipelineError::Request {
                what: "no origin reaches a street within the bands".to_owned(),
                help: "raise --snap-limit or --bands, or check that the streets cover the origins"
                    .to_owned(),
            });
        }
        let own = request.origins.layer.areas().map_or(&self.plane, |areas| areas.crs());
        let crs = request.out_crs.unwrap_or(own).clone();
        let (path, unreached) = (self.wanted.path, self.unreached);
        let layer = self.into_layer(&names(request.origins), &crs)?;
        styled::write(path, &layer, None, &dress::of_isochrones(request))?;
        Ok((unreached > 0).then(|| {
            format!(
                "{unreached} isochrones are missing: their origins reach no street in that time"
            )
        }))
    }

    fn into_layer(self, ids: &[String], crs: &Crs) -> Result<Layer, PipelineError> {
        let bands = &self.bands;
        let mut columns = Columns::default();
        let from = bands.iter().map(|band| ids.get(band.origin).map(String::as_str));
        columns.texts("from_id", from.collect());
        columns.texts("mode", bands.iter().map(|band| Some(band.mode)).collect());
        if bands.iter().any(|band| band.percentile.is_some()) {
            columns.numbers("percentile", bands.iter().map(|band| band.percentile).collect());
        }
        columns.numbers("minutes", bands.iter().map(|band| Some(band.minutes)).collect());
        let surface = bands.iter().map(|band| Some(band.shape.unsigned_area() / 1e6));
        columns.numbers("surface_km2", surface.collect());
        let frame = DataFrame::new(bands.len(), columns.0)
            .map_err(|source| PipelineError::Frame { table: "isochrones".to_owned(), source })?;
        let keys = (1..=bands.len()).map(|row| row.to_string()).collect();
        let shapes = self.bands.into_iter().map(|band| Geometry::MultiPolygon(band.shape));
        let turned = Areas::new(keys, shapes.collect(), self.plane)?.reprojected(crs)?;
        let (keys, shapes, crs) = turned.into_parts();
        let areas = Areas::new(keys, shapes.into_par_iter().map(mended).collect(), crs)?;
        Ok(Layer::spatial("isochrones", super::titled("Isochrones"), Arc::new(areas), frame)?)
    }
}

/// Rings that are valid on the plane may touch themselves once their corners are rounded in another system: such a shape
/// is joined anew, which cuts them there.
fn mended(shape: Geometry<f64>) -> Geometry<f64> {
    match shape {
        Geometry::MultiPolygon(shape) if !shape.is_valid() => {
            Geometry::MultiPolygon(unary_union([&shape]))
        }
        valid => valid,
    }
}

/// A stretch of a street on the plane.
fn line(
    network: &StreetNetwork,
    turn: &Reprojection,
    part: Stretch,
) -> Result<Option<LineString<f64>>, PipelineError> {
    let mut points = Vec::new();
    for position in network.line(part.edge as usize) {
        let (lon, lat) = position.degrees();
        let (x, y) = turn.point(lon, lat)?;
        points.push(Coord { x, y });
    }
    Ok(stretch(&points, part.from, part.to))
}

/// The system of the origins where a metre on it is a metre on the ground, else the zone of UTM that the middle of the
/// origins lies in. Surfaces in it are true to a thousandth within the zone.
fn plane(origins: &Places) -> Result<Crs, PipelineError> {
    let all: Vec<(f64, f64)> = origins
        .points
        .iter()
        .copied()
        .filter(|(lon, lat)| lon.is_finite() && lat.is_finite())
        .collect();
    #[allow(clippy::cast_precision_loss)] // a number of places
    let count = all.len().max(1) as f64;
    let middle = (
        all.iter().map(|point| point.0).sum::<f64>() / count,
        all.iter().map(|point| point.1).sum::<f64>() / count,
    );
    plane_at(origins.layer.areas().map(|areas| areas.crs()), middle)
}

/// A system of metres for a longitude and latitude: the one that is wished for, where its metres are true there, else the
/// zone of UTM.
pub(super) fn plane_at(wished: Option<&Crs>, middle: (f64, f64)) -> Result<Crs, PipelineError> {
    match wished {
        Some(crs) if crs.require_metric().is_ok() && is_true_to_scale(crs, middle)? => {
            Ok(crs.clone())
        }
        _ => Ok(Crs::parse(&utm_zone(middle))?),
    }
}

/// Whether 100 m there are 100 m, give or take one: they are twice as many in the Mercator of web maps at 60° north.
fn is_true_to_scale(crs: &Crs, (lon, lat): (f64, f64)) -> Result<bool, PipelineError> {
    let turn = Reprojection::new(&Crs::parse("EPSG:4326")?, crs)?;
    let north = lat + 0.001;
    let at = |lat| Position::from_degrees(lon, lat);
    let Some(metres) = at(lat).zip(at(north)).map(|(a, b)| metres_between(a, b)) else {
        return Ok(false);
    };
    let ((x, y), (north_x, north_y)) = (turn.point(lon, lat)?, turn.point(lon, north)?);
    Ok(((north_x - x).hypot(north_y - y) / metres - 1.0).abs() < 0.01)
}

#[allow(clippy::cast_possible_truncation)] // 1 to 60
fn utm_zone((lon, lat): (f64, f64)) -> String {
    let zone = ((lon + 180.0) / 6.0).floor().clamp(0.0, 59.0) as i32 + 1;
    format!("EPSG:{}", if lat < 0.0 { 32_700 } else { 32_600 } + zone)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_is_that_of_the_place() {
        assert_eq!(utm_zone((18.07, 59.33)), "EPSG:32634");
        assert_eq!(utm_zone((-51.2, -30.0)), "EPSG:32722");
        assert_eq!(utm_zone((180.0, 0.0)), "EPSG:32660");
    }

    #[test]
    fn web_mercator_is_no_plane_to_measure_on() {
        let stockholm = (18.07, 59.33);
        let scale = |crs: &str| is_true_to_scale(&Crs::parse(crs).unwrap(), stockholm).unwrap();
        assert!(scale("EPSG:3006") && scale("EPSG:3011") && !scale("EPSG:3857"));
    }
}
