//! `scale ingest --file`: a file opened, typed against what is declared, and written into a data folder with its
//! catalogue entry.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::prelude::DataFrame;

use super::PipelineError;
use crate::formats::scb_codes::{sdmx_age, sdmx_sex, strip_vintage};
use crate::formats::{
    self, ColumnRole, Content, FormatError, OpenOptions, Place, RawColumn, RawTable, geoparquet,
};
use crate::model::{
    Areas, Dataset, Dimensions, Field, GeometryFamily, Kind, Label, Layer, Layout, Table, Theme,
    family_of,
};
use crate::publish::replace_file;
use crate::sources::{
    CATALOG, Catalog, Data, Snapshot, check_dataset, raw_from_frame, sha256_hex, to_toml, type_raw,
};

/// What the user declares of a file.
pub struct Request<'a> {
    pub file: &'a Path,
    pub open: &'a OpenOptions,
    pub into: &'a Path,
    pub id: &'a str,
    pub theme: Theme,
    pub title: Label,
    pub publisher: &'a str,
    pub table: Option<&'a str>,
    pub url: Option<&'a str>,
    pub licence: &'a str,
    pub geography: &'a str,
    pub key: &'a str,
    pub name: Option<&'a str>,
    /// A column of years, or one year for the whole file.
    pub year: Option<&'a str>,
    pub sex: Option<&'a str>,
    pub age: Option<&'a str>,
    /// Kind, unit and label by column.
    pub fields: BTreeMap<String, Field>,
    pub rename: &'a [(String, String)],
    pub drop: &'a [String],
    pub derive: Option<&'a str>,
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
    let (mut raw, areas, mut notes) = opened(request)?;
    shape_columns(request, &place, &mut raw)?;
    let (years, dimensions) = dimensions(request, &raw)?;
    let mut dataset = declared(request, areas.as_deref(), years, dimensions);
    check_dataset(&dataset).map_err(|reason| PipelineError::Request {
        what: format!("data set \"{}\": {reason}", request.id),
        help: "correct the declaration".to_owned(),
    })?;
    let frame = type_raw(&place, &dataset, &raw)?;
    let table = Table::new(&dataset, frame.clone())?;
    if dataset.years.is_empty() {
        dataset.years = years_of(&table)?;
    }
    check_join(&dataset, &table, &mut notes)?;
    let rows = frame.height();
    let layer = layer(&dataset, &table, areas, frame)?;
    let file = write(request, &mut dataset, &layer)?;
    Ok(Ingested { file, dataset, rows, notes })
}

type Opened = (RawTable, Option<Arc<Areas>>, Vec<String>);

fn opened(request: &Request<'_>) -> Result<Opened, PipelineError> {
    Ok(match formats::open(request.file, request.open)? {
        Content::Raw(raw) => {
            let notes = raw.notes.clone();
            (raw, None, notes)
        }
        Content::Frame(frame) => (raw_from_frame(&frame), None, Vec::new()),
        Content::Layer { layer, notes } => {
            (raw_from_frame(layer.frame()), layer.areas().cloned(), notes)
        }
    })
}

/// Drops, renames, and turns the codes of Swedish statistics into those of SDMX.
fn shape_columns(
    request: &Request<'_>,
    place: &Place,
    raw: &mut RawTable,
) -> Result<(), PipelineError> {
    for name in request.drop.iter().chain(request.rename.iter().map(|(old, _)| old)) {
        raw.require(place, name)?;
    }
    // Labels beside codes come with JSON-stat and PX; the codes are what joins.
    let codes: BTreeSet<String> = raw.columns.iter().map(|c| format!("{}_label", c.name)).collect();
    raw.columns
        .retain(|column| !request.drop.contains(&column.name) && !codes.contains(&column.name));
    for column in &mut raw.columns {
        if let Some((_, new)) = request.rename.iter().find(|(old, _)| *old == column.name) {
            column.name.clone_from(new);
        }
        if column.name == request.key {
            strip_vintages(request, place, column, &raw.rows)?;
        } else if Some(column.name.as_str()) == request.sex {
            recode(column, |code| sdmx_sex(code).map(str::to_owned));
        } else if Some(column.name.as_str()) == request.age {
            recode(column, sdmx_age);
        }
    }
    Ok(())
}

