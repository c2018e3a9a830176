//! Cutting ways at junctions and folding what lies between two junctions into one edge.

use super::Passage;
use super::stress::Stress;

/// Marks a node that a way names and the extract does not hold, or that stops the mode.
pub(super) const GAP: u32 = u32::MAX;

/// What is the same along all of a piece.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Kind {
    pub passage: Passage,
    /// Bridge or tunnel, where heights matter.
    pub lifted: bool,
    /// What cycling on it feels like, where that matters.
    pub stress: Option<Stress>,
}

impl Kind {
    fn reversed(self) -> Self {
        Self { passage: self.passage.reversed(), ..self }
    }
}

/// A line of nodes (rows of the extract) of one kind.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    pub rows: Vec<u32>,
    pub kind: Kind,
    /// The ways (rows of the extract) that it is made of at its first and last node.
    pub ways: [u32; 2],
}

impl Piece {
    /// First and last node.
    pub(super) fn ends(&self) -> (u32, u32) {
        let first = self.rows.first().copied().unwrap_or_default();
        (first, self.rows.last().copied().unwrap_or(first))
    }

    fn reversed(mut self) -> Self {
        self.rows.reverse();
        self.ways.reverse();
        self.kind = self.kind.reversed();
        self
    }
}

/// Cuts chains where they meet, then joins pieces end to end over nodes where nothing else meets.
///
/// Only pieces of the same kind are joined, so that on the level time grows evenly along an edge. `held` nodes stay
/// junctions.
pub(super) fn fold(chains: &[Piece], node_count: usize, held: &[u32]) -> Vec<Piece> {
    let pieces = cut(chains, node_count, held);
    let ends = Ends::new(&pieces, node_count);
    let mut is_held = vec![false; node_count];
    for &node in held {
        is_held[node as usize] = true;
    }
    let joint = |node: u32| {
        if is_held[node as usize] { None } else { ends.joint(&pieces, node) }
    };
    let mut done = vec![false; pieces.len()];
    let mut folded = Vec::with_capacity(pieces.len());
    // First from every end that is no joint; what is left then are rings of joints.
    for rings in [false, true] {
        for (row, piece) in pieces.iter().enumerate() {
            let (first, last) = piece.ends();
            let start = match (joint(first).is_none(), joint(last).is_none()) {
                (true, _) => Some(false),
                (false, true) => Some(true),
                (false, false) => rings.then_some(false),
            };
            if let (false, Some(turned)) = (done[row], start) {
                folded.push(walk(&pieces, row, turned, &joint, &mut done));
            }
        }
    }
    folded
}

/// Every node that several chains share, or one chain passes twice, is a junction.
fn cut(chains: &[Piece], node_count: usize, held: &[u32]) -> Vec<Piece> {
    let mut uses = vec![0_u8; node_count];
    let mut count = |node: u32, times: u8| {
        uses[node as usize] = uses[node as usize].saturating_add(times);
    };
    for chain in chains {
        for &node in &chain.rows {
            count(node, 1);
        }
        let (first, last) = chain.ends();
        count(first, 1);
        count(last, 1);
    }
    for &node in held {
        count(node, 2);
    }
    let mut pieces = Vec::with_capacity(chains.len() * 2);
    for chain in chains {
        let mut start = 0;
        for end in 1..chain.rows.len() {
            if uses[chain.rows[end] as usize] > 1 {
                let rows = chain.rows[start..=end].to_vec();
                pieces.push(Piece { rows, kind: chain.kind, ways: chain.ways });
                start = end;
            }
        }
    }
    pieces
}

/// Which pieces end at a node: at most the first two, and how many there are.
struct Ends {
    pieces: Vec<[u32; 2]>,
    degree: Vec<u8>,
}

impl Ends {
    fn new(pieces: &[Piece], node_count: usize) -> Self {
        let mut ends =
            Self { pieces: vec![[u32::MAX; 2]; node_count], degree: vec![0; node_count] };
        for (row, piece) in (0_u32..).zip(pieces) {
            let (first, last) = piece.ends();
            ends.add(first, row);
            ends.add(last, row);
        }
        ends
    }

    fn add(&mut self, node: u32, piece: u32) {
        let degree = &mut self.degree[node as usize];
        if let Some(slot) = self.pieces[node as usize].get_mut(usize::from(*degree)) {
            *slot = piece;
        }
        *degree = degree.saturating_add(1);
    }

    /// The two pieces that can be joined at a node; `None` where it is a junction, an end or a change of kind.
    fn joint(&self, pieces: &[Piece], node: u32) -> Option<[u32; 2]> {
        let [one, other] = self.pieces[node as usize];
        if self.degree[node as usize] != 2 || one == other {
            return None;
        }
        let arriving = |row: u32| {
            let piece = &pieces[row as usize];
            if piece.ends().1 == node { piece.kind } else { piece.kind.reversed() }
        };
        (arriving(one) == arriving(other).reversed()).then_some([one, other])
    }
}

