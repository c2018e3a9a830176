//! The surface that two polygons share, from their edges alone.
//!
//! # What it does
//! A polygon is the sum of the trapezoids between its edges and a base line, counted positive below an edge that has the
//! polygon under it and negative below one that has it above (the shoelace formula). The surface of an intersection is
//! then the sum over all pairs of edges of what their trapezoids share: the integral of the lower of two lines. No
//! intersection is built, no coordinate is moved to a grid of whole numbers, and edges that coincide cancel out.
//!
//! # Assumes
//! Valid polygons (OGC 06-103r4) in one metric system; rings may turn either way.
//!
//! # Units
//! Square metres. The error is that of adding: about 1e-15 of the rectangle in which both polygons lie.
//!
//! # When it misleads
//! Rings that cross themselves, and polygons of one layer that overlap: their surface counts as often as it is drawn.
//!
//! # Example
//! The unit square and the same square moved by half a side to the east share 0.5.
//!
//! # References
//! The shoelace formula (Meister 1769, Gauss); overlays from edges alone follow Franklin (1987), "Polygon properties
//! calculated from the vertex neighborhoods".

use geo::{BoundingRect, Coord, Geometry, LineString, Polygon, Rect};

/// A sum below this share of its window is rounding.
const ROUNDING: f64 = 1e-12;

/// From left to right; vertical edges have nothing below them and are left out.
#[derive(Debug, Clone, Copy)]
struct Edge {
    x0: f64,
    y0: f64,
    x1: f64,
    y1: f64,
    /// How often the polygon lies below: 1, or -1 where it lies above.
    sign: f64,
}

impl Edge {
    fn at(&self, x: f64) -> f64 {
        if x <= self.x0 {
            self.y0
        } else if x >= self.x1 {
            self.y1
        } else {
            self.y0 + (self.y1 - self.y0) * ((x - self.x0) / (self.x1 - self.x0))
        }
    }

    fn between(&self, x0: f64, x1: f64) -> Self {
        Self { x0, y0: self.at(x0), x1, y1: self.at(x1), sign: self.sign }
    }

    fn below(&self) -> f64 {
        self.sign * (self.x1 - self.x0) * f64::midpoint(self.y0, self.y1)
    }
}

/// The edges of a polygon, or of several, from left to right.
#[derive(Debug, Clone)]
pub struct Edges {
    from_west: Vec<Edge>,
    rect: Option<Rect<f64>>,
    surface: f64,
}

impl Edges {
    /// Of points and lines there are none.
    #[must_use]
    pub fn of(shape: &Geometry<f64>) -> Self {
        let mut edges = Vec::new();
        for_each_ring(shape, |ring, shell| push_ring(&mut edges, ring, shell));
        edges.sort_by(|a, b| a.x0.total_cmp(&b.x0));
        let rect = if edges.is_empty() { None } else { shape.bounding_rect() };
        let surface = rect.map_or(0.0, |rect| {
            let window = Window::new(rect);
            window.cut(&edges).iter().map(Edge::below).sum()
        });
        Self { from_west: edges, rect, surface }
    }

    /// Square metres.
    #[must_use]
    pub fn surface(&self) -> f64 {
        self.surface
    }

    /// The square metres that both cover; exactly 0 for neighbours along one line.
    #[must_use]
    pub fn shared(&self, other: &Self) -> f64 {
        let Some(window) = self.rect.zip(other.rect).and_then(|(a, b)| Window::common(a, b)) else {
            return 0.0;
        };
        let (ours, theirs) = (window.cut(&self.from_west), window.cut(&other.from_west));
        let shared = below_both(&ours, &theirs);
        if shared <= ROUNDING * window.width * window.height {
            return 0.0;
        }
        shared.min(self.surface).min(other.surface)
    }
}

