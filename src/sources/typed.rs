//! From text cells to typed columns, as the catalogue entry says.

use std::collections::BTreeSet;

use polars::prelude::{Column, DataFrame, DataType, NamedFrom, Series};

use super::SourceError;
use crate::formats::csv::{parse_number, why_not_a_number};
use crate::formats::{FormatError, Place, RawColumn, RawTable};
use crate::model::{Dataset, Kind, ObsStatus, bound_columns, stands_beside, status_column};

/// Types the columns of a raw table, whose decimal mark is the point whatever stood in the file.
///
/// # Errors
/// [`FormatError::MissingColumn`], [`FormatError::NotANumber`] with row and cell, [`SourceError::Dataset`]
/// for undeclared columns.
pub fn type_raw(
    place: &Place,
    dataset: &Dataset,
    raw: &RawTable,
) -> Result<DataFrame, SourceError> {
    let mut columns = Vec::new();
    refuse_two_meanings(dataset)?;
    for (name, wants) in wanted(dataset) {
        let column = raw.require(place, &name)?;
        columns.push(match wants {
            Wants::Text => text(column),
            Wants::Number => number(place, raw, column)?,
        });
        columns.extend(statuses(place, dataset, raw, column)?);
        columns.extend(bounds(place, dataset, raw, column)?);
    }
    refuse_undeclared(dataset, raw.columns.iter().map(|column| column.name.as_str()))?;
    frame(dataset, raw.rows.len(), columns)
}

/// Types the columns of a frame that came from a typed format.
///
/// # Errors
/// As [`type_raw`].
pub fn type_frame(
    place: &Place,
    dataset: &Dataset,
    given: &DataFrame,
) -> Result<DataFrame, SourceError> {
    type_raw(place, dataset, &raw_from_frame(given))
}

/// The cells of a frame as text, so that every input is typed by the same rules.
#[must_use]
pub fn raw_from_frame(frame: &DataFrame) -> RawTable {
    let columns = frame
        .columns()
        .iter()
        .map(|column| {
            let text = column.cast(&DataType::String).ok();
            let cells = match text.as_ref().and_then(|text| text.str().ok()) {
                Some(cells) => cells.iter().map(|cell| cell.map(str::to_owned)).collect(),
                None => vec![None; frame.height()],
            };
            RawColumn::plain(column.name().as_str(), cells)
        })
        .collect();
    RawTable { columns, rows: (1..=frame.height()).collect(), ..RawTable::default() }
}

enum Wants {
    Text,
    Number,
}

fn wanted(dataset: &Dataset) -> Vec<(String, Wants)> {
    let mut wanted = vec![(dataset.key.clone(), Wants::Text)];
    wanted.extend(dataset.name.iter().map(|name| (name.clone(), Wants::Text)));
    let dimensions = &dataset.dimensions;
    wanted.extend(dimensions.year.iter().map(|year| (year.clone(), Wants::Number)));
    wanted.extend(dimensions.sex.iter().map(|sex| (sex.clone(), Wants::Text)));
    wanted.extend(dimensions.age.iter().map(|age| (age.clone(), Wants::Text)));
    if let Some(point) = &dataset.point {
        wanted.push((point.x.clone(), Wants::Number));
        wanted.push((point.y.clone(), Wants::Number));
    }
    for (name, field) in &dataset.fields {
        match field.kind {
            Kind::Ratio { .. } => {}
            Kind::Categorical { .. } => wanted.push((name.clone(), Wants::Text)),
            Kind::Extensive | Kind::Intensive => wanted.push((name.clone(), Wants::Number)),
        }
    }
    wanted
}

fn refuse_two_meanings(dataset: &Dataset) -> Result<(), SourceError> {
    let mut known = BTreeSet::new();
    match wanted(dataset).into_iter().find(|(name, _)| !known.insert(name.clone())) {
        None => Ok(()),
        Some((name, _)) => Err(SourceError::Dataset {
            dataset: dataset.id.clone(),
            reason: format!("the column \"{name}\" is declared as two things"),
            help:
                "a column is the key, the name, a dimension, a coordinate or a value: say one of it"
                    .to_owned(),
        }),
    }
}

fn refuse_undeclared<'a>(
    dataset: &Dataset,
    names: impl Iterator<Item = &'a str>,
) -> Result<(), SourceError> {
    let wanted = wanted(dataset);
    let undeclared: Vec<&str> = names
        .filter(|name| {
            !wanted.iter().any(|(wanted, _)| wanted == name)
                && !stands_beside(name, &dataset.fields)
        })
        .collect();
    if undeclared.is_empty() {
        return Ok(());
    }
    Err(SourceError::Dataset {
        dataset: dataset.id.clone(),
        reason: format!("columns without an entry: {}", undeclared.join(", ")),
        help:
            "say what each is (--extensive, --intensive, --categorical, --ratio) or leave it out \
               (--drop)"
                .to_owned(),
    })
}

