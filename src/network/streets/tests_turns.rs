//! Turn restrictions by hand, and on random cities against a plain search from street to street.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::tests::{at, both, cities, extract, snap_all, times};
use super::*;
use crate::model::osm::{Extract, Position, TurnRestriction};

type City = Extract<Passages, Blocks>;

fn rule(from_way: i64, via_node: i64, to_way: i64, only: bool) -> TurnRestriction {
    TurnRestriction { from_way, via_node, to_way, only }
}

/// A crossing in the middle of four streets, ways 0 to 3: west, south, east and north of it. The ends of east and
/// north are joined by way 4.
fn crossing(rules: &[TurnRestriction]) -> City {
    let nodes = [at(0, 0), at(-2, 0), at(0, -2), at(2, 0), at(0, 2)];
    let ways: [(&[i64], Passages); 5] = [
        (&[1, 0], both(36.0)),
        (&[2, 0], both(36.0)),
        (&[0, 3], both(36.0)),
        (&[0, 4], both(36.0)),
        (&[3, 4], both(36.0)),
    ];
    Extract { restrictions: rules.to_vec(), ..extract(&nodes, &ways) }
}

fn seconds(city: &City, mode: Mode, from: usize, to: usize) -> f64 {
    let network = build(city, mode).unwrap();
    let points = snap_all(&network, &city.positions);
    f64::from(times(&network, &points, Direction::Outward)[from][to]) / 1000.0
}

fn near(found: f64, metres: f64) -> bool {
    (found - metres / 10.0).abs() < 0.1
}

#[test]
fn a_forbidden_turn_leads_round_by_another_street() {
    let city = crossing(&[rule(0, 0, 3, false)]);
    let metres = |a: usize, b: usize| metres_between(city.positions[a], city.positions[b]);
    let (east, west, north) = (metres(0, 3), metres(1, 0), metres(0, 4));
    assert!(near(seconds(&city, Mode::Car, 1, 4), west + east + metres(3, 4)));
    assert!(near(seconds(&city, Mode::Car, 1, 3), west + east), "straight on");
    assert!(near(seconds(&city, Mode::Car, 4, 1), north + west), "the other way");
    assert!(near(seconds(&city, Mode::Car, 2, 4), metres(2, 0) + north), "from another street");
    assert!(near(seconds(&city, Mode::Car, 1, 0), west), "to the crossing itself");
    assert!(near(seconds(&city, Mode::Car, 0, 4), north), "from the crossing itself");
    for mode in [Mode::Walk, Mode::Bicycle] {
        assert!(near(seconds(&city, mode, 1, 4), west + north), "not for {}", mode.id());
    }
}

#[test]
fn an_only_rule_forbids_every_other_turn() {
    let city = crossing(&[rule(0, 0, 2, true)]);
    let metres = |a: usize, b: usize| metres_between(city.positions[a], city.positions[b]);
    let round = metres(1, 0) + metres(0, 3) + metres(3, 4);
    assert!(near(seconds(&city, Mode::Car, 1, 4), round));
    // East and north are one street with a bend in it, on which nobody turns round: south comes after all of it.
    let back = round + metres(4, 0) + metres(0, 2);
    assert!(near(seconds(&city, Mode::Car, 1, 2), back));
}

#[test]
fn a_crossing_that_every_street_may_only_cross_still_holds_the_streets_together() {
    let straight =
        [rule(0, 0, 2, true), rule(2, 0, 0, true), rule(1, 0, 3, true), rule(3, 0, 1, true)];
    let network = build(&crossing(&straight), Mode::Car).unwrap();
    assert!((network.pieces().usable_length - 1.0).abs() < 1e-9, "{:?}", network.pieces());
    assert_eq!(network.pieces().count, 1);
    let plain = build(&crossing(&[]), Mode::Car).unwrap();
    assert_eq!(network.edges().len(), plain.edges().len());
}

/// A step of a way, from node to node.
#[derive(Clone, Copy, PartialEq)]
struct Step {
    way: usize,
    place: usize,
    from: usize,
    to: usize,
    ms: f64,
}

fn steps(city: &City) -> Vec<Step> {
    let mut steps = Vec::new();
    for (way, drawn) in city.ways.iter().enumerate() {
        for (place, pair) in drawn.refs.windows(2).enumerate() {
            let [a, b] = [0, 1].map(|side: usize| usize::try_from(pair[side]).unwrap());
            let metres = metres_between(city.positions[a], city.positions[b]);
            let passage = drawn.kept.of(Mode::Car);
            for (from, to, kmh) in [(a, b, passage.forward), (b, a, passage.backward)] {
                if a != b && kmh > 0.0 {
                    let ms = metres / 1000.0 / f64::from(kmh) * 3_600_000.0;
                    steps.push(Step { way, place, from, to, ms });
                }
            }
        }
    }
    steps
}

fn is_reverse(a: &Step, b: &Step) -> bool {
    (a.way, a.place, a.from, a.to) == (b.way, b.place, b.to, b.from)
}

