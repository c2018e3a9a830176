//! What a surface is like in a polygon, or where its residents live.
//!
//! # What it does
//! Every cell of the raster counts by the share of it that the polygon covers, computed edge by edge ([`coverage`]); or
//! every resident counts with the value of the cell in which he lives.
//!
//! # Assumes
//! A value holds for all of its cell. Polygons are valid and in the system of the raster; where that counts degrees, a
//! cell weighs as the cosine of its latitude.
//!
//! # Units
//! Those of the raster; shares are 0 to 1.
//!
//! # When it misleads
//! The mean over a surface describes the ground, not the residents: a unit that is half forest is quiet on average though
//! its residents live along the road. A mean of decibels is not the level of the mean sound energy. Where much of the
//! polygon has no data, the rest speaks for it: read the share without data first.
//!
//! # Example
//! A polygon over the whole of a cell of 50 and half of a cell of 65 has the mean (50 + 32.5) / 1.5 = 55, and a third of
//! it lies above 55.
//!
//! # References
//! Daniel Baston, exactextract (<https://github.com/isciences/exactextract>), for statistics weighted by coverage.

use geo::Geometry;

use super::grid::coverage;
use crate::model::{CellSystem, Raster};

/// A figure of a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Statistic {
    Mean,
    Min,
    Max,
    /// The value that so many of 100 parts of the weight do not exceed.
    Percentile(f64),
    /// Share of the weight whose value is greater.
    ShareAbove(f64),
    /// Share of the weight whose value is smaller.
    ShareBelow(f64),
}

impl Statistic {
    /// Reads `mean`, `min`, `max`, `p90`, `share_above:55`, `share_below:10`.
    ///
    /// # Errors
    /// A sentence that names the forms.
    pub fn parse(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
        let known = match text {
            "mean" => Some(Self::Mean),
            "min" => Some(Self::Min),
            "max" => Some(Self::Max),
            _ => match text.split_once(':') {
                Some(("share_above", limit)) => number(limit).map(Self::ShareAbove),
                Some(("share_below", limit)) => number(limit).map(Self::ShareBelow),
                Some(_) => None,
                None => text
                    .strip_prefix('p')
                    .and_then(number)
                    .filter(|p| (0.0..=100.0).contains(p))
                    .map(Self::Percentile),
            },
        };
        known.ok_or_else(|| {
            "statistics are mean, min, max, p0 to p100, share_above:LIMIT, share_below:LIMIT"
                .to_owned()
        })
    }

    /// As part of a column's name: `p90`, `share_above_55`.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Mean => "mean".to_owned(),
            Self::Min => "min".to_owned(),
            Self::Max => "max".to_owned(),
            Self::Percentile(p) => format!("p{p}"),
            Self::ShareAbove(limit) => format!("share_above_{limit}"),
            Self::ShareBelow(limit) => format!("share_below_{limit}"),
        }
    }
}

/// Values with their weights, from the lowest on, and the weight of what has no value.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sample {
    values: Vec<(f64, f64)>,
    weight: f64,
    missing: f64,
}

impl Sample {
    /// Values without weight count nothing.
    #[must_use]
    pub fn new(cells: impl IntoIterator<Item = (Option<f64>, f64)>) -> Self {
        let mut sample = Self::default();
        for (value, weight) in cells.into_iter().filter(|(_, weight)| *weight > 0.0) {
            match value {
                Some(value) => sample.values.push((value, weight)),
                None => sample.missing += weight,
            }
        }
        sample.values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        sample.weight = sample.values.iter().map(|(_, weight)| weight).sum();
        sample
    }

    /// The weight of all, with a value and without.
    #[must_use]
    pub fn whole(&self) -> f64 {
        self.weight + self.missing
    }

    /// Share of the weight that has no value, 0 to 1; `None` without any weight.
    #[must_use]
    pub fn missing_share(&self) -> Option<f64> {
        let whole = self.whole();
        (whole > 0.0).then(|| self.missing / whole)
    }

    /// The figure; `None` where nothing has a value.
    #[must_use]
    pub fn get(&self, statistic: Statistic) -> Option<f64> {
        let (first, last) = (self.values.first()?, self.values.last()?);
        Some(match statistic {
            Statistic::Mean => self.sum(|value| value) / self.weight,
            Statistic::Min => first.0,
            Statistic::Max => last.0,
            Statistic::Percentile(p) => self.percentile(p).unwrap_or(last.0),
            Statistic::ShareAbove(limit) => {
                self.sum(|value| f64::from(u8::from(value > limit))) / self.weight
            }
            Statistic::ShareBelow(limit) => {
                self.sum(|value| f64::from(u8::from(value < limit))) / self.weight
            }
        })
    }

    fn sum(&self, of: impl Fn(f64) -> f64) -> f64 {
        self.values.iter().map(|(value, weight)| of(*value) * weight).sum()
    }

