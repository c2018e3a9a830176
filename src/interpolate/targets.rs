//! What values are carried onto: polygons, or squares of a grid.
//!
//! # What it does
//! Answers where a point lies, and which targets a polygon meets with how much of its surface.
//!
//! # Assumes
//! Valid polygons in a metric system; squares in the order of their rows and columns.
//!
//! # Units
//! Metres and square metres.
//!
//! # When it misleads
//! A point on the border of several polygons counts in the first of them by row, whichever is nearer to what it stands for;
//! one on the line between squares in that to the north or east.
//!
//! # Example
//! A rectangle from 0.5 to 2.25 and half a side high covers half of the square at 1 and an eighth of that at 2.
//!
//! # References
//! OGC 06-103r4, for what lies in a polygon.

use geo::coordinate_position::{CoordPos, CoordinatePosition};
use geo::{BoundingRect, Geometry, Point, Rect};
use rayon::prelude::*;

use super::edges::Edges;
use super::grid::{Cell, coverage};
use crate::model::Areas;

/// Targets that can be asked where a point or a shape lies, ready for any number of questions.
pub enum Targets<'a> {
    Polygons {
        areas: &'a Areas,
        edges: Vec<Edges>,
    },
    /// Squares of that side, in order.
    Squares {
        side: f64,
        cells: &'a [Cell],
    },
}

impl<'a> Targets<'a> {
    /// Polygons in a metric system.
    #[must_use]
    pub fn polygons(areas: &'a Areas) -> Self {
        Self::Polygons { areas, edges: areas.shapes().par_iter().map(Edges::of).collect() }
    }

    /// Square metres of each.
    #[must_use]
    pub fn surfaces(&self) -> Vec<f64> {
        match self {
            Self::Polygons { edges, .. } => edges.iter().map(Edges::surface).collect(),
            Self::Squares { side, cells } => vec![side * side; cells.len()],
        }
    }

    /// Rows of the targets in which a point lies. A square holds its western and southern side.
    #[must_use]
    pub fn at(&self, x: f64, y: f64) -> Vec<u32> {
        match self {
            Self::Polygons { areas, .. } => rows_at(areas, x, y),
            Self::Squares { side, cells } => {
                let cell = Cell::at(x, y, *side);
                cells.binary_search(&cell).ok().and_then(row_of).into_iter().collect()
            }
        }
    }

    /// Rows of the targets that a polygon meets, with the square metres that both cover.
    #[must_use]
    pub fn shared(&self, shape: &Geometry<f64>) -> Vec<(u32, f64)> {
        match self {
            Self::Polygons { areas, edges } => {
                let Some(rect) = shape.bounding_rect() else { return Vec::new() };
                let own = Edges::of(shape);
                let shared = |row: usize| Some((row_of(row)?, own.shared(edges.get(row)?)));
                let found = areas.near(rect).into_iter().filter_map(shared);
                found.filter(|(_, surface)| *surface > 0.0).collect()
            }
            Self::Squares { side, cells } => {
                let square = side * side;
                let find = |(cell, share): (Cell, f64)| {
                    Some((row_of(cells.binary_search(&cell).ok()?)?, share * square))
                };
                coverage(shape, *side).into_iter().filter_map(find).collect()
            }
        }
    }
}

/// Rows of the polygons in which a point lies, in order. Of those on whose border it lies only the first: neighbours share a
/// border, and what stands on it is there once. Polygons that overlap each hold what lies inside them.
#[must_use]
pub fn rows_at(areas: &Areas, x: f64, y: f64) -> Vec<u32> {
    let point = Point::new(x, y);
    let mut near = areas.near(Rect::new(point, point));
    near.sort_unstable();
    let mut rows = Vec::new();
    let mut on_border = false;
    for row in near {
        let holds = match areas.shapes()[row].coordinate_position(&point.0) {
            CoordPos::Inside => true,
            CoordPos::OnBoundary => !std::mem::replace(&mut on_border, true),
            CoordPos::Outside => false,
        };
        rows.extend(row_of(row).filter(|_| holds));
    }
    rows
}

fn row_of(row: usize) -> Option<u32> {
    u32::try_from(row).ok()
}

#[cfg(test)]
mod tests {
    use super::super::weights::tests::areas;
    use super::*;

    /// Two squares side by side and one that overlaps both.
    #[test]
    fn a_point_on_a_shared_border_lies_in_the_first_and_an_overlap_holds_it_too() {
        let shapes = areas(&[(0., 0., 1., 1.), (1., 0., 1., 1.), (0.5, 0., 1., 1.)]);
        assert_eq!(rows_at(&shapes, 1.0, 0.5), [0, 2]);
        assert_eq!(rows_at(&shapes, 2.0, 0.5), [1], "the outer border counts as well");
        assert_eq!(rows_at(&shapes, 0.25, 0.5), [0]);
        assert!(rows_at(&shapes, 3.0, 0.5).is_empty());
    }
}
