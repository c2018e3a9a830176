//! What an arena proposed or tested, and what it is expected to change.

use serde::Serialize;

use super::actor::word_of;
use super::{ActorTheme, Day, Lang};

/// How far a measure has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Proposed,
    Tested,
}

/// Which way an indicator is expected to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Up,
    Down,
}

/// A measure of an arena with the indicator that is to follow it up.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measure {
    pub id: String,
    pub name: String,
    pub theme: ActorTheme,
    /// Id of the area it is for.
    pub area: String,
    pub stage: Stage,
    pub start: Day,
    /// Id of an indicator, as in the table `indicators`.
    pub indicator: String,
    pub direction: Direction,
    /// How large the change is expected to be, in the indicator's unit, where that was said.
    pub expected_change: Option<f64>,
    pub source: Option<String>,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Self; 2] = [Self::Proposed, Self::Tested];

    /// The word used in files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Tested => "tested",
        }
    }

    /// The word residents read.
    #[must_use]
    pub fn title(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (_, Lang::En) => self.id(),
            (Self::Proposed, Lang::Sv) => "föreslagen",
            (Self::Tested, Lang::Sv) => "prövad",
        }
    }

    /// The stage that a word names, in either language.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word_of(word).as_str() {
            "proposed" | "föreslagen" | "förslag" => Some(Self::Proposed),
            "tested" | "prövad" | "testad" => Some(Self::Tested),
            _ => None,
        }
    }
}

impl Direction {
    /// Both directions.
    pub const ALL: [Self; 2] = [Self::Up, Self::Down];

    /// The word used in files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }

    /// The word residents read.
    #[must_use]
    pub fn title(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (_, Lang::En) => self.id(),
            (Self::Up, Lang::Sv) => "upp",
            (Self::Down, Lang::Sv) => "ner",
        }
    }

    /// The direction that a word names, in either language.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word_of(word).as_str() {
            "up" | "increase" | "upp" | "öka" | "ökar" | "ökning" | "+" => Some(Self::Up),
            "down" | "decrease" | "ner" | "ned" | "minska" | "minskar" | "minskning" => {
                Some(Self::Down)
            }
            _ => None,
        }
    }

    /// Whether a change goes that way; no change goes neither.
    #[must_use]
    pub fn holds(self, change: f64) -> bool {
        match self {
            Self::Up => change > 0.0,
            Self::Down => change < 0.0,
        }
    }
}
