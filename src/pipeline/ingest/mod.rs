//! `scale ingest --file`: a file opened, typed against what is declared, and written into a data folder with its
//! catalogue entry.

mod as_is;
mod columns;
mod folder;
mod join;
mod melt;
pub(super) mod periods;
mod spread;
pub(super) mod store;
mod streets;
pub(super) mod timetables;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::prelude::DataFrame;

use super::PipelineError;
use crate::formats::{self, ColumnRole, Content, OpenOptions, Place, RawTable, geoparquet, points};
use crate::model::{Areas, Dataset, GeometryFamily, Layer, Layout, Table, family_of};
use crate::sources::{Schema, Snapshot, check_dataset, raw_from_frame, type_raw};

/// What the user says of a file.
pub struct Request<'a> {
    pub file: &'a Path,
    pub open: &'a OpenOptions,
    pub into: &'a Path,
    /// What the file is; id, theme, publisher, geography, licence and key have to be among it.
    pub schema: Schema,
    /// A column of years, or one year for the whole file; wins over the schema.
    pub year: Option<&'a str>,
    pub rename: &'a [(String, String)],
    pub drop: &'a [String],
    /// Columns that are called by their year and become a column `year` and a column `value`; `*` means all of them.
    pub years_in_columns: &'a [String],
    /// A column of classes of which each becomes a column of values.
    pub spread: Option<&'a str>,
}

/// What was written.
pub struct Ingested {
    pub file: PathBuf,
    pub dataset: Dataset,
    pub rows: usize,
    pub notes: Vec<String>,
}

/// Opens, types, checks and writes.
///
/// # Errors
/// [`PipelineError`]; the data folder is then as it was.
pub fn run(request: &Request<'_>) -> Result<Ingested, PipelineError> {
    crate::environment::configure_gdal();
    let place = Place::file(request.file);
    let mut dataset = declared(request)?;
    check_id(&dataset.id)?;
    if dataset.geography == streets::STREETS || request.schema.layout == Some(Layout::Streets) {
        return streets::run(request, dataset);
    }
    if dataset.geography == timetables::TIMETABLE
        || request.schema.layout == Some(Layout::Timetable)
    {
        return timetables::run(request, dataset);
    }
    folder::refuse(request.file)?;
    let (mut raw, areas, mut notes) = opened(request, &mut dataset)?;
    if !request.years_in_columns.is_empty() {
        melt::melt(&place, &mut raw, request.years_in_columns)?;
    }
    if let Some(classes) = request.spread {
        spread::spread(&place, &mut raw, classes)?;
    }
    let told = raw.notes.len();
    columns::shape(request, &dataset, &place, &mut raw)?;
    notes.extend(raw.notes.iter().skip(told).cloned());
    find_years(request, &place, &raw, &mut dataset)?;
    dataset.layout = layout(request, &dataset, areas.as_deref())?;
    check_entry(&dataset)?;
    let frame = type_raw(&place, &dataset, &raw)?;
    columns::check_classes(&place, &dataset, &raw)?;
    let table = Table::new(&dataset, frame.clone())?;
    if dataset.years.is_empty() {
        dataset.years = years_of(&dataset, &table)?;
    }
    notes.extend(join::check(request.into, &dataset, &table)?);
    let rows = frame.height();
    let layer = layer(&dataset, &table, areas, frame)?;
    let write = |new: &Path| Ok(geoparquet::write(new, &layer)?);
    let file = store::write(request.into, &mut dataset, "parquet", write)?;
    Ok(Ingested { file, dataset, rows, notes })
}

type Opened = (RawTable, Option<Arc<Areas>>, Vec<String>);

/// Opens the file; a table of points becomes a layer, by the columns declared for them or by their names.
fn opened(request: &Request<'_>, dataset: &mut Dataset) -> Result<Opened, PipelineError> {
    let (place, point) = (Place::file(request.file), dataset.point.take());
    Ok(match (formats::open(request.file, request.open)?, point) {
        (Content::Layer { .. }, Some(_)) => {
            return Err(PipelineError::Request {
                what: format!("{}: has shapes, and point is declared", request.file.display()),
                help: "leave point out of the schema: it names the coordinate columns of a table"
                    .to_owned(),
            });
        }
        (Content::Raw(raw), Some(columns)) => {
            layered(points::from_columns(&place, raw, &columns, request.open)?)
        }
        (Content::Frame(frame), Some(columns)) => {
            let raw = raw_from_frame(&frame);
            layered(points::from_columns(&place, raw, &columns, request.open)?)
        }
        (Content::Raw(raw), None) if dataset.geography == "point" => {
            layered(points::from_table(&place, raw, request.open)?)
        }
        (Content::Raw(raw), None) => {
            let notes = raw.notes.clone();
            (raw, None, notes)
        }
        (Content::Frame(frame), None) => (raw_from_frame(&frame), None, Vec::new()),
        (Content::Layer { layer, notes }, None) => layered((layer, notes)),
    })
}

fn layered((layer, notes): (Layer, Vec<String>)) -> Opened {
    (raw_from_frame(layer.frame()), layer.areas().cloned(), notes)
}

/// What could not be read again is not written.
fn check_entry(dataset: &Dataset) -> Result<(), PipelineError> {
    check_dataset(dataset).map_err(|reason| PipelineError::Request {
        what: format!("data set \"{}\": {reason}", dataset.id),
        help: "correct the declaration".to_owned(),
    })
}

/// Features of a data set become a layer of that name beside those that every baseline has.
fn check_id(id: &str) -> Result<(), PipelineError> {
    if !["area", "units", "indicators", "actors", "actors_unplaced"].contains(&id) {
        return Ok(());
    }
    Err(PipelineError::Request {
        what: format!("\"{id}\" is the name of a layer of every baseline"),
        help: "give the data set another --id".to_owned(),
    })
}

