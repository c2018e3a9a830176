//! Who may use a street, in which direction and how fast: `OpenStreetMap` tags read through an editable table.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::stress::{Stress, StressTable};
use super::{NetworkError, overlay};
use crate::model::osm::Tags;

/// The table that is used unless another is given.
const BUILT_IN: &str = include_str!("street_profiles.toml");

/// A way to move along streets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    Walk,
    Bicycle,
    Car,
}

impl Mode {
    pub const ALL: [Self; 3] = [Self::Walk, Self::Bicycle, Self::Car];

    /// The word used on the command line and in files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Walk => "walk",
            Self::Bicycle => "bicycle",
            Self::Car => "car",
        }
    }

    pub(super) fn index(self) -> usize {
        match self {
            Self::Walk => 0,
            Self::Bicycle => 1,
            Self::Car => 2,
        }
    }
}

/// Speeds along a way in km/h, in its own direction and against it; 0 where it may not be used.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Passage {
    pub forward: f32,
    pub backward: f32,
}

impl Passage {
    /// Whether the way is of use in any direction.
    #[must_use]
    pub fn is_open(self) -> bool {
        self.forward > 0.0 || self.backward > 0.0
    }

    /// The same way, walked from its other end.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { forward: self.backward, backward: self.forward }
    }
}

/// What is kept of a way's tags.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Passages {
    /// The passage of each mode, in the order of [`Mode::ALL`].
    pub by_mode: [Passage; 3],
    /// Whether the way is a bridge or a tunnel, which does not follow the ground.
    pub lifted: bool,
    /// How cycling on it feels.
    pub stress: Stress,
    /// Minutes that a ferry takes from end to end, whatever the speeds say; `None` for a street.
    pub crossing_min: Option<f32>,
}

impl Passages {
    /// The passage of one mode.
    #[must_use]
    pub fn of(&self, mode: Mode) -> Passage {
        self.by_mode[mode.index()]
    }
}

impl From<[Passage; 3]> for Passages {
    fn from(by_mode: [Passage; 3]) -> Self {
        Self { by_mode, lifted: false, stress: Stress::default(), crossing_min: None }
    }
}

/// The modes that a node stops, in the order of [`Mode::ALL`].
pub type Blocks = [bool; 3];

/// What the table says of one mode.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Speed where the table has none, in km/h.
    pub speed: f32,
    pub highway: BTreeMap<String, f32>,
    /// Speeds by `key=value` for ways without a `highway`.
    #[serde(default)]
    pub also: BTreeMap<String, f32>,
    pub access: Vec<String>,
    pub open: Vec<String>,
    pub closed: Vec<String>,
    #[serde(default)]
    pub opens: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub oneway: Vec<String>,
    /// Classes that run one way even without a tag.
    #[serde(default)]
    pub oneway_by_class: Vec<String>,
    /// Tags that allow the way back although the street runs one way.
    #[serde(default)]
    pub contraflow: BTreeMap<String, Vec<String>>,
    /// Whether roundabouts run one way.
    #[serde(default)]
    pub roundabouts: bool,
    /// Whether `maxspeed` replaces the speed of the class.
    #[serde(default)]
    pub maxspeed: bool,
    #[serde(default)]
    pub barriers: Vec<String>,
    /// Factors on the speed by key and value of other tags; the least counts, and 0 closes.
    #[serde(default)]
    pub slows: BTreeMap<String, BTreeMap<String, f32>>,
    /// Whether a ferry whose tags do not say takes this mode aboard.
    #[serde(default)]
    pub ferry: bool,
}

/// The table: one profile a mode, and what cycling feels like.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profiles {
    pub walk: Profile,
    /// Walking with a wheelchair.
    pub wheelchair: Profile,
    pub bicycle: Profile,
    pub car: Profile,
    pub stress: StressTable,
}