/// Hands over every ring and whether it is a shell.
pub(super) fn for_each_ring(shape: &Geometry<f64>, mut take: impl FnMut(&LineString<f64>, bool)) {
    let mut polygon = |polygon: &Polygon<f64>| {
        take(polygon.exterior(), true);
        polygon.interiors().iter().for_each(|ring| take(ring, false));
    };
    match shape {
        Geometry::Polygon(shape) => polygon(shape),
        Geometry::MultiPolygon(shapes) => shapes.iter().for_each(polygon),
        Geometry::Rect(rect) => polygon(&rect.to_polygon()),
        Geometry::Triangle(triangle) => polygon(&triangle.to_polygon()),
        _ => {}
    }
}

/// 1 where the ring's edges that run to the left have the polygon below them, -1 where those that run to the right do.
pub(super) fn turn_of(ring: &LineString<f64>, shell: bool) -> f64 {
    let Some(origin) = ring.0.first() else { return 1.0 };
    // Around its first corner: far from the origin the products would drown the surface.
    let twice: f64 = ring
        .lines()
        .map(|line| {
            let (a, b) = (line.start - *origin, line.end - *origin);
            a.x * b.y - b.x * a.y
        })
        .sum();
    if (twice >= 0.0) == shell { 1.0 } else { -1.0 }
}

fn push_ring(edges: &mut Vec<Edge>, ring: &LineString<f64>, shell: bool) {
    let turn = turn_of(ring, shell);
    for line in ring.lines() {
        let (Coord { x: x0, y: y0 }, Coord { x: x1, y: y1 }) = (line.start, line.end);
        if x0 < x1 {
            edges.push(Edge { x0, y0, x1, y1, sign: -turn });
        } else if x1 < x0 {
            edges.push(Edge { x0: x1, y0: y1, x1: x0, y1: y0, sign: turn });
        }
    }
}

/// The rectangle in which two polygons can meet. Inside it, coordinates count from its south-west corner.
struct Window {
    west: f64,
    south: f64,
    width: f64,
    height: f64,
}

impl Window {
    fn new(rect: Rect<f64>) -> Self {
        let (west, south) = rect.min().x_y();
        Self { west, south, width: rect.width(), height: rect.height() }
    }

    fn common(a: Rect<f64>, b: Rect<f64>) -> Option<Self> {
        let (west, east) = (a.min().x.max(b.min().x), a.max().x.min(b.max().x));
        let (south, north) = (a.min().y.max(b.min().y), a.max().y.min(b.max().y));
        let (width, height) = (east - west, north - south);
        (width > 0.0 && height > 0.0).then_some(Self { west, south, width, height })
    }

    /// The edges inside, from left to right: what lies below the window has no trapezoid in it, what lies above has one
    /// as high as the window.
    fn cut(&self, edges: &[Edge]) -> Vec<Edge> {
        let (mut out, mut above) = (Vec::new(), Vec::new());
        let east = self.west + self.width;
        for edge in edges.iter().take_while(|edge| edge.x0 < east) {
            if edge.x1 <= self.west || edge.y0.max(edge.y1) <= self.south {
                continue;
            }
            let edge = edge.between(edge.x0.max(self.west), edge.x1.min(east));
            let local = Edge {
                x0: edge.x0 - self.west,
                y0: edge.y0 - self.south,
                x1: edge.x1 - self.west,
                y1: edge.y1 - self.south,
                sign: edge.sign,
            };
            self.clamp(&local, &mut out, &mut above);
        }
        ceiling(&mut above, self.height, &mut out);
        out.sort_by(|a, b| a.x0.total_cmp(&b.x0));
        out
    }

