//! Hills, stress and turns as the command line gives them.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;

use std::path::Path;

use gdal::DriverManager;
use gdal::raster::Buffer;
use gdal::spatial_ref::SpatialRef;
use predicates::str::contains;

use common::{scale, shared};

/// A street uphill to the north (way 10) which a busy one crosses at its upper end (ways 11 and 12).
const STREETS: &str = r#"<osm version="0.6">
<node id="1" lon="18.000" lat="59.300"/><node id="2" lon="18.000" lat="59.304"/>
<node id="3" lon="17.998" lat="59.304"/><node id="4" lon="18.003" lat="59.304"/>
<way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/><tag k="maxspeed" v="30"/></way>
<way id="11"><nd ref="3"/><nd ref="2"/><tag k="highway" v="primary"/></way>
<way id="12"><nd ref="2"/><nd ref="4"/><tag k="highway" v="primary"/></way>
<relation id="20"><member type="way" ref="10" role="from"/><member type="node" ref="2" role="via"/>
<member type="way" ref="11" role="to"/><tag k="type" v="restriction"/><tag k="restriction" v="no_left_turn"/></relation>
</osm>"#;

const PLACES: &str = "id,lon,lat\nfoot,18.0,59.3005\nleft,17.9985,59.304\nright,18.0025,59.304\n";

/// 2 m up for each of 40 rows northward, in cells of 0.0002 degrees: a slope of 9 %.
fn write_hill(file: &Path) {
    let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
    let mut dataset = driver.create_with_band_type::<f32, _>(file, 50, 40, 1).unwrap();
    dataset.set_geo_transform(&[17.995, 2e-4, 0.0, 59.306, 0.0, -2e-4]).unwrap();
    dataset.set_spatial_ref(&SpatialRef::from_epsg(4326).unwrap()).unwrap();
    let cells = (0..2000_u16).map(|cell| 2.0 * f32::from(39 - cell / 50)).collect();
    let mut band = dataset.rasterband(1).unwrap();
    band.write((0, 0), (50, 40), &mut Buffer::new((50, 40), cells)).unwrap();
}

/// The matrix of seconds between the three places.
fn seconds(folder: &Path, options: &[&str]) -> Vec<Option<f64>> {
    std::fs::write(folder.join("streets.osm"), STREETS).unwrap();
    std::fs::write(folder.join("places.csv"), PLACES).unwrap();
    scale()
        .current_dir(folder)
        .args(["access", "--streets", "streets.osm", "--from", "places.csv", "--to", "places.csv"])
        .args(["--matrix", "matrix.csv"])
        .args(options)
        .assert()
        .success();
    let text = std::fs::read_to_string(folder.join("matrix.csv")).unwrap();
    text.lines().skip(1).map(|row| row.rsplit(',').next().unwrap().parse().ok()).collect()
}

#[test]
fn a_hill_is_slower_up_than_down_and_the_same_without_terrain() {
    let folder = tempfile::tempdir().unwrap();
    write_hill(&folder.path().join("hill.tif"));
    let level = seconds(folder.path(), &[]);
    let hill = seconds(folder.path(), &["--terrain", "hill.tif"]);
    // Rows of three: from foot, left, right to the same.
    assert_eq!(level[1], level[3]);
    let (up, down) = (hill[1].unwrap() / level[1].unwrap(), hill[3].unwrap() / level[3].unwrap());
    assert!(up > 1.2 && up > down + 0.1, "{up} {down}");
    let along = hill[5].unwrap() / level[5].unwrap();
    assert!((along - 1.0).abs() < 1e-3, "along the slope it is level: {along}");
}

#[test]
fn a_left_turn_that_is_forbidden_holds_for_cars_alone() {
    let folder = tempfile::tempdir().unwrap();
    let car = seconds(folder.path(), &["--mode", "car"]);
    // Right, turning round at the end of the street, and back.
    assert!(car[1].unwrap() > car[3].unwrap() + 20.0, "{car:?}");
    let walk = seconds(folder.path(), &["--mode", "walk"]);
    assert_eq!(walk[1], walk[3]);
}

