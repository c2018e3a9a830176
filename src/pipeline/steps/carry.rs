//! Values of one geography on another: the step behind `scale carry`.

use super::{Job, Split, StepKind, Told, Work, blocks, language, open, places, together};
use crate::model::Crs;
use crate::pipeline::access::Within;
use crate::pipeline::block::Block;
use crate::pipeline::cache::Cache;
use crate::pipeline::carry::{self, Carried, Columns, Method, Ratio, Request, Source};
use crate::pipeline::file::{Key, Kind, Shape, Values};
use crate::pipeline::{Ground, PipelineError, styled};

const METHODS: &[&str] = &["area", "points", "smooth", "dasymetric", "without"];

pub static KIND: StepKind = StepKind {
    declared: Kind {
        name: "carry",
        doc: "carries values of one geography onto another",
        keys: &[
            &[
                Key::new(
                    "each",
                    Shape::Choice(&["area", "all"]),
                    "area: onto each area by itself (the default); all: onto all targets",
                ),
                Key::new(
                    "blocks",
                    Shape::Number(1.0, 9999.0),
                    "with each = \"all\": so many blocks of targets, made by themselves and joined when published; squares in bands from south to north",
                ),
                Key::new(
                    "source",
                    Shape::File,
                    "the layer that values come from: polygons, or points with method = \"points\"",
                )
                .required(),
                Key::new(
                    "onto",
                    Shape::Places,
                    "units, areas, grid:METRES, h3:RESOLUTION or a file of polygons",
                )
                .required(),
                Key::new(
                    "method",
                    Shape::Choice(METHODS),
                    "area without it; dasymetric and without need ancillary",
                ),
                Key::new(
                    "ancillary",
                    Shape::File,
                    "points, polygons or a raster that say where people are; for without, water",
                ),
                Key::new("ancillary_column", Shape::Text, "the column that weights them"),
                Key::new(
                    "also",
                    Shape::Files,
                    "more ancillaries, such as dwellings: what they would give is the range beside each count",
                ),
                Key::new(
                    "also_columns",
                    Shape::Texts,
                    "the columns that weight those, one each; surface or number without",
                ),
                Key::new("extensive", Shape::Texts, "counts"),
                Key::new("intensive", Shape::Texts, "rates, means, densities"),
                Key::new(
                    "ratio",
                    Shape::Pairs,
                    "a count over another: name = \"numerator/denominator\"",
                ),
                Key::new(
                    "categorical",
                    Shape::Texts,
                    "classes: the share of each on the target's surface",
                ),
                Key::new(
                    "range",
                    Shape::Texts,
                    "medians and the like: lowest and highest of the parts",
                ),
                Key::new(
                    "largest",
                    Shape::Texts,
                    "codes, such as the county: that of the sources which cover most of the target",
                ),
                Key::new("moe", Shape::Pairs, "margins of error: count = \"column\""),
                Key::new(
                    "changes",
                    Shape::Texts,
                    "two columns of codes, of the sources and of the targets: says what became of each target",
                ),
                Key::new(
                    "crs",
                    Shape::Text,
                    "the system of the output; that in which surfaces are measured without it",
                ),
                Key::new(
                    "out",
                    Shape::Name,
                    "the file to write: .gpkg, .parquet or .geojson; .parquet for blocks",
                )
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
    split: |values| match (values.text("each"), blocks(values)) {
        (Some("all"), Some(blocks)) => Split::Blocks(blocks),
        (Some("all"), None) => Split::Whole,
        _ => Split::Areas,
    },
    run,
    fills_folder: false,
    memory: |bytes| (96 << 20, bytes * 10),
    buffer_m: |_| None,
};

fn check(values: &Values) -> Vec<(&'static str, String)> {
    let mut wrong = open::check(values);
    let crs = values.text("crs").map(Crs::parse);
    wrong.extend(crs.and_then(Result::err).map(|error| ("crs", error.to_string())));
    match columns(values) {
        Ok(columns) if columns.is_empty() => {
            wrong.push(("extensive", "no column is named to carry".to_owned()));
        }
        Ok(_) => {}
        Err(reason) => wrong.push(("ratio", reason)),
    }
    let needs = matches!(values.text("method"), Some("dasymetric" | "without"));
    if needs != values.file("ancillary").is_some() {
        wrong.push((
            "ancillary",
            "dasymetric and without need it, other methods do not use it".to_owned(),
        ));
    }
    let (also, columns) = (values.files("also").len(), values.texts("also_columns").len());
    if columns != 0 && columns != also {
        wrong.push(("also_columns", format!("there are {columns} for {also} files")));
    }
    if blocks(values).is_some() && values.text("each") != Some("all") {
        wrong.push(("blocks", "blocks are of all targets: add each = \"all\"".to_owned()));
    }
    if blocks(values).is_some() {
        let hexagons = values.text("onto").is_some_and(|onto| onto.starts_with("h3:"));
        if hexagons || values.text("method") == Some("smooth") {
            let what = "blocks are of units, squares or the polygons of a file, and not for smooth";
            wrong.push(("blocks", what.to_owned()));
        }
        if values.number(together::MIN_COUNT).is_some() {
            let what = "min_count decides on all targets together: leave out blocks";
            wrong.push(("blocks", what.to_owned()));
        }
        wrong.extend(super::check_block_file(values, "out"));
    }
    if !matches!(values.texts("changes").len(), 0 | 2) {
        wrong.push((
            "changes",
            "changes are two columns, of the sources and of the targets".to_owned(),
        ));
    }
    wrong
}

fn run(job: &Job<'_>) -> Result<Vec<Result<Told, PipelineError>>, PipelineError> {
    let values = &job.step.values;
    let ground = job.ground()?;
    let Some(first) = job.work.first() else { return Ok(Vec::new()) };
    let source = source(values, first)?;
    let carry =
        |part: &str, work: &Work<'_>| carry_part(values, (part, work), &ground, &source, job.cache);
    // One part after the other: each works on all cores.
    let write = |work: &Work<'_>, carried| write(values, work, carried);
    let Some(threshold) = values.number(together::MIN_COUNT) else {
        return Ok(job.work.iter().map(|work| write(work, carry(work.part, work)?)).collect());
    };
    let columns = asked(values)?;
    let keep = values.texts("keep");
    let decide = |carried: &mut [Carried]| carry::protect(carried, &columns, keep, threshold);
    together::protected(job, (KIND.split)(values), carry, decide, write)
}

fn source(values: &Values, work: &Work<'_>) -> Result<Source, PipelineError> {
    let (layer_open, values_open) = open::both(values)?;
    let table = work.optional(values.file("values"))?;
    let joined = open::joined(values, table.as_deref(), &values_open);
    Source::open(&work.optional(values.file("source"))?.unwrap_or_default(), &layer_open, joined)
}

fn carry_part(
    values: &Values,
    (part, work): (&str, &Work<'_>),
    ground: &Ground,
    source: &Source,
    cache: Option<&Cache>,
) -> Result<Carried, PipelineError> {
    let split = (KIND.split)(values);
    let area = (split == Split::Areas).then(|| ground.area(part)).transpose()?;
    let block = match split {
        Split::Blocks(of) => Block::of_part(part, of),
        _ => None,
    };
    let changes = match values.texts("changes") {
        [old, new] => Some((old.clone(), new.clone())),
        _ => None,
    };
    carry::run(&Request {
        source,
        onto: &places::of(values, work, "onto")?,
        block,
        within: area.as_ref().map(|(area, units)| Within { area, units }),
        ground,
        method: &method(values, work)?,
        also: &also(values, work)?,
        columns: &asked(values)?,
        changes: changes.as_ref(),
        described: &carry::described(&ground.data),
        cache,
    })
}

fn write(values: &Values, work: &Work<'_>, carried: Carried) -> Result<Told, PipelineError> {
    let crs = values.text("crs").map(Crs::parse).transpose()?;
    let out = work.folder.join(values.text("out").unwrap_or_default());
    let source = work.optional(values.file("source"))?.unwrap_or_default();
    let dress = carried.dress(&source, language::lang(values));
    styled::write(&out, &carried.layer, crs.as_ref(), &dress)?;
    let rows = Some(carried.layer.frame().height());
    Ok(Told { notes: carried.report.notes, rows, ..Told::default() })
}

fn asked(values: &Values) -> Result<Columns, PipelineError> {
    columns(values).map_err(|what| PipelineError::Request {
        what,
        help: "write a ratio as name = \"numerator/denominator\"".to_owned(),
    })
}

fn columns(values: &Values) -> Result<Columns, String> {
    let ratio = |(name, rest): (String, String)| match rest.split_once('/') {
        Some((above, below)) if !above.is_empty() && !below.is_empty() => {
            Ok(Ratio { name, numerator: above.to_owned(), denominator: below.to_owned() })
        }
        _ => Err(format!("{name} is \"{rest}\"; a ratio is numerator/denominator")),
    };
    Ok(Columns {
        extensive: values.texts("extensive").to_vec(),
        intensive: values.texts("intensive").to_vec(),
        ratio: values.pairs("ratio").into_iter().map(ratio).collect::<Result<_, _>>()?,
        categorical: values.texts("categorical").to_vec(),
        range: values.texts("range").to_vec(),
        largest: values.texts("largest").to_vec(),
        margins: values.pairs("moe"),
    })
}

fn also(values: &Values, work: &Work<'_>) -> Result<Vec<Method>, PipelineError> {
    let columns = values.texts("also_columns");
    let method = |(at, file)| {
        Ok(Method::Dasymetric { file: work.path(file)?, column: columns.get(at).cloned() })
    };
    values.files("also").iter().enumerate().map(method).collect()
}

fn method(values: &Values, work: &Work<'_>) -> Result<Method, PipelineError> {
    let mut text = values.text("method").unwrap_or("area").to_owned();
    if let Some(file) = work.optional(values.file("ancillary"))? {
        text = format!("{text}:{}", file.display());
    }
    if let Some(column) = values.text("ancillary_column") {
        text = format!("{text}:{column}");
    }
    Method::parse(&text)
}
