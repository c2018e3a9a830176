//! The words of the report in both languages.

use crate::cli::output;
use crate::compare::Verdict;
use crate::model::Lang;
use crate::pipeline::diff::{Outcome, Presence, Totals, What};

/// A text in English and Swedish.
pub struct Words {
    pub en: &'static str,
    pub sv: &'static str,
}

impl Words {
    pub fn get(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Sv => self.sv,
        }
    }
}

/// What every comparison over time has to say once.
pub const NO_PROOF: Words = Words {
    en: "A change is no proof of an effect: it does not say what caused it.",
    sv: "En förändring är inget bevis för en effekt: den säger inte vad som orsakade den.",
};

pub fn pick(lang: Lang, en: &'static str, sv: &'static str) -> &'static str {
    Words { en, sv }.get(lang)
}

pub fn verdict(verdict: Verdict, lang: Lang) -> &'static str {
    match verdict {
        Verdict::BeyondNoise => pick(lang, "beyond noise", "större än bruset"),
        Verdict::Changed => pick(lang, "changed", "ändrad"),
        Verdict::WithinNoise => pick(lang, "within noise", "inom bruset"),
        Verdict::Undecided => pick(lang, "undecided", "kan inte avgöras"),
        Verdict::NotComparable => pick(lang, "not comparable", "inte jämförbar"),
    }
}

pub fn outcome(outcome: Outcome, lang: Lang) -> &'static str {
    match outcome {
        Outcome::AsExpected => pick(lang, "went as expected", "gick som väntat"),
        Outcome::OtherWay => pick(lang, "went the other way", "gick åt andra hållet"),
        Outcome::Inconclusive => pick(lang, "nothing can be said", "inget kan sägas"),
        Outcome::Unchanged => pick(lang, "unchanged", "oförändrad"),
        Outcome::TooEarly => pick(lang, "too early: no later year", "för tidigt: inget senare år"),
        Outcome::NotInOutputs => pick(lang, "not in the outputs", "finns inte i resultaten"),
    }
}

pub fn presence(presence: Presence, lang: Lang) -> &'static str {
    match presence {
        Presence::Appeared => pick(lang, "appeared", "ny"),
        Presence::Vanished => pick(lang, "vanished", "borta"),
        Presence::Both => pick(lang, "changed", "ändrad"),
    }
}

pub fn what(what: What, lang: Lang) -> &'static str {
    match what {
        What::Version => pick(lang, "version", "version"),
        What::Area => pick(lang, "area", "område"),
        What::Crs => pick(lang, "system", "system"),
        What::Unit => pick(lang, "unit", "enhet"),
        What::Input => pick(lang, "input", "indata"),
        What::Warning => pick(lang, "warning", "varning"),
        What::Note => pick(lang, "note", "anmärkning"),
        What::Participation => pick(lang, "survey participation", "svarsfrekvens"),
    }
}

/// The totals, a line a kind; what is nought everywhere is left out.
pub fn totals(totals: &Totals, lang: Lang) -> Vec<String> {
    let appeared = pick(lang, "appeared", "nya");
    let vanished = pick(lang, "vanished", "borta");
    let changed = pick(lang, "changed", "ändrade");
    let lines = [
        (
            pick(lang, "files", "filer"),
            vec![
                (totals.files_appeared, appeared),
                (totals.files_vanished, vanished),
                (totals.files_changed, changed),
                (totals.files_bytes_only, pick(lang, "only in bytes", "bara i byte")),
                (totals.files_same, pick(lang, "the same", "lika")),
            ],
        ),
        (
            pick(lang, "layers", "lager"),
            vec![(totals.layers_appeared, appeared), (totals.layers_vanished, vanished)],
        ),
        (
            pick(lang, "columns", "kolumner"),
            vec![(totals.columns_appeared, appeared), (totals.columns_vanished, vanished)],
        ),
        (
            pick(lang, "rows", "rader"),
            vec![(totals.rows_appeared, appeared), (totals.rows_vanished, vanished)],
        ),
        (
            pick(lang, "cells", "celler"),
            vec![
                (totals.values_changed, changed),
                (totals.shapes_changed, pick(lang, "shapes redrawn", "former omritade")),
            ],
        ),
        (
            pick(lang, "indicators", "indikatorer"),
            vec![
                (totals.beyond_noise, pick(lang, "beyond noise", "större än bruset")),
                (totals.changed, changed),
                (totals.within_noise, pick(lang, "within noise", "inom bruset")),
                (totals.undecided, pick(lang, "undecided", "kan inte avgöras")),
                (totals.not_comparable, pick(lang, "not comparable", "inte jämförbara")),
            ],
        ),
        (pick(lang, "manifest", "manifest"), vec![(totals.manifest_changes, changed)]),
    ];
    let line = |(name, counts): (&str, Vec<(usize, &str)>)| {
        let some: Vec<String> = counts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        (!some.is_empty()).then(|| format!("{name}: {}", some.join(", ")))
    };
    lines.into_iter().filter_map(line).collect()
}

/// A number with as many decimals as it needs to be told apart.
pub fn number(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        _ if value.fract() == 0.0 || size >= 10_000.0 => 0,
        _ if size >= 100.0 => 1,
        _ if size >= 1.0 => 2,
        _ => 4,
    };
    output::number(value, decimals)
}

/// Two numbers that differ, shown so that they do.
pub fn numbers(old: f64, new: f64) -> (String, String) {
    let (from, to) = (number(old), number(new));
    if from == to { (old.to_string(), new.to_string()) } else { (from, to) }
}

/// A number with its sign.
pub fn signed(value: f64) -> String {
    let text = number(value);
    if value > 0.0 { format!("+{text}") } else { text.replace('-', "−") }
}
