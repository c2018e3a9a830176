//! `scale compare`: an area beside a reference, indicator by indicator.
//!
//! Both are measured by the same code from the same data. A reference that joins several areas or units is measured as
//! their union, so that what lies in two of them counts once.

mod places;
mod row;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use super::{Ground, PipelineError};
use crate::compare::{PUBLISHED_LEVEL, Rules};
use crate::indicators::{actors, derived};
use crate::model::{Kind, Observation, Role};
use crate::sources::Data;

pub use places::{Note, Reference};
pub use row::{Row, Side};
pub use table::frame;

use places::Bench;
use row::{Beside, Denominators};

/// What to compare with what.
pub struct Request<'a> {
    pub ground: &'a Ground,
    pub area: &'a str,
    pub reference: &'a Reference,
    /// Give shares and rates of complete counts the interval of a superpopulation.
    pub superpopulation: bool,
}

/// An area beside a reference.
#[derive(Debug)]
pub struct Comparison {
    /// The indicators that both have: those of the whole first, then by theme and name.
    pub rows: Vec<Row>,
    pub notes: Vec<Note>,
}

/// Compares an area with a reference.
///
/// # Errors
/// [`PipelineError::Area`] for an unknown area, [`PipelineError::Request`] for a reference that the data do not hold.
pub fn run(request: &Request<'_>) -> Result<Comparison, PipelineError> {
    crate::environment::configure_gdal();
    let ground = Bench::new(request)?;
    let own = ground.own(request.area)?;
    let (theirs, mut notes) = ground.reference(request, &own)?;
    let rows = rows(&own.rows, &theirs, &request.ground.data, request.superpopulation);
    if rows.is_empty() {
        let is_own = |row: &Observation| matches!(row.role, Role::Own | Role::Part);
        let (area, reference) = (indicators(&own.rows, is_own), indicators(&theirs, |_| true));
        notes.push(Note::NothingShared { area, reference });
    }
    Ok(Comparison { rows, notes })
}

/// The indicators that an area, or a published part of it, and a reference both have, each pair in a row.
pub(super) fn rows(
    own: &[Observation],
    theirs: &[Observation],
    data: &Data,
    superpopulation: bool,
) -> Vec<Row> {
    let beside = Beside {
        rules: rules(),
        denominators: Denominators::new(own.iter().chain(theirs), ratios(data)),
        superpopulation,
    };
    let groups = |rows: &[Observation], keep: fn(&Observation) -> bool| {
        let mut groups: BTreeMap<Key, Vec<Observation>> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.unit_id.is_none() && keep(row)) {
            groups.entry(key(row)).or_default().push(row.clone());
        }
        groups
    };
    let theirs = groups(theirs, |_| true);
    let mut rows = Vec::new();
    for (key, own) in groups(own, |row| matches!(row.role, Role::Own | Role::Part)) {
        let Some(theirs) = theirs.get(&key) else { continue };
        for own in by_place(&own) {
            let pair = places::same_year(&own, theirs);
            rows.extend(pair.map(|(own, theirs)| row::row(own, theirs, &beside)));
        }
    }
    rows.sort_by(Row::order);
    rows
}

/// The indicators that a place has as a whole.
fn indicators(rows: &[Observation], keep: impl Fn(&Observation) -> bool) -> Vec<String> {
    let whole = rows.iter().filter(|row| row.unit_id.is_none() && keep(row));
    let names: BTreeSet<&str> = whole.map(|row| row.indicator.as_str()).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// Indicator, sex and age.
type Key = (String, String, String);

fn key(row: &Observation) -> Key {
    (row.indicator.clone(), row.sex.clone(), row.age.clone())
}

/// Rows of one geography at a time: parts of an area are never joined.
fn by_place(rows: &[Observation]) -> Vec<Vec<&Observation>> {
    let mut places: BTreeMap<(Role, &str, &str), Vec<&Observation>> = BTreeMap::new();
    for row in rows {
        let place = (row.role, row.geography_level.as_str(), row.geography_id.as_str());
        places.entry(place).or_default().push(row);
    }
    places.into_values().collect()
}

fn rules() -> Rules {
    Rules { level: PUBLISHED_LEVEL, noise_bound: None, complete: complete_counts() }
}

/// The indicators that are complete counts from a register: residents, what follows from them, surfaces, and actors.
pub(super) fn complete_counts() -> BTreeSet<String> {
    let derived = derived().iter().map(|indicator| indicator.id);
    let counts = derived.chain(["residents", "population", "land_area"]).map(str::to_owned);
    counts.chain(actors::indicators()).collect()
}

/// The denominators of ratios: indicator, denominator, per.
fn ratios(data: &Data) -> Vec<(String, String, u32)> {
    let fields = data.tables.iter().flat_map(|table| table.table.fields());
    fields
        .filter_map(|(name, field)| match &field.kind {
            Kind::Ratio { denominator, per, .. } => Some((name.clone(), denominator.clone(), *per)),
            _ => None,
        })
        .collect()
}
