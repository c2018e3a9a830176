//! Small counts that are withheld, and counts that their publisher protects, as a user meets them.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::indexing_slicing, clippy::float_cmp)]

mod common;
#[path = "common/folder.rs"]
mod folder;

use std::path::Path;

use polars::prelude::{ParquetReader, SerReader};
use predicates::str::contains;
use serde_json::{Value, json};

use folder::{Folder, squares};

fn near(found: &Value, known: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - known).abs() <= 1e-9 * known.abs().max(1.0), "{found} is not {known}");
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

/// Squares a to e in a row, 10 m wide, with a count and a rate; areas one (a, b, c), two (b, d, e) and all of them.
fn five(folder: &Folder) {
    let at = |place: f64| [place * 10.0, 0.0, 10.0, 10.0];
    let cells = [("a", at(0.0)), ("c", at(1.0)), ("b", at(2.0)), ("d", at(3.0)), ("e", at(4.0))];
    squares(folder, "cells.geojson", &cells);
    folder.file("n.csv", "id,n,r\na,3,1.5\nb,12,2.5\nc,40,3.5\nd,50,4.5\ne,60,5.5\n");
    let areas = [
        ("one", [0.0, 0.0, 30.0, 10.0]),
        ("two", [20.0, 0.0, 30.0, 10.0]),
        ("all", [0.0, 0.0, 50.0, 10.0]),
    ];
    squares(folder, "areas.geojson", &areas);
}

fn of<'a>(rows: &'a [Value], id: &str) -> &'a Value {
    rows.iter().find(|row| row["id"] == id).unwrap()
}

#[test]
fn small_counts_are_withheld_of_what_is_cut_with_their_rates() {
    let folder = Folder::new();
    five(&folder);
    let clip = [
        "--areas",
        "areas.geojson",
        "clip",
        "cells.geojson",
        "--area",
        "one",
        "--values",
        "n.csv",
        "--key",
        "id",
        "--extensive",
        "n",
        "--intensive",
        "r",
        "--out",
        "out.geojson",
    ];
    let report = folder.json(&[&clip[..], &["--min-count", "5"]].concat());
    assert!(report["notes"].to_string().contains("1 counts below 5 are withheld"), "{report}");
    assert_eq!(report["carried"][0]["value"], 55.0);
    assert_eq!(report["carried"][0]["mostly_inside"], Value::Null, "another sum of the same");
    let rows = folder.properties("out.geojson");
    let cells =
        |id: &str| ["n", "n_status", "n_lower", "n_upper", "r"].map(|c| of(&rows, id)[c].clone());
    assert_eq!(json!(cells("a")), json!([null, "Q", 0.0, 4.0, null]));
    assert_eq!(json!(cells("b")), json!([null, "Q", null, null, null]));
    assert_eq!(json!(cells("c")), json!([40.0, "A", null, null, 3.5]));
    let open = folder.json(&clip);
    assert_eq!(open["carried"][0]["mostly_inside"], 55.0);
    assert_eq!(of(&folder.properties("out.geojson"), "a")["n"], 3.0);
}

/// Two areas that share b. By itself the second has nothing to hide, and its 12 would tell the 3 of the first.
const TWO_AREAS: &str = r#"scale = 1
[areas]
from = "areas.geojson"
crs = "EPSG:3006"
ids = ["one", "two"]
[data]
from = "nothing"
[steps.cut]
kind = "clip"
input = "cells.geojson"
values = "n.csv"
key = "id"
extensive = "n"
min_count = 5
crs = "EPSG:3006"
out = "cut.geojson"
[steps.cells]
kind = "carry"
source = "cells.geojson"
values = "n.csv"
key = "id"
extensive = "n"
onto = "grid:10"
min_count = 5
out = "grid.geojson"
[steps.publish]
kind = "publish"
from = ["cut", "cells"]
folder = "made"
"#;

fn run(folder: &Folder, more: &[&str]) {
    folder.command(&[&["run", "p.toml", "--cache"], more].concat()).assert().success();
}

#[test]
fn a_pipeline_withholds_over_all_areas_together_whichever_are_made() {
    let folder = Folder::new();
    five(&folder);
    folder.file("p.toml", TWO_AREAS);
    run(&folder, &["cache"]);
    let one = folder.properties("made/one/cut.geojson");
    assert_eq!([&of(&one, "a")["n"], &of(&one, "b")["n"]], [&Value::Null; 2]);
    let two = folder.properties("made/two/cut.geojson");
    assert_eq!(of(&two, "b")["n"], Value::Null, "the 12 of area one");
    assert_eq!(of(&two, "b")["n_status"], "Q");
    assert_eq!(of(&two, "e")["n"], 60.0);
    let grid = folder.properties("made/two/grid.geojson");
    assert_eq!(of_cell(&grid, "674020_6580000")["n"], Value::Null);
    let whole = std::fs::read(folder.path("made/two/cut.geojson")).unwrap();
    run(&folder, &["another", "--area", "two", "--out", "alone"]);
    assert_eq!(std::fs::read(folder.path("alone/made/two/cut.geojson")).unwrap(), whole);
    // Without the other area in the file nothing is small.
    folder.file("p.toml", &TWO_AREAS.replace("[\"one\", \"two\"]", "[\"two\"]"));
    run(&folder, &["cache"]);
    assert_eq!(of(&folder.properties("made/two/cut.geojson"), "b")["n"], 12.0);
}

