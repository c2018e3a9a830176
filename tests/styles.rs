//! The GeoPackages of `clip`, `carry`, `expose` and `access` open styled, as those of `map` do.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

mod common;
#[allow(dead_code)] // these files are not read as JSON
#[path = "common/folder.rs"]
mod folder;

use std::process::Command;

use gdal::DriverManager;
use gdal::raster::Buffer;
use gdal::spatial_ref::SpatialRef;
use predicates::str::contains;

use folder::{Folder, squares};

/// Sources of a square kilometre from west to east: 100, unknown, 300.
fn sources(folder: &Folder) {
    let side = 1000.0;
    let square = |x: f64| [x, 0.0, side, side];
    squares(
        folder,
        "sources.geojson",
        &[("a", square(0.0)), ("b", square(side)), ("c", square(2.0 * side))],
    );
    folder.file("values.csv", "id,pop,rate\na,100,1.5\nb,,2.5\nc,300,3.5\n");
}

fn answer(folder: &Folder, file: &str, query: &str) -> String {
    let output = Command::new("sqlite3").arg(folder.path(file)).arg(query).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs twice, once into another file of the same name: the bytes are the same and the check finds nothing.
fn made(folder: &Folder, arguments: &[&str], file: &str) {
    folder.command(arguments).assert().success();
    let first = std::fs::read(folder.path(file)).unwrap();
    folder.command(arguments).assert().success();
    assert!(first == std::fs::read(folder.path(file)).unwrap(), "{file}: other bytes");
    folder.command(&["check", file]).assert().success().stdout(contains("0 findings"));
    let query = "SELECT count(*) FROM gpkg_contents WHERE table_name = 'layer_styles' AND data_type = 'attributes'";
    assert_eq!(answer(folder, file, query), "1\n", "{file}");
    let query = "SELECT count(*) FROM layer_styles WHERE useAsDefault";
    assert_eq!(answer(folder, file, query), "1\n", "{file}");
}

fn default_style(folder: &Folder, file: &str) -> String {
    answer(folder, file, "SELECT styleQML FROM layer_styles WHERE useAsDefault")
}

fn holds(style: &str, parts: &[&str]) {
    for part in parts {
        assert!(style.contains(part), "{part} in {style}");
    }
}

#[test]
fn what_was_carried_is_graduated_and_tells_what_is_missing_and_estimated() {
    let folder = Folder::new();
    sources(&folder);
    let targets = [
        ("whole", [0.0, 0.0, 1000.0, 1000.0]),
        ("unknown", [1000.0, 0.0, 1000.0, 1000.0]),
        ("half", [2000.0, 0.0, 500.0, 1000.0]),
        ("other half", [2500.0, 0.0, 500.0, 1000.0]),
    ];
    squares(&folder, "targets.geojson", &targets);
    let carry = [
        "carry",
        "sources.geojson",
        "--onto",
        "targets.geojson",
        "--values",
        "values.csv",
        "--key",
        "id",
        "--extensive",
        "pop",
        "--intensive",
        "rate",
        "--out",
        "carried.gpkg",
    ];
    made(&folder, &carry, "carried.gpkg");
    let style = default_style(&folder, "carried.gpkg");
    holds(
        &style,
        &[
            "label=\"100\" filter=\"&quot;pop&quot; &lt;= 100\"",
            "label=\"150\"",
            "label=\"no figure\" filter=\"&quot;pop&quot; IS NULL\"",
            "LinePatternFill",
            "label=\"estimated\" filter=\"&quot;pop&quot; IS NOT NULL AND coalesce(&quot;pop_status&quot;, &#x27;M&#x27;) IN (&#x27;E&#x27;)\"",
            "field=\"pop_status\" name=\"pop: status\"",
            "name=\"estimated\" value=\"E\"",
            "Source: sources.geojson",
        ],
    );
    let names = "SELECT styleName FROM layer_styles ORDER BY id";
    assert_eq!(answer(&folder, "carried.gpkg", names), "pop\nrate\n");
    let swedish = [&["--lang", "sv"], &carry[..]].concat();
    made(&folder, &swedish, "carried.gpkg");
    let style = default_style(&folder, "carried.gpkg");
    holds(
        &style,
        &["label=\"uppgift saknas\"", "label=\"uppskattat\"", "Källa: sources.geojson", "Täckning"],
    );
    let metadata = answer(&folder, "carried.gpkg", "SELECT metadata FROM gpkg_metadata");
    holds(&metadata, &["sources.geojson: ej angiven", "Överfört med metoden"]);
}

/// 40 of a square of which half is cut off are an estimate; so is its rate, which was said of the whole square.
#[test]
fn what_was_cut_marks_the_values_of_cut_features() {
    let folder = Folder::new();
    sources(&folder);
    folder.file("values.csv", "id,pop,rate\na,100,1.5\nb,80,2.5\nc,300,3.5\n");
    squares(&folder, "area.geojson", &[("here", [0.0, 0.0, 1500.0, 1000.0])]);
    let clip = [
        "clip",
        "sources.geojson",
        "--areas",
        "area.geojson",
        "--area",
        "here",
        "--values",
        "values.csv",
        "--key",
        "id",
        "--extensive",
        "pop",
        "--intensive",
        "rate",
        "--out",
        "cut.gpkg",
    ];
    made(&folder, &clip, "cut.gpkg");
    let style = default_style(&folder, "cut.gpkg");
    let cut = "label=\"estimated\" filter=\"&quot;pop&quot; IS NOT NULL AND coalesce(&quot;pop_status&quot;, &#x27;M&#x27;) IN (&#x27;E&#x27;)\"";
    holds(
        &style,
        &[
            cut,
            "label=\"100\"",
            "name=\"Share inside the area\"",
            "Source: sources.geojson; values.csv",
        ],
    );
    let rate =
        answer(&folder, "cut.gpkg", "SELECT styleQML FROM layer_styles WHERE styleName = 'rate'");
    holds(&rate, &["label=\"estimated\"", "coalesce(&quot;rate_status&quot;"]);
    // Where the input says how its counts came about, that is said anew of those that were cut.
    folder.file("values.csv", "id,pop,pop_status,rate\na,100,A,1.5\nb,80,A,2.5\nc,300,A,3.5\n");
    made(&folder, &clip, "cut.gpkg");
    let statuses = "SELECT group_concat(id || pop_status) FROM sources";
    assert_eq!(answer(&folder, "cut.gpkg", statuses), "aA,bE\n");
    // A layer without values has one symbol.
    let plain = [
        "clip",
        "sources.geojson",
        "--areas",
        "area.geojson",
        "--area",
        "here",
        "--out",
        "plain.gpkg",
    ];
    made(&folder, &plain, "plain.gpkg");
    assert_eq!(default_style(&folder, "plain.gpkg").matches("<rule ").count(), 1);
}

#[test]
fn what_was_exposed_is_a_map_a_statistic() {
    let folder = Folder::new();
    let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
    let mut dataset =
        driver.create_with_band_type::<f32, _>(folder.path("noise.tif"), 4, 4, 1).unwrap();
    dataset.set_geo_transform(&[674_000.0, 10.0, 0.0, 6_580_040.0, 0.0, -10.0]).unwrap();
    dataset.set_spatial_ref(&SpatialRef::from_epsg(3006).unwrap()).unwrap();
    let cells: Vec<f32> = (1_u8..=16).map(f32::from).collect();
    dataset.rasterband(1).unwrap().write((0, 0), (4, 4), &mut Buffer::new((4, 4), cells)).unwrap();
    dataset.close().unwrap();
    squares(
        &folder,
        "units.geojson",
        &[("a", [0.0, 0.0, 20.0, 20.0]), ("far", [900.0, 0.0, 9.0, 9.0])],
    );
    let expose = [
        "expose",
        "noise.tif",
        "--onto",
        "units.geojson",
        "--statistic",
        "mean,max",
        "--out",
        "noise.gpkg",
    ];
    made(&folder, &expose, "noise.gpkg");
    let names = "SELECT styleName FROM layer_styles ORDER BY id";
    assert_eq!(answer(&folder, "noise.gpkg", names), "noise mean\nnoise max\n");
    holds(
        &default_style(&folder, "noise.gpkg"),
        &["label=\"no figure\"", "label=\"estimated\"", "Source: noise.tif"],
    );
}

/// One of three homes is on no street.
#[test]
fn what_was_reached_is_a_map_a_measure_and_isochrones_stand_by_band() {
    let folder = Folder::new();
    folder.file(
        "s.osm",
        r#"<osm version="0.6"><node id="1" lat="59.33" lon="18.00"/><node id="2" lat="59.33" lon="18.12"/>
           <way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way></osm>"#,
    );
    folder
        .file("homes.csv", "id,lon,lat\nnear,18.03,59.33\nfar,18.09,59.33\nnowhere,18.06,59.40\n");
    folder.file("schools.csv", "id,lon,lat\nschool,18.031,59.33\n");
    let access = [
        "--lang",
        "sv",
        "access",
        "--streets",
        "s.osm",
        "--from",
        "homes.csv",
        "--to",
        "schools.csv",
        "--mode",
        "walk,bicycle",
        "--measure",
        "nearest,cumulative:30",
        "--isochrones",
        "isochrones.gpkg",
        "--bands",
        "6,12",
        "--streets-out",
        "streets.gpkg",
        "--out",
        "access.gpkg",
    ];
    for file in ["access.gpkg", "isochrones.gpkg", "streets.gpkg"] {
        made(&folder, &access, file);
    }
    let names = "SELECT group_concat(styleName, '; ') FROM layer_styles";
    let known = "Minuter till närmaste, till fots; Nås inom 30 min, till fots; Minuter till närmaste, med cykel; \
                 Nås inom 30 min, med cykel\n";
    assert_eq!(answer(&folder, "access.gpkg", names), known);
    let style = default_style(&folder, "access.gpkg");
    holds(
        &style,
        &[
            "label=\"uppgift saknas\"",
            "value=\" min\"",
            "gator © OpenStreetMaps bidragsgivare, ODbL 1.0",
        ],
    );
    let style = default_style(&folder, "isochrones.gpkg");
    holds(
        &style,
        &[
            "label=\"inom 6 min\" filter=\"&quot;minutes&quot; = 6\"",
            "label=\"inom 12 min\"",
            "enableorderby=\"1\"",
            "<orderByClause asc=\"0\" nullsFirst=\"0\">&quot;minutes&quot;</orderByClause>",
        ],
    );
    let style = default_style(&folder, "streets.gpkg");
    holds(&style, &["label=\"till fots\"", "label=\"med cykel\""]);
}
