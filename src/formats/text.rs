//! Text of statistical files: its encoding, and how numbers and missing marks are written in it.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8};

/// A file as text, with the name of the encoding it was read in (WHATWG Encoding Standard).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    pub text: String,
    pub encoding: &'static str,
}

/// Reads bytes as text: by the byte order mark, else as UTF-8 where that is valid, else by a guess.
///
/// The byte order mark is not part of the text. A guess can be wrong; report the encoding.
#[must_use]
pub fn decode_text(bytes: &[u8]) -> Decoded {
    match Encoding::for_bom(bytes) {
        Some((encoding, _)) => decode_with(bytes, encoding).0,
        None if is_utf8(bytes) => decode_with(bytes, UTF_8).0,
        None => decode_with(bytes, guess(bytes)).0,
    }
}

/// Reads bytes in the encoding of that label (`utf-8`, `iso-8859-1`, `windows-1252`, …).
///
/// As in the WHATWG Encoding Standard, ISO-8859-1 is read as Windows-1252. A byte order mark wins
/// over the label.
///
/// # Errors
///
/// A sentence, when the label is unknown or the bytes are not valid in that encoding.
pub fn decode_declared(bytes: &[u8], label: &str) -> Result<Decoded, String> {
    let named = Encoding::for_label(label.trim().as_bytes())
        .ok_or_else(|| format!("\"{}\" is not a known encoding", label.trim()))?;
    let encoding = Encoding::for_bom(bytes).map_or(named, |(encoding, _)| encoding);
    let (decoded, faults) = decode_with(bytes, encoding);
    if faults {
        return Err(format!("it holds bytes that are not valid {}", encoding.name()));
    }
    Ok(decoded)
}

fn decode_with(bytes: &[u8], encoding: &'static Encoding) -> (Decoded, bool) {
    let (text, faults) = encoding.decode_with_bom_removal(bytes);
    (Decoded { text: text.into_owned(), encoding: encoding.name() }, faults)
}

/// Whether the bytes are UTF-8, or were before the end was cut off inside a letter.
///
/// The second case counts only after another letter beyond ASCII: a last byte alone proves nothing.
fn is_utf8(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(fault) if fault.error_len().is_none() => {
            bytes.get(..fault.valid_up_to()).is_some_and(|valid| !valid.is_ascii())
        }
        Err(_) => false,
    }
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    // The files come from Swedish publishers for the most part: the hint settles short files.
    detector.guess(Some(b"se"), Utf8Detection::Deny)
}

/// Whether the bytes are no text: they hold a NUL byte and no byte order mark explains it.
#[must_use]
pub fn looks_binary(bytes: &[u8]) -> bool {
    Encoding::for_bom(bytes).is_none() && bytes.contains(&0)
}

/// Whether a cell is one of the marks that Nordic statistical offices write for "no value".
///
/// One to six dots and the dash, as in the PX file format specification (SCB, AXIS-VERSION 2013,
/// `DATASYMBOL1` to `DATASYMBOL6` and `DATASYMBOLNIL`), and the ellipsis letter that word processors
/// make of three dots.
#[must_use]
pub fn is_missing_mark(cell: &str) -> bool {
    matches!(cell, "." | ".." | "..." | "...." | "....." | "......" | "-" | "\u{2013}" | "\u{2026}")
}

/// Counts missing marks, so that a reader is told how many cells were taken for missing.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct MarkCount {
    dots: usize,
    dashes: usize,
}

impl MarkCount {
    pub(super) fn add(&mut self, mark: &str) {
        match mark {
            "-" | "\u{2013}" => self.dashes += 1,
            _ => self.dots += 1,
        }
    }

