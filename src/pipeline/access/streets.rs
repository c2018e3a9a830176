//! Measures on the streets of one mode.

use rayon::prelude::*;

use super::table::Columns;
use crate::access::{
    Catchments, Measure, Opportunities, Supply, as_milliseconds, as_minutes, dual,
};
use crate::network::streets::{
    Contracted, Direction, Search, Snap, SnapIndex, StreetNetwork, Targets, Unplaced, nearest,
};

/// How far and how fast.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest trip, in minutes, where a measure has no limit of its own.
    pub trip_min: f64,
    /// Farthest place from a street, in metres.
    pub snap_m: f64,
    /// Speed of the way to the street, in km/h.
    pub approach_kmh: f64,
}

/// From so many origins, and so many minutes on, contracting the network first takes less time than it saves.
const MANY: usize = 64;
const LONG_MIN: f64 = 30.0;

/// Points on the streets of one mode, or why they are not.
pub struct Placed {
    pub snaps: Vec<Option<Snap>>,
    pub why_not: Vec<Option<Unplaced>>,
}

impl Placed {
    /// Puts every point (longitude, latitude) on the nearest usable street.
    #[must_use]
    pub fn new(index: &SnapIndex<'_>, points: &[(f64, f64)], limits: Limits) -> Self {
        let placed: Vec<Result<Snap, Unplaced>> = points
            .par_iter()
            .map(|&(lon, lat)| index.snap(lon, lat, limits.snap_m, limits.approach_kmh))
            .collect();
        Self {
            snaps: placed.iter().map(|snap| snap.ok()).collect(),
            why_not: placed.iter().map(|snap| snap.err()).collect(),
        }
    }

    /// How many are on no street.
    #[must_use]
    pub fn unplaced(&self) -> usize {
        self.snaps.iter().filter(|snap| snap.is_none()).count()
    }
}

/// What is measured: trips from every origin to destinations with opportunities.
pub struct Trips<'a> {
    pub network: &'a StreetNetwork,
    pub origins: &'a Placed,
    pub destinations: &'a Placed,
    /// What each destination offers: 1 each, or a column.
    pub opportunities: &'a [f64],
    /// What each destination supplies, and who demands it, for catchments.
    pub supply: &'a [f64],
    pub demand: &'a [f64],
    pub destination_ids: &'a [String],
    pub limits: Limits,
}

