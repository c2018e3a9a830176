//! Answers that are no good: each is an error once, is kept by nothing, and is asked for again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::{Value, json};

use crate::common::{scale, shared};
use crate::feed;
use crate::place::{Place, SELECT, pxweb1, small, step, streets, table_step, walk};
use crate::server::{Reply, Seen, Server, ok, status};

/// A host that first gives one answer and then always the other.
fn at_first(bad: impl Into<Vec<u8>>, good: impl Into<Vec<u8>>) -> Server {
    let (bad, good) = (bad.into(), good.into());
    Server::start(move |seen| if seen.number == 0 { ok(bad.clone()) } else { ok(good.clone()) })
}

/// The first run ends in that error and locks nothing; the second brings the data with one more request.
fn mends(server: &Server, place: &Place, told: &str) {
    place.ingest(&[]).code(2).stderr(contains(told));
    place.nothing_is_written();
    assert_eq!(server.seen().len(), 1);
    place.ingest(&[]).success();
    assert_eq!(server.seen().len(), 2, "the next run asks again");
    assert!(place.lock().contains("sha256"));
    let cache = place.path("cache");
    scale().args(["cache", "verify", "--cache"]).arg(&cache).assert().success();
    // What was no good is named by nothing.
    scale().args(["cache", "prune", "--cache"]).arg(&cache).assert().success();
    let mut blobs = Vec::new();
    walk(&place.path("cache/fetched/blobs"), &mut blobs);
    assert_eq!(blobs.len(), 1, "{blobs:?}");
}

