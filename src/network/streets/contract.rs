//! All times between many points, on a network of which only the core is searched.
//!
//! Junctions with few neighbours are taken out one after the other; where the way led through one, its neighbours are
//! joined by a shortcut that takes as long. What remains, the core, is a small part of the network. A search runs
//! upward from a point into the core and through it; from there each destination is reached along the few arcs that
//! lead down to it. Sums of whole milliseconds are the same in every order, so that the times are those of
//! [`Search`](super::Search) to the millisecond.
//!
//! Source: Bauer, Delling, Sanders, Schieferdecker, Schultes & Wagner (2010), "Combining hierarchical and goal-directed
//! speed-up techniques for Dijkstra's algorithm" (core-based routing); Geisberger, Sanders, Schultes & Delling (2008),
//! "Contraction hierarchies". Shortcuts are made without looking for witnesses: with few neighbours they are few.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use rayon::prelude::*;

use super::graph::{Arcs, NO_WAY, StreetNetwork};
use super::search::along_edge;
use super::snap::Snap;

/// A junction with more neighbours than this stays in the core: measured, fewer leave a larger core, more make shortcuts
/// that cost as much as they save.
const MOST_NEIGHBOURS: usize = 6;

/// A network without its simple junctions. Nodes are numbered anew: first those of the core, then the others, the last
/// one taken out first.
pub struct Contracted<'a> {
    network: &'a StreetNetwork,
    /// New number of each node.
    number: Vec<u32>,
    core: u32,
    /// Arcs from each node to those taken out later or never; between nodes of the core all of them.
    up: Arcs,
    /// The same against the direction of travel; none at nodes of the core.
    down: Arcs,
}

impl<'a> Contracted<'a> {
    /// Takes out what can be taken out.
    #[must_use]
    pub fn new(network: &'a StreetNetwork) -> Self {
        Self::with_most(network, MOST_NEIGHBOURS)
    }

    /// Takes out junctions with so many neighbours at most.
    pub(super) fn with_most(network: &'a StreetNetwork, most: usize) -> Self {
        let mut work = Work::new(network);
        let order = work.contract(most);
        let mut number = vec![u32::MAX; network.node_count()];
        for (place, node) in (0_u32..).zip(order.iter().rev()) {
            number[*node as usize] = place;
        }
        // `place` counts from the last one taken out; the core, in its old order, comes before.
        let core = number.len() - order.len();
        let mut next = 0;
        for place in &mut number {
            if *place == u32::MAX {
                *place = next;
                next += 1;
            } else {
                *place += u32::try_from(core).unwrap_or(u32::MAX);
            }
        }
        let arcs = |lists: &[List]| {
            let mut arcs = Vec::new();
            for (node, list) in lists.iter().enumerate() {
                let renumbered = |&(end, time): &(u32, u32)| (number[end as usize], time);
                let from = number[node];
                arcs.extend(list.iter().map(renumbered).map(|(end, time)| (from, end, time)));
            }
            arcs
        };
        let up = Arcs::new(number.len(), &arcs(&work.out));
        let mut down = arcs(&work.into);
        down.retain(|(node, ..)| *node >= next);
        let down = Arcs::new(number.len(), &down);
        Self { network, number, core: next, up, down }
    }

    /// For each origin `(destination, milliseconds)` within `limit_ms`, in the order of destinations; nothing for one
    /// that is on no street.
    #[must_use]
    pub fn matrix(
        &self,
        origins: &[Option<Snap>],
        destinations: &[Option<Snap>],
        limit_ms: u32,
    ) -> Vec<Vec<(u32, u32)>> {
        let last = self.ways_down(destinations);
        let mut by_edge: Vec<(u32, u32)> = (0_u32..)
            .zip(destinations)
            .filter_map(|(row, snap)| snap.as_ref().map(|snap| (snap.edge, row)))
            .collect();
        by_edge.sort_unstable();
        let from = |search: &mut Climb, origin: &Option<Snap>| {
            let Some(origin) = origin else { return Vec::new() };
            search.run(&self.up, self.ways_up(origin), limit_ms);
            let mut times: Vec<u32> = (0..destinations.len())
                .map(|row| search.time_by(last.of(u32::try_from(row).unwrap_or(u32::MAX))))
                .collect();
            let first = by_edge.partition_point(|(edge, _)| *edge < origin.edge);
            for &(_, row) in by_edge[first..].iter().take_while(|(edge, _)| *edge == origin.edge) {
                if let Some(other) = &destinations[row as usize] {
                    let time = &mut times[row as usize];
                    *time = (*time).min(along_edge(self.network, origin, other));
                }
            }
            let found = (0_u32..).zip(times).filter(|(_, time)| *time <= limit_ms);
            found.collect()
        };
        let room = || Climb::new(self.number.len());
        origins.par_iter().map_init(room, from).collect()
    }

    /// Where trips from a point come to nodes, and when.
    fn ways_up(&self, origin: &Snap) -> [(u32, u32); 2] {
        self.network.ways_from(origin).map(|(node, time)| {
            (self.number[node as usize], time.checked_add(origin.approach_ms).unwrap_or(NO_WAY))
        })
    }

