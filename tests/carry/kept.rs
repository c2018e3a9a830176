//! Weights that are kept, listed and removed.

use std::path::PathBuf;

use predicates::str::contains;
use serde_json::{Value, json};

use crate::common::scale;
use crate::layers::{Folder, populated, units};

/// What lies in the folder of weights, each with its bytes.
fn kept(folder: &Folder) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(found) = std::fs::read_dir(folder.0.path().join("cache/weights")) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = found.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

#[test]
fn weights_are_made_once_for_a_pair_of_geographies_and_serve_every_column() {
    let folder = Folder::new();
    units(&folder);
    populated(&folder);
    let ways = [
        "--onto targets.geojson",
        "--onto grid:250",
        "--onto h3:9",
        "--onto targets.geojson --method dasymetric:points.geojson:residents",
        "--onto targets.geojson --method dasymetric:points.geojson",
    ];
    for (count, way) in (1..).zip(ways) {
        let run = |columns: &str| {
            let (_, report) =
                folder.carry("units.geojson", &format!("{way} --cache cache {columns}"));
            (report, folder.written())
        };
        let made = run("--extensive pop");
        assert_eq!(kept(&folder).len(), count, "{way}: another pair, method or weight");
        assert_eq!(run("--extensive pop"), made, "{way}");
        run("--extensive women,pop --intensive rate");
        assert_eq!(kept(&folder).len(), count, "{way}: the same weights for other columns");
    }
    // Another name, the same shapes.
    std::fs::rename(folder.0.path().join("units.geojson"), folder.0.path().join("other.geojson"))
        .unwrap();
    folder.carry("other.geojson", "--onto targets.geojson --extensive pop --cache cache");
    assert_eq!(kept(&folder).len(), ways.len());
}

#[test]
fn damaged_weights_are_made_anew_and_none_are_kept_without_a_cache() {
    let folder = Folder::new();
    units(&folder);
    let options = "--onto targets.geojson --extensive pop --cache cache";
    folder
        .command("units.geojson", "--onto targets.geojson --extensive pop --no-cache")
        .env("XDG_CACHE_HOME", folder.0.path())
        .assert()
        .success();
    assert!(!folder.0.path().join("scale").exists());
    folder.carry("units.geojson", options);
    let (whole, written) = (kept(&folder), folder.written());
    let (path, bytes) = &whole[0];
    for at in [0, bytes.len() / 2, bytes.len() - 1] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        std::fs::write(path, damaged).unwrap();
        folder.carry("units.geojson", options);
        assert_eq!(
            (kept(&folder), folder.written()),
            (whole.clone(), written.clone()),
            "byte {at}"
        );
    }
}

#[test]
fn kept_weights_are_listed_held_against_their_checksums_and_removed() {
    let folder = Folder::new();
    units(&folder);
    for way in ["--onto targets.geojson", "--onto grid:250"] {
        folder.carry("units.geojson", &format!("{way} --extensive pop --cache cache"));
    }
    let cache = |words: &str| {
        let mut command = scale();
        command.current_dir(folder.0.path()).arg("cache").args(words.split_whitespace());
        command.args(["--cache", "cache"]).assert()
    };
    let listed = cache("ls --json").success();
    let listed: Value = serde_json::from_slice(&listed.get_output().stdout).unwrap();
    assert_eq!(listed["fetched"], json!([]));
    let made = listed["made"].as_array().unwrap();
    let sizes: Vec<u64> = kept(&folder).iter().map(|(_, bytes)| bytes.len() as u64).collect();
    assert_eq!(
        made.iter().map(|entry| entry["bytes"].as_u64().unwrap()).collect::<Vec<_>>(),
        sizes
    );
    assert!(made.iter().all(|entry| entry["kind"] == "weights"), "{made:?}");
    cache("ls").success().stdout(contains("weights"));
    cache("verify").success();
    let damaged = &kept(&folder)[0].0;
    std::fs::write(damaged, "half").unwrap();
    cache("verify").code(1).stdout(contains("is damaged (weights)"));
    cache("prune").success().stdout(contains("1 files, 4 bytes removed"));
    cache("verify").success();
    cache("prune --older-than 1").success().stdout(contains("0 files"));
    // What was made this very second is not older than nought days.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    cache("prune --older-than 0").success().stdout(contains("1 files"));
    assert_eq!(kept(&folder), Vec::new());
}
