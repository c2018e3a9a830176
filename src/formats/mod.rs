//! Bytes to model and back, one file a format.
//!
//! [`open`] decides by ending and content what a file is and decodes it; [`write`] encodes by ending.

pub mod csv;
mod cube;
pub mod elevation;
mod error;
mod features;
pub mod flatgeobuf;
mod frame;
pub mod geojson;
pub mod geopackage;
pub mod geoparquet;
pub mod gtfs;
mod inspect;
pub mod jsonstat;
pub mod kolada;
pub mod ogr;
pub mod osm;
pub mod points;
pub mod px;
pub mod pxweb;
pub mod raster;
mod raw;
pub mod scb_codes;
mod text;
mod validity;
pub(crate) mod wkb;
pub mod xlsx;

use std::path::Path;
use std::sync::Arc;

use ::geojson::JsonValue;
use geo::Geometry;
use polars::prelude::{DataFrame, IdxCa};

pub use error::{FormatError, Place};
pub use frame::numbers;
pub use raw::{ColumnRole, Members, RawColumn, RawTable};

use crate::model::{Areas, Crs, Layer};

/// A spatial layer as its file holds it, not yet looked at.
pub struct RawLayer {
    pub place: Place,
    pub geometries: Vec<Option<Geometry<f64>>>,
    pub frame: DataFrame,
    pub crs: Option<Crs>,
}

/// What the caller knows better than the file.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    pub layer: Option<String>,
    /// The system of the coordinates, instead of what the file says.
    pub crs: Option<Crs>,
    /// Rebuild invalid polygons and leave out empty ones instead of refusing them.
    pub repair: bool,
    pub csv: csv::CsvOptions,
}

/// What a file turned out to hold.
pub enum Content {
    /// Text cells of a statistical table.
    Raw(RawTable),
    /// Typed columns without shapes.
    Frame(DataFrame),
    /// Shapes and attributes, checked; the notes say what was repaired.
    Layer { layer: Layer, notes: Vec<String> },
}

/// Endings that [`open`] knows.
const READS: &str =
    ".csv .tsv .txt .xlsx .px .json .geojson .gpkg .shp .fgb .gdb .tab .parquet .geoparquet";
/// Endings that [`write`] knows.
const TABLES: &str = ".parquet .csv";
const WRITES: &str = ".gpkg .parquet .geojson .fgb";

/// Opens any file that the program reads.
///
/// # Errors
/// [`FormatError`], naming the file and, where there is one, layer and row.
pub fn open(file: &Path, options: &OpenOptions) -> Result<Content, FormatError> {
    let ending = ending(file);
    refuse_idle_csv_options(file, &ending, options)?;
    match ending.as_str() {
        "csv" | "tsv" | "txt" => Ok(Content::Raw(csv::read_csv(file, &read(file)?, &options.csv)?)),
        "xlsx" => {
            let bytes = read(file)?;
            let sheet = options.layer.as_deref();
            Ok(Content::Raw(xlsx::read_xlsx(file, &bytes, sheet, &options.csv)?))
        }
        "px" => Ok(Content::Raw(px::read_px(file, &read(file)?)?)),
        "json" | "geojson" => open_json(file, options),
        "parquet" | "geoparquet" => open_parquet(file, &read(file)?, options),
        "gpkg" => open_ogr(file, options, "a GeoPackage"),
        "shp" => open_ogr(file, options, "a Shapefile"),
        "fgb" => open_ogr(file, options, "a FlatGeobuf file"),
        "gdb" => open_ogr(file, options, "a File Geodatabase"),
        "tab" => open_ogr(file, options, "a MapInfo table"),
        _ => {
            read(file)?;
            Err(FormatError::UnknownEnding { file: file.to_owned(), known: READS })
        }
    }
}

