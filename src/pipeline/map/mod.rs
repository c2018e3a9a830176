//! `scale map`: everything about an area, from the snapshot to files.

mod files;
mod services;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use services::Streets;

use super::PipelineError;
use crate::areas::clip::Clipped;
use crate::areas::{AreaError, AreasFile, ComposedArea, compose};
use crate::indicators::{Context, Measured, Spatial, Weights, measure, measure_spatial};
use crate::model::{Areas, Crs, Kind, Layer, Observation};
use crate::publish::{self, replace_folder};
use crate::sources::{Data, ServiceTable, Snapshot, SpatialLayer, UnitGeography};

/// Where areas and data come from and where files go.
pub struct Request<'a> {
    pub snapshot: &'a Snapshot,
    pub data: &'a Data,
    pub areas: &'a AreasFile,
    pub drawn: Option<&'a Areas>,
    pub out: &'a Path,
    pub crs: &'a Crs,
    /// What is a service among the places of an extract.
    pub services: &'a ServiceTable,
}

/// One finished baseline.
pub struct Baseline {
    pub area: ComposedArea,
    pub rows: Vec<Observation>,
    pub warnings: Vec<String>,
    pub files: Vec<PathBuf>,
}

/// The units that areas are composed from.
///
/// # Errors
/// [`AreaError::NoUnits`].
pub fn units<'a>(data: &'a Data, areas: &AreasFile) -> Result<&'a UnitGeography, AreaError> {
    data.units_of(&areas.geography)
        .ok_or_else(|| AreaError::NoUnits { geography: areas.geography.clone() })
}

/// Makes the baselines of the named areas, in parallel; `done` is told of each finished one.
///
/// # Errors
/// The first fault, in the order of the ids; nothing of a faulty area is written.
pub fn map(
    request: &Request<'_>,
    ids: &[String],
    done: &(dyn Fn(&str) + Sync),
) -> Result<Vec<Baseline>, PipelineError> {
    crate::environment::configure_gdal();
    let units = units(request.data, request.areas)?;
    let weights = Weights::new(request.data, units)?;
    let spatial = Spatial::all(request.data, units)?;
    let streets = request.data.streets.iter();
    let load = |dataset| Streets::load(request.snapshot, dataset, request.services);
    let streets = streets.map(load).collect::<Result<Vec<_>, _>>()?;
    let ground = Ground { units, weights: &weights, spatial: &spatial, streets: &streets };
    ids.par_iter()
        .map(|id| {
            let made = baseline(request, &ground, id);
            done(id);
            made
        })
        .collect::<Vec<_>>()
        .into_iter()
        .collect()
}

/// What all areas of a run share.
struct Ground<'a> {
    units: &'a UnitGeography,
    weights: &'a Weights,
    spatial: &'a [Spatial<'a>],
    streets: &'a [Streets],
}

fn baseline(
    request: &Request<'_>,
    ground: &Ground<'_>,
    id: &str,
) -> Result<Baseline, PipelineError> {
    let definition = request.areas.areas.iter().find(|area| area.id == id);
    let definition = definition.ok_or_else(|| AreaError::UnknownArea {
        given: id.to_owned(),
        help: "`scale areas` lists the areas".to_owned(),
    })?;
    let Ground { units, weights, .. } = *ground;
    let area = compose(request.areas, definition, &units.areas, request.drawn)?;
    let context = Context { data: request.data, area: &area, units, weights };
    let mut measured = measure(context)?;
    let mut extra = Vec::new();
    for spatial in ground.spatial {
        let clipped = measure_spatial(&context, spatial, &mut measured)?;
        extra.push(features_layer(spatial, &clipped, request.crs)?);
    }
    let stations = services::measure(&context, ground, &mut measured)?;
    let Measured { mut rows, warnings } = measured;
    rows.sort_by(Observation::order);
    let mut layers = layers(request, &context, stations.as_ref(), &rows)?;
    layers.append(&mut extra);
    layers.push(publish::indicators_layer(&rows)?);
    let folder = request.out.join(id);
    let failed = |path: PathBuf, source| PipelineError::Output { path, source };
    let fill = |aside: &Path| files::write(request, &context, &layers, &warnings, aside);
    replace_folder(&folder, fill, failed)?;
    let files = files::file_names(id, &layers).into_iter().map(|name| folder.join(name)).collect();
    Ok(Baseline { area, rows, warnings, files })
}

/// The stations, and the rows of those that lie in the area (true) or are the nearest of a kind to one of its units.
type Stations<'a> = (&'a SpatialLayer, BTreeMap<usize, bool>);

fn layers(
    request: &Request<'_>,
    context: &Context<'_>,
    stations: Option<&Stations<'_>>,
    rows: &[Observation],
) -> Result<Vec<Layer>, PipelineError> {
    let mut layers = vec![
        publish::area_layer(context.area, context.units, rows, request.crs)?,
        publish::units_layer(context.area, context.units, rows, request.crs)?,
    ];
    if let Some((stations, reached)) = stations {
        layers.push(publish::stations_layer(stations, reached, request.crs)?);
    }
    Ok(layers)
}

/// The features that lie in the area, as a layer named after their data set.
fn features_layer(
    spatial: &Spatial<'_>,
    clipped: &[Clipped],
    crs: &Crs,
) -> Result<Layer, PipelineError> {
    let (dataset, table) = (&spatial.source.dataset, &spatial.source.table);
    let mut counts = Vec::new();
    for (name, field) in table.fields() {
        if field.kind == Kind::Extensive {
            counts.push((name.clone(), table.numbers(name)?.iter().collect()));
        }
    }
    let names = (dataset.id.as_str(), dataset.title.en.as_str());
    let systems = (spatial.features.crs(), crs);
    Ok(publish::clipped_layer(names, table.frame(), clipped, &counts, systems)?)
}