#[test]
fn calm_streets_leave_out_the_busy_ones_and_the_lines_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let all = seconds(folder.path(), &["--mode", "bicycle", "--streets-out", "streets.geojson"]);
    assert!(all[1].is_some());
    let lines = std::fs::read_to_string(folder.path().join("streets.geojson")).unwrap();
    assert!(lines.contains("mixed_speed; assumed speed, lanes"), "{lines}");
    // Snapped to the calm street, a minute and more on foot away.
    let calm = seconds(folder.path(), &["--mode", "bicycle", "--max-stress", "2"]);
    assert!(calm[1].unwrap() > all[1].unwrap() + 30.0, "{calm:?} {all:?}");
}

#[test]
fn a_level_of_stress_beyond_four_and_a_terrain_that_is_none_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    seconds(folder.path(), &[]);
    let run = |options: &[&str]| {
        scale()
            .current_dir(folder.path())
            .args(["access", "--streets", "streets.osm", "--from", "places.csv"])
            .args(["--to", "places.csv"])
            .args(options)
            .assert()
            .failure()
    };
    run(&["--max-stress", "5"]).stderr(contains("--max-stress"));
    run(&["--terrain", "places.csv"]).stderr(contains("terrain model"));
    run(&["--terrain", "nowhere.tif"]).stderr(contains("no such file"));
}

#[test]
fn porto_alegre_on_its_hills_reaches_no_more_than_on_the_plain() {
    let Some(streets) = shared("porto-alegre/poa_osm.pbf") else { return };
    let folder = streets.parent().unwrap();
    let target = tempfile::tempdir().unwrap();
    let mut means = Vec::new();
    for terrain in [false, true] {
        let matrix = target.path().join("matrix.csv");
        let mut command = scale();
        command.current_dir(folder).args(["access", "--streets", "poa_osm.pbf"]);
        command.args(["--from", "poa_points_of_interest.csv", "--to"]);
        command.args(["poa_points_of_interest.csv", "--limit", "240", "--matrix"]).arg(&matrix);
        if terrain {
            command.args(["--terrain", "poa_elevation.tif"]);
        }
        command.assert().success();
        let text = std::fs::read_to_string(&matrix).unwrap();
        let all =
            text.lines().skip(1).filter_map(|row| row.rsplit(',').next()?.parse::<f64>().ok());
        let all: Vec<f64> = all.collect();
        means.push((all.len(), all.iter().sum::<f64>()));
    }
    eprintln!("walking between {} pairs: {:?} s", means[0].0, means);
    assert!(means[1].0 <= means[0].0 && means[1].1 > means[0].1, "{means:?}");
}

#[test]
fn a_wheelchair_goes_round_the_steps() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Straight up the steps, or three sides of a block that is 111 m by 57 m.
    let streets = r#"<osm version="0.6">
<node id="1" lon="18.000" lat="59.300"/><node id="2" lon="18.000" lat="59.301"/>
<node id="3" lon="18.001" lat="59.300"/><node id="4" lon="18.001" lat="59.301"/>
<way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="steps"/></way>
<way id="11"><nd ref="1"/><nd ref="3"/><nd ref="4"/><nd ref="2"/><tag k="highway" v="footway"/></way>
</osm>"#;
    std::fs::write(folder.join("block.osm"), streets).unwrap();
    std::fs::write(folder.join("ends.csv"), "id,lon,lat\na,18.0,59.3\nb,18.0,59.301\n").unwrap();
    let walk = |options: &[&str]| -> f64 {
        scale()
            .current_dir(folder)
            .args(["access", "--streets", "block.osm", "--from", "ends.csv", "--to", "ends.csv"])
            .args(["--matrix", "m.csv"])
            .args(options)
            .assert()
            .success();
        let text = std::fs::read_to_string(folder.join("m.csv")).unwrap();
        text.lines().nth(2).unwrap().rsplit(',').next().unwrap().parse().unwrap()
    };
    // A thousandth of a degree is 111.4 m of the meridian there, and 56.98 m of the parallel.
    let seconds = |metres: f64| metres / 5000.0 * 3600.0;
    let (up, round) = (walk(&[]), walk(&["--wheelchair"]));
    assert!((up - seconds(111.4)).abs() < 0.2, "{up}");
    assert!((round - seconds(111.4 + 2.0 * 56.98)).abs() < 0.2, "{round}");
}
