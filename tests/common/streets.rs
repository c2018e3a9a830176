//! Streets made for the occasion, as OpenStreetMap XML.

use std::fmt::Write as _;

/// Metres of 0.005 degrees eastward at 59.3575 north, and of 0.0025 degrees northward there, on WGS 84.
#[allow(dead_code)] // not every file of tests measures
pub const EAST_M: f64 = 284.392;
#[allow(dead_code)]
pub const NORTH_M: f64 = 278.503;

/// Streets in a grid of 21 by 21 junctions, 0.005 degrees apart eastward and 0.0025 northward, with a pharmacy at a
/// junction, by column and row.
pub fn grid(west: f64, south: f64, pharmacy: (i32, i32)) -> String {
    let mut text = "<osm>\n".to_owned();
    let at =
        |column: i32, row: i32| (west + 0.005 * f64::from(column), south + 0.0025 * f64::from(row));
    for (row, column) in (0..21).flat_map(|row| (0..21).map(move |column| (row, column))) {
        let ((lon, lat), id) = (at(column, row), 100 * row + column + 1);
        writeln!(text, r#"<node id="{id}" lon="{lon:.7}" lat="{lat:.7}"/>"#).unwrap();
    }
    let (lon, lat) = at(pharmacy.0, pharmacy.1);
    writeln!(
        text,
        r#"<node id="9001" lon="{lon:.7}" lat="{lat:.7}"><tag k="amenity" v="pharmacy"/></node>"#
    )
    .unwrap();
    for line in 0..21 {
        for (id, across, along) in [(line + 1, 100, 1), (line + 101, 1, 100)] {
            write!(text, r#"<way id="{id}"><tag k="highway" v="footway"/>"#).unwrap();
            for step in 0..21 {
                write!(text, r#"<nd ref="{}"/>"#, across * line + along * step + 1).unwrap();
            }
            text += "</way>\n";
        }
    }
    text + "</osm>\n"
}
