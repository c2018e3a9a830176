//! Bicycle level of traffic stress: how much traffic a rider is exposed to, 1 (fit for children) to 4.
//!
//! Source: Mekuria, Furth & Nixon (2012), "Low-Stress Bicycling and Network Connectivity", tables 3 (cycle lanes not
//! beside parking) and 4 (mixed traffic); Furth (2017), criteria version 2.0, which adds traffic volumes. These are not
//! in `OpenStreetMap`, so that the tables of 2012 are used, which do without. Miles an hour are read as the limits in
//! use where kilometres are: 25, 30 and 35 as 40, 50 and 60 km/h.
//!
//! ```text
//! separate path, cycle track       1
//! mixed traffic                    to 40 km/h   to 50 km/h   faster
//!   2 to 3 lanes, quiet class          1            2           4
//!   2 to 3 lanes, other                2            3           4
//!   4 to 5 lanes                       3            4           4
//!   6 lanes and more                   4            4           4
//! cycle lane, the worst of         speed: to 50 km/h 1, to 60 km/h 3, faster 4
//!                                  lanes a direction: 1 → 1, 2 → 2 one way and 3 both ways, more → 3
//!                                  width of the lane: from 1.8 m 1, less 2
//! ```
//!
//! Lanes are those of both directions; a one-way street counts twice its own. What is not tagged is taken from the
//! table of classes; a cycle lane without a width is narrow. A two-way street has what its poorer side has.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::profile::{has, signed_kmh};
use crate::model::osm::Tags;

/// From so many metres on a cycle lane is wide: 6 feet.
const WIDE_M: f32 = 1.8;

/// What is taken of streets that do not say it themselves.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StressTable {
    /// Classes without motor traffic.
    pub paths: Vec<String>,
    pub classes: BTreeMap<String, StressClass>,
    /// For classes that are in neither.
    pub other: StressClass,
}

/// Ordinary traffic of a class.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StressClass {
    pub kmh: f32,
    /// Lanes of both directions.
    pub lanes: u8,
    /// Residential, or without a centre line.
    #[serde(default)]
    pub quiet: bool,
}

/// What decided the level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reason {
    #[default]
    SeparatePath,
    CycleTrack,
    LaneSpeed,
    LaneLanes,
    LaneWidth,
    MixedSpeed,
    MixedLanes,
}

/// What was not tagged and taken from the class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Assumed {
    pub speed: bool,
    pub lanes: bool,
    pub width: bool,
}

/// Level of traffic stress, 1 to 4, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stress {
    pub level: u8,
    pub reason: Reason,
    pub assumed: Assumed,
}

impl Default for Stress {
    fn default() -> Self {
        Self { level: 1, reason: Reason::default(), assumed: Assumed::default() }
    }
}

impl Reason {
    /// The word used in files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::SeparatePath => "separate_path",
            Self::CycleTrack => "cycle_track",
            Self::LaneSpeed => "lane_speed",
            Self::LaneLanes => "lane_lanes",
            Self::LaneWidth => "lane_width",
            Self::MixedSpeed => "mixed_speed",
            Self::MixedLanes => "mixed_lanes",
        }
    }
}

impl Stress {
    /// The reason, and what was assumed: `mixed_speed; assumed speed, lanes`.
    #[must_use]
    pub fn words(self) -> String {
        let Assumed { speed, lanes, width } = self.assumed;
        let names = [("speed", speed), ("lanes", lanes), ("width", width)];
        let names: Vec<&str> =
            names.iter().filter(|(_, yes)| *yes).map(|(name, _)| *name).collect();
        let reason = self.reason.id();
        if names.is_empty() {
            reason.to_owned()
        } else {
            format!("{reason}; assumed {}", names.join(", "))
        }
    }
}

/// What a street offers riders, the better the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Offer {
    Mixed,
    Lane,
    Track,
}

