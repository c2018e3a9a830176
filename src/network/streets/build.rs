//! From an extract to the network of one mode.

use rayon::prelude::*;

use super::fold::{GAP, Kind, Piece, fold};
use super::graph::{Arcs, Edge, NO_WAY, StreetNetwork};
use super::plane::length;
use super::rules;
use super::terrain::{self, Laid};
use super::turns::{self, Layout};
use super::{Blocks, Mode, NetworkError, Passage, Passages};
use super::{border, components};
use crate::model::Elevation;
use crate::model::hilbert;
use crate::model::osm::{Extract, Position, Way};

/// Milliseconds an hour.
const MS_PER_HOUR: f64 = 3_600_000.0;

/// What else than the profile decides how streets are used.
#[derive(Debug, Clone, Copy, Default)]
pub struct Conditions<'a> {
    /// Heights of the ground; level without them.
    pub terrain: Option<&'a Elevation>,
    /// Streets above this level of traffic stress are closed to bicycles.
    pub max_stress: Option<u8>,
}

/// Builds the network on level ground; see [`build_under`].
///
/// # Errors
/// Those of [`build_under`].
pub fn build(
    extract: &Extract<Passages, Blocks>,
    mode: Mode,
) -> Result<StreetNetwork, NetworkError> {
    build_under(extract, mode, Conditions::default())
}

/// Builds the network: ways cut at junctions, chains between junctions folded into one edge, nodes numbered along a
/// Hilbert curve so that neighbours lie close in memory.
///
/// A street ends where the extract does and at a node that stops the mode. Times are length over speed, and with
/// terrain slower or faster by the slope, each direction by its own. Turn restrictions hold for cars.
///
/// # Errors
/// [`NetworkError::NoStreets`], [`NetworkError::TooManyStreets`], [`NetworkError::Terrain`].
pub fn build_under(
    extract: &Extract<Passages, Blocks>,
    mode: Mode,
    conditions: Conditions<'_>,
) -> Result<StreetNetwork, NetworkError> {
    if u32::try_from(extract.node_ids.len()).is_err() {
        return Err(NetworkError::TooManyStreets { what: "nodes", limit: u32::MAX });
    }
    // Cars take hills as they come.
    let terrain = conditions.terrain.filter(|_| mode != Mode::Car);
    let (chains, border) = chains(extract, mode, Conditions { terrain, ..conditions });
    let mut held = if mode == Mode::Car { rules::held_nodes(extract) } else { Vec::new() };
    held.extend(&border);
    let folded = fold(&chains, extract.positions.len(), &held);
    if folded.is_empty() {
        return Err(NetworkError::NoStreets { mode: mode.id() });
    }
    let mut packed = pack(&folded, &extract.positions, mode);
    packed.cut_off(&border, extract.bounds.is_some());
    if let Some(elevation) = terrain {
        lay(&mut packed, extract, elevation)?;
    }
    restrict(&mut packed, extract);
    Ok(finish(packed))
}

/// The kind of a way, where the mode may use it.
fn kind_of(kept: Passages, mode: Mode, conditions: Conditions<'_>) -> Option<Kind> {
    let stress = (mode == Mode::Bicycle).then_some(kept.stress);
    let too_much = stress.zip(conditions.max_stress).is_some_and(|(is, most)| is.level > most);
    let lifted = kept.lifted && conditions.terrain.is_some();
    let kind = Kind { passage: kept.of(mode), lifted, stress };
    (kind.passage.is_open() && !too_much).then_some(kind)
}

/// A ferry as fast as its length and its minutes make it; `None` for one that ends outside the extract or that would fly.
/// Anything else stays as it is.
#[allow(clippy::cast_possible_truncation)] // the range is checked
fn crossing(extract: &Extract<Passages, Blocks>, way: &Way<Passages>, kind: Kind) -> Option<Kind> {
    let Some(minutes) = way.kept.crossing_min else { return Some(kind) };
    let at = |node: &i64| extract.row(*node).map(|row| extract.positions[row]);
    let line: Vec<Position> = way.refs.iter().map(at).collect::<Option<_>>()?;
    let kmh = length(&line) / 1000.0 / (f64::from(minutes) / 60.0);
    let sails = (0.1..=150.0).contains(&kmh);
    let speed = |open: f32| if open > 0.0 { kmh as f32 } else { 0.0 };
    let Passage { forward, backward } = kind.passage;
    let passage = Passage { forward: speed(forward), backward: speed(backward) };
    sails.then_some(Kind { passage, ..kind })
}

