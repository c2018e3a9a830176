//! An area drawn to scale: its sub-areas as paths, and where their names stand.

use geo::{BoundingRect, Coord, Geometry, InteriorPoint, LineString, Polygon, Simplify};

use super::Place;
use super::svg::px;

/// Widest and highest a plate may be.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 560.0;
/// Margin around the shapes.
const MARGIN: f64 = 10.0;
/// What is finer than this cannot be seen; shapes are simplified by it for display only.
const FINEST: f64 = 0.35;

/// From the plane in metres, y up, to a drawing, y down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct View {
    left: f64,
    top: f64,
    pub px_per_m: f64,
}

impl View {
    /// The view in which the rectangle fits the widest plate; and the size of the plate.
    pub fn fit(low: Coord<f64>, high: Coord<f64>) -> (Self, f64, f64) {
        let (wide, high_m) = ((high.x - low.x).max(1.0), (high.y - low.y).max(1.0));
        let inside = (WIDTH - 2.0 * MARGIN, HEIGHT - 2.0 * MARGIN);
        let px_per_m = (inside.0 / wide).min(inside.1 / high_m);
        let margin_m = MARGIN / px_per_m;
        let view = Self { left: low.x - margin_m, top: high.y + margin_m, px_per_m };
        (view, wide * px_per_m + 2.0 * MARGIN, high_m * px_per_m + 2.0 * MARGIN)
    }

    /// Where a coordinate of the plane stands in the drawing.
    pub fn at(&self, on_plane: Coord<f64>) -> (f64, f64) {
        ((on_plane.x - self.left) * self.px_per_m, (self.top - on_plane.y) * self.px_per_m)
    }

    /// The longest round length in metres (1, 2 or 5 of a power of ten) that is at most so wide in the drawing.
    pub fn bar_m(&self, widest: f64) -> f64 {
        let most = widest / self.px_per_m;
        let power = 10f64.powf(most.log10().floor());
        [5.0, 2.0].into_iter().map(|first| first * power).find(|m| *m <= most).unwrap_or(power)
    }
}

/// A sub-area on a plate.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Drawn {
    /// Data of an SVG path.
    pub path: String,
    /// A place inside, for a name or a mark.
    pub inside: Option<(f64, f64)>,
}

/// An area on a plate.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plate {
    pub width: f64,
    pub height: f64,
    pub view: View,
    pub units: Vec<Drawn>,
}

impl Plate {
    /// Draws a place; nothing where it has no extent.
    pub fn new(place: &Place) -> Option<Self> {
        let rects = || place.units.iter().filter_map(|unit| unit.shape.bounding_rect());
        let pick = |of: fn(&geo::Rect<f64>) -> f64, best: fn(f64, f64) -> f64| {
            rects().map(|rect| of(&rect)).reduce(best)
        };
        let low = Coord {
            x: pick(|rect| rect.min().x, f64::min)?,
            y: pick(|rect| rect.min().y, f64::min)?,
        };
        let high = Coord {
            x: pick(|rect| rect.max().x, f64::max)?,
            y: pick(|rect| rect.max().y, f64::max)?,
        };
        let (view, width, height) = View::fit(low, high);
        let units = place.units.iter().map(|unit| drawn(&unit.shape, &view)).collect();
        Some(Self { width, height, view, units })
    }
}

fn drawn(shape: &Geometry<f64>, view: &View) -> Drawn {
    let finest_m = FINEST / view.px_per_m;
    let mut path = String::new();
    for polygon in polygons(shape) {
        let simple = polygon.simplify(finest_m);
        for ring in std::iter::once(simple.exterior()).chain(simple.interiors()) {
            add_ring(&mut path, ring, view);
        }
    }
    let inside = shape.interior_point().map(|point| view.at(point.0));
    Drawn { path, inside }
}

fn polygons(shape: &Geometry<f64>) -> &[Polygon<f64>] {
    match shape {
        Geometry::Polygon(polygon) => std::slice::from_ref(polygon),
        Geometry::MultiPolygon(polygons) => &polygons.0,
        _ => &[],
    }
}

