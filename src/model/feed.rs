//! A decoded GTFS feed: typed rows that point at each other by number.
//!
//! Source: GTFS Schedule Reference (gtfs.org), and Google's extended route types. Ids are text ("NA" is
//! an id, leading zeros matter); in the rows they are replaced by row numbers, so that a feed of a
//! million stop times fits in some tens of megabytes. Times are seconds since noon minus 12 hours of
//! the service day, which is midnight but for the two nights a year when clocks change; they pass
//! 86,400 for vehicles that run past midnight.

use jiff::civil::Date;

/// Seconds that the times of a service day stay below: a week, for long ferries and night trains.
pub const MAX_SERVICE_SECONDS: u32 = 7 * 86_400;

/// What was wrong with a feed and how often: told, counted, and not fatal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The feed and, where there is one, the file in it.
    pub file: String,
    /// The line of the first case, counted from 1 with the header.
    pub line: Option<u64>,
    pub what: String,
    /// Number of cases.
    pub count: u64,
}

impl std::fmt::Display for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.what)?;
        if self.count > 1 { write!(f, " ({} cases)", self.count) } else { Ok(()) }
    }
}

/// Whether a wheelchair finds its way, for stops and trips (`0` or empty is unknown, `1` yes, `2` no).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wheelchair {
    #[default]
    Unknown,
    Yes,
    No,
}

/// A row of `stops.txt`.
#[derive(Debug, Clone, PartialEq)]
pub struct Stop {
    pub id: String,
    pub name: String,
    /// Degrees, WGS 84; `None` where the file has none or no valid ones.
    pub lon_lat: Option<[f64; 2]>,
    /// 0 stop or platform, 1 station, 2 entrance, 3 generic node, 4 boarding area.
    pub location_type: u8,
    pub parent: Option<u32>,
    pub wheelchair: Wheelchair,
}

/// A row of `routes.txt`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    pub id: String,
    pub short_name: String,
    /// `route_type` as written, basic (0 to 12) or extended (100 to 1702).
    pub kind: u16,
}

/// The basic mode behind a basic or extended route type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TransitMode {
    Tram,
    Metro,
    Rail,
    Bus,
    Ferry,
    AerialLift,
    Funicular,
    Trolleybus,
    Monorail,
    /// Air, taxi and whatever has no basic type.
    Other,
}

impl Route {
    /// The basic mode; coaches count as buses, cable trams as trams, suburban railways as rail.
    #[must_use]
    pub fn mode(&self) -> TransitMode {
        match self.kind {
            0 | 5 | 900..=999 => TransitMode::Tram,
            1 | 400..=404 | 500..=699 => TransitMode::Metro,
            2 | 100..=199 | 300..=399 => TransitMode::Rail,
            3 | 200..=299 | 700..=799 => TransitMode::Bus,
            4 | 1000..=1099 | 1200..=1299 => TransitMode::Ferry,
            6 | 1300..=1399 => TransitMode::AerialLift,
            7 | 1400..=1499 => TransitMode::Funicular,
            11 | 800..=899 => TransitMode::Trolleybus,
            12 | 405 => TransitMode::Monorail,
            _ => TransitMode::Other,
        }
    }
}

/// The days on which trips run, from `calendar.txt` and `calendar_dates.txt` together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Service {
    pub id: String,
    /// Bit 0 is Monday, bit 6 Sunday.
    pub weekdays: u8,
    /// First and last day of the weekly rule, both included.
    pub range: Option<(Date, Date)>,
    /// Days that are added (`true`) or taken out, sorted by day, each once.
    pub exceptions: Vec<(Date, bool)>,
}

impl Service {
    /// Whether the service runs on a day; an exception goes before the weekly rule.
    #[must_use]
    pub fn runs_on(&self, day: Date) -> bool {
        if let Ok(at) = self.exceptions.binary_search_by_key(&day, |&(day, _)| day) {
            return self.exceptions.get(at).is_some_and(|&(_, added)| added);
        }
        let weekday = day.weekday().to_monday_zero_offset();
        self.range.is_some_and(|(first, last)| first <= day && day <= last)
            && (self.weekdays >> weekday) & 1 == 1
    }

    /// First and last day on which the service can run: the weekly rule's range and added days.
    #[must_use]
    pub fn span(&self) -> Option<(Date, Date)> {
        let added = self.exceptions.iter().filter(|&&(_, added)| added).map(|&(day, _)| day);
        let ruled = self.range.filter(|_| self.weekdays != 0);
        let first = added.clone().chain(ruled.map(|range| range.0)).min()?;
        let last = added.chain(ruled.map(|range| range.1)).max()?;
        Some((first, last))
    }
}

/// A row of `trips.txt`; its stop times are [`Feed::stop_times`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trip {
    pub id: String,
    pub route: u32,
    pub service: u32,
    pub wheelchair: Wheelchair,
}

