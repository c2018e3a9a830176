#[path = "../../src/model/feed.rs"]
mod feed;
#[path = "../../src/model/osm.rs"]
pub mod osm;
#[path = "../../src/model/status.rs"]
mod status;

use std::fmt::Display;

pub use feed::*;
pub use status::ObsStatus;

#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("{0}")]
pub struct MissingColumn(String);

impl MissingColumn {
    pub fn new<'a>(
        place: impl Display,
        column: &str,
        found: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self(format!("{place} {column} {}", found.into_iter().count()))
    }
}

#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("no system")]
pub struct CrsError;

#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("no table")]
pub struct ModelError;
