//! Cumulative, gravity and dual measures.
//!
//! Sources: Hansen (1959), "How accessibility shapes land use"; Cui & Levinson (2020), "Primal and dual access".

use super::decay::Decay;
use super::{as_milliseconds, as_minutes};

/// Sums of opportunities over destinations, an origin a cell: `A_i = Σ_j O_j f(t_ij)`.
///
/// Destinations are added one at a time; sums of the same destinations in the same order are the same bits.
#[derive(Debug, Clone)]
pub struct Opportunities {
    weighing: Weighing,
    sums: Vec<f64>,
}

#[derive(Debug, Clone, Copy)]
enum Weighing {
    Within(u32),
    Decaying(Decay, u32),
}

impl Opportunities {
    /// Opportunities within `limit_min` minutes, that minute included.
    #[must_use]
    pub fn within(limit_min: f64, origins: usize) -> Self {
        Self { weighing: Weighing::Within(as_milliseconds(limit_min)), sums: vec![0.0; origins] }
    }

    /// Opportunities weighed by a decay, up to `limit_ms`.
    #[must_use]
    pub fn decaying(decay: Decay, limit_ms: u32, origins: usize) -> Self {
        Self { weighing: Weighing::Decaying(decay, limit_ms), sums: vec![0.0; origins] }
    }

    /// Adds one destination with its opportunities, reached by `(origin, milliseconds)`.
    pub fn add(&mut self, opportunities: f64, reached: &[(u32, u32)]) {
        match self.weighing {
            Weighing::Within(limit) => {
                for &(origin, time) in reached {
                    if time <= limit {
                        self.sums[origin as usize] += opportunities;
                    }
                }
            }
            Weighing::Decaying(decay, limit) => {
                for &(origin, time) in reached {
                    if time <= limit {
                        self.sums[origin as usize] += opportunities * decay.at(as_minutes(time));
                    }
                }
            }
        }
    }

    /// Joins the sums over other destinations.
    pub fn join(&mut self, other: &Self) {
        for (sum, more) in self.sums.iter_mut().zip(&other.sums) {
            *sum += more;
        }
    }

    /// The sums, an origin a cell.
    #[must_use]
    pub fn sums(&self) -> &[f64] {
        &self.sums
    }
}

/// Opportunities within a limit, for one origin: `reached` holds `(destination, milliseconds)`.
#[must_use]
pub fn cumulative(reached: &[(u32, u32)], opportunities: &[f64], limit_min: f64) -> f64 {
    let limit = as_milliseconds(limit_min);
    let within = reached.iter().filter(|(_, time)| *time <= limit);
    within.map(|(place, _)| opportunities[*place as usize]).sum::<f64>().abs()
}

/// Opportunities within a limit, weighed by a decay, for one origin: `reached` holds `(destination, milliseconds)`.
#[must_use]
pub fn gravity(reached: &[(u32, u32)], opportunities: &[f64], decay: Decay, limit_min: f64) -> f64 {
    let limit = as_milliseconds(limit_min);
    let within = reached.iter().filter(|(_, time)| *time <= limit);
    let worth =
        |&(place, time): &(u32, u32)| opportunities[place as usize] * decay.at(as_minutes(time));
    within.map(worth).sum::<f64>().abs()
}

/// Time until `wanted` opportunities are reached; `None` where there are not so many within reach.
///
/// `reached` holds `(milliseconds, opportunities)` in any order and is sorted here.
pub fn dual(reached: &mut [(u32, f64)], wanted: f64) -> Option<u32> {
    reached.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut sum = 0.0;
    for &(time, opportunities) in reached.iter() {
        sum += opportunities;
        if sum >= wanted {
            return Some(time);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIN: u32 = 60_000;

    #[test]
    fn opportunities_at_the_limit_count() {
        let mut within = Opportunities::within(15.0, 2);
        within.add(3.0, &[(0, 15 * MIN), (1, 15 * MIN + 1)]);
        within.add(4.0, &[(1, MIN)]);
        assert_eq!(within.sums(), [3.0, 4.0]);
    }

    #[test]
    fn gravity_halves_at_the_half_value() {
        let mut gravity =
            Opportunities::decaying(Decay::Exponential { half_min: 10.0 }, u32::MAX, 1);
        gravity.add(8.0, &[(0, 10 * MIN)]);
        gravity.add(8.0, &[(0, 20 * MIN)]);
        assert!((gravity.sums()[0] - 6.0).abs() < 1e-12);
    }

    #[test]
    fn the_third_opportunity_is_reached_with_the_second_place() {
        let mut reached = [(9 * MIN, 2.0), (4 * MIN, 1.0), (12 * MIN, 5.0)];
        assert_eq!(dual(&mut reached, 3.0), Some(9 * MIN));
        assert_eq!(dual(&mut reached, 9.0), None);
    }
}
