//! The street network of one mode: junctions, the edges between them, and the shapes of the edges.

use super::Mode;
use super::snap::Snap;
use super::stress::Stress;
use super::turns::Turns;
use crate::model::osm::Position;

/// The cost of a direction that may not be used.
pub const NO_WAY: u32 = u32::MAX;

/// A street between two junctions. Times in milliseconds, [`NO_WAY`] where a direction is closed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    pub from: u32,
    pub to: u32,
    pub forward_ms: u32,
    pub backward_ms: u32,
    pub length_m: f32,
}

/// What leaves (or enters) each node, packed: `first[n]..first[n + 1]` are the arcs of node `n`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Arcs {
    pub first: Vec<u32>,
    /// The node at the other end and the time to it, side by side as a search reads them.
    pub ends: Vec<(u32, u32)>,
}

impl Arcs {
    /// Packs arcs `(node, other end, milliseconds)`; their order within a node is that of the input.
    pub(super) fn new(nodes: usize, arcs: &[(u32, u32, u32)]) -> Self {
        let mut first = vec![0_u32; nodes + 1];
        for (node, ..) in arcs {
            first[*node as usize + 1] += 1;
        }
        for node in 0..nodes {
            first[node + 1] += first[node];
        }
        let mut next = first.clone();
        let mut ends = vec![(0, 0); arcs.len()];
        for &(node, end, time) in arcs {
            ends[next[node as usize] as usize] = (end, time);
            next[node as usize] += 1;
        }
        Self { first, ends }
    }

    #[inline]
    pub(super) fn of(&self, node: u32) -> &[(u32, u32)] {
        let (start, end) = (self.first[node as usize], self.first[node as usize + 1]);
        &self.ends[start as usize..end as usize]
    }
}

/// The streets of one mode. Node ids and edge ids are rows; every id inside is in range.
#[derive(Debug, Clone, PartialEq)]
pub struct StreetNetwork {
    pub(super) mode: Mode,
    pub(super) nodes: Vec<Position>,
    pub(super) edges: Vec<Edge>,
    /// `points[first_point[e]..first_point[e + 1]]` is the line of edge `e`, both junctions included.
    pub(super) first_point: Vec<u32>,
    pub(super) points: Vec<Position>,
    pub(super) leaving: Arcs,
    /// Arcs in the other direction; `None` where every street runs both ways in the same time.
    pub(super) entering: Option<Arcs>,
    /// Junctions that turn restrictions split; their copies are the last of the nodes.
    pub(super) turns: Option<Turns>,
    /// Edges of a connected piece that is large enough to matter.
    pub(super) usable: Vec<bool>,
    pub(super) pieces: Pieces,
    /// With terrain, at each point: the shares of the time along its edge and of the time against it that lie between
    /// the point and the edge's first junction. Empty on the level, where both are the share of the length.
    pub(super) elapsed: Vec<[f32; 2]>,
    pub(super) unknown_heights: f64,
    /// For each edge what cycling on it feels like; empty for other modes.
    pub(super) stress: Vec<Stress>,
    /// Ends of edges behind which streets go on that were not read: the edge, and 0 for its first junction or 1 for its
    /// last.
    pub(super) border: Vec<(u32, u32)>,
}

/// How the network falls apart.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Pieces {
    pub count: usize,
    pub usable: usize,
    /// Share of the street length that lies in usable pieces, 0 to 1.
    pub usable_length: f64,
}

impl StreetNetwork {
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Number of junctions and ends; a junction with turn restrictions counts once for each way to pass it.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// Positions of the junctions, those of split ones again for each copy.
    #[must_use]
    pub fn nodes(&self) -> &[Position] {
        &self.nodes
    }

    /// The streets between junctions.
    #[must_use]
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The line of an edge, from its first junction to its last.
    #[must_use]
    pub fn line(&self, edge: usize) -> &[Position] {
        &self.points[self.first_point[edge] as usize..self.first_point[edge + 1] as usize]
    }

