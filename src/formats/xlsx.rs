//! XLSX: a sheet as a table of text, laid out by the same rules as CSV: titles above, footnotes below.

use std::io::Cursor;
use std::path::Path;

use calamine::{Data, Reader as _, Xlsx};
use zip::ZipArchive;

use super::csv::{CsvOptions, read_text};
use super::error::FormatError;
use super::raw::RawTable;
use super::text::Decoded;

/// Unpacked bytes of a whole workbook.
const MAX_BYTES: u64 = 1 << 30;
/// Unpacked over packed bytes; sheets reach 10 to 40.
const MAX_RATIO: u64 = 200;
/// Unpacked bytes up to which the ratio does not matter.
const FREE_BYTES: u64 = 1 << 20;

/// A larger sheet than a spreadsheet program makes is refused before it is unfolded.
const MOST_CELLS: usize = 50_000_000;

/// Reads a sheet, the only one where none is named.
///
/// Rows keep their numbers in the sheet. A date is written as in ISO 8601, without its time. A cell that holds an error of its formula is missing, and noted.
///
/// # Errors
/// [`FormatError`] when it is no workbook, several sheets are there and none is named, and those of a CSV file.
pub fn read_xlsx(
    file: &Path,
    bytes: &[u8],
    sheet: Option<&str>,
    options: &CsvOptions,
) -> Result<RawTable, FormatError> {
    let damaged = |reason: String| FormatError::NotWhatItSays {
        file: file.into(),
        expected: "an XLSX workbook",
        reason,
        help: "open it in a spreadsheet program and save it as .xlsx or .csv".to_owned(),
    };
    refuse_bomb(bytes).map_err(damaged)?;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|error| damaged(error.to_string()))?;
    let names = book.sheet_names();
    let sheet = choose(file, &names, sheet)?;
    let range = book.worksheet_range(&sheet).map_err(|error| damaged(error.to_string()))?;
    let (height, width) = range.get_size();
    if height.saturating_mul(width) > MOST_CELLS {
        return Err(damaged(format!("sheet \"{sheet}\" spans {height} rows and {width} columns")));
    }
    let (mut text, mut errors) = (String::new(), 0_usize);
    // Rows above the first that is filled count, so that rows keep their numbers.
    let (above, left) = range.start().unwrap_or_default();
    let (above, left) = (above as usize, left as usize);
    let empty = ";".repeat(width.saturating_sub(1) + left);
    for _ in 0..above {
        text.push_str(&empty);
        text.push('\n');
    }
    for row in range.rows() {
        let cells = row.iter().map(|cell| {
            errors += usize::from(matches!(cell, Data::Error(_)));
            quoted(cell)
        });
        text.push_str(&";".repeat(left));
        text.push_str(&cells.collect::<Vec<_>>().join(";"));
        text.push('\n');
    }
    let is_number = |line: usize, column: usize| {
        let place = line.checked_sub(1 + above).zip(column.checked_sub(left));
        let cell = place.and_then(|place| range.get(place));
        matches!(cell, Some(Data::Int(_) | Data::Float(_)))
    };
    let options = CsvOptions { delimiter: Some(b';'), ..options.clone() };
    let decoded = Decoded { text, encoding: "UTF-8" };
    let mut table = read_text(file, &decoded, &options, &is_number)?;
    table.notes.retain(|note| !note.starts_with("Encoding") && !note.starts_with("Delimiter"));
    table.notes.insert(0, format!("Sheet: {sheet}."));
    if errors > 0 {
        table.notes.push(format!("Missing: {errors} cells hold an error of their formula."));
    }
    Ok(table)
}

/// A workbook is a zip file, whose list of entries says what each unpacks to.
fn refuse_bomb(bytes: &[u8]) -> Result<(), String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let mut unpacked = 0_u64;
    for at in 0..archive.len() {
        let entry = archive.by_index_raw(at).map_err(|error| error.to_string())?;
        unpacked = unpacked.saturating_add(entry.size());
    }
    let ratio = unpacked / (bytes.len() as u64).max(1);
    if unpacked > MAX_BYTES || (unpacked > FREE_BYTES && ratio > MAX_RATIO) {
        return Err(format!("it unpacks to {unpacked} bytes, {ratio} times as many"));
    }
    Ok(())
}

fn choose(file: &Path, names: &[String], asked: Option<&str>) -> Result<String, FormatError> {
    match (asked, names) {
        (Some(asked), _) if names.iter().any(|name| name == asked) => Ok(asked.to_owned()),
        (Some(asked), _) => Err(FormatError::NoSuchLayer {
            file: file.into(),
            layer: asked.to_owned(),
            found: names.join(", "),
        }),
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(FormatError::ManyLayers {
            file: file.into(),
            count: names.len(),
            names: names.join(", "),
        }),
    }
}

