//! Turn restrictions: which streets may be taken from which at a junction.
//!
//! A search that knows only the time to each node cannot tell from where it came. Where turns are restricted the
//! junction is therefore split: a trip arrives at one node and sets out from another, and moves that take no time join
//! the two where the turn is allowed. Searches stay as they are, and exact.
//!
//! ```text
//! arriving by a restricted street ─► its own node ──┬─► setting out by each allowed street
//! arriving by any other street ────► the junction ──┼─► setting out by every street
//!                                                   └─► stopping at the junction itself
//! ```
//!
//! Source of the rules: <https://wiki.openstreetmap.org/wiki/Relation:restriction>. A trip may turn round at any
//! junction and at any end where nothing forbids it, but not along a street.

use super::graph::{Edge, NO_WAY};

/// A rule at a junction, in rows of the extract's ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rule {
    pub via: u32,
    pub from: u32,
    pub to: u32,
    /// Only this turn is allowed, not: this turn is forbidden.
    pub only: bool,
}

/// Junctions that were split.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Turns {
    /// For each edge, the nodes at which trips along it arrive: at its first junction and at its last.
    pub arrive: Vec<[u32; 2]>,
    /// For each edge, the nodes from which trips set out on it: at its first junction and at its last.
    pub depart: Vec<[u32; 2]>,
    /// Junction, and the node at which trips end that end right there; ascending.
    pub stops: Vec<(u32, u32)>,
    /// Moves that take no time.
    pub moves: Vec<(u32, u32)>,
    /// The junction of each new node, in their order.
    pub copies: Vec<u32>,
}

/// One end of an edge: the edge, and 0 at its first junction or 1 at its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct End {
    edge: u32,
    side: usize,
}

/// The streets as far as turns are concerned: edges, the ways at both ends of each, and the number of junctions.
#[derive(Clone, Copy)]
pub(super) struct Layout<'a> {
    pub edges: &'a [Edge],
    pub ways: &'a [[u32; 2]],
    pub junctions: usize,
}

/// Splits the junctions at which a rule forbids something; `None` when none does.
pub(super) fn split(layout: Layout<'_>, mut rules: Vec<Rule>) -> Option<Turns> {
    rules.sort_unstable();
    rules.dedup();
    let ends = ends_at(layout, &rules);
    let whole: Vec<[u32; 2]> = layout.edges.iter().map(|edge| [edge.from, edge.to]).collect();
    let mut turns = Turns { arrive: whole.clone(), depart: whole, ..Turns::default() };
    for group in rules.chunk_by(|a, b| a.via == b.via) {
        let via = group[0].via;
        let start = ends.partition_point(|(node, _)| *node < via);
        let here = ends[start..].iter().take_while(|(node, _)| *node == via);
        let here: Vec<End> = here.map(|(_, end)| *end).collect();
        turns.split_one(layout, group, &here);
    }
    (!turns.copies.is_empty()).then_some(turns)
}

/// The ends of edges at junctions with rules, in the order of junctions and edges.
fn ends_at(layout: Layout<'_>, rules: &[Rule]) -> Vec<(u32, End)> {
    let mut ends = Vec::new();
    for (row, edge) in (0_u32..).zip(layout.edges) {
        for (side, node) in [edge.from, edge.to].into_iter().enumerate() {
            if rules.binary_search_by_key(&node, |rule| rule.via).is_ok() {
                ends.push((node, End { edge: row, side }));
            }
        }
    }
    ends.sort_by_key(|(node, end)| (*node, end.edge, end.side));
    ends
}

impl Layout<'_> {
    /// Whether a trip can arrive at this end.
    fn arrives(self, end: End) -> bool {
        let edge = &self.edges[end.edge as usize];
        [edge.backward_ms, edge.forward_ms][end.side] != NO_WAY
    }

    /// Whether a trip can set out from this end.
    fn departs(self, end: End) -> bool {
        let edge = &self.edges[end.edge as usize];
        [edge.forward_ms, edge.backward_ms][end.side] != NO_WAY
    }

    fn way(self, end: End) -> u32 {
        self.ways[end.edge as usize][end.side]
    }

    /// The ends by which a trip may go on that arrives by `end`.
    ///
    /// Several only-rules allow each of their turns; one whose street is not there forbids nothing. Between a way and
    /// itself a no-rule forbids to turn round and an only-rule to do anything but go on, or turn round where the way
    /// ends.
    fn allowed(self, rules: &[Rule], end: End, exits: &[End]) -> Vec<End> {
        let own = |rule: &&Rule| rule.from == self.way(end);
        let mut only: Vec<End> = Vec::new();
        for rule in rules.iter().filter(own).filter(|rule| rule.only) {
            let meant: Vec<End> =
                exits.iter().copied().filter(|exit| self.way(*exit) == rule.to).collect();
            let on: Vec<End> = meant.iter().copied().filter(|exit| *exit != end).collect();
            let goes_on = rule.from == rule.to && !on.is_empty();
            only.extend(if goes_on { on } else { meant });
        }
        let forbidden = |exit: &End| {
            rules.iter().filter(own).filter(|rule| !rule.only).any(|rule| {
                let round = rule.from == rule.to;
                if round { *exit == end } else { self.way(*exit) == rule.to }
            })
        };
        let is_allowed = |exit: &End| (only.is_empty() || only.contains(exit)) && !forbidden(exit);
        exits.iter().copied().filter(is_allowed).collect()
    }
}

