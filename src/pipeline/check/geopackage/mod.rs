//! `GeoPackage` (OGC 12-128): identification, tables, systems, extensions, each layer with its index, and
//! what stands beside the layers: metadata, styles, projects.

mod beside;
mod database;
mod layers;
mod systems;

use std::path::Path;

pub(super) use database::Database;

use crate::formats;

/// The findings of one look, or the sentence that says why it could not be taken.
type Found = Result<Vec<String>, String>;

pub(super) fn findings(file: &Path) -> Vec<String> {
    let mut findings = match identification(file) {
        Ok(findings) => findings,
        Err(finding) => return vec![finding],
    };
    match Database::open(file) {
        Ok(database) => findings.extend(look(&database)),
        Err(finding) => {
            // What is missing says more than that the whole does not open.
            let missing = Database::open_plain(file).and_then(|database| tables(&database));
            let missing = missing.unwrap_or_default();
            findings.extend(if missing.is_empty() { vec![finding] } else { missing });
        }
    }
    findings
}

fn look(database: &Database) -> Vec<String> {
    let looks: [fn(&Database) -> Found; 8] = [
        tables,
        contents,
        systems::findings,
        extensions,
        layers::findings,
        beside::metadata,
        beside::styles,
        beside::projects,
    ];
    let mut findings = Vec::new();
    for look in looks {
        match look(database) {
            Ok(found) => findings.extend(found),
            // What cannot be asked has been told by the look before, or is told here.
            Err(finding) => findings.push(finding),
        }
    }
    findings
}

/// The words that tell a `GeoPackage` from other `SQLite` files (requirement 2), and its version.
fn identification(file: &Path) -> Found {
    let bytes = formats::read(file).map_err(|error| error.to_string())?;
    let word = |at: usize| bytes.get(at..at + 4).and_then(|word| <[u8; 4]>::try_from(word).ok());
    let (Some(version), Some(id)) = (word(60), word(68)) else { return Ok(Vec::new()) };
    let version = u32::from_be_bytes(version);
    Ok(match &id {
        // Version 1.0 and 1.1 say it in the id itself.
        b"GP10" | b"GP11" => Vec::new(),
        b"GPKG" if (10200..10500).contains(&version) => Vec::new(),
        b"GPKG" => vec![format!("user_version is {version}, which is no version of GeoPackage")],
        other => vec![format!("application_id is \"{}\", not \"GPKG\"", other.escape_ascii())],
    })
}

/// Which tables have to be there follows from what the others hold.
fn tables(database: &Database) -> Found {
    let always = ["gpkg_spatial_ref_sys", "gpkg_contents"];
    let mut required = always.to_vec();
    if database.has_table("gpkg_contents")
        && database.number("SELECT count(*) FROM gpkg_contents WHERE data_type = 'features'")? > 0
    {
        required.push("gpkg_geometry_columns");
    }
    let indexes = "SELECT count(*) FROM sqlite_master WHERE name LIKE 'rtree\\_%' ESCAPE '\\'";
    if database.number(indexes)? > 0 {
        required.push("gpkg_extensions");
    }
    required.retain(|table| !database.has_table(table));
    Ok(required.iter().map(|table| format!("required table {table} is missing")).collect())
}

/// What is listed is there, in a system that is listed, and features have a geometry column.
fn contents(database: &Database) -> Found {
    if !database.has_table("gpkg_contents") {
        return Ok(Vec::new());
    }
    let mut findings = Vec::new();
    for row in database.rows("SELECT table_name, data_type FROM gpkg_contents ORDER BY 1")? {
        let [Some(table), kind] = row.as_slice() else { continue };
        if !database.has_table(table) {
            findings.push(format!("gpkg_contents lists \"{table}\", and there is no such table"));
        } else if kind.as_deref() == Some("features") && !has_geometry(database, table)? {
            findings.push(format!("\"{table}\" has no row in gpkg_geometry_columns"));
        }
    }
    Ok(findings)
}

fn has_geometry(database: &Database, table: &str) -> Result<bool, String> {
    let query = "SELECT count(*) FROM gpkg_geometry_columns WHERE lower(table_name) = lower";
    // A missing table has been told already.
    Ok(!database.has_table("gpkg_geometry_columns")
        || database.number(&format!("{query}({})", database::text(table)))? > 0)
}

/// Each extension names a table and a column that exist.
fn extensions(database: &Database) -> Found {
    if !database.has_table("gpkg_extensions") {
        return Ok(Vec::new());
    }
    let mut findings = Vec::new();
    let query = "SELECT table_name, column_name, extension_name FROM gpkg_extensions \
                 WHERE table_name IS NOT NULL ORDER BY 1, 2, 3";
    for row in database.rows(query)? {
        let [Some(table), column, name] = row.as_slice() else { continue };
        let name = name.as_deref().unwrap_or_default();
        if !database.has_table(table) {
            findings
                .push(format!("extension {name} names table \"{table}\", which does not exist"));
        } else if let Some(column) = column
            && !database.has_column(table, column)?
        {
            findings.push(format!(
                "extension {name} names column \"{column}\" of \"{table}\", which does not exist"
            ));
        }
    }
    Ok(findings)
}
