//! The actors of an area, counted by theme and by unit, and which themes and units have none.
//!
//! # What nought means
//! A count is nought only where a register claims to hold all actors of that theme in that area (`covers` in its
//! catalogue entry); elsewhere no entry says nothing, and the value is missing. Where the register does not claim to be
//! complete, a count is a lower bound. An actor known only somewhere in the area counts for the area; it makes the upper
//! bound of every unit's count, and a unit "has none" only where that bound is nought too. So does one that works in all
//! areas, for the count of the area as well: it is there, and there in particular it is not.

use geo::{Intersects, Point};

use super::Context;
use crate::areas::UnitPart;
use crate::model::{
    ALL_AREAS, Actor, ActorTheme, Crs, CrsError, Label, Lang, LocalActor, ObsStatus, Observation,
    PlacedBy, Reprojection, Role, Theme, Whereabouts,
};

/// Actors per so many residents.
const PER: f64 = 1_000.0;

/// Less than this share of the residents known makes no rate.
const ALL_RESIDENTS: f64 = 1.0 - 1e-9;

/// The actors that are in the area, or may be, in the order of the registers.
///
/// A stated position decides; an entry that names the area and has none in it counts for the area as a whole.
///
/// # Errors
/// [`CrsError::Transform`] for a position that the units' system cannot hold.
pub fn local(context: &Context<'_>) -> Result<Vec<LocalActor>, CrsError> {
    let registers = &context.data.registers;
    let placed = |actor: &Actor| actor.placed.is_some();
    let turn = if registers.iter().any(|register| register.actors.iter().any(placed)) {
        Some(Reprojection::new(&Crs::parse("EPSG:4326")?, context.units.areas.crs())?)
    } else {
        None
    };
    let mut local = Vec::new();
    for register in registers {
        let year = register.dataset.years.last().copied();
        for actor in &register.actors {
            let at = match (&turn, &actor.placed) {
                (Some(turn), Some(placed)) => Some(turn.point(placed.lon, placed.lat)?),
                _ => None,
            };
            let Some((whereabouts, at)) = seen_from(context, actor, at) else { continue };
            local.push(LocalActor {
                actor: actor.clone(),
                whereabouts,
                at,
                counted: actor.counts_in(year),
                register: register.dataset.source(),
            });
        }
    }
    Ok(local)
}

/// Where it is as seen from the area; `None` where it is elsewhere.
fn seen_from(
    context: &Context<'_>,
    actor: &Actor,
    at: Option<(f64, f64)>,
) -> Option<(Whereabouts, Option<(f64, f64)>)> {
    let unit = at.and_then(|(x, y)| unit_at(context, Point::new(x, y)));
    if let Some((unit_id, unit_name)) = unit {
        return Some((Whereabouts::Point { unit_id, unit_name }, at));
    }
    match actor.area.as_deref() {
        Some(ALL_AREAS) => Some((Whereabouts::AllAreas, None)),
        Some(area) => (area == context.area.definition.id).then_some((Whereabouts::Area, None)),
        None => at.is_none().then_some((Whereabouts::Unknown, None)),
    }
}

/// Code and name of the first unit of the area that holds a point.
fn unit_at(context: &Context<'_>, point: Point<f64>) -> Option<(String, String)> {
    let units = context.units;
    let holds = |part: &&UnitPart| match &part.shape {
        Some(shape) => shape.intersects(&point),
        None => units.areas.shapes()[part.row].intersects(&point),
    };
    let row = context.area.parts.iter().find(holds)?.row;
    Some((units.areas.keys()[row].clone(), units.names[row].clone()))
}

/// Adds the counts of the area and of its units, of all actors and of each theme, with rates where all residents are known.
///
/// Rows of units stand only where the register claims the theme, or where there is an actor.
pub fn measure(context: &Context<'_>, local: &[LocalActor], rows: &mut Vec<Observation>) {
    if context.data.registers.is_empty() {
        return;
    }
    let mut counts = Vec::new();
    for theme in std::iter::once(None).chain(ActorTheme::ALL.map(Some)) {
        let claimed = is_claimed(context, theme);
        counts.push(Count::of_area(local, theme, claimed));
        for part in &context.area.parts {
            let count =
                Count::of_unit(local, theme, claimed, &context.units.areas.keys()[part.row]);
            counts.extend((claimed || count.known > 0).then_some(count));
        }
    }
    for count in &counts {
        let row = count.row(context);
        let rate = rate(&row, residents(rows, row.unit_id.as_deref()));
        rows.extend(std::iter::once(row).chain(rate));
    }
}

