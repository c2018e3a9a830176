//! The pipeline that a command is about, worked out.

use std::path::PathBuf;

use super::Global;
use crate::Error;
use crate::formats;
use crate::pipeline::file::PipelineFile;
use crate::pipeline::plan::Plan;
use crate::pipeline::run::Store;
use crate::pipeline::{PipelineError, steps};

/// The pipeline and how to read it.
#[derive(clap::Args)]
pub struct Chosen {
    /// The pipeline
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Only these areas
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub area: Vec<String>,
    /// Another value of a parameter of the pipeline
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Folder that the folders of publish steps lie in
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,
}

/// Where results are kept; in a folder that goes with the command where nothing is to be kept.
pub fn store(global: &Global) -> Result<(Store, Option<tempfile::TempDir>), Error> {
    if let Some(cache) = global.cache() {
        return Ok((Store::new(cache.folder().to_owned()), None));
    }
    let failed = |source| PipelineError::Output { path: std::env::temp_dir(), source };
    let folder = tempfile::Builder::new().prefix("scale-").tempdir().map_err(failed)?;
    Ok((Store::new(folder.path().to_owned()), Some(folder)))
}

/// Reads the pipeline and works it out.
pub fn plan(chosen: &Chosen) -> Result<Plan, Error> {
    let text = String::from_utf8(formats::read(&chosen.file).map_err(PipelineError::from)?);
    let text = text.map_err(|_| PipelineError::Request {
        what: format!("{}: is not UTF-8 text", chosen.file.display()),
        help: "`scale init` writes a pipeline to start from".to_owned(),
    })?;
    let set = super::fields::pairs("--set", &chosen.set)?;
    let file = PipelineFile::parse(&chosen.file, &text, &set, &steps::declared());
    Ok(Plan::new(file.map_err(PipelineError::from)?, &chosen.area)?)
}
