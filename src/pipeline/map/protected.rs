//! Which values of the user's own data stay unpublished, over all areas of a run together.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Dataset, Kind, ObsStatus, Observation};
use crate::publish::{Sum, Withheld, most_small, protect};

/// What tells a value from every other, whichever area it is published for.
type Key = (String, String, String, String, Option<i32>, String, String, u64);

/// Level, id, year and source of a place of which something is withheld.
type Place = (String, String, Option<i32>, String);

/// The threshold, and what it withholds.
pub(in crate::pipeline) struct Protection {
    threshold: f64,
    /// Source of own data, and their counts.
    own: Vec<(String, BTreeSet<String>)>,
    withheld: BTreeMap<Key, (Withheld, f64)>,
    places: BTreeSet<Place>,
}

impl Protection {
    /// Decides from the values of all areas at once.
    pub fn new<'a>(
        threshold: f64,
        own: impl Iterator<Item = &'a Dataset>,
        areas: &[Vec<Observation>],
    ) -> Self {
        let counts = |dataset: &Dataset| {
            let fields = dataset.fields.iter();
            let counts = fields.filter(|(_, field)| field.kind == Kind::Extensive);
            (dataset.source(), counts.map(|(name, _)| name.clone()).collect())
        };
        let mut found = Self {
            threshold,
            own: own.map(counts).collect(),
            withheld: BTreeMap::new(),
            places: BTreeSet::new(),
        };
        found.decide(areas);
        found
    }

    fn decide(&mut self, areas: &[Vec<Observation>]) {
        let mut cells: BTreeMap<Key, f64> = BTreeMap::new();
        for row in areas.iter().flatten().filter(|row| self.is_count(row)) {
            cells.extend(key(row).zip(row.value));
        }
        let places: BTreeMap<&Key, usize> = cells.keys().zip(0..).collect();
        let values: Vec<f64> = cells.values().copied().collect();
        let mut sums = BTreeSet::new();
        for rows in areas {
            let rows: Vec<&Observation> = rows.iter().filter(|row| self.is_count(row)).collect();
            for by in [by_units as fn(&Observation) -> Group, by_sex, by_age] {
                sums.extend(sums_by(&rows, by, &places, &values));
            }
        }
        let sums: Vec<Sum> = sums.into_iter().map(|(total, parts)| Sum { total, parts }).collect();
        let most = most_small(&values, self.threshold);
        let found = protect(&values, &sums, self.threshold);
        let withheld =
            cells.keys().zip(found).filter_map(|(key, why)| Some((key.clone(), (why?, most))));
        self.withheld = withheld.collect();
        let kept = areas.iter().flatten().filter(|row| self.of(row).is_some());
        self.places = kept.map(place).collect();
    }

    fn own(&self, row: &Observation) -> Option<&(String, BTreeSet<String>)> {
        self.own.iter().find(|(source, _)| row.source.starts_with(source.as_str()))
    }

    fn is_count(&self, row: &Observation) -> bool {
        self.own(row).is_some_and(|(_, counts)| counts.contains(&row.indicator))
    }

    fn of(&self, row: &Observation) -> Option<(Withheld, f64)> {
        if self.is_count(row) { self.withheld.get(&key(row)?).copied() } else { None }
    }

    /// Empties what is withheld: counts, and whatever else of the same place and source could be turned back into one.
    /// Gives back what a reader must know of it.
    pub fn apply(&self, rows: &mut [Observation]) -> Option<String> {
        let mut counted = [0_usize; 3];
        for row in rows.iter_mut().filter(|row| self.own(row).is_some()) {
            let why = self.of(row);
            let follows = why.is_none() && !self.is_count(row) && self.follows(row);
            let bounds = match why {
                Some((Withheld::Small, most)) => (Some(0.0), Some(most)),
                _ => (None, None),
            };
            match why {
                Some((Withheld::Small, _)) => counted[0] += 1,
                Some((Withheld::Beside, _)) => counted[1] += 1,
                None if follows => counted[2] += 1,
                None => continue,
            }
            row.value = None;
            (row.lower, row.upper) = bounds;
            row.obs_status = ObsStatus::Q;
        }
        let [small, beside, following] = counted;
        (small > 0).then(|| {
            format!(
                "{small} counts below {} are withheld, with {beside} beside them and {following} rates that follow from them",
                self.threshold
            )
        })
    }

    /// A rate or share of a place of which a count of the same source and year is withheld.
    fn follows(&self, row: &Observation) -> bool {
        let is = |known: &Place| {
            known.0 == row.geography_level
                && known.1 == row.geography_id
                && known.2 == row.year
                && row.source.starts_with(known.3.as_str())
        };
        (row.value.is_some() || row.lower.is_some() || row.upper.is_some())
            && self.places.iter().any(is)
    }

    /// Whether counts of single features stay out of their layer: one of own data that is small hides the column, since
    /// sums over the others would tell it.
    pub fn hides(&self, dataset: &Dataset, values: &[Option<f64>]) -> bool {
        let is_own = self.own.iter().any(|(source, _)| *source == dataset.source());
        is_own && values.iter().flatten().any(|value| *value < self.threshold)
    }
}

fn key(row: &Observation) -> Option<Key> {
    Some((
        row.source.clone(),
        row.indicator.clone(),
        row.geography_level.clone(),
        row.geography_id.clone(),
        row.year,
        row.sex.clone(),
        row.age.clone(),
        row.value?.to_bits(),
    ))
}

fn place(row: &Observation) -> Place {
    (row.geography_level.clone(), row.geography_id.clone(), row.year, row.source.clone())
}

/// What the parts of a total have in common, and whether a row is the total.
type Group = (Vec<String>, bool);

fn common(row: &Observation, others: [&str; 3]) -> Vec<String> {
    let year = row.year.map_or_else(String::new, |year| year.to_string());
    let own = [row.source.as_str(), row.indicator.as_str(), row.role.id(), &year];
    own.into_iter().chain(others).map(str::to_owned).collect()
}

/// The area and its units.
fn by_units(row: &Observation) -> Group {
    (common(row, [&row.sex, &row.age, ""]), row.unit_id.is_none())
}

fn by_sex(row: &Observation) -> Group {
    (common(row, [&row.geography_level, &row.geography_id, &row.age]), row.sex == "_T")
}

fn by_age(row: &Observation) -> Group {
    (common(row, [&row.geography_level, &row.geography_id, &row.sex]), row.age == "_T")
}

/// The totals that are the sum of their parts; where they are not, nobody can subtract.
fn sums_by(
    rows: &[&Observation],
    by: fn(&Observation) -> Group,
    places: &BTreeMap<&Key, usize>,
    values: &[f64],
) -> Vec<(usize, Vec<usize>)> {
    let mut groups: BTreeMap<Vec<String>, (Vec<usize>, BTreeSet<usize>)> = BTreeMap::new();
    for row in rows {
        let at = key(row).and_then(|key| places.get(&key).copied());
        let Some(at) = at else { continue };
        let (group, is_total) = by(row);
        let group = groups.entry(group).or_default();
        if is_total {
            group.0.push(at);
        } else {
            group.1.insert(at);
        }
    }
    let sum = |(totals, parts): (Vec<usize>, BTreeSet<usize>)| {
        let [total] = totals.as_slice() else { return None };
        let value = values.get(*total)?;
        let sum: f64 = parts.iter().filter_map(|part| values.get(*part)).sum();
        let holds = !parts.is_empty() && (sum - value).abs() <= 1e-6 * value.abs().max(1.0);
        holds.then(|| (*total, parts.into_iter().collect()))
    };
    groups.into_values().filter_map(sum).collect()
}
