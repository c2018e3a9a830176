//! Everything that a result follows from, and its hash.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::sources::sha256_hex;

/// What a task's result follows from. Equal ingredients give equal bytes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Ingredients {
    /// Hash of the program's sources, dependencies and embedded data.
    pub code: String,
    pub kind: String,
    pub step: String,
    pub part: String,
    /// The step's values; files by name.
    pub values: serde_json::Value,
    /// Checksums of the files that are read, under the key and the name of each.
    pub files: BTreeMap<String, String>,
    /// Hashes of the results that are read.
    pub uses: BTreeMap<String, String>,
    /// Checksum of the area's definition and of the polygons it names.
    pub area: Option<String>,
    /// Checksum of the catalogue and the areas of the data folder, and of the file of areas.
    pub data: Option<String>,
}

impl Ingredients {
    /// The hash under which the result is kept: SHA-256 of these ingredients as JSON with sorted keys.
    #[must_use]
    pub fn key(&self) -> String {
        // Maps of JSON are sorted, so that equal ingredients are equal texts.
        sha256_hex(serde_json::to_string(self).unwrap_or_default().as_bytes())
    }

    /// Why a result with the older ingredients does not serve, a sentence each.
    #[must_use]
    pub fn changes_since(&self, older: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        if self.code != older.code {
            changes.push("the program changed".to_owned());
        }
        changes.extend(differences("file", &older.files, &self.files));
        changes.extend(differences("the result of", &older.uses, &self.uses));
        if self.area != older.area {
            changes.push("the area is defined otherwise".to_owned());
        }
        if self.data != older.data {
            changes.push("the data folder or the file of areas changed".to_owned());
        }
        let (now, then) = (flat(&self.values), flat(&older.values));
        for (key, value) in &now {
            match then.get(key) {
                Some(before) if before == value => {}
                Some(before) => changes.push(format!("{key} changed from {before} to {value}")),
                None => changes.push(format!("{key} is now {value}")),
            }
        }
        let gone = then.keys().filter(|key| !now.contains_key(*key));
        changes.extend(gone.map(|key| format!("{key} is no longer given")));
        changes
    }
}

fn differences(
    what: &str,
    older: &BTreeMap<String, String>,
    newer: &BTreeMap<String, String>,
) -> Vec<String> {
    let mut changes: Vec<String> = newer
        .iter()
        .filter(|(name, hash)| older.get(*name) != Some(hash))
        .map(|(name, _)| format!("{what} {name} changed"))
        .collect();
    let gone = older.keys().filter(|name| !newer.contains_key(*name));
    changes.extend(gone.map(|name| format!("{what} {name} is no longer used")));
    changes
}

fn flat(values: &serde_json::Value) -> BTreeMap<String, String> {
    let values = values.as_object().into_iter().flatten();
    values.map(|(key, value)| (key.clone(), value.to_string())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ingredients() -> Ingredients {
        Ingredients {
            code: "c".to_owned(),
            kind: "access".to_owned(),
            step: "walks".to_owned(),
            part: "jarva".to_owned(),
            values: serde_json::json!({ "limit": 15.0, "from": "grid:100" }),
            files: BTreeMap::from([("streets a.pbf".to_owned(), "1".to_owned())]),
            uses: BTreeMap::new(),
            area: Some("a".to_owned()),
            data: None,
        }
    }

    #[test]
    fn equal_ingredients_have_one_key_and_any_change_another() {
        let one = ingredients();
        assert_eq!(one.key(), ingredients().key());
        let changed = [
            Ingredients { code: "d".to_owned(), ..ingredients() },
            Ingredients { part: "sgid".to_owned(), ..ingredients() },
            Ingredients { values: serde_json::json!({ "limit": 20.0 }), ..ingredients() },
            Ingredients { files: BTreeMap::new(), ..ingredients() },
            Ingredients { area: None, ..ingredients() },
            Ingredients { data: Some("d".to_owned()), ..ingredients() },
        ];
        for other in changed {
            assert_ne!(one.key(), other.key(), "{other:?}");
        }
    }

    #[test]
    fn a_change_is_told_by_what_changed() {
        let newer = Ingredients {
            values: serde_json::json!({ "limit": 20.0, "to": "services" }),
            files: BTreeMap::from([("streets a.pbf".to_owned(), "2".to_owned())]),
            ..ingredients()
        };
        assert_eq!(
            newer.changes_since(&ingredients()),
            [
                "file streets a.pbf changed",
                "limit changed from 15.0 to 20.0",
                "to is now \"services\"",
                "from is no longer given"
            ]
        );
    }
}
