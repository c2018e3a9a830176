//! Small timetables (GTFS) made for the occasion.

use std::io::Write as _;

/// A zip of text files.
pub fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A bus on working days of May 2026, from the stop `a` to the stop `b`, each given as latitude and longitude: it leaves
/// every so many minutes from 06:00 on, until 10:00, and takes so many minutes.
#[allow(dead_code)] // not every file of tests rides
pub fn bus([a, b]: [(f64, f64); 2], every: u32, takes: u32) -> Vec<u8> {
    let clock = |minutes: u32| format!("{:02}:{:02}:00", minutes / 60, minutes % 60);
    let (mut trips, mut times) = (
        "route_id,service_id,trip_id\n".to_owned(),
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n".to_owned(),
    );
    for leaves in (360..=600).step_by(every as usize) {
        trips += &format!("r,weekday,t{leaves}\n");
        for (sequence, (stop, minute)) in [("a", leaves), ("b", leaves + takes)].iter().enumerate()
        {
            let at = clock(*minute);
            times += &format!("t{leaves},{at},{at},{stop},{sequence}\n");
        }
    }
    let stops = format!(
        "stop_id,stop_name,stop_lat,stop_lon\na,A,{:.7},{:.7}\nb,B,{:.7},{:.7}\n",
        a.0, a.1, b.0, b.1
    );
    let calendar = "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nweekday,1,1,1,1,1,0,0,20260504,20260529\n";
    zip(&[
        (
            "agency.txt",
            "agency_id,agency_name,agency_url,agency_timezone\nx,X,http://x.se,Europe/Stockholm\n",
        ),
        ("stops.txt", &stops),
        ("routes.txt", "route_id,route_short_name,route_type\nr,1,700\n"),
        ("calendar.txt", calendar),
        ("trips.txt", &trips),
        ("stop_times.txt", &times),
    ])
}
