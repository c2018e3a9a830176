//! CSV: text tables with a header, as offices, city portals and spreadsheets write them.
//!
//! Source: RFC 4180, and what the files in use add to it: other delimiters, title lines above the
//! header and footnotes below the table (SCB's Statistical Database), decimal commas, `sep=;`.
//! Nothing is guessed in silence: what was detected and left out stands in the notes of the table.

mod decimal;
mod exact;
mod layout;
mod records;
mod thousands;
// Frames are left out where the readers are fuzzed by themselves.
#[cfg(not(fuzzing))]
mod write;

use std::path::Path;

use rayon::prelude::*;

use super::error::{FormatError, Place};
use super::raw::{RawColumn, RawTable};
use super::text::{
    Decoded, MarkCount, decode_declared, decode_text, is_missing_mark, is_number, looks_binary,
};
pub use super::text::{parse_number, plain_number, why_not_a_number};
use crate::model::ObsStatus;
use decimal::{decimal_notes, detect_decimal_comma, use_decimal_points};
use exact::{Exact, IsNumber};
use layout::{Layout, lay_out, left_out_notes, title};
use records::{
    Record, delimiter_name, detect_delimiter, refuse_open_quote, skip_separator_line, split,
};
#[cfg(not(fuzzing))]
pub use write::{write_csv, write_spreadsheet};

/// What is known about a file beforehand; what is `None` is detected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CsvOptions {
    pub delimiter: Option<u8>,
    /// A label of the WHATWG Encoding Standard, for example `windows-1252`.
    pub encoding: Option<String>,
    /// The line the header stands in, counted from 1.
    pub header_row: Option<usize>,
    pub decimal_comma: Option<bool>,
}

/// Reads a CSV file into text cells; the decimal mark of every number column is the point afterwards.
///
/// Row numbers are physical line numbers. Cells lose the blanks around them; an empty cell is `None`,
/// and in columns of numbers a missing mark (`..`, `.`, `-`, `…`) is `None` with status `M`. A row
/// whose number of fields differs from the header's is a fault, unless it stands above the header or
/// below the table, where it is left out and noted.
///
/// # Errors
///
/// [`FormatError`] when the file is empty, binary, in another encoding than stated, has no rows, two
/// columns of one name, a row of another length, an open quote, or mixes decimal marks.
pub fn read_csv(file: &Path, bytes: &[u8], options: &CsvOptions) -> Result<RawTable, FormatError> {
    read_text(file, &decode(file, bytes, options)?, options, &|_, _| false)
}

/// The same of text, of which some cells are known to be numbers with a decimal point.
pub(super) fn read_text(
    file: &Path,
    decoded: &Decoded,
    options: &CsvOptions,
    is_number: IsNumber<'_>,
) -> Result<RawTable, FormatError> {
    let (text, offset, stated) = skip_separator_line(&decoded.text);
    if text.trim().is_empty() {
        return Err(FormatError::Empty { file: file.into() });
    }
    let delimiter = options.delimiter.or(stated).unwrap_or_else(|| detect_delimiter(text));
    let records = split(file, text, delimiter, offset)?;
    refuse_open_quote(file, text, &records)?;
    let layout = lay_out(file, &records, options)?;
    let (places, mut columns) = build_columns(file, &layout)?;
    let rows: Vec<usize> = layout.rows.iter().map(|record| record.line).collect();
    let exact = Exact::take(&mut columns, &places, &rows, is_number);
    let mut thousands = thousands::close_hard(&mut columns);
    thousands.extend(thousands::close_plain(&mut columns, options.decimal_comma == Some(true)));
    let decimal_comma =
        options.decimal_comma.unwrap_or_else(|| detect_decimal_comma(&columns, delimiter));
    thousands.extend(thousands::close_plain(&mut columns, decimal_comma));
    exact.put_back(&mut columns);
    let marks = clear_missing_marks(&mut columns);
    let exact = Exact::take(&mut columns, &places, &rows, is_number);
    let mut notes = vec![
        format!("Encoding: {}.", decoded.encoding),
        format!("Delimiter: {}.", delimiter_name(delimiter)),
    ];
    notes.extend(thousands);
    notes.extend(decimal_notes(&columns, decimal_comma));
    notes.extend(left_out_notes(&layout));
    notes.extend(marks.notes());
    if decimal_comma {
        use_decimal_points(file, &mut columns, &rows)?;
    }
    exact.put_back(&mut columns);
    let title = title(&records, &layout);
    Ok(RawTable { columns, rows, notes, title, ..RawTable::default() })
}

fn decode(file: &Path, bytes: &[u8], options: &CsvOptions) -> Result<Decoded, FormatError> {
    if looks_binary(bytes) && options.encoding.is_none() {
        return Err(not_csv(
            file,
            "it holds binary data",
            "check the file ending; a spreadsheet is saved as CSV first",
        ));
    }
    match &options.encoding {
        None => Ok(decode_text(bytes)),
        Some(label) => decode_declared(bytes, label).map_err(|reason| FormatError::Decode {
            file: file.into(),
            reason,
            help: "leave --encoding out to have it detected, or name another, for example windows-1252"
                .to_owned(),
        }),
    }
}

