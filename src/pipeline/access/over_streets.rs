//! Squares and hexagons over the streets themselves, where no area is named.

use std::collections::BTreeSet;
use std::sync::Arc;

use geo::{Geometry, LineString, Polygon, Rect};
use h3o::{CellIndex, LatLng, Resolution};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};

use super::Request;
use super::isochrones::plane_at;
use super::networks::Networks;
use super::places::{Places, PlacesOf, from_layer};
use crate::model::osm::Position;
use crate::model::{Areas, Crs, CrsError, Layer, Reprojection};
use crate::network::streets::{Mode, StreetNetwork};
use crate::pipeline::PipelineError;

/// Cells that origins may be at most.
const MOST: usize = 1_000_000;

/// The squares or hexagons in which a usable street of the first mode lies, on the streets that a request names; `None` for
/// other places. Squares lie on the grid of the system of the output where its metres are true, else of the zone of UTM,
/// and are named by their south-western corner. Along streets hexagons are looked for every quarter of their edge: one
/// that a street only cuts a corner of may be missing.
///
/// # Errors
/// Those of reading the streets; [`PipelineError::Request`] for more than a million cells.
pub fn over_streets(of: &PlacesOf, request: &Request<'_>) -> Result<Option<Places>, PipelineError> {
    if !matches!(of, PlacesOf::Grid(_) | PlacesOf::H3(_)) {
        return Ok(None);
    }
    let mode = request.modes.first().copied().unwrap_or(Mode::Walk);
    let (network, _) = Networks::new(request)?.of(mode)?;
    let [low, high] = network.bounds().map(Position::degrees);
    let middle = (f64::midpoint(low.0, high.0), f64::midpoint(low.1, high.1));
    let plane = plane_at(request.out_crs, middle)?;
    match of {
        PlacesOf::Grid(side) => squares(&network, *side, plane).map(Some),
        PlacesOf::H3(resolution) => hexagons(&network, *resolution, plane).map(Some),
        _ => Ok(None),
    }
}

fn usable(network: &StreetNetwork) -> impl Iterator<Item = Vec<(f64, f64)>> + use<'_> {
    let edges = (0..network.edges().len()).filter(|edge| network.is_usable(*edge));
    edges.map(|edge| network.line(edge).iter().map(|point| point.degrees()).collect())
}

fn squares(network: &StreetNetwork, side: f64, plane: Crs) -> Result<Places, PipelineError> {
    let turn = Reprojection::new(&Crs::parse("EPSG:4326")?, &plane)?;
    let mut found = BTreeSet::new();
    for line in usable(network) {
        let line: Vec<(f64, f64)> = line
            .iter()
            .map(|(lon, lat)| turn.point(*lon, *lat))
            .collect::<Result<_, CrsError>>()?;
        for ends in line.windows(2) {
            met_by((ends[0], ends[1]), side, &mut found);
        }
        refuse_many(found.len(), &format!("squares of {side} m"), "larger squares")?;
    }
    let (mut keys, mut shapes) = (Vec::new(), Vec::new());
    #[allow(clippy::cast_precision_loss)] // squares of the globe
    for (row, column) in found {
        let (x, y) = (column as f64 * side, row as f64 * side);
        keys.push(format!("{x:.0}_{y:.0}"));
        shapes.push(Geometry::Polygon(Rect::new((x, y), (x + side, y + side)).to_polygon()));
    }
    places(&format!("grid_{side:.0}m"), keys, shapes, plane)
}

/// Adds row and column of every square that a stretch lies in: between two of its crossings of the lines of the grid it
/// lies in one.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // squares of the globe
fn met_by(
    ((x0, y0), (x1, y1)): ((f64, f64), (f64, f64)),
    side: f64,
    found: &mut BTreeSet<(i64, i64)>,
) {
    let mut shares = vec![0.0, 1.0];
    for (from, to) in [(x0, x1), (y0, y1)] {
        let (low, high) = (f64::min(from, to) / side, f64::max(from, to) / side);
        let lines = low.ceil() as i64..=high.floor() as i64;
        if from < to || to < from {
            shares.extend(lines.map(|line| (line as f64 * side - from) / (to - from)));
        }
    }
    shares.sort_unstable_by(f64::total_cmp);
    shares.dedup();
    for between in shares.windows(2) {
        let share = f64::midpoint(between[0], between[1]);
        let at = |from: f64, to: f64| ((from + share * (to - from)) / side).floor() as i64;
        found.insert((at(y0, y1), at(x0, x1)));
    }
}

