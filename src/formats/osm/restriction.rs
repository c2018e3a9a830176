//! Turn restrictions from relations: <https://wiki.openstreetmap.org/wiki/Relation:restriction>.

use crate::model::osm::{PathRestriction, Tags, TurnRestriction};

/// The members of a relation that make a turn restriction.
#[derive(Default)]
pub(super) struct RestrictionParts {
    from: Vec<i64>,
    via_nodes: Vec<i64>,
    via_ways: Vec<i64>,
    to: Vec<i64>,
}

/// Where a restriction for cars is written, the most specific first.
const RESTRICTION_KEYS: [&str; 3] =
    ["restriction:motorcar", "restriction:motor_vehicle", "restriction"];

impl RestrictionParts {
    pub(super) fn member(&mut self, role: &str, is_node: bool, id: i64) {
        match (role, is_node) {
            ("from", false) => self.from.push(id),
            ("via", true) => self.via_nodes.push(id),
            ("via", false) => self.via_ways.push(id),
            ("to", false) => self.to.push(id),
            _ => {}
        }
    }

    /// A rule for each pair of ways: `no_entry` has several to come from, `no_exit` several to go to. Those at certain
    /// times and those of other vehicles are left out.
    pub(super) fn finish(
        self,
        tags: Tags<'_>,
        turns: &mut Vec<TurnRestriction>,
        paths: &mut Vec<PathRestriction>,
    ) {
        let rule = RESTRICTION_KEYS.iter().find_map(|key| tags.get(key)).unwrap_or_default();
        let only = rule.starts_with("only_");
        let excepted = tags.get("except").is_some_and(|except| {
            except.split(';').any(|who| matches!(who.trim(), "motorcar" | "motor_vehicle"))
        });
        if excepted || !(only || rule.starts_with("no_")) {
            return;
        }
        let pairs = self.from.iter().flat_map(|from| self.to.iter().map(move |to| (*from, *to)));
        match (&self.via_nodes[..], &self.via_ways[..]) {
            ([via_node], []) => turns.extend(pairs.map(|(from_way, to_way)| TurnRestriction {
                from_way,
                via_node: *via_node,
                to_way,
                only,
            })),
            ([], [_, ..]) => paths.extend(pairs.map(|(from_way, to_way)| PathRestriction {
                from_way,
                via_ways: self.via_ways.clone(),
                to_way,
                only,
            })),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(
        members: &[(&str, bool, i64)],
        tags: &[(&str, &str)],
    ) -> (Vec<TurnRestriction>, Vec<PathRestriction>) {
        let mut parts = RestrictionParts::default();
        for (role, is_node, id) in members {
            parts.member(role, *is_node, *id);
        }
        let (mut turns, mut paths) = (Vec::new(), Vec::new());
        parts.finish(Tags(tags), &mut turns, &mut paths);
        (turns, paths)
    }

    fn rules(members: &[(&str, bool, i64)], tags: &[(&str, &str)]) -> Vec<(i64, i64, i64, bool)> {
        let (turns, paths) = read(members, tags);
        assert_eq!(paths, []);
        turns.iter().map(|rule| (rule.from_way, rule.via_node, rule.to_way, rule.only)).collect()
    }

    const TURN: [(&str, bool, i64); 3] = [("from", false, 1), ("via", true, 7), ("to", false, 2)];
    const KIND: (&str, &str) = ("type", "restriction");

    #[test]
    fn a_relation_of_three_members_is_one_rule() {
        assert_eq!(rules(&TURN, &[KIND, ("restriction", "no_left_turn")]), [(1, 7, 2, false)]);
        assert_eq!(rules(&TURN, &[KIND, ("restriction", "only_left_turn")]), [(1, 7, 2, true)]);
    }

    #[test]
    fn a_street_that_several_may_not_enter_is_several_rules() {
        let members = [TURN[0], ("from", false, 3), TURN[1], TURN[2]];
        let found = rules(&members, &[KIND, ("restriction", "no_entry")]);
        assert_eq!(found, [(1, 7, 2, false), (3, 7, 2, false)]);
    }

    #[test]
    fn rules_over_ways_keep_their_order() {
        let over = [TURN[0], ("via", false, 7), ("via", false, 5), TURN[2]];
        let (turns, paths) = read(&over, &[KIND, ("restriction", "no_u_turn")]);
        let rule = PathRestriction { from_way: 1, via_ways: vec![7, 5], to_way: 2, only: false };
        assert_eq!((turns, paths), (vec![], vec![rule]));
        let mixed = [TURN[0], TURN[1], ("via", false, 7), TURN[2]];
        assert_eq!(read(&mixed, &[KIND, ("restriction", "no_u_turn")]), (vec![], vec![]));
    }

    #[test]
    fn rules_at_certain_times_or_for_others_are_left_out() {
        assert!(rules(&TURN, &[KIND, ("restriction:hgv", "no_left_turn")]).is_empty());
        let timed = [KIND, ("restriction:conditional", "no_left_turn @ (07:00-09:00)")];
        assert!(rules(&TURN, &timed).is_empty());
        let freed = [KIND, ("restriction", "no_left_turn"), ("except", "bus;motorcar")];
        assert!(rules(&TURN, &freed).is_empty());
    }
}
