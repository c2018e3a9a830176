//! Age classes as tables write them, and standard populations.
//!
//! # What it does
//! Reads `0-4`, `Y0T4`, `80+` and the like; puts the residents of a standard population into the classes of a table.
//!
//! # Assumes
//! Classes that do not overlap. A class of the table is a union of classes of the standard: an age is never cut.
//!
//! # Units
//! Years of age, both ends included; residents.
//!
//! # When it misleads
//! A standard far from the place's own ages gives weight to ages in which few live: the standardised rate then rests on
//! small counts.
//!
//! # Example
//! The European ages from 0 to 64 hold 80,500 of 100,000.
//!
//! # References
//! Eurostat (2013) *Revision of the European Standard Population*, for `europe-2013`.

use super::standardise::Stratum;

/// Years of age, both included; open upward without an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AgeClass {
    pub from: u16,
    pub to: Option<u16>,
}

impl AgeClass {
    /// Reads `Y0T4`, `Y_GE80`, `0-4`, `0–4`, `80+`, `80-`, and any of them with words around, as in `80+ år`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let open = text.contains('+') || text.contains("GE") || text.ends_with(['-', '–']);
        let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
        let (first, second) = (numbers.next()?.parse().ok()?, numbers.next());
        if numbers.next().is_some() {
            return None;
        }
        let to = match (second, open) {
            (None, true) => None,
            (None, false) => Some(first),
            (Some(last), false) => Some(last.parse().ok().filter(|last| *last >= first)?),
            (Some(_), true) => return None,
        };
        Some(Self { from: first, to })
    }

    /// `0–4`, `80+`.
    #[must_use]
    pub fn name(self) -> String {
        match self.to {
            Some(to) if to == self.from => format!("{to}"),
            Some(to) => format!("{}–{to}", self.from),
            None => format!("{}+", self.from),
        }
    }

    fn end(self) -> u16 {
        self.to.unwrap_or(u16::MAX)
    }

    fn holds(self, other: Self) -> bool {
        self.from <= other.from && other.end() <= self.end()
    }

    fn meets(self, other: Self) -> bool {
        self.from <= other.end() && other.from <= self.end()
    }
}

/// The European Standard Population of 2013, of 100,000, in classes of five years up to 95.
///
/// Source: Eurostat (2013), *Revision of the European Standard Population*, table 1; under one year and 1 to 4 joined.
const EUROPE_2013: [u32; 20] = [
    5000, 5500, 5500, 5500, 6000, 6000, 6500, 7000, 7000, 7000, 7000, 6500, 6000, 5500, 5000, 4000,
    2500, 1500, 800, 200,
];

/// A population by age.
#[derive(Debug, Clone, PartialEq)]
pub struct Standard {
    /// In order of age, without gaps or overlaps.
    classes: Vec<(AgeClass, f64)>,
}

impl Standard {
    /// The European Standard Population of 2013.
    #[must_use]
    pub fn europe_2013() -> Self {
        let class = |(place, residents): (u16, &u32)| {
            let from = place * 5;
            let to = (from < 95).then_some(from + 4);
            (AgeClass { from, to }, f64::from(*residents))
        };
        Self { classes: (0..).zip(&EUROPE_2013).map(class).collect() }
    }

    /// A population of any classes that follow each other.
    ///
    /// # Errors
    /// What is wrong with them, in words: none, two that overlap, a gap, a number below 0.
    pub fn new(mut classes: Vec<(AgeClass, f64)>) -> Result<Self, String> {
        classes.sort_by_key(|(class, _)| *class);
        if classes.iter().all(|(_, residents)| *residents == 0.0) {
            return Err("it counts nobody".to_owned());
        }
        if let Some((class, _)) = classes.iter().find(|(_, n)| !(n.is_finite() && *n >= 0.0)) {
            return Err(format!("the class {} has no number of 0 or more", class.name()));
        }
        for pair in classes.windows(2) {
            let [(one, _), (next, _)] = pair else { continue };
            if one.to.and_then(|to| to.checked_add(1)) != Some(next.from) {
                return Err(format!(
                    "the classes {} and {} do not follow each other",
                    one.name(),
                    next.name()
                ));
            }
        }
        Ok(Self { classes })
    }

