//! `GeoParquet` 1.1.0: Parquet with WKB geometry, a bounding-box column and the `geo` metadata.
//!
//! Source: <https://geoparquet.org/releases/v1.1.0/>.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use geo::{BoundingRect, Geometry, Rect};
use polars::prelude::{
    AnyValue, BinaryChunked, Column, DataFrame, IdxCa, IntoSeries, KeyValueMetadata, NamedFrom,
    NewChunkedArray, ParquetCompression, ParquetReader, ParquetWriter, SerReader, Series,
    StructChunked,
};
use rayon::prelude::*;
use serde_json::{Value, json};

use super::frame::{self, fault};
use super::{FormatError, Place, RawLayer, wkb};
use crate::model::{Areas, Crs, Layer, hilbert};

/// The geometry column of what is written here.
const GEOMETRY: &str = "geometry";
/// The bounding-box column of what is written here.
const BBOX: &str = "bbox";

/// A Parquet file in memory: its frame and, if it has one, its `geo` metadata.
pub struct Parquet {
    pub frame: DataFrame,
    pub geo: Option<Value>,
}

/// Opens Parquet bytes.
///
/// # Errors
/// [`FormatError::NotWhatItSays`], [`FormatError::Truncated`], [`FormatError::Decode`].
pub fn open(file: &Path, bytes: &[u8]) -> Result<Parquet, FormatError> {
    check_magic(file, bytes)?;
    let damaged = |error: polars::error::PolarsError| FormatError::Truncated {
        file: file.to_owned(),
        reason: error.to_string(),
    };
    let mut reader = ParquetReader::new(Cursor::new(bytes));
    let mut metadata = reader.get_metadata().map_err(damaged)?.as_ref().clone();
    let geo_text = metadata
        .key_value_metadata
        .take()
        .into_iter()
        .flatten()
        .find(|entry| entry.key == "geo")
        .and_then(|entry| entry.value);
    // Without the Arrow schema that other writers add, columns have the plain types of Parquet: no extension
    // types (GeoPandas writes geoarrow.wkb), no dictionaries.
    reader.set_metadata(Arc::new(metadata));
    let frame = reader.finish().map_err(damaged)?;
    let geo = geo_text.map(|text| serde_json::from_str(&text)).transpose();
    let geo = geo.map_err(|error| FormatError::Decode {
        file: file.to_owned(),
        reason: format!("the geo metadata is not JSON: {error}"),
        help: "write the file again with a tool that follows GeoParquet 1.1".to_owned(),
    })?;
    Ok(Parquet { frame, geo })
}

/// The title of the layer that [`write`] put beside the metadata, from the footer alone.
///
/// # Errors
/// [`FormatError::Read`], [`FormatError::Truncated`].
pub fn title(file: &Path) -> Result<Option<String>, FormatError> {
    let open = std::fs::File::open(file);
    let open = open.map_err(|source| FormatError::Read { file: file.to_owned(), source })?;
    let mut reader = ParquetReader::new(open);
    let metadata = reader.get_metadata().map_err(|error| FormatError::Truncated {
        file: file.to_owned(),
        reason: error.to_string(),
    })?;
    let mut pairs = metadata.key_value_metadata.iter().flatten();
    Ok(pairs.find(|pair| pair.key == "title").and_then(|pair| pair.value.clone()))
}

fn check_magic(file: &Path, bytes: &[u8]) -> Result<(), FormatError> {
    if !bytes.starts_with(b"PAR1") {
        return Err(FormatError::NotWhatItSays {
            file: file.to_owned(),
            expected: "a Parquet file",
            reason: "it does not begin with PAR1".to_owned(),
            help: "check that the ending fits the content".to_owned(),
        });
    }
    if bytes.len() < 12 || !bytes.ends_with(b"PAR1") {
        return Err(FormatError::Truncated {
            file: file.to_owned(),
            reason: "the footer is missing".to_owned(),
        });
    }
    Ok(())
}

