//! What indicators are called, in both languages.

use super::{Derived, actors, derived};
use crate::model::{Field, Kind, Label, Lang};
use crate::sources::{Data, ServiceTable};

/// Kinds of stations, in the words that end a sentence.
const STATIONS: [(&str, &str, &str); 3] = [
    ("commuter_rail", "commuter rail station", "pendeltågsstation"),
    ("metro", "metro station", "tunnelbanestation"),
    ("tram", "tram stop", "spårvagnshållplats"),
];

/// What readers call an indicator: what is worked out, what a catalogue knows, ways, actors; its id in words where nothing
/// knows it.
#[must_use]
pub fn name(data: &Data, services: Option<&ServiceTable>, id: &str, lang: Lang) -> String {
    let known = label(data, id).or_else(|| way_label(services, id));
    known.map_or_else(|| id.replace('_', " "), |label| label.get(lang).to_owned())
}

/// The label of an indicator that is worked out or counts actors, or that a catalogue knows.
fn label(data: &Data, id: &str) -> Option<Label> {
    let known = derived().iter().find(|known| known.id == id).map(Derived::label);
    if let Some(known) = known.or_else(|| actors::label(id)) {
        return Some(known);
    }
    let tables = data.tables.iter().map(|table| &table.dataset);
    let figures = data.figures.iter().map(|(dataset, _)| dataset);
    let points = data.points.iter().map(|layer| &layer.dataset);
    let mut fields =
        tables.chain(figures).chain(points).filter_map(|dataset| dataset.fields.get(id));
    fields.next().map(|field| field.label.clone()).or_else(|| class_label(data, id))
}

/// The label of the share of residents who live in units of a class.
fn class_label(data: &Data, id: &str) -> Option<Label> {
    let stem = id.strip_suffix("_share")?;
    let fields = data.tables.iter().flat_map(|table| table.table.fields());
    let of = |(name, field): (&String, &Field)| {
        let Kind::Categorical { categories } = &field.kind else { return None };
        let class = categories.get(stem.strip_prefix(name.as_str())?.strip_prefix('_')?)?;
        Some(Label { sv: format!("Andel i: {}", class.sv), en: format!("Share in: {}", class.en) })
    };
    fields.into_iter().find_map(of)
}

/// The kind of service that an indicator of way or time leads to.
#[must_use]
pub fn kind_of_way(indicator: &str) -> Option<&str> {
    let metres = indicator.strip_prefix("distance_nearest_").and_then(|s| s.strip_suffix("_m"));
    let minutes = || indicator.strip_prefix("access_nearest_").and_then(|s| s.strip_suffix("_min"));
    metres.or_else(minutes)
}

/// The kind of service that an indicator of time by public transport leads to.
#[must_use]
pub fn kind_of_ride(indicator: &str) -> Option<&str> {
    indicator.strip_prefix("access_transit_nearest_").and_then(|s| s.strip_suffix("_min"))
}

/// The label of a way to the nearest of a kind of service or station; the unit stands elsewhere.
fn way_label(services: Option<&ServiceTable>, indicator: &str) -> Option<Label> {
    let ride = kind_of_ride(indicator);
    let kind = ride.or_else(|| kind_of_way(indicator))?;
    let mut categories = services.into_iter().flat_map(ServiceTable::categories);
    if let Some(category) = categories.find(|category| category.id == kind) {
        let to = &category.label;
        return Some(if ride.is_some() {
            Label {
                sv: format!("Restid med kollektivtrafik till närmaste: {}", to.sv),
                en: format!("Public transport to the nearest: {}", to.en),
            }
        } else if indicator.starts_with("access_") {
            Label {
                sv: format!("Gångtid till närmaste: {}", to.sv),
                en: format!("Walk to the nearest: {}", to.en),
            }
        } else {
            Label {
                sv: format!("Avstånd till närmaste: {}", to.sv),
                en: format!("Distance to the nearest: {}", to.en),
            }
        });
    }
    let known = STATIONS.iter().find(|(id, ..)| *id == kind);
    let (en, sv) = known.map_or((kind, kind), |(_, en, sv)| (*en, *sv));
    let (way_sv, way_en) = match ride {
        Some(_) => ("Restid med kollektivtrafik", "Public transport"),
        None if indicator.starts_with("access_") => ("Gångtid", "Walk"),
        None => ("Avstånd", "Distance"),
    };
    Some(Label {
        sv: format!("{way_sv} till närmaste {}", sv.replace('_', " ")),
        en: format!("{way_en} to the nearest {}", en.replace('_', " ")),
    })
}

/// The definition of an indicator that is worked out or that a catalogue knows, where there is one beyond its label.
#[must_use]
pub fn definition(data: &Data, id: &str) -> Option<Label> {
    let tables = data.tables.iter().map(|table| &table.dataset);
    let mut fields = tables.filter_map(|dataset| dataset.fields.get(id));
    fields.find_map(|field| field.definition.clone())
}
