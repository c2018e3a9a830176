//! Rasters that GDAL reads, above all `GeoTIFF`: amounts, such as a population grid, and values of a surface, such as noise.

use std::path::{Path, PathBuf};

use gdal::errors::GdalError;
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};
use geo::Rect;

use super::{FormatError, Place, exists};
use crate::model::{CellSystem, Crs, Raster, Reprojection};

/// More cells than this are refused: they would take gigabytes of memory.
const MOST_CELLS: usize = 200_000_000;

/// The middle of every cell with an amount above zero that lies in a box (west, south, east, north of `to`), as x and y of
/// `to`, and the amount. Cells with the band's missing value count nothing.
///
/// # Errors
/// [`FormatError`] for a file that cannot be read, has no system or bands, or is larger than fits.
pub fn amounts(
    file: &Path,
    to: &Crs,
    [west, south, east, north]: [f64; 4],
) -> Result<Vec<(f64, f64, f64)>, FormatError> {
    exists(file)?;
    let dataset = open(file)?;
    let crs = dataset.spatial_ref().ok().and_then(Crs::from_spatial_ref);
    let crs = crs.ok_or_else(|| FormatError::NoCrs { place: Place::file(file) })?;
    let not_raster = |error| not_a_raster(file, &error);
    let [x0, x_column, x_row, y0, y_column, y_row] = dataset.geo_transform().map_err(not_raster)?;
    let (columns, rows) = dataset.raster_size();
    if columns.saturating_mul(rows) > MOST_CELLS {
        return Err(FormatError::Decode {
            file: file.to_owned(),
            reason: format!("it has {columns} by {rows} cells"),
            help: format!("cut it to the sources, or resample it to fewer than {MOST_CELLS} cells"),
        });
    }
    let band = dataset.rasterband(1).map_err(not_raster)?;
    let cells = band.read_as::<f64>((0, 0), (columns, rows), (columns, rows), None);
    let cells = cells.map_err(|error| FormatError::Truncated {
        file: file.to_owned(),
        reason: error.to_string(),
    })?;
    let missing = band.no_data_value();
    let turn = Reprojection::new(&crs, to)?;
    let mut found = Vec::new();
    for (at, &amount) in cells.data().iter().enumerate() {
        #[allow(clippy::float_cmp)] // the missing value is stored, not computed
        let is_missing = missing.is_some_and(|missing| missing == amount);
        if is_missing || !(amount > 0.0 && amount.is_finite()) {
            continue;
        }
        #[allow(clippy::cast_precision_loss)] // numbers of columns and rows
        let (column, row) = ((at % columns) as f64 + 0.5, (at / columns) as f64 + 0.5);
        let x = x0 + column * x_column + row * x_row;
        let y = y0 + column * y_column + row * y_row;
        let (x, y) = turn.point(x, y)?;
        if (west..=east).contains(&x) && (south..=north).contains(&y) {
            found.push((x, y, amount));
        }
    }
    Ok(found)
}

/// A band of a raster, open, of which parts can be read.
pub struct Band {
    dataset: Dataset,
    file: PathBuf,
    number: usize,
    system: CellSystem,
}

impl Band {
    /// Opens a band, counted from 1. `crs` is taken instead of what the file says.
    ///
    /// # Errors
    /// [`FormatError`] for a file that cannot be read, has no system, no such band, or cells without a surface.
    pub fn open(file: &Path, band: usize, crs: Option<&Crs>) -> Result<Self, FormatError> {
        exists(file)?;
        let dataset = open(file)?;
        let own = || dataset.spatial_ref().ok().and_then(Crs::from_spatial_ref);
        let crs = crs.cloned().or_else(own).ok_or_else(|| FormatError::Decode {
            file: file.to_owned(),
            reason: "it has no coordinate reference system".to_owned(),
            help: "say which one with --raster-crs, for example --raster-crs EPSG:3006".to_owned(),
        })?;
        let transform = dataset.geo_transform().map_err(|error| not_a_raster(file, &error))?;
        let bands = dataset.raster_count();
        if !(1..=bands).contains(&band) {
            return Err(FormatError::Decode {
                file: file.to_owned(),
                reason: format!("it has no band {band}"),
                help: format!("its bands are 1 to {bands}"),
            });
        }
        let system = CellSystem::new(transform, crs).ok_or_else(|| FormatError::Decode {
            file: file.to_owned(),
            reason: "its cells have no surface".to_owned(),
            help: "the file says nothing of where it lies; export it with its position".to_owned(),
        })?;
        Ok(Self { dataset, file: file.to_owned(), number: band, system })
    }

    /// Where its cells lie.
    #[must_use]
    pub fn system(&self) -> &CellSystem {
        &self.system
    }

