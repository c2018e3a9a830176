//! The register of actors and of measures, from a file to the baseline and to what changed.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::indexing_slicing)]

mod common;

use std::path::{Path, PathBuf};

use polars::prelude::{DataFrame, ParquetReader, SerReader};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;

use common::{scale, shared};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// A folder of data.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    /// Adds the hand-made streets.
    fn with_streets(self) -> Self {
        self.ingest_streets(&fixture("streets.osm"));
        self
    }

    fn ingest_streets(&self, file: &Path) {
        scale()
            .args(["ingest", "--id", "streets", "--theme", "geography", "--geography", "streets"])
            .args(["--year", "2025", "--publisher", "OpenStreetMap contributors"])
            .args(["--licence", "ODbL-1.0", "--into"])
            .arg(self.data())
            .arg("--file")
            .arg(file)
            .assert()
            .success();
    }

    fn command(
        &self,
        subcommand: &[&str],
        file: &Path,
        more: &[&str],
    ) -> assert_cmd::assert::Assert {
        scale()
            .args(["actors"])
            .args(subcommand)
            .arg(file)
            .args([
                "--year",
                "2026",
                "--publisher",
                "Järva arena",
                "--licence",
                "CC0-1.0",
                "--into",
            ])
            .arg(self.data())
            .args(more)
            .assert()
    }

    fn import(&self, file: &str, more: &[&str]) -> assert_cmd::assert::Assert {
        self.command(&["import"], &fixture(file), more)
    }

    /// A register written for the occasion.
    fn import_text(&self, text: &str, more: &[&str]) -> assert_cmd::assert::Assert {
        let file = self.0.path().join("given.csv");
        std::fs::write(&file, text).unwrap();
        self.command(&["import"], &file, more)
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = scale().arg("--data").arg(self.data()).arg("--json").args(arguments).assert();
        serde_json::from_slice(&output.success().get_output().stdout).unwrap()
    }

    fn map(&self, area: &str, out: &str) -> PathBuf {
        let folder = self.0.path().join(out);
        scale()
            .arg("--data")
            .arg(self.data())
            .args(["map", "--area", area, "--out"])
            .arg(&folder)
            .assert()
            .success();
        folder.join(area)
    }
}

