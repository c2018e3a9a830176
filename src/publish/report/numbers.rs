//! Numbers as people write them: decimal comma and narrow no-break spaces in Swedish, point and commas in English.

use super::{Figure, Words};
use crate::model::{Lang, unit_text};

/// Holds the thousands of a Swedish number apart.
const NARROW: char = '\u{202f}';
/// Holds a number and its unit together.
const NO_BREAK: char = '\u{a0}';

/// 95681 as `95 681` or `95,681`, with that many decimals.
pub(super) fn number(value: f64, decimals: usize, lang: Lang) -> String {
    let (apart, point) = match lang {
        Lang::Sv => (NARROW, ','),
        Lang::En => (',', '.'),
    };
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let negative = value < 0.0 && text.chars().any(|digit| ('1'..='9').contains(&digit));
    let mut out = if negative { "–".to_owned() } else { String::new() };
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            out.push(apart);
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push(point);
        out.push_str(fraction);
    }
    out
}

/// A value with as many decimals as its unit bears; a whole number has none, and what is less than a tenth
/// has two digits that say something, lest it be shown as nought.
pub(super) fn amount(value: f64, unit: &str, lang: Lang) -> String {
    let size = value.abs();
    if size > 0.0 && size < 0.1 {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 2 to 12
        return number(value, (1.0 - size.log10().floor()).min(12.0) as usize, lang);
    }
    let whole = ["persons", "m", "m2", "persons per km2", "points", "class", "min"];
    let many = value.abs() >= 1000.0 || value.fract().abs() < f64::EPSILON;
    number(value, usize::from(!many && !whole.contains(&unit)), lang)
}

/// A value with its unit: `25,2 %`, `607 m`.
pub(super) fn with_unit(value: f64, unit_id: &str, lang: Lang) -> String {
    followed(&amount(value, unit_id, lang), unit_id, lang)
}

/// A number, or a sentence of numbers, with its unit.
fn followed(number: &str, unit_id: &str, lang: Lang) -> String {
    match (unit_id, lang) {
        ("" | "class" | "persons", _) => number.to_owned(),
        _ if is_percent(unit_id) => signed(number, lang),
        _ => format!("{number}{NO_BREAK}{}", unit_text(unit_id, lang)),
    }
}

/// Whether a unit is some percent of something, which the label says.
pub(super) fn is_percent(unit_id: &str) -> bool {
    unit_id.starts_with("percent")
}

fn signed(number: &str, lang: Lang) -> String {
    match lang {
        Lang::En => format!("{number}%"),
        Lang::Sv => format!("{number}{NO_BREAK}%"),
    }
}

/// A share from 0 to 1 as whole percent; what is not the whole is never said to be.
pub(super) fn percent(share: f64, lang: Lang) -> String {
    let rounded = (share * 100.0).round();
    let shown = if share < 1.0 { rounded.min(99.0) } else { rounded };
    signed(&number(shown, 0, lang), lang)
}

impl Figure {
    /// The value with its interval or bound, without unit; nothing where there is no figure.
    pub(super) fn bare(&self, words: Words) -> Option<String> {
        let show = |value: f64| amount(value, &self.unit, words.0);
        let many = |key: &str, values: &[f64]| {
            let texts: Vec<String> = values.iter().map(|value| show(*value)).collect();
            words.fill(key, &texts.iter().map(String::as_str).collect::<Vec<_>>())
        };
        Some(match (self.value, self.lower, self.upper) {
            (Some(value), Some(low), Some(high)) => many("beside.interval", &[value, low, high]),
            (Some(value), Some(_), None) => many("beside.at_least", &[value]),
            (Some(value), ..) => show(value),
            (None, Some(low), Some(high)) => many("beside.between", &[low, high]),
            (None, Some(low), None) => many("beside.at_least", &[low]),
            (None, None, Some(high)) => many("beside.at_most", &[high]),
            (None, None, None) => return None,
        })
    }

    /// The same for where the unit stands elsewhere; percent keep their sign. A dash where there is no figure.
    pub(super) fn short(&self, words: Words) -> String {
        let text = self
            .bare(words)
            .map(|text| if is_percent(&self.unit) { signed(&text, words.0) } else { text });
        text.unwrap_or_else(|| words.get("beside.none").to_owned())
    }

    /// The same with the unit, and the word that it is missing where it is.
    pub(super) fn text(&self, words: Words) -> String {
        let text = self.bare(words).map(|text| followed(&text, &self.unit, words.0));
        text.unwrap_or_else(|| words.get("beside.missing").to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ObsStatus;

    #[test]
    fn numbers_are_written_as_each_language_writes_them() {
        assert_eq!(number(95_681.0, 0, Lang::Sv), "95\u{202f}681");
        assert_eq!(number(1_234_567.25, 1, Lang::En), "1,234,567.2");
        assert_eq!(number(-0.04, 1, Lang::Sv), "0,0");
        assert_eq!(number(-4.05, 1, Lang::Sv), "–4,0");
        assert_eq!(number(999.0, 0, Lang::En), "999");
    }

    #[test]
    fn units_follow_their_numbers() {
        assert_eq!(with_unit(25.19, "percent", Lang::Sv), "25,2\u{a0}%");
        assert_eq!(with_unit(25.19, "percent", Lang::En), "25.2%");
        assert_eq!(
            with_unit(3855.9, "persons per km2", Lang::Sv),
            "3\u{202f}856\u{a0}personer per km²"
        );
        assert_eq!(with_unit(76.0, "percent of residents", Lang::En), "76%");
        assert_eq!(with_unit(95_681.0, "persons", Lang::En), "95,681");
    }

    #[test]
    fn what_is_little_is_not_nought() {
        assert_eq!(amount(0.010_45, "actors per 1000 residents", Lang::Sv), "0,010");
        assert_eq!(amount(0.004, "m", Lang::En), "0.0040");
        assert_eq!(amount(0.094, "actors per 1000 residents", Lang::En), "0.094");
        assert_eq!(amount(0.1, "percent", Lang::En), "0.1");
        assert_eq!(amount(0.0, "percent", Lang::En), "0");
    }

    #[test]
    fn nearly_all_is_not_all() {
        assert_eq!(percent(0.9996, Lang::En), "99%");
        assert_eq!(percent(1.0, Lang::En), "100%");
        assert_eq!(percent(0.902, Lang::En), "90%");
    }

    #[test]
    fn a_figure_says_its_interval_its_bound_or_that_it_is_missing() {
        let figure = |value, lower, upper| Figure {
            value,
            lower,
            upper,
            unit: "m".to_owned(),
            year: None,
            status: ObsStatus::E,
            coverage: None,
        };
        let text = |value, lower, upper| figure(value, lower, upper).text(Words(Lang::Sv));
        assert_eq!(text(Some(607.0), Some(185.0), Some(933.0)), "607 (185 till 933)\u{a0}m");
        assert_eq!(text(Some(30.0), Some(30.0), None), "minst 30\u{a0}m");
        assert_eq!(text(None, None, Some(10.0)), "högst 10\u{a0}m");
        assert_eq!(text(None, None, None), "saknas");
    }
}
