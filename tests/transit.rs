//! Porto Alegre's two feeds against trips read by hand; skipped where they are missing.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::indexing_slicing)]

#[path = "common/porto_alegre.rs"]
mod porto_alegre;

use rayon::prelude::*;
use scale::network::transit::{
    Destinations, Footpaths, Request, Search, Timetable, UNREACHED, Wait,
};

use porto_alegre::{City, feeds, request, timetable};

fn seconds(hours: u32, minutes: u32, seconds: u32) -> u32 {
    hours * 3_600 + minutes * 60 + seconds
}

/// Clock time at which one ride from a stop reaches another, for a departure.
fn ride(timetable: &Timetable, feed: u32, from: &str, to: &str, departure: u32) -> u32 {
    let [from, to] = [from, to].map(|id| timetable.stop(feed, id).unwrap());
    let access = [(from, 0)];
    let request = Request {
        window: departure..departure + 1,
        max_rides: 1,
        ..request(&access, 7_200, Wait::Counted)
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
    let Some(feeds) = feeds() else { return };
    let timetable = timetable(&feeds);
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
    let Some(feeds) = feeds() else { return };
    let timetable = timetable(&feeds);
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
        let access = [(from, 0)];
        let request = Request { max_rides: 1, ..request(&access, 7_200, Wait::Counted) };
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

/// Median seconds of one origin to every cell.
fn medians_from(
    city: &City,
    request: &Request<'_>,
    work: &mut (Search, Destinations, Vec<u32>),
) -> Vec<u32> {
    let (search, destinations, table) = work;
    let (cells, departures) = (city.cells, request.departures() as usize);
    table.resize(cells * departures, UNREACHED);
    destinations.start(&city.egress);
    search
        .run(&city.timetable, &city.footpaths, request, |minute| {
            destinations.follow(&city.egress, minute);
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

/// Median seconds from every `every`th cell to all.
fn medians(city: &City, every: usize, max_duration: u32, wait: Wait) -> Vec<Vec<u32>> {
    let row = |work: &mut _, cell: usize| {
        let access = city.access(cell);
        medians_from(city, &request(&access, max_duration, wait), work)
    };
    let origins: Vec<usize> = (0..city.cells).step_by(every).collect();
    origins.into_par_iter().map_init(Default::default, row).collect()
}

#[test]
fn medians_are_monotone_in_the_limit_and_in_planning() {
    let Some(feeds) = feeds() else { return };
    let city = City::new(timetable(&feeds));
    let hour = medians(&city, 20, 3_600, Wait::Counted);
    let two = medians(&city, 20, 7_200, Wait::Counted);
    let planned = medians(&city, 20, 3_600, Wait::Planned);
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
