//! The box around an area, for questions that are asked of a box.

use geo::BoundingRect;

use crate::model::{Crs, Reprojection};
use crate::pipeline::PipelineError;
use crate::pipeline::file::PipelineFile;
use crate::pipeline::site::Site;
use crate::sources::providers::Origin;

/// The origin with its area turned into a box.
pub(super) fn placed(mut origin: Origin, file: &PipelineFile) -> Result<Origin, PipelineError> {
    if let Some((area, buffer)) = origin.area() {
        let bbox = bbox(area, buffer, file)?;
        origin.set_box(bbox);
    }
    Ok(origin)
}

/// South, west, north, east of the area and so many metres around it, in degrees.
fn bbox(area: &str, buffer: f64, file: &PipelineFile) -> Result<[f64; 4], PipelineError> {
    let ids = [area.to_owned()];
    let site = Site::new(file, &ids)?;
    let ground = site.ground(&[])?;
    let (composed, units) = ground.area(area)?;
    let bounds = composed.outline.bounding_rect().ok_or_else(|| PipelineError::Request {
        what: format!("the area \"{area}\" is empty"),
        help: "correct the area".to_owned(),
    })?;
    let (low, high) = (bounds.min(), bounds.max());
    let degrees = Reprojection::new(units.areas.crs(), &Crs::parse("EPSG:4326")?)?;
    let (mut south, mut west, mut north, mut east) = (90.0_f64, 180.0_f64, -90.0_f64, -180.0_f64);
    for (x, y) in [
        (low.x - buffer, low.y - buffer),
        (low.x - buffer, high.y + buffer),
        (high.x + buffer, low.y - buffer),
        (high.x + buffer, high.y + buffer),
    ] {
        let (longitude, latitude) = degrees.point(x, y)?;
        (south, north) = (south.min(latitude), north.max(latitude));
        (west, east) = (west.min(longitude), east.max(longitude));
    }
    Ok([south, west, north, east])
}
