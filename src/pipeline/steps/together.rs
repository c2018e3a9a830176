//! What steps decide over all areas together: which small counts are withheld.
//!
//! Each area is still made by itself, and its result follows from the definitions of all: what one area withholds no other
//! shows, whichever of them are made in a run.

use std::collections::BTreeMap;

use super::{Job, Split, Told, Work};
use crate::pipeline::PipelineError;
use crate::pipeline::file::{Key, Shape, Values};

/// The key by which it is asked for.
pub(super) const MIN_COUNT: &str = "min_count";

pub(super) const KEYS: &[Key] = &[Key::new(
    MIN_COUNT,
    Shape::Number(2.0, 1e6),
    "withhold counts below it, and what would give them away, over all areas together",
)];

/// What a step that takes columns along needs besides.
pub(super) const KEEP: &[Key] = &[Key::new(
    "keep",
    Shape::Texts,
    "with min_count: columns of numbers that count nobody, such as identifiers; others that are not named are left out",
)];

/// Whether each part follows from all areas.
#[must_use]
pub fn decides_together(values: &Values) -> bool {
    values.number(MIN_COUNT).is_some()
}

/// Works out every part that the decision is made on, decides, and writes those that are asked for.
///
/// # Errors
/// Those of the three; [`PipelineError::Request`] where an input was made area by area, since those of the other areas are
/// not at hand.
pub(super) fn protected<T>(
    job: &Job<'_>,
    split: Split,
    work_out: impl Fn(&str, &Work<'_>) -> Result<T, PipelineError>,
    decide: impl FnOnce(&mut [T]) -> Result<(), PipelineError>,
    write: impl Fn(&Work<'_>, T) -> Result<Told, PipelineError>,
) -> Result<Vec<Result<Told, PipelineError>>, PipelineError> {
    let Some(first) = job.work.first() else { return Ok(Vec::new()) };
    let parts = parts(job, split)?;
    let all = parts.iter().map(|part| work_out(part, first));
    let mut all: Vec<T> = all.collect::<Result<_, _>>()?;
    decide(&mut all)?;
    let mut all: BTreeMap<&str, T> = parts.into_iter().zip(all).collect();
    let made = |work: &Work<'_>| match all.remove(work.part) {
        Some(part) => write(work, part),
        None => Ok(Told::default()),
    };
    Ok(job.work.iter().map(made).collect())
}

/// All areas of the pipeline, or the only part.
fn parts<'a>(job: &'a Job<'_>, split: Split) -> Result<Vec<&'a str>, PipelineError> {
    if split != Split::Areas {
        return Ok(job.work.iter().map(|work| work.part).collect());
    }
    let mut results = job.work.iter().flat_map(|work| &work.results);
    if let Some(made) = results.find(|results| job.site.has(results.part)) {
        return Err(PipelineError::Request {
            what: format!(
                "steps.{}: min_count decides on all areas together, and the step \"{}\" made a file for each area",
                job.step.id, made.step
            ),
            help: "let it work on files, or on what a step made for all areas at once".to_owned(),
        });
    }
    Ok(job.site.all_ids().iter().map(String::as_str).collect())
}
