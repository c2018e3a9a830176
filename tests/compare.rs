//! An area beside the city, the county, another area and all others.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::indexing_slicing)]

mod common;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::{Value, json};

use common::scale;

fn compare(area: &str, reference: &str) -> Value {
    let arguments = ["--json", "compare", "--area", area, "--reference", reference];
    let output = scale().args(arguments).assert().success().get_output().stdout.clone();
    serde_json::from_slice(&output).unwrap()
}

/// The row of everybody.
fn row<'a>(found: &'a Value, indicator: &str) -> &'a Value {
    let rows = found["rows"].as_array().unwrap();
    let is = |row: &&Value| {
        row["indicator"] == indicator
            && row["sex"] == "_T"
            && (row["age"] == "_T" || indicator.starts_with("share"))
    };
    rows.iter().find(is).unwrap()
}

fn close(found: &Value, known: f64, slack: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - known).abs() < slack, "{found} is not {known}");
}

/// definitions.md: 95,681 residents in the nine units, 995,574 in the 127 of the city.
#[test]
fn counts_of_the_city_are_the_sum_over_its_units() {
    let found = compare("jarva", "kommun:0180");
    let residents = row(&found, "residents");
    close(&residents["area"]["value"], 95_681.0, 1e-9);
    close(&residents["reference"]["value"], 995_574.0, 1e-9);
    close(&residents["difference"], -899_893.0, 1e-9);
    close(&residents["ratio"], 95_681.0 / 995_574.0, 1e-12);
    assert_eq!(residents["reason"], "complete_count");
    assert_eq!(row(&found, "land_area")["reason"], "complete_count", "a surface has no noise");
    assert_eq!(residents["difference_interval"], Value::Null, "a register has no sampling error");
}

/// By hand from the table: 12,204 of 95,681 against 162,879 of 995,574; the standard error for 95,681 residents is
/// √(0.1636·0.8364/95681) = 0.1196 percentage points.
#[test]
fn a_share_has_the_funnel_of_its_residents() {
    let found = compare("jarva", "kommun:0180");
    let old = row(&found, "share_aged_65_plus");
    close(&old["area"]["value"], 12.754_883, 1e-6);
    close(&old["reference"]["value"], 16.360_311, 1e-6);
    close(&old["difference"], -3.605_427, 1e-6);
    close(&old["funnel"]["at_95"]["lower"], 16.125_922, 1e-6);
    close(&old["funnel"]["at_95"]["upper"], 16.594_700, 1e-6);
    assert_eq!(old["funnel_place"], "outside");
}

/// The four other areas sum to 452,987, but Hjorthagen and Södra Hammarbyhamnen lie in two of them: 423,196 in the
/// union of 43 units. Sickla has no count, so that the total is a part and not compared.
#[test]
fn all_others_are_a_union_and_never_a_sum() {
    let found = compare("jarva", "others");
    assert!(found["notes"][0].as_str().unwrap().contains("43 units"), "{}", found["notes"]);
    let residents = row(&found, "residents");
    close(&residents["reference"]["value"], 423_196.0, 1e-9);
    assert_eq!(residents["comparable"], false);
    assert_eq!(residents["reason"], "coverage_differs");
    assert_eq!(row(&found, "share_aged_65_plus")["comparable"], true);
}

#[test]
fn another_area_is_measured_as_itself() {
    let found = compare("jarva", "area:skarholmen");
    close(&row(&found, "residents")["reference"]["value"], 38_270.0, 1e-9);
    close(&row(&found, "share_aged_65_plus")["reference"]["value"], 14.251_372, 1e-6);
    let mirrored = compare("skarholmen", "area:jarva");
    let (one, other) = (row(&found, "density_land"), row(&mirrored, "density_land"));
    let sum = one["difference"].as_f64().unwrap() + other["difference"].as_f64().unwrap();
    assert!(sum.abs() < 1e-9, "{sum}");
}

#[test]
fn an_area_against_itself_differs_in_nothing() {
    let found = compare("innerstaden", "area:innerstaden");
    let rows = found["rows"].as_array().unwrap();
    assert!(rows.len() > 50);
    for row in rows.iter().filter(|row| row["role"] == "own" && row["comparable"] == true) {
        close(&row["difference"], 0.0, 1e-9);
    }
    assert!(found["notes"][0].as_str().unwrap().contains("100 %"));
}

#[test]
fn what_cannot_stand_side_by_side_says_why() {
    let found = compare("skarholmen", "kommun:0180");
    let rows = found["rows"].as_array().unwrap();
    let apart: Vec<&Value> = rows.iter().filter(|row| row["comparable"] == false).collect();
    assert!(!apart.is_empty());
    for row in apart {
        assert_eq!(row["difference"], Value::Null, "{row}");
        assert!(!row["reason_text"].as_str().unwrap().is_empty());
    }
    for row in rows.iter().filter(|row| row["comparable"] == true) {
        assert_eq!(row["area"]["year"], row["reference"]["year"], "{row}");
    }
}

