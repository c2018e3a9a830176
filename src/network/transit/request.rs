//! What is asked of a search.

use std::ops::Range;

use super::timetable::Timetable;
use super::{Footpaths, NetworkError};

/// Rides that a search may be asked for.
const MAX_RIDES: u8 = 16;

/// Whether the wait before the first ride is part of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wait {
    /// One sets out at the departure minute and waits at the first stop: what somebody meets who does not
    /// look at the timetable.
    #[default]
    Counted,
    /// One aims at the earliest arrival that the departure minute allows and sets out as late as gives
    /// it: what somebody meets who plans. Leaving times are the steps of the window, continued behind it,
    /// so up to one step of wait is left. Where that is more than `max_duration` after the departure
    /// minute, the place is not reached.
    Planned,
}

/// What is searched for from one origin.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// Stops one can walk to first, and seconds.
    pub access: &'a [(u32, u32)],
    /// Seconds of the day: first departure, and the end before which the last lies.
    pub window: Range<u32>,
    /// Seconds between departures.
    pub step: u32,
    /// Rides at most, 1 to 16; staying in a vehicle that changes its trip is one ride.
    pub max_rides: u8,
    /// Seconds from departure to getting off, at most.
    pub max_duration: u32,
    /// Seconds between getting off and boarding again, on top of a walk between the two.
    pub min_transfer: u32,
    pub wait: Wait,
}

impl Request<'_> {
    /// Number of departures in the window.
    #[must_use]
    pub fn departures(&self) -> u32 {
        self.window.end.saturating_sub(self.window.start).div_ceil(self.step.max(1))
    }

    /// Steps behind the window that are searched too, without being reported.
    pub(super) fn steps_ahead(&self) -> u32 {
        match self.wait {
            Wait::Counted => 0,
            // One more than can count, so that what is left even later is not taken for left there.
            Wait::Planned => self.max_duration / self.step + 1,
        }
    }

    pub(super) fn check(
        &self,
        timetable: &Timetable,
        footpaths: &Footpaths,
    ) -> Result<(), NetworkError> {
        let reason = match () {
            () if self.window.is_empty() => "the departure window is empty",
            () if self.step == 0 => "the step between departures is 0",
            () if self.max_rides == 0 || self.max_rides > MAX_RIDES => "rides must be 1 to 16",
            () if footpaths.stop_count() != timetable.stops().len() => {
                "the walks are for another timetable"
            }
            () => "",
        };
        if !reason.is_empty() {
            return Err(NetworkError::EmptyRequest { reason });
        }
        self.check_span(&timetable.span())?;
        let count = timetable.stops().len();
        match self.access.iter().find(|access| access.0 as usize >= count) {
            Some(&(number, _)) => Err(NetworkError::OutOfRange { what: "stop", number, count }),
            None => Ok(()),
        }
    }

    /// A vehicle that the timetable does not hold would be missed in silence.
    fn check_span(&self, span: &Range<u32>) -> Result<(), NetworkError> {
        let last = u64::from(self.departures() - 1) + u64::from(self.steps_ahead());
        let end = u64::from(self.window.start) + last * u64::from(self.step);
        let to = u32::try_from(end + u64::from(self.max_duration)).unwrap_or(u32::MAX);
        if span.start <= self.window.start && to <= span.end {
            return Ok(());
        }
        let (from, start, end) = (self.window.start, span.start, span.end);
        Err(NetworkError::OutsideSpan { from, to, start, end })
    }
}
