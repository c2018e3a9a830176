//! Small counts of what one maps, carries and cuts.

use predicates::str::contains;
use serde_json::{Value, json};

use crate::folder::{Folder, squares, words};
use crate::own::{cases, found, near, own_counts, skarholmen};

/// The row of that id.
pub fn of<'a>(rows: &'a [Value], id: &str) -> &'a Value {
    rows.iter().find(|row| row["id"] == id).unwrap()
}

fn cells<const N: usize>(rows: &[Value], id: &str, names: [&str; N]) -> Value {
    json!(names.map(|name| of(rows, id)[name].clone()).to_vec())
}

#[test]
fn small_counts_of_own_data_are_withheld_with_the_next_smallest() {
    let folder = Folder::new();
    let units = skarholmen();
    own_counts(&folder, &["3", "12", "40", "25"], "");
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

/// Three squares in a row with two counts each.
fn three(folder: &Folder) {
    let at = |place: f64| [place * 10.0, 0.0, 10.0, 10.0];
    let units = [("a", at(0.0)), ("b", at(1.0)), ("c", at(2.0))];
    squares(folder, "units.geojson", &units);
    squares(folder, "targets.geojson", &units);
    folder.file("n.csv", "id,n,m\na,3,30\nb,12,60\nc,40,80\n");
}

const CARRY: &str = "carry units.geojson --onto targets.geojson --values n.csv --key id --min-count 5 --out out.geojson";

#[test]
fn small_counts_are_withheld_of_what_is_carried_and_of_its_ratios() {
    let folder = Folder::new();
    three(&folder);
    let carry = |counts: &str| format!("{CARRY} --ratio r=n/m --extensive {counts}");
    let report = folder.json(&words(&carry("n,m")));
    assert!(report["notes"].to_string().contains("1 counts below 5 are withheld"), "{report}");
    let rows = folder.properties("out.geojson");
    assert_eq!(cells(&rows, "a", ["n", "n_status", "n_upper"]), json!([null, "Q", 4.0]));
    assert_eq!(cells(&rows, "b", ["n", "n_status", "n_upper"]), json!([null, "Q", null]));
    assert_eq!(cells(&rows, "a", ["r", "m"]), json!([null, 30.0]));
    near(&of(&rows, "c")["r"], 0.5);
    let alone = contains("the counts of the ratio \"r\" are not carried");
    folder.command(&words(&carry("n"))).assert().code(2).stderr(alone);
}

/// What another way would give for a ratio, and its margin, tell the ratio as well as it does itself.
#[test]
fn nothing_beside_a_withheld_ratio_gives_it_away() {
    let folder = Folder::new();
    three(&folder);
    folder.file("n.csv", "id,n,m,e\na,3,30,1\nb,12,60,2\nc,40,80,3\n");
    folder.file("p.csv", "x,y,p\n674005,6580005,1\n674015,6580005,1\n674025,6580005,1\n");
    let more =
        "--ratio r=n/m --extensive n,m --moe n=e --also dasymetric:p.csv:p --input-crs EPSG:3006";
    folder.json(&words(&format!("{CARRY} {more}")));
    let rows = folder.properties("out.geojson");
    let told = ["r", "r_alloc_lower", "r_alloc_upper", "r_moe", "n_alloc_lower", "e"];
    assert_eq!(cells(&rows, "a", told), json!([null, null, null, null, null, null]));
    near(&of(&rows, "c")["r_alloc_upper"], 0.5);
    near(&of(&rows, "c")["r_moe"], 3.0 / 80.0);
}

/// The values of single sources, and numbers that the targets bring along, could be counts, too.
#[test]
fn what_is_carried_holds_no_numbers_nobody_named() {
    let folder = Folder::new();
    three(&folder);
    let text = std::fs::read_to_string(folder.path("targets.geojson")).unwrap();
    let told = text.replace("{\"id\":\"a\"}", "{\"id\":\"a\",\"sick\":2,\"number\":7}");
    folder.file("targets.geojson", &told);
    let carry = format!("{CARRY} --extensive n");
    let report = folder.json(&words(&carry));
    assert!(report["notes"].to_string().contains("left out: number, sick;"), "{report}");
    assert_eq!(cells(&folder.properties("out.geojson"), "a", ["sick", "id"]), json!([null, "a"]));
    folder.json(&words(&format!("{carry} --keep number")));
    let rows = folder.properties("out.geojson");
    assert_eq!(cells(&rows, "a", ["sick", "number"]), json!([null, 7]));
    let told = contains("the range of \"m\" shows values of single sources");
    folder.command(&words(&format!("{carry} --range m"))).assert().code(2).stderr(told);
}

/// Squares a to e in a row, 10 m wide, with a count and a rate; areas one (a, b, c), two (b, d, e) and all of them.
pub fn five(folder: &Folder) {
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

const CLIP: &str = "--areas areas.geojson clip cells.geojson --area one --values n.csv --key id --extensive n --out out.geojson";

#[test]
fn small_counts_are_withheld_of_what_is_cut_with_their_rates() {
    let folder = Folder::new();
    five(&folder);
    let clip = format!("{CLIP} --intensive r");
    let report = folder.json(&words(&format!("{clip} --min-count 5")));
    assert!(report["notes"].to_string().contains("1 counts below 5 are withheld"), "{report}");
    assert_eq!(report["carried"][0]["value"], 55.0);
    assert_eq!(report["carried"][0]["mostly_inside"], Value::Null, "another sum of the same");
    let rows = folder.properties("out.geojson");
    let all = ["n", "n_status", "n_lower", "n_upper", "r", "r_status"];
    assert_eq!(cells(&rows, "a", all), json!([null, "Q", 0.0, 4.0, null, "Q"]));
    assert_eq!(cells(&rows, "b", all), json!([null, "Q", null, null, null, "Q"]));
    assert_eq!(cells(&rows, "c", all), json!([40.0, "A", null, null, 3.5, "A"]));
    let open = folder.json(&words(&clip));
    assert_eq!(open["carried"][0]["mostly_inside"], 55.0);
    assert_eq!(of(&folder.properties("out.geojson"), "a")["n"], 3.0);
}

/// `r` is a count that nobody called one: it is left out, unless it is named to be kept; bounds of what is withheld beside a
/// small count would tell it.
#[test]
fn a_column_nobody_named_does_not_leave_with_a_small_count_in_it() {
    let folder = Folder::new();
    five(&folder);
    let values = "id,n,n_lower,n_upper,r,street\na,3,3,3,2,Allén\nb,12,12,12,3,Torget\nc,40,40,40,1,Torget\n";
    folder.file("n.csv", values);
    let clip = format!("{CLIP} --min-count 5");
    let report = folder.json(&words(&clip));
    assert!(report["notes"].to_string().contains("left out: r;"), "{report}");
    let rows = folder.properties("out.geojson");
    let all = ["n", "n_lower", "n_upper", "r", "street"];
    assert_eq!(cells(&rows, "a", all), json!([null, 0.0, 4.0, null, "Allén"]));
    assert_eq!(cells(&rows, "b", all), json!([null, null, null, null, "Torget"]));
    assert_eq!(cells(&rows, "c", all), json!([40.0, 40.0, 40.0, null, "Torget"]));
    folder.json(&words(&format!("{clip} --keep r")));
    assert_eq!(of(&folder.properties("out.geojson"), "c")["r"], "1");
    folder.command(&words(&format!("{CLIP} --keep r"))).assert().code(2);
}