    /// One sentence a kind of mark. The dash can also mean zero, which the reader has to know.
    pub(super) fn notes(self) -> Vec<String> {
        let dots = (self.dots > 0).then(|| {
            format!("Missing: {} marked with dots are kept as missing.", cells(self.dots))
        });
        let dashes = (self.dashes > 0).then(|| {
            format!(
                "Missing: {} marked \"-\" are kept as missing; publishers use it for \"nothing\", \
                 which can mean zero.",
                cells(self.dashes)
            )
        });
        dots.into_iter().chain(dashes).collect()
    }
}

fn cells(count: usize) -> String {
    if count == 1 { "1 cell".to_owned() } else { format!("{count} cells") }
}

/// Reads a number written without thousands separators: sign, digits, decimal mark, exponent.
///
/// Strict on purpose: `95 681`, `1.234.567` and, unless the comma is the decimal mark, `95,681` are
/// no numbers here, because a guess at the separator is a guess at the value. The result is finite.
///
/// ```text
/// parse_number("1.5", false) == Some(1.5)      parse_number("95,681", false) == None
/// parse_number("1,5", true)  == Some(1.5)      parse_number("95 681", true)  == None
/// ```
#[must_use]
pub fn parse_number(cell: &str, decimal_comma: bool) -> Option<f64> {
    if !is_written(cell, decimal_comma) {
        return None;
    }
    let number = if decimal_comma { cell.replacen(',', ".", 1).parse() } else { cell.parse() };
    number.ok().filter(|number: &f64| number.is_finite())
}

/// A number with a decimal point that is no code: `None` for digits behind a leading zero, as in `0180`, and for more
/// digits than a whole number keeps.
#[must_use]
pub fn plain_number(cell: &str) -> Option<f64> {
    let digits = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    let zeros = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    let long = digits.len() > 18 && digits.bytes().all(|digit| digit.is_ascii_digit());
    if zeros || long { None } else { parse_number(cell, false) }
}

/// Whether [`parse_number`] reads a cell, which is mostly told without reading it.
#[must_use]
pub(super) fn is_number(cell: &str, decimal_comma: bool) -> bool {
    // So few digits make no number that is not finite.
    let finite = cell.len() < 300 && !cell.contains(['e', 'E']);
    is_written(cell, decimal_comma) && (finite || parse_number(cell, decimal_comma).is_some())
}

/// Whether sign, digits, decimal mark and exponent stand as in a number.
fn is_written(cell: &str, decimal_comma: bool) -> bool {
    let mark = if decimal_comma { ',' } else { '.' };
    let (mantissa, exponent) = match cell.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (cell, None),
    };
    let (whole, fraction) = match unsigned(mantissa).split_once(mark) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (unsigned(mantissa), None),
    };
    is_digits(whole)
        && fraction.is_none_or(is_digits)
        && exponent.is_none_or(|exponent| is_digits(unsigned(exponent)))
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a cell reads as a whole number in groups of three, like `1,234` or `1.234.567`.
///
/// No one writes a group for a number that starts with zero: `0,125` can only be a decimal.
pub(super) fn is_grouped(cell: &str, separator: char) -> bool {
    let mut groups = unsigned(cell).split(separator);
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    is_digits(first)
        && first.len() <= 3
        && !first.starts_with('0')
        && !rest.is_empty()
        && rest.iter().all(|group| group.len() == 3 && is_digits(group))
}

/// Says why [`parse_number`] rejects a cell and what to write instead.
#[must_use]
pub fn why_not_a_number(cell: &str, decimal_comma: bool) -> String {
    missing_or_marked(cell)
        .or_else(|| separated(cell, decimal_comma))
        .or_else(|| half_written(cell, decimal_comma))
        .unwrap_or_else(|| {
            let example = if decimal_comma { "1234,5" } else { "1234.5" };
            format!(
                "write digits only, like {example}; leave the cell empty where a value is missing"
            )
        })
}

