//! What a surface is like in a polygon, or where its residents live.

use gdal::DriverManager;
use gdal::raster::Buffer;
use gdal::spatial_ref::SpatialRef;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::{Value, json};

use crate::common::shared;
use crate::folder::{Folder, squares};
use crate::near;

/// Four by four cells of 10 m from (674000, 6580040) south-east, 1 to 16 row by row; 6 is missing.
fn raster(folder: &Folder, crs: Option<u32>) {
    let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
    let file = folder.path("noise.tif");
    let mut dataset = driver.create_with_band_type::<f32, _>(&file, 4, 4, 1).unwrap();
    dataset.set_geo_transform(&[674_000.0, 10.0, 0.0, 6_580_040.0, 0.0, -10.0]).unwrap();
    if let Some(code) = crs {
        dataset.set_spatial_ref(&SpatialRef::from_epsg(code).unwrap()).unwrap();
    }
    let mut band = dataset.rasterband(1).unwrap();
    band.set_no_data_value(Some(-9999.0)).unwrap();
    let mut cells: Vec<f32> = (1_u8..=16).map(f32::from).collect();
    cells[5] = -9999.0;
    band.write((0, 0), (4, 4), &mut Buffer::new((4, 4), cells)).unwrap();
    dataset.close().unwrap();
}

#[test]
fn cells_count_by_what_of_them_is_covered() {
    let folder = Folder::new();
    raster(&folder, Some(3006));
    squares(
        &folder,
        "units.geojson",
        &[("a", [15.0, 25.0, 20.0, 15.0]), ("far", [900.0, 0.0, 9.0, 9.0])],
    );
    let report = folder.json(&[
        "expose",
        "noise.tif",
        "--onto",
        "units.geojson",
        "--statistic",
        "mean,min,max,p50,p90,share_above:4",
        "--name",
        "noise",
        "--out",
        "out.geojson",
    ]);
    assert_eq!(report["targets_without_data"], 1);
    let found = folder.properties("out.geojson");
    let a = found.iter().find(|row| row["id"] == "a").unwrap();
    // Half of 2, 3, half of 4; below half as much of 6 (missing), 7 and 8.
    near(&a["noise_mean"], (1.0 + 3.0 + 2.0 + 3.5 + 2.0) / 2.75);
    near(&a["noise_no_data_share"], 0.25 / 3.0);
    near(&a["noise_share_above_4"], 0.75 / 2.75);
    assert_eq!((&a["noise_min"], &a["noise_max"]), (&json!(2.0), &json!(8.0)));
    assert_eq!((&a["noise_p50"], &a["noise_p90"]), (&json!(3.0), &json!(7.0)));
    assert_eq!(a["noise_status"], "U");
    let far = found.iter().find(|row| row["id"] == "far").unwrap();
    assert_eq!((&far["noise_mean"], &far["noise_status"]), (&Value::Null, &json!("M")));
    near(&far["noise_no_data_share"], 1.0);
}

#[test]
fn residents_in_a_raster_weigh_the_noise() {
    let folder = Folder::new();
    raster(&folder, Some(3006));
    std::fs::copy(folder.path("noise.tif"), folder.path("people.tif")).unwrap();
    squares(&folder, "units.geojson", &[("north", [20.0, 20.0, 20.0, 20.0])]);
    folder.json(&[
        "expose",
        "noise.tif",
        "--onto",
        "units.geojson",
        "--population",
        "people.tif",
        "--statistic",
        "mean",
        "--name",
        "noise",
        "--out",
        "out.geojson",
    ]);
    let found = folder.properties("out.geojson");
    // 3, 4, 7 and 8 residents hear 3, 4, 7 and 8.
    near(&found[0]["noise_mean"], 5.5);
    near(&found[0]["noise_residents"], 22.0);
    near(&found[0]["noise_mean_by_residents"], (9.0 + 16.0 + 49.0 + 64.0) / 22.0);
    assert_eq!(found[0]["noise_status"], "E");
}

