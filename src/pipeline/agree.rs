//! `scale agree`: two sources of one figure, such as a survey and a register, side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use serde::Serialize;

use super::PipelineError;
use super::records::Records;
use crate::compare::{Agreement, agreement, ranks};
use crate::formats::OpenOptions;

/// One of the two sources.
pub struct Source<'a> {
    pub file: &'a Path,
    pub column: &'a str,
    /// Columns of the share of the population that is covered, and that answered.
    pub coverage: Option<&'a str>,
    pub response: Option<&'a str>,
}

/// What to compare.
pub struct Request<'a> {
    pub first: Source<'a>,
    pub second: Source<'a>,
    /// Column of the place, in both files.
    pub key: &'a str,
    /// The place whose value the others are held against; the median of each source without one.
    pub reference: Option<&'a str>,
    pub level: f64,
}

/// A place in both sources.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    pub key: String,
    pub first: Option<f64>,
    pub second: Option<f64>,
    /// Second less first.
    pub difference: Option<f64>,
    /// 1 for the highest among the places that both sources have.
    pub rank_first: Option<f64>,
    pub rank_second: Option<f64>,
    /// Value less reference, in each source.
    pub above_first: Option<f64>,
    pub above_second: Option<f64>,
    /// Whether both put the place on the same side of the reference.
    pub same_side: Option<bool>,
    pub coverage_first: Option<f64>,
    pub coverage_second: Option<f64>,
    pub response_first: Option<f64>,
    pub response_second: Option<f64>,
}

/// What a source covers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Extent {
    pub places: usize,
    pub with_value: usize,
    /// Places that only this source has.
    pub only_here: Vec<String>,
    /// Unweighted mean and least over the places that have one, in the unit of the column.
    pub coverage: Option<Shares>,
    pub response: Option<Shares>,
    /// What the places are held against.
    pub reference: Option<f64>,
}

/// Shares of several places.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Shares {
    pub mean: f64,
    pub least: f64,
}

/// Two sources, compared.
#[derive(Debug, Serialize)]
pub struct Agreed {
    pub first: Extent,
    pub second: Extent,
    pub agreement: Option<Agreement>,
    /// Places of both, and how many of them stand on the same side of the reference.
    pub on_the_same_side: usize,
    pub on_both_sides: usize,
    pub rows: Vec<Row>,
}

/// Compares.
///
/// # Errors
/// Those of opening both files; [`PipelineError::Request`] where they have no place in common.
pub fn run(request: &Request<'_>) -> Result<Agreed, PipelineError> {
    let (first, second) = (read(&request.first, request)?, read(&request.second, request)?);
    let both: BTreeSet<&String> = first.keys().filter(|key| second.contains_key(*key)).collect();
    if both.is_empty() {
        return Err(PipelineError::Request {
            what: format!(
                "{} and {} have no {} in common",
                request.first.file.display(),
                request.second.file.display(),
                request.key
            ),
            help: "check spelling, leading zeros and vintage of the codes in both files".to_owned(),
        });
    }
    if let Some(name) = request.reference.filter(|name| !both.contains(&(*name).to_owned())) {
        return Err(PipelineError::Request {
            what: format!("the reference \"{name}\" is no {} of both files", request.key),
            help: "give one that both have, or leave --reference out for the medians".to_owned(),
        });
    }
    // The reference is no place among the others.
    let places: Vec<&String> =
        both.into_iter().filter(|key| Some(key.as_str()) != request.reference).collect();
    let paired = |key: &&String| Some((first.get(*key)?.value?, second.get(*key)?.value?));
    let pairs: Vec<(f64, f64)> = places.iter().filter_map(paired).collect();
    let in_both = |side: &BTreeMap<String, Cell>, key: &&String| {
        paired(key).and(side.get(*key).and_then(|cell| cell.value))
    };
    let side = |side: &BTreeMap<String, Cell>| {
        let values: Vec<Option<f64>> = places.iter().map(|key| in_both(side, key)).collect();
        let reference = match request.reference {
            Some(name) => side.get(name).and_then(|cell| cell.value),
            None => median(values.iter().flatten().copied().collect()),
        };
        (ranks(&values), reference)
    };
    let ((ranks_first, reference_first), (ranks_second, reference_second)) =
        (side(&first), side(&second));
    let mut rows = Vec::new();
    for (place, key) in places.iter().enumerate() {
        let (Some(a), Some(b)) = (first.get(*key), second.get(*key)) else { continue };
        let above = |value: Option<f64>, reference: Option<f64>| Some(value? - reference?);
        let (above_first, above_second) =
            (above(a.value, reference_first), above(b.value, reference_second));
        rows.push(Row {
            key: (*key).clone(),
            first: a.value,
            second: b.value,
            difference: above(b.value, a.value),
            rank_first: ranks_first[place],
            rank_second: ranks_second[place],
            above_first,
            above_second,
            same_side: above_first.zip(above_second).map(|(a, b)| (a > 0.0) == (b > 0.0)),
            coverage_first: a.coverage,
            coverage_second: b.coverage,
            response_first: a.response,
            response_second: b.response,
        });
    }
    let sides = |same: bool| rows.iter().filter(|row| row.same_side == Some(same)).count();
    Ok(Agreed {
        first: extent(&first, &second, reference_first),
        second: extent(&second, &first, reference_second),
        agreement: agreement(&pairs, request.level),
        on_the_same_side: sides(true),
        on_both_sides: sides(false),
        rows,
    })
}

