//! The one error type that commands return.

use crate::areas::AreaError;
use crate::formats::FormatError;
use crate::model::{CrsError, ModelError};
use crate::pipeline::PipelineError;
use crate::sources::SourceError;

/// Any fault of a command; messages and help are those of the stage that saw it.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum Error {
    #[error(transparent)]
    #[diagnostic(transparent)]
    Area(#[from] AreaError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Format(#[from] FormatError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Model(#[from] ModelError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Crs(#[from] CrsError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Source(#[from] SourceError),

    #[error(transparent)]
    #[diagnostic(transparent)]
    Pipeline(#[from] PipelineError),
}
