//! Who does what in the area, as a report tells it: the registers' entries, counts, gaps, and measures of arenas.

use std::collections::BTreeMap;

use super::Desk;
use super::rows::{Rows, figure};
use crate::indicators::actors::{Gap, gaps, ids, units_without_any};
use crate::model::swedish::told;
use crate::model::{ActorTheme, Lang, LocalActor, Measure, Whereabouts};
use crate::pipeline::actors::doubles;
use crate::pipeline::map::Surveyed;
use crate::publish::report::{Actor, ActorCount, Actors, ArenaMeasure, Standing, Words};

/// Everything that registers say of the area.
pub(super) fn actors(desk: Desk<'_>, survey: &Surveyed<'_>) -> Actors {
    let data = &desk.ground.data;
    let rows = Rows(&survey.rows);
    let years = data.registers.iter().filter_map(|register| register.dataset.years.last());
    let year = years.max().copied();
    let units = names(desk, survey);
    let named = |codes: &[String]| -> Vec<String> {
        codes
            .iter()
            .filter_map(|code| units.get(code.as_str()))
            .map(|name| (*name).to_owned())
            .collect()
    };
    let listed = survey.actors.iter().map(|found| actor(found, year, Words(desk.lang)));
    let measures = data.measures.iter().flat_map(|(_, measures)| measures);
    let here = measures.filter(|measure| measure.area == survey.area.definition.id);
    Actors {
        known: !data.registers.is_empty(),
        year,
        residents_year: rows.whole("residents").and_then(|row| row.year),
        listed: listed.collect(),
        counts: if data.registers.is_empty() { Vec::new() } else { counts(desk, survey, &named) },
        without_any: named(&units_without_any(&survey.rows)),
        doubles: doubles(&survey.actors)
            .into_iter()
            .map(|[a, b]| (a.actor.name.clone(), b.actor.name.clone()))
            .collect(),
        measures: here.map(|measure| arena_measure(desk, measure)).collect(),
    }
}

/// Names of the sub-areas by code.
fn names<'a>(desk: Desk<'a>, survey: &Surveyed<'_>) -> BTreeMap<&'a str, &'a str> {
    let named =
        |row: usize| (desk.units.areas.keys()[row].as_str(), desk.units.names[row].as_str());
    survey.area.parts.iter().map(|part| named(part.row)).collect()
}

fn actor(found: &LocalActor, year: Option<i32>, words: Words) -> Actor {
    let (actor, lang) = (&found.actor, words.0);
    let standing = match (&found.whereabouts, found.at) {
        (Whereabouts::Point { .. }, Some((x, y))) => Standing::At(geo::Point::new(x, y)),
        (Whereabouts::Point { .. } | Whereabouts::Area, _) => Standing::Area,
        (Whereabouts::AllAreas, _) => Standing::AllAreas,
        (Whereabouts::Unknown, _) => Standing::Unknown,
    };
    let placed = actor.placed.as_ref().filter(|_| matches!(standing, Standing::At(_)));
    let placed_by = placed.map(|placed| match placed.uncertainty_m {
        Some(metres) => {
            words.fill("actors.placed", &[placed.by.text(lang), &format!("{:.0}", metres.ceil())])
        }
        None => placed.by.text(lang).to_owned(),
    });
    Actor {
        name: actor.name.clone(),
        kind: actor.kind.title(lang).to_owned(),
        themes: actor.themes.iter().map(|theme| theme.title(lang).to_owned()).collect(),
        activity: actor.activity.clone(),
        link: actor.link.clone(),
        confirmed: actor.confirmed,
        status: status(found, year, words),
        place: found.whereabouts.text(lang).to_owned(),
        placed_by,
        source: told(actor.source.as_ref().unwrap_or(&found.register), lang).into_owned(),
        standing,
    }
}

/// Whether it is confirmed, and why it is not counted where it is.
fn status(found: &LocalActor, year: Option<i32>, words: Words) -> String {
    let word = |key: &str| words.get(key).to_owned();
    match (&found.actor.same_as, year) {
        _ if !found.actor.confirmed => word("actors.unconfirmed"),
        (Some(other), _) => words.fill("actors.repeats", &[other]),
        _ if found.counted => word("actors.confirmed"),
        (None, Some(year)) => words.fill("actors.not_that_year", &[&year.to_string()]),
        (None, None) => word("actors.not_now"),
    }
}

/// All actors, then each theme.
fn counts(
    desk: Desk<'_>,
    survey: &Surveyed<'_>,
    named: &dyn Fn(&[String]) -> Vec<String>,
) -> Vec<ActorCount> {
    let (words, rows) = (Words(desk.lang), Rows(&survey.rows));
    let gaps = gaps(&survey.rows);
    let count = |theme: Option<ActorTheme>| {
        let [count, rate] = ids(theme).map(|id| rows.whole(&id).map(figure));
        let gap = gaps.iter().find(|gap| Some(gap.theme) == theme);
        ActorCount {
            theme: theme.map_or_else(
                || words.get("actors.all").to_owned(),
                |theme| theme.title(desk.lang).to_owned(),
            ),
            count,
            rate,
            none: gap.and_then(|gap| lacking(gap, words, named)),
        }
    };
    std::iter::once(None).chain(ActorTheme::ALL.map(Some)).map(count).collect()
}

/// Where there is none of a theme; nothing where there is one everywhere, or may be.
fn lacking(gap: &Gap, words: Words, named: &dyn Fn(&[String]) -> Vec<String>) -> Option<String> {
    if !gap.known {
        return Some(words.get("actors.none_known").to_owned());
    }
    if gap.whole_area {
        return Some(words.get("actors.none_here").to_owned());
    }
    (!gap.units.is_empty()).then(|| named(&gap.units).join(", "))
}

fn arena_measure(desk: Desk<'_>, measure: &Measure) -> ArenaMeasure {
    let lang: Lang = desk.lang;
    ArenaMeasure {
        name: measure.name.clone(),
        theme: measure.theme.title(lang).to_owned(),
        stage: measure.stage.title(lang).to_owned(),
        start: measure.start.to_string(),
        indicator: desk.labels().indicator(&measure.indicator),
        direction: measure.direction.title(lang).to_owned(),
        change: measure.expected_change,
    }
}
