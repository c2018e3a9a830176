//! What the catalogue says of a data set and of each of its fields.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::ActorTheme;

/// A language in which residents read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    Sv,
    #[default]
    En,
}

/// A text in Swedish and in English.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    pub sv: String,
    pub en: String,
}

impl Label {
    /// The text in that language.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Sv => &self.sv,
            Lang::En => &self.en,
        }
    }
}

/// What a baseline is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    Population,
    Health,
    Travel,
    Consumption,
    Services,
    Actors,
    Geography,
}

impl Theme {
    /// The word used in files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Population => "population",
            Self::Health => "health",
            Self::Travel => "travel",
            Self::Consumption => "consumption",
            Self::Services => "services",
            Self::Actors => "actors",
            Self::Geography => "geography",
        }
    }

    /// The theme of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        use Theme::{Actors, Consumption, Geography, Health, Population, Services, Travel};
        [Population, Health, Travel, Consumption, Services, Actors, Geography]
            .into_iter()
            .find(|theme| theme.id() == id)
    }

    /// The word residents read.
    #[must_use]
    pub fn title(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Population, Lang::Sv) => "Befolkning",
            (Self::Health, Lang::Sv) => "Hälsa",
            (Self::Travel, Lang::Sv) => "Resor",
            (Self::Consumption, Lang::Sv) => "Konsumtion",
            (Self::Services, Lang::Sv) => "Service",
            (Self::Actors, Lang::Sv) => "Aktörer",
            (Self::Geography, Lang::Sv) => "Geografi",
            (Self::Population, Lang::En) => "Population",
            (Self::Health, Lang::En) => "Health",
            (Self::Travel, Lang::En) => "Travel",
            (Self::Consumption, Lang::En) => "Consumption",
            (Self::Services, Lang::En) => "Services",
            (Self::Actors, Lang::En) => "Actors",
            (Self::Geography, Lang::En) => "Geography",
        }
    }
}

impl fmt::Display for Theme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// How a file of the snapshot is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// Polygons with a code each, of which areas are composed.
    Areas,
    /// A table keyed by the codes of a geography, with year, sex and age where it has them.
    Units,
    /// Points with attributes.
    Points,
    /// Polygons with attributes, carried onto the area by surface.
    Polygons,
    /// Published figures, one a row, each with its geography, definition and source.
    Figures,
    /// Names of the geographies that figures speak of.
    Geographies,
    /// Survey participation: says how far a survey can be trusted, never an indicator.
    Participation,
    /// An extract of OpenStreetMap: streets to walk on, and the services along them.
    Streets,
    /// A timetable (GTFS), for travel times by public transport.
    Timetable,
    /// The register of actors, as `data/actors.schema.json` describes it.
    Actors,
    /// Measures that arenas proposed or tested.
    Measures,
}

/// How a value behaves when geographies are joined or cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Kind {
    /// A count: parts add up.
    Extensive,
    /// A rate, mean or density: never summed.
    Intensive,
    /// Two extensive fields of the same table, divided last; times `per` (100 for percent).
    Ratio {
        numerator: String,
        denominator: String,
        #[serde(default = "one")]
        per: u32,
    },
    /// A class; shares of residents are counted, classes are never averaged.
    Categorical {
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        categories: BTreeMap<String, Label>,
    },
}

fn one() -> u32 {
    1
}

impl Kind {
    /// The word used in the catalogue.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self {
            Self::Extensive => "extensive",
            Self::Intensive => "intensive",
            Self::Ratio { .. } => "ratio",
            Self::Categorical { .. } => "categorical",
        }
    }
}

/// One value column, or one indicator of a table of figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WrittenField")]
pub struct Field {
    #[serde(flatten)]
    pub kind: Kind,
    #[serde(default)]
    pub unit: String,
    pub label: Label,
    /// What is measured, in one sentence, where the label does not say it all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<Label>,
    /// 1 to 3 for a headline of its theme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<u8>,
    /// Where the counts behind it are of a sample and not of all: what its interval follows from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<Sample>,
}

/// What was counted in a sample, and so which interval a value has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sample {
    /// So many of those who were asked: Wilson's score interval.
    Share,
    /// Events, such as cases: exact Poisson limits below 10, Byar's from 10 on.
    Events,
}

impl Sample {
    /// The word used in the catalogue.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::Events => "events",
        }
    }

    /// The kind of sample of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::Share, Self::Events].into_iter().find(|sample| sample.id() == id)
    }
}

/// A field as it is written: every key by its name, so that a misspelt one is a fault. What a kind brings along cannot be
/// flattened into it: serde then takes any key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenField {
    kind: WrittenKind,
    numerator: Option<String>,
    denominator: Option<String>,
    per: Option<u32>,
    categories: Option<BTreeMap<String, Label>>,
    #[serde(default)]
    unit: String,
    label: Label,
    definition: Option<Label>,
    priority: Option<u8>,
    sample: Option<Sample>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WrittenKind {
    Extensive,
    Intensive,
    Ratio,
    Categorical,
}

