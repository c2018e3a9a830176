//! Walks from the origins of units along the streets of an extract.

use std::sync::Arc;

use geo::{Distance, Euclidean};
use rayon::prelude::*;

use super::kinds::{Kind, Place};
use super::origins::{Origin, Origins};
use super::rows::{How, Reached};
use super::timetables::{LIMITS, Timetables};
use crate::access::{DETOUR, Nearest, closest};
use crate::formats::osm;
use crate::model::Dataset;
use crate::model::osm::Position;
use crate::network::streets::{
    Direction, Mode, NO_WAY, Profiles, Search, Snap, SnapIndex, StreetNetwork, Targets, build,
    metres_between,
};
use crate::pipeline::PipelineError;
use crate::pipeline::access::transit::Lines;
use crate::sources::{Data, Service, ServiceTable, Snapshot, read_services};

/// Farthest place from a street, in metres.
pub(super) const SNAP_LIMIT_M: f64 = 500.0;
/// Walking speed in km/h, on streets and on the way to them.
pub(super) const WALK_KMH: f64 = 5.0;
/// The same in metres a minute.
pub(super) const WALK_M_PER_MIN: f64 = WALK_KMH * 1000.0 / 60.0;

/// An extract of the data: its streets on foot, and its services.
pub(in crate::pipeline) struct Streets {
    pub(super) dataset: Dataset,
    pub(super) network: StreetNetwork,
    pub(super) services: Vec<Service>,
    /// Ids of the categories that the services are of.
    pub(super) categories: Vec<String>,
    /// The vehicles of the timetables with their stops on these streets, where the data hold timetables.
    pub(super) lines: Option<Lines>,
}

impl Streets {
    /// Every extract of the data.
    ///
    /// # Errors
    /// Those of [`Self::load`].
    pub fn all(
        snapshot: &Snapshot,
        data: &Data,
        table: &ServiceTable,
        timetables: Option<&Timetables>,
    ) -> Result<Vec<Self>, PipelineError> {
        let load = |dataset| Self::load(snapshot, dataset, table, timetables);
        data.streets.iter().map(load).collect()
    }

    /// Reads an extract whose file still has its checksum.
    ///
    /// # Errors
    /// [`PipelineError::Source`], [`PipelineError::Format`], [`PipelineError::Network`].
    fn load(
        snapshot: &Snapshot,
        dataset: &Dataset,
        table: &ServiceTable,
        timetables: Option<&Timetables>,
    ) -> Result<Self, PipelineError> {
        let path = snapshot.file(dataset)?;
        #[allow(clippy::cast_possible_truncation)] // 5 is 5
        let profiles = {
            let mut profiles = Profiles::built_in()?;
            profiles.walk.scale_to(WALK_KMH as f32);
            profiles
        };
        let sift = osm::Sift {
            way: &|tags| profiles.passages(tags),
            node: &|tags| profiles.blocks(tags),
            within: None,
            multipolygons: osm::Multipolygons::Leave,
        };
        let network = build(&osm::read(&path, &sift)?, Mode::Walk)?;
        let services = read_services(&path, table, None)?;
        let categories = table.categories().iter().map(|category| category.id.clone()).collect();
        let lines = timetables.map(|timetables| {
            let (request, vehicles) = (&timetables.request, Arc::clone(&timetables.vehicles));
            Lines::new(request, vehicles, (&network, &SnapIndex::new(&network)), LIMITS)
        });
        let lines = lines.transpose()?;
        Ok(Self { dataset: dataset.clone(), network, services, categories, lines })
    }
}

/// The units of an area on the streets.
pub(super) struct Walk<'a> {
    pub streets: &'a Streets,
    pub index: SnapIndex<'a>,
    /// For each unit its origins on the streets.
    snaps: Vec<Vec<Option<Snap>>>,
    bounds: [Position; 2],
}

impl<'a> Walk<'a> {
    /// The streets on which most units can be placed, the first of several; `None` where none can.
    pub fn choose(streets: &'a [Streets], origins: &[Origins]) -> Option<Self> {
        let mut best: Option<(usize, Self)> = None;
        for streets in streets {
            let walk = Self::new(streets, origins);
            let covered = origins.iter().filter(|origins| walk.covers(origins.unit)).count();
            if covered > best.as_ref().map_or(0, |(most, _)| *most) {
                best = Some((covered, walk));
            }
        }
        best.map(|(_, walk)| walk)
    }

    fn new(streets: &'a Streets, origins: &[Origins]) -> Self {
        let index = SnapIndex::new(&streets.network);
        let snap = |origin: &Origin| place(&index, origin.degrees);
        let snaps = origins.iter().map(|unit| unit.points.iter().map(snap).collect()).collect();
        Self { streets, snaps, bounds: streets.network.bounds(), index }
    }

    /// Whether an origin of the unit is on a street.
    pub fn covers(&self, unit: usize) -> bool {
        self.snaps[unit].iter().any(Option::is_some)
    }

    /// How many origins of units that are covered are on no street.
    pub fn unplaced(&self) -> usize {
        let covered = self.snaps.iter().filter(|unit| unit.iter().any(Option::is_some));
        covered.flatten().filter(|snap| snap.is_none()).count()
    }

