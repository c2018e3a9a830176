//! Weights as words, so that they are worked out once for a pair of geographies.

use super::weights::Weights;
use crate::model::words::{Rest, Words, halves, whole};

impl Weights {
    /// Writes the arrays one after the other.
    pub fn write(&self, words: &mut Words) {
        words.array(&self.starts, |start| halves(*start as u64));
        words.array(&self.sources, |source| [*source]);
        for numbers in [
            &self.shares,
            &self.surfaces,
            &self.amounts,
            &self.source_surfaces,
            &self.target_surfaces,
        ] {
            words.floats(numbers);
        }
    }

    /// Reads what [`Self::write`] wrote; `None` for anything else.
    pub fn read(rest: &mut Rest<'_>) -> Option<Self> {
        let starts = rest.array(|start| usize::try_from(whole(start)).ok())?;
        let weights = Self {
            starts: starts.into_iter().collect::<Option<_>>()?,
            sources: rest.array(|[source]| source)?,
            shares: rest.floats()?,
            surfaces: rest.floats()?,
            amounts: rest.floats()?,
            source_surfaces: rest.floats()?,
            target_surfaces: rest.floats()?,
        };
        weights.is_sound().then_some(weights)
    }

    /// Whether every row that is named is there, as applying them takes for granted.
    fn is_sound(&self) -> bool {
        let pairs = self.sources.len();
        let rows = self.starts.len() == self.target_surfaces.len() + 1
            && self.starts.first() == Some(&0)
            && self.starts.last() == Some(&pairs)
            && self.starts.is_sorted();
        let columns = [&self.shares, &self.surfaces, &self.amounts];
        rows && columns.iter().all(|column| column.len() == pairs)
            && self.sources.iter().all(|source| (*source as usize) < self.source_surfaces.len())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::weights::tests::areas;
    use super::*;
    use crate::model::words::from_bytes;

    fn weights() -> Weights {
        let sources = areas(&[(0., 0., 1., 1.), (1., 0., 1., 1.)]);
        Weights::areal(&sources, &areas(&[(0.5, 0., 1., 1.), (9., 9., 1., 1.), (1., 0., 2., 2.)]))
    }

    fn bytes(weights: &Weights) -> Vec<u8> {
        let mut words = Words::default();
        weights.write(&mut words);
        words.into_bytes()
    }

    #[test]
    fn weights_come_back_as_they_were() {
        assert_eq!(from_bytes(&bytes(&weights()), Weights::read), Some(weights()));
    }

    #[test]
    fn weights_that_name_rows_that_are_not_there_are_none() {
        let broken = |breaks: fn(&mut Weights)| {
            let mut weights = weights();
            breaks(&mut weights);
            from_bytes(&bytes(&weights), Weights::read)
        };
        assert_eq!(broken(|weights| weights.sources[1] = 2), None);
        assert_eq!(broken(|weights| weights.starts[1] = 9), None);
        assert_eq!(broken(|weights| weights.starts.truncate(1)), None);
        assert_eq!(broken(|weights| weights.shares.truncate(1)), None);
    }
}
