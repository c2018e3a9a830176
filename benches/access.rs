//! How long streets take: read, build, place points, search. On Porto's streets where they are at hand, else on a
//! made grid of about as many junctions.

#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use rayon::prelude::*;
use scale::access::Opportunities;
use scale::formats::osm::{self, Multipolygons, Sift};
use scale::model::osm::{Extract, Position, Way};
use scale::network::streets::{
    Blocks, Contracted, Direction, Mode, Passage, Passages, Profiles, Search, Snap, SnapIndex,
    StreetNetwork, Targets, build, nearest,
};

const PORTO: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/porto/porto_portugal.osm.pbf");

/// Milliseconds to walk so many metres at 5 km/h.
const fn walk(metres: u32) -> u32 {
    metres * 720
}

fn read(path: &Path) -> Extract<Passages, Blocks> {
    let profiles = Profiles::built_in().unwrap();
    let sift = Sift {
        way: &|tags| profiles.passages(tags),
        node: &|tags| profiles.blocks(tags),
        within: None,
        multipolygons: Multipolygons::Leave,
    };
    osm::read(path, &sift).unwrap()
}

/// 260 by 260 streets, 100 m apart.
fn grid() -> Extract<Passages, Blocks> {
    const SIDE: i64 = 260;
    let node = |x: i64, y: i64| y * SIDE + x;
    let place = |x: i64, y: i64| Position::from_degrees(degrees(x), degrees(y)).unwrap();
    let all = || (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (x, y)));
    let line = |id: i64, refs: Vec<i64>| Way {
        id,
        kept: [Passage { forward: 5.0, backward: 5.0 }; 3].into(),
        refs,
    };
    let across = (0..SIDE).map(|y| line(y, (0..SIDE).map(|x| node(x, y)).collect()));
    let along = (0..SIDE).map(|x| line(SIDE + x, (0..SIDE).map(|y| node(x, y)).collect()));
    Extract {
        node_ids: all().map(|(x, y)| node(x, y)).collect(),
        positions: all().map(|(x, y)| place(x, y)).collect(),
        ways: across.chain(along).collect(),
        ..Extract::default()
    }
}

#[allow(clippy::cast_precision_loss)]
fn degrees(step: i64) -> f64 {
    step as f64 * 0.0009
}

/// Every n-th junction, as a point of longitude and latitude.
fn every(network: &StreetNetwork, count: usize) -> Vec<Option<Snap>> {
    let index = SnapIndex::new(network);
    let step = (network.node_count() / count).max(1);
    let nodes: Vec<Position> = network.nodes().iter().copied().step_by(step).collect();
    place(&index, &nodes)
}

fn place(index: &SnapIndex<'_>, nodes: &[Position]) -> Vec<Option<Snap>> {
    let snap = |at: &Position| {
        let (lon, lat) = at.degrees();
        index.snap(lon, lat, 500.0, 5.0).ok()
    };
    nodes.par_iter().map(snap).collect()
}

fn sums(
    network: &StreetNetwork,
    origins: &[Option<Snap>],
    places: &[Option<Snap>],
    metres: u32,
) -> f64 {
    let targets = Targets::new(network, origins, Direction::Inward);
    let parts: Vec<Opportunities> = places
        .par_chunks(places.len().div_ceil(16))
        .map(|places| {
            let mut sum = Opportunities::within(f64::from(walk(metres)) / 60_000.0, origins.len());
            let mut search = Search::new(network, &targets);
            let mut reached = Vec::new();
            for place in places.iter().flatten() {
                reached.clear();
                search.run(network, place, &targets, walk(metres), |o, t| reached.push((o, t)));
                sum.add(1.0, &reached);
            }
            sum
        })
        .collect();
    parts.iter().flat_map(Opportunities::sums).sum()
}

fn matrix(network: &StreetNetwork, places: &[Option<Snap>]) -> u64 {
    let targets = Targets::new(network, places, Direction::Outward);
    places
        .par_iter()
        .map_init(
            || Search::new(network, &targets),
            |search, place| {
                let mut sum = 0_u64;
                let Some(place) = place else { return 0 };
                search.run(network, place, &targets, u32::MAX - 1, |_, t| sum += u64::from(t));
                sum
            },
        )
        .sum()
}

fn streets(c: &mut Criterion) {
    let path = Path::new(PORTO);
    let real = path.exists();
    let extract = if real { read(path) } else { grid() };
    let name = if real { "Porto" } else { "grid" };
    let network = build(&extract, Mode::Walk).unwrap();
    let index = SnapIndex::new(&network);
    let (all, points, few) =
        (every(&network, usize::MAX), every(&network, 2000), every(&network, 500));
    eprintln!("{name}: {} nodes, {} junctions", extract.node_ids.len(), network.node_count());
    let mut group = c.benchmark_group(name);
    group.sample_size(10);
    if real {
        group.bench_function("read the extract", |b| b.iter(|| black_box(read(path))));
    }
    group.bench_function("build the network", |b| b.iter(|| build(&extract, Mode::Walk)));
    group.bench_function("index the streets", |b| b.iter(|| SnapIndex::new(&network)));
    group.bench_function("place every junction", |b| b.iter(|| place(&index, network.nodes())));
    group.bench_function("nearest 5 of 2000, every junction", |b| {
        b.iter(|| nearest(&network, &all, &points, 5, walk(2400)));
    });
    for metres in [1200, 2400] {
        group.bench_function(format!("sum of 2000 within {metres} m, every junction"), |b| {
            b.iter(|| sums(&network, &all, &points, metres));
        });
    }
    group.bench_function("matrix 500 by 500, a search each", |b| {
        b.iter(|| matrix(&network, &few));
    });
    group.bench_function("contract the network", |b| b.iter(|| Contracted::new(&network)));
    group.bench_function("matrix 500 by 500, contraction included", |b| {
        b.iter(|| Contracted::new(&network).matrix(&few, &few, u32::MAX - 1));
    });
    let bytes = network.to_bytes();
    group.bench_function("network to bytes", |b| b.iter(|| network.to_bytes()));
    group.bench_function("network from bytes", |b| b.iter(|| StreetNetwork::from_bytes(&bytes)));
    group.finish();
}

criterion_group!(benches, streets);
criterion_main!(benches);
