//! Palma ratio, Gini, Theil T, concentration index and Erreygers' correction of it.

use super::Sample;
use crate::access::AccessError;

/// Shares of the population that the Palma ratio compares.
const WORST_OFF: f64 = 0.4;
const BEST_OFF: f64 = 0.1;

/// Residents of one rank: how many, and the sum of their values.
struct Class {
    residents: f64,
    sum: f64,
}

/// Residents by rank, the lowest first. Those of one rank have no order among themselves and are taken together.
fn classes(sample: &Sample) -> Vec<Class> {
    let same_rank = sample.persons().chunk_by(|a, b| a.rank.total_cmp(&b.rank).is_eq());
    let class = |chunk: &[super::Person]| Class {
        residents: chunk.iter().map(|person| person.residents).sum(),
        sum: chunk.iter().map(|person| person.residents * person.value).sum(),
    };
    same_rank.map(class).filter(|class| class.residents > 0.0).collect()
}

/// Mean value of a resident; `None` without residents.
#[must_use]
pub fn mean(sample: &Sample) -> Option<f64> {
    let residents = sample.residents();
    let sum: f64 = sample.persons().iter().map(|person| person.residents * person.value).sum();
    (residents > 0.0).then(|| sum / residents)
}

/// The value that so many percent of the residents are not above; exactly between two residents, their mean.
///
/// The sample must be ranked by the value itself. `None` without residents.
#[must_use]
pub fn percentile(sample: &Sample, percent: f64) -> Option<f64> {
    let wanted = sample.residents() * percent / 100.0;
    let mut persons = sample.persons().iter().filter(|person| person.residents > 0.0).peekable();
    let mut below = 0.0;
    while let Some(person) = persons.next() {
        below += person.residents;
        let next = persons.peek().map_or(person.value, |next| next.value);
        if below > wanted || persons.peek().is_none() {
            return Some(person.value);
        }
        if below >= wanted {
            return Some(f64::midpoint(person.value, next));
        }
    }
    None
}

/// How many residents have a value of at most `limit`.
#[must_use]
pub fn residents_within(sample: &Sample, limit: f64) -> f64 {
    let within = sample.persons().iter().filter(|person| person.value <= limit);
    within.map(|person| person.residents).sum::<f64>().abs()
}

/// Mean value of the best-off tenth over that of the worst-off four tenths, by rank; `None` where the latter have
/// nothing. The residents at a boundary are split in proportion.
///
/// Of a number of opportunities, above 1 favours the best off; of minutes, below 1 does.
///
/// Source: Palma (2011), "Homogeneous middles vs. heterogeneous tails", here with means instead of shares of income.
#[must_use]
pub fn palma(sample: &Sample) -> Option<f64> {
    let classes = classes(sample);
    let residents: f64 = classes.iter().map(|class| class.residents).sum();
    let worst = mean_of_first(classes.iter(), WORST_OFF * residents)?;
    let best = mean_of_first(classes.iter().rev(), BEST_OFF * residents)?;
    (worst > 0.0).then(|| best / worst)
}

/// Mean value of the first so many residents.
fn mean_of_first<'a>(classes: impl Iterator<Item = &'a Class>, residents: f64) -> Option<f64> {
    let (mut left, mut sum) = (residents, 0.0);
    for class in classes {
        let taken = class.residents.min(left);
        sum += class.sum * (taken / class.residents);
        left -= taken;
    }
    (residents > 0.0).then(|| sum / residents)
}

/// Twice the covariance of value and fractional rank, in the unit of the value: positive where more is had by those
/// of higher rank. Residents of one rank share the middle of theirs.
///
/// Source: Wagstaff & van Doorslaer (2000), "Measuring inequalities in health in the presence of
/// multiple-category morbidity indicators", for the generalised concentration index.
fn generalised(sample: &Sample) -> Option<f64> {
    let classes = classes(sample);
    let residents: f64 = classes.iter().map(|class| class.residents).sum();
    let mean = mean(sample)?;
    let (mut below, mut covariance) = (0.0, 0.0);
    for class in &classes {
        let rank = (below + class.residents / 2.0) / residents;
        let excess = class.sum - class.residents * mean;
        covariance += excess / residents * (rank - 0.5);
        below += class.residents;
    }
    Some(2.0 * covariance)
}

