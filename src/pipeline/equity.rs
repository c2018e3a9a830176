//! `scale equity`: how unequal the units of an area are, and what residents of each type of unit have.
//!
//! # What it does
//! Every resident has the value of his unit. Over all residents: the mean, the extremes, Gini and Theil; ranked by the
//! type of the unit (low for the worst off): concentration index and Palma ratio. Of each type: residents, mean, median.
//!
//! # Assumes
//! Rates, shares, means and distances, never counts: a count is large where a unit is. All units of one year. Of medians,
//! percentiles and life expectancies only the spread between units is given, no mean.
//!
//! # Units
//! Means in the unit of the indicator; Gini 0 to 1, concentration −1 to 1.
//!
//! # When it misleads
//! What differs inside a unit is not seen: inequality between units is a lower bound of that between residents. Of few
//! units every index is coarse. An index is about spread and says nothing of level. Where a low value is good (minutes),
//! a positive concentration index is to the advantage of the poorer types.
//!
//! # Example
//! Two units of equal population with 0 and 8 have a Gini of 0.5.
//!
//! # References
//! Lerman & Yitzhaki (1989) for Gini, Theil (1967), Kakwani, Wagstaff & van Doorslaer (1997) for concentration, Palma
//! (2011).

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use serde::Serialize;

use super::carry::described;
use super::map::protected::Protection;
use super::refuse::never_averaged;
use super::{Ground, PipelineError};
use crate::access::equity::{Sample, concentration, gini, groups, mean, palma, theil};
use crate::indicators::{Context, Measured, Spatial, Weights, measure, measure_spatial};
use crate::model::{Observation, Role};

/// The indicator by which units are grouped and ranked.
pub const TYPE: &str = "socioeconomic_type";

/// What to look at.
pub struct Request<'a> {
    pub ground: &'a Ground,
    pub area: &'a str,
    /// All of the units' rates and shares without any.
    pub indicators: &'a [String],
    /// Rates of units of which a count of the user's own data is below this are left out.
    pub min_count: Option<f64>,
}

/// One figure of one indicator.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    pub indicator: String,
    pub theme: String,
    pub unit: String,
    pub year: Option<i32>,
    pub sex: String,
    pub age: String,
    /// The type of unit that the figure is of; of all units without one.
    pub group: Option<String>,
    pub statistic: &'static str,
    pub value: Option<f64>,
    /// Residents that the figure is about.
    pub residents: f64,
    pub units: usize,
    /// Units left out for want of a value, residents or a type.
    pub left_out: usize,
}

/// The figures, and what a reader must know.
#[derive(Debug)]
pub struct Equity {
    pub rows: Vec<Row>,
    pub notes: Vec<String>,
}

/// Values of the units of one series: indicator, sex, age, year.
type Series4<'a> = BTreeMap<(&'a str, &'a str, &'a str, Option<i32>), Vec<&'a Observation>>;

