//! The table of services: categories and the tags that make them.

use serde::Deserialize;

use crate::model::osm::Tags;
use crate::model::{ActorKind, ActorTheme, Label};
use crate::sources::SourceError;

const BUILT_IN: &str = include_str!("services.toml");
const ACTORS: &str = include_str!("actors.toml");

/// A tag or several that a place must all have: key and allowed values, any value where there are none.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Condition(Vec<(String, Vec<String>)>);

impl TryFrom<String> for Condition {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is no condition such as shop=supermarket|convenience");
        let one = |part: &str| {
            let (key, values) = part.trim().split_once('=')?;
            let values: Vec<String> = match values.trim() {
                "*" => Vec::new(),
                values => values.split('|').map(|value| value.trim().to_owned()).collect(),
            };
            let blank = key.trim().is_empty() || values.iter().any(String::is_empty);
            (!blank).then(|| (key.trim().to_owned(), values))
        };
        text.split('&').map(one).collect::<Option<Vec<_>>>().map(Self).ok_or_else(wrong)
    }
}

impl Condition {
    /// A value may be a list, as in `shop=bicycle;sports`: one of its parts is enough.
    fn holds(&self, tags: Tags<'_>) -> bool {
        self.0.iter().all(|(key, values)| {
            let found = tags.get(key);
            let known = |part: &str| values.iter().any(|value| value == part.trim());
            found.is_some_and(|found| values.is_empty() || found.split(';').any(known))
        })
    }
}

/// A kind of service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Part of the names of columns.
    pub id: String,
    pub label: Label,
    /// What its places are in a register of actors; the table of services does not say.
    pub kind: Option<ActorKind>,
    /// What its places work for in a register of actors.
    #[serde(default)]
    pub themes: Vec<ActorTheme>,
    tags: Vec<Condition>,
}

/// The table: categories in the order in which they are listed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceTable {
    #[serde(default)]
    except: Vec<Condition>,
    #[serde(rename = "category")]
    categories: Vec<Category>,
}

