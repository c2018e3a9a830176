//! The two places of a comparison, measured.

use std::collections::{BTreeMap, BTreeSet};

use geo::{Area, BooleanOps, Geometry, MultiPolygon, unary_union};

use super::{PipelineError, Request};
use crate::areas::{AreaDefinition, AreaError, AreasFile, ComposedArea, compose};
use crate::indicators::{Context, Measured, Spatial, Weights, measure, measure_spatial};
use crate::model::{Areas, Label, Observation, Role};
use crate::pipeline::map::services::{self, Ways};
use crate::sources::{ServiceTable, UnitGeography};

/// The id under which a reference is measured; no area can have it.
const REFERENCE: &str = "(reference)";

/// What an area is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// A municipality by its four digits: the sum over all its units in the data, and what is published of it.
    Municipality(String),
    /// A county by its two digits: what is published of it.
    County(String),
    /// What is published of the country.
    Country,
    /// Another area.
    Area(String),
    /// All other areas, as a union.
    Others,
}

impl Reference {
    /// Reads `kommun:0180`, `county:01`, `country`, `area:ID` or `others`.
    ///
    /// # Errors
    /// A sentence that names the forms.
    pub fn parse(given: &str) -> Result<Self, String> {
        let digits = |text: &str, count: usize| {
            text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        match given.split_once(':').unwrap_or((given, "")) {
            ("kommun" | "municipality", code) if digits(code, 4) => {
                Ok(Self::Municipality(code.to_owned()))
            }
            ("county" | "lan" | "län", code) if digits(code, 2) => {
                Ok(Self::County(code.to_owned()))
            }
            ("country", "" | "SE") => Ok(Self::Country),
            ("area", id) if !id.is_empty() => Ok(Self::Area(id.to_owned())),
            ("others", "") => Ok(Self::Others),
            _ => Err("give kommun:0180, county:01, country, area:ID or others".to_owned()),
        }
    }
}

/// What a reader of the comparison must know about the two places.
#[derive(Debug, Clone, PartialEq)]
pub enum Note {
    /// The reference holds so much of the area's surface, as a share: the two are not independent.
    Overlaps { share: f64 },
    /// The two have no indicator in common; these are theirs.
    NothingShared { area: Vec<String>, reference: Vec<String> },
    /// The areas that the union joins.
    Union { areas: Vec<String>, units: usize },
}

/// A place with what is measured of it.
pub(super) struct Place {
    area: ComposedArea,
    pub rows: Vec<Observation>,
}

/// What both places are measured on.
pub(super) struct Bench<'a> {
    request: &'a Request<'a>,
    units: &'a UnitGeography,
    weights: Weights,
    spatial: Vec<Spatial<'a>>,
    ways: Ways,
}

impl<'a> Bench<'a> {
    pub fn new(request: &'a Request<'a>) -> Result<Self, PipelineError> {
        let data = &request.ground.data;
        let units = request.ground.units()?;
        let weights = Weights::new(data, units)?;
        let spatial = Spatial::all(data, units)?;
        let services = ServiceTable::built_in()?;
        let ways = Ways::load(&request.ground.snapshot, data, &services, None)?;
        Ok(Self { request, units, weights, spatial, ways })
    }

    /// An area of the areas file.
    pub fn own(&self, id: &str) -> Result<Place, PipelineError> {
        let composed = self.request.ground.area(id)?.0;
        self.measure(composed)
    }

    /// The rows of the reference, and what is to be said of it.
    pub fn reference(
        &self,
        request: &Request<'_>,
        own: &Place,
    ) -> Result<(Vec<Observation>, Vec<Note>), PipelineError> {
        match request.reference {
            Reference::Municipality(code) => {
                let place = self.measure(self.municipality(code)?)?;
                let rows = published(&place.rows, "municipality", code);
                let measured = own_rows(&place.rows, "municipality", code);
                Ok((with_measured(rows, measured), overlap(own, &place)))
            }
            Reference::County(code) => Ok((larger(own, "county", code)?, Vec::new())),
            Reference::Country => Ok((larger(own, "country", "SE")?, Vec::new())),
            Reference::Area(id) => {
                let place = self.own(id)?;
                Ok((own_rows(&place.rows, "area", id), overlap(own, &place)))
            }
            Reference::Others => {
                let others =
                    request.ground.areas.areas.iter().filter(|area| area.id != request.area);
                let ids: Vec<String> = others.map(|area| area.id.clone()).collect();
                let place = self.measure(self.union(&ids)?)?;
                let mut notes = vec![Note::Union { areas: ids, units: place.area.parts.len() }];
                notes.extend(overlap(own, &place));
                Ok((own_rows(&place.rows, "area", "others"), notes))
            }
        }
    }

    fn measure(&self, area: ComposedArea) -> Result<Place, PipelineError> {
        let data = &self.request.ground.data;
        let context = Context { data, area: &area, units: self.units, weights: &self.weights };
        let mut measured: Measured = measure(context)?;
        for spatial in &self.spatial {
            measure_spatial(&context, spatial, &mut measured)?;
        }
        services::measure(&context, &self.spatial, &self.ways, &mut measured)?;
        let rows = measured.rows;
        Ok(Place { area, rows })
    }

    /// All units of a municipality: the first four digits of a `DeSO` or `RegSO` code (`LLKK`).
    fn municipality(&self, code: &str) -> Result<ComposedArea, PipelineError> {
        let keys = self.units.areas.keys();
        let units: Vec<String> = keys.iter().filter(|key| key.starts_with(code)).cloned().collect();
        if units.is_empty() {
            let known: BTreeSet<&str> = keys.iter().filter_map(|key| key.get(..4)).collect();
            let known: Vec<&str> = known.into_iter().collect();
            return Err(PipelineError::Request {
                what: format!("the data hold no unit of municipality {code}"),
                help: format!("municipalities in the data: {}", known.join(", ")),
            });
        }
        self.whole(units)
    }

