//! `scale carry`: values of one geography on another.
//!
//! [`Source::open`] reads a layer and joins its values, [`run`] carries them and gives a layer and a report back,
//! [`write`] puts the layer into a file. The three are apart so that a step between others needs no file.

mod ancillary;
mod blocks;
mod columns;
pub mod crosswalk;
mod kept;
mod method;
mod output;
mod protect;
mod report;
mod system;
mod targets;
mod weigh;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use polars::prelude::{Column, DataFrame, NamedFrom, Series};

pub(super) use ancillary::Ancillary;
pub use columns::{Columns, Ratio};
pub use method::Method;
pub use protect::protect;
pub use report::{ColumnReport, OverlapReport, Report};
pub(super) use system::bounds;
pub(super) use targets::{all_units, areas_of, polygons_of};

use columns::Input;
use output::By;
use targets::{Wanted, wanted};
use weigh::{Ready, Weighted, shapes_of, weighted};

use super::access::{PlacesOf, Within};
use super::block::Block;
use super::cache::Cache;
use super::styled::{Behind, Dress, Seen};
use super::{Ground, PipelineError, Values};
use crate::formats::{self, Content, OpenOptions, Place, points};
use crate::interpolate::{Cell, Change, THRESHOLD, Weights, changes};
use crate::model::{Areas, Crs, GeometryFamily, Lang, Layer, family_of};
use crate::publish::replace_file;
use crate::sources::{Data, raw_from_frame};

/// The layer that values come from.
pub struct Source {
    /// For messages.
    pub file: PathBuf,
    pub layer: Layer,
    pub notes: Vec<String>,
    /// The system that was said (`--input-crs`): also that of an ancillary table of x and y.
    pub said: Option<Crs>,
}

/// Labels, units and definitions of all columns in the catalogue.
#[must_use]
pub fn described(data: &Data) -> BTreeMap<String, String> {
    let mut described: BTreeMap<String, String> = BTreeMap::new();
    for table in &data.tables {
        for (name, field) in table.table.fields() {
            let definition = field.definition.as_ref().map_or("", |text| text.en.as_str());
            let words = format!("{} {} {definition}", field.label.en, field.unit);
            described.entry(name.clone()).or_default().push_str(&words);
        }
    }
    described
}

/// What to carry onto what, and how.
pub struct Request<'a> {
    pub source: &'a Source,
    pub onto: &'a PlacesOf,
    /// Only these of the targets: what they get does not depend on how they are cut.
    pub block: Option<Block>,
    /// The area that units, areas, squares and hexagons are limited to.
    pub within: Option<Within<'a>>,
    /// For all units, and all areas, where no one area is named.
    pub ground: &'a Ground,
    pub method: &'a Method,
    /// Other plausible methods: what they would give is the error of sharing out, beside the values.
    pub also: &'a [Method],
    pub columns: &'a Columns,
    /// Columns of codes, of the sources and of the targets: says what became of each target.
    pub changes: Option<&'a (String, String)>,
    /// What the catalogue says of columns, by name.
    pub described: &'a BTreeMap<String, String>,
    /// Where weights are kept; nowhere without it.
    pub cache: Option<&'a Cache>,
}

/// The targets with the carried columns, and what was done.
pub struct Carried {
    pub layer: Layer,
    /// The columns that the targets had themselves.
    pub own: Vec<String>,
    pub report: Report,
}

impl Carried {
    /// A map of each column that was carried, in the order in which they were named.
    #[must_use]
    pub fn dress(&self, source: &Path, lang: Lang) -> Dress {
        let frame = self.layer.frame();
        let from = Behind::file(source);
        let onto = self.layer.name();
        let (title, lineage) = match lang {
            Lang::En => (
                format!("{} carried onto {onto}", from.name),
                format!(
                    "Carried by the method \"{}\". What is made of whole sources is as published, other values are estimates.",
                    self.report.method
                ),
            ),
            Lang::Sv => (
                format!("{} överfört till {onto}", from.name),
                format!(
                    "Överfört med metoden \"{}\". Det som är gjort av hela källor är som publicerat, andra värden är skattningar.",
                    self.report.method
                ),
            ),
        };
        let seen = self.report.columns.iter().flat_map(|told| told.shown(frame)).collect();
        Dress { lang, title, lineage, behind: vec![from], seen: Seen::Columns(seen) }
    }
}

impl Source {
    /// Opens a layer, or a table with coordinates, and joins values to it.
    ///
    /// # Errors
    /// Those of opening both files and of joining them.
    pub fn open(
        file: &Path,
        open: &OpenOptions,
        values: Option<Values<'_>>,
    ) -> Result<Self, PipelineError> {
        crate::environment::configure_gdal();
        let clock = Instant::now();
        let place = Place::file(file);
        let (layer, mut notes) = match formats::open(file, open)? {
            Content::Layer { layer, notes } => (layer, notes),
            Content::Raw(raw) => points::from_table(&place, raw, open)?,
            Content::Frame(frame) => points::from_table(&place, raw_from_frame(&frame), open)?,
        };
        let layer = match values {
            Some(values) => {
                let frame = values.join(file, layer.frame(), &mut notes)?;
                layer.with_frame(frame)?
            }
            None => layer,
        };
        tracing::info!(step = "open the source", seconds = clock.elapsed().as_secs_f64());
        Ok(Self { file: file.to_owned(), layer, notes, said: open.crs.clone() })
    }
}

