//! How much of every source goes to every target: one sparse matrix, applied to any number of columns.
//!
//! # What it does
//! The share of a source's counts that a target takes is the share of the source's surface (or ancillary amount) that lies
//! in it. What lies in no target is given to none.
//!
//! # Assumes
//! What is counted lies evenly within each source (areal weighting), or as the ancillary amounts say (dasymetric). Both
//! layers are in one metric system.
//!
//! # Units
//! Shares without unit, surfaces in square metres.
//!
//! # When it misleads
//! Where sources are large and mixed: half of a unit that is half forest holds all or none of its residents. The spread
//! between methods shows how far that may go.
//!
//! # Example
//! Two unit squares side by side with 10 and 30 residents give half of each, 20, to a square over the middle of both.
//!
//! # References
//! Goodchild & Lam (1980), "Areal interpolation: a variant of the traditional spatial problem"; Mennis (2003) for the
//! dasymetric weights.

use std::collections::BTreeMap;

use rayon::prelude::*;

/// Shares of a source that add up this near to 1 are made to add up to it: what is missing is rounding.
const WHOLE: f64 = 1e-9;

/// What one source gives to one target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    pub target: u32,
    pub source: u32,
    /// Share of the source's counts that goes to the target (`w_ij`), 0 to 1.
    pub share: f64,
    /// Square metres that both cover (`a_ij`); 0 for points.
    pub surface: f64,
    /// What an average over the target counts the source with: square metres, or the ancillary amount.
    pub amount: f64,
}

/// Target by source, in compressed rows: the entries of target j are those from `starts[j]` to `starts[j + 1]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    pub(super) starts: Vec<usize>,
    pub(super) sources: Vec<u32>,
    pub(super) shares: Vec<f64>,
    pub(super) surfaces: Vec<f64>,
    pub(super) amounts: Vec<f64>,
    /// Square metres of each source and of each target.
    pub(super) source_surfaces: Vec<f64>,
    pub(super) target_surfaces: Vec<f64>,
}

/// The entries of one target.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    pub sources: &'a [u32],
    pub shares: &'a [f64],
    pub surfaces: &'a [f64],
    pub amounts: &'a [f64],
}

impl Weights {
    /// Sorts the entries by target and source; those of one pair are added up.
    #[must_use]
    pub fn new(
        mut entries: Vec<Entry>,
        source_surfaces: Vec<f64>,
        target_surfaces: Vec<f64>,
    ) -> Self {
        entries.par_sort_by_key(|entry| (entry.target, entry.source));
        let count = entries.len();
        let mut weights = Self {
            starts: vec![0; target_surfaces.len() + 1],
            sources: Vec::with_capacity(count),
            shares: Vec::with_capacity(count),
            surfaces: Vec::with_capacity(count),
            amounts: Vec::with_capacity(count),
            source_surfaces,
            target_surfaces,
        };
        let mut before = None;
        for entry in &entries {
            if before == Some((entry.target, entry.source)) {
                let last = weights.sources.len() - 1;
                weights.shares[last] += entry.share;
                weights.surfaces[last] += entry.surface;
                weights.amounts[last] += entry.amount;
                continue;
            }
            before = Some((entry.target, entry.source));
            weights.sources.push(entry.source);
            weights.shares.push(entry.share);
            weights.surfaces.push(entry.surface);
            weights.amounts.push(entry.amount);
            weights.starts[entry.target as usize + 1] += 1;
        }
        for target in 1..weights.starts.len() {
            weights.starts[target] += weights.starts[target - 1];
        }
        weights.make_whole();
        weights
    }

    /// The same for some of the targets, in that order.
    #[must_use]
    pub fn of_targets(&self, targets: &[usize]) -> Self {
        let ranges = || targets.iter().map(|target| self.starts[*target]..self.starts[target + 1]);
        let floats = |of: &[f64]| ranges().flat_map(|range| of[range].iter().copied()).collect();
        let mut starts = vec![0];
        for range in ranges() {
            starts.push(starts[starts.len() - 1] + range.len());
        }
        Self {
            starts,
            sources: ranges().flat_map(|range| self.sources[range].iter().copied()).collect(),
            shares: floats(&self.shares),
            surfaces: floats(&self.surfaces),
            amounts: floats(&self.amounts),
            source_surfaces: self.source_surfaces.clone(),
            target_surfaces: targets.iter().map(|target| self.target_surfaces[*target]).collect(),
        }
    }

    /// Shares that miss 1 by rounding are scaled to reach it.
    fn make_whole(&mut self) {
        let sums = self.given();
        for (source, share) in self.sources.iter().zip(&mut self.shares) {
            let sum = sums[*source as usize];
            if (sum - 1.0).abs() <= WHOLE {
                *share /= sum;
            }
        }
    }

