//! One interval for two errors: that of sampling, and that of sharing out.
//!
//! # What it does
//! Two ways of sharing out give a count two values, each with a margin of error. The interval goes from the lower value less
//! its margin to the higher value plus its own, and not below nothing. The two errors stay apart beside it.
//!
//! # Assumes
//! The true count, were everybody asked, lies at the one value, at the other, or between them: nothing is assumed of how
//! likely each is. The margins hold at one level, that of the source; then the interval holds at that level at the least,
//! whichever way is right. Margins of different sources are independent of each other.
//!
//! # Units
//! Those of the count.
//!
//! # When it misleads
//! Where both ways err to one side: residents that neither surface nor points know of. The interval is wide where ways
//! differ, and says nothing of which is right; half its width is no standard error.
//!
//! # Example
//! 250 ± 36 by surface and 325 ± 50 by residents give 214 to 375.
//!
//! # References
//! Imbens & Manski (2004), "Confidence intervals for partially identified parameters", *Econometrica* 72:1845–1857, for
//! intervals that cover a range of values that the data do not tell apart.

use super::columns::Values;

/// From the lower of two values less its margin to the higher plus its own; none where a value or a margin is missing.
#[must_use]
pub fn either_way(one: (&Values, &Values), other: (&Values, &Values)) -> Vec<Option<(f64, f64)>> {
    let ends = |(value, margin): (&Option<f64>, &Option<f64>)| {
        let (value, margin) = value.zip(*margin)?;
        Some((value - margin, value + margin))
    };
    let (one, other) = (one.0.iter().zip(one.1), other.0.iter().zip(other.1));
    let join = |(one, other)| {
        let (one, other) = (ends(one)?, ends(other)?);
        Some((one.0.min(other.0).max(0.0), one.1.max(other.1)))
    };
    one.zip(other).map(join).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_reaches_from_the_lower_end_to_the_higher() {
        let by_surface = ([Some(250.0), Some(3.0), Some(9.0)], [Some(36.0), Some(5.0), None]);
        let by_points = ([Some(325.0), Some(4.0), Some(9.0)], [Some(50.0), Some(1.0), Some(1.0)]);
        let found = either_way((&by_surface.0, &by_surface.1), (&by_points.0, &by_points.1));
        assert_eq!(found, [Some((214.0, 375.0)), Some((0.0, 8.0)), None]);
    }
}
