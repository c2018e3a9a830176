//! `scale equity`: how unequal the units of an area are.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use super::diff::words::number;
use super::labels::Labels;
use super::{Global, output};
use crate::Error;
use crate::formats;
use crate::pipeline::PipelineError;
use crate::pipeline::equity::{self, Request, Row};
use crate::publish::replace_file;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  scale equity --area jarva\n  scale equity --area innerstaden --indicator share_aged_65_plus --out equity.csv\n  scale --json equity --area jarva --indicator density_land\n\nEvery resident has the value of his unit; units are ranked by socio-economic type, 1 for the one with the greatest\nchallenges. Gini: 0 where all have the same. Concentration: above 0 where units of a higher type have more. Palma: the\nbest-off tenth over the worst-off four tenths. Differences inside a unit are not seen."
)]
pub struct Arguments {
    /// Area to look into
    #[arg(long, value_name = "ID")]
    area: String,
    /// Only these rates, shares or distances of the units
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    indicator: Vec<String>,
    /// Leave out rates of units of which a count of one's own data is below N, and those that would give it away
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    min_count: Option<u32>,
    /// File to write every row to: .csv or .parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    arguments.out.as_deref().map(formats::check_table).transpose()?;
    let ground = global.ground()?;
    ground.ids(Some(&arguments.area), false)?;
    let found = equity::run(&Request {
        ground: &ground,
        area: &arguments.area,
        indicators: &arguments.indicator,
        min_count: arguments.min_count.map(f64::from),
    })?;
    if let Some(file) = &arguments.out {
        let frame = equity::frame(&found.rows)?;
        let failed = |path, source| PipelineError::Output { path, source };
        replace_file(file, |new| Ok(formats::write_table(new, &frame)?), failed)?;
    }
    for note in &found.notes {
        output::note(global, &format!("note: {note}"));
    }
    if global.json {
        let value =
            serde_json::json!({ "area": arguments.area, "notes": found.notes, "rows": found.rows });
        output::line(&serde_json::to_string_pretty(&value).unwrap_or_default());
    } else if !global.quiet {
        show(&Labels::of(&ground, global.lang()), &found.rows, arguments);
    }
    Ok(ExitCode::SUCCESS)
}

/// One line an indicator; the means of the types in one cell.
fn show(labels: &Labels<'_>, rows: &[Row], arguments: &Arguments) {
    let mut lines: BTreeMap<(&str, &str, &str, &str), Vec<&Row>> = BTreeMap::new();
    for row in rows {
        let key = (row.theme.as_str(), row.indicator.as_str(), row.sex.as_str(), row.age.as_str());
        lines.entry(key).or_default().push(row);
    }
    let cells = lines.into_iter().map(|((_, indicator, sex, age), rows)| {
        let of = |statistic: &str| {
            let found = rows.iter().find(|row| row.group.is_none() && row.statistic == statistic);
            found.and_then(|row| row.value).map_or_else(|| "–".to_owned(), number)
        };
        let means = rows.iter().filter(|row| row.group.is_some() && row.statistic == "mean");
        let means = means.map(|row| {
            let group = row.group.as_deref().unwrap_or_default();
            format!("{group}: {}", row.value.map_or_else(|| "–".to_owned(), number))
        });
        let first = rows.first();
        vec![
            labels.indicator_of(indicator, sex, age),
            of("mean"),
            format!("{} – {}", of("min"), of("max")),
            of("gini"),
            of("concentration"),
            of("palma"),
            means.collect::<Vec<_>>().join(", "),
            first.map_or_else(String::new, |row| row.unit.clone()),
            first.map_or_else(String::new, |row| row.units.to_string()),
        ]
    });
    let header = [
        "indicator",
        "mean",
        "units from – to",
        "gini",
        "concentration",
        "palma",
        "mean by type",
        "unit",
        "units",
    ];
    output::table(&header, &[1, 3, 4, 5, 8], cells.collect());
    if let Some(file) = &arguments.out {
        output::line(&file.display().to_string());
    }
}
