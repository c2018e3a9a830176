#[path = "../../src/formats/csv/mod.rs"]
pub mod csv;
#[path = "../../src/formats/cube.rs"]
mod cube;
#[path = "../../src/formats/error.rs"]
mod error;
#[path = "../../src/formats/gtfs/mod.rs"]
pub mod gtfs;
#[path = "../../src/formats/jsonstat/mod.rs"]
pub mod jsonstat;
#[path = "../../src/formats/kolada.rs"]
pub mod kolada;
#[path = "../../src/formats/osm/mod.rs"]
pub mod osm;
#[path = "../../src/formats/px/mod.rs"]
pub mod px;
#[path = "../../src/formats/pxweb.rs"]
pub mod pxweb;
#[path = "../../src/formats/raw.rs"]
mod raw;
#[path = "../../src/formats/scb_codes.rs"]
pub mod scb_codes;
#[path = "../../src/formats/text.rs"]
pub mod text;
#[path = "../../src/formats/xlsx.rs"]
pub mod xlsx;

use std::path::Path;

pub use error::{FormatError, Place};
pub use raw::{ColumnRole, RawColumn, RawTable};

/// The bytes of a file.
pub fn read(file: &Path) -> Result<Vec<u8>, FormatError> {
    std::fs::read(file).map_err(|source| FormatError::Read { file: file.to_owned(), source })
}
