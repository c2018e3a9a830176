//! Running a plan: what is kept is taken, what is missing is made, what is published is put in place.

mod direct;
mod memory;
mod place;
mod record;
mod shared;
mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

pub use direct::{Made, directly};
pub use memory::{parse_bytes, peak_bytes};
pub use record::Record;
pub use shared::Shared;
pub use store::{Owner, Store, Stored, StoredFile};

use super::PipelineError;
use super::cache::Cache;
use super::plan::{Plan, Task};
use super::steps::{Job, Results, Told, Work};
use crate::publish::{Pending, StepRecord};

/// How to run.
pub struct Options<'a> {
    pub store: &'a Store,
    /// Where machines share results: what is there is taken, what is made is put there.
    pub shared: Option<&'a Shared<'a>>,
    /// Where the folders of publish steps lie.
    pub out: &'a Path,
    /// Only the k-th of n shares of the parts, into the store; nothing is published.
    pub share: Option<(usize, usize)>,
    /// Bytes that the parts of a step may take together.
    pub memory: Option<u64>,
    /// Others have made the parts: what of them is not there is told.
    pub merging: bool,
}

/// What happens, as it happens.
pub enum Event<'a> {
    /// So many parts have to be made.
    Planned {
        parts: usize,
    },
    /// Results that others should have made are missing, damaged or follow from other inputs, and are made here: their
    /// names, and of how many.
    Lacking {
        names: &'a [String],
        of: usize,
    },
    /// Another process is making the part.
    Waiting {
        name: &'a str,
        owner: &'a Owner,
    },
    Started {
        step: &'a str,
        parts: usize,
    },
    /// A part was made; the warnings it gave.
    Finished {
        name: &'a str,
        notes: &'a [String],
    },
    /// All asked parts of a step were made.
    Done {
        step: &'a str,
        seconds: f64,
    },
    /// More memory is needed than is allowed.
    Heavy {
        step: &'a str,
        bytes: u64,
    },
    /// A folder was published; whether anything in it changed.
    Published {
        folder: &'a Path,
        files: &'a [StoredFile],
        changed: bool,
        notes: &'a [String],
    },
}

/// What a run came to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Ran {
    /// Parts that were made.
    pub made: usize,
    /// Parts whose results were kept.
    pub kept: usize,
    /// Folders that were written.
    pub published: usize,
    /// Rows in the results that were asked for, as far as their steps count them.
    pub rows: usize,
}

/// Whether a part has to be made, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Fresh,
    /// The result is kept, what it published was changed or is gone.
    Unpublished,
    Stale(Vec<String>),
}

/// The state of every task of a plan, in its order.
///
/// # Errors
/// [`PipelineError`] where the store cannot be read.
pub fn states(plan: &Plan, options: &Options<'_>) -> Result<Vec<State>, PipelineError> {
    let record = Record::read(options.store, plan);
    let mut states = Vec::with_capacity(plan.tasks.len());
    for task in &plan.tasks {
        states.push(match options.store.get(&task.key) {
            None => State::Stale(record.why(&plan.name(task), &task.ingredients)),
            Some(stored) => match place::folder(plan, task, options.out) {
                Some(folder) if !place::holds(&folder, &stored)? => State::Unpublished,
                _ => State::Fresh,
            },
        });
    }
    Ok(states)
}

