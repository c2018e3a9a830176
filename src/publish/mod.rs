//! Files for others: layers of a baseline, its manifest, and the safe replacement of what was there before.

mod actors;
mod layers;
mod manifest;
mod protect;
mod replace;
mod ro_crate;

pub use actors::actors_layers;
pub use layers::{
    LayerError, area_layer, clipped_layer, indicators_layer, stations_layer, units_layer,
};
pub use manifest::{Input, Manifest, OutputFile, QualityNote, StepRecord};
pub use protect::{Sum, Withheld, most_small, protect};
pub use replace::{Pending, replace_file, replace_folder};
pub use ro_crate::ro_crate;
