//! `scale map`: everything about an area, from the snapshot to files.

use std::path::{Path, PathBuf};

use geo::{Area, InteriorPoint, Intersects, Point};
use rayon::prelude::*;

use super::PipelineError;
use crate::access;
use crate::areas::{AreaError, AreasFile, ComposedArea, compose};
use crate::formats::{geopackage, geoparquet};
use crate::indicators::{Context, Measured, Weights, measure};
use crate::model::{Areas, Crs, Layer, ObsStatus, Observation, Reprojection, Role};
use crate::publish::{self, Access, Input, Manifest, OutputFile, QualityNote, replace_folder};
use crate::sources::{Data, PointLayer, Snapshot, UnitGeography, sha256_hex};

/// Where areas and data come from and where files go.
pub struct Request<'a> {
    pub snapshot: &'a Snapshot,
    pub data: &'a Data,
    pub areas: &'a AreasFile,
    pub drawn: Option<&'a Areas>,
    pub out: &'a Path,
    pub crs: &'a Crs,
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
    ids.par_iter()
        .map(|id| {
            let made = baseline(request, units, &weights, id);
            done(id);
            made
        })
        .collect::<Vec<_>>()
        .into_iter()
        .collect()
}

fn baseline(
    request: &Request<'_>,
    units: &UnitGeography,
    weights: &Weights,
    id: &str,
) -> Result<Baseline, PipelineError> {
    let definition = request.areas.areas.iter().find(|area| area.id == id);
    let definition = definition.ok_or_else(|| AreaError::UnknownArea {
        given: id.to_owned(),
        help: "`scale areas` lists the areas".to_owned(),
    })?;
    let area = compose(request.areas, definition, &units.areas, request.drawn)?;
    let context = Context { data: request.data, area: &area, units, weights };
    let Measured { mut rows, warnings } = measure(context)?;
    let stations = request.data.points.iter().find(|points| points.dataset.id == "stations");
    let mut access = match stations {
        Some(stations) => station_access(&context, stations)?,
        None => Access::default(),
    };
    rows.append(&mut access.rows);
    rows.sort_by(Observation::order);
    let layers = layers(request, &context, stations, &access, &rows)?;
    let folder = request.out.join(id);
    let failed = |path: PathBuf, source| PipelineError::Output { path, source };
    replace_folder(&folder, |aside| write(request, &context, &layers, &warnings, aside), failed)?;
    let files = file_names(id, &layers).into_iter().map(|name| folder.join(name)).collect();
    Ok(Baseline { area, rows, warnings, files })
}

fn layers(
    request: &Request<'_>,
    context: &Context<'_>,
    stations: Option<&PointLayer>,
    access: &Access,
    rows: &[Observation],
) -> Result<Vec<Layer>, PipelineError> {
    let mut layers = vec![
        publish::area_layer(context.area, context.units, rows, request.crs)?,
        publish::units_layer(context.area, context.units, rows, request.crs)?,
    ];
    if let Some(stations) = stations {
        layers.push(publish::stations_layer(stations, access, request.crs)?);
    }
    layers.push(publish::indicators_layer(rows)?);
    Ok(layers)
}

fn file_names(id: &str, layers: &[Layer]) -> Vec<String> {
    let mut names = vec![format!("{id}.gpkg")];
    names.extend(layers.iter().map(|layer| format!("{id}_{}.parquet", layer.name())));
    names.push("manifest.json".to_owned());
    names
}

fn write(
    request: &Request<'_>,
    context: &Context<'_>,
    layers: &[Layer],
    warnings: &[String],
    folder: &Path,
) -> Result<(), PipelineError> {
    let id = &context.area.definition.id;
    let geopackage = format!("{id}.gpkg");
    geopackage::write(&folder.join(&geopackage), &layers.iter().collect::<Vec<_>>())?;
    let mut outputs = vec![output(folder, &geopackage, &layers.iter().collect::<Vec<_>>())?];
    for layer in layers {
        let name = format!("{id}_{}.parquet", layer.name());
        geoparquet::write(&folder.join(&name), layer)?;
        outputs.push(output(folder, &name, &[layer])?);
    }
    let manifest = manifest(request, context, warnings, outputs);
    let path = folder.join("manifest.json");
    let failed = |source| PipelineError::Output { path: path.clone(), source };
    let text = serde_json::to_string_pretty(&manifest).map_err(std::io::Error::other);
    std::fs::write(&path, text.map_err(failed)? + "\n").map_err(failed)
}

