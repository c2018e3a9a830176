//! The columns that are carried onto what remains, and what stands beside them.

use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use serde::Serialize;

use super::Request;
use crate::areas::clip::Clipped;
use crate::formats::{self, FormatError};
use crate::interpolate::Overlaps;
use crate::model::{ObsStatus, status_column};
use crate::pipeline::beside::{Beside, Bound, more_than_touch};

type Cells = Vec<Option<f64>>;

/// What came of one column.
#[derive(Debug, Serialize)]
pub struct Carried {
    pub column: String,
    pub kind: &'static str,
    /// The value of the area: a sum of shares, or a mean by shared surface.
    pub value: Option<f64>,
    /// The uncut sum over features that lie inside with more than half of themselves; extensive columns only.
    pub mostly_inside: Option<f64>,
    /// Share of the input's total that is kept; extensive columns only.
    pub share_of_total: Option<f64>,
    /// Share of what remains that has a value.
    pub coverage: f64,
    /// Where cells are withheld or have bounds of their own: between what the value lies (the most only where it is known).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lower: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upper: Option<f64>,
    /// That of the least certain feature, at least estimated where one is cut.
    pub obs_status: &'static str,
}

/// A column that is carried: a count or a rate.
pub(super) struct Read {
    name: String,
    is_count: bool,
    values: Cells,
    beside: Beside,
}

/// Reads the columns that are asked for.
///
/// # Errors
/// [`FormatError::MissingColumn`], [`FormatError::NotANumber`], [`FormatError::Row`] for a status that is none.
pub(super) fn read(request: &Request<'_>, frame: &DataFrame) -> Result<Vec<Read>, FormatError> {
    let place = request.place();
    let counts = request.extensive.iter().map(|name| (name, true));
    let named = counts.chain(request.intensive.iter().map(|name| (name, false)));
    let read = |(name, is_count): (&String, bool)| {
        let values = formats::numbers(&place, frame, name)?;
        let beside = Beside::read(&place, frame, name)?;
        Ok(Read { name: name.clone(), is_count, values, beside })
    };
    named.map(read).collect()
}

impl Read {
    /// The value of the whole area.
    pub fn of_area(&self, overlaps: &Overlaps, clipped: &[Clipped]) -> Carried {
        let Self { values, beside, .. } = self;
        let size: f64 = clipped.iter().map(|part| part.size).sum();
        let parts = || more_than_touch(clipped.iter().map(|part| (part.row, part.share)));
        let rows = || parts().map(|(row, _)| row);
        let coverage = if size > 0.0 { overlaps.covered(values) / size } else { 0.0 };
        let made = if parts().all(|(_, share)| share >= 1.0) { ObsStatus::A } else { ObsStatus::E };
        let status = |value: Option<f64>| match value {
            Some(_) => beside.least_certain(rows(), values, made),
            None => beside.absent(rows(), values),
        };
        let carried = |kind, value: Option<f64>, bound: Option<Bound>| Carried {
            column: self.name.clone(),
            kind,
            value,
            mostly_inside: None,
            share_of_total: None,
            coverage,
            lower: bound.map(|bound| bound.lower),
            upper: bound.and_then(|bound| bound.upper),
            obs_status: status(value).code(),
        };
        if !self.is_count {
            let ends = beside.ends(values).and_then(|(lower, upper)| {
                let (lower, upper) = (overlaps.intensive(&lower)?, overlaps.intensive(&upper));
                Some(Bound { lower, upper, withheld: false, stated: true })
            });
            return carried("intensive", overlaps.intensive(values), ends);
        }
        let bound = beside.bounds(values).map(|bounds| bounds.sum(parts()));
        let bound = bound.filter(|bound| bound.stated);
        let is_known = !bound.is_some_and(|bound| bound.withheld);
        let value = overlaps.extensive(values).filter(|_| is_known);
        let total: f64 = values.iter().flatten().sum();
        let inside = clipped.iter().filter(|part| part.share > 0.5);
        Carried {
            mostly_inside: inside.map(|part| values[part.row]).sum(),
            share_of_total: value.filter(|_| total != 0.0).map(|value| value / total),
            ..carried("extensive", value, bound)
        }
    }

    /// The columns that are scaled by the share that remains: a count, and its bounds where it has any.
    pub fn scaled(&self) -> Vec<(String, Cells)> {
        if !self.is_count {
            return Vec::new();
        }
        let mut columns = vec![(self.name.clone(), self.values.clone())];
        if let Some(bounds) = self.beside.bounds(&self.values) {
            let (lower, upper) = bounds.stated();
            columns.push((format!("{}_lower", self.name), lower));
            columns.push((format!("{}_upper", self.name), upper));
        }
        columns
    }

    /// The columns that stay as they are, as numbers.
    pub fn kept(&self) -> Option<Column> {
        (!self.is_count).then(|| Column::from(Series::new(self.name.as_str().into(), &self.values)))
    }

    /// The status of every feature that remains: one that is cut is estimated.
    pub fn statuses(&self, clipped: &[Clipped]) -> Column {
        let status = |part: &Clipped| {
            let rows = || std::iter::once(part.row);
            let made = if part.share >= 1.0 { ObsStatus::A } else { ObsStatus::E };
            match self.values[part.row] {
                Some(_) => self.beside.least_certain(rows(), &self.values, made),
                None => self.beside.absent(rows(), &self.values),
            }
        };
        let codes: Vec<&str> = clipped.iter().map(|part| status(part).code()).collect();
        Column::from(Series::new(status_column(&self.name).into(), codes))
    }
}