    /// The smallest value with at least that part of the weight at or below it: the inverse of the distribution.
    fn percentile(&self, p: f64) -> Option<f64> {
        // Sums of weights miss round parts by rounding.
        let wanted = p / 100.0 * self.weight * (1.0 - 1e-12);
        let mut below = 0.0;
        self.values.iter().find_map(|(value, weight)| {
            below += weight;
            (below >= wanted).then_some(*value)
        })
    }
}

/// The cells under a polygon whose coordinates are columns and rows, by the share that it covers.
#[must_use]
pub fn of_polygon(raster: &Raster, in_cells: &Geometry<f64>) -> Sample {
    let system = raster.system();
    Sample::new(coverage(in_cells, 1.0).into_iter().map(|(cell, share)| {
        (raster.value(cell.column, cell.row), share * system.weight(cell.column, cell.row))
    }))
}

/// The cells in which points lie, by the amount of each point. Points are x, y in the system of the raster, and amount.
#[must_use]
pub fn of_residents(raster: &Raster, points: impl IntoIterator<Item = (f64, f64, f64)>) -> Sample {
    let cell = |at: f64| super::Cell::at(at, 0.0, 1.0).column;
    let system: &CellSystem = raster.system();
    Sample::new(points.into_iter().map(|(x, y, amount)| {
        let (column, row) = system.at(x, y);
        (raster.value(cell(column), cell(row)), amount)
    }))
}

/// The cells under pieces of polygons, each with an amount that is spread evenly over its surface. Coordinates are columns
/// and rows.
#[must_use]
pub fn of_pieces(
    raster: &Raster,
    pieces: impl IntoIterator<Item = (Geometry<f64>, f64)>,
) -> Sample {
    let system = raster.system();
    let spread = |(in_cells, amount): (Geometry<f64>, f64)| {
        let cells = coverage(&in_cells, 1.0).into_iter();
        let cells: Vec<_> = cells
            .map(|(cell, share)| (cell, share * system.weight(cell.column, cell.row)))
            .collect();
        let whole: f64 = cells.iter().map(|(_, surface)| surface).sum();
        cells.into_iter().map(move |(cell, surface)| {
            (raster.value(cell.column, cell.row), amount * surface / whole)
        })
    };
    Sample::new(pieces.into_iter().flat_map(spread))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::float_cmp)]
mod tests {
    use geo::{Rect, polygon};
    use proptest::prelude::*;

    use super::*;
    use crate::model::Crs;

    /// Four by four cells of 10 m, north-west corner at (1000, 2040), 1 to 16 row by row from the north; 6 is missing.
    fn sixteen() -> Raster {
        let crs = Crs::parse("EPSG:3006").unwrap();
        let system = CellSystem::new([1000.0, 10.0, 0.0, 2040.0, 0.0, -10.0], crs).unwrap();
        let mut cells: Vec<f64> = (1_u8..=16).map(f64::from).collect();
        cells[5] = f64::NAN;
        Raster::new((0, 0), 4, cells, system).unwrap()
    }

    fn in_polygon(shape: impl Into<Geometry<f64>>) -> Sample {
        let raster = sixteen();
        of_polygon(&raster, &raster.system().polygon(&shape.into()).unwrap())
    }

    #[test]
    fn a_square_across_cells_has_their_mean_by_what_it_covers() {
        // From x 1015 to 1035, y 2025 to 2040: of row 1, half of 2, 3, half of 4; of row 2 half as much of 6 (missing), 7, 8.
        let sample = in_polygon(Rect::new((1015.0, 2025.0), (1035.0, 2040.0)));
        let (above, weight) = (0.5 * 2.0 + 3.0 + 0.5 * 4.0 + 0.5 * 7.0 + 0.25 * 8.0, 2.75);
        assert_eq!(sample.get(Statistic::Mean), Some(above / weight));
        assert_eq!(sample.missing_share(), Some(0.25 / 3.0));
        assert_eq!(
            (sample.get(Statistic::Min), sample.get(Statistic::Max)),
            (Some(2.0), Some(8.0))
        );
        // Weights from the lowest value on: 0.5, 1.5, 2, 2.5, 2.75.
        assert_eq!(sample.get(Statistic::Percentile(50.0)), Some(3.0));
        assert_eq!(sample.get(Statistic::Percentile(90.0)), Some(7.0));
        assert_eq!(sample.get(Statistic::ShareAbove(4.0)), Some(0.75 / 2.75));
        assert_eq!(sample.get(Statistic::ShareBelow(3.0)), Some(0.5 / 2.75));
    }

