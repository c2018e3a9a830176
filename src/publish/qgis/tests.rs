#![allow(clippy::cast_precision_loss)] // a handful of rows

use std::io::{Cursor, Read};
use std::sync::Arc;

use geo::{Geometry, Rect};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use quick_xml::Reader;
use quick_xml::events::Event;

use super::*;
use crate::model::Areas;

/// Marks of XML, of HTML, of QGIS's expressions and of SQL, a control character, and a Swedish letter.
const NASTY: &str = "Å <b>\"x\" & 'y' \\ [% 1 + 1 %]\u{1}";

/// Units in a row, a square kilometre each.
fn layer(keys: &[&str], column: &str, values: &[Option<f64>]) -> Layer {
    let square = |row: usize| {
        let west = 660_000.0 + 1000.0 * row as f64;
        Geometry::from(Rect::new((west, 6_580_000.0), (west + 1000.0, 6_581_000.0)).to_polygon())
    };
    let shapes = (0..keys.len()).map(square).collect();
    let names = keys.iter().map(|key| (*key).to_owned()).collect();
    let areas = Areas::new(names, shapes, Crs::parse("EPSG:3006").unwrap()).unwrap();
    let columns = vec![
        Column::from(Series::new("unit_id".into(), keys)),
        Column::from(Series::new(column.into(), values)),
    ];
    let frame = DataFrame::new(keys.len(), columns).unwrap();
    Layer::spatial("units", "Units", Arc::new(areas), frame).unwrap()
}

fn sheet<'a>(layer: &'a Layer, column: &str, cells: Vec<Cell<'a>>) -> Sheet<'a> {
    let map = Map {
        column: column.to_owned(),
        title: NASTY.to_owned(),
        theme: Theme::Population,
        definition: NASTY.to_owned(),
        name: Some("unit_id".to_owned()),
        told: Told::Cells { key: Some("unit_id".to_owned()), cells },
    };
    let shown = Shown {
        name: column.to_owned(),
        label: NASTY.to_owned(),
        unit: "persons".to_owned(),
        decimals: Some(0),
        ..Shown::default()
    };
    let source = Source {
        title: NASTY,
        publisher: NASTY,
        name: NASTY.to_owned(),
        address: None,
        licence: NASTY,
        years: &[2019, 2024],
    };
    Sheet {
        layer,
        title: NASTY.to_owned(),
        theme: Some(Theme::Population),
        columns: vec![shown],
        look: Look::Maps(vec![map]),
        about: About {
            summary: NASTY.to_owned(),
            lineage: NASTY.to_owned(),
            sources: vec![source],
        },
    }
}

fn cells<'a>(keys: &[&'a str], values: &[Option<f64>], statuses: &[ObsStatus]) -> Vec<Cell<'a>> {
    let each = keys.iter().zip(values).zip(statuses);
    each.map(|((key, value), status)| Cell {
        key,
        value: *value,
        lower: value.map(|value| value - 1.0),
        upper: value.map(|value| value + 1.0),
        status: *status,
        year: Some(2024),
        source: NASTY,
    })
    .collect()
}

fn made(sheet: Sheet<'_>, lang: Lang) -> Beside {
    let crs = Crs::parse("EPSG:3006").unwrap();
    beside(&Atlas { id: "somewhere", title: NASTY, lang, crs: &crs, sheets: vec![sheet] }).unwrap()
}

/// Every text and attribute of a document, unescaped; a document that is not well-formed fails.
fn texts(xml: &str) -> Vec<String> {
    let mut reader = Reader::from_str(xml);
    let mut texts = vec![String::new()];
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => return texts,
            Event::Start(element) | Event::Empty(element) => {
                for attribute in element.attributes() {
                    let value = attribute.unwrap().value;
                    let value = &*value;
                    texts.push(quick_xml::escape::unescape(value).unwrap().into_owned());
                }
                texts.push(String::new());
            }
            Event::End(_) => texts.push(String::new()),
            Event::Text(text) => {
                let text = text.to_string();
                texts.last_mut().unwrap().push_str(&text);
            }
            Event::GeneralRef(reference) => {
                let name = reference.to_string();
                let text = quick_xml::escape::unescape(&format!("&{name};")).unwrap().into_owned();
                texts.last_mut().unwrap().push_str(&text);
            }
            _ => {}
        }
    }
}

