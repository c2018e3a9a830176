//! Values that no average over parts makes sense of.

use std::collections::BTreeMap;

use crate::pipeline::PipelineError;

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

/// Refuses columns whose name, or what the catalogue says of them, is of a median, a percentile or a life expectancy.
///
/// # Errors
/// [`PipelineError::Request`] with the reason.
pub fn refuse(names: &[String], described: &BTreeMap<String, String>) -> Result<(), PipelineError> {
    for name in names {
        let words = described.get(name).map_or("", String::as_str);
        let Some(what) = never_averaged(name).or_else(|| never_averaged(words)) else { continue };
        return Err(PipelineError::Request {
            what: format!("\"{name}\" is {what}: the average over parts is not that of the whole"),
            help: format!("carry what it spans over the parts instead: --range {name}"),
        });
    }
    Ok(())
}

fn never_averaged(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    let word = NEVER_AVERAGED.iter().find(|(word, _)| text.contains(word));
    word.map(|(_, what)| *what).or_else(|| {
        let mut tokens = text.split(|c: char| !c.is_alphanumeric());
        tokens.any(is_percentile).then_some("a percentile")
    })
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

    #[test]
    fn medians_percentiles_and_life_expectancies_are_refused_and_rates_are_not() {
        for name in ["median_income", "Medianålder", "time_p50", "life_expectancy_women"] {
            assert!(refuse(&[name.to_owned()], &BTreeMap::new()).is_err(), "{name}");
        }
        for name in ["share_employed", "pop_2023", "p_value", "density"] {
            assert!(refuse(&[name.to_owned()], &BTreeMap::new()).is_ok(), "{name}");
        }
    }

    #[test]
    fn what_the_catalogue_says_counts_as_well() {
        let described = [("income".to_owned(), "Median income, thousand SEK".to_owned())].into();
        let error = refuse(&["income".to_owned()], &described);
        assert!(error.is_err_and(|error| error.to_string().contains("a median")));
    }
}
