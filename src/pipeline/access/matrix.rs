//! All travel times as a table.

use std::path::{Path, PathBuf};

use polars::prelude::{Column, DataFrame, IdxCa, NamedFrom, PolarsError, Series};

use super::table::Columns;
use super::transit;
use crate::formats;
use crate::pipeline::PipelineError;
use crate::publish::replace_file;

/// Travel times of a mode, for public transport of a percentile: by origin, `(destination, milliseconds)`.
pub type Matrix = Vec<(&'static str, Option<f64>, Vec<Vec<(u32, u32)>>)>;

/// `from_id, to_id, mode, seconds` and `seconds_p50` … for public transport: every pair, in the order of origins and
/// destinations; unreached is null.
///
/// # Errors
/// [`PipelineError::Output`], [`PipelineError::Format`] for an unknown ending.
pub fn write(
    path: &Path,
    matrix: &Matrix,
    from_ids: &[String],
    to_ids: &[String],
) -> Result<(), PipelineError> {
    let mut modes: Vec<&str> = matrix.iter().map(|(mode, ..)| *mode).collect();
    modes.dedup();
    let pairs = modes.len() * from_ids.len() * to_ids.len();
    let (origins, places) = (from_ids.len(), to_ids.len());
    let mut columns = Columns(vec![
        named("from_id", from_ids, (0..pairs).map(|pair| pair / places % origins))?,
        named("to_id", to_ids, (0..pairs).map(|pair| pair % places))?,
        named("mode", &modes, (0..pairs).map(|pair| pair / places / origins))?,
    ]);
    let mut kinds: Vec<Option<f64>> = matrix.iter().map(|(_, percent, _)| *percent).collect();
    kinds.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    kinds.dedup();
    for kind in kinds {
        let name =
            kind.map_or("seconds".to_owned(), |p| format!("seconds_p{}", transit::name_of(p)));
        let mut cells = Vec::with_capacity(pairs);
        for mode in &modes {
            let times = matrix.iter().find(|(of, percent, _)| of == mode && *percent == kind);
            cells.extend(seconds(times.map(|(.., times)| times), origins, places));
        }
        columns.numbers(&name, cells);
    }
    let frame = DataFrame::new(pairs, columns.0);
    let frame = frame.map_err(frame_fault)?;
    let failed = |path: PathBuf, source| PipelineError::Output { path, source };
    replace_file(path, |file| Ok(formats::write_table(file, &frame)?), failed)
}

/// A column of names, of which the rows tell which; each name is stored once.
fn named<T: AsRef<str>>(
    column: &str,
    names: &[T],
    rows: impl Iterator<Item = usize>,
) -> Result<Column, PipelineError> {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    let rows = rows.map(|row| u32::try_from(row).unwrap_or(u32::MAX)).collect();
    let cells = Series::new(column.into(), names).take(&IdxCa::from_vec("row".into(), rows));
    Ok(Column::from(cells.map_err(frame_fault)?))
}

fn frame_fault(source: PolarsError) -> PipelineError {
    PipelineError::Frame { table: "matrix".to_owned(), source }
}

/// The cells of one mode: null where it has no such times and where nothing is reached.
fn seconds(
    times: Option<&Vec<Vec<(u32, u32)>>>,
    origins: usize,
    places: usize,
) -> Vec<Option<f64>> {
    let mut cells = vec![None; origins * places];
    for (origin, reached) in times.into_iter().flatten().enumerate() {
        for &(place, time) in reached {
            cells[origin * places + place as usize] = Some(f64::from(time) / 1000.0);
        }
    }
    cells
}