/// Takes geometry and attributes apart; for a file without `geo` metadata use [`Parquet::frame`].
///
/// # Errors
/// [`FormatError::Decode`], [`FormatError::Row`], [`FormatError::Crs`].
pub fn to_raw_layer(file: &Path, parquet: Parquet) -> Result<RawLayer, FormatError> {
    let place = Place::file(file);
    let geo = parquet.geo.unwrap_or(Value::Null);
    let decode = |reason: &str| FormatError::Decode {
        file: file.to_owned(),
        reason: reason.to_owned(),
        help: "write the file again with a tool that follows GeoParquet 1.1".to_owned(),
    };
    let primary = geo["primary_column"].as_str().ok_or_else(|| decode("no primary_column"))?;
    let about = &geo["columns"][primary];
    if about["encoding"] != "WKB" {
        return Err(decode("the geometry is not encoded as WKB"));
    }
    let crs = declared_crs(about)?;
    let bytes = parquet.frame.column(primary).and_then(|column| column.binary().cloned());
    let bytes = bytes.map_err(|_| decode("the primary column is not binary"))?;
    let geometries = decode_all(&place, &bytes)?;
    let covering = about["covering"]["bbox"]["xmin"][0].as_str().unwrap_or_default().to_owned();
    let geometry_columns: Vec<String> =
        geo["columns"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    let attributes = parquet
        .frame
        .into_columns()
        .into_iter()
        .filter(|column| {
            let name = column.name().as_str();
            name != covering && !geometry_columns.iter().any(|geometry| geometry == name)
        })
        .collect();
    let frame = DataFrame::new(geometries.len(), attributes)
        .map_err(|error| fault(&place, &error))
        .and_then(|frame| frame::normalise(&place, frame))?;
    Ok(RawLayer { place, geometries, frame, crs })
}

/// A missing `crs` means OGC:CRS84, a null one means unknown.
fn declared_crs(about: &Value) -> Result<Option<Crs>, FormatError> {
    match about.get("crs") {
        None => Ok(Some(Crs::parse("OGC:CRS84")?)),
        Some(Value::Null) => Ok(None),
        Some(projjson) => Ok(Some(Crs::parse(&projjson.to_string())?)),
    }
}

fn decode_all(
    place: &Place,
    bytes: &BinaryChunked,
) -> Result<Vec<Option<Geometry<f64>>>, FormatError> {
    let decode = |(row, bytes): (usize, Option<&[u8]>)| match bytes {
        None => Ok(None),
        Some(bytes) => wkb::decode(bytes).map_err(|reason| FormatError::Row {
            place: place.clone(),
            row: row + 1,
            reason: format!("the geometry cannot be read: {reason}"),
            help: "write the file again with a tool that follows GeoParquet 1.1".to_owned(),
        }),
    };
    bytes.iter().enumerate().map(decode).collect()
}

/// Writes a layer; rows with shapes come in the order of a Hilbert curve over their centres. The key `title` beside `geo`
/// holds the title of the layer, with its attribution where it has one.
///
/// # Errors
/// [`FormatError::Write`], [`FormatError::Crs`], [`FormatError::Decode`].
pub fn write(file: &Path, layer: &Layer) -> Result<(), FormatError> {
    let place = Place::layer(file, layer.name());
    let (mut frame, metadata) = match layer.areas() {
        None => (layer.frame().clone(), None),
        Some(areas) => spatial(&place, layer, areas)?,
    };
    let out = std::fs::File::create(file)
        .map_err(|source| FormatError::Write { file: file.to_owned(), source })?;
    ParquetWriter::new(std::io::BufWriter::new(out))
        .with_compression(ParquetCompression::Zstd(None))
        .with_key_value_metadata(metadata)
        .finish(&mut frame)
        .map_err(|error| FormatError::Write {
            file: file.to_owned(),
            source: std::io::Error::other(error.to_string()),
        })?;
    Ok(())
}

fn spatial(
    place: &Place,
    layer: &Layer,
    areas: &Areas,
) -> Result<(DataFrame, Option<KeyValueMetadata>), FormatError> {
    let frame = layer.frame();
    let failed = |error: polars::error::PolarsError| fault(place, &error);
    let rects: Vec<Option<Rect<f64>>> =
        areas.shapes().iter().map(BoundingRect::bounding_rect).collect();
    let centres: Vec<_> = rects.iter().map(|rect| rect.map(|rect| rect.center().x_y())).collect();
    let order = hilbert::order(&centres);
    let encoded: Result<Vec<Vec<u8>>, String> =
        order.par_iter().map(|&row| wkb::encode(&areas.shapes()[row])).collect();
    let encoded = encoded.map_err(|reason| FormatError::Decode {
        file: place.file.clone(),
        reason,
        help: "this is a fault of the program; please report it".to_owned(),
    })?;
    let geometry =
        BinaryChunked::from_iter_values(GEOMETRY.into(), encoded.iter().map(Vec::as_slice));
    let index: Vec<u32> = order.iter().filter_map(|&row| u32::try_from(row).ok()).collect();
    let mut sorted = frame.take(&IdxCa::from_vec("row".into(), index)).map_err(failed)?;
    sorted.with_column(Column::from(geometry.into_series())).map_err(failed)?;
    sorted.with_column(bbox_column(&rects, &order).map_err(failed)?).map_err(failed)?;
    let metadata = geo_metadata(areas, &rects)?;
    let title = ("title".to_owned(), layer.title().to_owned());
    let pairs = vec![("geo".to_owned(), metadata.to_string()), title];
    Ok((sorted, Some(KeyValueMetadata::from_static(pairs))))
}

fn bbox_column(
    rects: &[Option<Rect<f64>>],
    order: &[usize],
) -> polars::error::PolarsResult<Column> {
    let side = |name: &str, get: fn(&Rect<f64>) -> f64| {
        let cells: Vec<Option<f64>> =
            order.iter().map(|&row| rects[row].as_ref().map(get)).collect();
        Series::new(name.into(), cells)
    };
    let fields = [
        side("xmin", |rect| rect.min().x),
        side("ymin", |rect| rect.min().y),
        side("xmax", |rect| rect.max().x),
        side("ymax", |rect| rect.max().y),
    ];
    let column = StructChunked::from_series(BBOX.into(), order.len(), fields.iter())?;
    Ok(Column::from(column.into_series()))
}

fn geo_metadata(areas: &Areas, rects: &[Option<Rect<f64>>]) -> Result<Value, FormatError> {
    let types: BTreeSet<&str> = areas.shapes().iter().map(type_name).collect();
    let bounds = rects.iter().flatten().copied().reduce(|a, b| {
        Rect::new(
            (a.min().x.min(b.min().x), a.min().y.min(b.min().y)),
            (a.max().x.max(b.max().x), a.max().y.max(b.max().y)),
        )
    });
    let mut about = json!({
        "encoding": "WKB",
        "geometry_types": types,
        "crs": areas.crs().projjson()?,
        "covering": { "bbox": {
            "xmin": [BBOX, "xmin"], "ymin": [BBOX, "ymin"],
            "xmax": [BBOX, "xmax"], "ymax": [BBOX, "ymax"],
        }},
    });
    if let Some(bounds) = bounds {
        about["bbox"] = json!([bounds.min().x, bounds.min().y, bounds.max().x, bounds.max().y]);
    }
    Ok(json!({ "version": "1.1.0", "primary_column": GEOMETRY, "columns": { GEOMETRY: about } }))
}

/// The `GeoParquet` word for a geometry's type.
#[must_use]
pub fn type_name(geometry: &Geometry<f64>) -> &'static str {
    match geometry {
        Geometry::Point(_) => "Point",
        Geometry::Line(_) | Geometry::LineString(_) => "LineString",
        Geometry::Polygon(_) | Geometry::Rect(_) | Geometry::Triangle(_) => "Polygon",
        Geometry::MultiPoint(_) => "MultiPoint",
        Geometry::MultiLineString(_) => "MultiLineString",
        Geometry::MultiPolygon(_) => "MultiPolygon",
        Geometry::GeometryCollection(_) => "GeometryCollection",
    }
}

/// The four sides of a row's bounding-box struct, where it has them.
#[must_use]
pub fn bbox_of_row(column: &Column, row: usize) -> Option<[f64; 4]> {
    let structs = column.struct_().ok()?;
    let side = |name: &str| match structs.field_by_name(name).ok()?.get(row).ok()? {
        AnyValue::Float64(value) => Some(value),
        AnyValue::Float32(value) => Some(f64::from(value)),
        _ => None,
    };
    Some([side("xmin")?, side("ymin")?, side("xmax")?, side("ymax")?])
}
