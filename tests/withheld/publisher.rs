//! Counts that their publisher protects: bounds and statuses down to the baseline, and through carrying and cutting.

use polars::prelude::{ParquetReader, SerReader};
use predicates::str::contains;
use serde_json::{Value, json};

use crate::folder::{Folder, squares, words};
use crate::own::{cases, data_set, found, near, own_counts, published, skarholmen};
use crate::small::of;

#[test]
fn counts_that_their_publisher_protects_have_bounds() {
    let folder = Folder::new();
    let units = skarholmen();
    let suppressed = "disclosure = { method = \"suppression\", below = 5 }";
    own_counts(&folder, &["", "12", "40", "25"], suppressed);
    let kept = cases(&folder, &[]);
    assert_eq!(found(&kept, &units[0]), &json!([null, 0.0, 4.0, "Q"]));
    assert_eq!(found(&kept, "skarholmen"), &json!([null, 77.0, 81.0, "Q"]));
    let noisy = "disclosure = { method = \"cell_key\", bound = 2 }";
    own_counts(&folder, &["3", "12", "40", "25"], noisy);
    let noisy = cases(&folder, &[]);
    assert_eq!(found(&noisy, "skarholmen"), &json!([80.0, 72.0, 88.0, "A"]));
    assert_eq!(found(&noisy, &units[0]), &json!([3.0, 1.0, 5.0, "A"]));
}

/// Squares a and b in a row, one target over both and one over the eastern half of b.
fn two(folder: &Folder, values: &str) {
    let units = [("a", [0.0, 0.0, 10.0, 10.0]), ("b", [10.0, 0.0, 10.0, 10.0])];
    squares(folder, "units.geojson", &units);
    let targets = [("both", [0.0, 0.0, 20.0, 10.0]), ("east", [15.0, 0.0, 5.0, 10.0])];
    squares(folder, "targets.geojson", &targets);
    folder.file("n.csv", values);
}

fn carry(folder: &Folder, columns: &str) -> Vec<Value> {
    let carry =
        "carry units.geojson --onto targets.geojson --values n.csv --key id --out out.geojson";
    folder.json(&words(&format!("{carry} {columns}")));
    folder.properties("out.geojson")
}

/// The figures of a column in a target.
fn told(rows: &[Value], id: &str, name: &str) -> Value {
    let row = of(rows, id);
    json!(["", "_lower", "_upper", "_status"].map(|end| row[format!("{name}{end}")].clone()))
}

#[test]
fn withheld_cells_are_carried_as_bounds_and_so_are_ratios_of_them() {
    let folder = Folder::new();
    two(&folder, "id,n,n_status,n_upper,m\na,,Q,4,60\nb,40,A,,100\n");
    let rows = carry(&folder, "--extensive n,m --ratio r=n/m");
    assert_eq!(told(&rows, "both", "n"), json!([null, 40.0, 44.0, "Q"]));
    // 40 to 44 of 160; in the east half of b, known.
    assert_eq!(told(&rows, "both", "r"), json!([null, 0.25, 0.275, "Q"]));
    near(&of(&rows, "east")["n"], 20.0);
    near(&of(&rows, "east")["r"], 0.4);
    assert_eq!(
        (&of(&rows, "east")["n_lower"], &of(&rows, "east")["n_status"]),
        (&Value::Null, &json!("E"))
    );
}

/// 10 ± 2 and 40 ± 2 are 50 ± 4, half of the second 20 ± 1; a rate of 5 (4 to 7) and one of 9 without bounds have the mean 7
/// (6.5 to 8).
#[test]
fn bounds_and_statuses_are_carried_with_the_values() {
    let folder = Folder::new();
    let head = "id,n,n_status,n_lower,n_upper,r,r_status,r_lower,r_upper";
    two(&folder, &format!("{head}\na,10,P,8,12,5,A,4,7\nb,40,U,38,42,9,P,,\n"));
    let rows = carry(&folder, "--extensive n --intensive r");
    assert_eq!(told(&rows, "both", "n"), json!([50.0, 46.0, 54.0, "U"]));
    assert_eq!(told(&rows, "east", "n"), json!([20.0, 19.0, 21.0, "U"]));
    assert_eq!(told(&rows, "both", "r"), json!([7.0, 6.5, 8.0, "E"]));
    // As published, provisionally, where a target is one source.
    squares(&folder, "targets.geojson", &[("east", [10.0, 0.0, 10.0, 10.0])]);
    assert_eq!(told(&carry(&folder, "--intensive r"), "east", "r")[3], "P");
}

