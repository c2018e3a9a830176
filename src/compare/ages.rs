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
//! Eurostat (2013) *Revision of the European Standard Population*, for `europe-2013`; City of Stockholm, *Folkmängd (%) efter
//! ålder 2016-12-31*, for `sweden-2016`.

use super::standardise::Stratum;

/// Years of age, both included; open upward without an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AgeClass {
    pub from: u16,
    pub to: Option<u16>,
}

impl AgeClass {
    /// Reads `Y0T4`, `Y_LT5`, `Y_GE80`, `0-4`, `0–4`, `80+`, `80-`, and any of them with words around, as in `80+ år`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(end) = text.strip_prefix("Y_LT") {
            let to = end.parse::<u16>().ok()?.checked_sub(1)?;
            return Some(Self { from: 0, to: Some(to) });
        }
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

/// A standard population that the program brings along, with where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    pub id: &'static str,
    /// Publisher, table and year, as they stand beside a rate.
    pub source: &'static str,
    pub licence: &'static str,
    /// In classes of five years, the last one open.
    residents: &'static [u32],
}

/// The European Standard Population of 2013, of 100,000, in classes of five years up to 95; and the ages of all who lived in
/// Sweden at the end of 2016, per thousand, up to 80.
///
/// Sources: Eurostat (2013), *Revision of the European Standard Population*, table 1; under one year and 1 to 4 joined. City
/// of Stockholm, statistical yearbook, <http://statistik.stockholm.se/images/stories/excel/b229-filer/sheet001.htm>, column
/// *Riket*, as of 2017-07-27, which names Statistics Sweden (SCB) and Sweco; percent with one decimal, here times ten.
pub const PUBLISHED: [Published; 2] = [
    Published {
        id: "europe-2013",
        source: "Eurostat: European Standard Population 2013",
        licence: "not stated; single facts cited",
        residents: &[
            5000, 5500, 5500, 5500, 6000, 6000, 6500, 7000, 7000, 7000, 7000, 6500, 6000, 5500,
            5000, 4000, 2500, 1500, 800, 200,
        ],
    },
    Published {
        id: "sweden-2016",
        source: "City of Stockholm, from Statistics Sweden (SCB)/Sweco: Folkmängd (%) efter ålder 2016-12-31, Riket",
        licence: "not stated; single facts cited",
        residents: &[60, 60, 56, 53, 64, 71, 64, 62, 65, 66, 67, 58, 56, 57, 54, 36, 51],
    },
];

impl Published {
    /// The one of that name.
    #[must_use]
    pub fn of(id: &str) -> Option<&'static Self> {
        PUBLISHED.iter().find(|published| published.id == id)
    }

    /// The population itself.
    #[must_use]
    pub fn standard(&self) -> Standard {
        let last = self.residents.len().saturating_sub(1);
        let class = |(place, residents): (usize, &u32)| {
            let from = u16::try_from(place * 5).unwrap_or(u16::MAX);
            let to = (place < last).then_some(from.saturating_add(4));
            (AgeClass { from, to }, f64::from(*residents))
        };
        Standard { classes: self.residents.iter().enumerate().map(class).collect() }
    }
}

/// A population by age.
#[derive(Debug, Clone, PartialEq)]
pub struct Standard {
    /// In order of age, without gaps or overlaps.
    classes: Vec<(AgeClass, f64)>,
}

impl Standard {
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

    fn published(id: &str) -> Standard {
        Published::of(id).unwrap().standard()
    }

    fn age(text: &str) -> AgeClass {
        AgeClass::parse(text).unwrap()
    }

    #[test]
    fn ages_are_read_as_tables_write_them() {
        for (text, from, to) in [
            ("Y0T4", 0, Some(4)),
            ("Y_GE80", 80, None),
            ("Y_LT5", 0, Some(4)),
            ("85+", 85, None),
            ("100+ år", 100, None),
            ("15–19 år", 15, Some(19)),
            ("7", 7, Some(7)),
            ("85-", 85, None),
        ] {
            assert_eq!(age(text), AgeClass { from, to }, "{text}");
        }
        for wrong in ["_T", "", "total", "9-4", "1-2-3", "70-79+", "Y_LT0"] {
            assert_eq!(AgeClass::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_european_standard_has_a_hundred_thousand_in_all() {
        let standard = published("europe-2013");
        assert_eq!(standard.classes().iter().map(|(_, n)| n).sum::<f64>(), 100_000.0);
        assert_eq!(standard.classes()[0].0.name(), "0–4");
        assert_eq!(standard.classes()[19], (age("95+"), 200.0));
        // Read from the publication: 65 and over are 19,500.
        assert_eq!(standard.weights(&[age("65+")]).unwrap(), vec![19_500.0]);
    }

    /// The table adds up to 100.0 %; by hand 65 to 79 and 80 are 5.7 + 5.4 + 3.6 + 5.1 = 19.8, and below 20 are 22.9.
    #[test]
    fn the_swedish_standard_has_a_thousand_in_all() {
        let standard = published("sweden-2016");
        assert_eq!(standard.classes().iter().map(|(_, n)| n).sum::<f64>(), 1000.0);
        assert_eq!(standard.weights(&[age("65+"), age("0-19")]).unwrap(), vec![198.0, 229.0]);
        assert!(standard.weights(&[age("85+")]).unwrap_err().contains("cuts the class 80+"));
    }

    #[test]
    fn classes_are_joined_and_never_cut() {
        let standard = published("europe-2013");
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