    /// How much of each source the targets take, as a share; above 1 where targets overlap.
    #[must_use]
    pub fn given(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.source_surfaces.len()];
        for (source, share) in self.sources.iter().zip(&self.shares) {
            sums[*source as usize] += share;
        }
        sums
    }

    /// Number of targets.
    #[must_use]
    pub fn targets(&self) -> usize {
        self.target_surfaces.len()
    }

    /// Number of pairs of a source and a target that share something.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.sources.len()
    }

    /// Square metres of each source.
    #[must_use]
    pub fn source_surfaces(&self) -> &[f64] {
        &self.source_surfaces
    }

    /// Square metres of each target.
    #[must_use]
    pub fn target_surfaces(&self) -> &[f64] {
        &self.target_surfaces
    }

    /// The entries of a target.
    #[must_use]
    pub fn row(&self, target: usize) -> Row<'_> {
        let range = self.starts[target]..self.starts[target + 1];
        Row {
            sources: &self.sources[range.clone()],
            shares: &self.shares[range.clone()],
            surfaces: &self.surfaces[range.clone()],
            amounts: &self.amounts[range],
        }
    }

    /// The rows one after the other.
    #[must_use]
    pub fn rows(&self) -> impl IndexedParallelIterator<Item = Row<'_>> {
        (0..self.targets()).into_par_iter().map(|target| self.row(target))
    }

    /// All entries, by target and source.
    pub fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        (0_u32..).zip(0..self.targets()).flat_map(move |(target, row)| {
            let row = self.row(row);
            row.sources.iter().enumerate().map(move |(at, source)| Entry {
                target,
                source: *source,
                share: row.shares[at],
                surface: row.surfaces[at],
                amount: row.amounts[at],
            })
        })
    }

    /// The same pairs weighted by ancillary amounts: the share of a source is its amount in the target over its whole
    /// amount. A source without any keeps its areal shares, and its row is given back.
    ///
    /// `amounts` holds target, source, and what of the ancillary lies in both; `whole` what lies in each source.
    #[must_use]
    pub fn by_amounts(&self, amounts: &[(u32, u32, f64)], whole: &[f64]) -> (Self, Vec<usize>) {
        let mut pairs: BTreeMap<(u32, u32), Entry> = BTreeMap::new();
        let held = |source: u32| whole.get(source as usize).copied().unwrap_or(0.0);
        for entry in self.entries() {
            let (share, amount) =
                if held(entry.source) > 0.0 { (0.0, 0.0) } else { (entry.share, 0.0) };
            pairs.insert((entry.target, entry.source), Entry { share, amount, ..entry });
        }
        for &(target, source, amount) in amounts {
            let none = Entry { target, source, share: 0.0, surface: 0.0, amount: 0.0 };
            let entry = pairs.entry((target, source)).or_insert(none);
            if held(source) > 0.0 {
                entry.share += amount / held(source);
                entry.amount += amount;
            }
        }
        let bare = (0..self.source_surfaces.len()).filter(|row| whole[*row] <= 0.0).collect();
        let (sources, targets) = (self.source_surfaces.clone(), self.target_surfaces.clone());
        (Self::new(pairs.into_values().collect(), sources, targets), bare)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use geo::{Geometry, Rect};

    use super::*;
    use crate::model::{Areas, Crs};

    pub(crate) fn areas(rects: &[(f64, f64, f64, f64)]) -> Areas {
        let keys = (0..rects.len()).map(|row| row.to_string()).collect();
        let shapes = rects
            .iter()
            .map(|&(x, y, width, height)| {
                Geometry::Polygon(Rect::new((x, y), (x + width, y + height)).to_polygon())
            })
            .collect();
        Areas::new(keys, shapes, Crs::parse("EPSG:3006").unwrap()).unwrap()
    }

    #[test]
    fn some_of_the_targets_keep_their_entries() {
        let sources = areas(&[(0., 0., 1., 1.), (1., 0., 1., 1.)]);
        let targets = [(0.5, 0., 1., 1.), (9., 9., 1., 1.), (1., 0., 2., 2.)];
        let all = Weights::areal(&sources, &areas(&targets));
        let some = all.of_targets(&[2, 0]);
        assert_eq!(some, Weights::areal(&sources, &areas(&[targets[2], targets[0]])));
    }

    #[test]
    fn a_source_without_ancillary_keeps_its_areal_shares_and_is_named() {
        let sources = areas(&[(0., 0., 2., 1.), (2., 0., 2., 1.)]);
        let targets = areas(&[(0., 0., 1., 1.), (1., 0., 2., 1.)]);
        let areal = Weights::areal(&sources, &targets);
        let (weights, bare) = areal.by_amounts(&[(0, 0, 9.0), (1, 0, 1.0)], &[10.0, 0.0]);
        let shares: Vec<f64> = weights.entries().map(|entry| entry.share).collect();
        assert_eq!((shares, bare), (vec![0.9, 0.1, 0.5], vec![1]));
    }
}
