//! How long public transport takes on Porto Alegre's two feeds: read, build the timetable, search. Without the feeds it
//! says that it skips. The streets are left out: one walks 1.3 times the straight line.

#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

use std::path::{Path, PathBuf};

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::civil::date;
use rayon::prelude::*;
use scale::formats::gtfs;
use scale::network::transit::{
    Destinations, Egress, Footpaths, Request, Search, Timetable, TimetableOptions, Wait,
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/porto-alegre");
/// From 14:00 to 16:00, a departure a minute.
const WINDOW: std::ops::Range<u32> = 50_400..57_600;

type Place = [f64; 2];

fn feeds() -> Option<Vec<PathBuf>> {
    let files = ["poa_eptc.zip", "poa_trensurb.zip", "poa_hexgrid.csv"];
    let files = files.map(|name| Path::new(FOLDER).join(name));
    if let Some(missing) = files.iter().find(|file| !file.exists()) {
        eprintln!("skipped: {} is not there", missing.display());
        return None;
    }
    Some(files[..2].to_vec())
}

fn cells() -> Vec<Place> {
    let text = std::fs::read_to_string(Path::new(FOLDER).join("poa_hexgrid.csv")).unwrap();
    let place = |line: &str| {
        let mut fields = line.split(',').skip(1).map(|field| field.parse().unwrap());
        [fields.next().unwrap(), fields.next().unwrap()]
    };
    text.lines().skip(1).map(place).collect()
}

/// Seconds on foot at 5 km/h along 1.3 times the straight line, where that is within the limit.
fn walks(from: &[Place], to: &[Place], limit: u32) -> Vec<(u32, u32, u32)> {
    let seconds = |a: Place, b: Place| {
        let north = (a[1] - b[1]) * 111_195.0;
        let east = (a[0] - b[0]) * 111_195.0 * a[1].to_radians().cos();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let seconds = (north.hypot(east) * 1.3 / (5.0 / 3.6)).round() as u32;
        seconds
    };
    let near = |(row, &place): (u32, &Place)| {
        let reached = (0_u32..).zip(to).map(move |(at, &other)| (row, at, seconds(place, other)));
        reached.filter(|walk| walk.2 <= limit).collect::<Vec<_>>()
    };
    (0_u32..).zip(from).flat_map(near).collect()
}

/// The city without streets.
struct City {
    timetable: Timetable,
    cells: usize,
    access: Vec<(u32, u32, u32)>,
    footpaths: Footpaths,
    egress: Egress,
}

impl City {
    fn new(timetable: Timetable) -> Self {
        let stops: Vec<Place> = timetable.stops().iter().map(|stop| stop.lon_lat).collect();
        let cells = cells();
        let access = walks(&cells, &stops, 900);
        let footpaths = Footpaths::new(&timetable, walks(&stops, &stops, 600)).unwrap();
        let egress = Egress::new(stops.len(), cells.len(), walks(&stops, &cells, 900)).unwrap();
        Self { timetable, cells: cells.len(), access, footpaths, egress }
    }

    /// How many cells are reached within an hour from every `every`th one, over all departures.
    fn search(&self, every: usize) -> usize {
        let origins: Vec<usize> = (0..self.cells).step_by(every).collect();
        let room = || (Search::new(), Destinations::default(), vec![0; self.cells]);
        let from = |(search, destinations, seconds): &mut (Search, Destinations, Vec<u32>),
                    cell| {
            let first = self.access.partition_point(|walk| (walk.0 as usize) < cell);
            let here = self.access[first..].iter().take_while(|walk| walk.0 as usize == cell);
            let access: Vec<(u32, u32)> = here.map(|walk| (walk.1, walk.2)).collect();
            let request = Request {
                access: &access,
                window: WINDOW,
                step: 60,
                max_rides: 4,
                max_duration: 3_600,
                min_transfer: 60,
                wait: Wait::Counted,
            };
            let mut reached = 0;
            destinations.start(&self.egress);
            search
                .run(&self.timetable, &self.footpaths, &request, |minute| {
                    destinations.follow(&self.egress, minute);
                    destinations.seconds_into(minute, seconds);
                    reached += seconds.iter().filter(|time| **time <= 3_600).count();
                })
                .unwrap();
            reached
        };
        origins.into_par_iter().map_init(room, from).sum()
    }
}

fn transit(c: &mut Criterion) {
    let Some(files) = feeds() else { return };
    let read = || files.iter().map(|file| gtfs::read(file).unwrap().0).collect::<Vec<_>>();
    let options = TimetableOptions { wheelchair: false, span: 50_400..72_000 };
    let feeds = read();
    let build = || Timetable::build(&feeds, date(2019, 5, 13), &options).unwrap().0;
    let city = City::new(build());
    let mut group = c.benchmark_group("Porto Alegre");
    group.sample_size(10);
    group.bench_function("read two feeds", |b| b.iter(read));
    group.bench_function("build the timetable of a day", |b| b.iter(build));
    group.bench_function("61 cells to all within an hour, 120 departures", |b| {
        b.iter(|| city.search(20));
    });
    group.bench_function("1227 cells to all within an hour, 120 departures", |b| {
        b.iter(|| city.search(1));
    });
    group.finish();
}

criterion_group!(benches, transit);
criterion_main!(benches);
