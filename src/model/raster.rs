//! Values of a surface, cell by cell: noise, air, heat, green cover.

use geo::{BoundingRect, Coord, Geometry, MapCoords, Rect};

use super::Crs;

/// Where the cells of a raster lie: x = t0 + t1·column + t2·row, y = t3 + t4·column + t5·row, corners at whole numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct CellSystem {
    transform: [f64; 6],
    crs: Crs,
}

impl CellSystem {
    /// `None` for cells without a surface.
    #[must_use]
    pub fn new(transform: [f64; 6], crs: Crs) -> Option<Self> {
        let [_, a, b, _, c, d] = transform;
        let surface = a * d - b * c;
        (surface.is_finite() && surface != 0.0).then_some(Self { transform, crs })
    }

    /// The system of x and y.
    #[must_use]
    pub fn crs(&self) -> &Crs {
        &self.crs
    }

    /// A place, in columns and rows.
    #[must_use]
    pub fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let [x0, x_column, x_row, y0, y_column, y_row] = self.transform;
        let (east, north) = (x - x0, y - y0);
        let surface = x_column * y_row - x_row * y_column;
        let column = (east * y_row - north * x_row) / surface;
        let row = (north * x_column - east * y_column) / surface;
        (column, row)
    }

    /// A polygon, its coordinates in columns and rows; `None` for any other shape.
    #[must_use]
    pub fn polygon(&self, shape: &Geometry<f64>) -> Option<Geometry<f64>> {
        let turn = |Coord { x, y }: Coord<f64>| {
            let (x, y) = self.at(x, y);
            Coord { x, y }
        };
        match shape {
            Geometry::Polygon(shape) => Some(shape.map_coords(turn).into()),
            Geometry::MultiPolygon(shape) => Some(shape.map_coords(turn).into()),
            Geometry::Rect(shape) => Some(shape.to_polygon().map_coords(turn).into()),
            Geometry::Triangle(shape) => Some(shape.to_polygon().map_coords(turn).into()),
            _ => None,
        }
    }

    /// How much of the ground a cell of a row stands for, beside others: 1 on a plane, the cosine of the latitude where
    /// the system counts degrees.
    #[must_use]
    pub fn weight(&self, column: i32, row: i32) -> f64 {
        if !self.crs.is_geographic() {
            return 1.0;
        }
        let [_, _, _, y0, c, d] = self.transform;
        let latitude = y0 + c * (f64::from(column) + 0.5) + d * (f64::from(row) + 0.5);
        latitude.to_radians().cos().max(0.0)
    }
}

/// The cells of a part of a band, row by row; NaN where nothing is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Raster {
    /// Column and row of the first cell, in the raster as a whole.
    first: (i32, i32),
    columns: usize,
    cells: Vec<f64>,
    system: CellSystem,
}

impl Raster {
    /// `cells.len() / columns` rows from the cell `first` on; `None` where the last row is not whole.
    #[must_use]
    pub fn new(
        first: (i32, i32),
        columns: usize,
        cells: Vec<f64>,
        system: CellSystem,
    ) -> Option<Self> {
        let whole = columns > 0 && cells.len().is_multiple_of(columns);
        whole.then_some(Self { first, columns, cells, system })
    }

    /// Where its cells lie.
    #[must_use]
    pub fn system(&self) -> &CellSystem {
        &self.system
    }

    /// The value of a cell; `None` where it is missing, or was not read.
    #[must_use]
    pub fn value(&self, column: i32, row: i32) -> Option<f64> {
        let column = usize::try_from(column.checked_sub(self.first.0)?).ok()?;
        let row = usize::try_from(row.checked_sub(self.first.1)?).ok()?;
        let at = row.checked_mul(self.columns)?.checked_add(column)?;
        let inside = column < self.columns;
        self.cells.get(at).copied().filter(|value| inside && value.is_finite())
    }
}

/// The rectangle around polygons in columns and rows.
#[must_use]
pub fn window_of(shapes: &[Option<Geometry<f64>>]) -> Option<Rect<f64>> {
    let rects = shapes.iter().flatten().filter_map(BoundingRect::bounding_rect);
    rects.reduce(|a, b| {
        let (low, high) = (a.min(), a.max());
        let (other_low, other_high) = (b.min(), b.max());
        Rect::new(
            (low.x.min(other_low.x), low.y.min(other_low.y)),
            (high.x.max(other_high.x), high.y.max(other_high.y)),
        )
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::float_cmp)]
mod tests {
    use super::*;

    #[test]
    fn a_place_and_its_cell_name_each_other_in_a_turned_raster() {
        let crs = Crs::parse("EPSG:3006").unwrap();
        let turned = CellSystem::new([100.0, 3.0, 4.0, 200.0, 4.0, -3.0], crs.clone()).unwrap();
        let (x, y) = (100.0 + 3.0 * 2.0 + 4.0 * 5.0, 200.0 + 4.0 * 2.0 - 3.0 * 5.0);
        assert_eq!(turned.at(x, y), (2.0, 5.0));
        assert!(CellSystem::new([0.0, 1.0, 2.0, 0.0, 2.0, 4.0], crs).is_none());
    }

    #[test]
    fn a_cell_beyond_the_last_column_is_not_that_of_the_next_row() {
        let crs = Crs::parse("EPSG:3006").unwrap();
        let system = CellSystem::new([0.0, 1.0, 0.0, 0.0, 0.0, -1.0], crs).unwrap();
        let raster = Raster::new((10, 20), 2, vec![1.0, f64::NAN, 3.0, 4.0], system).unwrap();
        assert_eq!((raster.value(10, 20), raster.value(11, 21)), (Some(1.0), Some(4.0)));
        assert_eq!((raster.value(11, 20), raster.value(12, 20)), (None, None));
        assert_eq!((raster.value(9, 21), raster.value(10, 22)), (None, None));
    }
}
