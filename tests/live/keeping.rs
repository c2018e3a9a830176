//! What was brought: kept, locked, noticed when damaged, never fetched twice, whole after a kill.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;

use crate::common::{scale, shared};
use crate::feed;
use crate::place::{Place, SELECT, pxweb1, recorded, small, step, table_step, walk};
use crate::server::{Server, ok, status, with};

#[test]
fn the_recorded_scb_answer_brought_in_parts_gives_the_known_populations() {
    let Some((columns, rows)) = recorded() else { return };
    let server = Server::start(pxweb1(columns, rows, 2000));
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let ingest = |more: &[&str]| {
        let mut command = scale();
        command.args(["ingest", "population_regso"]).args(more).arg("--into").arg(path("data"));
        command
            .arg("--cache")
            .arg(path("cache"))
            .arg("--set")
            .arg(format!("scb={}", server.address));
        command.assert()
    };
    ingest(&[])
        .success()
        .stdout(contains("population_regso: 6858 rows, years 2024"))
        .stderr(contains("joined from 4 answers").and(contains("updated 2025-02-21T07:00:00Z")));
    let posts = server.seen().iter().filter(|seen| seen.method == "POST").count();
    assert_eq!(posts, 4);
    scale()
        .arg("--data")
        .arg(path("data"))
        .args(["map", "--all", "--out"])
        .arg(path("out"))
        .assert()
        .success()
        .stdout(contains("95 681"));
    let lock = std::fs::read_to_string(path("data/scale.lock")).unwrap();
    for text in [
        "id = \"population_regso\"",
        "licence = \"CC0-1.0\"",
        "FolkmDesoAldKon",
        "retrieved = \"20",
        "sha256 = \"",
        "\"totalt\"",
    ] {
        assert!(lock.contains(text), "{text} is not in {lock}");
    }
    let asked = server.seen().len();
    ingest(&["--locked"]).success();
    ingest(&["--offline"]).success();
    ingest(&[]).success();
    assert_eq!(server.seen().len(), asked, "what is whole is not fetched again");
}

#[test]
fn a_changed_list_of_codes_is_shown_against_the_lock_and_accepted_on_request() {
    let version = Arc::new(AtomicUsize::new(0));
    let now = Arc::clone(&version);
    let (old, new) = (small(&["tot", "80-"]), small(&["tot", "80-84"]));
    let (old, new) = (pxweb1(old.0, old.1, 1000), pxweb1(new.0, new.1, 1000));
    let server = Server::start(
        move |seen| if now.load(Ordering::SeqCst) == 0 { old(seen) } else { new(seen) },
    );
    let from = SELECT.replace("URL", &server.address);
    let steps = step("p", &from, "Region", "", "n")
        .replace("year = \"Tid\"", "year = \"Tid\", age = \"Alder\"");
    let place = Place::new(&steps);
    place.ingest(&[]).success();
    let before = place.lock();
    version.store(1, Ordering::SeqCst);
    place.ingest(&["--locked"]).success();
    place
        .ingest(&["--refresh"])
        .code(2)
        .stderr(contains("gone is the code of Alder \"80-\"; new is the code of Alder \"80-84\""));
    assert_eq!(place.lock(), before);
    place.ingest(&["--refresh", "--locked"]).code(2).stderr(contains("its sha256 is"));
    std::fs::remove_dir_all(place.path("cache")).unwrap();
    place.ingest(&["--locked"]).code(2).stderr(contains("its sha256 is"));
    place.ingest(&["--refresh", "--accept"]).success();
    assert!(place.lock().contains("\"80-84\""));
}

