//! All travel times as a table.

use std::path::{Path, PathBuf};

use polars::prelude::{Column, DataFrame, NamedFrom, Series};

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
    let (mut from, mut to) = (Vec::with_capacity(pairs), Vec::with_capacity(pairs));
    let mut by_mode = Vec::with_capacity(pairs);
    for mode in &modes {
        for id in from_ids {
            from.extend(std::iter::repeat_n(id.as_str(), to_ids.len()));
            to.extend(to_ids.iter().map(String::as_str));
            by_mode.extend(std::iter::repeat_n(*mode, to_ids.len()));
        }
    }
    let mut columns = Columns::default();
    columns.0.push(Column::from(Series::new("from_id".into(), from)));
    columns.0.push(Column::from(Series::new("to_id".into(), to)));
    columns.0.push(Column::from(Series::new("mode".into(), &by_mode)));
    let mut kinds: Vec<Option<f64>> = matrix.iter().map(|(_, percent, _)| *percent).collect();
    kinds.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    kinds.dedup();
    for kind in kinds {
        let name =
            kind.map_or("seconds".to_owned(), |p| format!("seconds_p{}", transit::name_of(p)));
        let mut cells = Vec::with_capacity(pairs);
        for mode in &modes {
            let times = matrix.iter().find(|(of, percent, _)| of == mode && *percent == kind);
            cells.extend(seconds(times.map(|(.., times)| times), from_ids.len(), to_ids.len()));
        }
        columns.numbers(&name, cells);
    }
    let frame = DataFrame::new(pairs, columns.0);
    let frame =
        frame.map_err(|source| PipelineError::Frame { table: "matrix".to_owned(), source })?;
    let failed = |path: PathBuf, source| PipelineError::Output { path, source };
    replace_file(path, |file| Ok(formats::write_table(file, &frame)?), failed)
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
