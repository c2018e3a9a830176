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
pub(super) struct Disclosed<'a> {
    pub by: Option<Disclosure>,
    /// Units whose count is withheld.
    pub withheld: BTreeMap<Split<'a>, BTreeSet<usize>>,
}

impl Disclosed<'_> {
    /// Adds the bounds. A sum over withheld counts has no value: they lie from 0 to one below the threshold each.
    pub fn bound(&self, target: &Target, split: &Split<'_>, row: Observation) -> Observation {
        match self.by {
            None => row,
            Some(Disclosure::CellKey { bound }) => with_noise(target, f64::from(bound), row),
            Some(Disclosure::Suppression { below }) => {
                let withheld = self.withheld.get(split);
                let is_withheld =
                    |member: &&Member| withheld.is_some_and(|rows| rows.contains(&member.row));
                let hidden: Vec<f64> =
                    target.members.iter().filter(is_withheld).map(|member| member.share).collect();
                if hidden.is_empty() {
                    return row;
                }
                let (known, most) = (row.value.unwrap_or(0.0), f64::from(below.saturating_sub(1)));
                Observation {
                    value: None,
                    lower: Some(known),
                    upper: Some(known + hidden.iter().map(|share| share * most).sum::<f64>()),
                    obs_status: ObsStatus::Q,
                    ..row
                }
            }
        }
    }
}

/// Every published count may be off by the bound; a count of 0 is 0, and none falls below it.
fn with_noise(target: &Target, bound: f64, row: Observation) -> Observation {
    let Some(value) = row.value else { return row };
    let off: f64 = target.members.iter().map(|member| member.share * bound).sum();
    let method = format!("{}{WITH_NOISE}", row.method);
    Observation { lower: Some((value - off).max(0.0)), upper: Some(value + off), method, ..row }
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
        let by =
            Disclosed { by: Some(Disclosure::CellKey { bound: 2 }), withheld: BTreeMap::new() };
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
        let by = Disclosed { by: Some(Disclosure::Suppression { below: 5 }), withheld };
        let found = by.bound(&target, &split, row(&target, Some(40.0)));
        assert_eq!((found.lower, found.value, found.upper), (Some(40.0), None, Some(46.0)));
        assert_eq!(found.obs_status, ObsStatus::Q);
        let other = by.bound(&target, &(Some(2023), "_T", "_T"), row(&target, Some(40.0)));
        assert_eq!((other.value, other.upper), (Some(40.0), None));
    }
}
