//! The JSON Schema of pipeline files, for editors: made from the same keys that files are checked against.

use serde_json::{Map, Value, json};

use super::{AREAS_KEYS, DATA_KEYS, Key, Kind, Shape, VERSION};

/// The schema, in the 2020-12 draft.
#[must_use]
pub fn schema(kinds: &[&'static Kind]) -> Value {
    let one_of: Vec<Value> = kinds.iter().map(|kind| step(kind)).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Pipeline of scale",
        "type": "object",
        "required": ["scale", "steps"],
        "additionalProperties": false,
        "properties": {
            "scale": { "const": VERSION, "description": "The form in which the pipeline is written" },
            "title": { "type": "string" },
            "parameters": {
                "type": "object",
                "description": "Stand for {name} in any text below; --set name=value overrides them",
                "additionalProperties": { "type": ["string", "number", "boolean"] },
            },
            "data": table(&[DATA_KEYS]),
            "areas": table(&[AREAS_KEYS]),
            "steps": {
                "type": "object",
                "minProperties": 1,
                "propertyNames": { "pattern": "^[a-z0-9][a-z0-9_-]{0,59}$" },
                "additionalProperties": { "oneOf": one_of },
            },
        },
    })
}

fn step(kind: &Kind) -> Value {
    let mut table = table(kind.keys);
    if let Some(properties) = table["properties"].as_object_mut() {
        properties
            .insert("kind".to_owned(), json!({ "const": kind.name, "description": kind.doc }));
    }
    if let Some(required) = table["required"].as_array_mut() {
        required.insert(0, "kind".into());
    }
    table["title"] = kind.name.into();
    table
}

fn table(groups: &[&[Key]]) -> Value {
    let keys = || groups.iter().copied().flatten();
    let properties: Map<String, Value> =
        keys().map(|key| (key.name.to_owned(), property(key))).collect();
    let required: Vec<&str> = keys().filter(|key| key.required).map(|key| key.name).collect();
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}

fn property(key: &Key) -> Value {
    let text = || json!({ "type": "string" });
    let list = |item: Value| json!({ "oneOf": [item.clone(), { "type": "array", "items": item }] });
    // A parameter may stand for a number or a flag.
    let parameter = json!({ "type": "string", "pattern": "^\\{.+\\}$" });
    let mut value = match key.shape {
        Shape::Text | Shape::File | Shape::Places => text(),
        Shape::Texts | Shape::Files | Shape::Steps => list(text()),
        Shape::Flag => json!({ "oneOf": [{ "type": "boolean" }, parameter] }),
        Shape::Number(low, high) => {
            json!({ "oneOf": [{ "type": "number", "minimum": low, "maximum": high }, parameter] })
        }
        Shape::Quantity(unit, low, high) => json!({ "oneOf": [
            { "type": "number", "minimum": low, "maximum": high },
            { "type": "string", "description": format!("a number with its unit, as in \"15 {}\"", unit.base()) },
        ]}),
        Shape::Choice(words) => json!({ "oneOf": [{ "enum": words }, parameter] }),
        Shape::Name => json!({ "type": "string", "pattern": "^[^./\\\\][^/\\\\]*$" }),
        Shape::Pairs => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        Shape::Table => json!({ "type": "object" }),
        Shape::TableOrFile => json!({ "oneOf": [text(), { "type": "object" }] }),
        Shape::Entries(keys) => {
            json!({ "type": "object", "minProperties": 1, "additionalProperties": table(&[keys]) })
        }
    };
    value["description"] = key.doc.into();
    value
}
