//! Terrain models that GDAL reads, above all `GeoTIFF`: the first band is the height of the ground.

use std::path::Path;

use gdal::errors::GdalError;
use gdal::raster::RasterBand;
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};

use super::{FormatError, Place, exists};
use crate::model::osm::Position;
use crate::model::{Crs, Elevation, Reprojection};

/// More cells than this are refused: they would take two gigabytes of memory.
const MOST_CELLS: usize = 500_000_000;
/// Cells read around the wanted part, so that it can be interpolated up to its edge.
const MARGIN: f64 = 2.0;
const FOOT_M: f64 = 0.3048;

/// Reads the heights of the part that meets a box (its south-west and north-east corner).
///
/// Cells with the band's missing value are unknown; scale and offset of the band are applied, and feet are turned into
/// metres where the band says that it holds feet.
///
/// # Errors
/// [`FormatError`] for a file that cannot be read, has no system or bands, is larger than fits, or does not meet the
/// box.
pub fn read(file: &Path, [low, high]: [Position; 2]) -> Result<Elevation, FormatError> {
    exists(file)?;
    let dataset = open(file)?;
    let crs = dataset.spatial_ref().ok().and_then(Crs::from_spatial_ref);
    let crs = crs.ok_or_else(|| FormatError::NoCrs { place: Place::file(file) })?;
    let transform = dataset.geo_transform().map_err(|error| not_terrain(file, &error))?;
    let corners = [low.degrees(), high.degrees()];
    let (from, size) =
        window(dataset.raster_size(), transform, &crs, corners)?.ok_or_else(|| {
            FormatError::Decode {
                file: file.to_owned(),
                reason: "the terrain does not meet the streets".to_owned(),
                help:
                    "give a terrain model of the same place; check its coordinate reference system"
                        .to_owned(),
            }
        })?;
    if size.0.saturating_mul(size.1) > MOST_CELLS {
        return Err(FormatError::Decode {
            file: file.to_owned(),
            reason: format!("{} by {} cells are needed of the terrain", size.0, size.1),
            help: format!("resample it to fewer than {MOST_CELLS} cells, or take a smaller area"),
        });
    }
    let band = dataset.rasterband(1).map_err(|error| not_terrain(file, &error))?;
    let heights = heights(&band, from, size).map_err(|error| FormatError::Truncated {
        file: file.to_owned(),
        reason: error.to_string(),
    })?;
    Elevation::new(size.0, heights, moved(transform, from), crs).ok_or_else(|| {
        FormatError::Decode {
            file: file.to_owned(),
            reason: "its cells have no surface".to_owned(),
            help: "the file says nothing of where it lies; export it with its position".to_owned(),
        }
    })
}

fn open(file: &Path) -> Result<Dataset, FormatError> {
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_RASTER | GdalOpenFlags::GDAL_OF_READONLY,
        ..DatasetOptions::default()
    };
    Dataset::open_ex(file, options).map_err(|error| not_terrain(file, &error))
}

fn not_terrain(file: &Path, error: &GdalError) -> FormatError {
    FormatError::NotWhatItSays {
        file: file.to_owned(),
        expected: "a terrain model",
        reason: match error {
            GdalError::NullPointer { msg, .. } if !msg.is_empty() => msg.clone(),
            other => other.to_string(),
        },
        help: "give a GeoTIFF of heights".to_owned(),
    }
}

type Window = ((usize, usize), (usize, usize));

