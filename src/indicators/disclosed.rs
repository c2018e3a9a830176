//! Bounds of counts that their publisher has protected.

use std::collections::{BTreeMap, BTreeSet};

use super::Target;
use super::target::Member;
use crate::model::{Disclosure, ObsStatus, Observation};

/// Year, sex and age of a group of cells.
pub(super) type Split<'a> = (Option<i32>, &'a str, &'a str);

/// What stands behind the method of a count to which noise was added, as `compare` reads it.
const WITH_NOISE: &str = "; cell_key";

/// What the publisher did to the counts of a field.
#[derive(Default)]
pub(super) struct Disclosed<'a> {
    pub by: Option<Disclosure>,
    /// Units whose count is withheld.
    pub withheld: BTreeMap<Split<'a>, BTreeSet<usize>>,
    /// Units whose value came about in another way than most.
    pub statuses: BTreeMap<(Split<'a>, usize), ObsStatus>,
}

/// A sum over published counts of a protected data set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sum {
    pub value: Option<f64>,
    /// How many counts were published, each by the share of it that is in the sum.
    pub published: f64,
    /// The same of those that are withheld.
    pub withheld: f64,
}

impl Sum {
    /// A figure that is one cell of its publisher's.
    pub fn of_cell(value: Option<f64>, by: Option<Disclosure>) -> Self {
        let hidden = value.is_none() && withholds(by);
        Self { value, published: 1.0, withheld: if hidden { 1.0 } else { 0.0 } }
    }

    /// A surface: nothing was done to it.
    pub fn exact(value: f64) -> Self {
        Self { value: Some(value), published: 0.0, withheld: 0.0 }
    }

    /// Two sums over different cells together.
    pub fn and(self, other: Self) -> Self {
        Self {
            value: self.value.zip(other.value).map(|(a, b)| a + b),
            published: self.published + other.published,
            withheld: self.withheld + other.withheld,
        }
    }

    /// Of cells with the share of each that counts, whether it has a value, and whether it is withheld.
    pub fn of_cells(value: Option<f64>, cells: impl Iterator<Item = (f64, bool, bool)>) -> Self {
        let (mut published, mut withheld) = (0.0, 0.0);
        for (share, has_value, is_withheld) in cells {
            published += if has_value { share } else { 0.0 };
            withheld += if is_withheld { share } else { 0.0 };
        }
        Self { value, published, withheld }
    }

    /// Between what the true sum lies, the most where it is known: every count may be off by the bound, and none is below
    /// nothing; a withheld one lies from 0 to one below the threshold. None where nothing was done to any of them.
    fn range(&self, by: Option<Disclosure>) -> Option<(f64, Option<f64>)> {
        let known = self.value.unwrap_or(0.0);
        let (off, most) = match by {
            Some(Disclosure::CellKey { bound }) => (self.published * f64::from(bound), None),
            Some(Disclosure::Suppression { below }) => {
                (0.0, Some(f64::from(below.saturating_sub(1))))
            }
            None => (0.0, None),
        };
        let lower = (known - off).max(0.0);
        if self.withheld > 0.0 {
            return Some((lower, most.map(|most| known + self.withheld * most)));
        }
        (off > 0.0 && self.value.is_some()).then_some((lower, Some(known + off)))
    }

    /// Adds the bounds to a count.
    pub fn bound(&self, by: Option<Disclosure>, row: Observation) -> Observation {
        match self.range(by) {
            Some((lower, upper)) => bounded(self.withheld > 0.0, lower, upper, row),
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
        let exact = |sum: &Self| sum.value.map(|value| (value, Some(value)));
        let (above, beneath) = match (self.range(by), below.range(by)) {
            (None, None) => return row,
            (above, beneath) => (above.or(exact(self)), beneath.or(exact(below))),
        };
        let (Some(above), Some(beneath)) = (above, beneath) else { return row };
        let lower = beneath.1.filter(|most| *most > 0.0).map_or(0.0, |most| above.0 / most * per);
        let upper = above.1.filter(|_| beneath.0 > 0.0).map(|most| most / beneath.0 * per);
        bounded(self.withheld > 0.0 || below.withheld > 0.0, lower, upper, row)
    }
}

/// Whether a count that is missing is withheld, where no status says more.
pub(super) fn withholds(by: Option<Disclosure>) -> bool {
    matches!(by, Some(Disclosure::Suppression { .. }))
}

/// What rests on withheld counts has no value; noise is said in the method.
fn bounded(withheld: bool, lower: f64, upper: Option<f64>, row: Observation) -> Observation {
    let row = Observation { lower: Some(lower), upper, ..row };
    if withheld {
        return Observation { value: None, obs_status: ObsStatus::Q, ..row };
    }
    let method = format!("{}{WITH_NOISE}", row.method);
    Observation { method, ..row }
}

impl Disclosed<'_> {
    /// The sum over the units of a target. Noise is in each, whether its count is known or not.
    pub fn sum(&self, target: &Target, split: &Split<'_>, value: Option<f64>) -> Sum {
        let withheld = self.withheld.get(split);
        let hidden = |member: &&Member| withheld.is_some_and(|rows| rows.contains(&member.row));
        Sum {
            value,
            published: target.members.iter().map(|member| member.share).sum(),
            withheld: target.members.iter().filter(hidden).map(|member| member.share).sum(),
        }
    }

