//! The nouns of the program. No input or output happens here.

mod actor;
mod areas;
mod crs;
mod dataset;
mod day;
mod elevation;
mod feed;
pub mod hilbert;
mod layer;
mod local_actor;
mod measure;
mod missing;
mod observation;
pub mod osm;
pub mod personal;
mod raster;
mod status;
pub mod swedish;
mod table;
mod units;
pub mod words;

pub use actor::{ALL_AREAS, Actor, ActorKind, ActorTheme, Placed, PlacedBy};
pub use areas::{Areas, GeometryFamily, family_of};
pub use crs::{Crs, CrsError, Reprojection};
pub use dataset::{
    Dataset, Dimensions, Disclosure, Field, Kind, Label, Lang, Layout, PointColumns, RegisterCover,
    Sample, Theme,
};
pub use day::Day;
pub use elevation::{Elevation, Sampler};
pub use feed::{
    Feed, FeedError, FeedRows, Frequency, MAX_SERVICE_SECONDS, Notice, Route, Service, Stop,
    StopTime, Transfer, TransitMode, Trip, Wheelchair,
};
pub use layer::Layer;
pub use local_actor::{LocalActor, Whereabouts};
pub use measure::{Direction, Measure, Stage};
pub use missing::MissingColumn;
pub use observation::{Observation, Role, to_frame};
pub use raster::{CellSystem, Raster, window_of};
pub use status::ObsStatus;
pub use table::{Cell, Table, bound_columns, stands_beside, status_column};
pub use units::{unit_text, unit_word};

/// A value that breaks what a noun promises.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ModelError {
    #[error(transparent)]
    #[diagnostic(transparent)]
    MissingColumn(#[from] MissingColumn),

    #[error("{table}: column \"{column}\" holds {found}, {expected} is needed")]
    #[diagnostic(help("check the kind of the field in the catalogue against the file"))]
    WrongType { table: String, column: String, expected: &'static str, found: String },

    #[error("{table}: row {row} has no key in column \"{column}\"")]
    #[diagnostic(help("every row needs a code; remove footnotes and sums from the file"))]
    NullKey { table: String, column: String, row: usize },

    #[error("{table}: key \"{key}\" appears twice, in row {first} and row {row}")]
    #[diagnostic(help(
        "keys are unique, together with year, sex and age where the table has them; name those columns with --year, --sex, --age or remove the repetition"
    ))]
    DuplicateKey { table: String, key: String, first: usize, row: usize },

    #[error("{table}: column \"{column}\" has no entry in the catalogue")]
    #[diagnostic(help(
        "say what it is: extensive, intensive, ratio or categorical, with unit and label; or drop it"
    ))]
    Undeclared { table: String, column: String },

    #[error("{table}: {rows} rows but {shapes} shapes")]
    #[diagnostic(help("this is a fault of the program; please report it"))]
    Lengths { table: String, rows: usize, shapes: usize },

    #[error("{table}: {source}")]
    #[diagnostic(help("this is a fault of the program; please report it"))]
    Frame { table: String, source: polars::error::PolarsError },
}
