//! The areas and the indicators of their sub-areas, side by side.

use std::collections::{BTreeMap, BTreeSet};

use geo::Geometry;

use super::labels::{Labels, is_of_stations, rank, way};
use super::rows::{Rows, figure, is_of_everybody};
use crate::indicators::derived;
use crate::model::swedish::told;
use crate::model::{Kind, Observation, Reprojection, Theme};
use crate::pipeline::PipelineError;
use crate::pipeline::map::Surveyed;
use crate::publish::report::{Atlas, Place, Station, Topic, Unit};
use crate::sources::UnitGeography;

/// Puts the areas beside each other.
pub(super) fn atlas(
    surveys: &[&Surveyed<'_>],
    units: &UnitGeography,
    labels: Labels<'_>,
    city: Option<&str>,
) -> Result<Atlas, PipelineError> {
    let places = surveys.iter().map(|survey| place(survey, units, labels));
    let tables: Vec<Table<'_>> = surveys.iter().map(|survey| table(&survey.rows)).collect();
    let topics =
        indicators(&tables).into_iter().map(|id| topic(id, surveys, &tables, labels, city));
    Ok(Atlas { topics: topics.collect(), places: places.collect::<Result<_, _>>()? })
}

fn place(
    survey: &Surveyed<'_>,
    units: &UnitGeography,
    labels: Labels<'_>,
) -> Result<Place, PipelineError> {
    let unit = |part: &crate::areas::UnitPart| Unit {
        id: units.areas.keys()[part.row].clone(),
        name: units.names[part.row].clone(),
        shape: match &part.shape {
            Some(shape) => Geometry::MultiPolygon(shape.clone()),
            None => units.areas.shapes()[part.row].clone(),
        },
    };
    let definition = &survey.area.definition;
    Ok(Place {
        id: definition.id.clone(),
        name: definition.name.get(labels.lang).to_owned(),
        units: survey.area.parts.iter().map(unit).collect(),
        stations: stations(survey, units)?,
    })
}

fn stations(survey: &Surveyed<'_>, units: &UnitGeography) -> Result<Vec<Station>, PipelineError> {
    let Some((source, reached)) = &survey.stations else { return Ok(Vec::new()) };
    let turn = Reprojection::new(source.areas.crs(), units.areas.crs())?;
    let kinds = source.table.texts("kind")?;
    let mut found = Vec::new();
    for &row in reached.keys() {
        let (Geometry::Point(point), Some(kind)) = (&source.areas.shapes()[row], kinds.get(row))
        else {
            continue;
        };
        let (x, y) = turn.point(point.x(), point.y())?;
        found.push(Station { kind: kind.to_owned(), at: geo::Point::new(x, y) });
    }
    Ok(found)
}

/// The rows of sub-areas by indicator and unit: the newest year that has a value, one row a unit.
type Table<'a> = BTreeMap<&'a str, BTreeMap<&'a str, &'a Observation>>;

fn table(rows: &[Observation]) -> Table<'_> {
    let mut years: BTreeMap<&str, Option<i32>> = BTreeMap::new();
    let mut ages: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let of_units = || rows.iter().filter(|row| row.unit_id.is_some() && is_of_everybody(row));
    for row in of_units() {
        ages.entry(&row.indicator).or_default().insert(&row.age);
        if row.value.is_some() {
            let newest = years.entry(&row.indicator).or_default();
            *newest = (*newest).max(row.year);
        }
    }
    let mut table: Table<'_> = BTreeMap::new();
    for row in of_units() {
        let split = ages.get(row.indicator.as_str()).is_some_and(|ages| ages.len() > 1);
        let Some(unit) = row.unit_id.as_deref() else { continue };
        if years.get(row.indicator.as_str()) == Some(&row.year) && !(split && row.age != "_T") {
            table.entry(&row.indicator).or_default().insert(unit, row);
        }
    }
    table
}

/// The indicators to draw, those of residents first: a surface is no news, and a walk in minutes stands for its metres.
fn indicators<'a>(tables: &[Table<'a>]) -> Vec<&'a str> {
    let all: BTreeMap<&str, &Observation> = tables
        .iter()
        .flatten()
        .filter_map(|(id, units)| Some((*id, *units.values().next()?)))
        .collect();
    let units_with =
        |id: &str| -> usize { tables.iter().filter_map(|table| Some(table.get(id)?.len())).sum() };
    let walked = |kind: &str| units_with(&format!("access_nearest_{kind}_min"));
    let shown = |(id, row): (&&'a str, &&Observation)| {
        let stood_for = match way(id) {
            Some((kind, false)) => walked(kind) >= units_with(id),
            _ => *id == "density_total" && units_with("density_land") > 0,
        };
        (row.theme != Theme::Geography.id() && !stood_for).then_some(*id)
    };
    let mut ids: Vec<&str> = all.iter().filter_map(shown).collect();
    let theme = |id: &str| {
        let order =
            [Theme::Population, Theme::Health, Theme::Travel, Theme::Consumption, Theme::Services];
        order.iter().position(|theme| all.get(id).is_some_and(|row| row.theme == theme.id()))
    };
    let first = |id: &str| match derived().iter().position(|known| known.id == id) {
        Some(0) => 0,
        Some(place) => place + 1,
        None if id == "residents" => 1,
        None => usize::MAX,
    };
    let services = |id: &str| way(id).map(|(kind, _)| rank(kind));
    ids.sort_by_key(|id| (theme(id).unwrap_or(usize::MAX), first(id), services(id), id.to_owned()));
    ids
}

fn topic(
    id: &str,
    surveys: &[&Surveyed<'_>],
    tables: &[Table<'_>],
    labels: Labels<'_>,
    city: Option<&str>,
) -> Topic {
    let newest = tables.iter().filter_map(|table| table.get(id)?.values().next().copied());
    let row = newest.max_by_key(|row| row.year);
    let cells = surveys.iter().zip(tables).map(|(survey, table)| {
        let row = |unit: &String| table.get(id)?.get(unit.as_str()).map(|row| figure(row));
        survey.units.iter().map(row).collect()
    });
    let whole = |survey: &&Surveyed<'_>| Rows(&survey.rows).whole(id).map(figure);
    let year = row.and_then(|row| row.year);
    let of_city = |survey: &&Surveyed<'_>| Rows(&survey.rows).city(city?, id, year).map(figure);
    Topic {
        id: id.to_owned(),
        label: labels.indicator(id),
        unit: row.map(|row| row.unit.clone()).unwrap_or_default(),
        year,
        means: labels.means(id),
        source: row.map(|row| told(&row.source, labels.lang).into_owned()).unwrap_or_default(),
        stations: way(id).map(|(kind, _)| kind.to_owned()).filter(|kind| is_of_stations(kind)),
        categories: categories(id, labels),
        cells: cells.collect(),
        whole: surveys.iter().map(whole).collect(),
        city: surveys.iter().find_map(of_city),
    }
}

/// The classes of a categorical indicator, where their codes are numbers.
fn categories(id: &str, labels: Labels<'_>) -> Vec<(f64, String)> {
    let Some(Kind::Categorical { categories }) = labels.field(id).map(|field| &field.kind) else {
        return Vec::new();
    };
    let class = |(code, label): (&String, &crate::model::Label)| {
        Some((code.parse().ok()?, label.get(labels.lang).to_owned()))
    };
    categories.iter().filter_map(class).collect()
}
