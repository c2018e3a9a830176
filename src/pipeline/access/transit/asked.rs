//! The measures asked of public transport, of all destinations or of each category of them.

use super::super::by_origin::{self, Offer, Times};
use super::super::categories::{self, Category};
use super::super::table::Columns;
use crate::access::{Decay, Measure, cumulative, gravity};

/// What is to be measured, of all destinations or of each category of them.
pub struct Asked<'a> {
    pub measures: &'a [Measure],
    pub offer: &'a Offer<'a>,
    pub categories: &'a [Category],
}

/// A measure that can be worked out for one departure, with what each destination offers to it.
pub(super) struct Sum {
    pub(super) name: String,
    worth: Worth,
    opportunities: Vec<f64>,
}

enum Worth {
    Within(f64),
    Decaying(Decay, f64),
}

impl Sum {
    pub(super) fn of(&self, reached: &[(u32, u32)]) -> f64 {
        match self.worth {
            Worth::Within(limit_min) => cumulative(reached, &self.opportunities, limit_min),
            Worth::Decaying(decay, limit_min) => {
                gravity(reached, &self.opportunities, decay, limit_min)
            }
        }
    }
}

impl Asked<'_> {
    pub(super) fn measure(&self, times: &Times, suffix: &str, columns: &mut Columns) {
        if self.categories.is_empty() {
            by_origin::measure(times, self.measures, self.offer, suffix, columns);
        }
        for category in self.categories {
            categories::measure_times(times, self.measures, self.offer, category, suffix, columns);
        }
    }

    pub(super) fn sums_by_departure(&self) -> Vec<Sum> {
        if self.categories.is_empty() {
            return self.sums("", self.offer.opportunities);
        }
        let of_category = |(name, rows): &Category| {
            let mut opportunities = vec![0.0; self.offer.opportunities.len()];
            for &row in rows {
                opportunities[row] = self.offer.opportunities[row];
            }
            self.sums(&format!("_{name}"), &opportunities)
        };
        self.categories.iter().flat_map(of_category).collect()
    }

    fn sums(&self, suffix: &str, opportunities: &[f64]) -> Vec<Sum> {
        let sum = |name: &str, worth| Sum {
            name: format!("{name}{suffix}"),
            worth,
            opportunities: opportunities.to_vec(),
        };
        let mut sums = Vec::new();
        for measure in self.measures {
            let names = measure.columns();
            match measure {
                Measure::Cumulative { limits_min } => {
                    let limits = names.iter().zip(limits_min);
                    sums.extend(limits.map(|(name, limit)| sum(name, Worth::Within(*limit))));
                }
                Measure::Gravity { decay } => {
                    let worth = || Worth::Decaying(*decay, measure.reach_min(self.offer.trip_min));
                    sums.extend(names.iter().map(|name| sum(name, worth())));
                }
                _ => {}
            }
        }
        sums
    }
}