    #[test]
    fn a_triangle_takes_half_of_the_cells_on_its_long_side() {
        // The north-western half of the raster: 1, 2, 3, 5, 9 whole (6 is missing), half of 4, 7, 10, 13.
        let half = polygon![(x: 1000., y: 2040.), (x: 1040., y: 2040.), (x: 1000., y: 2000.)];
        let sample = in_polygon(half);
        let mean = (1.0 + 2.0 + 3.0 + 5.0 + 9.0 + (4.0 + 7.0 + 10.0 + 13.0) / 2.0) / 7.0;
        assert!((sample.get(Statistic::Mean).unwrap() - mean).abs() < 1e-12);
        assert_eq!(sample.missing_share(), Some(1.0 / 8.0));
    }

    #[test]
    fn what_lies_beyond_the_raster_has_no_data() {
        let sample = in_polygon(Rect::new((1030.0, 2030.0), (1050.0, 2040.0)));
        assert_eq!((sample.get(Statistic::Mean), sample.missing_share()), (Some(4.0), Some(0.5)));
        let beyond = in_polygon(Rect::new((5000.0, 2030.0), (5010.0, 2040.0)));
        assert_eq!((beyond.get(Statistic::Max), beyond.missing_share()), (None, Some(1.0)));
    }

    #[test]
    fn residents_count_where_they_live() {
        let raster = sixteen();
        let points = [(1005.0, 2035.0, 30.0), (1035.0, 2005.0, 10.0), (1015.0, 2025.0, 10.0)];
        let sample = of_residents(&raster, points);
        assert_eq!(sample.get(Statistic::Mean), Some((30.0 * 1.0 + 10.0 * 16.0) / 40.0));
        assert_eq!(sample.missing_share(), Some(0.2), "ten live in the cell without a value");
        assert_eq!(sample.get(Statistic::ShareAbove(10.0)), Some(0.25));
    }

    #[test]
    fn residents_of_a_polygon_are_spread_evenly_over_it() {
        let raster = sixteen();
        let piece = |west: f64, east: f64, amount: f64| {
            let rect = Rect::new((1000.0 + west, 2030.0), (1000.0 + east, 2040.0));
            (raster.system().polygon(&rect.into()).unwrap(), amount)
        };
        // 30 over cell 1 and half of cell 2: 20 and 10; 5 in cell 4.
        let sample = of_pieces(&raster, [piece(0.0, 15.0, 30.0), piece(30.0, 40.0, 5.0)]);
        assert!((sample.whole() - 35.0).abs() < 1e-9);
        let mean = (20.0 * 1.0 + 10.0 * 2.0 + 5.0 * 4.0) / 35.0;
        assert!((sample.get(Statistic::Mean).unwrap() - mean).abs() < 1e-9);
    }

    #[test]
    fn a_cell_of_degrees_weighs_as_its_latitude() {
        let crs = Crs::parse("EPSG:4326").unwrap();
        // Two cells above each other whose centres lie at 60° and 0°: cosines 1/2 and 1.
        let system = CellSystem::new([0.0, 60.0, 0.0, 90.0, 0.0, -60.0], crs).unwrap();
        let raster = Raster::new((0, 0), 1, vec![4.0, 1.0], system).unwrap();
        let whole = Rect::new((0.0, -30.0), (60.0, 90.0)).into();
        let sample = of_polygon(&raster, &raster.system().polygon(&whole).unwrap());
        assert!((sample.get(Statistic::Mean).unwrap() - 2.0).abs() < 1e-12);
    }

    #[test]
    fn statistics_are_read_and_named() {
        for (text, name) in [
            ("mean", "mean"),
            ("p90", "p90"),
            ("p2.5", "p2.5"),
            ("share_above:55", "share_above_55"),
            ("share_below:-0.5", "share_below_-0.5"),
        ] {
            assert_eq!(Statistic::parse(text).unwrap().name(), name);
        }
        for wrong in ["", "median", "p", "p101", "pNaN", "share_above:", "share_above:loud"] {
            assert!(Statistic::parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn percentiles_rise_and_the_mean_lies_between_the_ends(
            cells in prop::collection::vec((-50.0..50.0_f64, 0.01..3.0_f64), 1..30),
            cut in 0.05..0.95_f64,
        ) {
            let sample = Sample::new(cells.iter().map(|(value, weight)| (Some(*value), *weight)));
            let at = |p: f64| sample.get(Statistic::Percentile(p)).unwrap();
            let ends = (sample.get(Statistic::Min).unwrap(), sample.get(Statistic::Max).unwrap());
            prop_assert_eq!((at(0.0), at(100.0)), ends);
            prop_assert!([10.0, 50.0, 90.0].windows(2).all(|pair| at(pair[0]) <= at(pair[1])));
            let mean = sample.get(Statistic::Mean).unwrap();
            prop_assert!(ends.0 - 1e-9 <= mean && mean <= ends.1 + 1e-9);
            // A cell cut in two says the same.
            let parts = cells.iter().flat_map(|(v, w)| [(Some(*v), w * cut), (Some(*v), w * (1.0 - cut))]);
            let other = Sample::new(parts).get(Statistic::Mean).unwrap();
            prop_assert!((mean - other).abs() < 1e-9);
        }
    }
}
