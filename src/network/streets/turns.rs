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
//! A rule over streets between two junctions (no turning round by way of a short link) asks what a trip has behind it.
//! Along these streets it therefore runs on nodes of its own, beside those of trips that came from elsewhere, until it
//! leaves them or they end.
//!
//! Source of the rules: <https://wiki.openstreetmap.org/wiki/Relation:restriction>. A trip may turn round at any
//! junction and at any end where nothing forbids it, but not along a street. An only-rule over streets speaks of where
//! they end, not of whether they may be left before.

use std::collections::BTreeMap;

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

/// A rule over streets: from one way at a junction, along edges, into another way where they end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PathRule {
    pub from: u32,
    pub start: u32,
    /// The ends from which trips set out on each edge.
    pub along: Vec<End>,
    pub to: u32,
    pub only: bool,
}

/// Junctions that were split.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Turns {
    /// For each edge, the nodes at which trips along it arrive: at its first junction and at its last.
    pub arrive: Vec<[u32; 2]>,
    /// For each edge, the nodes from which trips set out on it: at its first junction and at its last.
    pub depart: Vec<[u32; 2]>,
    /// The same for trips that end on the edge, whatever they have behind them.
    pub enter: Vec<[u32; 2]>,
    /// Junction, and the node at which trips end that end right there; ascending.
    pub stops: Vec<(u32, u32)>,
    /// Turns, which take no time, and edges for trips whose streets are watched, with milliseconds.
    pub moves: Vec<(u32, u32, u32)>,
    /// The junction of each new node, in their order.
    pub copies: Vec<u32>,
}

/// One end of an edge: the edge, and 0 at its first junction or 1 at its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct End {
    pub edge: u32,
    pub side: usize,
}

impl End {
    fn other(self) -> Self {
        Self { side: 1 - self.side, ..self }
    }
}

/// The streets as far as turns are concerned: edges, the ways at both ends of each, and the number of junctions.
#[derive(Clone, Copy)]
pub(super) struct Layout<'a> {
    pub edges: &'a [Edge],
    pub ways: &'a [[u32; 2]],
    pub junctions: usize,
}

/// Splits the junctions at which a rule forbids something, and those that rules over streets pass; `None` when there
/// are none.
pub(super) fn split(layout: Layout<'_>, mut rules: Vec<Rule>, paths: &[PathRule]) -> Option<Turns> {
    rules.sort_unstable();
    rules.dedup();
    let passed = layout.passed(paths);
    let mut held: Vec<u32> = rules.iter().map(|rule| rule.via).chain(passed.clone()).collect();
    held.sort_unstable();
    held.dedup();
    let ends = layout.ends_at(&held);
    let whole: Vec<[u32; 2]> = layout.edges.iter().map(|edge| [edge.from, edge.to]).collect();
    let mut splitting = Splitting {
        layout,
        paths,
        crossings: Vec::new(),
        turns: Turns { arrive: whole.clone(), depart: whole, ..Turns::default() },
        open: Vec::new(),
        watched: BTreeMap::new(),
    };
    for junction in held {
        let start = ends.partition_point(|(node, _)| *node < junction);
        let here = ends[start..].iter().take_while(|(node, _)| *node == junction);
        let here: Vec<End> = here.map(|(_, end)| *end).collect();
        let from = rules.partition_point(|rule| rule.via < junction);
        let to = rules.partition_point(|rule| rule.via <= junction);
        let is_passed = passed.binary_search(&junction).is_ok();
        splitting.split_one(junction, &rules[from..to], &here, is_passed);
    }
    splitting.turns.enter.clone_from(&splitting.turns.depart);
    while let Some(arrival) = splitting.open.pop() {
        splitting.go_on(&arrival);
    }
    (!splitting.turns.copies.is_empty()).then_some(splitting.turns)
}

