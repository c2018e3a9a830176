//! WFS 2.0: layers as GeoJSON, page by page, in the system that was asked for.
//!
//! Source: OGC 09-025r2, "Web Feature Service 2.0 Interface Standard". XML is read without entities from elsewhere.

use quick_xml::Reader;
use quick_xml::events::Event;
use serde::Deserialize;
use serde_json::Value;

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
}

fn a_page() -> usize {
    2000
}

const GEOJSON: &str = "application/json";
const MOST_PAGES: usize = 1000;

impl Query {
    pub(super) fn bring(&self, session: &Session<'_>) -> Result<Brought, ProviderError> {
        let secret = session.secret(self.key.as_deref(), &self.url)?;
        let secret = secret.as_ref();
        let wrong = |reason: String, help: &str| ProviderError::answer(&self.url, reason, help);
        let address = format!("{}?service=WFS&version=2.0.0&request=GetCapabilities", self.url);
        let (_, file) = session.ask(&Ask { secret, ..Ask::get(&address, Expect::Xml, "xml") })?;
        let xml = std::fs::read_to_string(&file)
            .map_err(|source| ProviderError::Cache { path: file.clone(), source })?;
        let offer = Offer::read(&xml, &self.layer)
            .map_err(|reason| wrong(format!("its capabilities cannot be read: {reason}"), HELP))?;
        offer
            .check(self)
            .map_err(|reason| wrong(reason, "correct layer or crs in the pipeline"))?;
        let (mut kept, mut pages, mut found) = (Vec::new(), Vec::new(), 0);
        loop {
            let address = self.address(found);
            let ask = Ask { secret, ..Ask::get(&address, Expect::Json, "geojson") };
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
        session.joined(&kept, (&self.address(0), String::new()), &joined, "geojson")
    }

    fn address(&self, start: usize) -> String {
        let mut address = format!(
            "{}?service=WFS&version=2.0.0&request=GetFeature&typeNames={}&outputFormat={}&srsName={}&count={}&startIndex={start}",
            self.url,
            encoded(&self.layer),
            encoded(GEOJSON),
            encoded(&self.crs),
            self.page,
        );
        for (name, value) in [("sortBy", &self.sort_by), ("CQL_FILTER", &self.filter)] {
            if let Some(value) = value {
                address.extend(["&", name, "=", &encoded(value)]);
            }
        }
        address
    }
}

/// What the service offers of a layer.
#[derive(Debug, Default, PartialEq)]
struct Offer {
    layers: Vec<String>,
    /// Systems of the layer.
    systems: Vec<String>,
    /// Every value of a parameter called `outputFormat`, and formats of the layer.
    formats: Vec<String>,
}

impl Offer {
    fn read(xml: &str, layer: &str) -> Result<Self, String> {
        let mut reader = Reader::from_str(xml);
        let (mut offer, mut path) = (Self::default(), Vec::<String>::new());
        let (mut text, mut inside, mut formats) = (String::new(), false, false);
        loop {
            match reader.read_event().map_err(|error| error.to_string())? {
                Event::Start(tag) => {
                    let name = tag.local_name().as_ref().to_owned();
                    if name == "Parameter" {
                        let attribute = tag.try_get_attribute("name").ok().flatten();
                        formats = attribute.is_some_and(|name| &*name.value == "outputFormat");
                    }
                    path.push(name);
                    text.clear();
                }
                Event::Text(more) => text.push_str(&more),
                // An entity beyond those of XML itself would have to be fetched or unfolded.
                Event::DocType(_) => return Err("it declares a document type".to_owned()),
                Event::End(_) => {
                    let name = path.pop().unwrap_or_default();
                    let value = text.trim().to_owned();
                    let parent = path.last().map(String::as_str).unwrap_or_default();
                    match (parent, name.as_str()) {
                        ("FeatureType", "Name") => {
                            inside = same_layer(&value, layer);
                            offer.layers.push(value);
                        }
                        ("FeatureType", "DefaultCRS" | "OtherCRS" | "DefaultSRS" | "OtherSRS")
                            if inside =>
                        {
                            offer.systems.push(value);
                        }
                        (_, "Value") if formats => offer.formats.push(value),
                        (_, "Format") if inside => offer.formats.push(value),
                        (_, "Parameter") => formats = false,
                        _ => {}
                    }
                    text.clear();
                }
                Event::Eof => break,
                _ => {}
            }
        }
        if offer.layers.is_empty() {
            return Err("it names no layers".to_owned());
        }
        Ok(offer)
    }