/// What is said of a CSV file about a file of another kind would be passed over in silence.
fn refuse_idle_csv_options(
    file: &Path,
    ending: &str,
    options: &OpenOptions,
) -> Result<(), FormatError> {
    if options.csv == csv::CsvOptions::default() || matches!(ending, "csv" | "tsv" | "txt") {
        return Ok(());
    }
    let of_text = options.csv.delimiter.is_some() || options.csv.encoding.is_some();
    if ending == "xlsx" && !of_text {
        return Ok(());
    }
    exists(file)?;
    Err(FormatError::NotWhatItSays {
        file: file.to_owned(),
        expected: "a CSV table",
        reason: format!("its ending is .{ending}"),
        help: "leave out --delimiter, --encoding, --header-row and --decimal: they speak of .csv, \
               .tsv and .txt"
            .to_owned(),
    })
}

/// Writes layers; only a `GeoPackage` holds more than one.
///
/// # Errors
/// [`FormatError::UnknownEnding`] and those of the format.
pub fn write(file: &Path, layer: &Layer) -> Result<(), FormatError> {
    match ending(file).as_str() {
        "gpkg" => geopackage::write(file, &[layer]),
        "parquet" | "geoparquet" => geoparquet::write(file, layer),
        "geojson" | "json" => geojson::write(file, layer),
        "fgb" => flatgeobuf::write(file, layer),
        _ => Err(FormatError::UnknownEnding { file: file.to_owned(), known: WRITES }),
    }
}

/// Writes a table without shapes: `.parquet` or `.csv`.
///
/// # Errors
/// [`FormatError::UnknownEnding`] and those of the format.
pub fn write_table(file: &Path, frame: &DataFrame) -> Result<(), FormatError> {
    let name = stem(file);
    match ending(file).as_str() {
        "parquet" => geoparquet::write(file, &Layer::table(name.clone(), name, frame.clone())),
        "csv" => csv::write_csv(file, frame),
        _ => check_table(file),
    }
}

/// Whether [`write_table`] knows the ending.
///
/// # Errors
/// [`FormatError::UnknownEnding`].
pub fn check_table(file: &Path) -> Result<(), FormatError> {
    match ending(file).as_str() {
        "parquet" | "csv" => Ok(()),
        _ => Err(FormatError::UnknownEnding { file: file.to_owned(), known: TABLES }),
    }
}

/// Whether [`write`] knows the ending.
///
/// # Errors
/// [`FormatError::UnknownEnding`].
pub fn check_output(file: &Path) -> Result<(), FormatError> {
    match ending(file).as_str() {
        "gpkg" | "parquet" | "geoparquet" | "geojson" | "json" | "fgb" => Ok(()),
        _ => Err(FormatError::UnknownEnding { file: file.to_owned(), known: WRITES }),
    }
}

/// The bytes of a file that exists and holds something.
///
/// # Errors
/// [`FormatError::Missing`], [`FormatError::Empty`], [`FormatError::Read`].
pub fn read(file: &Path) -> Result<Vec<u8>, FormatError> {
    exists(file)?;
    let bytes = std::fs::read(file)
        .map_err(|source| FormatError::Read { file: file.to_owned(), source })?;
    if bytes.is_empty() { Err(FormatError::Empty { file: file.to_owned() }) } else { Ok(bytes) }
}

fn exists(file: &Path) -> Result<(), FormatError> {
    match std::fs::metadata(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(FormatError::Missing { file: file.to_owned() })
        }
        Err(source) => Err(FormatError::Read { file: file.to_owned(), source }),
        Ok(metadata) if metadata.is_file() && metadata.len() == 0 => {
            Err(FormatError::Empty { file: file.to_owned() })
        }
        Ok(_) => Ok(()),
    }
}

fn ending(file: &Path) -> String {
    file.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default()
}

fn open_json(file: &Path, options: &OpenOptions) -> Result<Content, FormatError> {
    let bytes = read(file)?;
    let decoded = text::decode_text(&bytes);
    let json: JsonValue = serde_json::from_str(&decoded.text).map_err(|error| {
        if error.is_eof() {
            FormatError::Truncated { file: file.to_owned(), reason: error.to_string() }
        } else {
            FormatError::NotWhatItSays {
                file: file.to_owned(),
                expected: "JSON",
                reason: error.to_string(),
                help: "check that the ending fits the content".to_owned(),
            }
        }
    })?;
    if is_geojson(&json) {
        return finish(geojson::read(file, json)?, options);
    }
    if json.get("columns").is_some() && json.get("data").is_some() {
        return Ok(Content::Raw(pxweb::read_pxweb_v1(file, &json)?));
    }
    if kolada::is_kolada(&json) {
        return Ok(Content::Raw(kolada::read_kolada(file, &json)?));
    }
    if json.get("class").is_some() || json.get("dataset").is_some() {
        return Ok(Content::Raw(jsonstat::read_json_stat(file, &json)?));
    }
    Err(FormatError::NotWhatItSays {
        file: file.to_owned(),
        expected: "GeoJSON, JSON-stat 2, a PxWeb or a Kolada answer",
        reason: "the JSON has none of their members".to_owned(),
        help: "turn it into CSV, or ask the publisher for one of these forms".to_owned(),
    })
}

