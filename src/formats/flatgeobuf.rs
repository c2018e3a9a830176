//! `FlatGeobuf` 3, written through GDAL: one layer with shapes, packed for the web.

use std::path::Path;

use gdal::DriverManager;

use super::{FormatError, features};
use crate::model::Layer;

/// Writes a layer with shapes. Its features are sorted along a Hilbert curve for the index that readers seek in.
///
/// # Errors
/// [`FormatError::Write`], also for a table without shapes; [`FormatError::Crs`].
pub fn write(file: &Path, layer: &Layer) -> Result<(), FormatError> {
    let failed = features::failure(file);
    let gdal = |error: gdal::errors::GdalError| failed(error.to_string());
    if layer.areas().is_none() {
        return Err(failed("FlatGeobuf holds shapes, and this table has none".to_owned()));
    }
    let driver = DriverManager::get_driver_by_name("FlatGeobuf").map_err(gdal)?;
    let mut dataset = driver.create_vector_only(file).map_err(gdal)?;
    features::write_layer(&mut dataset, layer, &[format!("TITLE={}", layer.title())], &failed)?;
    dataset.close().map_err(gdal)
}
