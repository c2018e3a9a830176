//! Bounds of counts that their publisher has protected.

use std::collections::{BTreeMap, BTreeSet};

use super::Target;
use super::target::Member;
use crate::model::{Cell, Disclosure, ObsStatus, Observation};
use crate::sources::UnitTable;

/// Year, sex and age of a group of cells.
pub(super) type Split<'a> = (Option<i32>, &'a str, &'a str);

/// What stands behind the method of a count to which noise was added, as `compare` reads it.
const WITH_NOISE: &str = "; cell_key";

/// What stands in the method of a value that was counted in other borders than those of its unit.
pub const REDRAWN: &str = "; units_redrawn";

/// What the publisher did to the counts of a field, and what is said beside them.
#[derive(Default)]
pub(super) struct Disclosed<'a> {
    pub by: Option<Disclosure>,
    /// Units whose count is withheld.
    pub withheld: BTreeMap<Split<'a>, BTreeSet<usize>>,
    /// Units whose value came about in another way than most.
    pub statuses: BTreeMap<(Split<'a>, usize), ObsStatus>,
    /// Units whose value has bounds of its own.
    pub ends: BTreeMap<(Split<'a>, usize), Ends>,
    /// Units that were redrawn since the values were counted.
    pub redrawn: BTreeSet<usize>,
}

/// Between what a value lies by the word of its publisher.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ends {
    pub lower: Option<f64>,
    pub upper: Option<f64>,
}

/// A count in a sum, with the share of it that is there.
pub(super) struct Part {
    pub share: f64,
    pub value: Option<f64>,
    pub withheld: bool,
    pub ends: Option<Ends>,
}

/// A sum over published counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sum {
    pub value: Option<f64>,
    /// How many counts are in it, each by its share.
    pub published: f64,
    /// The same of those that are withheld.
    pub withheld: f64,
    /// The same of those that are withheld and have no upper bound of their own.
    pub open: f64,
    /// How far the bounds that stand beside the counts reach below and above them; the last where it is known.
    pub reach: Option<(f64, Option<f64>)>,
}

/// Between what a true value lies; nothing where it is not known.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Range {
    lower: Option<f64>,
    upper: Option<f64>,
}

impl Sum {
    /// A figure that is one cell of its publisher's.
    pub fn of_cell(value: Option<f64>, by: Option<Disclosure>) -> Self {
        let withheld = value.is_none() && withholds(by);
        Self::of(std::iter::once(Part { share: 1.0, value, withheld, ends: None }))
    }

    /// A surface: nothing was done to it.
    pub fn exact(value: f64) -> Self {
        Self { value: Some(value), published: 0.0, withheld: 0.0, open: 0.0, reach: None }
    }

    /// Two sums over different cells together.
    pub fn and(self, other: Self) -> Self {
        let reach = match (self.reach, other.reach) {
            (None, None) => None,
            (one, two) => {
                let exact = (0.0, Some(0.0));
                let (one, two) = (one.unwrap_or(exact), two.unwrap_or(exact));
                Some((one.0 + two.0, one.1.zip(two.1).map(|(a, b)| a + b)))
            }
        };
        Self {
            value: self.value.zip(other.value).map(|(a, b)| a + b),
            published: self.published + other.published,
            withheld: self.withheld + other.withheld,
            open: self.open + other.open,
            reach,
        }
    }

    /// The sum over what is known; what is withheld counts nothing. Noise is only in what is known.
    pub fn of(parts: impl Iterator<Item = Part>) -> Self {
        let mut sum = Self { value: None, ..Self::exact(0.0) };
        for Part { share, value, withheld, ends } in parts {
            match value {
                Some(value) => {
                    sum.value = Some(sum.value.map_or(value * share, |sum| sum + value * share));
                    sum.published += share;
                }
                None if withheld => {
                    sum.withheld += share;
                    let is_open = ends.is_none_or(|ends| ends.upper.is_none());
                    sum.open += if is_open { share } else { 0.0 };
                }
                None => continue,
            }
            if let Some(ends) = ends {
                let known = value.unwrap_or(0.0);
                let (below, above) = sum.reach.unwrap_or((0.0, Some(0.0)));
                let least = ends.lower.unwrap_or(0.0);
                // The most of a withheld count without an upper bound is added by its publisher's threshold.
                let more = match ends.upper {
                    None if value.is_none() => Some(0.0),
                    upper => upper.map(|upper| (upper - known) * share),
                };
                let above = above.zip(more).map(|(sum, more)| sum + more);
                sum.reach = Some((below + (known - least) * share, above));
            }
        }
        sum
    }

