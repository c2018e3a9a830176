//! Putting a point on the street: the nearest place on a usable edge, and the way there.

use rayon::prelude::*;

use super::build::milliseconds;
use super::graph::{NO_WAY, StreetNetwork};
use super::plane::{LocalScale, metres_between};
use crate::model::osm::Position;

/// A point on an edge. Times in milliseconds, [`NO_WAY`] where a direction of the edge is closed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Snap {
    pub edge: u32,
    /// Metres between the point and the street, as the crow flies.
    pub distance_m: f64,
    /// Time for that distance, walking.
    pub approach_ms: u32,
    /// The same way as a vector from the street to the point, eastward and northward, each in milliseconds of walking.
    pub aside_ms: [f32; 2],
    /// From the point to the first and to the last junction of the edge.
    pub to_ends: [u32; 2],
    /// From the first and from the last junction of the edge to the point.
    pub from_ends: [u32; 2],
    /// Where on the edge, 0 at its first junction and 1 at its last.
    pub fraction: f64,
}

/// Why a point is on no street.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unplaced {
    /// No usable street within the limit; the nearest one lies that far, if any was looked at.
    TooFar,
    /// The point is no position on the globe.
    NoPosition,
}

impl Snap {
    /// Whether the point is right at the first (0) or last (1) junction of its edge.
    pub(super) fn is_at(&self, side: usize) -> bool {
        let share = if side == 0 { self.fraction } else { 1.0 - self.fraction };
        share <= 0.0 && self.to_ends[side] == 0 && self.from_ends[side] == 0
    }
}

impl Snap {
    /// Time off the street between two points of one edge that one passes on the way along it.
    ///
    /// Nobody walks to the street and back to the same side: one walks beside it. Only the difference between the two
    /// ways from the street is walked, nothing between points at the same spot, and both ways in full between points on
    /// opposite sides. It is never more than both ways, and with the way along the street never less than the straight
    /// line.
    pub(super) fn aside_ms(&self, other: &Self) -> u32 {
        let [east, north] = [0, 1].map(|axis| self.aside_ms[axis] - other.aside_ms[axis]);
        let both = self.approach_ms.saturating_add(other.approach_ms);
        milliseconds(f64::from(east).hypot(f64::from(north))).min(both)
    }
}

impl Unplaced {
    /// The word used in files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::TooFar => "no_street_within_limit",
            Self::NoPosition => "no_position",
        }
    }
}

/// A grid over the lines of the usable edges.
///
/// Cells are squares of degrees; each names the line segments whose envelopes meet it.
pub struct SnapIndex<'a> {
    network: &'a StreetNetwork,
    low: Position,
    cell: i64,
    columns: i64,
    rows: i64,
    first: Vec<u32>,
    /// Edge, and the row of the segment's first point among the network's points.
    segments: Vec<(u32, u32)>,
    /// Metres between each point and the first point of its edge.
    before: Vec<f64>,
}

/// Side of a cell in units of 1e-7 degrees where the network is small: about 110 m northward.
const CELL: i64 = 10_000;

impl<'a> SnapIndex<'a> {
    /// Indexes the usable edges.
    #[must_use]
    pub fn new(network: &'a StreetNetwork) -> Self {
        let [low, high] = network.bounds();
        let (width, height) =
            (i64::from(high.lon) - i64::from(low.lon), i64::from(high.lat) - i64::from(low.lat));
        let mut cell = CELL;
        let most = i64::try_from(network.points.len()).unwrap_or(i64::MAX).max(1024);
        while (width / cell + 1).saturating_mul(height / cell + 1) > most {
            cell *= 2;
        }
        let mut index = Self {
            network,
            low,
            cell,
            columns: width / cell + 1,
            rows: height / cell + 1,
            first: Vec::new(),
            segments: Vec::new(),
            before: lengths(network),
        };
        index.fill();
        index
    }

    /// Counts first and places then, so that each cell's segments lie side by side.
    fn fill(&mut self) {
        let cells = usize::try_from(self.columns * self.rows).unwrap_or(0);
        let mut first = vec![0_u32; cells + 1];
        self.each_entry(|cell, _| first[cell + 1] += 1);
        for cell in 0..cells {
            first[cell + 1] += first[cell];
        }
        let mut next = first.clone();
        let mut segments = vec![(0, 0); first[cells] as usize];
        self.each_entry(|cell, segment| {
            segments[next[cell] as usize] = segment;
            next[cell] += 1;
        });
        (self.first, self.segments) = (first, segments);
    }

