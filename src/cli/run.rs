//! `scale run` and `scale merge`: a pipeline run, whole or a share of it, and the shares put together.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use clap::ValueEnum;
use indicatif::{MultiProgress, ProgressBar};

use super::chosen::{Chosen, Fetching, plan, planned, store};
use super::{Global, live, output};
use crate::Error;
use crate::pipeline::mirror::Mirror;
use crate::pipeline::plan::InputFile;
use crate::pipeline::run::{self, Event, Ran, Shared, Store};
use crate::pipeline::{PipelineError, lock};
use crate::sources::objects::Address;

const EXAMPLES: &str = "Examples:
  scale run pipelines/baseline.toml
  scale run pipelines/baseline.toml --area jarva --set crs=EPSG:3011
  scale run pipelines/baseline.toml --locked --log-format json
  scale run country.toml --part 3/16 --cache part3     # `scale plan country.toml --parts 16` tells what is in it
  scale merge country.toml part1 part2 part3
  scale run s3://bucket/country.toml --part 3/16 --store s3://bucket/store
  scale merge s3://bucket/country.toml --store s3://bucket/store --out s3://bucket/out

What was made is kept under the hash of everything it follows from, and never made twice. A run that was stopped,
however, goes on where it was.";

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    chosen: Chosen,
    /// Fail where an input differs from scale.lock beside the pipeline
    #[arg(long)]
    locked: bool,
    /// Never use the network
    #[arg(long)]
    offline: bool,
    /// Threads to work with [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Memory that the parts of a step may take together, as in 2GB
    #[arg(long, value_name = "SIZE", value_parser = run::parse_bytes)]
    memory: Option<u64>,
    /// Say what would be made, and make nothing
    #[arg(long)]
    dry_run: bool,
    /// Make only the K-th of N shares of the parts; `scale merge` puts them together
    #[arg(long, value_name = "K/N")]
    part: Option<String>,
    /// Address of results that machines share: what is there is taken, what is made is put there
    #[arg(long, value_name = "ADDRESS")]
    store: Option<String>,
    /// How to tell what happens where there is no terminal
    #[arg(long, value_enum, default_value = "text")]
    log_format: LogFormat,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  scale merge country.toml part1 part2 part3\n  scale merge s3://bucket/country.toml --store s3://bucket/store --out s3://bucket/out"
)]
pub struct MergeArguments {
    #[command(flatten)]
    chosen: Chosen,
    /// Folders that `scale run --part K/N --cache DIR` wrote
    #[arg(value_name = "DIR", required_unless_present = "store")]
    parts: Vec<PathBuf>,
    /// Address of results that machines share
    #[arg(long, value_name = "ADDRESS")]
    store: Option<String>,
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let chosen = &arguments.chosen;
    let bars = live::Bars::new(global);
    let fetching = Fetching { offline: arguments.offline, locked: arguments.locked };
    let plan = planned(global, chosen, fetching, &|event| bars.tell(event))?;
    // What was fetched lies in the cache, and is locked by what was asked.
    let fetched = live::blobs(global)?;
    let own = plan.inputs.iter().filter(|input| !input.path.starts_with(fetched.root()));
    let own: Vec<InputFile> = own.cloned().collect();
    if arguments.locked {
        lock::check(&chosen.file, &own)?;
    }
    let share = arguments.part.as_deref().map(run::parse_share).transpose()?;
    let (store, _gone_afterwards) = store(global)?;
    let mirror = global.mirror();
    let shared = shared(&mirror, arguments.store.as_deref())?;
    let options = run::Options {
        store: &store,
        shared: shared.as_ref(),
        out: &chosen.out,
        share,
        memory: arguments.memory,
        merging: false,
    };
    if arguments.dry_run {
        super::plan::show(global, &plan, &options)?;
        return Ok(ExitCode::SUCCESS);
    }
    let log = Log::new(global, arguments.log_format);
    let start = Instant::now();
    let ran = in_threads(arguments.jobs, || run::run(&plan, &options, &|event| log.tell(event)))?;
    let elsewhere = mirror.address_of(&chosen.file).is_some();
    if !arguments.locked && share.is_none() && !elsewhere {
        lock::write(&chosen.file, &own)?;
    }
    log.end(ran, start.elapsed().as_secs_f64());
    Ok(ExitCode::SUCCESS)
}

