//! Streets over planes and hills whose times follow by hand, and Porto Alegre when its files lie beside the project.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use super::tests::{at, both, extract, one_way, snap_all, times};
use super::*;
use crate::model::osm::Extract;
use crate::model::{Crs, Elevation};

/// Cells of 1e-4 degrees around the tests' streets; the height is a function of longitude and latitude in degrees.
fn ground(height: impl Fn(f64, f64) -> f64) -> Elevation {
    let (west, north, cell) = (17.99, 59.31, 1e-4);
    let mut heights = Vec::new();
    for row in 0..400_i32 {
        for column in 0..400_i32 {
            let lon = west + (f64::from(column) + 0.5) * cell;
            let lat = north - (f64::from(row) + 0.5) * cell;
            #[allow(clippy::cast_possible_truncation)]
            heights.push(height(lon, lat) as f32);
        }
    }
    let transform = [west, cell, 0.0, north, 0.0, -cell];
    Elevation::new(400, heights, transform, Crs::parse("EPSG:4326").unwrap()).unwrap()
}

/// Metres a degree northward at the tests' place.
fn northward() -> f64 {
    metres_between(at(0, 0), at(0, 10)) / 0.01
}

fn over(streets: &Extract<Passages, Blocks>, mode: Mode, terrain: &Elevation) -> StreetNetwork {
    build_under(streets, mode, Conditions { terrain: Some(terrain), ..Conditions::default() })
        .unwrap()
}

/// Rising northward by `slope`.
fn ramp(slope: f64) -> Elevation {
    let metres = northward();
    ground(move |_, lat| 50.0 + slope * (lat - 59.3) * metres)
}

fn bridge(kmh: f32) -> Passages {
    Passages { lifted: true, ..both(kmh) }
}

fn near(found: u32, expected: f64) -> bool {
    (f64::from(found) - expected).abs() <= expected * 1e-3 + 1.0
}

#[test]
fn up_a_ramp_takes_toblers_time_and_down_it_another() {
    let nodes = [at(0, 0), at(0, 3), at(0, 5)];
    let streets = extract(&nodes, &[(&[0, 1, 2], both(5.0))]);
    let level = f64::from(build(&streets, Mode::Walk).unwrap().edges()[0].forward_ms);
    let network = over(&streets, Mode::Walk, &ramp(0.1));
    let edge = network.edges()[0];
    let (up, down) = if network.line(0)[0] == nodes[0] {
        (edge.forward_ms, edge.backward_ms)
    } else {
        (edge.backward_ms, edge.forward_ms)
    };
    assert!(near(up, level * 0.35_f64.exp()), "{up} {level}");
    assert!(near(down, level), "{down} {level}");
    let found = times(&network, &snap_all(&network, &nodes), Direction::Outward);
    let inward = times(&network, &snap_all(&network, &nodes), Direction::Inward);
    assert!(near(found[0][1], level * 0.6 * 0.35_f64.exp()), "{found:?}");
    assert!(found[0][1].abs_diff(inward[1][0]) <= 1 && found[0][2] > found[2][0]);
}

#[test]
fn a_flat_terrain_changes_nothing() {
    let nodes = [at(0, 0), at(0, 3), at(4, 5), at(6, 1)];
    let streets = extract(&nodes, &[(&[0, 1, 2], both(5.0)), (&[1, 3], one_way(5.0))]);
    let flat = ground(|_, _| 12.0);
    for mode in Mode::ALL {
        let (plain, laid) = (build(&streets, mode).unwrap(), over(&streets, mode, &flat));
        assert_eq!(plain.edges(), laid.edges());
        assert!(laid.unknown_heights().abs() < 1e-12);
    }
}

#[test]
fn a_bridge_over_a_valley_is_level_however_many_ways_it_is_drawn_in() {
    let nodes = [at(0, 0), at(0, 3), at(0, 6), at(0, 8), at(0, 11), at(3, 6)];
    // A valley 40 m deep below the bridge from node 1 to node 3, level elsewhere.
    let (south, north) = (nodes[1].degrees().1 + 2e-4, nodes[3].degrees().1 - 2e-4);
    let valley = ground(move |_, lat| if (south..north).contains(&lat) { 10.0 } else { 50.0 });
    let ways: [(&[i64], Passages); 5] = [
        (&[0, 1], both(5.0)),
        (&[1, 2], bridge(5.0)),
        (&[2, 3], bridge(5.0)),
        (&[3, 4], both(5.0)),
        // Another span meets the bridge in the air and ends there.
        (&[2, 5], bridge(5.0)),
    ];
    let streets = extract(&nodes, &ways);
    let found = |network: &StreetNetwork| {
        times(network, &snap_all(network, &nodes), Direction::Outward)[0][4]
    };
    let level = found(&build(&streets, Mode::Walk).unwrap());
    let laid = over(&streets, Mode::Walk, &valley);
    assert!(found(&laid).abs_diff(level) <= 3, "{} {level}", found(&laid));
    let draped = extract(&nodes, &[(&[0, 1, 2, 3, 4], both(5.0))]);
    assert!(found(&over(&draped, Mode::Walk, &valley)) > level * 3 / 2);
}

