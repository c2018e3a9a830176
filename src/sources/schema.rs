//! A declared schema: what a file is, in the form of a catalogue entry, as far as it is known beforehand.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::SourceError;
use super::catalog::explained;
use crate::formats;
use crate::model::{
    Dataset, Dimensions, Disclosure, Field, Label, Layout, PointColumns, RegisterCover, Theme,
};

/// A catalogue entry of which any part may be missing.
///
/// `file` and `sha256` may stand in it, so that an entry can be taken over from a catalogue; both are worked
/// out anew.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    pub id: Option<String>,
    pub theme: Option<Theme>,
    pub title: Option<Label>,
    pub description: Option<Label>,
    pub publisher: Option<String>,
    pub table: Option<String>,
    pub url: Option<String>,
    #[serde(default)]
    pub years: Vec<i32>,
    pub geography: Option<String>,
    pub licence: Option<String>,
    pub layout: Option<Layout>,
    pub key: Option<String>,
    pub name: Option<String>,
    #[serde(default)]
    pub dimensions: Dimensions,
    pub point: Option<PointColumns>,
    pub derive: Option<String>,
    pub stands_in_for: Option<String>,
    pub codes_valid_in: Option<String>,
    #[serde(default)]
    pub changed_units: Vec<String>,
    pub disclosure: Option<Disclosure>,
    #[serde(default)]
    pub unverified: bool,
    #[serde(default)]
    pub covers: Vec<RegisterCover>,
    #[serde(default)]
    pub fields: BTreeMap<String, Field>,
    pub file: Option<IgnoredAny>,
    pub sha256: Option<IgnoredAny>,
}

/// A schema file that is a whole catalogue.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entries {
    #[serde(default, rename = "standalone")]
    _standalone: bool,
    dataset: Vec<Schema>,
}

impl Schema {
    /// Reads a schema: one entry, or a catalogue, of which the entry of that id is taken, or the only one.
    ///
    /// # Errors
    /// [`SourceError::Schema`] with line and column, or when the catalogue does not say which entry is meant;
    /// [`SourceError::Format`] for a file that cannot be read.
    pub fn read(file: &Path, id: Option<&str>) -> Result<Self, SourceError> {
        let wrong = |reason: String| SourceError::Schema { file: file.to_owned(), reason };
        let text = String::from_utf8(formats::read(file)?)
            .map_err(|_| wrong("is not UTF-8 text".to_owned()))?;
        let malformed = |error: toml::de::Error| wrong(explained(&error));
        let outline: toml::Table = toml::from_str(&text).map_err(malformed)?;
        if !outline.contains_key("dataset") {
            return toml::from_str(&text).map_err(malformed);
        }
        let entries: Entries = toml::from_str(&text).map_err(malformed)?;
        choose(entries.dataset, id).map_err(wrong)
    }

    /// This declaration, and the other one where this one is silent; fields by name.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let (mut fields, dimensions) = (other.fields, other.dimensions);
        fields.extend(self.fields);
        Self {
            id: self.id.or(other.id),
            theme: self.theme.or(other.theme),
            title: self.title.or(other.title),
            description: self.description.or(other.description),
            publisher: self.publisher.or(other.publisher),
            table: self.table.or(other.table),
            url: self.url.or(other.url),
            years: first(self.years, other.years),
            geography: self.geography.or(other.geography),
            licence: self.licence.or(other.licence),
            layout: self.layout.or(other.layout),
            key: self.key.or(other.key),
            name: self.name.or(other.name),
            dimensions: Dimensions {
                year: self.dimensions.year.or(dimensions.year),
                sex: self.dimensions.sex.or(dimensions.sex),
                age: self.dimensions.age.or(dimensions.age),
            },
            point: self.point.or(other.point),
            derive: self.derive.or(other.derive),
            stands_in_for: self.stands_in_for.or(other.stands_in_for),
            codes_valid_in: self.codes_valid_in.or(other.codes_valid_in),
            changed_units: first(self.changed_units, other.changed_units),
            disclosure: self.disclosure.or(other.disclosure),
            unverified: self.unverified || other.unverified,
            covers: first(self.covers, other.covers),
            fields,
            file: None,
            sha256: None,
        }
    }

    /// What has to be declared and is not: of id, theme, publisher, geography, licence and key.
    #[must_use]
    pub fn gaps(&self) -> Vec<&'static str> {
        let known = [
            ("id", self.id.is_some()),
            ("theme", self.theme.is_some()),
            ("publisher", self.publisher.is_some()),
            ("geography", self.geography.is_some()),
            ("licence", self.licence.is_some()),
            ("key", self.key.is_some()),
        ];
        known.into_iter().filter(|(_, known)| !known).map(|(name, _)| name).collect()
    }

    /// The catalogue entry, still without file, checksum and layout.
    ///
    /// The id stands in for a missing title, the title for a missing description.
    ///
    /// # Errors
    /// The name of what has to be declared and is not: the first of [`Self::gaps`].
    pub fn into_dataset(self) -> Result<Dataset, &'static str> {
        let id = self.id.ok_or("id")?;
        let title = self.title.unwrap_or_else(|| Label { sv: id.clone(), en: id.clone() });
        Ok(Dataset {
            theme: self.theme.ok_or("theme")?,
            description: self.description.unwrap_or_else(|| title.clone()),
            title,
            publisher: self.publisher.ok_or("publisher")?,
            table: self.table,
            url: self.url,
            years: self.years,
            geography: self.geography.ok_or("geography")?,
            licence: self.licence.ok_or("licence")?,
            file: format!("{id}.parquet"),
            id,
            sha256: String::new(),
            layout: self.layout.unwrap_or(Layout::Units),
            key: self.key.ok_or("key")?,
            name: self.name,
            dimensions: self.dimensions,
            point: self.point,
            derive: self.derive,
            stands_in_for: self.stands_in_for,
            codes_valid_in: self.codes_valid_in,
            changed_units: self.changed_units,
            disclosure: self.disclosure,
            unverified: self.unverified,
            covers: self.covers,
            fields: self.fields,
        })
    }
}

