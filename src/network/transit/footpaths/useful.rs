//! Leaving out walks that no journey needs.
//!
//! A walk is of no use where every vehicle that it leads to can be caught as well at an earlier position
//! of the same pattern, by a walk so much shorter that riding is no slower than walking on: walking along
//! a line in its own direction. What is boarded earlier is the same trip or one before it, with as many
//! rides, so that no arrival is later for want of the walk. The idea is that of the transfer reduction in
//! Witt (2015), "Trip-based public transit routing", kept to what holds for every time for changing.

use super::WHOLE;
use crate::network::transit::timetable::{Boarding, Timetable};

/// Keeps the useful of the walks, which are sorted by their first stop.
pub(super) fn keep_useful(
    timetable: &Timetable,
    walks: &mut Vec<(u32, u32, u32)>,
    same_stop: &[Option<u32>],
) {
    let mut kept = Vec::with_capacity(walks.len());
    for mine in walks.chunk_by(|one, other| one.0 == other.0) {
        let Some(&(from, ..)) = mine.first() else { continue };
        let mut reached = Vec::new();
        // At the stop itself one changes without a walk, or in the time of its rule.
        match same_stop[from as usize] {
            None => gather(timetable, from, 0, &mut reached),
            Some(seconds) if seconds < WHOLE => {
                gather(timetable, from, seconds | WHOLE, &mut reached);
            }
            Some(_) => (),
        }
        for &(_, stop, seconds) in mine {
            gather(timetable, stop, seconds, &mut reached);
        }
        let mut useful = useful_stops(timetable, &mut reached);
        useful.sort_unstable();
        let needed = |walk: &&(u32, u32, u32)| useful.binary_search(&walk.1).is_ok();
        kept.extend(mine.iter().filter(needed).copied());
    }
    *walks = kept;
}

/// What can be boarded at the end of a walk.
struct Reached {
    at: Boarding,
    stop: u32,
    seconds: u32,
}

fn gather(timetable: &Timetable, stop: u32, seconds: u32, into: &mut Vec<Reached>) {
    let boardings = timetable.boardings(stop).iter();
    into.extend(boardings.map(|&at| Reached { at, stop, seconds }));
}

/// The stops at which something is boarded that cannot be boarded earlier.
fn useful_stops(timetable: &Timetable, reached: &mut [Reached]) -> Vec<u32> {
    reached.sort_unstable_by_key(|reached| (reached.at, reached.stop, reached.seconds));
    let mut useful = Vec::new();
    for line in reached.chunk_by(|one, other| one.at.pattern == other.at.pattern) {
        for (before, later) in line.iter().enumerate() {
            let replaces = |earlier: &Reached| replaces(timetable, earlier, later);
            if !line[..before].iter().any(replaces) {
                useful.push(later.stop);
            }
        }
    }
    useful
}

/// Whether every trip that can be caught at `later` can be caught at `earlier`, up the same pattern.
fn replaces(timetable: &Timetable, earlier: &Reached, later: &Reached) -> bool {
    // How much the search adds to a walk without a rule is not known here: it must be on both or only
    // on the later.
    if earlier.seconds & WHOLE == 0 && later.seconds & WHOLE != 0 {
        return false;
    }
    let (walk, longer) = (earlier.seconds & !WHOLE, later.seconds & !WHOLE);
    let departures = timetable.departures(earlier.at).iter().zip(timetable.departures(later.at));
    let slowest = departures.map(|(before, after)| after - before).max();
    slowest.is_some_and(|ride| walk.saturating_add(ride) <= longer)
}
