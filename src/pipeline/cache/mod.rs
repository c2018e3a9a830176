//! What was worked out once, kept in a folder by the hash of all it was made of.
//!
//! A key is the sha256 of everything that decides a result; an entry is found only by the same key, so that a stale one
//! cannot be read. Entries are written aside and renamed; each ends in its own checksum, and one that is damaged is no
//! entry. The folder may be removed at any time.

mod entries;

use std::path::{Path, PathBuf};

pub use entries::{Entry, Pruned};

use super::PipelineError;
use crate::formats::FormatError;
use crate::publish::replace_file;
use crate::sources::{sha256_hex, sha256_of};

/// Bytes of an entry's end: its length and its checksum.
const END: usize = 16;

/// Networks of extracts.
pub const STREETS: &str = "streets";
/// What each source gives to each target.
pub const WEIGHTS: &str = "weights";
/// Everything of which there are entries.
const KINDS: [&str; 2] = [STREETS, WEIGHTS];

/// A folder of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    folder: PathBuf,
}

/// What a result is made of, as far as it was named: a line for each part, with the sha256 of its content.
#[derive(Debug, Clone)]
pub struct Key {
    kind: &'static str,
    parts: String,
}

impl Key {
    /// The key of one kind of results; the kind is the folder they lie in.
    #[must_use]
    pub fn new(kind: &'static str) -> Self {
        Self { kind, parts: format!("{kind}\n") }
    }

    /// Adds a part by its name.
    #[must_use]
    pub fn with(self, name: &'static str, content: &[u8]) -> Self {
        self.with_sum(name, &sha256_hex(content))
    }

    /// Adds the content of a file, wherever it lies.
    ///
    /// # Errors
    /// [`FormatError::Missing`], [`FormatError::Read`].
    pub fn with_file(self, name: &'static str, file: &Path) -> Result<Self, FormatError> {
        Ok(self.with_sum(name, &sha256_of(file)?))
    }

    fn with_sum(mut self, name: &'static str, sum: &str) -> Self {
        self.parts.extend([name, " ", sum, "\n"]);
        self
    }

    fn digits(&self) -> String {
        sha256_hex(self.parts.as_bytes())
    }
}

impl Cache {
    /// The cache in a folder, which need not exist.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The user's own: `$XDG_CACHE_HOME/scale`, else `~/.cache/scale`; `None` without a home.
    ///
    /// Source: XDG Base Directory Specification 0.8; a path that is not absolute counts as none.
    #[must_use]
    pub fn of_user() -> Option<Self> {
        let named = |name| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
        let caches = named("XDG_CACHE_HOME").or_else(|| Some(named("HOME")?.join(".cache")))?;
        Some(Self::new(caches.join("scale")))
    }

    /// The folder itself.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.folder.join(key.kind).join(key.digits())
    }

    /// What was kept under a key; `None` where there is nothing, or nothing sound.
    #[must_use]
    pub fn load(&self, key: &Key) -> Option<Vec<u8>> {
        let mut bytes = std::fs::read(self.path(key)).ok()?;
        let length = content(&bytes)?.len();
        bytes.truncate(length);
        Some(bytes)
    }

    /// Keeps bytes under a key.
    ///
    /// # Errors
    /// [`PipelineError::Output`]; there is then no entry, or the one before.
    pub fn store(&self, key: &Key, content: &[u8]) -> Result<(), PipelineError> {
        let path = self.path(key);
        let failed = |path: PathBuf, source| PipelineError::Output { path, source };
        let folder = self.folder.join(key.kind);
        std::fs::create_dir_all(&folder).map_err(|source| failed(folder, source))?;
        let write = |file: &Path| {
            use std::io::Write;
            let mut out = std::fs::File::create(file)?;
            out.write_all(content)?;
            out.write_all(&ending(content))
        };
        let fill = |file: &Path| write(file).map_err(|source| failed(path.clone(), source));
        replace_file(&path, fill, failed)
    }
}

/// What an entry holds; `None` where it is damaged.
fn content(bytes: &[u8]) -> Option<&[u8]> {
    let (content, end) = bytes.split_at(bytes.len().checked_sub(END)?);
    (end == ending(content)).then_some(content)
}

/// Length and checksum of an entry.
fn ending(content: &[u8]) -> [u8; END] {
    let mut end = [0; END];
    end[..8].copy_from_slice(&(content.len() as u64).to_le_bytes());
    end[8..].copy_from_slice(&checksum(content).to_le_bytes());
    end
}

/// Four runs of FNV-1a over words of 64 bits, which is as fast as memory is read. A word that differs changes the sum of
/// its run for certain: each step can be undone. It guards against damage; what an entry is made of is in its key.
///
/// Source: Fowler, Noll, Vo; <http://www.isthe.com/chongo/tech/comp/fnv/>.
fn checksum(content: &[u8]) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let step = |sum: u64, word: u64| (sum ^ word).wrapping_mul(PRIME);
    let mut runs = [BASIS; 4];
    let (blocks, tail) = content.as_chunks::<32>();
    for block in blocks {
        let (words, _) = block.as_chunks::<8>();
        for (run, word) in runs.iter_mut().zip(words) {
            *run = step(*run, u64::from_le_bytes(*word));
        }
    }
    let tail = tail.iter().fold(BASIS, |sum, byte| step(sum, u64::from(*byte)));
    runs.into_iter().fold(tail, step)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Cache) {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().join("not/yet"));
        (folder, cache)
    }

    #[test]
    fn what_was_kept_comes_back_under_its_key_alone() {
        let (_folder, cache) = folder();
        let key = Key::new("things").with("a", b"1");
        assert_eq!(cache.load(&key), None);
        cache.store(&key, b"content of some length").unwrap();
        assert_eq!(cache.load(&key).unwrap(), b"content of some length");
        for other in [
            Key::new("things").with("a", b"2"),
            Key::new("things").with("b", b"1"),
            Key::new("others").with("a", b"1"),
            Key::new("things").with("a", b"1").with("a", b"1"),
        ] {
            assert_eq!(cache.load(&other), None);
        }
        cache.store(&key, b"").unwrap();
        assert_eq!(cache.load(&key).unwrap(), b"");
    }

    #[test]
    fn a_file_counts_by_its_content() {
        let (folder, _) = folder();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        std::fs::write(&one, "x").unwrap();
        std::fs::write(&other, "x").unwrap();
        let key = |file: &Path| Key::new("k").with_file("f", file).unwrap().digits();
        assert_eq!(key(&one), key(&other));
        std::fs::write(&other, "y").unwrap();
        assert_ne!(key(&one), key(&other));
        let missing = Key::new("k").with_file("f", &folder.path().join("none"));
        assert!(matches!(missing.err(), Some(FormatError::Missing { .. })));
    }

    #[test]
    fn every_damaged_byte_and_every_cut_is_seen() {
        let (_folder, cache) = folder();
        let key = Key::new("things");
        let content: Vec<u8> = (0..100).collect();
        cache.store(&key, &content).unwrap();
        let path = cache.path(&key);
        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            std::fs::write(&path, &damaged).unwrap();
            assert_eq!(cache.load(&key), None, "byte {at}");
            std::fs::write(&path, &whole[..at]).unwrap();
            assert_eq!(cache.load(&key), None, "cut at {at}");
        }
        cache.store(&key, &content).unwrap();
        assert_eq!(cache.load(&key).unwrap(), content);
    }
}
