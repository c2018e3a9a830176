//! A plan dealt out to several machines: parts that rest on nothing of each other, with about as much work for each.
//!
//! What a part costs is only guessed: results do not depend on who makes them, so that a bad guess costs time alone.

use std::collections::BTreeMap;

use geo::Area;
use rayon::prelude::*;

use super::{Plan, Task};
use crate::pipeline::block::area_of;
use crate::pipeline::site::Site;
use crate::pipeline::steps::Split;

/// What one machine makes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Share {
    /// Places of the tasks in the plan, in its order; what these rest on beside each other, each machine makes itself.
    pub tasks: Vec<usize>,
    /// Of the work of all shares, as far as it can be told before.
    pub cost: f64,
}

/// Where a task is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Whole and on nothing that is dealt out: wherever it is needed.
    Anywhere,
    /// With the others of its group, which rest on each other.
    Group(usize),
    /// On several groups: when these are put together.
    Afterwards,
}

impl Plan {
    /// Deals the parts of the plan out to so many shares, the dearest first, each to the share that has least.
    ///
    /// Steps that are not split, and those that rest on parts of several groups, are in none: `scale merge` makes them.
    #[must_use]
    pub fn shares(&self, count: usize) -> Vec<Share> {
        let costs = costs(self);
        let mut groups: BTreeMap<usize, Share> = BTreeMap::new();
        for (at, place) in places(self).into_iter().enumerate() {
            let Place::Group(group) = place else { continue };
            let group = groups.entry(group).or_default();
            group.tasks.push(at);
            group.cost += costs[at];
        }
        let all: f64 = groups.values().map(|group| group.cost).sum();
        let mut dearest: Vec<Share> = groups.into_values().collect();
        // A stable sort: what costs alike keeps the order of the plan.
        dearest.sort_by(|a, b| b.cost.total_cmp(&a.cost));
        let mut shares = vec![Share::default(); count];
        for group in dearest {
            let least = shares.iter_mut().min_by(|a, b| a.cost.total_cmp(&b.cost));
            let Some(share) = least else { break };
            share.tasks.extend(group.tasks);
            share.cost += group.cost / all;
        }
        for share in &mut shares {
            share.tasks.sort_unstable();
        }
        shares
    }
}

/// Where each task is made, in the order of the plan.
fn places(plan: &Plan) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::with_capacity(plan.tasks.len());
    let mut areas: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, task) in plan.tasks.iter().enumerate() {
        let mut on: Vec<usize> = Vec::new();
        let mut place = Place::Anywhere;
        for &need in &task.needs {
            match places[need] {
                Place::Anywhere => {}
                Place::Afterwards => place = Place::Afterwards,
                Place::Group(group) => on.push(group),
            }
        }
        on.sort_unstable();
        on.dedup();
        let dealt = !task.part.is_empty() && !plan.is_published(task);
        if place != Place::Afterwards {
            place = match on.as_slice() {
                [] if !dealt => Place::Anywhere,
                // Tasks of one area stay together: others may rest on several of them.
                [] if is_area(plan, task) => {
                    Place::Group(*areas.entry(task.part.as_str()).or_insert(at))
                }
                [] => Place::Group(at),
                [group] if dealt => Place::Group(*group),
                _ => Place::Afterwards,
            };
        }
        places.push(place);
    }
    places
}

fn is_area(plan: &Plan, task: &Task) -> bool {
    plan.split_of(task) == Split::Areas
}

/// What each task is taken to cost: the bytes that its step reads, by its share of the surface or of the blocks.
#[allow(clippy::cast_precision_loss)] // bytes of files and numbers of blocks
fn costs(plan: &Plan) -> Vec<f64> {
    let surfaces = surfaces(&plan.site);
    let all: f64 = surfaces.values().sum();
    let of_area = |part: &str| surfaces.get(area_of(part)).map_or(1.0, |own| own / all);
    let bytes: Vec<f64> = (0..plan.steps.len()).map(|step| plan.bytes_read(step) as f64).collect();
    let cost = |task: &Task| {
        let share = match plan.split_of(task) {
            Split::Areas | Split::AsNeeds => of_area(&task.part),
            Split::Blocks(count) => 1.0 / count.max(1) as f64,
            Split::AreaBlocks(count) => of_area(&task.part) / count.max(1) as f64,
            Split::Whole => 1.0,
        };
        // Also a step that reads no file takes its time.
        (bytes[task.step] + 1e6) * share
    };
    plan.tasks.iter().map(cost).collect()
}

/// Square metres of each area. Where they cannot be told before the first step has run, all areas count alike.
fn surfaces(site: &Site) -> BTreeMap<String, f64> {
    let ids = site.ids();
    let alike = || ids.iter().map(|id| (id.clone(), 1.0)).collect();
    let Ok(ground) = site.ground(&[]) else { return alike() };
    let surface = |id: &String| {
        let area = ground.area(id).ok()?;
        Some((id.clone(), area.0.outline.unsigned_area()))
    };
    let found: Option<BTreeMap<String, f64>> = ids.par_iter().map(surface).collect();
    found.unwrap_or_else(alike)
}
