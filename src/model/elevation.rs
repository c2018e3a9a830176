//! Heights of the ground on a grid.

use super::{Crs, CrsError, Reprojection};

/// Metres a degree of latitude, enough to tell how large a cell is.
const METRES_PER_DEGREE: f64 = 111_320.0;

/// A grid of heights in metres, row by row from the first; NaN where nothing is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Elevation {
    columns: usize,
    heights: Vec<f32>,
    /// x and y of the grid's corner, then of a step along a row and of a step along a column.
    corner: (f64, f64),
    along_row: (f64, f64),
    along_column: (f64, f64),
    crs: Crs,
}

impl Elevation {
    /// A grid of `columns` by `heights.len() / columns` cells.
    ///
    /// `transform` takes column and row to coordinates as GDAL does: x = t0 + t1·column + t2·row,
    /// y = t3 + t4·column + t5·row, cell corners at whole numbers. `None` for a grid without cells or with
    /// cells without a surface.
    #[must_use]
    pub fn new(columns: usize, heights: Vec<f32>, transform: [f64; 6], crs: Crs) -> Option<Self> {
        let [x, x_column, x_row, y, y_column, y_row] = transform;
        let surface = x_column * y_row - x_row * y_column;
        let whole = columns > 0 && !heights.is_empty() && heights.len().is_multiple_of(columns);
        (whole && surface.is_finite() && surface != 0.0).then_some(Self {
            columns,
            heights,
            corner: (x, y),
            along_row: (x_column, y_column),
            along_column: (x_row, y_row),
            crs,
        })
    }

    /// The system of the grid.
    #[must_use]
    pub fn crs(&self) -> &Crs {
        &self.crs
    }

    /// Everything that decides a height, as bytes: two grids with the same bytes give the same heights.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let ends = [self.corner, self.along_row, self.along_column];
        let mut bytes = self.crs.definition().as_bytes().to_vec();
        bytes.extend((self.columns as u64).to_le_bytes());
        bytes.extend(ends.iter().flat_map(|(x, y)| [x.to_le_bytes(), y.to_le_bytes()]).flatten());
        bytes.extend(self.heights.iter().flat_map(|height| height.to_le_bytes()));
        bytes
    }

    /// Side of a cell in metres at a latitude in degrees, the shorter one; an estimate where the system counts degrees.
    #[must_use]
    pub fn cell_m(&self, lat: f64) -> f64 {
        let (east, north) = if self.crs.is_geographic() {
            (METRES_PER_DEGREE * lat.to_radians().cos(), METRES_PER_DEGREE)
        } else {
            (1.0, 1.0)
        };
        let side = |(x, y): (f64, f64)| (x * east).hypot(y * north);
        side(self.along_row).min(side(self.along_column))
    }

    /// Prepares reading by longitude and latitude.
    ///
    /// # Errors
    /// [`CrsError::Transform`] when PROJ knows no way from degrees to the system of the grid.
    pub fn sampler(&self) -> Result<Sampler<'_>, CrsError> {
        let turn = Reprojection::new(&Crs::parse("EPSG:4326")?, &self.crs)?;
        Ok(Sampler { grid: self, turn })
    }

    /// Column and row of a place, in cells from the centre of the first one.
    fn cell_of(&self, x: f64, y: f64) -> (f64, f64) {
        let (x, y) = (x - self.corner.0, y - self.corner.1);
        let (row, column) = (self.along_row, self.along_column);
        let surface = row.0 * column.1 - row.1 * column.0;
        let along_row = (x * column.1 - y * column.0) / surface;
        let along_column = (y * row.0 - x * row.1) / surface;
        (along_row - 0.5, along_column - 0.5)
    }

    /// Between the four centres around a place; in the outer half of a border cell as at its centre.
    // The range is checked, and grids are smaller than 2^52.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    fn height(&self, x: f64, y: f64) -> Option<f64> {
        let (column, row) = self.cell_of(x, y);
        let (last_column, last_row) = (self.columns - 1, self.heights.len() / self.columns - 1);
        let clamp = |cell: f64, last: usize| {
            let inside = (-0.5..=last as f64 + 0.5).contains(&cell);
            inside.then(|| cell.clamp(0.0, last as f64))
        };
        let (column, row) = (clamp(column, last_column)?, clamp(row, last_row)?);
        let (left, top) = (column as usize, row as usize);
        let (right_share, low_share) = (column - left as f64, row - top as f64);
        let mut height = 0.0;
        for (column, across) in [(left, 1.0 - right_share), (left + 1, right_share)] {
            for (row, down) in [(top, 1.0 - low_share), (top + 1, low_share)] {
                // A cell of no weight may be missing, or lie beyond the grid.
                if across * down > 0.0 {
                    let cell = *self.heights.get(row * self.columns + column)?;
                    height += across * down * f64::from(cell);
                }
            }
        }
        height.is_finite().then_some(height)
    }
}

/// Reads a grid by longitude and latitude.
pub struct Sampler<'a> {
    grid: &'a Elevation,
    turn: Reprojection,
}

impl Sampler<'_> {
    /// Height in metres at a place in degrees (WGS 84), bilinear between the centres of cells; `None` outside the grid
    /// and beside cells without a height.
    #[must_use]
    pub fn at(&self, lon: f64, lat: f64) -> Option<f64> {
        let (x, y) = self.turn.point(lon, lat).ok()?;
        self.grid.height(x, y)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn grid(heights: &[f32]) -> Elevation {
        // Three columns of a degree from 10° east, rows southward from 50° north.
        let transform = [10.0, 1.0, 0.0, 50.0, 0.0, -1.0];
        let crs = Crs::parse("EPSG:4326").unwrap();
        Elevation::new(3, heights.to_vec(), transform, crs).unwrap()
    }

    #[test]
    fn between_four_centres_the_height_is_their_weighted_mean() {
        let grid = grid(&[0.0, 10.0, 20.0, 100.0, 110.0, 120.0]);
        let at = grid.sampler().unwrap();
        assert_eq!(at.at(10.5, 49.5), Some(0.0));
        assert_eq!(at.at(11.0, 49.5), Some(5.0));
        assert_eq!(at.at(11.0, 49.0), Some(55.0));
        assert_eq!(at.at(12.75, 48.75), Some(95.0), "the border cell's outer half");
    }

    #[test]
    fn outside_the_grid_and_beside_a_missing_cell_nothing_is_known() {
        let grid = grid(&[0.0, f32::NAN, 20.0, 100.0, 110.0, 120.0]);
        let at = grid.sampler().unwrap();
        assert_eq!(at.at(9.99, 49.5), None);
        assert_eq!(at.at(11.0, 49.5), None);
        assert_eq!(at.at(10.5, 49.0), Some(50.0));
        assert_eq!(at.at(11.5, 48.5), Some(110.0), "the missing cell has no weight");
    }

    #[test]
    fn a_cell_of_a_degree_is_shorter_eastward_than_northward() {
        let side = grid(&[0.0; 6]).cell_m(60.0);
        assert!((side - METRES_PER_DEGREE / 2.0).abs() < 1.0, "{side}");
    }
}
