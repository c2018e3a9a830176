//! A plan of one step, run for a single command: what it makes goes straight to where the user wants it.

use std::path::{Path, PathBuf};

use crate::pipeline::PipelineError;
use crate::pipeline::cache::Cache;
use crate::pipeline::plan::Plan;
use crate::pipeline::steps::{Job, Told, Work};
use crate::publish::Pending;

/// One part as it was made: what it told, and the folder it was put into.
pub struct Made {
    pub told: Told,
    pub folder: PathBuf,
}

/// Makes every part of the only step of a plan; `done` is told of each.
///
/// A step that fills folders gets one in `out` for each part, named after it; the values of the others name their files.
///
/// # Errors
/// The first fault, in the order of the parts; nothing of a faulty part is written.
pub fn directly(
    plan: &Plan,
    out: &Path,
    cache: Option<&Cache>,
    done: &(dyn Fn(&str) + Sync),
) -> Result<Vec<Made>, PipelineError> {
    let Some(step) = plan.steps.first() else { return Ok(Vec::new()) };
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| PipelineError::Output { path, source }
    };
    let open = |part: &str| {
        let target = out.join(part);
        Pending::folder(&target).map_err(failed(&target)).map(Some)
    };
    let fills = step.kind.fills_folder;
    let pending = plan.tasks.iter().map(|task| if fills { open(&task.part) } else { Ok(None) });
    let pending = pending.collect::<Result<Vec<_>, _>>()?;
    let work = plan.tasks.iter().zip(&pending).map(|(task, pending)| Work {
        part: &task.part,
        folder: pending.as_ref().map_or(Path::new(""), Pending::path),
        results: Vec::new(),
        lineage: Vec::new(),
    });
    let job = Job { site: &plan.site, step: &step.declared, work: work.collect(), cache, done };
    let made = (step.kind.run)(&job)?;
    drop(job);
    let put = |(told, pending): (Result<Told, PipelineError>, Option<Pending>)| {
        let (told, target) = (told?, pending.as_ref().map(|pending| pending.target().to_owned()));
        if let Some(pending) = pending {
            let target = pending.target().to_owned();
            pending.commit().map_err(failed(&target))?;
        }
        Ok(Made { told, folder: target.unwrap_or_default() })
    };
    made.into_iter().zip(pending).map(put).collect()
}
