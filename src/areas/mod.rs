//! Areas: how each is defined, composed from its units, and cut out of other layers.

pub mod clip;
mod compose;
mod definition;
mod gazetteer;

pub use compose::{ComposedArea, UnitPart, compose};
pub use definition::{AreaDefinition, AreasFile, FigureLink, read_areas_toml, read_polygons};
pub use gazetteer::{Found, Gazetteer, Named};

use std::path::PathBuf;

use crate::formats::FormatError;
use crate::model::ModelError;

/// What can be wrong with an area.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum AreaError {
    #[error("{file}: {reason}", file = .file.display())]
    #[diagnostic(help(
        "an areas file is TOML with [[area]] tables: id, name = {{ sv, en }} and units or join; \
         see `scale areas export` for one that works"
    ))]
    Definition { file: PathBuf, reason: String },

    #[error("{file}: area id \"{id}\" appears twice", file = .file.display())]
    #[diagnostic(help("give every area its own id"))]
    DuplicateArea { file: PathBuf, id: String },

    #[error("area \"{area}\": {count} of its units are not in {geography}: {first}")]
    #[diagnostic(help("check the codes and the vintage they belong to"))]
    UnknownUnits { area: String, count: usize, geography: String, first: String },

    #[error("area \"{area}\" is empty: {reason}")]
    #[diagnostic(help("look at join, intersect and cut of the area; nothing is left of it"))]
    EmptyArea { area: String, reason: String },

    #[error("there is no area \"{given}\"")]
    #[diagnostic(help("{help}"))]
    UnknownArea { given: String, help: String },

    #[error("{geography} is needed to compose areas, and the data hold no polygons of it")]
    #[diagnostic(help(
        "add a data set with layout = \"areas\" and that geography to the catalogue"
    ))]
    NoUnits { geography: String },

    #[error("{file}: these shapes are {found}; an area needs polygons", file = .file.display())]
    #[diagnostic(help("give a layer of polygons"))]
    NotPolygons { file: PathBuf, found: &'static str },

    #[error(transparent)]
    #[diagnostic(transparent)]
    Format(#[from] FormatError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Model(#[from] ModelError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Crs(#[from] crate::model::CrsError),
}