fn is_geojson(json: &JsonValue) -> bool {
    let kind = json.get("type").and_then(JsonValue::as_str).unwrap_or_default();
    matches!(kind, "FeatureCollection" | "Feature")
        || (json.get("coordinates").is_some() && !kind.is_empty())
}

fn open_parquet(file: &Path, bytes: &[u8], options: &OpenOptions) -> Result<Content, FormatError> {
    let parquet = geoparquet::open(file, bytes)?;
    if parquet.geo.is_some() {
        return finish(geoparquet::to_raw_layer(file, parquet)?, options);
    }
    Ok(Content::Frame(frame::normalise(&Place::file(file), parquet.frame)?))
}

fn open_ogr(
    file: &Path,
    options: &OpenOptions,
    expected: &'static str,
) -> Result<Content, FormatError> {
    exists(file)?;
    let raw = ogr::read(file, options.layer.as_deref(), expected)?;
    if raw.crs.is_none() && raw.geometries.iter().all(Option::is_none) && !raw.geometries.is_empty()
    {
        // An attribute table of a GeoPackage has neither shapes nor a system.
        return Ok(Content::Frame(raw.frame));
    }
    finish(raw, options)
}

fn finish(raw: RawLayer, options: &OpenOptions) -> Result<Content, FormatError> {
    let (layer, notes) = to_layer(raw, options)?;
    Ok(Content::Layer { layer, notes })
}

/// Looks at every geometry and joins shapes and attributes; keys are row numbers.
///
/// # Errors
/// [`FormatError::NoCrs`], [`FormatError::Empty`] and those of the look.
pub fn to_layer(raw: RawLayer, options: &OpenOptions) -> Result<(Layer, Vec<String>), FormatError> {
    let place = raw.place;
    let crs = options.crs.clone().or(raw.crs);
    let crs = crs.ok_or_else(|| FormatError::NoCrs { place: place.clone() })?;
    if raw.geometries.is_empty() {
        return Err(FormatError::Empty { file: place.file });
    }
    let rows = raw.geometries.len();
    let looked = inspect::inspect(&place, raw.geometries, &crs, options.repair)?;
    let frame = if looked.kept.len() == rows {
        raw.frame
    } else {
        let index: Vec<u32> =
            looked.kept.iter().filter_map(|&row| u32::try_from(row).ok()).collect();
        raw.frame
            .take(&IdxCa::from_vec("row".into(), index))
            .map_err(|error| frame::fault(&place, &error))?
    };
    let keys = looked.kept.iter().map(|row| (row + 1).to_string()).collect();
    let areas = Arc::new(Areas::new(keys, looked.shapes, crs)?);
    let name = place.layer.clone().unwrap_or_else(|| stem(&place.file));
    let layer = Layer::spatial(name.clone(), name, areas, frame)?;
    Ok((layer, looked.notes))
}

/// The file's name without ending.
#[must_use]
pub fn stem(file: &Path) -> String {
    file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_without_a_system_is_refused_and_named() {
        let raw = RawLayer {
            place: Place::layer("a.shp", "a"),
            geometries: vec![Some(Geometry::Point(geo::Point::new(667_000.0, 6_588_000.0)))],
            frame: DataFrame::empty_with_height(1),
            crs: None,
        };
        let error = to_layer(raw, &OpenOptions::default()).unwrap_err();
        assert_eq!(error.to_string(), "a.shp, layer \"a\": has no coordinate reference system");
    }
}
