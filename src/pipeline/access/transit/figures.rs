//! Measures worked out for each departure by itself: what percentiles of the accessibility are taken of.
//!
//! Catchments are not among them: they set the times of all origins against each other, and only one departure of one
//! origin is known at a time.

use super::super::by_origin::{Offer, nearest_of, time_until};
use crate::access::{Decay, Measure, as_minutes, cumulative, gravity, percentile_of_numbers};

/// Minutes to what is not reached: longer than all others, and published as null.
const NEVER: f64 = f64::INFINITY;

/// The figures of a departure, in the order of their names.
pub(super) struct Figures<'a> {
    measures: &'a [Measure],
    offer: &'a Offer<'a>,
    /// Of the columns, still without the percentile.
    pub names: Vec<String>,
    groups: Vec<Group<'a>>,
}

/// Destinations that are measured by themselves: those of a category, or all of them.
struct Group<'a> {
    rows: Option<&'a [usize]>,
    worths: Vec<Worth>,
}

/// A measure that can be worked out for one departure.
#[derive(Clone, Copy)]
enum Worth {
    Within { limit_min: f64 },
    Decaying { decay: Decay, limit_min: f64 },
    Nearest { k: usize, limit_min: f64 },
    Until { opportunities: f64, limit_min: f64 },
}

impl<'a> Figures<'a> {
    pub fn new(measures: &'a [Measure], offer: &'a Offer<'a>) -> Self {
        Self { measures, offer, names: Vec::new(), groups: Vec::new() }
    }

    /// Adds the measures of all destinations.
    pub fn of_all(&mut self) {
        self.add("", None);
    }

    /// Adds the measures of the destinations of a category.
    pub fn of_category(&mut self, name: &str, rows: &'a [usize]) {
        self.add(&format!("_{name}"), Some(rows));
    }

    fn add(&mut self, suffix: &str, rows: Option<&'a [usize]>) {
        let mut worths = Vec::new();
        for measure in self.measures {
            let of_measure = worths_of(measure, self.offer.trip_min);
            if !of_measure.is_empty() {
                let names = measure.columns().into_iter().map(|name| name + suffix);
                self.names.extend(names);
            }
            worths.extend(of_measure);
        }
        if !worths.is_empty() {
            self.groups.push(Group { rows, worths });
        }
    }

    /// The figures of one departure, from the seconds to each destination.
    pub fn of(&self, seconds: &[u32], room: &mut Vec<(u32, u32)>, values: &mut Vec<f64>) {
        values.clear();
        for group in &self.groups {
            room.clear();
            let reached = |row: usize| {
                // What is not reached is no number of milliseconds.
                Some((u32::try_from(row).ok()?, seconds[row].checked_mul(1000)?))
            };
            match group.rows {
                None => room.extend((0..seconds.len()).filter_map(reached)),
                Some(rows) => room.extend(rows.iter().copied().filter_map(reached)),
            }
            for worth in &group.worths {
                worth.add_to(values, room, self.offer.opportunities);
            }
        }
    }
}

/// A worth a column, or one that fills several; none for catchments.
fn worths_of(measure: &Measure, trip_min: f64) -> Vec<Worth> {
    let limit_min = measure.reach_min(trip_min);
    match measure {
        Measure::Nearest { k } => vec![Worth::Nearest { k: *k, limit_min }],
        Measure::Cumulative { limits_min } => {
            limits_min.iter().map(|limit| Worth::Within { limit_min: *limit }).collect()
        }
        Measure::Dual { opportunities } => {
            vec![Worth::Until { opportunities: *opportunities, limit_min }]
        }
        Measure::Gravity { decay } => vec![Worth::Decaying { decay: *decay, limit_min }],
        Measure::Catchment { .. } => Vec::new(),
    }
}

impl Worth {
    /// `reached` holds `(destination, milliseconds)`.
    fn add_to(self, values: &mut Vec<f64>, reached: &[(u32, u32)], opportunities: &[f64]) {
        match self {
            Self::Within { limit_min } => {
                values.push(cumulative(reached, opportunities, limit_min));
            }
            Self::Decaying { decay, limit_min } => {
                values.push(gravity(reached, opportunities, decay, limit_min));
            }
            Self::Nearest { k, limit_min } => {
                let nearest = nearest_of(reached, k, limit_min);
                let minutes = nearest.iter().map(|(ms, _)| as_minutes(*ms));
                values.extend(minutes.chain(std::iter::repeat(NEVER)).take(k));
            }
            Self::Until { opportunities: wanted, limit_min } => {
                let ms = time_until(reached, opportunities, wanted, limit_min);
                values.push(ms.map_or(NEVER, as_minutes));
            }
        }
    }
}

/// The percentile of one figure over all departures; `None` where that departure reaches nothing.
pub(super) fn percentile_of(values: &mut [f64], percent: f64) -> Option<f64> {
    percentile_of_numbers(values, percent).filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::transit::UNREACHED;

    const MIN: u32 = 60;

    fn offer<'a>(opportunities: &'a [f64], ids: &'a [String]) -> Offer<'a> {
        Offer { opportunities, supply: &[], demand: &[], destination_ids: ids, trip_min: 30.0 }
    }

    #[test]
    fn a_departure_has_its_own_nearest_and_its_own_dual() {
        let measures = [
            Measure::Nearest { k: 2 },
            Measure::Dual { opportunities: 3.0 },
            Measure::Cumulative { limits_min: vec![10.0] },
        ];
        let offer = offer(&[1.0, 2.0, 4.0], &[]);
        let rows = [0, 2];
        let mut figures = Figures::new(&measures, &offer);
        figures.of_all();
        figures.of_category("a", &rows);
        assert_eq!(
            figures.names,
            [
                "access_nearest_1_min",
                "access_nearest_2_min",
                "access_dual_3_min",
                "access_cumulative_10min",
                "access_nearest_1_min_a",
                "access_nearest_2_min_a",
                "access_dual_3_min_a",
                "access_cumulative_10min_a"
            ]
        );
        let (mut room, mut values) = (Vec::new(), Vec::new());
        figures.of(&[9 * MIN, 5 * MIN, UNREACHED], &mut room, &mut values);
        assert_eq!(values, [5.0, 9.0, 9.0, 3.0, 9.0, NEVER, NEVER, 1.0]);
        // What takes longer than the longest trip is not reached.
        figures.of(&[31 * MIN, UNREACHED, 20 * MIN], &mut room, &mut values);
        assert_eq!(values, [20.0, NEVER, 20.0, 0.0, 20.0, NEVER, 20.0, 0.0]);
    }

    #[test]
    fn a_departure_that_reaches_nothing_is_the_longest_and_has_no_minutes() {
        let minutes = [7.0, NEVER, 3.0, 5.0];
        let at = |percent| percentile_of(&mut minutes.clone(), percent);
        assert_eq!([at(0.0), at(50.0), at(75.0)], [Some(3.0), Some(5.0), Some(7.0)]);
        assert_eq!(at(100.0), None);
    }
}
