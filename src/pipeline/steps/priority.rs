//! An order of need: the step behind `scale priority`.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::{Split, StepKind, Told};
use crate::formats;
use crate::pipeline::PipelineError;
use crate::pipeline::file::{FileRef, Key, Kind, Shape, Values};
use crate::pipeline::priority::{self, Choice, CombineBy, End, Indicator};
use crate::publish::replace_file;

const INDICATOR: &[Key] = &[
    Key::new("group", Shape::Text, "such as climate or health; groups are joined in the end")
        .required(),
    Key::new("file", Shape::File, "a table of places, or a layer").required(),
    Key::new("column", Shape::Text, "of the values").required(),
    Key::new("key", Shape::Text, "the column of the place, where it has another name"),
    Key::new("weight", Shape::Number(1e-6, 1e6), "in its group; 1 without it"),
    Key::new("need", Shape::Choice(&["high", "low"]), "the end that is a need").required(),
    Key::new("lower", Shape::Text, "the column of the lower end of the interval at 95 %"),
    Key::new("upper", Shape::Text, "the column of its upper end"),
];

pub static KIND: StepKind = StepKind {
    declared: Kind {
        name: "priority",
        doc: "ranks places by indicators that are chosen and weighted here, and says how sure the order is",
        keys: &[&[
            Key::new("title", Shape::Text, "what the order is about"),
            Key::new("key", Shape::Text, "the column of the place").required(),
            Key::new(
                "combine",
                Shape::Choice(&["geometric", "arithmetic"]),
                "how groups are joined; geometric without it: need in one does not make up for none in another",
            ),
            Key::new("groups", Shape::Table, "weights of the groups; 1 without one"),
            Key::new(
                "test",
                Shape::Table,
                "how the order is tried: draws, seed, weights (how far each varies, 0 to 1), top",
            ),
            Key::new("indicator", Shape::Entries(INDICATOR), "indicators by name").required(),
            Key::new("out", Shape::Name, "the file to write: .csv or .parquet").required(),
        ]],
        uses_data: false,
        check,
    },
    split: |_| Split::AsNeeds,
    run: |job| {
        Ok(super::each(job, |work| {
            let values = &job.step.values;
            let choice = choice(values, &|file| work.path(file))?;
            let choice = choice.map_err(|(_, what)| PipelineError::Request {
                what,
                help: "see `scale priority --help`".to_owned(),
            })?;
            let found = priority::run(&choice, Path::new(""))?;
            let frame = priority::frame(&found.rows, &choice.key)?;
            let out = work.folder.join(values.text("out").unwrap_or_default());
            let failed = |path: PathBuf, source| PipelineError::Output { path, source };
            replace_file(&out, |new| Ok(formats::write_table(new, &frame)?), failed)?;
            Ok(Told { notes: found.notes, ..Told::default() })
        }))
    },
    fills_folder: false,
    memory: |bytes| (32 << 20, bytes * 6),
    buffer_m: |_| None,
};

type Wrong = (&'static str, String);

fn check(values: &Values) -> Vec<Wrong> {
    let anywhere = |_: &FileRef| Ok::<_, std::convert::Infallible>(PathBuf::new());
    let Ok(choice) = choice(values, &anywhere);
    choice.err().into_iter().collect()
}

/// The choice with its files where they lie: an error of finding them, or what is wrong under which key.
fn choice<E>(
    values: &Values,
    find: &dyn Fn(&FileRef) -> Result<PathBuf, E>,
) -> Result<Result<Choice, Wrong>, E> {
    let mut indicators = Vec::new();
    for (name, of) in values.entries("indicator") {
        let text = |key: &str| of.text(key).map(str::to_owned);
        indicators.push(Indicator {
            name: name.to_owned(),
            group: text("group").unwrap_or_default(),
            file: of.file("file").map(find).transpose()?.unwrap_or_default(),
            column: text("column").unwrap_or_default(),
            key: text("key"),
            weight: of.number("weight").unwrap_or(1.0),
            need: if of.text("need") == Some("low") { End::Low } else { End::High },
            lower: text("lower"),
            upper: text("upper"),
        });
    }
    let choice = || {
        let choice = Choice {
            title: values.text("title").map(str::to_owned),
            combine: match values.text("combine") {
                Some("arithmetic") => CombineBy::Arithmetic,
                _ => CombineBy::Geometric,
            },
            key: values.text("key").unwrap_or_default().to_owned(),
            groups: table(values, "groups")?,
            test: table(values, "test")?,
            indicator: indicators,
        };
        choice.check().map_err(|what| ("indicator", what))?;
        Ok(choice)
    };
    Ok(choice())
}

/// A table as `scale priority` reads it.
fn table<T: DeserializeOwned + Default>(values: &Values, key: &'static str) -> Result<T, Wrong> {
    let Some(table) = values.table(key) else { return Ok(T::default()) };
    T::deserialize(toml::Value::Table(table.clone()))
        .map_err(|error| (key, format!("{key}: {}", error.message())))
}
