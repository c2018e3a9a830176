//! `scale agree`: what two sources say of the same places.

use std::path::PathBuf;
use std::process::ExitCode;

use super::diff::words::{number, signed};
use super::{Global, output};
use crate::Error;
use crate::compare::{Interval, Limit};
use crate::formats;
use crate::pipeline::agree::{self, Agreed, Extent, Request, Shares, Source};
use crate::pipeline::{PipelineError, file_and_column};
use crate::publish::replace_file;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  scale agree --first survey.csv:good_health --second register.csv:good_health --key area\n  scale agree --first survey.csv:share --second register.csv:share --key area --response response_rate, --reference stockholm --out both.csv\n\nDifferences are second less first. About 95 of 100 differences lie within the limits of agreement; the interval beside a\nlimit says how well so few places tell it. Correlation is no agreement: concordance also falls where one source is\nalways higher."
)]
pub struct Arguments {
    /// First source and its column
    #[arg(long, value_name = "FILE:column")]
    first: String,
    /// Second source and its column
    #[arg(long, value_name = "FILE:column")]
    second: String,
    /// Column of the place, in both files
    #[arg(long, value_name = "COLUMN")]
    key: String,
    /// Columns of the share of the population that each source covers: one of each, either may be empty, as in `,covered`
    #[arg(long, value_name = "FIRST,SECOND")]
    coverage: Option<String>,
    /// Columns of the share that answered: one of each, either may be empty, as in `rate,`
    #[arg(long, value_name = "FIRST,SECOND")]
    response: Option<String>,
    /// Place that the others are held against, such as the city; the median of each source without one
    #[arg(long, value_name = "KEY")]
    reference: Option<String>,
    /// Level of the limits and intervals, above 0 and below 1
    #[arg(long, value_name = "SHARE", default_value = "0.95")]
    level: f64,
    /// File to write a row for each place to: .csv or .parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    arguments.out.as_deref().map(formats::check_table).transpose()?;
    if !(arguments.level > 0.0 && arguments.level < 1.0) {
        return Err(PipelineError::Request {
            what: format!("{} is no level", arguments.level),
            help: "give --level 0.95".to_owned(),
        }
        .into());
    }
    let (first, second) = (source(&arguments.first)?, source(&arguments.second)?);
    let (coverage, response) =
        (columns(arguments.coverage.as_deref()), columns(arguments.response.as_deref()));
    let found = agree::run(&Request {
        first: Source {
            file: &first.0,
            column: &first.1,
            coverage: coverage.0,
            response: response.0,
        },
        second: Source {
            file: &second.0,
            column: &second.1,
            coverage: coverage.1,
            response: response.1,
        },
        key: &arguments.key,
        reference: arguments.reference.as_deref(),
        level: arguments.level,
    })?;
    if let Some(file) = &arguments.out {
        let frame = agree::frame(&found.rows, &arguments.key)?;
        let failed = |path, source| PipelineError::Output { path, source };
        replace_file(file, |new| Ok(formats::write_table(new, &frame)?), failed)?;
    }
    if global.json {
        output::line(&serde_json::to_string_pretty(&found).unwrap_or_default());
    } else if !global.quiet {
        show(&found, arguments);
    }
    Ok(ExitCode::SUCCESS)
}

fn source(given: &str) -> Result<(PathBuf, String), Error> {
    let (file, column) = file_and_column(given);
    let column = column.ok_or_else(|| PipelineError::Request {
        what: format!("\"{given}\" names no column"),
        help: "give FILE:column, as in survey.csv:good_health".to_owned(),
    })?;
    Ok((file, column))
}

/// `a,b`, either of them empty; one name alone is that of both.
fn columns(given: Option<&str>) -> (Option<&str>, Option<&str>) {
    let some = |name: &'_ str| -> bool { !name.is_empty() };
    match given.map(|given| given.split_once(',').unwrap_or((given, given))) {
        Some((first, second)) => {
            (Some(first).filter(|n| some(n)), Some(second).filter(|n| some(n)))
        }
        None => (None, None),
    }
}

fn show(found: &Agreed, arguments: &Arguments) {
    for (name, extent) in [("first", &found.first), ("second", &found.second)] {
        output::line(&said(name, extent));
    }
    if let Some(agreement) = &found.agreement {
        let with = |limit: &Limit, show: fn(f64) -> String| {
            let between = |i: Interval| format!(" ({} – {})", show(i.lower), show(i.upper));
            show(limit.value) + &limit.interval.map(between).unwrap_or_default()
        };
        output::line(&format!("places of both with a value: {}", agreement.pairs));
        output::line(&format!("bias (second less first): {}", with(&agreement.bias, signed)));
        if let Some((lower, upper)) = agreement.lower_limit.zip(agreement.upper_limit) {
            output::line(&format!(
                "limits of agreement: {} and {}",
                with(&lower, signed),
                with(&upper, signed)
            ));
        }
        if let Some(r) = &agreement.correlation {
            let concordance = agreement.concordance.map_or_else(String::new, number);
            output::line(&format!("correlation: {}, concordance: {concordance}", with(r, number)));
        }
        if let Some(trend) = agreement.trend {
            output::line(&format!("differences against means: correlation {}", number(trend)));
        }
    }
    output::line(&format!(
        "on the same side of the reference: {} of {} places",
        found.on_the_same_side,
        found.on_the_same_side + found.on_both_sides
    ));
    let cell = |value: Option<f64>, show: fn(f64) -> String| value.map_or_else(String::new, show);
    let rows = found.rows.iter().map(|row| {
        vec![
            row.key.clone(),
            cell(row.first, number),
            cell(row.second, number),
            cell(row.difference, signed),
            format!("{} / {}", cell(row.rank_first, number), cell(row.rank_second, number)),
            format!("{} / {}", cell(row.above_first, signed), cell(row.above_second, signed)),
            row.same_side.map_or("", |same| if same { "yes" } else { "no" }).to_owned(),
        ]
    });
    let header = [
        arguments.key.as_str(),
        "first",
        "second",
        "difference",
        "ranks",
        "to reference",
        "same side",
    ];
    output::table(&header, &[1, 2, 3], rows.collect());
    if let Some(file) = &arguments.out {
        output::line(&file.display().to_string());
    }
}

fn said(name: &str, extent: &Extent) -> String {
    let shares = |what: &str, shares: Option<Shares>| {
        let text = |s: Shares| {
            format!(", {what} {} on average, {} at least", number(s.mean), number(s.least))
        };
        shares.map(text).unwrap_or_default()
    };
    let only = match extent.only_here.as_slice() {
        [] => String::new(),
        keys => format!(", only here: {}", keys.join(", ")),
    };
    format!(
        "{name}: {} places, {} with a value{}{}{only}",
        extent.places,
        extent.with_value,
        shares("coverage", extent.coverage),
        shares("response", extent.response)
    )
}
