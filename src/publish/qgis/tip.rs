//! What is shown when the pointer rests on a feature.

use super::template::{field, html, literal};
use super::words::{missing, number, number_expression, status, word};
use super::{Cell, Map, Sheet, Shown, Telling, Told};
use crate::model::swedish::told as in_words;
use crate::model::{Lang, ObsStatus};

/// Those that readers are told of.
const STATUSES: [ObsStatus; 7] = [
    ObsStatus::B,
    ObsStatus::E,
    ObsStatus::I,
    ObsStatus::M,
    ObsStatus::P,
    ObsStatus::Q,
    ObsStatus::U,
];

/// The tip of a map: value, interval, year, status, source.
pub(super) fn of_map(map: &Map<'_>, column: Option<&Shown>, lang: Lang) -> String {
    let name = map.name.as_deref().map_or_else(
        || format!("<b>{}</b>", html(&map.title)),
        |name| {
            let name = in_expression(&escaped(&cell(name)));
            format!("<b>[% {name} %]</b><br>{}", html(&map.title))
        },
    );
    let bare = || escaped(&cell(&map.column));
    let none = literal(missing(lang));
    let shown = column.map_or_else(bare, |column| value(column, lang));
    let shown = format!("[% coalesce({}, {}) %]", in_expression(&shown), in_expression(&none));
    let decimals = column.and_then(|column| column.decimals).unwrap_or(0);
    let Said { interval, told, source } = match &map.told {
        Told::Cells { key, cells } => of_cells(key.as_deref(), cells, decimals, lang),
        Told::Columns { telling, lower, upper, year, source } => Said {
            interval: interval_expression(lower.as_deref(), upper.as_deref(), decimals, lang),
            told: year_text(*year, lang) + &status_expression(telling, lang),
            source: html(&in_words(source, lang)),
        },
    };
    format!(
        "{name}: <b>{shown}</b>{interval}<br>{told}<br><small>{}: {source}</small>",
        word(lang, "Source", "Källa"),
    )
}

/// What stands beside a value, as HTML with expressions.
struct Said {
    interval: String,
    told: String,
    source: String,
}

fn of_cells(key: Option<&str>, cells: &[Cell<'_>], decimals: usize, lang: Lang) -> Said {
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
    let told = |cell: &Cell<'_>| match status(cell.status, lang) {
        "" => year_text(cell.year, lang),
        status => format!("{} · {status}", year_text(cell.year, lang)),
    };
    Said {
        interval: by_key(key, cells, interval),
        told: by_key(key, cells, told),
        source: by_key(key, cells, |cell| in_words(cell.source, lang).into_owned()),
    }
}

fn year_text(year: Option<i32>, lang: Lang) -> String {
    year.map_or_else(
        || word(lang, "year not stated", "år ej angivet").to_owned(),
        |year| year.to_string(),
    )
}

/// Both bounds or the one that there is, looked up when the tip is shown. What is joined to nothing is nothing.
fn interval_expression(
    lower: Option<&str>,
    upper: Option<&str>,
    decimals: usize,
    lang: Lang,
) -> String {
    let bound = |name: &str| number_expression(&cell(name), decimals, lang);
    let (lower, upper) = (lower.map(bound), upper.map(bound));
    let both = lower.as_ref().zip(upper.as_ref());
    let both = both.map(|(lower, upper)| format!("' (' || {lower} || '–' || {upper} || ')'"));
    let one = |sign: &str, bound: &String| format!("' ({sign} ' || {bound} || ')'");
    let lower = lower.as_ref().map(|bound| one("≥", bound));
    let upper = upper.as_ref().map(|bound| one("≤", bound));
    let ways: Vec<String> = [both, lower, upper].into_iter().flatten().collect();
    if ways.is_empty() {
        return String::new();
    }
    format!("[% coalesce({}, '') %]", in_expression(&ways.join(", ")))
}

