//! The shape of what is reached: streets as lines in, polygons out. Everything in metres on a plane.

use geo::algorithm::buffer::Buffer;
use geo::{Coord, Distance, Euclidean, LineString, MultiLineString, MultiPolygon, unary_union};

/// How many lines or shapes are joined at a time.
const TOGETHER: usize = 4;

/// The stretch of a line between two shares of its length, 0 to 1; `None` where it has no length.
#[must_use]
pub fn stretch(line: &[Coord<f64>], from: f64, to: f64) -> Option<LineString<f64>> {
    let lengths = line.windows(2).map(|pair| Euclidean.distance(pair[0], pair[1]));
    let whole: f64 = lengths.clone().sum();
    let (start, end) = (from * whole, to * whole);
    let mut points: Vec<Coord<f64>> = Vec::with_capacity(line.len());
    let mut behind = 0.0;
    for (pair, length) in line.windows(2).zip(lengths) {
        let (low, high) = (start.max(behind), end.min(behind + length));
        if low < high {
            let at = |along: f64| pair[0] + (pair[1] - pair[0]) * ((along - behind) / length);
            if points.is_empty() {
                points.push(at(low));
            }
            points.push(if high < behind + length { at(high) } else { pair[1] });
        }
        behind += length;
    }
    points.dedup();
    (points.len() > 1).then(|| LineString::new(points))
}

/// All places within `metres` of the lines, joined with what was reached before, so that a longer time always holds
/// the shorter one.
///
/// Ends and corners are round, drawn with 30 corners a circle: the figure lies inside the true one and misses less than
/// 0.8 % of a round end. Holes stay, however small.
///
/// Lines are joined a few at a time, then what came of them: what lies inside falls away early, which is several times
/// faster than all at once when lines that follow each other lie close together.
#[must_use]
pub fn grown(
    before: MultiPolygon<f64>,
    lines: &[LineString<f64>],
    metres: f64,
) -> MultiPolygon<f64> {
    if lines.is_empty() {
        return before;
    }
    let buffered = |near: &[LineString<f64>]| MultiLineString::new(near.to_vec()).buffer(metres);
    let mut shapes: Vec<MultiPolygon<f64>> = lines.chunks(TOGETHER).map(buffered).collect();
    shapes.push(before);
    while shapes.len() > 1 {
        shapes = shapes.chunks(TOGETHER).map(unary_union).collect();
    }
    shapes.pop().unwrap_or_else(|| MultiPolygon::new(Vec::new()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::f64::consts::PI;

    use geo::{Area, BooleanOps, coord};
    use proptest::prelude::*;

    use super::*;

    fn line(points: &[(f64, f64)]) -> Vec<Coord<f64>> {
        points.iter().map(|&(x, y)| coord! { x: x, y: y }).collect()
    }

    fn none() -> MultiPolygon<f64> {
        MultiPolygon::new(Vec::new())
    }

    #[test]
    fn a_stretch_is_cut_within_its_segments() {
        let bent = line(&[(0.0, 0.0), (6.0, 0.0), (6.0, 4.0)]);
        let cut = |from, to| stretch(&bent, from, to).map(|line| line.0);
        assert_eq!(cut(0.3, 0.8), Some(line(&[(3.0, 0.0), (6.0, 0.0), (6.0, 2.0)])));
        assert_eq!(cut(0.0, 1.0), Some(bent.clone()));
        assert_eq!(cut(0.6, 1.0), Some(line(&[(6.0, 0.0), (6.0, 4.0)])));
        assert_eq!(cut(0.5, 0.5), None);
        assert_eq!(stretch(&line(&[(1.0, 1.0), (1.0, 1.0)]), 0.0, 1.0), None);
    }

    #[test]
    fn a_straight_street_becomes_a_strip_with_round_ends() {
        let street = LineString::new(line(&[(0.0, 0.0), (2000.0, 0.0)]));
        let strip = grown(none(), &[street], 50.0);
        let (rectangle, circle) = (2000.0 * 100.0, PI * 2500.0);
        let area = strip.unsigned_area();
        assert!(area < rectangle + circle && area > rectangle + 0.992 * circle, "{area}");
    }

    #[test]
    fn a_block_keeps_the_hole_in_its_middle() {
        let around = [(0.0, 0.0), (300.0, 0.0), (300.0, 300.0), (0.0, 300.0), (0.0, 0.0)];
        let block = grown(none(), &[LineString::new(line(&around))], 50.0);
        assert_eq!((block.0.len(), block.0[0].interiors().len()), (1, 1));
        let expected = 400.0 * 400.0 - (4.0 - PI) * 2500.0 - 200.0 * 200.0;
        assert!((block.unsigned_area() - expected).abs() < 0.008 * PI * 2500.0);
    }

    fn streets() -> impl Strategy<Value = Vec<Vec<(f64, f64)>>> {
        let point = (0.0..1000.0_f64, 0.0..1000.0_f64);
        prop::collection::vec(prop::collection::vec(point, 2..6), 1..8)
    }

    fn distance(x: f64, y: f64, lines: &[Vec<(f64, f64)>]) -> f64 {
        let pairs = lines.iter().flat_map(|line| line.windows(2));
        let to_segment = |pair: &[(f64, f64)]| {
            let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
            let (dx, dy) = (bx - ax, by - ay);
            let square = dx * dx + dy * dy;
            let share = if square > 0.0 { ((x - ax) * dx + (y - ay) * dy) / square } else { 0.0 };
            let share = share.clamp(0.0, 1.0);
            (ax + share * dx - x).hypot(ay + share * dy - y)
        };
        pairs.map(to_segment).fold(f64::INFINITY, f64::min)
    }

    proptest! {
        /// Oracle: the distance of a point to every segment.
        #[test]
        fn inside_is_what_lies_within_the_distance(
            streets in streets(),
            probes in prop::collection::vec((-100.0..1100.0_f64, -100.0..1100.0_f64), 40),
        ) {
            use geo::{Contains, Point};
            let lines: Vec<LineString<f64>> =
                streets.iter().map(|points| LineString::new(line(points))).collect();
            let shape = grown(none(), &lines, 50.0);
            for (x, y) in probes {
                let away = distance(x, y, &streets);
                // Round corners are drawn with chords, at most 0.3 m inside the circle.
                if !(49.6..=50.01).contains(&away) {
                    prop_assert_eq!(shape.contains(&Point::new(x, y)), away < 50.0, "{} {} {}", x, y, away);
                }
            }
        }

        #[test]
        fn what_was_reached_before_stays(first in streets(), then in streets()) {
            let lines = |of: &[Vec<(f64, f64)>]| -> Vec<LineString<f64>> {
                of.iter().map(|points| LineString::new(line(points))).collect()
            };
            let near = grown(none(), &lines(&first), 50.0);
            let far = grown(near.clone(), &lines(&then), 50.0);
            prop_assert!(near.difference(&far).unsigned_area() < 0.01);
            prop_assert!(far.unsigned_area() >= near.unsigned_area() - 0.01);
        }
    }
}