fn missing_or_marked(cell: &str) -> Option<String> {
    let name = cell.to_ascii_lowercase();
    if is_missing_mark(cell)
        || ["na", "n/a", "nan", "null", "none", "inf", ":"].contains(&name.as_str())
    {
        return Some("leave the cell empty where a value is missing".to_owned());
    }
    if cell.starts_with(['<', '>', '≤', '≥']) {
        return Some("a bound is not a value: leave the cell empty".to_owned());
    }
    if cell.ends_with('%') {
        return Some("leave the percent sign out and state the unit of the column".to_owned());
    }
    if cell.starts_with(['\u{2212}', '\u{2013}']) {
        return Some("the minus sign is a typographic one: write a plain hyphen, -".to_owned());
    }
    None
}

fn separated(cell: &str, decimal_comma: bool) -> Option<String> {
    let blank = |letter: char| letter.is_whitespace() || matches!(letter, '\'' | '’');
    let solid: String = cell.chars().filter(|&letter| !blank(letter)).collect();
    if solid != cell && parse_number(&solid, decimal_comma).is_some() {
        let hard = cell.contains(['\u{a0}', '\u{202f}', '\u{2009}']);
        let which = if hard { " (a non-breaking space)" } else { "" };
        return Some(format!("it looks like a thousands separator{which}: write {solid}"));
    }
    let (decimal, other) = if decimal_comma { (',', '.') } else { ('.', ',') };
    let joined = solid.replace(other, "");
    let single = solid.matches(other).count() == 1 && !solid.contains(decimal);
    if is_grouped(&solid, other) && single {
        return Some(format!(
            "it looks like a thousands separator: write {joined}; \
             if \"{other}\" is the decimal mark of the file, say so with --decimal {}",
            mark_name(other)
        ));
    }
    let tail_is_decimal =
        solid.rsplit_once(decimal).is_some_and(|(head, _)| is_grouped(head, other));
    if is_grouped(&solid, other) || tail_is_decimal {
        return Some(format!("it looks like a thousands separator: write {joined}"));
    }
    if single && parse_number(&solid, !decimal_comma).is_some() {
        return Some(format!(
            "the decimal mark is \"{decimal}\" here: write {}, or say with --decimal {} that it is \
             \"{other}\"",
            solid.replace(other, &decimal.to_string()),
            mark_name(other)
        ));
    }
    // The decimal mark twice can only separate thousands.
    is_grouped(&solid, decimal).then(|| {
        format!("it looks like a thousands separator: write {}", solid.replace(decimal, ""))
    })
}

/// The word for a decimal mark on the command line.
fn mark_name(mark: char) -> &'static str {
    if mark == ',' { "comma" } else { "point" }
}

