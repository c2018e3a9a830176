//! The words of reports and maps, from one table that holds both languages.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use minijinja::Value;

use crate::model::{Label, Lang};

type Table = BTreeMap<String, BTreeMap<String, Label>>;

/// A table that cannot be read is empty, and every word is then its own key; a test reads it.
static TABLE: LazyLock<Table> =
    LazyLock::new(|| toml::from_str(include_str!("words.toml")).unwrap_or_default());

/// The words of one language.
#[derive(Debug, Clone, Copy)]
pub struct Words(pub Lang);

impl Words {
    /// The word `section.name`; the key itself where the table does not hold it.
    #[must_use]
    pub fn get(self, key: &str) -> &str {
        self.find(key).unwrap_or(key)
    }

    /// The same, `None` where the table does not hold it: for keys that come from data.
    #[must_use]
    pub fn find(self, key: &str) -> Option<&'static str> {
        let (section, name) = key.split_once('.')?;
        TABLE.get(section)?.get(name).map(|label| label.get(self.0))
    }

    /// The word with its places `{0}`, `{1}` … filled; what is filled in is never searched for places.
    #[must_use]
    pub fn fill(self, key: &str, with: &[&str]) -> String {
        let mut out = String::new();
        let mut rest = self.get(key);
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let filled = after
                .split_once('}')
                .and_then(|(place, after)| Some((with.get(place.parse::<usize>().ok()?)?, after)));
            let Some((text, after)) = filled else {
                out.push('{');
                rest = after;
                continue;
            };
            out.push_str(text);
            rest = after;
        }
        out + rest
    }

    /// All words, for a template: `w.section.name`.
    pub(super) fn value(self) -> Value {
        let section = |words: &BTreeMap<String, Label>| {
            let pair =
                |(name, label): (&String, &Label)| (name.clone(), label.get(self.0).to_owned());
            Value::from_pairs(words.iter().map(pair))
        };
        Value::from_pairs(TABLE.iter().map(|(name, words)| (name.clone(), section(words))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_stands_in_both_languages() {
        let table: Table = toml::from_str(include_str!("words.toml")).unwrap();
        assert!(table.len() > 10);
        for (section, words) in &table {
            for (name, word) in words {
                assert!(!word.sv.is_empty() && !word.en.is_empty(), "{section}.{name}");
                let places = |text: &str| {
                    let mut found: Vec<String> = text
                        .split('{')
                        .skip(1)
                        .filter_map(|part| Some(part.split_once('}')?.0.to_owned()))
                        .collect();
                    found.sort();
                    found
                };
                assert_eq!(places(&word.sv), places(&word.en), "places of {section}.{name}");
            }
        }
    }

    /// Every key that code and template name is in the table, and no word of the table is left over.
    #[test]
    fn every_word_that_is_used_is_there_and_every_word_that_is_there_is_used() {
        let code = [
            include_str!("actors.rs"),
            include_str!("beside.rs"),
            include_str!("curves.rs"),
            include_str!("map.rs"),
            include_str!("numbers.rs"),
            include_str!("page/page.html"),
            include_str!("page/actors.rs"),
            include_str!("page/mod.rs"),
            include_str!("page/maps.rs"),
            include_str!("page/sections.rs"),
            include_str!("pyramid.rs"),
            include_str!("sheet.rs"),
            include_str!("../../pipeline/report/actors.rs"),
            include_str!("../../pipeline/report/labels.rs"),
            include_str!("../../pipeline/report/methods.rs"),
        ]
        .join("\n");
        for (section, words) in TABLE.iter() {
            let open = ["status", "status_means", "means", "kind"].contains(&section.as_str());
            for name in words.keys() {
                let key = format!("{section}.{name}");
                assert!(open || code.contains(&key), "{key} is used nowhere");
            }
        }
        let is_word = |c: char| c.is_ascii_lowercase() || c == '_';
        let named = code.split(" w.").skip(1).filter_map(|rest| rest.split_once('.'));
        for (section, rest) in named.filter(|(section, _)| TABLE.contains_key(*section)) {
            let name: String = rest.chars().take_while(|c| is_word(*c)).collect();
            assert!(TABLE[section].contains_key(&name), "w.{section}.{name} is not in the table");
        }
        for quoted in code.split('"').filter(|text| text.split('.').count() == 2) {
            let (section, name) = quoted.split_once('.').unwrap();
            let is_key = name != "html" && !name.is_empty() && name.chars().all(is_word);
            if TABLE.contains_key(section) && is_key {
                assert!(TABLE[section].contains_key(name), "{quoted} is not in the table");
            }
        }
    }

    #[test]
    fn places_are_filled_once() {
        let words = Words(Lang::En);
        assert_eq!(words.fill("gaps.of_place", &["{1}", "b", "c"]), "{1}: b (c)");
        assert_eq!(words.get("no.word"), "no.word");
    }
}
