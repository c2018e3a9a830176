//! What each part was made of when the pipeline last ran, so that a plan can say why a part runs again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::store::Store;
use crate::pipeline::PipelineError;
use crate::pipeline::plan::{Ingredients, Plan};
use crate::publish::replace_file;
use crate::sources::sha256_hex;

/// Ingredients by the names of parts. It explains and never decides: a lost record costs a sentence, not a result.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record(BTreeMap<String, Ingredients>);

impl Record {
    pub(super) fn read(store: &Store, plan: &Plan) -> Self {
        let text = std::fs::read(path(store, plan)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Writes what the parts are made of now, where that differs from what is written.
    pub(super) fn write(store: &Store, plan: &Plan) -> Result<(), PipelineError> {
        let tasks = plan.tasks.iter().map(|task| (plan.name(task), task.ingredients.clone()));
        let record = Self(tasks.collect());
        if Self::read(store, plan) == record {
            return Ok(());
        }
        let path = path(store, plan);
        let failed = |path: PathBuf, source| PipelineError::Output { path, source };
        let text = serde_json::to_string(&record).map_err(std::io::Error::other);
        let text = text.map_err(|error| failed(path.clone(), error))?;
        let write = |new: &std::path::Path| {
            std::fs::write(new, &text).map_err(|source| failed(new.to_owned(), source))
        };
        replace_file(&path, write, failed)
    }

    pub(super) fn why(&self, name: &str, now: &Ingredients) -> Vec<String> {
        match self.0.get(name) {
            None => vec!["it was never made".to_owned()],
            Some(older) if older == now => vec!["its result is no longer kept".to_owned()],
            Some(older) => now.changes_since(older),
        }
    }
}

/// One record a pipeline, named by its steps: where the file lies may change.
fn path(store: &Store, plan: &Plan) -> PathBuf {
    let steps: Vec<&str> = plan.steps.iter().map(|step| step.declared.id.as_str()).collect();
    let name = format!("{}\n{}", plan.title.as_deref().unwrap_or_default(), steps.join("\n"));
    store.root().join("records").join(sha256_hex(name.as_bytes()))
}
