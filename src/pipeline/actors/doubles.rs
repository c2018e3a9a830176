//! Entries that are counted apart and may be one and the same: said beside the counts, which stay as they are.

use geo::Point;

use crate::compare::{Candidate, duplicates};
use crate::model::{Actor, LocalActor};

/// Whether a keeper said of two entries that they are one, or that they are not.
pub(super) fn decided(a: &Actor, b: &Actor) -> bool {
    let says = |one: &Actor, other: &Actor| {
        one.same_as.as_ref() == Some(&other.id) || one.differs_from.contains(&other.id)
    };
    says(a, b) || says(b, a)
}

/// The pairs of counted entries that look alike and of which nobody decided.
pub(in crate::pipeline) fn doubles(local: &[LocalActor]) -> Vec<[&LocalActor; 2]> {
    let counted: Vec<&LocalActor> =
        local.iter().filter(|found| found.counted && found.whereabouts.is_here()).collect();
    let candidates: Vec<Candidate<'_>> = counted
        .iter()
        .map(|found| Candidate {
            name: &found.actor.name,
            at: found.at.map(Point::from),
            area: found.actor.area.as_deref(),
        })
        .collect();
    let pairs = duplicates(&candidates);
    let pair = |pair: &crate::compare::Alike| [counted[pair.first], counted[pair.second]];
    let pairs = pairs.iter().map(pair);
    pairs.filter(|[a, b]| !decided(&a.actor, &b.actor)).collect()
}

/// What is said of such pairs beside the counts; nothing where there are none.
pub(in crate::pipeline) fn remark(local: &[LocalActor]) -> Option<String> {
    let pairs: Vec<String> = doubles(local)
        .into_iter()
        .map(|[a, b]| format!("\"{}\" and \"{}\"", a.actor.name, b.actor.name))
        .collect();
    (!pairs.is_empty()).then(|| {
        let pairs = pairs.join("; ");
        format!("counted apart, though they may be one and the same: {pairs}; same_as or differs_from in the register decides it")
    })
}
