//! The kinds of steps that pipelines are made of. A new kind is one file here and one line in [`KINDS`].

mod access;
mod carry;
mod clip;
mod compare;
mod ingest;
mod language;
mod map;
mod open;
mod partition;
mod places;
mod priority;
mod publish;
mod together;

use std::path::{Path, PathBuf};

use super::PipelineError;
use super::block::area_of;
use super::file::{Declared, FileRef, Kind, Values};
use super::site::Site;

/// Every kind there is.
pub static KINDS: &[&StepKind] = &[
    &ingest::KIND,
    &clip::KIND,
    &carry::KIND,
    &map::KIND,
    &access::KIND,
    &compare::KIND,
    &priority::KIND,
    &publish::KIND,
];

pub use access::KIND as ACCESS;
pub use clip::KIND as CLIP;
pub use ingest::make as make_dataset;
pub use map::KIND as MAP;
pub use together::decides_together;

/// A kind of step: how it is written, how it is split, what it does.
pub struct StepKind {
    pub declared: Kind,
    pub split: fn(&Values) -> Split,
    pub run: Run,
    /// Whether a single command makes a folder of each part; else the values name the files.
    pub fills_folder: bool,
    /// Memory in bytes that all parts share and that each takes, from the bytes of the files that are read. Estimates.
    pub memory: fn(u64) -> (u64, u64),
    /// Metres around an area within which a part of it reads what lies outside, where it reads no more than that.
    pub buffer_m: fn(&Values) -> Option<f64>,
}

impl std::fmt::Debug for StepKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.declared.name)
    }
}

/// Makes the parts of a job, each into its folder; an error of all, or one of each part.
pub type Run = fn(&Job<'_>) -> Result<Vec<Result<Told, PipelineError>>, PipelineError>;

/// How a step falls into parts that are made, kept and repeated by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    Whole,
    Areas,
    /// So many blocks of its rows, in order.
    Blocks(usize),
    /// So many blocks of the rows of each area.
    AreaBlocks(usize),
    /// By areas where the steps that it gathers are.
    AsNeeds,
}

/// Parts of one step that are to be made.
pub struct Job<'a> {
    pub site: &'a Site,
    pub step: &'a Declared,
    pub work: Vec<Work<'a>>,
    /// Where networks are kept; nowhere without it.
    pub cache: Option<&'a super::cache::Cache>,
    /// Told of each part that is made.
    pub done: &'a (dyn Fn(&str) + Sync),
}

/// One part, the empty folder to fill, and what it rests on.
pub struct Work<'a> {
    pub part: &'a str,
    pub folder: &'a Path,
    pub results: Vec<Results<'a>>,
    /// The task and all that it rests on, for the provenance that is written beside the results.
    pub lineage: Vec<crate::publish::StepRecord>,
}

/// The files of a part of another step, whole and checked.
pub struct Results<'a> {
    pub step: &'a str,
    pub part: &'a str,
    pub folder: PathBuf,
    pub files: Vec<String>,
    pub notes: &'a [String],
}

/// What a part has to say beside its files.
#[derive(Default)]
pub struct Told {
    pub notes: Vec<String>,
    /// Rows that were written, where the step counts them.
    pub rows: Option<usize>,
    pub report: Report,
}

/// What a single command shows of a step; nothing of it is kept.
#[derive(Default)]
pub enum Report {
    #[default]
    None,
    Map(Box<super::map::Baseline>),
    Clip(Box<super::clip::Report>),
    Access(Box<super::access::Made>),
}

/// How the values of a step say that files are opened.
///
/// # Errors
/// [`PipelineError::Crs`].
pub fn open_options(values: &Values) -> Result<crate::formats::OpenOptions, PipelineError> {
    open::options(values)
}

/// The kind's code.
#[must_use]
pub(super) fn of(declared: &'static Kind) -> &'static StepKind {
    KINDS.iter().copied().find(|kind| kind.declared.name == declared.name).unwrap_or(KINDS[0])
}

/// The kinds as far as files speak of them.
#[must_use]
pub fn declared() -> Vec<&'static Kind> {
    KINDS.iter().map(|kind| &kind.declared).collect()
}

impl Job<'_> {
    /// The data and areas that the step works on: those of the pipeline under what its data steps made.
    fn ground(&self) -> Result<std::sync::Arc<super::Ground>, PipelineError> {
        let over = self.site.data_steps();
        let first = self.work.first();
        let results = first.into_iter().flat_map(|work| &work.results);
        let folders = results.filter(|results| over.iter().any(|id| id == results.step));
        self.site.ground(&folders.map(|results| results.folder.clone()).collect::<Vec<_>>())
    }
}

impl Work<'_> {
    /// Where a file lies that a value names: on disk, or among the results of a step.
    ///
    /// # Errors
    /// [`PipelineError::Request`] where the step made no such file, or several and none is named.
    pub fn path(&self, file: &FileRef) -> Result<PathBuf, PipelineError> {
        let (step, name) = match file {
            FileRef::Path(path) => return Ok(path.clone()),
            FileRef::Step { step, name } => {
                (step, name.as_ref().map(|name| name.replace("{area}", area_of(self.part))))
            }
        };
        let made = self.results.iter().filter(|results| results.step == step);
        let files: Vec<PathBuf> = made
            .flat_map(|results| results.files.iter().map(|file| results.folder.join(file)))
            .filter(|path| match &name {
                Some(name) => path.file_name().is_some_and(|file| file == name.as_str()),
                None => path.extension().is_none_or(|ending| ending != "toml"),
            })
            .collect();
        match files.as_slice() {
            [only] => Ok(only.clone()),
            _ => Err(PipelineError::Request {
                what: match &name {
                    Some(name) => {
                        format!("step \"{step}\" made {} files named {name}", files.len())
                    }
                    None => format!("step \"{step}\" made {} files", files.len()),
                },
                help: format!(
                    "name one of its files, as in step:{step}/NAME; `scale plan` shows the steps"
                ),
            }),
        }
    }

    /// The same for a value that may be absent.
    ///
    /// # Errors
    /// Those of [`Work::path`].
    pub fn optional(&self, file: Option<&FileRef>) -> Result<Option<PathBuf>, PipelineError> {
        file.map(|file| self.path(file)).transpose()
    }
}

/// How many blocks a step asks for.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the bounds of the key
fn blocks(values: &Values) -> Option<usize> {
    values.number("blocks").map(|blocks| blocks as usize)
}

/// What blocks write is joined again: that is done for one format.
fn check_block_file(values: &Values, key: &'static str) -> Option<(&'static str, String)> {
    let name = values.text(key)?;
    let fits = Path::new(name).extension().is_some_and(|ending| ending == "parquet");
    (!fits).then(|| (key, format!("{name} is joined out of blocks: let it end in .parquet")))
}

/// Each part by itself, in parallel. Not all at a time: a thread that waits within a part takes up others meanwhile, each on
/// top of its stack.
fn each(
    job: &Job<'_>,
    make: impl Fn(&Work<'_>) -> Result<Told, PipelineError> + Sync + Send,
) -> Vec<Result<Told, PipelineError>> {
    use rayon::prelude::*;
    let some = |work: &[Work<'_>]| work.par_iter().map(&make).collect::<Vec<_>>();
    job.work.chunks(64).flat_map(some).collect()
}
