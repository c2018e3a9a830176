//! What the values of an access step ask for.

use std::path::{Path, PathBuf};

use super::{Work, is_default, keys, request};
use crate::access::Measure;
use crate::access::equity::Bounds;
use crate::formats::{self, FormatError};
use crate::network::streets::{Mode, Profiles};
use crate::pipeline::PipelineError;
use crate::pipeline::access::{self, ByUnit, Equity, Isochrones, Limits, Places, Within};
use crate::pipeline::file::Values;

pub(super) fn measures(values: &Values) -> Result<Vec<Measure>, PipelineError> {
    let given = values.texts("measure");
    let text = if given.is_empty() { Measure::DEFAULT.to_owned() } else { given.join(",") };
    Ok(Measure::parse_list(&text)?)
}

type CheckEnding = fn(&Path) -> Result<(), FormatError>;

/// The files that may be written, and how the ending of each is looked at.
const OUTPUTS: [(&str, CheckEnding); 6] = [
    ("out", formats::check_output),
    ("matrix", formats::check_table),
    ("isochrones", formats::check_output),
    ("equity", formats::check_table),
    ("summary", formats::check_table),
    ("streets_out", formats::check_output),
];

/// The first key of an output that cannot be written, and why: an ending that is not known, or a file that another is
/// written to, too.
pub(super) fn outputs(values: &Values) -> Result<(), (&'static str, PipelineError)> {
    let mut known: Vec<(&str, PathBuf)> = Vec::new();
    for (key, check) in OUTPUTS {
        let Some(name) = values.text(key).map(Path::new) else { continue };
        check(name).map_err(|error| (key, error.into()))?;
        let place = std::path::absolute(name).unwrap_or_else(|_| name.to_owned());
        if let Some((other, _)) = known.iter().find(|(_, known)| *known == place) {
            let what = format!("{other} and {key} would write the same file, {}", name.display());
            return Err((key, request(&what, "give each of them a file of its own")));
        }
        known.push((key, place));
    }
    Ok(())
}

/// Outputs that only all origins together make.
const OF_ALL: [&str; 7] =
    ["equity", "summary", "isochrones", "streets_out", "residents", "group", "rank"];

/// What cannot be made from some of the origins at a time.
pub(super) fn check_blocks(values: &Values) -> Vec<(&'static str, String)> {
    let mut wrong: Vec<_> = ["out", "matrix"]
        .into_iter()
        .filter_map(|key| crate::pipeline::steps::check_block_file(values, key))
        .collect();
    let given = OF_ALL.into_iter().filter(|key| values.0.contains_key(*key));
    wrong.extend(given.map(|key| {
        (key, "needs all origins at once: leave out blocks, or make it in another step".to_owned())
    }));
    let competing = |measure: &Measure| matches!(measure, Measure::Catchment { .. });
    if measures(values).is_ok_and(|measures| measures.iter().any(competing)) {
        let what = "in catchments all origins compete: leave out blocks";
        wrong.push(("measure", what.to_owned()));
    }
    if values.text("matrix").is_some() && values.texts("mode").len() > 1 {
        let what = "in blocks, a matrix is of one mode: make those of others in other steps";
        wrong.push(("matrix", what.to_owned()));
    }
    wrong
}

/// Isochrones need no destinations; all else does.
pub(super) fn refuse_idle(values: &Values, others: bool) -> Result<(), PipelineError> {
    let drawn = values.text("isochrones").is_some();
    if drawn && is_default(values.texts("measure")) && !others && values.text("matrix").is_none() {
        return Ok(());
    }
    Err(request("measures, matrix and equity need destinations", "name them with --to"))
}

pub(super) fn limits(values: &Values) -> Limits {
    Limits {
        trip_min: values.number("limit").unwrap_or(60.0),
        snap_m: values.number("snap_limit").unwrap_or(500.0),
        approach_kmh: values.number("walk_speed").unwrap_or(5.0),
    }
}

/// How far trips along streets can lead, in metres.
pub(super) fn reach_m(values: &Values) -> Result<f64, PipelineError> {
    Ok(access::reach_m(&modes(values), limits(values), &measures(values)?))
}

