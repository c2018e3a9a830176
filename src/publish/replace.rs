//! Output is written aside and put in place when complete: there is the old output or the new one, never half of one.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FlockOperation, RenameFlags, renameat_with};

use super::manifest::listed_files;

/// A folder that is being filled beside the one whose place it will take.
///
/// Files in the old folder that its manifest does not list (a QGIS project, notes) are kept. They are linked into the
/// new folder before it takes its place, so that no moment is without them. What a killed run left beside the target is
/// swept first. Dropped without [`Pending::commit`], nothing has happened.
pub struct Pending {
    target: PathBuf,
    aside: Aside,
}

impl Pending {
    /// An empty folder beside `target`.
    ///
    /// # Errors
    /// Where the folder around it cannot be written.
    pub fn folder(target: &Path) -> io::Result<Self> {
        Ok(Self { target: target.to_owned(), aside: Aside::new(target)? })
    }

    /// Where to write.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.aside.path()
    }

    /// The folder that will hold what is written.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Puts the folder in its place, in one step where the file system can.
    ///
    /// # Errors
    /// The old folder is then untouched.
    pub fn commit(self) -> io::Result<()> {
        let (target, aside) = (&self.target, self.aside.path());
        open_to_all(aside)?;
        match std::fs::rename(aside, target) {
            // Another run may have put its folder there a moment ago: its files are replaced as any others.
            Err(_) if target.exists() => {
                keep_foreign(target, aside)?;
                // What stands aside afterwards is the old folder, which goes with `aside`.
                swap(target, aside)
            }
            moved => moved,
        }
    }
}

/// Fills a new folder through `fill` and puts it in the place of `target`.
///
/// # Errors
/// Whatever `fill` raises, or an I/O error turned by `wrap`; the old folder is then untouched.
pub fn replace_folder<E>(
    target: &Path,
    fill: impl FnOnce(&Path) -> Result<(), E>,
    wrap: impl Fn(PathBuf, io::Error) -> E,
) -> Result<(), E> {
    let failed = |error: io::Error| wrap(target.to_owned(), error);
    let pending = Pending::folder(target).map_err(failed)?;
    fill(pending.path())?;
    pending.commit().map_err(failed)
}

/// Writes a new file through `fill` and puts it in the place of `target`.
///
/// # Errors
/// Whatever `fill` raises, or an I/O error turned by `wrap`; the old file is then untouched.
pub fn replace_file<E>(
    target: &Path,
    fill: impl FnOnce(&Path) -> Result<(), E>,
    wrap: impl Fn(PathBuf, io::Error) -> E,
) -> Result<(), E> {
    let failed = |error: io::Error| wrap(target.to_owned(), error);
    let aside = Aside::new(target).map_err(failed)?;
    let name = target.file_name().map_or_else(|| OsString::from("out"), OsString::from);
    let new = aside.path().join(name);
    fill(&new)?;
    std::fs::rename(&new, target).map_err(failed)
}

