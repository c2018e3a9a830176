//! What stands beside the values of a column in a file: the status of each, and between what it lies.
//!
//! # What it does
//! Reads `NAME_status` (codes of SDMX), `NAME_lower` and `NAME_upper` beside a column `NAME`, and says the same of what is
//! made of its cells: sums have the sum of the bounds, and the status of the least certain part. A cell that is withheld
//! (`Q` without a value) lies from 0 to nobody knows what, unless its bounds say more.
//!
//! # Assumes
//! Counts of 0 or more. A cell with a lower bound alone has no known upper one; one without either is exact.
//!
//! # Units
//! Those of the column.
//!
//! # When it misleads
//! Bounds add up as if all parts erred to the same side. Of margins of error from samples that is too wide: give those as
//! such (`--moe`).
//!
//! # Example
//! A withheld cell of at most 4 and one of 40 sum to something from 40 to 44, and half of the first to at most 42.
//!
//! # References
//! SDMX code list `CL_OBS_STATUS`.

use polars::prelude::{DataFrame, DataType};

use crate::formats::{self, FormatError, Place};
use crate::interpolate::{TOUCHES, Weights};
use crate::model::{ObsStatus, status_column};

type Cells = Vec<Option<f64>>;

/// Status and bounds of every cell of a column, where the file tells them.
#[derive(Debug, Clone)]
pub struct Beside {
    /// Empty where the file says nothing.
    status: Vec<Option<ObsStatus>>,
    lower: Cells,
    upper: Cells,
}

/// The least and the most that each cell of a count can be.
#[derive(Debug, Clone)]
pub struct Bounds {
    lower: Vec<f64>,
    /// None where the most is not known.
    upper: Cells,
    withheld: Vec<bool>,
    stated: Vec<bool>,
}

/// What a sum over cells lies between.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    pub lower: f64,
    pub upper: Option<f64>,
    /// Whether withheld cells have a part in it: then it has no value.
    pub withheld: bool,
    /// Whether any cell in it is less than exact.
    pub stated: bool,
}

impl Beside {
    /// Reads what stands beside a column.
    ///
    /// # Errors
    /// [`FormatError::NotANumber`] for a bound that is none, [`FormatError::Row`] for a status that is none.
    pub fn read(place: &Place, frame: &DataFrame, name: &str) -> Result<Self, FormatError> {
        let end = |end: &str| {
            let column = format!("{name}_{end}");
            match frame.column(&column) {
                Ok(_) => formats::numbers(place, frame, &column),
                Err(_) => Ok(vec![None; frame.height()]),
            }
        };
        let status = statuses(place, frame, &status_column(name))?;
        Ok(Self { status, lower: end("lower")?, upper: end("upper")? })
    }

    fn said(&self, row: usize) -> Option<ObsStatus> {
        self.status.get(row).copied().flatten()
    }

    fn is_withheld(&self, row: usize, value: Option<f64>) -> bool {
        value.is_none() && self.said(row) == Some(ObsStatus::Q)
    }

    /// Between what each cell of a count lies; `None` where all are exact.
    #[must_use]
    pub fn bounds(&self, values: &[Option<f64>]) -> Option<Bounds> {
        let rows = || values.iter().enumerate();
        let withheld: Vec<bool> = rows().map(|(row, v)| self.is_withheld(row, *v)).collect();
        let has_ends = |row: usize| self.lower[row].is_some() || self.upper[row].is_some();
        let stated =
            |(row, value): (usize, &Option<f64>)| withheld[row] || value.is_some() && has_ends(row);
        let stated: Vec<bool> = rows().map(stated).collect();
        if !stated.contains(&true) {
            return None;
        }
        // A cell that is missing for another reason counts nothing, as everywhere.
        let lower = |(row, value): (usize, &Option<f64>)| match value {
            _ if stated[row] => self.lower[row].unwrap_or(0.0),
            value => value.unwrap_or(0.0),
        };
        let upper = |(row, value): (usize, &Option<f64>)| match value {
            _ if stated[row] => self.upper[row],
            value => Some(value.unwrap_or(0.0)),
        };
        let (lower, upper) = (rows().map(lower).collect(), rows().map(upper).collect());
        Some(Bounds { lower, upper, withheld, stated })
    }

    /// The lower and the upper end of each rate, which is its own where no end is told; `None` where none is told.
    #[must_use]
    pub fn ends(&self, values: &[Option<f64>]) -> Option<(Cells, Cells)> {
        let end = |ends: &Cells| -> Cells {
            values.iter().zip(ends).map(|(value, end)| value.map(|v| end.unwrap_or(v))).collect()
        };
        let told = [&self.lower, &self.upper].iter().any(|ends| ends.iter().any(Option::is_some));
        told.then(|| (end(&self.lower), end(&self.upper)))
    }

