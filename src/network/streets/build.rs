//! From an extract to the network of one mode.

use rayon::prelude::*;

use super::components;
use super::fold::{Piece, fold};
use super::graph::{Arcs, Edge, NO_WAY, StreetNetwork};
use super::plane::length;
use super::{Blocks, Mode, NetworkError, Passage, Passages};
use crate::model::hilbert;
use crate::model::osm::{Extract, Position};

/// Marks a node that a way names and the extract does not hold, or that stops the mode.
const GAP: u32 = u32::MAX;

/// Milliseconds an hour.
const MS_PER_HOUR: f64 = 3_600_000.0;

/// Builds the network: ways cut at junctions, chains between junctions folded into one edge, nodes numbered along a
/// Hilbert curve so that neighbours lie close in memory.
///
/// A street ends where the extract does and at a node that stops the mode. Times are length over speed.
///
/// # Errors
/// [`NetworkError::NoStreets`], [`NetworkError::TooManyStreets`].
pub fn build(
    extract: &Extract<Passages, Blocks>,
    mode: Mode,
) -> Result<StreetNetwork, NetworkError> {
    if u32::try_from(extract.node_ids.len()).is_err() {
        return Err(NetworkError::TooManyStreets { what: "nodes", limit: u32::MAX });
    }
    let chains = chains(extract, mode);
    let folded = fold(&chains, extract.positions.len(), &held_nodes(extract, mode));
    if folded.is_empty() {
        return Err(NetworkError::NoStreets { mode: mode.id() });
    }
    Ok(pack(&folded, &extract.positions, mode))
}

/// Nodes that must stay junctions whatever runs through them: those of turn restrictions.
fn held_nodes(extract: &Extract<Passages, Blocks>, mode: Mode) -> Vec<u32> {
    if mode != Mode::Car {
        return Vec::new();
    }
    let row = |node| extract.row(node).and_then(|row| u32::try_from(row).ok());
    extract.restrictions.iter().filter_map(|rule| row(rule.via_node)).collect()
}

/// The ways of a mode as rows of nodes, cut at gaps.
fn chains(extract: &Extract<Passages, Blocks>, mode: Mode) -> Vec<Piece> {
    let mut blocked: Vec<i64> = extract
        .tagged
        .iter()
        .filter(|(_, blocks)| blocks[mode.index()])
        .map(|(node, _)| *node)
        .collect();
    blocked.sort_unstable();
    let row = |node: &i64| match extract.row(*node) {
        Some(row) if blocked.binary_search(node).is_err() => u32::try_from(row).unwrap_or(GAP),
        _ => GAP,
    };
    extract
        .ways
        .par_iter()
        .filter(|way| way.kept[mode.index()].is_open())
        .flat_map_iter(|way| {
            let rows: Vec<u32> = way.refs.iter().map(row).collect();
            let passage = way.kept[mode.index()];
            let pieces: Vec<Piece> = rows
                .split(|&row| row == GAP)
                .filter_map(|rows| {
                    // The same node twice in a row is no step.
                    let mut rows = rows.to_vec();
                    rows.dedup();
                    (rows.len() > 1).then_some(Piece { rows, passage })
                })
                .collect();
            pieces
        })
        .collect()
}

fn pack(pieces: &[Piece], positions: &[Position], mode: Mode) -> StreetNetwork {
    let (numbers, nodes) = number(pieces, positions);
    let mut order: Vec<(u32, u32, usize)> = pieces
        .iter()
        .enumerate()
        .map(|(row, piece)| {
            let (from, to) = piece.ends();
            (numbers[from as usize], numbers[to as usize], row)
        })
        .collect();
    order.sort_unstable();
    let mut network = StreetNetwork {
        mode,
        nodes,
        edges: Vec::with_capacity(pieces.len()),
        first_point: Vec::with_capacity(pieces.len() + 1),
        points: Vec::new(),
        leaving: Arcs::default(),
        entering: None,
        usable: Vec::new(),
        pieces: super::graph::Pieces::default(),
    };
    network.first_point.push(0);
    for (from, to, row) in order {
        let piece = &pieces[row];
        let start = network.points.len();
        network.points.extend(piece.rows.iter().map(|&row| positions[row as usize]));
        network.edges.push(edge(from, to, piece.passage, length(&network.points[start..])));
        network.first_point.push(u32::try_from(network.points.len()).unwrap_or(u32::MAX));
    }
    connect(&mut network);
    let (usable, pieces) = components::usable(&network);
    (network.usable, network.pieces) = (usable, pieces);
    network
}

/// New number of each junction, by row of the extract, and the junctions' positions.
fn number(pieces: &[Piece], positions: &[Position]) -> (Vec<u32>, Vec<Position>) {
    let mut junctions: Vec<u32> =
        pieces.iter().flat_map(|piece| <[u32; 2]>::from(piece.ends())).collect();
    junctions.sort_unstable();
    junctions.dedup();
    let at = |row: u32| positions[row as usize];
    let points: Vec<Option<(f64, f64)>> = junctions
        .iter()
        .map(|&row| Some((f64::from(at(row).lon), f64::from(at(row).lat))))
        .collect();
    let mut numbers = vec![GAP; positions.len()];
    let mut nodes = Vec::with_capacity(junctions.len());
    for (number, row) in (0_u32..).zip(hilbert::order(&points)) {
        numbers[junctions[row] as usize] = number;
        nodes.push(at(junctions[row]));
    }
    (numbers, nodes)
}

#[allow(clippy::cast_possible_truncation)] // a street of 4 billion milliseconds is longer than the Earth
fn edge(from: u32, to: u32, passage: Passage, length_m: f64) -> Edge {
    let time = |kmh: f32| {
        if kmh > 0.0 {
            milliseconds(length_m / 1000.0 / f64::from(kmh) * MS_PER_HOUR)
        } else {
            NO_WAY
        }
    };
    Edge {
        from,
        to,
        forward_ms: time(passage.forward),
        backward_ms: time(passage.backward),
        length_m: length_m as f32,
    }
}

/// Rounded to whole milliseconds; what does not fit is no way.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the range is checked
pub(super) fn milliseconds(time: f64) -> u32 {
    if (0.0..f64::from(NO_WAY)).contains(&time) { time.round() as u32 } else { NO_WAY }
}

fn connect(network: &mut StreetNetwork) {
    let mut arcs = Vec::with_capacity(network.edges.len() * 2);
    for edge in &network.edges {
        if edge.forward_ms != NO_WAY {
            arcs.push((edge.from, edge.to, edge.forward_ms));
        }
        if edge.backward_ms != NO_WAY {
            arcs.push((edge.to, edge.from, edge.backward_ms));
        }
    }
    network.leaving = Arcs::new(network.nodes.len(), &arcs);
    if network.edges.iter().any(|edge| edge.forward_ms != edge.backward_ms) {
        let turned: Vec<(u32, u32, u32)> =
            arcs.into_iter().map(|(from, to, time)| (to, from, time)).collect();
        network.entering = Some(Arcs::new(network.nodes.len(), &turned));
    }
}