/// The entry as far as it is known before the file is opened.
fn declared(request: &Request<'_>) -> Result<Dataset, PipelineError> {
    let mut schema = request.schema.clone();
    // Streets and timetables have no column of codes; what names an element is fixed.
    let fixed = match schema.geography.as_deref() {
        Some(streets::STREETS) => Some("osm_id"),
        Some(timetables::TIMETABLE) => Some("stop_id"),
        _ => None,
    };
    schema.key = schema.key.or_else(|| fixed.map(str::to_owned));
    let gaps = schema.gaps();
    let mut dataset = schema.into_dataset().map_err(|_| {
        let are = if gaps.len() == 1 { "is" } else { "are" };
        let options: Vec<String> = gaps.iter().map(|gap| format!("--{gap}")).collect();
        PipelineError::Request {
            what: format!("{}: its {} {are} not declared", request.file.display(), gaps.join(", ")),
            help: format!("give {}, or write them in the schema", options.join(", ")),
        }
    })?;
    inherit(&mut dataset);
    Ok(dataset)
}

/// A new vintage of a known data set keeps the unit and label of its columns where none are given.
fn inherit(dataset: &mut Dataset) {
    let Ok(snapshot) = Snapshot::embedded() else { return };
    let Some(known) = snapshot.datasets().find(|known| known.id == dataset.id) else { return };
    for (name, field) in &mut dataset.fields {
        let Some(before) = known.fields.get(name).filter(|before| before.kind == field.kind) else {
            continue;
        };
        if field.unit.is_empty() {
            field.unit.clone_from(&before.unit);
        }
        if field.label.en == *name {
            field.label = before.label.clone();
        }
    }
}

/// The year said, else the column said, else the time column that the file marks, else the years of the schema.
///
/// Where there is a column, the years are those that stand in it.
fn find_years(
    request: &Request<'_>,
    place: &Place,
    raw: &RawTable,
    dataset: &mut Dataset,
) -> Result<(), PipelineError> {
    if let Some(year) = request.year {
        match year.parse() {
            // A column of values may be called by its year.
            Ok(number) if raw.column(year).is_none() || dataset.fields.contains_key(year) => {
                dataset.years = vec![number];
                dataset.dimensions.year = None;
                return Ok(());
            }
            _ => raw.require(place, year)?,
        };
        dataset.dimensions.year = Some(year.to_owned());
    }
    let marked = raw.columns.iter().find(|column| column.role == ColumnRole::Time);
    let marked = marked.map(|column| column.name.clone());
    let column = dataset.dimensions.year.take().or(marked);
    if column.is_some() {
        dataset.years.clear();
    } else if dataset.years.is_empty() {
        return Err(unknown_year(request));
    }
    dataset.dimensions.year = column;
    Ok(())
}

fn unknown_year(request: &Request<'_>) -> PipelineError {
    PipelineError::Request {
        what: format!("{}: the reference year is not known", request.file.display()),
        help: "give --year with a column or a year".to_owned(),
    }
}

/// How the file is laid out, by what it holds; the schema may say so too, and must then be right.
fn layout(
    request: &Request<'_>,
    dataset: &Dataset,
    areas: Option<&Areas>,
) -> Result<Layout, PipelineError> {
    let family = areas.and_then(|areas| areas.shapes().first()).and_then(family_of);
    let fitting: &[Layout] = match family {
        Some(GeometryFamily::Point) => &[Layout::Points],
        Some(GeometryFamily::Polygon) if is_division(&dataset.geography) => {
            &[Layout::Areas, Layout::Polygons]
        }
        Some(_) => &[Layout::Polygons],
        None => &[Layout::Units],
    };
    let word = |layout: &Layout| format!("{layout:?}").to_lowercase();
    match request.schema.layout {
        Some(said) if !fitting.contains(&said) => Err(PipelineError::Request {
            what: format!(
                "{}: the schema says layout = \"{}\", the file fits {}",
                request.file.display(),
                word(&said),
                fitting.iter().map(word).collect::<Vec<_>>().join(" or ")
            ),
            help: "leave layout out of the schema, or give another file".to_owned(),
        }),
        Some(said) => Ok(said),
        None => Ok(fitting.first().copied().unwrap_or(Layout::Units)),
    }
}

/// A named division such as `deso-2018`; `point` and `polygon` say only what the shapes are.
fn is_division(geography: &str) -> bool {
    !matches!(geography, "point" | "polygon")
}

#[allow(clippy::cast_possible_truncation)] // a year is far inside the range
fn years_of(dataset: &Dataset, table: &Table) -> Result<Vec<i32>, PipelineError> {
    let Some(year) = &dataset.dimensions.year else { return Ok(Vec::new()) };
    let years: BTreeSet<i32> =
        table.numbers(year)?.iter().flatten().map(|year| year as i32).collect();
    Ok(years.into_iter().collect())
}

fn layer(
    dataset: &Dataset,
    table: &Table,
    areas: Option<Arc<Areas>>,
    frame: DataFrame,
) -> Result<Layer, PipelineError> {
    let Some(areas) = areas else {
        return Ok(Layer::table(&dataset.id, &dataset.title.en, frame));
    };
    let keys = table.keys()?.iter().flatten().map(str::to_owned).collect();
    let areas = Areas::new(keys, areas.shapes().to_vec(), areas.crs().clone())?;
    Ok(Layer::spatial(&dataset.id, &dataset.title.en, Arc::new(areas), frame)?)
}
