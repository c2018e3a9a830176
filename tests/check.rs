//! Good files pass `scale check`; each way to break one is a finding with exit status 1.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use common::{scale, shared};
use polars::prelude::{Column, IntoSeries, KeyValueMetadata, ParquetWriter, Series, StructChunked};
use scale::formats::geoparquet;

/// A baseline of Skärholmen, four units, made once and copied into a folder of its own.
struct Baseline(tempfile::TempDir);

impl Baseline {
    fn new() -> Self {
        static MADE: OnceLock<tempfile::TempDir> = OnceLock::new();
        let made = MADE.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let arguments = ["map", "--area", "skarholmen", "--out"];
            scale().args(arguments).arg(folder.path()).assert().success();
            folder
        });
        let copy = tempfile::tempdir().unwrap();
        std::fs::create_dir(copy.path().join("skarholmen")).unwrap();
        for entry in std::fs::read_dir(made.path().join("skarholmen")).unwrap() {
            let entry = entry.unwrap();
            let target = copy.path().join("skarholmen").join(entry.file_name());
            std::fs::copy(entry.path(), target).unwrap();
        }
        Self(copy)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join("skarholmen").join(name)
    }

    fn check(&self, name: &str) -> assert_cmd::assert::Assert {
        scale().arg("check").arg(self.path(name)).assert()
    }

    /// Changes the GeoPackage by SQL that a foreign program would run, without the triggers of GDAL.
    fn sql(&self, statements: &str) {
        let file = self.path("skarholmen.gpkg");
        let triggers =
            "SELECT 'DROP TRIGGER \"' || name || '\";' FROM sqlite_master WHERE type = 'trigger'";
        let drops = String::from_utf8(sqlite(&file, triggers)).unwrap();
        sqlite(&file, &format!("{drops}\n{statements}"));
    }
}

