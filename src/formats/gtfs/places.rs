//! `stops.txt` and `routes.txt`.

use super::GtfsError;
use super::archive::Archive;
use super::fields::{Ids, code, digits, number, optional, text};
use super::notices::Notices;
use crate::model::{Route, Stop, Wheelchair};

const STOPS: &str = "stops.txt";
const ROUTES: &str = "routes.txt";

/// The stops in the order of the file; parents that are missing or point at themselves are dropped.
pub(super) fn stops(
    archive: &mut Archive,
    notices: &mut Notices,
) -> Result<(Vec<Stop>, Ids), GtfsError> {
    let mut rows = archive.required(STOPS)?;
    let id = rows.required("stop_id")?;
    let (lat, lon) = (rows.required("stop_lat")?, rows.required("stop_lon")?);
    let (name, parent) = (rows.column("stop_name"), rows.column("parent_station"));
    let (kind, wheelchair) = (rows.column("location_type"), rows.column("wheelchair_boarding"));
    let (mut stops, mut ids, mut parents) = (Vec::new(), Ids::default(), Vec::new());
    while rows.advance(notices)? {
        let (record, line) = (rows.record(), rows.line());
        if !is_new(&mut ids, record.get(id), notices, STOPS, line) {
            continue;
        }
        let lon_lat = place(record.get(lon), record.get(lat));
        if lon_lat.is_none() {
            notices.add(STOPS, line, "no valid stop_lat and stop_lon", record.get(id));
        }
        if !record.get(parent).is_empty() {
            parents.push((stops.len(), line, record.get(parent).to_vec()));
        }
        stops.push(Stop {
            id: text(record.get(id)),
            name: text(record.get(name)),
            lon_lat,
            location_type: code(record.get(kind), 4).unwrap_or(0),
            parent: None,
            wheelchair: read_wheelchair(record.get(wheelchair)),
        });
    }
    for (stop, line, parent) in parents {
        let found = ids.get(&parent).filter(|&found| found as usize != stop);
        if found.is_none() {
            notices.add(STOPS, line, "parent_station is not in stops.txt", &parent);
        }
        if let Some(stop) = stops.get_mut(stop) {
            stop.parent = found;
        }
    }
    Ok((stops, ids))
}

/// The routes in the order of the file; one without a readable type is kept as type 3, bus.
pub(super) fn routes(
    archive: &mut Archive,
    notices: &mut Notices,
) -> Result<(Vec<Route>, Ids), GtfsError> {
    let mut rows = archive.required(ROUTES)?;
    let (id, kind) = (rows.required("route_id")?, rows.required("route_type")?);
    let (short, long) = (rows.column("route_short_name"), rows.column("route_long_name"));
    let (mut routes, mut ids) = (Vec::new(), Ids::default());
    while rows.advance(notices)? {
        let (record, line) = (rows.record(), rows.line());
        if !is_new(&mut ids, record.get(id), notices, ROUTES, line) {
            continue;
        }
        let read = digits(record.get(kind)).and_then(|kind| u16::try_from(kind).ok());
        if read.is_none() {
            notices.add(ROUTES, line, "route_type is not a number; taken as bus", record.get(kind));
        }
        let short = record.get(short);
        let name = if short.is_empty() { record.get(long) } else { short };
        routes.push(Route {
            id: text(record.get(id)),
            short_name: text(name),
            kind: read.unwrap_or(3),
        });
    }
    Ok((routes, ids))
}

/// Enters an id; `false`, and counted, when it is empty or there already.
pub(super) fn is_new(
    ids: &mut Ids,
    id: &[u8],
    notices: &mut Notices,
    member: &'static str,
    line: u64,
) -> bool {
    if id.is_empty() {
        notices.add(member, line, "the row has no id; left out", id);
        return false;
    }
    let added = ids.add(id).is_some();
    if !added {
        notices.add(member, line, "the id appears twice; row left out", id);
    }
    added
}

/// `0` or empty is unknown, `1` yes, `2` no.
pub(super) fn read_wheelchair(field: &[u8]) -> Wheelchair {
    match field {
        b"1" => Wheelchair::Yes,
        b"2" => Wheelchair::No,
        _ => Wheelchair::Unknown,
    }
}

/// Degrees in range; 0, 0 lies in the Gulf of Guinea and is what exports write for "unknown".
fn place(lon: &[u8], lat: &[u8]) -> Option<[f64; 2]> {
    let (lon, lat) = (optional(lon, number).ok()??, optional(lat, number).ok()??);
    let origin = lon.abs() < 1e-9 && lat.abs() < 1e-9;
    (lon.abs() <= 180.0 && lat.abs() <= 90.0 && !origin).then_some([lon, lat])
}
