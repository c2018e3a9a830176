//! What metadata say of the layers of a baseline: how each was made, and from whose data.

use std::collections::BTreeSet;

use super::Baseline;
use crate::model::{Dataset, Lang, Observation};
use crate::publish::qgis::{About, Source};

/// The outline: how it was drawn, and what is uncertain about it.
pub(super) fn of_area<'a>(baseline: &Baseline<'a>) -> About<'a> {
    let lang = baseline.shared.request.lang;
    let definition = &baseline.context.area.definition;
    let notes = [&definition.drawn, &definition.uncertain].into_iter().flatten();
    let notes: Vec<&str> = notes.map(|note| note.get(lang)).collect();
    let (units, level) =
        (baseline.context.area.parts.len(), &baseline.context.units.dataset.geography);
    let composed = match lang {
        Lang::En => format!("Composed of {units} units of {level}."),
        Lang::Sv => format!("Sammansatt av {units} delområden enligt {level}."),
    };
    let summary = match lang {
        Lang::En => "The outline of the area, with residents, surface and density.",
        Lang::Sv => "Områdets gräns, med invånare, yta och täthet.",
    };
    let columns = ["residents", "density_land", "density_total"];
    let shown =
        |row: &&Observation| row.unit_id.is_none() && columns.contains(&row.indicator.as_str());
    About {
        summary: summary.to_owned(),
        lineage: [&[composed.as_str()], notes.as_slice()].concat().join(" "),
        sources: sources(baseline, shown),
    }
}

/// The units: how their values were made, and what a cut unit keeps.
pub(super) fn of_units<'a>(baseline: &Baseline<'a>) -> About<'a> {
    let lang = baseline.shared.request.lang;
    let shown = |row: &&Observation| row.unit_id.is_some();
    let methods: BTreeSet<&str> =
        baseline.rows.iter().filter(shown).map(|row| row.method.as_str()).collect();
    let methods: Vec<&str> = methods.into_iter().collect();
    let (summary, made) = match lang {
        Lang::En => (
            "The units of the area, one column an indicator: its newest year, both sexes, all ages.",
            "Units are cut to the area; share_of_unit says how much of each is left. Methods of the values, as in the table indicators",
        ),
        Lang::Sv => (
            "Områdets delområden, en kolumn per indikator: dess senaste år, båda könen, alla åldrar.",
            "Delområdena är skurna till området; share_of_unit anger hur mycket som är kvar av vart och ett. Värdenas metoder, som i tabellen indicators",
        ),
    };
    About {
        summary: summary.to_owned(),
        lineage: format!("{made}: {}.", methods.join(", ")),
        sources: sources(baseline, shown),
    }
}

/// Every value: each row names its own method and source.
pub(super) fn of_table<'a>(baseline: &Baseline<'a>) -> About<'a> {
    let (summary, lineage) = match baseline.shared.request.lang {
        Lang::En => (
            "Every value of the baseline, one a row, with its interval, status, method, coverage, definition and source.",
            "Each row names its method and its source.",
        ),
        Lang::Sv => (
            "Alla värden i nulägesbilden, ett per rad, med intervall, status, metod, täckning, definition och källa.",
            "Varje rad anger sin metod och sin källa.",
        ),
    };
    About {
        summary: summary.to_owned(),
        lineage: lineage.to_owned(),
        sources: sources(baseline, |_| true),
    }
}

/// Entries of registers of actors: each row names its source.
pub(super) fn of_actors<'a>(baseline: &Baseline<'a>) -> About<'a> {
    let (summary, lineage) = match baseline.shared.request.lang {
        Lang::En => (
            "Actors and activities in the area, from the registers among the data.",
            "Placed by coordinate, else by the name of a street or place; placed_by and uncertainty_m say how. Each row names its source.",
        ),
        Lang::Sv => (
            "Aktörer och verksamheter i området, ur registren bland underlagen.",
            "Placerade med koordinat, annars med namn på gata eller plats; placed_by och uncertainty_m anger hur. Varje rad anger sin källa.",
        ),
    };
    let lang = baseline.shared.request.lang;
    let registers = &baseline.shared.request.ground.data.registers;
    About {
        summary: summary.to_owned(),
        lineage: lineage.to_owned(),
        sources: registers.iter().map(|register| source(&register.dataset, lang)).collect(),
    }
}

/// Features of a data set, cut to the area.
pub(super) fn of_dataset<'a>(baseline: &Baseline<'a>, dataset: &'a Dataset) -> About<'a> {
    let lang = baseline.shared.request.lang;
    let lineage = match lang {
        Lang::En => {
            "The features of the data set that lie in the area, or are the nearest of their kind to one of its units."
        }
        Lang::Sv => {
            "De företeelser i datamängden som ligger i området, eller är de närmaste av sitt slag för något delområde."
        }
    };
    About {
        summary: dataset.description.get(lang).to_owned(),
        lineage: lineage.to_owned(),
        sources: vec![source(dataset, lang)],
    }
}

/// The units' own data set, then those that the rows name as their source.
fn sources<'a>(baseline: &Baseline<'a>, shown: impl Fn(&&Observation) -> bool) -> Vec<Source<'a>> {
    let lang = baseline.shared.request.lang;
    let named: BTreeSet<&str> =
        baseline.rows.iter().filter(shown).map(|row| row.source.as_str()).collect();
    let units = &baseline.context.units.dataset;
    let mut sources = vec![source(units, lang)];
    for dataset in baseline.shared.request.ground.snapshot.datasets() {
        let name = dataset.source();
        if dataset.id != units.id && named.iter().any(|said| said.contains(&name)) {
            sources.push(source(dataset, lang));
        }
    }
    sources
}

fn source(dataset: &Dataset, lang: Lang) -> Source<'_> {
    Source {
        title: dataset.title.get(lang),
        publisher: &dataset.publisher,
        name: dataset.source(),
        address: dataset.url.as_deref(),
        licence: &dataset.licence,
        years: &dataset.years,
    }
}
