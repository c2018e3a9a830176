//! What any table keyed by units says about a target, by the kind of each field.

use std::collections::{BTreeMap, BTreeSet};

use super::disclosed::{Disclosed, Split, Sum, withholds};
use super::sample;
use super::{Context, Measured, Target};
use crate::model::{Cell, Field, Kind, Label, ModelError, ObsStatus, Observation, Role};
use crate::sources::UnitTable;

/// The values of a group by unit.
type Values = BTreeMap<usize, f64>;

pub(super) fn measure(
    context: &Context<'_>,
    table: &UnitTable,
    targets: &[Target],
    out: &mut Measured,
) -> Result<(), ModelError> {
    let subjects = || {
        let fields = table.table.fields().iter();
        fields.map(|(name, field)| Subject { context, table, name, field })
    };
    if table.dataset.joins() == context.units.dataset.geography {
        // What stands in for a missing count shows at its own unit, never as a total of its own.
        let own: Vec<Target>;
        let targets = if table.dataset.stands_in_for.is_some() {
            own = units_with_rows(context, table, targets)?;
            &own
        } else {
            targets
        };
        for subject in subjects() {
            let rows = subject.measure(targets)?;
            out.warnings.extend(by_surface(&subject, &rows));
            out.rows.extend(rows);
        }
        out.warnings.extend(redrawn_since(context, table));
    } else if table.dataset.geography == "municipality" {
        for subject in subjects() {
            out.rows.extend(subject.references(targets)?);
        }
    } else {
        out.warnings.push(left_out(context, table));
    }
    Ok(())
}

/// A table by the units of another division says nothing of these.
pub(super) fn left_out(context: &Context<'_>, table: &UnitTable) -> String {
    let (dataset, geography) = (&table.dataset, &context.units.dataset.geography);
    format!(
        "{}: left out: its codes are of {}, and this baseline is of {geography}; bring it there with `scale carry POLYGONS_OF_{} --onto units --values FILE --key CODE --extensive COUNTS`, and ingest the result (or, where the codes still name the same units, say codes_valid_in = \"{geography}\" in its entry)",
        dataset.id,
        dataset.joins(),
        dataset.joins().to_uppercase().replace('-', "_"),
    )
}

/// The units of the area that were redrawn since a table was made.
pub(super) fn redrawn_since(context: &Context<'_>, table: &UnitTable) -> Option<String> {
    let (dataset, keys) = (&table.dataset, context.units.areas.keys());
    let codes = context.area.parts.iter().map(|part| &keys[part.row]);
    let redrawn: Vec<&str> =
        codes.filter(|code| dataset.changed_units.contains(code)).map(String::as_str).collect();
    (!redrawn.is_empty()).then(|| {
        format!(
            "{}: counted in the borders of {}, and redrawn since: {}; what rests on them is an estimate",
            dataset.id,
            dataset.geography,
            redrawn.join(", ")
        )
    })
}

fn units_with_rows(
    context: &Context<'_>,
    table: &UnitTable,
    targets: &[Target],
) -> Result<Vec<Target>, ModelError> {
    let rows = rows_by_key(context);
    let known: BTreeSet<usize> =
        table.table.keys()?.iter().flatten().filter_map(|key| rows.get(key).copied()).collect();
    let has = |target: &&Target| {
        target.unit_id.is_some() && target.members.iter().all(|member| known.contains(&member.row))
    };
    Ok(targets.iter().filter(has).cloned().collect())
}

/// Says once of a field that its classes are shared out by surface, where the area itself is.
fn by_surface(subject: &Subject<'_>, rows: &[Observation]) -> Option<String> {
    let area = &subject.context.area.definition.id;
    let of_area = |row: &Observation| row.method == CLASSES_BY_SURFACE && row.geography_id == *area;
    rows.iter().any(of_area).then(|| {
        let name = subject.name;
        format!(
            "{name}: shares of the surface, not of residents: some units have no count of residents"
        )
    })
}

/// How the shares of classes are weighed where the residents of a unit are not known.
const CLASSES_BY_SURFACE: &str = "surface_by_class_of_unit";

/// A field of a table, and the area it is measured in.
struct Subject<'a> {
    context: &'a Context<'a>,
    table: &'a UnitTable,
    name: &'a str,
    field: &'a Field,
}

