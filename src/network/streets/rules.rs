//! The turn restrictions of an extract, in terms of junctions and edges.

use std::collections::BTreeMap;

use super::fold::{GAP, Piece};
use super::turns::{End, PathRule, Rule};
use super::{Blocks, Passages};
use crate::model::osm::{Extract, PathRestriction, Way};

/// What became of the ways and nodes of an extract.
pub(super) struct Laid<'a> {
    pub extract: &'a Extract<Passages, Blocks>,
    /// For each edge the piece that it was.
    pub pieces: &'a [&'a Piece],
    /// For each node of the extract its junction, or [`GAP`].
    pub numbers: &'a [u32],
}

/// Nodes that must stay junctions whatever runs through them, as rows of the extract.
pub(super) fn held_nodes(extract: &Extract<Passages, Blocks>) -> Vec<u32> {
    let at_turns = extract.restrictions.iter().map(|rule| rule.via_node);
    let courses = extract.path_restrictions.iter().filter_map(|rule| course(extract, rule));
    let on_paths = courses.flatten().flat_map(|(_, nodes)| {
        [nodes.first().copied(), nodes.last().copied()].into_iter().flatten().collect::<Vec<_>>()
    });
    at_turns.chain(on_paths).filter_map(|node| row(extract, node)).collect()
}

fn row(extract: &Extract<Passages, Blocks>, node: i64) -> Option<u32> {
    extract.row(node).and_then(|row| u32::try_from(row).ok())
}

fn way(extract: &Extract<Passages, Blocks>, id: i64) -> Option<u32> {
    let row = extract.ways.binary_search_by_key(&id, |way| way.id).ok()?;
    u32::try_from(row).ok()
}

/// The ways that a rule over streets leads along, in its direction: the row of each and its nodes. `None` where a way is
/// not there or they do not hang together.
fn course(
    extract: &Extract<Passages, Blocks>,
    rule: &PathRestriction,
) -> Option<Vec<(u32, Vec<i64>)>> {
    let found = |id: &i64| way(extract, *id).map(|row| (row, &extract.ways[row as usize]));
    let (_, from) = found(&rule.from_way)?;
    let (_, to) = found(&rule.to_way)?;
    let ways: Vec<(u32, &Way<Passages>)> =
        rule.via_ways.iter().map(found).collect::<Option<_>>()?;
    let first = &ways.first()?.1.refs;
    let starts = [first.first()?, first.last()?].into_iter().filter(|at| from.refs.contains(at));
    starts.filter_map(|start| joined(&ways, *start)).find(|course| {
        let end = course.last().and_then(|(_, nodes)| nodes.last());
        end.is_some_and(|end| to.refs.contains(end))
    })
}

/// The ways end to end from a node on.
fn joined(ways: &[(u32, &Way<Passages>)], start: i64) -> Option<Vec<(u32, Vec<i64>)>> {
    let mut at = start;
    let follow = |(row, way): &(u32, &Way<Passages>)| {
        let mut nodes = way.refs.clone();
        if nodes.first() != Some(&at) {
            nodes.reverse();
        }
        nodes.dedup();
        let follows = nodes.first() == Some(&at);
        at = *nodes.last()?;
        follows.then_some((*row, nodes))
    };
    ways.iter().map(follow).collect()
}

impl Laid<'_> {
    /// The rules at junctions.
    pub(super) fn turns(&self) -> Vec<Rule> {
        let rules = self.extract.restrictions.iter();
        let found = rules.filter_map(|rule| {
            let via = self.numbers[self.extract.row(rule.via_node)?];
            let (from, to) = (way(self.extract, rule.from_way)?, way(self.extract, rule.to_way)?);
            (via != GAP).then_some(Rule { via, from, to, only: rule.only })
        });
        found.collect()
    }

    /// The rules over streets; one whose streets cannot be driven along forbids nothing.
    pub(super) fn paths(&self) -> Vec<PathRule> {
        let rules = &self.extract.path_restrictions;
        let mut vias: Vec<u32> = rules
            .iter()
            .flat_map(|rule| &rule.via_ways)
            .filter_map(|id| way(self.extract, *id))
            .collect();
        vias.sort_unstable();
        let ends = self.ends_on(&vias);
        rules.iter().filter_map(|rule| self.path(rule, &ends)).collect()
    }

    /// The ends of edges on some ways, by the way, the node there and the next one.
    fn ends_on(&self, ways: &[u32]) -> BTreeMap<(u32, u32, u32), End> {
        let mut ends = BTreeMap::new();
        for (edge, piece) in (0_u32..).zip(self.pieces) {
            let rows = &piece.rows;
            let last = rows.len() - 1;
            let both = [(rows[0], rows[1]), (rows[last], rows[last - 1])];
            for (side, (at, next)) in both.into_iter().enumerate() {
                if ways.binary_search(&piece.ways[side]).is_ok() {
                    ends.entry((piece.ways[side], at, next)).or_insert(End { edge, side });
                }
            }
        }
        ends
    }

    fn path(
        &self,
        rule: &PathRestriction,
        ends: &BTreeMap<(u32, u32, u32), End>,
    ) -> Option<PathRule> {
        let course = course(self.extract, rule)?;
        let first = course.first().and_then(|(_, nodes)| nodes.first());
        let start = self.numbers[self.extract.row(*first?)?];
        let mut along = Vec::new();
        for (way, nodes) in &course {
            let rows: Vec<u32> =
                nodes.iter().map(|node| row(self.extract, *node)).collect::<Option<_>>()?;
            for pair in rows.windows(2) {
                if self.numbers[pair[0] as usize] != GAP {
                    along.push(*ends.get(&(*way, pair[0], pair[1]))?);
                }
            }
        }
        let (from, to) = (way(self.extract, rule.from_way)?, way(self.extract, rule.to_way)?);
        (start != GAP).then_some(PathRule { from, start, along, to, only: rule.only })
    }
}
