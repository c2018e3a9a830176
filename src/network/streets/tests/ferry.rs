//! Ferries take as long as they say.

use super::*;

fn crossing(minutes: f32) -> Passages {
    Passages { crossing_min: Some(minutes), ..both(1.0) }
}

/// A street to a quay, a ferry with a bend, a street beyond.
fn lake(minutes: f32) -> Extract<Passages, Blocks> {
    let nodes = [at(0, 0), at(10, 0), at(30, 20), at(60, 0), at(70, 0)];
    extract(&nodes, &[(&[0, 1], both(5.0)), (&[1, 2, 3], crossing(minutes)), (&[3, 4], both(5.0))])
}

#[test]
fn a_ferry_takes_its_minutes_from_quay_to_quay() {
    let lake = lake(20.0);
    let network = build(&lake, Mode::Walk).unwrap();
    let found = times(&network, &snap_all(&network, &lake.positions), Direction::Outward);
    let quay = walking_ms(metres_between(at(0, 0), at(10, 0)));
    assert!((f64::from(found[1][3]) - 1_200_000.0).abs() <= 5.0, "{}", found[1][3]);
    assert!((f64::from(found[0][3]) - 1_200_000.0 - quay).abs() <= 5.0);
    assert_eq!(found[1][3], found[3][1]);
}

#[test]
fn a_ferry_that_ends_outside_the_extract_or_would_fly_is_none() {
    let mut cut = lake(20.0);
    cut.ways[1].refs.push(99);
    for lake in [cut, lake(0.5)] {
        let network = build(&lake, Mode::Walk).unwrap();
        assert_eq!(network.edges().len(), 2, "the two streets");
    }
}
