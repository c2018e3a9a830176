//! What `ingest`, `run` and `sources` have in common about live providers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use tempfile::TempDir;

use super::{Global, output};
use crate::Error;
use crate::pipeline::fetch::{self, Event, Options, Wanted};
use crate::pipeline::file::PipelineFile;
use crate::pipeline::steps;
use crate::pipeline::{PipelineError, lock};
use crate::sources::blobs::Blobs;
use crate::sources::http::Manners;
use crate::sources::providers::{Brought, Mode};

/// The catalogue of live data sets that the program carries.
const BUILT_IN: &str = include_str!("../../pipelines/stockholm-live.toml");

#[derive(clap::Args)]
#[command(next_help_heading = "Live providers")]
#[allow(clippy::struct_excessive_bools)] // the flags of a command
pub struct Arguments {
    /// Pipeline whose ingest steps name providers [default: the built-in catalogue for Stockholm]
    #[arg(long, value_name = "FILE")]
    pipeline: Option<PathBuf>,
    /// Another value of a parameter of the pipeline
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Never use the network: take what was brought before
    #[arg(long, conflicts_with = "refresh")]
    offline: bool,
    /// Ask the providers again
    #[arg(long)]
    refresh: bool,
    /// Fail where any content differs from scale.lock
    #[arg(long, conflicts_with = "accept")]
    locked: bool,
    /// Take a table that changed its columns or codes as the new one
    #[arg(long)]
    accept: bool,
}

impl Arguments {
    pub fn names_a_pipeline(&self) -> bool {
        self.pipeline.is_some()
    }
}

/// The folder of what is not to be kept.
static PRIVATE: Mutex<Option<TempDir>> = Mutex::new(None);

/// Where fetched content is kept: in the cache; without one in a folder of this run alone.
pub fn blobs(global: &Global) -> Result<Blobs, Error> {
    if let Some(cache) = global.cache() {
        return Ok(Blobs::new(cache.folder().join("fetched")));
    }
    let mut private = PRIVATE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = match private.take() {
        Some(folder) => folder,
        None => tempfile::Builder::new()
            .prefix("scale-")
            .tempdir()
            .map_err(|source| PipelineError::Output { path: std::env::temp_dir(), source })?,
    };
    let blobs = Blobs::new(folder.path().join("fetched"));
    *private = Some(folder);
    Ok(blobs)
}

/// Removes what is not to be kept, at the end of the run.
pub fn clear() {
    drop(PRIVATE.lock().unwrap_or_else(PoisonError::into_inner).take());
}

/// Brings data sets into a data folder.
pub fn run(
    global: &Global,
    arguments: &Arguments,
    names: &[String],
    into: &Path,
) -> Result<ExitCode, Error> {
    let set = super::fields::pairs("--set", &arguments.set)?;
    let file = read(arguments.pipeline.as_deref(), &set)?;
    let wanted = fetch::wanted(&file, names)?;
    if wanted.is_empty() {
        return Err(PipelineError::Request {
            what: format!("{}: names no provider", file.path.display()),
            help: "give an ingest step the key from; a file of one's own is brought with --file"
                .to_owned(),
        }
        .into());
    }
    for name in names.iter().filter(|name| !wanted.iter().any(|wanted| wanted.id == **name)) {
        let meant = wanted.iter().map(|wanted| wanted.id.as_str());
        let meant: Vec<&str> = meant.filter(|id| id.starts_with(&format!("{name}_"))).collect();
        output::note(global, &format!("{name}: {}", meant.join(", ")));
    }
    let blobs = blobs(global)?;
    // The built-in catalogue has no folder of its own: its lock lies with the data.
    let lock = match &arguments.pipeline {
        Some(pipeline) => lock::path(pipeline),
        None => into.join("scale.lock"),
    };
    let network = match (arguments.offline, arguments.refresh) {
        (true, _) => Mode::Offline,
        (_, true) => Mode::Refresh,
        _ => Mode::Missing,
    };
    let options = Options {
        blobs: &blobs,
        mode: network,
        locked: arguments.locked,
        accept: arguments.accept,
        lock: &lock,
        manners: Manners::default(),
    };
    let _in_use = fetch::in_use(&blobs)?;
    let bars = Bars::new(global);
    let found = fetch::bring(&wanted, &options, &|event| bars.tell(event))?;
    let (mut faults, mut entries) = (Vec::new(), Vec::new());
    for (wanted, found) in wanted.iter().zip(found) {
        let outcome = found.and_then(|found| {
            for note in &found.notes {
                output::note(global, &format!("{}: {note}", wanted.id));
            }
            let made = steps::make_dataset(&wanted.id, &wanted.values, &found.file, into);
            let made = made.map_err(|error| fetch::of(&wanted.id, &found.address, error))?;
            Ok((made, found.entry))
        });
        match outcome {
            Ok((made, entry)) => {
                entries.push(entry);
                super::ingest::tell(global, &made);
            }
            Err(fault) => faults.push(fault),
        }
    }
    let brought = entries.len();
    fetch::keep(&options, entries)?;
    let count = faults.len();
    if count == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    for fault in faults {
        if count + brought == 1 {
            return Err(fault.into());
        }
        output::error(&fault.into());
    }
    output::note(global, &format!("{brought} data sets were brought, {count} were not"));
    Ok(ExitCode::from(2))
}

