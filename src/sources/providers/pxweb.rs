//! What both versions of `PxWeb` have in common: variables, what is chosen of them, and queries below the cell limit.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::{OneOrMany, ProviderError};

/// What is chosen: codes of a variable, with `*` and `?` in the place of letters; `top(3)` for the newest three,
/// `from(2024)` and `to(2023)` for those that sort no earlier and no later.
pub(super) type Select = BTreeMap<String, OneOrMany>;

/// A variable as the metadata of the table describe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) code: String,
    pub(super) codes: Vec<String>,
    /// Whether the table has a total that stands for it where it is left out.
    pub(super) may_be_left_out: bool,
}

/// Codes chosen of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) code: String,
    pub(super) codes: Vec<String>,
}

/// What the host allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) cells: usize,
    pub(super) interval: Duration,
}

impl Limits {
    /// From `/config`: the lower of the cell limits under those names, and calls in a window.
    pub(super) fn read(config: &Value, cells: &[&str], rate: &str) -> Option<Self> {
        let number = |name: &str| config.get(name).and_then(Value::as_u64).filter(|&n| n > 0);
        let cells = cells.iter().filter_map(|name| number(name)).min()?;
        let interval = match (number("timeWindow"), number(rate)) {
            (Some(window), Some(most)) => Duration::from_secs(window).div_f64(precise(most)),
            _ => Duration::ZERO,
        };
        Some(Self { cells: usize::try_from(cells).unwrap_or(usize::MAX), interval })
    }
}

#[allow(clippy::cast_precision_loss)] // calls in a window
fn precise(calls: u64) -> f64 {
    calls as f64
}

/// The codes that the selection means, in the order of the table.
///
/// # Errors
/// [`ProviderError::Answer`] for a variable that is not there, one that has to be chosen and is not, and a pattern that
/// no code fits, each with what there is.
pub(super) fn choose(
    address: &str,
    variables: &[Variable],
    select: &Select,
) -> Result<Vec<Chosen>, ProviderError> {
    let wrong = |reason: String| {
        ProviderError::answer(
            address,
            reason,
            "correct select in the pipeline; if the table changed, look at it at the provider",
        )
    };
    let known = || variables.iter().map(|one| one.code.as_str()).collect::<Vec<_>>().join(", ");
    if let Some(stranger) =
        select.keys().find(|code| !variables.iter().any(|one| one.code == **code))
    {
        return Err(wrong(format!("the table has no variable \"{stranger}\"; it has {}", known())));
    }
    let mut chosen = Vec::new();
    for variable in variables {
        let Some(patterns) = select.get(&variable.code) else {
            if variable.may_be_left_out {
                continue;
            }
            return Err(wrong(format!(
                "the variable \"{}\" has no total: say what is wanted of it, of {}",
                variable.code,
                shown(&variable.codes)
            )));
        };
        let mut codes = vec![false; variable.codes.len()];
        for pattern in patterns.as_slice() {
            let fits = fitting(pattern, &variable.codes);
            if !fits.contains(&true) {
                return Err(wrong(format!(
                    "\"{pattern}\" is no code of \"{}\", which has {}",
                    variable.code,
                    shown(&variable.codes)
                )));
            }
            codes.iter_mut().zip(fits).for_each(|(code, fits)| *code |= fits);
        }
        let codes = variable.codes.iter().zip(codes).filter(|(_, chosen)| *chosen);
        let codes = codes.map(|(code, _)| code.clone()).collect();
        chosen.push(Chosen { code: variable.code.clone(), codes });
    }
    Ok(chosen)
}

fn shown(codes: &[String]) -> String {
    let first = codes.iter().take(12).map(String::as_str).collect::<Vec<_>>().join(", ");
    if codes.len() > 12 { format!("{first} and {} more", codes.len() - 12) } else { first }
}

