//! One vintage of a division on another: by codes, and by geometry.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::json;

use crate::common::shared;
use crate::layers::{Folder, cells, layer, population, texts, units};

#[test]
fn codes_become_codes_with_weights() {
    let folder = Folder::new();
    folder.file("pop.csv", "code,pop,women,moe\na,100,40,6\nb,60,30,8\nc,10,,1\n");
    folder.file("links.csv", "old,new,share\na,x,0.25\na,y,0.75\nb,y,1\n");
    let by = "--crosswalk links.csv --from-code old --to-code new --key code";
    let shared_out = "--weight share --extensive pop --moe pop=moe --ratio share=women/pop";
    let (frame, report) = folder.carry("pop.csv", &format!("{by} {shared_out}"));
    assert_eq!(texts(&frame, "new"), ["x", "y"]);
    assert_eq!(cells(&frame, "pop"), [Some(25.0), Some(135.0)]);
    assert_eq!(cells(&frame, "moe"), [Some(1.5), Some((4.5_f64.powi(2) + 64.0).sqrt())]);
    assert_eq!(cells(&frame, "share"), [Some(0.4), Some(60.0 / 135.0)]);
    assert_eq!(texts(&frame, "pop_status"), ["E", "E"]);
    assert!(report["notes"].to_string().contains("1 codes are not in the crosswalk: c"));
    let told = contains("1 codes become several").and(contains("--weight"));
    folder.command("pop.csv", &format!("{by} --extensive pop")).assert().code(2).stderr(told);
    let told = contains("says nothing of sizes").and(contains("--ratio"));
    folder.command("pop.csv", &format!("{by} --intensive pop")).assert().code(2).stderr(told);
}

/// The published key leads every `DeSO` to one `RegSO`: nothing is estimated and nothing is lost.
#[test]
fn deso_become_regso_by_the_published_key() {
    let folder = Folder::new();
    let Some(key) = shared("stockholm/koppling-deso2018-regso2020.csv") else { return };
    let Some(()) = population(&folder) else { return };
    std::fs::copy(key, folder.0.path().join("key.csv")).unwrap();
    let by = "--crosswalk key.csv --from-code DeSO_2018 --to-code RegSOkod_2020 --key id";
    let (frame, report) = folder.carry("population.csv", &format!("{by} --extensive pop_2023"));
    let column = &report["columns"][0];
    let (whole, carried) =
        (column["total_in"].as_f64().unwrap(), column["total_carried"].as_f64().unwrap());
    assert!(whole > 9e5 && (whole - carried).abs() < 1e-6, "{whole} {carried}");
    let statuses = texts(&frame, "pop_2023_status");
    assert!(statuses.iter().all(|status| status != "E"));
}

#[test]
fn what_became_of_each_unit_is_said() {
    let folder = Folder::new();
    units(&folder);
    let new = layer(&[
        ([0.0, 0.0, 1000.0, 1000.0], json!({"code": "a"})),
        ([1000.0, 0.0, 500.0, 1000.0], json!({"code": "b"})),
        ([2000.0, 0.0, 1000.0, 1000.0], json!({"code": "z"})),
    ]);
    folder.file("new.geojson", &new);
    let (frame, report) =
        folder.carry("units.geojson", "--onto new.geojson --extensive pop --changes id=code");
    assert_eq!(texts(&frame, "change"), ["unchanged", "split", "relabelled"]);
    assert_eq!(report["changes"], json!({"unchanged": 1, "split": 1, "relabelled": 1}));
    assert_eq!(report["columns"][0]["share_outside"], 0.375);
}

/// By the pairs alone, whether the old units have values or not: f has none.
#[test]
fn a_crosswalk_says_what_became_of_each_code() {
    let folder = Folder::new();
    folder.file("pop.csv", "code,pop\na,100\nb,60\nc,10\nd,5\ne,1\n");
    folder.file(
        "links.csv",
        "old,new,share\na,x,0.25\na,y,0.75\nb,y,1\nc,c2,1\nd,d,1\ne,g,1\nf,g,1\n",
    );
    let by = "--crosswalk links.csv --from-code old --to-code new --key code --weight share --extensive pop";
    let (frame, report) = folder.carry("pop.csv", &format!("{by} --changes old=new"));
    assert_eq!(texts(&frame, "new"), ["c2", "d", "g", "x", "y"]);
    assert_eq!(texts(&frame, "change"), ["relabelled", "unchanged", "merged", "split", "redrawn"]);
    assert_eq!(report["changes"]["merged"], 1);
    let told = contains("--changes old=new");
    folder.command("pop.csv", &format!("{by} --changes code=new")).assert().code(2).stderr(told);
}
