//! What can be wrong with a file, said so that the reader knows which file, where in it, and what to do.

use std::path::PathBuf;

/// Every fault a reader or writer of a file format can raise.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum FormatError {
    #[error("{file}: no such file", file = .file.display())]
    #[diagnostic(help("check the path; it is taken relative to the folder the command runs in"))]
    Missing { file: PathBuf },

    #[error("{file}: the file is empty", file = .file.display())]
    #[diagnostic(help("fetch or export it again: an empty file is often an interrupted download"))]
    Empty { file: PathBuf },

    #[error("{file}: cannot be read", file = .file.display())]
    Read { file: PathBuf, source: std::io::Error },

    #[error("{file}: cannot be written", file = .file.display())]
    #[diagnostic(help(
        "check that the folder exists, may be written and has space left; the old output is untouched"
    ))]
    Write { file: PathBuf, source: std::io::Error },

    #[error("{file}: is not {expected}: {reason}", file = .file.display())]
    #[diagnostic(help("{help}"))]
    NotWhatItSays { file: PathBuf, expected: &'static str, reason: String, help: String },

    #[error("{file}: is cut off or damaged: {reason}", file = .file.display())]
    #[diagnostic(help("fetch or export it again and compare its size with the source"))]
    Truncated { file: PathBuf, reason: String },

    #[error("{file}: unknown file ending", file = .file.display())]
    #[diagnostic(help("known endings: {known}"))]
    UnknownEnding { file: PathBuf, known: &'static str },

    #[error("{place}: row {row}: {reason}")]
    #[diagnostic(help("{help}"))]
    Row { place: Place, row: usize, reason: String, help: String },

    #[error("{place}: row {row}, column \"{column}\": \"{cell}\" is not a number")]
    #[diagnostic(help("{help}"))]
    NotANumber { place: Place, row: usize, column: String, cell: String, help: String },

    #[error(transparent)]
    #[diagnostic(transparent)]
    MissingColumn(#[from] crate::model::MissingColumn),

    #[error("{place}: column \"{column}\" appears twice")]
    #[diagnostic(help("rename one of the two in the file"))]
    DuplicateColumn { place: Place, column: String },

    #[error("{place}: key \"{key}\" appears twice, in row {first} and row {row}")]
    #[diagnostic(help("{help}"))]
    DuplicateKey { place: Place, key: String, first: usize, row: usize, help: String },

    #[error("{file}: holds {count} layers: {names}", file = .file.display())]
    #[diagnostic(help("name one of them with --layer"))]
    ManyLayers { file: PathBuf, count: usize, names: String },

    #[error("{file}: there is no layer \"{layer}\"", file = .file.display())]
    #[diagnostic(help("layers found: {found}"))]
    NoSuchLayer { file: PathBuf, layer: String, found: String },

    #[error("{place}: has no coordinate reference system")]
    #[diagnostic(help("say which one with --input-crs, for example --input-crs EPSG:3006"))]
    NoCrs { place: Place },

    #[error("{place}: row {row}: coordinate ({x}, {y}) lies outside the area of use of {crs}")]
    #[diagnostic(help("{help}"))]
    OutsideCrs { place: Place, row: usize, x: f64, y: f64, crs: String, help: String },

    #[error("{place}: row {row}: {reason}")]
    #[diagnostic(help("{help}"))]
    BadGeometry { place: Place, row: usize, reason: String, help: String },

    #[error("{place}: mixes geometry types: {found}")]
    #[diagnostic(help("split the file so that each layer holds points, lines or polygons only"))]
    MixedGeometry { place: Place, found: String },

    #[error("{file}: cannot be decoded: {reason}", file = .file.display())]
    #[diagnostic(help("{help}"))]
    Decode { file: PathBuf, reason: String, help: String },

    #[error(transparent)]
    #[diagnostic(transparent)]
    Crs(#[from] crate::model::CrsError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Model(#[from] crate::model::ModelError),
}

/// A file, or a layer in it: what a message points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub file: PathBuf,
    pub layer: Option<String>,
}

impl Place {
    /// A file whose content has no layers.
    #[must_use]
    pub fn file(file: impl Into<PathBuf>) -> Self {
        Self { file: file.into(), layer: None }
    }

    /// One layer of a file.
    #[must_use]
    pub fn layer(file: impl Into<PathBuf>, layer: impl Into<String>) -> Self {
        Self { file: file.into(), layer: Some(layer.into()) }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.file.display())?;
        match &self.layer {
            Some(layer) => write!(f, ", layer \"{layer}\""),
            None => Ok(()),
        }
    }
}
