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

    /// Σ_j f(t_ij) of each origin, which only the balanced method needs.
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
