//! A network as bytes: mode and pieces, then its arrays (see [`crate::model::words`]). A network that is none is told by
//! [`StreetNetwork::from_bytes`].

use super::Mode;
use super::graph::{Arcs, Edge, Pieces, StreetNetwork};
use super::stress::{Assumed, Reason, Stress};
use super::turns::Turns;
use crate::model::osm::Position;
use crate::model::words::{self, Rest, Words};

impl StreetNetwork {
    /// The network as bytes, the same ones for the same network.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut words = Words::default();
        words.word(mode_number(self.mode));
        words.number(self.pieces.count as u64);
        words.number(self.pieces.usable as u64);
        words.number(self.pieces.usable_length.to_bits());
        words.number(self.unknown_heights.to_bits());
        words.array(&self.nodes, |at| [at.lon.cast_unsigned(), at.lat.cast_unsigned()]);
        words.array(&self.edges, |e| {
            [e.from, e.to, e.forward_ms, e.backward_ms, e.length_m.to_bits()]
        });
        words.array(&self.first_point, |row| [*row]);
        words.array(&self.points, |at| [at.lon.cast_unsigned(), at.lat.cast_unsigned()]);
        write_arcs(&mut words, &self.leaving);
        words.maybe(self.entering.as_ref(), write_arcs);
        words.maybe(self.turns.as_ref(), |words, turns| {
            words.array(&turns.arrive, |pair| *pair);
            words.array(&turns.depart, |pair| *pair);
            words.array(&turns.enter, |pair| *pair);
            words.array(&turns.stops, |(a, b)| [*a, *b]);
            words.array(&turns.moves, |(a, b, ms)| [*a, *b, *ms]);
            words.array(&turns.copies, |row| [*row]);
        });
        words.array(&self.usable, |usable| [u32::from(*usable)]);
        words.array(&self.elapsed, |shares| shares.map(f32::to_bits));
        words.array(&self.stress, |stress| [stress_number(*stress)]);
        words.array(&self.border, |(edge, side)| [*edge, *side]);
        words.into_bytes()
    }

    /// The network of bytes that [`Self::to_bytes`] made; `None` for others.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        words::from_bytes(bytes, read).filter(is_sound)
    }
}

fn read(rest: &mut Rest<'_>) -> Option<StreetNetwork> {
    let position =
        |[lon, lat]: [u32; 2]| Position { lon: lon.cast_signed(), lat: lat.cast_signed() };
    let mode = *Mode::ALL.get(rest.word()? as usize)?;
    let pieces = Pieces {
        count: usize::try_from(rest.number()?).ok()?,
        usable: usize::try_from(rest.number()?).ok()?,
        usable_length: f64::from_bits(rest.number()?),
    };
    Some(StreetNetwork {
        mode,
        pieces,
        unknown_heights: f64::from_bits(rest.number()?),
        nodes: rest.array(position)?,
        edges: rest.array(|[from, to, forward_ms, backward_ms, length]| Edge {
            from,
            to,
            forward_ms,
            backward_ms,
            length_m: f32::from_bits(length),
        })?,
        first_point: rest.array(|[row]| row)?,
        points: rest.array(position)?,
        leaving: read_arcs(rest)?,
        entering: rest.maybe(read_arcs)?,
        turns: rest.maybe(|rest| {
            Some(Turns {
                arrive: rest.array(|pair| pair)?,
                depart: rest.array(|pair| pair)?,
                enter: rest.array(|pair| pair)?,
                stops: rest.array(<(u32, u32)>::from)?,
                moves: rest.array(<(u32, u32, u32)>::from)?,
                copies: rest.array(|[row]| row)?,
            })
        })?,
        usable: rest.array(|[usable]| usable != 0)?,
        elapsed: rest.array(|shares: [u32; 2]| shares.map(f32::from_bits))?,
        stress: rest.array(|[number]| number)?.into_iter().map(stress_of).collect::<Option<_>>()?,
        border: rest.array(<(u32, u32)>::from)?,
    })
}

/// Whether every row that is named is there, as searches take for granted.
fn is_sound(network: &StreetNetwork) -> bool {
    let (nodes, edges, points) = (network.nodes.len(), network.edges.len(), network.points.len());
    let node = |node: u32| (node as usize) < nodes;
    let both = |pair: &[u32; 2]| pair.iter().all(|end| node(*end));
    let arcs = |arcs: &Arcs| {
        rises_to(&arcs.first, nodes, arcs.ends.len(), 0)
            && arcs.ends.iter().all(|(end, _)| node(*end))
    };
    let turns = |turns: &Turns| {
        turns.arrive.len() == edges
            && turns.depart.len() == edges
            && turns.enter.len() == edges
            && turns.arrive.iter().chain(&turns.depart).chain(&turns.enter).all(both)
            && turns.stops.iter().all(|(a, b)| node(*a) && node(*b))
            && turns.moves.iter().all(|(a, b, _)| node(*a) && node(*b))
            && turns.stops.is_sorted()
            && turns.copies.len() <= nodes
    };
    edges > 0
        && network.edges.iter().all(|edge| both(&[edge.from, edge.to]))
        && rises_to(&network.first_point, edges, points, 2)
        && arcs(&network.leaving)
        && network.entering.as_ref().is_none_or(arcs)
        && network.turns.as_ref().is_none_or(turns)
        && network.usable.len() == edges
        && [0, points].contains(&network.elapsed.len())
        && [0, edges].contains(&network.stress.len())
        && network.border.iter().all(|(edge, side)| (*edge as usize) < edges && *side < 2)
}

/// Whether rows are the starts of `parts` parts of `whole`, each at least `least` long, and its end.
fn rises_to(first: &[u32], parts: usize, whole: usize, least: u32) -> bool {
    first.len() == parts + 1
        && first.first() == Some(&0)
        && first.last().is_some_and(|last| *last as usize == whole)
        && first.windows(2).all(|pair| pair[1].checked_sub(pair[0]).is_some_and(|n| n >= least))
}

fn mode_number(mode: Mode) -> u32 {
    u32::try_from(mode.index()).unwrap_or(u32::MAX)
}

const REASONS: [Reason; 7] = [
    Reason::SeparatePath,
    Reason::CycleTrack,
    Reason::LaneSpeed,
    Reason::LaneLanes,
    Reason::LaneWidth,
    Reason::MixedSpeed,
    Reason::MixedLanes,
];

/// Level, reason and the three assumptions in one byte each, the last in three bits.
fn stress_number(stress: Stress) -> u32 {
    let reason = REASONS.iter().position(|reason| *reason == stress.reason).unwrap_or_default();
    let Assumed { speed, lanes, width } = stress.assumed;
    let assumed = u8::from(speed) | u8::from(lanes) << 1 | u8::from(width) << 2;
    u32::from_le_bytes([stress.level, u8::try_from(reason).unwrap_or_default(), assumed, 0])
}

fn stress_of(number: u32) -> Option<Stress> {
    let [level, reason, assumed, _] = number.to_le_bytes();
    let is = |bit: u8| assumed >> bit & 1 == 1;
    Some(Stress {
        level,
        reason: *REASONS.get(usize::from(reason))?,
        assumed: Assumed { speed: is(0), lanes: is(1), width: is(2) },
    })
}

fn write_arcs(words: &mut Words, arcs: &Arcs) {
    words.array(&arcs.first, |row| [*row]);
    words.array(&arcs.ends, |(end, time)| [*end, *time]);
}

fn read_arcs(rest: &mut Rest<'_>) -> Option<Arcs> {
    Some(Arcs { first: rest.array(|[row]| row)?, ends: rest.array(<(u32, u32)>::from)? })
}
