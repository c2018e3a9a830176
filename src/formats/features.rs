//! Features written through GDAL, whatever the format.

use std::path::Path;

use gdal::Dataset;
use gdal::vector::{Feature, FieldDefn, Geometry as OgrGeometry, LayerAccess, LayerOptions};
use gdal::vector::{OGRFieldType, OGRwkbGeometryType};
use geo::{Geometry, MultiLineString, MultiPoint, MultiPolygon};
use polars::prelude::{AnyValue, Column, DataType};

use super::{FormatError, wkb};
use crate::model::{GeometryFamily, Layer, family_of};

/// The error of a file that cannot be written, from the reason.
pub(super) fn failure(file: &Path) -> impl Fn(String) -> FormatError + Copy + '_ {
    move |reason| FormatError::Write {
        file: file.to_owned(),
        source: std::io::Error::other(reason),
    }
}

/// Writes a layer into an open file, its shapes of one type.
///
/// # Errors
/// [`FormatError::Write`], [`FormatError::Crs`].
pub(super) fn write_layer(
    dataset: &mut Dataset,
    layer: &Layer,
    options: &[String],
    failed: &impl Fn(String) -> FormatError,
) -> Result<(), FormatError> {
    let gdal = |error: gdal::errors::GdalError| failed(error.to_string());
    let srs = layer.areas().map(|areas| areas.crs().spatial_ref()).transpose()?;
    let shapes: Option<Vec<Geometry<f64>>> = layer.areas().map(|areas| uniform(areas.shapes()));
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let target = dataset
        .create_layer(LayerOptions {
            name: layer.name(),
            srs: srs.as_ref(),
            ty: shapes.as_deref().map_or(OGRwkbGeometryType::wkbNone, layer_type),
            options: Some(&options),
        })
        .map_err(gdal)?;
    let columns = layer.frame().columns();
    for column in columns {
        let field = FieldDefn::new(column.name().as_str(), field_type(column)).map_err(gdal)?;
        field.add_to_layer(&target).map_err(gdal)?;
    }
    for row in 0..layer.frame().height() {
        let mut feature = Feature::new(target.defn()).map_err(gdal)?;
        for (index, column) in columns.iter().enumerate() {
            set_field(&mut feature, index, column, row).map_err(gdal)?;
        }
        if let Some(shape) = shapes.as_ref().and_then(|shapes| shapes.get(row)) {
            let bytes = wkb::encode(shape).map_err(failed)?;
            feature.set_geometry(OgrGeometry::from_wkb(&bytes).map_err(gdal)?).map_err(gdal)?;
        }
        feature.create(&target).map_err(gdal)?;
    }
    Ok(())
}

/// A layer has one geometry type: where singles and multiples mix, all become multiples.
fn uniform(shapes: &[Geometry<f64>]) -> Vec<Geometry<f64>> {
    let multiple = |shape: &Geometry<f64>| {
        matches!(
            shape,
            Geometry::MultiPoint(_) | Geometry::MultiLineString(_) | Geometry::MultiPolygon(_)
        )
    };
    if !shapes.iter().any(multiple) {
        return shapes.to_vec();
    }
    shapes.iter().cloned().map(to_multiple).collect()
}

fn to_multiple(shape: Geometry<f64>) -> Geometry<f64> {
    match shape {
        Geometry::Point(point) => Geometry::MultiPoint(MultiPoint(vec![point])),
        Geometry::LineString(line) => Geometry::MultiLineString(MultiLineString(vec![line])),
        Geometry::Polygon(polygon) => Geometry::MultiPolygon(MultiPolygon(vec![polygon])),
        other => other,
    }
}

fn layer_type(shapes: &[Geometry<f64>]) -> OGRwkbGeometryType::Type {
    let Some(first) = shapes.first() else { return OGRwkbGeometryType::wkbUnknown };
    let multiple = matches!(
        first,
        Geometry::MultiPoint(_) | Geometry::MultiLineString(_) | Geometry::MultiPolygon(_)
    );
    match (family_of(first), multiple) {
        (Some(GeometryFamily::Point), false) => OGRwkbGeometryType::wkbPoint,
        (Some(GeometryFamily::Point), true) => OGRwkbGeometryType::wkbMultiPoint,
        (Some(GeometryFamily::Line), false) => OGRwkbGeometryType::wkbLineString,
        (Some(GeometryFamily::Line), true) => OGRwkbGeometryType::wkbMultiLineString,
        (Some(GeometryFamily::Polygon), false) => OGRwkbGeometryType::wkbPolygon,
        (Some(GeometryFamily::Polygon), true) => OGRwkbGeometryType::wkbMultiPolygon,
        (None, _) => OGRwkbGeometryType::wkbUnknown,
    }
}

fn field_type(column: &Column) -> OGRFieldType::Type {
    match column.dtype() {
        DataType::Float64 => OGRFieldType::OFTReal,
        DataType::Int64 => OGRFieldType::OFTInteger64,
        DataType::Int32 | DataType::Boolean => OGRFieldType::OFTInteger,
        _ => OGRFieldType::OFTString,
    }
}

fn set_field(
    feature: &mut Feature<'_>,
    index: usize,
    column: &Column,
    row: usize,
) -> gdal::errors::Result<()> {
    match column.get(row) {
        Ok(AnyValue::Float64(value)) => feature.set_field_double(index, value),
        Ok(AnyValue::Int64(value)) => feature.set_field_integer64(index, value),
        Ok(AnyValue::Int32(value)) => feature.set_field_integer(index, value),
        Ok(AnyValue::Boolean(value)) => feature.set_field_integer(index, value.into()),
        Ok(AnyValue::String(text)) => feature.set_field_string(index, text),
        Ok(AnyValue::StringOwned(text)) => feature.set_field_string(index, &text),
        _ => feature.set_field_null(index),
    }
}
