//! What is shown when the pointer rests on a feature.

use super::template::{field, html, literal};
use super::words::{number, number_expression, status, word};
use super::{Cell, Map, Sheet, Shown};
use crate::model::Lang;

/// The tip of a map: value, interval, year, status, source.
pub(super) fn of_map(map: &Map<'_>, column: Option<&Shown>, lang: Lang) -> String {
    let name = map.name.as_deref().map_or_else(
        || format!("<b>{}</b>", html(&map.title)),
        |name| format!("<b>[% {} %]</b><br>{}", in_expression(&cell(name)), html(&map.title)),
    );
    let bare = || format!("[% {} %]", in_expression(&cell(&map.column)));
    let shown = column.map_or_else(bare, |column| value(column, lang));
    let decimals = column.and_then(|column| column.decimals).unwrap_or(0);
    let interval = |cell: &Cell<'_>| {
        let [lower, upper] =
            [cell.lower, cell.upper].map(|bound| bound.map(|bound| number(bound, decimals, lang)));
        match (lower, upper) {
            (Some(lower), Some(upper)) => format!(" ({lower}–{upper})"),
            (Some(lower), None) => format!(" (≥ {lower})"),
            (None, Some(upper)) => format!(" (≤ {upper})"),
            (None, None) => String::new(),
        }
    };
    let told = |cell: &Cell<'_>| {
        let year = cell.year.map_or_else(
            || word(lang, "year not stated", "år ej angivet").to_owned(),
            |year| year.to_string(),
        );
        match status(cell.status, lang) {
            "" => year,
            status => format!("{year} · {status}"),
        }
    };
    let source = |cell: &Cell<'_>| cell.source.to_owned();
    format!(
        "{name}: <b>{shown}</b>{}<br>{}<br><small>{}: {}</small>",
        by_key(map, interval),
        by_key(map, told),
        word(lang, "Source", "Källa"),
        by_key(map, source)
    )
}

/// The tip of any other layer: its columns, and the sources of the whole.
pub(super) fn of_columns(sheet: &Sheet<'_>, lang: Lang) -> String {
    let line = |column: &Shown| format!("{}: <b>{}</b>", html(&column.label), value(column, lang));
    let mut lines: Vec<String> = sheet.columns.iter().map(line).collect();
    let sources = sheet.about.sources.iter().map(|source| {
        let years = match source.years {
            [] => String::new(),
            [year] => format!(" ({year})"),
            [first, .., last] => format!(" ({first}–{last})"),
        };
        let said = format!("{}: {}{years}", word(lang, "Source", "Källa"), source.name);
        format!("<small>{}</small>", html(&said))
    });
    lines.extend(sources);
    lines.join("<br>")
}

/// The cell of a column in words, with its unit.
fn value(column: &Shown, lang: Lang) -> String {
    let name = cell(&column.name);
    let none = literal(word(lang, "no value", "värde saknas"));
    let shown = match column.decimals {
        _ if !column.codes.is_empty() => format!("represent_value({name})"),
        Some(decimals) => {
            let unit = literal(&format!("\u{a0}{}", column.unit));
            let number = number_expression(&name, decimals, lang);
            if column.unit.is_empty() { number } else { format!("{number} || {unit}") }
        }
        None => format!("to_string({name})"),
    };
    format!("[% coalesce({}, {}) %]", in_expression(&shown), in_expression(&none))
}

/// A text of each cell: itself where all have the same, else looked up by the key.
fn by_key(map: &Map<'_>, text: impl Fn(&Cell<'_>) -> String) -> String {
    let texts: Vec<String> = map.cells.iter().map(text).collect();
    let first = texts.first().cloned().unwrap_or_default();
    let Some(key) = map.key.as_deref().filter(|_| texts.iter().any(|text| *text != first)) else {
        return html(&first);
    };
    let pair = |(cell, text): (&Cell<'_>, &String)| {
        format!("{},{}", literal(cell.key), literal(&html(text)))
    };
    let pairs: Vec<String> = map.cells.iter().zip(&texts).map(pair).collect();
    let looked_up = format!("map_get(map({}), {})", pairs.join(","), cell(key));
    format!("[% coalesce({}, '') %]", in_expression(&looked_up))
}

/// A column within a tip, where `%]` ends the expression: a name such as `share [%]` is put together.
fn cell(name: &str) -> String {
    if name.contains("%]") { format!("attribute({})", literal(name)) } else { field(name) }
}

/// An expression that does not end early: `%]` can stand only within its texts, which are put together.
fn in_expression(expression: &str) -> String {
    expression.replace("%]", "%' || ']")
}
