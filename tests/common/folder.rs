//! A folder of files made for the occasion, and the program run in it.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::common::scale;

pub struct Folder(pub tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn file(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub fn command(&self, arguments: &[&str]) -> assert_cmd::Command {
        let mut command = scale();
        command.current_dir(self.0.path()).args(arguments);
        command
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        let output = self.command(arguments).arg("--json").assert().success();
        serde_json::from_slice(&output.get_output().stdout).unwrap()
    }

    /// Properties of the features that were written.
    pub fn properties(&self, name: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(self.path(name)).unwrap();
        let json: Value = serde_json::from_str(&text).unwrap();
        let features = json["features"].as_array().unwrap();
        features.iter().map(|feature| feature["properties"].clone()).collect()
    }
}

/// What is typed, word by word.
#[allow(dead_code)] // not every file of tests types whole lines
pub fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// Squares from their south-west corner, counted from (674000, 6580000).
pub fn squares(folder: &Folder, name: &str, squares: &[(&str, [f64; 4])]) {
    let feature = |(id, [x, y, width, height]): &(&str, [f64; 4])| {
        let (x, y) = (674_000.0 + x, 6_580_000.0 + y);
        let ring = [[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]];
        json!({"type": "Feature", "properties": {"id": id},
            "geometry": {"type": "Polygon", "coordinates": [ring]}})
    };
    let json = json!({"type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3006"}},
        "features": squares.iter().map(feature).collect::<Vec<_>>()});
    folder.file(name, &json.to_string());
}
