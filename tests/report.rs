//! Reports and single maps, as a user makes them.

#![allow(clippy::panic, clippy::unwrap_used, clippy::print_stderr)]

mod common;

use std::path::Path;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use common::scale;

/// Two areas; the first has a name that tries to be more than a name.
const HOSTILE: &str = r#"geography = "regso-2025"
[[area]]
id = "a"
name = { sv = "<script>alert('å')</script> & \"Å\"", en = "</text></svg><script>alert('a')</script>" }
units = ["0180R079", "0180R010"]
drawn = { sv = "<img src=x onerror=alert(1)>", en = "<img src=x onerror=alert(1)>" }
[[area]]
id = "b"
name = { sv = "B", en = "B" }
units = ["0180R092"]
"#;

fn report(out: &Path, more: &[&str]) -> assert_cmd::assert::Assert {
    scale().args(["report", "--out"]).arg(out).args(more).assert()
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// What stands between two texts, the first time.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let rest = text.split_once(from).unwrap_or_else(|| panic!("{from} is not there")).1;
    rest.split_once(to).unwrap().0
}

#[test]
fn a_report_is_one_page_in_either_language_and_asks_for_nothing() {
    let out = tempfile::tempdir().unwrap();
    for (lang, words) in [
        (
            "en",
            [
                "What is estimated, and why",
                "95,681",
                "Residents by age and sex, 2024",
                "Stockholm: 21.0%",
            ],
        ),
        (
            "sv",
            [
                "Vad som är uppskattat och varför",
                "95\u{202f}681",
                "Invånare efter ålder och kön, 2024",
                "saknar lokal uppgift",
            ],
        ),
    ] {
        let folder = out.path().join(lang);
        report(&folder, &["--lang", lang, "--area", "jarva"])
            .success()
            .stdout(contains("jarva_report.html"));
        let page = text(&folder.join("jarva_report.html"));
        assert!(page.contains(&format!("<html lang=\"{lang}\">")));
        for word in words {
            assert!(page.contains(word), "{word} in {lang}");
        }
        assert!(
            page.contains("default-src 'none'") || page.contains("default-src &#x27;none&#x27;")
        );
        for request in ["src=\"http", "<link", "@import", "url(http", "<iframe", "<img", "fetch("] {
            assert!(!page.contains(request), "{request} in {lang}");
        }
        assert!(page.len() < 1_500_000, "{} bytes", page.len());
    }
}

#[test]
fn the_area_stands_beside_the_city_with_the_figures_that_compare_has() {
    let out = tempfile::tempdir().unwrap();
    report(out.path(), &["--area", "jarva"]).success();
    let page = text(&out.path().join("jarva_report.html"));
    let compared = scale()
        .args(["--json", "compare", "--area", "jarva", "--reference", "kommun:0180"])
        .assert()
        .success();
    let compared: serde_json::Value =
        serde_json::from_slice(&compared.get_output().stdout).unwrap();
    let rows = compared["rows"].as_array().or(compared.as_array()).unwrap();
    let row = rows
        .iter()
        .find(|row| row["indicator"] == "share_aged_65_plus" && row["sex"] == "_T")
        .unwrap();
    let beside = between(&page, "<section id=\"beside\"", "</section>");
    let shown = between(beside, "Aged 65 and over", "</tr>");
    for side in ["area", "reference"] {
        let value = format!("{:.1}%", row[side]["value"].as_f64().unwrap());
        assert!(shown.contains(&value), "{value} in {shown}");
    }
}

#[test]
fn a_name_that_is_markup_stays_a_name() {
    let out = tempfile::tempdir().unwrap();
    let areas = out.path().join("areas.toml");
    std::fs::write(&areas, HOSTILE).unwrap();
    let areas = areas.to_str().unwrap();
    for lang in ["en", "sv"] {
        let folder = out.path().join(lang);
        report(&folder, &["--areas", areas, "--lang", lang, "--all"]).success();
        report(&folder, &["--areas", areas, "--lang", lang, "--all", "--format", "svg"]).success();
        let pages = ["a_report.html", "b_report.html", "a_density_land.svg"];
        for page in pages.map(|name| text(&folder.join(name))) {
            let scripts = usize::from(page.starts_with("<!doctype html>"));
            assert_eq!(page.matches("<script").count(), scripts, "only our own script");
            assert!(!page.contains("<img"));
            assert!(page.contains("&lt;script&gt;alert(") || !page.contains("alert("));
        }
    }
    report(
        out.path(),
        &["--areas", areas, "--area", "a", "--format", "png", "--indicator", "residents"],
    )
    .success();
    let png = std::fs::read(out.path().join("a_residents.png")).unwrap();
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
}

