//! Objects of a store, read and written like files: the same bytes, each put in one step, secrets told to nobody.
//!
//! The store is one of our own on loopback, as far as S3 is needed; `tests/stores/prove.py` asks some that others wrote.

#![allow(clippy::unwrap_used, clippy::panic, clippy::format_push_string, clippy::print_stderr)]

#[path = "common/bucket.rs"]
mod bucket;
mod common;
#[allow(dead_code)] // what is read out of GeoJSON
#[path = "common/folder.rs"]
mod folder;
mod server;

use std::sync::Mutex;

use bucket::{Bucket, PIPELINE, SECRET, decoded, only_new, town};
use folder::Folder;
use predicates::prelude::*;
use predicates::str::contains;
use server::{Seen, status};

const CLIP: [&str; 6] = ["--area", "town", "--key", "id", "--extensive", "residents"];

#[test]
fn a_command_reads_and_writes_objects_as_it_does_files() {
    let (bucket, folder) = (Bucket::new(), town());
    for name in ["squares.geojson", "town.geojson", "counts.csv"] {
        bucket.put(&format!("in/{name}"), &folder.path(name));
    }
    let local = [
        "clip",
        "squares.geojson",
        "--areas",
        "town.geojson",
        "--values",
        "counts.csv",
        "--out",
        "local/clipped.parquet",
    ];
    folder.command(&local).args(CLIP).assert().success();
    let there = [
        "clip",
        "s3://b/in/squares.geojson",
        "--areas",
        "s3://b/in/town.geojson",
        "--values=s3://b/in/counts.csv",
        "--out",
        "s3://b/out/clipped.parquet",
    ];
    let run =
        || bucket.scale(&folder, &there).args(CLIP).args(["--cache", "cache"]).assert().success();
    run().stderr(contains("s3://b/out/clipped.parquet: 1 put"));
    let local = std::fs::read(folder.path("local/clipped.parquet")).unwrap();
    assert!(bucket.get("out/clipped.parquet") == local);
    let before = bucket.server.seen().len();
    run();
    assert_eq!(bucket.asked("HEAD", "in/squares.geojson", before), 1, "its version is asked for");
    assert_eq!(
        bucket.asked("GET", "in/squares.geojson", before),
        0,
        "and it is the one that was brought"
    );
    bucket.put("in/counts.csv", &folder.path("town.geojson"));
    let changed = bucket.scale(&folder, &there).args(CLIP).args(["--cache", "cache"]).assert();
    changed.failure().code(2).stderr(contains("s3://b/in/counts.csv"));
}

#[test]
fn a_baseline_lies_at_an_address_as_in_a_folder_and_what_did_not_change_is_not_put_again() {
    let (bucket, folder) = (Bucket::new(), Folder::new());
    folder.command(&["map", "--area", "jarva", "--out", "out"]).assert().success();
    let put = || {
        bucket
            .scale(&folder, &["map", "--area", "jarva", "--out", "s3://b/base/out"])
            .assert()
            .success()
    };
    put();
    let files =
        std::fs::read_dir(folder.path("out/jarva")).unwrap().map(|entry| entry.unwrap().path());
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        assert!(
            bucket.get(&format!("base/out/jarva/{name}")) == std::fs::read(&file).unwrap(),
            "{name}"
        );
    }
    let puts: Vec<String> = bucket
        .server
        .seen()
        .into_iter()
        .filter(|seen| seen.method == "PUT")
        .map(|seen| seen.target)
        .collect();
    assert!(puts.last().unwrap().ends_with("manifest.json"), "{puts:?}");
    put().stderr(contains("0 put, 8 unchanged"));
    bucket.scale(&folder, &["check", "s3://b/base/out"]).assert().success();
    bucket.scale(&folder, &["diff", "s3://b/base/out", "out", "--exit-code"]).assert().success();
}

#[test]
fn a_file_that_is_no_longer_made_is_removed_and_a_foreign_one_stays() {
    let (bucket, folder) = (Bucket::new(), Folder::new());
    let map = |format: &str| {
        let arguments = ["map", "--area", "jarva", "--format", format, "--out", "s3://b/out"];
        bucket.scale(&folder, &arguments).assert().success()
    };
    map("gpkg,csv");
    folder.file("mine.txt", "mine");
    bucket.put("out/jarva/mine.txt", &folder.path("mine.txt"));
    assert!(bucket.keys("out/jarva/").iter().any(|key| key.ends_with("jarva_indicators.csv")));
    map("gpkg").stderr(contains("removed"));
    let keys = bucket.keys("out/jarva/");
    assert!(!keys.contains(&"out/jarva/jarva_indicators.csv".to_owned()), "{keys:?}");
    assert!(keys.contains(&"out/jarva/mine.txt".to_owned()), "{keys:?}");
}

