//! The program and the open schema say the same; what a cell may not hold is told.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::float_cmp)]

use std::path::Path;

use serde_json::Value;

use super::cells::LONGEST;
use super::*;
use crate::formats::RawTable;
use crate::formats::csv::{CsvOptions, read_csv};
use crate::model::{Actor, ActorKind, ActorTheme, Day, PlacedBy};

fn raw(text: &str) -> RawTable {
    read_csv(Path::new("a.csv"), text.as_bytes(), &CsvOptions::default()).unwrap()
}

fn actors(text: &str) -> Vec<Actor> {
    read_actors(Path::new("a.csv"), &raw(text), None, None).unwrap().entries
}

/// The faults of a register, a line each.
fn faults(text: &str) -> String {
    let error = read_actors(Path::new("a.csv"), &raw(text), None, None).unwrap_err();
    let mut lines = vec![error.to_string()];
    let mut cause = std::error::Error::source(&error);
    while let Some(source) = cause {
        lines.push(source.to_string());
        cause = source.source();
    }
    lines.join("\n")
}

fn schema() -> Value {
    serde_json::from_str(actors_schema()).unwrap()
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect()
}

#[test]
fn the_schema_has_the_columns_of_the_program_with_their_words() {
    let schema = schema();
    let properties = schema["properties"].as_object().unwrap();
    assert_eq!(properties.len(), ACTOR_COLUMNS.len());
    for column in ACTOR_COLUMNS {
        let property = properties.get(column.id).unwrap();
        assert_eq!(texts(&property["x-words"]), column.words, "{}", column.id);
        assert!(property["description"].is_string() && property["x-description-sv"].is_string());
    }
    assert_eq!(texts(&schema["required"]), ["name", "kind"]);
    assert_eq!(schema["additionalProperties"], false);
}

#[test]
fn the_schema_has_the_words_bounds_and_lengths_of_the_program() {
    let schema = schema();
    let of = |id: &str| &schema["properties"][id];
    assert_eq!(texts(&of("kind")["enum"]), ActorKind::ALL.map(ActorKind::id));
    assert_eq!(texts(&of("themes")["items"]["enum"]), ActorTheme::ALL.map(ActorTheme::id));
    assert_eq!(texts(&of("placed_by")["enum"]), PlacedBy::ALL.map(PlacedBy::id));
    let bound = |id: &str, which: &str| of(id)[which].as_f64().unwrap();
    let bounds = [
        bound("lon", "minimum"),
        bound("lat", "minimum"),
        bound("lon", "maximum"),
        bound("lat", "maximum"),
    ];
    assert_eq!(bounds.map(f64::to_bits), SWEDEN.map(f64::to_bits));
    for property in schema["properties"].as_object().unwrap().values() {
        let length = &property["maxLength"];
        assert!(length.is_null() || length.as_u64() == Some(LONGEST as u64));
    }
    let pattern = of("start")["pattern"].as_str().unwrap();
    assert_eq!((pattern, of("end")["pattern"].as_str().unwrap()), (pattern, pattern));
    // What the pattern allows is a day to the program, as far as there is such a day.
    assert!(["2026", "2026-05", "2026-05-14"].iter().all(|day| Day::parse(day).is_some()));
    assert!(["26", "2026-5", "14.5.2026"].iter().all(|day| Day::parse(day).is_none()));
}

#[test]
fn every_word_of_the_schema_is_read_and_another_is_a_fault_with_the_nearest() {
    for kind in ActorKind::ALL {
        assert_eq!(actors(&format!("name,kind\nA,{}\n", kind.id()))[0].kind, kind);
    }
    let told = faults("name,kind,themes\nA,club,transports\n");
    assert!(told.contains("row 2, column \"kind\": \"club\" is not known"), "{told}");
    assert!(told.contains("did you mean \"transport\"?"), "{told}");
    let told = faults("name,kind,thems\nA,company,health\n");
    assert!(
        told.contains("column \"thems\": is no column of the register; did you mean \"themes\"?"),
        "{told}"
    );
    let told = faults("name,namn,kind\nA,B,company\n");
    assert!(told.contains("column \"namn\": is name a second time"), "{told}");
}

