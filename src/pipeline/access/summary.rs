//! Each measured column in a few numbers.

use polars::prelude::Column;

use super::Made;

/// One column of what was measured, in numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    pub column: String,
    pub origins: usize,
    pub missing: usize,
    pub lowest: Option<f64>,
    pub median: Option<f64>,
    pub mean: Option<f64>,
    pub highest: Option<f64>,
}

impl Made {
    /// The measured columns, in their order.
    #[must_use]
    pub fn summaries(&self) -> Vec<Summary> {
        let columns = self.measured.iter();
        columns.filter(|column| column.name().starts_with("access_")).filter_map(summary).collect()
    }
}

#[allow(clippy::cast_precision_loss)] // numbers of origins
fn summary(column: &Column) -> Option<Summary> {
    let cells = column.f64().ok()?;
    let mut values: Vec<f64> = cells.iter().flatten().collect();
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    let median = match values.len() % 2 {
        _ if values.is_empty() => None,
        1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    };
    Some(Summary {
        column: column.name().to_string(),
        origins: cells.len(),
        missing: cells.len() - values.len(),
        lowest: values.first().copied(),
        median,
        mean: (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64),
        highest: values.last().copied(),
    })
}
