//! A layer cut to an area: the step behind `scale clip`.

use super::{Report, Split, StepKind, Told, open};
use crate::formats::OpenOptions;
use crate::model::Crs;
use crate::pipeline::clip;
use crate::pipeline::file::{Key, Kind, Shape, Values};

pub static KIND: StepKind = StepKind {
    declared: Kind {
        name: "clip",
        doc: "cuts a layer to each area and carries its values onto what remains",
        keys: &[
            &[
                Key::new("input", Shape::File, "the layer of points, lines or polygons").required(),
                Key::new("values", Shape::File, "a table to join"),
                Key::new("key", Shape::Text, "the column that layer and table share"),
                Key::new(
                    "values_key",
                    Shape::Text,
                    "the key column of the table, where it has another name",
                ),
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
            open::KEYS,
        ],
        uses_data: true,
        check,
    },
    split: |_| Split::Areas,
    run: |job| {
        let ground = job.ground()?;
        let values = &job.step.values;
        Ok(super::each(job, |work| {
            let (area, units) = ground.area(work.part)?;
            let crs = values.text("crs").map(Crs::parse).transpose()?;
            // What is said of CSV is said of the table of values, for a layer is never CSV.
            let (mut open, mut values_open) = (open::options(values)?, OpenOptions::default());
            if values.file("values").is_some() {
                std::mem::swap(&mut open.csv, &mut values_open.csv);
            }
            let report = clip::run(&clip::Request {
                input: &work.optional(values.file("input"))?.unwrap_or_default(),
                open: &open,
                area: &area,
                crs: units.areas.crs(),
                values: work.optional(values.file("values"))?.as_deref(),
                values_open: &values_open,
                key: values.text("key"),
                values_key: values.text("values_key"),
                extensive: values.texts("extensive"),
                intensive: values.texts("intensive"),
                out: &work.folder.join(values.text("out").unwrap_or_default()),
                out_crs: crs.as_ref().unwrap_or(units.areas.crs()),
            })?;
            Ok(Told {
                notes: report.notes.clone(),
                report: Report::Clip(Box::new(report)),
                ..Told::default()
            })
        }))
    },
    fills_folder: false,
    memory: |bytes| (96 << 20, bytes * 6),
    buffer_m: |_| None,
};

fn check(values: &Values) -> Vec<(&'static str, String)> {
    let mut wrong = Vec::new();
    let crs = values.text("crs").map(Crs::parse);
    wrong.extend(crs.and_then(Result::err).map(|error| ("crs", error.to_string())));
    wrong.extend(open::check(values));
    if values.file("values").is_some() && values.text("key").is_none() {
        wrong
            .push(("values", "a table of values needs key, the column that both share".to_owned()));
    }
    wrong
}