    /// What is made of cells is no more certain than its publisher says of the least certain of them; a unit's own value that
    /// is withheld is not merely missing.
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
        Observation { obs_status, ..row }
    }

    /// Adds the bounds of a count.
    pub fn bound(&self, target: &Target, split: &Split<'_>, row: Observation) -> Observation {
        self.sum(target, split, row.value).bound(self.by, row)
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::*;
    use crate::model::Role;

    fn target(shares: &[f64]) -> Target {
        Target {
            unit_id: None,
            geography_level: "area".to_owned(),
            geography_id: "a".to_owned(),
            role: Role::Own,
            members: (0..).zip(shares).map(|(row, share)| Member { row, share: *share }).collect(),
            surface_m2: 1.0,
        }
    }

    fn row(target: &Target, value: Option<f64>) -> Observation {
        Observation { value, method: "sum_of_units".to_owned(), ..target.row("a") }
    }

    #[test]
    fn noise_adds_up_over_the_cells_of_a_sum() {
        let target = target(&[1.0, 1.0, 0.5]);
        let by = Disclosed { by: Some(Disclosure::CellKey { bound: 2 }), ..Disclosed::default() };
        let found = by.bound(&target, &(None, "_T", "_T"), row(&target, Some(100.0)));
        assert_eq!((found.lower, found.value, found.upper), (Some(95.0), Some(100.0), Some(105.0)));
        assert_eq!(found.method, "sum_of_units; cell_key");
        let low = by.bound(&target, &(None, "_T", "_T"), row(&target, Some(3.0)));
        assert_eq!(low.lower, Some(0.0));
    }

    #[test]
    fn a_sum_with_withheld_counts_is_a_bound() {
        let target = target(&[1.0, 1.0, 0.5]);
        let split = (Some(2024), "_T", "_T");
        let withheld = BTreeMap::from([(split, BTreeSet::from([1, 2]))]);
        let by = Disclosed::<'_> {
            by: Some(Disclosure::Suppression { below: 5 }),
            withheld,
            ..Disclosed::default()
        };
        let found = by.bound(&target, &split, row(&target, Some(40.0)));
        assert_eq!((found.lower, found.value, found.upper), (Some(40.0), None, Some(46.0)));
        assert_eq!(found.obs_status, ObsStatus::Q);
        let other = by.bound(&target, &(Some(2023), "_T", "_T"), row(&target, Some(40.0)));
        assert_eq!((other.value, other.upper), (Some(40.0), None));
    }

    #[test]
    fn where_no_threshold_is_known_the_most_is_not() {
        let target = target(&[1.0, 1.0]);
        let split = (None, "_T", "_T");
        let withheld = BTreeMap::from([(split, BTreeSet::from([1]))]);
        let by = Disclosed { withheld, ..Disclosed::default() };
        let found = by.bound(&target, &split, row(&target, Some(40.0)));
        assert_eq!((found.lower, found.value, found.upper), (Some(40.0), None, None));
        assert_eq!(found.obs_status, ObsStatus::Q);
    }

    #[test]
    fn a_ratio_of_noisy_counts_lies_between_its_furthest_ends() {
        let target = target(&[1.0]);
        let sum = |value| Sum { value: Some(value), published: 1.0, withheld: 0.0 };
        let by = Some(Disclosure::CellKey { bound: 2 });
        let found = sum(10.0).bound_ratio(&sum(42.0), 100.0, by, row(&target, Some(10.0 / 0.42)));
        assert_eq!((found.lower, found.upper), (Some(800.0 / 44.0), Some(1200.0 / 40.0)));
        let open = sum(1.0).bound_ratio(&sum(2.0), 1.0, by, row(&target, Some(0.5)));
        assert_eq!((open.lower, open.upper), (Some(0.0), None), "nobody knows that it is not of 0");
    }

    #[test]
    fn a_ratio_over_withheld_counts_is_a_bound() {
        let target = target(&[1.0, 1.0]);
        let (above, below) = (
            Sum { value: Some(10.0), published: 2.0, withheld: 1.0 },
            Sum { value: Some(100.0), published: 2.0, withheld: 0.0 },
        );
        let by = Some(Disclosure::Suppression { below: 5 });
        let found = above.bound_ratio(&below, 1.0, by, row(&target, Some(0.12)));
        assert_eq!((found.lower, found.value, found.upper), (Some(0.1), None, Some(0.14)));
        assert_eq!(found.obs_status, ObsStatus::Q);
    }

    #[test]
    fn a_sum_is_no_more_certain_than_its_least_certain_part() {
        let split = (Some(2024), "_T", "_T");
        let statuses = BTreeMap::from([((split, 0), ObsStatus::P), ((split, 1), ObsStatus::U)]);
        let by = Disclosed { statuses, ..Disclosed::default() };
        let of = |shares: &[f64]| {
            let target = target(shares);
            let row = Observation { obs_status: ObsStatus::A, ..row(&target, Some(1.0)) };
            by.said(&target, &split, row).obs_status
        };
        assert_eq!((of(&[1.0]), of(&[1.0, 1.0])), (ObsStatus::P, ObsStatus::U));
    }

    #[test]
    fn a_published_cell_is_off_by_the_bound_or_withheld() {
        let target = target(&[1.0]);
        let bound = |value, by| Sum::of_cell(value, Some(by)).bound(Some(by), row(&target, value));
        let noisy = bound(Some(30.0), Disclosure::CellKey { bound: 3 });
        assert_eq!((noisy.lower, noisy.upper), (Some(27.0), Some(33.0)));
        let hidden = bound(None, Disclosure::Suppression { below: 5 });
        assert_eq!((hidden.lower, hidden.upper), (Some(0.0), Some(4.0)));
        let missing = bound(None, Disclosure::CellKey { bound: 3 });
        assert_eq!((missing.lower, missing.upper), (None, None), "noise hides nobody");
    }
}
