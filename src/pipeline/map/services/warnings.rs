//! What a reader of the distances must know, counted, one line a fact.

use super::origins::Origins;
use super::walk::{SNAP_LIMIT_M, Streets, Walk};
use crate::access::DETOUR;

/// What was found on the way.
pub(super) struct Facts<'a> {
    pub origins: &'a [Origins],
    pub kinds: usize,
    /// Distances of covered units that are straight lines all the same.
    pub straight: usize,
    /// Walks after which a nearer place may lie beyond the streets.
    pub beyond: usize,
    /// Kinds of the extract that gave way to a data set.
    pub taken: &'a [String],
}

impl Facts<'_> {
    pub fn warnings(&self, streets: &[Streets], walk: Option<&Walk<'_>>) -> Vec<String> {
        let Some(walk) = walk else {
            return if self.kinds == 0 { Vec::new() } else { vec![none(streets)] };
        };
        let units = self.origins.len();
        let off = self.origins.iter().filter(|unit| !walk.covers(unit.unit)).count();
        let id = &walk.streets.dataset.id;
        let mut warnings = Vec::new();
        let mut tell = |count: usize, text: String| warnings.extend((count > 0).then_some(text));
        tell(
            off,
            format!(
                "{off} of {units} units have no street of \"{id}\" within {SNAP_LIMIT_M} m of where trips begin: their distances to services are straight lines times {DETOUR}; to services of the extract they have none where its streets end before them"
            ),
        );
        let unplaced = walk.unplaced();
        tell(
            unplaced,
            format!(
                "{unplaced} populated points have no street of \"{id}\" within {SNAP_LIMIT_M} m and are left out of the walks of their units"
            ),
        );
        let all = (units - off) * self.kinds;
        let straight = self.straight;
        tell(
            straight,
            format!(
                "{straight} of {all} distances from units on streets are straight lines times {DETOUR}: no way leads there, or a place off the streets may be nearer than the walk is long"
            ),
        );
        let beyond = self.beyond;
        tell(
            beyond,
            format!(
                "{beyond} of {all} walks are longer than the way to the edge of \"{id}\": a nearer service may lie beyond it"
            ),
        );
        let names = self.taken.join(", ");
        tell(
            self.taken.len(),
            format!("services of \"{id}\" left out because a data set has its own: {names}"),
        );
        warnings
    }
}

fn none(streets: &[Streets]) -> String {
    let lines = format!("distances to services are straight lines times {DETOUR}");
    if streets.is_empty() {
        return format!(
            "no streets are among the data: {lines}; `scale ingest --geography streets` adds them"
        );
    }
    let ids: Vec<String> = streets.iter().map(|one| format!("\"{}\"", one.dataset.id)).collect();
    format!(
        "no unit has a street of {} within {SNAP_LIMIT_M} m of where trips begin, so the streets do not cover the area: {lines}",
        ids.join(", ")
    )
}
