//! Codes of one vintage turned into codes of another by a table: one to one, many to one, or one to many with weights.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use polars::prelude::{Column, DataFrame, NamedFrom, Series};

use super::columns::{Columns, Input};
use super::output::By;
use super::report::Report;
use super::{Carried, change_column, counted, frame_fault};
use crate::formats::{self, Content, FormatError, OpenOptions, Place, RawTable};
use crate::interpolate::{Change, Entry, Weights, changes_by_code};
use crate::model::Layer;
use crate::pipeline::PipelineError;
use crate::sources::raw_from_frame;

/// A table of values by code, and a table of codes.
pub struct Request<'a> {
    pub source: &'a Path,
    pub source_open: &'a OpenOptions,
    /// Column of the source with its codes.
    pub key: &'a str,
    pub crosswalk: &'a Path,
    pub crosswalk_open: &'a OpenOptions,
    pub from: &'a str,
    pub to: &'a str,
    /// Column of the crosswalk: the share of the old unit that goes to the new one, or amounts in that proportion.
    pub weight: Option<&'a str>,
    pub columns: &'a Columns,
    /// Whether to say of each new code what became of the old ones.
    pub changes: bool,
}

/// Carries by code; the layer is a table by new code, in their order.
///
/// # Errors
/// Those of opening both tables; [`PipelineError::Request`] for one to many without weights, averages, and weights below
/// zero; [`PipelineError::KeysDoNotJoin`].
pub fn run(request: &Request<'_>) -> Result<Carried, PipelineError> {
    crate::environment::configure_gdal();
    let averaged = [&request.columns.intensive, &request.columns.categorical];
    if let Some(name) = averaged.into_iter().flatten().next() {
        return Err(PipelineError::Request {
            what: format!(
                "\"{name}\" is an average or a class, and a crosswalk says nothing of sizes"
            ),
            help: "carry its numerator and denominator: --ratio name=a/b".to_owned(),
        });
    }
    request.columns.refuse_never_averaged(&BTreeMap::new())?;
    let (frame, mut notes) = table(request.source, request.source_open)?;
    let input = Input::read(request.source, &frame, request.columns)?;
    let codes = codes_of(request, &frame)?;
    let links = Links::read(request, &mut notes)?;
    let (targets, weights, unlinked) = weights(&codes, &links);
    if unlinked.len() == codes.len() {
        return Err(PipelineError::KeysDoNotJoin {
            file: request.source.to_owned(),
            count: unlinked.len(),
            first: first(&unlinked),
        });
    }
    if !unlinked.is_empty() {
        notes.push(format!(
            "{} codes are not in the crosswalk: {}",
            unlinked.len(),
            first(&unlinked)
        ));
    }
    let changes = request.changes.then(|| links.changes(&targets));
    let by = By { weights: &weights, areal: None, also: &[], surface: false, smooth: None };
    let (mut columns, reports) = input.carry(by);
    columns.extend(changes.as_deref().map(change_column));
    let mut all = vec![Column::from(Series::new(request.to.into(), &targets))];
    all.extend(columns);
    let frame = DataFrame::new(targets.len(), all);
    let frame = frame.map_err(|source| frame_fault("crosswalk", source))?;
    #[allow(clippy::cast_precision_loss)] // numbers of units
    let share = unlinked.len() as f64 / codes.len() as f64;
    let report = Report {
        method: "crosswalk",
        crs: None,
        sources: codes.len(),
        targets: targets.len(),
        pairs: weights.pairs(),
        targets_without_source: (0..targets.len())
            .filter(|row| weights.row(*row).sources.is_empty())
            .count(),
        share_of_sources_outside: share,
        share_of_targets_uncovered: None,
        overlap_among_sources: None,
        sources_by_surface: None,
        changes: changes.map(|changes| counted(&changes)),
        columns: reports,
        notes,
    };
    let layer = Layer::table("carried", "Carried by code", frame);
    Ok(Carried { layer, own: Vec::new(), report })
}

fn first(codes: &[&str]) -> String {
    codes.iter().take(10).copied().collect::<Vec<_>>().join(", ")
}

fn table(file: &Path, open: &OpenOptions) -> Result<(DataFrame, Vec<String>), PipelineError> {
    let raw = match formats::open(file, open)? {
        Content::Frame(frame) => return Ok((frame, Vec::new())),
        Content::Layer { layer, notes } => return Ok((layer.frame().clone(), notes)),
        Content::Raw(raw) => raw,
    };
    let text = |column: &formats::RawColumn| {
        Column::from(Series::new(column.name.as_str().into(), &column.cells))
    };
    let frame = DataFrame::new(raw.rows.len(), raw.columns.iter().map(text).collect());
    let frame = frame.map_err(|source| frame_fault(&file.display().to_string(), source))?;
    Ok((frame, raw.notes))
}