    /// Whether all origins of a unit lie between the outermost streets.
    pub fn surrounds(&self, origins: &Origins) -> bool {
        origins.points.iter().all(|origin| self.edge_m(origin) > 0.0)
    }

    /// Metres from an origin to the nearest edge of the streets' bounds; 0 outside them.
    fn edge_m(&self, origin: &Origin) -> f64 {
        let [low, high] = self.bounds;
        let Some(at) = Position::from_degrees(origin.degrees.0, origin.degrees.1) else {
            return 0.0;
        };
        let inside =
            (low.lon..=high.lon).contains(&at.lon) && (low.lat..=high.lat).contains(&at.lat);
        let edges = [
            Position { lon: low.lon, ..at },
            Position { lon: high.lon, ..at },
            Position { lat: low.lat, ..at },
            Position { lat: high.lat, ..at },
        ];
        let nearest = edges.map(|edge| metres_between(at, edge)).into_iter().reduce(f64::min);
        if inside { nearest.unwrap_or(0.0) } else { 0.0 }
    }

    /// For each unit and each kind what is reached on foot; nothing where there is no way, or where a place that is off
    /// the streets lies nearer than the walk is long.
    pub fn measure(&self, kinds: &[Kind<'_>], origins: &[Origins]) -> Vec<Vec<Option<Reached>>> {
        let snap = |place_: &Place| place(&self.index, place_.degrees);
        let places: Vec<Option<Snap>> =
            kinds.iter().flat_map(|kind| &kind.places).map(snap).collect();
        let network = &self.streets.network;
        let targets = Targets::new(network, &places, Direction::Outward);
        let search = || (Search::new(network, &targets), vec![NO_WAY; places.len()]);
        let unit = |(search, times): &mut (Search, Vec<u32>), origins: &Origins| {
            let mut means = vec![Mean::default(); kinds.len()];
            for (origin, snap) in origins.points.iter().zip(&self.snaps[origins.unit]) {
                let Some(snap) = snap else { continue };
                times.fill(NO_WAY);
                let note = |place: u32, time| times[place as usize] = time;
                search.run(network, snap, &targets, NO_WAY - 1, note);
                let mut rest = times.as_slice();
                for (kind, mean) in kinds.iter().zip(&mut means) {
                    let (of_kind, others) = rest.split_at(kind.places.len());
                    rest = others;
                    mean.add(origin, kind, nearest(origin, kind, of_kind), self.edge_m(origin));
                }
            }
            means.into_iter().map(|mean| mean.reached(origins.populated)).collect()
        };
        origins.par_iter().map_init(search, unit).collect()
    }
}

fn place(index: &SnapIndex<'_>, (lon, lat): (f64, f64)) -> Option<Snap> {
    index.snap(lon, lat, SNAP_LIMIT_M, WALK_KMH).ok()
}

/// The nearest place of a kind, given the time to each; bounds as on the straight line, see [`crate::access::nearest`].
fn nearest(origin: &Origin, kind: &Kind<'_>, times: &[u32]) -> Option<Nearest> {
    let mut walks = Vec::with_capacity(times.len());
    let mut off_streets = f64::INFINITY;
    for (row, (place, &time)) in kind.places.iter().zip(times).enumerate() {
        if time == NO_WAY {
            off_streets = off_streets.min(Euclidean.distance(origin.at, place.at));
            continue;
        }
        let distance_m = f64::from(time) / 60_000.0 * WALK_M_PER_MIN;
        walks.push((row, distance_m, place.slack_m.unwrap_or(0.0) * DETOUR));
    }
    closest(walks).filter(|found| found.distance_m <= off_streets)
}

/// The mean walk of a unit's origins, weighted by their residents.
#[derive(Clone, Default)]
struct Mean {
    weight: f64,
    distance: f64,
    lower: f64,
    upper: f64,
    slack_m: Option<f64>,
    places: Vec<usize>,
    beyond: bool,
}

impl Mean {
    fn add(&mut self, origin: &Origin, kind: &Kind<'_>, found: Option<Nearest>, edge_m: f64) {
        let Some(found) = found else { return };
        self.weight += origin.weight;
        self.distance += origin.weight * found.distance_m;
        self.lower += origin.weight * found.lower_m;
        self.upper += origin.weight * found.upper_m;
        let slack = kind.places[found.destination].slack_m;
        self.slack_m = slack.into_iter().chain(self.slack_m).reduce(f64::max);
        self.places.push(found.destination);
        // Places of a data set that lie beyond are known, those of the extract are not.
        self.beyond |= kind.from_extract && found.distance_m > edge_m;
    }

    fn reached(self, populated: bool) -> Option<Reached> {
        let found = Nearest {
            destination: *self.places.first()?,
            distance_m: self.distance / self.weight,
            lower_m: self.lower / self.weight,
            upper_m: self.upper / self.weight,
        };
        let how = How::Walked { populated, beyond: self.beyond };
        Some(Reached { found, slack_m: self.slack_m, places: self.places, how })
    }
}