    /// Whether noise was added to some of it.
    fn is_noisy(&self, by: Option<Disclosure>) -> bool {
        self.published > 0.0 && matches!(by, Some(Disclosure::CellKey { .. }))
    }

    /// Between what the true sum lies, the most where it is known: every count may be off by the bound, and none is below
    /// nothing; a withheld one lies from 0 to one below the threshold, if its own bounds say no better. Nothing is known
    /// where the size of the noise is not. None where nothing was done to any of them and no bounds stand beside them.
    fn range(&self, by: Option<Disclosure>) -> Option<Range> {
        let is_noisy = self.is_noisy(by);
        let is_bounded =
            self.withheld > 0.0 || self.value.is_some() && (is_noisy || self.reach.is_some());
        if !is_bounded {
            return None;
        }
        let (off, most) = match by {
            Some(Disclosure::CellKey { bound, .. }) if is_noisy => {
                (bound.map(|bound| self.published * f64::from(bound)), None)
            }
            Some(Disclosure::Suppression { below }) => {
                (Some(0.0), Some(f64::from(below.saturating_sub(1))))
            }
            _ => (Some(0.0), None),
        };
        let known = self.value.unwrap_or(0.0);
        let (below, above) = self.reach.unwrap_or((0.0, Some(0.0)));
        let lower = |off: f64| {
            let least = known - below;
            if off > 0.0 { (least - off).max(0.0) } else { least }
        };
        let hidden = if self.open > 0.0 { most.map(|most| self.open * most) } else { Some(0.0) };
        let upper = || Some(known + off? + above? + hidden?);
        Some(Range { lower: off.map(lower), upper: upper() })
    }

    /// Adds the bounds to a count.
    pub fn bound(&self, by: Option<Disclosure>, row: Observation) -> Observation {
        match self.range(by) {
            Some(range) => bounded(self.withheld > 0.0, self.is_noisy(by), range, row),
            None => row,
        }
    }

    /// Adds the bounds to this sum over another, times so much. The most is not known where the other may be nothing.
    pub fn bound_ratio(
        &self,
        below: &Self,
        per: f64,
        by: Option<Disclosure>,
        row: Observation,
    ) -> Observation {
        let exact = |sum: &Self| sum.value.map(|v| Range { lower: Some(v), upper: Some(v) });
        let (above, beneath) = match (self.range(by), below.range(by)) {
            (None, None) => return row,
            (above, beneath) => (above.or(exact(self)), beneath.or(exact(below))),
        };
        let (Some(above), Some(beneath)) = (above, beneath) else { return row };
        let range = match (above.lower, beneath.lower) {
            (Some(least), Some(divisor)) => Range {
                lower: Some(
                    beneath.upper.filter(|most| *most > 0.0).map_or(0.0, |most| least / most * per),
                ),
                upper: above.upper.filter(|_| divisor > 0.0).map(|most| most / divisor * per),
            },
            _ => Range { lower: None, upper: None },
        };
        let withheld = self.withheld > 0.0 || below.withheld > 0.0;
        bounded(withheld, self.is_noisy(by) || below.is_noisy(by), range, row)
    }
}

/// Whether a count that is missing is withheld, where no status says more.
pub(super) fn withholds(by: Option<Disclosure>) -> bool {
    matches!(by, Some(Disclosure::Suppression { .. }))
}

/// What rests on withheld counts has no value; noise is said in the method.
fn bounded(withheld: bool, noisy: bool, range: Range, row: Observation) -> Observation {
    let row = Observation { lower: range.lower, upper: range.upper, ..row };
    if withheld {
        return Observation { value: None, obs_status: ObsStatus::Q, ..row };
    }
    if !noisy {
        return row;
    }
    let method = format!("{}{WITH_NOISE}", row.method);
    Observation { method, ..row }
}

