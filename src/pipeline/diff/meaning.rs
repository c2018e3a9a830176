//! What each changed indicator means: the same value in two baselines, or its follow-up in a later year.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::manifest::What;
use super::sheet::Sheet;
use super::{FolderChange, observations};
use crate::compare::{Compared, Pair, Rules, is_changed, judge};
use crate::formats::FormatError;
use crate::model::{Observation, Role};

/// A published value and what stands beside it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reading {
    pub year: Option<i32>,
    pub value: Option<f64>,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    pub obs_status: &'static str,
}

/// A value of the table `indicators` that changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IndicatorChange {
    /// The areas in whose baselines the value stands: a city's stands in several.
    pub areas: Vec<String>,
    pub unit_id: Option<String>,
    pub geography_level: String,
    pub geography_id: String,
    pub role: &'static str,
    pub indicator: String,
    pub unit: String,
    pub sex: String,
    pub age: String,
    pub old: Reading,
    pub new: Reading,
    #[serde(flatten)]
    pub compared: Compared,
}

/// The two tables of one folder.
pub(super) struct Tables {
    pub is_geopackage: bool,
    old: Vec<Observation>,
    new: Vec<Observation>,
}

impl Tables {
    /// Area and indicator of every row that is new or still there.
    pub fn indicators(&self) -> impl Iterator<Item = (&str, &str)> {
        self.new.iter().map(|row| (row.area_id.as_str(), row.indicator.as_str()))
    }
}

/// Reads the two tables of indicators, where the layers are such.
pub(super) fn tables(old: &Sheet, new: &Sheet) -> Option<Result<Tables, FormatError>> {
    if !(observations::is_indicators(old) && observations::is_indicators(new)) {
        return None;
    }
    let is_geopackage = old.file.extension().is_some_and(|ending| ending == "gpkg");
    let read = || {
        let (old, new) = (observations::read(old)?, observations::read(new)?);
        Ok(Tables { is_geopackage, old, new })
    };
    Some(read())
}

/// One value in two outputs, with the number of units each is the sum of.
struct Found {
    areas: BTreeSet<String>,
    old: Observation,
    new: Observation,
    cells: (Option<usize>, Option<usize>),
    redrawn: bool,
}

impl Found {
    fn pair(&self) -> Pair<'_> {
        Pair { old: &self.old, new: &self.new, cells: self.cells, redrawn: self.redrawn }
    }
}

/// The places of a folder that are others than they were, whatever their codes say.
#[derive(Default)]
pub(super) struct Redrawn {
    /// Units and areas by id.
    places: BTreeSet<String>,
    /// The area is made of other units.
    area: bool,
}

impl Redrawn {
    pub fn new(folder: &FolderChange) -> Self {
        let layers = folder.files.iter().flat_map(|file| &file.layers);
        let of_places = layers.filter(
            |layer| matches!(layer.key.as_slice(), [id] if id == "unit_id" || id == "area_id"),
        );
        let shapes = of_places.flat_map(|layer| &layer.shapes);
        let others = shapes.filter(|shape| shape.is_another_place());
        Self {
            places: others.flat_map(|shape| shape.row.iter().cloned()).collect(),
            area: folder.manifest.iter().any(|change| change.what == What::Unit),
        }
    }

    fn holds(&self, row: &Observation) -> bool {
        self.places.contains(&row.geography_id) || (self.area && row.geography_level == "area")
    }
}

/// The changed values of all folders, each once however many baselines it stands in.
#[derive(Default)]
pub(super) struct Pairs(BTreeMap<Vec<String>, Found>);

impl Pairs {
    pub fn add(&mut self, tables: &Tables, redrawn: &Redrawn) {
        let (old, new) = (by(&tables.old, identity), by(&tables.new, identity));
        let same = old.iter().filter_map(|(key, &old)| Some((old, *new.get(key)?)));
        for (old, new) in same.filter(|(old, new)| is_changed(old, new)) {
            self.insert(tables, (old, new), redrawn);
        }
        // What has no counterpart of its year is followed up by the newest of its series.
        let left: BTreeMap<_, _> = newest(&old, &new);
        for (series, new) in newest(&new, &old) {
            if let Some(old) = left.get(&series).filter(|old| is_changed(old, new)) {
                self.insert(tables, (old, new), redrawn);
            }
        }
    }

