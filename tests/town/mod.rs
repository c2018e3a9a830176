//! A town of one straight street with a bus, and how the command line is asked about it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use polars::prelude::{DataFrame, ParquetReader, SerReader};

use super::common::scale;

/// A street of 60 nodes, about 57 m apart, along 59.33 N: 3.36 km, 40 minutes on foot.
pub const NODES: i64 = 60;
pub const STEP: f64 = 0.001;

pub fn lon(node: i64) -> f64 {
    #[allow(clippy::cast_precision_loss)]
    let steps = node as f64;
    18.0 + steps * STEP
}

pub fn town(folder: &Path) -> PathBuf {
    let mut xml = String::from("<osm version=\"0.6\">\n");
    for node in 0..NODES {
        writeln!(xml, "<node id=\"{}\" lat=\"59.33\" lon=\"{:.4}\"/>", node + 1, lon(node))
            .unwrap();
    }
    xml.push_str("<way id=\"1\">");
    for node in 0..NODES {
        write!(xml, "<nd ref=\"{}\"/>", node + 1).unwrap();
    }
    xml.push_str("<tag k=\"highway\" v=\"residential\"/></way>\n</osm>\n");
    file(folder, "town.osm", &xml)
}

/// A bus every 20 minutes from node 2 to node 52, ten minutes on the way, from 6 to 10 o'clock.
pub fn timetable(folder: &Path) -> PathBuf {
    let feed = folder.join("feed");
    std::fs::create_dir(&feed).unwrap();
    file(
        &feed,
        "agency.txt",
        "agency_id,agency_name,agency_url,agency_timezone\na,A,http://a,Europe/Stockholm\n",
    );
    file(&feed, "routes.txt", "route_id,agency_id,route_short_name,route_type\nr,a,1,700\n");
    file(
        &feed,
        "calendar.txt",
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n\
         s,1,1,1,1,1,1,1,20260101,20261231\n",
    );
    let stops = format!(
        "stop_id,stop_name,stop_lat,stop_lon\nNA,West,59.33,{:.4}\nE,East,59.33,{:.4}\n",
        lon(2),
        lon(52)
    );
    file(&feed, "stops.txt", &stops);
    let mut trips = String::from("route_id,service_id,trip_id\n");
    let mut times = String::from("trip_id,arrival_time,departure_time,stop_id,stop_sequence\n");
    for trip in 0..12 {
        let (hour, minute) = (6 + trip / 3, trip % 3 * 20);
        writeln!(trips, "r,s,t{trip}").unwrap();
        writeln!(times, "t{trip},{hour}:{minute:02}:00,{hour}:{minute:02}:00,NA,1").unwrap();
        writeln!(times, "t{trip},{hour}:{:02}:00,{hour}:{:02}:00,E,2", minute + 10, minute + 10)
            .unwrap();
    }
    file(&feed, "trips.txt", &trips);
    file(&feed, "stop_times.txt", &times);
    feed
}

pub fn file(folder: &Path, name: &str, content: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

pub fn places(folder: &Path, name: &str, rows: &[(&str, i64, f64)]) -> PathBuf {
    let mut csv = String::from("id,lon,lat,people\n");
    for (id, node, people) in rows {
        writeln!(csv, "{id},{:.4},59.33,{people}", lon(*node)).unwrap();
    }
    file(folder, name, &csv)
}

pub fn run(arguments: &[&str], files: &[(&str, &Path)]) -> assert_cmd::assert::Assert {
    let mut command = scale();
    command.arg("access").args(arguments);
    for (option, path) in files {
        command.arg(option).arg(path);
    }
    command.assert()
}

pub fn read(path: &Path) -> DataFrame {
    ParquetReader::new(std::fs::File::open(path).unwrap()).finish().unwrap()
}

pub fn numbers(frame: &DataFrame, column: &str) -> Vec<Option<f64>> {
    frame.column(column).unwrap().f64().unwrap().iter().collect()
}

pub fn close(found: Option<f64>, expected: f64) {
    assert!(found.is_some_and(|found| (found - expected).abs() < 0.02), "{found:?} {expected}");
}

/// Minutes between nodes: 569.24 m a hundredth of a degree at 59.33 N, 5 km/h.
pub fn minutes(nodes: i64) -> f64 {
    #[allow(clippy::cast_precision_loss)]
    let metres = nodes as f64 * 56.9244;
    metres / 5000.0 * 60.0
}
