//! One indicator of an area beside that of the reference.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::compare::{
    Estimate, Funnel, Interval, PUBLISHED_LEVEL, Place, Reason, Rules, Spread, count,
    coverage_differs, difference, funnel_of_rate, funnel_of_share, incomparable, ratio, wilson,
};
use crate::indicators::{REDRAWN, derived};
use crate::model::Observation;

/// A value and what stands beside it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    pub geography_level: String,
    pub geography_id: String,
    pub year: Option<i32>,
    pub value: Option<f64>,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    pub obs_status: &'static str,
    pub coverage: Option<f64>,
    pub source: String,
}

/// An indicator of both.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    pub indicator: String,
    pub theme: String,
    pub unit: String,
    pub sex: String,
    pub age: String,
    /// `own` for the area, `part` for a published part of it.
    pub role: &'static str,
    pub area: Side,
    pub reference: Side,
    pub comparable: bool,
    /// Why not, or what kind of figures they are.
    pub reason: Reason,
    /// Area less reference.
    pub difference: Option<f64>,
    /// Area by reference.
    pub ratio: Option<f64>,
    /// Intervals at 95 %, only where both values have one.
    pub difference_interval: Option<Interval>,
    pub ratio_interval: Option<Interval>,
    /// Limits around the reference for a place of the area's size, in the unit of the values.
    pub funnel: Option<Funnel>,
    pub funnel_place: Option<Place>,
}

impl Row {
    /// The area before its parts, everybody before men, women and ages, then by theme and name.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        let key = |row: &Self| {
            let split = (row.role != "own", !row.is_of_everybody());
            let name = (row.theme.clone(), row.indicator.clone());
            (split, name, row.area.geography_id.clone(), row.sex.clone(), row.age.clone())
        };
        key(self).cmp(&key(other))
    }

    /// Both sexes, and all the ages that the indicator is about.
    #[must_use]
    pub fn is_of_everybody(&self) -> bool {
        let about_ages = derived().iter().any(|known| known.id == self.indicator);
        self.sex == "_T" && (self.age == "_T" || about_ages || self.theme != "population")
    }
}

/// What shares and rates are divided by, place by place.
pub(super) struct Denominators {
    /// Values of all ages.
    values: BTreeMap<DenominatorKey, f64>,
    /// Indicator, denominator, per.
    ratios: Vec<(String, String, u32)>,
}

/// Indicator, level and id of the geography, year, sex.
type DenominatorKey = (String, String, String, Option<i32>, String);

fn denominator_key(indicator: &str, row: &Observation) -> DenominatorKey {
    let (level, id) = (row.geography_level.clone(), row.geography_id.clone());
    (indicator.to_owned(), level, id, row.year, row.sex.clone())
}

/// A figure that is so many of `n`, or so many events by `n`.
enum Count {
    Share { n: f64 },
    Rate { n: f64, per: f64 },
}

impl Denominators {
    pub fn new<'a>(
        rows: impl Iterator<Item = &'a Observation>,
        ratios: Vec<(String, String, u32)>,
    ) -> Self {
        let of_all_ages = rows.filter(|row| row.unit_id.is_none() && row.age == "_T");
        let value = |row: &Observation| Some((denominator_key(&row.indicator, row), row.value?));
        Self { values: of_all_ages.filter_map(value).collect(), ratios }
    }

    /// Shares of residents are the demography's own; other rates say in the catalogue what they are divided by.
    fn of(&self, row: &Observation) -> Option<Count> {
        let n = |name: &str| self.values.get(&denominator_key(name, row)).copied();
        if row.indicator.starts_with("share_aged_") {
            return Some(Count::Share { n: n("residents")? });
        }
        let (_, denominator, per) = self.ratios.iter().find(|(name, ..)| *name == row.indicator)?;
        Some(Count::Rate { n: n(denominator)?, per: f64::from(*per) })
    }

    fn funnel(&self, own: &Observation, reference: f64) -> Option<Funnel> {
        match self.of(own)? {
            Count::Share { n } => funnel_of_share(reference / 100.0, n).map(|f| f.times(100.0)),
            Count::Rate { n, per } => funnel_of_rate(reference / per, n).map(|f| f.times(per)),
        }
    }

    /// The interval of a complete count as if it were drawn from a larger population: Wilson's for a share, that of a
    /// count of events for a rate.
    fn superpopulation(&self, row: &Observation) -> Option<Interval> {
        let value = row.value?;
        match self.of(row)? {
            Count::Share { n } => {
                wilson(value / 100.0 * n, n, PUBLISHED_LEVEL).map(|interval| interval.times(100.0))
            }
            Count::Rate { n, per } => {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a count
                let events = (value / per * n).round() as u64;
                (n > 0.0).then(|| count(events, PUBLISHED_LEVEL).times(per / n))
            }
        }
    }
}

