//! By which columns rows of two layers are the same row. Never by their order.

use std::collections::BTreeMap;

use polars::prelude::{Column, DataFrame, DataType};

use super::sheet::{Cell, Sheet, cell};
use crate::sources::sha256_hex;

/// What tells one row of `indicators` from another.
const INDICATORS: [&str; 10] = [
    "area_id",
    "unit_id",
    "geography_level",
    "geography_id",
    "role",
    "indicator",
    "year",
    "sex",
    "age",
    "source",
];

/// The ids of the layers of a baseline.
const IDS: [&str; 3] = ["unit_id", "station_id", "area_id"];

/// What identifies a row, one text a column.
pub(super) type RowKey = Vec<String>;

/// Rows by key.
pub(super) type Rows = BTreeMap<RowKey, usize>;

/// The columns that identify rows in both layers, and the rows by them; `None` where no column does.
pub(super) fn choose(old: &Sheet, new: &Sheet) -> Option<(Vec<String>, Rows, Rows)> {
    candidates(old).into_iter().find_map(|names| {
        let nulls = names.len() > 1;
        let rows = |sheet: &Sheet| rows_by(&sheet.frame, &names, nulls);
        Some((names.clone(), rows(old)?, rows(new)?))
    })
}

/// The table of indicators has a key of many columns, every other layer one of one.
fn candidates(sheet: &Sheet) -> Vec<Vec<String>> {
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let with_definition = [&INDICATORS[..], &["definition"]].concat();
    let mut candidates = vec![owned(&INDICATORS), owned(&with_definition)];
    candidates.extend(IDS.map(|id| vec![id.to_owned()]));
    let may_be_code = |column: &&Column| {
        matches!(column.dtype(), DataType::String) || column.dtype().is_integer()
    };
    let columns = sheet.frame.columns().iter().filter(may_be_code);
    candidates.extend(columns.map(|column| vec![column.name().to_string()]));
    candidates
}

/// Rows by the texts of columns; `None` where a column is missing, a key repeats, or is empty and may not be.
fn rows_by(frame: &DataFrame, names: &[String], nulls: bool) -> Option<Rows> {
    let columns: Vec<&Column> =
        names.iter().map(|name| frame.column(name).ok()).collect::<Option<_>>()?;
    let mut rows = Rows::new();
    for row in 0..frame.height() {
        let key: RowKey =
            columns.iter().map(|column| Cell::of(&cell(column, row)).text()).collect();
        if (!nulls && key.iter().any(String::is_empty)) || rows.insert(key, row).is_some() {
            return None;
        }
    }
    Some(rows)
}

/// Rows by all they hold, with how many there are of each.
pub(super) fn by_content(sheet: &Sheet) -> BTreeMap<RowKey, usize> {
    let mut counts = BTreeMap::new();
    for row in 0..sheet.frame.height() {
        let mut key: RowKey = sheet
            .frame
            .columns()
            .iter()
            .map(|column| format!("{}={}", column.name(), Cell::of(&cell(column, row)).text()))
            .collect();
        key.sort();
        if let Some(shape) = sheet.shapes.as_ref().and_then(|shapes| shapes.rows.get(row)) {
            let hash = sha256_hex(format!("{shape:?}").as_bytes());
            key.push(format!("shape={}", hash.get(..12).unwrap_or_default()));
        }
        *counts.entry(key).or_default() += 1;
    }
    counts
}
