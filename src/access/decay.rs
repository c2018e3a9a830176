//! How the worth of an opportunity falls with the time to it.

use super::AccessError;

/// A function of minutes that is 1 at no distance and falls from there. Parameters carry their unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Decay {
    /// `exp:10min`: halves every 10 minutes, `2^(−t/h)`.
    Exponential { half_min: f64 },
    /// `gauss:10min`: half at 10 minutes, `2^(−(t/h)²)`.
    Gaussian { half_min: f64 },
    /// `logistic:20min:5min`: half at 20 minutes, falling over a scale of 5, `1 / (1 + e^((t−h)/s))`.
    Logistic { half_min: f64, scale_min: f64 },
    /// `power:1.5`: `t^(−b)` with t in minutes, 1 below one minute.
    Power { exponent: f64 },
    /// `linear:30min`: straight from 1 to 0 at 30 minutes.
    Linear { zero_min: f64 },
    /// 1 within the limit of the search, 0 beyond.
    Step,
}

impl Decay {
    /// Reads `name:parameter[:parameter]`.
    ///
    /// # Errors
    /// [`AccessError::Decay`] for an unknown name or a parameter without its unit.
    pub fn parse(text: &str) -> Result<Self, AccessError> {
        let wrong =
            |reason: &str| AccessError::Decay { given: text.to_owned(), reason: reason.to_owned() };
        let parts: Vec<&str> = text.split(':').collect();
        let time = |part: Option<&&str>| match part {
            Some(part) => {
                minutes(part).ok_or_else(|| wrong("a time is written with its unit, as in 10min"))
            }
            None => Err(wrong("the time is missing, as in exp:10min")),
        };
        match (parts.first().copied().unwrap_or_default(), parts.len()) {
            ("exp", 2) => Ok(Self::Exponential { half_min: time(parts.get(1))? }),
            ("gauss", 2) => Ok(Self::Gaussian { half_min: time(parts.get(1))? }),
            ("logistic", 3) => {
                Ok(Self::Logistic { half_min: time(parts.get(1))?, scale_min: time(parts.get(2))? })
            }
            ("linear", 2) => Ok(Self::Linear { zero_min: time(parts.get(1))? }),
            ("power", 2) => match parts[1].parse::<f64>() {
                Ok(exponent) if exponent > 0.0 && exponent.is_finite() => {
                    Ok(Self::Power { exponent })
                }
                _ => Err(wrong("the exponent is a number above 0, as in power:1.5")),
            },
            ("exp" | "gauss" | "logistic" | "linear" | "power", _) => {
                Err(wrong("the number of parameters is wrong"))
            }
            _ => Err(wrong("the name is none of exp, gauss, logistic, power, linear")),
        }
    }

    /// Worth at `minutes`, 0 to 1.
    #[must_use]
    pub fn at(&self, minutes: f64) -> f64 {
        match *self {
            Self::Exponential { half_min } => (-minutes / half_min).exp2(),
            Self::Gaussian { half_min } => (-(minutes / half_min).powi(2)).exp2(),
            Self::Logistic { half_min, scale_min } => {
                1.0 / (1.0 + ((minutes - half_min) / scale_min).exp())
            }
            Self::Power { exponent } => minutes.max(1.0).powf(-exponent),
            Self::Linear { zero_min } => (1.0 - minutes / zero_min).max(0.0),
            Self::Step => 1.0,
        }
    }

    /// The name in a column, such as `exp_10min`.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Exponential { half_min } => format!("exp_{}min", plain(*half_min)),
            Self::Gaussian { half_min } => format!("gauss_{}min", plain(*half_min)),
            Self::Logistic { half_min, scale_min } => {
                format!("logistic_{}min_{}min", plain(*half_min), plain(*scale_min))
            }
            Self::Power { exponent } => format!("power_{}", plain(*exponent)),
            Self::Linear { zero_min } => format!("linear_{}min", plain(*zero_min)),
            Self::Step => "step".to_owned(),
        }
    }
}

/// A number as part of a column's name: `7.5` is `7_5`.
pub(super) fn plain(number: f64) -> String {
    number.to_string().replace('.', "_")
}

/// A time with its unit: `10min`, `90s`, `1h`.
#[must_use]
pub fn minutes(text: &str) -> Option<f64> {
    let units = [("min", 1.0), ("h", 60.0), ("s", 1.0 / 60.0)];
    let (number, factor) =
        units.iter().find_map(|(unit, factor)| Some((text.trim().strip_suffix(unit)?, *factor)))?;
    let minutes = number.trim().parse::<f64>().ok()? * factor;
    (minutes > 0.0 && minutes.is_finite()).then_some(minutes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_half_value_is_where_half_is_left() {
        for text in ["exp:10min", "gauss:10min", "logistic:10min:2min"] {
            let decay = Decay::parse(text).unwrap();
            assert!((decay.at(10.0) - 0.5).abs() < 1e-12, "{text}");
        }
        assert!((Decay::parse("linear:30min").unwrap().at(15.0) - 0.5).abs() < 1e-12);
        assert!((Decay::parse("power:2").unwrap().at(10.0) - 0.01).abs() < 1e-12);
    }

    #[test]
    fn a_parameter_without_a_unit_is_refused() {
        let error = Decay::parse("exp:10").unwrap_err().to_string();
        assert!(error.contains("with its unit"), "{error}");
        assert!(Decay::parse("exp:-3min").is_err());
        assert!(Decay::parse("exponential:3min").is_err());
        assert!(Decay::parse("logistic:3min").is_err());
    }

    #[test]
    fn hours_and_seconds_are_times_too() {
        assert_eq!(minutes("1h"), Some(60.0));
        assert_eq!(minutes("90s"), Some(1.5));
        assert_eq!(minutes("0min"), None);
    }

    proptest! {
        #[test]
        fn worth_never_grows_with_time(a in 0.0..300.0_f64, b in 0.0..300.0_f64) {
            let (near, far) = (a.min(b), a.max(b));
            for text in ["exp:7min", "gauss:12min", "logistic:20min:5min", "power:1.5", "linear:30min"] {
                let decay = Decay::parse(text).unwrap();
                prop_assert!(decay.at(near) >= decay.at(far));
                prop_assert!((0.0..=1.0).contains(&decay.at(near)));
            }
        }
    }
}