    fn clamp(&self, edge: &Edge, out: &mut Vec<Edge>, above: &mut Vec<(f64, f64)>) {
        let (low, high) = (edge.y0.min(edge.y1), edge.y0.max(edge.y1));
        if high <= 0.0 {
            return;
        }
        let mut cuts = [edge.x0, edge.x0, edge.x0, edge.x1];
        let crossing = |y: f64| {
            let along = (y - edge.y0) / (edge.y1 - edge.y0);
            (edge.x0 + (edge.x1 - edge.x0) * along).clamp(edge.x0, edge.x1)
        };
        if low < 0.0 {
            cuts[1] = crossing(0.0);
        }
        if low < self.height && high > self.height {
            cuts[2] = crossing(self.height);
        }
        if cuts[1] > cuts[2] {
            cuts.swap(1, 2);
        }
        for pair in cuts.windows(2) {
            if pair[0] >= pair[1] {
                continue;
            }
            let mut piece = edge.between(pair[0], pair[1]);
            let middle = f64::midpoint(piece.y0, piece.y1);
            if middle >= self.height {
                above.push((piece.x0, piece.sign));
                above.push((piece.x1, -piece.sign));
            } else if middle > 0.0 {
                piece.y0 = piece.y0.clamp(0.0, self.height);
                piece.y1 = piece.y1.clamp(0.0, self.height);
                out.push(piece);
            }
        }
    }
}

/// Level edges at the top of the window; where as many count up as down there is none.
fn ceiling(ends: &mut [(f64, f64)], height: f64, out: &mut Vec<Edge>) {
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut sign = 0.0;
    for pair in ends.windows(2) {
        sign += pair[0].1;
        if sign != 0.0 && pair[0].0 < pair[1].0 {
            out.push(Edge { x0: pair[0].0, y0: height, x1: pair[1].0, y1: height, sign });
        }
    }
}

/// Sum over all pairs of what lies below both edges; a sweep from left to right pairs only edges that stand above each
/// other.
fn below_both(ours: &[Edge], theirs: &[Edge]) -> f64 {
    let (mut open_ours, mut open_theirs): (Vec<&Edge>, Vec<&Edge>) = (Vec::new(), Vec::new());
    let (mut ours, mut theirs) = (ours.iter().peekable(), theirs.iter().peekable());
    let mut sum = 0.0;
    loop {
        let first = match (ours.peek(), theirs.peek()) {
            (Some(a), Some(b)) => a.x0 <= b.x0,
            (Some(_), None) if !open_theirs.is_empty() => true,
            (None, Some(_)) if !open_ours.is_empty() => false,
            _ => return sum,
        };
        let next = if first { ours.next() } else { theirs.next() };
        let Some(next) = next else { return sum };
        let (own, other) = if first {
            (&mut open_ours, &mut open_theirs)
        } else {
            (&mut open_theirs, &mut open_ours)
        };
        other.retain(|edge| edge.x1 > next.x0);
        sum += other.iter().map(|edge| below_two(next, edge)).sum::<f64>();
        own.push(next);
    }
}

/// The integral of the lower of two lines over what they have in common from left to right.
fn below_two(a: &Edge, b: &Edge) -> f64 {
    let (left, right) = (a.x0.max(b.x0), a.x1.min(b.x1));
    let width = right - left;
    if width <= 0.0 {
        return 0.0;
    }
    let (a0, a1, b0, b1) = (a.at(left), a.at(right), b.at(left), b.at(right));
    let (d0, d1) = (a0 - b0, a1 - b1);
    let twice = if d0 <= 0.0 && d1 <= 0.0 {
        a0 + a1
    } else if d0 >= 0.0 && d1 >= 0.0 {
        b0 + b1
    } else {
        let along = d0 / (d0 - d1);
        let cross = a0 + (a1 - a0) * along;
        let (before, after) = if d0 < 0.0 { (a0, b1) } else { (b0, a1) };
        (before + cross) * along + (cross + after) * (1.0 - along)
    };
    a.sign * b.sign * width * 0.5 * twice
}

#[cfg(test)]
pub(super) mod tests {
    use geo::{Area, BooleanOps, Euclidean, Length, MultiPolygon, polygon};
    use proptest::prelude::*;

    use super::*;

    fn square(x: f64, y: f64, side: f64) -> Edges {
        Edges::of(&Geometry::Rect(Rect::new((x, y), (x + side, y + side))))
    }

