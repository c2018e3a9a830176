//! What can be reached: the step behind `scale access`.

mod asked;
mod keys;
mod transit;

use super::{Job, Report, Split, StepKind, Told, Work, blocks, language, places};
use crate::access::Measure;
use crate::formats::FormatError;
use crate::model::Crs;
use crate::pipeline::access::{self, Limits, Places, PlacesOf, Request, Within};
use crate::pipeline::block::{Block, area_of};
use crate::pipeline::cache::Cache;
use crate::pipeline::file::{Kind, Values};
use crate::pipeline::{Ground, PipelineError};

pub static KIND: StepKind = StepKind {
    declared: Kind {
        name: "access",
        doc: "measures what can be reached on foot, by bicycle, by car and by public transport",
        keys: &[keys::KEYS, language::KEYS],
        uses_data: true,
        check,
    },
    split: |values| match (values.text("each"), blocks(values)) {
        (Some("all"), Some(blocks)) => Split::Blocks(blocks),
        (Some("all"), None) => Split::Whole,
        (_, Some(blocks)) => Split::AreaBlocks(blocks),
        _ => Split::Areas,
    },
    run,
    fills_folder: false,
    // Positions and tags while an extract is read, arcs and searches afterwards.
    memory: |bytes| (64 << 20, bytes * 24 + (64 << 20)),
    buffer_m: |values| {
        // A ride may lead anywhere, and without areas everything is read.
        let whole = values.text("each") == Some("all")
            || values.texts("mode").iter().any(|mode| mode == "transit");
        (!whole).then(|| asked::reach_m(values).ok()).flatten()
    },
};

fn check(values: &Values) -> Vec<(&'static str, String)> {
    let mut wrong = Vec::new();
    for key in ["crs", "from_crs", "to_crs"] {
        let crs = values.text(key).map(Crs::parse);
        wrong.extend(crs.and_then(Result::err).map(|error| (key, error.to_string())));
    }
    let modes = values.texts("mode").iter().filter(|mode| !keys::MODES.contains(&mode.as_str()));
    let known = keys::MODES.join(", ");
    wrong.extend(modes.map(|mode| ("mode", format!("\"{mode}\" is no mode; known are {known}"))));
    let mut told =
        |key, error: Option<PipelineError>| wrong.extend(error.map(|e| (key, e.to_string())));
    told("measure", asked::measures(values).err());
    told("mode", transit::asked(values, values.files("gtfs").len()).err());
    told("bands", asked::bands(values).err());
    told("within", asked::within_min(values).err());
    for key in ["from", "to"] {
        let text = values.text(key).filter(|text| !text.starts_with("services"));
        told(key, text.map(PlacesOf::parse).and_then(Result::err));
    }
    let from = values.text("from");
    if values.text("each") == Some("all") && matches!(from, Some("units" | "populated")) {
        let what = "units and populated points need areas: leave out each = \"all\"";
        wrong.push(("from", what.to_owned()));
    }
    wrong.extend(asked::outputs(values).err().map(|(key, error)| (key, error.to_string())));
    if blocks(values).is_some() {
        wrong.extend(asked::check_blocks(values));
    }
    let outputs = ["out", "matrix", "isochrones", "equity", "summary", "streets_out"];
    if outputs.iter().all(|key| values.text(key).is_none()) {
        wrong.push((
            "out",
            format!("nothing is written: name a file with one of {}", outputs.join(", ")),
        ));
    }
    wrong
}

fn run(job: &Job<'_>) -> Result<Vec<Result<Told, PipelineError>>, PipelineError> {
    let values = &job.step.values;
    asked::outputs(values).map_err(|(_, error)| error)?;
    let in_areas = matches!((KIND.split)(values), Split::Areas | Split::AreaBlocks(_));
    let ground = in_areas.then(|| job.ground()).transpose()?;
    // One part after the other: each works on all cores.
    let each = job.work.iter().map(|work| measure(values, work, ground.as_deref(), job.cache));
    Ok(each.collect())
}

