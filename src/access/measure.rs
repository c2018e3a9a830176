//! What is asked for on the command line: the measures, as written and as meant.

use super::AccessError;
use super::decay::{Decay, minutes, plain};

/// A catchment method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Catchment {
    /// Two-step floating catchment area, Luo & Wang (2003).
    TwoStep,
    /// Enhanced: a decay within the catchment, Luo & Qi (2009).
    Enhanced,
    /// Modified: the decay counts twice on the way to the resident, Delamater (2013).
    Modified,
    /// Balanced: weights sum to one on either side, Páez, Higgins & Vivona (2019).
    Balanced,
}

/// One measure of accessibility.
#[derive(Debug, Clone, PartialEq)]
pub enum Measure {
    /// Time to each of the `k` nearest destinations.
    Nearest { k: usize },
    /// Opportunities within each limit.
    Cumulative { limits_min: Vec<f64> },
    /// Time until so many opportunities are reached.
    Dual { opportunities: f64 },
    /// Opportunities, each worth less the farther it is.
    Gravity { decay: Decay },
    /// Supply a head, by catchments.
    Catchment { method: Catchment, limit_min: f64, decay: Decay },
}

impl Measure {
    /// What is measured where nothing is named.
    pub const DEFAULT: &str = "nearest";

    /// Reads a list such as `nearest,cumulative:15,30,gravity:exp:10min,2sfca:30min`: a bare number belongs to the
    /// measure before it.
    ///
    /// # Errors
    /// [`AccessError::Measure`], [`AccessError::Decay`].
    pub fn parse_list(text: &str) -> Result<Vec<Self>, AccessError> {
        let mut written: Vec<String> = Vec::new();
        for part in text.split(',').map(str::trim) {
            match written.last_mut() {
                Some(last) if part.parse::<f64>().is_ok() => *last = format!("{last},{part}"),
                _ => written.push(part.to_owned()),
            }
        }
        written.iter().map(|one| Self::parse(one)).collect()
    }

    fn parse(text: &str) -> Result<Self, AccessError> {
        let wrong = |reason: &str| AccessError::Measure {
            given: text.to_owned(),
            reason: reason.to_owned(),
        };
        let (name, rest) =
            text.split_once(':').map_or((text, None), |(name, rest)| (name, Some(rest)));
        let method = match name {
            "nearest" => {
                let k = rest
                    .map_or(Some(1), |rest| rest.parse().ok())
                    .filter(|k| (1..=100).contains(k));
                let k = k.ok_or_else(|| {
                    wrong("the number of destinations is 1 to 100, as in nearest:3")
                })?;
                return Ok(Self::Nearest { k });
            }
            "cumulative" => {
                let limits: Option<Vec<f64>> =
                    rest.unwrap_or_default().split(',').map(|limit| limit.parse().ok()).collect();
                let limits =
                    limits.filter(|limits| limits.iter().all(|l: &f64| *l > 0.0 && l.is_finite()));
                let limits_min =
                    limits.ok_or_else(|| wrong("limits are minutes, as in cumulative:15,30"))?;
                return Ok(Self::Cumulative { limits_min });
            }
            "dual" => {
                let opportunities =
                    rest.and_then(|rest| rest.parse().ok()).filter(|n: &f64| *n > 0.0);
                let opportunities = opportunities
                    .ok_or_else(|| wrong("the number of opportunities is above 0, as in dual:3"))?;
                return Ok(Self::Dual { opportunities });
            }
            "gravity" => {
                let decay =
                    rest.ok_or_else(|| wrong("the decay is missing, as in gravity:exp:10min"))?;
                return Ok(Self::Gravity { decay: Decay::parse(decay)? });
            }
            "2sfca" => Catchment::TwoStep,
            "e2sfca" => Catchment::Enhanced,
            "m2sfca" => Catchment::Modified,
            "bfca" => Catchment::Balanced,
            _ => {
                return Err(wrong(
                    "the name is none of nearest, cumulative, dual, gravity, 2sfca, e2sfca, m2sfca, bfca",
                ));
            }
        };
        let rest = rest.ok_or_else(|| wrong("the limit is missing, as in 2sfca:30min"))?;
        let (limit, decay) =
            rest.split_once(':').map_or((rest, None), |(l, decay)| (l, Some(decay)));
        let limit_min = minutes(limit)
            .ok_or_else(|| wrong("the limit is a time with its unit, as in 2sfca:30min"))?;
        let decay = match (method, decay) {
            (Catchment::TwoStep, None) => Decay::Step,
            (Catchment::TwoStep, Some(_)) => {
                return Err(wrong(
                    "2sfca has no decay; e2sfca has, as in e2sfca:30min:gauss:15min",
                ));
            }
            (_, Some(decay)) => Decay::parse(decay)?,
            (_, None) => {
                return Err(wrong("the decay is missing, as in e2sfca:30min:gauss:15min"));
            }
        };
        Ok(Self::Catchment { method, limit_min, decay })
    }