fn of_cell<'a>(rows: &'a [Value], id: &str) -> &'a Value {
    rows.iter().find(|row| row["cell_id"] == id).unwrap()
}

#[test]
fn what_cannot_be_decided_together_is_refused() {
    let folder = Folder::new();
    five(&folder);
    let blocks = TWO_AREAS
        .replace("onto = \"grid:10\"", "onto = \"areas.geojson\"\neach = \"all\"\nblocks = 2");
    folder.file("p.toml", &blocks);
    let run = || folder.command(&["run", "p.toml", "--cache", "cache"]);
    run().assert().code(2).stderr(contains("leave out blocks"));
    folder.file(
        "p.toml",
        &TWO_AREAS.replace("source = \"cells.geojson\"", "source = \"step:cut\"").replace(
            "values = \"n.csv\"\nkey = \"id\"\nextensive = \"n\"\nonto",
            "extensive = \"n\"\nonto",
        ),
    );
    run().assert().code(2).stderr(contains("made a file for each area"));
}

#[test]
fn the_baseline_of_a_pipeline_withholds_what_the_single_command_withholds() {
    let folder = Folder::new();
    let units = skarholmen();
    let rows =
        format!("code,cases\n{},3\n{},12\n{},40\n{},25\n", units[0], units[1], units[2], units[3]);
    own_counts(&folder, &rows, "");
    folder.file(
        "p.toml",
        "scale = 1\n[areas]\nids = [\"skarholmen\", \"jarva\"]\n[data]\nfrom = \"data\"\n[steps.baseline]\nkind = \"map\"\nmin_count = 5\n[steps.publish]\nkind = \"publish\"\nfrom = \"baseline\"\nfolder = \"made\"\n",
    );
    run(&folder, &["cache"]);
    let kept = cases(&folder, &["--min-count", "5"]);
    assert_eq!(found(&kept, &units[0]), &json!([null, 0.0, 4.0, "Q"]));
    let file = "skarholmen/skarholmen_indicators.parquet";
    let bytes = |of: &str| std::fs::read(folder.path(of).join(file)).unwrap();
    assert!(bytes("made") == bytes("out"), "the two differ");
}

/// A data folder of one data set, as a catalogue has it.
fn data_set(folder: &Folder, (name, text): (&str, &str), entry: &str, fields: &str) {
    let data = folder.path("data");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join(name), text).unwrap();
    let sha = sha256(&data.join(name));
    let label = "{ sv = \"fall\", en = \"cases\" }";
    let fields: String = fields.split(',').flat_map(|field| [format!("[dataset.fields.{field}]\nkind = \"extensive\"\nunit = \"cases\"\nlabel = {label}\n")]).collect();
    let catalog = format!(
        "[[dataset]]\nid = \"cases\"\ntheme = \"health\"\ntitle = {label}\ndescription = {label}\npublisher = \"Own\"\ntable = \"cases\"\nyears = [2024]\nlicence = \"own\"\nfile = \"{name}\"\nsha256 = \"{sha}\"\n{entry}\n{fields}"
    );
    std::fs::write(data.join("catalog.toml"), catalog).unwrap();
}

/// Value, bounds and status of cases in the whole area and beside it, by role.
fn bounds(folder: &Folder, role: &str) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    folder
        .command(&["map", "--area", "skarholmen", "--data", "data", "--out", "out"])
        .assert()
        .success();
    let file =
        std::fs::File::open(folder.path("out/skarholmen/skarholmen_indicators.parquet")).unwrap();
    let frame = ParquetReader::new(file).finish().unwrap();
    let text = |name: &str, row: usize| {
        frame.column(name).unwrap().str().unwrap().get(row).map(str::to_owned)
    };
    let number = |name: &str, row: usize| frame.column(name).unwrap().f64().unwrap().get(row);
    for row in 0..frame.height() {
        let is = |name: &str, known: &str| text(name, row).as_deref() == Some(known);
        if is("indicator", "cases") && is("role", role) && text("unit_id", row).is_none() {
            let figures = ["value", "lower", "upper"].map(|name| number(name, row));
            all.push(json!([figures, text("obs_status", row), text("method", row)]));
        }
    }
    all
}

