//! Places that steps start from, go to or carry onto.

use super::Work;
use crate::pipeline::PipelineError;
use crate::pipeline::access::PlacesOf;
use crate::pipeline::file::{FileRef, Value, Values};

/// The places that a value names: units, a grid, hexagons, a file, or what a step made.
pub(super) fn of(values: &Values, work: &Work<'_>, key: &str) -> Result<PlacesOf, PipelineError> {
    match values.0.get(key) {
        Some(Value::File(file @ FileRef::Step { .. })) => {
            Ok(PlacesOf::File { path: work.path(file)?, layer: None })
        }
        Some(Value::File(FileRef::Path(path))) => PlacesOf::parse(&path.to_string_lossy()),
        _ => PlacesOf::parse(values.text(key).unwrap_or_default()),
    }
}
