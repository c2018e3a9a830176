//! `scale cache`: what was fetched from providers, and what was worked out once and kept.

use std::collections::BTreeSet;
use std::process::ExitCode;

use clap::Subcommand;
use jiff::Timestamp;
use serde_json::json;

use super::{Global, live, output};
use crate::Error;
use crate::pipeline::cache::{Cache, Entry};
use crate::pipeline::{PipelineError, lock};
use crate::sources::blobs::{Blobs, Kept};

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  scale cache ls\n  scale cache verify\n  scale cache prune --older-than 90"
)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List what was fetched, when, and from where; and the networks and weights that are kept
    Ls,
    /// Hold every file against its checksum; exit status 1 where one is damaged
    Verify,
    /// Remove what is damaged or half fetched, and what is older than so many days, except what a
    /// scale.lock names that is still where it was
    Prune {
        /// Days
        #[arg(long, value_name = "DAYS")]
        older_than: Option<u32>,
    },
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let (blobs, cache) = (live::blobs(global)?, global.cache());
    match &arguments.command {
        Command::Ls => list(global, &blobs, cache.as_ref()),
        Command::Verify => verify(global, &blobs, cache.as_ref()),
        Command::Prune { older_than } => prune(&blobs, cache.as_ref(), *older_than),
    }
}

fn entries(cache: Option<&Cache>) -> Result<Vec<Entry>, PipelineError> {
    let of = |cache: &Cache| cache.entries().map_err(failed(cache.folder()));
    cache.map_or_else(|| Ok(Vec::new()), of)
}

fn failed(path: &std::path::Path) -> impl Fn(std::io::Error) -> PipelineError {
    let path = path.to_owned();
    move |source| PipelineError::Output { path: path.clone(), source }
}

fn list(global: &Global, blobs: &Blobs, cache: Option<&Cache>) -> Result<ExitCode, Error> {
    let fetched = blobs.list().map_err(failed(blobs.root()))?;
    let made = entries(cache)?;
    let seconds = |entry: &Entry| entry.made.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    if global.json {
        let entry = |entry: &Entry| {
            let (kind, key, bytes) = (entry.kind, &entry.key, entry.bytes);
            json!({ "kind": kind, "key": key, "made": seconds(entry), "bytes": bytes })
        };
        let made: Vec<serde_json::Value> = made.iter().map(entry).collect();
        let all = json!({ "fetched": fetched, "made": made });
        output::line(&serde_json::to_string_pretty(&all).unwrap_or_default());
        return Ok(ExitCode::SUCCESS);
    }
    let short = |sum: &str| sum.get(..12).unwrap_or_default().to_owned();
    let fetched = fetched.into_iter().map(|kept| {
        vec![kept.retrieved, kept.bytes.to_string(), short(&kept.sha256), kept.asked.address]
    });
    let made = made.iter().map(|entry| {
        vec![seconds(entry), entry.bytes.to_string(), short(&entry.key), entry.kind.to_owned()]
    });
    let header = ["retrieved or made", "bytes", "sha256 or key", "address, or what it is"];
    output::table(&header, &[1], fetched.chain(made).collect());
    Ok(ExitCode::SUCCESS)
}

fn verify(global: &Global, blobs: &Blobs, cache: Option<&Cache>) -> Result<ExitCode, Error> {
    let fetched = blobs.verify().map_err(failed(blobs.root()))?;
    for damage in &fetched {
        let asked = damage.asked.as_ref();
        let asked = asked.map_or(String::new(), |asked| format!(" ({})", asked.address));
        output::line(&format!("{} {}{asked}", damage.file.display(), damage.reason));
    }
    let made: Vec<Entry> = entries(cache)?.into_iter().filter(|entry| !entry.is_whole()).collect();
    for entry in &made {
        output::line(&format!("{} is damaged ({})", entry.file.display(), entry.kind));
    }
    if fetched.is_empty() && made.is_empty() {
        output::note(global, "all is whole");
        return Ok(ExitCode::SUCCESS);
    }
    output::note(global, "what is damaged is fetched or made again when it is asked for");
    Ok(ExitCode::from(1))
}

fn prune(blobs: &Blobs, cache: Option<&Cache>, days: Option<u32>) -> Result<ExitCode, Error> {
    let oldest = days.map(|days| Timestamp::now().as_second() - i64::from(days) * 86_400);
    let is_new = |since: Timestamp| oldest.is_none_or(|oldest| since.as_second() >= oldest);
    let keep =
        |kept: &Kept| oldest.is_none() || kept.retrieved.parse::<Timestamp>().is_ok_and(is_new);
    let mut named = BTreeSet::new();
    for file in blobs.locks().map_err(failed(blobs.root()))? {
        named.extend(lock::fetched(&file)?.into_iter().map(|fetched| fetched.sha256));
    }
    let fetched = blobs.prune(&keep, &named).map_err(|source| {
        if source.kind() != std::io::ErrorKind::WouldBlock {
            return failed(blobs.root())(source);
        }
        PipelineError::Request {
            what: "something is being brought into the cache; nothing was removed".to_owned(),
            help: "try again when it has come".to_owned(),
        }
    })?;
    let made = match cache {
        Some(cache) => cache.prune(&|entry| is_new(entry.made)).map_err(failed(cache.folder()))?,
        None => crate::pipeline::cache::Pruned::default(),
    };
    output::line(&format!(
        "{} files, {} bytes removed",
        fetched.files + made.files,
        fetched.bytes + made.bytes
    ));
    Ok(ExitCode::SUCCESS)
}
