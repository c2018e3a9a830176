//! A catalogue with its files: the embedded one, a folder, or a folder laid over the embedded one.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{Catalog, SourceError, embedded};
use crate::areas::{AreasFile, read_areas_toml};
use crate::formats::{self, FormatError};
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
        let mut snapshot = Self::embedded()?;
        snapshot.lay_over(folder)?;
        Ok(snapshot)
    }

    /// No data at all, for folders to be laid over.
    #[must_use]
    pub fn empty() -> Self {
        Self { entries: Vec::new(), areas: None }
    }

    /// Lays a folder over what there is; one whose catalogue says `standalone = true` takes its place.
    ///
    /// # Errors
    /// [`SourceError::NoCatalog`], [`SourceError::Catalog`], [`SourceError::Area`].
    pub fn lay_over(&mut self, folder: &Path) -> Result<(), SourceError> {
        let (catalog, areas) = read_folder(folder)?;
        if catalog.standalone {
            *self = Self::empty();
        }
        for dataset in catalog.datasets {
            let entry = (dataset, Origin::Folder(folder.to_owned()));
            match self.entries.iter_mut().find(|(known, _)| known.id == entry.0.id) {
                Some(known) => *known = entry,
                None => self.entries.push(entry),
            }
        }
        self.areas = areas.or(self.areas.take());
        Ok(())
    }

    /// The catalogue entries, in order.
    pub fn datasets(&self) -> impl Iterator<Item = &Dataset> {
        self.entries.iter().map(|(dataset, _)| dataset)
    }

    /// The entries whose files lie in a folder of the user's: all that is not built in.
    pub fn own(&self) -> impl Iterator<Item = &Dataset> {
        let own = self.entries.iter().filter(|(_, origin)| !matches!(origin, Origin::Embedded));
        own.map(|(dataset, _)| dataset)
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
        check_sum(&path, dataset, sha256_hex(&bytes))?;
        Ok((path, bytes))
    }

    /// The path of a data set's file in its folder, its content checked against its sha256 without being held in memory.
    ///
    /// # Errors
    /// [`SourceError::Checksum`], [`SourceError::Format`]; [`SourceError::Dataset`] for one that is in no folder.
    pub fn file(&self, dataset: &Dataset) -> Result<PathBuf, SourceError> {
        let origin = self.entries.iter().find(|(known, _)| known.id == dataset.id);
        let Some(Origin::Folder(folder)) = origin.map(|(_, origin)| origin) else {
            return Err(SourceError::Dataset {
                dataset: dataset.id.clone(),
                reason: "lies in no data folder".to_owned(),
                help: "ingest it, and name the folder with --data".to_owned(),
            });
        };
        let path = folder.join(&dataset.file);
        check_sum(&path, dataset, sha256_of(&path)?)?;
        Ok(path)
    }
}

fn check_sum(path: &Path, dataset: &Dataset, found: String) -> Result<(), SourceError> {
    if found == dataset.sha256 {
        return Ok(());
    }
    let (file, expected) = (path.to_owned(), dataset.sha256.clone());
    Err(SourceError::Checksum { file, expected, found })
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
    hex(&Sha256::digest(bytes))
}

/// The SHA-256 of a file in hexadecimal digits, read piece by piece.
///
/// # Errors
/// [`FormatError::Missing`], [`FormatError::Read`].
pub fn sha256_of(path: &Path) -> Result<String, FormatError> {
    let failed = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::NotFound => FormatError::Missing { file: path.to_owned() },
        _ => FormatError::Read { file: path.to_owned(), source },
    };
    let mut file = File::open(path).map_err(failed)?;
    let (mut hash, mut piece) = (Sha256::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut piece).map_err(failed)? {
            0 => return Ok(hex(&hash.finalize())),
            length => hash.update(piece.get(..length).unwrap_or_default()),
        }
    }
}

/// Bytes in hexadecimal digits.
#[must_use]
pub fn hex(digest: &[u8]) -> String {
    use std::fmt::Write as _;
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
