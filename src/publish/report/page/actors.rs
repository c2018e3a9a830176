//! The section on actors: their map with a table, counts, those without a place, measures of arenas.

use minijinja::{Value, context};

use super::super::actors::{draw, sample};
use super::super::numbers::number;
use super::super::{Actor, ActorCount, ArenaMeasure, Figure, Standing};
use super::{Page, list, safe, web};

impl Page<'_> {
    pub(super) fn actors(&self) -> Value {
        let (report, words) = (self.report, self.words);
        let actors = &report.actors;
        let name = self.name(report.own);
        let placed: Vec<Value> = actors
            .placed()
            .enumerate()
            .map(|(row, (actor, _))| row_of(actor, Some(row + 1)))
            .collect();
        let others = |standing| -> Vec<Value> {
            actors.standing(standing).map(|actor| row_of(actor, None)).collect()
        };
        let confirmed = |wanted: bool| actors.placed().any(|(actor, _)| actor.confirmed == wanted);
        let legend = [(true, "actors.confirmed"), (false, "actors.unconfirmed")];
        let legend = legend.into_iter().filter(|(wanted, _)| confirmed(*wanted));
        let residents = actors.residents_year.map(|year| year.to_string());
        let year = actors.year.map(|year| year.to_string());
        context! {
            empty => actors.listed.is_empty().then(|| {
                let key = if actors.known { "actors.none" } else { "actors.no_register" };
                words.fill(key, &[name])
            }),
            map => (!placed.is_empty()).then(|| safe(self.places())),
            legend => list(legend.map(|(confirmed, key)| {
                context! { svg => safe(sample(confirmed)), text => words.get(key) }
            })),
            here => placed.into_iter().chain(others(Standing::Area)).collect::<Vec<_>>(),
            here_caption => words.fill("actors.here", &[name]),
            everywhere => others(Standing::AllAreas),
            unknown => others(Standing::Unknown),
            counts => list(actors.counts.iter().map(|count| self.count(count))),
            counts_caption => match (&year, &residents) {
                (Some(year), Some(residents)) => words.fill("actors.counts_of", &[year, residents]),
                (None, Some(residents)) => words.fill("actors.counts_per", &[residents]),
                _ => words.get("actors.counts").to_owned(),
            },
            without_any => (!actors.without_any.is_empty()).then(|| {
                words.fill("actors.without_any", &[&actors.without_any.join(", ")])
            }),
            doubles => (!actors.doubles.is_empty()).then(|| {
                let pair = |(a, b): &(String, String)| words.fill("actors.pair", &[a, b]);
                let pairs: Vec<String> = actors.doubles.iter().map(pair).collect();
                words.fill("actors.doubles", &[&pairs.join("; ")])
            }),
            measures => list(actors.measures.iter().map(|measure| self.measure(measure))),
        }
    }

    fn places(&self) -> String {
        let (report, words) = (self.report, self.words);
        let (Some(area), Some(Some(plate))) =
            (report.atlas.places.get(report.own), self.plates.get(report.own))
        else {
            return String::new();
        };
        let placed = report.actors.placed().count();
        let label = words.fill("actors.map", &[&area.name, &placed.to_string()]);
        draw(&report.actors, (report.own, area, plate), &label, words)
    }

    fn count(&self, count: &ActorCount) -> Value {
        let words = self.words;
        let told = |figure: &Option<Figure>| {
            let text = figure.as_ref().and_then(|figure| figure.bare(words));
            text.unwrap_or_else(|| words.get("actors.unknown").to_owned())
        };
        context! {
            theme => count.theme.as_str(),
            count => told(&count.count),
            rate => told(&count.rate),
            lacking => count.none.as_deref(),
        }
    }

    fn measure(&self, measure: &ArenaMeasure) -> Value {
        let lang = self.report.lang;
        let change = measure.change.map(|change| {
            let sign = if change < 0.0 { "−" } else { "+" };
            let decimals = usize::from(change.fract() != 0.0);
            format!(" ({sign}{})", number(change.abs(), decimals, lang))
        });
        context! {
            name => measure.name.as_str(),
            theme => measure.theme.as_str(),
            stage => measure.stage.as_str(),
            start => measure.start.as_str(),
            indicator => measure.indicator.as_str(),
            expected => format!("{}{}", measure.direction, change.unwrap_or_default()),
        }
    }
}

/// A row of a table.
fn row_of(actor: &Actor, number: Option<usize>) -> Value {
    context! {
        number,
        name => actor.name.as_str(),
        url => web(actor.link.as_deref()),
        kind => actor.kind.as_str(),
        themes => actor.themes.join(", "),
        activity => actor.activity.as_deref(),
        place => actor.place.as_str(),
        placed_by => actor.placed_by.as_deref(),
        status => actor.status.as_str(),
        source => actor.source.as_str(),
    }
}
