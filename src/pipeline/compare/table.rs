//! A comparison as a flat table, for files.

use polars::prelude::{Column, DataFrame, NamedFrom, Series};

use super::{PipelineError, Row};

/// The rows, one column a figure.
///
/// # Errors
/// [`PipelineError::Frame`], never for rows of [`super::run`].
pub fn frame(rows: &[Row], lang: crate::model::Lang) -> Result<DataFrame, PipelineError> {
    let text = |name: &str, get: &dyn Fn(&Row) -> String| {
        let cells: Vec<String> = rows.iter().map(get).collect();
        Column::from(Series::new(name.into(), cells))
    };
    let number = |name: &str, get: &dyn Fn(&Row) -> Option<f64>| {
        let cells: Vec<Option<f64>> = rows.iter().map(get).collect();
        Column::from(Series::new(name.into(), cells))
    };
    let year = |name: &str, get: &dyn Fn(&Row) -> Option<i32>| {
        let cells: Vec<Option<i32>> = rows.iter().map(get).collect();
        Column::from(Series::new(name.into(), cells))
    };
    let comparable: Vec<bool> = rows.iter().map(|row| row.comparable).collect();
    let columns = vec![
        text("indicator", &|row| row.indicator.clone()),
        text("theme", &|row| row.theme.clone()),
        text("unit", &|row| row.unit.clone()),
        text("sex", &|row| row.sex.clone()),
        text("age", &|row| row.age.clone()),
        text("role", &|row| row.role.to_owned()),
        text("geography_level", &|row| row.area.geography_level.clone()),
        text("geography_id", &|row| row.area.geography_id.clone()),
        year("year", &|row| row.area.year),
        number("value", &|row| row.area.value),
        text("obs_status", &|row| row.area.obs_status.to_owned()),
        number("coverage", &|row| row.area.coverage),
        text("reference_level", &|row| row.reference.geography_level.clone()),
        text("reference_id", &|row| row.reference.geography_id.clone()),
        year("reference_year", &|row| row.reference.year),
        number("reference_value", &|row| row.reference.value),
        text("reference_obs_status", &|row| row.reference.obs_status.to_owned()),
        Column::from(Series::new("comparable".into(), comparable)),
        text("reason", &|row| row.reason.text(lang).to_owned()),
        number("difference", &|row| row.difference),
        number("difference_lower", &|row| row.difference_interval.map(|i| i.lower)),
        number("difference_upper", &|row| row.difference_interval.map(|i| i.upper)),
        number("ratio", &|row| row.ratio),
        number("ratio_lower", &|row| row.ratio_interval.map(|i| i.lower)),
        number("ratio_upper", &|row| row.ratio_interval.map(|i| i.upper)),
        number("funnel_95_lower", &|row| row.funnel.map(|f| f.at_95.lower)),
        number("funnel_95_upper", &|row| row.funnel.map(|f| f.at_95.upper)),
        number("funnel_99_8_lower", &|row| row.funnel.map(|f| f.at_99_8.lower)),
        number("funnel_99_8_upper", &|row| row.funnel.map(|f| f.at_99_8.upper)),
    ];
    DataFrame::new(rows.len(), columns)
        .map_err(|source| PipelineError::Frame { table: "comparison".to_owned(), source })
}
