//! `scale actors`: registers of actors and of measures on their way into a data folder.

mod doubles;
mod from_osm;
mod measures;
mod places;
mod placing;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use geo::Point;
use serde::Serialize;

pub(super) use doubles::{doubles, remark};
pub use from_osm::{Asked, Proposals, from_osm};
pub use measures::{ImportedMeasures, import_measures, measures_of};
pub use placing::{NoPlace, Unplaced};

use super::ingest::store;
use super::{Ground, PipelineError};
use crate::areas::ComposedArea;
use crate::compare::{Candidate, duplicates};
use crate::formats::{self, Content, FormatError, OpenOptions, RawTable};
use crate::indicators::{Context, Measured, Weights, actors, measure};
use crate::model::{
    Actor, Crs, Dataset, Label, Layout, LocalActor, Observation, RegisterCover, Reprojection, Theme,
};
use crate::sources::{Known, Read, Schema, actors_frame, read_actors};

/// A register to take over.
pub struct Request<'a> {
    pub file: &'a Path,
    pub open: &'a OpenOptions,
    pub into: &'a Path,
    /// What is known already: its areas, the names of its places, its registers.
    pub ground: &'a Ground,
    pub declared: Declared<'a>,
    /// What the register claims to hold whole.
    pub covers: &'a [RegisterCover],
}

/// What the keeper says of a register.
#[derive(Debug, Clone, Copy)]
pub struct Declared<'a> {
    pub id: &'a str,
    pub title: Option<&'a Label>,
    pub publisher: &'a str,
    pub licence: &'a str,
    /// The year that it describes: what is over before it does not count.
    pub year: i32,
}

/// Two entries that may be one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Proposal {
    /// Ids of the entries; that of another register may be the second.
    pub ids: (String, String),
    pub names: (String, String),
    pub score: f64,
    pub name_similarity: f64,
    pub distance_m: Option<f64>,
}

/// What was made of a register.
pub struct Imported {
    pub file: PathBuf,
    pub dataset: Dataset,
    pub actors: Vec<Actor>,
    pub warnings: Vec<String>,
    pub unplaced: Vec<Unplaced>,
    pub alike: Vec<Proposal>,
}

/// Reads, places, looks for duplicates, and writes.
///
/// # Errors
/// [`PipelineError`]; the data folder is then as it was.
pub fn import(request: &Request<'_>) -> Result<Imported, PipelineError> {
    crate::environment::configure_gdal();
    let raw = opened(request.file, request.open)?;
    let degrees = Crs::parse("EPSG:4326")?;
    let turn = request.open.crs.as_ref().map(|crs| Reprojection::new(crs, &degrees)).transpose()?;
    let known = known(request.ground, Some(request.declared.id));
    let read = read_actors(request.file, &raw, turn.as_ref(), Some(&known))
        .map_err(crate::sources::SourceError::from)?;
    let mut dataset = dataset(request.declared, Layout::Actors)?;
    dataset.covers = covers(request, &known)?;
    let Read { entries: mut actors, rows, mut warnings } = read;
    warnings.extend(raw.notes.iter().filter(|note| note.starts_with("Left out")).cloned());
    let unplaced = placing::place(request.ground, &mut actors, &rows, &mut warnings)?;
    let alike = alike(request.ground, &actors, Some(request.declared.id))?;
    let frame = actors_frame(&actors.iter().collect::<Vec<_>>())?;
    let write = |new: &Path| Ok(formats::csv::write_csv(new, &frame)?);
    let file = store::write(request.into, &mut dataset, "csv", write)?;
    Ok(Imported { file, dataset, actors, warnings, unplaced, alike })
}

/// The table of a register.
fn opened(file: &Path, open: &OpenOptions) -> Result<RawTable, PipelineError> {
    // The system speaks of the columns x and y, which a table does not know of.
    let open = OpenOptions { crs: None, ..open.clone() };
    match formats::open(file, &open)? {
        Content::Raw(raw) => Ok(raw),
        _ => Err(FormatError::NotWhatItSays {
            file: file.to_owned(),
            expected: "a register",
            reason: "it holds typed columns or shapes".to_owned(),
            help: "save it as .csv or .xlsx".to_owned(),
        }
        .into()),
    }
}

/// Areas by id and name, and the entries of all registers but the one that is replaced.
fn known(ground: &Ground, replaced: Option<&str>) -> Known {
    let mut known = Known::default();
    for area in &ground.areas.areas {
        for word in [&area.id, &area.name.sv, &area.name.en] {
            known.areas.insert(word.to_lowercase(), area.id.clone());
        }
    }
    let others = ground.data.registers.iter().filter(|r| Some(r.dataset.id.as_str()) != replaced);
    known.entries = others.flat_map(|r| r.actors.iter().map(|actor| actor.id.clone())).collect();
    known
}