fn text_of(assert: &assert_cmd::assert::Assert, error: bool) -> String {
    let output = assert.get_output();
    let bytes = if error { &output.stderr } else { &output.stdout };
    let text = String::from_utf8(bytes.clone()).unwrap();
    // Neither the place of the repository nor a checksum belongs into a snapshot.
    let folder = fixture("").display().to_string();
    let text = text.replace(&folder, "");
    let lines = text
        .lines()
        .filter(|line| !line.contains("/data/actors-") && !line.contains("/data/measures-"));
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

fn frame(file: &Path) -> DataFrame {
    ParquetReader::new(std::fs::File::open(file).unwrap()).finish().unwrap()
}

fn texts(frame: &DataFrame, column: &str) -> Vec<String> {
    let cells = frame.column(column).unwrap().str().unwrap().clone();
    cells.iter().map(|cell| cell.unwrap_or("").to_owned()).collect()
}

/// Value, bounds and status of a count.
fn count(listed: &Value, unit: Option<&str>, indicator: &str) -> Value {
    let rows = listed[0]["counts"].as_array().unwrap();
    let row =
        rows.iter().find(|row| row["indicator"] == indicator && row["unit_id"].as_str() == unit);
    row.map_or(Value::Null, |row| {
        serde_json::json!([row["value"], row["lower"], row["upper"], row["obs_status"]])
    })
}

#[test]
fn a_register_is_placed_by_coordinate_address_street_and_unit_and_the_rest_is_listed() {
    let place = Place::new().with_streets();
    let import = place.import("actors.csv", &[]).success();
    insta::assert_snapshot!("import", text_of(&import, false));
    let listed = place.json(&["actors", "list", "--area", "jarva"]);
    let found = listed[0]["actors"].as_array().unwrap();
    let by = |name: &str| {
        let actor = found.iter().find(|actor| actor["name"] == name).unwrap();
        (
            actor["known_at"].clone(),
            actor["placed"]["by"].clone(),
            actor["placed"]["matched"].clone(),
        )
    };
    let json = |known: &str, by: Value, matched: Value| (Value::from(known), by, matched);
    assert_eq!(by("Cykelköket Kista"), json("point", "coordinate".into(), Value::Null));
    assert_eq!(by("Odlarna på Provgatan"), json("point", "address".into(), "Provgatan 5".into()));
    assert_eq!(by("Återbruket"), json("point", "street".into(), "Provgatan".into()));
    assert_eq!(by("Lagardagen"), json("point", "unit_name".into(), "Rinkeby".into()));
    assert_eq!(by("Energirådet"), json("area", Value::Null, Value::Null));
    assert_eq!(by("Hälsopunkten"), json("unknown", Value::Null, Value::Null));
    assert_eq!(by("Digidem Lab"), json("all_areas", Value::Null, Value::Null));
    assert_eq!(by("Kista Science City"), json("area", Value::Null, Value::Null));
    assert!(found.iter().all(|actor| actor["name"] != "ElectriCITY"), "it is of another area");
}

/// Confirmed and of 2026: the cycle kitchen, the growers, the repair day, the energy advice and, of the partners, one named
/// with Järva; the take-back ended in 2024. One of the register may be anywhere, and three partners work in all areas.
#[test]
fn nought_stands_only_where_the_register_claims_to_hold_all() {
    let place = Place::new().with_streets();
    place.import("actors.csv", &["--covers", "jarva:all"]).success();
    let listed = place.json(&["actors", "list", "--area", "jarva"]);
    let area = |indicator: &str| count(&listed, None, indicator);
    assert_eq!(area("actors_count"), serde_json::json!([5.0, 5.0, 9.0, "U"]));
    assert_eq!(area("actors_transport_count"), serde_json::json!([1.0, null, null, "A"]));
    assert_eq!(area("actors_local_growing_count"), serde_json::json!([1.0, null, null, "A"]));
    assert_eq!(area("actors_consumption_count"), serde_json::json!([1.0, null, null, "E"]));
    assert_eq!(area("actors_plastics_count"), serde_json::json!([0.0, null, null, "A"]));
    assert_eq!(area("actors_energy_count"), serde_json::json!([1.0, null, null, "A"]));
    assert_eq!(area("actors_health_count"), serde_json::json!([1.0, 1.0, 2.0, "U"]));
    let rinkeby = |indicator: &str| count(&listed, Some("0180R076"), indicator);
    assert_eq!(rinkeby("actors_transport_count"), serde_json::json!([0.0, null, null, "A"]));
    assert_eq!(rinkeby("actors_energy_count"), serde_json::json!([0.0, 0.0, 1.0, "U"]));
    assert_eq!(rinkeby("actors_consumption_count"), serde_json::json!([1.0, null, null, "E"]));
    // One of 95,681 residents.
    let rate = area("actors_transport_per_1000")[0].as_f64().unwrap();
    assert!((rate - 1_000.0 / 95_681.0).abs() < 1e-12, "{rate}");
    let gaps = listed[0]["none_of"].as_array().unwrap();
    let gap = |theme: &str| gaps.iter().find(|gap| gap["theme"] == theme).unwrap();
    assert_eq!(gap("plastics")["whole_area"], true);
    assert_eq!(gap("transport")["units"].as_array().unwrap().len(), 8);
    assert_eq!(gap("energy")["units"].as_array().unwrap().len(), 0, "it may be in any of them");

    place.import("actors.csv", &["--covers", "Järva:transport"]).success();
    let listed = place.json(&["actors", "list", "--area", "jarva"]);
    assert_eq!(
        count(&listed, None, "actors_plastics_count"),
        serde_json::json!([null, null, null, "M"])
    );
    assert_eq!(
        count(&listed, None, "actors_energy_count"),
        serde_json::json!([1.0, 1.0, null, "U"])
    );
    assert_eq!(count(&listed, Some("0180R076"), "actors_plastics_count"), Value::Null);
}

#[test]
fn the_baseline_has_the_actors_as_points_and_the_others_as_a_table() {
    let place = Place::new().with_streets();
    place.import("actors.csv", &["--covers", "jarva:all"]).success();
    let folder = place.map("jarva", "out");
    let placed = frame(&folder.join("jarva_actors.parquet"));
    let names = texts(&placed, "name");
    assert_eq!(names.len(), 4);
    // Rows of a GeoParquet stand in spatial order.
    let row = |name: &str| names.iter().position(|found| found == name).unwrap();
    assert_eq!(texts(&placed, "unit_id")[row("Lagardagen")], "0180R076");
    let uncertain = placed.column("uncertainty_m").unwrap().f64().unwrap().clone();
    let uncertain = |name: &str| uncertain.get(row(name)).unwrap();
    // Four decimals; an address point; half of twelve steps of 48 m; a unit of some kilometres.
    assert!((uncertain("Cykelköket Kista") - 5.5566).abs() < 1e-6);
    assert_eq!(uncertain("Odlarna på Provgatan").to_bits(), 25.0_f64.to_bits());
    assert!((280.0..295.0).contains(&uncertain("Återbruket")));
    assert!((500.0..3_000.0).contains(&uncertain("Lagardagen")));
    let others = frame(&folder.join("jarva_actors_unplaced.parquet"));
    assert_eq!(others.height(), 6, "{others}");
    let indicators = frame(&folder.join("jarva_indicators.parquet"));
    assert!(texts(&indicators, "indicator").contains(&"actors_transport_per_1000".to_owned()));
    let units = frame(&folder.join("jarva_units.parquet"));
    assert!(units.column("actors_transport_count").is_ok());
    scale().arg("check").arg(&folder).assert().success();
    let again = place.map("jarva", "again");
    for name in ["jarva.gpkg", "jarva_actors.parquet", "manifest.json"] {
        assert_eq!(
            std::fs::read(folder.join(name)).unwrap(),
            std::fs::read(again.join(name)).unwrap(),
            "{name}"
        );
    }
}

#[test]
fn a_baseline_of_the_program_alone_names_the_partner_of_its_area_and_claims_nothing() {
    let out = tempfile::tempdir().unwrap();
    scale().args(["map", "--area", "sgid", "--out"]).arg(out.path()).assert().success();
    let folder = out.path().join("sgid");
    let others = frame(&folder.join("sgid_actors_unplaced.parquet"));
    let named: Vec<(String, String)> =
        texts(&others, "name").into_iter().zip(texts(&others, "known_at")).collect();
    let pair = |name: &str, at: &str| (name.to_owned(), at.to_owned());
    assert!(
        named.contains(&pair("ElectriCITY", "area"))
            && named.contains(&pair("Digidem Lab", "all_areas"))
    );
    assert!(!folder.join("sgid_actors.parquet").exists());
}

/// It makes an upper bound and no count: "none of it here" is not said of a theme that somebody works for everywhere.
#[test]
fn what_works_in_all_areas_is_listed_in_each_and_counted_in_none() {
    let place = Place::new();
    let text = "name,kind,themes,area\nEverywhere,association,health,Alla\n";
    place
        .import_text(text, &["--covers", "jarva:all"])
        .success()
        .stdout(contains("1 working in all areas").and(contains("Not placed").not()));
    for area in ["jarva", "skarholmen"] {
        let listed = place.json(&["actors", "list", "--area", area]);
        let actors = listed[0]["actors"].as_array().unwrap();
        let found = actors.iter().find(|actor| actor["name"] == "Everywhere").unwrap();
        assert_eq!((&found["known_at"], &found["area"]), (&"all_areas".into(), &"all".into()));
    }
    let listed = place.json(&["actors", "list", "--area", "jarva"]);
    let health = count(&listed, None, "actors_health_count");
    assert_eq!(health, serde_json::json!([0.0, 0.0, 1.0, "U"]));
    let gaps = listed[0]["none_of"].as_array().unwrap();
    let gap = |theme: &str| gaps.iter().find(|gap| gap["theme"] == theme).unwrap();
    assert_eq!(
        (&gap("health")["whole_area"], &gap("energy")["whole_area"]),
        (&false.into(), &true.into())
    );
}

/// What a reader sees of a section, without its marks.
fn section_of(page: &str, id: &str) -> String {
    let rest = page.split_once(&format!("<section id=\"{id}\"")).unwrap().1;
    rest.split_once("</section>").unwrap().0.to_owned()
}

fn row_of<'a>(section: &'a str, name: &str) -> &'a str {
    let at = section.find(&format!(">{name}<")).unwrap();
    section[at..].split_once("</tr>").unwrap().0
}

