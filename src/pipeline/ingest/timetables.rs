//! A timetable (GTFS) on its way into the data folder: read once to see which days it knows, kept as it is.

use jiff::civil::Date;

use super::{Ingested, Request, as_is, folder, store};
use crate::formats::gtfs;
use crate::model::{Dataset, Feed, Layout};
use crate::network::transit::Timetable;
use crate::pipeline::PipelineError;

/// What stands for the geography of timetables.
pub(in crate::pipeline) const TIMETABLE: &str = "timetable";

/// Reads, checks and stores the feed under its checksum, byte for byte; of a folder it makes the zip.
pub(super) fn run(request: &Request<'_>, dataset: Dataset) -> Result<Ingested, PipelineError> {
    let mut dataset = Dataset { layout: Layout::Timetable, ..dataset };
    as_is::check_declaration(request, &dataset, "timetables")?;
    let wrong = |what: &str, help: &str| PipelineError::Request {
        what: format!("{}: {what}", request.file.display()),
        help: help.to_owned(),
    };
    let (feed, notices) = gtfs::read(request.file)?;
    let days = feed.service_range().zip(Timetable::typical_day(std::slice::from_ref(&feed)));
    let Some((range, typical)) = days else {
        return Err(wrong(
            "no trip runs on any day",
            "look at calendar.txt and calendar_dates.txt; a feed without them is of no use",
        ));
    };
    if let Some(year) = as_is::year(request, "timetables")? {
        dataset.years = vec![year];
    } else if dataset.years.is_empty() {
        dataset.years = vec![i32::from(range.0.year()), i32::from(range.1.year())];
        dataset.years.dedup();
    }
    super::check_entry(&dataset)?;
    let mut notes = vec![described(&feed, range, typical)];
    notes.extend(notices.iter().map(ToString::to_string));
    let rows = feed.trips().len();
    let pack = if request.file.is_dir() { folder::pack } else { as_is::copy };
    let file = store::write(request.into, &mut dataset, "zip", |new| pack(request.file, new))?;
    Ok(Ingested { file, dataset, rows, notes })
}

fn described(feed: &Feed, (first, last): (Date, Date), typical: Date) -> String {
    format!(
        "timetable: {} stops, {} routes, {} trips, from {first} to {last}; an ordinary day is {typical}",
        feed.stops().len(),
        feed.routes().len(),
        feed.trips().len()
    )
}
