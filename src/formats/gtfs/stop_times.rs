//! `stop_times.txt`: the file that can have millions of rows.
//!
//! Rows are read in the order of the file into a few bytes each, sorted by trip and `stop_sequence`,
//! and checked trip by trip. A row with a stop, number or time that makes no sense is left out and the
//! vehicle passes that stop; when the rows of a trip run backwards in time there is no telling which is
//! wrong, and the trip is left out.

use super::GtfsError;
use super::archive::Archive;
use super::fields::{Bad, Ids, code, digits, optional, seconds};
use super::notices::Notices;
use super::rows::{Record, Rows};
use crate::model::StopTime;

const STOP_TIMES: &str = "stop_times.txt";

/// A time that the file leaves open.
const OPEN: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Raw {
    trip: u32,
    sequence: u32,
    time: StopTime,
    line: u32,
}

struct Columns {
    trip: Option<usize>,
    stop: Option<usize>,
    sequence: Option<usize>,
    arrival: Option<usize>,
    departure: Option<usize>,
    pickup: Option<usize>,
    drop_off: Option<usize>,
}

impl Columns {
    fn of(rows: &Rows<'_>) -> Result<Self, GtfsError> {
        Ok(Self {
            trip: rows.required("trip_id")?,
            stop: rows.required("stop_id")?,
            sequence: rows.required("stop_sequence")?,
            arrival: rows.required("arrival_time")?,
            departure: rows.required("departure_time")?,
            pickup: rows.column("pickup_type"),
            drop_off: rows.column("drop_off_type"),
        })
    }
}

/// The stop times by trip, and where those of each trip begin; a trip that is left out has none.
pub(super) fn stop_times(
    archive: &mut Archive,
    notices: &mut Notices,
    trip_ids: &Ids,
    trips: usize,
    stop_ids: &Ids,
) -> Result<(Vec<StopTime>, Vec<u32>), GtfsError> {
    let rows = archive.required(STOP_TIMES)?;
    let mut raw = read_rows(rows, notices, trip_ids, stop_ids)?;
    // Stable, so that of two rows with one sequence number the first in the file comes first.
    raw.sort_by_key(|row| (row.trip, row.sequence));
    raw.dedup_by(|row, before| {
        let same = (row.trip, row.sequence) == (before.trip, before.sequence);
        if same {
            let what = "stop_sequence appears twice in a trip; row left out";
            notices.add(STOP_TIMES, u64::from(row.line), what, b"");
        }
        same
    });
    let mut times = Vec::with_capacity(raw.len());
    let mut starts = Vec::with_capacity(trips + 1);
    let mut rest: &[Raw] = &raw;
    for trip in 0..trips {
        starts.push(offset(archive, times.len())?);
        let count = rest.iter().take_while(|row| row.trip as usize == trip).count();
        let (mine, others) = rest.split_at_checked(count).unwrap_or_default();
        rest = others;
        finish(mine, &mut times, notices);
    }
    starts.push(offset(archive, times.len())?);
    Ok((times, starts))
}

fn offset(archive: &Archive, rows: usize) -> Result<u32, GtfsError> {
    u32::try_from(rows).map_err(|_| GtfsError::Hostile {
        file: archive.path().to_owned(),
        member: STOP_TIMES.to_owned(),
        reason: "it has more than four thousand million rows".to_owned(),
    })
}

fn read_rows(
    mut rows: Rows<'_>,
    notices: &mut Notices,
    trip_ids: &Ids,
    stop_ids: &Ids,
) -> Result<Vec<Raw>, GtfsError> {
    let columns = Columns::of(&rows)?;
    let mut out: Vec<Raw> = Vec::new();
    // The rows of a trip mostly stand together: look its id up once.
    let (mut last_id, mut last_trip) = (Vec::new(), None);
    while rows.advance(notices)? {
        let (record, line) = (rows.record(), rows.line());
        let id = record.get(columns.trip);
        if id != last_id.as_slice() || last_trip.is_none() {
            last_trip = trip_ids.get(id);
            last_id.clear();
            last_id.extend_from_slice(id);
        }
        let Some(trip) = last_trip else {
            notices.add(STOP_TIMES, line, "trip_id is not among the trips; row left out", id);
            continue;
        };
        match read_row(record, &columns, stop_ids) {
            Ok((sequence, time)) => {
                let line = u32::try_from(line).unwrap_or(u32::MAX);
                out.push(Raw { trip, sequence, time, line });
            }
            Err((what, column)) => notices.add(STOP_TIMES, line, what, record.get(column)),
        }
    }
    Ok(out)
}

