//! What GDAL reads: `GeoPackage`, Shapefile, `FlatGeobuf`, File Geodatabase, `MapInfo`.

use std::io::Read;
use std::path::Path;

use gdal::vector::{FieldValue, LayerAccess, OGRFieldType};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};

use super::frame::{self, Attribute, Value};
use super::{FormatError, Place, RawLayer, wkb};
use crate::model::Crs;

/// Reads one layer; the only one if none is named.
///
/// # Errors
/// [`FormatError::NotWhatItSays`] when GDAL cannot open the file, [`FormatError::ManyLayers`] and
/// [`FormatError::NoSuchLayer`], [`FormatError::Row`] for a geometry that cannot be decoded.
pub fn read(
    file: &Path,
    layer: Option<&str>,
    expected: &'static str,
) -> Result<RawLayer, FormatError> {
    let dataset = open(file, expected)?;
    let name = choose_layer(file, &dataset, layer)?;
    let place = Place::layer(file, &name);
    let damaged = |error: gdal::errors::GdalError| FormatError::Truncated {
        file: file.to_owned(),
        reason: error.to_string(),
    };
    let mut layer = dataset.layer_by_name(&name).map_err(damaged)?;
    let crs = layer.spatial_ref().and_then(Crs::from_spatial_ref);
    let mut attributes: Vec<Attribute> = layer
        .defn()
        .fields()
        .map(|field| Attribute { name: field.name(), values: Vec::new() })
        .collect();
    let expected_rows = layer.try_feature_count();
    let mut geometries = Vec::new();
    for (row, feature) in layer.features().enumerate() {
        for (index, attribute) in attributes.iter_mut().enumerate() {
            attribute.values.push(to_value(feature.field(index).map_err(damaged)?));
        }
        let bytes = feature.geometry().map(gdal::vector::Geometry::wkb).transpose();
        let geometry = match bytes.map_err(damaged)? {
            None => None,
            Some(bytes) => wkb::decode(&bytes).map_err(|reason| FormatError::Row {
                place: place.clone(),
                row: row + 1,
                reason: format!("the geometry cannot be read: {reason}"),
                help: "curves and surfaces are not supported: turn them into lines and polygons"
                    .to_owned(),
            })?,
        };
        geometries.push(geometry);
    }
    complete(file, expected_rows, geometries.len())?;
    let frame = frame::build(&place, &attributes, geometries.len())?;
    Ok(RawLayer { place, geometries, frame, crs })
}

/// A reader that stops early says nothing; the count in the header does.
fn complete(file: &Path, expected: Option<u64>, read: usize) -> Result<(), FormatError> {
    match expected {
        Some(expected) if usize::try_from(expected).is_ok_and(|expected| expected != read) => {
            Err(FormatError::Truncated {
                file: file.to_owned(),
                reason: format!("{expected} features are announced, {read} can be read"),
            })
        }
        _ => Ok(()),
    }
}

/// Opens a vector file for reading.
///
/// # Errors
/// [`FormatError::NotWhatItSays`], [`FormatError::Truncated`] for a database shorter than it says.
pub fn open(file: &Path, expected: &'static str) -> Result<Dataset, FormatError> {
    whole_database(file)?;
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_VECTOR | GdalOpenFlags::GDAL_OF_READONLY,
        ..DatasetOptions::default()
    };
    Dataset::open_ex(file, options).map_err(|error| FormatError::NotWhatItSays {
        file: file.to_owned(),
        expected,
        reason: match error {
            gdal::errors::GdalError::NullPointer { msg, .. } if !msg.is_empty() => msg,
            other => other.to_string(),
        },
        help: "check that the ending fits the content and that the file came over whole".to_owned(),
    })
}

/// A `SQLite` file says in its header how many pages it has; of one cut off, GDAL says only that it cannot be asked.
///
/// Source: <https://www.sqlite.org/fileformat.html>, the database header.
fn whole_database(file: &Path) -> Result<(), FormatError> {
    let mut header = [0_u8; 100];
    let read = std::fs::File::open(file).and_then(|mut open| open.read_exact(&mut header));
    if read.is_err() || !header.starts_with(b"SQLite format 3\0") {
        return Ok(());
    }
    let word = |at: usize| {
        let bytes = header.get(at..at + 4).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
        bytes.map_or(0, u32::from_be_bytes)
    };
    // The count holds only where the counter of changes stands beside it (offset 92).
    let pages = if word(24) == word(92) { u64::from(word(28)) } else { 0 };
    let page = match word(16) >> 16 {
        1 => 65_536,
        bytes => u64::from(bytes),
    };
    let found = std::fs::metadata(file).map_or(u64::MAX, |metadata| metadata.len());
    if found >= pages * page {
        return Ok(());
    }
    Err(FormatError::Truncated {
        file: file.to_owned(),
        reason: format!("{} bytes are announced, {found} are there", pages * page),
    })
}

/// The names of a file's layers, without the table in which QGIS keeps their styles.
#[must_use]
pub fn layer_names(dataset: &Dataset) -> Vec<String> {
    let names = dataset.layers().map(|layer| layer.name());
    names.filter(|name| name != super::geopackage::STYLES).collect()
}

fn choose_layer(
    file: &Path,
    dataset: &Dataset,
    wanted: Option<&str>,
) -> Result<String, FormatError> {
    let names = layer_names(dataset);
    let spatial: Vec<String> = dataset
        .layers()
        .filter(|layer| layer.defn().geom_fields().next().is_some())
        .map(|layer| layer.name())
        .collect();
    match (wanted, spatial.as_slice(), names.as_slice()) {
        (Some(wanted), _, names) if names.iter().any(|name| name == wanted) => {
            Ok(wanted.to_owned())
        }
        (Some(wanted), _, names) => Err(FormatError::NoSuchLayer {
            file: file.to_owned(),
            layer: wanted.to_owned(),
            found: names.join(", "),
        }),
        (None, [only], _) | (None, [], [only]) => Ok(only.clone()),
        (None, _, []) => Err(FormatError::NotWhatItSays {
            file: file.to_owned(),
            expected: "a file with layers",
            reason: "none can be read from it".to_owned(),
            help: "it may be cut off, or hold something else: fetch or export it again".to_owned(),
        }),
        (None, _, names) => Err(FormatError::ManyLayers {
            file: file.to_owned(),
            count: names.len(),
            names: names.join(", "),
        }),
    }
}

fn to_value(value: Option<FieldValue>) -> Value {
    let Some(value) = value else { return Value::Null };
    let is_text = value.ogr_field_type() == OGRFieldType::OFTString;
    match value {
        FieldValue::IntegerValue(number) => Value::Int(number.into()),
        FieldValue::Integer64Value(number) => Value::Int(number),
        FieldValue::RealValue(number) => Value::Real(number),
        FieldValue::StringValue(text) if is_text => Value::Text(text),
        FieldValue::DateValue(date) => Value::Text(date.to_string()),
        FieldValue::DateTimeValue(time) => Value::Text(time.to_rfc3339()),
        other => Value::Text(format!("{other:?}")),
    }
}