fn text(column: &RawColumn) -> Column {
    let cells: Vec<Option<&str>> = column.cells.iter().map(Option::as_deref).collect();
    Column::from(Series::new(column.name.as_str().into(), cells))
}

fn number(place: &Place, raw: &RawTable, column: &RawColumn) -> Result<Column, FormatError> {
    let mut cells = Vec::with_capacity(column.cells.len());
    for (row, cell) in column.cells.iter().enumerate() {
        let Some(cell) = cell else {
            cells.push(None);
            continue;
        };
        let value = parse_number(cell, false);
        if value.is_none() {
            return Err(FormatError::NotANumber {
                place: place.clone(),
                row: raw.rows.get(row).copied().unwrap_or(row + 1),
                column: column.name.clone(),
                cell: cell.clone(),
                help: why_not_a_number(cell, false),
            });
        }
        cells.push(value);
    }
    Ok(Column::from(Series::new(column.name.as_str().into(), cells)))
}

/// The statuses of a count or a rate, where they say more than that missing cells are missing: those that stand in a column
/// of the file beside it, or those that its format keeps.
fn statuses(
    place: &Place,
    dataset: &Dataset,
    raw: &RawTable,
    column: &RawColumn,
) -> Result<Option<Column>, FormatError> {
    let name = status_column(&column.name);
    if !stands_beside(&name, &dataset.fields) || dataset.fields.contains_key(&name) {
        return Ok(None);
    }
    if let Some(beside) = raw.column(&name) {
        let unknown = |cell: &Option<String>| {
            cell.as_deref().is_some_and(|code| ObsStatus::from_code(code).is_none())
        };
        if let Some(row) = beside.cells.iter().position(unknown) {
            return Err(FormatError::Row {
                place: place.clone(),
                row: raw.rows.get(row).copied().unwrap_or(row + 1),
                reason: format!(
                    "\"{}\" in column \"{name}\" is no status",
                    beside.cells[row].as_deref().unwrap_or_default()
                ),
                help: "statuses are codes of SDMX: A, B, E, I, M, P, Q, U".to_owned(),
            });
        }
        return Ok(Some(text(beside)));
    }
    let plain = |cell: &Option<String>| if cell.is_some() { ObsStatus::A } else { ObsStatus::M };
    let says_more = column.status.iter().zip(&column.cells).any(|(s, cell)| *s != plain(cell));
    Ok(says_more.then(|| {
        let codes: Vec<&str> = column.status.iter().map(|status| status.code()).collect();
        Column::from(Series::new(name.as_str().into(), codes))
    }))
}

/// The bounds that stand in columns of the file beside a count or a rate. The lower is never above the upper.
fn bounds(
    place: &Place,
    dataset: &Dataset,
    raw: &RawTable,
    column: &RawColumn,
) -> Result<Vec<Column>, FormatError> {
    let beside = |name: &String| {
        let is_field = dataset.fields.contains_key(name);
        raw.column(name).filter(|_| !is_field && stands_beside(name, &dataset.fields))
    };
    let names = bound_columns(&column.name);
    let ends = names.iter().filter_map(beside).map(|ends| number(place, raw, ends));
    let ends = ends.collect::<Result<Vec<_>, _>>()?;
    if let [lower, upper] = ends.as_slice()
        && let (Ok(lower), Ok(upper)) = (lower.f64(), upper.f64())
    {
        let crossed = |(lower, upper): (Option<f64>, Option<f64>)| {
            lower.zip(upper).is_some_and(|(lower, upper)| lower > upper)
        };
        if let Some(row) = lower.iter().zip(upper.iter()).position(crossed) {
            return Err(FormatError::Row {
                place: place.clone(),
                row: raw.rows.get(row).copied().unwrap_or(row + 1),
                reason: format!("\"{}\" is above \"{}\"", names[0], names[1]),
                help: "a lower bound is no higher than the upper one: correct the row".to_owned(),
            });
        }
    }
    Ok(ends)
}

fn frame(dataset: &Dataset, height: usize, columns: Vec<Column>) -> Result<DataFrame, SourceError> {
    DataFrame::new(height, columns).map_err(|error| SourceError::Dataset {
        dataset: dataset.id.clone(),
        reason: error.to_string(),
        help: "check that the entry names every column once".to_owned(),
    })
}
