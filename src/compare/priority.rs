//! Where need is high in several respects at once, and how sure the order is.
//!
//! # What it does
//! Every indicator is put on a scale from 1 (least need among the places) to 100 (most). Indicators of a group are
//! averaged by their weights; groups are joined by their weighted geometric mean, so that need in one cannot make up for
//! none in the other, or by their arithmetic mean. The order is then worked out again with other weights and with values
//! drawn from their intervals.
//!
//! # Assumes
//! That every indicator says how great a need is, and that its steps are alike from end to end. Draws of different
//! indicators are independent.
//!
//! # Units
//! Scores 1 to 100; ranks from 1, the greatest need.
//!
//! # When it misleads
//! A rank is no fact: it follows from the choice of indicators, weights and places. Read the range of ranks; places whose
//! ranges overlap are not told apart. One extreme place squeezes all others together. Two indicators of one thing count
//! it twice.
//!
//! # Example
//! A place with 100 in climate and 1 in health scores 10 by the geometric mean, 50.5 by the arithmetic one.
//!
//! # References
//! OECD & JRC (2008) *Handbook on Constructing Composite Indicators*, steps 5 to 7; Saisana M, Saltelli A, Tarantola S
//! (2005), *Journal of the Royal Statistical Society* A 168:307–323, for ranges of ranks.

use super::interval::Interval;

/// The scale of scores: from 1, so that a geometric mean is never nothing.
const LEAST: f64 = 1.0;
const MOST: f64 = 100.0;
/// Two-sided normal quantile of the level that intervals have.
const Z95: f64 = 1.959_963_984_540_054;

/// How groups are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combine {
    Geometric,
    Arithmetic,
}

/// A value of a place, with its interval at 95 % where it has one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    pub value: f64,
    pub interval: Option<Interval>,
}

/// An indicator of all places.
#[derive(Debug, Clone, PartialEq)]
pub struct Need {
    /// Place among the groups.
    pub group: usize,
    pub weight: f64,
    /// Whether a high value is a need; else a low one is.
    pub high: bool,
    /// One a place.
    pub readings: Vec<Reading>,
}

/// What is ranked, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Index {
    pub needs: Vec<Need>,
    /// Weight of each group.
    pub groups: Vec<f64>,
    pub combine: Combine,
}

/// How the order is put to the test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial {
    pub draws: u32,
    pub seed: u64,
    /// Each weight is multiplied by a number between one less this and one more, 0 to 1.
    pub weights: f64,
    /// Whether values are drawn from their intervals.
    pub values: bool,
    /// How many of the first are counted as priority.
    pub top: usize,
}

/// A place in the order.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// One a group, 1 to 100.
    pub groups: Vec<f64>,
    pub score: f64,
    /// 1 for the greatest need; equal scores share the better rank.
    pub rank: usize,
}

/// The ranks of a place over all draws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankRange {
    /// Between these lie nine of ten draws.
    pub best: usize,
    pub worst: usize,
    /// Share of the draws in which it is among the first.
    pub in_top: f64,
}

impl Index {
    /// The order as the weights say it.
    #[must_use]
    pub fn places(&self) -> Vec<Placed> {
        let weights: Vec<f64> = self.needs.iter().map(|need| need.weight).collect();
        let values: Vec<Vec<f64>> = self.needs.iter().map(values).collect();
        let scores = self.scores(&weights, &self.groups, &values);
        let ranks = ranks(&scores.iter().map(|(_, score)| *score).collect::<Vec<_>>());
        let place = |((groups, score), rank)| Placed { groups, score, rank };
        scores.into_iter().zip(ranks).map(place).collect()
    }

    /// The ranks of every place under changed weights, and values where they are drawn. The same seed gives the same.
    #[must_use]
    pub fn ranges(&self, trial: &Trial) -> Vec<RankRange> {
        let places = self.needs.first().map_or(0, |need| need.readings.len());
        let mut found: Vec<Vec<usize>> = vec![Vec::new(); places];
        let mut chance = Chance(trial.seed);
        for _ in 0..trial.draws {
            let mut vary =
                |weight: f64| weight * (1.0 + trial.weights * (2.0 * chance.uniform() - 1.0));
            let weights: Vec<f64> = self.needs.iter().map(|need| vary(need.weight)).collect();
            let groups: Vec<f64> = self.groups.iter().map(|weight| vary(*weight)).collect();
            let drawn = |need: &Need| -> Vec<f64> {
                if trial.values {
                    need.readings.iter().map(|r| chance.near(r)).collect()
                } else {
                    values(need)
                }
            };
            let values: Vec<Vec<f64>> = self.needs.iter().map(drawn).collect();
            let scores = self.scores(&weights, &groups, &values);
            let ranks = ranks(&scores.iter().map(|(_, score)| *score).collect::<Vec<_>>());
            for (all, rank) in found.iter_mut().zip(ranks) {
                all.push(rank);
            }
        }
        found.into_iter().map(|ranks| range(ranks, trial.top)).collect()
    }

