//! The data folder: at every moment its catalogue names files that are whole.

use std::path::{Path, PathBuf};

use super::PipelineError;
use crate::formats;
use crate::model::Dataset;
use crate::publish::replace_file;
use crate::sources::{CATALOG, Catalog, sha256_of, to_toml};

/// Writes the file, as `fill` makes it, under a name that holds its checksum, then the catalogue that names it, then removes the old file: at every
/// moment the catalogue names a file that is whole.
pub(in crate::pipeline) fn write(
    into: &Path,
    dataset: &mut Dataset,
    ending: &str,
    fill: impl FnOnce(&Path) -> Result<(), PipelineError>,
) -> Result<PathBuf, PipelineError> {
    let failed = |path: PathBuf, source| PipelineError::Output { path, source };
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| PipelineError::Output { path, source }
    };
    let path = into.join(CATALOG);
    let mut catalog = read_catalog(&path)?;
    std::fs::create_dir_all(into).map_err(at(into))?;
    let aside = tempfile::Builder::new().prefix(".ingest-").tempdir_in(into).map_err(at(into))?;
    let new = aside.path().join(format!("new.{ending}"));
    fill(&new)?;
    dataset.sha256 = sha256_of(&new)?;
    dataset.file = format!("{}-{}.{ending}", dataset.id, &dataset.sha256[..8]);
    let target = into.join(&dataset.file);
    std::fs::rename(&new, &target).map_err(at(&target))?;
    let known = catalog.datasets.iter().position(|known| known.id == dataset.id);
    let old = known.map(|row| catalog.datasets.remove(row).file);
    catalog.datasets.insert(known.unwrap_or(catalog.datasets.len()), dataset.clone());
    let text = to_toml(&catalog).map_err(|reason| PipelineError::Request {
        what: format!("{}: {reason}", path.display()),
        help: "this is a fault of the program; please report it".to_owned(),
    })?;
    replace_file(&path, |new| std::fs::write(new, &text).map_err(at(new)), failed)?;
    if let Some(old) = old.filter(|old| *old != dataset.file) {
        let old = into.join(old);
        std::fs::remove_file(&old).map_err(at(&old))?;
    }
    Ok(target)
}

fn read_catalog(path: &Path) -> Result<Catalog, PipelineError> {
    if !path.exists() {
        return Ok(Catalog::default());
    }
    let text = String::from_utf8_lossy(&formats::read(path)?).into_owned();
    Ok(Catalog::parse(path, &text)?)
}
