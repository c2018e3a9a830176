//! The JSON answer of `PxWeb` API v1: columns of keys and values, a row a combination.
//!
//! Source: "API description, `PxWeb` API v1" (Statistics Sweden), response format `json`.

use std::path::Path;

use serde_json::Value;

use super::cube::{Axis, publisher_note, refuse_double_names};
use super::error::{FormatError, Place};
use super::raw::{ColumnRole, RawColumn, RawTable};
use super::text::{MarkCount, is_missing_mark};
use crate::model::ObsStatus;

/// Reads a `PxWeb` v1 answer: `columns` say what `key` and `values` of each row of `data` hold.
///
/// Columns are named by code and labelled by text. Type `t` is the time, `c` a value, and `d` a
/// dimension, or the geography where its code is a known one (`Region`). A value of dots or a dash is
/// `None` with status `M`; other values stay text as published. Rows are numbered from 1.
///
/// # Errors
///
/// [`FormatError`] when columns or rows are missing or malformed, a row holds more or fewer keys or
/// values than there are columns for, or two columns share a code.
pub fn read_pxweb_v1(file: &Path, json: &Value) -> Result<RawTable, FormatError> {
    let list = |key: &str| json.get(key).and_then(Value::as_array);
    let (Some(described), Some(data)) = (list("columns"), list("data")) else {
        return Err(fault(file, "it holds no \"columns\" and \"data\""));
    };
    let columns = described.iter().map(|one| column(file, one)).collect::<Result<Vec<_>, _>>()?;
    let (mut values, mut keys): (Vec<RawColumn>, Vec<RawColumn>) =
        columns.into_iter().partition(|column| column.role == ColumnRole::Value);
    if keys.is_empty() || values.is_empty() || data.is_empty() {
        return Err(fault(file, "it holds no keys, no values or no rows"));
    }
    let mut marks = MarkCount::default();
    for (row, record) in (1..).zip(data) {
        let key = texts(file, row, record, "key", keys.len())?;
        keys.iter_mut().zip(key).for_each(|(column, text)| column.cells.push(Some(text)));
        let cells = texts(file, row, record, "values", values.len())?;
        values
            .iter_mut()
            .zip(cells)
            .for_each(|(column, text)| push_value(column, text, &mut marks));
    }
    keys.extend(values.into_iter().map(without_idle_status));
    refuse_double_names(file, &keys)?;
    let mut notes = marks.notes();
    notes.extend(comments(json).filter_map(publisher_note));
    let about = |key: &str| json.get("metadata")?.get(0)?.get(key)?.as_str().map(str::to_owned);
    Ok(RawTable {
        columns: keys,
        rows: (1..=data.len()).collect(),
        notes,
        title: about("label"),
        publisher: about("source"),
        ..RawTable::default()
    })
}

fn fault(file: &Path, reason: impl Into<String>) -> FormatError {
    FormatError::NotWhatItSays {
        file: file.into(),
        expected: "a PxWeb v1 answer",
        reason: reason.into(),
        help: "ask the API for response format \"json\" and save the whole answer".to_owned(),
    }
}

fn column(file: &Path, described: &Value) -> Result<RawColumn, FormatError> {
    let text = |key: &str| described.get(key).and_then(Value::as_str);
    let (Some(code), Some(kind)) = (text("code"), text("type")) else {
        return Err(fault(file, "a column has no \"code\" or no \"type\""));
    };
    let role = match kind {
        "c" => ColumnRole::Value,
        "t" => ColumnRole::Time,
        "d" if Axis::of_known_code(code) == Axis::Geography => ColumnRole::Geography,
        "d" => ColumnRole::Dimension,
        other => {
            return Err(fault(file, format!("column \"{code}\" has an unknown type \"{other}\"")));
        }
    };
    let label = text("text").map(str::to_owned);
    Ok(RawColumn { label, role, ..RawColumn::plain(code, Vec::new()) })
}

/// The texts under `key` or `values` of a row, exactly as many as there are columns.
fn texts(
    file: &Path,
    row: usize,
    record: &Value,
    part: &str,
    wanted: usize,
) -> Result<Vec<String>, FormatError> {
    let wrong = |reason: String| FormatError::Row {
        place: Place::file(file),
        row,
        reason,
        help: "the answer is damaged: fetch it again".to_owned(),
    };
    let list = record.get(part).and_then(Value::as_array);
    let list = list.ok_or_else(|| wrong(format!("it has no list \"{part}\"")))?;
    if list.len() != wanted {
        let found = list.len();
        return Err(wrong(format!(
            "\"{part}\" holds {found} texts where the columns call for {wanted}"
        )));
    }
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        // Some installations write null for a missing value.
        Value::Null if part == "values" => Some(String::new()),
        _ => None,
    };
    let texts = list.iter().map(text).collect::<Option<Vec<_>>>();
    texts.ok_or_else(|| wrong(format!("\"{part}\" holds something that is no text")))
}

fn push_value(column: &mut RawColumn, text: String, marks: &mut MarkCount) {
    let marked = is_missing_mark(&text);
    if marked {
        marks.add(&text);
    }
    let missing = marked || text.is_empty();
    column.status.push(if missing { ObsStatus::M } else { ObsStatus::A });
    column.cells.push((!missing).then_some(text));
}

