//! What is read out of answers: numbers as publishers write them, sexes and totals as their metadata tell, changes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::json;

use crate::place::{Place, step, table_step};
use crate::server::{Server, ok};

#[test]
fn thin_spaces_in_utf_8_with_a_mark_are_thousands_and_it_is_told() {
    let csv = "\u{feff}code;n;namn\n0180R001;1\u{2009}234,5;V\u{e4}rtan\n0180R002;2\u{202f}000;G\u{e4}rdet\n";
    let server = Server::start(move |_| ok(csv));
    let from = format!(r#"provider = "table", url = "{}/t.csv""#, server.address);
    let place = Place::new(&table_step(&from, "year = \"2024\"\ndecimal = \"comma\""));
    place.ingest(&[]).success().stderr(contains("UTF-8").and(contains("Thousands")));
    assert_eq!(place.numbers("n"), [Some(1234.5), Some(2000.0)]);
}

/// At this office 01 is women and 02 men, where at Statistics Sweden 1 is men: only the labels tell.
#[test]
fn sexes_and_totals_are_those_that_the_metadata_name() {
    let answer = json!({
        "version": "2.0", "class": "dataset", "label": "t",
        "id": ["Region", "K\u{f6}n", "\u{c5}r"], "size": [1, 3, 1],
        "role": { "time": ["\u{c5}r"], "geo": ["Region"] },
        "dimension": {
            "Region": { "category": { "index": ["0180"] } },
            "K\u{f6}n": {
                "category": { "index": ["00", "01", "02"], "label": { "00": "Alla", "01": "Kvinnor", "02": "M\u{e4}n" } },
                "extension": { "elimination": true, "eliminationValueCode": "00" }
            },
            "\u{c5}r": { "category": { "index": ["2021-2024"] } }
        },
        "value": [74.0, 72.0, 76.0]
    });
    let text = answer.to_string();
    let server = Server::start(move |_| ok(text.clone()));
    let from = format!(r#"provider = "table", url = "{}/t.json""#, server.address);
    let steps = step("h", &from, "Region", "rename = { value = \"n\" }", "n")
        .replace("regso-2025", "municipality")
        .replace("year = \"Tid\"", "year = \"\u{c5}r\", sex = \"K\u{f6}n\"");
    let place = Place::new(&steps);
    place.ingest(&[]).success().stdout(contains("years 2024"));
    let frame = place.frame();
    let sexes: Vec<_> =
        frame.column("K\u{f6}n").unwrap().str().unwrap().iter().map(Option::unwrap).collect();
    assert_eq!(sexes, ["_T", "F", "M"]);
    let place = Place::new(&steps);
    let strange = answer.to_string().replace("Kvinnor", "Annat");
    let server = Server::start(move |_| ok(strange.clone()));
    let from = format!(r#"provider = "table", url = "{}/t.json""#, server.address);
    place.write(
        &step("h", &from, "Region", "rename = { value = \"n\" }", "n")
            .replace("regso-2025", "municipality")
            .replace("year = \"Tid\"", "year = \"\u{c5}r\", sex = \"K\u{f6}n\""),
    );
    place
        .ingest(&[])
        .success()
        .stderr(contains("1 codes are not known and stay as they are: \"01\""));
}

#[test]
fn pxweb_may_answer_in_px() {
    let px = "CHARSET=\"ANSI\";\nAXIS-VERSION=\"2013\";\nCODEPAGE=\"utf-8\";\nLANGUAGE=\"sv\";\nMATRIX=\"T1\";\nTITLE=\"t\";\n\
        CONTENTS=\"n\";\nUNITS=\"antal\";\nSTUB=\"Region\";\nHEADING=\"Tid\";\nVALUES(\"Region\")=\"A\",\"B\";\nVALUES(\"Tid\")=\"2023\",\"2024\";\n\
        CODES(\"Region\")=\"0180R001\",\"0180R002\";\nCODES(\"Tid\")=\"2023\",\"2024\";\nTIMEVAL(\"Tid\")=TLIST(A1,\"2023\",\"2024\");\n\
        DATA=\n1 2\n\"..\" 4.5;\n";
    let server = Server::start(move |seen| {
        if seen.target.ends_with("?config") {
            return ok(r#"{"maxValues": 4, "maxCells": 100, "maxCalls": 1000, "timeWindow": 1}"#);
        }
        if seen.method == "GET" {
            let variable = |code: &str, values: [&str; 2]| json!({ "code": code, "text": code, "values": values, "valueTexts": values });
            return ok(json!({ "title": "t", "variables": [variable("Region", ["0180R001", "0180R002"]), variable("Tid", ["2023", "2024"])] }).to_string());
        }
        assert!(seen.body.contains(r#""format":"px""#), "{}", seen.body);
        ok(px)
    });
    let from = |tid: &str| {
        format!(
            r#"provider = "pxweb1", url = "{}/t", format = "px", select = {{ Region = "*", Tid = "{tid}" }}"#,
            server.address
        )
    };
    let place = Place::new(&step("p", &from("*"), "Region", "rename = { value = \"n\" }", "n"));
    place.ingest(&[]).success().stdout(contains("years 2023, 2024"));
    assert_eq!(place.numbers("n"), [Some(1.0), Some(2.0), None, Some(4.5)]);
}

/// Two RegSO of two years, two cells an answer: a year has no value in the second.
#[test]
fn what_takes_several_answers_in_px_is_asked_for_as_json_stat_and_joined() {
    let server = Server::start(|seen| {
        if seen.target.ends_with("?config") {
            return ok(r#"{"maxValues": 2, "maxCells": 100, "maxCalls": 1000, "timeWindow": 1}"#);
        }
        if seen.method == "GET" {
            let variable = |code: &str, values: [&str; 2]| json!({ "code": code, "text": code, "values": values, "valueTexts": values });
            return ok(json!({ "title": "t", "variables": [variable("Region", ["0180R001", "0180R002"]), variable("Tid", ["2023", "2024"])] }).to_string());
        }
        assert!(seen.body.contains(r#""format":"json-stat2""#), "{}", seen.body);
        let first = seen.body.contains("0180R001");
        assert!(first != seen.body.contains("0180R002"), "{}", seen.body);
        let code = if first { "0180R001" } else { "0180R002" };
        let values = if first { json!([1, 2]) } else { json!([null, 4.5]) };
        ok(json!({
            "version": "2.0", "class": "dataset", "id": ["Region", "Tid"], "size": [1, 2],
            "role": { "time": ["Tid"] },
            "dimension": {
                "Region": { "category": { "index": [code] } },
                "Tid": { "category": { "index": ["2023", "2024"] } }
            },
            "value": values
        })
        .to_string())
    });
    let from = format!(
        r#"provider = "pxweb1", url = "{}/t", format = "px", select = {{ Region = "*", Tid = "*" }}"#,
        server.address
    );
    let place = Place::new(&step("p", &from, "Region", "rename = { value = \"n\" }", "n"));
    let told = "asked for as JSON-stat, as PX is not joined from 2 answers";
    place.ingest(&[]).success().stderr(contains(told));
    assert_eq!(place.numbers("n"), [Some(1.0), Some(2.0), None, Some(4.5)]);
}

#[test]
fn a_column_that_is_gone_is_shown() {
    let version = Arc::new(AtomicUsize::new(0));
    let now = Arc::clone(&version);
    let server = Server::start(move |_| {
        let name = if now.load(Ordering::SeqCst) == 0 { "n" } else { "antal" };
        ok(format!("code,{name},namn\n0180R001,1,x\n"))
    });
    let from = format!(r#"provider = "table", url = "{}/t.csv""#, server.address);
    let place = Place::new(&table_step(&from, "year = \"2024\""));
    place.ingest(&[]).success();
    let before = place.lock();
    version.store(1, Ordering::SeqCst);
    place
        .ingest(&["--refresh"])
        .code(2)
        .stderr(contains("gone is the column \"n\"; new is the column \"antal\""));
    assert_eq!(place.lock(), before, "what was locked stays locked");
    assert_eq!(place.numbers("n"), [Some(1.0)], "what was brought stays");
}

#[test]
fn a_layer_is_asked_for_in_the_name_that_the_service_gives_to_geojson_and_by_its_filter() {
    let capabilities = r#"<WFS_Capabilities><OperationsMetadata><Operation name="GetFeature"><Parameter name="outputFormat"><AllowedValues><Value>GML32</Value><Value>GEOJSON</Value></AllowedValues></Parameter></Operation></OperationsMetadata><FeatureTypeList><FeatureType><Name>x:Areas</Name><DefaultCRS>urn:ogc:def:crs:EPSG::4326</DefaultCRS></FeatureType></FeatureTypeList></WFS_Capabilities>"#;
    let ring = [[17.9, 59.4], [17.91, 59.4], [17.91, 59.41], [17.9, 59.4]];
    let feature = json!({ "type": "Feature", "properties": { "kod": "1", "n": 1 }, "geometry": { "type": "Polygon", "coordinates": [ring] } });
    let page = json!({ "type": "FeatureCollection", "features": [feature] }).to_string();
    let server = Server::start(move |seen| {
        if seen.target.contains("GetCapabilities") { ok(capabilities) } else { ok(page.clone()) }
    });
    let from = format!(
        r#"provider = "wfs", url = "{}/wfs", layer = "x:Areas", crs = "EPSG:4326", fes = "<fes:Filter>a b</fes:Filter>""#,
        server.address
    );
    let place = Place::new(
        &step("green", &from, "kod", "year = \"2026\"", "n")
            .replace("regso-2025", "polygon")
            .replace("dimensions = { year = \"Tid\" }\n", ""),
    );
    place.ingest(&[]).success();
    let asked = &server.seen()[1].target;
    assert!(asked.contains("outputFormat=GEOJSON"), "{asked}");
    assert!(asked.contains("FILTER=%3Cfes%3AFilter%3Ea%20b%3C%2Ffes%3AFilter%3E"), "{asked}");
}

/// As workbooks of Naturvårdsverket are laid out: a row a class, a column a year; a new year is no change of the table.
#[test]
fn years_in_columns_become_rows_and_classes_columns() {
    let version = Arc::new(AtomicUsize::new(0));
    let now = Arc::clone(&version);
    let server = Server::start(move |_| match now.load(Ordering::SeqCst) {
        0 => ok("kod;typ;2021;2022\n0180;a;1,5;..\n0180;b;3;4\n"),
        _ => ok("kod;typ;2021;2022;2023\n0180;a;1,5;2,5;7\n0180;b;3;4;8\n"),
    });
    let from = format!(r#"provider = "table", url = "{}/t.csv""#, server.address);
    let more =
        "years_in_columns = [\"*\"]\nspread = \"typ\"\nrename = { a = \"n\" }\ndrop = [\"b\"]";
    let place = Place::new(
        &step("waste", &from, "kod", more, "n")
            .replace("regso-2025", "municipality")
            .replace("dimensions = { year = \"Tid\" }\n", ""),
    );
    place.ingest(&[]).success().stdout(contains("waste: 2 rows, years 2021, 2022"));
    assert_eq!(place.numbers("n"), [Some(1.5), None]);
    version.store(1, Ordering::SeqCst);
    place.ingest(&["--refresh"]).success().stdout(contains("years 2021, 2022, 2023"));
    assert_eq!(place.numbers("n"), [Some(1.5), Some(2.5), Some(7.0)]);
}
