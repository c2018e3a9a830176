//! What the columns of a baseline are called.

use std::collections::BTreeSet;

use polars::prelude::DataType;

use super::{Swedish, actors};
use crate::indicators;
use crate::model::{Dataset, Kind, Label, Lang, Layer, ObsStatus, Observation, Theme, unit_text};
use crate::publish::qgis::Shown;
use crate::publish::report::Words;
use crate::sources::{Data, ServiceTable};

/// Columns that the program makes: name, unit, label in English and in Swedish.
const OWN: &[(&str, &str, &str, &str)] = &[
    ("activity", "", "Activity", "Verksamhet"),
    ("actor_id", "", "Actor", "Aktör"),
    ("address", "", "Address", "Adress"),
    ("age", "", "Age", "Ålder"),
    ("area_id", "", "Area", "Område"),
    ("clip_share", "", "Share inside the area", "Andel inom området"),
    ("contact_role", "", "Role to turn to", "Roll att vända sig till"),
    ("counted", "", "Counted", "Räknad"),
    ("coverage", "", "Coverage", "Täckning"),
    ("definition", "", "Definition", "Definition"),
    ("end", "", "End", "Slut"),
    ("geography_id", "", "Geography", "Geografi"),
    ("geography_level", "", "Level of the geography", "Geografins nivå"),
    ("in_area", "", "In the area", "I området"),
    ("indicator", "", "Indicator", "Indikator"),
    ("kind", "", "Kind", "Slag"),
    ("known_at", "", "Known to be in", "Känd i"),
    ("link", "", "Link", "Länk"),
    ("lower", "", "Lower bound", "Nedre gräns"),
    ("matched", "", "Name that was found", "Funnet namn"),
    ("method", "", "Method", "Metod"),
    ("name", "", "Name", "Namn"),
    ("name_en", "", "Name in English", "Namn på engelska"),
    ("name_sv", "", "Name in Swedish", "Namn på svenska"),
    ("obs_status", "", "Status", "Status"),
    ("placed_by", "", "Placed", "Placerad"),
    ("residents_coverage", "", "Coverage of residents", "Täckning, invånare"),
    ("residents_year", "", "Year of residents", "År för invånare"),
    ("role", "", "Role", "Roll"),
    ("same_as", "", "Repeats", "Upprepar"),
    ("sex", "", "Sex", "Kön"),
    ("share_of_unit", "", "Share of the unit", "Andel av delområdet"),
    ("source", "", "Source", "Källa"),
    ("start", "", "Start", "Början"),
    ("station_id", "", "Station", "Station"),
    ("status", "", "Status", "Status"),
    ("surface_km2", "km²", "Surface", "Yta"),
    ("theme", "", "Theme", "Tema"),
    ("themes", "", "Themes", "Teman"),
    ("uncertainty_m", "m", "Uncertain by", "Osäkerhet"),
    ("unit", "", "Unit", "Enhet"),
    ("unit_id", "", "Unit code", "Områdeskod"),
    ("units", "", "Number of units", "Antal delområden"),
    ("upper", "", "Upper bound", "Övre gräns"),
    ("value", "", "Value", "Värde"),
    ("year", "", "Year", "År"),
];

/// Codes in the table of values: column, code, English and Swedish.
const CODES: &[(&str, &str, &str, &str)] = &[
    ("role", "context", "overlaps the area", "överlappar området"),
    ("role", "own", "the area or its unit", "området eller dess delområde"),
    ("role", "part", "a published part", "en publicerad del"),
    ("role", "reference", "to compare with", "att jämföra med"),
    ("sex", "F", "women", "kvinnor"),
    ("sex", "M", "men", "män"),
    ("sex", "_T", "both sexes", "båda könen"),
];

/// Columns that stand beside an indicator: end, English and Swedish.
const BESIDE: [(&str, &str, &str); 3] = [
    ("_status", "status", "status"),
    ("_lower", "lower bound", "nedre gräns"),
    ("_upper", "upper bound", "övre gräns"),
];

/// Where names come from.
pub(super) struct Naming<'a> {
    pub data: &'a Data,
    pub services: &'a ServiceTable,
    pub lang: Lang,
    /// The data set of the layer, where it is of one.
    pub dataset: Option<&'a Dataset>,
    pub rows: &'a [Observation],
    pub swedish: Swedish<'a>,
}

