//! `scale clip`: a layer cut to an area, its values carried onto what remains.

mod columns;
mod dress;
mod protect;

use std::collections::BTreeMap;
use std::path::Path;

use polars::prelude::DataFrame;
use serde::Serialize;

pub use columns::Carried;
pub use protect::{Named, protect};

use super::PipelineError;
use super::refuse::{Use, refuse};
use super::values::Values;
use crate::areas::ComposedArea;
use crate::areas::clip::{Clipped, clip, size};
use crate::formats::{self, Content, OpenOptions, Place};
use crate::interpolate::{Overlap, Overlaps};
use crate::model::{Areas, Crs, Layer};
use crate::publish::clipped_layer;

/// What to cut, what to carry, where to write.
pub struct Request<'a> {
    pub input: &'a Path,
    pub open: &'a OpenOptions,
    pub area: &'a ComposedArea,
    /// The metric system of the area.
    pub crs: &'a Crs,
    /// A table of values to join by key.
    pub values: Option<Values<'a>>,
    pub extensive: &'a [String],
    pub intensive: &'a [String],
    /// What the catalogue says of columns, by name.
    pub described: &'a BTreeMap<String, String>,
}

impl Request<'_> {
    /// Where the values come from, for messages.
    fn place(&self) -> Place {
        Place::file(self.values.map_or(self.input, |values| values.file))
    }
}

/// What is left, in the system of the area, and what was done.
pub struct Cut {
    pub layer: Layer,
    pub report: Report,
}

/// What the clip did.
#[derive(Debug, Serialize)]
pub struct Report {
    pub features_in: usize,
    pub features_out: usize,
    /// Features of which a part remains.
    pub cut: usize,
    pub whole: usize,
    /// Features left out, by reason.
    pub dropped: BTreeMap<String, usize>,
    /// Share of the input's size (surface, length or points) that remains.
    pub share_of_size: f64,
    /// Share of the area's surface that remaining polygons cover; none for lines and points.
    pub share_of_area: Option<f64>,
    pub carried: Vec<Carried>,
    pub notes: Vec<String>,
}

/// Features of which less than this share remains only touch the area; they are counted as cut all the same.
const SLIVER: f64 = 1e-4;

/// Cuts and carries.
///
/// # Errors
/// [`PipelineError`]: among others a column that is never summed or averaged.
pub fn run(request: &Request<'_>) -> Result<Cut, PipelineError> {
    crate::environment::configure_gdal();
    refuse(request.extensive, Use::Sum, request.described)?;
    refuse(request.intensive, Use::Average, request.described)?;
    let (layer, mut notes) = open_layer(request)?;
    let mut frame = layer.frame().clone();
    if let Some(values) = request.values {
        frame = values.join(request.input, &frame, &mut notes)?;
    }
    let features = reprojected(&layer, request.crs)?;
    let clipped = clip(&features, &request.area.outline);
    let overlaps = Overlaps(
        clipped
            .iter()
            .map(|part| Overlap { source: part.row, shared: part.size, share: part.share })
            .collect(),
    );
    let columns = columns::read(request, &frame)?;
    let carried = columns.iter().map(|column| column.of_area(&overlaps, &clipped)).collect();
    let layer = remaining(request, &layer, &frame, &clipped, &columns)?;
    Ok(Cut { layer, report: report(request, &features, &clipped, carried, notes) })
}

fn open_layer(request: &Request<'_>) -> Result<(Layer, Vec<String>), PipelineError> {
    match formats::open(request.input, request.open)? {
        Content::Layer { layer, notes } => Ok((layer, notes)),
        Content::Raw(_) | Content::Frame(_) => Err(PipelineError::Request {
            what: format!("{}: has no shapes to clip", request.input.display()),
            help: "give a layer of points, lines or polygons; a table of values goes to --values"
                .to_owned(),
        }),
    }
}

fn reprojected(layer: &Layer, crs: &Crs) -> Result<Areas, PipelineError> {
    match layer.areas() {
        Some(areas) => Ok(areas.reprojected(crs)?),
        None => Ok(Areas::new(Vec::new(), Vec::new(), crs.clone())?),
    }
}

/// What is written: the remaining shapes, their attributes, counts scaled by the share that remains.
fn remaining(
    request: &Request<'_>,
    layer: &Layer,
    frame: &DataFrame,
    clipped: &[Clipped],
    columns: &[columns::Read],
) -> Result<Layer, PipelineError> {
    let failed =
        |source| PipelineError::Frame { table: request.input.display().to_string(), source };
    let mut frame = frame.clone();
    let mut counts = Vec::new();
    for column in columns {
        counts.extend(column.scaled());
        if let Some(kept) = column.kept() {
            frame.with_column(kept).map_err(failed)?;
        }
    }
    let systems = (request.crs, request.crs);
    let layer = clipped_layer((layer.name(), layer.title()), &frame, clipped, &counts, systems)?;
    let mut frame = layer.frame().clone();
    for column in columns {
        frame.with_column(column.statuses(clipped)).map_err(failed)?;
    }
    Ok(layer.with_frame(frame)?)
}

fn report(
    request: &Request<'_>,
    features: &Areas,
    clipped: &[Clipped],
    carried: Vec<Carried>,
    notes: Vec<String>,
) -> Report {
    let whole = clipped.iter().filter(|part| part.share >= 1.0).count();
    let all: f64 = features.shapes().iter().map(size).sum();
    let kept: f64 = clipped.iter().map(|part| part.size).sum();
    let outside = features.len() - clipped.len();
    let mut dropped = BTreeMap::new();
    if outside > 0 {
        dropped.insert("outside the area".to_owned(), outside);
    }
    let slivers = clipped.iter().filter(|part| part.share < SLIVER).count();
    let mut notes = notes;
    if slivers > 0 {
        notes.push(format!(
            "{slivers} of the cut features keep less than {SLIVER} of themselves: they only touch the area"
        ));
    }
    let polygons = clipped.iter().all(|part| {
        matches!(part.shape, geo::Geometry::Polygon(_) | geo::Geometry::MultiPolygon(_))
    });
    Report {
        features_in: features.len(),
        features_out: clipped.len(),
        cut: clipped.len() - whole,
        whole,
        dropped,
        share_of_size: if all > 0.0 { kept / all } else { 0.0 },
        share_of_area: polygons.then(|| kept / request.area.surface_m2()),
        carried,
        notes,
    }
}
