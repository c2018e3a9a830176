//! Where data come from: the snapshot inside the program and folders laid over it.

pub mod blobs;
mod catalog;
mod data;
mod embedded;
mod figures;
pub mod http;
pub mod objects;
pub mod providers;
mod register;
mod schema;
mod services;
mod snapshot;
mod typed;

use std::path::PathBuf;

pub use catalog::{Catalog, check_dataset, to_toml};
pub use data::{
    Data, Register, SpatialLayer, UnitGeography, UnitTable, read_measures_of, unit_codes,
};
pub use figures::{Figure, Participation};
pub use register::{
    ACTOR_COLUMNS, Known, MEASURE_COLUMNS, Read, RegisterColumn, RegisterError, RegisterFaults,
    SWEDEN, actors_frame, actors_schema, measures_frame, read_actors, read_measures,
};
pub use schema::Schema;
pub use services::{Category, Service, ServiceTable, read_services, services_layer};
pub use snapshot::{AREAS, CATALOG, Snapshot, hex, sha256_hex, sha256_of};
pub use typed::{raw_from_frame, type_frame, type_raw};

use crate::areas::AreaError;
use crate::formats::FormatError;
use crate::model::{CrsError, ModelError};

/// What can be wrong with a snapshot or a data folder.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum SourceError {
    #[error("{file}: {reason}", file = .file.display())]
    #[diagnostic(help("the catalogue is described in the README under \"The catalogue\""))]
    Catalog { file: PathBuf, reason: String },

    #[error("{file}: {reason}", file = .file.display())]
    #[diagnostic(help(
        "a schema is written like an entry of catalog.toml; `scale ingest --help` shows one"
    ))]
    Schema { file: PathBuf, reason: String },

    #[error("{folder}: there is no catalog.toml in this folder", folder = .folder.display())]
    #[diagnostic(help(
        "a data folder holds catalog.toml and the files it names; `scale ingest --into` makes one"
    ))]
    NoCatalog { folder: PathBuf },

    #[error("{file}: does not match the catalogue: its sha256 is {found}, {expected} is written there", file = .file.display())]
    #[diagnostic(help(
        "the file was changed after it was catalogued: ingest it again, or correct sha256 in catalog.toml"
    ))]
    Checksum { file: PathBuf, expected: String, found: String },

    #[error("data set \"{dataset}\": {reason}")]
    #[diagnostic(help("{help}"))]
    Dataset { dataset: String, reason: String, help: String },

    #[error("data set \"{dataset}\": {count} keys are not in {geography}: {first}")]
    #[diagnostic(help(
        "check vintage and spelling of the codes; keys that join nothing would be lost without a word"
    ))]
    KeysDoNotJoin { dataset: String, geography: String, count: usize, first: String },

    #[error("the table of services cannot be read: {reason}")]
    #[diagnostic(help("start from the table that `scale access --print-services` shows"))]
    Services { reason: String },

    #[error(transparent)]
    #[diagnostic(transparent)]
    Register(#[from] RegisterError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Format(#[from] FormatError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Model(#[from] ModelError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Area(#[from] AreaError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Crs(#[from] CrsError),
}
