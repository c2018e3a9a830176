//! What was fetched, kept under the hash of its content, and found again by the request that brought it.
//!
//! ```text
//! blobs/ab/ab12….json   content, never changed; its name is its sha256
//! requests/cd34….json   which request brought it, when, and which version it was
//! partial/cd34…         what is being fetched
//! named-by/ef56…        where a lock lies that names blobs
//! locks/cd34…, in-use   who fetches what; whether anybody does
//! ```
//! Files are put in place by one rename. A blob is held against its name whenever it is used.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;
use serde::{Deserialize, Serialize};

use super::{sha256_hex, sha256_of};

/// A request, as it is remembered: the address with `{key}` in the place of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub address: String,
    /// The body of a POST; empty for a GET.
    pub parameters: String,
}

/// What a request brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub asked: Asked,
    /// RFC 3339, in UTC.
    pub retrieved: String,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    pub sha256: String,
    pub bytes: u64,
    /// What the file ends in, such as `json`.
    pub ending: String,
}

/// The lock of those that bring and of those that remove.
const IN_USE: &str = "in-use";

/// The folder of blobs.
#[derive(Debug, Clone)]
pub struct Blobs {
    root: PathBuf,
}

/// The right to bring what a request asks for, or to be left alone by [`Blobs::prune`]; it ends with the process.
pub struct Claim {
    _lock: File,
}

/// What was found wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    pub file: PathBuf,
    pub asked: Option<Asked>,
    pub reason: &'static str,
}

/// What was removed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Pruned {
    pub files: usize,
    pub bytes: u64,
}

impl Asked {
    fn name(&self) -> String {
        sha256_hex(format!("{}\n{}", self.address, self.parameters).as_bytes())
    }
}

impl Blobs {
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where content lies, or would.
    #[must_use]
    pub fn path(&self, sha256: &str, ending: &str) -> PathBuf {
        let drawer = sha256.get(..2).unwrap_or("00");
        self.root.join("blobs").join(drawer).join(format!("{sha256}.{ending}"))
    }

    /// Where the content lies, if it is there and whole.
    #[must_use]
    pub fn whole(&self, sha256: &str, ending: &str) -> Option<PathBuf> {
        let path = self.path(sha256, ending);
        (sha256_of(&path).ok()? == sha256).then_some(path)
    }

    /// What the request brought before; `None` where that is damaged or was never asked.
    #[must_use]
    pub fn find(&self, asked: &Asked) -> Option<Kept> {
        let kept = read(&self.request(asked))?;
        (kept.asked == *asked).then_some(kept)
    }

    /// Whether anything is remembered of the request, whole or damaged.
    #[must_use]
    pub fn knows(&self, asked: &Asked) -> bool {
        self.request(asked).exists()
    }

    /// Forgets what the request brought, so that it is asked again.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn forget(&self, asked: &Asked) -> io::Result<()> {
        match std::fs::remove_file(self.request(asked)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Where to fetch into. What an earlier attempt left may stand there.
    ///
    /// # Errors
    /// Where the folder cannot be made.
    pub fn partial(&self, asked: &Asked) -> io::Result<PathBuf> {
        let folder = self.root.join("partial");
        std::fs::create_dir_all(&folder)?;
        Ok(folder.join(asked.name()))
    }

    /// The right to fetch it; another process that has it is waited for.
    ///
    /// # Errors
    /// Where the lock cannot be written.
    pub fn claim(&self, asked: &Asked) -> io::Result<Claim> {
        self.lock(&asked.name(), FlockOperation::LockExclusive)
    }

    /// Keeps [`Blobs::prune`] away until what is brought stands in its lock; any number may have it at once.
    ///
    /// # Errors
    /// Where the lock cannot be written.
    pub fn in_use(&self) -> io::Result<Claim> {
        self.lock(IN_USE, FlockOperation::LockShared)
    }

    fn lock(&self, name: &str, how: FlockOperation) -> io::Result<Claim> {
        let folder = self.root.join("locks");
        std::fs::create_dir_all(&folder)?;
        let path = folder.join(name);
        let lock = File::options().write(true).create(true).truncate(false).open(path)?;
        rustix::fs::flock(&lock, how)?;
        Ok(Claim { _lock: lock })
    }

    /// Puts a whole file in its place and remembers what brought it.
    ///
    /// # Errors
    /// Where the folder cannot be written; what was there before stays.
    pub fn put(&self, from: &Path, kept: &Kept) -> io::Result<PathBuf> {
        let path = self.path(&kept.sha256, &kept.ending);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::rename(from, &path)?;
        self.remember(kept)?;
        Ok(path)
    }

    /// Remembers that the request was asked again.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn remember(&self, kept: &Kept) -> io::Result<()> {
        let body = serde_json::to_string(kept).map_err(io::Error::other)?;
        let text = format!("{}\n{body}", sha256_hex(body.as_bytes()));
        write(&self.request(&kept.asked), text.as_bytes())
    }

