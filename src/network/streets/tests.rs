//! Networks by hand, and random ones against a plain search that knows no folding and no heap.

#![allow(clippy::unwrap_used)]

mod beside;
mod border;
mod ferry;
mod reach;

use proptest::prelude::*;

use super::*;
use crate::model::osm::{Extract, Position, Way};

/// Metres a step of the grid is long, roughly; exact lengths come from [`metres_between`].
const STEP: i32 = 10_000;

pub(super) fn at(x: i32, y: i32) -> Position {
    Position { lon: 180_000_000 + x * STEP, lat: 593_000_000 + y * STEP }
}

pub(super) fn both(kmh: f32) -> Passages {
    [Passage { forward: kmh, backward: kmh }; 3].into()
}

pub(super) fn one_way(kmh: f32) -> Passages {
    [Passage { forward: kmh, backward: 0.0 }; 3].into()
}

pub(super) fn extract(
    nodes: &[Position],
    ways: &[(&[i64], Passages)],
) -> Extract<Passages, Blocks> {
    let way = |(id, (refs, kept)): (i64, &(&[i64], Passages))| Way {
        id,
        kept: *kept,
        refs: refs.to_vec(),
    };
    Extract {
        node_ids: (0..nodes.len()).map(|id| i64::try_from(id).unwrap()).collect(),
        positions: nodes.to_vec(),
        ways: (0..).zip(ways).map(way).collect(),
        ..Extract::default()
    }
}

pub(super) fn snap_all(network: &StreetNetwork, points: &[Position]) -> Vec<Option<Snap>> {
    let index = SnapIndex::new(network);
    let snap = |point: &Position| {
        let (lon, lat) = point.degrees();
        index.snap(lon, lat, 1e6, 5.0).ok()
    };
    points.iter().map(snap).collect()
}

/// Milliseconds from each source to each target.
pub(super) fn times(
    network: &StreetNetwork,
    points: &[Option<Snap>],
    direction: Direction,
) -> Vec<Vec<u32>> {
    let targets = Targets::new(network, points, direction);
    let mut search = Search::new(network, &targets);
    let row = |source: &Option<Snap>| {
        let mut row = vec![NO_WAY; points.len()];
        if let Some(source) = source {
            search.run(network, source, &targets, NO_WAY - 1, |to, ms| row[to as usize] = ms);
        }
        row
    };
    let times: Vec<Vec<u32>> = points.iter().map(row).collect();
    if direction == Direction::Outward {
        contracted_times_are(network, points, &times);
    }
    times
}

/// Every test of times is one of the contracted network, too, with a core of everything, of some and of nothing.
fn contracted_times_are(network: &StreetNetwork, points: &[Option<Snap>], times: &[Vec<u32>]) {
    let row = |row: &Vec<u32>, limit: u32| {
        let found = (0_u32..).zip(row.iter().copied()).filter(|(_, time)| *time <= limit);
        found.collect::<Vec<_>>()
    };
    for most in [0, 1, 2, 3, 20] {
        let contracted = Contracted::with_most(network, most);
        for limit in [NO_WAY - 1, 300_000] {
            let plain: Vec<_> = times.iter().map(|times| row(times, limit)).collect();
            assert_eq!(contracted.matrix(points, points, limit), plain, "{most} {limit}");
        }
    }
}

fn walking_ms(metres: f64) -> f64 {
    metres / 5000.0 * 3_600_000.0
}

#[test]
fn a_walk_around_a_corner_takes_the_length_of_both_streets() {
    let nodes = [at(0, 0), at(1, 0), at(1, 1)];
    let streets = extract(&nodes, &[(&[0, 1, 2], both(5.0))]);
    let network = build(&streets, Mode::Walk).unwrap();
    assert_eq!((network.node_count(), network.edges().len()), (2, 1), "the corner is folded");
    let found = times(&network, &snap_all(&network, &nodes), Direction::Outward);
    let expected =
        walking_ms(metres_between(nodes[0], nodes[1]) + metres_between(nodes[1], nodes[2]));
    assert!((f64::from(found[0][2]) - expected).abs() <= 1.0);
    assert!((f64::from(found[1][2]) - walking_ms(metres_between(nodes[1], nodes[2]))).abs() <= 1.0);
    assert_eq!(found[0][0], 0);
}

#[test]
fn a_point_beside_the_street_is_charged_the_way_to_it() {
    let nodes = [at(0, 0), at(4, 0)];
    let network = build(&extract(&nodes, &[(&[0, 1], both(5.0))]), Mode::Walk).unwrap();
    let points = [at(1, 1), at(3, 0)];
    let snaps = snap_all(&network, &points);
    let away = metres_between(at(1, 1), at(1, 0));
    assert!((snaps[0].unwrap().distance_m - away).abs() < 0.01);
    let found = times(&network, &snaps, Direction::Outward);
    let expected = walking_ms(away + metres_between(at(1, 0), at(3, 0)));
    assert!((f64::from(found[0][1]) - expected).abs() <= 3.0, "{} {expected}", found[0][1]);
}

