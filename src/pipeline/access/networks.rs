//! The networks of a request: taken from the cache where they are kept, else built from the extract and kept.

use std::cell::OnceCell;

use super::{Clock, Request, bounds, reach_m};
use crate::formats::{self, osm};
use crate::model::Elevation;
use crate::model::osm::{Extract, Position};
use crate::network::streets::{
    Blocks, Conditions, Mode, Passages, StreetNetwork, bounds as bounds_of, build_under,
};
use crate::pipeline::PipelineError;
use crate::pipeline::cache::Key;

/// Streets that are read when they are first needed; where all networks are kept, never.
pub(super) struct Networks<'a> {
    request: &'a Request<'a>,
    within: Option<[Position; 2]>,
    extract: OnceCell<Extract<Passages, Blocks>>,
    terrain: OnceCell<Option<Elevation>>,
}

impl<'a> Networks<'a> {
    /// # Errors
    /// [`PipelineError::Request`] where the area and its surroundings are more than the globe; [`PipelineError::Crs`].
    pub(super) fn new(request: &'a Request<'a>) -> Result<Self, PipelineError> {
        let reach = || reach_m(request.modes, request.limits, request.measures);
        let within = match request.within {
            // A ride may lead anywhere: then all streets are read.
            Some(within) if request.transit.is_none() => Some(bounds(within, reach())?),
            _ => None,
        };
        let (extract, terrain) = (OnceCell::new(), OnceCell::new());
        Ok(Self { request, within, extract, terrain })
    }

    /// The network of a mode, and a warning where it could not be kept.
    ///
    /// # Errors
    /// Those of reading the streets and the terrain; [`PipelineError::Network`].
    pub(super) fn of(&self, mode: Mode) -> Result<(StreetNetwork, Option<String>), PipelineError> {
        let Some(cache) = self.request.cache else { return Ok((self.build(mode)?, None)) };
        let mut clock = Clock::start();
        let key = self.key(mode)?;
        clock.lap("hash what the network is made of");
        let kept = cache.load(&key).and_then(|bytes| StreetNetwork::from_bytes(&bytes));
        if let Some(network) = kept {
            clock.lap(&format!("load the network ({})", mode.id()));
            return Ok((network, None));
        }
        let network = self.build(mode)?;
        let mut clock = Clock::start();
        let stored = cache.store(&key, &network.to_bytes());
        clock.lap("keep the network");
        let warning = stored.err().map(|error| format!("the network is not kept: {error}"));
        Ok((network, warning))
    }

    fn build(&self, mode: Mode) -> Result<StreetNetwork, PipelineError> {
        let max_stress = self.request.max_stress;
        let conditions = Conditions { terrain: self.terrain()?, max_stress };
        let extract = self.extract()?;
        let mut clock = Clock::start();
        let network = build_under(extract, mode, conditions)?;
        clock.lap(&format!("build the network ({})", mode.id()));
        Ok(network)
    }

    /// All that decides a network. Terrain counts by the heights that were read: beside its file lie others that change
    /// what GDAL makes of it.
    fn key(&self, mode: Mode) -> Result<Key, PipelineError> {
        let Request { streets, profiles, max_stress, .. } = self.request;
        let mut key = Key::new("streets").with_file("extract", streets)?;
        for (name, source) in SOURCES {
            key = key.with(name, source);
        }
        let ending = streets.extension().unwrap_or_default().to_string_lossy();
        let settings =
            format!("{ending} {} {:?} {max_stress:?} {profiles:?}", mode.id(), self.within);
        key = key.with("settings", settings.as_bytes());
        Ok(match self.terrain()? {
            Some(terrain) => key.with("terrain", &terrain.to_bytes()),
            None => key,
        })
    }

    fn extract(&self) -> Result<&Extract<Passages, Blocks>, PipelineError> {
        if let Some(extract) = self.extract.get() {
            return Ok(extract);
        }
        let profiles = self.request.profiles;
        let sift = osm::Sift {
            way: &|tags| profiles.passages(tags),
            node: &|tags| profiles.blocks(tags),
            within: self.within,
            multipolygons: osm::Multipolygons::Leave,
        };
        let mut clock = Clock::start();
        let extract = osm::read(self.request.streets, &sift)?;
        clock.lap("read the streets");
        Ok(self.extract.get_or_init(|| extract))
    }

    fn terrain(&self) -> Result<Option<&Elevation>, PipelineError> {
        if let Some(terrain) = self.terrain.get() {
            return Ok(terrain.as_ref());
        }
        let Some(file) = self.request.terrain else { return Ok(None) };
        let terrain = match bounds_of(&self.extract()?.positions) {
            Some(bounds) => Some(formats::elevation::read(file, bounds)?),
            None => None,
        };
        Ok(self.terrain.get_or_init(|| terrain).as_ref())
    }
}

/// The code that makes a network out of an extract, and the versions of all that it rests on: a network that other code
/// made is another one. A test compares the list with the folders.
macro_rules! sources {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_bytes!(concat!("../../../", $name)).as_slice())),*]
    };
}

const SOURCES: [(&str, &[u8]); 29] = sources![
    "Cargo.lock",
    "Cargo.toml",
    "src/formats/elevation.rs",
    "src/formats/osm/json.rs",
    "src/formats/osm/mod.rs",
    "src/formats/osm/pbf.rs",
    "src/formats/osm/restriction.rs",
    "src/formats/osm/xml.rs",
    "src/model/crs.rs",
    "src/model/elevation.rs",
    "src/model/hilbert.rs",
    "src/model/osm.rs",
    "src/model/words.rs",
    "src/network/streets/border.rs",
    "src/network/streets/build.rs",
    "src/network/streets/components.rs",
    "src/network/streets/fold.rs",
    "src/network/streets/graph.rs",
    "src/network/streets/overlay.rs",
    "src/network/streets/plane.rs",
    "src/network/streets/profile.rs",
    "src/network/streets/rules.rs",
    "src/network/streets/saved.rs",
    "src/network/streets/slope.rs",
    "src/network/streets/street_profiles.toml",
    "src/network/streets/stress.rs",
    "src/network/streets/terrain.rs",
    "src/network/streets/turns.rs",
    "src/pipeline/access/networks.rs",
];

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::path::Path;

    use super::*;

    /// What only searches a network, and does not make it.
    const SEARCHES: [&str; 6] =
        ["contract.rs", "mod.rs", "nearest.rs", "reach.rs", "search.rs", "snap.rs"];

    #[test]
    fn all_code_that_makes_a_network_is_part_of_its_key() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for folder in ["src/network/streets", "src/formats/osm"] {
            for entry in std::fs::read_dir(root.join(folder)).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                let searches = folder.ends_with("streets") && SEARCHES.contains(&name.as_str());
                if name.starts_with("tests") || searches {
                    continue;
                }
                let path = format!("{folder}/{name}");
                assert!(SOURCES.iter().any(|(listed, _)| *listed == path), "{path} is missing");
            }
        }
    }
}
