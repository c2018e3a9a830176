//! `GeoParquet` 1.1: metadata against schema, system, types and bounding boxes against shapes.

use std::collections::BTreeSet;
use std::path::Path;

use geo::{BoundingRect, Geometry, HasDimensions};
use polars::prelude::Column;
use serde_json::Value;

use super::rows_at_fault;
use crate::formats::geoparquet::{self, Parquet};
use crate::formats::{self, OpenOptions};
use crate::model::Crs;

/// Shapes row by row; `None` for an empty one.
type Shapes = [Option<Geometry<f64>>];

pub(super) fn findings(file: &Path) -> Vec<String> {
    let opened = formats::read(file).and_then(|bytes| geoparquet::open(file, &bytes));
    let parquet = match opened {
        Ok(parquet) => parquet,
        Err(error) => return vec![error.to_string()],
    };
    // Without geo metadata it is a table, which claims nothing.
    let Some(geo) = parquet.geo.clone() else { return Vec::new() };
    let mut findings = metadata(&geo, &parquet);
    let about = &geo["columns"][geo["primary_column"].as_str().unwrap_or_default()];
    findings.extend(system(about));
    let covering = about["covering"]["bbox"]["xmin"][0].as_str().unwrap_or_default();
    let boxes = parquet.frame.column(covering).ok().cloned();
    let raw = match geoparquet::to_raw_layer(file, parquet) {
        Ok(raw) => raw,
        Err(error) => {
            findings.push(error.to_string());
            return findings;
        }
    };
    findings.extend(types(about, &raw.geometries));
    findings.extend(extent(about, &raw.geometries));
    match boxes {
        Some(boxes) => findings.extend(bounding_boxes(&boxes, &raw.geometries)),
        None => findings.push("there is no bounding-box column".to_owned()),
    }
    if !raw.geometries.is_empty()
        && let Err(error) = formats::to_layer(raw, &OpenOptions::default())
    {
        findings.push(error.to_string());
    }
    findings
}

fn metadata(geo: &Value, parquet: &Parquet) -> Vec<String> {
    let mut findings = Vec::new();
    if geo["version"] != "1.1.0" {
        findings.push(format!("geo version is {}, not 1.1.0", geo["version"]));
    }
    let described: Vec<&String> =
        geo["columns"].as_object().into_iter().flatten().map(|(name, _)| name).collect();
    let primary = geo["primary_column"].as_str().unwrap_or_default();
    if !described.iter().any(|name| *name == primary) {
        findings.push(format!("primary_column is \"{primary}\", which columns do not describe"));
    }
    for name in described {
        if parquet.frame.column(name).is_err() {
            findings.push(format!("geo describes a column \"{name}\", which is not there"));
        }
    }
    findings
}

/// The system is one that PROJ knows, and its definition is that of the code it goes by.
fn system(about: &Value) -> Option<String> {
    let stated = match about.get("crs") {
        None => return None,
        Some(Value::Null) => return Some("crs is null: the system is not known".to_owned()),
        Some(stated) => stated.to_string(),
    };
    let Ok(crs) = Crs::parse(&stated) else {
        return Some("crs is no PROJJSON of a system that is known".to_owned());
    };
    let differs = crs.id().contains(':') && !crs.is_described_by(&stated);
    differs.then(|| format!("crs goes by {crs} and defines another system"))
}

/// The types listed are those found; an empty list says nothing.
fn types(about: &Value, shapes: &Shapes) -> Vec<String> {
    let listed: BTreeSet<&str> = about["geometry_types"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        // Heights are not read.
        .map(|name| name.trim_end_matches(" Z"))
        .collect();
    let found: BTreeSet<&str> = shapes.iter().flatten().map(geoparquet::type_name).collect();
    if listed.is_empty() {
        return Vec::new();
    }
    let missing = found.difference(&listed).map(|name| {
        let rows = rows_where(shapes, |_, shape| geoparquet::type_name(shape) == *name);
        rows_at_fault(&rows, &format!("{name} is not among geometry_types")).unwrap_or_default()
    });
    let idle = listed.difference(&found);
    missing
        .chain(idle.map(|name| format!("geometry_types lists {name}, which no row is")))
        .collect()
}

/// The extent in the metadata holds every geometry.
fn extent(about: &Value, shapes: &Shapes) -> Option<String> {
    let stated: Vec<f64> =
        about["bbox"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    // With heights there are six numbers.
    let (west, south, east, north) = match stated.as_slice() {
        [] => return None,
        [west, south, east, north] | [west, south, _, east, north, _] => (west, south, east, north),
        _ => return Some("bbox is neither four nor six numbers".to_owned()),
    };
    let outside = rows_where(shapes, |_, shape| {
        shape.bounding_rect().is_some_and(|rect| {
            rect.min().x < *west
                || rect.min().y < *south
                || rect.max().x > *east
                || rect.max().y > *north
        })
    });
    rows_at_fault(&outside, "the geometry lies outside the bbox of the file")
}

fn bounding_boxes(boxes: &Column, shapes: &Shapes) -> Vec<String> {
    let side = |row: usize, shape: &Geometry<f64>| {
        let rect = shape.bounding_rect()?;
        let real = [rect.min().x, rect.min().y, rect.max().x, rect.max().y];
        Some((geoparquet::bbox_of_row(boxes, row), real))
    };
    let narrow = rows_where(shapes, |row, shape| {
        side(row, shape).is_some_and(|(stated, real)| !stated.is_some_and(|b| holds(b, real)))
    });
    let wide = rows_where(shapes, |row, shape| {
        side(row, shape).is_some_and(|(stated, real)| {
            stated.is_some_and(|stated| holds(stated, real) && !is_close(stated, real))
        })
    });
    let narrow = rows_at_fault(&narrow, "the bounding box does not hold the geometry");
    narrow
        .into_iter()
        .chain(rows_at_fault(&wide, "the bounding box is wider than the geometry"))
        .collect()
}

fn holds(stated: [f64; 4], real: [f64; 4]) -> bool {
    stated[0] <= real[0] && stated[1] <= real[1] && stated[2] >= real[2] && stated[3] >= real[3]
}

/// Whether each side is where it is, but for the rounding outwards to single precision: some writers round to the
/// nearest number and then take one step more.
fn is_close(stated: [f64; 4], real: [f64; 4]) -> bool {
    let step = |side: f64| side.abs() * f64::from(f32::EPSILON) + f64::from(f32::MIN_POSITIVE);
    let slack = |side: f64| 2.0 * step(side);
    stated.iter().zip(real).all(|(stated, real)| (stated - real).abs() <= slack(real))
}

/// The rows, counted from 1, whose shape is there and at fault.
fn rows_where(shapes: &Shapes, fault: impl Fn(usize, &Geometry<f64>) -> bool) -> Vec<usize> {
    let shapes = shapes.iter().enumerate();
    shapes
        .filter_map(|(row, shape)| shape.as_ref().map(|shape| (row, shape)))
        .filter(|(row, shape)| !shape.is_empty() && fault(*row, shape))
        .map(|(row, _)| row + 1)
        .collect()
}
