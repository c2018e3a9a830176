//! `scale map`: everything about an area, from the snapshot to files.

mod files;
mod protected;
pub(in crate::pipeline) mod services;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rayon::prelude::*;

use protected::Protection;
use services::Streets;

use super::{Ground, PipelineError};
use crate::areas::ComposedArea;
use crate::areas::clip::Clipped;
use crate::indicators::{Context, Measured, Spatial, Weights, measure, measure_spatial};
use crate::model::{Crs, Kind, Layer, Observation};
use crate::publish;
use crate::sources::{ServiceTable, SpatialLayer};

/// What baselines are made from.
pub struct Request<'a> {
    pub ground: &'a Ground,
    /// The system of the layers; that of the units without it.
    pub crs: Option<&'a Crs>,
    /// What is a service among the places of an extract.
    pub services: &'a ServiceTable,
    /// Counts of the user's own data below this are withheld, with what would give them away.
    pub min_count: Option<f64>,
    /// The areas that are decided on together, so that what one withholds no other shows: those that are made, and others.
    pub together: &'a [String],
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
    /// Names of its files, in the order in which they are shown.
    pub files: Vec<String>,
}

/// Makes the baselines of the named areas, in parallel; `done` is told of each finished one.
///
/// # Errors
/// What is wrong for all areas; an area that is at fault by itself has its own error.
pub fn map(
    request: &Request<'_>,
    work: &[Work],
    done: &(dyn Fn(&str) + Sync),
) -> Result<Vec<Result<Baseline, PipelineError>>, PipelineError> {
    crate::environment::configure_gdal();
    let Ground { snapshot, data, .. } = request.ground;
    let units = request.ground.units()?;
    let weights = Weights::new(data, units)?;
    let spatial = Spatial::all(data, units)?;
    let streets = Streets::all(snapshot, data, request.services)?;
    let crs = request.crs.unwrap_or(units.areas.crs());
    let mut shared = Shared {
        request,
        weights: &weights,
        spatial: &spatial,
        streets: &streets,
        crs,
        protection: None,
    };
    if let Some(threshold) = request.min_count {
        let ids: BTreeSet<&String> =
            work.iter().map(|work| &work.id).chain(request.together).collect();
        let rows = ids.into_iter().map(|id| counted(&shared, id));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        shared.protection = Some(Protection::new(threshold, snapshot.own(), &rows));
    }
    let each = work.par_iter().map(|work| {
        let made = baseline(&shared, work);
        done(&work.id);
        made
    });
    Ok(each.collect())
}

/// What all areas of a run share.
struct Shared<'a> {
    request: &'a Request<'a>,
    weights: &'a Weights,
    spatial: &'a [Spatial<'a>],
    streets: &'a [Streets],
    crs: &'a Crs,
    protection: Option<Protection>,
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

fn baseline(shared: &Shared<'_>, work: &Work) -> Result<Baseline, PipelineError> {
    let (area, units) = shared.request.ground.area(&work.id)?;
    let data = &shared.request.ground.data;
    let context = Context { data, area: &area, units, weights: shared.weights };
    let mut measured = measure(context)?;
    let mut extra = Vec::new();
    for spatial in shared.spatial {
        let clipped = measure_spatial(&context, spatial, &mut measured)?;
        extra.push(features_layer(spatial, &clipped, shared)?);
    }
    let stations = services::measure(&context, shared.spatial, shared.streets, &mut measured)?;
    let Measured { mut rows, mut warnings } = measured;
    warnings.extend(shared.protection.as_ref().and_then(|all| all.apply(&mut rows)));
    rows.sort_by(Observation::order);
    let mut layers = layers(shared.crs, &context, stations.as_ref(), &rows)?;
    layers.append(&mut extra);
    layers.push(publish::indicators_layer(&rows)?);
    files::write(shared, &context, &layers, &warnings, &work.folder)?;
    let files = files::file_names(&work.id, &layers);
    Ok(Baseline { area, rows, warnings, files })
}

/// The stations, and the rows of those that lie in the area (true) or are the nearest of a kind to one of its units.
type Stations<'a> = (&'a SpatialLayer, BTreeMap<usize, bool>);

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
