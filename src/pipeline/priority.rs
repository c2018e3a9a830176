//! `scale priority`: an order of need from indicators that a file chooses and weighs, with how sure it is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use serde::{Deserialize, Serialize};

use super::PipelineError;
use super::records::Records;
use crate::compare::{Combine, Index, Interval, Need, RankRange, Reading, Trial};
use crate::formats::{self, OpenOptions};

/// More draws than this take minutes and change nothing.
const MOST_DRAWS: u32 = 100_000;

/// A file that chooses and weighs indicators. The same table can stand in another file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    #[serde(default)]
    pub title: Option<String>,
    /// `geometric` or `arithmetic`.
    #[serde(default)]
    pub combine: CombineBy,
    /// Column of the place, in all files that do not say another.
    pub key: String,
    /// Weights of the groups; 1 where none is given.
    #[serde(default)]
    pub groups: BTreeMap<String, f64>,
    #[serde(default)]
    pub test: Test,
    pub indicator: Vec<Indicator>,
}

/// How groups are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CombineBy {
    #[default]
    Geometric,
    Arithmetic,
}

/// How the order is put to the test.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Test {
    pub draws: u32,
    pub seed: u64,
    /// Each weight changes by up to this share, 0 to 1.
    pub weights: f64,
    /// How many of the first are counted as priority; a tenth of the places unless given.
    pub top: Option<usize>,
}

impl Default for Test {
    fn default() -> Self {
        Self { draws: 2000, seed: 1, weights: 0.5, top: None }
    }
}

/// One indicator.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    pub name: String,
    pub group: String,
    /// Beside the file of the choice, unless it begins at the root.
    pub file: PathBuf,
    pub column: String,
    #[serde(default)]
    pub key: Option<String>,
    #[serde(default = "one")]
    pub weight: f64,
    /// Which end is a need: `high` or `low`.
    pub need: End,
    /// Columns of the interval at 95 %.
    #[serde(default)]
    pub lower: Option<String>,
    #[serde(default)]
    pub upper: Option<String>,
}

/// An end of a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum End {
    High,
    Low,
}

fn one() -> f64 {
    1.0
}

/// A place in the order; without scores and ranks where an indicator is missing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    pub key: String,
    pub score: Option<f64>,
    /// One a group, in the order of names.
    pub groups: BTreeMap<String, Option<f64>>,
    pub rank: Option<usize>,
    /// Nine of ten draws with other weights, and with values drawn from their intervals too.
    pub rank_best: Option<usize>,
    pub rank_worst: Option<usize>,
    /// The same with other weights alone.
    pub rank_best_weights: Option<usize>,
    pub rank_worst_weights: Option<usize>,
    /// Share of the draws in which it is among the first.
    pub share_in_top: Option<f64>,
    pub missing: Vec<String>,
}

/// The order, the first place first, and what a reader must know.
#[derive(Debug, Serialize)]
pub struct Priority {
    pub title: Option<String>,
    pub combine: &'static str,
    pub draws: u32,
    pub seed: u64,
    pub weights_vary_by: f64,
    pub top: usize,
    pub rows: Vec<Row>,
    pub notes: Vec<String>,
}

impl Choice {
    /// Reads a file.
    ///
    /// # Errors
    /// [`PipelineError::Request`] with the line, for what is no such table or makes no sense.
    pub fn read(file: &Path) -> Result<Self, PipelineError> {
        let text = formats::read(file)?;
        let wrong = |what: String| PipelineError::Request {
            what: format!("{}: {what}", file.display()),
            help: "`scale priority --help` shows a file".to_owned(),
        };
        let text = String::from_utf8(text).map_err(|_| wrong("is not UTF-8 text".to_owned()))?;
        let choice: Self = toml::from_str(&text)
            .map_err(|error| wrong(error.to_string().trim_end().to_owned()))?;
        choice.check().map_err(wrong)?;
        Ok(choice)
    }

