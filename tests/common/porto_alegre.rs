//! Porto Alegre's two feeds of 13 May 2019 on a city without streets: one walks 1.3 times the straight line. Tests and
//! benches read it alike.

use std::path::{Path, PathBuf};

use jiff::civil::date;
use scale::formats::gtfs;
use scale::model::Feed;
use scale::network::transit::{Egress, Footpaths, Request, Timetable, TimetableOptions, Wait};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/porto-alegre");
/// From 14:00 to 16:00.
const WINDOW: std::ops::Range<u32> = 50_400..57_600;

/// Degrees east and north.
type Place = [f64; 2];

/// The files of the feeds, or `None` with the reason printed.
fn files() -> Option<[PathBuf; 2]> {
    let file = |name: &str| Path::new(FOLDER).join(name);
    let files = ["poa_eptc.zip", "poa_trensurb.zip", "poa_hexgrid.csv"].map(file);
    if let Some(missing) = files.iter().find(|file| !file.exists()) {
        eprintln!("skipped: {} is not there", missing.display());
        return None;
    }
    let [buses, trains, _] = files;
    Some([buses, trains])
}

/// Both feeds, or `None` with the reason printed.
pub fn feeds() -> Option<Vec<Feed>> {
    Some(files()?.iter().map(|file| gtfs::read(file).unwrap().0).collect())
}

/// The timetable of the afternoon.
pub fn timetable(feeds: &[Feed]) -> Timetable {
    let options = TimetableOptions { wheelchair: false, span: 50_400..72_000 };
    Timetable::build(feeds, date(2019, 5, 13), &options).unwrap().0
}

/// The middles of the hexagons.
fn cells() -> Vec<Place> {
    let text = std::fs::read_to_string(Path::new(FOLDER).join("poa_hexgrid.csv")).unwrap();
    let place = |line: &str| {
        let mut fields = line.split(',').skip(1).map(|field| field.parse().unwrap());
        [fields.next().unwrap(), fields.next().unwrap()]
    };
    text.lines().skip(1).map(place).collect()
}

/// From, to and seconds on foot at 5 km/h along 1.3 times the straight line, where that is within the limit.
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

/// Who walks where.
pub struct City {
    pub timetable: Timetable,
    pub cells: usize,
    access: Vec<(u32, u32, u32)>,
    pub footpaths: Footpaths,
    pub egress: Egress,
}

impl City {
    pub fn new(timetable: Timetable) -> Self {
        let stops: Vec<Place> = timetable.stops().iter().map(|stop| stop.lon_lat).collect();
        let cells = cells();
        let access = walks(&cells, &stops, 900);
        let footpaths = Footpaths::new(&timetable, walks(&stops, &stops, 600)).unwrap();
        let egress = Egress::new(stops.len(), cells.len(), walks(&stops, &cells, 900)).unwrap();
        Self { timetable, cells: cells.len(), access, footpaths, egress }
    }

    /// The stops that can be walked to from a cell, each with its seconds.
    pub fn access(&self, cell: usize) -> Vec<(u32, u32)> {
        let first = self.access.partition_point(|walk| (walk.0 as usize) < cell);
        let here = self.access[first..].iter().take_while(|walk| walk.0 as usize == cell);
        here.map(|walk| (walk.1, walk.2)).collect()
    }
}

/// A departure a minute from 14:00 to 16:00.
pub fn request(access: &[(u32, u32)], max_duration: u32, wait: Wait) -> Request<'_> {
    Request { access, window: WINDOW, step: 60, max_rides: 4, max_duration, min_transfer: 60, wait }
}
