//! OpenStreetMap extracts: `.osm.pbf`, `.osm` (XML) and the JSON that Overpass answers with.
//!
//! A reader says by its [`Sift`] what of the tags it wants to keep; everything else is dropped while it is decoded, so
//! that the tags of a country never lie in memory.

mod json;
mod pbf;
mod xml;

use std::path::Path;

use crate::formats::{FormatError, Place};
use crate::model::osm::{Extract, Multipolygon, Position, Tags, TurnRestriction, Way};

/// What to keep of an extract.
pub struct Sift<'a, W, N> {
    /// What a way's tags are turned into; `None` drops the way.
    pub way: &'a (dyn Fn(Tags<'_>) -> Option<W> + Sync),
    /// What a node's tags are turned into; every node keeps its position all the same.
    pub node: &'a (dyn Fn(Tags<'_>) -> Option<N> + Sync),
    /// Nodes outside are dropped: west, south, east, north.
    pub within: Option<[Position; 2]>,
    pub multipolygons: Multipolygons<'a>,
}

/// What to do with multipolygons and with the ways that these are made of, which often have no tags of their own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Multipolygons<'a> {
    Leave,
    /// Keep those whose tags are kept as those of a way are; the file is then read a second time for their ways.
    Keep,
    /// Keep the ways with these ids, ascending.
    Outlines(&'a [i64]),
}

impl<W, N> Sift<'_, W, N> {
    fn add_way(
        &self,
        part: &mut Extract<W, N>,
        id: i64,
        tags: Tags<'_>,
        refs: impl Fn() -> Vec<i64>,
    ) {
        if let Multipolygons::Outlines(ids) = self.multipolygons
            && ids.binary_search(&id).is_ok()
        {
            part.outlines.push(Way { id, kept: (), refs: refs() });
        }
        if let Some(kept) = (self.way)(tags) {
            part.ways.push(Way { id, kept, refs: refs() });
        }
    }

    /// A turn restriction or a multipolygon; members are `(role, is a node, id)`.
    fn add_relation<'m>(
        &self,
        part: &mut Extract<W, N>,
        id: i64,
        tags: Tags<'_>,
        members: impl Iterator<Item = (&'m str, bool, i64)>,
    ) {
        if tags.is("type", "restriction") {
            let mut parts = RestrictionParts::default();
            members.for_each(|(role, is_node, id)| parts.member(role, is_node, id));
            part.restrictions.extend(parts.finish(tags));
        } else if tags.is("type", "multipolygon") && self.multipolygons == Multipolygons::Keep {
            let Some(kept) = (self.way)(tags) else { return };
            let outer =
                members.filter(|(role, is_node, _)| !is_node && matches!(*role, "outer" | ""));
            let outer = outer.map(|(.., id)| id).collect();
            part.multipolygons.push(Multipolygon { id, kept, outer });
        }
    }

    fn contains(&self, position: Position) -> bool {
        self.within.is_none_or(|[low, high]| {
            (low.lon..=high.lon).contains(&position.lon)
                && (low.lat..=high.lat).contains(&position.lat)
        })
    }
}

/// Reads an extract by what its name ends in.
///
/// # Errors
/// [`FormatError`] for a file that cannot be read, is truncated, is not what its name says or holds no nodes.
pub fn read<W: Send, N: Send>(
    path: &Path,
    sift: &Sift<'_, W, N>,
) -> Result<Extract<W, N>, FormatError> {
    let mut extract = read_once(path, sift)?;
    let mut ids: Vec<i64> =
        extract.multipolygons.iter().flat_map(|area| area.outer.iter().copied()).collect();
    if !ids.is_empty() {
        ids.sort_unstable();
        let outlines: Sift<'_, (), ()> = Sift {
            way: &|_| None,
            node: &|_| None,
            within: sift.within,
            multipolygons: Multipolygons::Outlines(&ids),
        };
        extract.outlines = read_once(path, &outlines)?.outlines;
    }
    extract.settle();
    if extract.node_ids.is_empty() {
        let what = if sift.within.is_some() {
            "has no node in the area and its surroundings"
        } else {
            "has no node"
        };
        return Err(bad(&Place::file(path), what, "check that the extract covers the area"));
    }
    Ok(extract)
}

