//! `manifest.json`: what a baseline was made from, by what, and what came out.

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
    pub rows: std::collections::BTreeMap<String, usize>,
    /// The system of the coordinates; none for a table.
    pub crs: Option<String>,
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
}

/// The files that a folder's manifest lists, and the manifest itself; none where there is no manifest that can be read.
pub(super) fn listed_files(folder: &std::path::Path) -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Listed {
        outputs: Vec<Output>,
    }
    #[derive(serde::Deserialize)]
    struct Output {
        file: String,
    }
    let Ok(bytes) = std::fs::read(folder.join("manifest.json")) else { return Vec::new() };
    let Ok(listed) = serde_json::from_slice::<Listed>(&bytes) else { return Vec::new() };
    let mut files: Vec<String> = listed.outputs.into_iter().map(|output| output.file).collect();
    files.push("manifest.json".to_owned());
    files
}