fn output(folder: &Path, name: &str, layers: &[&Layer]) -> Result<OutputFile, PipelineError> {
    let path = folder.join(name);
    let bytes = std::fs::read(&path)
        .map_err(|source| PipelineError::Output { path: path.clone(), source })?;
    Ok(OutputFile {
        file: name.to_owned(),
        sha256: sha256_hex(&bytes),
        rows: layers
            .iter()
            .map(|layer| (layer.name().to_owned(), layer.frame().height()))
            .collect(),
        crs: layers.iter().find_map(|layer| layer.areas().map(|areas| areas.crs().id().to_owned())),
    })
}

fn manifest(
    request: &Request<'_>,
    context: &Context<'_>,
    warnings: &[String],
    outputs: Vec<OutputFile>,
) -> Manifest {
    let definition = &context.area.definition;
    let inputs = request.snapshot.datasets().map(|dataset| Input {
        id: dataset.id.clone(),
        publisher: dataset.publisher.clone(),
        table: dataset.table.clone(),
        url: dataset.url.clone(),
        years: dataset.years.clone(),
        licence: dataset.licence.clone(),
        file: dataset.file.clone(),
        sha256: dataset.sha256.clone(),
    });
    let keys = context.units.areas.keys();
    let notes = [&definition.drawn, &definition.uncertain];
    Manifest {
        tool: "scale".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        created: crate::environment::timestamp(),
        area_id: definition.id.clone(),
        area_name: definition.name.en.clone(),
        units: context.area.parts.iter().map(|part| keys[part.row].clone()).collect(),
        crs: request.crs.id().to_owned(),
        inputs: inputs.collect(),
        outputs,
        survey_participation: participation(context),
        notes: notes.into_iter().flatten().map(|note| note.en.clone()).collect(),
        warnings: warnings.to_vec(),
    }
}

fn participation(context: &Context<'_>) -> Vec<QualityNote> {
    let mut notes = Vec::new();
    for link in &context.area.definition.figures {
        for row in context.data.participation.iter().flat_map(|(_, rows)| rows) {
            if row.geography_level == link.level && link.ids.contains(&row.geography_id) {
                notes.push(QualityNote {
                    geography_level: row.geography_level.clone(),
                    geography_id: row.geography_id.clone(),
                    role: link.role.clone(),
                    year: row.year,
                    respondents: row.respondents,
                    response_rate_percent: row.response_rate,
                    source: row.source.clone(),
                });
            }
        }
    }
    notes
}

/// A position less certain than this makes the distance to it unreliable.
const UNRELIABLE_M: f64 = 300.0;

/// Straight-line distances from each unit's inner point to the nearest station of each kind.
fn station_access(context: &Context<'_>, stations: &PointLayer) -> Result<Access, PipelineError> {
    let Some(areas) = stations.layer.areas() else { return Ok(Access::default()) };
    let turn = Reprojection::new(areas.crs(), context.units.areas.crs())?;
    let mut places = Vec::with_capacity(areas.len());
    for shape in areas.shapes() {
        let mut shape = shape.clone();
        turn.geometry(&mut shape)?;
        places.push(match shape {
            geo::Geometry::Point(point) => point,
            other => other.interior_point().unwrap_or_else(|| Point::new(f64::NAN, f64::NAN)),
        });
    }
    let kinds = stations.table.texts("kind")?;
    let slack = stations.table.numbers("position_uncertainty_m").ok();
    let slack_of = |row: usize| slack.and_then(|slack| slack.get(row));
    let mut access = Access::default();
    for (row, place) in places.iter().enumerate() {
        if context.area.outline.intersects(place) {
            access.stations.insert(row, true);
        }
    }
    let mut names: Vec<&str> = kinds.iter().flatten().collect();
    names.sort_unstable();
    names.dedup();
    for kind in names {
        let of_kind: Vec<usize> =
            (0..places.len()).filter(|&row| kinds.get(row) == Some(kind)).collect();
        let destinations: Vec<(Point<f64>, f64)> =
            of_kind.iter().map(|&row| (places[row], slack_of(row).unwrap_or(0.0))).collect();
        let mut sums = Sums::default();
        for part in &context.area.parts {
            let shape = match &part.shape {
                Some(shape) => shape.interior_point(),
                None => context.units.areas.shapes()[part.row].interior_point(),
            };
            let found = shape.and_then(|origin| access::nearest(origin, &destinations));
            let Some(found) = found else { continue };
            let station = of_kind[found.destination];
            access.stations.entry(station).or_insert(false);
            let weight = context.weights.of(part.row).map(|weight| weight * part.share);
            let surface = context.units.areas.shapes()[part.row].unsigned_area() * part.share;
            sums.add(weight, surface, &found);
            let row =
                distance_row(context, stations, kind, Some(part.row), &found, slack_of(station));
            access.rows.push(row);
        }
        if let Some(mean) = sums.mean() {
            let mut row = distance_row(context, stations, kind, None, &mean, Some(sums.slack()));
            row.coverage = Some(sums.coverage());
            access.rows.push(row);
        }
    }
    Ok(access)
}

