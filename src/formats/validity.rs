//! A quick look at polygons: most are so plainly valid that the full test (OGC 06-103r4, by `geo`) can be spared.
//!
//! A sweep from west to east meets every pair of edges that could touch. Where no two edges touch but neighbours of one
//! ring at their common corner, and holes and parts lie where they should, the polygon is valid. Whatever is less than
//! sure (a ring that touches itself, edges too flat to tell, very long lists of edges above each other) is left to the
//! full test, which also names the fault.

use geo::{BoundingRect, Coord, Geometry, Intersects, LineString, Polygon, Rect};

/// Comparisons for an edge, on average, before the sweep gives up.
const PATIENCE: usize = 400;

/// Whether a polygonal geometry is valid beyond doubt.
#[must_use]
pub fn is_surely_valid(shape: &Geometry<f64>) -> bool {
    match shape {
        Geometry::Polygon(polygon) => are_surely_valid(std::slice::from_ref(polygon)),
        Geometry::MultiPolygon(polygons) => are_surely_valid(&polygons.0),
        _ => false,
    }
}

fn are_surely_valid(polygons: &[Polygon<f64>]) -> bool {
    let mut edges = Vec::new();
    let rings = polygons.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()));
    for (ring, line) in rings.enumerate() {
        if !push_ring(&mut edges, ring, line) {
            return false;
        }
    }
    holes_lie_inside(polygons) && parts_lie_apart(polygons) && none_touch(edges)
}

struct Edge {
    start: Coord<f64>,
    end: Coord<f64>,
    ring: usize,
    place: usize,
    /// Number of edges of the ring.
    of: usize,
}

impl Edge {
    fn west(&self) -> f64 {
        self.start.x.min(self.end.x)
    }

    fn east(&self) -> f64 {
        self.start.x.max(self.end.x)
    }
}

fn push_ring(edges: &mut Vec<Edge>, ring: usize, line: &LineString<f64>) -> bool {
    let finite = line.0.iter().all(|c| c.x.is_finite() && c.y.is_finite());
    let steps: Vec<_> = line.lines().filter(|line| line.start != line.end).collect();
    let of = steps.len();
    let rows = steps.into_iter().enumerate();
    edges.extend(rows.map(|(place, l)| Edge { start: l.start, end: l.end, ring, place, of }));
    finite && of >= 3 && line.is_closed()
}

fn none_touch(mut edges: Vec<Edge>) -> bool {
    edges.sort_by(|a, b| a.west().total_cmp(&b.west()));
    let mut patience = edges.len().saturating_mul(PATIENCE);
    let mut open: Vec<&Edge> = Vec::new();
    for edge in &edges {
        open.retain(|other| other.east() >= edge.west());
        let Some(left) = patience.checked_sub(open.len()) else { return false };
        patience = left;
        if !open.iter().all(|other| apart(edge, other)) {
            return false;
        }
        open.push(edge);
    }
    true
}

fn apart(a: &Edge, b: &Edge) -> bool {
    let (low, high) = (a.start.y.min(a.end.y), a.start.y.max(a.end.y));
    if b.start.y.max(b.end.y) < low || b.start.y.min(b.end.y) > high {
        return true;
    }
    if a.ring == b.ring {
        if (a.place + 1) % a.of == b.place {
            return goes_on(a, b);
        }
        if (b.place + 1) % b.of == a.place {
            return goes_on(b, a);
        }
    }
    same_side(a, b) || same_side(b, a)
}

/// Whether the second edge leaves the first at their common corner, and not back over it.
fn goes_on(a: &Edge, b: &Edge) -> bool {
    let (along, on) = (a.end - a.start, b.end - b.start);
    side(a.start, a.end, b.end) != 0 || along.x * on.x + along.y * on.y > 0.0
}

/// Whether both ends of an edge surely lie on one side of the line through the other.
fn same_side(line: &Edge, other: &Edge) -> bool {
    side(line.start, line.end, other.start) * side(line.start, line.end, other.end) > 0
}

/// 1 to the left, -1 to the right, 0 where rounding leaves it open.
fn side(a: Coord<f64>, b: Coord<f64>, c: Coord<f64>) -> i8 {
    let (one, other) = ((b.x - a.x) * (c.y - a.y), (b.y - a.y) * (c.x - a.x));
    let (turn, doubt) = (one - other, 1e-15 * (one.abs() + other.abs()));
    i8::from(turn > doubt) - i8::from(turn < -doubt)
}