pub fn merge(global: &Global, arguments: &MergeArguments) -> Result<ExitCode, Error> {
    let chosen = &arguments.chosen;
    let plan = plan(global, chosen)?;
    let (store, _gone_afterwards) = store(global)?;
    for part in &arguments.parts {
        let new = store.take_over(&Store::new(part.clone()))?;
        output::note(global, &format!("{}: {new} results taken over", part.display()));
    }
    let mirror = global.mirror();
    let shared = shared(&mirror, arguments.store.as_deref())?;
    let options = run::Options {
        store: &store,
        shared: shared.as_ref(),
        out: &chosen.out,
        share: None,
        memory: None,
        merging: true,
    };
    let log = Log::new(global, LogFormat::Text);
    let start = Instant::now();
    let ran = run::run(&plan, &options, &|event| log.tell(event))?;
    log.end(ran, start.elapsed().as_secs_f64());
    Ok(ExitCode::SUCCESS)
}

/// The results at an address.
fn shared<'a>(mirror: &'a Mirror, address: Option<&str>) -> Result<Option<Shared<'a>>, Error> {
    let address = address.map(Address::parse).transpose().map_err(PipelineError::from)?;
    Ok(address.map(|root| Shared::new(mirror.objects(), root)))
}

fn in_threads<T: Send>(
    jobs: Option<u16>,
    work: impl FnOnce() -> Result<T, PipelineError> + Send,
) -> Result<T, PipelineError> {
    let Some(jobs) = jobs else { return work() };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(usize::from(jobs)).build();
    let pool = pool.map_err(|error| PipelineError::Request {
        what: format!("{jobs} threads cannot be started: {error}"),
        help: "give a smaller number to --jobs".to_owned(),
    })?;
    let done = pool.install(work);
    // Threads that end give back what PROJ keeps for each of them. At the end of the process that would happen while the
    // library takes itself down, and now and then crash it after all work was done: so they wait until they are stopped with it.
    std::mem::forget(pool);
    done
}

/// Tells what happens: bars on a terminal, else a line a finished step.
struct Log<'a> {
    global: &'a Global,
    format: LogFormat,
    bars: MultiProgress,
    whole: ProgressBar,
    step: Mutex<Option<ProgressBar>>,
    /// What others should have made, for the end.
    lacking: Mutex<Option<serde_json::Value>>,
}

/// How many results a warning names.
const NAMED: usize = 5;

impl<'a> Log<'a> {
    fn new(global: &'a Global, format: LogFormat) -> Self {
        let bars = MultiProgress::new();
        let whole = output::progress(global, 0);
        let whole = if whole.is_hidden() { whole } else { bars.add(whole) };
        Self { global, format, bars, whole, step: Mutex::default(), lacking: Mutex::default() }
    }

