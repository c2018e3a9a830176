//! What the residents of each group have.

use std::collections::BTreeMap;

use super::Sample;
use super::indices::{mean, percentile};
use crate::access::AccessError;

/// The word for origins without a label.
const UNLABELLED: &str = "(no group)";

/// One group of origins.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub label: String,
    /// All of them, with a value or without.
    pub residents: f64,
    /// Residents that have a value.
    pub with_value: f64,
    /// Of the residents that have a value; `None` without any.
    pub mean: Option<f64>,
    pub median: Option<f64>,
    /// Share of the residents whose origin has no value, 0 to 1; `None` without residents.
    pub without_access: Option<f64>,
    /// Origins whose number of residents is not known.
    pub unknown_residents: usize,
    /// Origins without a value or without known residents.
    pub left_out: usize,
}

/// Origins by label, in the order of labels. All slices hold an origin a row.
///
/// # Errors
/// [`AccessError::Amount`] for a value or residents below 0 or not finite.
pub fn groups(
    values: &[Option<f64>],
    residents: &[Option<f64>],
    labels: &[Option<&str>],
) -> Result<Vec<Group>, AccessError> {
    type Columns = (Vec<Option<f64>>, Vec<Option<f64>>);
    let mut members: BTreeMap<&str, Columns> = BTreeMap::new();
    for ((value, residents), label) in values.iter().zip(residents).zip(labels) {
        let group = members.entry(label.unwrap_or(UNLABELLED)).or_default();
        group.0.push(*value);
        group.1.push(*residents);
    }
    members
        .into_iter()
        .map(|(label, (values, residents))| group(label, &values, &residents))
        .collect()
}

fn group(
    label: &str,
    values: &[Option<f64>],
    residents: &[Option<f64>],
) -> Result<Group, AccessError> {
    let sample = Sample::new(values, residents)?;
    // Everybody, as if they had the same.
    let all = Sample::new(&vec![Some(0.0); residents.len()], residents)?;
    let (everybody, with_value) = (all.residents(), sample.residents());
    let without = (everybody - with_value).max(0.0);
    Ok(Group {
        label: label.to_owned(),
        residents: everybody,
        with_value,
        mean: mean(&sample),
        median: percentile(&sample, 50.0),
        without_access: (everybody > 0.0).then(|| without / everybody),
        unknown_residents: all.left_out(),
        left_out: sample.left_out(),
    })
}
