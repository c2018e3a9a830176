//! The steps of a pipeline that name a provider, and what each asks.

use serde::Deserialize as _;

use super::area;
use crate::pipeline::PipelineError;
use crate::pipeline::file::{Declared, PipelineFile, Values};
use crate::sources::providers::Origin;
use crate::sources::sha256_hex;

/// A step that names a provider.
pub struct Wanted {
    pub id: String,
    pub origin: Origin,
    /// What the step says of the file.
    pub values: Values,
    pub licence: String,
    /// The hash of the question: another question brings other content.
    question: String,
}

impl Wanted {
    pub(in crate::pipeline) fn question(&self) -> &str {
        &self.question
    }
}

/// The steps of a pipeline that name a provider; only those of these names, where some are given.
///
/// A name is an id, or what ids begin with before an underscore: `population` means `population_regso` and
/// `population_deso` where nothing is called `population` itself.
///
/// # Errors
/// [`PipelineError::Request`] for a question that is malformed and for a name that fits no such step.
pub fn wanted(file: &PipelineFile, names: &[String]) -> Result<Vec<Wanted>, PipelineError> {
    let live: Vec<&str> =
        file.steps.iter().filter(|step| is_live(step)).map(|step| step.id.as_str()).collect();
    for name in names {
        if !live.iter().any(|id| means(name, id, &live)) {
            return Err(stranger(file, name, &live));
        }
    }
    let mut all = Vec::new();
    for step in &file.steps {
        let Some(table) = step.values.table("from") else { continue };
        if !names.is_empty() && !names.iter().any(|name| means(name, &step.id, &live)) {
            continue;
        }
        let origin = origin(table, file).map_err(|reason| PipelineError::Request {
            what: format!("{}: steps.{}.from: {reason}", file.path.display(), step.id),
            help: "the README says under \"Live data\" what each provider is asked".to_owned(),
        })?;
        let origin = area::placed(origin, file)?;
        let question = sha256_hex(format!("{origin:?}").as_bytes());
        let schema = step.values.table("schema");
        let licence = schema.and_then(|schema| schema.get("licence")?.as_str());
        all.push(Wanted {
            id: step.id.clone(),
            origin,
            values: step.values.clone(),
            licence: licence.unwrap_or("not stated").to_owned(),
            question,
        });
    }
    Ok(all)
}

fn is_live(step: &Declared) -> bool {
    step.values.table("from").is_some()
}

fn means(name: &str, id: &str, live: &[&str]) -> bool {
    let begins = |id: &str| id.strip_prefix(name).is_some_and(|rest| rest.starts_with('_'));
    if live.contains(&name) { id == name } else { begins(id) }
}

fn stranger(file: &PipelineFile, name: &str, live: &[&str]) -> PipelineError {
    let near = live.iter().map(|id| (strsim::jaro_winkler(name, id), id));
    let near = near.filter(|(likeness, _)| *likeness > 0.85).max_by(|a, b| a.0.total_cmp(&b.0));
    let near = near.map_or_else(String::new, |(_, id)| format!("did you mean \"{id}\"? "));
    PipelineError::Request {
        what: format!("{}: has no data set \"{name}\" of a provider", file.path.display()),
        help: format!(
            "{near}it has {}; a file of one's own is brought with --file",
            live.join(", ")
        ),
    }
}

/// Reads what a step asks, with the parameters of the pipeline put in.
fn origin(table: &toml::Table, file: &PipelineFile) -> Result<Origin, String> {
    let mut value = toml::Value::Table(table.clone());
    fill(&mut value, file);
    Origin::deserialize(value).map_err(|error| error.message().to_owned())
}

fn fill(value: &mut toml::Value, file: &PipelineFile) {
    match value {
        toml::Value::String(text) => {
            for (name, parameter) in &file.parameters {
                *text = text.replace(&format!("{{{name}}}"), parameter);
            }
        }
        toml::Value::Array(items) => items.iter_mut().for_each(|item| fill(item, file)),
        toml::Value::Table(table) => table.iter_mut().for_each(|(_, item)| fill(item, file)),
        _ => {}
    }
}
