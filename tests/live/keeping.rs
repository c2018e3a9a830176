//! What was brought: kept, locked, noticed when damaged, never fetched twice, whole after a kill.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;

use crate::common::{scale, shared};
use crate::place::{Place, SELECT, pxweb1, recorded, small, step, table_step, walk};
use crate::server::{Server, ok, status};

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
    place.ingest(&["--refresh", "--locked"]).success();
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
         schema = {{ theme = \"travel\", geography = \"point\", key = \"stop_id\", publisher = \"Samtrafiken\", licence = \"CC0-1.0\" }}\n",
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
    assert!(place.lock().contains("key={key}") && place.path("data/sl.zip").is_file());
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
    for moment in [5, 30, 60, 120, 250, 450, 700, 950, 1200] {
        let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("scale"))
            .args(["ingest", "--quiet", "--pipeline"])
            .arg(place.path("p.toml"))
            .arg("--cache")
            .arg(place.path("cache"))
            .arg("--into")
            .arg(place.path("data"))
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(moment));
        child.kill().unwrap();
        child.wait().unwrap();
        scale().args(["cache", "verify", "--cache"]).arg(place.path("cache")).assert().success();
    }
    let before = server.seen();
    let listed = scale()
        .args(["--json", "cache", "ls", "--cache"])
        .arg(place.path("cache"))
        .assert()
        .success();
    let kept: Value = serde_json::from_slice(&listed.get_output().stdout).unwrap();
    let whole = kept["fetched"].as_array().unwrap().len();
    place.ingest(&[]).success();
    let again = server.seen().len() - before.len();
    assert_eq!(again, 3 - whole, "only what was not whole is fetched");
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

#[test]
fn the_live_catalogue_says_what_no_document_confirms() {
    let out = scale().args(["sources", "--live"]).assert().success();
    let text = String::from_utf8_lossy(&out.get_output().stdout).into_owned();
    let line =
        |id: &str| text.lines().find(|line| line.trim_start().starts_with(id)).unwrap().to_owned();
    assert!(line("socioeconomic_index").contains("unverified"), "{text}");
    assert!(!line("population_regso").contains("unverified"), "{text}");
    for id in [
        "regso",
        "cars",
        "self_rated_health",
        "environment_municipality",
        "streets_jarva",
        "timetable",
    ] {
        line(id);
    }
}