/// Makes what is missing and publishes.
///
/// # Errors
/// The first fault, in the order of the plan. What was made before it is kept; what was published before stays.
pub fn run(
    plan: &Plan,
    options: &Options<'_>,
    told: &(dyn Fn(&Event<'_>) + Sync),
) -> Result<Ran, PipelineError> {
    options.store.create()?;
    let mut results: Vec<Option<Stored>> =
        plan.tasks.iter().map(|task| options.store.get(&task.key)).collect();
    let mut wanted = wanted(plan, options);
    let elsewhere = shared::take(plan, options, &mut wanted, &mut results)?;
    let missing = missing(plan, options, &results, &wanted);
    told(&Event::Planned { parts: missing.len() });
    let (lacking, of) = lacking(plan, options, &wanted, &missing);
    if !lacking.is_empty() {
        told(&Event::Lacking { names: &lacking, of });
    }
    let kept = elsewhere + wanted.difference(&missing).count();
    let mut ran = Ran { kept, ..Ran::default() };
    for step in 0..plan.steps.len() {
        let todo: Vec<usize> = plan.tasks_of(step).filter(|at| missing.contains(at)).collect();
        if !todo.is_empty() {
            ran.made += todo.len();
            make_step(plan, options, &todo, &mut results, told)?;
        }
    }
    // Some may have been made here before, by a run that shared nothing.
    for &at in wanted.difference(&missing) {
        results[at].as_ref().map_or(Ok(()), |stored| shared::give(plan, options, at, stored))?;
    }
    ran.rows = wanted.iter().filter_map(|at| results[*at].as_ref()?.rows).sum();
    Record::write(options.store, plan)?;
    if options.share.is_none() {
        for (task, stored) in plan.tasks.iter().zip(&results) {
            let (Some(folder), Some(stored)) = (place::folder(plan, task, options.out), stored)
            else {
                continue;
            };
            let changed = !place::holds(&folder, stored)?;
            if changed {
                place::publish(options.store, &task.key, stored, &folder)?;
                ran.published += 1;
            }
            told(&Event::Published {
                folder: &folder,
                files: &stored.files,
                changed,
                notes: &stored.notes,
            });
        }
    }
    Ok(ran)
}

/// The tasks that are asked for: those that nothing else rests on, or a share of the parts.
fn wanted(plan: &Plan, options: &Options<'_>) -> BTreeSet<usize> {
    let all = 0..plan.tasks.len();
    let Some((share, of)) = options.share else {
        let used: BTreeSet<usize> = plan.tasks.iter().flat_map(|task| task.needs.clone()).collect();
        return all.filter(|at| !used.contains(at)).collect();
    };
    let share = plan.shares(of).into_iter().nth(share - 1);
    share.into_iter().flat_map(|share| share.tasks).collect()
}

/// What is asked for and not kept, with all that it rests on and that is not kept or not whole.
fn missing(
    plan: &Plan,
    options: &Options<'_>,
    results: &[Option<Stored>],
    wanted: &BTreeSet<usize>,
) -> BTreeSet<usize> {
    let mut missing = BTreeSet::new();
    let mut asked: BTreeSet<usize> = wanted.clone();
    // Tasks stand after what they rest on, so that one pass from the end meets each after all that ask for it.
    while let Some(at) = asked.pop_last() {
        let task = &plan.tasks[at];
        let whole = |stored: &Stored| {
            // What is published and stands as it should needs no look at the store.
            let placed = place::folder(plan, task, options.out)
                .is_some_and(|folder| place::holds(&folder, stored).unwrap_or(false));
            placed || stored.files.iter().all(|file| options.store.file(&task.key, file).is_some())
        };
        if !results[at].as_ref().is_some_and(whole) {
            missing.insert(at);
            asked.extend(&task.needs);
        }
    }
    missing
}

/// The results that should have been there, by name, and of how many: all of those that are put together; where results
/// are shared only if there are some, for else this run is the first.
fn lacking(
    plan: &Plan,
    options: &Options<'_>,
    wanted: &BTreeSet<usize>,
    missing: &BTreeSet<usize>,
) -> (Vec<String>, usize) {
    if !options.merging && (options.shared.is_none() || options.share.is_some()) {
        return (Vec::new(), 0);
    }
    let taken = |&at: &usize| match &plan.tasks[at] {
        task if plan.is_published(task) => task.needs.clone(),
        _ => vec![at],
    };
    let taken: BTreeSet<usize> = wanted.iter().flat_map(taken).collect();
    let lacking: Vec<usize> = taken.intersection(missing).copied().collect();
    if !options.merging && lacking.len() == taken.len() {
        return (Vec::new(), taken.len());
    }
    (lacking.iter().map(|at| plan.name(&plan.tasks[*at])).collect(), taken.len())
}

fn make_step(
    plan: &Plan,
    options: &Options<'_>,
    todo: &[usize],
    results: &mut [Option<Stored>],
    told: &(dyn Fn(&Event<'_>) + Sync),
) -> Result<(), PipelineError> {
    let step = &plan.steps[plan.tasks[todo[0]].step];
    let id = step.declared.id.as_str();
    told(&Event::Started { step: id, parts: todo.len() });
    let start = Instant::now();
    let at_once = at_once(plan, todo, options, told);
    for batch in todo.chunks(at_once) {
        make(plan, options, batch, results, told)?;
    }
    told(&Event::Done { step: id, seconds: start.elapsed().as_secs_f64() });
    Ok(())
}

/// Parts that are made together hold two files open each, and systems allow a process some 1,000.
const MOST_AT_ONCE: usize = 128;

/// How many parts are made at once, as far as they fit into the memory.
fn at_once(
    plan: &Plan,
    todo: &[usize],
    options: &Options<'_>,
    told: &(dyn Fn(&Event<'_>) + Sync),
) -> usize {
    let most = todo.len().min(MOST_AT_ONCE);
    let Some(limit) = options.memory else { return most };
    let step = &plan.steps[plan.tasks[todo[0]].step];
    let (shared, each) = (step.kind.memory)(plan.bytes_read(plan.tasks[todo[0]].step));
    if shared + each > limit {
        told(&Event::Heavy { step: &step.declared.id, bytes: shared + each });
    }
    let fit = limit.saturating_sub(shared) / each.max(1);
    usize::try_from(fit).unwrap_or(usize::MAX).clamp(1, most)
}

/// Makes some parts of one step.
fn make(
    plan: &Plan,
    options: &Options<'_>,
    batch: &[usize],
    results: &mut [Option<Stored>],
    told: &(dyn Fn(&Event<'_>) + Sync),
) -> Result<(), PipelineError> {
    // Claims are taken in the order of their keys, so that two runs never wait for each other.
    let mut claimed: Vec<usize> = batch.to_vec();
    claimed.sort_by(|a, b| plan.tasks[*a].key.cmp(&plan.tasks[*b].key));
    let mut claims = BTreeMap::new();
    for &at in &claimed {
        let task = &plan.tasks[at];
        let name = plan.name(task);
        let claim = options
            .store
            .claim(&task.key, &|owner| told(&Event::Waiting { name: &name, owner }))?;
        claims.insert(at, claim);
    }
    // Another run may have made some of them while this one waited.
    let mut todo = Vec::new();
    for &at in batch {
        match options
            .store
            .get(&plan.tasks[at].key)
            .filter(|stored| is_whole(options.store, &plan.tasks[at], stored))
        {
            Some(stored) => results[at] = Some(stored),
            None => todo.push(at),
        }
    }
    let pending: Vec<Pending> =
        todo.iter().map(|&at| options.store.open(&plan.tasks[at].key)).collect::<Result<_, _>>()?;
    let work = todo
        .iter()
        .zip(&pending)
        .map(|(&at, pending)| work(plan, options.store, at, pending.path(), results));
    let work = work.collect::<Result<Vec<_>, _>>()?;
    let step = &plan.steps[plan.tasks[batch[0]].step];
    let cache = Cache::new(options.store.root());
    let job =
        Job { site: &plan.site, step: &step.declared, work, cache: Some(&cache), done: &|_| {} };
    let made = if job.work.is_empty() { Vec::new() } else { (step.kind.run)(&job)? };
    drop(job);
    let mut first_fault = None;
    for ((at, pending), made) in todo.into_iter().zip(pending).zip(made) {
        match made {
            Ok(Told { notes, rows, .. }) => {
                let stored = options.store.put(pending, notes, rows)?;
                shared::give(plan, options, at, &stored)?;
                told(&Event::Finished { name: &plan.name(&plan.tasks[at]), notes: &stored.notes });
                results[at] = Some(stored);
            }
            Err(fault) => first_fault = first_fault.or(Some(fault)),
        }
    }
    first_fault.map_or(Ok(()), Err)
}

fn is_whole(store: &Store, task: &Task, stored: &Stored) -> bool {
    stored.files.iter().all(|file| store.file(&task.key, file).is_some())
}

fn work<'a>(
    plan: &'a Plan,
    store: &Store,
    at: usize,
    folder: &'a Path,
    results: &'a [Option<Stored>],
) -> Result<Work<'a>, PipelineError> {
    let task = &plan.tasks[at];
    let mut found = Vec::with_capacity(task.needs.len());
    for &need in &task.needs {
        let (other, Some(stored)) = (&plan.tasks[need], &results[need]) else {
            return Err(gone(&plan.name(&plan.tasks[need])));
        };
        found.push(Results {
            step: &plan.steps[other.step].declared.id,
            part: &other.part,
            folder: store.folder(&other.key),
            files: stored.files.iter().map(|file| file.name.clone()).collect(),
            notes: &stored.notes,
        });
    }
    Ok(Work { part: &task.part, folder, results: found, lineage: lineage(plan, at) })
}

fn gone(name: &str) -> PipelineError {
    PipelineError::Request {
        what: format!("the result of {name} vanished while the pipeline ran"),
        help: "run again; let nothing else empty the cache meanwhile".to_owned(),
    }
}

/// The task and all that it rests on, each after what it rests on.
fn lineage(plan: &Plan, at: usize) -> Vec<StepRecord> {
    let mut all = BTreeSet::from([at]);
    let mut open = vec![at];
    while let Some(at) = open.pop() {
        open.extend(plan.tasks[at].needs.iter().copied().filter(|need| all.insert(*need)));
    }
    let record = |at: usize| {
        let task = &plan.tasks[at];
        let ingredients = &task.ingredients;
        StepRecord {
            id: ingredients.step.clone(),
            kind: ingredients.kind.clone(),
            part: task.part.clone(),
            parameters: ingredients.values.clone(),
            files: ingredients.files.clone(),
            uses: ingredients.uses.clone(),
            key: task.key.clone(),
        }
    };
    all.into_iter().map(record).collect()
}

/// `3/16` as the third of sixteen shares.
///
/// # Errors
/// [`PipelineError::Request`].
pub fn parse_share(text: &str) -> Result<(usize, usize), PipelineError> {
    let share =
        text.split_once('/').and_then(|(share, of)| Some((share.parse().ok()?, of.parse().ok()?)));
    share.filter(|(share, of)| (1..=*of).contains(share)).ok_or_else(|| PipelineError::Request {
        what: format!("--part {text} is no share"),
        help: "give K/N with K from 1 to N, as in 3/16".to_owned(),
    })
}

/// Seconds as people read them.
#[must_use]
pub fn readable(age: Duration) -> String {
    match age.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60),
    }
}
