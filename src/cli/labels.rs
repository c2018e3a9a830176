//! What indicators and places are called, in the language of the reader.

use std::collections::BTreeMap;

use crate::Error;
use crate::areas::AreaDefinition;
use crate::indicators::derived;
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
        if let Some(known) = derived().iter().find(|known| known.id == id) {
            return known.label().get(self.lang).to_owned();
        }
        let tables = self.data.tables.iter().map(|table| &table.dataset);
        let figures = self.data.figures.iter().map(|(dataset, _)| dataset);
        let points = self.data.points.iter().map(|layer| &layer.dataset);
        let mut fields =
            tables.chain(figures).chain(points).filter_map(|dataset| dataset.fields.get(id));
        match fields.next() {
            Some(field) => field.label.get(self.lang).to_owned(),
            None => reached(self.lang, id).unwrap_or_else(|| id.replace('_', " ")),
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

/// The label of a way to the nearest of a kind; the unit stands in its own column.
pub fn reached(lang: Lang, indicator: &str) -> Option<String> {
    let metres =
        indicator.strip_prefix("distance_nearest_").and_then(|rest| rest.strip_suffix("_m"));
    let minutes = || indicator.strip_prefix("access_nearest_")?.strip_suffix("_min");
    let kind = metres.or_else(minutes)?;
    let word = |en: &'static str, sv: &'static str| if lang == Lang::Sv { sv } else { en };
    let kind = match kind {
        "metro" => word("metro station", "tunnelbanestation"),
        "commuter_rail" => word("commuter rail station", "pendeltågsstation"),
        "tram" => word("tram stop", "spårvagnshållplats"),
        other => other,
    };
    let way = word("Way to the nearest", "Väg till närmaste");
    Some(format!("{way} {}", kind.replace('_', " ")))
}
