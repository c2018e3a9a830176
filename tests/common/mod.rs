//! What every test of the program needs.

use std::path::{Path, PathBuf};

use assert_cmd::Command;

/// The program itself; what it keeps, it keeps apart from the user's own.
pub fn scale() -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("scale"));
    command.env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    command
}

/// A real file where the shared data are present; elsewhere the test says that it skips.
#[allow(dead_code)] // not every file of tests reads real data
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not here", path.display());
    None
}
