//! Streets laid over terrain: heights along each edge, and what their slopes do to the times.

use rayon::prelude::*;

use super::graph::Edge;
use super::plane::{length, metres_between};
use super::slope::slowness;
use super::{Blocks, Mode, Passages};
use crate::model::osm::{Extract, Position};
use crate::model::{CrsError, Elevation, Sampler};

/// Edges sampled with one set-up of the coordinate systems.
const RUN: usize = 4096;
/// Sweeps after which heights in the air are taken as they are, and the change in metres at which they are settled.
const MOST_SWEEPS: usize = 10_000;
const SETTLED_M: f64 = 1e-4;

/// What the terrain does to one edge.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Course {
    /// Mean slowness along the edge and against it; 1 on the level.
    pub slowness: [f64; 2],
    /// At each point of the line, the shares of both times that lie between it and the first point, 0 to 1.
    pub elapsed: Vec<[f32; 2]>,
    /// Metres whose heights are unknown; they are taken as level.
    pub unknown_m: f64,
}

/// An edge before it has times: its ends, its line, and whether it is a bridge or a tunnel.
#[derive(Clone, Copy)]
pub(super) struct Laid<'a> {
    pub ends: (u32, u32),
    pub line: &'a [Position],
    pub lifted: bool,
}

/// For each node of an extract whether it lies on the ground: a way that is neither bridge nor tunnel runs through it.
pub(super) fn grounded(extract: &Extract<Passages, Blocks>) -> Vec<bool> {
    let mut grounded = vec![false; extract.positions.len()];
    for way in extract.ways.iter().filter(|way| !way.kept.lifted) {
        for row in way.refs.iter().filter_map(|node| extract.row(*node)) {
            grounded[row] = true;
        }
    }
    grounded
}

/// The course of each edge; `nodes` are the junctions, `on_ground` says which of them are on the ground.
///
/// On the ground heights are read from the grid, in pieces of about a cell. A bridge or tunnel runs evenly from the
/// height of one end to that of the other; where several meet in the air, the height is the mean of the next ends,
/// the near ones weighing more, so that a bridge drawn in several ways is as even as one drawn in one.
///
/// # Errors
/// [`CrsError`] when places cannot be turned into the system of the grid.
pub(super) fn courses(
    elevation: &Elevation,
    mode: Mode,
    laid: &[Laid<'_>],
    nodes: &[Position],
    on_ground: &[bool],
) -> Result<Vec<Course>, CrsError> {
    let heights = bridge_heads(&elevation.sampler()?, laid, nodes, on_ground);
    let parts: Vec<Result<Vec<Course>, CrsError>> = laid
        .par_chunks(RUN)
        .map(|run| {
            let sampler = elevation.sampler()?;
            let course = |edge: &Laid<'_>| {
                let stations = if edge.lifted {
                    between(edge, &heights)
                } else {
                    draped(elevation, &sampler, edge.line)
                };
                course(mode, edge.line, &stations)
            };
            Ok(run.iter().map(course).collect())
        })
        .collect();
    let mut courses = Vec::with_capacity(laid.len());
    for part in parts {
        courses.extend(part?);
    }
    Ok(courses)
}