/// The ways of a mode as rows of nodes, cut at gaps, and the nodes at which they leave what was read.
fn chains(
    extract: &Extract<Passages, Blocks>,
    mode: Mode,
    conditions: Conditions<'_>,
) -> (Vec<Piece>, Vec<u32>) {
    let mut blocked: Vec<i64> = extract
        .tagged
        .iter()
        .filter(|(_, blocks)| blocks[mode.index()])
        .map(|(node, _)| *node)
        .collect();
    blocked.sort_unstable();
    let row = |node: &i64| extract.row(*node).and_then(|row| u32::try_from(row).ok());
    let is_inside = |row: u32| {
        let at = extract.positions[row as usize];
        extract.bounds.is_none_or(|[low, high]| {
            (low.lon..=high.lon).contains(&at.lon) && (low.lat..=high.lat).contains(&at.lat)
        })
    };
    let cut: Vec<(Vec<Piece>, Vec<u32>)> = extract
        .ways
        .par_iter()
        .enumerate()
        .filter_map(|(number, way)| {
            let kind = kind_of(way.kept, mode, conditions)?;
            Some((number, way, crossing(extract, way, kind)?))
        })
        .map(|(number, way, kind)| {
            let number = u32::try_from(number).unwrap_or(GAP);
            let mut rows: Vec<u32> = way.refs.iter().map(|node| row(node).unwrap_or(GAP)).collect();
            let border = border::crossings(&rows, is_inside);
            for (row, node) in rows.iter_mut().zip(&way.refs) {
                if blocked.binary_search(node).is_ok() {
                    *row = GAP;
                }
            }
            let pieces: Vec<Piece> = rows
                .split(|&row| row == GAP)
                .filter_map(|rows| {
                    // The same node twice in a row is no step.
                    let mut rows = rows.to_vec();
                    rows.dedup();
                    (rows.len() > 1).then_some(Piece { rows, kind, ways: [number; 2] })
                })
                .collect();
            (pieces, border)
        })
        .collect();
    let (pieces, border): (Vec<_>, Vec<_>) = cut.into_iter().unzip();
    (pieces.into_iter().flatten().collect(), border.concat())
}

/// A network without times and arcs, and what its edges were made of.
struct Packed<'a> {
    network: StreetNetwork,
    /// For each edge the piece that it was, and for each junction its row in the extract.
    pieces: Vec<&'a Piece>,
    junctions: Vec<u32>,
    /// The other way round: for each row of the extract its junction, or [`GAP`].
    numbers: Vec<u32>,
}

impl Packed<'_> {
    /// Notes where the streets are cut off: at these rows of the extract, else, where it has no bounds either, at dead
    /// ends on the outside.
    fn cut_off(&mut self, rows: &[u32], has_bounds: bool) {
        let network = &mut self.network;
        let mut wanted = vec![false; network.nodes.len()];
        for &row in rows {
            if let Some(is_wanted) = wanted.get_mut(self.numbers[row as usize] as usize) {
                *is_wanted = true;
            }
        }
        if rows.is_empty() && !has_bounds {
            wanted = border::outer_dead_ends(network);
        }
        network.border = border::ends(&network.edges, wanted);
    }
}

fn pack<'a>(pieces: &'a [Piece], positions: &[Position], mode: Mode) -> Packed<'a> {
    let (numbers, junctions) = number(pieces, positions);
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
        nodes: junctions.iter().map(|&row| positions[row as usize]).collect(),
        edges: Vec::with_capacity(pieces.len()),
        first_point: Vec::with_capacity(pieces.len() + 1),
        points: Vec::new(),
        leaving: Arcs::default(),
        entering: None,
        turns: None,
        usable: Vec::new(),
        pieces: super::graph::Pieces::default(),
        elapsed: Vec::new(),
        unknown_heights: 0.0,
        stress: order.iter().filter_map(|(.., row)| pieces[*row].kind.stress).collect(),
        border: Vec::new(),
    };
    network.first_point.push(0);
    for (from, to, row) in &order {
        let piece = &pieces[*row];
        let start = network.points.len();
        network.points.extend(piece.rows.iter().map(|&row| positions[row as usize]));
        network.edges.push(edge(*from, *to, piece.kind.passage, length(&network.points[start..])));
        network.first_point.push(u32::try_from(network.points.len()).unwrap_or(u32::MAX));
    }
    let pieces = order.iter().map(|(.., row)| &pieces[*row]).collect();
    Packed { network, pieces, junctions, numbers }
}

