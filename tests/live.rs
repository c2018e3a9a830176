//! Live providers, replayed by a server on loopback: what comes, what is kept, what is locked, what is refused.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::indexing_slicing)]

mod common;
mod server;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use assert_cmd::assert::Assert;
use polars::prelude::SerReader;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::{Value, json};

use common::{scale, shared};
use server::{Reply, Seen, Server, ok, status, with};

/// A folder with a pipeline, its lock, a cache and a data folder.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new(steps: &str) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        place.write(steps);
        place
    }

    fn write(&self, steps: &str) {
        std::fs::write(self.path("p.toml"), format!("scale = 1\n{steps}")).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn ingest(&self, more: &[&str]) -> Assert {
        self.command(more).assert()
    }

    fn command(&self, more: &[&str]) -> assert_cmd::Command {
        let mut command = scale();
        command.arg("ingest").args(more).arg("--pipeline").arg(self.path("p.toml"));
        command.arg("--cache").arg(self.path("cache")).arg("--into").arg(self.path("data"));
        command
    }

    fn lock(&self) -> String {
        std::fs::read_to_string(self.path("scale.lock")).unwrap()
    }

    fn frame(&self) -> polars::prelude::DataFrame {
        let files =
            std::fs::read_dir(self.path("data")).unwrap().map(|entry| entry.unwrap().path());
        let mut files = files.filter(|path| path.extension().is_some_and(|end| end == "parquet"));
        let file = std::fs::File::open(files.next().unwrap()).unwrap();
        polars::prelude::ParquetReader::new(file).finish().unwrap()
    }

    fn numbers(&self, column: &str) -> Vec<Option<f64>> {
        self.frame().column(column).unwrap().f64().unwrap().iter().collect()
    }

    fn nothing_is_written(&self) {
        assert!(!self.path("data").exists(), "a data folder was made");
        assert!(!self.path("scale.lock").exists(), "a lock was made");
    }
}

/// A step that brings a data set by RegSO with one field.
fn step(id: &str, from: &str, key: &str, more: &str, field: &str) -> String {
    format!(
        "[steps.{id}]\nkind = \"ingest\"\nfrom = {{ {from} }}\n{more}\n[steps.{id}.schema]\ntheme = \"population\"\n\
         geography = \"regso-2025\"\nkey = \"{key}\"\npublisher = \"a publisher\"\nlicence = \"CC0-1.0\"\n\
         dimensions = {{ year = \"Tid\" }}\n[steps.{id}.schema.fields]\n\
         {field} = {{ kind = \"extensive\", unit = \"persons\", label = {{ sv = \"x\", en = \"x\" }} }}\n"
    )
}

