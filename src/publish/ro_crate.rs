//! A manifest as an RO-Crate: the files, what they were made from, and the actions that made them, as JSON-LD.
//!
//! Source: RO-Crate 1.1, <https://w3id.org/ro/crate/1.1>; its actions are those of schema.org and map to W3C PROV activities.

use serde_json::{Value, json};

use super::{Manifest, StepRecord};

/// The content of `ro-crate-metadata.json` for a folder with that manifest.
#[must_use]
pub fn ro_crate(manifest: &Manifest) -> Value {
    let mut graph = vec![descriptor(), root(manifest), tool(manifest)];
    graph.extend(manifest.outputs.iter().map(|output| {
        json!({ "@id": output.file, "@type": "File", "sha256": output.sha256, "encodingFormat": format_of(&output.file) })
    }));
    for input in &manifest.inputs {
        graph.push(json!({
            "@id": format!("#data-{}", input.id), "@type": "Dataset", "name": input.id,
            "publisher": input.publisher, "license": input.licence, "url": input.url, "identifier": input.table,
            "temporalCoverage": input.years.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            "sha256": input.sha256,
        }));
    }
    for step in &manifest.steps {
        graph.extend(step.files.iter().map(|(name, sum)| {
            json!({ "@id": format!("#sha256-{sum}"), "@type": "File", "name": name, "sha256": sum })
        }));
        graph.push(action(manifest, step));
    }
    json!({ "@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph })
}

fn descriptor() -> Value {
    json!({
        "@id": "ro-crate-metadata.json", "@type": "CreativeWork", "about": { "@id": "./" },
        "conformsTo": { "@id": "https://w3id.org/ro/crate/1.1" },
    })
}

fn root(manifest: &Manifest) -> Value {
    let files: Vec<Value> =
        manifest.outputs.iter().map(|output| json!({ "@id": output.file })).collect();
    let name = if manifest.area_name.is_empty() { "Results of scale" } else { &manifest.area_name };
    let mut licences: Vec<&str> =
        manifest.inputs.iter().map(|input| input.licence.as_str()).collect();
    licences.sort_unstable();
    licences.dedup();
    json!({
        "@id": "./", "@type": "Dataset", "name": name, "datePublished": manifest.created, "hasPart": files,
        "license": format!("of the inputs: {}", licences.join("; ")),
        "description": manifest.notes.join(" "),
    })
}

fn tool(manifest: &Manifest) -> Value {
    json!({
        "@id": "#scale", "@type": "SoftwareApplication", "name": manifest.tool, "softwareVersion": manifest.version,
    })
}

fn action(manifest: &Manifest, step: &StepRecord) -> Value {
    let files = step.files.values().map(|sum| json!({ "@id": format!("#sha256-{sum}") }));
    let steps = step.uses.values().map(|key| json!({ "@id": format!("#step-{key}") }));
    let data = manifest.inputs.iter().filter(|_| step.kind == "map");
    let data = data.map(|input| json!({ "@id": format!("#data-{}", input.id) }));
    let made =
        manifest.outputs.iter().filter(|output| output.step.as_deref() == Some(step.id.as_str()));
    let made: Vec<Value> = made.map(|output| json!({ "@id": output.file })).collect();
    json!({
        "@id": format!("#step-{}", step.key), "@type": "CreateAction",
        "name": format!("{} ({})", step.id, step.kind), "instrument": { "@id": "#scale" },
        "object": files.chain(steps).chain(data).collect::<Vec<_>>(), "result": made,
        "description": step.parameters.to_string(),
    })
}

fn format_of(file: &str) -> &'static str {
    match file.rsplit('.').next() {
        Some("gpkg") => "application/geopackage+sqlite3",
        Some("parquet") => "application/vnd.apache.parquet",
        Some("geojson") => "application/geo+json",
        Some("csv") => "text/csv",
        Some("json") => "application/json",
        Some("html") => "text/html",
        _ => "application/octet-stream",
    }
}
