//! Numbers that carry their unit.

/// What a number measures, and so which units it may stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Base: minutes.
    Time,
    /// Base: metres.
    Length,
    /// Base: kilometres an hour.
    Speed,
}

impl Unit {
    /// The unit that a bare number is in.
    #[must_use]
    pub fn base(self) -> &'static str {
        self.known()[0].0
    }

    fn known(self) -> &'static [(&'static str, f64)] {
        match self {
            Self::Time => &[("min", 1.0), ("s", 1.0 / 60.0), ("h", 60.0)],
            Self::Length => &[("m", 1.0), ("km", 1000.0)],
            Self::Speed => &[("km/h", 1.0), ("m/s", 3.6)],
        }
    }

    /// Reads `15`, `15 min` or `0.25 h` into the base.
    ///
    /// # Errors
    /// What is wrong with the number or its unit, in words.
    pub fn read(self, text: &str) -> Result<f64, String> {
        let text = text.trim();
        let end = text.find(|c: char| !(c.is_ascii_digit() || ".+-_".contains(c)));
        let (number, unit) = text.split_at(end.unwrap_or(text.len()));
        let number: f64 =
            number.replace('_', "").parse().map_err(|_| format!("\"{text}\" is no number"))?;
        let unit = unit.trim();
        if unit.is_empty() {
            return Ok(number);
        }
        let factor = self.known().iter().find(|(name, _)| *name == unit);
        let names: Vec<&str> = self.known().iter().map(|(name, _)| *name).collect();
        factor.map(|(_, factor)| number * factor).ok_or_else(|| {
            format!("\"{text}\" is in the wrong unit; it is measured in {}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_turned_into_the_base() {
        assert_eq!(Unit::Time.read("0.25 h"), Ok(15.0));
        assert_eq!(Unit::Time.read("90 s"), Ok(1.5));
        assert_eq!(Unit::Length.read("1.5km"), Ok(1500.0));
        assert_eq!(Unit::Speed.read("5"), Ok(5.0));
    }

    #[test]
    fn a_foreign_unit_is_refused_with_those_that_fit() {
        let reason = Unit::Time.read("500 m").unwrap_err();
        assert_eq!(reason, "\"500 m\" is in the wrong unit; it is measured in min, s, h");
        assert!(Unit::Length.read("far").is_err());
    }
}
