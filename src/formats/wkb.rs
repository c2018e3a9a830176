//! Well-known binary (OGC 06-103r4), two-dimensional: the only form geometry takes outside `geo` types.

use geo::Geometry;
use geo_traits::to_geo::ToGeoGeometry;
use wkb::writer::{WriteOptions, geometry_wkb_size, write_geometry};

/// Encodes a geometry, little-endian.
///
/// # Errors
/// The text of the encoder's error; none is known for the geometries of this program.
pub fn encode(geometry: &Geometry<f64>) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(geometry_wkb_size(geometry));
    write_geometry(&mut bytes, geometry, &WriteOptions::default())
        .map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// Decodes a geometry, dropping Z and M; `None` for an empty point.
///
/// # Errors
/// The text of the decoder's error for bytes that are not WKB.
pub fn decode(bytes: &[u8]) -> Result<Option<Geometry<f64>>, String> {
    let read = wkb::reader::read_wkb(bytes).map_err(|error| error.to_string())?;
    Ok(read.try_to_geometry())
}
