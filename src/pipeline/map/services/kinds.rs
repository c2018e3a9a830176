//! What can be reached: the kinds of services among the data and in the extract that is walked on.

use std::collections::BTreeMap;

use geo::{Geometry, InteriorPoint, Point};

use super::walk::Walk;
use crate::indicators::Context;
use crate::model::{Crs, CrsError, Dataset, Reprojection, Theme};
use crate::sources::SpatialLayer;

/// Id of the data set of stations, which get a layer of their own.
pub(super) const STATIONS: &str = "stations";

/// Where a service is.
pub(super) struct Place {
    /// On the plane of the units.
    pub at: Point<f64>,
    /// Longitude and latitude.
    pub degrees: (f64, f64),
    /// How far the true position may lie from the stated one, in metres, where that is known.
    pub slack_m: Option<f64>,
    /// Row in the data set, or among the services of the extract.
    pub row: usize,
}

/// The services of one kind.
pub(super) struct Kind<'a> {
    pub name: String,
    pub dataset: &'a Dataset,
    pub places: Vec<Place>,
    /// Whether the places come from the extract, and are known only where it has streets.
    pub from_extract: bool,
}

impl Kind<'_> {
    pub fn is_of_stations(&self) -> bool {
        self.dataset.id == STATIONS
    }
}

/// The kinds, and those of the extract that give way to a data set's own kind of the same name.
pub(super) struct Found<'a> {
    pub kinds: Vec<Kind<'a>>,
    pub taken: Vec<String>,
}

/// The kinds of every data set of services, then those of the extract.
pub(super) fn all<'a>(
    context: &Context<'a>,
    walk: Option<&Walk<'a>>,
) -> Result<Found<'a>, CrsError> {
    let turns = Turns::new(context)?;
    let mut kinds = Vec::new();
    let points = context.data.points.iter();
    for source in points.filter(|source| source.dataset.theme == Theme::Services) {
        kinds.extend(of_layer(context, source, &turns)?);
    }
    let extract = walk.map(|walk| of_extract(walk, &turns)).transpose()?.unwrap_or_default();
    let own = |kind: &Kind<'_>| kinds.iter().any(|known: &Kind<'_>| known.name == kind.name);
    let (taken, new): (Vec<_>, Vec<_>) = extract.into_iter().partition(own);
    kinds.extend(new);
    Ok(Found { kinds, taken: taken.into_iter().map(|kind| kind.name).collect() })
}

/// To the plane of the units and back.
struct Turns {
    to_plane: Reprojection,
    to_degrees: Reprojection,
}

impl Turns {
    fn new(context: &Context<'_>) -> Result<Self, CrsError> {
        let (degrees, plane) = (Crs::parse("EPSG:4326")?, context.units.areas.crs());
        Ok(Self {
            to_plane: Reprojection::new(&degrees, plane)?,
            to_degrees: Reprojection::new(plane, &degrees)?,
        })
    }
}

/// Kinds are those of a column `kind`; without one, the data set is a kind of its own.
fn of_layer<'a>(
    context: &Context<'_>,
    source: &'a SpatialLayer,
    turns: &Turns,
) -> Result<Vec<Kind<'a>>, CrsError> {
    let areas = source.areas.reprojected(context.units.areas.crs())?;
    let names = source.table.texts("kind").ok();
    let slack = source.table.numbers("position_uncertainty_m").ok();
    let mut found: BTreeMap<&str, Vec<Place>> = BTreeMap::new();
    for (row, shape) in areas.shapes().iter().enumerate() {
        let point = match shape {
            Geometry::Point(point) => Some(*point),
            other => other.interior_point(),
        };
        let name = match names {
            Some(names) => names.get(row),
            None => Some(source.dataset.id.as_str()),
        };
        let Some((name, at)) = name.zip(point) else { continue };
        let degrees = turns.to_degrees.point(at.x(), at.y())?;
        let slack_m = slack.and_then(|slack| slack.get(row));
        found.entry(name).or_default().push(Place { at, degrees, slack_m, row });
    }
    let kind = |(name, places): (&str, _)| Kind {
        name: name.to_owned(),
        dataset: &source.dataset,
        places,
        from_extract: false,
    };
    Ok(found.into_iter().map(kind).collect())
}

/// The categories of which the extract holds a place.
fn of_extract<'a>(walk: &Walk<'a>, turns: &Turns) -> Result<Vec<Kind<'a>>, CrsError> {
    let streets = walk.streets;
    let mut found: BTreeMap<usize, Vec<Place>> = BTreeMap::new();
    for (row, service) in streets.services.iter().enumerate() {
        let (x, y) = turns.to_plane.point(service.at.0, service.at.1)?;
        let place = Place { at: Point::new(x, y), degrees: service.at, slack_m: None, row };
        found.entry(service.category).or_default().push(place);
    }
    let kind = |(category, places): (usize, _)| Kind {
        name: streets.categories[category].clone(),
        dataset: &streets.dataset,
        places,
        from_extract: true,
    };
    Ok(found.into_iter().map(kind).collect())
}