    /// The status of the least certain of several cells that have a value, at least that of the way they are put together.
    #[must_use]
    pub fn least_certain(
        &self,
        rows: impl Iterator<Item = usize>,
        values: &[Option<f64>],
        made: ObsStatus,
    ) -> ObsStatus {
        if self.status.is_empty() {
            return made;
        }
        let known = rows.filter(|row| values[*row].is_some());
        known.filter_map(|row| self.said(row)).fold(made, ObsStatus::or_less_certain)
    }

    /// The status of what is not there: withheld where one of the cells is, else missing.
    #[must_use]
    pub fn absent(
        &self,
        mut rows: impl Iterator<Item = usize>,
        values: &[Option<f64>],
    ) -> ObsStatus {
        let withheld = rows.any(|row| self.is_withheld(row, values[row]));
        if withheld { ObsStatus::Q } else { ObsStatus::M }
    }
}

fn statuses(
    place: &Place,
    frame: &DataFrame,
    name: &str,
) -> Result<Vec<Option<ObsStatus>>, FormatError> {
    let texts = frame.column(name).ok().and_then(|column| column.cast(&DataType::String).ok());
    let Some(texts) = texts else { return Ok(Vec::new()) };
    let Ok(texts) = texts.str() else { return Ok(Vec::new()) };
    let code = |(row, text): (usize, Option<&str>)| {
        match text.filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => ObsStatus::from_code(text).map(Some).ok_or_else(|| FormatError::Row {
            place: place.clone(),
            row: row + 1,
            reason: format!("\"{text}\" in column \"{name}\" is no status"),
            help: "give a code of SDMX: A, B, E, I, M, P, Q or U; a column that says something else needs another name".to_owned(),
        }),
    }
    };
    texts.iter().enumerate().map(code).collect()
}

impl Bounds {
    fn exact(values: &[Option<f64>]) -> Self {
        let nothing = vec![false; values.len()];
        Self {
            lower: values.iter().map(|value| value.unwrap_or(0.0)).collect(),
            upper: values.iter().map(|value| Some(value.unwrap_or(0.0))).collect(),
            withheld: nothing.clone(),
            stated: nothing,
        }
    }

    /// Only the cells for which both of a ratio are known or withheld; the others count nothing.
    fn only(mut self, keep: &[bool]) -> Self {
        for (row, _) in keep.iter().enumerate().filter(|(_, keep)| !**keep) {
            (self.lower[row], self.upper[row]) = (0.0, Some(0.0));
            (self.withheld[row], self.stated[row]) = (false, false);
        }
        self
    }

    /// The lower and the upper end of the cells that are less than exact.
    #[must_use]
    pub fn stated(&self) -> (Cells, Cells) {
        let of = |get: &dyn Fn(usize) -> Option<f64>| -> Cells {
            (0..self.stated.len()).map(|row| get(row).filter(|_| self.stated[row])).collect()
        };
        (of(&|row| Some(self.lower[row])), of(&|row| self.upper[row]))
    }

    /// A sum over cells, each with the share of it that counts.
    pub fn sum(&self, parts: impl Iterator<Item = (usize, f64)>) -> Bound {
        let mut bound = Bound { lower: 0.0, upper: Some(0.0), withheld: false, stated: false };
        for (row, share) in parts {
            bound.lower += self.lower[row] * share;
            let most = self.upper[row].map(|upper| upper * share);
            bound.upper = bound.upper.zip(most).map(|(sum, part)| sum + part);
            bound.withheld |= self.withheld[row];
            bound.stated |= self.stated[row];
        }
        bound
    }

    /// The sum of every target.
    #[must_use]
    pub fn carry(&self, weights: &Weights) -> Vec<Bound> {
        (0..weights.targets()).map(|target| self.sum(weights.parts(target))).collect()
    }
}

impl Bound {
    /// Between what a ratio lies in every target; `None` where all of its cells are exact.
    #[must_use]
    pub fn of_ratio(
        above: (&Cells, &Beside),
        below: (&Cells, &Beside),
        weights: &Weights,
    ) -> Option<Vec<Self>> {
        let there = |(values, beside): (&Cells, &Beside), row: usize| {
            values[row].is_some() || beside.is_withheld(row, None)
        };
        let keep: Vec<bool> =
            (0..above.0.len()).map(|row| there(above, row) && there(below, row)).collect();
        let bounds = |(values, beside): (&Cells, &Beside)| {
            let exact = || Bounds::exact(values);
            beside.bounds(values).unwrap_or_else(exact).only(&keep).carry(weights)
        };
        let (above, below) = (bounds(above), bounds(below));
        let found: Vec<Self> =
            above.iter().zip(&below).map(|(above, below)| above.over(below)).collect();
        found.iter().any(|bound| bound.stated).then_some(found)
    }

