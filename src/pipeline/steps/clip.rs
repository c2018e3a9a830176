//! A layer cut to an area: the step behind `scale clip`.

use std::path::Path;

use super::{Job, Report, Split, StepKind, Told, Work, language, open, together};
use crate::formats;
use crate::model::Crs;
use crate::pipeline::carry::described;
use crate::pipeline::clip::{self, Cut, Named};
use crate::pipeline::file::{Key, Kind, Shape, Values};
use crate::pipeline::{Ground, PipelineError, definition, styled};

pub static KIND: StepKind = StepKind {
    declared: Kind {
        name: "clip",
        doc: "cuts a layer to each area and carries its values onto what remains",
        keys: &[
            &[
                Key::new("input", Shape::File, "the layer of points, lines or polygons").required(),
                Key::new("extensive", Shape::Texts, "counts: scaled by the share that remains"),
                Key::new("intensive", Shape::Texts, "rates, means, densities: kept as they are"),
                Key::new(
                    "crs",
                    Shape::Text,
                    "the system of the output; that of the units without it",
                ),
                Key::new("out", Shape::Name, "the file to write: .gpkg, .parquet or .geojson")
                    .required(),
            ],
            open::VALUES,
            together::KEYS,
            together::KEEP,
            language::KEYS,
            open::KEYS,
        ],
        uses_data: true,
        check,
    },
    split: |_| Split::Areas,
    run,
    fills_folder: false,
    memory: |bytes| (96 << 20, bytes * 6),
    buffer_m: |_| None,
};

fn check(values: &Values) -> Vec<(&'static str, String)> {
    let mut wrong = Vec::new();
    let crs = values.text("crs").map(Crs::parse);
    wrong.extend(crs.and_then(Result::err).map(|error| ("crs", error.to_string())));
    wrong.extend(open::check(values));
    wrong
}

fn run(job: &Job<'_>) -> Result<Vec<Result<Told, PipelineError>>, PipelineError> {
    let values = &job.step.values;
    let ground = job.ground()?;
    let cut = |part: &str, work: &Work<'_>| cut(values, (part, work), &ground);
    let write = |work: &Work<'_>, cut: Cut| {
        let crs = values.text("crs").map(Crs::parse).transpose()?;
        let out = work.folder.join(values.text("out").unwrap_or_default());
        let files = ["input", "values"].map(|key| work.optional(values.file(key)));
        let files =
            files.into_iter().filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()?;
        let area = &definition(&ground.areas, work.part)?.name;
        styled::write(
            &out,
            &cut.layer,
            crs.as_ref(),
            &cut.dress(area, &files, language::lang(values)),
        )?;
        let notes = cut.report.notes.clone();
        Ok(Told { notes, report: Report::Clip(Box::new(cut.report)), ..Told::default() })
    };
    let Some(threshold) = values.number(together::MIN_COUNT) else {
        return Ok(super::each(job, |work| write(work, cut(work.part, work)?)));
    };
    let named = Named {
        counts: values.texts("extensive"),
        rates: values.texts("intensive"),
        keep: values.texts("keep"),
    };
    let decide = |cuts: &mut [Cut]| clip::protect(cuts, named, threshold);
    together::protected(job, Split::Areas, cut, decide, write)
}

fn cut(
    values: &Values,
    (part, work): (&str, &Work<'_>),
    ground: &Ground,
) -> Result<Cut, PipelineError> {
    formats::check_output(Path::new(values.text("out").unwrap_or_default()))?;
    let (area, units) = ground.area(part)?;
    let (layer_open, values_open) = open::both(values)?;
    let table = work.optional(values.file("values"))?;
    clip::run(&clip::Request {
        input: &work.optional(values.file("input"))?.unwrap_or_default(),
        open: &layer_open,
        area: &area,
        crs: units.areas.crs(),
        values: open::joined(values, table.as_deref(), &values_open),
        extensive: values.texts("extensive"),
        intensive: values.texts("intensive"),
        described: &described(&ground.data),
    })
}
