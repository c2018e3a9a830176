//! Reports: what a baseline says, put together for residents.

mod actors;
mod atlas;
mod figures;
mod labels;
mod methods;
mod reach;
mod rows;

use std::collections::BTreeMap;

use figures::Figures;
use labels::Labels;
use rows::Rows;

use super::map::{self, Surveyed};
use super::{Ground, PipelineError};
use crate::indicators::Weights;
use crate::model::{Lang, Layout};
use crate::publish::report::{self, Atlas, Report, Source};
use crate::sources::{ServiceTable, UnitGeography};

/// What reports are made from, beside the measured areas.
#[derive(Clone, Copy)]
pub(super) struct Desk<'a> {
    pub ground: &'a Ground,
    pub units: &'a UnitGeography,
    pub weights: &'a Weights,
    pub services: &'a ServiceTable,
    pub lang: Lang,
}

/// What is written of each area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// The whole report as a page.
    Html,
    /// Single maps: of that indicator, else of all.
    Svg(Option<String>),
    Png(Option<String>),
}

/// A file of a report.
pub struct Sheet {
    pub area: String,
    pub name: String,
    pub content: Vec<u8>,
}

/// Measures areas and writes their reports, or their maps; nothing is put on disk.
///
/// # Errors
/// Those of [`map::map`]; [`PipelineError::Request`] for an indicator that no sub-area has.
pub fn run(
    request: &map::Request<'_>,
    ids: &[String],
    format: &Format,
    done: &(dyn Fn(&str) + Sync),
) -> Result<Vec<Sheet>, PipelineError> {
    map::with_surveys(request, ids, &|desk, surveys| {
        let mut sheets = Vec::new();
        for id in ids {
            sheets.extend(sheets_of(desk, surveys, id, format)?);
            done(id);
        }
        Ok(sheets)
    })
}