impl Turns {
    fn split_one(&mut self, layout: Layout<'_>, rules: &[Rule], here: &[End]) {
        let via = rules[0].via;
        let exits: Vec<End> = here.iter().copied().filter(|end| layout.departs(*end)).collect();
        let restricted: Vec<(End, Vec<End>)> = here
            .iter()
            .filter(|end| layout.arrives(**end))
            .map(|end| (*end, layout.allowed(rules, *end, &exits)))
            .filter(|(_, allowed)| allowed.len() < exits.len())
            .collect();
        if restricted.is_empty() {
            return;
        }
        let stop = self.copy(layout, via);
        self.stops.push((via, stop));
        self.moves.push((via, stop));
        for exit in &exits {
            let node = self.copy(layout, via);
            self.depart[exit.edge as usize][exit.side] = node;
            self.moves.push((via, node));
        }
        for (end, allowed) in &restricted {
            let node = self.copy(layout, via);
            self.arrive[end.edge as usize][end.side] = node;
            self.moves.push((node, stop));
            for exit in allowed {
                self.moves.push((node, self.depart[exit.edge as usize][exit.side]));
            }
        }
    }

    fn copy(&mut self, layout: Layout<'_>, via: u32) -> u32 {
        let node = layout.junctions + self.copies.len();
        self.copies.push(via);
        u32::try_from(node).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn edge(from: u32, to: u32) -> Edge {
        Edge { from, to, forward_ms: 1, backward_ms: 1, length_m: 1.0 }
    }

    /// Streets 0, 1 and 2, each drawn in a way of its own, from junction 0 to a place of its own.
    fn allowed(rules: &[Rule]) -> Vec<u32> {
        let edges = [edge(1, 0), edge(0, 2), edge(0, 3)];
        let layout = Layout { edges: &edges, ways: &[[0, 0], [1, 1], [2, 2]], junctions: 4 };
        let end = |edge, side| End { edge, side };
        let exits = [end(0, 1), end(1, 0), end(2, 0)];
        layout.allowed(rules, end(0, 1), &exits).into_iter().map(|exit| exit.edge).collect()
    }

    fn rule(from: u32, to: u32, only: bool) -> Rule {
        Rule { via: 0, from, to, only }
    }

    #[test]
    fn a_rule_forbids_its_turn_or_all_others() {
        assert_eq!(allowed(&[]), vec![0, 1, 2]);
        assert_eq!(allowed(&[rule(0, 1, false)]), vec![0, 2]);
        assert_eq!(allowed(&[rule(0, 1, true)]), vec![1]);
        assert_eq!(allowed(&[rule(0, 1, true), rule(0, 2, true)]), vec![1, 2]);
        assert_eq!(allowed(&[rule(1, 2, false)]), vec![0, 1, 2], "a rule for another street");
    }

    #[test]
    fn a_rule_between_a_way_and_itself_speaks_of_turning_round() {
        assert_eq!(allowed(&[rule(0, 0, false)]), vec![1, 2]);
        assert_eq!(allowed(&[rule(0, 0, true)]), vec![0]);
    }

    #[test]
    fn an_only_rule_to_a_street_that_is_not_there_forbids_nothing() {
        assert_eq!(allowed(&[rule(0, 9, true)]), vec![0, 1, 2]);
    }

    #[test]
    fn a_junction_whose_rules_forbid_nothing_stays_whole() {
        let edges = [edge(1, 0), edge(0, 2)];
        let layout = Layout { edges: &edges, ways: &[[0, 0], [1, 1]], junctions: 3 };
        assert_eq!(split(layout, vec![rule(0, 9, true)]), None);
        let turns = split(layout, vec![rule(0, 1, false)]).unwrap();
        // One to stop at, two to set out from, one to arrive at.
        assert_eq!(turns.copies, vec![0; 4]);
        assert_eq!(turns.stops, vec![(0, 3)]);
    }
}
