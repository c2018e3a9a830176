//! A table by its address: CSV, XLSX, JSON-stat, PX, GeoJSON.

use serde::Deserialize;

use super::pxweb1::updated;
use super::session::Ask;
use super::{Brought, ProviderError, Session};
use crate::sources::http::Expect;

/// A file that is read as its ending says.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// With `{key}` where a key goes.
    pub url: String,
    #[serde(default)]
    pub key: Option<String>,
    /// csv, xlsx, json, geojson or px, where the address does not end in it.
    #[serde(default)]
    pub format: Option<String>,
}

const KNOWN: [&str; 8] = ["csv", "tsv", "txt", "xlsx", "json", "geojson", "px", "gpkg"];

impl Query {
    pub(super) fn bring(&self, session: &Session<'_>) -> Result<Brought, ProviderError> {
        let path = self.url.split(['?', '#']).next().unwrap_or_default();
        let ending = path.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
        let ending = self.format.clone().or(ending).unwrap_or_default();
        if !KNOWN.contains(&ending.as_str()) {
            return Err(ProviderError::answer(
                &self.url,
                "does not say what it is",
                format!("write format = \"…\" beside it, one of {}", KNOWN.join(", ")),
            ));
        }
        let expect = match ending.as_str() {
            "json" | "geojson" => Expect::Json,
            "xlsx" => Expect::Zip,
            _ => Expect::Text,
        };
        let ask = Ask { key: self.key.as_deref(), ..Ask::get(&self.url, expect, &ending) };
        if expect == Expect::Json {
            let (kept, json) = session.json(&ask)?;
            return Ok(session.single(kept, updated(Some(&json))));
        }
        let (kept, _) = session.ask(&ask)?;
        Ok(session.single(kept, None))
    }
}
