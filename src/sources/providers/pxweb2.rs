//! `PxWeb` API v2.
//!
//! Source: "`PxWebApi` 2.0" (Statistics Sweden and Statistics Norway), its `OpenAPI` description.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::pxweb::{Chosen, Limits, Select, Variable, check_answer, choose, split};
use super::pxweb1::updated;
use super::session::{Ask, HELP};
use super::{Brought, ProviderError, Session, join};
use crate::sources::http::Expect;

/// What is asked of a table.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// The service, to which `/tables/…` is added.
    pub url: String,
    pub table: String,
    pub select: Select,
    /// Other lists of codes for some variables, such as `Region = "vs_RegSO2025"`.
    #[serde(default)]
    pub codelists: BTreeMap<String, String>,
    #[serde(default = "swedish")]
    pub lang: String,
}

fn swedish() -> String {
    "sv".to_owned()
}

impl Query {
    pub(super) fn bring(&self, session: &Session<'_>) -> Result<Brought, ProviderError> {
        let base = self.url.trim_end_matches('/');
        let table = format!("{base}/tables/{}", self.table);
        let (_, config) = get(session, &format!("{base}/config"))?;
        let limits = Limits::read(&config, &["maxDataCells"], "maxCallsPerTimeWindow");
        let limits = limits.ok_or_else(|| {
            ProviderError::answer(base, "the configuration names no limit of cells", HELP)
        })?;
        session.client.slow_down(base, limits.interval);
        let (_, metadata) = get(session, &format!("{table}/metadata?lang={}", self.lang))?;
        let mut variables = variables(&metadata).ok_or_else(|| {
            ProviderError::answer(&table, "the metadata describe no dimensions", HELP)
        })?;
        for (code, list) in &self.codelists {
            let Some(at) = variables.iter().position(|one| one.code == *code) else {
                let known: Vec<&str> = variables.iter().map(|one| one.code.as_str()).collect();
                let reason = format!(
                    "the table has no variable \"{code}\" for the list \"{list}\"; it has {}",
                    known.join(", ")
                );
                let help = "correct codelists in the pipeline";
                return Err(ProviderError::answer(&table, reason, help));
            };
            let address = format!("{base}/codelists/{list}?lang={}", self.lang);
            let (_, codes) = get(session, &address)?;
            let codes = listed(&codes)
                .ok_or_else(|| ProviderError::answer(&address, "the list has no codes", HELP))?;
            if let Some(variable) = variables.get_mut(at) {
                variable.codes = codes;
            }
        }
        let chosen = choose(&table, &variables, &self.select)?;
        let address = format!("{table}/data?lang={}&outputFormat=json-stat2", self.lang);
        let (mut kept, mut parts) = (Vec::new(), Vec::new());
        for asked in split(&chosen, limits.cells) {
            let (part, json) = session.json(&post(&address, &self.body(&asked)))?;
            join::codes_of_cube(&json)
                .ok_or_else(|| "the answer is no JSON-stat dataset".to_owned())
                .and_then(|codes| check_answer(&asked, &codes))
                .map_err(|reason| ProviderError::answer(&table, reason, HELP))?;
            kept.push(part);
            parts.push(json);
        }
        let updated = updated(parts.first()).or_else(|| updated(Some(&metadata)));
        if let [part] = kept.as_slice() {
            return Ok(session.single(part.clone(), updated));
        }
        let joined =
            join::cubes(&parts).map_err(|reason| ProviderError::answer(&table, reason, HELP))?;
        let whole = (address.as_str(), self.body(&chosen));
        Ok(Brought { updated, ..session.joined(&kept, whole, &joined, "json")? })
    }

    fn body(&self, chosen: &[Chosen]) -> String {
        let item = |one: &Chosen| {
            let mut item = json!({ "variableCode": one.code, "valueCodes": one.codes });
            if let (Some(list), Some(item)) = (self.codelists.get(&one.code), item.as_object_mut())
            {
                item.insert("codelist".to_owned(), json!(list));
            }
            item
        };
        json!({ "selection": chosen.iter().map(item).collect::<Vec<_>>() }).to_string()
    }
}

fn get(
    session: &Session<'_>,
    address: &str,
) -> Result<(crate::sources::blobs::Kept, Value), ProviderError> {
    session.json(&Ask { busy_is_403: true, ..Ask::get(address, Expect::Json, "json") })
}

fn post<'a>(address: &'a str, body: &'a str) -> Ask<'a> {
    let body = Some(("application/json", body));
    Ask { body, busy_is_403: true, ..Ask::get(address, Expect::Json, "json") }
}

fn listed(list: &Value) -> Option<Vec<String>> {
    let code = |value: &Value| Some(value.get("code")?.as_str()?.to_owned());
    let codes: Vec<String> =
        list.get("values")?.as_array()?.iter().map(code).collect::<Option<_>>()?;
    Some(codes).filter(|codes| !codes.is_empty())
}

fn variables(metadata: &Value) -> Option<Vec<Variable>> {
    let ids = metadata.get("id")?.as_array()?;
    let variable = |id: &Value| {
        let code = id.as_str()?;
        let body = metadata.get("dimension")?.get(code)?;
        let category = body.get("category")?;
        let mut codes: Vec<(u64, &str)> = match category.get("index")? {
            Value::Array(codes) => (0..).zip(codes.iter().filter_map(Value::as_str)).collect(),
            Value::Object(places) => {
                places.iter().map(|(code, at)| (at.as_u64().unwrap_or(0), code.as_str())).collect()
            }
            _ => return None,
        };
        codes.sort_unstable();
        let left_out = body.get("extension").and_then(|more| more.get("elimination")?.as_bool());
        Some(Variable {
            code: code.to_owned(),
            codes: codes.into_iter().map(|(_, code)| code.to_owned()).collect(),
            may_be_left_out: left_out.unwrap_or(false),
        })
    };
    ids.iter().map(variable).collect()
}