fn fitting(pattern: &str, codes: &[String]) -> Vec<bool> {
    let call =
        |name: &str| Some(pattern.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')')?.trim());
    if let Some(first) = call("from") {
        return codes.iter().map(|code| code.as_str() >= first).collect();
    }
    if let Some(last) = call("to") {
        return codes.iter().map(|code| code.as_str() <= last).collect();
    }
    match call("top").and_then(|number| number.parse::<usize>().ok()) {
        Some(number) => {
            let mut sorted: Vec<&String> = codes.iter().collect();
            sorted.sort();
            let newest: Vec<&String> = sorted.into_iter().rev().take(number).collect();
            codes.iter().map(|code| newest.contains(&code)).collect()
        }
        None => codes.iter().map(|code| code == pattern || matches(pattern, code)).collect(),
    }
}

/// `*` stands for any letters, `?` for one.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(letter) if *letter == '?' || Some(letter) == text.get(t) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|letter| *letter == '*')
}

/// Queries of at most so many cells each, split along the largest variable, in the order of the table.
pub(super) fn split(chosen: &[Chosen], cells: usize) -> Vec<Vec<Chosen>> {
    let count = |of: &[Chosen]| of.iter().map(|one| one.codes.len()).fold(1, usize::saturating_mul);
    let total = count(chosen);
    let longest = chosen.iter().map(|one| one.codes.len()).max().unwrap_or(0);
    let at = chosen.iter().position(|one| one.codes.len() == longest);
    let Some(at) = at.filter(|_| total > cells && longest > 1) else {
        return vec![chosen.to_vec()];
    };
    let size = (cells / (total / longest).max(1)).max(1);
    let pieces = chosen.get(at).map(|one| one.codes.chunks(size)).into_iter().flatten();
    pieces
        .flat_map(|codes| {
            let mut part = chosen.to_vec();
            if let Some(one) = part.get_mut(at) {
                one.codes = codes.to_vec();
            }
            split(&part, cells)
        })
        .collect()
}

