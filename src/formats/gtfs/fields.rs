//! Single values, from bytes.

use std::collections::HashMap;

use jiff::civil::Date;

use crate::model::MAX_SERVICE_SECONDS;

/// Hours that the times of a service day stay below.
const MAX_HOURS: u32 = MAX_SERVICE_SECONDS / 3600;

/// A value that is there and makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bad;

/// `None` for an empty field.
pub(super) fn optional<T>(
    field: &[u8],
    parse: impl Fn(&[u8]) -> Option<T>,
) -> Result<Option<T>, Bad> {
    if field.is_empty() { Ok(None) } else { parse(field).map(Some).ok_or(Bad) }
}

/// `H:MM:SS` to seconds; hours pass 24 on the same service day.
pub(super) fn seconds(field: &[u8]) -> Option<u32> {
    let mut parts = field.split(|&byte| byte == b':');
    let hours = digits(parts.next()?)?;
    let (minutes, seconds) = (digits(parts.next()?)?, digits(parts.next()?)?);
    let sound = parts.next().is_none() && hours < MAX_HOURS && minutes < 60 && seconds < 60;
    sound.then(|| hours * 3600 + minutes * 60 + seconds)
}

/// Digits only.
pub(super) fn digits(field: &[u8]) -> Option<u32> {
    if field.is_empty() {
        return None;
    }
    field.iter().try_fold(0u32, |number, &byte| {
        let digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// A small code, such as a pickup type, that is at most `max`.
pub(super) fn code(field: &[u8], max: u8) -> Option<u8> {
    digits(field).and_then(|number| u8::try_from(number).ok()).filter(|&code| code <= max)
}

/// A finite number.
pub(super) fn number(field: &[u8]) -> Option<f64> {
    let number: f64 = std::str::from_utf8(field).ok()?.parse().ok()?;
    number.is_finite().then_some(number)
}

/// `YYYYMMDD`.
pub(super) fn date(field: &[u8]) -> Option<Date> {
    let number = (field.len() == 8).then(|| digits(field))??;
    let year = i16::try_from(number / 10_000).ok()?;
    let month = i8::try_from(number / 100 % 100).ok()?;
    Date::new(year, month, i8::try_from(number % 100).ok()?).ok()
}

/// Text, with what is not UTF-8 replaced.
pub(super) fn text(field: &[u8]) -> String {
    String::from_utf8_lossy(field).into_owned()
}

/// The row number behind each id of a file.
#[derive(Default)]
pub(super) struct Ids {
    rows: HashMap<Box<[u8]>, u32>,
}

impl Ids {
    /// The number of a new id, `None` for one that is there already.
    pub(super) fn add(&mut self, id: &[u8]) -> Option<u32> {
        if self.rows.contains_key(id) {
            return None;
        }
        let row = u32::try_from(self.rows.len()).ok()?;
        self.rows.insert(id.into(), row);
        Some(row)
    }

    pub(super) fn get(&self, id: &[u8]) -> Option<u32> {
        self.rows.get(id).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_pass_midnight_and_bad_ones_are_seen() {
        assert_eq!(seconds(b"7:05:09"), Some(25_509));
        assert_eq!(seconds(b"25:00:00"), Some(90_000));
        for bad in
            [&b"12:60:00"[..], b"12:00", b"12:00:00:00", b"-1:00:00", b"1e:00:00", b"999:00:00"]
        {
            assert_eq!(seconds(bad), None, "{}", text(bad));
        }
    }

    #[test]
    fn dates_are_eight_digits_of_a_real_day() {
        assert_eq!(date(b"20190513"), Some(jiff::civil::date(2019, 5, 13)));
        assert_eq!(date(b"20190230"), None);
        assert_eq!(date(b"2019-5-1"), None);
    }
}
