//! The catalogue: one entry a data set, checked before anything is read.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::SourceError;
use crate::model::{Dataset, Field, Kind, Layout, Sample};

/// A `catalog.toml`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// Whether a folder's catalogue stands alone instead of being laid over the embedded one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub standalone: bool,
    #[serde(rename = "dataset", default)]
    pub datasets: Vec<Dataset>,
}

impl Catalog {
    /// Reads and checks the text of a catalogue.
    ///
    /// # Errors
    /// [`SourceError::Catalog`] with line and column, or with the entry at fault.
    pub fn parse(file: &Path, text: &str) -> Result<Self, SourceError> {
        let wrong = |reason: String| SourceError::Catalog { file: file.to_owned(), reason };
        let catalog: Self = toml::from_str(text).map_err(|error| wrong(explained(&error)))?;
        for (row, dataset) in catalog.datasets.iter().enumerate() {
            if catalog.datasets[..row].iter().any(|other| other.id == dataset.id) {
                return Err(wrong(format!("data set \"{}\" appears twice", dataset.id)));
            }
            check_dataset(dataset)
                .map_err(|reason| wrong(format!("data set \"{}\": {reason}", dataset.id)))?;
        }
        Ok(catalog)
    }
}

/// What is wrong with a text, with its line, and for a key that is not known the one that was likely meant.
pub(super) fn explained(error: &toml::de::Error) -> String {
    let text = error.to_string();
    // serde's words: unknown field `a`, expected one of `b`, `c`
    let mut words = error.message().split('`').skip(1).step_by(2);
    let given = words.next().filter(|_| error.message().starts_with("unknown field"));
    let near = given.and_then(|given| {
        let likeness = |known: &str| strsim::jaro_winkler(known, given);
        words.max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
    });
    match near {
        Some(near) => format!("{}; did you mean `{near}`?", text.trim_end()),
        None => text,
    }
}

/// The text of a catalogue that [`Catalog::parse`] reads.
///
/// # Errors
/// The text of the encoder's error.
pub fn to_toml(catalog: &Catalog) -> Result<String, String> {
    toml::to_string_pretty(catalog).map_err(|error| error.to_string())
}

/// Checks what the types alone do not: that references hold and that the layout has what it needs.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn check_dataset(dataset: &Dataset) -> Result<(), String> {
    if dataset.id.is_empty() || dataset.key.is_empty() || dataset.licence.is_empty() {
        return Err("id, key and licence must not be empty".to_owned());
    }
    for (name, field) in &dataset.fields {
        check_field(dataset, name, &field.kind)?;
        check_sample(name, field)?;
        if field.priority.is_some_and(|priority| !(1..=3).contains(&priority)) {
            return Err(format!("field \"{name}\": priority is 1, 2 or 3"));
        }
    }
    match &dataset.derive {
        Some(what) if what != "demography" => {
            return Err(format!("derive = \"{what}\" is unknown; only \"demography\" is"));
        }
        Some(_) if !dataset.fields.contains_key("residents") => {
            return Err("derive = \"demography\" needs a field \"residents\"".to_owned());
        }
        _ => {}
    }
    if dataset.layout == Layout::Points
        && dataset.point.is_none()
        && ends_with(&dataset.file, "csv")
    {
        return Err("a CSV of points needs point = { x, y, crs }".to_owned());
    }
    Ok(())
}

fn ends_with(file: &str, ending: &str) -> bool {
    Path::new(file).extension().is_some_and(|found| found.eq_ignore_ascii_case(ending))
}

fn check_field(dataset: &Dataset, name: &str, kind: &Kind) -> Result<(), String> {
    let Kind::Ratio { numerator, denominator, .. } = kind else { return Ok(()) };
    for part in [numerator, denominator] {
        match dataset.fields.get(part).map(|field| &field.kind) {
            Some(Kind::Extensive) => {}
            Some(other) => {
                return Err(format!(
                    "field \"{name}\": a ratio needs extensive parts, \"{part}\" is {}",
                    other.id()
                ));
            }
            None => return Err(format!("field \"{name}\": there is no field \"{part}\"")),
        }
    }
    Ok(())
}

/// An interval needs to know how many there were: a rate that is published as such brings its own bounds.
fn check_sample(name: &str, field: &Field) -> Result<(), String> {
    let Some(sample) = field.sample else { return Ok(()) };
    match (&field.kind, sample) {
        (Kind::Ratio { .. }, _) | (Kind::Extensive, Sample::Events) => Ok(()),
        (Kind::Extensive, Sample::Share) => Err(format!(
            "field \"{name}\": sample = \"share\" belongs to a ratio of two counts; a count has \"events\""
        )),
        (Kind::Intensive | Kind::Categorical { .. }, _) => Err(format!(
            "field \"{name}\": sample belongs to a count or a ratio; the interval of a published rate stands beside it, in {name}_lower and {name}_upper"
        )),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A catalogue of one data set with one field as written.
    fn fault(field: &str) -> String {
        let text = format!(
            "[[dataset]]\nid = \"a\"\ntheme = \"population\"\npublisher = \"P\"\nyears = [2024]\n\
             title = {{ sv = \"A\", en = \"A\" }}\ndescription = {{ sv = \"A\", en = \"A\" }}\n\
             geography = \"regso-2025\"\nlicence = \"CC0-1.0\"\nfile = \"a.csv\"\nsha256 = \"\"\n\
             layout = \"units\"\nkey = \"code\"\n[dataset.fields.n]\n{field}\n"
        );
        let parsed = Catalog::parse(Path::new("catalog.toml"), &text);
        parsed.err().map_or_else(String::new, |error| error.to_string())
    }

    #[test]
    fn a_misspelt_key_of_a_field_is_named_with_its_line_and_the_likely_one() {
        let label = "label = { sv = \"N\", en = \"N\" }";
        assert_eq!(fault(&format!("kind = \"extensive\"\nunit = \"persons\"\n{label}")), "");
        let said = fault(&format!("kind = \"extensive\"\nunti = \"persons\"\n{label}"));
        assert!(said.contains("line 16") && said.contains("did you mean `unit`?"), "{said}");
        let said = fault(&format!("kind = \"extensive\"\nper = 100\n{label}"));
        assert!(said.contains("belong to kind = \"ratio\""), "{said}");
        let said = fault(&format!("kind = \"ratio\"\nnumerator = \"n\"\n{label}"));
        assert!(said.contains("needs a denominator"), "{said}");
    }
}
