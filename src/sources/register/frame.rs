//! Registers as frames, in the columns that are read again.

use polars::prelude::{Column, DataFrame, NamedFrom, Series};

use crate::model::{Actor, ActorTheme, Day, Measure, ModelError, PlacedBy};

/// The entries of a register, one a row; positions are degrees on WGS 84.
///
/// # Errors
/// [`ModelError::Frame`], never for columns of one length.
pub fn actors_frame(actors: &[&Actor]) -> Result<DataFrame, ModelError> {
    let text = |name: &str, get: &dyn Fn(&Actor) -> Option<String>| {
        let cells: Vec<Option<String>> = actors.iter().map(|actor| get(actor)).collect();
        Column::from(Series::new(name.into(), cells))
    };
    let number = |name: &str, get: &dyn Fn(&Actor) -> Option<f64>| {
        let cells: Vec<Option<f64>> = actors.iter().map(|actor| get(actor)).collect();
        Column::from(Series::new(name.into(), cells))
    };
    let day = |day: Option<Day>| day.map(|day| day.to_string());
    let listed = |list: &[String]| (!list.is_empty()).then(|| list.join("; "));
    let columns = vec![
        text("id", &|actor| Some(actor.id.clone())),
        text("name", &|actor| Some(actor.name.clone())),
        text("kind", &|actor| Some(actor.kind.id().to_owned())),
        text("themes", &|actor| themes(&actor.themes)),
        text("activity", &|actor| actor.activity.clone()),
        text("start", &|actor| day(actor.start)),
        text("end", &|actor| day(actor.end)),
        text("contact_role", &|actor| actor.contact_role.clone()),
        text("address", &|actor| actor.address.clone()),
        number("lon", &|actor| actor.placed.as_ref().map(|placed| placed.lon)),
        number("lat", &|actor| actor.placed.as_ref().map(|placed| placed.lat)),
        text("area", &|actor| actor.area.clone()),
        text("link", &|actor| actor.link.clone()),
        text("status", &|actor| {
            Some(if actor.confirmed { "confirmed" } else { "unconfirmed" }.to_owned())
        }),
        text("source", &|actor| actor.source.clone()),
        text("same_as", &|actor| actor.same_as.clone()),
        text("differs_from", &|actor| listed(&actor.differs_from)),
        text("placed_by", &|actor| {
            actor.placed.as_ref().map(|placed| PlacedBy::id(placed.by).to_owned())
        }),
        number("uncertainty_m", &|actor| actor.placed.as_ref()?.uncertainty_m),
        text("matched", &|actor| actor.placed.as_ref()?.matched.clone()),
    ];
    DataFrame::new(actors.len(), columns).map_err(|source| fault("actors", source))
}

/// The ids of the themes; none where there are none.
fn themes(themes: &[ActorTheme]) -> Option<String> {
    let ids: Vec<&str> = themes.iter().map(|theme| theme.id()).collect();
    (!ids.is_empty()).then(|| ids.join("; "))
}

/// The entries of a register of measures, one a row.
///
/// # Errors
/// [`ModelError::Frame`], never for columns of one length.
pub fn measures_frame(measures: &[Measure]) -> Result<DataFrame, ModelError> {
    let text = |name: &str, get: &dyn Fn(&Measure) -> Option<String>| {
        let cells: Vec<Option<String>> = measures.iter().map(get).collect();
        Column::from(Series::new(name.into(), cells))
    };
    let expected: Vec<Option<f64>> = measures.iter().map(|m| m.expected_change).collect();
    let columns = vec![
        text("id", &|measure| Some(measure.id.clone())),
        text("name", &|measure| Some(measure.name.clone())),
        text("theme", &|measure| Some(measure.theme.id().to_owned())),
        text("area", &|measure| Some(measure.area.clone())),
        text("stage", &|measure| Some(measure.stage.id().to_owned())),
        text("start", &|measure| Some(measure.start.to_string())),
        text("indicator", &|measure| Some(measure.indicator.clone())),
        text("direction", &|measure| Some(measure.direction.id().to_owned())),
        Column::from(Series::new("expected_change".into(), expected)),
        text("source", &|measure| measure.source.clone()),
    ];
    DataFrame::new(measures.len(), columns).map_err(|source| fault("measures", source))
}

fn fault(table: &str, source: polars::error::PolarsError) -> ModelError {
    ModelError::Frame { table: table.to_owned(), source }
}
