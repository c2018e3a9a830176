//! The baseline of an area: the step behind `scale map`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{Job, Report, Split, StepKind, Told, language, together};
use crate::formats;
use crate::model::Crs;
use crate::pipeline::access::parse_window;
use crate::pipeline::file::{Key, Kind, Shape, Values};
use crate::pipeline::map::Format;
use crate::pipeline::{PipelineError, map};
use crate::sources::ServiceTable;

pub static KIND: StepKind = StepKind {
    declared: Kind {
        name: "map",
        doc: "makes the baseline of each area",
        keys: &[
            &[
                Key::new(
                    "crs",
                    Shape::Text,
                    "the system of the layers; that of the units without it",
                ),
                Key::new(
                    "services_table",
                    Shape::File,
                    "what is a service among the places of an extract",
                ),
                Key::new(
                    "depart",
                    Shape::Text,
                    "day and window of departures by public transport, as in 2026-05-05T07:00/09:00; a working morning of the timetables without it",
                ),
                Key::new(
                    "format",
                    Shape::Texts,
                    "any of gpkg, fgb, parquet and csv; gpkg and parquet without it",
                ),
                Key::new(
                    "lang",
                    Shape::Choice(&["en", "sv"]),
                    "the language of styles, printed maps and metadata, and of spreadsheets' commas; en without it",
                ),
            ],
            together::KEYS,
        ],
        uses_data: true,
        check,
    },
    split: |_| Split::Areas,
    run,
    fills_folder: true,
    memory: |bytes| (bytes * 8 + (96 << 20), 24 << 20),
    buffer_m: |_| None,
};

fn check(values: &Values) -> Vec<(&'static str, String)> {
    let crs = values.text("crs").map(Crs::parse);
    let crs = crs.and_then(Result::err).map(|error| ("crs", error.to_string()));
    let depart = values.text("depart").map(parse_window);
    let depart = depart.and_then(Result::err).map(|error| ("depart", error.to_string()));
    let unknown = values.texts("format").iter().filter(|word| Format::from_word(word).is_none());
    let formats = unknown.map(|word| {
        let known = Format::ALL.map(|(word, _)| word).join(", ");
        ("format", format!("\"{word}\" is no format; there are {known}"))
    });
    crs.into_iter().chain(depart).chain(formats).collect()
}

/// The formats that are named, in the order in which they are shown; the usual ones where none is.
fn formats(values: &Values) -> Vec<Format> {
    let named = values.texts("format").iter().filter_map(|word| Format::from_word(word));
    let named: BTreeSet<Format> = named.collect();
    if named.is_empty() { Format::DEFAULT.to_vec() } else { named.into_iter().collect() }
}

fn run(job: &Job<'_>) -> Result<Vec<Result<Told, PipelineError>>, PipelineError> {
    let Some(first) = job.work.first() else { return Ok(Vec::new()) };
    let values = &job.step.values;
    let ground = job.ground()?;
    let services = services(first.optional(values.file("services_table"))?)?;
    let crs = values.text("crs").map(Crs::parse).transpose()?;
    let request = map::Request {
        ground: &ground,
        crs: crs.as_ref(),
        services: &services,
        depart: values.text("depart"),
        min_count: values.number(together::MIN_COUNT),
        together: job.site.all_ids(),
        lang: language::lang(values),
        formats: &formats(values),
    };
    let work: Vec<map::Work> = job
        .work
        .iter()
        .map(|work| map::Work { id: work.part.to_owned(), folder: work.folder.to_owned() })
        .collect();
    let made = map::map(&request, &work, job.done)?;
    let told = |made: map::Baseline| Told {
        notes: made.warnings.clone(),
        report: Report::Map(Box::new(made)),
        rows: None,
    };
    Ok(made.into_iter().map(|made| made.map(told)).collect())
}

/// The table of services in that file, or the built-in one.
pub(super) fn services(file: Option<PathBuf>) -> Result<ServiceTable, PipelineError> {
    Ok(match file {
        None => ServiceTable::built_in()?,
        Some(file) => ServiceTable::parse(&String::from_utf8_lossy(&formats::read(&file)?))?,
    })
}
