//! The layers of a baseline: `area`, `units`, `stations` and the table `indicators`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use geo::{Geometry, MultiPolygon};
use polars::prelude::{Column, DataFrame, IdxCa, NamedFrom, Series};

use crate::areas::ComposedArea;
use crate::areas::clip::Clipped;
use crate::model::{
    Areas, Crs, CrsError, Layer, ModelError, ObsStatus, Observation, Reprojection, bound_columns,
    status_column, to_frame,
};
use crate::sources::{SpatialLayer, UnitGeography};

/// The outline, one row, with what a label needs.
///
/// # Errors
/// [`CrsError`], [`ModelError`].
pub fn area_layer(
    area: &ComposedArea,
    units: &UnitGeography,
    rows: &[Observation],
    crs: &Crs,
) -> Result<Layer, LayerError> {
    let definition = &area.definition;
    let own = |indicator: &str| newest(rows, None, indicator);
    let residents = own("residents");
    let surface_km2 = area.surface_m2() / 1e6;
    let units_count = i64::try_from(area.parts.len()).unwrap_or(i64::MAX);
    let frame = DataFrame::new(
        1,
        vec![
            text("area_id", [definition.id.as_str()]),
            text("name_sv", [definition.name.sv.as_str()]),
            text("name_en", [definition.name.en.as_str()]),
            Column::from(Series::new("units".into(), [units_count])),
            number("surface_km2", [Some(surface_km2)]),
            number("residents", [residents.and_then(|row| row.value)]),
            Column::from(Series::new(
                "residents_year".into(),
                [residents.and_then(|row| row.year)],
            )),
            number("residents_coverage", [residents.and_then(|row| row.coverage)]),
            number("density_land", [own("density_land").and_then(|row| row.value)]),
            number("density_total", [own("density_total").and_then(|row| row.value)]),
        ],
    )?;
    let shape = simplest(area.outline.clone());
    spatial(
        "area",
        &definition.name.en,
        vec![definition.id.clone()],
        vec![shape],
        units,
        crs,
        frame,
    )
}

/// The units clipped to the area, wide: one column an indicator, its newest year, both sexes and all ages. Beside it stand
/// `NAME_status` where a unit has another status than `A`, and `NAME_lower` and `NAME_upper` where one has bounds.
///
/// # Errors
/// [`CrsError`], [`ModelError`].
pub fn units_layer(
    area: &ComposedArea,
    units: &UnitGeography,
    rows: &[Observation],
    crs: &Crs,
) -> Result<Layer, LayerError> {
    let keys: Vec<String> =
        area.parts.iter().map(|part| units.areas.keys()[part.row].clone()).collect();
    let shapes: Vec<Geometry<f64>> = area
        .parts
        .iter()
        .map(|part| match &part.shape {
            Some(shape) => simplest(shape.clone()),
            None => units.areas.shapes()[part.row].clone(),
        })
        .collect();
    let surface: Vec<Option<f64>> =
        shapes.iter().map(|shape| Some(geo::Area::unsigned_area(shape) / 1e6)).collect();
    let mut columns = vec![
        text("unit_id", keys.iter().map(String::as_str)),
        text("name", area.parts.iter().map(|part| units.names[part.row].as_str())),
        number("share_of_unit", area.parts.iter().map(|part| Some(part.share))),
        number("surface_km2", surface),
    ];
    let indicators = unit_cells(rows, &keys);
    for (indicator, cells) in &indicators {
        columns.push(number(indicator, cells.iter().map(|cell| cell.and_then(|row| row.value))));
        let beside = beside(indicator, cells).into_iter();
        columns.extend(beside.filter(|column| !indicators.contains_key(column.name().as_str())));
    }
    let frame = DataFrame::new(keys.len(), columns)?;
    spatial("units", &units.dataset.title.en, keys, shapes, units, crs, frame)
}

