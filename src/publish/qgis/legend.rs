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
        Look::Kinds { column, kinds, doubtful } => {
            let of_kinds =
                kinds.iter().zip(KINDS.iter().cycle()).map(|((code, label), (colour, shape))| {
                    let filter = format!("{} = {}", field(column), literal(code));
                    rule(label, &filter, symbol(family, Mark::Shape(colour, shape)))
                });
            let over = doubtful.iter().map(|doubtful| {
                let filter = format!("{} = {}", field(&doubtful.column), literal(&doubtful.word));
                rule(&doubtful.label, &filter, symbol(family, Mark::Uncertain))
            });
            of_kinds.chain(over).collect()
        }
        Look::Bands { column, bands } => bands
            .iter()
            .zip(colours(bands.len()))
            .map(|((number, label), colour)| {
                let filter = format!("{} = {number}", field(column));
                rule(label, &filter, symbol(family, Mark::Colour(&colour)))
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
        class_rules(map, &map.values(sheet), column, family, lang)
    } else {
        code_rules(sheet, map, codes, family)
    };
    let is_withheld = |status: ObsStatus| status == ObsStatus::Q;
    let estimated = |status: ObsStatus| matches!(status, ObsStatus::E | ObsStatus::I);
    let doubtful = |status: ObsStatus| matches!(status, ObsStatus::U | ObsStatus::P | ObsStatus::B);
    let doubt =
        word(lang, "low reliability, see the map tip", "låg tillförlitlighet, se kartrutan");
    // What is withheld and what is missing are two things.
    let marks = [
        (
            map.filter(sheet, false, |status| !is_withheld(status)),
            Mark::Missing,
            word(lang, "no value", "värde saknas"),
        ),
        (
            map.filter(sheet, false, is_withheld),
            Mark::Withheld,
            word(lang, "withheld: too few", "undanhållet: för få"),
        ),
        (map.filter(sheet, true, estimated), Mark::Estimated, word(lang, "estimated", "skattat")),
        (map.filter(sheet, true, doubtful), Mark::Uncertain, doubt),
    ];
    let marks = marks.into_iter().filter_map(|(filter, mark, label)| Some((filter?, mark, label)));
    rules.extend(marks.map(|(filter, mark, label)| rule(label, &filter, symbol(family, mark))));
    rules
}

fn class_rules(
    map: &Map<'_>,
    values: &[f64],
    column: Option<&Shown>,
    family: GeometryFamily,
    lang: Lang,
) -> Vec<Value> {
    let bounds = jenks(values, CLASSES);
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

fn rule(label: &str, filter: &str, symbol: Value) -> Value {
    context! { label, filter, symbol }
}