#[test]
fn two_runs_give_the_same_bytes_alone_and_together() {
    let out = tempfile::tempdir().unwrap();
    let made = |name: &str, more: &[&str]| {
        report(&out.path().join(name), more).success();
        text(&out.path().join(name).join("sgid_report.html"))
    };
    let alone = made("one", &["--area", "sgid"]);
    assert_eq!(alone, made("two", &["--area", "sgid"]));
    assert_eq!(alone, made("all", &["--all"]), "what is made with it changes nothing");
    scale().args(["map", "--area", "sgid", "--out"]).arg(out.path().join("map")).assert().success();
    assert_eq!(alone, text(&out.path().join("map/sgid/sgid_report.html")));
    let png = |name: &str| {
        let file = out.path().join(name);
        report(&file, &["--area", "sgid", "--format", "png", "--indicator", "sex_ratio"]).success();
        std::fs::read(file).unwrap()
    };
    assert_eq!(png("one.png"), png("two.png"));
}

#[test]
fn the_baseline_holds_the_report_and_its_manifest_lists_it() {
    let out = tempfile::tempdir().unwrap();
    scale()
        .args(["--lang", "sv", "map", "--area", "skarholmen", "--out"])
        .arg(out.path())
        .assert()
        .success();
    let manifest: serde_json::Value =
        serde_json::from_str(&text(&out.path().join("skarholmen/manifest.json"))).unwrap();
    let outputs = manifest["outputs"].as_array().unwrap();
    assert!(outputs.iter().any(|output| output["file"] == "skarholmen_report.html"));
    assert!(
        text(&out.path().join("skarholmen/skarholmen_report.html")).contains("<html lang=\"sv\">")
    );
    scale().arg("check").arg(out.path()).assert().success().stdout(contains("0 findings"));
}

#[test]
fn what_rests_on_a_part_and_what_is_missing_is_said() {
    let out = tempfile::tempdir().unwrap();
    report(out.path(), &["--area", "sgid"]).success();
    let page = text(&out.path().join("sgid_report.html"));
    assert!(between(&page, "<section id=\"estimates\"", "</section>").contains("90% of the area"));
    assert!(page.contains("at least 47,269"), "a partial total is a lower bound");
    let table = between(&page, "id=\"map-residents\"", "</tbody>");
    assert!(between(table, "Sickla", "</tr>").contains("no figure"));
    assert!(between(table, "<svg", "</svg>").contains("url(#hatch)"));
    let gaps = between(&page, "<section id=\"gaps\"", "</section>");
    assert!(gaps.contains("Life expectancy at birth") && gaps.contains("Stockholm: "));
}