/// Carries.
///
/// # Errors
/// [`PipelineError`]: a column that is missing or no number, one that is never averaged, sources of the wrong kind for the
/// method, targets that are no polygons or that share nothing with the sources.
pub fn run(request: &Request<'_>) -> Result<Carried, PipelineError> {
    crate::environment::configure_gdal();
    let mut clock = Instant::now();
    let mut tell = |step: &str| {
        tracing::info!(step, seconds = clock.elapsed().as_secs_f64());
        clock = Instant::now();
    };
    request.columns.refuse_never_averaged(request.described)?;
    let (file, layer) = (&request.source.file, &request.source.layer);
    let input = Input::read(file, layer.frame(), request.columns)?;
    let shapes = shapes_of(layer)?;
    check_family(request, shapes)?;
    let mut notes = request.source.notes.clone();
    let wanted = wanted(request, &mut notes)?;
    let sources = in_working_system(request, shapes, &wanted, &mut notes)?;
    let sources = sources.as_ref().unwrap_or(shapes);
    tell("read the targets");
    let kept = (request.cache, request.source.said.as_ref());
    let weighted = weighted(request.method, sources, wanted, request.block, kept, &mut notes)?;
    // A block may lie beside all sources.
    if weighted.weights.pairs() == 0 && request.block.is_none() {
        return Err(none_meets(&file.display().to_string()));
    }
    let also = also(request, sources, weighted.weights.targets(), &mut notes)?;
    tell("weigh");
    let by_surface = *request.method != Method::Points;
    let smooth = squares_to_smooth(request, &weighted)?;
    let (weights, areal) = (&weighted.weights, weighted.areal.as_ref());
    let (mut columns, reports) =
        input.carry(By { weights, areal, also: &also, surface: by_surface, smooth });
    let changes = request.changes.map(|codes| changed(request, &weighted, codes)).transpose()?;
    columns.extend(changes.as_deref().map(change_column));
    tell("carry");
    let mut report = report::report(request, sources, &weighted, reports, notes);
    report.changes = changes.map(|changes| counted(&changes));
    tell("report");
    let (layer, own) = with_columns(weighted, columns)?;
    tell("draw the targets");
    Ok(Carried { layer, own, report })
}

/// Writes a table without shapes: `.parquet` or `.csv`.
///
/// # Errors
/// [`PipelineError`]; the old output is then untouched.
pub fn write_table(out: &Path, layer: &Layer) -> Result<(), PipelineError> {
    let failed = |path: PathBuf, source| PipelineError::Output { path, source };
    replace_file(out, |file| Ok(formats::write_table(file, layer.frame())?), failed)
}

fn check_family(request: &Request<'_>, shapes: &Areas) -> Result<(), PipelineError> {
    let family = shapes.shapes().first().and_then(family_of);
    let by_points = *request.method == Method::Points;
    let wanted = if by_points { GeometryFamily::Point } else { GeometryFamily::Polygon };
    if family == Some(wanted) {
        return Ok(());
    }
    let found = family.map_or("nothing", GeometryFamily::plural);
    Err(PipelineError::Request {
        what: format!(
            "{}: these shapes are {found}; the method {} needs {}",
            request.source.file.display(),
            request.method.name(),
            wanted.plural()
        ),
        help: match family {
            Some(GeometryFamily::Point) => "points are summed with --method points",
            Some(GeometryFamily::Polygon) => "leave out --method points, or give a layer of points",
            _ => "give a layer of polygons, or of points with --method points",
        }
        .to_owned(),
    })
}

/// The weights of the other methods, for the same targets.
fn also(
    request: &Request<'_>,
    sources: &Areas,
    targets: usize,
    notes: &mut Vec<String>,
) -> Result<Vec<Weights>, PipelineError> {
    let wrong = |what: &str| PipelineError::Request {
        what: what.to_owned(),
        help: "other methods to compare with are area, without:FILE and dasymetric:FILE[:column]"
            .to_owned(),
    };
    let mut all = Vec::new();
    for method in request.also {
        let shares_out =
            matches!(method, Method::Area | Method::Dasymetric { .. } | Method::Without { .. });
        if !shares_out || *request.method == Method::Points {
            return Err(wrong("points and smoothing are no ways to share polygons out"));
        }
        let wanted = wanted(request, &mut Vec::new())?;
        let kept = (request.cache, request.source.said.as_ref());
        let made = weighted(method, sources, wanted, request.block, kept, notes)?;
        if made.weights.targets() != targets {
            return Err(wrong("the methods do not reach the same targets"));
        }
        all.push(made.weights);
    }
    Ok(all)
}