impl Naming<'_> {
    pub fn columns(&self, layer: &Layer) -> Vec<Shown> {
        let names = layer.frame().get_column_names();
        names.iter().map(|name| self.shown(layer, name.as_str())).collect()
    }

    fn shown(&self, layer: &Layer, name: &str) -> Shown {
        let unit = self.unit(name);
        let of_actors = is_of_actors(layer);
        Shown {
            name: name.to_owned(),
            label: self.label(name),
            decimals: is_number(layer, name).then(|| decimals(name, &unit)),
            unit: unit_text(if unit == "class" { "" } else { &unit }, self.lang),
            codes: self.codes(layer, name),
            whole: WHOLE.contains(&unit.as_str()),
            listed: if of_actors && name == "themes" {
                actors::themes(self.lang)
            } else {
                Vec::new()
            },
            hidden: of_actors && actors::is_hidden(name),
        }
    }

    /// The label of a column; its name in words where nothing knows it.
    pub fn label(&self, name: &str) -> String {
        let field = self.dataset.and_then(|dataset| dataset.fields.get(name));
        let of_another = BESIDE.iter().find_map(|(end, en, sv)| {
            let told = name.strip_suffix(end).filter(|told| self.is_indicator(told))?;
            Some(format!("{}: {}", self.label(told), label(en, sv).get(self.lang)))
        });
        if let Some(label) = of_another.filter(|_| field.is_none()) {
            return label;
        }
        let known = field.map(|field| field.label.clone()).or_else(|| Some(own(name)?.1));
        known.map_or_else(
            || indicators::name(self.data, Some(self.services), name, self.lang),
            |label| label.get(self.lang).to_owned(),
        )
    }

    /// What an indicator measures: the catalogue's words in the reader's language, else those of the row.
    pub fn definition(&self, row: &Observation) -> String {
        let known = indicators::definition(self.data, &row.indicator);
        match (known, self.lang) {
            (Some(known), lang) => known.get(lang).to_owned(),
            (None, Lang::En) => row.definition.clone(),
            (None, Lang::Sv) => self.swedish.definition(&row.definition),
        }
    }

    fn is_indicator(&self, name: &str) -> bool {
        self.rows.iter().any(|row| row.indicator == name)
    }

    fn unit(&self, name: &str) -> String {
        let field = self.dataset.and_then(|dataset| dataset.fields.get(name));
        let own = own(name).map(|(unit, _)| unit);
        let of_rows = || {
            let row = self.rows.iter().find(|row| row.indicator == name);
            row.map(|row| row.unit.as_str())
        };
        let unit = field.map(|field| field.unit.as_str()).or(own).or_else(of_rows);
        unit.unwrap_or_default().to_owned()
    }

    fn codes(&self, layer: &Layer, name: &str) -> Vec<(String, String)> {
        let lang = self.lang;
        let field = self.dataset.and_then(|dataset| dataset.fields.get(name));
        let tables = || self.data.tables.iter().find_map(|table| table.dataset.fields.get(name));
        if let Some(Kind::Categorical { categories }) =
            field.or_else(tables).map(|field| &field.kind)
        {
            let each = categories.iter();
            return each.map(|(code, label)| (code.clone(), label.get(lang).to_owned())).collect();
        }
        if is_of_actors(layer) {
            return actors::codes(name, lang);
        }
        if layer.name() == "units" && name.ends_with("_status") {
            return codes_of("obs_status", lang);
        }
        if layer.name() != "indicators" {
            return Vec::new();
        }
        match name {
            "indicator" => {
                let ids: BTreeSet<&str> =
                    self.rows.iter().map(|row| row.indicator.as_str()).collect();
                ids.into_iter().map(|id| (id.to_owned(), self.label(id))).collect()
            }
            "theme" => {
                let themes: BTreeSet<Theme> =
                    self.rows.iter().filter_map(|row| Theme::from_id(&row.theme)).collect();
                let word = |theme: Theme| (theme.id().to_owned(), theme.title(lang).to_owned());
                themes.into_iter().map(word).collect()
            }
            "obs_status" => status_codes(lang),
            _ => codes_of(name, lang),
        }
    }
}

/// What the codes of statuses stand for, in the report's words.
pub(in crate::pipeline) fn status_codes(lang: Lang) -> Vec<(String, String)> {
    let plain = label("as published or counted", "som publicerat eller räknat");
    let word = |status: ObsStatus| match status {
        ObsStatus::A => plain.get(lang).to_owned(),
        _ => Words(lang).get(&format!("status.{}", status.code())).to_owned(),
    };
    ObsStatus::ALL.map(|status| (status.code().to_owned(), word(status))).to_vec()
}

fn codes_of(column: &str, lang: Lang) -> Vec<(String, String)> {
    let known = CODES.iter().filter(|(known, ..)| *known == column);
    let named = known.map(|(_, code, en, sv)| (code, label(en, sv).get(lang).to_owned()));
    named.map(|(code, text)| ((*code).to_owned(), text)).collect()
}

/// Unit and label of a column that the program makes, whatever the layer.
pub(in crate::pipeline) fn own(name: &str) -> Option<(&'static str, Label)> {
    let found = OWN.iter().find(|(id, ..)| *id == name);
    found.map(|(_, unit, en, sv)| (*unit, label(en, sv)))
}

fn label(en: &str, sv: &str) -> Label {
    Label { sv: sv.to_owned(), en: en.to_owned() }
}

/// Whether the column holds numbers with decimals; whole numbers are shown as they are.
pub(in crate::pipeline) fn is_number(layer: &Layer, name: &str) -> bool {
    layer.frame().column(name).is_ok_and(|column| *column.dtype() == DataType::Float64)
}

fn is_of_actors(layer: &Layer) -> bool {
    matches!(layer.name(), "actors" | "actors_unplaced")
}

/// Units of counts, and of ways that are not known to a decimetre.
const WHOLE: [&str; 8] =
    ["persons", "persons per km2", "m", "m2", "min", "points", "actors", "class"];

fn decimals(name: &str, unit: &str) -> usize {
    match unit {
        whole if WHOLE.contains(&whole) => 0,
        "km²" => 2,
        "actors per 1000 residents" => 3,
        "" if name.contains("share") || name.contains("coverage") => 3,
        _ => 1,
    }
}
