//! Values as readers of Swedish see them in tables: what was measured and whose figures they are, in their language.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::model::swedish::{known, told};
use crate::model::{Dataset, Kind, Label, Lang, Observation};
use crate::sources::{Data, ServiceTable};

/// Words of the data in English and in Swedish.
pub(in crate::pipeline) struct Swedish<'a> {
    /// Whole texts.
    whole: BTreeMap<&'a str, &'a str>,
    /// Parts of texts, the longest first.
    parts: Vec<(String, String)>,
}

impl<'a> Swedish<'a> {
    /// Those of a catalogue and of the services that ways lead to.
    pub fn of(data: &'a Data, services: &'a ServiceTable) -> Self {
        let mut whole = BTreeMap::new();
        let mut parts = Vec::new();
        let named = |label: &Label| (format!(": {}", label.en), format!(": {}", label.sv));
        for dataset in datasets(data) {
            parts.push(named(&dataset.title));
            for field in dataset.fields.values() {
                let labels = field.definition.iter().chain([&field.label]);
                whole.extend(labels.map(|label| (label.en.as_str(), label.sv.as_str())));
                if let Kind::Categorical { categories } = &field.kind {
                    parts.extend(categories.values().map(named));
                }
            }
        }
        let to = |category: &crate::sources::Category| {
            let words = category.id.replace('_', " ");
            let nearest = (" to the nearest ", " till närmaste: ");
            let label = &category.label.sv;
            (format!("{}{words} (", nearest.0), format!("{}{label} (", nearest.1))
        };
        parts.extend(services.categories().iter().map(to));
        parts.sort_by_key(|(en, _)| std::cmp::Reverse(en.len()));
        Self { whole, parts }
    }

    /// A definition in Swedish; what nothing knows stays.
    pub fn definition(&self, text: &str) -> String {
        if let Some(sv) = self.whole.get(text).copied().or_else(|| known(text)) {
            return sv.to_owned();
        }
        let named = self.parts.iter().fold(Cow::Borrowed(text), |text, (en, sv)| {
            if text.contains(en) { Cow::Owned(text.replace(en, sv)) } else { text }
        });
        told(&named, Lang::Sv).into_owned()
    }

    /// Rows with their definitions and sources in Swedish.
    pub fn rows(&self, rows: &[Observation]) -> Vec<Observation> {
        let mut definitions: BTreeMap<&str, String> = BTreeMap::new();
        let mut sources: BTreeMap<&str, String> = BTreeMap::new();
        for row in rows {
            definitions.entry(&row.definition).or_insert_with(|| self.definition(&row.definition));
            sources.entry(&row.source).or_insert_with(|| told(&row.source, Lang::Sv).into_owned());
        }
        let row = |row: &Observation| Observation {
            definition: definitions[row.definition.as_str()].clone(),
            source: sources[row.source.as_str()].clone(),
            ..row.clone()
        };
        rows.iter().map(row).collect()
    }
}

fn datasets(data: &Data) -> impl Iterator<Item = &Dataset> {
    let tables = data.tables.iter().map(|table| &table.dataset);
    let figures = data.figures.iter().map(|(dataset, _)| dataset);
    let spatial = data.points.iter().chain(&data.polygons).map(|layer| &layer.dataset);
    tables.chain(figures).chain(spatial)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::sources::Snapshot;

    #[test]
    fn definitions_that_are_put_together_are_told_to_the_last_word() {
        let snapshot = Snapshot::embedded().unwrap();
        let data = Data::load(&snapshot).unwrap();
        let services = ServiceTable::built_in().unwrap();
        let swedish = Swedish::of(&data, &services);
        let of = |text| swedish.definition(text);
        assert_eq!(of("Residents"), "Invånare");
        assert_eq!(
            of("Residents who live in a unit of class 3: Socio-economically mixed area"),
            "Invånare i delområden av klass 3: Socioekonomiskt blandat område"
        );
        assert_eq!(
            of(
                "Distance from the unit's inner point to the nearest metro (of: Metro, commuter rail and tram stations): straight line times 1.3; the interval, where there is one, comes from the uncertainty of the positions"
            ),
            "Avstånd från delområdets inre punkt till närmaste tunnelbanestation (ur: Stationer för tunnelbana, pendeltåg och spårväg): fågelvägen gånger 1,3; intervallet, där det finns ett, kommer av lägenas osäkerhet"
        );
        assert_eq!(of("What a keeper wrote"), "What a keeper wrote");
    }
}
