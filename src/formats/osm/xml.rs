//! `.osm` XML.
//!
//! Format: <https://wiki.openstreetmap.org/wiki/OSM_XML>. External entities are never resolved.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::{Sift, bad};
use crate::formats::{FormatError, Place};
use crate::model::osm::{Extract, Position, Tags};

/// The element that is being read.
#[derive(Default)]
struct Open {
    kind: String,
    id: i64,
    at: Option<Position>,
    tags: Vec<(String, String)>,
    refs: Vec<i64>,
    /// Role, whether it is a node, and id.
    members: Vec<(String, bool, i64)>,
}

pub(super) fn read<W, N>(
    place: &Place,
    bytes: &[u8],
    sift: &Sift<'_, W, N>,
) -> Result<Extract<W, N>, FormatError> {
    let mut reader = Reader::from_reader(bytes);
    let mut extract = Extract::default();
    let mut open = Open::default();
    let mut seen_root = false;
    let mut closed_root = false;
    loop {
        let broken = |reason: String| {
            bad(place, &format!("is no OpenStreetMap XML: {reason}"), "export it again")
        };
        let event = reader.read_event().map_err(|error| broken(error.to_string()))?;
        match event {
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == "osm" => {
                seen_root = true;
            }
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == "bounds" => {
                extract.bounds = bounds(place, &tag)?;
            }
            Event::Start(tag) => start(place, &tag, &mut open)?,
            Event::Empty(tag) => {
                let before = open.kind.clone();
                start(place, &tag, &mut open)?;
                if before.is_empty() && !open.kind.is_empty() {
                    close(&mut extract, &std::mem::take(&mut open), sift);
                }
            }
            Event::End(tag) if tag.name().as_ref() == open.kind.as_str() => {
                close(&mut extract, &std::mem::take(&mut open), sift);
            }
            Event::End(tag) if tag.name().as_ref() == "osm" => closed_root = true,
            Event::Eof if seen_root && closed_root => return Ok(extract),
            Event::Eof if seen_root => return Err(broken("it is cut short".to_owned())),
            Event::Eof => return Err(broken("it has no <osm>".to_owned())),
            _ => {}
        }
    }
}

fn start(place: &Place, tag: &BytesStart<'_>, open: &mut Open) -> Result<(), FormatError> {
    match tag.name().as_ref() {
        kind @ ("node" | "way" | "relation") => {
            *open =
                Open { kind: kind.to_owned(), id: number(place, tag, "id")?, ..Open::default() };
            if kind == "node" {
                let degrees = |name| -> Result<f64, FormatError> {
                    Ok(attribute(place, tag, name)?
                        .and_then(|v| v.parse().ok())
                        .unwrap_or(f64::NAN))
                };
                open.at = Position::from_degrees(degrees("lon")?, degrees("lat")?);
            }
        }
        "tag" => {
            let (key, value) = (attribute(place, tag, "k")?, attribute(place, tag, "v")?);
            open.tags.extend(key.zip(value));
        }
        "nd" => open.refs.push(number(place, tag, "ref")?),
        "member" => {
            let role = attribute(place, tag, "role")?.unwrap_or_default();
            let is_node = attribute(place, tag, "type")?.as_deref() == Some("node");
            open.members.push((role, is_node, number(place, tag, "ref")?));
        }
        _ => {}
    }
    Ok(())
}

fn attribute(
    place: &Place,
    tag: &BytesStart<'_>,
    name: &str,
) -> Result<Option<String>, FormatError> {
    let broken =
        |reason: String| bad(place, &format!("has a broken element: {reason}"), "export it again");
    let found = tag.try_get_attribute(name).map_err(|error| broken(error.to_string()))?;
    let Some(found) = found else { return Ok(None) };
    let value = found
        .normalized_value(XmlVersion::Implicit1_0)
        .map_err(|error| broken(error.to_string()))?;
    Ok(Some(value.into_owned()))
}

fn number(place: &Place, tag: &BytesStart<'_>, name: &str) -> Result<i64, FormatError> {
    let value = attribute(place, tag, name)?;
    value.as_deref().and_then(|value| value.parse().ok()).ok_or_else(|| {
        let kind = tag.name().as_ref().to_owned();
        bad(
            place,
            &format!("has a <{kind}> without a whole number as \"{name}\""),
            "export it again",
        )
    })
}

/// `None` where a side is missing or off the globe.
fn bounds(place: &Place, tag: &BytesStart<'_>) -> Result<Option<[Position; 2]>, FormatError> {
    let corner = |lon, lat| -> Result<Option<Position>, FormatError> {
        let degrees = |text: Option<String>| text?.parse::<f64>().ok();
        let (lon, lat) = (attribute(place, tag, lon)?, attribute(place, tag, lat)?);
        Ok(degrees(lon).zip(degrees(lat)).and_then(|(lon, lat)| Position::from_degrees(lon, lat)))
    };
    Ok(corner("minlon", "minlat")?.zip(corner("maxlon", "maxlat")?).map(|(low, high)| [low, high]))
}

/// A node without a position on the globe (deleted in a history) is left out.
fn close<W, N>(extract: &mut Extract<W, N>, open: &Open, sift: &Sift<'_, W, N>) {
    let tags: Vec<(&str, &str)> =
        open.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let tags = Tags(&tags);
    match open.kind.as_str() {
        "node" => {
            if let Some(at) = open.at.filter(|at| sift.contains(*at)) {
                extract.node_ids.push(open.id);
                extract.positions.push(at);
                extract.tagged.extend((sift.node)(tags).map(|kept| (open.id, kept)));
            }
        }
        "way" => {
            sift.add_way(extract, open.id, tags, || open.refs.clone());
        }
        _ => {
            let members =
                open.members.iter().map(|(role, is_node, id)| (role.as_str(), *is_node, *id));
            sift.add_relation(extract, open.id, tags, members);
        }
    }
}
