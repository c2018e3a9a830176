//! The rules by which a layer is drawn: one a class, and one for each thing that a reader must know of a value.

use minijinja::{Value, context};
use polars::prelude::DataType;

use super::symbol::{Mark, symbol};
use super::template::{field, literal};
use super::words::{missing, number, status, word};
use super::{Look, Map, Sheet, Shown};
use crate::model::{GeometryFamily, Lang, ObsStatus};
use crate::publish::classes::{class_of, colours, jenks};

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
        Look::Kinds { column, kinds, doubtful, .. } => {
            let of_kinds =
                kinds.iter().zip(KINDS.iter().cycle()).map(|((code, label), (colour, shape))| {
                    let filter = format!("{} = {}", field(column), literal(code));
                    rule(label, &filter, symbol(family, Mark::Shape(colour, shape)))
                });
            let over = doubtful.iter().map(|doubtful| {
                let filter = format!("{} = {}", field(&doubtful.column), literal(&doubtful.word));
                rule(&doubtful.label, &filter, symbol(family, Mark::Unconfirmed))
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
    let told = |of: ObsStatus| status(of, lang).to_owned();
    let doubt = told(ObsStatus::U) + word(lang, ", see the map tip", ", se kartrutan");
    // What is withheld and what is missing are two things.
    let marks = [
        (
            map.filter(sheet, false, |status| !is_withheld(status)),
            Mark::Missing,
            missing(lang).to_owned(),
        ),
        (
            map.filter(sheet, false, is_withheld),
            Mark::Withheld,
            told(ObsStatus::Q) + word(lang, ": too few", ": för få"),
        ),
        (map.filter(sheet, true, estimated), Mark::Estimated, told(ObsStatus::E)),
        (map.filter(sheet, true, doubtful), Mark::Uncertain, doubt),
    ];
    let marks = marks.into_iter().filter_map(|(filter, mark, label)| Some((filter?, mark, label)));
    rules.extend(marks.map(|(filter, mark, label)| rule(&label, &filter, symbol(family, mark))));
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
    let ends = ends(values, &bounds);
    let decimals = decimals(&ends, column, lang);
    let name = field(&map.column);
    let mut lower = None;
    let mut rules = Vec::with_capacity(bounds.len());
    for ((bound, ends), colour) in bounds.iter().zip(ends).zip(colours(bounds.len())) {
        let [from, to] = ends.map(|end| number(end, decimals, lang));
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

/// The lowest and the highest value of each class.
fn ends(values: &[f64], bounds: &[f64]) -> Vec<[f64; 2]> {
    let mut ends = vec![[f64::INFINITY, f64::NEG_INFINITY]; bounds.len()];
    for value in values.iter().copied().filter(|value| value.is_finite()) {
        let [lowest, highest] = &mut ends[class_of(bounds, value)];
        (*lowest, *highest) = (lowest.min(value), highest.max(value));
    }
    ends
}

/// As few decimals, from those of the column on, as tell the classes apart; those of the column where its unit bears no
/// more, and none for whole numbers.
fn decimals(ends: &[[f64; 2]], column: Option<&Shown>, lang: Lang) -> usize {
    let from = column.and_then(|column| column.decimals).unwrap_or(0);
    if column.is_some_and(|column| column.whole) {
        return from;
    }
    if ends.iter().flatten().all(|end| end.fract() == 0.0) {
        return 0;
    }
    let told_apart = |decimals: &usize| {
        let shown = |end: f64| number(end, *decimals, lang);
        ends.windows(2).all(|pair| shown(pair[0][1]) != shown(pair[1][0]))
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
