//! `scale priority`: where need is high in several respects at once.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{Global, output};
use crate::Error;
use crate::formats;
use crate::pipeline::PipelineError;
use crate::pipeline::priority::{self, Choice, Priority};
use crate::publish::replace_file;

#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  scale priority need.toml --out need.csv\n\nneed.toml:\n  key = \"unit_id\"\n  combine = \"geometric\"       # or arithmetic\n  groups = { climate = 1, health = 1 }\n  test = { draws = 2000, seed = 1, weights = 0.5, top = 5 }\n\n  [[indicator]]\n  name = \"heat\"\n  group = \"climate\"\n  file = \"heat.csv\"\n  column = \"heat_mean_by_residents\"\n  need = \"high\"\n\n  [[indicator]]\n  name = \"good health\"\n  group = \"health\"\n  file = \"survey.csv\"\n  column = \"good_health\"\n  lower = \"lower\"\n  upper = \"upper\"\n  need = \"low\"\n\nA rank is no fact: rank_best and rank_worst hold nine of ten draws with other weights and with values drawn from their\nintervals. Places whose ranges overlap are not told apart."
)]
pub struct Arguments {
    /// TOML that chooses and weighs indicators
    file: PathBuf,
    /// File to write: .csv or .parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    arguments.out.as_deref().map(formats::check_table).transpose()?;
    let choice = Choice::read(&arguments.file)?;
    let folder = arguments.file.parent().unwrap_or(Path::new(""));
    let found = priority::run(&choice, folder)?;
    if let Some(file) = &arguments.out {
        let frame = priority::frame(&found.rows, &choice.key)?;
        let failed = |path, source| PipelineError::Output { path, source };
        replace_file(file, |new| Ok(formats::write_table(new, &frame)?), failed)?;
    }
    for note in &found.notes {
        output::note(global, &format!("note: {note}"));
    }
    if global.json {
        output::line(&serde_json::to_string_pretty(&found).unwrap_or_default());
    } else if !global.quiet {
        show(&found, &choice.key);
        if let Some(file) = &arguments.out {
            output::line(&file.display().to_string());
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn show(found: &Priority, key: &str) {
    if let Some(title) = &found.title {
        output::line(title);
    }
    output::line(&format!(
        "{} mean of groups; {} draws, weights changed by up to {} %",
        found.combine,
        found.draws,
        output::number(found.weights_vary_by * 100.0, 0)
    ));
    let groups: Vec<&String> =
        found.rows.first().into_iter().flat_map(|row| row.groups.keys()).collect();
    let top = format!("in first {}", found.top);
    let mut header = vec![key, "rank", "range", "by weights", top.as_str(), "score"];
    header.extend(groups.iter().map(|group| group.as_str()));
    header.push("missing");
    let range = |best: Option<usize>, worst: Option<usize>| {
        best.zip(worst).map_or_else(String::new, |(best, worst)| format!("{best} – {worst}"))
    };
    let score =
        |value: Option<f64>| value.map_or_else(String::new, |value| output::number(value, 1));
    let rows = found.rows.iter().map(|row| {
        let share = row.share_in_top.map(|share| format!("{} %", output::number(share * 100.0, 0)));
        let mut cells = vec![
            row.key.clone(),
            row.rank.map_or_else(String::new, |rank| rank.to_string()),
            range(row.rank_best, row.rank_worst),
            range(row.rank_best_weights, row.rank_worst_weights),
            share.unwrap_or_default(),
            score(row.score),
        ];
        cells.extend(row.groups.values().map(|value| score(*value)));
        cells.push(row.missing.join(", "));
        cells
    });
    let right: Vec<usize> = (1..header.len() - 1).collect();
    output::table(&header, &right, rows.collect());
}
