//! The k nearest destinations of every origin, in one search for all of them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rayon::prelude::*;

use super::graph::{NO_WAY, StreetNetwork};
use super::search::along_edge;
use super::snap::Snap;

/// A destination and the time to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    pub time_ms: u32,
    pub destination: u32,
}

/// For each origin its `k` nearest destinations within `limit_ms`, nearest first; ties by row of the destination.
///
/// All destinations start one search against the direction of travel, and every node keeps the first `k` of them that
/// reach it: each node is settled at most `k` times, however many origins and destinations there are.
#[must_use]
pub fn nearest(
    network: &StreetNetwork,
    origins: &[Option<Snap>],
    destinations: &[Option<Snap>],
    k: usize,
    limit_ms: u32,
) -> Vec<Vec<Found>> {
    let labels = Labels::spread(network, destinations, k, limit_ms);
    let mut by_edge: Vec<(u32, u32)> = (0_u32..)
        .zip(destinations)
        .filter_map(|(row, snap)| snap.as_ref().map(|snap| (snap.edge, row)))
        .collect();
    by_edge.sort_unstable();
    origins
        .par_iter()
        .map(|origin| match origin {
            Some(origin) => labels.gather(network, origin, destinations, &by_edge, limit_ms),
            None => Vec::new(),
        })
        .collect()
}

/// Time, destination and node in one number, which sorts in this order and is compared faster than three.
fn key(found: Found, node: u32) -> Reverse<u128> {
    let (time, destination) = (u128::from(found.time_ms), u128::from(found.destination));
    Reverse(time << 64 | destination << 32 | u128::from(node))
}

#[allow(clippy::cast_possible_truncation)] // the parts of the key
fn of_key(Reverse(key): Reverse<u128>) -> (Found, u32) {
    (Found { time_ms: (key >> 64) as u32, destination: (key >> 32) as u32 }, key as u32)
}

/// The first `k` destinations at each node.
struct Labels {
    k: usize,
    found: Vec<Found>,
    counts: Vec<u32>,
}

impl Labels {
    fn spread(
        network: &StreetNetwork,
        destinations: &[Option<Snap>],
        k: usize,
        limit_ms: u32,
    ) -> Self {
        let nodes = network.node_count();
        let blank = Found { time_ms: NO_WAY, destination: u32::MAX };
        let mut labels = Self { k, found: vec![blank; nodes * k], counts: vec![0; nodes] };
        let arcs = network.entering.as_ref().unwrap_or(&network.leaving);
        let mut heap = BinaryHeap::new();
        for (destination, snap) in (0_u32..).zip(destinations) {
            let Some(snap) = snap else { continue };
            for (node, time) in network.ways_to(snap) {
                if time != NO_WAY {
                    let time_ms = time.saturating_add(snap.approach_ms);
                    heap.push(key(Found { time_ms, destination }, node));
                }
            }
        }
        while let Some(popped) = heap.pop() {
            let (found, node) = of_key(popped);
            if found.time_ms > limit_ms || !labels.add(node, found) {
                continue;
            }
            for &(before, step) in arcs.of(node) {
                let time_ms = found.time_ms.saturating_add(step);
                if time_ms <= limit_ms && labels.has_room(before) {
                    heap.push(key(Found { time_ms, ..found }, before));
                }
            }
        }
        labels
    }

    fn has_room(&self, node: u32) -> bool {
        (self.counts[node as usize] as usize) < self.k
    }

    fn add(&mut self, node: u32, found: Found) -> bool {
        let count = self.counts[node as usize] as usize;
        let start = node as usize * self.k;
        let known = &self.found[start..start + count];
        if count == self.k || known.iter().any(|label| label.destination == found.destination) {
            return false;
        }
        self.found[start + count] = found;
        self.counts[node as usize] += 1;
        true
    }

    fn of(&self, node: u32) -> &[Found] {
        let start = node as usize * self.k;
        &self.found[start..start + self.counts[node as usize] as usize]
    }

    fn gather(
        &self,
        network: &StreetNetwork,
        origin: &Snap,
        destinations: &[Option<Snap>],
        by_edge: &[(u32, u32)],
        limit_ms: u32,
    ) -> Vec<Found> {
        let mut all = Vec::with_capacity(self.k * 2);
        for (node, time) in network.ways_from(origin) {
            if time == NO_WAY {
                continue;
            }
            let start = time.saturating_add(origin.approach_ms);
            let later =
                |label: &Found| Found { time_ms: label.time_ms.saturating_add(start), ..*label };
            all.extend(self.of(node).iter().map(later));
        }
        let first = by_edge.partition_point(|(known, _)| *known < origin.edge);
        let here = by_edge[first..].iter().take_while(|(known, _)| *known == origin.edge);
        for &(_, destination) in here {
            if let Some(other) = &destinations[destination as usize] {
                all.push(Found { time_ms: along_edge(network, origin, other), destination });
            }
        }
        all.retain(|found| found.time_ms <= limit_ms);
        // The same destination by two ways: the quicker one stays.
        all.sort_unstable_by_key(|found| (found.destination, found.time_ms));
        all.dedup_by_key(|found| found.destination);
        all.sort_unstable();
        all.truncate(self.k);
        all
    }
}
