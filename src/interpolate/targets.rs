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
//! A point on the border of two polygons lies in both; one on the line between squares only in that to the north or east.
//!
//! # Example
//! A rectangle from 0.5 to 2.25 and half a side high covers half of the square at 1 and an eighth of that at 2.
//!
//! # References
//! OGC 06-103r4, for what lies in a polygon.

use geo::{BoundingRect, Geometry, Intersects, Point, Rect};
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

/// Rows of the polygons in which a point lies, their edges included.
#[must_use]
pub fn rows_at(areas: &Areas, x: f64, y: f64) -> Vec<u32> {
    let point = Point::new(x, y);
    let near = areas.near(Rect::new(point, point)).into_iter();
    near.filter(|row| areas.shapes()[*row].intersects(&point)).filter_map(row_of).collect()
}

fn row_of(row: usize) -> Option<u32> {
    u32::try_from(row).ok()
}