#[test]
fn one_way_streets_lead_round_the_block() {
    // A triangle of one-way streets 0 → 1 → 2 → 0.
    let nodes = [at(0, 0), at(2, 0), at(1, 2)];
    let ring = extract(&nodes, &[(&[0, 1], one_way(36.0)), (&[1, 2, 0], one_way(36.0))]);
    let network = build(&ring, Mode::Car).unwrap();
    let points = [at(0, 0), at(2, 0)];
    let snaps = snap_all(&network, &points);
    let there = metres_between(nodes[0], nodes[1]) / 10.0 * 1000.0;
    let back = (metres_between(nodes[1], nodes[2]) + metres_between(nodes[2], nodes[0])) * 100.0;
    let found = times(&network, &snaps, Direction::Outward);
    assert!((f64::from(found[0][1]) - there).abs() <= 2.0, "{found:?} {there}");
    assert!((f64::from(found[1][0]) - back).abs() <= 2.0, "{found:?} {back}");
    let inward = times(&network, &snaps, Direction::Inward);
    assert_eq!((inward[0][1], inward[1][0]), (found[1][0], found[0][1]));
}

#[test]
fn a_point_is_never_put_on_a_small_piece() {
    // A long street, and a short one that nothing joins, right beside the point.
    let nodes = [at(0, 0), at(50, 0), at(10, 2), at(11, 2)];
    let streets = extract(&nodes, &[(&[0, 1], both(5.0)), (&[2, 3], both(5.0))]);
    let network = build(&streets, Mode::Walk).unwrap();
    assert_eq!((network.pieces().count, network.pieces().usable), (2, 1));
    let snap = snap_all(&network, &[at(10, 2)])[0].unwrap();
    assert!((snap.distance_m - metres_between(at(10, 2), at(10, 0))).abs() < 0.1);
}

#[test]
fn a_point_without_a_street_within_the_limit_is_reported() {
    let nodes = [at(0, 0), at(1, 0)];
    let network = build(&extract(&nodes, &[(&[0, 1], both(5.0))]), Mode::Walk).unwrap();
    let index = SnapIndex::new(&network);
    assert_eq!(index.snap(18.5, 59.3, 500.0, 5.0), Err(Unplaced::TooFar));
    assert_eq!(index.snap(f64::NAN, 59.3, 500.0, 5.0), Err(Unplaced::NoPosition));
    assert!(index.snap(18.5, 59.3, 100_000.0, 5.0).is_ok());
}

#[test]
fn a_street_ends_at_a_barrier_and_where_the_extract_ends() {
    let nodes = [at(0, 0), at(1, 0), at(2, 0), at(3, 0)];
    let mut streets = extract(&nodes, &[(&[0, 1, 2, 3, 99], both(30.0))]);
    streets.tagged = vec![(1, [false, false, true])];
    let car = build(&streets, Mode::Car).unwrap();
    assert_eq!(car.edges().len(), 1, "only what lies behind the bollard");
    assert!((f64::from(car.edges()[0].length_m) - metres_between(at(2, 0), at(3, 0))).abs() < 0.01);
    assert_eq!(build(&streets, Mode::Walk).unwrap().edges().len(), 1);
}

#[test]
fn streets_above_the_wanted_stress_are_closed_to_bicycles_alone() {
    // A short busy street from 0 to 1, and a quiet detour over 2.
    let nodes = [at(0, 0), at(4, 0), at(2, 2)];
    let busy = Stress { level: 4, reason: Reason::MixedSpeed, ..Stress::default() };
    let busy = Passages { stress: busy, ..both(15.0) };
    let streets = extract(&nodes, &[(&[0, 1], busy), (&[0, 2, 1], both(15.0))]);
    let limited = |most| Conditions { max_stress: Some(most), ..Conditions::default() };
    let level = |network: &StreetNetwork| {
        (0..network.edges().len()).filter_map(|edge| network.stress(edge)).map(|s| s.level).max()
    };
    let all = build_under(&streets, Mode::Bicycle, limited(4)).unwrap();
    let calm = build_under(&streets, Mode::Bicycle, limited(3)).unwrap();
    assert_eq!((all.edges().len(), level(&all)), (2, Some(4)));
    assert_eq!((calm.edges().len(), level(&calm)), (1, Some(1)));
    let car = build_under(&streets, Mode::Car, limited(3)).unwrap();
    assert_eq!((car.edges().len(), level(&car)), (1, None), "both streets, folded to a ring");
}

