//! What is named: data sets by their ids, by what several ids begin with, or not at all.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::common::scale;
use crate::place::{Place, table_step};
use crate::server::{Server, ok};

#[test]
fn a_name_means_the_data_set_of_that_id_or_all_that_begin_with_it() {
    let server = Server::start(|_| ok("code,n,namn\n0180R001,1,x\n"));
    let make = |id: &str| {
        let from = format!(r#"provider = "table", url = "{}/{id}.csv""#, server.address);
        table_step(&from, "year = \"2024\"").replace("cars", id)
    };
    let ids = ["people_deso", "people_regso", "peoples", "autos", "autos_old"];
    let place = Place::new(&ids.map(make).concat());
    place
        .ingest(&["people", "autos"])
        .success()
        .stderr(contains("people: people_deso, people_regso\n"));
    let mut asked: Vec<String> = server.seen().into_iter().map(|seen| seen.target).collect();
    asked.sort();
    assert_eq!(asked, ["/autos.csv", "/people_deso.csv", "/people_regso.csv"]);
    place.ingest(&["people_desoo"]).code(2).stderr(
        contains("has no data set \"people_desoo\"").and(contains("did you mean \"people_deso\"?")),
    );
}

/// The example of the help; nothing was brought, and nobody is asked.
#[test]
fn the_example_of_the_help_names_data_sets_that_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = scale();
    command.args(["ingest", "population", "cars", "--offline", "--cache"]);
    command.arg(folder.path().join("cache")).arg("--into").arg(folder.path().join("data"));
    command
        .assert()
        .code(2)
        .stderr(contains("population: population_regso, population_deso"))
        .stderr(contains("cars was not brought").and(contains("was not brought yet")))
        .stderr(contains("has no data set").not());
    scale().args(["ingest", "--help"]).assert().success().stdout(
        contains("scale ingest population cars").and(contains("XLSX")).and(contains("Kolada")),
    );
}

#[test]
fn ingest_alone_says_what_can_be_named() {
    scale().arg("ingest").assert().code(2).stderr(
        contains("scale ingest population cars")
            .and(contains("--pipeline"))
            .and(contains("--file")),
    );
}

#[test]
fn a_file_says_all_that_is_not_declared_of_it_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.csv");
    std::fs::write(&file, "code,n\n0180R001,1\n").unwrap();
    scale().arg("ingest").arg("--file").arg(&file).args(["--id", "x"]).assert().code(2).stderr(
        contains("its theme, publisher, geography, licence, key are not declared")
            .and(contains("--theme, --publisher")),
    );
}