fn read_once<W: Send, N: Send>(
    path: &Path,
    sift: &Sift<'_, W, N>,
) -> Result<Extract<W, N>, FormatError> {
    let place = Place::file(path);
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase());
    let ends = |ending: &str| name.as_deref().is_some_and(|name| name.ends_with(ending));
    if ends(".pbf") {
        pbf::read(path, sift)
    } else if ends(".osm") || ends(".xml") {
        xml::read(&place, &crate::formats::read(path)?, sift)
    } else if ends(".json") {
        json::read(&place, &crate::formats::read(path)?, sift)
    } else {
        Err(bad(&place, "is no OpenStreetMap extract by its name", HELP))
    }
}

const HELP: &str = "give an .osm.pbf, an .osm (XML) or the .json that Overpass answers with";

fn bad(place: &Place, reason: &str, help: &str) -> FormatError {
    FormatError::Decode {
        file: place.file.clone(),
        reason: reason.to_owned(),
        help: help.to_owned(),
    }
}

/// The members of a relation that make a turn restriction.
#[derive(Default)]
struct RestrictionParts {
    from: Vec<i64>,
    via: Vec<i64>,
    to: Vec<i64>,
}

/// Where a restriction for cars is written, the most specific first.
const RESTRICTION_KEYS: [&str; 3] =
    ["restriction:motorcar", "restriction:motor_vehicle", "restriction"];

impl RestrictionParts {
    fn member(&mut self, role: &str, is_node: bool, id: i64) {
        match (role, is_node) {
            ("from", false) => self.from.push(id),
            ("via", true) => self.via.push(id),
            ("to", false) => self.to.push(id),
            _ => {}
        }
    }

    /// A rule for each pair of ways: `no_entry` has several to come from, `no_exit` several to go to. Restrictions over
    /// a way (`via` is no node), those at certain times and those of other vehicles are left out.
    fn finish(&self, tags: Tags<'_>) -> Vec<TurnRestriction> {
        let rule = RESTRICTION_KEYS.iter().find_map(|key| tags.get(key)).unwrap_or_default();
        let only = rule.starts_with("only_");
        let excepted = tags.get("except").is_some_and(|except| {
            except.split(';').any(|who| matches!(who.trim(), "motorcar" | "motor_vehicle"))
        });
        let [via_node] = self.via[..] else { return Vec::new() };
        if !tags.is("type", "restriction") || excepted || !(only || rule.starts_with("no_")) {
            return Vec::new();
        }
        let pairs = self.from.iter().flat_map(|from| self.to.iter().map(move |to| (*from, *to)));
        pairs
            .map(|(from_way, to_way)| TurnRestriction { from_way, via_node, to_way, only })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(members: &[(&str, bool, i64)], tags: &[(&str, &str)]) -> Vec<(i64, i64, i64, bool)> {
        let mut parts = RestrictionParts::default();
        for (role, is_node, id) in members {
            parts.member(role, *is_node, *id);
        }
        let found = parts.finish(Tags(tags)).into_iter();
        found.map(|rule| (rule.from_way, rule.via_node, rule.to_way, rule.only)).collect()
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
    fn rules_over_a_way_at_certain_times_or_for_others_are_left_out() {
        let over_way = [TURN[0], ("via", false, 7), TURN[2]];
        assert!(rules(&over_way, &[KIND, ("restriction", "no_u_turn")]).is_empty());
        assert!(rules(&TURN, &[KIND, ("restriction:hgv", "no_left_turn")]).is_empty());
        let timed = [KIND, ("restriction:conditional", "no_left_turn @ (07:00-09:00)")];
        assert!(rules(&TURN, &timed).is_empty());
        let freed = [KIND, ("restriction", "no_left_turn"), ("except", "bus;motorcar")];
        assert!(rules(&TURN, &freed).is_empty());
    }
}
