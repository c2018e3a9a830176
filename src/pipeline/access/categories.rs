//! Services of an extract as destinations, and measures made once for each of their categories.

use std::path::Path;

use super::by_origin::{self, Offer, Reached};
use super::streets::{Placed, Trips};
use super::table::Columns;
use super::{Places, Request};
use crate::access::Measure;
use crate::model::osm::Position;
use crate::pipeline::PipelineError;
use crate::sources::{ServiceTable, read_services, services_layer};

/// A category and the rows of its destinations.
pub type Category = (String, Vec<usize>);

impl Places {
    /// The services of an extract, of every category of the table.
    ///
    /// # Errors
    /// Those of reading the extract; [`PipelineError::Request`] where it holds none.
    pub fn services(
        path: &Path,
        table: &ServiceTable,
        within: Option<[Position; 2]>,
    ) -> Result<Self, PipelineError> {
        let services = read_services(path, table, within)?;
        let rows = |category: usize| {
            let rows = services.iter().enumerate();
            rows.filter(|(_, service)| service.category == category).map(|(row, _)| row).collect()
        };
        let ids = table.categories().iter().enumerate();
        let categories: Vec<Category> =
            ids.map(|(row, category)| (category.id.clone(), rows(row))).collect();
        let none = categories.iter().filter(|(_, rows)| rows.is_empty());
        let none: Vec<&str> = none.map(|(id, _)| id.as_str()).collect();
        let said = format!("holds no {}", none.join(", no "));
        if services.is_empty() {
            return Err(PipelineError::Request {
                what: format!("{}: {said}", path.display()),
                help: "name an extract that holds them with --services, or other categories"
                    .to_owned(),
            });
        }
        Ok(Self {
            name: path.display().to_string(),
            layer: services_layer(&services, table)?,
            points: services.iter().map(|service| service.at).collect(),
            notes: if none.is_empty() { Vec::new() } else { vec![said] },
            categories,
        })
    }
}

/// Measures the trips to all destinations, or, where these are of categories, to each category by itself.
pub(super) fn measure(trips: &Trips<'_>, request: &Request<'_>, columns: &mut Columns) {
    let categories = &request.destinations.categories;
    if categories.is_empty() {
        trips.measure(request.measures, columns);
    }
    for (category, rows) in categories {
        let destinations = Placed {
            snaps: pick(&trips.destinations.snaps, rows),
            why_not: pick(&trips.destinations.why_not, rows),
        };
        let of_category = Trips {
            destinations: &destinations,
            opportunities: &pick(trips.opportunities, rows),
            supply: &pick(trips.supply, rows),
            destination_ids: &pick(trips.destination_ids, rows),
            ..*trips
        };
        let mut measured = Columns::default();
        of_category.measure(request.measures, &mut measured);
        for mut column in measured.0 {
            let name = with_category(column.name(), category, trips.network.mode().id());
            column.rename(name.into());
            columns.0.push(column);
        }
    }
}

/// The same for times that are known origin by origin.
pub(super) fn measure_times(
    times: &[Option<Reached>],
    measures: &[Measure],
    offer: &Offer<'_>,
    (category, rows): &Category,
    suffix: &str,
    columns: &mut Columns,
) {
    let mut number = vec![None; offer.destination_ids.len()];
    for (new, row) in (0_u32..).zip(rows) {
        number[*row] = Some(new);
    }
    let renumbered = |reached: &Reached| -> Reached {
        reached.iter().filter_map(|&(to, ms)| Some((number[to as usize]?, ms))).collect()
    };
    let times: Vec<Option<Reached>> =
        times.iter().map(|reached| reached.as_ref().map(renumbered)).collect();
    let offer = Offer {
        opportunities: &pick(offer.opportunities, rows),
        supply: &pick(offer.supply, rows),
        destination_ids: &pick(offer.destination_ids, rows),
        ..*offer
    };
    by_origin::measure(&times, measures, &offer, &format!("{category}_{suffix}"), columns);
}

/// What is not there (supply that nothing asks for) stays away.
fn pick<T: Clone>(cells: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().filter_map(|&row| cells.get(row).cloned()).collect()
}

/// `access_nearest_min_walk` becomes `access_nearest_min_pharmacy_walk`.
fn with_category(name: &str, category: &str, mode: &str) -> String {
    let measure = name.strip_suffix(mode).unwrap_or(name).trim_end_matches('_');
    format!("{measure}_{category}_{mode}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_category_stands_between_measure_and_mode() {
        let name = with_category("access_nearest_min_walk", "car_share", "walk");
        assert_eq!(name, "access_nearest_min_car_share_walk");
    }

    #[test]
    fn only_the_rows_of_a_category_are_picked() {
        assert_eq!(pick(&['a', 'b', 'c'], &[2, 0]), ['c', 'a']);
        assert!(pick::<f64>(&[], &[2, 0]).is_empty());
    }
}
