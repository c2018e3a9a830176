//! `GeoPackage` 1.x (OGC 12-128), written through GDAL.

use std::path::Path;

use gdal::cpl::CslStringList;
use gdal::vector::{Feature, FieldDefn, Geometry as OgrGeometry, LayerAccess, LayerOptions};
use gdal::vector::{OGRFieldType, OGRwkbGeometryType};
use gdal::{Dataset, DriverManager};
use geo::{Geometry, MultiLineString, MultiPoint, MultiPolygon};
use polars::prelude::{AnyValue, Column, DataType};

use super::{FormatError, wkb};
use crate::model::{GeometryFamily, Layer, family_of};

/// Writes all layers into one new file.
///
/// # Errors
/// [`FormatError::Write`], [`FormatError::Crs`].
pub fn write(file: &Path, layers: &[&Layer]) -> Result<(), FormatError> {
    let failed = |reason: String| FormatError::Write {
        file: file.to_owned(),
        source: std::io::Error::other(reason),
    };
    let gdal = |error: gdal::errors::GdalError| failed(error.to_string());
    let driver = DriverManager::get_driver_by_name("GPKG").map_err(gdal)?;
    // Version 1.2 is what GDAL 3.6 and QGIS 3.22 read without a warning; nothing newer is used here.
    let options = CslStringList::from_iter(["VERSION=1.2"]);
    let mut dataset = driver
        .create_with_band_type_with_options::<u8, _>(file, 0, 0, 0, &options)
        .map_err(gdal)?;
    for layer in layers {
        // One transaction a layer: SQLite would otherwise close one for every row.
        let mut transaction = dataset.start_transaction().map_err(gdal)?;
        write_layer(&mut transaction, layer, &failed)?;
        transaction.commit().map_err(gdal)?;
    }
    dataset.close().map_err(gdal)
}

fn write_layer(
    dataset: &mut Dataset,
    layer: &Layer,
    failed: &impl Fn(String) -> FormatError,
) -> Result<(), FormatError> {
    let gdal = |error: gdal::errors::GdalError| failed(error.to_string());
    let srs = layer.areas().map(|areas| areas.crs().spatial_ref()).transpose()?;
    let shapes: Option<Vec<Geometry<f64>>> = layer.areas().map(|areas| uniform(areas.shapes()));
    let identifier = format!("IDENTIFIER={}", layer.title());
    let mut options = vec![identifier.as_str()];
    let (fid, geometry) = (free_name(layer, "fid"), free_name(layer, "geom"));
    let (fid, geometry) = (format!("FID={fid}"), format!("GEOMETRY_NAME={geometry}"));
    options.extend([fid.as_str(), geometry.as_str()]);
    if shapes.is_none() {
        options.push("ASPATIAL_VARIANT=GPKG_ATTRIBUTES");
    }
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

/// A name for a column that the format adds; `SQLite` takes `FID` and `fid` for the same.
fn free_name(layer: &Layer, wanted: &str) -> String {
    let taken = |name: &str| {
        layer.frame().get_column_names().iter().any(|column| column.eq_ignore_ascii_case(name))
    };
    let mut name = wanted.to_owned();
    while taken(&name) {
        name.push('_');
    }
    name
}

/// A `GeoPackage` layer has one geometry type: where singles and multiples mix, all become multiples.
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
