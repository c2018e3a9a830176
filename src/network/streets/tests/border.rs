//! Where the streets that were read are cut off, and who gets there.

use super::*;

/// Milliseconds from a point to the nearest place at which streets are cut off.
fn to_border(network: &StreetNetwork, from: Position, limit_ms: u32) -> Option<u32> {
    let found = nearest(network, &snap_all(network, &[from]), &network.border(), 1, limit_ms);
    found[0].first().map(|found| found.time_ms)
}

fn walk_ms(from: Position, to: Position) -> f64 {
    walking_ms(metres_between(from, to))
}

#[test]
fn a_street_is_cut_off_next_to_a_node_that_was_not_read() {
    let nodes = [at(0, 0), at(10, 0), at(10, 1)];
    // Node 9 is nowhere: the street along y = 0 goes on in the east, and another one joins it there.
    let streets = extract(&nodes, &[(&[0, 1, 9], both(5.0)), (&[1, 2], both(5.0))]);
    let network = build(&streets, Mode::Walk).unwrap();
    let time = to_border(&network, at(4, 0), NO_WAY - 1).unwrap();
    assert!((f64::from(time) - walk_ms(at(4, 0), at(10, 0))).abs() <= 1.0, "{time}");
    assert_eq!(to_border(&network, at(4, 0), time), Some(time));
    assert_eq!(to_border(&network, at(4, 0), time - 1), None);
}

#[test]
fn beyond_the_bounds_of_an_extract_other_streets_are_missing() {
    let nodes: Vec<Position> = (0..8).map(|x| at(x, 0)).collect();
    let streets = extract(&nodes, &[(&[0, 1, 2, 3, 4, 5, 6, 7], both(5.0))]);
    let bounds = [at(-1, -1), Position { lon: at(3, 0).lon + STEP / 2, lat: at(0, 1).lat }];
    let network = build(&Extract { bounds: Some(bounds), ..streets }, Mode::Walk).unwrap();
    // Node 4 is the first one outside.
    let time = to_border(&network, at(1, 0), NO_WAY - 1).unwrap();
    assert!((f64::from(time) - walk_ms(at(1, 0), at(4, 0))).abs() <= 1.0, "{time}");
}

#[test]
fn without_bounds_dead_ends_on_the_outside_count_and_those_inside_do_not() {
    // A cross, and from its eastern arm a dead end that stays 3 steps (330 m) away from every side.
    let nodes = [at(0, 5), at(5, 5), at(10, 5), at(5, 0), at(5, 10), at(7, 5), at(7, 6)];
    let ways: [(&[i64], Passages); 3] =
        [(&[0, 1, 5, 2], both(5.0)), (&[3, 1, 4], both(5.0)), (&[5, 6], both(5.0))];
    let network = build(&extract(&nodes, &ways), Mode::Walk).unwrap();
    assert_eq!(network.border().len(), 4);
    let time = to_border(&network, at(7, 6), NO_WAY - 1).unwrap();
    let way = walk_ms(at(7, 6), at(7, 5)) + walk_ms(at(7, 5), at(10, 5));
    assert!((f64::from(time) - way).abs() <= 2.0, "{time} {way}");
}

#[test]
fn nobody_leaves_against_a_one_way_street() {
    let nodes = [at(0, 0), at(5, 0), at(5, 5)];
    let ways: [(&[i64], Passages); 2] = [(&[9, 0, 1], one_way(5.0)), (&[1, 2], both(5.0))];
    let extract = Extract { bounds: Some([at(-9, -9), at(9, 9)]), ..extract(&nodes, &ways) };
    let network = build(&extract, Mode::Walk).unwrap();
    assert_eq!(network.border().len(), 1);
    assert_eq!(to_border(&network, at(5, 3), NO_WAY - 1), None);
}