/// Holds an answer against the question: of each variable that it has, it brings just the codes asked, each once.
///
/// A variable that the answer leaves out is told apart by nothing in it, so that only one code of it may be asked.
///
/// # Errors
/// A sentence with the variable and the first code at fault.
pub(super) fn check_answer(
    asked: &[Chosen],
    answered: &BTreeMap<&str, Vec<&str>>,
) -> Result<(), String> {
    for Chosen { code, codes } in asked {
        let Some(found) = answered.get(code.as_str()) else {
            if codes.len() > 1 {
                return Err(format!("the answer does not tell the codes of \"{code}\" apart"));
            }
            continue;
        };
        let wanted: BTreeSet<&str> = codes.iter().map(String::as_str).collect();
        let brought: BTreeSet<&str> = found.iter().copied().collect();
        if let Some(stranger) = brought.difference(&wanted).next() {
            return Err(format!("the answer brings \"{stranger}\" of \"{code}\", unasked"));
        }
        if let Some(gap) = wanted.difference(&brought).next() {
            return Err(format!("the answer lacks \"{gap}\" of \"{code}\""));
        }
        if found.len() != brought.len() {
            return Err(format!("the answer names a code of \"{code}\" twice"));
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_answer_brings_just_the_codes_asked() {
        let texts = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect();
        let asked = [
            Chosen { code: "Region".to_owned(), codes: texts(&["a", "b"]) },
            Chosen { code: "Tid".to_owned(), codes: texts(&["2024"]) },
        ];
        let told = |regions: &[&'static str]| {
            check_answer(&asked, &BTreeMap::from([("Region", regions.to_vec())]))
        };
        assert_eq!(told(&["b", "a"]), Ok(()));
        assert_eq!(told(&["a"]), Err("the answer lacks \"b\" of \"Region\"".to_owned()));
        let stranger = "the answer brings \"c\" of \"Region\", unasked".to_owned();
        assert_eq!(told(&["a", "b", "c"]), Err(stranger));
        let twice = "the answer names a code of \"Region\" twice".to_owned();
        assert_eq!(told(&["a", "b", "a"]), Err(twice));
        let apart = "the answer does not tell the codes of \"Region\" apart".to_owned();
        assert_eq!(check_answer(&asked, &BTreeMap::new()), Err(apart));
    }

    fn variable(code: &str, codes: &[&str], may_be_left_out: bool) -> Variable {
        let codes = codes.iter().map(|code| (*code).to_owned()).collect();
        Variable { code: code.to_owned(), codes, may_be_left_out }
    }

    fn table() -> Vec<Variable> {
        vec![
            variable(
                "Region",
                &["00", "0180R001_RegSO2025", "0180R002_RegSO2025", "0182R001"],
                true,
            ),
            variable("Kon", &["1", "2", "1+2"], true),
            variable("Tid", &["2022", "2023", "2024"], false),
        ]
    }

    fn chosen(select: &[(&str, &str)]) -> Result<Vec<Vec<String>>, String> {
        let select = select
            .iter()
            .map(|(code, what)| ((*code).to_owned(), OneOrMany::One((*what).to_owned())))
            .collect();
        choose("a", &table(), &select)
            .map(|chosen| chosen.into_iter().map(|one| one.codes).collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn patterns_choose_codes_in_the_order_of_the_table() {
        assert_eq!(
            chosen(&[("Region", "0180R*"), ("Tid", "top(2)")]).unwrap(),
            [vec!["0180R001_RegSO2025", "0180R002_RegSO2025"], vec!["2023", "2024"]]
        );
        assert_eq!(chosen(&[("Kon", "1+2"), ("Tid", "*")]).unwrap()[0], ["1+2"]);
        assert_eq!(chosen(&[("Tid", "from(2023)")]).unwrap(), [vec!["2023", "2024"]]);
        assert_eq!(chosen(&[("Tid", "to(2023)")]).unwrap(), [vec!["2022", "2023"]]);
    }

    #[test]
    fn what_the_table_does_not_have_is_told_with_what_it_has() {
        assert!(chosen(&[("Kon", "1")]).unwrap_err().contains("\"Tid\" has no total"));
        let error = chosen(&[("Kon", "9"), ("Tid", "*")]).unwrap_err();
        assert!(error.contains("\"9\" is no code of \"Kon\", which has 1, 2, 1+2"), "{error}");
        let error = chosen(&[("Sex", "1"), ("Tid", "*")]).unwrap_err();
        assert!(error.contains("no variable \"Sex\"; it has Region, Kon, Tid"), "{error}");
    }

    #[test]
    fn patterns_match_as_in_a_shell() {
        for (pattern, text) in
            [("*", ""), ("a*c", "abbc"), ("?", "å"), ("*R0?1*", "0180R001_x"), ("a*b*c", "aXbYbc")]
        {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("a?", "a"), ("a*c", "abd"), ("a", "ab")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn limits_come_from_the_configuration_of_the_host() {
        let v1 = serde_json::json!({"maxValues": 10_000, "maxCells": 100_000, "maxCalls": 10, "timeWindow": 10});
        let limits = Limits::read(&v1, &["maxValues", "maxCells"], "maxCalls").unwrap();
        assert_eq!(limits, Limits { cells: 10_000, interval: Duration::from_secs(1) });
        assert_eq!(Limits::read(&serde_json::json!({}), &["maxCells"], "maxCalls"), None);
    }

    proptest! {
        #[test]
        fn the_parts_hold_every_cell_once_and_stay_below_the_limit(
            sizes in prop::collection::vec(1_usize..12, 1..4), cells in 1_usize..200,
        ) {
            let chosen: Vec<Chosen> = sizes.iter().enumerate().map(|(at, size)| Chosen {
                code: at.to_string(),
                codes: (0..*size).map(|code| code.to_string()).collect(),
            }).collect();
            let parts = split(&chosen, cells);
            let mut seen = std::collections::BTreeSet::new();
            for part in &parts {
                let mut combinations = vec![String::new()];
                for one in part {
                    combinations = combinations.iter()
                        .flat_map(|prefix| one.codes.iter().map(move |code| format!("{prefix},{code}")))
                        .collect();
                }
                prop_assert!(combinations.len() <= cells);
                for combination in combinations {
                    prop_assert!(seen.insert(combination));
                }
            }
            prop_assert_eq!(seen.len(), sizes.iter().product::<usize>());
        }
    }
}
