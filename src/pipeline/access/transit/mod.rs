//! Public transport: walks to stops, rides, walks on, for every departure in a window.

mod asked;
mod figures;
mod lines;
mod report;
mod surroundings;
mod walks;

use std::ops::Range;
use std::path::PathBuf;

use jiff::civil::Date;
use rayon::prelude::*;

pub use asked::Asked;
use figures::{Figures, percentile_of};
pub use lines::{Lines, read, vehicles};
pub use report::TransitReport;
use report::warn;
pub(super) use surroundings::Surroundings;
use walks::{egress, flat, times, walks};

use super::account::{OffStreets, off_streets, to_border};
use super::by_origin::{Reached, Times};
use super::streets::{Limits, Placed};
use super::table::Columns;
use crate::access::{as_milliseconds, percentile};
use crate::network::NetworkError;
use crate::network::streets::StreetNetwork;
use crate::network::transit::{Destinations, Egress, Request, Search, UNREACHED, Wait};
use crate::pipeline::PipelineError;

/// What is asked of public transport.
#[derive(Debug, Clone)]
pub struct TransitRequest {
    pub feeds: Vec<PathBuf>,
    pub date: Date,
    /// Seconds of the day: first departure, and the end before which the last lies.
    pub window: Range<u32>,
    pub percentiles: Vec<f64>,
    pub max_rides: u8,
    pub min_transfer_s: u32,
    /// Longest walk to the first stop and from the last, in minutes.
    pub walk_min: f64,
    /// Longest walk between two stops, in minutes.
    pub transfer_walk_min: f64,
    pub wheelchair: bool,
    /// Leave out the wait before the first ride.
    pub planned: bool,
}

/// Seconds between departures.
const STEP: u32 = 60;

/// The date and the window of `2026-05-05T07:00/09:00`.
///
/// # Errors
/// [`PipelineError::Request`] with an example.
pub fn parse_window(text: &str) -> Result<(Date, Range<u32>), PipelineError> {
    let wrong = || PipelineError::Request {
        what: format!("\"{text}\" is no window of departures"),
        help: "give a date and two times of it, as in 2026-05-05T07:00/09:00".to_owned(),
    };
    let clock = |text: &str| {
        let (hours, minutes) = text.split_once(':')?;
        let (hours, minutes) = (hours.parse::<u32>().ok()?, minutes.parse::<u32>().ok()?);
        (hours <= 30 && minutes < 60).then_some(hours * 3600 + minutes * 60)
    };
    let (date, times) = text.split_once('T').ok_or_else(wrong)?;
    let (start, end) = times.split_once('/').ok_or_else(wrong)?;
    let date: Date = date.parse().map_err(|_| wrong())?;
    let window = clock(start).ok_or_else(wrong)?..clock(end).ok_or_else(wrong)?;
    if window.is_empty() { Err(wrong()) } else { Ok((date, window)) }
}

/// A timetable with the walks around its stops.
pub struct Transit<'a> {
    request: &'a TransitRequest,
    lines: &'a Lines,
    /// Walks from stops to destinations and, as the last of these, to where the streets are cut off.
    egress: Egress,
    /// Number of destinations, without that last one.
    destinations: usize,
    /// For each origin, stops within a walk and seconds.
    access: Vec<Vec<(u32, u32)>>,
    /// For each origin, how many of these stops somebody can get on at.
    boarded: Vec<usize>,
    /// For each origin, destinations within the longest trip on foot, and milliseconds.
    on_foot: Vec<Vec<(u32, u32)>>,
    /// For each origin, milliseconds on foot to where the streets are cut off.
    to_border: Vec<Option<u32>>,
    limit_ms: u32,
}

/// The streets that people walk on, with the places already on them.
pub struct Ground<'a> {
    pub network: &'a StreetNetwork,
    pub origins: &'a Placed,
    pub destinations: &'a Placed,
    /// How far the measures look, in minutes.
    pub longest_min: f64,
}

