//! Points beside the same street, by hand and against the plain search.

use super::*;

/// Milliseconds between points on one straight street of 4.6 km, beside it by steps to the north.
fn found(points: &[Position]) -> Vec<Vec<u32>> {
    let nodes = [at(0, 0), at(80, 0)];
    let network = build(&extract(&nodes, &[(&[0, 1], both(5.0))]), Mode::Walk).unwrap();
    times(&network, &snap_all(&network, points), Direction::Outward)
}

fn close(found: u32, expected: f64) {
    assert!((f64::from(found) - expected).abs() <= 3.0, "{found} {expected}");
}

#[test]
fn from_a_spot_to_the_same_spot_is_no_way_at_all() {
    assert_eq!(found(&[at(30, 4), at(30, 4)]), [[0, 0], [0, 0]]);
}

#[test]
fn between_points_on_the_same_side_one_walks_beside_the_street() {
    let along = walking_ms(metres_between(at(30, 0), at(35, 0)));
    let step = walking_ms(metres_between(at(30, 0), at(30, 1)));
    let times = found(&[at(30, 4), at(35, 4), at(35, 1)]);
    close(times[0][1], along);
    close(times[0][2], along + 3.0 * step);
    close(times[1][2], 3.0 * step);
}

#[test]
fn between_points_on_opposite_sides_both_ways_are_walked() {
    let across = walking_ms(metres_between(at(30, 0), at(30, 4)));
    let times = found(&[at(30, 4), at(30, -2)]);
    close(times[0][1], across * 1.5);
}

#[test]
fn against_a_one_way_street_the_way_leads_round_the_block() {
    let nodes = [at(0, 0), at(40, 0), at(20, 40)];
    let ring = extract(&nodes, &[(&[0, 1], one_way(36.0)), (&[1, 2, 0], one_way(36.0))]);
    let network = build(&ring, Mode::Car).unwrap();
    let points = [at(10, -1), at(30, -1), at(10, -1)];
    let times = times(&network, &snap_all(&network, &points), Direction::Outward);
    close(times[0][1], metres_between(at(10, 0), at(30, 0)) * 100.0);
    assert_eq!(times[0][2], 0);
    let whole = metres_between(nodes[0], nodes[1])
        + metres_between(nodes[1], nodes[2])
        + metres_between(nodes[2], nodes[0]);
    let street = whole - metres_between(at(10, 0), at(30, 0));
    let to_it = metres_between(at(10, 0), at(10, -1));
    close(times[1][0], street * 100.0 + 2.0 * walking_ms(to_it));
}

/// Points between 0 and 5 steps of the grid, to a hundredth of a step.
fn points() -> impl Strategy<Value = Vec<Position>> {
    let point = (0..500_i32, 0..500_i32).prop_map(|(x, y)| {
        let Position { lon, lat } = at(0, 0);
        Position { lon: lon + x * STEP / 100, lat: lat + y * STEP / 100 }
    });
    prop::collection::vec(point, 2..6)
}

proptest! {
    /// Off the streets as well: never more than by both ways to the street, and on foot, where all streets run both
    /// ways, never less than the straight line. A spot is at itself. Points on different edges take the plain time
    /// between their places on the street and both ways to it.
    #[test]
    fn points_off_the_street_take_the_plain_time_or_walk_beside_it(
        city in cities(),
        mut points in points(),
    ) {
        let Ok(first) = build(&city, Mode::Walk) else { return Ok(()) };
        points.push(points[0]);
        let snaps = snap_all(&first, &points);
        let found = times(&first, &snaps, Direction::Outward);
        let inward = times(&first, &snaps, Direction::Inward);
        let on_street: Vec<Option<Snap>> = snaps
            .iter()
            .map(|snap| snap.map(|snap| Snap { approach_ms: 0, aside_ms: [0.0; 2], ..snap }))
            .collect();
        let between = times(&first, &on_street, Direction::Outward);
        for (from, row) in found.iter().enumerate() {
            for (to, &time) in row.iter().enumerate() {
                let (Some(a), Some(b)) = (snaps[from], snaps[to]) else { continue };
                prop_assert_eq!(time, inward[to][from]);
                if points[from] == points[to] {
                    prop_assert_eq!(time, 0);
                }
                let street = between[from][to];
                let via = street.saturating_add(a.approach_ms).saturating_add(b.approach_ms);
                prop_assert!(time <= via);
                if a.edge != b.edge {
                    prop_assert_eq!(time, via);
                }
                // The fastest of these streets is walked at 10 km/h, the way to it at 5.
                let straight = walking_ms(metres_between(points[from], points[to])) / 2.0;
                prop_assert!(f64::from(time) + 30.0 >= straight, "{time} {straight}");
            }
        }
    }
}