fn not_csv(file: &Path, reason: &str, help: &str) -> FormatError {
    FormatError::NotWhatItSays {
        file: file.into(),
        expected: "a CSV table",
        reason: reason.to_owned(),
        help: help.to_owned(),
    }
}

fn row_fault(file: &Path, row: usize, reason: String, help: &str) -> FormatError {
    FormatError::Row { place: Place::file(file), row, reason, help: help.to_owned() }
}

/// The columns, and which of the file each is.
fn build_columns(
    file: &Path,
    layout: &Layout,
) -> Result<(Vec<usize>, Vec<RawColumn>), FormatError> {
    let (mut places, mut columns) = (Vec::new(), Vec::<RawColumn>::new());
    for (at, name) in layout.header.fields.iter().enumerate() {
        let cells: Vec<_> = layout.rows.par_iter().map(|record| cell(record, at)).collect();
        let name = name.trim();
        // A delimiter at the end of every line makes a column of nothing.
        if name.is_empty() && cells.iter().all(Option::is_none) && layout.header.fields.len() > 1 {
            continue;
        }
        let name = if name.is_empty() { format!("column_{}", at + 1) } else { name.to_owned() };
        if columns.iter().any(|column| column.name == name) {
            return Err(FormatError::DuplicateColumn { place: Place::file(file), column: name });
        }
        columns.push(RawColumn::plain(name, cells));
        places.push(at);
    }
    Ok((places, columns))
}

fn cell(record: &Record, at: usize) -> Option<String> {
    record.fields.get(at).map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned)
}

fn clear_missing_marks(columns: &mut [RawColumn]) -> MarkCount {
    let mut marks = MarkCount::default();
    for column in columns.iter_mut().filter(|column| looks_numeric(column)) {
        let mut found = false;
        for cell in &mut column.cells {
            if let Some(mark) = cell.take_if(|cell| is_missing_mark(cell)) {
                marks.add(&mark);
                found = true;
            }
        }
        if found {
            let status = |cell: &Option<String>| {
                if cell.is_some() { ObsStatus::A } else { ObsStatus::M }
            };
            column.status = column.cells.iter().map(status).collect();
        }
    }
    marks
}