/// A row of `stop_times.txt`; missing times between two known ones are already filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StopTime {
    pub stop: u32,
    pub arrival: u32,
    pub departure: u32,
    /// 0 regular, 1 none, 2 by telephone, 3 by arrangement with the driver.
    pub pickup: u8,
    /// As `pickup`, for getting off.
    pub drop_off: u8,
}

/// A row of `frequencies.txt`: the trip is repeated every `headway` seconds from `start` to before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frequency {
    pub trip: u32,
    pub start: u32,
    pub end: u32,
    /// Seconds, above 0.
    pub headway: u32,
    pub exact: bool,
}

/// A row of `transfers.txt`; what it leaves open is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Transfer {
    pub from_stop: Option<u32>,
    pub to_stop: Option<u32>,
    pub from_route: Option<u32>,
    pub to_route: Option<u32>,
    pub from_trip: Option<u32>,
    pub to_trip: Option<u32>,
    /// 0 recommended, 1 the departing vehicle waits, 2 needs a minimum time, 3 not possible, 4 passengers
    /// stay in the vehicle, 5 they may not stay.
    pub kind: u8,
    pub min_seconds: Option<u32>,
    /// Where it stands in the file, counted from 1 with the header.
    pub line: u64,
}

/// The rows of a feed before they are checked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FeedRows {
    /// How messages call the feed: its file name.
    pub name: String,
    pub stops: Vec<Stop>,
    pub routes: Vec<Route>,
    pub services: Vec<Service>,
    pub trips: Vec<Trip>,
    /// Of trip 0, then of trip 1 …, each in the order of travel.
    pub stop_times: Vec<StopTime>,
    /// Where the stop times of each trip begin, and their total: one more than there are trips.
    pub trip_starts: Vec<u32>,
    pub frequencies: Vec<Frequency>,
    pub transfers: Vec<Transfer>,
    /// The range that `feed_info.txt` states.
    pub stated_range: Option<(Date, Date)>,
}

/// A feed whose rows contradict what a feed promises.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
pub enum FeedError {
    #[error("{feed}: {what} {row} points at a row that the feed does not hold, or makes no sense")]
    #[diagnostic(help("this is a fault of the program; please report it"))]
    Dangling { feed: String, what: &'static str, row: usize },

    #[error("{feed}: the stop times are not divided among the trips")]
    #[diagnostic(help("this is a fault of the program; please report it"))]
    Division { feed: String },

    #[error("{feed}: trip {trip} runs backwards in time, or for more than a week")]
    #[diagnostic(help("this is a fault of the program; please report it"))]
    Backwards { feed: String, trip: String },
}

/// A feed whose row numbers are in range and whose trips never run backwards in time.
#[derive(Debug, Clone, PartialEq)]
pub struct Feed {
    rows: FeedRows,
}

impl Feed {
    /// Checks row numbers, the division of the stop times, and times.
    ///
    /// # Errors
    /// [`FeedError`].
    pub fn new(rows: FeedRows) -> Result<Self, FeedError> {
        check_division(&rows)?;
        check_pointers(&rows)?;
        let feed = Self { rows };
        for (at, trip) in feed.rows.trips.iter().enumerate() {
            if !runs_forward(feed.stop_times(at)) {
                let feed = feed.rows.name.clone();
                return Err(FeedError::Backwards { feed, trip: trip.id.clone() });
            }
        }
        Ok(feed)
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.rows.name
    }

    #[must_use]
    pub fn stops(&self) -> &[Stop] {
        &self.rows.stops
    }

    #[must_use]
    pub fn routes(&self) -> &[Route] {
        &self.rows.routes
    }

    #[must_use]
    pub fn services(&self) -> &[Service] {
        &self.rows.services
    }

    #[must_use]
    pub fn trips(&self) -> &[Trip] {
        &self.rows.trips
    }

    #[must_use]
    pub fn frequencies(&self) -> &[Frequency] {
        &self.rows.frequencies
    }

    #[must_use]
    pub fn transfers(&self) -> &[Transfer] {
        &self.rows.transfers
    }

    /// The range that `feed_info.txt` states, which may differ from that of the services.
    #[must_use]
    pub fn stated_range(&self) -> Option<(Date, Date)> {
        self.rows.stated_range
    }

    /// The number of stop times of all trips.
    #[must_use]
    pub fn stop_time_count(&self) -> usize {
        self.rows.stop_times.len()
    }

    /// The stop times of a trip in the order of travel; empty for a trip there is not.
    #[must_use]
    pub fn stop_times(&self, trip: usize) -> &[StopTime] {
        let bounds = self.rows.trip_starts.get(trip).zip(self.rows.trip_starts.get(trip + 1));
        bounds
            .and_then(|(&from, &to)| self.rows.stop_times.get(from as usize..to as usize))
            .unwrap_or_default()
    }

    /// First and last day on which any service can run.
    #[must_use]
    pub fn service_range(&self) -> Option<(Date, Date)> {
        let spans = self.rows.services.iter().filter_map(Service::span);
        spans.reduce(|whole, span| (whole.0.min(span.0), whole.1.max(span.1)))
    }

