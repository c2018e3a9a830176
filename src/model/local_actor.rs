//! An actor as it stands in one area: what maps, lists and reports show.

use serde::Serialize;

use super::{Actor, Lang};

/// Where an actor is, seen from one area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "known_at", rename_all = "snake_case")]
pub enum Whereabouts {
    /// At a point in a unit of the area.
    Point { unit_id: String, unit_name: String },
    /// Somewhere in the area.
    Area,
    /// In all areas, and in none in particular.
    AllAreas,
    /// Nowhere that could be found, and no area is named: it may be in this one.
    Unknown,
}

impl Whereabouts {
    /// The word used in files.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self {
            Self::Point { .. } => "point",
            Self::Area => "area",
            Self::AllAreas => "all_areas",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it is known to be in this area, and not in others just as well.
    #[must_use]
    pub fn is_here(&self) -> bool {
        matches!(self, Self::Point { .. } | Self::Area)
    }

    /// What residents read.
    #[must_use]
    pub fn text(&self, lang: Lang) -> &str {
        match (self, lang) {
            (Self::Point { unit_name, .. }, _) => unit_name,
            (Self::Area, Lang::En) => "the area as a whole",
            (Self::Area, Lang::Sv) => "området som helhet",
            (Self::AllAreas, Lang::En) => "all areas",
            (Self::AllAreas, Lang::Sv) => "alla områden",
            (Self::Unknown, Lang::En) => "place not known",
            (Self::Unknown, Lang::Sv) => "plats ej känd",
        }
    }
}

/// An actor of an area: who, what for, where, and where to read more.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LocalActor {
    #[serde(flatten)]
    pub actor: Actor,
    #[serde(flatten)]
    pub whereabouts: Whereabouts,
    /// On the plane of the units, where it has a point in the area.
    #[serde(skip)]
    pub at: Option<(f64, f64)>,
    /// Whether it is counted: not what is unconfirmed, repeated, over or still to begin.
    pub counted: bool,
    /// The register that it stands in.
    pub register: String,
}