#[derive(Clone, Copy)]
struct Cell {
    value: Option<f64>,
    coverage: Option<f64>,
    response: Option<f64>,
}

fn read(
    source: &Source<'_>,
    request: &Request<'_>,
) -> Result<BTreeMap<String, Cell>, PipelineError> {
    let records = Records::open(source.file, &OpenOptions::default())?;
    let keys = records.keys(request.key)?;
    let values = records.numbers(source.column)?;
    let optional = |column: Option<&str>| {
        column.map_or_else(|| Ok(vec![None; records.len()]), |column| records.numbers(column))
    };
    let (coverage, response) = (optional(source.coverage)?, optional(source.response)?);
    let cell = |(row, key): (usize, &str)| {
        let cell = Cell { value: values[row], coverage: coverage[row], response: response[row] };
        (key.to_owned(), cell)
    };
    Ok(keys.into_iter().enumerate().map(cell).collect())
}

#[allow(clippy::cast_precision_loss)] // numbers of places
fn extent(
    own: &BTreeMap<String, Cell>,
    other: &BTreeMap<String, Cell>,
    reference: Option<f64>,
) -> Extent {
    let shares = |get: fn(&Cell) -> Option<f64>| {
        let known: Vec<f64> = own.values().filter_map(get).collect();
        let least = known.iter().copied().reduce(f64::min)?;
        Some(Shares { mean: known.iter().sum::<f64>() / known.len() as f64, least })
    };
    Extent {
        places: own.len(),
        with_value: own.values().filter(|cell| cell.value.is_some()).count(),
        only_here: own.keys().filter(|key| !other.contains_key(*key)).cloned().collect(),
        coverage: shares(|cell| cell.coverage),
        response: shares(|cell| cell.response),
        reference,
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let half = values.len() / 2;
    match (values.get(half), values.len() % 2) {
        (Some(middle), 1) => Some(*middle),
        (Some(above), _) => {
            values.get(half.wrapping_sub(1)).map(|below| f64::midpoint(*below, *above))
        }
        (None, _) => None,
    }
}

/// One row a place.
///
/// # Errors
/// [`PipelineError::Frame`], never for rows of [`run`].
pub fn frame(rows: &[Row], key: &str) -> Result<DataFrame, PipelineError> {
    let number = |name: &str, get: fn(&Row) -> Option<f64>| {
        let cells: Vec<Option<f64>> = rows.iter().map(get).collect();
        Column::from(Series::new(name.into(), cells))
    };
    let keys: Vec<&str> = rows.iter().map(|row| row.key.as_str()).collect();
    let sides: Vec<Option<bool>> = rows.iter().map(|row| row.same_side).collect();
    let columns = vec![
        Column::from(Series::new(key.into(), keys)),
        number("first", |row| row.first),
        number("second", |row| row.second),
        number("difference", |row| row.difference),
        number("rank_first", |row| row.rank_first),
        number("rank_second", |row| row.rank_second),
        number("above_first", |row| row.above_first),
        number("above_second", |row| row.above_second),
        Column::from(Series::new("same_side".into(), sides)),
        number("coverage_first", |row| row.coverage_first),
        number("coverage_second", |row| row.coverage_second),
        number("response_first", |row| row.response_first),
        number("response_second", |row| row.response_second),
    ];
    let table = |source| PipelineError::Frame { table: "agreement".to_owned(), source };
    DataFrame::new(rows.len(), columns).map_err(table)
}