/// First column and row, and numbers of columns and rows, of the part that meets a box of degrees; `None` when none
/// does.
fn window(
    (columns, rows): (usize, usize),
    transform: [f64; 6],
    crs: &Crs,
    [(west, south), (east, north)]: [(f64, f64); 2],
) -> Result<Option<Window>, FormatError> {
    let turn = Reprojection::new(&Crs::parse("EPSG:4326")?, crs)?;
    let [x0, x_column, x_row, y0, y_column, y_row] = transform;
    let surface = x_column * y_row - x_row * y_column;
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    // Sides of the box may be curved in the grid: their middles count, too.
    for lon in [west, f64::midpoint(west, east), east] {
        for lat in [south, f64::midpoint(south, north), north] {
            let (x, y) = turn.point(lon, lat)?;
            let (x, y) = (x - x0, y - y0);
            let cell = [(x * y_row - y * x_row) / surface, (y * x_column - x * y_column) / surface];
            for side in [0, 1] {
                low[side] = low[side].min(cell[side]);
                high[side] = high[side].max(cell[side]);
            }
        }
    }
    let columns = span(low[0], high[0], columns);
    let rows = span(low[1], high[1], rows);
    Ok(columns.zip(rows).map(|((left, wide), (top, tall))| ((left, top), (wide, tall))))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // clamped before
fn span(low: f64, high: f64, count: usize) -> Option<(usize, usize)> {
    if !(low <= count as f64 && high >= 0.0) {
        return None;
    }
    let first = (low - MARGIN).floor().clamp(0.0, count as f64) as usize;
    let end = (high + MARGIN).ceil().clamp(0.0, count as f64) as usize;
    (end > first).then_some((first, end - first))
}

#[allow(clippy::cast_precision_loss)] // numbers of columns and rows
fn moved(transform: [f64; 6], (left, top): (usize, usize)) -> [f64; 6] {
    let [x, x_column, x_row, y, y_column, y_row] = transform;
    let (left, top) = (left as f64, top as f64);
    let at = [x + left * x_column + top * x_row, y + left * y_column + top * y_row];
    [at[0], x_column, x_row, at[1], y_column, y_row]
}

#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)] // heights of the Earth; GDAL counts in i32
fn heights(
    band: &RasterBand<'_>,
    from: (usize, usize),
    size: (usize, usize),
) -> Result<Vec<f32>, GdalError> {
    let cells = band.read_as::<f64>((from.0 as isize, from.1 as isize), size, size, None)?;
    let missing = band.no_data_value();
    let unit = if matches!(band.unit().as_str(), "ft" | "foot" | "feet") { FOOT_M } else { 1.0 };
    let (scale, offset) = (band.scale().unwrap_or(1.0) * unit, band.offset().unwrap_or(0.0) * unit);
    let height = |cell: f64| {
        #[allow(clippy::float_cmp)] // the missing value is stored, not computed
        let is_missing = missing.is_some_and(|missing| missing == cell);
        if is_missing { f32::NAN } else { (cell * scale + offset) as f32 }
    };
    Ok(cells.data().iter().map(|cell| height(*cell)).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::path::PathBuf;

    use gdal::DriverManager;
    use gdal::raster::Buffer;

    use super::*;

    /// Ten by ten cells of a hundredth of a degree from 18° east and 59.1° north; a cell's height is its column, one
    /// is missing.
    fn plane(folder: &tempfile::TempDir) -> PathBuf {
        let file = folder.path().join("plane.tif");
        let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
        let mut dataset = driver.create_with_band_type::<f32, _>(&file, 10, 10, 1).unwrap();
        dataset.set_geo_transform(&[18.0, 0.01, 0.0, 59.1, 0.0, -0.01]).unwrap();
        dataset.set_spatial_ref(&Crs::parse("EPSG:4326").unwrap().spatial_ref().unwrap()).unwrap();
        let mut band = dataset.rasterband(1).unwrap();
        band.set_no_data_value(Some(-9999.0)).unwrap();
        let mut cells: Vec<f32> = (0_u8..100).map(|cell| f32::from(cell % 10)).collect();
        cells[99] = -9999.0;
        band.write((0, 0), (10, 10), &mut Buffer::new((10, 10), cells)).unwrap();
        file
    }

    fn corner(lon: f64, lat: f64) -> Position {
        Position::from_degrees(lon, lat).unwrap()
    }

    #[test]
    fn a_part_of_the_file_gives_the_heights_of_the_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = plane(&folder);
        let whole = read(&file, [corner(17.0, 58.0), corner(19.0, 60.0)]).unwrap();
        let part = read(&file, [corner(18.04, 59.04), corner(18.05, 59.05)]).unwrap();
        let (whole, part) = (whole.sampler().unwrap(), part.sampler().unwrap());
        let (a, b) = (whole.at(18.043, 59.047).unwrap(), part.at(18.043, 59.047).unwrap());
        assert!((a - 3.8).abs() < 1e-6 && (a - b).abs() < 1e-9, "{a} {b}");
        assert_eq!(part.at(18.005, 59.095), None, "not read");
        assert_eq!(whole.at(18.095, 59.005), None, "missing in the file");
    }

    #[test]
    fn terrain_of_another_place_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = read(&plane(&folder), [corner(1.0, 1.0), corner(2.0, 2.0)]).unwrap_err();
        assert!(error.to_string().contains("does not meet the streets"), "{error}");
    }

    #[test]
    fn a_file_that_is_no_raster_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("words.tif");
        std::fs::write(&file, "no raster").unwrap();
        let error = read(&file, [corner(1.0, 1.0), corner(2.0, 2.0)]).unwrap_err();
        assert!(matches!(error, FormatError::NotWhatItSays { .. }), "{error}");
    }
}
