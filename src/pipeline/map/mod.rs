//! `scale map`: everything about an area, from the snapshot to files.

pub(in crate::pipeline) mod dress;
mod files;
pub(in crate::pipeline) mod protected;
pub(in crate::pipeline) mod services;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rayon::prelude::*;

pub use files::Format;

use dress::Swedish;
use protected::Protection;
use services::Ways;

use super::report::{self, Desk};
use super::{Ground, PipelineError};
use crate::areas::ComposedArea;
use crate::areas::clip::Clipped;
use crate::indicators::{Context, Measured, Spatial, Weights, actors, measure, measure_spatial};
use crate::model::{Crs, Kind, Lang, Layer, LocalActor, Observation};
use crate::publish;
use crate::sources::{ServiceTable, SpatialLayer, UnitGeography};

/// What baselines are made from.
pub struct Request<'a> {
    pub ground: &'a Ground,
    /// The system of the layers; that of the units without it.
    pub crs: Option<&'a Crs>,
    /// What is a service among the places of an extract.
    pub services: &'a ServiceTable,
    /// Departures by public transport, as `2026-05-05T07:00/09:00`; a working morning of the timetables without it.
    pub depart: Option<&'a str>,
    /// Counts of the user's own data below this are withheld, with what would give them away.
    pub min_count: Option<f64>,
    /// The areas that are decided on together, so that what one withholds no other shows: those that are made, and others.
    pub together: &'a [String],
    /// The language of what readers see: styles, the project and its printed maps, metadata, and the habits of CSV.
    pub lang: Lang,
    pub formats: &'a [Format],
}

/// An area to work on, and the empty folder that its files go into.
#[derive(Debug, Clone)]
pub struct Work {
    pub id: String,
    pub folder: PathBuf,
}

/// One finished baseline.
pub struct Baseline {
    pub area: ComposedArea,
    pub rows: Vec<Observation>,
    pub warnings: Vec<String>,
    /// Who is in the area, or may be, for a report: who, what for, where, where to read more.
    pub actors: Vec<LocalActor>,
    /// Names of its files, in the order in which they are shown.
    pub files: Vec<String>,
}

/// Most areas that reports show beside each other.
const MOST_BESIDE: usize = 12;

/// Makes the baselines of the named areas, in parallel; `done` is told of each finished one.
///
/// # Errors
/// What is wrong for all areas; an area that is at fault by itself has its own error.
pub fn map(
    request: &Request<'_>,
    work: &[Work],
    done: &(dyn Fn(&str) + Sync),
) -> Result<Vec<Result<Baseline, PipelineError>>, PipelineError> {
    let ids: Vec<String> = work.iter().map(|work| work.id.clone()).collect();
    with_shared(request, &ids, &|shared| {
        let (mut surveys, mut faults) = (Vec::new(), Vec::new());
        for (id, survey) in all_surveys(shared, &ids) {
            match survey {
                Ok(survey) => surveys.push(survey),
                Err(fault) => faults.push((id, fault)),
            }
        }
        let left_out: Vec<String> = faults
            .iter()
            .filter(|(id, _)| !ids.contains(id))
            .map(|(id, fault)| format!("area \"{id}\" is left out of the report: {fault}"))
            .collect();
        let made: Vec<_> = work
            .par_iter()
            .map(|work| {
                let survey = surveys.iter().find(|survey| survey.area.definition.id == work.id);
                let made =
                    survey.map(|survey| baseline(shared, &surveys, (survey, &left_out), work));
                done(&work.id);
                made
            })
            .collect();
        let mut fault = |id: &str| {
            let at = faults.iter().position(|(known, _)| known == id);
            at.map_or_else(super::no_area_named, |at| faults.swap_remove(at).1)
        };
        let or_fault =
            |(made, work): (Option<_>, &Work)| made.unwrap_or_else(|| Err(fault(&work.id)));
        Ok(made.into_iter().zip(work).map(or_fault).collect())
    })
}

/// What is measured of an area, before it is written.
pub(in crate::pipeline) struct Surveyed<'a> {
    pub area: ComposedArea,
    /// Codes of its units, in the order of its parts.
    pub units: Vec<String>,
    pub rows: Vec<Observation>,
    pub warnings: Vec<String>,
    pub stations: Option<Stations<'a>>,
    pub actors: Vec<LocalActor>,
    /// What of each data set of features lies in the area.
    clipped: Vec<Vec<Clipped>>,
}

