#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::indexing_slicing)]

use super::*;
use crate::formats::raw::{ColumnRole, RawColumn};
use crate::model::ObsStatus::{self, A, M, P, Q};
use proptest::prelude::*;
use serde_json::json;

type Damage<'a> = &'a dyn Fn(&mut Value);

fn read(json: &Value) -> Result<RawTable, FormatError> {
    read_json_stat(Path::new("t.json"), json)
}

fn cells<'a>(table: &'a RawTable, name: &str) -> Vec<&'a str> {
    table.column(name).unwrap().cells.iter().map(|cell| cell.as_deref().unwrap_or("∅")).collect()
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
        (&|d| d["value"] = json!([0, 1, 2, true, 4, 5, 6, 7]), "row 4: its value is true or false"),
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
