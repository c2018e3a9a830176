//! `scale actors`: the register of who does what, and of what arenas proposed or tested.

mod from_osm;
mod import;
mod list;
mod measures;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;

use super::fields::both;
use super::{Global, output};
use crate::Error;
use crate::model::{ActorTheme, Label, Lang, RegisterCover};
use crate::pipeline::Ground;
use crate::pipeline::actors::{Declared, Proposal};
use crate::sources::{CATALOG, actors_schema};

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  scale actors import actors.xlsx --year 2026 --publisher \"Järva arena\" --licence CC0-1.0 --into mydata\n  scale actors list --area jarva --data mydata\n  scale actors from-osm jarva.osm.pbf --area jarva --out proposals.csv\n  scale actors measures --import measures.csv --year 2026 --publisher \"Järva arena\" --licence CC0-1.0 --into mydata\n  scale actors schema > actors.schema.json"
)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Take over a register: checked, placed, and looked through for duplicates and personal data
    Import(Box<import::Arguments>),
    /// Propose entries from an extract of OpenStreetMap, unconfirmed
    FromOsm(from_osm::Arguments),
    /// List the actors of an area, what they are counted as, and which themes and units have none
    List(list::Arguments),
    /// List the measures of arenas, or take over a table of them
    Measures(Box<measures::Arguments>),
    /// Print the schema of the register (JSON Schema 2020-12)
    Schema,
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    match &arguments.command {
        Command::Import(arguments) => import::run(global, arguments),
        Command::FromOsm(arguments) => from_osm::run(global, arguments),
        Command::List(arguments) => list::run(global, arguments),
        Command::Measures(arguments) => measures::run(global, arguments),
        Command::Schema => {
            output::line(actors_schema().trim_end());
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// What the keeper of a register says of it.
#[derive(clap::Args)]
struct Keeper {
    /// Name of the data set; a known one is replaced
    #[arg(long)]
    id: Option<String>,
    /// Title in English and Swedish, "EN|SV"; the id if absent
    #[arg(long)]
    title: Option<String>,
    /// Who keeps the register
    #[arg(long)]
    publisher: Option<String>,
    /// Licence, or the words "not stated"
    #[arg(long)]
    licence: Option<String>,
    /// The year it describes: what was over before does not count
    #[arg(long)]
    year: Option<i32>,
    /// Data folder that `--data` then accepts
    #[arg(long, value_name = "DIR", default_value = "data")]
    into: PathBuf,
}

impl Keeper {
    fn title(&self) -> Option<Label> {
        self.title.as_deref().map(both)
    }

    fn declared<'a>(
        &'a self,
        id: &'a str,
        title: Option<&'a Label>,
    ) -> Result<Declared<'a>, Error> {
        let missing = |option: &str| {
            crate::pipeline::PipelineError::Request {
            what: format!("--{option} is missing"),
            help: "a register says who keeps it, under which licence, and of which year it is: give --publisher, --licence and --year".to_owned(),
        }
        };
        Ok(Declared {
            id: self.id.as_deref().unwrap_or(id),
            title,
            publisher: self.publisher.as_deref().ok_or_else(|| missing("publisher"))?,
            licence: self.licence.as_deref().ok_or_else(|| missing("licence"))?,
            year: self.year.ok_or_else(|| missing("year"))?,
        })
    }
}

/// The data at hand with what the folder holds already, so that its streets and registers are known.
fn ground(global: &Global, into: Option<&Path>) -> Result<Ground, Error> {
    let mut snapshot = global.snapshot()?;
    let other = into.filter(|into| global.data.as_deref() != Some(*into));
    if let Some(folder) = other.filter(|folder| folder.join(CATALOG).is_file()) {
        snapshot.lay_over(folder)?;
    }
    Ok(Ground::load(snapshot, global.areas.as_deref(), None)?)
}

/// `jarva:transport,health`, or `jarva:all`.
fn cover(given: &str) -> Result<RegisterCover, String> {
    let (area, words) = given
        .rsplit_once(':')
        .ok_or_else(|| "give an area and themes: jarva:transport,health or jarva:all".to_owned())?;
    let known = ActorTheme::ALL.map(ActorTheme::id).join(", ");
    let themes = match words {
        "all" | "alla" => ActorTheme::ALL.to_vec(),
        words => words
            .split(',')
            .map(|word| {
                let unknown = || format!("\"{word}\" is no theme; known are {known}");
                ActorTheme::from_word(word.trim()).ok_or_else(unknown)
            })
            .collect::<Result<_, _>>()?,
    };
    Ok(RegisterCover { area: area.to_owned(), themes })
}

/// The titles of themes in one cell.
fn themes(themes: &[ActorTheme], lang: Lang) -> String {
    themes.iter().map(|theme| theme.title(lang)).collect::<Vec<_>>().join(", ")
}

/// Pairs that look alike, with the reason, and how to decide on them.
fn tell_alike(global: &Global, alike: &[Proposal]) {
    if alike.is_empty() {
        return;
    }
    let lang = global.lang();
    output::line(match lang {
        Lang::En => "Perhaps the same; decide with same_as or differs_from in the file:",
        Lang::Sv => "Kanske samma; avgör med same_as eller differs_from i filen:",
    });
    let header = match lang {
        Lang::En => ["score", "one", "other", "names alike", "apart (m)"],
        Lang::Sv => ["poäng", "ena", "andra", "namnlikhet", "avstånd (m)"],
    };
    let rows = alike.iter().map(|pair| {
        vec![
            format!("{:.2}", pair.score),
            format!("{} ({})", pair.names.0, pair.ids.0),
            format!("{} ({})", pair.names.1, pair.ids.1),
            format!("{:.2}", pair.name_similarity),
            pair.distance_m.map_or_else(
                || if lang == Lang::Sv { "okänt" } else { "not known" }.to_owned(),
                |metres| output::number(metres, 0),
            ),
        ]
    });
    output::table(&header, &[0, 3, 4], rows.collect());
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_names_an_area_and_themes_in_either_language() {
        let found = cover("jarva:transport,hälsa").unwrap();
        assert_eq!((found.area.as_str(), found.themes.len()), ("jarva", 2));
        assert_eq!(cover("jarva:all").unwrap().themes, ActorTheme::ALL);
        assert!(cover("jarva").is_err());
        assert!(cover("jarva:sport").unwrap_err().contains("known are transport"));
    }
}
