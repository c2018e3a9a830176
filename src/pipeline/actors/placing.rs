//! Positions for actors that state an address, and what is told of those that get none.

use std::collections::BTreeMap;

use geo::{Intersects, Point};
use serde::Serialize;

use super::places;
use crate::areas::{ComposedArea, Found, Gazetteer, Named};
use crate::model::personal::found_in;
use crate::model::{Actor, Crs, Lang, Placed, Reprojection};
use crate::pipeline::{Ground, PipelineError};

/// An actor whose address leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unplaced {
    pub row: usize,
    pub name: String,
    #[serde(flatten)]
    pub reason: NoPlace,
}

/// Why an actor has no position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum NoPlace {
    /// The row has neither address, coordinates nor area.
    NothingStated,
    /// Several places have the name.
    Several { found: String, count: usize },
    /// No place has the name; the nearest that there is.
    Unknown { address: String, near: Option<String> },
}

impl NoPlace {
    /// What a keeper of the register reads.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::NothingStated, Lang::En) => {
                "has neither address, coordinates nor area".to_owned()
            }
            (Self::NothingStated, Lang::Sv) => "saknar adress, koordinater och område".to_owned(),
            (Self::Several { found, count }, Lang::En) => {
                format!(
                    "there are {count} of the name \"{found}\"; name the area, or give coordinates"
                )
            }
            (Self::Several { found, count }, Lang::Sv) => {
                format!("det finns {count} med namnet \"{found}\"; ange område eller koordinater")
            }
            (Self::Unknown { address, near: Some(near) }, Lang::En) => {
                format!("\"{address}\" is not among the names; did you mean \"{near}\"?")
            }
            (Self::Unknown { address, near: Some(near) }, Lang::Sv) => {
                format!("\"{address}\" finns inte bland namnen; menades \"{near}\"?")
            }
            (Self::Unknown { address, near: None }, Lang::En) => format!(
                "\"{address}\" is not among the names; streets come with an extract (scale ingest --geography streets)"
            ),
            (Self::Unknown { address, near: None }, Lang::Sv) => format!(
                "\"{address}\" finns inte bland namnen; gator kommer med ett utdrag (scale ingest --geography streets)"
            ),
        }
    }
}

/// Gives a position to each actor that has only an address; what has none is told with the reason.
pub(super) fn place(
    ground: &Ground,
    actors: &mut [Actor],
    rows: &[usize],
    warnings: &mut Vec<String>,
) -> Result<Vec<Unplaced>, PipelineError> {
    let units = ground.units()?;
    let degrees = Crs::parse("EPSG:4326")?;
    let (to_degrees, to_plane) = (
        Reprojection::new(units.areas.crs(), &degrees)?,
        Reprojection::new(&degrees, units.areas.crs())?,
    );
    let outlines = outlines(ground, actors)?;
    let row = |at: usize| rows.get(at).copied().unwrap_or(at + 1);
    let asks = |actor: &Actor| actor.placed.is_none() && actor.address.is_some();
    let names =
        if actors.iter().any(asks) { places::gazetteer(ground)? } else { Gazetteer::default() };
    let mut unplaced = Vec::new();
    for (at, actor) in actors.iter_mut().enumerate() {
        let outline = actor.one_area().and_then(|area| outlines.get(area));
        if let Some(placed) = &actor.placed {
            let (x, y) = to_plane.point(placed.lon, placed.lat)?;
            let outside = outline.is_some_and(|area| !area.outline.intersects(&Point::new(x, y)));
            if let Some(area) = actor.one_area().filter(|_| outside) {
                let (row, name) = (row(at), &actor.name);
                warnings.push(format!(
                    "row {row}: {name} lies outside the area \"{area}\" that it names"
                ));
            }
            continue;
        }
        let Some(address) = &actor.address else {
            if actor.area.is_none() {
                let reason = NoPlace::NothingStated;
                unplaced.push(Unplaced { row: row(at), name: actor.name.clone(), reason });
            }
            continue;
        };
        let fits = |point: Point<f64>| outline.is_some_and(|area| area.outline.intersects(&point));
        match names.find(address, &fits) {
            Found::One(found) => {
                let (lon, lat) = to_degrees.point(found.at.x(), found.at.y())?;
                // Seven decimals are a centimetre.
                let round = |degrees: f64| (degrees * 1e7).round() / 1e7;
                actor.placed = Some(Placed {
                    lon: round(lon),
                    lat: round(lat),
                    by: found.by,
                    uncertainty_m: Some(found.uncertainty_m.ceil()),
                    matched: Some(found.name),
                });
            }
            other => unplaced.push(Unplaced {
                row: row(at),
                name: actor.name.clone(),
                reason: not_found(other, address),
            }),
        }
    }
    Ok(unplaced)
}

fn not_found(found: Found, address: &str) -> NoPlace {
    match found {
        Found::Many(found, count) => NoPlace::Several { found, count },
        Found::One(Named { name, .. }) => NoPlace::Unknown { address: name, near: None },
        Found::None { near } => {
            // What may tell of a person is not repeated.
            let address = if found_in(address).is_empty() { address } else { "…" };
            NoPlace::Unknown { address: address.to_owned(), near }
        }
    }
}

/// The areas that entries name.
fn outlines(
    ground: &Ground,
    actors: &[Actor],
) -> Result<BTreeMap<String, ComposedArea>, PipelineError> {
    let mut outlines = BTreeMap::new();
    for area in actors.iter().filter_map(Actor::one_area) {
        if !outlines.contains_key(area) {
            outlines.insert(area.to_owned(), ground.area(area)?.0);
        }
    }
    Ok(outlines)
}
