//! What a pipeline withholds over all of its areas together.

use predicates::str::contains;
use serde_json::{Value, json};

use crate::folder::Folder;
use crate::own::{cases, found, own_counts, skarholmen};
use crate::small::{five, of};

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
    own_counts(&folder, &["3", "12", "40", "25"], "");
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
