//! What follows from residents by age and sex: totals, densities, age shares, ratios.
//!
//! Rates are ratios of sums (never means of the units' rates), so the area's value is that of its residents.

use std::collections::{BTreeMap, BTreeSet};

use super::derived::{Derived, Formula, derived};
use super::disclosed::{Disclosed, Part, Split, Sum, withholds};
use super::unit_tables::{left_out, redrawn_since};
use super::{Context, Measured, Member, Target};
use crate::model::{Disclosure, ModelError, ObsStatus, Observation, Role};
use crate::sources::UnitTable;

/// Residents by (year, sex, age, unit row), and what their publisher did to them.
struct Counts<'a> {
    cells: BTreeMap<Split<'a>, BTreeMap<usize, f64>>,
    disclosed: Disclosed<'a>,
    years: BTreeSet<Option<i32>>,
    sexes: BTreeSet<&'a str>,
    ages: BTreeSet<&'a str>,
}

pub(super) fn measure(
    context: &Context<'_>,
    table: &UnitTable,
    targets: &[Target],
    out: &mut Measured,
) -> Result<(), ModelError> {
    if table.dataset.joins() != context.units.dataset.geography {
        out.warnings.push(left_out(context, table));
        return Ok(());
    }
    out.warnings.extend(redrawn_since(context, table));
    let counts = Counts::new(context, table)?;
    let land = land_by_row(context)?;
    for target in targets {
        for &year in &counts.years {
            let place = Place { context, table, target, year, counts: &counts, land: &land };
            place.residents(out);
            for indicator in derived() {
                for &sex in &counts.sexes {
                    if matches!(indicator.formula, Formula::SexRatio) && sex != "_T" {
                        continue;
                    }
                    out.rows.push(place.derived(indicator, sex));
                }
            }
            place.warn_if_partial(out);
        }
    }
    Ok(())
}

impl<'a> Counts<'a> {
    fn new(context: &Context<'_>, table: &'a UnitTable) -> Result<Self, ModelError> {
        let rows: BTreeMap<&str, usize> = context
            .units
            .areas
            .keys()
            .iter()
            .enumerate()
            .map(|(row, key)| (key.as_str(), row))
            .collect();
        let disclosed = Disclosed::new(table, &rows);
        let by = disclosed.by;
        let mut counts = Self {
            cells: BTreeMap::new(),
            disclosed,
            years: BTreeSet::new(),
            sexes: BTreeSet::new(),
            ages: BTreeSet::new(),
        };
        for cell in table.table.cells("residents")? {
            let (sex, age) = (cell.sex.unwrap_or("_T"), cell.age.unwrap_or("_T"));
            counts.years.insert(cell.year);
            counts.sexes.insert(sex);
            counts.ages.insert(age);
            let Some(&row) = rows.get(cell.key) else { continue };
            let split = (cell.year, sex, age);
            if let Some(value) = cell.value {
                counts.cells.entry(split).or_default().insert(row, value);
            } else if cell.status.map_or(withholds(by), |status| status == ObsStatus::Q) {
                counts.disclosed.withheld.entry(split).or_default().insert(row);
                counts.cells.entry(split).or_default();
            }
            counts.disclosed.add(split, row, &cell);
        }
        Ok(counts)
    }

    fn get(&self, split: &Split<'_>, row: usize) -> Option<f64> {
        self.cells.get(split)?.get(&row).copied()
    }

    fn is_withheld(&self, split: &Split<'_>, row: usize) -> bool {
        self.disclosed.withheld.get(split).is_some_and(|rows| rows.contains(&row))
    }

    /// The classes that tile the ages from `low` to `high` without gap or overlap.
    fn classes(&self, low: u32, high: Option<u32>) -> Option<Vec<&'a str>> {
        let mut next = low;
        let mut classes = Vec::new();
        loop {
            let found = self.ages.iter().find_map(|age| {
                let (from, to) = age_range(age)?;
                let fits = from == next && high.is_none_or(|high| to.is_some_and(|to| to <= high));
                fits.then_some((*age, to))
            })?;
            classes.push(found.0);
            match (found.1, high) {
                (None, None) => return Some(classes),
                (Some(to), Some(high)) if to == high => return Some(classes),
                (Some(to), _) => next = to + 1,
                (None, Some(_)) => return None,
            }
        }
    }
}

