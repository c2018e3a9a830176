//! Shapes with keys, one coordinate reference system and an index.

use std::collections::HashMap;
use std::sync::OnceLock;

use geo::{BoundingRect, Geometry, Rect};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use super::{Crs, CrsError, ModelError, Reprojection};

/// An envelope that knows its row.
type Envelope = GeomWithData<Rectangle<[f64; 2]>, usize>;

/// What a geometry is made of, singles and multiples alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GeometryFamily {
    Point,
    Line,
    Polygon,
}

impl GeometryFamily {
    /// The word for messages.
    #[must_use]
    pub fn plural(self) -> &'static str {
        match self {
            Self::Point => "points",
            Self::Line => "lines",
            Self::Polygon => "polygons",
        }
    }
}

/// The family of a geometry; `None` for a collection, which mixes them.
#[must_use]
pub fn family_of(geometry: &Geometry<f64>) -> Option<GeometryFamily> {
    match geometry {
        Geometry::Point(_) | Geometry::MultiPoint(_) => Some(GeometryFamily::Point),
        Geometry::Line(_) | Geometry::LineString(_) | Geometry::MultiLineString(_) => {
            Some(GeometryFamily::Line)
        }
        Geometry::Polygon(_)
        | Geometry::MultiPolygon(_)
        | Geometry::Rect(_)
        | Geometry::Triangle(_) => Some(GeometryFamily::Polygon),
        Geometry::GeometryCollection(_) => None,
    }
}

/// Keys and shapes, row by row, in one coordinate reference system.
#[derive(Debug)]
pub struct Areas {
    keys: Vec<String>,
    shapes: Vec<Geometry<f64>>,
    crs: Crs,
    index: OnceLock<RTree<Envelope>>,
}

impl Areas {
    /// Joins keys and shapes.
    ///
    /// # Errors
    /// [`ModelError::Lengths`] and [`ModelError::DuplicateKey`].
    pub fn new(
        keys: Vec<String>,
        shapes: Vec<Geometry<f64>>,
        crs: Crs,
    ) -> Result<Self, ModelError> {
        if keys.len() != shapes.len() {
            return Err(ModelError::Lengths {
                table: "shapes".to_owned(),
                rows: keys.len(),
                shapes: shapes.len(),
            });
        }
        let mut rows: HashMap<&str, usize> = HashMap::with_capacity(keys.len());
        for (row, key) in keys.iter().enumerate() {
            if let Some(first) = rows.insert(key, row) {
                let (table, key) = ("shapes".to_owned(), key.clone());
                return Err(ModelError::DuplicateKey {
                    table,
                    key,
                    first: first + 1,
                    row: row + 1,
                });
            }
        }
        Ok(Self { keys, shapes, crs, index: OnceLock::new() })
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys, row by row.
    #[must_use]
    pub fn keys(&self) -> &[String] {
        &self.keys
    }

    /// The shapes, row by row.
    #[must_use]
    pub fn shapes(&self) -> &[Geometry<f64>] {
        &self.shapes
    }

    /// The system of all coordinates.
    #[must_use]
    pub fn crs(&self) -> &Crs {
        &self.crs
    }

    /// The same rows in another system.
    ///
    /// # Errors
    /// [`CrsError::Transform`] for a coordinate that has no image there.
    pub fn reprojected(&self, crs: &Crs) -> Result<Self, CrsError> {
        let turn = Reprojection::new(&self.crs, crs)?;
        let mut shapes = self.shapes.clone();
        for shape in &mut shapes {
            turn.geometry(shape)?;
        }
        Ok(Self { keys: self.keys.clone(), shapes, crs: crs.clone(), index: OnceLock::new() })
    }

    /// The rows whose envelopes meet the rectangle, in row order.
    #[must_use]
    pub fn near(&self, rect: Rect<f64>) -> Vec<usize> {
        let envelope = AABB::from_corners(rect.min().into(), rect.max().into());
        let mut rows: Vec<usize> = self
            .index()
            .locate_in_envelope_intersecting(envelope)
            .map(|found| found.data)
            .collect();
        rows.sort_unstable();
        rows
    }

    fn index(&self) -> &RTree<Envelope> {
        self.index.get_or_init(|| {
            let envelopes = self.shapes.iter().enumerate().filter_map(|(row, shape)| {
                let rect = shape.bounding_rect()?;
                let corners = Rectangle::from_corners(rect.min().into(), rect.max().into());
                Some(GeomWithData::new(corners, row))
            });
            RTree::bulk_load(envelopes.collect())
        })
    }

    /// Gives the parts back.
    #[must_use]
    pub fn into_parts(self) -> (Vec<String>, Vec<Geometry<f64>>, Crs) {
        (self.keys, self.shapes, self.crs)
    }
}