#[test]
fn bounds_and_statuses_are_cut_with_the_values() {
    let folder = Folder::new();
    let head = "id,n,n_status,n_lower,n_upper,r,r_status";
    two(&folder, &format!("{head}\na,10,P,8,12,5,P\nb,40,A,38,42,9,A\n"));
    squares(&folder, "areas.geojson", &[("half", [0.0, 0.0, 15.0, 10.0])]);
    let clip = "--areas areas.geojson clip units.geojson --area half --values n.csv --key id --extensive n --intensive r --out out.geojson";
    let report = folder.json(&words(clip));
    let rows = folder.properties("out.geojson");
    assert_eq!(told(&rows, "a", "n"), json!([10.0, 8.0, 12.0, "P"]));
    assert_eq!(told(&rows, "b", "n"), json!([20.0, 19.0, 21.0, "E"]));
    assert_eq!(
        (&of(&rows, "a")["r_status"], &of(&rows, "b")["r_status"]),
        (&json!("P"), &json!("E"))
    );
    let whole = &report["carried"][0];
    let figures = ["value", "lower", "upper", "obs_status"].map(|name| whole[name].clone());
    assert_eq!(json!(figures), json!([30.0, 27.0, 33.0, "E"]));
    folder.file("n.csv", &format!("{head}\na,10,planned,8,12,5,P\nb,40,A,38,42,9,A\n"));
    let stranger = contains("\"planned\" in column \"n_status\" is no status");
    folder.command(&words(clip)).assert().code(2).stderr(stranger);
}

/// Value, bounds, status and method of cases in the whole area, or beside it, by role.
fn bounds(folder: &Folder, role: &str) -> Vec<Value> {
    let all = published(folder, "cases", &[]).into_iter();
    let whole = all.filter(|row| row.role == role && row.unit.is_none());
    whole.map(|row| json!([row.told, row.method])).collect()
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
    assert_eq!(found, [json!([[null, 10.0, 14.0, "Q"], "sum_of_points_inside"])]);
    data_set(&folder, ("points.csv", points), &points_entry(noisy), "cases");
    let found = bounds(&folder, "own");
    assert_eq!(found, [json!([[10.0, 8.0, 12.0, "A"], "sum_of_points_inside; cell_key"])]);
    // The municipality's own figure stands beside the area as a reference.
    let municipality = |disclosure: &str| {
        format!(
            "geography = \"municipality\"\nlayout = \"units\"\nkey = \"code\"\ndisclosure = {disclosure}"
        )
    };
    data_set(&folder, ("m.csv", "code,cases\n0180,\n"), &municipality(suppressed), "cases");
    assert_eq!(bounds(&folder, "reference"), [json!([[null, 0.0, 4.0, "Q"], "published"])]);
    data_set(&folder, ("m.csv", "code,cases\n0180,900\n"), &municipality(noisy), "cases");
    let found = bounds(&folder, "reference");
    assert_eq!(found, [json!([[900.0, 898.0, 902.0, "A"], "published; cell_key"])]);
}

const INGEST: &str = "ingest --id cases --theme health --geography regso-2025 --publisher Own --licence own --extensive cases --into data";

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
    let ingest = format!("{INGEST} --file cases.json --key Region --rename value=cases");
    folder.command(&words(&ingest)).assert().success();
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
    let ingest = format!("{INGEST} --file cases.csv --key code --year 2024");
    folder.command(&words(&ingest)).assert().success();
    assert_eq!(found(&cases(&folder, &[]), &units[0]), &json!([null, 0.0, null, "Q"]));
    folder.file("cases.csv", &rows("hidden"));
    let told = contains("\"hidden\" in column \"cases_status\" is no status");
    folder.command(&words(&ingest)).assert().code(2).stderr(told);
}
