//! What became of the units of one vintage in another, by geometry.
//!
//! # What it does
//! A source matters to a target when the surface both cover is more than a threshold of either. From the sources that
//! matter follows whether a target is unchanged, relabelled, split, merged, redrawn or new.
//!
//! # Assumes
//! Both vintages are drawn with the same care: generalised outlines alone cost 5 to 10 % of a unit's surface.
//!
//! # Units
//! Shares of surface, 0 to 1.
//!
//! # When it misleads
//! The same code is no proof of the same area, and surface is no proof of the same residents: where few live, large
//! changes of the outline change little.
//!
//! # Example
//! A unit whose outline is drawn anew with 97 % in common is unchanged; one that loses a fifth is redrawn or split.
//!
//! # References
//! US Census Bureau, relationship files, for telling what became of a unit by the surface that both vintages share.

use rayon::prelude::*;
use serde::Serialize;

use super::weights::{Row, Weights};

/// Less than this share of source or target is the outline's inaccuracy.
pub const THRESHOLD: f64 = 0.1;

/// Less than this of a source that a table of codes sends elsewhere is the rounding of its weights.
const WHOLE_BY_CODE: f64 = 1e-6;

/// What a target is to the sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// One source, the same outline and the same code.
    Unchanged,
    /// One source, the same outline, another code.
    Relabelled,
    /// A part of one source.
    Split,
    /// Several whole sources.
    Merged,
    /// Parts of sources, or a source and something new.
    Redrawn,
    /// No source.
    New,
}

impl Change {
    /// The word for files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Relabelled => "relabelled",
            Self::Split => "split",
            Self::Merged => "merged",
            Self::Redrawn => "redrawn",
            Self::New => "new",
        }
    }
}

/// The change of each target, from areal weights; `same_code` tells whether a source and a target have one code.
#[must_use]
pub fn changes(
    weights: &Weights,
    threshold: f64,
    same_code: &(dyn Fn(usize, usize) -> bool + Sync),
) -> Vec<Change> {
    let change = |(target, (row, whole)): (usize, (Row<'_>, &f64))| {
        let of_target = |at: usize| row.surfaces[at] / whole;
        let matters = |at: &usize| row.shares[*at] > threshold || of_target(*at) > threshold;
        let mattering: Vec<usize> = (0..row.shares.len()).filter(matters).collect();
        let is_whole = |at: &usize| row.shares[*at] >= 1.0 - threshold;
        let filled = mattering.iter().map(|at| of_target(*at)).sum::<f64>() >= 1.0 - threshold;
        match mattering.as_slice() {
            [] => Change::New,
            _ if !filled => Change::Redrawn,
            [at] if is_whole(at) && same_code(row.sources[*at] as usize, target) => {
                Change::Unchanged
            }
            [at] if is_whole(at) => Change::Relabelled,
            [_] => Change::Split,
            several if several.iter().all(is_whole) => Change::Merged,
            _ => Change::Redrawn,
        }
    };
    weights.rows().zip(weights.target_surfaces()).enumerate().map(change).collect()
}

/// The change of each target by the pairs of a table of codes and their shares, with no outline to look at: from one source that
/// goes there whole it is unchanged or relabelled, from a part of one split, from several whole ones merged, else redrawn.
#[must_use]
pub fn changes_by_code(
    weights: &Weights,
    same_code: &(dyn Fn(usize, usize) -> bool + Sync),
) -> Vec<Change> {
    let change = |(target, row): (usize, Row<'_>)| {
        let shared = row.sources.iter().zip(row.shares).filter(|(_, share)| **share > 0.0);
        let parts: Vec<(usize, bool)> = shared
            .map(|(source, share)| (*source as usize, *share >= 1.0 - WHOLE_BY_CODE))
            .collect();
        match parts.as_slice() {
            [] => Change::New,
            [(source, true)] if same_code(*source, target) => Change::Unchanged,
            [(_, true)] => Change::Relabelled,
            [(_, false)] => Change::Split,
            several if several.iter().all(|(_, whole)| *whole) => Change::Merged,
            _ => Change::Redrawn,
        }
    };
    weights.rows().enumerate().map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::super::weights::tests::areas;
    use super::Change::{Merged, New, Redrawn, Relabelled, Split, Unchanged};
    use super::*;

    #[test]
    fn each_kind_of_change_is_told_from_the_others() {
        let old = areas(&[
            (0., 0., 10., 10.),
            (10., 0., 10., 10.),
            (20., 0., 10., 10.),
            (30., 0., 10., 10.),
            (40., 0., 10., 10.),
            (50., 0., 10., 10.),
            (60., 0., 10., 10.),
        ]);
        let new = areas(&[
            (0.3, 0., 9.9, 10.),   // the same but for its outline
            (10., 0., 10., 10.),   // the same under another code
            (20., 0., 5., 10.),    // half of one
            (30., 0., 20., 10.),   // two
            (50., 0., 15., 10.),   // one and a half
            (70., 0., 5., 10.),    // where nothing was
            (60., -20., 10., 30.), // one and twice as much beside it
        ]);
        let codes = |source: usize, target: usize| source == target && source != 1;
        let found = changes(&Weights::areal(&old, &new), THRESHOLD, &codes);
        assert_eq!(found, [Unchanged, Relabelled, Split, Merged, Redrawn, New, Redrawn]);
    }
}