/// Works out the figures.
///
/// # Errors
/// Those of measuring; [`PipelineError::Request`] for an indicator that units do not have, or that is a count.
pub fn run(request: &Request<'_>) -> Result<Equity, PipelineError> {
    crate::environment::configure_gdal();
    let data = &request.ground.data;
    let units = request.ground.units()?;
    let weights = Weights::new(data, units)?;
    let (area, _) = request.ground.area(request.area)?;
    let context = Context { data, area: &area, units, weights: &weights };
    let mut measured: Measured = measure(context)?;
    for spatial in &Spatial::all(data, units)? {
        measure_spatial(&context, spatial, &mut measured)?;
    }
    let mut notes = Vec::new();
    if let Some(threshold) = request.min_count {
        let (own, rows) = (request.ground.snapshot.own(), &mut measured.rows);
        let protection = Protection::new(threshold, own, std::slice::from_ref(rows));
        notes.extend(protection.apply(rows));
    }
    let rows = &measured.rows;
    let counts = counts(rows);
    check(request, rows, &counts)?;
    let places: Vec<usize> = area.parts.iter().map(|part| part.row).collect();
    let keys: Vec<&str> = places.iter().map(|row| units.areas.keys()[*row].as_str()).collect();
    let residents: Vec<Option<f64>> =
        area.parts.iter().map(|part| Some(weights.of(part.row)? * part.share)).collect();
    let types = of_units(rows.iter().filter(|row| row.indicator == TYPE).collect(), &keys);
    let people = People { residents, types };
    let described = described(data);
    let (mut found, mut without) = (Vec::new(), BTreeMap::new());
    for of_one in newest(series(rows, &counts, request.indicators)) {
        let Some(first) = of_one.first().copied() else { continue };
        let values = of_units(of_one, &keys);
        let missing = values.iter().filter(|value| value.is_none()).count();
        without.entry(missing).or_insert_with(BTreeSet::new).insert(first.indicator.as_str());
        let what = never_averaged(&first.indicator, &described);
        notes.extend(what.map(|what| {
            format!(
                "\"{}\" is {what}: the indices are of the spread between the units, and no mean over residents is given, which would not be that of the whole",
                first.indicator
            )
        }));
        people.figures(first, &values, what.is_none(), &mut found)?;
    }
    let unknown = people.residents.iter().filter(|count| count.is_none()).count();
    if unknown > 0 {
        notes.push(format!(
            "{unknown} of {} units have no count of residents and are left out",
            keys.len()
        ));
    }
    for (missing, indicators) in without.into_iter().filter(|(missing, _)| *missing > 0) {
        let indicators: Vec<&str> = indicators.into_iter().collect();
        notes.push(format!(
            "{missing} of {} units have no value and are left out of: {}",
            keys.len(),
            indicators.join(", ")
        ));
    }
    let untyped = people.types.iter().filter(|class| class.is_none()).count();
    if untyped > 0 {
        notes.push(format!(
            "{untyped} of {} units have no socio-economic type and are left out of concentration, Palma and the means by type",
            keys.len()
        ));
    }
    if keys.len() < 5 {
        notes.push(format!("the area has {} units: every index is coarse", keys.len()));
    }
    Ok(Equity { rows: found, notes })
}

/// Indicators that are summed over units: counts and surfaces.
fn counts(rows: &[Observation]) -> BTreeSet<&str> {
    let whole = rows.iter().filter(|row| row.unit_id.is_none() && row.role == Role::Own);
    let summed =
        whole.filter(|row| row.method.starts_with("sum_of_units") || row.unit == "persons");
    summed.map(|row| row.indicator.as_str()).chain([TYPE]).collect()
}

fn check(
    request: &Request<'_>,
    rows: &[Observation],
    counts: &BTreeSet<&str>,
) -> Result<(), PipelineError> {
    let known: BTreeSet<&str> = rows
        .iter()
        .filter(|row| row.unit_id.is_some() && !counts.contains(row.indicator.as_str()))
        .map(|row| row.indicator.as_str())
        .collect();
    let Some(wrong) = request.indicators.iter().find(|name| !known.contains(name.as_str())) else {
        return Ok(());
    };
    let reason = if counts.contains(wrong.as_str()) {
        "is a count or a class, which is large where a unit is"
    } else {
        "is not known of the units of this area"
    };
    let known: Vec<&str> = known.into_iter().collect();
    Err(PipelineError::Request {
        what: format!("\"{wrong}\" {reason}"),
        help: format!("rates, shares and distances of the units: {}", known.join(", ")),
    })
}

fn series<'a>(rows: &'a [Observation], counts: &BTreeSet<&str>, wanted: &[String]) -> Series4<'a> {
    let mut series: Series4<'a> = BTreeMap::new();
    let asked = |row: &&Observation| {
        let named = wanted.is_empty() || wanted.contains(&row.indicator);
        // The weights are residents of both sexes.
        row.unit_id.is_some() && row.role == Role::Own && row.sex == "_T" && named
    };
    for row in rows.iter().filter(asked).filter(|row| !counts.contains(row.indicator.as_str())) {
        let key = (row.indicator.as_str(), row.sex.as_str(), row.age.as_str(), row.year);
        series.entry(key).or_default().push(row);
    }
    series
}

/// The newest year of each series that has a value.
fn newest(series: Series4<'_>) -> Vec<Vec<&Observation>> {
    let mut newest: BTreeMap<(&str, &str, &str), Vec<&Observation>> = BTreeMap::new();
    for ((indicator, sex, age, _), rows) in series {
        if rows.iter().any(|row| row.value.is_some()) {
            newest.insert((indicator, sex, age), rows);
        }
    }
    newest.into_values().collect()
}

