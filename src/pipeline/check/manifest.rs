//! A manifest against the files beside it: there, unaltered, with as many rows as it says.

use std::collections::BTreeMap;
use std::path::Path;

use super::geopackage::Database;
use crate::formats::{self, geoparquet};
use crate::publish::{Manifest, OutputFile};
use crate::sources::sha256_hex;

/// What the manifest says of its outputs and they do not keep.
pub(super) fn findings(file: &Path) -> Vec<String> {
    match read(file) {
        Err(finding) => vec![finding],
        Ok(manifest) => {
            let outputs = manifest.outputs.iter();
            outputs.flat_map(|output| output_findings(folder_of(file), output)).collect()
        }
    }
}

/// Files in the folder that the manifest does not list: someone's own work, or left over from another run.
pub(super) fn notes(file: &Path) -> Vec<String> {
    let (Ok(manifest), Ok(entries)) = (read(file), std::fs::read_dir(folder_of(file))) else {
        return Vec::new();
    };
    let listed = |name: &str| manifest.outputs.iter().any(|output| output.file == name);
    let mut strangers: Vec<String> = entries
        .filter_map(|entry| entry.ok().filter(|entry| entry.path().is_file()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name != "manifest.json" && !listed(name))
        .collect();
    strangers.sort();
    strangers.iter().map(|name| format!("{}: does not list {name}", file.display())).collect()
}

fn folder_of(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new("."))
}

fn read(file: &Path) -> Result<Manifest, String> {
    let bytes = formats::read(file).map_err(|error| error.to_string())?;
    serde_json::from_slice(&bytes).map_err(|error| format!("is not a manifest: {error}"))
}

fn output_findings(folder: &Path, output: &OutputFile) -> Vec<String> {
    let path = folder.join(&output.file);
    let bytes = match formats::read(&path) {
        Ok(bytes) => bytes,
        Err(error) => return vec![error.to_string()],
    };
    if sha256_hex(&bytes) != output.sha256 {
        return vec![format!("{} was changed after it was made", output.file)];
    }
    match rows_by_layer(&path, &bytes, output) {
        Ok(found) => row_findings(output, &found),
        Err(finding) => vec![finding],
    }
}

/// Rows by layer as the file has them; a file of a kind that is not opened here keeps what is said.
fn rows_by_layer(
    path: &Path,
    bytes: &[u8],
    output: &OutputFile,
) -> Result<BTreeMap<String, usize>, String> {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("gpkg") => Database::open(path)?.rows_by_layer(),
        Some("parquet") => {
            let parquet = geoparquet::open(path, bytes).map_err(|error| error.to_string())?;
            // A Parquet file is one layer and does not know its name.
            let name = output.rows.keys().next().cloned().unwrap_or_default();
            Ok(BTreeMap::from([(name, parquet.frame.height())]))
        }
        _ => Ok(output.rows.clone()),
    }
}

fn row_findings(output: &OutputFile, found: &BTreeMap<String, usize>) -> Vec<String> {
    let file = &output.file;
    let said = output.rows.iter().filter_map(|(layer, said)| match found.get(layer) {
        Some(rows) if rows == said => None,
        Some(rows) => Some(format!("{file}: \"{layer}\" has {rows} rows where {said} are listed")),
        None => Some(format!("{file}: has no layer \"{layer}\", which is listed")),
    });
    let unsaid = found.keys().filter(|layer| !output.rows.contains_key(*layer));
    said.chain(unsaid.map(|layer| format!("{file}: layer \"{layer}\" is not listed"))).collect()
}
