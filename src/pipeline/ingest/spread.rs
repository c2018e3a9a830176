//! A column of classes spread over columns of values: a row a class becomes a row with a column each.

use std::collections::BTreeMap;

use crate::formats::{ColumnRole, FormatError, Place, RawColumn, RawTable};
use crate::model::ObsStatus;

/// Spreads `classes` over the value columns, which are named by the class, or by value and class where there are several.
///
/// A combination that the file does not hold is missing.
///
/// # Errors
/// [`FormatError::MissingColumn`]; [`FormatError::Row`] for a class that stands twice and for a file that does not mark
/// its values.
pub(super) fn spread(place: &Place, raw: &mut RawTable, classes: &str) -> Result<(), FormatError> {
    let fault = |row: usize, reason: String, help: &str| FormatError::Row {
        place: place.clone(),
        row,
        reason,
        help: help.to_owned(),
    };
    let class = raw.require(place, classes)?.clone();
    let label = format!("{classes}_label");
    let (values, keys): (Vec<RawColumn>, Vec<RawColumn>) = std::mem::take(&mut raw.columns)
        .into_iter()
        .filter(|column| column.name != classes && column.name != label)
        .partition(|column| column.role == ColumnRole::Value);
    if values.is_empty() {
        let reason = format!(
            "the file does not say which of its columns are values to spread over {classes}"
        );
        return Err(fault(
            1,
            reason,
            "leave spread out, or bring the table as JSON-stat, PxWeb JSON or PX",
        ));
    }
    let mut rows: BTreeMap<Vec<Option<&str>>, usize> = BTreeMap::new();
    let (mut firsts, mut at) = (Vec::new(), Vec::new());
    for row in 0..class.cells.len() {
        let key =
            keys.iter().map(|column| column.cells.get(row).and_then(Option::as_deref)).collect();
        let next = rows.len();
        let new = *rows.entry(key).or_insert_with(|| {
            firsts.push(row);
            next
        });
        at.push(new);
    }
    let mut names: Vec<&str> = Vec::new();
    for name in class.cells.iter().flatten() {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let mut columns: Vec<RawColumn> = keys.iter().map(|column| picked(column, &firsts)).collect();
    for value in &values {
        for name in &names {
            let mut cells = vec![None; firsts.len()];
            let mut status = vec![ObsStatus::M; firsts.len()];
            let mut filled = vec![false; firsts.len()];
            for (row, new) in at.iter().enumerate() {
                if class.cells.get(row).and_then(Option::as_deref) != Some(name) {
                    continue;
                }
                if filled.get(*new) == Some(&true) {
                    let number = raw.rows.get(row).copied().unwrap_or(row + 1);
                    let reason = format!("the class \"{name}\" of {classes} stands there twice");
                    return Err(fault(
                        number,
                        reason,
                        "drop no column that tells rows apart, or choose one code of it",
                    ));
                }
                if let (Some(cell), Some(said), Some(full)) =
                    (cells.get_mut(*new), status.get_mut(*new), filled.get_mut(*new))
                {
                    *cell = value.cells.get(row).cloned().flatten();
                    *said = value.status.get(row).copied().unwrap_or(match cell {
                        Some(_) => ObsStatus::A,
                        None => ObsStatus::M,
                    });
                    *full = true;
                }
            }
            let name = if values.len() == 1 {
                (*name).to_owned()
            } else {
                format!("{}_{name}", value.name)
            };
            columns.push(RawColumn { name, cells, status, label: None, role: ColumnRole::Value });
        }
    }
    raw.rows = firsts.iter().map(|row| raw.rows.get(*row).copied().unwrap_or(row + 1)).collect();
    raw.columns = columns;
    Ok(())
}

fn picked(column: &RawColumn, rows: &[usize]) -> RawColumn {
    let cells = rows.iter().map(|row| column.cells.get(*row).cloned().flatten()).collect();
    let status = rows.iter().filter_map(|row| column.status.get(*row).copied()).collect();
    RawColumn { cells, status, ..column.clone() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    type Row<'a> = (&'a str, &'a str, Option<&'a str>);

    fn table(rows: &[Row<'_>]) -> RawTable {
        let cells = |pick: &dyn Fn(&Row<'_>) -> Option<String>| rows.iter().map(pick).collect();
        let value = RawColumn {
            role: ColumnRole::Value,
            ..RawColumn::plain("n", cells(&|row| row.2.map(str::to_owned)))
        };
        RawTable {
            columns: vec![
                RawColumn::plain("Region", cells(&|row| Some(row.0.to_owned()))),
                RawColumn::plain("Level", cells(&|row| Some(row.1.to_owned()))),
                value,
            ],
            rows: (1..=rows.len()).collect(),
            ..RawTable::default()
        }
    }

    #[test]
    fn classes_become_columns_and_what_is_absent_is_missing() {
        let mut raw = table(&[("a", "21", Some("1")), ("a", "5", Some("2")), ("b", "5", None)]);
        spread(&Place::file("t"), &mut raw, "Level").unwrap();
        let cells = |name: &str| raw.column(name).unwrap().cells.clone();
        assert_eq!(cells("Region"), [Some("a".to_owned()), Some("b".to_owned())]);
        assert_eq!(cells("21"), [Some("1".to_owned()), None]);
        assert_eq!(cells("5"), [Some("2".to_owned()), None]);
        assert_eq!(raw.rows, [1, 3]);
    }

    #[test]
    fn a_class_that_stands_twice_is_refused() {
        let mut raw = table(&[("a", "21", Some("1")), ("a", "21", Some("2"))]);
        let error = spread(&Place::file("t"), &mut raw, "Level").unwrap_err().to_string();
        assert!(error.contains("row 2: the class \"21\" of Level stands there twice"), "{error}");
    }
}