    /// For each destination the nodes below the core, and the first ones of it, from which it is reached without
    /// another node of the core, with the time.
    fn ways_down(&self, destinations: &[Option<Snap>]) -> Arcs {
        let climb = |search: &mut Climb, snap: &Option<Snap>| -> Vec<(u32, u32)> {
            let Some(snap) = snap else { return Vec::new() };
            let ways = self.network.ways_to(snap).map(|(node, time)| {
                (self.number[node as usize], time.checked_add(snap.approach_ms).unwrap_or(NO_WAY))
            });
            search.run(&self.down, ways, NO_WAY - 1);
            search.touched.iter().map(|&node| (node, search.times[node as usize])).collect()
        };
        let room = || Climb::new(self.number.len());
        let ways: Vec<Vec<(u32, u32)>> = destinations.par_iter().map_init(room, climb).collect();
        let arcs: Vec<(u32, u32, u32)> = (0_u32..)
            .zip(ways)
            .flat_map(|(row, ways)| ways.into_iter().map(move |(node, time)| (row, node, time)))
            .collect();
        Arcs::new(destinations.len(), &arcs)
    }

    /// How many nodes are left to search.
    #[must_use]
    pub fn core_count(&self) -> usize {
        self.core as usize
    }
}

/// Ends and times of arcs at one node, none twice to the same end.
type List = Vec<(u32, u32)>;

/// A network under contraction: arcs between nodes that are left, and of those taken out the arcs that they had then.
struct Work {
    out: Vec<List>,
    into: Vec<List>,
}

impl Work {
    fn new(network: &StreetNetwork) -> Self {
        let nodes = network.node_count();
        let mut work = Self { out: vec![List::new(); nodes], into: vec![List::new(); nodes] };
        for node in 0..u32::try_from(nodes).unwrap_or(u32::MAX) {
            for &(end, time) in network.leaving.of(node) {
                work.join(node, end, time);
            }
        }
        work
    }

    /// The nodes taken out, in their order: always one of those with the fewest neighbours, in turn, so that they are
    /// spread over the network.
    fn contract(&mut self, most: usize) -> Vec<u32> {
        let mut queues = vec![VecDeque::new(); most + 1];
        let mut order = Vec::with_capacity(self.out.len());
        let mut done = vec![false; self.out.len()];
        for node in 0..u32::try_from(self.out.len()).unwrap_or(u32::MAX) {
            if let Some(queue) = queues.get_mut(self.neighbours(node).len()) {
                queue.push_back(node);
            }
        }
        while let Some(fewest) = queues.iter().position(|queue| !queue.is_empty()) {
            let Some(node) = queues[fewest].pop_front() else { continue };
            // Where the number has changed, the node stands in another queue, too.
            if done[node as usize] || self.neighbours(node).len() != fewest {
                continue;
            }
            done[node as usize] = true;
            order.push(node);
            for neighbour in self.take_out(node) {
                if let Some(queue) = queues.get_mut(self.neighbours(neighbour).len()) {
                    queue.push_back(neighbour);
                }
            }
        }
        order
    }

    fn neighbours(&self, node: u32) -> Vec<u32> {
        let (out, into) = (&self.out[node as usize], &self.into[node as usize]);
        let mut ends: Vec<u32> = out.iter().chain(into).map(|(end, _)| *end).collect();
        ends.sort_unstable();
        ends.dedup();
        ends
    }

    /// Joins the neighbours of a node over it and forgets it at them; which they are.
    fn take_out(&mut self, node: u32) -> Vec<u32> {
        let neighbours = self.neighbours(node);
        let (out, into) = (self.out[node as usize].clone(), self.into[node as usize].clone());
        for &neighbour in &neighbours {
            self.out[neighbour as usize].retain(|(end, _)| *end != node);
            self.into[neighbour as usize].retain(|(end, _)| *end != node);
        }
        for &(from, there) in &into {
            for &(to, on) in &out {
                // A way too long to count is none.
                if let Some(time) = there.checked_add(on).filter(|time| *time != NO_WAY) {
                    self.join(from, to, time);
                }
            }
        }
        neighbours
    }

    /// Adds an arc, or makes the one that is there as short.
    fn join(&mut self, from: u32, to: u32, time: u32) {
        if from == to {
            return;
        }
        for (list, end) in [(&mut self.out[from as usize], to), (&mut self.into[to as usize], from)]
        {
            match list.iter_mut().find(|(known, _)| *known == end) {
                Some((_, known)) => *known = (*known).min(time),
                None => list.push((end, time)),
            }
        }
    }
}

/// Room for searches over arcs that lead upward, reused from search to search.
struct Climb {
    times: Vec<u32>,
    touched: Vec<u32>,
    heap: BinaryHeap<Reverse<(u32, u32)>>,
}

impl Climb {
    fn new(nodes: usize) -> Self {
        Self { times: vec![NO_WAY; nodes], touched: Vec::new(), heap: BinaryHeap::new() }
    }

    fn run(&mut self, arcs: &Arcs, starts: [(u32, u32); 2], limit_ms: u32) {
        for node in self.touched.drain(..) {
            self.times[node as usize] = NO_WAY;
        }
        for (node, time) in starts {
            self.push(node, time, limit_ms);
        }
        while let Some(Reverse((time, node))) = self.heap.pop() {
            if time > self.times[node as usize] {
                continue;
            }
            for &(next, step) in arcs.of(node) {
                self.push(next, time.saturating_add(step), limit_ms);
            }
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
            self.heap.push(Reverse((time, node)));
        }
    }

    /// The least time over any of the last nodes before a destination.
    fn time_by(&self, last: &[(u32, u32)]) -> u32 {
        let time = |&(node, on): &(u32, u32)| self.times[node as usize].saturating_add(on);
        last.iter().map(time).min().unwrap_or(NO_WAY)
    }
}