impl<'a> Transit<'a> {
    /// Finds every walk that a journey may need to the first stop and from the last. Tells also of the stops that are on no
    /// street.
    ///
    /// # Errors
    /// [`NetworkError`], a fault of the program.
    pub fn prepare(
        request: &'a TransitRequest,
        lines: &'a Lines,
        ground: &Ground<'_>,
        warnings: &mut Vec<String>,
    ) -> Result<(Self, TransitReport, Vec<OffStreets>), NetworkError> {
        let Lines { timetable, stops, .. } = lines;
        let network = ground.network;
        let limit_ms = as_milliseconds(ground.longest_min);
        let walk_ms = as_milliseconds(request.walk_min);
        let egress = egress(ground, stops, walk_ms)?;
        let access = walks(network, ground.origins, stops, walk_ms);
        let is_boarded = |stop: &u32| timetable.is_boarded(*stop);
        let boarded: Vec<usize> = access
            .iter()
            .map(|stops| stops.iter().filter(|(stop, _)| is_boarded(stop)).count())
            .collect();
        let stops_on = (0_u32..).zip(&stops.snaps).filter(|(_, snap)| snap.is_some());
        let on_streets =
            boarded.iter().zip(&ground.origins.snaps).filter(|(_, snap)| snap.is_some());
        let report = TransitReport {
            stops: timetable.stops().len(),
            stops_unplaced: stops.unplaced(),
            trips: timetable.trip_count(),
            patterns: timetable.pattern_count(),
            stops_boarded: stops_on.filter(|(stop, _)| is_boarded(stop)).count(),
            origins_without_stop: on_streets.filter(|(stops, _)| **stops == 0).count(),
        };
        let names: Vec<String> = timetable.stops().iter().map(|stop| stop.id.clone()).collect();
        let stops_off = off_streets("transit", "stop", stops, &names);
        warnings.extend(warn(&report, request, access.len(), &stops_off));
        let on_foot = times(network, ground.origins, ground.destinations, limit_ms);
        let to_border = to_border(network, &ground.origins.snaps, ground.longest_min);
        let destinations = ground.destinations.snaps.len();
        let transit = Self {
            request,
            lines,
            egress,
            destinations,
            access,
            boarded,
            on_foot,
            to_border,
            limit_ms,
        };
        Ok((transit, report, stops_off))
    }

    /// Fills the columns of every measure twice: worked out on the percentiles of the time to each destination, and, but
    /// for catchments, worked out for each departure, the percentile taken afterwards.
    ///
    /// # Errors
    /// [`NetworkError`], a fault of the program.
    pub fn measure(
        &self,
        placed: &Placed,
        asked: &Asked<'_>,
        columns: &mut Columns,
    ) -> Result<Ridden, PipelineError> {
        let figures = asked.by_departure();
        let found = self.each_origin(placed, |room| self.summarise(room, &figures))?;
        let by_percentile = self.by_percentile(&found);
        for (times, percent) in by_percentile.iter().zip(&self.request.percentiles) {
            let suffix = format!("transit_time_p{}", name_of(*percent));
            asked.measure(times, &suffix, columns);
        }
        for (row, name) in figures.names.iter().enumerate() {
            for (at, percent) in self.request.percentiles.iter().enumerate() {
                let cell = |found: &Option<Found>| found.as_ref().and_then(|f| f.figures[row][at]);
                let name = format!("{name}_transit_access_p{}", name_of(*percent));
                columns.numbers(&name, found.iter().map(cell).collect());
            }
        }
        #[allow(clippy::cast_precision_loss)] // numbers of stops
        let stops = self.boarded.iter().map(|stops| Some(*stops as f64)).collect();
        columns.numbers("stops_in_reach_transit", stops);
        let ridden = found.iter().map(|found| found.as_ref().and_then(|found| found.to_border));
        let sooner =
            |(one, other): (Option<u32>, &Option<u32>)| one.into_iter().chain(*other).min();
        let to_border = ridden.zip(&self.to_border).map(sooner).collect();
        Ok(Ridden {
            by_percentile,
            to_border,
            without_stop: self.boarded.iter().map(|stops| *stops == 0).collect(),
        })
    }

