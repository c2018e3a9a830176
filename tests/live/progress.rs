//! What is told while something comes.

use std::sync::Mutex;

use scale::sources::blobs::Blobs;
use scale::sources::http::{Client, Manners};
use scale::sources::providers::{Mode, Origin, Session};
use serde::Deserialize;

use crate::place::{SELECT, pxweb1, small};
use crate::server::{Server, ok};

type Told = Vec<(u64, Option<u64>)>;

fn told(origin: &str) -> Told {
    let table: toml::Table = toml::from_str(&format!("from = {{ {origin} }}")).unwrap();
    let origin = Origin::deserialize(table["from"].clone()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::new(folder.path().to_owned());
    let client = Client::new(Manners { interval: std::time::Duration::ZERO, ..Manners::default() });
    let told: Mutex<Told> = Mutex::default();
    let tell = |bytes, of| told.lock().unwrap().push((bytes, of));
    let session = Session::new(&client, &blobs, Mode::Missing, &|_| None, &tell);
    origin.bring(&session).unwrap();
    told.into_inner().unwrap()
}

#[test]
fn bytes_of_all_answers_of_a_data_set_add_up() {
    let (columns, rows) = small(&["tot", "80-"]);
    let server = Server::start(pxweb1(columns, rows, 2));
    let told = told(&SELECT.replace("URL", &server.address));
    assert!(told.is_sorted_by(|a, b| a.0 < b.0), "{told:?}");
    assert_eq!(told.len(), 4, "limits, metadata and two parts");
    assert!(told[1..].iter().all(|(_, of)| of.is_none()), "of the whole no length is known");
}

#[test]
fn of_one_answer_the_whole_is_known() {
    let body = "a;b\n".repeat(50_000);
    let length = body.len() as u64;
    let server = Server::start(move |_| ok(body.clone()));
    let told = told(&format!(r#"provider = "table", url = "{}/t.csv""#, server.address));
    assert!(told.len() > 1 && told.iter().all(|(_, of)| *of == Some(length)), "{told:?}");
    assert_eq!(told.last().map(|(bytes, _)| *bytes), Some(length));
}
