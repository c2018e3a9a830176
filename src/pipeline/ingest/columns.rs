//! Columns on their way in: dropped, renamed, recoded, and held against the classes that are declared.

use std::collections::BTreeSet;

use super::{PipelineError, Request, periods};
use crate::formats::scb_codes::{sdmx_age, sdmx_sex, strip_vintage};
use crate::formats::{ColumnRole, FormatError, Members, Place, RawColumn, RawTable};
use crate::model::{Dataset, Kind, stands_beside};

/// What stands for all columns that the schema does not name, where columns are dropped.
const REST: &str = "*";

/// Drops, renames, and turns the codes of Swedish statistics into those of SDMX.
pub(super) fn shape(
    request: &Request<'_>,
    dataset: &Dataset,
    place: &Place,
    raw: &mut RawTable,
) -> Result<(), PipelineError> {
    let named = request.drop.iter().filter(|name| *name != REST);
    for name in named.chain(request.rename.iter().map(|(old, _)| old)) {
        raw.require(place, name)?;
    }
    // Labels beside codes come with JSON-stat and PX; the codes are what joins.
    let codes: BTreeSet<String> = raw.columns.iter().map(|c| format!("{}_label", c.name)).collect();
    raw.columns
        .retain(|column| !request.drop.contains(&column.name) && !codes.contains(&column.name));
    for column in &mut raw.columns {
        let members = raw.members.get(&column.name);
        if let Some((_, new)) = request.rename.iter().find(|(old, _)| *old == column.name) {
            column.name.clone_from(new);
        }
        if column.name == dataset.key {
            strip_vintages(&dataset.geography, place, column, &raw.rows)?;
        } else if Some(&column.name) == dataset.dimensions.sex.as_ref() {
            let strange = recode(column, members, |code| sdmx_sex(code).map(str::to_owned));
            raw.notes.extend(unknown(column, &strange));
        } else if Some(&column.name) == dataset.dimensions.age.as_ref() {
            let strange = recode(column, members, sdmx_age);
            raw.notes.extend(unknown(column, &strange));
        } else if is_of_years(request, dataset, column) {
            raw.notes.extend(periods::to_years(place, column, &raw.rows)?);
        }
    }
    if request.drop.iter().any(|name| name == REST) {
        let kept = |name: &str| {
            name == dataset.key
                || dataset.name.as_deref() == Some(name)
                || dataset.dimensions.columns().any(|column| column == name)
                || dataset.fields.contains_key(name)
                || stands_beside(name, &dataset.fields)
                || request.year == Some(name)
        };
        raw.columns.retain(|column| kept(&column.name) || column.role == ColumnRole::Time);
    }
    Ok(())
}

/// Turns each code by what the file says of it, else by the code itself; gives back those that mean nothing known.
///
/// A code alone can mislead: `01` is women at one office and `1` men at another.
fn recode(
    column: &mut RawColumn,
    members: Option<&Members>,
    turn: impl Fn(&str) -> Option<String>,
) -> BTreeSet<String> {
    let total = members.and_then(|members| members.total.as_deref());
    let label = |code: &str| members.and_then(|members| members.labels.get(code));
    let mut strange = BTreeSet::new();
    for cell in column.cells.iter_mut().flatten() {
        let known = match total {
            Some(total) if total == cell.as_str() => Some("_T".to_owned()),
            _ => label(cell).and_then(|label| turn(label)).or_else(|| turn(cell)),
        };
        match known {
            Some(code) => *cell = code,
            None => {
                strange.insert(cell.clone());
            }
        }
    }
    strange
}

fn unknown(column: &RawColumn, strange: &BTreeSet<String>) -> Option<String> {
    let first = strange.iter().take(10).map(|code| format!("\"{code}\"")).collect::<Vec<_>>();
    let count = strange.len();
    (count > 0).then(|| {
        format!(
            "{}: {count} codes are not known and stay as they are: {}",
            column.name,
            first.join(", ")
        )
    })
}

/// Whether a column holds the years: the one named, else the one that the file marks.
fn is_of_years(request: &Request<'_>, dataset: &Dataset, column: &RawColumn) -> bool {
    match request.year.or(dataset.dimensions.year.as_deref()) {
        Some(name) => column.name == name,
        None => column.role == ColumnRole::Time,
    }
}

/// `0180R001_RegSO2025` becomes `0180R001`; another vintage than the declared one is a fault.
fn strip_vintages(
    geography: &str,
    place: &Place,
    column: &mut RawColumn,
    rows: &[usize],
) -> Result<(), PipelineError> {
    let declared = geography.replace('-', "");
    for (row, cell) in column.cells.iter_mut().enumerate() {
        let Some(text) = cell else { continue };
        let (code, vintage) = strip_vintage(text);
        if let Some(vintage) = vintage
            && !vintage.eq_ignore_ascii_case(&declared)
        {
            return Err(FormatError::Row {
                place: place.clone(),
                row: rows.get(row).copied().unwrap_or(row + 1),
                reason: format!("\"{text}\" is of {vintage}, not of {geography}"),
                help: "declare the vintage of the file with --geography".to_owned(),
            }
            .into());
        }
        *cell = Some(code.to_owned());
    }
    Ok(())
}

/// Where the classes of a column are declared, no cell is of another one.
pub(super) fn check_classes(
    place: &Place,
    dataset: &Dataset,
    raw: &RawTable,
) -> Result<(), FormatError> {
    for (name, field) in &dataset.fields {
        let Kind::Categorical { categories } = &field.kind else { continue };
        let Some(column) = raw.column(name).filter(|_| !categories.is_empty()) else { continue };
        let stranger = |cell: &Option<String>| {
            cell.as_ref().is_some_and(|class| !categories.contains_key(class))
        };
        let Some(row) = column.cells.iter().position(stranger) else { continue };
        let class = column.cells.get(row).cloned().flatten().unwrap_or_default();
        let known: Vec<&str> = categories.keys().map(String::as_str).collect();
        return Err(FormatError::Row {
            place: place.clone(),
            row: raw.rows.get(row).copied().unwrap_or(row + 1),
            reason: format!("column \"{name}\": \"{class}\" is no class of it"),
            help: format!("classes declared: {}", known.join(", ")),
        });
    }
    Ok(())
}
