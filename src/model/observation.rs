//! One published value, with everything a reader needs to judge it.

use polars::prelude::{Column, DataFrame, NamedFrom, PolarsResult, Series};

use super::ObsStatus;

/// What a value's geography is to the area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It is the area, or one of its units.
    Own,
    /// It is a published part of the area, never averaged with the others.
    Part,
    /// It only overlaps the area, or is a larger one that describes it roughly.
    Context,
    /// It is there to compare with: city, county, country.
    Reference,
}

impl Role {
    /// The word used in files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Part => "part",
            Self::Context => "context",
            Self::Reference => "reference",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::Own, Self::Part, Self::Context, Self::Reference]
            .into_iter()
            .find(|role| role.id() == id)
    }
}

/// A row of the `indicators` table.
///
/// `sex` and `age` are SDMX codes (`_T`, `F`, `M`; `_T`, `Y0T4`, `Y_GE80`). `coverage` is the share of the
/// area's residents (or surface, as `method` says) that the value rests on, 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    pub area_id: String,
    pub unit_id: Option<String>,
    pub geography_level: String,
    pub geography_id: String,
    pub role: Role,
    pub indicator: String,
    pub theme: String,
    pub value: Option<f64>,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    pub unit: String,
    pub year: Option<i32>,
    pub sex: String,
    pub age: String,
    pub obs_status: ObsStatus,
    pub method: String,
    pub coverage: Option<f64>,
    pub definition: String,
    pub source: String,
}

impl Observation {
    /// The order in which rows are published.
    #[must_use]
    pub fn order(&self, other: &Self) -> std::cmp::Ordering {
        let key = |row: &Self| {
            (
                row.unit_id.clone(),
                row.role,
                row.theme.clone(),
                row.indicator.clone(),
                row.geography_level.clone(),
                row.geography_id.clone(),
                row.year,
                row.sex.clone(),
                row.age.clone(),
            )
        };
        key(self).cmp(&key(other))
    }
}

/// The rows as a frame, in the column order that is published.
///
/// # Errors
/// Those of polars, never for equal lengths.
pub fn to_frame(rows: &[Observation]) -> PolarsResult<DataFrame> {
    let text = |name: &str, get: fn(&Observation) -> &str| {
        let cells: Vec<&str> = rows.iter().map(get).collect();
        Column::from(Series::new(name.into(), cells))
    };
    let number = |name: &str, get: fn(&Observation) -> Option<f64>| {
        let cells: Vec<Option<f64>> = rows.iter().map(get).collect();
        Column::from(Series::new(name.into(), cells))
    };
    let units: Vec<Option<&str>> = rows.iter().map(|row| row.unit_id.as_deref()).collect();
    let years: Vec<Option<i32>> = rows.iter().map(|row| row.year).collect();
    DataFrame::new(
        rows.len(),
        vec![
            text("area_id", |row| &row.area_id),
            Column::from(Series::new("unit_id".into(), units)),
            text("geography_level", |row| &row.geography_level),
            text("geography_id", |row| &row.geography_id),
            text("role", |row| row.role.id()),
            text("indicator", |row| &row.indicator),
            text("theme", |row| &row.theme),
            number("value", |row| row.value),
            number("lower", |row| row.lower),
            number("upper", |row| row.upper),
            text("unit", |row| &row.unit),
            Column::from(Series::new("year".into(), years)),
            text("sex", |row| &row.sex),
            text("age", |row| &row.age),
            text("obs_status", |row| row.obs_status.code()),
            text("method", |row| &row.method),
            number("coverage", |row| row.coverage),
            text("definition", |row| &row.definition),
            text("source", |row| &row.source),
        ],
    )
}
