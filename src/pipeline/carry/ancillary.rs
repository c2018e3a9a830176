//! What says where in the sources people live, or where they cannot: points, polygons or a raster.

use std::path::Path;

use geo::{CoordsIter, Geometry};

use super::method::Method;
use super::system::bounds;
use super::weigh::shapes_of;
use crate::formats::{self, Content, FormatError, OpenOptions, Place, RawTable, points, raster};
use crate::interpolate::{Amounts, Targets, of_points, of_polygons};
use crate::model::{Areas, Crs, GeometryFamily, Layer, family_of};
use crate::pipeline::PipelineError;
use crate::sources::raw_from_frame;

/// An ancillary file in the system of the sources.
pub enum Ancillary {
    /// x, y and amount; the middles of the cells of a raster.
    Points(Vec<(f64, f64, f64)>),
    /// With the amount of each, spread evenly over it; where none is given the surface itself counts.
    Polygons(Box<Areas>, Option<Vec<Option<f64>>>),
}

impl Ancillary {
    /// What a method needs.
    ///
    /// # Errors
    /// Those of opening the file; [`PipelineError::Request`] for one that does not suit the method.
    pub fn of(
        method: &Method,
        sources: &Areas,
        said: Option<&Crs>,
        notes: &mut Vec<String>,
    ) -> Result<Option<Self>, PipelineError> {
        let rect = bounds(sources);
        let rect = rect.map_or([0.0; 4], |r| [r.min().x, r.min().y, r.max().x, r.max().y]);
        match method {
            Method::Dasymetric { file, column } => {
                let file = (file.as_path(), column.as_deref());
                Self::open(file, said, sources.crs(), rect, notes).map(Some)
            }
            Method::Without { file } => {
                match Self::open((file, None), said, sources.crs(), rect, notes)? {
                    Self::Polygons(areas, _) => Ok(Some(Self::Polygons(areas, None))),
                    Self::Points(_) => Err(no_ancillary(file, "only polygons cover a surface")),
                }
            }
            Method::Area | Method::Smooth | Method::Points => Ok(None),
        }
    }

    /// Opens a file; of a raster what lies in a box (west, south, east, north). `said` is the system of a table of x and y,
    /// which has none.
    ///
    /// # Errors
    /// Those of opening it; [`PipelineError::Request`] for lines, and for amounts below zero.
    pub fn open(
        (file, column): (&Path, Option<&str>),
        said: Option<&Crs>,
        to: &Crs,
        within: [f64; 4],
        notes: &mut Vec<String>,
    ) -> Result<Self, PipelineError> {
        if is_raster(file) {
            return Ok(Self::Points(raster::amounts(file, to, within)?));
        }
        let layer = layer(file, said, notes)?;
        let values = column.map(|name| numbers(file, &layer, name)).transpose()?;
        let areas = shapes_of(&layer)?.reprojected(to)?;
        match areas.shapes().first().and_then(family_of) {
            Some(GeometryFamily::Polygon) => Ok(Self::Polygons(Box::new(areas), values)),
            Some(GeometryFamily::Point) => {
                Ok(Self::Points(weighted_points(&areas, values.as_deref())))
            }
            _ => Err(no_ancillary(file, "lines hold no amounts")),
        }
    }

    /// What of it lies in each source and in each target.
    #[must_use]
    pub fn amounts(&self, sources: &Areas, targets: &Targets<'_>) -> Amounts {
        match self {
            Self::Points(points) => of_points(points, sources, targets),
            Self::Polygons(areas, values) => {
                of_polygons(areas, values.as_deref(), sources, targets)
            }
        }
    }
}

fn is_raster(file: &Path) -> bool {
    let ending = file.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    matches!(ending.as_str(), "tif" | "tiff")
}

/// A file that does not suit.
pub fn no_ancillary(file: &Path, reason: &str) -> PipelineError {
    PipelineError::Request {
        what: format!("{}: {reason}", file.display()),
        help: "give points, polygons or a GeoTIFF that tell where in the sources people live; check its system".to_owned(),
    }
}

fn layer(file: &Path, said: Option<&Crs>, notes: &mut Vec<String>) -> Result<Layer, PipelineError> {
    let open = OpenOptions::default();
    let (layer, told) = match formats::open(file, &open)? {
        Content::Layer { layer, notes } => (layer, notes),
        Content::Raw(raw) => table(file, raw, said)?,
        Content::Frame(frame) => table(file, raw_from_frame(&frame), said)?,
    };
    notes.extend(told);
    Ok(layer)
}

/// Longitudes and latitudes say themselves what they are; what is said is of x and y.
fn table(
    file: &Path,
    raw: RawTable,
    said: Option<&Crs>,
) -> Result<(Layer, Vec<String>), FormatError> {
    let (place, open) = (Place::file(file), OpenOptions::default());
    let Some(crs) = said else { return points::from_table(&place, raw, &open) };
    match points::from_table(&place, raw.clone(), &open) {
        Err(FormatError::NoCrs { .. }) => {
            points::from_table(&place, raw, &OpenOptions { crs: Some(crs.clone()), ..open })
        }
        opened => opened,
    }
}

/// A column of weights; a weight below zero has no meaning.
fn numbers(file: &Path, layer: &Layer, name: &str) -> Result<Vec<Option<f64>>, PipelineError> {
    let values = formats::numbers(&Place::file(file), layer.frame(), name)?;
    if let Some(row) = values.iter().position(|value| value.is_some_and(|value| value < 0.0)) {
        return Err(PipelineError::Request {
            what: format!("{}: row {}, column \"{name}\" is below zero", file.display(), row + 1),
            help: "weights are amounts, such as residents or flats: zero or more".to_owned(),
        });
    }
    Ok(values)
}

fn weighted_points(areas: &Areas, values: Option<&[Option<f64>]>) -> Vec<(f64, f64, f64)> {
    let weight = |row: usize| values.map_or(1.0, |v| v.get(row).copied().flatten().unwrap_or(0.0));
    let rows = areas.shapes().iter().enumerate();
    rows.flat_map(|(row, shape): (usize, &Geometry<f64>)| {
        #[allow(clippy::cast_precision_loss)] // numbers of points stay far below 2^53
        let part = weight(row) / shape.coords_count().max(1) as f64;
        shape.coords_iter().map(move |at| (at.x, at.y, part)).collect::<Vec<_>>()
    })
    .collect()
}
