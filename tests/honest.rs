//! Exposures, standardised rates, agreement, equity, priority and protected cells, as a user meets them.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::indexing_slicing, clippy::float_cmp)]

mod common;

use std::path::{Path, PathBuf};

use gdal::DriverManager;
use gdal::raster::Buffer;
use gdal::spatial_ref::SpatialRef;
use polars::prelude::{ParquetReader, SerReader};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::{Value, json};

use common::{scale, shared};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> assert_cmd::Command {
        let mut command = scale();
        command.current_dir(self.0.path()).args(arguments);
        command
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.command(arguments).arg("--json").assert().success();
        serde_json::from_slice(&output.get_output().stdout).unwrap()
    }

    /// Properties of the features that were written.
    fn properties(&self, name: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(self.path(name)).unwrap();
        let json: Value = serde_json::from_str(&text).unwrap();
        let features = json["features"].as_array().unwrap();
        features.iter().map(|feature| feature["properties"].clone()).collect()
    }
}

fn near(found: &Value, known: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - known).abs() <= 1e-9 * known.abs().max(1.0), "{found} is not {known}");
}

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

/// Squares from their south-west corner, counted from (674000, 6580000).
fn squares(folder: &Folder, name: &str, squares: &[(&str, [f64; 4])]) {
    let feature = |(id, [x, y, width, height]): &(&str, [f64; 4])| {
        let (x, y) = (674_000.0 + x, 6_580_000.0 + y);
        let ring = [[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]];
        json!({"type": "Feature", "properties": {"id": id},
            "geometry": {"type": "Polygon", "coordinates": [ring]}})
    };
    let json = json!({"type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3006"}},
        "features": squares.iter().map(feature).collect::<Vec<_>>()});
    folder.file(name, &json.to_string());
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

const DEATHS: &str = "area,age,deaths,residents\nnorth,0-64,20,9000\nnorth,65+,30,1000\nsouth,0-64,10,5000\nsouth,65+,120,5000\ntiny,0-64,0,50\ntiny,65+,1,5\ngone,0-64,,9\ngone,65+,1,5\n";
const OF_DEATHS: [&str; 10] = [
    "standardise",
    "--file",
    "deaths.csv",
    "--key",
    "area",
    "--age",
    "age",
    "--events",
    "deaths",
    "--population=residents",
];

/// The European standard has 80,500 below 65 and 19,500 above: 0.805·20/9000 + 0.195·30/1000 = 763.89 of 100,000.
#[test]
fn two_areas_change_places_once_their_ages_are_the_same() {
    let folder = Folder::new();
    folder.file("deaths.csv", DEATHS);
    let rows = folder.json(&OF_DEATHS);
    let of = |key: &str| rows.as_array().unwrap().iter().find(|row| row["key"] == key).unwrap();
    near(&of("north")["crude_rate"], 500.0);
    near(&of("south")["crude_rate"], 1300.0);
    near(&of("north")["rate"], 80_500.0 * 20.0 / 9000.0 + 19_500.0 * 30.0 / 1000.0);
    near(&of("south")["rate"], 80_500.0 * 10.0 / 5000.0 + 19_500.0 * 120.0 / 5000.0);
    assert_eq!(of("tiny")["obs_status"], "U");
    assert_eq!((&of("gone")["rate"], &of("gone")["obs_status"]), (&Value::Null, &json!("M")));
    assert!(of("gone")["remark"].as_str().unwrap().contains("age 0–64"));
}

#[test]
fn the_standard_may_be_that_of_the_data_or_of_a_file_and_ages_are_never_cut() {
    let folder = Folder::new();
    folder.file("deaths.csv", DEATHS);
    folder.file("standard.csv", "age,population\n0-64,3\n65+,1\n");
    let rate = |standard: &str| {
        let rows = folder.json(&[&OF_DEATHS[..], &["--standard", standard]].concat());
        rows[1]["rate"].clone()
    };
    near(&rate("standard.csv"), 1e5 * (0.75 * 20.0 / 9000.0 + 0.25 * 30.0 / 1000.0));
    // definitions.md: 162,879 of 995,574 in the city are 65 or older; suppressed cells aside, its ages sum to that.
    let old = 162_879.0 / 995_574.0;
    let data = rate("data").as_f64().unwrap();
    assert!(
        (data / (1e5 * ((1.0 - old) * 20.0 / 9000.0 + old * 0.03)) - 1.0).abs() < 1e-3,
        "{data}"
    );
    folder.file("deaths.csv", "area,age,deaths,residents\nnorth,0-66,20,9000\nnorth,67+,1,8\n");
    let cut = contains("the age 0–66 cuts the class 65–69");
    folder.command(&OF_DEATHS).assert().code(2).stderr(cut);
    folder.file("deaths.csv", "area,age,deaths,residents\nnorth,0-64,2.5,9000\n");
    folder.command(&OF_DEATHS).assert().code(2).stderr(contains("row 2").and(contains("2.5")));
}

