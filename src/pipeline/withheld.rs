//! Small counts of the rows of layers are withheld, and what would give them away, over all layers of a run together.

use std::collections::BTreeMap;

use polars::prelude::{Column, DataFrame, NamedFrom, PolarsResult, Series};

use crate::model::{Layer, ObsStatus};
use crate::publish::{Sum, Withheld, most_small, protect};

type Cells = Vec<Option<f64>>;

/// A count of each row of a layer. Rows of two layers with the same id and value are the same cell.
pub struct Counts {
    pub ids: Vec<String>,
    pub values: Cells,
}

/// What of a layer is withheld.
pub struct Hidden {
    pub rows: Vec<Option<Withheld>>,
    /// The sum over the rows, which a reader has from a report or by another way.
    pub total: Option<Withheld>,
    /// The most that a small count can be.
    pub most: f64,
}

impl Counts {
    /// The counts of a column of a layer.
    #[must_use]
    pub fn of(layer: &Layer, column: &str) -> Self {
        let rows = || (0..layer.frame().height()).map(|row| row.to_string()).collect();
        Self {
            ids: layer.areas().map_or_else(rows, |areas| areas.keys().to_vec()),
            values: numbers(layer.frame(), column),
        }
    }
}

/// Decides over several layers at once, so that what one withholds no other shows.
#[must_use]
pub fn decide(layers: &[Counts], threshold: f64) -> Vec<Hidden> {
    let mut places: BTreeMap<(&str, u64), usize> = BTreeMap::new();
    let mut cells: Vec<f64> = Vec::new();
    let mut place = |id, value: f64| {
        *places.entry((id, value.to_bits())).or_insert_with(|| {
            cells.push(value);
            cells.len() - 1
        })
    };
    let rows: Vec<Vec<Option<usize>>> = layers
        .iter()
        .map(|layer| {
            let rows = layer.ids.iter().zip(&layer.values);
            rows.map(|(id, value)| value.map(|value| place(id.as_str(), value))).collect()
        })
        .collect();
    let mut sums = Vec::new();
    for (layer, rows) in layers.iter().zip(&rows) {
        let parts: Vec<usize> = rows.iter().flatten().copied().collect();
        if !parts.is_empty() {
            sums.push(Sum { total: cells.len(), parts });
        }
        cells.push(layer.values.iter().flatten().sum());
    }
    let found = protect(&cells, &sums, threshold);
    let most = most_small(&cells, threshold);
    let first_total = cells.len() - layers.len();
    let hidden = |(at, rows): (usize, &Vec<Option<usize>>)| Hidden {
        rows: rows.iter().map(|row| row.and_then(|row| found[row])).collect(),
        total: found[first_total + at].filter(|_| rows.iter().any(Option::is_some)),
        most,
    };
    rows.iter().enumerate().map(hidden).collect()
}

impl Hidden {
    /// How many rows are small, and how many are withheld beside them.
    #[must_use]
    pub fn counted(&self) -> [usize; 2] {
        [Withheld::Small, Withheld::Beside]
            .map(|why| self.rows.iter().filter(|row| **row == Some(why)).count())
    }

    /// Empties a count and the columns that tell of it; says between what a small one lies, and why it is not there.
    ///
    /// # Errors
    /// Those of the frame: a column of statuses that holds no texts.
    pub fn hide(&self, frame: &mut DataFrame, column: &str, beside: &[String]) -> PolarsResult<()> {
        if self.rows.iter().any(Option::is_some) {
            for (end, bound) in [("lower", 0.0), ("upper", self.most)] {
                let name = format!("{column}_{end}");
                let old = numbers(frame, &name);
                let is_small = |row: usize| self.rows[row] == Some(Withheld::Small);
                let cell = |row: usize| if is_small(row) { Some(bound) } else { old[row] };
                put(frame, &name, (0..self.rows.len()).map(cell).collect())?;
            }
        }
        for name in [column].into_iter().chain(beside.iter().map(String::as_str)) {
            if frame.column(name).is_ok() {
                empty(frame, name, &self.rows)?;
            }
        }
        status(frame, column, &self.rows)
    }
}