    fn check(&self, query: &Query) -> Result<(), String> {
        if !self.layers.iter().any(|layer| same_layer(layer, &query.layer)) {
            let known: Vec<&str> = self.layers.iter().take(20).map(String::as_str).collect();
            return Err(format!(
                "there is no layer \"{}\"; it has {}",
                query.layer,
                known.join(", ")
            ));
        }
        let json = |format: &String| format.to_lowercase().contains("json");
        if !self.formats.is_empty() && !self.formats.iter().any(json) {
            return Err(format!("offers no GeoJSON, but {}", self.formats.join(", ")));
        }
        let wanted = number(&query.crs);
        if !self.systems.is_empty() && !self.systems.iter().any(|system| number(system) == wanted) {
            return Err(format!(
                "offers the layer not in {}, but in {}",
                query.crs,
                self.systems.join(", ")
            ));
        }
        Ok(())
    }
}

/// Names with and without their prefix.
fn same_layer(offered: &str, asked: &str) -> bool {
    offered == asked || offered.rsplit_once(':').is_some_and(|(_, name)| name == asked)
}

/// `urn:ogc:def:crs:EPSG::3006` and `EPSG:3006` are the same system.
fn number(crs: &str) -> &str {
    match crs.rsplit([':', '/']).next() {
        Some("CRS84") | None => "4326",
        Some(number) => number,
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

    const CAPABILITIES: &str = r#"<?xml version="1.0"?><wfs:WFS_Capabilities xmlns:wfs="w" xmlns:ows="o">
<ows:OperationsMetadata><ows:Operation name="GetFeature"><ows:Parameter name="outputFormat"><ows:AllowedValues>
<ows:Value>application/gml+xml; version=3.2</ows:Value><ows:Value>application/json</ows:Value>
</ows:AllowedValues></ows:Parameter></ows:Operation></ows:OperationsMetadata>
<FeatureTypeList><FeatureType><Name>stat:RegSO_2025</Name><DefaultCRS>urn:ogc:def:crs:EPSG::3006</DefaultCRS></FeatureType>
<FeatureType><Name>stat:Other</Name><DefaultCRS>urn:ogc:def:crs:EPSG::4326</DefaultCRS></FeatureType></FeatureTypeList>
</wfs:WFS_Capabilities>"#;

    fn query(layer: &str, crs: &str) -> Query {
        let text = format!("url = \"http://a/wfs\"\nlayer = \"{layer}\"\ncrs = \"{crs}\"");
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn capabilities_say_which_layers_forms_and_systems_there_are() {
        let offer = |layer| Offer::read(CAPABILITIES, layer).unwrap();
        assert_eq!(offer("RegSO_2025").check(&query("RegSO_2025", "EPSG:3006")), Ok(()));
        let error = offer("stat:X").check(&query("stat:X", "EPSG:3006")).unwrap_err();
        assert!(
            error.contains("no layer \"stat:X\"; it has stat:RegSO_2025, stat:Other"),
            "{error}"
        );
        let error = offer("stat:Other").check(&query("stat:Other", "EPSG:3006")).unwrap_err();
        assert!(error.contains("not in EPSG:3006, but in urn:ogc:def:crs:EPSG::4326"), "{error}");
        let gml = CAPABILITIES.replace("application/json", "gml");
        let error = Offer::read(&gml, "stat:RegSO_2025")
            .unwrap()
            .check(&query("stat:RegSO_2025", "EPSG:3006"));
        assert!(error.unwrap_err().contains("offers no GeoJSON"));
    }

    #[test]
    fn declared_entities_are_refused() {
        let bomb =
            format!("<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>{CAPABILITIES}");
        assert_eq!(Offer::read(&bomb, "x"), Err("it declares a document type".to_owned()));
        assert!(Offer::read("<a><b></a>", "x").is_err());
    }

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