fn half_written(cell: &str, decimal_comma: bool) -> Option<String> {
    let mark = if decimal_comma { ',' } else { '.' };
    let padded = if unsigned(cell).starts_with(mark) {
        cell.replacen(mark, &format!("0{mark}"), 1)
    } else {
        format!("{cell}0")
    };
    if cell.contains(mark) && parse_number(&padded, decimal_comma).is_some() {
        return Some(format!(
            "digits are wanted on both sides of the decimal mark: write {padded}"
        ));
    }
    let finite =
        cell.trim_start_matches(['+', '-']).starts_with(|first: char| first.is_ascii_digit());
    (finite
        && cell.contains(['e', 'E'])
        && cell.replace(',', ".").parse::<f64>().is_ok_and(f64::is_infinite))
    .then(|| "it is too large to be held as a number".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp)]
    use super::*;

    #[test]
    fn a_byte_order_mark_is_stripped_and_wins() {
        let decoded = decode_text(b"\xef\xbb\xbfJ\xc3\xa4rva");
        assert_eq!((decoded.text.as_str(), decoded.encoding), ("Järva", "UTF-8"));
        let wide = decode_text(b"\xff\xfeJ\0\xe4\0");
        assert_eq!((wide.text.as_str(), wide.encoding), ("Jä", "UTF-16LE"));
        assert!(!looks_binary(b"\xff\xfeJ\0"));
    }

    #[test]
    fn valid_utf8_is_read_as_utf8_and_swedish_windows_1252_is_guessed() {
        assert_eq!(decode_text("Skärholmen".as_bytes()).encoding, "UTF-8");
        let decoded = decode_text(b"omr\xe5de;Sk\xe4rholmen;V\xe5rberg;S\xe4tra\r\n\xd6stermalm;1");
        assert_eq!(decoded.encoding, "windows-1252");
        assert_eq!(decoded.text, "område;Skärholmen;Vårberg;Sätra\r\nÖstermalm;1");
    }

    #[test]
    fn utf8_cut_inside_a_letter_stays_utf8() {
        let cut = b"\xc3\x96stermalm, S\xc3";
        assert_eq!(decode_text(cut).encoding, "UTF-8");
        assert_ne!(decode_text(b"Norrmalm \xd6").encoding, "UTF-8");
    }

    #[test]
    fn a_declared_encoding_is_obeyed_or_refused() {
        assert_eq!(decode_declared(b"\xe5r", "ISO-8859-1").unwrap().text, "år");
        assert_eq!(decode_declared(b"\xef\xbb\xbfar", "iso-8859-1").unwrap().text, "ar");
        assert!(decode_declared(b"\xe5r", "utf-8").unwrap_err().contains("not valid UTF-8"));
        assert!(decode_declared(b"ar", "klingon").unwrap_err().contains("klingon"));
    }

    #[test]
    fn nul_bytes_mean_binary() {
        assert!(looks_binary(b"PK\x03\x04\0\0"));
        assert!(!looks_binary("område".as_bytes()));
    }

    #[test]
    fn numbers_are_read_strictly() {
        for (cell, value) in
            [("0", 0.0), ("-1.5", -1.5), ("+2", 2.0), ("1e3", 1000.0), ("2.5E-1", 0.25)]
        {
            assert_eq!(parse_number(cell, false), Some(value), "{cell}");
        }
        assert_eq!(parse_number("1,5", true), Some(1.5));
        assert_eq!(parse_number("95,681", true), Some(95.681));
        for cell in [
            "",
            " 1",
            "1 ",
            "95 681",
            "95\u{a0}681",
            "95,681",
            "1.234.567",
            "1.",
            ".5",
            "1e",
            "e5",
            "--1",
            "NaN",
            "inf",
            "0x10",
            "1e999",
            "1,5",
            "+",
            "1_000",
            "١",
        ] {
            assert_eq!(parse_number(cell, false), None, "{cell}");
        }
        for cell in ["1.5", "1.234,5", "1,2,3"] {
            assert_eq!(parse_number(cell, true), None, "{cell}");
        }
    }

    #[test]
    fn the_help_names_the_fault_and_the_cure() {
        for (cell, comma, wanted) in [
            ("95 681", false, "thousands separator: write 95681"),
            ("95\u{a0}681", false, "non-breaking space): write 95681"),
            ("95\u{202f}681,5", true, "write 95681,5"),
            ("95,681", false, "write 95681; if \",\" is the decimal mark"),
            ("95.681", true, "write 95681; if \".\" is the decimal mark"),
            ("1.234.567", false, "write 1234567"),
            ("1,234,567", false, "write 1234567"),
            ("1,234.5", false, "write 1234.5"),
            ("1.234,5", true, "write 1234,5"),
            ("1,5", false, "write 1.5, or say with --decimal comma"),
            ("1.5", true, "write 1,5"),
            ("..", false, "leave the cell empty"),
            ("NA", false, "leave the cell empty"),
            ("<5", false, "a bound is not a value"),
            ("12 %", false, "percent sign"),
            ("\u{2212}4", false, "plain hyphen"),
            (".5", false, "write 0.5"),
            ("5.", false, "write 5.0"),
            ("1e999", false, "too large"),
            ("Husby", true, "like 1234,5"),
        ] {
            let help = why_not_a_number(cell, comma);
            assert!(help.contains(wanted), "{cell}: {help}");
        }
    }
}
