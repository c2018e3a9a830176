//! Files of one's own become data sets that `--data` accepts.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;

use std::path::Path;

use polars::prelude::SerReader;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use common::{scale, shared};

/// Ingests a CSV made for the occasion as cars by RegSO.
fn ingest_cars(folder: &Path, csv: &[u8], more: &[&str]) -> assert_cmd::assert::Assert {
    let file = folder.join("cars.csv");
    std::fs::write(&file, csv).unwrap();
    scale()
        .args(["ingest", "--id", "cars", "--theme", "travel", "--key", "code"])
        .args(["--geography", "regso-2025", "--publisher", "a publisher", "--licence", "CC0-1.0"])
        .args(more)
        .arg("--file")
        .arg(file)
        .arg("--into")
        .arg(folder.join("data"))
        .assert()
}

fn map(folder: &Path, area: &str) -> assert_cmd::assert::Assert {
    scale()
        .arg("--data")
        .arg(folder.join("data"))
        .args(["map", "--area", area, "--out"])
        .arg(folder.join("out"))
        .assert()
}

#[test]
fn several_years_stand_side_by_side_and_reach_the_baseline() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "code;year;cars\n0180R035;2023;1000\n0180R035;2024;1100\n";
    ingest_cars(folder.path(), csv.as_bytes(), &["--year", "year", "--extensive", "cars"])
        .success()
        .stdout(contains("2 rows, years 2023, 2024"))
        .stderr(contains("semicolon").or(contains(";")));
    map(folder.path(), "norra-djurgardsstaden").success();
    let file = "out/norra-djurgardsstaden/norra-djurgardsstaden_units.parquet";
    let file = std::fs::File::open(folder.path().join(file)).unwrap();
    let frame = polars::prelude::ParquetReader::new(file).finish().unwrap();
    assert_eq!(
        frame.column("cars").unwrap().f64().unwrap().get(0),
        Some(1100.0),
        "the newest year"
    );
}

#[test]
fn decimal_commas_in_windows_1252_are_detected_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let csv = b"code;namn;cars\n0180R035;Hjorthagen V\xe4rtahamnen;12,5\n0180R030;G\xe4rdet;7,25\n";
    ingest_cars(folder.path(), csv, &["--year", "2024", "--intensive", "cars", "--name", "namn"])
        .success()
        .stderr(contains("windows-1252").and(contains("comma")));
}

#[test]
fn keys_of_another_geography_are_listed_and_refused() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "code,cars\n0180C1010,1\n0180C1020,2\n";
    ingest_cars(folder.path(), csv.as_bytes(), &["--year", "2024", "--extensive", "cars"])
        .code(2)
        .stderr(contains("2 keys").and(contains("0180C1010, 0180C1020")))
        .stderr(contains("look like DeSO, not regso-2025"));
    assert!(!folder.path().join("data").exists(), "nothing is written");
}

#[test]
fn keys_that_join_nothing_are_counted_and_the_vintage_is_suspected() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "code,cars\n0180R001,1\n9999R001,2\n9999R002,3\n";
    ingest_cars(folder.path(), csv.as_bytes(), &["--year", "2024", "--extensive", "cars"])
        .success()
        .stderr(contains("2 keys are not among the units of regso-2025: 9999R001, 9999R002"))
        .stderr(contains("these look like RegSO of another vintage, not regso-2025"));
}

#[test]
fn a_column_of_values_may_be_called_by_its_year() {
    let folder = tempfile::tempdir().unwrap();
    let csv = b"code,2022\n0180R035,7\n";
    ingest_cars(folder.path(), csv, &["--year", "2022", "--extensive", "2022"])
        .success()
        .stdout(contains("1 rows, years 2022"));
    let frame = ingested(&folder.path().join("data"));
    assert_eq!(frame.column("2022").unwrap().f64().unwrap().get(0), Some(7.0));
    ingest_cars(folder.path(), csv, &["--year", "2022", "--extensive", "2022,code"])
        .code(2)
        .stderr(contains("the column \"code\" is declared as two things"));
}

#[test]
fn thousands_with_spaces_beside_decimal_commas_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let csv = b"code;cars;homes\n0180R035;1 234,5;12 345\n0180R030;7;..\n";
    ingest_cars(folder.path(), csv, &["--year", "2024", "--extensive", "cars,homes"])
        .success()
        .stderr(contains("Thousands: 1 cells of \"cars\"").and(contains("cells of \"homes\"")));
    let frame = ingested(&folder.path().join("data"));
    let numbers = |name: &str| -> Vec<Option<f64>> {
        frame.column(name).unwrap().f64().unwrap().iter().collect()
    };
    assert_eq!(numbers("cars"), [Some(1234.5), Some(7.0)]);
    assert_eq!(numbers("homes"), [Some(12_345.0), None]);
}

