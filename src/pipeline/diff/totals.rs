//! How much differs, in numbers.

use serde::Serialize;

use super::{FolderChange, IndicatorChange, LayerChange, Presence};
use crate::compare::Verdict;

/// Counts of what differs. A layer that stands in two files of a folder is counted once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    pub folders_changed: usize,
    pub files_same: usize,
    pub files_appeared: usize,
    pub files_vanished: usize,
    pub files_changed: usize,
    /// Files with the same content in other bytes.
    pub files_bytes_only: usize,
    pub layers_appeared: usize,
    pub layers_vanished: usize,
    pub columns_appeared: usize,
    pub columns_vanished: usize,
    pub rows_appeared: usize,
    pub rows_vanished: usize,
    pub values_changed: usize,
    pub shapes_changed: usize,
    pub manifest_changes: usize,
    pub beyond_noise: usize,
    pub changed: usize,
    pub within_noise: usize,
    pub undecided: usize,
    pub not_comparable: usize,
    /// Comparisons that p-values were corrected for.
    pub comparisons: usize,
}

pub(super) fn totals(folders: &[FolderChange], indicators: &[IndicatorChange]) -> Totals {
    let mut totals = Totals::default();
    for folder in folders {
        totals.files_same += folder.files_same;
        totals.manifest_changes += folder.manifest.len();
        for file in &folder.files {
            *match file.presence {
                Presence::Appeared => &mut totals.files_appeared,
                Presence::Vanished => &mut totals.files_vanished,
                Presence::Both if file.layers.is_empty() => &mut totals.files_bytes_only,
                Presence::Both => &mut totals.files_changed,
            } += 1;
        }
        folder.layers().iter().for_each(|(_, layer)| totals.add_layer(layer));
    }
    for change in indicators {
        totals.comparisons += usize::from(change.compared.p_value.is_some());
        *match change.compared.verdict {
            Verdict::BeyondNoise => &mut totals.beyond_noise,
            Verdict::Changed => &mut totals.changed,
            Verdict::WithinNoise => &mut totals.within_noise,
            Verdict::Undecided => &mut totals.undecided,
            Verdict::NotComparable => &mut totals.not_comparable,
        } += 1;
    }
    totals
}

impl Totals {
    fn add_layer(&mut self, layer: &LayerChange) {
        match layer.presence {
            Presence::Appeared => self.layers_appeared += 1,
            Presence::Vanished => self.layers_vanished += 1,
            Presence::Both => {}
        }
        self.columns_appeared += layer.columns_appeared.len();
        self.columns_vanished += layer.columns_vanished.len();
        self.rows_appeared += layer.rows_appeared.len();
        self.rows_vanished += layer.rows_vanished.len();
        self.values_changed += layer.values.len();
        self.shapes_changed += layer.shapes.len();
    }
}
