//! Two layers: columns, rows by key, values and shapes.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{Column, DataType};
use rayon::prelude::*;
use serde::Serialize;

use super::Presence;
use super::key::{self, RowKey, Rows};
use super::shape::{self, ShapeChange};
use super::sheet::{Cell, Sheet, cell};

/// What differs in a layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerChange {
    pub layer: String,
    pub presence: Presence,
    pub old_rows: usize,
    pub new_rows: usize,
    /// The columns by which rows were told apart; none where no column does and rows are compared by content.
    pub key: Vec<String>,
    pub columns_appeared: Vec<String>,
    pub columns_vanished: Vec<String>,
    pub columns_retyped: Vec<Retyped>,
    pub rows_appeared: Vec<RowKey>,
    pub rows_vanished: Vec<RowKey>,
    pub values: Vec<ValueChange>,
    /// The system of the coordinates, where it differs; shapes are then not compared.
    pub crs: Option<(String, String)>,
    pub shapes: Vec<ShapeChange>,
}

/// A column that holds another kind of values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Retyped {
    pub column: String,
    pub old: &'static str,
    pub new: &'static str,
}

/// One cell that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ValueChange {
    pub row: RowKey,
    pub column: String,
    pub old: Cell,
    pub new: Cell,
}

impl ValueChange {
    /// How much a number changed relative to what it was; infinite where there was none, or no number.
    #[must_use]
    pub fn relative(&self) -> f64 {
        match (&self.old, &self.new) {
            (Cell::Number(old), Cell::Number(new)) if *old != 0.0 => ((new - old) / old).abs(),
            _ => f64::INFINITY,
        }
    }
}

/// Layers of one name; the only layers of two files go together whatever their names.
pub(super) fn pairs<'a>(
    old: &'a [Sheet],
    new: &'a [Sheet],
) -> Vec<(Option<&'a Sheet>, Option<&'a Sheet>)> {
    if let ([old], [new]) = (old, new) {
        return vec![(Some(old), Some(new))];
    }
    let names: BTreeSet<&str> = old.iter().chain(new).map(|sheet| sheet.name.as_str()).collect();
    let of = |sheets: &'a [Sheet], name: &str| sheets.iter().find(|sheet| sheet.name == name);
    names.into_iter().map(|name| (of(old, name), of(new, name))).collect()
}

/// What differs; `None` where nothing does.
pub(super) fn compare(old: Option<&Sheet>, new: Option<&Sheet>) -> Option<LayerChange> {
    let height = |sheet: Option<&Sheet>| sheet.map_or(0, |sheet| sheet.frame.height());
    let mut change = LayerChange {
        layer: new.or(old)?.name.clone(),
        presence: match (old, new) {
            (None, _) => Presence::Appeared,
            (_, None) => Presence::Vanished,
            _ => Presence::Both,
        },
        old_rows: height(old),
        new_rows: height(new),
        key: Vec::new(),
        columns_appeared: Vec::new(),
        columns_vanished: Vec::new(),
        columns_retyped: Vec::new(),
        rows_appeared: Vec::new(),
        rows_vanished: Vec::new(),
        values: Vec::new(),
        crs: None,
        shapes: Vec::new(),
    };
    let (Some(old), Some(new)) = (old, new) else { return Some(change) };
    change.columns(old, new);
    change.crs = shape::systems(old, new);
    match key::choose(old, new) {
        Some((key, old_rows, new_rows)) => {
            change.key = key;
            change.by_key((old, &old_rows), (new, &new_rows));
        }
        None => change.by_content(old, new),
    }
    (!change.is_empty()).then_some(change)
}

impl LayerChange {
    fn is_empty(&self) -> bool {
        self.presence == Presence::Both
            && self.columns_appeared.is_empty()
            && self.columns_vanished.is_empty()
            && self.columns_retyped.is_empty()
            && self.rows_appeared.is_empty()
            && self.rows_vanished.is_empty()
            && self.values.is_empty()
            && self.crs.is_none()
            && self.shapes.is_empty()
    }