/// Whether the registers together claim to be complete for a theme in the area; for all themes where none is named.
fn is_claimed(context: &Context<'_>, theme: Option<ActorTheme>) -> bool {
    let covers = context.data.registers.iter().flat_map(|register| &register.dataset.covers);
    let here = covers.filter(|cover| cover.area == context.area.definition.id);
    let themes: Vec<ActorTheme> = here.flat_map(|cover| cover.themes.iter().copied()).collect();
    match theme {
        Some(theme) => themes.contains(&theme),
        None => ActorTheme::ALL.iter().all(|theme| themes.contains(theme)),
    }
}

/// How many there are of a theme in a place.
struct Count {
    theme: Option<ActorTheme>,
    unit: Option<String>,
    claimed: bool,
    known: u32,
    /// Those that may be there.
    perhaps: u32,
    /// Whether a position rests on a name.
    by_name: bool,
}

impl Count {
    fn of_area(local: &[LocalActor], theme: Option<ActorTheme>, claimed: bool) -> Self {
        let sure = |found: &LocalActor| found.whereabouts.is_here();
        Self::new(local, (theme, claimed), None, sure, |_| true)
    }

    fn of_unit(local: &[LocalActor], theme: Option<ActorTheme>, claimed: bool, unit: &str) -> Self {
        let here = |found: &LocalActor| matches!(&found.whereabouts, Whereabouts::Point { unit_id, .. } if unit_id == unit);
        let nowhere = |found: &LocalActor| !matches!(found.whereabouts, Whereabouts::Point { .. });
        Self::new(local, (theme, claimed), Some(unit.to_owned()), here, nowhere)
    }

    fn new(
        local: &[LocalActor],
        (theme, claimed): (Option<ActorTheme>, bool),
        unit: Option<String>,
        sure: impl Fn(&LocalActor) -> bool,
        maybe: impl Fn(&LocalActor) -> bool,
    ) -> Self {
        let mut count = Self { theme, unit, claimed, known: 0, perhaps: 0, by_name: false };
        let of_theme = |found: &&LocalActor| {
            found.counted && theme.is_none_or(|theme| found.actor.themes.contains(&theme))
        };
        for found in local.iter().filter(of_theme) {
            if sure(found) {
                count.known += 1;
                let by = found.actor.placed.as_ref().map(|placed| placed.by);
                count.by_name |= by.is_some_and(|by| by > PlacedBy::Address);
            } else if maybe(found) {
                count.perhaps += 1;
            }
        }
        count
    }

    fn row(&self, context: &Context<'_>) -> Observation {
        let area_id = context.area.definition.id.clone();
        let known = f64::from(self.known);
        let value = (self.claimed || self.known > 0).then_some(known);
        let bounded = value.is_some() && (self.perhaps > 0 || !self.claimed);
        let registers = &context.data.registers;
        let sources: Vec<String> =
            registers.iter().map(|register| register.dataset.source()).collect();
        Observation {
            geography_level: match self.unit {
                Some(_) => context.units.dataset.geography.clone(),
                None => "area".to_owned(),
            },
            geography_id: self.unit.clone().unwrap_or_else(|| area_id.clone()),
            area_id,
            unit_id: self.unit.clone(),
            role: Role::Own,
            indicator: id(self.theme, "count"),
            theme: Theme::Actors.id().to_owned(),
            value,
            lower: bounded.then_some(known),
            upper: (bounded && self.claimed).then_some(known + f64::from(self.perhaps)),
            unit: "actors".to_owned(),
            year: registers
                .iter()
                .filter_map(|register| register.dataset.years.last())
                .max()
                .copied(),
            sex: "_T".to_owned(),
            age: "_T".to_owned(),
            obs_status: match value {
                None => ObsStatus::M,
                Some(_) if bounded => ObsStatus::U,
                Some(_) if self.by_name => ObsStatus::E,
                Some(_) => ObsStatus::A,
            },
            method: if bounded && !self.claimed {
                "entries_of_register; lower_bound"
            } else {
                "entries_of_register"
            }
            .to_owned(),
            coverage: None,
            definition: self.definition(),
            source: sources.join("; "),
        }
    }

    fn definition(&self) -> String {
        let work = self.theme.map_or_else(String::new, |theme| {
            format!(" that work for {}", theme.title(Lang::En).to_lowercase())
        });
        let place = if self.unit.is_some() { "with a place in the unit" } else { "in the area" };
        let claim = if self.claimed {
            "the register claims to hold all of them; the upper bound counts those that work in all areas, and those whose place is not known closely enough"
        } else {
            "the register does not claim to hold all of them: a count is a lower bound, and none is not known to be none"
        };
        format!("Confirmed actors of the register{work}, {place}; {claim}")
    }
}

