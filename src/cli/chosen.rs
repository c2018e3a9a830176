//! The pipeline that a command is about, worked out.

use std::path::{Path, PathBuf};

use super::{Global, live};
use crate::Error;
use crate::formats;
use crate::pipeline::file::PipelineFile;
use crate::pipeline::plan::Plan;
use crate::pipeline::run::Store;
use crate::pipeline::{PipelineError, fetch, lock, steps};
use crate::sources::http::Manners;
use crate::sources::providers::Mode;

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

/// Whether what is missing of the providers may be fetched.
#[derive(Clone, Copy)]
pub struct Fetching {
    pub offline: bool,
    pub locked: bool,
}

/// Reads the pipeline and works it out from what was brought before.
pub fn plan(global: &Global, chosen: &Chosen) -> Result<Plan, Error> {
    planned(global, chosen, Fetching { offline: true, locked: false }, &|_| {})
}

pub fn planned(
    global: &Global,
    chosen: &Chosen,
    fetching: Fetching,
    told: &(dyn Fn(&fetch::Event<'_>) + Sync),
) -> Result<Plan, Error> {
    let set = super::fields::pairs("--set", &chosen.set)?;
    let mirror = global.mirror();
    let lock = lock::path(&chosen.file);
    if let Some(address) = mirror.address_of(&lock) {
        // A pipeline at an address need not have a lock beside it.
        let found = mirror.objects().find(&address).map_err(PipelineError::from)?;
        found.map(|_| mirror.bring(&address)).transpose()?;
    }
    let mut file = parse(&chosen.file, &set)?;
    mirror.bring_inputs(&mut file)?;
    let blobs = live::blobs(global)?;
    let options = fetch::Options {
        blobs: &blobs,
        mode: if fetching.offline { Mode::Offline } else { Mode::Missing },
        locked: fetching.locked,
        accept: false,
        lock: &lock,
        manners: Manners::default(),
    };
    fetch::resolve(&mut file, &options, told)?;
    let mut plan = Plan::new(file, &chosen.area)?;
    for input in &mut plan.inputs {
        if let Some(address) = mirror.address_of(&input.path) {
            input.path = address.to_string().into();
        }
    }
    Ok(plan)
}

/// Reads a pipeline.
pub fn parse(path: &Path, set: &[(String, String)]) -> Result<PipelineFile, Error> {
    let text = String::from_utf8(formats::read(path).map_err(PipelineError::from)?);
    let text = text.map_err(|_| PipelineError::Request {
        what: format!("{}: is not UTF-8 text", path.display()),
        help: "`scale init` writes a pipeline to start from".to_owned(),
    })?;
    let file = PipelineFile::parse(path, &text, set, &steps::declared());
    Ok(file.map_err(PipelineError::from)?)
}
