//! Small counts of what was carried are withheld, and what would give them away.

use polars::prelude::{Column, DataFrame, NamedFrom, Series};

use super::columns::Columns;
use super::{Carried, frame_fault};
use crate::model::ObsStatus;
use crate::pipeline::PipelineError;
use crate::publish::{Sum, Withheld, most_small, protect};

type Cells = Vec<Option<f64>>;

/// Withholds counts below a threshold, the next smallest where their sum would tell them, and ratios made of them.
///
/// # Errors
/// [`PipelineError::Request`] for a ratio whose counts are not carried beside it: nobody could tell whether they are small.
pub fn protected(
    carried: Carried,
    columns: &Columns,
    threshold: f64,
) -> Result<Carried, PipelineError> {
    let Carried { layer, mut report } = carried;
    let name = layer.name().to_owned();
    let fault = |source| frame_fault(&name, source);
    let mut frame = layer.frame().clone();
    let mut count = [0_usize; 2];
    let mut hidden = std::collections::BTreeMap::new();
    for column in &columns.extensive {
        let values = numbers(&frame, column);
        let (found, total) = decide(&values, threshold);
        count[0] += found.iter().filter(|why| **why == Some(Withheld::Small)).count();
        count[1] += found.iter().filter(|why| **why == Some(Withheld::Beside)).count();
        let known: Vec<f64> = values.iter().flatten().copied().collect();
        let most = most_small(&known, threshold);
        let is_small = |why: &Option<Withheld>| *why == Some(Withheld::Small);
        if found.iter().any(Option::is_some) {
            let ends = [("lower", 0.0), ("upper", most)];
            for (end, bound) in ends {
                let beside = format!("{column}_{end}");
                let old = numbers(&frame, &beside);
                let cell = |row: usize| if is_small(&found[row]) { Some(bound) } else { old[row] };
                let cells: Cells = (0..found.len()).map(cell).collect();
                put(&mut frame, &beside, cells).map_err(fault)?;
            }
        }
        let margin =
            columns.margins.iter().filter(|(of, _)| of == column).map(|(_, margin)| margin.clone());
        let spread = ["_alloc_lower", "_alloc_upper"].map(|end| format!("{column}{end}"));
        for of in [column.clone()].into_iter().chain(spread).chain(margin) {
            if frame.column(&of).is_ok() {
                empty(&mut frame, &of, &found).map_err(fault)?;
            }
        }
        status(&mut frame, column, &found).map_err(fault)?;
        if total {
            let told = report.columns.iter_mut().filter(|told| told.column == *column);
            told.for_each(|told| (told.total_in, told.total_carried) = (None, None));
        }
        hidden.insert(column.as_str(), found);
    }
    for ratio in &columns.ratio {
        let parts = [&ratio.numerator, &ratio.denominator];
        let [Some(above), Some(below)] = parts.map(|part| hidden.get(part.as_str())) else {
            return Err(PipelineError::Request {
                what: format!("the counts of the ratio \"{}\" are not carried", ratio.name),
                help: format!("with --min-count, add --extensive {},{}", parts[0], parts[1]),
            });
        };
        let either: Vec<Option<Withheld>> =
            above.iter().zip(below).map(|(a, b)| a.or(*b)).collect();
        empty(&mut frame, &ratio.name, &either).map_err(fault)?;
        status(&mut frame, &ratio.name, &either).map_err(fault)?;
    }
    let [small, beside] = count;
    if small > 0 {
        report.notes.push(format!(
            "{small} counts below {threshold} are withheld (status Q), with {beside} beside them"
        ));
    }
    Ok(Carried { layer: layer.with_frame(frame)?, report })
}

/// What to withhold of each row, and whether the total goes as well: a reader has it from the report.
fn decide(values: &[Option<f64>], threshold: f64) -> (Vec<Option<Withheld>>, bool) {
    let mut cells: Vec<f64> = values.iter().flatten().copied().collect();
    let parts = cells.len();
    if parts == 0 {
        return (vec![None; values.len()], false);
    }
    cells.push(cells.iter().sum());
    let sum = Sum { total: parts, parts: (0..parts).collect() };
    let mut found = protect(&cells, &[sum], threshold);
    let total = found.pop().flatten().is_some();
    let mut found = found.into_iter();
    (values.iter().map(|value| value.and_then(|_| found.next().flatten())).collect(), total)
}

fn numbers(frame: &DataFrame, name: &str) -> Cells {
    let column = frame.column(name).ok().and_then(|column| column.f64().ok());
    column.map_or_else(|| vec![None; frame.height()], |cells| cells.iter().collect())
}

fn put(frame: &mut DataFrame, name: &str, cells: Cells) -> polars::prelude::PolarsResult<()> {
    frame.with_column(Column::from(Series::new(name.into(), cells))).map(|_| ())
}

fn empty(
    frame: &mut DataFrame,
    name: &str,
    withheld: &[Option<Withheld>],
) -> polars::prelude::PolarsResult<()> {
    let cells = numbers(frame, name).into_iter().zip(withheld);
    let cells = cells.map(|(cell, why)| cell.filter(|_| why.is_none())).collect();
    put(frame, name, cells)
}

fn status(
    frame: &mut DataFrame,
    name: &str,
    withheld: &[Option<Withheld>],
) -> polars::prelude::PolarsResult<()> {
    let name = format!("{name}_status");
    let known: Vec<Option<String>> =
        frame.column(&name)?.str()?.iter().map(|cell| cell.map(str::to_owned)).collect();
    let cell = |(known, why): (Option<String>, &Option<Withheld>)| match why {
        Some(_) => Some(ObsStatus::Q.code().to_owned()),
        None => known,
    };
    let cells: Vec<Option<String>> = known.into_iter().zip(withheld).map(cell).collect();
    frame.with_column(Column::from(Series::new(name.as_str().into(), cells))).map(|_| ())
}
