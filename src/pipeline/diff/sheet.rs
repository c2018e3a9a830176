//! A file as its layers: columns, and shapes where it has them.

use geo::Geometry;
use polars::prelude::{AnyValue, Column, DataFrame, NamedFrom, Series};
use serde::Serialize;

use super::side::SideFile;
use crate::formats::csv::plain_number;
use crate::formats::{self, Content, FormatError, OpenOptions, RawTable, geoparquet, ogr};
use crate::model::Crs;

/// One layer as its file holds it; nothing is checked but that it can be read.
pub(super) struct Sheet {
    pub file: std::path::PathBuf,
    pub name: String,
    pub frame: DataFrame,
    pub shapes: Option<Shapes>,
}

/// The shapes of a layer, row by row, and their system.
pub(super) struct Shapes {
    pub rows: Vec<Option<Geometry<f64>>>,
    pub crs: Option<Crs>,
}

/// A value of a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    Null,
    Flag(bool),
    Number(f64),
    Text(String),
}

impl Cell {
    /// The value of a cell of any column.
    pub(super) fn of(value: &AnyValue<'_>) -> Self {
        match value {
            AnyValue::Null => Self::Null,
            AnyValue::Boolean(flag) => Self::Flag(*flag),
            AnyValue::String(text) => Self::Text((*text).to_owned()),
            AnyValue::StringOwned(text) => Self::Text(text.to_string()),
            value if value.is_primitive_numeric() => {
                value.extract::<f64>().map_or(Self::Null, Self::Number)
            }
            other => Self::Text(other.to_string()),
        }
    }

    /// The value as text, empty where there is none.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Flag(flag) => flag.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

/// The cell of a column; null beyond its end.
pub(super) fn cell(column: &Column, row: usize) -> AnyValue<'_> {
    column.get(row).unwrap_or(AnyValue::Null)
}

/// Every layer of a file, by name.
///
/// # Errors
/// [`FormatError`] for a file that cannot be read.
pub(super) fn read(file: &SideFile) -> Result<Vec<Sheet>, FormatError> {
    let path = &file.path;
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("gpkg") => geopackage(path),
        Some("parquet" | "geoparquet") => {
            let parquet = geoparquet::open(path, &file.bytes)?;
            let (frame, shapes) = if parquet.geo.is_some() {
                let raw = geoparquet::to_raw_layer(path, parquet)?;
                (raw.frame, Some(Shapes { rows: raw.geometries, crs: raw.crs }))
            } else {
                (parquet.frame, None)
            };
            Ok(vec![sheet(file, frame, shapes)])
        }
        // A report shows what the tables hold.
        Some("html") => Ok(Vec::new()),
        _ => Ok(vec![other(file)?]),
    }
}

fn sheet(file: &SideFile, frame: DataFrame, shapes: Option<Shapes>) -> Sheet {
    let name = file.layer.clone().unwrap_or_else(|| formats::stem(&file.path));
    Sheet { file: file.path.clone(), name, frame, shapes }
}

fn geopackage(path: &std::path::Path) -> Result<Vec<Sheet>, FormatError> {
    let dataset = ogr::open(path, "a GeoPackage")?;
    let mut names = ogr::layer_names(&dataset);
    names.sort();
    let read = |name: String| {
        let raw = ogr::read(path, Some(&name), "a GeoPackage")?;
        let bare = raw.crs.is_none() && raw.geometries.iter().all(Option::is_none);
        let shapes = (!bare).then_some(Shapes { rows: raw.geometries, crs: raw.crs });
        Ok(Sheet { file: path.to_owned(), name, frame: raw.frame, shapes })
    };
    names.into_iter().map(read).collect()
}

fn other(file: &SideFile) -> Result<Sheet, FormatError> {
    Ok(match formats::open(&file.path, &OpenOptions::default())? {
        Content::Frame(frame) => sheet(file, frame, None),
        Content::Raw(table) => sheet(file, typed(&file.path, &table)?, None),
        Content::Layer { layer, .. } => {
            let shapes = layer.areas().map(|areas| Shapes {
                rows: areas.shapes().iter().cloned().map(Some).collect(),
                crs: Some(areas.crs().clone()),
            });
            sheet(file, layer.frame().clone(), shapes)
        }
    })
}

/// Columns of text cells: numbers where every cell is one and none is a code with leading zeros.
fn typed(path: &std::path::Path, table: &RawTable) -> Result<DataFrame, FormatError> {
    let column = |raw: &formats::RawColumn| {
        let name = raw.name.as_str().into();
        let numbers: Option<Vec<Option<f64>>> = raw
            .cells
            .iter()
            .map(|cell| cell.as_deref().map(plain_number).map_or(Some(None), |n| n.map(Some)))
            .collect();
        Column::from(match numbers {
            Some(numbers) if numbers.iter().any(Option::is_some) => Series::new(name, numbers),
            _ => Series::new(name, raw.cells.clone()),
        })
    };
    let columns = table.columns.iter().map(column).collect();
    DataFrame::new(table.rows.len(), columns).map_err(|error| FormatError::Decode {
        file: path.to_owned(),
        reason: error.to_string(),
        help: "this is a fault of the program; please report it".to_owned(),
    })
}