fn recode(column: &mut RawColumn, turn: impl Fn(&str) -> Option<String>) {
    for cell in column.cells.iter_mut().flatten() {
        if let Some(code) = turn(cell) {
            *cell = code;
        }
    }
}

/// `0180R001_RegSO2025` becomes `0180R001`; another vintage than the declared one is a fault.
fn strip_vintages(
    request: &Request<'_>,
    place: &Place,
    column: &mut RawColumn,
    rows: &[usize],
) -> Result<(), PipelineError> {
    let declared = request.geography.replace('-', "");
    for (row, cell) in column.cells.iter_mut().enumerate() {
        let Some(text) = cell else { continue };
        let (code, vintage) = strip_vintage(text);
        if let Some(vintage) = vintage
            && !vintage.eq_ignore_ascii_case(&declared)
        {
            return Err(FormatError::Row {
                place: place.clone(),
                row: rows.get(row).copied().unwrap_or(row + 1),
                reason: format!("\"{text}\" is of {vintage}, not of {}", request.geography),
                help: "declare the vintage of the file with --geography".to_owned(),
            }
            .into());
        }
        *cell = Some(code.to_owned());
    }
    Ok(())
}

/// The time column where the file marks one and the user names none.
fn dimensions(
    request: &Request<'_>,
    raw: &RawTable,
) -> Result<(Vec<i32>, Dimensions), PipelineError> {
    let own = |name: Option<&str>| name.map(str::to_owned);
    let marked = raw.columns.iter().find(|column| column.role == ColumnRole::Time);
    let (years, year) = match request.year {
        Some(year) => match year.parse() {
            Ok(number) if raw.column(year).is_none() => (vec![number], None),
            _ => {
                raw.require(&Place::file(request.file), year)?;
                (Vec::new(), Some(year.to_owned()))
            }
        },
        None => (Vec::new(), marked.map(|column| column.name.clone())),
    };
    if years.is_empty() && year.is_none() {
        return Err(PipelineError::Request {
            what: format!("{}: the reference year is not known", request.file.display()),
            help: "give --year with a column or a year".to_owned(),
        });
    }
    Ok((years, Dimensions { year, sex: own(request.sex), age: own(request.age) }))
}

fn declared(
    request: &Request<'_>,
    areas: Option<&Areas>,
    years: Vec<i32>,
    dimensions: Dimensions,
) -> Dataset {
    let family = areas.and_then(|areas| areas.shapes().first()).and_then(family_of);
    Dataset {
        id: request.id.to_owned(),
        theme: request.theme,
        title: request.title.clone(),
        description: request.title.clone(),
        publisher: request.publisher.to_owned(),
        table: request.table.map(str::to_owned),
        url: request.url.map(str::to_owned),
        years,
        geography: request.geography.to_owned(),
        licence: request.licence.to_owned(),
        file: format!("{}.parquet", request.id),
        sha256: String::new(),
        layout: match family {
            Some(GeometryFamily::Point) => Layout::Points,
            Some(GeometryFamily::Polygon) if is_division(request.geography) => Layout::Areas,
            Some(_) => Layout::Polygons,
            None => Layout::Units,
        },
        key: request.key.to_owned(),
        name: request.name.map(str::to_owned),
        dimensions,
        point: None,
        derive: request.derive.map(str::to_owned),
        stands_in_for: None,
        codes_valid_in: None,
        changed_units: Vec::new(),
        fields: inherited(request),
    }
}

