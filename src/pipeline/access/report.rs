//! What is said of each mode: how much was placed, and what may be missing.

use rayon::prelude::*;

use super::{ModeReport, Placed, Places, Request};
use crate::access::Measure;
use crate::model::osm::Position;
use crate::network::streets::{Mode, StreetNetwork, metres_between};

/// Whether a trip of the longest length could lead out of the streets that were read: then more may be in reach than
/// was found.
pub(super) fn beyond(network: &StreetNetwork, request: &Request<'_>) -> Vec<bool> {
    let kmh = match network.mode() {
        Mode::Walk => request.limits.approach_kmh,
        Mode::Bicycle => 15.0,
        Mode::Car => 50.0,
    };
    let longest = request.measures.iter().filter_map(Measure::limit_min).reduce(f64::max);
    let drawn = request.isochrones.and_then(|drawn| drawn.bands_min.last().copied());
    let longest = longest.into_iter().chain(drawn).reduce(f64::max);
    let minutes = longest.unwrap_or(request.limits.trip_min).min(request.limits.trip_min);
    let reach = minutes / 60.0 * kmh * 1000.0;
    let [low, high] = network.bounds();
    request
        .origins
        .points
        .par_iter()
        .map(|&(lon, lat)| {
            let Some(at) = Position::from_degrees(lon, lat) else { return false };
            let edges = [
                Position { lon: low.lon, ..at },
                Position { lon: high.lon, ..at },
                Position { lat: low.lat, ..at },
                Position { lat: high.lat, ..at },
            ];
            let inside =
                (low.lon..=high.lon).contains(&at.lon) && (low.lat..=high.lat).contains(&at.lat);
            !inside || edges.iter().any(|edge| metres_between(at, *edge) < reach)
        })
        .collect()
}

pub(super) fn report(
    network: &StreetNetwork,
    origins: &Placed,
    destinations: &Placed,
    outside: &[bool],
) -> ModeReport {
    let pieces = network.pieces();
    ModeReport {
        mode: network.mode(),
        nodes: network.node_count(),
        edges: network.edges().len(),
        pieces: pieces.count,
        usable_pieces: pieces.usable,
        usable_length: pieces.usable_length,
        origins_unplaced: origins.unplaced(),
        destinations_unplaced: destinations.unplaced(),
        origins_beyond: outside.iter().filter(|outside| **outside).count(),
    }
}

pub(super) fn warn(report: &ModeReport, request: &Request<'_>) -> Vec<String> {
    let mode = report.mode.id();
    let limit = request.limits.snap_m;
    let mut warnings = Vec::new();
    let mut unplaced = |count: usize, of: &Places, what: &str| {
        if count > 0 {
            let all = of.points.len();
            warnings.push(format!(
                "{mode}: {count} of {all} {what} have no usable street within {limit} m; their values are missing"
            ));
        }
    };
    unplaced(report.origins_unplaced, request.origins, "origins");
    unplaced(report.destinations_unplaced, request.destinations, "destinations");
    if report.origins_beyond > 0 {
        warnings.push(format!(
            "{mode}: from {} of {} origins the longest trip could lead beyond the streets that were read; more may be in reach",
            report.origins_beyond,
            request.origins.points.len()
        ));
    }
    warnings
}