impl Subject<'_> {
    /// A municipality's own value stands beside the area's as a reference, never as the area's value.
    fn references(&self, targets: &[Target]) -> Result<Vec<Observation>, ModelError> {
        let mut rows = Vec::new();
        if !matches!(self.field.kind, Kind::Extensive | Kind::Intensive) {
            return Ok(rows);
        }
        for target in targets.iter().filter(|target| target.role == Role::Reference) {
            for cell in self.table.table.cells(self.name)? {
                if cell.key == target.geography_id {
                    let mut row = self.row(target);
                    row.year = cell.year.or(row.year);
                    row.value = cell.value;
                    row.obs_status = if cell.value.is_some() { ObsStatus::A } else { ObsStatus::M };
                    row.method = "published".to_owned();
                    if self.field.kind == Kind::Extensive {
                        let by = self.table.dataset.disclosure_in(row.year);
                        row = Sum::of_cell(cell.value, by).bound(by, row);
                    }
                    rows.push(row);
                }
            }
        }
        Ok(rows)
    }

    /// The rows of every target, by the kind of the field.
    fn measure(&self, targets: &[Target]) -> Result<Vec<Observation>, ModelError> {
        Ok(match &self.field.kind {
            Kind::Categorical { categories } if categories.is_empty() => Vec::new(),
            Kind::Categorical { .. } => {
                let texts = self.classes_by_unit()?;
                targets.iter().flat_map(|target| self.classes(target, &texts)).collect()
            }
            Kind::Ratio { numerator, denominator, per } => {
                let (above, below) = (self.groups(numerator)?, self.groups(denominator)?);
                let protected = [self.disclosed(numerator)?, self.disclosed(denominator)?];
                let ratio = |(target, split, above)| {
                    let parts = [above, below.get(split)?];
                    let row = self.ratio(target, split, parts, *per);
                    let said = |row, by: &Disclosed<'_>| by.said(target, split, row);
                    let row = protected.iter().fold(row, said);
                    let row = bound_ratio(&protected, target, split, parts, (*per, row));
                    Some(self.sampled(target, parts, *per, row))
                };
                pairs(targets, &above).filter_map(ratio).collect()
            }
            Kind::Extensive => {
                let (groups, disclosed) = (self.groups(self.name)?, self.disclosed(self.name)?);
                let count = |(target, split, values)| {
                    let row = disclosed.said(target, split, self.count(target, split, values));
                    let row = disclosed.bound(target, split, values, row);
                    match (self.field.sample, row.value) {
                        (Some(of), Some(count)) => {
                            sample::with_interval(of, (count, 1.0), 1.0, row)
                        }
                        _ => row,
                    }
                };
                pairs(targets, &groups).map(count).collect()
            }
            Kind::Intensive => {
                let (groups, disclosed) = (self.groups(self.name)?, self.disclosed(self.name)?);
                let rate = |(target, split, values)| {
                    let row = disclosed.said(target, split, self.rate(target, split, values));
                    disclosed.own_ends(target, split, row)
                };
                pairs(targets, &groups).map(rate).collect()
            }
        })
    }

    fn ratio(
        &self,
        target: &Target,
        split: &Split<'_>,
        [above, below]: [&Values; 2],
        per: u32,
    ) -> Observation {
        let both = |row: usize| above.contains_key(&row) && below.contains_key(&row);
        let value = sum(target, above, both)
            .zip(sum(target, below, both))
            .map(|(above, below)| above / below * f64::from(per))
            .filter(|value| value.is_finite());
        let method = if target.unit_id.is_some() { "derived" } else { "ratio_of_sums" };
        self.estimate(target, split, value, method, both)
    }

    /// The interval of a ratio of a sample, over the units that have both of its counts.
    fn sampled(
        &self,
        target: &Target,
        [above, below]: [&Values; 2],
        per: u32,
        row: Observation,
    ) -> Observation {
        let both = |row: usize| above.contains_key(&row) && below.contains_key(&row);
        match (self.field.sample, sum(target, above, both), sum(target, below, both)) {
            (Some(of), Some(above), Some(below)) => {
                sample::with_interval(of, (above, below), f64::from(per), row)
            }
            _ => row,
        }
    }

    fn count(&self, target: &Target, split: &Split<'_>, values: &Values) -> Observation {
        let has = |row: usize| values.contains_key(&row);
        let method = if target.unit_id.is_some() { "published" } else { "sum_of_units" };
        self.estimate(target, split, sum(target, values, has), method, has)
    }

    /// A rate, mean or median of several units has no value without its denominator: the range is given.
    fn rate(&self, target: &Target, split: &Split<'_>, values: &Values) -> Observation {
        let has = |row: usize| values.contains_key(&row);
        if let (Some(_), [member]) = (&target.unit_id, target.members.as_slice()) {
            let value = values.get(&member.row).copied();
            return self.estimate(target, split, value, "published", has);
        }
        let own = || target.members.iter().filter_map(|member| values.get(&member.row).copied());
        Observation {
            lower: own().reduce(f64::min),
            upper: own().reduce(f64::max),
            method: "range_over_units; not averaged".to_owned(),
            coverage: Some(self.coverage(target, has)),
            ..self.row_of(target, split)
        }
    }

    /// The class of each unit, and for a set of units the share of residents in each class.
    fn classes(&self, target: &Target, texts: &BTreeMap<usize, &str>) -> Vec<Observation> {
        let Kind::Categorical { categories } = &self.field.kind else { return Vec::new() };
        if let (Some(_), [member]) = (&target.unit_id, target.members.as_slice()) {
            return vec![self.class(target, member.row, texts.get(&member.row).copied())];
        }
        let who = if target.has_residents(self.context.weights) {
            "Residents who live in a unit"
        } else {
            "Surface of the units"
        };
        let share = |(class, label): (&String, &Label)| Observation {
            definition: format!("{who} of class {class}: {}", label.en),
            ..self.class_share(target, class, texts)
        };
        categories.iter().map(share).collect()
    }

    fn class(&self, target: &Target, unit: usize, class: Option<&str>) -> Observation {
        Observation {
            value: class.and_then(|class| class.parse().ok()),
            unit: "class".to_owned(),
            obs_status: self.class_status(unit, class.is_some()),
            method: "published".to_owned(),
            coverage: Some(if class.is_some() { 1.0 } else { 0.0 }),
            ..self.row(target)
        }
    }

    fn class_share(
        &self,
        target: &Target,
        class: &str,
        texts: &BTreeMap<usize, &str>,
    ) -> Observation {
        let known = self.coverage(target, |row| texts.contains_key(&row));
        let within =
            self.coverage(target, |row| texts.get(&row).is_some_and(|&text| text == class));
        let value = (known > 0.0).then(|| within / known * 100.0);
        let (unit, method) = if target.has_residents(self.context.weights) {
            ("percent of residents", "residents_by_class_of_unit")
        } else {
            ("percent of surface", CLASSES_BY_SURFACE)
        };
        Observation {
            indicator: format!("{}_{class}_share", self.name),
            value,
            unit: unit.to_owned(),
            obs_status: if value.is_some() { ObsStatus::E } else { ObsStatus::M },
            method: method.to_owned(),
            coverage: Some(known),
            ..self.row(target)
        }
    }

    /// A class from an older division is less certain where the unit was redrawn since.
    fn class_status(&self, unit: usize, known: bool) -> ObsStatus {
        let code = &self.context.units.areas.keys()[unit];
        match known {
            false => ObsStatus::M,
            true if self.table.dataset.changed_units.contains(code) => ObsStatus::U,
            true => ObsStatus::A,
        }
    }

    fn classes_by_unit(&self) -> Result<BTreeMap<usize, &str>, ModelError> {
        let (keys, texts) = (self.table.table.keys()?, self.table.table.texts(self.name)?);
        let rows = rows_by_key(self.context);
        Ok(keys
            .iter()
            .zip(texts.iter())
            .filter_map(|(key, text)| Some((*rows.get(key?)?, text?)))
            .collect())
    }

    /// The values of a field by year, sex and age, then by unit; a group without any value is empty.
    fn groups(&self, field: &str) -> Result<BTreeMap<Split<'_>, Values>, ModelError> {
        let rows = rows_by_key(self.context);
        let mut groups: BTreeMap<Split<'_>, Values> = BTreeMap::new();
        for cell in self.table.table.cells(field)? {
            let group = groups.entry(split(&cell)).or_default();
            if let (Some(&row), Some(value)) = (rows.get(cell.key), cell.value) {
                group.insert(row, value);
            }
        }
        Ok(groups)
    }

    /// What the publisher did to the counts of a field, and the units it withholds, by year, sex and age.
    fn disclosed(&self, field: &str) -> Result<Disclosed<'_>, ModelError> {
        let rows = rows_by_key(self.context);
        let mut found = Disclosed::new(self.table, &rows);
        let cells = self.table.table.cells(field)?;
        // Where statuses stand beside the counts, they tell what is withheld from what is missing.
        let says = cells.iter().any(|cell| cell.status.is_some());
        let withholds = !says && withholds(found.by);
        for cell in &cells {
            let Some(&row) = rows.get(cell.key) else { continue };
            if cell.value.is_none() && (withholds || cell.status == Some(ObsStatus::Q)) {
                found.withheld.entry(split(cell)).or_default().insert(row);
            }
            found.add(split(cell), row, cell);
        }
        Ok(found)
    }

    /// A row with a value; its status and coverage follow from the units for which `has` holds.
    fn estimate(
        &self,
        target: &Target,
        split: &Split<'_>,
        value: Option<f64>,
        method: &str,
        has: impl Fn(usize) -> bool,
    ) -> Observation {
        let coverage = self.coverage(target, has);
        let weighted = if target.is_whole() { "" } else { "_area_weighted" };
        Observation {
            value,
            obs_status: target.status(value, coverage),
            method: format!("{method}{weighted}"),
            coverage: Some(coverage),
            ..self.row_of(target, split)
        }
    }

    fn coverage(&self, target: &Target, has: impl Fn(usize) -> bool) -> f64 {
        target.coverage(self.context.weights, self.context.units, has)
    }

    /// An empty row of a group.
    fn row_of(&self, target: &Target, split: &Split<'_>) -> Observation {
        let row = self.row(target);
        Observation {
            year: split.0.or(row.year),
            sex: split.1.to_owned(),
            age: split.2.to_owned(),
            ..row
        }
    }

    /// An empty row of the newest year of the table.
    fn row(&self, target: &Target) -> Observation {
        let dataset = &self.table.dataset;
        Observation {
            indicator: self.name.to_owned(),
            theme: dataset.theme.id().to_owned(),
            unit: self.field.unit.clone(),
            year: dataset.years.last().copied(),
            definition: self.field.definition.as_ref().unwrap_or(&self.field.label).en.clone(),
            source: dataset.source(),
            ..target.row(&self.context.area.definition.id)
        }
    }
}