    /// Whether it makes sense.
    ///
    /// # Errors
    /// A sentence that says what does not.
    pub fn check(&self) -> Result<(), String> {
        let names: BTreeSet<&str> = self.indicator.iter().map(|i| i.name.as_str()).collect();
        if self.indicator.is_empty() || names.len() < self.indicator.len() {
            return Err("it needs indicators, each with a name of its own".to_owned());
        }
        let weighs = |weight: f64| weight > 0.0 && weight.is_finite();
        if let Some(wrong) = self.indicator.iter().find(|indicator| !weighs(indicator.weight)) {
            return Err(format!("the weight of \"{}\" is not above 0", wrong.name));
        }
        let groups: BTreeSet<&str> = self.indicator.iter().map(|i| i.group.as_str()).collect();
        if let Some((name, _)) =
            self.groups.iter().find(|(name, _)| !groups.contains(name.as_str()))
        {
            return Err(format!("no indicator is of the group \"{name}\""));
        }
        if let Some((name, _)) = self.groups.iter().find(|(_, weight)| !weighs(**weight)) {
            return Err(format!("the weight of the group \"{name}\" is not above 0"));
        }
        if let Some(half) = self.indicator.iter().find(|i| i.lower.is_some() != i.upper.is_some()) {
            return Err(format!("\"{}\" has one end of an interval only", half.name));
        }
        if !(0.0..=1.0).contains(&self.test.weights) {
            return Err("weights vary by 0 to 1".to_owned());
        }
        if !(20..=MOST_DRAWS).contains(&self.test.draws) {
            return Err(format!("draws are 20 to {MOST_DRAWS}"));
        }
        Ok(())
    }

    fn group_names(&self) -> Vec<&str> {
        let names: BTreeSet<&str> = self.indicator.iter().map(|i| i.group.as_str()).collect();
        names.into_iter().collect()
    }
}

/// Ranks the places of all files.
///
/// # Errors
/// Those of the files; [`PipelineError::Request`] where no place has all indicators.
pub fn run(choice: &Choice, folder: &Path) -> Result<Priority, PipelineError> {
    let mut columns = Vec::new();
    for indicator in &choice.indicator {
        columns.push(read(indicator, &choice.key, folder)?);
    }
    let keys: BTreeSet<&String> = columns.iter().flat_map(BTreeMap::keys).collect();
    let missing = |key: &String| {
        let without = choice.indicator.iter().zip(&columns).filter(|(_, c)| !c.contains_key(key));
        without.map(|(indicator, _)| indicator.name.clone()).collect::<Vec<_>>()
    };
    let (whole, partial): (Vec<&String>, Vec<&String>) =
        keys.into_iter().partition(|key| missing(key).is_empty());
    if whole.len() < 2 {
        return Err(PipelineError::Request {
            what: format!("{} of the places have all indicators", whole.len()),
            help:
                "an order needs two; check that the keys of all files are of one kind and vintage"
                    .to_owned(),
        });
    }
    let index = index(choice, &columns, &whole);
    let top = choice.test.top.unwrap_or(whole.len().div_ceil(10));
    let test = &choice.test;
    let trial = |values: bool| Trial {
        draws: test.draws,
        seed: test.seed,
        weights: test.weights,
        values,
        top,
    };
    let (weights_alone, all) = (index.ranges(&trial(false)), index.ranges(&trial(true)));
    let names = choice.group_names();
    let mut rows: Vec<Row> = Vec::new();
    for (((key, placed), range), alone) in
        whole.iter().zip(index.places()).zip(&all).zip(&weights_alone)
    {
        let scores =
            names.iter().map(|name| (*name).to_owned()).zip(placed.groups.into_iter().map(Some));
        rows.push(row(
            key,
            scores.collect(),
            Some((placed.score, placed.rank)),
            Some((range, alone)),
            Vec::new(),
        ));
    }
    rows.sort_by(|a, b| a.rank.cmp(&b.rank).then_with(|| a.key.cmp(&b.key)));
    for key in &partial {
        let none = names.iter().map(|name| ((*name).to_owned(), None)).collect();
        rows.push(row(key, none, None, None, missing(key)));
    }
    Ok(Priority {
        title: choice.title.clone(),
        combine: if choice.combine == CombineBy::Geometric { "geometric" } else { "arithmetic" },
        draws: test.draws,
        seed: test.seed,
        weights_vary_by: test.weights,
        top,
        notes: notes(choice, &rows, partial.len()),
        rows,
    })
}

fn row(
    key: &str,
    groups: BTreeMap<String, Option<f64>>,
    placed: Option<(f64, usize)>,
    ranges: Option<(&RankRange, &RankRange)>,
    missing: Vec<String>,
) -> Row {
    let (all, alone) = ranges.unzip();
    Row {
        key: key.to_owned(),
        score: placed.map(|(score, _)| rounded(score)),
        groups,
        rank: placed.map(|(_, rank)| rank),
        rank_best: all.map(|range| range.best),
        rank_worst: all.map(|range| range.worst),
        rank_best_weights: alone.map(|range| range.best),
        rank_worst_weights: alone.map(|range| range.worst),
        share_in_top: all.map(|range| range.in_top),
        missing,
    }
}

/// Scores reach 100 only to the rounding of logarithms.
fn rounded(score: f64) -> f64 {
    (score * 1e9).round() / 1e9
}

