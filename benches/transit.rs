//! How long public transport takes on Porto Alegre's two feeds: read, build the timetable, search. Without the feeds it
//! says that it skips. The streets are left out: one walks 1.3 times the straight line.

#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

#[path = "../tests/common/porto_alegre.rs"]
mod porto_alegre;

use criterion::{Criterion, criterion_group, criterion_main};
use rayon::prelude::*;
use scale::network::transit::{Destinations, Search, Wait};

use porto_alegre::{City, feeds, request, timetable};

const HOUR: u32 = 3_600;

/// How many cells are reached within an hour from every `every`th one, over all departures.
fn search(city: &City, every: usize) -> usize {
    let origins: Vec<usize> = (0..city.cells).step_by(every).collect();
    let room = || (Search::new(), Destinations::default(), vec![0; city.cells]);
    let from = |(search, destinations, seconds): &mut (Search, Destinations, Vec<u32>), cell| {
        let access = city.access(cell);
        let request = request(&access, HOUR, Wait::Counted);
        let mut reached = 0;
        destinations.start(&city.egress);
        search
            .run(&city.timetable, &city.footpaths, &request, |minute| {
                destinations.follow(&city.egress, minute);
                destinations.seconds_into(minute, seconds);
                reached += seconds.iter().filter(|time| **time <= HOUR).count();
            })
            .unwrap();
        reached
    };
    origins.into_par_iter().map_init(room, from).sum()
}

fn transit(c: &mut Criterion) {
    let Some(both) = feeds() else { return };
    let build = || timetable(&both);
    let city = City::new(build());
    let mut group = c.benchmark_group("Porto Alegre");
    group.sample_size(10);
    group.bench_function("read two feeds", |b| b.iter(feeds));
    group.bench_function("build the timetable of a day", |b| b.iter(build));
    group.bench_function("62 cells to all within an hour, 120 departures", |b| {
        b.iter(|| search(&city, 20));
    });
    group.bench_function("1227 cells to all within an hour, 120 departures", |b| {
        b.iter(|| search(&city, 1));
    });
    group.finish();
}

criterion_group!(benches, transit);
criterion_main!(benches);
