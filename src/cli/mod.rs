//! What the user types and reads. Everything that prints is here.

mod access;
mod access_more;
mod areas;
mod check;
mod clip;
mod fields;
mod ingest;
mod input;
mod map;
mod output;
mod services;
mod sources;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::Error;
use crate::areas::{AreaError, AreasFile, read_areas_toml, read_polygons};
use crate::formats::{self, OpenOptions};
use crate::model::{Areas, Crs, Lang};
use crate::pipeline::cache::Cache;
use crate::pipeline::{self, PipelineError};
use crate::sources::{Data, Snapshot};

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
    Sources,
    /// Open a file of one's own, type it, and add it to a data folder
    Ingest(Box<ingest::Arguments>),
    /// Cut a layer to an area and carry its values onto what remains
    Clip(Box<clip::Arguments>),
    /// Make the baseline of an area
    Map(map::Arguments),
    /// Measure what can be reached on foot, by bicycle and by car
    Access(Box<access::Arguments>),
    /// Check that files are what they claim to be
    Check(check::Arguments),
}

/// Runs what was typed: 0 done, 1 findings, 2 failed.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    output::start_log(arguments.global.verbose);
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            output::error(&error);
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let global = &arguments.global;
    match &arguments.command {
        Command::Areas(arguments) => areas::run(global, arguments),
        Command::Sources => sources::run(global),
        Command::Ingest(arguments) => ingest::run(global, arguments),
        Command::Clip(arguments) => clip::run(global, arguments),
        Command::Map(arguments) => map::run(global, arguments),
        Command::Access(arguments) => access::run(global, arguments),
        Command::Check(arguments) => check::run(global, arguments),
    }
}

impl Global {
    fn lang(&self) -> Lang {
        match self.lang {
            Language::Sv => Lang::Sv,
            Language::En => Lang::En,
        }
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
}

/// Data and areas, ready to compose.
pub(crate) struct Ground {
    snapshot: Snapshot,
    data: Data,
    areas: AreasFile,
    drawn: Option<Areas>,
}

impl Ground {
    fn load(global: &Global) -> Result<Self, Error> {
        let snapshot = global.snapshot()?;
        let data = Data::load(&snapshot)?;
        let (areas, drawn) = read_areas(global, &snapshot, &data)?;
        Ok(Self { snapshot, data, areas, drawn })
    }

    /// The ids asked for, each known; the nearest is suggested for one that is not.
    fn ids(&self, area: Option<&str>, all: bool) -> Result<Vec<String>, Error> {
        let ids: Vec<String> = self.areas.areas.iter().map(|area| area.id.clone()).collect();
        if all {
            return Ok(ids);
        }
        let Some(given) = area else {
            return Err(PipelineError::Request {
                what: "no area is named".to_owned(),
                help: "give --area ID or --all; `scale areas` lists the ids".to_owned(),
            }
            .into());
        };
        if ids.iter().any(|id| id == given) {
            return Ok(vec![given.to_owned()]);
        }
        let near = ids.iter().max_by(|a, b| {
            strsim::jaro_winkler(a, given).total_cmp(&strsim::jaro_winkler(b, given))
        });
        let near = near.map_or_else(String::new, |id| format!("did you mean \"{id}\"? "));
        Err(AreaError::UnknownArea {
            given: given.to_owned(),
            help: format!("{near}known areas: {}", ids.join(", ")),
        }
        .into())
    }
}

fn read_areas(
    global: &Global,
    snapshot: &Snapshot,
    data: &Data,
) -> Result<(AreasFile, Option<Areas>), Error> {
    let built_in = snapshot.areas().cloned();
    let Some(file) = &global.areas else {
        let areas = built_in.ok_or_else(|| PipelineError::Request {
            what: "the data hold no areas".to_owned(),
            help: "add areas.toml to the folder, or give --areas FILE".to_owned(),
        })?;
        return Ok((areas, None));
    };
    if file.extension().is_some_and(|ending| ending == "toml") {
        let text = String::from_utf8(formats::read(file)?).map_err(|_| AreaError::Definition {
            file: file.clone(),
            reason: "is not UTF-8 text".to_owned(),
        })?;
        return Ok((read_areas_toml(file, &text)?, None));
    }
    let geography = built_in.map_or_else(|| "regso-2025".to_owned(), |areas| areas.geography);
    let mut areas = AreasFile { geography, areas: Vec::new(), folder: PathBuf::new() };
    let crs = pipeline::map::units(data, &areas)?.areas.crs().clone();
    let (definitions, shapes) = read_polygons(file, &OpenOptions::default(), &crs)?;
    areas.areas = definitions;
    Ok((areas, Some(shapes)))
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
