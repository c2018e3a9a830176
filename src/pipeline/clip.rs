//! `scale clip`: a layer cut to an area, its values carried onto what remains.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use polars::prelude::{Column, DataFrame, NamedFrom, PolarsResult, Series};
use serde::Serialize;

use super::PipelineError;
use super::styled::{Behind, Column as Shown, Dress, Seen};
use super::suppressed::Suppressed;
use super::values::Values;
use super::withheld::{Counts, Hidden, any_of, decide, empty, note};
use crate::areas::ComposedArea;
use crate::areas::clip::{Clipped, clip, size};
use crate::formats::{self, Content, FormatError, OpenOptions, Place};
use crate::interpolate::{Overlap, Overlaps};
use crate::model::{Areas, Crs, Label, Lang, Layer, ObsStatus};
use crate::publish::qgis::Telling;
use crate::publish::{Withheld, clipped_layer};

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

impl Cut {
    /// A map of each column: counts, which are estimates where they are cut, then rates.
    #[must_use]
    pub fn dress(&self, area: &Label, files: &[PathBuf], lang: Lang) -> Dress {
        let frame = self.layer.frame();
        let column = |carried: &Carried| {
            let column = Shown::of(frame, &carried.column);
            match column.telling {
                Telling::Nothing if carried.kind == EXTENSIVE => {
                    Shown { telling: Telling::Share("clip_share".to_owned()), ..column }
                }
                _ => column,
            }
        };
        let (layer, area) = (self.layer.title(), area.get(lang));
        let (title, lineage) = match lang {
            Lang::En => (
                format!("{layer}, cut to {area}"),
                "What of each feature lies in the area. Counts are scaled by the share that remains (clip_share), other values are kept.",
            ),
            Lang::Sv => (
                format!("{layer}, skuret till {area}"),
                "Det av varje företeelse som ligger i området. Antal är nedräknade med den andel som återstår (clip_share), andra värden är oförändrade.",
            ),
        };
        Dress {
            lang,
            title,
            lineage: lineage.to_owned(),
            behind: files.iter().map(|file| Behind::file(file)).collect(),
            seen: Seen::Columns(self.report.carried.iter().map(column).collect()),
        }
    }
}

/// The kind of a count in reports.
const EXTENSIVE: &str = "extensive";

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

/// Cuts and carries.
///
/// # Errors
/// [`PipelineError`].
pub fn run(request: &Request<'_>) -> Result<Cut, PipelineError> {
    crate::environment::configure_gdal();
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
    let carried = carry(request, &frame, &overlaps, &clipped)?;
    let layer = remaining(request, &layer, &frame, &clipped)?;
    Ok(Cut { layer, report: report(request, &features, &clipped, carried, notes) })
}

/// Withholds counts below a threshold, the next smallest where their sum would tell them, and the rates of their features;
/// what was cut to several areas is decided on together. Other attributes stay as they are.
///
/// # Errors
/// [`PipelineError::Frame`] for a column of statuses that holds no texts.
pub fn protect(
    cuts: &mut [Cut],
    counts: &[String],
    rates: &[String],
    threshold: f64,
) -> Result<(), PipelineError> {
    let mut hidden: Vec<Vec<Hidden>> = Vec::new();
    for column in counts {
        let all: Vec<Counts> = cuts.iter().map(|cut| Counts::of(&cut.layer, column)).collect();
        hidden.push(decide(&all, threshold));
    }
    for (at, cut) in cuts.iter_mut().enumerate() {
        let of_cut: Vec<&Hidden> = hidden.iter().map(|column| &column[at]).collect();
        let fault = |source| PipelineError::Frame { table: cut.layer.name().to_owned(), source };
        let frame = without(cut.layer.frame(), counts, rates, &of_cut).map_err(fault)?;
        cut.layer = cut.layer.clone().with_frame(frame)?;
        let mut counted = [0, 0];
        for (carried, hidden) in cut.report.carried.iter_mut().zip(&of_cut) {
            let [small, beside] = hidden.counted();
            counted = [counted[0] + small, counted[1] + beside];
            carried.withhold(hidden);
        }
        cut.report.notes.extend(note(counted, threshold));
    }
    Ok(())
}

