//! Minutes on foot between places, with the library: read streets, build the network, put points on it, search.
//!
//! ```sh
//! cargo run --release --example walk_times -- jarva.osm.pbf 17.9427,59.4030 17.9257,59.4101
//! ```

#![allow(clippy::print_stdout)]

use std::path::PathBuf;

use scale::formats::osm::{self, Multipolygons, Sift};
use scale::network::streets::{Direction, Mode, Profiles, Search, SnapIndex, Targets, build};
use scale::pipeline::PipelineError;

fn main() -> Result<(), PipelineError> {
    let mut arguments = std::env::args().skip(1);
    let streets = PathBuf::from(arguments.next().unwrap_or_default());
    let places: Vec<(f64, f64)> = arguments.filter_map(|text| place(&text)).collect();

    let profiles = Profiles::built_in()?;
    let sift = Sift {
        way: &|tags| profiles.passages(tags),
        node: &|tags| profiles.blocks(tags),
        within: None,
        multipolygons: Multipolygons::Leave,
    };
    let network = build(&osm::read(&streets, &sift)?, Mode::Walk)?;
    let index = SnapIndex::new(&network);
    let snaps: Vec<_> =
        places.iter().map(|&(lon, lat)| index.snap(lon, lat, 500.0, 5.0).ok()).collect();

    let targets = Targets::new(&network, &snaps, Direction::Outward);
    let mut search = Search::new(&network, &targets);
    for (from, snap) in snaps.iter().enumerate() {
        let Some(snap) = snap else {
            println!("{:?} is on no street", places[from]);
            continue;
        };
        search.run(&network, snap, &targets, 3_600_000, |to, milliseconds| {
            println!("{from} to {to}: {:.1} min", f64::from(milliseconds) / 60_000.0);
        });
    }
    Ok(())
}

fn place(text: &str) -> Option<(f64, f64)> {
    let (lon, lat) = text.split_once(',')?;
    Some((lon.parse().ok()?, lat.parse().ok()?))
}