/// A tip without what QGIS takes for expressions: from each `[%` to the next `%]`.
fn without_expressions(tip: &str) -> String {
    let (mut left, mut rest) = (String::new(), tip);
    while let Some((before, after)) = rest.split_once("[%") {
        left.push_str(before);
        rest = after.split_once("%]").unwrap().1;
    }
    left + rest
}

/// Label and filter of each rule of a style.
fn rules(qml: &str) -> Vec<(String, String)> {
    let mut rules = Vec::new();
    let mut reader = Reader::from_str(qml);
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => return rules,
            Event::Empty(element) if element.name().as_ref() == "rule" => {
                let get = |name: &str| {
                    let value = element.try_get_attribute(name).unwrap();
                    value.map_or_else(String::new, |found| {
                        let text = found.value.to_string();
                        quick_xml::escape::unescape(&text).unwrap().into_owned()
                    })
                };
                rules.push((get("label"), get("filter")));
            }
            _ => {}
        }
    }
}

fn project_text(beside: &Beside) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(&beside.projects[0].archive)).unwrap();
    let mut text = String::new();
    archive.by_name("somewhere.qgs").unwrap().read_to_string(&mut text).unwrap();
    text
}

/// Five distinct values are five classes, each told by the one value that it holds.
#[test]
fn a_map_has_a_rule_a_class_and_one_for_each_thing_to_know_of_a_value() {
    use ObsStatus::{A, E, M, Q, U};
    let keys = ["a", "b", "c", "d", "o'hara", "f", "g"];
    let values = [Some(1.0), Some(2.0), Some(1200.0), Some(1300.0), Some(90000.0), None, None];
    let layer = layer(&keys, "n", &values);
    let statuses = [A, E, A, U, E, M, Q];
    let made = made(sheet(&layer, "n", cells(&keys, &values, &statuses)), Lang::En);
    let rules = rules(&made.styles[0].qml);
    let labels: Vec<&str> = rules.iter().map(|(label, _)| label.as_str()).collect();
    let known = [
        "1",
        "2",
        "1\u{a0}200",
        "1\u{a0}300",
        "90\u{a0}000",
        "no figure",
        "withheld: too few",
        "estimated",
        "uncertain, see the map tip",
    ];
    assert_eq!(labels, known);
    assert_eq!(rules[0].1, "\"n\" <= 1");
    assert_eq!(rules[4].1, "\"n\" > 1300 AND \"n\" <= 90000");
    assert_eq!(rules[5].1, "\"n\" IS NULL AND \"unit_id\" IN ('f')");
    assert_eq!(rules[6].1, "\"n\" IS NULL AND \"unit_id\" IN ('g')");
    assert_eq!(rules[7].1, "\"n\" IS NOT NULL AND \"unit_id\" IN ('b', 'o''hara')");
    assert_eq!(rules[8].1, "\"n\" IS NOT NULL AND \"unit_id\" IN ('d')");
}

#[test]
fn a_map_of_estimates_only_is_marked_as_a_whole() {
    let keys = ["a", "b"];
    let values = [Some(1.25), Some(1.375)];
    let layer = layer(&keys, "n", &values);
    let made = made(sheet(&layer, "n", cells(&keys, &values, &[ObsStatus::E; 2])), Lang::Sv);
    let rules = rules(&made.styles[0].qml);
    let known = [
        ("1,2".to_owned(), "\"n\" <= 1.25".to_owned()),
        ("1,4".to_owned(), "\"n\" > 1.25 AND \"n\" <= 1.375".to_owned()),
        ("uppskattat".to_owned(), "\"n\" IS NOT NULL".to_owned()),
    ];
    assert_eq!(rules, known, "decimals are added until the classes have different names");
}

/// 1 and 2, 4 and 5, 100 part best into three of five; a class is told by its lowest and highest value, and whole numbers
/// have no decimals whatever the column has.
#[test]
fn a_class_is_told_by_the_values_that_it_holds() {
    let keys = ["a", "b", "c", "d", "e", "f", "g"];
    let values = [1.0, 2.0, 40.0, 41.0, 100.0, 200.0, 300.0].map(Some);
    let layer = layer(&keys, "n", &values);
    let mut sheet = sheet(&layer, "n", cells(&keys, &values, &[ObsStatus::A; 7]));
    sheet.columns[0].decimals = Some(1);
    let labels = |sheet| -> Vec<String> {
        rules(&made(sheet, Lang::En).styles[0].qml).into_iter().map(|(label, _)| label).collect()
    };
    assert_eq!(labels(sheet), ["1 – 2", "40 – 41", "100", "200", "300"]);
}

