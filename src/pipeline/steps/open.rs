//! What steps that open files are told alike about them.

use std::path::Path;

use crate::formats::OpenOptions;
use crate::formats::csv::CsvOptions;
use crate::model::Crs;
use crate::pipeline::file::{Key, Shape, Values};
use crate::pipeline::{self, PipelineError};

/// Each is taken from the file, or detected in it and reported, where it is not given.
pub(super) const KEYS: &[Key] = &[
    Key::new("layer", Shape::Text, "the layer, where the file holds several"),
    Key::new(
        "input_crs",
        Shape::Text,
        "the system of the coordinates, instead of what the file says",
    ),
    Key::new("repair", Shape::Flag, "rebuild invalid polygons and leave out empty ones"),
    Key::new(
        "delimiter",
        Shape::Text,
        "between the cells of a CSV file: comma, semicolon, tab, bar, or one character",
    ),
    Key::new("encoding", Shape::Text, "of a CSV file, such as utf-8 or windows-1252"),
    Key::new("header_row", Shape::Number(1.0, 1e6), "the line of the column names of a CSV file"),
    Key::new("decimal", Shape::Choice(&["comma", "point"]), "the decimal mark of a CSV file"),
];

/// A table whose columns are joined to a layer.
pub(super) const VALUES: &[Key] = &[
    Key::new("values", Shape::File, "a table to join"),
    Key::new("key", Shape::Text, "the column that layer and table share"),
    Key::new("values_key", Shape::Text, "the key column of the table, where it has another name"),
];

/// What is wrong with these values.
pub(super) fn check(values: &Values) -> Vec<(&'static str, String)> {
    let mut wrong = Vec::new();
    let crs = values.text("input_crs").map(Crs::parse);
    wrong.extend(crs.and_then(Result::err).map(|error| ("input_crs", error.to_string())));
    let mark = values.text("delimiter").filter(|text| delimiter(text).is_none());
    wrong.extend(mark.map(|text| ("delimiter", format!("\"{text}\" is no delimiter"))));
    if values.file("values").is_some() && values.text("key").is_none() {
        wrong
            .push(("values", "a table of values needs key, the column that both share".to_owned()));
    }
    wrong
}

/// How a layer and the table that is joined to it are opened: what is said of CSV is said of the table where there is one.
pub(super) fn both(values: &Values) -> Result<(OpenOptions, OpenOptions), PipelineError> {
    let (mut layer, mut table) = (options(values)?, OpenOptions::default());
    if values.file("values").is_some() {
        std::mem::swap(&mut layer.csv, &mut table.csv);
    }
    Ok((layer, table))
}

/// The same for the code that opens files.
pub(super) fn options(values: &Values) -> Result<OpenOptions, PipelineError> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the bounds of the key
    let header_row = values.number("header_row").map(|row| row as usize);
    Ok(OpenOptions {
        layer: values.text("layer").map(str::to_owned),
        crs: values.text("input_crs").map(Crs::parse).transpose()?,
        repair: values.flag("repair"),
        csv: CsvOptions {
            delimiter: values.text("delimiter").and_then(delimiter),
            encoding: values.text("encoding").map(str::to_owned),
            header_row,
            decimal_comma: values.text("decimal").map(|mark| mark == "comma"),
        },
    })
}

/// The table that is joined to a layer, where there is one.
pub(super) fn joined<'a>(
    values: &'a Values,
    table: Option<&'a Path>,
    open: &'a OpenOptions,
) -> Option<pipeline::Values<'a>> {
    let (key, values_key) = (values.text("key"), values.text("values_key"));
    table.map(|file| pipeline::Values { file, open, key, values_key })
}

fn delimiter(text: &str) -> Option<u8> {
    match (text, text.as_bytes()) {
        ("comma", _) => Some(b','),
        ("semicolon", _) => Some(b';'),
        ("tab", _) => Some(b'\t'),
        ("bar", _) => Some(b'|'),
        (_, [mark]) if !mark.is_ascii_alphanumeric() && *mark != b'"' => Some(*mark),
        _ => None,
    }
}
