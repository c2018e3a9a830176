//! What a pipeline names of the live providers, brought into the cache, held against the lock, and given to its steps.
//!
//! A step that names a provider becomes a step that names a file before the plan is made, so that everything after is
//! the same for both.

mod area;
mod shape;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::Deserialize as _;

use super::PipelineError;
use super::file::{PipelineFile, Values};
use super::lock::{self, Fetched};
use super::steps;
use crate::sources::blobs::Blobs;
use crate::sources::http::{Client, Manners, host_of};
use crate::sources::providers::{Brought, Mode, Origin, Session};
use crate::sources::sha256_hex;

pub use shape::Shape;

/// A step that names a provider.
pub struct Wanted {
    pub id: String,
    pub origin: Origin,
    /// What the step says of the file.
    pub values: Values,
    pub licence: String,
    /// The hash of the question: another question brings other content.
    question: String,
}

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

/// Content that was brought for a step.
pub struct Found {
    pub file: PathBuf,
    pub notes: Vec<String>,
}

/// The steps of a pipeline that name a provider; only those ids, where some are given.
///
/// # Errors
/// [`PipelineError::Request`] for a question that is malformed and for an id that no such step has.
pub fn wanted(file: &PipelineFile, ids: &[String]) -> Result<Vec<Wanted>, PipelineError> {
    let mut all = Vec::new();
    for step in &file.steps {
        let Some(table) = step.values.table("from") else { continue };
        if !ids.is_empty() && !ids.contains(&step.id) {
            continue;
        }
        let origin = origin(table, file).map_err(|reason| PipelineError::Request {
            what: format!("{}: steps.{}.from: {reason}", file.path.display(), step.id),
            help: "the README says under \"Live data\" what each provider is asked".to_owned(),
        })?;
        let origin = area::placed(origin, file)?;
        let question = sha256_hex(format!("{origin:?}").as_bytes());
        let schema = step.values.table("schema");
        let licence = schema.and_then(|schema| schema.get("licence")?.as_str());
        all.push(Wanted {
            id: step.id.clone(),
            origin,
            values: step.values.clone(),
            licence: licence.unwrap_or("not stated").to_owned(),
            question,
        });
    }
    let known: Vec<&str> = all.iter().map(|wanted| wanted.id.as_str()).collect();
    if let Some(stranger) = ids.iter().find(|id| !known.contains(&id.as_str())) {
        let live = file.steps.iter().filter(|step| step.values.table("from").is_some());
        let live: Vec<&str> = live.map(|step| step.id.as_str()).collect();
        return Err(PipelineError::Request {
            what: format!("{}: has no data set \"{stranger}\" of a provider", file.path.display()),
            help: format!("it has {}; a file of one's own is brought with --file", live.join(", ")),
        });
    }
    Ok(all)
}

/// Reads what a step asks, with the parameters of the pipeline put in.
fn origin(table: &toml::Table, file: &PipelineFile) -> Result<Origin, String> {
    let mut value = toml::Value::Table(table.clone());
    fill(&mut value, file);
    Origin::deserialize(value).map_err(|error| error.message().to_owned())
}

fn fill(value: &mut toml::Value, file: &PipelineFile) {
    match value {
        toml::Value::String(text) => {
            for (name, parameter) in &file.parameters {
                *text = text.replace(&format!("{{{name}}}"), parameter);
            }
        }
        toml::Value::Array(items) => items.iter_mut().for_each(|item| fill(item, file)),
        toml::Value::Table(table) => table.iter_mut().for_each(|(_, item)| fill(item, file)),
        _ => {}
    }
}

/// What came of one data set, once it came.
type Slot = Mutex<Option<Result<(Brought, Fetched), PipelineError>>>;

/// Brings all, each host's one after the other and the hosts at once, and writes the lock of what came.
///
/// # Errors
/// One a data set, in their order; those of reading and writing the lock for all.
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
    let (mut found, mut new) = (Vec::new(), Vec::new());
    for slot in slots {
        let made = slot.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let made = made.unwrap_or_else(|| Err(stopped()));
        found.push(made.map(|(brought, entry)| {
            new.push(entry);
            Found { file: brought.file, notes: brought.notes }
        }));
    }
    if !options.locked {
        lock::write_fetched(options.lock, new)?;
    }
    // What a lock names is not pruned.
    let failed = |source| PipelineError::Output { path: options.blobs.root().to_owned(), source };
    options.blobs.remember_lock(options.lock).map_err(failed)?;
    Ok(found)
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
    let same = locked.filter(|locked| locked.question == wanted.question);
    if options.locked && same.is_none() {
        let what =
            if locked.is_some() { "is locked for another question" } else { "is not in the lock" };
        return Err(not_locked(options, id, what));
    }
    if let Some(locked) = same.filter(|_| options.mode != Mode::Refresh || options.locked)
        && let Some(file) = options.blobs.whole(&locked.sha256, &locked.ending)
    {
        let brought = locked.brought(file);
        told(&Event::Done { id, brought: &brought });
        return Ok((brought, locked.clone()));
    }
    told(&Event::Started { id, address: wanted.origin.address() });
    let bytes = |bytes, of| told(&Event::Bytes { id, bytes, of });
    let session = Session {
        client,
        blobs: options.blobs,
        mode: options.mode,
        key: &|name| std::env::var(name).ok(),
        told: &bytes,
    };
    let brought = wanted.origin.bring(&session)?;
    let shape = Shape::of(wanted, &brought.file)?;
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
                    "look at it at the provider, correct the step, and run with --accept to lock it anew; {} has what it was",
                    options.lock.display()
                ),
            });
        }
    }
    told(&Event::Done { id, brought: &brought });
    let entry = Fetched::new(wanted, &brought, shape);
    Ok((brought, entry))
}

fn not_locked(options: &Options<'_>, id: &str, what: &str) -> PipelineError {
    PipelineError::Request {
        what: format!("{}: {id} {what}", options.lock.display()),
        help: "run without --locked to take the content as it is, and commit the new lock"
            .to_owned(),
    }
}

impl Wanted {
    pub(super) fn question(&self) -> &str {
        &self.question
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
    for (wanted, found) in wanted.iter().zip(bring(&wanted, options, told)?) {
        let found = found?;
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
