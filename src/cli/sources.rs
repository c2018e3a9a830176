//! `scale sources`: the catalogue.

use std::process::ExitCode;

use super::{Global, output};
use crate::Error;

pub fn run(global: &Global) -> Result<ExitCode, Error> {
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
                dataset.title.get(global.lang()).to_owned(),
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