/// The residents' mean distance: each unit's distance weighted by its residents.
#[derive(Default)]
struct Sums {
    weight: f64,
    distance: f64,
    lower: f64,
    upper: f64,
    surface: f64,
    surface_with_residents: f64,
}

impl Sums {
    fn add(&mut self, weight: Option<f64>, surface: f64, found: &access::Nearest) {
        self.surface += surface;
        self.surface_with_residents += if weight.is_some() { surface } else { 0.0 };
        let weight = weight.unwrap_or(0.0);
        self.weight += weight;
        self.distance += weight * found.distance_m;
        self.lower += weight * found.lower_m;
        self.upper += weight * found.upper_m;
    }

    fn mean(&self) -> Option<access::Nearest> {
        (self.weight > 0.0).then(|| access::Nearest {
            destination: 0,
            distance_m: self.distance / self.weight,
            lower_m: self.lower / self.weight,
            upper_m: self.upper / self.weight,
        })
    }

    /// Share of the surface whose residents are known: what the mean rests on.
    fn coverage(&self) -> f64 {
        self.surface_with_residents / self.surface
    }

    /// Half the width of the mean's interval, back on the straight line.
    fn slack(&self) -> f64 {
        (self.upper - self.lower) / self.weight / 2.0 / access::DETOUR
    }
}

fn distance_row(
    context: &Context<'_>,
    stations: &PointLayer,
    kind: &str,
    unit: Option<usize>,
    found: &access::Nearest,
    slack: Option<f64>,
) -> Observation {
    let keys = context.units.areas.keys();
    let unit_id = unit.map(|row| keys[row].clone());
    let bounded = found.upper_m > found.lower_m;
    let area_id = context.area.definition.id.clone();
    let method = if unit.is_some() { "straight_line" } else { "straight_line; mean by residents" };
    let from = if unit.is_some() { "the unit's inner point" } else { "the units, by residents," };
    Observation {
        geography_level: match unit {
            Some(_) => context.units.dataset.geography.clone(),
            None => "area".to_owned(),
        },
        geography_id: unit_id.clone().unwrap_or_else(|| area_id.clone()),
        area_id,
        unit_id,
        role: Role::Own,
        indicator: format!("distance_nearest_{kind}_m"),
        theme: "services".to_owned(),
        value: Some(found.distance_m),
        lower: bounded.then_some(found.lower_m),
        upper: bounded.then_some(found.upper_m),
        unit: "m".to_owned(),
        year: stations.dataset.years.last().copied(),
        sex: "_T".to_owned(),
        age: "_T".to_owned(),
        obs_status: match slack {
            Some(slack) if slack > UNRELIABLE_M => ObsStatus::U,
            _ => ObsStatus::E,
        },
        method: method.to_owned(),
        coverage: Some(1.0),
        definition: format!(
            "Distance from {from} to the nearest station ({}): straight line times {}; the interval comes from the \
             uncertainty of the stations' positions",
            kind.replace('_', " "),
            access::DETOUR
        ),
        source: stations.dataset.source(),
    }
}
