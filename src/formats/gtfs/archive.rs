//! The files of a feed, in a zip (also inside one sub-folder of it) or in a folder.
//!
//! Names of entries are compared and never used as paths; a zip with one that climbs out of its folder is refused all the
//! same, for it is no feed. An entry that unpacks to more than
//! [`MAX_BYTES`], or from [`FREE_BYTES`] on to more than [`MAX_RATIO`] times its packed size, is
//! refused, whether it says so beforehand or shows it while being read.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use super::GtfsError;
use super::rows::Rows;
use crate::formats::FormatError;

/// Unpacked bytes of one entry.
const MAX_BYTES: u64 = 2 << 30;
/// Unpacked over packed bytes; text tables reach 10 to 30.
const MAX_RATIO: u64 = 200;
/// Unpacked bytes up to which the ratio does not matter.
const FREE_BYTES: u64 = 1 << 20;

/// An opened feed.
pub(super) struct Archive {
    path: PathBuf,
    inner: Inner,
}

enum Inner {
    Zip { archive: Box<ZipArchive<BufReader<File>>>, members: BTreeMap<String, usize> },
    Folder,
}

/// The error inside an `io::Error` that says that an entry unpacks to too much.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Excess(String);

impl Archive {
    pub(super) fn open(path: &Path) -> Result<Self, GtfsError> {
        let path = path.to_owned();
        if path.is_dir() {
            return Ok(Self { path, inner: Inner::Folder });
        }
        let file = open_file(&path)?;
        let archive =
            ZipArchive::new(BufReader::new(file)).map_err(|error| not_zip(&path, &error))?;
        let members = members(&path, archive.file_names_raw())?;
        Ok(Self { path, inner: Inner::Zip { archive: Box::new(archive), members } })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The rows of a file, `None` where the feed does not have it.
    pub(super) fn rows(&mut self, member: &'static str) -> Result<Option<Rows<'_>>, GtfsError> {
        let path = &self.path;
        let source: Box<dyn Read + '_> = match &mut self.inner {
            Inner::Folder => match File::open(path.join(member)) {
                Ok(file) => Box::new(file),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
                Err(source) => {
                    return Err(FormatError::Read { file: path.join(member), source }.into());
                }
            },
            Inner::Zip { archive, members } => {
                let Some(&index) = members.get(member) else { return Ok(None) };
                unpack(path, archive, index, member)?
            }
        };
        Rows::open(path, member, source).map(Some)
    }

    /// The rows of a file that a feed must have.
    pub(super) fn required(&mut self, member: &'static str) -> Result<Rows<'_>, GtfsError> {
        let missing = self.missing(member);
        self.rows(member)?.ok_or(missing)
    }

    pub(super) fn missing(&self, member: &'static str) -> GtfsError {
        let found = match &self.inner {
            Inner::Zip { members, .. } => members.keys().cloned().collect(),
            Inner::Folder => folder_names(&self.path),
        };
        let found = if found.is_empty() { "none".to_owned() } else { found.join(", ") };
        GtfsError::MissingMember { file: self.path.clone(), member, found }
    }
}

fn open_file(path: &Path) -> Result<File, FormatError> {
    let file = File::open(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => FormatError::Missing { file: path.to_owned() },
        _ => FormatError::Read { file: path.to_owned(), source },
    })?;
    match file.metadata() {
        Ok(metadata) if metadata.len() == 0 => Err(FormatError::Empty { file: path.to_owned() }),
        Ok(_) => Ok(file),
        Err(source) => Err(FormatError::Read { file: path.to_owned(), source }),
    }
}

fn not_zip(path: &Path, error: &ZipError) -> FormatError {
    let mut start = [0; 4];
    let signed = File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok()
        && start.starts_with(b"PK");
    if signed {
        return FormatError::Truncated { file: path.to_owned(), reason: error.to_string() };
    }
    FormatError::NotWhatItSays {
        file: path.to_owned(),
        expected: "a GTFS feed",
        reason: error.to_string(),
        help: "give a zip of GTFS text files, or a folder that holds them".to_owned(),
    }
}

/// The `.txt` entries of the one folder that holds the feed, by base name.
fn members<'a>(
    path: &Path,
    names: impl Iterator<Item = &'a [u8]>,
) -> Result<BTreeMap<String, usize>, FormatError> {
    let mut folders: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for (index, name) in names.enumerate() {
        let name = String::from_utf8_lossy(name).replace('\\', "/");
        if climbs(&name) {
            return Err(FormatError::NotWhatItSays {
                file: path.to_owned(),
                expected: "a GTFS feed",
                reason: format!("its entry \"{name}\" would lie outside the folder of the feed"),
                help: "fetch the feed again, and from its publisher".to_owned(),
            });
        }
        let (folder, base) = name.rsplit_once('/').unwrap_or(("", &name));
        // What macOS adds to a zip has the names of the real files.
        if base.strip_suffix(".txt").is_some()
            && !base.starts_with("._")
            && !folder.starts_with("__MACOSX")
        {
            folders.entry(folder.to_owned()).or_default().insert(base.to_owned(), index);
        }
    }
    if let Some(root) = folders.remove("").filter(|root| root.contains_key("stops.txt")) {
        return Ok(root);
    }
    let mut feeds: Vec<_> =
        folders.into_iter().filter(|(_, held)| held.contains_key("stops.txt")).collect();
    match (feeds.pop(), feeds.len()) {
        (Some((_, feed)), 0) => Ok(feed),
        (None, _) => Ok(BTreeMap::new()),
        (Some(_), others) => Err(FormatError::NotWhatItSays {
            file: path.to_owned(),
            expected: "a GTFS feed",
            reason: format!("it holds {} folders with a stops.txt", others + 1),
            help: "unpack it and give one of the folders".to_owned(),
        }),
    }
}

/// Whether a file of that name would lie elsewhere than in the folder it is unpacked into.
fn climbs(name: &str) -> bool {
    name.starts_with('/') || name.split('/').any(|part| part == "..")
}

fn unpack<'a>(
    path: &Path,
    archive: &'a mut ZipArchive<BufReader<File>>,
    index: usize,
    member: &str,
) -> Result<Box<dyn Read + 'a>, GtfsError> {
    let (file, member) = (path.to_owned(), member.to_owned());
    let entry = match archive.by_index(index) {
        Ok(entry) => entry,
        Err(error) => return Err(GtfsError::Damaged { file, member, reason: error.to_string() }),
    };
    let packed = entry.compressed_size();
    if let Some(reason) = excess(entry.size(), packed) {
        return Err(GtfsError::Hostile { file, member, reason });
    }
    Ok(Box::new(Limited { source: entry, packed, unpacked: 0 }))
}

fn excess(unpacked: u64, packed: u64) -> Option<String> {
    if unpacked > MAX_BYTES {
        return Some("it unpacks to more than 2 GB".to_owned());
    }
    (unpacked > FREE_BYTES && unpacked / MAX_RATIO > packed)
        .then(|| format!("it unpacks to more than {MAX_RATIO} times its packed size"))
}

/// Counts what comes out of an entry, for its header may lie.
struct Limited<R> {
    source: R,
    packed: u64,
    unpacked: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.unpacked += count as u64;
        match excess(self.unpacked, self.packed) {
            Some(reason) => Err(std::io::Error::other(Excess(reason))),
            None => Ok(count),
        }
    }
}

fn folder_names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| name.strip_suffix(".txt").is_some());
    names.sort();
    names
}
