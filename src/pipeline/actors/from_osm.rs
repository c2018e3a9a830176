//! Entries that an extract of OpenStreetMap proposes: unconfirmed until someone has looked at them.

use std::collections::BTreeMap;
use std::path::Path;

use geo::{Intersects, Point};

use super::{Proposal, alike};
use crate::model::{Actor, ActorKind, Crs, Lang, Placed, PlacedBy, Reprojection};
use crate::pipeline::{Ground, PipelineError};
use crate::sources::{Service, ServiceTable, read_services};

/// What licence and attribution every proposal carries.
const ATTRIBUTION: &str = "© OpenStreetMap contributors, ODbL-1.0";

/// How far what OpenStreetMap draws may lie from where it stands: a drawn place is known by a point in it.
const DRAWN_M: f64 = 25.0;

/// What an extract holds of actors.
pub struct Proposals {
    pub actors: Vec<Actor>,
    /// Places without a name, which were left out.
    pub unnamed: usize,
    /// Proposals that may be in a register already, or twice in the extract.
    pub alike: Vec<Proposal>,
}

/// What is asked of an extract.
pub struct Asked<'a> {
    pub extract: &'a Path,
    pub table: &'a ServiceTable,
    pub ground: &'a Ground,
    /// Only what lies in it.
    pub area: Option<&'a str>,
    /// Whether places without a name are proposed, too, named by their category.
    pub unnamed: bool,
    /// Language of what is said of a place.
    pub lang: Lang,
}

/// The places of the table's categories, one entry each, in the order of the extract.
///
/// # Errors
/// [`PipelineError`].
pub fn from_osm(asked: &Asked<'_>) -> Result<Proposals, PipelineError> {
    let Asked { table, ground, .. } = *asked;
    crate::environment::configure_gdal();
    let area = asked.area.map(|id| ground.area(id)).transpose()?;
    let turn = Reprojection::new(&Crs::parse("EPSG:4326")?, ground.units()?.areas.crs())?;
    let mut rows: BTreeMap<String, usize> = BTreeMap::new();
    let mut proposals = Proposals { actors: Vec::new(), unnamed: 0, alike: Vec::new() };
    for service in read_services(asked.extract, table, None)? {
        if let Some((area, _)) = &area {
            let (x, y) = turn.point(service.at.0, service.at.1)?;
            if !area.outline.intersects(&Point::new(x, y)) {
                continue;
            }
        }
        // A place of several categories comes once for each.
        if let Some(&row) = rows.get(&service.osm_id) {
            let themes = &mut proposals.actors[row].themes;
            themes.extend(&table.categories()[service.category].themes);
            themes.sort_unstable();
            themes.dedup();
            continue;
        }
        if service.name.is_none() && !asked.unnamed {
            proposals.unnamed += 1;
            continue;
        }
        rows.insert(service.osm_id.clone(), proposals.actors.len());
        proposals.actors.push(actor(&service, table, asked.lang));
    }
    proposals.alike = alike(ground, &proposals.actors, None)?;
    Ok(proposals)
}

fn actor(service: &Service, table: &ServiceTable, lang: Lang) -> Actor {
    let category = &table.categories()[service.category];
    let osm_id = &service.osm_id;
    let is_node = osm_id.starts_with("node/");
    Actor {
        id: format!("osm-{}", osm_id.replace('/', "-")),
        name: service
            .name
            .clone()
            .unwrap_or_else(|| format!("{} ({osm_id})", category.label.get(lang))),
        kind: category.kind.unwrap_or(ActorKind::Other),
        themes: category.themes.clone(),
        activity: Some(category.label.get(lang).to_owned()),
        start: None,
        end: None,
        contact_role: None,
        address: None,
        placed: Some(Placed {
            lon: service.at.0,
            lat: service.at.1,
            by: PlacedBy::Coordinate,
            uncertainty_m: (!is_node).then_some(DRAWN_M),
            matched: None,
        }),
        area: None,
        link: Some(format!("https://www.openstreetmap.org/{osm_id}")),
        confirmed: false,
        source: Some(format!("{ATTRIBUTION}: {osm_id}")),
        same_as: None,
        differs_from: Vec::new(),
    }
}
