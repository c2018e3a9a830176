//! Answers of a real `PxWeb` v2, as Statistics Sweden gave them: limits, metadata, a list of codes, data.

use std::collections::BTreeMap;
use std::path::Path;

use predicates::str::contains;
use serde_json::{Value, json};

use crate::common::shared;
use crate::place::{Place, step};
use crate::server::{Seen, Server, ok, status};

fn recorded(folder: &Path, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap()
}

fn codes(cube: &Value, id: &str) -> Vec<String> {
    let index = cube["dimension"][id]["category"]["index"].as_object().unwrap();
    let mut codes: Vec<(u64, &String)> =
        index.iter().map(|(code, place)| (place.as_u64().unwrap(), code)).collect();
    codes.sort_unstable();
    codes.into_iter().map(|(_, code)| code.clone()).collect()
}

/// The cells of a recorded answer that a query asks for, as the host would cut them out.
fn cut(cube: &Value, query: &str) -> Value {
    let query: Value = serde_json::from_str(query).unwrap();
    let asked: BTreeMap<&str, Vec<&str>> = query["selection"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let codes = one["valueCodes"].as_array().unwrap();
            let codes = codes.iter().map(|code| code.as_str().unwrap()).collect();
            (one["variableCode"].as_str().unwrap(), codes)
        })
        .collect();
    let (mut answer, mut cells) = (cube.clone(), vec![0]);
    let ids: Vec<&str> =
        cube["id"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    let mut sizes = Vec::new();
    for id in ids {
        let all = codes(cube, id);
        let size = all.len();
        let kept: Vec<usize> =
            (0..all.len()).filter(|&at| asked[id].contains(&all[at].as_str())).collect();
        cells = cells
            .iter()
            .flat_map(|cell| kept.iter().map(move |at| cell * size + at))
            .collect::<Vec<_>>();
        let index: Vec<&String> = kept.iter().map(|&at| &all[at]).collect();
        answer["dimension"][id]["category"]["index"] = json!(index);
        sizes.push(kept.len());
    }
    let values: Vec<&Value> = cells.iter().map(|&cell| &cube["value"][cell]).collect();
    answer["value"] = json!(values);
    answer["size"] = json!(sizes);
    answer
}

/// The host, and the questions that its recorded answer answers.
fn host(folder: &Path) -> Server {
    let texts = ["config.json", "TAB6471_metadata.json", "agg_Ålder10årJ.json"];
    let [config, metadata, list] = texts.map(|name| std::fs::read(folder.join(name)).unwrap());
    let data = recorded(folder, "TAB6471_data.json");
    Server::start(move |seen: &Seen| match (seen.method.as_str(), seen.path()) {
        (_, "/config") => ok(config.clone()),
        (_, "/tables/TAB6471/metadata") => ok(metadata.clone()),
        (_, "/codelists/agg_%C3%85lder10%C3%A5rJ") => ok(list.clone()),
        ("POST", "/tables/TAB6471/data") if seen.body.contains("codelist") => ok(data.to_string()),
        ("POST", "/tables/TAB6471/data") => ok(cut(&data, &seen.body).to_string()),
        _ => status(404, ""),
    })
}

fn counties(server: &Server, folder: &Path, select: &str, more: &str) -> String {
    let data = recorded(folder, "TAB6471_data.json");
    let list = |id: &str| json!(codes(&data, id)).to_string();
    let select = select.replace("REGIONS", &list("Region")).replace("AGES", &list("Alder"));
    let from = format!(
        r#"provider = "pxweb2", url = "{}", table = "TAB6471", select = {{ {select} }}{more}"#,
        server.address
    );
    step("people", &from, "Region", "rename = { \"000007SF\" = \"n\" }", "n")
        .replace("regso-2025", "county")
        .replace("year = \"Tid\"", "year = \"Tid\", sex = \"Kon\", age = \"Alder\"")
}

const ALL: &str =
    r#"Region = REGIONS, Alder = AGES, Kon = "*", ContentsCode = "000007SF", Tid = "TIME""#;

#[test]
fn the_recorded_population_by_county_comes_for_a_month() {
    let Some(folder) = shared("formats/jsonstat2") else { return };
    let server = host(&folder);
    let place = Place::new(&counties(&server, &folder, &ALL.replace("TIME", "2026M04"), ""));
    place
        .ingest(&[])
        .success()
        .stdout(contains("people: 693 rows, years 2026"))
        .stderr(contains("a month or quarter, the only one of its year"));
    let frame = place.frame();
    let text = |name: &str| frame.column(name).unwrap().str().unwrap().clone();
    let (sex, age, n) = (text("Kon"), text("Alder"), place.numbers("n"));
    assert_eq!((sex.get(0), age.get(0), n[0]), (Some("_T"), Some("Y0T9"), Some(251_635.0)));
    let both = (0..n.len()).filter(|&row| sex.get(row) == Some("_T"));
    // Summed from the text of the recorded answer by other means.
    assert_eq!(both.map(|row| n[row]).sum::<Option<f64>>(), Some(10_605_724.0));
    assert!(place.lock().contains("updated = \"2026-06-08T06:00:00Z\""));
}

#[test]
fn months_of_one_year_are_refused_and_the_way_out_is_named() {
    let Some(folder) = shared("formats/jsonstat2") else { return };
    let server = host(&folder);
    let place = Place::new(&counties(&server, &folder, &ALL.replace("TIME", "2026M*"), ""));
    place
        .ingest(&[])
        .code(2)
        .stderr(contains("\"2026M02\" and \"2026M01\" are parts of one year"))
        .stderr(contains("such as Tid = \"*M02\""));
    place.nothing_is_written();
}

#[test]
fn a_list_of_codes_is_asked_for_and_an_answer_by_other_codes_refused() {
    let Some(folder) = shared("formats/jsonstat2") else { return };
    let server = host(&folder);
    let select = ALL.replace("AGES", "\"*\"").replace("TIME", "2026M*");
    let list = ", codelists = { Alder = \"agg_Ålder10årJ\" }";
    let place = Place::new(&counties(&server, &folder, &select, list));
    // The recorded answer is by the codes of the table, the list has "-9" where that has "0-9".
    place.ingest(&[]).code(2).stderr(contains("the answer brings \"0-9\" of \"Alder\", unasked"));
    let body = server.seen().into_iter().last().unwrap().body;
    assert!(body.contains("\"codelist\":\"agg_Ålder10årJ\"") && body.contains("\"-9\""), "{body}");
    place.nothing_is_written();
}

#[test]
fn a_list_of_codes_for_no_variable_is_told() {
    let Some(folder) = shared("formats/jsonstat2") else { return };
    let server = host(&folder);
    let list = ", codelists = { \"Ålder\" = \"agg_Ålder10årJ\" }";
    let place = Place::new(&counties(&server, &folder, &ALL.replace("TIME", "2026M04"), list));
    place.ingest(&[]).code(2).stderr(contains(
        "the table has no variable \"Ålder\" for the list \"agg_Ålder10årJ\"; it has Region, Alder",
    ));
}
