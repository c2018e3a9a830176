//! JSON-stat 2.0: a data cube as JSON, the answer of `PxWeb` v2, Eurostat and others.
//!
//! Source: JSON-stat 2.0 (<https://json-stat.org/full/>); of version 1 the bundle is read as well.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use super::cube::{
    Axis, Category, Cell, Cube, Dimension, MAX_SPARSE_CELLS, cell_count, publisher_note,
};
use super::error::{FormatError, Place};
use super::raw::RawTable;
use super::text::{MarkCount, is_missing_mark};
use crate::model::ObsStatus;

/// Reads a JSON-stat dataset: itself, the first one of a collection, or the one of a bundle.
///
/// One row a combination of categories and one column a dimension, holding category codes. The
/// contents dimension (`role.metric`, or `ContentsCode`) becomes value columns named by code; without
/// one the column is `value`. A geography also gets `<dimension>_label`. Values stand as in the file.
/// A missing value is `None` with the status stated for it, or `M`; the rows are numbered from 1.
///
/// # Errors
///
/// [`FormatError`] when there is no dataset in it, its sizes, categories, values and statuses do not
/// fit together, or a value is neither number, text nor null.
pub fn read_json_stat(file: &Path, json: &Value) -> Result<RawTable, FormatError> {
    let dataset = find_dataset(json).ok_or_else(|| fault(file, "it holds no dataset"))?;
    let sizes = sizes(file, dataset)?;
    let count = cell_count(sizes.iter().map(|(_, size)| *size))
        .filter(|&count| count > 0)
        .ok_or_else(|| fault(file, "its sizes multiply to no or too many cells"))?;
    let dimensions = sizes
        .iter()
        .map(|(code, size)| dimension(file, dataset, code, *size))
        .collect::<Result<Vec<_>, _>>()?;
    let mut notes = Vec::new();
    let cells = cells(file, dataset, count, &mut notes)?;
    let text = |key: &str| dataset.get(key).and_then(Value::as_str).map(str::to_owned);
    notes.extend(texts(dataset.get("note")).filter_map(publisher_note));
    Cube {
        dimensions,
        cells,
        places: Vec::new(),
        measure: None,
        title: text("label"),
        publisher: text("source"),
        notes,
    }
    .into_table(file)
}

fn fault(file: &Path, reason: impl Into<String>) -> FormatError {
    FormatError::NotWhatItSays {
        file: file.into(),
        expected: "a JSON-stat dataset",
        reason: reason.into(),
        help: "fetch the data again, and as JSON-stat 2.0 (json-stat2)".to_owned(),
    }
}

fn find_dataset(json: &Value) -> Option<&Value> {
    let is_dataset = |json: &&Value| {
        json.get("dimension").is_some()
            && json.get("class").is_none_or(|class| class.as_str() == Some("dataset"))
    };
    if is_dataset(&json) {
        return Some(json);
    }
    let items = json.get("link").and_then(|link| link.get("item")).and_then(Value::as_array);
    json.get("dataset")
        .filter(is_dataset)
        .or_else(|| items?.iter().find(is_dataset))
        .or_else(|| json.as_object()?.values().find(is_dataset))
}

/// A property of the dataset, which version 1 keeps inside `dimension`.
fn property<'a>(dataset: &'a Value, key: &str) -> Option<&'a Value> {
    dataset.get(key).or_else(|| dataset.get("dimension")?.get(key))
}

fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let list = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    value.and_then(Value::as_str).into_iter().chain(list.iter().filter_map(Value::as_str))
}

fn sizes<'a>(file: &Path, dataset: &'a Value) -> Result<Vec<(&'a str, usize)>, FormatError> {
    let list = |key| property(dataset, key).and_then(Value::as_array);
    let (Some(ids), Some(sizes)) = (list("id"), list("size")) else {
        return Err(fault(file, "its \"id\" or \"size\" is missing"));
    };
    if ids.is_empty() || ids.len() != sizes.len() {
        let reason = format!("it names {} dimensions and {} sizes", ids.len(), sizes.len());
        return Err(fault(file, reason));
    }
    let pair = |(id, size): (&'a Value, &'a Value)| {
        Some((id.as_str()?, usize::try_from(size.as_u64()?).ok()?))
    };
    ids.iter()
        .zip(sizes)
        .map(|both| pair(both).ok_or_else(|| fault(file, "its \"id\" or \"size\" is malformed")))
        .collect()
}