#[test]
fn points_and_references_that_their_publisher_protects_have_bounds_too() {
    let folder = Folder::new();
    // Two points in Bredäng, one of them withheld; one far away.
    let points = "id,lon,lat,cases\na,17.934,59.294,10\nb,17.935,59.295,\nc,11.97,57.71,7\n";
    let points_entry = |disclosure: &str| {
        format!(
            "geography = \"point\"\nlayout = \"points\"\nkey = \"id\"\npoint = {{ x = \"lon\", y = \"lat\", crs = \"EPSG:4326\" }}\ndisclosure = {disclosure}"
        )
    };
    let suppressed = "{ method = \"suppression\", below = 5 }";
    let noisy = "{ method = \"cell_key\", bound = 2 }";
    data_set(&folder, ("points.csv", points), &points_entry(suppressed), "cases");
    let found = bounds(&folder, "own");
    assert_eq!(found, [json!([[null, 10.0, 14.0], "Q", "sum_of_points_inside"])]);
    data_set(&folder, ("points.csv", points), &points_entry(noisy), "cases");
    let found = bounds(&folder, "own");
    assert_eq!(found, [json!([[10.0, 8.0, 12.0], "A", "sum_of_points_inside; cell_key"])]);
    // The municipality's own figure stands beside the area as a reference.
    let municipality = |disclosure: &str| {
        format!(
            "geography = \"municipality\"\nlayout = \"units\"\nkey = \"code\"\ndisclosure = {disclosure}"
        )
    };
    data_set(&folder, ("m.csv", "code,cases\n0180,\n"), &municipality(suppressed), "cases");
    assert_eq!(bounds(&folder, "reference"), [json!([[null, 0.0, 4.0], "Q", "published"])]);
    data_set(&folder, ("m.csv", "code,cases\n0180,900\n"), &municipality(noisy), "cases");
    let found = bounds(&folder, "reference");
    assert_eq!(found, [json!([[900.0, 898.0, 902.0], "A", "published; cell_key"])]);
}

/// A cube in JSON-stat whose publisher withholds one cell (`c`), lacks one (`:`), and calls one provisional (`p`).
#[test]
fn what_is_withheld_stays_apart_from_what_is_missing_down_to_the_baseline() {
    let folder = Folder::new();
    let units = skarholmen();
    let cube = json!({
        "version": "2.0", "class": "dataset", "label": "Cases", "source": "Own",
        "id": ["Region", "Tid"], "size": [4, 1], "role": {"geo": ["Region"], "time": ["Tid"]},
        "dimension": {
            "Region": {"category": {"index": units}},
            "Tid": {"category": {"index": ["2024"]}}},
        "value": [null, null, 40, 25], "status": {"0": "c", "1": ":", "2": "p"},
    });
    folder.file("cases.json", &cube.to_string());
    let ingest = [
        "ingest",
        "--file",
        "cases.json",
        "--id",
        "cases",
        "--theme",
        "health",
        "--key",
        "Region",
        "--geography",
        "regso-2025",
        "--publisher",
        "Own",
        "--licence",
        "own",
        "--into",
        "data",
    ];
    let counts = ["--rename", "value=cases", "--extensive", "cases"];
    folder.command(&[&ingest[..], &counts].concat()).assert().success();
    let written =
        std::fs::read_dir(folder.path("data")).unwrap().map(|entry| entry.unwrap().path());
    let written = written.into_iter().find(|path| path.extension().is_some_and(|e| e == "parquet"));
    let frame =
        ParquetReader::new(std::fs::File::open(written.unwrap()).unwrap()).finish().unwrap();
    let status: Vec<_> = frame
        .column("cases_status")
        .unwrap()
        .str()
        .unwrap()
        .iter()
        .flatten()
        .map(str::to_owned)
        .collect();
    assert_eq!(status, ["Q", "M", "P", "A"]);
    assert_eq!(frame.column("cases").unwrap().null_count(), 2);
    let kept = cases(&folder, &[]);
    assert_eq!(found(&kept, &units[0]), &json!([null, 0.0, null, "Q"]));
    assert_eq!(found(&kept, &units[1]), &json!([null, null, null, "M"]));
    assert_eq!(found(&kept, &units[2]), &json!([40.0, null, null, "P"]));
    assert_eq!(found(&kept, "skarholmen"), &json!([null, 65.0, null, "Q"]));
}

#[test]
fn a_column_of_statuses_is_read_and_an_unknown_one_refused() {
    let folder = Folder::new();
    let units = skarholmen();
    let rows = |status: &str| {
        format!(
            "code,cases,cases_status\n{},,{status}\n{},12,A\n{},40,\n",
            units[0], units[1], units[2]
        )
    };
    folder.file("cases.csv", &rows("Q"));
    let ingest = [
        "ingest",
        "--file",
        "cases.csv",
        "--id",
        "cases",
        "--theme",
        "health",
        "--key",
        "code",
        "--geography",
        "regso-2025",
        "--publisher",
        "Own",
        "--licence",
        "own",
        "--year",
        "2024",
        "--extensive",
        "cases",
        "--into",
        "data",
    ];
    folder.command(&ingest).assert().success();
    assert_eq!(found(&cases(&folder, &[]), &units[0]), &json!([null, 0.0, null, "Q"]));
    folder.file("cases.csv", &rows("hidden"));
    let told = contains("\"hidden\" in column \"cases_status\" is no status");
    folder.command(&ingest).assert().code(2).stderr(told);
}
