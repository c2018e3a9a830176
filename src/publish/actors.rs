//! The layer `actors`, points, and beside it the table `actors_unplaced` of those that have none.

use std::sync::Arc;

use geo::{Geometry, Point};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};

use super::LayerError;
use crate::model::swedish::told;
use crate::model::{Areas, Crs, Lang, Layer, LocalActor, Reprojection, Whereabouts};

/// What there is of the two; an area without actors has neither. `from` is the system of the units, `to` that of the layer.
///
/// # Errors
/// [`LayerError`].
pub fn actors_layers(
    local: &[LocalActor],
    (from, to): (&Crs, &Crs),
    lang: Lang,
) -> Result<Vec<Layer>, LayerError> {
    let (placed, others): (Vec<&LocalActor>, Vec<&LocalActor>) =
        local.iter().partition(|found| found.at.is_some());
    let mut layers = Vec::new();
    if !placed.is_empty() {
        let turn = Reprojection::new(from, to)?;
        let points = placed.iter().filter_map(|found| found.at);
        let shapes = points
            .map(|(x, y)| Ok(Geometry::Point(Point::from(turn.point(x, y)?))))
            .collect::<Result<Vec<_>, LayerError>>()?;
        let keys = (1..=placed.len()).map(|row| row.to_string()).collect();
        let areas = Arc::new(Areas::new(keys, shapes, to.clone())?);
        layers.push(Layer::spatial("actors", "Actors", areas, frame(&placed, lang)?)?);
    }
    if !others.is_empty() {
        layers.push(Layer::table(
            "actors_unplaced",
            "Actors without a point of their own",
            frame(&others, lang)?,
        ));
    }
    Ok(layers)
}

fn frame(local: &[&LocalActor], lang: Lang) -> Result<DataFrame, LayerError> {
    let text = |name: &str, get: &dyn Fn(&LocalActor) -> Option<String>| {
        let cells: Vec<Option<String>> = local.iter().map(|found| get(found)).collect();
        Column::from(Series::new(name.into(), cells))
    };
    let themes = |found: &LocalActor| {
        let ids: Vec<&str> = found.actor.themes.iter().map(|theme| theme.id()).collect();
        (!ids.is_empty()).then(|| ids.join("; "))
    };
    let uncertainty: Vec<Option<f64>> =
        local.iter().map(|found| found.actor.placed.as_ref()?.uncertainty_m).collect();
    let counted: Vec<bool> = local.iter().map(|found| found.counted).collect();
    let columns = vec![
        text("actor_id", &|found| Some(found.actor.id.clone())),
        text("name", &|found| Some(found.actor.name.clone())),
        text("kind", &|found| Some(found.actor.kind.id().to_owned())),
        text("themes", &themes),
        text("activity", &|found| found.actor.activity.clone()),
        text("start", &|found| Some(found.actor.start?.to_string())),
        text("end", &|found| Some(found.actor.end?.to_string())),
        text("contact_role", &|found| found.actor.contact_role.clone()),
        text("address", &|found| found.actor.address.clone()),
        text("link", &|found| found.actor.link.clone()),
        text("known_at", &|found| Some(found.whereabouts.id().to_owned())),
        text("unit_id", &|found| match &found.whereabouts {
            Whereabouts::Point { unit_id, .. } => Some(unit_id.clone()),
            _ => None,
        }),
        text("placed_by", &|found| Some(found.actor.placed.as_ref()?.by.id().to_owned())),
        Column::from(Series::new("uncertainty_m".into(), uncertainty)),
        text("matched", &|found| found.actor.placed.as_ref()?.matched.clone()),
        text("status", &|found| {
            Some(if found.actor.confirmed { "confirmed" } else { "unconfirmed" }.to_owned())
        }),
        text("same_as", &|found| found.actor.same_as.clone()),
        Column::from(Series::new("counted".into(), counted)),
        text("source", &|found| {
            let said = found.actor.source.as_ref().unwrap_or(&found.register);
            Some(told(said, lang).into_owned())
        }),
    ];
    Ok(DataFrame::new(local.len(), columns)?)
}
