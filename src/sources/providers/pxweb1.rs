//! `PxWeb` API v1: Statistics Sweden, Folkhälsodata, and many more.
//!
//! Source: "API description, `PxWeb` API v1" (Statistics Sweden).

use serde::Deserialize;
use serde_json::{Value, json};

use super::pxweb::{Chosen, Limits, Select, Variable, check_answer, choose, split};
use super::session::{Ask, HELP};
use super::{Brought, ProviderError, Session, join};
use crate::sources::http::Expect;

/// What is asked of a table.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// The table.
    pub url: String,
    pub select: Select,
    #[serde(default)]
    pub format: Format,
}

/// The form of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    #[default]
    Json,
    JsonStat2,
    /// One answer; what takes several is asked for as JSON-stat, whose cells have their codes beside them.
    Px,
}

impl Format {
    fn id(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::JsonStat2 => "json-stat2",
            Self::Px => "px",
        }
    }
}

impl Query {
    pub(super) fn bring(&self, session: &Session<'_>) -> Result<Brought, ProviderError> {
        let url = self.url.as_str();
        let wrong = |reason: &str| ProviderError::answer(url, reason, HELP);
        let limits = self.limits(session)?;
        session.client.slow_down(url, limits.interval);
        let metadata = Ask { busy_is_403: true, ..Ask::get(url, Expect::Json, "json") };
        let (_, metadata) = session.json(&metadata)?;
        let variables =
            variables(&metadata).ok_or_else(|| wrong("the metadata have no variables"))?;
        let chosen = choose(url, &variables, &self.select)?;
        let queries = split(&chosen, limits.cells);
        match (self.format, queries.as_slice()) {
            (Format::Px, [asked]) => {
                let query = query(asked, Format::Px);
                let (part, _) = session.ask(&self.ask(&query, Expect::Text, "px"))?;
                Ok(session.single(part, None))
            }
            (Format::Px, several) => {
                let mut brought = self.cells(session, &chosen, several, Format::JsonStat2)?;
                let count = several.len();
                brought.notes.push(format!(
                    "asked for as JSON-stat, as PX is not joined from {count} answers"
                ));
                Ok(brought)
            }
            (format, queries) => self.cells(session, &chosen, queries, format),
        }
    }

    /// Answers of cells with their codes, joined to one.
    fn cells(
        &self,
        session: &Session<'_>,
        chosen: &[Chosen],
        queries: &[Vec<Chosen>],
        format: Format,
    ) -> Result<Brought, ProviderError> {
        let url = self.url.as_str();
        let wrong = |reason: &str| ProviderError::answer(url, reason, HELP);
        let (mut kept, mut parts) = (Vec::new(), Vec::new());
        for asked in queries {
            let query = query(asked, format);
            let (part, json) = session.json(&self.ask(&query, Expect::Json, "json"))?;
            check(format, asked, &json).map_err(|reason| wrong(&reason))?;
            kept.push(part);
            parts.push(json);
        }
        let updated = updated(parts.first());
        if let [part] = kept.as_slice() {
            return Ok(session.single(part.clone(), updated));
        }
        let joined = match format {
            Format::Json => join::rows(parts, "data", "columns"),
            _ => join::cubes(&parts),
        };
        let joined = joined.map_err(|reason| wrong(&reason))?;
        let whole = (url, query(chosen, format));
        Ok(Brought { updated, ..session.joined(&kept, whole, &joined, "json")? })
    }

    fn limits(&self, session: &Session<'_>) -> Result<Limits, ProviderError> {
        let address = format!("{}?config", self.url);
        let ask = Ask { busy_is_403: true, ..Ask::get(&address, Expect::Json, "json") };
        let (_, config) = session.json(&ask)?;
        Limits::read(&config, &["maxValues", "maxCells"], "maxCalls").ok_or_else(|| {
            ProviderError::answer(&address, "the configuration names no limit", HELP)
        })
    }

    fn ask<'a>(&'a self, query: &'a str, expect: Expect, ending: &'a str) -> Ask<'a> {
        let body = Some(("application/json", query));
        Ask { body, busy_is_403: true, ..Ask::get(&self.url, expect, ending) }
    }
}

/// Whether an answer holds just the codes that it was asked for.
fn check(format: Format, asked: &[Chosen], json: &Value) -> Result<(), String> {
    let codes = match format {
        Format::Json => join::codes_of_rows(json)?,
        _ => join::codes_of_cube(json).ok_or("the answer is no JSON-stat dataset")?,
    };
    check_answer(asked, &codes)
}

fn variables(metadata: &Value) -> Option<Vec<Variable>> {
    let variable = |one: &Value| {
        let codes = one.get("values")?.as_array()?.iter();
        Some(Variable {
            code: one.get("code")?.as_str()?.to_owned(),
            codes: codes.map(|code| code.as_str().map(str::to_owned)).collect::<Option<_>>()?,
            may_be_left_out: one.get("elimination").and_then(Value::as_bool).unwrap_or(false),
        })
    };
    metadata.get("variables")?.as_array()?.iter().map(variable).collect()
}

fn query(chosen: &[Chosen], format: Format) -> String {
    let item = |one: &Chosen| json!({ "code": one.code, "selection": { "filter": "item", "values": one.codes } });
    let items: Vec<Value> = chosen.iter().map(item).collect();
    json!({ "query": items, "response": { "format": format.id() } }).to_string()
}

/// When the provider last changed the table, as answers of both forms say it.
pub(super) fn updated(answer: Option<&Value>) -> Option<String> {
    let answer = answer?;
    let text = answer.get("updated").or_else(|| answer.get("metadata")?.get(0)?.get("updated"));
    text?.as_str().map(str::to_owned)
}
