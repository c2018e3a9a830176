//! `scale standardise`: rates that can be compared whatever the ages of those who live there.

use std::path::PathBuf;
use std::process::ExitCode;

use super::input::Input;
use super::{Global, output};
use crate::Error;
use crate::formats;
use crate::pipeline::PipelineError;
use crate::pipeline::standardise::{self, Request, StandardOf};
use crate::publish::replace_file;
use crate::sources::Data;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  scale standardise --file deaths.csv --key area --age age --events deaths --population residents --out rates.csv\n  scale --json standardise --file deaths.csv --key area --age age --events deaths --population residents --standard sweden-2016\n\nThe table has a row for every place and age class. Both intervals are given: Dobson's (1991) and the gamma interval of\nFay and Feuer (1997). A rate of fewer than ten events has status U. A standardised rate is there to be compared with\nothers of the same standard, never read by itself."
)]
pub struct Arguments {
    /// Table with a row for every place and age class
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Column of the place
    #[arg(long, value_name = "COLUMN")]
    key: String,
    /// Column of the age class, as in 0-4, Y0T4, 85+
    #[arg(long, value_name = "COLUMN")]
    age: String,
    /// Column of the number of events
    #[arg(long, value_name = "COLUMN")]
    events: String,
    /// Column of the number of residents, or of years that they were watched
    #[arg(long, value_name = "COLUMN")]
    population: String,
    /// europe-2013; sweden-2016; data (the residents of all units in the data, such as Stockholm); a table with the columns
    /// age and population; or the id of a data set with ages, such as a national one that `scale ingest` brought
    #[arg(long, value_name = "STANDARD", default_value = "europe-2013")]
    standard: String,
    /// Events for so many
    #[arg(long, value_name = "N", default_value = "100000")]
    per: f64,
    /// Level of the intervals, above 0 and below 1
    #[arg(long, value_name = "SHARE", default_value = "0.95")]
    level: f64,
    /// File to write: .csv or .parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    input: Input,
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    arguments.out.as_deref().map(formats::check_table).transpose()?;
    let wrong = |what: String, help: &str| PipelineError::Request { what, help: help.to_owned() };
    if !(arguments.level > 0.0 && arguments.level < 1.0) {
        return Err(wrong(format!("{} is no level", arguments.level), "give --level 0.95").into());
    }
    if !(arguments.per > 0.0 && arguments.per.is_finite()) {
        return Err(wrong(
            format!("rates for {} make no sense", arguments.per),
            "give --per 100000",
        )
        .into());
    }
    let data = Data::load(&global.snapshot()?)?;
    let standard = standardise::standard(&StandardOf::parse(&arguments.standard), &data)?;
    let found = standardise::run(&Request {
        file: &arguments.file,
        open: &arguments.input.options()?,
        key: &arguments.key,
        age: &arguments.age,
        events: &arguments.events,
        population: &arguments.population,
        standard: &standard,
        level: arguments.level,
    })?;
    if let Some(file) = &arguments.out {
        let frame = standardise::frame(&found.rows, &arguments.key, arguments.per, &standard)?;
        let failed = |path, source| PipelineError::Output { path, source };
        replace_file(file, |new| Ok(formats::write_table(new, &frame)?), failed)?;
    }
    for note in &found.notes {
        output::note(global, &format!("note: {note}"));
    }
    let rows = found.rows.iter().map(|row| row.listed(arguments.per, &standard));
    if global.json {
        let rows: Vec<_> = rows.collect();
        output::line(&serde_json::to_string_pretty(&rows).unwrap_or_default());
        return Ok(ExitCode::SUCCESS);
    }
    let number = |value: Option<f64>| value.map_or_else(String::new, |v| output::number(v, 1));
    let cells = rows.map(|row| {
        let interval = |interval: Option<crate::compare::Interval>| {
            interval.map_or_else(String::new, |i| {
                format!("{} – {}", output::number(i.lower, 1), output::number(i.upper, 1))
            })
        };
        let events = row.events.map_or_else(String::new, |events| events.to_string());
        vec![
            row.key,
            events,
            number(row.crude_rate),
            number(row.rate),
            interval(row.dobson),
            interval(row.gamma),
            row.obs_status.to_owned(),
            row.remark.unwrap_or_default(),
        ]
    });
    let header = [
        arguments.key.as_str(),
        "events",
        "crude",
        "standardised",
        "Dobson",
        "gamma",
        "status",
        "remark",
    ];
    output::table(&header, &[1, 2, 3, 4, 5], cells.collect());
    if let Some(file) = &arguments.out {
        output::line(&file.display().to_string());
    }
    Ok(ExitCode::SUCCESS)
}
