//! Parts of a table joined to the whole: every cell goes to the place that its codes name, and no place has two.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// The rows of `PxWeb` v1 answers, one after the other, under the columns of the first.
///
/// # Errors
/// A sentence, where the parts have other columns.
pub(super) fn rows(parts: Vec<Value>, list: &str, same: &str) -> Result<Value, String> {
    let mut parts = parts.into_iter();
    let mut whole = parts.next().ok_or("there are no parts")?;
    for mut part in parts {
        if part.get(same) != whole.get(same) {
            return Err(format!("the parts of the answer differ in \"{same}\""));
        }
        let more = part.get_mut(list).and_then(Value::as_array_mut).map(std::mem::take);
        let rows = whole.get_mut(list).and_then(Value::as_array_mut);
        let (Some(more), Some(rows)) = (more, rows) else {
            return Err(format!("a part of the answer has no \"{list}\""));
        };
        rows.extend(more);
    }
    Ok(whole)
}

/// The codes of each dimension of a JSON-stat dataset; `None` where it is none.
pub(super) fn codes_of_cube(json: &Value) -> Option<BTreeMap<&str, Vec<&str>>> {
    let ids = json.get("id")?.as_array()?.iter();
    ids.map(|id| Some((id.as_str()?, codes(json, id.as_str()?)?))).collect()
}

/// The codes of each key column of a `PxWeb` v1 answer, as they first stand in its rows.
///
/// # Errors
/// A sentence, where it is no such answer, and for a combination that stands there twice.
pub(super) fn codes_of_rows(json: &Value) -> Result<BTreeMap<&str, Vec<&str>>, String> {
    let malformed = || "the answer has no rows of keys".to_owned();
    let columns = json.get("columns").and_then(Value::as_array).ok_or_else(malformed)?;
    let is_key = |column: &&Value| column.get("type").and_then(Value::as_str) != Some("c");
    let names: Vec<&str> = columns
        .iter()
        .filter(is_key)
        .map(|column| column.get("code")?.as_str())
        .collect::<Option<_>>()
        .ok_or_else(malformed)?;
    let (mut codes, mut seen) = (vec![BTreeSet::new(); names.len()], BTreeSet::new());
    for row in json.get("data").and_then(Value::as_array).ok_or_else(malformed)? {
        let key = row.get("key").and_then(Value::as_array).ok_or_else(malformed)?;
        let key: Vec<&str> = key.iter().filter_map(Value::as_str).collect();
        for (codes, code) in codes.iter_mut().zip(&key) {
            codes.insert(*code);
        }
        if let Some(twice) = seen.replace(key) {
            return Err(format!("the row of {} stands there twice", twice.join(", ")));
        }
    }
    Ok(names.into_iter().zip(codes.into_iter().map(|codes| codes.into_iter().collect())).collect())
}