/// The bounds of a ratio whose counts are protected: both over all units, whether the other is known or not.
fn bound_ratio(
    protected: &[Disclosed<'_>; 2],
    target: &Target,
    split: &Split<'_>,
    parts: [&Values; 2],
    (per, row): (u32, Observation),
) -> Observation {
    let of = |at: usize| protected[at].sum(target, split, parts[at]);
    of(0).bound_ratio(&of(1), f64::from(per), protected[0].by_in(split.0), row)
}

/// Every target with every group, target by target.
fn pairs<'a, 's>(
    targets: &'a [Target],
    groups: &'a BTreeMap<Split<'s>, Values>,
) -> impl Iterator<Item = (&'a Target, &'a Split<'s>, &'a Values)> {
    let with_groups =
        move |target| groups.iter().map(move |(split, values)| (target, split, values));
    targets.iter().flat_map(with_groups)
}

fn rows_by_key<'a>(context: &Context<'a>) -> BTreeMap<&'a str, usize> {
    let keys = context.units.areas.keys();
    keys.iter().enumerate().map(|(row, key)| (key.as_str(), row)).collect()
}

fn split<'a>(cell: &Cell<'a>) -> Split<'a> {
    (cell.year, cell.sex.unwrap_or("_T"), cell.age.unwrap_or("_T"))
}

fn sum(target: &Target, cells: &Values, keep: impl Fn(usize) -> bool) -> Option<f64> {
    target
        .members
        .iter()
        .filter(|member| keep(member.row))
        .filter_map(|member| cells.get(&member.row).map(|value| value * member.share))
        .reduce(|a, b| a + b)
}
