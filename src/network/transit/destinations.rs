//! From the stops that a search reaches on to destinations.

use super::NetworkError;
use super::raptor::{Minute, UNREACHED};

/// Walks from stops to destinations, found on the street network once for all origins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Egress {
    destinations: usize,
    starts: Vec<u32>,
    walks: Vec<(u32, u32)>,
}

impl Egress {
    /// Takes walks as (stop, destination, seconds).
    ///
    /// # Errors
    /// [`NetworkError::OutOfRange`].
    pub fn new(
        stops: usize,
        destinations: usize,
        mut walks: Vec<(u32, u32, u32)>,
    ) -> Result<Self, NetworkError> {
        for &(stop, destination, _) in &walks {
            check("stop", stop, stops)?;
            check("destination", destination, destinations)?;
        }
        walks.sort_unstable();
        let mut starts = vec![0; stops + 1];
        for walk in &walks {
            starts[walk.0 as usize + 1] += 1;
        }
        for stop in 0..stops {
            starts[stop + 1] += starts[stop];
        }
        let walks = walks.into_iter().map(|walk| (walk.1, walk.2)).collect();
        Ok(Self { destinations, starts, walks })
    }

    fn from(&self, stop: u32) -> &[(u32, u32)] {
        let from = self.starts[stop as usize] as usize;
        let to = self.starts[stop as usize + 1] as usize;
        &self.walks[from..to]
    }
}

fn check(what: &'static str, number: u32, count: usize) -> Result<(), NetworkError> {
    if (number as usize) < count {
        return Ok(());
    }
    Err(NetworkError::OutOfRange { what, number, count })
}

/// Door-to-door times of one origin, carried from departure to departure.
///
/// Only stops that a departure improved are followed to their destinations, which makes this cheap
/// beside a minimum over all stops for every destination and departure. The same rules hold as for
/// [`Minute::seconds`]: with [`Wait::Planned`](super::Wait::Planned) the wait is taken out of the
/// journey to the destination, not of those to the stops around it.
#[derive(Debug, Clone, Default)]
pub struct Destinations {
    arrivals: Vec<u32>,
    left: Vec<u32>,
}

impl Destinations {
    /// Forgets the origin before.
    pub fn start(&mut self, egress: &Egress) {
        self.arrivals.clear();
        self.arrivals.resize(egress.destinations, UNREACHED);
        self.left.clear();
        self.left.resize(egress.destinations, UNREACHED);
    }

    /// Walks on from the stops that this departure improved; to be called for every departure.
    pub fn follow(&mut self, egress: &Egress, minute: &Minute<'_>) {
        for &stop in minute.improved {
            let arrival = minute.arrival(stop);
            for &(destination, seconds) in egress.from(stop) {
                let (at, there) = (arrival.saturating_add(seconds), destination as usize);
                if at < self.arrivals[there] {
                    self.arrivals[there] = at;
                    self.left[there] = minute.clock();
                }
            }
        }
    }

    /// Seconds to a destination for this departure, [`UNREACHED`] where `max_duration` is passed.
    #[must_use]
    pub fn seconds(&self, minute: &Minute<'_>, destination: u32) -> u32 {
        let there = destination as usize;
        minute.duration(self.arrivals[there], self.left[there])
    }

    /// Seconds to every destination for this departure, into a slice of that length.
    pub fn seconds_into(&self, minute: &Minute<'_>, into: &mut [u32]) {
        let labels = self.arrivals.iter().zip(&self.left);
        for (into, (&arrival, &left)) in into.iter_mut().zip(labels) {
            *into = minute.duration(arrival, left);
        }
    }
}