/// Heights of the nodes at which bridges and tunnels end; unknown elsewhere.
fn bridge_heads(
    sampler: &Sampler<'_>,
    laid: &[Laid<'_>],
    nodes: &[Position],
    on_ground: &[bool],
) -> Vec<Option<f64>> {
    let mut heights = vec![None; nodes.len()];
    // For each node in the air the ends of its spans: (node, other end, metres).
    let mut spans: Vec<(u32, u32, f64)> = Vec::new();
    for edge in laid.iter().filter(|edge| edge.lifted) {
        let metres = length(edge.line).max(0.1);
        let (from, to) = edge.ends;
        for (node, other) in [(from, to), (to, from)] {
            if on_ground[node as usize] {
                let (lon, lat) = nodes[node as usize].degrees();
                heights[node as usize] = sampler.at(lon, lat);
            } else if other != node {
                spans.push((node, other, metres));
            }
        }
    }
    spans.sort_unstable_by_key(|(node, other, _)| (*node, *other));
    settle(&spans, &mut heights);
    heights
}

/// Gives each node in the air the mean of its neighbours, weighed by nearness, again and again until nothing moves.
fn settle(spans: &[(u32, u32, f64)], heights: &mut [Option<f64>]) {
    let groups: Vec<&[(u32, u32, f64)]> = spans.chunk_by(|a, b| a.0 == b.0).collect();
    for _ in 0..MOST_SWEEPS {
        let mut moved = 0.0_f64;
        for group in &groups {
            let (mut sum, mut weight) = (0.0, 0.0);
            for (_, other, metres) in *group {
                if let Some(height) = heights[*other as usize] {
                    sum += height / metres;
                    weight += 1.0 / metres;
                }
            }
            if weight > 0.0 {
                let height = &mut heights[group[0].0 as usize];
                moved = moved.max(height.map_or(f64::INFINITY, |old| (old - sum / weight).abs()));
                *height = Some(sum / weight);
            }
        }
        if moved < SETTLED_M {
            return;
        }
    }
}

/// Heights at even distances along a line, both ends included.
fn draped(elevation: &Elevation, sampler: &Sampler<'_>, line: &[Position]) -> Vec<Option<f64>> {
    let metres = length(line);
    let cell = elevation.cell_m(line.first().map_or(0.0, |at| at.degrees().1)).max(0.1);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a number of cells
    let pieces = (metres / cell).round().clamp(1.0, 1e6) as u32;
    let step = metres / f64::from(pieces);
    let mut steps = line.windows(2);
    let (mut pair, mut before) = (steps.next().unwrap_or(&[]), 0.0);
    let station = |number: u32| {
        let target = step * f64::from(number);
        while let [a, b] = *pair {
            let own = metres_between(a, b);
            let is_last = number == pieces && steps.len() == 0;
            if target <= before + own || is_last {
                let share = if own > 0.0 { ((target - before) / own).clamp(0.0, 1.0) } else { 0.0 };
                let ((lon, lat), (to_lon, to_lat)) = (a.degrees(), b.degrees());
                return sampler.at(lon + share * (to_lon - lon), lat + share * (to_lat - lat));
            }
            let Some(next) = steps.next() else { break };
            before += own;
            pair = next;
        }
        let (lon, lat) = line.last()?.degrees();
        sampler.at(lon, lat)
    };
    (0..=pieces).map(station).collect()
}

fn between(edge: &Laid<'_>, heights: &[Option<f64>]) -> Vec<Option<f64>> {
    vec![heights[edge.ends.0 as usize], heights[edge.ends.1 as usize]]
}

/// What heights at even distances do to the times along a line.
#[allow(clippy::cast_precision_loss)] // numbers of stations
fn course(mode: Mode, line: &[Position], stations: &[Option<f64>]) -> Course {
    let metres = length(line);
    let pieces = stations.len() - 1;
    let step = metres / pieces as f64;
    let mut unknown_m = 0.0;
    // Sums of slowness up to each station, in both directions.
    let mut sums = vec![[0.0_f64; 2]];
    for pair in stations.windows(2) {
        let slope = match (pair[0], pair[1]) {
            (Some(a), Some(b)) if step > 0.0 => (b - a) / step,
            (Some(_), Some(_)) => 0.0,
            _ => {
                unknown_m += step;
                0.0
            }
        };
        let [along, against] = sums[sums.len() - 1];
        sums.push([along + slowness(mode, slope), against + slowness(mode, -slope)]);
    }
    let total = sums[pieces];
    let mut before = 0.0;
    let mut elapsed = Vec::with_capacity(line.len());
    for (row, point) in line.iter().enumerate() {
        if row > 0 {
            before += metres_between(line[row - 1], *point);
        }
        elapsed.push(share_at(&sums, if step > 0.0 { before / step } else { 0.0 }));
    }
    if let Some(last) = elapsed.last_mut() {
        *last = [1.0; 2];
    }
    Course { slowness: total.map(|sum| sum / pieces as f64), elapsed, unknown_m }
}

/// Shares of the last sums at so many stations from the first.
// Places lie between 0 and the number of stations.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
fn share_at(sums: &[[f64; 2]], place: f64) -> [f32; 2] {
    let last = sums.len() - 1;
    let row = (place.max(0.0) as usize).min(last - 1);
    let part = (place - row as f64).clamp(0.0, 1.0);
    [0, 1].map(|side| {
        let (a, b) = (sums[row][side], sums[row + 1][side]);
        ((a + part * (b - a)) / sums[last][side]) as f32
    })
}

/// Share of the street length whose heights are unknown, 0 to 1.
pub(super) fn unknown_share(courses: &[Course], edges: &[Edge]) -> f64 {
    let unknown: f64 = courses.iter().map(|course| course.unknown_m).sum();
    let all: f64 = edges.iter().map(|edge| f64::from(edge.length_m)).sum();
    if all > 0.0 { (unknown / all).clamp(0.0, 1.0) } else { 0.0 }
}