#[test]
fn published_figures_of_the_county_are_a_reference() {
    let found = compare("skarholmen", "county:01");
    let rows = found["rows"].as_array().unwrap();
    assert!(!rows.is_empty());
    assert!(rows.iter().all(|row| row["reference"]["geography_level"] == "county"));
}

/// 375 cars per 1,000 residents in the two units of the city that have a count, 6,000 residents in the one of the area:
/// √(0.375/6000) = 0.0079057, so that 95 of 100 lie within 375 ± 15.495.
#[test]
fn a_rate_has_the_funnel_of_its_denominator() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "code,cars,people\n0180R036,3000,6000\n0180R035,750,4000\n";
    std::fs::write(folder.path().join("cars.csv"), csv).unwrap();
    scale()
        .current_dir(folder.path())
        .args([
            "ingest", "--file", "cars.csv", "--id", "cars", "--theme", "travel", "--key", "code",
        ])
        .args(["--geography", "regso-2025", "--year", "2024", "--extensive", "cars,people"])
        .args(["--ratio", "car_rate=cars/people*1000", "--publisher", "p"])
        .args(["--licence", "CC0-1.0", "--into", "data"])
        .assert()
        .success();
    let output = scale()
        .current_dir(folder.path())
        .args(["--data", "data", "--json", "compare", "--area", "jarva"])
        .args(["--reference", "kommun:0180"])
        .assert()
        .success();
    let found: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    let rate = row(&found, "car_rate");
    close(&rate["area"]["value"], 500.0, 1e-9);
    close(&rate["reference"]["value"], 375.0, 1e-9);
    close(&rate["funnel"]["at_95"]["lower"], 375.0 - 15.494_9, 1e-3);
    close(&rate["funnel"]["at_95"]["upper"], 375.0 + 15.494_9, 1e-3);
    assert_eq!(rate["funnel_place"], "outside");
}

/// Wilson for 12,204 of 95,681 and 162,879 of 995,574, by hand: 12.545 to 12.968 and 16.288 to 16.433 percent; the
/// difference −3.605 less √(0.2100² + 0.0727²), more √(0.2128² + 0.0726²).
#[test]
fn a_superpopulation_has_an_interval_only_when_asked_for() {
    let arguments = ["--json", "compare", "--area", "jarva", "--reference", "kommun:0180"];
    let output = scale().args(arguments).arg("--superpopulation").assert().success();
    let found: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    let old = row(&found, "share_aged_65_plus");
    close(&old["area"]["lower"], 12.545, 1e-3);
    close(&old["area"]["upper"], 12.968, 1e-3);
    close(&old["reference"]["lower"], 16.288, 1e-3);
    close(&old["reference"]["upper"], 16.433, 1e-3);
    close(&old["difference_interval"]["lower"], -3.828, 1e-3);
    close(&old["difference_interval"]["upper"], -3.380, 1e-3);
    assert_eq!(old["reason"], "superpopulation");
    let plain = compare("jarva", "kommun:0180");
    assert_eq!(row(&plain, "share_aged_65_plus")["difference_interval"], Value::Null);
}

#[test]
fn the_rows_are_written_as_csv_and_parquet() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["compare", "--area", "jarva", "--reference", "kommun:0180", "--out"];
    for name in ["a.csv", "a.parquet"] {
        scale().args(arguments).arg(folder.path().join(name)).assert().success();
    }
    let csv = std::fs::read_to_string(folder.path().join("a.csv")).unwrap();
    let rows = compare("jarva", "kommun:0180")["rows"].as_array().unwrap().len();
    assert_eq!(csv.lines().count(), rows + 1);
    assert!(csv.lines().any(|line| line.contains("residents") && line.contains("995574")));
    let bytes = std::fs::read(folder.path().join("a.parquet")).unwrap();
    let file = folder.path().join("a.parquet");
    let parquet = scale::formats::geoparquet::open(&file, &bytes).unwrap();
    assert_eq!(parquet.frame.height(), rows);
    scale().args(arguments).arg(folder.path().join("a.txt")).assert().code(2);
    assert!(!folder.path().join("a.txt").exists());
}

