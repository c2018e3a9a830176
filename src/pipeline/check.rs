//! `scale check`: are these files what they claim to be?

use std::path::{Path, PathBuf};

use gdal::vector::LayerAccess;
use geo::BoundingRect;
use serde::Serialize;

use super::PipelineError;
use crate::formats::{self, Content, FormatError, OpenOptions, geoparquet, ogr};
use crate::publish::Manifest;
use crate::sources::sha256_hex;

/// Something a file claims and does not keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub file: PathBuf,
    pub finding: String,
}

/// Checks files, and every known file of folders; returns the files looked at and the findings.
///
/// # Errors
/// [`PipelineError::Format`] for a path that does not exist or cannot be listed.
pub fn run(paths: &[PathBuf]) -> Result<(Vec<PathBuf>, Vec<Finding>), PipelineError> {
    crate::environment::configure_gdal();
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files)?;
    }
    files.sort();
    files.dedup();
    let mut findings = Vec::new();
    for file in &files {
        let found = match file.extension().and_then(|ending| ending.to_str()) {
            Some("parquet") => geoparquet_findings(file),
            Some("gpkg") => geopackage_findings(file),
            _ => manifest_findings(file),
        };
        findings.extend(found.into_iter().map(|finding| Finding { file: file.clone(), finding }));
    }
    Ok((files, findings))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), PipelineError> {
    if !path.is_dir() {
        if !path.exists() {
            return Err(FormatError::Missing { file: path.to_owned() }.into());
        }
        files.push(path.to_owned());
        return Ok(());
    }
    let failed = |source| FormatError::Read { file: path.to_owned(), source };
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?.path();
        let known = entry.file_name().is_some_and(|name| name == "manifest.json")
            || entry.extension().is_some_and(|ending| ending == "parquet" || ending == "gpkg");
        let hidden =
            entry.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if hidden {
            continue; // what another run is writing aside
        }
        if entry.is_dir() {
            collect(&entry, files)?;
        } else if known {
            files.push(entry);
        }
    }
    Ok(())
}

/// `GeoParquet` 1.1: metadata against schema, system, types, bounding boxes against shapes.
fn geoparquet_findings(file: &Path) -> Vec<String> {
    let bytes = match formats::read(file) {
        Ok(bytes) => bytes,
        Err(error) => return vec![error.to_string()],
    };
    let parquet = match geoparquet::open(file, &bytes) {
        Ok(parquet) => parquet,
        Err(error) => return vec![error.to_string()],
    };
    let Some(geo) = parquet.geo.clone() else { return Vec::new() };
    let mut findings = Vec::new();
    if geo["version"] != "1.1.0" {
        findings.push(format!("geo version is {}, not 1.1.0", geo["version"]));
    }
    let primary = geo["primary_column"].as_str().unwrap_or_default().to_owned();
    let about = geo["columns"][&primary].clone();
    let covering = about["covering"]["bbox"]["xmin"][0].as_str().unwrap_or_default().to_owned();
    let boxes = parquet.frame.column(&covering).ok().cloned();
    if boxes.is_none() {
        findings.push("there is no bounding-box column".to_owned());
    }
    let layer = match formats::open(file, &OpenOptions::default()) {
        Ok(Content::Layer { layer, .. }) => layer,
        Ok(_) => return findings,
        Err(error) => {
            findings.push(error.to_string());
            return findings;
        }
    };
    let Some(areas) = layer.areas() else { return findings };
    let listed: Vec<&str> = about["geometry_types"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|t| t.as_str())
        .collect();
    for (row, shape) in areas.shapes().iter().enumerate() {
        let name = geoparquet::type_name(shape);
        if !listed.is_empty() && !listed.contains(&name) {
            findings.push(format!("row {}: {name} is not among geometry_types", row + 1));
        }
        let (Some(boxes), Some(rect)) = (&boxes, shape.bounding_rect()) else { continue };
        let stated = geoparquet::bbox_of_row(boxes, row);
        let real = [rect.min().x, rect.min().y, rect.max().x, rect.max().y];
        let fits = stated.is_some_and(|stated| {
            // A box may be wider by rounding outwards, never narrower.
            stated[0] <= real[0]
                && stated[1] <= real[1]
                && stated[2] >= real[2]
                && stated[3] >= real[3]
        });
        if !fits {
            findings.push(format!("row {}: the bounding box does not hold the geometry", row + 1));
        }
    }
    findings
}

/// `GeoPackage`: required tables, a real system and an index for each layer, valid geometry.
fn geopackage_findings(file: &Path) -> Vec<String> {
    let dataset = match ogr::open(file, "a GeoPackage") {
        Ok(dataset) => dataset,
        Err(error) => return vec![error.to_string()],
    };
    let tables = column_of(&dataset, "SELECT name FROM sqlite_master");
    let mut findings = Vec::new();
    for table in
        ["gpkg_spatial_ref_sys", "gpkg_contents", "gpkg_geometry_columns", "gpkg_extensions"]
    {
        if !tables.iter().any(|name| name == table) {
            findings.push(format!("required table {table} is missing"));
        }
    }
    let layers = column_of(&dataset, "SELECT table_name FROM gpkg_geometry_columns");
    for layer in layers {
        if !tables.contains(&format!("rtree_{layer}_geom")) {
            findings.push(format!("layer \"{layer}\" has no spatial index"));
        }
        let options = OpenOptions { layer: Some(layer.clone()), ..OpenOptions::default() };
        if let Err(error) = formats::open(file, &options) {
            findings.push(error.to_string());
        }
    }
    findings
}

fn column_of(dataset: &gdal::Dataset, query: &str) -> Vec<String> {
    let Ok(Some(mut rows)) = dataset.execute_sql(query, None, gdal::vector::sql::Dialect::DEFAULT)
    else {
        return Vec::new();
    };
    rows.features().filter_map(|row| row.field_as_string(0).ok().flatten()).collect()
}

/// The manifest's checksums against the files beside it.
fn manifest_findings(file: &Path) -> Vec<String> {
    let read = formats::read(file).map_err(|error| error.to_string()).and_then(|bytes| {
        serde_json::from_slice::<Manifest>(&bytes)
            .map_err(|error| format!("is not a manifest: {error}"))
    });
    let manifest = match read {
        Ok(manifest) => manifest,
        Err(finding) => return vec![finding],
    };
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut findings = Vec::new();
    for output in &manifest.outputs {
        match formats::read(&folder.join(&output.file)) {
            Err(error) => findings.push(error.to_string()),
            Ok(bytes) if sha256_hex(&bytes) != output.sha256 => {
                findings.push(format!("{} was changed after it was made", output.file));
            }
            Ok(_) => {}
        }
    }
    findings
}
