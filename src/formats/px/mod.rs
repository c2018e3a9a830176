//! PX: the text format of PC-Axis and `PxWeb`, keywords first and the cells of a cube at the end.
//!
//! Source: "PX-file format specification", AXIS-VERSION 2013, and "Data in the PX-file" (Statistics
//! Sweden). Read is the main language only. Three steps: scan keywords, describe the cube, read cells.

mod cells;
mod header;
mod scan;

use std::path::Path;

use super::cube::{Cube, cell_count, publisher_note};
use super::error::{FormatError, Place};
use super::raw::RawTable;
use super::text::{Decoded, MarkCount, decode_declared, decode_text, looks_binary};
use cells::{Body, tokens};
use header::Header;
use scan::Scanner;

/// How far into the file its code page is looked for; it stands among the first keywords.
const HEAD_BYTES: usize = 4096;

/// Reads a PX file into one row a combination of categories.
///
/// Columns are named by `VARIABLECODE` where stated, else by the name of the variable, which is the
/// label; they hold `CODES`, else `VALUES`. The variable `CONTVARIABLE` names becomes value columns;
/// without one the column is `value`. A geography also gets `<column>_label`. Dots are `None` with
/// status `M`, and so is a dash, although it can mean zero; the notes say so. Row numbers are the
/// lines of the cells.
///
/// In a file with `KEYS`, rows that are not written are `None` with status `M`: the specification
/// leaves out rows of zeros, but writers leave out rows without data as well.
///
/// # Errors
///
/// [`FormatError`] with the line where possible: no PX file, an encoding that does not fit, variables
/// without values, codes that do not fit the values, a cell that is no number, and
/// [`FormatError::Truncated`] when cells or the closing semicolon are missing.
pub fn read_px(file: &Path, bytes: &[u8]) -> Result<RawTable, FormatError> {
    let (decoded, mut notes) = decode(file, bytes)?;
    let (keywords, data) = Scanner::new(&decoded.text, 1).keywords(file)?;
    let header = Header::of_main_language(keywords);
    let dimensions = header.dimensions(file)?;
    let count = cell_count(dimensions.iter().map(|dimension| dimension.categories.len()))
        .filter(|&count| count > 0)
        .ok_or_else(|| fault(file, "its variables multiply to no or too many cells"))?;
    let mut marks = MarkCount::default();
    let mut body =
        Body { file, line: data.line, tokens: tokens(file, &data, count)?, marks: &mut marks };
    let (cells, places) = match header.sparse_keys(file, &dimensions)? {
        None => body.dense(count)?,
        Some(keys) => body.sparse(&keys, count, &mut notes)?,
    };
    notes.extend(marks.notes());
    notes.extend(header.all("NOTE").chain(header.all("NOTEX")).filter_map(publisher_note));
    let text = |name: &str| header.text(name).filter(|text| !text.is_empty());
    Cube {
        dimensions,
        cells,
        places,
        measure: text("CONTENTS"),
        title: text("TITLE").or_else(|| text("DESCRIPTION")),
        publisher: text("SOURCE"),
        notes,
    }
    .into_table(file)
}

fn fault(file: &Path, reason: impl Into<String>) -> FormatError {
    FormatError::NotWhatItSays {
        file: file.into(),
        expected: "a PX file",
        reason: reason.into(),
        help: "fetch or export it again as PX".to_owned(),
    }
}

fn row_fault(file: &Path, row: usize, reason: impl Into<String>, help: &str) -> FormatError {
    let (reason, help) = (reason.into(), help.to_owned());
    FormatError::Row { place: Place::file(file), row, reason, help }
}

