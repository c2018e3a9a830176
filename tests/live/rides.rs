//! A timetable of a live provider lands where `scale map` takes it from.

use polars::prelude::{ParquetReader, SerReader};
use predicates::str::contains;

use crate::common::scale;
use crate::feed;
use crate::place::Place;
use crate::server::{Server, ok};
use crate::streets;

#[test]
fn a_timetable_brought_from_its_provider_is_ridden_in_the_baseline() {
    let bytes = feed::bus([(59.3575, 18.105), (59.3575, 18.145)], 20, 5);
    let server = Server::start(move |_| ok(bytes.clone()));
    let place = Place::new("");
    let file = place.path("streets.osm");
    std::fs::write(&file, streets::grid(18.06, 59.33, (18, 11))).unwrap();
    place.write(&format!(
        "[steps.sl]\nkind = \"ingest\"\nfrom = {{ provider = \"gtfs\", url = \"{}/sl.zip\" }}\n\
         schema = {{ theme = \"travel\", publisher = \"Samtrafiken\", licence = \"CC0-1.0\" }}\n",
        server.address
    ));
    place.ingest(&[]).success().stdout(contains("sl: 13 rows, years 2026"));
    let mut ingest = scale();
    ingest.args(["ingest", "--id", "streets", "--theme", "geography", "--geography", "streets"]);
    ingest.args([
        "--year",
        "2026",
        "--publisher",
        "OpenStreetMap contributors",
        "--licence",
        "ODbL-1.0",
    ]);
    ingest.arg("--into").arg(place.path("data")).arg("--file").arg(file).assert().success();
    let area = "norra-djurgardsstaden";
    let mut map = scale();
    map.arg("--data").arg(place.path("data")).args(["map", "--area", area, "--out"]);
    map.arg(place.path("out")).assert().success();
    let out = place.path(&format!("out/{area}/{area}_indicators.parquet"));
    let frame = ParquetReader::new(std::fs::File::open(out).unwrap()).finish().unwrap();
    let text = |name: &str| frame.column(name).unwrap().str().unwrap().clone();
    let (names, sources) = (text("indicator"), text("source"));
    let found = (0..frame.height())
        .find(|&row| names.get(row) == Some("access_transit_nearest_pharmacy_min"))
        .and_then(|row| sources.get(row));
    assert_eq!(found, Some("© OpenStreetMap contributors, ODbL-1.0; timetables: Samtrafiken"));
}
