//! The journey of one command, from sources to files.

pub mod access;
pub mod actors;
pub mod agree;
pub mod beside;
mod block;
pub mod cache;
pub mod carry;
pub mod check;
pub mod clip;
pub mod compare;
pub mod diff;
pub mod equity;
pub mod explain;
pub mod expose;
pub mod fetch;
pub mod file;
mod ground;
pub mod ingest;
pub mod init;
pub mod lock;
pub mod map;
pub mod mirror;
pub mod plan;
pub mod priority;
pub mod records;
pub mod refuse;
pub mod report;
pub mod run;
pub mod site;
pub mod standardise;
pub mod steps;
pub mod styled;
mod values;
mod withheld;

use std::path::{Path, PathBuf};

pub use ground::{Ground, definition, no_area_named};
pub use values::Values;

/// Reads `FILE[:column]`.
#[must_use]
pub fn file_and_column(given: &str) -> (PathBuf, Option<String>) {
    match given.rsplit_once(':') {
        Some((file, column)) if !Path::new(given).exists() && !column.contains(['/', '\\']) => {
            (PathBuf::from(file), Some(column.to_owned()))
        }
        _ => (PathBuf::from(given), None),
    }
}

/// What can go wrong between the stages.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum PipelineError {
    #[error("{path}: cannot be written", path = .path.display())]
    #[diagnostic(help(
        "check that the folder may be written and has space left; the old output is untouched"
    ))]
    Output { path: PathBuf, source: std::io::Error },

    #[error("{what}")]
    #[diagnostic(help("{help}"))]
    Request { what: String, help: String },

    #[error("{file}: {count} keys of the values join no feature: {first}", file = .file.display())]
    #[diagnostic(help("check spelling, leading zeros and vintage of the codes in both files"))]
    KeysDoNotJoin { file: PathBuf, count: usize, first: String },

    #[error("{id} was not brought from {address}")]
    #[diagnostic(help("{help}"))]
    NotBrought { id: String, address: String, help: String, source: Box<PipelineError> },

    #[error("{id}: what came from {address} cannot be used")]
    #[diagnostic(help("{help}"))]
    NoUse { id: String, address: String, help: String, source: Box<PipelineError> },

    #[error("table \"{table}\" cannot be built")]
    #[diagnostic(help("this is a fault of the program; please report it"))]
    Frame { table: String, source: polars::error::PolarsError },

    #[error(transparent)]
    #[diagnostic(transparent)]
    File(#[from] file::PipelineFileError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Layer(#[from] crate::publish::LayerError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Qgis(#[from] crate::publish::qgis::QgisError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Report(#[from] crate::publish::report::ReportError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Format(#[from] crate::formats::FormatError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Area(#[from] crate::areas::AreaError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Source(#[from] crate::sources::SourceError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Object(#[from] crate::sources::objects::ObjectError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Provider(#[from] crate::sources::providers::ProviderError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Model(#[from] crate::model::ModelError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Access(#[from] crate::access::AccessError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Gtfs(#[from] crate::formats::gtfs::GtfsError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Network(#[from] crate::network::NetworkError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Crs(#[from] crate::model::CrsError),
}
