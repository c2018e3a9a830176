//! JSON-stat 2.0: a data cube as JSON, the answer of `PxWeb` v2, Eurostat and others.
//!
//! Source: JSON-stat 2.0 (<https://json-stat.org/full/>); of version 1 the bundle is read as well.

mod cells;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use cells::cells;

use super::cube::{Axis, Category, Cube, Dimension, cell_count, publisher_note};
use super::error::FormatError;
use super::raw::RawTable;

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
    // PxWeb says which category stands for all where a dimension is left out.
    let total = body.get("extension").and_then(|more| more.get("eliminationValueCode")?.as_str());
    Ok(Dimension {
        total: total.map(str::to_owned),
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

#[cfg(test)]
mod tests;
