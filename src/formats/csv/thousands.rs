//! Thousands held apart by spaces: a thin or no-break one can mean nothing else, a plain one does where the decimal mark
//! is a comma.

use super::RawColumn;
use crate::formats::text::{is_grouped, is_missing_mark, is_number, parse_number};

/// No-break space, thin space, narrow no-break space.
const HARD: [char; 3] = ['\u{a0}', '\u{2009}', '\u{202f}'];
const PLAIN: [char; 1] = [' '];

/// Closes gaps of thin and no-break spaces in columns whose spaced cells are all numbers in groups of three; the notes say
/// where.
pub(super) fn close_hard(columns: &mut [RawColumn]) -> Vec<String> {
    close(columns, &HARD, "thin or no-break spaces", |_, _| true)
}

/// The same with plain spaces, in columns of nothing but numbers: in those with a cell such as `1 234,5`, or in all where
/// the decimal mark is known to be the comma.
pub(super) fn close_plain(columns: &mut [RawColumn], decimal_comma: bool) -> Vec<String> {
    close(columns, &PLAIN, "spaces", |spaced, others| {
        let is_value = |cell: &String| {
            is_missing_mark(cell) || is_number(cell, false) || is_number(cell, true)
        };
        (decimal_comma || spaced.iter().any(|cell| cell.contains(',')))
            && others.iter().all(|cell| is_value(cell))
    })
}

type Cells<'a, 'b> = &'a [&'b mut String];

fn close(
    columns: &mut [RawColumn],
    gaps: &[char],
    called: &str,
    holds: impl Fn(Cells<'_, '_>, Cells<'_, '_>) -> bool,
) -> Vec<String> {
    let mut notes = Vec::new();
    for column in columns {
        let (spaced, others): (Vec<&mut String>, Vec<&mut String>) =
            column.cells.iter_mut().flatten().partition(|cell| cell.contains(gaps));
        let numbers = spaced.iter().all(|cell| is_spaced_number(cell, gaps));
        if spaced.is_empty() || !numbers || !holds(&spaced, &others) {
            continue;
        }
        notes.push(format!(
            "Thousands: {} cells of \"{}\" have them apart by {called}.",
            spaced.len(),
            column.name
        ));
        for cell in spaced {
            cell.retain(|letter| !gaps.contains(&letter));
        }
    }
    notes
}

fn is_spaced_number(cell: &str, spaces: &[char]) -> bool {
    let whole = cell.split([',', '.']).next().unwrap_or_default();
    let closed: String = cell.chars().filter(|letter| !spaces.contains(letter)).collect();
    let number = parse_number(&closed, true).or(parse_number(&closed, false));
    number.is_some() && is_grouped(&whole.replace(spaces, " "), ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_in_groups_of_three_are_closed_and_told() {
        let cells = ["1\u{a0}234,5", "95\u{2009}681", "7"].map(|cell| Some(cell.to_owned()));
        let mut columns = [RawColumn::plain("n", cells.to_vec())];
        let notes = close_hard(&mut columns);
        assert_eq!(
            notes,
            ["Thousands: 2 cells of \"n\" have them apart by thin or no-break spaces."]
        );
        let closed: Vec<&str> = columns[0].cells.iter().flatten().map(String::as_str).collect();
        assert_eq!(closed, ["1234,5", "95681", "7"]);
    }

    fn closed(cells: &[&str], decimal_comma: bool) -> Vec<String> {
        let cells = cells.iter().map(|cell| Some((*cell).to_owned())).collect();
        let mut columns = [RawColumn::plain("n", cells)];
        close_plain(&mut columns, decimal_comma);
        columns[0].cells.iter().flatten().cloned().collect()
    }

    #[test]
    fn plain_spaces_are_closed_beside_a_decimal_comma_only() {
        assert_eq!(closed(&["1 234,5", "7", ".."], false), ["1234,5", "7", ".."]);
        assert_eq!(closed(&["1 234", "7"], true), ["1234", "7"]);
        assert_eq!(closed(&["1 234", "7"], false), ["1 234", "7"]);
        assert_eq!(closed(&["1 234,5", "Husby"], true), ["1 234,5", "Husby"]);
        assert_eq!(closed(&["12 34,5"], true), ["12 34,5"]);
    }

    #[test]
    fn names_and_other_groups_stay_as_they_are() {
        for cell in ["Norra\u{a0}Djurg\u{e5}rden", "12\u{a0}34", "1\u{a0}234\u{a0}5"] {
            let mut columns = [RawColumn::plain("n", vec![Some(cell.to_owned())])];
            assert!(close_hard(&mut columns).is_empty());
            assert_eq!(columns[0].cells[0].as_deref(), Some(cell));
        }
    }
}
