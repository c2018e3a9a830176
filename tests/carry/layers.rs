//! Small layers in a folder, and `scale carry` run there.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::File;
use std::path::PathBuf;

use polars::prelude::{DataFrame, ParquetReader, SerReader, SortMultipleOptions};
use serde_json::{Value, json};

use crate::common::{scale, shared};

/// Squares in EPSG:3006 from south-west corner, width and height, each with its properties.
pub fn layer(squares: &[([f64; 4], Value)]) -> String {
    let features: Vec<Value> = squares
        .iter()
        .map(|([x, y, width, height], properties)| {
            let (x, y) = (674_000.0 + x, 6_580_000.0 + y);
            let ring = [[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]];
            json!({"type": "Feature", "properties": properties,
                "geometry": {"type": "Polygon", "coordinates": [ring]}})
        })
        .collect();
    json!({"type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3006"}},
        "features": features})
    .to_string()
}

pub struct Folder(pub tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        std::fs::write(self.0.path().join(name), text).unwrap();
        self.0.path().join(name)
    }

    /// Runs in the folder and reads what was written, rows by their first column, and the report.
    pub fn carry(&self, source: impl AsRef<OsStr>, options: &str) -> (DataFrame, Value) {
        let output =
            self.command(source, options).args(["--json"]).assert().success().get_output().clone();
        let file = File::open(self.0.path().join("out.parquet")).unwrap();
        let frame = ParquetReader::new(file).finish().unwrap();
        let first = frame.columns()[0].name().clone();
        let frame = frame.sort([first], SortMultipleOptions::default()).unwrap();
        (frame, serde_json::from_slice(&output.stdout).unwrap())
    }

    pub fn command(&self, source: impl AsRef<OsStr>, options: &str) -> assert_cmd::Command {
        let mut command = scale();
        command
            .current_dir(self.0.path())
            .arg("carry")
            .arg(source)
            .args(options.split_whitespace())
            .args(["--out", "out.parquet"]);
        command
    }

    pub fn written(&self) -> Vec<u8> {
        std::fs::read(self.0.path().join("out.parquet")).unwrap()
    }
}

pub fn cells(frame: &DataFrame, name: &str) -> Vec<Option<f64>> {
    frame.column(name).unwrap().f64().unwrap().iter().collect()
}

pub fn texts(frame: &DataFrame, name: &str) -> Vec<String> {
    frame.column(name).unwrap().str().unwrap().iter().flatten().map(str::to_owned).collect()
}

/// Three units of 1000 by 1000 m in a row: 100 residents, 50 of them women; 300 and 60; unknown.
pub fn units(folder: &Folder) {
    let unit = |x: f64, properties: Value| ([x, 0.0, 1000.0, 1000.0], properties);
    let text = layer(&[
        unit(
            0.0,
            json!({"id": "a", "pop": 100, "women": 50, "moe": 30, "rate": 4.0, "kind": "town"}),
        ),
        unit(
            1000.0,
            json!({"id": "b", "pop": 300, "women": 60, "moe": 40, "rate": 8.0, "kind": "wood"}),
        ),
        unit(
            2000.0,
            json!({"id": "c", "pop": null, "women": null, "moe": null, "rate": null, "kind": null}),
        ),
    ]);
    folder.file("units.geojson", &text);
    // West: all of a and half of b. East: half of b and all of c, and 500 m beyond.
    let targets = layer(&[
        ([0.0, 0.0, 1500.0, 1000.0], json!({"name": "1 west"})),
        ([1500.0, 0.0, 2000.0, 1000.0], json!({"name": "2 east"})),
    ]);
    folder.file("targets.geojson", &targets);
}

/// Three quarters of b's residents live in its west; a and c hold no point.
pub fn populated(folder: &Folder) {
    let feature = |x: f64, residents: i32| {
        json!({"type": "Feature", "properties": {"residents": residents},
            "geometry": {"type": "Point", "coordinates": [674_000.0 + x, 6_580_500.0]}})
    };
    let text = json!({"type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3006"}},
        "features": [feature(1200.0, 30), feature(1800.0, 10)]});
    folder.file("points.geojson", &text.to_string());
}

/// Writes `population.csv`: residents of 2023 by the code of their `DeSO`.
pub fn population(folder: &Folder) -> Option<()> {
    let table = shared("stockholm/deso_2018_population_2023.json")?;
    let json: Value = serde_json::from_slice(&std::fs::read(table).unwrap()).unwrap();
    let mut csv = "id,pop_2023\n".to_owned();
    for row in json["deso"].as_array().unwrap() {
        writeln!(csv, "{},{}", row["id"].as_str().unwrap(), row["pop_2023"]).unwrap();
    }
    folder.file("population.csv", &csv);
    Some(())
}