/// By hand in `compare::agreement`: differences −1, 0, 1, 2.
#[test]
fn two_sources_are_held_against_each_other_and_the_city() {
    let folder = Folder::new();
    folder.file("first.csv", "area,good,rate\ncity,25,50\na,10,40\nb,20,45\nc,30,30\nd,40,60\n");
    folder.file("second.csv", "area,good\ncity,31\na,9\nb,20\nc,31\nd,42\ne,7\n");
    let agree =
        ["agree", "--first", "first.csv:good", "--second", "second.csv:good", "--key", "area"];
    let found =
        folder.json(&[&agree[..], &["--reference", "city", "--response", "rate,"]].concat());
    near(&found["agreement"]["bias"]["value"], 0.5);
    let upper = found["agreement"]["upper_limit"]["value"].as_f64().unwrap();
    assert!((upper - 3.0303).abs() < 1e-4, "{upper}");
    assert_eq!(found["second"]["only_here"], json!(["e"]));
    near(&found["first"]["response"]["mean"], 45.0);
    // Only c stands above the city in one and not in the other.
    assert_eq!((&found["on_the_same_side"], &found["on_both_sides"]), (&json!(3), &json!(1)));
    assert_eq!(found["rows"][3]["rank_second"], 1.0);
    let stranger = contains("the reference \"e\" is no area of both files");
    folder.command(&[&agree[..], &["--reference", "e"]].concat()).assert().code(2).stderr(stranger);
    folder.file("second.csv", "area,good\nx,1\n");
    folder.command(&agree).assert().code(2).stderr(contains("have no area in common"));
}

const NEED: &str = "key = \"area\"\n[[indicator]]\nname = \"heat\"\ngroup = \"climate\"\nfile = \"heat.csv\"\ncolumn = \"mean\"\nneed = \"high\"\n[[indicator]]\nname = \"good health\"\ngroup = \"health\"\nfile = \"health.csv\"\ncolumn = \"good\"\nlower = \"lo\"\nupper = \"hi\"\nneed = \"low\"\n";

#[test]
fn a_rank_comes_with_its_range_and_what_is_missing() {
    let folder = Folder::new();
    folder.file("need.toml", NEED);
    folder.file("heat.csv", "area,mean\na,30\nb,20\nc,25\nd,29\n");
    folder.file(
        "health.csv",
        "area,good,lo,hi\na,90,85,95\nb,50,45,55\nc,70,60,80\nd,60,50,70\ne,10,5,15\n",
    );
    let found = folder.json(&["priority", "need.toml", "--out", "need.csv"]);
    let rows = found["rows"].as_array().unwrap();
    let order: Vec<&str> = rows.iter().filter_map(|row| row["key"].as_str()).collect();
    assert_eq!(order, ["d", "c", "a", "b", "e"]);
    near(&rows[0]["groups"]["climate"], 1.0 + 99.0 * 0.9);
    near(&rows[0]["groups"]["health"], 1.0 + 99.0 * 0.75);
    near(&rows[2]["score"], 10.0);
    assert_eq!((&rows[2]["rank_best"], &rows[2]["rank_worst"]), (&json!(3), &json!(4)));
    assert_eq!((&rows[4]["rank"], &rows[4]["missing"]), (&Value::Null, &json!(["heat"])));
    assert!(found["notes"][0].as_str().unwrap().contains("A rank is no fact"));
    let first = std::fs::read(folder.path("need.csv")).unwrap();
    folder.json(&["priority", "need.toml", "--out", "need.csv"]);
    assert_eq!(std::fs::read(folder.path("need.csv")).unwrap(), first, "the same draws");
    folder.file("need.toml", &NEED.replace("\"low\"", "\"little\""));
    let unknown = contains("line 15").and(contains("expected `high` or `low`"));
    folder.command(&["priority", "need.toml"]).assert().code(2).stderr(unknown);
}

