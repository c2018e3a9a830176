//! How much of each cell of a regular grid a polygon covers, edge by edge.
//!
//! # What it does
//! Every ring is walked once through the cells it meets. In a cell, the part of an edge adds the trapezoid between it and
//! the cell's southern side; to all cells south of it in the column it adds a full column as wide as the part. One pass
//! from north to south over each column then turns these sums into surfaces. No cell is clipped.
//!
//! # Assumes
//! Valid polygons in the metric system of the grid; a cell is named by the column and row of its south-west corner, counted
//! from the origin of the system, as the national squares are.
//!
//! # Units
//! Shares of a square, 0 to 1; the error is some 1e-15 of it.
//!
//! # When it misleads
//! A cell is square on the plane of the system, not on the ground: in a system that is not equal-area, cells of one side
//! differ in surface. Rings that cross themselves count some ground twice or less than once.
//!
//! # Example
//! The triangle (0, 0), (2, 0), (0, 2) covers the square at the origin whole and half of its eastern and northern
//! neighbours.
//!
//! # References
//! Daniel Baston, exactextract (<https://github.com/isciences/exactextract>), for coverage fractions by walking edges;
//! the accumulation of signed areas is that of scan conversion of outlines with exact coverage.

use geo::{BoundingRect, Geometry, Rect};

use super::edges::{for_each_ring, turn_of};

/// Cells worked on at once: what stands in their buffers stays in the processor's cache, or at least in memory.
const MOST_CELLS: usize = 1 << 22;
/// A share this near to nothing or to everything is that.
const ROUNDING: f64 = 1e-12;

/// A square of the grid: column and row of its south-west corner, in sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    pub row: i32,
    pub column: i32,
}

impl Cell {
    /// The square in which a point lies; a point on a line belongs to the north or the east of it.
    #[must_use]
    pub fn at(x: f64, y: f64, side: f64) -> Self {
        Self { row: index(y, side), column: index(x, side) }
    }

    /// The square itself.
    #[must_use]
    pub fn rect(self, side: f64) -> Rect<f64> {
        let (x, y) = (f64::from(self.column) * side, f64::from(self.row) * side);
        Rect::new((x, y), (x + side, y + side))
    }

    /// The coordinates of its south-west corner, as in `674000_6580000`.
    #[must_use]
    pub fn id(self, side: f64) -> String {
        let (x, y) = (f64::from(self.column) * side, f64::from(self.row) * side);
        format!("{x:.0}_{y:.0}")
    }
}

/// The cells that a polygon covers, with the share of each, by column and then from south to north.
#[must_use]
pub fn coverage(shape: &Geometry<f64>, side: f64) -> Vec<(Cell, f64)> {
    let Some(rect) = shape.bounding_rect() else { return Vec::new() };
    let (west, east) = (index(rect.min().x, side), index(rect.max().x, side));
    let (south, north) = (index(rect.min().y, side), index(rect.max().y, side));
    let height = span(south, north);
    let wide = i32::try_from(MOST_CELLS / height.max(1)).unwrap_or(i32::MAX).max(1);
    let mut cells = Vec::new();
    let mut first = west;
    while first <= east {
        let last = east.min(first.saturating_add(wide - 1));
        let mut strip = Strip::new(first, last, south, height, side);
        for_each_ring(shape, |ring, shell| {
            let turn = turn_of(ring, shell);
            for line in ring.lines() {
                let (start, end) = (line.start, line.end);
                strip.edge(strip.local(start.x, start.y), strip.local(end.x, end.y), turn);
            }
        });
        strip.collect(&mut cells);
        let Some(next) = last.checked_add(1) else { break };
        first = next;
    }
    cells
}

#[allow(clippy::cast_possible_truncation)] // saturates; coordinates on Earth stay far below
fn index(coordinate: f64, side: f64) -> i32 {
    (coordinate / side).floor() as i32
}