/// The ages an SDMX code spans: `Y5T9` is 5 to 9, `Y_GE80` is 80 and over, `Y16` is 16.
#[must_use]
pub fn age_range(code: &str) -> Option<(u32, Option<u32>)> {
    if let Some(from) = code.strip_prefix("Y_GE") {
        return Some((from.parse().ok()?, None));
    }
    let span = code.strip_prefix('Y')?;
    if let Some((from, to)) = span.split_once('T') {
        Some((from.parse().ok()?, Some(to.parse().ok()?)))
    } else {
        let age = span.parse().ok()?;
        Some((age, Some(age)))
    }
}

/// One target in one year.
struct Place<'a> {
    context: &'a Context<'a>,
    table: &'a UnitTable,
    target: &'a Target,
    year: Option<i32>,
    counts: &'a Counts<'a>,
    land: &'a [Option<f64>],
}

impl Place<'_> {
    /// Sum over the members that have a count, scaled by their share, with what was done to them.
    fn sum(&self, sex: &str, age: &str, keep: impl Fn(usize) -> bool) -> Sum {
        let split = (self.year, sex, age);
        let members = self.target.members.iter().filter(|member| keep(member.row));
        Sum::of(members.map(|&Member { row, share }| Part {
            share,
            value: self.counts.get(&split, row),
            withheld: self.counts.is_withheld(&split, row),
            ends: self.counts.disclosed.ends.get(&(split, row)).copied(),
        }))
    }

    /// Sum over the classes of an age group; `None` where one of them is neither known nor withheld.
    fn ages(&self, sex: &str, low: u32, high: Option<u32>) -> Option<Sum> {
        let class = |age: &&str| {
            let sum = self.sum(sex, age, |_| true);
            let value = sum.value.or((sum.withheld > 0.0).then_some(0.0))?;
            Some(Sum { value: Some(value), ..sum })
        };
        let classes = self.counts.classes(low, high)?;
        let sums = classes.iter().map(class).collect::<Option<Vec<Sum>>>()?;
        sums.into_iter().reduce(Sum::and)
    }

    /// Whether the count of a unit is known, or there and withheld.
    fn is_there(&self, sex: &str, age: &str, row: usize) -> bool {
        let split = (self.year, sex, age);
        self.counts.get(&split, row).is_some() || self.counts.is_withheld(&split, row)
    }

    fn coverage(&self, sex: &str, age: &str, keep: impl Fn(usize) -> bool) -> f64 {
        self.target.coverage(self.context.weights, self.context.units, |row| {
            keep(row) && self.counts.get(&(self.year, sex, age), row).is_some()
        })
    }

    fn row(&self, sex: &str, age: &str) -> Observation {
        Observation {
            theme: self.table.dataset.theme.id().to_owned(),
            year: self.year,
            sex: sex.to_owned(),
            age: age.to_owned(),
            source: self.table.dataset.source(),
            ..self.target.row(&self.context.area.definition.id)
        }
    }

    fn residents(&self, out: &mut Measured) {
        let field = self.table.dataset.fields.get("residents");
        let definition = field.map_or(String::new(), |field| {
            field.definition.as_ref().unwrap_or(&field.label).en.clone()
        });
        let disclosed = &self.counts.disclosed;
        for split @ (year, sex, age) in self.counts.cells.keys() {
            if *year != self.year {
                continue;
            }
            let sum = self.sum(sex, age, |_| true);
            let value = sum.value;
            let coverage = self.coverage(sex, age, |_| true);
            let mut row = self.row(sex, age);
            row.obs_status = self.target.status(value, coverage);
            // What is missing can only add: a partial total is a lower bound.
            row.lower = value.filter(|_| row.obs_status == ObsStatus::U);
            row.indicator = "residents".to_owned();
            row.unit = field.map_or("persons", |field| field.unit.as_str()).to_owned();
            row.value = value;
            row.coverage = Some(coverage);
            row.method = self.count_method().to_owned();
            row.definition.clone_from(&definition);
            let row = disclosed.said(self.target, split, row);
            let mut row = sum.bound(disclosed.by_in(self.year), row);
            if !self.target.members.iter().all(|member| self.is_there(sex, age, member.row)) {
                row.upper = None;
            }
            out.rows.push(row);
        }
    }

    fn count_method(&self) -> &'static str {
        match (self.target.unit_id.is_some(), self.target.is_whole()) {
            (true, true) => "published",
            (false, true) => "sum_of_units",
            (_, false) => "sum_of_units_area_weighted",
        }
    }

    fn derived(&self, indicator: &Derived, sex: &str) -> Observation {
        let has_land = |row: usize| self.land.get(row).copied().flatten().is_some();
        let keep = |row: usize| !matches!(indicator.formula, Formula::PerLand) || has_land(row);
        let parts = self.parts(indicator.formula, sex);
        let value = parts.and_then(|parts| parts.value()).filter(|value| value.is_finite());
        let coverage = self.coverage(sex, "_T", keep);
        let mut row = self.row(sex, indicator.age);
        row.indicator = indicator.id.to_owned();
        row.unit = indicator.unit.to_owned();
        row.value = value;
        row.coverage = Some(if value.is_some() { coverage } else { 0.0 });
        row.obs_status = self.target.status(value, coverage);
        row.method = if self.target.is_whole() {
            "ratio_of_sums".to_owned()
        } else {
            "ratio_of_sums_area_weighted".to_owned()
        };
        row.definition = indicator.definition.to_owned();
        if matches!(indicator.formula, Formula::PerLand) {
            let land = self.context.data.tables.iter().find(|t| is_land(t));
            let land = land.map(|table| table.dataset.source()).unwrap_or_default();
            row.source = format!("{}; {land}", row.source);
        }
        let disclosed = &self.counts.disclosed;
        let row = disclosed.said(self.target, &(self.year, sex, "_T"), row);
        match parts {
            Some(parts) => parts.bound(disclosed.by_in(self.year), indicator.formula, row),
            None => row,
        }
    }

    /// What is divided by what; `None` where an age group is not there.
    fn parts(&self, formula: Formula, sex: &str) -> Option<Parts> {
        const M2_PER_KM2: f64 = 1e6;
        let has = |row: usize| self.is_there(sex, "_T", row);
        let all = |sex: &str| self.sum(sex, "_T", |_| true);
        Some(match formula {
            Formula::PerLand => {
                let both = |row: usize| self.land.get(row).copied().flatten().is_some() && has(row);
                let land: f64 = self
                    .target
                    .members
                    .iter()
                    .filter(|member| both(member.row))
                    .filter_map(|member| Some(self.land[member.row]? * member.share))
                    .sum();
                let above = self.sum(sex, "_T", both);
                Parts { above, below: Sum::exact(land), per: M2_PER_KM2 }
            }
            Formula::PerSurface => {
                let surface = if self.target.members.iter().all(|member| has(member.row)) {
                    self.target.surface_m2
                } else {
                    self.surface_of(has)
                };
                let above = self.sum(sex, "_T", has);
                Parts { above, below: Sum::exact(surface), per: M2_PER_KM2 }
            }
            Formula::Share(low, high) => {
                Parts { above: self.ages(sex, low, high)?, below: all(sex), per: 100.0 }
            }
            Formula::Dependency => {
                let young_and_old = self.ages(sex, 0, Some(19))?.and(self.ages(sex, 65, None)?);
                Parts { above: young_and_old, below: self.ages(sex, 20, Some(64))?, per: 100.0 }
            }
            Formula::SexRatio => Parts { above: all("M"), below: all("F"), per: 100.0 },
        })
    }

    fn surface_of(&self, keep: impl Fn(usize) -> bool) -> f64 {
        use geo::Area;
        let shapes = self.context.units.areas.shapes();
        self.target
            .members
            .iter()
            .filter(|member| keep(member.row))
            .map(|member| shapes[member.row].unsigned_area() * member.share)
            .sum()
    }

    fn warn_if_partial(&self, out: &mut Measured) {
        if self.target.unit_id.is_some() || self.target.role != Role::Own {
            return;
        }
        let coverage = self.coverage("_T", "_T", |_| true);
        if coverage >= 1.0 - 1e-9 {
            return;
        }
        let units = self.context.units;
        let missing: Vec<String> = self
            .target
            .members
            .iter()
            .filter(|member| self.counts.get(&(self.year, "_T", "_T"), member.row).is_none())
            .map(|member| {
                let name =
                    format!("{} {}", units.areas.keys()[member.row], units.names[member.row]);
                match self.context.weights.of(member.row) {
                    Some(count) => format!("{name} ({count} residents in another year)"),
                    None => name,
                }
            })
            .collect();
        let year = self.year.map_or("the year".to_owned(), |year| year.to_string());
        out.warnings.push(format!(
            "residents {year} is a partial total with coverage {coverage:.3}: no count for {}",
            missing.join(", ")
        ));
    }
}

