//! What an access step asks of public transport.

use std::path::PathBuf;

use super::request;
use crate::pipeline::PipelineError;
use crate::pipeline::access::{TransitRequest, parse_window};
use crate::pipeline::file::Values;

/// A ride as it is asked for, still without its timetables.
pub(super) struct Asked(TransitRequest);

impl Asked {
    pub fn on(self, feeds: Vec<PathBuf>) -> TransitRequest {
        TransitRequest { feeds, ..self.0 }
    }
}

/// `None` where transit is no mode; an error where it is one without a timetable, or the other way round.
pub(super) fn asked(values: &Values, feeds: usize) -> Result<Option<Asked>, PipelineError> {
    let wanted = values.texts("mode").iter().any(|mode| mode == "transit");
    let depart = match (wanted, feeds, values.text("depart")) {
        (false, 0, None) => return Ok(None),
        (false, ..) => {
            return Err(request(
                "a timetable is given, but transit is no mode",
                "add --mode transit",
            ));
        }
        (true, 0, _) => return Err(request("transit needs a timetable", "give one with --gtfs")),
        (true, _, None) => {
            return Err(request(
                "transit needs a window of departures",
                "give one with --depart, as in 2026-05-05T07:00/09:00",
            ));
        }
        (true, _, Some(depart)) => depart,
    };
    let (date, window) = parse_window(depart)?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the bounds of the keys
    let (max_rides, min_transfer_s) = (
        values.number("max_rides").unwrap_or(4.0) as u8,
        (values.number("min_transfer").unwrap_or(1.0) * 60.0).round() as u32,
    );
    Ok(Some(Asked(TransitRequest {
        feeds: Vec::new(),
        date,
        window,
        percentiles: percentiles(values)?,
        max_rides,
        min_transfer_s,
        walk_min: values.number("max_walk").unwrap_or(15.0),
        transfer_walk_min: values.number("max_transfer_walk").unwrap_or(10.0),
        wheelchair: values.flag("wheelchair"),
        planned: values.flag("planned"),
    })))
}

fn percentiles(values: &Values) -> Result<Vec<f64>, PipelineError> {
    let given = values.texts("percentiles");
    if given.is_empty() {
        return Ok(vec![50.0]);
    }
    let number = |text: &String| {
        let number = text.parse().ok().filter(|number| (0.0..=100.0).contains(number));
        number.ok_or_else(|| {
            request(&format!("{text} is no percentile"), "give numbers from 0 to 100")
        })
    };
    given.iter().map(number).collect()
}
