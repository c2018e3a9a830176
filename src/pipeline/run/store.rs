//! Results of steps, kept under the hash of everything that they follow from.
//!
//! A result is a folder of files with a list of them and their checksums. It is put in place by one rename, so that it is
//! there whole or not at all. Whether it is there is never asked of the file system alone: the list carries its own
//! checksum, and a file is checked against the list when it is used.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::FlockOperation;
use serde::{Deserialize, Serialize};

use crate::pipeline::PipelineError;
use crate::publish::Pending;
use crate::sources::{sha256_hex, sha256_of};

/// Name of the list of a result.
pub(super) const LIST: &str = "result.json";

/// One file of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    pub name: String,
    pub sha256: String,
    pub bytes: u64,
}

/// What a step made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// In the order of their names.
    pub files: Vec<StoredFile>,
    /// What the step told.
    pub notes: Vec<String>,
    /// Rows that it wrote, where it counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<usize>,
}

/// The folder of all results.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

/// Who works on a result, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    pub process: u32,
    /// Seconds since 1970.
    pub since: u64,
}

impl Owner {
    /// How long ago it began.
    #[must_use]
    pub fn age(&self) -> Duration {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(self.since);
        SystemTime::now().duration_since(start).unwrap_or_default()
    }
}

/// The right to make a result; it ends with the process, however that ends.
pub struct Claim {
    _lock: File,
}

impl Store {
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Makes the folder of results, so that a share without any part is put together like the others.
    ///
    /// # Errors
    /// [`PipelineError::Output`] where the folder cannot be written.
    pub fn create(&self) -> Result<(), PipelineError> {
        let path = self.root.join("results");
        std::fs::create_dir_all(&path).map_err(|source| PipelineError::Output { path, source })
    }

    /// Where the files of a result lie.
    #[must_use]
    pub fn folder(&self, key: &str) -> PathBuf {
        // Names of a foreign store may be anything.
        self.root.join("results").join(key.get(..2).unwrap_or(key)).join(key)
    }

    /// The result under that key; `None` where there is none that is whole.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Stored> {
        listed(&std::fs::read_to_string(self.folder(key).join(LIST)).ok()?)
    }

    /// The path of a file of a result; `None` where it is not what the list says.
    #[must_use]
    pub fn file(&self, key: &str, file: &StoredFile) -> Option<PathBuf> {
        let path = self.folder(key).join(&file.name);
        (sha256_of(&path).ok()? == file.sha256).then_some(path)
    }

    /// The right to make that result. Where another process has it, `waiting` is told who, once, and this one waits.
    ///
    /// # Errors
    /// [`PipelineError::Output`] where the folder cannot be written.
    pub fn claim(&self, key: &str, waiting: &dyn Fn(&Owner)) -> Result<Claim, PipelineError> {
        let path = self.root.join("locks").join(key);
        let failed = |source| PipelineError::Output { path: path.clone(), source };
        std::fs::create_dir_all(self.root.join("locks")).map_err(failed)?;
        let open = File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let mut lock = open.map_err(failed)?;
        let io = |error: rustix::io::Errno| failed(error.into());
        if rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            let mut text = String::new();
            let _ = lock.read_to_string(&mut text);
            if let Ok(owner) = serde_json::from_str(&text) {
                waiting(&owner);
            }
            rustix::fs::flock(&lock, FlockOperation::LockExclusive).map_err(io)?;
        }
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let owner = Owner { process: std::process::id(), since: since.as_secs() };
        lock.set_len(0).and_then(|()| lock.rewind()).map_err(failed)?;
        let text = serde_json::to_string(&owner).map_err(std::io::Error::other).map_err(failed)?;
        lock.write_all(text.as_bytes()).map_err(failed)?;
        Ok(Claim { _lock: lock })
    }

    /// A folder to fill with the files of a result.
    ///
    /// # Errors
    /// [`PipelineError::Output`].
    pub fn open(&self, key: &str) -> Result<Pending, PipelineError> {
        let folder = self.folder(key);
        Pending::folder(&folder).map_err(|source| PipelineError::Output { path: folder, source })
    }

    /// Lists what was written, and puts the result in place.
    ///
    /// # Errors
    /// [`PipelineError::Output`].
    pub fn put(
        &self,
        pending: Pending,
        notes: Vec<String>,
        rows: Option<usize>,
    ) -> Result<Stored, PipelineError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| PipelineError::Output { path, source }
        };
        let stored = Stored { files: list(pending.path())?, notes, rows };
        let body = serde_json::to_string(&stored).map_err(std::io::Error::other);
        let body = body.map_err(failed(pending.path()))?;
        let text = format!("{}\n{body}", sha256_hex(body.as_bytes()));
        std::fs::write(pending.path().join(LIST), text).map_err(failed(pending.path()))?;
        let target = pending.target().to_owned();
        pending.commit().map_err(failed(&target))?;
        Ok(stored)
    }

    /// Takes over the results of another store that are whole; gives back how many were new.
    ///
    /// # Errors
    /// [`PipelineError::Output`]; [`PipelineError::Request`] where the other folder holds no results.
    pub fn take_over(&self, other: &Self) -> Result<usize, PipelineError> {
        let results = other.root.join("results");
        let failed = |source| PipelineError::Output { path: results.clone(), source };
        if !results.is_dir() {
            return Err(PipelineError::Request {
                what: format!("{}: holds no results", other.root.display()),
                help: "name the folder that `scale run --part K/N --cache DIR` wrote".to_owned(),
            });
        }
        let mut new = 0;
        for shelf in std::fs::read_dir(&results).map_err(failed)? {
            for entry in std::fs::read_dir(shelf.map_err(failed)?.path()).map_err(failed)? {
                let name = entry.map_err(failed)?.file_name();
                let key = name.to_string_lossy();
                if self.get(&key).is_some() {
                    continue;
                }
                let Some(stored) = other.get(&key) else { continue };
                new += usize::from(self.copy(other, &key, &stored)?);
            }
        }
        Ok(new)
    }

    fn copy(&self, other: &Self, key: &str, stored: &Stored) -> Result<bool, PipelineError> {
        let pending = self.open(key)?;
        for file in &stored.files {
            let Some(from) = other.file(key, file) else { return Ok(false) };
            copy_file(&from, &pending.path().join(&file.name))?;
        }
        self.put(pending, stored.notes.clone(), stored.rows).map(|_| true)
    }
}

