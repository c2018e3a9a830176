//! `scale sources`: the catalogue.

use std::path::PathBuf;
use std::process::ExitCode;

use super::{Global, output};
use crate::Error;
use crate::model::{Dataset, Lang};

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  scale sources\n  scale sources --live\n  scale sources --pipeline my-city.toml"
)]
pub struct Arguments {
    /// What can be brought from live providers
    #[arg(long)]
    live: bool,
    /// The same of a pipeline
    #[arg(long, value_name = "FILE")]
    pipeline: Option<PathBuf>,
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    if arguments.live || arguments.pipeline.is_some() {
        return super::live::list(global, arguments.pipeline.as_deref());
    }
    let snapshot = global.snapshot()?;
    if global.json {
        let entries: Vec<_> = snapshot.datasets().collect();
        output::line(&serde_json::to_string_pretty(&entries).unwrap_or_default());
        return Ok(ExitCode::SUCCESS);
    }
    let rows = snapshot
        .datasets()
        .map(|dataset| {
            let years = match (dataset.years.first(), dataset.years.last()) {
                (Some(first), Some(last)) if first != last => format!("{first}–{last}"),
                (Some(year), _) => year.to_string(),
                _ => "not stated".to_owned(),
            };
            vec![
                dataset.id.clone(),
                dataset.theme.title(global.lang()).to_owned(),
                title(dataset, global.lang()),
                years,
                dataset.geography.clone(),
                dataset.publisher.clone(),
                dataset.licence.clone(),
            ]
        })
        .collect();
    output::table(&["id", "theme", "title", "year", "level", "publisher", "licence"], &[], rows);
    Ok(ExitCode::SUCCESS)
}

/// The title, and whether the table's id is confirmed by no document.
fn title(dataset: &Dataset, lang: Lang) -> String {
    let mark = match lang {
        _ if !dataset.unverified => "",
        Lang::Sv => " (ej bekräftad)",
        Lang::En => " (unverified)",
    };
    format!("{}{mark}", dataset.title.get(lang))
}