fn extract_of(address: &str) -> String {
    streets(&format!(r#"provider = "extract", url = "{address}/x.osm.pbf""#))
}

const CSV: &str = "code,n,namn\n0180R001,1,x\n";

#[test]
fn json_that_ends_too_early_inside_is_asked_for_again() {
    let good = json!({
        "columns": [{ "code": "code", "text": "code", "type": "d" }, { "code": "Tid", "text": "Tid", "type": "t" },
            { "code": "n", "text": "n", "type": "c" }],
        "comments": [], "data": [{ "key": ["0180R001", "2024"], "values": ["1"] }], "metadata": []
    });
    let server = at_first(r#"{"columns": [}"#, good.to_string());
    let from = format!(r#"provider = "table", url = "{}/t.json""#, server.address);
    mends(&server, &Place::new(&step("p", &from, "code", "", "n")), "the answer is no JSON");
}

#[test]
fn a_table_that_cannot_be_decoded_is_asked_for_again() {
    let server = at_first("code,n,namn\n0180R001,\"1,x\n", CSV);
    let from = format!(r#"provider = "table", url = "{}/t.csv""#, server.address);
    let place = Place::new(&table_step(&from, "year = \"2024\""));
    let address = format!("cars: what came from {}/t.csv cannot be used", server.address);
    mends(&server, &place, &address);
}

#[test]
fn a_remark_of_overpass_is_asked_for_again() {
    let Some(file) = shared("stockholm/overpass") else { return };
    let mut files: Vec<_> =
        std::fs::read_dir(file).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let remark = r#"{"elements": [], "remark": "runtime error: Query timed out"}"#;
    let server = at_first(remark, std::fs::read(&files[0]).unwrap());
    let from = format!(
        r#"provider = "overpass", url = "{}/api", area = "jarva", query = '[out:json];way["highway"]({{bbox}});out;'"#,
        server.address
    );
    mends(&server, &Place::new(&streets(&from)), "the answer is not whole");
}

/// Whole by its first and last bytes; the entries are not.
fn damaged(mut zip: Vec<u8>) -> Vec<u8> {
    zip[40..200].fill(0xff);
    zip
}

fn gtfs(server: &Server) -> Place {
    Place::new(&format!(
        "[steps.sl]\nkind = \"ingest\"\nfrom = {{ provider = \"gtfs\", url = \"{}/sl.zip\" }}\n\
         schema = {{ theme = \"travel\", publisher = \"Samtrafiken\", licence = \"CC0-1.0\" }}\n",
        server.address
    ))
}

#[test]
fn a_damaged_timetable_is_no_valid_copy() {
    let good = feed::bus([(59.36, 18.08), (59.36, 18.10)], 20, 5);
    let server = at_first(damaged(good.clone()), good);
    let place = gtfs(&server);
    mends(&server, &place, "sl: what came from");
    place.ingest(&["--refresh"]).success();
    assert_eq!(server.seen().len(), 2, "what can be read is not fetched again while valid");
}

#[test]
fn an_extract_that_cannot_be_read_is_asked_for_again() {
    let Some(file) = shared("stockholm/jarva_walk_2025.osm.pbf") else { return };
    let good = std::fs::read(file).unwrap();
    let mut bad = good.clone();
    let middle = bad.len() / 2;
    bad[middle..middle + 200].fill(0);
    let server = at_first(bad, good);
    mends(&server, &Place::new(&extract_of(&server.address)), "streets: what came from");
}

#[test]
fn a_layer_in_another_system_is_asked_for_again() {
    let capabilities = r"<WFS_Capabilities><FeatureTypeList><FeatureType><Name>x:A</Name><DefaultCRS>urn:ogc:def:crs:EPSG::3006</DefaultCRS></FeatureType></FeatureTypeList></WFS_Capabilities>";
    let pages = AtomicUsize::new(0);
    let server = Server::start(move |seen| {
        if seen.target.contains("GetCapabilities") {
            return ok(capabilities);
        }
        let (crs, [x, y]) = match pages.fetch_add(1, Ordering::SeqCst) {
            0 => (4326, [18.0, 59.4]),
            _ => (3006, [667_000.0, 6_588_000.0]),
        };
        let ring = [[x, y], [x + 50.0, y], [x + 50.0, y + 50.0], [x, y]];
        let crs = json!({ "properties": { "name": format!("urn:ogc:def:crs:EPSG::{crs}") } });
        let feature = json!({ "type": "Feature", "properties": { "kod": "1", "n": 1 }, "geometry": { "type": "Polygon", "coordinates": [ring] } });
        ok(json!({ "type": "FeatureCollection", "crs": crs, "features": [feature] }).to_string())
    });
    let from = format!(
        r#"provider = "wfs", url = "{}/wfs", layer = "x:A", crs = "EPSG:3006""#,
        server.address
    );
    let place = Place::new(
        &step("green", &from, "kod", "year = \"2026\"", "n")
            .replace("regso-2025", "polygon")
            .replace("dimensions = { year = \"Tid\" }\n", ""),
    );
    place.ingest(&[]).code(2).stderr(contains("answers in urn:ogc:def:crs:EPSG::4326"));
    place.nothing_is_written();
    place.ingest(&[]).success().stdout(contains("green: 1 rows"));
}

#[test]
fn a_checksum_that_was_behind_its_file_is_asked_for_with_the_file() {
    let Some(file) = shared("stockholm/jarva_walk_2025.osm.pbf") else { return };
    let bytes = std::fs::read(file).unwrap();
    let right = format!("{}  x\n", scale::sources::sha256_hex(&bytes));
    let sums = AtomicUsize::new(0);
    let server = Server::start(move |seen| match seen.path() {
        "/x.osm.pbf" => ok(bytes.clone()),
        _ if sums.fetch_add(1, Ordering::SeqCst) == 0 => ok(format!("{}  x\n", "0".repeat(64))),
        _ => ok(right.clone()),
    });
    let from = format!(
        r#"provider = "extract", url = "{0}/x.osm.pbf", checksum = "{0}/sum""#,
        server.address
    );
    let place = Place::new(&streets(&from));
    place.ingest(&[]).code(2).stderr(contains("its checksum is").and(contains("states 0000")));
    place.nothing_is_written();
    place.ingest(&[]).success();
    assert_eq!(server.seen().len(), 4);
    // A file that has to be fetched again is held against the checksum of then.
    let mut blobs = Vec::new();
    walk(&place.path("cache/fetched/blobs"), &mut blobs);
    let extract = blobs.iter().find(|blob| blob.to_string_lossy().ends_with(".osm.pbf")).unwrap();
    scale().args(["cache", "verify", "--cache"]).arg(place.path("cache")).assert().success();
    std::fs::remove_file(extract).unwrap();
    place.ingest(&[]).success();
    assert_eq!(server.seen().len(), 6);
}

#[test]
fn what_a_step_says_wrongly_of_a_table_asks_nobody_again_and_locks_nothing() {
    let server = Server::start(|_| ok("code,m,namn\n0180R001,1,x\n"));
    let from = format!(r#"provider = "table", url = "{}/t.csv""#, server.address);
    let steps = table_step(&from, "year = \"2024\"");
    let place = Place::new(&steps);
    place
        .ingest(&[])
        .code(2)
        .stderr(contains("cars: what came from").and(contains("there is no column \"n\"")))
        .stderr(contains("--refresh asks again"));
    place.nothing_is_written();
    place.write(&steps.replace("year = \"2024\"", "year = \"2024\"\nrename = { m = \"n\" }"));
    place.ingest(&[]).success();
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn a_table_that_is_accepted_and_cannot_be_used_is_not_locked() {
    let version = Arc::new(AtomicUsize::new(0));
    let now = Arc::clone(&version);
    let server = Server::start(move |_| match now.load(Ordering::SeqCst) {
        0 => ok(CSV),
        _ => ok("code,antal,namn\n0180R001,1,x\n"),
    });
    let from = format!(r#"provider = "table", url = "{}/t.csv""#, server.address);
    let place = Place::new(&table_step(&from, "year = \"2024\""));
    place.ingest(&[]).success();
    let before = place.lock();
    version.store(1, Ordering::SeqCst);
    place.ingest(&["--refresh", "--accept"]).code(2).stderr(contains("no column \"n\""));
    assert_eq!(place.lock(), before);
    place.ingest(&["--locked"]).success();
    assert_eq!(place.numbers("n"), [Some(1.0)]);
}

#[test]
fn what_is_locked_is_asked_for_again_where_that_is_asked_and_must_not_differ() {
    let version = Arc::new(AtomicUsize::new(0));
    let now = Arc::clone(&version);
    let server = Server::start(move |_| match now.load(Ordering::SeqCst) {
        0 => ok(CSV),
        _ => ok("code,n,namn\n0180R001,2,x\n"),
    });
    let from = format!(r#"provider = "table", url = "{}/t.csv""#, server.address);
    let place = Place::new(&table_step(&from, "year = \"2024\""));
    place.ingest(&[]).success();
    place.ingest(&["--locked", "--refresh"]).success();
    assert_eq!(server.seen().len(), 2, "the host was asked");
    let before = place.lock();
    version.store(1, Ordering::SeqCst);
    place.ingest(&["--locked", "--refresh"]).code(2).stderr(contains("its sha256 is"));
    assert_eq!((place.lock(), place.numbers("n")), (before, vec![Some(1.0)]));
    place.ingest(&["--locked"]).success();
    assert_eq!(server.seen().len(), 3, "what is locked is still there");
}

/// `PxWeb` that answers every query with the rows of another.
fn beside_the_question(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Server {
    let (columns, rows) = small(&["tot", "80-"]);
    let host = pxweb1(columns, rows, 1000);
    Server::start(move |seen: &Seen| match (seen.method.as_str(), host(seen)) {
        ("POST", Reply::Whole { body, .. }) => {
            let mut answer: Value = serde_json::from_slice(&body).unwrap();
            change(&mut answer);
            ok(answer.to_string())
        }
        (_, reply) => reply,
    })
}

#[test]
fn an_answer_to_another_question_is_refused() {
    type Change = fn(&mut Value);
    let changes: [(Change, &str); 3] = [
        (
            |answer| answer["data"][0]["key"][1] = json!("90-"),
            "the answer brings \"90-\" of \"Alder\", unasked",
        ),
        (
            |answer| {
                let rows = answer["data"].as_array_mut().unwrap();
                rows.retain(|row| row["key"][1] != "80-");
            },
            "the answer lacks \"80-\" of \"Alder\"",
        ),
        (
            |answer| {
                let first = answer["data"][0].clone();
                answer["data"].as_array_mut().unwrap().push(first);
            },
            "the row of 0180R001_RegSO2025, tot, 2024 stands there twice",
        ),
    ];
    for (change, told) in changes {
        let server = beside_the_question(change);
        let from = SELECT.replace("URL", &server.address);
        let steps = step("p", &from, "Region", "", "n")
            .replace("year = \"Tid\"", "year = \"Tid\", age = \"Alder\"");
        let place = Place::new(&steps);
        place.ingest(&[]).code(2).stderr(contains(told));
        place.nothing_is_written();
    }
}

#[test]
fn without_the_network_damage_is_called_damage() {
    let server = Server::start(|_| ok(CSV));
    let from = format!(r#"provider = "table", url = "{}/t.csv""#, server.address);
    let place = Place::new(&table_step(&from, "year = \"2024\""));
    place.ingest(&["--offline"]).code(2).stderr(contains("was not brought yet"));
    place.ingest(&[]).success();
    let mut blobs = Vec::new();
    walk(&place.path("cache/fetched/blobs"), &mut blobs);
    std::fs::write(&blobs[0], "code\n").unwrap();
    place.ingest(&["--offline"]).code(2).stderr(contains("what was brought is damaged"));
}

#[test]
fn a_version_that_was_good_before_stands_where_the_next_is_not() {
    let server = Server::start(|seen| match seen.number {
        0 => ok(CSV),
        _ => ok("code,n,namn\n0180R001,\"2,x\n"),
    });
    let from = format!(r#"provider = "table", url = "{}/t.csv""#, server.address);
    let place = Place::new(&table_step(&from, "year = \"2024\""));
    place.ingest(&[]).success();
    place.ingest(&["--refresh"]).code(2).stderr(contains("what came from"));
    std::fs::remove_file(place.path("scale.lock")).unwrap();
    place.ingest(&["--offline"]).success();
    assert_eq!((server.seen().len(), place.numbers("n")), (2, vec![Some(1.0)]));
}

#[test]
fn a_fault_names_its_data_set_and_its_address() {
    let server = Server::start(|_| status(404, ""));
    let from = format!(r#"provider = "table", url = "{}/t.csv""#, server.address);
    let place = Place::new(&table_step(&from, "year = \"2024\""));
    let told = format!("error: cars was not brought from {}/t.csv\ncause: ", server.address);
    place.ingest(&[]).code(2).stderr(contains(told).and(contains("answers 404")));
}

#[test]
fn a_run_locks_nothing_that_cannot_be_read_and_asks_again() {
    let server = at_first("code,n,namn\n0180R001,\"1,x\n", CSV);
    let from = format!(r#"provider = "table", url = "{}/t.csv""#, server.address);
    let steps = table_step(&from, "year = \"2024\"");
    let place = Place::new(&format!(
        "[areas]\nids = [\"jarva\"]\n[data]\nsteps = [\"cars\"]\n{steps}\n[steps.baseline]\nkind = \"map\"\n"
    ));
    let run = || {
        let mut command = scale();
        command.arg("run").arg(place.path("p.toml")).arg("--cache").arg(place.path("cache"));
        command.arg("--out").arg(place.path("made")).assert()
    };
    run().code(2).stderr(contains("cars: what came from"));
    assert!(!place.path("scale.lock").exists());
    run().success();
    assert!(place.lock().contains("id = \"cars\""));
    assert_eq!(server.seen().len(), 2);
}

#[test]
fn nothing_is_pruned_while_something_is_brought() {
    let (cache, pruned) = (Arc::new(std::sync::OnceLock::new()), Arc::new(AtomicUsize::new(0)));
    let (at, count) = (Arc::clone(&cache), Arc::clone(&pruned));
    let server = Server::start(move |_| {
        let cache: &std::path::PathBuf = at.get().unwrap();
        let mut prune = scale();
        let done = prune.args(["cache", "prune", "--cache"]).arg(cache).assert().code(2);
        done.stderr(contains("something is being brought into the cache; nothing was removed"));
        count.fetch_add(1, Ordering::SeqCst);
        ok(CSV)
    });
    let from = format!(r#"provider = "table", url = "{}/t.csv""#, server.address);
    let place = Place::new(&table_step(&from, "year = \"2024\""));
    cache.set(place.path("cache")).unwrap();
    place.ingest(&[]).success();
    assert_eq!((server.seen().len(), pruned.load(Ordering::SeqCst)), (1, 1));
    scale().args(["cache", "prune", "--cache"]).arg(place.path("cache")).assert().success();
}

#[test]
fn what_is_not_to_be_kept_lies_in_a_folder_of_the_run_that_goes_with_it() {
    let server = Server::start(|_| ok(CSV));
    let from = format!(r#"provider = "table", url = "{}/t.csv""#, server.address);
    let place = Place::new(&table_step(&from, "year = \"2024\""));
    let temporary = place.path("temporary");
    std::fs::create_dir(&temporary).unwrap();
    let run = || {
        let mut command = scale();
        command.arg("ingest").arg("--pipeline").arg(place.path("p.toml")).arg("--into");
        command.arg(place.path("data")).arg("--no-cache").env("TMPDIR", &temporary);
        command.assert().success();
        assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0, "something is left");
    };
    run();
    run();
    assert_eq!(server.seen().len(), 2, "nothing is used again");
}

#[test]
fn a_status_that_may_pass_is_asked_for_again() {
    let server = Server::start(|seen| if seen.number == 0 { status(520, "") } else { ok(CSV) });
    let from = format!(r#"provider = "table", url = "{}/t.csv""#, server.address);
    Place::new(&table_step(&from, "year = \"2024\"")).ingest(&[]).success();
    assert_eq!(server.seen().len(), 2);
}
