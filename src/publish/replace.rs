//! Output is written aside and put in place when complete: there is the old output or the new one, never half of one.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

/// Fills a new folder through `fill` and puts it in the place of `target`.
///
/// Files in the old folder that `fill` did not write (a QGIS project, notes) are kept.
///
/// # Errors
/// Whatever `fill` raises, or an I/O error turned by `wrap`; the old folder is then untouched.
pub fn replace_folder<E>(
    target: &Path,
    fill: impl FnOnce(&Path) -> Result<(), E>,
    wrap: impl Fn(PathBuf, io::Error) -> E,
) -> Result<(), E> {
    let failed = |error: io::Error| wrap(target.to_owned(), error);
    let aside = aside_of(target).map_err(failed)?;
    fill(aside.path())?;
    open_to_all(aside.path()).map_err(failed)?;
    if target.exists() {
        swap(target, aside.path()).map_err(failed)?;
        // What stands aside is now the old folder; foreign files move on, the rest goes with `aside`.
        keep_foreign(aside.path(), target).map_err(failed)
    } else {
        let new = aside.keep();
        std::fs::rename(&new, target).map_err(failed)
    }
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
    let aside = aside_of(target).map_err(failed)?;
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
fn aside_of(target: &Path) -> io::Result<tempfile::TempDir> {
    let parent = parent_of(target);
    std::fs::create_dir_all(parent)?;
    tempfile::Builder::new().prefix(&hidden(target)).tempdir_in(parent)
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

fn keep_foreign(old: &Path, new: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(old)? {
        let entry = entry?;
        let kept = new.join(entry.file_name());
        if !kept.exists() {
            std::fs::rename(entry.path(), kept)?;
        }
    }
    Ok(())
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
