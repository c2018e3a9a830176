//! `scale actors from-osm`: what an extract proposes.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{ground, tell_alike, themes};
use crate::Error;
use crate::cli::{Global, output};
use crate::formats;
use crate::model::{Actor, Lang};
use crate::pipeline::PipelineError;
use crate::pipeline::actors::{Asked, from_osm};
use crate::publish::replace_file;
use crate::sources::{ServiceTable, actors_frame};

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  scale actors from-osm jarva.osm.pbf --area jarva\n  scale actors from-osm jarva.osm.pbf --area jarva --out proposals.csv\n  scale actors from-osm --print-table > table.toml\n  scale actors from-osm jarva.osm.pbf --table table.toml --out proposals.csv\n\nLook at each row, set status to confirmed where it is right, and import the file."
)]
pub struct Arguments {
    /// Extract: .osm.pbf, .osm, or the .json of Overpass
    #[arg(required_unless_present = "print_table")]
    extract: Option<PathBuf>,
    /// Only what lies in the area
    #[arg(long, value_name = "ID")]
    area: Option<String>,
    /// File of the proposals, in the columns of the register: .csv or .parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Propose places without a name, too, named by what they are
    #[arg(long)]
    unnamed: bool,
    /// Which tags make a proposal, instead of the built-in table
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// Print the built-in table
    #[arg(long)]
    print_table: bool,
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let Some(extract) = arguments.extract.as_ref().filter(|_| !arguments.print_table) else {
        output::line(ServiceTable::actors_text().trim_end());
        return Ok(ExitCode::SUCCESS);
    };
    let table = match &arguments.table {
        None => ServiceTable::actors()?,
        Some(file) => ServiceTable::parse(&String::from_utf8_lossy(&formats::read(file)?))?,
    };
    let ground = ground(global, None)?;
    let found = from_osm(&Asked {
        extract,
        table: &table,
        ground: &ground,
        area: arguments.area.as_deref(),
        unnamed: arguments.unnamed,
        lang: global.lang(),
    })?;
    if let Some(file) = &arguments.out {
        let frame = actors_frame(&found.actors.iter().collect::<Vec<_>>())?;
        let failed = |path, source| PipelineError::Output { path, source };
        replace_file(file, |new: &Path| Ok(formats::write_table(new, &frame)?), failed)?;
    }
    if found.unnamed > 0 {
        let text = "note: left out for want of a name (--unnamed proposes them)";
        output::note(global, &format!("{text}: {}", found.unnamed));
    }
    if global.json {
        let value = serde_json::json!({
            "proposals": found.actors, "unnamed": found.unnamed, "perhaps_the_same": found.alike,
        });
        output::line(&serde_json::to_string_pretty(&value).unwrap_or_default());
    } else if !global.quiet {
        show(global, &found.actors);
        tell_alike(global, &found.alike);
        output::line("© OpenStreetMap contributors, ODbL-1.0");
    }
    if let Some(file) = arguments.out.as_ref().filter(|_| !global.json) {
        output::line(&file.display().to_string());
    }
    Ok(ExitCode::SUCCESS)
}

fn show(global: &Global, actors: &[Actor]) {
    let lang = global.lang();
    let header = match lang {
        Lang::En => ["name", "what", "themes", "lon", "lat", "link"],
        Lang::Sv => ["namn", "vad", "teman", "lon", "lat", "länk"],
    };
    let rows = actors.iter().map(|actor| {
        let at = actor.placed.as_ref();
        vec![
            actor.name.clone(),
            actor.activity.clone().unwrap_or_default(),
            themes(&actor.themes, lang),
            at.map_or_else(String::new, |at| format!("{:.5}", at.lon)),
            at.map_or_else(String::new, |at| format!("{:.5}", at.lat)),
            actor.link.clone().unwrap_or_default(),
        ]
    });
    output::table(&header, &[3, 4], rows.collect());
    output::line(&match lang {
        Lang::En => format!("{} proposals, all unconfirmed", actors.len()),
        Lang::Sv => format!("{} förslag, alla obekräftade", actors.len()),
    });
}