fn without_idle_status(mut column: RawColumn) -> RawColumn {
    if column.status.iter().all(|status| *status == ObsStatus::A) {
        column.status.clear();
    }
    column
}

fn comments(json: &Value) -> impl Iterator<Item = &str> {
    let list = json.get("comments").and_then(Value::as_array).map(Vec::as_slice);
    list.unwrap_or_default().iter().filter_map(|comment| comment.get("comment")?.as_str())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::print_stderr, clippy::indexing_slicing)]
    use super::super::scb_codes::{sdmx_age, sdmx_sex, strip_vintage};
    use super::*;
    use serde_json::json;

    fn read(json: &Value) -> Result<RawTable, FormatError> {
        read_pxweb_v1(Path::new("t.json"), json)
    }

    fn small() -> Value {
        json!({
            "columns": [
                {"code": "Region", "text": "region", "type": "d"},
                {"code": "Tid", "text": "år", "type": "t"},
                {"code": "pop", "text": "Folkmängd", "type": "c"}
            ],
            "comments": [{"variable": "Tid", "value": "2024", "comment": "Preliminär. Kan ändras."}],
            "data": [
                {"key": ["0180", "2024"], "values": ["995574"]},
                {"key": ["0182", "2024"], "values": [".."]},
                {"key": ["0184", "2024"], "values": ["-"]},
                {"key": ["0186", "2024"], "values": [7.5]}
            ],
            "metadata": [{"label": "Folkmängd", "source": "SCB"}]
        })
    }

    #[test]
    fn keys_values_roles_and_missing_marks_are_read() {
        let table = read(&small()).unwrap();
        let roles: Vec<_> = table.columns.iter().map(|column| column.role).collect();
        assert_eq!(roles, [ColumnRole::Geography, ColumnRole::Time, ColumnRole::Value]);
        let pop = table.column("pop").unwrap();
        let cells: Vec<_> = pop.cells.iter().map(Option::as_deref).collect();
        assert_eq!(cells, [Some("995574"), None, None, Some("7.5")]);
        assert_eq!(pop.status, [ObsStatus::A, ObsStatus::M, ObsStatus::M, ObsStatus::A]);
        assert_eq!(pop.label.as_deref(), Some("Folkmängd"));
        assert_eq!(
            (table.title.as_deref(), table.publisher.as_deref()),
            (Some("Folkmängd"), Some("SCB"))
        );
        assert_eq!(table.rows, [1, 2, 3, 4]);
        assert!(table.notes.contains(&"Publisher's note: Preliminär.".to_owned()));
    }

    #[test]
    fn a_row_of_another_length_is_a_fault_with_its_number() {
        for (part, list, wanted) in [
            ("key", json!(["0182"]), "row 2: \"key\" holds 1 texts where the columns call for 2"),
            ("values", json!(["1", "2"]), "row 2: \"values\" holds 2 texts"),
            ("values", json!(null), "row 2: it has no list \"values\""),
            ("values", json!([[1]]), "row 2: \"values\" holds something that is no text"),
            ("key", json!([null, "2024"]), "row 2: \"key\" holds something that is no text"),
        ] {
            let mut data = small();
            data["data"][1][part] = list;
            let message = read(&data).unwrap_err().to_string();
            assert!(message.contains(wanted), "{message}");
        }
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        let mut twice = small();
        twice["columns"][1]["code"] = json!("Region");
        assert!(matches!(read(&twice).unwrap_err(), FormatError::DuplicateColumn { .. }));
        let mut unknown = small();
        unknown["columns"][1]["type"] = json!("x");
        let mut empty = small();
        empty["data"] = json!([]);
        for other in [unknown, empty, json!({}), json!(null), json!({"columns": [{}], "data": [1]})]
        {
            assert!(matches!(read(&other).unwrap_err(), FormatError::NotWhatItSays { .. }));
        }
    }

    #[test]
    fn the_regso_population_of_stockholm_is_995_574() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../shared/data/stockholm/scb_pxweb_v1_population_regso_2024.json");
        let Ok(bytes) = std::fs::read(&path) else {
            eprintln!("skipped: {} is absent", path.display());
            return;
        };
        let table = read_pxweb_v1(&path, &serde_json::from_slice(&bytes).unwrap()).unwrap();
        assert_eq!((table.rows.len(), table.columns.len()), (6858, 5));
        let [region, age, sex, _, count] = table.columns.as_slice() else {
            return;
        };
        let text = |column: &RawColumn, row: usize| column.cells[row].clone().unwrap();
        let (mut units, mut total, mut by_age) = (0, 0_u32, 0_u32);
        for row in 0..table.rows.len() {
            let code = sdmx_age(&text(age, row));
            let people: u32 = text(count, row).parse().unwrap();
            assert_eq!(strip_vintage(&text(region, row)).1, Some("RegSO2025"));
            match (code.unwrap().as_str(), sdmx_sex(&text(sex, row)).unwrap()) {
                ("_T", "_T") => {
                    units += 1;
                    total += people;
                }
                (_, "_T") => by_age += people,
                _ => {}
            }
        }
        assert_eq!((units, total, by_age), (127, 995_574, 995_574));
    }
}
