//! An area beside a reference: the step behind `scale compare`.

use std::path::PathBuf;

use super::{Split, StepKind, Told};
use crate::formats;
use crate::model::Lang;
use crate::pipeline::PipelineError;
use crate::pipeline::compare::{self, Reference};
use crate::pipeline::file::{Key, Kind, Shape, Values};
use crate::publish::replace_file;

pub static KIND: StepKind = StepKind {
    declared: Kind {
        name: "compare",
        doc: "holds each area against the city, the county, another area or all others",
        keys: &[&[
            Key::new(
                "reference",
                Shape::Text,
                "kommun:0180, county:01, country, area:ID or others",
            )
            .required(),
            Key::new(
                "superpopulation",
                Shape::Flag,
                "give shares and rates of complete counts the interval of a superpopulation",
            ),
            Key::new(
                "lang",
                Shape::Choice(&["en", "sv"]),
                "of the words in the table; en without it",
            ),
            Key::new("out", Shape::Name, "the file to write: .csv or .parquet").required(),
        ]],
        uses_data: true,
        check: |values| {
            reference(values).err().map(|reason| ("reference", reason)).into_iter().collect()
        },
    },
    split: |_| Split::Areas,
    run: |job| {
        let ground = job.ground()?;
        let values = &job.step.values;
        let reference = reference(values).map_err(|what| PipelineError::Request {
            what,
            help: "see `scale compare --help`".to_owned(),
        })?;
        Ok(super::each(job, |work| {
            let found = compare::run(&compare::Request {
                ground: &ground,
                area: work.part,
                reference: &reference,
                superpopulation: values.flag("superpopulation"),
            })?;
            let lang = if values.text("lang") == Some("sv") { Lang::Sv } else { Lang::En };
            let frame = compare::frame(&found.rows, lang)?;
            let out = work.folder.join(values.text("out").unwrap_or_default());
            let failed = |path: PathBuf, source| PipelineError::Output { path, source };
            replace_file(&out, |new| Ok(formats::write_table(new, &frame)?), failed)?;
            Ok(Told::default())
        }))
    },
    fills_folder: false,
    memory: |_| (96 << 20, 8 << 20),
    buffer_m: |_| None,
};

fn reference(values: &Values) -> Result<Reference, String> {
    Reference::parse(values.text("reference").unwrap_or_default())
}