/// The catalogue entry of a register.
fn dataset(declared: Declared<'_>, layout: Layout) -> Result<Dataset, PipelineError> {
    let refused = |what: String, help: &str| PipelineError::Request { what, help: help.to_owned() };
    let id = declared.id;
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if id.is_empty() || !id.chars().all(word) {
        return Err(refused(
            format!("\"{id}\" is no id of a data set"),
            "give --id a lower-case word",
        ));
    }
    let schema = Schema {
        id: Some(id.to_owned()),
        theme: Some(Theme::Actors),
        title: declared.title.cloned(),
        publisher: Some(declared.publisher.to_owned()),
        licence: Some(declared.licence.to_owned()),
        years: vec![declared.year],
        geography: Some("point".to_owned()),
        layout: Some(layout),
        key: Some("id".to_owned()),
        name: Some("name".to_owned()),
        ..Schema::default()
    };
    let missing = |what: &'static str| refused(format!("its {what} is not declared"), "declare it");
    schema.into_dataset().map_err(missing)
}

/// The claims with ids of areas.
fn covers(request: &Request<'_>, known: &Known) -> Result<Vec<RegisterCover>, PipelineError> {
    let find = |cover: &RegisterCover| {
        let area = known.area(&cover.area).map_err(|what| PipelineError::Request {
            what,
            help: "--covers names an area and themes: jarva:transport,health".to_owned(),
        })?;
        Ok(RegisterCover { area, themes: cover.themes.clone() })
    };
    request.covers.iter().map(find).collect()
}

/// The pairs of entries that look alike and of which nobody decided, within the register and with those of others.
fn alike(
    ground: &Ground,
    actors: &[Actor],
    replaced: Option<&str>,
) -> Result<Vec<Proposal>, PipelineError> {
    let others = ground.data.registers.iter().filter(|r| Some(r.dataset.id.as_str()) != replaced);
    let all: Vec<&Actor> = actors.iter().chain(others.flat_map(|r| &r.actors)).collect();
    let turn = Reprojection::new(&Crs::parse("EPSG:4326")?, ground.units()?.areas.crs())?;
    let candidates = all
        .iter()
        .map(|actor| {
            let at = actor.placed.as_ref().map(|placed| turn.point(placed.lon, placed.lat));
            let at = at.transpose()?.map(Point::from);
            Ok(Candidate { name: &actor.name, at, area: actor.area.as_deref() })
        })
        .collect::<Result<Vec<_>, PipelineError>>()?;
    let found = duplicates(&candidates).into_iter();
    let new = found.filter(|pair| pair.first < actors.len());
    Ok(new
        .filter(|pair| !doubles::decided(all[pair.first], all[pair.second]))
        .map(|pair| Proposal {
            ids: (all[pair.first].id.clone(), all[pair.second].id.clone()),
            names: (all[pair.first].name.clone(), all[pair.second].name.clone()),
            score: pair.score,
            name_similarity: pair.names,
            distance_m: pair.distance_m,
        })
        .collect())
}

/// The actors of an area, what they are counted as, and which themes and units have none.
pub struct Listed {
    pub area: ComposedArea,
    pub actors: Vec<LocalActor>,
    pub counts: Vec<Observation>,
    pub gaps: Vec<actors::Gap>,
    /// What is to be known of entries that are counted apart and may be one.
    pub doubles: Option<String>,
    /// Names of the area's units by code.
    pub unit_names: BTreeMap<String, String>,
}

/// What the registers say of an area: all that a report shows of it.
///
/// # Errors
/// [`PipelineError`].
pub fn listed(ground: &Ground, id: &str) -> Result<Listed, PipelineError> {
    crate::environment::configure_gdal();
    let (area, units) = ground.area(id)?;
    let weights = Weights::new(&ground.data, units)?;
    let context = Context { data: &ground.data, area: &area, units, weights: &weights };
    let Measured { mut rows, .. } = measure(context)?;
    let actors = actors::local(&context)?;
    actors::measure(&context, &actors, &mut rows);
    rows.retain(|row| row.theme == Theme::Actors.id());
    let gaps = actors::gaps(&rows);
    let doubles = remark(&actors);
    let named = |row: usize| (units.areas.keys()[row].clone(), units.names[row].clone());
    let unit_names = area.parts.iter().map(|part| named(part.row)).collect();
    Ok(Listed { area, actors, counts: rows, gaps, doubles, unit_names })
}