fn sqlite(file: &Path, statements: &str) -> Vec<u8> {
    let output = Command::new("sqlite3").arg("-bail").arg(file).arg(statements).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Breaks a fresh GeoPackage by SQL and expects that finding among the others.
fn broken(statements: &str, finding: &str) {
    let baseline = Baseline::new();
    baseline.sql(statements);
    baseline.check("skarholmen.gpkg").code(1).stdout(contains(finding));
}

#[test]
fn a_good_baseline_has_no_findings_and_a_dropped_trigger_is_none() {
    let baseline = Baseline::new();
    baseline.check("").success().stdout(contains(" 0 findings")).stderr("");
    baseline.sql("");
    baseline.check("skarholmen.gpkg").success();
}

/// The publisher's own file, from another writer, with systems spelt in another way.
#[test]
fn a_geopackage_of_another_writer_passes() {
    let Some(file) = shared("stockholm/regso_2025_sweden.gpkg") else { return };
    scale().arg("check").arg(file).assert().success().stdout(contains("0 findings"));
}

#[test]
fn the_words_that_identify_a_geopackage_are_looked_at() {
    broken("PRAGMA application_id = 0", "application_id is \"\\x00\\x00\\x00\\x00\", not \"GPKG\"");
    broken("PRAGMA user_version = 7", "user_version is 7, which is no version of GeoPackage");
}

#[test]
fn a_missing_required_table_is_a_finding() {
    broken("DROP TABLE gpkg_extensions", "required table gpkg_extensions is missing");
    broken("DROP TABLE gpkg_geometry_columns", "required table gpkg_geometry_columns is missing");
    broken("DROP TABLE gpkg_spatial_ref_sys", "required table gpkg_spatial_ref_sys is missing");
    broken("DROP TABLE gpkg_contents", "required table gpkg_contents is missing");
}

#[test]
fn contents_that_are_not_there_are_a_finding() {
    broken(
        "INSERT INTO gpkg_contents (table_name, data_type) VALUES ('ghost', 'attributes')",
        "gpkg_contents lists \"ghost\", and there is no such table",
    );
    broken(
        "DELETE FROM gpkg_geometry_columns WHERE table_name = 'units'",
        "\"units\" has no row in gpkg_geometry_columns",
    );
    broken(
        "UPDATE gpkg_geometry_columns SET column_name = 'shape' WHERE table_name = 'units'",
        "names column \"shape\" of \"units\", which does not exist",
    );
}

#[test]
fn a_system_is_held_against_the_code_it_goes_by() {
    broken(
        "UPDATE gpkg_spatial_ref_sys SET definition = replace(definition, '\"central_meridian\",15', \
         '\"central_meridian\",18') WHERE srs_id = 3006",
        "system 3006 goes by EPSG:3006, and its definition is that of another",
    );
    broken(
        "UPDATE gpkg_spatial_ref_sys SET organization_coordsys_id = 999999 WHERE srs_id = 3006",
        "system 3006 goes by EPSG:999999, which is not known",
    );
    broken(
        "DELETE FROM gpkg_spatial_ref_sys WHERE srs_id = 4326",
        "required system 4326 is missing from gpkg_spatial_ref_sys",
    );
    broken(
        "PRAGMA foreign_keys = OFF; UPDATE gpkg_contents SET srs_id = 3011 WHERE table_name = 'units'",
        "gpkg_contents gives \"units\" system 3011, which is not listed",
    );
}

#[test]
fn geometry_is_held_against_what_is_declared_of_it() {
    broken(
        "UPDATE gpkg_geometry_columns SET geometry_type_name = 'POINT' WHERE table_name = 'units'",
        "layer \"units\": row 1 and 3 more: POLYGON where POINT is declared",
    );
    broken(
        "UPDATE gpkg_geometry_columns SET srs_id = 4326 WHERE table_name = 'units'",
        "layer \"units\": row 1 and 3 more: the geometry is of another system than declared",
    );
    broken(
        "UPDATE gpkg_contents SET max_x = min_x WHERE table_name = 'units'",
        "the geometry lies outside the extent in gpkg_contents",
    );
    broken("UPDATE units SET geom = x'00' WHERE fid = 2", "layer \"units\": row 2: not a geometry");
}

#[test]
fn a_declared_type_that_admits_the_rows_is_no_finding() {
    let baseline = Baseline::new();
    baseline.sql("UPDATE gpkg_geometry_columns SET geometry_type_name = 'GEOMETRY'");
    baseline.check("skarholmen.gpkg").success();
}

#[test]
fn an_index_is_held_against_its_geometry() {
    broken("DROP TABLE rtree_units_geom", "layer \"units\" has no spatial index");
    broken(
        "DELETE FROM gpkg_extensions WHERE table_name = 'units'",
        "the spatial index of \"units\" has no row in gpkg_extensions",
    );
    broken(
        "DELETE FROM rtree_units_geom WHERE id = 1",
        "the spatial index of \"units\" has 3 entries for 4 geometries",
    );
    broken(
        "UPDATE rtree_units_geom SET maxx = minx WHERE id = 3",
        "layer \"units\": row 3: the spatial index does not hold the geometry",
    );
}

#[test]
fn an_extension_of_nothing_is_a_finding() {
    let insert = "INSERT INTO gpkg_extensions (table_name, column_name, extension_name, definition, scope) VALUES";
    broken(
        &format!("{insert} ('ghost', NULL, 'x_y', 'z', 'read-write')"),
        "extension x_y names table \"ghost\", which does not exist",
    );
    broken(
        &format!("{insert} ('units', 'ghost', 'x_y', 'z', 'read-write')"),
        "extension x_y names column \"ghost\" of \"units\", which does not exist",
    );
}

#[test]
fn metadata_that_describe_nothing_or_are_not_registered_are_a_finding() {
    let of_units = "WHERE table_name = 'units'";
    broken(
        "DROP TABLE gpkg_metadata_reference",
        "table gpkg_metadata_reference of the metadata is missing",
    );
    broken(
        &format!("UPDATE gpkg_metadata_reference SET md_file_id = 99 {of_units}"),
        "metadata refer to document 99, which is not there",
    );
    broken(
        &format!("UPDATE gpkg_metadata_reference SET table_name = 'ghost' {of_units}"),
        "metadata describe \"ghost\", and there is no such table",
    );
    broken(
        "DELETE FROM gpkg_extensions WHERE table_name = 'gpkg_metadata'",
        "gpkg_metadata has no row in gpkg_extensions",
    );
    broken(
        "UPDATE gpkg_metadata SET metadata = '<a>' WHERE id = 1",
        "metadata document 1 is no XML: an element does not end",
    );
}

#[test]
fn styles_and_projects_that_do_not_open_are_a_finding() {
    broken(
        "UPDATE layer_styles SET f_table_name = 'ghost' WHERE f_table_name = 'area'",
        "is of \"ghost\", and there is no such table",
    );
    broken(
        "UPDATE layer_styles SET useAsDefault = 1",
        "layer \"units\" has more than one default style",
    );
    broken(
        "UPDATE layer_styles SET styleQML = '<qgis></gis>' WHERE f_table_name = 'area'",
        "of \"area\" is no XML",
    );
    broken(
        "UPDATE qgis_projects SET content = 'not hexadecimal'",
        "project \"skarholmen\" does not open: it is not written in hexadecimal digits",
    );
    broken("UPDATE qgis_projects SET content = '504b'", "project \"skarholmen\" does not open: ");
}

#[test]
fn an_invalid_polygon_in_a_geopackage_is_a_finding_with_its_row() {
    let baseline = Baseline::new();
    let bow_tie = wkb_polygon(&[
        [660_000.0, 6_575_000.0],
        [661_000.0, 6_576_000.0],
        [661_000.0, 6_575_000.0],
        [660_000.0, 6_576_000.0],
    ]);
    // The header of a geometry: magic, version, flags (little-endian, no envelope), system 3006.
    let blob = format!("47500001be0b0000{bow_tie}");
    baseline.sql(&format!("UPDATE units SET geom = x'{blob}' WHERE fid = 1"));
    baseline.check("skarholmen.gpkg").code(1).stdout(contains("row 1: the geometry is invalid"));
}

/// A ring, closed here, as little-endian WKB in hexadecimal digits.
fn wkb_polygon(corners: &[[f64; 2]]) -> String {
    let mut bytes = vec![1, 3, 0, 0, 0, 1, 0, 0, 0];
    bytes.extend(u32::try_from(corners.len() + 1).unwrap().to_le_bytes());
    for corner in corners.iter().chain(corners.first()) {
        bytes.extend(corner.iter().flat_map(|side| side.to_le_bytes()));
    }
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[test]
fn a_database_that_is_no_geopackage_is_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.gpkg");
    sqlite(&file, "CREATE TABLE t (x)");
    scale().arg("check").arg(&file).assert().code(1).stdout(contains("application_id"));
    std::fs::write(&file, "no database").unwrap();
    scale().arg("check").arg(&file).assert().code(1).stdout(contains("is not a GeoPackage"));
}

#[test]
fn a_manifest_is_held_against_the_files_beside_it() {
    let baseline = Baseline::new();
    let manifest = std::fs::read_to_string(baseline.path("manifest.json")).unwrap();
    for (is, was, finding) in [
        (
            "\"units\": 4",
            "\"units\": 5",
            "skarholmen.gpkg: \"units\" has 4 rows where 5 are listed",
        ),
        ("\"units\": 4", "\"unit\": 4", "skarholmen.gpkg: has no layer \"unit\", which is listed"),
        ("\"units\": 4", "\"unit\": 4", "skarholmen.gpkg: layer \"units\" is not listed"),
        ("skarholmen_units.parquet", "gone.parquet", "gone.parquet: no such file"),
    ] {
        assert!(manifest.contains(is), "{manifest}");
        std::fs::write(baseline.path("manifest.json"), manifest.replace(is, was)).unwrap();
        baseline.check("manifest.json").code(1).stdout(contains(finding));
    }
    std::fs::write(baseline.path("manifest.json"), "{}").unwrap();
    baseline.check("manifest.json").code(1).stdout(contains("is not a manifest"));
}

#[test]
fn the_rows_of_a_parquet_file_are_counted_too() {
    let baseline = Baseline::new();
    let manifest = std::fs::read_to_string(baseline.path("manifest.json")).unwrap();
    let (before, after) = manifest.split_once("skarholmen_units.parquet").unwrap();
    let changed = after.replacen("\"units\": 4", "\"units\": 3", 1);
    let manifest = [before, "skarholmen_units.parquet", &changed].concat();
    std::fs::write(baseline.path("manifest.json"), manifest).unwrap();
    let finding = "skarholmen_units.parquet: \"units\" has 4 rows where 3 are listed";
    baseline.check("manifest.json").code(1).stdout(contains(finding));
}

#[test]
fn a_file_that_the_manifest_does_not_list_is_a_note() {
    let baseline = Baseline::new();
    std::fs::write(baseline.path("mine.qgz"), "project").unwrap();
    baseline
        .check("")
        .success()
        .stdout(contains("0 findings"))
        .stderr(contains("note: ").and(contains("does not list mine.qgz")));
}

/// Patches the metadata of the units' GeoParquet file, length kept, and expects that finding.
fn patched(is: &str, becomes: &str, finding: &str) {
    assert_eq!(is.len(), becomes.len(), "the footer has lengths");
    let baseline = Baseline::new();
    let file = baseline.path("skarholmen_units.parquet");
    let mut bytes = std::fs::read(&file).unwrap();
    let at = bytes.windows(is.len()).rposition(|found| found == is.as_bytes());
    let at = at.unwrap_or_else(|| panic!("{is} is not in the file"));
    bytes[at..at + is.len()].copy_from_slice(becomes.as_bytes());
    std::fs::write(&file, bytes).unwrap();
    baseline.check("skarholmen_units.parquet").code(1).stdout(contains(finding));
}

#[test]
fn geo_metadata_are_held_against_the_schema() {
    patched(
        "\"version\":\"1.1.0\"",
        "\"version\":\"1.0.9\"",
        "geo version is \"1.0.9\", not 1.1.0",
    );
    patched(
        "\"primary_column\":\"geometry\"",
        "\"primary_column\":\"geometrx\"",
        "primary_column is \"geometrx\", which columns do not describe",
    );
    patched(
        "\"columns\":{\"geometry\":",
        "\"columns\":{\"geometrx\":",
        "geo describes a column \"geometrx\", which is not there",
    );
    patched("\"encoding\":\"WKB\"", "\"encoding\":\"WKX\"", "the geometry is not encoded as WKB");
    patched("\"xmin\":[\"bbox\"", "\"xmin\":[\"bbow\"", "there is no bounding-box column");
}

#[test]
fn geo_metadata_are_held_against_the_geometry() {
    let types = "\"geometry_types\":[\"Polygon\"]";
    let others = "\"geometry_types\":[\"Polygom\"]";
    patched(types, others, "row 1 and 3 more: Polygon is not among geometry_types");
    patched(types, others, "geometry_types lists Polygom, which no row is");
    patched(
        "\"bbox\":[6",
        "\"bbox\":[9",
        "row 1 and 3 more: the geometry lies outside the bbox of the file",
    );
}

#[test]
fn the_system_of_a_geoparquet_file_is_known_and_what_it_goes_by() {
    patched(
        "\"type\":\"ProjectedCRS\"",
        "\"type\":\"ProjectedXXX\"",
        "crs is no PROJJSON of a system that is known",
    );
    patched(
        "\"value\":500000",
        "\"value\":500001",
        "crs goes by EPSG:3006 and defines another system",
    );
}

/// Writes the units' GeoParquet file anew with other bounding boxes.
fn with_boxes(turn: impl Fn(&str, f64) -> f64) -> Baseline {
    let baseline = Baseline::new();
    let file = baseline.path("skarholmen_units.parquet");
    let parquet = geoparquet::open(&file, &std::fs::read(&file).unwrap()).unwrap();
    let (mut frame, geo) = (parquet.frame, parquet.geo.unwrap());
    let boxes = frame.column("bbox").unwrap().struct_().unwrap().clone();
    let side = |side: &Series| -> Series {
        let cells = side.f64().unwrap().iter().map(|cell| turn(side.name(), cell.unwrap()));
        cells.collect::<Series>().with_name(side.name().clone())
    };
    let sides: Vec<Series> = boxes.fields_as_series().iter().map(side).collect();
    let boxes = StructChunked::from_series("bbox".into(), frame.height(), sides.iter()).unwrap();
    frame.with_column(Column::from(boxes.into_series())).unwrap();
    let metadata = KeyValueMetadata::from_static(vec![("geo".to_owned(), geo.to_string())]);
    let out = std::fs::File::create(&file).unwrap();
    ParquetWriter::new(out).with_key_value_metadata(Some(metadata)).finish(&mut frame).unwrap();
    baseline
}

#[test]
fn bounding_boxes_are_held_against_the_geometry() {
    let name = "skarholmen_units.parquet";
    let narrow = with_boxes(|side, at| if side == "xmax" { at - 1.0 } else { at });
    let finding = "row 1 and 3 more: the bounding box does not hold the geometry";
    narrow.check(name).code(1).stdout(contains(finding));
    let wide = with_boxes(|side, at| if side == "xmax" { at + 10.0 } else { at });
    let finding = "row 1 and 3 more: the bounding box is wider than the geometry";
    wide.check(name).code(1).stdout(contains(finding));
}

#[test]
#[allow(clippy::cast_possible_truncation)]
fn a_box_rounded_outwards_to_single_precision_is_no_finding() {
    let outwards = |side: &str, at: f64| {
        let rounded = at as f32;
        let wider = if side.ends_with("min") { rounded.next_down() } else { rounded.next_up() };
        f64::from(if f64::from(rounded).total_cmp(&at).is_eq() { rounded } else { wider })
    };
    with_boxes(outwards).check("skarholmen_units.parquet").success();
}