fn sheets_of(
    desk: Desk<'_>,
    surveys: &[Surveyed<'_>],
    id: &str,
    format: &Format,
) -> Result<Vec<Sheet>, PipelineError> {
    let sheet = |name: String, content: Vec<u8>| Sheet { area: id.to_owned(), name, content };
    let (asked, as_picture) = match format {
        Format::Html => {
            return Ok(vec![sheet(file_name(id), html(desk, surveys, id)?.into_bytes())]);
        }
        Format::Svg(asked) => (asked.as_deref(), false),
        Format::Png(asked) => (asked.as_deref(), true),
    };
    let atlas = desk.atlas(surveys, id)?;
    let mut sheets = Vec::new();
    for topic in topics(&atlas, asked)? {
        let svg = report::map_svg(&atlas, 0, topic, desk.lang)?;
        let name = format!("{id}_{}", atlas.topics[topic].id);
        sheets.push(if as_picture {
            sheet(format!("{name}.png"), report::png(&svg)?)
        } else {
            sheet(format!("{name}.svg"), svg.into_bytes())
        });
    }
    Ok(sheets)
}

/// The topics asked for; the nearest is suggested for one that is not there.
fn topics(atlas: &Atlas, asked: Option<&str>) -> Result<Vec<usize>, PipelineError> {
    let Some(asked) = asked else { return Ok((0..atlas.topics.len()).collect()) };
    if let Some(found) = atlas.topics.iter().position(|topic| topic.id == asked) {
        return Ok(vec![found]);
    }
    let ids: Vec<&str> = atlas.topics.iter().map(|topic| topic.id.as_str()).collect();
    let near = |id: &&&str| strsim::jaro_winkler(id, asked);
    let best = ids.iter().max_by(|a, b| near(a).total_cmp(&near(b)));
    let best = best.map_or_else(String::new, |id| format!("did you mean \"{id}\"? "));
    Err(PipelineError::Request {
        what: format!("no sub-area has an indicator \"{asked}\""),
        help: format!("{best}there are {}", ids.join(", ")),
    })
}

/// Name of the report among the files of a baseline.
pub(super) fn file_name(id: &str) -> String {
    format!("{id}_report.html")
}

/// The report of one of the measured areas.
pub(super) fn html(
    desk: Desk<'_>,
    surveys: &[Surveyed<'_>],
    id: &str,
) -> Result<String, PipelineError> {
    let Some(survey) = surveys.iter().find(|survey| survey.area.definition.id == id) else {
        return Err(super::ground::no_areas());
    };
    let atlas = desk.atlas(surveys, id)?;
    let labels = desk.labels();
    let code = city(survey);
    let others: Vec<Rows<'_>> =
        ordered(surveys, id).into_iter().skip(1).map(|survey| Rows(&survey.rows)).collect();
    let figures =
        Figures { rows: Rows(&survey.rows), others: &others, labels, city: code.as_deref() };
    let definition = &survey.area.definition;
    let text = |label: &Option<crate::model::Label>| {
        label.as_ref().map(|text| text.get(desk.lang).to_owned())
    };
    let shown = Report {
        lang: desk.lang,
        atlas: &atlas,
        own: 0,
        surface_km2: survey.area.surface_m2() / 1e6,
        geography: desk.units.dataset.title.get(desk.lang).to_owned(),
        drawn: text(&definition.drawn),
        uncertain: text(&definition.uncertain),
        city: code.as_deref().map(|code| labels.geography("municipality", code)),
        tiles: figures.tiles(),
        pyramid: figures.pyramid(),
        groups: figures.groups(),
        reaches: reach::reaches(survey, desk.weights, labels),
        actors: actors::actors(desk, survey),
        estimates: figures.estimates(),
        gaps: figures.gaps(),
        sources: desk.sources(),
        contributors: desk.contributors(),
        made: crate::environment::date(),
    };
    Ok(report::html(&shown)?)
}

/// The area first, then the others in their order.
fn ordered<'s, 'd>(surveys: &'s [Surveyed<'d>], id: &str) -> Vec<&'s Surveyed<'d>> {
    let (own, others): (Vec<_>, Vec<_>) =
        surveys.iter().partition(|survey| survey.area.definition.id == id);
    own.into_iter().chain(others).collect()
}

impl<'a> Desk<'a> {
    fn labels(&self) -> Labels<'a> {
        Labels { data: &self.ground.data, services: self.services, lang: self.lang }
    }

    fn atlas(&self, surveys: &[Surveyed<'_>], id: &str) -> Result<Atlas, PipelineError> {
        let ordered = ordered(surveys, id);
        let city = ordered.first().and_then(|survey| city(survey));
        atlas::atlas(&ordered, self.units, self.labels(), city.as_deref())
    }

    fn sources(&self) -> Vec<Source> {
        let shown = self.ground.snapshot.datasets().filter(|dataset| {
            !matches!(dataset.layout, Layout::Geographies | Layout::Participation)
        });
        let source = |dataset: &crate::model::Dataset| Source {
            title: dataset.title.get(self.lang).to_owned(),
            publisher: dataset.source(),
            url: dataset.url.clone(),
            years: dataset.years.clone(),
            licence: dataset.licence.clone(),
            several: dataset.publisher.starts_with("Several publishers"),
        };
        shown.map(source).collect()
    }

    /// Whether a data set comes from OpenStreetMap.
    fn contributors(&self) -> bool {
        self.ground.snapshot.datasets().any(|dataset| {
            dataset.licence.contains("ODbL") || dataset.publisher.contains("OpenStreetMap")
        })
    }
}

/// The code of the municipality that most sub-areas lie in, where something is known of it.
fn city(survey: &Surveyed<'_>) -> Option<String> {
    let mut units: BTreeMap<&str, usize> = BTreeMap::new();
    for code in survey.units.iter().filter_map(|unit| unit.get(..4)) {
        *units.entry(code).or_default() += 1;
    }
    let known = |code: &&str| {
        survey
            .rows
            .iter()
            .any(|row| row.geography_level == "municipality" && row.geography_id == **code)
    };
    // The first code of those with the most units.
    let most = units
        .iter()
        .filter(|(code, _)| known(code))
        .max_by_key(|(code, count)| (**count, std::cmp::Reverse(**code)));
    most.map(|(code, _)| (*code).to_owned())
}
