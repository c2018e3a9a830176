//! Cells that their publisher withholds: what is made of them is a bound, not a value.
//!
//! A column `NAME` has withheld cells where `NAME_status` says `Q` and the value is missing. `NAME_lower` and `NAME_upper`,
//! where there are such columns, say between what they lie; without them the least is 0 and the most is not known.

use polars::prelude::DataFrame;

use crate::formats::{self, FormatError, Place};
use crate::interpolate::{TOUCHES, Weights};
use crate::model::ObsStatus;

/// The least and the most that each cell of a column can be.
pub struct Suppressed {
    lower: Vec<f64>,
    /// None where the most is not known.
    upper: Vec<Option<f64>>,
    withheld: Vec<bool>,
}

/// What a sum over cells lies between, and whether withheld ones have a part in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    pub lower: f64,
    pub upper: Option<f64>,
    pub withheld: bool,
}

impl Suppressed {
    /// Reads what stands beside a column; `None` where nothing of it is withheld.
    ///
    /// # Errors
    /// [`FormatError::NotANumber`] for a bound that is none.
    pub fn read(
        place: &Place,
        frame: &DataFrame,
        name: &str,
        values: &[Option<f64>],
    ) -> Result<Option<Self>, FormatError> {
        let status = frame.column(&format!("{name}_status"));
        let Some(status) = status.ok().and_then(|column| column.str().ok()) else {
            return Ok(None);
        };
        let is_withheld = |(status, value): (Option<&str>, &Option<f64>)| {
            status == Some(ObsStatus::Q.code()) && value.is_none()
        };
        let withheld: Vec<bool> = status.iter().zip(values).map(is_withheld).collect();
        if !withheld.contains(&true) {
            return Ok(None);
        }
        let beside = |end: &str| {
            let column = format!("{name}_{end}");
            match frame.column(&column) {
                Ok(_) => formats::numbers(place, frame, &column),
                Err(_) => Ok(vec![None; values.len()]),
            }
        };
        let (low, high) = (beside("lower")?, beside("upper")?);
        // A cell that is missing for another reason counts nothing, as everywhere.
        let lower = |row: usize| match (values[row], withheld[row]) {
            (Some(value), _) => value,
            (None, true) => low[row].unwrap_or(0.0),
            (None, false) => 0.0,
        };
        let upper = |row: usize| match (values[row], withheld[row]) {
            (Some(value), _) => Some(value),
            (None, true) => high[row],
            (None, false) => Some(0.0),
        };
        let rows = 0..values.len();
        let (lower, upper) = (rows.clone().map(lower).collect(), rows.map(upper).collect());
        Ok(Some(Self { lower, upper, withheld }))
    }

    /// A sum over cells, each with the share of it that counts.
    pub fn sum(&self, parts: impl Iterator<Item = (usize, f64)>) -> Bound {
        let mut bound = Bound { lower: 0.0, upper: Some(0.0), withheld: false };
        for (row, share) in parts.filter(|(_, share)| *share > TOUCHES) {
            bound.lower += self.lower[row] * share;
            let most = self.upper[row].map(|upper| upper * share);
            bound.upper = bound.upper.zip(most).map(|(sum, part)| sum + part);
            bound.withheld |= self.withheld[row];
        }
        bound
    }

    /// The sum of every target.
    #[must_use]
    pub fn carry(&self, weights: &Weights) -> Vec<Bound> {
        let of = |target: usize| {
            let row = weights.row(target);
            let parts = row.sources.iter().zip(row.shares);
            self.sum(parts.map(|(source, share)| (*source as usize, *share)))
        };
        (0..weights.targets()).map(of).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::float_cmp)]
mod tests {
    use polars::prelude::{Column, NamedFrom, Series};

    use super::*;

    fn frame(upper: Option<[Option<f64>; 3]>) -> DataFrame {
        let mut columns =
            vec![Column::from(Series::new("n_status".into(), ["A", "Q", "M"].as_slice()))];
        columns.extend(
            upper.map(|cells| Column::from(Series::new("n_upper".into(), cells.as_slice()))),
        );
        DataFrame::new(3, columns).unwrap()
    }

    fn read(upper: Option<[Option<f64>; 3]>) -> Suppressed {
        let values = [Some(40.0), None, None];
        Suppressed::read(&Place::file("t.csv"), &frame(upper), "n", &values).unwrap().unwrap()
    }

    #[test]
    fn a_withheld_cell_counts_as_nothing_below_and_as_its_threshold_above() {
        let bound =
            read(Some([None, Some(4.0), None])).sum([(0, 1.0), (1, 0.5), (2, 1.0)].into_iter());
        assert_eq!(bound, Bound { lower: 40.0, upper: Some(42.0), withheld: true });
    }

    #[test]
    fn without_a_threshold_the_most_is_not_known() {
        let found = read(None);
        assert_eq!(found.sum([(0, 1.0), (1, 1.0)].into_iter()).upper, None);
        let untouched = found.sum([(0, 0.5), (1, 1e-6)].into_iter());
        assert_eq!(untouched, Bound { lower: 20.0, upper: Some(20.0), withheld: false });
    }
}