#[test]
fn a_raster_of_unknown_system_band_or_place_is_refused() {
    let folder = Folder::new();
    raster(&folder, None);
    squares(&folder, "units.geojson", &[("a", [0.0, 0.0, 40.0, 40.0])]);
    squares(&folder, "beyond.geojson", &[("a", [400.0, 0.0, 40.0, 40.0])]);
    let expose = |more: &[&str]| {
        let mut all = vec!["expose", "noise.tif", "--out", "out.geojson"];
        all.extend(more);
        folder.command(&all)
    };
    let refused = contains("has no coordinate reference system").and(contains("--raster-crs"));
    expose(&["--onto", "units.geojson"]).assert().code(2).stderr(refused);
    let crs = ["--raster-crs", "EPSG:3006", "--onto"];
    expose(&[&crs[..], &["units.geojson"]].concat()).assert().success();
    let no_band = contains("has no band 2").and(contains("its bands are 1 to 1"));
    expose(&[&crs[..], &["units.geojson", "--band", "2"]].concat())
        .assert()
        .code(2)
        .stderr(no_band);
    let beyond = contains("does not meet the targets");
    expose(&[&crs[..], &["beyond.geojson"]].concat()).assert().code(2).stderr(beyond);
}

/// The oracle was computed cell by cell from `gdal_translate -of XYZ`, each cell cut with the box by hand and weighed by
/// the cosine of its latitude.
#[test]
fn the_mean_height_of_porto_alegre_is_that_of_its_cells() {
    let Some(file) = shared("porto-alegre/poa_elevation.tif") else { return };
    let folder = Folder::new();
    let (west, south, east, north) = (
        -51.254_758_055_797_2,
        -30.109_982_928_758_8,
        -51.140_049_372_866_2,
        -29.997_911_478_412_3,
    );
    let ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
    let json = json!({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"id": "box"},
        "geometry": {"type": "Polygon", "coordinates": [ring]}}]});
    folder.file("box.geojson", &json.to_string());
    let file = file.display().to_string();
    folder.json(&[
        "expose",
        &file,
        "--onto",
        "box.geojson",
        "--statistic",
        "mean,min,max,p90,share_above:50",
        "--name",
        "height",
        "--out",
        "out.geojson",
    ]);
    let found = &folder.properties("out.geojson")[0];
    let mean = found["height_mean"].as_f64().unwrap();
    assert!((mean - 47.700_173_394).abs() < 1e-6, "{mean}");
    let above = found["height_share_above_50"].as_f64().unwrap();
    assert!((above - 0.335_078_526).abs() < 1e-6, "{above}");
    assert_eq!((&found["height_max"], &found["height_p90"]), (&json!(255.0), &json!(131.0)));
}

/// Residents of polygons are spread evenly: 40 over cells 1, 2, 5 and 6 (which is missing), and 20 of which half lie beyond
/// the target.
#[test]
fn residents_of_polygons_are_spread_over_the_noise() {
    let folder = Folder::new();
    raster(&folder, Some(3006));
    squares(&folder, "area.geojson", &[("a", [0.0, 0.0, 40.0, 40.0])]);
    let homes = [("h", [0.0, 20.0, 20.0, 20.0], 40), ("i", [30.0, 30.0, 20.0, 10.0], 20)];
    let outlines: Vec<(&str, [f64; 4])> = homes.iter().map(|(id, at, _)| (*id, *at)).collect();
    squares(&folder, "homes.geojson", &outlines);
    let expose = |residents: &str| {
        folder.command(&[
            "expose",
            "noise.tif",
            "--onto",
            "area.geojson",
            "--statistic",
            "mean",
            "--population",
            residents,
            "--out",
            "out.geojson",
        ])
    };
    let told = contains("nothing says how many live").and(contains("FILE:column"));
    expose("homes.geojson").assert().code(2).stderr(told);
    let text = std::fs::read_to_string(folder.path("homes.geojson")).unwrap();
    let mut layer: Value = serde_json::from_str(&text).unwrap();
    for (feature, (_, _, residents)) in
        layer["features"].as_array_mut().unwrap().iter_mut().zip(&homes)
    {
        feature["properties"]["residents"] = json!(residents);
    }
    folder.file("homes.geojson", &layer.to_string());
    expose("homes.geojson:residents").assert().success();
    let found = &folder.properties("out.geojson")[0];
    near(&found["noise_residents"], 50.0);
    near(&found["noise_mean_by_residents"], (10.0 * (1.0 + 2.0 + 5.0) + 10.0 * 4.0) / 40.0);
    near(&found["noise_no_data_share_by_residents"], 0.2);
}
