//! What destinations offer, who competes for it, and what places are called.

use polars::prelude::DataType;

use super::account::first_of;
use super::{Places, Request};
use crate::pipeline::PipelineError;

pub(super) fn offered(
    destinations: &Places,
    weight: Option<&str>,
    warnings: &mut Vec<String>,
) -> Result<Vec<f64>, PipelineError> {
    match weight {
        Some(column) => known(destinations, column, warnings),
        None => Ok(vec![1.0; destinations.points.len()]),
    }
}

/// The amounts of a column. A place without a figure has nothing that can be counted: 0, and it is said.
fn known(
    places: &Places,
    column: &str,
    warnings: &mut Vec<String>,
) -> Result<Vec<f64>, PipelineError> {
    let cells = amounts(places, column)?;
    let missing = cells.iter().filter(|cell| cell.is_none()).count();
    if missing > 0 {
        warnings.push(format!(
            "{}: {missing} of {} places have no figure in \"{column}\"; they count as 0",
            places.name,
            cells.len()
        ));
    }
    Ok(cells.into_iter().map(|cell| cell.unwrap_or(0.0)).collect())
}

pub(super) fn amounts(places: &Places, column: &str) -> Result<Vec<Option<f64>>, PipelineError> {
    let cells = places.numbers(column)?;
    match cells.iter().flatten().find(|cell| !(**cell >= 0.0 && cell.is_finite())) {
        None => Ok(cells),
        Some(cell) => Err(PipelineError::Request {
            what: format!("{}: column \"{column}\" holds {cell}", places.name),
            help: "amounts are 0 or more".to_owned(),
        }),
    }
}

type Competition = (Vec<f64>, Vec<f64>);

pub(super) fn competition(
    request: &Request<'_>,
    warnings: &mut Vec<String>,
) -> Result<Competition, PipelineError> {
    let missing = |what: &str| PipelineError::Request {
        what: format!("catchments need {what}"),
        help: "name the columns with --supply (of the destinations) and --demand (of the origins)"
            .to_owned(),
    };
    let supply = request.supply.ok_or_else(|| missing("a supply"))?;
    let demand = request.demand.ok_or_else(|| missing("a demand"))?;
    let supply = known(request.destinations, supply, warnings)?;
    let demand = known(request.origins, demand, warnings)?;
    if demand.iter().all(|demand| *demand <= 0.0) {
        return Err(PipelineError::Request {
            what: format!("{}: nobody demands anything", request.origins.name),
            help: "the column of --demand is 0 or missing everywhere".to_owned(),
        });
    }
    Ok((supply, demand))
}

/// The name of each place: its first column, else its row.
pub(super) fn names(places: &Places) -> Vec<String> {
    let frame = places.layer.frame();
    let id = frame.get_column_names().into_iter().find(|name| {
        matches!(
            name.to_lowercase().as_str(),
            "id" | "unit_id" | "cell_id" | "code" | "fid" | "osm_id"
        )
    });
    let column = id.and_then(|name| frame.column(name).ok());
    let text = column.and_then(|column| column.cast(&DataType::String).ok());
    let rows = places.points.len();
    match text.as_ref().and_then(|column| column.str().ok()) {
        Some(cells) => (0..rows)
            .map(|row| cells.get(row).map_or_else(|| format!("{}", row + 1), str::to_owned))
            .collect(),
        None => (1..=rows).map(|row| row.to_string()).collect(),
    }
}

/// Says which names stand more than once, where a matrix is asked for: its rows are told apart by them.
pub(super) fn repeated(request: &Request<'_>) -> Vec<String> {
    let mut warnings = Vec::new();
    if request.matrix.is_none() {
        return warnings;
    }
    for places in [request.origins, request.destinations] {
        let mut names = names(places);
        names.sort_unstable();
        let twice = names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].as_str());
        let mut twice: Vec<&str> = twice.collect();
        twice.dedup();
        if twice.is_empty() {
            continue;
        }
        let warning = format!(
            "{}: {} ids stand more than once, and rows of the matrix cannot be told apart by them: {}",
            places.name,
            twice.len(),
            first_of(&twice)
        );
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
    warnings
}