/// At least half of the cells that are neither empty nor marked missing are numbers.
fn looks_numeric(column: &RawColumn) -> bool {
    let kind = |cell: &String| -> [usize; 3] {
        if is_missing_mark(cell) {
            [0, 0, 1]
        } else if is_number(cell, false) || is_number(cell, true) {
            [1, 0, 0]
        } else {
            [0, 1, 0]
        }
    };
    let sum = |a: [usize; 3], b: [usize; 3]| [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
    let [numbers, others, marks] =
        column.cells.par_iter().flatten().map(kind).reduce(|| [0; 3], sum);
    numbers + marks > 0 && numbers >= others
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::indexing_slicing)]
    use super::*;
    use proptest::prelude::*;

    pub(super) fn read(text: &str) -> Result<RawTable, FormatError> {
        read_csv(Path::new("t.csv"), text.as_bytes(), &CsvOptions::default())
    }

    pub(super) fn cells<'a>(table: &'a RawTable, name: &str) -> Vec<&'a str> {
        table
            .column(name)
            .unwrap()
            .cells
            .iter()
            .map(|cell| cell.as_deref().unwrap_or("∅"))
            .collect()
    }

    pub(super) fn names(table: &RawTable) -> Vec<&str> {
        table.columns.iter().map(|column| column.name.as_str()).collect()
    }

    pub(super) fn fault_row(text: &str) -> usize {
        match read(text).unwrap_err() {
            FormatError::Row { row, .. } | FormatError::NotANumber { row, .. } => row,
            other => panic!("another fault: {other}"),
        }
    }

    #[test]
    fn a_plain_comma_file_is_read() {
        let table = read("code,name,n\n0180R001,\"Årsta, norra\",5\n0180R002,Husby,\n").unwrap();
        assert_eq!(cells(&table, "code"), ["0180R001", "0180R002"]);
        assert_eq!(cells(&table, "name"), ["Årsta, norra", "Husby"]);
        assert_eq!(cells(&table, "n"), ["5", "∅"]);
        assert_eq!(table.rows, [2, 3]);
        assert_eq!(table.notes, ["Encoding: UTF-8.", "Delimiter: comma.", "Decimal mark: point."]);
        assert!(table.columns.iter().all(|column| column.status.is_empty()));
    }

    #[test]
    fn blank_names_are_numbered_and_double_names_refused() {
        assert_eq!(names(&read(",2022\nHusby,4\n").unwrap()), ["column_1", "2022"]);
        assert_eq!(names(&read("a;b;\n1;2;\n").unwrap()), ["a", "b"]);
        assert!(matches!(
            read("a,b,a\n1,2,3\n").unwrap_err(),
            FormatError::DuplicateColumn { column, .. } if column == "a"
        ));
    }

    #[test]
    fn missing_marks_are_missing_in_number_columns_only() {
        let table = read("kod;namn;n\na;-;1\nb;Husby;..\nc;Kista;-\nd;Akalla;\ne;Tensta;…\n");
        let table = table.unwrap();
        assert_eq!(cells(&table, "namn")[0], "-");
        assert_eq!(cells(&table, "n"), ["1", "∅", "∅", "∅", "∅"]);
        let status = &table.column("n").unwrap().status;
        assert_eq!((status[0], status[1], status[3]), (ObsStatus::A, ObsStatus::M, ObsStatus::M));
        assert!(
            table.notes.iter().any(|note| note.starts_with("Missing: 2 cells marked with dots"))
        );
        assert!(table.notes.iter().any(|note| note.contains("can mean zero")));
    }

    #[test]
    fn empty_binary_and_headless_files_are_refused() {
        assert!(matches!(read("").unwrap_err(), FormatError::Empty { .. }));
        assert!(matches!(read(" \n\n").unwrap_err(), FormatError::Empty { .. }));
        assert!(matches!(read("a,b\n").unwrap_err(), FormatError::NotWhatItSays { .. }));
        assert!(matches!(read("PK\0\0").unwrap_err(), FormatError::NotWhatItSays { .. }));
        assert!(matches!(
            read("a,b\n1,2\n\"3,4\n5,6\n").unwrap_err(),
            FormatError::Truncated { reason, .. } if reason.contains("line 3")
        ));
    }

    #[test]
    fn encodings_are_detected_named_or_refused() {
        let latin = b"omr\xe5de;v\xe4rde\nS\xe4tra;1\nV\xe5rberg;2\n";
        let table = read_csv(Path::new("t"), latin, &CsvOptions::default()).unwrap();
        assert_eq!(names(&table), ["område", "värde"]);
        assert_eq!(table.notes[0], "Encoding: windows-1252.");
        let options = CsvOptions { encoding: Some("utf-8".to_owned()), ..CsvOptions::default() };
        assert!(matches!(
            read_csv(Path::new("t"), latin, &options).unwrap_err(),
            FormatError::Decode { .. }
        ));
    }

    #[test]
    fn the_real_tables_of_stockholm_are_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/stockholm");
        for (name, rows, columns) in [
            ("regso_socioekonomisk_index_2022.csv", 3363, 2),
            ("koppling-deso2018-regso2020.csv", 5984, 5),
            ("health_facilities_2020.csv", 1546, 5),
        ] {
            let path = folder.join(name);
            let Ok(bytes) = std::fs::read(&path) else {
                eprintln!("skipped: {} is absent", path.display());
                return;
            };
            let table = read_csv(&path, &bytes, &CsvOptions::default()).unwrap();
            assert_eq!((table.rows.len(), table.columns.len()), (rows, columns), "{name}");
            assert_eq!(table.rows[0], 2, "{name}");
        }
    }

    proptest! {
        #[test]
        fn every_cell_of_a_written_table_comes_back(
            rows in proptest::collection::vec(("[a-zåäö]{1,6}", "[a-z;|\"\n]{0,6}x", 0_u16..), 1..20),
        ) {
            let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
            let mut text = "key,name,count\n".to_owned();
            for (key, name, count) in &rows {
                text.push_str(&[key, ",", &quoted(name), ",", &count.to_string(), "\n"].concat());
            }
            let options = CsvOptions { delimiter: Some(b','), ..CsvOptions::default() };
            let table = read_csv(Path::new("t"), text.as_bytes(), &options).unwrap();
            for (at, (key, name, count)) in rows.iter().enumerate() {
                prop_assert_eq!(cells(&table, "key")[at], key);
                prop_assert_eq!(cells(&table, "name")[at], name.trim());
                prop_assert_eq!(cells(&table, "count")[at], count.to_string());
            }
        }

        #[test]
        fn arbitrary_bytes_give_equal_columns_or_a_fault(
            bytes in proptest::collection::vec(
                prop_oneof![Just(b','), Just(b';'), Just(b'\n'), Just(b'\r'), Just(b'"'), Just(b'.'), any::<u8>()],
                0..300,
            ),
        ) {
            if let Ok(table) = read_csv(Path::new("t"), &bytes, &CsvOptions::default()) {
                prop_assert!(!table.rows.is_empty());
                prop_assert!(table.columns.iter().all(|column| column.cells.len() == table.rows.len()));
                prop_assert!(table.rows.is_sorted());
            }
        }
    }
}
