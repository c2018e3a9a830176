//! What two manifests say differently, as far as it matters to who reads the numbers.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;

use crate::formats::{self, FormatError};
use crate::publish::{Input, Manifest};

/// What of a manifest differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Version,
    Area,
    Crs,
    /// A unit joined or left the area.
    Unit,
    /// A data set came, went, or has another content, other years or another origin.
    Input,
    Warning,
    Note,
    Participation,
}

/// One thing that two manifests say differently; what is on one side only has no other side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ManifestChange {
    pub what: What,
    pub name: String,
    pub old: Option<String>,
    pub new: Option<String>,
}

/// Reads a manifest.
///
/// # Errors
/// [`FormatError::Missing`], [`FormatError::NotWhatItSays`].
pub(super) fn read(file: &Path) -> Result<Manifest, FormatError> {
    let bytes = formats::read(file)?;
    serde_json::from_slice(&bytes).map_err(|error| FormatError::NotWhatItSays {
        file: file.to_owned(),
        expected: "a manifest of `scale map`",
        reason: error.to_string(),
        help: "make the baseline again, or compare the files one by one".to_owned(),
    })
}

pub(super) fn changes(old: &Manifest, new: &Manifest) -> Vec<ManifestChange> {
    let program = |manifest: &Manifest| format!("{} {}", manifest.tool, manifest.version);
    let mut changes = Vec::new();
    changes.extend(said(What::Version, "", &program(old), &program(new)));
    changes.extend(said(What::Area, "area_id", &old.area_id, &new.area_id));
    changes.extend(said(What::Area, "area_name", &old.area_name, &new.area_name));
    changes.extend(said(What::Crs, "", &old.crs, &new.crs));
    changes.extend(listed(What::Unit, &old.units, &new.units));
    changes.extend(inputs(&old.inputs, &new.inputs));
    changes.extend(listed(What::Warning, &old.warnings, &new.warnings));
    changes.extend(listed(What::Note, &old.notes, &new.notes));
    let surveys = |manifest: &Manifest| {
        manifest.survey_participation.iter().map(|note| format!("{note:?}")).collect::<Vec<_>>()
    };
    if surveys(old) != surveys(new) {
        let count = |manifest: &Manifest| manifest.survey_participation.len().to_string();
        changes.push(change(What::Participation, "", Some(&count(old)), Some(&count(new))));
    }
    changes
}

fn change(what: What, name: &str, old: Option<&str>, new: Option<&str>) -> ManifestChange {
    ManifestChange {
        what,
        name: name.to_owned(),
        old: old.map(str::to_owned),
        new: new.map(str::to_owned),
    }
}

fn said(what: What, name: &str, old: &str, new: &str) -> Option<ManifestChange> {
    (old != new).then(|| change(what, name, Some(old), Some(new)))
}

/// What stands in one list and not in the other.
fn listed(what: What, old: &[String], new: &[String]) -> Vec<ManifestChange> {
    let (old, new): (BTreeSet<&String>, BTreeSet<&String>) =
        (old.iter().collect(), new.iter().collect());
    let gone = old.difference(&new).map(|text| change(what, "", Some(text), None));
    gone.chain(new.difference(&old).map(|text| change(what, "", None, Some(text)))).collect()
}

fn inputs(old: &[Input], new: &[Input]) -> Vec<ManifestChange> {
    let mut ids: Vec<&str> = old.iter().chain(new).map(|input| input.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let of = |inputs: &'_ [Input], id: &str| inputs.iter().find(|input| input.id == id).cloned();
    let compare = |id: &str| match (of(old, id), of(new, id)) {
        (Some(old), Some(new)) => input(&old, &new),
        (Some(old), None) => vec![change(What::Input, id, Some(&old.file), None)],
        (None, Some(new)) => vec![change(What::Input, id, None, Some(&new.file))],
        (None, None) => Vec::new(),
    };
    ids.into_iter().flat_map(compare).collect()
}

fn input(old: &Input, new: &Input) -> Vec<ManifestChange> {
    let years =
        |input: &Input| input.years.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let pairs = [
        ("sha256", old.sha256.clone(), new.sha256.clone()),
        ("years", years(old), years(new)),
        ("publisher", old.publisher.clone(), new.publisher.clone()),
        ("table", text(&old.table), text(&new.table)),
        ("url", text(&old.url), text(&new.url)),
        ("licence", old.licence.clone(), new.licence.clone()),
    ];
    let said = |(field, from, to): (&str, String, String)| {
        said(What::Input, &format!("{} {field}", old.id), &from, &to)
    };
    pairs.into_iter().filter_map(said).collect()
}
