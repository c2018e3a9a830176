//! How far trips can lead, and the streets that they need.

use geo::BoundingRect;

use super::{Limits, Within};
use crate::access::Measure;
use crate::model::osm::Position;
use crate::model::{Crs, Reprojection};
use crate::network::streets::Mode;
use crate::pipeline::PipelineError;

/// How far the longest trip that any of the measures looks for can lead by the fastest mode, in metres.
#[must_use]
pub fn reach_m(modes: &[Mode], limits: Limits, measures: &[Measure]) -> f64 {
    let fastest = |mode: &Mode| match mode {
        // A little downhill one walks faster than on the level.
        Mode::Walk => limits.approach_kmh * 1.2,
        Mode::Bicycle => 20.0,
        Mode::Car => 110.0,
    };
    let hours = Measure::longest_min(measures, limits.trip_min) / 60.0;
    hours * modes.iter().map(fastest).fold(0.0, f64::max) * 1000.0
}

/// The area with so many metres around it.
///
/// # Errors
/// [`PipelineError::Request`] where that is more than the globe; [`PipelineError::Crs`].
pub fn bounds(within: Within<'_>, reach: f64) -> Result<[Position; 2], PipelineError> {
    let turn = Reprojection::new(within.units.areas.crs(), &Crs::parse("EPSG:4326")?)?;
    let (mut low, mut high) = ((180.0, 90.0), (-180.0, -90.0));
    if let Some(rect) = within.area.outline.bounding_rect() {
        let (x0, y0) = (rect.min().x - reach, rect.min().y - reach);
        let (x1, y1) = (rect.max().x + reach, rect.max().y + reach);
        for (x, y) in [(x0, y0), (x0, y1), (x1, y0), (x1, y1)] {
            let (lon, lat) = turn.point(x, y)?;
            low = (f64::min(low.0, lon), f64::min(low.1, lat));
            high = (f64::max(high.0, lon), f64::max(high.1, lat));
        }
    }
    let corner = |(lon, lat): (f64, f64)| Position::from_degrees(lon, lat);
    corner(low).zip(corner(high)).map(|(low, high)| [low, high]).ok_or_else(|| {
        PipelineError::Request {
            what: "the area and its surroundings reach beyond the globe".to_owned(),
            help: "shorten the longest trip with --limit, or the limit of the measures".to_owned(),
        }
    })
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // rounded
mod tests {
    use super::*;

    #[test]
    fn streets_are_read_as_far_as_the_farthest_measure_looks() {
        let limits = Limits { trip_min: 2.0, snap_m: 500.0, approach_kmh: 5.0 };
        let reach = |measures: &[Measure]| reach_m(&[Mode::Walk], limits, measures).round();
        // 6 km/h downhill.
        assert_eq!(reach(&[Measure::Nearest { k: 1 }]), 200.0);
        assert_eq!(reach(&[Measure::Cumulative { limits_min: vec![30.0, 1.0] }]), 3000.0);
        assert_eq!(reach(&[Measure::Cumulative { limits_min: vec![1.0] }]), 200.0);
    }
}