impl Profiles {
    /// The built-in table as text.
    #[must_use]
    pub fn built_in_text() -> &'static str {
        BUILT_IN
    }

    /// The built-in table.
    ///
    /// # Errors
    /// Never for a build whose tests pass.
    pub fn built_in() -> Result<Self, NetworkError> {
        Self::over_built_in(toml::Table::new())
    }

    /// Reads a table that lies over the built-in one, key by key.
    ///
    /// # Errors
    /// [`NetworkError::Profiles`], for what is no TOML with line and column.
    pub fn parse(text: &str) -> Result<Self, NetworkError> {
        Self::over_built_in(toml::from_str(text).map_err(|error| refused(&error.to_string()))?)
    }

    /// The built-in table with another one over it, key by key; the profile of a wheelchair lies over that of walking.
    ///
    /// # Errors
    /// [`NetworkError::Profiles`] for a key that is not known, or a value that makes no sense.
    pub fn over_built_in(table: toml::Table) -> Result<Self, NetworkError> {
        let mut whole: toml::Table =
            toml::from_str(BUILT_IN).map_err(|error| refused(&error.to_string()))?;
        overlay::lay(&mut whole, table);
        let mut wheelchair = whole.get("walk").cloned().unwrap_or(toml::Table::new().into());
        if let Some(own) = whole.remove("wheelchair") {
            overlay::lay_value(&mut wheelchair, own);
        }
        whole.insert("wheelchair".to_owned(), wheelchair);
        let table: Self = whole.try_into().map_err(|error| refused(&error.to_string()))?;
        table.check()?;
        Ok(table)
    }

    fn check(&self) -> Result<(), NetworkError> {
        let profiles = Mode::ALL.map(|mode| (mode.id(), self.of(mode)));
        for (name, profile) in profiles.into_iter().chain([("wheelchair", &self.wheelchair)]) {
            let speeds = profile.highway.values().chain(profile.also.values());
            let mut speeds = speeds.filter(|speed| **speed != 0.0).chain([&profile.speed]);
            if let Some(speed) = speeds.find(|s| !(0.1..=200.0).contains(*s)) {
                return Err(refused(&format!("{name}: a speed of {speed} km/h")));
            }
            let mut factors = profile.slows.values().flat_map(BTreeMap::values);
            if let Some(factor) = factors.find(|factor| !(0.0..=2.0).contains(*factor)) {
                return Err(refused(&format!("{name}.slows: a factor of {factor}")));
            }
        }
        Ok(())
    }

    /// The profile of a mode.
    #[must_use]
    pub fn of(&self, mode: Mode) -> &Profile {
        match mode {
            Mode::Walk => &self.walk,
            Mode::Bicycle => &self.bicycle,
            Mode::Car => &self.car,
        }
    }

    /// What each mode may do on a way; `None` for a way that none may use.
    #[must_use]
    pub fn passages(&self, tags: Tags<'_>) -> Option<Passages> {
        if tags.is("route", "ferry") && tags.get("highway").is_none() {
            return self.crossing(tags);
        }
        let by_mode = Mode::ALL.map(|mode| self.of(mode).passage(tags));
        by_mode.iter().any(|passage| passage.is_open()).then(|| Passages {
            by_mode,
            lifted: is_lifted(tags),
            stress: self.stress.stress(tags),
            crossing_min: None,
        })
    }

    /// A ferry takes as long as its tag `duration` says, without the wait for it; one that does not say is left out.
    /// Its speed follows from its length, which the tags do not tell: 1 km/h stands for a direction that is open.
    fn crossing(&self, tags: Tags<'_>) -> Option<Passages> {
        let minutes = tags.get("duration").and_then(minutes_of)?;
        let by_mode = Mode::ALL.map(|mode| self.of(mode).aboard(tags));
        by_mode.iter().any(|passage| passage.is_open()).then(|| Passages {
            lifted: true,
            crossing_min: Some(minutes),
            ..by_mode.into()
        })
    }

    /// The modes that a node stops; `None` for a node that stops none.
    #[must_use]
    pub fn blocks(&self, tags: Tags<'_>) -> Option<Blocks> {
        tags.get("barrier")?;
        let blocks = Mode::ALL.map(|mode| self.of(mode).is_blocked(tags));
        blocks.contains(&true).then_some(blocks)
    }
}

impl Profile {
    /// Changes every speed so that the profile's own becomes `kmh`.
    pub fn scale_to(&mut self, kmh: f32) {
        let factor = if self.speed > 0.0 { kmh / self.speed } else { 1.0 };
        self.speed = kmh;
        for speed in self.highway.values_mut().chain(self.also.values_mut()) {
            *speed *= factor;
        }
    }

    /// Speeds along a way with these tags.
    #[must_use]
    pub fn passage(&self, tags: Tags<'_>) -> Passage {
        let Some(speed) = self.speed_on(tags).map(|speed| speed * self.factor(tags)) else {
            return Passage::default();
        };
        let (forward, backward) = self.directions(tags);
        Passage {
            forward: if forward { speed } else { 0.0 },
            backward: if backward { speed } else { 0.0 },
        }
    }

    /// How much the other tags slow down.
    fn factor(&self, tags: Tags<'_>) -> f32 {
        let slows = |(key, factors): (&String, &BTreeMap<String, f32>)| {
            factors.get(tags.get(key)?).copied()
        };
        self.slows.iter().filter_map(slows).reduce(f32::min).unwrap_or(1.0)
    }

    fn aboard(&self, tags: Tags<'_>) -> Passage {
        if !self.access_of(tags).unwrap_or(self.ferry) {
            return Passage::default();
        }
        let (forward, backward) = self.directions(tags);
        let speed = |open| if open { 1.0 } else { 0.0 };
        Passage { forward: speed(forward), backward: speed(backward) }
    }