/// Reads the text in the code page the file states. A file that states another and is UTF-8 all the
/// same was re-encoded on its way, which valid letters beyond ASCII prove.
fn decode(file: &Path, bytes: &[u8]) -> Result<(Decoded, Vec<String>), FormatError> {
    if bytes.trim_ascii().is_empty() {
        return Err(FormatError::Empty { file: file.into() });
    }
    if looks_binary(bytes) {
        return Err(fault(file, "it holds binary data"));
    }
    let stated = stated_code_page(bytes);
    let re_encoded = !bytes.is_ascii() && std::str::from_utf8(bytes).is_ok();
    let decoded = match &stated {
        Some(label) if !re_encoded => {
            decode_declared(bytes, label).map_err(|reason| FormatError::Decode {
                file: file.into(),
                reason,
                help: "correct CODEPAGE in the file: it names the encoding".to_owned(),
            })?
        }
        _ => decode_text(bytes),
    };
    let mut notes = vec![format!("Encoding: {}.", decoded.encoding)];
    if let Some(label) = stated.filter(|label| re_encoded && !label.eq_ignore_ascii_case("utf-8")) {
        notes.push(format!("The file states CODEPAGE \"{label}\" but is UTF-8, and was read so."));
    }
    Ok((decoded, notes))
}

fn stated_code_page(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(bytes.get(..HEAD_BYTES).unwrap_or(bytes)).into_owned();
    let (_, rest) = head.split_once("CODEPAGE=\"")?;
    let (label, _) = rest.split_once('"')?;
    Some(label.trim().to_owned())
}