    /// Between what this over another lies; the most is not known where the other may be nothing.
    fn over(&self, below: &Self) -> Self {
        let most = below.upper.filter(|most| *most > 0.0);
        let upper = self.upper.filter(|_| below.lower > 0.0);
        Self {
            lower: most.map_or(0.0, |most| self.lower / most),
            upper: upper.map(|upper| upper / below.lower),
            withheld: self.withheld || below.withheld,
            stated: self.stated || below.stated,
        }
    }
}

/// Parts of which more is left than an outline's inaccuracy.
pub fn more_than_touch(
    parts: impl Iterator<Item = (usize, f64)>,
) -> impl Iterator<Item = (usize, f64)> {
    parts.filter(|(_, share)| *share > TOUCHES)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::float_cmp)]
mod tests {
    use polars::prelude::{Column, NamedFrom, Series};

    use super::*;

    const VALUES: [Option<f64>; 4] = [Some(40.0), None, None, Some(10.0)];

    fn beside(upper: Option<[Option<f64>; 4]>) -> Beside {
        let codes = ["A", "Q", "M", "P"];
        let mut columns = vec![Column::from(Series::new("n_status".into(), codes.as_slice()))];
        columns.extend(
            upper.map(|cells| Column::from(Series::new("n_upper".into(), cells.as_slice()))),
        );
        let frame = DataFrame::new(4, columns).unwrap();
        Beside::read(&Place::file("t.csv"), &frame, "n").unwrap()
    }

    fn bounds(upper: Option<[Option<f64>; 4]>) -> Bounds {
        beside(upper).bounds(&VALUES).unwrap()
    }

    #[test]
    fn a_withheld_cell_counts_as_nothing_below_and_as_its_threshold_above() {
        let found = bounds(Some([None, Some(4.0), None, None]))
            .sum([(0, 1.0), (1, 0.5), (2, 1.0)].into_iter());
        let known = Bound { lower: 40.0, upper: Some(42.0), withheld: true, stated: true };
        assert_eq!(found, known);
    }

    #[test]
    fn without_a_threshold_the_most_is_not_known() {
        let found = bounds(None);
        assert_eq!(found.sum([(0, 1.0), (1, 1.0)].into_iter()).upper, None);
        let untouched = found.sum([(0, 0.5), (3, 0.5)].into_iter());
        assert_eq!((untouched.lower, untouched.upper), (25.0, Some(25.0)));
        assert!(!untouched.withheld && !untouched.stated);
    }

    #[test]
    fn a_value_with_bounds_of_its_own_takes_them_along() {
        let found = bounds(Some([None, Some(4.0), None, Some(12.0)]));
        let sum = found.sum([(0, 1.0), (3, 0.5)].into_iter());
        assert_eq!(
            (sum.lower, sum.upper, sum.withheld, sum.stated),
            (40.0, Some(46.0), false, true)
        );
    }

    #[test]
    fn the_least_certain_part_decides_and_nothing_is_more_certain_than_how_it_was_made() {
        let beside = beside(None);
        let of = |rows: &[usize], made| beside.least_certain(rows.iter().copied(), &VALUES, made);
        assert_eq!(of(&[0], ObsStatus::A), ObsStatus::A);
        assert_eq!(of(&[0, 3], ObsStatus::A), ObsStatus::P);
        assert_eq!(of(&[0, 3], ObsStatus::E), ObsStatus::E);
        let absent = |rows: &[usize]| beside.absent(rows.iter().copied(), &VALUES);
        assert_eq!((absent(&[1, 2]), absent(&[2])), (ObsStatus::Q, ObsStatus::M));
    }

    #[test]
    fn a_ratio_lies_between_its_furthest_ends() {
        let bound =
            |lower, upper| Bound { lower, upper: Some(upper), withheld: false, stated: true };
        let found = bound(8.0, 12.0).over(&bound(40.0, 44.0));
        assert_eq!((found.lower, found.upper), (8.0 / 44.0, Some(12.0 / 40.0)));
        assert_eq!(bound(1.0, 2.0).over(&bound(0.0, 4.0)).upper, None);
    }
}