fn span(first: i32, last: i32) -> usize {
    usize::try_from(i64::from(last) - i64::from(first) + 1).unwrap_or(0)
}

/// Some columns of cells over the height of a polygon. Coordinates inside count in sides from its south-west corner.
struct Strip {
    first: i32,
    south: i32,
    height: usize,
    width: usize,
    side: f64,
    origin: (f64, f64),
    /// Surface between the edges in a cell and its southern side; column by column.
    within: Vec<f64>,
    /// Width of the edges in a cell: what each cell south of it gains.
    across: Vec<f64>,
}

impl Strip {
    fn new(first: i32, last: i32, south: i32, height: usize, side: f64) -> Self {
        let width = span(first, last);
        let cells = width.saturating_mul(height);
        let origin = (f64::from(first) * side, f64::from(south) * side);
        let (within, across) = (vec![0.0; cells], vec![0.0; cells]);
        Self { first, south, height, width, side, origin, within, across }
    }

    fn local(&self, x: f64, y: f64) -> (f64, f64) {
        ((x - self.origin.0) / self.side, (y - self.origin.1) / self.side)
    }

    /// Adds an edge, column by column.
    #[allow(clippy::cast_precision_loss, clippy::float_cmp)] // numbers of columns; vertical is exact
    fn edge(&mut self, start: (f64, f64), end: (f64, f64), turn: f64) {
        if start.0 == end.0 {
            return;
        }
        let (left, right, sign) =
            if start.0 < end.0 { (start, end, -turn) } else { (end, start, turn) };
        let (low, high) = (left.0.max(0.0), right.0.min(self.width as f64));
        if low >= high {
            return;
        }
        let slope = (right.1 - left.1) / (right.0 - left.0);
        let at = |x: f64| if x >= right.0 { right.1 } else { left.1 + (x - left.0) * slope };
        let mut column = cell_of(low, self.width);
        let (mut x, mut y) = (low, at(low));
        while x < high {
            let next = high.min((column + 1) as f64);
            let y_next = at(next);
            self.piece(column, (x, y), (next, y_next), sign);
            (x, y) = (next, y_next);
            column += 1;
        }
    }

    /// Adds the part of an edge in one column, row by row.
    #[allow(clippy::cast_precision_loss)] // numbers of rows
    fn piece(&mut self, column: usize, from: (f64, f64), to: (f64, f64), sign: f64) {
        let (low, high) = if from.1 <= to.1 { (from, to) } else { (to, from) };
        let base = column * self.height;
        let first = cell_of(low.1, self.height);
        let last = cell_of(high.1, self.height);
        let width = to.0 - from.0;
        if first == last {
            let share = sign * width;
            self.within[base + first] += share * (f64::midpoint(low.1, high.1) - first as f64);
            self.across[base + first] += share;
            return;
        }
        let rise = high.1 - low.1;
        let mut from_y = low.1;
        for row in first..=last {
            let to_y = if row == last { high.1 } else { (row + 1) as f64 };
            let share = sign * width * ((to_y - from_y) / rise);
            self.within[base + row] += share * (f64::midpoint(from_y, to_y) - row as f64);
            self.across[base + row] += share;
            from_y = to_y;
        }
    }

