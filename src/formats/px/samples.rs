//! The sample tables of `PxWeb`, held against the JSON-stat metadata that `PxWeb` itself gives of them.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::indexing_slicing)]

use std::path::Path;

use serde_json::{Value, json};

use super::read_px;
use crate::formats::jsonstat::read_json_stat;
use crate::formats::raw::{ColumnRole, RawTable};

fn sample(name: &str) -> Option<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/formats").join(name);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        eprintln!("skipped: {} is absent", path.display());
    }
    bytes
}

/// The cells of the table in the order of the cube: contents stand before the years, which come last.
fn cells(table: &RawTable, years: usize) -> Vec<Value> {
    let contents: Vec<_> =
        table.columns.iter().filter(|column| column.role == ColumnRole::Value).collect();
    let cell = |text: &Option<String>| {
        text.as_ref().map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
    };
    (0..table.rows.len() / years)
        .flat_map(|block| {
            contents.iter().flat_map(move |column| &column.cells[block * years..][..years])
        })
        .map(cell)
        .collect()
}

/// The metadata with the cells of the PX file are the same table as the PX file: ids, sizes, codes, labels, roles, totals.
#[test]
fn a_px_file_and_its_json_stat_metadata_describe_one_table() {
    for number in [1, 3, 4] {
        let px = sample(&format!("px/TAB00{number}.px"));
        let metadata = sample(&format!("jsonstat2/MetadataById_tab00{number}_js2.json"));
        let (Some(px), Some(metadata)) = (px, metadata) else { return };
        let table = read_px(Path::new("t.px"), &px).unwrap();
        let mut json: Value = serde_json::from_slice(&metadata).unwrap();
        let years = json["size"].as_array().unwrap().last().unwrap().as_u64().unwrap();
        json["value"] = json!(cells(&table, usize::try_from(years).unwrap()));
        let other = read_json_stat(Path::new("t.json"), &json).unwrap();
        let heads = |table: &RawTable| -> Vec<_> {
            let of = table.columns.iter();
            of.map(|column| (column.name.clone(), column.label.clone(), column.role)).collect()
        };
        assert_eq!(heads(&table), heads(&other), "TAB00{number}");
        for (column, same) in table.columns.iter().zip(&other.columns) {
            assert_eq!(column.cells, same.cells, "TAB00{number} {}", column.name);
            assert_eq!(column.status, same.status, "TAB00{number} {}", column.name);
        }
        assert_eq!(table.publisher, other.publisher);
        assert_eq!(table.title, other.title);
        for (name, members) in &table.members {
            assert_eq!(members.labels, other.members[name].labels, "TAB00{number} {name}");
        }
    }
}
