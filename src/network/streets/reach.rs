//! Which parts of the streets lie within a time of a point.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::graph::{Arcs, NO_WAY, StreetNetwork};
use super::snap::Snap;

/// A stretch of an edge, as shares of its length from its first junction: 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    pub edge: u32,
    pub from: f64,
    pub to: f64,
}

/// Room for searches of how far one gets on a network, reused from search to search.
///
/// Unlike [`Search`](super::Search) it remembers which edges are used, and stops on them where the time ends.
pub struct Reach<'a> {
    network: &'a StreetNetwork,
    /// Edges at each node, as `(edge, 0)`.
    beside: &'a Beside,
    times: Vec<u32>,
    touched: Vec<u32>,
    heap: BinaryHeap<Reverse<(u32, u32)>>,
    /// Edges at the reached nodes, each once.
    edges: Vec<u32>,
    /// Points on edges from which one sets out, and when one is at them; by edge.
    starts: Vec<(Snap, u32)>,
}

/// Which edges can be entered at each node; where turns are restricted, after the turn.
pub struct Beside(Arcs);

impl Beside {
    /// Looks at every edge once; serves all searches on the network.
    #[must_use]
    pub fn new(network: &StreetNetwork) -> Self {
        let rows = 0..u32::try_from(network.edges().len()).unwrap_or(u32::MAX);
        let both = rows.flat_map(|row| {
            let [first, last] = network.entries(row as usize);
            [(first, row, 0), (last, row, 0)]
        });
        Self(Arcs::new(network.node_count(), &both.collect::<Vec<_>>()))
    }
}

impl<'a> Reach<'a> {
    #[must_use]
    pub fn new(network: &'a StreetNetwork, beside: &'a Beside) -> Self {
        Self {
            network,
            beside,
            times: vec![NO_WAY; network.node_count()],
            touched: Vec::new(),
            heap: BinaryHeap::new(),
            edges: Vec::new(),
            starts: Vec::new(),
        }
    }

    /// Finds the times from a point to the junctions within `limit_ms`, the way to the street included.
    ///
    /// Dijkstra's algorithm from both ends of the point's edge.
    pub fn run(&mut self, source: &Snap, limit_ms: u32) {
        self.forget();
        self.starts.push((*source, source.approach_ms));
        for (node, time) in self.network.ways_from(source) {
            if time != NO_WAY {
                self.push(node, time.saturating_add(source.approach_ms), limit_ms);
            }
        }
        let (network, beside) = (self.network, self.beside);
        while let Some(Reverse((time, node))) = self.heap.pop() {
            if time > self.times[node as usize] {
                continue;
            }
            self.edges.extend(beside.0.of(node).iter().map(|(row, _)| *row));
            for &(next, step) in network.leaving.of(node) {
                self.push(next, time.saturating_add(step), limit_ms);
            }
        }
        self.edges.push(source.edge);
        self.edges.sort_unstable();
        self.edges.dedup();
    }

    /// Takes times that were found elsewhere in place of a search: when one is at points on edges and at nodes, each
    /// named at most once.
    pub fn fill(&mut self, starts: &[(Snap, u32)], nodes: &[(u32, u32)]) {
        self.forget();
        self.starts.extend_from_slice(starts);
        self.starts.sort_unstable_by_key(|(snap, time)| (snap.edge, *time));
        self.edges.extend(starts.iter().map(|(snap, _)| snap.edge));
        for &(node, time) in nodes {
            self.times[node as usize] = time;
            self.touched.push(node);
            self.edges.extend(self.beside.0.of(node).iter().map(|(row, _)| *row));
        }
        self.edges.sort_unstable();
        self.edges.dedup();
    }

    /// The nodes that were reached, in the order of the search, and milliseconds.
    pub fn nodes(&self) -> impl Iterator<Item = (u32, u32)> + use<'_> {
        self.touched.iter().map(|&node| (node, self.times[node as usize]))
    }

    fn forget(&mut self) {
        for node in self.touched.drain(..) {
            self.times[node as usize] = NO_WAY;
        }
        self.edges.clear();
        self.starts.clear();
    }

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

    /// The stretches within `to_ms`, and beyond `from_ms` where that is given, of the last search, whose limit was at
    /// least `to_ms`. In the order of edges.
    #[must_use]
    pub fn stretches(&self, from_ms: Option<u32>, to_ms: u32) -> Vec<Stretch> {
        let mut found = Vec::new();
        for &edge in &self.edges {
            let mut within = self.within(edge, to_ms);
            if let Some(from_ms) = from_ms {
                within = without(&within, &self.within(edge, from_ms));
            }
            found.extend(within.into_iter().map(|(from, to)| Stretch { edge, from, to }));
        }
        found
    }

    /// Shares of an edge that are reached within a limit, apart from each other and in order.
    fn within(&self, row: u32, limit_ms: u32) -> Vec<(f64, f64)> {
        let edge = self.network.edges()[row as usize];
        let left = |time: u32| limit_ms.checked_sub(time).filter(|_| time != NO_WAY);
        let [first, last] = self.network.entries(row as usize);
        let mut parts = Vec::new();
        if let Some(left) = left(self.times[first as usize]) {
            parts.push((0.0, share(left, edge.forward_ms)));
        }
        if let Some(left) = left(self.times[last as usize]) {
            parts.push((1.0 - share(left, edge.backward_ms), 1.0));
        }
        let first = self.starts.partition_point(|(snap, _)| snap.edge < row);
        for (snap, time) in self.starts[first..].iter().take_while(|(snap, _)| snap.edge == row) {
            let Some(left) = left(*time) else { continue };
            let at = snap.fraction;
            parts.push((at, (at + share(left, edge.forward_ms)).min(1.0)));
            parts.push(((at - share(left, edge.backward_ms)).max(0.0), at));
        }
        joined(parts)
    }
}

/// Share of an edge that is done in a time, at most 1; 0 against a closed direction.
fn share(left_ms: u32, whole_ms: u32) -> f64 {
    match whole_ms {
        NO_WAY => 0.0,
        whole if whole <= left_ms => 1.0,
        whole => f64::from(left_ms) / f64::from(whole),
    }
}

/// Ranges that overlap or touch made one; those without length fall away.
fn joined(mut parts: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    parts.retain(|(from, to)| from < to);
    parts.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut joined: Vec<(f64, f64)> = Vec::with_capacity(parts.len());
    for (from, to) in parts {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    joined
}

/// What is left of ranges, apart and in order, when others are taken away.
fn without(parts: &[(f64, f64)], taken: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut left = Vec::with_capacity(parts.len());
    for &(mut from, to) in parts {
        for &(start, end) in taken {
            if end <= from || start >= to {
                continue;
            }
            if from < start {
                left.push((from, start));
            }
            from = end;
        }
        if from < to {
            left.push((from, to));
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_touch_are_one() {
        let parts = vec![(0.5, 0.7), (0.0, 0.2), (0.2, 0.3), (0.6, 0.65), (0.9, 0.9)];
        assert_eq!(joined(parts), [(0.0, 0.3), (0.5, 0.7)]);
    }

    #[test]
    fn a_range_is_cut_where_another_is_taken_away() {
        assert_eq!(without(&[(0.0, 1.0)], &[(0.2, 0.3), (0.5, 1.0)]), [(0.0, 0.2), (0.3, 0.5)]);
        assert_eq!(without(&[(0.1, 0.2), (0.6, 0.9)], &[(0.0, 0.7)]), [(0.7, 0.9)]);
        assert_eq!(without(&[(0.1, 0.2)], &[]), [(0.1, 0.2)]);
    }
}
