//! Small counts of the rows of layers are withheld, and what would give them away, over all layers of a run together.

use std::collections::BTreeMap;

use polars::prelude::{Column, DataFrame, DataType, NamedFrom, PolarsResult, Series};

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
                let cell = |row: usize| match self.rows[row] {
                    Some(Withheld::Small) => Some(bound),
                    Some(Withheld::Beside) => None,
                    None => old[row],
                };
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

/// Whether a column is a named one, or says between what its values lie, how certain they are or how much they cover.
#[must_use]
pub fn is_beside(name: &str, named: &str) -> bool {
    let end = name.strip_prefix(named);
    end.is_some_and(|end| matches!(end, "" | "_lower" | "_upper" | "_status" | "_coverage"))
}

/// Leaves out the columns of numbers that are not named: any of them may hold small counts, or sums that tell one. Gives
/// back what is told of them.
#[must_use]
pub fn drop_unnamed(
    frame: &DataFrame,
    is_named: &dyn Fn(&str) -> bool,
) -> (DataFrame, Option<String>) {
    let may_count = |column: &Column| !is_named(column.name()) && holds_number(column);
    let dropped: Vec<&str> = frame
        .columns()
        .iter()
        .filter(|column| may_count(column))
        .map(|column| column.name().as_str())
        .collect();
    let told = (!dropped.is_empty()).then(|| {
        format!(
            "numbers that are not named as counts or rates are left out: {}; keep identifiers and the like with --keep",
            dropped.join(", ")
        )
    });
    (frame.drop_many(dropped), told)
}

/// Whether a cell could be a count: a number, written with digits or as one. A code with leading zeros is none.
fn holds_number(column: &Column) -> bool {
    if *column.dtype() == DataType::Boolean {
        return false;
    }
    let Ok(texts) = column.str() else { return column.null_count() < column.len() };
    let is_code =
        |text: &str| text.starts_with('0') && text.len() > 1 && !text.contains(['.', ',']);
    let is_number = |text: &str| {
        let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        !is_code(text) && plain.replace(',', ".").parse::<f64>().is_ok()
    };
    texts.iter().flatten().any(is_number)
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
#[allow(clippy::unwrap_used)]
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
    fn numbers_nobody_named_are_left_out_and_codes_stay() {
        let text =
            |name: &str, cells: [&str; 2]| Column::from(Series::new(name.into(), cells.as_slice()));
        let columns = vec![
            Column::from(Series::new("n".into(), [3.0, 4.0].as_slice())),
            text("n_status", ["A", "A"]),
            Column::from(Series::new("sick".into(), [1_i64, 2].as_slice())),
            text("women", ["..", "1 204,5"]),
            text("county", ["01", "14a"]),
            text("name", ["Husby", "Kista 2"]),
            Column::from(Series::new("objectid".into(), [7_i64, 8].as_slice())),
        ];
        let frame = DataFrame::new(2, columns).unwrap();
        let named = |name: &str| is_beside(name, "n") || name == "objectid";
        let (left, told) = drop_unnamed(&frame, &named);
        let kept: Vec<&str> = left.columns().iter().map(|column| column.name().as_str()).collect();
        assert_eq!(kept, ["n", "n_status", "county", "name", "objectid"]);
        assert!(told.is_some_and(|told| told.contains("left out: sick, women;")));
    }

    #[test]
    fn a_layer_without_counts_hides_nothing() {
        let found = decide(&[counts(&[("a", None)]), counts(&[("a", Some(9.0))])], 5.0);
        assert!(found.iter().all(|hidden| hidden.rows == [None] && hidden.total.is_none()));
    }
}
