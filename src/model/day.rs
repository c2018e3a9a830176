//! Days as registers state them: a year, a month or a date.

use std::fmt;

use jiff::civil::Date;
use serde::{Serialize, Serializer};

/// A year, a month of a year, or a date (ISO 8601: `2026`, `2026-05`, `2026-05-14`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    year: i16,
    month: Option<i8>,
    of_month: Option<i8>,
}

impl Day {
    /// Reads a day; a time behind it, as spreadsheets add one, is left out.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().split(['T', ' ']).next()?;
        let mut parts = text.split('-');
        let whole = |part: &str, length: usize| {
            part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        let year = parts.next().filter(|part| whole(part, 4))?.parse().ok()?;
        let mut two = || match parts.next() {
            None => Some(None),
            Some(part) if whole(part, 2) => Some(part.parse::<i8>().ok()),
            Some(_) => None,
        };
        let (month, day) = (two()?, two()?);
        // The first of the month or year stands in for what is not said.
        Date::new(year, month.unwrap_or(1), day.unwrap_or(1)).ok()?;
        parts.next().is_none().then_some(Self { year, month, of_month: day })
    }

    /// The year it lies in.
    #[must_use]
    pub fn year(self) -> i32 {
        self.year.into()
    }

    /// Whether all of it lies before the other begins.
    #[must_use]
    pub fn is_before(self, other: Self) -> bool {
        let last = (self.year, self.month.unwrap_or(12), self.of_month.unwrap_or(31));
        last < (other.year, other.month.unwrap_or(1), other.of_month.unwrap_or(1))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        for part in [self.month, self.of_month].into_iter().flatten() {
            write!(f, "-{part:02}")?;
        }
        Ok(())
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_year_a_month_and_a_date_are_days_and_come_back_as_written() {
        for text in ["2026", "2026-05", "2026-05-14"] {
            assert_eq!(Day::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Day::parse("2026-05-14 00:00:00").unwrap().to_string(), "2026-05-14");
        for wrong in ["", "26", "2026-13", "2026-02-30", "2026-5-1", "14/5 2026", "2026-05-14-1"] {
            assert_eq!(Day::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_day_is_before_another_only_if_all_of_it_is() {
        let before = |a, b| Day::parse(a).unwrap().is_before(Day::parse(b).unwrap());
        assert!(before("2025", "2026-01-01"));
        assert!(before("2026-04", "2026-05-01"));
        assert!(!before("2026", "2026-05"), "the year may have ended after May began");
        assert!(!before("2026-05-01", "2026-05"));
    }
}
