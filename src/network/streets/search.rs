//! Shortest times from one point to many, up to a limit.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::graph::{Arcs, NO_WAY, StreetNetwork};
use super::snap::Snap;

/// Which way the search looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Times from the source to the targets.
    Outward,
    /// Times from the targets to the source.
    Inward,
}

impl StreetNetwork {
    fn arcs(&self, direction: Direction) -> &Arcs {
        match (direction, &self.entering) {
            (Direction::Inward, Some(entering)) => entering,
            _ => &self.leaving,
        }
    }
}

/// Points on the streets that a search is to find, seen from the nodes next to them.
pub struct Targets<'a> {
    direction: Direction,
    snaps: &'a [Option<Snap>],
    /// Targets next to each node, with the time between node and target.
    beside: Arcs,
    /// Targets by edge, for sources on the same edge.
    on_edge: Vec<(u32, u32)>,
}

impl<'a> Targets<'a> {
    /// Arranges targets for searches in one direction; points that are on no street are never found.
    #[must_use]
    pub fn new(network: &StreetNetwork, snaps: &'a [Option<Snap>], direction: Direction) -> Self {
        let mut beside = Vec::with_capacity(snaps.len() * 2);
        let mut on_edge = Vec::with_capacity(snaps.len());
        for (target, snap) in (0_u32..).zip(snaps) {
            let Some(snap) = snap else { continue };
            on_edge.push((snap.edge, target));
            let ways = match direction {
                Direction::Outward => network.ways_to(snap),
                Direction::Inward => network.ways_from(snap),
            };
            for (node, time) in ways {
                if time != NO_WAY {
                    beside.push((node, target, time.saturating_add(snap.approach_ms)));
                }
            }
        }
        on_edge.sort_unstable();
        Self { direction, snaps, beside: Arcs::new(network.nodes.len(), &beside), on_edge }
    }

    fn on_edge(&self, edge: u32) -> impl Iterator<Item = u32> + '_ {
        let start = self.on_edge.partition_point(|(known, _)| *known < edge);
        self.on_edge[start..].iter().take_while(move |(known, _)| *known == edge).map(|(_, t)| *t)
    }
}

/// Time along one edge between two points on it, beside it as far as they lie off it; [`NO_WAY`] against a closed
/// direction.
pub(super) fn along_edge(network: &StreetNetwork, from: &Snap, to: &Snap) -> u32 {
    let edge = network.edges[from.edge as usize];
    let along = match (from.fraction.total_cmp(&to.fraction), edge.forward_ms, edge.backward_ms) {
        (Ordering::Equal, ..) => 0,
        (Ordering::Less, NO_WAY, _) | (Ordering::Greater, _, NO_WAY) => return NO_WAY,
        (Ordering::Less, ..) => to.from_ends[0].saturating_sub(from.from_ends[0]),
        (Ordering::Greater, ..) => from.to_ends[0].saturating_sub(to.to_ends[0]),
    };
    along.saturating_add(from.aside_ms(to))
}

/// Room for searches on one network, reused from search to search.
pub struct Search {
    times: Vec<u32>,
    touched: Vec<u32>,
    heap: BinaryHeap<Reverse<u64>>,
    best: Vec<u32>,
    found: Vec<u32>,
}

/// Time and node in one number that sorts by time, then by node.
fn key(time: u32, node: u32) -> Reverse<u64> {
    Reverse(u64::from(time) << 32 | u64::from(node))
}

impl Search {
    /// Room for a network and a number of targets.
    #[must_use]
    pub fn new(network: &StreetNetwork, targets: &Targets<'_>) -> Self {
        Self {
            times: vec![NO_WAY; network.node_count()],
            touched: Vec::new(),
            heap: BinaryHeap::new(),
            best: vec![NO_WAY; targets.snaps.len()],
            found: Vec::new(),
        }
    }

    /// Tells `visit` every target within `limit_ms`, with its time in milliseconds; targets in no particular order, but
    /// always the same one.
    ///
    /// Dijkstra's algorithm from both ends of the source's edge.
    pub fn run(
        &mut self,
        network: &StreetNetwork,
        source: &Snap,
        targets: &Targets<'_>,
        limit_ms: u32,
        mut visit: impl FnMut(u32, u32),
    ) {
        let arcs = network.arcs(targets.direction);
        self.start(network, source, targets, limit_ms);
        while let Some(Reverse(key_)) = self.heap.pop() {
            #[allow(clippy::cast_possible_truncation)] // the two halves of the key
            let (time, node) = ((key_ >> 32) as u32, key_ as u32);
            if time > self.times[node as usize] {
                continue;
            }
            for &(target, last) in targets.beside.of(node) {
                self.reach(target, time.saturating_add(last), limit_ms);
            }
            for &(next, step) in arcs.of(node) {
                self.push(next, time.saturating_add(step), limit_ms);
            }
        }
        for target in self.found.drain(..) {
            visit(target, self.best[target as usize]);
            self.best[target as usize] = NO_WAY;
        }
        for node in self.touched.drain(..) {
            self.times[node as usize] = NO_WAY;
        }
    }

    fn start(
        &mut self,
        network: &StreetNetwork,
        source: &Snap,
        targets: &Targets<'_>,
        limit_ms: u32,
    ) {
        let outward = targets.direction == Direction::Outward;
        let ways = if outward { network.ways_from(source) } else { network.ways_to(source) };
        for (node, time) in ways {
            if time != NO_WAY {
                self.push(node, time.saturating_add(source.approach_ms), limit_ms);
            }
        }
        for target in targets.on_edge(source.edge) {
            let Some(other) = &targets.snaps[target as usize] else { continue };
            let (from, to) = if outward { (source, other) } else { (other, source) };
            self.reach(target, along_edge(network, from, to), limit_ms);
        }
    }

    #[inline]
    fn push(&mut self, node: u32, time: u32, limit_ms: u32) {
        let known = &mut self.times[node as usize];
        if time <= limit_ms && time < *known {
            if *known == NO_WAY {
                self.touched.push(node);
            }
            *known = time;
            self.heap.push(key(time, node));
        }
    }

    #[inline]
    fn reach(&mut self, target: u32, time: u32, limit_ms: u32) {
        let best = &mut self.best[target as usize];
        if time <= limit_ms && time < *best {
            if *best == NO_WAY {
                self.found.push(target);
            }
            *best = time;
        }
    }
}