#[test]
fn metres_are_told_without_decimals_however_near_they_are() {
    let keys = ["a", "b"];
    let values = [300.2, 300.4].map(Some);
    let layer = layer(&keys, "n", &values);
    let mut sheet = sheet(&layer, "n", cells(&keys, &values, &[ObsStatus::A; 2]));
    sheet.columns[0].whole = true;
    let rules = rules(&made(sheet, Lang::En).styles[0].qml);
    assert!(rules.iter().all(|(label, _)| label == "300"), "{rules:?}");
}

#[test]
fn a_tip_of_columns_leaves_out_what_is_empty_and_names_the_source_of_the_row() {
    let keys = ["a", "b"];
    let plain = layer(&keys, "n", &[Some(1.0), None]);
    let mut frame = plain.frame().clone();
    for name in ["themes", "source", "counted"] {
        frame.with_column(Column::from(Series::new(name.into(), ["x", "y"]))).unwrap();
    }
    let told = plain.with_frame(frame).unwrap();
    let shown =
        |name: &str| Shown { name: name.to_owned(), label: name.to_owned(), ..Shown::default() };
    let listed = vec![("x".to_owned(), "lokal odling".to_owned())];
    let columns = vec![
        Shown { listed, ..shown("themes") },
        shown("source"),
        Shown { hidden: true, ..shown("counted") },
    ];
    let sheet = Sheet { look: Look::Plain, columns, ..sheet(&told, "n", Vec::new()) };
    let made = made(sheet, Lang::Sv);
    let texts = texts(&made.styles[0].qml);
    let tip = texts.iter().find(|text| text.contains("<small>")).unwrap();
    assert!(tip.starts_with("[% coalesce('themes: <b>' || replace(replace(replace(replace(\"themes\", map('x','lokal odling'))"), "{tip}");
    assert!(tip.contains("'<small>Källa: ' || replace(") && !tip.contains("counted"), "{tip}");
}

/// Of two without a value one is withheld and of the other nothing is said; the estimate is marked by the same column.
#[test]
fn a_column_of_statuses_tells_what_is_missing_withheld_and_estimated() {
    let keys = ["a", "b", "c", "d"];
    let values = [Some(1.0), Some(2.0), None, None];
    let plain = layer(&keys, "n", &values);
    let mut frame = plain.frame().clone();
    let statuses = [Some("A"), Some("E"), Some("Q"), None];
    frame.with_column(Column::from(Series::new("n_status".into(), &statuses[..]))).unwrap();
    let told = plain.with_frame(frame).unwrap();
    let mut sheet = sheet(&told, "n", Vec::new());
    let Look::Maps(maps) = &mut sheet.look else { unreachable!("a map") };
    maps[0].told = Told::Columns {
        telling: Telling::Status("n_status".to_owned()),
        lower: Some("n_lower".to_owned()),
        upper: None,
        year: None,
        source: NASTY.to_owned(),
    };
    let crs = Crs::parse("EPSG:3006").unwrap();
    let atlas = Atlas { id: "any", title: NASTY, lang: Lang::Sv, crs: &crs, sheets: vec![sheet] };
    let made = without_project(&atlas).unwrap();
    assert!(made.projects.is_empty() && made.metadata.len() == 1);
    let filters: Vec<String> =
        rules(&made.styles[0].qml).into_iter().skip(2).map(|(_, filter)| filter).collect();
    let known = [
        "\"n\" IS NULL AND coalesce(\"n_status\", 'M') IN ('M')",
        "\"n\" IS NULL AND coalesce(\"n_status\", 'M') IN ('Q')",
        "\"n\" IS NOT NULL AND coalesce(\"n_status\", 'M') IN ('E')",
    ];
    assert_eq!(filters, known);
    let texts = texts(&made.styles[0].qml);
    let tip = texts.iter().find(|text| text.contains("<small>")).unwrap();
    for part in
        ["år ej angivet", "'E','uppskattat'", "' (≥ ' || format_number(\"n_lower\", 0, 'sv')"]
    {
        assert!(tip.contains(part), "{part} in {tip}");
    }
    assert!(!tip.contains("[% 1 + 1 %]"), "{tip}");
}

