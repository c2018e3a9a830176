//! `scale actors measures`: what arenas proposed and tested.

use std::path::PathBuf;
use std::process::ExitCode;

use super::{Keeper, ground};
use crate::Error;
use crate::cli::diff::expected;
use crate::cli::input::Input;
use crate::cli::labels::Labels;
use crate::cli::{Global, output};
use crate::model::{Lang, Measure};
use crate::pipeline::actors::{import_measures, measures_of};
use crate::sources::Data;

const EXAMPLES: &str = r#"Examples:
  scale actors measures --import measures.csv --year 2026 --publisher "Järva arena" --licence CC0-1.0 --into mydata
  scale --data mydata actors measures
  scale --data mydata diff baselines/2026 baselines/2027    # each measure beside its indicator's verdict

Columns (Swedish names in brackets): name (åtgärd), theme (tema), area (område), stage (skede: proposed or tested),
start, indicator (indikator: an id of the table `indicators`), direction (riktning: up or down),
expected_change (förväntad ändring: in the indicator's unit), source (källa). All but the last two are needed."#;

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// CSV or XLSX of measures to take over; without it, those of the data are listed
    #[arg(long, value_name = "FILE")]
    import: Option<PathBuf>,
    #[command(flatten)]
    keeper: Keeper,
    #[command(flatten)]
    source: Input,
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let Some(file) = &arguments.import else {
        let measures = measures_of(&global.snapshot()?)?;
        tell(global, &measures)?;
        return Ok(ExitCode::SUCCESS);
    };
    let title = arguments.keeper.title();
    let declared = arguments.keeper.declared("measures", title.as_ref())?;
    let into = &arguments.keeper.into;
    let ground = ground(global, Some(into))?;
    let done = import_measures(file, &arguments.source.options()?, into, &ground, declared)?;
    for warning in &done.warnings {
        output::note(global, &format!("warning: {warning}"));
    }
    tell(global, &done.measures)?;
    if !global.json {
        output::line(&done.file.display().to_string());
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(global: &Global, measures: &[Measure]) -> Result<(), Error> {
    if global.json {
        output::line(&serde_json::to_string_pretty(measures).unwrap_or_default());
        return Ok(());
    }
    let lang = global.lang();
    if measures.is_empty() {
        output::line(match lang {
            Lang::En => "The data hold no measures; --import takes over a table of them.",
            Lang::Sv => "Det finns inga åtgärder i data; --import läser in en tabell med dem.",
        });
        return Ok(());
    }
    let snapshot = global.snapshot()?;
    let data = Data::load(&snapshot)?;
    let labels = Labels::of_snapshot(&data, &snapshot, lang);
    let header = match lang {
        Lang::En => ["measure", "theme", "area", "stage", "start", "indicator", "expected"],
        Lang::Sv => ["åtgärd", "tema", "område", "skede", "start", "indikator", "väntat"],
    };
    let rows = measures.iter().map(|measure| {
        vec![
            measure.name.clone(),
            measure.theme.title(lang).to_owned(),
            labels.place(None, "area", &measure.area),
            measure.stage.title(lang).to_owned(),
            measure.start.to_string(),
            labels.indicator(&measure.indicator),
            expected(measure, lang),
        ]
    });
    output::table(&header, &[], rows.collect());
    Ok(())
}