impl StressTable {
    /// The stress of riding on a way with these tags.
    #[must_use]
    pub fn stress(&self, tags: Tags<'_>) -> Stress {
        let highway = tags.get("highway").unwrap_or_default();
        if has(&self.paths, highway) {
            return Stress::default();
        }
        let one_way = is_one_way(tags);
        let (kmh, lanes) = (signed_kmh(tags), lanes(tags, one_way));
        let mut class = *self.classes.get(highway).unwrap_or(&self.other);
        class.quiet |= tags.is("bicycle_road", "yes") || tags.is("cyclestreet", "yes");
        let assumed = Assumed { speed: kmh.is_none(), lanes: lanes.is_none(), width: false };
        let (kmh, lanes) = (kmh.unwrap_or(class.kmh), lanes.unwrap_or(class.lanes));
        match offer(tags, one_way) {
            Offer::Track => Stress { reason: Reason::CycleTrack, ..Stress::default() },
            Offer::Lane => lane(kmh, lanes, one_way, lane_width(tags), assumed),
            Offer::Mixed => mixed(kmh, lanes, class.quiet, assumed),
        }
    }
}

fn mixed(kmh: f32, lanes: u8, quiet: bool, assumed: Assumed) -> Stress {
    let on = |lanes: u8| match (lanes, quiet) {
        (0..=3, true) => [1, 2, 4],
        (0..=3, false) => [2, 3, 4],
        (4..=5, _) => [3, 4, 4],
        _ => [4, 4, 4],
    };
    let column = usize::from(kmh > 40.0) + usize::from(kmh > 50.0);
    let level = on(lanes)[column];
    let narrow = on(2)[column];
    let reason = if level > narrow { Reason::MixedLanes } else { Reason::MixedSpeed };
    Stress { level, reason, assumed }
}

fn lane(kmh: f32, lanes: u8, one_way: bool, width: Option<f32>, assumed: Assumed) -> Stress {
    let by_speed = match kmh {
        kmh if kmh <= 50.0 => 1,
        kmh if kmh <= 60.0 => 3,
        _ => 4,
    };
    let by_lanes = match lanes.div_ceil(2) {
        0 | 1 => 1,
        2 if one_way => 2,
        _ => 3,
    };
    let by_width = if width.is_some_and(|width| width >= WIDE_M) { 1 } else { 2 };
    let level = by_speed.max(by_lanes).max(by_width);
    let reason = match level {
        level if level == by_speed => Reason::LaneSpeed,
        level if level == by_lanes => Reason::LaneLanes,
        _ => Reason::LaneWidth,
    };
    Stress { level, reason, assumed: Assumed { width: width.is_none(), ..assumed } }
}

/// The better of the two sides where traffic runs one way, else the poorer. A lane only for riders against a one-way
/// street leaves those along it in the traffic.
fn offer(tags: Tags<'_>, one_way: bool) -> Offer {
    let of = |key: &str| match tags.get(key) {
        Some("track" | "separated") => Offer::Track,
        Some("lane") => Offer::Lane,
        _ => Offer::Mixed,
    };
    let both = of("cycleway").max(of("cycleway:both"));
    let (left, right) = (both.max(of("cycleway:left")), both.max(of("cycleway:right")));
    if one_way { left.max(right) } else { left.min(right) }
}

fn is_one_way(tags: Tags<'_>) -> bool {
    let tagged = matches!(tags.get("oneway"), Some("yes" | "1" | "true" | "-1" | "reverse"));
    tagged || matches!(tags.get("junction"), Some("roundabout" | "circular"))
}

/// Lanes of both directions; a one-way street counts as half of one.
fn lanes(tags: Tags<'_>, one_way: bool) -> Option<u8> {
    let lanes = tags.get("lanes")?.trim().parse::<u8>().ok().filter(|lanes| *lanes > 0)?;
    Some(if one_way { lanes.saturating_mul(2) } else { lanes })
}

