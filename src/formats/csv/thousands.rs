//! Thousands held apart by thin or no-break spaces: unlike a comma or a point, such a space can mean nothing else.

use super::RawColumn;
use crate::formats::text::{is_grouped, parse_number};

/// No-break space, thin space, narrow no-break space.
const SPACES: [char; 3] = ['\u{a0}', '\u{2009}', '\u{202f}'];

/// Closes the gaps in columns whose spaced cells are all numbers in groups of three; the notes say where.
pub(super) fn close_thousands(columns: &mut [RawColumn]) -> Vec<String> {
    let mut notes = Vec::new();
    for column in columns {
        let spaced = |cell: &&mut String| cell.contains(SPACES);
        let cells: Vec<&mut String> = column.cells.iter_mut().flatten().filter(spaced).collect();
        if cells.is_empty() || !cells.iter().all(|cell| is_spaced_number(cell)) {
            continue;
        }
        notes.push(format!(
            "Thousands: {} cells of \"{}\" have them apart by thin or no-break spaces.",
            cells.len(),
            column.name
        ));
        for cell in cells {
            cell.retain(|letter| !SPACES.contains(&letter));
        }
    }
    notes
}

fn is_spaced_number(cell: &str) -> bool {
    let whole = cell.split([',', '.']).next().unwrap_or_default();
    let closed: String = cell.chars().filter(|letter| !SPACES.contains(letter)).collect();
    let number = parse_number(&closed, true).or(parse_number(&closed, false));
    number.is_some() && is_grouped(&whole.replace(SPACES, " "), ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_in_groups_of_three_are_closed_and_told() {
        let cells = ["1\u{a0}234,5", "95\u{2009}681", "7"].map(|cell| Some(cell.to_owned()));
        let mut columns = [RawColumn::plain("n", cells.to_vec())];
        let notes = close_thousands(&mut columns);
        assert_eq!(
            notes,
            ["Thousands: 2 cells of \"n\" have them apart by thin or no-break spaces."]
        );
        let closed: Vec<&str> = columns[0].cells.iter().flatten().map(String::as_str).collect();
        assert_eq!(closed, ["1234,5", "95681", "7"]);
    }

    #[test]
    fn names_and_other_groups_stay_as_they_are() {
        for cell in ["Norra\u{a0}Djurg\u{e5}rden", "12\u{a0}34", "1\u{a0}234\u{a0}5"] {
            let mut columns = [RawColumn::plain("n", vec![Some(cell.to_owned())])];
            assert!(close_thousands(&mut columns).is_empty());
            assert_eq!(columns[0].cells[0].as_deref(), Some(cell));
        }
    }
}