    /// A stop's place, or that of the nearest ancestor that has one.
    #[must_use]
    pub fn place(&self, stop: u32) -> Option<[f64; 2]> {
        self.ancestors(stop).find_map(|stop| stop.lon_lat)
    }

    /// Whether a wheelchair can board; a stop that says nothing inherits from its station.
    #[must_use]
    pub fn wheelchair(&self, stop: u32) -> Wheelchair {
        let mut stated = self.ancestors(stop).map(|stop| stop.wheelchair);
        stated.find(|&stated| stated != Wheelchair::Unknown).unwrap_or_default()
    }

    /// The stop, its parent, and on. Boarding area, platform, station: more than three is a circle.
    fn ancestors(&self, stop: u32) -> impl Iterator<Item = &Stop> {
        let parent = |stop: &&Stop| stop.parent.and_then(|up| self.rows.stops.get(up as usize));
        std::iter::successors(self.rows.stops.get(stop as usize), parent).take(3)
    }
}

fn runs_forward(times: &[StopTime]) -> bool {
    times.iter().all(|time| time.arrival <= time.departure && time.departure < MAX_SERVICE_SECONDS)
        && times.windows(2).all(|pair| match pair {
            [before, after] => before.departure <= after.arrival,
            _ => true,
        })
}

fn check_division(rows: &FeedRows) -> Result<(), FeedError> {
    let starts = &rows.trip_starts;
    let whole = starts.first() == Some(&0)
        && starts.last().map(|&end| end as usize) == Some(rows.stop_times.len())
        && starts.len() == rows.trips.len() + 1
        && starts.is_sorted();
    if whole { Ok(()) } else { Err(FeedError::Division { feed: rows.name.clone() }) }
}

fn check_pointers(rows: &FeedRows) -> Result<(), FeedError> {
    let (stops, routes) = (rows.stops.len(), rows.routes.len());
    let (services, trips) = (rows.services.len(), rows.trips.len());
    let held = |row: Option<u32>, count: usize| row.is_none_or(|row| (row as usize) < count);
    let check = |what: &'static str, bad: Option<usize>| match bad {
        Some(row) => Err(FeedError::Dangling { feed: rows.name.clone(), what, row }),
        None => Ok(()),
    };
    check("stop", rows.stops.iter().position(|stop| !held(stop.parent, stops)))?;
    let bad = |trip: &Trip| !held(Some(trip.route), routes) || !held(Some(trip.service), services);
    check("trip", rows.trips.iter().position(bad))?;
    check("stop time", rows.stop_times.iter().position(|time| !held(Some(time.stop), stops)))?;
    let bad = |row: &Frequency| {
        let ordered = row.start < row.end && row.end < MAX_SERVICE_SECONDS;
        !held(Some(row.trip), trips) || row.headway == 0 || !ordered
    };
    check("frequency", rows.frequencies.iter().position(bad))?;
    let bad = |row: &Transfer| {
        let pointers = [
            (row.from_stop, stops),
            (row.to_stop, stops),
            (row.from_route, routes),
            (row.to_route, routes),
            (row.from_trip, trips),
            (row.to_trip, trips),
        ];
        !pointers.into_iter().all(|(row, count)| held(row, count))
    };
    check("transfer", rows.transfers.iter().position(bad))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn route(kind: u16) -> TransitMode {
        Route { id: String::new(), short_name: String::new(), kind }.mode()
    }

    #[test]
    fn extended_route_types_have_a_basic_mode() {
        assert_eq!(route(100), TransitMode::Rail);
        assert_eq!(route(401), TransitMode::Metro);
        assert_eq!(route(700), TransitMode::Bus);
        assert_eq!(route(900), TransitMode::Tram);
        assert_eq!(route(1000), TransitMode::Ferry);
        assert_eq!(route(1100), TransitMode::Other);
        assert_eq!(route(3), TransitMode::Bus);
    }

    #[test]
    fn an_exception_goes_before_the_weekly_rule() {
        let service = Service {
            id: "weekdays".into(),
            weekdays: 0b001_1111,
            range: Some((date(2019, 5, 6), date(2019, 5, 17))),
            exceptions: vec![(date(2019, 5, 13), false), (date(2019, 5, 19), true)],
        };
        assert!(service.runs_on(date(2019, 5, 14)));
        assert!(!service.runs_on(date(2019, 5, 13)), "taken out");
        assert!(!service.runs_on(date(2019, 5, 18)), "a Saturday");
        assert!(service.runs_on(date(2019, 5, 19)), "added, after the range");
        assert_eq!(service.span(), Some((date(2019, 5, 6), date(2019, 5, 19))));
    }

    #[test]
    fn a_row_number_out_of_range_is_refused() {
        let trip = Trip { id: "t".into(), route: 0, service: 0, wheelchair: Wheelchair::Unknown };
        let rows = FeedRows { trips: vec![trip], trip_starts: vec![0, 0], ..FeedRows::default() };
        assert!(matches!(Feed::new(rows), Err(FeedError::Dangling { what: "trip", row: 0, .. })));
    }
}