/// From the embedded tables: nine units, of types 1, 3 and 4.
#[test]
fn the_units_of_jarva_differ_in_density_and_by_type() {
    let folder = Folder::new();
    let found = folder.json(&["equity", "--area", "jarva", "--indicator", "density_total"]);
    let rows = found["rows"].as_array().unwrap();
    let of = |statistic: &str| {
        rows.iter()
            .find(|row| row["statistic"] == statistic && row["group"] == Value::Null)
            .unwrap()
    };
    near(&of("mean")["residents"], 95_681.0);
    assert_eq!(of("gini")["units"], 9);
    assert!(of("concentration")["value"].as_f64().unwrap() < 0.0, "poorer types are denser");
    let groups: Vec<&str> = rows
        .iter()
        .filter(|row| row["statistic"] == "mean")
        .filter_map(|row| row["group"].as_str())
        .collect();
    assert_eq!(groups, ["1", "3", "4"]);
    let sum: f64 = rows
        .iter()
        .filter(|row| row["statistic"] == "mean" && row["group"] != Value::Null)
        .map(|row| row["value"].as_f64().unwrap() * row["residents"].as_f64().unwrap())
        .sum();
    near(&of("mean")["value"], sum / 95_681.0);
    let count = contains("\"residents\" is a count");
    folder
        .command(&["equity", "--area", "jarva", "--indicator", "residents"])
        .assert()
        .code(2)
        .stderr(count);
}

/// Own counts for the four units of Skärholmen, ingested into a data folder.
fn own_counts(folder: &Folder, rows: &str, disclosure: &str) {
    let data = folder.path("data");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("cases.csv"), rows).unwrap();
    let sha = sha256(&data.join("cases.csv"));
    let label = "{ sv = \"fall\", en = \"cases\" }";
    let catalog = format!(
        "[[dataset]]\nid = \"cases\"\ntheme = \"health\"\ntitle = {label}\ndescription = {label}\npublisher = \"Own\"\ntable = \"cases\"\nyears = [2024]\ngeography = \"regso-2025\"\nlicence = \"own\"\nfile = \"cases.csv\"\nsha256 = \"{sha}\"\nlayout = \"units\"\nkey = \"code\"\n{disclosure}\n[dataset.fields.cases]\nkind = \"extensive\"\nunit = \"cases\"\nlabel = {label}\n"
    );
    std::fs::write(data.join("catalog.toml"), catalog).unwrap();
}

fn sha256(file: &Path) -> String {
    scale::sources::sha256_hex(&std::fs::read(file).unwrap())
}

fn skarholmen() -> Vec<String> {
    let snapshot = scale::sources::Snapshot::embedded().unwrap();
    let ground = scale::pipeline::Ground::load(snapshot, None, None).unwrap();
    let (area, units) = ground.area("skarholmen").unwrap();
    area.parts.iter().map(|part| units.areas.keys()[part.row].clone()).collect()
}

/// What is published of cases, by place.
fn cases(folder: &Folder, more: &[&str]) -> Vec<(String, Value)> {
    let mut all = vec!["map", "--area", "skarholmen", "--data", "data", "--out", "out"];
    all.extend(more);
    folder.command(&all).assert().success();
    let file =
        std::fs::File::open(folder.path("out/skarholmen/skarholmen_indicators.parquet")).unwrap();
    let frame = ParquetReader::new(file).finish().unwrap();
    let text = |name: &str| -> Vec<String> {
        let column = frame.column(name).unwrap();
        column.str().unwrap().iter().map(|cell| cell.unwrap_or_default().to_owned()).collect()
    };
    let number = |name: &str| -> Vec<Option<f64>> {
        frame.column(name).unwrap().f64().unwrap().iter().collect()
    };
    let (names, places, status, roles) =
        (text("indicator"), text("geography_id"), text("obs_status"), text("role"));
    let (value, lower, upper) = (number("value"), number("lower"), number("upper"));
    let of = (0..frame.height()).filter(|row| names[*row] == "cases" && roles[*row] == "own");
    of.map(|row| (places[row].clone(), json!([value[row], lower[row], upper[row], status[row]])))
        .collect()
}

fn found<'a>(cases: &'a [(String, Value)], place: &str) -> &'a Value {
    &cases.iter().find(|(known, _)| known == place).unwrap().1
}

#[test]
fn small_counts_of_own_data_are_withheld_with_the_next_smallest() {
    let folder = Folder::new();
    let units = skarholmen();
    let counts = [3, 12, 40, 25];
    let rows: Vec<String> =
        units.iter().zip(counts).map(|(code, n)| format!("{code},{n}")).collect();
    own_counts(&folder, &format!("code,cases\n{}\n", rows.join("\n")), "");
    let open = cases(&folder, &[]);
    assert_eq!(found(&open, &units[0])[0], 3.0);
    let kept = cases(&folder, &["--min-count", "5"]);
    assert_eq!(found(&kept, &units[0]), &json!([null, 0.0, 4.0, "Q"]));
    assert_eq!(found(&kept, &units[1]), &json!([null, null, null, "Q"]));
    assert_eq!(found(&kept, &units[2])[0], 40.0);
    assert_eq!(found(&kept, "skarholmen")[0], 80.0);
    let layers = std::fs::read_to_string(folder.path("out/skarholmen/manifest.json")).unwrap();
    assert!(layers.contains("counts below 5 are withheld"), "{layers}");
}

