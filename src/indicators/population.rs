//! What follows from residents by age and sex: totals, densities, age shares, ratios.
//!
//! Rates are ratios of sums (never means of the units' rates), so the area's value is that of its residents.

use std::collections::{BTreeMap, BTreeSet};

use super::{Context, Measured, Target};
use crate::model::{Label, ModelError, ObsStatus, Observation, Role};
use crate::sources::UnitTable;

/// An indicator that is worked out from residents.
pub struct Derived {
    pub id: &'static str,
    pub unit: &'static str,
    pub age: &'static str,
    pub sv: &'static str,
    pub en: &'static str,
    pub definition: &'static str,
    formula: Formula,
}

#[derive(Clone, Copy)]
enum Formula {
    PerLand,
    PerSurface,
    Share(u32, Option<u32>),
    Dependency,
    SexRatio,
}

impl Derived {
    /// The label in both languages.
    #[must_use]
    pub fn label(&self) -> Label {
        Label { sv: self.sv.to_owned(), en: self.en.to_owned() }
    }
}

const DERIVED: [Derived; 8] = [
    Derived {
        id: "density_land",
        unit: "persons per km2",
        age: "_T",
        sv: "Täthet på land",
        en: "Density over land",
        definition: "Residents per square kilometre of land, water left out",
        formula: Formula::PerLand,
    },
    Derived {
        id: "density_total",
        unit: "persons per km2",
        age: "_T",
        sv: "Täthet på hela ytan",
        en: "Density over the whole polygon",
        definition: "Residents per square kilometre of the whole polygon, water included",
        formula: Formula::PerSurface,
    },
    Derived {
        id: "share_aged_0_19",
        unit: "percent",
        age: "Y0T19",
        sv: "Andel 0–19 år",
        en: "Aged 0–19",
        definition: "Residents aged 0 to 19 in percent of all residents",
        formula: Formula::Share(0, Some(19)),
    },
    Derived {
        id: "share_aged_20_64",
        unit: "percent",
        age: "Y20T64",
        sv: "Andel 20–64 år",
        en: "Aged 20–64",
        definition: "Residents aged 20 to 64 in percent of all residents",
        formula: Formula::Share(20, Some(64)),
    },
    Derived {
        id: "share_aged_65_plus",
        unit: "percent",
        age: "Y_GE65",
        sv: "Andel 65 år och äldre",
        en: "Aged 65 and over",
        definition: "Residents aged 65 and over in percent of all residents",
        formula: Formula::Share(65, None),
    },
    Derived {
        id: "share_aged_80_plus",
        unit: "percent",
        age: "Y_GE80",
        sv: "Andel 80 år och äldre",
        en: "Aged 80 and over",
        definition: "Residents aged 80 and over in percent of all residents",
        formula: Formula::Share(80, None),
    },
    Derived {
        id: "dependency_ratio",
        unit: "per 100 persons aged 20-64",
        age: "_T",
        sv: "Demografisk försörjningskvot",
        en: "Dependency ratio",
        definition: "Residents aged 0 to 19 and 65 and over per 100 residents aged 20 to 64",
        formula: Formula::Dependency,
    },
    Derived {
        id: "sex_ratio",
        unit: "men per 100 women",
        age: "_T",
        sv: "Könskvot",
        en: "Sex ratio",
        definition: "Men per 100 women",
        formula: Formula::SexRatio,
    },
];

/// The derived indicators.
#[must_use]
pub fn derived() -> &'static [Derived] {
    &DERIVED
}

/// Residents by (year, sex, age, unit row).
struct Counts<'a> {
    cells: BTreeMap<(Option<i32>, &'a str, &'a str), BTreeMap<usize, f64>>,
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
        return Ok(());
    }
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
        let mut counts = Self {
            cells: BTreeMap::new(),
            years: BTreeSet::new(),
            sexes: BTreeSet::new(),
            ages: BTreeSet::new(),
        };
        for cell in table.table.cells("residents")? {
            let (sex, age) = (cell.sex.unwrap_or("_T"), cell.age.unwrap_or("_T"));
            counts.years.insert(cell.year);
            counts.sexes.insert(sex);
            counts.ages.insert(age);
            if let (Some(&row), Some(value)) = (rows.get(cell.key), cell.value) {
                counts.cells.entry((cell.year, sex, age)).or_default().insert(row, value);
            }
        }
        Ok(counts)
    }

    fn get(&self, year: Option<i32>, sex: &str, age: &str, row: usize) -> Option<f64> {
        self.cells.get(&(year, sex, age))?.get(&row).copied()
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
    /// Sum over the members that have a count, scaled by their share; `None` when none has.
    fn sum(&self, sex: &str, age: &str, keep: impl Fn(usize) -> bool) -> Option<f64> {
        self.target
            .members
            .iter()
            .filter(|member| keep(member.row))
            .filter_map(|member| {
                let count = self.counts.get(self.year, sex, age, member.row)?;
                Some(count * member.share)
            })
            .reduce(|a, b| a + b)
    }

    fn ages(&self, sex: &str, low: u32, high: Option<u32>) -> Option<f64> {
        let classes = self.counts.classes(low, high)?;
        classes.iter().map(|age| self.sum(sex, age, |_| true)).sum()
    }

    fn coverage(&self, sex: &str, age: &str, keep: impl Fn(usize) -> bool) -> f64 {
        self.target.coverage(self.context.weights, self.context.units, |row| {
            keep(row) && self.counts.get(self.year, sex, age, row).is_some()
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
        for (year, sex, age) in self.counts.cells.keys() {
            if *year != self.year {
                continue;
            }
            let value = self.sum(sex, age, |_| true);
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
        let value = self.evaluate(indicator.formula, sex).filter(|value| value.is_finite());
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
        row
    }

    fn evaluate(&self, formula: Formula, sex: &str) -> Option<f64> {
        const M2_PER_KM2: f64 = 1e6;
        match formula {
            Formula::PerLand => {
                let both = |row: usize| {
                    self.land.get(row).copied().flatten().is_some()
                        && self.counts.get(self.year, sex, "_T", row).is_some()
                };
                let land: f64 = self
                    .target
                    .members
                    .iter()
                    .filter(|member| both(member.row))
                    .filter_map(|member| Some(self.land[member.row]? * member.share))
                    .sum();
                Some(self.sum(sex, "_T", both)? / land * M2_PER_KM2)
            }
            Formula::PerSurface => {
                let has = |row: usize| self.counts.get(self.year, sex, "_T", row).is_some();
                let surface = if self.target.members.iter().all(|member| has(member.row)) {
                    self.target.surface_m2
                } else {
                    self.surface_of(has)
                };
                Some(self.sum(sex, "_T", has)? / surface * M2_PER_KM2)
            }
            Formula::Share(low, high) => {
                Some(self.ages(sex, low, high)? / self.sum(sex, "_T", |_| true)? * 100.0)
            }
            Formula::Dependency => {
                let young_and_old = self.ages(sex, 0, Some(19))? + self.ages(sex, 65, None)?;
                Some(young_and_old / self.ages(sex, 20, Some(64))? * 100.0)
            }
            Formula::SexRatio => {
                Some(self.sum("M", "_T", |_| true)? / self.sum("F", "_T", |_| true)? * 100.0)
            }
        }
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
            .filter(|member| self.counts.get(self.year, "_T", "_T", member.row).is_none())
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
