//! Published folders: where they lie, whether they hold what they should, and putting them in place.

use std::path::{Path, PathBuf};

use super::store::{Store, Stored, copy_file};
use crate::pipeline::PipelineError;
use crate::pipeline::plan::{Plan, Task};
use crate::publish::replace_folder;
use crate::sources::sha256_of;

/// The folder that a task publishes into; none for one that does not.
pub(super) fn folder(plan: &Plan, task: &Task, out: &Path) -> Option<PathBuf> {
    if !plan.is_published(task) {
        return None;
    }
    let named = plan.steps[task.step].declared.values.text("folder").unwrap_or("out");
    // Ids of areas are checked where they are read: they are plain names.
    Some(out.join(named).join(&task.part))
}

/// Whether the folder holds every file of a result, byte for byte.
pub(super) fn holds(folder: &Path, stored: &Stored) -> Result<bool, PipelineError> {
    for file in &stored.files {
        let path = folder.join(&file.name);
        let same_size = path.metadata().is_ok_and(|data| data.len() == file.bytes);
        if !same_size || sha256_of(&path)? != file.sha256 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Puts the files of a result in place of those of an earlier one.
pub(super) fn publish(
    store: &Store,
    key: &str,
    stored: &Stored,
    folder: &Path,
) -> Result<(), PipelineError> {
    let failed = |path: PathBuf, source| PipelineError::Output { path, source };
    let fill = |aside: &Path| {
        for file in &stored.files {
            let from = store.file(key, file).ok_or_else(|| super::gone(&file.name))?;
            // A copy: what users do to published files must not reach the results that are kept.
            copy_file(&from, &aside.join(&file.name))?;
        }
        Ok(())
    };
    replace_folder(folder, fill, failed)
}
