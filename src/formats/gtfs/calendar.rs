//! `calendar.txt`, `calendar_dates.txt` and the range in `feed_info.txt`.

use jiff::civil::Date;

use super::GtfsError;
use super::archive::Archive;
use super::fields::{Ids, date, optional, text};
use super::notices::Notices;
use super::places::is_new;
use crate::model::Service;

const CALENDAR: &str = "calendar.txt";
const DATES: &str = "calendar_dates.txt";
const INFO: &str = "feed_info.txt";

const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The services of both files; one of the two must be there.
pub(super) fn services(
    archive: &mut Archive,
    notices: &mut Notices,
) -> Result<(Vec<Service>, Ids), GtfsError> {
    let (mut services, mut ids) = (Vec::new(), Ids::default());
    let ruled = weekly(archive, notices, &mut services, &mut ids)?;
    let dated = dates(archive, notices, &mut services, &mut ids)?;
    if !ruled && !dated {
        return Err(archive.missing("calendar.txt or calendar_dates.txt"));
    }
    for service in &mut services {
        // Of two rows for a day the first counts.
        service.exceptions.sort_by_key(|&(day, _)| day);
        service.exceptions.dedup_by_key(|exception| exception.0);
    }
    Ok((services, ids))
}

fn weekly(
    archive: &mut Archive,
    notices: &mut Notices,
    services: &mut Vec<Service>,
    ids: &mut Ids,
) -> Result<bool, GtfsError> {
    let Some(mut rows) = archive.rows(CALENDAR)? else { return Ok(false) };
    let id = rows.required("service_id")?;
    let (first, last) = (rows.required("start_date")?, rows.required("end_date")?);
    let mut days = [None; 7];
    for (day, name) in days.iter_mut().zip(WEEKDAYS) {
        *day = rows.required(name)?;
    }
    while rows.advance(notices)? {
        let (record, line) = (rows.record(), rows.line());
        let range = date(record.get(first)).zip(date(record.get(last)));
        let Some(range) = range.filter(|(first, last)| first <= last) else {
            let what = "start_date and end_date are not a range of days; row left out";
            notices.add(CALENDAR, line, what, record.get(first));
            continue;
        };
        if !is_new(ids, record.get(id), notices, CALENDAR, line) {
            continue;
        }
        let runs = |(bit, &day): (usize, &Option<usize>)| u8::from(record.get(day) == b"1") << bit;
        let weekdays = days.iter().enumerate().map(runs).sum();
        let id = text(record.get(id));
        services.push(Service { id, weekdays, range: Some(range), exceptions: Vec::new() });
    }
    Ok(true)
}

fn dates(
    archive: &mut Archive,
    notices: &mut Notices,
    services: &mut Vec<Service>,
    ids: &mut Ids,
) -> Result<bool, GtfsError> {
    let Some(mut rows) = archive.rows(DATES)? else { return Ok(false) };
    let (id, day) = (rows.required("service_id")?, rows.required("date")?);
    let kind = rows.required("exception_type")?;
    while rows.advance(notices)? {
        let (record, line) = (rows.record(), rows.line());
        let added = match record.get(kind) {
            b"1" => Some(true),
            b"2" => Some(false),
            _ => None,
        };
        let Some((day, added)) = date(record.get(day)).zip(added) else {
            let what = "date or exception_type cannot be read; row left out";
            notices.add(DATES, line, what, record.get(day));
            continue;
        };
        // A service may be known from this file alone.
        let key = record.get(id);
        let row = ids.get(key).or_else(|| {
            services.push(Service { id: text(key), ..Service::default() });
            ids.add(key)
        });
        if let Some(service) = row.and_then(|row| services.get_mut(row as usize)) {
            service.exceptions.push((day, added));
        }
    }
    Ok(true)
}

/// The range of days that the feed states for itself.
pub(super) fn stated_range(
    archive: &mut Archive,
    notices: &mut Notices,
) -> Result<Option<(Date, Date)>, GtfsError> {
    let Some(mut rows) = archive.rows(INFO)? else { return Ok(None) };
    let (first, last) = (rows.column("feed_start_date"), rows.column("feed_end_date"));
    if !rows.advance(notices)? {
        return Ok(None);
    }
    let (record, line) = (rows.record(), rows.line());
    let days = [first, last].map(|column| optional(record.get(column), date));
    let [Ok(first), Ok(last)] = days else {
        notices.add(INFO, line, "feed_start_date or feed_end_date is not a day", b"");
        return Ok(None);
    };
    Ok(first.zip(last).filter(|(first, last)| first <= last))
}