fn quoted(cell: &Data) -> String {
    let text = match cell {
        Data::Empty | Data::Error(_) => String::new(),
        Data::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Data::Bool(flag) => flag.to_string(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::DateTime(time) if time.is_datetime() => {
            let (year, month, day, ..) = time.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        other => other.to_string(),
    };
    if text.contains([';', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_workbook_that_unpacks_to_far_more_is_refused() {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("xl/workbook.xml", zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&vec![b' '; 8 << 20]).unwrap();
        let bytes = zip.finish().unwrap().into_inner();
        let error =
            read_xlsx(Path::new("b.xlsx"), &bytes, None, &CsvOptions::default()).unwrap_err();
        assert!(error.to_string().contains("it unpacks to 8388608 bytes"), "{error}");
    }

    /// A workbook of one sheet.
    fn workbook(sheet: &str) -> Vec<u8> {
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let package = "http://schemas.openxmlformats.org/package/2006/relationships";
        let relation = |id: &str, kind: &str, target: &str| {
            format!(
                "<Relationships xmlns=\"{package}\"><Relationship Id=\"{id}\" Type=\"{relations}/{kind}\" Target=\"{target}\"/></Relationships>"
            )
        };
        let book = format!(
            "<workbook xmlns=\"{main}\" xmlns:r=\"{relations}\"><sheets><sheet name=\"A\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
        );
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in [
            ("_rels/.rels", relation("r1", "officeDocument", "xl/workbook.xml")),
            ("xl/workbook.xml", book),
            ("xl/_rels/workbook.xml.rels", relation("r1", "worksheet", "worksheets/sheet1.xml")),
            (
                "xl/worksheets/sheet1.xml",
                format!("<worksheet xmlns=\"{main}\">{sheet}</worksheet>"),
            ),
        ] {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    /// Found by fuzzing: what a sheet says of its extent is a hint, and may be turned round.
    #[test]
    fn an_extent_that_is_turned_round_is_no_matter() {
        let cell = |place: &str, text: &str| {
            format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
        };
        let rows = format!(
            "<row r=\"1\">{}{}</row><row r=\"2\">{}{}</row>",
            cell("A1", "code"),
            cell("B1", "n"),
            cell("A2", "x"),
            cell("B2", "7")
        );
        for extent in ["A1:B2", "B6:A1", "XFD1048576:A1"] {
            let sheet = format!("<dimension ref=\"{extent}\"/><sheetData>{rows}</sheetData>");
            let table =
                read_xlsx(Path::new("b.xlsx"), &workbook(&sheet), None, &CsvOptions::default());
            let table = table.unwrap();
            assert_eq!(table.column("n").unwrap().cells, [Some("7".to_owned())], "{extent}");
        }
    }

    #[test]
    fn a_number_is_what_the_sheet_holds_beside_text_with_a_comma() {
        let text = |place: &str, text: &str| {
            format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
        };
        let number = |place: &str, number: &str| format!("<c r=\"{place}\"><v>{number}</v></c>");
        let rows = [
            format!("{}{}{}", text("B2", "code"), text("C2", "a"), text("D2", "b")),
            format!("{}{}{}", text("B3", "x"), number("C3", "1.234"), text("D3", "1 234,5")),
            format!("{}{}{}", text("B4", "y"), text("C4", "5,5"), number("D4", "2.5")),
            format!("{}{}{}", text("B5", "z"), text("C5", ".."), number("D5", "95681")),
        ];
        let row = |(at, cells): (usize, &String)| format!("<row r=\"{}\">{cells}</row>", at + 2);
        let sheet: String = rows.iter().enumerate().map(row).collect();
        let sheet = format!("<sheetData>{sheet}</sheetData>");
        let table = read_xlsx(Path::new("b.xlsx"), &workbook(&sheet), None, &CsvOptions::default());
        let table = table.unwrap();
        let cells = |name: &str| -> Vec<String> {
            table
                .column(name)
                .unwrap()
                .cells
                .iter()
                .map(|c| c.clone().unwrap_or_default())
                .collect()
        };
        assert_eq!(cells("a"), ["1.234", "5.5", ""]);
        assert_eq!(cells("b"), ["1234.5", "2.5", "95681"]);
        assert!(table.notes.contains(&"Decimal mark: comma.".to_owned()), "{:?}", table.notes);
    }

    #[test]
    fn what_is_no_workbook_is_told() {
        let error =
            read_xlsx(Path::new("b.xlsx"), b"a;b", None, &CsvOptions::default()).unwrap_err();
        assert!(error.to_string().contains("is not an XLSX workbook"), "{error}");
    }
}