#[test]
fn the_report_shows_who_does_what_where_it_is_known_from_and_what_is_missing() {
    let place = Place::new().with_streets();
    place.import("actors.csv", &["--covers", "jarva:all"]).success();
    place.command(&["measures", "--import"], &fixture("measures.csv"), &[]).success();
    let page = |lang: &str| {
        let out = place.0.path().join(lang);
        scale()
            .arg("--data")
            .arg(place.data())
            .args(["--lang", lang, "report", "--area", "jarva", "--out"])
            .arg(&out)
            .assert()
            .success();
        std::fs::read_to_string(out.join("jarva_report.html")).unwrap()
    };
    let english = page("en");
    let section = section_of(&english, "actors");
    // Four discs, in the order of the register; the one that takes back furniture ended.
    assert_eq!(section.matches("r=\"12\"").count(), 4, "{section}");
    assert!(section.contains("4 have a place. The table below the map lists them."));
    let kitchen = row_of(&section, "Cykelköket Kista");
    for part in [
        "Association",
        "Transport",
        "Mends bicycles",
        "Kista",
        "by coordinate, within 6 m",
        "confirmed",
        "Järva arena",
    ] {
        assert!(kitchen.contains(part), "{part} in {kitchen}");
    }
    assert!(
        section.contains("<a href=\"https:&#x2f;&#x2f;example.org&#x2f;cykelkoket\""),
        "{section}"
    );
    assert!(row_of(&section, "Återbruket").contains("not active in 2026"));
    assert!(row_of(&section, "Lagardagen").contains("by name of a unit"));
    assert!(row_of(&section, "Energirådet").contains("the area as a whole"));
    let everywhere = section.find("In all areas").unwrap();
    let unknown = section.find("Place not known").unwrap();
    let at = |name: &str| section.find(name).unwrap();
    assert!(everywhere < at("Digidem Lab") && at("Digidem Lab") < unknown);
    assert!(unknown < at("Hälsopunkten"));
    // 1 of 95,681 residents is 0.01045 per 1,000; nought is claimed for plastics alone.
    let counts = section.split_once("Per 1,000 residents").unwrap().1;
    let transport = row_of(counts, "Transport");
    assert!(transport.contains(">1<") && transport.contains(">0.010<"), "{transport}");
    assert!(
        transport.contains("Rinkeby") && !transport.contains("Kista,"),
        "none in eight: {transport}"
    );
    assert!(row_of(counts, "Plastics").contains("the whole area"));
    assert!(row_of(counts, "Energy").contains("–"), "it may be in any of them");
    assert!(section.contains("Organisations by theme, 2026; residents of 2024."));
    let library = row_of(&section, "Cycle library");
    for part in ["Transport", "tested", "2025-04", "down (−5)"] {
        assert!(library.contains(part), "{part} in {library}");
    }
    let swedish = section_of(&page("sv"), "actors");
    for part in [
        "Vilka som gör vad",
        "I alla områden",
        "med koordinat, på 6 m när",
        "hela området",
        "0,010",
        "Åtgärd",
    ] {
        assert!(swedish.contains(part), "{part} in {swedish}");
    }
    // The picker names the counts as readers do.
    assert!(
        english.contains(">Actors, local growing<")
            && !english.contains("actors local growing count")
    );
}

