//! Each layer of a `GeoPackage`: its geometry against what is declared of it, and its index against its geometry.

use super::Found;
use super::database::{Database, quoted, text};
use crate::formats::{self, OpenOptions};

/// Extents are written with 15 digits.
const ROUNDING: &str = "1e-14";

/// A row of `gpkg_geometry_columns`.
struct Layer<'a> {
    database: &'a Database,
    name: String,
    column: String,
    kind: String,
    system: i64,
}

pub(super) fn findings(database: &Database) -> Found {
    if !database.has_table("gpkg_geometry_columns") {
        return Ok(Vec::new());
    }
    let query = "SELECT table_name, column_name, geometry_type_name, srs_id \
                 FROM gpkg_geometry_columns ORDER BY 1";
    let mut findings = Vec::new();
    for row in database.rows(query)? {
        let [Some(name), Some(column), Some(kind), Some(system)] = row.as_slice() else {
            findings.push("a row of gpkg_geometry_columns is incomplete".to_owned());
            continue;
        };
        let layer = Layer {
            database,
            name: name.clone(),
            column: column.clone(),
            kind: kind.to_uppercase(),
            system: system.parse().unwrap_or_default(),
        };
        findings.extend(layer.findings()?);
    }
    Ok(findings)
}

impl Layer<'_> {
    fn findings(&self) -> Found {
        let (name, column) = (&self.name, &self.column);
        if !self.database.has_table(name) || !self.database.has_column(name, column)? {
            return Ok(vec![format!(
                "gpkg_geometry_columns names column \"{column}\" of \"{name}\", which does not exist"
            )]);
        }
        let mut findings = self.types()?;
        findings.extend(self.rows(
            "the geometry is of another system than declared",
            &format!("ST_SRID(g) <> {}", self.system),
        )?);
        findings.extend(self.extent()?);
        findings.extend(self.index()?);
        findings.extend(self.validity()?);
        Ok(findings)
    }

    /// The rows of this layer with their geometry as `g`.
    fn source(&self) -> String {
        format!("(SELECT rowid AS id, {} AS g FROM {})", quoted(&self.column), quoted(&self.name))
    }

    /// The rows for which a condition on `id` and `g` holds, in one sentence.
    fn rows(&self, fault: &str, condition: &str) -> Result<Option<String>, String> {
        let query = format!(
            "SELECT count(*), min(id) FROM {} AS s WHERE g IS NOT NULL AND ({condition})",
            self.source()
        );
        let answer = self.database.rows(&query)?;
        let Some([Some(count), Some(first)]) = answer.first().map(Vec::as_slice) else {
            return Ok(None);
        };
        let more = count.parse().unwrap_or(1_usize).saturating_sub(1);
        let rows = if more == 0 { String::new() } else { format!(" and {more} more") };
        Ok(Some(format!("layer \"{}\": row {first}{rows}: {fault}", self.name)))
    }

    /// The declared type is that of each row, or one that admits it.
    fn types(&self) -> Found {
        let query = format!(
            "SELECT DISTINCT ST_GeometryType(g) FROM {} WHERE g IS NOT NULL ORDER BY 1",
            self.source()
        );
        let mut findings = Vec::new();
        for found in self.database.rows(&query)?.into_iter().flatten() {
            let Some(found) = found else {
                findings.extend(self.rows("not a geometry", "ST_GeometryType(g) IS NULL")?);
                continue;
            };
            let (declared, actual) = (text(&self.kind), text(&found));
            let admits = self
                .database
                .number(&format!("SELECT GPKG_IsAssignable({declared}, {actual}) AS admits"))?;
            if admits == 0 {
                let fault = format!("{found} where {} is declared", self.kind);
                findings.extend(self.rows(&fault, &format!("ST_GeometryType(g) = {actual}"))?);
            }
        }
        Ok(findings)
    }

    /// The extent in `gpkg_contents`, where there is one, holds every geometry.
    fn extent(&self) -> Result<Option<String>, String> {
        let condition = format!(
            "EXISTS (SELECT 1 FROM gpkg_contents WHERE lower(table_name) = lower({}) \
             AND NOT ST_IsEmpty(g) AND (min_x - ST_MinX(g) > abs(min_x) * {ROUNDING} \
             OR min_y - ST_MinY(g) > abs(min_y) * {ROUNDING} OR ST_MaxX(g) - max_x > abs(max_x) * {ROUNDING} \
             OR ST_MaxY(g) - max_y > abs(max_y) * {ROUNDING}))",
            text(&self.name)
        );
        self.rows("the geometry lies outside the extent in gpkg_contents", &condition)
    }

    /// The index is there, is registered, and has one entry for each geometry, which holds it.
    fn index(&self) -> Found {
        let index = format!("rtree_{}_{}", self.name, self.column);
        if !self.database.has_table(&index) {
            return Ok(vec![format!("layer \"{}\" has no spatial index", self.name)]);
        }
        let mut findings = Vec::new();
        if !self.is_registered()? {
            findings.push(format!(
                "the spatial index of \"{}\" has no row in gpkg_extensions",
                self.name
            ));
        }
        let index = quoted(&index);
        let entries = self.database.number(&format!("SELECT count(*) FROM {index}"))?;
        let shapes = self.database.number(&format!(
            "SELECT count(*) FROM {} WHERE g IS NOT NULL AND NOT ST_IsEmpty(g)",
            self.source()
        ))?;
        if entries != shapes {
            findings.push(format!(
                "the spatial index of \"{}\" has {entries} entries for {shapes} geometries",
                self.name
            ));
        }
        let held = format!(
            "NOT ST_IsEmpty(g) AND NOT EXISTS (SELECT 1 FROM {index} AS r WHERE r.id = \
             s.id AND r.minx <= ST_MinX(g) AND r.miny <= ST_MinY(g) AND r.maxx >= ST_MaxX(g) \
             AND r.maxy >= ST_MaxY(g))"
        );
        findings.extend(self.rows("the spatial index does not hold the geometry", &held)?);
        Ok(findings)
    }

    fn is_registered(&self) -> Result<bool, String> {
        if !self.database.has_table("gpkg_extensions") {
            return Ok(false);
        }
        let rows = self.database.number(&format!(
            "SELECT count(*) FROM gpkg_extensions WHERE extension_name = 'gpkg_rtree_index' \
             AND lower(table_name) = lower({}) AND lower(column_name) = lower({})",
            text(&self.name),
            text(&self.column)
        ))?;
        Ok(rows > 0)
    }

    /// The look that every layer gets when it is opened.
    fn validity(&self) -> Result<Option<String>, String> {
        let rows = format!("SELECT count(*) FROM {}", quoted(&self.name));
        if self.database.number(&rows)? == 0 {
            return Ok(None);
        }
        let options = OpenOptions { layer: Some(self.name.clone()), ..OpenOptions::default() };
        Ok(formats::open(&self.database.file, &options).err().map(|error| error.to_string()))
    }
}
