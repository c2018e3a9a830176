//! `.osm.pbf`: blocks are inflated and decoded in parallel, a batch at a time, and joined in the order of the file.
//!
//! Format: <https://wiki.openstreetmap.org/wiki/PBF_Format>.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use osmpbf::{Blob, BlobDecode, BlobReader, Element, RelMemberType};
use rayon::prelude::*;

use super::{Sift, bad};
use crate::formats::{FormatError, Place};
use crate::model::osm::{Extract, Position, Tags};

/// Blocks held in memory at once.
const BATCH: usize = 64;

pub(super) fn read<W: Send, N: Send>(
    path: &Path,
    sift: &Sift<'_, W, N>,
) -> Result<Extract<W, N>, FormatError> {
    let place = Place::file(path);
    let file =
        File::open(path).map_err(|source| FormatError::Read { file: path.to_owned(), source })?;
    let mut blobs = BlobReader::new(BufReader::with_capacity(1 << 20, file));
    let mut extract = Extract::default();
    loop {
        let batch: Vec<Blob> = blobs
            .by_ref()
            .take(BATCH)
            .collect::<Result<_, _>>()
            .map_err(|error| broken(&place, &error))?;
        if batch.is_empty() {
            return Ok(extract);
        }
        let parts: Vec<Result<Extract<W, N>, FormatError>> =
            batch.par_iter().map(|blob| decode(&place, blob, sift)).collect();
        for part in parts {
            append(&mut extract, part?);
        }
    }
}

fn broken(place: &Place, error: &osmpbf::Error) -> FormatError {
    bad(
        place,
        &format!("is broken: {error}"),
        "the file is cut short or no .osm.pbf; download it again and compare its checksum",
    )
}

fn append<W, N>(whole: &mut Extract<W, N>, mut part: Extract<W, N>) {
    whole.node_ids.append(&mut part.node_ids);
    whole.positions.append(&mut part.positions);
    whole.tagged.append(&mut part.tagged);
    whole.ways.append(&mut part.ways);
    whole.restrictions.append(&mut part.restrictions);
    whole.path_restrictions.append(&mut part.path_restrictions);
    whole.multipolygons.append(&mut part.multipolygons);
    whole.outlines.append(&mut part.outlines);
    whole.bounds = whole.bounds.or(part.bounds);
}

fn decode<W, N>(
    place: &Place,
    blob: &Blob,
    sift: &Sift<'_, W, N>,
) -> Result<Extract<W, N>, FormatError> {
    let block = match blob.decode().map_err(|error| broken(place, &error))? {
        BlobDecode::OsmData(block) => block,
        BlobDecode::OsmHeader(header) => {
            check_features(place, header.required_features())?;
            let bounds = header.bbox().and_then(|bbox| {
                let low = Position::from_degrees(bbox.left, bbox.bottom)?;
                Some([low, Position::from_degrees(bbox.right, bbox.top)?])
            });
            return Ok(Extract { bounds, ..Extract::default() });
        }
        BlobDecode::Unknown(_) => return Ok(Extract::default()),
    };
    let mut part = Extract::default();
    for element in block.elements() {
        match element {
            Element::DenseNode(node) => {
                let at = Position { lon: node.decimicro_lon(), lat: node.decimicro_lat() };
                add_node(&mut part, sift, node.id(), at, node.tags());
            }
            Element::Node(node) => {
                let at = Position { lon: node.decimicro_lon(), lat: node.decimicro_lat() };
                add_node(&mut part, sift, node.id(), at, node.tags());
            }
            Element::Way(way) => {
                let tags: Vec<(&str, &str)> = way.tags().collect();
                sift.add_way(&mut part, way.id(), Tags(&tags), || way.refs().collect());
            }
            Element::Relation(relation) => {
                let tags: Vec<(&str, &str)> = relation.tags().collect();
                let members = relation.members().map(|member| {
                    let is_node = member.member_type == RelMemberType::Node;
                    (member.role().unwrap_or_default(), is_node, member.member_id)
                });
                sift.add_relation(&mut part, relation.id(), Tags(&tags), members);
            }
        }
    }
    Ok(part)
}

/// A file may say that a reader must understand more than this one does, such as a history.
fn check_features(place: &Place, features: &[String]) -> Result<(), FormatError> {
    const KNOWN: [&str; 2] = ["OsmSchema-V0.6", "DenseNodes"];
    match features.iter().find(|feature| !KNOWN.contains(&feature.as_str())) {
        None => Ok(()),
        Some(feature) => Err(bad(
            place,
            &format!("needs the feature \"{feature}\""),
            "give a plain extract; `osmium cat` writes one",
        )),
    }
}

fn add_node<'a, W, N>(
    part: &mut Extract<W, N>,
    sift: &Sift<'_, W, N>,
    id: i64,
    at: Position,
    tags: impl ExactSizeIterator<Item = (&'a str, &'a str)>,
) {
    if !sift.contains(at) {
        return;
    }
    part.node_ids.push(id);
    part.positions.push(at);
    if tags.len() > 0 {
        let tags: Vec<(&str, &str)> = tags.collect();
        part.tagged.extend((sift.node)(Tags(&tags)).map(|kept| (id, kept)));
    }
}