impl ServiceTable {
    /// The built-in table as text.
    #[must_use]
    pub fn built_in_text() -> &'static str {
        BUILT_IN
    }

    /// The built-in table.
    ///
    /// # Errors
    /// Never for a build whose tests pass.
    pub fn built_in() -> Result<Self, SourceError> {
        Self::parse(BUILT_IN)
    }

    /// The table of places that may be actors, as text.
    #[must_use]
    pub fn actors_text() -> &'static str {
        ACTORS
    }

    /// The table of places that may be actors.
    ///
    /// # Errors
    /// Never for a build whose tests pass.
    pub fn actors() -> Result<Self, SourceError> {
        Self::parse(ACTORS)
    }

    /// Reads a table.
    ///
    /// # Errors
    /// [`SourceError::Services`] with line and column, or with the category at fault.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        let wrong = |reason: String| SourceError::Services { reason };
        let table: Self = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        for (row, category) in table.categories.iter().enumerate() {
            let id = &category.id;
            let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            if id.is_empty() || !id.chars().all(word) {
                return Err(wrong(format!("\"{id}\" is no lower-case word as an id must be")));
            }
            if table.categories[..row].iter().any(|other| other.id == *id) {
                return Err(wrong(format!("category \"{id}\" appears twice")));
            }
            if category.tags.is_empty() {
                return Err(wrong(format!("category \"{id}\" has no tags")));
            }
        }
        Ok(table)
    }

    /// The categories, in order.
    #[must_use]
    pub fn categories(&self) -> &[Category] {
        &self.categories
    }

    /// The same table with only the categories of these ids, in their order.
    ///
    /// # Errors
    /// [`SourceError::Services`] for an id that the table does not have.
    pub fn only(&self, ids: &[&str]) -> Result<Self, SourceError> {
        let find = |id: &&str| {
            let found = self.categories.iter().find(|category| category.id == *id).cloned();
            found.ok_or_else(|| {
                let known: Vec<&str> = self.categories.iter().map(|c| c.id.as_str()).collect();
                let reason =
                    format!("there is no category \"{id}\"; known are {}", known.join(", "));
                SourceError::Services { reason }
            })
        };
        let categories = ids.iter().map(find).collect::<Result<_, _>>()?;
        Ok(Self { except: self.except.clone(), categories })
    }

    /// Rows of the categories that a place with these tags is in.
    #[must_use]
    pub fn categories_of(&self, tags: Tags<'_>) -> Vec<usize> {
        let meets = |conditions: &[Condition]| conditions.iter().any(|one| one.holds(tags));
        if tags.0.is_empty() || meets(&self.except) {
            return Vec::new();
        }
        let rows = self.categories.iter().enumerate();
        rows.filter(|(_, category)| meets(&category.tags)).map(|(row, _)| row).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(tags: &[(&str, &str)]) -> Vec<String> {
        let table = ServiceTable::built_in().unwrap();
        let rows = table.categories_of(Tags(tags));
        rows.into_iter().map(|row| table.categories[row].id.clone()).collect()
    }

    #[test]
    fn every_kind_of_service_has_a_place_with_its_ordinary_tag() {
        for (key, value, category) in [
            ("amenity", "doctors", "care"),
            ("healthcare", "centre", "care"),
            ("amenity", "pharmacy", "pharmacy"),
            ("shop", "convenience", "groceries"),
            ("amenity", "school", "school"),
            ("amenity", "kindergarten", "preschool"),
            ("amenity", "library", "library"),
            ("leisure", "pitch", "sport"),
            ("leisure", "park", "park"),
            ("amenity", "recycling", "recycling"),
            ("craft", "shoemaker", "repair"),
            ("landuse", "allotments", "growing"),
            ("amenity", "charging_station", "charging"),
            ("amenity", "bicycle_parking", "bicycle_parking"),
            ("amenity", "car_sharing", "car_share"),
            ("railway", "tram_stop", "station"),
        ] {
            assert_eq!(of(&[(key, value)]), [category], "{key}={value}");
        }
        assert_eq!(of(&[("amenity", "bench")]), [""; 0]);
    }

    #[test]
    fn every_kind_of_actor_has_a_place_with_its_ordinary_tag_a_kind_and_themes() {
        let table = ServiceTable::actors().unwrap();
        for (key, value, category) in [
            ("craft", "shoemaker", "repair"),
            ("shop", "second_hand", "second_hand"),
            ("landuse", "allotments", "allotments"),
            ("amenity", "recycling", "recycling"),
            ("amenity", "bicycle_repair_station", "cycle_workshop"),
            ("club", "nature", "association"),
        ] {
            let rows = table.categories_of(Tags(&[(key, value)]));
            let ids: Vec<&str> =
                rows.iter().map(|&row| table.categories[row].id.as_str()).collect();
            assert_eq!(ids, [category], "{key}={value}");
        }
        assert!(table.categories.iter().all(|category| category.kind.is_some()));
    }

    #[test]
    fn a_place_closed_to_the_public_is_no_service() {
        assert_eq!(of(&[("leisure", "pitch"), ("access", "private")]), [""; 0]);
        assert_eq!(of(&[("leisure", "pitch"), ("access", "yes")]), ["sport"]);
    }

    #[test]
    fn conditions_joined_must_all_hold_and_a_list_of_values_needs_one_that_fits() {
        assert_eq!(of(&[("leisure", "garden")]), [""; 0]);
        assert_eq!(of(&[("leisure", "garden"), ("garden:type", "community")]), ["growing"]);
        assert_eq!(of(&[("shop", "clothes; second_hand")]), ["recycling"]);
    }

    #[test]
    fn a_place_may_be_of_several_kinds() {
        assert_eq!(of(&[("amenity", "school"), ("leisure", "sports_hall")]), ["school", "sport"]);
    }

    #[test]
    fn a_faulty_table_is_refused_with_what_is_wrong() {
        let category = |id: &str, tags: &str| {
            format!(
                "[[category]]\nid = \"{id}\"\nlabel = {{ sv = \"x\", en = \"x\" }}\ntags = {tags}\n"
            )
        };
        let twice = category("a", "[\"x=y\"]").repeat(2);
        for (text, word) in [
            (category("A b", "[\"x=y\"]"), "lower-case"),
            (twice, "appears twice"),
            (category("a", "[]"), "no tags"),
            (category("a", "[\"pharmacy\"]"), "is no condition"),
            (category("a", "[\"x=\"]"), "is no condition"),
            ("[[category]]\nid = 3\n".to_owned(), "line 2"),
        ] {
            let error = ServiceTable::parse(&text).unwrap_err().to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn a_choice_keeps_its_order_and_names_what_is_unknown() {
        let table = ServiceTable::built_in().unwrap();
        let chosen = table.only(&["school", "care"]).unwrap();
        assert_eq!(chosen.categories()[0].id, "school");
        let error = table.only(&["pub"]).unwrap_err().to_string();
        assert!(error.contains("no category \"pub\"; known are care"), "{error}");
    }
}
