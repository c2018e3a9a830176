//! A column that is asked for and not there.

use std::fmt::Display;

use polars::prelude::DataFrame;

/// How alike two names are, from 0 to 1 (Jaro–Winkler), for one to be offered in place of the other.
const ALIKE: f64 = 0.75;

/// Says what there is instead, and which of it was perhaps meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
#[error("{place}: there is no column \"{column}\"")]
#[diagnostic(help("{help}"))]
pub struct MissingColumn {
    place: String,
    column: String,
    help: String,
}

impl MissingColumn {
    /// The column of a file or table that holds the columns `found`.
    #[must_use]
    pub fn new<'a>(
        place: impl Display,
        column: &str,
        found: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let found: Vec<&str> = found.into_iter().collect();
        let meant = nearest(column, &found)
            .map_or_else(String::new, |name| format!("did you mean \"{name}\"? "));
        Self {
            place: place.to_string(),
            column: column.to_owned(),
            help: format!("{meant}columns found: {}", found.join(", ")),
        }
    }

    /// The column of a frame.
    #[must_use]
    pub fn in_frame(place: impl Display, column: &str, frame: &DataFrame) -> Self {
        let names = frame.get_column_names();
        Self::new(place, column, names.iter().map(|name| name.as_str()))
    }
}

fn nearest<'a>(given: &str, names: &[&'a str]) -> Option<&'a str> {
    let given = given.to_lowercase();
    let likeness = |name: &str| strsim::jaro_winkler(&name.to_lowercase(), &given);
    let scored = names.iter().map(|name| (likeness(name), *name));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= ALIKE).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use miette::Diagnostic;

    use super::*;

    fn help(column: &str) -> String {
        let missing = MissingColumn::new("a.csv", column, ["Region", "residents"]);
        missing.help().map(|help| help.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_nearest_column_is_offered_whatever_its_case() {
        assert_eq!(help("region"), "did you mean \"Region\"? columns found: Region, residents");
        assert_eq!(
            help("resident"),
            "did you mean \"residents\"? columns found: Region, residents"
        );
    }

    #[test]
    fn a_column_unlike_all_others_offers_none() {
        assert_eq!(help("kön"), "columns found: Region, residents");
    }
}