/// Concentration index, −1 to 1: 0 where rank says nothing about the value, above 0 where those of higher rank have
/// more. `None` where nobody has anything.
///
/// Source: Kakwani, Wagstaff & van Doorslaer (1997), "Socioeconomic inequalities in health".
#[must_use]
pub fn concentration(sample: &Sample) -> Option<f64> {
    let mean = mean(sample).filter(|mean| *mean > 0.0)?;
    Some(generalised(sample)? / mean)
}

/// Gini coefficient, 0 to 1: half the mean difference between two residents over the mean, which is the concentration
/// index of residents ranked by the value. Expects a sample made by [`Sample::new`]; `None` where nobody has anything.
///
/// Source: Lerman & Yitzhaki (1989), "Improving the accuracy of estimates of Gini coefficients".
#[must_use]
pub fn gini(sample: &Sample) -> Option<f64> {
    // Rounding must not make an even distribution less than even.
    concentration(sample).map(|gini| gini.max(0.0))
}

/// Theil's T, `Σ p_i (v_i/μ) ln(v_i/μ)`, 0 to ln of the population; `0 · ln 0 = 0`. `None` where nobody has anything.
///
/// Source: Theil (1967), Economics and Information Theory.
#[must_use]
pub fn theil(sample: &Sample) -> Option<f64> {
    let mean = mean(sample).filter(|mean| *mean > 0.0)?;
    let residents = sample.residents();
    let part = |person: &super::Person| {
        let share = person.value / mean;
        if share > 0.0 { person.residents / residents * share * share.ln() } else { 0.0 }
    };
    let theil: f64 = sample.persons().iter().map(part).sum();
    Some(theil.max(0.0))
}

/// The least and the most that a measure can be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    pub low: f64,
    pub high: f64,
}

impl Bounds {
    /// Reads `a,b`.
    ///
    /// # Errors
    /// [`AccessError::Bounds`] unless both are numbers and the second is the larger.
    pub fn parse(text: &str) -> Result<Self, AccessError> {
        let number = |part: &str| part.trim().parse::<f64>().ok().filter(|n| n.is_finite());
        let pair = text.split_once(',').and_then(|(low, high)| number(low).zip(number(high)));
        match pair {
            Some((low, high)) if low < high => Ok(Self { low, high }),
            _ => Err(AccessError::Bounds {
                given: text.to_owned(),
                reason: "is not a lower and a higher number".to_owned(),
            }),
        }
    }

    /// Whether a value lies between them, rounding of sums aside.
    #[must_use]
    pub fn hold(&self, value: f64) -> bool {
        let slack = 1e-9 * (self.high - self.low);
        (self.low - slack..=self.high + slack).contains(&value)
    }
}

/// Concentration index corrected for the bounds of the measure, `E = 4 μ C / (b − a)`, −1 to 1. `None` without
/// residents.
///
/// Source: Erreygers (2009), "Correcting the concentration index", Journal of Health Economics 28.
///
/// # Errors
/// [`AccessError::Bounds`] for a value outside the bounds.
pub fn erreygers(sample: &Sample, bounds: Bounds) -> Result<Option<f64>, AccessError> {
    match sample.persons().iter().find(|person| !bounds.hold(person.value)) {
        Some(outside) => Err(AccessError::Bounds {
            given: format!("{},{}", bounds.low, bounds.high),
            reason: format!("do not hold the value {}", outside.value),
        }),
        None => Ok(generalised(sample).map(|index| 4.0 * index / (bounds.high - bounds.low))),
    }
}
