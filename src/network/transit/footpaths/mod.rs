//! Walks from stop to stop, joined with what the feeds say about changing.

mod useful;

use super::timetable::{Change, Timetable};
use super::{NetworkError, UNREACHED};

/// Marks a walk whose seconds already hold the time for changing.
const WHOLE: u32 = 1 << 31;

/// Walks that rules for certain vehicles may add, at 12 bytes each.
const MAX_WALKS: usize = 50_000_000;

/// How a search gets from where it left a vehicle to where the next one can be boarded.
///
/// The walks come from the street network; the rules from `transfers.txt` (same feed only):
/// - no rule: the walk plus the search's minimum time for changing; at the same stop that time alone;
/// - minimum time (type 2): the longer of the walk and that time, and nothing on top; where the streets
///   know no walk between the two stops, that time alone;
/// - timed (type 1): the walk alone;
/// - forbidden (type 3): not from this stop to that one, at the same stop neither.
///
/// Where a rule names trips or routes these are walks from where such vehicles stop to where others do.
///
/// A rule concerns changing only: who gets off at a stop can always walk away from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footpaths {
    /// Number of stops; the places of certain vehicles come behind them and are treated as such.
    stops: usize,
    /// Where the walks of each stop begin in `walks`, and their number.
    starts: Vec<u32>,
    /// Stop, and seconds with [`WHOLE`]; the shortest first.
    walks: Vec<(u32, u32)>,
    /// Changing at the same stop: `None` takes the search's minimum time, [`UNREACHED`] is forbidden.
    same_stop: Vec<Option<u32>>,
}

impl Footpaths {
    /// Takes walks as (from, to, seconds), in one direction each; a walk from a stop to itself is passed
    /// over and of several between the same stops the shortest counts. Walks along a line in its own
    /// direction, slower than riding, are left out: no arrival depends on them.
    ///
    /// # Errors
    /// [`NetworkError::OutOfRange`] for a stop that the timetable does not have, or a walk of years;
    /// [`NetworkError::TooLarge`] where rules for single vehicles ask for more walks than memory holds.
    pub fn new(
        timetable: &Timetable,
        mut walks: Vec<(u32, u32, u32)>,
    ) -> Result<Self, NetworkError> {
        let count = timetable.stops().len();
        for &(from, to, seconds) in &walks {
            let outside = |number: u32| number as usize >= count;
            if let Some(number) = [from, to].into_iter().find(|&stop| outside(stop)) {
                return Err(NetworkError::OutOfRange { what: "stop", number, count });
            }
            if seconds >= WHOLE {
                let what = "a walk of this many seconds";
                return Err(NetworkError::OutOfRange { what, number: seconds, count });
            }
        }
        walks.sort_unstable();
        walks.dedup_by_key(|walk| (walk.0, walk.1));
        walks.retain(|walk| walk.0 != walk.1);
        let same_stop = apply_rules(timetable, &mut walks)?;
        useful::keep_useful(timetable, &mut walks, &same_stop);
        Ok(Self::lay_out(count, &walks, same_stop))
    }

    fn lay_out(stops: usize, walks: &[(u32, u32, u32)], same_stop: Vec<Option<u32>>) -> Self {
        let count = same_stop.len();
        let mut starts = vec![0; count + 1];
        for walk in walks {
            starts[walk.0 as usize + 1] += 1;
        }
        for stop in 0..count {
            starts[stop + 1] += starts[stop];
        }
        let walks = walks.iter().map(|walk| (walk.1, walk.2)).collect();
        Self { stops, starts, walks, same_stop }
    }

    /// Number of stops these walks are for.
    #[must_use]
    pub fn stop_count(&self) -> usize {
        self.stops
    }

    /// Number of walks that are kept, in one direction each.
    #[must_use]
    pub fn len(&self) -> usize {
        self.walks.len()
    }

    /// Whether nobody can walk from one stop to another.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.walks.is_empty()
    }

    /// Seconds until the next vehicle can be boarded at the same stop.
    #[inline]
    pub(super) fn same_stop(&self, stop: u32, min_transfer: u32) -> u32 {
        self.same_stop[stop as usize].unwrap_or(min_transfer)
    }

    /// The stops within a walk, with seconds until a vehicle can be boarded there; walks do not get
    /// shorter, the seconds may.
    #[inline]
    pub(super) fn from(
        &self,
        stop: u32,
        min_transfer: u32,
    ) -> impl Iterator<Item = Walk> + use<'_> {
        let from = self.starts[stop as usize] as usize;
        let to = self.starts[stop as usize + 1] as usize;
        self.walks[from..to].iter().map(move |&(stop, seconds)| {
            let walked = seconds & !WHOLE;
            let extra = if seconds & WHOLE == 0 { min_transfer } else { 0 };
            Walk { stop, walked, seconds: walked + extra }
        })
    }
}

/// A walk to another stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Walk {
    pub(super) stop: u32,
    pub(super) walked: u32,
    /// With the time for changing.
    pub(super) seconds: u32,
}

/// Works the feeds' rules into sorted walks, leads them from place to place, sorts them by length, and gives
/// the rules for changing at the same place.
fn apply_rules(
    timetable: &Timetable,
    walks: &mut Vec<(u32, u32, u32)>,
) -> Result<Vec<Option<u32>>, NetworkError> {
    let count = u32::try_from(timetable.stops().len()).unwrap_or(u32::MAX);
    let mut same_place = vec![None; timetable.place_count()];
    let mut ruled = Vec::with_capacity(walks.len());
    let known = walks.len();
    let pairs = timetable.ruled_pairs().into_iter();
    let unwalked = pairs.filter(|pair| {
        pair.0 != pair.1 && walks.binary_search_by_key(pair, |walk| (walk.0, walk.1)).is_err()
    });
    let unwalked: Vec<(u32, u32, u32)> = unwalked.map(|(a, b)| (a, b, UNREACHED)).collect();
    walks.extend((0..count).map(|stop| (stop, stop, 0)));
    walks.extend(unwalked);
    for &(a, b, walk) in walks.iter() {
        for (from, to) in pairs_of_places(timetable, a, b) {
            let seconds = match timetable.change(from, to) {
                Some(Change::Forbidden) => UNREACHED,
                Some(Change::AtLeast(seconds)) if walk == UNREACHED => {
                    seconds.min(!WHOLE - 1) | WHOLE
                }
                Some(Change::AtLeast(seconds)) => walk.max(seconds.min(!WHOLE - 1)) | WHOLE,
                _ if walk == UNREACHED => UNREACHED,
                Some(Change::Timed) => walk | WHOLE,
                None if from == to => continue,
                None => walk,
            };
            if from == to {
                let seconds = if seconds == UNREACHED { seconds } else { seconds & !WHOLE };
                same_place[from as usize] = Some(seconds);
            } else if seconds != UNREACHED {
                ruled.push((from, to, seconds));
            }
        }
        if ruled.len() > known.saturating_mul(2).max(MAX_WALKS) {
            let what = "walks between vehicles with rules for changing of their own";
            return Err(NetworkError::TooLarge { date: timetable.date(), what, limit: MAX_WALKS });
        }
    }
    ruled.sort_unstable_by_key(|walk| (walk.0, walk.2 & !WHOLE, walk.1));
    *walks = ruled;
    Ok(same_place)
}

fn pairs_of_places(timetable: &Timetable, a: u32, b: u32) -> impl Iterator<Item = (u32, u32)> {
    let to = timetable.places_of(b);
    timetable.places_of(a).flat_map(move |from| to.clone().map(move |to| (from, to)))
}