/// JSON-stat datasets that differ in the categories of some dimensions.
///
/// Codes stand in the order in which the parts name them. A combination that no part holds is missing.
///
/// # Errors
/// A sentence, where a part is no dataset or has other dimensions.
pub(super) fn cubes(parts: &[Value]) -> Result<Value, String> {
    let first = parts.first().ok_or("there are no parts")?;
    if parts.len() == 1 {
        return Ok(first.clone());
    }
    let read = parts.iter().map(Cube::read).collect::<Option<Vec<_>>>();
    let read = read.ok_or("a part of the answer is no JSON-stat dataset")?;
    let ids = &read.first().ok_or("there are no parts")?.ids;
    if read.iter().any(|cube| cube.ids != *ids) {
        return Err("the parts of the answer have other dimensions".to_owned());
    }
    let mut codes: Vec<Vec<&str>> = vec![Vec::new(); ids.len()];
    let mut labels: Vec<Map<String, Value>> = vec![Map::new(); ids.len()];
    for cube in &read {
        for (at, dimension) in cube.codes.iter().enumerate() {
            let (Some(all), Some(named)) = (codes.get_mut(at), labels.get_mut(at)) else {
                continue;
            };
            for code in dimension {
                if !all.contains(code) {
                    all.push(code);
                }
                let label = cube.label(at, code).unwrap_or(Value::Null);
                named.insert((*code).to_owned(), label);
            }
        }
    }
    let sizes: Vec<usize> = codes.iter().map(Vec::len).collect();
    let count = sizes.iter().copied().fold(1, usize::saturating_mul);
    let held: usize = read.iter().map(|cube| cube.values.len()).sum();
    if count != held {
        let how = if count > held { "do not fill the table" } else { "overlap" };
        return Err(format!("the parts of the answer {how}"));
    }
    let (mut values, mut status) = (vec![Value::Null; count], Map::new());
    for cube in &read {
        cube.place(&codes, &mut values, &mut status);
    }
    let mut whole = first.clone();
    for (at, id) in ids.iter().enumerate() {
        let category =
            whole.get_mut("dimension").and_then(|all| all.get_mut(*id)?.get_mut("category"));
        if let (Some(category), Some(codes), Some(labels)) =
            (category, codes.get(at), labels.get(at))
        {
            *category = json!({ "index": codes, "label": labels });
        }
    }
    if let Some(whole) = whole.as_object_mut() {
        whole.insert("size".to_owned(), json!(sizes));
        whole.insert("value".to_owned(), Value::Array(values));
        whole.remove("status");
        if !status.is_empty() {
            whole.insert("status".to_owned(), Value::Object(status));
        }
    }
    Ok(whole)
}

struct Cube<'a> {
    json: &'a Value,
    ids: Vec<&'a str>,
    codes: Vec<Vec<&'a str>>,
    values: &'a [Value],
}

impl<'a> Cube<'a> {
    fn read(json: &'a Value) -> Option<Self> {
        let ids =
            json.get("id")?.as_array()?.iter().map(Value::as_str).collect::<Option<Vec<_>>>()?;
        let codes = ids.iter().map(|id| codes(json, id)).collect::<Option<Vec<_>>>()?;
        let values = json.get("value")?.as_array()?.as_slice();
        let count = codes.iter().map(Vec::len).fold(1, usize::saturating_mul);
        (count == values.len()).then_some(Self { json, ids, codes, values })
    }

    fn label(&self, at: usize, code: &str) -> Option<Value> {
        let dimension = self.json.get("dimension")?.get(self.ids.get(at)?)?;
        dimension.get("category")?.get("label")?.get(code).cloned()
    }

    fn status(&self, cell: usize) -> Option<&Value> {
        match self.json.get("status")? {
            Value::Array(all) => all.get(cell),
            Value::Object(some) => some.get(&cell.to_string()),
            text @ Value::String(_) => Some(text),
            _ => None,
        }
        .filter(|status| !status.is_null())
    }

    /// Puts the cells where the codes of the whole say.
    fn place(&self, whole: &[Vec<&str>], values: &mut [Value], status: &mut Map<String, Value>) {
        let moved: Vec<Vec<usize>> = self
            .codes
            .iter()
            .zip(whole)
            .map(|(own, all)| {
                own.iter().map(|code| all.iter().position(|one| one == code).unwrap_or(0)).collect()
            })
            .collect();
        for (cell, value) in self.values.iter().enumerate() {
            let (mut rest, mut at, mut stride) = (cell, 0, 1);
            // The last dimension runs fastest.
            for (own, all) in moved.iter().zip(whole).rev() {
                at += own.get(rest % own.len().max(1)).copied().unwrap_or(0) * stride;
                rest /= own.len().max(1);
                stride *= all.len();
            }
            if let Some(place) = values.get_mut(at) {
                place.clone_from(value);
            }
            if let Some(said) = self.status(cell) {
                status.insert(at.to_string(), said.clone());
            }
        }
    }
}

