//! Results that machines share through an object store.
//!
//! They lie there as they lie in a folder, `results/ab/ab12…/`. The files of a result are put first and its list last, and
//! the list only where there is none: a result is there whole or not at all, and one that two machines make at once is that
//! of the first. Both hold the same bytes, for they are kept under the hash of all that they follow from.

use std::collections::BTreeSet;

use super::store::{LIST, Store, Stored, listed};
use super::{Options, is_whole};
use crate::pipeline::PipelineError;
use crate::pipeline::plan::Plan;
use crate::sources::objects::{Address, ObjectError, Objects};
use crate::sources::sha256_of;

/// The folder of results at an address.
pub struct Shared<'a> {
    objects: &'a Objects,
    root: Address,
}

impl<'a> Shared<'a> {
    #[must_use]
    pub fn new(objects: &'a Objects, root: Address) -> Self {
        Self { objects, root }
    }

    fn place(&self, key: &str, name: &str) -> Result<Address, ObjectError> {
        self.root.join(&format!("results/{}/{key}/{name}", key.get(..2).unwrap_or(key)))
    }

    /// What the list of a result says; `None` where there is none that is whole.
    ///
    /// # Errors
    /// [`PipelineError::Object`] where the store does not answer.
    pub fn get(&self, key: &str) -> Result<Option<Stored>, PipelineError> {
        let content = self.objects.read(&self.place(key, LIST)?)?;
        Ok(content.and_then(|content| listed(&String::from_utf8(content).ok()?)))
    }

    /// Takes a result over into a folder of results; `None` where there is none that is whole.
    ///
    /// # Errors
    /// [`PipelineError::Object`], [`PipelineError::Output`].
    pub fn bring(&self, key: &str, store: &Store) -> Result<Option<Stored>, PipelineError> {
        let Some(stored) = self.get(key)? else { return Ok(None) };
        let pending = store.open(key)?;
        for file in &stored.files {
            let address = self.place(key, &file.name)?;
            let path = pending.path().join(&file.name);
            let failed = |source| PipelineError::Output { path: path.clone(), source };
            path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(failed)?;
            let Some(object) = self.objects.find(&address)? else { return Ok(None) };
            self.objects.download(&object, &path)?;
            if sha256_of(&path)? != file.sha256 {
                return Ok(None);
            }
        }
        store.put(pending, stored.notes, stored.rows).map(Some)
    }

    /// Puts a result that lies in a folder of results.
    ///
    /// # Errors
    /// [`PipelineError::Object`]; there is then no list, and no result.
    pub fn put(&self, key: &str, stored: &Stored, store: &Store) -> Result<(), PipelineError> {
        let folder = store.folder(key);
        for file in &stored.files {
            self.objects.upload(&folder.join(&file.name), &self.place(key, &file.name)?)?;
        }
        let list = folder.join(LIST);
        let failed = |source| PipelineError::Output { path: list.clone(), source };
        let content = std::fs::read(&list).map_err(failed)?;
        self.objects.create(content, &self.place(key, LIST)?)?;
        Ok(())
    }
}

/// Takes over what others made of what is asked for, or of what that rests on. Of a share, what others made need not be
/// here: it is no longer wanted, and counted.
pub(super) fn take(
    plan: &Plan,
    options: &Options<'_>,
    wanted: &mut BTreeSet<usize>,
    results: &mut [Option<Stored>],
) -> Result<usize, PipelineError> {
    let Some(shared) = options.shared else { return Ok(0) };
    let before = wanted.len();
    if options.share.is_some() {
        for at in wanted.clone() {
            if shared.get(&plan.tasks[at].key)?.is_some() {
                wanted.remove(&at);
            }
        }
    }
    let mut asked = wanted.clone();
    // Tasks stand after what they rest on, so that one pass from the end meets each after all that ask for it.
    while let Some(at) = asked.pop_last() {
        let task = &plan.tasks[at];
        if results[at].as_ref().is_none_or(|stored| !is_whole(options.store, task, stored)) {
            results[at] = shared.bring(&task.key, options.store)?;
        }
        if results[at].is_none() {
            asked.extend(&task.needs);
        }
    }
    Ok(before - wanted.len())
}

/// Lets others have a result that they have not yet; folders that users see are made where they are published.
pub(super) fn give(
    plan: &Plan,
    options: &Options<'_>,
    at: usize,
    stored: &Stored,
) -> Result<(), PipelineError> {
    let task = &plan.tasks[at];
    match options.shared {
        Some(shared) if !plan.is_published(task) && shared.get(&task.key)?.is_none() => {
            shared.put(&task.key, stored, options.store)
        }
        _ => Ok(()),
    }
}