/// What is told of so many small counts and those beside them; nothing where there is none.
#[must_use]
pub fn note([small, beside]: [usize; 2], threshold: f64) -> Option<String> {
    (small > 0).then(|| {
        format!(
            "{small} counts below {threshold} are withheld (status Q), with {beside} beside them"
        )
    })
}

/// Rows of which one of several counts is withheld.
#[must_use]
pub fn any_of(hidden: &[&Hidden]) -> Vec<Option<Withheld>> {
    let rows = hidden.first().map_or(0, |hidden| hidden.rows.len());
    (0..rows).map(|row| hidden.iter().find_map(|hidden| hidden.rows[row])).collect()
}

fn numbers(frame: &DataFrame, name: &str) -> Cells {
    let column = frame.column(name).ok().and_then(|column| column.f64().ok());
    column.map_or_else(|| vec![None; frame.height()], |cells| cells.iter().collect())
}

fn put(frame: &mut DataFrame, name: &str, cells: Cells) -> PolarsResult<()> {
    frame.with_column(Column::from(Series::new(name.into(), cells))).map(|_| ())
}

/// Empties the rows that are withheld.
///
/// # Errors
/// Those of the frame.
pub fn empty(frame: &mut DataFrame, name: &str, withheld: &[Option<Withheld>]) -> PolarsResult<()> {
    let cells = numbers(frame, name).into_iter().zip(withheld);
    let cells = cells.map(|(cell, why)| cell.filter(|_| why.is_none())).collect();
    put(frame, name, cells)
}

/// Marks the rows that are withheld in the column of statuses beside a column.
///
/// # Errors
/// Those of the frame: a column of statuses that is not there or holds no texts.
pub fn status(
    frame: &mut DataFrame,
    name: &str,
    withheld: &[Option<Withheld>],
) -> PolarsResult<()> {
    let name = format!("{name}_status");
    let known: Vec<Option<String>> =
        frame.column(&name)?.str()?.iter().map(|cell| cell.map(str::to_owned)).collect();
    let cell = |(known, why): (Option<String>, &Option<Withheld>)| match why {
        Some(_) => Some(ObsStatus::Q.code().to_owned()),
        None => known,
    };
    let cells: Vec<Option<String>> = known.into_iter().zip(withheld).map(cell).collect();
    frame.with_column(Column::from(Series::new(name.as_str().into(), cells))).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Option<Withheld> = Some(Withheld::Small);
    const BESIDE: Option<Withheld> = Some(Withheld::Beside);

    fn counts(rows: &[(&str, Option<f64>)]) -> Counts {
        let (ids, values) = rows.iter().map(|(id, value)| ((*id).to_owned(), *value)).unzip();
        Counts { ids, values }
    }

    #[test]
    fn the_smallest_goes_with_a_small_one_and_what_is_missing_stays_missing() {
        let rows = [("a", Some(3.0)), ("b", Some(12.0)), ("c", Some(40.0)), ("d", None)];
        let found = decide(&[counts(&rows)], 5.0);
        assert_eq!(found[0].rows, [SMALL, BESIDE, None, None]);
        assert_eq!((found[0].total, found[0].most, found[0].counted()), (None, 4.0, [1, 1]));
    }

    #[test]
    fn what_one_layer_withholds_no_other_shows() {
        // By itself the second layer has nothing to hide, and 12 would tell 3 in the first.
        let first = counts(&[("a", Some(3.0)), ("b", Some(12.0)), ("c", Some(40.0))]);
        let second = counts(&[("b", Some(12.0)), ("d", Some(50.0)), ("e", Some(60.0))]);
        let found = decide(&[first, second], 5.0);
        assert_eq!(found[0].rows, [SMALL, BESIDE, None]);
        assert_eq!(found[1].rows[0], BESIDE);
        assert_eq!(found[1].counted(), [0, 2], "12 alone would follow from the second total");
    }

    #[test]
    fn a_layer_without_counts_hides_nothing() {
        let found = decide(&[counts(&[("a", None)]), counts(&[("a", Some(9.0))])], 5.0);
        assert!(found.iter().all(|hidden| hidden.rows == [None] && hidden.total.is_none()));
    }
}
