//! Lengths of short lines on the ellipsoid.

use crate::model::osm::Position;

/// Semi-major axis and squared eccentricity of WGS 84.
const AXIS_M: f64 = 6_378_137.0;
const ECCENTRICITY_2: f64 = 0.006_694_379_990_141_33;

/// Metres along one unit of 1e-7 degrees, eastward and northward, at a latitude.
#[derive(Debug, Clone, Copy)]
pub struct LocalScale {
    pub east: f64,
    pub north: f64,
}

impl LocalScale {
    /// The scale at a latitude: the radii of curvature of the ellipsoid along the parallel and the meridian.
    ///
    /// Source: any textbook of geodesy; Snyder (1987), Map Projections: A Working Manual, p. 24–25.
    pub fn at(lat: f64) -> Self {
        let latitude = (lat / crate::model::osm::PER_DEGREE).to_radians();
        let squeeze = 1.0 - ECCENTRICITY_2 * latitude.sin().powi(2);
        let unit = (1.0 / crate::model::osm::PER_DEGREE).to_radians();
        Self {
            east: AXIS_M / squeeze.sqrt() * latitude.cos() * unit,
            north: AXIS_M * (1.0 - ECCENTRICITY_2) / (squeeze * squeeze.sqrt()) * unit,
        }
    }

    /// The vector from `a` to `b` in metres.
    pub fn vector(self, a: Position, b: Position) -> (f64, f64) {
        let east = (f64::from(b.lon) - f64::from(a.lon)) * self.east;
        (east, (f64::from(b.lat) - f64::from(a.lat)) * self.north)
    }
}

/// Metres between two positions that lie close together (streets, not continents): below 10 km the error stays under
/// one part in a hundred thousand.
#[must_use]
pub fn metres_between(a: Position, b: Position) -> f64 {
    let scale = LocalScale::at(f64::midpoint(f64::from(a.lat), f64::from(b.lat)));
    let (east, north) = scale.vector(a, b);
    east.hypot(north)
}

/// South-west and north-east corner of the box around positions; `None` without any.
#[must_use]
pub fn bounds(positions: &[Position]) -> Option<[Position; 2]> {
    let first = *positions.first()?;
    Some(positions.iter().fold([first; 2], |[low, high], at| {
        [
            Position { lon: low.lon.min(at.lon), lat: low.lat.min(at.lat) },
            Position { lon: high.lon.max(at.lon), lat: high.lat.max(at.lat) },
        ]
    }))
}

/// Metres along a line.
pub(super) fn length(points: &[Position]) -> f64 {
    points.windows(2).map(|pair| metres_between(pair[0], pair[1])).sum()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Oracle: geodesic by Karney (2013) through pyproj 3 (`Geod(ellps="WGS84").inv`).
    #[test]
    fn a_hundredth_of_a_degree_in_stockholm_has_its_geodesic_length() {
        let at = |lon, lat| Position::from_degrees(lon, lat).unwrap();
        let east = metres_between(at(18.07, 59.33), at(18.08, 59.33));
        assert!((east - 569.243_869).abs() < 1e-3, "{east}");
        let north = metres_between(at(18.07, 59.33), at(18.07, 59.34));
        assert!((north - 1_114.009_118).abs() < 1e-3, "{north}");
    }
}
