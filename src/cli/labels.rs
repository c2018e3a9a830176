//! What indicators and places are called, in the language of the reader.

use crate::areas::AreaDefinition;
use crate::indicators::{self, derived};
use crate::model::Lang;
use crate::pipeline::Ground;
use crate::sources::{Data, ServiceTable, Snapshot};

/// The names that data hold.
pub struct Labels<'a> {
    pub data: &'a Data,
    pub areas: &'a [AreaDefinition],
    /// The words of ways to services; those of stations alone without it.
    pub services: Option<&'a ServiceTable>,
    pub lang: Lang,
}

impl<'a> Labels<'a> {
    /// Those of the data and areas that are worked on.
    pub fn of(ground: &'a Ground, lang: Lang) -> Self {
        Self { data: &ground.data, areas: &ground.areas.areas, services: None, lang }
    }

    /// Those of a snapshot, whose areas need not be composed.
    pub fn of_snapshot(data: &'a Data, snapshot: &'a Snapshot, lang: Lang) -> Self {
        let areas = snapshot.areas().map(|file| file.areas.as_slice()).unwrap_or_default();
        Self { data, areas, services: None, lang }
    }

    /// The name of an area; its id where the data do not know it.
    fn area(&self, id: &str) -> String {
        let area = self.areas.iter().find(|area| area.id == id);
        area.map_or(id, |area| area.name.get(self.lang)).to_owned()
    }

    /// The label of an indicator; its id in words where no catalogue knows it.
    pub fn indicator(&self, id: &str) -> String {
        indicators::name(self.data, self.services, id, self.lang)
    }

    /// The indicator with sex and age, where a value is not of everybody.
    pub fn indicator_of(&self, id: &str, sex: &str, age: &str) -> String {
        let sex = match (sex, self.lang) {
            ("F", Lang::En) => "women",
            ("F", Lang::Sv) => "kvinnor",
            ("M", Lang::En) => "men",
            ("M", Lang::Sv) => "män",
            ("_T", _) => "",
            (other, _) => other,
        };
        let is_derived = derived().iter().any(|known| known.id == id);
        let age = if age == "_T" || is_derived { String::new() } else { self.age(age) };
        let label = self.indicator(id);
        let parts: Vec<&str> =
            [label.as_str(), sex, &age].into_iter().filter(|part| !part.is_empty()).collect();
        parts.join(", ")
    }

    /// `Y5T9` as 5–9, `Y_GE80` as 80 and over.
    fn age(&self, code: &str) -> String {
        if let Some(from) = code.strip_prefix("Y_GE") {
            return match self.lang {
                Lang::En => format!("{from} and over"),
                Lang::Sv => format!("{from} år och äldre"),
            };
        }
        let years = code.strip_prefix('Y').unwrap_or(code).replace('T', "–");
        if self.lang == Lang::Sv { format!("{years} år") } else { years }
    }

    /// What a value describes: a unit, the area, or another geography.
    pub fn place(&self, unit: Option<&str>, level: &str, id: &str) -> String {
        if let Some(unit) = unit {
            return self.unit(unit);
        }
        if level == "area" {
            return self.area(id);
        }
        self.geography(level, id)
    }

    /// The name of a geography that figures speak of; its id where the data do not know it.
    pub fn geography(&self, level: &str, id: &str) -> String {
        let name = self.data.geography_name(level, id);
        name.map_or_else(|| id.to_owned(), |name| name.get(self.lang).to_owned())
    }

    fn unit(&self, code: &str) -> String {
        let name = self.data.units.iter().find_map(|units| {
            let row = units.areas.keys().iter().position(|key| key == code)?;
            units.names.get(row)
        });
        name.map_or_else(|| code.to_owned(), |name| format!("{code} {name}"))
    }
}