    /// Reads the cells that meet a window of columns and rows, scale and offset of the band applied; `None` where none
    /// does.
    ///
    /// # Errors
    /// [`FormatError::Decode`] for more cells than fit, [`FormatError::Truncated`] for a damaged file.
    pub fn read(&self, window: Rect<f64>) -> Result<Option<Raster>, FormatError> {
        let (columns, rows) = self.dataset.raster_size();
        let across = span(window.min().x, window.max().x, columns);
        let down = span(window.min().y, window.max().y, rows);
        let Some(((left, wide), (top, tall))) = across.zip(down) else { return Ok(None) };
        if wide.saturating_mul(tall) > MOST_CELLS {
            return Err(FormatError::Decode {
                file: self.file.clone(),
                reason: format!("{wide} by {tall} of its cells are needed"),
                help: format!(
                    "resample it to fewer than {MOST_CELLS} cells, or take a smaller area"
                ),
            });
        }
        let cells = self.cells((left, top), (wide, tall));
        let cells = cells.map_err(|error| FormatError::Truncated {
            file: self.file.clone(),
            reason: error.to_string(),
        })?;
        let first = i32::try_from(left).ok().zip(i32::try_from(top).ok()).unwrap_or_default();
        Ok(Raster::new(first, wide, cells, self.system.clone()))
    }

    #[allow(clippy::cast_possible_wrap)] // GDAL counts in i32
    fn cells(
        &self,
        (left, top): (usize, usize),
        size: (usize, usize),
    ) -> Result<Vec<f64>, GdalError> {
        let band = self.dataset.rasterband(self.number)?;
        let cells = band.read_as::<f64>((left as isize, top as isize), size, size, None)?;
        let missing = band.no_data_value();
        let (scale, offset) = (band.scale().unwrap_or(1.0), band.offset().unwrap_or(0.0));
        let value = |cell: &f64| {
            #[allow(clippy::float_cmp)] // the missing value is stored, not computed
            let is_missing = missing.is_some_and(|missing| missing == *cell);
            if is_missing { f64::NAN } else { cell * scale + offset }
        };
        Ok(cells.data().iter().map(value).collect())
    }
}

/// The whole cells between two numbers, of those that there are: the first, and how many.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // clamped before
fn span(low: f64, high: f64, count: usize) -> Option<(usize, usize)> {
    let first = low.floor().clamp(0.0, count as f64) as usize;
    let end = high.ceil().clamp(0.0, count as f64) as usize;
    (end > first).then(|| (first, end - first))
}

fn open(file: &Path) -> Result<Dataset, FormatError> {
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_RASTER | GdalOpenFlags::GDAL_OF_READONLY,
        ..DatasetOptions::default()
    };
    Dataset::open_ex(file, options).map_err(|error| not_a_raster(file, &error))
}

fn not_a_raster(file: &Path, error: &GdalError) -> FormatError {
    FormatError::NotWhatItSays {
        file: file.to_owned(),
        expected: "a raster",
        reason: match error {
            GdalError::NullPointer { msg, .. } if !msg.is_empty() => msg.clone(),
            other => other.to_string(),
        },
        help: "give a GeoTIFF of numbers, such as residents a cell or decibels".to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use gdal::DriverManager;
    use gdal::raster::Buffer;

    use super::*;

    #[test]
    fn amounts_stand_in_the_middle_of_their_cells_and_missing_ones_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("residents.tif");
        let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
        let mut dataset = driver.create_with_band_type::<f32, _>(&file, 2, 2, 1).unwrap();
        dataset.set_geo_transform(&[674_000.0, 100.0, 0.0, 6_580_200.0, 0.0, -100.0]).unwrap();
        let crs = Crs::parse("EPSG:3006").unwrap();
        dataset.set_spatial_ref(&crs.spatial_ref().unwrap()).unwrap();
        let mut band = dataset.rasterband(1).unwrap();
        band.set_no_data_value(Some(-1.0)).unwrap();
        band.write((0, 0), (2, 2), &mut Buffer::new((2, 2), vec![3.0_f32, -1.0, 0.0, 4.0]))
            .unwrap();
        dataset.close().unwrap();
        let everywhere = [6e5, 6e6, 7e5, 7e6];
        let found = amounts(&file, &crs, everywhere).unwrap();
        assert_eq!(found, vec![(674_050.0, 6_580_150.0, 3.0), (674_150.0, 6_580_050.0, 4.0)]);
        let elsewhere = [0.0, 0.0, 1.0, 1.0];
        assert!(amounts(&file, &crs, elsewhere).unwrap().is_empty());
    }

    #[test]
    fn words_are_no_raster() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("words.tif");
        std::fs::write(&file, "no raster").unwrap();
        let error = amounts(&file, &Crs::parse("EPSG:3006").unwrap(), [0.0; 4]).unwrap_err();
        assert!(matches!(error, FormatError::NotWhatItSays { .. }), "{error}");
    }
}
