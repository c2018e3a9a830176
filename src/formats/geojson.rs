//! `GeoJSON` (RFC 7946), and the `crs` member of its 2008 forerunner.

use std::path::Path;

use geojson::{FeatureCollection, GeoJson, JsonValue};

use super::frame::{self, Attribute, Value};
use super::{FormatError, Place, RawLayer};
use crate::model::{Crs, Layer};

/// Reads the features of a `GeoJSON` file; a geometry that cannot be one is an error with its row.
///
/// # Errors
/// [`FormatError::Decode`], [`FormatError::Row`] and [`FormatError::Crs`].
pub fn read(file: &Path, json: JsonValue) -> Result<RawLayer, FormatError> {
    let decode = |reason: String| FormatError::Decode {
        file: file.to_owned(),
        reason,
        help: "GeoJSON needs a FeatureCollection with features that have geometry".to_owned(),
    };
    let place = Place::file(file);
    check_features(&place, &json)?;
    let parsed =
        serde_json::from_value::<GeoJson>(json).map_err(|error| decode(error.to_string()))?;
    let collection = match parsed {
        GeoJson::FeatureCollection(collection) => collection,
        GeoJson::Feature(feature) => FeatureCollection::new([feature]),
        GeoJson::Geometry(geometry) => FeatureCollection::new([geojson::Feature::from(geometry)]),
    };
    let crs = Crs::parse(&declared_crs(&collection).unwrap_or_else(|| "OGC:CRS84".to_owned()))?;
    let mut geometries = Vec::with_capacity(collection.features.len());
    let mut attributes = attribute_names(&collection);
    for (row, feature) in collection.features.into_iter().enumerate() {
        for attribute in &mut attributes {
            let value = feature.properties.as_ref().and_then(|map| map.get(&attribute.name));
            attribute.values.push(value.map_or(Value::Null, to_value));
        }
        geometries.push(to_geometry(&place, row, feature.geometry)?);
    }
    let frame = frame::build(&place, &attributes, geometries.len())?;
    Ok(RawLayer { place, geometries, frame, crs: Some(crs) })
}

fn to_geometry(
    place: &Place,
    row: usize,
    geometry: Option<geojson::Geometry>,
) -> Result<Option<geo::Geometry<f64>>, FormatError> {
    let Some(geometry) = geometry else { return Ok(None) };
    geo::Geometry::try_from(geometry).map(Some).map_err(|error| FormatError::Row {
        place: place.clone(),
        row: row + 1,
        reason: format!("the geometry cannot be read: {error}"),
        help: "check the coordinates of this feature".to_owned(),
    })
}

/// Finds the first feature that does not parse, for the parser itself names none.
fn check_features(place: &Place, json: &JsonValue) -> Result<(), FormatError> {
    let Some(features) = json.get("features").and_then(JsonValue::as_array) else { return Ok(()) };
    for (row, feature) in features.iter().enumerate() {
        let coordinates = feature.get("geometry").and_then(|geometry| geometry.get("coordinates"));
        if let Some(reason) = coordinates.and_then(short_position) {
            return Err(FormatError::BadGeometry {
                place: place.clone(),
                row: row + 1,
                reason,
                help: "a position is [x, y] with two numbers".to_owned(),
            });
        }
    }
    Ok(())
}

fn short_position(coordinates: &JsonValue) -> Option<String> {
    let items = coordinates.as_array()?;
    if items.iter().any(JsonValue::is_array) {
        return items.iter().find_map(short_position);
    }
    let numbers = items.iter().filter(|item| item.is_number()).count();
    (!items.is_empty() && (items.len() < 2 || numbers < items.len()))
        .then(|| format!("the position {coordinates} is not two numbers"))
}

fn declared_crs(collection: &FeatureCollection) -> Option<String> {
    let crs = collection.foreign_members.as_ref()?.get("crs")?;
    let name = crs.get("properties")?.get("name")?.as_str()?;
    Some(name.to_owned())
}

fn attribute_names(collection: &FeatureCollection) -> Vec<Attribute> {
    let mut names: Vec<String> = Vec::new();
    for feature in &collection.features {
        for name in feature.properties.iter().flat_map(|map| map.keys()) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    names.into_iter().map(|name| Attribute { name, values: Vec::new() }).collect()
}

fn to_value(json: &JsonValue) -> Value {
    match json {
        JsonValue::Null => Value::Null,
        JsonValue::Bool(value) => Value::Bool(*value),
        JsonValue::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => number.as_f64().map_or(Value::Null, Value::Real),
        },
        JsonValue::String(text) => Value::Text(text.clone()),
        nested => Value::Text(nested.to_string()),
    }
}

/// Writes a layer as `GeoJSON`: longitude and latitude in WGS 84, as RFC 7946 asks.
///
/// # Errors
/// [`FormatError::Write`], [`FormatError::Crs`].
pub fn write(file: &Path, layer: &Layer) -> Result<(), FormatError> {
    let failed = |source: std::io::Error| FormatError::Write { file: file.to_owned(), source };
    let target = Crs::parse("OGC:CRS84")?;
    let turn = match layer.areas() {
        Some(areas) => Some(crate::model::Reprojection::new(areas.crs(), &target)?),
        None => None,
    };
    let mut features = Vec::with_capacity(layer.frame().height());
    for row in 0..layer.frame().height() {
        let geometry = match (layer.areas(), &turn) {
            (Some(areas), Some(turn)) => {
                let mut shape = areas.shapes()[row].clone();
                turn.geometry(&mut shape)?;
                Some(geojson::Geometry::from(&shape))
            }
            _ => None,
        };
        features.push(geojson::Feature {
            geometry,
            properties: Some(properties(layer, row)),
            ..geojson::Feature::default()
        });
    }
    let mut collection = FeatureCollection::new(features);
    let mut members = geojson::JsonObject::new();
    members.insert("name".to_owned(), layer.name().into());
    collection.foreign_members = Some(members);
    std::fs::write(file, GeoJson::from(collection).to_string()).map_err(failed)
}

fn properties(layer: &Layer, row: usize) -> geojson::JsonObject {
    use polars::prelude::AnyValue;
    let mut map = geojson::JsonObject::new();
    for column in layer.frame().columns() {
        let value = match column.get(row) {
            Ok(AnyValue::String(text)) => JsonValue::from(text),
            Ok(AnyValue::StringOwned(text)) => JsonValue::from(text.as_str()),
            Ok(AnyValue::Float64(number)) => JsonValue::from(number),
            Ok(AnyValue::Int64(number)) => JsonValue::from(number),
            Ok(AnyValue::Int32(number)) => JsonValue::from(number),
            Ok(AnyValue::Boolean(value)) => JsonValue::from(value),
            _ => JsonValue::Null,
        };
        map.insert(column.name().to_string(), value);
    }
    map
}