    #[test]
    fn a_quarter_of_two_unit_squares_is_shared() {
        assert!((square(0.0, 0.0, 1.0).shared(&square(0.5, 0.5, 1.0)) - 0.25).abs() < 1e-15);
    }

    #[test]
    #[allow(clippy::float_cmp)]
    fn neighbours_along_a_slanting_line_share_nothing() {
        let left =
            polygon![(x: 6.6e5, y: 6.5e6), (x: 6.613e5, y: 6.5017e6), (x: 6.6e5, y: 6.502e6)];
        let right =
            polygon![(x: 6.6e5, y: 6.5e6), (x: 6.63e5, y: 6.5e6), (x: 6.613e5, y: 6.5017e6)];
        assert_eq!(Edges::of(&left.into()).shared(&Edges::of(&right.into())), 0.0);
    }

    #[test]
    fn what_lies_in_the_hole_is_not_shared() {
        let ring = Polygon::new(
            Rect::new((0.0, 0.0), (3.0, 3.0)).to_polygon().into_inner().0,
            vec![Rect::new((1.0, 1.0), (2.0, 2.0)).to_polygon().into_inner().0],
        );
        let ring = Edges::of(&ring.into());
        assert!((ring.surface() - 8.0).abs() < 1e-14);
        assert!(ring.shared(&square(1.0, 1.0, 1.0)) < 1e-14);
        assert!((ring.shared(&square(0.5, 0.5, 1.0)) - 0.75).abs() < 1e-14);
    }

    /// A star around the origin with a hole, turned either way.
    pub(crate) fn star() -> impl Strategy<Value = Polygon<f64>> {
        let radii = prop::collection::vec(100.0..1000.0_f64, 3..25);
        (radii, 0.0..0.9_f64, -500.0..500.0_f64, -500.0..500.0_f64, any::<bool>()).prop_map(
            |(radii, hole, east, north, reversed)| {
                #[allow(clippy::cast_precision_loss)]
                let ring = |scale: f64| {
                    let corner = |(i, r): (usize, &f64)| {
                        let angle = i as f64 / radii.len() as f64 * std::f64::consts::TAU;
                        let (x, y) = (r * scale * angle.cos(), r * scale * angle.sin());
                        (x + east + 674_000.0, y + north + 6_580_000.0)
                    };
                    radii.iter().enumerate().map(corner).collect::<Vec<_>>()
                };
                let (mut shell, mut inner) = (ring(1.0), ring(hole));
                if reversed {
                    shell.reverse();
                } else {
                    inner.reverse();
                }
                let holes = if hole > 0.1 { vec![LineString::from(inner)] } else { Vec::new() };
                Polygon::new(LineString::from(shell), holes)
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_shared_is_the_surface_of_the_intersection(a in star(), b in star()) {
            let expected =
                MultiPolygon(vec![a.clone()]).intersection(&MultiPolygon(vec![b.clone()]));
            // Boolean operations round corners to some micrometres.
            let around = Euclidean.length(a.exterior()) + Euclidean.length(b.exterior());
            let shared = Edges::of(&a.into()).shared(&Edges::of(&b.into()));
            prop_assert!((shared - expected.unsigned_area()).abs() <= 5e-6 * around,
                "{shared} {}", expected.unsigned_area());
        }

        #[test]
        fn a_polygon_shares_its_whole_surface_with_itself(a in star()) {
            let edges = Edges::of(&a.clone().into());
            prop_assert!((edges.surface() - a.unsigned_area()).abs() <= 1e-10 * a.unsigned_area());
            prop_assert!((edges.shared(&edges) - edges.surface()).abs() <= 1e-12 * edges.surface());
        }

        #[test]
        fn sharing_is_mutual(a in star(), b in star()) {
            let (a, b) = (Edges::of(&a.into()), Edges::of(&b.into()));
            let most = a.surface().max(b.surface());
            prop_assert!((a.shared(&b) - b.shared(&a)).abs() <= 1e-12 * most);
        }
    }
}
