//! Who does what in an area: an entry of the actors' register.

use serde::{Deserialize, Serialize};

use super::{Day, Lang};

/// What an actor works for, in the words of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorTheme {
    Transport,
    Energy,
    Plastics,
    Consumption,
    LocalGrowing,
    Health,
}

impl ActorTheme {
    /// Every theme, in the order of the project.
    pub const ALL: [Self; 6] = [
        Self::Transport,
        Self::Energy,
        Self::Plastics,
        Self::Consumption,
        Self::LocalGrowing,
        Self::Health,
    ];

    /// The word used in files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Transport => "transport",
            Self::Energy => "energy",
            Self::Plastics => "plastics",
            Self::Consumption => "consumption",
            Self::LocalGrowing => "local_growing",
            Self::Health => "health",
        }
    }

    /// The word residents read.
    #[must_use]
    pub fn title(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Transport, Lang::En) => "Transport",
            (Self::Transport, Lang::Sv) => "Transporter",
            (Self::Energy, Lang::En) => "Energy",
            (Self::Energy, Lang::Sv) => "Energi",
            (Self::Plastics, Lang::En) => "Plastics",
            (Self::Plastics, Lang::Sv) => "Plast",
            (Self::Consumption, Lang::En) => "Consumption",
            (Self::Consumption, Lang::Sv) => "Konsumtion",
            (Self::LocalGrowing, Lang::En) => "Local growing",
            (Self::LocalGrowing, Lang::Sv) => "Lokal odling",
            (Self::Health, Lang::En) => "Health",
            (Self::Health, Lang::Sv) => "Hälsa",
        }
    }

    /// The theme that a word names, in either language.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let word = word_of(word);
        let named = |theme: &Self| {
            theme.id() == word
                || [Lang::En, Lang::Sv].iter().any(|lang| word_of(theme.title(*lang)) == word)
        };
        Self::ALL.into_iter().find(named).or(match word.as_str() {
            "transporter" | "resor" | "trafik" | "mobilitet" => Some(Self::Transport),
            "plaster" | "plastic" => Some(Self::Plastics),
            "odling" | "stadsodling" | "growing" => Some(Self::LocalGrowing),
            _ => None,
        })
    }
}

/// What an actor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    Organisation,
    Association,
    Company,
    PublicBody,
    Cooperative,
    Network,
    School,
    Congregation,
    Place,
    Other,
}

impl ActorKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Organisation,
        Self::Association,
        Self::Company,
        Self::PublicBody,
        Self::Cooperative,
        Self::Network,
        Self::School,
        Self::Congregation,
        Self::Place,
        Self::Other,
    ];

    /// The word used in files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Organisation => "organisation",
            Self::Association => "association",
            Self::Company => "company",
            Self::PublicBody => "public_body",
            Self::Cooperative => "cooperative",
            Self::Network => "network",
            Self::School => "school",
            Self::Congregation => "congregation",
            Self::Place => "place",
            Self::Other => "other",
        }
    }

    /// The word residents read.
    #[must_use]
    pub fn title(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Organisation, _) => "Organisation",
            (Self::Association, Lang::En) => "Association",
            (Self::Association, Lang::Sv) => "Förening",
            (Self::Company, Lang::En) => "Company",
            (Self::Company, Lang::Sv) => "Företag",
            (Self::PublicBody, Lang::En) => "Public body",
            (Self::PublicBody, Lang::Sv) => "Offentlig verksamhet",
            (Self::Cooperative, Lang::En) => "Cooperative",
            (Self::Cooperative, Lang::Sv) => "Kooperativ",
            (Self::Network, Lang::En) => "Network",
            (Self::Network, Lang::Sv) => "Nätverk",
            (Self::School, Lang::En) => "School",
            (Self::School, Lang::Sv) => "Skola",
            (Self::Congregation, Lang::En) => "Congregation",
            (Self::Congregation, Lang::Sv) => "Församling",
            (Self::Place, Lang::En) => "Place",
            (Self::Place, Lang::Sv) => "Plats",
            (Self::Other, Lang::En) => "Other",
            (Self::Other, Lang::Sv) => "Annat",
        }
    }

    /// The kind that a word names, in either language.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let word = word_of(word);
        let named = |kind: &Self| {
            kind.id() == word
                || [Lang::En, Lang::Sv].iter().any(|lang| word_of(kind.title(*lang)) == word)
        };
        Self::ALL.into_iter().find(named)
    }
}

/// Lower case, words joined by underscores, as ids are.
pub(super) fn word_of(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c == '-' || c == '_');
    let words: Vec<String> = words.filter(|w| !w.is_empty()).map(str::to_lowercase).collect();
    words.join("_")
}

/// How a position was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlacedBy {
    /// It was stated.
    Coordinate,
    /// From an address point.
    Address,
    /// From the name of a street: somewhere along it.
    Street,
    /// From the name of a unit: somewhere in it.
    UnitName,
    /// From the name of a place, such as a station.
    PlaceName,
}