#[test]
fn a_column_without_a_meaning_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "code,cars,colour\n0180R035,1,red\n";
    ingest_cars(folder.path(), csv.as_bytes(), &["--year", "2024", "--extensive", "cars"])
        .code(2)
        .stderr(contains("columns without an entry: colour").and(contains("--drop")));
}

#[test]
fn a_repeated_key_is_refused_with_both_rows() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "code,cars\n0180R035,1\n0180R035,2\n";
    ingest_cars(folder.path(), csv.as_bytes(), &["--year", "2024", "--extensive", "cars"])
        .code(2)
        .stderr(contains("\"0180R035\" appears twice").and(contains("in row 1 and row 2")));
}

#[test]
fn a_file_changed_after_it_was_catalogued_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "code,cars\n0180R035,1\n";
    ingest_cars(folder.path(), csv.as_bytes(), &["--year", "2024", "--extensive", "cars"])
        .success();
    for entry in std::fs::read_dir(folder.path().join("data")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "parquet") {
            std::fs::write(path, "other").unwrap();
        }
    }
    map(folder.path(), "jarva").code(2).stderr(contains("does not match the catalogue"));
}

#[test]
fn the_real_population_answer_replaces_the_built_in_one() {
    let Some(file) = shared("stockholm/scb_pxweb_v1_population_regso_2024.json") else { return };
    let folder = tempfile::tempdir().unwrap();
    scale()
        .args(["ingest", "--id", "population_regso", "--theme", "population", "--key", "Region"])
        .args([
            "--geography",
            "regso-2025",
            "--sex",
            "Kon",
            "--age",
            "Alder",
            "--derive",
            "demography",
        ])
        .args(["--rename", "Folkmängden per region=residents", "--extensive", "residents"])
        .args(["--publisher", "SCB", "--licence", "CC0-1.0", "--file"])
        .arg(file)
        .arg("--into")
        .arg(folder.path().join("data"))
        .assert()
        .success()
        .stdout(contains("6858 rows, years 2024"));
    map(folder.path(), "jarva").success().stdout(contains("95 681").and(contains("Aged 0–19")));
}

#[test]
fn another_vintage_than_the_declared_one_is_refused() {
    let Some(file) = shared("stockholm/scb_pxweb_v1_population_regso_2024.json") else { return };
    let folder = tempfile::tempdir().unwrap();
    scale()
        .args(["ingest", "--id", "p", "--theme", "population", "--key", "Region"])
        .args(["--geography", "regso-2020", "--publisher", "SCB", "--licence", "CC0-1.0", "--file"])
        .arg(file)
        .arg("--into")
        .arg(folder.path())
        .assert()
        .code(2)
        .stderr(contains("is of RegSO2025, not of regso-2020"));
}

#[test]
fn what_is_said_of_a_csv_file_wins_over_what_is_detected() {
    let folder = tempfile::tempdir().unwrap();
    // Detected would be the first line as header, commas between cells, and another letter.
    let csv = b"a^b^c\ncode^namn^cars\n0180R035^V\xe4rtan, norra^1,250\n0180R030^G\xe4rdet^2,500\n";
    let told = ["--delimiter", "^", "--encoding", "iso-8859-1", "--header-row", "2", "--decimal"];
    let more = ["--year", "2024", "--intensive", "cars", "--name", "namn"];
    ingest_cars(folder.path(), csv, &[&more[..], &told, &["comma"]].concat()).success();
    let frame = ingested(&folder.path().join("data"));
    assert_eq!(frame.column("cars").unwrap().f64().unwrap().get(0), Some(1.25));
    assert_eq!(frame.column("namn").unwrap().str().unwrap().get(0), Some("Värtan, norra"));
}

/// The one Parquet file of a data folder.
fn ingested(data: &Path) -> polars::prelude::DataFrame {
    let mut files = std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
    let file = files.find(|path| path.extension().is_some_and(|end| end == "parquet"));
    let file = std::fs::File::open(file.unwrap()).unwrap();
    polars::prelude::ParquetReader::new(file).finish().unwrap()
}

