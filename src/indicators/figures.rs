//! Published figures of districts, city, county and country, each attached to the area it describes.
//!
//! A figure keeps its own geography. Only what the areas file calls `own` is the area's value; parts stand side by
//! side and are never averaged; city, county and country are references.

use super::disclosed::Sum;
use super::target::municipalities;
use super::{Context, Measured};
use crate::model::{Dataset, Kind, Observation, Role};
use crate::sources::Figure;

pub(super) fn measure(context: &Context<'_>, out: &mut Measured) {
    let links = links(context);
    for (dataset, figures) in &context.data.figures {
        for figure in figures {
            let link = links.iter().find(|link| {
                link.level == figure.geography_level && link.id == figure.geography_id
            });
            if let Some(link) = link {
                out.rows.push(row(context, dataset, figure, link.role));
            }
        }
    }
}

struct Link {
    role: Role,
    level: String,
    id: String,
}

fn links(context: &Context<'_>) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    for group in &context.area.definition.figures {
        let Some(role) = Role::from_id(&group.role) else { continue };
        for id in &group.ids {
            links.push(Link { role, level: group.level.clone(), id: id.clone() });
        }
    }
    let reference = |level: &str, id: &str| Link {
        role: Role::Reference,
        level: level.to_owned(),
        id: id.to_owned(),
    };
    let municipalities = municipalities(context);
    for municipality in &municipalities {
        links.push(reference("municipality", municipality));
        if let Some(county) = municipality.get(..2) {
            links.push(reference("county", county));
        }
    }
    if !municipalities.is_empty() {
        links.push(reference("country", "SE"));
    }
    links
}

fn row(context: &Context<'_>, dataset: &Dataset, figure: &Figure, role: Role) -> Observation {
    let field = dataset.fields.get(&figure.indicator);
    let bound = figure.value.is_none() && (figure.lower.is_some() || figure.upper.is_some());
    let row = published(context, figure, role, bound);
    let row = Observation {
        theme: dataset.theme.id().to_owned(),
        unit: field.map(|field| field.unit.clone()).unwrap_or_default(),
        ..row
    };
    // Bounds that stand beside the figure are its publisher's own.
    let own = figure.lower.is_some() || figure.upper.is_some();
    match field {
        Some(field) if field.kind == Kind::Extensive && !own => {
            let by = dataset.disclosure_in(figure.year);
            Sum::of_cell(figure.value, by).bound(by, row)
        }
        _ => row,
    }
}

fn published(context: &Context<'_>, figure: &Figure, role: Role, bound: bool) -> Observation {
    Observation {
        area_id: context.area.definition.id.clone(),
        unit_id: None,
        geography_level: figure.geography_level.clone(),
        geography_id: figure.geography_id.clone(),
        role,
        indicator: figure.indicator.clone(),
        theme: String::new(),
        value: figure.value,
        lower: figure.lower,
        upper: figure.upper,
        unit: String::new(),
        year: figure.year,
        sex: figure.sex.clone(),
        age: figure.age.clone(),
        obs_status: figure.obs_status,
        method: if bound { "published_bound" } else { "published" }.to_owned(),
        coverage: None,
        definition: figure.definition.clone(),
        source: figure.source.clone(),
    }
}