    fn speed_on(&self, tags: Tags<'_>) -> Option<f32> {
        let class = match tags.get("highway") {
            Some(highway) => *self.highway.get(highway)?,
            None => self.also.iter().find_map(|(tag, speed)| {
                let (key, value) = tag.split_once('=')?;
                tags.is(key, value).then_some(*speed)
            })?,
        };
        let own = self.access.first().and_then(|key| tags.get(key));
        let by_own = own.is_some_and(|value| has(&self.open, value));
        let beside = self
            .opens
            .iter()
            .any(|(key, values)| tags.get(key).is_some_and(|value| has(values, value)));
        match (class > 0.0, self.access_of(tags)) {
            (_, Some(false)) => None,
            (false, _) if !by_own && !beside => None,
            (false, _) => Some(self.speed),
            (true, _) => Some(self.limit(tags).unwrap_or(class)),
        }
    }

    /// Whether the first access tag that is present opens or closes; `None` without one that decides.
    fn access_of(&self, tags: Tags<'_>) -> Option<bool> {
        let value = self.access.iter().find_map(|key| tags.get(key))?;
        if has(&self.closed, value) { Some(false) } else { has(&self.open, value).then_some(true) }
    }

    /// The signed limit in km/h, where it counts.
    fn limit(&self, tags: Tags<'_>) -> Option<f32> {
        self.maxspeed.then(|| signed_kmh(tags)).flatten()
    }

    fn directions(&self, tags: Tags<'_>) -> (bool, bool) {
        if self.oneway.is_empty() {
            return (true, true);
        }
        let tagged = self.oneway.iter().find_map(|key| tags.get(key));
        let by_class = tags.get("highway").is_some_and(|class| has(&self.oneway_by_class, class));
        let round =
            self.roundabouts && matches!(tags.get("junction"), Some("roundabout" | "circular"));
        let contraflow = self
            .contraflow
            .iter()
            .any(|(key, values)| tags.get(key).is_some_and(|value| has(values, value)));
        match tagged {
            Some("yes" | "1" | "true") => (true, contraflow),
            Some("-1" | "reverse") => (contraflow, true),
            None if by_class || round => (true, false),
            _ => (true, true),
        }
    }

    fn is_blocked(&self, tags: Tags<'_>) -> bool {
        let Some(barrier) = tags.get("barrier") else { return false };
        match self.access_of(tags) {
            Some(open) => !open,
            None => has(&self.barriers, barrier),
        }
    }
}

fn refused(reason: &str) -> NetworkError {
    NetworkError::Profiles { reason: reason.to_owned() }
}

/// A passage through a building keeps to the ground.
fn is_lifted(tags: Tags<'_>) -> bool {
    let says = |key| tags.get(key).is_some_and(|v| !matches!(v, "no" | "building_passage"));
    says("bridge") || says("tunnel")
}

/// Minutes of a duration written as `HH:MM`, `HH:MM:SS`, minutes alone, or as ISO 8601 does (`PT1H20M`).
///
/// Source: <https://wiki.openstreetmap.org/wiki/Key:duration>.
pub(super) fn minutes_of(text: &str) -> Option<f32> {
    let number = |digits: &str| digits.parse::<u16>().ok().map(f32::from);
    let minutes = if let Some(mut rest) = text.strip_prefix("PT") {
        let mut sum = 0.0;
        for (unit, minutes) in [('H', 60.0), ('M', 1.0), ('S', 1.0 / 60.0)] {
            if let Some((count, behind)) = rest.split_once(unit) {
                sum += number(count)? * minutes;
                rest = behind;
            }
        }
        rest.is_empty().then_some(sum)?
    } else {
        let parts: Option<Vec<f32>> = text.trim().split(':').map(number).collect();
        match parts?[..] {
            [minutes] => minutes,
            [hours, minutes] => hours * 60.0 + minutes,
            [hours, minutes, seconds] => hours * 60.0 + minutes + seconds / 60.0,
            _ => return None,
        }
    };
    (minutes > 0.0).then_some(minutes)
}

/// The signed limit in km/h; words such as `signals` and `SE:urban` say no number.
pub(super) fn signed_kmh(tags: Tags<'_>) -> Option<f32> {
    let text = tags.get("maxspeed")?;
    let (number, factor) = match text.strip_suffix("mph") {
        Some(miles) => (miles, 1.609_344),
        None => (text, 1.0),
    };
    let limit = number.trim().parse::<f32>().ok()? * factor;
    (1.0..=200.0).contains(&limit).then_some(limit)
}

pub(super) fn has(list: &[String], value: &str) -> bool {
    list.iter().any(|known| known == value)
}