/// One sum over another, times so much.
#[derive(Clone, Copy)]
struct Parts {
    above: Sum,
    below: Sum,
    per: f64,
}

impl Parts {
    fn value(&self) -> Option<f64> {
        Some(self.above.value? / self.below.value? * self.per)
    }

    /// Adds the bounds of the quotient. Each of two noisy counts may err by itself; a share is a part of the whole.
    fn bound(&self, by: Option<Disclosure>, formula: Formula, row: Observation) -> Observation {
        let row = self.above.bound_ratio(&self.below, self.per, by, row);
        match formula {
            Formula::Share(..) if row.lower.is_some() => {
                let upper = row.upper.map_or(self.per, |upper| upper.min(self.per));
                Observation { upper: Some(upper), ..row }
            }
            _ => row,
        }
    }
}

fn is_land(table: &UnitTable) -> bool {
    table.dataset.fields.contains_key("land_area")
}

/// Land surface by unit row, from the data set that holds `land_area`.
fn land_by_row(context: &Context<'_>) -> Result<Vec<Option<f64>>, ModelError> {
    let mut land = vec![None; context.units.areas.len()];
    for table in context.data.tables.iter().filter(|table| is_land(table)) {
        if table.dataset.joins() != context.units.dataset.geography {
            continue;
        }
        for cell in table.table.cells("land_area")? {
            let row = context.units.areas.keys().iter().position(|key| key == cell.key);
            if let Some(row) = row {
                land[row] = cell.value;
            }
        }
    }
    Ok(land)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn counts(ages: &[&'static str]) -> Counts<'static> {
        Counts {
            cells: BTreeMap::new(),
            disclosed: Disclosed::default(),
            years: BTreeSet::new(),
            sexes: BTreeSet::new(),
            ages: ages.iter().copied().collect(),
        }
    }

    #[test]
    fn classes_tile_an_age_group_without_gap() {
        let counts = counts(&["_T", "Y0T4", "Y5T9", "Y10T14", "Y15T19", "Y20T24", "Y_GE25"]);
        assert_eq!(counts.classes(0, Some(19)).unwrap(), ["Y0T4", "Y5T9", "Y10T14", "Y15T19"]);
        assert_eq!(counts.classes(20, None).unwrap(), ["Y20T24", "Y_GE25"]);
    }

    #[test]
    fn an_age_group_that_classes_do_not_tile_is_refused() {
        let counts = counts(&["_T", "Y0T4", "Y10T14", "Y15T24"]);
        assert!(counts.classes(0, Some(14)).is_none(), "5 to 9 is missing");
        assert!(counts.classes(15, Some(19)).is_none(), "15 to 24 reaches beyond");
    }

    #[test]
    fn age_codes_are_read() {
        assert_eq!(age_range("Y5T9"), Some((5, Some(9))));
        assert_eq!(age_range("Y_GE80"), Some((80, None)));
        assert_eq!(age_range("Y16"), Some((16, Some(16))));
        assert_eq!(age_range("_T"), None);
    }
}