fn index(choice: &Choice, columns: &[BTreeMap<String, Reading>], whole: &[&String]) -> Index {
    let names = choice.group_names();
    let need = |(indicator, column): (&Indicator, &BTreeMap<String, Reading>)| Need {
        group: names.iter().position(|name| *name == indicator.group).unwrap_or(0),
        weight: indicator.weight,
        high: indicator.need == End::High,
        readings: whole.iter().filter_map(|key| column.get(*key).copied()).collect(),
    };
    Index {
        needs: choice.indicator.iter().zip(columns).map(need).collect(),
        groups: names.iter().map(|name| choice.groups.get(*name).copied().unwrap_or(1.0)).collect(),
        combine: match choice.combine {
            CombineBy::Geometric => Combine::Geometric,
            CombineBy::Arithmetic => Combine::Arithmetic,
        },
    }
}

/// The places that have a value.
fn read(
    indicator: &Indicator,
    key: &str,
    folder: &Path,
) -> Result<BTreeMap<String, Reading>, PipelineError> {
    let records = Records::open(&folder.join(&indicator.file), &OpenOptions::default())?;
    let keys = records.keys(indicator.key.as_deref().unwrap_or(key))?;
    let values = records.numbers(&indicator.column)?;
    let limits = |column: &Option<String>| {
        column.as_deref().map_or_else(|| Ok(vec![None; records.len()]), |c| records.numbers(c))
    };
    let (lower, upper) = (limits(&indicator.lower)?, limits(&indicator.upper)?);
    let mut found = BTreeMap::new();
    for (row, key) in keys.into_iter().enumerate() {
        let Some(value) = values[row] else { continue };
        let interval = lower[row].zip(upper[row]).map(|(lower, upper)| Interval { lower, upper });
        if interval.is_some_and(|interval| !interval.holds(value)) {
            return Err(records.fault(
                row,
                format!("\"{key}\": the interval of {} does not hold its value", indicator.name),
            ));
        }
        found.insert(key.to_owned(), Reading { value, interval });
    }
    Ok(found)
}

fn notes(choice: &Choice, rows: &[Row], partial: usize) -> Vec<String> {
    let mut notes = vec![
        "A rank is no fact: it follows from the indicators, the weights and the places chosen. Read the range of ranks.".to_owned(),
    ];
    if partial > 0 {
        notes.push(format!("{partial} places lack an indicator and have no rank"));
    }
    let bare: Vec<&str> =
        choice.indicator.iter().filter(|i| i.lower.is_none()).map(|i| i.name.as_str()).collect();
    if !bare.is_empty() {
        notes.push(format!(
            "no interval stands beside {}: taken as if known exactly",
            bare.join(", ")
        ));
    }
    let first = rows.first().and_then(|row| row.rank_worst);
    let rivals =
        rows.iter().skip(1).filter(|row| row.rank_best <= first && row.rank_best.is_some()).count();
    if rivals > 0 {
        notes.push(format!("{rivals} other places are not told apart from the first"));
    }
    notes
}

/// One row a place.
///
/// # Errors
/// [`PipelineError::Frame`], never for rows of [`run`].
pub fn frame(rows: &[Row], key: &str) -> Result<DataFrame, PipelineError> {
    let number = |name: &str, get: &dyn Fn(&Row) -> Option<f64>| {
        let cells: Vec<Option<f64>> = rows.iter().map(get).collect();
        Column::from(Series::new(name.into(), cells))
    };
    let count = |name: &str, get: fn(&Row) -> Option<usize>| {
        let cells: Vec<Option<i64>> =
            rows.iter().map(|row| get(row).and_then(|n| i64::try_from(n).ok())).collect();
        Column::from(Series::new(name.into(), cells))
    };
    let keys: Vec<&str> = rows.iter().map(|row| row.key.as_str()).collect();
    let mut columns = vec![
        Column::from(Series::new(key.into(), keys)),
        count("rank", |row| row.rank),
        count("rank_best", |row| row.rank_best),
        count("rank_worst", |row| row.rank_worst),
        count("rank_best_weights", |row| row.rank_best_weights),
        count("rank_worst_weights", |row| row.rank_worst_weights),
        number("share_in_top", &|row| row.share_in_top),
        number("score", &|row| row.score),
    ];
    for group in rows.first().into_iter().flat_map(|row| row.groups.keys()) {
        let get = |row: &Row| row.groups.get(group).copied().flatten();
        columns.push(number(&format!("score_{group}"), &get));
    }
    let missing: Vec<String> = rows.iter().map(|row| row.missing.join(", ")).collect();
    columns.push(Column::from(Series::new("missing".into(), missing)));
    let table = |source| PipelineError::Frame { table: "priority".to_owned(), source };
    DataFrame::new(rows.len(), columns).map_err(table)
}