impl TryFrom<WrittenField> for Field {
    type Error = String;

    fn try_from(written: WrittenField) -> Result<Self, String> {
        let WrittenField { kind, numerator, denominator, per, categories, .. } = written;
        let of_ratio = numerator.is_some() || denominator.is_some() || per.is_some();
        if of_ratio && kind != WrittenKind::Ratio {
            return Err("numerator, denominator and per belong to kind = \"ratio\"".to_owned());
        }
        if categories.is_some() && kind != WrittenKind::Categorical {
            return Err("categories belong to kind = \"categorical\"".to_owned());
        }
        let needed = |part: Option<String>, name: &str| {
            part.ok_or_else(|| format!("kind = \"ratio\" needs a {name}"))
        };
        let kind = match kind {
            WrittenKind::Extensive => Kind::Extensive,
            WrittenKind::Intensive => Kind::Intensive,
            WrittenKind::Categorical => {
                Kind::Categorical { categories: categories.unwrap_or_default() }
            }
            WrittenKind::Ratio => Kind::Ratio {
                numerator: needed(numerator, "numerator")?,
                denominator: needed(denominator, "denominator")?,
                per: per.unwrap_or_else(one),
            },
        };
        let WrittenField { unit, label, definition, priority, sample, .. } = written;
        Ok(Self { kind, unit, label, definition, priority, sample })
    }
}

/// The columns that split a table further than its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Dimensions {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<String>,
}

impl Dimensions {
    /// The columns in use.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        [&self.year, &self.sex, &self.age].into_iter().flatten().map(String::as_str)
    }

    /// Whether the table has no dimension besides its key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.columns().next().is_none()
    }
}

/// The coordinate columns of a table of points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointColumns {
    pub x: String,
    pub y: String,
    pub crs: String,
}

/// What a publisher did to counts so that nobody can be told from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
pub enum Disclosure {
    /// Every count above 0 may be shifted by up to `bound`, which not every publisher tells; parts need not sum to totals.
    CellKey {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bound: Option<u32>,
        /// The first reference year of which that is true; of all without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<i32>,
    },
    /// Counts below `below` are left out; a row without a value is such a count.
    Suppression { below: u32 },
}

impl Disclosure {
    /// What was done to the counts of a year; an unknown year counts as a late one.
    #[must_use]
    pub fn in_year(self, year: Option<i32>) -> Option<Self> {
        match (self, year) {
            (Self::CellKey { from: Some(from), .. }, Some(year)) if year < from => None,
            _ => Some(self),
        }
    }
}

/// What a register of actors claims to hold whole: of these, no entry means that there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterCover {
    pub area: String,
    pub themes: Vec<ActorTheme>,
}

/// One entry of the catalogue: where a file comes from and what its columns mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    pub id: String,
    pub theme: Theme,
    pub title: Label,
    pub description: Label,
    pub publisher: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Reference years of the values, in order.
    pub years: Vec<i32>,
    /// Level and vintage of the codes, such as `regso-2025`.
    pub geography: String,
    pub licence: String,
    pub file: String,
    pub sha256: String,
    pub layout: Layout,
    pub key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Dimensions::is_empty")]
    pub dimensions: Dimensions,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<PointColumns>,
    /// `demography`: densities, age shares and ratios are derived from the residents in this table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derive: Option<String>,
    /// The data set whose missing units this one weighs when coverage is worked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_in_for: Option<String>,
    /// The vintage in which the codes of this (older) one still name the same units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codes_valid_in: Option<String>,
    /// The units of which that is only roughly true.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed_units: Vec<String>,
    /// How its counts are protected, where they are; bounds of every sum follow from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disclosure: Option<Disclosure>,
    /// Whether no document that was read confirms the table's id.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unverified: bool,
    /// What a register of actors claims to be complete for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<RegisterCover>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Field>,
}

impl Dataset {
    /// The vintage whose shapes the codes of this data set are joined to.
    #[must_use]
    pub fn joins(&self) -> &str {
        self.codes_valid_in.as_deref().unwrap_or(&self.geography)
    }

    /// What its publisher did to the counts of a year; of its newest where a table has no years of its own.
    #[must_use]
    pub fn disclosure_in(&self, year: Option<i32>) -> Option<Disclosure> {
        self.disclosure?.in_year(year.or(self.years.last().copied()))
    }

    /// Publisher and table in one line, as they stand beside a value.
    #[must_use]
    pub fn source(&self) -> String {
        match &self.table {
            Some(table) => format!("{}: {table}", self.publisher),
            None => self.publisher.clone(),
        }
    }
}