#[test]
fn unknown_places_are_refused_with_the_known_ones() {
    let refused = |area: &str, reference: &str, said: &str| {
        let arguments = ["compare", "--area", area, "--reference", reference];
        scale().args(arguments).assert().code(2).stderr(contains(said));
    };
    refused("jerva", "kommun:0180", "did you mean \"jarva\"?");
    refused("jarva", "area:nowhere", "known areas: jarva");
    refused("jarva", "kommun:1480", "municipalities in the data: 0180, 0182");
    refused("jarva", "county:14", "its references:");
    refused("jarva", "stockholm", "kommun:0180, county:01");
}

#[test]
fn the_table_is_readable_in_both_languages() {
    let arguments = ["compare", "--area", "sgid", "--reference", "kommun:0180"];
    let text = |lang: &str| {
        let run = scale().args(["--lang", lang]).args(arguments).assert().success();
        String::from_utf8(run.get_output().stdout.clone()).unwrap()
    };
    insta::assert_snapshot!("compare_sgid", text("en"));
    let swedish = text("sv");
    let words = contains("skillnad").and(contains("Invånare")).and(contains("inte jämförbara"));
    assert!(predicates::Predicate::eval(&words, &swedish), "{swedish}");
}

/// A data folder, and a comparison on it.
struct Data(tempfile::TempDir);

impl Data {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn ingest(&self, name: &str, text: &str, words: &str) {
        std::fs::write(self.0.path().join(name), text).unwrap();
        let mut command = scale();
        command.current_dir(self.0.path()).args(["ingest", "--file", name, "--year", "2025"]);
        command.args(words.split_whitespace()).args(["--publisher", "p", "--licence", "CC0-1.0"]);
        command.args(["--into", "data"]).assert().success();
    }

    fn compare(&self, area: &str, reference: &str) -> Value {
        let mut command = scale();
        command.current_dir(self.0.path()).args(["--data", "data", "--json", "compare"]);
        let output = command.args(["--area", area, "--reference", reference]).assert().success();
        serde_json::from_slice(&output.get_output().stdout).unwrap()
    }
}

/// Two streets that cross in the middle of Hjorthagen, some kilometres long.
const STREETS: &str = r#"<osm version="0.6">
<node id="1" lon="18.06" lat="59.355"/><node id="2" lon="18.10" lat="59.355"/><node id="3" lon="18.14" lat="59.355"/>
<node id="4" lon="18.10" lat="59.33"/><node id="5" lon="18.10" lat="59.38"/>
<way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>
<way id="11"><nd ref="4"/><nd ref="2"/><nd ref="5"/><tag k="highway" v="residential"/></way>
</osm>"#;

/// A care centre on the streets of one area, another beside Skärholmen, where no streets are.
#[test]
fn a_walk_along_streets_is_not_held_against_a_straight_line() {
    let data = Data::new();
    data.ingest("s.osm", STREETS, "--id streets --theme geography --geography streets");
    let centres = "id,lon,lat,kind\na,18.11,59.355,care\nb,17.907,59.277,care\n";
    let services = "--id care --theme services --geography point --key id --name kind";
    data.ingest("care.csv", centres, services);
    // The unit's inner point lies within 500 m of a street, or there is nothing to be seen here.
    let found = data.compare("norra-djurgardsstaden", "area:skarholmen");
    let way = row(&found, "distance_nearest_care_m");
    assert_eq!(
        (&way["area"]["obs_status"], &way["reference"]["obs_status"]),
        (&json!("E"), &json!("E"))
    );
    assert_eq!((&way["comparable"], &way["reason"]), (&json!(false), &json!("ways_differ")));
    assert_eq!((&way["difference"], &way["funnel"]), (&Value::Null, &Value::Null));
    assert!(way["reason_text"].as_str().unwrap().contains("along streets"), "{way}");
    // Minutes of a walk are there for the one alone, and are not made up for the other.
    let minutes = |found: &Value| {
        let rows = found["rows"].as_array().unwrap();
        rows.iter().filter(|row| row["indicator"] == "access_nearest_care_min").count()
    };
    assert_eq!(minutes(&found), 0);
    let itself = data.compare("norra-djurgardsstaden", "area:norra-djurgardsstaden");
    assert_eq!(minutes(&itself), 1);
    let way = row(&itself, "access_nearest_care_min");
    assert_eq!((&way["comparable"], &way["area"]["obs_status"]), (&json!(true), &json!("E")));
    close(&way["difference"], 0.0, 1e-12);
    let lines = data.compare("jarva", "area:skarholmen");
    assert_eq!(row(&lines, "distance_nearest_care_m")["comparable"], true, "lines on both sides");
}

