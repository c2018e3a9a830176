//! What any table keyed by units says about a target, by the kind of each field.

use std::collections::{BTreeMap, BTreeSet};

use super::{Context, Measured, Target};
use crate::model::{Cell, Field, Kind, ModelError, ObsStatus, Observation, Role};
use crate::sources::UnitTable;

/// Year, sex and age of a group of cells.
type Split<'a> = (Option<i32>, &'a str, &'a str);

pub(super) fn measure(
    context: &Context<'_>,
    table: &UnitTable,
    targets: &[Target],
    out: &mut Measured,
) -> Result<(), ModelError> {
    if table.dataset.joins() == context.units.dataset.geography {
        // What stands in for a missing count shows at its own unit, never as a total of its own.
        let own: Vec<Target>;
        let targets = if table.dataset.stands_in_for.is_some() {
            own = units_with_rows(context, table, targets)?;
            &own
        } else {
            targets
        };
        for (name, field) in table.table.fields() {
            measure_field(context, table, name, field, targets, out)?;
        }
        return Ok(());
    }
    if table.dataset.geography == "municipality" {
        for (name, field) in table.table.fields() {
            reference(context, table, name, field, targets, out)?;
        }
    }
    Ok(())
}

fn units_with_rows(
    context: &Context<'_>,
    table: &UnitTable,
    targets: &[Target],
) -> Result<Vec<Target>, ModelError> {
    let rows = rows_by_key(context);
    let known: BTreeSet<usize> =
        table.table.keys()?.iter().flatten().filter_map(|key| rows.get(key).copied()).collect();
    let has = |target: &&Target| {
        target.unit_id.is_some() && target.members.iter().all(|member| known.contains(&member.row))
    };
    Ok(targets.iter().filter(has).cloned().collect())
}

/// A municipality's own value stands beside the area's as a reference, never as the area's value.
fn reference(
    context: &Context<'_>,
    table: &UnitTable,
    name: &str,
    field: &Field,
    targets: &[Target],
    out: &mut Measured,
) -> Result<(), ModelError> {
    if !matches!(field.kind, Kind::Extensive | Kind::Intensive) {
        return Ok(());
    }
    for target in targets.iter().filter(|target| target.role == Role::Reference) {
        for cell in table.table.cells(name)? {
            if cell.key == target.geography_id {
                let mut row = base(context, table, name, field, target);
                row.year = cell.year.or(table.dataset.years.last().copied());
                row.value = cell.value;
                row.obs_status = if cell.value.is_some() { ObsStatus::A } else { ObsStatus::M };
                row.method = "published".to_owned();
                out.rows.push(row);
            }
        }
    }
    Ok(())
}

fn measure_field(
    context: &Context<'_>,
    table: &UnitTable,
    name: &str,
    field: &Field,
    targets: &[Target],
    out: &mut Measured,
) -> Result<(), ModelError> {
    match &field.kind {
        Kind::Categorical { categories } if !categories.is_empty() => {
            let texts = classes_by_row(context, table, name)?;
            for target in targets {
                classes(context, table, name, field, target, &texts, out);
            }
        }
        Kind::Categorical { .. } => {}
        Kind::Ratio { numerator, denominator, per } => {
            let above = groups(context, &table.table.cells(numerator)?);
            let below = groups(context, &table.table.cells(denominator)?);
            for target in targets {
                for (split, above) in &above {
                    let Some(below) = below.get(split) else { continue };
                    let both = |row: usize| above.contains_key(&row) && below.contains_key(&row);
                    let value = sum(target, above, both)
                        .zip(sum(target, below, both))
                        .map(|(above, below)| above / below * f64::from(*per))
                        .filter(|value| value.is_finite());
                    let method = if target.unit_id.is_some() { "derived" } else { "ratio_of_sums" };
                    push(context, table, name, field, target, split, value, method, both, out);
                }
            }
        }
        Kind::Extensive => {
            let groups = groups(context, &table.table.cells(name)?);
            for target in targets {
                for (split, cells) in &groups {
                    let has = |row: usize| cells.contains_key(&row);
                    let value = sum(target, cells, has);
                    let method =
                        if target.unit_id.is_some() { "published" } else { "sum_of_units" };
                    push(context, table, name, field, target, split, value, method, has, out);
                }
            }
        }
        Kind::Intensive => {
            let groups = groups(context, &table.table.cells(name)?);
            for target in targets {
                for (split, cells) in &groups {
                    intensive(context, table, name, field, target, split, cells, out);
                }
            }
        }
    }
    Ok(())
}

/// A rate, mean or median of several units has no value without its denominator: the range is given.
#[allow(clippy::too_many_arguments)]
fn intensive(
    context: &Context<'_>,
    table: &UnitTable,
    name: &str,
    field: &Field,
    target: &Target,
    split: &Split<'_>,
    cells: &BTreeMap<usize, f64>,
    out: &mut Measured,
) {
    let has = |row: usize| cells.contains_key(&row);
    if let (Some(_), [member]) = (&target.unit_id, target.members.as_slice()) {
        let value = cells.get(&member.row).copied();
        push(context, table, name, field, target, split, value, "published", has, out);
        return;
    }
    let values: Vec<f64> =
        target.members.iter().filter_map(|member| cells.get(&member.row).copied()).collect();
    let mut row = base(context, table, name, field, target);
    (row.year, row.sex, row.age) = (split.0, split.1.to_owned(), split.2.to_owned());
    row.year = row.year.or(table.dataset.years.last().copied());
    row.lower = values.iter().copied().reduce(f64::min);
    row.upper = values.iter().copied().reduce(f64::max);
    row.method = "range_over_units; not averaged".to_owned();
    row.coverage = Some(target.coverage(context.weights, context.units, has));
    out.rows.push(row);
}

