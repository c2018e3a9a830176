//! Which streets hang together, and which pieces of the network are large enough to matter.

use super::graph::{NO_WAY, Pieces, StreetNetwork};

/// A piece counts when its streets make up at least this share of the largest piece's…
const SHARE_OF_LARGEST: f64 = 0.1;
/// … or are at least this long: a village on an island is a place, a footpath between two gaps of the data is not.
const LONG_M: f64 = 10_000.0;

/// For each edge whether its piece counts.
///
/// A piece is a set of junctions each of which can be reached from each other: strongly connected where streets run
/// one way. An edge between two pieces, which leads out and never back, does not count.
pub(super) fn usable(network: &StreetNetwork) -> (Vec<bool>, Pieces) {
    let (piece_of, count) = strong_pieces(network);
    let mut lengths = vec![0.0_f64; count];
    let inside: Vec<Option<usize>> =
        (0..network.edges.len()).map(|row| piece_around(network, &piece_of, row)).collect();
    for (edge, piece) in network.edges.iter().zip(&inside) {
        if let Some(piece) = *piece {
            lengths[piece] += f64::from(edge.length_m);
        }
    }
    let largest = lengths.iter().copied().fold(0.0, f64::max);
    let limit = LONG_M.min(largest * SHARE_OF_LARGEST).max(f64::MIN_POSITIVE);
    // In a small extract the largest piece alone may count.
    let counts: Vec<bool> = lengths.iter().map(|&length| length >= limit).collect();
    let usable: Vec<bool> =
        inside.iter().map(|piece| piece.is_some_and(|piece| counts[piece])).collect();
    let all: f64 = network.edges.iter().map(|edge| f64::from(edge.length_m)).sum();
    let kept: f64 =
        lengths.iter().zip(&counts).filter(|(_, c)| **c).map(|(length, _)| length).sum();
    let pieces = Pieces {
        count: whole_pieces(network, &piece_of, &lengths),
        usable: counts.iter().filter(|counts| **counts).count(),
        usable_length: if all > 0.0 { kept / all } else { 0.0 },
    };
    (usable, pieces)
}

/// The piece that holds both ends of an edge, as trips in one of its directions pass them.
fn piece_around(network: &StreetNetwork, piece_of: &[u32], row: usize) -> Option<usize> {
    let (edge, from, to) = (network.edges[row], network.departures(row), network.arrivals(row));
    let ways = [(edge.forward_ms, from[0], to[1]), (edge.backward_ms, from[1], to[0])];
    let joined = |(time, from, to): &(u32, u32, u32)| {
        *time != NO_WAY && piece_of[*from as usize] == piece_of[*to as usize]
    };
    ways.iter().find(|way| joined(way)).map(|(_, from, _)| piece_of[*from as usize] as usize)
}

/// How many pieces there are, not counting nodes that only turn restrictions set apart.
fn whole_pieces(network: &StreetNetwork, piece_of: &[u32], lengths: &[f64]) -> usize {
    let mut counts: Vec<bool> = lengths.iter().map(|length| *length > 0.0).collect();
    let (copies, stops) = match &network.turns {
        Some(turns) => (turns.copies.len(), turns.stops.as_slice()),
        None => (0, [].as_slice()),
    };
    for (node, piece) in (0_u32..).zip(&piece_of[..piece_of.len() - copies]) {
        if stops.binary_search_by_key(&node, |(junction, _)| *junction).is_err() {
            counts[*piece as usize] = true;
        }
    }
    counts.iter().filter(|counts| **counts).count()
}

const NONE: u32 = u32::MAX;

/// Tarjan's strongly connected components, without recursion.
///
/// Source: Tarjan (1972), "Depth-first search and linear graph algorithms".
fn strong_pieces(network: &StreetNetwork) -> (Vec<u32>, usize) {
    let nodes = network.nodes.len();
    let (mut index, mut low) = (vec![NONE; nodes], vec![NONE; nodes]);
    let mut piece_of = vec![NONE; nodes];
    let (mut open, mut path): (Vec<u32>, Vec<(u32, usize)>) = (Vec::new(), Vec::new());
    let (mut next, mut count) = (0_u32, 0_u32);
    for root in 0..u32::try_from(nodes).unwrap_or(NONE) {
        if index[root as usize] != NONE {
            continue;
        }
        path.push((root, 0));
        while let Some((node, arc)) = path.pop() {
            let at = node as usize;
            if arc == 0 {
                (index[at], low[at]) = (next, next);
                next += 1;
                open.push(node);
            }
            let arcs = network.leaving.of(node);
            if let Some(&(end, _)) = arcs.get(arc) {
                path.push((node, arc + 1));
                if index[end as usize] == NONE {
                    path.push((end, 0));
                } else if piece_of[end as usize] == NONE {
                    low[at] = low[at].min(index[end as usize]);
                }
                continue;
            }
            if low[at] == index[at] {
                while let Some(member) = open.pop() {
                    piece_of[member as usize] = count;
                    if member == node {
                        break;
                    }
                }
                count += 1;
            }
            if let Some(&(parent, _)) = path.last() {
                low[parent as usize] = low[parent as usize].min(low[at]);
            }
        }
    }
    (piece_of, count as usize)
}