    /// The classes of the standard with their residents.
    #[must_use]
    pub fn classes(&self) -> &[(AgeClass, f64)] {
        &self.classes
    }

    /// The residents of the standard in each of the given classes, which must be joined from whole classes of it.
    ///
    /// # Errors
    /// In words: a class that cuts one of the standard, two that overlap.
    pub fn weights(&self, ages: &[AgeClass]) -> Result<Vec<f64>, String> {
        let mut sorted = ages.to_vec();
        sorted.sort_unstable();
        if let Some([one, other]) = sorted
            .windows(2)
            .find_map(|pair| <[AgeClass; 2]>::try_from(pair).ok().filter(|[a, b]| a.meets(*b)))
        {
            return Err(format!("the ages {} and {} overlap", one.name(), other.name()));
        }
        let weight = |age: &AgeClass| {
            let met = self.classes.iter().filter(|(class, _)| class.meets(*age));
            let mut sum = 0.0;
            for (class, residents) in met {
                if !age.holds(*class) {
                    return Err(format!(
                        "the age {} cuts the class {} of the standard",
                        age.name(),
                        class.name()
                    ));
                }
                sum += residents;
            }
            Ok(sum)
        };
        ages.iter().map(weight).collect()
    }

    /// Share of the standard that lies in none of the ages, 0 to 1.
    #[must_use]
    pub fn left_out(&self, strata: &[Stratum]) -> f64 {
        let whole: f64 = self.classes.iter().map(|(_, residents)| residents).sum();
        let used: f64 = strata.iter().map(|stratum| stratum.standard).sum();
        let left = 1.0 - used / whole;
        if left > 1e-12 { left } else { 0.0 }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::float_cmp)]
mod tests {
    use super::*;

    fn age(text: &str) -> AgeClass {
        AgeClass::parse(text).unwrap()
    }

    #[test]
    fn ages_are_read_as_tables_write_them() {
        for (text, from, to) in [
            ("Y0T4", 0, Some(4)),
            ("Y_GE80", 80, None),
            ("85+", 85, None),
            ("100+ år", 100, None),
            ("15–19 år", 15, Some(19)),
            ("7", 7, Some(7)),
            ("85-", 85, None),
        ] {
            assert_eq!(age(text), AgeClass { from, to }, "{text}");
        }
        for wrong in ["_T", "", "total", "9-4", "1-2-3", "70-79+"] {
            assert_eq!(AgeClass::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_european_standard_has_a_hundred_thousand_in_all() {
        let standard = Standard::europe_2013();
        assert_eq!(standard.classes().iter().map(|(_, n)| n).sum::<f64>(), 100_000.0);
        assert_eq!(standard.classes()[0].0.name(), "0–4");
        assert_eq!(standard.classes()[19], (age("95+"), 200.0));
        // Read from the publication: 65 and over are 19,500.
        assert_eq!(standard.weights(&[age("65+")]).unwrap(), vec![19_500.0]);
    }

    #[test]
    fn classes_are_joined_and_never_cut() {
        let standard = Standard::europe_2013();
        let weights = standard.weights(&[age("0-14"), age("80+")]).unwrap();
        assert_eq!(weights, vec![16_000.0, 5_000.0]);
        let error = standard.weights(&[age("0-17")]).unwrap_err();
        assert!(error.contains("0–17 cuts the class 15–19"), "{error}");
        let error = standard.weights(&[age("0-9"), age("5-9")]).unwrap_err();
        assert!(error.contains("overlap"), "{error}");
    }

    #[test]
    fn a_standard_with_a_gap_is_refused() {
        let error = Standard::new(vec![(age("0-4"), 1.0), (age("10+"), 2.0)]).unwrap_err();
        assert!(error.contains("do not follow each other"), "{error}");
        assert!(Standard::new(vec![(age("0+"), 0.0)]).is_err());
        assert!(Standard::new(vec![(age("0-9"), -1.0), (age("10+"), 3.0)]).is_err());
    }
}