#[test]
fn bands_are_drawn_from_the_largest_down() {
    let keys = ["a", "b"];
    let layer = layer(&keys, "minutes", &[Some(5.0), Some(10.0)]);
    let bands = vec![(5.0, "5 min".to_owned()), (10.0, "10 min".to_owned())];
    let look = Look::Bands { column: "minutes".to_owned(), bands };
    let made = made(Sheet { look, ..sheet(&layer, "minutes", Vec::new()) }, Lang::En);
    let qml = &made.styles[0].qml;
    let known = [("5 min", "\"minutes\" = 5"), ("10 min", "\"minutes\" = 10")];
    assert_eq!(rules(qml), known.map(|(label, filter)| (label.to_owned(), filter.to_owned())));
    assert!(qml.contains("enableorderby=\"1\"") && qml.contains("asc=\"0\""), "{qml}");
}

#[test]
fn what_comes_from_data_is_escaped_wherever_it_stands() {
    let keys = ["a", NASTY];
    let values = [Some(1.0), Some(2.0)];
    let column = "share [%] \"of\" <all>";
    let layer = layer(&keys, column, &values);
    for lang in [Lang::En, Lang::Sv] {
        let made = made(sheet(&layer, column, cells(&keys, &values, &[ObsStatus::A; 2])), lang);
        let kept = NASTY.replace('\u{1}', "");
        let project = project_text(&made);
        for (document, times) in
            [(&made.styles[0].qml, 1), (&project, 8), (&made.metadata[0].xml, 4)]
        {
            let texts = texts(document);
            let found = texts.iter().filter(|text| text.contains(&kept)).count();
            assert!(found >= times, "{found} of {times} in {document}");
            assert!(!document.contains('\u{1}') && !document.contains("<b>\"x\""));
        }
        let of_style = texts(&made.styles[0].qml);
        let tip = of_style.iter().find(|text| text.contains("<small>")).unwrap();
        assert!(
            !tip.contains("[% 1 + 1 %]") && tip.contains("&#91;&#37; 1 + 1 &#37;&#93;"),
            "{tip}"
        );
        let left = without_expressions(tip);
        assert!(!left.contains("[%") && !left.contains("%]"), "an expression ends early: {left}");
        assert!(tip.contains("attribute('share [%' || '] \"of\" <all>')"), "{tip}");
    }
}

#[test]
fn the_project_names_the_file_beside_it_and_nothing_else() {
    let (keys, values) = (["a", "b"], [Some(1.0), Some(2.0)]);
    let layer = layer(&keys, "n", &values);
    let made = made(sheet(&layer, "n", cells(&keys, &values, &[ObsStatus::A; 2])), Lang::En);
    let project = project_text(&made);
    let sources: Vec<&str> = project
        .split("<datasource>")
        .skip(1)
        .filter_map(|rest| rest.split("</datasource>").next())
        .collect();
    assert_eq!(sources, [".&#x2f;somewhere.gpkg|layername=units"]);
    assert!(!project.contains("file:") && !project.contains("/home/"));
}

#[test]
fn the_same_layers_give_the_same_bytes() {
    let (keys, values) = (["a", "b"], [Some(1.0), None]);
    let layer = layer(&keys, "n", &values);
    let once = || {
        let cells = cells(&keys, &values, &[ObsStatus::A, ObsStatus::M]);
        format!("{:?}", made(sheet(&layer, "n", cells), Lang::En))
    };
    assert_eq!(once(), once());
}

#[test]
fn every_word_is_told_in_both_languages() {
    use ObsStatus::{B, E, I, M, P, Q, U};
    for status in [B, E, I, M, P, Q, U] {
        let [en, sv] = [Lang::En, Lang::Sv].map(|lang| words::status(status, lang));
        assert!(!en.is_empty() && !sv.is_empty() && en != sv, "{en} {sv}");
    }
    assert_eq!(words::status(ObsStatus::A, Lang::En), "");
}

#[test]
fn numbers_are_written_as_readers_of_the_language_write_them() {
    assert_eq!(words::number(-1_234_567.25, 1, Lang::Sv), "−1\u{a0}234\u{a0}567,2");
    assert_eq!(words::number(1234.5, 1, Lang::En), "1\u{a0}234.5");
    assert_eq!(words::number(999.0, 0, Lang::En), "999");
}
