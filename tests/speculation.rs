//! Parts that are made twice at once, as a scheduler does that no longer believes in the first, and parts that are missing
//! when all are put together.

#![allow(clippy::unwrap_used, clippy::panic, clippy::format_push_string, clippy::print_stderr)]

#[path = "common/bucket.rs"]
mod bucket;
mod common;
#[allow(dead_code)] // what is read out of GeoJSON
#[path = "common/folder.rs"]
mod folder;
mod server;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use bucket::{Bucket, PIPELINE, SECRET, town};
use folder::Folder;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use server::{Seen, status};

/// The pipeline with all that it reads beside it.
fn local(folder: &Folder) {
    folder.file("p.toml", &PIPELINE.replace("s3://b/in/", ""));
    folder.command(&["run", "p.toml", "--cache", "own", "--out", "local"]).assert().success();
}

/// A run of all parts that goes on by itself.
fn spawn(folder: &Folder, bucket: &Bucket, more: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_scale"))
        .args(["run", "p.toml", "--part", "1/1"])
        .args(more)
        .current_dir(folder.0.path())
        .env("AWS_ENDPOINT_URL", &bucket.server.address)
        .env("AWS_REGION", "eu-north-1")
        .env("AWS_ACCESS_KEY_ID", "test-key-id")
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn succeed(child: Child) {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Every file below a folder, by its path there.
fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_owned();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// Has the first of two like requests wait for the second, so that neither sees what the other does after it.
#[derive(Default)]
struct Meeting {
    come: Mutex<BTreeMap<String, usize>>,
    bell: Condvar,
}

impl Meeting {
    fn wait(&self, whom: &str) {
        let mut come = self.come.lock().unwrap();
        let count = come.entry(whom.to_owned()).or_default();
        *count += 1;
        self.bell.notify_all();
        let alone = |come: &mut BTreeMap<String, usize>| come[whom] < 2;
        drop(self.bell.wait_timeout_while(come, Duration::from_secs(20), alone).unwrap());
    }
}

/// Both ask for each list before either has put one, and both put it: the store takes the first.
#[test]
fn a_part_that_two_machines_make_at_once_is_put_once_and_is_whole() {
    let folder = town();
    local(&folder);
    let (meeting, over) = (Meeting::default(), Arc::new(AtomicBool::new(false)));
    let met = Arc::clone(&over);
    let bucket = Bucket::with_faults(move |seen: &Seen| {
        if met.load(Ordering::Relaxed) {
            return None;
        }
        if ["HEAD", "PUT"].contains(&seen.method.as_str()) && seen.path().ends_with("result.json") {
            meeting.wait(&format!("{} {}", seen.method, seen.path()));
        }
        None
    });
    let [one, two] = ["one", "two"]
        .map(|cache| spawn(&folder, &bucket, &["--store", "s3://b/store", "--cache", cache]));
    succeed(one);
    succeed(two);
    over.store(true, Ordering::Relaxed);
    let lists: Vec<String> =
        bucket.keys("store/").into_iter().filter(|key| key.ends_with("result.json")).collect();
    assert_eq!(lists.len(), 3, "{lists:?}");
    for list in &lists {
        assert_eq!(bucket.asked("PUT", list, 0), 2, "both put {list}");
    }
    let merge = ["merge", "p.toml", "--store", "s3://b/store", "--cache", "merged", "--out", "out"];
    let none = contains("missing, damaged").not();
    bucket.scale(&folder, &merge).assert().success().stderr(contains("1 parts made").and(none));
    assert_eq!(files(&folder.path("out")), files(&folder.path("local")));
}

#[test]
fn a_part_that_two_processes_make_at_once_in_one_folder_is_one_whole_result() {
    let folder = town();
    local(&folder);
    let bucket = Bucket::with_faults(|_| Some(status(500, "")));
    let runs: Vec<Child> =
        (0..4).map(|_| spawn(&folder, &bucket, &["--cache", "shared"])).collect();
    runs.into_iter().for_each(succeed);
    let own = files(&folder.path("own/results"));
    for (name, bytes) in files(&folder.path("shared/results")) {
        assert!(own[&name] == bytes, "{}", name.display());
    }
    let merge = ["merge", "p.toml", "shared", "--cache", "merged", "--out", "out"];
    let none = contains("missing, damaged").not();
    folder.command(&merge).assert().success().stderr(contains("1 parts made").and(none));
    assert_eq!(files(&folder.path("out")), files(&folder.path("local")));
}

#[test]
fn what_is_missing_or_damaged_when_parts_are_put_together_is_counted_and_named() {
    let folder = town();
    local(&folder);
    for part in 1..=3 {
        let share = format!("{part}/3");
        let cache = format!("part{part}");
        folder.command(&["run", "p.toml", "--part", &share, "--cache", &cache]).assert().success();
    }
    let merge = |parts: &[&str], cache: &str, more: &[&str]| {
        let mut command = folder.command(&["merge", "p.toml"]);
        command.args(parts).args(["--cache", cache, "--out", "out"]).args(more).assert().success()
    };
    merge(&["part1", "part2", "part3"], "all", &[]).stderr(contains("missing").not());
    merge(&["part1", "part3"], "two", &[]).stderr(contains(
        "warning: 1 of 3 results were missing, damaged or of other inputs and were made here: cells",
    ));
    for (name, _) in files(&folder.path("part1/results")) {
        let path = folder.path("part1/results").join(name);
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "not this").unwrap();
    }
    let json = merge(&["part1", "part3"], "one", &["--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.get_output().stdout).unwrap();
    assert_eq!((&json["lacking"]["results"], &json["lacking"]["of"]), (&2.into(), &3.into()));
    assert_eq!(json["lacking"]["first"].as_array().unwrap().len(), 2);
    assert_eq!(files(&folder.path("out")), files(&folder.path("local")));
    // What was made of other inputs is no result of this pipeline.
    folder.file("counts.csv", "id,residents\na,41\nb,60\n");
    merge(&["part2", "part3"], "stale", &[]).stderr(contains("warning: 3 of 3 results"));
}
