//! Sets of units that a value is worked out for, and how much of them a value rests on.

use geo::Area;

use super::Context;
use crate::model::{ModelError, ObsStatus, Observation, Role};
use crate::sources::{Data, UnitGeography};

/// A unit in a target, with the share of it that lies inside.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Member {
    pub row: usize,
    pub share: f64,
}

/// A set of units that one value is to describe.
#[derive(Debug, Clone)]
pub struct Target {
    pub unit_id: Option<String>,
    pub geography_level: String,
    pub geography_id: String,
    pub role: Role,
    pub members: Vec<Member>,
    pub surface_m2: f64,
}

/// Residents by unit, as weights for coverage: the newest count, or what stands in for it.
#[derive(Debug, Clone)]
pub struct Weights {
    residents: Vec<Option<f64>>,
    stands_in: Vec<bool>,
}

impl Weights {
    /// Reads the weights from the demography tables and their stand-ins.
    ///
    /// # Errors
    /// [`ModelError`] for a table that does not fit its entry.
    pub fn new(data: &Data, units: &UnitGeography) -> Result<Self, ModelError> {
        let demography: Vec<&str> = data
            .tables
            .iter()
            .filter(|table| table.dataset.derive.is_some())
            .map(|table| table.dataset.id.as_str())
            .collect();
        let mut weights = vec![None; units.areas.len()];
        let mut stands_in_at = vec![false; units.areas.len()];
        let counts = |id: &str| demography.contains(&id);
        // Stand-ins first, so that the real count, where there is one, overwrites them.
        for real in [false, true] {
            for table in &data.tables {
                let stands_in = table.dataset.stands_in_for.as_deref().is_some_and(counts);
                let relevant = if real { counts(&table.dataset.id) } else { stands_in };
                if !relevant || table.dataset.joins() != units.dataset.geography {
                    continue;
                }
                let mut cells = table.table.cells("residents")?;
                cells.sort_by_key(|cell| cell.year);
                for cell in cells {
                    let total = cell.sex.is_none_or(|sex| sex == "_T")
                        && cell.age.is_none_or(|age| age == "_T");
                    let row = units.areas.keys().iter().position(|key| key == cell.key);
                    if let (true, Some(row), Some(value)) = (total, row, cell.value) {
                        weights[row] = Some(value);
                        stands_in_at[row] = !real;
                    }
                }
            }
        }
        Ok(Self { residents: weights, stands_in: stands_in_at })
    }

    /// Residents of a unit, as far as known.
    #[must_use]
    pub fn of(&self, row: usize) -> Option<f64> {
        self.residents.get(row).copied().flatten()
    }

    /// Whether the unit's residents are of another year than the count itself.
    #[must_use]
    pub fn stands_in(&self, row: usize) -> bool {
        self.stands_in.get(row).copied().unwrap_or(false)
    }
}

impl Target {
    /// Whether every member lies inside with its whole surface.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.members.iter().all(|member| member.share >= 1.0)
    }

    /// Whether the residents of every member are known, so that shares are of residents.
    #[must_use]
    pub fn has_residents(&self, weights: &Weights) -> bool {
        self.members.iter().all(|member| weights.of(member.row).is_some())
    }

    /// Share of the target's residents that live in units for which `has` holds; of its surface where the residents of
    /// a member are unknown.
    pub fn coverage(
        &self,
        weights: &Weights,
        units: &UnitGeography,
        has: impl Fn(usize) -> bool,
    ) -> f64 {
        let by_residents = self.has_residents(weights);
        let weight = |member: &Member| {
            let whole = if by_residents {
                weights.of(member.row).unwrap_or(0.0)
            } else {
                units.areas.shapes()[member.row].unsigned_area()
            };
            whole * member.share
        };
        let all: f64 = self.members.iter().map(weight).sum();
        let present: f64 = self.members.iter().filter(|member| has(member.row)).map(weight).sum();
        // An empty sum of floats is -0.0; a share is not.
        if all > 0.0 { present.abs() / all } else { 0.0 }
    }

    /// Status of a value worked out from published counts.
    #[must_use]
    pub fn status(&self, value: Option<f64>, coverage: f64) -> ObsStatus {
        match value {
            None => ObsStatus::M,
            Some(_) if coverage < 1.0 - 1e-9 => ObsStatus::U,
            Some(_) if !self.is_whole() => ObsStatus::E,
            Some(_) => ObsStatus::A,
        }
    }

    /// An empty row for this target; the caller fills in what it measures.
    #[must_use]
    pub fn row(&self, area_id: &str) -> Observation {
        Observation {
            area_id: area_id.to_owned(),
            unit_id: self.unit_id.clone(),
            geography_level: self.geography_level.clone(),
            geography_id: self.geography_id.clone(),
            role: self.role,
            indicator: String::new(),
            theme: String::new(),
            value: None,
            lower: None,
            upper: None,
            unit: String::new(),
            year: None,
            sex: "_T".to_owned(),
            age: "_T".to_owned(),
            obs_status: ObsStatus::M,
            method: String::new(),
            coverage: None,
            definition: String::new(),
            source: String::new(),
        }
    }
}

/// The area, its units, and the municipalities they lie in.
pub(super) fn targets(context: &Context<'_>) -> Vec<Target> {
    let Context { area, units, .. } = context;
    let geography = &units.dataset.geography;
    let members: Vec<Member> =
        area.parts.iter().map(|part| Member { row: part.row, share: part.share }).collect();
    let mut targets = vec![Target {
        unit_id: None,
        geography_level: "area".to_owned(),
        geography_id: area.definition.id.clone(),
        role: Role::Own,
        members: members.clone(),
        surface_m2: area.surface_m2(),
    }];
    for member in members {
        let code = &units.areas.keys()[member.row];
        targets.push(Target {
            unit_id: Some(code.clone()),
            geography_level: geography.clone(),
            geography_id: code.clone(),
            role: Role::Own,
            members: vec![member],
            surface_m2: units.areas.shapes()[member.row].unsigned_area() * member.share,
        });
    }
    for municipality in municipalities(context) {
        let rows: Vec<usize> = (0..units.areas.len())
            .filter(|&row| units.areas.keys()[row].starts_with(&municipality))
            .collect();
        let surface = rows.iter().map(|&row| units.areas.shapes()[row].unsigned_area()).sum();
        targets.push(Target {
            unit_id: None,
            geography_level: "municipality".to_owned(),
            geography_id: municipality,
            role: Role::Reference,
            members: rows.into_iter().map(|row| Member { row, share: 1.0 }).collect(),
            surface_m2: surface,
        });
    }
    targets
}

/// The municipalities of the area's units: the first four digits of a `DeSO` or `RegSO` code (`LLKK`).
pub(super) fn municipalities(context: &Context<'_>) -> Vec<String> {
    let geography = &context.units.dataset.geography;
    if !(geography.starts_with("regso") || geography.starts_with("deso")) {
        return Vec::new();
    }
    let keys = context.units.areas.keys();
    let mut codes: Vec<String> = context
        .area
        .parts
        .iter()
        .filter_map(|part| keys[part.row].get(..4).map(str::to_owned))
        .collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}
