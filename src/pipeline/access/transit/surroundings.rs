//! How far one gets by public transport along the streets, for drawing it.

use std::iter;

use super::{Room, Transit};
use crate::access::{as_milliseconds, percentile};
use crate::network::streets::{Beside, Reach, Snap, StreetNetwork};
use crate::network::transit::{Egress, UNREACHED};
use crate::pipeline::PipelineError;

/// The streets around every stop: their nodes, and the stops themselves, as places where trips end.
///
/// The time to a node is that of the search for destinations, walks from stops no longer than asked for; its
/// percentile is taken over the departures. Along a street the times at its two ends, and at stops on it, are walked on
/// from. Between the ends the percentile of the earlier of two arrivals can be lower than that of either, where vehicles
/// come by both: there the figure is smaller than the true one, by less than that street.
pub(in super::super) struct Surroundings<'a> {
    transit: &'a Transit<'a>,
    network: &'a StreetNetwork,
    beside: &'a Beside,
    egress: Egress,
    longest_ms: u32,
}

/// A point on a street, and milliseconds to it.
type AtSnap = (Snap, u32);

/// Room for one origin after the other.
pub(in super::super) struct Streets<'a> {
    rides: Room,
    /// On foot all the way, then what is reached at a percentile.
    reach: Reach<'a>,
    /// On foot all the way: milliseconds to each node.
    on_foot: Vec<u32>,
    column: Vec<u32>,
}

impl<'a> Surroundings<'a> {
    /// Walks from every stop, for no longer than `longest_ms`.
    ///
    /// # Errors
    /// [`PipelineError::Network`], a fault of the program.
    pub(in super::super) fn new(
        transit: &'a Transit<'a>,
        network: &'a StreetNetwork,
        beside: &'a Beside,
        longest_ms: u32,
    ) -> Result<Self, PipelineError> {
        let nodes = network.node_count();
        let stops = transit.lines.stops.snaps.len();
        let walk_ms = as_milliseconds(transit.request.walk_min).min(longest_ms);
        let mut walks = Vec::new();
        let mut reach = Reach::new(network, beside);
        for (stop, place) in (0_u32..).zip(&transit.lines.stops.snaps) {
            let Some(place) = place else { continue };
            reach.run(place, walk_ms);
            walks.extend(reach.nodes().map(|(node, ms)| (stop, node, ms.div_ceil(1000))));
            let at_stop = u32::try_from(nodes).ok().and_then(|nodes| nodes.checked_add(stop));
            walks.extend(at_stop.map(|place| (stop, place, 0)));
        }
        let egress = Egress::new(stops, nodes + stops, walks)?;
        Ok(Self { transit, network, beside, egress, longest_ms })
    }

    pub(in super::super) fn room(&self) -> Streets<'a> {
        Streets {
            rides: Room::default(),
            reach: Reach::new(self.network, self.beside),
            on_foot: vec![UNREACHED; self.network.node_count()],
            column: Vec::new(),
        }
    }

    /// What `draw` makes of the streets that are reached from an origin, for each percentile of the time.
    ///
    /// # Errors
    /// Those of `draw`; [`PipelineError::Network`], a fault of the program.
    pub(in super::super) fn by_percentile<T>(
        &self,
        origin: usize,
        snap: &Snap,
        room: &mut Streets<'a>,
        mut draw: impl FnMut(&Reach<'a>) -> Result<T, PipelineError>,
    ) -> Result<Vec<T>, PipelineError> {
        let stops = self.transit.lines.stops.snaps.len();
        let places = room.on_foot.len() + stops;
        let departures = self.transit.ride(origin, &self.egress, places, &mut room.rides)?;
        room.reach.run(snap, self.longest_ms);
        room.on_foot.fill(UNREACHED);
        for (node, ms) in room.reach.nodes() {
            room.on_foot[node as usize] = ms;
        }
        room.column.resize(departures, UNREACHED);
        let mut drawn = Vec::new();
        for &percent in self.transit.percentiles() {
            let (starts, nodes) = self.times(snap, room, percent);
            room.reach.fill(&starts, &nodes);
            drawn.push(draw(&room.reach)?);
        }
        Ok(drawn)
    }

    /// Milliseconds to the origin's own street and to stops on theirs, and to nodes.
    fn times(
        &self,
        snap: &Snap,
        room: &mut Streets<'_>,
        percent: f64,
    ) -> (Vec<AtSnap>, Vec<(u32, u32)>) {
        let nodes = room.on_foot.len();
        let mut reached = Vec::new();
        for (node, number) in (0_u32..).zip(0..nodes) {
            // On foot it takes as long at every departure, so that the shorter of both may be taken after the percentile.
            let time = self.at(number, room, percent).min(room.on_foot[number]);
            if time <= self.longest_ms {
                reached.push((node, time));
            }
        }
        let mut starts: Vec<AtSnap> = iter::once((*snap, snap.approach_ms)).collect();
        for (stop, place) in self.transit.lines.stops.snaps.iter().enumerate() {
            let Some(place) = place else { continue };
            let time = self.at(nodes + stop, room, percent).saturating_add(place.approach_ms);
            if time <= self.longest_ms {
                starts.push((*place, time));
            }
        }
        (starts, reached)
    }

    /// Milliseconds to a place at a percentile of the departures.
    fn at(&self, place: usize, room: &mut Streets<'_>, percent: f64) -> u32 {
        let places = room.on_foot.len() + self.transit.lines.stops.snaps.len();
        let rows = room.rides.seconds.chunks_exact(places);
        for (cell, row) in room.column.iter_mut().zip(rows) {
            *cell = row[place];
        }
        let found = percentile(&mut room.column, percent);
        found.and_then(|seconds| seconds.checked_mul(1000)).unwrap_or(UNREACHED)
    }
}

impl Transit<'_> {
    /// Percentiles of the time over the departures.
    pub(in super::super) fn percentiles(&self) -> &[f64] {
        &self.request.percentiles
    }
}