#[test]
fn shares_of_machines_that_share_only_a_store_give_the_bytes_of_one() {
    let (bucket, folder) = (Bucket::new(), town());
    let own = PIPELINE.replace("s3://b/in/", "");
    folder.file("own.toml", &own);
    folder.command(&["run", "own.toml", "--cache", "own", "--out", "local"]).assert().success();
    folder.file("p.toml", PIPELINE);
    bucket.put("in/squares.geojson", &folder.path("squares.geojson"));
    for name in ["p.toml", "town.geojson", "counts.csv"] {
        bucket.put(&format!("p/{name}"), &folder.path(name));
    }
    let part = |part: &str, cache: &str| {
        let arguments =
            ["run", "s3://b/p/p.toml", "--part", part, "--store", "s3://b/store", "--cache", cache];
        bucket.scale(&folder, &arguments).assert().success()
    };
    part("2/3", "two").stderr(contains("1 parts made"));
    part("1/3", "one").stderr(contains("1 parts made"));
    part("3/3", "three").stderr(contains("1 parts made"));
    let lists: Vec<String> =
        bucket.keys("store/").into_iter().filter(|key| key.ends_with("result.json")).collect();
    assert_eq!(lists.len(), 3, "{lists:?}");
    let seen = bucket.server.seen();
    part("2/3", "again").stderr(contains("0 parts made, 1 kept"));
    let puts =
        bucket.server.seen()[seen.len()..].iter().filter(|seen| seen.method == "PUT").count();
    assert_eq!(puts, 0, "a part that is made twice leaves what the first one left");
    let once = |seen: &&Seen| seen.method == "PUT" && seen.path().ends_with("result.json");
    assert!(seen.iter().filter(once).all(|seen| seen.header("if-none-match") == Some("*")));
    let merge = [
        "merge",
        "s3://b/p/p.toml",
        "--store",
        "s3://b/store",
        "--cache",
        "merged",
        "--out",
        "s3://b/out",
    ];
    bucket.scale(&folder, &merge).assert().success();
    for name in ["cells.parquet", "manifest.json"] {
        let local = std::fs::read(folder.path(&format!("local/made/{name}"))).unwrap();
        assert!(bucket.get(&format!("out/made/{name}")) == local, "{name}");
    }
}

#[test]
fn a_result_that_is_not_whole_is_no_result() {
    let (bucket, folder) = (Bucket::new(), town());
    folder.file("p.toml", &PIPELINE.replace("s3://b/in/", ""));
    let run = |part: &str, cache: &str| {
        let arguments =
            ["run", "p.toml", "--part", part, "--store", "s3://b/store", "--cache", cache];
        bucket.scale(&folder, &arguments).assert().success()
    };
    run("1/1", "one").stderr(contains("3 parts made"));
    let cells: Vec<String> =
        bucket.keys("store/").into_iter().filter(|key| key.ends_with("cells.parquet")).collect();
    folder.file("half", "half");
    bucket.put(&cells[0], &folder.path("half"));
    let merge = ["merge", "p.toml", "--store", "s3://b/store", "--cache", "merged", "--out", "out"];
    bucket.scale(&folder, &merge).assert().success();
    folder.command(&["run", "p.toml", "--cache", "own", "--out", "local"]).assert().success();
    let read = |name: &str| std::fs::read(folder.path(name)).unwrap();
    assert!(
        read("out/made/cells.parquet") == read("local/made/cells.parquet"),
        "the damaged block is made anew"
    );
}

#[test]
fn what_passes_is_tried_again() {
    let tries = Mutex::new(0);
    let bucket = Bucket::with_faults(move |_| {
        let mut tries = tries.lock().unwrap();
        *tries += 1;
        (*tries <= 2).then(|| status(503, "SlowDown"))
    });
    let folder = town();
    bucket.put("in/squares.geojson", &folder.path("squares.geojson"));
    let arguments =
        ["clip", "s3://b/in/squares.geojson", "--areas", "town.geojson", "--out", "x.geojson"];
    bucket.scale(&folder, &arguments).args(["--area", "town"]).assert().success();
}

