//! The section on measures: what was expected, and what became of it.

use super::report::Section;
use super::words::{NO_PROOF, number, outcome, pick, signed, verdict};
use crate::cli::labels::Labels;
use crate::model::{Lang, Measure};
use crate::pipeline::diff::{Difference, FollowUp, Reading};

/// Every measure, a row each.
pub fn section(found: &Difference, labels: &Labels<'_>, lang: Lang) -> Section {
    Section {
        title: pick(lang, "Measures followed up", "Uppföljning av åtgärder").to_owned(),
        lines: vec![NO_PROOF.get(lang).to_owned()],
        header: match lang {
            Lang::En => vec![
                "measure",
                "area",
                "stage",
                "start",
                "indicator",
                "expected",
                "old",
                "new",
                "change",
                "verdict",
                "outcome",
            ],
            Lang::Sv => vec![
                "åtgärd",
                "område",
                "skede",
                "start",
                "indikator",
                "väntat",
                "före",
                "efter",
                "ändring",
                "omdöme",
                "utfall",
            ],
        },
        right: vec![6, 7, 8],
        rows: found.measures.iter().map(|followed| row(followed, labels, lang)).collect(),
        more: None,
    }
}

fn row(followed: &FollowUp, labels: &Labels<'_>, lang: Lang) -> Vec<String> {
    let measure = &followed.measure;
    let compared = followed.compared.as_ref();
    let change = compared.and_then(|compared| compared.change).map(signed);
    vec![
        measure.name.clone(),
        labels.place(None, "area", &measure.area),
        measure.stage.title(lang).to_owned(),
        measure.start.to_string(),
        labels.indicator(&measure.indicator),
        expected(measure, lang),
        reading(followed.old.as_ref()),
        reading(followed.new.as_ref()),
        change.unwrap_or_default(),
        compared.map_or_else(String::new, |compared| verdict(compared.verdict, lang).to_owned()),
        outcome(followed.outcome, lang).to_owned(),
    ]
}

/// The direction, and how far where that was said.
pub fn expected(measure: &Measure, lang: Lang) -> String {
    let direction = measure.direction.title(lang);
    match measure.expected_change {
        Some(change) => format!("{direction} ({})", signed(change)),
        None => direction.to_owned(),
    }
}

fn reading(reading: Option<&Reading>) -> String {
    let Some((reading, value)) = reading.and_then(|reading| Some((reading, reading.value?))) else {
        return String::new();
    };
    match reading.year {
        Some(year) => format!("{} ({year})", number(value)),
        None => number(value),
    }
}