fn hexagons(
    network: &StreetNetwork,
    resolution: Resolution,
    plane: Crs,
) -> Result<Places, PipelineError> {
    let turn = Reprojection::new(&Crs::parse("EPSG:4326")?, &plane)?;
    let mut found: BTreeSet<CellIndex> = BTreeSet::new();
    for line in usable(network) {
        for ends in line.windows(2) {
            let (from, to) = (ends[0], ends[1]);
            for share in steps(from, to, resolution.edge_length_m() / 4.0) {
                let at = |from: f64, to: f64| from + share * (to - from);
                let spot = LatLng::new(at(from.1, to.1), at(from.0, to.0)).ok();
                found.extend(spot.map(|spot| spot.to_cell(resolution)));
            }
        }
        refuse_many(found.len(), &format!("hexagons of resolution {resolution}"), "a coarser one")?;
    }
    let (mut keys, mut shapes) = (Vec::new(), Vec::new());
    for cell in found {
        let corners: Vec<(f64, f64)> = cell
            .boundary()
            .iter()
            .map(|at| turn.point(at.lng(), at.lat()))
            .collect::<Result<_, CrsError>>()?;
        keys.push(cell.to_string());
        shapes.push(Geometry::Polygon(Polygon::new(LineString::from(corners), Vec::new())));
    }
    places(&format!("h3_{resolution}"), keys, shapes, plane)
}

/// Shares of a stretch, both ends among them, no farther apart than so many metres.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // streets are short
fn steps(from: (f64, f64), to: (f64, f64), metres: f64) -> impl Iterator<Item = f64> {
    const DEGREE_M: f64 = 111_700.0;
    let apart = f64::hypot(from.0 - to.0, from.1 - to.1) * DEGREE_M;
    let count = (apart / metres).ceil().clamp(1.0, 1e8) as u32;
    (0..=count).map(move |step| f64::from(step) / f64::from(count))
}

fn refuse_many(count: usize, what: &str, instead: &str) -> Result<(), PipelineError> {
    if count <= MOST {
        return Ok(());
    }
    Err(PipelineError::Request {
        what: format!("the streets lie in more than {MOST} {what}"),
        help: format!("take {instead}, or name an area with --area"),
    })
}

fn places(
    name: &str,
    keys: Vec<String>,
    shapes: Vec<Geometry<f64>>,
    plane: Crs,
) -> Result<Places, PipelineError> {
    let column = Column::from(Series::new("cell_id".into(), &keys));
    let frame = DataFrame::new(keys.len(), vec![column])
        .map_err(|source| PipelineError::Frame { table: name.to_owned(), source })?;
    let areas = Arc::new(Areas::new(keys, shapes, plane)?);
    from_layer(name.to_owned(), Layer::spatial(name, name, areas, frame)?, Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(from: (f64, f64), to: (f64, f64)) -> Vec<(i64, i64)> {
        let mut found = BTreeSet::new();
        met_by((from, to), 10.0, &mut found);
        found.into_iter().collect()
    }

    #[test]
    fn a_stretch_lies_in_every_square_that_it_passes_through() {
        assert_eq!(met((1.0, 1.0), (2.0, 9.0)), [(0, 0)]);
        assert_eq!(met((-5.0, 5.0), (15.0, 5.0)), [(0, -1), (0, 0), (0, 1)]);
        // From the middle of one square through its northern side into the next, then to the east.
        assert_eq!(met((5.0, 5.0), (12.0, 19.0)), [(0, 0), (1, 0), (1, 1)]);
        assert_eq!(met((5.0, 5.0), (5.0, 5.0)), [(0, 0)]);
        assert_eq!(met((0.0, 0.0), (10.0, 0.0)), [(0, 0)], "on a line it lies north of it");
    }
    #[test]
    fn a_million_cells_are_as_many_as_there_may_be() {
        assert!(refuse_many(1_000_000, "squares of 10 m", "larger squares").is_ok());
        let many =
            refuse_many(1_000_001, "squares of 10 m", "larger squares").map_err(|e| e.to_string());
        assert_eq!(many, Err("the streets lie in more than 1000000 squares of 10 m".to_owned()));
    }
}