/// Follows joints from one end of a piece as far as they lead.
fn walk(
    pieces: &[Piece],
    row: usize,
    turned: bool,
    joint: &impl Fn(u32) -> Option<[u32; 2]>,
    done: &mut [bool],
) -> Piece {
    let oriented = |row: usize, turned: bool| {
        let piece = pieces[row].clone();
        if turned { piece.reversed() } else { piece }
    };
    let mut path = oriented(row, turned);
    let mut row = row;
    done[row] = true;
    loop {
        let last = path.ends().1;
        let Some([one, other]) = joint(last) else { return path };
        let next = if one as usize == row { other } else { one } as usize;
        if done[next] {
            return path;
        }
        let piece = oriented(next, pieces[next].ends().0 != last);
        path.rows.extend_from_slice(&piece.rows[1..]);
        path.ways[1] = piece.ways[1];
        done[next] = true;
        row = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Passage = Passage { forward: 5.0, backward: 5.0 };
    const ONE_WAY: Passage = Passage { forward: 5.0, backward: 0.0 };

    fn piece(rows: &[u32], passage: Passage) -> Piece {
        Piece {
            rows: rows.to_vec(),
            kind: Kind { passage, lifted: false, stress: None },
            ways: [0, 0],
        }
    }

    #[test]
    fn a_street_drawn_in_three_ways_is_one_edge() {
        let chains = [piece(&[0, 1], BOTH), piece(&[2, 1], BOTH), piece(&[2, 3, 4], BOTH)];
        assert_eq!(fold(&chains, 5, &[]), vec![piece(&[0, 1, 2, 3, 4], BOTH)]);
    }

    #[test]
    fn a_crossing_in_the_middle_of_two_ways_makes_four_edges() {
        let chains = [piece(&[0, 1, 2], BOTH), piece(&[3, 1, 4], BOTH)];
        let folded = fold(&chains, 5, &[]);
        assert_eq!(folded.len(), 4);
        assert!(folded.iter().all(|piece| piece.rows.contains(&1) && piece.rows.len() == 2));
    }

    #[test]
    fn one_way_pieces_join_in_their_direction_only() {
        let along = [piece(&[0, 1], ONE_WAY), piece(&[1, 2], ONE_WAY)];
        assert_eq!(fold(&along, 3, &[]), vec![piece(&[0, 1, 2], ONE_WAY)]);
        let against = [piece(&[0, 1], ONE_WAY), piece(&[2, 1], ONE_WAY)];
        assert_eq!(fold(&against, 3, &[]).len(), 2);
    }

    #[test]
    fn a_bridge_is_not_joined_to_the_street_before_it() {
        let mut chains = [piece(&[0, 1], BOTH), piece(&[1, 2], BOTH), piece(&[2, 3], BOTH)];
        chains[1].kind.lifted = true;
        assert_eq!(fold(&chains, 4, &[]).len(), 3);
        chains[2].kind.lifted = true;
        assert_eq!(fold(&chains, 4, &[]).len(), 2);
    }

    #[test]
    fn a_folded_street_knows_the_ways_at_both_of_its_ends() {
        let mut chains = [piece(&[0, 1], BOTH), piece(&[2, 1], BOTH), piece(&[2, 3], BOTH)];
        for (way, chain) in (0..).zip(&mut chains) {
            chain.ways = [way; 2];
        }
        let folded = fold(&chains, 4, &[]);
        assert_eq!((folded.len(), folded[0].ways), (1, [0, 2]));
    }

    #[test]
    fn a_ring_keeps_one_node() {
        let ring = [piece(&[0, 1, 2], BOTH), piece(&[2, 3, 0], BOTH)];
        let folded = fold(&ring, 4, &[]);
        assert_eq!(folded.len(), 1);
        assert_eq!(folded[0].ends().0, folded[0].ends().1);
    }

    #[test]
    fn a_held_node_stays() {
        let chains = [piece(&[0, 1, 2], BOTH)];
        assert_eq!(fold(&chains, 3, &[1]).len(), 2);
    }

    #[test]
    fn every_step_of_the_input_is_in_the_output_once() {
        let chains = [
            piece(&[0, 1, 2, 3, 1], BOTH),
            piece(&[3, 4, 5], ONE_WAY),
            piece(&[5, 6, 3], ONE_WAY),
            piece(&[6, 7], BOTH),
        ];
        let steps = |pieces: &[Piece]| {
            let mut steps: Vec<(u32, u32)> = pieces
                .iter()
                .flat_map(|piece| piece.rows.windows(2))
                .map(|pair| (pair[0].min(pair[1]), pair[0].max(pair[1])))
                .collect();
            steps.sort_unstable();
            steps
        };
        assert_eq!(steps(&fold(&chains, 8, &[])), steps(&chains));
    }
}
