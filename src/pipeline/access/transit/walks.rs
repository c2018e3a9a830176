//! Walks between origins, stops and destinations.

use rayon::prelude::*;

use super::super::account::to_border;
use super::super::streets::Placed;
use super::Ground;
use crate::network::NetworkError;
use crate::network::streets::{self, Direction, StreetNetwork, Targets};
use crate::network::transit::Egress;

/// Milliseconds on foot from each place to each other within a limit, in the order of the targets.
pub(super) fn times(
    network: &StreetNetwork,
    from: &Placed,
    to: &Placed,
    limit_ms: u32,
) -> Vec<Vec<(u32, u32)>> {
    let targets = Targets::new(network, &to.snaps, Direction::Outward);
    from.snaps
        .par_iter()
        .map_init(
            || streets::Search::new(network, &targets),
            |search, snap| {
                let mut reached = Vec::new();
                if let Some(snap) = snap {
                    search.run(network, snap, &targets, limit_ms, |to, ms| reached.push((to, ms)));
                }
                reached.sort_unstable();
                reached
            },
        )
        .collect()
}

/// The same in whole seconds, rounded up: nobody catches a vehicle by a fraction.
pub(super) fn walks(
    network: &StreetNetwork,
    from: &Placed,
    to: &Placed,
    limit_ms: u32,
) -> Vec<Vec<(u32, u32)>> {
    let mut walks = times(network, from, to, limit_ms);
    walks.iter_mut().flatten().for_each(|walk| walk.1 = walk.1.div_ceil(1000));
    walks
}

pub(super) fn flat(walks: &[Vec<(u32, u32)>]) -> Vec<(u32, u32, u32)> {
    let rows = (0_u32..).zip(walks);
    rows.flat_map(|(from, walks)| walks.iter().map(move |&(to, seconds)| (from, to, seconds)))
        .collect()
}

/// Walks from stops to destinations and, as one more of these, to where the streets that were read are cut off: at a stop
/// that is on no street one is there.
pub(super) fn egress(
    ground: &Ground<'_>,
    stops: &Placed,
    walk_ms: u32,
) -> Result<Egress, NetworkError> {
    let places = ground.destinations.snaps.len();
    let mut walks = walks(ground.network, stops, ground.destinations, walk_ms);
    let to_border = to_border(ground.network, &stops.snaps, f64::from(walk_ms) / 60_000.0);
    let border = u32::try_from(places).unwrap_or(u32::MAX);
    for ((walks, snap), time) in walks.iter_mut().zip(&stops.snaps).zip(to_border) {
        let seconds = if snap.is_none() { Some(0) } else { time.map(|ms| ms.div_ceil(1000)) };
        walks.extend(seconds.map(|seconds| (border, seconds)));
    }
    Egress::new(stops.snaps.len(), places + 1, flat(&walks))
}