/// The source's codes, each there and once.
fn codes_of(request: &Request<'_>, frame: &DataFrame) -> Result<Vec<String>, PipelineError> {
    let place = Place::file(request.source);
    let raw = raw_from_frame(frame);
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let cells = &raw.require(&place, request.key)?.cells;
    for (row, cell) in cells.iter().enumerate() {
        let Some(code) = cell.as_deref() else {
            return Err(FormatError::Row {
                place,
                row: row + 1,
                reason: format!("there is no code in column \"{}\"", request.key),
                help: "every row needs a code; remove footnotes and sums from the file".to_owned(),
            }
            .into());
        };
        if let Some(first) = seen.insert(code, row + 1) {
            let (key, help) = (code.to_owned(), "keep one row a code".to_owned());
            return Err(FormatError::DuplicateKey { place, key, first, row: row + 1, help }.into());
        }
    }
    Ok(cells.iter().flatten().cloned().collect())
}

/// New codes with their weight, by old code.
struct Links(BTreeMap<String, BTreeMap<String, f64>>);

impl Links {
    /// What became of the old codes in each new one, be they in the table of values or not.
    fn changes(&self, targets: &[String]) -> Vec<Change> {
        let old: Vec<String> = self.0.keys().cloned().collect();
        let (_, weights, _) = weights(&old, self);
        changes_by_code(&weights, &|source, target| old[source] == targets[target])
    }

    fn read(request: &Request<'_>, notes: &mut Vec<String>) -> Result<Self, PipelineError> {
        let place = Place::file(request.crosswalk);
        let raw = match formats::open(request.crosswalk, request.crosswalk_open)? {
            Content::Raw(raw) => raw,
            Content::Frame(frame) => raw_from_frame(&frame),
            Content::Layer { layer, .. } => raw_from_frame(layer.frame()),
        };
        let from = &raw.require(&place, request.from)?.cells;
        let to = &raw.require(&place, request.to)?.cells;
        let weights = request.weight.map(|name| Self::weights(&place, &raw, name)).transpose()?;
        let mut links: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
        for (row, pair) in from.iter().zip(to).enumerate() {
            let (Some(from), Some(to)) = pair else { continue };
            let weight = weights.as_ref().map_or(Some(1.0), |weights| weights[row]);
            let Some(weight) = weight else { continue };
            let into = links.entry(from.clone()).or_default().entry(to.clone()).or_insert(0.0);
            *into = if weights.is_some() { *into + weight } else { 1.0 };
        }
        let links = Self(links);
        links.check(request, notes)?;
        Ok(links)
    }

    fn weights(
        place: &Place,
        raw: &RawTable,
        name: &str,
    ) -> Result<Vec<Option<f64>>, PipelineError> {
        let column = raw.require(place, name)?;
        let series = Series::new(name.into(), &column.cells);
        let frame = DataFrame::new(column.cells.len(), vec![Column::from(series)]);
        let frame = frame.map_err(|source| frame_fault(name, source))?;
        let weights = formats::numbers(place, &frame, name)?;
        match weights.iter().position(|weight| weight.is_some_and(|weight| weight < 0.0)) {
            None => Ok(weights),
            Some(row) => Err(PipelineError::Request {
                what: format!("{place}: row {}: the weight is below zero", row + 1),
                help: "weights are shares or amounts: zero or more".to_owned(),
            }),
        }
    }

    fn check(&self, request: &Request<'_>, notes: &mut Vec<String>) -> Result<(), PipelineError> {
        let many: Vec<&str> =
            self.0.iter().filter(|(_, to)| to.len() > 1).map(|(from, _)| from.as_str()).collect();
        if request.weight.is_none() && !many.is_empty() {
            return Err(PipelineError::Request {
                what: format!(
                    "{}: {} codes become several, and nothing says how much goes to each: {}",
                    request.crosswalk.display(),
                    many.len(),
                    first(&many)
                ),
                help: "name the column of shares (residents, addresses) with --weight".to_owned(),
            });
        }
        let sums = self.0.values().map(|to| to.values().sum::<f64>());
        let uneven = sums.filter(|sum| (sum - 1.0).abs() > 1e-6).count();
        if uneven > 0 {
            notes.push(format!(
                "{}: the weights of {uneven} codes do not add up to 1 and are taken as proportions",
                request.crosswalk.display()
            ));
        }
        Ok(())
    }
}

/// The new codes in order, the weights, and the old codes that lead nowhere.
fn weights<'a>(codes: &'a [String], links: &Links) -> (Vec<String>, Weights, Vec<&'a str>) {
    let targets: BTreeSet<&String> = links.0.values().flat_map(BTreeMap::keys).collect();
    let targets: Vec<String> = targets.into_iter().cloned().collect();
    let (mut entries, mut unlinked) = (Vec::new(), Vec::new());
    for (source, code) in (0_u32..).zip(codes) {
        let to = links.0.get(code).filter(|to| to.values().sum::<f64>() > 0.0);
        let Some(to) = to else {
            unlinked.push(code.as_str());
            continue;
        };
        let sum: f64 = to.values().sum();
        for (code, weight) in to {
            let Ok(target) = targets.binary_search(code) else { continue };
            let Ok(target) = u32::try_from(target) else { continue };
            let share = weight / sum;
            entries.push(Entry { target, source, share, surface: 0.0, amount: share });
        }
    }
    let weights = Weights::new(entries, vec![0.0; codes.len()], vec![0.0; targets.len()]);
    (targets, weights, unlinked)
}