/// What the list of a result says; `None` where it is damaged.
pub(super) fn listed(text: &str) -> Option<Stored> {
    let (sum, list) = text.split_once('\n')?;
    (sum == sha256_hex(list.as_bytes())).then(|| serde_json::from_str(list).ok()).flatten()
}

/// Copies a file of a result into a folder that is being filled.
pub(super) fn copy_file(from: &Path, to: &Path) -> Result<(), PipelineError> {
    let copy = || {
        to.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        std::fs::copy(from, to)
    };
    copy().map(|_| ()).map_err(|source| PipelineError::Output { path: to.to_owned(), source })
}

/// The files of a folder and of those in it, in the order of their names.
fn list(folder: &Path) -> Result<Vec<StoredFile>, PipelineError> {
    let mut files = Vec::new();
    collect(folder, "", &mut files)?;
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

fn collect(folder: &Path, within: &str, files: &mut Vec<StoredFile>) -> Result<(), PipelineError> {
    let failed = |source| PipelineError::Output { path: folder.to_owned(), source };
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = format!("{within}{}", entry.file_name().to_string_lossy());
        let data = entry.metadata().map_err(failed)?;
        if data.is_dir() {
            collect(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.push(StoredFile { sha256: sha256_of(&entry.path())?, name, bytes: data.len() });
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const KEY: &str = "ab12";

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("cache"));
        (folder, store)
    }

    fn put(store: &Store, text: &str) -> Stored {
        let pending = store.open(KEY).unwrap();
        std::fs::write(pending.path().join("a.txt"), text).unwrap();
        store.put(pending, vec!["a note".to_owned()], Some(1)).unwrap()
    }

    #[test]
    fn a_result_is_found_again_with_its_files_and_notes() {
        let (_folder, store) = store();
        assert_eq!(store.get(KEY), None);
        let stored = put(&store, "one");
        assert_eq!(store.get(KEY), Some(stored.clone()));
        let path = store.file(KEY, &stored.files[0]).unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "one");
    }

    #[test]
    fn an_altered_list_or_file_is_not_taken_for_a_result() {
        let (_folder, store) = store();
        let stored = put(&store, "one");
        std::fs::write(store.folder(KEY).join("a.txt"), "two").unwrap();
        assert_eq!(store.file(KEY, &stored.files[0]), None);
        let list = store.folder(KEY).join(LIST);
        let text = std::fs::read_to_string(&list).unwrap();
        std::fs::write(&list, text.replace("a note", "a lie.")).unwrap();
        assert_eq!(store.get(KEY), None);
    }

    #[test]
    fn what_was_not_finished_is_no_result() {
        let (_folder, store) = store();
        let pending = store.open(KEY).unwrap();
        std::fs::write(pending.path().join("a.txt"), "half").unwrap();
        drop(pending);
        assert_eq!(store.get(KEY), None);
    }

    #[test]
    fn a_second_claim_waits_and_is_told_for_whom() {
        let (_folder, store) = store();
        let first = store.claim(KEY, &|_| {}).unwrap();
        let second = std::thread::spawn({
            let store = store.clone();
            move || {
                let (send, told) = std::sync::mpsc::channel();
                store.claim(KEY, &|owner| send.send(owner.process).unwrap()).unwrap();
                told.try_recv().ok()
            }
        });
        while !second.is_finished()
            && std::fs::read_to_string(store.root.join("locks").join(KEY)).unwrap().is_empty()
        {
        }
        std::thread::sleep(Duration::from_millis(50));
        assert!(!second.is_finished());
        drop(first);
        assert_eq!(second.join().unwrap(), Some(std::process::id()));
    }

    #[test]
    fn results_of_another_store_are_taken_over_once() {
        let (folder, store) = store();
        put(&store, "one");
        let whole = Store::new(folder.path().join("whole"));
        assert_eq!(whole.take_over(&store).unwrap(), 1);
        assert_eq!(whole.take_over(&store).unwrap(), 0);
        assert_eq!(whole.get(KEY), store.get(KEY));
        assert!(whole.take_over(&Store::new(folder.path().join("nothing"))).is_err());
    }
}