    /// Keeps content that was made from fetched content.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn keep(&self, content: &[u8], ending: &str) -> io::Result<(String, PathBuf)> {
        let sha256 = sha256_hex(content);
        let path = self.path(&sha256, ending);
        if self.whole(&sha256, ending).is_none() {
            write(&path, content)?;
        }
        Ok((sha256, path))
    }

    /// Every request that is remembered, by address.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn list(&self) -> io::Result<Vec<Kept>> {
        let mut all: Vec<Kept> =
            files(&self.root.join("requests"))?.iter().filter_map(|path| read(path)).collect();
        all.sort_by(|a, b| {
            (&a.asked.address, &a.asked.parameters).cmp(&(&b.asked.address, &b.asked.parameters))
        });
        Ok(all)
    }

    /// Holds every file against its name, and every request against its blob.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn verify(&self) -> io::Result<Vec<Damage>> {
        let mut damage = Vec::new();
        for file in files(&self.root.join("requests"))? {
            match read(&file) {
                None => damage.push(Damage { file, asked: None, reason: "is damaged" }),
                Some(kept) => {
                    let blob = self.path(&kept.sha256, &kept.ending);
                    if !blob.is_file() {
                        let asked = Some(kept.asked);
                        damage.push(Damage { file: blob, asked, reason: "is gone" });
                    }
                }
            }
        }
        for file in files(&self.root.join("blobs"))? {
            if !sha256_of(&file).is_ok_and(|sum| sum == sum_of(&file)) {
                damage.push(Damage { file, asked: None, reason: "is not what its name says" });
            }
        }
        Ok(damage)
    }

    /// Remembers where a lock lies that names blobs.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn remember_lock(&self, lock: &Path) -> io::Result<()> {
        let lock = std::path::absolute(lock)?;
        let text = lock.as_os_str().as_encoded_bytes();
        let path = self.root.join("named-by").join(sha256_hex(text));
        if path.is_file() { Ok(()) } else { write(&path, text) }
    }

    /// The locks that name blobs and are still there.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn locks(&self) -> io::Result<Vec<PathBuf>> {
        let mut locks = Vec::new();
        for file in files(&self.root.join("named-by"))? {
            let lock = PathBuf::from(String::from_utf8_lossy(&std::fs::read(&file)?).as_ref());
            locks.extend(lock.is_file().then_some(lock));
        }
        Ok(locks)
    }

    /// Removes what no request led to, what is damaged, and requests for which `keep` says no; content that a lock names by
    /// its sha256 stays with its request, however old.
    ///
    /// # Errors
    /// Where the folder cannot be read or written; [`io::ErrorKind::WouldBlock`] while something is being brought.
    pub fn prune(
        &self,
        keep: &dyn Fn(&Kept) -> bool,
        named: &BTreeSet<String>,
    ) -> io::Result<Pruned> {
        let mut pruned = Pruned::default();
        if !self.root.is_dir() {
            return Ok(pruned);
        }
        let _alone = self.lock(IN_USE, FlockOperation::NonBlockingLockExclusive)?;
        let mut used = BTreeSet::new();
        for file in files(&self.root.join("blobs"))? {
            let sum = sum_of(&file);
            if named.contains(&sum) && sha256_of(&file).is_ok_and(|found| found == sum) {
                used.insert(file);
            }
        }
        let keep = |kept: &Kept| named.contains(&kept.sha256) || keep(kept);
        for file in files(&self.root.join("requests"))? {
            match read(&file).filter(keep) {
                Some(kept) if self.whole(&kept.sha256, &kept.ending).is_some() => {
                    used.insert(self.path(&kept.sha256, &kept.ending));
                }
                _ => pruned.remove(&file)?,
            }
        }
        let loose =
            files(&self.root.join("blobs"))?.into_iter().filter(|path| !used.contains(path));
        for file in loose.chain(files(&self.root.join("partial"))?) {
            pruned.remove(&file)?;
        }
        Ok(pruned)
    }

    fn request(&self, asked: &Asked) -> PathBuf {
        self.root.join("requests").join(format!("{}.json", asked.name()))
    }
}

impl Pruned {
    fn remove(&mut self, file: &Path) -> io::Result<()> {
        let bytes = file.metadata()?.len();
        std::fs::remove_file(file)?;
        self.files += 1;
        self.bytes += bytes;
        Ok(())
    }
}

/// The sha256 that a blob is named by; what it ends in may have a dot of its own, such as `osm.pbf`.
fn sum_of(blob: &Path) -> String {
    let name = blob.file_name().unwrap_or_default().to_string_lossy();
    name.split('.').next().unwrap_or_default().to_owned()
}

/// A remembered request; `None` unless it is whole.
fn read(path: &Path) -> Option<Kept> {
    let text = std::fs::read_to_string(path).ok()?;
    let (sum, body) = text.split_once('\n')?;
    (sum == sha256_hex(body.as_bytes())).then(|| serde_json::from_str(body).ok()).flatten()
}

/// Writes aside and renames.
fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut new = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    io::Write::write_all(&mut new, content)?;
    new.persist(path)?;
    Ok(())
}

/// The files of a folder and its shelves, sorted; what is being written aside is none of them.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if !hidden {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests;