/// Status and bounds of an indicator, where they say anything.
fn beside(indicator: &str, cells: &[Option<&Observation>]) -> Vec<Column> {
    let status = |cell: Option<&Observation>| cell.map_or(ObsStatus::M, |row| row.obs_status);
    let mut columns = Vec::new();
    if cells.iter().any(|cell| status(*cell) != ObsStatus::A) {
        columns
            .push(text(&status_column(indicator), cells.iter().map(|cell| status(*cell).code())));
    }
    let ends = |get: fn(&Observation) -> Option<f64>| {
        cells.iter().map(move |cell| cell.and_then(get)).collect::<Vec<_>>()
    };
    let ends = [ends(|row| row.lower), ends(|row| row.upper)];
    if ends.iter().flatten().any(Option::is_some) {
        let named = bound_columns(indicator).into_iter().zip(ends);
        columns.extend(named.map(|(name, ends)| number(&name, ends)));
    }
    columns
}

/// The stations of those rows; true for those that lie in the area.
///
/// # Errors
/// [`CrsError`], [`ModelError`].
pub fn stations_layer(
    stations: &SpatialLayer,
    reached: &BTreeMap<usize, bool>,
    crs: &Crs,
) -> Result<Layer, LayerError> {
    let areas = &stations.areas;
    let rows: Vec<usize> = reached.keys().copied().collect();
    let keys: Vec<String> = rows.iter().map(|&row| areas.keys()[row].clone()).collect();
    let turn = Reprojection::new(areas.crs(), crs)?;
    let mut shapes = Vec::with_capacity(rows.len());
    for &row in &rows {
        let mut shape = areas.shapes()[row].clone();
        turn.geometry(&mut shape)?;
        shapes.push(shape);
    }
    let mut columns = vec![text("station_id", keys.iter().map(String::as_str))];
    for name in ["name", "kind", "lines"] {
        let texts = stations.table.texts(name)?;
        columns.push(text(name, rows.iter().map(|&row| texts.get(row).unwrap_or_default())));
    }
    if let Ok(slack) = stations.table.numbers("position_uncertainty_m") {
        columns.push(number("position_uncertainty_m", rows.iter().map(|&row| slack.get(row))));
    }
    let inside: Vec<bool> = reached.values().copied().collect();
    columns.push(Column::from(Series::new("in_area".into(), inside)));
    let frame = DataFrame::new(rows.len(), columns)?;
    let areas = Arc::new(Areas::new(keys, shapes, crs.clone())?);
    Ok(Layer::spatial("stations", &stations.dataset.title.en, areas, frame)?)
}

/// What is left of features after a cut, their attributes beside them and the share that is left in `clip_share`.
///
/// The columns named in `counts` are scaled by that share; every other column keeps its value. `from` is the system of
/// the cut shapes, `to` that of the layer.
///
/// # Errors
/// [`CrsError`], [`ModelError`].
pub fn clipped_layer(
    (name, title): (&str, &str),
    frame: &DataFrame,
    clipped: &[Clipped],
    counts: &[(String, Vec<Option<f64>>)],
    (from, to): (&Crs, &Crs),
) -> Result<Layer, LayerError> {
    let index: Vec<u32> = clipped.iter().filter_map(|part| u32::try_from(part.row).ok()).collect();
    let mut out = frame.take(&IdxCa::from_vec("row".into(), index))?;
    for (name, values) in counts {
        let scaled =
            |part: &Clipped| values.get(part.row).copied().flatten().map(|v| v * part.share);
        out.with_column(number(name, clipped.iter().map(scaled)))?;
    }
    out.with_column(number("clip_share", clipped.iter().map(|part| Some(part.share))))?;
    let turn = Reprojection::new(from, to)?;
    let mut shapes: Vec<Geometry<f64>> = clipped.iter().map(|part| part.shape.clone()).collect();
    for shape in &mut shapes {
        turn.geometry(shape)?;
    }
    let keys = clipped.iter().map(|part| part.row.to_string()).collect();
    let areas = Arc::new(Areas::new(keys, shapes, to.clone())?);
    Ok(Layer::spatial(name, title, areas, out)?)
}