#[test]
fn faults_of_a_store_name_the_address_and_no_secret() {
    let folder = town();
    let clip = |bucket: &Bucket, from: &str| {
        let arguments = [
            "-vv",
            "clip",
            from,
            "--areas",
            "town.geojson",
            "--area",
            "town",
            "--out",
            "x.geojson",
            "--no-cache",
        ];
        let mut command = bucket.scale(&folder, &arguments);
        let told = command.assert().failure().code(2).stderr(contains(SECRET).not());
        assert!(!folder.path("x.geojson").exists());
        String::from_utf8(told.get_output().stderr.clone()).unwrap()
    };
    let empty = clip(&Bucket::new(), "s3://b/in/none.geojson");
    assert!(empty.contains("error: s3://b/in/none.geojson: there is no such object"), "{empty}");
    let echo = format!("<Error><Code>AccessDenied</Code><Message>{SECRET}</Message></Error>");
    let closed = Bucket::with_faults(move |_| Some(status(403, &echo)));
    let refused = clip(&closed, "s3://b/in/squares.geojson");
    assert!(refused.contains("s3://b/in/squares.geojson: the store refuses"), "{refused}");
    assert!(refused.contains("help: check the credentials"), "{refused}");
    let wrong = clip(&Bucket::new(), "s3://b/../x");
    assert!(wrong.contains("is no address of an object"), "{wrong}");
}

#[test]
fn credentials_that_are_missing_are_named() {
    let folder = town();
    for (from, variable) in [
        ("s3://b/squares.geojson", "AWS_ACCESS_KEY_ID"),
        ("gs://b/squares.geojson", "GOOGLE_APPLICATION_CREDENTIALS"),
    ] {
        let mut command = folder.command(&["clip", from, "--areas", "town.geojson"]);
        for (name, _) in std::env::vars() {
            if ["AWS_", "GOOGLE_", "GCE_"].iter().any(|start| name.starts_with(start)) {
                command.env_remove(name);
            }
        }
        // Where credentials of a user are looked for.
        command.env("HOME", folder.path("nobody")).args(["--area", "town", "--out", "x.geojson"]);
        let none = "neither the environment nor the machine holds credentials";
        command.assert().code(2).stderr(contains(none).and(contains(variable)));
    }
}

#[test]
fn an_object_that_is_replaced_while_it_is_read_is_not_mixed_with_the_new_one() {
    let folder = town();
    let bucket = Bucket::with_faults(|seen| {
        (seen.method == "GET" && seen.header("if-match").is_some()).then(|| status(412, ""))
    });
    bucket.put("in/squares.geojson", &folder.path("squares.geojson"));
    let arguments = [
        "clip",
        "s3://b/in/squares.geojson",
        "--areas",
        "town.geojson",
        "--area",
        "town",
        "--out",
        "x.geojson",
        "--no-cache",
    ];
    let told = bucket.scale(&folder, &arguments).assert().failure().code(2);
    told.stderr(contains("s3://b/in/squares.geojson: the object was replaced while it was read"));
}

#[test]
fn secrets_are_in_no_log_and_in_no_file() {
    let (bucket, folder) = (Bucket::new(), town());
    bucket.put("in/squares.geojson", &folder.path("squares.geojson"));
    folder.file("p.toml", PIPELINE);
    let run = [
        "-vv",
        "run",
        "p.toml",
        "--store",
        "s3://b/store",
        "--cache",
        "cache",
        "--out",
        "out",
        "--log-format",
        "json",
    ];
    bucket
        .scale(&folder, &run)
        .assert()
        .success()
        .stderr(contains(SECRET).not())
        .stdout(contains(SECRET).not());
    let mut open = vec![folder.0.path().to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            assert!(!text.contains(SECRET), "{}", path.display());
        }
    }
    let lock = std::fs::read_to_string(folder.path("scale.lock")).unwrap();
    assert!(lock.contains("path = \"s3://b/in/squares.geojson\""), "{lock}");
    for content in bucket.held.lock().unwrap().values() {
        assert!(!String::from_utf8_lossy(content).contains(SECRET));
    }
}

/// Google's XML interface is that of S3 with other conditions; only its form is proven here, by our own server.
#[test]
fn addresses_of_google_are_asked_in_its_own_words() {
    let (bucket, folder) = (Bucket::new(), town());
    bucket.put("in/squares.geojson", &folder.path("squares.geojson"));
    folder.file("p.toml", &PIPELINE.replace("s3://", "gs://"));
    let account = format!(
        r#"{{"gcs_base_url": "{}", "disable_oauth": true, "client_email": "", "private_key": "", "private_key_id": ""}}"#,
        bucket.server.address
    );
    let run = |part: &str, cache: &str| {
        let arguments =
            ["run", "p.toml", "--part", part, "--store", "gs://b/store", "--cache", cache];
        folder.command(&arguments).env("GOOGLE_SERVICE_ACCOUNT_KEY", &account).assert().success()
    };
    run("1/1", "one").stderr(contains("3 parts made"));
    run("1/1", "two").stderr(contains("0 parts made, 3 kept"));
    let lists =
        |seen: &&Seen| seen.method == "PUT" && decoded(seen.path()).ends_with("result.json");
    let seen = bucket.server.seen();
    assert!(seen.iter().filter(lists).count() == 3 && seen.iter().filter(lists).all(only_new));
}
