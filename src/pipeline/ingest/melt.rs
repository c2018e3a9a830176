//! Years as columns, as workbooks have them: a row with a column a year becomes a row a year.

use super::periods::is_year;
use crate::formats::{ColumnRole, FormatError, Place, RawColumn, RawTable};
use crate::model::ObsStatus;

/// Stands for every column whose name is a year.
const ALL: &str = "*";
/// What the columns of years and of their values are called.
const YEAR: &str = "year";
const VALUE: &str = "value";

/// Turns those columns into a column `year` and a column `value`; each row stands there once a year.
///
/// # Errors
/// [`FormatError::MissingColumn`]; [`FormatError::NotWhatItSays`] for a name that is no year, and where no column has one;
/// [`FormatError::DuplicateColumn`] where the file has a column `year` or `value` already.
pub(super) fn melt(place: &Place, raw: &mut RawTable, years: &[String]) -> Result<(), FormatError> {
    let wrong = |reason: String, help: &str| FormatError::NotWhatItSays {
        file: place.file.clone(),
        expected: "a table with years as columns",
        reason,
        help: help.to_owned(),
    };
    let listed = years.iter().filter(|name| *name != ALL);
    for name in listed {
        raw.require(place, name)?;
        if !is_year(name) {
            let help = "name columns whose names are years of four digits";
            return Err(wrong(format!("the column \"{name}\" is called by no year"), help));
        }
    }
    let all = years.iter().any(|name| name == ALL);
    let is_wanted = |column: &RawColumn| {
        if all { is_year(&column.name) } else { years.contains(&column.name) }
    };
    let (values, keys): (Vec<RawColumn>, Vec<RawColumn>) =
        raw.columns.drain(..).partition(is_wanted);
    if values.is_empty() {
        let help =
            "say with header_row which line holds the years, or leave out what is said of them";
        return Err(wrong("no column is called by a year".to_owned(), help));
    }
    if let Some(column) = keys.iter().find(|key| [YEAR, VALUE].contains(&key.name.as_str())) {
        return Err(FormatError::DuplicateColumn {
            place: place.clone(),
            column: column.name.clone(),
        });
    }
    let (height, width) = (raw.rows.len(), values.len());
    raw.columns = keys.into_iter().map(|column| repeated(column, width)).collect();
    raw.rows = repeat(std::mem::take(&mut raw.rows), width);
    let names = (0..height).flat_map(|_| values.iter().map(|column| Some(column.name.clone())));
    let year = RawColumn { role: ColumnRole::Time, ..RawColumn::plain(YEAR, names.collect()) };
    let cells = (0..height)
        .flat_map(|row| values.iter().map(move |column| column.cells.get(row).cloned().flatten()));
    let status = |column: &RawColumn, row: usize| {
        let plain = if column.cells.get(row).is_some_and(Option::is_some) {
            ObsStatus::A
        } else {
            ObsStatus::M
        };
        column.status.get(row).copied().unwrap_or(plain)
    };
    let statuses: Vec<ObsStatus> =
        (0..height).flat_map(|row| values.iter().map(move |column| status(column, row))).collect();
    let value = RawColumn {
        role: ColumnRole::Value,
        status: if statuses.iter().all(|status| *status == ObsStatus::A) {
            Vec::new()
        } else {
            statuses
        },
        ..RawColumn::plain(VALUE, cells.collect())
    };
    raw.columns.extend([year, value]);
    Ok(())
}

fn repeated(column: RawColumn, times: usize) -> RawColumn {
    let (cells, status) = (repeat(column.cells, times), repeat(column.status, times));
    RawColumn { cells, status, ..column }
}

fn repeat<T: Clone>(items: Vec<T>, times: usize) -> Vec<T> {
    items.into_iter().flat_map(|item| std::iter::repeat_n(item, times)).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::formats::csv::{CsvOptions, read_csv};

    fn table(text: &str) -> RawTable {
        read_csv(std::path::Path::new("t.csv"), text.as_bytes(), &CsvOptions::default()).unwrap()
    }

    fn melted(text: &str, years: &[&str]) -> Result<RawTable, FormatError> {
        let mut raw = table(text);
        let years: Vec<String> = years.iter().map(|year| (*year).to_owned()).collect();
        melt(&Place::file("t.csv"), &mut raw, &years)?;
        Ok(raw)
    }

    fn cells<'a>(raw: &'a RawTable, name: &str) -> Vec<&'a str> {
        raw.column(name).unwrap().cells.iter().map(|cell| cell.as_deref().unwrap_or("-")).collect()
    }

    const TEXT: &str = "kod,typ,2021,2022\n0180,Hushåll,5,..\n0180,Plast,7,8\n";

    #[test]
    fn a_row_with_a_column_a_year_becomes_a_row_a_year() {
        let raw = melted(TEXT, &["*"]).unwrap();
        assert_eq!(cells(&raw, "kod"), ["0180"; 4]);
        assert_eq!(cells(&raw, "typ"), ["Hushåll", "Hushåll", "Plast", "Plast"]);
        assert_eq!(cells(&raw, "year"), ["2021", "2022", "2021", "2022"]);
        assert_eq!(cells(&raw, "value"), ["5", "-", "7", "8"]);
        assert_eq!(raw.rows, [2, 2, 3, 3]);
        let status = &raw.column("value").unwrap().status;
        assert_eq!(status[..], [ObsStatus::A, ObsStatus::M, ObsStatus::A, ObsStatus::A]);
        let raw = melted(TEXT, &["2022"]).unwrap();
        assert_eq!((cells(&raw, "2021"), cells(&raw, "value")), (vec!["5", "7"], vec!["-", "8"]));
    }

    #[test]
    fn columns_that_are_no_years_or_not_there_are_told() {
        let told = |text: &str, years: &[&str]| melted(text, years).unwrap_err().to_string();
        assert!(told(TEXT, &["typ"]).contains("the column \"typ\" is called by no year"));
        assert!(told(TEXT, &["2020"]).contains("no column \"2020\""));
        assert!(told("kod,a\nx,1\n", &["*"]).contains("no column is called by a year"));
        assert!(told("year,2021\nx,1\n", &["*"]).contains("column \"year\" appears twice"));
    }
}
