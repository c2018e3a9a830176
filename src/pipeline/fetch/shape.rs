//! What a table looks like, so that a change at the provider is seen before figures are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::Wanted;
use crate::formats::{self, ColumnRole, Content, RawTable, gtfs, osm};
use crate::pipeline::PipelineError;
use crate::pipeline::ingest::periods::is_year;
use crate::sources::providers::Origin;
use crate::sources::sha256_hex;

/// Keeps no tags of an extract, only reads it.
const NOTHING: osm::Sift<'_, (), ()> = osm::Sift {
    way: &|_| None,
    node: &|_| None,
    within: None,
    multipolygons: osm::Multipolygons::Leave,
};

/// Longer lists of codes are locked by their hash.
const MOST_CODES: usize = 200;

/// Columns, and the codes of those that are dimensions by the metadata. Years come and go.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shape {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub codes: BTreeMap<String, Vec<String>>,
}

impl Shape {
    /// Of a file that was brought; streets and timetables have none, and are read all the same.
    pub(super) fn of(wanted: &Wanted, file: &Path) -> Result<Self, PipelineError> {
        match wanted.origin {
            Origin::Gtfs(_) => {
                gtfs::read(file)?;
                return Ok(Self::default());
            }
            Origin::Overpass(_) | Origin::Extract(_) => {
                osm::read(file, &NOTHING)?;
                return Ok(Self::default());
            }
            _ => {}
        }
        let mut shape = match formats::open(file, &super::open_options(wanted)?)? {
            Content::Raw(raw) => Self::of_table(&raw),
            Content::Frame(frame) => Self::of_columns(&frame),
            Content::Layer { layer, .. } => Self::of_columns(layer.frame()),
        };
        if !wanted.values.texts("years_in_columns").is_empty() {
            shape.columns.retain(|name| !is_year(name));
        }
        Ok(shape)
    }

    fn of_columns(frame: &DataFrame) -> Self {
        let columns = frame.columns().iter().map(|column| column.name().to_string()).collect();
        Self { columns, codes: BTreeMap::new() }
    }

    fn of_table(raw: &RawTable) -> Self {
        let columns = raw.columns.iter().map(|column| column.name.clone()).collect();
        let dimensions = raw
            .columns
            .iter()
            .filter(|column| matches!(column.role, ColumnRole::Dimension | ColumnRole::Geography));
        let codes = dimensions.map(|column| {
            let codes: BTreeSet<&str> = column.cells.iter().flatten().map(String::as_str).collect();
            let codes: Vec<String> = if codes.len() <= MOST_CODES {
                codes.into_iter().map(str::to_owned).collect()
            } else {
                let all = codes.iter().copied().collect::<Vec<_>>().join("\n");
                vec![format!("{} codes, sha256 {}", codes.len(), sha256_hex(all.as_bytes()))]
            };
            (column.name.clone(), codes)
        });
        Self { columns, codes: codes.collect() }
    }

    /// What differs, in words; `None` where nothing does.
    pub(super) fn difference(&self, now: &Self) -> Option<String> {
        let mut words = Vec::new();
        words.extend(changed("column", &self.columns, &now.columns));
        for (name, before) in &self.codes {
            if let Some(after) = now.codes.get(name) {
                words.extend(changed(&format!("code of {name}"), before, after));
            }
        }
        (!words.is_empty()).then(|| words.join("; "))
    }
}

fn changed(what: &str, before: &[String], after: &[String]) -> Vec<String> {
    let lacking = |from: &[String], other: &[String]| {
        from.iter().filter(|one| !other.contains(one)).cloned().collect::<Vec<_>>()
    };
    let say = |word: &str, list: Vec<String>| {
        let first = list.iter().take(12).map(|one| format!("\"{one}\"")).collect::<Vec<_>>();
        let more = list.len().saturating_sub(12);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        (!list.is_empty()).then(|| format!("{word} {what} {}{more}", first.join(", ")))
    };
    let (gone, new) = (lacking(before, after), lacking(after, before));
    say("gone is the", gone).into_iter().chain(say("new is the", new)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_by_columns_and_codes() {
        let texts = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let shape = |columns: &[&str], ages: &[&str]| Shape {
            columns: texts(columns),
            codes: BTreeMap::from([("Alder".to_owned(), texts(ages))]),
        };
        let before = shape(&["Region", "Alder", "n"], &["-4", "80-"]);
        assert_eq!(before.difference(&before), None);
        let after = shape(&["Region", "Alder", "m"], &["-4", "80-84", "85-"]);
        assert_eq!(
            before.difference(&after).unwrap_or_default(),
            "gone is the column \"n\"; new is the column \"m\"; gone is the code of Alder \"80-\"; \
             new is the code of Alder \"80-84\", \"85-\""
        );
    }
}
