//! Areal weighting onto one target: values carried by the surface that source and target share.
//!
//! # What it does
//! A count gives the share of itself that its surface has in the target; a rate is averaged by shared surface.
//!
//! # Assumes
//! What is counted lies evenly within each source.
//!
//! # Units
//! Counts and rates as they come; sizes in square metres, metres or points.
//!
//! # When it misleads
//! Where sources are large and mixed, see [`super::Weights`]; a mean by surface is none by residents.
//!
//! # Example
//! A source of 40 residents, of which a quarter of the surface lies in the target, gives 10.
//!
//! # References
//! Goodchild & Lam (1980), "Areal interpolation: a variant of the traditional spatial problem".

/// What one source shares with the target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlap {
    /// Row of the source.
    pub source: usize,
    /// Size of the shared part (`a_ij)`: square metres, metres or points.
    pub shared: f64,
    /// `shared` over the size of the whole source (`a_ij` / `a_i`).
    pub share: f64,
}

/// Everything a target shares with its sources.
#[derive(Debug, Clone, Default)]
pub struct Overlaps(pub Vec<Overlap>);

impl Overlaps {
    /// A count: `v_j` = Σ `v_i` · `a_ij` / `a_i`. What falls outside the target stays outside.
    ///
    /// Sources without a value contribute nothing; `None` when none has one.
    #[must_use]
    pub fn extensive(&self, values: &[Option<f64>]) -> Option<f64> {
        self.present(values).map(|(overlap, value)| value * overlap.share).reduce(|a, b| a + b)
    }

    /// A rate, mean or density: `v_j` = Σ `v_i` · `a_ij` / Σ `a_ij`, over the sources that have a value.
    #[must_use]
    pub fn intensive(&self, values: &[Option<f64>]) -> Option<f64> {
        let (mut sum, mut weight) = (0.0, 0.0);
        for (overlap, value) in self.present(values) {
            sum += value * overlap.shared;
            weight += overlap.shared;
        }
        (weight > 0.0).then(|| sum / weight)
    }

    /// Size of the target that sources with a value cover.
    #[must_use]
    pub fn covered(&self, values: &[Option<f64>]) -> f64 {
        self.present(values).map(|(overlap, _)| overlap.shared).sum()
    }

    fn present<'a>(
        &'a self,
        values: &'a [Option<f64>],
    ) -> impl Iterator<Item = (&'a Overlap, f64)> + 'a {
        self.0.iter().filter_map(|overlap| {
            let value = values.get(overlap.source).copied().flatten()?;
            Some((overlap, value))
        })
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Two unit squares side by side; the target is [0.5, 1.5] x [0, 1].
    fn halves() -> Overlaps {
        Overlaps(vec![
            Overlap { source: 0, shared: 0.5, share: 0.5 },
            Overlap { source: 1, shared: 0.5, share: 0.5 },
        ])
    }

    #[test]
    fn half_of_each_count_is_carried() {
        assert_eq!(halves().extensive(&[Some(10.0), Some(30.0)]), Some(20.0));
    }

    #[test]
    fn a_rate_is_averaged_by_shared_surface() {
        assert_eq!(halves().intensive(&[Some(10.0), Some(30.0)]), Some(20.0));
    }

    #[test]
    fn a_missing_source_is_left_out_and_shows_in_the_coverage() {
        let values = [Some(10.0), None];
        assert_eq!(halves().intensive(&values), Some(10.0));
        assert_eq!(halves().extensive(&values), Some(5.0));
        assert_eq!(halves().covered(&values), 0.5);
    }

    #[test]
    fn nothing_known_is_nothing_carried() {
        assert_eq!(halves().extensive(&[None, None]), None);
        assert_eq!(halves().intensive(&[None, None]), None);
    }

    proptest! {
        #[test]
        fn a_constant_rate_stays_constant(
            value in -1e6..1e6_f64,
            sizes in prop::collection::vec(1e-3..1e6_f64, 1..20),
        ) {
            let overlaps = Overlaps(
                sizes.iter().enumerate()
                    .map(|(source, &shared)| Overlap { source, shared, share: 0.5 })
                    .collect(),
            );
            let carried = overlaps.intensive(&vec![Some(value); sizes.len()]).unwrap_or(f64::NAN);
            prop_assert!((carried - value).abs() <= 1e-9 * value.abs().max(1.0));
        }

        #[test]
        fn totals_survive_when_every_source_lies_inside(
            values in prop::collection::vec(0.0..1e6_f64, 1..20),
        ) {
            let overlaps = Overlaps(
                (0..values.len()).map(|source| Overlap { source, shared: 1.0, share: 1.0 }).collect(),
            );
            let total: f64 = values.iter().sum();
            let cells: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
            let carried = overlaps.extensive(&cells).unwrap_or(f64::NAN);
            prop_assert!((carried - total).abs() <= 1e-9 * total.max(1.0));
        }
    }
}
