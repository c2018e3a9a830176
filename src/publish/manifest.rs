//! `manifest.json`: what a baseline was made from, by what, and what came out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A data set that went into a baseline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    pub id: String,
    pub publisher: String,
    pub table: Option<String>,
    pub url: Option<String>,
    pub years: Vec<i32>,
    pub licence: String,
    pub file: String,
    pub sha256: String,
}

/// A file of a baseline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputFile {
    pub file: String,
    pub sha256: String,
    /// Rows by layer.
    pub rows: BTreeMap<String, usize>,
    /// The system of the coordinates; none for a table.
    pub crs: Option<String>,
    /// The step of a pipeline that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
}

/// How many answered a survey: says how far its figures can be trusted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QualityNote {
    pub geography_level: String,
    pub geography_id: String,
    pub role: String,
    pub year: Option<i32>,
    pub respondents: Option<f64>,
    pub response_rate_percent: Option<f64>,
    pub source: String,
}

/// A part of a step: what it was made of, under which hash its result is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    pub id: String,
    pub kind: String,
    /// The area or the block; nothing for a step that is not split.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub part: String,
    pub parameters: serde_json::Value,
    /// Checksums of the files that were read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
    /// The parts of other steps that it rests on, by their hashes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub uses: BTreeMap<String, String>,
    /// Hash of all that the result follows from, the program's own code among it.
    pub key: String,
}

/// The whole manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub tool: String,
    pub version: String,
    pub created: String,
    pub area_id: String,
    pub area_name: String,
    pub units: Vec<String>,
    pub crs: String,
    pub inputs: Vec<Input>,
    pub outputs: Vec<OutputFile>,
    pub survey_participation: Vec<QualityNote>,
    /// How the area was drawn and what is uncertain about it.
    pub notes: Vec<String>,
    pub warnings: Vec<String>,
    /// The steps of a pipeline behind the outputs, each after those that it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepRecord>,
    /// The step that published the folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline_step: Option<String>,
}

impl Manifest {
    /// A manifest of a folder that is no baseline: it lists files and steps.
    #[must_use]
    pub fn new(area_id: &str) -> Self {
        Self {
            tool: "scale".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            created: crate::environment::timestamp(),
            area_id: area_id.to_owned(),
            area_name: String::new(),
            units: Vec::new(),
            crs: String::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            survey_participation: Vec::new(),
            notes: Vec::new(),
            warnings: Vec::new(),
            steps: Vec::new(),
            pipeline_step: None,
        }
    }
}

/// The name of the manifest in its folder.
pub const MANIFEST: &str = "manifest.json";

/// The files that the bytes of a manifest list, each with its checksum; none where they are no manifest.
#[must_use]
pub fn listed(manifest: &[u8]) -> Vec<(String, String)> {
    #[derive(Deserialize)]
    struct Listed {
        outputs: Vec<Output>,
    }
    #[derive(Deserialize)]
    struct Output {
        file: String,
        #[serde(default)]
        sha256: String,
    }
    let Ok(listed) = serde_json::from_slice::<Listed>(manifest) else { return Vec::new() };
    listed.outputs.into_iter().map(|output| (output.file, output.sha256)).collect()
}

/// The files that a folder's manifest lists, and the manifest itself; none where there is no manifest that can be read.
pub(super) fn listed_files(folder: &std::path::Path) -> Vec<String> {
    let Ok(bytes) = std::fs::read(folder.join(MANIFEST)) else { return Vec::new() };
    let files = listed(&bytes).into_iter().map(|(file, _)| file);
    files.chain([MANIFEST.to_owned()]).collect()
}