#[test]
fn no_streets_for_a_mode_is_an_error() {
    let streets = extract(&[at(0, 0), at(1, 0)], &[]);
    assert!(matches!(build(&streets, Mode::Walk), Err(NetworkError::NoStreets { mode: "walk" })));
}

/// Times between all nodes of an extract by relaxing every step until nothing changes.
fn plain(extract: &Extract<Passages, Blocks>) -> Vec<Vec<f64>> {
    let count = extract.positions.len();
    let mut times = vec![vec![f64::INFINITY; count]; count];
    for (node, row) in times.iter_mut().enumerate() {
        row[node] = 0.0;
    }
    let mut steps = Vec::new();
    for way in &extract.ways {
        for pair in way.refs.windows(2) {
            let (a, b) = (usize::try_from(pair[0]).unwrap(), usize::try_from(pair[1]).unwrap());
            let metres = metres_between(extract.positions[a], extract.positions[b]);
            let ms = |kmh: f32| metres / 1000.0 / f64::from(kmh) * 3_600_000.0;
            if way.kept.by_mode[0].forward > 0.0 {
                steps.push((a, b, ms(way.kept.by_mode[0].forward)));
            }
            if way.kept.by_mode[0].backward > 0.0 {
                steps.push((b, a, ms(way.kept.by_mode[0].backward)));
            }
        }
    }
    for row in &mut times {
        for _ in 0..count {
            for &(a, b, ms) in &steps {
                row[b] = row[b].min(row[a] + ms);
            }
        }
    }
    times
}

/// A city of up to twelve corners and up to ten streets, some one way.
pub(super) fn cities() -> impl Strategy<Value = Extract<Passages, Blocks>> {
    let corners = prop::collection::btree_set((0..6_i32, 0..6_i32), 4..12);
    let streets =
        prop::collection::vec((prop::collection::vec(0..12_usize, 2..5), any::<bool>()), 3..10);
    (corners, streets).prop_map(|(corners, streets)| {
        // Bent a little, so that no corner lies on a street that it does not belong to.
        let bent = |x, y| {
            let Position { lon, lat } = at(x, y);
            Position { lon: lon + y * y * 137, lat: lat + x * x * 211 }
        };
        let nodes: Vec<Position> = corners.into_iter().map(|(x, y)| bent(x, y)).collect();
        let ways: Vec<(Vec<i64>, Passages)> = streets
            .into_iter()
            .map(|(refs, single)| {
                let refs = refs.into_iter().map(|r| i64::try_from(r % nodes.len()).unwrap());
                (refs.collect(), if single { one_way(10.0) } else { both(10.0) })
            })
            .collect();
        let ways: Vec<(&[i64], Passages)> = ways.iter().map(|(r, p)| (r.as_slice(), *p)).collect();
        extract(&nodes, &ways)
    })
}

proptest! {
    /// Between points that lie on corners, the folded network gives the times of the plain one.
    #[test]
    fn times_are_those_of_a_plain_search(city in cities()) {
        let Ok(network) = build(&city, Mode::Walk) else { return Ok(()) };
        let plain = plain(&city);
        let snaps: Vec<Option<Snap>> = snap_all(&network, &city.positions)
            .into_iter()
            .map(|snap| snap.filter(|snap| snap.distance_m < 0.01))
            .collect();
        let outward = times(&network, &snaps, Direction::Outward);
        let inward = times(&network, &snaps, Direction::Inward);
        for (from, row) in outward.iter().enumerate() {
            for (to, &found) in row.iter().enumerate() {
                if snaps[from].is_none() || snaps[to].is_none() {
                    continue;
                }
                prop_assert_eq!(found, inward[to][from]);
                let expected = plain[from][to];
                if found == NO_WAY {
                    prop_assert!(expected.is_infinite());
                } else {
                    // Rounding to milliseconds, once an edge.
                    prop_assert!((f64::from(found) - expected).abs() <= 30.0, "{found} {expected}");
                }
            }
        }
    }

    /// The k nearest are the first k of a search from each origin.
    #[test]
    fn the_nearest_are_the_first_of_all(city in cities(), k in 1_usize..4, limit in 1_u32..600_000) {
        let Ok(network) = build(&city, Mode::Walk) else { return Ok(()) };
        let snaps = snap_all(&network, &city.positions);
        let found = nearest(&network, &snaps, &snaps, k, limit);
        let all = times(&network, &snaps, Direction::Outward);
        for (row, found) in all.iter().zip(&found) {
            let mut expected: Vec<Found> = (0_u32..)
                .zip(row)
                .filter(|(_, ms)| **ms <= limit)
                .map(|(destination, &time_ms)| Found { time_ms, destination })
                .collect();
            expected.sort_unstable();
            expected.truncate(k);
            let ms = |found: &[Found]| found.iter().map(|f| f.time_ms).collect::<Vec<_>>();
            prop_assert_eq!(ms(found), ms(&expected));
        }
    }
}
