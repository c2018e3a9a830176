//! The actors' register: rows of a table as entries.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::cells::Cells;
use super::columns::ACTOR_COLUMNS;
use super::{Read, RegisterError};
use crate::formats::RawTable;
use crate::model::{ALL_AREAS, Actor, ActorKind, ActorTheme, Placed, PlacedBy, Reprojection};

/// What every place of a register lies in: west, south, east, north, in degrees on WGS 84. The land of Sweden with a
/// margin of about 20 km.
pub const SWEDEN: [f64; 4] = [10.6, 55.1, 24.5, 69.3];

/// Metres of a degree of latitude, the mean of the WGS 84 ellipsoid.
const METRES_A_DEGREE: f64 = 111_132.0;

/// What the entries of a new register may speak of.
#[derive(Debug, Default)]
pub struct Known {
    /// Ids of areas by their ids and names, in lower case.
    pub areas: BTreeMap<String, String>,
    /// Ids of the entries of other registers.
    pub entries: BTreeSet<String>,
}

/// Reads a register. `turn` leads from the system of the columns `x` and `y` to degrees, where that is known. Of a
/// register that was read before, nothing is looked up in `known`.
///
/// # Errors
/// [`RegisterError`] with every fault of the file.
pub fn read_actors(
    file: &Path,
    raw: &RawTable,
    turn: Option<&Reprojection>,
    known: Option<&Known>,
) -> Result<Read<Actor>, RegisterError> {
    let cells = Cells::new(raw, &ACTOR_COLUMNS);
    cells.require_columns(&["name", "kind"]);
    if (cells.has("x") || cells.has("y")) && turn.is_none() {
        cells.faults.add_header("x", "needs the system of the coordinates: give --input-crs");
    }
    let mut entries: Vec<Actor> = (0..cells.len()).map(|row| actor(&cells, row, turn)).collect();
    name_ids(&cells, &mut entries);
    decide(&cells, &mut entries, known);
    find_areas(&cells, &mut entries, known);
    let (rows, warnings) = (cells.rows(), cells.warnings);
    cells.faults.finish(file)?;
    Ok(Read { entries, rows, warnings })
}

fn actor(cells: &Cells<'_>, row: usize, turn: Option<&Reprojection>) -> Actor {
    let kinds = ActorKind::ALL.map(ActorKind::id);
    let kind = cells.required("kind", row);
    let kind = kind.and_then(|word| cells.word("kind", row, word, ActorKind::from_word, &kinds));
    let (start, end) = (cells.day("start", row), cells.day("end", row));
    if start.zip(end).is_some_and(|(start, end)| end.is_before(start)) {
        cells.fault("end", row, "lies before the start");
    }
    let link = cells.text("link", row);
    if link.is_some_and(|link| !(link.starts_with("https://") || link.starts_with("http://"))) {
        cells.fault("link", row, "is no address of the web: it begins with https:// or http://");
    }
    Actor {
        id: cells.owned("id", row).unwrap_or_default(),
        name: cells.required("name", row).unwrap_or_default().to_owned(),
        kind: kind.unwrap_or(ActorKind::Other),
        themes: themes(cells, row),
        activity: cells.owned("activity", row),
        start,
        end,
        contact_role: cells.owned("contact_role", row),
        address: cells.owned("address", row),
        placed: placed(cells, row, turn),
        area: cells.owned("area", row),
        link: link.map(str::to_owned),
        confirmed: confirmed(cells, row),
        source: cells.owned("source", row),
        same_as: cells.owned("same_as", row),
        differs_from: list(cells.text("differs_from", row)),
    }
}

