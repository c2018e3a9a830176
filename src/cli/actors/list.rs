//! `scale actors list`: the actors of an area, their counts, and what it has none of.

use std::process::ExitCode;

use super::{ground, themes};
use crate::Error;
use crate::cli::{Global, output};
use crate::indicators::actors::{Gap, label};
use crate::model::{Lang, LocalActor, Observation};
use crate::pipeline::actors::{Listed, listed};

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  scale actors list --area jarva\n  scale --data mydata actors list\n  scale --data mydata --json actors list --area jarva"
)]
pub struct Arguments {
    /// Only this area; every area without it
    #[arg(long, value_name = "ID")]
    area: Option<String>,
}

pub fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let ground = ground(global, None)?;
    let ids = ground.ids(arguments.area.as_deref(), arguments.area.is_none())?;
    let areas = ids.iter().map(|id| listed(&ground, id)).collect::<Result<Vec<_>, _>>()?;
    for area in &areas {
        if let Some(doubles) = &area.doubles {
            output::note(global, &format!("warning: {}: {doubles}", area.area.definition.id));
        }
    }
    if global.json {
        let values: Vec<_> = areas.iter().map(json).collect();
        output::line(&serde_json::to_string_pretty(&values).unwrap_or_default());
    } else if !global.quiet {
        for area in &areas {
            show(global, area);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn json(listed: &Listed) -> serde_json::Value {
    let count = |row: &Observation| {
        serde_json::json!({
            "unit_id": row.unit_id, "indicator": row.indicator, "value": row.value,
            "lower": row.lower, "upper": row.upper, "unit": row.unit, "year": row.year,
            "obs_status": row.obs_status.code(),
        })
    };
    serde_json::json!({
        "area_id": listed.area.definition.id,
        "actors": listed.actors,
        "counts": listed.counts.iter().map(count).collect::<Vec<_>>(),
        "none_of": listed.gaps,
    })
}

fn show(global: &Global, listed: &Listed) {
    let lang = global.lang();
    output::line(listed.area.definition.name.get(lang));
    let header = match lang {
        Lang::En => ["name", "kind", "themes", "where", "status", "link"],
        Lang::Sv => ["namn", "slag", "teman", "var", "status", "länk"],
    };
    let rows = listed.actors.iter().map(|found| actor(found, lang));
    output::table(&header, &[], rows.collect());
    let header = match lang {
        Lang::En => ["count", "value", "from", "to", "status"],
        Lang::Sv => ["antal", "värde", "från", "till", "status"],
    };
    let own = listed.counts.iter().filter(|row| row.unit_id.is_none());
    output::table(&header, &[1, 2, 3], own.map(|row| count(row, lang)).collect());
    for gap in &listed.gaps {
        output::line(&gap_text(gap, listed, lang));
    }
}

fn actor(found: &LocalActor, lang: Lang) -> Vec<String> {
    let actor = &found.actor;
    let status = match (actor.confirmed, actor.same_as.as_ref(), found.counted, lang) {
        (false, _, _, Lang::En) => "unconfirmed".to_owned(),
        (false, _, _, Lang::Sv) => "obekräftad".to_owned(),
        (_, Some(other), _, Lang::En) => format!("same as {other}"),
        (_, Some(other), _, Lang::Sv) => format!("samma som {other}"),
        (_, _, false, Lang::En) => "not in that year".to_owned(),
        (_, _, false, Lang::Sv) => "inte det året".to_owned(),
        _ => String::new(),
    };
    vec![
        actor.name.clone(),
        actor.kind.title(lang).to_owned(),
        themes(&actor.themes, lang),
        found.whereabouts.text(lang).to_owned(),
        status,
        actor.link.clone().unwrap_or_default(),
    ]
}

fn count(row: &Observation, lang: Lang) -> Vec<String> {
    let decimals = if row.indicator.ends_with("_count") { 0 } else { 3 };
    let number = |value: Option<f64>| {
        value.map_or_else(String::new, |value| output::number_in(value, decimals, lang))
    };
    let none = if lang == Lang::Sv { "okänt" } else { "not known" };
    vec![
        label(&row.indicator).map(|label| label.get(lang).to_owned()).unwrap_or_default(),
        row.value.map_or_else(|| none.to_owned(), |value| output::number_in(value, decimals, lang)),
        number(row.lower),
        number(row.upper),
        row.obs_status.code().to_owned(),
    ]
}

fn gap_text(gap: &Gap, listed: &Listed, lang: Lang) -> String {
    let theme = gap.theme.title(lang);
    let (units, all) = (gap.units.len(), listed.area.parts.len());
    match (gap.known, gap.whole_area, lang) {
        (false, _, Lang::En) => {
            format!("{theme}: no register claims to hold all; none is not known to be none")
        }
        (false, _, Lang::Sv) => format!(
            "{theme}: inget register gör anspråk på att ha alla; att ingen finns är inte känt"
        ),
        (_, true, Lang::En) => format!("{theme}: none in the area"),
        (_, true, Lang::Sv) => format!("{theme}: ingen i området"),
        (.., Lang::En) if units == 0 => format!("{theme}: no unit is known to have none"),
        (.., Lang::Sv) if units == 0 => format!("{theme}: ingen enhet är känd för att sakna"),
        (.., Lang::En) => format!("{theme}: none in {units} of {all} units{}", names(gap, listed)),
        (.., Lang::Sv) => {
            format!("{theme}: ingen i {units} av {all} enheter{}", names(gap, listed))
        }
    }
}

fn names(gap: &Gap, listed: &Listed) -> String {
    let name = |code: &String| listed.unit_names.get(code).cloned().unwrap_or_else(|| code.clone());
    let names: Vec<String> = gap.units.iter().map(name).collect();
    if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) }
}
