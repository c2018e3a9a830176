//! Porto Alegre's two feeds of 13 May 2019, against trips read by hand; skipped where they are missing.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::path::Path;
use std::time::Instant;

use jiff::civil::date;
use rayon::prelude::*;

use super::{
    Destinations, Egress, Footpaths, Request, Search, Timetable, TimetableOptions, UNREACHED, Wait,
};
use crate::formats::gtfs;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/porto-alegre");
/// From 14:00 to 16:00.
const WINDOW: std::ops::Range<u32> = 50_400..57_600;

/// The timetable of the afternoon, or `None` with the reason printed.
fn timetable() -> Option<Timetable> {
    let files = ["poa_eptc.zip", "poa_trensurb.zip"].map(|name| Path::new(FOLDER).join(name));
    if let Some(missing) = files.iter().find(|file| !file.exists()) {
        eprintln!("skipped: {} is not there", missing.display());
        return None;
    }
    let feeds: Vec<_> = files.iter().map(|file| gtfs::read(file).unwrap().0).collect();
    let options = TimetableOptions { wheelchair: false, span: 50_400..72_000 };
    let (timetable, notices) = Timetable::build(&feeds, date(2019, 5, 13), &options).unwrap();
    eprintln!(
        "{} stops, {} patterns, {} trips, {notices:?}",
        timetable.stops().len(),
        timetable.pattern_count(),
        timetable.trip_count()
    );
    Some(timetable)
}

fn seconds(hours: u32, minutes: u32, seconds: u32) -> u32 {
    hours * 3_600 + minutes * 60 + seconds
}

/// Clock time at which one ride from a stop reaches another, for a departure.
fn ride(timetable: &Timetable, feed: u32, from: &str, to: &str, departure: u32) -> u32 {
    let [from, to] = [from, to].map(|id| timetable.stop(feed, id).unwrap());
    let request = Request {
        access: &[(from, 0)],
        window: departure..departure + 1,
        step: 60,
        max_rides: 1,
        max_duration: 7_200,
        min_transfer: 60,
        wait: Wait::Counted,
    };
    let footpaths = Footpaths::new(timetable, Vec::new()).unwrap();
    let mut arrival = UNREACHED;
    Search::new()
        .run(timetable, &footpaths, &request, |minute| arrival = departure + minute.seconds(to))
        .unwrap();
    arrival
}

#[test]
fn direct_trips_arrive_as_the_files_say() {
    let Some(timetable) = timetable() else { return };
    // Bus T1-1@1#1412, from the first stop to the last.
    assert_eq!(ride(&timetable, 0, "4019", "1512", seconds(14, 3, 0)), seconds(15, 12, 0));
    // Bus T1-2@1#1409.
    assert_eq!(ride(&timetable, 0, "1511", "5503", seconds(14, 0, 0)), seconds(15, 9, 0));
    // Bus T11-1@1#1437, caught in its minute.
    assert_eq!(ride(&timetable, 0, "3835", "6149", seconds(14, 37, 0)), seconds(15, 42, 0));
    // Bus T11-2@1#1426.
    assert_eq!(ride(&timetable, 0, "1050", "3691", seconds(14, 12, 0)), seconds(15, 37, 0));
    // Train FULLW_MR_NH_14:11:00 from Mercado to Canoas, and to its end in Novo Hamburgo.
    assert_eq!(ride(&timetable, 1, "MR", "CN", seconds(14, 1, 1)), seconds(14, 29, 35));
    assert_eq!(ride(&timetable, 1, "MR", "NH", seconds(14, 1, 1)), seconds(15, 3, 35));
    // Train FULLW_MR_NH_14:01:00 joined on its way at the airport.
    assert_eq!(ride(&timetable, 1, "AP", "SL", seconds(14, 5, 0)), seconds(14, 24, 35));
}

#[test]
fn medians_are_those_of_trips_read_by_hand() {
    let Some(timetable) = timetable() else { return };
    let footpaths = Footpaths::new(&timetable, Vec::new()).unwrap();
    let minutes = |minutes: u32| minutes * 60;
    for (feed, from, to, median) in [
        // T1-1 takes an hour and leaves at 14:02, 12, 22, 32, 42, 53, 15:04, 15, 27, 39 and 51: of the 120 departures 53
        // wait up to four minutes and 63 up to five.
        (0, "4019", "1512", minutes(65)),
        // T11-1 takes 65 minutes: 14:08, 23, 37, 49, 15:00, 10, 19, 28, 37, 46 and 55.
        (0, "3835", "6149", minutes(70)),
        // T11-2 takes 71 minutes: 14:11, 26, 41, 56, 15:08, 20, 32, 44 and 54.
        (0, "1050", "3691", minutes(77)),
        // The train leaves at one past every ten minutes: the 60th of 120 waits four. Canoas is 18:35 away.
        (1, "MR", "CN", minutes(4 + 18) + 35),
        (1, "AP", "SL", minutes(4 + 13) + 35),
    ] {
        let [from, to] = [from, to].map(|id| timetable.stop(feed, id).unwrap());
        let request = Request {
            access: &[(from, 0)],
            window: WINDOW,
            step: 60,
            max_rides: 1,
            max_duration: 7_200,
            min_transfer: 60,
            wait: Wait::Counted,
        };
        let mut found = Vec::new();
        Search::new()
            .run(&timetable, &footpaths, &request, |minute| {
                found.extend(minute.index.map(|_| minute.seconds(to)));
            })
            .unwrap();
        found.sort_unstable();
        assert_eq!((found.len(), found[59]), (120, median), "{from} {to}");
    }
}