fn first<T>(own: Vec<T>, other: Vec<T>) -> Vec<T> {
    if own.is_empty() { other } else { own }
}

fn choose(mut entries: Vec<Schema>, id: Option<&str>) -> Result<Schema, String> {
    let ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_deref().unwrap_or("?")).collect();
    let found = match id {
        Some(id) => ids.iter().position(|known| *known == id),
        None => (ids.len() == 1).then_some(0),
    };
    match (found, id) {
        (Some(row), _) => Ok(entries.swap_remove(row)),
        (None, Some(id)) => {
            Err(format!("has no entry \"{id}\"; its entries are {}", ids.join(", ")))
        }
        (None, None) => {
            Err(format!("has {} entries: say with --id which one: {}", ids.len(), ids.join(", ")))
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::model::Kind;

    fn read(text: &str, id: Option<&str>) -> Result<Schema, SourceError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("schema.toml");
        std::fs::write(&file, text).unwrap();
        Schema::read(&file, id)
    }

    #[test]
    fn every_entry_of_the_embedded_catalogue_is_a_schema() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/catalog.toml");
        let schema = Schema::read(&file, Some("population_regso")).unwrap();
        assert_eq!(schema.clone().into_dataset().unwrap().key, "regsokod");
        assert_eq!(schema.fields["residents"].kind, Kind::Extensive);
        let error = Schema::read(&file, None).unwrap_err().to_string();
        assert!(error.contains("say with --id which one"), "{error}");
        let error = Schema::read(&file, Some("nothing")).unwrap_err().to_string();
        assert!(error.contains("has no entry \"nothing\""), "{error}");
    }

    #[test]
    fn what_is_said_first_wins_and_fields_join() {
        let field =
            |kind: &str| format!("{{ kind = \"{kind}\", label = {{ sv = \"x\", en = \"x\" }} }}");
        let (counts, rates) = (field("extensive"), field("intensive"));
        let own = read(&format!("key = \"a\"\n[fields]\nx = {counts}\n"), None).unwrap();
        let other = format!("key = \"b\"\nname = \"n\"\n[fields]\nx = {rates}\ny = {rates}\n");
        let both = own.or(read(&other, None).unwrap());
        assert_eq!((both.key.as_deref(), both.name.as_deref()), (Some("a"), Some("n")));
        assert_eq!(both.fields["x"].kind, Kind::Extensive);
        assert_eq!(both.fields["y"].kind, Kind::Intensive);
        assert_eq!(both.gaps(), ["id", "theme", "publisher", "geography", "licence"]);
        assert_eq!(both.into_dataset().unwrap_err(), "id");
    }

    #[test]
    fn a_word_that_no_entry_has_is_a_fault_with_its_line() {
        let error = read("id = \"cars\"\ntehme = \"travel\"\n", None).unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("tehme"), "{error}");
    }
}