/// What is made of what was measured.
type Made<'a, T> = dyn Fn(Desk<'_>, &[Surveyed<'_>]) -> Result<T, PipelineError> + 'a;

/// Measures the named areas and those that reports show beside them, and hands them on.
///
/// # Errors
/// Those of [`map`]; the first fault of a named area.
pub(in crate::pipeline) fn with_surveys<T>(
    request: &Request<'_>,
    ids: &[String],
    then: &Made<'_, T>,
) -> Result<T, PipelineError> {
    with_shared(request, ids, &|shared| {
        let mut surveys = Vec::new();
        for (id, survey) in all_surveys(shared, ids) {
            match survey {
                Ok(survey) => surveys.push(survey),
                Err(fault) if ids.contains(&id) => return Err(fault),
                Err(_) => {}
            }
        }
        then(shared.desk(), &surveys)
    })
}

/// Reads what all areas share and hands it on.
fn with_shared<T>(
    request: &Request<'_>,
    ids: &[String],
    then: &dyn Fn(&Shared<'_>) -> Result<T, PipelineError>,
) -> Result<T, PipelineError> {
    crate::environment::configure_gdal();
    let Ground { snapshot, data, .. } = request.ground;
    let units = request.ground.units()?;
    let weights = Weights::new(data, units)?;
    let spatial = Spatial::all(data, units)?;
    let ways = Ways::load(snapshot, data, request.services, request.depart)?;
    let crs = request.crs.unwrap_or(units.areas.crs());
    let mut shared = Shared {
        request,
        units,
        weights: &weights,
        spatial: &spatial,
        ways: &ways,
        crs,
        protection: None,
    };
    if let Some(threshold) = request.min_count {
        let rows = decided(request, ids).into_iter().map(|id| counted(&shared, id));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        shared.protection = Some(Protection::new(threshold, snapshot.own(), &rows));
    }
    then(&shared)
}

/// The named areas, and those that are decided on with them where counts are withheld.
fn decided<'a>(request: &Request<'a>, ids: &'a [String]) -> BTreeSet<&'a String> {
    ids.iter().chain(request.together).collect()
}

/// The named areas, and those beside them in a report: all that there are, unless they are too many to show. Where
/// counts are withheld, only the named ones, which were decided on together.
fn all_surveys<'a>(
    shared: &Shared<'a>,
    ids: &[String],
) -> Vec<(String, Result<Surveyed<'a>, PipelineError>)> {
    let known = &shared.request.ground.areas.areas;
    let beside = shared.protection.is_none() && known.len() <= MOST_BESIDE;
    let mut all: Vec<&String> = known.iter().map(|area| &area.id).collect();
    let decided = decided(shared.request, ids);
    all.retain(|id| beside || decided.contains(id));
    all.par_iter().map(|id| ((*id).clone(), survey(shared, id))).collect()
}

/// What all areas of a run share.
struct Shared<'a> {
    request: &'a Request<'a>,
    units: &'a UnitGeography,
    weights: &'a Weights,
    spatial: &'a [Spatial<'a>],
    ways: &'a Ways,
    crs: &'a Crs,
    protection: Option<Protection>,
}

impl Shared<'_> {
    fn desk(&self) -> Desk<'_> {
        let Request { ground, services, lang, .. } = *self.request;
        Desk { ground, units: self.units, weights: self.weights, services, lang }
    }
}

/// What tables and features say of an area, its services aside: they count nobody.
fn counted(shared: &Shared<'_>, id: &str) -> Result<Vec<Observation>, PipelineError> {
    let (area, units) = shared.request.ground.area(id)?;
    let data = &shared.request.ground.data;
    let context = Context { data, area: &area, units, weights: shared.weights };
    let mut measured = measure(context)?;
    for spatial in shared.spatial {
        measure_spatial(&context, spatial, &mut measured)?;
    }
    Ok(measured.rows)
}