fn measure(
    values: &Values,
    work: &Work<'_>,
    ground: Option<&Ground>,
    cache: Option<&Cache>,
) -> Result<Told, PipelineError> {
    // What is asked is looked at before anything is read.
    let (bands, within_min) = (asked::bands(values)?, asked::within_min(values)?);
    let feeds = values.files("gtfs").iter().map(|feed| work.path(feed));
    let feeds = feeds.collect::<Result<Vec<_>, _>>()?;
    let transit = transit::asked(values, feeds.len())?.map(|transit| transit.on(feeds));
    let mut measures = asked::measures(values)?;
    let file = |key: &str| values.text(key).map(|name| work.folder.join(name));
    let (isochrones, summary, equity_out) = (file("isochrones"), file("summary"), file("equity"));
    let equity = asked::equity(values)?;
    let area = ground.map(|ground| ground.area(area_of(work.part))).transpose()?;
    let within = area.as_ref().map(|(area, units)| Within { area, units });
    let streets = work.optional(values.file("streets"))?.unwrap_or_default();
    let destinations = match asked::services(values, work, &streets, within)? {
        Some(services) => services,
        None if values.0.contains_key("to") => open(values, work, "to", within)?,
        None => {
            asked::refuse_idle(values, equity.is_some() || summary.is_some())?;
            measures.clear();
            Places::none()
        }
    };
    let profiles = asked::profiles(values, work)?;
    let approach_kmh = f64::from(profiles.walk.speed);
    let (out, matrix, streets_out) = (file("out"), file("matrix"), file("streets_out"));
    let (terrain, modes) = (work.optional(values.file("terrain"))?, asked::modes(values));
    let out_crs = values.text("crs").map(Crs::parse).transpose()?;
    let from_nowhere = Request {
        cache,
        streets: &streets,
        profiles: &profiles,
        terrain: terrain.as_deref(),
        max_stress: asked::max_stress(values),
        streets_out: streets_out.as_deref(),
        modes: &modes,
        origins: &Places::none(),
        destinations: &destinations,
        within,
        measures: &measures,
        weight: values.text("weight"),
        supply: values.text("supply"),
        demand: values.text("demand"),
        transit: transit.as_ref(),
        limits: Limits { approach_kmh, ..asked::limits(values) },
        lang: language::lang(values),
        out: out.as_deref(),
        out_crs: out_crs.as_ref(),
        matrix: matrix.as_deref(),
        equity,
        equity_out: equity_out.as_deref(),
        isochrones: asked::isochrones(values, isochrones.as_deref(), &bands),
        summary: asked::summary(values, summary.as_deref(), &within_min),
    };
    let origins = origins(values, work, ground, &from_nowhere)?;
    let made = access::run(&Request { origins: &origins, ..from_nowhere })?;
    let notes = made.notes.iter().chain(&made.warnings).cloned().collect();
    let rows = Some(made.layer.frame().height());
    Ok(Told { notes, rows, report: Report::Access(Box::new(made)) })
}

/// Where trips begin: all places, or those of the area and of the block.
fn origins(
    values: &Values,
    work: &Work<'_>,
    ground: Option<&Ground>,
    request: &Request<'_>,
) -> Result<Places, PipelineError> {
    let within = request.within;
    let origins = match (values.text("from"), ground) {
        (Some("buildings"), _) => Places::buildings(request.streets, within)?,
        (Some("populated"), Some(ground)) => Places::populated(&ground.data)?,
        (Some("populated"), None) => {
            return Err(self::request("populated points need an area", "name one with --area"));
        }
        (_, Some(_)) => open(values, work, "from", within)?,
        (_, None) => match access::over_streets(&places::of(values, work, "from")?, request)? {
            Some(cells) => cells,
            None => open(values, work, "from", within)?,
        },
    };
    let origins = origins.only_within(within)?;
    match blocks(values).and_then(|of| Block::of_part(work.part, of)) {
        Some(block) => origins.only(block),
        None => Ok(origins),
    }
}

fn open(
    values: &Values,
    work: &Work<'_>,
    key: &str,
    within: Option<Within<'_>>,
) -> Result<Places, PipelineError> {
    let named = |key: &str| values.text(key).map(Crs::parse).transpose();
    let of = places::of(values, work, key)?;
    let open = |crs: Option<&Crs>| Places::open(&of, crs, within);
    let opened = match open(named(&format!("{key}_crs"))?.as_ref()) {
        // A file that does not say is taken to be in the system of the output, where one is named.
        Err(PipelineError::Format(FormatError::NoCrs { .. })) if values.text("crs").is_some() => {
            open(named("crs")?.as_ref())
        }
        opened => opened,
    };
    opened.map_err(|error| with_own_options(error, key))
}

/// The same fault with the options of this command in its help.
fn with_own_options(error: PipelineError, key: &str) -> PipelineError {
    let PipelineError::Format(mut error) = error else { return error };
    let help = match &mut error {
        FormatError::OutsideCrs { help, .. } => {
            *help = help.replace("--input-crs", &format!("--{key}-crs"));
            return error.into();
        }
        FormatError::NoCrs { .. } => format!(
            "say which one with --{key}-crs, for example --{key}-crs EPSG:3006; a pipeline has {key}_crs"
        ),
        FormatError::ManyLayers { .. } => {
            format!("name one of them behind the file: --{key} FILE:LAYER")
        }
        _ => return error.into(),
    };
    request(&error.to_string(), &help)
}

/// A measure needs somewhere to go to.
fn is_default(measures: &[String]) -> bool {
    matches!(measures, [] | [_]) && measures.iter().all(|measure| measure == Measure::DEFAULT)
}

fn request(what: &str, help: &str) -> PipelineError {
    PipelineError::Request { what: what.to_owned(), help: help.to_owned() }
}
