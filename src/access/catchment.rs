//! Floating catchment areas: supply a head, where people compete for it.
//!
//! `R_j = S_j / Σ_k P_k f(t_kj)` is what a destination has for each in its catchment, `A_i = Σ_j R_j f(t_ij)` what a
//! resident has of all. The same times, from origin to destination, serve both steps, so that `Σ_i P_i A_i = Σ_j S_j`
//! whenever every supply has demand in reach (not for the modified method, which weighs twice).
//!
//! Sources: Luo & Wang (2003); Luo & Qi (2009); Delamater (2013); Páez, Higgins & Vivona (2019), see [`Catchment`].

use super::decay::Decay;
use super::measure::Catchment;
use super::{as_milliseconds, as_minutes};

/// What is at a destination and who reaches it: `(origin, milliseconds)`.
#[derive(Debug, Clone)]
pub struct Supply {
    pub supply: f64,
    pub reached: Vec<(u32, u32)>,
}

/// A catchment method with its parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Catchments {
    method: Catchment,
    limit_ms: u32,
    decay: Decay,
}

impl Catchments {
    /// A method with its limit in minutes and its decay.
    #[must_use]
    pub fn new(method: Catchment, limit_min: f64, decay: Decay) -> Self {
        Self { method, limit_ms: as_milliseconds(limit_min), decay }
    }

    fn weights<'a>(&'a self, supply: &'a Supply) -> impl Iterator<Item = (usize, f64)> + 'a {
        let within = supply.reached.iter().filter(|(_, time)| *time <= self.limit_ms);
        within.map(|&(origin, time)| (origin as usize, self.decay.at(as_minutes(time))))
    }

    /// Supply a head at each origin. `demand` is the population of each origin; a supply that nobody reaches serves
    /// nobody.
    #[must_use]
    pub fn access(&self, supplies: &[Supply], demand: &[f64]) -> Vec<f64> {
        let row_sums = self.row_sums(supplies, demand.len());
        let mut access = vec![0.0; demand.len()];
        for supply in supplies {
            let shared: f64 = self
                .weights(supply)
                .map(|(origin, weight)| demand[origin] * self.toward(weight, row_sums[origin]))
                .sum();
            if shared <= 0.0 {
                continue;
            }
            let ratio = supply.supply / shared;
            let column: f64 = self.weights(supply).map(|(_, weight)| weight).sum();
            for (origin, weight) in self.weights(supply) {
                access[origin] += ratio * self.back(weight, column);
            }
        }
        access
    }

    /// `Σ_j f(t_ij)` of each origin, which only the balanced method needs.
    fn row_sums(&self, supplies: &[Supply], origins: usize) -> Vec<f64> {
        let mut sums = vec![0.0; origins];
        if self.method == Catchment::Balanced {
            for (origin, weight) in supplies.iter().flat_map(|supply| self.weights(supply)) {
                sums[origin] += weight;
            }
        }
        sums
    }

    /// Weight of a resident's demand at a destination.
    fn toward(&self, weight: f64, row_sum: f64) -> f64 {
        match self.method {
            Catchment::Balanced if row_sum > 0.0 => weight / row_sum,
            _ => weight,
        }
    }

