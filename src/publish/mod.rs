//! Files for others: layers of a baseline, its manifest, and the safe replacement of what was there before.

mod layers;
mod manifest;
mod replace;

pub use layers::{
    LayerError, area_layer, clipped_layer, indicators_layer, stations_layer, units_layer,
};
pub use manifest::{Input, Manifest, OutputFile, QualityNote};
pub use replace::{replace_file, replace_folder};
