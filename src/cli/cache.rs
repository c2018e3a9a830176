//! `scale cache`: what was fetched from providers.

use std::collections::BTreeSet;
use std::process::ExitCode;

use clap::Subcommand;
use jiff::Timestamp;

use super::{Global, live, output};
use crate::Error;
use crate::pipeline::{PipelineError, lock};

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
    /// List what was fetched, when, and from where
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
    let blobs = live::blobs(global);
    let failed = |source| PipelineError::Output { path: blobs.root().to_owned(), source };
    match &arguments.command {
        Command::Ls => {
            let all = blobs.list().map_err(failed)?;
            if global.json {
                output::line(&serde_json::to_string_pretty(&all).unwrap_or_default());
                return Ok(ExitCode::SUCCESS);
            }
            let rows = all.into_iter().map(|kept| {
                let sha256 = kept.sha256.get(..12).unwrap_or_default().to_owned();
                vec![kept.retrieved, kept.bytes.to_string(), sha256, kept.asked.address]
            });
            output::table(&["retrieved", "bytes", "sha256", "address"], &[1], rows.collect());
            Ok(ExitCode::SUCCESS)
        }
        Command::Verify => {
            let damage = blobs.verify().map_err(failed)?;
            for damage in &damage {
                let asked = damage
                    .asked
                    .as_ref()
                    .map_or(String::new(), |asked| format!(" ({})", asked.address));
                output::line(&format!("{} {}{asked}", damage.file.display(), damage.reason));
            }
            if damage.is_empty() {
                output::note(global, "all is whole");
                return Ok(ExitCode::SUCCESS);
            }
            output::note(global, "what is damaged is fetched again when it is asked for");
            Ok(ExitCode::from(1))
        }
        Command::Prune { older_than } => {
            let oldest =
                older_than.map(|days| Timestamp::now().as_second() - i64::from(days) * 86_400);
            let keep = |kept: &crate::sources::blobs::Kept| {
                let since = kept.retrieved.parse::<Timestamp>().map(Timestamp::as_second);
                oldest.is_none_or(|oldest| since.is_ok_and(|since| since >= oldest))
            };
            let mut named = BTreeSet::new();
            for file in blobs.locks().map_err(failed)? {
                named.extend(lock::fetched(&file)?.into_iter().map(|fetched| fetched.sha256));
            }
            let pruned = blobs.prune(&keep, &named).map_err(failed)?;
            output::line(&format!("{} files, {} bytes removed", pruned.files, pruned.bytes));
            Ok(ExitCode::SUCCESS)
        }
    }
}