#[test]
fn a_timetable_needs_its_key_shows_it_nowhere_and_is_not_fetched_again_while_valid() {
    let Some(file) = shared("transit/gtfs_kalmar_minified.zip") else { return };
    let bytes = std::fs::read(file).unwrap();
    let server = Server::start(move |seen| {
        if seen.target != "/sl.zip?key=s3cret" {
            return status(403, &format!("no access for {}", seen.target));
        }
        ok(bytes.clone())
    });
    let place = Place::new(&format!(
        "[steps.sl]\nkind = \"ingest\"\nfrom = {{ provider = \"gtfs\", url = \"{}/sl.zip?key={{key}}\", key = \"SCALE_TEST_KEY\" }}\n\
         schema = {{ theme = \"travel\", publisher = \"Samtrafiken\", licence = \"CC0-1.0\" }}\n",
        server.address
    ));
    place
        .command(&[])
        .env_remove("SCALE_TEST_KEY")
        .assert()
        .code(2)
        .stderr(contains("SCALE_TEST_KEY is not set"));
    let wrong = place.command(&["-vv"]).env("SCALE_TEST_KEY", "wr0ng").assert().code(2);
    let told = String::from_utf8_lossy(&wrong.get_output().stderr).into_owned();
    assert!(told.contains("403") && told.contains("***") && !told.contains("wr0ng"), "{told}");
    let done = place.command(&["-vv"]).env("SCALE_TEST_KEY", "s3cret").assert().success();
    let told = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    assert!(!told.contains("s3cret") && !place.lock().contains("s3cret"), "{told}");
    let catalog = std::fs::read_to_string(place.path("data/catalog.toml")).unwrap();
    assert!(place.lock().contains("key={key}"));
    assert!(catalog.contains("layout = \"timetable\"") && catalog.contains(".zip\""), "{catalog}");
    let asked = server.seen().len();
    place.command(&["--refresh"]).env("SCALE_TEST_KEY", "s3cret").assert().success();
    place.command(&["--offline"]).env_remove("SCALE_TEST_KEY").assert().success();
    assert_eq!(server.seen().len(), asked);
    let mut kept = Vec::new();
    walk(&place.path("cache"), &mut kept);
    for file in kept {
        assert!(
            !String::from_utf8_lossy(&std::fs::read(&file).unwrap()).contains("s3cret"),
            "{}",
            file.display()
        );
    }
}

#[test]
fn a_feed_that_is_kept_and_valid_needs_no_key_and_no_lock() {
    let bytes = feed::bus([(59.36, 18.08), (59.36, 18.10)], 20, 5);
    let server = Server::start(move |_| ok(bytes.clone()));
    let place = |days: u32| {
        Place::new(&format!(
            "[steps.sl]\nkind = \"ingest\"\nfrom = {{ provider = \"gtfs\", url = \"{}/sl.zip?key={{key}}\", key = \"SCALE_TEST_KEY\", valid_days = {days} }}\n\
             schema = {{ theme = \"travel\", publisher = \"Samtrafiken\", licence = \"CC0-1.0\" }}\n",
            server.address
        ))
    };
    let with_key = |place: &Place| {
        place.command(&[]).env("SCALE_TEST_KEY", "s3cret").assert().success();
        std::fs::remove_file(place.path("scale.lock")).unwrap();
    };
    let without =
        |place: &Place, more: &[&str]| place.command(more).env_remove("SCALE_TEST_KEY").assert();
    let kept = place(7);
    with_key(&kept);
    without(&kept, &[]).success().stdout(contains("sl: 13 rows, years 2026"));
    without(&kept, &["--refresh"]).success();
    assert_eq!(server.seen().len(), 1, "what is valid is never fetched again");
    // What is valid for no day is asked for again, and that needs the key.
    let stale = place(0);
    with_key(&stale);
    without(&stale, &[]).success();
    without(&stale, &["--refresh"]).code(2).stderr(contains("SCALE_TEST_KEY is not set"));
    assert_eq!(server.seen().len(), 2);
}

#[test]
fn what_brings_a_timetable_says_no_other_geography() {
    let place = Place::new(
        "[steps.sl]\nkind = \"ingest\"\nfrom = { provider = \"gtfs\", url = \"http://127.0.0.1:1/x.zip\" }\n\
         schema = { theme = \"travel\", geography = \"point\", publisher = \"x\", licence = \"CC0-1.0\" }\n",
    );
    place.ingest(&[]).code(2).stderr(contains("gtfs brings a timetable"));
}