    fn columns(&mut self, old: &Sheet, new: &Sheet) {
        let missing = |from: &Sheet, of: &Sheet| -> Vec<String> {
            let names = from.frame.get_column_names().into_iter().map(ToString::to_string);
            names.filter(|name| of.frame.column(name).is_err()).collect()
        };
        self.columns_vanished = missing(old, new);
        self.columns_appeared = missing(new, old);
        self.columns_retyped = shared(old, new)
            .filter_map(|(before, after)| {
                let (from, to) = (kind(before)?, kind(after)?);
                let column = before.name().to_string();
                (from != to).then_some(Retyped { column, old: from, new: to })
            })
            .collect();
    }

    fn by_key(&mut self, (old, old_rows): (&Sheet, &Rows), (new, new_rows): (&Sheet, &Rows)) {
        let only = |rows: &Rows, others: &Rows| -> Vec<RowKey> {
            rows.keys().filter(|key| !others.contains_key(*key)).cloned().collect()
        };
        self.rows_vanished = only(old_rows, new_rows);
        self.rows_appeared = only(new_rows, old_rows);
        let both: Vec<(&RowKey, usize, usize)> = old_rows
            .iter()
            .filter_map(|(key, &row)| Some((key, row, *new_rows.get(key)?)))
            .collect();
        let columns: Vec<_> = shared(old, new).collect();
        let changed = columns.par_iter().flat_map_iter(|(before, after)| {
            let pairs = both.iter();
            pairs.filter_map(|&(key, from, to)| value(key, (before, from), (after, to)))
        });
        self.values = changed.collect();
        if self.crs.is_none() {
            self.shapes = shape::changes(old, new, &both);
        }
    }

    fn by_content(&mut self, old: &Sheet, new: &Sheet) {
        let (old, new) = (key::by_content(old), key::by_content(new));
        let more = |rows: &BTreeMap<RowKey, usize>, others: &BTreeMap<RowKey, usize>| {
            let surplus = |(key, &count): (&RowKey, &usize)| {
                let others = others.get(key).copied().unwrap_or(0);
                vec![key.clone(); count.saturating_sub(others)]
            };
            rows.iter().flat_map(surplus).collect::<Vec<_>>()
        };
        self.rows_vanished = more(&old, &new);
        self.rows_appeared = more(&new, &old);
    }
}

/// Columns of one name, in the order of the old layer.
fn shared<'a>(old: &'a Sheet, new: &'a Sheet) -> impl Iterator<Item = (&'a Column, &'a Column)> {
    let pair = |before: &'a Column| Some((before, new.frame.column(before.name()).ok()?));
    old.frame.columns().iter().filter_map(pair)
}

/// What a column holds; `None` where it holds nothing, and its type is an accident of its format.
fn kind(column: &Column) -> Option<&'static str> {
    if column.null_count() == column.len() {
        return None;
    }
    Some(match column.dtype() {
        DataType::Boolean => "truth values",
        DataType::String => "text",
        dtype if dtype.is_primitive_numeric() => "numbers",
        _ => "other values",
    })
}

/// A cell that differs.
fn value(
    key: &RowKey,
    (before, from): (&Column, usize),
    (after, to): (&Column, usize),
) -> Option<ValueChange> {
    let (old, new) = (cell(before, from), cell(after, to));
    // Most cells are the same and need not be copied.
    if old == new {
        return None;
    }
    let (old, new) = (Cell::of(&old), Cell::of(&new));
    let change = || ValueChange {
        row: key.clone(),
        column: before.name().to_string(),
        old: old.clone(),
        new: new.clone(),
    };
    (!same(&old, &new)).then(change)
}

/// Not-a-number is the same as itself, and 0 as -0.
fn same(old: &Cell, new: &Cell) -> bool {
    match (old, new) {
        (Cell::Number(old), Cell::Number(new)) => (old + 0.0).total_cmp(&(new + 0.0)).is_eq(),
        _ => old == new,
    }
}
