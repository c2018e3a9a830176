//! Values that no average over parts makes sense of, and no sum either.
//!
//! # What it does
//! Knows a median, a percentile or a life expectancy by the name of its column, or by what the catalogue says of it, and
//! refuses to average it, to sum it and to divide by it; what it spans over the parts can be had instead.
//!
//! # Assumes
//! That names say what they name: a word that holds `median`, `percentil`, `kvantil`, `kvartil`, `decil`, `livslängd` or
//! `life expectancy`; `p5` to `p95`; and in names of columns `md`, `le`, `le0`, `le65` as words of their own. A name or label that
//! begins with a share or a number (`share_below_median`, `Andel under medianen`, `number of …`) is of those counted, and no median.
//!
//! # Units
//! None.
//!
//! # When it misleads
//! On a median under a name that hides it. A mean (`medel…`) is no median: averaged by surface it is as good as any rate.
//!
//! # Example
//! `median_income` cannot be averaged over two units: half of all residents earn less than the median of all, which neither
//! of the two medians tells.
//!
//! # References
//! Robinson (1950), "Ecological correlations and the behavior of individuals", for what parts say of a whole.

use std::collections::BTreeMap;

use super::PipelineError;

/// Words in a name, unit, label or definition, and what they say.
const NEVER_AVERAGED: [(&str, &str); 11] = [
    ("median", "a median"),
    ("percentil", "a percentile"),
    ("quantil", "a quantile"),
    ("kvantil", "a quantile"),
    ("quartil", "a quartile"),
    ("kvartil", "a quartile"),
    ("decil", "a decile"),
    ("life_expectancy", "a life expectancy"),
    ("life expectancy", "a life expectancy"),
    ("livslängd", "a life expectancy"),
    ("livslangd", "a life expectancy"),
];

/// Words of their own in the name of a column.
const SHORT: [(&str, &str); 4] = [
    ("md", "a median"),
    ("le", "a life expectancy"),
    ("le0", "a life expectancy"),
    ("le65", "a life expectancy"),
];

/// First words of what counts people around a median.
const COUNTED: [&str; 12] = [
    "share",
    "percent",
    "percentage",
    "proportion",
    "number",
    "count",
    "n",
    "andel",
    "antal",
    "procent",
    "persons",
    "personer",
];

/// What is to be done with a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Average,
    Sum,
    Divide,
}

/// Refuses columns whose name, or what the catalogue says of them, is of a median, a percentile or a life expectancy.
///
/// # Errors
/// [`PipelineError::Request`] with the reason.
pub fn refuse<'a>(
    names: impl IntoIterator<Item = &'a String>,
    how: Use,
    described: &BTreeMap<String, String>,
) -> Result<(), PipelineError> {
    for name in names {
        let Some(what) = never_averaged(name, described) else { continue };
        let reason = match how {
            Use::Average => "the average over parts is not that of the whole",
            Use::Sum => "those of parts do not add up to anything",
            Use::Divide => "it counts nobody, so that no ratio comes of it",
        };
        return Err(PipelineError::Request {
            what: format!("\"{name}\" is {what}: {reason}"),
            help: format!(
                "take what it spans over the parts instead: `scale carry` with --range {name}"
            ),
        });
    }
    Ok(())
}

/// What a column is, where it is never averaged.
#[must_use]
pub fn never_averaged(name: &str, described: &BTreeMap<String, String>) -> Option<&'static str> {
    let words = described.get(name).map_or("", String::as_str);
    let of_name = || said(name).or_else(|| short(name));
    if counts(name) || counts(words) { None } else { of_name().or_else(|| said(words)) }
}

fn tokens(text: &str) -> impl Iterator<Item = String> {
    let text = text.to_lowercase();
    let tokens: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
    tokens.into_iter().filter(|token| !token.is_empty())
}

fn counts(text: &str) -> bool {
    tokens(text).next().is_some_and(|first| COUNTED.contains(&first.as_str()))
}

fn said(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    let word = NEVER_AVERAGED.iter().find(|(word, _)| lower.contains(word));
    let percentile = || tokens(text).any(|token| is_percentile(&token)).then_some("a percentile");
    word.map(|(_, what)| *what).or_else(percentile)
}

fn short(name: &str) -> Option<&'static str> {
    let known =
        |token: String| SHORT.iter().find(|(word, _)| *word == token).map(|(_, what)| *what);
    tokens(name).find_map(known)
}

/// p5, p50, p95.
fn is_percentile(token: &str) -> bool {
    token.strip_prefix('p').is_some_and(|digits| {
        (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str) -> bool {
        refuse(&[name.to_owned()], Use::Average, &BTreeMap::new()).is_err()
    }

    #[test]
    fn medians_percentiles_and_life_expectancies_are_refused_and_rates_are_not() {
        let never =
            ["median_income", "Medianålder", "time_p50", "life_expectancy_women", "md_income"];
        for name in never.into_iter().chain(["LE", "LE_women", "le65", "medellivslängd"]) {
            assert!(refused(name), "{name}");
        }
        for name in ["share_employed", "pop_2023", "p_value", "density", "medelinkomst"] {
            assert!(!refused(name), "{name}");
        }
    }

    #[test]
    fn a_word_that_only_holds_the_letters_and_a_share_around_a_median_are_no_median() {
        for name in ["male_pop", "md5sum", "barn_med_behov", "people", "lediga"] {
            assert!(!refused(name), "{name}");
        }
        for name in ["share_below_median", "Andel under medianinkomst", "antal_over_median"] {
            assert!(!refused(name), "{name}");
        }
        let words = "Share of persons below 60 % of the median percent".to_owned();
        let described = [("low_income".to_owned(), words)].into();
        assert!(refuse(&["low_income".to_owned()], Use::Average, &described).is_ok());
    }

    #[test]
    fn what_the_catalogue_says_counts_as_well() {
        let described = [("income".to_owned(), "Median income, thousand SEK".to_owned())].into();
        let error = refuse(&["income".to_owned()], Use::Sum, &described);
        assert!(error.is_err_and(|error| error.to_string().contains("a median: those of parts")));
    }
}