fn dimension(
    file: &Path,
    dataset: &Value,
    code: &str,
    size: usize,
) -> Result<Dimension, FormatError> {
    let body = dataset.get("dimension").and_then(|all| all.get(code));
    let body = body.ok_or_else(|| fault(file, format!("dimension \"{code}\" is not described")))?;
    let category = body.get("category");
    let labels = category.and_then(|category| category.get("label")).and_then(Value::as_object);
    let codes = match category.and_then(|category| category.get("index")) {
        Some(Value::Array(codes)) => listed(codes),
        Some(Value::Object(places)) => placed(places),
        // An index may be left out where there is one category: its label names it.
        None if size == 1 => labels.and_then(|labels| Some(vec![labels.keys().next()?.clone()])),
        _ => None,
    };
    let codes = codes.filter(|codes| codes.len() == size).ok_or_else(|| {
        fault(
            file,
            format!("the categories of \"{code}\" are not numbered from 0 to its size {size}"),
        )
    })?;
    let label = |code: &str| Some(labels?.get(code)?.as_str()?.to_owned());
    let categories = codes.into_iter().map(|code| Category { label: label(&code), code }).collect();
    Ok(Dimension {
        code: code.to_owned(),
        label: body.get("label").and_then(Value::as_str).map(str::to_owned),
        axis: axis(dataset, code),
        categories,
    })
}

fn listed(codes: &[Value]) -> Option<Vec<String>> {
    codes.iter().map(|code| code.as_str().map(str::to_owned)).collect()
}

/// Codes by place; `None` unless every place from 0 on is taken once.
fn placed(places: &Map<String, Value>) -> Option<Vec<String>> {
    let mut sorted = BTreeMap::new();
    for (code, place) in places {
        sorted.insert(usize::try_from(place.as_u64()?).ok()?, code.clone());
    }
    let complete = sorted.len() == places.len() && sorted.keys().copied().eq(0..places.len());
    complete.then(|| sorted.into_values().collect())
}

/// The stated role; a role the file gives to no dimension falls to the one of a known code.
fn axis(dataset: &Value, code: &str) -> Axis {
    let stated = |role: &str| property(dataset, "role").and_then(|roles| roles.get(role));
    let all = [("geo", Axis::Geography), ("time", Axis::Time), ("metric", Axis::Metric)];
    let named = all.iter().find(|(role, _)| texts(stated(role)).any(|named| named == code));
    if let Some((_, axis)) = named {
        return *axis;
    }
    let known = Axis::of_known_code(code);
    let open =
        all.iter().any(|(role, axis)| *axis == known && texts(stated(role)).next().is_none());
    if open { known } else { Axis::Other }
}

fn cells(
    file: &Path,
    dataset: &Value,
    count: usize,
    notes: &mut Vec<String>,
) -> Result<Vec<Cell>, FormatError> {
    // PxWeb v2 answers a question for metadata with the same class and an empty list of values.
    let values = dataset
        .get("value")
        .filter(|values| !values.is_null() && values.as_array().is_none_or(|all| !all.is_empty()))
        .ok_or_else(|| fault(file, "it holds metadata and no values"))?;
    check_extent(file, "values", values, count)?;
    let status = dataset.get("status").unwrap_or(&Value::Null);
    check_extent(file, "statuses", status, count)?;
    let mut marks = MarkCount::default();
    let cells = (0..count)
        .map(|at| cell(file, at, entry(values, at), entry(status, at), &mut marks))
        .collect::<Result<Vec<_>, _>>()?;
    notes.extend(marks.notes());
    Ok(cells)
}

/// The entry of that cell in an array, a sparse object, or one text for all.
fn entry(list: &Value, at: usize) -> &Value {
    match list {
        Value::Array(one) if one.len() == 1 => one.first(),
        Value::Array(all) => all.get(at),
        Value::Object(some) => some.get(&at.to_string()),
        all => Some(all),
    }
    .unwrap_or(&Value::Null)
}

fn check_extent(file: &Path, what: &str, list: &Value, count: usize) -> Result<(), FormatError> {
    match list {
        // One status in a list stands for all cells, as one text does.
        Value::Array(one) if one.len() == 1 && what == "statuses" => Ok(()),
        Value::Array(all) if all.len() == count => Ok(()),
        Value::Array(all) => Err(FormatError::Truncated {
            file: file.into(),
            reason: format!("it holds {} {what} where its dimensions call for {count}", all.len()),
        }),
        Value::Object(_) if count > MAX_SPARSE_CELLS => {
            Err(fault(file, format!("its {count} cells are too many for a sparse dataset")))
        }
        Value::Object(some) => some.keys().try_for_each(|key| {
            match key.parse::<usize>().ok().filter(|&at| at < count && at.to_string() == *key) {
                Some(_) => Ok(()),
                None => Err(fault(
                    file,
                    format!("its {what} name a cell \"{key}\" outside 0 to {}", count - 1),
                )),
            }
        }),
        Value::Null | Value::String(_) if what == "statuses" => Ok(()),
        _ => Err(fault(file, format!("its {what} are neither a list nor an object"))),
    }
}