/// `PxWeb` v1 over rows of keys and a value: metadata, a cell limit, and answers to queries.
fn pxweb1(columns: Value, rows: Vec<Value>, limit: usize) -> impl Fn(&Seen) -> Reply {
    let dimensions: Vec<String> = columns
        .as_array()
        .unwrap()
        .iter()
        .filter(|column| column["type"] != "c")
        .map(|column| column["code"].as_str().unwrap().to_owned())
        .collect();
    let variable = |(at, code): (usize, &String)| {
        let mut codes: Vec<&str> = Vec::new();
        for row in &rows {
            let code = row["key"][at].as_str().unwrap();
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        json!({ "code": code, "text": code, "values": codes, "valueTexts": codes })
    };
    let mut variables: Vec<Value> = dimensions.iter().enumerate().map(variable).collect();
    variables
        .push(json!({ "code": "ContentsCode", "text": "x", "values": ["n"], "valueTexts": ["n"] }));
    let metadata = json!({ "title": "t", "variables": variables }).to_string();
    move |seen| {
        if seen.target.ends_with("?config") {
            let config = json!({ "maxValues": limit, "maxCells": 150_000, "maxCalls": 1000, "timeWindow": 1 });
            return ok(config.to_string());
        }
        if seen.method == "GET" {
            return ok(metadata.clone());
        }
        let query: Value = serde_json::from_str(&seen.body).unwrap();
        let wanted = |code: &str| {
            let items = query["query"].as_array().unwrap();
            let item = items.iter().find(|item| item["code"] == code).unwrap();
            item["selection"]["values"].as_array().unwrap().clone()
        };
        let lists: Vec<Vec<Value>> = dimensions.iter().map(|code| wanted(code)).collect();
        if lists.iter().map(Vec::len).product::<usize>() > limit {
            return status(403, "too many values");
        }
        let fits = |row: &&Value| {
            lists.iter().enumerate().all(|(at, list)| list.contains(&row["key"][at]))
        };
        let data: Vec<&Value> = rows.iter().filter(fits).collect();
        let about = json!([{ "updated": "2025-02-21T07:00:00Z", "label": "t", "source": "SCB" }]);
        ok(json!({ "columns": columns, "comments": [], "data": data, "metadata": about })
            .to_string())
    }
}

fn recorded() -> Option<(Value, Vec<Value>)> {
    let file = shared("stockholm/scb_pxweb_v1_population_regso_2024.json")?;
    let answer: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    Some((answer["columns"].clone(), answer["data"].as_array().unwrap().clone()))
}

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

/// Two RegSO in the form of the recorded answer; the second value is not published.
fn small(ages: &[&str]) -> (Value, Vec<Value>) {
    let columns = json!([
        { "code": "Region", "text": "region", "type": "d" }, { "code": "Alder", "text": "ålder", "type": "d" },
        { "code": "Tid", "text": "år", "type": "t" }, { "code": "n", "text": "n", "type": "c" }
    ]);
    let mut rows = Vec::new();
    for (at, region) in ["0180R001_RegSO2025", "0180R002_RegSO2025"].iter().enumerate() {
        for age in ages {
            let value = if at == 0 { "12" } else { ".." };
            rows.push(json!({ "key": [region, age, "2024"], "values": [value] }));
        }
    }
    (columns, rows)
}

const SELECT: &str = r#"provider = "pxweb1", url = "URL/t", select = { Region = "*", Alder = "*", Tid = "*", ContentsCode = "*" }"#;

#[test]
fn a_cell_that_is_not_published_is_missing_and_never_zero() {
    let (columns, rows) = small(&["tot"]);
    let server = Server::start(pxweb1(columns, rows, 1000));
    let from = SELECT.replace("URL", &server.address);
    let place = Place::new(&step("p", &from, "Region", "drop = [\"Alder\"]", "n"));
    place.ingest(&[]).success().stderr(contains("1 marked \"..\""));
    assert_eq!(place.numbers("n"), [Some(12.0), None]);
    let frame = place.frame();
    assert_eq!(frame.column("Region").unwrap().str().unwrap().get(0), Some("0180R001"));
}

#[test]
fn a_dimension_that_tells_rows_apart_cannot_be_dropped_so_nothing_is_counted_twice() {
    let (columns, rows) = small(&["tot", "-4"]);
    let server = Server::start(pxweb1(columns, rows, 1000));
    let from = SELECT.replace("URL", &server.address);
    let place = Place::new(&step("p", &from, "Region", "drop = [\"Alder\"]", "n"));
    place.ingest(&[]).code(2).stderr(contains("appears twice"));
    assert!(!place.path("data").exists());
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
fn what_is_asked_wrongly_is_told_with_what_there_is() {
    let (columns, rows) = small(&["tot"]);
    let server = Server::start(pxweb1(columns, rows, 1000));
    for (wrong, told) in [
        ("Alder = \"tott\"", "\"tott\" is no code of \"Alder\", which has tot"),
        (
            "Age = \"tot\"",
            "the table has no variable \"Age\"; it has Region, Alder, Tid, ContentsCode",
        ),
    ] {
        let from = SELECT.replace("URL", &server.address).replace("Alder = \"*\"", wrong);
        let place = Place::new(&step("p", &from, "Region", "", "n"));
        place.ingest(&[]).code(2).stderr(contains(told));
        place.nothing_is_written();
    }
}

/// A JSON-stat answer of `PxWeb` v2 to the codes asked.
fn cube(regions: &[&str]) -> Value {
    let values: Vec<Value> = regions
        .iter()
        .map(|code| {
            if code.contains("R002") {
                Value::Null
            } else {
                json!(code[6..8].parse::<u32>().unwrap())
            }
        })
        .collect();
    let hidden = regions.iter().position(|code| code.contains("R002"));
    let status: serde_json::Map<String, Value> =
        hidden.map(|at| (at.to_string(), json!(".."))).into_iter().collect();
    json!({
        "version": "2.0", "class": "dataset", "label": "t", "source": "SCB", "updated": "2026-02-20T07:00:00Z",
        "id": ["Region", "ContentsCode", "Tid"], "size": [regions.len(), 1, 1],
        "role": { "time": ["Tid"], "metric": ["ContentsCode"], "geo": ["Region"] },
        "dimension": {
            "Region": { "category": { "index": regions } },
            "ContentsCode": { "category": { "index": ["000007Y7"] } },
            "Tid": { "category": { "index": ["2025"] } }
        },
        "value": values, "status": status
    })
}

#[test]
fn pxweb_v2_is_asked_by_its_codelist_and_joined_from_parts() {
    let codes = ["0180R001_RegSO2025", "0180R002_RegSO2025", "0180R003_RegSO2025"];
    let server = Server::start(move |seen| match (seen.method.as_str(), seen.path()) {
        (_, "/config") => {
            ok(r#"{"maxDataCells": 2, "maxCallsPerTimeWindow": 30, "timeWindow": 1}"#)
        }
        (_, "/tables/TAB1/metadata") => ok(cube(&["00"]).to_string()),
        (_, "/codelists/vs_RegSO2025") => {
            let values: Vec<Value> = codes.iter().map(|code| json!({ "code": code })).collect();
            ok(json!({ "values": values }).to_string())
        }
        ("POST", "/tables/TAB1/data") => {
            let body: Value = serde_json::from_str(&seen.body).unwrap();
            assert_eq!(body["selection"][0]["codelist"], "vs_RegSO2025");
            let asked = body["selection"][0]["valueCodes"].as_array().unwrap();
            let asked: Vec<&str> = asked.iter().map(|code| code.as_str().unwrap()).collect();
            ok(cube(&asked).to_string())
        }
        _ => status(404, ""),
    });
    let from = format!(
        r#"provider = "pxweb2", url = "{}", table = "TAB1", codelists = {{ Region = "vs_RegSO2025" }}, select = {{ Region = "0180R*", ContentsCode = "000007Y7", Tid = "top(1)" }}"#,
        server.address
    );
    let place = Place::new(&step("p", &from, "Region", "rename = { \"000007Y7\" = \"n\" }", "n"));
    place.ingest(&[]).success().stderr(contains("joined from 2 answers"));
    assert_eq!(place.numbers("n"), [Some(1.0), None, Some(3.0)]);
    assert!(place.lock().contains("updated = \"2026-02-20T07:00:00Z\""));
}

#[test]
fn kolada_is_read_page_by_page_on_its_own_host() {
    let server = Server::start(|seen| {
        let host = seen.header("host").unwrap();
        let row = |year: u32, value: Value| json!({ "kpi": "N07935", "municipality": "0180", "period": year, "values": [{ "gender": "T", "value": value, "status": "" }] });
        match (seen.path(), seen.target.contains("page=2")) {
            ("/data/kpi/N07935/municipality/0180/year/2023,2024", false) => {
                let next = format!("http://{host}{}?page=2", seen.path());
                ok(json!({ "values": [row(2023, json!(371.5))], "next_url": next }).to_string())
            }
            ("/data/kpi/N07935/municipality/0180/year/2023,2024", true) => {
                ok(json!({ "values": [row(2024, Value::Null)], "next_url": null }).to_string())
            }
            _ => ok(json!({ "values": [], "next_url": "http://127.0.0.1:1/x" }).to_string()),
        }
    });
    let from = |years: &str| {
        let (url, list) = (&server.address, years);
        format!(
            r#"provider = "kolada", url = "{url}", figures = "N07935", municipalities = "0180", years = {list}"#
        )
    };
    let make = |years: &str| {
        step("k", &from(years), "municipality", "rename = { N07935 = \"n\" }", "n")
            .replace("regso-2025", "municipality")
            .replace("year = \"Tid\"", "year = \"period\", sex = \"gender\"")
    };
    let place = Place::new(&make(r#"["2023", "2024"]"#));
    place.ingest(&[]).success().stdout(contains("years 2023, 2024"));
    assert_eq!(place.numbers("n"), [Some(371.5), None]);
    let place = Place::new(&make(r#"["1900"]"#));
    place.ingest(&[]).code(2).stderr(contains("the next page lies on another host"));
    place.nothing_is_written();
}

const CAPABILITIES: &str = r#"<WFS_Capabilities><OperationsMetadata><Operation name="GetFeature"><Parameter name="outputFormat"><AllowedValues><Value>application/json</Value></AllowedValues></Parameter></Operation></OperationsMetadata><FeatureTypeList><FeatureType><Name>stat:Parks</Name><DefaultCRS>urn:ogc:def:crs:EPSG::3006</DefaultCRS></FeatureType></FeatureTypeList></WFS_Capabilities>"#;

fn wfs(seen: &Seen) -> Reply {
    if seen.target.contains("GetCapabilities") {
        return with(200, &[("content-type", "application/xml")], CAPABILITIES);
    }
    let number = |name: &str| -> usize {
        let rest = seen.target.split(&format!("{name}=")).nth(1).unwrap();
        rest.split('&').next().unwrap().parse().unwrap()
    };
    let (start, count) = (number("startIndex"), number("count"));
    let feature = |at: usize| {
        let (west, south) = (667_000.0 + 100.0 * at as f64, 6_588_000.0);
        let ring = [
            [west, south],
            [west + 50.0, south],
            [west + 50.0, south + 50.0],
            [west, south + 50.0],
            [west, south],
        ];
        json!({ "type": "Feature", "id": format!("p.{at}"), "properties": { "kod": format!("P{at}"), "n": at, "idle": "x" },
            "geometry": { "type": "Polygon", "coordinates": [ring] } })
    };
    let features: Vec<Value> = (start..usize::min(start + count, 5)).map(feature).collect();
    let crs = json!({ "type": "name", "properties": { "name": "urn:ogc:def:crs:EPSG::3006" } });
    ok(json!({ "type": "FeatureCollection", "numberMatched": 5, "crs": crs, "features": features })
        .to_string())
}

#[test]
fn a_wfs_layer_is_read_page_by_page_in_the_system_asked_for() {
    let server = Server::start(wfs);
    let from = |layer: &str, crs: &str| {
        format!(
            r#"provider = "wfs", url = "{}/wfs", layer = "{layer}", crs = "{crs}", page = 2, sort_by = "kod""#,
            server.address
        )
    };
    let make = |layer: &str, crs: &str| {
        step("parks", &from(layer, crs), "kod", "drop = [\"*\"]\nyear = \"2025\"", "n")
            .replace("regso-2025", "polygon")
            .replace("dimensions = { year = \"Tid\" }\n", "")
    };
    let place = Place::new(&make("stat:Parks", "EPSG:3006"));
    place.ingest(&[]).success().stdout(contains("parks: 5 rows, years 2025"));
    let starts = server.seen().iter().filter(|seen| seen.target.contains("startIndex")).count();
    assert_eq!(starts, 3);
    assert!(
        server.seen()[1].target.contains("srsName=EPSG%3A3006&count=2&startIndex=0&sortBy=kod")
    );
    let place = Place::new(&make("stat:Park", "EPSG:3006"));
    place.ingest(&[]).code(2).stderr(contains("no layer \"stat:Park\"; it has stat:Parks"));
    let place = Place::new(&make("stat:Parks", "EPSG:4326"));
    place.ingest(&[]).code(2).stderr(contains("not in EPSG:4326"));
    place.nothing_is_written();
}

fn streets(from: &str) -> String {
    format!(
        "[areas]\nids = [\"jarva\"]\n[steps.streets]\nkind = \"ingest\"\nfrom = {{ {from} }}\n[steps.streets.schema]\n\
         theme = \"geography\"\ngeography = \"streets\"\npublisher = \"OpenStreetMap contributors\"\nlicence = \"ODbL-1.0\"\nyears = [2025]\n"
    )
}

#[test]
fn overpass_is_asked_for_the_box_of_an_area_and_its_remark_is_an_error() {
    let Some(folder) = shared("stockholm/overpass") else { return };
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let answer = std::fs::read(&files[0]).unwrap();
    let server = Server::start(move |_| ok(answer.clone()));
    let from = |address: &str| {
        format!(
            r#"provider = "overpass", url = "{address}/api", area = "jarva", buffer = 1000, query = '[out:json];way["highway"]({{bbox}});out;'"#
        )
    };
    let place = Place::new(&streets(&from(&server.address)));
    place.ingest(&[]).success().stdout(contains("streets:"));
    let body = server.seen()[0].body.clone();
    assert!(body.starts_with("data=%5Bout%3Ajson%5D") && body.contains("59.3"), "{body}");
    assert!(place.lock().contains("ODbL-1.0"));
    let remark =
        r#"{"elements": [], "remark": "runtime error: Query timed out in \"query\" at line 4"}"#;
    let server = Server::start(move |_| ok(remark));
    let place = Place::new(&streets(&from(&server.address)));
    place
        .ingest(&[])
        .code(2)
        .stderr(contains("the answer is not whole: runtime error: Query timed out"));
    place.nothing_is_written();
}

#[test]
fn an_extract_is_held_against_its_checksum_file() {
    let Some(file) = shared("stockholm/jarva_walk_2025.osm.pbf") else { return };
    let bytes = std::fs::read(file).unwrap();
    let sum = scale::sources::sha256_hex(&bytes);
    let server = Server::start(move |seen| match seen.path() {
        "/x.osm.pbf" => ok(bytes.clone()),
        "/right" => ok(format!("{sum}  x.osm.pbf\n")),
        _ => ok(format!("{}  x.osm.pbf\n", "0".repeat(32))),
    });
    let from = |sum: &str| {
        format!(
            r#"provider = "extract", url = "{0}/x.osm.pbf", checksum = "{0}/{sum}""#,
            server.address
        )
    };
    let place = Place::new(&streets(&from("right")));
    place.ingest(&[]).success().stderr(contains("on foot:"));
    let place = Place::new(&streets(&from("wrong")));
    place.ingest(&[]).code(2).stderr(contains("its checksum is").and(contains("states 0000")));
    place.nothing_is_written();
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

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, found) } else { found.push(path) }
    }
}

/// A workbook with a title, a header in row 3, two rows and a footnote.
fn workbook() -> Vec<u8> {
    let rows = [
        vec!["Bilar i Stockholm"],
        vec![],
        vec!["code", "n", "namn"],
        vec!["0180R001", "1234.5", "V\u{e4}rtan"],
        vec!["0180R002", "..", "G\u{e4}rdet"],
        vec![],
        vec!["K\u{e4}lla: en utgivare"],
    ];
    let mut sheet = String::new();
    for (row, cells) in rows.iter().enumerate() {
        sheet.push_str(&format!("<row r=\"{}\">", row + 1));
        for (column, cell) in cells.iter().enumerate() {
            let place = format!("{}{}", ["A", "B", "C"][column], row + 1);
            match cell.parse::<f64>() {
                Ok(number) => sheet.push_str(&format!("<c r=\"{place}\"><v>{number}</v></c>")),
                Err(_) => sheet.push_str(&format!(
                    "<c r=\"{place}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>"
                )),
            }
        }
        sheet.push_str("</row>");
    }
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let files = [
        (
            "[Content_Types].xml",
            format!(
                "<Types xmlns=\"{package}/content-types\"><Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>"
            ),
        ),
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r1\" Type=\"{relations}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{relations}\"><sheets><sheet name=\"Om\" sheetId=\"1\" r:id=\"r1\"/><sheet name=\"Tabell\" sheetId=\"2\" r:id=\"r2\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r1\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet2.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"{main}\"><sheetData/></worksheet>"),
        ),
        (
            "xl/worksheets/sheet2.xml",
            format!("<worksheet xmlns=\"{main}\"><sheetData>{sheet}</sheetData></worksheet>"),
        ),
    ];
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn table_step(from: &str, more: &str) -> String {
    step("cars", from, "code", more, "n")
        .replace("dimensions = { year = \"Tid\" }\n", "name = \"namn\"\n")
}

#[test]
fn tables_come_as_csv_and_xlsx_with_titles_and_footnotes() {
    let server = Server::start(|seen| {
        match seen.path() {
        "/t.csv" => ok(b"Bilar\ncode;n;namn\n0180R001;1\xa0234,5;V\xe4rtan\n0180R002;..;G\xe4rdet\n\nK\xe4lla: en utgivare\n".to_vec()),
        _ => ok(workbook()),
    }
    });
    let csv = format!(r#"provider = "table", url = "{}/t.csv""#, server.address);
    let place = Place::new(&table_step(&csv, "year = \"2024\""));
    place.ingest(&[]).success().stderr(contains("windows-1252"));
    assert_eq!(place.numbers("n"), [Some(1234.5), None]);
    let xlsx =
        format!(r#"provider = "table", url = "{}/export?x=1", format = "xlsx""#, server.address);
    let place =
        Place::new(&table_step(&xlsx, "year = \"2024\"\nlayer = \"Tabell\"\nheader_row = 3"));
    place.ingest(&[]).success().stderr(contains("Sheet: Tabell."));
    assert_eq!(place.numbers("n"), [Some(1234.5), None]);
    let place = Place::new(&table_step(&xlsx, "year = \"2024\""));
    place.ingest(&[]).code(2).stderr(contains("holds 2 layers: Om, Tabell"));
    place.nothing_is_written();
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
    let whole: Vec<Value> = serde_json::from_slice(&listed.get_output().stdout).unwrap();
    place.ingest(&[]).success();
    let again = server.seen().len() - before.len();
    assert_eq!(again, 3 - whole.len(), "only what was not whole is fetched");
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