fn read(pipeline: Option<&Path>, set: &[(String, String)]) -> Result<PipelineFile, Error> {
    let Some(path) = pipeline else {
        let path = Path::new("stockholm-live.toml");
        let file = PipelineFile::parse(path, BUILT_IN, set, &steps::declared());
        return Ok(file.map_err(PipelineError::from)?);
    };
    super::chosen::parse(path, set)
}

/// What can be brought, with whether a document confirms the table's id.
pub fn list(global: &Global, pipeline: Option<&Path>) -> Result<ExitCode, Error> {
    let file = read(pipeline, &[])?;
    let all = fetch::wanted(&file, &[])?;
    let text = |wanted: &Wanted, key: &str| {
        let schema = wanted.values.table("schema");
        schema.and_then(|schema| schema.get(key)?.as_str()).unwrap_or_default().to_owned()
    };
    let provider = |wanted: &Wanted| {
        let from = wanted.values.table("from");
        from.and_then(|from| from.get("provider")?.as_str()).unwrap_or_default().to_owned()
    };
    let unverified = |wanted: &Wanted| {
        let schema = wanted.values.table("schema");
        schema.and_then(|schema| schema.get("unverified")?.as_bool()).unwrap_or(false)
    };
    if global.json {
        let entry = |wanted: &Wanted| {
            serde_json::json!({
                "id": wanted.id, "provider": provider(wanted), "address": wanted.origin.address(),
                "table": text(wanted, "table"), "level": text(wanted, "geography"),
                "publisher": text(wanted, "publisher"), "licence": wanted.licence,
                "unverified": unverified(wanted),
            })
        };
        let entries: Vec<_> = all.iter().map(entry).collect();
        output::line(&serde_json::to_string_pretty(&entries).unwrap_or_default());
        return Ok(ExitCode::SUCCESS);
    }
    let row = |wanted: &Wanted| {
        vec![
            wanted.id.clone(),
            provider(wanted),
            text(wanted, "table"),
            text(wanted, "geography"),
            text(wanted, "publisher"),
            wanted.licence.clone(),
            if unverified(wanted) { "unverified".to_owned() } else { String::new() },
        ]
    };
    let header = ["id", "provider", "table", "level", "publisher", "licence", ""];
    output::table(&header, &[], all.iter().map(row).collect());
    Ok(ExitCode::SUCCESS)
}

/// A bar a data set on a terminal, elsewhere a line.
pub struct Bars<'a> {
    global: &'a Global,
    all: MultiProgress,
    each: Mutex<BTreeMap<String, ProgressBar>>,
}

impl<'a> Bars<'a> {
    pub fn new(global: &'a Global) -> Self {
        Self { global, all: MultiProgress::new(), each: Mutex::default() }
    }

    pub fn tell(&self, event: &Event<'_>) {
        let mut bars = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Started { id, address } => {
                tracing::info!("{id}: asking {address}");
                let bar = output::progress(self.global, 0);
                if !bar.is_hidden() {
                    styled(&bar, "{msg:24} {bytes:>10} {bytes_per_sec:>12}");
                    bar.set_message((*id).to_owned());
                    bars.insert((*id).to_owned(), self.all.add(bar));
                }
            }
            Event::Bytes { id, bytes, of } => {
                if let Some(bar) = bars.get(*id) {
                    if let Some(of) = of.filter(|of| bar.length() != Some(*of)) {
                        bar.set_length(of);
                        styled(
                            bar,
                            "{msg:24} {bar:20} {bytes:>10}/{total_bytes} {bytes_per_sec:>12} {eta:>5}",
                        );
                    }
                    bar.set_position(*bytes);
                }
            }
            Event::Done { id, brought } => {
                if let Some(bar) = bars.remove(*id) {
                    bar.finish_and_clear();
                }
                self.all.suspend(|| output::note(self.global, &done(id, brought)));
            }
            Event::Failed { id } => {
                if let Some(bar) = bars.remove(*id) {
                    bar.finish_and_clear();
                }
            }
        }
    }
}

fn styled(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
}

fn done(id: &str, brought: &Brought) -> String {
    let updated = brought.updated.as_ref().map_or(String::new(), |at| format!(", updated {at}"));
    let Brought { bytes, retrieved, address, .. } = brought;
    format!("{id}: {bytes} bytes of {retrieved}{updated} from {address}")
}