/// Changes the times of all edges by the slopes of the ground below them.
fn lay(
    packed: &mut Packed<'_>,
    extract: &Extract<Passages, Blocks>,
    elevation: &Elevation,
) -> Result<(), NetworkError> {
    let network = &mut packed.network;
    let grounded = terrain::grounded(extract);
    let on_ground: Vec<bool> = packed.junctions.iter().map(|&row| grounded[row as usize]).collect();
    let laid: Vec<Laid<'_>> = (0..network.edges.len())
        .map(|row| {
            let edge = network.edges[row];
            let lifted = packed.pieces[row].kind.lifted;
            Laid { ends: (edge.from, edge.to), line: network.line(row), lifted }
        })
        .collect();
    let courses = terrain::courses(elevation, network.mode, &laid, &network.nodes, &on_ground)
        .map_err(|error| NetworkError::Terrain { reason: error.to_string() })?;
    network.unknown_heights = terrain::unknown_share(&courses, &network.edges);
    network.elapsed.reserve(network.points.len());
    for (row, course) in courses.into_iter().enumerate() {
        let passage = packed.pieces[row].kind.passage;
        let metres = length(network.line(row));
        let edge = &mut network.edges[row];
        edge.forward_ms = time(metres, passage.forward, course.slowness[0]);
        edge.backward_ms = time(metres, passage.backward, course.slowness[1]);
        network.elapsed.extend(course.elapsed);
    }
    Ok(())
}

/// Splits the junctions at which cars may not take every turn.
fn restrict(packed: &mut Packed<'_>, extract: &Extract<Passages, Blocks>) {
    let network = &mut packed.network;
    if network.mode != Mode::Car {
        return;
    }
    let laid = rules::Laid { extract, pieces: &packed.pieces, numbers: &packed.numbers };
    let (rules, paths) = (laid.turns(), laid.paths());
    let ways: Vec<[u32; 2]> = packed.pieces.iter().map(|piece| piece.ways).collect();
    let layout = Layout { edges: &network.edges, ways: &ways, junctions: network.nodes.len() };
    network.turns = turns::split(layout, rules, &paths);
    if let Some(turns) = &network.turns {
        let copies: Vec<Position> =
            turns.copies.iter().map(|junction| network.nodes[*junction as usize]).collect();
        network.nodes.extend(copies);
    }
}

fn finish(packed: Packed<'_>) -> StreetNetwork {
    let mut network = packed.network;
    connect(&mut network);
    let (usable, pieces) = components::usable(&network);
    (network.usable, network.pieces) = (usable, pieces);
    network
}

/// New number of each junction, by row of the extract, and the junctions' rows in their new order.
fn number(pieces: &[Piece], positions: &[Position]) -> (Vec<u32>, Vec<u32>) {
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
        nodes.push(junctions[row]);
    }
    (numbers, nodes)
}

#[allow(clippy::cast_possible_truncation)] // a street of 4 billion milliseconds is longer than the Earth
fn edge(from: u32, to: u32, passage: Passage, length_m: f64) -> Edge {
    Edge {
        from,
        to,
        forward_ms: time(length_m, passage.forward, 1.0),
        backward_ms: time(length_m, passage.backward, 1.0),
        length_m: length_m as f32,
    }
}

/// Milliseconds for a way at a speed, times the slowness of its slopes.
fn time(metres: f64, kmh: f32, slowness: f64) -> u32 {
    if kmh > 0.0 {
        milliseconds(metres / 1000.0 / f64::from(kmh) * MS_PER_HOUR * slowness)
    } else {
        NO_WAY
    }
}

/// Rounded to whole milliseconds; what does not fit is no way.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the range is checked
pub(super) fn milliseconds(time: f64) -> u32 {
    if (0.0..f64::from(NO_WAY)).contains(&time) { time.round() as u32 } else { NO_WAY }
}

fn connect(network: &mut StreetNetwork) {
    let mut arcs = Vec::with_capacity(network.edges.len() * 2);
    for (row, edge) in network.edges.iter().enumerate() {
        let (depart, arrive) = (network.departures(row), network.arrivals(row));
        if edge.forward_ms != NO_WAY {
            arcs.push((depart[0], arrive[1], edge.forward_ms));
        }
        if edge.backward_ms != NO_WAY {
            arcs.push((depart[1], arrive[0], edge.backward_ms));
        }
    }
    let moves = network.turns.iter().flat_map(|turns| &turns.moves);
    arcs.extend(moves.copied());
    network.leaving = Arcs::new(network.nodes.len(), &arcs);
    let one_way = network.edges.iter().any(|edge| edge.forward_ms != edge.backward_ms);
    if one_way || network.turns.is_some() {
        let turned: Vec<(u32, u32, u32)> =
            arcs.into_iter().map(|(from, to, time)| (to, from, time)).collect();
        network.entering = Some(Arcs::new(network.nodes.len(), &turned));
    }
}
