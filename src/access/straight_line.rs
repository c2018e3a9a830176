//! Distance to the nearest place as the crow flies, times a detour factor: a first estimate without a street network.

use geo::{Distance, Euclidean, Point};

/// Street distance over straight-line distance, a round figure for European cities; the true ratio varies by place.
///
/// Source: Boscoe, Henry & Zdeb (2012) found 1.417 on average in the United States; 1.3 is usual for walking in cities.
pub const DETOUR: f64 = 1.3;

/// Distance from one origin to its nearest destination, in metres along estimated streets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// Row of the destination.
    pub destination: usize,
    pub distance_m: f64,
    /// Bounds from the uncertainty of the destinations' positions, where it is stated.
    pub lower_m: f64,
    pub upper_m: f64,
}

/// The nearest of several destinations, each with the uncertainty of its position in metres (0 if none is stated).
///
/// The bounds hold whichever destination is truly nearest: the lower one takes every destination at its closest, the upper one
/// at its farthest. Coordinates are metres on a plane; `None` without destinations. Ties go to the first.
#[must_use]
pub fn nearest(origin: Point<f64>, destinations: &[(Point<f64>, f64)]) -> Option<Nearest> {
    closest(destinations.iter().enumerate().map(|(row, (place, slack))| {
        (row, Euclidean.distance(origin, *place) * DETOUR, slack * DETOUR)
    }))
}

/// The nearest of destinations whose distances are known: row, metres and how many of them are uncertain.
///
/// The bounds are those of [`nearest`]. Ties go to the first.
pub fn closest(distances: impl IntoIterator<Item = (usize, f64, f64)>) -> Option<Nearest> {
    let mut best: Option<Nearest> = None;
    for (destination, distance_m, slack_m) in distances {
        let (low, high) = ((distance_m - slack_m).max(0.0), distance_m + slack_m);
        let found =
            best.get_or_insert(Nearest { destination, distance_m, lower_m: low, upper_m: high });
        if distance_m < found.distance_m {
            (found.destination, found.distance_m) = (destination, distance_m);
        }
        found.lower_m = found.lower_m.min(low);
        found.upper_m = found.upper_m.min(high);
    }
    best
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn three_kilometres_east_and_four_north_are_six_and_a_half_by_street() {
        let found = nearest(Point::new(0.0, 0.0), &[(Point::new(3000.0, 4000.0), 0.0)]).unwrap();
        assert!((found.distance_m - 6500.0).abs() < 1e-9);
        assert!((found.lower_m - found.upper_m).abs() < 1e-9);
    }

    #[test]
    fn an_uncertain_position_widens_the_bounds_of_the_nearest() {
        let places = [(Point::new(1000.0, 0.0), 400.0), (Point::new(1200.0, 0.0), 0.0)];
        let found = nearest(Point::new(0.0, 0.0), &places).unwrap();
        assert_eq!(found.destination, 0);
        assert!((found.lower_m - 600.0 * DETOUR).abs() < 1e-9);
        assert!((found.upper_m - 1200.0 * DETOUR).abs() < 1e-9, "the sure one caps the distance");
    }

    #[test]
    fn nowhere_to_go_is_no_distance() {
        assert_eq!(nearest(Point::new(0.0, 0.0), &[]), None);
    }
}
