//! A folder to work in, pipelines that name providers, and hosts that answer.

use std::path::{Path, PathBuf};

use assert_cmd::assert::Assert;
use polars::prelude::SerReader;
use serde_json::{Value, json};

use crate::common::{scale, shared};
use crate::server::{Reply, Seen, ok, status};

/// A folder with a pipeline, its lock, a cache and a data folder.
pub struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub fn new(steps: &str) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        place.write(steps);
        place
    }

    pub fn write(&self, steps: &str) {
        std::fs::write(self.path("p.toml"), format!("scale = 1\n{steps}")).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn ingest(&self, more: &[&str]) -> Assert {
        self.command(more).assert()
    }

    pub fn command(&self, more: &[&str]) -> assert_cmd::Command {
        let mut command = scale();
        command.arg("ingest").args(more).arg("--pipeline").arg(self.path("p.toml"));
        command.arg("--cache").arg(self.path("cache")).arg("--into").arg(self.path("data"));
        command
    }

    pub fn lock(&self) -> String {
        std::fs::read_to_string(self.path("scale.lock")).unwrap()
    }

    pub fn frame(&self) -> polars::prelude::DataFrame {
        let files =
            std::fs::read_dir(self.path("data")).unwrap().map(|entry| entry.unwrap().path());
        let mut files = files.filter(|path| path.extension().is_some_and(|end| end == "parquet"));
        let file = std::fs::File::open(files.next().unwrap()).unwrap();
        polars::prelude::ParquetReader::new(file).finish().unwrap()
    }

    pub fn numbers(&self, column: &str) -> Vec<Option<f64>> {
        self.frame().column(column).unwrap().f64().unwrap().iter().collect()
    }

    pub fn nothing_is_written(&self) {
        assert!(!self.path("data").exists(), "a data folder was made");
        assert!(!self.path("scale.lock").exists(), "a lock was made");
    }
}

/// A step that brings a data set by RegSO with one field.
pub fn step(id: &str, from: &str, key: &str, more: &str, field: &str) -> String {
    format!(
        "[steps.{id}]\nkind = \"ingest\"\nfrom = {{ {from} }}\n{more}\n[steps.{id}.schema]\ntheme = \"population\"\n\
         geography = \"regso-2025\"\nkey = \"{key}\"\npublisher = \"a publisher\"\nlicence = \"CC0-1.0\"\n\
         dimensions = {{ year = \"Tid\" }}\n[steps.{id}.schema.fields]\n\
         {field} = {{ kind = \"extensive\", unit = \"persons\", label = {{ sv = \"x\", en = \"x\" }} }}\n"
    )
}

/// `PxWeb` v1 over rows of keys and a value: metadata, a cell limit, and answers to queries.
pub fn pxweb1(columns: Value, rows: Vec<Value>, limit: usize) -> impl Fn(&Seen) -> Reply {
    let dimensions: Vec<String> = columns
        .as_array()
        .unwrap()
        .iter()
        .filter(|column| column["type"] != "c")
        .map(|column| column["code"].as_str().unwrap().to_owned())
        .collect();
    let variable = |(at, code): (usize, &String)| {
        let mut codes: Vec<&str> = Vec::new();
        for row in &rows {
            let code = row["key"][at].as_str().unwrap();
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        json!({ "code": code, "text": code, "values": codes, "valueTexts": codes })
    };
    let mut variables: Vec<Value> = dimensions.iter().enumerate().map(variable).collect();
    variables
        .push(json!({ "code": "ContentsCode", "text": "x", "values": ["n"], "valueTexts": ["n"] }));
    let metadata = json!({ "title": "t", "variables": variables }).to_string();
    move |seen| {
        if seen.target.ends_with("?config") {
            let config = json!({ "maxValues": limit, "maxCells": 150_000, "maxCalls": 1000, "timeWindow": 1 });
            return ok(config.to_string());
        }
        if seen.method == "GET" {
            return ok(metadata.clone());
        }
        let query: Value = serde_json::from_str(&seen.body).unwrap();
        let wanted = |code: &str| {
            let items = query["query"].as_array().unwrap();
            let item = items.iter().find(|item| item["code"] == code).unwrap();
            item["selection"]["values"].as_array().unwrap().clone()
        };
        let lists: Vec<Vec<Value>> = dimensions.iter().map(|code| wanted(code)).collect();
        if lists.iter().map(Vec::len).product::<usize>() > limit {
            return status(403, "too many values");
        }
        let fits = |row: &&Value| {
            lists.iter().enumerate().all(|(at, list)| list.contains(&row["key"][at]))
        };
        let data: Vec<&Value> = rows.iter().filter(fits).collect();
        let about = json!([{ "updated": "2025-02-21T07:00:00Z", "label": "t", "source": "SCB" }]);
        ok(json!({ "columns": columns, "comments": [], "data": data, "metadata": about })
            .to_string())
    }
}

pub fn recorded() -> Option<(Value, Vec<Value>)> {
    let file = shared("stockholm/scb_pxweb_v1_population_regso_2024.json")?;
    let answer: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    Some((answer["columns"].clone(), answer["data"].as_array().unwrap().clone()))
}

/// Two RegSO in the form of the recorded answer; the second value is not published.
pub fn small(ages: &[&str]) -> (Value, Vec<Value>) {
    let columns = json!([
        { "code": "Region", "text": "region", "type": "d" }, { "code": "Alder", "text": "ålder", "type": "d" },
        { "code": "Tid", "text": "år", "type": "t" }, { "code": "n", "text": "n", "type": "c" }
    ]);
    let mut rows = Vec::new();
    for (at, region) in ["0180R001_RegSO2025", "0180R002_RegSO2025"].iter().enumerate() {
        for age in ages {
            let value = if at == 0 { "12" } else { ".." };
            rows.push(json!({ "key": [region, age, "2024"], "values": [value] }));
        }
    }
    (columns, rows)
}

pub const SELECT: &str = r#"provider = "pxweb1", url = "URL/t", select = { Region = "*", Alder = "*", Tid = "*", ContentsCode = "*" }"#;

pub fn streets(from: &str) -> String {
    format!(
        "[areas]\nids = [\"jarva\"]\n[steps.streets]\nkind = \"ingest\"\nfrom = {{ {from} }}\n[steps.streets.schema]\n\
         theme = \"geography\"\ngeography = \"streets\"\npublisher = \"OpenStreetMap contributors\"\nlicence = \"ODbL-1.0\"\nyears = [2025]\n"
    )
}

pub fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, found) } else { found.push(path) }
    }
}

pub fn table_step(from: &str, more: &str) -> String {
    step("cars", from, "code", more, "n")
        .replace("dimensions = { year = \"Tid\" }\n", "name = \"namn\"\n")
}
