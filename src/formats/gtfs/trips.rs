//! `trips.txt`, `frequencies.txt` and `transfers.txt`.

use super::GtfsError;
use super::archive::Archive;
use super::fields::{Bad, Ids, code, digits, optional, seconds, text};
use super::notices::Notices;
use super::places::{is_new, read_wheelchair};
use crate::model::{Frequency, Transfer, Trip};

const TRIPS: &str = "trips.txt";
const FREQUENCIES: &str = "frequencies.txt";
const TRANSFERS: &str = "transfers.txt";

/// The trips whose route and service are known.
pub(super) fn trips(
    archive: &mut Archive,
    notices: &mut Notices,
    routes: &Ids,
    services: &Ids,
) -> Result<(Vec<Trip>, Ids), GtfsError> {
    let mut rows = archive.required(TRIPS)?;
    let (id, route) = (rows.required("trip_id")?, rows.required("route_id")?);
    let service = rows.required("service_id")?;
    let (wheelchair, block) = (rows.column("wheelchair_accessible"), rows.column("block_id"));
    let (mut trips, mut ids, mut blocks) = (Vec::new(), Ids::default(), Ids::default());
    while rows.advance(notices)? {
        let (record, line) = (rows.record(), rows.line());
        let Some(known_route) = routes.get(record.get(route)) else {
            notices.add(
                TRIPS,
                line,
                "route_id is not in routes.txt; trip left out",
                record.get(route),
            );
            continue;
        };
        let Some(known_service) = services.get(record.get(service)) else {
            let what = "service_id has no calendar; trip left out";
            notices.add(TRIPS, line, what, record.get(service));
            continue;
        };
        let block = record.get(block);
        if !block.is_empty() && blocks.add(block).is_none() {
            let what = "a trip follows another of its block_id; staying seated between them is not \
                        read, changing at the stop is";
            notices.add(TRIPS, line, what, block);
        }
        if is_new(&mut ids, record.get(id), notices, TRIPS, line) {
            trips.push(Trip {
                id: text(record.get(id)),
                route: known_route,
                service: known_service,
                wheelchair: read_wheelchair(record.get(wheelchair)),
            });
        }
    }
    Ok((trips, ids))
}

/// The repetitions of trips that can be read.
pub(super) fn frequencies(
    archive: &mut Archive,
    notices: &mut Notices,
    trips: &Ids,
) -> Result<Vec<Frequency>, GtfsError> {
    let Some(mut rows) = archive.rows(FREQUENCIES)? else { return Ok(Vec::new()) };
    let trip = rows.required("trip_id")?;
    let (start, end) = (rows.required("start_time")?, rows.required("end_time")?);
    let (headway, exact) = (rows.required("headway_secs")?, rows.column("exact_times"));
    let mut frequencies = Vec::new();
    while rows.advance(notices)? {
        let (record, line) = (rows.record(), rows.line());
        let Some(trip) = trips.get(record.get(trip)) else {
            let what = "trip_id is not among the trips; row left out";
            notices.add(FREQUENCIES, line, what, record.get(trip));
            continue;
        };
        let times = seconds(record.get(start)).zip(seconds(record.get(end)));
        let headway = digits(record.get(headway)).filter(|&headway| headway > 0);
        match times.zip(headway) {
            Some(((start, end), headway)) if start < end => {
                let exact = record.get(exact) == b"1";
                frequencies.push(Frequency { trip, start, end, headway, exact });
            }
            _ => {
                let what = "times or headway make no sense; row left out";
                notices.add(FREQUENCIES, line, what, record.get(start));
            }
        }
    }
    Ok(frequencies)
}

/// What the ids in `transfers.txt` may point at.
pub(super) struct Pointers<'a> {
    pub(super) stops: &'a Ids,
    pub(super) routes: &'a Ids,
    pub(super) trips: &'a Ids,
}

/// The rules for changing that can be read.
pub(super) fn transfers(
    archive: &mut Archive,
    notices: &mut Notices,
    pointers: &Pointers<'_>,
) -> Result<Vec<Transfer>, GtfsError> {
    let Some(mut rows) = archive.rows(TRANSFERS)? else { return Ok(Vec::new()) };
    let columns = [
        (rows.column("from_stop_id"), pointers.stops),
        (rows.column("to_stop_id"), pointers.stops),
        (rows.column("from_route_id"), pointers.routes),
        (rows.column("to_route_id"), pointers.routes),
        (rows.column("from_trip_id"), pointers.trips),
        (rows.column("to_trip_id"), pointers.trips),
    ];
    let (kind, least) = (rows.column("transfer_type"), rows.column("min_transfer_time"));
    let mut transfers = Vec::new();
    while rows.advance(notices)? {
        let (record, line) = (rows.record(), rows.line());
        let read = columns.map(|(column, ids)| optional(record.get(column), |id| ids.get(id)));
        let [Ok(from_stop), Ok(to_stop), Ok(from_route), Ok(to_route), Ok(from_trip), Ok(to_trip)] =
            read
        else {
            let wrong = columns.iter().zip(read).find(|(_, read)| *read == Err(Bad));
            let value = wrong.map(|((column, _), _)| record.get(*column)).unwrap_or_default();
            notices.add(TRANSFERS, line, "an id is not in the feed; row left out", value);
            continue;
        };
        let kind = optional(record.get(kind), |field| code(field, 5));
        let (Ok(kind), Ok(min_seconds)) = (kind, optional(record.get(least), digits)) else {
            let what = "transfer_type or min_transfer_time cannot be read; row left out";
            notices.add(TRANSFERS, line, what, record.get(least));
            continue;
        };
        let kind = kind.unwrap_or(0);
        if kind == 2 && min_seconds.is_none() {
            let what = "transfer_type 2 without min_transfer_time; row left out";
            notices.add(TRANSFERS, line, what, b"");
            continue;
        }
        transfers.push(Transfer {
            from_stop,
            to_stop,
            from_route,
            to_route,
            from_trip,
            to_trip,
            kind,
            min_seconds,
            line,
        });
    }
    Ok(transfers)
}
