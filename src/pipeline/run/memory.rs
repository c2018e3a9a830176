//! How much memory there may be, and how much there was.

/// Reads `2GB`, `500 MB` or a number of bytes.
///
/// # Errors
/// What is wrong, in words.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let units = [
        ("GB", 1e9),
        ("MB", 1e6),
        ("kB", 1e3),
        ("GiB", 1_073_741_824.0),
        ("MiB", 1_048_576.0),
        ("B", 1.0),
        ("", 1.0),
    ];
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let factor = units.iter().find(|(name, _)| *name == unit.trim()).map(|(_, factor)| factor);
    let number: Option<f64> = number.parse().ok();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    // digits have no sign, and floats saturate
    match (number, factor) {
        (Some(number), Some(factor)) if number > 0.0 => Ok((number * factor) as u64),
        _ => Err(format!("\"{text}\" is no size; write it as in 2GB or 500MB")),
    }
}

/// The most memory that this process has held at once, in bytes; unknown outside Linux.
#[must_use]
pub fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_units() {
        assert_eq!(parse_bytes("2GB"), Ok(2_000_000_000));
        assert_eq!(parse_bytes("1.5 MiB"), Ok(1_572_864));
        assert_eq!(parse_bytes("4096"), Ok(4096));
        for wrong in ["", "GB", "0", "-1GB", "2 apples"] {
            assert!(parse_bytes(wrong).is_err(), "{wrong}");
        }
    }
}
