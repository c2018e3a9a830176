//! The systems of a `GeoPackage` against what PROJ says of them.

use super::Found;
use super::database::Database;
use crate::model::Crs;

/// Rows that every `GeoPackage` has (requirement 11).
const REQUIRED: [&str; 3] = ["-1", "0", "4326"];

pub(super) fn findings(database: &Database) -> Found {
    if !database.has_table("gpkg_spatial_ref_sys") {
        return Ok(Vec::new());
    }
    let query = "SELECT srs_id, organization, organization_coordsys_id, definition \
                 FROM gpkg_spatial_ref_sys ORDER BY srs_id";
    let rows = database.rows(query)?;
    let ids: Vec<&str> = rows.iter().filter_map(|row| row.first()?.as_deref()).collect();
    let mut findings: Vec<String> = REQUIRED
        .iter()
        .filter(|id| !ids.contains(id))
        .map(|id| format!("required system {id} is missing from gpkg_spatial_ref_sys"))
        .collect();
    for row in &rows {
        let [Some(id), Some(organization), Some(code), Some(definition)] = row.as_slice() else {
            findings.push("a row of gpkg_spatial_ref_sys is incomplete".to_owned());
            continue;
        };
        findings.extend(defined(id, organization, code, definition));
    }
    findings.extend(used(database, &ids)?);
    Ok(findings)
}

/// The organization's code is known, and the definition is that of the code.
fn defined(id: &str, organization: &str, code: &str, definition: &str) -> Option<String> {
    if organization.eq_ignore_ascii_case("none") {
        return None;
    }
    let name = format!("{}:{code}", organization.to_uppercase());
    match Crs::parse(&name) {
        Err(_) => Some(format!("system {id} goes by {name}, which is not known")),
        Ok(crs) if !crs.is_described_by(definition) => {
            Some(format!("system {id} goes by {name}, and its definition is that of another"))
        }
        Ok(_) => None,
    }
}

/// Contents and geometry columns name systems that are listed, and the same one.
fn used(database: &Database, ids: &[&str]) -> Found {
    let mut findings = Vec::new();
    for table in ["gpkg_contents", "gpkg_geometry_columns"] {
        if !database.has_table(table) {
            continue;
        }
        let query = format!("SELECT table_name, srs_id FROM {table} WHERE srs_id IS NOT NULL");
        for row in database.rows(&query)? {
            let [Some(layer), Some(id)] = row.as_slice() else { continue };
            if !ids.contains(&id.as_str()) {
                findings
                    .push(format!("{table} gives \"{layer}\" system {id}, which is not listed"));
            }
        }
    }
    Ok(findings)
}
