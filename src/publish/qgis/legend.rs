//! The rules by which a layer is drawn: one a class, and one for each thing that a reader must know of a value.

use minijinja::{Value, context};
use polars::prelude::DataType;

use super::symbol::{Mark, symbol};
use super::template::{field, literal};
use super::words::{number, word};
use super::{Look, Map, Sheet, Shown};
use crate::model::{GeometryFamily, Lang, ObsStatus};
use crate::publish::classes::{colours, jenks};

/// As many as an eye tells apart on a map.
const CLASSES: usize = 5;

/// Digits after the decimal mark at most, where fewer would give two bounds one name.
const DECIMALS: usize = 6;

/// Shapes and colours of kinds. Colours: Okabe & Ito (2008), told apart with any colour blindness.
const KINDS: [(&str, &str); 7] = [
    ("#0072b2", "circle"),
    ("#d55e00", "square"),
    ("#009e73", "triangle"),
    ("#cc79a7", "diamond"),
    ("#e69f00", "pentagon"),
    ("#56b4e9", "star"),
    ("#f0e442", "hexagon"),
];

/// The family of a layer's shapes; none for a table.
pub(super) fn family(sheet: &Sheet<'_>) -> Option<GeometryFamily> {
    let first = sheet.layer.areas()?.shapes().first()?;
    crate::model::family_of(first)
}

/// The rules of a layer that is no map of a column.
pub(super) fn plain_rules(sheet: &Sheet<'_>, family: GeometryFamily, lang: Lang) -> Vec<Value> {
    match &sheet.look {
        Look::Outline => {
            vec![rule(word(lang, "outline", "gräns"), "", symbol(family, Mark::Outline))]
        }
        Look::Kinds { column, kinds } => kinds
            .iter()
            .zip(KINDS.iter().cycle())
            .map(|((code, label), (colour, shape))| {
                let filter = format!("{} = {}", field(column), literal(code));
                rule(label, &filter, symbol(family, Mark::Shape(colour, shape)))
            })
            .collect(),
        _ => vec![rule(&sheet.title, "", symbol(family, Mark::Colour(KINDS[0].0)))],
    }
}

/// The rules of a map: its classes from light to dark, then what has no value, then the marks over the classes.
pub(super) fn map_rules(
    sheet: &Sheet<'_>,
    map: &Map<'_>,
    family: GeometryFamily,
    lang: Lang,
) -> Vec<Value> {
    let column = sheet.column(&map.column);
    let codes = column.map(|column| column.codes.as_slice()).unwrap_or_default();
    let mut rules = if codes.is_empty() {
        class_rules(map, column, family, lang)
    } else {
        code_rules(sheet, map, codes, family)
    };
    rules.extend(missing_rules(map, family, lang));
    rules.extend(marked(map, family, Mark::Estimated, &[ObsStatus::E, ObsStatus::I], lang));
    let doubtful = [ObsStatus::U, ObsStatus::P, ObsStatus::B];
    rules.extend(marked(map, family, Mark::Uncertain, &doubtful, lang));
    rules
}

fn class_rules(
    map: &Map<'_>,
    column: Option<&Shown>,
    family: GeometryFamily,
    lang: Lang,
) -> Vec<Value> {
    let values: Vec<f64> = map.cells.iter().filter_map(|cell| cell.value).collect();
    let bounds = jenks(&values, CLASSES);
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let decimals = decimals(&bounds, column.and_then(|column| column.decimals).unwrap_or(0), lang);
    let name = field(&map.column);
    let mut lower = None;
    let mut rules = Vec::with_capacity(bounds.len());
    for (bound, colour) in bounds.iter().zip(colours(bounds.len())) {
        let [from, to] =
            [lower.unwrap_or(least), *bound].map(|bound| number(bound, decimals, lang));
        let label = if from == to { to } else { format!("{from} – {to}") };
        let filter = match lower {
            None => format!("{name} <= {bound}"),
            Some(lower) => format!("{name} > {lower} AND {name} <= {bound}"),
        };
        rules.push(rule(&label, &filter, symbol(family, Mark::Colour(&colour))));
        lower = Some(*bound);
    }
    rules
}