type Place = [f64; 2];

/// Seconds on foot at 5 km/h along 1.3 times the straight line: there are no streets here.
fn walk(a: Place, b: Place) -> u32 {
    let north = (a[1] - b[1]) * 111_195.0;
    let east = (a[0] - b[0]) * 111_195.0 * (a[1].to_radians()).cos();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let seconds = (north.hypot(east) * 1.3 / (5.0 / 3.6)).round() as u32;
    seconds
}

fn walks(from: &[Place], to: &[Place], limit: u32) -> Vec<(u32, u32, u32)> {
    let near = |(number, &place): (u32, &Place)| {
        let reached = (0u32..).zip(to).map(move |(at, &other)| (number, at, walk(place, other)));
        reached.filter(|walk| walk.2 <= limit).collect::<Vec<_>>()
    };
    (0u32..).zip(from).flat_map(near).collect()
}

fn cells() -> Vec<Place> {
    let text = std::fs::read_to_string(Path::new(FOLDER).join("poa_hexgrid.csv")).unwrap();
    let place = |line: &str| {
        let mut fields = line.split(',').skip(1).map(|field| field.parse().unwrap());
        [fields.next().unwrap(), fields.next().unwrap()]
    };
    text.lines().skip(1).map(place).collect()
}

/// Median minutes of one origin to every cell.
fn medians(
    timetable: &Timetable,
    footpaths: &Footpaths,
    egress: &Egress,
    request: &Request<'_>,
    work: &mut (Search, Destinations, Vec<u32>),
    cells: usize,
) -> Vec<u32> {
    let (search, destinations, table) = work;
    let departures = request.departures() as usize;
    table.resize(cells * departures, UNREACHED);
    destinations.start(egress);
    search
        .run(timetable, footpaths, request, |minute| {
            destinations.follow(egress, minute);
            if let Some(index) = minute.index {
                let at = index as usize * cells;
                destinations.seconds_into(minute, &mut table[at..at + cells]);
            }
        })
        .unwrap();
    let mut column = vec![0; departures];
    let median = |cell: usize| {
        for (departure, seconds) in column.iter_mut().enumerate() {
            *seconds = table[departure * cells + cell];
        }
        *column.select_nth_unstable(departures / 2).1
    };
    (0..cells).map(median).collect()
}

/// The city without streets: who walks where, in a straight line.
struct City {
    timetable: Timetable,
    cells: usize,
    access: Vec<(u32, u32, u32)>,
    footpaths: Footpaths,
    egress: Egress,
}

impl City {
    fn read() -> Option<Self> {
        let began = Instant::now();
        let timetable = timetable()?;
        eprintln!("feeds and timetable: {:.2?}", began.elapsed());
        let began = Instant::now();
        let stops: Vec<Place> = timetable.stops().iter().map(|stop| stop.lon_lat).collect();
        let cells = cells();
        let access = walks(&cells, &stops, 900);
        let all = walks(&stops, &stops, 600);
        let found = all.len();
        let footpaths = Footpaths::new(&timetable, all).unwrap();
        let egress = Egress::new(stops.len(), cells.len(), walks(&stops, &cells, 900)).unwrap();
        eprintln!(
            "{} ways to stops, {} of {found} between stops kept: {:.2?}",
            access.len(),
            footpaths.len(),
            began.elapsed()
        );
        Some(Self { timetable, cells: cells.len(), access, footpaths, egress })
    }

    /// Median seconds from every `every`th cell to all.
    fn medians(&self, every: usize, max_duration: u32, wait: Wait) -> Vec<Vec<u32>> {
        let began = Instant::now();
        let row = |work: &mut _, cell: usize| {
            let from = self.access.partition_point(|walk| (walk.0 as usize) < cell);
            let to = self.access.partition_point(|walk| (walk.0 as usize) <= cell);
            let access: Vec<_> = self.access[from..to].iter().map(|by| (by.1, by.2)).collect();
            let request = Request {
                access: &access,
                window: WINDOW,
                step: 60,
                max_rides: 4,
                max_duration,
                min_transfer: 60,
                wait,
            };
            medians(&self.timetable, &self.footpaths, &self.egress, &request, work, self.cells)
        };
        let origins: Vec<usize> = (0..self.cells).step_by(every).collect();
        let rows: Vec<Vec<u32>> = origins.into_par_iter().map_init(Default::default, row).collect();
        let reached = rows.iter().flatten().filter(|&&seconds| seconds != UNREACHED).count();
        eprintln!(
            "{} origins, {max_duration} s, {wait:?}: {reached} pairs, {:.2?}",
            rows.len(),
            began.elapsed()
        );
        rows
    }
}

#[test]
fn medians_are_monotone_in_the_limit_and_in_planning() {
    let Some(city) = City::read() else { return };
    let hour = city.medians(20, 3_600, Wait::Counted);
    let two = city.medians(20, 7_200, Wait::Counted);
    let planned = city.medians(20, 3_600, Wait::Planned);
    assert_eq!((two.len(), two[0].len()), (62, 1_227));
    assert!(two.iter().flatten().any(|&seconds| seconds != UNREACHED));
    for (short, long) in hour.iter().flatten().zip(two.iter().flatten()) {
        assert!(*short == *long || *short == UNREACHED && *long > 3_600);
    }
    // Who plans never takes longer than who waits.
    for (planned, counted) in planned.iter().flatten().zip(hour.iter().flatten()) {
        assert!(planned <= counted);
    }
}
