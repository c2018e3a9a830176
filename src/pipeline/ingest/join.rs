//! Whether what comes joins the geography that it is declared for: shapes where there are any, else the form of its codes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::PipelineError;
use crate::formats::scb_codes::{division, is_code_of};
use crate::model::{Dataset, Layout, Table};
use crate::sources::{CATALOG, Snapshot, unit_codes};

/// Holds the keys of a table against the units of its geography, built in or in the folder it goes to; where there are
/// none, against the form of codes of such a geography.
///
/// # Errors
/// [`PipelineError::KeysDoNotJoin`] where no key is one of the geography: the data could then not be mapped at all.
pub(super) fn check(
    into: &Path,
    dataset: &Dataset,
    table: &Table,
) -> Result<Vec<String>, PipelineError> {
    if dataset.layout != Layout::Units {
        return Ok(Vec::new());
    }
    let keys: BTreeSet<&str> = table.keys()?.iter().flatten().collect();
    let geography = dataset.joins();
    if let Some(known) = unit_codes(&snapshot(into)?, geography)? {
        let strangers: Vec<&str> =
            keys.iter().copied().filter(|key| !known.contains(*key)).collect();
        let place = format!("among the units of {geography}");
        return Ok(told(dataset, &keys, &strangers, &place)?.into_iter().collect());
    }
    let unheld = format!(
        "the {} codes could not be held against shapes: no units of {geography} are there",
        keys.len()
    );
    let is_code = |key: &&str| is_code_of(geography, key).unwrap_or(true);
    let strangers: Vec<&str> = keys.iter().copied().filter(|key| !is_code(key)).collect();
    let place = format!("codes of {geography} by their form");
    Ok(told(dataset, &keys, &strangers, &place)?.into_iter().chain([unheld]).collect())
}

/// What the folder will hold besides, laid over what is built in.
fn snapshot(into: &Path) -> Result<Snapshot, PipelineError> {
    Ok(if into.join(CATALOG).is_file() {
        Snapshot::with_folder(into)?
    } else {
        Snapshot::embedded()?
    })
}

/// Strangers counted and listed, with what they are likely codes of.
fn told(
    dataset: &Dataset,
    keys: &BTreeSet<&str>,
    strangers: &[&str],
    place: &str,
) -> Result<Option<String>, PipelineError> {
    let first = strangers.iter().take(10).copied().collect::<Vec<_>>().join(", ");
    let first = first + &suspicion(strangers, dataset.joins());
    if !strangers.is_empty() && strangers.len() == keys.len() {
        return Err(PipelineError::KeysDoNotJoin {
            file: PathBuf::from(&dataset.file),
            count: strangers.len(),
            first,
        });
    }
    let count = strangers.len();
    Ok((count > 0).then(|| format!("{count} keys are not {place}: {first}")))
}

/// What keys that join nothing are likely codes of.
fn suspicion(strangers: &[&str], geography: &str) -> String {
    let mut divisions: BTreeMap<&str, usize> = BTreeMap::new();
    for key in strangers {
        *divisions.entry(division(key).unwrap_or_default()).or_default() += 1;
    }
    let most = divisions.into_iter().max_by_key(|(_, count)| *count);
    match most {
        Some((found, _)) if !found.is_empty() => {
            let same = geography.starts_with(&found.to_lowercase());
            let vintage = if same { " of another vintage" } else { "" };
            format!(" (these look like {found}{vintage}, not {geography})")
        }
        _ => String::new(),
    }
}