#[test]
fn a_version_that_stands_is_kept_and_one_that_lies_is_noticed() {
    let version = Arc::new(AtomicUsize::new(0));
    let now = Arc::clone(&version);
    // At first the truth; then "unchanged"; then other content under the same ETag.
    let server = Server::start(move |seen| match now.load(Ordering::SeqCst) {
        1 if seen.header("if-none-match") == Some("\"v1\"") => with(304, &[], ""),
        2 => with(200, &[("etag", "\"v1\"")], "code,n,namn\n0180R001,2,x\n"),
        _ => with(200, &[("etag", "\"v1\"")], "code,n,namn\n0180R001,1,x\n"),
    });
    let from = format!(r#"provider = "table", url = "{}/t.csv""#, server.address);
    let place = Place::new(&table_step(&from, "year = \"2024\""));
    place.ingest(&[]).success();
    let first = place.lock();
    assert!(first.contains("etag = ") && first.contains("v1"), "{first}");
    for (answer, value) in [(1, 1.0), (2, 2.0)] {
        version.store(answer, Ordering::SeqCst);
        place.ingest(&["--refresh"]).success();
        assert_eq!(place.numbers("n"), [Some(value)]);
    }
    assert_eq!(server.seen().len(), 3);
    place.ingest(&["--locked"]).success();
}

#[test]
fn without_a_terminal_each_data_set_is_one_line() {
    let server = Server::start(|_| ok("code,n,namn\n0180R001,1,x\n"));
    let make = |id: &str| {
        let from = format!(r#"provider = "table", url = "{}/{id}.csv""#, server.address);
        table_step(&from, "year = \"2024\"").replace("cars", id)
    };
    let place = Place::new(&(make("a") + &make("b")));
    let done = place.ingest(&[]).success();
    let told = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    let of = |id: &str| told.lines().filter(|line| line.starts_with(&format!("{id}: "))).count();
    assert_eq!((of("a"), of("b")), (1, 1), "{told}");
    assert!(told.contains("a: 25 bytes of 20") && !told.contains('\u{1b}'), "{told}");
}

#[test]
fn a_damaged_blob_is_noticed_and_fetched_again() {
    let server = Server::start(|_| ok("code,n,namn\n0180R001,1,x\n"));
    let from = format!(r#"provider = "table", url = "{}/t.csv""#, server.address);
    let place = Place::new(&table_step(&from, "year = \"2024\""));
    place.ingest(&[]).success();
    let cache = |command: &str| {
        scale().args(["cache", command, "--cache"]).arg(place.path("cache")).assert()
    };
    cache("verify").success();
    cache("ls").success().stdout(contains("/t.csv"));
    let mut blobs = Vec::new();
    walk(&place.path("cache/fetched/blobs"), &mut blobs);
    std::fs::write(&blobs[0], "code,n,namn\n0180R001,9,x\n").unwrap();
    cache("verify").code(1).stdout(contains("is not what its name says"));
    place.ingest(&["--offline"]).code(2).stderr(contains("--offline asks for no network"));
    place.ingest(&[]).success();
    assert_eq!((server.seen().len(), place.numbers("n")), (2, vec![Some(1.0)]));
    cache("verify").success();
    cache("prune").success().stdout(contains("0 files"));
}

#[test]
fn one_provider_that_fails_does_not_keep_others_from_coming() {
    let good = Server::start(|_| ok("code,n,namn\n0180R001,1,x\n"));
    let bad = Server::start(|_| ok("<!DOCTYPE html><title>Closed</title>"));
    let make = |id: &str, address: &str| {
        let from = format!(r#"provider = "table", url = "{address}/t.csv""#);
        table_step(&from, "year = \"2024\"").replace("cars", id)
    };
    let place = Place::new(&(make("a", &good.address) + &make("b", &bad.address)));
    place
        .ingest(&[])
        .code(2)
        .stdout(contains("a: 1 rows"))
        .stderr(contains("a page of HTML").and(contains("1 data sets were brought, 1 were not")));
    assert!(place.lock().contains("id = \"a\"") && !place.lock().contains("id = \"b\""));
    place.ingest(&["a", "--locked"]).success();
}

#[test]
fn pruning_keeps_what_a_lock_names_until_the_lock_is_gone() {
    let server = Server::start(|_| ok("code,n,namn\n0180R001,1,x\n"));
    let from = format!(r#"provider = "table", url = "{}/t.csv""#, server.address);
    let place = Place::new(&table_step(&from, "year = \"2024\""));
    place.ingest(&[]).success();
    let prune = || {
        let mut command = scale();
        command.args(["cache", "prune", "--older-than", "0", "--cache"]).arg(place.path("cache"));
        // What was fetched this very second is not older than nought days.
        std::thread::sleep(Duration::from_millis(1100));
        command.assert().success()
    };
    prune().stdout(contains("0 files"));
    place.ingest(&["--offline"]).success();
    std::fs::remove_file(place.path("scale.lock")).unwrap();
    prune().stdout(contains("2 files"));
    place.ingest(&["--offline"]).code(2);
    assert_eq!(server.seen().len(), 1);
}

/// Each host holds back its first answer until the other was asked: they come only if both are asked at once.
#[test]
fn hosts_are_asked_at_once_and_none_of_them_two_things_at_a_time() {
    #[derive(Default)]
    struct Both {
        asked: Mutex<usize>,
        told: Condvar,
    }
    let both = Arc::new(Both::default());
    let most = Arc::new(AtomicUsize::new(0));
    let host = || {
        let (both, most, busy) = (Arc::clone(&both), Arc::clone(&most), AtomicUsize::new(0));
        Server::start(move |seen| {
            most.fetch_max(busy.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let mut asked = both.asked.lock().unwrap();
            *asked += usize::from(seen.number == 0);
            both.told.notify_all();
            let wait = Duration::from_secs(20);
            let alone = both.told.wait_timeout_while(asked, wait, |asked| *asked < 2).unwrap().1;
            // Long enough for a second request to come in between.
            std::thread::sleep(Duration::from_millis(30));
            busy.fetch_sub(1, Ordering::SeqCst);
            if alone.timed_out() { status(404, "alone") } else { ok("code,n,namn\n0180R001,1,x\n") }
        })
    };
    let (one, other) = (host(), host());
    let make = |(id, server): (&str, &Server)| {
        let from = format!(r#"provider = "table", url = "{}/{id}.csv""#, server.address);
        table_step(&from, "year = \"2024\"").replace("cars", id)
    };
    let steps = [("a", &one), ("b", &one), ("c", &other), ("d", &other), ("e", &one)];
    let place = Place::new(&steps.into_iter().map(make).collect::<String>());
    place.ingest(&[]).success();
    assert_eq!((one.seen().len(), other.seen().len()), (3, 2));
    assert_eq!(most.load(Ordering::SeqCst), 1, "a host was asked two things at once");
}

#[test]
fn a_run_takes_what_was_brought_and_names_it_in_no_path_of_the_lock() {
    let Some((columns, rows)) = recorded() else { return };
    let server = Server::start(pxweb1(columns, rows, 10_000));
    let from = r#"provider = "pxweb1", url = "URL/t", select = { Region = "*", Alder = "*", Kon = "*", Tid = "*", ContentsCode = "*" }"#;
    let steps = step(
        "population_regso",
        &from.replace("URL", &server.address),
        "Region",
        "rename = { \"Folkmängden per region\" = \"residents\" }",
        "residents",
    )
    .replace("year = \"Tid\"", "year = \"Tid\", sex = \"Kon\", age = \"Alder\"");
    let place = Place::new(&format!(
        "[areas]\nids = [\"jarva\"]\n[data]\nsteps = [\"population_regso\"]\n{steps}\n\
         [steps.baseline]\nkind = \"map\"\n[steps.publish]\nkind = \"publish\"\nfrom = \"baseline\"\n"
    ));
    let run = |more: &[&str]| {
        let mut command = scale();
        command.arg("run").arg(place.path("p.toml")).args(more);
        command
            .arg("--cache")
            .arg(place.path("cache"))
            .arg("--out")
            .arg(place.path("made"))
            .assert()
    };
    run(&["--offline"]).code(2).stderr(contains("--offline asks for no network"));
    run(&[]).success();
    let (asked, lock) = (server.seen().len(), place.lock());
    assert!(!lock.contains("[[file]]") && lock.contains("[[fetched]]"), "{lock}");
    run(&["--offline", "--locked"]).success().stderr(contains("0 parts made"));
    assert_eq!(server.seen().len(), asked);
}

/// How many files and folders lie below a folder that is being worked in.
fn files_below(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| 1 + files_below(&entry.path())).sum()
}

/// The paths of what is kept whole.
fn kept(cache: &std::path::Path) -> Vec<String> {
    let mut list = scale();
    let listed = list.args(["--json", "cache", "ls", "--cache"]).arg(cache).assert().success();
    let listed: Value = serde_json::from_slice(&listed.get_output().stdout).unwrap();
    let path = |one: &Value| {
        let address = one["asked"]["address"].as_str().unwrap().to_owned();
        format!("/{}", address.rsplit('/').next().unwrap())
    };
    listed["fetched"].as_array().unwrap().iter().map(path).collect()
}

#[test]
fn a_killed_ingest_leaves_a_cache_that_is_whole_and_a_next_run_that_completes() {
    let server = Server::start(|_| {
        std::thread::sleep(std::time::Duration::from_millis(5));
        ok(format!("code,n,namn\n0180R001,1,{}\n", "x".repeat(2 << 20)))
    });
    let make = |id: usize| {
        let from = format!(r#"provider = "table", url = "{}/{id}.csv""#, server.address);
        table_step(&from, "year = \"2024\"").replace("cars", &format!("c{id}"))
    };
    let place = Place::new(&(0..3).map(make).collect::<String>());
    let cache = place.path("cache");
    let progress = || files_below(&cache) + files_below(&place.path("data"));
    // Killed at the next file that appears, at the one after it, and so on, wherever the run before had come to.
    let asked = |path: &str| server.seen().iter().filter(|seen| seen.path() == path).count();
    // What was whole after a kill, and how often it had been asked for.
    let (mut whole, mut ended) = (BTreeMap::new(), 0);
    for point in 0..16 {
        let before = progress();
        let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("scale"))
            .args(["ingest", "--quiet", "--pipeline"])
            .arg(place.path("p.toml"))
            .arg("--cache")
            .arg(&cache)
            .arg("--into")
            .arg(place.path("data"))
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        while child.try_wait().unwrap().is_none() && progress() < before + 1 + point % 8 {
            std::thread::sleep(Duration::from_micros(200));
        }
        ended += usize::from(child.try_wait().unwrap().is_some());
        let _ = child.kill();
        child.wait().unwrap();
        scale().args(["cache", "verify", "--cache"]).arg(&cache).assert().success();
        for path in kept(&cache) {
            whole.entry(path.clone()).or_insert_with(|| asked(&path));
        }
        if place.path("data/catalog.toml").is_file() {
            // Every file that the catalogue names is there with its checksum.
            scale().arg("--data").arg(place.path("data")).arg("areas").assert().success();
        }
    }
    assert!(ended < 16, "no run was killed");
    place.ingest(&[]).success();
    for (path, requests) in whole {
        assert_eq!(asked(&path), requests, "{path} was whole and is fetched again");
    }
}

#[test]
fn a_name_is_never_taken_for_a_path() {
    scale().args(["ingest", "cars.csv"]).assert().code(2).stderr(
        contains("has no data set \"cars.csv\" of a provider").and(contains("brought with --file")),
    );
    scale()
        .args(["ingest", "cars", "--file", "cars.csv"])
        .assert()
        .code(2)
        .stderr(contains("cannot be used with"));
}
