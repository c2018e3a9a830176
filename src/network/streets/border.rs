//! Where the streets that were read end although the real ones go on.

use super::fold::GAP;
use super::graph::{Edge, StreetNetwork};
use super::plane::metres_between;
use super::snap::Snap;
use crate::model::osm::Position;

/// Metres from the box around all streets within which a dead end is taken as cut off, where nothing else tells.
const MARGIN_M: f64 = 100.0;

/// The nodes of a way (rows of the extract, or [`GAP`]) at which it leaves what was read: next to a node that the
/// extract does not hold, and the first one outside the extract's bounds, where other streets are missing.
pub(super) fn crossings(rows: &[u32], is_inside: impl Fn(u32) -> bool) -> Vec<u32> {
    let crossing = |pair: &[u32]| match *pair {
        [GAP, GAP] => None,
        [GAP, row] | [row, GAP] => Some(row),
        [a, b] => match (is_inside(a), is_inside(b)) {
            (true, false) => Some(b),
            (false, true) => Some(a),
            _ => None,
        },
        _ => None,
    };
    rows.windows(2).filter_map(crossing).collect()
}

/// An end of an edge at each of these junctions, as edge and 0 for its first junction or 1 for its last.
pub(super) fn ends(edges: &[Edge], mut wanted: Vec<bool>) -> Vec<(u32, u32)> {
    let mut ends = Vec::new();
    for (row, edge) in (0_u32..).zip(edges) {
        for (side, node) in [(0, edge.from), (1, edge.to)] {
            if std::mem::take(&mut wanted[node as usize]) {
                ends.push((row, side));
            }
        }
    }
    ends
}

/// The dead ends close to the box around all streets: what can be said of an extract that keeps every way whole and
/// does not tell its bounds.
pub(super) fn outer_dead_ends(network: &StreetNetwork) -> Vec<bool> {
    let mut degrees = vec![0_u8; network.nodes.len()];
    for node in network.edges.iter().flat_map(|edge| [edge.from, edge.to]) {
        degrees[node as usize] = degrees[node as usize].saturating_add(1);
    }
    let [low, high] = network.bounds();
    let is_outer = |at: Position| {
        let sides = [
            Position { lon: low.lon, ..at },
            Position { lon: high.lon, ..at },
            Position { lat: low.lat, ..at },
            Position { lat: high.lat, ..at },
        ];
        sides.iter().any(|side| metres_between(at, *side) <= MARGIN_M)
    };
    degrees.iter().zip(&network.nodes).map(|(degree, at)| *degree == 1 && is_outer(*at)).collect()
}

impl StreetNetwork {
    /// The places where the streets that were read end although the real ones go on.
    #[must_use]
    pub fn border(&self) -> Vec<Option<Snap>> {
        self.border.iter().map(|&(edge, side)| Some(self.at_end(edge, side))).collect()
    }

    /// A point right at the first (0) or last (1) junction of an edge.
    fn at_end(&self, edge: u32, side: u32) -> Snap {
        let Edge { forward_ms, backward_ms, .. } = self.edges[edge as usize];
        let (to_ends, from_ends) = match side {
            0 => ([0, forward_ms], [0, backward_ms]),
            _ => ([backward_ms, 0], [forward_ms, 0]),
        };
        Snap {
            edge,
            distance_m: 0.0,
            approach_ms: 0,
            aside_ms: [0.0; 2],
            to_ends,
            from_ends,
            fraction: f64::from(side),
        }
    }
}
