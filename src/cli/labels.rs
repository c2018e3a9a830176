//! What indicators and places are called, in the language of the reader.

use std::collections::BTreeMap;

use crate::Error;
use crate::areas::AreaDefinition;
use crate::indicators::{self, actors, derived};
use crate::model::Lang;
use crate::sources::{Data, Snapshot};

/// The names in a snapshot.
pub struct Labels {
    data: Data,
    /// Names of areas by id.
    areas: BTreeMap<String, String>,
    lang: Lang,
}

impl Labels {
    pub fn load(snapshot: &Snapshot, lang: Lang) -> Result<Self, Error> {
        let areas = snapshot.areas().map(|file| file.areas.as_slice()).unwrap_or_default();
        let name = |area: &AreaDefinition| (area.id.clone(), area.name.get(lang).to_owned());
        let areas = areas.iter().map(name).collect();
        Ok(Self { data: Data::load(snapshot)?, areas, lang })
    }

    /// The name of an area; its id where the data do not know it.
    fn area(&self, id: &str) -> String {
        self.areas.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }

    /// The label of an indicator; its id in words where no catalogue knows it.
    pub fn indicator(&self, id: &str) -> String {
        if let Some(label) = actors::label(id, self.lang) {
            return label;
        }
        let known = indicators::label(&self.data, id);
        match known.or_else(|| indicators::way_label(None, id)) {
            Some(label) => label.get(self.lang).to_owned(),
            None => id.replace('_', " "),
        }
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