/// The long table of every value.
///
/// # Errors
/// [`LayerError::Frame`].
pub fn indicators_layer(rows: &[Observation]) -> Result<Layer, LayerError> {
    Ok(Layer::table("indicators", "Indicators", to_frame(rows)?))
}

/// Why a layer could not be built.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum LayerError {
    #[error(transparent)]
    #[diagnostic(transparent)]
    Crs(#[from] CrsError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Model(#[from] ModelError),
    #[error("a layer cannot be built")]
    Frame(#[from] polars::error::PolarsError),
}

fn spatial(
    name: &str,
    title: &str,
    keys: Vec<String>,
    mut shapes: Vec<Geometry<f64>>,
    units: &UnitGeography,
    crs: &Crs,
    frame: DataFrame,
) -> Result<Layer, LayerError> {
    let turn = Reprojection::new(units.areas.crs(), crs)?;
    for shape in &mut shapes {
        turn.geometry(shape)?;
    }
    let areas = Arc::new(Areas::new(keys, shapes, crs.clone())?);
    Ok(Layer::spatial(name, title, areas, frame)?)
}

fn simplest(shape: MultiPolygon<f64>) -> Geometry<f64> {
    match shape.0.as_slice() {
        [polygon] => Geometry::Polygon(polygon.clone()),
        _ => Geometry::MultiPolygon(shape),
    }
}

/// The newest row for both sexes and all ages that has a value; the newest without one if none has.
fn newest<'a>(
    rows: &'a [Observation],
    unit: Option<&str>,
    indicator: &str,
) -> Option<&'a Observation> {
    rows.iter()
        .filter(|row| row.unit_id.as_deref() == unit && row.indicator == indicator)
        .filter(|row| row.role == crate::model::Role::Own && row.sex == "_T")
        .filter(|row| row.age == "_T" || indicator != "residents")
        .max_by_key(|row| (row.value.is_some(), row.year))
}

/// The observations behind the columns of `units`: for each indicator that units have, one a unit. All of a column are of
/// one year, the newest with a value, for both sexes and all ages.
#[must_use]
pub fn unit_cells<'a>(
    rows: &'a [Observation],
    keys: &[String],
) -> BTreeMap<&'a str, Vec<Option<&'a Observation>>> {
    let mut ages: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut years: BTreeMap<&str, Option<i32>> = BTreeMap::new();
    let of_units = || rows.iter().filter(|row| row.unit_id.is_some() && row.sex == "_T");
    for row in of_units() {
        ages.entry(&row.indicator).or_default().insert(&row.age);
        if row.value.is_some() {
            let newest = years.entry(&row.indicator).or_default();
            *newest = (*newest).max(row.year);
        }
    }
    let mut columns: BTreeMap<&str, Vec<Option<&Observation>>> = BTreeMap::new();
    for row in of_units() {
        let split = ages.get(row.indicator.as_str()).is_some_and(|ages| ages.len() > 1);
        let newest = years.get(row.indicator.as_str()).copied().flatten();
        if (split && row.age != "_T") || row.year != newest {
            continue;
        }
        let column = columns.entry(&row.indicator).or_insert_with(|| vec![None; keys.len()]);
        let place = keys.iter().position(|key| Some(key) == row.unit_id.as_ref());
        if let Some(cell) = place.and_then(|place| column.get_mut(place))
            && (cell.is_none() || row.value.is_some())
        {
            *cell = Some(row);
        }
    }
    columns
}

fn text<'a>(name: &str, cells: impl IntoIterator<Item = &'a str>) -> Column {
    let cells: Vec<&str> = cells.into_iter().collect();
    Column::from(Series::new(name.into(), cells))
}

fn number(name: &str, cells: impl IntoIterator<Item = Option<f64>>) -> Column {
    let cells: Vec<Option<f64>> = cells.into_iter().collect();
    Column::from(Series::new(name.into(), cells))
}