impl Layout<'_> {
    /// The ends of edges at some junctions (ascending), in the order of junctions and edges.
    fn ends_at(self, held: &[u32]) -> Vec<(u32, End)> {
        let mut ends = Vec::new();
        for (row, edge) in (0_u32..).zip(self.edges) {
            for (side, node) in [edge.from, edge.to].into_iter().enumerate() {
                if held.binary_search(&node).is_ok() {
                    ends.push((node, End { edge: row, side }));
                }
            }
        }
        ends.sort_by_key(|(node, end)| (*node, end.edge, end.side));
        ends
    }

    /// The junctions that rules over streets start at, pass and end at; ascending.
    fn passed(self, paths: &[PathRule]) -> Vec<u32> {
        let on = |path: &PathRule| -> Vec<u32> {
            let ends = path.along.iter().flat_map(|end| [*end, end.other()]);
            ends.map(|end| self.junction(end)).chain([path.start]).collect()
        };
        let mut passed: Vec<u32> = paths.iter().flat_map(on).collect();
        passed.sort_unstable();
        passed.dedup();
        passed
    }

    fn junction(self, end: End) -> u32 {
        let edge = &self.edges[end.edge as usize];
        [edge.from, edge.to][end.side]
    }

    /// Whether a trip can arrive at this end.
    fn arrives(self, end: End) -> bool {
        self.departs(end.other())
    }

    /// Whether a trip can set out from this end.
    fn departs(self, end: End) -> bool {
        self.time(end) != NO_WAY
    }

    /// Milliseconds from this end to the other.
    fn time(self, end: End) -> u32 {
        let edge = &self.edges[end.edge as usize];
        [edge.forward_ms, edge.backward_ms][end.side]
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

/// A junction that is split.
struct Crossing {
    junction: u32,
    rules: Vec<Rule>,
    exits: Vec<End>,
    stop: u32,
}

/// A path rule, and how many of its edges a trip has behind it.
type Progress = (usize, usize);

/// A node at which trips arrive by an end, and what they have behind them.
struct Arrival {
    node: u32,
    end: End,
    behind: Vec<Progress>,
}

struct Splitting<'a> {
    layout: Layout<'a>,
    paths: &'a [PathRule],
    /// By junction.
    crossings: Vec<Crossing>,
    turns: Turns,
    /// Arrivals whose moves are still to be made.
    open: Vec<Arrival>,
    /// Nodes from which trips that are watched set out.
    watched: BTreeMap<(End, Vec<Progress>), u32>,
}

