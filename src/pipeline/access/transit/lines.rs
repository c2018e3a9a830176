//! The vehicles of a day, their stops on the streets, and the walks between those: what trips from all origins share.

use std::sync::Arc;

use super::{Limits, Placed, STEP, TransitRequest, flat, walks};
use crate::access::as_milliseconds;
use crate::formats::gtfs;
use crate::model::Feed;
use crate::network::NetworkError;
use crate::network::streets::{SnapIndex, StreetNetwork};
use crate::network::transit::{Footpaths, Timetable, TimetableOptions};
use crate::pipeline::PipelineError;

/// Vehicles and the streets around their stops.
pub struct Lines {
    pub(super) timetable: Arc<Timetable>,
    pub(super) footpaths: Footpaths,
    /// The stops on the streets.
    pub(super) stops: Placed,
}

/// Reads the feeds of a request.
///
/// # Errors
/// [`PipelineError::Gtfs`] for the first that cannot be read.
pub fn read(
    request: &TransitRequest,
    warnings: &mut Vec<String>,
) -> Result<Vec<Feed>, PipelineError> {
    let mut feeds = Vec::with_capacity(request.feeds.len());
    for path in &request.feeds {
        let (feed, notices) = gtfs::read(path)?;
        warnings.extend(notices.iter().map(ToString::to_string));
        feeds.push(feed);
    }
    Ok(feeds)
}

/// Takes the vehicles of the day out of the feeds, as far as trips of so many minutes need them.
///
/// # Errors
/// [`NetworkError::OutsideCalendars`] for a day that no feed knows; those of [`Timetable::build`].
pub fn vehicles(
    request: &TransitRequest,
    feeds: &[Feed],
    longest_min: f64,
    warnings: &mut Vec<String>,
) -> Result<Arc<Timetable>, NetworkError> {
    let longest = as_milliseconds(longest_min).div_ceil(1000);
    let behind = if request.planned { longest * 2 + STEP } else { longest };
    let span = request.window.start..request.window.end + behind;
    let options = TimetableOptions { wheelchair: request.wheelchair, span };
    let (timetable, notices) = Timetable::build(feeds, request.date, &options)?;
    warnings.extend(notices.iter().map(ToString::to_string));
    Ok(Arc::new(timetable))
}

impl Lines {
    /// Puts the stops on the streets and finds the walks between them.
    ///
    /// # Errors
    /// [`NetworkError`], a fault of the program.
    pub fn new(
        request: &TransitRequest,
        timetable: Arc<Timetable>,
        (network, index): (&StreetNetwork, &SnapIndex<'_>),
        limits: Limits,
    ) -> Result<Self, NetworkError> {
        let places: Vec<(f64, f64)> =
            timetable.stops().iter().map(|stop| (stop.lon_lat[0], stop.lon_lat[1])).collect();
        let stops = Placed::new(index, &places, limits);
        let between = walks(network, &stops, &stops, as_milliseconds(request.transfer_walk_min));
        let footpaths = Footpaths::new(&timetable, flat(&between))?;
        Ok(Self { timetable, footpaths, stops })
    }
}