fn status_expression(telling: &Telling, lang: Lang) -> String {
    let said = match telling {
        Telling::Nothing => return String::new(),
        Telling::Status(column) => {
            let told = STATUSES.map(|known| {
                format!("{},{}", literal(known.code()), literal(&html(status(known, lang))))
            });
            format!("map_get(map({}), {})", told.join(","), cell(column))
        }
        Telling::Share(column) => {
            let estimated = literal(&html(status(ObsStatus::E, lang)));
            format!("CASE WHEN {} < 1 THEN {estimated} END", cell(column))
        }
    };
    format!("[% coalesce(' · ' || {}, '') %]", in_expression(&said))
}

/// The column in which a row names its own source.
const SOURCE: &str = "source";

/// The tip of any other layer: its columns as far as they are filled, and the source of the row, else those of the whole.
pub(super) fn of_columns(sheet: &Sheet<'_>, lang: Lang) -> String {
    let line = |column: &Shown| {
        let (before, shown) = (format!("{}: <b>", html(&column.label)), value(column, lang));
        let line = format!("{} || {shown} || '</b><br>'", literal(&before));
        format!("[% coalesce({}, '') %]", in_expression(&line))
    };
    let told = sheet.columns.iter().filter(|column| !column.hidden && column.name != SOURCE);
    let lines: String = told.map(line).collect();
    let whole = sources(sheet, lang);
    if sheet.column(SOURCE).is_none() {
        return lines + &whole;
    }
    let before = literal(&format!("<small>{}: ", word(lang, "Source", "Källa")));
    let own = format!("{before} || {} || '</small>'", escaped(&cell(SOURCE)));
    let whole = in_expression(&literal(&whole));
    format!("{lines}[% coalesce({}, {whole}) %]", in_expression(&own))
}

/// The data sets behind a layer, a line each.
fn sources(sheet: &Sheet<'_>, lang: Lang) -> String {
    let sources = sheet.about.sources.iter().map(|source| {
        let years = match source.years {
            [] => String::new(),
            [year] => format!(" ({year})"),
            [first, .., last] => format!(" ({first}–{last})"),
        };
        let name = in_words(&source.name, lang);
        let said = format!("{}: {name}{years}", word(lang, "Source", "Källa"));
        format!("<small>{}</small>", html(&said))
    });
    sources.collect::<Vec<_>>().join("<br>")
}

/// The cell of a column in words, with its unit, as an expression that is null where the cell is.
fn value(column: &Shown, lang: Lang) -> String {
    let name = cell(&column.name);
    match column.decimals {
        _ if !column.listed.is_empty() => {
            let pair =
                |(code, word): &(String, String)| format!("{},{}", literal(code), literal(word));
            let pairs: Vec<String> = column.listed.iter().map(pair).collect();
            escaped(&format!("replace({name}, map({}))", pairs.join(",")))
        }
        // What stands for nothing would be shown as (NULL).
        _ if !column.codes.is_empty() => {
            format!(
                "CASE WHEN {name} IS NOT NULL THEN {} END",
                escaped(&format!("represent_value({name})"))
            )
        }
        Some(decimals) => {
            let unit = literal(&format!("\u{a0}{}", column.unit));
            let number = number_expression(&name, decimals, lang);
            if column.unit.is_empty() { number } else { format!("{number} || {unit}") }
        }
        None => escaped(&format!("to_string({name})")),
    }
}

/// An expression whose text may stand within HTML, whatever a cell holds.
fn escaped(expression: &str) -> String {
    format!("replace(replace(replace({expression}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')")
}

/// A text of each cell: itself where all have the same, else looked up by the key.
fn by_key(key: Option<&str>, cells: &[Cell<'_>], text: impl Fn(&Cell<'_>) -> String) -> String {
    let texts: Vec<String> = cells.iter().map(text).collect();
    let first = texts.first().cloned().unwrap_or_default();
    let Some(key) = key.filter(|_| texts.iter().any(|text| *text != first)) else {
        return html(&first);
    };
    let pair = |(cell, text): (&Cell<'_>, &String)| {
        format!("{},{}", literal(cell.key), literal(&html(text)))
    };
    let pairs: Vec<String> = cells.iter().zip(&texts).map(pair).collect();
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