type Fault = (&'static str, Option<usize>);

fn read_row(record: &Record, columns: &Columns, stop_ids: &Ids) -> Result<(u32, StopTime), Fault> {
    let stop = stop_ids
        .get(record.get(columns.stop))
        .ok_or(("stop_id is not in stops.txt; row left out", columns.stop))?;
    let sequence = digits(record.get(columns.sequence))
        .ok_or(("stop_sequence is not a number; row left out", columns.sequence))?;
    let time = |column| {
        let fault = |_: Bad| ("the time is not H:MM:SS; row left out", column);
        optional(record.get(column), seconds).map_err(fault)
    };
    let (arrival, departure) = (time(columns.arrival)?, time(columns.departure)?);
    let (arrival, departure) =
        (arrival.or(departure).unwrap_or(OPEN), departure.or(arrival).unwrap_or(OPEN));
    if departure < arrival {
        let what = "departure before arrival; row left out";
        return Err((what, columns.departure));
    }
    let kind = |column| {
        let fault = |_: Bad| ("pickup_type or drop_off_type is not 0 to 3; row left out", column);
        optional(record.get(column), |field| code(field, 3))
            .map(Option::unwrap_or_default)
            .map_err(fault)
    };
    let (pickup, drop_off) = (kind(columns.pickup)?, kind(columns.drop_off)?);
    Ok((sequence, StopTime { stop, arrival, departure, pickup, drop_off }))
}

/// Checks and completes the rows of one trip and appends them, or none of them.
fn finish(rows: &[Raw], out: &mut Vec<StopTime>, notices: &mut Notices) {
    let from = out.len();
    let Some(first) = rows.first() else { return };
    let known = |row: &Raw| row.time.arrival != OPEN;
    let begin = rows.iter().position(known).unwrap_or(rows.len());
    let end = rows.iter().rposition(known).map_or(begin, |last| last + 1);
    for row in rows.iter().take(begin).chain(rows.iter().skip(end)) {
        let what = "no time at the beginning or end of a trip; row left out";
        notices.add(STOP_TIMES, u64::from(row.line), what, b"");
    }
    let mut clock = 0;
    for row in rows.iter().take(end).skip(begin) {
        if known(row) {
            if row.time.arrival < clock {
                let what = "the trip runs backwards in time; trip left out";
                notices.add(STOP_TIMES, u64::from(row.line), what, b"");
                out.truncate(from);
                return;
            }
            clock = row.time.departure;
        }
        out.push(row.time);
    }
    if out.len() < from + 2 {
        let what = "the trip has fewer than two stops with times; trip left out";
        notices.add(STOP_TIMES, u64::from(first.line), what, b"");
        out.truncate(from);
        return;
    }
    interpolate(out.get_mut(from..).unwrap_or_default());
}

/// Fills times between two known ones in equal steps from stop to stop, as the reference leaves it to
/// the reader and without shapes nothing better is known. First and last are known.
fn interpolate(times: &mut [StopTime]) {
    let mut rest = times;
    while let [before, tail @ ..] = rest {
        let open = tail.iter().take_while(|time| time.arrival == OPEN).count();
        let start = u64::from(before.departure);
        let end = tail.get(open).map_or(start, |after| u64::from(after.arrival));
        let steps = open as u64 + 1;
        for (step, time) in (1u64..).zip(tail.iter_mut().take(open)) {
            let at = start + end.saturating_sub(start) * step / steps;
            time.arrival = u32::try_from(at).unwrap_or(OPEN);
            time.departure = time.arrival;
        }
        rest = tail.get_mut(open..).unwrap_or_default();
    }
}