impl PlacedBy {
    /// Every way.
    pub const ALL: [Self; 5] =
        [Self::Coordinate, Self::Address, Self::Street, Self::UnitName, Self::PlaceName];

    /// The word used in files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Coordinate => "coordinate",
            Self::Address => "address",
            Self::Street => "street",
            Self::PlaceName => "place_name",
            Self::UnitName => "unit_name",
        }
    }

    /// What residents read.
    #[must_use]
    pub fn text(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Coordinate, Lang::En) => "by coordinate",
            (Self::Coordinate, Lang::Sv) => "med koordinat",
            (Self::Address, Lang::En) => "by address",
            (Self::Address, Lang::Sv) => "med adress",
            (Self::Street, Lang::En) => "by street",
            (Self::Street, Lang::Sv) => "med gata",
            (Self::UnitName, Lang::En) => "by name of a unit",
            (Self::UnitName, Lang::Sv) => "med enhetens namn",
            (Self::PlaceName, Lang::En) => "by name of a place",
            (Self::PlaceName, Lang::Sv) => "med platsens namn",
        }
    }

    /// The way of that id.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.id() == id)
    }
}

/// Where an actor is, and how well that is known.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Placed {
    /// Degrees on WGS 84.
    pub lon: f64,
    /// Degrees on WGS 84.
    pub lat: f64,
    pub by: PlacedBy,
    /// How far the true place may lie from it, in metres, where that is known.
    pub uncertainty_m: Option<f64>,
    /// The name that was found, where it was one.
    pub matched: Option<String>,
}

/// Stands for an area where an actor works in all of them.
pub const ALL_AREAS: &str = "all";

/// An entry of the register: an organisation, and what it does. Never a private person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Actor {
    pub id: String,
    pub name: String,
    pub kind: ActorKind,
    /// None where it is not known what it works for.
    pub themes: Vec<ActorTheme>,
    pub activity: Option<String>,
    pub start: Option<Day>,
    pub end: Option<Day>,
    /// A role, such as "coordinator".
    pub contact_role: Option<String>,
    pub address: Option<String>,
    pub placed: Option<Placed>,
    /// Id of the area it is active in, where only that is known; [`ALL_AREAS`] where it works in all of them.
    pub area: Option<String>,
    pub link: Option<String>,
    /// False for what was proposed and has not been looked at.
    pub confirmed: bool,
    pub source: Option<String>,
    /// Id of the entry that this one repeats, as someone decided.
    pub same_as: Option<String>,
    /// Ids of entries that look alike and are others, as someone decided.
    pub differs_from: Vec<String>,
}

impl Actor {
    /// Id of the area it names; none where it works in all of them.
    #[must_use]
    pub fn one_area(&self) -> Option<&str> {
        self.area.as_deref().filter(|area| *area != ALL_AREAS)
    }

    /// Whether it counts in a year: looked at, no repetition, not over before, not begun after.
    #[must_use]
    pub fn counts_in(&self, year: Option<i32>) -> bool {
        let over = self.end.zip(year).is_some_and(|(end, year)| end.year() < year);
        let ahead = self.start.zip(year).is_some_and(|(start, year)| start.year() > year);
        self.confirmed && self.same_as.is_none() && !over && !ahead
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn themes_and_kinds_are_found_by_their_words_in_both_languages() {
        for theme in ActorTheme::ALL {
            for word in [theme.id(), theme.title(Lang::En), theme.title(Lang::Sv)] {
                assert_eq!(ActorTheme::from_word(word), Some(theme), "{word}");
            }
        }
        assert_eq!(ActorTheme::from_word("Local growing"), Some(ActorTheme::LocalGrowing));
        assert_eq!(ActorTheme::from_word("sport"), None);
        for kind in ActorKind::ALL {
            for word in [kind.id(), kind.title(Lang::En), kind.title(Lang::Sv)] {
                assert_eq!(ActorKind::from_word(word), Some(kind), "{word}");
            }
        }
    }

    #[test]
    fn what_is_over_unconfirmed_or_a_repetition_does_not_count() {
        let actor = Actor {
            id: "a".to_owned(),
            name: "A".to_owned(),
            kind: ActorKind::Association,
            themes: Vec::new(),
            activity: None,
            start: Day::parse("2024-05"),
            end: Day::parse("2025"),
            contact_role: None,
            address: None,
            placed: None,
            area: None,
            link: None,
            confirmed: true,
            source: None,
            same_as: None,
            differs_from: Vec::new(),
        };
        let counts = |year| actor.counts_in(Some(year));
        assert_eq!([2023, 2024, 2025, 2026].map(counts), [false, true, true, false]);
        assert!(actor.counts_in(None));
        assert!(!Actor { confirmed: false, ..actor.clone() }.counts_in(Some(2025)));
        assert!(!Actor { same_as: Some("b".to_owned()), ..actor }.counts_in(Some(2025)));
    }
}