    /// The score of each group and of all, place by place.
    fn scores(&self, weights: &[f64], groups: &[f64], values: &[Vec<f64>]) -> Vec<(Vec<f64>, f64)> {
        let scaled: Vec<Vec<f64>> =
            self.needs.iter().zip(values).map(|(need, values)| scale(need, values)).collect();
        let places = scaled.first().map_or(0, Vec::len);
        let of_place = |place: usize| {
            let group = |group: usize| {
                let members = self.needs.iter().enumerate().filter(|(_, need)| need.group == group);
                let parts = members.map(|(at, _)| (scaled[at][place], weights[at]));
                arithmetic(&parts.collect::<Vec<_>>())
            };
            let scores: Vec<f64> = (0..groups.len()).map(group).collect();
            let parts: Vec<(f64, f64)> =
                scores.iter().copied().zip(groups.iter().copied()).collect();
            let score = match self.combine {
                Combine::Arithmetic => arithmetic(&parts),
                Combine::Geometric => {
                    let logs: Vec<(f64, f64)> = parts.iter().map(|(s, w)| (s.ln(), *w)).collect();
                    arithmetic(&logs).exp()
                }
            };
            (scores, score)
        };
        (0..places).map(of_place).collect()
    }
}

fn values(need: &Need) -> Vec<f64> {
    need.readings.iter().map(|reading| reading.value).collect()
}

/// From 1 to 100 between the least and the greatest published value; what is drawn beyond them stays at the end. Where
/// all places have the same, each has the middle.
fn scale(need: &Need, values: &[f64]) -> Vec<f64> {
    let published = || need.readings.iter().map(|reading| reading.value);
    let low = published().fold(f64::INFINITY, f64::min);
    let high = published().fold(f64::NEG_INFINITY, f64::max);
    let share = |value: f64| {
        let share = if high > low { ((value - low) / (high - low)).clamp(0.0, 1.0) } else { 0.5 };
        if need.high { share } else { 1.0 - share }
    };
    values.iter().map(|value| LEAST + (MOST - LEAST) * share(*value)).collect()
}

fn arithmetic(parts: &[(f64, f64)]) -> f64 {
    let weight: f64 = parts.iter().map(|(_, weight)| weight).sum();
    parts.iter().map(|(value, weight)| value * weight).sum::<f64>() / weight
}

/// 1 for the greatest. What differs by rounding only is equal.
fn ranks(scores: &[f64]) -> Vec<usize> {
    let greater = |one: f64, other: f64| one > other + 1e-9 * other.abs();
    let rank = |own: &f64| 1 + scores.iter().filter(|score| greater(**score, *own)).count();
    scores.iter().map(rank).collect()
}

#[allow(clippy::cast_precision_loss)] // numbers of draws
fn range(mut ranks: Vec<usize>, top: usize) -> RankRange {
    ranks.sort_unstable();
    let draws = ranks.len();
    let at = |place: usize| ranks.get(place).copied().unwrap_or(0);
    let first = ranks.iter().filter(|rank| **rank <= top).count();
    RankRange {
        best: at(draws / 20),
        worst: at(draws.saturating_sub(1 + draws / 20)),
        in_top: if draws > 0 { first as f64 / draws as f64 } else { 0.0 },
    }
}

/// Numbers that look drawn, the same on every machine.
///
/// Source: Steele, Lea & Flood (2014), "Fast splittable pseudorandom number generators" (`SplitMix64`).
struct Chance(u64);