    /// Several areas as one: a unit that lies in two of them is there once.
    fn union(&self, ids: &[String]) -> Result<ComposedArea, PipelineError> {
        let composed: Vec<ComposedArea> = ids
            .iter()
            .map(|id| Ok(self.request.ground.area(id)?.0))
            .collect::<Result<_, AreaError>>()?;
        if composed.is_empty() {
            return Err(PipelineError::Request {
                what: "there are no other areas".to_owned(),
                help: "compare with kommun:CODE, or add areas to the file".to_owned(),
            });
        }
        if composed.iter().all(ComposedArea::is_made_of_whole_units) {
            let rows: BTreeSet<usize> =
                composed.iter().flat_map(|area| &area.parts).map(|part| part.row).collect();
            let keys = self.units.areas.keys();
            return self.whole(rows.into_iter().filter_map(|row| keys.get(row).cloned()).collect());
        }
        let outlines: Vec<_> = composed.iter().flat_map(|area| area.outline.0.clone()).collect();
        self.drawn(unary_union(&outlines))
    }

    fn whole(&self, units: Vec<String>) -> Result<ComposedArea, PipelineError> {
        let definition = AreaDefinition { units, ..nameless() };
        Ok(compose(&self.file(&definition), &definition, &self.units.areas, None)?)
    }

    fn drawn(&self, outline: MultiPolygon<f64>) -> Result<ComposedArea, PipelineError> {
        let definition = nameless();
        let shapes = vec![Geometry::MultiPolygon(outline)];
        let crs = self.units.areas.crs().clone();
        let drawn = Areas::new(vec![REFERENCE.to_owned()], shapes, crs)?;
        Ok(compose(&self.file(&definition), &definition, &self.units.areas, Some(&drawn))?)
    }

    fn file(&self, definition: &AreaDefinition) -> AreasFile {
        AreasFile {
            geography: self.request.ground.areas.geography.clone(),
            areas: vec![definition.clone()],
            folder: std::path::PathBuf::new(),
        }
    }
}

/// What is published of a larger geography in whose bounds the area lies.
fn larger(own: &Place, level: &str, id: &str) -> Result<Vec<Observation>, PipelineError> {
    let rows = published(&own.rows, level, id);
    if !rows.is_empty() {
        return Ok(rows);
    }
    let references = own.rows.iter().filter(|row| row.role == Role::Reference);
    let known: BTreeSet<String> =
        references.map(|row| format!("{} {}", row.geography_level, row.geography_id)).collect();
    let known: Vec<String> = known.into_iter().collect();
    Err(PipelineError::Request {
        what: format!("nothing is published of {level} {id} as a reference of this area"),
        help: format!("its references: {}", known.join(", ")),
    })
}

fn overlap(own: &Place, other: &Place) -> Vec<Note> {
    let shared = own.area.outline.intersection(&other.area.outline).unsigned_area();
    let share = shared / own.area.surface_m2();
    // Neighbours share an edge.
    if share > 1e-4 { vec![Note::Overlaps { share: share.min(1.0) }] } else { Vec::new() }
}

fn nameless() -> AreaDefinition {
    AreaDefinition {
        id: REFERENCE.to_owned(),
        name: Label { sv: String::new(), en: String::new() },
        units: Vec::new(),
        join: Vec::new(),
        intersect: Vec::new(),
        cut: Vec::new(),
        drawn: None,
        uncertain: None,
        figures: Vec::new(),
    }
}

fn published(rows: &[Observation], level: &str, id: &str) -> Vec<Observation> {
    let of = |row: &&Observation| {
        row.role == Role::Reference && row.geography_level == level && row.geography_id == id
    };
    rows.iter().filter(of).cloned().collect()
}

/// The values of the whole place, under the name it has for the reader.
fn own_rows(rows: &[Observation], level: &str, id: &str) -> Vec<Observation> {
    let whole = rows.iter().filter(|row| row.role == Role::Own && row.unit_id.is_none());
    let named = |row: &Observation| Observation {
        geography_level: level.to_owned(),
        geography_id: id.to_owned(),
        ..row.clone()
    };
    whole.map(named).collect()
}

/// What is measured inside the municipality but stands under no reference, such as points counted in it.
fn with_measured(mut rows: Vec<Observation>, measured: Vec<Observation>) -> Vec<Observation> {
    let known: BTreeSet<super::Key> = rows.iter().map(super::key).collect();
    rows.extend(measured.into_iter().filter(|row| !known.contains(&super::key(row))));
    rows
}

/// The newest year that both have a value of, else the newest value of each.
pub(super) fn same_year<'a>(
    own: &[&'a Observation],
    theirs: &'a [Observation],
) -> Option<(&'a Observation, &'a Observation)> {
    let by_year = |rows: Vec<&'a Observation>| {
        let with_value = rows.into_iter().filter(|row| row.value.is_some());
        with_value.map(|row| (row.year, row)).collect::<BTreeMap<_, _>>()
    };
    let (ours, others) = (by_year(own.to_vec()), by_year(theirs.iter().collect()));
    let common = ours.iter().rev().find_map(|(year, row)| Some((*row, *others.get(year)?)));
    let newest = || {
        let ours = ours.values().next_back().or(own.last())?;
        let others = others.values().next_back().copied().or(theirs.last())?;
        Some((*ours, others))
    };
    common.or_else(newest)
}