    fn tell(&self, event: &Event<'_>) {
        self.move_bars(event);
        let (text, json) = match event {
            Event::Waiting { name, owner } => {
                let age = run::readable(owner.age());
                let text = format!(
                    "{name}: process {} has been making it for {age}; waiting",
                    owner.process
                );
                (
                    text,
                    serde_json::json!({ "event": "waiting", "part": name, "process": owner.process }),
                )
            }
            Event::Lacking { names, of } => self.lacking(names, *of),
            Event::Done { step, seconds } => {
                let peak = run::peak_bytes();
                #[allow(clippy::cast_precision_loss)] // bytes of a machine
                let megabytes = peak.map_or(String::new(), |bytes| {
                    format!(", {:.0} MB at most so far", bytes as f64 / 1e6)
                });
                let more = if self.global.verbose > 0 { megabytes } else { String::new() };
                let text = format!("{step}: done in {seconds:.2} s{more}");
                (
                    text,
                    serde_json::json!({ "event": "done", "step": step, "seconds": seconds, "peak_bytes": peak }),
                )
            }
            Event::Heavy { step, bytes } => {
                let text = format!(
                    "warning: {step} is estimated to need {} MB, more than --memory allows: its parts are made one by one",
                    bytes / 1_000_000
                );
                (text, serde_json::json!({ "event": "heavy", "step": step, "bytes": bytes }))
            }
            Event::Published { folder, files, changed, notes } => {
                return self.published(folder, files, *changed, notes);
            }
            Event::Finished { name, notes } if self.format == LogFormat::Json => (
                String::new(),
                serde_json::json!({ "event": "finished", "part": name, "warnings": notes }),
            ),
            Event::Planned { parts } if self.format == LogFormat::Json => {
                (String::new(), serde_json::json!({ "event": "planned", "parts": parts }))
            }
            _ => return,
        };
        match self.format {
            LogFormat::Json => output::log(&json.to_string()),
            LogFormat::Text => self.bars.suspend(|| output::note(self.global, &text)),
        }
    }

    /// Text and JSON, which is kept for the end, too.
    fn lacking(&self, names: &[String], of: usize) -> (String, serde_json::Value) {
        let first = &names[..names.len().min(NAMED)];
        let more = names.len() - first.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let text = format!(
            "warning: {} of {of} results were missing, damaged or of other inputs and were made here: {}{more}",
            names.len(),
            first.join(", ")
        );
        let facts = serde_json::json!({ "results": names.len(), "of": of, "first": first });
        let mut json = facts.clone();
        json["event"] = "lacking".into();
        *self.lacking.lock().unwrap_or_else(PoisonError::into_inner) = Some(facts);
        (text, json)
    }

    fn published(&self, folder: &Path, files: &[run::StoredFile], changed: bool, notes: &[String]) {
        let paths: Vec<PathBuf> = files.iter().map(|file| folder.join(&file.name)).collect();
        match self.format {
            LogFormat::Json => {
                let json = serde_json::json!({
                    "event": "published", "folder": folder, "files": paths, "changed": changed, "warnings": notes,
                });
                output::log(&json.to_string());
            }
            LogFormat::Text => self.bars.suspend(|| {
                for note in notes {
                    output::note(self.global, &format!("warning: {}: {note}", folder.display()));
                }
                let word = if changed { "written" } else { "unchanged" };
                if !self.global.quiet && !self.global.json {
                    output::line(&format!("{}: {} files, {word}", folder.display(), files.len()));
                }
            }),
        }
    }

    fn move_bars(&self, event: &Event<'_>) {
        let mut step = self.step.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Planned { parts } => self.whole.set_length(*parts as u64),
            Event::Started { step: name, parts } if !self.whole.is_hidden() => {
                let bar = self.bars.add(output::progress(self.global, *parts));
                bar.set_message((*name).to_owned());
                *step = Some(bar);
            }
            Event::Finished { .. } => {
                self.whole.inc(1);
                if let Some(bar) = step.as_ref() {
                    bar.inc(1);
                }
            }
            Event::Done { .. } => {
                if let Some(bar) = step.take() {
                    bar.finish_and_clear();
                }
            }
            _ => {}
        }
    }

    fn end(&self, ran: Ran, seconds: f64) {
        self.whole.finish_and_clear();
        let mut json = serde_json::json!({
            "event": "end", "made": ran.made, "kept": ran.kept, "published": ran.published, "seconds": seconds, "rows": ran.rows,
            "peak_bytes": run::peak_bytes(),
        });
        if let Some(lacking) = self.lacking.lock().unwrap_or_else(PoisonError::into_inner).take() {
            json["lacking"] = lacking;
        }
        match self.format {
            LogFormat::Json => output::log(&json.to_string()),
            LogFormat::Text if self.global.json => output::line(&json.to_string()),
            LogFormat::Text => output::note(
                self.global,
                &format!(
                    "{} parts made, {} kept, {} folders written, {seconds:.2} s",
                    ran.made, ran.kept, ran.published
                ),
            ),
        }
    }
}
