//! The rows of an area, found by what a report asks of them.

use crate::model::{Observation, Role};
use crate::publish::report::Figure;

/// Units of counts: a sum of people or of surface says nothing beside that of a whole city.
const COUNTS: [&str; 4] = ["persons", "m2", "points", "tonnes per year"];

/// The rows of one area.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a>(pub &'a [Observation]);

/// Whether a row is about both sexes and all the ages that its indicator is about: only residents are split by age, other
/// indicators are about an age or are told with it.
pub(super) fn is_of_everybody(row: &Observation) -> bool {
    row.sex == "_T" && (row.age == "_T" || row.indicator != "residents")
}

/// Whether the value is a count.
pub(super) fn is_count(row: &Observation) -> bool {
    COUNTS.contains(&row.unit.as_str())
}

/// Whether something is known: a value or a bound.
pub(super) fn is_known(row: &Observation) -> bool {
    row.value.is_some() || row.lower.is_some() || row.upper.is_some()
}

/// The figure of a row.
pub(super) fn figure(row: &Observation) -> Figure {
    Figure {
        value: row.value,
        lower: row.lower,
        upper: row.upper,
        unit: row.unit.clone(),
        year: row.year,
        status: row.obs_status,
        coverage: row.coverage,
    }
}

impl<'a> Rows<'a> {
    /// Rows of the area as a whole and of published geographies, about everybody.
    pub fn of_places(self) -> impl Iterator<Item = &'a Observation> {
        self.0.iter().filter(|row| row.unit_id.is_none() && is_of_everybody(row))
    }

    /// The newest row of the area itself that says something.
    pub fn whole(self, indicator: &str) -> Option<&'a Observation> {
        let own =
            self.of_places().filter(|row| row.role == Role::Own && row.indicator == indicator);
        own.filter(|row| is_known(row))
            .max_by_key(|row| (row.age == "_T", row.geography_level == "area", row.year))
    }

    /// The row of a municipality, of that year where one is given, else the newest.
    pub fn city(self, code: &str, indicator: &str, year: Option<i32>) -> Option<&'a Observation> {
        let of_city = self.of_places().filter(|row| {
            row.role == Role::Reference
                && row.geography_level == "municipality"
                && row.geography_id == code
        });
        of_city
            .filter(|row| row.indicator == indicator && is_known(row))
            .filter(|row| year.is_none() || row.year == year)
            .max_by_key(|row| (row.age == "_T", row.year))
    }

    /// The newest row of each published part of the area.
    pub fn parts(self, indicator: &str) -> Vec<&'a Observation> {
        let mut newest: Vec<&Observation> = Vec::new();
        let parts =
            self.of_places().filter(|row| row.role == Role::Part && row.indicator == indicator);
        for row in parts.filter(|row| is_known(row)) {
            let rank = |row: &Observation| (row.age == "_T", row.year);
            match newest.iter_mut().find(|known| known.geography_id == row.geography_id) {
                Some(known) if rank(row) > rank(known) => *known = row,
                Some(_) => {}
                None => newest.push(row),
            }
        }
        newest
    }
}