impl Trips<'_> {
    /// Fills one or more columns a measure, an origin a row. Origins on no street have null everywhere.
    pub fn measure(&self, measures: &[Measure], columns: &mut Columns) {
        let suffix = self.network.mode().id();
        let sums = self.opportunity_sums(measures);
        let mut sums = sums.iter();
        for measure in measures {
            let names: Vec<String> =
                measure.columns().iter().map(|name| format!("{name}_{suffix}")).collect();
            match measure {
                Measure::Nearest { k } => self.nearest(*k, &names, columns),
                Measure::Cumulative { .. } | Measure::Gravity { .. } => {
                    for name in &names {
                        let Some(sums) = sums.next() else { continue };
                        columns.numbers(name, self.where_placed(sums.sums()));
                    }
                }
                Measure::Dual { opportunities } => {
                    let times = self.dual(*opportunities);
                    columns.numbers(&names[0], times);
                }
                Measure::Catchment { method, limit_min, decay } => {
                    let method = Catchments::new(*method, *limit_min, *decay);
                    let supplies = self.supplies(as_milliseconds(*limit_min));
                    let access = method.access(&supplies, self.demand);
                    columns.numbers(&names[0], self.where_placed(&access));
                }
            }
        }
    }

    fn limit_ms(&self) -> u32 {
        as_milliseconds(self.limits.trip_min)
    }

    fn where_placed(&self, values: &[f64]) -> Vec<Option<f64>> {
        values.iter().zip(&self.origins.snaps).map(|(v, snap)| snap.as_ref().map(|_| *v)).collect()
    }

    fn nearest(&self, k: usize, names: &[String], columns: &mut Columns) {
        let (origins, places) = (&self.origins.snaps, &self.destinations.snaps);
        let found = nearest(self.network, origins, places, k, self.limit_ms());
        for (rank, name) in names.iter().enumerate() {
            let at = |found: &Vec<crate::network::streets::Found>| found.get(rank).copied();
            let minutes = found.iter().map(|f| at(f).map(|f| as_minutes(f.time_ms))).collect();
            columns.numbers(name, minutes);
            let id = |found| Some(self.destination_ids[at(found)?.destination as usize].as_str());
            let name = name.replacen("_min_", "_id_", 1);
            columns.texts(&name, found.iter().map(id).collect());
        }
    }

    /// One search from each destination, against the direction of travel, serves every sum at once. Destinations are
    /// split into a fixed number of runs whose sums are joined in their order, so that the bits do not depend on the
    /// number of threads.
    fn opportunity_sums(&self, measures: &[Measure]) -> Vec<Opportunities> {
        let blank = self.blank_sums(measures);
        if blank.is_empty() {
            return blank;
        }
        let limit = self.sums_limit_ms(measures);
        let targets = Targets::new(self.network, &self.origins.snaps, Direction::Inward);
        let runs = runs(self.destinations.snaps.len());
        let parts: Vec<Vec<Opportunities>> = runs
            .into_par_iter()
            .map(|run| {
                let mut sums = blank.clone();
                let mut search = Search::new(self.network, &targets);
                let mut reached = Vec::new();
                for row in run {
                    let Some(snap) = &self.destinations.snaps[row] else { continue };
                    reached.clear();
                    let note = |origin, time| reached.push((origin, time));
                    search.run(self.network, snap, &targets, limit, note);
                    for sum in &mut sums {
                        sum.add(self.opportunities[row], &reached);
                    }
                }
                sums
            })
            .collect();
        let mut parts = parts.into_iter();
        let mut joined = parts.next().unwrap_or(blank);
        for part in parts {
            for (sum, more) in joined.iter_mut().zip(&part) {
                sum.join(more);
            }
        }
        joined
    }

    fn blank_sums(&self, measures: &[Measure]) -> Vec<Opportunities> {
        let origins = self.origins.snaps.len();
        let mut sums = Vec::new();
        for measure in measures {
            match measure {
                Measure::Cumulative { limits_min } => {
                    sums.extend(limits_min.iter().map(|l| Opportunities::within(*l, origins)));
                }
                Measure::Gravity { decay } => {
                    let limit = as_milliseconds(measure.reach_min(self.limits.trip_min));
                    sums.push(Opportunities::decaying(*decay, limit, origins));
                }
                _ => {}
            }
        }
        sums
    }

    /// No farther than any of the sums looks.
    fn sums_limit_ms(&self, measures: &[Measure]) -> u32 {
        let sums = |m: &&Measure| matches!(m, Measure::Cumulative { .. } | Measure::Gravity { .. });
        let reach = measures.iter().filter(sums).map(|m| m.reach_min(self.limits.trip_min));
        as_milliseconds(reach.fold(0.0, f64::max))
    }

    fn dual(&self, wanted: f64) -> Vec<Option<f64>> {
        let targets = Targets::new(self.network, &self.destinations.snaps, Direction::Outward);
        let room = || (Search::new(self.network, &targets), Vec::new());
        self.origins
            .snaps
            .par_iter()
            .map_init(room, |(search, reached), snap| {
                reached.clear();
                let note =
                    |place: u32, time| reached.push((time, self.opportunities[place as usize]));
                search.run(self.network, snap.as_ref()?, &targets, self.limit_ms(), note);
                dual(reached, wanted).map(as_minutes)
            })
            .collect()
    }

    fn supplies(&self, limit_ms: u32) -> Vec<Supply> {
        let targets = Targets::new(self.network, &self.origins.snaps, Direction::Inward);
        let rows: Vec<usize> = (0..self.destinations.snaps.len()).collect();
        rows.par_iter()
            .map_init(
                || Search::new(self.network, &targets),
                |search, &row| {
                    let mut reached = Vec::new();
                    if let Some(snap) = &self.destinations.snaps[row] {
                        let note = |origin, time| reached.push((origin, time));
                        search.run(self.network, snap, &targets, limit_ms, note);
                    }
                    Supply { supply: self.supply[row], reached }
                },
            )
            .collect()
    }

    /// Every travel time within the limit: for each origin `(destination, milliseconds)` in the order of destinations.
    ///
    /// Many long trips are found on the contracted network, others by a search each: the times are the same.
    #[must_use]
    pub fn matrix(&self) -> Vec<Vec<(u32, u32)>> {
        let (origins, places) = (&self.origins.snaps, &self.destinations.snaps);
        if origins.len() >= MANY && self.limits.trip_min >= LONG_MIN {
            return Contracted::new(self.network).matrix(origins, places, self.limit_ms());
        }
        let targets = Targets::new(self.network, &self.destinations.snaps, Direction::Outward);
        self.origins
            .snaps
            .par_iter()
            .map_init(
                || Search::new(self.network, &targets),
                |search, snap| {
                    let mut reached = Vec::new();
                    if let Some(snap) = snap {
                        let note = |place, time| reached.push((place, time));
                        search.run(self.network, snap, &targets, self.limit_ms(), note);
                    }
                    reached.sort_unstable();
                    reached
                },
            )
            .collect()
    }
}

/// Rows in consecutive runs, the same ones on every machine.
fn runs(rows: usize) -> Vec<std::ops::Range<usize>> {
    const RUNS: usize = 16;
    let each = rows.div_ceil(RUNS).max(1);
    (0..rows).step_by(each).map(|start| start..(start + each).min(rows)).collect()
}
