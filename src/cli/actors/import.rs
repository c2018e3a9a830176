//! `scale actors import`: a table of actors becomes a register among the data.

use std::path::PathBuf;
use std::process::ExitCode;

use super::{Keeper, cover, ground, tell_alike};
use crate::Error;
use crate::cli::input::Input;
use crate::cli::{Global, output};
use crate::model::{Actor, Lang, PlacedBy, RegisterCover};
use crate::pipeline::actors::{Imported, Request, import};

const EXAMPLES: &str = r#"Examples:
  scale actors import actors.csv --year 2026 --publisher "Järva arena" --licence CC0-1.0 --into mydata
  scale actors import aktorer.xlsx --layer Aktörer --year 2026 --publisher "Järva arena" --licence CC0-1.0 --into mydata
  scale actors import actors.csv --covers jarva:all --year 2026 --publisher "Järva arena" --licence CC0-1.0 --into mydata
  scale --data mydata map --area jarva

Columns (Swedish names in brackets): name (namn), kind (typ), themes (tema), activity (verksamhet), start, end (slut),
contact_role (kontaktroll), address (adress), lon and lat, x and y with --input-crs, or coordinates (koordinater),
area (område), link (länk), status, source (källa), same_as (samma som), differs_from (skild från).
Only name and kind are needed. themes: transport, energy, plastics, consumption, local growing, health, joined by
semicolons; Swedish words are accepted. The area may be `all` (alla): it works in all areas. `scale actors schema`
prints all of it as a JSON Schema.

A street is found by its name where an extract of streets is among the data:
  scale ingest --file jarva.osm.pbf --id streets --theme geography --geography streets --year 2025 \
    --publisher "OpenStreetMap contributors" --licence ODbL-1.0 --into mydata"#;

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// CSV or XLSX
    file: PathBuf,
    #[command(flatten)]
    keeper: Keeper,
    /// What the register holds all of, AREA:THEME,THEME or AREA:all; only there no entry means none. Repeatable
    #[arg(long, value_name = "CLAIM", value_parser = cover)]
    covers: Vec<RegisterCover>,
    #[command(flatten)]
    source: Input,
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let title = arguments.keeper.title();
    let declared = arguments.keeper.declared("actors", title.as_ref())?;
    let open = arguments.source.options()?;
    let ground = ground(global, Some(&arguments.keeper.into))?;
    let done = import(&Request {
        file: &arguments.file,
        open: &open,
        into: &arguments.keeper.into,
        ground: &ground,
        declared,
        covers: &arguments.covers,
    })?;
    for warning in &done.warnings {
        output::note(global, &format!("warning: {warning}"));
    }
    if global.json {
        output::line(&serde_json::to_string_pretty(&json(&done)).unwrap_or_default());
    } else if !global.quiet {
        show(global, &done);
    }
    Ok(ExitCode::SUCCESS)
}

fn json(done: &Imported) -> serde_json::Value {
    serde_json::json!({
        "id": done.dataset.id, "file": done.file, "actors": done.actors, "warnings": done.warnings,
        "unplaced": done.unplaced, "perhaps_the_same": done.alike,
    })
}

fn show(global: &Global, done: &Imported) {
    let lang = global.lang();
    let count = done.actors.len();
    output::line(&match lang {
        Lang::En => format!("{}: {count} actors", done.dataset.id),
        Lang::Sv => format!("{}: {count} aktörer", done.dataset.id),
    });
    for way in PlacedBy::ALL {
        let ways = done.actors.iter().filter_map(|actor| Some(actor.placed.as_ref()?.by));
        let count = ways.filter(|by| *by == way).count();
        if count > 0 {
            let placed = if lang == Lang::Sv { "placerade" } else { "placed" };
            output::line(&format!("  {count} {placed} {}", way.text(lang)));
        }
    }
    let (of_one, of_all): (Vec<&Actor>, Vec<&Actor>) = done
        .actors
        .iter()
        .filter(|actor| actor.placed.is_none() && actor.area.is_some())
        .partition(|actor| actor.one_area().is_some());
    let known = match lang {
        Lang::En => ["known only by area", "working in all areas"],
        Lang::Sv => ["kända bara till område", "verksamma i alla områden"],
    };
    for (actors, known) in [of_one, of_all].iter().zip(known) {
        if !actors.is_empty() {
            output::line(&format!("  {} {known}", actors.len()));
        }
    }
    if !done.unplaced.is_empty() {
        output::line(match lang {
            Lang::En => "Not placed:",
            Lang::Sv => "Utan plats:",
        });
        let header =
            if lang == Lang::Sv { ["rad", "namn", "varför"] } else { ["row", "name", "why"] };
        let rows = done.unplaced.iter().map(|unplaced| {
            vec![unplaced.row.to_string(), unplaced.name.clone(), unplaced.reason.text(lang)]
        });
        output::table(&header, &[0], rows.collect());
    }
    tell_alike(global, &done.alike);
    output::line(&done.file.display().to_string());
}
