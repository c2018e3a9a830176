//! How evenly a measure of accessibility is shared out between residents.
//!
//! An origin stands for its residents, who all have its value. Every figure is that of the residents, not of the
//! origins: an origin cut in two changes nothing, and neither does the order of rows.
//!
//! ```text
//! values, residents ───────► Sample ─► gini, theil
//! values, residents, ranks ► Sample ─► palma, concentration, erreygers
//! ```

mod groups;
mod indices;
#[cfg(test)]
mod tests;

pub use groups::{Group, groups};
pub use indices::{
    Bounds, concentration, erreygers, gini, mean, palma, percentile, residents_within, theil,
};

use super::AccessError;

/// The value of one origin, how many residents have it, and where they rank (by income, say; low is worst off).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Person {
    pub value: f64,
    pub residents: f64,
    pub rank: f64,
}

/// Origins that can be compared, sorted by rank, and how many cannot.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    persons: Vec<Person>,
    left_out: usize,
}

impl Sample {
    /// Origins with a value and a number of residents, ranked by the value itself; the others are left out and
    /// counted. All slices hold an origin a row.
    ///
    /// # Errors
    /// [`AccessError::Amount`] for a value or residents below 0 or not finite.
    pub fn new(values: &[Option<f64>], residents: &[Option<f64>]) -> Result<Self, AccessError> {
        Self::ranked(values, residents, values)
    }

    /// The same, ranked by another variable; an origin without one is left out as well.
    ///
    /// # Errors
    /// [`AccessError::Amount`] for a value or residents below 0 or not finite, or a rank that is not finite.
    pub fn ranked(
        values: &[Option<f64>],
        residents: &[Option<f64>],
        ranks: &[Option<f64>],
    ) -> Result<Self, AccessError> {
        let mut persons = Vec::with_capacity(values.len());
        for ((value, residents), rank) in values.iter().zip(residents).zip(ranks) {
            let (Some(value), Some(residents), Some(rank)) = (*value, *residents, *rank) else {
                continue;
            };
            let whole = Person {
                value: amount("a value", value)?,
                residents: amount("residents", residents)?,
                rank: rank + 0.0, // −0 ties with 0
            };
            if !rank.is_finite() {
                return Err(AccessError::Amount { what: "a rank", given: rank });
            }
            persons.push(whole);
        }
        // By every field, so that sums have the same bits whatever the order of rows.
        persons.sort_unstable_by(|a, b| {
            let by_rank = a.rank.total_cmp(&b.rank).then(a.value.total_cmp(&b.value));
            by_rank.then(a.residents.total_cmp(&b.residents))
        });
        let left_out = values.len() - persons.len();
        Ok(Self { persons, left_out })
    }

    /// The origins, the worst off first.
    #[must_use]
    pub fn persons(&self) -> &[Person] {
        &self.persons
    }

    /// How many residents are compared.
    #[must_use]
    pub fn residents(&self) -> f64 {
        self.persons.iter().map(|person| person.residents).sum()
    }

    /// How many origins were left out for want of a value, residents or a rank.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out
    }
}

fn amount(what: &'static str, given: f64) -> Result<f64, AccessError> {
    if given >= 0.0 && given.is_finite() {
        Ok(given)
    } else {
        Err(AccessError::Amount { what, given })
    }
}