/// A new vintage of a known data set keeps the unit and label of its columns where none are given.
fn inherited(request: &Request<'_>) -> BTreeMap<String, Field> {
    let mut fields = request.fields.clone();
    let Ok(snapshot) = Snapshot::embedded() else { return fields };
    let Some(known) = snapshot.datasets().find(|known| known.id == request.id) else {
        return fields;
    };
    for (name, field) in &mut fields {
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
    fields
}

/// A named division such as `deso-2018`; `point` and `polygon` say only what the shapes are.
fn is_division(geography: &str) -> bool {
    !matches!(geography, "point" | "polygon")
}

#[allow(clippy::cast_possible_truncation)] // a year is far inside the range
fn years_of(table: &Table) -> Result<Vec<i32>, PipelineError> {
    let fields = table.fields().iter();
    let numeric =
        fields.filter(|(_, field)| matches!(field.kind, Kind::Extensive | Kind::Intensive));
    let mut years = BTreeSet::new();
    for (name, _) in numeric {
        years.extend(table.cells(name)?.into_iter().filter_map(|cell| cell.year));
    }
    Ok(years.into_iter().collect())
}

/// Keys against the built-in units: no key in common is a fault, strangers are told.
fn check_join(
    dataset: &Dataset,
    table: &Table,
    notes: &mut Vec<String>,
) -> Result<(), PipelineError> {
    if dataset.layout != Layout::Units {
        return Ok(());
    }
    let data = Data::load(&Snapshot::embedded()?)?;
    let Some(units) = data.units_of(&dataset.geography) else { return Ok(()) };
    let known: BTreeSet<&str> = units.areas.keys().iter().map(String::as_str).collect();
    let keys: BTreeSet<&str> = table.keys()?.iter().flatten().collect();
    let strangers: Vec<&str> = keys.iter().copied().filter(|key| !known.contains(key)).collect();
    let first = strangers.iter().take(10).copied().collect::<Vec<_>>().join(", ");
    if strangers.len() == keys.len() {
        return Err(PipelineError::KeysDoNotJoin {
            file: PathBuf::from(&dataset.file),
            count: strangers.len(),
            first,
        });
    }
    if !strangers.is_empty() {
        notes.push(format!(
            "{} keys are not among the built-in units of {}: {first}",
            strangers.len(),
            dataset.geography
        ));
    }
    Ok(())
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

/// Writes the file under a name that holds its checksum, then the catalogue that names it, then removes the old file: at every
/// moment the catalogue names a file that is whole.
fn write(
    request: &Request<'_>,
    dataset: &mut Dataset,
    layer: &Layer,
) -> Result<PathBuf, PipelineError> {
    let failed = |path: PathBuf, source| PipelineError::Output { path, source };
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| PipelineError::Output { path, source }
    };
    let path = request.into.join(CATALOG);
    let mut catalog = read_catalog(&path)?;
    std::fs::create_dir_all(request.into).map_err(at(request.into))?;
    let aside = tempfile::Builder::new()
        .prefix(".ingest-")
        .tempdir_in(request.into)
        .map_err(at(request.into))?;
    let new = aside.path().join("new.parquet");
    geoparquet::write(&new, layer)?;
    dataset.sha256 = sha256_hex(&formats::read(&new)?);
    dataset.file = format!("{}-{}.parquet", dataset.id, &dataset.sha256[..8]);
    let target = request.into.join(&dataset.file);
    std::fs::rename(&new, &target).map_err(at(&target))?;
    let known = catalog.datasets.iter().position(|known| known.id == dataset.id);
    let old = known.map(|row| catalog.datasets.remove(row).file);
    catalog.datasets.insert(known.unwrap_or(catalog.datasets.len()), dataset.clone());
    let text = to_toml(&catalog).map_err(|reason| PipelineError::Request {
        what: format!("{}: {reason}", path.display()),
        help: "this is a fault of the program; please report it".to_owned(),
    })?;
    replace_file(&path, |new| std::fs::write(new, &text).map_err(at(new)), failed)?;
    if let Some(old) = old.filter(|old| *old != dataset.file) {
        let old = request.into.join(old);
        std::fs::remove_file(&old).map_err(at(&old))?;
    }
    Ok(target)
}

fn read_catalog(path: &Path) -> Result<Catalog, PipelineError> {
    if !path.exists() {
        return Ok(Catalog::default());
    }
    let text = String::from_utf8_lossy(&formats::read(path)?).into_owned();
    Ok(Catalog::parse(path, &text)?)
}
