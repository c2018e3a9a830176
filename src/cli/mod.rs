//! What the user types and reads. Everything that prints is here.

mod access;
mod access_more;
mod actors;
mod addresses;
mod agree;
mod areas;
mod cache;
mod carry;
mod check;
mod chosen;
mod clip;
mod compare;
mod completions;
mod diff;
mod equity;
mod explain;
mod expose;
mod fields;
mod ingest;
mod init;
mod input;
mod labels;
mod live;
mod map;
mod output;
mod plan;
mod priority;
mod report;
mod run;
mod services;
mod sources;
mod standardise;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::Error;
use crate::model::{Crs, Lang};
use crate::pipeline::Ground;
use crate::pipeline::cache::Cache;
use crate::pipeline::site::Site;
use crate::sources::Snapshot;

/// Turns open statistics and geodata into a defensible baseline of a neighbourhood.
#[derive(Parser)]
#[command(
    name = "scale",
    term_width = 100,
    version,
    after_help = "Examples:\n  scale areas\n  scale map --area jarva\n  scale map --all --out baselines\n  scale check out"
)]
struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options that every command understands.
#[derive(clap::Args)]
pub(crate) struct Global {
    /// Folder with a catalog.toml whose data sets replace or join the built-in ones
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Own areas: TOML composed from units, or polygons (GeoJSON, GeoPackage, Shapefile, GeoParquet)
    #[arg(long, global = true, value_name = "FILE")]
    areas: Option<PathBuf>,
    #[command(flatten)]
    keeping: Keeping,
    /// Language of what is shown to readers
    #[arg(long, global = true, value_enum, default_value = "en")]
    lang: Language,
    /// Print nothing but errors
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Say more; twice for everything
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Show no progress bar (there is none outside a terminal anyway)
    #[arg(long, global = true)]
    no_progress: bool,
    /// Print lists as JSON
    #[arg(long, global = true)]
    json: bool,
}

