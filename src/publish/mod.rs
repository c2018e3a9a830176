//! Files for others: layers of a baseline, its manifest, and the safe replacement of what was there before.

mod actors;
pub mod classes;
mod layers;
mod manifest;
mod protect;
pub mod qgis;
mod replace;
pub mod report;
mod ro_crate;

pub use actors::actors_layers;
pub use layers::{
    LayerError, area_layer, clipped_layer, indicators_layer, stations_layer, unit_cells,
    units_layer,
};
pub use manifest::{Input, MANIFEST, Manifest, OutputFile, QualityNote, StepRecord, listed};
pub use protect::{Sum, Withheld, most_small, protect};
pub use replace::{Pending, replace_file, replace_folder};
pub use ro_crate::ro_crate;