#[test]
fn an_area_without_actors_says_so_in_a_sentence_and_names_stay_names() {
    let place = Place::new();
    let hostile = "name,kind,activity,area,link\n<script>alert(1)</script>,association,<img src=x>,jarva,https://example.org/\"\n";
    place.import_text(&hostile.replace("/\"", "/x"), &[]).success();
    let report = |data: &Path, area: &str| {
        let out = place.0.path().join("report.html");
        let run = scale()
            .arg("--data")
            .arg(data)
            .args(["report", "--area", area, "--out"])
            .arg(&out)
            .assert();
        run.success();
        std::fs::read_to_string(&out).unwrap()
    };
    let page = report(&place.data(), "jarva");
    let section = section_of(&page, "actors");
    assert!(
        section.contains("&lt;script&gt;alert(1)")
            && !section.contains("<script")
            && !section.contains("<img")
    );
    // A register of nobody in the place of the partners.
    let empty = place.0.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let catalog =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/catalog.toml"))
            .unwrap();
    let partners = &catalog[catalog.find("[[dataset]]\nid = \"partners\"").unwrap()..];
    let partners = partners.split("\n[[").next().unwrap();
    let bytes = "id,name,kind,themes,area,source\nx,Elsewhere,association,,sgid,\n";
    std::fs::write(empty.join("partners.csv"), bytes).unwrap();
    let sha = partners.lines().find(|line| line.starts_with("sha256")).unwrap();
    let own = partners
        .replace(sha, &format!("sha256 = \"{}\"", scale::sources::sha256_hex(bytes.as_bytes())));
    std::fs::write(empty.join("catalog.toml"), own).unwrap();
    let section = section_of(&report(&empty, "jarva"), "actors");
    assert!(
        section.contains("The registers among the data name no organisation in Järva."),
        "{section}"
    );
    assert!(!section.contains("class=\"places\""));
}

