//! The origins as they are published: their own columns, and what was measured.

use std::sync::Arc;

use polars::prelude::{Column, DataFrame};

use super::{Request, titled};
use crate::model::Layer;
use crate::pipeline::PipelineError;

/// The origins with their own columns and those that were measured; tells of columns that had to be called otherwise.
pub(super) fn with_measures(
    request: &Request<'_>,
    measured: &[Column],
) -> Result<(Layer, Option<String>), PipelineError> {
    let layer = &request.origins.layer;
    let failed = |source| PipelineError::Frame { table: request.origins.name.clone(), source };
    let mut frame = layer.frame().clone();
    let renamed = make_room(&mut frame, measured).map_err(failed)?;
    let renamed = (!renamed.is_empty()).then(|| {
        format!(
            "{}: columns are named like measured ones: {}",
            request.origins.name,
            renamed.join(", ")
        )
    });
    for column in measured {
        frame.with_column(column.clone()).map_err(failed)?;
    }
    let Some(areas) = layer.areas() else {
        return Ok((layer.clone().with_frame(frame)?, renamed));
    };
    let areas = match request.out_crs.filter(|crs| *crs != areas.crs()) {
        Some(crs) => Arc::new(areas.reprojected(crs)?),
        None => Arc::clone(areas),
    };
    Ok((Layer::spatial("access", titled("Accessibility"), areas, frame)?, renamed))
}

/// Calls columns that are named like a measured one otherwise, and says how. Names that differ only in the case of their
/// letters are one in a database.
fn make_room(
    frame: &mut DataFrame,
    measured: &[Column],
) -> Result<Vec<String>, polars::error::PolarsError> {
    let own: Vec<String> = frame.get_column_names().iter().map(ToString::to_string).collect();
    let mut renamed = Vec::new();
    for name in &own {
        if !measured.iter().any(|column| column.name().eq_ignore_ascii_case(name)) {
            continue;
        }
        let mut new = format!("{name}_input");
        while own.iter().any(|other| other.eq_ignore_ascii_case(&new)) {
            new.push_str("_input");
        }
        frame.rename(name, new.as_str().into())?;
        renamed.push(format!("\"{name}\" is written as \"{new}\""));
    }
    Ok(renamed)
}
