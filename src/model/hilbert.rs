//! Order along a Hilbert curve: what lies close together on the map lies close together in files and in memory.
//!
//! Source: D. Hilbert (1891); the bit form of the walk is the one in common use for `x, y -> d`.

const BITS: u32 = 16;

/// Rows in curve order of their points (x, y); rows without one come last, ties by row.
#[must_use]
pub fn order(centres: &[Option<(f64, f64)>]) -> Vec<usize> {
    let span = |get: fn(&(f64, f64)) -> f64| {
        let values = || centres.iter().flatten().map(get);
        let low = values().fold(f64::INFINITY, f64::min);
        let high = values().fold(f64::NEG_INFINITY, f64::max);
        (low, if high > low { high - low } else { 1.0 })
    };
    let ((x0, width), (y0, height)) = (span(|c| c.0), span(|c| c.1));
    let mut keyed: Vec<(u64, usize)> = centres
        .iter()
        .enumerate()
        .map(|(row, centre)| match centre {
            Some((x, y)) => (distance(cell((x - x0) / width), cell((y - y0) / height)), row),
            None => (u64::MAX, row),
        })
        .collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, row)| row).collect()
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a share of the span, 0 to 1
fn cell(share: f64) -> u32 {
    (share.clamp(0.0, 1.0) * f64::from((1_u32 << BITS) - 1)) as u32
}

fn distance(mut x: u32, mut y: u32) -> u64 {
    let last = (1_u32 << BITS) - 1;
    let mut walked = 0_u64;
    for bit in (0..BITS).rev() {
        let (right, up) = ((x >> bit) & 1, (y >> bit) & 1);
        walked += u64::from((3 * right) ^ up) << (2 * bit);
        if up == 0 {
            if right == 1 {
                (x, y) = (last - x, last - y);
            }
            (x, y) = (y, x);
        }
    }
    walked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_visits_four_corners_without_jumping() {
        let corners =
            [Some((0.0, 0.0)), Some((1.0, 1.0)), Some((1.0, 0.0)), Some((0.0, 1.0)), None];
        assert_eq!(order(&corners), vec![0, 3, 1, 2, 4]);
    }

    #[test]
    fn every_cell_of_a_small_square_has_its_own_distance() {
        let mut seen: Vec<u64> =
            (0..16).flat_map(|x| (0..16).map(move |y| distance(x, y))).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..256).collect::<Vec<u64>>());
    }
}