/// The squares, where counts are to be smoothed over them.
fn squares_to_smooth<'a>(
    request: &Request<'_>,
    weighted: &'a Weighted,
) -> Result<Option<&'a [Cell]>, PipelineError> {
    if *request.method != Method::Smooth {
        return Ok(None);
    }
    let columns = request.columns;
    let counts = Columns { extensive: columns.extensive.clone(), ..Columns::default() };
    match &weighted.targets {
        Ready::Squares { cells, .. } if *columns == counts => Ok(Some(cells)),
        _ => Err(PipelineError::Request {
            what: "smoothing is for counts onto squares".to_owned(),
            help: "give --onto grid:METRES and only --extensive".to_owned(),
        }),
    }
}

/// The sources in the system in which surfaces are measured, where it is another than their own.
fn in_working_system(
    request: &Request<'_>,
    shapes: &Areas,
    wanted: &Wanted,
    notes: &mut Vec<String>,
) -> Result<Option<Areas>, PipelineError> {
    let own = shapes.crs();
    let (crs, note) = match (wanted, request.within) {
        (Wanted::Polygons(layer), _) => {
            let targets = layer.areas().map_or(own, |areas| areas.crs());
            system::working(shapes, &[own, targets])?
        }
        (Wanted::Squares { .. }, Some(within)) => (within.units.areas.crs().clone(), None),
        (Wanted::Squares { .. }, None) => (system::national_or_equal_area(shapes)?, None),
        (Wanted::Hexagons(_), _) => system::working(shapes, &[own])?,
    };
    notes.extend(note);
    Ok(if crs == *own { None } else { Some(shapes.reprojected(&crs)?) })
}

/// The targets' own columns, then the share of each that the sources cover, then what was carried; and the names of the
/// first.
fn with_columns(
    weighted: Weighted,
    carried: Vec<Column>,
) -> Result<(Layer, Vec<String>), PipelineError> {
    let targets = weighted.targets.into_layer()?;
    let mut columns = targets.frame().columns().to_vec();
    let own = columns.iter().map(|column| column.name().to_string()).collect();
    let everywhere = vec![Some(1.0); weighted.weights.source_surfaces().len()];
    if weighted.weights.source_surfaces().iter().any(|surface| *surface > 0.0) {
        let coverage = weighted.weights.coverage(&everywhere);
        columns.push(Column::from(Series::new("coverage".into(), coverage)));
    }
    columns.extend(carried);
    let mut names: Vec<&str> = columns.iter().map(|column| column.name().as_str()).collect();
    names.sort_unstable();
    let twice = names.windows(2).find_map(|pair| match pair {
        [one, other] if one == other => Some(*one),
        _ => None,
    });
    if let Some(name) = twice {
        return Err(PipelineError::Request {
            what: format!("the output would have two columns \"{name}\""),
            help: "rename it in the file of targets or in that of the sources, or name it once"
                .to_owned(),
        });
    }
    let frame = DataFrame::new(targets.frame().height(), columns);
    let frame = frame.map_err(|source| frame_fault(targets.name(), source))?;
    Ok((targets.with_frame(frame)?, own))
}

/// What became of each target: by surface, whatever the method, and by code.
fn changed(
    request: &Request<'_>,
    weighted: &Weighted,
    (source_codes, target_codes): &(String, String),
) -> Result<Vec<Change>, PipelineError> {
    let texts = |place: Place, frame: &DataFrame, name: &str| {
        Ok::<_, PipelineError>(raw_from_frame(frame).require(&place, name)?.cells.clone())
    };
    let source = &request.source;
    let old = texts(Place::file(&source.file), source.layer.frame(), source_codes)?;
    let Ready::Layer(targets) = &weighted.targets else {
        return Err(PipelineError::Request {
            what: "squares and hexagons have no codes to compare".to_owned(),
            help: "carry onto the other vintage, a file of polygons, with --changes".to_owned(),
        });
    };
    let new = texts(Place::file(targets.name()), targets.frame(), target_codes)?;
    let same = |source: usize, target: usize| old[source].is_some() && old[source] == new[target];
    let areal = weighted.areal.as_ref().unwrap_or(&weighted.weights);
    Ok(changes(areal, THRESHOLD, &same))
}

fn change_column(changes: &[Change]) -> Column {
    let words: Vec<&str> = changes.iter().map(|change| change.word()).collect();
    Column::from(Series::new("change".into(), words))
}

fn counted(changes: &[Change]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for change in changes {
        *counts.entry(change.word()).or_insert(0) += 1;
    }
    counts
}

fn none_meets(file: &str) -> PipelineError {
    PipelineError::Request {
        what: format!("{file}: none of the sources meets a target"),
        help: "check that both lie in the same place and that their systems are right (--input-crs overrides that of the source)".to_owned(),
    }
}

fn frame_fault(table: &str, source: polars::error::PolarsError) -> PipelineError {
    PipelineError::Frame { table: table.to_owned(), source }
}
