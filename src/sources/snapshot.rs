//! A catalogue with its files: the embedded one, a folder, or a folder laid over the embedded one.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{Catalog, SourceError, embedded};
use crate::areas::{AreasFile, read_areas_toml};
use crate::formats;
use crate::model::Dataset;

/// Name of the catalogue in a data folder.
pub const CATALOG: &str = "catalog.toml";
/// Name of the areas file in a data folder.
pub const AREAS: &str = "areas.toml";

/// Data sets and where each one's file lies.
pub struct Snapshot {
    entries: Vec<(Dataset, Origin)>,
    areas: Option<AreasFile>,
}

#[derive(Clone)]
enum Origin {
    Embedded,
    Folder(PathBuf),
}

impl Snapshot {
    /// The snapshot inside the program.
    ///
    /// # Errors
    /// [`SourceError::Catalog`], never for a program whose tests passed.
    pub fn embedded() -> Result<Self, SourceError> {
        let file = Path::new(CATALOG);
        let text = embedded_text(CATALOG)?;
        let catalog = Catalog::parse(file, &text)?;
        let entries =
            catalog.datasets.into_iter().map(|dataset| (dataset, Origin::Embedded)).collect();
        let areas = read_areas_toml(Path::new(AREAS), &embedded_text(AREAS)?)?;
        Ok(Self { entries, areas: Some(areas) })
    }

    /// A folder laid over the embedded snapshot: its data sets replace those of the same id and add the others.
    ///
    /// A folder whose catalogue says `standalone = true` is taken alone.
    ///
    /// # Errors
    /// [`SourceError::NoCatalog`], [`SourceError::Catalog`], [`SourceError::Area`].
    pub fn with_folder(folder: &Path) -> Result<Self, SourceError> {
        let (catalog, areas) = read_folder(folder)?;
        let mut snapshot = if catalog.standalone {
            Self { entries: Vec::new(), areas: None }
        } else {
            Self::embedded()?
        };
        for dataset in catalog.datasets {
            let entry = (dataset, Origin::Folder(folder.to_owned()));
            match snapshot.entries.iter_mut().find(|(known, _)| known.id == entry.0.id) {
                Some(known) => *known = entry,
                None => snapshot.entries.push(entry),
            }
        }
        snapshot.areas = areas.or(snapshot.areas);
        Ok(snapshot)
    }

    /// The catalogue entries, in order.
    pub fn datasets(&self) -> impl Iterator<Item = &Dataset> {
        self.entries.iter().map(|(dataset, _)| dataset)
    }

    /// The areas that come with the data.
    #[must_use]
    pub fn areas(&self) -> Option<&AreasFile> {
        self.areas.as_ref()
    }

    /// The bytes of a data set's file, checked against its sha256, and the path for messages.
    ///
    /// # Errors
    /// [`SourceError::Checksum`], [`SourceError::Format`], [`SourceError::Dataset`].
    pub fn bytes(&self, dataset: &Dataset) -> Result<(PathBuf, Cow<'static, [u8]>), SourceError> {
        let origin = self.entries.iter().find(|(known, _)| known.id == dataset.id);
        let (path, bytes) = if let Some(Origin::Folder(folder)) = origin.map(|(_, origin)| origin) {
            let path = folder.join(&dataset.file);
            let bytes = formats::read(&path)?;
            (path, Cow::Owned(bytes))
        } else {
            let bytes = embedded::file(&dataset.file).ok_or_else(|| SourceError::Dataset {
                dataset: dataset.id.clone(),
                reason: format!("file \"{}\" is not in the snapshot", dataset.file),
                help: "this is a fault of the program; please report it".to_owned(),
            })?;
            (PathBuf::from(&dataset.file), Cow::Borrowed(bytes))
        };
        let found = sha256_hex(&bytes);
        if found != dataset.sha256 {
            return Err(SourceError::Checksum {
                file: path,
                expected: dataset.sha256.clone(),
                found,
            });
        }
        Ok((path, bytes))
    }
}

fn read_folder(folder: &Path) -> Result<(Catalog, Option<AreasFile>), SourceError> {
    let file = folder.join(CATALOG);
    if !file.is_file() {
        return Err(SourceError::NoCatalog { folder: folder.to_owned() });
    }
    let catalog = Catalog::parse(&file, &text_of(&file)?)?;
    let areas = folder.join(AREAS);
    let areas =
        if areas.is_file() { Some(read_areas_toml(&areas, &text_of(&areas)?)?) } else { None };
    Ok((catalog, areas))
}

fn text_of(file: &Path) -> Result<String, SourceError> {
    String::from_utf8(formats::read(file)?).map_err(|_| SourceError::Catalog {
        file: file.to_owned(),
        reason: "is not UTF-8 text".to_owned(),
    })
}

fn embedded_text(name: &str) -> Result<String, SourceError> {
    let bytes = embedded::file(name).unwrap_or_default().to_vec();
    String::from_utf8(bytes).map_err(|_| SourceError::Catalog {
        file: PathBuf::from(name),
        reason: "is not UTF-8 text".to_owned(),
    })
}

/// The SHA-256 of bytes in hexadecimal digits.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
