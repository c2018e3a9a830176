//! GTFS Schedule feeds: a zip or a folder of text tables.
//!
//! Source: GTFS Schedule Reference (gtfs.org). Read are `stops`, `routes`, `trips`, `stop_times`,
//! `calendar`, `calendar_dates`, `frequencies`, `transfers` and `feed_info`; agencies, shapes, fares,
//! pathways and flexible areas are not needed for travel times and passed over, as are columns that
//! are not known.
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