/// Points by kind in a group of their own, a mark on what nobody has confirmed, counts as maps, codes as words.
#[test]
fn actors_in_qgis_have_a_symbol_a_kind_and_their_counts_are_maps() {
    let place = Place::new().with_streets();
    let register = std::fs::read_to_string(fixture("actors.csv")).unwrap();
    let register = register.replace(
        "https://example.org/cykelkoket,,,",
        "https://example.org/cykelkoket,unconfirmed,,",
    );
    place.import_text(&register, &["--covers", "jarva:all"]).success();
    let file = place.map("jarva", "out").join("jarva.gpkg");
    let answer = |query: &str| {
        let output = std::process::Command::new("sqlite3").arg(&file).arg(query).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let style =
        answer("SELECT styleQML FROM layer_styles WHERE f_table_name = 'actors' AND useAsDefault");
    for part in [
        "label=\"Association\"",
        "label=\"Network\"",
        "label=\"unconfirmed\"",
        "name=\"by street\"",
        "name=\"the area as a whole\"",
    ] {
        assert!(style.contains(part), "{part} in {style}");
    }
    let names = answer("SELECT styleName FROM layer_styles WHERE f_table_name = 'units'");
    assert!(
        names.contains("Actors, transport\n")
            && names.contains("Actors per 1,000 residents, transport\n"),
        "{names}"
    );
}

/// A map of a theme's counts shows the actors of that theme, and no names over their symbols.
#[test]
fn a_printed_map_of_a_theme_shows_the_actors_of_that_theme() {
    let place = Place::new().with_streets();
    place.import("actors.csv", &["--covers", "jarva:all"]).success();
    let file = place.map("jarva", "out").join("jarva.gpkg");
    let query = "SELECT content FROM qgis_projects";
    let output = std::process::Command::new("sqlite3").arg(&file).arg(query).output().unwrap();
    let hex = String::from_utf8(output.stdout).unwrap();
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    let archive: Vec<u8> = (0..hex.trim().len()).step_by(2).map(byte).collect();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(archive)).unwrap();
    let project = std::io::read_to_string(archive.by_name("jarva.qgs").unwrap()).unwrap();
    let shown = |page: &str| -> Vec<String> {
        let preset = format!("<visibility-preset name=\"{page}\">");
        let preset = project.split_once(&preset).unwrap().1.split_once("</visibility").unwrap().0;
        let ids = preset.split("layer id=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0);
        ids.filter(|id| id.starts_with("scale_layer_actors")).map(str::to_owned).collect()
    };
    assert_eq!(shown("Actors"), ["scale_layer_actors_"]);
    // Transport is the first theme, local growing the fifth, plastics have an actor of another year.
    assert_eq!(shown("Actors, transport"), ["scale_layer_actors_0"]);
    assert_eq!(shown("Actors, local growing"), ["scale_layer_actors_4"]);
    assert!(shown("Actors, energy").is_empty(), "the one of energy has no point");
    assert!(project.contains("instr(&quot;themes&quot;, &#x27;local_growing&#x27;) &gt; 0"));
    let layer = |id: &str| {
        let end = project.find(&format!("<id>{id}</id>")).unwrap();
        let start = project[..end].rfind("<maplayer").unwrap();
        project[start..end].contains("labelsEnabled=\"1\"")
    };
    assert!(layer("scale_layer_units_residents") && !layer("scale_layer_units_actors_count"));
}

#[test]
fn swedish_headers_words_and_workbooks_are_read() {
    let place = Place::new();
    place
        .import("aktorer.csv", &["--lang", "sv"])
        .success()
        .stdout(contains("2 placerade med koordinat"));
    let listed = place.json(&["actors", "list", "--area", "jarva"]);
    let actors = listed[0]["actors"].as_array().unwrap();
    let first = actors.iter().find(|actor| actor["name"] == "Cykelköket").unwrap();
    assert_eq!(
        (&first["name"], &first["kind"]),
        (&"Cykelköket".into(), &"association".into()),
        "{listed}"
    );
    assert_eq!(first["themes"], serde_json::json!(["transport", "health"]));
    assert_eq!((&first["area"], &first["start"]), (&"jarva".into(), &"2024-03".into()));
    place.import("aktorer.xlsx", &[]).success().stdout(contains("2 known only by area"));
    let listed = place.json(&["actors", "list", "--area", "jarva"]);
    let actors = listed[0]["actors"].as_array().unwrap();
    let kitchen = actors.iter().find(|actor| actor["name"] == "Cykelköket").unwrap();
    assert_eq!(kitchen["start"], "2024-03-01", "a date of a spreadsheet");
}

#[test]
fn every_fault_of_a_register_is_told_at_once_with_row_and_column() {
    let import = Place::new().import("faulty_actors.csv", &[]).code(2);
    insta::assert_snapshot!("faulty_actors", text_of(&import, true));
}

#[test]
fn identity_numbers_are_refused_without_being_repeated() {
    let import = Place::new().import("identity.csv", &[]).code(2);
    let told = text_of(&import, true);
    assert!(!told.contains("811218") && !told.contains("9873"), "{told}");
    insta::assert_snapshot!("identity_numbers", told);
}

#[test]
fn what_may_tell_of_a_person_is_a_warning_and_a_role_is_none() {
    let import = Place::new().import("persons.csv", &[]).success();
    insta::assert_snapshot!("persons", text_of(&import, true));
}

/// The number differs from the Tax Agency's example by its check digit.
#[test]
fn a_wrong_check_digit_and_a_private_name_are_warned_of_and_organisations_are_not() {
    let register = "name,kind,activity,address,area\n\
        Anna Ek,other,Bakes,,jarva\n\
        Odlarna,association,\"Ring Berit Ek efter sex\",c/o Berit Ek,jarva\n\
        Hjulet,association,Nyckel 811218-9875,,jarva\n\
        Kista Science City,organisation,Mends bicycles,Anna Lindhs gata 5,jarva\n";
    let import = Place::new().import_text(register, &[]).success();
    let told = text_of(&import, true);
    let warned: Vec<&str> = told.lines().filter(|line| line.contains("looks like")).collect();
    let known = [
        ("row 2, column \"name\"", "the name of a private person"),
        ("row 3, column \"activity\"", "the name of a private person"),
        ("row 3, column \"address\"", "the name of a private person"),
        ("row 4, column \"activity\"", "a personal identity number with another check digit"),
    ];
    for (at, what) in known {
        assert!(warned.iter().any(|line| line.contains(at) && line.contains(what)), "{at}: {told}");
    }
    assert_eq!(warned.len(), known.len(), "{told}");
}

/// Two cycle kitchens a few metres apart, of which nobody decided.
#[test]
fn counts_say_which_of_the_counted_may_be_one_and_the_same() {
    let place = Place::new();
    let register = "name,kind,themes,lon,lat,area,differs_from\n\
        Cykelköket Kista,association,transport,17.9440,59.4030,jarva,\n\
        Cykelköket i Kista,association,transport,17.9441,59.4030,jarva,\n";
    place.import_text(register, &["--covers", "jarva:transport"]).success();
    let folder = place.map("jarva", "out");
    let manifest = std::fs::read_to_string(folder.join("manifest.json")).unwrap();
    assert!(
        manifest.contains(r#"one and the same: \"Cykelköket Kista\" and \"Cykelköket i Kista\""#)
    );
    let page = std::fs::read_to_string(folder.join("jarva_report.html")).unwrap();
    let sentence = "counted apart: Cykelköket Kista and Cykelköket i Kista.";
    assert!(page.contains(sentence));
    let decided = register.replace("jarva,\n", "jarva,X\n").replacen("jarva,X", "jarva,", 1);
    let decided = decided.replace("jarva,X", "jarva,Cykelköket Kista");
    place.import_text(&decided, &["--covers", "jarva:transport"]).success();
    let folder = place.map("jarva", "out");
    let page = std::fs::read_to_string(folder.join("jarva_report.html")).unwrap();
    assert!(!page.contains("counted apart"));
}

#[test]
fn duplicates_are_proposed_and_a_decision_in_the_file_holds() {
    let place = Place::new();
    let import = place.import("duplicates.csv", &[]).success();
    insta::assert_snapshot!("duplicates", text_of(&import, false));
    let listed = place.json(&["actors", "list", "--area", "jarva"]);
    let actors = listed[0]["actors"].as_array().unwrap();
    let grower = actors.iter().find(|actor| actor["name"] == "Kista odlare").unwrap();
    assert_eq!((&grower["same_as"], &grower["counted"]), (&"kista-odlare".into(), &false.into()));
    let partner = "name,kind,area\nKista Science City AB,company,Järva\n";
    place
        .import_text(partner, &[])
        .success()
        .stdout(contains("(kista-science-city)").and(contains("0.90")));
}

#[test]
fn an_address_that_leads_nowhere_or_to_two_places_is_told_with_what_to_do() {
    let place = Place::new();
    let address = |address: &str| format!("name,kind,address\nA,place,\"{address}\"\n");
    place
        .import_text(&address("Provgatan 5"), &[])
        .success()
        .stdout(contains("Not placed:").and(contains("scale ingest --geography streets")));
    let place = place.with_streets();
    place
        .import_text(&address("Provgaten 5"), &[])
        .success()
        .stdout(contains("did you mean \"Provgatan"));
    place
        .import_text(&address("Provgatan 99"), &[])
        .success()
        .stdout(contains("1 placed by street"));
    place
        .import_text(&address("Kista"), &[])
        .success()
        .stdout(contains("1 placed by name of a unit"));
    place
        .import_text(&address("Odenplan"), &[])
        .success()
        .stdout(contains("1 placed by name of a place"));
}

#[test]
fn the_old_register_stays_where_the_new_one_is_at_fault() {
    let place = Place::new();
    place.import("duplicates.csv", &[]).success();
    let before = std::fs::read(place.data().join("catalog.toml")).unwrap();
    place.import("faulty_actors.csv", &[]).code(2);
    assert_eq!(std::fs::read(place.data().join("catalog.toml")).unwrap(), before);
}

#[test]
fn a_claim_for_an_area_that_is_not_there_suggests_the_nearest() {
    let refused = Place::new().import("duplicates.csv", &["--covers", "jerva:all"]).code(2);
    refused.stderr(contains("there is no area \"jerva\"; did you mean").and(contains("help:")));
    scale()
        .args(["actors", "import"])
        .arg(fixture("duplicates.csv"))
        .assert()
        .code(2)
        .stderr(contains("--publisher is missing"));
}

#[test]
fn planar_coordinates_need_their_system_and_swapped_ones_are_told() {
    let place = Place::new();
    // EPSG:3006 of 17.944 east, 59.403 north, to the metre.
    let text = "name,kind,x,y\nA,place,667154,6588998\n";
    place.import_text(text, &[]).code(2).stderr(contains("give --input-crs"));
    place
        .import_text(text, &["--input-crs", "EPSG:3006"])
        .success()
        .stdout(contains("1 placed by coordinate"));
    let swapped = "name,kind,x,y\nA,place,6588998,667154\n";
    place
        .import_text(swapped, &["--input-crs", "EPSG:3006"])
        .code(2)
        .stderr(contains("they are swapped"));
}

#[test]
fn an_extract_proposes_named_places_as_unconfirmed_with_attribution() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("proposals.csv");
    let run = scale()
        .args(["actors", "from-osm", "--area", "jarva", "--out"])
        .arg(&out)
        .arg(fixture("streets.osm"))
        .assert()
        .success()
        .stderr(contains("left out for want of a name (--unnamed proposes them): 1"));
    let told = text_of(&run, false);
    let told: Vec<&str> = told.lines().filter(|line| !line.contains("proposals.csv")).collect();
    let told = told.join("\n");
    insta::assert_snapshot!("from_osm", told);
    let written = std::fs::read_to_string(&out).unwrap();
    assert!(
        written.contains("\"© OpenStreetMap contributors, ODbL-1.0: way/2\"")
            || written.contains("ODbL-1.0: way/2")
    );
    assert!(!written.contains("Bänken") && !written.contains("Utanför"));
    // What was proposed can be imported, and counts only once it is confirmed.
    let place = Place::new();
    place.import_text(&written, &["--covers", "jarva:all"]).success();
    let listed = place.json(&["actors", "list", "--area", "jarva"]);
    assert_eq!(
        count(&listed, None, "actors_transport_count"),
        serde_json::json!([0.0, null, null, "A"])
    );
    place
        .import_text(&written.replace("unconfirmed", "confirmed"), &["--covers", "jarva:all"])
        .success();
    let listed = place.json(&["actors", "list", "--area", "jarva"]);
    assert_eq!(
        count(&listed, None, "actors_transport_count"),
        serde_json::json!([1.0, null, null, "A"])
    );
    scale()
        .args(["actors", "from-osm", "--print-table"])
        .assert()
        .success()
        .stdout(contains("[[category]]"));
}

#[test]
fn a_real_extract_proposes_its_second_hand_shop_cycle_workshop_and_association() {
    let Some(file) = shared("stockholm/slussen.osm.pbf") else { return };
    let run = scale().args(["--json", "actors", "from-osm"]).arg(&file).assert().success();
    let found: Value = serde_json::from_slice(&run.get_output().stdout).unwrap();
    let proposals = found["proposals"].as_array().unwrap();
    let told: Vec<(&str, &str)> = proposals
        .iter()
        .map(|actor| (actor["name"].as_str().unwrap(), actor["activity"].as_str().unwrap()))
        .collect();
    let expected = [
        ("Timmermansgården", "Association"),
        ("Humana Second Hand", "Second-hand and reuse"),
        ("Tonnys Cyklar", "Cycle workshop"),
    ];
    assert_eq!(told, expected);
    assert!(proposals.iter().all(|actor| actor["confirmed"] == false));
}

/// The extract holds streets alone: no actors to propose, and names to place by.
#[test]
fn the_streets_of_jarva_place_what_has_an_address_on_them() {
    let Some(file) = shared("stockholm/jarva_walk_2025.osm.pbf") else { return };
    let none = scale().args(["actors", "from-osm"]).arg(&file).assert().success();
    none.stdout(contains("0 proposals"));
    let place = Place::new();
    place.ingest_streets(&file);
    let text = "name,kind,address,area\nA,association,Rinkebysvängen 70,jarva\nB,association,Kistagången 16,jarva\n\
                C,association,Finns Inte Gränd 3,jarva\nD,association,Husbytorget 1,\n";
    let import = place.import_text(text, &["--json"]).success();
    let import: Value = serde_json::from_slice(&import.get_output().stdout).unwrap();
    let by = |row: usize| import["actors"][row]["placed"]["by"].as_str().map(str::to_owned);
    assert_eq!([by(0), by(1)], [Some("street".to_owned()), Some("street".to_owned())], "{import}");
    let unplaced = import["unplaced"].as_array().unwrap();
    let reasons: Vec<&str> = unplaced.iter().map(|one| one["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["unknown", "unknown"]);
    let listed = place.json(&["actors", "list", "--area", "jarva"]);
    let actors = listed[0]["actors"].as_array().unwrap();
    let at = |name: &str| {
        let actor = actors.iter().find(|actor| actor["name"] == name).unwrap();
        (
            actor["known_at"].as_str().unwrap().to_owned(),
            actor["unit_name"].as_str().map(str::to_owned),
        )
    };
    assert_eq!(at("A"), ("point".to_owned(), Some("Rinkeby".to_owned())));
    assert_eq!(at("B"), ("point".to_owned(), Some("Kista".to_owned())));
    assert_eq!(
        at("C"),
        ("area".to_owned(), None),
        "an area is kept where the address is not found"
    );
}

#[test]
fn measures_are_kept_listed_and_shown_beside_the_verdict() {
    let place = Place::new();
    let import = place.command(&["measures", "--import"], &fixture("measures.csv"), &[]).success();
    insta::assert_snapshot!("measures", text_of(&import, false));
    let listed = place.json(&["actors", "measures"]);
    assert_eq!(listed[0]["direction"], "down");
    assert_eq!(listed[1]["area"], "jarva");
    let faulty =
        place.command(&["measures", "--import"], &fixture("faulty_measures.csv"), &[]).code(2);
    insta::assert_snapshot!("faulty_measures", text_of(&faulty, true));
}

#[test]
fn a_measure_of_an_indicator_that_no_baseline_has_is_warned_of_with_the_nearest() {
    let place = Place::new();
    let file = place.0.path().join("measures.csv");
    let text = "name,theme,area,stage,start,indicator,direction\n\
        A,transport,jarva,proposed,2026,cars_per_100,down\n\
        B,health,jarva,proposed,2026,actors_health_per_1000,up\n\
        C,transport,jarva,proposed,2026,distance_nearest_metro_m,down\n\
        D,energy,jarva,proposed,2026,socioeconomic_type_1_share,down\n\
        E,health,jarva,proposed,2026,density_land,down\n";
    std::fs::write(&file, text).unwrap();
    let told = text_of(&place.command(&["measures", "--import"], &file, &[]).success(), true);
    let warned: Vec<&str> = told.lines().filter(|line| line.contains("no baseline has")).collect();
    assert_eq!(warned.len(), 1, "{told}");
    assert!(
        warned[0].contains("row 2, column \"indicator\"")
            && warned[0].contains("did you mean \"cars_per_1000\""),
        "{told}"
    );
}

/// Two registers a year apart, both claimed to be whole: local growing goes from one actor to two, a complete count.
#[test]
fn diff_says_what_became_of_the_indicator_of_each_measure() {
    let place = Place::new();
    let register = |second: &str| {
        format!(
            "name,kind,themes,area,start\nOdlarna,association,odling,jarva,2019\nCykelköket,association,transport,jarva,2019\n{second}"
        )
    };
    let keep = |year: &str, text: &str| {
        let file = place.0.path().join("given.csv");
        std::fs::write(&file, text).unwrap();
        scale()
            .args(["actors", "import"])
            .arg(&file)
            .args([
                "--covers",
                "jarva:local growing,transport,health",
                "--publisher",
                "A",
                "--licence",
                "CC0-1.0",
                "--year",
                year,
                "--into",
            ])
            .arg(place.data())
            .assert()
            .success();
    };
    let measures = "name,theme,area,stage,start,indicator,direction,expected_change\n\
        Growing,local growing,jarva,tested,2025-04,actors_local_growing_count,up,1\n\
        Fewer growers,local growing,jarva,tested,2025-04,actors_local_growing_count,down,\n\
        Late,local growing,jarva,tested,2026-04,actors_local_growing_count,up,\n\
        Health,health,jarva,proposed,2025-04,actors_health_count,up,\n\
        Elsewhere,health,sgid,proposed,2025-04,actors_health_count,up,\n";
    let file = place.0.path().join("measures.csv");
    std::fs::write(&file, measures).unwrap();
    place.command(&["measures", "--import"], &file, &[]).success();
    keep("2025", &register(""));
    let old = place.map("jarva", "old");
    keep("2026", &register("Odlarna i Husby,association,odling,jarva,2026\n"));
    let new = place.map("jarva", "new");
    let diff = |more: &[&str]| {
        let run = scale()
            .arg("--data")
            .arg(place.data())
            .arg("diff")
            .arg(&old)
            .arg(&new)
            .args(more)
            .assert()
            .success();
        String::from_utf8(run.get_output().stdout.clone()).unwrap()
    };
    let found: Value = serde_json::from_str(&diff(&["--format", "json"])).unwrap();
    let outcomes: Vec<&str> = found["measures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(
        outcomes,
        ["as_expected", "other_way", "too_early", "unchanged", "not_in_outputs"],
        "{found}"
    );
    assert_eq!(found["measures"][0]["compared"]["change"], 1.0);
    let section = |text: &str, from: &str| {
        let rest = &text[text.find(from).unwrap()..];
        rest.split("\n\n").next().unwrap().to_owned()
    };
    assert!(diff(&[]).contains("went as expected"));
    insta::assert_snapshot!("measures_table", section(&diff(&[]), "Measures followed up"));
    insta::assert_snapshot!(
        "measures_swedish",
        section(&diff(&["--lang", "sv"]), "Uppföljning av åtgärder")
    );
    assert!(diff(&["--format", "markdown"]).contains("| measure | area |"));
}

#[test]
fn the_schema_is_printed_as_it_is_kept() {
    let kept = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("data/actors.schema.json"),
    )
    .unwrap();
    scale().args(["actors", "schema"]).assert().success().stdout(kept);
}
