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

/// Values and their margins, as one method gives them.
pub type Way = (Vec<Option<f64>>, Vec<Option<f64>>);

/// From the lowest of the values less its margin to the highest plus its own, of the same rows worked out in several ways;
/// none where a value or a margin is missing.
#[must_use]
pub fn either_way(ways: &[Way]) -> Vec<Option<(f64, f64)>> {
    let ends = |row: usize, (values, margins): &Way| {
        let (value, margin) = values[row].zip(margins[row])?;
        Some((value - margin, value + margin))
    };
    let join = |row: usize| {
        let all = ways.iter().map(|way| ends(row, way)).collect::<Option<Vec<_>>>()?;
        let (low, high) = all.into_iter().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
        Some((low.max(0.0), high))
    };
    let rows = ways.iter().map(|(values, margins)| values.len().min(margins.len())).min();
    (0..rows.unwrap_or(0)).map(join).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_reaches_from_the_lower_end_to_the_higher() {
        let by_surface =
            (vec![Some(250.0), Some(3.0), Some(9.0)], vec![Some(36.0), Some(5.0), None]);
        let by_points =
            (vec![Some(325.0), Some(4.0), Some(9.0)], vec![Some(50.0), Some(1.0), Some(1.0)]);
        let by_flats =
            (vec![Some(200.0), Some(4.0), Some(9.0)], vec![Some(10.0), Some(7.0), Some(1.0)]);
        let two = either_way(&[by_surface.clone(), by_points.clone()]);
        assert_eq!(two, [Some((214.0, 375.0)), Some((0.0, 8.0)), None]);
        let three = either_way(&[by_surface, by_points, by_flats]);
        assert_eq!(three, [Some((190.0, 375.0)), Some((0.0, 11.0)), None]);
        assert_eq!(either_way(&[]), Vec::new());
    }
}
