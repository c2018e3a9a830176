//! The measures asked of public transport, of all destinations or of each category of them.

use super::super::by_origin::{self, Offer, Times};
use super::super::categories::{self, Category};
use super::super::table::Columns;
use super::figures::Figures;
use crate::access::Measure;

/// What is to be measured, of all destinations or of each category of them.
pub struct Asked<'a> {
    pub measures: &'a [Measure],
    pub offer: &'a Offer<'a>,
    pub categories: &'a [Category],
}

impl Asked<'_> {
    /// Fills a column a measure from times that are known origin by origin.
    pub(super) fn measure(&self, times: &Times, suffix: &str, columns: &mut Columns) {
        if self.categories.is_empty() {
            by_origin::measure(times, self.measures, self.offer, suffix, columns);
        }
        for category in self.categories {
            categories::measure_times(times, self.measures, self.offer, category, suffix, columns);
        }
    }

    /// The measures that can be worked out for one departure.
    pub(super) fn by_departure(&self) -> Figures<'_> {
        let mut figures = Figures::new(self.measures, self.offer);
        if self.categories.is_empty() {
            figures.of_all();
        }
        for (name, rows) in self.categories {
            figures.of_category(name, rows);
        }
        figures
    }
}