fn survey<'a>(shared: &Shared<'a>, id: &str) -> Result<Surveyed<'a>, PipelineError> {
    let (area, units) = shared.request.ground.area(id)?;
    let data = &shared.request.ground.data;
    let context = Context { data, area: &area, units, weights: shared.weights };
    let mut measured = measure(context)?;
    let mut clipped = Vec::new();
    for spatial in shared.spatial {
        clipped.push(measure_spatial(&context, spatial, &mut measured)?);
    }
    let stations = services::measure(&context, shared.spatial, shared.ways, &mut measured)?;
    // The same data set, borrowed from the data and not through the area at hand.
    let same =
        |source: &SpatialLayer| data.points.iter().find(|p| p.dataset.id == source.dataset.id);
    let stations = stations.and_then(|(source, reached)| Some((same(source)?, reached)));
    let local = actors::local(&context)?;
    actors::measure(&context, &local, &mut measured.rows);
    let Measured { mut rows, mut warnings } = measured;
    warnings.extend(super::actors::remark(&local));
    warnings.extend(shared.protection.as_ref().and_then(|all| all.apply(&mut rows)));
    rows.sort_by(Observation::order);
    let keys = units.areas.keys();
    let units = area.parts.iter().map(|part| keys[part.row].clone()).collect();
    Ok(Surveyed { units, rows, warnings, stations, actors: local, clipped, area })
}

fn baseline(
    shared: &Shared<'_>,
    surveys: &[Surveyed<'_>],
    (survey, left_out): (&Surveyed<'_>, &[String]),
    work: &Work,
) -> Result<Baseline, PipelineError> {
    let Surveyed { area, rows, stations, actors, clipped, .. } = survey;
    let warnings = [survey.warnings.as_slice(), left_out].concat();
    let data = &shared.request.ground.data;
    let context = Context { data, area, units: shared.units, weights: shared.weights };
    let mut layers = layers(shared.crs, &context, stations.as_ref(), rows)?;
    for (spatial, clipped) in shared.spatial.iter().zip(clipped) {
        layers.push(features_layer(spatial, clipped, shared)?);
    }
    let system = shared.units.areas.crs();
    let lang = shared.request.lang;
    layers.extend(publish::actors_layers(actors, (system, shared.crs), lang)?);
    layers.push(match lang {
        Lang::En => publish::indicators_layer(rows)?,
        Lang::Sv => {
            let swedish = Swedish::of(data, shared.request.services);
            publish::indicators_layer(&swedish.rows(rows))?
        }
    });
    if lang == Lang::Sv {
        let named = layers.into_iter().map(|layer| dress::in_swedish(layer, &context));
        layers = named.collect();
    }
    let report = report::html(shared.desk(), surveys, &work.id)?;
    let made = dress::Baseline { shared, context: &context, rows, actors, layers: &layers };
    files::write(&made, &report, &warnings, &work.folder)?;
    let files = files::file_names(shared.request.formats, &work.id, &layers);
    let (area, rows, actors) = (area.clone(), rows.clone(), actors.clone());
    Ok(Baseline { area, rows, warnings, actors, files })
}

/// The stations, and the rows of those that lie in the area (true) or are the nearest of a kind to one of its units.
pub(in crate::pipeline) type Stations<'a> = (&'a SpatialLayer, BTreeMap<usize, bool>);

fn layers(
    crs: &Crs,
    context: &Context<'_>,
    stations: Option<&Stations<'_>>,
    rows: &[Observation],
) -> Result<Vec<Layer>, PipelineError> {
    let mut layers = vec![
        publish::area_layer(context.area, context.units, rows, crs)?,
        publish::units_layer(context.area, context.units, rows, crs)?,
    ];
    if let Some((stations, reached)) = stations {
        layers.push(publish::stations_layer(stations, reached, crs)?);
    }
    Ok(layers)
}

/// The features that lie in the area, as a layer named after their data set.
fn features_layer(
    spatial: &Spatial<'_>,
    clipped: &[Clipped],
    shared: &Shared<'_>,
) -> Result<Layer, PipelineError> {
    let (dataset, table) = (&spatial.source.dataset, &spatial.source.table);
    let mut counts = Vec::new();
    for (name, field) in table.fields() {
        if field.kind == Kind::Extensive {
            let values: Vec<Option<f64>> = table.numbers(name)?.iter().collect();
            let hidden = shared.protection.as_ref().is_some_and(|all| all.hides(dataset, &values));
            counts.push((name.clone(), if hidden { vec![None; values.len()] } else { values }));
        }
    }
    let names = (dataset.id.as_str(), dataset.title.en.as_str());
    let systems = (spatial.features.crs(), shared.crs);
    Ok(publish::clipped_layer(names, table.frame(), clipped, &counts, systems)?)
}
