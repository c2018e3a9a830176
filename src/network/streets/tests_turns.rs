//! Turn restrictions by hand, and on random cities against a plain search from street to street.

#![allow(clippy::unwrap_used)]

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use proptest::prelude::*;

use super::tests::{at, both, cities, extract, snap_all, times};
use super::*;
use crate::model::osm::{Extract, PathRestriction, Position, TurnRestriction};

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

/// Two streets side by side, ways 0 with 4 and 2 with 3, joined in the middle by way 1 and at the east end by way 5.
fn side_by_side(only: bool, to: i64) -> City {
    let nodes = [at(0, 0), at(-2, 0), at(0, 3), at(-2, 3), at(2, 3), at(2, 0)];
    let ways: [(&[i64], Passages); 6] = [
        (&[1, 0], both(36.0)),
        (&[0, 2], both(36.0)),
        (&[2, 3], both(36.0)),
        (&[2, 4], both(36.0)),
        (&[0, 5], both(36.0)),
        (&[4, 5], both(36.0)),
    ];
    let rule = PathRestriction { from_way: 0, via_ways: vec![1], to_way: to, only };
    Extract { path_restrictions: vec![rule], ..extract(&nodes, &ways) }
}

#[test]
fn turning_round_by_a_link_is_forbidden_to_those_who_came_by_the_street_alone() {
    for city in [side_by_side(false, 2), side_by_side(true, 3)] {
        let metres = |a: usize, b: usize| metres_between(city.positions[a], city.positions[b]);
        let link = metres(1, 0) + metres(0, 2);
        let round = metres(1, 0) + metres(0, 5) + metres(5, 4) + metres(4, 2) + metres(2, 3);
        assert!(near(seconds(&city, Mode::Car, 1, 3), round));
        assert!(near(seconds(&city, Mode::Car, 1, 2), link), "to the end of the link");
        assert!(near(seconds(&city, Mode::Car, 1, 4), link + metres(2, 4)), "the other way there");
        let other = metres(5, 0) + metres(0, 2) + metres(2, 3);
        assert!(near(seconds(&city, Mode::Car, 5, 3), other), "from the other street");
        assert!(near(seconds(&city, Mode::Car, 3, 1), link + metres(2, 3)), "backwards");
        assert!(near(seconds(&city, Mode::Walk, 1, 3), link + metres(2, 3)), "on foot");
        // A place half way along the link.
        let middle = at(0, 1);
        let network = build(&city, Mode::Car).unwrap();
        let points = snap_all(&network, &[city.positions[1], middle]);
        let found = times(&network, &points, Direction::Outward)[0][1];
        let expected = metres(1, 0) + metres_between(city.positions[0], middle);
        assert!(near(f64::from(found) / 1000.0, expected), "{found}");
    }
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

/// A rule over a street as steps: the way it comes from, the node there, the steps, the way it leads to.
struct Watched {
    from: usize,
    start: usize,
    along: Vec<usize>,
    to: usize,
    only: bool,
}

/// The rules over one way each, read straight from its nodes; none whose way is closed in that direction.
fn watched(city: &City, steps: &[Step]) -> Vec<Watched> {
    let row = |id: i64| usize::try_from(id).unwrap();
    let read = |rule: &PathRestriction| {
        let (from, via, to) = (row(rule.from_way), row(rule.via_ways[0]), row(rule.to_way));
        let there = city.ways[via].refs.clone();
        let back: Vec<i64> = there.iter().rev().copied().collect();
        let nodes = [there, back].into_iter().find(|nodes| {
            city.ways[from].refs.contains(&nodes[0])
                && city.ways[to].refs.contains(nodes.last().unwrap())
        })?;
        let step = |pair: &[i64]| {
            let is = |s: &Step| (s.way, s.from, s.to) == (via, row(pair[0]), row(pair[1]));
            steps.iter().position(is)
        };
        let along = nodes.windows(2).map(step).collect::<Option<_>>()?;
        Some(Watched { from, start: row(nodes[0]), along, to, only: rule.only })
    };
    city.path_restrictions.iter().filter_map(read).collect()
}

impl Watched {
    /// Whether some steps are the beginning of what is watched, all of it where `whole`.
    fn begins(&self, steps: &[Step], taken: &[usize], whole: bool) -> bool {
        let (first, rest) = (&steps[taken[0]], &taken[1..]);
        (first.way, first.to) == (self.from, self.start)
            && if whole { self.along == rest } else { self.along.starts_with(rest) }
    }
}

/// The steps that a trip may take next which took these.
fn next_steps(
    rules: &[Watched],
    steps: &[Step],
    turns: &[Vec<usize>],
    taken: &[usize],
) -> Vec<usize> {
    let done = rules
        .iter()
        .filter(|rule| (0..taken.len()).any(|start| rule.begins(steps, &taken[start..], true)));
    let done: Vec<&Watched> = done.collect();
    let all = &turns[*taken.last().unwrap()];
    let leads = |rule: &Watched, step: &usize| steps[*step].way == rule.to;
    let only: Vec<usize> = all
        .iter()
        .filter(|step| done.iter().any(|rule| rule.only && leads(rule, step)))
        .copied()
        .collect();
    let is_free = |step: &&usize| !done.iter().any(|rule| !rule.only && leads(rule, step));
    let is_meant = |step: &&usize| only.is_empty() || only.contains(step);
    all.iter().filter(is_free).filter(is_meant).copied().collect()
}

/// Times between all nodes: trips that remember the streets they came by, as far back as any rule asks.
fn plain(city: &City, junctions: &[Position]) -> Vec<Vec<f64>> {
    let steps = steps(city);
    let rules = watched(city, &steps);
    let turns: Vec<Vec<usize>> = steps
        .iter()
        .map(|a| {
            let follows = |b: &usize| may_follow(city, &steps, junctions, a, &steps[*b]);
            (0..steps.len()).filter(follows).collect()
        })
        .collect();
    let nodes = city.positions.len();
    let from = |source: usize| {
        let mut known: BTreeMap<Vec<usize>, f64> = BTreeMap::new();
        // The bits of times, which are positive, sort as they do.
        let mut open = BinaryHeap::new();
        for (row, step) in steps.iter().enumerate().filter(|(_, step)| step.from == source) {
            open.push(Reverse((step.ms.to_bits(), vec![row])));
        }
        while let Some(Reverse((bits, taken))) = open.pop() {
            if known.contains_key(&taken) {
                continue;
            }
            let time = f64::from_bits(bits);
            for next in next_steps(&rules, &steps, &turns, &taken) {
                let mut longer = taken.clone();
                longer.push(next);
                while longer.len() > 1
                    && !rules.iter().any(|rule| rule.begins(&steps, &longer, false))
                {
                    longer.remove(0);
                }
                open.push(Reverse(((time + steps[next].ms).to_bits(), longer)));
            }
            known.insert(taken, time);
        }
        let mut row = vec![f64::INFINITY; nodes];
        for (taken, time) in &known {
            let at = steps[*taken.last().unwrap()].to;
            row[at] = row[at].min(*time);
        }
        row[source] = 0.0;
        row
    };
    (0..nodes).map(from).collect()
}

/// A random city with rules at its junctions and over its ways, most of them about ways that meet there.
fn restricted() -> impl Strategy<Value = City> {
    let drawn = || (0..64_usize, 0..64_usize, 0..64_usize, any::<bool>());
    let rules = prop::collection::vec(drawn(), 0..12);
    let over_ways = prop::collection::vec(drawn(), 0..8);
    (cities(), rules, over_ways).prop_map(|(mut city, rules, over_ways)| {
        for (via, from, to, only) in over_ways {
            let way = &city.ways[via % city.ways.len()];
            let mut refs = way.refs.clone();
            refs.sort_unstable();
            refs.dedup();
            if refs.len() < way.refs.len() {
                continue;
            }
            let pick = |end: Option<&i64>, row: usize| {
                let here = city.ways.iter().filter(|way| way.refs.contains(end.unwrap()));
                let here: Vec<i64> = here.map(|way| way.id).collect();
                here[row % here.len()]
            };
            let (from_way, to_way) = (pick(way.refs.first(), from), pick(way.refs.last(), to));
            city.path_restrictions.push(PathRestriction {
                from_way,
                via_ways: vec![way.id],
                to_way,
                only,
            });
        }
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