fn without(
    frame: &DataFrame,
    counts: &[String],
    rates: &[String],
    hidden: &[&Hidden],
) -> PolarsResult<DataFrame> {
    let mut frame = frame.clone();
    let shares: Vec<Option<f64>> = frame.column("clip_share")?.f64()?.iter().collect();
    for (column, hidden) in counts.iter().zip(hidden) {
        let name = format!("{column}_status");
        if frame.column(&name).is_err() {
            let values = frame.column(column)?.f64()?;
            let status = |(value, share): (Option<f64>, &Option<f64>)| match value {
                None => ObsStatus::M.code(),
                Some(_) if share.is_some_and(|share| share >= 1.0) => ObsStatus::A.code(),
                Some(_) => ObsStatus::E.code(),
            };
            let known: Vec<&str> = values.iter().zip(&shares).map(status).collect();
            frame.with_column(Column::from(Series::new(name.as_str().into(), known)))?;
        }
        hidden.hide(&mut frame, column, &[])?;
    }
    let rows = any_of(hidden);
    for rate in rates.iter().filter(|_| !hidden.is_empty()) {
        empty(&mut frame, rate, &rows)?;
    }
    Ok(frame)
}

impl Carried {
    /// A sum that would tell a count is withheld as well, and the uncut sum wherever anything is: it is another sum over
    /// nearly the same counts.
    fn withhold(&mut self, hidden: &Hidden) {
        if hidden.counted() != [0, 0] {
            self.mostly_inside = None;
        }
        let Some(why) = hidden.total else { return };
        (self.value, self.share_of_total, self.mostly_inside) = (None, None, None);
        let small = why == Withheld::Small;
        (self.lower, self.upper) = (small.then_some(0.0), small.then_some(hidden.most));
        self.obs_status = Some(ObsStatus::Q.code());
    }
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
    formats::numbers(&request.place(), frame, name)
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
        let place = request.place();
        let suppressed = Suppressed::read(&place, frame, name, &values)?;
        let parts = || clipped.iter().map(|part| (part.row, part.share));
        let bound = suppressed.map(|cells| cells.sum(parts())).filter(|bound| bound.withheld);
        let value = overlaps.extensive(&values).filter(|_| bound.is_none());
        let touched = clipped.iter().filter(|part| part.share > 0.5);
        carried.push(Carried {
            column: name.clone(),
            kind: EXTENSIVE,
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
    let systems = (request.crs, request.crs);
    let layer = clipped_layer((layer.name(), layer.title()), &frame, clipped, &counts, systems)?;
    let frame = estimated_where_cut(layer.frame(), request.extensive).map_err(failed)?;
    Ok(layer.with_frame(frame)?)
}

/// A count that was published as it stands is an estimate once its feature is cut: its status, where the input has one,
/// says so.
fn estimated_where_cut(frame: &DataFrame, counts: &[String]) -> PolarsResult<DataFrame> {
    let mut frame = frame.clone();
    let shares: Vec<Option<f64>> = frame.column("clip_share")?.f64()?.iter().collect();
    for name in counts.iter().map(|count| format!("{count}_status")) {
        let Ok(statuses) = frame.column(&name).and_then(|column| column.str()) else { continue };
        let status = |(status, share): (Option<&str>, &Option<f64>)| match status {
            Some("A") if share.is_some_and(|share| share < 1.0) => {
                Some(ObsStatus::E.code().to_owned())
            }
            other => other.map(str::to_owned),
        };
        let cells: Vec<Option<String>> = statuses.iter().zip(&shares).map(status).collect();
        frame.with_column(Column::from(Series::new(name.as_str().into(), cells)))?;
    }
    Ok(frame)
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