/// How two values are put beside each other.
pub(super) struct Beside {
    pub rules: Rules,
    pub denominators: Denominators,
    /// Complete counts get the interval of a superpopulation.
    pub superpopulation: bool,
}

pub(super) fn row(own: &Observation, theirs: &Observation, beside: &Beside) -> Row {
    let mut row = Row {
        indicator: own.indicator.clone(),
        theme: own.theme.clone(),
        unit: own.unit.clone(),
        sex: own.sex.clone(),
        age: own.age.clone(),
        role: own.role.id(),
        area: side(own),
        reference: side(theirs),
        comparable: false,
        reason: Reason::Missing,
        difference: None,
        ratio: None,
        difference_interval: None,
        ratio_interval: None,
        funnel: None,
        funnel_place: None,
    };
    if let Some(reason) = obstacle(own, theirs) {
        row.reason = reason;
        return row;
    }
    let (Some(value), Some(reference)) = (own.value, theirs.value) else { return row };
    row.comparable = true;
    row.difference = Some(value - reference);
    row.ratio = (reference != 0.0).then(|| value / reference);
    row.funnel = beside.denominators.funnel(own, reference);
    row.funnel_place = row.funnel.map(|funnel| funnel.place(value));
    let spread = |row: &Observation| beside.rules.spread(row, None);
    row.intervals((value, spread(own)), (reference, spread(theirs)));
    if beside.superpopulation && row.reason == Reason::CompleteCount {
        let interval = |row: &Observation| beside.denominators.superpopulation(row);
        if let (Some(ours), Some(others)) = (interval(own), interval(theirs)) {
            row.intervals((value, Spread::Sample(ours)), (reference, Spread::Sample(others)));
            (row.area.lower, row.area.upper) = (Some(ours.lower), Some(ours.upper));
            (row.reference.lower, row.reference.upper) = (Some(others.lower), Some(others.upper));
            row.reason = Reason::Superpopulation;
        }
    }
    row
}

impl Row {
    fn intervals(&mut self, own: (f64, Spread), theirs: (f64, Spread)) {
        if let Some((interval, [apart, meet])) = Spread::between(theirs.1, own.1) {
            self.difference_interval = Some(interval);
            self.reason = if interval.holds(0.0) { meet } else { apart };
            return;
        }
        self.reason = match (own.1, theirs.1) {
            (Spread::Sample(ours), Spread::Sample(others)) => {
                let own = Estimate { value: own.0, interval: ours };
                let theirs = Estimate { value: theirs.0, interval: others };
                let interval = difference(theirs, own, 1.0);
                self.difference_interval = Some(interval);
                self.ratio_interval = ratio(theirs, own, 1.0);
                if interval.holds(0.0) {
                    Reason::WithinSamplingError
                } else {
                    Reason::BeyondSamplingError
                }
            }
            (Spread::Complete, Spread::Complete) => Reason::CompleteCount,
            (Spread::Noise(_), Spread::Noise(_)) => Reason::NoiseSizeUnknown,
            _ => Reason::NoInterval,
        };
    }
}

/// Why a value of the area cannot stand beside one of the reference. Geographies differ by design.
fn obstacle(own: &Observation, theirs: &Observation) -> Option<Reason> {
    let how =
        |row: &Observation| row.method.replacen("_area_weighted", "", 1).replacen(REDRAWN, "", 1);
    // Half the residents are no total; a share among half the residents is still a share.
    let is_count = how(own).starts_with("sum_of_units");
    incomparable(own, theirs).or_else(|| {
        if own.year != theirs.year {
            Some(Reason::YearDiffers)
        } else if how(own) != how(theirs) {
            Some(Reason::MethodDiffers)
        } else if is_count && coverage_differs(own, theirs) {
            Some(Reason::CoverageDiffers)
        } else {
            None
        }
    })
}

fn side(row: &Observation) -> Side {
    Side {
        geography_level: row.geography_level.clone(),
        geography_id: row.geography_id.clone(),
        year: row.year,
        value: row.value,
        lower: row.lower,
        upper: row.upper,
        obs_status: row.obs_status.code(),
        coverage: row.coverage,
        source: row.source.clone(),
    }
}
