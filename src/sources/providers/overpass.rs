//! Overpass: streets and services of an area as OpenStreetMap has them today.
//!
//! Source: "Overpass API" (OpenStreetMap wiki): an answer with status 200 may carry a `remark` that says that it is not
//! whole.

use serde::Deserialize;
use serde_json::Value;

use super::session::{Ask, HELP};
use super::{Brought, ProviderError, Session};
use crate::sources::http::{Expect, encoded};

/// One question, of one area and one theme.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_field_names)] // as the key is written
pub struct Query {
    pub url: String,
    /// In Overpass QL, with `{bbox}` where the box goes.
    pub query: String,
    /// South, west, north, east, in degrees.
    #[serde(default)]
    pub bbox: Option<[f64; 4]>,
    /// The area whose box it is, and the metres around it.
    #[serde(default)]
    pub area: Option<String>,
    #[serde(default)]
    pub buffer: f64,
}

impl Query {
    pub(super) fn bring(&self, session: &Session<'_>) -> Result<Brought, ProviderError> {
        let content = format!("data={}", encoded(&self.filled()?));
        let body = Some(("application/x-www-form-urlencoded", content.as_str()));
        let ask = Ask { body, ..Ask::get(&self.url, Expect::Json, "json") };
        let (kept, json) = session.json(&ask)?;
        if let Some(remark) = json.get("remark").and_then(Value::as_str) {
            return Err(ProviderError::answer(
                &self.url,
                format!("the answer is not whole: {remark}"),
                "ask for less: a smaller box, fewer tags, or a larger [timeout:…] and [maxsize:…]; the next run asks again",
            ));
        }
        if json.get("elements").and_then(Value::as_array).is_none() {
            return Err(ProviderError::answer(&self.url, "the answer has no elements", HELP));
        }
        let base = json.get("osm3s").and_then(|about| about.get("timestamp_osm_base")?.as_str());
        Ok(session.single(kept, base.map(str::to_owned)))
    }

    fn filled(&self) -> Result<String, ProviderError> {
        let wrong = |reason: &str| {
            let help = "write bbox = [south, west, north, east] in degrees, or area = \"jarva\" and buffer = 1000 (metres)";
            Err(ProviderError::answer(&self.url, reason, help))
        };
        match self.bbox {
            None if self.query.contains("{bbox}") => {
                wrong("the query asks for a box, and none is given")
            }
            None => Ok(self.query.clone()),
            Some([south, west, north, east])
                if south < north && west < east && south >= -90.0 && north <= 90.0 =>
            {
                let sides = [south, west, north, east].map(|side| format!("{side:.6}"));
                Ok(self.query.replace("{bbox}", &sides.join(",")))
            }
            Some(_) => wrong("the box is empty or turned round"),
        }
    }
}