    /// The nodes at which trips along an edge arrive: at its first junction and at its last.
    pub(super) fn arrivals(&self, edge: usize) -> [u32; 2] {
        let whole = [self.edges[edge].from, self.edges[edge].to];
        self.turns.as_ref().map_or(whole, |turns| turns.arrive[edge])
    }

    /// The nodes from which trips set out on an edge: at its first junction and at its last.
    pub(super) fn departures(&self, edge: usize) -> [u32; 2] {
        let whole = [self.edges[edge].from, self.edges[edge].to];
        self.turns.as_ref().map_or(whole, |turns| turns.depart[edge])
    }

    /// The nodes from which places on an edge are reached: at its first junction and at its last.
    pub(super) fn entries(&self, edge: usize) -> [u32; 2] {
        let whole = [self.edges[edge].from, self.edges[edge].to];
        self.turns.as_ref().map_or(whole, |turns| turns.enter[edge])
    }

    /// Where trips from a point come to nodes, and when. One that starts right at a junction may take every turn.
    pub(super) fn ways_from(&self, snap: &Snap) -> [(u32, u32); 2] {
        let row = snap.edge as usize;
        let (edge, arrive) = (self.edges[row], self.arrivals(row));
        let whole = [edge.from, edge.to];
        [0, 1].map(|side| {
            let node = if snap.is_at(side) { whole[side] } else { arrive[side] };
            (node, snap.to_ends[side])
        })
    }

    /// From which nodes trips to a point come, and how long it takes from there. One that ends right at a junction may
    /// come from everywhere.
    pub(super) fn ways_to(&self, snap: &Snap) -> [(u32, u32); 2] {
        let row = snap.edge as usize;
        let (edge, enter) = (self.edges[row], self.entries(row));
        let whole = [edge.from, edge.to];
        [0, 1].map(|side| {
            let node = if snap.is_at(side) { self.stop(whole[side]) } else { enter[side] };
            (node, snap.from_ends[side])
        })
    }

    /// The node at which trips end that end right at a junction.
    fn stop(&self, junction: u32) -> u32 {
        let Some(turns) = &self.turns else { return junction };
        let found = turns.stops.binary_search_by_key(&junction, |(split, _)| *split);
        found.map_or(junction, |row| turns.stops[row].1)
    }

    /// How many connected pieces there are and how many of them count.
    #[must_use]
    pub fn pieces(&self) -> Pieces {
        self.pieces
    }

    /// Level of traffic stress of an edge and the reason for it, in a network for bicycles.
    #[must_use]
    pub fn stress(&self, edge: usize) -> Option<Stress> {
        self.stress.get(edge).copied()
    }

    /// Whether points are put on an edge: its piece of the network is large enough to matter.
    #[must_use]
    pub fn is_usable(&self, edge: usize) -> bool {
        self.usable[edge]
    }

    /// Share of the street length, 0 to 1, for which the terrain has no heights; 0 without terrain.
    #[must_use]
    pub fn unknown_heights(&self) -> f64 {
        self.unknown_heights
    }

    /// Shares of an edge's two times (along it, against it) between its first junction and a place: so much of the way
    /// from a point to the next. Within a step of the line time grows evenly. `None` on the level.
    pub(super) fn elapsed(&self, point: usize, share: f64) -> Option<[f64; 2]> {
        let (a, b) = (self.elapsed.get(point)?, self.elapsed.get(point + 1)?);
        let between = |a: f32, b: f32| f64::from(a) + share * (f64::from(b) - f64::from(a));
        Some([between(a[0], b[0]), between(a[1], b[1])])
    }

    /// West, south, east and north end of the streets.
    #[must_use]
    pub fn bounds(&self) -> [Position; 2] {
        let mut low = Position { lon: i32::MAX, lat: i32::MAX };
        let mut high = Position { lon: i32::MIN, lat: i32::MIN };
        for point in &self.points {
            low = Position { lon: low.lon.min(point.lon), lat: low.lat.min(point.lat) };
            high = Position { lon: high.lon.max(point.lon), lat: high.lat.max(point.lat) };
        }
        [low, high]
    }
}
