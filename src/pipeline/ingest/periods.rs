//! Periods that are no years: a span of years stands under its last, a month or a quarter under its year where it is the
//! only one.

use std::collections::BTreeMap;

use crate::formats::{FormatError, Place, RawColumn};

/// Turns periods into years; the notes say how many.
///
/// # Errors
/// [`FormatError::Row`] where two months or quarters of one year stand there: under their year they would be the same.
pub(super) fn to_years(
    place: &Place,
    column: &mut RawColumn,
    rows: &[usize],
) -> Result<Vec<String>, FormatError> {
    let mut parts: BTreeMap<String, String> = BTreeMap::new();
    let (mut spans, mut months) = (0, 0);
    for (row, cell) in column.cells.iter_mut().enumerate() {
        let Some(text) = cell else { continue };
        if let Some(year) = last_year(text) {
            *cell = Some(year);
            spans += 1;
        } else if let Some(year) = year_of_part(text) {
            let first = parts.entry(year.to_owned()).or_insert_with(|| text.clone());
            if first != text {
                return Err(FormatError::Row {
                    place: place.clone(),
                    row: rows.get(row).copied().unwrap_or(row + 1),
                    reason: format!(
                        "\"{text}\" and \"{first}\" are parts of one year, and months and quarters are kept under their year"
                    ),
                    help: format!(
                        "choose one of each year: in select, such as {} = \"*{}\", or in the file",
                        column.name,
                        text.get(4..).unwrap_or_default()
                    ),
                });
            }
            *cell = Some(year.to_owned());
            months += 1;
        }
    }
    let span = "hold a period, which stands under its last year";
    let part = "hold a month or quarter, the only one of its year, which stands under the year";
    let told = [(spans, span), (months, part)].into_iter().filter(|(count, _)| *count > 0);
    Ok(told.map(|(count, what)| format!("Years: {count} cells {what}.")).collect())
}

/// `2021-2024` is a period that ends in 2024.
fn last_year(text: &str) -> Option<String> {
    let text = text.replace('\u{2013}', "-");
    let (first, last) = text.split_once('-')?;
    (is_year(first.trim()) && is_year(last.trim())).then(|| last.trim().to_owned())
}

/// `2026M01`, `2026K1` and `2026Q1` are parts of 2026, as Nordic offices and Eurostat write them.
fn year_of_part(text: &str) -> Option<&str> {
    let (year, part) = text.split_at_checked(4)?;
    let number = |digits: &str, length: usize| {
        let plain = digits.len() == length && digits.bytes().all(|digit| digit.is_ascii_digit());
        plain.then(|| digits.parse::<u8>().ok()).flatten()
    };
    let fits = match part.split_at_checked(1)? {
        ("M", month) => matches!(number(month, 2), Some(1..=12)),
        ("K" | "Q", quarter) => matches!(number(quarter, 1), Some(1..=4)),
        _ => false,
    };
    (is_year(year) && fits).then_some(year)
}

/// Four digits.
pub(in crate::pipeline) fn is_year(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn years(cells: &[&str]) -> Result<(Vec<String>, Vec<String>), FormatError> {
        let cells: Vec<_> = cells.iter().map(|cell| Some((*cell).to_owned())).collect();
        let rows: Vec<usize> = (2..).take(cells.len()).collect();
        let mut column = RawColumn::plain("Tid", cells);
        let notes = to_years(&Place::file("t"), &mut column, &rows)?;
        Ok((column.cells.into_iter().flatten().collect(), notes))
    }

    #[test]
    fn spans_stand_under_their_last_year_and_a_lone_month_under_its_year() {
        let (cells, notes) = years(&["2021-2024", "2020\u{2013}2023", "2019"]).unwrap();
        assert_eq!(cells, ["2024", "2023", "2019"]);
        assert_eq!(notes, ["Years: 2 cells hold a period, which stands under its last year."]);
        let (cells, notes) = years(&["2025M12", "2026M12", "2026M12", "2027K4", "2028Q1"]).unwrap();
        assert_eq!(cells, ["2025", "2026", "2026", "2027", "2028"]);
        assert!(notes[0].starts_with("Years: 5 cells hold a month or quarter"), "{notes:?}");
        let strange = ["2026M13", "2026K5", "2026X1", "26M01", "\u{e5}r", "2026M1"];
        assert_eq!(years(&strange).unwrap().0, strange);
    }

    #[test]
    fn two_months_of_one_year_are_refused_by_name() {
        let error = years(&["2026M01", "2026M02"]).unwrap_err().to_string();
        assert!(
            error.contains("row 3: \"2026M02\" and \"2026M01\" are parts of one year"),
            "{error}"
        );
    }
}