fn cell(
    file: &Path,
    at: usize,
    value: &Value,
    code: &Value,
    marks: &mut MarkCount,
) -> Result<Cell, FormatError> {
    let value = match value {
        Value::Null => None,
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) if is_missing_mark(text.trim()) => {
            marks.add(text.trim());
            None
        }
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        other => {
            return Err(FormatError::Row {
                place: Place::file(file),
                row: at + 1,
                reason: format!("its value is {}", kind(other)),
                help: "a value is a number, a text or null".to_owned(),
            });
        }
    };
    let code = code.as_str().map(str::trim);
    if value.is_none()
        && let Some(mark) = code.filter(|code| is_missing_mark(code))
    {
        marks.add(mark);
    }
    Ok(Cell { status: status(code, value.is_some()), value })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "true or false",
        Value::Array(_) => "a list",
        _ => "an object",
    }
}

/// The status of a cell: an SDMX letter is taken as it is, then the flags of Eurostat, which are small
/// letters (`p`, `e`, `b`, `u`, and `c` for confidential). A null is never "normal".
fn status(code: Option<&str>, present: bool) -> ObsStatus {
    let stated = code.and_then(|code| match code {
        "p" => Some(ObsStatus::P),
        "e" => Some(ObsStatus::E),
        "b" => Some(ObsStatus::B),
        "u" => Some(ObsStatus::U),
        "c" => Some(ObsStatus::Q),
        other => ObsStatus::from_code(other),
    });
    match stated {
        Some(ObsStatus::A) | None if !present => ObsStatus::M,
        Some(stated) => stated,
        None => ObsStatus::A,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::indexing_slicing)]
    use super::*;
    use crate::formats::raw::{ColumnRole, RawColumn};
    use crate::model::ObsStatus::{A, M, P, Q};
    use proptest::prelude::*;
    use serde_json::json;

    type Damage<'a> = &'a dyn Fn(&mut Value);

    fn read(json: &Value) -> Result<RawTable, FormatError> {
        read_json_stat(Path::new("t.json"), json)
    }

    fn cells<'a>(table: &'a RawTable, name: &str) -> Vec<&'a str> {
        table
            .column(name)
            .unwrap()
            .cells
            .iter()
            .map(|cell| cell.as_deref().unwrap_or("∅"))
            .collect()
    }

    /// Two areas, two contents in the middle, two years: the values are 0 to 7 in file order.
    fn small() -> Value {
        json!({
            "version": "2.0", "class": "dataset", "label": "Small", "source": "SCB",
            "id": ["Region", "ContentsCode", "Tid"], "size": [2, 2, 2],
            "role": {"time": ["Tid"], "metric": ["ContentsCode"]},
            "dimension": {
                "Region": {"label": "region", "category": {
                    "index": {"0182": 1, "0180": 0}, "label": {"0180": "Stockholm", "0182": "Nacka"}}},
                "ContentsCode": {"category": {"index": ["pop", "area"], "label": {"pop": "Population"}}},
                "Tid": {"label": "år", "category": {"index": {"2023": 0, "2024": 1}}}
            },
            "value": [0, 1, 2.5, 3, 4, 5, 6, 7]
        })
    }

    #[test]
    fn contents_in_the_middle_become_columns_and_areas_get_names() {
        let table = read(&small()).unwrap();
        let names: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["Region", "Region_label", "Tid", "pop", "area"]);
        assert_eq!(cells(&table, "Region"), ["0180", "0180", "0182", "0182"]);
        assert_eq!(cells(&table, "Region_label"), ["Stockholm", "Stockholm", "Nacka", "Nacka"]);
        assert_eq!(cells(&table, "Tid"), ["2023", "2024", "2023", "2024"]);
        assert_eq!(cells(&table, "pop"), ["0", "1", "4", "5"]);
        assert_eq!(cells(&table, "area"), ["2.5", "3", "6", "7"]);
        assert_eq!(table.rows, [1, 2, 3, 4]);
        assert_eq!(table.title.as_deref(), Some("Small"));
        assert_eq!(table.publisher.as_deref(), Some("SCB"));
        let roles: Vec<_> = table.columns.iter().map(|column| column.role).collect();
        let value = ColumnRole::Value;
        let keys = [ColumnRole::Geography, ColumnRole::Unknown, ColumnRole::Time];
        assert_eq!(roles, [&keys[..], &[value, value]].concat());
        assert_eq!(table.column("pop").unwrap().label.as_deref(), Some("Population"));
    }

    #[test]
    fn a_stated_role_wins_over_a_known_code() {
        let mut data = small();
        data["role"] = json!({"geo": ["Tid"], "metric": []});
        let table = read(&data).unwrap();
        assert_eq!(table.column("Tid").unwrap().role, ColumnRole::Geography);
        assert_eq!(table.column("Region").unwrap().role, ColumnRole::Dimension);
        assert!(table.column("pop").is_some());
    }

    #[test]
    fn a_cube_without_contents_has_one_value_column() {
        let data = json!({
            "id": ["sex"], "size": [2], "dimension": {"sex": {"category": {"index": ["1", "2"]}}},
            "value": [10, 20]
        });
        let table = read(&data).unwrap();
        assert_eq!(cells(&table, "sex"), ["1", "2"]);
        assert_eq!(cells(&table, "value"), ["10", "20"]);
        assert!(table.column("value").unwrap().status.is_empty());
    }

    #[test]
    fn sparse_values_and_every_form_of_status_are_read() {
        let mut data = small();
        data["value"] = json!({"0": 10, "7": 70});
        data["status"] = json!({"1": "..", "4": "Q", "5": "-", "7": "P"});
        let table = read(&data).unwrap();
        assert_eq!(cells(&table, "pop"), ["10", "∅", "∅", "∅"]);
        assert_eq!(table.column("pop").unwrap().status, [A, M, Q, M]);
        assert_eq!(table.column("area").unwrap().status, [M, M, M, P]);
        assert!(table.notes.iter().any(|note| note.contains("can mean zero")));
        for status in [json!("e"), json!(["E"])] {
            data["status"] = status;
            assert_eq!(read(&data).unwrap().column("area").unwrap().status[3], ObsStatus::E);
        }
        data["status"] = json!(["A", "c", "", null, "", "", "", "zz"]);
        let table = read(&data).unwrap();
        assert_eq!(table.column("pop").unwrap().status, [A, Q, M, M]);
        assert_eq!(table.column("area").unwrap().status, [M, M, M, A]);
    }

    #[test]
    fn numbers_stand_as_in_the_file() {
        let mut data = small();
        data["value"] = serde_json::from_str(
            "[1, 1.5, -0.1, 123456789012, 0.30000000000000004, \"7\", \"..\", null]",
        )
        .unwrap();
        let table = read(&data).unwrap();
        assert_eq!(cells(&table, "pop"), ["1", "1.5", "0.30000000000000004", "7"]);
        assert_eq!(cells(&table, "area"), ["-0.1", "123456789012", "∅", "∅"]);
    }

    #[test]
    fn collections_and_bundles_are_opened() {
        let collection = json!({"class": "collection", "link": {"item": [{"class": "dimension", "dimension": {}}, small()]}});
        assert_eq!(read(&collection).unwrap().rows.len(), 4);
        // Version 1 keeps the identifiers, sizes and roles inside the dimensions.
        let mut version_1 = small();
        for key in ["id", "size", "role"] {
            let moved = version_1.as_object_mut().unwrap().remove(key).unwrap();
            version_1["dimension"][key] = moved;
        }
        version_1.as_object_mut().unwrap().remove("class");
        for key in ["dataset", "oecd"] {
            assert_eq!(read(&json!({key: version_1})).unwrap().rows.len(), 4);
        }
    }

    #[test]
    fn a_single_category_needs_no_index() {
        let data = json!({
            "id": ["k", "t"], "size": [1, 1], "value": [3],
            "dimension": {"k": {"category": {"label": {"N1": "antal"}}}, "t": {"category": {"index": {"2024": 0}}}}
        });
        assert_eq!(cells(&read(&data).unwrap(), "k"), ["N1"]);
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let broken = |change: Damage| {
            let mut data = small();
            change(&mut data);
            read(&data).unwrap_err().to_string()
        };
        let cases: [(Damage, &str); 13] = [
            (&|d| d["value"] = json!([1, 2, 3]), "holds 3 values where its dimensions call for 8"),
            (&|d| d["value"] = json!({"8": 1}), "cell \"8\" outside 0 to 7"),
            (&|d| d["value"] = json!({"01": 1}), "cell \"01\""),
            (&|d| d["value"] = json!("x"), "neither a list nor an object"),
            (
                &|d| d["value"] = json!([0, 1, 2, true, 4, 5, 6, 7]),
                "row 4: its value is true or false",
            ),
            (&|d| d["status"] = json!(["A", "A"]), "holds 2 statuses"),
            (&|d| d["size"] = json!([2, 2]), "3 dimensions and 2 sizes"),
            (&|d| d["size"] = json!([2, 2, -2]), "malformed"),
            (&|d| d["size"] = json!([u64::MAX, 2, 2]), "no or too many cells"),
            (&|d| d["size"] = json!([0, 2, 2]), "no or too many cells"),
            (
                &|d| d["dimension"]["Region"]["category"]["index"] = json!({"a": 0, "b": 5}),
                "\"Region\" are not numbered",
            ),
            (
                &|d| d["dimension"]["Region"]["category"]["index"] = json!({"a": 0, "b": 0}),
                "\"Region\" are not numbered",
            ),
            (
                &|d| {
                    d.as_object_mut().unwrap().remove("value");
                },
                "metadata and no values",
            ),
        ];
        for (change, wanted) in cases {
            let message = broken(change);
            assert!(message.contains(wanted), "{message}");
        }
        for other in [json!(null), json!([]), json!({"tables": []}), json!(3)] {
            assert!(read(&other).is_err());
        }
        let twice = broken(&|d| {
            d["dimension"]["ContentsCode"]["category"]["index"] = json!(["pop", "Tid"]);
        });
        assert!(twice.contains("\"Tid\" appears twice"), "{twice}");
    }

    #[test]
    fn a_sparse_dataset_cannot_ask_for_more_memory_than_it_is_worth() {
        let codes: Vec<String> = (0..2000).map(|code| code.to_string()).collect();
        let one = json!({"category": {"index": codes}});
        let data = json!({"id": ["a", "b"], "size": [2000, 2000], "dimension": {"a": one, "b": one}, "value": {}});
        assert!(read(&data).unwrap_err().to_string().contains("too many for a sparse dataset"));
    }

    #[test]
    fn the_population_table_of_scb_is_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/formats/jsonstat2");
        let path = folder.join("TAB6471_data.json");
        let Ok(bytes) = std::fs::read(&path) else {
            eprintln!("skipped: {} is absent", path.display());
            return;
        };
        let table = read_json_stat(&path, &serde_json::from_slice(&bytes).unwrap()).unwrap();
        assert_eq!(table.rows.len(), 21 * 11 * 3 * 4);
        assert_eq!(table.column("Region").unwrap().role, ColumnRole::Geography);
        assert_eq!(table.column("Tid").unwrap().role, ColumnRole::Time);
        assert_eq!(table.columns.last().unwrap().role, ColumnRole::Value);
        assert_eq!(cells(&table, "Region_label")[0], "Stockholms län");
        let values = table.columns.last().unwrap().cells.iter().flatten();
        assert_eq!(values.map(|cell| cell.parse::<u64>().unwrap()).sum::<u64>(), 84_837_753);
        assert_eq!(table.columns.last().unwrap().cells.last().unwrap().as_deref(), Some("54"));
        let metadata = std::fs::read(folder.join("TAB6471_metadata.json")).unwrap();
        let metadata = read_json_stat(&path, &serde_json::from_slice(&metadata).unwrap());
        assert!(metadata.unwrap_err().to_string().contains("metadata and no values"));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-3_i64..9).prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            prop_oneof!["0", "1", "a", "\\.\\."].prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("[01ab]", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_damaged_dataset_gives_equal_columns_or_a_fault(
            key in prop_oneof!["id", "size", "role", "dimension", "value", "status", "note"],
            inner in prop_oneof![Just(None), prop_oneof!["Region", "Tid"].prop_map(Some)],
            junk in any_json(),
        ) {
            let mut data = small();
            match inner {
                Some(inner) => data["dimension"][inner]["category"]["index"] = junk,
                None => data[key] = junk,
            }
            if let Ok(table) = read(&data) {
                prop_assert!(table.columns.iter().all(|column| column.cells.len() == table.rows.len()));
                let fits = |column: &RawColumn| [0, table.rows.len()].contains(&column.status.len());
                prop_assert!(table.columns.iter().all(fits));
            }
        }
    }
}
