//! A file becomes a data set: the step behind `scale ingest`.

use std::path::Path;

use serde::Deserialize as _;

use super::{Split, StepKind, Told, open};
use crate::pipeline::file::{Key, Kind, Shape, Values};
use crate::pipeline::ingest::Ingested;
use crate::pipeline::ingest::timetables::TIMETABLE;
use crate::pipeline::{PipelineError, fetch, ingest};
use crate::sources::Schema;

pub static KIND: StepKind = StepKind {
    declared: Kind {
        name: "ingest",
        doc: "opens a file, types it against a schema, and makes a data set of it",
        keys: &[&[
            Key::new("file", Shape::File, "the file to open"),
            Key::new("from", Shape::Table, "the provider to bring it from, in the place of a file, and what to ask: provider, url, …"),
            Key::new("schema", Shape::Table, "what the file is, as an entry of catalog.toml says it; the id is that of the step")
                .required(),
            Key::new("year", Shape::Text, "the year, or the column of years"),
            Key::new("rename", Shape::Pairs, "new names of columns, old = \"new\""),
            Key::new("drop", Shape::Texts, "columns to leave out"),
            Key::new("years_in_columns", Shape::Texts, "columns that are called by their year and become a column year and a column value; \"*\" means all of them"),
            Key::new("spread", Shape::Text, "a column of classes of which each becomes a column of values"),
        ], open::KEYS],
        uses_data: false,
        check,
    },
    split: |_| Split::Whole,
    run: |job| {
        Ok(super::each(job, |work| {
            let values = &job.step.values;
            let id = &job.step.id;
            let file = values.file("file").map(|file| work.path(file)).transpose()?;
            let file = file.ok_or_else(|| PipelineError::Request {
                what: format!("steps.{id}: was not brought from its provider"),
                help: "run `scale ingest --pipeline` on the pipeline first".to_owned(),
            })?;
            let asked = values.table("from").and_then(|from| from.get("url")?.as_str());
            let made = make(id, values, &file, work.folder).map_err(|error| match asked {
                Some(address) => fetch::of(id, address, error),
                None => error,
            })?;
            Ok(Told { notes: made.notes, ..Told::default() })
        }))
    },
    fills_folder: true,
    // A table is held as text and as columns, an extract as positions and tags.
    memory: |bytes| (0, bytes * 12 + (64 << 20)),
    buffer_m: |_| None,
};

/// Makes the data set that a step declares, of that file, in that folder.
///
/// # Errors
/// Those of [`ingest::run`].
pub fn make(
    id: &str,
    values: &Values,
    file: &Path,
    into: &Path,
) -> Result<Ingested, PipelineError> {
    let mut schema = schema(values).map_err(|what| PipelineError::Request {
        what,
        help: "see `scale ingest --help`".to_owned(),
    })?;
    schema.id.get_or_insert_with(|| id.to_owned());
    ingest::run(&ingest::Request {
        file,
        open: &open::options(values)?,
        into,
        schema,
        year: values.text("year"),
        rename: &values.pairs("rename"),
        drop: values.texts("drop"),
        years_in_columns: values.texts("years_in_columns"),
        spread: values.text("spread"),
    })
}

fn check(values: &Values) -> Vec<(&'static str, String)> {
    let mut wrong = Vec::new();
    wrong.extend(schema(values).err().map(|reason| ("schema", reason)));
    match (values.file("file"), values.table("from")) {
        (None, None) => {
            wrong.push(("file", "needs the key \"file\" or the key \"from\"".to_owned()));
        }
        (Some(_), Some(_)) => {
            wrong.push(("from", "has a file and a provider: one of them is enough".to_owned()));
        }
        _ => {}
    }
    wrong.extend(open::check(values));
    wrong
}

fn schema(values: &Values) -> Result<Schema, String> {
    let table = values.table("schema").cloned().unwrap_or_default();
    let mut schema = Schema::deserialize(toml::Value::Table(table))
        .map_err(|error| format!("schema: {}", error.message()))?;
    let provider = values.table("from").and_then(|from| from.get("provider")?.as_str());
    if provider == Some("gtfs") {
        let said = schema.geography.get_or_insert_with(|| TIMETABLE.to_owned());
        if said != TIMETABLE {
            return Err(format!("schema: gtfs brings a timetable: geography is not \"{said}\""));
        }
    }
    Ok(schema)
}