    fn each_entry(&self, mut visit: impl FnMut(usize, (u32, u32))) {
        let network = self.network;
        for (edge, _) in network.usable.iter().enumerate().filter(|(_, usable)| **usable) {
            let start = network.first_point[edge];
            for (point, pair) in (start..).zip(network.line(edge).windows(2)) {
                let (a, b) = (self.cell_of(pair[0]), self.cell_of(pair[1]));
                for row in a.1.min(b.1)..=a.1.max(b.1) {
                    for column in a.0.min(b.0)..=a.0.max(b.0) {
                        let cell = usize::try_from(row * self.columns + column).unwrap_or(0);
                        visit(cell, (u32::try_from(edge).unwrap_or(u32::MAX), point));
                    }
                }
            }
        }
    }

    fn cell_of(&self, at: Position) -> (i64, i64) {
        let column = (i64::from(at.lon) - i64::from(self.low.lon)).div_euclid(self.cell);
        (column, (i64::from(at.lat) - i64::from(self.low.lat)).div_euclid(self.cell))
    }

    /// Puts a point (degrees) on the nearest usable street; the approach is walked at `approach_kmh`.
    ///
    /// # Errors
    /// [`Unplaced`] for a point without a usable street within `limit_m` metres.
    pub fn snap(
        &self,
        lon: f64,
        lat: f64,
        limit_m: f64,
        approach_kmh: f64,
    ) -> Result<Snap, Unplaced> {
        let at = Position::from_degrees(lon, lat).ok_or(Unplaced::NoPosition)?;
        let scale = LocalScale::at(f64::from(at.lat));
        let centre = self.cell_of(at);
        let (cell_m, inset_m) = self.margins(at, centre, scale);
        let mut best: Option<Hit> = None;
        for ring in 0_i64.. {
            // Every segment not yet looked at lies beyond the rings before this one.
            #[allow(clippy::cast_precision_loss)] // rings are few
            let beyond = if ring == 0 { 0.0 } else { (ring - 1) as f64 * cell_m + inset_m };
            let found = best.as_ref().map_or(f64::INFINITY, Hit::distance_m);
            if beyond > found.min(limit_m) || self.is_outside(centre, ring) {
                break;
            }
            self.each_cell(centre, ring, |cell| self.look(cell, at, scale, &mut best));
        }
        let hit = best.filter(|hit| hit.distance_m() <= limit_m).ok_or(Unplaced::TooFar)?;
        Ok(self.place(&hit, at, approach_kmh))
    }

    /// Metres across a cell where it is narrowest, and from a point to the nearest border of its own cell.
    #[allow(clippy::cast_precision_loss)] // a cell is a small number
    fn margins(&self, at: Position, (column, row): (i64, i64), scale: LocalScale) -> (f64, f64) {
        let inset = |at: i32, low: i32, cells: i64| {
            let within = i64::from(at) - i64::from(low) - cells * self.cell;
            within.min(self.cell - within).max(0) as f64
        };
        let east = inset(at.lon, self.low.lon, column) * scale.east;
        let north = inset(at.lat, self.low.lat, row) * scale.north;
        (scale.east.min(scale.north) * self.cell as f64, east.min(north))
    }

    /// Whether a ring of cells and all larger ones lie beyond the grid.
    fn is_outside(&self, (column, row): (i64, i64), ring: i64) -> bool {
        let reach = [column, row, self.columns - 1 - column, self.rows - 1 - row];
        ring > reach.into_iter().map(i64::abs).max().unwrap_or(0) + self.columns.max(self.rows)
    }

    fn each_cell(&self, (column, row): (i64, i64), ring: i64, mut visit: impl FnMut(usize)) {
        let mut one = |column: i64, row: i64| {
            if (0..self.columns).contains(&column) && (0..self.rows).contains(&row) {
                visit(usize::try_from(row * self.columns + column).unwrap_or(0));
            }
        };
        for step in -ring..=ring {
            one(column + step, row - ring);
            if ring > 0 {
                one(column + step, row + ring);
            }
        }
        for step in 1 - ring..ring {
            one(column - ring, row + step);
            one(column + ring, row + step);
        }
    }