/// Every indicator that [`measure`] may add.
pub fn indicators() -> impl Iterator<Item = String> {
    let themes = std::iter::once(None).chain(ActorTheme::ALL.map(Some));
    themes.flat_map(ids)
}

fn id(theme: Option<ActorTheme>, ending: &str) -> String {
    theme.map_or_else(
        || format!("actors_{ending}"),
        |theme| format!("actors_{}_{ending}", theme.id()),
    )
}

/// The newest count of all residents of a place.
fn residents<'a>(rows: &'a [Observation], unit: Option<&str>) -> Option<&'a Observation> {
    let of_place = rows.iter().filter(|row| {
        row.indicator == "residents"
            && row.role == Role::Own
            && row.unit_id.as_deref() == unit
            && row.sex == "_T"
            && row.age == "_T"
    });
    of_place.filter(|row| row.value.is_some_and(|value| value > 0.0)).max_by_key(|row| row.year)
}

/// Actors per 1,000 residents, where all residents of the place are known.
fn rate(count: &Observation, residents: Option<&Observation>) -> Option<Observation> {
    let residents =
        residents.filter(|row| row.coverage.is_none_or(|share| share >= ALL_RESIDENTS))?;
    let people = residents.value?;
    count.value?;
    let per = |value: Option<f64>| value.map(|value| value / people * PER);
    Some(Observation {
        indicator: count.indicator.replace("_count", "_per_1000"),
        value: per(count.value),
        lower: per(count.lower),
        upper: per(count.upper),
        unit: "actors per 1000 residents".to_owned(),
        method: count.method.replace("entries_of_register", "entries_of_register_per_residents"),
        definition: format!("{}; per 1,000 residents", count.definition),
        source: format!("{}; residents: {}", count.source, residents.source),
        ..count.clone()
    })
}

/// What readers call such an indicator; `None` for others.
#[must_use]
pub fn label(indicator: &str) -> Option<Label> {
    let (rest, rate) = match indicator.strip_suffix("_count") {
        Some(rest) => (rest, false),
        None => (indicator.strip_suffix("_per_1000")?, true),
    };
    let rest = rest.strip_prefix("actors")?;
    let theme = match rest.strip_prefix('_') {
        None if rest.is_empty() => None,
        None => return None,
        Some(id) => Some(ActorTheme::ALL.into_iter().find(|theme| theme.id() == id)?),
    };
    let about = |lang: Lang| {
        theme.map_or_else(String::new, |theme| format!(", {}", theme.title(lang).to_lowercase()))
    };
    let [en, sv] = if rate {
        ["Actors per 1,000 residents", "Aktörer per 1 000 invånare"]
    } else {
        ["Actors", "Aktörer"]
    };
    Some(Label { en: en.to_owned() + &about(Lang::En), sv: sv.to_owned() + &about(Lang::Sv) })
}

/// The id of the count of a theme, of all actors without one, and of its rate per 1,000 residents.
#[must_use]
pub fn ids(theme: Option<ActorTheme>) -> [String; 2] {
    ["count", "per_1000"].map(|ending| id(theme, ending))
}

/// The units that have no actor of any theme, by code.
#[must_use]
pub fn units_without_any(rows: &[Observation]) -> Vec<String> {
    let name = id(None, "count");
    let own = rows.iter().filter(|row| row.indicator == name && row.role == Role::Own);
    own.filter(|row| is_none(row)).filter_map(|row| row.unit_id.clone()).collect()
}

/// Whether there is none for sure.
fn is_none(row: &Observation) -> bool {
    row.value == Some(0.0) && row.upper.is_none_or(|upper| upper == 0.0)
}

/// Themes of which a place has none: the area as a whole, or those of its units.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Gap {
    pub theme: ActorTheme,
    /// Units that have none, by code; all of them where `whole_area`.
    pub units: Vec<String>,
    pub whole_area: bool,
    /// False where no register claims to be complete: then nothing is known to be missing.
    pub known: bool,
}

/// What the counts say of each theme: where there is none for sure.
#[must_use]
pub fn gaps(rows: &[Observation]) -> Vec<Gap> {
    ActorTheme::ALL
        .into_iter()
        .map(|theme| {
            let name = id(Some(theme), "count");
            let own = || rows.iter().filter(|row| row.indicator == name && row.role == Role::Own);
            let units =
                own().filter(|row| is_none(row)).filter_map(|row| row.unit_id.clone()).collect();
            let area = own().find(|row| row.unit_id.is_none());
            Gap {
                theme,
                units,
                whole_area: area.is_some_and(is_none),
                // A register that is not complete gives a lower bound alone, or nothing.
                known: area.is_some_and(|row| {
                    row.value.is_some() && (row.lower.is_none() || row.upper.is_some())
                }),
            }
        })
        .collect()
}