/// With no edges touching, one corner of a ring tells where all of it lies.
fn holes_lie_inside(polygons: &[Polygon<f64>]) -> bool {
    polygons.iter().all(|polygon| {
        let holes = polygon.interiors();
        holes.iter().enumerate().all(|(row, hole)| {
            let mut others = holes.iter().enumerate().filter(|(other, _)| *other != row);
            encloses(polygon.exterior(), hole) && !others.any(|(_, other)| encloses(other, hole))
        })
    })
}

/// A part may lie in a hole of another; that is left to the full test.
fn parts_lie_apart(polygons: &[Polygon<f64>]) -> bool {
    let rects: Vec<_> = polygons.iter().map(BoundingRect::bounding_rect).collect();
    polygons.iter().enumerate().all(|(row, part)| {
        let Some(first) = part.exterior().0.first() else { return false };
        let near = |rect: Option<Rect<f64>>| rect.is_some_and(|rect| rect.intersects(first));
        let mut others = polygons.iter().zip(&rects).enumerate().filter(|(other, _)| *other != row);
        !others.any(|(_, (other, rect))| near(*rect) && encloses(other.exterior(), part.exterior()))
    })
}

/// Whether the first corner of one ring lies inside the other, by crossings of a ray to the east.
fn encloses(ring: &LineString<f64>, other: &LineString<f64>) -> bool {
    let Some(point) = other.0.first() else { return false };
    let crossings = ring.lines().filter(|line| {
        let (a, b) = (line.start, line.end);
        let upward = a.y <= point.y && b.y > point.y;
        let downward = b.y <= point.y && a.y > point.y;
        (upward && side(a, b, *point) > 0) || (downward && side(a, b, *point) < 0)
    });
    crossings.count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use geo::{MultiPolygon, Validation, polygon};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_polygons_with_holes_and_parts_are_surely_valid() {
        let with_hole = polygon!(
            exterior: [(x: 0., y: 0.), (x: 9., y: 0.), (x: 9., y: 9.), (x: 0., y: 9.)],
            interiors: [[(x: 1., y: 1.), (x: 2., y: 1.), (x: 2., y: 2.)]]);
        let apart = polygon![(x: 10., y: 0.), (x: 12., y: 0.), (x: 12., y: 5.)];
        assert!(is_surely_valid(&with_hole.clone().into()));
        assert!(is_surely_valid(&MultiPolygon(vec![with_hole, apart]).into()));
    }

    #[test]
    fn faults_and_doubts_are_left_to_the_full_test() {
        let bow_tie = polygon![(x: 0., y: 0.), (x: 2., y: 2.), (x: 2., y: 0.), (x: 0., y: 2.)];
        let spike = polygon![(x: 0., y: 0.), (x: 4., y: 0.), (x: 2., y: 0.), (x: 2., y: 2.)];
        let outside = polygon!(
            exterior: [(x: 0., y: 0.), (x: 9., y: 0.), (x: 9., y: 9.), (x: 0., y: 9.)],
            interiors: [[(x: 11., y: 1.), (x: 12., y: 1.), (x: 12., y: 2.)]]);
        let touching = polygon![(x: 0., y: 0.), (x: 4., y: 0.), (x: 4., y: 4.), (x: 2., y: 0.), (x: 0., y: 4.)];
        for doubtful in [bow_tie, spike, outside, touching] {
            assert!(!is_surely_valid(&doubtful.into()));
        }
    }

    proptest! {
        /// Corners on a small lattice, so that touching and crossing are common.
        #[test]
        fn what_is_surely_valid_passes_the_full_test(
            shell in prop::collection::vec((0_u8..7, 0_u8..7), 3..9),
            hole in prop::option::of(prop::collection::vec((0_u8..7, 0_u8..7), 3..6)),
        ) {
            let ring = |corners: &[(u8, u8)]| -> LineString<f64> {
                corners.iter().map(|&(x, y)| (f64::from(x), f64::from(y))).collect()
            };
            let holes = hole.iter().map(|hole| ring(hole)).collect();
            let polygon = Polygon::new(ring(&shell), holes);
            prop_assert!(!is_surely_valid(&polygon.clone().into()) || polygon.is_valid());
        }
    }
}