    fn look(&self, cell: usize, at: Position, scale: LocalScale, best: &mut Option<Hit>) {
        let (start, end) = (self.first[cell] as usize, self.first[cell + 1] as usize);
        for &(edge, point) in &self.segments[start..end] {
            let row = point as usize;
            let (a, b) = (self.network.points[row], self.network.points[row + 1]);
            let (share, square) = nearest_on_segment(scale, at, a, b);
            let hit = Hit { square, edge, point, share };
            // Ties go to the lower edge, so that the order of cells does not matter.
            if best.as_ref().is_none_or(|best| hit.rank() < best.rank()) {
                *best = Some(hit);
            }
        }
    }

    fn place(&self, hit: &Hit, at: Position, approach_kmh: f64) -> Snap {
        let edge = self.network.edges[hit.edge as usize];
        let start = self.network.first_point[hit.edge as usize] as usize;
        let row = hit.point as usize;
        let points = &self.network.points;
        let line = self.network.line(hit.edge as usize);
        let before = self.before[row] + hit.share * (self.before[row + 1] - self.before[row]);
        let whole = self.before[start + line.len() - 1];
        let at_ends =
            [row == start && hit.share <= 0.0, row + 2 == start + line.len() && hit.share >= 1.0];
        let fraction = match at_ends {
            [_, true] => 1.0,
            _ if whole > 0.0 => (before / whole).clamp(0.0, 1.0),
            _ => 0.0,
        };
        let split = |time: u32, elapsed: f64| match time {
            NO_WAY => (NO_WAY, NO_WAY),
            time => {
                let first = milliseconds(f64::from(time) * elapsed).min(time);
                (first, time - first)
            }
        };
        let elapsed = self.network.elapsed(row, hit.share).unwrap_or([fraction; 2]);
        let (from_first, to_last) = split(edge.forward_ms, elapsed[0]);
        let (to_first, from_last) = split(edge.backward_ms, elapsed[1]);
        let mut snap = Snap {
            edge: hit.edge,
            distance_m: hit.distance_m(),
            approach_ms: milliseconds(hit.distance_m() / approach_kmh * 3600.0),
            aside_ms: aside(hit, at, points, 3600.0 / approach_kmh),
            to_ends: [to_first, to_last],
            from_ends: [from_first, from_last],
            fraction,
        };
        // On a junction one stands at it, whichever way this edge may be used.
        for (end, at_end) in at_ends.into_iter().enumerate() {
            if at_end {
                (snap.to_ends[end], snap.from_ends[end]) = (0, 0);
            }
        }
        snap
    }
}

/// The best place so far.
struct Hit {
    /// Of the metres to the point.
    square: f64,
    edge: u32,
    point: u32,
    share: f64,
}

impl Hit {
    fn rank(&self) -> (f64, u32, u32) {
        (self.square, self.edge, self.point)
    }

    fn distance_m(&self) -> f64 {
        self.square.sqrt()
    }
}

/// The vector from the place on the street to the point, times a factor.
#[allow(clippy::cast_possible_truncation)] // a walk of an hour keeps half a millisecond
fn aside(hit: &Hit, at: Position, points: &[Position], factor: f64) -> [f32; 2] {
    let (a, b) = (points[hit.point as usize], points[hit.point as usize + 1]);
    let scale = LocalScale::at(f64::from(at.lat));
    let ((along_x, along_y), (x, y)) = (scale.vector(a, b), scale.vector(a, at));
    [x - hit.share * along_x, y - hit.share * along_y].map(|metres| (metres * factor) as f32)
}

/// Metres between each point of a network and the first point of its edge.
fn lengths(network: &StreetNetwork) -> Vec<f64> {
    let line = |edge: usize| {
        let mut metres = 0.0;
        let on = network.line(edge).windows(2).map(move |pair| {
            metres += metres_between(pair[0], pair[1]);
            metres
        });
        std::iter::once(0.0).chain(on)
    };
    (0..network.edges.len()).into_par_iter().flat_map_iter(line).collect()
}

/// Share of the segment at which the nearest place lies, and the square of the metres to it.
fn nearest_on_segment(scale: LocalScale, at: Position, a: Position, b: Position) -> (f64, f64) {
    let (along_x, along_y) = scale.vector(a, b);
    let (x, y) = scale.vector(a, at);
    let square = along_x * along_x + along_y * along_y;
    let share =
        if square > 0.0 { ((x * along_x + y * along_y) / square).clamp(0.0, 1.0) } else { 0.0 };
    let (east, north) = (x - share * along_x, y - share * along_y);
    (share, east * east + north * north)
}
