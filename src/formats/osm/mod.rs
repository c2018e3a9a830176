//! OpenStreetMap extracts: `.osm.pbf`, `.osm` (XML) and the JSON that Overpass answers with.
//!
//! A reader says by its [`Sift`] what of the tags it wants to keep; everything else is dropped while it is decoded, so
//! that the tags of a country never lie in memory.

mod json;
mod pbf;
mod xml;

use std::path::Path;

use crate::formats::{FormatError, Place};
use crate::model::osm::{Extract, Position, Tags, TurnRestriction};

/// What to keep of an extract.
pub struct Sift<'a, W, N> {
    /// What a way's tags are turned into; `None` drops the way.
    pub way: &'a (dyn Fn(Tags<'_>) -> Option<W> + Sync),
    /// What a node's tags are turned into; every node keeps its position all the same.
    pub node: &'a (dyn Fn(Tags<'_>) -> Option<N> + Sync),
    /// Nodes outside are dropped: west, south, east, north.
    pub within: Option<[Position; 2]>,
}

impl<W, N> Sift<'_, W, N> {
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
    let place = Place::file(path);
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase());
    let ends = |ending: &str| name.as_deref().is_some_and(|name| name.ends_with(ending));
    let mut extract = if ends(".pbf") {
        pbf::read(path, sift)?
    } else if ends(".osm") || ends(".xml") {
        xml::read(&place, &crate::formats::read(path)?, sift)?
    } else if ends(".json") {
        json::read(&place, &crate::formats::read(path)?, sift)?
    } else {
        return Err(bad(&place, "is no OpenStreetMap extract by its name", HELP));
    };
    extract.settle();
    if extract.node_ids.is_empty() {
        let what = if sift.within.is_some() {
            "has no node in the area and its surroundings"
        } else {
            "has no node"
        };
        return Err(bad(&place, what, "check that the extract covers the area"));
    }
    Ok(extract)
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
    from: Option<i64>,
    via: Option<i64>,
    to: Option<i64>,
}

impl RestrictionParts {
    fn member(&mut self, role: &str, is_node: bool, id: i64) {
        match (role, is_node) {
            ("from", false) => self.from = Some(id),
            ("via", true) => self.via = Some(id),
            ("to", false) => self.to = Some(id),
            _ => {}
        }
    }

    /// Restrictions over a way (`via` is no node) and those of other vehicles are left out.
    fn finish(&self, tags: Tags<'_>) -> Option<TurnRestriction> {
        if !tags.is("type", "restriction") {
            return None;
        }
        let rule = tags.get("restriction").or_else(|| tags.get("restriction:motorcar"))?;
        if tags.get("except").is_some_and(|except| except.contains("motorcar")) {
            return None;
        }
        Some(TurnRestriction {
            from_way: self.from?,
            via_node: self.via?,
            to_way: self.to?,
            only: rule.starts_with("only_"),
        })
    }
}