fn parent_of(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A hidden folder beside the target, on the same file system, gone when dropped.
///
/// Its owner holds a lock on it. The lock ends with the owner, however that ends: a folder that can be locked is left
/// over from a killed run.
struct Aside {
    folder: tempfile::TempDir,
    _lock: File,
}

impl Aside {
    fn new(target: &Path) -> io::Result<Self> {
        let parent = parent_of(target);
        std::fs::create_dir_all(parent)?;
        let prefix = hidden(target);
        sweep(parent, &prefix)?;
        loop {
            let folder = tempfile::Builder::new().prefix(&prefix).tempdir_in(parent)?;
            // Another run may have swept the folder in the moment before it was locked.
            let Some(lock) = unless_gone(File::open(folder.path()))? else { continue };
            rustix::fs::flock(&lock, FlockOperation::LockExclusive)?;
            if folder.path().exists() {
                return Ok(Self { folder, _lock: lock });
            }
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn sweep(parent: &Path, prefix: &OsStr) -> io::Result<()> {
    for entry in std::fs::read_dir(parent)? {
        let entry = entry?;
        if !entry.file_name().as_encoded_bytes().starts_with(prefix.as_encoded_bytes()) {
            continue;
        }
        let Ok(lock) = File::open(entry.path()) else { continue };
        if rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok() {
            unless_gone(std::fs::remove_dir_all(entry.path()))?;
        }
    }
    Ok(())
}

/// Nothing where what was to be done was done by another run in the meantime.
fn unless_gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

fn hidden(target: &Path) -> OsString {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(".new-");
    name
}

/// A temporary folder is private; a published one is as open as its files.
#[cfg(unix)]
fn open_to_all(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn open_to_all(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Exchanges two folders in one step where the file system can, else in two.
fn swap(target: &Path, aside: &Path) -> io::Result<()> {
    if renameat_with(CWD, target, CWD, aside, RenameFlags::EXCHANGE).is_ok() {
        return Ok(());
    }
    let old = aside.with_extension("old");
    std::fs::rename(target, &old)?;
    std::fs::rename(aside, target)?;
    std::fs::rename(&old, aside)
}

/// Links or, where the file system has no links, copies what the old manifest does not list.
fn keep_foreign(old: &Path, new: &Path) -> io::Result<()> {
    keep_unlisted(old, new, "", &listed_files(old))
}

fn keep_unlisted(old: &Path, new: &Path, within: &str, ours: &[String]) -> io::Result<()> {
    for entry in std::fs::read_dir(old)? {
        let entry = entry?;
        let kept = new.join(entry.file_name());
        let name = format!("{within}{}", entry.file_name().to_string_lossy());
        let inside = format!("{name}/");
        if ours.iter().any(|own| own.starts_with(&inside)) {
            keep_unlisted(&entry.path(), &kept, &inside, ours)?;
        } else if !ours.contains(&name) && !kept.exists() {
            keep(&entry.path(), &kept)?;
        }
    }
    Ok(())
}

fn keep(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(parent_of(to))?;
    if from.is_dir() {
        std::fs::create_dir(to)?;
        for entry in std::fs::read_dir(from)? {
            let entry = entry?;
            keep(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    std::fs::hard_link(from, to).or_else(|_| std::fs::copy(from, to).map(|_| ()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn fill(text: &'static str) -> impl FnOnce(&Path) -> io::Result<()> {
        move |folder| std::fs::write(folder.join("a.txt"), text)
    }

    #[test]
    fn a_new_folder_replaces_the_old_one_and_foreign_files_stay() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("out");
        replace_folder(&target, fill("one"), |_, error| error).unwrap();
        std::fs::write(target.join("mine.qgz"), "project").unwrap();
        replace_folder(&target, fill("two"), |_, error| error).unwrap();
        assert_eq!(std::fs::read_to_string(target.join("a.txt")).unwrap(), "two");
        assert_eq!(std::fs::read_to_string(target.join("mine.qgz")).unwrap(), "project");
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1, "nothing stands aside");
    }

    #[test]
    fn a_layer_that_is_no_longer_made_does_not_stay_behind() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("out");
        let first = |folder: &Path| {
            std::fs::write(folder.join("old.parquet"), "layer")?;
            let outputs = r#"{"outputs": [{"file": "old.parquet"}]}"#;
            std::fs::write(folder.join("manifest.json"), outputs)
        };
        replace_folder(&target, first, |_, error| error).unwrap();
        std::fs::create_dir(target.join("notes")).unwrap();
        std::fs::write(target.join("notes/mine.md"), "note").unwrap();
        replace_folder(&target, fill("two"), |_, error| error).unwrap();
        assert!(!target.join("old.parquet").exists());
        assert_eq!(std::fs::read_to_string(target.join("notes/mine.md")).unwrap(), "note");
    }

    #[test]
    fn own_files_between_listed_ones_stay() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("out");
        let first = |folder: &Path| {
            std::fs::create_dir_all(folder.join("cells/county=01"))?;
            std::fs::write(folder.join("cells/county=01/0000.parquet"), "rows")?;
            let outputs = r#"{"outputs": [{"file": "cells/county=01/0000.parquet"}]}"#;
            std::fs::write(folder.join("manifest.json"), outputs)
        };
        replace_folder(&target, first, |_, error| error).unwrap();
        std::fs::write(target.join("cells/county=01/mine.md"), "note").unwrap();
        replace_folder(&target, fill("two"), |_, error| error).unwrap();
        assert!(!target.join("cells/county=01/0000.parquet").exists());
        let note = std::fs::read_to_string(target.join("cells/county=01/mine.md"));
        assert_eq!(note.unwrap(), "note");
    }

    #[test]
    fn what_a_killed_run_left_is_swept_and_a_living_one_is_not() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("out");
        let living = Aside::new(&target).unwrap();
        let dead = place.path().join(".out.new-dead");
        std::fs::create_dir(&dead).unwrap();
        replace_folder(&target, fill("one"), |_, error| error).unwrap();
        assert!(!dead.exists() && living.path().exists());
    }

    #[test]
    fn a_fault_while_filling_leaves_the_old_output() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("out");
        replace_folder(&target, fill("one"), |_, error| error).unwrap();
        let fault = |folder: &Path| {
            std::fs::write(folder.join("a.txt"), "half")?;
            Err(io::Error::other("fault"))
        };
        assert!(replace_folder(&target, fault, |_, error| error).is_err());
        assert_eq!(std::fs::read_to_string(target.join("a.txt")).unwrap(), "one");
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1, "nothing stands aside");
    }
}