    /// Weight of a destination's level of service for a resident.
    fn back(&self, weight: f64, column_sum: f64) -> f64 {
        match self.method {
            Catchment::Modified => weight * weight,
            Catchment::Balanced => weight / column_sum,
            _ => weight,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MIN: u32 = 60_000;

    /// Supplies with the minutes from each origin.
    fn supplies(rows: &[(f64, &[Option<u32>])]) -> Vec<Supply> {
        let reached = |times: &[Option<u32>]| {
            (0_u32..).zip(times).filter_map(|(o, time)| Some((o, (*time)? * MIN))).collect()
        };
        rows.iter()
            .map(|(supply, times)| Supply { supply: *supply, reached: reached(times) })
            .collect()
    }

    /// Oracle: the hospital example of `PySAL` access (`power` −1, 61 minutes). Columns are the three tracts.
    #[test]
    fn the_hospital_example_has_its_published_answers() {
        let published = [
            ([40, 40, 40, 80], [0.331_444, 0.579_828, 7.286_418]),
            ([40, 20, 40, 80], [0.435_340, 0.683_724, 5.727_977]),
            ([20, 40, 20, 80], [0.331_072, 0.577_858, 7.299_992]),
            ([20, 20, 20, 40], [0.442_568, 0.666_758, 5.740_525]),
        ];
        let demand = [100.0, 50.0, 10.0];
        for ([from_3, to_3, _, between], expected) in published {
            let supplies = supplies(&[
                (15.0, &[Some(1), Some(between), Some(from_3)]),
                (20.0, &[Some(between), Some(1), Some(from_3)]),
                (100.0, &[Some(to_3), Some(to_3), Some(1)]),
            ]);
            let method = Catchments::new(Catchment::Enhanced, 61.0, Decay::Power { exponent: 1.0 });
            let access = method.access(&supplies, &demand);
            for (found, expected) in access.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-6, "{access:?}");
            }
            let served: f64 = access.iter().zip(demand).map(|(a, p)| a * p).sum();
            assert!((served - 135.0).abs() < 1e-9);
        }
    }

    #[test]
    fn two_people_share_a_doctor_within_the_limit() {
        let supplies = supplies(&[(2.0, &[Some(10), Some(30), Some(31)])]);
        let method = Catchments::new(Catchment::TwoStep, 30.0, Decay::Step);
        assert_eq!(method.access(&supplies, &[3.0, 1.0, 5.0]), vec![0.5, 0.5, 0.0]);
    }

    #[test]
    fn the_modified_method_gives_less_where_all_live_far_away() {
        let supplies = supplies(&[(1.0, &[Some(10)])]);
        let decay = Decay::Exponential { half_min: 10.0 };
        let of = |method| Catchments::new(method, 30.0, decay).access(&supplies, &[1.0])[0];
        assert!((of(Catchment::Enhanced) - 1.0).abs() < 1e-12);
        assert!((of(Catchment::Modified) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn balanced_demand_is_counted_once() {
        // One resident between two equal clinics asks half of each: 1 / 0.5, and all of each column is theirs.
        let supplies = supplies(&[(1.0, &[Some(5)]), (1.0, &[Some(5)])]);
        let method = Catchments::new(Catchment::Balanced, 30.0, Decay::Step);
        assert_eq!(method.access(&supplies, &[1.0]), vec![4.0]);
    }

    #[test]
    fn a_supply_that_nobody_reaches_serves_nobody() {
        let supplies = supplies(&[(5.0, &[None, None])]);
        let method = Catchments::new(Catchment::TwoStep, 30.0, Decay::Step);
        assert_eq!(method.access(&supplies, &[1.0, 1.0]), vec![0.0, 0.0]);
    }

    proptest! {
        #[test]
        fn all_supply_is_shared_out(
            times in prop::collection::vec(prop::collection::vec(0_u32..60, 4), 1..6),
            demand in prop::collection::vec(0.1..100.0_f64, 4),
        ) {
            let rows: Vec<Vec<Option<u32>>> =
                times.iter().map(|row| row.iter().map(|t| Some(*t)).collect()).collect();
            let rows: Vec<(f64, &[Option<u32>])> = rows.iter().map(|row| (7.0, row.as_slice())).collect();
            let supplies = supplies(&rows);
            let decay = Decay::Gaussian { half_min: 15.0 };
            let access = Catchments::new(Catchment::Enhanced, 60.0, decay).access(&supplies, &demand);
            let served: f64 = access.iter().zip(&demand).map(|(a, p)| a * p).sum();
            let supplied: f64 = supplies.iter().map(|s| s.supply).sum();
            prop_assert!((served - supplied).abs() < 1e-9 * supplied);
        }
    }
}