#[cfg(test)]
mod samples;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::print_stderr, clippy::indexing_slicing)]
    use super::*;
    use crate::formats::raw::{ColumnRole, RawColumn};
    use crate::model::ObsStatus;
    use proptest::prelude::*;

    const SMALL: &str = concat!(
        "CHARSET=\"ANSI\";\nCODEPAGE=\"utf-8\";\nLANGUAGE=\"sv\";\nLANGUAGES=\"sv\",\"en\";\n",
        "TITLE=\"Folkmängd; efter \"\n\"region\";\nSOURCE=\"SCB\";\nNOTE=\"Preliminär. Kan#ändras.\";\n",
        "STUB=\"region\",\"kön\";\nHEADING=\"innehåll\",\"år\";\nCONTVARIABLE=\"innehåll\";\n",
        "VARIABLECODE(\"region\")=\"Region\";\n",
        "VALUES(\"region\")=\"Stockholm\",\n\"Nacka\";\nVALUES(\"kön\")=\"män\",\"kvinnor\";\n",
        "VALUES(\"innehåll\")=\"Folkmängd\",\"Areal\";\nVALUES(\"år\")=\"2024\";\n",
        "TIMEVAL(\"år\")=TLIST(A1),\"2024\";\nCODES(\"region\")=\"0180\",\"0182\";\n",
        "CODES(\"kön\")=\"1\",\"2\";\nCODES(\"innehåll\")=\"pop\",\"area\";\nPRESTEXT(\"år\")=0;\n",
        "VALUES[en](\"region\")=\"Stockholm city\",\"Nacka city\";\nTITLE[en]=\"Population\";\n",
        "DATA=\n1 2.5 \n\"..\" \"-\" \n5 6 \n7 -8 \n;\n",
    );

    pub(super) fn read(text: &str) -> Result<RawTable, FormatError> {
        read_px(Path::new("t.px"), text.as_bytes())
    }

    pub(super) fn cells<'a>(table: &'a RawTable, name: &str) -> Vec<&'a str> {
        let column = table.column(name).unwrap();
        column.cells.iter().map(|cell| cell.as_deref().unwrap_or("∅")).collect()
    }

    pub(super) fn fault_of(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn the_main_language_is_read_and_contents_become_columns() {
        let table = read(SMALL).unwrap();
        let names: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["Region", "Region_label", "kön", "år", "pop", "area"]);
        assert_eq!(cells(&table, "Region"), ["0180", "0180", "0182", "0182"]);
        assert_eq!(cells(&table, "Region_label")[3], "Nacka");
        assert_eq!(cells(&table, "kön"), ["1", "2", "1", "2"]);
        assert_eq!(cells(&table, "pop"), ["1", "∅", "5", "7"]);
        assert_eq!(cells(&table, "area"), ["2.5", "∅", "6", "-8"]);
        assert_eq!(table.column("area").unwrap().status[1], ObsStatus::M);
        assert_eq!(table.column("area").unwrap().label.as_deref(), Some("Areal"));
        assert_eq!(table.column("år").unwrap().role, ColumnRole::Time);
        assert_eq!(table.column("Region").unwrap().role, ColumnRole::Geography);
        assert_eq!(table.title.as_deref(), Some("Folkmängd; efter region"));
        assert_eq!(table.publisher.as_deref(), Some("SCB"));
        assert!(table.notes.iter().any(|note| note.contains("can mean zero")));
        assert!(table.notes.contains(&"Publisher's note: Preliminär.".to_owned()));
    }

    #[test]
    fn the_total_of_a_variable_is_the_one_that_the_file_names() {
        let total = |named: &str| {
            let with = format!("ELIMINATION(\"kön\")={named};\nDATA=");
            read(&SMALL.replacen("DATA=", &with, 1)).unwrap().members["kön"].total.clone()
        };
        assert_eq!(total("\"kvinnor\"").as_deref(), Some("2"), "by its label");
        assert_eq!(total("YES"), None, "left out, and none of them stands for all");
        assert_eq!(read(SMALL).unwrap().members["kön"].labels["1"], "män");
    }

    #[test]
    fn rows_carry_the_lines_of_their_cells() {
        let first = SMALL.lines().position(|line| line == "DATA=").unwrap() + 2;
        assert_eq!(read(SMALL).unwrap().rows, [first, first + 1, first + 2, first + 3]);
    }

    #[test]
    fn a_cube_without_contents_or_codes_has_one_value_column() {
        let table =
            read("CONTENTS=\"Area\";HEADING=\"t\";VALUES(\"t\")=\"a\",\"b\";DATA=1,2;").unwrap();
        assert_eq!(cells(&table, "t"), ["a", "b"]);
        assert_eq!(cells(&table, "value"), ["1", "2"]);
        assert_eq!(table.column("value").unwrap().label.as_deref(), Some("Area"));
    }

    #[test]
    fn the_code_page_decides_unless_the_bytes_disprove_it() {
        let text =
            |page: &str| format!("CODEPAGE=\"{page}\";STUB=\"år\";VALUES(\"år\")=\"å\";DATA=1;");
        let latin: Vec<u8> = text("iso-8859-1").chars().map(|letter| letter as u8).collect();
        let table = read_px(Path::new("t"), &latin).unwrap();
        assert_eq!(cells(&table, "år"), ["å"]);
        assert_eq!(table.notes[0], "Encoding: windows-1252.");
        let table = read(&text("iso-8859-1")).unwrap();
        assert_eq!(cells(&table, "år"), ["å"]);
        assert!(table.notes[1].contains("but is UTF-8"));
        let wrong: Vec<u8> = text("utf-8").chars().map(|letter| letter as u8).collect();
        assert!(matches!(read_px(Path::new("t"), &wrong).unwrap_err(), FormatError::Decode { .. }));
    }

    #[test]
    fn a_file_cut_off_is_truncated_with_both_counts() {
        let cut = |end: &str| fault_of(&SMALL.replace("7 -8 \n;\n", end));
        assert!(cut("7 \n;").contains("holds 7 data cells where its variables call for 8"));
        assert!(cut("7 -8 9;").contains("holds 9 data cells"));
        assert!(cut("7 -8").contains("semicolon that closes DATA is missing after 8 of 8 cells"));
        assert!(cut("7 \".;").contains("is never closed"));
        assert!(fault_of("TITLE=\"a\";\nSTUB=\"b\";\n").contains("ends in line 3 without DATA"));
    }

    #[test]
    fn faults_name_the_line() {
        for (text, wanted) in [
            ("A=1;\nB\"x\";DATA=1;", "row 2: keyword \"B\" has no equals sign"),
            ("A=1;\nB=\"x;\nDATA=1;", "row 2: keyword \"B\" has an open quote"),
            ("A[sv=\"x\";DATA=1;", "row 1: keyword \"A\" has an open bracket"),
            ("A(\"x\"", "row 1: keyword \"A\" has an open parenthesis"),
            (
                "STUB=\"x\";VALUES(\"x\")=\"1\",\"2\";\nCODES(\"x\")=\"1\";DATA=1 2;",
                "row 2: variable \"x\" has 1 CODES for 2 VALUES",
            ),
            (
                "STUB=\"x\";VALUES(\"x\")=\"1\";\nDATA=\n1.2.3;",
                "row 3: data cell \"1.2.3\" is not a number",
            ),
            ("STUB=\"x\";DATA=1;", "variable \"x\" has no VALUES"),
            (
                "STUB=\"x\";TIMEVAL(\"x\")=TLIST(A1,\"1990\"-\"1995\");DATA=1;",
                "variable \"x\" has no VALUES",
            ),
            ("A=1;DATA=1;", "names no variables"),
            ("hello", "holds no keywords"),
            ("\0\0", "binary"),
            (" \n", "empty"),
        ] {
            let message = fault_of(text);
            assert!(message.contains(wanted), "{message}");
        }
    }

    fn sample(name: &str) -> Option<(RawTable, usize)> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/formats").join(name);
        let Ok(bytes) = std::fs::read(&path) else {
            eprintln!("skipped: {} is absent", path.display());
            return None;
        };
        let table = read_px(&path, &bytes).unwrap();
        let missing =
            |column: &RawColumn| column.cells.iter().filter(|cell| cell.is_none()).count();
        let values = table.columns.iter().filter(|column| column.role == ColumnRole::Value);
        let missing = values.map(missing).sum();
        Some((table, missing))
    }

    /// Sums and counts taken from the text of the files by other means.
    #[test]
    fn the_sample_tables_of_pxweb_are_read_whole() {
        for (name, rows, columns, missing, sum) in [
            ("px/TAB001.px", 30 * 3 * 22 * 3, 6, 2259, 6_943_770_852),
            ("px/TAB002.px", 30 * 3 * 22 * 5 * 2, 7, 9921, 7_452_698_116),
            ("px/TAB003.px", 9 * 34 * 4, 5, 18, 1_162_846_580),
            ("px/TAB004.px", 14 * 11 * 28, 4, 1103, 56_187_261),
            ("px/TAB005.px", 6402, 5, 107, 454_352_667),
            ("jsonstat2/tab4_fewcells.px", 1, 4, 0, 445),
        ] {
            let Some((table, found)) = sample(name) else {
                return;
            };
            let size = (table.rows.len(), table.columns.len(), found);
            assert_eq!(size, (rows, columns, missing), "{name}");
            let values = table.columns.iter().filter(|column| column.role == ColumnRole::Value);
            let present = values.flat_map(|column| &column.cells).flatten();
            assert_eq!(
                present.map(|cell| cell.parse::<i64>().unwrap()).sum::<i64>(),
                sum,
                "{name}"
            );
        }
    }

    #[test]
    fn known_cells_of_the_samples_are_found() {
        let Some((one, _)) = sample("px/TAB001.px") else {
            return;
        };
        assert_eq!(cells(&one, "HNMGA")[..3], ["∅", "4041797", "4143737"]);
        let names: Vec<_> = one.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["REGION", "REGION_label", "SEX", "AGE", "TIME", "HNMGA"]);
        let Some((few, _)) = sample("jsonstat2/tab4_fewcells.px") else {
            return;
        };
        let Some((four, _)) = sample("px/TAB004.px") else {
            return;
        };
        // The small extract holds one cell of the large table.
        let names = ["SECTOR", "GREENHOUSEGAS", "TIME", "Emission"];
        let [sector, gas, time, emission] = names.map(|name| cells(&four, name));
        let same = (0..four.rows.len())
            .find(|&row| [sector[row], gas[row], time[row]] == ["7.0", "CO2", "2017"]);
        assert_eq!(vec![emission[same.unwrap()]], cells(&few, "Emission"));
    }

    proptest! {
        #[test]
        fn a_damaged_file_gives_equal_columns_or_a_fault(
            at in 0_usize..SMALL.len(),
            length in 0_usize..40,
            junk in proptest::collection::vec(
                prop_oneof![Just(b'"'), Just(b';'), Just(b'='), Just(b'('), Just(b'['), Just(b'\n'), any::<u8>()],
                0..20,
            ),
        ) {
            let mut bytes = SMALL.as_bytes().to_vec();
            bytes.splice(at..(at + length).min(SMALL.len()), junk);
            if let Ok(table) = read_px(Path::new("t"), &bytes) {
                let even = |column: &RawColumn| column.cells.len() == table.rows.len();
                prop_assert!(table.columns.iter().all(even));
            }
        }

        #[test]
        fn arbitrary_bytes_are_never_a_table_without_keywords(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            prop_assert!(read_px(Path::new("t"), &bytes).is_err());
        }
    }
}
