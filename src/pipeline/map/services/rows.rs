//! Rows of the long table: distance and minutes to a kind of service, of each unit and of the area.

use geo::Area;

use super::kinds::Kind;
use super::walk::{Streets, WALK_M_PER_MIN, Walk};
use crate::access::{self, Nearest};
use crate::indicators::Context;
use crate::model::{Dataset, ObsStatus, Observation, Role};

/// A position less certain than this makes the distance to it unreliable.
const UNRELIABLE_M: f64 = 300.0;
/// Whose streets they are.
const CONTRIBUTORS: &str = "OpenStreetMap contributors";

/// How a distance was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    StraightLine,
    Walked {
        /// From the populated points of the unit, not from its inner point.
        populated: bool,
        /// A nearer place may lie beyond the streets.
        beyond: bool,
    },
}

/// The nearest place of a kind from one unit.
#[derive(Debug, Clone)]
pub(super) struct Reached {
    pub found: Nearest,
    /// Uncertainty of the position that was reached, in metres, where it is known.
    pub slack_m: Option<f64>,
    /// Rows among the places of the kind: one, or one for each origin of the unit.
    pub places: Vec<usize>,
    pub how: How,
}

impl Reached {
    fn is_walked(&self) -> bool {
        matches!(self.how, How::Walked { .. })
    }
}

/// Adds the rows of one kind; `reached` has an entry a part of the area.
pub(super) fn add(
    context: &Context<'_>,
    kind: &Kind<'_>,
    reached: &[Option<Reached>],
    walk: Option<&Walk<'_>>,
    out: &mut Vec<Observation>,
) {
    let writer = Writer { context, kind, streets: walk.map(|walk| walk.streets) };
    let (mut all, mut walked) = (Sums::default(), Sums::default());
    for (part, reached) in context.area.parts.iter().zip(reached) {
        let weight = context.weights.of(part.row).map(|weight| weight * part.share);
        let surface = context.units.areas.shapes()[part.row].unsigned_area() * part.share;
        all.add(weight, surface, reached.as_ref());
        walked.add(weight, surface, reached.as_ref().filter(|reached| reached.is_walked()));
        let Some(reached) = reached else { continue };
        out.push(writer.metres(Some(part.row), reached, reached.slack_m, 1.0));
        if reached.is_walked() {
            out.push(writer.minutes(Some(part.row), reached, reached.slack_m, 1.0));
        }
    }
    out.extend(all.mean().map(|mean| {
        let metres = writer.metres(None, &mean, Some(all.slack()), all.coverage());
        Observation {
            method: all.method(),
            definition: metres.definition.clone() + all.rest(),
            ..metres
        }
    }));
    out.extend(walked.mean().map(|mean| {
        let minutes = writer.minutes(None, &mean, Some(walked.slack()), walked.coverage());
        Observation { method: walked.method(), ..minutes }
    }));
}

/// The residents' mean distance: each unit's distance weighted by its residents.
#[derive(Default)]
struct Sums {
    weight: f64,
    distance: f64,
    lower: f64,
    upper: f64,
    surface: f64,
    surface_with_residents: f64,
    walked: Option<How>,
    straight: bool,
}

impl Sums {
    /// A unit without a distance adds only its surface.
    fn add(&mut self, weight: Option<f64>, surface: f64, reached: Option<&Reached>) {
        self.surface += surface;
        let Some((Reached { found, how, .. }, weight)) = reached.zip(weight) else { return };
        self.surface_with_residents += surface;
        self.weight += weight;
        self.distance += weight * found.distance_m;
        self.lower += weight * found.lower_m;
        self.upper += weight * found.upper_m;
        match how {
            How::StraightLine => self.straight = true,
            How::Walked { .. } => self.walked = Some(*how),
        }
    }

    fn mean(&self) -> Option<Reached> {
        (self.weight > 0.0).then(|| Reached {
            found: Nearest {
                destination: 0,
                distance_m: self.distance / self.weight,
                lower_m: self.lower / self.weight,
                upper_m: self.upper / self.weight,
            },
            slack_m: Some(self.slack()),
            places: Vec::new(),
            how: self.walked.unwrap_or(How::StraightLine),
        })
    }

    /// Share of the surface whose distance and residents are known: what the mean rests on.
    fn coverage(&self) -> f64 {
        self.surface_with_residents / self.surface
    }

    /// Half the width of the mean's interval, back on the straight line.
    fn slack(&self) -> f64 {
        (self.upper - self.lower) / self.weight / 2.0 / access::DETOUR
    }

    /// What the definition of the mean adds to that of its walks.
    fn rest(&self) -> &'static str {
        match (self.walked.is_some(), self.straight) {
            (true, true) => "; straight line times 1.3 from units without a walk",
            _ => "",
        }
    }

    fn method(&self) -> String {
        let ways = match (self.walked.is_some(), self.straight) {
            (true, true) => "street_network_walk, straight_line where there is none",
            (true, false) => "street_network_walk",
            (false, _) => "straight_line",
        };
        format!("{ways}; mean by residents")
    }
}

