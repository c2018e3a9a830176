//! A data folder of one's own, and what is published of it in the baseline of Skärholmen.

use std::path::Path;

use polars::prelude::{ParquetReader, SerReader};
use serde_json::{Value, json};

use crate::folder::Folder;

pub fn near(found: &Value, known: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - known).abs() <= 1e-9 * known.abs().max(1.0), "{found} is not {known}");
}

/// The units of the area, in the order of its definition.
pub fn skarholmen() -> Vec<String> {
    let snapshot = scale::sources::Snapshot::embedded().unwrap();
    let ground = scale::pipeline::Ground::load(snapshot, None, None).unwrap();
    let (area, units) = ground.area("skarholmen").unwrap();
    area.parts.iter().map(|part| units.areas.keys()[part.row].clone()).collect()
}

/// What a catalogue says of a table by unit.
pub const BY_UNIT: &str = "geography = \"regso-2025\"\nlayout = \"units\"\nkey = \"code\"\n";

/// A data folder of one data set of counts, as a catalogue has it.
pub fn data_set(folder: &Folder, (name, text): (&str, &str), entry: &str, counts: &str) {
    let data = folder.path("data");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join(name), text).unwrap();
    let sha = sha256(&data.join(name));
    let label = "{ sv = \"fall\", en = \"cases\" }";
    let field = |field: &str| {
        format!(
            "[dataset.fields.{field}]\nkind = \"extensive\"\nunit = \"cases\"\nlabel = {label}\n"
        )
    };
    let fields: Vec<String> = counts.split(',').map(field).collect();
    let catalog = format!(
        "[[dataset]]\nid = \"cases\"\ntheme = \"health\"\ntitle = {label}\ndescription = {label}\npublisher = \"Own\"\ntable = \"cases\"\nyears = [2024]\nlicence = \"own\"\nfile = \"{name}\"\nsha256 = \"{sha}\"\n{entry}\n{}",
        fields.concat()
    );
    std::fs::write(data.join("catalog.toml"), catalog).unwrap();
}

fn sha256(file: &Path) -> String {
    scale::sources::sha256_hex(&std::fs::read(file).unwrap())
}

/// Own counts by unit, the first of them for the first unit; nothing for an empty one.
pub fn own_counts(folder: &Folder, counts: &[&str], disclosure: &str) {
    let row = |(code, count): (&String, &&str)| format!("{code},{count}\n");
    let rows: String = skarholmen().iter().zip(counts).map(row).collect();
    let entry = format!("{BY_UNIT}{disclosure}\n");
    data_set(folder, ("cases.csv", &format!("code,cases\n{rows}")), &entry, "cases");
}

/// A row of the long table.
pub struct Figure {
    pub place: String,
    pub unit: Option<String>,
    pub role: String,
    pub sex: String,
    pub age: String,
    /// Value, lower, upper and status.
    pub told: Value,
    pub method: String,
    pub source: String,
}

/// What is published of an indicator.
pub fn published(folder: &Folder, indicator: &str, more: &[&str]) -> Vec<Figure> {
    let map = ["map", "--area", "skarholmen", "--data", "data", "--out", "out"];
    folder.command(&[&map[..], more].concat()).assert().success();
    let file =
        std::fs::File::open(folder.path("out/skarholmen/skarholmen_indicators.parquet")).unwrap();
    let frame = ParquetReader::new(file).finish().unwrap();
    let text = |name: &str, row: usize| {
        frame.column(name).unwrap().str().unwrap().get(row).map(str::to_owned)
    };
    let number = |name: &str, row: usize| frame.column(name).unwrap().f64().unwrap().get(row);
    let known = |name: &str, row: usize| text(name, row).unwrap();
    let figure = |row: usize| Figure {
        place: known("geography_id", row),
        unit: text("unit_id", row),
        role: known("role", row),
        sex: known("sex", row),
        age: known("age", row),
        told: json!([
            number("value", row),
            number("lower", row),
            number("upper", row),
            text("obs_status", row)
        ]),
        method: known("method", row),
        source: known("source", row),
    };
    let rows = (0..frame.height()).filter(|row| known("indicator", *row) == indicator);
    rows.map(figure).collect()
}

/// What is published of cases in the area and its units, by place.
pub fn cases(folder: &Folder, more: &[&str]) -> Vec<(String, Value)> {
    let own = published(folder, "cases", more).into_iter().filter(|row| row.role == "own");
    own.map(|row| (row.place, row.told)).collect()
}

pub fn found<'a>(cases: &'a [(String, Value)], place: &str) -> &'a Value {
    &cases.iter().find(|(known, _)| known == place).unwrap().1
}