fn list(cell: Option<&str>) -> Vec<String> {
    let parts = cell.unwrap_or_default().split([';', '|']).map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn themes(cells: &Cells<'_>, row: usize) -> Vec<ActorTheme> {
    let all = ActorTheme::ALL.map(ActorTheme::id);
    let words = cells.text("themes", row).unwrap_or_default().split([';', ',', '|', '/']);
    let words = words.map(str::trim).filter(|word| !word.is_empty());
    let mut themes: Vec<ActorTheme> = words
        .filter_map(|word| cells.word("themes", row, word, ActorTheme::from_word, &all))
        .collect();
    themes.sort_unstable();
    themes.dedup();
    themes
}

fn confirmed(cells: &Cells<'_>, row: usize) -> bool {
    let from_word = |word: &str| match word.to_lowercase().as_str() {
        "confirmed" | "bekräftad" => Some(true),
        "unconfirmed" | "obekräftad" => Some(false),
        _ => None,
    };
    let Some(word) = cells.text("status", row) else { return true };
    cells.word("status", row, word, from_word, &["confirmed", "unconfirmed"]).unwrap_or(true)
}

/// The stated position. What the program placed before keeps how it did.
fn placed(cells: &Cells<'_>, row: usize, turn: Option<&Reprojection>) -> Option<Placed> {
    let (lon, lat, stated_m) = position(cells, row, turn)?;
    let ways = PlacedBy::ALL.map(PlacedBy::id);
    let by = cells
        .text("placed_by", row)
        .and_then(|way| cells.word("placed_by", row, way, PlacedBy::from_id, &ways));
    let by = by.unwrap_or(PlacedBy::Coordinate);
    let said = cells.number("uncertainty_m", row);
    let stated = (by == PlacedBy::Coordinate).then_some(stated_m);
    Some(Placed {
        lon,
        lat,
        by,
        uncertainty_m: said.or(stated),
        matched: cells.owned("matched", row),
    })
}

/// Degrees, and half a unit of the last decimal in metres.
fn position(cells: &Cells<'_>, row: usize, turn: Option<&Reprojection>) -> Option<(f64, f64, f64)> {
    let given = [("lon", "lat"), ("x", "y")]
        .into_iter()
        .find(|(a, b)| cells.text(a, row).is_some() || cells.text(b, row).is_some());
    let Some((first, second)) = given else { return joined(cells, row) };
    let rounded = |id| cells.text(id, row).map_or(0.0, rounding);
    let rounding = f64::max(rounded(first), rounded(second));
    let (Some(a), Some(b)) = (cells.number(first, row), cells.number(second, row)) else {
        if cells.text(first, row).is_none() || cells.text(second, row).is_none() {
            cells.fault(first, row, format!("needs \"{}\" beside it", cells.header(second)));
        }
        return None;
    };
    if first == "lon" {
        return checked(cells, "lon", row, (a, b)).map(|(a, b)| (a, b, rounding * METRES_A_DEGREE));
    }
    let degrees = turn?.point(a, b).unwrap_or((f64::NAN, f64::NAN));
    if within(degrees) {
        return Some((degrees.0, degrees.1, rounding));
    }
    let swapped = turn?.point(b, a).is_ok_and(within);
    cells.fault(first, row, outside(swapped, cells.header(first), cells.header(second)));
    None
}

/// Both in one cell, in whichever order: no longitude of Sweden is a latitude of it.
fn joined(cells: &Cells<'_>, row: usize) -> Option<(f64, f64, f64)> {
    let text = cells.text("coordinates", row)?;
    let separated = if text.contains(';') { ';' } else { ',' };
    let numbers: Vec<(f64, f64)> = text
        .split(separated)
        .filter_map(|part| {
            Some((part.trim().replace(',', ".").parse().ok()?, rounding(part.trim())))
        })
        .collect();
    let [(first, rounding), (second, _)] = numbers.as_slice() else {
        cells.fault("coordinates", row, format!("\"{text}\" is no latitude and longitude"));
        return None;
    };
    let order = [(*second, *first), (*first, *second)].into_iter().find(|at| within(*at));
    if order.is_none() {
        cells.fault("coordinates", row, outside(false, "", ""));
    }
    order.map(|(lon, lat)| (lon, lat, rounding * METRES_A_DEGREE))
}

fn within((lon, lat): (f64, f64)) -> bool {
    let [west, south, east, north] = SWEDEN;
    (west..=east).contains(&lon) && (south..=north).contains(&lat)
}

fn checked(cells: &Cells<'_>, id: &str, row: usize, at: (f64, f64)) -> Option<(f64, f64)> {
    if within(at) {
        return Some(at);
    }
    let swapped = within((at.1, at.0));
    cells.fault(id, row, outside(swapped, cells.header("lon"), cells.header("lat")));
    None
}

fn outside(swapped: bool, first: &str, second: &str) -> String {
    if swapped {
        format!(
            "lies in Sweden only if \"{first}\" and \"{second}\" change places: they are swapped"
        )
    } else {
        "the coordinates lie outside Sweden".to_owned()
    }
}

/// Half a unit of the last decimal.
fn rounding(text: &str) -> f64 {
    let decimals = text.rsplit_once(['.', ',']).map_or(0, |(_, decimals)| decimals.len().min(15));
    (0..decimals).fold(0.5, |unit, _| unit / 10.0)
}

/// An id for each that has none: its name in lower case; a second of the name gets a number.
fn name_ids(cells: &Cells<'_>, entries: &mut [Actor]) {
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for (row, actor) in entries.iter().enumerate().filter(|(_, actor)| !actor.id.is_empty()) {
        if let Some(first) = taken.insert(actor.id.clone(), row) {
            cells.fault(
                "id",
                row,
                format!("\"{}\" stands in row {} too", actor.id, cells.row(first)),
            );
        }
    }
    for (row, actor) in entries.iter_mut().enumerate().filter(|(_, actor)| actor.id.is_empty()) {
        let words =
            actor.name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let stem = words.map(str::to_lowercase).collect::<Vec<_>>().join("-");
        let numbered = |number: usize| match number {
            1 => stem.clone(),
            number => format!("{stem}-{number}"),
        };
        let mut number = 1;
        while taken.contains_key(&numbered(number)) {
            number += 1;
        }
        actor.id = numbered(number);
        taken.insert(actor.id.clone(), row);
    }
}

/// Turns the names in `same_as` and `differs_from` into ids.
fn decide(cells: &Cells<'_>, entries: &mut [Actor], known: Option<&Known>) {
    let ids: BTreeSet<String> = entries.iter().map(|actor| actor.id.clone()).collect();
    let by_name: BTreeMap<String, String> =
        entries.iter().rev().map(|actor| (actor.name.to_lowercase(), actor.id.clone())).collect();
    let id_of = |column: &str, row: usize, word: &str| {
        let id = by_name.get(&word.to_lowercase()).filter(|_| !ids.contains(word));
        let id = id.map_or(word, String::as_str).to_owned();
        if known.is_some_and(|known| !ids.contains(&id) && !known.entries.contains(&id)) {
            cells.fault(column, row, format!("there is no entry \"{word}\""));
        }
        id
    };
    for (row, actor) in entries.iter_mut().enumerate() {
        actor.same_as = actor.same_as.as_deref().map(|word| id_of("same_as", row, word));
        if actor.same_as.as_ref() == Some(&actor.id) {
            cells.fault("same_as", row, "names the row itself");
        }
        let others = actor.differs_from.iter().map(|word| id_of("differs_from", row, word));
        actor.differs_from = others.collect();
    }
}

fn find_areas(cells: &Cells<'_>, entries: &mut [Actor], known: Option<&Known>) {
    let Some(known) = known else { return };
    for (row, actor) in entries.iter_mut().enumerate() {
        let Some(area) = &actor.area else { continue };
        if ["all", "alla", "all areas", "alla områden"]
            .contains(&area.trim().to_lowercase().as_str())
        {
            actor.area = Some(ALL_AREAS.to_owned());
            continue;
        }
        match known.area(area) {
            Ok(id) => actor.area = Some(id),
            Err(reason) => cells.fault("area", row, reason),
        }
    }
}

impl Known {
    /// The id of the area of that id or name.
    ///
    /// # Errors
    /// A sentence with the nearest one.
    pub fn area(&self, word: &str) -> Result<String, String> {
        let lower = word.trim().to_lowercase();
        if let Some(id) = self.areas.get(&lower) {
            return Ok(id.clone());
        }
        let likeness = |name: &&String| strsim::jaro_winkler(name, &lower);
        let near = self.areas.keys().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        let near = near.map_or_else(String::new, |near| format!("; did you mean \"{near}\"?"));
        Err(format!("there is no area \"{word}\"{near}"))
    }
}