impl Splitting<'_> {
    /// Gives a junction nodes to stop at, to set out from, and to arrive at by streets that not every street follows.
    fn split_one(&mut self, junction: u32, rules: &[Rule], here: &[End], is_passed: bool) {
        let exits: Vec<End> =
            here.iter().copied().filter(|end| self.layout.departs(*end)).collect();
        let is_restricted = |end: &End| {
            self.layout.allowed(rules, *end, &exits).len() < exits.len()
                || self.starting(*end).next().is_some()
        };
        let arriving = here.iter().copied().filter(|end| self.layout.arrives(*end));
        let restricted: Vec<End> = arriving.filter(is_restricted).collect();
        if restricted.is_empty() && !is_passed {
            return;
        }
        let stop = self.copy(junction);
        self.turns.stops.push((junction, stop));
        self.turns.moves.push((junction, stop, 0));
        for exit in &exits {
            let node = self.copy(junction);
            self.turns.depart[exit.edge as usize][exit.side] = node;
            self.turns.moves.push((junction, node, 0));
        }
        for end in restricted {
            let node = self.copy(junction);
            self.turns.arrive[end.edge as usize][end.side] = node;
            self.open.push(Arrival { node, end, behind: Vec::new() });
        }
        self.crossings.push(Crossing { junction, rules: rules.to_vec(), exits, stop });
    }

    /// The rules over streets that begin with arriving by this end.
    fn starting(&self, end: End) -> impl Iterator<Item = Progress> + '_ {
        let (junction, way) = (self.layout.junction(end), self.layout.way(end));
        let paths = self.paths.iter().enumerate();
        paths.filter(move |(_, p)| p.start == junction && p.from == way).map(|(row, _)| (row, 0))
    }

    /// Makes the moves from an arrival: to a stop there, and on by each exit that is allowed.
    fn go_on(&mut self, arrival: &Arrival) {
        let junction = self.layout.junction(arrival.end);
        let found = self.crossings.binary_search_by_key(&junction, |crossing| crossing.junction);
        let Some(crossing) = found.ok().map(|row| &self.crossings[row]) else { return };
        let stop = crossing.stop;
        let active: Vec<Progress> =
            arrival.behind.iter().copied().chain(self.starting(arrival.end)).collect();
        let allowed = self.layout.allowed(&crossing.rules, arrival.end, &crossing.exits);
        let allowed = self.left_by(&active, &allowed);
        self.turns.moves.push((arrival.node, stop, 0));
        for exit in allowed {
            let goes_on =
                |(path, done): &Progress| self.paths[*path].along.get(*done) == Some(&exit);
            let behind = active.iter().filter(|progress| goes_on(progress));
            let behind: Vec<Progress> = behind.map(|(path, done)| (*path, done + 1)).collect();
            let to = if behind.is_empty() {
                self.turns.depart[exit.edge as usize][exit.side]
            } else {
                self.set_out(exit, behind)
            };
            self.turns.moves.push((arrival.node, to, 0));
        }
    }

    /// What the rules over streets that a trip has all behind it leave of the exits.
    fn left_by(&self, active: &[Progress], exits: &[End]) -> Vec<End> {
        let done: Vec<&PathRule> = active
            .iter()
            .map(|(path, done)| (&self.paths[*path], *done))
            .filter(|(path, done)| path.along.len() == *done)
            .map(|(path, _)| path)
            .collect();
        let leads = |path: &&&PathRule, exit: &End| self.layout.way(*exit) == path.to;
        let is_meant = |exit: &&End| done.iter().any(|path| path.only && leads(&path, exit));
        let only: Vec<End> = exits.iter().filter(is_meant).copied().collect();
        let exits = exits.iter().copied();
        exits
            .filter(|exit| only.is_empty() || only.contains(exit))
            .filter(|exit| !done.iter().any(|path| !path.only && leads(&path, exit)))
            .collect()
    }

    /// The node from which a trip sets out that is watched on this edge.
    fn set_out(&mut self, exit: End, behind: Vec<Progress>) -> u32 {
        let known = (exit, behind);
        if let Some(node) = self.watched.get(&known) {
            return *node;
        }
        let node = self.copy(self.layout.junction(exit));
        let enter = self.enter(exit);
        self.turns.moves.push((node, enter, 0));
        let far = exit.other();
        let arrival = self.copy(self.layout.junction(far));
        self.turns.moves.push((node, arrival, self.layout.time(exit)));
        self.open.push(Arrival { node: arrival, end: far, behind: known.1.clone() });
        self.watched.insert(known, node);
        node
    }

    /// The node from which places on an edge are reached, which is no longer the one that all set out from.
    fn enter(&mut self, exit: End) -> u32 {
        let (row, side) = (exit.edge as usize, exit.side);
        let depart = self.turns.depart[row][side];
        if self.turns.enter[row][side] == depart {
            let node = self.copy(self.layout.junction(exit));
            self.turns.moves.push((depart, node, 0));
            self.turns.enter[row][side] = node;
        }
        self.turns.enter[row][side]
    }

    fn copy(&mut self, junction: u32) -> u32 {
        let node = self.layout.junctions + self.turns.copies.len();
        self.turns.copies.push(junction);
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
        assert_eq!(split(layout, vec![rule(0, 9, true)], &[]), None);
        let turns = split(layout, vec![rule(0, 1, false)], &[]).unwrap();
        // One to stop at, two to set out from, one to arrive at.
        assert_eq!(turns.copies, vec![0; 4]);
        assert_eq!(turns.stops, vec![(0, 3)]);
    }
}