    fn collect(&self, cells: &mut Vec<(Cell, f64)>) {
        let columns = self.within.chunks(self.height).zip(self.across.chunks(self.height));
        for ((within, across), column) in columns.zip(self.first..) {
            let start = cells.len();
            let mut from_north = 0.0;
            for row in (0..self.height).rev() {
                let share = within[row] + from_north;
                from_north += across[row];
                if share > ROUNDING {
                    let share = if share >= 1.0 - ROUNDING { 1.0 } else { share };
                    let row = self.south.saturating_add(i32::try_from(row).unwrap_or(i32::MAX));
                    cells.push((Cell { row, column }, share));
                }
            }
            cells[start..].reverse();
        }
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped
fn cell_of(coordinate: f64, count: usize) -> usize {
    (coordinate.max(0.0) as usize).min(count.saturating_sub(1))
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use geo::{Area, BooleanOps, MultiPolygon, Polygon, polygon};
    use proptest::prelude::*;

    use super::super::edges::Edges;
    use super::super::edges::tests::star;
    use super::*;

    fn cell(column: i32, row: i32) -> Cell {
        Cell { row, column }
    }

    #[test]
    fn a_triangle_covers_what_is_computed_by_hand() {
        let triangle = polygon![(x: 0., y: 0.), (x: 2., y: 0.), (x: 0., y: 2.)];
        let found = coverage(&triangle.into(), 1.0);
        assert_eq!(found, vec![(cell(0, 0), 1.0), (cell(0, 1), 0.5), (cell(1, 0), 0.5)]);
    }

    #[test]
    fn a_square_on_the_lines_covers_whole_cells_and_no_neighbour() {
        let square = Rect::new((-2.0, 3.0), (0.0, 5.0));
        let found = coverage(&square.into(), 1.0);
        assert_eq!(found.len(), 4);
        assert!(found.iter().all(|(_, share)| *share == 1.0));
        assert_eq!(found[0].0, cell(-2, 3));
    }

    #[test]
    fn a_hole_is_left_out_whichever_way_its_ring_turns() {
        for reversed in [false, true] {
            let mut hole = Rect::new((1.0, 1.0), (2.0, 1.5)).to_polygon().into_inner().0;
            if reversed {
                hole.0.reverse();
            }
            let shell = Rect::new((0.0, 0.0), (3.0, 3.0)).to_polygon().into_inner().0;
            let found = coverage(&Polygon::new(shell, vec![hole]).into(), 1.0);
            let middle = found.iter().find(|(at, _)| *at == cell(1, 1));
            assert_eq!((found.len(), middle.map(|(_, share)| *share)), (9, Some(0.5)));
        }
    }

    #[test]
    fn a_polygon_wider_than_a_strip_is_covered_alike() {
        let wide = Rect::new((0.25, 0.25), (3000.75, 2000.5));
        let found = coverage(&wide.into(), 1.0);
        let sum: f64 = found.iter().map(|(_, share)| share).sum();
        assert_eq!(found.len(), 3001 * 2001);
        assert!((sum - wide.unsigned_area()).abs() < 1e-6, "{sum}");
    }

    #[test]
    fn a_cell_is_named_by_its_south_west_corner() {
        assert_eq!(cell(2696, 26320).id(250.0), "674000_6580000");
        assert_eq!(cell(2696, 26320).rect(250.0).min().x_y(), (674_000.0, 6_580_000.0));
    }

    proptest! {
        #[test]
        fn each_share_is_the_surface_of_the_clipped_cell(shape in star(), side in 40.0..700.0_f64) {
            let found = coverage(&shape.clone().into(), side);
            let sum: f64 = found.iter().map(|(_, share)| share * side * side).sum();
            prop_assert!((sum - shape.unsigned_area()).abs() <= 1e-9 * shape.unsigned_area());
            let edges = Edges::of(&shape.clone().into());
            let shape = MultiPolygon(vec![shape]);
            for (cell, share) in found.iter().step_by(7) {
                let square = cell.rect(side);
                let shared = edges.shared(&Edges::of(&square.into())) / square.unsigned_area();
                prop_assert!((share - shared).abs() <= 1e-9, "{cell:?} {share} {shared}");
                // Boolean operations round corners to some micrometres.
                let clipped = shape.intersection(&MultiPolygon(vec![square.to_polygon()]));
                let clipped = clipped.unsigned_area() / square.unsigned_area();
                prop_assert!((share - clipped).abs() <= 2e-5 / side, "{cell:?} {share} {clipped}");
                prop_assert!(*share > 0.0 && *share <= 1.0);
            }
        }
    }
}
