//! How evenly what was measured is shared out between the residents of the origins.

use std::path::{Path, PathBuf};

use polars::prelude::{Column, DataFrame, DataType, NamedFrom, Series};
use serde::Serialize;

use super::offer::amounts;
use super::table::Columns;
use super::{Places, Request};
use crate::access::Measure;
use crate::access::equity::{Bounds, Sample, concentration, erreygers, gini, groups, palma, theil};
use crate::formats::{self, FormatError};
use crate::model::MissingColumn;
use crate::pipeline::PipelineError;
use crate::publish::replace_file;

/// What is compared; all columns are those of the origins.
#[derive(Debug, Clone, Copy)]
pub struct Equity<'a> {
    /// How many live at an origin; without it each origin counts once.
    pub residents: Option<&'a str>,
    /// Labels of groups.
    pub group: Option<&'a str>,
    /// What residents are ranked by, low for the worst off.
    pub rank: Option<&'a str>,
    /// Of measures that have no bounds of their own.
    pub bounds: Option<Bounds>,
}

/// One figure. `residents` is how many it is about, `left_out` how many origins it is not about for want of data.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EquityRow {
    pub measure: String,
    pub group: Option<String>,
    pub statistic: &'static str,
    pub value: Option<f64>,
    /// What is counted: `residents`, or `origins` where no column says how many live there.
    pub counted: &'static str,
    pub residents: f64,
    pub left_out: usize,
}

/// The columns of the origins, read before anything is measured, so that a misspelt name costs no time.
pub(super) struct Residents {
    counted: &'static str,
    counts: Vec<Option<f64>>,
    ranks: Option<Vec<Option<f64>>>,
    labels: Option<Vec<Option<String>>>,
    bounds: Option<Bounds>,
}

impl Residents {
    /// # Errors
    /// Those of a column that is not there or holds something else; [`PipelineError::Request`] where nobody lives.
    pub(super) fn read(origins: &Places, wanted: Equity<'_>) -> Result<Self, PipelineError> {
        let (counted, counts) = weights(origins, wanted.residents)?;
        Ok(Self {
            counted,
            counts,
            ranks: wanted.rank.map(|column| origins.numbers(column)).transpose()?,
            labels: wanted.group.map(|column| labels(origins, column)).transpose()?,
            bounds: wanted.bounds,
        })
    }

    /// The figures of every measured column, and what is missing among them.
    ///
    /// # Errors
    /// [`PipelineError::Access`] for a value outside the stated bounds or a rank that is no number.
    pub(super) fn compare(
        &self,
        request: &Request<'_>,
        measured: &[Column],
        opportunities: f64,
    ) -> Result<(Vec<EquityRow>, Vec<String>), PipelineError> {
        let mut warnings = self.once_each();
        let mut rows = Vec::new();
        for column in measured {
            let Some(measure) = measure_of(request.measures, column.name()) else { continue };
            let Ok(cells) = column.f64() else { continue };
            let values: Vec<Option<f64>> = cells.iter().collect();
            let own = own_bounds(measure, request.limits.trip_min, opportunities);
            let bounds = own.or(self.bounds);
            if self.ranks.is_some() && bounds.is_none() {
                warnings.push(format!(
                    "{}: has no bounds of its own; Erreygers' index needs them with --bounds",
                    column.name()
                ));
            }
            let table = Figures { measure: column.name(), counted: self.counted, rows: &mut rows };
            self.compare_one(table, &values, bounds)?;
        }
        Ok((rows, warnings))
    }

    /// Says that nobody was counted where no column does.
    fn once_each(&self) -> Vec<String> {
        let note = "equity: no column of residents is named (--residents): each origin counts once";
        if self.counted == ORIGINS { vec![note.to_owned()] } else { Vec::new() }
    }

    fn compare_one(
        &self,
        mut table: Figures<'_>,
        values: &[Option<f64>],
        bounds: Option<Bounds>,
    ) -> Result<(), PipelineError> {
        let sample = Sample::new(values, &self.counts)?;
        table.add("gini", gini(&sample), &sample);
        table.add("theil", theil(&sample), &sample);
        if let Some(ranks) = &self.ranks {
            let sample = Sample::ranked(values, &self.counts, ranks)?;
            table.add("palma", palma(&sample), &sample);
            table.add("concentration", concentration(&sample), &sample);
            if let Some(bounds) = bounds {
                table.add("erreygers", erreygers(&sample, bounds)?, &sample);
                table.add("erreygers_low", Some(bounds.low), &sample);
                table.add("erreygers_high", Some(bounds.high), &sample);
            }
        }
        if let Some(labels) = &self.labels {
            let labels: Vec<Option<&str>> = labels.iter().map(Option::as_deref).collect();
            for group in groups(values, &self.counts, &labels)? {
                let mut of = |statistic, value, residents, left_out| {
                    table.push(Some(&group.label), statistic, value, residents, left_out);
                };
                let (all, unknown) = (group.residents, group.unknown_residents);
                of("residents", Some(all), all, unknown);
                of("mean", group.mean, group.with_value, group.left_out);
                of("median", group.median, group.with_value, group.left_out);
                of("without_access", group.without_access, all, unknown);
            }
        }
        Ok(())
    }
}