/// The value of each unit, in the order of the units.
fn of_units(rows: Vec<&Observation>, keys: &[&str]) -> Vec<Option<f64>> {
    let values: BTreeMap<&str, f64> =
        rows.into_iter().filter_map(|row| Some((row.unit_id.as_deref()?, row.value?))).collect();
    keys.iter().map(|key| values.get(key).copied()).collect()
}

/// Who lives in each unit.
struct People {
    residents: Vec<Option<f64>>,
    types: Vec<Option<f64>>,
}

impl People {
    fn figures(
        &self,
        of: &Observation,
        values: &[Option<f64>],
        has_mean: bool,
        rows: &mut Vec<Row>,
    ) -> Result<(), PipelineError> {
        let mut add = |group: Option<&str>, statistic, value, residents, units, left_out| {
            rows.push(Row {
                indicator: of.indicator.clone(),
                theme: of.theme.clone(),
                unit: of.unit.clone(),
                year: of.year,
                sex: of.sex.clone(),
                age: of.age.clone(),
                group: group.map(str::to_owned),
                statistic,
                value,
                residents,
                units,
                left_out,
            });
        };
        let sample = Sample::new(values, &self.residents)?;
        let (all, units, left) = (sample.residents(), sample.persons().len(), sample.left_out());
        let ends = || sample.persons().iter().map(|person| person.value);
        add(None, "mean", mean(&sample).filter(|_| has_mean), all, units, left);
        add(None, "min", ends().reduce(f64::min), all, units, left);
        add(None, "max", ends().reduce(f64::max), all, units, left);
        add(None, "gini", gini(&sample), all, units, left);
        add(None, "theil", theil(&sample), all, units, left);
        let ranked = Sample::ranked(values, &self.residents, &self.types)?;
        let (all, units, left) = (ranked.residents(), ranked.persons().len(), ranked.left_out());
        add(None, "concentration", concentration(&ranked), all, units, left);
        add(None, "palma", palma(&ranked), all, units, left);
        let labels: Vec<Option<String>> =
            self.types.iter().map(|class| class.map(|class| class.to_string())).collect();
        let labels: Vec<Option<&str>> = labels.iter().map(Option::as_deref).collect();
        for group in groups(values, &self.residents, &labels)? {
            let members =
                labels.iter().filter(|label| label.unwrap_or("(no group)") == group.label);
            let units = members.count() - group.left_out;
            let mut of_group = |statistic, value| {
                add(Some(&group.label), statistic, value, group.with_value, units, group.left_out);
            };
            of_group("mean", group.mean.filter(|_| has_mean));
            of_group("median", group.median.filter(|_| has_mean));
        }
        Ok(())
    }
}

/// One row a figure.
///
/// # Errors
/// [`PipelineError::Frame`], never for rows of [`run`].
pub fn frame(rows: &[Row]) -> Result<DataFrame, PipelineError> {
    let text = |name: &str, get: fn(&Row) -> Option<&str>| {
        let cells: Vec<Option<&str>> = rows.iter().map(get).collect();
        Column::from(Series::new(name.into(), cells))
    };
    let count = |name: &str, get: fn(&Row) -> usize| {
        let cells: Vec<i64> =
            rows.iter().map(|row| i64::try_from(get(row)).unwrap_or(i64::MAX)).collect();
        Column::from(Series::new(name.into(), cells))
    };
    let years: Vec<Option<i32>> = rows.iter().map(|row| row.year).collect();
    let values: Vec<Option<f64>> = rows.iter().map(|row| row.value).collect();
    let residents: Vec<f64> = rows.iter().map(|row| row.residents).collect();
    let columns = vec![
        text("indicator", |row| Some(&row.indicator)),
        text("theme", |row| Some(&row.theme)),
        text("unit", |row| Some(&row.unit)),
        Column::from(Series::new("year".into(), years)),
        text("sex", |row| Some(&row.sex)),
        text("age", |row| Some(&row.age)),
        text("group", |row| row.group.as_deref()),
        text("statistic", |row| Some(row.statistic)),
        Column::from(Series::new("value".into(), values)),
        Column::from(Series::new("residents".into(), residents)),
        count("units", |row| row.units),
        count("left_out", |row| row.left_out),
    ];
    let table = |source| PipelineError::Frame { table: "equity".to_owned(), source };
    DataFrame::new(rows.len(), columns).map_err(table)
}
