//! Each provider: what it is asked, what comes of its answers, what is refused of them.

use std::io::Write as _;
use std::path::PathBuf;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::{Value, json};

use crate::common::{scale, shared};
use crate::place::{Place, SELECT, pxweb1, small, step, streets, table_step};
use crate::server::{Reply, Seen, Server, ok, status, with};

#[test]
fn a_cell_that_is_not_published_is_missing_and_never_zero() {
    let (columns, rows) = small(&["tot"]);
    let server = Server::start(pxweb1(columns, rows, 1000));
    let from = SELECT.replace("URL", &server.address);
    let place = Place::new(&step("p", &from, "Region", "drop = [\"Alder\"]", "n"));
    place.ingest(&[]).success().stderr(contains("1 cell marked with dots"));
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
                json!(code.get(6..8).map_or(0, |digits| digits.parse::<u32>().unwrap()))
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

#[test]
fn tables_come_as_csv_and_xlsx_with_titles_and_footnotes() {
    let server = Server::start(|seen| {
        match seen.path() {
        "/t.csv" => ok(b"Bilar\ncode;n;namn\n0180R001;1\xa0234,5;V\xe4rtan\n0180R002;..;G\xe4rdet\n\nK\xe4lla: en utgivare\n".to_vec()),
        _ => ok(workbook()),
    }
    });
    let csv = format!(r#"provider = "table", url = "{}/t.csv""#, server.address);
    let place = Place::new(&table_step(&csv, "year = \"2024\"\ndecimal = \"comma\""));
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

/// The entry of the catalogue itself, asked of a host that answers with three ages and their total: 2 of 1,000 among the
/// young, 8 of 1,000 among the old, in a country of 300 and 100, are 3.5 of 1,000.
#[test]
fn the_residents_of_the_country_by_age_are_brought_and_are_a_standard() {
    let ages = ["0", "1", "2+", "tot"];
    let server = Server::start(move |seen| {
        let variable = |code: &str, values: &[&str]| json!({ "code": code, "text": code, "values": values, "valueTexts": values });
        if seen.target.ends_with("?config") {
            return ok(r#"{"maxValues": 100, "maxCells": 100, "maxCalls": 1000, "timeWindow": 1}"#);
        }
        if seen.method == "GET" {
            let mut alone = variable("Civilstand", &["OG", "G"]);
            alone["elimination"] = json!(true);
            let variables = [
                variable("Region", &["00", "0180"]),
                alone,
                variable("Alder", &ages),
                variable("ContentsCode", &["BE0101N1"]),
                variable("Tid", &["2024", "2025"]),
            ];
            return ok(json!({ "title": "t", "variables": variables }).to_string());
        }
        let query: Value = serde_json::from_str(&seen.body).unwrap();
        let asked = query["query"].to_string();
        assert!(asked.contains("2025") && !asked.contains("2024") && !asked.contains("0180"));
        assert!(!asked.contains("Civilstand"), "{asked}");
        let dimensions = json!({
            "Region": { "category": { "index": ["00"] } },
            "Alder": { "category": { "index": ages } },
            "ContentsCode": { "category": { "index": ["BE0101N1"] } },
            "Tid": { "category": { "index": ["2025"] } }
        });
        ok(json!({
            "version": "2.0", "class": "dataset", "label": "t", "source": "SCB",
            "id": ["Region", "Alder", "ContentsCode", "Tid"], "size": [1, 4, 1, 1],
            "role": { "time": ["Tid"], "metric": ["ContentsCode"] },
            "dimension": dimensions, "value": [200, 100, 100, 400]
        })
        .to_string())
    });
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/pipelines/stockholm-live.toml");
    let catalogue: toml::Table = toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let mut only = toml::Table::new();
    only.insert("population_sweden".to_owned(), catalogue["steps"]["population_sweden"].clone());
    let mut steps = toml::Table::new();
    steps.insert("steps".to_owned(), only.into());
    let place = Place::new(&toml::to_string(&steps).unwrap().replace("{scb}", &server.address));
    place.ingest(&[]).success();
    let deaths = "area,age,deaths,residents\na,0-1,2,1000\na,2+,8,1000\n";
    std::fs::write(place.path("deaths.csv"), deaths).unwrap();
    let rates = scale()
        .args(["--json", "--data"])
        .arg(place.path("data"))
        .args(["standardise", "--key", "area", "--age", "age", "--events", "deaths"])
        .args(["--population", "residents", "--per", "1000"])
        .args(["--standard", "population_sweden", "--file"])
        .arg(place.path("deaths.csv"))
        .assert()
        .success();
    let rates: Value = serde_json::from_slice(&rates.get_output().stdout).unwrap();
    let rate = rates[0]["rate"].as_f64().unwrap();
    assert!((rate - 3.5).abs() < 1e-9, "{rates}");
}
