//! GTFS Schedule feeds: a zip or a folder of text tables.
//!
//! Source: GTFS Schedule Reference (gtfs.org). Read are `stops`, `routes`, `trips`, `stop_times`,
//! `calendar`, `calendar_dates`, `frequencies`, `transfers` and `feed_info`; agencies, shapes and fares
//! are not needed for travel times and passed over, as are columns that are not known. Pathways within
//! stations and service on demand (GTFS-Flex) would change times and are not read: their rows are counted.
//!
//! ```text
//! archive ─► rows ─► fields ─► places, calendar, trips, stop_times ─► Feed
//! zip, folder bytes   values    typed rows that point at each other
//! ```
//!
//! A feed of another kind, a missing file or column, a damaged or hostile zip is an error. A single bad
//! row is left out, or the trip it spoils, and is counted in a [`Notice`] with the first line and value.

mod archive;
mod calendar;
mod error;
mod fields;
mod notices;
mod places;
mod rows;
mod stop_times;
mod trips;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

use std::path::Path;

pub use error::GtfsError;

use crate::model::{Feed, FeedRows, Notice};
use archive::Archive;
use notices::Notices;

/// Reads a feed; the notices say what was left out of it.
///
/// # Errors
/// [`GtfsError`]: no such file, not a feed, a file or column missing, damaged, hostile, no usable trip.
pub fn read(path: &Path) -> Result<(Feed, Vec<Notice>), GtfsError> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let mut archive = Archive::open(path)?;
    let mut notices = Notices::new(&name);
    let rows = read_rows(&mut archive, &mut notices, name)?;
    let notices = notices.finish();
    if rows.stop_times.is_empty() {
        let first = notices.first().map(|notice| format!("; first: {notice}")).unwrap_or_default();
        return Err(GtfsError::NoTrips { file: path.to_owned(), first });
    }
    Ok((Feed::new(rows)?, notices))
}

/// Files that would change travel times, and what is missing without them.
const UNREAD: [(&str, &str); 3] = [
    ("pathways.txt", "ways within stations are not read; one walks along the streets"),
    ("location_groups.txt", "service on demand is not read"),
    ("booking_rules.txt", "service on demand is not read"),
];

fn count_unread(archive: &mut Archive, notices: &mut Notices) -> Result<(), GtfsError> {
    for (member, what) in UNREAD {
        let Some(mut rows) = archive.rows(member)? else { continue };
        while rows.advance(notices)? {
            notices.add(member, rows.line(), what, b"");
        }
    }
    Ok(())
}

fn read_rows(
    archive: &mut Archive,
    notices: &mut Notices,
    name: String,
) -> Result<FeedRows, GtfsError> {
    let (stops, stop_ids) = places::stops(archive, notices)?;
    let (routes, route_ids) = places::routes(archive, notices)?;
    let (services, service_ids) = calendar::services(archive, notices)?;
    let (trips, trip_ids) = trips::trips(archive, notices, &route_ids, &service_ids)?;
    let (stop_times, trip_starts) =
        stop_times::stop_times(archive, notices, &trip_ids, trips.len(), &stop_ids)?;
    let frequencies = trips::frequencies(archive, notices, &trip_ids)?;
    let pointers = trips::Pointers { stops: &stop_ids, routes: &route_ids, trips: &trip_ids };
    let transfers = trips::transfers(archive, notices, &pointers)?;
    let stated_range = calendar::stated_range(archive, notices)?;
    count_unread(archive, notices)?;
    Ok(FeedRows {
        name,
        stops,
        routes,
        services,
        trips,
        stop_times,
        trip_starts,
        frequencies,
        transfers,
        stated_range,
    })
}