#[test]
fn wrong_words_about_a_csv_file_are_refused_with_the_right_ones() {
    let folder = tempfile::tempdir().unwrap();
    let csv = b"code;cars\n0180R035;1\n";
    for (told, reason) in [
        (["--delimiter", "ab"], "give comma, semicolon, tab, bar, or one character"),
        (["--encoding", "klingon"], "\"klingon\" is not a known encoding"),
        (["--header-row", "0"], "lines are whole numbers, counted from 1"),
        (["--header-row", "9"], "row 9: no row starts in the line named as header"),
        (["--decimal", "dot"], "[possible values: comma, point]"),
    ] {
        let more = [&["--year", "2024", "--extensive", "cars"][..], &told].concat();
        ingest_cars(folder.path(), csv, &more).code(2).stderr(contains(reason));
    }
    let latin = b"code;name\n0180R035;V\xe4rtan\n";
    ingest_cars(folder.path(), latin, &["--year", "2024", "--encoding", "utf-8"])
        .code(2)
        .stderr(contains("cars.csv: cannot be decoded: it holds bytes that are not valid UTF-8"));
    assert!(!folder.path().join("data").exists(), "nothing is written");
}

const SCHEMA: &str = r#"
id = "cars"
theme = "travel"
geography = "regso-2025"
key = "code"
publisher = "a publisher"
licence = "CC0-1.0"
title = { sv = "Bilar", en = "Cars" }
dimensions = { year = "year" }

[fields]
cars = { kind = "extensive", unit = "cars", label = { sv = "Bilar", en = "Cars" } }
residents = { kind = "extensive", unit = "persons", label = { sv = "Invånare", en = "Residents" } }
fuel = { kind = "categorical", label = { sv = "Bränsle", en = "Fuel" }, categories = { "E" = { sv = "El", en = "Electric" } } }

[fields.cars_per_1000]
kind = "ratio"
numerator = "cars"
denominator = "residents"
per = 1000
unit = "cars per 1000 residents"
label = { sv = "Bilar per 1000", en = "Cars per 1000" }
"#;

/// Ingests a CSV made for the occasion by a schema.
fn ingest_by(folder: &Path, schema: &str, csv: &str, more: &[&str]) -> assert_cmd::assert::Assert {
    let (file, declared) = (folder.join("cars.csv"), folder.join("cars.toml"));
    std::fs::write(&file, csv).unwrap();
    std::fs::write(&declared, schema).unwrap();
    scale()
        .arg("ingest")
        .args(more)
        .arg("--file")
        .arg(file)
        .arg("--schema")
        .arg(declared)
        .arg("--into")
        .arg(folder.join("data"))
        .assert()
}

fn catalog(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("data/catalog.toml")).unwrap()
}

#[test]
fn a_schema_says_what_a_file_is_down_to_the_baseline() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "code,year,cars,residents,fuel\n0180R035,2024,1100,9491,E\n";
    ingest_by(folder.path(), SCHEMA, csv, &[]).success().stdout(contains("1 rows, years 2024"));
    let catalog = catalog(folder.path());
    for text in ["per = 1000", "sv = \"Bilar\"", "unit = \"cars\"", "years = [2024]"] {
        assert!(catalog.contains(text), "{text} is not in {catalog}");
    }
    map(folder.path(), "norra-djurgardsstaden").success();
    let file = "out/norra-djurgardsstaden/norra-djurgardsstaden_units.parquet";
    let file = std::fs::File::open(folder.path().join(file)).unwrap();
    let frame = polars::prelude::ParquetReader::new(file).finish().unwrap();
    let share = frame.column("cars_per_1000").unwrap().f64().unwrap().get(0).unwrap();
    assert!((share - 1100.0 / 9491.0 * 1000.0).abs() < 1e-9, "{share}");
}

#[test]
fn options_win_over_the_schema() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "code,cars,residents,fuel\n0180R035,1100,9491,E\n";
    let more =
        ["--id", "bilar", "--year", "2023", "--licence", "CC-BY-4.0", "--unit", "cars=vehicles"];
    ingest_by(folder.path(), SCHEMA, csv, &more)
        .success()
        .stdout(contains("bilar: 1 rows, years 2023"));
    let catalog = catalog(folder.path());
    for text in
        ["id = \"bilar\"", "licence = \"CC-BY-4.0\"", "unit = \"vehicles\"", "en = \"Cars\""]
    {
        assert!(catalog.contains(text), "{text} is not in {catalog}");
    }
}

