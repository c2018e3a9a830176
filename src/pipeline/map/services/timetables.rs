//! The timetables of the data on one day, and what is asked of them.

use std::sync::Arc;

use jiff::civil::Date;

use super::walk::{SNAP_LIMIT_M, WALK_KMH};
use crate::model::Dataset;
use crate::network::transit::Timetable;
use crate::pipeline::PipelineError;
use crate::pipeline::access::transit::{read, vehicles};
use crate::pipeline::access::{Limits, TransitRequest, parse_window};
use crate::sources::{Data, Snapshot};

/// Departures where no others are asked for, seconds of the day: 07:00 to before 09:00.
const WINDOW: std::ops::Range<u32> = 7 * 3600..9 * 3600;

/// The longest trip in minutes, and how points get on the streets.
pub(super) const LIMITS: Limits =
    Limits { trip_min: 120.0, snap_m: SNAP_LIMIT_M, approach_kmh: WALK_KMH };

/// Every timetable of the data, the vehicles of a day taken out of them.
pub(in crate::pipeline) struct Timetables {
    pub(super) datasets: Vec<Dataset>,
    pub(super) request: TransitRequest,
    pub(super) vehicles: Arc<Timetable>,
    /// What is unusual about the day. What is wrong with a feed was told when it was ingested.
    pub(super) notices: Vec<String>,
}

impl Timetables {
    /// Reads the feeds and takes out the vehicles of the day that is asked for, or of an ordinary working day:
    /// [`Timetable::typical_day`]. `None` where the data hold no timetables, or no streets to walk to their stops on.
    ///
    /// # Errors
    /// [`PipelineError::Request`] for a window that is none, and for one without timetables;
    /// [`PipelineError::Network`] for a day that no feed knows, with those that they know; [`PipelineError::Source`],
    /// [`PipelineError::Gtfs`] for a file that is not what it was.
    pub fn load(
        snapshot: &Snapshot,
        data: &Data,
        depart: Option<&str>,
    ) -> Result<Option<Self>, PipelineError> {
        let asked = depart.map(parse_window).transpose()?;
        if data.timetables.is_empty() || data.streets.is_empty() {
            return match asked {
                None => Ok(None),
                Some(_) => Err(without_means(data)),
            };
        }
        let files = data.timetables.iter().map(|dataset| snapshot.file(dataset));
        let mut request = request(files.collect::<Result<_, _>>()?);
        let (feeds, mut notices) = (read(&request, &mut Vec::new())?, Vec::new());
        (request.date, request.window) = match asked {
            Some(asked) => asked,
            None => (Timetable::typical_day(&feeds).ok_or_else(no_day)?, WINDOW),
        };
        let vehicles = vehicles(&request, &feeds, LIMITS.trip_min, &mut notices)?;
        let timetables = Self { datasets: data.timetables.clone(), request, vehicles, notices };
        Ok(Some(timetables.with_idle()))
    }
}

fn no_day() -> PipelineError {
    PipelineError::Request {
        what: "the timetables of the data run on no day".to_owned(),
        help: "ingest timetables whose calendar holds the days they are for".to_owned(),
    }
}

impl Timetables {
    /// Tells which feeds have no vehicle where one is looked for.
    fn with_idle(mut self) -> Self {
        let TransitRequest { date, window, .. } = &self.request;
        let hours = (clock(window.start), clock(window.end));
        let runs = |feed: usize| self.vehicles.trips().iter().any(|trip| trip.0 as usize == feed);
        let idle = self.datasets.iter().enumerate().filter(|(feed, _)| !runs(*feed));
        let idle: Vec<String> = idle
            .map(|(_, dataset)| {
                format!(
                    "timetable \"{}\" has no vehicle for who sets out from {} to {} on {date}; --depart asks for other hours",
                    dataset.id, hours.0, hours.1
                )
            })
            .collect();
        self.notices.extend(idle);
        self
    }
}

/// Seconds of a day as `07:00`.
pub(super) fn clock(seconds: u32) -> String {
    format!("{:02}:{:02}", seconds / 3600, seconds / 60 % 60)
}

/// What is asked, still without a day.
fn request(feeds: Vec<std::path::PathBuf>) -> TransitRequest {
    TransitRequest {
        feeds,
        date: Date::ZERO,
        window: WINDOW,
        percentiles: vec![50.0],
        max_rides: 4,
        min_transfer_s: 60,
        walk_min: 15.0,
        transfer_walk_min: 10.0,
        wheelchair: false,
        planned: false,
    }
}

fn without_means(data: &Data) -> PipelineError {
    let missing = if data.timetables.is_empty() { "timetable" } else { "streets" };
    PipelineError::Request {
        what: format!("departures are given, and the data hold no {missing}"),
        help: format!(
            "`scale ingest --geography {missing}` adds them to a folder that --data names; or leave --depart out"
        ),
    }
}