#[test]
fn a_bridge_between_unequal_banks_climbs_evenly() {
    let nodes = [at(0, -2), at(0, 0), at(0, 4), at(0, 6)];
    let (low, high) = (nodes[1].degrees().1 + 1e-4, nodes[2].degrees().1 - 1e-4);
    let banks = ground(move |_, lat| {
        if lat < low {
            0.0
        } else if lat < high {
            -30.0
        } else {
            20.0
        }
    });
    let streets =
        extract(&nodes, &[(&[0, 1], both(5.0)), (&[1, 2], bridge(5.0)), (&[2, 3], both(5.0))]);
    let network = over(&streets, Mode::Walk, &banks);
    let metres = metres_between(nodes[1], nodes[2]);
    let expected = metres * 0.72 * 1000.0 * slope::slowness(Mode::Walk, 20.0 / metres);
    let edge = (0..3).find(|&edge| {
        network.line(edge).contains(&nodes[1]) && network.line(edge).contains(&nodes[2])
    });
    let edge = network.edges()[edge.unwrap()];
    assert!(near(edge.forward_ms.max(edge.backward_ms), expected), "{edge:?} {expected}");
}

#[test]
fn a_point_halfway_up_a_hill_is_charged_the_slope_on_its_side() {
    // Level as far as the middle, then a ramp of 20 %: one edge, folded over the foot of the hill.
    let nodes = [at(0, 0), at(0, 5), at(0, 10)];
    let (foot, metres) = (nodes[1].degrees().1, northward());
    let hill = ground(move |_, lat| 0.2 * ((lat - foot) * metres).max(0.0));
    let streets = extract(&nodes, &[(&[0, 1, 2], both(5.0))]);
    let network = over(&streets, Mode::Walk, &hill);
    assert_eq!(network.edges().len(), 1);
    let found = times(&network, &snap_all(&network, &nodes), Direction::Outward);
    let level = metres_between(nodes[0], nodes[1]) * 720.0;
    // The cell at the foot is neither level nor as steep.
    let close = |found: u32, expected: f64| (f64::from(found) / expected - 1.0).abs() < 0.02;
    assert!(close(found[0][1], level) && close(found[1][2], level * 0.7_f64.exp()), "{found:?}");
    assert_eq!(found[0][1] + found[1][2], found[0][2]);
}

#[test]
fn what_lies_outside_the_terrain_is_level_and_counted() {
    let nodes = [at(0, 0), at(0, 300)];
    let streets = extract(&nodes, &[(&[0, 1], both(5.0))]);
    let network = over(&streets, Mode::Walk, &ground(|_, _| 5.0));
    let inside = (59.31 - 59.3) / 0.3;
    assert!((network.unknown_heights() - (1.0 - inside)).abs() < 0.01);
    assert_eq!(network.edges()[0], build(&streets, Mode::Walk).unwrap().edges()[0]);
}

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/porto-alegre");

#[test]
fn porto_alegre_has_heights_nearly_everywhere_and_is_slower_than_the_plain() {
    let folder = Path::new(FOLDER);
    if !folder.join("poa_elevation.tif").exists() {
        return;
    }
    let profiles = Profiles::built_in().unwrap();
    let sift = crate::formats::osm::Sift {
        way: &|tags| profiles.passages(tags),
        node: &|tags| profiles.blocks(tags),
        within: None,
        multipolygons: crate::formats::osm::Multipolygons::Leave,
    };
    let streets = crate::formats::osm::read(&folder.join("poa_osm.pbf"), &sift).unwrap();
    let bounds = bounds(&streets.positions).unwrap();
    let terrain =
        crate::formats::elevation::read(&folder.join("poa_elevation.tif"), bounds).unwrap();
    for mode in [Mode::Walk, Mode::Bicycle] {
        let (plain, laid) = (build(&streets, mode).unwrap(), over(&streets, mode, &terrain));
        assert!(laid.unknown_heights() < 0.05, "{}", laid.unknown_heights());
        let both_ways = |network: &StreetNetwork| -> f64 {
            let ways = network.edges().iter().flat_map(|e| [e.forward_ms, e.backward_ms]);
            ways.filter(|ms| *ms != NO_WAY).map(f64::from).sum()
        };
        let ratio = both_ways(&laid) / both_ways(&plain);
        assert!((1.01..1.5).contains(&ratio), "{} {ratio}", mode.id());
    }
}
