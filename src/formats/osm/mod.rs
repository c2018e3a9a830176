//! OpenStreetMap extracts: `.osm.pbf`, `.osm` (XML) and the JSON that Overpass answers with.
//!
//! A reader says by its [`Sift`] what of the tags it wants to keep; everything else is dropped while it is decoded, so
//! that the tags of a country never lie in memory.

mod json;
mod pbf;
mod restriction;
mod xml;

use std::path::Path;

use restriction::RestrictionParts;

use crate::formats::{FormatError, Place};
use crate::model::osm::{Extract, Multipolygon, Position, Tags, Way};

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
            parts.finish(tags, &mut part.restrictions, &mut part.path_restrictions);
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
        let (what, help) = if sift.within.is_some() {
            let what = "has no node in the area and its surroundings";
            (what, "check that the extract covers the area")
        } else {
            ("is empty: it has no node", "download or cut the extract again")
        };
        return Err(bad(&Place::file(path), what, help));
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