/// Where to keep what need not be worked out twice.
#[derive(clap::Args)]
struct Keeping {
    /// Folder for what need not be worked out twice, such as networks of streets; the user's own cache without it
    #[arg(long, global = true, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Work everything out anew and keep nothing
    #[arg(long, global = true, conflicts_with = "cache")]
    no_cache: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Language {
    Sv,
    En,
}

#[derive(Subcommand)]
enum Command {
    /// List the areas with surface, residents, units and overlaps
    Areas(areas::Arguments),
    /// List the data sets with year, level and licence
    Sources(sources::Arguments),
    /// Bring data sets of live providers, or a file of one's own, into a data folder
    Ingest(Box<ingest::Arguments>),
    /// Cut a layer to an area and carry its values onto what remains
    Clip(Box<clip::Arguments>),
    /// Carry values onto other areas: polygons, units, whole areas, squares, hexagons
    Carry(Box<carry::Arguments>),
    /// Measure noise, air, heat or green cover of polygons in a raster
    Expose(Box<expose::Arguments>),
    /// Make the baseline of an area
    Map(map::Arguments),
    /// Write a report of an area for residents, or single maps
    Report(report::Arguments),
    /// Measure what can be reached on foot, by bicycle, by car and by public transport
    Access(Box<access::Arguments>),
    /// Run a pipeline: what is kept is taken, what changed is made again
    Run(run::Arguments),
    /// Show the steps of a pipeline, and why each would run
    Plan(plan::Arguments),
    /// Write a commented pipeline for a new city
    Init(init::Arguments),
    /// Say where a published number comes from
    Explain(explain::Arguments),
    /// Put together what `scale run --part` made
    Merge(run::MergeArguments),
    /// List, check and clear what was fetched from providers
    Cache(cache::Arguments),
    /// Check that files are what they claim to be
    Check(check::Arguments),
    /// Hold an area against the city, the county, another area or all others
    Compare(compare::Arguments),
    /// Show how unequal the units of an area are
    Equity(equity::Arguments),
    /// Standardise rates by age
    Standardise(Box<standardise::Arguments>),
    /// Hold two sources of one figure against each other
    Agree(agree::Arguments),
    /// Rank places by need in several respects, with how sure the ranks are
    Priority(priority::Arguments),
    /// Keep the register of who does what, and of the measures that arenas test
    Actors(actors::Arguments),
    /// Show what appeared, vanished or changed between two outputs, and what each change means
    Diff(diff::Arguments),
    /// Print completions for a shell
    Completions(completions::Arguments),
    /// Write a manual page for each command
    Man(completions::ManArguments),
}

/// Runs what was typed: 0 done, 1 findings, 2 failed.
#[must_use]
pub fn main() -> ExitCode {
    let typed: Vec<OsString> = std::env::args_os().collect();
    // Help and faults of the command line are told before anything is brought.
    let arguments = Arguments::parse_from(&typed);
    output::start_log(arguments.global.verbose);
    let done = if addresses::any(&typed) {
        with_objects(&arguments.global, typed)
    } else {
        dispatch(&arguments)
    };
    live::clear();
    match done {
        Ok(code) => code,
        Err(error) => {
            output::error(&error);
            ExitCode::from(2)
        }
    }
}

/// Runs a command that reads or writes objects of a store.
fn with_objects(global: &Global, typed: Vec<OsString>) -> Result<ExitCode, Error> {
    let local = addresses::localised(global, typed)?;
    let code = dispatch(&Arguments::parse_from(&local.arguments))?;
    local.put(global)?;
    Ok(code)
}

fn dispatch(arguments: &Arguments) -> Result<ExitCode, Error> {
    let global = &arguments.global;
    match &arguments.command {
        Command::Areas(arguments) => areas::run(global, arguments),
        Command::Sources(arguments) => sources::run(global, arguments),
        Command::Ingest(arguments) => ingest::run(global, arguments),
        Command::Clip(arguments) => clip::run(global, arguments),
        Command::Carry(arguments) => carry::run(global, arguments),
        Command::Expose(arguments) => expose::run(global, arguments),
        Command::Map(arguments) => map::run(global, arguments),
        Command::Report(arguments) => report::run(global, arguments),
        Command::Access(arguments) => access::run(global, arguments),
        Command::Run(arguments) => run::run(global, arguments),
        Command::Plan(arguments) => plan::run(global, arguments),
        Command::Init(arguments) => init::run(global, arguments),
        Command::Explain(arguments) => explain::run(global, arguments),
        Command::Merge(arguments) => run::merge(global, arguments),
        Command::Cache(arguments) => cache::run(global, arguments),
        Command::Check(arguments) => check::run(global, arguments),
        Command::Compare(arguments) => compare::run(global, arguments),
        Command::Equity(arguments) => equity::run(global, arguments),
        Command::Standardise(arguments) => standardise::run(global, arguments),
        Command::Agree(arguments) => agree::run(global, arguments),
        Command::Priority(arguments) => priority::run(global, arguments),
        Command::Actors(arguments) => actors::run(global, arguments),
        Command::Diff(arguments) => diff::run(global, arguments),
        Command::Completions(arguments) => Ok(completions::run(arguments)),
        Command::Man(arguments) => completions::man(arguments),
    }
}

impl Global {
    fn lang(&self) -> Lang {
        match self.lang {
            Language::Sv => Lang::Sv,
            Language::En => Lang::En,
        }
    }

    /// The language as a step of a pipeline says it; nothing for the one that needs no saying.
    fn lang_word(&self) -> Option<&'static str> {
        (self.lang() == Lang::Sv).then_some("sv")
    }

    /// Where results are kept between runs; `None` where nothing is kept.
    fn cache(&self) -> Option<Cache> {
        match &self.keeping.cache {
            _ if self.keeping.no_cache => None,
            Some(folder) => Some(Cache::new(folder)),
            None => Cache::of_user(),
        }
    }

    fn snapshot(&self) -> Result<Snapshot, Error> {
        Ok(match &self.data {
            Some(folder) => Snapshot::with_folder(folder)?,
            None => Snapshot::embedded()?,
        })
    }

    /// Where a single command works, on those areas; on all of them where none is named.
    fn site(&self, areas: &[String]) -> Result<Site, Error> {
        Ok(Site::of_command(self.data.as_deref(), self.areas.as_deref(), areas)?)
    }

    /// The data and the areas that are worked on.
    fn ground(&self) -> Result<Ground, Error> {
        Ok(Ground::load(self.snapshot()?, self.areas.as_deref(), None)?)
    }
}

/// Reads a system given on the command line.
fn crs(given: &str) -> Result<Crs, Error> {
    Ok(Crs::parse(given)?)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Arguments;

    /// Two options of one name, a default that is none of the choices, an option that requires one that is not there:
    /// otherwise these show when the command is run.
    #[test]
    fn every_command_is_sound() {
        Arguments::command().debug_assert();
    }
}
