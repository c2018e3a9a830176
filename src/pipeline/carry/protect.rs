//! Small counts of what was carried are withheld, and what would give them away.

use std::collections::BTreeMap;

use super::columns::Columns;
use super::{Carried, frame_fault};
use crate::pipeline::PipelineError;
use crate::pipeline::withheld::{
    Counts, Hidden, any_of, decide, drop_unnamed, empty, note, status,
};

/// Withholds counts below a threshold, the next smallest where their sum would tell them, ratios made of them, and the
/// rates of their targets. What was carried onto several sets of targets is decided on together: a target in two of them is
/// one cell. Of the targets' own columns, numbers that are not to be kept are left out: they could be counts, too.
///
/// # Errors
/// [`PipelineError::Request`] for a ratio whose counts are not carried beside it, since nobody could tell whether they are
/// small, and for a range, whose ends are values of single sources.
pub fn protect(
    carried: &mut [Carried],
    columns: &Columns,
    keep: &[String],
    threshold: f64,
) -> Result<(), PipelineError> {
    if let Some(name) = columns.range.first() {
        return Err(PipelineError::Request {
            what: format!("the range of \"{name}\" shows values of single sources"),
            help: "with --min-count, leave out --range".to_owned(),
        });
    }
    if let Some(ratio) = columns.ratio.iter().find(|ratio| {
        [&ratio.numerator, &ratio.denominator].iter().any(|of| !columns.extensive.contains(of))
    }) {
        return Err(PipelineError::Request {
            what: format!("the counts of the ratio \"{}\" are not carried", ratio.name),
            help: format!(
                "with --min-count, add --extensive {},{}",
                ratio.numerator, ratio.denominator
            ),
        });
    }
    let mut hidden: BTreeMap<&str, Vec<Hidden>> = BTreeMap::new();
    for column in &columns.extensive {
        let counts: Vec<Counts> =
            carried.iter().map(|carried| Counts::of(&carried.layer, column)).collect();
        hidden.insert(column, decide(&counts, threshold));
    }
    for (at, carried) in carried.iter_mut().enumerate() {
        let hidden: BTreeMap<&str, &Hidden> =
            hidden.iter().map(|(column, hidden)| (*column, &hidden[at])).collect();
        hide(carried, columns, &hidden, threshold)?;
        let own = &carried.own;
        let is_named =
            |name: &str| !own.iter().any(|own| own == name) || keep.iter().any(|keep| keep == name);
        let (frame, dropped) = drop_unnamed(carried.layer.frame(), &is_named);
        carried.layer = carried.layer.clone().with_frame(frame)?;
        carried.report.notes.extend(dropped);
    }
    Ok(())
}

fn hide(
    carried: &mut Carried,
    columns: &Columns,
    hidden: &BTreeMap<&str, &Hidden>,
    threshold: f64,
) -> Result<(), PipelineError> {
    let Carried { layer, report, .. } = carried;
    let name = layer.name().to_owned();
    let fault = |source| frame_fault(&name, source);
    let mut frame = layer.frame().clone();
    let mut count = [0, 0];
    for (column, hidden) in hidden {
        let [small, beside] = hidden.counted();
        count = [count[0] + small, count[1] + beside];
        let margin = columns.margins.iter().filter(|(of, _)| of == column);
        let margin = margin.map(|(_, margin)| margin.clone());
        let spread = SPREADS.map(|end| format!("{column}{end}"));
        let beside: Vec<String> = spread.into_iter().chain(margin).collect();
        hidden.hide(&mut frame, column, &beside).map_err(fault)?;
        if hidden.total.is_some() {
            let told = report.columns.iter_mut().filter(|told| told.column == *column);
            told.for_each(|told| (told.total_in, told.total_carried) = (None, None));
        }
    }
    let of = |names: &[&String]| {
        let hidden: Vec<&Hidden> =
            names.iter().filter_map(|name| hidden.get(name.as_str()).copied()).collect();
        any_of(&hidden)
    };
    let all: Vec<&String> = columns.extensive.iter().collect();
    let ratios = columns.ratio.iter();
    let ratios = ratios.map(|ratio| (&ratio.name, of(&[&ratio.numerator, &ratio.denominator])));
    let rates = columns.intensive.iter().map(|name| (name, of(&all)));
    for (name, rows) in ratios.chain(rates.filter(|_| !all.is_empty())) {
        let ends = ["", "_lower", "_upper", "_moe"].into_iter().chain(SPREADS);
        for column in ends.map(|end| format!("{name}{end}")) {
            if frame.column(&column).is_ok() {
                empty(&mut frame, &column, &rows).map_err(fault)?;
            }
        }
        status(&mut frame, name, &rows).map_err(fault)?;
    }
    report.notes.extend(note(count, threshold));
    *layer = layer.clone().with_frame(frame)?;
    Ok(())
}

/// Ends of the names of what other ways to share out give, beside a count, a rate or a ratio.
const SPREADS: [&str; 4] = ["_alloc_lower", "_alloc_upper", "_combined_lower", "_combined_upper"];
