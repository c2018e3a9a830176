//! WFS 2.0: layers as GeoJSON, page by page, in the system that was asked for.
//!
//! Source: OGC 09-025r2, "Web Feature Service 2.0 Interface Standard". XML is read without entities from elsewhere.

use serde::Deserialize;
use serde_json::Value;

use super::capabilities::{Offer, number};
use super::session::{Ask, HELP};
use super::{Brought, ProviderError, Session, join};
use crate::sources::http::{Expect, encoded};

/// A layer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// The service, without its question mark; with `{key}` where a key goes.
    pub url: String,
    #[serde(default)]
    pub key: Option<String>,
    pub layer: String,
    /// As `EPSG:3006`.
    pub crs: String,
    #[serde(default = "a_page")]
    pub page: usize,
    /// A unique column, so that pages neither overlap nor leave anything out.
    #[serde(default)]
    pub sort_by: Option<String>,
    /// `CQL_FILTER`, which `GeoServer` understands.
    #[serde(default)]
    pub filter: Option<String>,
    /// The same in the standard's own language (OGC 09-026r2, "Filter Encoding 2.0"), which every service understands.
    #[serde(default)]
    pub fes: Option<String>,
}

fn a_page() -> usize {
    2000
}

const MOST_PAGES: usize = 1000;

impl Query {
    pub(super) fn bring(&self, session: &Session<'_>) -> Result<Brought, ProviderError> {
        let key = self.key.as_deref();
        let wrong = |reason: String, help: &str| ProviderError::answer(&self.url, reason, help);
        let address = format!("{}?service=WFS&version=2.0.0&request=GetCapabilities", self.url);
        let (_, file) = session.ask(&Ask { key, ..Ask::get(&address, Expect::Xml, "xml") })?;
        let xml = std::fs::read_to_string(&file)
            .map_err(|source| ProviderError::Cache { path: file.clone(), source })?;
        let offer = Offer::read(&xml, &self.layer)
            .map_err(|reason| wrong(format!("its capabilities cannot be read: {reason}"), HELP))?;
        offer
            .check(&self.layer, &self.crs)
            .map_err(|reason| wrong(reason, "correct layer or crs in the pipeline"))?;
        let (mut kept, mut pages, mut found) = (Vec::new(), Vec::new(), 0);
        loop {
            let address = self.address(found, offer.geojson());
            let ask = Ask { key, ..Ask::get(&address, Expect::Json, "geojson") };
            let (part, page) = session.json(&ask)?;
            let features = page.get("features").and_then(Value::as_array).map(Vec::len);
            let features = features
                .ok_or_else(|| wrong(format!("page {} has no features", pages.len() + 1), HELP))?;
            check_crs(&page, &self.crs)
                .map_err(|reason| wrong(reason, "correct crs in the pipeline"))?;
            found += features;
            let matched =
                ["numberMatched", "totalFeatures"].iter().find_map(|name| page.get(name)?.as_u64());
            kept.push(part);
            pages.push(page);
            let whole = matched.and_then(|matched| usize::try_from(matched).ok());
            match whole {
                Some(whole) if found >= whole => break,
                Some(whole) if features == 0 => {
                    let reason =
                        format!("the layer has {whole} features, and the host gives {found}");
                    return Err(wrong(
                        reason,
                        "set page lower: the host may have a limit of its own",
                    ));
                }
                None if features < self.page => break,
                _ if pages.len() >= MOST_PAGES => {
                    return Err(wrong(
                        format!("goes on after {MOST_PAGES} pages"),
                        "set page higher",
                    ));
                }
                _ => {}
            }
        }
        if found == 0 {
            return Err(wrong("the layer has no features".to_owned(), "correct layer or filter"));
        }
        if let [part] = kept.as_slice() {
            return Ok(session.single(part.clone(), None));
        }
        let joined = join::rows(pages, "features", "crs").map_err(|reason| wrong(reason, HELP))?;
        check_distinct(&joined).map_err(|id| {
            wrong(
                format!("the feature \"{id}\" stands on two pages"),
                "write sort_by = \"a unique column\": without it pages may overlap",
            )
        })?;
        session.joined(
            &kept,
            (&self.address(0, offer.geojson()), String::new()),
            &joined,
            "geojson",
        )
    }

    fn address(&self, start: usize, format: &str) -> String {
        let mut address = format!(
            "{}?service=WFS&version=2.0.0&request=GetFeature&typeNames={}&outputFormat={}&srsName={}&count={}&startIndex={start}",
            self.url,
            encoded(&self.layer),
            encoded(format),
            encoded(&self.crs),
            self.page,
        );
        let asked =
            [("sortBy", &self.sort_by), ("CQL_FILTER", &self.filter), ("FILTER", &self.fes)];
        for (name, value) in asked {
            if let Some(value) = value {
                address.extend(["&", name, "=", &encoded(value)]);
            }
        }
        address
    }
}

/// The answer is in the system that was asked for, and says so; only WGS 84 goes without saying (RFC 7946).
fn check_crs(page: &Value, asked: &str) -> Result<(), String> {
    let empty = page.get("features").and_then(Value::as_array).is_some_and(Vec::is_empty);
    let said = page.get("crs").and_then(|crs| crs.get("properties")?.get("name")?.as_str());
    match said {
        Some(said) if number(said) == number(asked) => Ok(()),
        Some(said) => Err(format!("answers in {said} where {asked} was asked for")),
        None if number(asked) == "4326" || empty => Ok(()),
        None => Err(format!("does not say that the answer is in {asked}")),
    }
}

/// Every feature of the pages stands there once, as far as they have ids.
fn check_distinct(joined: &Value) -> Result<(), String> {
    let mut seen = std::collections::BTreeSet::new();
    let features = joined.get("features").and_then(Value::as_array).map(Vec::as_slice);
    for feature in features.unwrap_or_default() {
        if let Some(id) = feature.get("id").filter(|id| !id.is_null()).map(Value::to_string)
            && !seen.insert(id.clone())
        {
            return Err(id.trim_matches('"').to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_answer_in_another_system_is_refused() {
        let page =
            |name: &str| json!({ "crs": { "properties": { "name": name } }, "features": [1] });
        assert_eq!(check_crs(&page("urn:ogc:def:crs:EPSG::3006"), "EPSG:3006"), Ok(()));
        assert!(check_crs(&page("urn:ogc:def:crs:EPSG::4326"), "EPSG:3006").is_err());
        assert!(check_crs(&json!({ "features": [1] }), "EPSG:3006").is_err());
        assert_eq!(check_crs(&json!({ "features": [1] }), "EPSG:4326"), Ok(()));
    }
}
