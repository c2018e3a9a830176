//! The words and numbers of styles and projects, in the reader's language.

use crate::model::{Lang, ObsStatus};
use crate::publish::report::Words;

/// One of two words.
pub(super) fn word<'a>(lang: Lang, en: &'a str, sv: &'a str) -> &'a str {
    match lang {
        Lang::En => en,
        Lang::Sv => sv,
    }
}

/// A number with its thousands apart by no-break spaces; Swedish has a decimal comma.
pub(super) fn number(value: f64, decimals: usize, lang: Lang) -> String {
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("−", digits));
    let mut out = String::from(sign);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            out.push('\u{a0}');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push_str(word(lang, ".", ","));
        out.push_str(fraction);
    }
    out
}

/// The same as an expression of QGIS over a column.
pub(super) fn number_expression(column: &str, decimals: usize, lang: Lang) -> String {
    match lang {
        Lang::En => format!("replace(format_number({column}, {decimals}, 'en'), ',', '\u{a0}')"),
        Lang::Sv => format!("format_number({column}, {decimals}, 'sv')"),
    }
}

/// What stands where there is no value, in the report's words.
pub(super) fn missing(lang: Lang) -> &'static str {
    Words(lang).find("maps.missing").unwrap_or_default()
}

/// What a status means to a reader, in the report's words; nothing where a value is as published.
pub(super) fn status(status: ObsStatus, lang: Lang) -> &'static str {
    if status == ObsStatus::A {
        return "";
    }
    Words(lang).find(&format!("status.{}", status.code())).unwrap_or_default()
}
