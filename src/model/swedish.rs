//! What data say in English, said in Swedish: names of publishers, licences, definitions of indicators.
//!
//! Files of the data speak one language, so that what they say can be compared; readers see it in their own. The one
//! table of all of it is `swedish.toml`. What it does not know stays as it is.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::Lang;

#[derive(Default, Deserialize)]
struct Table {
    /// Whole texts.
    texts: BTreeMap<String, String>,
    /// Parts of texts, English and Swedish, in the order in which they are looked for.
    parts: Vec<(String, String)>,
}

/// A table that cannot be read is empty, and everything then stays English; a test reads it.
static TABLE: LazyLock<Table> =
    LazyLock::new(|| toml::from_str(include_str!("swedish.toml")).unwrap_or_default());

/// A text of the data as readers of a language are told it.
#[must_use]
pub fn told(text: &str, lang: Lang) -> Cow<'_, str> {
    match (lang, known(text)) {
        (Lang::En, _) => Cow::Borrowed(text),
        (Lang::Sv, Some(whole)) => Cow::Borrowed(whole),
        (Lang::Sv, None) => in_parts(text),
    }
}

/// The Swedish of a whole text.
#[must_use]
pub fn known(text: &str) -> Option<&'static str> {
    TABLE.texts.get(text).map(String::as_str)
}

fn in_parts(text: &str) -> Cow<'_, str> {
    TABLE.parts.iter().fold(Cow::Borrowed(text), |text, (en, sv)| {
        if text.contains(en.as_str()) { Cow::Owned(text.replace(en.as_str(), sv)) } else { text }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_texts_and_parts_are_told_and_the_rest_stays() {
        let table: Table = toml::from_str(include_str!("swedish.toml")).unwrap();
        assert!(table.texts.len() > 50 && table.parts.len() > 10);
        let sv = |text| told(text, Lang::Sv);
        assert_eq!(sv("not stated; single facts cited"), "ej angiven; enskilda uppgifter citerade");
        assert_eq!(
            sv(
                "The project: the project's decision; residents: Statistics Sweden (SCB): Folk (TAB1)"
            ),
            "Projektet: projektets beslut; invånare: Statistiska centralbyrån (SCB): Folk (TAB1)"
        );
        assert_eq!(sv("Järva arena"), "Järva arena");
        assert_eq!(told("not stated", Lang::En), "not stated");
    }

    /// What stands in the figures of the snapshot, row by row, and in the catalogue.
    #[test]
    fn every_definition_licence_and_publisher_of_the_data_is_known_in_swedish() {
        let figures = [
            include_str!("../../data/figures_health.csv"),
            include_str!("../../data/figures_travel.csv"),
            include_str!("../../data/figures_consumption.csv"),
            include_str!("../../data/figures_population.csv"),
        ];
        for file in figures {
            let mut rows = csv::Reader::from_reader(file.trim_start_matches('\u{feff}').as_bytes());
            let column = |rows: &mut csv::Reader<&[u8]>, name: &str| {
                rows.headers().unwrap().iter().position(|header| header == name).unwrap()
            };
            let definition = column(&mut rows, "definition");
            let publisher = column(&mut rows, "publisher");
            for row in rows.records().map(Result::unwrap) {
                assert!(known(&row[definition]).is_some(), "{}", &row[definition]);
                let said = told(&row[publisher], Lang::Sv);
                for english in ["City", "Statistics", " on ", "report", "figures", "project)"] {
                    assert!(!said.contains(english), "{said}");
                }
            }
        }
        let catalogue = include_str!("../../data/catalog.toml");
        let lines = catalogue.lines().filter_map(|line| line.split_once(" = \""));
        for (key, text) in lines.filter(|(key, _)| ["publisher", "table", "licence"].contains(key))
        {
            let said = told(text.trim_end_matches('"'), Lang::Sv);
            for english in
                ["City", "Statistics", "without", "through", " and ", "only", "the ", "not "]
            {
                assert!(!said.contains(english), "{key}: {said}");
            }
        }
    }
}
