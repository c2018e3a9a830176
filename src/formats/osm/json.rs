//! The JSON of an Overpass answer. A remark in it (time-out, out of memory) means that the answer is incomplete.
//!
//! Format: <https://dev.overpass-api.de/output_formats.html>.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Sift, bad};
use crate::formats::{FormatError, Place};
use crate::model::osm::{Extract, Position, Tags};

#[derive(Deserialize)]
struct Answer<'a> {
    remark: Option<String>,
    #[serde(borrow)]
    elements: Option<Vec<Item<'a>>>,
}

#[derive(Deserialize)]
struct Item<'a> {
    r#type: &'a str,
    id: i64,
    lat: Option<f64>,
    lon: Option<f64>,
    #[serde(default)]
    nodes: Vec<i64>,
    #[serde(default)]
    members: Vec<Member>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Member {
    r#type: String,
    r#ref: i64,
    #[serde(default)]
    role: String,
}

pub(super) fn read<W, N>(
    place: &Place,
    bytes: &[u8],
    sift: &Sift<'_, W, N>,
) -> Result<Extract<W, N>, FormatError> {
    let answer: Answer<'_> = serde_json::from_slice(bytes).map_err(|error| {
        bad(place, &format!("is no Overpass answer: {error}"), "ask Overpass for [out:json]")
    })?;
    if let Some(remark) = answer.remark {
        return Err(bad(
            place,
            &format!("is incomplete; Overpass remarks: {remark}"),
            "ask for a smaller area or a longer time-out",
        ));
    }
    let Some(elements) = answer.elements else {
        return Err(bad(place, "has no \"elements\"", "ask Overpass for [out:json]"));
    };
    let mut extract = Extract::default();
    for item in &elements {
        add(place, &mut extract, item, sift)?;
    }
    Ok(extract)
}

fn add<W, N>(
    place: &Place,
    extract: &mut Extract<W, N>,
    item: &Item<'_>,
    sift: &Sift<'_, W, N>,
) -> Result<(), FormatError> {
    let tags: Vec<(&str, &str)> =
        item.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let tags = Tags(&tags);
    match item.r#type {
        "node" => {
            let at = item.lon.zip(item.lat).and_then(|(lon, lat)| Position::from_degrees(lon, lat));
            let at = at.ok_or_else(|| {
                bad(
                    place,
                    &format!("node {} has no position", item.id),
                    "end the query with out body",
                )
            })?;
            if sift.contains(at) {
                extract.node_ids.push(item.id);
                extract.positions.push(at);
                extract.tagged.extend((sift.node)(tags).map(|kept| (item.id, kept)));
            }
        }
        "way" => {
            sift.add_way(extract, item.id, tags, || item.nodes.clone());
        }
        _ => {
            let members = item.members.iter();
            let members = members.map(|m| (m.role.as_str(), m.r#type == "node", m.r#ref));
            sift.add_relation(extract, item.id, tags, members);
        }
    }
    Ok(())
}
