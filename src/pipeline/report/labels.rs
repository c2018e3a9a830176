//! What indicators and places are called in a report.

use crate::indicators::{self, actors, age_range, derived, kind_of_ride};
use crate::model::{Field, Kind, Lang, Observation};
use crate::publish::report::Words;
use crate::sources::{Data, ServiceTable};

/// Names from the catalogue, the table of services and the words of reports.
#[derive(Clone, Copy)]
pub(super) struct Labels<'a> {
    pub data: &'a Data,
    pub services: &'a ServiceTable,
    pub lang: Lang,
}

/// The kind of service that a way leads to, and whether it is measured in minutes.
pub(super) fn way(indicator: &str) -> Option<(&str, bool)> {
    let part = |before: &str, after: &str| indicator.strip_prefix(before)?.strip_suffix(after);
    let minutes = part("access_nearest_", "_min").map(|kind| (kind, true));
    minutes.or_else(|| part("distance_nearest_", "_m").map(|kind| (kind, false)))
}

impl Labels<'_> {
    fn words(&self) -> Words {
        Words(self.lang)
    }

    fn fields(&self) -> impl Iterator<Item = (&String, &Field)> {
        let tables = self.data.tables.iter().map(|table| &table.dataset);
        let figures = self.data.figures.iter().map(|(dataset, _)| dataset);
        let spatial =
            self.data.points.iter().chain(&self.data.polygons).map(|layer| &layer.dataset);
        tables.chain(figures).chain(spatial).flat_map(|dataset| &dataset.fields)
    }

    pub fn field(&self, indicator: &str) -> Option<&Field> {
        self.fields().find(|(name, _)| *name == indicator).map(|(_, field)| field)
    }

    /// The name of an indicator; its id in words where nothing knows it.
    pub fn indicator(&self, id: &str) -> String {
        if let Some(known) = derived().iter().find(|known| known.id == id) {
            return known.label().get(self.lang).to_owned();
        }
        let field = || self.field(id).map(|field| field.label.clone());
        if let Some(label) = actors::label(id).or_else(field) {
            return label.get(self.lang).to_owned();
        }
        let worked_out = self.class_share(id).or_else(|| self.counted(id));
        worked_out
            .unwrap_or_else(|| indicators::name(self.data, Some(self.services), id, self.lang))
    }

    /// The same with the ages that a value is about, where it is not about everybody.
    pub fn indicator_of(&self, row: &Observation) -> String {
        let label = self.indicator(&row.indicator);
        let known = derived().iter().any(|known| known.id == row.indicator);
        match age_range(&row.age).filter(|_| !known) {
            Some((from, Some(to))) => {
                format!("{label}, {}", self.words().fill("label.ages", &[&format!("{from}–{to}")]))
            }
            Some((from, None)) => {
                format!("{label}, {}", self.words().fill("label.ages_over", &[&from.to_string()]))
            }
            None => label,
        }
    }

    /// What a kind of service is called.
    pub fn kind(&self, kind: &str) -> String {
        let category = self.services.categories().iter().find(|category| category.id == kind);
        let of_services = || category.map(|category| category.label.get(self.lang).to_owned());
        let of_stations = self.words().find(&format!("kind.{kind}")).map(str::to_owned);
        of_stations.or_else(of_services).unwrap_or_else(|| kind.replace('_', " "))
    }

    /// The share of residents in units of a class.
    fn class_share(&self, id: &str) -> Option<String> {
        let stem = id.strip_suffix("_share")?;
        let found = self.fields().find_map(|(name, field)| {
            let Kind::Categorical { categories } = &field.kind else { return None };
            categories.get(stem.strip_prefix(name.as_str())?.strip_prefix('_')?)
        })?;
        Some(self.words().fill("label.class_share", &[found.get(self.lang)]))
    }

    /// The number of features of a data set, or the surface that they cover.
    fn counted(&self, id: &str) -> Option<String> {
        let mut layers = self.data.points.iter().chain(&self.data.polygons);
        let (stem, key) = match id.strip_suffix("_surface_share") {
            Some(stem) => (stem, "label.surface_of"),
            None => (id.strip_suffix("_count")?, "label.count_of"),
        };
        let layer = layers.find(|layer| layer.dataset.id == stem)?;
        Some(self.words().fill(key, &[layer.dataset.title.get(self.lang)]))
    }

    /// A sentence on what an indicator means, where there is one.
    pub fn means(&self, id: &str) -> Option<String> {
        let words = self.words();
        let known = words.find(&format!("means.{id}")).map(str::to_owned);
        let way = || way(id).map(|_| words.get("means.distance").to_owned());
        let ride = || kind_of_ride(id).map(|_| words.get("means.ride").to_owned());
        let defined = || Some(self.field(id)?.definition.as_ref()?.get(self.lang).to_owned());
        known.or_else(way).or_else(ride).or_else(defined)
    }

    /// The name of a geography that figures are published for.
    pub fn geography(&self, level: &str, id: &str) -> String {
        let name = self.data.geography_name(level, id);
        name.map_or_else(|| id.to_owned(), |name| name.get(self.lang).to_owned())
    }
}

/// The kinds of stations, in the order in which residents ask for them.
pub(super) const STATIONS: [&str; 3] = ["metro", "commuter_rail", "tram"];

/// Whether a kind is one of the stations.
pub(super) fn is_of_stations(kind: &str) -> bool {
    STATIONS.contains(&kind)
}

/// The place of a kind among others: stations first.
pub(super) fn rank(kind: &str) -> usize {
    STATIONS.iter().position(|station| *station == kind).unwrap_or(STATIONS.len())
}