    /// The names of the columns it fills, without the mode.
    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        match self {
            Self::Nearest { k: 1 } => vec!["access_nearest_min".to_owned()],
            Self::Nearest { k } => (1..=*k).map(|n| format!("access_nearest_{n}_min")).collect(),
            Self::Cumulative { limits_min } => {
                limits_min.iter().map(|l| format!("access_cumulative_{}min", plain(*l))).collect()
            }
            Self::Dual { opportunities } => {
                vec![format!("access_dual_{}_min", plain(*opportunities))]
            }
            Self::Gravity { decay } => vec![format!("access_gravity_{}", decay.id())],
            Self::Catchment { method, limit_min, decay } => {
                let name = match method {
                    Catchment::TwoStep => "2sfca",
                    Catchment::Enhanced => "e2sfca",
                    Catchment::Modified => "m2sfca",
                    Catchment::Balanced => "bfca",
                };
                let decay = match decay {
                    Decay::Step => String::new(),
                    decay => format!("_{}", decay.id()),
                };
                vec![format!("access_{name}_{}min{decay}", plain(*limit_min))]
            }
        }
    }

    /// How far it looks of its own accord; `None` for one that looks as far as the search does.
    #[must_use]
    pub fn limit_min(&self) -> Option<f64> {
        match self {
            Self::Cumulative { limits_min } => limits_min.iter().copied().reduce(f64::max),
            Self::Catchment { limit_min, .. } => Some(*limit_min),
            Self::Gravity { decay: Decay::Linear { zero_min } } => Some(*zero_min),
            Self::Nearest { .. } | Self::Dual { .. } | Self::Gravity { .. } => None,
        }
    }

    /// How far it looks, in minutes: its own limit, else the longest trip.
    #[must_use]
    pub fn reach_min(&self, trip_min: f64) -> f64 {
        self.limit_min().unwrap_or(trip_min)
    }

    /// How far whoever asks for these measures, and for trips of `trip_min`, looks in all.
    #[must_use]
    pub fn longest_min(measures: &[Self], trip_min: f64) -> f64 {
        measures.iter().map(|measure| measure.reach_min(trip_min)).fold(trip_min, f64::max)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_split_where_a_new_measure_begins() {
        let list =
            Measure::parse_list("nearest,cumulative:15,30,gravity:exp:10min,2sfca:30min").unwrap();
        assert_eq!(list.len(), 4);
        assert_eq!(list[1], Measure::Cumulative { limits_min: vec![15.0, 30.0] });
        assert_eq!(list[1].columns(), ["access_cumulative_15min", "access_cumulative_30min"]);
        assert_eq!(list[3].columns(), ["access_2sfca_30min"]);
    }

    #[test]
    fn each_mistake_is_said_with_an_example() {
        for (text, word) in [
            ("nearest:0", "nearest:3"),
            ("cumulative", "cumulative:15,30"),
            ("gravity", "gravity:exp:10min"),
            ("2sfca:30", "2sfca:30min"),
            ("e2sfca:30min", "e2sfca:30min:gauss:15min"),
            ("isochrone", "none of"),
        ] {
            let error = Measure::parse_list(text).unwrap_err().to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
