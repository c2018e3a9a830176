//! Equity and isochrones of `scale access`: their options, and how they are shown.

use std::path::{Path, PathBuf};

use super::output;
use crate::pipeline::PipelineError;
use crate::pipeline::access::{EquityRow, Made};
use crate::pipeline::file::Values;

#[derive(clap::Args)]
#[command(next_help_heading = "Equity")]
pub struct EquityArguments {
    /// Column of the origins that names a group: each is compared with the others
    #[arg(long, value_name = "COLUMN")]
    group: Option<String>,
    /// Column of the origins that ranks residents, low for the worst off, such as income
    #[arg(long, value_name = "COLUMN")]
    rank: Option<String>,
    /// Column of how many live at an origin, for equity and --summary; that of --demand without it, and
    /// without either each origin counts once
    #[arg(long, value_name = "COLUMN")]
    residents: Option<String>,
    /// Least and most that a measure can be, for Erreygers' index. Without it 0 and --limit for minutes, 0 and
    /// all there are for opportunities, none for catchments
    #[arg(long, value_name = "LOW,HIGH", requires = "rank", allow_hyphen_values = true)]
    bounds: Option<String>,
    /// File for the figures of equity: .csv or .parquet
    #[arg(long, value_name = "FILE")]
    equity: Option<PathBuf>,
}

impl EquityArguments {
    /// What is typed, as a step of a pipeline says it.
    pub fn put_into(&self, values: &mut Values) {
        values.put_text("group", self.group.as_deref());
        values.put_text("rank", self.rank.as_deref());
        values.put_text("residents", self.residents.as_deref());
        values.put_text("bounds", self.bounds.as_deref());
        values.put_name("equity", self.file());
    }

    /// The file for the figures.
    pub fn file(&self) -> Option<&Path> {
        self.equity.as_deref()
    }
}

#[derive(clap::Args)]
#[command(next_help_heading = "Summary")]
pub struct SummaryArguments {
    /// File for what the residents of the area and of each unit have, .csv or .parquet: mean, percentiles, shares
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Minutes for the shares of residents that reach something in that time
    #[arg(
        long,
        value_name = "MINUTES",
        value_delimiter = ',',
        allow_negative_numbers = true,
        default_value = "5,10,15,30",
        requires = "summary"
    )]
    within: Vec<f64>,
}

impl SummaryArguments {
    /// What is typed, as a step of a pipeline says it.
    pub fn put_into(&self, values: &mut Values) {
        values.put_name("summary", self.file());
        values.put_texts("within", &texts(&self.within));
    }

    /// The file for the table.
    pub fn file(&self) -> Option<&Path> {
        self.summary.as_deref()
    }
}

#[derive(clap::Args)]
#[command(next_help_heading = "Isochrones")]
pub struct IsochroneArguments {
    /// File for what is reached from each origin, as polygons: .gpkg, .parquet or .geojson
    #[arg(long, value_name = "FILE")]
    isochrones: Option<PathBuf>,
    /// Minutes of the isochrones
    #[arg(
        long,
        value_name = "MINUTES",
        value_delimiter = ',',
        allow_negative_numbers = true,
        default_value = "5,10,15",
        requires = "isochrones"
    )]
    bands: Vec<f64>,
    /// How far from a reached street an isochrone goes, in metres; holes stay, however small
    #[arg(
        long,
        value_name = "METRES",
        default_value_t = 50.0,
        allow_negative_numbers = true,
        requires = "isochrones"
    )]
    buffer: f64,
}

impl IsochroneArguments {
    /// What is typed, as a step of a pipeline says it.
    ///
    /// # Errors
    /// A buffer that makes no sense.
    pub fn put_into(&self, values: &mut Values) -> Result<(), PipelineError> {
        if !(1.0..=1000.0).contains(&self.buffer) {
            return Err(PipelineError::Request {
                what: format!("--buffer {} makes no sense", self.buffer),
                help: "give a number from 1 to 1000".to_owned(),
            });
        }
        values.put_name("isochrones", self.file());
        values.put_texts("bands", &texts(&self.bands));
        values.put_number("buffer", Some(self.buffer));
        Ok(())
    }

    /// The file for the polygons.
    pub fn file(&self) -> Option<&Path> {
        self.isochrones.as_deref()
    }
}

/// Numbers as a list of texts; each is read back as the same number.
pub fn texts(numbers: &[f64]) -> Vec<String> {
    numbers.iter().map(ToString::to_string).collect()
}

/// So many decimals that three digits count: supply a head is far below 1.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the range is clamped
pub fn decimals(value: f64) -> usize {
    if value == 0.0 { 2 } else { (2.0 - value.abs().log10().floor()).clamp(2.0, 12.0) as usize }
}

/// The figures of equity, a line each.
pub fn equity_table(rows: &[EquityRow]) {
    if rows.is_empty() {
        return;
    }
    let cells = |row: &EquityRow| {
        // Counts and means are large, indices small.
        let decimals = |value: f64| if value.abs() >= 100.0 { 1 } else { decimals(value).max(4) };
        vec![
            row.measure.clone(),
            row.group.clone().unwrap_or_default(),
            row.statistic.to_owned(),
            row.value.map_or(String::new(), |value| output::number(value, decimals(value))),
            output::number(row.residents, 0),
            row.left_out.to_string(),
        ]
    };
    output::line("");
    let header = ["measure", "group", "statistic", "value", "residents", "left_out"];
    output::table(&header, &[3, 4, 5], rows.iter().map(cells).collect());
}

/// Everything that the tables show, as one object.
pub fn json(made: &Made) {
    let columns: Vec<serde_json::Value> = made
        .summaries()
        .into_iter()
        .map(|s| {
            serde_json::json!({
                "column": s.column, "origins": s.origins, "missing": s.missing, "lowest": s.lowest,
                "median": s.median, "mean": s.mean, "highest": s.highest,
            })
        })
        .collect();
    let all = serde_json::json!({ "columns": columns, "equity": made.equity, "off_streets": made.off_streets });
    output::line(&serde_json::to_string_pretty(&all).unwrap_or_default());
}
