//! How a figure was made, in plain sentences.

use crate::model::{ObsStatus, Observation};
use crate::publish::report::Words;

use super::labels::way;

/// A method as files name it, by what it begins with, and the sentence for it.
const METHODS: [(&str, &str); 13] = [
    ("published_bound", "method.published_bound"),
    ("published", "method.published"),
    ("sum_of_units", "method.sum_of_units"),
    ("ratio_of_sums", "method.ratio_of_sums"),
    ("derived", "method.ratio_of_sums"),
    ("straight_line", "method.straight_line"),
    ("street_network_walk", "method.walked"),
    ("transit", "method.transit"),
    ("residents_by_class_of_unit", "method.by_class"),
    ("surface_by_class_of_unit", "method.by_class_surface"),
    ("areal_weighting", "method.areal_weighting"),
    ("surface_inside", "method.areal_weighting"),
    ("range_over_units", "method.range"),
];

/// What a method says beside its beginning, and the sentence for it.
const ADDITIONS: [(&str, &str); 7] = [
    ("area_weighted", "method.area_weighted"),
    (", straight_line", "method.straight_line"),
    ("mean by residents", "method.mean_by_residents"),
    ("cell_key", "method.cell_key"),
    ("units_redrawn", "method.units_redrawn"),
    ("; wilson", "method.sample"),
    ("; poisson", "method.sample"),
];

/// How the value of a row came about, and why it is not a plain one.
pub(super) fn why(row: &Observation, words: Words) -> String {
    let mut said: Vec<String> = Vec::new();
    let known = METHODS.iter().find(|(begins, _)| row.method.starts_with(begins));
    said.push(match known {
        Some((_, key)) => words.get(key).to_owned(),
        None if row.method.contains("points_inside") => words.get("method.points").to_owned(),
        None => words.fill("method.other", &[&row.method.replace('_', " ")]),
    });
    let additions = ADDITIONS.iter().filter(|(holds, _)| row.method.contains(holds));
    said.extend(additions.map(|(_, key)| words.get(key).to_owned()));
    if row.obs_status == ObsStatus::U {
        said.push(words.get(uncertain(row)).to_owned());
    }
    said.join(" ")
}

fn uncertain(row: &Observation) -> &'static str {
    if row.coverage.is_some_and(|coverage| coverage < 1.0 - 1e-9) {
        "method.partial"
    } else if way(&row.indicator).is_some() {
        "method.unreliable"
    } else {
        "method.secondhand"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Lang, Role};

    fn row(method: &str, obs_status: ObsStatus, coverage: Option<f64>) -> Observation {
        Observation {
            area_id: "a".to_owned(),
            unit_id: None,
            geography_level: "area".to_owned(),
            geography_id: "a".to_owned(),
            role: Role::Own,
            indicator: "residents".to_owned(),
            theme: "population".to_owned(),
            value: Some(1.0),
            lower: None,
            upper: None,
            unit: "persons".to_owned(),
            year: None,
            sex: "_T".to_owned(),
            age: "_T".to_owned(),
            obs_status,
            method: method.to_owned(),
            coverage,
            definition: String::new(),
            source: String::new(),
        }
    }

    #[test]
    fn a_method_is_told_with_all_that_it_says() {
        let told = |method, status, coverage| why(&row(method, status, coverage), Words(Lang::En));
        let sum = told("sum_of_units_area_weighted", ObsStatus::E, Some(1.0));
        assert!(
            sum.starts_with("The sum of the published counts")
                && sum.contains("that the area cuts")
        );
        let mixed = "street_network_walk, straight_line where there is none; mean by residents";
        let walk = told(mixed, ObsStatus::E, Some(1.0));
        for part in
            ["A walk along streets", "straight line times 1.3", "each counted by its residents"]
        {
            assert!(walk.contains(part), "{part} in {walk}");
        }
        assert!(
            told("ratio_of_sums", ObsStatus::U, Some(0.9))
                .ends_with("Some sub-areas have no figure.")
        );
        assert!(told("published", ObsStatus::U, None).ends_with("through another publisher."));
        assert_eq!(told("new_way", ObsStatus::E, None), "Method: new way");
    }
}