/// A ring that is less than a dot is left out.
fn add_ring(path: &mut String, ring: &LineString<f64>, view: &View) {
    let seen = ring
        .bounding_rect()
        .is_some_and(|rect| rect.width().max(rect.height()) * view.px_per_m >= 2.0 * FINEST);
    if !seen {
        return;
    }
    // The last position is the first: `z` closes the ring.
    let last = ring.0.len().saturating_sub(1);
    for (at, corner) in ring.0.iter().take(last).enumerate() {
        let (x, y) = view.at(*corner);
        path.push(if at == 0 { 'M' } else { 'L' });
        path.push_str(&px(x));
        path.push(' ');
        path.push_str(&px(y));
    }
    path.push('z');
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
pub(super) mod tests {
    use geo::polygon;

    use super::super::Unit;
    use super::*;

    /// A square of 1 km with its south-west corner there.
    pub fn square(x: f64, y: f64) -> Geometry<f64> {
        let to = 1000.0;
        Geometry::Polygon(polygon![
            (x: x, y: y), (x: x + to, y: y), (x: x + to, y: y + to), (x: x, y: y + to), (x: x, y: y)
        ])
    }

    pub fn unit(name: &str, shape: Geometry<f64>) -> Unit {
        Unit { id: name.to_lowercase(), name: name.to_owned(), shape }
    }

    #[test]
    fn two_squares_side_by_side_fill_the_width() {
        let units = vec![unit("West", square(0.0, 0.0)), unit("East", square(1000.0, 0.0))];
        let town = Place { id: "a".to_owned(), name: "A".to_owned(), units, stations: Vec::new() };
        let plate = Plate::new(&town).unwrap();
        // 620 of 640 for 2,000 m: 0.31 a metre; 310 and twice 10 in height.
        assert!((plate.view.px_per_m - 0.31).abs() < 1e-12);
        assert_eq!((plate.width, plate.height), (640.0, 330.0));
        assert_eq!(plate.units[0].path, "M10 320L320 320L320 10L10 10z");
        assert_eq!(plate.units[1].path, "M320 320L630 320L630 10L320 10z");
        let (x, y) = plate.units[0].inside.unwrap();
        assert!((10.0..=320.0).contains(&x) && (10.0..=320.0).contains(&y));
    }

    #[test]
    fn a_high_place_fills_the_height() {
        let (view, width, height) =
            View::fit(Coord { x: 0.0, y: 0.0 }, Coord { x: 100.0, y: 1000.0 });
        assert_eq!((width, height), (74.0, 560.0));
        let (x, y) = view.at(Coord { x: 0.0, y: 1000.0 });
        assert!((x - 10.0).abs() < 1e-9 && (y - 10.0).abs() < 1e-9);
    }

    #[test]
    fn the_scale_bar_is_the_longest_round_length_that_fits() {
        let bar = |px_per_m: f64| View { left: 0.0, top: 0.0, px_per_m }.bar_m(150.0);
        // 150 px are 1,500 m, 3,000 m, 750 m, 100 m.
        assert_eq!([bar(0.1), bar(0.05), bar(0.2), bar(1.5)], [1000.0, 2000.0, 500.0, 100.0]);
    }

    #[test]
    fn a_bend_too_fine_to_see_and_an_island_too_small_are_left_out() {
        let (view, ..) = View::fit(Coord { x: 0.0, y: 0.0 }, Coord { x: 6200.0, y: 5400.0 });
        assert_eq!(view.px_per_m, 0.1);
        let bent = polygon![
            (x: 0.0, y: 0.0), (x: 500.0, y: 2.0), (x: 1000.0, y: 0.0), (x: 1000.0, y: 1000.0),
            (x: 0.0, y: 1000.0), (x: 0.0, y: 0.0)
        ];
        let island = polygon![(x: 3000.0, y: 0.0), (x: 3005.0, y: 0.0), (x: 3005.0, y: 5.0), (x: 3000.0, y: 0.0)];
        let shape = Geometry::MultiPolygon(geo::MultiPolygon(vec![bent, island]));
        assert_eq!(drawn(&shape, &view).path, "M10 550L110 550L110 450L10 450z");
    }
}