    fn insert(
        &mut self,
        tables: &Tables,
        (old, new): (&Observation, &Observation),
        redrawn: &Redrawn,
    ) {
        let value = |row: &Observation| format!("{:?} {:?}", row.year, row.value);
        let mut key = series(new);
        key.extend([value(old), value(new), new.source.clone()]);
        let cells = (cells(&tables.old, old), cells(&tables.new, new));
        let found = self.0.entry(key).or_insert_with(|| Found {
            areas: BTreeSet::new(),
            old: old.clone(),
            new: new.clone(),
            cells,
            redrawn: redrawn.holds(new),
        });
        found.areas.insert(new.area_id.clone());
    }

    /// All verdicts, reached together; the surest and largest changes first.
    pub fn judge(&self, rules: &Rules) -> Vec<IndicatorChange> {
        let pairs: Vec<Pair<'_>> = self.0.values().map(Found::pair).collect();
        let judged = judge(&pairs, rules);
        let mut changes: Vec<IndicatorChange> =
            self.0.values().zip(judged).map(|(found, compared)| change(found, compared)).collect();
        changes.sort_by(|a, b| {
            let rank = |change: &IndicatorChange| {
                let whole = (change.role != "own", change.unit_id.is_some(), change.sex != "_T");
                (change.compared.verdict, whole)
            };
            rank(a).cmp(&rank(b)).then_with(|| relative(b).total_cmp(&relative(a)))
        });
        changes
    }
}

fn change(found: &Found, compared: Compared) -> IndicatorChange {
    let reading = |row: &Observation| Reading {
        year: row.year,
        value: row.value,
        lower: row.lower,
        upper: row.upper,
        obs_status: row.obs_status.code(),
    };
    let new = &found.new;
    IndicatorChange {
        areas: found.areas.iter().cloned().collect(),
        unit_id: new.unit_id.clone(),
        geography_level: new.geography_level.clone(),
        geography_id: new.geography_id.clone(),
        role: new.role.id(),
        indicator: new.indicator.clone(),
        unit: new.unit.clone(),
        sex: new.sex.clone(),
        age: new.age.clone(),
        old: reading(&found.old),
        new: reading(new),
        compared,
    }
}

/// The change relative to the old value, 0 where there is none.
fn relative(change: &IndicatorChange) -> f64 {
    let old = change.old.value.filter(|old| *old != 0.0);
    change.compared.change.zip(old).map_or(0.0, |(change, old)| (change / old).abs())
}

fn by(
    rows: &[Observation],
    key: fn(&Observation) -> Vec<String>,
) -> BTreeMap<Vec<String>, &Observation> {
    rows.iter().map(|row| (key(row), row)).collect()
}

/// What tells a row from every other of its table.
fn identity(row: &Observation) -> Vec<String> {
    let mut key = series(row);
    let year = row.year.map_or_else(String::new, |year| year.to_string());
    key.extend([row.area_id.clone(), row.geography_level.clone(), year, row.source.clone()]);
    key
}

/// What a series keeps from year to year. The vintage of its geography may change, and is looked at later.
fn series(row: &Observation) -> Vec<String> {
    let (level, vintage) = row.geography_level.rsplit_once('-').unwrap_or(("", ""));
    let is_vintage = vintage.len() == 4 && vintage.bytes().all(|byte| byte.is_ascii_digit());
    let level = if is_vintage { level } else { &row.geography_level };
    let unit = row.unit_id.clone().unwrap_or_default();
    let texts = [level, &row.geography_id, row.role.id(), &row.indicator, &row.sex, &row.age];
    std::iter::once(unit).chain(texts.map(str::to_owned)).collect()
}

/// By series, the newest row with a value among those that the other side does not have.
fn newest<'a>(
    rows: &BTreeMap<Vec<String>, &'a Observation>,
    others: &BTreeMap<Vec<String>, &Observation>,
) -> BTreeMap<Vec<String>, &'a Observation> {
    let mut newest: BTreeMap<Vec<String>, &Observation> = BTreeMap::new();
    for (_, &row) in rows.iter().filter(|(key, _)| !others.contains_key(*key)) {
        let known = newest.entry(series(row)).or_insert(row);
        let rank = |row: &Observation| (row.value.is_some(), row.year);
        if rank(row) > rank(known) {
            *known = row;
        }
    }
    newest
}

/// Of how many published cells a value is the sum: one, or one a unit of the area.
fn cells(rows: &[Observation], row: &Observation) -> Option<usize> {
    if row.method == "published" {
        return Some(1);
    }
    let is_sum = row.method.starts_with("sum_of_units") && row.role == Role::Own;
    let units = || {
        let units = rows.iter().filter(|other| other.area_id == row.area_id);
        units.filter_map(|other| other.unit_id.as_deref()).collect::<BTreeSet<_>>().len()
    };
    is_sum.then(|| if row.unit_id.is_some() { 1 } else { units() })
}