/// The class of each unit, and for a set of units the share of residents in each class.
fn classes(
    context: &Context<'_>,
    table: &UnitTable,
    name: &str,
    field: &Field,
    target: &Target,
    texts: &BTreeMap<usize, &str>,
    out: &mut Measured,
) {
    let Kind::Categorical { categories } = &field.kind else { return };
    let year = table.dataset.years.last().copied();
    let has = |row: usize| texts.contains_key(&row);
    if let (Some(_), [member]) = (&target.unit_id, target.members.as_slice()) {
        let mut row = base(context, table, name, field, target);
        let class = texts.get(&member.row);
        row.value = class.and_then(|class| class.parse().ok());
        row.unit = "class".to_owned();
        row.year = year;
        row.obs_status = class_status(context, table, member.row, class.is_some());
        row.method = "published".to_owned();
        row.coverage = Some(if class.is_some() { 1.0 } else { 0.0 });
        out.rows.push(row);
        return;
    }
    for (class, label) in categories {
        let mut row = base(context, table, name, field, target);
        let in_class = |row: usize| texts.get(&row).is_some_and(|text| text == class);
        let known = target.coverage(context.weights, context.units, has);
        let within = target.coverage(context.weights, context.units, in_class);
        row.indicator = format!("{name}_{class}_share");
        row.value = (known > 0.0).then(|| within / known * 100.0);
        row.unit = "percent of residents".to_owned();
        row.year = year;
        row.obs_status = if row.value.is_some() { ObsStatus::E } else { ObsStatus::M };
        row.method = "residents_by_class_of_unit".to_owned();
        row.coverage = Some(known);
        row.definition = format!("Residents who live in a unit of class {class}: {}", label.en);
        out.rows.push(row);
    }
}

/// A class from an older division is less certain where the unit was redrawn since.
fn class_status(context: &Context<'_>, table: &UnitTable, row: usize, known: bool) -> ObsStatus {
    let code = &context.units.areas.keys()[row];
    match known {
        false => ObsStatus::M,
        true if table.dataset.changed_units.contains(code) => ObsStatus::U,
        true => ObsStatus::A,
    }
}

fn classes_by_row<'a>(
    context: &Context<'_>,
    table: &'a UnitTable,
    name: &str,
) -> Result<BTreeMap<usize, &'a str>, ModelError> {
    let (keys, texts) = (table.table.keys()?, table.table.texts(name)?);
    let rows = rows_by_key(context);
    Ok(keys
        .iter()
        .zip(texts.iter())
        .filter_map(|(key, text)| Some((*rows.get(key?)?, text?)))
        .collect())
}

fn rows_by_key<'a>(context: &Context<'a>) -> BTreeMap<&'a str, usize> {
    let keys = context.units.areas.keys();
    keys.iter().enumerate().map(|(row, key)| (key.as_str(), row)).collect()
}

fn groups<'a>(
    context: &Context<'_>,
    cells: &[Cell<'a>],
) -> BTreeMap<Split<'a>, BTreeMap<usize, f64>> {
    let rows = rows_by_key(context);
    let splits: BTreeSet<Split<'a>> = cells.iter().map(split).collect();
    let mut groups: BTreeMap<Split<'a>, BTreeMap<usize, f64>> =
        splits.into_iter().map(|split| (split, BTreeMap::new())).collect();
    for cell in cells {
        if let (Some(&row), Some(value)) = (rows.get(cell.key), cell.value) {
            groups.entry(split(cell)).or_default().insert(row, value);
        }
    }
    groups
}

fn split<'a>(cell: &Cell<'a>) -> Split<'a> {
    (cell.year, cell.sex.unwrap_or("_T"), cell.age.unwrap_or("_T"))
}

fn sum(target: &Target, cells: &BTreeMap<usize, f64>, keep: impl Fn(usize) -> bool) -> Option<f64> {
    target
        .members
        .iter()
        .filter(|member| keep(member.row))
        .filter_map(|member| cells.get(&member.row).map(|value| value * member.share))
        .reduce(|a, b| a + b)
}

#[allow(clippy::too_many_arguments)]
fn push(
    context: &Context<'_>,
    table: &UnitTable,
    name: &str,
    field: &Field,
    target: &Target,
    split: &Split<'_>,
    value: Option<f64>,
    method: &str,
    has: impl Fn(usize) -> bool,
    out: &mut Measured,
) {
    let coverage = target.coverage(context.weights, context.units, has);
    let mut row = base(context, table, name, field, target);
    (row.year, row.sex, row.age) = (split.0, split.1.to_owned(), split.2.to_owned());
    row.year = row.year.or(table.dataset.years.last().copied());
    row.value = value;
    row.obs_status = target.status(value, coverage);
    row.method =
        if target.is_whole() { method.to_owned() } else { format!("{method}_area_weighted") };
    row.coverage = Some(coverage);
    out.rows.push(row);
}

fn base(
    context: &Context<'_>,
    table: &UnitTable,
    name: &str,
    field: &Field,
    target: &Target,
) -> Observation {
    Observation {
        indicator: name.to_owned(),
        theme: table.dataset.theme.id().to_owned(),
        unit: field.unit.clone(),
        definition: field.definition.as_ref().unwrap_or(&field.label).en.clone(),
        source: table.dataset.source(),
        ..target.row(&context.area.definition.id)
    }
}
