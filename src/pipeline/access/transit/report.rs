//! What is told of a timetable and its stops.

use super::super::account::{OffStreets, which};
use super::TransitRequest;

/// How the timetable turned out.
#[derive(Debug, Clone, PartialEq)]
pub struct TransitReport {
    pub stops: usize,
    pub stops_unplaced: usize,
    /// Stops on the streets at which a vehicle takes people aboard.
    pub stops_boarded: usize,
    pub trips: usize,
    pub patterns: usize,
    pub origins_without_stop: usize,
}

pub(super) fn warn(
    report: &TransitReport,
    request: &TransitRequest,
    origins: usize,
    stops_off: &[OffStreets],
) -> Vec<String> {
    let TransitRequest { date, walk_min, .. } = request;
    let walked = "all values are those of walking";
    let mut warnings = Vec::new();
    if report.stops_unplaced > 0 {
        warnings.push(format!(
            "transit: {} of {} stops are on no street that was read; nobody gets on or off there: {}",
            report.stops_unplaced,
            report.stops,
            which(stops_off.to_vec())
        ));
    }
    if report.trips == 0 {
        let whom = if request.wheelchair { " that says a wheelchair can use it" } else { "" };
        let (from, to) = (clock(request.window.start), clock(request.window.end));
        warnings.push(format!(
            "transit: no vehicle{whom} runs on {date} for departures from {from} to {to}; {walked}"
        ));
    } else if report.stops_boarded == 0 {
        let whom = if request.wheelchair { " with a wheelchair" } else { "" };
        warnings.push(format!(
            "transit: {} trips run on {date}, but nobody can get on{whom} at any stop on the streets that were read; {walked}",
            report.trips
        ));
    } else if report.origins_without_stop > 0 {
        warnings.push(format!(
            "transit: from {} of {origins} origins there is no stop to get on at within {walk_min} minutes on foot; their \
             values are those of walking",
            report.origins_without_stop
        ));
    }
    warnings
}

/// Seconds of the day as a clock shows them.
fn clock(seconds: u32) -> String {
    format!("{:02}:{:02}", seconds / 3600, seconds / 60 % 60)
}
