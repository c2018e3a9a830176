//! `GeoPackage` 1.x (OGC 12-128), written through GDAL.

mod beside;

use std::path::Path;

use gdal::cpl::CslStringList;
use gdal::vector::sql;
use gdal::{Dataset, DriverManager};

pub use beside::{Beside, METADATA, Metadata, PROJECTS, Project, STYLES, Style};

use super::FormatError;
use super::features;
use crate::model::Layer;

/// Writes all layers into one new file.
///
/// # Errors
/// [`FormatError::Write`], [`FormatError::Crs`].
pub fn write(file: &Path, layers: &[&Layer]) -> Result<(), FormatError> {
    write_with(file, layers, &Beside::default())
}

/// Writes all layers into one new file, with styles, projects and metadata beside them.
///
/// # Errors
/// [`FormatError::Write`], [`FormatError::Crs`].
pub fn write_with(file: &Path, layers: &[&Layer], beside: &Beside) -> Result<(), FormatError> {
    let failed = features::failure(file);
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
    let statements = beside.statements();
    if !statements.is_empty() {
        let transaction = dataset.start_transaction().map_err(gdal)?;
        for statement in statements {
            transaction.execute_sql(statement, None, sql::Dialect::DEFAULT).map_err(gdal)?;
        }
        transaction.commit().map_err(gdal)?;
    }
    dataset.close().map_err(gdal)
}

fn write_layer(
    dataset: &mut Dataset,
    layer: &Layer,
    failed: &impl Fn(String) -> FormatError,
) -> Result<(), FormatError> {
    let mut options = vec![format!("IDENTIFIER={}", layer.title())];
    options.push(format!("FID={}", free_name(layer, "fid")));
    options.push(format!("GEOMETRY_NAME={}", free_name(layer, "geom")));
    if layer.areas().is_none() {
        options.push("ASPATIAL_VARIANT=GPKG_ATTRIBUTES".to_owned());
    }
    features::write_layer(dataset, layer, &options, failed)
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