#[test]
fn ids_come_from_names_and_a_decision_may_name_either() {
    let text = "name,kind,same_as,differs_from\nKista Odlare,association,,\nKista odlare,association,Kista Odlare,\n\
                Odlare,association,,kista-odlare\n";
    let found = actors(text);
    let ids: Vec<&str> = found.iter().map(|actor| actor.id.as_str()).collect();
    assert_eq!(ids, ["kista-odlare", "kista-odlare-2", "odlare"]);
    assert_eq!(found[1].same_as.as_deref(), Some("kista-odlare"));
    assert_eq!(found[2].differs_from, ["kista-odlare"]);
    let told = faults("id,name,kind,same_as\na,A,company,A\n");
    assert!(told.contains("names the row itself"), "{told}");
    let told = faults("id,name,kind\na,A,company\na,B,company\n");
    assert!(told.contains("row 3, column \"id\": \"a\" stands in row 2 too"), "{told}");
}

/// Two decimals of a degree: half a hundredth of 111,132 m.
#[test]
fn a_stated_position_is_as_uncertain_as_its_last_decimal() {
    let found = actors("name,kind,lon,lat\nA,place,17.94,59.40\nB,place,17.9440,59.4030\n");
    let placed = |row: usize| found[row].placed.clone().unwrap();
    assert!((placed(0).uncertainty_m.unwrap() - 555.66).abs() < 1e-6);
    assert!((placed(1).uncertainty_m.unwrap() - 5.5566).abs() < 1e-6);
    assert_eq!(
        (placed(1).lon, placed(1).lat, placed(1).by),
        (17.944, 59.403, PlacedBy::Coordinate)
    );
    let either = actors(
        "name,kind,coordinates\nA,place,\"59.4030, 17.9440\"\nB,place,\"17.9440; 59.4030\"\n",
    );
    assert!(either.iter().all(|actor| actor.placed.as_ref().is_some_and(|at| at.lon == 17.944)));
}

#[test]
fn a_written_register_is_read_again_as_it_was() {
    let text = "name,kind,themes,start,end,address,lon,lat,area,link,status,same_as,differs_from\n\
                A,association,transport; health,2024,2025-06-01,Provgatan 5,17.9440,59.4030,jarva,https://a.example,unconfirmed,B,\n\
                B,company,,,,,,,,,,,A\n";
    let before = actors(text);
    let frame = actors_frame(&before.iter().collect::<Vec<_>>()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.csv");
    crate::formats::csv::write_csv(&file, &frame).unwrap();
    assert_eq!(actors(&std::fs::read_to_string(&file).unwrap()), before);
}

#[test]
fn an_identity_number_is_refused_in_any_column_and_never_repeated() {
    for (column, cell) in
        [("name", "811218-9876"), ("source", "see 198112189876"), ("start", "8112189876")]
    {
        let row = if column == "name" {
            format!("{cell},company,x")
        } else {
            format!("A,company,{cell}")
        };
        let header = if column == "name" {
            "name,kind,source".to_owned()
        } else {
            format!("name,kind,{column}")
        };
        let told = faults(&format!("{header}\n{row}\nB,company,2024\n"));
        assert!(
            told.contains(&format!(
                "row 2, column \"{column}\": holds what reads as a personal identity number"
            )),
            "{told}"
        );
        assert!(!told.contains("9876"), "{told}");
    }
    // The id of a node is a long number that means nobody.
    assert_eq!(
        actors("id,name,kind,source\nosm-node-8112189876,A,company,OSM: node/8112189876\n").len(),
        1
    );
}

#[test]
fn the_partners_of_the_project_are_the_first_entries() {
    let data = crate::sources::Data::load(&crate::sources::Snapshot::embedded().unwrap()).unwrap();
    let partners = &data.registers[0];
    let named: Vec<(&str, Option<&str>)> =
        partners.actors.iter().map(|actor| (actor.name.as_str(), actor.area.as_deref())).collect();
    assert_eq!(
        named,
        [
            ("Digidem Lab", Some("all")),
            ("Cykelfrämjandet", Some("all")),
            ("Zero Waste Stockholm", Some("all")),
            ("ElectriCITY", Some("sgid")),
            ("Kista Science City", Some("jarva")),
            ("Kungliga Djurgårdens intressenter", Some("norra-djurgardsstaden")),
        ]
    );
    let bare = |actor: &Actor| {
        actor.placed.is_none() && actor.themes.is_empty() && actor.address.is_none()
    };
    assert!(partners.actors.iter().all(bare), "nothing beyond what the decision says");
    assert!(partners.dataset.covers.is_empty());
}
