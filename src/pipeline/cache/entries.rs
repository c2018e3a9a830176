//! The entries of a cache, looked after: listed, held against their checksums, removed.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{Cache, KINDS, content};

/// What is kept under one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is: `streets` or `weights`.
    pub kind: &'static str,
    /// The hash of all it was made of.
    pub key: String,
    /// When it was made, in UTC.
    pub made: Timestamp,
    pub bytes: u64,
    pub file: PathBuf,
}

/// What was removed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Pruned {
    pub files: usize,
    pub bytes: u64,
}

impl Entry {
    /// Whether its content is what was written.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        std::fs::read(&self.file).is_ok_and(|bytes| content(&bytes).is_some())
    }
}

impl Cache {
    /// Every entry, by kind and key. What is being written aside is none.
    ///
    /// # Errors
    /// Where a folder cannot be read.
    pub fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut all = Vec::new();
        for kind in KINDS {
            all.extend(entries(kind, &self.folder.join(kind))?);
        }
        Ok(all)
    }

    /// Removes what is damaged, and that of which `keep` says no.
    ///
    /// # Errors
    /// Where a folder cannot be read or written.
    pub fn prune(&self, keep: &dyn Fn(&Entry) -> bool) -> io::Result<Pruned> {
        let mut pruned = Pruned::default();
        for entry in self.entries()?.iter().filter(|entry| !keep(entry) || !entry.is_whole()) {
            std::fs::remove_file(&entry.file)?;
            pruned.files += 1;
            pruned.bytes += entry.bytes;
        }
        Ok(pruned)
    }
}

fn entries(kind: &'static str, folder: &Path) -> io::Result<Vec<Entry>> {
    let found = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        found => found?,
    };
    let mut entries = Vec::new();
    for file in found {
        let file = file?;
        let (metadata, key) = (file.metadata()?, file.file_name().to_string_lossy().into_owned());
        if !metadata.is_file() || key.starts_with('.') {
            continue;
        }
        let made = Timestamp::try_from(metadata.modified()?).map_err(io::Error::other)?;
        entries.push(Entry { kind, key, made, bytes: metadata.len(), file: file.path() });
    }
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(entries)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{Key, STREETS, WEIGHTS};
    use super::*;

    #[test]
    fn entries_are_listed_and_what_is_damaged_or_not_wanted_goes() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path());
        assert_eq!(cache.entries().unwrap(), Vec::new());
        let keys = [(STREETS, "a"), (WEIGHTS, "b"), (WEIGHTS, "c")];
        for (kind, part) in keys {
            cache.store(&Key::new(kind).with("part", part.as_bytes()), b"content").unwrap();
        }
        std::fs::write(folder.path().join("weights/.aside"), "half").unwrap();
        let entries = cache.entries().unwrap();
        let kinds: Vec<&str> = entries.iter().map(|entry| entry.kind).collect();
        assert_eq!(kinds, ["streets", "weights", "weights"]);
        assert!(entries.iter().all(|entry| entry.is_whole() && entry.bytes == 7 + 16));
        assert_eq!(cache.prune(&|_| true).unwrap(), Pruned::default());
        std::fs::write(&entries[1].file, "damaged").unwrap();
        assert!(!cache.entries().unwrap()[1].is_whole());
        assert_eq!(cache.prune(&|_| true).unwrap(), Pruned { files: 1, bytes: 7 });
        assert_eq!(cache.prune(&|entry| entry.kind == STREETS).unwrap().files, 1);
        assert_eq!(cache.entries().unwrap(), entries[..1]);
    }
}