/// Whether a trip may go from one step to another, read straight from the rules.
fn may_follow(city: &City, steps: &[Step], junctions: &[Position], a: &Step, b: &Step) -> bool {
    let id = |step: &Step| i64::try_from(step.way).unwrap();
    let here = |rule: &&TurnRestriction| {
        usize::try_from(rule.via_node) == Ok(a.to) && rule.from_way == id(a)
    };
    let leaves = |step: &&Step, way: i64| step.from == a.to && id(step) == way;
    // What an only-rule means, if its street is there.
    let meant = |rule: &TurnRestriction| -> Vec<Step> {
        let all = steps.iter().filter(|step| leaves(step, rule.to_way)).copied();
        let all: Vec<Step> = all.collect();
        let on: Vec<Step> = all.iter().filter(|step| !is_reverse(a, step)).copied().collect();
        if rule.from_way == rule.to_way && !on.is_empty() { on } else { all }
    };
    let rules = city.restrictions.iter().filter(here);
    let only: Vec<Step> = rules.clone().filter(|rule| rule.only).flat_map(meant).collect();
    let forbidden = rules.filter(|rule| !rule.only).any(|rule| {
        let round = rule.from_way == rule.to_way;
        if round { is_reverse(a, b) } else { rule.to_way == id(b) }
    });
    let turns_on_the_way = is_reverse(a, b) && !junctions.contains(&city.positions[a.to]);
    a.to == b.from && !turns_on_the_way && !forbidden && (only.is_empty() || only.contains(b))
}

/// Times between all nodes: each step is settled by relaxing every turn until nothing changes.
fn plain(city: &City, junctions: &[Position]) -> Vec<Vec<f64>> {
    let steps = steps(city);
    let mut turns = Vec::new();
    for (row, a) in steps.iter().enumerate() {
        for (next, b) in steps.iter().enumerate() {
            if may_follow(city, &steps, junctions, a, b) {
                turns.push((row, next));
            }
        }
    }
    let nodes = city.positions.len();
    let from = |source: usize| {
        let start = |step: &Step| if step.from == source { step.ms } else { f64::INFINITY };
        let mut ends: Vec<f64> = steps.iter().map(start).collect();
        let mut moved = true;
        while moved {
            moved = false;
            for &(a, b) in &turns {
                let time = ends[a] + steps[b].ms;
                if time < ends[b] - 1e-9 {
                    (ends[b], moved) = (time, true);
                }
            }
        }
        let mut row = vec![f64::INFINITY; nodes];
        for (step, time) in steps.iter().zip(&ends) {
            row[step.to] = row[step.to].min(*time);
        }
        row[source] = 0.0;
        row
    };
    (0..nodes).map(from).collect()
}

/// A random city with rules at its junctions, most of them about ways that meet there.
fn restricted() -> impl Strategy<Value = City> {
    let rules =
        prop::collection::vec((0..64_usize, 0..64_usize, 0..64_usize, any::<bool>()), 1..12);
    (cities(), rules).prop_map(|(mut city, rules)| {
        for (via, from, to, only) in rules {
            let via = i64::try_from(via % city.positions.len()).unwrap();
            let here = city.ways.iter().filter(|way| way.refs.contains(&via));
            let here: Vec<i64> = here.map(|way| way.id).collect();
            if !here.is_empty() {
                let pick = |row: usize| here[row % here.len()];
                city.restrictions.push(rule(pick(from), via, pick(to), only));
            }
        }
        city
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Between corners, the split network gives the times of a search that knows each street it came by.
    #[test]
    fn times_are_those_of_a_plain_search_from_street_to_street(city in restricted()) {
        let Ok(network) = build(&city, Mode::Car) else { return Ok(()) };
        let plain = plain(&city, network.nodes());
        let snaps: Vec<Option<Snap>> = snap_all(&network, &city.positions)
            .into_iter()
            .map(|snap| snap.filter(|snap| snap.distance_m < 0.01))
            .collect();
        let outward = times(&network, &snaps, Direction::Outward);
        let inward = times(&network, &snaps, Direction::Inward);
        let first = nearest(&network, &snaps, &snaps, snaps.len(), NO_WAY - 1);
        for (from, row) in outward.iter().enumerate() {
            for (to, &found) in row.iter().enumerate() {
                if snaps[from].is_none() || snaps[to].is_none() {
                    continue;
                }
                prop_assert_eq!(found, inward[to][from]);
                let expected = plain[from][to];
                if found == NO_WAY {
                    prop_assert!(expected.is_infinite(), "{from} {to} {expected}");
                } else {
                    prop_assert!((f64::from(found) - expected).abs() <= 60.0, "{from} {to} {found} {expected}");
                }
                let near = first[from].iter().find(|near| near.destination as usize == to);
                prop_assert_eq!(near.map_or(NO_WAY, |near| near.time_ms), found);
            }
        }
    }
}