/// Rows of one measure under construction.
struct Figures<'a> {
    measure: &'a str,
    counted: &'static str,
    rows: &'a mut Vec<EquityRow>,
}

impl Figures<'_> {
    fn add(&mut self, statistic: &'static str, value: Option<f64>, sample: &Sample) {
        self.push(None, statistic, value, sample.residents(), sample.left_out());
    }

    fn push(
        &mut self,
        group: Option<&str>,
        statistic: &'static str,
        value: Option<f64>,
        residents: f64,
        left_out: usize,
    ) {
        self.rows.push(EquityRow {
            measure: self.measure.to_owned(),
            group: group.map(str::to_owned),
            statistic,
            value,
            counted: self.counted,
            residents,
            left_out,
        });
    }
}

const ORIGINS: &str = "origins";

/// How many live at each origin, and the word for what is counted; without a column each origin counts once.
///
/// # Errors
/// Those of a column that is not there or holds something else; [`PipelineError::Request`] where nobody lives.
pub(super) fn weights(
    origins: &Places,
    residents: Option<&str>,
) -> Result<(&'static str, Vec<Option<f64>>), PipelineError> {
    let Some(column) = residents else {
        return Ok((ORIGINS, vec![Some(1.0); origins.points.len()]));
    };
    let counts = amounts(origins, column)?;
    if counts.iter().flatten().all(|count| *count <= 0.0) {
        return Err(PipelineError::Request {
            what: format!("{}: column \"{column}\" counts nobody", origins.name),
            help: "name the column of residents with --residents".to_owned(),
        });
    }
    Ok(("residents", counts))
}

pub(super) fn labels(origins: &Places, column: &str) -> Result<Vec<Option<String>>, PipelineError> {
    let frame = origins.layer.frame();
    let failed = |source| PipelineError::Frame { table: origins.name.clone(), source };
    let missing = || FormatError::from(MissingColumn::in_frame(&origins.name, column, frame));
    let text = frame.column(column).map_err(|_| missing())?.cast(&DataType::String);
    let text = text.map_err(failed)?;
    let cells = text.str().map_err(failed)?.iter();
    Ok(cells.map(|cell| cell.filter(|cell| !cell.is_empty()).map(str::to_owned)).collect())
}

/// The measure that fills a column: its name, with the mode behind it.
pub(super) fn measure_of<'a>(measures: &'a [Measure], column: &str) -> Option<&'a Measure> {
    let fills = |name: &String| {
        column.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('_'))
    };
    measures.iter().find(|measure| measure.columns().iter().any(fills))
}

/// The least and the most that a measure can be: minutes end with the longest trip, opportunities with all there are.
/// Supply a head has no upper end.
fn own_bounds(measure: &Measure, trip_min: f64, opportunities: f64) -> Option<Bounds> {
    let high = match measure {
        Measure::Nearest { .. } | Measure::Dual { .. } => trip_min,
        Measure::Cumulative { .. } | Measure::Gravity { .. } => opportunities,
        Measure::Catchment { .. } => return None,
    };
    (high > 0.0).then_some(Bounds { low: 0.0, high })
}

/// `measure, group, statistic, value, counted, residents, left_out`; the group is null for figures of all residents.
///
/// # Errors
/// [`PipelineError::Output`], [`PipelineError::Format`].
pub(super) fn write(path: &Path, rows: &[EquityRow]) -> Result<(), PipelineError> {
    let mut columns = Columns::default();
    columns.texts("measure", rows.iter().map(|row| Some(row.measure.as_str())).collect());
    columns.texts("group", rows.iter().map(|row| row.group.as_deref()).collect());
    columns.texts("statistic", rows.iter().map(|row| Some(row.statistic)).collect());
    columns.numbers("value", rows.iter().map(|row| row.value).collect());
    columns.texts("counted", rows.iter().map(|row| Some(row.counted)).collect());
    columns.numbers("residents", rows.iter().map(|row| Some(row.residents)).collect());
    let left_out = rows.iter().map(|row| i64::try_from(row.left_out).unwrap_or(i64::MAX));
    let left_out = Series::new("left_out".into(), left_out.collect::<Vec<_>>());
    columns.0.push(Column::from(left_out));
    let frame = DataFrame::new(rows.len(), columns.0)
        .map_err(|source| PipelineError::Frame { table: "equity".to_owned(), source })?;
    let failed = |path: PathBuf, source| PipelineError::Output { path, source };
    replace_file(path, |file| Ok(formats::write_table(file, &frame)?), failed)
}