    fn by_percentile(&self, found: &[Option<Found>]) -> Vec<Times> {
        let at = |at: usize| -> Times {
            found.iter().map(|found| found.as_ref().map(|f| f.times[at].clone())).collect()
        };
        (0..self.request.percentiles.len()).map(at).collect()
    }

    /// The nearest of each run of destinations from each origin, at a percentile of the departures.
    ///
    /// # Errors
    /// [`NetworkError`], a fault of the program.
    pub fn nearest(
        &self,
        placed: &Placed,
        kinds: &[Range<usize>],
        percent: f64,
    ) -> Result<Vec<Option<OfKinds>>, NetworkError> {
        self.each_origin(placed, |room| {
            kinds.iter().map(|kind| self.nearest_of(room, kind, percent)).collect()
        })
    }

    /// What `found` makes of the departures from each origin; `None` where it is on no street.
    fn each_origin<T: Send>(
        &self,
        placed: &Placed,
        found: impl Fn(&mut Room) -> T + Sync,
    ) -> Result<Vec<Option<T>>, NetworkError> {
        (0..placed.snaps.len())
            .into_par_iter()
            .map_init(Room::default, |room, origin| match placed.snaps[origin] {
                Some(_) => {
                    self.search_from(origin, room)?;
                    Ok(Some(found(room)))
                }
                None => Ok(None),
            })
            .collect()
    }

    /// Fills the room with seconds to each destination, departure by departure.
    fn search_from(&self, origin: usize, room: &mut Room) -> Result<(), NetworkError> {
        let places = self.destinations + 1;
        self.ride(origin, &self.egress, places, room)?;
        // Whoever is there sooner on foot walks.
        for &(place, time) in &self.on_foot[origin] {
            for row in room.seconds.chunks_exact_mut(places) {
                let cell = &mut row[place as usize];
                *cell = (*cell).min(time.div_ceil(1000));
            }
        }
        Ok(())
    }

    /// Seconds from an origin to the places that the walks lead to, departure by departure, into the room; gives the
    /// number of departures.
    fn ride(
        &self,
        origin: usize,
        egress: &Egress,
        places: usize,
        room: &mut Room,
    ) -> Result<usize, NetworkError> {
        let request = Request {
            access: &self.access[origin],
            window: self.request.window.clone(),
            step: STEP,
            max_rides: self.request.max_rides,
            max_duration: self.limit_ms / 1000,
            min_transfer: self.request.min_transfer_s,
            wait: if self.request.planned { Wait::Planned } else { Wait::Counted },
        };
        let departures = request.departures() as usize;
        room.seconds.clear();
        room.seconds.resize(departures * places, UNREACHED);
        room.destinations.start(egress);
        let (destinations, seconds) = (&mut room.destinations, &mut room.seconds);
        if !request.access.is_empty() {
            room.search.run(&self.lines.timetable, &self.lines.footpaths, &request, |minute| {
                destinations.follow(egress, minute);
                if let Some(index) = minute.index {
                    let row = index as usize * places;
                    destinations.seconds_into(minute, &mut seconds[row..row + places]);
                }
            })?;
        }
        Ok(departures)
    }

    fn summarise(&self, room: &mut Room, figures: &Figures<'_>) -> Found {
        let places = self.destinations + 1;
        let departures = room.seconds.len() / places;
        let mut by_figure = vec![Vec::with_capacity(departures); figures.names.len()];
        let (mut reached, mut values) = (Vec::new(), Vec::new());
        for row in room.seconds.chunks_exact(places) {
            figures.of(&row[..self.destinations], &mut reached, &mut values);
            for (of_figure, value) in by_figure.iter_mut().zip(&values) {
                of_figure.push(*value);
            }
        }
        let percentiles = |values: &mut Vec<f64>| {
            self.request.percentiles.iter().map(|p| percentile_of(values, *p)).collect()
        };
        let at_border = room.seconds.chunks_exact(places).map(|row| row[self.destinations]);
        let to_border = at_border.min().and_then(|seconds| seconds.checked_mul(1000));
        Found {
            times: self.times(room),
            figures: by_figure.iter_mut().map(percentiles).collect(),
            to_border,
        }
    }