/// Width in metres of the narrowest cycle lane that is tagged with one.
fn lane_width(tags: Tags<'_>) -> Option<f32> {
    let keys = ["", ":both", ":left", ":right"].map(|side| format!("cycleway{side}:width"));
    let metres = |key: &String| {
        let text = tags.get(key)?;
        text.strip_suffix('m').unwrap_or(text).trim().parse::<f32>().ok()
    };
    keys.iter().filter_map(metres).filter(|metres| *metres > 0.0).reduce(f32::min)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::network::streets::Profiles;

    fn on(tags: &[(&str, &str)]) -> (u8, String) {
        let stress = Profiles::built_in().unwrap().stress.stress(Tags(tags));
        (stress.level, stress.words())
    }

    fn told(level: u8, words: &str) -> (u8, String) {
        (level, words.to_owned())
    }

    #[test]
    fn away_from_cars_there_is_no_stress() {
        assert_eq!(on(&[("highway", "cycleway")]), told(1, "separate_path"));
        let track = [("highway", "primary"), ("maxspeed", "70"), ("cycleway", "track")];
        assert_eq!(on(&track), told(1, "cycle_track"));
    }

    /// Table 4 of Mekuria, Furth & Nixon (2012), row by row.
    #[test]
    fn mixed_traffic_is_judged_by_speed_and_lanes() {
        let level =
            |class, kmh, lanes| on(&[("highway", class), ("maxspeed", kmh), ("lanes", lanes)]).0;
        let row = |class, lanes| ["40", "50", "60"].map(|kmh| level(class, kmh, lanes));
        assert_eq!(row("residential", "2"), [1, 2, 4]);
        assert_eq!(row("secondary", "2"), [2, 3, 4]);
        assert_eq!(row("secondary", "4"), [3, 4, 4]);
        assert_eq!(row("secondary", "6"), [4, 4, 4]);
        let wide = [("highway", "secondary"), ("maxspeed", "40"), ("lanes", "4")];
        assert_eq!(on(&wide), told(3, "mixed_lanes"));
        let one_way =
            [("highway", "secondary"), ("maxspeed", "40"), ("lanes", "2"), ("oneway", "yes")];
        assert_eq!(on(&one_way), told(3, "mixed_lanes"));
    }

    /// Table 3 of Mekuria, Furth & Nixon (2012).
    #[test]
    fn a_cycle_lane_is_as_good_as_its_worst_trait() {
        let lane = |more: &[(&'static str, &'static str)]| {
            let mut tags = vec![("highway", "secondary"), ("cycleway", "lane")];
            tags.extend_from_slice(more);
            on(&tags)
        };
        let wide = ("cycleway:width", "2");
        let (slow, two) = (("maxspeed", "50"), ("lanes", "2"));
        assert_eq!(lane(&[slow, two, wide]), told(1, "lane_speed"));
        assert_eq!(lane(&[slow, two]), told(2, "lane_width; assumed width"));
        assert_eq!(lane(&[("maxspeed", "60"), two, wide]), told(3, "lane_speed"));
        assert_eq!(lane(&[("maxspeed", "70"), two, wide]), told(4, "lane_speed"));
        assert_eq!(lane(&[slow, ("lanes", "4"), wide]), told(3, "lane_lanes"));
        assert_eq!(lane(&[slow, two, ("oneway", "yes"), wide]), told(2, "lane_lanes"));
    }

    #[test]
    fn a_lane_on_one_side_of_a_two_way_street_leaves_the_other_in_the_traffic() {
        let side = [("highway", "tertiary"), ("maxspeed", "50"), ("cycleway:right", "lane")];
        assert_eq!(on(&side), told(3, "mixed_speed; assumed lanes"));
    }

    #[test]
    fn what_is_not_tagged_comes_from_the_class_and_the_reason_says_so() {
        let bare = [("highway", "residential")];
        assert_eq!(on(&bare), told(2, "mixed_speed; assumed speed, lanes"));
        assert_eq!(on(&[("highway", "living_street")]).0, 1);
        assert_eq!(on(&[("highway", "primary")]).0, 4);
        assert_eq!(on(&[("highway", "nothing_known"), ("maxspeed", "30")]).0, 2);
    }
}
