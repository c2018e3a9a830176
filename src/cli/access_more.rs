//! Equity and isochrones of `scale access`: their options, and how they are shown.

use std::path::{Path, PathBuf};

use super::output;
use crate::access::equity::Bounds;
use crate::pipeline::PipelineError;
use crate::pipeline::access::{ByUnit, Equity, EquityRow, Isochrones, Made};

#[derive(clap::Args)]
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
    /// What is asked for; `None` where nothing is.
    pub fn read<'a>(
        &'a self,
        demand: Option<&'a str>,
        summed_up: bool,
    ) -> Result<Option<Equity<'a>>, PipelineError> {
        if self.group.is_none() && self.rank.is_none() && self.equity.is_none() {
            return match self.residents {
                Some(_) if !summed_up => Err(request(
                    "--residents alone compares nothing",
                    "name a group with --group, a ranking with --rank or a file with --equity or --summary",
                )),
                _ => Ok(None),
            };
        }
        let residents = self.residents(demand);
        let bounds = self.bounds.as_deref().map(Bounds::parse).transpose()?;
        let (group, rank) = (self.group.as_deref(), self.rank.as_deref());
        Ok(Some(Equity { residents, group, rank, bounds }))
    }

    /// The column of residents.
    pub fn residents<'a>(&'a self, demand: Option<&'a str>) -> Option<&'a str> {
        self.residents.as_deref().or(demand)
    }

    /// The file for the figures.
    pub fn file(&self) -> Option<&Path> {
        self.equity.as_deref()
    }
}

#[derive(clap::Args)]
pub struct SummaryArguments {
    /// File for what the residents of the area and of each unit have, .csv or .parquet: mean, percentiles, shares
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Minutes for the shares of residents that reach something in that time
    #[arg(
        long,
        value_name = "MINUTES",
        value_delimiter = ',',
        default_value = "5,10,15,30",
        requires = "summary"
    )]
    within: Vec<f64>,
}

impl SummaryArguments {
    /// What is summed up, of the column of residents; `None` where nothing is asked for.
    pub fn read<'a>(
        &'a self,
        residents: Option<&'a str>,
    ) -> Result<Option<ByUnit<'a>>, PipelineError> {
        let Some(path) = self.summary.as_deref() else { return Ok(None) };
        if let Some(wrong) = self.within.iter().find(|minutes| !(0.1..=1440.0).contains(*minutes)) {
            return Err(request(
                &format!("--within {wrong} makes no sense"),
                "give minutes from 0.1 to 1440",
            ));
        }
        Ok(Some(ByUnit { path, residents, within_min: &self.within }))
    }

    /// The file for the table.
    pub fn file(&self) -> Option<&Path> {
        self.summary.as_deref()
    }
}

#[derive(clap::Args)]
pub struct IsochroneArguments {
    /// File for what is reached from each origin, as polygons: .gpkg, .parquet or .geojson
    #[arg(long, value_name = "FILE")]
    isochrones: Option<PathBuf>,
    /// Minutes of the isochrones
    #[arg(
        long,
        value_name = "MINUTES",
        value_delimiter = ',',
        default_value = "5,10,15",
        requires = "isochrones"
    )]
    bands: Vec<f64>,
    /// How far from a reached street an isochrone goes, in metres; holes stay, however small
    #[arg(long, value_name = "METRES", default_value_t = 50.0, requires = "isochrones")]
    buffer: f64,
}

impl IsochroneArguments {
    /// The bands in order, none twice.
    pub fn bands(&self, limit_min: f64) -> Result<Vec<f64>, PipelineError> {
        if self.isochrones.is_none() {
            return Ok(Vec::new());
        }
        let mut bands = self.bands.clone();
        if let Some(wrong) = bands.iter().find(|band| !(0.1..=limit_min).contains(*band)) {
            return Err(request(
                &format!("--bands {wrong} lies outside the longest trip"),
                &format!("give minutes from 0.1 to {limit_min}, or raise --limit"),
            ));
        }
        if !(1.0..=1000.0).contains(&self.buffer) {
            return Err(request(
                &format!("--buffer {} makes no sense", self.buffer),
                "give a number from 1 to 1000",
            ));
        }
        bands.sort_unstable_by(f64::total_cmp);
        bands.dedup();
        Ok(bands)
    }

    /// Isochrones are drawn along streets: by public transport there are none, rather than those of the walk alone.
    pub fn refuse_transit(&self) -> Result<(), PipelineError> {
        match self.isochrones {
            None => Ok(()),
            Some(_) => Err(request(
                "isochrones are drawn along streets, not by public transport",
                "leave transit out of --mode, or take --matrix for the times to a grid of places",
            )),
        }
    }

    /// What is drawn, with the bands that [`Self::bands`] gave.
    pub fn drawn<'a>(&'a self, bands_min: &'a [f64]) -> Option<Isochrones<'a>> {
        let path = self.isochrones.as_deref()?;
        Some(Isochrones { path, bands_min, buffer_m: self.buffer })
    }

    /// The file for the polygons.
    pub fn file(&self) -> Option<&Path> {
        self.isochrones.as_deref()
    }
}

/// Isochrones need no destinations; all else does.
pub fn refuse_idle(measure: &str, others: bool) -> Result<(), PipelineError> {
    if measure == "nearest" && !others {
        return Ok(());
    }
    Err(request("measures, matrix and equity need destinations", "name them with --to"))
}

fn request(what: &str, help: &str) -> PipelineError {
    PipelineError::Request { what: what.to_owned(), help: help.to_owned() }
}

/// The figures of equity, a line each.
pub fn equity_table(rows: &[EquityRow]) {
    if rows.is_empty() {
        return;
    }
    let cells = |row: &EquityRow| {
        // Counts and means are large, indices small.
        let decimals = if row.value.is_some_and(|value| value.abs() >= 100.0) { 1 } else { 4 };
        vec![
            row.measure.clone(),
            row.group.clone().unwrap_or_default(),
            row.statistic.to_owned(),
            row.value.map_or(String::new(), |value| output::number(value, decimals)),
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
    let all = serde_json::json!({ "columns": columns, "equity": made.equity });
    output::line(&serde_json::to_string_pretty(&all).unwrap_or_default());
}