fn codes<'a>(json: &'a Value, id: &str) -> Option<Vec<&'a str>> {
    let category = json.get("dimension")?.get(id)?.get("category")?;
    match category.get("index") {
        Some(Value::Array(codes)) => codes.iter().map(Value::as_str).collect(),
        Some(Value::Object(places)) => {
            let mut sorted: Vec<(u64, &str)> = places
                .iter()
                .map(|(code, place)| Some((place.as_u64()?, code.as_str())))
                .collect::<Option<_>>()?;
            sorted.sort_unstable();
            Some(sorted.into_iter().map(|(_, code)| code).collect())
        }
        _ => category.get("label")?.as_object()?.keys().map(|code| Some(code.as_str())).collect(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Value of region r and year y is 10 r + y; the second year of region 1 is confidential.
    fn cube(regions: &[u64], years: &[u64]) -> Value {
        let (mut values, mut status) = (Vec::new(), Map::new());
        for region in regions {
            for year in years {
                if (*region, *year) == (1, 2) {
                    status.insert(values.len().to_string(), json!("c"));
                    values.push(Value::Null);
                } else {
                    values.push(json!(10 * region + year));
                }
            }
        }
        let category = |codes: &[u64]| {
            let texts: Vec<String> = codes.iter().map(u64::to_string).collect();
            let label: Map<String, Value> =
                texts.iter().map(|code| (code.clone(), json!(format!("n{code}")))).collect();
            json!({ "category": { "index": texts, "label": label } })
        };
        json!({
            "class": "dataset", "id": ["Region", "Tid"], "size": [regions.len(), years.len()],
            "dimension": { "Region": category(regions), "Tid": category(years) },
            "value": values, "status": status,
        })
    }

    #[test]
    fn parts_along_any_dimension_join_to_the_whole() {
        let whole = cube(&[1, 2, 3], &[1, 2]);
        for parts in [
            vec![cube(&[1], &[1, 2]), cube(&[2, 3], &[1, 2])],
            vec![cube(&[1, 2, 3], &[1]), cube(&[1, 2, 3], &[2])],
            vec![cube(&[1, 2], &[1]), cube(&[1, 2], &[2]), cube(&[3], &[1]), cube(&[3], &[2])],
        ] {
            assert_eq!(cubes(&parts).unwrap(), whole);
        }
    }

    #[test]
    fn parts_that_do_not_fill_the_table_are_refused() {
        let error = cubes(&[cube(&[1], &[1, 2]), cube(&[2], &[1])]).unwrap_err();
        assert_eq!(error, "the parts of the answer do not fill the table");
        assert!(cubes(&[cube(&[1], &[1]), json!({})]).is_err());
        let error = cubes(&[cube(&[1, 2], &[1]), cube(&[2], &[1])]).unwrap_err();
        assert_eq!(error, "the parts of the answer overlap");
    }

    #[test]
    fn codes_are_those_that_the_answer_brings() {
        let cube = cube(&[2, 1], &[1]);
        let wanted = BTreeMap::from([("Region", vec!["2", "1"]), ("Tid", vec!["1"])]);
        assert_eq!(codes_of_cube(&cube), Some(wanted));
        let rows = |keys: &[[&str; 2]]| {
            let data: Vec<Value> =
                keys.iter().map(|key| json!({ "key": key, "values": ["1"] })).collect();
            json!({ "columns": [{ "code": "Region", "type": "d" }, { "code": "Tid", "type": "t" },
                { "code": "n", "type": "c" }], "data": data })
        };
        let answer = rows(&[["a", "1"], ["b", "1"]]);
        let wanted = BTreeMap::from([("Region", vec!["a", "b"]), ("Tid", vec!["1"])]);
        assert_eq!(codes_of_rows(&answer), Ok(wanted));
        let twice = rows(&[["a", "1"], ["a", "1"]]);
        assert_eq!(codes_of_rows(&twice).unwrap_err(), "the row of a, 1 stands there twice");
        assert!(codes_of_rows(&json!({ "columns": [] })).is_err());
    }

    #[test]
    fn rows_join_under_the_same_columns_only() {
        let part = |columns: &str, row: u32| json!({ "columns": [columns], "data": [row] });
        let joined = rows(vec![part("a", 1), part("a", 2)], "data", "columns").unwrap();
        assert_eq!(joined, json!({ "columns": ["a"], "data": [1, 2] }));
        assert!(rows(vec![part("a", 1), part("b", 2)], "data", "columns").is_err());
    }
}
