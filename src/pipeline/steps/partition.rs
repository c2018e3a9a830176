//! A layer in many files, by the value of a column, as engines that read whole folders expect it.
//!
//! `cells.parquet` becomes `cells/county=01/0003.parquet` (the county, then the block that the rows were made in) and
//! `cells/_index.json`, which says of each file how many rows it has and where they lie. As is the custom of Hive, the
//! column stands in the path and not in the files, a missing value as `__HIVE_DEFAULT_PARTITION__`, and engines pass over
//! what begins with `_`.
//!
//! One block is in memory at a time.

use std::collections::BTreeMap;
use std::path::Path;

use geo::BoundingRect;
use polars::prelude::{DataFrame, DataType};
use serde::Serialize;

use super::Results;
use super::publish::{Named, file_of, opened, write_json};
use crate::formats;
use crate::model::Layer;
use crate::pipeline::PipelineError;
use crate::publish::OutputFile;

/// Stands for a missing value.
const MISSING: &str = "__HIVE_DEFAULT_PARTITION__";

/// How a layer is cut: the name in the paths, and the column.
pub(super) type By<'a> = (&'a str, &'a str);

/// What the index says of a file.
#[derive(Serialize)]
struct Indexed {
    file: String,
    rows: usize,
    /// West, south, east and north in the system of the layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    bbox: Option<[f64; 4]>,
}

/// Writes the blocks of a layer that has the column, each value into a folder of its own; `None` for one that has not.
///
/// # Errors
/// Those of reading and writing; [`PipelineError::Output`].
pub(super) fn write(
    name: &str,
    blocks: &[&Results<'_>],
    (key, column): By<'_>,
    folder: &Path,
) -> Result<Option<Vec<OutputFile>>, PipelineError> {
    let stem = formats::stem(Path::new(name));
    let (mut outputs, mut index) = (Vec::new(), Vec::new());
    for (number, block) in blocks.iter().enumerate() {
        let Some(layer) = opened(&block.folder.join(name), &stem)? else { continue };
        if layer.frame().column(column).is_err() {
            return Ok(None);
        }
        for (value, rows) in rows_by_value(layer.frame(), column)? {
            let part = without(&layer.rows(&rows)?, column)?;
            let value = value.as_deref().map_or_else(|| MISSING.to_owned(), escaped);
            let within = format!("{key}={value}/{number:04}.parquet");
            let file = format!("{stem}/{within}");
            let target = folder.join(&file);
            let around = target.parent().unwrap_or(folder);
            std::fs::create_dir_all(around)
                .map_err(|source| PipelineError::Output { path: around.to_owned(), source })?;
            formats::write(&target, &part)?;
            index.push(Indexed { file: within, rows: rows.len(), bbox: bbox(&part) });
            let crs = part.areas().map(|areas| areas.crs().id().to_owned());
            let rows = BTreeMap::from([(stem.clone(), rows.len())]);
            outputs.push(file_of(Named { file, path: &target, rows, crs })?);
        }
    }
    index.sort_by(|a, b| a.file.cmp(&b.file));
    outputs.sort_by(|a, b| a.file.cmp(&b.file));
    let file = format!("{stem}/_index.json");
    let path = folder.join(&file);
    write_json(&path, &index)?;
    outputs.push(file_of(Named { file, path: &path, rows: BTreeMap::new(), crs: None })?);
    Ok(Some(outputs))
}

/// The rows of each value, in their order.
fn rows_by_value(
    frame: &DataFrame,
    column: &str,
) -> Result<BTreeMap<Option<String>, Vec<usize>>, PipelineError> {
    let fault = |source| PipelineError::Frame { table: column.to_owned(), source };
    let texts = frame.column(column).and_then(|column| column.cast(&DataType::String));
    let texts = texts.map_err(fault)?;
    let mut rows: BTreeMap<Option<String>, Vec<usize>> = BTreeMap::new();
    for (row, text) in texts.str().map_err(fault)?.iter().enumerate() {
        rows.entry(text.map(str::to_owned)).or_default().push(row);
    }
    Ok(rows)
}

fn without(layer: &Layer, column: &str) -> Result<Layer, PipelineError> {
    let fault = |source| PipelineError::Frame { table: column.to_owned(), source };
    let frame = layer.frame().drop(column).map_err(fault)?;
    Ok(layer.clone().with_frame(frame)?)
}

fn bbox(layer: &Layer) -> Option<[f64; 4]> {
    let rects = layer.areas()?.shapes().iter().filter_map(BoundingRect::bounding_rect);
    let sides = |rect: geo::Rect<f64>| [rect.min().x, rect.min().y, rect.max().x, rect.max().y];
    rects.map(sides).reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])
}

/// What is no plain letter, digit, `-`, `_` or `.` is written as `%` and its bytes, so that a value is one name of a folder.
fn escaped(value: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let byte = |byte: u8| {
        if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    if value.is_empty() { MISSING.to_owned() } else { value.bytes().map(byte).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_one_name_of_a_folder() {
        assert_eq!(escaped("01"), "01");
        assert_eq!(escaped("Västra Götaland"), "V%C3%A4stra%20G%C3%B6taland");
        assert_eq!(escaped("../a/b=c"), "..%2Fa%2Fb%3Dc");
        assert_eq!(escaped(""), MISSING);
    }
}
