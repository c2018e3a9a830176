//! What a pipeline names of the live providers, brought into the cache, held against the lock, and given to its steps.
//!
//! A step that names a provider becomes a step that names a file before the plan is made, so that everything after is
//! the same for both.

mod area;
mod shape;
mod wanted;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use miette::Diagnostic as _;

use super::PipelineError;
use super::file::PipelineFile;
use super::lock::{self, Fetched};
use super::steps;
use crate::formats::FormatError;
use crate::sources::blobs::{Blobs, Claim};
use crate::sources::http::{Client, Manners, host_of};
use crate::sources::providers::{Brought, Mode, ProviderError, Session};

pub use shape::Shape;
pub use wanted::{Wanted, wanted};

/// How to bring.
pub struct Options<'a> {
    pub blobs: &'a Blobs,
    pub mode: Mode,
    /// Fail where content differs from the lock, or is not in it.
    pub locked: bool,
    /// Take a changed schema as the new one.
    pub accept: bool,
    pub lock: &'a Path,
    pub manners: Manners,
}

/// What happens, as it happens.
pub enum Event<'a> {
    Started { id: &'a str, address: &'a str },
    Bytes { id: &'a str, bytes: u64, of: Option<u64> },
    Done { id: &'a str, brought: &'a Brought },
    Failed { id: &'a str },
}

/// Content that was brought for a step, and can be read.
pub struct Found {
    pub file: PathBuf,
    pub address: String,
    pub notes: Vec<String>,
    /// What the lock says of it, once something was made of it.
    pub entry: Fetched,
}

/// What came of one data set, once it came.
type Slot = Mutex<Option<Result<(Brought, Fetched), PipelineError>>>;

/// Keeps others from pruning the cache, until what is brought is locked.
///
/// # Errors
/// [`PipelineError::Output`].
pub fn in_use(blobs: &Blobs) -> Result<Claim, PipelineError> {
    blobs.in_use().map_err(failed(blobs))
}

fn failed(blobs: &Blobs) -> impl Fn(std::io::Error) -> PipelineError {
    |source| PipelineError::Output { path: blobs.root().to_owned(), source }
}

/// Brings all, each host's one after the other and the hosts at once. Nothing of it is locked yet: see [`keep`].
///
/// # Errors
/// One a data set, in their order; those of reading the lock for all.
pub fn bring(
    wanted: &[Wanted],
    options: &Options<'_>,
    told: &(dyn Fn(&Event<'_>) + Sync),
) -> Result<Vec<Result<Found, PipelineError>>, PipelineError> {
    let known = lock::fetched(options.lock)?;
    let client = Client::new(options.manners.clone());
    let slots: Vec<Slot> = wanted.iter().map(|_| Mutex::new(None)).collect();
    let mut hosts: Vec<String> =
        wanted.iter().map(|wanted| host_of(wanted.origin.address())).collect();
    hosts.sort();
    hosts.dedup();
    std::thread::scope(|scope| {
        for host in &hosts {
            let (known, client, slots) = (&known, &client, &slots);
            scope.spawn(move || {
                for (wanted, slot) in wanted.iter().zip(slots) {
                    if host_of(wanted.origin.address()) != *host {
                        continue;
                    }
                    let locked = known.iter().find(|known| known.id == wanted.id);
                    let made = one(wanted, locked, client, options, told);
                    if made.is_err() {
                        told(&Event::Failed { id: &wanted.id });
                    }
                    *slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(made);
                }
            });
        }
    });
    let found = |slot: Slot| {
        let made = slot.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (Brought { file, address, notes, .. }, entry) =
            made.unwrap_or_else(|| Err(stopped()))?;
        Ok(Found { file, address, notes, entry })
    };
    Ok(slots.into_iter().map(found).collect())
}

/// Locks what became data sets; what a lock names is not pruned.
///
/// # Errors
/// Those of writing the lock.
pub fn keep(options: &Options<'_>, entries: Vec<Fetched>) -> Result<(), PipelineError> {
    if !options.locked {
        lock::write_fetched(options.lock, entries)?;
    }
    options.blobs.remember_lock(options.lock).map_err(failed(options.blobs))
}

fn stopped() -> PipelineError {
    PipelineError::Request {
        what: "the work on a host stopped".to_owned(),
        help: "this is a fault of the program; please report it".to_owned(),
    }
}

/// One data set: what the lock names, where the cache has it whole, else what the provider gives.
fn one(
    wanted: &Wanted,
    locked: Option<&Fetched>,
    client: &Client,
    options: &Options<'_>,
    told: &(dyn Fn(&Event<'_>) + Sync),
) -> Result<(Brought, Fetched), PipelineError> {
    let id = wanted.id.as_str();
    let same = locked.filter(|locked| locked.question == wanted.question());
    if options.locked && same.is_none() {
        let what =
            if locked.is_some() { "is locked for another question" } else { "is not in the lock" };
        return Err(not_locked(options, id, what));
    }
    if let Some(locked) = same.filter(|_| options.mode != Mode::Refresh)
        && let Some(file) = options.blobs.whole(&locked.sha256, &locked.ending)
    {
        let brought = locked.brought(file);
        told(&Event::Done { id, brought: &brought });
        return Ok((brought, locked.clone()));
    }
    told(&Event::Started { id, address: wanted.origin.address() });
    let bytes = |bytes, of| told(&Event::Bytes { id, bytes, of });
    let key = |name: &str| std::env::var(name).ok();
    let session = Session::new(client, options.blobs, options.mode, &key, &bytes);
    let (brought, shape) = match read(wanted, &session) {
        Ok(read) => read,
        Err(error) => {
            if is_of_the_answer(&error) {
                session.take_back()?;
            }
            return Err(of(id, wanted.origin.address(), error));
        }
    };
    if let Some(locked) = same {
        if options.locked && locked.sha256 != brought.sha256 {
            let what =
                format!("changed: its sha256 is {}, {} is locked", brought.sha256, locked.sha256);
            return Err(not_locked(options, id, &what));
        }
        if let Some(difference) = locked.shape.difference(&shape).filter(|_| !options.accept) {
            return Err(PipelineError::Request {
                what: format!("{id}: the table changed at the provider: {difference}"),
                help: format!(
                    "look at it at the provider, correct the step, and run with --refresh --accept to lock it anew; {} has what it was",
                    options.lock.display()
                ),
            });
        }
    }
    told(&Event::Done { id, brought: &brought });
    let entry = Fetched::new(wanted, &brought, shape);
    Ok((brought, entry))
}

/// Brings the content and reads it, so that what is damaged is no content.
fn read(wanted: &Wanted, session: &Session<'_>) -> Result<(Brought, Shape), PipelineError> {
    let brought = wanted.origin.bring(session)?;
    let shape = Shape::of(wanted, &brought.file)?;
    Ok((brought, shape))
}

/// Whether the provider's answer is at fault, so that another one may be better: not the way to it, and not what the step
/// says of how to read it.
fn is_of_the_answer(error: &PipelineError) -> bool {
    use FormatError::{ManyLayers, NoCrs, NoSuchLayer};
    match error {
        PipelineError::Provider(ProviderError::Answer { .. }) | PipelineError::Gtfs(_) => true,
        PipelineError::Format(error) => {
            !matches!(error, ManyLayers { .. } | NoCrs { .. } | NoSuchLayer { .. })
        }
        _ => false,
    }
}

/// A fault of the way to live content, or of the content, under the name of its data set.
#[must_use]
pub fn of(id: &str, address: &str, error: PipelineError) -> PipelineError {
    let help = error.help().map_or_else(String::new, |help| help.to_string());
    let (id, address, source) = (id.to_owned(), address.to_owned(), Box::new(error));
    if matches!(*source, PipelineError::Provider(_)) {
        return PipelineError::NotBrought { id, address, help, source };
    }
    let again = "once the provider has mended it, --refresh asks again";
    let help = if help.is_empty() { again.to_owned() } else { format!("{help}; {again}") };
    PipelineError::NoUse { id, address, help, source }
}

fn not_locked(options: &Options<'_>, id: &str, what: &str) -> PipelineError {
    PipelineError::Request {
        what: format!("{}: {id} {what}", options.lock.display()),
        help: "run without --locked to take the content as it is, and commit the new lock"
            .to_owned(),
    }
}

/// Brings what the steps of a pipeline name and gives each its file.
///
/// # Errors
/// The first fault, in the order of the steps.
pub fn resolve(
    file: &mut PipelineFile,
    options: &Options<'_>,
    told: &(dyn Fn(&Event<'_>) + Sync),
) -> Result<(), PipelineError> {
    let wanted = wanted(file, &[])?;
    if wanted.is_empty() {
        return Ok(());
    }
    let _in_use = in_use(options.blobs)?;
    let (mut all, mut entries, mut fault) = (Vec::new(), Vec::new(), None);
    for found in bring(&wanted, options, told)? {
        match found {
            Ok(found) => {
                entries.push(found.entry.clone());
                all.push(found);
            }
            Err(error) => fault = fault.or(Some(error)),
        }
    }
    keep(options, entries)?;
    if let Some(fault) = fault {
        return Err(fault);
    }
    for (wanted, found) in wanted.iter().zip(all) {
        if let Some(step) = file.steps.iter_mut().find(|step| step.id == wanted.id) {
            step.values.put_file("file", Some(&found.file));
        }
    }
    Ok(())
}

/// The options by which the file of a step is opened.
fn open_options(wanted: &Wanted) -> Result<crate::formats::OpenOptions, PipelineError> {
    steps::open_options(&wanted.values)
}
