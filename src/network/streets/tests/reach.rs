//! How far one gets, by hand and against the search for points.

use super::*;
use crate::network::streets::reach::{Beside, Reach, Stretch};

/// Share of the way from `at(0, 0)` to `at(steps, 0)`, in the order of edges.
fn reached(network: &StreetNetwork, from: Position, minutes: u32) -> Vec<Stretch> {
    let source = snap_all(network, &[from])[0].unwrap();
    let beside = Beside::new(network);
    let mut reach = Reach::new(network, &beside);
    reach.run(&source, minutes * 60_000);
    reach.stretches(None, minutes * 60_000)
}

fn metres(network: &StreetNetwork, stretches: &[Stretch]) -> f64 {
    let length = |stretch: &Stretch| {
        f64::from(network.edges()[stretch.edge as usize].length_m) * (stretch.to - stretch.from)
    };
    stretches.iter().map(length).sum()
}

#[test]
fn twelve_minutes_at_five_kilometres_an_hour_are_one_kilometre_each_way() {
    let nodes = [at(0, 0), at(60, 0)];
    let network = build(&extract(&nodes, &[(&[0, 1], both(5.0))]), Mode::Walk).unwrap();
    let found = reached(&network, at(30, 0), 12);
    assert_eq!(found.len(), 1);
    assert!((metres(&network, &found) - 2000.0).abs() < 0.1, "{found:?}");
}

#[test]
fn a_one_way_street_is_reached_in_its_direction_only() {
    let nodes = [at(0, 0), at(60, 0)];
    let there_alone = extract(&nodes, &[(&[0, 1], one_way(5.0)), (&[1, 0], one_way(5.0))]);
    let network = build(&there_alone, Mode::Walk).unwrap();
    let found = reached(&network, at(30, 0), 12);
    assert!((metres(&network, &found) - 1000.0).abs() < 0.1, "{found:?}");
}

#[test]
fn the_way_to_the_street_takes_time_and_is_no_street() {
    let nodes = [at(0, 0), at(60, 0)];
    let network = build(&extract(&nodes, &[(&[0, 1], both(5.0))]), Mode::Walk).unwrap();
    let away = metres_between(at(30, 4), at(30, 0));
    let found = reached(&network, at(30, 4), 12);
    assert!((metres(&network, &found) - 2.0 * (1000.0 - away)).abs() < 1.0, "{found:?}");
    assert_eq!(reached(&network, at(30, 4), 1), []);
}

#[test]
fn a_street_reached_from_both_ends_is_reached_once() {
    // A ring of four streets, entered at one corner: all of it, not twice.
    let nodes = [at(0, 0), at(4, 0), at(4, 4), at(0, 4), at(20, 0)];
    let ring = extract(&nodes, &[(&[0, 1, 2, 3, 0], both(5.0)), (&[1, 4], both(5.0))]);
    let network = build(&ring, Mode::Walk).unwrap();
    let whole: f64 = network.edges().iter().map(|edge| f64::from(edge.length_m)).sum();
    let found = reached(&network, at(0, 0), 200);
    assert!((metres(&network, &found) - whole).abs() < 0.01, "{found:?}");
}

proptest! {
    /// A point on a street lies in a stretch just when a search finds it in time; bands share no stretch.
    #[test]
    fn what_is_reached_is_what_a_search_finds(city in cities(), minutes in 1_u32..15, part in 0.0..1.0_f64) {
        let Ok(network) = build(&city, Mode::Walk) else { return Ok(()) };
        let snaps = snap_all(&network, &city.positions);
        let Some(source) = snaps[0] else { return Ok(()) };
        let beside = Beside::new(&network);
        let mut reach = Reach::new(&network, &beside);
        // A search before it must leave nothing behind.
        reach.run(snaps.last().unwrap().as_ref().unwrap_or(&source), 7 * 60_000);
        let limit = minutes * 60_000;
        reach.run(&source, limit);
        let whole = reach.stretches(None, limit);
        for (row, edge) in (0_u32..).zip(network.edges()) {
            let split = |ms: u32| if ms == NO_WAY { (NO_WAY, NO_WAY) } else {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let first = (f64::from(ms) * part) as u32;
                (first, ms - first)
            };
            let ((from_first, to_last), (to_first, from_last)) = (split(edge.forward_ms), split(edge.backward_ms));
            let target = Snap {
                edge: row, distance_m: 0.0, approach_ms: 0, aside_ms: [0.0; 2], fraction: part,
                to_ends: [to_first, to_last], from_ends: [from_first, from_last],
            };
            let points = [Some(source), Some(target)];
            let time = times(&network, &points, Direction::Outward)[0][1];
            let inside = whole.iter().any(|s| s.edge == row && (s.from..=s.to).contains(&part));
            // At the very end of the time rounding decides.
            if time.abs_diff(limit) > 5 && (part - source.fraction).abs() > 1e-9 {
                prop_assert_eq!(inside, time <= limit, "edge {} {}", time, limit);
            }
        }
        let near = reach.stretches(None, limit / 2);
        let far = reach.stretches(Some(limit / 2), limit);
        let apart = metres(&network, &near) + metres(&network, &far);
        prop_assert!((apart - metres(&network, &whole)).abs() < 1e-6);
    }
}
