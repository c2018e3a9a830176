//! `scale clip`: a layer cut to an area, its values carried onto what remains.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use serde::Serialize;

use super::PipelineError;
use super::suppressed::Suppressed;
use super::values::Values;
use crate::areas::ComposedArea;
use crate::areas::clip::{Clipped, clip, size};
use crate::formats::{self, Content, FormatError, OpenOptions, Place};
use crate::interpolate::{Overlap, Overlaps};
use crate::model::{Areas, Crs, Layer, ObsStatus};
use crate::publish::{clipped_layer, replace_file};

/// What to cut, what to carry, where to write.
pub struct Request<'a> {
    pub input: &'a Path,
    pub open: &'a OpenOptions,
    pub area: &'a ComposedArea,
    /// The metric system of the area.
    pub crs: &'a Crs,
    /// A table of values to join by key.
    pub values: Option<&'a Path>,
    pub values_open: &'a OpenOptions,
    pub key: Option<&'a str>,
    /// The key column of the table, where it has another name.
    pub values_key: Option<&'a str>,
    pub extensive: &'a [String],
    pub intensive: &'a [String],
    pub out: &'a Path,
    pub out_crs: &'a Crs,
}

/// What came of one column.
#[derive(Debug, Serialize)]
pub struct Carried {
    pub column: String,
    pub kind: &'static str,
    /// The value of the area: a sum of shares, or a mean by shared surface.
    pub value: Option<f64>,
    /// The uncut sum over features that lie inside with more than half of themselves; extensive columns only.
    pub mostly_inside: Option<f64>,
    /// Share of the input's total that is kept; extensive columns only.
    pub share_of_total: Option<f64>,
    /// Share of what remains that has a value.
    pub coverage: f64,
    /// Where the publisher withholds some of a count: between what the sum lies (the most only where it is known), and `Q`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lower: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upper: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub obs_status: Option<&'static str>,
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

/// Cuts, carries and writes.
///
/// # Errors
/// [`PipelineError`]; the old output is then untouched.
pub fn run(request: &Request<'_>) -> Result<Report, PipelineError> {
    crate::environment::configure_gdal();
    formats::check_output(request.out)?;
    let (layer, mut notes) = open_layer(request)?;
    let mut frame = layer.frame().clone();
    if let Some(file) = request.values {
        let (key, values_key) = (request.key, request.values_key);
        let values = Values { file, open: request.values_open, key, values_key };
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
    let carried = carry(request, &frame, &overlaps, &clipped)?;
    let out = remaining(request, &layer, &frame, &clipped)?;
    let failed = |path: PathBuf, source| PipelineError::Output { path, source };
    replace_file(request.out, |file| Ok(formats::write(file, &out)?), failed)?;
    Ok(report(request, &features, &clipped, carried, notes))
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

fn numbers(
    request: &Request<'_>,
    frame: &DataFrame,
    name: &str,
) -> Result<Vec<Option<f64>>, FormatError> {
    formats::numbers(&Place::file(request.values.unwrap_or(request.input)), frame, name)
}

fn carry(
    request: &Request<'_>,
    frame: &DataFrame,
    overlaps: &Overlaps,
    clipped: &[Clipped],
) -> Result<Vec<Carried>, PipelineError> {
    let size: f64 = clipped.iter().map(|part| part.size).sum();
    let coverage = |values: &[Option<f64>]| {
        if size > 0.0 { overlaps.covered(values) / size } else { 0.0 }
    };
    let mut carried = Vec::new();
    for name in request.extensive {
        let values = numbers(request, frame, name)?;
        let total: f64 = values.iter().flatten().sum();
        let place = Place::file(request.values.unwrap_or(request.input));
        let suppressed = Suppressed::read(&place, frame, name, &values)?;
        let parts = || clipped.iter().map(|part| (part.row, part.share));
        let bound = suppressed.map(|cells| cells.sum(parts())).filter(|bound| bound.withheld);
        let value = overlaps.extensive(&values).filter(|_| bound.is_none());
        let touched = clipped.iter().filter(|part| part.share > 0.5);
        carried.push(Carried {
            column: name.clone(),
            kind: "extensive",
            value,
            mostly_inside: touched.map(|part| values[part.row]).sum(),
            share_of_total: value.filter(|_| total != 0.0).map(|value| value / total),
            coverage: coverage(&values),
            lower: bound.map(|bound| bound.lower),
            upper: bound.and_then(|bound| bound.upper),
            obs_status: bound.map(|_| ObsStatus::Q.code()),
        });
    }
    for name in request.intensive {
        let values = numbers(request, frame, name)?;
        carried.push(Carried {
            column: name.clone(),
            kind: "intensive",
            value: overlaps.intensive(&values),
            mostly_inside: None,
            share_of_total: None,
            coverage: coverage(&values),
            lower: None,
            upper: None,
            obs_status: None,
        });
    }
    Ok(carried)
}

/// What is written: the remaining shapes, their attributes, counts scaled by the share that remains.
fn remaining(
    request: &Request<'_>,
    layer: &Layer,
    frame: &DataFrame,
    clipped: &[Clipped],
) -> Result<Layer, PipelineError> {
    let failed =
        |source| PipelineError::Frame { table: request.input.display().to_string(), source };
    let mut frame = frame.clone();
    for name in request.intensive {
        let cells = numbers(request, &frame, name)?;
        frame
            .with_column(Column::from(Series::new(name.as_str().into(), cells)))
            .map_err(failed)?;
    }
    let counts =
        request.extensive.iter().map(|name| Ok((name.clone(), numbers(request, &frame, name)?)));
    let counts = counts.collect::<Result<Vec<_>, PipelineError>>()?;
    let systems = (request.crs, request.out_crs);
    Ok(clipped_layer((layer.name(), layer.title()), &frame, clipped, &counts, systems)?)
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