#[test]
fn counts_that_their_publisher_protects_have_bounds() {
    let folder = Folder::new();
    let units = skarholmen();
    let rows =
        format!("code,cases\n{},\n{},12\n{},40\n{},25\n", units[0], units[1], units[2], units[3]);
    own_counts(&folder, &rows, "disclosure = { method = \"suppression\", below = 5 }");
    let kept = cases(&folder, &[]);
    assert_eq!(found(&kept, &units[0]), &json!([null, 0.0, 4.0, "Q"]));
    assert_eq!(found(&kept, "skarholmen"), &json!([null, 77.0, 81.0, "Q"]));
    own_counts(
        &folder,
        &rows.replace(",\n", ",3\n"),
        "disclosure = { method = \"cell_key\", bound = 2 }",
    );
    let noisy = cases(&folder, &[]);
    assert_eq!(found(&noisy, "skarholmen"), &json!([80.0, 72.0, 88.0, "A"]));
    assert_eq!(found(&noisy, &units[0]), &json!([3.0, 1.0, 5.0, "A"]));
}

#[test]
fn withheld_cells_are_carried_as_bounds() {
    let folder = Folder::new();
    squares(
        &folder,
        "units.geojson",
        &[("a", [0.0, 0.0, 10.0, 10.0]), ("b", [10.0, 0.0, 10.0, 10.0])],
    );
    squares(
        &folder,
        "targets.geojson",
        &[("both", [0.0, 0.0, 20.0, 10.0]), ("east", [15.0, 0.0, 5.0, 10.0])],
    );
    folder.file("n.csv", "id,n,n_status,n_upper\na,,Q,4\nb,40,A,\n");
    folder.json(&[
        "carry",
        "units.geojson",
        "--onto",
        "targets.geojson",
        "--values",
        "n.csv",
        "--key",
        "id",
        "--extensive",
        "n",
        "--out",
        "out.geojson",
    ]);
    let rows = folder.properties("out.geojson");
    let of = |id: &str| rows.iter().find(|row| row["id"] == id).unwrap();
    let both = of("both");
    assert_eq!((&both["n"], &both["n_status"]), (&Value::Null, &json!("Q")));
    near(&both["n_lower"], 40.0);
    near(&both["n_upper"], 44.0);
    near(&of("east")["n"], 20.0);
    assert_eq!((&of("east")["n_lower"], &of("east")["n_status"]), (&Value::Null, &json!("E")));
}

#[test]
fn small_counts_are_withheld_of_what_is_carried_and_of_its_ratios() {
    let folder = Folder::new();
    let units = [
        ("a", [0.0, 0.0, 10.0, 10.0]),
        ("b", [10.0, 0.0, 10.0, 10.0]),
        ("c", [20.0, 0.0, 10.0, 10.0]),
    ];
    squares(&folder, "units.geojson", &units);
    squares(&folder, "targets.geojson", &units);
    folder.file("n.csv", "id,n,m\na,3,30\nb,12,60\nc,40,80\n");
    let carry = [
        "carry",
        "units.geojson",
        "--onto",
        "targets.geojson",
        "--values",
        "n.csv",
        "--key",
        "id",
        "--ratio",
        "r=n/m",
        "--min-count",
        "5",
        "--out",
        "out.geojson",
        "--extensive",
    ];
    let report = folder.json(&[&carry[..], &["n,m"]].concat());
    assert!(report["notes"].to_string().contains("1 counts below 5 are withheld"), "{report}");
    let rows = folder.properties("out.geojson");
    let of = |id: &str| rows.iter().find(|row| row["id"] == id).unwrap();
    assert_eq!(
        (&of("a")["n"], &of("a")["n_status"], &of("a")["n_upper"]),
        (&Value::Null, &json!("Q"), &json!(4.0))
    );
    assert_eq!(
        (&of("b")["n"], &of("b")["n_status"], &of("b")["n_upper"]),
        (&Value::Null, &json!("Q"), &Value::Null)
    );
    assert_eq!((&of("a")["r"], &of("a")["m"]), (&Value::Null, &json!(30.0)));
    near(&of("c")["r"], 0.5);
    let alone = contains("the counts of the ratio \"r\" are not carried");
    folder.command(&[&carry[..], &["n"]].concat()).assert().code(2).stderr(alone);
}
