//! A file becomes a data set: the step behind `scale ingest --file`.

use serde::Deserialize as _;

use super::{Split, StepKind, Told, open};
use crate::pipeline::file::{Key, Kind, Shape, Values};
use crate::pipeline::{PipelineError, ingest};
use crate::sources::Schema;

pub static KIND: StepKind = StepKind {
    declared: Kind {
        name: "ingest",
        doc: "opens a file, types it against a schema, and makes a data set of it",
        keys: &[&[
            Key::new("file", Shape::File, "the file to open").required(),
            Key::new("schema", Shape::Table, "what the file is, as an entry of catalog.toml says it; the id is that of the step")
                .required(),
            Key::new("year", Shape::Text, "the year, or the column of years"),
            Key::new("rename", Shape::Pairs, "new names of columns, old = \"new\""),
            Key::new("drop", Shape::Texts, "columns to leave out"),
        ], open::KEYS],
        uses_data: false,
        check,
    },
    split: |_| Split::Whole,
    run: |job| {
        Ok(super::each(job, |work| {
            let values = &job.step.values;
            let mut schema = schema(values).map_err(|what| PipelineError::Request {
                what,
                help: "see `scale ingest --help`".to_owned(),
            })?;
            schema.id.get_or_insert_with(|| job.step.id.clone());
            let file = values.file("file").map(|file| work.path(file)).transpose()?.unwrap_or_default();
            let made = ingest::run(&ingest::Request {
                file: &file,
                open: &open::options(values)?,
                into: work.folder,
                schema,
                year: values.text("year"),
                rename: &values.pairs("rename"),
                drop: values.texts("drop"),
            })?;
            Ok(Told { notes: made.notes, ..Told::default() })
        }))
    },
    fills_folder: true,
    // A table is held as text and as columns, an extract as positions and tags.
    memory: |bytes| (0, bytes * 12 + (64 << 20)),
};

fn check(values: &Values) -> Vec<(&'static str, String)> {
    let mut wrong = Vec::new();
    wrong.extend(schema(values).err().map(|reason| ("schema", reason)));
    wrong.extend(open::check(values));
    wrong
}

fn schema(values: &Values) -> Result<Schema, String> {
    let table = values.table("schema").cloned().unwrap_or_default();
    Schema::deserialize(toml::Value::Table(table))
        .map_err(|error| format!("schema: {}", error.message()))
}
