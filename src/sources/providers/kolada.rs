//! Kolada v3: municipal key figures.
//!
//! Source: "Kolada API v3" (RKA), its `OpenAPI` description.

use serde::Deserialize;
use serde_json::{Value, json};

use super::session::{Ask, HELP};
use super::{Brought, OneOrMany, ProviderError, Session, join};
use crate::sources::http::{Expect, encoded, host_of};

/// Longer lists of years are refused by the host.
const MOST_YEARS: usize = 25;
/// More pages than any question has; a chain of pages that goes in a circle ends here.
const MOST_PAGES: usize = 500;

/// Which figures, where and when.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// The service, to which `/data/…` is added.
    pub url: String,
    pub figures: OneOrMany,
    pub municipalities: OneOrMany,
    pub years: OneOrMany,
}

impl Query {
    pub(super) fn bring(&self, session: &Session<'_>) -> Result<Brought, ProviderError> {
        let (mut kept, mut pages) = (Vec::new(), Vec::new());
        let mut first = String::new();
        for years in self.years.as_slice().chunks(MOST_YEARS) {
            let mut address = Some(self.address(years));
            if first.is_empty() {
                first.clone_from(address.as_ref().unwrap_or(&self.url));
            }
            while let Some(page) = address {
                let (part, json) = session.json(&Ask::get(&page, Expect::Json, "json"))?;
                if json.get("values").and_then(Value::as_array).is_none() {
                    return Err(ProviderError::answer(&page, "the answer has no values", HELP));
                }
                address = self.next(&page, &json, pages.len())?;
                kept.push(part);
                pages.push(json);
            }
        }
        if let [part] = kept.as_slice() {
            return Ok(session.single(part.clone(), None));
        }
        let pages = pages.into_iter().map(|page| json!({ "values": page.get("values") })).collect();
        let joined = join::rows(pages, "values", "");
        let joined = joined.map_err(|reason| ProviderError::answer(&self.url, reason, HELP))?;
        let years = self.years.as_slice().join(",");
        session.joined(&kept, (&first, format!("years {years}")), &joined, "json")
    }

    fn address(&self, years: &[String]) -> String {
        let list =
            |codes: &[String]| codes.iter().map(|code| encoded(code)).collect::<Vec<_>>().join(",");
        format!(
            "{}/data/kpi/{}/municipality/{}/year/{}",
            self.url.trim_end_matches('/'),
            list(self.figures.as_slice()),
            list(self.municipalities.as_slice()),
            list(years)
        )
    }

    /// The page after this one; it lies on the same host.
    fn next(
        &self,
        page: &str,
        json: &Value,
        pages: usize,
    ) -> Result<Option<String>, ProviderError> {
        let Some(next) = json.get("next_url").and_then(Value::as_str) else { return Ok(None) };
        if host_of(next) != host_of(&self.url) {
            let reason = format!("the next page lies on another host, {}", host_of(next));
            return Err(ProviderError::answer(page, reason, HELP));
        }
        if pages >= MOST_PAGES {
            let reason = format!("the answer goes on after {MOST_PAGES} pages");
            return Err(ProviderError::answer(
                page,
                reason,
                "ask for fewer figures, places or years",
            ));
        }
        Ok(Some(next.to_owned()).filter(|next| next != page))
    }
}