#[test]
fn a_file_that_does_not_fit_its_schema_is_refused_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    for (csv, reason) in [
        (
            "code,year,car,residents,fuel\n0180R035,2024,1,2,E\n",
            "cars.csv: there is no column \"cars\"",
        ),
        ("code,year,car,residents,fuel\n0180R035,2024,1,2,E\n", "did you mean \"car\"?"),
        (
            "code,year,cars,residents,fuel\n0180R035,2024,1,2,E\n0180R030,2024,many,2,E\n",
            "cars.csv: row 3, column \"cars\": \"many\" is not a number",
        ),
        (
            "code,year,cars,residents,fuel\n0180R035,2024,1,2,E\n0180R030,2024,1,2,H\n",
            "cars.csv: row 3: column \"fuel\": \"H\" is no class of it",
        ),
        ("code,year,cars,residents,fuel,x\n0180R035,2024,1,2,E,3\n", "columns without an entry: x"),
    ] {
        ingest_by(folder.path(), SCHEMA, csv, &[]).code(2).stderr(contains(reason));
    }
    assert!(!folder.path().join("data").exists(), "nothing is written");
}

#[test]
fn a_schema_with_a_fault_is_refused_with_its_line_or_its_gap() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "code,year,cars,residents,fuel\n0180R035,2024,1,2,E\n";
    let typo = SCHEMA.replace("theme =", "tehme =");
    ingest_by(folder.path(), &typo, csv, &[])
        .code(2)
        .stderr(contains("cars.toml").and(contains("line 3")).and(contains("tehme")));
    let gap = SCHEMA.replace("licence = \"CC0-1.0\"\n", "");
    ingest_by(folder.path(), &gap, csv, &[])
        .code(2)
        .stderr(contains("its licence is not declared").and(contains("--licence")));
    let layout = SCHEMA.replace("dimensions", "layout = \"points\"\ndimensions");
    ingest_by(folder.path(), &layout, csv, &[])
        .code(2)
        .stderr(contains("layout = \"points\", the file fits units"));
}

#[test]
fn an_entry_of_a_catalogue_is_a_schema() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "code,year,cars,residents,fuel\n0180R035,2024,1100,9491,E\n";
    ingest_by(folder.path(), SCHEMA, csv, &[]).success();
    let again = catalog(folder.path());
    ingest_by(folder.path(), &again, csv, &[]).success();
    assert_eq!(catalog(folder.path()), again, "file, checksum and all");
}

#[test]
fn points_in_columns_are_looked_at_like_a_layer() {
    let folder = tempfile::tempdir().unwrap();
    let schema = r#"
id = "clinics"
theme = "health"
geography = "point"
key = "id"
name = "name"
publisher = "a publisher"
licence = "CC0-1.0"
years = [2024]
point = { x = "x", y = "y", crs = "EPSG:3006" }
"#;
    let csv = "id,name,x,y\n1,Kista,667000,6588000\n";
    ingest_by(folder.path(), schema, csv, &[]).success();
    assert!(catalog(folder.path()).contains("layout = \"points\""));
    let csv = "id,name,x,y\n1,Kista,17.94,59.40\n";
    ingest_by(folder.path(), schema, csv, &[]).code(2).stderr(contains("these look like degrees"));
    let csv = "id,name,x,y\n1,Kista,667000,6588000\n2,Husby,here,6588000\n";
    ingest_by(folder.path(), schema, csv, &[])
        .code(2)
        .stderr(contains("cars.csv: row 3, column \"x\": \"here\" is not a number"));
}

#[test]
fn a_ratio_may_be_given_per_so_many() {
    let folder = tempfile::tempdir().unwrap();
    let csv = b"code,cars,residents\n0180R035,1100,9491\n";
    let more = ["--year", "2024", "--extensive", "cars,residents", "--ratio"];
    let per = |ratio| [&more[..], &[ratio]].concat();
    ingest_cars(folder.path(), csv, &per("density=cars/residents*1000")).success();
    assert!(catalog(folder.path()).contains("per = 1000"));
    ingest_cars(folder.path(), csv, &per("density=cars/residents*0"))
        .code(2)
        .stderr(contains("\"cars/residents*0\" is not of the form A/B or A/B*PER"));
    let unit = ["--unit", "bilar=cars"];
    ingest_cars(folder.path(), csv, &[&per("d=cars/residents")[..], &unit].concat())
        .code(2)
        .stderr(contains("--unit speaks of \"bilar\", which has no kind"));
}