/// Modes along streets; walking where none is named.
pub(super) fn modes(values: &Values) -> Vec<Mode> {
    let named = values.texts("mode");
    let has = |mode: &str| {
        named.iter().any(|name| name == mode) || (named.is_empty() && mode == keys::MODES[0])
    };
    let all = [("walk", Mode::Walk), ("bicycle", Mode::Bicycle), ("car", Mode::Car)];
    all.into_iter().filter(|(name, _)| has(name)).map(|(_, mode)| mode).collect()
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the bounds of the key
pub(super) fn max_stress(values: &Values) -> Option<u8> {
    values.number("max_stress").map(|level| level as u8)
}

pub(super) fn profiles(values: &Values, work: &Work<'_>) -> Result<Profiles, PipelineError> {
    let mut profiles = match (values.table("profiles"), work.optional(values.file("profiles"))?) {
        (Some(table), _) => Profiles::over_built_in(table.clone())?,
        (None, Some(file)) => Profiles::parse(&String::from_utf8_lossy(&formats::read(&file)?))?,
        (None, None) => Profiles::built_in()?,
    };
    if values.flag("wheelchair") {
        profiles.walk = profiles.wheelchair.clone();
    }
    #[allow(clippy::cast_possible_truncation)] // the bounds of the key
    if let Some(speed) = values.number("walk_speed") {
        profiles.walk.scale_to(speed as f32);
    }
    Ok(profiles)
}

/// The services asked for; `None` where destinations are of a file.
pub(super) fn services(
    values: &Values,
    work: &Work<'_>,
    streets: &Path,
    within: Option<Within<'_>>,
) -> Result<Option<Places>, PipelineError> {
    let Some(categories) = values.text("to").and_then(|to| to.strip_prefix("services")) else {
        return Ok(None);
    };
    let table = super::super::map::services(work.optional(values.file("services_table"))?)?;
    let table = match categories.strip_prefix(':') {
        Some(ids) => table.only(&ids.split(',').map(str::trim).collect::<Vec<_>>())?,
        None if categories.is_empty() => table,
        None => return Ok(None),
    };
    let reach = reach_m(values)?;
    // A ride may lead anywhere.
    let within = within.filter(|_| !values.texts("mode").iter().any(|mode| mode == "transit"));
    let within = within.map(|within| access::bounds(within, reach)).transpose()?;
    let extract = work.optional(values.file("services"))?;
    Ok(Some(Places::services(extract.as_deref().unwrap_or(streets), &table, within)?))
}

/// The column of residents; that of the demand without one.
fn residents(values: &Values) -> Option<&str> {
    values.text("residents").or(values.text("demand"))
}

pub(super) fn equity(values: &Values) -> Result<Option<Equity<'_>>, PipelineError> {
    let (group, rank) = (values.text("group"), values.text("rank"));
    if group.is_none() && rank.is_none() && values.text("equity").is_none() {
        return match values.text("residents") {
            Some(_) if values.text("summary").is_none() => Err(request(
                "--residents alone compares nothing",
                "name a group with --group, a ranking with --rank or a file with --equity or --summary",
            )),
            _ => Ok(None),
        };
    }
    let bounds = values.text("bounds").map(Bounds::parse).transpose()?;
    Ok(Some(Equity { residents: residents(values), group, rank, bounds }))
}

/// What is summed up; `None` where nothing is asked for.
pub(super) fn summary<'a>(
    values: &'a Values,
    path: Option<&'a Path>,
    within_min: &'a [f64],
) -> Option<ByUnit<'a>> {
    path.map(|path| ByUnit { path, residents: residents(values), within_min })
}

/// The minutes of the summary.
pub(super) fn within_min(values: &Values) -> Result<Vec<f64>, PipelineError> {
    let minutes = minutes(values, "within", &[5.0, 10.0, 15.0, 30.0])?;
    match minutes.iter().find(|minutes| !(0.1..=1440.0).contains(*minutes)) {
        None => Ok(minutes),
        Some(wrong) => Err(request(
            &format!("--within {wrong} makes no sense"),
            "give minutes from 0.1 to 1440",
        )),
    }
}

/// The bands in order, none twice.
pub(super) fn bands(values: &Values) -> Result<Vec<f64>, PipelineError> {
    if values.text("isochrones").is_none() {
        return Ok(Vec::new());
    }
    let limit = limits(values).trip_min;
    let mut bands = minutes(values, "bands", &[5.0, 10.0, 15.0])?;
    if let Some(wrong) = bands.iter().find(|band| !(0.1..=limit).contains(*band)) {
        return Err(request(
            &format!("--bands {wrong} lies outside the longest trip"),
            &format!("give minutes from 0.1 to {limit}, or raise --limit"),
        ));
    }
    bands.sort_unstable_by(f64::total_cmp);
    bands.dedup();
    Ok(bands)
}

fn minutes(values: &Values, key: &str, without: &[f64]) -> Result<Vec<f64>, PipelineError> {
    let given = values.texts(key);
    if given.is_empty() {
        return Ok(without.to_vec());
    }
    let number = |text: &String| {
        text.parse()
            .map_err(|_| request(&format!("{key}: \"{text}\" is no number"), "give minutes"))
    };
    given.iter().map(number).collect()
}

/// What is drawn, with the bands that [`bands`] gave.
pub(super) fn isochrones<'a>(
    values: &Values,
    path: Option<&'a Path>,
    bands_min: &'a [f64],
) -> Option<Isochrones<'a>> {
    let buffer_m = values.number("buffer").unwrap_or(50.0);
    path.map(|path| Isochrones { path, bands_min, buffer_m })
}
