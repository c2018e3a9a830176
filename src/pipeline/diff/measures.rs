//! What arenas expected of their measures, beside what became of the indicators that follow them up.
//!
//! The direction of a change is only told where the verdict says that there is one, and where the newer figure is of a later
//! year than the start. Even then a change is no proof of an effect.

use std::collections::BTreeSet;

use serde::Serialize;

use super::meaning::{IndicatorChange, Reading, Tables};
use super::{FolderChange, Presence};
use crate::compare::{Compared, Verdict};
use crate::model::Measure;

/// What became of the indicator of a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It changed, in the direction expected.
    AsExpected,
    /// It changed in the other direction.
    OtherWay,
    /// Nothing can be made of the change.
    Inconclusive,
    /// The two outputs hold the same value.
    Unchanged,
    /// The newer figure is of the year of the start, or earlier.
    TooEarly,
    /// The outputs hold no such indicator of the area.
    NotInOutputs,
}

/// A measure and the change of its indicator.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FollowUp {
    #[serde(flatten)]
    pub measure: Measure,
    pub outcome: Outcome,
    pub old: Option<Reading>,
    pub new: Option<Reading>,
    pub compared: Option<Compared>,
}

/// What the outputs hold, changed or not.
#[derive(Default)]
pub(super) struct Seen {
    /// Area and indicator.
    indicators: BTreeSet<(String, String)>,
    /// Areas on both sides whose tables are the same in every byte, and were not opened.
    same: BTreeSet<String>,
}

impl Seen {
    pub fn add(&mut self, folder: &FolderChange, tables: Option<&Tables>) {
        match tables {
            Some(tables) => {
                let pairs = tables.indicators();
                self.indicators.extend(pairs.map(|(area, id)| (area.to_owned(), id.to_owned())));
            }
            None if folder.presence == Presence::Both => {
                self.same.insert(folder.folder.clone());
            }
            None => {}
        }
    }

    fn holds(&self, measure: &Measure) -> bool {
        let pair = (measure.area.clone(), measure.indicator.clone());
        self.same.contains(&measure.area) || self.indicators.contains(&pair)
    }
}

/// Each measure with what became of its indicator, in the order of the measures.
pub(super) fn follow_up(
    measures: &[Measure],
    changes: &[IndicatorChange],
    seen: &Seen,
) -> Vec<FollowUp> {
    measures.iter().map(|measure| of(measure, changes, seen)).collect()
}

fn of(measure: &Measure, changes: &[IndicatorChange], seen: &Seen) -> FollowUp {
    let Some(change) = change_of(measure, changes) else {
        let outcome = if seen.holds(measure) { Outcome::Unchanged } else { Outcome::NotInOutputs };
        return FollowUp {
            measure: measure.clone(),
            outcome,
            old: None,
            new: None,
            compared: None,
        };
    };
    let early = change.new.year.is_some_and(|year| year <= measure.start.year());
    let outcome = match (early, change.compared.verdict, change.compared.change) {
        (true, ..) => Outcome::TooEarly,
        (_, Verdict::BeyondNoise | Verdict::Changed, Some(by)) if by != 0.0 => {
            if measure.direction.holds(by) { Outcome::AsExpected } else { Outcome::OtherWay }
        }
        _ => Outcome::Inconclusive,
    };
    FollowUp {
        measure: measure.clone(),
        outcome,
        old: Some(change.old.clone()),
        new: Some(change.new.clone()),
        compared: Some(change.compared.clone()),
    }
}

/// The change of the indicator in the area as a whole, of everybody; of the newest year where there are several.
fn change_of<'a>(measure: &Measure, changes: &'a [IndicatorChange]) -> Option<&'a IndicatorChange> {
    let of_area = changes.iter().filter(|change| {
        change.indicator == measure.indicator
            && change.unit_id.is_none()
            && change.role == "own"
            && change.areas.contains(&measure.area)
            && change.sex == "_T"
    });
    // Shares of an age have that age; counts by age stand beside their total.
    of_area.max_by_key(|change| (change.age == "_T", change.new.year))
}
