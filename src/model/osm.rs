//! What is kept of an OpenStreetMap extract: coordinates, and the ways and nodes that a reader asked for.

/// The tags of one element.
#[derive(Debug, Clone, Copy)]
pub struct Tags<'a>(pub &'a [(&'a str, &'a str)]);

impl<'a> Tags<'a> {
    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == key).map(|(_, value)| *value)
    }

    /// Whether a key has that value.
    #[must_use]
    pub fn is(&self, key: &str, value: &str) -> bool {
        self.get(key) == Some(value)
    }
}

/// A position in units of 1e-7 degrees, as OpenStreetMap stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    pub lon: i32,
    pub lat: i32,
}

/// Units a degree.
pub const PER_DEGREE: f64 = 1e7;

impl Position {
    /// From degrees; `None` outside the globe.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // 180e7 fits, and the range is checked
    pub fn from_degrees(lon: f64, lat: f64) -> Option<Self> {
        let on_globe = (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat);
        on_globe.then(|| Self {
            lon: (lon * PER_DEGREE).round() as i32,
            lat: (lat * PER_DEGREE).round() as i32,
        })
    }

    /// Longitude and latitude in degrees.
    #[must_use]
    pub fn degrees(self) -> (f64, f64) {
        (f64::from(self.lon) / PER_DEGREE, f64::from(self.lat) / PER_DEGREE)
    }
}

/// A way that was kept: what the reader made of its tags, and the nodes it runs through.
#[derive(Debug, Clone, PartialEq)]
pub struct Way<W> {
    pub id: i64,
    pub kept: W,
    pub refs: Vec<i64>,
}

/// A rule at a junction: from one way over a node to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TurnRestriction {
    pub from_way: i64,
    pub via_node: i64,
    pub to_way: i64,
    /// True for `only_…`, false for `no_…`.
    pub only: bool,
}

/// A rule over streets: from one way along others, end to end, to another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PathRestriction {
    pub from_way: i64,
    pub via_ways: Vec<i64>,
    pub to_way: i64,
    /// True for `only_…`, false for `no_…`.
    pub only: bool,
}

/// A multipolygon that was kept: what the reader made of its tags, and the ways that its outer rings are made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Multipolygon<W> {
    pub id: i64,
    pub kept: W,
    pub outer: Vec<i64>,
}

/// An extract, with nodes in the order of their ids.
#[derive(Debug, Clone)]
pub struct Extract<W, N> {
    /// Ids of all nodes, ascending and unique.
    pub node_ids: Vec<i64>,
    /// Position of each node.
    pub positions: Vec<Position>,
    /// Nodes whose tags were kept.
    pub tagged: Vec<(i64, N)>,
    pub ways: Vec<Way<W>>,
    pub restrictions: Vec<TurnRestriction>,
    pub path_restrictions: Vec<PathRestriction>,
    /// Multipolygons, where the reader asked for them, and the ways of their outer rings.
    pub multipolygons: Vec<Multipolygon<W>>,
    pub outlines: Vec<Way<()>>,
    /// South-western and north-eastern corner of what the extract was made for, where it says so: ways that cross them
    /// may be whole, all else ends there.
    pub bounds: Option<[Position; 2]>,
}

impl<W, N> Default for Extract<W, N> {
    fn default() -> Self {
        Self {
            node_ids: Vec::new(),
            positions: Vec::new(),
            tagged: Vec::new(),
            ways: Vec::new(),
            restrictions: Vec::new(),
            path_restrictions: Vec::new(),
            multipolygons: Vec::new(),
            outlines: Vec::new(),
            bounds: None,
        }
    }
}

impl<W, N> Extract<W, N> {
    /// Row of a node among the positions.
    #[must_use]
    pub fn row(&self, node: i64) -> Option<usize> {
        self.node_ids.binary_search(&node).ok()
    }

    /// The closed rings that the outer ways of a multipolygon make, end to end, in whichever direction each is drawn: the
    /// nodes of each ring.
    #[must_use]
    pub fn outer_rings(&self, area: &Multipolygon<W>) -> Vec<Vec<i64>> {
        let way = |id: &i64| {
            let row = self.outlines.binary_search_by_key(id, |way| way.id).ok()?;
            Some(self.outlines[row].refs.clone())
        };
        let mut left: Vec<Vec<i64>> =
            area.outer.iter().filter_map(way).filter(|refs| refs.len() > 1).collect();
        let mut rings = Vec::new();
        while let Some(mut ring) = left.pop() {
            while ring.first() != ring.last() {
                let end = ring.last().copied();
                let touches = |refs: &Vec<i64>| [refs.first(), refs.last()].contains(&end.as_ref());
                let Some(next) = left.iter().position(touches) else { break };
                let mut refs = left.remove(next);
                if refs.first().copied() != end {
                    refs.reverse();
                }
                ring.extend(refs.into_iter().skip(1));
            }
            if ring.first() == ring.last() && ring.len() > 3 {
                rings.push(ring);
            }
        }
        rings
    }

    /// Brings nodes and ways into the order of their ids and drops what comes twice (extracts that were merged).
    pub fn settle(&mut self) {
        if !self.node_ids.is_sorted_by(|a, b| a < b) {
            let mut nodes: Vec<(i64, Position)> =
                self.node_ids.iter().copied().zip(self.positions.iter().copied()).collect();
            nodes.sort_by_key(|(id, _)| *id);
            nodes.dedup_by_key(|(id, _)| *id);
            (self.node_ids, self.positions) = nodes.into_iter().unzip();
        }
        if !self.ways.is_sorted_by(|a, b| a.id < b.id) {
            self.ways.sort_by_key(|way| way.id);
            self.ways.dedup_by_key(|way| way.id);
        }
        self.multipolygons.sort_by_key(|area| area.id);
        self.multipolygons.dedup_by_key(|area| area.id);
        self.outlines.sort_by_key(|way| way.id);
        self.outlines.dedup_by_key(|way| way.id);
        self.tagged.sort_by_key(|(id, _)| *id);
        self.tagged.dedup_by_key(|(id, _)| *id);
        self.restrictions.sort_unstable();
        self.restrictions.dedup();
        self.path_restrictions.sort_unstable();
        self.path_restrictions.dedup();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_comes_twice_is_kept_once_and_found_by_id() {
        let at = |lon| Position { lon, lat: 0 };
        let mut extract: Extract<(), ()> = Extract {
            node_ids: vec![7, 3, 7],
            positions: vec![at(70), at(30), at(70)],
            ..Extract::default()
        };
        extract.settle();
        assert_eq!(extract.node_ids, vec![3, 7]);
        assert_eq!(extract.row(7).map(|row| extract.positions[row]), Some(at(70)));
        assert_eq!(extract.row(5), None);
    }

    #[test]
    fn a_position_outside_the_globe_is_none() {
        assert_eq!(Position::from_degrees(181.0, 0.0), None);
        assert_eq!(Position::from_degrees(f64::NAN, 0.0), None);
        assert!(Position::from_degrees(18.07, 59.33).is_some());
    }
}
