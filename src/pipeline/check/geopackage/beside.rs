//! What stands beside the layers: metadata as the standard wants them, styles and projects as QGIS does.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{Cursor, Read};
use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::Found;
use super::database::{Database, text};
use crate::formats::geopackage::{METADATA, PROJECTS, STYLES};

const REFERENCES: &str = "gpkg_metadata_reference";

/// Metadata are registered, refer to what is there, and every reference leads to a document (clause F.8).
pub(super) fn metadata(database: &Database) -> Found {
    if !database.has_table(METADATA) && !database.has_table(REFERENCES) {
        return Ok(Vec::new());
    }
    let tables = [METADATA, REFERENCES];
    let missing: Vec<&str> =
        tables.into_iter().filter(|table| !database.has_table(table)).collect();
    if !missing.is_empty() {
        let missing = missing.iter();
        return Ok(missing
            .map(|table| format!("table {table} of the metadata is missing"))
            .collect());
    }
    let mut findings = Vec::new();
    for table in tables {
        if !is_registered(database, table)? {
            findings.push(format!("{table} has no row in gpkg_extensions"));
        }
    }
    let query = format!(
        "SELECT r.reference_scope, r.table_name, r.md_file_id, m.id FROM {REFERENCES} AS r \
         LEFT JOIN {METADATA} AS m ON m.id = r.md_file_id ORDER BY r.md_file_id, r.table_name"
    );
    for row in database.rows(&query)? {
        let [scope, table, document, found] = row.as_slice() else { continue };
        let of_file = scope.as_deref() == Some("geopackage");
        match table {
            Some(table) if !database.has_table(table) => {
                findings.push(format!("metadata describe \"{table}\", and there is no such table"));
            }
            None if !of_file => {
                findings.push("metadata describe a table and do not name it".to_owned());
            }
            _ => {}
        }
        if found.is_none() {
            let document = document.as_deref().unwrap_or_default();
            findings.push(format!("metadata refer to document {document}, which is not there"));
        }
    }
    let documents =
        format!("SELECT id, metadata FROM {METADATA} WHERE mime_type = 'text/xml' ORDER BY id");
    for row in database.rows(&documents)? {
        let [Some(id), Some(xml)] = row.as_slice() else { continue };
        findings
            .extend(malformed(xml).map(|why| format!("metadata document {id} is no XML: {why}")));
    }
    Ok(findings)
}

fn is_registered(database: &Database, table: &str) -> Result<bool, String> {
    if !database.has_table("gpkg_extensions") {
        return Ok(false);
    }
    let query = "SELECT count(*) FROM gpkg_extensions WHERE extension_name = 'gpkg_metadata' AND lower(table_name) =";
    Ok(database.number(&format!("{query} {}", text(table)))? > 0)
}

/// Each style is of a layer that is there, is XML, and no layer has two defaults.
pub(super) fn styles(database: &Database) -> Found {
    if !database.has_table(STYLES) {
        return Ok(Vec::new());
    }
    let query =
        "SELECT f_table_name, styleName, styleQML, useAsDefault FROM layer_styles ORDER BY id";
    let (mut findings, mut defaults) = (Vec::new(), BTreeSet::new());
    for row in database.rows(query)? {
        let [Some(layer), name, qml, is_default] = row.as_slice() else {
            findings.push("a style does not say of which layer it is".to_owned());
            continue;
        };
        let name = name.as_deref().unwrap_or_default();
        if !database.has_table(layer) {
            findings
                .push(format!("style \"{name}\" is of \"{layer}\", and there is no such table"));
        }
        if let Some(why) = malformed(qml.as_deref().unwrap_or_default()) {
            findings.push(format!("style \"{name}\" of \"{layer}\" is no XML: {why}"));
        }
        let is_default = is_default.as_deref().is_some_and(|flag| flag == "1" || flag == "true");
        if is_default && !defaults.insert(layer.clone()) {
            findings.push(format!("layer \"{layer}\" has more than one default style"));
        }
    }
    Ok(findings)
}

/// Each project opens: hexadecimal digits of an archive that holds one as XML.
pub(super) fn projects(database: &Database) -> Found {
    if !database.has_table(PROJECTS) {
        return Ok(Vec::new());
    }
    let mut findings = Vec::new();
    // The column is declared to hold bytes, and QGIS puts text into it.
    let query = "SELECT name, CAST(content AS TEXT) FROM qgis_projects ORDER BY 1";
    for row in database.rows(query)? {
        let [name, content] = row.as_slice() else { continue };
        let opened = project(content.as_deref().unwrap_or_default());
        let fault = opened.map_or_else(Some, |xml| malformed(&xml));
        let name = name.as_deref().unwrap_or_default();
        findings.extend(fault.map(|fault| format!("project \"{name}\" does not open: {fault}")));
    }
    Ok(findings)
}

/// The text of a project from the digits of its archive.
fn project(digits: &str) -> Result<String, String> {
    let pair = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    };
    let bytes: Option<Vec<u8>> = digits.as_bytes().chunks(2).map(pair).collect();
    let bytes = bytes.ok_or("it is not written in hexadecimal digits")?;
    let mut archive =
        zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let names: Vec<String> =
        archive.file_names().filter_map(Result::ok).map(Cow::into_owned).collect();
    let name =
        names.iter().find(|name| Path::new(name).extension().is_some_and(|ending| ending == "qgs"));
    let name = name.ok_or("the archive holds no .qgs")?;
    let mut text = String::new();
    let mut file = archive.by_name(name).map_err(|error| error.to_string())?;
    file.read_to_string(&mut text).map_err(|error| error.to_string())?;
    Ok(text)
}

/// What is wrong with a text that should be XML.
fn malformed(xml: &str) -> Option<String> {
    let mut reader = Reader::from_str(xml);
    let (mut elements, mut open) = (0, 0);
    loop {
        match reader.read_event() {
            Ok(Event::Eof) if elements == 0 => return Some("it is empty".to_owned()),
            Ok(Event::Eof) if open > 0 => return Some("an element does not end".to_owned()),
            Ok(Event::Eof) => return None,
            Ok(Event::Start(_)) => (elements, open) = (elements + 1, open + 1),
            Ok(Event::Empty(_)) => elements += 1,
            Ok(Event::End(_)) => open -= 1,
            Ok(_) => {}
            Err(error) => return Some(error.to_string()),
        }
    }
}