impl Chance {
    /// 0 to 1, without 1.
    #[allow(clippy::cast_precision_loss)] // 53 bits fit
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Standard normal, by Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (2.0 * std::f64::consts::PI * self.uniform()).cos()
    }

    /// Around a value, as wide to each side as its interval is there.
    fn near(&mut self, reading: &Reading) -> f64 {
        let Some(interval) = reading.interval else { return reading.value };
        let z = self.normal() / Z95;
        let side =
            if z < 0.0 { reading.value - interval.lower } else { interval.upper - reading.value };
        reading.value + z * side.max(0.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::float_cmp)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn need(group: usize, high: bool, values: &[f64]) -> Need {
        let reading = |value: &f64| Reading { value: *value, interval: None };
        Need { group, weight: 1.0, high, readings: values.iter().map(reading).collect() }
    }

    fn trial(weights: f64, values: bool) -> Trial {
        Trial { draws: 400, seed: 7, weights, values, top: 1 }
    }

    /// Three places: all heat and no ill health, the reverse, and the middle of both.
    fn index(combine: Combine) -> Index {
        let needs = vec![need(0, true, &[30.0, 20.0, 25.0]), need(1, false, &[90.0, 50.0, 70.0])];
        Index { needs, groups: vec![1.0, 1.0], combine }
    }

    #[test]
    fn need_in_one_group_does_not_make_up_for_none_in_the_other() {
        let found = index(Combine::Geometric).places();
        assert_eq!(found[0].groups, vec![100.0, 1.0]);
        assert!((found[0].score - 10.0).abs() < 1e-12);
        assert!((found[2].score - 50.5).abs() < 1e-12);
        assert_eq!(found.iter().map(|place| place.rank).collect::<Vec<_>>(), vec![2, 2, 1]);
        let flat = index(Combine::Arithmetic).places();
        assert_eq!(flat.iter().map(|place| place.rank).collect::<Vec<_>>(), vec![1, 1, 1]);
    }

    #[test]
    fn weights_decide_between_the_two_that_are_alike() {
        let ranges = index(Combine::Geometric).ranges(&trial(0.5, false));
        assert_eq!((ranges[2].best, ranges[2].worst, ranges[2].in_top), (1, 1, 1.0));
        assert_eq!((ranges[0].best, ranges[0].worst), (2, 3));
        let still = index(Combine::Geometric).ranges(&trial(0.0, false));
        assert_eq!((still[0].best, still[0].worst), (2, 2));
    }

    #[test]
    fn wide_intervals_make_wide_ranges() {
        let wide = Interval { lower: 0.0, upper: 60.0 };
        let mut unsure = index(Combine::Geometric);
        unsure.needs[0].readings[2].interval = Some(wide);
        let ranges = unsure.ranges(&trial(0.0, true));
        assert!(ranges[2].worst == 3 && ranges[2].in_top < 1.0, "{ranges:?}");
        assert_eq!(unsure.ranges(&trial(0.0, false))[2].worst, 1, "values are not drawn");
    }

    #[test]
    fn the_same_seed_gives_the_same_ranges() {
        let index = index(Combine::Arithmetic);
        assert_eq!(index.ranges(&trial(0.5, true)), index.ranges(&trial(0.5, true)));
    }

    /// Of 10,000 draws the mean of the uniform is within 0.015 of a half, that of the normal within 0.05 of nothing.
    #[test]
    fn draws_are_spread_as_they_should_be() {
        let mut chance = Chance(1);
        let uniform: f64 = (0..10_000).map(|_| chance.uniform()).sum::<f64>() / 1e4;
        let normals: Vec<f64> = (0..10_000).map(|_| chance.normal()).collect();
        let mean = normals.iter().sum::<f64>() / 1e4;
        let square = normals.iter().map(|z| z * z).sum::<f64>() / 1e4;
        assert!((uniform - 0.5).abs() < 0.015 && mean.abs() < 0.05 && (square - 1.0).abs() < 0.08);
    }

    proptest! {
        #[test]
        fn scores_stay_on_the_scale_and_ranges_hold_places(
            values in prop::collection::vec((0.0..50.0_f64, 0.0..50.0_f64), 2..12),
            geometric in any::<bool>(),
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) = values.into_iter().unzip();
            let combine = if geometric { Combine::Geometric } else { Combine::Arithmetic };
            let index = Index { needs: vec![need(0, true, &a), need(1, false, &b)], groups: vec![2.0, 1.0], combine };
            let places = index.places();
            prop_assert!(places.iter().all(|p| (LEAST - 1e-9..=MOST + 1e-9).contains(&p.score)));
            prop_assert!(places.iter().any(|p| p.rank == 1));
            for range in index.ranges(&trial(0.3, false)) {
                prop_assert!(1 <= range.best && range.best <= range.worst && range.worst <= a.len());
            }
        }
    }
}