/// What the data say in English stands in none of the Swedish files: publishers, licences, definitions, titles.
#[test]
fn swedish_outputs_hold_no_english_of_the_data() {
    let out = tempfile::tempdir().unwrap();
    let arguments = ["--quiet", "--lang", "sv", "map", "--all", "--format", "gpkg,csv", "--out"];
    scale().args(arguments).arg(out.path()).assert().success();
    let english = [
        "City of Stockholm",
        "Statistics Sweden",
        "The project",
        "named as partner",
        "not stated",
        "without water",
        "through stockholms-puls",
        "position_uncertainty_m only",
        "on a Sweco report",
        "on figures by",
        "Share of r",
        "straight line times",
        "does not claim",
        "Consumption footprint",
    ];
    let none = |what: &str, text: &str| {
        for word in english {
            let around = text.find(word).map(|at| text[at..].chars().take(90).collect::<String>());
            assert_eq!(around, None, "{word} in {what}");
        }
    };
    for area in ["jarva", "skarholmen", "norra-djurgardsstaden", "innerstaden", "sgid"] {
        let folder = out.path().join(area);
        none("report", &text(&folder.join(format!("{area}_report.html"))));
        none("table", &text(&folder.join(format!("{area}_indicators.csv"))));
        none("actors", &text(&folder.join(format!("{area}_actors_unplaced.csv"))));
        for query in [
            "SELECT metadata FROM gpkg_metadata",
            "SELECT styleName || description || styleQML FROM layer_styles",
            "SELECT identifier FROM gpkg_contents",
        ] {
            let file = folder.join(format!("{area}.gpkg"));
            let output = std::process::Command::new("sqlite3").arg(&file).arg(query).output();
            let answer = String::from_utf8(output.unwrap().stdout).unwrap();
            assert!(answer.len() > 20);
            none(query, &answer);
        }
    }
    let told = scale()
        .args(["--lang", "sv", "map", "--all", "--format", "csv"])
        .args(["--out"])
        .arg(out.path())
        .assert();
    let told = String::from_utf8(told.success().get_output().stdout.clone()).unwrap();
    assert!(told.contains("Järva: 9 delområden, 24,88 km²") && told.contains("(del)"), "{told}");
    for english in ["9 units", "(part)", "(own)", "(reference)"] {
        assert!(!told.contains(english), "{english} in {told}");
    }
}

#[test]
fn every_indicator_has_a_map_by_itself() {
    let out = tempfile::tempdir().unwrap();
    report(out.path(), &["--lang", "sv", "--area", "jarva", "--format", "svg"]).success().stdout(
        contains("jarva_distance_nearest_metro_m.svg")
            .and(contains("jarva_socioeconomic_type.svg")),
    );
    let svg = text(&out.path().join("jarva_distance_nearest_metro_m.svg"));
    for word in [
        "Avstånd till närmaste tunnelbanestation, Järva",
        "Teckenförklaring",
        "uppskattat",
        "1 km",
        "Källa: Samtrafiken",
        "Rinkeby",
    ] {
        assert!(svg.contains(word), "{word}");
    }
}

/// An area that cannot be composed is no reason to withhold the others, and is not dropped without a word.
#[test]
fn an_area_at_fault_is_left_out_and_told() {
    let out = tempfile::tempdir().unwrap();
    let areas = out.path().join("areas.toml");
    std::fs::write(&areas, HOSTILE.replace("0180R092", "0180R999")).unwrap();
    scale()
        .arg("--areas")
        .arg(&areas)
        .args(["map", "--area", "a", "--out"])
        .arg(out.path())
        .assert()
        .success()
        .stderr(contains("area \"b\" is left out of the report").and(contains("0180R999")));
    report(out.path(), &["--areas", areas.to_str().unwrap(), "--area", "b"])
        .code(2)
        .stderr(contains("0180R999"));
}

/// Counts are withheld for all areas of a run together, so that areas outside it stand in none of its reports.
#[test]
fn where_counts_are_withheld_only_the_areas_of_the_run_are_shown() {
    let out = tempfile::tempdir().unwrap();
    report(out.path(), &["--area", "jarva", "--min-count", "5"]).success();
    let page = text(&out.path().join("jarva_report.html"));
    assert!(!page.contains("Norra Djurgårdsstaden") && !page.contains("class=\"multiples\""));
}

fn error(arguments: &[&str]) -> String {
    let out = scale().arg("report").args(arguments).assert().code(2);
    String::from_utf8(out.get_output().stderr.clone()).unwrap()
}

#[test]
fn what_cannot_be_reported_is_told() {
    insta::assert_snapshot!("report_unknown_area", error(&["--area", "jerva"]));
    insta::assert_snapshot!(
        "report_unknown_indicator",
        error(&["--area", "jarva", "--format", "svg", "--indicator", "density"])
    );
    insta::assert_snapshot!(
        "report_unknown_format",
        error(&["--area", "jarva", "--format", "pdf"])
    );
    insta::assert_snapshot!(
        "report_indicator_of_page",
        error(&["--area", "jarva", "--indicator", "residents"])
    );
    insta::assert_snapshot!("report_one_file_for_many", error(&["--all", "--out", "all.html"]));
    insta::assert_snapshot!("report_no_area", error(&[]));
}