/// 120 ± 2 of own cases in the one unit of the area: against itself 0 ± 4, as a rate from 118 of 1,202 to 122 of 1,198.
#[test]
fn noise_and_the_bounds_of_positions_stand_beside_a_difference() {
    let data = Data::new();
    let counts = "code,cases,people\n0180R035,120,1200\n";
    let words = "--id cases --theme health --key code --geography regso-2025 --extensive cases,people --ratio case_rate=cases/people*100";
    data.ingest("cases.csv", counts, words);
    let file = data.0.path().join("data/catalog.toml");
    let catalog = std::fs::read_to_string(&file).unwrap();
    let noisy = catalog.replace(
        "key = \"code\"",
        "key = \"code\"\ndisclosure = { method = \"cell_key\", bound = 2 }",
    );
    assert_ne!(noisy, catalog);
    std::fs::write(&file, noisy).unwrap();
    let found = data.compare("norra-djurgardsstaden", "area:norra-djurgardsstaden");
    let cases = row(&found, "cases");
    assert_eq!(cases["reason"], "within_disclosure_noise");
    close(&cases["difference_interval"]["lower"], -4.0, 1e-9);
    close(&cases["difference_interval"]["upper"], 4.0, 1e-9);
    let rate = row(&found, "case_rate");
    close(&rate["area"]["lower"], 118.0 / 12.02, 1e-9);
    close(&rate["area"]["upper"], 122.0 / 11.98, 1e-9);
    assert_eq!(rate["reason"], "within_disclosure_noise");
    let metro = compare("jarva", "area:skarholmen");
    let metro = row(&metro, "distance_nearest_metro_m");
    let of = |side: &str, end: &str| metro[side][end].as_f64().unwrap();
    let lower = of("area", "lower") - of("reference", "upper");
    close(&metro["difference_interval"]["lower"], lower, 1e-9);
    let meets = lower <= 0.0 && of("area", "upper") >= of("reference", "lower");
    assert_eq!(metro["reason"], if meets { "bounds_meet" } else { "bounds_apart" });
}

/// The mean way by residents to the nearest metro station, straight lines times 1.3 on both sides.
#[test]
fn ways_to_stations_stand_beside_those_of_another_area() {
    let found = compare("jarva", "area:skarholmen");
    let metro = row(&found, "distance_nearest_metro_m");
    let of = |side: &str| metro[side]["value"].as_f64().unwrap();
    close(&metro["difference"], of("area") - of("reference"), 1e-9);
    assert!((100.0..3000.0).contains(&of("area")) && (100.0..3000.0).contains(&of("reference")));
    let itself = compare("jarva", "area:jarva");
    close(&row(&itself, "distance_nearest_metro_m")["difference"], 0.0, 1e-12);
    close(&row(&itself, "distance_nearest_metro_m")["area"]["value"], of("area"), 1e-9);
}

/// 81 of 263 in both: sampled, so that both have Wilson's interval and the difference of nought lies within it.
#[test]
fn shares_of_a_sample_are_held_against_their_intervals() {
    let data = Data::new();
    let words = "--id survey --theme health --key code --geography regso-2025 --extensive yes,asked --ratio smokers=yes/asked*100 --sample smokers=share";
    data.ingest("survey.csv", "code,yes,asked\n0180R035,81,263\n", words);
    let found = data.compare("norra-djurgardsstaden", "area:norra-djurgardsstaden");
    let smokers = row(&found, "smokers");
    close(&smokers["area"]["lower"], 25.53, 5e-3);
    close(&smokers["area"]["upper"], 36.62, 5e-3);
    assert_eq!(smokers["reason"], "within_sampling_error");
    assert!(smokers["difference_interval"]["lower"].as_f64().unwrap() < 0.0);
}

#[test]
fn two_places_without_an_indicator_in_common_are_told_what_each_has() {
    let output = scale().args(["compare", "--area", "jarva", "--reference", "county:01"]).assert();
    let told = contains("There is no indicator that both have")
        .and(contains("The area has: "))
        .and(contains("residents"))
        .and(contains("The reference has: "))
        .and(contains("kommun:0180"));
    output.success().stdout(told);
}

#[test]
fn a_file_of_an_unknown_ending_is_refused_by_its_own_name_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = scale();
    command.current_dir(folder.path()).args([
        "compare",
        "--area",
        "jarva",
        "--reference",
        "others",
    ]);
    let told = contains("c.xyz").and(contains(".parquet .csv")).and(contains("tmp").not());
    command.args(["--out", "c.xyz"]).assert().code(2).stderr(told);
}

#[test]
fn shares_of_types_of_units_have_their_names_in_both_languages() {
    for (lang, label) in [("en", "Share in: "), ("sv", "Andel i: ")] {
        let mut command = scale();
        command.args(["--lang", lang, "compare", "--area", "jarva", "--reference", "kommun:0180"]);
        command
            .assert()
            .success()
            .stdout(contains(label).and(contains("socioeconomic type 1 share").not()));
    }
}
