//! Entries that are counted apart and may be one and the same: said beside the counts, which stay as they are.

use geo::Point;

use crate::compare::{Candidate, duplicates};
use crate::indicators::actors::ids;
use crate::model::{Actor, ActorTheme, LocalActor, Observation, Role, Whereabouts};

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

/// Says of each count, and of its rate, how many such pairs it holds.
pub(in crate::pipeline) fn remark(local: &[LocalActor], rows: &mut [Observation]) {
    let pairs = doubles(local);
    if pairs.is_empty() {
        return;
    }
    let themes = std::iter::once(None).chain(ActorTheme::ALL.map(Some));
    let indicators: Vec<_> = themes.map(|theme| (theme, ids(theme))).collect();
    for row in rows.iter_mut().filter(|row| row.role == Role::Own && row.value.is_some()) {
        let of_row = indicators.iter().find(|(_, ids)| ids.contains(&row.indicator));
        let Some((theme, _)) = of_row else { continue };
        let counts = |found: &LocalActor| {
            let of_theme = theme.is_none_or(|theme| found.actor.themes.contains(&theme));
            let of_place = row.unit_id.is_none()
                || matches!(&found.whereabouts, Whereabouts::Point { unit_id, .. } if Some(unit_id) == row.unit_id.as_ref());
            of_theme && of_place
        };
        let held = pairs.iter().filter(|pair| pair.iter().all(|found| counts(found))).count();
        if held > 0 {
            row.definition +=
                &format!("; pairs of counted entries that may be one and the same: {held}");
        }
    }
}
