//! The answer of Kolada v3: one row a municipality, year and sex, one column a key figure.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::error::{FormatError, Place};
use super::raw::{ColumnRole, RawColumn, RawTable};
use crate::model::ObsStatus;

/// Whether the JSON has the form of such an answer.
pub(super) fn is_kolada(json: &Value) -> bool {
    let first = json.get("values").and_then(Value::as_array).and_then(|values| values.first());
    first.is_some_and(|first| first.get("kpi").is_some() && first.get("municipality").is_some())
}

type Cell = (Option<String>, ObsStatus);

/// Reads the columns `municipality`, `period`, `gender` (`T`, `K`, `M`) and one named by each figure.
///
/// A value of null is missing; where its status is `Private` it is suppressed. Deleted values are left out.
///
/// # Errors
/// [`FormatError`] where a row has no figure, place, year or values, and where a cell appears twice.
pub fn read_kolada(file: &Path, json: &Value) -> Result<RawTable, FormatError> {
    let fault = |row: usize, reason: &str| FormatError::Row {
        place: Place::file(file),
        row,
        reason: reason.to_owned(),
        help: "fetch the answer again; Kolada may have changed its form".to_owned(),
    };
    let list = json.get("values").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut rows: BTreeMap<[String; 3], BTreeMap<String, Cell>> = BTreeMap::new();
    let mut figures: Vec<String> = Vec::new();
    for (number, entry) in (1..).zip(list) {
        let text = |name: &str| match entry.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let (Some(figure), Some(place), Some(period)) =
            (text("kpi"), text("municipality"), text("period"))
        else {
            return Err(fault(number, "it names no kpi, municipality or period"));
        };
        let values = entry.get("values").and_then(Value::as_array);
        let values = values.ok_or_else(|| fault(number, "it has no values"))?;
        if !figures.contains(&figure) {
            figures.push(figure.clone());
        }
        for value in values {
            if value.get("isdeleted").and_then(Value::as_bool) == Some(true) {
                continue;
            }
            let gender = value.get("gender").and_then(Value::as_str).unwrap_or("T");
            let key = [place.clone(), period.clone(), gender.to_owned()];
            let cell = cell(value).ok_or_else(|| fault(number, "a value is no number"))?;
            if rows.entry(key).or_default().insert(figure.clone(), cell).is_some() {
                return Err(fault(number, "the same figure, place, year and sex appear twice"));
            }
        }
    }
    Ok(table(&rows, &figures))
}

fn cell(value: &Value) -> Option<Cell> {
    let status = value.get("status").and_then(Value::as_str).unwrap_or_default();
    match value.get("value") {
        None | Some(Value::Null) if status.eq_ignore_ascii_case("private") => {
            Some((None, ObsStatus::Q))
        }
        None | Some(Value::Null) => Some((None, ObsStatus::M)),
        Some(Value::Number(number)) => Some((Some(number.to_string()), ObsStatus::A)),
        Some(_) => None,
    }
}

fn table(rows: &BTreeMap<[String; 3], BTreeMap<String, Cell>>, figures: &[String]) -> RawTable {
    let roles = [
        ("municipality", ColumnRole::Geography),
        ("period", ColumnRole::Time),
        ("gender", ColumnRole::Dimension),
    ];
    let keys = roles.iter().enumerate().map(|(at, (name, role))| RawColumn {
        role: *role,
        ..RawColumn::plain(*name, rows.keys().map(|key| key.get(at).cloned()).collect())
    });
    let missing = (None, ObsStatus::M);
    let values = figures.iter().map(|figure| {
        let cells: Vec<&Cell> =
            rows.values().map(|row| row.get(figure).unwrap_or(&missing)).collect();
        RawColumn {
            role: ColumnRole::Value,
            status: cells.iter().map(|cell| cell.1).collect(),
            ..RawColumn::plain(figure, cells.iter().map(|cell| cell.0.clone()).collect())
        }
    });
    RawTable {
        columns: keys.chain(values).collect(),
        rows: (1..=rows.len()).collect(),
        ..RawTable::default()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer() -> Value {
        let row = |kpi: &str, period: u32, values: Value| json!({ "kpi": kpi, "municipality": "0180", "period": period, "values": values });
        json!({ "values": [
            row("N01951", 2024, json!([{ "gender": "T", "value": 995_574.0, "status": "" }])),
            row("N07935", 2024, json!([{ "gender": "T", "value": 370.5, "status": "" }, { "gender": "K", "value": null, "status": "Private" }])),
            row("N07935", 2023, json!([{ "gender": "T", "value": null, "status": "Missing" }])),
        ] })
    }

    #[test]
    fn figures_become_columns_and_missing_ones_stay_missing() {
        assert!(is_kolada(&answer()));
        let table = read_kolada(Path::new("k.json"), &answer()).unwrap();
        let cells = |name: &str| table.column(name).unwrap().cells.clone();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(cells("period"), [some("2023"), some("2024"), some("2024")]);
        assert_eq!(cells("gender"), [some("T"), some("K"), some("T")]);
        assert_eq!(cells("N07935"), [None, None, some("370.5")]);
        assert_eq!(cells("N01951"), [None, None, some("995574.0")]);
        assert_eq!(
            table.column("N07935").unwrap().status,
            [ObsStatus::M, ObsStatus::Q, ObsStatus::A]
        );
    }

    #[test]
    fn a_value_that_is_no_number_or_appears_twice_is_refused() {
        let mut twice = answer();
        let first = twice["values"][0].clone();
        twice["values"].as_array_mut().unwrap().push(first);
        assert!(
            read_kolada(Path::new("k.json"), &twice)
                .unwrap_err()
                .to_string()
                .contains("appear twice")
        );
        let mut text = answer();
        text["values"][0]["values"][0]["value"] = json!("many");
        assert!(
            read_kolada(Path::new("k.json"), &text).unwrap_err().to_string().contains("no number")
        );
    }
}
