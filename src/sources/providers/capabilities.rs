//! What a WFS says of itself: its layers, their systems and its formats. XML is read without entities from elsewhere.

use quick_xml::Reader;
use quick_xml::events::Event;

/// What the service offers of a layer.
#[derive(Debug, Default, PartialEq)]
pub struct Offer {
    layers: Vec<String>,
    /// Systems of the layer.
    systems: Vec<String>,
    /// Every value of a parameter called `outputFormat`, and formats of the layer.
    formats: Vec<String>,
}

impl Offer {
    /// Reads what the service says of itself.
    ///
    /// # Errors
    /// What is wrong with the XML; no layers; a document type.
    pub fn read(xml: &str, layer: &str) -> Result<Self, String> {
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

    /// Whether the layer can be had as GeoJSON in the system.
    ///
    /// # Errors
    /// What is offered instead.
    pub fn check(&self, layer: &str, crs: &str) -> Result<(), String> {
        if !self.layers.iter().any(|offered| same_layer(offered, layer)) {
            let known: Vec<&str> = self.layers.iter().take(20).map(String::as_str).collect();
            return Err(format!("there is no layer \"{layer}\"; it has {}", known.join(", ")));
        }
        if !self.formats.is_empty() && !self.formats.iter().any(|format| is_json(format)) {
            return Err(format!("offers no GeoJSON, but {}", self.formats.join(", ")));
        }
        let wanted = number(crs);
        if !self.systems.is_empty() && !self.systems.iter().any(|system| number(system) == wanted) {
            let systems = self.systems.join(", ");
            return Err(format!("offers the layer not in {crs}, but in {systems}"));
        }
        Ok(())
    }

    /// What the service calls GeoJSON.
    pub fn geojson(&self) -> &str {
        let usual = |format: &&String| *format == GEOJSON;
        let offered = self.formats.iter();
        let found = offered.clone().find(usual).or_else(|| offered.clone().find(|f| is_json(f)));
        found.map_or(GEOJSON, String::as_str)
    }
}

/// As most services call it.
const GEOJSON: &str = "application/json";

fn is_json(format: &str) -> bool {
    format.to_lowercase().contains("json")
}

/// Names with and without their prefix.
fn same_layer(offered: &str, asked: &str) -> bool {
    offered == asked || offered.rsplit_once(':').is_some_and(|(_, name)| name == asked)
}

/// `urn:ogc:def:crs:EPSG::3006` and `EPSG:3006` are the same system.
pub fn number(crs: &str) -> &str {
    match crs.rsplit([':', '/']).next() {
        Some("CRS84") | None => "4326",
        Some(number) => number,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const CAPABILITIES: &str = r#"<?xml version="1.0"?><wfs:WFS_Capabilities xmlns:wfs="w" xmlns:ows="o">
<ows:OperationsMetadata><ows:Operation name="GetFeature"><ows:Parameter name="outputFormat"><ows:AllowedValues>
<ows:Value>application/gml+xml; version=3.2</ows:Value><ows:Value>application/json</ows:Value>
</ows:AllowedValues></ows:Parameter></ows:Operation></ows:OperationsMetadata>
<FeatureTypeList><FeatureType><Name>stat:RegSO_2025</Name><DefaultCRS>urn:ogc:def:crs:EPSG::3006</DefaultCRS></FeatureType>
<FeatureType><Name>stat:Other</Name><DefaultCRS>urn:ogc:def:crs:EPSG::4326</DefaultCRS></FeatureType></FeatureTypeList>
</wfs:WFS_Capabilities>"#;

    #[test]
    fn capabilities_say_which_layers_forms_and_systems_there_are() {
        let offer = |layer| Offer::read(CAPABILITIES, layer).unwrap();
        assert_eq!(offer("RegSO_2025").check("RegSO_2025", "EPSG:3006"), Ok(()));
        let error = offer("stat:X").check("stat:X", "EPSG:3006").unwrap_err();
        assert!(
            error.contains("no layer \"stat:X\"; it has stat:RegSO_2025, stat:Other"),
            "{error}"
        );
        let error = offer("stat:Other").check("stat:Other", "EPSG:3006").unwrap_err();
        assert!(error.contains("not in EPSG:3006, but in urn:ogc:def:crs:EPSG::4326"), "{error}");
        assert_eq!(offer("RegSO_2025").geojson(), "application/json");
        let own = CAPABILITIES.replace("application/json", "GEOJSON");
        assert_eq!(Offer::read(&own, "stat:RegSO_2025").unwrap().geojson(), "GEOJSON");
        let gml = CAPABILITIES.replace("application/json", "gml");
        let error =
            Offer::read(&gml, "stat:RegSO_2025").unwrap().check("stat:RegSO_2025", "EPSG:3006");
        assert!(error.unwrap_err().contains("offers no GeoJSON"));
    }

    #[test]
    fn declared_entities_are_refused() {
        let bomb =
            format!("<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>{CAPABILITIES}");
        assert_eq!(Offer::read(&bomb, "x"), Err("it declares a document type".to_owned()));
        assert!(Offer::read("<a><b></a>", "x").is_err());
    }
}
