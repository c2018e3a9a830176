//! The catalogue: one entry a data set, checked before anything is read.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::SourceError;
use crate::model::{Dataset, Kind, Layout};

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
        let catalog: Self = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
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