/// As few decimals, from those of the column on, as tell the bounds apart.
fn decimals(bounds: &[f64], from: usize, lang: Lang) -> usize {
    let told_apart = |decimals: &usize| {
        let names: Vec<String> =
            bounds.iter().map(|bound| number(*bound, *decimals, lang)).collect();
        names.windows(2).all(|pair| pair[0] != pair[1])
    };
    (from..DECIMALS).find(told_apart).unwrap_or(DECIMALS)
}

fn code_rules(
    sheet: &Sheet<'_>,
    map: &Map<'_>,
    codes: &[(String, String)],
    family: GeometryFamily,
) -> Vec<Value> {
    let of_text = sheet.layer.frame().column(&map.column);
    let of_text = of_text.is_ok_and(|column| *column.dtype() == DataType::String);
    let each = codes.iter().zip(colours(codes.len()));
    each.map(|((code, label), colour)| {
        let is_number = !of_text && code.parse::<f64>().is_ok();
        let code = if is_number { code.clone() } else { literal(code) };
        let filter = format!("{} = {code}", field(&map.column));
        rule(label, &filter, symbol(family, Mark::Colour(&colour)))
    })
    .collect()
}

/// What is withheld and what is missing are two things.
fn missing_rules(map: &Map<'_>, family: GeometryFamily, lang: Lang) -> Vec<Value> {
    let name = field(&map.column);
    let empty = || map.cells.iter().filter(|cell| cell.value.is_none());
    let (withheld, missing): (Vec<_>, Vec<_>) =
        empty().partition(|cell| cell.status == ObsStatus::Q);
    let keys = |cells: &[&super::Cell<'_>]| {
        let keys: Vec<String> = cells.iter().map(|cell| literal(cell.key)).collect();
        map.key.as_deref().map(|key| format!("{} IN ({})", field(key), keys.join(", ")))
    };
    let among = |cells: &[&super::Cell<'_>], others: bool| match keys(cells) {
        Some(keys) if others => format!("{name} IS NULL AND {keys}"),
        _ => format!("{name} IS NULL"),
    };
    let mut rules = Vec::new();
    if !missing.is_empty() {
        let label = word(lang, "no value", "värde saknas");
        let filter = among(&missing, !withheld.is_empty());
        rules.push(rule(label, &filter, symbol(family, Mark::Missing)));
    }
    if !withheld.is_empty() {
        let label = word(lang, "withheld: too few", "undanhållet: för få");
        let filter = among(&withheld, !missing.is_empty());
        rules.push(rule(label, &filter, symbol(family, Mark::Withheld)));
    }
    rules
}

/// A mark over the values of some statuses; over all of them where all are.
fn marked(
    map: &Map<'_>,
    family: GeometryFamily,
    mark: Mark<'_>,
    statuses: &[ObsStatus],
    lang: Lang,
) -> Option<Value> {
    let valued = || map.cells.iter().filter(|cell| cell.value.is_some());
    let keys: Vec<String> = valued()
        .filter(|cell| statuses.contains(&cell.status))
        .map(|cell| literal(cell.key))
        .collect();
    let filter = match &map.key {
        _ if keys.is_empty() => return None,
        _ if keys.len() == valued().count() => format!("{} IS NOT NULL", field(&map.column)),
        Some(key) => format!("{} IN ({})", field(key), keys.join(", ")),
        None => return None,
    };
    let label = match mark {
        Mark::Estimated => word(lang, "estimated", "skattat"),
        _ => word(lang, "low reliability, see the map tip", "låg tillförlitlighet, se kartrutan"),
    };
    Some(rule(label, &filter, symbol(family, mark)))
}

fn rule(label: &str, filter: &str, symbol: Value) -> Value {
    context! { label, filter, symbol }
}
