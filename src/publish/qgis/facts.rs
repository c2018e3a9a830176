//! What is known of the cells of a map, and the filters that pick cells of one kind.

use std::collections::BTreeSet;

use super::template::{field, literal};
use super::{Map, Sheet, Telling, Told};
use crate::model::ObsStatus;

/// Whether there is a value, and why it is what it is.
type Fact = (Option<f64>, ObsStatus);

impl Map<'_> {
    /// The values that there are.
    pub(super) fn values(&self, sheet: &Sheet<'_>) -> Vec<f64> {
        self.facts(sheet).filter_map(|(value, _)| value).collect()
    }

    /// Picks the cells with a value, or those without one, whose status is one of some: all of them where all are, none
    /// where no cell is, or where nothing tells them apart.
    pub(super) fn filter(
        &self,
        sheet: &Sheet<'_>,
        valued: bool,
        fits: impl Fn(ObsStatus) -> bool,
    ) -> Option<String> {
        let of_group = || self.facts(sheet).filter(|(value, _)| value.is_some() == valued);
        if !of_group().any(|(_, status)| fits(status)) {
            return None;
        }
        let not = if valued { "NOT " } else { "" };
        let group = format!("{} IS {not}NULL", field(&self.column));
        if of_group().all(|(_, status)| fits(status)) {
            return Some(group);
        }
        let (column, codes) = match &self.told {
            Told::Cells { key, cells } => {
                let picked = cells
                    .iter()
                    .filter(|cell| cell.value.is_some() == valued && fits(cell.status))
                    .map(|cell| literal(cell.key));
                (field(key.as_ref()?), picked.collect::<Vec<_>>())
            }
            Told::Columns { telling: Telling::Status(status), .. } => {
                let statuses: BTreeSet<ObsStatus> =
                    of_group().map(|(_, status)| status).filter(|status| fits(*status)).collect();
                // A cell without a value of which nothing is said is missing.
                let column = format!("coalesce({}, 'M')", field(status));
                (column, statuses.iter().map(|status| literal(status.code())).collect())
            }
            Told::Columns { telling: Telling::Share(share), .. } => {
                return Some(format!("{group} AND {} < 1", field(share)));
            }
            Told::Columns { telling: Telling::Nothing, .. } => return None,
        };
        Some(format!("{group} AND {column} IN ({})", codes.join(", ")))
    }

    fn facts<'s>(&'s self, sheet: &'s Sheet<'_>) -> Box<dyn Iterator<Item = Fact> + 's> {
        let telling = match &self.told {
            Told::Cells { cells, .. } => {
                return Box::new(cells.iter().map(|cell| (cell.value, cell.status)));
            }
            Told::Columns { telling, .. } => telling,
        };
        let frame = sheet.layer.frame();
        let numbers = |name: &str| frame.column(name).ok().and_then(|column| column.f64().ok());
        let Some(values) = numbers(&self.column) else { return Box::new(std::iter::empty()) };
        let statuses = match telling {
            Telling::Status(name) => frame.column(name).ok().and_then(|column| column.str().ok()),
            _ => None,
        };
        let shares = match telling {
            Telling::Share(name) => numbers(name),
            _ => None,
        };
        match (statuses, shares) {
            (Some(statuses), _) => {
                let fact = |(value, status): (Option<f64>, Option<&str>)| {
                    (value, status.and_then(ObsStatus::from_code).unwrap_or(unsaid(value)))
                };
                Box::new(values.iter().zip(statuses.iter()).map(fact))
            }
            (None, Some(shares)) => {
                let fact = |(value, share): (Option<f64>, Option<f64>)| {
                    let cut = value.is_some() && share.is_some_and(|share| share < 1.0);
                    (value, if cut { ObsStatus::E } else { unsaid(value) })
                };
                Box::new(values.iter().zip(shares.iter()).map(fact))
            }
            (None, None) => Box::new(values.iter().map(|value| (value, unsaid(value)))),
        }
    }
}

/// The status of a cell of which nothing is said.
fn unsaid(value: Option<f64>) -> ObsStatus {
    if value.is_some() { ObsStatus::A } else { ObsStatus::M }
}
