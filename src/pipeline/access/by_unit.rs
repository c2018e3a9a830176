//! What the residents of the area, and of each of its units, have: a table of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use geo::{Intersects, Point, Rect};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};

use super::equity::{labels, measure_of, weights};
use super::table::Columns;
use super::{Request, Within};
use crate::access::Measure;
use crate::access::equity::{Sample, mean, percentile, residents_within};
use crate::formats;
use crate::model::{Crs, Reprojection};
use crate::pipeline::PipelineError;
use crate::publish::replace_file;

/// What is summed up.
#[derive(Debug, Clone, Copy)]
pub struct ByUnit<'a> {
    pub path: &'a Path,
    /// Column of how many live at an origin; without it each origin counts once.
    pub residents: Option<&'a str>,
    /// Minutes for the share of residents that reach something in that time.
    pub within_min: &'a [f64],
}

const PERCENTS: [(&str, f64); 3] = [("p10", 10.0), ("p50", 50.0), ("p90", 90.0)];

/// The origins of the area (`None`) or of a unit, by row.
type Members = (Option<String>, Vec<usize>);

/// Origins with their weights and units, read before anything is measured.
pub(super) struct Units {
    counted: &'static str,
    counts: Vec<Option<f64>>,
    members: Vec<Members>,
}

impl Units {
    /// # Errors
    /// Those of a column that is not there or holds something else; [`PipelineError::Crs`].
    pub(super) fn read(request: &Request<'_>, wanted: ByUnit<'_>) -> Result<Self, PipelineError> {
        let (counted, counts) = weights(request.origins, wanted.residents)?;
        let mut units: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (row, unit) in units_of(request)?.into_iter().enumerate() {
            if let Some(unit) = unit {
                units.entry(unit).or_default().push(row);
            }
        }
        let all = (None, (0..counts.len()).collect());
        let units = units.into_iter().map(|(unit, rows)| (Some(unit), rows));
        Ok(Self { counted, counts, members: std::iter::once(all).chain(units).collect() })
    }

    /// Writes a row for the area and each unit, in the order of units, and each measured column.
    ///
    /// `area, unit_id, measure, origins, counted, residents, mean, p10, p50, p90, share_within_15min …,
    /// share_unreached`: mean and percentiles are those of residents whose origin has a value, shares those of all;
    /// shares within minutes are null for measures that are no minutes. The unit is null for the area.
    ///
    /// # Errors
    /// [`PipelineError::Access`], [`PipelineError::Output`], [`PipelineError::Format`].
    pub(super) fn write(
        &self,
        request: &Request<'_>,
        wanted: ByUnit<'_>,
        measured: &[Column],
    ) -> Result<(), PipelineError> {
        let mut rows = Vec::new();
        for column in measured {
            let Some(measure) = measure_of(request.measures, column.name()) else { continue };
            let Ok(cells) = column.f64() else { continue };
            let values: Vec<Option<f64>> = cells.iter().collect();
            let minutes = matches!(measure, Measure::Nearest { .. } | Measure::Dual { .. });
            let limits = if minutes { wanted.within_min } else { &[] };
            for (unit, members) in &self.members {
                let row = self.sum_up(&values, members, limits)?;
                rows.push(Row { unit: unit.as_deref(), measure: column.name(), ..row });
            }
        }
        let area = request.within.map(|within| within.area.definition.id.as_str());
        let frame = self.frame(area, &rows, wanted.within_min)?;
        let failed = |path: PathBuf, source| PipelineError::Output { path, source };
        replace_file(wanted.path, |file| Ok(formats::write_table(file, &frame)?), failed)
    }

    fn sum_up(
        &self,
        values: &[Option<f64>],
        members: &[usize],
        limits_min: &[f64],
    ) -> Result<Row<'static>, PipelineError> {
        let values: Vec<Option<f64>> = members.iter().map(|row| values[*row]).collect();
        let counts: Vec<Option<f64>> = members.iter().map(|row| self.counts[*row]).collect();
        let sample = Sample::new(&values, &counts)?;
        let all = Sample::new(&vec![Some(0.0); counts.len()], &counts)?.residents();
        let share = |residents: f64| (all > 0.0).then(|| (residents / all).clamp(0.0, 1.0));
        Ok(Row {
            unit: None,
            measure: "",
            origins: members.len(),
            residents: all,
            mean: mean(&sample),
            percentiles: PERCENTS.map(|(_, percent)| percentile(&sample, percent)),
            within: limits_min.iter().map(|l| share(residents_within(&sample, *l))).collect(),
            unreached: share(all - sample.residents()),
        })
    }

    fn frame(
        &self,
        area: Option<&str>,
        rows: &[Row<'_>],
        within_min: &[f64],
    ) -> Result<DataFrame, PipelineError> {
        let mut columns = Columns::default();
        columns.texts("area", vec![area; rows.len()]);
        columns.texts("unit_id", rows.iter().map(|row| row.unit).collect());
        columns.texts("measure", rows.iter().map(|row| Some(row.measure)).collect());
        let origins = rows.iter().map(|row| i64::try_from(row.origins).unwrap_or(i64::MAX));
        let origins = Series::new("origins".into(), origins.collect::<Vec<_>>());
        columns.0.push(Column::from(origins));
        columns.texts("counted", vec![Some(self.counted); rows.len()]);
        columns.numbers("residents", rows.iter().map(|row| Some(row.residents)).collect());
        columns.numbers("mean", rows.iter().map(|row| row.mean).collect());
        for (place, (name, _)) in PERCENTS.iter().enumerate() {
            columns.numbers(name, rows.iter().map(|row| row.percentiles[place]).collect());
        }
        for (place, limit) in within_min.iter().enumerate() {
            let share = |row: &Row<'_>| row.within.get(place).copied().flatten();
            columns.numbers(&format!("share_within_{limit}min"), rows.iter().map(share).collect());
        }
        columns.numbers("share_unreached", rows.iter().map(|row| row.unreached).collect());
        DataFrame::new(rows.len(), columns.0)
            .map_err(|source| PipelineError::Frame { table: "summary".to_owned(), source })
    }
}

/// One measure in the area or a unit.
struct Row<'a> {
    unit: Option<&'a str>,
    measure: &'a str,
    origins: usize,
    residents: f64,
    mean: Option<f64>,
    percentiles: [Option<f64>; 3],
    within: Vec<Option<f64>>,
    unreached: Option<f64>,
}

/// The unit of each origin: its column `unit_id`, else the unit of the area that it lies in.
fn units_of(request: &Request<'_>) -> Result<Vec<Option<String>>, PipelineError> {
    let origins = request.origins;
    if origins.layer.frame().column("unit_id").is_ok() {
        return labels(origins, "unit_id");
    }
    let Some(Within { area, units }) = request.within else {
        return Ok(vec![None; origins.points.len()]);
    };
    let turn = Reprojection::new(&Crs::parse("EPSG:4326")?, units.areas.crs())?;
    let unit_of = |&(lon, lat): &(f64, f64)| -> Result<Option<String>, PipelineError> {
        let at = Point::from(turn.point(lon, lat)?);
        let near = units.areas.near(Rect::new(at.0, at.0)).into_iter();
        let of_area = |row: &usize| area.parts.iter().any(|part| part.row == *row);
        let mut inside =
            near.filter(of_area).filter(|row| units.areas.shapes()[*row].intersects(&at));
        Ok(inside.next().map(|row| units.areas.keys()[row].clone()))
    };
    origins.points.iter().map(unit_of).collect()
}