    /// By percentile, milliseconds to each destination that is reached then.
    fn times(&self, room: &Room) -> Vec<Reached> {
        let places = self.destinations + 1;
        let percentiles = &self.request.percentiles;
        let mut times = vec![Vec::new(); percentiles.len()];
        let mut column: Vec<u32> = Vec::with_capacity(room.seconds.len() / places);
        for place in 0..self.destinations {
            column.clear();
            column.extend(room.seconds.iter().skip(place).step_by(places));
            if column.iter().all(|seconds| *seconds == UNREACHED) {
                continue;
            }
            for (times, percent) in times.iter_mut().zip(percentiles) {
                let Some(seconds) = percentile(&mut column, *percent) else { continue };
                if let (Some(ms), Ok(place)) = (seconds.checked_mul(1000), u32::try_from(place)) {
                    times.push((place, ms));
                }
            }
        }
        times
    }

    fn nearest_of(&self, room: &Room, kind: &Range<usize>, percent: f64) -> Option<Nearest> {
        let departures = room.seconds.chunks_exact(self.destinations + 1);
        let nearest = departures.filter_map(|row| kind.clone().map(|at| (row[at], at)).min());
        let reached: Vec<(u32, usize)> = nearest.collect();
        let mut seconds: Vec<u32> = reached.iter().map(|(seconds, _)| *seconds).collect();
        // What is not reached is no number of milliseconds.
        let ms = percentile(&mut seconds, percent)?.checked_mul(1000)?;
        let reached = reached.iter().filter(|(seconds, _)| *seconds != UNREACHED);
        let mut places: Vec<usize> = reached.map(|(_, place)| *place).collect();
        places.sort_unstable();
        places.dedup();
        Some(Nearest { ms, places })
    }
}

/// The nearest of each kind of destination; `None` where none is reached.
pub type OfKinds = Vec<Option<Nearest>>;

/// The way to the nearest of a kind: which one that is may change from departure to departure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest {
    /// Milliseconds to it, at a percentile of the departures.
    pub ms: u32,
    /// The destinations that are the nearest at some departure, in their order.
    pub places: Vec<usize>,
}

/// Room for the search from one origin, reused for the next.
#[derive(Default)]
struct Room {
    search: Search,
    destinations: Destinations,
    /// Departure by departure, seconds to each destination.
    seconds: Vec<u32>,
}

/// What the search from one origin gave, by percentile.
struct Found {
    times: Vec<Reached>,
    /// By figure, then percentile of the accessibility.
    figures: Vec<Vec<Option<f64>>>,
    /// Milliseconds of the quickest ride to where the streets are cut off.
    to_border: Option<u32>,
}

/// What rides from all origins gave, beside their columns.
pub struct Ridden {
    pub by_percentile: Vec<Times>,
    /// Milliseconds to where the streets are cut off, at the best departure.
    pub to_border: Vec<Option<u32>>,
    /// Origins with no stop near that anybody can get on at.
    pub without_stop: Vec<bool>,
}

/// A percentile as part of a column's name: `p50`, `p2_5`.
pub fn name_of(percent: f64) -> String {
    percent.to_string().replace('.', "_")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_a_date_and_two_times() {
        let (date, window) = parse_window("2019-05-13T14:00/16:00").unwrap();
        assert_eq!((date.to_string().as_str(), window), ("2019-05-13", 50_400..57_600));
        assert_eq!(parse_window("2019-05-13T23:30/25:00").unwrap().1, 84_600..90_000);
        for wrong in
            ["2019-05-13", "2019-05-13T14:00", "2019-02-30T14:00/16:00", "2019-05-13T16:00/14:00"]
        {
            assert!(parse_window(wrong).is_err(), "{wrong}");
        }
    }
}
