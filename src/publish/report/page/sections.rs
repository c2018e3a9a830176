//! The sections of a page beside its maps.

use minijinja::{Value, context};

use super::super::numbers::{number, percent, with_unit};
use super::super::{
    AgeGroup, Beside, Estimate, Figure, Gap, Group, Pyramid, Reach, Reaches, beside, curves,
    pyramid,
};
use super::{Page, list, safe};

impl Page<'_> {
    pub(super) fn pyramid(&self, shown: &Pyramid) -> Value {
        let (words, lang) = (self.words, self.report.lang);
        let year = shown
            .year
            .map_or_else(|| words.get("maps.year_unknown").to_owned(), |year| year.to_string());
        let title = words.fill("pyramid.title", &[&year]);
        let lead = match &self.report.city {
            Some(city) => words.fill("pyramid.lead", &[city]),
            None => words.get("pyramid.lead_alone").to_owned(),
        };
        let partial = shown.coverage.filter(|coverage| *coverage < 1.0 - 1e-9);
        let share = |share: f64| with_unit((share * 1000.0).round() / 10.0, "percent", lang);
        let row = |group: &AgeGroup| {
            context! {
                age => pyramid::ages(group, words),
                men => number(group.men_count, 0, lang), men_share => share(group.men),
                women => number(group.women_count, 0, lang), women_share => share(group.women),
                city => group.city.map(|(men, women)| share(men + women)),
                both => share(group.men + group.women),
            }
        };
        context! {
            svg => safe(pyramid::draw(shown, &title, words)),
            title => title,
            lead => lead,
            partial => partial.map(|coverage| words.fill("pyramid.partial", &[&percent(coverage, lang)])),
            rows => list(shown.ages.iter().map(row)),
        }
    }

    pub(super) fn beside_title(&self) -> String {
        let words = self.words;
        let none = || words.get("section.beside_none").to_owned();
        self.report.city.as_deref().map_or_else(none, |city| words.fill("section.beside", &[city]))
    }

    pub(super) fn beside_lead(&self) -> String {
        let name = self.name(self.report.own);
        let others = self.report.atlas.places.len() > 1;
        let key = match (self.report.city.is_some(), others) {
            (true, true) => "beside.lead",
            (true, false) => "beside.lead_no_others",
            (false, true) => "beside.lead_no_city",
            (false, false) => "beside.lead_alone",
        };
        self.words.fill(key, &[name, self.report.city.as_deref().unwrap_or_default()])
    }

    pub(super) fn group(&self, group: &Group) -> Value {
        context! {
            theme => group.theme.as_str(),
            sources => list(group.sources().into_iter().map(Value::from)),
            rows => list(group.rows.iter().map(|row| self.beside(row))),
        }
    }

    fn beside(&self, row: &Beside) -> Value {
        let words = self.words;
        let years = [row.own.year, row.city.as_ref().and_then(|city| city.year)];
        let differ = years[0] != years[1] && row.city.is_some();
        let year = |year: Option<i32>| {
            year.map_or_else(|| words.get("beside.none").to_owned(), |year| year.to_string())
        };
        context! {
            label => row.label.as_str(),
            part => row.part.as_deref().map(|part| words.fill("beside.part", &[part])),
            svg => beside::draw(row, words).map(safe),
            unit => self.unit_beside(&row.own.unit),
            own => row.own.short(words),
            status => self.marked(&row.own),
            city => row.city.as_ref().map_or_else(|| words.get("beside.none").to_owned(), |city| city.short(words)),
            year => if differ { format!("{} / {}", year(years[0]), year(years[1])) } else { year(years[0]) },
            obstacle => row.obstacle.as_deref().map(|why| words.fill("beside.not_comparable", &[why])),
        }
    }

    pub(super) fn reaches(&self, reaches: &Reaches) -> Value {
        let (words, lang) = (self.words, self.report.lang);
        let by = reaches.by_residents;
        let title = words.get(if by { "reach.title" } else { "reach.title_units" });
        let charts = reaches.kinds.chunks(curves::MOST).map(|kinds| {
            let line = |(at, kind): (usize, &Reach)| {
                context! { sample => safe(curves::sample(at)), to => kind.to.as_str() }
            };
            context! {
                svg => safe(curves::draw(kinds, title, by, words)),
                legend => list(kinds.iter().enumerate().map(line)),
            }
        });
        let row = |kind: &Reach| {
            let within = |minutes: &f64| {
                Value::from(percent(kind.within(*minutes, |way| way.minutes), lang))
            };
            let minutes =
                |minutes: f64| words.fill("reach.minutes_of", &[&number(minutes, 0, lang)]);
            context! {
                to => kind.to.as_str(),
                within => list(curves::STEPS.iter().map(within)),
                middle => kind.middle().map_or_else(|| words.get("beside.none").to_owned(), minutes),
            }
        };
        let head =
            |minutes: &f64| Value::from(words.fill("reach.within", &[&number(*minutes, 0, lang)]));
        let walked = reaches.kinds.iter().any(|kind| kind.walked);
        let straight = reaches.kinds.iter().any(|kind| !kind.walked);
        let notes = [
            Some(if by { "reach.lead" } else { "reach.lead_units" }),
            straight.then_some("reach.straight"),
            walked.then_some("reach.walked"),
            reaches.kinds.iter().any(Reach::has_band).then_some("reach.band"),
        ];
        context! {
            section => words.get(if reaches.services { "section.reach_services" } else { "section.reach" }),
            title => title,
            notes => list(notes.into_iter().flatten().map(|key| Value::from(words.get(key)))),
            charts => list(charts),
            head => list(curves::STEPS.iter().map(head)),
            rows => list(reaches.kinds.iter().map(row)),
        }
    }

    pub(super) fn estimate(&self, estimate: &Estimate) -> Value {
        let words = self.words;
        let coverage = match estimate.coverage {
            Some(coverage) if coverage < 1.0 - 1e-9 => {
                words.fill("estimates.share", &[&percent(coverage, words.0)])
            }
            Some(_) => words.get("estimates.all").to_owned(),
            None => words.get("beside.none").to_owned(),
        };
        context! {
            labels => list(estimate.labels.iter().map(|label| Value::from(label.as_str()))),
            status => self.status(estimate.status),
            why => estimate.why.as_str(),
            coverage => coverage,
        }
    }

    pub(super) fn gap(&self, gap: &Gap) -> Value {
        let words = self.words;
        let instead = |(place, figure): &(String, Figure)| {
            let year = figure
                .year
                .map_or_else(|| words.get("maps.year_unknown").to_owned(), |year| year.to_string());
            Value::from(words.fill("gaps.of_place", &[place, &figure.text(words), &year]))
        };
        context! {
            theme => gap.theme.as_str(),
            label => gap.label.as_str(),
            instead => list(gap.instead.iter().map(instead)),
        }
    }
}