impl Ends {
    /// What stands beside a cell, if anything does.
    pub fn of(cell: &Cell<'_>) -> Option<Self> {
        let Cell { lower, upper, .. } = *cell;
        (lower.is_some() || upper.is_some()).then_some(Self { lower, upper })
    }
}

impl<'a> Disclosed<'a> {
    /// Of the table of a data set: its units that were redrawn since are among the rows.
    pub fn new(table: &UnitTable, rows: &BTreeMap<&str, usize>) -> Self {
        let dataset = &table.dataset;
        // Where the table has years, each of them tells what was done to it.
        let has_years = dataset.dimensions.year.is_some();
        let by = if has_years { dataset.disclosure } else { dataset.disclosure_in(None) };
        let redrawn = dataset.changed_units.iter();
        let redrawn = redrawn.filter_map(|code| rows.get(code.as_str()).copied()).collect();
        Self { by, redrawn, ..Self::default() }
    }

    /// What was done to the counts of a year.
    pub fn by_in(&self, year: Option<i32>) -> Option<Disclosure> {
        self.by?.in_year(year)
    }

    /// Takes down what is said of the cell of a unit beside its value. What was counted in other borders is an estimate.
    pub fn add(&mut self, split: Split<'a>, row: usize, cell: &Cell<'_>) {
        self.ends.extend(Ends::of(cell).map(|ends| ((split, row), ends)));
        if cell.value.is_none() {
            return;
        }
        let said = cell.status.unwrap_or_default();
        let made = if self.redrawn.contains(&row) { ObsStatus::E } else { ObsStatus::A };
        let status = made.or_less_certain(said);
        if status != ObsStatus::A {
            self.statuses.insert((split, row), status);
        }
    }

    /// The sum over the units of a target.
    pub fn sum(&self, target: &Target, split: &Split<'_>, values: &BTreeMap<usize, f64>) -> Sum {
        let withheld = self.withheld.get(split);
        Sum::of(target.members.iter().map(|&Member { row, share }| Part {
            share,
            value: values.get(&row).copied(),
            withheld: withheld.is_some_and(|rows| rows.contains(&row)),
            ends: self.ends.get(&(*split, row)).copied(),
        }))
    }

    /// What is made of cells is no more certain than its publisher says of the least certain of them; a unit's own value that
    /// is withheld is not merely missing. Units that were redrawn since are named in the method.
    pub fn said(&self, target: &Target, split: &Split<'_>, row: Observation) -> Observation {
        if row.obs_status == ObsStatus::M {
            let is_withheld =
                |row: usize| self.withheld.get(split).is_some_and(|rows| rows.contains(&row));
            return match (&target.unit_id, target.members.as_slice()) {
                (Some(_), [member]) if is_withheld(member.row) => {
                    Observation { obs_status: ObsStatus::Q, ..row }
                }
                _ => row,
            };
        }
        let said = target.members.iter().filter_map(|m| self.statuses.get(&(*split, m.row)));
        let obs_status = said.copied().fold(row.obs_status, ObsStatus::or_less_certain);
        let redrawn = target.members.iter().any(|member| self.redrawn.contains(&member.row));
        let method = if redrawn { row.method + REDRAWN } else { row.method };
        Observation { obs_status, method, ..row }
    }

    /// Adds the bounds of a count.
    pub fn bound(
        &self,
        target: &Target,
        split: &Split<'_>,
        values: &BTreeMap<usize, f64>,
        row: Observation,
    ) -> Observation {
        self.sum(target, split, values).bound(self.by_in(split.0), row)
    }

    /// The bounds that stand beside a unit's own rate.
    pub fn own_ends(&self, target: &Target, split: &Split<'_>, row: Observation) -> Observation {
        let ends = match (&target.unit_id, target.members.as_slice()) {
            (Some(_), [member]) => self.ends.get(&(*split, member.row)),
            _ => None,
        };
        match ends {
            Some(Ends { lower, upper }) => Observation { lower: *lower, upper: *upper, ..row },
            None => row,
        }
    }
}

#[cfg(test)]
#[path = "disclosed_tests.rs"]
mod tests;