/// A row of a unit or of the area, still without what is measured.
pub(super) fn of_place(context: &Context<'_>, unit: Option<usize>) -> Observation {
    let Context { units, area, .. } = context;
    let unit_id = unit.map(|row| units.areas.keys()[row].clone());
    let area_id = area.definition.id.clone();
    Observation {
        geography_level: match unit {
            Some(_) => units.dataset.geography.clone(),
            None => "area".to_owned(),
        },
        geography_id: unit_id.clone().unwrap_or_else(|| area_id.clone()),
        area_id,
        unit_id,
        role: Role::Own,
        indicator: String::new(),
        theme: "services".to_owned(),
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

/// What all rows of a kind share.
struct Writer<'a> {
    context: &'a Context<'a>,
    kind: &'a Kind<'a>,
    streets: Option<&'a Streets>,
}

impl Writer<'_> {
    fn metres(
        &self,
        unit: Option<usize>,
        reached: &Reached,
        slack_m: Option<f64>,
        coverage: f64,
    ) -> Observation {
        let row = self.row(unit, reached, slack_m, coverage);
        Observation {
            indicator: format!("distance_nearest_{}_m", self.kind.name),
            unit: "m".to_owned(),
            ..row
        }
    }

    /// A walk in metres is what is walked at the walking speed, so that one follows from the other.
    fn minutes(
        &self,
        unit: Option<usize>,
        reached: &Reached,
        slack_m: Option<f64>,
        coverage: f64,
    ) -> Observation {
        let row = self.row(unit, reached, slack_m, coverage);
        let turn = |metres: Option<f64>| metres.map(|metres| metres / WALK_M_PER_MIN);
        Observation {
            indicator: format!("access_nearest_{}_min", self.kind.name),
            unit: "min".to_owned(),
            value: turn(row.value),
            lower: turn(row.lower),
            upper: turn(row.upper),
            ..row
        }
    }

    fn row(
        &self,
        unit: Option<usize>,
        reached: &Reached,
        slack_m: Option<f64>,
        coverage: f64,
    ) -> Observation {
        let found = &reached.found;
        let bounded = found.upper_m > found.lower_m;
        Observation {
            value: Some(found.distance_m),
            lower: bounded.then_some(found.lower_m),
            upper: bounded.then_some(found.upper_m),
            year: self.kind.dataset.years.last().copied(),
            obs_status: status(slack_m, coverage),
            method: if reached.is_walked() { "street_network_walk" } else { "straight_line" }
                .to_owned(),
            coverage: Some(coverage),
            definition: self.definition(unit.is_some(), reached.how),
            source: self.source(reached),
            ..of_place(self.context, unit)
        }
    }

    fn definition(&self, of_unit: bool, how: How) -> String {
        let from = match how {
            _ if !of_unit => "the units, by residents,",
            How::Walked { populated: true, .. } => "the unit's populated points, by residents,",
            _ => "the unit's inner point",
        };
        let to = format!(
            "the nearest {} (of: {})",
            self.kind.name.replace('_', " "),
            self.kind.dataset.title.en
        );
        let interval =
            "the interval, where there is one, comes from the uncertainty of the positions";
        match (how, self.streets) {
            (How::Walked { .. }, Some(streets)) => format!(
                "Walk from {from} to {to} along the streets of {}, at 5 km/h, the ways between points and streets included; {interval}",
                name_and_year(&streets.dataset)
            ),
            _ => format!(
                "Distance from {from} to {to}: straight line times {}; {interval}",
                access::DETOUR
            ),
        }
    }

    fn source(&self, reached: &Reached) -> String {
        let own = self.kind.dataset.source();
        match self.streets.map(|streets| attribution(&streets.dataset)) {
            Some(streets) if self.kind.from_extract => streets,
            Some(streets) if reached.is_walked() => format!("{own}; streets: {streets}"),
            _ => own,
        }
    }
}

pub(super) fn status(slack_m: Option<f64>, coverage: f64) -> ObsStatus {
    let certain = slack_m.is_none_or(|slack| slack <= UNRELIABLE_M);
    if certain && coverage >= 1.0 - 1e-9 { ObsStatus::E } else { ObsStatus::U }
}

fn name_and_year(dataset: &Dataset) -> String {
    let title = &dataset.title.en;
    dataset.years.last().map_or_else(|| title.clone(), |year| format!("{title} ({year})"))
}

/// The words that the licence asks for, and who passed the extract on.
pub(super) fn attribution(dataset: &Dataset) -> String {
    let whose = format!("© {CONTRIBUTORS}, {}", dataset.licence);
    match dataset.source() {
        source if source.trim_start_matches("© ") == CONTRIBUTORS => whose,
        source => format!("{whose}, through {source}"),
    }
}
