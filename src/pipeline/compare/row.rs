//! One indicator of an area beside that of the reference.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::compare::{
    Estimate, Funnel, Interval, Place, Reason, Rules, Spread, coverage_differs, difference,
    funnel_of_rate, funnel_of_share, incomparable, ratio,
};
use crate::indicators::derived;
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

/// What ratios of the area are divided by.
pub(super) struct Denominators {
    /// Values by indicator, year and sex, of all ages.
    values: BTreeMap<(String, Option<i32>, String), f64>,
    /// Indicator, denominator, per.
    ratios: Vec<(String, String, u32)>,
}

impl Denominators {
    pub fn new(own: &[Observation], ratios: Vec<(String, String, u32)>) -> Self {
        let of_area = own.iter().filter(|row| {
            row.geography_level == "area" && row.unit_id.is_none() && row.age == "_T"
        });
        let value = |row: &Observation| {
            Some(((row.indicator.clone(), row.year, row.sex.clone()), row.value?))
        };
        Self { values: of_area.filter_map(value).collect(), ratios }
    }

    /// The funnel of a rate whose denominator is known; shares of residents are the demography's own.
    fn funnel(&self, own: &Observation, reference: f64) -> Option<Funnel> {
        if own.geography_level != "area" {
            return None;
        }
        let of =
            |name: &str| self.values.get(&(name.to_owned(), own.year, own.sex.clone())).copied();
        if own.indicator.starts_with("share_aged_") {
            return funnel_of_share(reference / 100.0, of("residents")?).map(|f| f.times(100.0));
        }
        let (_, denominator, per) = self.ratios.iter().find(|(name, ..)| *name == own.indicator)?;
        let per = f64::from(*per);
        funnel_of_rate(reference / per, of(denominator)?).map(|funnel| funnel.times(per))
    }
}

pub(super) fn row(
    own: &Observation,
    theirs: &Observation,
    rules: &Rules,
    denominators: &Denominators,
) -> Row {
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
    row.funnel = denominators.funnel(own, reference);
    row.funnel_place = row.funnel.map(|funnel| funnel.place(value));
    row.intervals((value, rules.spread(own, None)), (reference, rules.spread(theirs, None)));
    row
}

impl Row {
    fn intervals(&mut self, own: (f64, Spread), theirs: (f64, Spread)) {
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
    let how = |row: &Observation| {
        row.method.strip_suffix("_area_weighted").unwrap_or(&row.method).to_owned()
    };
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
